"""Strict parsers for `sources`: text, separated lines, CSV, JSON lines; every
complaint names file, line and value.
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

LATIN_1 = (
    "u.item",
    "movies.dat",
)  # the files that GroupLens published in that encoding


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
    try:
        raw = file.read_bytes()
        raw = gzip.decompress(raw) if raw[:2] == b"\x1f\x8b" else raw
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise DataError(
            f"{file} is a broken or truncated gzip file ({error}); download it again"
        ) from error
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or error
        raise DataError(
            f"cannot read {file}: {why}; check the path (public data: the folder RECX_DATA)"
        ) from error
    text = decode(file, raw)
    if not text.strip():
        raise DataError(f"{file} is empty; download it again")
    if "\0" in text:
        line = text[: text.index("\0")].count("\n") + 1
        raise DataError(
            f"{file}, line {line}: holds zero bytes (UTF-16?); save the file as UTF-8"
        )
    return text


def decode(file: Path, raw: bytes) -> str:
    """Decode UTF-8, and the titles that GroupLens published so from
    Latin-1.
    """
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        if file.name in LATIN_1:
            return raw.decode("latin-1")
        where = f"{file}, line {raw[: error.start].count(10) + 1}"
        raise DataError(
            f"{where}: byte {raw[error.start]:#04x} is not UTF-8; save the file as UTF-8"
        ) from error


def read_lines(file: Path) -> list[str]:
    """Return a file's lines, without the empty ones at its end."""
    return read_text(file).replace("\r\n", "\n").rstrip("\n").split("\n")


def show(value: object) -> str:
    """Quote what was seen, shortened."""
    text = repr(value[:80] if isinstance(value, str) else value)
    return text if len(text) <= 80 else text[:80] + "…"


def split_columns(
    file: Path, lines: list[str], separator: str, width: int, first: int = 1
) -> list[list[str]]:
    """Split lines, the first of which is number `first`, into exactly `width`
    fields each; return them by column.
    """
    for row, line in enumerate(lines):
        if line.count(separator) + 1 != width:
            other = [
                name
                for s, name in SEPARATORS.items()
                if s != separator and line.count(s) + 1 == width
            ]
            hint = f"; is it separated by {other[0]}?" if other else ""
            expected = f"expected {width} fields separated by {SEPARATORS[separator]}, got {line.count(separator) + 1}"
            raise DataError(
                f"{file}, line {first + row}: {expected} in {show(line)}{hint}"
            )
    flat = (
        "\n".join(lines).replace(separator, "\n").split("\n") if lines else []
    )  # no list per line: it is faster
    return [flat[column::width] for column in range(width)]


def read_csv(
    file: Path, columns: Sequence[str]
) -> tuple[list[int], dict[str, tuple[str, ...]]]:
    """Return the named columns of a quoted CSV file with a header, and the
    line on which each row ends.
    """
    rows, lines, reader = (
        [],
        [],
        csv.reader(io.StringIO(read_text(file), newline=""), strict=True),
    )
    try:
        header = next(reader)
        if missing := [column for column in columns if column not in header]:
            raise DataError(
                f"{file}, line 1: no column {missing[0]!r} in the header {show(header)}"
            )
        for row in reader:
            if len(row) != len(header):
                where = f"{file}, line {reader.line_num}"
                raise DataError(
                    f"{where}: expected {len(header)} fields, got {len(row)} in {show(row)}"
                )
            rows.append(row)
            lines.append(reader.line_num)
    except csv.Error as error:
        raise DataError(
            f"{file}, line {reader.line_num}: not a well-formed CSV row ({error})"
        ) from error
    return lines, {
        column: tuple(row[header.index(column)] for row in rows)
        for column in columns
    }


def read_json_lines(file: Path) -> list[dict]:
    """Return the objects of a file that has one JSON object on each line."""
    records = []
    for number, line in enumerate(read_lines(file), 1):
        try:
            record = json.loads(line)
        except (ValueError, RecursionError) as error:
            what = f"{file}, line {number}: expected a JSON object on one line, got {show(line)}"
            raise DataError(f"{what} ({error})") from error
        if not isinstance(record, dict):
            raise DataError(
                f"{file}, line {number}: expected a JSON object {{…}}, got {show(line)}"
            )
        records.append(record)
    return records


def numbers(
    file: Path, lines: Iterable[int], column: str, values: Sequence
) -> np.ndarray:
    """Turn values into floats, (n,); a missing one becomes NaN, and one that
    is no number raises DataError.
    """
    with suppress(
        ValueError, OverflowError
    ):  # the slow way below finds out which one it is
        if set(map(type, values)) <= {str, int, float}:
            return np.array(list(map(float, values)))
    found = np.full(len(values), np.nan)
    for row, (line, value) in enumerate(zip(lines, values, strict=True)):
        try:
            if isinstance(value, bool):
                raise TypeError
            if value is not None and value != "":
                found[row] = float(value)
        except (ValueError, TypeError, OverflowError):
            raise DataError(
                f"{file}, line {line}: {column} {show(value)} is not a number"
            ) from None
    return found


def ids(
    file: Path, lines: Iterable[int], column: str, values: Sequence
) -> list[str]:
    """Turn values into id strings; a missing one becomes "", and one that
    cannot be an id raises DataError.
    """
    if set(map(type, values)) <= {str} and "".join(values).isascii():
        return list(values)
    found = []
    for line, value in zip(lines, values, strict=True):
        if type(value) is int and abs(value) < 2**63:
            value = str(value)
        if value is not None and not (
            isinstance(value, str) and value == whole(value)
        ):
            raise DataError(
                f"{file}, line {line}: {column} {show(value)} is not an id: write it as text"
            )
        found.append(value or "")
    return found


def texts(file: Path, lines: Iterable[int], values: Sequence) -> list[str]:
    """Turn values into texts; a missing one becomes "", and one that is no
    text raises DataError.
    """
    found = []
    for line, value in zip(lines, values, strict=True):
        if value is not None and not isinstance(value, str):
            raise DataError(
                f"{file}, line {line}: text {show(value)} is not text"
            )
        found.append(whole(value or ""))
    return found


def whole(text: str) -> str:
    """Replace halves of surrogate pairs (JSON may hold half an emoji, a
    Unicode text may not) by "?".
    """
    return text if text.isascii() else text.encode("utf-8", "replace").decode()


def raw_table(file: Path, lines: Sequence[int], table: dict) -> pd.DataFrame:
    """Build the table of a loader: columns `COLUMNS` (no text: empty texts),
    index "review" counting from 0.
    """
    columns = {c: ids(file, lines, c, table[c]) for c in ("user", "item")}
    columns |= {
        c: numbers(file, lines, c, table[c]) for c in ("rating", "timestamp")
    }
    columns["text"] = (
        texts(file, lines, table["text"]) if "text" in table else ""
    )
    return pd.DataFrame(columns, columns=COLUMNS).rename_axis("review")
