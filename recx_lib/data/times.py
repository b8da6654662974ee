"""Times as people write them: seconds, smaller units, dates."""

from __future__ import annotations

import numpy as np
import pandas as pd

from recx_lib.core.errors import DataError

# a time beyond this (the year 5138) counts a smaller unit, one after the
# other: milliseconds, microseconds, nanoseconds
BEYOND = 1e11


# dates as text, after ISO 8601; those at the end may be mistaken for another
FORMATS = (
    "ISO8601",
    "%m %d, %Y",
    "%B %d, %Y",
    "%b %d, %Y",
    "%d %B %Y",
    "%d %b %Y",
    "%Y/%m/%d",
    "%d.%m.%Y",
    "%a %b %d %H:%M:%S %z %Y",
    "%m/%d/%Y",
    "%d/%m/%Y",
    "%m/%d/%Y %H:%M",
    "%d/%m/%Y %H:%M",
    "%m/%d/%Y %H:%M:%S",
    "%d/%m/%Y %H:%M:%S",
)


def to_seconds(column: pd.Series) -> pd.Series:
    """Return times as seconds since 1970 (UTC), float; NaN where there is
    none, or none that can be read.

    Numbers count seconds, or a smaller unit where seconds would lie beyond
    the year 5138. Dates may be datetimes or text, all in one of `FORMATS`.
    Raises DataError where day and month cannot be told apart.

    >>> to_seconds(pd.Series(["1970-01-02", None])).tolist()
    [86400.0, nan]
    >>> to_seconds(pd.Series([1588687728923])).tolist()
    [1588687728.0]
    """
    if pd.api.types.is_datetime64_any_dtype(column):
        return _since_1970(column)
    # 1. numbers
    is_time = column.map(lambda value: hasattr(value, "isoformat"))
    numbers = column.mask(is_time).map(_number).astype(float)
    # 2. what else is given: dates
    other = column[column.notna() & (column != "") & numbers.isna()]
    seconds = numbers.map(_seconds)
    if len(other):
        seconds = seconds.fillna(_dates(other.map(str).str.strip()))
    return seconds


def _number(value: object) -> float:
    try:
        return np.nan if isinstance(value, bool) else float(value)
    except (TypeError, ValueError, OverflowError):
        return np.nan


def _seconds(time: float) -> float:
    """Return seconds for a time in s, ms, µs or ns, whichever it must be."""
    if not BEYOND < abs(time) < 1e20:
        return time
    while abs(time) > BEYOND:
        time = time // 1000
    return time


def _since_1970(dates: pd.Series) -> pd.Series:
    since = dates - pd.Timestamp(0, tz=dates.dt.tz)
    return (since // pd.Timedelta("1s")).astype(float)


def _dates(texts: pd.Series) -> pd.Series:
    """Return the seconds of dates written as text, by the format that reads
    most of them.
    """
    # 1. A format that reads all of them, and no doubt about it.
    read = {}
    for written in FORMATS:
        dates = pd.to_datetime(
            texts, format=written, errors="coerce", utc=True
        )
        read[written] = dates
        if dates.notna().all() and "/" not in written:
            return _since_1970(dates)
    # 2. Else the one that reads most; 03/04 must not mean two days.
    best = max(read, key=lambda written: read[written].notna().sum())
    for other, dates in read.items():
        differs = (dates != read[best]) & dates.notna() & read[best].notna()
        as_many = dates.notna().sum() == read[best].notna().sum()
        if as_many and differs.any():
            what = f"dates like {texts[differs].iloc[0]!r} fit {best}"
            raise DataError(f"{what} and {other}: write them as 2026-01-31")
    return _since_1970(read[best])
