"""Chapter 8: what was each piece of evidence worth? Occlusion, Shapley values,
gradients, and a local linear model.
"""

from __future__ import annotations

from collections.abc import Callable
from math import comb

import numpy as np

from recx_lib.core.case import Case, scores, slopes
from recx_lib.core.checks import check_positive, check_whole
from recx_lib.core.errors import DataError
from recx_lib.core.evidence import Explanation
from recx_lib.judge.ratings import rmse

MOST_PIECES = (
    16  # 2¹⁶ = 65,536 coalitions to score; every further piece doubles that
)


def random_evidence(case: Case, seed: int = 0) -> Explanation:
    """Return weights drawn from a normal distribution: the explanation that
    every honest method must beat.

    >>> from recx_lib.core.case import sum_case
    >>> case = sum_case("ann", "tent", ["item", "item"], ["stove", "mat"], worth=[0.1, 0.4])
    >>> random_evidence(case, seed=1) == random_evidence(case, seed=1) != random_evidence(case, seed=2)
    True
    """
    return case.explanation(
        "random", np.random.default_rng(seed).standard_normal(len(case))
    )


def occlusion(case: Case) -> Explanation:
    """Return what the score loses when each piece alone is taken away (leave
    one out): m + 1 questions to the model.

    Pieces that stand in for each other all look worthless: with one gone, the
    other still does the work. Li, Monroe and Jurafsky (2016), "Understanding
    Neural Networks through Representation Erasure".

    >>> from recx_lib.core.case import sum_case
    >>> occlusion(sum_case("ann", "tent", ["item", "item"], ["stove", "mat"], worth=[0.5, -1.0])).evidence[0].weight
    -1.0
    """
    m = len(case)
    score = scores(
        case, np.vstack([np.ones(m), 1 - np.eye(m)])
    )  # (m + 1,): with all, then without each
    return case.explanation("occlusion", score[0] - score[1:])


def coalitions(m: int) -> np.ndarray:
    """Return all subsets of m pieces, (2**m, m) bool: row s holds the binary
    digits of s, piece j the j-th from below.

    >>> coalitions(2).astype(int).tolist()
    [[0, 0], [1, 0], [0, 1], [1, 1]]
    """
    return (np.arange(2**m)[:, None] >> np.arange(m)) % 2 == 1


def shapley_exact(case: Case) -> Explanation:
    """Return the Shapley values: what each piece adds when it joins the
    others, averaged over all orders of joining.

    Piece j gets Σ_S (score(S ∪ j) − score(S)) / (m · C(m − 1, |S|)) over the
    2^(m−1) coalitions S without j. The weights sum to case.whole − case.empty.
    Raise DataError beyond 16 pieces. Shapley (1953), "A Value for n-Person
    Games".

    >>> from recx_lib.core.case import Case
    >>> both_needed = lambda present: 1.0 * present[:, 0] * present[:, 1]
    >>> case = Case("ann", "tent", ["item", "item"], ["stove", "mat"], both_needed)
    >>> [e.weight for e in shapley_exact(case).evidence], [e.weight for e in occlusion(case).evidence]
    ([0.5, 0.5], [1.0, 1.0])
    """
    m = len(case)
    if m > MOST_PIECES:
        raise DataError(
            f"{m} pieces have 2**{m} coalitions, too many beyond {MOST_PIECES}: use shapley_sampled"
        )
    present = coalitions(m)  # (2**m, m)
    score, size = scores(case, present), present.sum(axis=1)  # (2**m,)
    share = np.array(
        [1 / (m * comb(m - 1, s)) for s in range(m)]
    )  # how often one coalition of s is there when j joins
    worth = np.zeros(m)
    for j in range(m):
        without = np.flatnonzero(~present[:, j])  # (2**(m - 1),)
        worth[j] = share[size[without]] @ (
            score[without + 2**j] - score[without]
        )
    return case.explanation("Shapley, exact", worth)


def contributions(case: Case, orders: np.ndarray) -> np.ndarray:
    """Return what each piece added to the score when it joined, (n, m), for n
    orders of joining (n, m).

    An order lists piece numbers, first to join first. Each row of the answer
    sums to case.whole − case.empty. Raise DataError for a row that does not
    hold every piece once.

    >>> from recx_lib.core.case import Case
    >>> both_needed = lambda present: 1.0 * present[:, 0] * present[:, 1]
    >>> case = Case("ann", "tent", ["item", "item"], ["stove", "mat"], both_needed)
    >>> contributions(case, np.array([[0, 1], [1, 0]])).tolist()  # who comes last gets all
    [[0.0, 1.0], [1.0, 0.0]]
    """
    n, m = orders.shape
    if m != len(case) or (np.sort(orders, axis=1) != np.arange(m)).any():
        raise DataError(
            f"an order must hold each of the numbers 0 … {len(case) - 1} once, one per piece of evidence"
        )
    place = np.argsort(orders, axis=1)  # (n, m): when each piece joins
    there = (
        place[:, None, :] < np.arange(1, m)[:, None]
    )  # (n, m - 1, m): who is there once 1, 2 … m - 1 have joined
    between = scores(case, there.reshape(n * (m - 1), m)).reshape(n, m - 1)
    none, everything = scores(case, np.array([np.zeros(m), np.ones(m)]))
    path = np.column_stack(
        [np.full(n, none), between, np.full(n, everything)]
    )  # (n, m + 1)
    return np.take_along_axis(np.diff(path), place, axis=1)


def shapley_samples(
    case: Case, n_permutations: int = 100, seed: int = 0
) -> np.ndarray:
    """Return n_permutations independent estimates of the Shapley values,
    (n_permutations, m): average them.

    Each is one random order walked forwards and backwards, which asks for 2 (m
    − 1) scores: a piece that is early in one is late in the other, so that
    where pieces interact in pairs only, one sample is exact. `standard_error`
    of the rows says how far their mean is off. Raise DataError for
    n_permutations < 1. Mitchell et al. (2022), "Sampling Permutations for
    Shapley Value Estimation".

    >>> from recx_lib.core.case import sum_case
    >>> case = sum_case("ann", "tent", ["item", "item"], ["stove", "mat"], worth=[0.5, -1.0])
    >>> shapley_samples(case, n_permutations=2).tolist()
    [[0.5, -1.0], [0.5, -1.0]]
    """
    check_whole(n_permutations=n_permutations)
    every = np.tile(np.arange(len(case)), (n_permutations, 1))
    orders = np.random.default_rng(seed).permuted(
        every, axis=1
    )  # (n_permutations, m)
    return (
        contributions(case, orders) + contributions(case, orders[:, ::-1])
    ) / 2


def standard_error(samples: np.ndarray) -> np.ndarray:
    """Return the standard error (m,) of the mean of independent samples (n,
    m), in their units.

    Raise DataError for fewer than two samples, which say nothing of their
    spread.

    >>> standard_error(np.array([[1.0, 5.0], [3.0, 5.0]])).tolist()
    [1.0, 0.0]
    """
    if np.ndim(samples) != 2 or len(samples) < 2:
        raise DataError(
            f"samples of shape {np.shape(samples)} have no standard error: it takes two rows or more"
        )
    return samples.std(axis=0, ddof=1) / np.sqrt(len(samples))


def shapley_sampled(
    case: Case, n_permutations: int = 100, seed: int = 0
) -> Explanation:
    """Return Shapley values estimated from random orders, each walked both
    ways; raise as `shapley_samples` does.

    >>> from recx_lib.core.case import sum_case
    >>> shapley_sampled(sum_case("ann", "tent", ["item"], ["mat"], worth=[0.5]), n_permutations=1).total
    0.5
    """
    return case.explanation(
        "Shapley, sampled",
        shapley_samples(case, n_permutations, seed).mean(axis=0),
    )


def gradient_times_input(case: Case) -> Explanation:
    """Return the slope of the score in each piece's presence, times that
    presence, 1: for a sum, the terms themselves.

    One question to the model. A slope tells of small changes only; a score may
    bend before the piece is gone. Raise DataError when the model has no
    gradient. Shrikumar et al. (2016), "Not Just a Black Box".

    >>> from recx_lib.core.case import sum_case
    >>> gradient_times_input(sum_case("ann", "tent", ["item"], ["mat"], worth=[0.5])).evidence[0].weight
    0.5
    """
    return case.explanation(
        "gradient × input", slopes(case, np.ones((1, len(case))))[0]
    )


def integrated_gradients(case: Case, steps: int = 32) -> Explanation:
    """Return the mean slope on the way from nothing to everything, all pieces
    fading in together.

    `steps` points at Gauss–Legendre places; the weights sum to case.whole −
    case.empty up to the error of that rule (`completeness_gap`). Raise
    DataError for steps < 1, or a model without gradient. Sundararajan et al.
    (2017), "Axiomatic Attribution for Deep Networks", equation 1.

    >>> from recx_lib.core.case import Case
    >>> square = Case("ann", "tent", ["item"], ["mat"], lambda p: p[:, 0] ** 2, lambda p: 2 * p)
    >>> round(integrated_gradients(square).total, 9), gradient_times_input(square).total
    (1.0, 2.0)
    """
    check_whole(steps=steps)
    place, share = np.polynomial.legendre.leggauss(
        steps
    )  # (steps,) in −1 … 1, shares that sum to 2
    on_the_way = np.tile(
        (place[:, None] + 1) / 2, (1, len(case))
    )  # (steps, m) in 0 … 1
    return case.explanation(
        "integrated gradients", share / 2 @ slopes(case, on_the_way)
    )


def completeness_gap(case: Case, explanation: Explanation) -> float:
    """Return how far the weights' sum is from what all the evidence did,
    case.whole − case.empty, in score units.

    >>> from recx_lib.core.case import sum_case
    >>> case = sum_case("ann", "tent", ["item"], ["mat"], worth=[0.5], base=3.0)
    >>> completeness_gap(case, occlusion(case))
    0.0
    """
    return float(case.weights(explanation).sum() - (case.whole - case.empty))


def local_surrogate(
    case: Case, n_samples: int = 500, seed: int = 0, width: float = 0.5
) -> Explanation:
    """Return the coefficients of a linear model fitted to the score around the
    full case, as LIME does.

    Pieces are removed at random, from few to all; a sample in which the share
    d of them is gone counts exp(−d² / width²). Raise DataError when the
    samples are too few to tell the pieces apart, or width ≤ 0. Ribeiro et al.
    (2016), "Why Should I Trust You?", equation 2, with weighted least squares
    and no sparsity.

    >>> from recx_lib.core.case import sum_case
    >>> round(local_surrogate(sum_case("ann", "tent", ["item"], ["mat"], worth=[0.5], base=3.0)).total, 9)
    0.5
    """
    check_whole(n_samples=n_samples)
    check_positive(width=width)
    rng = np.random.default_rng(seed)
    present = rng.random((n_samples, len(case))) < rng.random(
        (n_samples, 1)
    )  # any number is as likely as any other
    closeness = np.exp(
        -(((1 - present.mean(axis=1)) / width) ** 2)
    )  # (n_samples,)
    X = (
        np.column_stack([np.ones(n_samples), present])
        * np.sqrt(closeness)[:, None]
    )
    coef, _, rank, _ = np.linalg.lstsq(
        X, scores(case, present) * np.sqrt(closeness), rcond=None
    )
    if rank < len(case) + 1:
        raise DataError(
            f"n_samples={n_samples} cannot tell {len(case)} pieces apart: take {10 * len(case)} or more"
        )
    return case.explanation("local linear model", coef[1:])


def permutation_importance(predict: Callable[[np.ndarray], np.ndarray], X: np.ndarray, y: np.ndarray,
                           seed: int = 0, repeats: int = 5) -> np.ndarray:  # fmt: skip
    """Return by how much the RMSE grows when one feature's column is shuffled,
    (repeats, n_features), units of y.

    About the model as a whole, not one case: average over the rows,
    `standard_error` gives the spread of shuffling. A constant feature gets 0.
    Shuffled columns make rows that no user ever had: beware where features go
    together. Raise DataError for an X (n, n_features) that is no finite table,
    a y of another length, or repeats < 1. Breiman (2001), "Random Forests",
    section 10.

    >>> X = np.arange(8.0).reshape(4, 2)
    >>> bool((permutation_importance(lambda X: X[:, 0], X, y=X[:, 0])[:, 1] == 0).all())
    True
    """
    check_whole(repeats=repeats)
    X = np.asarray(X, dtype=float)
    if X.ndim != 2 or not np.isfinite(X).all():
        raise DataError(
            f"X of shape {X.shape} must be a table (n, n_features) of finite numbers: mend it first"
        )
    rng, before = np.random.default_rng(seed), rmse(y, predict(X))
    growth = np.zeros((repeats, X.shape[1]))
    for repeat, j in np.ndindex(*growth.shape):
        shuffled = X.copy()
        shuffled[:, j] = rng.permutation(X[:, j])
        growth[repeat, j] = rmse(y, predict(shuffled)) - before
    return growth
