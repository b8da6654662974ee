"""Chapter 18: the nearest of many, without looking at all of them."""

from __future__ import annotations

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.cluster import KMeans
from sklearn.utils.validation import check_is_fitted

from recx_lib.core.checks import as_numbers, check_whole
from recx_lib.core.errors import DataError


def level(V: np.ndarray) -> np.ndarray:
    """Add one coordinate after which all vectors are equally long.

    (n, k) → (n, k + 1). A query gets a 0 there: its products stay what they
    are, and the largest product is now the smallest angle and the smallest
    distance. Bachrach et al. (2014), "Speeding up the Xbox recommender
    system", section 3.

    >>> level(np.array([[3.0, 4.0], [0.0, 4.0]])).tolist()
    [[3.0, 4.0, 0.0], [0.0, 4.0, 3.0]]
    """
    V = as_numbers(V, "vectors", flat=False)
    square = np.sum(V**2, axis=1)  # (n,)
    missing = np.sqrt(square.max() - square)
    return np.column_stack([V, missing])


class InvertedLists(BaseEstimator):
    """Sort vectors into lists by their nearest centre; search a few lists.

    `n_lists` centres by k-means with `seed`; a good choice is the root of the
    number of vectors. Learned: `centres_` (n_lists, k), `lists_`, the numbers
    of the vectors of each list. The inverted file of Jégou, Douze & Schmid
    (2011), without their codes.

    >>> V = np.array([[0.0, 1.0], [0.1, 1.0], [1.0, 0.0]])
    >>> near, products = InvertedLists(2).fit(V).search([1.0, 2.0], 1)
    >>> near.tolist(), products
    ([1], 4)
    """

    def __init__(self, n_lists: int, seed: int = 0):
        self.n_lists, self.seed = n_lists, seed

    def fit(self, V: np.ndarray) -> InvertedLists:
        """Learn centres; raise DataError when there are fewer vectors."""
        check_whole(n_lists=self.n_lists)
        V = as_numbers(V, "vectors", flat=False)
        if len(V) < self.n_lists:
            lack = f"{len(V)} vectors cannot fill {self.n_lists} lists"
            raise DataError(f"{lack}: ask for fewer")
        levelled = level(V)
        means = KMeans(self.n_lists, n_init=1, random_state=self.seed)
        home = means.fit_predict(levelled)  # (n,)
        self.V_, self.centres_ = V, means.cluster_centers_[:, :-1]
        self.lists_ = [np.flatnonzero(home == n) for n in range(self.n_lists)]
        return self

    def search(self, q, k: int, probes: int = 1) -> tuple[np.ndarray, int]:
        """Return the k vectors of largest product with q, best first, and how
        many products were worked out.

        Only the `probes` lists whose centres have the largest product with q
        are looked at; with all of them nothing is missed. Fewer than k where
        these lists hold fewer.
        """
        check_is_fitted(self)
        check_whole(k=k, probes=probes)
        q = as_numbers(q, "query")
        # 1. the most promising lists
        order = np.argsort(-(self.centres_ @ q), kind="stable")[:probes]
        # 2. everything that lies in them
        seen = np.concatenate([self.lists_[n] for n in order])
        products = self.V_[seen] @ q
        best = np.argsort(-products, kind="stable")[:k]
        return seen[best], len(self.centres_) + len(seen)
