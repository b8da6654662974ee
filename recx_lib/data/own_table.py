"""Chapter 21: which column of a stranger's table is which, and why."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from recx_lib.core.errors import DataError
from recx_lib.data.columns import USUAL, Columns, given, read_columns, squeezed
from recx_lib.data.times import to_seconds

# what the names of such columns often hold, letters and digits only
PARTS = {
    "rating": "rating stars score grade points vote mark",
    "timestamp": "time date when",
    "text": "text review comment opinion remark feedback",
    "user": "user customer client member reader viewer listener learner "
    "student pupil patient guest account person buyer visitor subscriber",
    "item": "item product article sku isbn film movie song track book "
    "course hotel business artist game recipe",
    "title": "title label name",
}


# what the cells of a column with that role may look like
FITTING = {
    "rating": ("few numbers",),
    "timestamp": ("times",),
    "text": ("sentences",),
    "user": ("ids", "few numbers"),
    "item": ("ids", "few numbers"),
    "title": ("ids", "sentences"),
}


ALONE = ("rating", "timestamp", "text")  # known by their looks, too
FEW = 20  # rows from which on all different ids number the rows
LOOKED_AT = 2000  # rows
USUAL_NAME = "a usual name"


def looks_like(values: Sequence) -> str:
    """Return what a column's cells look like: "times", "few numbers",
    "sentences", "ids", or "nothing" where all are empty.

    Few numbers are at most 101 different ones between −100 and 100, two at
    least; sentences have four words or more on average.

    >>> looks_like(["4", "5", "4"]), looks_like(["2026-01-31", "2026-02-01"])
    ('few numbers', 'times')
    >>> looks_like(["dry and light, a good tent"]), looks_like(["ann", "bob"])
    ('sentences', 'ids')
    """
    cells = pd.Series([v for v in values if given(v)], dtype=object)
    if cells.empty:
        return "nothing"
    numbers = pd.to_numeric(cells, errors="coerce")
    if numbers.notna().all():
        is_small = numbers.abs().max() <= 100
        if is_small and 2 <= numbers.nunique() <= 101:
            return "few numbers"
        # seconds or milliseconds since 1970, from the year 1990 on
        is_time = numbers.between(6.3e8, 5e12).all()
        return "times" if is_time and numbers.nunique() > 1 else "ids"
    if are_dates(cells):
        return "times"
    words = cells.map(str).str.split().map(len)
    return "sentences" if words.mean() >= 4 else "ids"


def are_dates(cells: pd.Series) -> bool:
    """Return whether nearly all of these cells are read as dates."""
    try:
        return bool(to_seconds(cells).notna().mean() > 0.95)
    except DataError:  # day and month can be confused: dates all the same
        return True


def guess_columns(path: Path | str) -> pd.DataFrame:
    """Return which column of a file is which, as far as can be guessed.

    One row per role (user, item, rating, timestamp, text, title) that was
    found: its `column`, `because`, and an `example`. First go the usual
    names, then a part of a name whose cells look right, then the only column
    that looks so. Nothing is said where two columns fit. Hand it on, or put
    it right, by `load_table(path, columns=guess["column"].to_dict())`. Raises
    DataError where the file is no table.

    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     file = Path(folder, "visits.csv")
    ...     _ = file.write_text("client_no,sku,note\\nc1,tent,4\\nc2,mat,2\\n")
    ...     guess_columns(file)["column"].to_dict()
    {'user': 'client_no', 'item': 'sku', 'rating': 'note'}
    """
    # 1. What do the first cells of each column look like?
    table = read_columns(path)
    looks = {}
    for name, values in table.values.items():
        looks[name] = looks_like(values[:LOOKED_AT])
        if looks[name] == "ids" and _numbers_rows(values):
            looks[name] = "a number for each row"  # nobody's, and no thing's
    # 2. The surest sign first; each takes only what is left.
    found = _by_usual_name(table)
    found = _by_part_of_name(looks, found)
    found = _by_looks(looks, found)
    found = _by_what_is_left(looks, found)
    # 3. Say what was found, and why.
    rows = {}
    for role in USUAL:
        if role in found:
            name, because = found[role]
            example = next(filter(given, table.values[name]))
            rows[role] = (name, because, str(example)[:30])
    columns = ["column", "because", "example"]
    return pd.DataFrame.from_dict(rows, orient="index", columns=columns)


Found = dict[str, tuple[str, str]]  # {role: (column, because)}


def _by_usual_name(table: Columns) -> Found:
    """Return the columns that bear a usual name."""
    found = {}
    for role, usual in USUAL.items():
        known = table.known_as(usual)
        if known:
            found[role] = (known[0], USUAL_NAME)
    return found


def _numbers_rows(values: Sequence) -> bool:
    """Return whether no cell of a column comes twice, of `FEW` at least."""
    return len(values) >= FEW and len(set(values)) == len(values)


def _left(looks: dict[str, str], found: Found) -> dict[str, str]:
    """Return the columns that have no role yet."""
    taken = {name for name, _ in found.values()}
    return {name: kind for name, kind in looks.items() if name not in taken}


def _by_part_of_name(looks: dict[str, str], found: Found) -> Found:
    """Add columns whose name holds a telling part, and whose cells fit."""
    found = dict(found)
    for role, parts in PARTS.items():
        fitting = {}
        for name, kind in _left(looks, found).items():
            told = [part for part in parts.split() if part in squeezed(name)]
            if told and kind in FITTING[role]:
                fitting[name] = f"{told[0]!r} is in its name, {kind} in it"
        # two that fit would be a guess: left to the reader
        if role not in found and len(fitting) == 1:
            found[role] = next(iter(fitting.items()))
    return found


def _by_looks(looks: dict[str, str], found: Found) -> Found:
    """Add the rating, the time and the text that only one column can be."""
    found = dict(found)
    for role in ALONE:
        left = _left(looks, found)
        fitting = [name for name in left if left[name] in FITTING[role]]
        # alone in its kind
        if role not in found and len(fitting) == 1:
            kind = left[fitting[0]]
            found[role] = (fitting[0], f"the only column left with {kind}")
    return found


def _by_what_is_left(looks: dict[str, str], found: Found) -> Found:
    """Add the user, or the item, where one of them and one column lack."""
    missing = [role for role in ("user", "item") if role not in found]
    left = [n for n, kind in _left(looks, found).items() if kind == "ids"]
    if len(missing) == 1 and len(left) == 1:
        found = found | {missing[0]: (left[0], "the only column of ids left")}
    return found
