"""The rating predictors that are compared: ours, and other projects' behind the same two methods, fit and predict.

The settings below were chosen by `python -m benchmarks.choose`, which sees a tenth of u1.base and no test part; ours
are the library's defaults, chosen in the same way.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from contextlib import redirect_stderr
from dataclasses import dataclass
from importlib.util import find_spec
from io import StringIO

import numpy as np
from scipy import sparse

from recx_lib.data import Reviews
from recx_lib.recommend import ALS, Baseline, BayesianMF, BiasedMF


@dataclass(frozen=True)
class System:
    """One line of the table: its name, what to build, the package it needs, and how often a fit is timed per split."""

    name: str
    setting: str
    build: Callable
    package: str = "numpy"
    repeats: int = 1

    @property
    def installed(self) -> bool:
        return find_spec(self.package) is not None


class Mean:
    """Predict the mean rating, whoever asks for whatever: the lowest floor."""

    def fit(self, train: Reviews) -> Mean:
        self.mu_ = train.rating.mean()
        return self

    def predict(self, user_idx, item_idx) -> np.ndarray:
        return np.full(len(user_idx), self.mu_)


class SurprisePeer:
    """Surprise's SVD, which is biased matrix factorization by SGD."""

    def __init__(self, n_factors=100, n_epochs=40, lr_all=0.01, reg_all=0.1):
        self.parameters = {"n_factors": n_factors, "n_epochs": n_epochs, "lr_all": lr_all, "reg_all": reg_all}

    def prepare(self, train: Reviews) -> None:
        import surprise

        table = {"user": train.user_idx, "item": train.item_idx, "rating": train.rating}
        reader = surprise.Reader(rating_scale=train.scale)
        self.data = surprise.Dataset.load_from_df(type(train.frame)(table), reader).build_full_trainset()
        self.model = surprise.SVD(random_state=0, **self.parameters)

    def fit(self, train: Reviews) -> SurprisePeer:
        self.model.fit(self.data)
        return self

    def predict(self, user_idx, item_idx) -> np.ndarray:
        return np.array([self.model.predict(u, i).est for u, i in zip(user_idx, item_idx, strict=True)])


class CornacPeer:
    """cornac's compiled MF, one thread."""

    def __init__(self, k=64, max_iter=40, learning_rate=0.01, lambda_reg=0.06):
        self.parameters = {"k": k, "max_iter": max_iter, "learning_rate": learning_rate, "lambda_reg": lambda_reg}

    def prepare(self, train: Reviews) -> None:
        import cornac

        triples = zip(train.user_idx.tolist(), train.item_idx.tolist(), train.rating.tolist(), strict=True)
        self.data = cornac.data.Dataset.from_uir(list(triples), seed=0)
        self.model = cornac.models.MF(num_threads=1, seed=0, **self.parameters)
        self.scale, self.mean = train.scale, train.rating.mean()

    def fit(self, train: Reviews) -> CornacPeer:
        self.model.fit(self.data)
        return self

    def predict(self, user_idx, item_idx) -> np.ndarray:
        pairs = zip(user_idx.tolist(), item_idx.tolist(), strict=True)
        return np.clip([self._score(u, i) for u, i in pairs], *self.scale)

    def _score(self, u: int, i: int) -> float:
        """Return mean + biases + p·q, leaving out what a user or an item without training rows has not got."""
        row, column, m = self.data.uid_map.get(u), self.data.iid_map.get(i), self.model
        score = self.mean
        score += 0 if row is None else m.u_biases[row]
        score += 0 if column is None else m.i_biases[column]
        return score if None in (row, column) else score + m.u_factors[row] @ m.i_factors[column]


class MyfmPeer:
    """myFM's Bayesian factorization machine on the one-hot user and item; with `rated`, also who rated what (SVD++)."""

    def __init__(self, rank=16, n_iter=200, rated=False):
        self.rank, self.n_iter, self.rated = rank, n_iter, rated

    def prepare(self, train: Reviews) -> None:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", message="pkg_resources is deprecated")
            import myfm
        self.myfm, self.scale, shape = myfm, train.scale, (train.n_users, train.n_items)
        table = sparse.csr_matrix((np.ones(len(train)), (train.user_idx, train.item_idx)), shape)
        self.sides = [self._block(t) for t in (table, table.T.tocsr())]
        self.model = myfm.MyFMRegressor(rank=self.rank, random_seed=0)

    def _block(self, rated: sparse.csr_matrix) -> sparse.csr_matrix:
        """Return one row per user: who it is and, with `rated`, the items rated, each 1 / √(their number)."""
        one_hot = sparse.identity(rated.shape[0], format="csr")
        per_row = np.maximum(np.asarray(rated.sum(axis=1)).ravel(), 1)
        return sparse.hstack([one_hot, sparse.diags(per_row**-0.5) @ rated], format="csr") if self.rated else one_hot

    def _relations(self, user_idx, item_idx) -> list:
        return [self.myfm.RelationBlock(idx, side) for idx, side in zip((user_idx, item_idx), self.sides, strict=True)]

    def fit(self, train: Reviews) -> MyfmPeer:
        groups = [width for side in self.sides for width in (side.shape[0], side.shape[1] - side.shape[0]) if width]
        X_rel = self._relations(train.user_idx, train.item_idx)
        kept = int(0.9 * self.n_iter)
        with redirect_stderr(StringIO()):  # its own progress bar
            self.model.fit(None, train.rating, X_rel, n_iter=self.n_iter, n_kept_samples=kept, group_shapes=groups)
        return self

    def predict(self, user_idx, item_idx) -> np.ndarray:
        return np.clip(self.model.predict(None, self._relations(user_idx, item_idx)), *self.scale)


def bayesian_without_features() -> BayesianMF:
    """Return the plain Bayesian MF: nothing but the ratings."""
    return BayesianMF(n_features=0, init_std=0.3)


SYSTEMS = (
    System("floor:mean", "", Mean),
    System("floor:baseline", "", Baseline),
    System("recx:biased-mf", "", BiasedMF, repeats=3),
    System("recx:als", "", ALS),
    System("recx:bayesian-mf", "ratings only", bayesian_without_features),
    System("recx:bayesian-mf", "who rated what", BayesianMF),
    System("peer:surprise-svd", "tuned", SurprisePeer, "surprise", 3),
    System("peer:cornac-mf", "tuned", CornacPeer, "cornac", 3),
    System("peer:myfm", "ratings only", MyfmPeer, "myfm"),
    System("peer:myfm", "who rated what", lambda: MyfmPeer(rated=True), "myfm"),
)
