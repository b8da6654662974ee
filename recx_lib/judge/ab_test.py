"""Chapter 16: two groups of customers, dealt out by lot: which did better?"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
from scipy.optimize import brentq
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
    are counted. Raise DataError for unequal lengths, and where one is missing.

    >>> by_customer([1, 0, 1], ["ann", "ann", "bob"]).tolist()
    [0.5, 1.0]
    """
    values = as_numbers(values, "values")
    if len(values) != len(customers):
        problem = f"{len(values)} values of {len(customers)} customers"
        raise DataError(f"{problem}: name one each")
    if (nobody := pd.isna(np.asarray(customers))).any():
        raise DataError(f"row {nobody.argmax()} has no customer: name one")
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
    _ = as_numbers([gap], "gap")
    return float(2 * norm.sf(abs(gap) / error))


def always_valid_p(gap: float, error: float, expected: float) -> float:
    """Return a p-value that stays valid however often one looks.

    The mixture sequential probability ratio test (Robbins, 1970; Johari,
    Koomen, Pekelis and Walsh, 2017): how much likelier is the gap under
    effects drawn from N(0, `expected`²) than under none? Under none, this
    ratio ever exceeds 1 / p with chance p at most, so its inverse is a p-value
    at every look. Keep the smallest seen. Raise DataError for an error or an
    expected effect that is not positive, and a gap that is no number.

    >>> 0.05 < always_valid_p(1.96, 1.0, expected=1.0) < 1
    True
    """
    check_positive(error=error, expected=expected)
    _ = as_numbers([gap], "gap")
    noise, effect = error**2, expected**2
    log_ratio = 0.5 * np.log(noise / (noise + effect))
    log_ratio += gap**2 * effect / (2 * noise * (noise + effect))
    return float(np.exp(-max(log_ratio, 0.0)))


def obrien_fleming(shares, alpha: float) -> np.ndarray:
    """Return the error spent up to each look: nearly all of it at the end.

    Each side spends 2 − 2 Φ(z / √share), z the normal quantile beyond which
    lies alpha / 4 (Lan and DeMets, 1983, their first). `shares` (n_looks,) of
    the customers, 0 … 1.

    >>> obrien_fleming([0.5, 1.0], alpha=0.05).round(4).tolist()
    [0.0031, 0.05]
    """
    return 4 * norm.sf(norm.isf(alpha / 4) / np.sqrt(shares))


def pocock(shares, alpha: float) -> np.ndarray:
    """Return the error spent up to each look: much of it early.

    alpha log(1 + (e − 1) share) (Lan and DeMets, 1983, their second).

    >>> pocock([0.5, 1.0], alpha=0.05).round(4).tolist()
    [0.031, 0.05]
    """
    return alpha * np.log1p((np.e - 1) * np.asarray(shares, dtype=float))


def spending_bounds(
    shares, spend: Callable = obrien_fleming, level: float = 0.95
) -> np.ndarray:
    """Return beyond which |z| a test may stop, for each look, (n_looks,).

    `shares` (n_looks,) says which share of the planned customers each look
    has, rising to 1 at most; `spend(shares, alpha)` how much of the error
    alpha = 1 − `level` may be spent up to each. Only past looks matter, so
    later ones need no plan (Lan and DeMets, 1983; the recursion is that of
    Armitage, McPherson and Rowe, 1969). Raise DataError for shares that do
    not rise by a thousandth at least, and a level outside 0 … 1.

    >>> spending_bounds([0.5, 1.0]).round(2).tolist()
    [2.96, 1.97]
    """
    shares = as_shares(shares, level)
    steps = np.sqrt(np.diff(shares, prepend=0))
    spent = np.diff(spend(shares, 1 - level), prepend=0)
    nodes, parts = np.polynomial.legendre.leggauss(200)

    def too_many(z, edge, at, mass, step, alpha):
        ends = norm.sf(z * edge, at, step) + norm.cdf(-z * edge, at, step)
        return mass @ ends - alpha

    # 1. z √share is a walk; before the first look every test stands at zero
    at, mass, bounds = np.zeros(1), np.ones(1), []
    for edge, step, alpha in zip(np.sqrt(shares), steps, spent, strict=True):
        # 2. the bound beyond which just so many of the running tests walk
        now = edge, at, mass, step, alpha
        bounds.append(brentq(too_many, 0, 40, args=now))
        # 3. where the others are: 200 points, a mass on each
        to = bounds[-1] * edge * nodes
        arrive = norm.pdf(to[:, None], at, step) @ mass
        at, mass = to, arrive * bounds[-1] * edge * parts
    return np.array(bounds)


def as_shares(shares, level: float) -> np.ndarray:
    """Return the looks' shares (n_looks,); raise DataError unless they rise
    from above 0 to 1 at most, and the level lies between 0 and 1.
    """
    shares = as_numbers(shares, "shares")
    if not 0 < level < 1:
        raise DataError(f"level={level} must lie between 0 and 1")
    rises = np.diff(shares, prepend=0) > 1e-3 - 1e-9
    if not (shares.size and rises.all() and shares[-1] <= 1):
        bad = int(np.argmin(rises)) if shares.size else 0
        raise DataError(
            f"look {bad} of {shares.tolist()}: the shares of the customers "
            "rise by a thousandth or more from look to look, to 1 at most"
        )
    return shares
