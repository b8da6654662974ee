"""Loads a data set by its name or path, whichever its format."""

from __future__ import annotations

import os
from pathlib import Path

import pandas as pd

from recx_lib.core.errors import DataError
from recx_lib.data.amazon import load_amazon, read_amazon
from recx_lib.data.fetch import data_folder, find
from recx_lib.data.movielens import MOVIELENS, load_movielens, read_movielens
from recx_lib.data.public_sets import SOURCES
from recx_lib.data.reviews import Reviews
from recx_lib.data.shop_files import load_shop, read_shop


def load_reviews(name: str | Path) -> Reviews:
    """Return the data set called `name`, or the one at that path: what a
    chapter's DATA parameter may say.

    Names: "shop", "ml-100k", "ml-1m", "ml-latest-small",
    "musical_instruments". A path (also one inside the folder RECX_DATA) is a
    folder in a MovieLens format or an Amazon-style file. Raises DataError if
    it is none of these.

    >>> load_reviews("shpo")
    Traceback (most recent call last):
    recx_lib.core.errors.DataError: 'shpo' is neither shop, ml-100k, ...
    """
    kind, path = _locate(name)
    if kind == "shop":
        return load_shop(path)
    if kind == "movielens":
        return load_movielens(path=path)
    return load_amazon(path)


def read_reviews(name: str | Path) -> pd.DataFrame:
    """Return the raw table behind `load_reviews(name)`, as it was written,
    before cleaning: columns `COLUMNS`.

    >>> len(read_reviews("shop")) > len(load_reviews("shop"))
    True
    """
    kind, path = _locate(name)
    if kind == "shop":
        return read_shop(path)
    if kind == "movielens":
        return read_movielens(path)
    return read_amazon(path)


def _locate(name: str | Path) -> tuple[str, Path | None]:
    """Return the kind of data set that a name or path means, and where it
    is.
    """
    # 1. the sets that have a name
    if name == "shop":
        return "shop", None
    if name in SOURCES:
        is_movielens = str(name).startswith("ml-")
        kind = "movielens" if is_movielens else "amazon"
        return kind, find(str(name))
    # 2. a path: from here, or inside the data folder
    for folder in (Path(), data_folder()):
        path = folder / str(name) if folder else None
        if path and os.path.exists(path):
            is_movielens = path.is_dir() or path.name in MOVIELENS
            return "movielens" if is_movielens else "amazon", path
    known = ", ".join(SOURCES)
    raise DataError(f"{str(name)!r} is neither shop, {known} nor a path")
