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
    # 1. Whole numbers: 1.5 would be cut down to another's place.
    if idx.dtype.kind not in "iu" and idx.size:
        raise DataError(
            f"{kind} {values!r} is not an integer index: translate raw ids "
            f"with reviews.{kind}s.idx(...)"
        )
    # 2. Within the model's range: -1 would be the last one's.
    if idx.size and not (idx.min() >= 0 and idx.max() < n):
        bad = idx.min() if idx.min() < 0 else idx.max()
        raise DataError(
            f"{kind} index {bad} is outside 0 … {n - 1}: "
            f"the model was fitted on {n} {kind}s"
        )
    return idx.astype(np.int64)


def as_numbers(values, what: str, flat: bool = True) -> np.ndarray:
    """Return `values` as a float array, (n,), or (n, …) if not `flat`.

    Raise DataError, naming `what`, when there is none, when one is no finite
    number, or when they do not lie in one row.

    >>> as_numbers([1, 2], "values")
    array([1., 2.])
    >>> as_numbers([1, float("nan")], "values")
    Traceback (most recent call last):
    recx_lib.core.errors.DataError: values[1] is nan: remove or repair it first
    """
    # 1. Numbers at all.
    try:
        array = np.asarray(values, dtype=float)
    except (TypeError, ValueError) as error:
        raise DataError(
            f"{what} must be numbers ({error}): convert them first"
        ) from None
    # 2. Some of them, in the shape that was asked for.
    if array.size == 0 or array.ndim == 0 or (flat and array.ndim > 1):
        kind = "one-dimensional array" if flat else "array"
        shape = f"got shape {array.shape}"
        raise DataError(f"{what} must be a non-empty {kind}, {shape}")
    # 3. None of them NaN or infinite.
    if not np.isfinite(array).all():
        where = np.argwhere(~np.isfinite(array))[0].tolist()
        place = ", ".join(map(str, where))
        found = f"{what}[{place}] is {array[tuple(where)]}"
        raise DataError(f"{found}: remove or repair it first")
    return array


def as_pairs(
    user_idx, item_idx, n_users: int, n_items: int
) -> tuple[np.ndarray, np.ndarray]:
    """Return users and items as integer arrays of one length, or numbers.

    A single number goes with every one of the others. Raise DataError for an
    unknown index or unequal lengths.

    >>> u, i = as_pairs(0, [1, 2], n_users=1, n_items=3)
    >>> i.tolist()
    [1, 2]
    >>> as_pairs([0, 0], [1, 2, 0], n_users=1, n_items=3)
    Traceback (most recent call last):
    recx_lib.core.errors.DataError: 2 users but 3 items: pass one item per user
    """
    u, i = as_idx(user_idx, n_users, "user"), as_idx(item_idx, n_items, "item")
    if u.ndim and i.ndim and u.shape != i.shape:
        found = f"{u.size} users but {i.size} items"
        raise DataError(f"{found}: pass one item per user")
    return u, i


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
