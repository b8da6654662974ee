"""From the cells of a notebook to slides: what is on each, in which section it
stands, what the speaker may say.
"""

from __future__ import annotations

import base64
import html
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NoReturn

from bs4 import BeautifulSoup
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import PythonLexer

from tools.slides_text import (
    blocks,
    inline_html,
    notes_html,
    quoted,
    to_html,
    with_headings,
)

BEGIN = "begin the notebook with a # heading and what one can do after it"
SHOWS = ("output", "code", "both")
TABLE = {"table", "thead", "tbody", "tr", "th", "td"}
SPANS = ("rowspan", "colspan")
PRINTED = '<pre class="output">'
SHORT = 14  # lines of code that are read from the last row
# sections for the reader alone: not the speaker's notes
UNSPOKEN = re.compile(r"\b(?:Check yourself|Exercises)$")
ANSI = re.compile(r"\x1b\[[0-9;]*m")


class SlideError(Exception):
    """A cell cannot become a slide; the message says which, and what to do."""


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
    return f"{PRINTED}{text}</pre>"


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


def shown_image(data: str, alt: str, kind: str = "image/png") -> str:
    """Return a figure with its alternative text; a drawing is SVG's text."""
    if kind == "image/svg+xml":
        data = base64.b64encode(data.encode()).decode()
    source = f"data:{kind};base64," + "".join(data.split())
    return f'<img src="{source}" alt="{html.escape(alt)}">'


class Deck:
    """The slides of one notebook, made cell by cell.

    `Deck(nb, "02_matrix_factorization").slides`
    """

    def __init__(self, nb, name: str):
        self.title, self.section, self.place = "", "", name
        self.prose: list[str] = []
        self.slides: list[Slide] = []
        for number, cell in enumerate(nb.cells, 1):
            first = next(iter(cell.source.strip().splitlines()), "")
            self.place = f"{name}, cell {number} ({first[:60]!r})"
            if cell.cell_type == "markdown":
                self._markdown(cell)
            elif cell.cell_type == "code":
                self._code(cell)
        if not self.slides:
            self._fail(f"has no slide; {BEGIN}")

    def _fail(self, what: str) -> NoReturn:
        """Stop, and say at which cell."""
        raise SlideError(f"{self.place}: {what}")

    def _add(self, kind: str, headline: str, *body: str) -> None:
        """Add a slide; its notes are the prose since the last one."""
        if not self.title or not self.slides and kind != "title":
            self._fail(f"stands before the title; {BEGIN}")
        said, notes = inline_html(headline), notes_html(self.prose)
        self.slides.append(Slide(kind, self.section, said, body, notes))
        self.prose = []

    def _headline(self, cell) -> str | None:
        """Return the sentence a cell is tagged with, None without a tag."""
        if not {"slide", "slide_shows"} & set(cell.metadata):
            return None
        said = cell.metadata.get("slide")
        if not isinstance(said, str) or not said.strip():
            self._fail(
                "has no headline; write one sentence, "
                'slide: "What one sees here.", or remove slide_shows'
            )
        return said

    def _markdown(self, cell) -> None:
        """Take headings, questions and prose; the prose of a tagged cell is a
        slide.
        """
        headline, found = self._headline(cell), list(blocks(cell.source))
        prose = [text for kind, text in found if kind == "text"]
        body = with_headings("\n\n".join(prose), "")
        if headline and not body:
            self._fail("is tagged and has no text; remove slide")
        if headline and "slide_shows" in cell.metadata:
            self._fail("has no code; remove slide_shows")
        for kind, text in found:
            if kind == "h1":
                self.title = text
            elif kind == "h2":
                self.section = text
            elif kind == "predict":
                self._add("question", "Predict, then run", shown_prose(text))
            elif not headline:
                self._prose(text)
            elif body:
                self._add("evidence", headline, shown_prose(body))
                body = ""

    def _prose(self, text: str) -> None:
        """Show the goals and the summary; keep other prose for the notes."""
        if not self.slides:
            goals, text = quoted(text)
            self._add("title", self.title, shown_prose(goals))
        if self.section == "In short":
            summary = shown_prose(with_headings(text, ""))
            self._add("summary", "In short", summary)
        elif text and not UNSPOKEN.search(self.section):
            self.prose.append(text)

    def _code(self, cell) -> None:
        """Take the outputs of a tagged cell, its code, or both."""
        headline = self._headline(cell)
        if headline is None:
            return
        seen = [self._output(cell, output) for output in cell.outputs]
        outputs = [part for part in seen if part]
        code = [shown_code(cell.source)] if cell.source.strip() else []
        shows = cell.metadata.get("slide_shows", self._default(cell, outputs))
        if shows not in SHOWS:
            said = ", ".join(SHOWS)
            self._fail(f"slide_shows is {shows!r}; write one of {said}")
        if not outputs and not code:
            self._fail(
                "is tagged and has neither code nor output; remove slide, or "
                "run the notebook: make sync"
            )
        both = {"output": outputs, "code": code, "both": code + outputs}
        if caption := self._figure(cell, "figure", "caption"):
            self.prose.append(caption)
        self._add("evidence", headline, *(both[shows] or code or outputs))

    def _default(self, cell, outputs: list[str]) -> str:
        """Return what a slide shows: a line or two would leave it empty, so
        short code that made them is shown, too.
        """
        lines = sum(part.count("\n") + 1 for part in outputs)
        printed = all(part.startswith(PRINTED) for part in outputs)
        short = len(cell.source.splitlines()) <= SHORT
        hidden = "hide-input" in cell.metadata.get("tags", [])
        bare = printed and lines <= 2 and short and not hidden
        return "both" if bare else "output"

    def _figure(self, cell, what: str, key: str) -> str:
        """Return what a cell's metadata say of its figure."""
        told = cell.metadata.get("mystnb", {}).get(what, {})
        return told.get(key, "").strip()

    def _output(self, cell, output) -> str | None:
        """Return one output of a cell as it will be seen."""
        data = output.get("data", {"text/plain": output.get("text", "")})
        drawn = {"image/svg+xml", "image/png"} & set(data)
        if drawn:
            kind = max(drawn)
            alt = self._figure(cell, "image", "alt")
            if not alt:
                self._fail(
                    "its figure has no alt text; add mystnb: image: alt"
                )
            return shown_image(data[kind], alt, kind)
        if "<table" in data.get("text/html", ""):
            return shown_table(data["text/html"])
        text = data.get("text/plain", "")
        return shown_text(text) if text.strip() else None
