"""Chapter 2: matrix factorization. Mean, biases, factors; by gradient steps
(SGD) and by least squares (ALS).
"""

from __future__ import annotations

import numpy as np
from numba import njit
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted

from recx_lib.core.checks import as_idx, check_positive, check_whole
from recx_lib.core.errors import DataError
from recx_lib.core.evidence import Evidence, Explanation
from recx_lib.data.reviews import Reviews, check_train


class FactorModel(BaseEstimator):
    """What every rating model here shares: the score mu + b_u + b_i + p·q, and
    how it is asked for.

    Learned by `fit`: `mu_` (a number), `b_u_` (n_users,), `b_i_` (n_items,),
    `P_` (n_users, k), `Q_` (n_items, k), all in rating units. Source: Koren,
    Bell & Volinsky (2009), equation 4.
    """

    def _start(
        self, train: Reviews
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        user_idx, item_idx, rating = check_train(train)
        self.users_, self.items_, self.scale_ = (
            train.users,
            train.items,
            train.scale,
        )
        self.mu_ = float(rating.mean())
        self.b_u_, self.b_i_ = np.zeros(train.n_users), np.zeros(train.n_items)
        self.P_, self.Q_ = (
            np.zeros((train.n_users, 0)),
            np.zeros((train.n_items, 0)),
        )
        return user_idx, item_idx, rating

    def predict(self, user_idx, item_idx) -> np.ndarray:
        """Return the expected rating of each pair, (n,), clipped to the scale;
        raise DataError on an unknown index.
        """
        check_is_fitted(self)
        u, i = (
            as_idx(user_idx, len(self.users_), "user"),
            as_idx(item_idx, len(self.items_), "item"),
        )
        raw = (
            self.mu_
            + self.b_u_[u]
            + self.b_i_[i]
            + np.sum(self.P_[u] * self.Q_[i], axis=-1)
        )
        return np.clip(raw.astype(float), *self.scale_)

    def score(self, user_idx) -> np.ndarray:
        """Return every item's score for one user, (n_items,), or for B users,
        (B, n_items); not clipped.
        """
        check_is_fitted(self)
        u = as_idx(user_idx, len(self.users_), "user")
        return (
            self.mu_
            + self.b_u_[u][..., None]
            + self.b_i_
            + self.P_[u] @ self.Q_.T
        )

    def explain(self, user_idx: int, item_idx: int) -> Explanation:
        """Return the terms of the sum for one pair as evidence: mean, biases,
        and each factor's product.
        """
        check_is_fitted(self)
        u, i = (
            int(as_idx(user_idx, len(self.users_), "user")),
            int(as_idx(item_idx, len(self.items_), "item")),
        )
        biases = [
            ("mean", self.mu_),
            ("user", self.b_u_[u]),
            ("item", self.b_i_[i]),
        ]
        evidence = [Evidence("bias", name, float(w)) for name, w in biases]
        evidence += [
            Evidence("feature", f"factor {f}", float(w))
            for f, w in enumerate(self.P_[u] * self.Q_[i])
        ]
        return Explanation(
            self.users_.raw[u],
            self.items_.raw[i],
            type(self).__name__,
            tuple(evidence),
        )


class Baseline(FactorModel):
    """Predict mean + user bias + item bias, each bias shrunk towards 0 as if
    `reg` ratings at the mean were added.

    Items first, then users on what is left, `sweeps` times over (10 are
    plenty). Source: Koren (2010), section 2.1.

    >>> from recx_lib.data.load import load_shop
    >>> Baseline().fit(load_shop()).predict([0], [0]).shape
    (1,)
    """

    def __init__(self, reg: float = 5.0, sweeps: int = 10):
        self.reg, self.sweeps = reg, sweeps

    def fit(self, train: Reviews) -> Baseline:
        """Learn the mean and the biases; raise DataError on an unusable table
        or reg ≤ 0.
        """
        check_positive(reg=self.reg)
        check_whole(sweeps=self.sweeps)
        user_idx, item_idx, rating = self._start(train)
        for _ in range(self.sweeps):
            self.b_i_ = self._shrunk_mean(
                item_idx,
                rating - self.mu_ - self.b_u_[user_idx],
                train.n_items,
            )
            self.b_u_ = self._shrunk_mean(
                user_idx,
                rating - self.mu_ - self.b_i_[item_idx],
                train.n_users,
            )
        return self

    def _shrunk_mean(
        self, idx: np.ndarray, values: np.ndarray, n: int
    ) -> np.ndarray:
        return np.bincount(idx, values, n) / (
            self.reg + np.bincount(idx, minlength=n)
        )


class Popularity(BaseEstimator):
    """Score every item by its number of training ratings, the same for every
    user: the floor of ranking.

    >>> from recx_lib.data.load import load_shop
    >>> Popularity().fit(load_shop()).score(0).min() >= 0
    np.True_
    """

    def fit(self, train: Reviews) -> Popularity:
        """Count each item's ratings; raise DataError on an unusable table."""
        _, item_idx, _ = check_train(train)
        self.users_, self.items_ = train.users, train.items
        self.count_ = np.bincount(item_idx, minlength=train.n_items).astype(
            float
        )
        return self

    def score(self, user_idx) -> np.ndarray:
        """Return the items' counts, (n_items,) for one user, (B, n_items) for
        B.
        """
        check_is_fitted(self)
        u = as_idx(user_idx, len(self.users_), "user")
        return np.broadcast_to(
            self.count_, (*u.shape, len(self.count_))
        ).copy()


def loss(p, q, b_u, b_i, mu, r, reg) -> float:
    """Return ½·(r - mu - b_u - b_i - p·q)² + ½·reg·(‖p‖² + ‖q‖² + b_u² + b_i²)
    of one rating; p and q are (k,).

    >>> float(loss(np.ones(2), np.ones(2), 0.0, 0.0, mu=3.0, r=4.0, reg=0.0))
    0.5
    """
    e = r - (mu + b_u + b_i + p @ q)
    return 0.5 * e**2 + 0.5 * reg * (p @ p + q @ q + b_u**2 + b_i**2)


def gradient(p, q, b_u, b_i, mu, r, reg) -> tuple:
    """Return the gradient of `loss` with respect to p (k,), q (k,), b_u and
    b_i.

    >>> [np.round(g, 2).tolist() for g in gradient(np.ones(2), np.ones(2), 0.0, 0.0, mu=3.0, r=4.0, reg=0.1)]
    [[1.1, 1.1], [1.1, 1.1], 1.0, 1.0]
    """
    e = r - (mu + b_u + b_i + p @ q)
    return reg * p - e * q, reg * q - e * p, reg * b_u - e, reg * b_i - e


@njit(cache=True, fastmath={"reassoc", "contract"})
def sgd_epoch(user_idx, item_idx, rating, order, mu, b_u, b_i, P, Q, lr, reg):
    """Step against the gradient of `loss` once for each rating, in the order
    given; changes b_u, b_i, P, Q in place.
    """
    for n in order:
        u, i = user_idx[n], item_idx[n]
        e = rating[n] - mu - b_u[u] - b_i[i]
        for f in range(P.shape[1]):
            e -= P[u, f] * Q[i, f]
        b_u[u] += lr * (e - reg * b_u[u])
        b_i[i] += lr * (e - reg * b_i[i])
        for f in range(P.shape[1]):
            p, q = P[u, f], Q[i, f]
            P[u, f] += lr * (e * q - reg * p)
            Q[i, f] += lr * (e * p - reg * q)


class BiasedMF(FactorModel):
    """Matrix factorization with biases by stochastic gradient descent (Funk
    2006; Koren, Bell & Volinsky 2009).

    `k` factors, `epochs` passes over the ratings in one random order
    (`shuffled_tiles`), learning rate falling linearly from `lr` towards 0,
    ridge penalty `reg`, first factors drawn from N(0, `init_std`²) with
    `seed`. What is learned is float32: half the time and memory of float64.

    >>> from recx_lib.data.load import load_shop
    >>> BiasedMF(epochs=2).fit(load_shop()).predict([0, 1], [5, 5]).shape
    (2,)
    """

    def __init__(
        self, k=64, epochs=30, lr=0.03, reg=0.09, init_std=0.02, seed=0
    ):
        self.k, self.epochs, self.lr, self.reg, self.init_std, self.seed = (
            k,
            epochs,
            lr,
            reg,
            init_std,
            seed,
        )

    def fit(self, train: Reviews) -> BiasedMF:
        """Learn mean, biases and factors; raise DataError on an unusable table
        or a parameter that is not positive.
        """
        check_positive(lr=self.lr)
        check_whole(k=self.k, epochs=self.epochs)
        user_idx, item_idx, rating = self._start(train)
        rng, single = np.random.default_rng(self.seed), np.float32
        self.P_ = random_factors(
            rng, user_idx, train.n_users, self.k, self.init_std
        ).astype(single)
        self.Q_ = random_factors(
            rng, item_idx, train.n_items, self.k, self.init_std
        ).astype(single)
        self.b_u_, self.b_i_ = (
            self.b_u_.astype(single),
            self.b_i_.astype(single),
        )
        rows = shuffled_tiles(rng, user_idx, item_idx)
        ratings = (
            user_idx[rows],
            item_idx[rows],
            rating[rows].astype(single),
            np.arange(len(rows)),
        )
        for epoch in range(self.epochs):
            lr = single(self.lr * (1 - epoch / self.epochs))
            sgd_epoch(
                *ratings,
                single(self.mu_),
                self.b_u_,
                self.b_i_,
                self.P_,
                self.Q_,
                lr,
                single(self.reg),
            )
        if not np.isfinite(self.P_).all():
            raise DataError(
                f"the factors grew without bound: lower lr={self.lr} or raise reg={self.reg}"
            )
        return self


def shuffled_tiles(
    rng, user_idx: np.ndarray, item_idx: np.ndarray, side: int = 1024
) -> np.ndarray:
    """Return all rows, (n,), shuffled, but tile after tile of `side` users by
    `side` items, which fit the CPU's cache.

    >>> sorted(shuffled_tiles(np.random.default_rng(0), np.array([0, 1, 2]), np.array([2, 1, 0])).tolist())
    [0, 1, 2]
    """
    order = rng.permutation(len(user_idx))
    tile = user_idx // side * (item_idx.max() // side + 1) + item_idx // side
    return order[np.argsort(tile[order], kind="stable")]


def random_factors(
    rng: np.random.Generator, idx: np.ndarray, n: int, k: int, std: float
) -> np.ndarray:
    """Return (n, k) draws from N(0, std²), with rows of zeros for the users or
    items that `idx` never names.
    """
    return (
        rng.normal(0, std, (n, k))
        * (np.bincount(idx, minlength=n) > 0)[:, None]
    )


def group(idx: np.ndarray, n: int) -> tuple[np.ndarray, np.ndarray]:
    """Sort rows by `idx`: return (order, start) so that order[start[u]:start[u
    + 1]] are the rows of u.

    >>> order, start = group(np.array([1, 0, 1]), n=2)
    >>> order.tolist(), start.tolist()
    ([1, 0, 2], [0, 1, 3])
    """
    return np.argsort(idx, kind="stable"), np.concatenate(
        [[0], np.cumsum(np.bincount(idx, minlength=n))]
    )
