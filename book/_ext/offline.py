"""MathJax from the pinned package django-static-mathjax (only its files; Django itself is not needed).

One script draws the formulas; its fonts and rarely used TeX extensions lie beside it and load when needed.
Nothing is asked of any outside host, so the pages also work from file://.
"""

from __future__ import annotations

import shutil
from importlib.metadata import PackageNotFoundError, files
from pathlib import Path

from sphinx.errors import ExtensionError

PACKAGE = "django-static-mathjax"
SCRIPT = "tex-chtml.js"
NEEDED = (SCRIPT, "input/tex/extensions/", "output/chtml/fonts/woff-v2/")


def mathjax_files() -> dict[str, Path]:
    """Return the files to copy, by their path under MathJax's es5 folder."""
    try:
        found = files(PACKAGE) or []
    except PackageNotFoundError:
        raise ExtensionError(f"{PACKAGE} is not installed; run `make book`, which installs it") from None
    by_tail = {str(f).partition("/es5/")[2]: Path(f.locate()) for f in found}
    return {tail: path for tail, path in by_tail.items() if tail.startswith(NEEDED)}


def copy_mathjax(app) -> None:
    """Put MathJax under the output's _static before the pages are written."""
    if app.builder.format != "html":
        return
    for tail, source in mathjax_files().items():
        target = Path(app.outdir) / "_static/mathjax" / tail
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, target)


def drop_thebe(app) -> None:
    """Unhook sphinx-thebe, which Jupyter Book always loads: it names an outside host and breaks on loading."""
    for handlers in app.events.listeners.values():
        handlers[:] = [h for h in handlers if not getattr(h.handler, "__module__", "").startswith("sphinx_thebe")]


def setup(app):
    """Register with Sphinx."""
    app.connect("builder-inited", drop_thebe, priority=1)
    app.connect("builder-inited", copy_mathjax)
    app.connect("config-inited", lambda app, config: setattr(config, "mathjax_path", f"mathjax/{SCRIPT}"))
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
