"""Strict parsers for files of reviews: lines, CSV, JSON lines.

Every complaint is a DataError that names file, line and value.
"""

from __future__ import annotations

import csv
import gzip
import io
import json
import zlib
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path

import numpy as np
import pandas as pd

from recx_lib.core.errors import DataError
from recx_lib.data.reviews import COLUMNS

# the files that GroupLens published in Latin-1
LATIN_1 = ("u.item", "movies.dat")


SEPARATORS = {
    "\t": "tabs",
    "::": "'::'",
    ",": "commas",
    ";": "semicolons",
    "|": "'|'",
    " ": "blanks",
}


def read_text(file: Path) -> str:
    """Return a file's text: gunzipped, decoded, and never empty."""
    text = decode(file, read_bytes(file))
    if not text.strip():
        raise DataError(f"{file} is empty; download it again")
    # text in another encoding, told by its zero bytes
    if "\0" in text:
        line = text[: text.index("\0")].count("\n") + 1
        what = "holds zero bytes (UTF-16?); save the file as UTF-8"
        raise DataError(f"{file}, line {line}: {what}")
    return text


def read_bytes(file: Path) -> bytes:
    """Return a file's bytes, gunzipped where they are a gzip file."""
    try:
        raw = file.read_bytes()
        # known by its first bytes, whatever its name
        is_gzip = raw[:2] == b"\x1f\x8b"
        return gzip.decompress(raw) if is_gzip else raw
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        what = f"{file} is a broken or truncated gzip file ({error})"
        raise DataError(f"{what}; download it again") from error
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or error
        remedy = "check the path (public data: the folder RECX_DATA)"
        raise DataError(f"cannot read {file}: {why}; {remedy}") from error


def decode(file: Path, raw: bytes) -> str:
    """Decode UTF-8, or Latin-1 where GroupLens published titles so."""
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        if file.name in LATIN_1:
            return raw.decode("latin-1")
        line = raw[: error.start].count(b"\n") + 1
        byte = f"byte {raw[error.start]:#04x}"
        raise DataError(
            f"{file}, line {line}: {byte} is not UTF-8; save the file as UTF-8"
        ) from error


def read_lines(file: Path) -> list[str]:
    """Return a file's lines, without the empty ones at its end."""
    return read_text(file).replace("\r\n", "\n").rstrip("\n").split("\n")


def quote(value: object) -> str:
    """Return what was seen as an error message shows it: quoted, shortened.

    >>> quote("a" * 200)[:5], len(quote("a" * 200))
    ("'aaaa", 81)
    """
    text = repr(value[:80] if isinstance(value, str) else value)
    return text if len(text) <= 80 else text[:80] + "…"


def split_columns(
    file: Path, lines: list[str], separator: str, width: int, first: int = 1
) -> list[list[str]]:
    """Split lines, the first of which is number `first`, into exactly `width`
    fields each; return them by column.

    >>> split_columns(Path("u.data"), ["1,7", "2,9"], ",", width=2)
    [['1', '2'], ['7', '9']]
    """
    for number, line in enumerate(lines, first):
        n_fields = line.count(separator) + 1
        if n_fields != width:
            by = SEPARATORS[separator]
            expected = f"expected {width} fields separated by {by}"
            got = f"got {n_fields} in {quote(line)}"
            hint = _other_separator(line, separator, width)
            where = f"{file}, line {number}"
            raise DataError(f"{where}: {expected}, {got}{hint}")
    if not lines:
        return [[] for _ in range(width)]
    # no list per line: it is faster
    flat = "\n".join(lines).replace(separator, "\n").split("\n")
    return [flat[column::width] for column in range(width)]


def _other_separator(line: str, separator: str, width: int) -> str:
    """Return a hint at the separator that would make `width` fields."""
    for other, name in SEPARATORS.items():
        if other != separator and line.count(other) + 1 == width:
            return f"; is it separated by {name}?"
    return ""


def read_csv(
    file: Path, columns: Sequence[str] | None = None, separator: str = ","
) -> tuple[list[int], dict[str, tuple[str, ...]]]:
    """Return the line on which each row of a quoted CSV file with a header
    ends, and the named columns (None: all).
    """
    # 1. The header names the columns.
    text = io.StringIO(read_text(file), newline="")
    reader = csv.reader(text, delimiter=separator, strict=True)
    try:
        header = next(reader)
        columns = header if columns is None else columns
        for column in columns:
            if column not in header:
                what = f"no column {column!r} in the header {quote(header)}"
                raise DataError(f"{file}, line 1: {what}")
        # 2. The rows, each on its line.
        lines, rows = _csv_rows(file, reader, len(header))
    except csv.Error as error:
        where = f"{file}, line {reader.line_num}"
        what = f"not a well-formed CSV row ({error})"
        raise DataError(f"{where}: {what}") from error
    # 3. Turned: a tuple for each column that was asked for.
    table = {}
    for column in columns:
        place = header.index(column)
        table[column] = tuple(row[place] for row in rows)
    return lines, table


def _csv_rows(
    file: Path, reader, width: int
) -> tuple[list[int], list[list[str]]]:
    """Return the line on which each row ends, and the rows, all as wide as
    the header.
    """
    lines, rows = [], []
    for row in reader:
        # a row too short or long shifts every value behind it
        if len(row) != width:
            where = f"{file}, line {reader.line_num}"
            got = f"got {len(row)} in {quote(row)}"
            raise DataError(f"{where}: expected {width} fields, {got}")
        lines.append(reader.line_num)
        rows.append(row)
    return lines, rows


def read_json_lines(file: Path) -> list[dict]:
    """Return the objects of a file that has one JSON object on each line."""
    records = []
    for number, line in enumerate(read_lines(file), 1):
        where = f"{file}, line {number}"
        try:
            record = json.loads(line)
        except (ValueError, RecursionError) as error:
            what = f"expected a JSON object on one line, got {quote(line)}"
            raise DataError(f"{where}: {what} ({error})") from error
        # a number or a list is JSON, too, but no record
        if not isinstance(record, dict):
            what = f"expected a JSON object {{…}}, got {quote(line)}"
            raise DataError(f"{where}: {what}")
        records.append(record)
    return records


def to_numbers(
    file: Path, lines: Iterable[int], column: str, values: Sequence
) -> np.ndarray:
    """Turn values into floats, (n,); a missing one becomes NaN, and one that
    is no number raises DataError.

    >>> to_numbers(Path("u.data"), [1, 2], "rating", ["4", ""]).tolist()
    [4.0, nan]
    """
    # 1. the fast way, where there is nothing to complain about
    with suppress(ValueError, OverflowError):
        if set(map(type, values)) <= {str, int, float}:
            return np.array(list(map(float, values)))
    # 2. the slow way finds out which value it is
    found = np.full(len(values), np.nan)
    for row, (line, value) in enumerate(zip(lines, values, strict=True)):
        if value is None or value == "":
            continue
        try:
            found[row] = _to_number(value)
        except (ValueError, TypeError, OverflowError):
            what = f"{column} {quote(value)} is not a number"
            raise DataError(f"{file}, line {line}: {what}") from None
    return found


def _to_number(value: object) -> float:
    if isinstance(value, bool):
        raise TypeError("true and false are no numbers here")
    return float(value)


def to_ids(
    file: Path, lines: Iterable[int], column: str, values: Sequence
) -> list[str]:
    """Turn values into id strings; a missing one becomes "", and one that
    cannot be an id raises DataError.

    >>> to_ids(Path("u.data"), [1, 2], "user", [7, None])
    ['7', '']
    """
    # what most files hold needs no second look
    if set(map(type, values)) <= {str} and "".join(values).isascii():
        return list(values)
    found = []
    for line, value in zip(lines, values, strict=True):
        # a whole number is a name; 3.0 and True are not
        if type(value) is int and abs(value) < 2**63:
            value = str(value)
        if value is not None and not _is_id(value):
            what = f"{column} {quote(value)} is not an id: write it as text"
            raise DataError(f"{file}, line {line}: {what}")
        found.append(value or "")
    return found


def _is_id(value: object) -> bool:
    return isinstance(value, str) and value == replace_surrogates(value)


def to_texts(file: Path, lines: Iterable[int], values: Sequence) -> list[str]:
    """Turn values into texts; a missing one becomes "", and one that is no
    text raises DataError.

    >>> to_texts(Path("reviews.json"), [1, 2], ["Dry.", None])
    ['Dry.', '']
    """
    found = []
    for line, value in zip(lines, values, strict=True):
        if value is not None and not isinstance(value, str):
            what = f"text {quote(value)} is not text"
            raise DataError(f"{file}, line {line}: {what}")
        found.append(replace_surrogates(value or ""))
    return found


def replace_surrogates(text: str) -> str:
    """Replace halves of surrogate pairs (JSON may hold half an emoji, a
    Unicode text may not) by "?".

    >>> replace_surrogates("warm \\ud83d")
    'warm ?'
    """
    return text if text.isascii() else text.encode("utf-8", "replace").decode()


def raw_table(file: Path, lines: Sequence[int], table: dict) -> pd.DataFrame:
    """Build the table of a loader: columns `COLUMNS` (no text: empty texts),
    index "review" counting from 0.
    """
    # each converter names the line of what it cannot read
    columns = {}
    for column in ("user", "item"):
        columns[column] = to_ids(file, lines, column, table[column])
    for column in ("rating", "timestamp"):
        columns[column] = to_numbers(file, lines, column, table[column])
    has_text = "text" in table
    texts = to_texts(file, lines, table["text"]) if has_text else ""
    columns["text"] = texts
    return pd.DataFrame(columns, columns=COLUMNS).rename_axis("review")
