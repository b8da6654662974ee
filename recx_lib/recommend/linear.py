"""Chapter 2: models whose score is a sum, so that their explanation is exact:
EASE and the linear profile model.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted

from recx_lib.core.case import Case, sum_case
from recx_lib.core.checks import as_idx, check_positive
from recx_lib.core.errors import DataError
from recx_lib.core.evidence import Evidence, Explanation
from recx_lib.data.reviews import Ids, Reviews, check_train


def squared_error(
    theta: np.ndarray, X: np.ndarray, y: np.ndarray, reg: float
) -> float:
    """Return the ridge objective ½‖X θ − y‖² + ½ reg ‖θ‖² for X (n, m), y
    (n,), theta (m,).

    >>> squared_error(np.array([1.0]), np.array([[1.0], [2.0]]), np.array([1.0, 1.0]), reg=2.0)
    1.5
    """
    error = X @ theta - y
    return float(error @ error + reg * theta @ theta) / 2


def squared_error_gradient(
    theta: np.ndarray, X: np.ndarray, y: np.ndarray, reg: float
) -> np.ndarray:
    """Return the gradient of `squared_error` with respect to theta, (m,): the
    data stay as they are, theta moves.

    >>> squared_error_gradient(np.array([1.0]), np.array([[1.0], [2.0]]), np.array([1.0, 1.0]), reg=2.0)
    array([4.])
    """
    return X.T @ (X @ theta - y) + reg * theta


def ridge(X: np.ndarray, y: np.ndarray, reg: float) -> np.ndarray:
    """Return the theta (m,) at which `squared_error_gradient` is zero: (XᵀX +
    reg I) θ = Xᵀy.

    >>> ridge(np.array([[1.0], [2.0]]), np.array([1.0, 1.0]), reg=1.0)
    array([0.5])
    """
    return np.linalg.solve(X.T @ X + reg * np.eye(X.shape[1]), X.T @ y)


def mean_deviation(
    idx: np.ndarray, rest: np.ndarray, n: int, damping: float, leave_out: bool
) -> np.ndarray:
    """Return Σ rest / (count + damping) per user or item: (n,), or with
    `leave_out` one per row without its own rating.

    `rest` (n_rows,) is rating − mean. A rating may not help to predict itself,
    so training rows leave their own out.

    >>> idx, rest = np.array([0, 0, 1]), np.array([1.0, 0.5, -1.0])
    >>> mean_deviation(idx, rest, 2, 1.0, leave_out=False), mean_deviation(idx, rest, 2, 1.0, leave_out=True)
    (array([ 0.5, -0.5]), array([0.25, 0.5 , 0.  ]))
    """
    total, count = (
        np.bincount(idx, rest, minlength=n),
        np.bincount(idx, minlength=n),
    )
    if not leave_out:
        return total / (count + damping)
    return (total[idx] - rest) / (count[idx] - 1 + damping)


class LinearProfile(BaseEstimator):
    """Predict stars from how well a user's profile meets an item's: a ridge
    regression whose terms can be read.

    Features of (u, i): one match per aspect, user_profile[u, a] ·
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
        """Learn from `train`; profiles are indexed by raw id, one column per
        aspect, made from training rows only.

        A user or item without a row gets zeros. On a training row the mean
        features leave its own rating out; the match features still hold its
        own mentions, which flatters their weights by a few percent (give
        profiles made from other rows than `train` to be free of it). Raise
        DataError on an empty training set, reg ≤ 0, damping ≤ 0, or profiles
        that differ in columns or hold NaN.
        """
        check_positive(reg=self.reg, damping=self.damping)
        check_train(train)
        self.users_, self.items_, self.bounds_ = (
            train.users,
            train.items,
            train.scale,
        )
        self.U_, self.V_ = (
            _profile(user_profile, train.users),
            _profile(item_profile, train.items),
        )
        self.aspects_ = _same_aspects(user_profile, item_profile)
        self.mu_ = float(train.rating.mean())
        self.b_u_, self.b_i_ = self._deviations(train, leave_out=False)
        X = self._features(
            train.user_idx,
            train.item_idx,
            *self._deviations(train, leave_out=True),
        )
        self.mean_, spread = X.mean(axis=0), X.std(axis=0)
        self.scale_ = np.where(
            spread > 0, spread, 1.0
        )  # a constant feature becomes 0, not NaN
        self.coef_ = ridge(
            (X - self.mean_) / self.scale_, train.rating - self.mu_, self.reg
        )
        return self

    def _deviations(
        self, train: Reviews, leave_out: bool
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return the user's and the item's mean deviation: per user and per
        item, or per training row.
        """
        rest = train.rating - self.mu_
        return (
            mean_deviation(
                train.user_idx, rest, train.n_users, self.damping, leave_out
            ),
            mean_deviation(
                train.item_idx, rest, train.n_items, self.damping, leave_out
            ),
        )

    def _features(
        self, user_idx, item_idx, user_mean, item_mean
    ) -> np.ndarray:
        """Return raw features, one row per pair, (n, n_aspects + 2)."""
        match = self.U_[user_idx] * self.V_[item_idx]  # (n, n_aspects)
        return np.column_stack([match, user_mean, item_mean])

    def _terms(self, user_idx: np.ndarray, item_idx: np.ndarray) -> np.ndarray:
        """Return what every feature adds to the prediction, in stars, (n,
        n_aspects + 2).
        """
        X = self._features(
            user_idx, item_idx, self.b_u_[user_idx], self.b_i_[item_idx]
        )
        return self.coef_ * (X - self.mean_) / self.scale_

    def predict(self, user_idx, item_idx) -> np.ndarray:
        """Return predicted stars (n,), clipped to the scale; raise DataError
        for raw ids or indices out of range.
        """
        check_is_fitted(self)
        user_idx = np.atleast_1d(as_idx(user_idx, len(self.users_), "user"))
        item_idx = np.atleast_1d(as_idx(item_idx, len(self.items_), "item"))
        return np.clip(
            self.mu_ + self._terms(user_idx, item_idx).sum(axis=1),
            *self.bounds_,
        )

    def score(self, user_idx) -> np.ndarray:
        """Return un-clipped predictions for all items: (n_items,) for one
        user, (B, n_items) for an array of B.
        """
        check_is_fitted(self)
        user_idx = as_idx(user_idx, len(self.users_), "user")
        users = np.atleast_1d(user_idx)
        weight = (
            self.coef_ / self.scale_
        )  # stars per raw unit: the same sum as in predict, without a row per pair
        scores = (self.U_[users] * weight[:-2]) @ self.V_.T  # (B, n_items)
        scores += (
            (self.mu_ - weight @ self.mean_)
            + weight[-2] * self.b_u_[users, None]
            + weight[-1] * self.b_i_
        )
        return scores if user_idx.ndim else scores[0]

    def explain(self, user_idx: int, item_idx: int) -> Explanation:
        """Return the exact explanation: Evidence("aspect", name, stars) per
        aspect, and two of kind "bias".

        The weights and `mu_` sum to the un-clipped prediction. Raise DataError
        for raw ids or indices out of range.
        """
        check_is_fitted(self)
        user_idx = int(as_idx(user_idx, len(self.users_), "user"))
        item_idx = int(as_idx(item_idx, len(self.items_), "item"))
        terms = self._terms(np.array([user_idx]), np.array([item_idx]))[0]
        names = [("aspect", aspect) for aspect in self.aspects_] + [
            ("bias", "user mean"),
            ("bias", "item mean"),
        ]
        evidence = [
            Evidence(kind, name, float(term))
            for (kind, name), term in zip(names, terms, strict=True)
        ]
        evidence.sort(key=lambda e: -abs(e.weight))
        return Explanation(
            self.users_.raw[user_idx],
            self.items_.raw[item_idx],
            "LinearProfile",
            tuple(evidence),
        )

    def case(self, user_idx: int, item_idx: int) -> Case:
        """Return the case of one (unclipped) rating: aspects and means, on top
        of the mean rating.
        """
        exact = self.explain(user_idx, item_idx)
        kinds, names, worth = zip(
            *sorted(exact.evidence, key=lambda e: e.name), strict=True
        )  # no order to learn from
        return sum_case(
            exact.user,
            exact.item,
            kinds,
            names,
            worth,
            base=self.mu_,
            model="LinearProfile",
        )


def _profile(profile: pd.DataFrame, ids: Ids) -> np.ndarray:
    """Return a profile as an array, one row per id, zeros where it has none;
    raise DataError when it cannot be used.
    """
    if len(profile) and not profile.index.isin(ids.raw).any():
        raise DataError(
            f"profile row {profile.index[0]!r} is no known raw id, nor is any other: index it by raw ids"
        )
    if profile.index.has_duplicates:
        raise DataError(
            f"profile row {profile.index[profile.index.duplicated()][0]!r} stands twice: one row per id"
        )
    values = profile.reindex(ids.raw, fill_value=0.0).to_numpy(float)
    if not np.isfinite(values).all():
        raise DataError(
            "a profile holds values that are not finite: fill them, with 0 for an aspect never mentioned"
        )
    return values


def _same_aspects(
    user_profile: pd.DataFrame, item_profile: pd.DataFrame
) -> list[str]:
    if list(user_profile.columns) != list(item_profile.columns):
        raise DataError(
            "user and item profile need the same aspect columns in the same order: reindex one of them"
        )
    return list(user_profile.columns)
