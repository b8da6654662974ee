"""Chapter 19: take one customer out of a model, as if never seen."""

from __future__ import annotations

from copy import deepcopy

import numpy as np

from recx_lib.core.checks import as_idx, check_positive
from recx_lib.core.errors import DataError
from recx_lib.data.reviews import Ids, Reviews
from recx_lib.recommend.als import ALS
from recx_lib.recommend.ease import EASE
from recx_lib.recommend.mf import group


def downdate(P: np.ndarray, x: np.ndarray) -> np.ndarray:
    """Return (A − x xᵀ)⁻¹ where P = A⁻¹, (n, n), by one outer product.

    Sherman and Morrison (1950): n² steps instead of n³. Raise DataError where
    A − x xᵀ cannot be inverted.

    >>> downdate(np.array([[0.25]]), np.array([1.0])).round(3).tolist()
    [[0.333]]
    """
    Px = P @ x  # (n,)
    rest = 1.0 - x @ Px
    if rest <= 1e-12:
        why = "nothing would be left of the matrix"
        raise DataError(f"cannot take this row out: {why}; fit again")
    return P + np.outer(Px, Px) / rest


class ForgetfulEASE(EASE):
    """EASE that can forget a customer at once, as if never seen.

    It keeps `P_`, the inverse of G + reg I, (n_items, n_items). A customer is
    one row x of the histories and adds x xᵀ to G, so that taking it out again
    is one `downdate`: the weights equal those of a fit without the customer.

    >>> from recx_lib.data.load import load_shop
    >>> model = ForgetfulEASE().fit(load_shop()).forget(0)
    >>> len(model.history(0)[0])
    0
    """

    def fit(self, train: Reviews) -> ForgetfulEASE:
        """Learn as EASE does, and keep the inverse."""
        super().fit(train)
        G = (self.W_.T @ self.W_).toarray()
        self.P_ = np.linalg.inv(G + self.reg * np.eye(len(G)))
        return self

    def forget(self, user_idx: int) -> ForgetfulEASE:
        """Return a model without the customer; this one stays as it was.

        The number stays, with an empty history and no name: others keep
        theirs. Raise DataError for an unknown index.
        """
        user_idx = int(as_idx(user_idx, len(self.users_), "user"))
        x = self.W_[[user_idx]].toarray().ravel()
        left = deepcopy(self)
        # 1. out of what all have taught the model
        left.P_ = downdate(self.P_, x)
        left.B_ = -left.P_ / np.diag(left.P_)
        np.fill_diagonal(left.B_, 0.0)
        # 2. out of the histories and the names: nothing may stay behind
        keep = np.ones(self.W_.shape[0])
        keep[user_idx] = 0.0
        left.W_ = self.W_.multiply(keep[:, None]).tocsr()
        left.W_.eliminate_zeros()
        left.users_ = nameless(self.users_, user_idx)
        return left


def nameless(ids: Ids, at: int) -> Ids:
    """Return the ids without the name of number `at`; all keep their numbers.

    >>> left = nameless(Ids(["ann", "bob"]), at=0)
    >>> left.raw, left.idx("bob")
    (['', 'bob'], 1)
    """
    left = deepcopy(ids)
    if not left.raw[at]:  # forgetting twice is forgetting once
        return left
    left._idx.pop(left.raw[at])
    left.raw[at] = ""
    return left


class ForgetfulALS(ALS):
    """ALS that can forget a customer: out of the sums, then on to rest.

    It sweeps until no prediction moves by more than `tol` stars, at most
    `sweeps` times; `moved_` is by how much the last sweep did, `n_sweeps_`
    how many it took. What is at rest does not remember the way there, while
    what was stopped early does: forgetting is as exact as the sweeps are
    complete. Equal to a refit it is where there is one place of rest: surely
    where more factors are allowed than are in use (`P_ @ Q_.T` of a rank below
    k), since the problem is convex then (Hastie et al., 2015).
    """

    def __init__(
        self, k=2, sweeps=5000, reg=20.0, reg_bias=5.0, seed=0, tol=1e-12
    ):
        super().__init__(k, sweeps, reg, reg_bias, seed=seed)
        self.tol = tol

    def fit(self, train: Reviews) -> ForgetfulALS:
        """Learn as ALS does, and go on until it rests."""
        check_positive(tol=self.tol)
        start = ALS(self.k, 1, self.reg, self.reg_bias, seed=self.seed)
        start.fit(train)
        return self._rest(train, start.Q_, start.b_i_)

    def forget(self, train: Reviews, user_idx: int) -> ForgetfulALS:
        """Return a model without the customer; this one stays as it was.

        `train` is the table it was fitted on. The sweeps go on from where the
        model is, without the customer's rows: their terms leave every sum.
        Raise DataError for an unknown index, or when nothing would be left.
        """
        user_idx = int(as_idx(user_idx, len(self.users_), "user"))
        rows = train.subset(train.user_idx != user_idx)
        left = deepcopy(self)._rest(rows, self.Q_, self.b_i_)
        left.users_ = nameless(self.users_, user_idx)
        return left

    def _rest(self, train: Reviews, Q, b_i) -> ForgetfulALS:
        """Sweep from these item factors until the predictions rest."""
        user_idx, item_idx, rating = self._start(train)
        by_user = group(user_idx, train.n_users)
        by_item = group(item_idx, train.n_items)
        self.Q_, self.b_i_ = Q, b_i
        before = np.zeros(len(train))
        for n in range(self.sweeps):
            # 1. The users' side, then the items'.
            y = rating - self.mu_ - self.b_i_[item_idx]
            self.b_u_, self.P_ = self._solve(self.Q_, by_user, item_idx, y)
            y = rating - self.mu_ - self.b_u_[user_idx]
            self.b_i_, self.Q_ = self._solve(self.P_, by_item, user_idx, y)
            # 2. How far did any prediction move?
            products = self.P_[user_idx] * self.Q_[item_idx]
            now = self.b_u_[user_idx] + self.b_i_[item_idx]
            now += products.sum(axis=1)
            self.moved_ = float(np.abs(now - before).max())
            before, self.n_sweeps_ = now, n + 1
            if self.moved_ <= self.tol:
                break
        return self
