"""Loads Amazon-style reviews: JSON lines, as McAuley's lab publishes them."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from recx_lib.core.errors import DataError
from recx_lib.data.cleaning import clean
from recx_lib.data.parse import quote, raw_table, read_json_lines
from recx_lib.data.reviews import Reviews

# a timestamp above this (the year 5138 in seconds) counts milliseconds
MILLISECONDS = 1e11


# the names of each column in the releases of 2014, 2018 and 2023; the first
# that is there counts
AMAZON_KEYS = {
    "user": ("reviewerID", "user_id"),
    "item": ("parent_asin", "asin"),
    "rating": ("overall", "rating"),
    "timestamp": ("unixReviewTime", "timestamp"),
    "text": ("reviewText", "text"),
}


NEEDED = ("user", "item", "rating")


def read_amazon(path: Path | str) -> pd.DataFrame:
    """Return the reviews of an Amazon-style JSON-lines file (gzipped or not):
    columns `COLUMNS`, index "review".

    Knows the keys of the 2014, 2018 and 2023 releases (`AMAZON_KEYS`);
    reviewer names and all else are dropped; milliseconds become seconds.
    Raises DataError, naming file, line and value, on a broken or truncated
    file. Source of the format: McAuley lab, UCSD.

    >>> from tempfile import TemporaryDirectory
    >>> line = '{"user_id": "ann", "asin": "tent", "rating": 4.5}'
    >>> with TemporaryDirectory() as folder:
    ...     file = Path(folder, "reviews.json")
    ...     _ = file.write_text(line)
    ...     read_amazon(file)[["user", "rating"]].values.tolist()
    [['ann', 4.5]]
    """
    file = Path(path)
    records = read_json_lines(file)
    table = {}
    for column, keys in AMAZON_KEYS.items():
        values = [_first_given(record, keys) for record in records]
        absent = all(value is None for value in values)
        if absent and column in NEEDED:
            wanted, there = " or ".join(keys), quote(list(records[0]))
            what = f"no line has {wanted}; line 1 has {there}"
            raise DataError(f"{file}: {what}")
        table[column] = values
    frame = raw_table(file, range(1, len(records) + 1), table)
    time = frame["timestamp"]
    return frame.assign(timestamp=time.mask(time > MILLISECONDS, time // 1000))


def _first_given(record: dict, keys: tuple[str, ...]) -> object:
    for key in keys:
        if record.get(key) is not None:
            return record[key]
    return None


def load_amazon(path: Path | str) -> Reviews:
    """Return an Amazon-style review file, cleaned: scale 1–5, no titles, no
    tags. Raises DataError as `read_amazon`.

    >>> from tempfile import TemporaryDirectory
    >>> line = '{"reviewerID": "ann", "asin": "tent", "overall": 5, '
    >>> with TemporaryDirectory() as folder:
    ...     file = Path(folder, "reviews.json")
    ...     _ = file.write_text(line + '"unixReviewTime": 1588687728}')
    ...     len(load_amazon(file))
    1
    """
    return clean(read_amazon(path), (1, 5))
