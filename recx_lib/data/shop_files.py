"""Loads the simulated shop's reviews, and the truth behind them."""

from __future__ import annotations

import io
from dataclasses import dataclass, fields, replace
from pathlib import Path

import numpy as np
import pandas as pd

from recx_lib.core.errors import DataError
from recx_lib.data.cleaning import clean
from recx_lib.data.parse import (
    quote,
    raw_table,
    read_csv,
    read_text,
    to_numbers,
)
from recx_lib.data.reviews import COLUMNS, Reviews
from recx_lib.data.shop_cache import SIMULATED, simulated_folder

SHOP = Path(__file__).resolve().parents[2] / "data" / "shop"


@dataclass(frozen=True)
class ShopTruth:
    """What only a simulator can know: why every rating of the shop is what it
    is.

    `reasons` holds the terms of every rating, `mentions` what every review
    speaks of, `tastes` what users care about, `qualities` what items are good
    at, `aspects` the names; the data card of the shop describes the columns.

    >>> list(ShopTruth.__annotations__)
    ['reasons', 'mentions', 'tastes', 'qualities', 'aspects']
    """

    reasons: pd.DataFrame
    mentions: pd.DataFrame
    tastes: pd.DataFrame
    qualities: pd.DataFrame
    aspects: pd.DataFrame


def read_shop(path: Path | str | None = None) -> pd.DataFrame:
    """Return the shop's reviews as they were written, dirt included: columns
    `COLUMNS`, index "review".

    `path` is another folder with such tables, or "shop-kind" or
    "shop-harsh", simulated on first use. Raises DataError, naming file, line
    and value, where one is malformed.

    >>> read_shop().columns.tolist()
    ['user', 'item', 'rating', 'timestamp', 'text']
    """
    file = _folder(path) / "reviews.csv"
    lines, table = read_csv(file, ["review", *COLUMNS])
    # 1. A review's name is a whole number that floats can hold.
    review = to_numbers(file, lines, "review", table["review"])
    is_whole = (np.abs(review) < 2**53) & (review % 1 == 0)
    if not is_whole.all():
        odd = np.flatnonzero(~is_whole)[0]
        value = quote(table["review"][odd])
        where = f"{file}, line {lines[odd]}"
        raise DataError(f"{where}: review {value} is not a whole number")
    # 2. The table, each row under its own name.
    frame = raw_table(file, lines, table)
    return frame.set_index(pd.Index(review.astype(np.int64), name="review"))


def load_shop(path: Path | str | None = None) -> Reviews:
    """Return the shop's reviews, cleaned; titles: the products' names, tags:
    their categories, aspects: their terms.

    >>> shop = load_shop()
    >>> shop.scale, shop.has_text
    ((1.0, 5.0), True)
    """
    # 1. What the products are called.
    folder = _folder(path)
    _, items = read_csv(folder / "items.csv", ["item", "title", "category"])
    titles = dict(zip(items["item"], items["title"], strict=True))
    tags = {}
    for item, category in zip(items["item"], items["category"], strict=True):
        tags[item] = (category,)
    # 2. Which words speak of which aspect.
    _, named = read_csv(folder / "aspects.csv", ["aspect", "terms"])
    aspects = {}
    for aspect, terms in zip(named["aspect"], named["terms"], strict=True):
        aspects[aspect] = tuple(terms.split("|"))
    # 3. The reviews, cleaned; and how the shop speaks of people.
    reviews = clean(read_shop(folder), (1, 5), titles, tags)
    thing, people = "product", ("customers", "buyers", "owners")
    return replace(reviews, aspects=aspects, thing=thing, people=people)


def load_shop_truth(path: Path | str | None = None) -> ShopTruth:
    """Return the true reasons behind the shop's ratings, and the tastes and
    qualities that made them; `path` as in `read_shop`.

    >>> truth = load_shop_truth()
    >>> bool(truth.reasons["review"].isin(read_shop().index).all())
    True
    """
    folder = _folder(path)
    tables = {}
    for table in fields(ShopTruth):
        tables[table.name] = _read_own(folder / f"{table.name}.csv")
    return ShopTruth(**tables)


def is_shop(path: Path) -> bool:
    """Return whether a folder holds the tables of a simulated shop."""
    tables = ("reviews.csv", "items.csv", "aspects.csv")
    return all((path / table).is_file() for table in tables)


def _folder(path: Path | str | None) -> Path:
    if path in SIMULATED:
        return simulated_folder(str(path))
    folder = SHOP if path in (None, "shop") else Path(path)
    if not folder.is_dir():
        raise DataError(
            f"{folder} is not a folder: the shop's tables come with the "
            "book's checkout; install recx_lib from there (pip install -e .)"
        )
    return folder


def _read_own(file: Path) -> pd.DataFrame:
    """Read a table of our own making."""
    try:
        return pd.read_csv(io.StringIO(read_text(file)), keep_default_na=False)
    except ValueError as error:  # what pandas' parser errors are
        remedy = "restore the file from the project"
        raise DataError(f"{file}: {error}; {remedy}") from error
