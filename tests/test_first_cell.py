"""The notebooks' first cell: silent where the library is, and on a fresh
machine it fetches and installs it.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

import nbformat
import pytest

from tools import first_cell

ROOT = Path(__file__).resolve().parents[1]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
PROJECT = (
    '[project]\nname = "toy"\n[project.urls]\nRepository ='
    ' "https://github.com/ann/tents/"\n'
)
USE_IT = (
    "\nimport recx_lib\nfrom recx_lib.data import"
    " load_shop\nprint(len(load_shop()))"
)
USE_IT += (
    "\nimport recx_check.sets as"
    " sets\nprint(recx_lib.__file__)\nprint(sets.__file__)"
)


@pytest.fixture(scope="module")
def fresh(tmp_path_factory) -> Path:
    """A Python that has what the book needs, as Colab does, but not the book's
    library.
    """
    where = tmp_path_factory.mktemp("a fresh machine")
    venv = [sys.executable, "-m", "venv", "--without-pip", where / "env"]
    subprocess.run(venv, check=True)
    python = (
        where
        / "env"
        / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    )
    ask = [
        python,
        "-c",
        "import sysconfig; print(sysconfig.get_path('purelib'))",
    ]
    site = Path(
        subprocess.run(
            ask, capture_output=True, text=True, check=True
        ).stdout.strip()
    )
    others = sysconfig.get_path(
        "purelib"
    )  # looked into last: what is installed in the new one comes first
    site.joinpath("others.pth").write_text(others + "\n", encoding="utf-8")
    return python


@pytest.fixture(scope="module")
def published(tmp_path_factory) -> Path:
    """The library and its data as a repository that can be cloned."""
    where = tmp_path_factory.mktemp("published")
    for name in ("recx_lib", "data", "exercises/recx_check"):
        shutil.copytree(
            ROOT / name,
            where / name,
            ignore=shutil.ignore_patterns("__pycache__"),
        )
    for name in ("pyproject.toml", "README.md", "LICENSE", "models.txt"):
        shutil.copy(ROOT / name, where)
    who = ["-c", "user.name=Ann", "-c", "user.email=ann@example.invalid"]
    for command in (
        ["init", "--quiet"],
        ["add", "."],
        [*who, "commit", "--quiet", "--message", "Published"],
    ):
        subprocess.run(["git", *command], cwd=where, check=True)
    return where


def run(python: Path, code: str, where: Path) -> subprocess.CompletedProcess:
    """Run code in an empty folder, offline."""
    offline = {
        "PIP_NO_INDEX": "1",
        "PIP_NO_BUILD_ISOLATION": "0",
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
    }
    env = {k: v for k, v in os.environ.items() if k != "PYTHONPATH"} | offline
    return subprocess.run(
        [python, "-c", code],
        cwd=where,
        env=env,
        capture_output=True,
        text=True,
    )


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_every_notebook_begins_with_it(path):
    code = [
        cell
        for cell in nbformat.read(path, 4).cells
        if cell.cell_type == "code"
    ]
    assert [first_cell.is_first(cell) for cell in code] == [True] + [False] * (
        len(code) - 1
    )
    assert "remove-cell" in code[0].metadata["tags"] and code[0].outputs == []
    assert code[0].source == first_cell.SOURCE.format(
        address=first_cell.address()
    )


def test_the_address_is_the_project_s(tmp_path):
    (tmp_path / "pyproject.toml").write_text(PROJECT, encoding="utf-8")
    cell = nbformat.v4.new_code_cell("", metadata={"tags": [first_cell.TAG]})
    book = nbformat.v4.new_notebook(cells=[cell])
    assert first_cell.fill_first(book, tmp_path) and not first_cell.fill_first(
        book, tmp_path
    )
    assert 'REPOSITORY = "https://github.com/ann/tents"\n' in cell.source
    assert cell.source.startswith("# @title Run this first")
    assert cell.metadata["jupyter"]["source_hidden"]
    assert cell.metadata["cellView"] == "form"


def test_where_the_library_is_it_does_nothing(tmp_path):
    done = run(
        sys.executable, first_cell.SOURCE.format(address="nowhere"), tmp_path
    )
    assert (
        done.returncode,
        done.stdout,
        done.stderr,
        list(tmp_path.iterdir()),
    ) == (0, "", "", [])


def test_without_an_address_it_says_what_to_do(fresh, tmp_path):
    done = run(fresh, first_cell.SOURCE.format(address=""), tmp_path)
    assert (
        done.returncode == 1
        and "run `pip install --editable .`" in done.stderr
    )


def test_on_a_fresh_machine_the_exercises_fetch_their_checks(
    fresh, published, tmp_path
):
    code = (
        first_cell.EXERCISES.format(address=published.as_uri())
        + "\nfrom recx_check.ch02 import check"
    )
    assert run(fresh, code, tmp_path).returncode == 0
    alone = run(fresh, first_cell.EXERCISES.format(address=""), tmp_path)
    assert (
        alone.returncode == 1
        and "put the folder of that name beside this notebook" in alone.stderr
    )


@pytest.mark.slow
def test_on_a_fresh_machine_the_next_cells_run_and_the_checks_are_there(
    fresh, published, tmp_path
):
    done = run(
        fresh,
        first_cell.SOURCE.format(address=published.as_uri()) + USE_IT,
        tmp_path,
    )
    assert done.returncode == 0, done.stderr
    rows, *places = done.stdout.splitlines()
    cloned = tmp_path / "why-this"
    assert int(rows) > 1000 and (cloned / "data").is_dir()
    assert all(Path(place).is_relative_to(cloned) for place in places)
