"""Loads reviews from tables as people have them: CSV, TSV, JSON, Parquet.

Columns are known by their usual names; `columns` names any other.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pandas as pd

from recx_lib.core.errors import DataError
from recx_lib.data.cleaning import clean
from recx_lib.data.columns import (
    USUAL,
    Columns,
    given,
    read_columns,
    squeezed,
)
from recx_lib.data.own_table import USUAL_NAME, guess_columns
from recx_lib.data.parse import (
    quote,
    raw_table,
    to_ids,
    to_numbers,
    to_texts,
)
from recx_lib.data.reviews import COLUMNS, Reviews
from recx_lib.data.times import to_seconds

# in a file of titles, these are no titles of reviews
OF_ITEMS = f"{USUAL['title']} title name"


# what an item is, and who reviews it, as the item's column gives away
PRODUCT = "product", ("customers", "buyers", "owners")
THINGS = {
    "movieid": ("film", ("viewers",)),
    "movie": ("film", ("viewers",)),
    "bookid": ("book", ("readers",)),
    "asin": PRODUCT,
    "parentasin": PRODUCT,
    "productid": PRODUCT,
    "product": PRODUCT,
}


STARS = (1.0, 5.0)  # the usual scale
NEEDED = ("user", "item", "rating")


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
    columns: Mapping[str, str | None] | str | None = None,
    scale: tuple[float, float] = STARS,
    titles: Mapping[str, str] | Path | str | None = None,
) -> Reviews:
    """Return the reviews of a table, or of a folder that holds one, cleaned.

    `columns` as in `read_table`, or "guess": then `guess_columns` finds those
    without usual names, and the log says what it guessed. {"rating": None}
    says that there are none, only clicks: every row gets the scale's highest.
    `titles` maps items to names, or is a file that does; without it a column
    of the table, or a second table in the folder, may. What an item is called
    in sentences, a film, a product, a book, is told by its column's name.
    Raises DataError as `read_table` and `clean`.

    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     file = Path(folder, "reviews.csv")
    ...     _ = file.write_text("user,item,score\\nann,7,9\\n")
    ...     load_table(file, scale=(0, 10), titles={"7": "Heat"}).title("7")
    'Heat'
    """
    named = {} if columns is None or columns == "guess" else columns
    file, beside = tables_in(Path(path), named)
    # 1. which column is which
    guessed = _guessed(file) if columns == "guess" else []
    named = named | {role: name for role, name, _ in guessed}
    # 2. the rows, and what the items are called
    table = read_columns(file)
    raw = _reviews_of(table, named, scale[1])
    titles = beside if titles is None else titles
    if titles is None:
        titles = _titles_of(table, named, USUAL["title"])
    elif not isinstance(titles, Mapping):
        titles = read_titles(titles)
    column = named.get("item") or table.known_as(USUAL["item"])[0]
    unknown = Reviews.thing, Reviews.people
    thing, people = THINGS.get(squeezed(column), unknown)
    # 3. cleaned; the log begins with what was guessed
    reviews = clean(raw, scale, titles)
    said = [
        (f"guessed: {r} is {n!r}, {why}", len(raw)) for r, n, why in guessed
    ]
    log = (*said, *reviews.log)
    return replace(reviews, thing=thing, people=people, log=log)


def _guessed(file: Path) -> list[tuple[str, str, str]]:
    """Return (role, column, because) of the columns without usual names."""
    guess = guess_columns(file)
    guess = guess[guess["because"] != USUAL_NAME]
    rows = guess[["column", "because"]].itertuples()
    return [tuple(row) for row in rows]


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


def _reviews_of(
    table: Columns, columns: Mapping[str, str | None], click: float = STARS[1]
) -> pd.DataFrame:
    """Return the raw table of reviews behind a file's columns.

    Where the rating is said to be None, every row counts as a `click`.
    """
    columns, picked = _checked(columns), {}
    for column in COLUMNS:
        usual = USUAL[column]
        values = table.pick(column, usual, columns.get(column))
        # nobody rated: every row is a click of the same worth
        if column == "rating" and columns.get(column, "") is None:
            values = [click] * len(table.lines)
        if values is None and column in NEEDED:
            # what is needed and absent is an error; the rest is empty
            raise _missing(table, column, usual)
        picked[column] = values or [None] * len(table.lines)
    picked["timestamp"] = _times(table, picked["timestamp"])
    return raw_table(table.file, table.lines, picked)


def _times(table: Columns, values: list) -> list[float]:
    """Return seconds; complain of the first value that is no time."""
    # 1. Read all at once, numbers and dates.
    cells = pd.Series(values, dtype=object)
    try:
        seconds = to_seconds(cells)
    except DataError as error:
        raise DataError(f"{table.file}: {error}") from error
    # 2. What was given and not understood: a text …
    unread = seconds.isna() & cells.map(given)
    is_text = cells.map(lambda value: isinstance(value, str))
    texts = cells[unread & is_text]
    for row, text in texts.items():
        if text.strip().lower() not in ("nan", "nat", "null", "none"):
            where = f"{table.file}, line {table.lines[row]}"
            what = f"timestamp {quote(text)} is no number and no date we know"
            raise DataError(f"{where}: {what}; write it as 2026-01-31")
    # 3. … or a thing that is no text and no number.
    odd = cells.where(unread & ~is_text, "")
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
        # the first title wins
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
    if column == "rating":
        remedy += ", or None where there are only clicks"
    return DataError(f"{table.file}: {what}; there are {there}; {remedy}")
