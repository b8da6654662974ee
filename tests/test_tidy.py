"""The tidy results file: rows are checked, pieces of an interrupted run are reused, only for the same code."""

import json

import pytest

from benchmarks import tidy
from recx_lib.core import DataError, load_results


@pytest.fixture
def results(tmp_path, monkeypatch):
    monkeypatch.setattr(tidy, "RESULTS", tmp_path)
    return tmp_path


def test_written_rows_are_read_back_with_where_they_came_from(results):
    rows = [tidy.row("toy", "u1", "recx:als", "rmse", 0.9, n=5)]
    path = tidy.write_rows("toy", rows)
    assert load_results("toy", results).to_dict("records") == rows
    made = json.loads(path.read_text())["made"]
    assert {"date", "commit", "code", "python", "machine", "versions"} <= set(
        made
    )
    assert "numpy" in made["versions"] and "cores" in made["machine"]


def test_a_row_must_say_whose_it_is_and_hold_a_measured_value():
    with pytest.raises(ValueError, match="must start with"):
        tidy.row("toy", "u1", "als", "rmse", 0.9)
    with pytest.raises(ValueError, match="not measured"):
        tidy.row("toy", "u1", "recx:als", "rmse", float("nan"))


def test_missing_results_name_the_remedy(results):
    with pytest.raises(DataError, match="make bench"):
        load_results("nothing", results)


def test_an_interrupted_run_is_resumed_and_a_change_of_code_is_noticed(
    results, monkeypatch
):
    calls = []

    def measure():
        calls.append(1)
        return [{"value": len(calls)}]

    assert (
        tidy.remembered("toy", "u1", measure)
        == tidy.remembered("toy", "u1", measure)
        == [{"value": 1}]
    )
    assert tidy.remembered("toy", "u2", measure) == [{"value": 2}]
    monkeypatch.setattr(tidy, "code_hash", lambda sources=(): "other")
    assert tidy.remembered("toy", "u1", measure) == [{"value": 3}]
    tidy.write_rows("toy", [tidy.row("toy", "u1", "floor:mean", "rmse", 1)])
    assert tidy.remembered("toy", "u1", measure) == [{"value": 4}]


def test_the_table_has_one_line_per_system_and_one_column_per_metric():
    rows = [
        tidy.row("toy", "u1", s, m, v)
        for s in ("recx:a", "floor:b")
        for m, v in (("rmse", 0.5), ("mae", 0.25))
    ]
    lines = tidy.table(rows).splitlines()
    assert (
        len(lines) == 3
        and lines[0].split()[-2:] == ["rmse", "mae"]
        and lines[2].split()[-2:] == ["0.5", "0.25"]
    )


def test_rows_measured_anew_take_the_place_of_the_stored(
    tmp_path, monkeypatch
):
    monkeypatch.setattr(tidy, "RESULTS", tmp_path)
    old = [tidy.row("d", "s", "recx:a", m, 1.0, n=64) for m in ("x", "y")]
    tidy.write_rows("some", old)
    new = tidy.row("d", "s", "recx:a", "y", 2.0, n=256)
    assert tidy.with_stored("some", [new]) == [old[0], new]
