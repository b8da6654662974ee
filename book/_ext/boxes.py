"""The book's boxes. There are four: predict, pitfall, deeper, and the built-in note.

What happened after a prediction starts folded: the output of the next cell that has one.
"""

from __future__ import annotations

from docutils import nodes
from docutils.parsers.rst.directives.admonitions import BaseAdmonition
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util.logging import getLogger

log = getLogger(__name__)

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


OPEN = '<details class="happened"><summary>Show what happened</summary>'


class Happened(SphinxPostTransform):
    """Folds the output that follows each box *predict*, up to the next section."""

    default_priority = 900
    formats = ("html",)

    def run(self):
        """Wrap each such output in a fold; say where a box has none."""
        for box in self.document.findall(nodes.admonition):
            if "predict" not in box["classes"]:
                continue
            output = next(filter(None, map(_output, _after(box))), None)
            if output is None:
                if "notebooks/" in self.env.docname:
                    log.warning(
                        "no output follows the box %.70r",
                        box.astext(),
                        location=box,
                    )
                continue
            at = output.parent.index(output)
            output.parent.insert(at, nodes.raw("", OPEN, format="html"))
            output.parent.insert(
                at + 2, nodes.raw("", "</details>", format="html")
            )


def _after(box):
    """Yield what follows a box in its own section, in order."""
    siblings = box.parent.children
    yield from siblings[siblings.index(box) + 1 :]


def _output(cell):
    """Return the container of a code cell's output, or None."""
    for part in cell.children:
        if (
            isinstance(part, nodes.Element)
            and part.get("nb_element") == "cell_code_output"
        ):
            return part
    return None


def setup(app):
    """Register with Sphinx."""
    app.add_post_transform(Happened)
    for name in TITLES:
        app.add_directive(name, Box)
    return {
        "version": "1",
        "parallel_read_safe": True,
        "parallel_write_safe": True,
    }
