"""Loads MovieLens ratings: the formats of 100K, of 1M and of the latest."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pandas as pd

from recx_lib.core.errors import DataError
from recx_lib.data.cleaning import clean
from recx_lib.data.fetch import find
from recx_lib.data.parse import (
    quote,
    raw_table,
    read_csv,
    read_lines,
    split_columns,
)
from recx_lib.data.reviews import Reviews
from recx_lib.data.splits import assert_no_leak, split_given

# ratings file -> what separates its fields
MOVIELENS = {"u.data": "\t", "ratings.dat": "::", "ratings.csv": ","}


# the same for a file given by itself, by its ending; else tabs
SUFFIXES = {".dat": "::", ".csv": ","}


HEADER = ["userId", "movieId", "rating", "timestamp"]


NO_GENRE = ("", "unknown", "(no genres listed)")


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
    ...     file = Path(folder, "u.data")
    ...     _ = file.write_text("196\\t242\\t3\\t881250949\\n")
    ...     read_movielens(folder)["rating"].tolist()
    [3.0]
    """
    file, separator = _ratings_file(Path(path) if path else find(name))
    lines, first = read_lines(file), 1
    if separator == ",":  # the latest format has a header
        if lines[0].split(",") != HEADER:
            expected = f"expected the header {','.join(HEADER)}"
            got = quote(lines[0])
            raise DataError(f"{file}, line 1: {expected}, got {got}")
        lines, first = lines[1:], 2
    columns = split_columns(file, lines, separator, 4, first)
    names = ["user", "item", "rating", "timestamp"]
    table = dict(zip(names, columns, strict=True))
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
    ...     _ = Path(folder, "movies.dat").write_text("7::Heat::Crime|War\\n")
    ...     load_movielens(path=folder).tags
    {'7': ('Crime', 'War')}
    """
    file, separator = _ratings_file(Path(path) if path else find(name))
    scale = (0.5, 5) if separator == "," else (1, 5)
    titles, genres = _movies(file.parent)
    reviews = clean(read_movielens(file), scale, titles, genres)
    return replace(reviews, thing="film", people=("viewers",))


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
    base = read_movielens(folder / f"u{fold}.base")
    test = read_movielens(folder / f"u{fold}.test")
    # a pair in both parts would be a leak
    both = base.merge(test, on=["user", "item"])
    if len(both):
        user, item = both["user"][0], both["item"][0]
        pair = f"user {user} and item {item}"
        raise DataError(f"{folder}: {pair} are in u{fold}.base and .test")
    table = pd.concat([base, test], ignore_index=True)
    titles, genres = _movies(folder)
    reviews = clean(table, (1, 5), titles, genres)
    # cleaned as one table, so that both parts share their ids
    reviews = replace(reviews, thing="film", people=("viewers",))
    is_test = reviews.frame.index >= len(base)
    train, test = split_given(reviews, is_test)
    assert_no_leak(train, test)
    return train, test


def is_movielens(path: Path) -> bool:
    """Return whether a folder, or a file, is in a MovieLens format."""
    if path.is_dir():
        return any(is_movielens(path / name) for name in MOVIELENS)
    if path.name not in MOVIELENS or not path.exists():
        return False
    # a ratings.csv with another header is some other table
    return path.suffix != ".csv" or read_lines(path)[0].split(",") == HEADER


def _ratings_file(path: Path) -> tuple[Path, str]:
    """Return the ratings file at `path` (a folder, or the file itself) and its
    separator.
    """
    if not path.is_dir():
        return path, SUFFIXES.get(path.suffix, "\t")
    for name, separator in MOVIELENS.items():
        if (path / name).exists():
            return path / name, separator
    known = ", ".join(MOVIELENS)
    raise DataError(f"{path} holds none of {known}: not a MovieLens folder")


def _movies(folder: Path) -> tuple[dict[str, str], dict[str, tuple[str, ...]]]:
    """Return titles and genres by movie id, in whichever format they are there
    (none: two empty dictionaries).
    """
    # one of three formats, known by its file
    if (folder / "u.item").exists():
        movies, titles, genres = _movies_100k(folder)
    elif (file := folder / "movies.dat").exists():
        columns = split_columns(file, read_lines(file), "::", 3)
        movies, titles, joined = columns
        genres = [row.split("|") for row in joined]
    elif (file := folder / "movies.csv").exists():
        _, table = read_csv(file, ["movieId", "title", "genres"])
        movies, titles = table["movieId"], table["title"]
        genres = [row.split("|") for row in table["genres"]]
    else:
        return {}, {}
    # "no genres listed" is no genre
    tags = {}
    for movie, row in zip(movies, genres, strict=True):
        tags[movie] = tuple(genre for genre in row if genre not in NO_GENRE)
    return dict(zip(movies, titles, strict=True)), tags


def _movies_100k(folder: Path) -> tuple[list, list, list[list[str]]]:
    """Return movie ids, titles and genres; a column of u.item for each genre
    holds 1 where the movie is of it.
    """
    file = folder / "u.genre"
    names, _ = split_columns(file, read_lines(file), "|", 2)
    file = folder / "u.item"
    columns = split_columns(file, read_lines(file), "|", 5 + len(names))
    movies, titles, flags = columns[0], columns[1], columns[5:]
    genres = [[] for _ in movies]
    # one column of 0 and 1 for each genre
    for name, column in zip(names, flags, strict=True):
        for row, flag in enumerate(column):
            if flag == "1":
                genres[row].append(name)
    return movies, titles, genres
