"""Chapter 7: recommenders worth opening: linear, neural and boosted, all on
the same named features.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import torch
from sklearn.base import BaseEstimator, clone
from sklearn.ensemble import HistGradientBoostingRegressor
from sklearn.utils.validation import check_is_fitted

from recx_lib.core.case import Case
from recx_lib.core.checks import as_idx, check_positive, check_whole
from recx_lib.core.errors import DataError
from recx_lib.data.reviews import Reviews, check_train
from recx_lib.recommend.linear import ridge
from recx_lib.recommend.pair_features import CATEGORY, MEANS, PairFeatures


class PairRecommender(BaseEstimator):
    """What the three share: stars = mu + f(features of the pair). A subclass
    learns f (`_learn`) and asks it (`_f`).

    `features` is a `PairFeatures` (default: `PairFeatures()`); it is copied,
    not changed. Learned: `features_`, `mu_`, `pieces_` (the pieces of evidence
    that a case may cite).
    """

    def fit(
        self,
        train: Reviews,
        user_profile: pd.DataFrame,
        item_profile: pd.DataFrame,
    ) -> PairRecommender:
        """Learn from `train` and profiles of its mentions; arguments and
        errors as in `LinearProfile.fit`.
        """
        self._check()
        check_train(train)
        self.features_ = (
            PairFeatures() if self.features is None else clone(self.features)
        )
        X = self.features_.fit_transform(train, user_profile, item_profile)
        self.users_, self.items_, self.bounds_ = (
            train.users,
            train.items,
            train.scale,
        )
        self.mu_ = float(train.rating.mean())
        self.pieces_ = list(dict.fromkeys(self.features_.owner_))
        self._learn(X, train.rating - self.mu_)
        return self

    def predict_features(self, X: np.ndarray) -> np.ndarray:
        """Return un-clipped stars (n,) for standardised features X (n, m);
        raise DataError on another m or a NaN.
        """
        check_is_fitted(self)
        X, m = np.asarray(X, dtype=float), len(self.features_.names_)
        if X.ndim != 2 or X.shape[1] != m or not np.isfinite(X).all():
            raise DataError(
                f"features of shape {X.shape}: the model needs (n, {m}) finite numbers, see `transform`"
            )
        return self.mu_ + self._f(X)

    def predict(self, user_idx, item_idx) -> np.ndarray:
        """Return predicted stars (n,), clipped to the scale; raise DataError
        for raw ids or indices out of range.
        """
        check_is_fitted(self)
        return np.clip(
            self.predict_features(
                self.features_.transform(user_idx, item_idx)
            ),
            *self.bounds_,
        )

    def score(self, user_idx) -> np.ndarray:
        """Return un-clipped stars for all items: (n_items,) for one user, (B,
        n_items) for an array of B.
        """
        check_is_fitted(self)
        user_idx = as_idx(user_idx, len(self.users_), "user")
        everything = np.arange(len(self.items_))
        rows = [
            self.predict_features(self.features_.transform(u, everything))
            for u in np.atleast_1d(user_idx)
        ]
        return (
            np.array(rows).reshape(-1, len(everything))
            if user_idx.ndim
            else rows[0]
        )

    def case(self, user_idx: int, item_idx: int) -> Case:
        """Return the case of one un-clipped score: a piece taken away has all
        its features at their training mean.

        Pieces: the aspects, the two means ("bias") and the category
        ("feature"). Raise DataError as `predict` does.
        """
        check_is_fitted(self)
        x = self.features_.transform(user_idx, item_idx)[0]  # (m,)
        owns = np.array(
            [
                [owner == piece for owner in self.features_.owner_]
                for piece in self.pieces_
            ],
            float,
        )
        kinds = [
            "bias" if p in MEANS else "feature" if p == CATEGORY else "aspect"
            for p in self.pieces_
        ]
        user, item = (
            self.users_.raw[int(user_idx)],
            self.items_.raw[int(item_idx)],
        )
        value = lambda present: self.predict_features(x * (present @ owns))  # noqa: E731
        slope = lambda present: (
            (x * self.gradient_features(x * (present @ owns))) @ owns.T
        )  # noqa: E731
        gradient = slope if hasattr(self, "gradient_features") else None
        return Case(
            user,
            item,
            kinds,
            self.pieces_,
            value,
            gradient,
            model=type(self).__name__,
        )


class LinearRecommender(PairRecommender):
    """The linear twin, stars = mu + w · x: a sum, so its true contributions
    are known and explainers can be marked.

    `reg` is the ridge penalty. Learned: `coef_` (m,), stars per standard
    deviation of a feature.

    >>> from recx_lib.data.load import load_shop
    >>> model = LinearRecommender().fit(load_shop(), pd.DataFrame(), pd.DataFrame())  # no profiles: means, categories
    >>> model.case(0, 1).names
    ['user mean', 'item mean', 'category']
    """

    def __init__(
        self, features: PairFeatures | None = None, reg: float = 10.0
    ):
        self.features, self.reg = features, reg

    def _check(self) -> None:
        check_positive(reg=self.reg)

    def _learn(self, X: np.ndarray, y: np.ndarray) -> None:
        self.coef_ = ridge(X, y, self.reg)

    def _f(self, X: np.ndarray) -> np.ndarray:
        return X @ self.coef_

    def gradient_features(self, X: np.ndarray) -> np.ndarray:
        """Return ∂ stars / ∂ features at each row of X, (n, m): the weights,
        wherever it is asked.
        """
        check_is_fitted(self)
        return np.tile(self.coef_, (len(X), 1))


class MLPRecommender(PairRecommender):
    """A neural network with one hidden layer: stars = mu + w · tanh(W x + b) +
    c, x the features of the pair.

    `hidden` units, `epochs` passes over the ratings in batches of `batch`,
    AdamW whose step rises to `lr` and falls again, `decay` its weight decay.
    The network computes in float64, so that explanations add up.
    """

    def __init__(self, features: PairFeatures | None = None, hidden: int = 32, epochs: int = 20, lr: float = 5e-3,
                 decay: float = 1.0, batch: int = 256, seed: int = 0):  # fmt: skip
        self.features, self.hidden, self.epochs, self.lr = (
            features,
            hidden,
            epochs,
            lr,
        )
        self.decay, self.batch, self.seed = decay, batch, seed

    def _check(self) -> None:
        check_positive(lr=self.lr)
        check_whole(hidden=self.hidden, epochs=self.epochs, batch=self.batch)

    def _learn(self, X: np.ndarray, y: np.ndarray) -> None:
        X, y = torch.as_tensor(X), torch.as_tensor(y)
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(self.seed)
            layers = (
                torch.nn.Linear(X.shape[1], self.hidden),
                torch.nn.Tanh(),
                torch.nn.Linear(self.hidden, 1),
            )
            self.net_ = torch.nn.Sequential(*layers).double()
            batches = [
                rows
                for _ in range(self.epochs)
                for rows in torch.randperm(len(X)).split(self.batch)
            ]
        optimizer = torch.optim.AdamW(
            self.net_.parameters(), lr=self.lr, weight_decay=self.decay
        )
        schedule = torch.optim.lr_scheduler.OneCycleLR(
            optimizer, self.lr, total_steps=len(batches)
        )
        for rows in batches:
            optimizer.zero_grad()
            torch.mean((self.net_(X[rows])[:, 0] - y[rows]) ** 2).backward()
            optimizer.step()
            schedule.step()

    def _f(self, X: np.ndarray) -> np.ndarray:
        with torch.no_grad():
            return self.net_(torch.as_tensor(X))[:, 0].numpy()

    def gradient_features(self, X: np.ndarray) -> np.ndarray:
        """Return ∂ stars / ∂ features at each row of X, (n, m), by automatic
        differentiation.
        """
        check_is_fitted(self)
        X = torch.tensor(np.asarray(X, dtype=float), requires_grad=True)
        return torch.autograd.grad(self.net_(X).sum(), X)[0].numpy()


class BoostedRecommender(PairRecommender):
    """Gradient-boosted trees on the same features: accurate, piecewise
    constant, and without a gradient to ask for.

    `trees` trees of at most `leaves` leaves, each shrunk by `lr`; `reg` is the
    ridge penalty on the leaves' values.
    """

    def __init__(self, features: PairFeatures | None = None, trees: int = 300, leaves: int = 8, lr: float = 0.05,
                 reg: float = 10.0, seed: int = 0):  # fmt: skip
        self.features, self.trees, self.leaves, self.lr = (
            features,
            trees,
            leaves,
            lr,
        )
        self.reg, self.seed = reg, seed

    def _check(self) -> None:
        check_positive(lr=self.lr)
        check_whole(trees=self.trees)
        check_whole(2, leaves=self.leaves)

    def _learn(self, X: np.ndarray, y: np.ndarray) -> None:
        settings = {
            "max_iter": self.trees,
            "max_leaf_nodes": self.leaves,
            "learning_rate": self.lr,
        }
        model = HistGradientBoostingRegressor(
            **settings, l2_regularization=self.reg, random_state=self.seed
        )
        self.model_ = model.fit(X, y)

    def _f(self, X: np.ndarray) -> np.ndarray:
        return self.model_.predict(X)
