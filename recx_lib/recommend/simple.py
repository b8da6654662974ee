"""Chapter 20: recommenders for worlds in which a history is not enough.

What is read now, what came next, what is alike, what friends have: each score
is a sum, and opens as a `Case`.
"""

from __future__ import annotations

import numpy as np
from scipy import sparse
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted

from recx_lib.core.case import Case, sum_case
from recx_lib.core.checks import as_idx, check_positive
from recx_lib.core.errors import DataError
from recx_lib.data.reviews import Reviews, check_train
from recx_lib.recommend.contents import as_columns
from recx_lib.recommend.ease import EASE
from recx_lib.recommend.recent import places

DAY = 86_400  # seconds


class ReadNow(BaseEstimator):
    """Score every item by how often it was chosen lately; alike for all.

    A choice of d days before the last one counts 2^(−d / half_life). The floor
    wherever things grow old. Learned: `by_day_` (n_days, n_items), what each
    day adds to each item's score, the last day first.

    >>> from recx_lib.data.load import load_shop
    >>> ReadNow(half_life=30.0).fit(load_shop()).score(0).min() >= 0
    np.True_
    """

    def __init__(self, half_life: float = 1.0):
        self.half_life = half_life

    def fit(self, train: Reviews) -> ReadNow:
        """Count; raise DataError on an unusable table or half-life."""
        check_positive(half_life=self.half_life)
        _, item_idx, _ = check_train(train)
        self.users_, self.items_ = train.users, train.items
        # 1. How many days ago.
        day = train.frame["timestamp"].to_numpy() // DAY
        ago = day.max() - day
        # 2. A choice counts half after each half-life.
        self.by_day_ = np.zeros((ago.max() + 1, train.n_items))
        np.add.at(self.by_day_, (ago, item_idx), 0.5 ** (ago / self.half_life))
        return self

    def score(self, user_idx) -> np.ndarray:
        """Return the counts: (n_items,) for one user, (B, n_items) for B."""
        check_is_fitted(self)
        u = as_idx(user_idx, len(self.users_), "user")
        count = self.by_day_.sum(axis=0)
        return np.broadcast_to(count, (*u.shape, len(count))).copy()

    def case(self, user_idx: int, item_idx: int) -> Case:
        """Return the case of one score: the days on which it was chosen."""
        check_is_fitted(self)
        # days on which it was chosen are the reasons
        user = self.users_.raw[int(as_idx(user_idx, len(self.users_), "user"))]
        item = int(as_idx(item_idx, len(self.items_), "item"))
        days = np.flatnonzero(self.by_day_[:, item])
        names = [_day_name(day) for day in days]
        kinds, worth = ["feature"] * len(days), self.by_day_[days, item]
        about = user, self.items_.raw[item]
        return sum_case(*about, kinds, names, worth, model="ReadNow")


def _day_name(ago: int) -> str:
    """Return "the last day", "1 day before", "2 days before" …"""
    if ago == 0:
        return "the last day"
    return f"{ago} day{'s' if ago > 1 else ''} before"


class NextItem(EASE):
    """Score an item by how often it came right after what one chose last.

    A Markov chain whose score is a sum over the history, as EASE's: an item
    counts 2^(−place / half_life), place 0 being the latest, and adds the share
    of people who went on from it to the item, shrunk towards the item's share
    of all choices by `prior` imaginary people. Learned: `B_` and `W_`, as in
    `EASE`.

    >>> from recx_lib.data.load import load_shop
    >>> model = NextItem().fit(load_shop())
    >>> bool(np.isclose(model.B_[0].sum(), 1.0))
    True
    """

    def __init__(self, prior: float = 10.0, half_life: float = 0.5):
        self.prior, self.half_life = prior, half_life

    def fit(self, train: Reviews) -> NextItem:
        """Count what follows what; raise DataError as `EASE.fit`."""
        check_positive(prior=self.prior, half_life=self.half_life)
        user_idx, item_idx, _ = check_train(train)
        self.users_, self.items_ = train.users, train.items
        n = train.n_items
        # 1. the latest of each history counts most
        place = places(train)
        worth = 0.5 ** (place / self.half_life)
        shape = train.n_users, n
        self.W_ = sparse.csr_array((worth, (user_idx, item_idx)), shape=shape)
        # 2. every step from one item to the next of the same user
        order = np.lexsort((-place, user_idx))
        user, item = user_idx[order], item_idx[order]
        is_step = user[1:] == user[:-1]
        steps = np.zeros((n, n))
        np.add.at(steps, (item[:-1][is_step], item[1:][is_step]), 1.0)
        # 3. as shares, those of rare items drawn towards everybody's
        usual = np.bincount(item_idx, minlength=n) / len(train)
        whole = steps.sum(axis=1, keepdims=True) + self.prior
        self.B_ = (steps + self.prior * usual) / whole
        return self


class Alike(EASE):
    """Score an item by how like it is to what one chose, from its columns.

    The sum, over the history, of the cosines of the items' columns: what was
    never chosen by anybody has a score, too. `columns` is (n_items, m).
    Learned: `B_`, the cosines, 0 on the diagonal, and `W_`, as in `EASE`.

    >>> from recx_lib.data.load import load_shop
    >>> shop = load_shop()
    >>> Alike(np.eye(shop.n_items)).fit(shop).B_.max()
    np.float64(0.0)
    """

    def __init__(self, columns):
        self.columns = columns

    def fit(self, train: Reviews) -> Alike:
        """Compare all items; raise DataError as `EASE.fit`, or for columns of
        other items.
        """
        check_train(train)
        self.users_, self.items_ = train.users, train.items
        X = as_columns(self.columns, train.n_items)
        # equal directions are alike, whatever their length
        size = np.linalg.norm(X, axis=1, keepdims=True)
        X = X / np.where(size > 0, size, 1.0)
        self.B_ = X @ X.T
        # nothing recommends itself
        np.fill_diagonal(self.B_, 0.0)
        self.W_, _ = self._count(train)
        return self


class FriendsHave(BaseEstimator):
    """Score an item by how many of one's friends chose it.

    `knows` is (n_users, n_users), 1 for friends. Learned: `X_`, a sparse
    (n_users, n_items), 1 for what was chosen.

    >>> from recx_lib.data.load import load_shop
    >>> shop = load_shop()
    >>> alone = np.zeros((shop.n_users, shop.n_users))
    >>> FriendsHave(alone).fit(shop).score(0).max()
    np.float64(0.0)
    """

    def __init__(self, knows):
        self.knows = knows

    def fit(self, train: Reviews) -> FriendsHave:
        """Keep who has what; raise DataError on an unusable table, or friends
        of other people.
        """
        user_idx, item_idx, _ = check_train(train)
        n = train.n_users
        # everybody must have a row of friends
        if np.shape(self.knows) != (n, n):
            raise DataError(
                f"knows of shape {np.shape(self.knows)}: one row and column "
                f"for each of the {n} users"
            )
        if not np.isin(self.knows, (0, 1)).all():
            raise DataError("knows must hold 1 for friends, else 0")
        self.users_, self.items_ = train.users, train.items
        shape = n, train.n_items
        ones = np.ones(len(train))
        X = sparse.csr_array((ones, (user_idx, item_idx)), shape=shape)
        self.X_ = (X > 0).astype(float)  # chosen twice is chosen
        return self

    def score(self, user_idx) -> np.ndarray:
        """Return the counts, (n_items,) for one user, else (B, n_items)."""
        check_is_fitted(self)
        u = as_idx(user_idx, len(self.users_), "user")
        count = np.asarray(self.knows)[np.atleast_1d(u)] @ self.X_
        return count if u.ndim else count[0]

    def case(self, user_idx: int, item_idx: int) -> Case:
        """Return the case of one score: all friends, 1 who has it, else 0."""
        check_is_fitted(self)
        u = int(as_idx(user_idx, len(self.users_), "user"))
        i = int(as_idx(item_idx, len(self.items_), "item"))
        friends = np.flatnonzero(np.asarray(self.knows)[u])
        names = [self.users_.raw[friend] for friend in friends]
        # a friend who has it is a whole reason
        worth = self.X_[:, [i]].toarray()[friends, 0]
        about = self.users_.raw[u], self.items_.raw[i]
        kinds = ["feature"] * len(friends)
        return sum_case(*about, kinds, names, worth, model="FriendsHave")


class Wishes(BaseEstimator):
    """Score an item by how its columns meet what a person asked for.

    `wishes` is (n_users, m), what each person's form says, above 0 for what
    they want; `columns` (n_items, m). The score is their product, a sum over
    the m `aspects`, and needs no history. Learned: nothing.

    >>> from recx_lib.data.load import load_shop
    >>> shop = load_shop()
    >>> wishes, columns = np.ones((shop.n_users, 1)), np.ones((200, 1))
    >>> Wishes(wishes, columns, ["warm"]).fit(shop).case(0, 0).whole()
    1.0
    """

    def __init__(self, wishes, columns, aspects):
        self.wishes, self.columns, self.aspects = wishes, columns, aspects

    def fit(self, train: Reviews) -> Wishes:
        """Take the ids; raise DataError where the tables do not fit them."""
        self.users_, self.items_ = train.users, train.items
        as_columns(self.wishes, train.n_users)
        as_columns(self.columns, train.n_items)
        return self

    def score(self, user_idx) -> np.ndarray:
        """Return the scores, (n_items,) for one user, else (B, n_items)."""
        check_is_fitted(self)
        u = as_idx(user_idx, len(self.users_), "user")
        return np.asarray(self.wishes)[u] @ np.asarray(self.columns).T

    def case(self, user_idx: int, item_idx: int) -> Case:
        """Return the case of one score: the aspects, wish times column."""
        check_is_fitted(self)
        u = int(as_idx(user_idx, len(self.users_), "user"))
        i = int(as_idx(item_idx, len(self.items_), "item"))
        # a wish counts as far as the thing has it
        worth = np.asarray(self.wishes)[u] * np.asarray(self.columns)[i]
        about = self.users_.raw[u], self.items_.raw[i]
        kinds, names = ["aspect"] * len(worth), list(self.aspects)
        return sum_case(*about, kinds, names, worth, model="Wishes")
