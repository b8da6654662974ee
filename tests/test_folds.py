"""Docstrings of cells are folded, and nothing of the code is lost."""

from __future__ import annotations

import browser as eyes
import folds
import nbformat
import pytest
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import PythonLexer

from tools import play

NOTEBOOK = "notebooks/02_matrix_factorization"
CASES = {
    "two": 'def f():\n    """Say.\n\n    More.\n    """\n    return 1\n',
    "one": 'def f():\n    """Say."""\n    return 1\n',
    "raw": 'def f():\n    r"""Say.\n\n    A \\n.\n    """\n',
    "both": 'class A:\n    """A.\n\n    a\n    """\n\n    def b(self):\n'
    '        """B.\n\n        b\n        """\n        return """x\ny"""\n',
}


def shown(code: str) -> str:
    return highlight(code, PythonLexer(), HtmlFormatter(nowrap=True))


@pytest.mark.parametrize("name", CASES)
def test_only_what_follows_the_first_line_is_folded(name):
    made = folds.fold(shown(CASES[name]))
    folded = made.count('<details class="doc">')
    assert folded == {"two": 1, "one": 0, "raw": 1, "both": 2}[name]
    for part in made.split("<summary>")[1:]:
        assert "\n" not in part.split("</summary>")[0].rstrip("\n")


def test_a_string_that_is_not_closed_stays_as_it_is():
    code = shown('"""Say\n\nmore')
    assert folds.fold(code) == code


def test_code_is_copied_whole_and_read_folded(book):
    """The notebook's own source is what the page holds, and what is copied."""
    path = play.ROOT / f"{NOTEBOOK}.ipynb"
    cells = nbformat.read(path, as_version=4).cells
    taught = [c.source for c in cells if "recx" in c.metadata]
    with eyes.open_browser() as chromium, eyes.serve(book) as base:
        context = chromium.new_context()
        context.grant_permissions(["clipboard-read", "clipboard-write"])
        page = context.new_page()
        page.goto(f"{base}{NOTEBOOK}.html")
        blocks = page.locator(".cell_input pre:has(details.doc)")
        held = blocks.evaluate_all("all => all.map(pre => pre.textContent)")
        assert [text.rstrip("\n") for text in held] == taught
        first = blocks.first
        assert first.locator("summary").is_visible()
        rest = first.locator("details > span").first
        assert not rest.is_visible()
        first.locator("xpath=..").locator("button.copybtn").click(force=True)
        copied = page.evaluate("navigator.clipboard.readText()")
        assert copied.rstrip("\n") == taught[0]
        first.locator("summary").focus()
        page.keyboard.press("Enter")
        assert rest.is_visible()
        context.close()
