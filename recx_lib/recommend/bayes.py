"""Chapter 2, deeper: Bayesian factorization, and how sure a score is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import scipy.sparse as sp
from numba import njit
from scipy.stats import norm
from sklearn.base import BaseEstimator
from sklearn.utils.extmath import randomized_svd
from sklearn.utils.validation import check_is_fitted

from recx_lib.core.checks import (
    as_idx,
    as_pairs,
    check_positive,
    check_whole,
)
from recx_lib.core.errors import DataError
from recx_lib.data.reviews import Reviews, check_train
from recx_lib.recommend.mf import group


@njit(cache=True)
def gibbs_step(X, start, col, y, alpha, prior, noise):
    """Draw every user's factors from their posterior, given the items'.

    It is the ALS step plus noise of the right shape. For user u with ratings
    y_u, noise precision alpha and prior N(mean[u], diag(prec)⁻¹), the
    posterior is N(A⁻¹b, A⁻¹), A = alpha·X_uᵀX_u + diag(prec), b =
    alpha·X_uᵀy_u + prec·mean[u]. X, start, col, y as in `als_step`; prior is
    (mean, prec), of shapes (n_users, k) and (k,); noise, draws from N(0, 1),
    is (n_users, k). A user without ratings is drawn from the prior. The same
    function serves items. Source: Salakhutdinov & Mnih (2008), equations
    11-13.
    """
    mean, prec = prior
    W = np.empty_like(mean)
    for u in range(len(mean)):
        rows = slice(start[u], start[u + 1])
        X_u = X[col[rows]]
        A = alpha * (X_u.T @ X_u) + np.diag(prec)
        b = alpha * (X_u.T @ y[rows]) + prec * mean[u]
        L = np.linalg.cholesky(A)  # A = L Lᵀ, so L⁻ᵀ noise has covariance A⁻¹
        W[u] = np.linalg.solve(L.T, np.linalg.solve(L, b) + noise[u])
    return W


def sample_prior(W, F, penalty, rng) -> tuple[np.ndarray, np.ndarray]:
    """Draw the prior that the factors W (n_users, k) seem to come from.

    Return its mean (n_users, k) and precision (k,). Each column w of W is a
    linear regression on the features F (n_users, m): w = F·c + noise of
    precision t, with c ~ N(0, (t·diag(penalty))⁻¹) and t ~ Gamma(1, rate 0.1).
    Returned are F·c for the drawn c, and t. Source: the normal-gamma conjugate
    regression, e.g. Bishop (2006), section 3.3; features as in Simm et al.
    (2017).
    """
    A = F.T @ F + np.diag(penalty)  # (m, m)
    best = np.linalg.solve(A, F.T @ W)  # (m, k)
    explained = (best * (A @ best)).sum(axis=0)  # (k,) sums of squares
    unexplained = (W * W).sum(axis=0) - explained
    prec = rng.gamma(1 + len(W) / 2, 1 / (0.1 + unexplained / 2))
    upper = np.linalg.cholesky(A).T
    noise = np.linalg.solve(upper, rng.standard_normal(best.shape))
    return F @ (best + noise / np.sqrt(prec)), prec


def rated_features(
    train: Reviews, m: int = 50, seed: int = 0
) -> tuple[np.ndarray, np.ndarray]:
    """Describe users by what they rated, items by who rated them.

    Return (n_users, 1 + m) and (n_items, 1 + m), whatever the ratings. The
    first column is 1. The others are the `m` leading singular vectors, times
    their singular values, of the table of who rated what, in which each rating
    counts 1 / √(its user's number of ratings · its item's). There are fewer
    than m where the table is smaller. Only training rows are read. The idea is
    SVD++'s: Koren (2008), section 4.

    >>> from recx_lib.data.load import load_shop
    >>> [F.shape[1] for F in rated_features(load_shop(), m=8)]
    [9, 9]
    """
    user_idx, item_idx = train.user_idx, train.item_idx
    shape = train.n_users, train.n_items
    of_user = np.bincount(user_idx)[user_idx]  # (n,) the user's ratings
    of_item = np.bincount(item_idx)[item_idx]  # (n,) the item's
    weight = 1 / np.sqrt(of_user * of_item)
    table = sp.csr_matrix((weight, (user_idx, item_idx)), shape)
    at_most = max(1, min(m, *shape))
    U, s, Vt = randomized_svd(table, at_most, random_state=seed)
    U, s = U[:, :m], s[:m]  # m may be 0
    V = Vt[:m].T
    return _with_ones(U * s), _with_ones(V * s)


def _with_ones(S: np.ndarray) -> np.ndarray:
    """Return the column of ones and S, times √n: (n, 1 + m)."""
    n = len(S)
    return np.column_stack([np.ones(n), S * np.sqrt(n)])


@dataclass
class _Side:
    """The users (or the items) as one half of a sweep sees them."""

    idx: np.ndarray  # (n,) this side of each rating
    other: np.ndarray  # (n,) the other side
    F: np.ndarray  # (n_users, 1 + m) features
    penalty: float

    def __post_init__(self):
        self.order, self.start = group(self.idx, len(self.F))
        self.col = self.other[self.order]

    def draw(self, W, others, y, alpha, rng) -> np.ndarray:
        """Draw this side's (bias, factors), given the other side's.

        W (n_users, 1 + k) and others (n_items, 1 + k) are the last draws, y
        the ratings less the mean.
        """
        n_features = self.F.shape[1] - 1
        penalty = np.append(1.0, np.full(n_features, self.penalty))
        prior = sample_prior(W, self.F, penalty, rng)
        factors = others[:, 1:]  # (n_items, k)
        X = np.column_stack([np.ones(len(others)), factors])
        rest = (y - others[self.other, 0])[self.order]  # without their bias
        noise = rng.standard_normal(W.shape)
        return gibbs_step(X, self.start, self.col, rest, alpha, prior, noise)


def pair_scores(U, V, user_idx, item_idx) -> np.ndarray:
    """Return b_u + b_i + p·q of each pair, (n,).

    U holds (b_u, p) per user, (n_users, 1 + k), and V the like per item.

    >>> U, V = np.array([[0.5, 1.0, 2.0]]), np.array([[0.25, 3.0, 4.0]])
    >>> pair_scores(U, V, [0], [0])
    array([11.75])
    """
    u, v = U[user_idx], V[item_idx]
    match = np.sum(u[..., 1:] * v[..., 1:], axis=-1)
    return u[..., 0] + v[..., 0] + match


class Chain(NamedTuple):
    """How long to draw: `burn_in` sweeps to forget the start, then `sweeps`.

    Of these every `thin`-th is kept, for neighbours are much alike.
    """

    sweeps: int = 120
    burn_in: int = 40
    thin: int = 2


CHAIN = Chain()


class BayesianMF(BaseEstimator):
    """Matrix factorization that keeps many plausible answers, not one.

    Gibbs sampling of biases and factors: each sweep of the `chain` draws the
    prior, all users, all items and the noise, each given the rest. The prior
    mean of a user's `k` factors is linear in what the user rated
    (`n_features`, see `rated_features`; 0 for none), with ridge `penalty`;
    likewise for items.
    The chain starts from N(0, `init_std`²). Without features and from 0.1 it
    stays near the biases for long, which does well where users have few
    ratings; where they have many, 50 features or a start from 0.3 find more.
    Priors: noise precision ~ Gamma(1, rate 1); the
    others in `sample_prior`. Memory: sweeps / thin · (n_users + n_items) ·
    (k + 1) · 4 bytes. Sources: Salakhutdinov & Mnih (2008); prior means from
    features: Simm et al. (2017), Macau.

    >>> from recx_lib.data.load import load_shop
    >>> short = Chain(sweeps=4, burn_in=2)
    >>> model = BayesianMF(chain=short).fit(load_shop())
    >>> low, high = model.interval([0, 1], [5, 6], level=0.9)
    >>> bool((low < high).all())
    True
    """

    def __init__(
        self,
        k=10,
        n_features=0,
        penalty=3.0,
        init_std=0.1,
        chain=CHAIN,
        seed=0,
    ):
        self.k, self.chain = k, chain
        self.n_features, self.penalty = n_features, penalty
        self.init_std, self.seed = init_std, seed

    def fit(self, train: Reviews) -> BayesianMF:
        """Draw `samples_` and `alpha_`, each draw's noise precision.

        `samples_` is a list of (U, V) as in `pair_scores`. Raise DataError on
        an unusable table, or a parameter out of range.
        """
        self._check_parameters()
        user_idx, item_idx, rating = check_train(train)
        self.users_, self.items_ = train.users, train.items
        self.scale_, self.mu_ = train.scale, float(rating.mean())
        rest = rating - self.mu_
        # 1. both sides and their features; a first draw
        F_u, F_i = rated_features(train, self.n_features, self.seed)
        users = _Side(user_idx, item_idx, F_u, self.penalty)
        items = _Side(item_idx, user_idx, F_i, self.penalty)
        rng = np.random.default_rng(self.seed)
        U = rng.normal(0, self.init_std, (len(F_u), 1 + self.k))
        V = rng.normal(0, self.init_std, (len(F_i), 1 + self.k))
        alpha = 1.0
        self.samples_, self.alpha_ = [], []
        for sweep in range(-self.chain.burn_in, self.chain.sweeps):
            # 2. draw users, items and the noise, each given the rest
            U = users.draw(U, V, rest, alpha, rng)
            V = items.draw(V, U, rest, alpha, rng)
            e = rest - pair_scores(U, V, user_idx, item_idx)
            alpha = rng.gamma(1 + len(e) / 2, 1 / (1 + e @ e / 2))
            # 3. keep every `thin`-th draw after the burn-in
            if sweep >= 0 and sweep % self.chain.thin == 0:
                sample = U.astype(np.float32), V.astype(np.float32)
                self.samples_.append(sample)
                self.alpha_.append(alpha)
        return self

    def _check_parameters(self) -> None:
        check_positive(penalty=self.penalty)
        sweeps, burn_in, thin = self.chain
        check_whole(k=self.k, sweeps=sweeps, thin=thin)
        check_whole(0, burn_in=burn_in, n_features=self.n_features)
        check_whole(0, seed=self.seed)

    def draws(self, user_idx, item_idx) -> np.ndarray:
        """Return every kept sample's score of each pair, (n_samples, n).

        Not clipped: a picture of how sure the model is.
        """
        check_is_fitted(self)
        n_users, n_items = len(self.users_), len(self.items_)
        u, i = as_pairs(user_idx, item_idx, n_users, n_items)
        scores = [pair_scores(U, V, u, i) for U, V in self.samples_]
        return self.mu_ + np.stack(scores).astype(float)

    def predict(self, user_idx, item_idx, return_std: bool = False):
        """Return the expected rating of each pair, (n,), within the scale.

        With `return_std` also its standard deviation, (n,), in rating units:
        it holds both what is not known (the draws differ) and what cannot be
        (the noise of a rating). Raise DataError on an unknown index or
        unequal lengths.
        """
        draws = self.draws(user_idx, item_idx)
        mean = np.clip(draws.mean(axis=0), *self.scale_)
        return (mean, self._std(draws)) if return_std else mean

    def interval(
        self, user_idx, item_idx, level: float = 0.9
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return (low, high), (n,) each, around the expected rating.

        The rating lies between them with probability `level` if the model is
        right: normal quantiles around the mean, clipped to the scale. Raise
        DataError on a level outside 0 … 1.
        """
        if not 0 < level < 1:
            raise DataError(f"level={level} must lie between 0 and 1")
        # a normal curve over the draws, as wide as new ratings are noisy
        draws = self.draws(user_idx, item_idx)
        mean = draws.mean(axis=0)
        half = norm.ppf(0.5 + level / 2) * self._std(draws)
        low = np.clip(mean - half, *self.scale_)
        return low, np.clip(mean + half, *self.scale_)

    def _std(self, draws: np.ndarray) -> np.ndarray:
        noise = np.mean(1 / np.array(self.alpha_))
        return np.sqrt(draws.var(axis=0) + noise)

    def score(self, user_idx) -> np.ndarray:
        """Return all items' expected scores, not clipped.

        (n_items,) for one user, (B, n_items) for an array of B users.
        """
        check_is_fitted(self)
        u = as_idx(user_idx, len(self.users_), "user")
        total = 0
        for U, V in self.samples_:
            biases = U[u, 0][..., None] + V[:, 0]  # (B, n_items)
            match = U[u, 1:] @ V[:, 1:].T
            total = total + (biases + match)
        return self.mu_ + total.astype(float) / len(self.samples_)
