"""Chapter 2: EASE, a score that is a sum over one's own history."""

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
    """Return B (n_items, n_items): what each item adds to each item's score.

    For G = XᵀX, X (n_users, n_items) with 1 where a user rated an item, B
    minimises ‖X − X B‖² + reg ‖B‖² with zeros on its diagonal, so that no item
    explains itself. Steck (2019), "Embarrassingly Shallow Autoencoders for
    Sparse Data", equation 8.

    >>> X = np.array([[1.0, 1.0], [1.0, 0.0]])
    >>> ease_weights(X.T @ X, reg=1.0).round(2).tolist()
    [[0.0, 0.33], [0.5, 0.0]]
    """
    P = np.linalg.inv(G + reg * np.eye(len(G)))  # (n_items, n_items)
    B = -P / np.diag(P)  # column i divided by P[i, i]
    np.fill_diagonal(B, 0.0)
    return B


class EASE(BaseEstimator):
    """Score an item by a sum over the user's history (Steck, 2019).

    One weight per pair of items, learned in closed form. Every rated item
    counts as one interaction, whatever its stars; `min_rating` keeps only
    ratings of at least so many stars. `reg` is the paper's λ. Learned: `B_`
    (n_items, n_items), where B_[j, i] is what having j in the history adds to
    the score of i; `W_`, a sparse (n_users, n_items): what each item of a
    user's history counts, here 1.

    >>> from recx_lib.data.load import load_shop
    >>> model = EASE().fit(load_shop())
    >>> bool(np.isclose(model.explain(0, 1).total, model.score(0)[1]))
    True
    """

    def __init__(self, reg: float = 300.0, min_rating: float | None = None):
        self.reg, self.min_rating = reg, min_rating

    def fit(self, train: Reviews) -> EASE:
        """Learn `B_` in closed form.

        Raise DataError on an unusable table or a parameter that is not
        positive.
        """
        check_positive(reg=self.reg)
        check_train(train)
        self.users_, self.items_ = train.users, train.items
        # only what was liked counts, where a least rating is given
        rows = train
        if self.min_rating is not None:
            rows = train.subset(train.rating >= self.min_rating)
        # who has what, and how often two things go together
        self.W_, G = self._count(rows)
        self.B_ = ease_weights(G, self.reg)
        return self

    def _count(self, rows: Reviews) -> tuple[sparse.csr_array, np.ndarray]:
        """Return the histories, and how many users have both of two items.

        Of shapes (n_users, n_items) and (n_items, n_items).
        """
        place = rows.user_idx, rows.item_idx
        shape = rows.n_users, rows.n_items
        X = sparse.csr_array((np.ones(len(rows)), place), shape=shape)
        return X, (X.T @ X).toarray()

    def score(self, user_idx) -> np.ndarray:
        """Return all items' scores; zeros for an empty history.

        (n_items,) for one user, (B, n_items) for an array of B users.
        """
        check_is_fitted(self)
        user_idx = as_idx(user_idx, len(self.users_), "user")
        scores = self.W_[np.atleast_1d(user_idx)] @ self.B_  # (B, n_items)
        return scores if user_idx.ndim else scores[0]

    def history(self, user_idx: int) -> tuple[np.ndarray, np.ndarray]:
        """Return one user's item indices and what each counts.

        Both are (n_history,), empty for a user without training rows.
        """
        check_is_fitted(self)
        user_idx = int(as_idx(user_idx, len(self.users_), "user"))
        start, end = self.W_.indptr[user_idx : user_idx + 2]
        own = slice(start, end)
        return self.W_.indices[own], self.W_.data[own]

    def score_history(self, history, weight=None) -> np.ndarray:
        """Return the scores (n_items,) of anyone with these item indices.

        Drop one to see what it was worth. `weight` is what each item of the
        history counts (default: 1). Zeros for an empty history.
        """
        history = as_idx(history, len(self.items_), "item")
        weight = np.ones(len(history)) if weight is None else weight
        return weight @ self.B_[history]

    def score_without(self, user_idx: int, item_idx: int, removed) -> float:
        """Return one item's score without some items of the user's history.

        The others keep their weights. Raise DataError when one of `removed`
        is not in the history.
        """
        history, weight = self.history(user_idx)
        item_idx = as_idx(item_idx, len(self.items_), "item")
        removed = as_idx(removed, len(self.items_), "item")
        # removing what is not there would look like "no effect"
        strangers = np.setdiff1d(removed, history)
        if strangers.size:
            problem = f"items {strangers.tolist()} are not in user {user_idx}"
            raise DataError(f"{problem}'s history: remove only what is there")
        # the model stays as it is, the history loses a part
        keep = ~np.isin(history, removed)
        scores = self.score_history(history[keep], weight[keep])
        return float(scores[item_idx])

    def explain(self, user_idx: int, item_idx: int) -> Explanation:
        """Return the exact explanation: what each item of the history adds.

        One Evidence("item", raw id, weight) each, the largest first; the
        weights sum to the score. Raise DataError when the history is empty.
        """
        history, weight = self.history(user_idx)
        user = self.users_.raw[user_idx]
        item = self.items_.raw[as_idx(item_idx, len(self.items_), "item")]
        if len(history) == 0:
            remedy = "recommend by popularity, or gather a rating first"
            raise DataError(f"user {user!r} has an empty history: {remedy}")
        worth = weight * self.B_[history, item_idx]  # (n_history,)
        evidence = []
        for n in np.argsort(-np.abs(worth), kind="stable"):
            name = self.items_.raw[history[n]]
            evidence.append(Evidence("item", name, float(worth[n])))
        return Explanation(user, item, "EASE", tuple(evidence))

    def case(self, user_idx: int, item_idx: int) -> Case:
        """Return the case of one score: the items, each worth its `B_`.

        By name, so that no order can be learned from. Raise as `explain`.
        """
        exact = self.explain(user_idx, item_idx)
        return case_of_sum(exact, model=type(self).__name__)


def case_of_sum(exact: Explanation, model: str, base: float = 0.0) -> Case:
    """Return the case whose pieces are an exact explanation's evidence.

    Each is worth its weight, on top of `base`; sorted by name, so that no
    order can be learned from.

    >>> evidence = Evidence("item", "tent", 0.5), Evidence("item", "mug", 0.2)
    >>> exact = Explanation("ann", "stove", "EASE", evidence)
    >>> case_of_sum(exact, "EASE").names
    ['mug', 'tent']
    """
    evidence = sorted(exact.evidence, key=lambda piece: piece.name)
    kinds = [piece.kind for piece in evidence]
    names = [piece.name for piece in evidence]
    worth = [piece.weight for piece in evidence]
    return sum_case(exact.user, exact.item, kinds, names, worth, base, model)
