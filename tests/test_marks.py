"""The blind sheet: nothing on it tells who wrote; marks are counted rightly."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from benchmarks import marks
from recx_lib.core import DataError

RECORDS = pd.DataFrame(
    {
        "item": [f"i{k % 4}" for k in range(20)],
        "sentence": [f"customer says {k}" for k in range(20)],
    }
)
SPLITS = {"train": RECORDS.head(12), "test": RECORDS}
TEXTS = {
    "floor:references": list(RECORDS["sentence"]),
    "recx:one": [f"first {k}" for k in range(20)],
    "recx:two": [f"second {k}" for k in range(20)],
}


def test_the_sheet_is_blind_and_mixed_and_its_key_lies_apart():
    sheet, key = marks.draw(SPLITS, TEXTS, list(TEXTS), n=10)
    assert list(sheet.columns) == ["number", "sentence", "facts"]
    assert key["system"].value_counts().tolist() == [10, 10, 10]
    assert key["system"].ne(key["system"].shift()).sum() > 10  # shuffled
    for line, whose in zip(sheet.itertuples(), key.itertuples(), strict=True):
        at = TEXTS[whose.system].index(line.sentence)
        assert whose.number == line.number
        assert RECORDS["item"][at] == whose.item
        known = (
            SPLITS["train"].groupby("item")["sentence"].get_group(whose.item)
        )
        assert set(line.facts.split(" | ")) <= set(known)
    again, _ = marks.draw(SPLITS, TEXTS, list(TEXTS), n=10)
    assert again.equals(sheet)


def test_a_writer_without_sentences_is_named():
    with pytest.raises(DataError, match="recx:three"):
        marks.draw(SPLITS, TEXTS, ["recx:one", "recx:three"])


def test_shares_are_means_of_both_readers_and_kappa_is_cohen_s():
    key = pd.DataFrame(
        {"system": ["recx:a"] * 4 + ["recx:b"] * 4, "item": list("xyzwxyzw")}
    )
    first = pd.DataFrame({"fluent": [1, 1, 1, 1, 0, 0, 0, 1]})
    second = pd.DataFrame({"fluent": [1, 1, 1, 0, 0, 0, 1, 1]})
    for question in ("true", "useful"):
        first[question] = second[question] = 1
    rows = marks.score(key, first, second)
    found = {(one["system"], one["metric"]): one for one in rows}
    assert found["recx:a", "fluent"]["value"] == pytest.approx(7 / 8)
    assert found["recx:b", "fluent"]["value"] == pytest.approx(3 / 8)
    # 6 of 8 agreed; by chance 5/8 · 5/8 + 3/8 · 3/8
    chance = (25 + 9) / 64
    wanted = (6 / 8 - chance) / (1 - chance)
    assert found["recx:readers", "fluent kappa"]["value"] == pytest.approx(
        wanted
    )
    assert ("recx:readers", "true kappa") not in found  # nothing but chance
    assert found["recx:readers", "true agreed"]["value"] == 1
    assert "language-model readers" in found["recx:a", "true"]["source"]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda m: m.drop(columns="true"), "columns .*true.* missing"),
        (lambda m: m.iloc[:-1], "each of 3 numbers once"),
        (lambda m: m.assign(number=[1, 1, 2]), "each of 3 numbers once"),
        (lambda m: m.assign(useful=[1, 0, 2]), "1 or 0"),
    ],
)
def test_marks_that_cannot_be_counted_are_refused(tmp_path, change, message):
    good = pd.DataFrame({"number": [2, 1, 3]})
    for question in marks.QUESTIONS:
        good[question] = [1, 0, 1]
    file = tmp_path / "first.csv"
    good.to_csv(file, index=False)
    assert marks.read_marks(file, 3)["true"].tolist() == [0, 1, 1]
    change(good).to_csv(file, index=False)
    with pytest.raises(DataError, match=message):
        marks.read_marks(file, 3)


def test_kappa_is_none_where_all_marks_are_alike():
    assert np.isnan(marks.kappa([1, 1], [1, 1]))
    assert marks.kappa([1, 0], [0, 1]) == -1
