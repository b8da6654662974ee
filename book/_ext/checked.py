"""How this book was checked, in numbers: counted when the book is built, typed by nobody.

```{checked-counts}
```
what is there to check: chapters, cells, figures, names, tests
```{checked-last-run}
```
what the last `make test` on this machine measured, where there was one
```{checked-results}
```
when, where and with which code each results file was measured
"""

from __future__ import annotations

import ast
import json
import re
import xml.etree.ElementTree as ET
from pathlib import Path

from docutils import nodes
from results import row_node
from sphinx.util.docutils import SphinxDirective
from teach import choices

ROOT = Path(__file__).resolve().parents[2]


def cells(root: Path = ROOT) -> list[dict]:
    """Return the code cells of all chapters."""
    books = [
        json.loads(p.read_text(encoding="utf-8"))
        for p in sorted((root / "notebooks").glob("*.ipynb"))
    ]
    return [
        cell
        for book in books
        for cell in book["cells"]
        if cell["cell_type"] == "code"
    ]


def asserts(cell: dict) -> int:
    """Return how many claims a cell asserts."""
    return len(
        re.findall(r"^\s*assert ", "".join(cell["source"]), re.MULTILINE)
    )


def is_test(node: ast.AST) -> bool:
    """Whether a definition is a test."""
    return isinstance(node, ast.FunctionDef) and node.name.startswith("test_")


def tests(folder: Path) -> int:
    """Return the number of test functions of a folder (one with many cases counts once)."""
    trees = [
        ast.parse(path.read_text(encoding="utf-8"))
        for path in sorted(folder.glob("test_*.py"))
    ]
    return sum(is_test(node) for tree in trees for node in ast.walk(tree))


def counts(root: Path = ROOT) -> list[tuple[str, int]]:
    """Return (what, how many) of everything that is checked."""
    code, sets = cells(root), texts(root / "exercises/source")
    library = [
        p.read_text(encoding="utf-8")
        for p in sorted((root / "recx_lib").rglob("*.py"))
    ]
    names = [
        n
        for text in library
        for n in ast.parse(text).body
        if isinstance(n, ast.FunctionDef | ast.ClassDef)
    ]
    found = [
        (
            "Chapters, executed from a clean kernel",
            len(list((root / "notebooks").glob("*.ipynb"))),
        ),
        ("Code cells, executed again by every check", len(code)),
        (
            "Cells that show a library definition, equal to its source",
            sum("recx" in c["metadata"] for c in code),
        ),
        (
            "Cells whose printed output is compared word for word",
            count_tag(code, "nbval-check-output"),
        ),
        ("Claims asserted inside the chapters", sum(map(asserts, code))),
        (
            "Figures, each with a caption and a text in its place",
            sum(has_figure(c) for c in code),
        ),
        (
            "Public functions and classes of the library",
            sum(not n.name.startswith("_") for n in names),
        ),
        (
            "Examples in its docstrings, run as tests",
            sum(len(re.findall(r"^\s*>>> ", t, re.M)) for t in library),
        ),
        (
            "Tests of library, tools and pages (one with many cases counts once)",
            tests(root / "tests"),
        ),
        (
            "Questions to choose from, every option explained",
            sum(len(choices(t)) for t in texts(root / "book/chapters")),
        ),
        ("Sets of exercises with solutions", len(sets)),
        (
            "Wrong answers planted there, each caught with its own hint",
            sum(t.count("\n:wrong: ") for t in sets),
        ),
    ]
    return [(what, number) for what, number in found if number]


def texts(folder: Path) -> list[str]:
    """Return the texts of a folder's numbered files."""
    return [
        path.read_text(encoding="utf-8")
        for path in sorted(folder.glob("[0-9]*.md"))
    ]


def count_tag(code: list[dict], tag: str) -> int:
    """Return how many cells bear a tag."""
    return sum(tag in cell["metadata"].get("tags", []) for cell in code)


def has_figure(cell: dict) -> bool:
    """Whether a cell draws a figure with a caption."""
    return "figure" in cell["metadata"].get("mystnb", {})


def last_run(report: Path = ROOT / "_build/nbval.xml") -> str:
    """Return what the last run of all notebooks found, as a sentence."""
    if not report.is_file():
        return "The chapters were not executed on this machine yet: “make test” does it, and this line then says so."
    suites = list(ET.parse(report).iter("testsuite"))
    cases, failed = (
        sum(int(s.get(key, 0)) for s in suites)
        for key in ("tests", "failures")
    )
    failed += sum(int(s.get("errors", 0)) for s in suites)
    when = min(s.get("timestamp", "")[:16].replace("T", " ") for s in suites)
    return f"Last run of all chapters on the machine that built this book: {when}; {cases} cells, {failed} failed."


def made(folder: Path = ROOT / "book/results") -> list[list[str]]:
    """Return a row for each results file: its name, figures, date, code and machine."""
    files = [
        p
        for p in sorted(folder.glob("*.json"))
        if not p.name.endswith(".partial.json")
    ]
    loaded = [
        (path.stem, json.loads(path.read_text(encoding="utf-8")))
        for path in files
    ]
    keys = ("date", "code", "python", "machine")
    return [
        [
            n,
            f"{len(r['rows']):,}",
            *(str(r["made"].get(key, "")) for key in keys),
        ]
        for n, r in loaded
    ]


def table(head: list[str], body: list[list[str]]) -> nodes.table:
    """Return a table of plain texts."""
    group = nodes.tgroup(
        "", *(nodes.colspec(colwidth=1) for _ in head), cols=len(head)
    )
    group += nodes.thead("", row_node(head, False))
    group += nodes.tbody("", *(row_node(cells, False) for cells in body))
    return nodes.table("", group)


class Counts(SphinxDirective):
    """What there is to check."""

    def run(self):
        """Return the table."""
        self.env.note_reread()
        return [
            table(
                ["What", "How many"],
                [[what, f"{number:,}"] for what, number in counts()],
            )
        ]


class LastRun(SphinxDirective):
    """What the last run found."""

    def run(self):
        """Return the sentence."""
        self.env.note_reread()
        return [nodes.paragraph("", "", nodes.Text(last_run()))]


class Made(SphinxDirective):
    """Where the figures come from."""

    def run(self):
        """Return the table."""
        self.env.note_reread()
        return [
            table(
                [
                    "File",
                    "Figures",
                    "Measured",
                    "State of the code",
                    "Python",
                    "Machine",
                ],
                made(),
            )
        ]


def setup(app):
    """Register with Sphinx."""
    app.add_directive("checked-counts", Counts)
    app.add_directive("checked-last-run", LastRun)
    app.add_directive("checked-results", Made)
    return {
        "version": "1",
        "parallel_read_safe": True,
        "parallel_write_safe": True,
    }
