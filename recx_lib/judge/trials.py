"""Chapter 8: explanations on trial: every method on every case, beside as many
random pieces as it may cite.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from time import perf_counter

import numpy as np
import pandas as pd
from scipy.special import expit
from tqdm import tqdm

from recx_lib.core.case import Case, scores
from recx_lib.core.errors import DataError
from recx_lib.core.evidence import Explanation
from recx_lib.judge.bootstrap import bootstrap_interval
from recx_lib.judge.faithfulness import (
    agreement,
    cited,
    comprehensiveness,
    deletion_curve,
    insertion_curve,
    reason_recovery,
    sign_test,
    sufficiency,
    toward,
)

STEPS = 5  # of the curves behind del and ins, as in the literature


NUMBERS = dict(
    enumerate("no one two three four five six seven eight nine ten".split())
)


def random_floor(
    case: Case, n: int, side: str = "for", draws: int = 10, seed: int = 0
) -> tuple[float, float]:
    """Return (comprehensiveness, sufficiency) of `n` pieces drawn at random:
    the mean of `draws` draws.
    """
    rng = np.random.default_rng(seed)
    masks = np.zeros((draws, len(case)))
    for mask in masks:
        mask[rng.permutation(len(case))[:n]] = 1.0
    score = scores(case, np.vstack([np.ones(len(case)), 1 - masks, masks]))
    falls = toward(score[0] - score[1:], side)
    return float(falls[:draws].mean()), float(falls[draws:].mean())


def trial(cases: Sequence[Case], explainers: Mapping[str, Callable[[Case], Explanation]], k: int = 3, draws: int = 10,
          truth: Mapping[tuple[str, str], Mapping[str, float]] | None = None,
          again: Sequence[Case] | None = None, seed: int = 0, quiet: bool = False) -> pd.DataFrame:  # fmt: skip
    """Put every explainer on trial on every case; return one row for each
    case, method and metric.

    Columns: user, item, side, method, metric, value, per. The figure for
    several cases is Σ value / Σ per (`summary`). A case is tested on the side
    that the model took: "for" where its score is at least the empty one, else
    "against". `truth` gives the true terms of a pair (`reason_recovery`),
    `again` the same pairs seen by a twin of the model (another seed, a
    jittered input: `agreement` as "stability"). Explainers that draw should
    draw anew at every call.
    """
    rows = []
    for at, case in enumerate(
        tqdm(cases, desc="trial", unit="case", leave=False, disable=quiet)
    ):
        asked = _remembering(
            case
        )  # for the tests alone: explainers ask, and take their time, for themselves
        side = "for" if asked.whole >= asked.empty else "against"
        for method, explain in explainers.items():
            start = perf_counter()
            why = explain(case)
            marks = {"ms": (1000 * (perf_counter() - start), 1.0)} | _marks(
                asked, why, k, side, draws, seed + at
            )
            if truth is not None and (
                terms := truth.get((case.user, case.item))
            ):
                marks |= {
                    metric: (value, 1.0)
                    for metric, value in reason_recovery(why, terms).items()
                }
            if again is not None:
                same = agreement(why, explain(again[at]), k)
                marks |= {
                    "stability": (same["rank"], 1.0),
                    "stability_top": (same["overlap"], 1.0),
                }
            rows += [
                (case.user, case.item, side, method, name, *mark)
                for name, mark in marks.items()
            ]
    frame = pd.DataFrame(
        rows,
        columns=["user", "item", "side", "method", "metric", "value", "per"],
    )
    return frame.dropna(subset="value").reset_index(drop=True)


def _remembering(case: Case) -> Case:
    """Return the case, whose model is asked only once for the score of any set
    of pieces.
    """
    known: dict[bytes, float] = {}

    def value(present: np.ndarray) -> np.ndarray:
        rows = {row.tobytes(): row for row in np.asarray(present, dtype=float)}
        if new := [key for key in rows if key not in known]:
            known.update(
                zip(
                    new,
                    scores(case, np.stack([rows[key] for key in new])),
                    strict=True,
                )
            )
        return np.array(
            [known[row.tobytes()] for row in np.asarray(present, dtype=float)]
        )

    return replace(case, value=value)


def _marks(
    case: Case, why: Explanation, k: int, side: str, draws: int, seed: int
) -> dict[str, tuple[float, float]]:
    """Return {metric: (value, per)} of one explanation; `per` is what the mean
    is taken over, 1 for a plain mean.
    """
    whole, empty = toward(np.array([case.whole, case.empty]), side)
    fall = comprehensiveness(case, why, k, side)
    random_fall, random_rest = random_floor(
        case, min(k, len(case)), side, draws, seed
    )
    left, back = (
        curve(case, why, side, steps=STEPS)[1:]
        for curve in (deletion_curve, insertion_curve)
    )
    return {
        "comprehensiveness": (fall, 1.0),
        "comprehensiveness_random": (random_fall, 1.0),
        "times_random": (fall, random_fall),
        "sufficiency": (sufficiency(case, why, k, side), 1.0),
        "sufficiency_random": (random_rest, 1.0),
        "move": (comprehensiveness(case, why, k, "either"), 1.0),
        "del": (toward(left, side).mean() - empty, whole - empty),
        "ins": (toward(back, side).mean() - empty, whole - empty),
        "del_squashed": (expit(left).mean() / expit(case.whole), 1.0),
        "ins_squashed": (expit(back).mean() / expit(case.whole), 1.0),
        "sign": (sign_test(case, why, k), 1.0),
        "cited": (len(cited(case, why, k, side)), 1.0),
    }


def summary(
    rows: pd.DataFrame,
    level: float = 0.95,
    n_resamples: int = 1000,
    seed: int = 0,
) -> pd.DataFrame:
    """Return one row for each method and metric of a `trial`: value, low, high
    (bootstrap over cases), n.

    "del" and "ins" are the mean score after each of the first five deletions
    (insertions), less the empty score, as a share of whole − empty. Shares are
    ratios of means, Σ value / Σ per: the mean of single ratios has no meaning
    where a whole score is close to the empty one, here such a case just counts
    little. The same holds for "times_random". "del_squashed" and
    "ins_squashed" stand beside published figures for rankers (Baklanov et al.,
    2025, "Refining fidelity metrics for explainable recommendations"): means
    of σ(score) / σ(whole score), σ the logistic function.
    """
    found = []
    for (method, metric), part in rows.groupby(
        ["method", "metric"], sort=False
    ):
        span = ratio_interval(
            part["value"], part["per"], level, n_resamples, seed
        )
        found.append((method, metric, *span, len(part)))
    return pd.DataFrame(
        found, columns=["method", "metric", "value", "low", "high", "n"]
    )


def ratio_interval(
    values, per, level: float = 0.95, n_resamples: int = 1000, seed: int = 0
) -> tuple[float, float, float]:
    """Return (ratio, low, high): Σ values / Σ per, pairs drawn together.

    With `per` all 1 this is `bootstrap_interval`. NaN where a sum to divide by
    is not above 0. Raise DataError unless both are finite and of one length.

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
        pairs, level, n_resamples, seed, statistic=_ratio
    )


def _ratio(pairs: np.ndarray) -> float:
    """Return Σ values / Σ per of pairs (n, 2); NaN for a sum of 0 or less."""
    above, below = pairs[:, 0].sum(), pairs[:, 1].sum()
    return above / below if below > 0 else np.nan


def verdict(
    rows: pd.DataFrame,
    method: str,
    things: str = "pieces of evidence",
    k: int = 3,
) -> str:
    """Return one method's result in a `trial` with this `k`, read aloud;
    DataError if the method was not there.

    The last words say how many times as far as random evidence; or that the
    interval of the difference holds 0.

    >>> from recx_lib.core.case import sum_case
    >>> case = sum_case("ann", "tent", ["item"] * 5, list("abcde"), worth=[0.25, 0.25, 0.0, 0.0, 0.0])
    >>> rows = trial([case], {"exact": lambda case: case.explanation("exact", [1, 1, 0, 0, 0])}, k=2)
    >>> print(verdict(rows, "exact", "products", k=2))
    Without the two products it cites the score falls by 0.50; without two random ones by 0.07: 6.7 times as far.
    """
    mine = rows[rows["method"] == method]
    if mine.empty:
        raise DataError(
            f"{method!r} was not on trial: choose from {', '.join(sorted(set(rows['method'])))}"
        )
    values = {
        metric: part["value"].to_numpy()
        for metric, part in mine.groupby("metric")
    }  # one per case, in order
    cited_fall, random_fall = (
        values["comprehensiveness"],
        values["comprehensiveness_random"],
    )
    _, low, _ = ratio_interval(
        cited_fall - random_fall, np.ones(len(cited_fall))
    )
    ratio = (
        cited_fall.mean() / random_fall.mean()
        if random_fall.mean() > 0
        else np.inf
    )
    far = (
        f"{ratio:.1f} times as far"
        if np.isfinite(ratio)
        else "random evidence does not make it fall"
    )
    number, at_most = (
        NUMBERS.get(k, k),
        "the" if values["cited"].min() >= k else "up to",
    )
    said = f"Without {at_most} {number} {things} it cites the score {_moves(mine)} by {cited_fall.mean():.2f}"
    told = far if low > 0 else "no proof that it tells the truth"
    return f"{said}; without {number} random ones by {random_fall.mean():.2f}: {told}."


def _moves(mine: pd.DataFrame) -> str:
    """Return the verb: in some cases the model spoke against the item, and the
    score should rise instead.
    """
    return "falls" if set(mine["side"]) == {"for"} else "moves back"
