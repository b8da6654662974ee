"""A chapter is one sitting, and shows what it speaks of."""

from __future__ import annotations

import pytest

from tools import chapters, counts

NAMES = [chapter.name for chapter in chapters.read_all()]


@pytest.mark.parametrize("name", NAMES)
def test_a_chapter_is_one_sitting_and_has_its_figures(name):
    assert counts.count(name).faults() == []


def test_a_chapter_too_long_or_without_figures_is_named():
    one = counts.Counts("07_long", 4501, 46, 900, 3, 0)
    assert one.faults() == [
        "07_long: 4501 words, at most 4500",
        "07_long: 46 cells, at most 45",
        "07_long: 3 figures, at least 4",
        "07_long: 0 mechanisms, at least 1",
    ]


def test_a_page_weighs_what_it_loads(tmp_path):
    (tmp_path / "a.css").write_text("x" * 50, encoding="utf-8")
    page = tmp_path / "page.html"
    page.write_text(
        '<link href="a.css"><img src="gone.png">', encoding="utf-8"
    )
    assert counts.weight(page) == page.stat().st_size + 50
