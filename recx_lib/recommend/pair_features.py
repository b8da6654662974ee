"""Chapter 7: what a model may know of a user and an item, in numbers that bear
names: tastes, qualities, matches.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted

from recx_lib.core.checks import as_idx, check_positive, check_whole
from recx_lib.core.errors import DataError
from recx_lib.data.reviews import Reviews, check_train
from recx_lib.recommend.als import als_step
from recx_lib.recommend.linear import LinearProfile
from recx_lib.recommend.mf import group

MEANS = ("user mean", "item mean")


CATEGORY = "category"


class Tastes(NamedTuple):
    """A factor model whose factors are the aspects: rating ≈ mu + b_u[u] +
    b_i[i] + T[u] · Q[i].

    `b_u` (n_users,), `b_i` (n_items,) in stars; `T` (n_users, n_aspects) and
    `Q` (n_items, n_aspects) share the unit: taste times quality is stars.
    """

    mu: float
    b_u: np.ndarray
    b_i: np.ndarray
    T: np.ndarray
    Q: np.ndarray


def stated_tastes(
    train: Reviews, user_profile: pd.DataFrame, item_profile: pd.DataFrame
) -> tuple:
    """Return (T, Q), (n_users, n_aspects) and (n_items, n_aspects): the two
    profiles, rescaled so that T · Q is stars.

    `LinearProfile` says how many stars a unit of each match is worth; the
    factor is shared between the two sides so that a typical taste and a
    typical quality are of the same size. Raise DataError as
    `LinearProfile.fit` does.

    >>> from recx_lib.data.load import load_shop
    >>> shop = load_shop()
    >>> says, praised = pd.DataFrame({"fit": 0.4}, shop.users.raw), pd.DataFrame({"fit": 0.5}, shop.items.raw)
    >>> [side.shape for side in stated_tastes(shop, says, praised)]
    [(600, 1), (200, 1)]
    """
    linear = LinearProfile().fit(train, user_profile, item_profile)
    worth = (linear.coef_ / linear.scale_)[
        :-2
    ]  # (n_aspects,) stars per unit of match; the last two are the means
    size_u, size_i = (
        np.sqrt(np.mean(side**2, axis=0)) for side in (linear.U_, linear.V_)
    )
    typical = np.sqrt(
        np.abs(worth) * size_u * size_i
    )  # a typical taste, and a typical quality
    T = (
        linear.U_
        * np.sign(worth)
        * typical
        / np.where(size_u > 0, size_u, 1.0)
    )
    return T, linear.V_ * typical / np.where(size_i > 0, size_i, 1.0)


def learned_tastes(train: Reviews, user_profile: pd.DataFrame, item_profile: pd.DataFrame,
                   pull: float = 8.0, damping: float = 4.0, sweeps: int = 5) -> Tastes:  # fmt: skip
    """Correct what people say by how they rate: ALS whose factors start from
    the profiles and are pulled back to them.

    Minimises Σ (rating − mu − b_u − b_i − T_u·Q_i)² + pull (‖T − T₀‖² + ‖Q −
    Q₀‖²) + damping (‖b_u‖² + ‖b_i‖²), T₀ and Q₀ from `stated_tastes`, by turns
    over users and items. Every factor keeps the name of its aspect, since its
    prior is what was said of it. The larger `pull`, the more the words count:
    1e6 leaves the profiles as they are. Raise DataError as `LinearProfile.fit`
    does, and on a pull, damping or number of sweeps that is not positive.
    """
    check_positive(pull=pull, damping=damping)
    check_whole(sweeps=sweeps)
    T0, Q0 = stated_tastes(train, user_profile, item_profile)
    user_idx, item_idx, rating = check_train(train)
    rest = rating - rating.mean()
    by_user, by_item = (
        group(user_idx, train.n_users),
        group(item_idx, train.n_items),
    )
    penalty = np.append(damping, np.full(T0.shape[1], pull))
    b_i, Q = np.zeros(train.n_items), Q0
    for _ in range(sweeps):
        y = (
            rest - b_i[item_idx] - np.sum(T0[user_idx] * Q[item_idx], axis=1)
        )  # what the prior leaves unexplained
        b_u, T = _corrected(T0, Q, by_user, item_idx, y, penalty)
        y = rest - b_u[user_idx] - np.sum(T[user_idx] * Q0[item_idx], axis=1)
        b_i, Q = _corrected(Q0, T, by_item, user_idx, y, penalty)
    return Tastes(float(rating.mean()), b_u, b_i, T, Q)


def _corrected(
    prior, others, grouped, idx, y, penalty
) -> tuple[np.ndarray, np.ndarray]:
    """Return one side's biases and factors, given the other side's: a ridge
    regression per row, around the prior.
    """
    order, start = grouped
    W = als_step(
        np.column_stack([np.ones(len(others)), others]),
        start,
        idx[order],
        y[order],
        penalty,
    )
    return W[:, 0], prior + W[:, 1:]


class PairFeatures(BaseEstimator):
    """Describe a (user, item) pair by features with names and owners,
    standardised on the training rows.

    Per aspect: the match (taste × quality), the user's taste, the item's
    quality, from `learned_tastes` with `pull`, `damping`, `sweeps`; the user's
    and the item's mean, less what the matches explain; one 0/1 column per tag
    of the items that is no aspect's name. A constant feature becomes 0, and so
    0 is the average of every feature. Learned: `names_` (m features), `owner_`
    (the piece of evidence that each belongs to: its aspect, "user mean", "item
    mean" or "category"), `tastes_`, `aspects_`, `mean_`, `scale_`.
    """

    def __init__(
        self,
        pull: float = 8.0,
        damping: float = 4.0,
        sweeps: int = 5,
        folds: int = 5,
        seed: int = 0,
    ):
        self.pull, self.damping, self.sweeps, self.folds, self.seed = (
            pull,
            damping,
            sweeps,
            folds,
            seed,
        )

    def fit(
        self,
        train: Reviews,
        user_profile: pd.DataFrame,
        item_profile: pd.DataFrame,
    ) -> PairFeatures:
        """Learn from `train` and profiles made of its mentions; arguments and
        errors as in `learned_tastes`.
        """
        self.fit_transform(train, user_profile, item_profile)
        return self

    def fit_transform(
        self,
        train: Reviews,
        user_profile: pd.DataFrame,
        item_profile: pd.DataFrame,
    ) -> np.ndarray:
        """Return the features of the training rows, (n, m), each from tastes
        that never saw the row's rating.

        Ratings are dealt into `folds`; a fold's features come from tastes
        learned on the others (cross-fitting, as in scikit-learn's
        TargetEncoder). `transform` uses tastes learned from all. Too few rows
        for the folds: no folds.
        """
        check_whole(2, folds=self.folds)
        self.aspects_ = list(user_profile.columns)
        if taken := {*MEANS, CATEGORY} & set(self.aspects_):
            raise DataError(
                f"an aspect is called {taken.pop()!r}, as a piece of evidence of the model is: rename it"
            )
        self.tastes_ = self._tastes(train, user_profile, item_profile)
        self.users_, self.items_ = train.users, train.items
        self.tags_ = sorted(
            {tag for tags in train.tags.values() for tag in tags}
            - set(self.aspects_)
        )
        self.G_ = np.array(
            [
                [tag in train.tags.get(item, ()) for tag in self.tags_]
                for item in train.items.raw
            ],
            float,
        )
        self._name()
        X = self._raw(self.tastes_, train.user_idx, train.item_idx)
        fold = (
            np.random.default_rng(self.seed).permutation(len(train))
            % self.folds
        )
        for number in range(self.folds if len(train) >= 2 * self.folds else 0):
            rows = fold == number
            others = self._tastes(
                train.subset(~rows), user_profile, item_profile
            )
            X[rows] = self._raw(
                others, train.user_idx[rows], train.item_idx[rows]
            )
        self.mean_, spread = X.mean(axis=0), X.std(axis=0)
        self.scale_ = np.where(
            spread > 1e-12, spread, np.inf
        )  # a constant feature becomes 0, whatever comes later
        return (X - self.mean_) / self.scale_

    def _tastes(self, train: Reviews, user_profile, item_profile) -> Tastes:
        return learned_tastes(
            train,
            user_profile,
            item_profile,
            self.pull,
            self.damping,
            self.sweeps,
        )

    def _name(self) -> None:
        parts = ("match", "taste", "quality")
        self.names_ = [
            f"{part}: {aspect}" for part in parts for aspect in self.aspects_
        ]
        self.names_ += [*MEANS, *(f"{CATEGORY}: {tag}" for tag in self.tags_)]
        self.owner_ = [
            *self.aspects_ * len(parts),
            *MEANS,
            *[CATEGORY] * len(self.tags_),
        ]

    def _raw(
        self, tastes: Tastes, user_idx: np.ndarray, item_idx: np.ndarray
    ) -> np.ndarray:
        """Return features as they are, (n, m)."""
        T, Q = tastes.T[user_idx], tastes.Q[item_idx]  # (n, n_aspects)
        return np.column_stack(
            [
                T * Q,
                T,
                Q,
                tastes.b_u[user_idx],
                tastes.b_i[item_idx],
                self.G_[item_idx],
            ]
        )

    def transform(self, user_idx, item_idx) -> np.ndarray:
        """Return the features of each pair, (n, m), 0 being average; raise
        DataError for an unknown user or item.
        """
        check_is_fitted(self)
        user_idx = np.atleast_1d(as_idx(user_idx, len(self.users_), "user"))
        item_idx = np.atleast_1d(as_idx(item_idx, len(self.items_), "item"))
        return (
            self._raw(self.tastes_, *np.broadcast_arrays(user_idx, item_idx))
            - self.mean_
        ) / self.scale_
