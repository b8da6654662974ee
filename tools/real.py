"""Run the chapters on public data, or your own: python -m tools.real

Nothing is changed in them but the one parameter. Each chapter's header says on
which kinds of data it runs. RECX_DATA names the folder that holds the sets:
every file and folder in it that can be read as reviews, whatever it is called,
is one. DATA names one file instead: columns with unusual names are guessed, it
is said which for what and why, and the chapters read a copy under usual names;
DATA_COLUMNS says those that cannot be guessed: user=who,item=what.
Nothing is downloaded; the executed copies go to _build/real/.
"""

from __future__ import annotations

import os
import re
import sys
import time
from pathlib import Path

import nbformat
import papermill
from papermill.exceptions import PapermillExecutionError

from recx_lib.audit import named_columns
from recx_lib.core import DataError
from recx_lib.data import (
    guess_columns,
    load_reviews,
    load_table,
    mine_reviews,
)
from recx_lib.data.columns import read_columns
from recx_lib.data.public_sets import SOURCES
from tools.chapters import Chapter, ChapterError, read_all

ROOT = Path(__file__).resolve().parents[1]
NO_REASON = "it has neither texts nor tags, so nothing in it can be a reason"
NO_ASPECT = (
    "none of its texts mentions an aspect, so nothing in them can be a reason"
)
NEEDED = ("user", "item", "rating")
SAY_WHICH = "here: make real DATA=… DATA_COLUMNS='user=…,item=…'"
COLOURS = re.compile(r"\x1b\[[0-9;]*m")
ARROW = re.compile(r"^-+> *\d+ (.*)$", re.M)  # first in the cell itself
NAMES = {source.top: name for name, source in SOURCES.items()}


class RealError(Exception):
    """What keeps the chapters from running, and what to do about it."""


def data_folder() -> Path:
    """Return the folder that RECX_DATA names; where there is none, exit."""
    named = os.environ.get("RECX_DATA", "")
    folder = Path(named).expanduser().resolve()
    if not named or not folder.is_dir():
        sys.exit(
            f"RECX_DATA is {named or 'not set'}: say where the public data are, e.g. make real RECX_DATA=../data"
        )
    os.environ["RECX_DATA"] = str(folder)
    return folder


def readable_sets(folder: Path) -> tuple[dict[str, str], dict[str, str]]:
    """Return the sets that a folder holds, by content: the kind of each by the
    name a chapter's DATA takes; and why each other file was not read.
    """
    kinds, refused = {}, {}
    for path in sorted(folder.iterdir()):
        if path.name.startswith("."):
            continue
        kind, why = kind_of(path)
        if kind is None:
            refused[path.name] = why
        else:
            kinds[NAMES.get(path.name, path.name)] = kind
    return kinds, refused


def kind_of(path: Path) -> tuple[str | None, str]:
    """Return the kind of a set; None, and why, where it is not read."""
    try:
        reviews = load_reviews(path)
    except DataError as error:
        return None, str(error)
    if not reviews.has_text and not any(reviews.tags.values()):
        return None, NO_REASON
    return ("text" if reviews.has_text else "ratings"), ""


def named_sets() -> tuple[dict[str, str], dict[str, str]]:
    """Return the set that DATA names, else those of the folder RECX_DATA."""
    own = os.environ.get("DATA", "")
    if not own:
        return readable_sets(data_folder())
    path = Path(own).expanduser().resolve()
    try:
        named = named_columns(os.environ.get("DATA_COLUMNS", ""))
        read = with_usual_names(path, ROOT / "_build/real", named)
    except DataError as error:
        what = str(error)
        how = f" ({SAY_WHICH})" if "columns=" in what else ""
        return {}, {path.name: what + how}
    kind, why = kind_of(read)
    return ({str(read): kind}, {}) if kind else ({}, {path.name: why})


def is_silent(data: str) -> bool:
    """Return whether no text of a set mentions an aspect."""
    return mine_reviews(load_reviews(data)).empty


def with_usual_names(path: Path, folder: Path, named: dict) -> Path:
    """Return a file of reviews, or where its columns have names of its own a
    copy in `folder` under usual ones; say what was guessed.

    `named`, {role: column}, is not guessed.

    Raises DataError where it is no table, or what is needed is not found.
    """
    if not path.is_file():
        return path
    guess = guess_columns(path)
    columns = guess["column"].to_dict() | named
    try:
        load_reviews(path)
    except DataError:
        if missing := [role for role in NEEDED if role not in columns]:
            raise DataError(which_are(missing, path)) from None
        reviews = load_table(path, columns=columns)
    else:
        return path
    said = guess["because"].to_dict() | dict.fromkeys(named, "you said so")
    for role, because in said.items():
        print(f"{role} is {columns[role]!r}: {because}", flush=True)
    frame = reviews.frame
    if reviews.titles:
        frame = frame.assign(title=frame["item"].map(reviews.title))
    folder.mkdir(parents=True, exist_ok=True)
    copy = folder / f"{path.stem}-usual.csv"
    frame.to_csv(copy, index=False)
    return copy


def which_are(missing: list[str], path: Path) -> str:
    """Return the question which columns play the parts that are missing."""
    there = ", ".join(read_columns(path).values)
    pairs = ",".join(f"{role}=…" for role in missing)
    return (
        f"which column is the {' and the '.join(missing)}? There are {there};"
        f" say it: make real DATA=… DATA_COLUMNS='{pairs}'"
    )


def notebook_of(chapter: Chapter, root: Path = ROOT) -> Path:
    """Return a chapter's notebook.

    Raises RealError where it is missing or has no parameters cell.
    """
    path = root / f"notebooks/{chapter.name}.ipynb"
    if not path.is_file():
        raise RealError(f"{path.name} is missing: run make sync")
    cells = nbformat.read(path, 4).cells
    tags = [tag for cell in cells for tag in cell.metadata.get("tags", [])]
    if tags.count("parameters") != 1:
        raise RealError(
            f"{path.name}: needs exactly one cell tagged `parameters`, since"
            f" its header says `runs_on: {list(chapter.runs_on)}`"
        )
    return path


def run(notebook: Path, data: str, output: Path) -> float:
    """Execute a copy of a notebook on one data set; return the seconds.

    Where it breaks, the error is papermill's.
    """
    output.parent.mkdir(parents=True, exist_ok=True)
    start = time.perf_counter()
    options = {
        "cwd": str(notebook.parent),
        "kernel_name": "python3",
        "progress_bar": False,
        "log_output": False,
    }
    papermill.execute_notebook(
        str(notebook), str(output), parameters={"DATA": data}, **options
    )
    return time.perf_counter() - start


def line_of(error: PapermillExecutionError) -> str:
    """Return the line of the chapter at which it broke, "?" if unknown."""
    told = COLOURS.sub("", "\n".join(error.traceback))
    found = ARROW.search(told)
    return found[1].strip() if found else "?"


def run_all(
    output: Path, sets: dict[str, str], root: Path = ROOT
) -> list[str]:
    """Run every chapter on every one of the `sets` that it can be about.

    Reports each; returns those that broke.
    """
    broken = []
    for notebook, data in jobs(sets, root):
        short = Path(data).name
        name = f"{notebook.stem} on {short}"
        print(f"{name} …", flush=True)
        try:
            seconds = run(
                notebook, data, output / f"{notebook.stem}-{short}.ipynb"
            )
        except PapermillExecutionError as error:
            broken.append(name)
            print(
                f"{name}: BROKE in cell {error.exec_count}: {error.ename}: {error.evalue}"
                f" at: {line_of(error)}",
                flush=True,
            )
        else:
            print(f"{name}: {seconds:.0f} s", flush=True)
    return broken


def jobs(sets: dict[str, str], root: Path = ROOT) -> list[tuple[Path, str]]:
    """Return (notebook, data set) for every kind of data a chapter runs on.

    Chapters that need text come last.
    """
    ran = [chapter for chapter in read_all(root) if chapter.runs_on]
    ran.sort(key=lambda chapter: "ratings" not in chapter.runs_on)
    return [
        (notebook_of(chapter, root), data)
        for chapter in ran
        for data, kind in sets.items()
        if kind in chapter.runs_on
    ]


def main() -> int:
    """Run all; return 1 if one broke."""
    sets, refused = named_sets()
    for name, why in refused.items():
        print(f"{name}: not read as reviews: {why}", flush=True)
    if not sets:
        sys.exit("nothing here reads as reviews")
    for name, kind in sets.items():
        print(f"{Path(name).name}: reviews, {kind}", flush=True)
    if os.environ.get("DATA") and "text" in sets.values():
        [data] = sets
        if is_silent(data):
            sys.exit(f"{Path(data).name}: {NO_ASPECT}")
    try:
        broken = run_all(ROOT / "_build/real", sets)
    except (RealError, ChapterError) as error:
        sys.exit(str(error))
    print(
        f"broke: {'; '.join(broken)}"
        if broken
        else "all ran; the executed copies are in _build/real"
    )
    return bool(broken)


if __name__ == "__main__":
    sys.exit(main())
