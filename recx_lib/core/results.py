"""All chapters: figures measured on public data (book/results). Plumbing."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd

from recx_lib.core.errors import DataError

RESULTS = Path(__file__).resolve().parents[2] / "book" / "results"


def load_results(name: str, folder: Path | str = RESULTS) -> pd.DataFrame:
    """Return the rows of book/results/NAME.json, one per figure; raise
    DataError where it was never measured.

    >>> load_results("nothing")
    Traceback (most recent call last):
    recx_lib.core.errors.DataError: no results named 'nothing': run ...
    """
    file = Path(folder) / f"{name}.json"
    if not file.exists():
        raise DataError(
            f"no results named {name!r}: run `make bench` to measure them"
        )
    return pd.DataFrame(json.loads(file.read_text(encoding="utf-8"))["rows"])


def results_table(
    name: str,
    data: str | None = None,
    metrics=None,
    folder: Path | str = RESULTS,
) -> pd.DataFrame:
    """Return measured figures as a table, a row per data set, system and
    setting, a column per metric as measured.

    Settings are told apart where there is more than one: figures of different
    settings are never averaged. `data` keeps one data set, `metrics` some
    columns. Raises DataError as `load_results`, and where nothing is left.
    """
    rows = load_results(name, folder)
    rows = rows[rows["data"] == data] if data else rows
    if rows.empty:
        raise DataError(f"results {name!r} hold nothing about {data!r}")
    # a column in which all are alike tells nothing
    index = ["system"] if data else ["data", "system"]
    index += ["setting"] if rows["setting"].nunique() > 1 else []
    columns = metrics or list(dict.fromkeys(rows["metric"]))
    table = rows.pivot_table(
        index=index, columns="metric", values="value", sort=False
    )
    return table[columns]
