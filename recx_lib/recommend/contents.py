"""Chapter 11: stars from an item's columns, so that a new item has a score."""

from __future__ import annotations

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted

from recx_lib.core.checks import as_idx, as_pairs, check_positive, check_whole
from recx_lib.core.errors import DataError
from recx_lib.core.evidence import Evidence, Explanation
from recx_lib.data.reviews import Reviews, check_train
from recx_lib.recommend.als import als_step
from recx_lib.recommend.linear import mean_deviation, ridge
from recx_lib.recommend.mf import group


def as_columns(columns, n_items: int) -> np.ndarray:
    """Return an item's columns as floats, (n_items, m); m may be 0.

    Raise DataError for another number of rows, or a number that is not finite.

    >>> as_columns([[1, 0], [0, 1]], n_items=2).shape
    (2, 2)
    """
    X = np.asarray(columns, dtype=float)
    if X.ndim != 2 or len(X) != n_items:
        raise DataError(
            f"columns of shape {X.shape}: one row for each of the {n_items} "
            "items, in the order of `reviews.items.raw`"
        )
    # a hole would make every score of that item one
    if not np.isfinite(X).all():
        i, column = np.argwhere(~np.isfinite(X))[0]
        raise DataError(
            f"column {column} of item {i} is {X[i, column]}: fill it, with "
            "the column's mean where nothing is known"
        )
    return X


class ContentModel(BaseEstimator):
    """Predict stars from what an item is, by ridge for all and for each user.

    stars = mu + [1, x_i]·(w + w_u) + b_i, with x_i the item's columns less
    their means. `reg` draws w, `reg_user` each user's own w_u, `damping` the
    biases of users and items towards 0. A new item has no b_i, and all else.
    Learned: `mu_`, `w_` (m + 1,), `W_` (n_users, m + 1), `b_i_`, `X_`.

    >>> from recx_lib.data.load import load_shop
    >>> shop = load_shop()
    >>> nothing = np.zeros((shop.n_items, 0))
    >>> ContentModel().fit(shop, nothing).predict([0, 1], [5, 5]).shape
    (2,)
    """

    def __init__(self, reg=100.0, reg_user=40.0, damping=5.0, sweeps=4):
        self.reg, self.reg_user = reg, reg_user
        self.damping, self.sweeps = damping, sweeps

    def fit(self, train: Reviews, columns) -> ContentModel:
        """Learn from ratings and from `columns` (n_items, m), one row an item.

        Scale the columns before: one penalty serves them all. Raise DataError
        for an unusable table or columns, or a parameter not above 0.
        """
        check_positive(reg=self.reg, reg_user=self.reg_user)
        check_positive(damping=self.damping)
        check_whole(sweeps=self.sweeps)
        user_idx, item_idx, rating = check_train(train)
        self.users_, self.items_ = train.users, train.items
        self.scale_, self.mu_ = train.scale, float(rating.mean())
        X = as_columns(columns, train.n_items)
        self.X_ = np.column_stack([np.ones(len(X)), X - X.mean(axis=0)])
        order, start = group(user_idx, train.n_users)
        penalty = np.full(self.X_.shape[1], float(self.reg_user))
        penalty[0] = self.damping
        self.w_ = np.zeros(len(penalty))
        for _ in range(self.sweeps):
            # 1. each user's own weights, of what the weights of all leave
            rest = rating - self.mu_ - self.X_[item_idx] @ self.w_
            self.W_ = als_step(
                self.X_, start, item_idx[order], rest[order], penalty
            )
            # 2. and the weights of all, of what those leave
            own = np.sum(self.X_[item_idx] * self.W_[user_idx], axis=1)
            self.w_ = ridge(
                self.X_[item_idx], rating - self.mu_ - own, self.reg
            )
        # 3. what is left of an item's ratings is its own
        rest = rating - self._stars(user_idx, item_idx)
        self.b_i_ = mean_deviation(
            item_idx, rest, train.n_items, self.damping, leave_out=False
        )
        return self

    def _stars(self, u: np.ndarray, i: np.ndarray) -> np.ndarray:
        """Return the score without the items' biases, (n,)."""
        return self.mu_ + np.sum(self.X_[i] * (self.w_ + self.W_[u]), axis=-1)

    def predict(self, user_idx, item_idx) -> np.ndarray:
        """Return the expected rating of each pair, (n,), within the scale.

        Raise DataError on an unknown index or unequal lengths.
        """
        check_is_fitted(self)
        n_users, n_items = len(self.users_), len(self.items_)
        u, i = as_pairs(user_idx, item_idx, n_users, n_items)
        return np.clip(self._stars(u, i) + self.b_i_[i], *self.scale_)

    def score(self, user_idx) -> np.ndarray:
        """Return all items' scores, not clipped, (…, n_items)."""
        check_is_fitted(self)
        u = as_idx(user_idx, len(self.users_), "user")
        return self.mu_ + (self.w_ + self.W_[u]) @ self.X_.T + self.b_i_

    def explain(self, user_idx: int, item_idx: int) -> Explanation:
        """Return what each column adds for one pair, and the three biases.

        The weights sum to the unclipped prediction.
        """
        check_is_fitted(self)
        u = int(as_idx(user_idx, len(self.users_), "user"))
        i = int(as_idx(item_idx, len(self.items_), "item"))
        terms = self.X_[i] * (self.w_ + self.W_[u])  # (m + 1,)
        biases = {"mean": self.mu_, "user": terms[0], "item": self.b_i_[i]}
        evidence = [
            Evidence("bias", name, float(stars))
            for name, stars in biases.items()
        ]
        for column, stars in enumerate(terms[1:]):
            evidence.append(
                Evidence("feature", f"column {column}", float(stars))
            )
        user, item = self.users_.raw[u], self.items_.raw[i]
        return Explanation(user, item, "ContentModel", tuple(evidence))
