"""Chapter 17: how long people wait, by formula and by simulation."""

from __future__ import annotations

import heapq
from collections.abc import Sequence

import numpy as np

from recx_lib.core import DataError, as_numbers, check_positive, check_whole


def erlang_c(servers: int, load: float) -> float:
    """Return the chance that whoever arrives has to wait.

    For `load` = arrivals a second × seconds of work each, in servers; arrivals
    and work are random without memory (M/M/c). Erlang (1917), through the
    stable recursion for his loss formula. 1.0 where load reaches the servers.

    >>> erlang_c(1, 0.5)  # one clerk, busy half of the time
    0.5
    """
    check_whole(servers=servers)
    check_positive(load=load)
    if load >= servers:
        return 1.0
    lost = 1.0  # chance that all are busy, if nobody could wait
    for n in range(1, servers + 1):
        lost = load * lost / (n + load * lost)
    busy = load / servers
    return lost / (1 - busy + busy * lost)


def mean_wait(servers: int, rate: float, work: float) -> float:
    """Return the mean seconds in the queue of an M/M/c; infinite if too busy.

    `rate` arrivals a second, `work` seconds each.

    >>> mean_wait(1, rate=50, work=0.01)
    0.01
    """
    load = rate * work
    if load >= servers:
        return np.inf
    return erlang_c(servers, load) * work / (servers - load)


def queue_waits(
    arrivals: Sequence[float], work: Sequence[float], servers: int = 1
) -> np.ndarray:
    """Return how long each waits (n,), served in the order of arrival.

    `arrivals` (n,) ascending times, `work` (n,) seconds each. Raise DataError
    unless they are numbers, have one length and come in order.

    >>> queue_waits([0, 1, 2], [5, 5, 5], servers=2).tolist()
    [0.0, 0.0, 3.0]
    """
    check_whole(servers=servers)
    arrivals = as_numbers(arrivals, "arrivals")
    work = as_numbers(work, "work")
    if len(arrivals) != len(work) or (np.diff(arrivals) < 0).any():
        raise DataError(
            "arrivals must ascend, and each needs its own piece of work"
        )
    if work.min() < 0:
        raise DataError(f"work[{work.argmin()}] is {work.min()}: 0 or more")
    free = [0.0] * servers  # when each server is free again
    waits = np.zeros(len(arrivals))
    for n, (arrival, seconds) in enumerate(zip(arrivals, work, strict=True)):
        start = max(arrival, heapq.heappop(free))
        waits[n] = start - arrival
        heapq.heappush(free, start + seconds)
    return waits
