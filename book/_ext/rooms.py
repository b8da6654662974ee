"""The picture of the library: its packages in the order of the data, an arrow
for every import from one to another, read from the code when the book is built.

```{recx-rooms}
```
"""

from __future__ import annotations

import ast
import re
from html import escape
from pathlib import Path

from docutils import nodes
from sphinx.util.docutils import SphinxDirective

from tools.house import MAY_IMPORT, ROOT, arrows

LIBRARY = ROOT / "recx_lib"
BOX, ROW, EDGE = (150, 34), 52, 8  # a box, from box to box, around all; px


def summary(package: str, library: Path = LIBRARY) -> str:
    """Return the first line of a package's docstring."""
    source = (library / package / "__init__.py").read_text(encoding="utf-8")
    return (ast.get_docstring(ast.parse(source)) or "").partition("\n")[0]


def modules(package: str, library: Path = LIBRARY) -> list[str]:
    """Return the names of a package's modules, in order."""
    return sorted(path.stem for path in (library / package).glob("[!_]*.py"))


def pages(book: Path = ROOT / "book") -> dict[str, str]:
    """Return {package: address of its section, from the page of the picture}."""
    found = {}
    for path in sorted(book.glob("api*.md")):
        for listed in re.findall(
            r"^```\{recx-api\} (.*)$", path.read_text("utf-8"), re.M
        ):
            for package in listed.split():
                found[package] = f"{path.stem}.html#package-{package}"
    return found


def arc(start: int, end: int, count: int) -> str:
    """Return an arrow from row `start` up to row `end`, wide where far."""
    width, height = BOX
    x = EDGE + width
    y_start = EDGE + start * ROW + height / 2 - 5
    y_end = EDGE + end * ROW + height / 2 + 5
    reach = x + 20 + 23 * (start - end)
    thickness = 1 + min(count, 20) / 8
    return (
        f'<path d="M {x} {y_start} C {reach} {y_start}, {reach} {y_end}, '
        f'{x + 7} {y_end}" stroke-width="{thickness:.1f}" '
        'marker-end="url(#room-arrow)"/>'
    )


def picture(found: dict[tuple[str, str], list[str]]) -> str:
    """Return the drawing as SVG: boxes below each other, arrows upwards."""
    order = list(MAY_IMPORT)
    width, height = BOX
    parts = []
    for (package, target), where in sorted(found.items()):
        parts.append(
            arc(order.index(package), order.index(target), len(where))
        )
    arcs = "".join(parts)
    boxes, link = "", pages()
    for row, package in enumerate(order):
        y = EDGE + row * ROW
        boxes += (
            f'<a href="{link[package]}"><rect x="{EDGE}" y="{y}" rx="6" '
            f'width="{width}" height="{height}"/>'
            f'<text x="{EDGE + width / 2}" y="{y + 22}">{escape(package)}'
            "</text></a>"
        )
    tall = 2 * EDGE + ROW * (len(order) - 1) + height
    return (
        f'<svg class="rooms" viewBox="0 0 370 {tall}" role="group" '
        f'aria-label="{escape(spoken(found))}"><defs><marker id="room-arrow" '
        'viewBox="0 0 8 8" refX="6" refY="4" markerWidth="8" markerHeight="8" '
        'markerUnits="userSpaceOnUse" orient="auto">'
        '<path d="M 0 0 L 8 4 L 0 8 z"/></marker></defs>'
        f'<g class="arcs">{arcs}</g><g class="boxes">{boxes}</g></svg>'
    )


def spoken(found: dict[tuple[str, str], list[str]]) -> str:
    """Return the picture in words."""
    said = []
    for package in MAY_IMPORT:
        targets = [t for t in MAY_IMPORT if (package, t) in found]
        named = ", ".join(targets) or "nothing of the library"
        said.append(f"{package} imports {named}")
    return "; ".join(said)


def table() -> str:
    """Return what every package holds and may import, as an HTML table."""
    rows = ""
    for package, allowed in MAY_IMPORT.items():
        rows += (
            f"<tr><th scope='row'><code>{package}</code></th>"
            f"<td>{escape(summary(package))} "
            f"<small>{escape(', '.join(modules(package)))}</small></td>"
            f"<td>{', '.join(allowed) or '–'}</td></tr>"
        )
    return (
        "<table class='rooms'><thead><tr><th>package</th>"
        "<th>holds <small>(modules)</small></th><th>may import</th></tr>"
        f"</thead><tbody>{rows}</tbody></table>"
    )


class Rooms(SphinxDirective):
    """The picture, its caption, and the table."""

    def run(self):
        """Return the nodes."""
        for path in LIBRARY.rglob("*.py"):
            self.env.note_dependency(str(path))
        caption = (
            "The library's packages in the order of the data. An arrow points "
            "from a package to one that it imports, the thicker the more "
            "modules do; all point up."
        )
        html = f"<figure class='rooms'>{picture(arrows())}<figcaption>{caption}</figcaption></figure>{table()}"
        return [nodes.raw("", html, format="html")]


def setup(app):
    """Register with Sphinx."""
    app.add_directive("recx-rooms", Rooms)
    return {"version": "1", "parallel_read_safe": True}
