"""Chapter 1: the table of reviews. Clean it, thin it, number its ids, split it without leaking."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
import pandas as pd

from recx_lib._tidy import invalid, tidy

COLUMNS = ["user", "item", "rating", "timestamp", "text"]


class DataError(ValueError):
    """Something is wrong with the data; the message says what, where, and what to do."""


class Ids:
    """Number distinct raw ids 0, 1, 2, … in sorted order, and translate both ways.

    >>> ids = Ids(["tent", "mat", "tent"])
    >>> len(ids), ids.idx("tent"), ids.idx(["mat", "tent"]).tolist(), ids.raw[0]
    (2, 1, [0, 1], 'mat')
    >>> ids.idx("tnet")
    Traceback (most recent call last):
    recx_lib.data.DataError: unknown id 'tnet': not among the 2 known ids (did you mean 'tent'?)
    """

    def __init__(self, values: Iterable[str]):
        self.raw: list[str] = sorted({str(v) for v in values})
        self._idx = {raw: i for i, raw in enumerate(self.raw)}

    def __len__(self) -> int:
        return len(self.raw)

    def idx(self, values):
        """Return the integer of one raw id, or an int64 array for a sequence; raise DataError on an unknown id."""
        if isinstance(values, str) or not isinstance(values, Iterable):
            return self._look_up(values)
        return np.array([self._look_up(v) for v in values], dtype=np.int64)

    def _look_up(self, value: str) -> int:
        try:
            return self._idx[value]
        except (KeyError, TypeError):
            from difflib import get_close_matches

            near = get_close_matches(str(value), self.raw, n=1)
            hint = f" (did you mean {near[0]!r}?)" if near else ""
            raise DataError(f"unknown id {value!r}: not among the {len(self)} known ids{hint}") from None


@dataclass(frozen=True)
class Reviews:
    """A table of ratings, one row per (user, item) pair, with ids numbered.

    `frame` has the columns user, item (raw ids, str), rating (float), timestamp (int, seconds), text (str, may be
    empty); its index, named "review", is the row's number in the source. `users` and `items` number the ids and are
    shared by all splits of a table. `scale` is the lowest and highest possible rating, `titles` and `tags` describe
    items, `aspects` lists the words that name each aspect, where the data come with such a list. `log` lists (step,
    rows affected) for everything that was changed or removed on the way here.

    >>> one = clean(pd.DataFrame([["ann", "tent", 4, 0, ""]], columns=COLUMNS))
    >>> len(one), one.user_idx.tolist(), one.rating.tolist(), one.title("tent")
    (1, [0], [4.0], 'tent')
    """

    frame: pd.DataFrame
    users: Ids
    items: Ids
    scale: tuple[float, float] = (1.0, 5.0)
    titles: Mapping[str, str] = field(default_factory=dict)
    tags: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    aspects: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    log: tuple[tuple[str, int], ...] = ()

    def __len__(self) -> int:
        return len(self.frame)

    @property
    def n_users(self) -> int:
        return len(self.users)

    @property
    def n_items(self) -> int:
        return len(self.items)

    @cached_property
    def user_idx(self) -> np.ndarray:
        """Integer user ids, (n,) int64."""
        return self.users.idx(self.frame["user"])

    @cached_property
    def item_idx(self) -> np.ndarray:
        """Integer item ids, (n,) int64."""
        return self.items.idx(self.frame["item"])

    @cached_property
    def rating(self) -> np.ndarray:
        """Ratings, (n,) float64."""
        return self.frame["rating"].to_numpy(float)

    @property
    def has_text(self) -> bool:
        return bool((self.frame["text"].str.len() > 0).any())

    def report(self) -> pd.DataFrame:
        """Return the log as a table with the columns step and rows."""
        return pd.DataFrame(list(self.log), columns=["step", "rows"])

    def title(self, item: str) -> str:
        """Return the name a person would use for a raw item id (the id itself where none is known)."""
        return self.titles.get(item, item)

    def subset(self, rows: np.ndarray) -> Reviews:
        """Return the rows chosen by a boolean mask or positions, with the same ids: what a split is made of."""
        return replace(self, frame=self.frame.iloc[np.flatnonzero(rows) if np.asarray(rows).dtype == bool else rows])


# --- cleaning ---


def clean(
    raw: pd.DataFrame,
    scale: tuple[float, float] = (1.0, 5.0),
    titles: Mapping[str, str] | None = None,
    tags: Mapping[str, tuple[str, ...]] | None = None,
) -> Reviews:
    """Turn a raw table with the columns `COLUMNS` into `Reviews`: tidy ids and text, one valid rating per pair.

    Blanks around ids go; spellings of an id that differ only in case become one; HTML entities in texts become
    characters. Rows without user, item, time or a finite rating on the `scale` are removed, and of several reviews of
    an item by a user the latest is kept. Every step is counted in the log. Raises DataError if a column is missing or
    no row is left.

    >>> raw = pd.DataFrame({"user": ["ann", "ann ", "bob"], "item": "tent", "rating": [4, 5, float("nan")],
    ...                     "timestamp": [1, 2, 3], "text": ["ok", "warm &amp; dry", ""]})
    >>> clean(raw).frame.values.tolist()
    [['ann', 'tent', 5.0, 2, 'warm & dry']]
    """
    titles, tags, scale = titles or {}, tags or {}, (float(scale[0]), float(scale[1]))
    frame, log = tidy(_checked(raw), titles)
    for step, bad in invalid(frame, scale).items():
        bad = bad[frame.index]  # of the rows that are still there
        log.append((f"removed: {step}", int(bad.sum())))
        frame = frame[~bad]
    in_order = frame.astype({"timestamp": "int64"}).sort_values("timestamp", kind="stable")
    frame = in_order.drop_duplicates(["user", "item"], keep="last")
    log.append(("removed: older review of the same item by the same user", len(in_order) - len(frame)))
    if frame.empty:
        raise DataError(f"none of {len(raw)} rows is left after cleaning: {', '.join(f'{s} ({n})' for s, n in log)}")
    users, items = Ids(frame["user"].unique()), Ids(frame["item"].unique())
    return Reviews(frame, users, items, scale, titles, tags, log=tuple(log))


def _checked(raw: pd.DataFrame) -> pd.DataFrame:
    """Return the table with its index named, if it has the columns and numbers every row once."""
    if missing := [column for column in COLUMNS if column not in raw]:
        raise DataError(f"the table has no column {missing[0]!r}; it needs {', '.join(COLUMNS)}")
    if not raw.index.is_unique:
        raise DataError(f"review number {raw.index[raw.index.duplicated()][0]} occurs twice; number every row once")
    return raw.rename_axis("review")


def k_core(reviews: Reviews, k: int) -> Reviews:
    """Keep the largest part in which every user and every item has at least `k` reviews; number the ids anew.

    Removing a user may leave an item with too few reviews, and so on: repeat until nothing changes. Raises DataError
    if `k` is below 1 or nothing is left.

    >>> raw = pd.DataFrame({"user": list("aabbc"), "item": list("xyxyx"), "rating": 3, "timestamp": 0, "text": ""})
    >>> k_core(clean(raw), 2).users.raw
    ['a', 'b']
    """
    if k < 1:
        raise DataError(f"k must be at least 1, got {k}")
    frame = reviews.frame
    while True:
        per_user = frame.groupby("user")["item"].transform("size")
        per_item = frame.groupby("item")["user"].transform("size")
        enough = (per_user >= k) & (per_item >= k)
        if enough.all():
            break
        frame = frame[enough]
    if frame.empty:
        raise DataError(f"the {k}-core of {len(reviews)} reviews is empty: choose a k below {k}")
    log = (*reviews.log, (f"removed: not in the {k}-core", len(reviews) - len(frame)))
    return replace(reviews, frame=frame, users=Ids(frame["user"]), items=Ids(frame["item"]), log=log)


# --- splits: the parts share the ids, and no pair is in both ---


def split_given(reviews: Reviews, is_test: np.ndarray) -> tuple[Reviews, Reviews]:
    """Return (train, test) as a boolean mask over the rows says. Raises DataError if a part would be empty.

    >>> raw = pd.DataFrame({"user": list("aabb"), "item": list("xyxy"), "rating": 3, "timestamp": range(4), "text": ""})
    >>> train, test = split_given(clean(raw), [False, False, True, False])
    >>> test.frame.index.tolist()
    [2]
    """
    is_test = np.asarray(is_test, dtype=bool)
    if is_test.shape != (len(reviews),):
        raise DataError(f"the mask has shape {is_test.shape}, but there are {len(reviews)} reviews")
    if is_test.all() or not is_test.any():
        empty = "train" if is_test.all() else "test"
        raise DataError(f"cannot split {len(reviews)} reviews: the {empty} part would be empty")
    return reviews.subset(~is_test), reviews.subset(is_test)


def split_random(reviews: Reviews, share: float = 0.2, seed: int = 0) -> tuple[Reviews, Reviews]:
    """Return (train, test) with a `share` of the reviews, drawn at random, in test.

    >>> raw = pd.DataFrame({"user": list("aabb"), "item": list("xyxy"), "rating": 3, "timestamp": range(4), "text": ""})
    >>> train, test = split_random(clean(raw), 0.25, seed=0)
    >>> len(train), len(test)
    (3, 1)
    """
    n_test = round(_valid(share) * len(reviews))
    chosen = np.random.default_rng(seed).permutation(len(reviews))[: max(n_test, 1)]
    return split_given(reviews, np.isin(np.arange(len(reviews)), chosen))


def split_by_time(reviews: Reviews, share: float = 0.2) -> tuple[Reviews, Reviews]:
    """Return (train, test) cut at one moment: all of train is earlier than all of test.

    The cut is the one that brings test nearest to `share` of the reviews (reviews of the same second stay together).
    Raises DataError if all reviews are from one second.

    >>> raw = pd.DataFrame({"user": list("aabb"), "item": list("xyxy"), "rating": 3, "timestamp": range(4), "text": ""})
    >>> train, test = split_by_time(clean(raw), 0.25)
    >>> test.frame.index.tolist()
    [3]
    """
    times, count = np.unique(reviews.frame["timestamp"], return_counts=True)
    if len(times) < 2:
        raise DataError(f"cannot split by time: all {len(reviews)} reviews have the timestamp {times[0]}")
    at_or_after = count[::-1].cumsum()[::-1]  # (n_times,) reviews from each moment on
    cut = times[1:][np.abs(at_or_after[1:] - _valid(share) * len(reviews)).argmin()]
    return split_given(reviews, reviews.frame["timestamp"] >= cut)


def leave_last_out(reviews: Reviews) -> tuple[Reviews, Reviews]:
    """Return (train, test) with each user's last review in test; users with a single review stay in train.

    Of several reviews of the same second the one with the highest number is the last. Raises DataError if every user
    has a single review.

    >>> raw = pd.DataFrame({"user": list("aabb"), "item": list("xyxy"), "rating": 3, "timestamp": range(4), "text": ""})
    >>> train, test = leave_last_out(clean(raw))
    >>> test.frame.index.tolist()
    [1, 3]
    """
    order = np.lexsort((reviews.frame.index, reviews.frame["timestamp"], reviews.user_idx))
    user = reviews.user_idx[order]
    last = np.append(user[1:] != user[:-1], True)
    single = np.bincount(reviews.user_idx, minlength=reviews.n_users)[user] == 1
    is_test = np.zeros(len(reviews), dtype=bool)
    is_test[order[last & ~single]] = True
    return split_given(reviews, is_test)


def _valid(share: float) -> float:
    if not 0 < share < 1:
        raise DataError(f"share must lie between 0 and 1, got {share}")
    return share


def assert_no_leak(train: Reviews, test: Reviews, by_time: bool = False) -> None:
    """Raise DataError, naming a row, if train and test share a pair, number ids differently or (`by_time`) overlap.

    >>> raw = pd.DataFrame({"user": list("aabb"), "item": list("xyxy"), "rating": 3, "timestamp": range(4), "text": ""})
    >>> train, test = leave_last_out(clean(raw))
    >>> assert_no_leak(train, test, by_time=True)
    Traceback (most recent call last):
    recx_lib.data.DataError: leak: review 2 of train is not earlier than the first of test (timestamp 1)
    """
    if train.users.raw != test.users.raw or train.items.raw != test.items.raw:
        raise DataError("train and test number their ids differently: split one table, do not load two")
    shared = test.frame.merge(train.frame, on=["user", "item"])
    if len(shared):
        raise DataError(f"leak: user {shared['user'][0]!r} and item {shared['item'][0]!r} are in train and in test")
    if by_time and (first := test.frame["timestamp"].min()) <= train.frame["timestamp"].max():
        row = train.frame["timestamp"].idxmax()
        raise DataError(f"leak: review {row} of train is not earlier than the first of test (timestamp {first})")
