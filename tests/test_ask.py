"""The page that can be asked: its numbers are the library's, its sums too."""

from __future__ import annotations

import json

import browser as eyes
import numpy as np
import pytest

from recx_lib.data import load_reviews
from recx_lib.explain import Contest, swap_by_sorting
from recx_lib.judge import top_k
from recx_lib.recommend import EASE
from tools import ask


def test_the_numbers_are_what_the_library_makes_now():
    kept = ask.FILE.read_text(encoding="utf-8")
    made, stored = ask.payload(), json.loads(kept)
    assert stored["titles"] == made["titles"]
    for old, new in zip(stored["people"], made["people"], strict=True):
        worth = np.array(old.pop("worth")), np.array(new.pop("worth"))
        # the last digit may differ between machines
        assert np.abs(worth[0] - worth[1]).max() <= 1
        assert old == new
    assert len(kept) < 400_000


@pytest.fixture(scope="module")
def opened(book):
    with eyes.open_browser() as chromium, eyes.serve(book) as base:
        context = chromium.new_context(viewport=eyes.PHONE)
        page = context.new_page()
        page.goto(base + "book/ask.html")
        yield page
        context.close()


def shown(page):
    places = page.locator("[data-ask=list] li")
    return places.evaluate_all(
        "all => all.map(li => [+li.dataset.item, +li.dataset.score])"
    )


def test_the_page_adds_up_as_the_library_does(opened):
    train = load_reviews("shop")
    model = EASE(reg=200).fit(train)
    people = json.loads(ask.FILE.read_text(encoding="utf-8"))["people"]
    for number, person in enumerate(people):
        opened.select_option("[data-ask=person]", str(number))
        history, removed = np.array(person["history"]), [0, 3, 4]
        for gone in ([], removed):
            for place in gone:
                opened.locator(".history input").nth(place).uncheck()
            scores = model.score_history(np.delete(history, gone))
            found = shown(opened)
            first = top_k(scores, history, 5)
            assert [item for item, _ in found] == first.tolist()
            ours = [score for _, score in found]
            np.testing.assert_allclose(ours, scores[first], atol=1e-6)
        # the fall without the two largest terms
        left = np.delete(history, removed)
        worth = np.sort(model.B_[left, first[0]])[-2:].sum()
        fall = opened.get_attribute("[data-ask=fall]", "data-value")
        assert float(fall) == pytest.approx(worth, abs=1e-6)


def test_the_smallest_change_is_the_librarys_and_does_what_it_says(opened):
    train = load_reviews("shop")
    model = EASE(reg=200).fit(train)
    people = json.loads(ask.FILE.read_text(encoding="utf-8"))["people"]
    opened.reload()
    for number, person in enumerate(people):
        opened.select_option("[data-ask=person]", str(number))
        user = train.users.raw.index(person["user"])
        everything = top_k(model.score(user), person["history"], train.n_items)
        listed = everything[: train.n_items - len(person["history"])]
        swap = swap_by_sorting(
            Contest([model.case(user, int(item)) for item in listed])
        )
        said = opened.locator("[data-ask=whatif]").text_content()
        names = [train.title(name) for name in swap.removed]
        assert said.count(" and the ") == len(names) - 1
        assert all(name in said for name in names)
        instead = train.title(swap.instead)
        assert said.endswith(f"you would see the {instead} instead.")
        # strike them out: the page's own list obeys
        opened.locator("[data-ask=swap]").click()
        first = opened.locator("[data-ask=list] li").first.text_content()
        assert first.startswith(instead)


def test_a_path_is_counted_in_customers(opened):
    people = json.loads(ask.FILE.read_text(encoding="utf-8"))["people"]
    train = load_reviews("shop")
    opened.reload()
    opened.locator("input[value=path]").check()
    [first, *_] = shown(opened)
    both = []
    for item in people[0]["history"]:
        who = [
            set(train.user_idx[train.item_idx == one])
            for one in (item, first[0])
        ]
        both.append(len(who[0] & who[1]))
    said = opened.locator("[data-ask=sentence]").text_content()
    for count in sorted(both)[-2:]:
        assert f" {count} customers who chose the " in said


def test_it_is_asked_by_keyboard_and_answers(opened):
    opened.reload()
    before = opened.locator("[data-ask=sentence]").text_content()
    cited = opened.locator(".history .cited input").first
    cited.focus()
    opened.keyboard.press("Space")
    after = opened.locator("[data-ask=sentence]").text_content()
    assert before != after and after.startswith("We suggest the ")
    truth = opened.locator("[data-ask=truth]")
    assert truth.text_content() == ""
    opened.locator("[data-ask=reveal]").focus()
    opened.keyboard.press("Enter")
    assert "In truth " in truth.text_content()
    for box in opened.locator(".history input").all()[2:]:
        box.uncheck()
    assert opened.locator("[data-ask=few]").is_visible()
    assert not opened.locator("[data-ask=answer]").is_visible()


def test_everything_is_reached_and_done_by_keys(opened):
    opened.reload()
    box = opened.locator("section.ask")
    for scheme in ("light", "dark"):
        opened.emulate_media(color_scheme=scheme)
        assert eyes.unreached(box) == []
    press = opened.keyboard.press
    opened.locator("[data-ask=person]").focus()
    press("ArrowDown")
    assert opened.input_value("[data-ask=person]") == "1"
    told = opened.locator("[data-ask=sentence][aria-live=polite]")
    before = told.text_content()
    opened.locator("input[value=exact]").focus()
    press("ArrowUp")  # from the first to the last
    assert opened.locator("input[value=random]").is_checked()
    assert told.text_content() != before
    opened.locator("[data-ask=swap]").focus()
    press("Enter")
    assert opened.locator(".history input:not(:checked)").count() > 0
    opened.locator("[data-ask=again]").focus()
    press("Enter")
    assert opened.locator(".history input:not(:checked)").count() == 0


def test_the_last_bar_keeps_its_distance_from_the_verdict(opened):
    opened.reload()
    bar = opened.locator("[data-ask=chance] span").bounding_box()
    verdict = opened.locator("[data-ask=verdict]").bounding_box()
    assert verdict["y"] - (bar["y"] + bar["height"]) >= 8
