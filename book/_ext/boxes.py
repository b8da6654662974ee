"""The book's boxes. There are four: predict, pitfall, deeper, and the built-in note."""

from __future__ import annotations

from docutils import nodes
from docutils.parsers.rst.directives.admonitions import BaseAdmonition

TITLES = {
    "predict": "Predict, then run",
    "pitfall": "What can go wrong",
    "deeper": "Deeper (you can skip this)",
}


class Box(BaseAdmonition):
    """An admonition with a fixed title; a title given in the chapter follows it."""

    node_class = nodes.admonition
    optional_arguments = 1
    final_argument_whitespace = True

    def run(self):
        """Return the admonition with its class and title."""
        given = f": {self.arguments[0]}" if self.arguments else ""
        self.arguments = [TITLES[self.name] + given]
        self.options["class"] = [*self.options.get("class", []), self.name]
        return super().run()


def setup(app):
    """Register with Sphinx."""
    for name in TITLES:
        app.add_directive(name, Box)
    return {
        "version": "1",
        "parallel_read_safe": True,
        "parallel_write_safe": True,
    }
