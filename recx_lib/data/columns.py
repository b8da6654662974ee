"""A file's columns, found by the names that people usually give them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from itertools import chain
from pathlib import Path

import numpy as np

from recx_lib.core.errors import DataError
from recx_lib.data.parse import (
    quote,
    read_bytes,
    read_csv,
    read_json_lines,
    read_text,
)

# usual names of each column, letters and digits only; the first given counts
USUAL = {
    "user": "reviewerid userid uid user customerid profileid authorid "
    "username",
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
        # 1. The column that was asked for, and no other.
        if name is not None:
            if name not in self.values:
                there = quote(list(self.values))
                what = f"no column {name!r} for the {column}"
                raise DataError(f"{self.file}: {what}; there are {there}")
            return self.values[name]
        # 2. Else every column known by a usual name, merged.
        found = self.known_as(usual)
        if not found:
            return None
        merged = list(self.values[found[0]])
        for other in found[1:]:
            gives_way = squeezed(other) in GIVE_WAY
            # an empty cell is filled; two that differ are an error
            for row, value in enumerate(self.values[other]):
                if not given(merged[row]):
                    merged[row] = value
                elif given(value) and value != merged[row] and not gives_way:
                    raise self._contradiction(column, found, row)
        return merged

    def known_as(self, usual: str) -> list[str]:
        """Return the names of the columns that have one of the `usual` names
        and a value somewhere, in the order of those names.
        """
        found = []
        for key in usual.split():
            found += [name for name in self.values if squeezed(name) == key]
        return [name for name in found if any(map(given, self.values[name]))]

    def _contradiction(
        self, column: str, found: list[str], row: int
    ) -> DataError:
        where = f"{self.file}, line {self.lines[row]}"
        what = f"the columns {', '.join(found)} may all be the {column}"
        remedy = f"say which: columns={{{column!r}: {found[0]!r}}}"
        return DataError(f"{where}: {what}, and differ; {remedy}")


def read_columns(path: Path | str) -> Columns:
    """Return the columns of a file of JSON lines, or of a table with a header
    separated by commas, tabs, semicolons or "|" (gzipped or not), or of a
    Parquet file, which needs polars or pyarrow.

    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     file = Path(folder, "reviews.tsv")
    ...     _ = file.write_text("uid\\tstars\\nann\\t4\\n")
    ...     read_columns(file).values
    {'uid': ['ann'], 'stars': ['4']}
    """
    file = Path(path)
    # 1. Parquet says so in its first four bytes.
    if read_bytes(file)[:4] == b"PAR1":
        return _parquet(file)
    # 2. A header with the separator that it holds most of …
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
    # 3. … or one JSON object on each line, not all with all names.
    records = read_json_lines(file)
    names = dict.fromkeys(chain.from_iterable(records))
    values = {}
    for name in names:
        values[name] = [record.get(name) for record in records]
    return Columns(file, list(range(1, len(records) + 1)), values)


def _parquet(file: Path) -> Columns:
    """Return the columns of a Parquet file, its dates as text."""
    try:
        columns = _parquet_columns(file)
    except ImportError:
        needed = "reading Parquet needs polars: install recx-lib[scale]"
        remedy = "or pyarrow, or save the table as CSV"
        raise DataError(f"{file}: {needed}, {remedy}") from None
    except Exception as error:  # each library has its own
        what = f"is a broken Parquet file ({type(error).__name__}: {error})"
        raise DataError(f"{file} {what}; write it again") from error
    values = {}
    for name, column in columns.items():
        values[name] = [str(v) if hasattr(v, "year") else v for v in column]
    n_rows = len(next(iter(values.values()), []))
    return Columns(file, list(range(1, n_rows + 1)), values)


def _parquet_columns(file: Path) -> dict[str, list]:
    """Return a Parquet file's cells by column."""
    if find_spec("polars"):
        import polars

        return polars.read_parquet(file).to_dict(as_series=False)
    import pyarrow.parquet

    return pyarrow.parquet.read_table(file).to_pydict()


def squeezed(name: str) -> str:
    """Return a column's name in small letters and digits only."""
    return "".join(c for c in str(name).lower() if c.isalnum())


def given(value: object) -> bool:
    """Return whether a cell holds something."""
    missing = isinstance(value, float) and np.isnan(value)
    return value is not None and value != "" and not missing
