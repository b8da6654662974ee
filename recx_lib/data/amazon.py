"""Loads Amazon-style reviews: JSON lines, as McAuley's lab publishes them."""

from __future__ import annotations

from pathlib import Path

from recx_lib.data.reviews import Reviews
from recx_lib.data.tables import load_table


def load_amazon(path: Path | str) -> Reviews:
    """Return an Amazon-style review file, cleaned: scale 1–5, no titles, no
    tags. Reviewers' names and all else are dropped.

    Its keys, those of the releases of 2014, 2018 and 2023, are among the
    usual names of `load_table`. Raises DataError as that does. Source of the
    format: McAuley lab, UCSD.

    >>> from tempfile import TemporaryDirectory
    >>> line = '{"reviewerID": "ann", "asin": "tent", "overall": 5, '
    >>> with TemporaryDirectory() as folder:
    ...     file = Path(folder, "reviews.json")
    ...     _ = file.write_text(line + '"unixReviewTime": 1588687728}')
    ...     len(load_amazon(file))
    1
    """
    return load_table(path)
