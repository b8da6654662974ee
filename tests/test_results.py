"""Measured figures as a table: nothing averaged that was measured apart."""

from __future__ import annotations

import json

import pytest

from recx_lib.core import DataError, load_results, results_table

ROWS = [
    ("shop", "als", "k=8", "rmse", 0.9),
    ("shop", "als", "k=8", "mae", 0.7),
    ("shop", "als", "k=16", "rmse", 0.8),
    ("shop", "floor", "k=8", "rmse", 1.0),
    ("films", "als", "k=8", "rmse", 0.5),
]


@pytest.fixture
def folder(tmp_path):
    names = "data", "system", "setting", "metric", "value"
    rows = [dict(zip(names, row, strict=True)) for row in ROWS]
    text = json.dumps({"made": {}, "rows": rows})
    (tmp_path / "toy.json").write_text(text, encoding="utf-8")
    return tmp_path


def test_a_figure_is_a_row_and_a_table_has_a_column_for_each_metric(folder):
    assert len(load_results("toy", folder)) == len(ROWS)
    table = results_table("toy", "shop", folder=folder)
    assert list(table.columns) == ["rmse", "mae"]
    assert table["rmse"].to_dict() == {
        ("als", "k=8"): 0.9,
        ("als", "k=16"): 0.8,
        ("floor", "k=8"): 1.0,
    }
    every = results_table("toy", metrics=["rmse"], folder=folder)
    assert list(every.index.names) == ["data", "system", "setting"]
    assert list(every.columns) == ["rmse"] and len(every) == 4


def test_one_setting_alone_is_not_named(folder):
    films = results_table("toy", "films", folder=folder)
    assert films["rmse"].to_dict() == {"als": 0.5}


def test_what_was_not_measured_is_said(folder):
    with pytest.raises(DataError, match="hold nothing about 'books'"):
        results_table("toy", "books", folder=folder)
    with pytest.raises(DataError, match="no results named 'none'"):
        load_results("none", folder)
