"""Chapter 18: a day of a shop too large to try, simulated."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from recx_lib.core.checks import check_positive, check_whole
from recx_lib.core.errors import DataError

MINUTES = 24 * 60


@dataclass(frozen=True)
class Traffic:
    """A day of traffic, drawn from assumptions that each can be changed.

    `users` make `visits` a day, in the busiest minute a share `swing` more
    than on average, in the quietest as much less: 0.8 where all sleep at one
    time, little around the globe. A visit asks for a sentence, one of `keys`
    (product, aspect), the known ones more often (Zipf); `kept` of them are in
    a cache. One core works `hit` seconds on a visit whose sentence is kept,
    `miss` on one that must be written. Machines of `cores` cores, which may be
    `busy` to that share, cost `hour` dollars an hour.

    >>> round(Traffic(visits=1).bill()["cache hits"], 2)
    0.75
    """

    users: float = 1e9
    visits: float = 0.5
    swing: float = 0.2
    keys: float = 1e8
    kept: float = 1e6
    hit: float = 0.002
    miss: float = 0.1
    cores: int = 16
    busy: float = 0.6
    hour: float = 0.8

    def __post_init__(self):
        check_positive(**vars(self))
        for name in ("swing", "busy"):
            if getattr(self, name) > 1:
                raise DataError(f"{name} must be at most 1: it is a share")

    def day(self, seed: int = 0) -> np.ndarray:
        """Draw the requests of every minute of a day, (1440,)."""
        check_whole(0, seed=seed)
        mean = self.users * self.visits / MINUTES
        turn = 2 * np.pi * np.arange(MINUTES) / MINUTES  # 0 is the quietest
        expected = mean * (1 - self.swing * np.cos(turn))
        return np.random.default_rng(seed).poisson(expected)

    def sentences(self, n: int, seed: int = 0) -> np.ndarray:
        """Draw which sentences n visits ask for, (n,): 0 is the best known."""
        check_whole(0, n=n, seed=seed)
        dice = np.random.default_rng(seed).random(n)
        return np.exp(dice * np.log(self.keys + 1)).astype(np.int64) - 1

    def bill(self, seed: int = 0, n: int = 100_000) -> dict[str, float]:
        """Simulate a day; return what it takes and costs.

        `n` drawn visits tell how often the cache has the sentence. Machines
        that run all day must do for the busiest minute; machines hired by the
        hour, for the busiest of theirs.
        """
        requests = self.day(seed)
        hits = (self.sentences(n, seed) < self.kept).mean()
        work = hits * self.hit + (1 - hits) * self.miss  # core seconds each
        power = 60 * self.cores * self.busy  # core seconds a minute
        machines = np.ceil(requests * work / power)  # (1440,)
        hourly = machines.reshape(24, 60).max(axis=1)
        most, hired = machines.max(), hourly.sum()
        found = {
            "requests a second, peak": requests.max() / 60,
            "cache hits": hits,
            "core seconds a request": work,
            "machines, all day": most,
        }
        found["dollars a day, all day"] = most * 24 * self.hour
        found["dollars a day, by the hour"] = hired * self.hour
        return {name: float(value) for name, value in found.items()}
