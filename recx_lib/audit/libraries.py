"""Chapter 21: models of implicit, Surprise, cornac, LensKit and LightFM.

Each class learns from a table of ours, answers for raw ids, and opens a case
where the model can be asked about a shortened history. None of these packages
is needed to import this module.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy import sparse

from recx_lib.audit.folding import NOTE, item_case
from recx_lib.audit.libraries_rated import CornacModel, SurpriseModel
from recx_lib.audit.of_library import OfLibrary
from recx_lib.core.case import Case
from recx_lib.data.reviews import Reviews


class ImplicitModel(OfLibrary):
    """A model of implicit: factors (ALS, BPR), or item by item (KNN)."""

    def fit(self, train: Reviews) -> ImplicitModel:
        """Learn from presence, 1 for every row."""
        self.train = train
        self.model.fit(self.matrix(), show_progress=False)
        return self

    def ready(self) -> None:
        """Find the stand-in, where the model cannot solve for a user."""
        if hasattr(self.model, "similarity") or self._solves():
            return
        Q = np.asarray(self.model.item_factors, dtype=float)
        self.note, self.fold = NOTE, self.closest(Q, np.zeros(len(Q)))

    def _solves(self) -> bool:
        try:
            self.model.recalculate_user(0, self.matrix()[[0]])
        except NotImplementedError:
            return False
        return True

    def score(self, user: str) -> np.ndarray:
        """Return all items' scores (n_items,)."""
        u = self.train.users.idx(user)
        if hasattr(self.model, "similarity"):
            similarity = self._similarity()
            row = self.matrix()[[u]]
            return np.asarray((row @ similarity).todense()).ravel()
        return self.model.item_factors @ self.model.user_factors[u]

    def case(self, user: str, item: str) -> Case:
        """Return a sum (KNN), the model's own `recalculate_user` (ALS), or a
        stand-in (BPR).
        """
        # 1. A stand-in; 2. a sum over neighbours; 3. ALS, solved anew.
        if self.note:
            return self.folded(self.fold, user, item)
        items, _ = self.own(user)
        at = self.train.items.idx(item)
        if hasattr(self.model, "similarity"):
            column = self._similarity()[:, [at]].toarray()[:, 0]
            return self.linear(column[items], user, item)
        names = [self.train.items.raw[i] for i in items]
        shape = (1, self.train.n_items)

        # without a piece, the user's factors are those of the rest
        def value(present: np.ndarray) -> np.ndarray:
            found = np.zeros(len(present))
            for row, there in enumerate(present > 0.5):
                place = np.zeros(there.sum(), dtype=int), items[there]
                ones = np.ones(there.sum(), dtype=np.float32)
                own = sparse.csr_matrix((ones, place), shape=shape)
                p = self.model.recalculate_user(0, own)
                found[row] = np.ravel(p) @ self.model.item_factors[at]
            return found

        return item_case(user, item, names, value)

    def _similarity(self) -> sparse.csr_matrix:
        return sparse.csr_matrix(self.model.similarity)


class LightFMModel(OfLibrary):
    """A model of LightFM, without features: factors solved anew."""

    note = NOTE

    def fit(self, train: Reviews) -> LightFMModel:
        """Learn from presence."""
        self.train = train
        self.model.fit(self.matrix().tocoo(), epochs=20)
        return self

    def score(self, user: str) -> np.ndarray:
        """Return all items' scores (n_items,)."""
        u = int(self.train.users.idx(user))
        return self.model.predict(u, np.arange(self.train.n_items))

    def ready(self) -> None:
        """Find the stand-in for its user factors."""
        b, Q = self.model.get_item_representations()
        self.fold = self.closest(np.asarray(Q, float), np.asarray(b, float))

    def case(self, user: str, item: str) -> Case:
        """Return the case of its item factors."""
        return self.folded(self.fold, user, item)


class LensKitModel(OfLibrary):
    """A scorer of LensKit, which is asked about histories as they are."""

    def fit(self, train: Reviews) -> LensKitModel:
        """Learn from the stars."""
        from lenskit.data import from_interactions_df
        from lenskit.pipeline import topn_pipeline

        self.train = train
        rows = train.frame[["user", "item", "rating"]]
        names = {"user": "user_id", "item": "item_id"}
        rows = rows.rename(columns=names).astype({"rating": float})
        as_objects = {"user_id": object, "item_id": object}
        data = from_interactions_df(rows.astype(as_objects))
        if not hasattr(self.model, "run"):  # a scorer, no pipeline yet
            self.model = topn_pipeline(self.model)
        self.model.train(data)
        return self

    def score(self, user: str) -> np.ndarray:
        """Return all items' scores (n_items,)."""
        items, ratings = self.own(user)
        names = [self.train.items.raw[i] for i in items]
        return self.score_history(names, ratings)

    def score_history(self, items, ratings) -> np.ndarray:
        """Return all items' scores for anyone with this history."""
        from lenskit.data import ItemList, RecQuery

        own = ItemList(item_ids=list(items), rating=np.asarray(ratings))
        query = RecQuery(history_items=own)
        asked = ItemList(item_ids=self.train.items.raw)
        found = self.model.run("scorer", query=query, items=asked)
        score = pd.Series(found.scores(), index=found.ids())
        return score.reindex(self.train.items.raw).to_numpy()


MAKERS = {
    "implicit": ImplicitModel,
    "surprise": SurpriseModel,
    "cornac": CornacModel,
    "lenskit": LensKitModel,
    "lightfm": LightFMModel,
}


def of_library(model, train: Reviews) -> OfLibrary | None:
    """Return a model of one of those packages wrapped; None for others.

    >>> of_library(object(), None) is None
    True
    """
    for base in type(model).__mro__:
        package = base.__module__.partition(".")[0]
        if package in MAKERS:
            return MAKERS[package](model, train)
    return None
