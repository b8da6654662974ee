"""All chapters: drawings of how things work, as SVG. Plumbing: taught nowhere.

Lengths are pixels of a page 640 wide; a drawing of at most 480 stays legible
on a phone.
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import NamedTuple

import numpy as np

from recx_lib.core.plotting import BLUE, GREY, RED

INK = "#1A1A1A"
PAPER = "#FFFFFF"
FONT = "system-ui, 'DejaVu Sans', sans-serif"
TIP = 'marker-end="url(#tip)"'
HEAD = f"""<defs><marker id="tip" viewBox="0 0 10 10" refX="9" refY="5"
markerWidth="7" markerHeight="7" orient="auto">
<path d="M0 0 L10 5 L0 10 z" fill="{GREY}"/></marker></defs>"""


class Box(NamedTuple):
    """A rectangle that arrows can begin and end at."""

    x: float  # of its left edge
    y: float  # of its upper edge
    width: float
    height: float

    @property
    def middle(self) -> tuple[float, float]:
        """Its centre.

        >>> Box(10, 20, 40, 30).middle
        (30.0, 35.0)
        """
        return self.x + self.width / 2, self.y + self.height / 2

    def edge(self, towards: tuple[float, float]) -> tuple[float, float]:
        """Return where the line from its centre to a point leaves it.

        >>> Box(0, 0, 40, 20).edge((100, 10))
        (40.0, 10.0)
        """
        # the first side that the line meets
        x, y = self.middle
        across, down = towards[0] - x, towards[1] - y
        if not across and not down:
            return x, y
        reach = [self.width / 2 / abs(across)] if across else []
        reach += [self.height / 2 / abs(down)] if down else []
        return x + min(reach) * across, y + min(reach) * down


class Sketch:
    """A drawing of boxes, arrows, tokens, matrices and bars.

    Begin with the size, add shapes, and let it be a cell's last line.

    >>> sketch = Sketch(300, 60)
    >>> words = sketch.box(10, 15, "words")
    >>> state = sketch.box(180, 15, "state", fill=True)
    >>> sketch.arrow(words, state, "read")
    >>> "marker-end" in sketch._repr_svg_()
    True
    """

    def __init__(self, width: int, height: int):
        self.width, self.height = width, height
        self._shapes: list[str] = []

    def __repr__(self) -> str:
        """Return its size, without the address of an object.

        >>> Sketch(300, 60)
        Sketch(300, 60)
        """
        return f"Sketch({self.width}, {self.height})"

    def box(
        self, x, y, text="", *, size=(90, 30), colour=BLUE, fill=False
    ) -> Box:
        """Draw a box with centred text, lines parted by \\n, and return it;
        `fill` sets white on the colour instead of ink on a tint of it.
        """
        box = Box(x, y, *size)
        face = colour if fill else f"{colour}22"
        self._rectangle(box, face, colour)
        lines = str(text).split("\n")
        across, down = box.middle
        # the lines stand around the middle
        top = down - 8 * (len(lines) - 1)
        for number, line in enumerate(lines):
            ink = PAPER if fill else INK
            self.text(across, top + 16 * number, line, colour=ink)
        return box

    def text(
        self, x, y, text, *, colour=INK, anchor="middle", bold=False, size=13
    ) -> None:
        """Write one line; `anchor`: which end is at x: start, middle, end."""
        weight = ' font-weight="bold"' if bold else ""
        place = f'x="{x:g}" y="{y:g}" text-anchor="{anchor}"'
        look = f'fill="{colour}" font-size="{size}"{weight}'
        look += ' dominant-baseline="central"'
        self._shapes.append(f"<text {place} {look}>{escape(str(text))}</text>")

    def arrow(
        self, start, end, label="", *, colour=GREY, dashed=False, width=1.5
    ) -> None:
        """Draw an arrow from a box or point (x, y) to another, its label
        beside its middle.
        """
        # 1. From middle to middle …
        first = start.middle if isinstance(start, Box) else start
        last = end.middle if isinstance(end, Box) else end
        (a, b), (c, d) = first, last
        # 2. … but only from edge to edge.
        if isinstance(start, Box):
            a, b = start.edge(last)
        if isinstance(end, Box):
            c, d = end.edge(first)
        self.line([(a, b), (c, d)], colour=colour, width=width, dashed=dashed)
        self._shapes[-1] = self._shapes[-1].replace("/>", f" {TIP}/>")
        # 3. The label beside a steep line, above a flat one.
        if label:
            steep = abs(d - b) > abs(c - a)
            x, y = (a + c) / 2, (b + d) / 2
            anchor = "start" if steep else "middle"
            x, y = (x + 6, y) if steep else (x, y - 10)
            self.text(x, y, label, anchor=anchor, size=12, colour="#555555")

    def line(self, points, *, colour=GREY, width=1.5, dashed=False) -> None:
        """Draw a line through points [(x, y), …]."""
        path = " L".join(f"{x:.1f} {y:.1f}" for x, y in points)
        dash = ' stroke-dasharray="5 4"' if dashed else ""
        stroke = f'stroke="{colour}" stroke-width="{width:g}"{dash}'
        self._shapes.append(f'<path d="M{path}" fill="none" {stroke}/>')

    def tokens(
        self, x, y, words: Sequence[str], *, gap=6, colour=BLUE, weights=None
    ) -> list[Box]:
        """Draw words in a row of boxes and return them; `weights` (0 to 1)
        say how strongly each is tinted.
        """
        # boxes as wide as their words, the deeper the weightier
        boxes = []
        for number, word in enumerate(words):
            wide = 7.6 * len(str(word)) + 16
            tint = 0.13 if weights is None else float(weights[number])
            box = Box(x, y, wide, 28)
            self._rectangle(box, _faded(colour, tint), colour)
            ink = PAPER if tint > 0.6 else INK
            self.text(*box.middle, word, colour=ink)
            boxes.append(box)
            x += wide + gap
        return boxes

    def matrix(
        self, x, y, values, *, rows=(), columns=(), cell=38, form="{:.1f}"
    ) -> Box:
        """Draw a small matrix, blue above zero and red below, and return its
        box; NaN cells stay empty. Row names stand left of x, column names
        above y.
        """
        # 1. A cell for each number; what is not finite stays empty.
        values = np.atleast_2d(np.asarray(values, dtype=float))
        largest = np.nanmax(np.abs(values), initial=1e-9)
        for (row, column), value in np.ndenumerate(values):
            place = Box(x + cell * column, y + 28 * row, cell, 28)
            known = np.isfinite(value)
            tint = 0.75 * abs(value) / largest if known else 0
            colour = RED if known and value < 0 else BLUE
            self._rectangle(place, _faded(colour, tint), "#BBBBBB")
            ink = PAPER if tint > 0.55 else INK
            written = form.format(value) if known else ""
            self.text(*place.middle, written, colour=ink, size=12)
        # 2. Names to the left and above.
        for number, name in enumerate(rows):
            middle = y + 28 * number + 14
            self.text(x - 6, middle, name, anchor="end", size=12)
        for number, name in enumerate(columns):
            self.text(x + cell * (number + 0.5), y - 11, name, size=12)
        return Box(x, y, cell * values.shape[1], 28 * len(values))

    def bars(
        self, x, y, names: Sequence[str], values, *, scale, form="{:+.2f}"
    ) -> list[Box]:
        """Draw horizontal bars from a zero line at x, blue right of it and
        red left, and return them; `scale`: pixels per unit.
        """
        # 1. A bar from zero to either side.
        boxes = []
        for number, (name, value) in enumerate(
            zip(names, values, strict=True)
        ):
            top, wide = y + 24 * number, abs(value) * scale
            left = x if value >= 0 else x - wide
            box = Box(left, top, wide, 18)
            self._rectangle(box, BLUE if value >= 0 else RED, "none")
            # its name and value where it ends
            far = box.x + wide + 5 if value >= 0 else box.x - 5
            anchor = "start" if value >= 0 else "end"
            written = f"{name} {form.format(value)}"
            self.text(far, top + 9, written, anchor=anchor, size=12)
            boxes.append(box)
        # 2. The line of zero, over all.
        self.line([(x, y - 4), (x, y + 24 * len(boxes))], colour=INK, width=1)
        return boxes

    def _rectangle(self, box: Box, face: str, edge: str) -> None:
        place = f'x="{box.x:g}" y="{box.y:g}"'
        size = f'width="{box.width:g}" height="{box.height:g}" rx="4"'
        look = f'fill="{face}" stroke="{edge}"'
        self._shapes.append(f"<rect {place} {size} {look}/>")

    def _repr_svg_(self) -> str:
        """Return the drawing as the notebook shows it."""
        # one string of SVG that needs no file beside it
        size = f'width="{self.width}" height="{self.height}"'
        view = f'viewBox="0 0 {self.width} {self.height}"'
        name = 'xmlns="http://www.w3.org/2000/svg"'
        paper = f'<rect width="100%" height="100%" fill="{PAPER}"/>'
        shapes = "\n".join([HEAD, paper, *self._shapes])
        return f'<svg {name} {size} {view} font-family="{FONT}">{shapes}</svg>'


def _faded(colour: str, strength: float) -> str:
    """Return a colour at a strength from 0 (white) to 1.

    >>> _faded("#0072B2", 0.0)
    '#0072B200'
    """
    return f"{colour}{round(255 * min(max(strength, 0), 1)):02X}"
