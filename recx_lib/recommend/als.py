"""Chapter 2: alternating least squares, for ratings and for plain presence."""

from __future__ import annotations

import numpy as np
from numba import njit
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted

from recx_lib.core.checks import as_idx, check_positive, check_whole
from recx_lib.data.reviews import Reviews, check_train
from recx_lib.recommend.mf import FactorModel, group, random_factors


@njit(cache=True)
def als_step(X, start, col, y, penalty):
    """Solve one ridge regression per user; return W (n_users, k).

    w_u = (X_uᵀX_u + diag(penalty))⁻¹ X_uᵀ y_u, where X_u are the rows
    X[col[start[u]:start[u + 1]]] that u rated, y_u what is left of the
    ratings; penalty is (k,). A user without ratings gets 0. The same function
    serves items. Zhou et al. (2008) do so too, but multiply the penalty by
    each user's number of ratings; here it is one for all.

    >>> X, y = np.ones((3, 1)), np.array([1.0, 2.0])
    >>> als_step(X, np.array([0, 2]), np.array([0, 2]), y, np.array([1.0]))
    array([[1.]])
    """
    W = np.zeros((len(start) - 1, X.shape[1]))
    for u in range(len(W)):
        rows = slice(start[u], start[u + 1])
        X_u = X[col[rows]]  # (n_rated, k)
        A = X_u.T @ X_u + np.diag(penalty)
        W[u] = np.linalg.solve(A, X_u.T @ y[rows])
    return W


class ALS(FactorModel):
    """Biased matrix factorization by alternating least squares.

    Solve all users, then all items, `sweeps` times. The bias is one more
    unknown of each regression, whose input is 1. `k` factors, ridge penalty
    `reg` on the factors and `reg_bias` on the biases, first item factors drawn
    from N(0, `init_std`²) with `seed`. Where most users have a handful of
    ratings the defaults come down to biases; a large table wants more factors.

    >>> from recx_lib.data.load import load_shop
    >>> ALS(k=4, sweeps=2).fit(load_shop()).predict([0, 1], [5, 5]).shape
    (2,)
    """

    def __init__(
        self, k=8, sweeps=6, reg=10.0, reg_bias=5.0, init_std=0.1, seed=0
    ):
        self.k, self.sweeps = k, sweeps
        self.reg, self.reg_bias = reg, reg_bias
        self.init_std, self.seed = init_std, seed

    def fit(self, train: Reviews) -> ALS:
        """Learn mean, biases and factors.

        Raise DataError on an unusable table or a parameter that is not
        positive.
        """
        check_positive(reg=self.reg, reg_bias=self.reg_bias)
        check_whole(k=self.k, sweeps=self.sweeps)
        check_whole(0, seed=self.seed)
        user_idx, item_idx, rating = self._start(train)
        by_user = group(user_idx, train.n_users)
        by_item = group(item_idx, train.n_items)
        rng = np.random.default_rng(self.seed)
        Q = random_factors(rng, item_idx, train.n_items, self.k, self.init_std)
        self.Q_ = Q
        for _ in range(self.sweeps):
            # 1. all users, with the items as they are
            y = rating - self.mu_ - self.b_i_[item_idx]
            self.b_u_, self.P_ = self._solve(self.Q_, by_user, item_idx, y)
            # 2. all items, with the users just found
            y = rating - self.mu_ - self.b_u_[user_idx]
            self.b_i_, self.Q_ = self._solve(self.P_, by_item, user_idx, y)
        return self

    def _solve(self, Q, grouped, idx, y) -> tuple[np.ndarray, np.ndarray]:
        """Return one side's biases (n_users,) and factors (n_users, k)."""
        order, start = grouped
        X = np.column_stack([np.ones(len(Q)), Q])  # (n_items, 1 + k)
        penalty = np.append(self.reg_bias, np.full(self.k, self.reg))
        W = als_step(X, start, idx[order], y[order], penalty)
        return W[:, 0], np.ascontiguousarray(W[:, 1:])


@njit(cache=True)
def implicit_als_step(X, start, col, alpha, reg):
    """Solve one weighted ridge regression per user over *all* items.

    The target is 1 where u rated (weight 1 + alpha), else 0. XᵀX is shared;
    each user adds alpha·X_uᵀX_u for the rated rows X_u. Return W (n_users, k).
    Source: Hu, Koren & Volinsky (2008), equation 4.
    """
    W = np.zeros((len(start) - 1, X.shape[1]))
    G = X.T @ X + reg * np.eye(X.shape[1])  # (k, k), of all items
    for u in range(len(W)):
        X_u = X[col[start[u] : start[u + 1]]]  # (n_rated, k)
        A = G + alpha * (X_u.T @ X_u)
        W[u] = np.linalg.solve(A, (1 + alpha) * X_u.sum(axis=0))
    return W


class ImplicitALS(BaseEstimator):
    """Rank items from who rated what, whatever the rating.

    ALS on 0 and 1 with confidence 1 + `alpha` in the ones, `k` factors,
    `sweeps` rounds over users and items, ridge penalty `reg`. Source: Hu,
    Koren & Volinsky (2008).

    >>> from recx_lib.data.load import load_shop
    >>> ImplicitALS(k=4, sweeps=2).fit(load_shop()).score([0, 1, 2]).shape[0]
    3
    """

    def __init__(self, k=32, sweeps=10, alpha=10.0, reg=50.0, seed=0):
        self.k, self.sweeps = k, sweeps
        self.alpha, self.reg = alpha, reg
        self.seed = seed

    def fit(self, train: Reviews) -> ImplicitALS:
        """Learn `P_` (n_users, k) and `Q_` (n_items, k).

        Raise DataError on an unusable table or parameter.
        """
        # 1. Check what was asked for, and the table.
        check_positive(alpha=self.alpha, reg=self.reg)
        check_whole(k=self.k, sweeps=self.sweeps)
        check_whole(0, seed=self.seed)
        user_idx, item_idx, _ = check_train(train)
        self.users_, self.items_ = train.users, train.items
        # 2. Who has what, from both sides.
        by_user, u_start = group(user_idx, train.n_users)
        by_item, i_start = group(item_idx, train.n_items)
        rated, raters = item_idx[by_user], user_idx[by_item]
        # 3. Solve for one side, then for the other.
        rng = np.random.default_rng(self.seed)
        Q = random_factors(rng, item_idx, train.n_items, self.k, std=0.1)
        for _ in range(self.sweeps):
            P = implicit_als_step(Q, u_start, rated, self.alpha, self.reg)
            Q = implicit_als_step(P, i_start, raters, self.alpha, self.reg)
        self.P_, self.Q_ = P, Q
        return self

    def score(self, user_idx) -> np.ndarray:
        """Return all p·q: (n_items,) for one user, (B, n_items) for B."""
        check_is_fitted(self)
        u = as_idx(user_idx, len(self.users_), "user")
        return self.P_[u] @ self.Q_.T
