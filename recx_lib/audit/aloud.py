"""Chapter 21: single cases of an audit, read aloud."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from recx_lib.audit.explainers import FLOORS
from recx_lib.audit.sampling import AuditSettings
from recx_lib.data.reviews import Reviews

ALOUD = 10  # cases in a report


def read_aloud(
    records: Sequence[dict],
    table: pd.DataFrame,
    train: Reviews,
    settings: AuditSettings,
) -> list[dict]:
    """Return ten of the tried cases, drawn by the seed, in sentences.

    Each holds what the explainers of the truth `table` said, those that cite
    the same together, and what the score did without it.
    """
    rng = np.random.default_rng(settings.seed)
    # the same ten for the same seed
    drawn = rng.permutation(len(records))[:ALOUD]
    others = [name for name in table.index if name not in FLOORS]
    floors = [name for name in table.index if name in FLOORS]
    methods = others + floors
    cases = []
    for number in sorted(drawn):
        cases.append(_one_case(records[number], methods, train))
    return cases


def _one_case(record: dict, methods: Sequence[str], train: Reviews) -> dict:
    """Return one tried case: the question, and a line for each explainer."""
    title = train.title(record["item"])
    whole = record["whole"]
    verb = "stands high" if record["side"] == "for" else "stands low"
    question = f"For user {record['user']}, {title} {verb}: its score is "
    question += f"{whole:.3f}, and {record['empty']:.3f} without all "
    question += f"{record['pieces']} pieces of evidence."
    sign = 1.0 if record["side"] == "for" else -1.0
    found: dict[str, dict[str, float]] = {}
    for method, metric, value, _ in record["rows"]:
        found.setdefault(method, {})[metric] = value
    lines: dict[frozenset, dict] = {}  # by what is cited
    for method in methods:
        fall = sign * found[method]["comprehensiveness"]
        even = record["even"][str(max(len(record["said"][method]), 1))]
        chance = sign * even["chance"]
        names = [train.title(name) for name, _ in record["said"][method]]
        line = {"methods": [], "cites": names, "left": whole - fall}
        line["text"] = _sentence(names, whole, fall, chance)
        lines.setdefault(frozenset(names), line)["methods"].append(method)
    return {"question": question, "whole": whole, "lines": [*lines.values()]}


def _sentence(
    names: Sequence[str], whole: float, fall: float, chance: float
) -> str:
    """Return what one explainer said, and what came of it.

    >>> _sentence(["mat", "mug"], 0.5, 0.3, 0.1)
    'because of mat and mug. Without these 0.200, without random ones 0.400.'
    """
    if not names:
        return "cites nothing that speaks for it."
    listed = " and ".join(filter(None, [", ".join(names[:-1]), names[-1]]))
    these = "these" if len(names) > 1 else "it"
    left, by_chance = f"{whole - fall:.3f}", f"{whole - chance:.3f}"
    told = f"because of {listed}. Without {these} {left}"
    return f"{told}, without random ones {by_chance}."
