"""What decides a notebook's outputs, as one hash."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

from tools.first_cell import is_first
from tools.forms import SyncError, digest, read_text
from tools.imports import Library

ROOT = Path(__file__).resolve().parents[1]
FIGURES = "recx_lib.core.results"  # what reads book/results
READS = re.compile(r"""(?:load_results|results_table)\(\s*(?:["']([\w-]+))?""")


def code_of(nb) -> list[str]:
    """Return the code cells that can change outputs: all but the first."""
    code = [c for c in nb.cells if c.cell_type == "code"]
    return [cell.source for cell in code if not is_first(cell)]


def run_hash(nb, root: Path = ROOT) -> str:
    """Return a hash of all that decides a notebook's outputs.

    That is its code, the modules of the library that the code rests on, at
    first or second hand, the shop's tables, and, where one of the modules
    reads measured figures, the files that the code names.
    """
    library = Library(root)
    closure = library.closure(code_of(nb))
    files = [library.paths[module] for module in closure]
    files += (root / "data").rglob("*.csv*")
    if FIGURES in closure:
        files += figures_of("\n".join(code_of(nb)), root)
    files.sort()
    return digest(code_of(nb), [_stamp(file, root) for file in files])


def figures_of(code: str, root: Path) -> list[Path]:
    """Return the files of figures that a code reads: those that it names, or
    all, where it names none, or one by a variable.
    """
    named = READS.findall(code)
    every = sorted((root / "book/results").glob("*.json"))
    if not named or "" in named:
        return every
    return [path for path in every if path.stem in named]


def _stamp(file: Path, root: Path) -> list[str]:
    """Return a file's name and a hash of what is in it."""
    digest = hashlib.sha256(file.read_bytes()).hexdigest()
    return [file.relative_to(root).as_posix(), digest]


def reached(root: Path = ROOT) -> dict[str, list[str]]:
    """Return, for every module, the chapters whose outputs rest on it."""
    library = Library(root)
    texts = sorted((root / "book/chapters").glob("*.md"))
    texts += sorted((root / "book/deeper").glob("*.md"))
    code = {path.stem: code_of(read_text(path)) for path in texts}
    rests = {name: library.closure(cells) for name, cells in code.items()}
    return {
        module: [name for name, modules in rests.items() if module in modules]
        for module in library.paths
    }


def why(module: str, root: Path = ROOT) -> str:
    """Return a line for a module, or for all: the chapters it reaches."""
    found = reached(root)
    if module and module not in found:
        raise SyncError(f"no module {module!r} in {', '.join(found)}")
    chosen = (
        [module] if module else sorted(found, key=lambda m: -len(found[m]))
    )
    return "\n".join(
        f"{one:<32}{len(found[one]):>3}  "
        + " ".join(name.partition("_")[0] for name in found[one])
        for one in chosen
    )
