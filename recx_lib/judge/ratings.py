"""Chapter 2: how far predicted ratings are from those given."""

from __future__ import annotations

import numpy as np

from recx_lib.core.errors import DataError


def _numbers(values, what: str) -> np.ndarray:
    """Return `values` as a one-dimensional float array; raise DataError when
    empty, not flat or not finite.
    """
    try:
        array = np.asarray(values, dtype=float)
    except (TypeError, ValueError) as error:
        raise DataError(
            f"{what} must be numbers ({error}): convert them first"
        ) from None
    if array.ndim != 1 or array.size == 0:
        raise DataError(
            f"{what} must be a non-empty one-dimensional array, got shape {array.shape}"
        )
    if not np.isfinite(array).all():
        where = int(np.flatnonzero(~np.isfinite(array))[0])
        raise DataError(
            f"{what}[{where}] is {array[where]}: remove or repair rows that are not finite first"
        )
    return array


def _errors(actual, predicted) -> np.ndarray:
    """Return predicted − actual, (n,); raise DataError when the lengths
    differ.
    """
    actual, predicted = (
        _numbers(actual, "actual"),
        _numbers(predicted, "predicted"),
    )
    if len(actual) != len(predicted):
        raise DataError(
            f"{len(actual)} actual but {len(predicted)} predicted values: pass one prediction per rating"
        )
    return predicted - actual


def rmse(actual, predicted) -> float:
    """Return the root mean squared error, in stars; raise DataError on empty,
    unequal or non-finite input.

    >>> rmse([4, 2], [3, 2])
    0.7071067811865476
    """
    return float(np.sqrt(np.mean(_errors(actual, predicted) ** 2)))


def mae(actual, predicted) -> float:
    """Return the mean absolute error, in stars; raise DataError on empty,
    unequal or non-finite input.

    >>> mae([4, 2], [3, 2])
    0.5
    """
    return float(np.mean(np.abs(_errors(actual, predicted))))
