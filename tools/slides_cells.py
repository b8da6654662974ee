"""From the cells of a notebook to slides: what is on each, in which section it stands, what the speaker may say."""

from __future__ import annotations

import html
import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import zip_longest
from math import ceil
from typing import NoReturn

from bs4 import BeautifulSoup
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import PythonLexer

from tools.slides_text import blocks, inline_html, notes_html, plain_prose, quoted, to_html, with_headings

WIDTH = 1200  # of a slide's body, in pixels; the slide has 1280 × 720
SIZES = (38, 36, 34, 32, 30, 28, 26, 24, 22, 20, 18, 17, 16)  # of letters; the smallest is half of a slide's base of 32
LARGEST = {"mono": 38, "table": 34, "prose": 34}  # as in slides.css
SHOWS = ("output", "code", "both")
TABLE = {"table", "thead", "tbody", "tr", "th", "td"}
UNSPOKEN = re.compile(r"\b(?:Check yourself|Exercises)$")  # sections for the reader alone: not the speaker's notes
ANSI = re.compile(r"\x1b\[[0-9;]*m")


class SlideError(Exception):
    """A cell cannot become a slide; the message says which one and what to do."""


@dataclass
class Part:
    """A piece of a slide's body: HTML, its kind (mono, table, prose, image) and what decides its size.

    `lines` are the texts of its lines, or of its rows; of prose its paragraphs.
    """

    kind: str
    html: str
    lines: list[str]


@dataclass
class Slide:
    """One slide: a headline in HTML, its body and its notes; `size` is that of the body's letters, in pixels."""

    kind: str
    section: str
    headline: str
    parts: Sequence[Part]
    notes: str
    size: int


def height(part: Part, size: int, wrap: bool) -> float:
    """Return about how many pixels a part is high when its letters have this size; infinite where it is too wide."""
    if part.kind == "image":
        return 260
    size = min(size, LARGEST[part.kind])
    letter, leading = {"mono": (0.61, 1.3), "table": (0.56, 1.6), "prose": (0.51, 1.42)}[part.kind]
    across = (WIDTH - (100 if part.kind == "prose" else 30)) / (letter * size)
    rows = [ceil(len(line) / across) or 1 for line in part.lines]
    if max(rows, default=0) > 1 and part.kind != "prose" and not wrap:
        return float("inf")
    return sum(rows) * leading * size + 26 + (0.4 * size * len(rows) if part.kind == "prose" else 0)


def room(kind: str, headline: str) -> int:
    """Return how many pixels a slide's headline leaves for its body."""
    if kind == "title":
        return 580 - 58 * ceil(len(headline) / 42)
    return 600 - 44 * ceil(len(headline) / 60)


def fitted(parts: Sequence[Part], space: int) -> int | None:
    """Return the largest size at which the parts fit into so many pixels, None if they do not.

    Lines are kept whole; what is printed, and would be tiny then, is broken (a table later than a sentence or two),
    what is code only where it must be.
    """
    tiny, large = (20, 26) if sum(len(part.lines) for part in parts) > 3 else (26, 32)
    keep = [size for size in SIZES if size >= tiny or any("code" in part.html[:20] for part in parts)]
    for wrap, sizes in (False, keep), (True, [size for size in SIZES if size <= large]):
        for size in sizes:
            if sum(height(part, size, wrap) for part in parts) <= space:
                return size
    return None


def code_part(source: str) -> Part:
    """Return a code cell's source, coloured."""
    shown = highlight(source, PythonLexer(), HtmlFormatter(nowrap=True))
    return Part("mono", f'<pre class="code highlight"><code>{shown}</code></pre>', source.splitlines())


def text_part(text: str) -> Part:
    """Return printed text."""
    text = ANSI.sub("", text).strip("\n")
    return Part("mono", f'<pre class="output">{html.escape(text, quote=False)}</pre>', text.splitlines())


def table_part(source: str) -> Part:
    """Return a table that a cell shows: its cells and nothing else."""
    table = BeautifulSoup(source, "html.parser").table
    for tag in [table, *table.find_all(True)]:
        if tag.name in ("script", "style"):
            tag.decompose()
        elif tag.name not in TABLE:
            tag.unwrap()
        else:
            tag.attrs = {name: value for name, value in tag.attrs.items() if name in ("rowspan", "colspan")}
    rows = [[len(cell.get_text(strip=True)) for cell in row.find_all(["th", "td"])] for row in table.find_all("tr")]
    columns = zip_longest(*map(reversed, rows), fillvalue=0)  # from the right: a cell may span rows only on the left
    across = sum(max(column) + 3 for column in columns)
    return Part("table", str(table), ["x" * across] * len(rows))


def prose_part(source: str) -> Part:
    """Return Markdown as HTML, with its formulas; one that stands alone takes the room of two lines."""
    lines: list[str] = []
    for text in re.split(r"\n\s*\n|\n(?=[-*] |\d+\. )", plain_prose(source)):
        lines += [text, *[""] * (1 + 2 * text.count(r"\qquad"))] if "$$" in text else [text]
    return Part("prose", f'<div class="prose">{to_html(source)}</div>', lines)


def image_part(data: str, alt: str) -> Part:
    """Return a figure with its alternative text."""
    source = "data:image/png;base64," + "".join(data.split())
    return Part("image", f'<img src="{source}" alt="{html.escape(alt)}">', [])


class Deck:
    """The slides of one notebook, made cell by cell: `Deck(nb, "02_matrix_factorization").slides`."""

    def __init__(self, nb, name: str):
        self.title, self.section, self.place = "", "", name
        self.prose: list[str] = []
        self.slides: list[Slide] = []
        for number, cell in enumerate(nb.cells, 1):
            first = next(iter(cell.source.strip().splitlines()), "")
            self.place = f"{name}, cell {number} ({first[:60]!r})"
            if cell.cell_type in ("markdown", "code"):
                (self._markdown if cell.cell_type == "markdown" else self._code)(cell)
        if not self.slides:
            self._fail("has no slide; begin the notebook with a # heading and what one can do after it")

    def _fail(self, what: str) -> NoReturn:
        """Stop, and say at which cell."""
        raise SlideError(f"{self.place}: {what}")

    def _add(self, kind: str, headline: str, *parts: Part) -> None:
        """Add a slide; its notes are the prose since the last one."""
        if not self.title or not self.slides and kind != "title":
            self._fail("stands before the title; begin the notebook with a # heading and what one can do after it")
        if not (size := fitted(parts, room(kind, headline))):
            self._fail("too much for one slide in letters that can be read; tag a smaller cell, or slide_shows: output")
        self.slides.append(Slide(kind, self.section, inline_html(headline), parts, notes_html(self.prose), size))
        self.prose = []

    def _headline(self, cell) -> str | None:
        """Return the sentence that a cell is tagged with; None for a cell that is not tagged."""
        if "slide" not in cell.metadata and "slide_shows" not in cell.metadata:
            return None
        said = cell.metadata.get("slide")
        if not isinstance(said, str) or not said.strip():
            self._fail('has no headline; write one sentence, slide: "What one sees here.", or remove slide_shows')
        return said

    def _markdown(self, cell) -> None:
        """Take a Markdown cell: headings, questions and prose, and a slide of the prose where the cell is tagged."""
        headline, found = self._headline(cell), list(blocks(cell.source))
        body = with_headings("\n\n".join(text for kind, text in found if kind == "text"), "")
        if headline and (not body or "slide_shows" in cell.metadata):
            self._fail("is tagged and has no text; remove slide" if not body else "has no code; remove slide_shows")
        for kind, text in found:
            if kind == "h1":
                self.title = text
            elif kind == "h2":
                self.section = text
            elif kind == "predict":
                self._add("question", "Predict, then run", prose_part(text))
            elif headline:
                self._add("evidence", headline, *([prose_part(body)] if body else []))
                body = ""
            else:
                self._prose(text)

    def _prose(self, text: str) -> None:
        """Show the goals and the summary; keep other prose for the speaker."""
        if not self.slides:
            goals, text = quoted(text)
            self._add("title", self.title, prose_part(goals))
        if self.section == "In short":
            self._add("summary", "In short", prose_part(with_headings(text, "")))
        elif text and not UNSPOKEN.search(self.section):
            self.prose.append(text)

    def _code(self, cell) -> None:
        """Take a code cell: a slide of its outputs, of its code, or of both, where it is tagged."""
        headline, shows = self._headline(cell), cell.metadata.get("slide_shows", "output")
        if headline is None:
            return
        if shows not in SHOWS:
            self._fail(f"slide_shows is {shows!r}; write one of {', '.join(SHOWS)}")
        outputs = [part for output in cell.outputs if (part := self._output(cell, output))]
        code = [code_part(cell.source)] if cell.source.strip() else []
        if not outputs and not code:
            self._fail("is tagged and has neither code nor output; remove slide, or run the notebook: make sync")
        wanted = {"output": outputs, "code": code, "both": code + outputs}[shows] or code or outputs
        if caption := cell.metadata.get("mystnb", {}).get("figure", {}).get("caption"):
            self.prose.append(caption)
        self._add("evidence", headline, *wanted)

    def _output(self, cell, output) -> Part | None:
        """Return one output of a cell as it will be seen."""
        data = output.get("data", {"text/plain": output.get("text", "")})
        if "image/png" in data:
            alt = cell.metadata.get("mystnb", {}).get("image", {}).get("alt", "").strip()
            return image_part(
                data["image/png"], alt or self._fail("its figure has no alt text; add mystnb: image: alt")
            )
        if "<table" in data.get("text/html", ""):
            return table_part(data["text/html"])
        return text_part(data["text/plain"]) if data.get("text/plain", "").strip() else None
