"""Chapter 2: how far a mean would move with another sample."""

from __future__ import annotations

import numpy as np

from recx_lib.core.errors import DataError
from recx_lib.judge.ratings import _numbers


def bootstrap_interval(
    values, level: float = 0.95, n_resamples: int = 1000, seed: int = 0
):
    """Return (mean, low, high): the mean of `values` and its percentile
    bootstrap interval (Efron, 1979).

    Draw as many values as there are, with replacement, `n_resamples` times;
    the middle `level` of the means is the interval. Raise DataError on empty
    or non-finite values, a level outside (0, 1), or n_resamples < 1.

    >>> [round(v, 2) for v in bootstrap_interval([0, 0, 1, 1])]
    [0.5, 0.0, 1.0]
    """
    values = _numbers(values, "values")
    if not 0 < level < 1 or n_resamples < 1:
        raise DataError(
            f"level {level} must lie between 0 and 1, n_resamples {n_resamples} must be 1 or more"
        )
    rng, n = np.random.default_rng(seed), len(values)
    means = [values[rng.integers(0, n, n)].mean() for _ in range(n_resamples)]
    low, high = np.quantile(means, [(1 - level) / 2, (1 + level) / 2])
    return float(values.mean()), float(low), float(high)
