"""Loads reviews from tables as people have them: CSV, TSV, JSON lines.

Columns are known by their usual names; `columns` names any other.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from recx_lib.core.errors import DataError
from recx_lib.data.cleaning import clean
from recx_lib.data.parse import (
    quote,
    raw_table,
    read_csv,
    read_json_lines,
    read_text,
    to_ids,
    to_numbers,
    to_texts,
)
from recx_lib.data.reviews import COLUMNS, Reviews
from recx_lib.data.times import to_seconds

# usual names of each column, letters and digits only; the first given counts
USUAL = {
    "user": "reviewerid userid uid user customerid profileid authorid username",
    "item": "parentasin asin itemid movieid productid bookid businessid iid "
    "item product movie",
    "rating": "overall rating stars score starrating userrating ratings",
    "timestamp": "unixreviewtime timestamp time date datetime reviewtime "
    "reviewdate createdat",
    "text": "reviewtext text review reviewbody comment comments body content",
    "title": "itemtitle producttitle movietitle itemname productname",
}


# names that say less than the one before them, and never contradict it
GIVE_WAY = ("asin", "reviewtime", "username")


# in a file of titles, these are no titles of reviews
OF_ITEMS = f"{USUAL['title']} title name"


NEEDED = ("user", "item", "rating")


@dataclass(frozen=True)
class Columns:
    """A file's columns as they were written: `values` by name, and the line
    of each row.
    """

    file: Path
    lines: list[int]
    values: Mapping[str, list]

    def pick(
        self, column: str, usual: str, name: str | None = None
    ) -> list | None:
        """Return the values of the column called `name`, or by one of the
        `usual` names: in each row the first that is given.

        None where there is no such column. Raises DataError where two
        columns contradict each other, or `name` is none.
        """
        if name is not None:
            if name not in self.values:
                there = quote(list(self.values))
                what = f"no column {name!r} for the {column}"
                raise DataError(f"{self.file}: {what}; there are {there}")
            return self.values[name]
        found = self.known_as(usual)
        if not found:
            return None
        merged = list(self.values[found[0]])
        for other in found[1:]:
            gives_way = _squeezed(other) in GIVE_WAY
            for row, value in enumerate(self.values[other]):
                if not _given(merged[row]):
                    merged[row] = value
                elif _given(value) and value != merged[row] and not gives_way:
                    raise self._contradiction(column, found, row)
        return merged

    def known_as(self, usual: str) -> list[str]:
        """Return the names of the columns that have one of the `usual` names
        and a value somewhere, in the order of those names.
        """
        found = []
        for key in usual.split():
            found += [name for name in self.values if _squeezed(name) == key]
        return [name for name in found if any(map(_given, self.values[name]))]

    def _contradiction(
        self, column: str, found: list[str], row: int
    ) -> DataError:
        where = f"{self.file}, line {self.lines[row]}"
        what = f"the columns {', '.join(found)} may all be the {column}"
        remedy = f"say which: columns={{{column!r}: {found[0]!r}}}"
        return DataError(f"{where}: {what}, and differ; {remedy}")


def read_columns(path: Path | str) -> Columns:
    """Return the columns of a file of JSON lines, or of a table with a header
    separated by commas, tabs, semicolons or "|" (gzipped or not).

    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     file = Path(folder, "reviews.tsv")
    ...     _ = file.write_text("uid\\tstars\\nann\\t4\\n")
    ...     read_columns(file).values
    {'uid': ['ann'], 'stars': ['4']}
    """
    file = Path(path)
    start = read_text(file).lstrip()
    if start[0] not in "{[":
        header = start.splitlines()[0]
        separator = max(",\t;|", key=header.count)
        if separator not in header:
            what = "is no table: no comma, tab, semicolon or | in its header"
            raise DataError(f"{file} {what} {quote(header)}")
        lines, table = read_csv(file, None, separator)
        values = {name: list(column) for name, column in table.items()}
        return Columns(file, lines, values)
    records = read_json_lines(file)
    names = dict.fromkeys(name for record in records for name in record)
    values = {}
    for name in names:
        values[name] = [record.get(name) for record in records]
    return Columns(file, list(range(1, len(records) + 1)), values)


def read_table(
    path: Path | str, columns: Mapping[str, str] | None = None
) -> pd.DataFrame:
    """Return the reviews of a table of any of the formats of `read_columns`:
    columns `COLUMNS`, index "review"; all other columns are dropped.

    `columns` names those that have none of the `USUAL` names, such as
    {"rating": "points"}. Times become seconds. Raises DataError, naming
    file, line and value, where the file is broken, a column is missing, or
    two columns could be meant.

    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     file = Path(folder, "reviews.csv")
    ...     _ = file.write_text("uid,asin,stars,date\\nann,tent,4,1970-01-02")
    ...     read_table(file)[["item", "timestamp"]].values.tolist()
    [['tent', 86400.0]]
    """
    return _reviews_of(read_columns(path), columns or {})


def read_titles(
    path: Path | str, columns: Mapping[str, str] | None = None
) -> dict[str, str]:
    """Return the titles by item of a second file, of any of the formats of
    `read_columns`; `columns` as in `read_table`, for "item" and "title".

    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     file = Path(folder, "films.csv")
    ...     _ = file.write_text("movieId,title\\n7,Heat\\n")
    ...     read_titles(file)
    {'7': 'Heat'}
    """
    table, named = read_columns(path), _checked(columns or {})
    titles = _titles_of(table, named, OF_ITEMS)
    if not titles:
        raise _missing(table, "title", OF_ITEMS)
    return titles


def load_table(
    path: Path | str,
    columns: Mapping[str, str] | None = None,
    scale: tuple[float, float] = (1.0, 5.0),
    titles: Mapping[str, str] | Path | str | None = None,
) -> Reviews:
    """Return the reviews of a table, or of a folder that holds one, cleaned.

    `columns` as in `read_table`. `titles` maps items to names, or is a file
    that does; without it a column of the table, or a second table in the
    folder, may. Raises DataError as `read_table` and `clean`.

    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     file = Path(folder, "reviews.csv")
    ...     _ = file.write_text("user,item,score\\nann,7,9\\n")
    ...     load_table(file, scale=(0, 10), titles={"7": "Heat"}).title("7")
    'Heat'
    """
    file, beside = tables_in(Path(path), columns)
    table = read_columns(file)
    raw = _reviews_of(table, columns or {})
    titles = beside if titles is None else titles
    if titles is None:
        titles = _titles_of(table, columns or {}, USUAL["title"])
    elif not isinstance(titles, Mapping):
        titles = read_titles(titles)
    return clean(raw, scale, titles)


def tables_in(
    path: Path, columns: Mapping[str, str] | None = None
) -> tuple[Path, Path | None]:
    """Return the file of reviews at `path` (a folder that holds one, or the
    file itself) and, beside it in the folder, the file of titles (or None).
    """
    if not path.is_dir():
        return path, None
    reviews, titles = [], []
    for file in sorted(path.iterdir()):
        try:
            table = read_columns(file)
        except DataError:
            continue  # a text, a picture, …: no table
        roles = {c for c in USUAL if table.known_as(USUAL[c])}
        roles |= {c for c in columns or {} if columns[c] in table.values}
        if roles.issuperset(NEEDED):
            reviews.append(file)
        elif "item" in roles and table.known_as(OF_ITEMS):
            titles.append(file)
    if len(reviews) != 1:
        names = ", ".join(file.name for file in reviews) or "none"
        what = f"{path} must hold one table with user, item and rating"
        raise DataError(f"{what}, holds {names}: give the file's own path")
    return reviews[0], titles[0] if len(titles) == 1 else None


def _reviews_of(table: Columns, columns: Mapping[str, str]) -> pd.DataFrame:
    """Return the raw table of reviews behind a file's columns."""
    columns, picked = _checked(columns), {}
    for column in COLUMNS:
        usual = USUAL[column]
        values = table.pick(column, usual, columns.get(column))
        if values is None and column in NEEDED:
            raise _missing(table, column, usual)
        picked[column] = values or [None] * len(table.lines)
    picked["timestamp"] = _times(table, picked["timestamp"])
    return raw_table(table.file, table.lines, picked)


def _times(table: Columns, values: list) -> list[float]:
    """Return seconds; complain of the first value that is no time."""
    given = pd.Series(values, dtype=object)
    try:
        seconds = to_seconds(given)
    except DataError as error:
        raise DataError(f"{table.file}: {error}") from error
    unread = seconds.isna() & given.map(_given)
    texts = given[unread & given.map(lambda value: isinstance(value, str))]
    for row, text in texts.items():
        if text.strip().lower() not in ("nan", "nat", "null", "none"):
            where = f"{table.file}, line {table.lines[row]}"
            what = f"timestamp {quote(text)} is no number and no date we know"
            raise DataError(f"{where}: {what}; write it as 2026-01-31")
    odd = given.where(unread & ~given.index.isin(texts.index), "")
    to_numbers(table.file, table.lines, "timestamp", odd.tolist())
    return seconds.tolist()


def _titles_of(
    table: Columns, columns: Mapping[str, str], usual: str
) -> dict[str, str]:
    """Return the first title that is given for each item."""
    items = table.pick("item", USUAL["item"], columns.get("item"))
    names = table.pick("title", usual, columns.get("title"))
    if items is None:
        raise _missing(table, "item", USUAL["item"])
    titles = {}
    if names is not None:
        items = to_ids(table.file, table.lines, "item", items)
        names = to_texts(table.file, table.lines, names)
        for item, name in zip(items, names, strict=True):
            if name.strip():
                titles.setdefault(item.strip(), name.strip())
    return titles


def _checked(columns: Mapping[str, str]) -> Mapping[str, str]:
    """Return `columns`; raise DataError where a key is no column of ours."""
    for column in columns:
        if column not in USUAL:
            known = ", ".join(USUAL)
            raise DataError(f"columns names {column!r}; it may name {known}")
    return columns


def _missing(table: Columns, column: str, usual: str) -> DataError:
    there = quote(list(table.values))
    what = f"no column is known as the {column} ({', '.join(usual.split())})"
    remedy = f"say which: columns={{{column!r}: …}}"
    return DataError(f"{table.file}: {what}; there are {there}; {remedy}")


def _squeezed(name: str) -> str:
    """Return a column's name as `USUAL` has it."""
    return "".join(c for c in str(name).lower() if c.isalnum())


def _given(value: object) -> bool:
    missing = isinstance(value, float) and np.isnan(value)
    return value is not None and value != "" and not missing
