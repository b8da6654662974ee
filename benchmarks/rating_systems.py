"""The rating predictors that are compared, ours and other projects'.

All behind the same two methods, fit and predict, each with the twelve settings
that it may try. Our defaults are no part of it: they are meant for any set
(benchmarks/defaults.py), and these settings for MovieLens.
"""

from __future__ import annotations

import warnings
from contextlib import redirect_stderr
from functools import partial
from io import StringIO

import numpy as np
from scipy import sparse

from benchmarks.systems import System
from recx_lib.data import Reviews
from recx_lib.recommend import ALS, Baseline, BayesianMF, BiasedMF, Chain


class Mean:
    """Predict the mean rating, whoever asks for whatever: the lowest floor."""

    def fit(self, train: Reviews) -> Mean:
        self.mu_ = train.rating.mean()
        return self

    def predict(self, user_idx, item_idx) -> np.ndarray:
        return np.full(len(user_idx), self.mu_)


class SurprisePeer:
    """Surprise's SVD, which is biased matrix factorization by SGD."""

    def __init__(
        self, n_factors=100, n_epochs=40, lr_all=0.01, reg_all=0.1, seed=0
    ):
        self.parameters = {
            "random_state": seed,
            "n_factors": n_factors,
            "n_epochs": n_epochs,
            "lr_all": lr_all,
            "reg_all": reg_all,
        }

    def prepare(self, train: Reviews) -> None:
        """Turn the table into Surprise's own."""
        import surprise

        table = type(train.frame)(
            {
                "user": train.user_idx,
                "item": train.item_idx,
                "rating": train.rating,
            }
        )
        reader = surprise.Reader(rating_scale=train.scale)
        data = surprise.Dataset.load_from_df(table, reader)
        self.data = data.build_full_trainset()
        self.model = surprise.SVD(**self.parameters)

    def fit(self, train: Reviews) -> SurprisePeer:
        self.model.fit(self.data)
        return self

    def predict(self, user_idx, item_idx) -> np.ndarray:
        pairs = zip(user_idx, item_idx, strict=True)
        return np.array([self.model.predict(u, i).est for u, i in pairs])


class CornacPeer:
    """cornac's compiled MF, one thread."""

    def __init__(
        self,
        k=64,
        max_iter=40,
        learning_rate=0.01,
        lambda_reg=0.06,
        seed=0,
    ):
        self.parameters = {
            "seed": seed,
            "k": k,
            "max_iter": max_iter,
            "learning_rate": learning_rate,
            "lambda_reg": lambda_reg,
        }

    def prepare(self, train: Reviews) -> None:
        """Turn the table into cornac's own."""
        import cornac

        columns = train.user_idx, train.item_idx, train.rating
        triples = zip(*(column.tolist() for column in columns), strict=True)
        self.data = cornac.data.Dataset.from_uir(list(triples), seed=0)
        self.model = cornac.models.MF(num_threads=1, **self.parameters)
        self.scale, self.mean = train.scale, train.rating.mean()

    def fit(self, train: Reviews) -> CornacPeer:
        self.model.fit(self.data)
        return self

    def predict(self, user_idx, item_idx) -> np.ndarray:
        pairs = zip(user_idx.tolist(), item_idx.tolist(), strict=True)
        return np.clip([self._score(u, i) for u, i in pairs], *self.scale)

    def _score(self, u: int, i: int) -> float:
        """Return mean + biases + p·q.

        Without what a user or an item without training rows has not got.
        """
        model = self.model
        row, column = self.data.uid_map.get(u), self.data.iid_map.get(i)
        score = self.mean
        if row is not None:
            score += model.u_biases[row]
        if column is not None:
            score += model.i_biases[column]
        if row is None or column is None:
            return score
        return score + model.u_factors[row] @ model.i_factors[column]


class MyfmPeer:
    """myFM's Bayesian factorization machine on the one-hot user and item.

    With `rated`, also on who rated what (SVD++).
    """

    def __init__(self, rank=8, n_iter=200, rated=False, seed=0):
        self.rank, self.n_iter, self.rated = rank, n_iter, rated
        self.seed = seed

    def prepare(self, train: Reviews) -> None:
        """Turn the table into a block of features for each side."""
        with warnings.catch_warnings():
            warnings.filterwarnings(
                "ignore", message="pkg_resources is deprecated"
            )
            import myfm
        self.myfm, self.scale = myfm, train.scale
        ones, place = np.ones(len(train)), (train.user_idx, train.item_idx)
        shape = train.n_users, train.n_items
        table = sparse.csr_matrix((ones, place), shape)
        self.sides = [self._block(table), self._block(table.T.tocsr())]
        self.model = myfm.MyFMRegressor(self.rank, random_seed=self.seed)

    def _block(self, rated: sparse.csr_matrix) -> sparse.csr_matrix:
        """Return one row per user: who it is.

        With `rated` also the items rated, each 1 / √(their number).
        """
        one_hot = sparse.identity(rated.shape[0], format="csr")
        if not self.rated:
            return one_hot
        per_row = np.maximum(np.asarray(rated.sum(axis=1)).ravel(), 1)
        shares = sparse.diags(per_row**-0.5) @ rated
        return sparse.hstack([one_hot, shares], format="csr")

    def _relations(self, user_idx, item_idx) -> list:
        both = zip((user_idx, item_idx), self.sides, strict=True)
        return [self.myfm.RelationBlock(idx, side) for idx, side in both]

    def fit(self, train: Reviews) -> MyfmPeer:
        groups = []
        for side in self.sides:
            n, width = side.shape
            groups += [n, width - n] if width > n else [n]
        settings = {
            "n_iter": self.n_iter,
            "n_kept_samples": int(0.9 * self.n_iter),
            "group_shapes": groups,
        }
        X_rel = self._relations(train.user_idx, train.item_idx)
        with redirect_stderr(StringIO()):  # its own progress bar
            self.model.fit(None, train.rating, X_rel, **settings)
        return self

    def predict(self, user_idx, item_idx) -> np.ndarray:
        stars = self.model.predict(None, self._relations(user_idx, item_idx))
        return np.clip(stars, *self.scale)


def bayes(sweeps: int, **parameters) -> BayesianMF:
    """Return our Bayesian model, told nothing but the ratings."""
    return BayesianMF(init_std=0.3, chain=Chain(sweeps=sweeps), **parameters)


MYFM_RATED = partial(MyfmPeer, rated=True)

RIDGE = (0.5, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0, 14.0, 20.0, 30.0)
SGD = {"lr": (0.02, 0.03), "reg": (0.06, 0.08, 0.1), "epochs": (30, 45)}
SWEEPS = {"k": (16, 32), "reg": (12.0, 14.0, 16.0), "reg_bias": (3.0, 5.0)}
SAMPLES = {"k": (4, 6, 8, 10, 12, 16), "sweeps": (60, 120)}
FEATURES = {"k": (8, 10), "n_features": (30, 50), "penalty": (1.0, 3.0, 10.0)}
SURPRISE = {"lr_all": (0.005, 0.01, 0.02), "reg_all": (0.06, 0.08, 0.1, 0.12)}
CORNAC = {
    "learning_rate": (0.005, 0.01, 0.02),
    "lambda_reg": (0.04, 0.06, 0.08, 0.1),
}
MYFM = {"rank": (4, 6, 8, 10, 12, 16), "n_iter": (100, 200)}

ONLY, RATED = "ratings only", "who rated what"
OURS = (
    System("floor:mean", "", Mean, {}),
    System("floor:baseline", "", Baseline, {"reg": RIDGE}),
    System("recx:biased-mf", "", BiasedMF, SGD, draws=True),
    System("recx:als", "", ALS, SWEEPS, draws=True),
    System("recx:bayesian-mf", ONLY, bayes, SAMPLES, draws=True),
    System("recx:bayesian-mf", RATED, BayesianMF, FEATURES, draws=True),
)
PEERS = (
    System("peer:surprise-svd", "", SurprisePeer, SURPRISE, "surprise", True),
    System("peer:cornac-mf", "", CornacPeer, CORNAC, "cornac", True),
    System("peer:myfm", ONLY, MyfmPeer, MYFM, "myfm", True),
    System("peer:myfm", RATED, MYFM_RATED, MYFM, "myfm", True),
)
SYSTEMS = OURS + PEERS
