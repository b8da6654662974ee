"""From the cells of a notebook to slides: what is on each, in which section it stands, what the speaker may say."""

from __future__ import annotations

import html
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NoReturn

from bs4 import BeautifulSoup
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import PythonLexer

from tools.slides_text import blocks, inline_html, notes_html, quoted, to_html, with_headings

SHOWS = ("output", "code", "both")
TABLE = {"table", "thead", "tbody", "tr", "th", "td"}
SPANS = ("rowspan", "colspan")
UNSPOKEN = re.compile(r"\b(?:Check yourself|Exercises)$")  # sections for the reader alone: not the speaker's notes
ANSI = re.compile(r"\x1b\[[0-9;]*m")


class SlideError(Exception):
    """A cell cannot become a slide; the message says which one and what to do."""


@dataclass
class Slide:
    """One slide: its headline, its body and its notes in HTML."""

    kind: str
    section: str
    headline: str
    body: Sequence[str]
    notes: str


def shown_code(source: str) -> str:
    """Return a code cell's source, coloured."""
    shown = highlight(source, PythonLexer(), HtmlFormatter(nowrap=True))
    return f'<pre class="code highlight"><code>{shown}</code></pre>'


def shown_text(text: str) -> str:
    """Return printed text."""
    text = html.escape(ANSI.sub("", text).strip("\n"), quote=False)
    return f'<pre class="output">{text}</pre>'


def shown_table(source: str) -> str:
    """Return a table that a cell shows: its cells and nothing else."""
    table = BeautifulSoup(source, "html.parser").table
    for tag in [table, *table.find_all(True)]:
        if tag.name in ("script", "style"):
            tag.decompose()
        elif tag.name not in TABLE:
            tag.unwrap()
        else:
            tag.attrs = {k: v for k, v in tag.attrs.items() if k in SPANS}
    return str(table)


def shown_prose(source: str) -> str:
    """Return Markdown with its formulas."""
    return f'<div class="prose">{to_html(source)}</div>'


def shown_image(data: str, alt: str) -> str:
    """Return a figure with its alternative text."""
    source = "data:image/png;base64," + "".join(data.split())
    return f'<img src="{source}" alt="{html.escape(alt)}">'


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

    def _add(self, kind: str, headline: str, *body: str) -> None:
        """Add a slide; its notes are the prose since the last one."""
        if not self.title or not self.slides and kind != "title":
            self._fail("stands before the title; begin the notebook with a # heading and what one can do after it")
        said, notes = inline_html(headline), notes_html(self.prose)
        self.slides.append(Slide(kind, self.section, said, body, notes))
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
                self._add("question", "Predict, then run", shown_prose(text))
            elif headline:
                self._add("evidence", headline, *([shown_prose(body)] if body else []))
                body = ""
            else:
                self._prose(text)

    def _prose(self, text: str) -> None:
        """Show the goals and the summary; keep other prose for the speaker."""
        if not self.slides:
            goals, text = quoted(text)
            self._add("title", self.title, shown_prose(goals))
        if self.section == "In short":
            self._add("summary", "In short", shown_prose(with_headings(text, "")))
        elif text and not UNSPOKEN.search(self.section):
            self.prose.append(text)

    def _code(self, cell) -> None:
        """Take a code cell: a slide of its outputs, of its code, or of both, where it is tagged."""
        headline, shows = self._headline(cell), cell.metadata.get("slide_shows", "output")
        if headline is None:
            return
        if shows not in SHOWS:
            self._fail(f"slide_shows is {shows!r}; write one of {', '.join(SHOWS)}")
        outputs = [seen for output in cell.outputs if (seen := self._output(cell, output))]
        code = [shown_code(cell.source)] if cell.source.strip() else []
        if not outputs and not code:
            self._fail("is tagged and has neither code nor output; remove slide, or run the notebook: make sync")
        wanted = {"output": outputs, "code": code, "both": code + outputs}[shows] or code or outputs
        if caption := cell.metadata.get("mystnb", {}).get("figure", {}).get("caption"):
            self.prose.append(caption)
        self._add("evidence", headline, *wanted)

    def _output(self, cell, output) -> str | None:
        """Return one output of a cell as it will be seen."""
        data = output.get("data", {"text/plain": output.get("text", "")})
        if "image/png" in data:
            alt = cell.metadata.get("mystnb", {}).get("image", {}).get("alt", "").strip()
            return shown_image(
                data["image/png"], alt or self._fail("its figure has no alt text; add mystnb: image: alt")
            )
        if "<table" in data.get("text/html", ""):
            return shown_table(data["text/html"])
        return shown_text(data["text/plain"]) if data.get("text/plain", "").strip() else None
