"""Outputs are stale when what they rest on changed, and only then."""

from __future__ import annotations

import ast
from pathlib import Path

import nbformat
import pytest

from tests.import_effects import acts
from tools import forms, stale
from tools.imports import Library

ROOT = Path(__file__).resolve().parents[1]
FILES = {
    "__init__": '"""A library."""\n__version__ = "1"\n',
    "core/__init__": "from recx_lib.core.errors import DataError\n",
    "core/errors": "class DataError(ValueError): pass\n",
    "data/__init__": "from recx_lib.data.clean import clean\n",
    "data/clean": "import recx_lib.core.errors as e\ndef clean(): pass\n",
    "data/load": "def load():\n    from recx_lib.data import clean\n",
    "judge/__init__": """
from .overlap import bleu, rouge as r
from numpy import mean
try:
    from .floors import floor
except ImportError:
    floor = None
""",
    "judge/overlap": """
from ..core import DataError
def bleu(): pass
def rouge(): pass
""",
    "judge/floors": "def floor(): pass\n",
    "judge/trials": "import numpy\nfrom recx_lib.judge import floor\n",
}
ALL = {
    "recx_lib"
    + ("." + name.replace("/", ".")).removesuffix(".__init__")
    * (name != "__init__")
    for name in FILES
}
JUDGE = {
    "judge",
    "judge.overlap",
    "judge.floors",
    "judge.trials",
    "core.errors",
}
CASES = [
    ("from recx_lib.judge import bleu", {"judge.overlap", "core.errors"}),
    (
        "from recx_lib.judge import r as rouge",
        {"judge.overlap", "core.errors"},
    ),
    (
        "from recx_lib.judge import floor",
        {"judge", "judge.overlap", "judge.floors", "core.errors"},
    ),
    (
        "from recx_lib.judge import trials as t",
        {
            "judge.trials",
            "judge",
            "judge.overlap",
            "judge.floors",
            "core.errors",
        },
    ),
    ("from recx_lib.judge import unknown", JUDGE),
    ("from recx_lib.judge import *", JUDGE),
    ("from recx_lib.judge import mean", set()),
    ("from recx_lib import judge", JUDGE),
    ("from recx_lib.judge.floors import floor", {"judge.floors"}),
    ("import recx_lib.judge.floors as f", {"judge.floors"}),
    ("import recx_lib.judge.floors", None),
    ("from recx_lib.gone import x", None),
    ("from recx_lib.data import clean", {"data.clean", "core.errors"}),
    (
        "from recx_lib.data import load as l",
        {"data.load", "data.clean", "core.errors"},
    ),
    (
        "def f():\n    if f:\n        from recx_lib.data import clean",
        {"data.clean", "core.errors"},
    ),
    (
        "import importlib\nimportlib.import_module('recx_lib.judge.floors')",
        {"judge.floors"},
    ),
    ("importlib.import_module(f'recx_lib.{name}')", None),
    ("import numpy, recx_library\nx = 'recx_lib'", set()),
    ("%matplotlib inline", None),
]


@pytest.fixture
def project(tmp_path) -> Path:
    """A library of packages, and a shop."""
    for name, code in FILES.items():
        path = tmp_path / f"recx_lib/{name}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(code, encoding="utf-8")
    (tmp_path / "data").mkdir()
    (tmp_path / "data/shop.csv").write_text("a\n", encoding="utf-8")
    return tmp_path


def full(names: set[str] | None) -> set[str]:
    return ALL if names is None else {f"recx_lib.{name}" for name in names}


def notebook(code: str) -> nbformat.NotebookNode:
    cells = [
        nbformat.v4.new_code_cell("import os"),
        nbformat.v4.new_code_cell(code),
    ]
    return nbformat.v4.new_notebook(cells=cells)


@pytest.mark.parametrize(
    ("code", "rests_on"), CASES, ids=[code for code, _ in CASES]
)
def test_exactly_what_a_cell_rests_on_makes_it_stale(code, rests_on, project):
    """Every module is edited in turn; shop and code always count."""
    book = notebook(code)
    before, moved = stale.run_hash(book, project), set()
    for module, path in Library(project).paths.items():
        text = path.read_text(encoding="utf-8")
        path.write_text(text + "\n# edited\n", encoding="utf-8")
        moved |= {module} if stale.run_hash(book, project) != before else set()
        path.write_text(text, encoding="utf-8")
    assert moved == full(rests_on)
    assert (
        stale.run_hash(book, project)
        == before
        != stale.run_hash(notebook(code + " "), project)
    )
    (project / "data/shop.csv").write_text("b\n", encoding="utf-8")
    assert stale.run_hash(book, project) != before


def test_a_name_that_comes_from_elsewhere_makes_outputs_stale(project):
    book = notebook("from recx_lib.judge import r")
    before = stale.run_hash(book, project)
    path = project / "recx_lib/judge/__init__.py"
    text = path.read_text(encoding="utf-8")
    path.write_text(
        text.replace(
            "bleu, rouge as r", "bleu\nfrom .floors import floor as r"
        ),
        encoding="utf-8",
    )
    assert stale.run_hash(book, project) != before


def test_the_first_cell_and_the_text_do_not_count(project):
    book = notebook("1")
    before = stale.run_hash(book, project)
    book.cells.insert(
        0, nbformat.v4.new_code_cell("x", metadata={"tags": ["first-cell"]})
    )
    book.cells.insert(
        0, nbformat.v4.new_markdown_cell("from recx_lib import judge")
    )
    assert stale.run_hash(book, project) == before


def test_a_ring_of_names_ends(project):
    (project / "recx_lib/data/__init__.py").write_text(
        "from recx_lib.data import load\n", encoding="utf-8"
    )
    assert stale.run_hash(notebook("from recx_lib.data import load"), project)


def test_why_lists_the_chapters_that_a_module_reaches(project):
    texts = project / "book/chapters"
    texts.mkdir(parents=True)
    for name, code in (
        ("01_a", "from recx_lib.judge import bleu"),
        ("02_b", "from recx_lib.data import clean"),
    ):
        forms.write_text(notebook(code), texts / f"{name}.md")
    assert stale.why("recx_lib.core.errors", project).split() == [
        "recx_lib.core.errors",
        "2",
        "01",
        "02",
    ]
    lines = [line.split() for line in stale.why("", project).splitlines()]
    assert (
        lines[0][0] == "recx_lib.core.errors"
        and ["recx_lib.judge.overlap", "1", "01"] in lines
    )
    assert {line[0] for line in lines} == ALL
    with pytest.raises(
        forms.SyncError, match="no module 'judge' in recx_lib, "
    ):
        stale.why("judge", project)


MODULES = sorted((ROOT / "recx_lib").rglob("*.py"))


@pytest.mark.parametrize(
    "path",
    [path for path in MODULES if path.name != "__main__.py"],
    ids=lambda path: "/".join(path.parts[-2:]),
)
def test_a_module_only_defines(path):
    """Else it would count where only its neighbours are imported."""
    assert acts(ast.parse(path.read_text(encoding="utf-8"))) == []


QUIET = """'Says.'
import re
import torch
from functools import cache
from recx_lib.nets import Limits
X, Y = {}, 1
X['y'] = Y
X |= {}
WORD = re.compile('w')
NONE = Limits()
class Own(torch.nn.Module):
    x: int = 3
    @cache
    def y(self, n=WORD):
        torch.set_num_threads(1)
OURS = Own()
def _made(text):
    return text.split()
WORDS = _made('a b')
if __name__ == '__main__':
    torch.set_num_threads(1)
"""


@pytest.mark.parametrize(
    "code",
    [
        "torch.set_num_threads(1)",
        "torch.x = 1",
        "torch['x'] = 1",
        "torch |= {}",
        "for x in X:\n    x()",
        "Z = torch.set_num_threads(1)",
        "X[torch.set_num_threads(1)] = 1",
        "torch = torch\ntorch.x = 1",
        "Z = torch\nZ.x = 1",
        "Z = torch.d\nZ['x'] = 1",
        "(Z, torch.x) = (1, 2)",
        "@atexit.register\ndef g():\n    pass",
        "@torch.mark(1)\ndef g():\n    pass",
        "def g(x=torch.set_num_threads(1)):\n    pass",
        "G = lambda x=torch.set_num_threads(1): x",
        "class G:\n    torch.set_num_threads(1)",
        "class G:\n    x = torch.set_num_threads(1)",
        "class G:\n    torch.x = 1",
        "class G(torch.made(1)):\n    pass",
        "if __name__ != '__main__':\n    torch.x = 1",
        "if __name__ == '__main__':\n    x = 1\nelse:\n    x = 2",
        "def _set():\n    torch.set_num_threads(1)\nZ = _set()",
        "def _set():\n    torch.x = 1\nZ = _set()",
        "del X",
        "assert X",
    ],
)
def test_a_module_that_does_something_is_seen(code):
    assert acts(ast.parse(QUIET)) == []
    last = ast.unparse(ast.parse(code).body[-1])
    assert acts(ast.parse(QUIET + code)) == [last]


def test_new_figures_make_those_stale_who_read_them(project):
    reader = project / "recx_lib/core/results.py"
    reader.write_text("def load_results(): pass\n", encoding="utf-8")
    figures = project / "book/results/toy.json"
    figures.parent.mkdir(parents=True)
    figures.write_text("[1]", encoding="utf-8")
    reads = notebook("from recx_lib.core.results import load_results")
    reads_none = notebook("from recx_lib.judge import floor")
    before = [stale.run_hash(book, project) for book in (reads, reads_none)]
    figures.write_text("[2]", encoding="utf-8")
    assert stale.run_hash(reads, project) != before[0]
    assert stale.run_hash(reads_none, project) == before[1]


def test_figures_that_a_code_does_not_name_are_none_of_its_business(project):
    reader = project / "recx_lib/core/results.py"
    reader.write_text("def load_results(): pass\n", encoding="utf-8")
    folder = project / "book/results"
    folder.mkdir(parents=True)
    for name in ("toy", "other"):
        (folder / f"{name}.json").write_text("[1]", encoding="utf-8")
    start = "from recx_lib.core.results import load_results\n"
    one = notebook(start + 'load_results("toy")')
    by_variable = notebook(start + 'name = "toy"\nload_results(name)')
    before = [stale.run_hash(book, project) for book in (one, by_variable)]
    (folder / "other.json").write_text("[2]", encoding="utf-8")
    after = [stale.run_hash(book, project) for book in (one, by_variable)]
    assert after[0] == before[0] and after[1] != before[1]
    (folder / "toy.json").write_text("[2]", encoding="utf-8")
    assert stale.run_hash(one, project) != before[0]
