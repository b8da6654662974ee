"""Chapter 19: sentences that must not be said, and harmless ones beside them.

Two halves in other wordings were written before any pattern of `policy.toml`:
`practice` is what patterns may be written from, `held out` what they are then
judged by. `evasive` came last, without looking at the patterns: the same kinds
said without the words that lists are made of. Templates with open places, so
that a set can be drawn anew.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

import numpy as np

from recx_lib.core.checks import check_whole
from recx_lib.core.errors import DataError
from recx_lib.people.red_words import CASES, HARMLESS, SLOTS

PLACE = re.compile(r"\{(\w+)\}")


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
