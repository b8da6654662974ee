"""What many pages need is worked out once, not again for each of them.

A third of the minute that the pages took went into the same few things: the sidebar of each page was made of every
section of every page, though it shows titles only; the programs that read the references looked through all
installed packages at every citation; and Python's collector walked through the pages that were there.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

from docutils import nodes
from pybtex import plugin
from sphinx import addnodes

# The trees of pages stay to the end: to look for waste among them every 700
# objects, as Python does, finds none and costs a fifth of the time.
SELDOM = (100_000, 20, 50)


def titles_of(toc: nodes.Element) -> nodes.Element:
    """Return a page's contents without its sections: its title, and the pages below it."""
    short = toc.copy()
    for item in toc.children:
        if len(item) < 2:  # no sections
            short += item.deepcopy()
            continue
        kept = item.copy()
        kept += item[0].deepcopy()
        if below := list(item.findall(addnodes.toctree)):
            kept += nodes.bullet_list("", *(one.copy() for one in below))
        short += kept
    return short


@contextmanager
def titles_only(env, short: dict) -> Iterator[None]:
    """Let an environment know of each page's title only, for a while."""
    whole, env.tocs = env.tocs, short
    try:
        yield
    finally:
        env.tocs = whole


def shorten(app, pagename, templatename, context, doctree) -> None:
    """Make the sidebar, which shows titles, of titles."""
    whole, env = context.get("toctree"), app.env
    if not whole:
        return
    if not hasattr(app, "recx_titles"):
        app.recx_titles = {doc: titles_of(env.tocs[doc]) for doc in env.tocs}

    def toctree(**options) -> str:
        if not options.get("titles_only"):
            return whole(**options)
        with titles_only(env, app.recx_titles):
            return whole(**options)

    context["toctree"] = toctree


def setup(app):
    """Register with Sphinx."""
    gc.set_threshold(*SELDOM)
    plugin.entry_points = cache(plugin.entry_points)
    app.connect("html-page-context", shorten, priority=1)
    return {
        "version": "1",
        "parallel_read_safe": True,
        "parallel_write_safe": True,
    }
