"""Chapter 18: a table of ratings in parts, none larger than memory."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

import numpy as np

from recx_lib.core.checks import as_idx, as_pairs, check_whole
from recx_lib.core.errors import DataError

SMALL = {"user": np.int32, "item": np.int32, "rating": np.float32}
NAME = "part-{:05d}"


class Part(NamedTuple):
    """Some rows of a table of ratings, (n,) each: numbers, no names."""

    user_idx: np.ndarray
    item_idx: np.ndarray
    rating: np.ndarray


def need_polars():
    """Return polars; raise DataError naming the extra where it is missing."""
    if find_spec("polars") is None:
        raise DataError(
            "tables in parts are read and written by polars, which is not "
            "installed: install the extra `scale`"
        )
    import polars

    return polars


def csv_parts(path: Path | str, rows: int = 100_000) -> Iterator[Part]:
    """Read user_idx, item_idx, rating from a CSV file, some rows at a time.

    The columns are named user, item and rating. Memory holds a part, whatever
    the file's size. Raise DataError where the file, a column or a number is
    missing.
    """
    pl = need_polars()
    check_whole(rows=rows)
    types = {"user": pl.Int32, "item": pl.Int32, "rating": pl.Float32}
    if not Path(path).is_file():
        raise DataError(f"{path} is not there: write it first")
    try:
        # a batch at a time: the table is never whole in memory
        lazy = pl.scan_csv(path, schema_overrides=types).select(*types)
        for frame in lazy.collect_batches(chunk_size=rows):
            yield as_part(frame, path)
    except pl.exceptions.PolarsError as error:
        first = str(error).splitlines()[0]
        raise DataError(
            f"{path} is no table of user, item, rating ({first}): write the "
            "numbers of users and items, and a decimal point"
        ) from None


def as_part(frame, path: Path | str) -> Part:
    """Return a polars frame as a part; raise DataError on an empty cell."""
    for name in SMALL:
        if empty := frame[name].null_count():
            raise DataError(
                f"{path}: {empty} rows without a {name}: remove them first"
            )
    return Part(*[frame[name].to_numpy() for name in SMALL])


def write_parts(
    parts: Iterable[Part], folder: Path | str, n_parts: int
) -> list[Path]:
    """Sort rows by customer into `n_parts` folders; return the folders.

    All rows of a user come into folder user % n_parts, so that whoever reads
    it sees whole histories. Each part that comes in leaves one compressed
    Parquet file (zstd) in each folder: nothing is ever held twice. Raise
    DataError when the folder is not empty, since old rows would be counted
    again, and for users who are no whole numbers.
    """
    pl = need_polars()
    check_whole(n_parts=n_parts)
    folder = Path(folder)
    folders = [folder / NAME.format(number) for number in range(n_parts)]
    if folder.exists() and any(folder.iterdir()):
        raise DataError(f"{folder} is not empty: name a new folder")
    for each in folders:
        each.mkdir(parents=True)
    for number, part in enumerate(parts):
        home = as_idx(part.user_idx, 2**62, "user") % n_parts  # (n,)
        columns = dict(zip(SMALL, part, strict=True))
        frame = pl.DataFrame(columns).cast({"rating": pl.Float32})
        for place, each in enumerate(folders):
            mine = frame.filter(home == place).sort("user", "item")
            mine.write_parquet(each / f"{number:05d}.parquet")
    return folders


def read_part(part: Part | Path | str) -> Part:
    """Return the rows of one folder; a part that is in memory as it is.

    Raise DataError where the folder is missing or a file is damaged.
    """
    if isinstance(part, Part):
        return part
    pl = need_polars()
    files = sorted(Path(part).glob("*.parquet"))
    if not files:
        raise DataError(f"no Parquet file in {part}: use write_parts first")
    # a damaged file is named, whatever it was that broke
    try:
        frame = pl.read_parquet(files)
    except (pl.exceptions.PolarsError, OSError) as error:
        first = str(error).splitlines()[0]
        raise DataError(
            f"a file in {part} is damaged ({first}): write the parts again"
        ) from None
    return as_part(frame, part)


def histories(
    part: Part | Path | str, n_items: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the users of a part and what they have: (users, start, items).

    `users` (n,) are their numbers; user n's items are
    items[start[n] : start[n + 1]], sorted and each once. Raise DataError on
    an item outside 0 … n_items − 1.

    >>> rows = [[7, 3, 7], [2, 0, 1], [5, 4, 3]]
    >>> users, start, items = histories(Part(*np.array(rows)), n_items=3)
    >>> users.tolist(), start.tolist(), items.tolist()
    ([3, 7], [0, 1, 3], [0, 1, 2])
    """
    user_idx, item_idx, _ = read_part(part)
    most = int(user_idx.max(initial=0)) + 1
    user_idx, item_idx = as_pairs(user_idx, item_idx, most, n_items)
    pairs = np.unique(user_idx * n_items + item_idx)  # sorted, each once
    users, count = np.unique(pairs // n_items, return_counts=True)
    start = np.concatenate([[0], np.cumsum(count)])
    return users, start, pairs % n_items
