"""Load the simulated shop and public review files into one schema, or say in
which line they are wrong.
"""

from __future__ import annotations

import io
import os
from dataclasses import dataclass, fields, replace
from pathlib import Path

import numpy as np
import pandas as pd

from recx_lib.core.errors import DataError
from recx_lib.data.fetch import data_folder, find
from recx_lib.data.parse import (
    numbers,
    raw_table,
    read_csv,
    read_json_lines,
    read_lines,
    read_text,
    show,
    split_columns,
)
from recx_lib.data.public_sets import SOURCES
from recx_lib.data.reviews import COLUMNS, Reviews, clean
from recx_lib.data.splits import assert_no_leak, split_given

SHOP = Path(__file__).resolve().parents[2] / "data" / "shop"


MOVIELENS = {
    "u.data": "\t",
    "ratings.dat": "::",
    "ratings.csv": ",",
}  # ratings file -> separator


MOVIELENS_HEADER = ["userId", "movieId", "rating", "timestamp"]


MILLISECONDS = 1e11  # a timestamp above this (the year 5138 in seconds) counts milliseconds


AMAZON_KEYS = {  # the names of each column in the releases of 2014, 2018 and 2023; the first that is there counts
    "user": ("reviewerID", "user_id"),
    "item": ("parent_asin", "asin"),
    "rating": ("overall", "rating"),
    "timestamp": ("unixReviewTime", "timestamp"),
    "text": ("reviewText", "text"),
}


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

    `path` is another folder with such tables. Raises DataError, naming file,
    line and value, where one is malformed.

    >>> read_shop().columns.tolist()
    ['user', 'item', 'rating', 'timestamp', 'text']
    """
    file = _shop(path) / "reviews.csv"
    lines, table = read_csv(file, ["review", *COLUMNS])
    review = numbers(file, lines, "review", table["review"])
    if len(
        odd := np.flatnonzero(~(np.abs(review) < 2**53) | (review % 1 != 0))
    ):
        raise DataError(
            f"{file}, line {lines[odd[0]]}: review {show(table['review'][odd[0]])} is not a whole number"
        )
    frame = raw_table(file, lines, table)
    return frame.set_index(pd.Index(review.astype(np.int64), name="review"))


def load_shop(path: Path | str | None = None) -> Reviews:
    """Return the shop's reviews, cleaned; titles: the products' names, tags:
    their categories, aspects: their words.

    >>> shop = load_shop()
    >>> shop.scale, shop.has_text
    ((1.0, 5.0), True)
    """
    _, items = read_csv(
        _shop(path) / "items.csv", ["item", "title", "category"]
    )
    titles = dict(zip(items["item"], items["title"], strict=True))
    tags = {
        item: (category,)
        for item, category in zip(
            items["item"], items["category"], strict=True
        )
    }
    _, named = read_csv(_shop(path) / "aspects.csv", ["aspect", "terms"])
    aspects = {
        a: tuple(words.split("|"))
        for a, words in zip(named["aspect"], named["terms"], strict=True)
    }
    return replace(
        clean(read_shop(path), (1, 5), titles, tags), aspects=aspects
    )


def load_shop_truth(path: Path | str | None = None) -> ShopTruth:
    """Return the true reasons behind the shop's ratings, and the tastes and
    qualities that made them.

    >>> bool((load_shop_truth().reasons["review"].isin(read_shop().index)).all())
    True
    """
    return ShopTruth(
        **{
            table.name: _plain(_shop(path) / f"{table.name}.csv")
            for table in fields(ShopTruth)
        }
    )


def _shop(path: Path | str | None) -> Path:
    folder = SHOP if path is None else Path(path)
    if not folder.is_dir():
        raise DataError(f"{folder} is not a folder: the shop's tables come with the book's checkout; install recx_lib "
                        "from there (pip install -e .)")  # fmt: skip
    return folder


def _plain(file: Path) -> pd.DataFrame:
    """Read a table of our own making."""
    try:
        return pd.read_csv(io.StringIO(read_text(file)), keep_default_na=False)
    except ValueError as error:  # what pandas' parser errors are
        raise DataError(
            f"{file}: {error}; restore the file from the project"
        ) from error


def read_movielens(
    path: Path | str | None = None, name: str = "ml-100k"
) -> pd.DataFrame:
    """Return MovieLens ratings (100K, 1M or latest format): columns `COLUMNS`,
    texts empty, index "review".

    `path` is a folder in one of the formats, or one ratings file (u1.base,
    ratings.dat, …); without it the data set `name` is found, see `find`.
    Raises DataError, naming file, line and value, where a line is malformed.

    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     _ = Path(folder, "u.data").write_text("196\\t242\\t3\\t881250949\\n")
    ...     read_movielens(folder)["rating"].tolist()
    [3.0]
    """
    file, separator = _ratings_file(Path(path) if path else find(name))
    lines, first = read_lines(file), 1
    if separator == ",":
        if lines[0].split(",") != MOVIELENS_HEADER:
            expected = f"expected the header {','.join(MOVIELENS_HEADER)}"
            raise DataError(
                f"{file}, line 1: {expected}, got {show(lines[0])}"
            )
        lines, first = lines[1:], 2
    user, item, rating, timestamp = split_columns(
        file, lines, separator, 4, first
    )
    table = {
        "user": user,
        "item": item,
        "rating": rating,
        "timestamp": timestamp,
    }
    return raw_table(file, range(first, first + len(lines)), table)


def load_movielens(
    name: str = "ml-100k", path: Path | str | None = None
) -> Reviews:
    """Return a MovieLens set, cleaned, with titles, and genres as tags.

    `name` is "ml-100k", "ml-1m" or "ml-latest-small"; `path` a folder that
    holds the set, instead of finding it. The scale is 1–5, for the latest
    format 0.5–5. Raises DataError as `read_movielens` and `find` do.

    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     _ = Path(folder, "ratings.dat").write_text("1::7::5::100\\n")
    ...     _ = Path(folder, "movies.dat").write_text("7::Heat (1995)::Crime|Drama\\n")
    ...     load_movielens(path=folder).tags
    {'7': ('Crime', 'Drama')}
    """
    file, separator = _ratings_file(Path(path) if path else find(name))
    return clean(
        read_movielens(file),
        (0.5, 5) if separator == "," else (1, 5),
        *_movies(file.parent),
    )


def load_movielens_fold(
    fold: int, path: Path | str | None = None
) -> tuple[Reviews, Reviews]:
    """Return (train, test) of a published MovieLens 100K fold, 1 to 5, with
    the ids of both numbered together.

    Review numbers count through u{fold}.base, then u{fold}.test. Raises
    DataError on an unknown fold, and if a pair is in both parts.

    >>> load_movielens_fold(6)
    Traceback (most recent call last):
    recx_lib.core.errors.DataError: MovieLens 100K has the folds 1 to 5, not 6
    """
    if fold not in range(1, 6):
        raise DataError(f"MovieLens 100K has the folds 1 to 5, not {fold!r}")
    folder = Path(path) if path else find("ml-100k")
    base, test = (
        read_movielens(folder / f"u{fold}.{part}") for part in ("base", "test")
    )
    both = base.merge(test, on=["user", "item"])
    if len(both):
        raise DataError(
            f"{folder}: user {both['user'][0]} and item {both['item'][0]} are in u{fold}.base and .test"
        )
    reviews = clean(
        pd.concat([base, test], ignore_index=True), (1, 5), *_movies(folder)
    )
    train, test = split_given(reviews, reviews.frame.index >= len(base))
    assert_no_leak(train, test)
    return train, test


def _ratings_file(path: Path) -> tuple[Path, str]:
    """Return the ratings file at `path` (a folder, or the file itself) and its
    separator.
    """
    if not path.is_dir():
        return path, {".dat": "::", ".csv": ","}.get(path.suffix, "\t")
    for name, separator in MOVIELENS.items():
        if (path / name).exists():
            return path / name, separator
    raise DataError(
        f"{path} holds none of {', '.join(MOVIELENS)}: not a MovieLens folder"
    )


def _movies(folder: Path) -> tuple[dict[str, str], dict[str, tuple[str, ...]]]:
    """Return titles and genres by movie id, in whichever format they are there
    (none: two empty dictionaries).
    """
    if (file := folder / "u.item").exists():
        names, _ = split_columns(
            folder / "u.genre", read_lines(folder / "u.genre"), "|", 2
        )
        movie, title, _, _, _, *flags = split_columns(
            file, read_lines(file), "|", 5 + len(names)
        )
        genres = [
            [n for n, flag in zip(names, row, strict=True) if flag == "1"]
            for row in zip(*flags, strict=True)
        ]
    elif (file := folder / "movies.dat").exists():
        movie, title, joined = split_columns(file, read_lines(file), "::", 3)
        genres = [row.split("|") for row in joined]
    elif (file := folder / "movies.csv").exists():
        _, table = read_csv(file, ["movieId", "title", "genres"])
        movie, title, genres = (
            table["movieId"],
            table["title"],
            [row.split("|") for row in table["genres"]],
        )
    else:
        return {}, {}
    known = [
        tuple(g for g in row if g not in ("", "unknown", "(no genres listed)"))
        for row in genres
    ]
    return dict(zip(movie, title, strict=True)), dict(
        zip(movie, known, strict=True)
    )


def read_amazon(path: Path | str) -> pd.DataFrame:
    """Return the reviews of an Amazon-style JSON-lines file (gzipped or not):
    columns `COLUMNS`, index "review".

    Knows the keys of the 2014, 2018 and 2023 releases (`AMAZON_KEYS`);
    reviewer names and all else are dropped; milliseconds become seconds.
    Raises DataError, naming file, line and value, on a broken or truncated
    file. Source of the format: McAuley lab, UCSD.

    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     file = Path(folder, "reviews.json")
    ...     _ = file.write_text('{"user_id": "ann", "asin": "tent", "rating": 4.5, "timestamp": 1588687728923}')
    ...     read_amazon(file)[["user", "rating", "timestamp"]].values.tolist()
    [['ann', 4.5, 1588687728.0]]
    """
    file = Path(path)
    records = read_json_lines(file)
    table = {}
    for column, keys in AMAZON_KEYS.items():
        table[column] = [
            next((r[key] for key in keys if r.get(key) is not None), None)
            for r in records
        ]
        if column in ("user", "item", "rating") and all(
            value is None for value in table[column]
        ):
            raise DataError(
                f"{file}: no line has {' or '.join(keys)}; line 1 has {show(list(records[0]))}"
            )
    frame = raw_table(file, range(1, len(records) + 1), table)
    return frame.assign(
        timestamp=frame["timestamp"].mask(
            frame["timestamp"] > MILLISECONDS, lambda t: t // 1000
        )
    )


def load_amazon(path: Path | str) -> Reviews:
    """Return an Amazon-style review file, cleaned: scale 1–5, no titles, no
    tags. Raises DataError as `read_amazon`.

    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     file = Path(folder, "reviews.json")
    ...     _ = file.write_text('{"reviewerID": "ann", "asin": "tent", "overall": 5, "unixReviewTime": 1588687728}')
    ...     len(load_amazon(file))
    1
    """
    return clean(read_amazon(path), (1, 5))


def load_reviews(name: str | Path) -> Reviews:
    """Return the data set called `name`, or the one at that path: what a
    chapter's DATA parameter may say.

    Names: "shop", "ml-100k", "ml-1m", "ml-latest-small",
    "musical_instruments". A path (also one inside the folder RECX_DATA) is a
    folder in a MovieLens format or an Amazon-style file. Raises DataError if
    it is none of these.

    >>> load_reviews("shpo")
    Traceback (most recent call last):
    recx_lib.core.errors.DataError: 'shpo' is neither shop, ml-100k, ml-1m, ml-latest-small, musical_instruments nor a path
    """
    kind, path = _locate(name)
    return {
        "shop": load_shop,
        "movielens": lambda p: load_movielens(path=p),
        "amazon": load_amazon,
    }[kind](path)


def read_reviews(name: str | Path) -> pd.DataFrame:
    """Return the raw table behind `load_reviews(name)`, as it was written,
    before cleaning: columns `COLUMNS`.

    >>> len(read_reviews("shop")) > len(load_reviews("shop"))
    True
    """
    kind, path = _locate(name)
    return {
        "shop": read_shop,
        "movielens": read_movielens,
        "amazon": read_amazon,
    }[kind](path)


def _locate(name: str | Path) -> tuple[str, Path | None]:
    """Return the kind of data set that a name or path means, and where it
    is.
    """
    if name == "shop":
        return "shop", None
    if name in SOURCES:
        return "movielens" if str(name).startswith("ml-") else "amazon", find(
            str(name)
        )
    for folder in [Path(), data_folder()]:
        path = folder / str(name) if folder else None
        if path and os.path.exists(path):
            return (
                "movielens"
                if path.is_dir() or path.name in MOVIELENS
                else "amazon",
                path,
            )
    raise DataError(
        f"{str(name)!r} is neither shop, {', '.join(SOURCES)} nor a path"
    )
