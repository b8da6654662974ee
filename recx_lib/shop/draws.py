"""Random numbers that come out the same on every machine.

Only `Generator.random` is called, the bits of PCG64 themselves: other draws
may change between versions of numpy.
"""

from __future__ import annotations

import numpy as np


def stream(seed: int, part: int = 0) -> np.random.Generator:
    """Return a stream of random numbers; with `part`, 1 or more, another of
    the same seed that shares nothing with it.

    >>> round(stream(7).random(), 3), round(stream(7, 1).random(), 3)
    (0.625, 0.77)
    """
    own = [seed, part] if part else seed
    return np.random.Generator(np.random.PCG64(own))


def near_normal(rng: np.random.Generator, *shape: int) -> np.ndarray:
    """Twelve uniform numbers summed: close to a standard normal, and free of
    the platform's logarithm.

    >>> near_normal(stream(7), 2, 3).shape
    (2, 3)
    """
    return rng.random((12, *shape)).sum(axis=0) - 6


def whole(x) -> np.ndarray:
    """Round to integers, halves upwards.

    >>> whole([0.5, 1.5, -0.5]).tolist()
    [1, 2, 0]
    """
    return np.floor(np.asarray(x) + 0.5).astype(np.int64)


def shuffled(rng: np.random.Generator, n: int) -> np.ndarray:
    """Return 0 … n - 1 in random order, (n,).

    >>> sorted(shuffled(stream(7), 3).tolist())
    [0, 1, 2]
    """
    return rng.random(n).argsort(kind="stable")


def ranks(values: np.ndarray) -> np.ndarray:
    """Return the rank of every value in the ascending order of its row.

    >>> ranks(np.array([[0.3, 0.1, 0.2]])).tolist()
    [[2, 0, 1]]
    """
    order = values.argsort(axis=-1, kind="stable")
    return order.argsort(axis=-1, kind="stable")
