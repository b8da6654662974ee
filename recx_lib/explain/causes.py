"""Chapter 14: what a treatment does, from data in which nobody drew lots."""

from __future__ import annotations

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

from recx_lib.core.checks import as_numbers, check_whole
from recx_lib.core.errors import DataError
from recx_lib.recommend.linear import ridge

LEAST = 0.02  # no row weighs more than fifty


def naive_effect(treated, y) -> float:
    """Return the mean of `y` among the treated less that of the others.

    `treated` (n,) of bool, `y` (n,). It is the effect only where lots were
    drawn. Raise DataError on unequal lengths, values that are not finite, and
    where all or none are treated.

    >>> naive_effect([True, True, False, False], [4, 5, 3, 4])
    1.0
    """
    treated, y, _ = as_study(treated, y, np.zeros((np.size(y), 1)))
    return float(y[treated].mean() - y[~treated].mean())


def adjusted_effect(treated, y, X) -> float:
    """Return the effect after adjustment by regression.

    Two lines, one learned from the treated, one from the others; both are
    asked about everybody with covariates `X` (n, m), and the difference is
    averaged (the parametric g-formula; Hernán and Robins, 2020, "Causal
    Inference: What If", chapter 13). Right if `X` holds every common cause and
    the lines are right. Raise as `naive_effect`.

    >>> z = np.array([0.0, 0.0, 1.0, 1.0, 1.0, 0.0])
    >>> treated = np.array([0, 0, 1, 1, 0, 1], dtype=bool)
    >>> round(adjusted_effect(treated, 3 + z + 0.5 * treated, z[:, None]), 2)
    0.5
    """
    treated, y, X = as_study(treated, y, X)
    with_it, without = outcomes(treated, y, X)
    return float((with_it - without).mean())


def weighted_effect(treated, y, X) -> float:
    """Return the effect after weighting by the inverse propensity.

    Who got the treatment against the odds stands for many who did not: a
    treated row weighs 1 / e(x), another 1 / (1 − e(x)), where e(x) is the
    chance of treatment, here a logistic regression on `X` (n, m), kept
    between LEAST and 1 − LEAST. Weights sum to one in each group (Hájek).
    Right if `X` holds every common cause and e is right. Raise as
    `naive_effect`.

    >>> z = np.repeat([0.0, 1.0], 8)
    >>> treated = np.tile([1, 0, 0, 0, 1, 1, 1, 0], 2).astype(bool)
    >>> round(weighted_effect(treated, 3 + z + 0.5 * treated, z[:, None]), 2)
    0.5
    """
    treated, y, X = as_study(treated, y, X)
    chance = propensity(treated, X)
    with_it = np.average(y, weights=treated / chance)
    without = np.average(y, weights=~treated / (1 - chance))
    return float(with_it - without)


def doubly_robust_effect(treated, y, X) -> float:
    """Return the effect by regression, its errors weighted (AIPW).

    The lines' difference, corrected by what they got wrong, each error
    weighted as in `weighted_effect`: right if either the lines or the
    propensity are (Robins, Rotnitzky and Zhao, 1994), and if `X` (n, m) holds
    every common cause. Raise as `naive_effect`.

    >>> z = np.array([0.0, 0.0, 1.0, 1.0, 1.0, 0.0])
    >>> treated = np.array([0, 0, 1, 1, 0, 1], dtype=bool)
    >>> y = 3 + z + 0.5 * treated
    >>> round(doubly_robust_effect(treated, y, z[:, None]), 2)
    0.5
    """
    treated, y, X = as_study(treated, y, X)
    with_it, without = outcomes(treated, y, X)
    chance = propensity(treated, X)
    missed_with = treated * (y - with_it) / chance
    missed_without = ~treated * (y - without) / (1 - chance)
    each = with_it + missed_with - without - missed_without
    return float(each.mean())


def placebo_effects(
    estimate, treated, y, X, n=20, seed=0, groups=None
) -> np.ndarray:
    """Return n estimates (n,) for treatments dealt out at random.

    A sound way of estimating finds nothing in them: they should lie around 0,
    and the real estimate outside their range. Where whole `groups` (a label
    per row) were treated, a product's reviews, say, they are dealt to groups:
    dealt to rows they would lie too close together. `estimate` is called as
    `adjusted_effect` is. Raise DataError for n below 1, a seed below 0 and a
    group of which some rows only are treated.

    >>> z, y = np.zeros((40, 1)), np.tile([3.0, 4.0], 20)
    >>> treated = np.tile([False, True], 20)
    >>> found = placebo_effects(adjusted_effect, treated, y, z, n=5)
    >>> bool(np.abs(found).max() < adjusted_effect(treated, y, z))
    True
    """
    check_whole(n=n)
    check_whole(0, seed=seed)
    rng = np.random.default_rng(seed)
    of_unit, at = by_unit(np.asarray(treated, dtype=bool), groups)
    dealt = [rng.permutation(of_unit)[at] for _ in range(n)]
    return np.array([estimate(one, y, X) for one in dealt])


def by_unit(treated, groups) -> tuple[np.ndarray, np.ndarray]:
    """Return each group's treatment, (n_groups,), and each row's group, (n,);
    every row is a group of its own where `groups` is None.
    """
    labels = np.arange(len(treated)) if groups is None else groups
    names, first, at = np.unique(
        labels, return_index=True, return_inverse=True
    )
    is_split = treated[first][at] != treated
    if is_split.any():
        raise DataError(
            f"group {names[at[is_split][0]]}: some of its rows are treated, "
            "others not; leave groups out, or name the unit that was treated"
        )
    return treated[first], at


def common_cause_effects(estimate, treated, y, X, n=20, seed=0) -> np.ndarray:
    """Return n estimates (n,), each with one more covariate, drawn at random.

    It causes nothing, so a sound way of estimating finds what it found
    without it. `estimate` is called as `adjusted_effect` is. Raise DataError
    for n below 1 or a seed below 0.

    >>> z, y = np.zeros((40, 1)), np.tile([3.0, 4.0], 20)
    >>> treated = np.tile([False, True], 20)
    >>> common_cause_effects(adjusted_effect, treated, y, z, n=3).round(2)
    array([1., 1., 1.])
    """
    check_whole(n=n)
    check_whole(0, seed=seed)
    rng, found = np.random.default_rng(seed), []
    for _ in range(n):
        more = np.column_stack([X, rng.normal(size=len(X))])
        found.append(estimate(treated, y, more))
    return np.array(found)


def outcomes(treated, y, X) -> tuple[np.ndarray, np.ndarray]:
    """Return everybody's expected y with and without treatment, (n,) each:
    one line learned from the treated, one from the others.

    >>> X = np.array([[0.0], [1.0], [0.0], [1.0]])
    >>> treated = np.array([True, True, False, False])
    >>> y = np.array([1.0, 2.0, 0.0, 1.0])
    >>> (outcomes(treated, y, X)[0] - outcomes(treated, y, X)[1]).round(2)
    array([1., 1., 1., 1.])
    """
    Z = np.column_stack([np.ones(len(X)), X])
    lines = [ridge(Z[rows], y[rows], reg=1e-6) for rows in (treated, ~treated)]
    return Z @ lines[0], Z @ lines[1]


def propensity(treated, X) -> np.ndarray:
    """Return everybody's chance of treatment given X (n, m), (n,), kept
    between LEAST and 1 − LEAST.

    >>> X, treated = np.zeros((4, 1)), np.array([True, False, False, False])
    >>> propensity(treated, X).round(2)
    array([0.25, 0.25, 0.25, 0.25])
    """
    model = LogisticRegression(max_iter=1000).fit(X, treated)
    chance = model.predict_proba(X)[:, 1]
    return chance.clip(LEAST, 1 - LEAST)


def as_study(treated, y, X) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return treated (n,), y (n,) and X (n, m) as arrays, X standardised;
    raise DataError as `naive_effect` says.
    """
    # 1. Everybody was treated or not, has an outcome and a row.
    treated = np.asarray(treated, dtype=bool)
    y = as_numbers(y, "y")
    X = np.asarray(X, dtype=float)
    if X.ndim != 2 or not len(treated) == len(y) == len(X):
        raise DataError(
            f"treated has shape {treated.shape}, y {y.shape}, X {X.shape}: "
            "give one row of X (n, m) for each of n treated and y"
        )
    # 2. Nothing is missing, and both groups have somebody.
    if not np.isfinite(X).all():
        raise DataError(
            "X holds values that are not finite: fill them, or drop the rows"
        )
    if treated.all() or not treated.any():
        raise DataError(
            "all or none are treated: there is nobody to compare with"
        )
    return treated, y, StandardScaler().fit_transform(X)
