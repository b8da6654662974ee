"""Chapter 18: ratings without end, drawn part by part."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from recx_lib.core.checks import check_whole
from recx_lib.scale.parts import Part

N_TASTES = 8  # how many tastes there are


@dataclass(frozen=True)
class DrawnRatings:
    """A table of any size that is nowhere: each part is drawn when wanted.

    `n_parts` parts of `users_each` users with about `per_user` ratings of
    `n_items` items. A user has one taste in eight and draws most items from
    it, the well known more often (Zipf's law). Part n is the same whoever
    draws it, and when: its dice are thrown from (`seed`, n).

    >>> drawn = DrawnRatings(n_parts=2, users_each=3, n_items=40, per_user=5)
    >>> int(drawn.part(1).user_idx.min()), drawn.n_users
    (3, 6)
    """

    n_parts: int
    users_each: int
    n_items: int
    per_user: int = 20
    seed: int = 0

    @property
    def n_users(self) -> int:
        """How many users all parts have."""
        return self.n_parts * self.users_each

    def part(self, number: int) -> Part:
        """Return part `number`, sorted by user; no pair comes twice."""
        check_whole(0, number=number)
        rng = np.random.default_rng([self.seed, number])
        n = self.users_each * self.per_user
        # 1. who, and which taste they have
        user = np.repeat(np.arange(self.users_each), self.per_user)
        taste = rng.integers(N_TASTES, size=self.users_each)[user]
        # 2. an item by its fame: place p is drawn as often as 1 / p
        fame = np.exp(rng.random(n) * np.log(self.n_items)).astype(int) - 1
        # 3. three times in four one of one's own taste instead
        own = fame - fame % N_TASTES + taste
        keep_own = (rng.random(n) < 0.75) & (own < self.n_items)
        item = np.where(keep_own, own, fame)
        # 4. more stars within one's taste
        stars = 3 + (item % N_TASTES == taste) + rng.integers(-1, 2, size=n)
        _, once = np.unique(user * self.n_items + item, return_index=True)
        user = (user + number * self.users_each)[once].astype(np.int32)
        item = item[once].astype(np.int32)
        return Part(user, item, stars[once].astype(np.float32))

    def parts(self):
        """Yield all parts, one at a time."""
        for number in range(self.n_parts):
            yield self.part(number)
