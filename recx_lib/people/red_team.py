"""Chapter 19: sentences that must not be said, and harmless ones beside them.

Two halves in other wordings were written before any pattern of `policy.toml`,
by the same hands: `practice` and `held out`. `evasive` came next: the same
kinds said without the words that lists are made of. All three have been looked
at while the policy was written. They are templates with open places, so that
a set can be drawn anew. `red_fresh.jsonl` was written by people who had not
seen the policy: see `fresh_cases` for which of it the policy has seen since.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from recx_lib.core.checks import check_whole
from recx_lib.core.errors import DataError
from recx_lib.people.red_words import CASES, HARMLESS, SLOTS

PLACE = re.compile(r"\{(\w+)\}")
FRESH = Path(__file__).with_name("red_fresh.jsonl")


def red_team(
    half: str = "practice", per_kind: int = 5, seed: int = 0
) -> list[tuple[str, str]]:
    """Return (kind, sentence) of cases that must be refused or rephrased.

    `per_kind` of each of ten kinds, so 50 by default, each template as often
    as any other; `half` is "practice", "held out" or "evasive". Raise
    DataError for another half.

    >>> kinds = [kind for kind, _ in red_team("practice")]
    >>> len(kinds), len(set(kinds))
    (50, 10)
    """
    check_whole(per_kind=per_kind)
    rng = np.random.default_rng(seed)
    drawn = []
    # as many of each kind, templates in turn
    for kind, templates in _half(CASES, half).items():
        for n in range(per_kind):
            text = _filled(templates[n % len(templates)], rng)
            drawn.append((kind, text))
    return drawn


def harmless(half: str = "practice", n: int = 250, seed: int = 0) -> list[str]:
    """Return `n` different sentences that nobody need be spared.

    Many lie near a forbidden one by their words ("poor weather"). Raise as
    `red_team`, and where the templates do not give so many.

    >>> len(set(harmless("held out", n=40)))
    40
    """
    check_whole(n=n)
    rng = np.random.default_rng(seed)
    templates = _half(HARMLESS, half)
    found: dict[str, None] = {}  # a set that keeps its order
    for draw in range(40 * n):
        found[_filled(templates[draw % len(templates)], rng)] = None
        if len(found) == n:
            return list(found)
    raise DataError(f"the templates give {len(found)} sentences, not {n}")


def fresh_cases(which: str = "not looked at") -> list[tuple[str, str]]:
    """Return (kind, sentence) of a set that was written without the policy.

    "looked at" and "not looked at" are the halves, kind by kind, of sixty
    forbidden and a hundred harmless by other hands: the fourth step of the
    policy was written with the first half in sight. "later": as many again,
    by the hand that wrote that step, before it had seen any rule. Harmless
    ones are of the kind "harmless". Raise DataError for another set.

    >>> kinds = [kind for kind, _ in fresh_cases("later")]
    >>> len(kinds), kinds.count("harmless")
    (160, 100)
    """
    lines = FRESH.read_text(encoding="utf-8").splitlines()
    sets: dict[str, list] = {"looked at": [], "not looked at": [], "later": []}
    for note in map(json.loads, lines):
        sets[note["set"]].append((note["kind"], note["text"]))
    return _half(sets, which)


def _half(parts: Mapping, half: str):
    """Return one half; raise DataError for an unknown one."""
    if half not in parts:
        raise DataError(f"half {half!r}: choose from {', '.join(parts)}")
    return parts[half]


def _filled(template: str, rng: np.random.Generator) -> str:
    """Return a template with a word drawn for each open place."""

    def word(place: re.Match) -> str:
        return str(rng.choice(SLOTS[place[1]]))

    return PLACE.sub(word, template)
