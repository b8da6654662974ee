"""Chapter 21: what the adapters of other packages' models share."""

from __future__ import annotations

from itertools import product

import numpy as np
from scipy import sparse

from recx_lib.audit.folding import FoldedIn, item_case
from recx_lib.core.case import Case
from recx_lib.data.reviews import Reviews

ASKED = 20  # users
REGS, ABSENT = (0.001, 0.01, 0.1, 1.0), (0.0, 0.001, 0.01, 0.1)


class OfLibrary:
    """What the adapters share: a model, its name, and the table it knows."""

    in_stars = False
    note = ""

    def __init__(self, model, train: Reviews | None = None):
        self.model, self.train = model, train
        self.name = str(getattr(model, "name", None) or type(model).__name__)

    def ready(self) -> None:
        """Find out which doors the fitted model has."""

    def own(self, user: str) -> tuple[np.ndarray, np.ndarray]:
        """Return a user's item indices, ascending, and their ratings."""
        rows = self.train.user_idx == self.train.users.idx(user)
        items, ratings = self.train.item_idx[rows], self.train.rating[rows]
        order = np.argsort(items)
        return items[order], ratings[order]

    def matrix(self) -> sparse.csr_matrix:
        """Return the users' rows, 1 where there is a rating."""
        place = self.train.user_idx, self.train.item_idx
        shape = self.train.n_users, self.train.n_items
        ones = np.ones(len(self.train), dtype=np.float32)
        return sparse.csr_matrix((ones, place), shape=shape)

    def linear(self, weights: np.ndarray, user: str, item: str) -> Case:
        """Return the case of a score that is a sum over the history.

        `weights` (h,) are what each item of the history adds.
        """
        names = [self.train.items.raw[i] for i in self.own(user)[0]]
        return item_case(
            user,
            item,
            names,
            lambda present: present @ weights,
            lambda present: np.broadcast_to(weights, present.shape).copy(),
        )

    def closest(self, Q: np.ndarray, b: np.ndarray) -> FoldedIn:
        """Return the fold of item factors and biases that is most like the
        trained model, on `ASKED` users: the penalty, and how much an absent
        item counts, are whatever its training made of them.
        """
        # users spread over the table, always the same
        users = np.unique(self.train.user_idx)
        step = max(len(users) // ASKED, 1)
        asked = [self.train.users.raw[u] for u in users[::step][:ASKED]]
        best, at = None, -np.inf
        # the setting whose answers are most like the model's own
        for reg, absent in product(REGS, ABSENT):
            fold = FoldedIn(Q, b, reg=reg, absent=absent)
            found = [self._alike(fold, user) for user in asked]
            if np.mean(found) > at:
                best, at = fold, np.mean(found)
        return best

    def _alike(self, fold: FoldedIn, user: str) -> float:
        """Return the correlation of a user's scores, solved and trained."""
        anew = fold.score(*self.own(user))
        trained = np.asarray(self.score(user), dtype=float)
        known = np.isfinite(trained)
        return float(np.corrcoef(anew[known], trained[known])[0, 1])

    def folded(self, fold: FoldedIn, user: str, item: str) -> Case:
        """Return the case of a factor model, its user solved anew."""
        items, ratings = self.own(user)
        names = [self.train.items.raw[i] for i in items]
        at = self.train.items.idx(item)
        value = fold.value_of(at, items, ratings)
        return item_case(user, item, names, value)
