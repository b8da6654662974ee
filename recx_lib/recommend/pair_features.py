"""Chapter 8: what a model may know of a pair, in numbers that bear names.

Of a user and an item: tastes, qualities, matches.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted

from recx_lib.core.checks import check_positive, check_whole
from recx_lib.core.errors import DataError
from recx_lib.data.reviews import Reviews, check_train
from recx_lib.recommend.als import als_step
from recx_lib.recommend.linear import LinearProfile
from recx_lib.recommend.mf import group
from recx_lib.recommend.pair_checks import pair_idx

BIASES = ("user bias", "item bias")
CATEGORY = "category"


class Tastes(NamedTuple):
    """A factor model whose factors are the aspects.

    rating ≈ mu + b_u[u] + b_i[i] + T[u] · Q[i]. `b_u` (n_users,), `b_i`
    (n_items,) in stars; `T` (n_users, n_aspects) and `Q` (n_items, n_aspects)
    share the unit: taste times quality is stars.
    """

    mu: float
    b_u: np.ndarray
    b_i: np.ndarray
    T: np.ndarray
    Q: np.ndarray


def stated_tastes(
    train: Reviews, user_profile: pd.DataFrame, item_profile: pd.DataFrame
) -> tuple[np.ndarray, np.ndarray]:
    """Return (T, Q): the two profiles, rescaled so that T · Q is stars.

    (n_users, n_aspects) and (n_items, n_aspects). `LinearProfile` says how
    many stars a unit of each match is worth; the factor is shared between the
    two sides so that a typical taste and a typical quality are of the same
    size. Raise DataError as `LinearProfile.fit` does.

    >>> from recx_lib.data.load import load_shop
    >>> shop = load_shop()
    >>> says = pd.DataFrame({"fit": 0.4}, shop.users.raw)
    >>> praised = pd.DataFrame({"fit": 0.5}, shop.items.raw)
    >>> [side.shape for side in stated_tastes(shop, says, praised)]
    [(600, 1), (200, 1)]
    """
    linear = LinearProfile().fit(train, user_profile, item_profile)
    U, V = linear.U_, linear.V_
    # stars per unit of match, (n_aspects,); the last two are the means
    stars = (linear.coef_ / linear.scale_)[:-2]
    size_u = np.sqrt(np.mean(U**2, axis=0))
    size_v = np.sqrt(np.mean(V**2, axis=0))
    # a typical taste, and a typical quality
    typical = np.sqrt(np.abs(stars) * size_u * size_v)
    T = U * np.sign(stars) * typical / np.where(size_u > 0, size_u, 1.0)
    Q = V * typical / np.where(size_v > 0, size_v, 1.0)
    return T, Q


def learned_tastes(
    train: Reviews,
    user_profile: pd.DataFrame,
    item_profile: pd.DataFrame,
    pull: float = 8.0,
    damping: float = 4.0,
    sweeps: int = 5,
) -> Tastes:
    """Correct what people say by how they rate: ALS pulled to the profiles.

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
    by_user = group(user_idx, train.n_users)
    by_item = group(item_idx, train.n_items)
    penalty = np.append(damping, np.full(T0.shape[1], pull))
    b_i, Q = np.zeros(train.n_items), Q0
    for _ in range(sweeps):
        # 1. users: what the items' side and the prior leave unexplained
        said = np.sum(T0[user_idx] * Q[item_idx], axis=1)
        y = rest - b_i[item_idx] - said
        b_u, T = _corrected(T0, Q, by_user, item_idx, y, penalty)
        # 2. items, in the same way
        said = np.sum(T[user_idx] * Q0[item_idx], axis=1)
        y = rest - b_u[user_idx] - said
        b_i, Q = _corrected(Q0, T, by_item, user_idx, y, penalty)
    return Tastes(float(rating.mean()), b_u, b_i, T, Q)


def _corrected(
    prior, others, grouped, idx, y, penalty
) -> tuple[np.ndarray, np.ndarray]:
    """Return one side's biases and factors, given the other side's.

    A ridge regression per row, around the prior.
    """
    order, start = grouped
    X = np.column_stack([np.ones(len(others)), others])
    W = als_step(X, start, idx[order], y[order], penalty)
    return W[:, 0], prior + W[:, 1:]


class PairFeatures(BaseEstimator):
    """Describe a (user, item) pair by features with names and owners.

    Standardised on the training rows. Per aspect: the match (taste × quality),
    the user's taste, the item's quality, from `learned_tastes` with `pull`,
    `damping`, `sweeps`; the user's and the item's bias, which is what the
    matches leave unexplained and no mean of ratings; one 0/1 column per tag of
    the items that is no aspect's name. A constant feature becomes 0, and so 0
    is the average of every feature. Learned: `names_` (m features), `owner_`
    (the piece of evidence that each belongs to: its aspect, "user bias",
    "item bias" or "category"), `tastes_`, `aspects_`, `mean_`, `scale_`.
    """

    def __init__(
        self,
        pull: float = 8.0,
        damping: float = 4.0,
        sweeps: int = 5,
        folds: int = 5,
        seed: int = 0,
    ):
        self.pull = pull
        self.damping = damping
        self.sweeps = sweeps
        self.folds = folds
        self.seed = seed

    def fit(
        self,
        train: Reviews,
        user_profile: pd.DataFrame,
        item_profile: pd.DataFrame,
    ) -> PairFeatures:
        """Learn from `train` and profiles made of its mentions.

        Arguments and errors as in `learned_tastes`.
        """
        self.fit_transform(train, user_profile, item_profile)
        return self

    def fit_transform(
        self,
        train: Reviews,
        user_profile: pd.DataFrame,
        item_profile: pd.DataFrame,
    ) -> np.ndarray:
        """Return the features of the training rows, (n, m).

        Each from tastes that never saw the row's rating: ratings are dealt
        into `folds`; a fold's features come from tastes learned on the others
        (cross-fitting, as in scikit-learn's TargetEncoder). `transform` uses
        tastes learned from all. Too few rows for the folds: no folds.
        """
        check_whole(2, folds=self.folds)
        profiles = user_profile, item_profile
        # 1. tastes from all rows, and the names of the features
        self._name(train, user_profile)
        self.tastes_ = self._tastes(train, *profiles)
        X = self._raw(self.tastes_, train.user_idx, train.item_idx)
        # 2. each fold again, from tastes that were learned on the others
        rng = np.random.default_rng(self.seed)
        fold = rng.permutation(len(train)) % self.folds
        enough = len(train) >= 2 * self.folds
        for number in range(self.folds if enough else 0):
            rows = fold == number
            tastes = self._tastes(train.subset(~rows), *profiles)
            users, items = train.user_idx[rows], train.item_idx[rows]
            X[rows] = self._raw(tastes, users, items)
        # 3. standardise; a constant feature becomes 0, whatever comes later
        self.mean_, spread = X.mean(axis=0), X.std(axis=0)
        self.scale_ = np.where(spread > 1e-12, spread, np.inf)
        return (X - self.mean_) / self.scale_

    def _tastes(self, train: Reviews, user_profile, item_profile) -> Tastes:
        settings = self.pull, self.damping, self.sweeps
        return learned_tastes(train, user_profile, item_profile, *settings)

    def _name(self, train: Reviews, user_profile: pd.DataFrame) -> None:
        """Name the features and their owners; mark the items' tags."""
        # 1. Names that would mean two things.
        self.aspects_ = list(user_profile.columns)
        taken = {*BIASES, CATEGORY} & set(self.aspects_)
        if taken:
            raise DataError(
                f"an aspect is called {taken.pop()!r}, as a piece of evidence "
                "of the model is: rename it"
            )
        # 2. Which item has which tag.
        self.users_, self.items_ = train.users, train.items
        self.tags_ = sorted(set().union(*train.tags.values()))
        self.tags_ = [tag for tag in self.tags_ if tag not in self.aspects_]
        self.G_ = np.zeros((train.n_items, len(self.tags_)))
        for number, item in enumerate(train.items.raw):
            own = train.tags.get(item, ())
            self.G_[number] = [tag in own for tag in self.tags_]
        # 3. A name for each column, and what it is about.
        self.names_, self.owner_ = [], []
        for part in ("match", "taste", "quality"):
            self.names_ += [f"{part}: {aspect}" for aspect in self.aspects_]
            self.owner_ += self.aspects_
        self.names_ += [*BIASES, *(f"{CATEGORY}: {tag}" for tag in self.tags_)]
        self.owner_ += [*BIASES, *[CATEGORY] * len(self.tags_)]

    def _raw(
        self, tastes: Tastes, user_idx: np.ndarray, item_idx: np.ndarray
    ) -> np.ndarray:
        """Return features as they are, (n, m)."""
        T, Q = tastes.T[user_idx], tastes.Q[item_idx]  # (n, n_aspects)
        biases = tastes.b_u[user_idx], tastes.b_i[item_idx]  # (n,) each
        return np.column_stack([T * Q, T, Q, *biases, self.G_[item_idx]])

    def transform(self, user_idx, item_idx) -> np.ndarray:
        """Return the features of each pair, (n, m), 0 being average.

        Raise DataError for an unknown user or item.
        """
        check_is_fitted(self)
        n_users, n_items = len(self.users_), len(self.items_)
        pairs = pair_idx(user_idx, item_idx, n_users, n_items)
        return (self._raw(self.tastes_, *pairs) - self.mean_) / self.scale_
