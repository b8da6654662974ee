"""Chapter 2: a linear model of profiles, whose explanation is exact."""

from __future__ import annotations

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted

from recx_lib.core.case import Case
from recx_lib.core.checks import as_idx, as_pairs, check_positive
from recx_lib.core.errors import DataError
from recx_lib.core.evidence import Evidence, Explanation
from recx_lib.data.reviews import Ids, Reviews, check_train
from recx_lib.recommend.ease import case_of_sum


def squared_error(
    theta: np.ndarray, X: np.ndarray, y: np.ndarray, reg: float
) -> float:
    """Return the ridge objective ½‖X θ − y‖² + ½ reg ‖θ‖².

    X is (n, m), y (n,), theta (m,).

    >>> X, y = np.array([[1.0], [2.0]]), np.array([1.0, 1.0])
    >>> squared_error(np.array([1.0]), X, y, reg=2.0)
    1.5
    """
    error = X @ theta - y
    return float(error @ error + reg * theta @ theta) / 2


def squared_error_gradient(
    theta: np.ndarray, X: np.ndarray, y: np.ndarray, reg: float
) -> np.ndarray:
    """Return the gradient of `squared_error` with respect to theta, (m,).

    The data stay as they are, theta moves.

    >>> X, y = np.array([[1.0], [2.0]]), np.array([1.0, 1.0])
    >>> squared_error_gradient(np.array([1.0]), X, y, reg=2.0)
    array([4.])
    """
    return X.T @ (X @ theta - y) + reg * theta


def ridge(X: np.ndarray, y: np.ndarray, reg: float) -> np.ndarray:
    """Return the theta (m,) at which `squared_error_gradient` is zero.

    It solves (XᵀX + reg I) θ = Xᵀy.

    >>> ridge(np.array([[1.0], [2.0]]), np.array([1.0, 1.0]), reg=1.0)
    array([0.5])
    """
    A = X.T @ X + reg * np.eye(X.shape[1])  # (m, m)
    return np.linalg.solve(A, X.T @ y)


def mean_deviation(
    idx: np.ndarray, rest: np.ndarray, n: int, damping: float, leave_out: bool
) -> np.ndarray:
    """Return Σ rest / (count + damping) of each user or item, (n,).

    `rest` (n_rows,) is rating − mean. With `leave_out`, one per row instead,
    (n_rows,), without its own rating: a rating may not help to predict itself.

    >>> idx, rest = np.array([0, 0, 1]), np.array([1.0, 0.5, -1.0])
    >>> mean_deviation(idx, rest, 2, 1.0, leave_out=False)
    array([ 0.5, -0.5])
    >>> mean_deviation(idx, rest, 2, 1.0, leave_out=True)
    array([0.25, 0.5 , 0.  ])
    """
    total = np.bincount(idx, rest, minlength=n)
    count = np.bincount(idx, minlength=n)
    if not leave_out:
        return total / (count + damping)
    others = total[idx] - rest  # (n_rows,) the sum without the row's own
    return others / (count[idx] - 1 + damping)


class LinearProfile(BaseEstimator):
    """Predict stars from how well a user's profile meets an item's.

    A ridge regression whose terms can be read. Features of (u, i): one match
    per aspect, user_profile[u, a] ·
    item_profile[i, a]; how far the user's and the item's mean rating lie from
    the overall mean, pulled towards 0 by `damping` ratings. All are
    standardised, so that one `reg` fits all and weights can be compared.
    Learned: `mu_`, `aspects_`, `coef_` (stars per standard deviation) for the
    aspects, the user and the item, `mean_`, `scale_` of the features.
    """

    def __init__(self, reg: float = 10.0, damping: float = 5.0):
        self.reg, self.damping = reg, damping

    def fit(
        self,
        train: Reviews,
        user_profile: pd.DataFrame,
        item_profile: pd.DataFrame,
    ) -> LinearProfile:
        """Learn from `train` and from profiles by raw id, aspects as columns.

        Make these from training rows only; a user or item without a row gets
        zeros. On a training row the mean features leave its own rating out;
        the match features still hold its own mentions, which flatters their
        weights by a few percent (give profiles made from other rows than
        `train` to be free of it). Raise DataError on an empty training set,
        reg ≤ 0, damping ≤ 0, or profiles that differ in columns or hold NaN.
        """
        check_positive(reg=self.reg, damping=self.damping)
        check_train(train)
        self.users_, self.items_ = train.users, train.items
        self.bounds_ = train.scale
        # 1. one row of profile per user and item
        self.U_ = _profile(user_profile, train.users)
        self.V_ = _profile(item_profile, train.items)
        self.aspects_ = _same_aspects(user_profile, item_profile)
        # 2. the features of each training row, standardised
        self.mu_ = float(train.rating.mean())
        self.b_u_, self.b_i_ = self._deviations(train, leave_out=False)
        own_out = self._deviations(train, leave_out=True)
        X = self._features(train.user_idx, train.item_idx, *own_out)
        self.mean_, spread = X.mean(axis=0), X.std(axis=0)
        # a constant feature becomes 0, not NaN
        self.scale_ = np.where(spread > 0, spread, 1.0)
        # 3. the regression
        X = (X - self.mean_) / self.scale_
        self.coef_ = ridge(X, train.rating - self.mu_, self.reg)
        return self

    def _deviations(
        self, train: Reviews, leave_out: bool
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return the users' and the items' mean deviation.

        (n_users,) and (n_items,), or both (n_rows,) with `leave_out`.
        """
        # what is left of a rating above the mean of all
        rest = train.rating - self.mu_
        u, i = train.user_idx, train.item_idx
        damping = self.damping
        of_user = mean_deviation(u, rest, train.n_users, damping, leave_out)
        of_item = mean_deviation(i, rest, train.n_items, damping, leave_out)
        return of_user, of_item

    def _features(
        self, user_idx, item_idx, user_mean, item_mean
    ) -> np.ndarray:
        """Return raw features, one row per pair, (n, n_aspects + 2)."""
        match = self.U_[user_idx] * self.V_[item_idx]  # (n, n_aspects)
        return np.column_stack([match, user_mean, item_mean])

    def _terms(self, user_idx: np.ndarray, item_idx: np.ndarray) -> np.ndarray:
        """Return what every feature adds, in stars, (n, n_aspects + 2)."""
        b_u, b_i = self.b_u_[user_idx], self.b_i_[item_idx]
        X = self._features(user_idx, item_idx, b_u, b_i)
        return self.coef_ * (X - self.mean_) / self.scale_

    def predict(self, user_idx, item_idx) -> np.ndarray:
        """Return predicted stars (n,), clipped to the scale.

        Raise DataError for raw ids, indices out of range or unequal lengths.
        """
        check_is_fitted(self)
        n_users, n_items = len(self.users_), len(self.items_)
        u, i = as_pairs(user_idx, item_idx, n_users, n_items)
        # one user may be asked about many items
        u, i = np.broadcast_arrays(np.atleast_1d(u), i)
        stars = self.mu_ + self._terms(u, i).sum(axis=1)
        return np.clip(stars, *self.bounds_)

    def score(self, user_idx) -> np.ndarray:
        """Return un-clipped predictions for all items.

        (n_items,) for one user, (B, n_items) for an array of B users.
        """
        check_is_fitted(self)
        user_idx = as_idx(user_idx, len(self.users_), "user")
        users = np.atleast_1d(user_idx)
        # the same sum as in predict, in stars per raw unit: no row per pair
        weight = self.coef_ / self.scale_
        scores = (self.U_[users] * weight[:-2]) @ self.V_.T  # (B, n_items)
        base = self.mu_ - weight @ self.mean_
        of_user = weight[-2] * self.b_u_[users, None]  # (B, 1)
        of_item = weight[-1] * self.b_i_  # (n_items,)
        scores += base + of_user + of_item
        return scores if user_idx.ndim else scores[0]

    def explain(self, user_idx: int, item_idx: int) -> Explanation:
        """Return the exact explanation: what each feature adds, in stars.

        Evidence("aspect", name, stars) per aspect, and two of kind "bias", the
        largest first. The weights and `mu_` sum to the un-clipped prediction.
        Raise DataError for raw ids or indices out of range.
        """
        check_is_fitted(self)
        u = int(as_idx(user_idx, len(self.users_), "user"))
        i = int(as_idx(item_idx, len(self.items_), "item"))
        kinds = ["aspect"] * len(self.aspects_) + ["bias", "bias"]
        names = [*self.aspects_, "user mean", "item mean"]
        pair = np.array([u]), np.array([i])
        terms = self._terms(*pair)[0]  # (n_aspects + 2,)
        pieces = zip(kinds, names, map(float, terms), strict=True)
        evidence = [Evidence(*piece) for piece in pieces]
        evidence.sort(key=lambda piece: -abs(piece.weight))
        user = self.users_.raw[u]
        item = self.items_.raw[i]
        return Explanation(user, item, "LinearProfile", tuple(evidence))

    def case(self, user_idx: int, item_idx: int) -> Case:
        """Return the case of one (unclipped) rating.

        Aspects and means by name, on top of the mean rating.
        """
        exact = self.explain(user_idx, item_idx)
        return case_of_sum(exact, model="LinearProfile", base=self.mu_)


def _profile(profile: pd.DataFrame, ids: Ids) -> np.ndarray:
    """Return a profile, one row per id, zeros where it has none.

    Raise DataError when it cannot be used.
    """
    # 1. The profile speaks of people or things that we know.
    if len(profile) and not profile.index.isin(ids.raw).any():
        found = f"profile row {profile.index[0]!r} is no known raw id"
        raise DataError(f"{found}, nor is any other: index it by raw ids")
    if profile.index.has_duplicates:
        twice = profile.index[profile.index.duplicated()][0]
        raise DataError(f"profile row {twice!r} stands twice: one row per id")
    # 2. Who has no row said nothing: zeros.
    values = profile.reindex(ids.raw, fill_value=0.0).to_numpy(float)
    if not np.isfinite(values).all():
        remedy = "fill them, with 0 for an aspect never mentioned"
        raise DataError(
            f"a profile holds values that are not finite: {remedy}"
        )
    return values


def _same_aspects(
    user_profile: pd.DataFrame, item_profile: pd.DataFrame
) -> list[str]:
    """Return the columns of both; raise DataError where they differ."""
    if list(user_profile.columns) != list(item_profile.columns):
        problem = "user and item profile need the same aspect columns"
        raise DataError(f"{problem} in the same order: reindex one of them")
    return list(user_profile.columns)
