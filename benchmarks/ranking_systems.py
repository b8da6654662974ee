"""The rankers that are compared, ours and other projects'.

All behind the same two methods, fit and score, each with the settings that it
may try.
"""

from __future__ import annotations

import itertools

import numpy as np
from scipy import sparse

from benchmarks.systems import System
from recx_lib.data import Reviews
from recx_lib.recommend import (
    EASE,
    ImplicitALS,
    Popularity,
    RecentEASE,
    places,
)


class ImplicitPeer:
    """The package implicit's ALS.

    With `half_life`, the confidences decay with age when a user's factors are
    solved.
    """

    def __init__(
        self, half_life: float | None = None, seed: int = 0, **parameters
    ):
        self.half_life, self.seed = half_life, seed
        self.parameters = parameters

    def fit(self, train: Reviews) -> ImplicitPeer:
        from implicit.als import AlternatingLeastSquares

        machine = {"num_threads": 1, "use_gpu": False}
        model = AlternatingLeastSquares(
            random_state=self.seed, **machine, **self.parameters
        )
        rated = interactions(train, np.ones(len(train)))
        model.fit(rated, show_progress=False)
        self.Q, self.P = model.item_factors, model.user_factors
        if self.half_life is not None:
            weight = 0.5 ** (places(train) / self.half_life)
            recent = interactions(train, weight)
            self.P = model.recalculate_user(np.arange(train.n_users), recent)
        return self

    def score(self, user_idx: np.ndarray) -> np.ndarray:
        return self.P[user_idx] @ self.Q.T


class CornacPeer:
    """A model of the package cornac, by name, trained on who rated what."""

    def __init__(self, model: str, seed: int = 0, **parameters):
        self.model, self.seed = model, seed
        self.parameters = parameters

    def fit(self, train: Reviews) -> CornacPeer:
        import cornac

        users, items = train.user_idx.tolist(), train.item_idx.tolist()
        rows = zip(users, items, itertools.repeat(1.0))
        data = cornac.data.Dataset.from_uir(list(rows))
        build = getattr(cornac.models, self.model)
        model = build(seed=self.seed, verbose=False, **self.parameters)
        self.fitted = model.fit(data)
        self.users = data.uid_map
        known = sorted(data.iid_map)
        self.known = np.array(known)
        self.columns = np.array([data.iid_map[item] for item in known])
        self.n_items = train.n_items
        return self

    def score(self, user_idx: np.ndarray) -> np.ndarray:
        # items without a training row come last
        scores = np.full((len(user_idx), self.n_items), -1e9)
        for n, user in enumerate(user_idx.tolist()):
            own = self.fitted.score(self.users[user])
            own = own.toarray() if sparse.issparse(own) else own
            scores[n, self.known] = np.asarray(own).ravel()[self.columns]
        return scores


def interactions(train: Reviews, weight: np.ndarray) -> sparse.csr_matrix:
    """Return the weights as a sparse (n_users, n_items)."""
    place, shape = (
        (train.user_idx, train.item_idx),
        (train.n_users, train.n_items),
    )
    return sparse.csr_matrix((weight, place), shape=shape)


def implicit_als(confidence: float, **parameters) -> ImplicitALS:
    """Return our implicit ALS, weighted as the peer's.

    Where a user rated, ours counts 1 + α, as its source does; the package
    counts its α itself. The peer makes 15 sweeps.
    """
    return ImplicitALS(alpha=confidence - 1, sweeps=15, **parameters)


def cornac_ease(**parameters) -> CornacPeer:
    return CornacPeer("EASE", **parameters)


def cornac_bpr(**parameters) -> CornacPeer:
    return CornacPeer("BPR", num_threads=1, max_iter=100, **parameters)


REGS = (30, 100, 200, 300, 500, 1000)
RECENT_EASE = {"reg": (20, 50, 100), "half_life": (3, 5, 8, 12)}
ALS = {"k": (64, 128), "confidence": (2, 5), "reg": (5, 15, 45)}
PEER_ALS = {
    "factors": ALS["k"],
    "alpha": ALS["confidence"],
    "regularization": ALS["reg"],
}
RECENT_ALS = {
    "factors": (64, 128),
    "alpha": (2, 5),
    "regularization": (15,),
    "half_life": (3, 5, 8),
}
BPR = {
    "k": (20, 50),
    "learning_rate": (0.01, 0.03, 0.1),
    "lambda_reg": (0.001, 0.01),
}
CORNAC_EASE = {"lamb": REGS, "posB": (False, True)}
PEER = "peer:implicit-als"
SYSTEMS = (
    System("floor:popularity", "", Popularity, {}),
    System("recx:ease", "", EASE, {"reg": REGS, "min_rating": (None, 4.0)}),
    System("recx:ease", "recency", RecentEASE, RECENT_EASE),
    System("recx:implicit-als", "", implicit_als, ALS, draws=True),
    System(PEER, "", ImplicitPeer, PEER_ALS, "implicit", True),
    System(PEER, "recency", ImplicitPeer, RECENT_ALS, "implicit", True),
    System("peer:cornac-ease", "", cornac_ease, CORNAC_EASE, "cornac"),
    System("peer:cornac-bpr", "", cornac_bpr, BPR, "cornac", True),
)
