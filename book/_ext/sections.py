"""The search names sections, not only pages: what stands where, in a file that only the search page loads.

For every section of every page, its title, its anchor and its words. book/_static/find.js puts, below each page that
was found, the sections that hold what was asked for.
"""

from __future__ import annotations

import json
import re
from pathlib import Path

from docutils import nodes

WORD = re.compile(r"[^\W\d_]{2,}")
SKIPPED = ("genindex", "search", "py-modindex")
LEFT_OUT = (
    "book/api",
    "_modules/",
)  # names are found one by one, by themselves


def own_text(section: nodes.section) -> str:
    """Return a section's text without that of the sections in it."""
    own = [
        part
        for part in section.children
        if not isinstance(part, nodes.section)
    ]
    texts = [text for part in own for text in part.findall(nodes.Text)]
    return " ".join(
        text.astext()
        for text in texts
        if not isinstance(text.parent, nodes.raw)
    )


def sections(doctree: nodes.document) -> list[list[str]]:
    """Return [title, anchor, words in order of the alphabet] of each section below the page's own title."""
    found = []
    for section in doctree.findall(nodes.section):
        if isinstance(section.parent, nodes.document):
            continue
        words = sorted(
            {word.lower() for word in WORD.findall(own_text(section))}
        )
        title = section.next_node(nodes.title).astext()
        found.append([title, section["ids"][0], " ".join(words)])
    return found


def write(app, exception) -> None:
    """Write the sections of all pages as a script."""
    if exception or app.builder.format != "html":
        return
    pages = {}
    for name in sorted(app.env.found_docs):
        if not name.startswith(LEFT_OUT) and name not in SKIPPED:
            pages[name] = sections(app.env.get_doctree(name))
    text = json.dumps(pages, separators=(",", ":"), ensure_ascii=False)
    path = Path(app.outdir) / "_static/sections.js"
    path.write_text(f"const SECTIONS = {text};\n", encoding="utf-8")


def load(app, pagename, templatename, context, doctree) -> None:
    """Let the search page load both scripts."""
    if pagename == "search":
        app.add_js_file("sections.js")
        app.add_js_file("find.js")


def setup(app):
    """Register with Sphinx."""
    app.connect("html-page-context", load)
    app.connect("build-finished", write, priority=800)
    return {
        "version": "1",
        "parallel_read_safe": True,
        "parallel_write_safe": True,
    }
