"""Count what stands in each chapter and what each page weighs.

    python -m tools.counts                a table of the chapters
    python -m tools.counts _build/html    and the weights of the built pages

A chapter is one sitting: `LIMITS` says how long that may be, and how many
figures it needs; a mechanism is a figure drawn as SVG (`Sketch`).
"""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import NamedTuple

import nbformat

from tools import chapters

ROOT = Path(__file__).resolve().parents[1]
LIMITS = {"words": 4500, "cells": 45}  # at most
NEEDED = {"figures": 4, "mechanisms": 1}  # at least
HIDDEN = {"hide-input", "hide-cell", "remove-input", "remove-cell"}
FENCE = re.compile(r"^```.*?^```", re.M | re.S)
FOLD = re.compile(r"<details.*?</details>", re.S)  # solutions, answers
LOADED = re.compile(r'(?:src|href)="([^"#?:]+\.(?:js|css|png|svg|woff2?))')


class Counts(NamedTuple):
    """What stands in one chapter."""

    name: str
    words: int
    cells: int  # whose code is not folded
    lines: int  # of code in these
    figures: int
    mechanisms: int

    def faults(self) -> list[str]:
        """Return which limits the chapter breaks, in words."""
        found = [
            f"{self.name}: {getattr(self, what)} {what}, at most {most}"
            for what, most in LIMITS.items()
            if getattr(self, what) > most
        ]
        return found + [
            f"{self.name}: {getattr(self, what)} {what}, at least {least}"
            for what, least in NEEDED.items()
            if getattr(self, what) < least
        ]


def words(text: str) -> int:
    """Return the words of a chapter's prose, solutions and answers apart.

    >>> words("# A title\\n<details>an answer</details> and words")
    5
    """
    return len(FOLD.sub("", FENCE.sub("", text)).split())


def is_folded(cell) -> bool:
    """Return whether a cell's code is not seen at first."""
    return bool(HIDDEN & set(cell.metadata.get("tags", [])))


def drawn(cell) -> list[str]:
    """Return the kind of each figure that a cell shows: svg, png."""
    if chapters.MAP in cell.metadata.get("tags", []):
        return []  # the map of the book is on every first page
    kinds = [kind for out in cell.outputs for kind in out.get("data", {})]
    return [kind[6:9] for kind in kinds if kind.startswith("image/")]


def count(name: str, root: Path = ROOT) -> Counts:
    """Return what stands in one chapter, such as "02_matrix_factorization"."""
    path = root / f"book/chapters/{name}.md"
    nb = nbformat.read(root / f"notebooks/{name}.ipynb", 4)
    code = [cell for cell in nb.cells if cell.cell_type == "code"]
    seen = [cell for cell in code if not is_folded(cell)]
    kinds = [kind for cell in code for kind in drawn(cell)]
    return Counts(
        name,
        words(path.read_text(encoding="utf-8")),
        len(seen),
        sum(len(cell.source.splitlines()) for cell in seen),
        len(kinds),
        kinds.count("svg"),
    )


def count_all(root: Path = ROOT) -> list[Counts]:
    """Return what stands in each chapter, in order."""
    texts = sorted((root / "book/chapters").glob("*.md"))
    return [count(path.stem, root) for path in texts]


def weight(page: Path) -> int:
    """Return the bytes of a built page with all files that it names."""
    text = page.read_text(encoding="utf-8")
    named = {(page.parent / file).resolve() for file in LOADED.findall(text)}
    files = [file for file in named if file.is_file()]
    return page.stat().st_size + sum(file.stat().st_size for file in files)


def main(built: list[str]) -> int:
    """Print the table, and the heaviest pages; return 1 if a limit breaks."""
    found = count_all()
    print(f"{'chapter':28}" + "".join(f"{f:>11}" for f in Counts._fields[1:]))
    for one in found:
        print(f"{one.name:28}" + "".join(f"{n:11,}" for n in one[1:]))
    sums = [sum(column) for column in list(zip(*found, strict=True))[1:]]
    print(f"{'all':28}" + "".join(f"{n:11,}" for n in sums))
    for folder in map(Path, built):
        pages = [p for p in folder.rglob("*.html") if "_static" not in p.parts]
        sizes = sorted(((weight(p), p) for p in pages), reverse=True)
        print(f"\n{len(pages)} pages, in KB; the heaviest:")
        for size, page in sizes[:8]:
            print(f"{size / 1000:8,.0f} {page.relative_to(folder)}")
        middle = sizes[len(sizes) // 2][0]
        print(f"{middle / 1000:8,.0f} the page in the middle")
    faults = [fault for one in found for fault in one.faults()]
    print("\n".join(faults))
    return bool(faults)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
