"""Keep a chapter's two forms equal, and its outputs true.

Its text is book/chapters/NN_name.md, executed it is notebooks/NN_name.ipynb.

python -m tools.sync           pair, fill taught cells, execute what changed
python -m tools.sync --check   change nothing; name every difference, exit 1
                               if there is one
python -m tools.sync --why     list the chapters that rest on each module
                               (`--why recx_lib.recommend.mf`: on one module)

Whichever form was edited since the last sync wins; if both were, say which:
`--keep md` or `--keep ipynb`.
"""

from __future__ import annotations

import argparse
import ast
import os
import re
import sys
import textwrap
import time
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

from tools import chapters
from tools.chapters import ChapterError
from tools.chapters import names as chapter_names
from tools.first_cell import fill_first
from tools.forms import (
    KERNEL,
    SyncError,
    about,
    choose,
    content,
    diff,
    digest,
    first_difference,
    read_text,
    write_text,
)
from tools.forms import number_cells as _number_cells
from tools.front import front
from tools.outputs import tidy_outputs
from tools.stale import run_hash, why

ROOT = Path(__file__).resolve().parents[1]
ANSI = re.compile(r"\x1b\[[0-9;]*m")
MAX_BYTES = 500_000
CELL_SECONDS = 300


def library_source(ref: str, root: Path = ROOT) -> str:
    """Return the source of `recx_lib.recommend.als:ALS.fit`, decorators included, dedented."""
    module, _, name = ref.partition(":")
    path = root / (module.replace(".", "/") + ".py")
    if not name or not path.is_file():
        raise SyncError(
            f"taught cell names {ref!r}: no such module (write it like recx_lib.recommend.als:als_step)"
        )
    text = path.read_text(encoding="utf-8")
    node = ast.parse(text)
    for part in name.split("."):
        node = next(
            (n for n in node.body if getattr(n, "name", None) == part), None
        )
        if node is None:
            raise SyncError(
                f"taught cell names {ref!r}: {path.name} has no definition {part!r}"
            )
    first = min([node.lineno, *(d.lineno for d in node.decorator_list)])
    return textwrap.dedent(
        "\n".join(text.splitlines()[first - 1 : node.end_lineno])
    )


def module_name(path: Path, root: Path = ROOT) -> str:
    """Return `recx_lib.judge.overlap` for the file recx_lib/judge/overlap.py."""
    return ".".join(path.relative_to(root).with_suffix("").parts)


def public_names(root: Path = ROOT) -> list[str]:
    """Return `recx_lib.package.module:name` of every public function and class that the library defines."""
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    return [
        f"{module_name(path, root)}:{node.name}"
        for path in sorted((root / "recx_lib").rglob("[!_]*.py"))
        for node in ast.parse(path.read_text(encoding="utf-8")).body
        if isinstance(node, kinds) and not node.name.startswith("_")
    ]


def fill_taught(nb, root: Path = ROOT) -> list[str]:
    """Copy the library's source into the taught cells.

    Returns a diff for each that changed.
    """
    diffs = []
    for cell in nb.cells:
        ref, have = cell.metadata.get("recx"), cell.source.strip("\n")
        if ref and have != (want := library_source(ref, root)):
            both = have.splitlines(), want.splitlines()
            diffs.append(diff(*both, "notebook cell", ref))
            cell.source = want
    return diffs


def taught_refs(root: Path = ROOT) -> dict[str, list[str]]:
    """Return, for every taught definition, the chapters that show it."""
    found: dict[str, list[str]] = {}
    texts = (root / "book").glob("*/[0-9]*.md")
    for path in sorted(p for p in texts if p.parent.name != "teach"):
        for cell in read_text(path).cells:
            if ref := cell.metadata.get("recx"):
                found.setdefault(ref, []).append(path.stem)
    return found


def _assemble(nb, old, root: Path):
    """Return the notebook to store, and whether it must be executed.

    It has the old outputs where nothing that decides them changed.
    """
    cells = [nbformat.from_dict(dict(cell)) for cell in nb.cells]
    new = nbformat.v4.new_notebook(cells=cells)
    new.metadata = {"kernelspec": KERNEL, "language_info": {"name": "python"}}
    new.metadata |= about(nb)
    stamp = {"cells": digest(content(new)), "run": run_hash(new, root)}
    new.metadata["recx"] = stamp
    _number_cells(new)
    known = old.metadata.get("recx", {}) if old is not None else {}
    if known.get("run") != stamp["run"]:
        return new, True
    ran = [c for c in old.cells if c.cell_type == "code"]
    runs = [c for c in new.cells if c.cell_type == "code"]
    for cell, before in zip(runs, ran, strict=True):
        cell.outputs = before.outputs
        cell.execution_count = before.execution_count
    return new, False


def execute(nb, path: Path) -> float:
    """Run every cell from a clean kernel; return the seconds taken.

    The kernel's folder is the notebook's.
    """
    start = time.perf_counter()
    # a terminal's choice would hide the figures
    os.environ.pop("MPLBACKEND", None)
    options = {
        "timeout": CELL_SECONDS,
        "record_timing": False,
        "store_widget_state": False,
        "coalesce_streams": True,
        "resources": {"metadata": {"path": str(path.parent)}},
    }
    client = NotebookClient(nb, **options)
    # two dots for each of the page's, for screens that have as many
    sharp = "--InlineBackend.figure_formats=retina"
    client.extra_arguments = ["--log-level=ERROR", sharp]
    try:
        client.execute()
    except CellExecutionError as error:
        said = ANSI.sub("", str(error))
        raise SyncError(
            f"{path.name}: a cell failed; the stored notebook is left as it"
            f" was\n{said}"
        ) from error
    tidy_outputs(nb)
    nb.metadata.pop("widgets", None)
    nb.metadata["language_info"] = {"name": "python"}
    return time.perf_counter() - start


def _places(name: str, root: Path) -> tuple[Path, Path]:
    """Return where the text and the notebook of a chapter are, or of one of
    its deeper pages, "deeper/02_gibbs".
    """
    folder = "book" if name.startswith("deeper/") else "book/chapters"
    return root / folder / f"{name}.md", root / f"notebooks/{name}.ipynb"


def sync_one(
    name: str, keep: str | None, root: Path = ROOT, force: bool = False
) -> str:
    """Bring one chapter's two forms together; return what was done."""
    md, ipynb = _places(name, root)
    ipynb.parent.mkdir(exist_ok=True)
    old = nbformat.read(ipynb, 4) if ipynb.exists() else None
    text = read_text(md) if md.exists() else old
    nb = choose(text, old, keep, name)
    filled = fill_taught(nb, root)
    fill_first(nb, root)
    redrawn = ", the map brought up to date" * chapters.fill_map(nb, root)
    if not md.exists() or content(nb) != content(read_text(md)):
        write_text(nb, md)
        nb = read_text(md)
    new, stale = _assemble(nb, old, root)
    did = "outputs still good"
    if stale or force:
        did = f"executed in {execute(new, ipynb):.0f} s"
    _number_cells(new)
    stored = nbformat.writes(new) + "\n"
    ipynb.write_text(stored, encoding="utf-8", newline="\n")
    taught = f", {len(filled)} taught cell(s) filled" if filled else ""
    did += taught + redrawn
    return f"{name}: {did}, {ipynb.stat().st_size / 1000:.0f} KB"


def problems(root: Path = ROOT) -> list[str]:
    """Return all that `make sync` would change or a person must mend."""
    names = chapter_names(root)
    if not names:
        return ["no chapter found under book/chapters or notebooks"]
    names = [*names, *chapters.deeper(root)]
    found = [fault for name in names for fault in chapter_problems(name, root)]
    found += chapters.faults(root)
    if not found and len(set(front(root))) > 1:
        found.append("README.md: its chapters are others; run make sync")
    return found + [
        f"{ref} is taught twice: in {' and '.join(where)}; import it in the"
        " later one"
        for ref, where in taught_refs(root).items()
        if len(where) > 1
    ]


def chapter_problems(name: str, root: Path = ROOT) -> list[str]:
    """Return what is wrong with one chapter's two forms."""
    places = _places(name, root)
    if lost := [path for path in places if not path.exists()]:
        where = [path.relative_to(root).as_posix() for path in lost]
        return [f"{name}: {p} is missing; run make sync" for p in where]
    return [f"{name}: {what}" for what in _differences(*places, root)]


def _differences(md: Path, ipynb: Path, root: Path) -> list[str]:
    text, nb, found = read_text(md), nbformat.read(ipynb, 4), []
    if content(text) != content(nb):
        how = first_difference(text, nb)
        found.append(f"text and notebook differ; run make sync\n{how}")
    if fill_first(text, root):
        own = "the first cell is not that of tools/first_cell.py"
        found.append(f"{own}; run make sync")
    if _map_is_old(text, root):
        found.append("its map is not that of the book; run make sync")
    for how in fill_taught(text, root):
        own = "a taught cell differs from the library"
        found.append(f"{own}; run make sync\n{how}")
    if nb.metadata.get("recx", {}).get("run") != run_hash(nb, root):
        what = "code, library or data changed since it was executed"
        found.append(f"{what}; run make sync")
    if (size := ipynb.stat().st_size) > MAX_BYTES:
        most = f"{MAX_BYTES / 1000:.0f} KB"
        found.append(f"notebook is {size / 1000:.0f} KB, over {most}")
    return found


def _map_is_old(text, root: Path) -> bool:
    try:
        return chapters.fill_map(text, root)
    except ChapterError:
        return False  # `problems` names the header that cannot be read


def _say_problems() -> int:
    found = problems()
    count = f"{len(chapter_names())} chapter(s)"
    print("\n".join(found) or f"sync: {count}, text = notebook = library")
    return bool(found)


def _write_front(root: Path = ROOT) -> None:
    """Write the chapters into the table of README.md."""
    old, new = front(root)
    if new != old:
        (root / "README.md").write_text(new, encoding="utf-8", newline="\n")


def asked() -> argparse.Namespace:
    """Return what the command line asks for."""
    ask = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = ask.add_argument
    add("names", nargs="*", help="chapters, e.g. 01_data (default: all)")
    flag = {"action": "store_true"}
    add("--check", help="change nothing, exit 1 on any difference", **flag)
    add("--force", help="execute even what has not changed", **flag)
    forms = ["md", "ipynb"]
    add("--keep", choices=forms, help="which form wins if both were edited")
    which = {"nargs": "?", "const": "", "metavar": "MODULE"}
    add("--why", help="list the chapters that rest on a module", **which)
    return ask.parse_args()


def main() -> int:
    args = asked()
    try:
        if args.why is not None:
            print(why(args.why))
            return 0
        if args.check:
            return _say_problems()
        for name in chapters.named(args.names):
            print(f"{name} …", flush=True)
            done = sync_one(name, args.keep, force=args.force)
            print(done, flush=True)
        _write_front()
    except (SyncError, ChapterError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
