"""The search names the chapter and the section."""

from __future__ import annotations

import browser as eyes
import sections
from docutils.core import publish_doctree

TEXT = """
Page
====

First
-----

Alpha beta beta.

Inner
~~~~~

Gamma 12.

.. raw:: html

   <script>delta</script>
"""


def test_a_section_has_its_own_words_once():
    doctree = publish_doctree(TEXT, settings_overrides={"doctitle_xform": 0})
    assert sections.sections(doctree) == [
        ["First", "first", "alpha beta first"],
        ["Inner", "inner", "gamma inner"],
    ]


def test_a_word_stands_once_for_a_page_with_its_sections():
    found = [["A", "a", "beta gamma"], ["B", "b", "beta"]]
    names, words = sections.inverted(found)
    assert names == [["A", "a"], ["B", "b"]]
    assert words == "beta0.1 gamma0"


def test_what_is_found_is_named_with_its_section(book):
    with eyes.open_browser() as chromium, eyes.serve(book) as base:
        page = chromium.new_page()
        page.goto(f"{base}search.html?q=bootstrap+interval")
        found = page.locator("ul.search > li", has_text="Matrix factorization")
        place = found.locator("ul.sections a").first
        place.wait_for()
        assert place.text_content() == "How far off are the stars?"
        place.click()
        assert page.url.endswith("#how-far-off-are-the-stars")
        said = page.get_by_text("the bootstrap").filter(visible=True)
        said.first.wait_for()
        page.goto(f"{base}index.html")
        assert page.locator("script[src*='sections.js']").count() == 0


def test_what_bears_the_name_that_was_asked_for_stands_first(book):
    with eyes.open_browser() as chromium, eyes.serve(book) as base:
        page = chromium.new_page()
        page.goto(f"{base}search.html?q=rules+three+data+sets")
        page.locator("ul.search > li.named ul.sections").wait_for()
        first = page.locator("ul.search > li").first
        assert "/results_explanations" in first.locator(
            "a"
        ).first.get_attribute("href")
        place = first.locator("ul.sections a").first
        assert place.text_content().startswith("How far rules can imitate")
