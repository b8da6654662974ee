"""Docstrings of cells are folded, and nothing of the code is lost."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import browser as eyes
import folds
import nbformat
import pytest
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import PythonLexer

from tools import play
from tools.counts import is_folded

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


A_CLASS = """class Shop:
    \"\"\"A shop.\"\"\"

    door: str = "<open>"

    def __init__(self):
        self.sold = []

    @property
    def empty(self) -> bool:
        \"\"\"Whether
        nothing is left.
        \"\"\"
        return not self.sold

    async def sell(
        self, item
    ):
        self.sold.append(item)
"""


def left_standing(made: str) -> list[str]:
    """Return the lines that a page shows at first, blank ones apart."""
    open_ = re.sub(r"</summary>.*?</details>", "", made, flags=re.DOTALL)
    return [x for x in open_.splitlines() if re.sub("<[^>]*>", "", x).strip()]


@pytest.mark.parametrize(
    ("tags", "lines"),
    [((), 13), (("outline",), 7), (("shows-sell",), 10)],
)
def test_methods_that_a_cell_does_not_show_are_folded(tags, lines):
    made = folds.fold(shown(A_CLASS), tags)
    assert len(left_standing(made)) == lines
    text = re.sub("<[^>]*>", "", made.replace("\n</summary>", "\n"))
    whole = re.sub("<[^>]*>", "", shown(A_CLASS))
    assert re.sub(r"\n+", "\n", text) == re.sub(r"\n+", "\n", whole)


def test_a_page_folds_the_cells_that_say_so():
    cell = '<div class="cell {}docutils container"><pre>{}</pre></div>'
    code = shown(A_CLASS)
    page = {
        "body": cell.format("tag_shows-sell ", code) + cell.format("", code)
    }
    folds.fold_page(None, "notebooks/99_toy", "", page, None)
    first, second = page["body"].split("</div>")[:2]
    assert (first.count("<details"), second.count("<details")) == (2, 1)


SEEN_AT_ONCE, A_FUNCTION = 20, 30  # lines of a cell, of a function's body
WRITTEN = sorted(Path(play.ROOT, "notebooks").rglob("[0-9]*.ipynb"))


def wall(cell) -> int:
    """Return by how many lines a cell shows more than is read at once.

    Docstrings and methods that are folded do not count, nor blank lines; one
    function alone may be longer, its head apart.
    """
    code = cell.source.strip()
    if len(code.splitlines()) <= SEEN_AT_ONCE:
        return 0
    tags = tuple(cell.metadata.get("tags", []))
    lines = len(left_standing(folds.fold(shown(code), tags)))
    only, *more = ast.parse(code).body
    if more or isinstance(only, ast.ClassDef):
        return lines - SEEN_AT_ONCE
    head = only.body[0].lineno - only.lineno
    return lines - head - A_FUNCTION


@pytest.mark.parametrize("path", WRITTEN, ids=lambda path: path.stem)
def test_no_cell_is_a_wall_of_code(path):
    cells = nbformat.read(path, as_version=4).cells
    seen = [c for c in cells if c.cell_type == "code" and not is_folded(c)]
    walls = {c.source.split("(")[0]: wall(c) for c in seen}
    assert {first: n for first, n in walls.items() if n > 0} == {}


def test_a_wall_of_code_is_seen():
    lines = "\n".join("    x = 1" for _ in range(31))
    cell = nbformat.v4.new_code_cell
    assert wall(cell(f"def f():\n{lines}")) == 1
    assert wall(cell(f"class A:\n{lines}")) == 12
    assert (
        wall(
            cell(
                f"class A:\n    def f(self):\n    {lines[4:]}".replace(
                    "    x", "        x"
                )
            )
        )
        > 0
    )
    folded = f"class A:\n    def f(self):\n{lines.replace('x', '    x')}"
    assert wall(cell(folded, metadata={"tags": ["outline"]})) < 0


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
