"""What a phone shows of wide things: letters that can be read, and tables of sentences as cards.

A figure says how wide it was drawn, and how wide it must be for its smallest letter to be read: where a page is
narrower, it scrolls in a box of its own. A table with sentences in it becomes, on a phone, a card for each row; every
cell knows the name of its column.
"""

from __future__ import annotations

import html
import re
import struct
from pathlib import Path
from urllib.parse import unquote

LETTER = 8.5  # CSS pixels: what the smallest letter of a figure needs
POINTS, PER_INCH = 8, 110  # smallest letter of a plot; CSS pixels of an inch
COLUMNS, LONG = 3, 40  # a table of so many columns, a cell of so many letters
IMAGE = re.compile(r'<img [^>]*?src="([^"]*_images/[^"]*)"[^>]*?/?>')
TABLE = re.compile(r"<table\b[^>]*>(?:(?!<table\b).)*?</table>", re.DOTALL)
ROW = re.compile(r"<tr\b.*?</tr>", re.DOTALL)
CELL = re.compile(r"<(t[dh])\b([^>]*)>(.*?)</\1>", re.DOTALL)


def plain(text: str) -> str:
    """Return what is read of some HTML.

    >>> plain("<p>Said &amp; <em>done</em></p>")
    'Said & done'
    """
    return " ".join(html.unescape(re.sub(r"<[^>]*>", "", text)).split())


def widths(file: Path) -> tuple[float, float] | None:
    """Return how wide a figure was drawn and the least it needs, in CSS
    pixels; None for what is no figure of ours.
    """
    if file.suffix == ".svg":
        text = file.read_text(encoding="utf-8")
        wide = re.search(r'viewBox="0 0 ([\d.]+)', text)
        letters = re.findall(r'font-size="([\d.]+)', text)
        if not (wide and letters):
            return None
        return float(wide[1]), LETTER / min(map(float, letters))
    data = file.read_bytes()
    if file.suffix != ".png" or (at := data.find(b"pHYs")) < 0:
        return None
    (pixels,) = struct.unpack(">I", data[16:20])
    (a_metre,) = struct.unpack(">I", data[at + 4 : at + 8])
    drawn = pixels / (a_metre * 0.0254) * PER_INCH
    return drawn, LETTER / (POINTS * PER_INCH / 72)


def boxed(page: str, folder: Path) -> str:
    """Return a page whose figures stand in boxes, with their widths."""

    def box(image: re.Match) -> str:
        found = widths(folder / unquote(image[1]))
        if found is None or "cover" in image[0]:
            return image[0]
        drawn, share = found
        style = f"--drawn:{drawn:.0f}px;--least:{drawn * share:.0f}px"
        free = re.sub(r' style="width:[^"]*"', "", image[0])
        return f'<span class="drawn" style="{style}">{free}</span>'

    return IMAGE.sub(box, page)


def carded(table: str) -> str:
    """Return a table of sentences with the names of its columns in each cell;
    any other as it was.

    >>> row = "<tr>" + "<td>some sentence of more than forty letters</td>" * 3
    >>> head = "<tr><th>One</th><th>Two</th><th>Three</th></tr>"
    >>> made = carded(f"<table>{head}{row}</tr></table>")
    >>> made.count('data-label="Two"'), made[:22]
    (1, '<table class="as-cards')
    """
    head, *rows = ROW.findall(table) or [""]
    names = [plain(text) for _, _, text in CELL.findall(head)]
    cells = [plain(text) for row in rows for _, _, text in CELL.findall(row)]
    tag = table[: table.index(">") + 1]
    numbers = "results" in tag and "carry" not in tag
    short = max(map(len, cells), default=0) < LONG
    same = all(len(CELL.findall(row)) == len(names) for row in rows)
    if len(names) < COLUMNS or numbers or short or not same:
        return table
    for row in rows:
        table = table.replace(row, labelled(row, names), 1)
    if 'class="' in tag:
        return table.replace('class="', 'class="as-cards ', 1)
    return table.replace("<table", '<table class="as-cards"', 1)


def worded(table: str) -> str:
    """Return a printed table whose cells of words say so: they begin at the
    left, numbers end at the right.

    >>> made = worded('<table class="dataframe"><td>as a b c</td><td>1</td>')
    >>> made.count('<td class="words">'), made.count("<td>")
    (1, 1)
    """
    if "dataframe" not in table[: table.index(">")]:
        return table

    def mark(cell: re.Match) -> str:
        kind, told, text = cell.groups()
        wordy = not told and plain(text).count(" ") > 2
        return f'<{kind} class="words">{text}</{kind}>' if wordy else cell[0]

    return CELL.sub(mark, table)


def labelled(row: str, names: list[str]) -> str:
    """Return a row whose cells know the names of their columns."""
    left = iter(names)

    def label(cell: re.Match) -> str:
        kind, told, text = cell.groups()
        name = html.escape(next(left))
        named = f' data-label="{name}"' if name and plain(text) else ""
        return f"<{kind}{told}{named}>{text}</{kind}>"

    return CELL.sub(label, row)


def fit(app, exception) -> None:
    """Make the finished pages fit a phone."""
    if exception or app.builder.format != "html":
        return
    out = Path(app.outdir)
    for path in out.rglob("*.html"):
        if {"_static", "_modules"} & set(path.relative_to(out).parts):
            continue
        page = path.read_text(encoding="utf-8")
        made = boxed(page, path.parent)
        made = TABLE.sub(lambda table: carded(worded(table[0])), made)
        if made != page:
            path.write_text(made, encoding="utf-8")


def setup(app):
    """Register with Sphinx."""
    app.connect("build-finished", fit, priority=950)
    return {
        "version": "1",
        "parallel_read_safe": True,
        "parallel_write_safe": True,
    }
