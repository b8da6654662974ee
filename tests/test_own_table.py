"""A table that a stranger drew up: which column is which, and what ails it."""

import numpy as np
import pandas as pd
import pytest

from recx_lib.core import DataError
from recx_lib.data import checklist, guess_columns, load_table
from recx_lib.data.cleaning import clean, fitting_scale
from recx_lib.data.own_table import looks_like

ROWS = {
    "client_no": ["c1", "c1", "c2", "c3"],
    "sku": ["tent", "mat", "tent", "mug"],
    "how": [4, 5, 3, 4],
    "on": ["2024-01-01", "2024-02-01", "2024-01-05", "2024-03-01"],
    "words": [
        "light and dry, good",
        "soft as a bed is",
        "it let in all the rain",
        "ok so far",
    ],
}
FOUND = {
    "user": "client_no",
    "item": "sku",
    "rating": "how",
    "timestamp": "on",
    "text": "words",
}


def table_file(folder, rows=ROWS, name="export.csv"):
    path = folder / name
    frame = pd.DataFrame(rows)
    if name.endswith(".parquet"):
        import polars

        polars.from_dict(rows).write_parquet(path)
    elif name.endswith(".jsonl"):
        frame.to_json(path, orient="records", lines=True)
    else:
        frame.to_csv(path, index=False, sep="\t" if "tsv" in name else ",")
    return path


FORMATS = ["export.csv", "export.tsv", "export.jsonl", "export.parquet"]


@pytest.mark.parametrize("name", FORMATS)
def test_columns_are_guessed_in_every_format(tmp_path, name):
    if name.endswith("parquet"):
        pytest.importorskip("polars")
    path = table_file(tmp_path, name=name)
    assert guess_columns(path)["column"].to_dict() == FOUND
    reviews = load_table(path, columns="guess")
    assert sorted(reviews.rating) == [3, 4, 4, 5]
    assert reviews.frame["timestamp"].iloc[0] == 1704067200


def test_what_was_guessed_is_said_in_the_log(tmp_path):
    steps = dict(load_table(table_file(tmp_path), columns="guess").log)
    said = [step for step in steps if step.startswith("guessed")]
    assert len(said) == 5 and any("'how'" in step for step in said)


def test_nothing_is_guessed_unasked(tmp_path):
    with pytest.raises(DataError, match="no column is known as the user"):
        load_table(table_file(tmp_path))


def test_two_columns_that_fit_are_none(tmp_path):
    rows = ROWS | {"buyer": ["b1", "b2", "b3", "b4"]}
    assert "user" not in guess_columns(table_file(tmp_path, rows)).index
    twice = {"a": ["x", "y"], "b": ["p", "q"], "how": [1, 2]}
    guess = guess_columns(table_file(tmp_path, twice, "twice.csv"))
    assert list(guess.index) == ["rating"]


def test_a_guess_can_be_put_right(tmp_path):
    rows = ROWS | {"second": [1, 2, 3, 1]}
    path = table_file(tmp_path, rows)
    guess = guess_columns(path)["column"].to_dict()
    assert "rating" not in guess
    named = guess | {"rating": "second"}
    assert sorted(load_table(path, columns=named).rating) == [1, 1, 2, 3]


def test_clicks_have_no_stars(tmp_path):
    path = table_file(tmp_path)
    named = FOUND | {"rating": None}
    reviews = load_table(path, columns=named, scale=(0, 10))
    assert set(reviews.rating) == {10.0}
    [scale] = checklist(reviews).query("check == 'scale'")["judged"]
    assert scale == "look"


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        ([1588687728, 1588687730], "times"),
        ([1588687728000, 1588687730000], "times"),
        (["3 May 2020", "4 May 2020"], "times"),
        (["01/02/2020", "03/04/2020"], "times"),
        ([0, 55, 100], "few numbers"),
        (range(101), "few numbers"),
        (range(-1, 101), "ids"),
        ([5, 5, 5], "ids"),
        ([123456, 123457], "ids"),
        (["", None, "ann"], "ids"),
        ([None, ""], "nothing"),
    ],
)
def test_cells_are_known_by_their_looks(values, kind):
    assert looks_like(values) == kind


def test_a_broken_parquet_file_is_named(tmp_path):
    pytest.importorskip("polars")
    path = tmp_path / "cut.parquet"
    path.write_bytes(b"PAR1 and nothing more")
    with pytest.raises(DataError, match="cut.parquet is a broken Parquet"):
        load_table(path)


def test_without_a_parquet_reader_the_extra_is_named(tmp_path, monkeypatch):
    pytest.importorskip("polars")
    path = table_file(tmp_path, name="export.parquet")
    monkeypatch.setattr("recx_lib.data.columns.find_spec", lambda name: None)
    monkeypatch.setitem(__import__("sys").modules, "pyarrow", None)
    with pytest.raises(DataError, match=r"polars: install recx-lib\[scale\]"):
        load_table(path, columns=FOUND)


@pytest.mark.parametrize(
    ("ratings", "scale"),
    [
        ([1, 5], (1, 5)),
        ([0.5, 4], (0.5, 5)),
        ([0, 10], (0, 10)),
        ([3, 97], (1, 100)),
        ([-3, 400], (-3, 400)),
    ],
)
def test_the_narrowest_usual_scale_fits(ratings, scale):
    low, high = fitting_scale(pd.Series(ratings * 100, dtype=float))
    assert (low, high) == pytest.approx(scale)


def drawn(n=400, **columns):
    rng = np.random.default_rng(0)
    raw = pd.DataFrame(
        {
            "user": rng.integers(0, 40, n).astype(str),
            "item": np.char.add("i", rng.integers(0, 30, n).astype(str)),
            "rating": rng.integers(1, 6, n),
            "timestamp": rng.permutation(n) * 3600 + 1_600_000_000,
            "text": [f"a text of its own, number {i}" for i in range(n)],
        }
    )
    return clean(raw.assign(**columns))


def judged(reviews):
    return checklist(reviews).set_index("check")["judged"].to_dict()


def test_a_sound_table_is_fine_throughout():
    assert set(judged(drawn()).values()) == {"fine"}


@pytest.mark.parametrize(
    ("check", "columns"),
    [
        ("duplicates", {"text": "the very same words from everybody"}),
        ("leak", {"text": "5 stars from me, and gladly so"}),
        ("scale", {"rating": 5}),
        ("time", {"timestamp": 1_600_000_000}),
        ("time", {"timestamp": None}),
        ("text", {"text": ""}),
    ],
)
def test_a_planted_fault_is_seen(check, columns):
    assert judged(drawn(**columns))[check] == "look"


def test_mixed_columns_and_sparse_tables_are_seen():
    assert judged(drawn(user="i3"))["ids"] == "look"
    assert judged(drawn(user="i3"))["sparsity"] == "stop"
    lonely = drawn(user=[f"u{n // 2}" for n in range(400)])
    assert judged(lonely)["sparsity"] == "look"
    assert judged(drawn(item=[f"i{n}" for n in range(400)]))["long tail"] == (
        "look"
    )


def test_removed_rows_are_counted():
    off = [9 if n % 10 == 0 else 3 for n in range(400)]
    with pytest.warns(UserWarning, match="off the scale"):
        table = drawn(rating=off)
    [found] = checklist(table).query("check == 'removed'")["found"]
    assert found.startswith("40 rows") and judged(table)["removed"] == "look"


def test_an_empty_table_is_refused():
    table = drawn()
    with pytest.raises(DataError, match="the table is empty"):
        checklist(table.subset(np.zeros(len(table), dtype=bool)))


def test_a_number_for_each_row_is_no_item(tmp_path):
    """A booking is not what was booked, whatever its column is called."""
    lines = ["booking_id;guest_no;tour;points"]
    for n in range(30):
        lines.append(f"B{n:03};G{n % 6};Tour {n % 7};{1 + n % 5}")
    path = tmp_path / "bookings.csv"
    path.write_text("\n".join(lines), encoding="utf-8")
    found = guess_columns(path)["column"].to_dict()
    assert found == {"user": "guest_no", "item": "tour", "rating": "points"}
