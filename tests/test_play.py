"""The chapters' interactives: their figures are the chapters', their sums the library's."""

from __future__ import annotations

import json
import re
from itertools import pairwise

import browser as eyes
import nbformat
import numpy as np
import pytest
import torch

from recx_lib.core import Case
from recx_lib.explain import occlusion, shapley_exact
from recx_lib.judge import deletion_curve
from recx_lib.recommend import present_attention
from tools import play

KEPT = play.stored()
CHAPTERS = {
    "rotate": "02_matrix_factorization",
    "cut": "08_rules",
    "deletion": "09_attribution",
    "attention": "10_attention",
    "marks": "07_twenty_sentences",
}


def printed(name: str) -> str:
    """Return all that a chapter's notebook shows as text, in one line."""
    path = play.ROOT / "notebooks" / f"{CHAPTERS[name]}.ipynb"
    said = []
    for cell in nbformat.read(path, as_version=4).cells:
        for output in cell.get("outputs", []):
            data = output.get("data", {})
            said.append(output.get("text") or data.get("text/plain", ""))
    return re.sub(r"\s+", " ", " ".join(said))


def stored_case(name: str) -> Case:
    """Return the stored table as a case of the library's."""
    kept = KEPT[name]
    scores, bits = np.array(kept["scores"]), 2 ** np.arange(len(kept["names"]))

    def value(present):
        return scores[(np.asarray(present) @ bits).astype(int)]

    kinds = ["piece"] * len(bits)
    return Case(kept["user"], kept["item"], kinds, kept["names"], value)


def test_the_figures_are_those_that_the_chapters_print():
    ends = [KEPT["rotate"]["titles"][n] for n in ends_of(KEPT["rotate"])]
    assert all(title in printed("rotate") for title in ends)
    stars = np.array(KEPT["cut"]["stars"])
    said = f"mean {stars.mean():.2f}, variance {stars.var():.3f}"
    assert said in printed("cut")
    case, shown = stored_case("deletion"), printed("deletion")
    who = f"{case.user} and the {case.item}: {case.whole():.2f} stars"
    assert who in shown and f"{case.empty():.2f}" in shown
    case, shown = stored_case("attention"), printed("attention")
    assert f"{case.user}, recommended: {case.item}" in shown
    assert f"{case.whole():.2f} stars" in shown
    looked = np.mean(KEPT["attention"]["looked"], axis=0)[:-1]
    assert f"{looked.max():.3f}" in shown
    shown = printed("marks")
    texts = [re.sub(r"\s+", " ", line["text"]) for line in KEPT["marks"]]
    assert [text for text in texts if text not in shown] == []
    writers = [line["writer"] for line in KEPT["marks"]]
    assert {writers.count(who) for who in play.WRITERS} == {5}


def ends_of(kept: dict, turn=((1, 0), (0, 1))) -> list[int]:
    """Return the items at the ends of the first factor, three and three."""
    order = np.argsort(np.array(kept["items"]) @ turn @ [1, 0])
    return [*order[:3], *order[:-4:-1]]


@pytest.fixture(scope="module")
def pages(book):
    """Give that function, the browser and where the pages are."""
    with eyes.open_browser() as chromium, eyes.serve(book) as base:
        context = chromium.new_context(viewport=eyes.PHONE)

        def opened(name):
            return visit(context, base, name)

        yield opened, chromium, base
        context.close()


def visit(context, base: str, name: str):
    """Return a chapter's interactive, on a page of its own."""
    page = context.new_page()
    page.goto(f"{base}notebooks/{CHAPTERS[name]}.html")
    return page.locator(f"section.play[data-name={name}]")


@pytest.fixture
def opened(pages):
    """Give a function that opens a chapter and returns its interactive."""
    return pages[0]


def data(box, key):
    return json.loads(box.get_attribute(f"data-{key}"))


def test_turned_factors_have_other_ends_and_the_same_scores(opened):
    box, kept = opened("rotate"), KEPT["rotate"]
    items, user = np.array(kept["items"]), np.array(kept["user"])
    scores = np.array(kept["base"]) + items[kept["best"]] @ user
    box.get_by_role("checkbox").check()
    for degrees in (0, 100):
        box.get_by_role("slider").fill(str(degrees))
        a = np.radians(degrees)
        turn = np.array([[np.cos(a), np.sin(a)], [-np.sin(a), np.cos(a)]])
        turn[:, 1] *= -1  # mirrored
        assert sum(data(box, "ends"), []) == ends_of(kept, turn)
        turned = np.array(kept["base"]) + (items @ turn)[kept["best"]] @ (
            user @ turn
        )
        np.testing.assert_allclose(data(box, "scores"), turned, atol=1e-6)
        np.testing.assert_allclose(data(box, "scores"), scores, atol=1e-6)


def test_the_cut_leaves_what_is_left(opened):
    box = opened("cut")
    match, stars = (np.array(KEPT["cut"][key]) for key in ("match", "stars"))
    for low, high in pairwise(match):
        at = round((low + high) / 2, 1)
        box.get_by_role("slider").fill(str(at))
        sides = stars[match <= at], stars[match > at]
        left = sum(len(side) * side.var() for side in sides) / len(stars)
        assert data(box, "left") == pytest.approx(left, abs=1e-6)
    box.get_by_role("slider").press("Home")
    assert data(box, "left") == pytest.approx(stars.var(), abs=1e-6)


def test_evidence_taken_away_leaves_the_library_s_curve(opened):
    box, case = opened("deletion"), stored_case("deletion")
    ways = {"shapley": shapley_exact, "occlusion": occlusion}
    for way, explain in ways.items():
        box.get_by_text("Put everything back").click()
        box.locator(f"input[value={way}]").check()
        why = explain(case)
        claims = case.weights(why)
        np.testing.assert_allclose(data(box, "claims"), claims, atol=1e-6)
        for _ in case.names:
            box.get_by_text("Take away its next").press("Enter")
        curve = deletion_curve(case, why)
        np.testing.assert_allclose(data(box, "curve"), curve, atol=1e-6)


def test_a_rating_taken_away_changes_both(opened):
    box, case = opened("attention"), stored_case("attention")
    looked = torch.tensor(KEPT["attention"]["looked"])[:, None]  # (H, 1, S)
    one = torch.ones(1, 1)
    for gone in (None, 1, 4):
        if gone is not None:
            box.get_by_role("checkbox").nth(gone).uncheck()
        there = [
            mark.is_checked() for mark in box.get_by_role("checkbox").all()
        ]
        presence = torch.tensor([*there, True], dtype=torch.float32)
        keys = looked.log().transpose(
            -2, -1
        )  # whose exponentials are `looked`
        _, shares = present_attention(one, keys, keys, presence)
        looks = shares.mean(0)[0, :-1]
        np.testing.assert_allclose(data(box, "looks"), looks, atol=1e-6)
        named = [
            n
            for n, is_there in zip(case.names, there, strict=True)
            if is_there
        ]
        left = case.only(named)
        assert data(box, "score") == pytest.approx(left, abs=1e-6)
        falls = [
            left - case.only([m for m in named if m != name])
            if name in named
            else 0
            for name in case.names
        ]
        np.testing.assert_allclose(data(box, "falls"), falls, atol=1e-6)


def test_marks_are_compared_when_enough_are_made(opened):
    box = opened("marks")
    reveal = box.get_by_role("button", name="See the other marks")
    mine = [n % 3 != 0 for n in range(8)]
    for n, yes in enumerate(mine):
        assert reveal.is_disabled() == (n < 5)
        words = "I would show it" if yes else "I would not"
        box.get_by_role("button", name=words).press("Enter")
    reveal.press("Enter")
    agree = dict(data(box, "agree"))
    heard = [
        line["heard"] == mark
        for line, mark in zip(KEPT["marks"], mine, strict=False)
        if line["heard"] is not None
    ]
    assert agree["a judgement is heard"] == f"{sum(heard)} of {len(heard)}"
    assert agree["whoever always says yes"] == f"{sum(mine)} of {len(mine)}"


def announced(box) -> str:
    """Return what a screen reader is told when it changes."""
    live = box.locator("[role=status], [aria-live=polite]")
    return " ".join(live.all_text_contents())


@pytest.mark.parametrize("name", CHAPTERS)
def test_tab_reaches_every_control_and_shows_where_it_is(opened, name):
    box = opened(name)
    for scheme in ("light", "dark"):
        box.page.emulate_media(color_scheme=scheme)
        assert eyes.unreached(box) == []
    wide = "box => box.scrollWidth - box.clientWidth"
    assert box.evaluate(wide) <= 0  # on a phone, too
    box.get_by_role("checkbox").or_(box.get_by_role("slider")).or_(
        box.get_by_role("button")
    ).first.evaluate("control => { control.tabIndex = -1 }")
    assert "Tab does not reach" in eyes.unreached(box)[0]


def test_factors_are_turned_by_keys(opened):
    box = opened("rotate")
    press = box.page.keyboard.press
    box.get_by_role("slider").focus()
    for key in ["End", "PageDown", "ArrowLeft"]:
        press(key)
    degrees = int(box.get_by_role("slider").input_value())
    assert 270 <= degrees < 358
    assert f"Turned by {degrees} degrees, factor 1" in announced(box)
    ends = data(box, "ends")
    press("Tab")
    press("Space")
    assert f"{degrees} degrees and mirrored" in announced(box)
    assert data(box, "ends") == ends  # a mirror leaves factor 1 as it was


def test_a_cut_is_moved_by_keys(opened):
    box, stars = opened("cut"), np.array(KEPT["cut"]["stars"])
    box.get_by_role("slider").focus()
    said = announced(box)
    for _ in range(12):
        box.page.keyboard.press("ArrowRight")
    assert box.get_by_role("slider").input_value() == "-0.8"
    assert announced(box) != said and "Cut at −0.8" in announced(box)
    box.page.keyboard.press("End")
    assert data(box, "left") == pytest.approx(stars.var(), abs=1e-6)


def test_evidence_is_taken_away_by_keys(opened):
    box = opened("deletion")
    press = box.page.keyboard.press
    claims = data(box, "claims")
    box.locator("input[value=shapley]").focus()
    press("ArrowDown")
    assert box.locator("input[value=occlusion]").is_checked()
    assert data(box, "claims") != claims
    press("Tab")
    press("Space")
    assert len(data(box, "curve")) == 2
    assert f"Without 1 of {len(claims)}" in announced(box)
    press("Space")  # the focus stayed where it was
    assert len(data(box, "curve")) == 1


def test_ratings_are_taken_away_by_keys(opened):
    box, whole = opened("attention"), stored_case("attention").whole()
    press, said = box.page.keyboard.press, announced(box)
    box.get_by_role("checkbox").first.focus()
    press("Tab")
    press("Space")
    without = KEPT["attention"]["scores"][-1 - 2**1]
    assert data(box, "score") == pytest.approx(without)
    assert announced(box) != said
    assert announced(box).startswith(f"{without:.2f} stars predicted")
    press("Space")
    assert data(box, "score") == pytest.approx(whole)
    assert announced(box) == said


def test_sentences_are_marked_by_keys(opened):
    box = opened("marks")
    press = box.page.keyboard.press
    box.get_by_role("button", name="I would show it").focus()
    for n in range(5):
        press("Enter")
        assert f"{n + 1} marked" in announced(box)
    for _ in range(4):  # past: would not, back, next
        press("Tab")
    press("Space")
    result = box.page.evaluate("document.activeElement.textContent")
    assert result.startswith("How often each mark agrees with yours")


def test_paper_and_pages_without_scripts_say_a_sentence(pages):
    _, chromium, base = pages
    context = chromium.new_context(java_script_enabled=False)
    for name in CHAPTERS:
        assert visit(context, base, name).locator(".without").is_visible()
    context.close()
    box = visit(chromium.new_context(), base, "cut")
    assert not box.locator(".without").is_visible()
    box.page.emulate_media(media="print")
    assert box.locator(".without").is_visible()
    assert not box.get_by_role("slider").is_visible()
