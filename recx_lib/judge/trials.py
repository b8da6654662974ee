"""Chapter 9: explanations on trial: every method on every case.

Each beside as many random pieces as it may cite.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from time import perf_counter
from typing import NamedTuple

import numpy as np
import pandas as pd

from recx_lib.core.case import Case, scores
from recx_lib.core.errors import DataError
from recx_lib.core.evidence import Explanation
from recx_lib.judge.agreement import agreement
from recx_lib.judge.bootstrap import bootstrap_interval
from recx_lib.judge.faithfulness import (
    cited,
    comprehensiveness,
    deletion_curve,
    insertion_curve,
    leaves_first,
    reason_recovery,
    sign_accuracy,
    sufficiency,
    toward,
)

Explainer = Callable[[Case], Explanation]
Terms = Mapping[str, float]  # {aspect: stars that it moved}

TRIAL_COLUMNS = ["user", "item", "side", "method", "metric", "value", "per"]
STEPS = 5  # of the curves behind del and ins, as in the literature


class Mark(NamedTuple):
    """One figure of one explanation: for several, Σ value / Σ per."""

    value: float
    per: float = 1.0


def random_floor(
    case: Case, n: int, side: str = "for", draws: int = 10, seed: int = 0
) -> tuple[float, float]:
    """Return (comprehensiveness, sufficiency) of `n` random pieces.

    The mean of `draws` draws.
    """
    rng = np.random.default_rng(seed)
    masks = np.zeros((draws, len(case)))
    for mask in masks:
        mask[rng.permutation(len(case))[:n]] = 1.0
    # with all; without the drawn pieces; with nothing but them
    everything = np.ones(len(case))
    score = scores(case, np.vstack([everything, 1 - masks, masks]))
    falls = toward(score[0] - score[1:], side)  # (2 · draws,)
    return float(falls[:draws].mean()), float(falls[draws:].mean())


def trial(
    cases: Sequence[Case],
    explainers: Mapping[str, Explainer],
    k: int = 3,
    truth: Mapping[tuple[str, str], Terms] | None = None,
    again: Sequence[Case] | None = None,
    rivals: Mapping[tuple[str, str], np.ndarray] | None = None,
    seed: int = 0,
) -> pd.DataFrame:
    """Put every explainer on trial on every case: a row for each metric.

    Columns: user, item, side, method, metric, value, per. The figure for
    several cases is Σ value / Σ per (`summary`). A case is tested on the side
    that the model took: "for" where its score is at least the empty one, else
    "against". `truth` gives the true terms of a pair (`reason_recovery`),
    `again` the same pairs seen by a twin of the model (another seed, a
    jittered input: `agreement` as "stability"), `rivals` the scores of a
    user's other candidates (`leaves_first`). Explainers that draw should draw
    anew at every call. For a progress bar, give `tqdm(cases)`.
    """
    rows, truth, rivals = [], truth or {}, rivals or {}
    for number, case in enumerate(cases):
        # the tests remember scores; explainers ask, and take their own time
        tested, pair = _remembering(case), (case.user, case.item)
        side = "for" if tested.whole() >= tested.empty() else "against"
        for method, explain in explainers.items():
            start = perf_counter()
            why = explain(case)
            marks = {"ms": Mark(1000 * (perf_counter() - start))}
            marks |= fall_marks(tested, why, k, side, seed + number)
            marks |= curve_marks(tested, why, side)
            marks |= claim_marks(tested, why, k, side)
            marks |= truth_marks(why, truth.get(pair))
            marks |= rank_marks(tested, why, rivals.get(pair), k)
            if again is not None:
                marks |= stability_marks(why, explain(again[number]), k)
            for metric, mark in marks.items():
                rows.append((*pair, side, method, metric, *mark))
    frame = pd.DataFrame(rows, columns=TRIAL_COLUMNS)
    return frame.dropna(subset="value").reset_index(drop=True)


def fall_marks(
    case: Case, why: Explanation, k: int, side: str, seed: int
) -> dict[str, Mark]:
    """Return what the score does without the cited pieces, or only with them.

    Beside it, what it does without as many random ones.
    """
    # 1. Without what was cited, and with nothing else.
    fall = comprehensiveness(case, why, k, side)
    rest = sufficiency(case, why, k, side)
    # 2. The same of as many random pieces.
    n = min(k, len(case))
    random_fall, random_rest = random_floor(case, n, side, seed=seed)
    move = comprehensiveness(case, why, k, "either")
    return {
        "comprehensiveness": Mark(fall),
        "comprehensiveness_random": Mark(random_fall),
        "times_random": Mark(fall, random_fall),
        "sufficiency": Mark(rest),
        "sufficiency_random": Mark(random_rest),
        "move": Mark(move),
    }


def curve_marks(case: Case, why: Explanation, side: str) -> dict[str, Mark]:
    """Return the mean score while pieces go (del) or come (ins), as a share
    of whole − empty.
    """
    # 1. The score along both curves.
    left = deletion_curve(case, why, side, STEPS)[1:]
    back = insertion_curve(case, why, side, STEPS)[1:]
    # 2. As shares of the whole way from nothing to all.
    whole, empty = toward(np.array([case.whole(), case.empty()]), side)
    kept = toward(left, side).mean() - empty
    regained = toward(back, side).mean() - empty
    return {
        "del": Mark(kept, whole - empty),
        "ins": Mark(regained, whole - empty),
    }


def claim_marks(
    case: Case, why: Explanation, k: int, side: str
) -> dict[str, Mark]:
    """Return how many pieces are cited, and how many signs are right."""
    names = cited(case, why, k, side)
    return {
        "sign": Mark(sign_accuracy(case, why, k)),
        "cited": Mark(len(names)),
    }


def truth_marks(why: Explanation, terms: Terms | None) -> dict[str, Mark]:
    """Return how well it finds the true reasons; {} where none are known."""
    found = reason_recovery(why, terms) if terms else {}
    return {metric: Mark(value) for metric, value in found.items()}


def rank_marks(
    case: Case, why: Explanation, others: np.ndarray | None, k: int
) -> dict[str, Mark]:
    """Return whether the item leaves the first ten; {} without rivals."""
    if others is None:
        return {}
    return {"leaves": Mark(leaves_first(case, why, others, k=k))}


def stability_marks(
    why: Explanation, again: Explanation, k: int
) -> dict[str, Mark]:
    """Return how far a twin of the model is explained alike."""
    same = agreement(why, again, k)
    return {
        "stability": Mark(same["rank"]),
        "stability_top": Mark(same["overlap"]),
    }


def _remembering(case: Case) -> Case:
    """Return the case; its model is asked once about any set of pieces."""
    known: dict[bytes, float] = {}

    def value(present: np.ndarray) -> np.ndarray:
        present = np.asarray(present, dtype=float)
        keys = [row.tobytes() for row in present]
        new = {}  # {key: its row}, each once
        for key, row in zip(keys, present, strict=True):
            if key not in known:
                new[key] = row
        if new:
            score = scores(case, np.stack(list(new.values())))
            known.update(zip(new, score, strict=True))
        return np.array([known[key] for key in keys])

    return replace(case, value=value)


def summary(
    rows: pd.DataFrame,
    level: float = 0.95,
    n_resamples: int = 1000,
    seed: int = 0,
) -> pd.DataFrame:
    """Return one row for each method and metric of a `trial`, with intervals.

    Columns: method, metric, value, low, high (bootstrap over cases), n. "del"
    and "ins" are the mean score after each of the first five deletions
    (insertions), less the empty score, as a share of whole − empty. Shares are
    ratios of means, Σ value / Σ per: the mean of single ratios has no meaning
    where a whole score is close to the empty one, here such a case just counts
    little. The same holds for "times_random".
    """
    found = []
    parts = rows.groupby(["method", "metric"], sort=False)
    # sums over pairs before the division: a ratio of means
    for (method, metric), part in parts:
        value, per = part["value"], part["per"]
        interval = ratio_interval(value, per, level, n_resamples, seed)
        found.append((method, metric, *interval, len(part)))
    columns = ["method", "metric", "value", "low", "high", "n"]
    return pd.DataFrame(found, columns=columns)


def ratio_interval(
    values,
    per,
    level: float = 0.95,
    n_resamples: int = 1000,
    seed: int = 0,
    groups=None,
) -> tuple[float, float, float]:
    """Return (ratio, low, high): Σ values / Σ per, pairs drawn together.

    With `per` all 1 this is `bootstrap_interval`, `groups` as there. NaN where
    a sum to divide by is not above 0. Raise DataError unless both are finite
    and of one length.

    >>> [round(v, 2) for v in ratio_interval([0, 1, 3], [2, 1, 1])]
    [1.0, 0.0, 3.0]
    """
    values = np.asarray(values, dtype=float)
    per = np.asarray(per, dtype=float)
    is_flat = values.shape == per.shape == (values.size,)
    if not is_flat or not values.size or not np.isfinite(values + per).all():
        problem = "values and per must be two finite arrays of the same length"
        raise DataError(f"{problem}, with one case or more")
    pairs = np.column_stack([values, per])  # (n, 2)
    return bootstrap_interval(
        pairs, level, n_resamples, seed, groups, statistic=_ratio
    )


def _ratio(pairs: np.ndarray) -> float:
    """Return Σ values / Σ per of pairs (n, 2); NaN for a sum of 0 or less."""
    above, below = pairs[:, 0].sum(), pairs[:, 1].sum()
    return above / below if below > 0 else np.nan
