"""Chapter 2, an exercise: EASE with a memory that fades."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy import sparse

from recx_lib.core.checks import check_positive
from recx_lib.data.reviews import Reviews
from recx_lib.recommend.ease import EASE
from recx_lib.recommend.mf import group


class RecentEASE(EASE):
    """EASE for tastes that drift: what was rated lately says more.

    And what was rated together belongs together. An item counts
    2^(−place / half_life) in the score, where place 0 is the user's latest;
    two items of one history count 2^(−distance / half_life) towards G, where
    distance is how many places lie between them. With a very long half_life
    this is EASE. `half_life` is in places, not days. The score is still a sum
    over the history.
    """

    def __init__(
        self,
        reg: float = 50.0,
        half_life: float = 8.0,
        min_rating: float | None = None,
    ):
        self.reg, self.half_life, self.min_rating = reg, half_life, min_rating

    def _count(self, rows: Reviews) -> tuple[sparse.csr_array, np.ndarray]:
        """Return what each item counts for whom, and for each other."""
        check_positive(half_life=self.half_life)
        place = places(rows)
        worth = 0.5 ** (place / self.half_life)
        where = rows.user_idx, rows.item_idx
        shape = rows.n_users, rows.n_items
        W = sparse.csr_array((worth, where), shape=shape)
        G = np.zeros((rows.n_items, rows.n_items))
        order, start = group(rows.user_idx, rows.n_users)
        for own in np.split(order, start[1:-1]):  # the rows of one user
            i, p = rows.item_idx[own], place[own]
            distance = np.abs(p[:, None] - p)
            G[np.ix_(i, i)] += 0.5 ** (distance / self.half_life)
        return W, G


def places(reviews: Reviews) -> np.ndarray:
    """Return each row's place in its user's history, (n,): 0 for the latest.

    Of several reviews of the same second the one with the highest number is
    the latest, as in `leave_last_out`.
    """
    # 1. Newest first within each user; ties by the row's name.
    keys = reviews.frame.index, reviews.frame["timestamp"], reviews.user_idx
    newest_first = np.lexsort(keys)[::-1]
    users = reviews.user_idx[newest_first]
    # 2. Number them, and put the numbers back into table order.
    place = np.empty(len(users), dtype=np.int64)
    place[newest_first] = pd.Series(users).groupby(users).cumcount()
    return place
