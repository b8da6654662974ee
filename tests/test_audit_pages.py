"""The audits of other projects' models that stand in the book."""

import json
import re
from pathlib import Path

import pandas as pd
import pytest

from benchmarks.audits import neutral, page_name
from recx_lib.audit import audit_page
from recx_lib.data import load_shop

ROOT = Path(__file__).resolve().parents[1]
PAGES = ROOT / "book" / "_static" / "audits"
REPORTS = sorted(PAGES.glob("*.json"))
NEUTRAL = re.compile(r"(customer|film|instrument) \d+")
each = pytest.mark.parametrize("path", REPORTS, ids=lambda p: p.stem)


def test_five_recommenders_of_other_projects_are_there():
    names = {page_name(*name) for name in named()}
    assert names == {path.stem for path in REPORTS}
    for data in ("ml-100k", "musical-instruments"):
        assert len({system for at, system in named() if at == data}) >= 5


def named():
    """The pages that results_audits.md names, as (data, system)."""
    text = (ROOT / "book/results_audits.md").read_text(encoding="utf-8")
    found = re.findall(r"_static/audits/([\w-]+)\.html", text)
    for name in found:
        for data in ("ml-100k", "musical-instruments"):
            if name.startswith(data):
                yield data, f"peer:{name[len(data) + 1 :]}"


@each
def test_a_page_is_made_of_its_figures_and_is_light(path):
    figures = json.loads(path.read_text(encoding="utf-8"))
    page = path.with_suffix(".html").read_text(encoding="utf-8")
    assert page == audit_page(figures["report"], figures["source"])
    assert len(page.encode()) < 100_000
    for outside in ("http://", "https://", "<script", "@import", "url("):
        assert outside not in page
    assert page.count("<svg") == page.count("role='img' aria-label=") > 0
    assert "prefers-color-scheme: dark" in page and "viewport" in page


@each
def test_a_page_names_nobody_and_nothing(path):
    report = json.loads(path.read_text(encoding="utf-8"))["report"]
    for case in report["cases"]:
        head = case["question"].partition(" stands ")[0]
        user, thing = head.removeprefix("For user ").split(", ")
        assert NEUTRAL.fullmatch(user) and NEUTRAL.fullmatch(thing)
        for line in case["lines"]:
            for cited in line["cites"]:
                is_feature = "scikit-learn" in path.stem
                assert is_feature or NEUTRAL.fullmatch(cited), cited


def test_a_neutral_table_keeps_the_ratings_and_no_name():
    shop = load_shop()
    plain = neutral(shop, "tent")
    assert sorted(plain.rating) == sorted(shop.rating)
    assert not plain.titles and not plain.has_text
    told = set(plain.frame["user"]) | set(plain.frame["item"])
    assert not told & (set(shop.users.raw) | set(shop.items.raw))
    # one name each, and none tells the place in the public table
    for theirs, ours in (("user", "user"), ("item", "item")):
        pairs = pd.crosstab(shop.frame[theirs], plain.frame[ours])
        assert ((pairs > 0).sum(axis=1) == 1).all()
    order = [int(name.split()[1]) for name in plain.users.raw]
    assert order == list(range(1, shop.n_users + 1))
    drawn = plain.frame.drop_duplicates("user")["user"].tolist()
    assert drawn != sorted(drawn)
