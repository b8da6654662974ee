"""Nothing is asked of any outside host, so the pages also work from file://.

MathJax, which Sphinx would load, draws the formulas when the book is built (formulas.py); sphinx-thebe, which Jupyter
Book always loads, names an outside host and breaks on loading. Both are unhooked here.
"""

from __future__ import annotations

UNHOOKED = ("sphinx_thebe", "sphinx.ext.mathjax")


def unhook(app) -> None:
    """Remove the handlers of extensions that would load scripts the book does not use."""
    for handlers in app.events.listeners.values():
        handlers[:] = [
            h
            for h in handlers
            if not (getattr(h.handler, "__module__", None) or "").startswith(
                UNHOOKED
            )
        ]


def setup(app):
    """Register with Sphinx."""
    app.connect("builder-inited", unhook, priority=1)
    return {
        "version": "1",
        "parallel_read_safe": True,
        "parallel_write_safe": True,
    }
