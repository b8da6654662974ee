"""All chapters: what a model refuses, and in which words. Plumbing."""

from __future__ import annotations

import numpy as np

from recx_lib.core.errors import DataError


def as_idx(values, n: int, kind: str) -> np.ndarray:
    """Return `values` as an integer array; raise DataError if one is not an
    index in 0 … n-1 of the `kind` named.

    >>> as_idx([2, 0], 3, "user").tolist()
    [2, 0]
    >>> as_idx("ann", 3, "user")
    Traceback (most recent call last):
    recx_lib.core.errors.DataError: user 'ann' is not an integer index: ...
    """
    idx = np.asarray(values)
    if idx.dtype.kind not in "iu" and idx.size:
        raise DataError(
            f"{kind} {values!r} is not an integer index: translate raw ids "
            f"with reviews.{kind}s.idx(...)"
        )
    if idx.size and not (idx.min() >= 0 and idx.max() < n):
        bad = idx.min() if idx.min() < 0 else idx.max()
        raise DataError(
            f"{kind} index {bad} is outside 0 … {n - 1}: "
            f"the model was fitted on {n} {kind}s"
        )
    return idx.astype(np.int64)


def check_positive(**parameters) -> None:
    """Raise DataError naming the first parameter that is not above zero.

    >>> check_positive(reg=0)
    Traceback (most recent call last):
    recx_lib.core.errors.DataError: reg=0 must be greater than zero
    """
    for name, value in parameters.items():
        if not 0 < value < np.inf:
            also = " and finite" if value == np.inf else ""
            raise DataError(f"{name}={value} must be greater than zero{also}")


def check_whole(minimum: int = 1, **parameters) -> None:
    """Raise DataError naming the first parameter that is not a whole number of
    at least `minimum`.

    >>> check_whole(k=0)
    Traceback (most recent call last):
    recx_lib.core.errors.DataError: k=0 must be a whole number, 1 or more
    """
    for name, value in parameters.items():
        is_number = isinstance(value, (int, np.integer))
        if isinstance(value, bool) or not is_number or value < minimum:
            raise DataError(
                f"{name}={value!r} must be a whole number, {minimum} or more"
            )
