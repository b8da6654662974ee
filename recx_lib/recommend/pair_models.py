"""Chapter 8: recommenders worth opening: linear, neural and boosted.

All on the same named features.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import torch
from sklearn.base import BaseEstimator, clone
from sklearn.ensemble import HistGradientBoostingRegressor
from sklearn.utils.validation import check_is_fitted
from torch import nn

from recx_lib.core.case import Case
from recx_lib.core.checks import check_positive, check_whole
from recx_lib.core.errors import DataError
from recx_lib.data.reviews import Reviews, check_train
from recx_lib.recommend.linear import ridge
from recx_lib.recommend.pair_checks import score_all_items
from recx_lib.recommend.pair_features import BIASES, CATEGORY, PairFeatures


class PairRecommender(BaseEstimator):
    """What the three share: stars = mu + f(features of the pair).

    A subclass learns f (`_learn`) and asks it (`_f`). `features` is a
    `PairFeatures` (default: `PairFeatures()`); it is copied, not changed.
    Learned: `features_`, `mu_`, `pieces_` (the pieces of evidence that a case
    may cite).
    """

    def fit(
        self,
        train: Reviews,
        user_profile: pd.DataFrame,
        item_profile: pd.DataFrame,
    ) -> PairRecommender:
        """Learn from `train` and profiles of its mentions.

        Arguments and errors as in `LinearProfile.fit`.
        """
        self._check()
        check_train(train)
        # a copy: the caller's own stays unfitted
        features = PairFeatures() if self.features is None else self.features
        self.features_ = clone(features)
        X = self.features_.fit_transform(train, user_profile, item_profile)
        # what a prediction is made of, and stays within
        self.users_, self.items_ = train.users, train.items
        self.bounds_ = train.scale
        self.mu_ = float(train.rating.mean())
        self.pieces_ = list(dict.fromkeys(self.features_.owner_))
        self._learn(X, train.rating - self.mu_)
        return self

    def predict_features(self, X: np.ndarray) -> np.ndarray:
        """Return un-clipped stars (n,) for standardised features X (n, m).

        Raise DataError on another m or a NaN.
        """
        check_is_fitted(self)
        X, m = np.asarray(X, dtype=float), len(self.features_.names_)
        if X.ndim != 2 or X.shape[1] != m or not np.isfinite(X).all():
            raise DataError(
                f"features of shape {X.shape}: the model needs (n, {m}) "
                "finite numbers, see `transform`"
            )
        return self.mu_ + self._f(X)

    def predict(self, user_idx, item_idx) -> np.ndarray:
        """Return predicted stars (n,), clipped to the scale.

        Raise DataError for raw ids or indices out of range.
        """
        return np.clip(self._raw(user_idx, item_idx), *self.bounds_)

    def _raw(self, user_idx, item_idx) -> np.ndarray:
        """Return un-clipped predictions of n pairs, (n,)."""
        check_is_fitted(self)
        X = self.features_.transform(user_idx, item_idx)  # (n, m)
        return self.predict_features(X)

    def score(self, user_idx) -> np.ndarray:
        """Return un-clipped stars for all items.

        (n_items,) for one user, (B, n_items) for an array of B.
        """
        check_is_fitted(self)
        n_users, n_items = len(self.users_), len(self.items_)
        return score_all_items(self._raw, user_idx, n_users, n_items)

    def case(self, user_idx: int, item_idx: int) -> Case:
        """Return the case of one un-clipped score.

        A piece taken away has all its features at their training mean. Pieces:
        the aspects, the two biases ("bias") and the category ("feature").
        Raise DataError as `predict` does.
        """
        check_is_fitted(self)
        x = self.features_.transform(user_idx, item_idx)[0]  # (m,)
        owners = np.array(self.features_.owner_)
        owns = np.array(self.pieces_)[:, None] == owners  # (n_pieces, m)
        owns = owns.astype(float)

        def value(present: np.ndarray) -> np.ndarray:
            return self.predict_features(x * (present @ owns))

        def slope(present: np.ndarray) -> np.ndarray:
            slopes = self.gradient_features(x * (present @ owns))
            return (x * slopes) @ owns.T

        user = self.users_.raw[int(user_idx)]
        item = self.items_.raw[int(item_idx)]
        kinds = [kind_of(piece) for piece in self.pieces_]
        gradient = slope if hasattr(self, "gradient_features") else None
        model = type(self).__name__
        doors = {"value": value, "gradient": gradient}
        return Case(user, item, kinds, self.pieces_, **doors, model=model)


def kind_of(piece: str) -> str:
    """Return what a piece of evidence is: "bias", "feature" or "aspect".

    >>> kind_of("user bias"), kind_of("category"), kind_of("weight")
    ('bias', 'feature', 'aspect')
    """
    if piece in BIASES:
        return "bias"
    return "feature" if piece == CATEGORY else "aspect"


class LinearRecommender(PairRecommender):
    """The linear twin, stars = mu + w · x: a sum.

    So its true contributions are known, and explainers can be marked. `reg` is
    the ridge penalty. Learned: `coef_` (m,), stars per standard deviation of a
    feature.

    >>> from recx_lib.data.load import load_shop
    >>> nothing = pd.DataFrame()  # no profiles: biases and categories are left
    >>> model = LinearRecommender().fit(load_shop(), nothing, nothing)
    >>> model.case(0, 1).names
    ['user bias', 'item bias', 'category']
    """

    def __init__(
        self, features: PairFeatures | None = None, reg: float = 10.0
    ):
        self.features = features
        self.reg = reg

    def _check(self) -> None:
        check_positive(reg=self.reg)

    def _learn(self, X: np.ndarray, y: np.ndarray) -> None:
        self.coef_ = ridge(X, y, self.reg)

    def _f(self, X: np.ndarray) -> np.ndarray:
        return X @ self.coef_

    def gradient_features(self, X: np.ndarray) -> np.ndarray:
        """Return ∂ stars / ∂ features at each row of X, (n, m).

        The weights, wherever it is asked.
        """
        check_is_fitted(self)
        return np.tile(self.coef_, (len(X), 1))


class MLPRecommender(PairRecommender):
    """A neural network with one hidden layer on the features x of the pair.

    stars = mu + w · tanh(W x + b) + c. `hidden` units, `epochs` passes over
    the ratings in batches of `batch`, AdamW whose step rises to `lr` and falls
    again, `decay` its weight decay. The network computes in float64, so that
    explanations add up.
    """

    def __init__(
        self,
        features: PairFeatures | None = None,
        hidden: int = 32,
        epochs: int = 20,
        lr: float = 5e-3,
        decay: float = 1.0,
        batch: int = 256,
        seed: int = 0,
    ):
        self.features = features
        self.hidden = hidden
        self.epochs = epochs
        self.lr = lr
        self.decay = decay
        self.batch = batch
        self.seed = seed

    def _check(self) -> None:
        check_positive(lr=self.lr)
        check_whole(hidden=self.hidden, epochs=self.epochs, batch=self.batch)

    def _learn(self, X: np.ndarray, y: np.ndarray) -> None:
        X, y = torch.as_tensor(X), torch.as_tensor(y)
        # 1. random weights, and batches in random order, from our own seed
        batches = []
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(self.seed)
            inside = nn.Linear(X.shape[1], self.hidden)
            outside = nn.Linear(self.hidden, 1)
            for _ in range(self.epochs):
                batches += torch.randperm(len(X)).split(self.batch)
        self.net_ = nn.Sequential(inside, nn.Tanh(), outside).double()
        # 2. one step per batch
        weights, n_steps = self.net_.parameters(), len(batches)
        optimizer = torch.optim.AdamW(
            weights, self.lr, weight_decay=self.decay
        )
        schedule = torch.optim.lr_scheduler.OneCycleLR(
            optimizer, self.lr, total_steps=n_steps
        )
        for rows in batches:
            optimizer.zero_grad()
            error = self.net_(X[rows])[:, 0] - y[rows]
            torch.mean(error**2).backward()
            optimizer.step()
            schedule.step()

    def _f(self, X: np.ndarray) -> np.ndarray:
        with torch.no_grad():
            return self.net_(torch.as_tensor(X))[:, 0].numpy()

    def gradient_features(self, X: np.ndarray) -> np.ndarray:
        """Return ∂ stars / ∂ features at each row of X, (n, m).

        By automatic differentiation.
        """
        check_is_fitted(self)
        X = torch.tensor(np.asarray(X, dtype=float), requires_grad=True)
        return torch.autograd.grad(self.net_(X).sum(), X)[0].numpy()


class BoostedRecommender(PairRecommender):
    """Gradient-boosted trees on the same features.

    Accurate, piecewise constant, and without a gradient to ask for. `trees`
    trees of at most `leaves` leaves, each shrunk by `lr`; `reg` is the ridge
    penalty on the leaves' values.
    """

    def __init__(
        self,
        features: PairFeatures | None = None,
        trees: int = 300,
        leaves: int = 8,
        lr: float = 0.05,
        reg: float = 10.0,
        seed: int = 0,
    ):
        self.features = features
        self.trees = trees
        self.leaves = leaves
        self.lr = lr
        self.reg = reg
        self.seed = seed

    def _check(self) -> None:
        check_positive(lr=self.lr)
        check_whole(trees=self.trees)
        check_whole(2, leaves=self.leaves)

    def _learn(self, X: np.ndarray, y: np.ndarray) -> None:
        model = HistGradientBoostingRegressor(
            max_iter=self.trees,
            max_leaf_nodes=self.leaves,
            learning_rate=self.lr,
            l2_regularization=self.reg,
            random_state=self.seed,
        )
        self.model_ = model.fit(X, y)

    def _f(self, X: np.ndarray) -> np.ndarray:
        return self.model_.predict(X)
