"""Chapter 18: EASE and implicit ALS as sums over parts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
from numba import njit
from scipy import sparse
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted

from recx_lib.core.checks import check_positive, check_whole
from recx_lib.core.errors import DataError
from recx_lib.recommend.als import implicit_als_step
from recx_lib.scale.jobs import Here
from recx_lib.scale.parts import Part, histories


def gram(part: Part, n_items: int) -> np.ndarray:
    """Return how many users of a part have both of two items.

    (n_items, n_items). The whole table's is the sum over its parts, if no
    user's rows lie in two of them; `ease_weights` makes EASE of it.

    >>> two = Part(*np.array([[0, 0, 1], [0, 1, 1], [5, 4, 3]]))
    >>> gram(two, n_items=2).tolist()
    [[1.0, 1.0], [1.0, 2.0]]
    """
    users, start, items = histories(part, n_items)
    shape = len(users), n_items
    X = sparse.csr_array((np.ones(len(items)), items, start), shape=shape)
    return (X.T @ X).toarray()


def item_counts(part: Part, n_items: int) -> np.ndarray:
    """Return how many users of a part have each item, (n_items,)."""
    _, _, items = histories(part, n_items)
    return np.bincount(items, minlength=n_items)


@dataclass(frozen=True)
class ItemSums:
    """All that the items of implicit ALS need to know of the users.

    `total` (k, k) is Σ p pᵀ over all users, `pairs` (n_items, k, k) the same
    over those who have the item, `first` (n_items, k) is Σ p over them. Two
    parts' sums are added with `+`.
    """

    total: np.ndarray
    pairs: np.ndarray
    first: np.ndarray

    def __add__(self, other: ItemSums) -> ItemSums:
        return ItemSums(
            self.total + other.total,
            self.pairs + other.pairs,
            self.first + other.first,
        )

    def solve(self, alpha: float, reg: float) -> np.ndarray:
        """Return Q (n_items, k): one ridge regression per item.

        Source: Hu, Koren & Volinsky (2008), equation 5.
        """
        k = len(self.total)
        A = self.total + reg * np.eye(k) + alpha * self.pairs
        b = (1 + alpha) * self.first
        return np.linalg.solve(A, b[..., None])[..., 0]


def item_sums(part: Part, Q: np.ndarray, alpha: float, reg: float) -> ItemSums:
    """Solve a part's users against Q (n_items, k); return the items' sums.

    The users' factors are needed for nothing else and forgotten, so that no
    machine ever holds them all.
    """
    users, start, items = histories(part, len(Q))
    P = implicit_als_step(Q, start, items, alpha, reg)  # (n_users, k)
    owner = np.repeat(np.arange(len(users)), np.diff(start))
    count = np.bincount(items, minlength=len(Q))
    i_start = np.concatenate([[0], np.cumsum(count)])
    by_item = np.argsort(items, kind="stable")  # rows of one item together
    pairs, first = sums_by_item(P, i_start, owner[by_item])
    return ItemSums(P.T @ P, pairs, first)


@njit(cache=True)
def sums_by_item(P, start, owner):
    """Return Σ p pᵀ (n_items, k, k) and Σ p (n_items, k), item by item."""
    n_items, k = len(start) - 1, P.shape[1]
    pairs, first = np.zeros((n_items, k, k)), np.zeros((n_items, k))
    for i in range(n_items):
        P_i = P[owner[start[i] : start[i + 1]]]  # (n_raters, k)
        pairs[i] = P_i.T @ P_i
        first[i] = P_i.sum(axis=0)
    return pairs, first


class PartsALS(BaseEstimator):
    """Implicit ALS over a table in parts.

    Parameters as `ImplicitALS`, whose `Q_` it learns to rounding. It keeps the
    items' factors `Q_` (n_items, k) and `G_` = QᵀQ + reg·I, and no user's: a
    user's follow from the history, wherever that lies. Memory holds one part
    and a few sums of 8 · n_items · k · (k + 1) bytes.

    >>> table = Part(*np.array([[0, 0, 1], [0, 1, 1], [5, 4, 3]]))
    >>> PartsALS(k=2, sweeps=1).fit([table], n_items=3).Q_.shape
    (3, 2)
    """

    def __init__(self, k=32, sweeps=10, alpha=10.0, reg=50.0, seed=0):
        self.k, self.sweeps = k, sweeps
        self.alpha, self.reg = alpha, reg
        self.seed = seed

    def fit(self, parts: Sequence, n_items: int, job=None) -> PartsALS:
        """Learn `Q_` from parts: `Part`s, or folders of `write_parts`.

        `job` says where the work is done (default: here). Raise DataError
        on an unusable parameter, no part, or an item beyond `n_items`.
        """
        check_positive(alpha=self.alpha, reg=self.reg)
        check_whole(k=self.k, sweeps=self.sweeps, n_items=n_items)
        check_whole(0, seed=self.seed)
        if len(parts) == 0:
            raise DataError("no part to learn from: use write_parts first")
        job = job or Here()
        # 1. items that somebody has begin at random, as in ImplicitALS
        counts = job.total(partial(item_counts, n_items=n_items), parts)
        rng = np.random.default_rng(self.seed)
        Q = rng.normal(0, 0.1, (n_items, self.k)) * (counts > 0)[:, None]
        for _ in range(self.sweeps):
            # 2. each part solves its users and adds up what items need
            sum_up = partial(item_sums, Q=Q, alpha=self.alpha, reg=self.reg)
            # 3. the sums of all parts are enough to solve all items
            Q = job.total(sum_up, parts).solve(self.alpha, self.reg)
        self.Q_ = Q
        self.G_ = Q.T @ Q + self.reg * np.eye(self.k)  # same for all users
        return self

    def factors(self, part: Part) -> tuple[np.ndarray, np.ndarray]:
        """Return a part's users (n,) and their factors (n, k)."""
        check_is_fitted(self)
        users, start, items = histories(part, len(self.Q_))
        P = implicit_als_step(self.Q_, start, items, self.alpha, self.reg)
        return users, P
