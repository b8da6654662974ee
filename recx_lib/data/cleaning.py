"""Chapter 1: one clean row per user and item; each removed row is counted."""

from __future__ import annotations

import re
import warnings
from collections.abc import Mapping
from dataclasses import replace
from html import unescape

import numpy as np
import pandas as pd

from recx_lib.core.errors import DataError
from recx_lib.data.reviews import COLUMNS, Ids, Reviews
from recx_lib.data.times import to_seconds

# usual scales of ratings, the narrowest first
SCALES = [(1, 5), (0.5, 5), (0, 5), (1, 10), (0, 10), (1, 100), (0, 100)]


LINE_BREAK = re.compile(r"<br\s*/?>", re.IGNORECASE)


SPELLING = "an id that differed from another only in case"


UNTIMED = "changed: no row has a time, so the rows' order is taken"


OLDER = "older review of the same item by the same user"


def clean(
    raw: pd.DataFrame,
    scale: tuple[float, float] = (1.0, 5.0),
    titles: Mapping[str, str] | None = None,
    tags: Mapping[str, tuple[str, ...]] | None = None,
) -> Reviews:
    """Turn a raw table with the columns `COLUMNS` into `Reviews`: tidy ids and
    text, one valid rating per pair.

    Blanks around ids go; spellings of an id that differ only in case become
    one; HTML in texts becomes characters, dates become seconds. Rows without
    user, item, time or a finite rating on the `scale` are removed, and of
    several reviews of an item by a user the latest is kept. Every step is
    counted in the log. Where no row has a time, the rows' order counts.
    Warns where many ratings are off the scale. Raises DataError if most are,
    a column is missing or no row is left.

    >>> raw = pd.DataFrame({"user": ["ann", "ann "], "item": "tent"})
    >>> raw = raw.assign(rating=[4, 5], timestamp=[1, 2], text="&amp;")
    >>> clean(raw).frame.values.tolist()
    [['ann', 'tent', 5.0, 2, '&']]
    """
    titles, tags = titles or {}, tags or {}
    low, high = float(scale[0]), float(scale[1])
    # 1. tidy ids, texts and numbers
    frame, log = _tidy(_checked(raw), titles)
    _check_scale(frame["rating"], low, high)
    # 2. remove what is no review, one reason after the other
    for reason, is_bad in _invalid(frame, low, high).items():
        is_bad = is_bad[frame.index]  # of the rows that are still there
        log.append((f"removed: {reason}", int(is_bad.sum())))
        frame = frame[~is_bad]
    # 3. of several reviews of an item by a user, keep the latest
    frame = frame.astype({"timestamp": "int64"})
    in_order = frame.sort_values("timestamp", kind="stable")
    frame = in_order.drop_duplicates(["user", "item"], keep="last")
    older = len(in_order) - len(frame)
    log.append((f"removed: {OLDER}", older))
    if frame.empty:
        counts = ", ".join(f"{step} ({n})" for step, n in log)
        what = f"none of {len(raw)} rows is left after cleaning"
        raise DataError(f"{what}: {counts}")
    # 4. number the ids
    users, items = Ids(frame["user"].unique()), Ids(frame["item"].unique())
    return Reviews(
        frame, users, items, (low, high), titles, tags, log=tuple(log)
    )


def _checked(raw: pd.DataFrame) -> pd.DataFrame:
    """Return the table with its index named, if it has the columns and numbers
    every row once.
    """
    # 1. Every column must be there.
    for column in COLUMNS:
        if column not in raw:
            needed = ", ".join(COLUMNS)
            what = f"the table has no column {column!r}"
            raise DataError(f"{what}; it needs {needed}")
    # 2. Every row must have a name of its own.
    if not raw.index.is_unique:
        twice = raw.index[raw.index.duplicated()][0]
        what = f"review number {twice} occurs twice"
        raise DataError(f"{what}; number every row once")
    return raw.rename_axis("review")


def k_core(reviews: Reviews, k: int) -> Reviews:
    """Keep the largest part in which every user and every item has at least
    `k` reviews; number the ids anew.

    Removing a user may leave an item with too few reviews, and so on: repeat
    until nothing changes. Raises DataError if `k` is below 1 or nothing is
    left.

    >>> raw = pd.DataFrame({"user": list("aabbc"), "item": list("xyxyx")})
    >>> raw = raw.assign(rating=3, timestamp=0, text="")
    >>> k_core(clean(raw), 2).users.raw
    ['a', 'b']
    """
    if k < 1:
        raise DataError(f"k must be at least 1, got {k}")
    frame = reviews.frame
    # who leaves may take others below k: again, until nobody leaves
    while True:
        per_user = frame.groupby("user")["item"].transform("size")
        per_item = frame.groupby("item")["user"].transform("size")
        enough = (per_user >= k) & (per_item >= k)
        if enough.all():
            break
        frame = frame[enough]
    if frame.empty:
        what = f"the {k}-core of {len(reviews)} reviews is empty"
        raise DataError(f"{what}: choose a k below {k}")
    # ids are numbered anew: the removed must not keep a place
    step = f"removed: not in the {k}-core", len(reviews) - len(frame)
    users, items = Ids(frame["user"]), Ids(frame["item"])
    log = (*reviews.log, step)
    return replace(reviews, frame=frame, users=users, items=items, log=log)


def _tidy(
    raw: pd.DataFrame, titles: Mapping[str, str]
) -> tuple[pd.DataFrame, list[tuple[str, int]]]:
    """Return the table with ids, texts and numbers tidied, and what was
    changed.
    """
    # 1. ids: no blanks around them, one spelling each
    given = raw[["user", "item", "text"]].astype(object)
    given = given.where(given.notna(), "")
    ids = given[["user", "item"]].map(_id).astype(str)
    stripped = ids.apply(lambda column: column.str.strip())
    merged = stripped.apply(lambda column: _one_spelling(column, titles))
    # 2. texts: characters instead of HTML
    html = given["text"].astype(str)
    text = html.map(_plain)
    # 3. numbers: what is none becomes NaN, dates become seconds
    rating = pd.to_numeric(raw["rating"], errors="coerce").astype(float)
    time, n_ordered = _times(raw["timestamp"])
    # 4. what was changed
    blanks = (ids != stripped).any(axis=1).sum()
    case = (stripped != merged).any(axis=1).sum()
    with_html = (html != text).sum()
    log = [
        ("changed: blanks around an id", int(blanks)),
        (f"changed: {SPELLING}", int(case)),
        ("changed: HTML in the text", int(with_html)),
        (UNTIMED, n_ordered),
    ]
    return pd.concat([merged, rating, time, text], axis=1), log


def _id(value: object) -> str:
    """Return an id as text; 1.0, read from a column with a gap, is "1"."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return str(value)


def _plain(html: str) -> str:
    """Return a text without HTML entities, its line breaks real ones."""
    return LINE_BREAK.sub("\n", unescape(html))


def _times(column: pd.Series) -> tuple[pd.Series, int]:
    """Return times as seconds since 1970 (UTC); where no row has one, the
    order of the rows, and how many those are.
    """
    if (column.isna() | (column == "")).all():
        order = np.arange(len(column), dtype=float)
        return pd.Series(order, column.index, name=column.name), len(column)
    return to_seconds(column), 0


def _one_spelling(ids: pd.Series, known: Mapping[str, str]) -> pd.Series:
    """Replace spellings that differ only in case by one: a known id, else the
    commonest, else the first seen.
    """
    count = ids.value_counts(sort=False)

    def rank(raw: str) -> tuple[bool, int]:  # ties stay as first seen
        return raw not in known, -count[raw]

    best: dict[str, str] = {}  # the best spelling of each id in lower case
    for raw in sorted(count.index, key=rank):
        best.setdefault(raw.casefold(), raw)
    return ids.map({raw: best[raw.casefold()] for raw in count.index})


def _check_scale(rating: pd.Series, low: float, high: float) -> None:
    """Complain where more than 2 % of the ratings, and ten at least, lie off
    the scale, and propose the first of the usual scales that fits nearly all:
    a warning, or, where most are off, DataError.
    """
    # what is missing is not off the scale
    given = rating[np.isfinite(rating)]
    off = ~given.between(low, high)
    if off.sum() < 10 or off.mean() <= 0.02:
        return
    fits = fitting_scale(given)
    what = f"{off.sum()} of {len(given)} ratings are off the scale"
    what = f"{what} {low:g} to {high:g}"
    remedy = f"give the scale that fits, scale=({fits[0]:g}, {fits[1]:g})"
    # most are off: the scale is wrong, not the rows
    if off.mean() > 0.5:
        raise DataError(f"{what}: {remedy}")
    warnings.warn(
        f"{what} and are removed; if not meant, {remedy}", stacklevel=3
    )


def fitting_scale(rating: pd.Series) -> tuple[float, float]:
    """Return the narrowest of the usual scales that fits nearly all ratings,
    else their own bounds, one in a hundred left out at each end.

    >>> fitting_scale(pd.Series([0.5, 3.0, 5.0]))
    (0.5, 5)
    """
    lowest, highest = rating.dropna().quantile([0.01, 0.99])
    fits = lowest, highest
    for usual in reversed(SCALES):
        if usual[0] <= lowest and highest <= usual[1]:
            fits = usual
    return fits


def _invalid(
    frame: pd.DataFrame, low: float, high: float
) -> dict[str, pd.Series]:
    """Return, for each reason to remove a row, which rows it holds for."""
    rating = frame["rating"]
    on_scale = rating.between(low, high)
    # beyond 2**53, no float is exact to a second
    has_time = frame["timestamp"].abs() < 2**53
    no_id = (frame[["user", "item"]] == "").any(axis=1)
    return {
        "user or item missing": no_id,
        "rating missing or not finite": ~np.isfinite(rating),
        f"rating off the scale {low:g} to {high:g}": ~on_scale,
        "time missing or not finite": ~has_time,
    }
