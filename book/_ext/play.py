"""What a chapter lets its reader try: :::{play} NAME puts it where it stands, its figures beside it.

The box's own sentence is what notebooks, paper and pages without JavaScript show. The figures are those of
book/play.json, which `python -m tools.play` writes; book/_static/play.js adds them up.
"""

from __future__ import annotations

import json
from html import escape
from pathlib import Path

from docutils import nodes
from sphinx.util.docutils import SphinxDirective

FILE = Path(__file__).resolve().parents[1] / "play.json"
OPEN = '<section class="play" data-name="{name}" aria-label="{title}"><p class="heading">{title}</p>'
CLOSE = '<script type="application/json">{figures}</script></section>'
TITLES = {
    "rotate": "Try it: turn the factors",
    "cut": "Try it: move the cut",
    "deletion": "Try it: take evidence away",
    "attention": "Try it: what was looked at, and what counts",
    "marks": "Try it: mark before you know whose they are",
}


class Play(SphinxDirective):
    """An interactive, in pages only; its sentence everywhere else."""

    has_content = True
    required_arguments = 1

    def run(self):
        """Return the sentence, and around it what the script fills."""
        [name] = self.arguments
        if name not in TITLES:
            raise self.error(f"no play {name!r}: {', '.join(TITLES)}")
        self.env.note_dependency(str(FILE))
        figures = json.loads(FILE.read_text(encoding="utf-8"))[name]
        text = json.dumps(figures, separators=(",", ":"), ensure_ascii=False)
        heading = OPEN.format(name=name, title=escape(TITLES[name]))
        data = CLOSE.format(figures=text.replace("<", "\\u003c"))
        sentence = nodes.container(classes=["without"])
        self.state.nested_parse(self.content, self.content_offset, sentence)
        return [
            nodes.raw("", heading, format="html"),
            sentence,
            nodes.raw("", data, format="html"),
        ]


def setup(app):
    """Register with Sphinx."""
    app.add_directive("play", Play)
    return {
        "version": "1",
        "parallel_read_safe": True,
        "parallel_write_safe": True,
    }
