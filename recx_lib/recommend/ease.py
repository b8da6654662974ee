"""Chapter 2: EASE, an item–item model in closed form, whose score is a sum
over one's own history.
"""

from __future__ import annotations

import numpy as np
from scipy import sparse
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted

from recx_lib.core.case import Case, sum_case
from recx_lib.core.checks import as_idx, check_positive
from recx_lib.core.errors import DataError
from recx_lib.core.evidence import Evidence, Explanation
from recx_lib.data.reviews import Reviews, check_train


def ease_weights(G: np.ndarray, reg: float) -> np.ndarray:
    """Return B (n_items, n_items): how much each item of a history adds to the
    score of each item.

    For G = XᵀX, X (n_users, n_items) with 1 where a user rated an item, B
    minimises ‖X − X B‖² + reg ‖B‖² with zeros on its diagonal, so that no item
    explains itself. Steck (2019), "Embarrassingly Shallow Autoencoders for
    Sparse Data", equation 8.

    >>> X = np.array([[1.0, 1.0], [1.0, 0.0]])
    >>> ease_weights(X.T @ X, reg=1.0).round(2).tolist()
    [[0.0, 0.33], [0.5, 0.0]]
    """
    P = np.linalg.inv(G + reg * np.eye(len(G)))
    B = -P / np.diag(P)  # column i divided by P[i, i]
    np.fill_diagonal(B, 0.0)
    return B


class EASE(BaseEstimator):
    """Score an item by a sum over the user's own history, one weight per pair
    of items (Steck, 2019).

    Every rated item counts as one interaction, whatever its stars;
    `min_rating` keeps only ratings of at least so many stars. `reg` is the
    paper's λ. Learned: `B_` (n_items, n_items), where B_[j, i] is what having
    j in the history adds to the score of i; `W_`, a sparse (n_users, n_items):
    what each item of a user's history counts, here 1.

    >>> from recx_lib.data.load import load_shop
    >>> model = EASE().fit(load_shop())
    >>> bool(np.isclose(model.explain(0, 1).total, model.score(0)[1]))
    True
    """

    def __init__(self, reg: float = 300.0, min_rating: float | None = None):
        self.reg, self.min_rating = reg, min_rating

    def fit(self, train: Reviews) -> EASE:
        """Learn `B_` in closed form; raise DataError on an unusable table or a
        parameter that is not positive.
        """
        check_positive(reg=self.reg)
        check_train(train)
        self.users_, self.items_ = train.users, train.items
        rows = (
            train
            if self.min_rating is None
            else train.subset(train.rating >= self.min_rating)
        )
        self.W_, G = self._count(rows)
        self.B_ = ease_weights(G, self.reg)
        return self

    def _count(self, rows: Reviews) -> tuple[sparse.csr_array, np.ndarray]:
        """Return the histories (n_users, n_items) and how many users have both
        of two items (n_items, n_items).
        """
        X = sparse.csr_array(
            (np.ones(len(rows)), (rows.user_idx, rows.item_idx)),
            shape=(rows.n_users, rows.n_items),
        )
        return X, (X.T @ X).toarray()

    def score(self, user_idx) -> np.ndarray:
        """Return all items' scores: (n_items,) for one user, (B, n_items) for
        an array; zeros for an empty history.
        """
        check_is_fitted(self)
        user_idx = as_idx(user_idx, len(self.users_), "user")
        scores = self.W_[np.atleast_1d(user_idx)] @ self.B_
        return scores if user_idx.ndim else scores[0]

    def history(self, user_idx: int) -> tuple[np.ndarray, np.ndarray]:
        """Return one user's item indices and what each counts, both
        (n_history,); empty without training rows.
        """
        check_is_fitted(self)
        user_idx = int(as_idx(user_idx, len(self.users_), "user"))
        start, end = self.W_.indptr[user_idx : user_idx + 2]
        return self.W_.indices[start:end], self.W_.data[start:end]

    def score_history(self, history, weight=None) -> np.ndarray:
        """Return the scores (n_items,) of anyone with these item indices: drop
        one to see what it was worth.

        `weight` is what each item of the history counts (default: 1). Zeros
        for an empty history.
        """
        history = as_idx(history, len(self.items_), "item")
        return (np.ones(len(history)) if weight is None else weight) @ self.B_[
            history
        ]

    def score_without(self, user_idx: int, item_idx: int, removed) -> float:
        """Return the score of one item after the items `removed` are taken out
        of the user's history.

        The other items keep their weights. Raise DataError when one of
        `removed` is not in the history.
        """
        history, weight = self.history(user_idx)
        item_idx, removed = (
            as_idx(i, len(self.items_), "item") for i in (item_idx, removed)
        )
        strangers = np.setdiff1d(removed, history)
        if strangers.size:
            raise DataError(
                f"items {strangers.tolist()} are not in user {user_idx}'s history: remove only what is there"
            )
        keep = ~np.isin(history, removed)
        return float(self.score_history(history[keep], weight[keep])[item_idx])

    def explain(self, user_idx: int, item_idx: int) -> Explanation:
        """Return the exact explanation: one Evidence("item", raw id, weight)
        per item of the history.

        The weights sum to the score. Raise DataError when the history is
        empty.
        """
        history, weight = self.history(user_idx)
        user, item = (
            self.users_.raw[user_idx],
            self.items_.raw[as_idx(item_idx, len(self.items_), "item")],
        )
        if len(history) == 0:
            raise DataError(
                f"user {user!r} has an empty history: recommend by popularity, or gather a rating first"
            )
        worth = (
            weight * self.B_[history, item_idx]
        )  # (n_history,), its sum is the score
        strongest = np.argsort(-np.abs(worth), kind="stable")
        evidence = tuple(
            Evidence("item", self.items_.raw[history[n]], float(worth[n]))
            for n in strongest
        )
        return Explanation(user, item, "EASE", evidence)

    def case(self, user_idx: int, item_idx: int) -> Case:
        """Return the case of one score: the items of the history, each worth
        `B_`; raise as `explain` does.
        """
        exact = self.explain(user_idx, item_idx)
        kinds, names, worth = zip(
            *sorted(exact.evidence, key=lambda e: e.name), strict=True
        )  # no order to learn from
        return sum_case(
            exact.user,
            exact.item,
            kinds,
            names,
            worth,
            model=type(self).__name__,
        )
