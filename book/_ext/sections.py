"""The search names sections, not only pages: what stands where, in a file that only the search page loads.

For every section of every page, its title, its anchor and its words. book/_static/find.js puts, below each page that
was found, the sections that hold what was asked for.
"""

from __future__ import annotations

import json
import re
from pathlib import Path

from docutils import nodes
from sphinx.search.en import SearchEnglish

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


def inverted(found: list[list[str]]) -> list:
    """Return [[title, anchor] of each section, every word and where it is].

    A word stands once for a page, followed by the numbers of its sections:
    half as long as the words of each. Words such as "the" say nothing of a
    section; the search leaves them out, too.

    >>> inverted([["A", "a", "beta gamma"], ["B", "b", "beta"]])
    [[['A', 'a'], ['B', 'b']], 'beta0.1 gamma0']
    """
    where: dict[str, list[str]] = {}
    for number, (_, _, words) in enumerate(found):
        for word in set(words.split()) - SearchEnglish.stopwords:
            where.setdefault(word, []).append(str(number))
    places = [word + ".".join(where[word]) for word in sorted(where)]
    return [[one[:2] for one in found], " ".join(places)]


def note(app, doctree) -> None:
    """Note a page's sections while it is at hand: to load it once more takes longer."""
    name = app.env.docname
    if not name.startswith(LEFT_OUT) and name not in SKIPPED:
        noted(app)[name] = inverted(sections(doctree))


def noted(app) -> dict[str, list]:
    """Return what was noted of the pages so far."""
    if not hasattr(app, "recx_sections"):
        app.recx_sections = {}
    return app.recx_sections


def write(app, exception) -> None:
    """Write the sections of all pages as a script."""
    if exception or app.builder.format != "html":
        return
    pages = dict(sorted(noted(app).items()))
    text = json.dumps(pages, separators=(",", ":"), ensure_ascii=False)
    path = Path(app.outdir) / "_static/sections.js"
    path.write_text(f"const SECTIONS = {text};\n", encoding="utf-8")


def slim(app, exception) -> None:
    """Take out of the search what it has twice: the index repeats the names."""
    path = Path(app.outdir) / "searchindex.js"
    if exception or app.builder.format != "html" or not path.is_file():
        return
    begin, text, end = re.fullmatch(
        r"(\w+\.setIndex\()(.*)(\)\s*)", path.read_text("utf-8"), re.DOTALL
    ).groups()
    index = json.loads(text) | {"indexentries": {}}
    text = json.dumps(index, separators=(",", ":"), ensure_ascii=False)
    path.write_text(begin + text + end, encoding="utf-8")


def load(app, pagename, templatename, context, doctree) -> None:
    """Let the search page load both scripts."""
    if pagename == "search":
        app.add_js_file("sections.js")
        app.add_js_file("find.js")


def setup(app):
    """Register with Sphinx."""
    app.connect("doctree-read", note, priority=900)
    app.connect("html-page-context", load)
    app.connect("build-finished", write, priority=800)
    app.connect("build-finished", slim, priority=810)
    return {
        "version": "1",
        "parallel_read_safe": False,
        "parallel_write_safe": True,
    }
