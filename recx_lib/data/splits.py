"""Chapter 1: cutting a table in what is learned from and what is judged by.

The parts share the ids, and no pair is in both.
"""

from __future__ import annotations

import numpy as np

from recx_lib.core.checks import check_whole
from recx_lib.core.errors import DataError
from recx_lib.data.reviews import Reviews


def split_given(
    reviews: Reviews, is_test: np.ndarray
) -> tuple[Reviews, Reviews]:
    """Return (train, test) as a boolean mask over the rows says. Raises
    DataError if a part would be empty.

    >>> from recx_lib.data.load import load_shop
    >>> shop = load_shop()
    >>> train, test = split_given(shop, shop.rating == 5)
    >>> train.rating.max(), test.rating.min()
    (np.float64(4.0), np.float64(5.0))
    """
    is_test = np.asarray(is_test, dtype=bool)
    if is_test.shape != (len(reviews),):
        but = f"there are {len(reviews)} reviews"
        raise DataError(f"the mask has shape {is_test.shape}, but {but}")
    # a model needs rows to learn from, a test rows to ask
    if is_test.all() or not is_test.any():
        empty = "train" if is_test.all() else "test"
        why = f"the {empty} part would be empty"
        raise DataError(f"cannot split {len(reviews)} reviews: {why}")
    return reviews.subset(~is_test), reviews.subset(is_test)


def split_random(
    reviews: Reviews, share: float = 0.2, seed: int = 0
) -> tuple[Reviews, Reviews]:
    """Return (train, test) with a `share` of the reviews, drawn at random, in
    test. Raises DataError for a share outside 0 to 1 or a seed below 0.

    >>> from recx_lib.data.load import load_shop
    >>> train, test = split_random(load_shop(), share=0.2, seed=0)
    >>> round(len(test) / (len(train) + len(test)), 3)
    0.2
    """
    check_whole(0, seed=seed)
    n_test = max(round(_checked(share) * len(reviews)), 1)
    order = np.random.default_rng(seed).permutation(len(reviews))
    is_test = np.zeros(len(reviews), dtype=bool)
    is_test[order[:n_test]] = True
    return split_given(reviews, is_test)


def split_by_time(
    reviews: Reviews, share: float = 0.2
) -> tuple[Reviews, Reviews]:
    """Return (train, test) cut at one moment: all of train is earlier than all
    of test.

    The cut is the one that brings test nearest to `share` of the reviews
    (reviews of the same second stay together). Raises DataError if all reviews
    are from one second.

    >>> from recx_lib.data.load import load_shop
    >>> train, test = split_by_time(load_shop(), share=0.2)
    >>> train.frame["timestamp"].max() < test.frame["timestamp"].min()
    np.True_
    """
    times, count = np.unique(reviews.frame["timestamp"], return_counts=True)
    if len(times) < 2:
        why = f"all {len(reviews)} reviews have the timestamp {times[0]}"
        raise DataError(f"cannot split by time: {why}")
    # how many reviews are from each moment on, (n_times,)
    at_or_after = count[::-1].cumsum()[::-1]
    off = np.abs(at_or_after[1:] - _checked(share) * len(reviews))
    cut = times[1:][off.argmin()]
    return split_given(reviews, reviews.frame["timestamp"] >= cut)


def leave_last_out(reviews: Reviews) -> tuple[Reviews, Reviews]:
    """Return (train, test) with each user's last review in test; users with a
    single review stay in train.

    Of several reviews of the same second the one with the highest number is
    the last. Raises DataError if every user has a single review.

    >>> from recx_lib.data.load import load_shop
    >>> train, test = leave_last_out(load_shop())
    >>> test.frame["user"].is_unique
    True
    """
    # 1. by user, then time, then number: the last key counts most
    time, number = reviews.frame["timestamp"], reviews.frame.index
    order = np.lexsort((number, time, reviews.user_idx))
    user = reviews.user_idx[order]
    # 2. the last of each user, but not the only one
    is_last = np.append(user[1:] != user[:-1], True)
    n_written = np.bincount(reviews.user_idx, minlength=reviews.n_users)
    is_single = n_written[user] == 1
    is_test = np.zeros(len(reviews), dtype=bool)
    is_test[order[is_last & ~is_single]] = True
    return split_given(reviews, is_test)


def _checked(share: float) -> float:
    if not 0 < share < 1:
        raise DataError(f"share must lie between 0 and 1, got {share}")
    return share


def assert_no_leak(
    train: Reviews, test: Reviews, by_time: bool = False
) -> None:
    """Raise DataError, naming a row, if train and test share a pair, number
    ids differently or (`by_time`) overlap.

    >>> from recx_lib.data.load import load_shop
    >>> train, test = split_random(load_shop())
    >>> assert_no_leak(train, test, by_time=True)
    Traceback (most recent call last):
    recx_lib.core.errors.DataError: leak: review ... is not earlier than ...
    """
    # 1. the same numbers for the same ids
    if train.users.raw != test.users.raw or train.items.raw != test.items.raw:
        raise DataError(
            "train and test number their ids differently: split one table, "
            "do not load two"
        )
    # 2. no pair in both
    shared = test.frame.merge(train.frame, on=["user", "item"])
    if len(shared):
        user, item = shared["user"][0], shared["item"][0]
        pair = f"user {user!r} and item {item!r}"
        raise DataError(f"leak: {pair} are in train and in test")
    # 3. no future in train
    first, times = test.frame["timestamp"].min(), train.frame["timestamp"]
    if by_time and first <= times.max():
        raise DataError(
            f"leak: review {times.idxmax()} of train is not earlier than the "
            f"first of test (timestamp {first})"
        )
