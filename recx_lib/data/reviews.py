"""Chapter 1: the table of reviews. Clean it, thin it, number its ids, split it
without leaking.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from html import unescape

import numpy as np
import pandas as pd

from recx_lib.core.errors import DataError

COLUMNS = ["user", "item", "rating", "timestamp", "text"]


class Ids:
    """Number distinct raw ids 0, 1, 2, … in sorted order, and translate both
    ways.

    >>> ids = Ids(["tent", "mat", "tent"])
    >>> len(ids), ids.idx("tent"), ids.idx(["mat", "tent"]).tolist(), ids.raw[0]
    (2, 1, [0, 1], 'mat')
    >>> ids.idx("tnet")
    Traceback (most recent call last):
    recx_lib.core.errors.DataError: unknown id 'tnet': not among the 2 known ids (did you mean 'tent'?)
    """

    def __init__(self, values: Iterable[str]):
        self.raw: list[str] = sorted({str(v) for v in values})
        self._idx = {raw: i for i, raw in enumerate(self.raw)}

    def __len__(self) -> int:
        return len(self.raw)

    def idx(self, values):
        """Return the integer of one raw id, or an int64 array for a sequence;
        raise DataError on an unknown id.
        """
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
            raise DataError(
                f"unknown id {value!r}: not among the {len(self)} known ids{hint}"
            ) from None


@dataclass(frozen=True)
class Reviews:
    """A table of ratings, one row per (user, item) pair, with ids numbered.

    `frame` has the columns user, item (raw ids, str), rating (float),
    timestamp (int, seconds), text (str, may be empty); its index, named
    "review", is the row's number in the source. `users` and `items` number the
    ids and are shared by all splits of a table. `scale` is the lowest and
    highest possible rating, `titles` and `tags` describe items, `aspects`
    lists the words that name each aspect, where the data come with such a
    list. `log` lists (step, rows affected) for everything that was changed or
    removed on the way here.

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
        """Return the name a person would use for a raw item id (the id itself
        where none is known).
        """
        return self.titles.get(item, item)

    def subset(self, rows: np.ndarray) -> Reviews:
        """Return the rows chosen by a boolean mask or positions, with the same
        ids: what a split is made of.
        """
        return replace(
            self,
            frame=self.frame.iloc[
                np.flatnonzero(rows)
                if np.asarray(rows).dtype == bool
                else rows
            ],
        )


# --- cleaning ---


def clean(
    raw: pd.DataFrame,
    scale: tuple[float, float] = (1.0, 5.0),
    titles: Mapping[str, str] | None = None,
    tags: Mapping[str, tuple[str, ...]] | None = None,
) -> Reviews:
    """Turn a raw table with the columns `COLUMNS` into `Reviews`: tidy ids and
    text, one valid rating per pair.

    Blanks around ids go; spellings of an id that differ only in case become
    one; HTML entities in texts become characters. Rows without user, item,
    time or a finite rating on the `scale` are removed, and of several reviews
    of an item by a user the latest is kept. Every step is counted in the log.
    Raises DataError if a column is missing or no row is left.

    >>> raw = pd.DataFrame({"user": ["ann", "ann ", "bob"], "item": "tent", "rating": [4, 5, float("nan")],
    ...                     "timestamp": [1, 2, 3], "text": ["ok", "warm &amp; dry", ""]})
    >>> clean(raw).frame.values.tolist()
    [['ann', 'tent', 5.0, 2, 'warm & dry']]
    """
    titles, tags, scale = (
        titles or {},
        tags or {},
        (float(scale[0]), float(scale[1])),
    )
    frame, log = _tidy(_checked(raw), titles)
    for step, bad in _invalid(frame, scale).items():
        bad = bad[frame.index]  # of the rows that are still there
        log.append((f"removed: {step}", int(bad.sum())))
        frame = frame[~bad]
    in_order = frame.astype({"timestamp": "int64"}).sort_values(
        "timestamp", kind="stable"
    )
    frame = in_order.drop_duplicates(["user", "item"], keep="last")
    log.append(
        (
            "removed: older review of the same item by the same user",
            len(in_order) - len(frame),
        )
    )
    if frame.empty:
        raise DataError(
            f"none of {len(raw)} rows is left after cleaning: {', '.join(f'{s} ({n})' for s, n in log)}"
        )
    users, items = Ids(frame["user"].unique()), Ids(frame["item"].unique())
    return Reviews(frame, users, items, scale, titles, tags, log=tuple(log))


def _checked(raw: pd.DataFrame) -> pd.DataFrame:
    """Return the table with its index named, if it has the columns and numbers
    every row once.
    """
    if missing := [column for column in COLUMNS if column not in raw]:
        raise DataError(
            f"the table has no column {missing[0]!r}; it needs {', '.join(COLUMNS)}"
        )
    if not raw.index.is_unique:
        raise DataError(
            f"review number {raw.index[raw.index.duplicated()][0]} occurs twice; number every row once"
        )
    return raw.rename_axis("review")


def k_core(reviews: Reviews, k: int) -> Reviews:
    """Keep the largest part in which every user and every item has at least
    `k` reviews; number the ids anew.

    Removing a user may leave an item with too few reviews, and so on: repeat
    until nothing changes. Raises DataError if `k` is below 1 or nothing is
    left.

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
        raise DataError(
            f"the {k}-core of {len(reviews)} reviews is empty: choose a k below {k}"
        )
    log = (
        *reviews.log,
        (f"removed: not in the {k}-core", len(reviews) - len(frame)),
    )
    return replace(
        reviews,
        frame=frame,
        users=Ids(frame["user"]),
        items=Ids(frame["item"]),
        log=log,
    )


def _tidy(
    raw: pd.DataFrame, titles: Mapping[str, str]
) -> tuple[pd.DataFrame, list[tuple[str, int]]]:
    """Return the table with ids, texts and numbers tidied, and what was
    changed.
    """
    words = raw[["user", "item", "text"]]
    words = words.astype(object).where(words.notna(), "").astype(str)
    ids, text = words[["user", "item"]], words["text"]
    stripped = ids.apply(lambda column: column.str.strip())
    merged = stripped.apply(lambda column: _one_spelling(column, titles))
    plain = text.map(unescape)
    changed = {
        "blanks around an id": (ids != stripped).any(axis=1),
        "an id that differed from another only in case": (
            stripped != merged
        ).any(axis=1),
        "HTML entities in the text": text != plain,
    }
    number = (
        raw[["rating", "timestamp"]]
        .apply(pd.to_numeric, errors="coerce")
        .astype(float)
    )
    frame = pd.concat([merged, number, plain], axis=1)[
        ["user", "item", "rating", "timestamp", "text"]
    ]
    return frame, [
        (f"changed: {step}", int(rows.sum())) for step, rows in changed.items()
    ]


def _one_spelling(ids: pd.Series, known: Mapping[str, str]) -> pd.Series:
    """Replace spellings that differ only in case by one: a known id, else the
    commonest, else the first seen.
    """
    count = ids.value_counts(sort=False)
    order = sorted(
        count.index, key=lambda raw: (raw not in known, -count[raw])
    )  # stable: ties stay as first seen
    spelling: dict[str, str] = {}
    for raw in order:
        spelling.setdefault(raw.casefold(), raw)
    return ids.map({raw: spelling[raw.casefold()] for raw in order})


def _invalid(
    frame: pd.DataFrame, scale: tuple[float, float]
) -> dict[str, pd.Series]:
    """Return, for each reason to remove a row, which rows it holds for."""
    return {
        "user or item missing": (frame["user"] == "") | (frame["item"] == ""),
        "rating missing or not finite": ~np.isfinite(frame["rating"]),
        f"rating off the scale {scale[0]:g} to {scale[1]:g}": ~frame[
            "rating"
        ].between(*scale),
        "time missing or not finite": ~(
            frame["timestamp"].abs() < 2**53
        ),  # beyond, no float is exact to a second
    }


def check_train(train: Reviews) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return user_idx, item_idx (n,) int64 and rating (n,) float64; raise
    DataError if a model cannot learn from them.

    It cannot from an empty table, nor from a rating that is NaN or infinite.
    """
    if len(train) == 0:
        raise DataError(
            "the training table has no rows: check the split, or the k-core that emptied it"
        )
    bad = np.flatnonzero(~np.isfinite(train.rating))
    if bad.size:
        where, value = train.frame.index[bad[0]], train.rating[bad[0]]
        raise DataError(
            f"review {where}: rating {value} is not a finite number: use data.clean first"
        )
    return train.user_idx, train.item_idx, train.rating
