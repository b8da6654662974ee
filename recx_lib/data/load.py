"""Loads a data set by its name or path, whichever its format."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from recx_lib.core.errors import DataError
from recx_lib.data.fetch import data_folder, find
from recx_lib.data.movielens import (
    is_movielens,
    load_movielens,
    read_movielens,
)
from recx_lib.data.public_sets import SOURCES
from recx_lib.data.reviews import Reviews
from recx_lib.data.shop_cache import SIMULATED, simulated_folder
from recx_lib.data.shop_files import SHOP, is_shop, load_shop, read_shop
from recx_lib.data.tables import STARS, load_table, read_table, tables_in


def load_reviews(
    name: str | Path,
    columns: Mapping[str, str] | None = None,
    scale: tuple[float, float] | None = None,
    titles: Mapping[str, str] | Path | str | None = None,
) -> Reviews:
    """Return the data set called `name`, or the one at that path: what a
    chapter's DATA parameter may say.

    Names: "shop", "shop-kind", "shop-harsh" (simulated on first use),
    "ml-100k", "ml-1m", "ml-latest-small", "musical_instruments". A path (also
    one inside the folder RECX_DATA) is a folder in a MovieLens format, or a
    table of reviews (CSV, TSV, JSON lines), or a folder that holds one.
    With any of `columns`, `scale` and `titles` it is read as a table: see
    `load_table`, whose defaults hold for the others. Raises DataError if
    `name` is none of these.

    >>> load_reviews("shpo")
    Traceback (most recent call last):
    recx_lib.core.errors.DataError: 'shpo' is neither shop, shop-kind, ...
    """
    path = _locate(name)
    # a table described by its reader
    if (columns, scale, titles) != (None, None, None):
        scale = STARS if scale is None else scale
        return load_table(path, columns, scale, titles)
    # a format known by its files, else a table like any other
    if is_shop(path):
        return load_shop(path)
    if is_movielens(path):
        return load_movielens(path=path)
    return load_table(path)


def read_reviews(
    name: str | Path, columns: Mapping[str, str] | None = None
) -> pd.DataFrame:
    """Return the raw table behind `load_reviews(name)`, as it was written,
    before cleaning: columns `COLUMNS`.

    >>> len(read_reviews("shop")) > len(load_reviews("shop"))
    True
    """
    path = _locate(name)
    if columns is None and is_shop(path):
        return read_shop(path)
    if columns is None and is_movielens(path):
        return read_movielens(path)
    return read_table(tables_in(path, columns)[0], columns)


def _locate(name: str | Path) -> Path:
    """Return where the data set of a name or path is."""
    # 1. the sets that have a name
    if name == "shop":
        return SHOP
    if name in SIMULATED:
        return simulated_folder(str(name))
    if name in SOURCES:
        return find(str(name))
    # 2. a path: from here, or inside the data folder
    for folder in (Path(), data_folder()):
        path = folder / str(name) if folder else None
        if path and os.path.exists(path):
            return path
    known = ", ".join(["shop", *SIMULATED, *SOURCES])
    raise DataError(f"{str(name)!r} is neither {known} nor a path")
