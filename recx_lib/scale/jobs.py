"""Chapter 18: work cut into parts: do each, add up what comes back."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import reduce
from operator import add

from recx_lib.core.checks import check_whole


class Here:
    """Do the parts of a job one after another, in this process.

    Whatever has the same two methods may take its place: processes, or a
    cluster. `each` keeps the order of the parts; `total` adds in that order,
    so that the same parts give the same bits whoever did them, if they are
    added here one by one.

    >>> Here().total(lambda part: part**2, [1, 2, 3])
    14
    """

    def each(self, do: Callable, parts: Iterable) -> Iterator:
        """Yield do(part) of every part, in their order."""
        for part in parts:
            yield do(part)

    def total(self, do: Callable, parts: Iterable):
        """Return the sum of do(part) over all parts."""
        return reduce(add, self.each(do, parts))


class Unreliable(Here):
    """A place whose workers die: every `dies`-th try ends without an answer.

    A part whose worker died is given out again; `tries` counts all. This is
    what a cluster does, without a cluster. It gives the same sum as `Here`
    since a part's result depends on the part alone. Raise DataError when every
    try would die.

    >>> job = Unreliable(dies=2)
    >>> job.total(lambda part: part**2, [1, 2, 3]), job.tries
    (14, 5)
    """

    def __init__(self, dies: int):
        check_whole(2, dies=dies)
        self.dies, self.tries = dies, 0

    def each(self, do: Callable, parts: Iterable) -> Iterator:
        """Yield do(part) of every part, however often it takes."""
        for part in parts:
            while True:
                self.tries += 1
                found = do(part)
                if self.tries % self.dies:
                    break  # it came back; else do it again
            yield found
