"""Chapter 21: models of Surprise and cornac, which learn from stars."""

from __future__ import annotations

import numpy as np

from recx_lib.audit.folding import NOTE, FoldedIn, item_case
from recx_lib.audit.of_library import OfLibrary
from recx_lib.core.case import Case
from recx_lib.data.reviews import Reviews


class SurpriseModel(OfLibrary):
    """An algorithm of Surprise: item neighbours, factors, or anything else.

    Item-based neighbours are asked about shortened histories as they are,
    factors through `FoldedIn`. Others have no door.
    """

    in_stars = True

    def fit(self, train: Reviews) -> SurpriseModel:
        """Learn from the stars."""
        from surprise import Dataset, Reader

        self.train = train
        rows = train.frame[["user", "item", "rating"]]
        reader = Reader(rating_scale=train.scale)
        data = Dataset.load_from_df(rows, reader)
        self.model.fit(data.build_full_trainset())
        return self

    def ready(self) -> None:
        """Find out which doors the fitted algorithm has."""
        if hasattr(self.model, "qi"):
            self.note = NOTE
        has_neighbours = hasattr(self.model, "sim")
        if not (hasattr(self.model, "qi") or self._by_items()):
            self.case = None
            what = "users are its neighbours" if has_neighbours else "no door"
            self.note = f"{what}: nothing can be taken away from a history"

    def _by_items(self) -> bool:
        options = getattr(self.model, "sim_options", {})
        is_by_users = options.get("user_based", True)
        return hasattr(self.model, "sim") and not is_by_users

    def score(self, user: str) -> np.ndarray:
        """Return all items' predicted stars (n_items,)."""
        found = []
        for item in self.train.items.raw:
            found.append(self.model.predict(user, item, clip=False).est)
        return np.array(found)

    def case(self, user: str, item: str) -> Case:
        """Return the case of one prediction."""
        # a model that asks no neighbours gets a stand-in
        if not self._by_items():
            return self.folded(self._fold(), user, item)
        items, ratings = self.own(user)
        inner = self.model.trainset.to_inner_iid
        names = [self.train.items.raw[i] for i in items]
        pairs = [
            (inner(name), rating)
            for name, rating in zip(names, ratings, strict=True)
        ]

        def value(present: np.ndarray) -> np.ndarray:
            found = []
            for there in present > 0.5:
                kept = [pairs[n] for n in np.flatnonzero(there)]
                found.append(self._with(user, item, kept))
            return np.array(found)

        return item_case(user, item, names, value)

    def _with(self, user: str, item: str, history: list) -> float:
        """Return the prediction as if the user had this history."""
        rows, u = (
            self.model.trainset.ur,
            self.model.trainset.to_inner_uid(user),
        )
        kept = rows[u]
        try:
            rows[u] = history
            return self.model.predict(user, item, clip=False).est
        finally:
            rows[u] = kept

    def _fold(self) -> FoldedIn:
        """Return the factors of SVD and its like, in the order of our ids."""
        algo, raw = self.model, self.train.items.raw
        knows = algo.trainset._raw2inner_id_items
        rows = [knows.get(item, -1) for item in raw]
        known = np.array(rows) >= 0
        Q = np.where(known[:, None], algo.qi[rows], 0.0)
        bias = getattr(algo, "bi", np.zeros(len(algo.qi)))
        b = np.where(known, bias[rows], 0.0)
        mu = algo.trainset.global_mean
        # one more factor, always 1: the user's own bias
        Q = np.column_stack([Q, np.ones(len(Q))])
        reg = float(getattr(algo, "reg_pu", 0.02))
        return FoldedIn(Q, b, mu, reg, per_rating=True)


class CornacModel(OfLibrary):
    """A model of cornac: item weights (EASE), factors, or anything else."""

    def fit(self, train: Reviews) -> CornacModel:
        """Learn from the stars, as cornac's own experiments do."""
        from cornac.data import Dataset

        self.train = train
        rows = train.frame[["user", "item", "rating"]]
        triples = list(rows.itertuples(index=False, name=None))
        self.model.fit(Dataset.from_uir(triples, seed=0))
        return self

    def ready(self) -> None:
        """Find out which doors the fitted model has."""
        if hasattr(self.model, "i_factors"):
            self.note, self.fold = NOTE, self._fold()
        elif getattr(self.model, "B", None) is None:
            self.case = None
            self.note = "no item weights and no item factors to ask"

    def _ours(self, values: np.ndarray, missing: float) -> np.ndarray:
        """Return values by cornac's items in the order of our ids."""
        at = [self.model.iid_map.get(i, -1) for i in self.train.items.raw]
        known = np.array(at) >= 0
        shape = (-1,) + (1,) * (values.ndim - 1)
        return np.where(known.reshape(shape), values[at], missing)

    def score(self, user: str) -> np.ndarray:
        """Return all items' scores (n_items,), NaN for those unknown."""
        found = self.model.score(self.model.uid_map[user])
        return self._ours(np.ravel(np.asarray(found)), np.nan)

    def case(self, user: str, item: str) -> Case:
        """Return a sum over the history, or factors solved anew."""
        items, ratings = self.own(user)
        if getattr(self.model, "B", None) is not None:
            known = self.model.iid_map
            at = [known[self.train.items.raw[i]] for i in items]
            weights = ratings * self.model.B[at, known[item]]
            return self.linear(weights, user, item)
        return self.folded(self.fold, user, item)

    def _fold(self) -> FoldedIn:
        """Return the item factors in the order of our ids."""
        Q = self._ours(np.asarray(self.model.i_factors), 0.0)
        b = self._ours(np.ravel(self.model.i_biases), 0.0)
        mu = getattr(self.model, "global_mean", 0.0)
        if not hasattr(self.model, "u_biases"):  # learned from order alone
            return self.closest(Q, b)
        # one more factor, always 1: the user's own bias
        Q, reg = np.column_stack([Q, np.ones(len(Q))]), self.model.lambda_reg
        return FoldedIn(Q, b, mu, reg, per_rating=True)
