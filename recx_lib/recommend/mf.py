"""Chapter 2: what rating models share, and the two simplest ones."""

from __future__ import annotations

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted

from recx_lib.core.checks import (
    as_idx,
    as_pairs,
    check_positive,
    check_whole,
)
from recx_lib.core.evidence import Evidence, Explanation
from recx_lib.data.reviews import Reviews, check_train


class FactorModel(BaseEstimator):
    """The score mu + b_u + b_i + p·q, and how it is asked for.

    Learned by the `fit` of each model that is one: `mu_` (a number), `b_u_`
    (n_users,), `b_i_` (n_items,), `P_` (n_users, k), `Q_` (n_items, k), all in
    rating units. Source: Koren, Bell & Volinsky (2009), equation 4.
    """

    def _start(
        self, train: Reviews
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Learn the mean, set all else to 0; return users, items, ratings."""
        user_idx, item_idx, rating = check_train(train)
        n_users, n_items = train.n_users, train.n_items
        self.users_, self.items_ = train.users, train.items
        self.scale_ = train.scale
        self.mu_ = float(rating.mean())
        self.b_u_ = np.zeros(n_users)
        self.b_i_ = np.zeros(n_items)
        self.P_ = np.zeros((n_users, 0))  # no factor yet
        self.Q_ = np.zeros((n_items, 0))
        return user_idx, item_idx, rating

    def predict(self, user_idx, item_idx) -> np.ndarray:
        """Return the expected rating of each pair, (n,), within the scale.

        Raise DataError on an unknown index or unequal lengths.
        """
        check_is_fitted(self)
        n_users, n_items = len(self.users_), len(self.items_)
        u, i = as_pairs(user_idx, item_idx, n_users, n_items)
        biases = self.mu_ + self.b_u_[u] + self.b_i_[i]  # (n,)
        products = self.P_[u] * self.Q_[i]  # (n, k)
        stars = biases + np.sum(products, axis=-1)
        return np.clip(stars.astype(float), *self.scale_)

    def score(self, user_idx) -> np.ndarray:
        """Return all items' scores, not clipped.

        (n_items,) for one user, (B, n_items) for an array of B users.
        """
        check_is_fitted(self)
        u = as_idx(user_idx, len(self.users_), "user")
        b_u = self.b_u_[u][..., None]  # (B, 1)
        biases = self.mu_ + b_u + self.b_i_  # (B, n_items)
        return biases + self.P_[u] @ self.Q_.T

    def explain(self, user_idx: int, item_idx: int) -> Explanation:
        """Return the terms of the sum for one pair as evidence.

        The mean, both biases, and each factor's product.
        """
        check_is_fitted(self)
        u = int(as_idx(user_idx, len(self.users_), "user"))
        i = int(as_idx(item_idx, len(self.items_), "item"))
        # 1. What does not depend on how the two fit together.
        biases = {"mean": self.mu_, "user": self.b_u_[u], "item": self.b_i_[i]}
        evidence = []
        for name, bias in biases.items():
            evidence.append(Evidence("bias", name, float(bias)))
        # 2. How they fit: one product for each factor.
        for factor, product in enumerate(self.P_[u] * self.Q_[i]):
            term = Evidence("feature", f"factor {factor}", float(product))
            evidence.append(term)
        user = self.users_.raw[u]
        item = self.items_.raw[i]
        return Explanation(user, item, type(self).__name__, tuple(evidence))


class Baseline(FactorModel):
    """Predict mean + user bias + item bias.

    Each bias is shrunk towards 0 as if `reg` ratings at the mean were added.
    Items first, then users on what is left, `sweeps` times over (10 are
    plenty). Source: Koren (2010), section 2.1.

    >>> from recx_lib.data.load import load_shop
    >>> Baseline().fit(load_shop()).predict([0], [0]).shape
    (1,)
    """

    def __init__(self, reg: float = 5.0, sweeps: int = 10):
        self.reg, self.sweeps = reg, sweeps

    def fit(self, train: Reviews) -> Baseline:
        """Learn the mean and the biases.

        Raise DataError on an unusable table, reg ≤ 0 or sweeps < 1.
        """
        check_positive(reg=self.reg)
        check_whole(sweeps=self.sweeps)
        user_idx, item_idx, rating = self._start(train)
        for _ in range(self.sweeps):
            # what is left without the users' biases is the items'
            rest = rating - self.mu_ - self.b_u_[user_idx]
            self.b_i_ = self._shrunk_mean(item_idx, rest, train.n_items)
            # and the other way round
            rest = rating - self.mu_ - self.b_i_[item_idx]
            self.b_u_ = self._shrunk_mean(user_idx, rest, train.n_users)
        return self

    def _shrunk_mean(
        self, idx: np.ndarray, values: np.ndarray, n: int
    ) -> np.ndarray:
        count = np.bincount(idx, minlength=n)
        return np.bincount(idx, values, n) / (self.reg + count)


class Popularity(BaseEstimator):
    """Score every item by its number of training ratings.

    The same for every user: the floor of ranking.

    >>> from recx_lib.data.load import load_shop
    >>> Popularity().fit(load_shop()).score(0).min() >= 0
    np.True_
    """

    def fit(self, train: Reviews) -> Popularity:
        """Count each item's ratings; raise DataError on an unusable table."""
        _, item_idx, _ = check_train(train)
        self.users_, self.items_ = train.users, train.items
        count = np.bincount(item_idx, minlength=train.n_items)
        self.count_ = count.astype(float)
        return self

    def score(self, user_idx) -> np.ndarray:
        """Return the counts: (n_items,) for one user, (B, n_items) for B."""
        check_is_fitted(self)
        u = as_idx(user_idx, len(self.users_), "user")
        shape = *u.shape, len(self.count_)
        return np.broadcast_to(self.count_, shape).copy()


def random_factors(
    rng: np.random.Generator, idx: np.ndarray, n: int, k: int, std: float
) -> np.ndarray:
    """Return first factors (n, k), drawn from N(0, std²).

    Users or items that `idx` never names get zeros.

    >>> rng = np.random.default_rng(0)
    >>> P = random_factors(rng, np.array([0, 2]), n=3, k=4, std=1.0)
    >>> (P != 0).any(axis=1).tolist()
    [True, False, True]
    """
    is_named = np.bincount(idx, minlength=n) > 0  # (n,)
    drawn = rng.normal(0, std, (n, k))
    return drawn * is_named[:, None]


def group(idx: np.ndarray, n: int) -> tuple[np.ndarray, np.ndarray]:
    """Sort rows by `idx`: return (order, start).

    order[start[u]:start[u + 1]] are the rows of u.

    >>> order, start = group(np.array([1, 0, 1]), n=2)
    >>> order.tolist(), start.tolist()
    ([1, 0, 2], [0, 1, 3])
    """
    order = np.argsort(idx, kind="stable")
    count = np.bincount(idx, minlength=n)
    return order, np.concatenate([[0], np.cumsum(count)])
