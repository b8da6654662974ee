"""The page that can be asked: ```{ask-the-shop}``` puts it where it stands, its numbers beside it.

The numbers are those of book/ask.json, which `python -m tools.ask` writes; book/_static/ask.js adds them up.
"""

from __future__ import annotations

from pathlib import Path

from docutils import nodes
from sphinx.util.docutils import SphinxDirective

FILE = Path(__file__).resolve().parents[1] / "ask.json"
WAYS = {
    "exact": "the largest terms of the score, which are its Shapley values",
    "kind": "a rule: products of the same kind",
    "popular": "the most popular products",
    "path": "paths through other customers",
    "random": "two at random",
}
PAGE = """<section class="ask" aria-label="Ask the shop why">
<noscript><p>This page calculates as you ask; that needs JavaScript.
 Chapter 0 does the same, step by step.</p></noscript>
<p><label>Customer <select data-ask="person"></select></label>
<button type="button" data-ask="again">Put everything back</button></p>
<fieldset><legend>Chosen so far: strike out what you like</legend>
<ul class="history" data-ask="history"></ul></fieldset>
<fieldset><legend>The sentence cites</legend>{ways}</fieldset>
<p data-ask="few" role="status" hidden>Leave at least three products, or there is nothing to compare.</p>
<div data-ask="answer">
<p class="said" data-ask="sentence" aria-live="polite"></p>
<p>The trial: how far does the score fall</p>
<ul class="bars"><li data-ask="fall">without the two cited <b></b><span><i></i></span></li>
<li data-ask="chance">without two at random, on average <b></b><span><i></i></span></li></ul>
<p data-ask="verdict" aria-live="polite"></p>
<p>The smallest change that would put something else first:</p>
<p class="said" data-ask="whatif" aria-live="polite"></p>
<p><button type="button" data-ask="swap">Strike these out</button></p>
<p>First five places, with their scores:</p><ol data-ask="list"></ol>
<p><button type="button" data-ask="reveal" aria-expanded="false">And what is the true reason?</button></p>
<p data-ask="truth" aria-live="polite"></p></div>
<script type="application/json">{numbers}</script></section>"""


def page() -> str:
    """Return the page's HTML, its numbers in it."""
    ways = "".join(
        f'<label><input type="radio" name="way" value="{key}"{" checked" * (key == "exact")}> {words}</label>'
        for key, words in WAYS.items()
    )
    numbers = FILE.read_text(encoding="utf-8").replace("<", "\\u003c")
    return PAGE.format(ways=ways, numbers=numbers)


class Ask(SphinxDirective):
    """What can be asked, in pages only."""

    def run(self):
        """Return the page as it is."""
        self.env.note_dependency(str(FILE))
        return [nodes.raw("", page(), format="html")]


def setup(app):
    """Register with Sphinx."""
    app.add_directive("ask-the-shop", Ask)
    return {
        "version": "1",
        "parallel_read_safe": True,
        "parallel_write_safe": True,
    }
