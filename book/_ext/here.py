"""The map at the top of each chapter: a line of stations, with "you are here".

It is made from the chapters' own headers (tools/chapters.py) when the book is
built; nothing is written into a chapter.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from html import escape
from typing import NamedTuple

from docutils import nodes

from tools import chapters

CHAPTERS = "notebooks/"


class Stop(NamedTuple):
    """One chapter on the map."""

    doc: str
    number: str  # "7"
    name: str  # "Twenty sentences"


@cache
def parts() -> list[tuple[str, list[str]]]:
    """Return (caption, chapters' documents) of every part."""
    return [
        (caption, [CHAPTERS + chapter.name for chapter in stretch])
        for caption, stretch in chapters.parts()
    ]


@cache
def stops() -> dict[str, Stop]:
    """Return the station of every chapter, by its document."""
    return {one.doc: one for one in map(stop, chapters.read_all())}


def stop(chapter: chapters.Chapter) -> Stop:
    """Return a chapter's station."""
    return Stop(CHAPTERS + chapter.name, chapter.number, chapter.short)


def station(
    one: Stop, here: str, link: Callable[[str], str], passed: bool
) -> str:
    """Return one station as a list item: a link, or where the reader is."""
    number, name = escape(one.number), escape(one.name)
    if one.doc == here:
        said = '<span class="spoken">You are here: chapter </span>'
        at = f"{said}<b>{number}</b> {name}"
        return f'<li class="now"><span aria-current="page">{at}</span></li>'
    said = f'aria-label="Chapter {number}: {name}" title="{name}"'
    kind = " class=passed" if passed else ""
    to = escape(link(one.doc))
    return f'<li{kind}><a href="{to}" {said}>{number}</a></li>'


def line(
    stops: dict[str, Stop], here: str, link: Callable[[str], str]
) -> Iterator[str]:
    """Yield the map's HTML, piece by piece.

    Parts are stretches of the line, chapters are stations.
    """
    order = list(stops)
    yield '<nav class="where" aria-label="Where you are in the book"><ol>'
    for caption, docs in parts():
        now = " now" if here in docs else ""
        title = f'<span class="caption">{escape(caption)}</span>'
        yield f'<li class="part{now}">{title}<ol>'
        yield from (
            station(stops[d], here, link, order.index(d) < order.index(here))
            for d in docs
        )
        yield "</ol></li>"
    yield "</ol></nav>"


def add_map(app, doctree, docname: str) -> None:
    """Put the map below the chapter's title."""
    if not docname.startswith(CHAPTERS) or app.builder.format != "html":
        return
    if docname not in stops():  # a deeper page is no station
        return
    html = "".join(
        line(
            stops(),
            docname,
            lambda doc: app.builder.get_relative_uri(docname, doc),
        )
    )
    title = next(doctree.findall(nodes.title))
    title.parent.insert(
        title.parent.index(title) + 1, nodes.raw("", html, format="html")
    )


def setup(app):
    """Register with Sphinx."""
    app.connect("doctree-resolved", add_map)
    return {
        "version": "1",
        "parallel_read_safe": True,
        "parallel_write_safe": True,
    }
