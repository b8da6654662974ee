"""Chapter 16: two groups of customers, dealt out by lot: which did better?"""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.stats import norm

from recx_lib.core.checks import as_numbers, check_positive
from recx_lib.core.errors import DataError


def sample_size(
    base: float, lift: float, level: float = 0.95, power: float = 0.8
) -> int:
    """Return how many customers each group needs.

    To find, with chance `power`, that a share rose from `base` by `lift`, in
    a test that errs with chance 1 − `level` where nothing rose: the normal
    approximation for two shares, each with a variance of its own (Fleiss,
    Levin and Paik, 2003, chapter 4, who pool them under the null).
    Raise DataError for shares, levels or powers outside 0 … 1, and lift 0.

    >>> sample_size(0.1, 0.02)
    3839
    """
    after = base + lift
    for name, value in {
        "base": base,
        "base + lift": after,
        "level": level,
        "power": power,
    }.items():
        if not 0 < value < 1:
            raise DataError(f"{name}={value} must lie between 0 and 1")
    if lift == 0:
        raise DataError("lift=0 can never be found: say what would matter")
    z = norm.ppf((1 + level) / 2) + norm.ppf(power)
    spread = base * (1 - base) + after * (1 - after)
    return int(np.ceil(z**2 * spread / lift**2 - 1e-9))


def by_customer(values, customers) -> np.ndarray:
    """Return each customer's mean, (n_customers,), in the order of their ids.

    Rows of one person move together; lots were drawn for persons, so persons
    are counted. Raise DataError for unequal lengths.

    >>> by_customer([1, 0, 1], ["ann", "ann", "bob"]).tolist()
    [0.5, 1.0]
    """
    values = as_numbers(values, "values")
    if len(values) != len(customers):
        problem = f"{len(values)} values of {len(customers)} customers"
        raise DataError(f"{problem}: name one each")
    means = pd.Series(values).groupby(np.asarray(customers)).mean()
    return means.to_numpy()


def difference(a, b) -> tuple[float, float]:
    """Return the mean of `b` less that of `a`, and its standard error.

    `a` (n_a,) and `b` (n_b,) are independent numbers, one a customer (Welch).
    Raise DataError for fewer than two of either.

    >>> low, high = [0.0, 1.0, 0.0, 1.0], [1.0, 1.0, 0.0, 1.0]
    >>> [round(float(part), 2) for part in difference(low, high)]
    [0.25, 0.38]
    """
    a, b = as_numbers(a, "a"), as_numbers(b, "b")
    if min(len(a), len(b)) < 2:
        raise DataError("each group needs two customers or more")
    error = a.var(ddof=1) / len(a) + b.var(ddof=1) / len(b)
    return float(b.mean() - a.mean()), float(np.sqrt(error))


def p_value(gap: float, error: float) -> float:
    """Return the two-sided p-value of a gap: valid for ONE look.

    >>> round(p_value(1.96, 1.0), 3)
    0.05
    """
    check_positive(error=error)
    return float(2 * norm.sf(abs(gap) / error))


def always_valid_p(gap: float, error: float, expected: float) -> float:
    """Return a p-value that stays valid however often one looks.

    The mixture sequential probability ratio test (Robbins, 1970; Johari,
    Koomen, Pekelis and Walsh, 2017): how much likelier is the gap under
    effects drawn from N(0, `expected`²) than under none? Under none, this
    ratio ever exceeds 1 / p with chance p at most, so its inverse is a p-value
    at every look. Keep the smallest seen. Raise DataError for an error or an
    expected effect that is not positive.

    >>> 0.05 < always_valid_p(1.96, 1.0, expected=1.0) < 1
    True
    """
    check_positive(error=error, expected=expected)
    noise, effect = error**2, expected**2
    log_ratio = 0.5 * np.log(noise / (noise + effect))
    log_ratio += gap**2 * effect / (2 * noise * (noise + effect))
    return float(np.exp(-max(log_ratio, 0.0)))
