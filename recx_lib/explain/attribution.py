"""Chapter 9: what was each piece worth? Removal, gradients, a local model."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from recx_lib.core.case import Case, scores, slopes
from recx_lib.core.checks import check_positive, check_whole
from recx_lib.core.errors import DataError
from recx_lib.core.evidence import Explanation
from recx_lib.judge.ratings import rmse


def random_evidence(case: Case, seed: int = 0) -> Explanation:
    """Return normal random weights: what every honest method must beat.

    >>> from recx_lib.core.case import sum_case
    >>> case = sum_case("ann", "tent", ["item"], ["mat"], worth=[0.5])
    >>> random_evidence(case, seed=1) == random_evidence(case, seed=1)
    True
    >>> random_evidence(case, seed=1) == random_evidence(case, seed=2)
    False
    """
    rng = np.random.default_rng(seed)
    return case.explanation("random", rng.standard_normal(len(case)))


def occlusion(case: Case) -> Explanation:
    """Return what the score loses when each piece alone is taken away.

    Leave one out: m + 1 questions to the model. Pieces that stand in for each
    other all look worthless: with one gone, the other still does the work.
    Zeiler and Fergus (2014), "Visualizing and Understanding Convolutional
    Networks".

    >>> from recx_lib.core.case import sum_case
    >>> kinds, names = ["item"] * 2, ["stove", "mat"]
    >>> case = sum_case("ann", "tent", kinds, names, worth=[0.5, -1.0])
    >>> occlusion(case).evidence[0].weight
    -1.0
    """
    m = len(case)
    present = np.vstack([np.ones(m), 1 - np.eye(m)])  # all, then without each
    score = scores(case, present)  # (m + 1,)
    return case.explanation("occlusion", score[0] - score[1:])


def gradient_times_input(case: Case) -> Explanation:
    """Return the slope of the score in each piece's presence, times that, 1.

    For a sum, these are the terms themselves. One question to the model. A
    slope tells of small changes only; a score may bend before the piece is
    gone. Raise DataError when the model has no gradient. Shrikumar et al.
    (2016), "Not Just a Black Box".

    >>> from recx_lib.core.case import sum_case
    >>> case = sum_case("ann", "tent", ["item"], ["mat"], worth=[0.5])
    >>> gradient_times_input(case).evidence[0].weight
    0.5
    """
    slope = slopes(case, np.ones((1, len(case))))  # (1, m)
    return case.explanation("gradient × input", slope[0])


def integrated_gradients(case: Case, steps: int = 32) -> Explanation:
    """Return the mean slope on the way from nothing to everything.

    All pieces fade in together, in `steps` steps at Gauss–Legendre places; the
    weights sum to case.whole() − case.empty() up to the error of that rule
    (`completeness_gap`). Raise DataError for steps < 1, or a model without
    gradient. Sundararajan et al. (2017), "Axiomatic Attribution for Deep
    Networks", equation 1.

    >>> from recx_lib.core.case import Case
    >>> value, gradient = lambda p: p[:, 0] ** 2, lambda p: 2 * p
    >>> square = Case("ann", "tent", ["item"], ["mat"], value, gradient)
    >>> round(integrated_gradients(square).total, 9)
    1.0
    >>> gradient_times_input(square).total
    2.0
    """
    check_whole(steps=steps)
    # (steps,) places in −1 … 1, and their shares, which sum to 2
    place, share = np.polynomial.legendre.leggauss(steps)
    presence = (place[:, None] + 1) / 2  # (steps, 1) in 0 … 1
    on_the_way = np.tile(presence, (1, len(case)))  # (steps, m)
    mean_slope = share / 2 @ slopes(case, on_the_way)  # (m,)
    return case.explanation("integrated gradients", mean_slope)


def completeness_gap(case: Case, explanation: Explanation) -> float:
    """Return how far the weights' sum is from what all the evidence did.

    That is case.whole() − case.empty(); in score units.

    >>> from recx_lib.core.case import sum_case
    >>> case = sum_case("ann", "tent", ["item"], ["mat"], worth=[0.5])
    >>> completeness_gap(case, occlusion(case))
    0.0
    """
    total = case.weights(explanation).sum()
    return float(total - (case.whole() - case.empty()))


def lime(
    case: Case, n_samples: int = 500, seed: int = 0, width: float = 0.5
) -> Explanation:
    """Return the coefficients of a linear model around the full case (LIME).

    Pieces are removed at random, from few to all; a sample in which the share
    d of them is gone counts exp(−d² / width²). Raise DataError when the
    samples are too few to tell the pieces apart, or width ≤ 0. Ribeiro et al.
    (2016), "Why Should I Trust You?", equation 2, with weighted least squares
    and no sparsity.

    >>> from recx_lib.core.case import sum_case
    >>> case = sum_case("ann", "tent", ["item"], ["mat"], [0.5], base=3.0)
    >>> round(lime(case).total, 9)
    0.5
    """
    check_whole(n_samples=n_samples)
    check_positive(width=width)
    # 1. draw who is there: any number of pieces is as likely as any other
    rng = np.random.default_rng(seed)
    draw = rng.random((n_samples, len(case)))
    present = draw < rng.random((n_samples, 1))  # (n_samples, m)
    # 2. a sample counts by how close it is to the full case
    gone = 1 - present.mean(axis=1)  # (n_samples,)
    root = np.sqrt(np.exp(-((gone / width) ** 2)))
    # 3. weighted least squares: an intercept, and a weight for each piece
    X = np.column_stack([np.ones(n_samples), present]) * root[:, None]
    y = scores(case, present) * root
    coef, _, rank, _ = np.linalg.lstsq(X, y, rcond=None)
    if rank < len(case) + 1:
        raise DataError(
            f"n_samples={n_samples} cannot tell {len(case)} pieces apart: "
            f"take {10 * len(case)} or more"
        )
    return case.explanation("local linear model", coef[1:])


def permutation_importance(
    predict: Callable[[np.ndarray], np.ndarray],
    X: np.ndarray,
    y: np.ndarray,
    seed: int = 0,
    repeats: int = 5,
) -> np.ndarray:
    """Return by how much the RMSE grows when one feature is shuffled.

    (repeats, n_features), in units of y. About the model as a whole, not one
    case: average over the rows, `standard_error` gives the spread of
    shuffling. A constant feature gets 0. Shuffled columns make rows that no
    user ever had: beware where features go together. Raise DataError for an X
    (n, n_features) that is no finite table, a y of another length, or repeats
    < 1. Breiman (2001), "Random Forests", section 10.

    >>> X = np.arange(8.0).reshape(4, 2)
    >>> first_column = lambda X: X[:, 0]
    >>> growth = permutation_importance(first_column, X, y=X[:, 0], repeats=2)
    >>> growth[:, 1].tolist()
    [0.0, 0.0]
    """
    check_whole(repeats=repeats)
    X = np.asarray(X, dtype=float)
    if X.ndim != 2 or not np.isfinite(X).all():
        raise DataError(
            f"X of shape {X.shape} must be a table (n, n_features) of finite "
            "numbers: mend it first"
        )
    rng = np.random.default_rng(seed)
    # each column shuffled by itself, several times
    before = rmse(y, predict(X))
    growth = np.zeros((repeats, X.shape[1]))
    for repeat, j in np.ndindex(*growth.shape):
        shuffled = X.copy()
        shuffled[:, j] = rng.permutation(X[:, j])
        growth[repeat, j] = rmse(y, predict(shuffled)) - before
    return growth
