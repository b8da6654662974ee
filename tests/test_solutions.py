"""The solutions printed in the chapters run after the chapter's own cells.

The running itself is part of `make test`'s pass over the notebooks
(tests/chapter_runs.py); here: that every chapter prints solutions, and that
one that breaks is noticed and named.
"""

import subprocess
from pathlib import Path

import nbformat
import pytest

from tests.chapter_runs import longest_first, solutions
from tools import check

ROOT = Path(__file__).resolve().parents[1]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.stem)
def test_every_chapter_prints_solutions(path):
    found = solutions(nbformat.read(path, 4))
    assert found, "no solution found: is the fence still ```python?"


def run_chapter(folder: Path, *solutions: str) -> subprocess.CompletedProcess:
    """Run a chapter of one cell, `x = 1`, as `make test` does."""
    text = "\n\n".join(f"```python\n{code}\n```" for code in solutions)
    cells = [nbformat.v4.new_markdown_cell(text)]
    cells.append(nbformat.v4.new_code_cell("x = 1"))
    path = folder / "09_planted.ipynb"
    nbformat.write(nbformat.v4.new_notebook(cells=cells), path)
    command = [*check.pytest(workers=0), *check.NBVAL, str(path)]
    command += ["-p", "tests.chapter_runs", "-p", "no:cacheprovider"]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True)


@pytest.mark.slow
def test_solutions_run_in_the_state_that_the_chapter_leaves(tmp_path):
    done = run_chapter(tmp_path, "x += 1", "assert x == 2")
    assert done.returncode == 0, done.stdout
    assert "3 passed" in done.stdout


@pytest.mark.slow
def test_a_broken_solution_is_noticed_and_named(tmp_path):
    done = run_chapter(tmp_path, "x += 1", "assert x == 1", "x")
    assert done.returncode == 1, done.stdout
    said = "printed solution 2 of 09_planted.ipynb does not run"
    assert said in done.stdout and "assert x == 1" in done.stdout
    assert "1 failed, 3 passed" in done.stdout


@pytest.mark.slow
def test_make_test_runs_the_solutions_of_every_chapter():
    assert {"tests", "notebooks", *check.NBVAL} <= set(check.TESTS)
    command = [*check.pytest(workers=0), *check.NBVAL, "--collect-only", "-q"]
    command += ["notebooks", "tests/test_solutions.py"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    found = done.stdout.splitlines()
    for path in NOTEBOOKS:
        name = f"notebooks/{path.name}::printed solution "
        printed = len(solutions(nbformat.read(path, 4)))
        assert sum(line.startswith(name) for line in found) == printed


class Fake:
    """As much of a test as the order looks at."""

    def __init__(self, nodeid: str, *marks: str):
        self.nodeid, self.marks = nodeid, marks

    def get_closest_marker(self, name: str) -> bool:
        return name in self.marks


def test_what_takes_long_starts_first_and_files_stay_whole():
    tests = [
        Fake("a.py::quick"),
        Fake("b.py::quick"),
        Fake("b.py::slow", "slow"),
        Fake("c.py::page", "browser"),
        Fake("a.py::quick too"),
    ]
    order = [test.nodeid for test in longest_first(tests)]
    assert [name.split("::")[0] for name in order] == [
        *("c.py", "b.py", "b.py", "a.py", "a.py")
    ]
    assert order[1:3] == ["b.py::quick", "b.py::slow"]
