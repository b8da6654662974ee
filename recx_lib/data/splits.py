"""Chapter 1: cutting a table into what is learned from and what is judged by,
without a leak.
"""

from __future__ import annotations

import numpy as np

from recx_lib.core.errors import DataError
from recx_lib.data.reviews import Reviews

# --- splits: the parts share the ids, and no pair is in both ---


def split_given(
    reviews: Reviews, is_test: np.ndarray
) -> tuple[Reviews, Reviews]:
    """Return (train, test) as a boolean mask over the rows says. Raises
    DataError if a part would be empty.

    >>> raw = pd.DataFrame({"user": list("aabb"), "item": list("xyxy"), "rating": 3, "timestamp": range(4), "text": ""})
    >>> train, test = split_given(clean(raw), [False, False, True, False])
    >>> test.frame.index.tolist()
    [2]
    """
    is_test = np.asarray(is_test, dtype=bool)
    if is_test.shape != (len(reviews),):
        raise DataError(
            f"the mask has shape {is_test.shape}, but there are {len(reviews)} reviews"
        )
    if is_test.all() or not is_test.any():
        empty = "train" if is_test.all() else "test"
        raise DataError(
            f"cannot split {len(reviews)} reviews: the {empty} part would be empty"
        )
    return reviews.subset(~is_test), reviews.subset(is_test)


def split_random(
    reviews: Reviews, share: float = 0.2, seed: int = 0
) -> tuple[Reviews, Reviews]:
    """Return (train, test) with a `share` of the reviews, drawn at random, in
    test.

    >>> raw = pd.DataFrame({"user": list("aabb"), "item": list("xyxy"), "rating": 3, "timestamp": range(4), "text": ""})
    >>> train, test = split_random(clean(raw), 0.25, seed=0)
    >>> len(train), len(test)
    (3, 1)
    """
    n_test = round(_valid(share) * len(reviews))
    chosen = np.random.default_rng(seed).permutation(len(reviews))[
        : max(n_test, 1)
    ]
    return split_given(reviews, np.isin(np.arange(len(reviews)), chosen))


def split_by_time(
    reviews: Reviews, share: float = 0.2
) -> tuple[Reviews, Reviews]:
    """Return (train, test) cut at one moment: all of train is earlier than all
    of test.

    The cut is the one that brings test nearest to `share` of the reviews
    (reviews of the same second stay together). Raises DataError if all reviews
    are from one second.

    >>> raw = pd.DataFrame({"user": list("aabb"), "item": list("xyxy"), "rating": 3, "timestamp": range(4), "text": ""})
    >>> train, test = split_by_time(clean(raw), 0.25)
    >>> test.frame.index.tolist()
    [3]
    """
    times, count = np.unique(reviews.frame["timestamp"], return_counts=True)
    if len(times) < 2:
        raise DataError(
            f"cannot split by time: all {len(reviews)} reviews have the timestamp {times[0]}"
        )
    at_or_after = count[::-1].cumsum()[
        ::-1
    ]  # (n_times,) reviews from each moment on
    cut = times[1:][
        np.abs(at_or_after[1:] - _valid(share) * len(reviews)).argmin()
    ]
    return split_given(reviews, reviews.frame["timestamp"] >= cut)


def leave_last_out(reviews: Reviews) -> tuple[Reviews, Reviews]:
    """Return (train, test) with each user's last review in test; users with a
    single review stay in train.

    Of several reviews of the same second the one with the highest number is
    the last. Raises DataError if every user has a single review.

    >>> raw = pd.DataFrame({"user": list("aabb"), "item": list("xyxy"), "rating": 3, "timestamp": range(4), "text": ""})
    >>> train, test = leave_last_out(clean(raw))
    >>> test.frame.index.tolist()
    [1, 3]
    """
    order = np.lexsort(
        (reviews.frame.index, reviews.frame["timestamp"], reviews.user_idx)
    )
    user = reviews.user_idx[order]
    last = np.append(user[1:] != user[:-1], True)
    single = (
        np.bincount(reviews.user_idx, minlength=reviews.n_users)[user] == 1
    )
    is_test = np.zeros(len(reviews), dtype=bool)
    is_test[order[last & ~single]] = True
    return split_given(reviews, is_test)


def _valid(share: float) -> float:
    if not 0 < share < 1:
        raise DataError(f"share must lie between 0 and 1, got {share}")
    return share


def assert_no_leak(
    train: Reviews, test: Reviews, by_time: bool = False
) -> None:
    """Raise DataError, naming a row, if train and test share a pair, number
    ids differently or (`by_time`) overlap.

    >>> raw = pd.DataFrame({"user": list("aabb"), "item": list("xyxy"), "rating": 3, "timestamp": range(4), "text": ""})
    >>> train, test = leave_last_out(clean(raw))
    >>> assert_no_leak(train, test, by_time=True)
    Traceback (most recent call last):
    recx_lib.core.errors.DataError: leak: review 2 of train is not earlier than the first of test (timestamp 1)
    """
    if train.users.raw != test.users.raw or train.items.raw != test.items.raw:
        raise DataError(
            "train and test number their ids differently: split one table, do not load two"
        )
    shared = test.frame.merge(train.frame, on=["user", "item"])
    if len(shared):
        raise DataError(
            f"leak: user {shared['user'][0]!r} and item {shared['item'][0]!r} are in train and in test"
        )
    if (
        by_time
        and (first := test.frame["timestamp"].min())
        <= train.frame["timestamp"].max()
    ):
        row = train.frame["timestamp"].idxmax()
        raise DataError(
            f"leak: review {row} of train is not earlier than the first of test (timestamp {first})"
        )
