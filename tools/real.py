"""Run the chapters on public data, unchanged but for the one parameter: python -m tools.real

RECX_DATA names the folder that holds the public sets. The executed copies go to _build/real/.
"""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

import nbformat
import papermill
from papermill.exceptions import PapermillExecutionError

ROOT = Path(__file__).resolve().parents[1]
# these also run on ratings without text
CHAPTERS = ("01_*.ipynb", "02_*.ipynb", "07_*.ipynb", "08_*.ipynb", "08b_*.ipynb")
ABOUT_TEXT = ("03_*.ipynb", "04_*.ipynb", "05_*.ipynb", "06_*.ipynb", "06b_*.ipynb")
DATA = ("ml-100k", "musical_instruments")
TEXT_DATA = ("musical_instruments",)


class RealError(Exception):
    """What keeps the chapters from running, and what to do about it."""


def data_folder() -> Path:
    """Return the folder that RECX_DATA names; exit with the remedy where there is none."""
    named = os.environ.get("RECX_DATA", "")
    folder = Path(named).expanduser().resolve()
    if not named or not folder.is_dir():
        sys.exit(f"RECX_DATA is {named or 'not set'}: say where the public data are, e.g. make real RECX_DATA=../data")
    os.environ["RECX_DATA"] = str(folder)
    return folder


def chapters(root: Path, patterns: tuple[str, ...]) -> list[Path]:
    """Return the notebooks to run; raise RealError where one is missing or has no parameters cell."""
    found = [path for pattern in patterns for path in sorted((root / "notebooks").glob(pattern))]
    if len(found) != len(patterns):
        raise RealError(f"expected one notebook for each of {', '.join(patterns)}; found {[p.name for p in found]}")
    for path in found:
        tags = [tag for cell in nbformat.read(path, 4).cells for tag in cell.metadata.get("tags", [])]
        if tags.count("parameters") != 1:
            raise RealError(f"{path.name}: needs exactly one cell tagged `parameters`")
    return found


def run(notebook: Path, data: str, output: Path) -> float:
    """Execute a copy of a notebook on one data set; return the seconds; where it breaks, papermill's error."""
    output.parent.mkdir(parents=True, exist_ok=True)
    start = time.perf_counter()
    options = {"cwd": str(notebook.parent), "kernel_name": "python3", "progress_bar": False, "log_output": False}
    papermill.execute_notebook(str(notebook), str(output), parameters={"DATA": data}, **options)
    return time.perf_counter() - start


def run_all(output: Path, root: Path = ROOT) -> list[str]:
    """Run every chapter on every set that it can be about, report each; return those that broke."""
    broken = []
    for notebook, data in jobs(root):
        name = f"{notebook.stem} on {data}"
        print(f"{name} …", flush=True)
        try:
            seconds = run(notebook, data, output / f"{notebook.stem}-{data}.ipynb")
        except PapermillExecutionError as error:
            broken.append(name)
            print(f"{name}: BROKE in cell {error.exec_count}: {error.ename}: {error.evalue}", flush=True)
        else:
            print(f"{name}: {seconds:.0f} s", flush=True)
    return broken


def jobs(root: Path = ROOT) -> list[tuple[Path, str]]:
    """Return (notebook, data set), those about sentences last: they run on sets with text only."""
    both = [(notebook, data) for notebook in chapters(root, CHAPTERS) for data in DATA]
    return both + [(notebook, data) for notebook in chapters(root, ABOUT_TEXT) for data in TEXT_DATA]


def main() -> int:
    """Run all; return 1 if one broke."""
    data_folder()
    try:
        broken = run_all(ROOT / "_build/real")
    except RealError as error:
        sys.exit(str(error))
    print(f"broke: {'; '.join(broken)}" if broken else "all ran; the executed copies are in _build/real")
    return bool(broken)


if __name__ == "__main__":
    sys.exit(main())
