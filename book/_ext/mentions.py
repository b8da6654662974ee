"""Wherever a page names a chapter by its number, the number leads there: "chapter 9", "chapters 3 to 5", "Chapter 13."

Chapters link what they mean to send a reader to; this is for all the other places, such as the glossary, where each
term says which chapter it belongs to.
"""

from __future__ import annotations

import re

from docutils import nodes
from sphinx import addnodes
from sphinx.transforms import SphinxTransform

from tools import chapters

NAMED = re.compile(r"\b[Cc]hapters? \d+(?:(?:,| and| to| or|, and) \d+)*\b")
APART = (
    nodes.reference,
    nodes.title,
    nodes.literal,
    nodes.literal_block,
    nodes.math,
    nodes.rubric,
    nodes.raw,
    addnodes.pending_xref,
    addnodes.download_reference,
    addnodes.desc_signature,
)


def pieces(text: str, known: set[str]) -> list[tuple[str, str]]:
    """Return a text in parts, each with the number of the chapter that it names, or with none.

    >>> pieces("see chapters 3 and 5 for 7", {"3", "5", "7"})
    [('see ', ''), ('chapters 3', '3'), (' and ', ''), ('5', '5'), (' for 7', '')]
    """
    found, at = [], 0
    for named in NAMED.finditer(text):
        for number in re.finditer(r"(?:[Cc]hapters? )?(\d+)", named[0]):
            start, end = (named.start() + place for place in number.span())
            found += [(text[at:start], ""), (number[0], number[1])]
            at = end
    found.append((text[at:], ""))
    return [(part, at if at in known else "") for part, at in found if part]


class Mentions(SphinxTransform):
    """Makes each number of a chapter, on other pages than its own, a link."""

    default_priority = 450

    def apply(self):
        """Replace the texts that name one."""
        known = {one.number: one.name for one in chapters.read_all()}
        here = self.env.docname.rpartition("/")[2]
        known = {n: name for n, name in known.items() if name != here}
        for text in list(self.document.findall(nodes.Text)):
            if not NAMED.search(text.astext()) or inside(text):
                continue
            made = []
            for words, number in pieces(text.astext(), set(known)):
                link = number and self.link(words, known[number])
                made.append(link or nodes.Text(words))
            text.parent.replace(text, made)

    def link(self, words: str, name: str) -> addnodes.pending_xref:
        """Return a link to a chapter."""
        link = addnodes.pending_xref(
            "",
            refdoc=self.env.docname,
            refdomain="std",
            reftype="doc",
            reftarget=f"/notebooks/{name}",
            refexplicit=True,
            refwarn=True,
        )
        link += nodes.inline("", words)
        return link


def inside(text: nodes.Text) -> bool:
    """Return whether a text stands where no link should be made."""
    up = text.parent
    while up is not None:
        if isinstance(up, APART):
            return True
        up = up.parent
    return False


def setup(app):
    """Register with Sphinx."""
    app.add_transform(Mentions)
    return {
        "version": "1",
        "parallel_read_safe": True,
        "parallel_write_safe": True,
    }
