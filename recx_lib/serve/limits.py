"""Chapter 17: who may ask, how often, and how many at once."""

from __future__ import annotations

import hashlib
import hmac
from collections import OrderedDict
from collections.abc import Callable
from time import monotonic

from recx_lib.core import DataError, check_positive, check_whole


def token_for(customer: str, secret: str) -> str:
    """Return what proves to us who is asking: a name and its signature.

    The signature is an HMAC-SHA256 of the name under our secret (RFC 2104).

    >>> customer_of(token_for("ann", "s3cret"), "s3cret")
    'ann'
    """
    code = hmac.new(secret.encode(), customer.encode(), hashlib.sha256)
    return f"{customer}.{code.hexdigest()}"


def customer_of(token: str, secret: str) -> str:
    """Return the name in a token; raise DataError unless we signed it.

    >>> customer_of("ann.0123", "s3cret")
    Traceback (most recent call last):
    recx_lib.core.errors.DataError: this token was not signed by this shop
    """
    customer = token.rpartition(".")[0]
    ours = token_for(customer, secret)
    # compares in a time that does not tell where they differ
    if not hmac.compare_digest(ours.encode(), token.encode()):
        raise DataError("this token was not signed by this shop")
    return customer


class Bucket:
    """A rate limit: tokens drip into a bucket, a request takes one.

    `rate` tokens a second, at most `size` at a time; each `key` has a bucket
    of its own, which begins full. The `most` keys asked for last are kept.

    >>> bucket = Bucket(rate=2, size=1, clock=lambda: 0.0)
    >>> bucket.take("ann"), bucket.take("ann"), bucket.take("bob")
    (0.0, 0.5, 0.0)
    """

    def __init__(
        self,
        rate: float,
        size: int,
        clock: Callable[[], float] = monotonic,
        most: int = 10_000,
    ):
        check_positive(rate=rate)
        check_whole(size=size, most=most)
        self.rate, self.size = rate, size
        self.clock, self.most = clock, most
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, key: str) -> float:
        """Take a token; return 0.0, or in how many seconds there is one."""
        # 1. Tokens come back with time, up to the size.
        now = self.clock()
        tokens, then = self._left.pop(key, (self.size, now))
        tokens = min(self.size, tokens + (now - then) * self.rate)
        # 2. Take one, or say how long it takes.
        wait = 0.0 if tokens >= 1 else (1 - tokens) / self.rate
        self._left[key] = (tokens if wait else tokens - 1), now
        # 3. The key longest unheard of is forgotten: bounded memory.
        if len(self._left) > self.most:
            self._left.popitem(last=False)
        return wait


class Gate:
    """Back-pressure: at most `most` requests are inside at once.

    Who finds it full is told so at once: a short "come back later" is worth
    more than a place in a queue that nobody will reach.

    >>> gate = Gate(1)
    >>> gate.enter(), gate.enter()
    (True, False)
    >>> gate.leave()
    >>> gate.enter()
    True
    """

    def __init__(self, most: int):
        check_whole(most=most)
        self.most, self.inside = most, 0

    def enter(self) -> bool:
        """Go in, if there is room; whoever went in must `leave`."""
        if self.inside >= self.most:
            return False
        self.inside += 1
        return True

    def leave(self) -> None:
        """Make room."""
        self.inside -= 1
