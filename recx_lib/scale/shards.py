"""Chapter 18: which of many machines keeps whom, and how many it takes."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import blake2b

from recx_lib.core.checks import check_positive, check_whole
from recx_lib.core.errors import DataError

DAY = 24 * 60 * 60  # seconds


def shard_of(user: str, shards: Sequence[str]) -> str:
    """Return the shard that keeps a user, the same on every machine.

    Every shard bids a hash of (user, shard), the highest bid wins: a new shard
    takes its fair share from all others, and nobody else moves. Source:
    Thaler and Ravishankar (1998), highest random weight; today rendezvous
    hashing. Python's own `hash` will not do: it differs from process to
    process. Raise DataError without a shard.

    >>> shards = ["a", "b", "c"]
    >>> shard_of("ann", shards) == shard_of("ann", shards[::-1])
    True
    """
    if len(shards) == 0:
        raise DataError(f"no shard to keep {user!r}: name at least one")

    def bid(shard: str) -> bytes:
        return blake2b(f"{user}\0{shard}".encode(), digest_size=8).digest()

    return max(shards, key=bid)


@dataclass(frozen=True)
class Demand:
    """How much of everything a shop of some size needs, by arithmetic.

    Sizes: `users`, `items`, ratings `per_user`, `k` numbers a vector of
    `bytes_each`. Traffic: `visits` a user and day, the busiest second `peak`
    times the mean. Machines: `memory` bytes that may be filled, `cores`, and
    `products` of k numbers a core works out a second: measure yours.
    """

    users: float
    items: float
    per_user: float = 50
    k: int = 64
    bytes_each: int = 4
    visits: float = 0.5
    peak: float = 3.0
    memory: float = 100e9
    products: float = 1e7
    cores: int = 16

    def __post_init__(self):
        check_positive(**vars(self))

    def sizes(self, bytes_per_rating: float) -> dict[str, float]:
        """Return bytes: of ratings, both sides' vectors, and EASE's table."""
        vector = self.k * self.bytes_each
        n_ratings = self.users * self.per_user
        n_bytes = {"ratings": n_ratings * bytes_per_rating}
        n_bytes["user vectors"] = self.users * vector
        n_bytes["item vectors"] = self.items * vector
        n_bytes["EASE's table"] = self.items**2 * self.bytes_each
        return n_bytes

    def requests(self) -> float:
        """Return requests in the busiest second."""
        return self.users * self.visits * self.peak / DAY

    def servers(self, products_each: float) -> int:
        """Return machines that answer them all, each at half its power, when
        a request costs so many products of k numbers.
        """
        check_positive(products_each=products_each)
        power = self.products * self.cores / 2
        return math.ceil(self.requests() * products_each / power)

    def shards(self, n_bytes: float, copies: int = 2) -> int:
        """Return machines that hold so many bytes, `copies` times."""
        check_whole(copies=copies)
        return math.ceil(copies * n_bytes / self.memory)
