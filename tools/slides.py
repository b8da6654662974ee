"""Slides for a lecture, made from the notebooks: what is tagged there is
shown, what is written there is said.

python -m tools.slides [NN_name …]

makes those of every chapter, or of those named, in _build/slides.

A cell becomes a slide by its metadata, `slide: "The sentence that stands
above."`; of a code cell the output is shown (with its code where that is
a line or two), with `slide_shows: code` the code, with `slide_shows: both`
both. Every predict box is a slide, as are the
goals at the beginning and *In short* at the end. The prose between is what the
speaker sees (key S).

The slides are shown by reveal.js, whose files come from the pinned package
sphinx-revealjs; nothing is asked of any outside host.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
from importlib.metadata import files
from itertools import groupby
from pathlib import Path

import nbformat
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from pygments.formatters import HtmlFormatter

from tools.slides_cells import Deck, SlideError
from tools.sync import ROOT, chapter_names

sys.path.append(str(ROOT / "book/_ext"))
from formulas import draw_pages  # noqa: E402

PACKAGE = "sphinx-revealjs"
REVEAL = (
    "dist/reset.css",
    "dist/reveal.css",
    "dist/reveal.js",
    "plugin/notes/notes.js",
    "LICENSE",
)
TEMPLATES = Path(__file__).parent
LIGHT = "a11y-high-contrast-light"  # the book's colours of code


def pages(decks: dict[str, Deck]) -> dict[str, str]:
    """Return the pages by their names: one for each deck, and the index."""
    templates = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
    )
    templates.filters["stacks"] = lambda slides: [
        list(stack) for _, stack in groupby(slides, lambda s: s.section)
    ]
    show = templates.get_template("slides.html.j2").render
    index = templates.get_template("slides_index.html.j2").render(decks=decks)
    return {"index.html": index} | {
        f"{name}.html": show(deck=deck) for name, deck in decks.items()
    }


def copy_static(static: Path) -> None:
    """Put reveal.js, our styles and the colours of code under `static`."""
    static.mkdir(parents=True)
    found = {
        str(f).partition("/revealjs/")[2]: Path(f.locate())
        for f in files(PACKAGE) or []
    }
    for name in REVEAL:
        shutil.copyfile(
            found[name],
            static
            / ("reveal.js-LICENSE" if name == "LICENSE" else Path(name).name),
        )
    for name in ("slides.css", "slides.js"):
        shutil.copyfile(TEMPLATES / name, static / name)
    colours = HtmlFormatter(style=LIGHT).get_style_defs(".highlight")
    (static / "code.css").write_text(colours + "\n", encoding="utf-8")


def build(output: Path, notebooks: list[Path]) -> dict[str, Deck]:
    """Make the folder `output` anew with the slides of these notebooks; where
    one fails, it stays as it was.
    """
    decks = {
        path.stem: Deck(nbformat.read(path, 4), path.stem)
        for path in notebooks
    }
    output.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(
        dir=output.parent, prefix=".slides-"
    ) as folder:
        new = Path(folder, "slides")
        copy_static(new / "_static")
        drawn = draw_pages(
            {new / name: page for name, page in pages(decks).items()},
            new / "_static",
        )
        for path, page in drawn.items():
            path.write_text(page, encoding="utf-8", newline="\n")
        shutil.rmtree(output, ignore_errors=True)
        new.rename(output)
    return decks


def main() -> int:
    """Build and say where to open the slides."""
    ask = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    ask.add_argument(
        "names",
        nargs="*",
        help="chapters, e.g. 02_matrix_factorization (default: all)",
    )
    names = [
        Path(name).stem for name in ask.parse_args().names
    ] or chapter_names()
    if unknown := set(names) - set(chapter_names()):
        ask.error(
            f"no such chapter: {', '.join(sorted(unknown))}; there are"
            f" {', '.join(chapter_names())}"
        )
    output = ROOT / "_build/slides"
    try:
        decks = build(
            output, [ROOT / f"notebooks/{name}.ipynb" for name in names]
        )
    except SlideError as error:
        print(error, file=sys.stderr)
        return 1
    print(
        f"{sum(len(deck.slides) for deck in decks.values())} slides. Open"
        f" {(output / 'index.html').as_uri()}"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
