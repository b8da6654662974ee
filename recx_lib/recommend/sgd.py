"""Chapter 2: matrix factorization by gradient steps (SGD)."""

from __future__ import annotations

import numpy as np
from numba import njit

from recx_lib.core.checks import check_positive, check_whole
from recx_lib.core.errors import DataError
from recx_lib.data.reviews import Reviews
from recx_lib.recommend.mf import FactorModel, random_factors


def loss(p, q, b_u, b_i, mu, r, reg) -> float:
    """Return the loss of one rating r; p and q are (k,).

    ½·(r - mu - b_u - b_i - p·q)² + ½·reg·(‖p‖² + ‖q‖² + b_u² + b_i²).

    >>> p, q = np.ones(2), np.ones(2)
    >>> float(loss(p, q, 0.0, 0.0, mu=3.0, r=4.0, reg=0.0))
    0.5
    """
    e = r - (mu + b_u + b_i + p @ q)  # the error
    size = p @ p + q @ q + b_u**2 + b_i**2
    return 0.5 * e**2 + 0.5 * reg * size


def gradient(p, q, b_u, b_i, mu, r, reg) -> tuple:
    """Return the gradient of `loss` for p (k,), q (k,), b_u and b_i.

    >>> p, q = np.ones(2), np.ones(2)
    >>> steps = gradient(p, q, 0.0, 0.0, mu=3.0, r=4.0, reg=0.1)
    >>> [np.round(step, 2).tolist() for step in steps]
    [[1.1, 1.1], [1.1, 1.1], 1.0, 1.0]
    """
    e = r - (mu + b_u + b_i + p @ q)
    d_p = reg * p - e * q
    d_q = reg * q - e * p
    return d_p, d_q, reg * b_u - e, reg * b_i - e


@njit(cache=True, fastmath={"reassoc", "contract"})
def sgd_epoch(user_idx, item_idx, rating, model, lr, reg):
    """Step against the gradient of `loss` once for each rating, (n,).

    In the order given; `model` is (mu, b_u, b_i, P, Q), of which all but mu
    change in place.
    """
    mu, b_u, b_i, P, Q = model
    for n in range(len(rating)):
        # 1. the error of this rating
        u, i = user_idx[n], item_idx[n]
        e = rating[n] - mu - b_u[u] - b_i[i]
        for f in range(P.shape[1]):
            e -= P[u, f] * Q[i, f]
        # 2. a step for both biases and every factor
        b_u[u] += lr * (e - reg * b_u[u])
        b_i[i] += lr * (e - reg * b_i[i])
        for f in range(P.shape[1]):
            p, q = P[u, f], Q[i, f]
            P[u, f] += lr * (e * q - reg * p)
            Q[i, f] += lr * (e * p - reg * q)


class BiasedMF(FactorModel):
    """Matrix factorization with biases, by stochastic gradient descent.

    `k` factors, `epochs` passes over the ratings in one random order
    (`shuffled_tiles`), learning rate falling linearly from `lr` towards 0,
    ridge penalty `reg`, first factors drawn from N(0, `init_std`²) with
    `seed`. Its charge is paid per rating, so it shrinks a user of five ratings
    little: where most are such, `Baseline` is better. What is learned is
    float32: half the time and memory of float64.
    Sources: Funk (2006); Koren, Bell & Volinsky (2009).

    >>> from recx_lib.data.load import load_shop
    >>> BiasedMF(epochs=2).fit(load_shop()).predict([0, 1], [5, 5]).shape
    (2,)
    """

    def __init__(
        self, k=64, epochs=30, lr=0.02, reg=0.08, init_std=0.05, seed=0
    ):
        self.k, self.epochs = k, epochs
        self.lr, self.reg = lr, reg
        self.init_std, self.seed = init_std, seed

    def fit(self, train: Reviews) -> BiasedMF:
        """Learn mean, biases and factors.

        Raise DataError on an unusable table, a parameter that is not positive,
        or factors that grow without bound.
        """
        check_positive(lr=self.lr)
        check_whole(k=self.k, epochs=self.epochs)
        check_whole(0, seed=self.seed)
        user_idx, item_idx, rating = self._start(train)
        # 1. begin with small random factors, in single precision
        rng = np.random.default_rng(self.seed)
        P = random_factors(rng, user_idx, train.n_users, self.k, self.init_std)
        Q = random_factors(rng, item_idx, train.n_items, self.k, self.init_std)
        P, Q = P.astype(np.float32), Q.astype(np.float32)
        b_u, b_i = self.b_u_.astype(np.float32), self.b_i_.astype(np.float32)
        mu, reg = np.float32(self.mu_), np.float32(self.reg)
        # 2. bring the ratings into an order that fits the cache
        order = shuffled_tiles(rng, user_idx, item_idx)
        users, items = user_idx[order], item_idx[order]
        stars = rating[order].astype(np.float32)
        model = mu, b_u, b_i, P, Q
        # 3. pass over them in ever smaller steps
        for epoch in range(self.epochs):
            lr = np.float32(self.lr * (1 - epoch / self.epochs))
            sgd_epoch(users, items, stars, model, lr, reg)
        if not np.isfinite(P).all():
            remedy = f"lower lr={self.lr} or raise reg={self.reg}"
            raise DataError(f"the factors grew without bound: {remedy}")
        self.b_u_, self.b_i_, self.P_, self.Q_ = b_u, b_i, P, Q
        return self


def shuffled_tiles(
    rng: np.random.Generator,
    user_idx: np.ndarray,
    item_idx: np.ndarray,
    side: int = 1024,
) -> np.ndarray:
    """Return all rows, (n,), shuffled, but tile after tile.

    A tile is `side` users by `side` items, which fit the CPU's cache.

    >>> rng = np.random.default_rng(0)
    >>> order = shuffled_tiles(rng, np.array([0, 1, 2]), np.array([2, 1, 0]))
    >>> sorted(order.tolist())
    [0, 1, 2]
    """
    order = rng.permutation(len(user_idx))
    tiles_across = item_idx.max() // side + 1
    tile = user_idx // side * tiles_across + item_idx // side  # (n,)
    return order[np.argsort(tile[order], kind="stable")]
