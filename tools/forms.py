"""A chapter's two forms, text and notebook: read, written, compared."""

from __future__ import annotations

import difflib
import hashlib
import json
import re
from pathlib import Path

import jupytext
import nbformat

KERNEL = {"display_name": "Python 3", "language": "python", "name": "python3"}
ABOUT = "chapter"  # what the header says of the chapter, see tools/chapters.py
HEADER = {
    "notebook_metadata_filter": ABOUT,
    "text_representation": {"extension": ".md", "format_name": "myst"},
}
NOT_STORED = re.compile(  # what would change with versions, or says nothing
    r"\n  (notebook_metadata_filter|  format_version|  jupytext_version):.*"
)


def digest(*parts: object) -> str:
    """Return a short hash of anything that JSON can hold."""
    text = json.dumps(parts, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


class SyncError(Exception):
    """Something must be decided or mended by a person, as the message says."""


def read_text(path: Path):
    """Read a chapter's .md as a notebook without outputs."""
    try:
        return jupytext.read(path, fmt="md:myst")
    except Exception as error:  # jupytext passes on whatever its parsers raise
        raise SyncError(
            f"{path.name}: cannot be read as a MyST notebook: {error}"
        ) from error


def write_text(nb, path: Path) -> None:
    """Write a notebook as .md, in the one form that no version changes."""
    metadata = about(nb) | {"jupytext": HEADER, "kernelspec": KERNEL}
    plain = nbformat.v4.new_notebook(cells=nb.cells, metadata=metadata)
    text = jupytext.writes(plain, fmt="md:myst")
    head, mark, body = text.partition("\n---\n")
    text = (NOT_STORED.sub("", head) + mark + body).rstrip("\n") + "\n"
    path.write_text(text, encoding="utf-8", newline="\n")


def about(nb) -> dict:
    """Return what a notebook's header says of the chapter."""
    known = {ABOUT: nb.metadata[ABOUT]} if ABOUT in nb.metadata else {}
    return json.loads(json.dumps(known))


def content(nb) -> list:
    """Return what both forms must agree on: the header, and every cell's
    kind, source and metadata.
    """
    cells = [[c.cell_type, c.source.strip("\n"), c.metadata] for c in nb.cells]
    return json.loads(json.dumps([*about(nb).values(), *cells]))


def choose(text, book, keep: str | None, name: str):
    """Return the form that was edited since the last sync."""
    if book is None or content(text) == content(book):
        return text
    last = book.metadata.get("recx", {}).get("cells")
    if keep == "md" or (keep is None and digest(content(book)) == last):
        return text
    if keep == "ipynb" or (keep is None and digest(content(text)) == last):
        return nbformat.from_dict(json.loads(json.dumps(book)))
    raise SyncError(
        f"{name}: both forms were edited since the last sync; run again with"
        " --keep md or --keep ipynb"
    )


def number_cells(nb) -> None:
    """Give every cell an id made from its content.

    So the same text always has the same ids.
    """
    seen: dict[str, int] = {}
    for cell in nb.cells:
        name = digest(cell.cell_type, cell.source)[:10]
        seen[name] = seen.get(name, 0) + 1
        cell["id"] = name if seen[name] == 1 else f"{name}-{seen[name]}"


def first_difference(text, nb) -> str:
    """Return a diff of the first thing in which the two forms differ."""
    if about(text) != about(nb):
        both = lines_of(about(text)), lines_of(about(nb))
        return diff(*both, "md header", "ipynb header")
    cells = zip(content(text), content(nb), strict=False)
    for n, (a, b) in enumerate(cells, -len(about(text))):
        if a != b:
            names = (f"md cell {n}", f"ipynb cell {n}")
            return diff(lines_of(a), lines_of(b), *names)
    return f"md has {len(text.cells)} cells, ipynb has {len(nb.cells)}"


def lines_of(part) -> list[str]:
    """Return a part of a notebook as lines that people can compare."""
    text = json.dumps(part, ensure_ascii=False, indent=1)
    return text.replace("\\n", "\n").splitlines()


def diff(have: list[str], want: list[str], left: str, right: str) -> str:
    """Return the differences between two texts, as `diff -u` shows them."""
    lines = difflib.unified_diff(have, want, left, right, lineterm="")
    return "\n".join(lines)
