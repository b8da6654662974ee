"""The map at the top of each chapter: the book as a line of stations, with "you are here".

It is made from book/_toc.yml and the chapters' own titles when the book is built; nothing is written into a chapter.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from html import escape
from pathlib import Path
from typing import NamedTuple

import yaml
from docutils import nodes

CONTENTS = Path(__file__).resolve().parents[1] / "_toc.yml"
CHAPTERS = "notebooks/"


class Stop(NamedTuple):
    """One chapter on the map."""

    doc: str
    number: str  # "6b"
    name: str  # "Twenty sentences"


def parts(contents: Path = CONTENTS) -> list[tuple[str, list[str]]]:
    """Return (caption, chapters' documents) of every part that has chapters."""
    listed = yaml.safe_load(contents.read_text(encoding="utf-8"))["parts"]
    found = [(part["caption"], [c["file"] for c in part["chapters"]]) for part in listed]
    return [(caption, docs) for caption, docs in found if docs[0].startswith(CHAPTERS)]


def stop(doc: str, title: str) -> Stop:
    """Return a chapter's station.

    >>> stop("notebooks/02_mf", "2 · Matrix factorization: scores you can take apart")
    Stop(doc='notebooks/02_mf', number='2', name='Matrix factorization')
    """
    number, _, name = title.partition(" · ")
    return Stop(doc, number, re.split("[:,]", name)[0])


def station(one: Stop, here: str, link: Callable[[str], str], passed: bool) -> str:
    """Return one station as a list item: a link, or the place where the reader is."""
    number, name = escape(one.number), escape(one.name)
    if one.doc == here:
        said = '<span class="spoken">You are here: chapter </span>'
        return f'<li class="now"><span aria-current="page">{said}<b>{number}</b> {name}</span></li>'
    said = f'aria-label="Chapter {number}: {name}" title="{name}"'
    return f'<li{" class=passed" if passed else ""}><a href="{escape(link(one.doc))}" {said}>{number}</a></li>'


def line(stops: dict[str, Stop], here: str, link: Callable[[str], str], contents: Path = CONTENTS) -> Iterator[str]:
    """Yield the map's HTML, piece by piece: parts as stretches of the line, chapters as stations."""
    order = list(stops)
    yield '<nav class="where" aria-label="Where you are in the book"><ol>'
    for caption, docs in parts(contents):
        now = " now" if here in docs else ""
        yield f'<li class="part{now}"><span class="caption">{escape(caption)}</span><ol>'
        yield from (station(stops[d], here, link, order.index(d) < order.index(here)) for d in docs)
        yield "</ol></li>"
    yield "</ol></nav>"


def add_map(app, doctree, docname: str) -> None:
    """Put the map below the chapter's title."""
    if not docname.startswith(CHAPTERS) or app.builder.format != "html":
        return
    docs = [doc for _, chapters in parts() for doc in chapters]
    stops = {doc: stop(doc, app.env.titles[doc].astext()) for doc in docs}
    html = "".join(line(stops, docname, lambda doc: app.builder.get_relative_uri(docname, doc)))
    title = next(doctree.findall(nodes.title))
    title.parent.insert(title.parent.index(title) + 1, nodes.raw("", html, format="html"))


def setup(app):
    """Register with Sphinx."""
    app.connect("doctree-resolved", add_map)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
