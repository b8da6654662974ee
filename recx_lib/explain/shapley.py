"""Chapter 9: Shapley values, exact and sampled: what each adds on joining."""

from __future__ import annotations

from math import comb

import numpy as np

from recx_lib.core.case import Case, scores
from recx_lib.core.checks import check_whole
from recx_lib.core.errors import DataError
from recx_lib.core.evidence import Explanation

# 2¹⁶ = 65,536 coalitions to score; every further piece doubles that
MOST_PIECES = 16


def coalitions(m: int) -> np.ndarray:
    """Return all subsets of m pieces, (2**m, m) bool.

    Row s holds the binary digits of s, piece j the j-th from below.

    >>> coalitions(2).astype(int).tolist()
    [[0, 0], [1, 0], [0, 1], [1, 1]]
    """
    return (np.arange(2**m)[:, None] >> np.arange(m)) % 2 == 1


def shapley_exact(case: Case) -> Explanation:
    """Return the Shapley values: what each piece adds when it joins.

    The mean over all orders of joining. Piece j gets Σ_S (score(S ∪ j) −
    score(S)) / (m · C(m − 1, |S|)) over the 2^(m−1) coalitions S without j.
    The weights sum to case.whole() − case.empty(). Raise DataError beyond 16
    pieces. Shapley (1953), "A Value for n-Person Games".

    >>> from recx_lib.core.case import Case
    >>> both_needed = lambda present: 1.0 * present[:, 0] * present[:, 1]
    >>> case = Case("ann", "tent", ["item"] * 2, ["stove", "mat"], both_needed)
    >>> [e.weight for e in shapley_exact(case).evidence]
    [0.5, 0.5]
    """
    m = len(case)
    if m > MOST_PIECES:
        raise DataError(
            f"{m} pieces have 2**{m} coalitions, too many beyond "
            f"{MOST_PIECES}: use shapley_sampled"
        )
    # 1. the score of every coalition
    present = coalitions(m)  # (2**m, m)
    score = scores(case, present)  # (2**m,)
    size = present.sum(axis=1)  # (2**m,)
    # 2. how often just this coalition of s pieces is there when j joins
    share = np.array([1 / (m * comb(m - 1, s)) for s in range(m)])
    # 3. what j adds to the coalitions without it, weighted by that
    value = np.zeros(m)
    for j in range(m):
        without = np.flatnonzero(~present[:, j])  # (2**(m - 1),)
        gain = score[without + 2**j] - score[without]
        value[j] = share[size[without]] @ gain
    return case.explanation("Shapley, exact", value)


def contributions(case: Case, orders: np.ndarray) -> np.ndarray:
    """Return what each piece added when it joined, (n, m), in n orders.

    `orders` (n, m) list piece numbers, first to join first. Each row of the
    answer sums to case.whole() − case.empty(). Raise DataError for a row that
    does not hold every piece once.

    >>> from recx_lib.core.case import Case
    >>> both_needed = lambda present: 1.0 * present[:, 0] * present[:, 1]
    >>> case = Case("ann", "tent", ["item"] * 2, ["stove", "mat"], both_needed)
    >>> contributions(case, np.array([[0, 1], [1, 0]])).tolist()
    [[0.0, 1.0], [1.0, 0.0]]
    """
    n, m = orders.shape
    if m != len(case) or (np.sort(orders, axis=1) != np.arange(m)).any():
        raise DataError(
            f"an order must hold each of the numbers 0 … {len(case) - 1} "
            "once, one per piece of evidence"
        )
    place = np.argsort(orders, axis=1)  # (n, m): when each piece joins
    # who is there once 1, 2 … m − 1 pieces have joined: (n, m − 1, m)
    there = place[:, None, :] < np.arange(1, m)[:, None]
    between = scores(case, there.reshape(n * (m - 1), m)).reshape(n, m - 1)
    none, everything = scores(case, np.array([np.zeros(m), np.ones(m)]))
    # the score as they join, from nobody to everybody: (n, m + 1)
    path = [np.full(n, none), between, np.full(n, everything)]
    gain = np.diff(np.column_stack(path))  # (n, m), in the order of joining
    return np.take_along_axis(gain, place, axis=1)


def shapley_samples(
    case: Case, n_permutations: int = 100, seed: int = 0
) -> np.ndarray:
    """Return independent estimates of the Shapley values, to be averaged.

    (n_permutations, m). Each is one random order walked forwards and
    backwards, which asks for 2 (m − 1) scores: a piece that is early in one is
    late in the other, so that where pieces interact in pairs only, one sample
    is exact. `standard_error` of the rows says how far their mean is off.
    Raise DataError for n_permutations < 1. Mitchell et al. (2022), "Sampling
    Permutations for Shapley Value Estimation".

    >>> from recx_lib.core.case import sum_case
    >>> kinds, names = ["item"] * 2, ["stove", "mat"]
    >>> case = sum_case("ann", "tent", kinds, names, worth=[0.5, -1.0])
    >>> shapley_samples(case, n_permutations=2).tolist()
    [[0.5, -1.0], [0.5, -1.0]]
    """
    check_whole(n_permutations=n_permutations)
    rng = np.random.default_rng(seed)
    every = np.tile(np.arange(len(case)), (n_permutations, 1))
    orders = rng.permuted(every, axis=1)  # (n_permutations, m)
    forwards = contributions(case, orders)
    backwards = contributions(case, orders[:, ::-1])
    return (forwards + backwards) / 2


def standard_error(samples: np.ndarray) -> np.ndarray:
    """Return the standard error (m,) of the mean of samples (n, m).

    In their units; the samples must be independent. Raise DataError for fewer
    than two, which say nothing of their spread.

    >>> standard_error(np.array([[1.0, 5.0], [3.0, 5.0]])).tolist()
    [1.0, 0.0]
    """
    if np.ndim(samples) != 2 or len(samples) < 2:
        raise DataError(
            f"samples of shape {np.shape(samples)} have no standard error: "
            "it takes two rows or more"
        )
    return samples.std(axis=0, ddof=1) / np.sqrt(len(samples))


def shapley_sampled(
    case: Case, n_permutations: int = 100, seed: int = 0
) -> Explanation:
    """Return Shapley values estimated from random orders, walked both ways.

    Raise as `shapley_samples` does.

    >>> from recx_lib.core.case import sum_case
    >>> case = sum_case("ann", "tent", ["item"], ["mat"], worth=[0.5])
    >>> shapley_sampled(case, n_permutations=1).total
    0.5
    """
    samples = shapley_samples(case, n_permutations, seed)
    return case.explanation("Shapley, sampled", samples.mean(axis=0))
