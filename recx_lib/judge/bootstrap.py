"""Chapter 2: how far a figure would move with another sample."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from recx_lib.core.checks import as_numbers, check_whole
from recx_lib.core.errors import DataError


def bootstrap_interval(
    values,
    level: float = 0.95,
    n_resamples: int = 1000,
    seed: int = 0,
    groups=None,
    statistic: Callable[[np.ndarray], float] = np.mean,
) -> tuple[float, float, float]:
    """Return (value, low, high): a mean and its percentile interval.

    Draw as many rows of `values`, (n,), as there are, with replacement,
    `n_resamples` times; the middle `level` of the means is the interval
    (Efron, 1979). `groups`, (n,), names whose each row is: whole users or
    items are drawn then, since rows of one person move together (Davison and
    Hinkley, 1997, section 3.8). Another `statistic` takes the drawn rows,
    (n, …). Raise DataError on empty or non-finite values, unequal lengths, a
    level outside (0, 1), n_resamples < 1 or seed < 0.

    >>> [round(v, 2) for v in bootstrap_interval([0, 0, 1, 1])]
    [0.5, 0.0, 1.0]
    """
    values = as_numbers(values, "values", flat=statistic is np.mean)
    check_whole(n_resamples=n_resamples)
    check_whole(0, seed=seed)
    if not 0 < level < 1:
        raise DataError(f"level {level} must lie between 0 and 1")
    own_rows = None if groups is None else _rows_of_groups(groups, len(values))
    rng = np.random.default_rng(seed)
    # 1. the statistic of every sample drawn
    found = []
    for _ in range(n_resamples):
        drawn = _draw(rng, len(values), own_rows)
        found.append(statistic(values[drawn]))
    # 2. its middle part
    tail = (1 - level) / 2
    low, high = np.quantile(found, [tail, 1 - tail])
    return float(statistic(values)), float(low), float(high)


def _rows_of_groups(groups, n: int) -> list[np.ndarray]:
    """Return each group's rows; raise DataError unless all n rows have one."""
    groups = np.asarray(groups)
    if groups.shape != (n,):
        raise DataError(
            f"groups of shape {groups.shape} for {n} values: name one each"
        )
    _, number = np.unique(groups, return_inverse=True)  # (n,), 0 … n_groups-1
    ends = np.cumsum(np.bincount(number))  # of each group's rows, sorted
    return np.split(np.argsort(number, kind="stable"), ends[:-1])


def _draw(rng: np.random.Generator, n: int, own_rows) -> np.ndarray:
    """Draw row numbers: n single rows, or the rows of as many groups."""
    if own_rows is None:
        return rng.integers(0, n, n)
    drawn = rng.integers(0, len(own_rows), len(own_rows))
    return np.concatenate([own_rows[group] for group in drawn])


def bootstrap_counts(
    counts: np.ndarray,
    score: Callable[[np.ndarray], float],
    level: float = 0.95,
    n_resamples: int = 1000,
    seed: int = 0,
    groups=None,
) -> tuple[float, float, float]:
    """Return (value, low, high) of a score of summed counts.

    Sentences are drawn, their `counts`, (n_sentences, …), added up, and
    `score` takes the sum: corpus BLEU is no mean over sentences. The rest as
    in `bootstrap_interval`.

    >>> counts = np.array([[1, 2], [1, 2]])
    >>> bootstrap_counts(counts, lambda total: total[0] / total[1])
    (0.5, 0.5, 0.5)
    """
    return bootstrap_interval(
        counts,
        level,
        n_resamples,
        seed,
        groups,
        statistic=lambda drawn: score(drawn.sum(axis=0)),
    )
