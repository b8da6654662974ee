"""Chapter 11: a factorization machine, by hand."""

from __future__ import annotations

import numpy as np
from numba import njit
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted

from recx_lib.core.checks import as_idx, as_pairs, check_positive, check_whole
from recx_lib.core.errors import DataError
from recx_lib.data.reviews import Reviews, check_train
from recx_lib.recommend.contents import as_columns
from recx_lib.recommend.mf import random_factors

INIT_STD = 0.05  # of the first vectors
REG_W = 0.01  # ridge on single weights: they overfit less than vectors


def interactions(x: np.ndarray, V: np.ndarray) -> np.ndarray:
    """Return what all pairs of features add, Σ over a < b of v_a·v_b x_a x_b.

    `x` (..., n) holds the features of a row, `V` (n, k) a vector for each.
    In k·n steps, not k·n²: ½ Σ_f [(Σ_a v_af x_a)² − Σ_a v_af² x_a²]. Source:
    Rendle (2010), "Factorization Machines", lemma 3.1.

    >>> V = np.array([[1.0, 0.0], [2.0, 1.0], [0.0, 3.0]])
    >>> float(interactions(np.array([1.0, 1.0, 2.0]), V))  # 2 + 0 + 6
    8.0
    """
    total = x @ V  # (..., k)
    itself = x**2 @ V**2  # (..., k): every feature paired with itself
    return (total**2 - itself).sum(axis=-1) / 2


@njit(cache=True, fastmath={"reassoc", "contract"})
def fm_epoch(at, x, rating, order, model, lr, reg):
    """Take one gradient step of ½ error² + ridge for each row, in order.

    Row n has the features `at[n]` (width,) with the values `x[n]`; the step
    for v_a is error · x_a · (Σ_b v_b x_b − v_a x_a). `model` is mu, w (n,) and
    V (n, k); w and V are changed in place.
    """
    mu, w, V = model
    n_features, k = at.shape[1], V.shape[1]
    total = np.zeros(k)
    for n in order:
        # 1. the sums of the identity, and the error of this row
        total[:] = 0.0
        stars = mu
        for j in range(n_features):
            a, value = at[n, j], x[n, j]
            stars += w[a] * value
            for f in range(k):
                total[f] += V[a, f] * value
                stars -= 0.5 * (V[a, f] * value) ** 2
        for f in range(k):
            stars += 0.5 * total[f] ** 2
        e = rating[n] - stars
        # 2. a step for every feature that is there
        for j in range(n_features):
            a, value = at[n, j], x[n, j]
            if value == 0:
                continue
            w[a] += lr * (e * value - REG_W * w[a])
            for f in range(k):
                others = total[f] - V[a, f] * value
                step = e * value * others - reg * V[a, f]
                V[a, f] += lr * step


class FactorizationMachine(BaseEstimator):
    """Predict stars from all pairs of features: user, item, item's columns.

    stars = mu + w·x + Σ over a < b of v_a·v_b x_a x_b. Without columns it is
    matrix factorization with biases. An item never rated keeps a vector of
    zeros: its columns have to speak for it. `k` factors, `epochs` passes, a
    learning rate falling from `lr`, ridge `reg` on vectors, by `seed`. In a
    share `hide` of the rows, drawn anew in each pass, the item's own number is
    hidden, so that its columns learn to do without it. Learned: `mu_`, `w_`
    (n,), `V_` (n, k). Sources: Rendle (2010); for hiding, Volkovs, Yu &
    Poutanen (2017).

    >>> from recx_lib.data.load import load_shop
    >>> FactorizationMachine(epochs=1).fit(load_shop()).predict(0, [5]).shape
    (1,)
    """

    def __init__(self, k=16, epochs=30, lr=0.015, reg=0.05, hide=0.0, seed=0):
        self.k, self.epochs, self.lr = k, epochs, lr
        self.reg, self.hide, self.seed = reg, hide, seed

    def fit(self, train: Reviews, columns=None) -> FactorizationMachine:
        """Learn from ratings and, if given, from `columns` (n_items, m).

        Raise DataError for an unusable table or columns, a parameter not above
        0, or vectors that grow without bound.
        """
        check_positive(lr=self.lr, reg=self.reg)
        check_whole(k=self.k, epochs=self.epochs)
        check_whole(0, seed=self.seed)
        user_idx, item_idx, rating = check_train(train)
        self.users_, self.items_ = train.users, train.items
        self.scale_, self.mu_ = train.scale, float(rating.mean())
        none = np.zeros((train.n_items, 0))
        columns = none if columns is None else columns
        self.X_ = as_columns(columns, train.n_items)
        # 1. small random vectors for what was seen, zeros for what was not
        rng = np.random.default_rng(self.seed)
        sides = (user_idx, train.n_users), (item_idx, train.n_items)
        V = [random_factors(rng, *side, self.k, INIT_STD) for side in sides]
        V.append(rng.normal(0, INIT_STD, (self.X_.shape[1], self.k)))
        self.V_ = np.vstack(V)
        self.w_ = np.zeros(len(self.V_))
        # 2. one pass after another, in ever smaller steps
        at, x = self._rows(user_idx, item_idx)
        for epoch in range(self.epochs):
            lr = self.lr * (1 - epoch / self.epochs)
            order = rng.permutation(len(rating))
            x[:, 1] = rng.random(len(rating)) >= self.hide
            model = self.mu_, self.w_, self.V_
            fm_epoch(at, x, rating, order, model, lr, self.reg)
        if not np.isfinite(self.V_).all():
            remedy = f"lower lr={self.lr}, or scale the columns"
            raise DataError(f"the vectors grew without bound: {remedy}")
        return self

    def _rows(self, u, i) -> tuple[np.ndarray, np.ndarray]:
        """Return which features each pair has, and their values, (n, m + 2).

        Features are numbered: users, then items, then columns.
        """
        u, i = np.broadcast_arrays(np.atleast_1d(u), np.atleast_1d(i))
        n_users, n_items = len(self.users_), len(self.items_)
        m = self.X_.shape[1]
        columns = np.tile(n_users + n_items + np.arange(m), (len(u), 1))
        # the pair's own two features, then the item's columns
        at = np.column_stack([u, n_users + i, columns])
        # the pair's are switched on, the columns have their values
        x = np.column_stack([np.ones((len(u), 2)), self.X_[i]])
        return at, x

    def _stars(self, u, i) -> np.ndarray:
        """Return unclipped predictions, (n,)."""
        at, x = self._rows(u, i)
        vectors = self.V_[at] * x[..., None]  # (n, m + 2, k)
        total, itself = vectors.sum(axis=1), (vectors**2).sum(axis=1)
        pairs = (total**2 - itself).sum(axis=1) / 2
        return self.mu_ + np.sum(self.w_[at] * x, axis=1) + pairs

    def predict(self, user_idx, item_idx) -> np.ndarray:
        """Return the expected rating of each pair, (n,), within the scale.

        Raise DataError on an unknown index or unequal lengths.
        """
        check_is_fitted(self)
        n_users, n_items = len(self.users_), len(self.items_)
        u, i = as_pairs(user_idx, item_idx, n_users, n_items)
        return np.clip(self._stars(u, i), *self.scale_)

    def score(self, user_idx) -> np.ndarray:
        """Return all items' scores, not clipped, (…, n_items)."""
        check_is_fitted(self)
        users = as_idx(user_idx, len(self.users_), "user")
        every = np.arange(len(self.items_))
        rows = [self._stars(u, every) for u in np.atleast_1d(users)]
        return np.array(rows) if users.ndim else rows[0]
