"""Chapter 2: how far predicted ratings are from those given."""

from __future__ import annotations

import numpy as np

from recx_lib.core.checks import as_numbers
from recx_lib.core.errors import DataError


def _errors(actual, predicted) -> np.ndarray:
    """Return predicted − actual, (n,); raise DataError if lengths differ."""
    actual = as_numbers(actual, "actual")
    predicted = as_numbers(predicted, "predicted")
    if len(actual) != len(predicted):
        found = f"{len(actual)} actual but {len(predicted)} predicted values"
        raise DataError(f"{found}: pass one prediction per rating")
    return predicted - actual


def rmse(actual, predicted) -> float:
    """Return the root mean squared error, in stars.

    Raise DataError on empty, unequal or non-finite input.

    >>> rmse([4, 2], [3, 2])
    0.7071067811865476
    """
    return float(np.sqrt(np.mean(_errors(actual, predicted) ** 2)))


def mae(actual, predicted) -> float:
    """Return the mean absolute error, in stars; raise as `rmse`.

    >>> mae([4, 2], [3, 2])
    0.5
    """
    return float(np.mean(np.abs(_errors(actual, predicted))))
