"""Chapter 9: the result of a trial, read aloud."""

from __future__ import annotations

import numpy as np
import pandas as pd

from recx_lib.core.errors import DataError
from recx_lib.judge.trials import ratio_interval

NUMBERS = "no one two three four five six seven eight nine ten".split()


def verdict(
    rows: pd.DataFrame,
    method: str,
    things: str = "pieces of evidence",
    k: int = 3,
) -> str:
    """Return one method's result in a `trial` with this `k`, read aloud.

    The last words say how many times as far as random evidence, where the
    interval of the latter lies above 0; or that the interval of the difference
    holds 0. DataError if the method was not there.

    >>> from recx_lib.core.case import sum_case
    >>> from recx_lib.judge.trials import trial
    >>> worth = [0.25, 0.25, 0.0, 0.0, 0.0]
    >>> case = sum_case("ann", "tent", ["item"] * 5, list("abcde"), worth)
    >>> exact = lambda case: case.explanation("exact", worth)
    >>> rows = trial([case], {"exact": exact}, k=2)
    >>> sentence = verdict(rows, "exact", "products", k=2)
    >>> for part in sentence.split("; "):
    ...     print(part)
    Without the two products it cites the score falls by 0.50
    without two random ones by 0.07: 6.7 times as far.
    """
    mine = rows[rows["method"] == method]
    if mine.empty:
        names = ", ".join(sorted(set(rows["method"])))
        raise DataError(f"{method!r} was not on trial: choose from {names}")
    fall = _values(mine, "comprehensiveness")
    random_fall = _values(mine, "comprehensiveness_random")
    _, low, _ = ratio_interval(fall - random_fall, np.ones(len(fall)))
    told = _times(fall.mean(), random_fall)
    if not low > 0:
        told = "no proof that it tells the truth"
    number = NUMBERS[k] if k < len(NUMBERS) else k
    the = "the" if _values(mine, "cited").min() >= k else "up to"
    # in some cases the model spoke against the item: the score should rise
    moves = "falls" if set(mine["side"]) == {"for"} else "moves back"
    said = f"Without {the} {number} {things} it cites the score {moves} by"
    beside = f"without {number} random ones by {random_fall.mean():.2f}"
    return f"{said} {fall.mean():.2f}; {beside}: {told}."


def _values(rows: pd.DataFrame, metric: str) -> np.ndarray:
    """Return one method's values of a metric, one per case, in order."""
    return rows.loc[rows["metric"] == metric, "value"].to_numpy()


def _times(fall: float, random_fall: np.ndarray) -> str:
    """Return how many times as far; no number where chance is as good as 0."""
    floor, low, _ = ratio_interval(random_fall, np.ones(len(random_fall)))
    # no ratio to a floor that is zero, or may be
    if floor <= 0:
        return "random evidence does not make it fall"
    if low <= 0 or round(floor, 2) == 0:
        return "farther than chance, which is too near 0 to divide by"
    return f"{fall / floor:.1f} times as far"
