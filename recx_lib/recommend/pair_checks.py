"""Chapter 8: pairs of a user and an item, asked about by index."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from recx_lib.core.checks import as_idx

# (user indices (n,), item indices (n,)) → (n,) stars
PairScore = Callable[[np.ndarray, np.ndarray], np.ndarray]


def pair_idx(
    user_idx, item_idx, n_users: int, n_items: int
) -> tuple[np.ndarray, np.ndarray]:
    """Return two index arrays of one length (n,): one user fits many items.

    Raise DataError for raw ids or indices out of range.

    >>> users, items = pair_idx(1, [0, 2], n_users=5, n_items=3)
    >>> users.tolist(), items.tolist()
    ([1, 1], [0, 2])
    """
    users = np.atleast_1d(as_idx(user_idx, n_users, "user"))
    items = np.atleast_1d(as_idx(item_idx, n_items, "item"))
    users, items = np.broadcast_arrays(users, items)
    return users, items


def score_all_items(
    score: PairScore, user_idx, n_users: int, n_items: int
) -> np.ndarray:
    """Return `score` of every item, for a model that is asked about pairs.

    (n_items,) for one user, (B, n_items) for an array of B. Raise DataError
    for raw ids or indices out of range.

    >>> score_all_items(lambda users, items: users + items / 10, [4, 2], 5, 3)
    array([[4. , 4.1, 4.2],
           [2. , 2.1, 2.2]])
    """
    user_idx = as_idx(user_idx, n_users, "user")
    items = np.arange(n_items)
    rows = []
    # one user at a time, all items at once
    for user in np.atleast_1d(user_idx):
        rows.append(score(np.full(n_items, user), items))
    scores = np.array(rows).reshape(-1, n_items)
    return scores if user_idx.ndim else scores[0]
