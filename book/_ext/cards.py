"""What a cell shows in Markdown, such as a model's card, is part of its page.

Its headings begin at the first level, as those of any text; on a page they stand below the section that shows them.
"""

from __future__ import annotations

from docutils import nodes
from sphinx.transforms.post_transforms import SphinxPostTransform

DEEPER, DEEPEST = 2, 6


class Cards(SphinxPostTransform):
    """Lowers the headings of what cells show, and frames it."""

    default_priority = 900

    def run(self):
        """Lower the headings of each output that has some."""
        for output in self.document.findall(nodes.container):
            if output.get("nb_element") != "cell_code_output":
                continue
            headings = list(output.findall(nodes.rubric))
            for heading in headings:
                level = heading.get("level", 1) + DEEPER
                heading["level"] = min(level, DEEPEST)
            output["classes"] += ["card-shown"] * bool(headings)


def setup(app):
    """Register with Sphinx."""
    app.add_post_transform(Cards)
    return {
        "version": "1",
        "parallel_read_safe": True,
        "parallel_write_safe": True,
    }
