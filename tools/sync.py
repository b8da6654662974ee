"""Keep a chapter's two forms equal: book/chapters/NN_name.md (text) and notebooks/NN_name.ipynb (executed).

python -m tools.sync           pair, fill taught cells from the library, execute what changed
python -m tools.sync --check   change nothing; name every difference and exit 1 if there is one

Whichever form was edited since the last sync wins; if both were, say which: `--keep md` or `--keep ipynb`.
"""

from __future__ import annotations

import argparse
import ast
import difflib
import hashlib
import json
import os
import re
import sys
import textwrap
import time
from pathlib import Path

import jupytext
import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

from tools.first_cell import fill_first, is_first
from tools.outputs import tidy_outputs

ROOT = Path(__file__).resolve().parents[1]
ANSI = re.compile(r"\x1b\[[0-9;]*m")
MAX_BYTES = 500_000
CELL_SECONDS = 300
KERNEL = {"display_name": "Python 3", "language": "python", "name": "python3"}
HEADER = {"text_representation": {"extension": ".md", "format_name": "myst"}}


class SyncError(Exception):
    """Something must be decided or mended by a person; the message says what."""


def library_source(ref: str, root: Path = ROOT) -> str:
    """Return the source of `recx_lib.recommend.als:ALS.fit`, decorators included, dedented."""
    module, _, name = ref.partition(":")
    path = root / (module.replace(".", "/") + ".py")
    if not name or not path.is_file():
        raise SyncError(f"taught cell names {ref!r}: no such module (write it like recx_lib.recommend.als:als_step)")
    text = path.read_text(encoding="utf-8")
    node = ast.parse(text)
    for part in name.split("."):
        node = next((n for n in node.body if getattr(n, "name", None) == part), None)
        if node is None:
            raise SyncError(f"taught cell names {ref!r}: {path.name} has no definition {part!r}")
    first = min([node.lineno, *(d.lineno for d in node.decorator_list)])
    return textwrap.dedent("\n".join(text.splitlines()[first - 1 : node.end_lineno]))


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


def _digest(*parts: object) -> str:
    return hashlib.sha256(json.dumps(parts, sort_keys=True, ensure_ascii=False).encode()).hexdigest()[:16]


def _cells(nb) -> list[list]:
    """What both forms must agree on: kind, source and metadata of every cell."""
    return [[c.cell_type, c.source.strip("\n"), json.loads(json.dumps(c.metadata))] for c in nb.cells]


def run_hash(nb, root: Path = ROOT) -> str:
    """Return a hash of all that decides a notebook's outputs: its code cells (not the first), the library, the data."""
    code = ["first cell" if is_first(c) else c.source for c in nb.cells if c.cell_type == "code"]
    return _digest(code, library_hash(root))


def library_hash(root: Path = ROOT) -> str:
    """Return a hash of the library's source and of the shop's tables."""
    files = [*sorted((root / "recx_lib").rglob("*.py")), *sorted((root / "data").rglob("*.csv*"))]
    return _digest([[f.relative_to(root).as_posix(), hashlib.sha256(f.read_bytes()).hexdigest()] for f in files])


def read_text(path: Path):
    """Read a chapter's .md as a notebook without outputs."""
    try:
        return jupytext.read(path, fmt="md:myst")
    except Exception as error:  # jupytext passes on whatever its parsers raise
        raise SyncError(f"{path.name}: cannot be read as a MyST notebook: {error}") from error


def write_text(nb, path: Path) -> None:
    """Write a notebook as .md, in the one form that does not change with versions."""
    plain = nbformat.v4.new_notebook(cells=nb.cells, metadata={"jupytext": HEADER, "kernelspec": KERNEL})
    text = jupytext.writes(plain, fmt="md:myst")
    lines = [
        line for line in text.splitlines() if not line.startswith(("    format_version:", "    jupytext_version:"))
    ]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8", newline="\n")


def fill_taught(nb, root: Path = ROOT) -> list[str]:
    """Copy library source into the taught cells; return a diff for each that changed."""
    diffs = []
    for cell in nb.cells:
        ref = cell.metadata.get("recx")
        if ref and cell.source.strip("\n") != (want := library_source(ref, root)):
            have = cell.source.strip("\n").splitlines()
            diffs.append("\n".join(difflib.unified_diff(have, want.splitlines(), "notebook cell", ref, lineterm="")))
            cell.source = want
    return diffs


def taught_refs(root: Path = ROOT) -> dict[str, list[str]]:
    """Return, for every taught definition, the chapters that show it."""
    found: dict[str, list[str]] = {}
    for path in sorted((root / "book/chapters").glob("*.md")):
        for cell in read_text(path).cells:
            if ref := cell.metadata.get("recx"):
                found.setdefault(ref, []).append(path.stem)
    return found


def _number_cells(nb) -> None:
    """Give every cell an id made from its content, so that the same text always has the same id."""
    seen: dict[str, int] = {}
    for cell in nb.cells:
        digest = _digest(cell.cell_type, cell.source)[:10]
        seen[digest] = seen.get(digest, 0) + 1
        cell["id"] = digest if seen[digest] == 1 else f"{digest}-{seen[digest]}"


def _choose(text, book, keep: str | None, name: str):
    """Return the form that was edited since the last sync."""
    if book is None or _cells(text) == _cells(book):
        return text
    last = book.metadata.get("recx", {}).get("cells")
    if keep == "md" or (keep is None and _digest(_cells(book)) == last):
        return text
    if keep == "ipynb" or (keep is None and _digest(_cells(text)) == last):
        return nbformat.from_dict(json.loads(json.dumps(book)))
    raise SyncError(f"{name}: both forms were edited since the last sync; run again with --keep md or --keep ipynb")


def _assemble(nb, old, root: Path):
    """Return the notebook to store, with the old outputs where nothing that decides them changed, else None yet."""
    new = nbformat.v4.new_notebook(cells=[nbformat.from_dict(dict(c)) for c in nb.cells])
    new.metadata = {"kernelspec": KERNEL, "language_info": {"name": "python"}}
    new.metadata["recx"] = {"cells": _digest(_cells(new)), "run": run_hash(new, root)}
    _number_cells(new)
    if old is not None and old.metadata.get("recx", {}).get("run") == new.metadata["recx"]["run"]:
        ran = [c for c in old.cells if c.cell_type == "code"]
        for cell, before in zip((c for c in new.cells if c.cell_type == "code"), ran, strict=True):
            cell.outputs, cell.execution_count = before.outputs, before.execution_count
        return new, False
    return new, True


def execute(nb, path: Path) -> float:
    """Run every cell from a clean kernel in the notebook's folder; return the seconds taken."""
    start = time.perf_counter()
    os.environ.pop("MPLBACKEND", None)  # a terminal's choice would hide the figures
    options = {"timeout": CELL_SECONDS, "record_timing": False, "store_widget_state": False, "coalesce_streams": True}
    client = NotebookClient(nb, resources={"metadata": {"path": str(path.parent)}}, **options)
    client.extra_arguments = ["--log-level=ERROR"]
    try:
        client.execute()
    except CellExecutionError as error:
        said = ANSI.sub("", str(error))
        raise SyncError(f"{path.name}: a cell failed; the stored notebook is left as it was\n{said}") from error
    tidy_outputs(nb)
    nb.metadata.pop("widgets", None)
    nb.metadata["language_info"] = {"name": "python"}
    return time.perf_counter() - start


def sync_one(name: str, keep: str | None, root: Path = ROOT, force: bool = False) -> str:
    """Bring one chapter's two forms together; return a line that says what was done."""
    md, ipynb = root / f"book/chapters/{name}.md", root / f"notebooks/{name}.ipynb"
    old = nbformat.read(ipynb, 4) if ipynb.exists() else None
    text = read_text(md) if md.exists() else old
    nb = _choose(text, old, keep, name)
    filled = fill_taught(nb, root)
    fill_first(nb, root)
    if not md.exists() or _cells(nb) != _cells(read_text(md)):
        write_text(nb, md)
        nb = read_text(md)
    new, stale = _assemble(nb, old, root)
    seconds = execute(new, ipynb) if stale or force else 0.0
    _number_cells(new)
    ipynb.write_text(nbformat.writes(new) + "\n", encoding="utf-8", newline="\n")
    size = ipynb.stat().st_size
    did = f"executed in {seconds:.0f} s" if stale or force else "outputs still good"
    taught = f", {len(filled)} taught cell(s) filled" if filled else ""
    return f"{name}: {did}{taught}, {size / 1000:.0f} KB"


def problems(root: Path = ROOT) -> list[str]:
    """Return everything that `make sync` would change or that a person must mend."""
    names = chapter_names(root)
    found = [] if names else ["no chapter found under book/chapters or notebooks"]
    for name in names:
        md, ipynb = root / f"book/chapters/{name}.md", root / f"notebooks/{name}.ipynb"
        missing = [p.relative_to(root).as_posix() for p in (md, ipynb) if not p.exists()]
        found += [f"{name}: {p} is missing; run make sync" for p in missing] or _chapter_problems(name, md, ipynb, root)
    for ref, where in taught_refs(root).items():
        if len(where) > 1:
            found.append(f"{ref} is taught twice: in {' and '.join(where)}; import it in the later one")
    return found


def _chapter_problems(name: str, md: Path, ipynb: Path, root: Path) -> list[str]:
    text, nb = read_text(md), nbformat.read(ipynb, 4)
    found = []
    if _cells(text) != _cells(nb):
        found.append(f"{name}: text and notebook differ; run make sync\n{_first_difference(text, nb)}")
    if fill_first(text, root):
        found.append(f"{name}: the first cell is not that of tools/first_cell.py; run make sync")
    found += [f"{name}: a taught cell differs from the library; run make sync\n{d}" for d in fill_taught(nb, root)]
    if nb.metadata.get("recx", {}).get("run") != run_hash(nb, root):
        found.append(f"{name}: code, library or data changed since it was executed; run make sync")
    if ipynb.stat().st_size > MAX_BYTES:
        found.append(f"{name}: notebook is {ipynb.stat().st_size / 1000:.0f} KB, over {MAX_BYTES / 1000:.0f} KB")
    return found


def _first_difference(text, nb) -> str:
    left, right = _cells(text), _cells(nb)
    for n, (a, b) in enumerate(zip(left, right, strict=False)):
        if a != b:
            show = [json.dumps(c, ensure_ascii=False, indent=1).replace("\\n", "\n").splitlines() for c in (a, b)]
            return "\n".join(difflib.unified_diff(*show, f"md cell {n}", f"ipynb cell {n}", lineterm=""))
    return f"md has {len(left)} cells, ipynb has {len(right)}"


def chapter_names(root: Path = ROOT) -> list[str]:
    """Return the chapters' names, in order: every .md under book/chapters and every .ipynb under notebooks."""
    return sorted({p.stem for p in [*(root / "book/chapters").glob("*.md"), *(root / "notebooks").glob("*.ipynb")]})


def main() -> int:
    ask = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ask.add_argument("names", nargs="*", help="chapters, e.g. 02_matrix_factorization (default: all)")
    ask.add_argument("--check", action="store_true", help="change nothing, exit 1 on any difference")
    ask.add_argument("--keep", choices=["md", "ipynb"], help="which form wins where both were edited")
    ask.add_argument("--force", action="store_true", help="execute even what has not changed")
    args = ask.parse_args()
    try:
        if args.check:
            bad = problems()
            print("\n".join(bad) or f"sync: {len(chapter_names())} chapter(s), text = notebook = library")
            return bool(bad)
        for name in args.names or chapter_names():
            print(f"{name} …", flush=True)
            print(sync_one(Path(name).stem, args.keep, force=args.force), flush=True)
    except SyncError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
