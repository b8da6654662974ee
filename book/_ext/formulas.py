r"""Draw the formulas when the book is built: MathJax runs here, once, and not in every reader's browser.

The pages then carry finished formulas (with MathML inside for screen readers), one style sheet and a few small fonts
in place of a megabyte of script. A formula that MathJax cannot read stops the build.

MathJax comes from the pinned package django-static-mathjax (only its files; Django itself is not needed), the engine
that runs it from mini-racer. Nothing is asked of any outside host.
"""

from __future__ import annotations

import html
import json
import re
import shutil
from importlib.metadata import PackageNotFoundError, files
from pathlib import Path

from py_mini_racer import MiniRacer
from sphinx.errors import ExtensionError

PACKAGE = "django-static-mathjax"
FONTS = "output/chtml/fonts/woff-v2/"
PARTS = """loader core adaptors/liteDOM input/tex-base input/tex/extensions/ams input/tex/extensions/newcommand
    output/chtml output/chtml/fonts/tex a11y/assistive-mml"""
FORMULA = re.compile(
    r'<(span|div) class="math notranslate nohighlight".*?</\1>', re.DOTALL
)
TEX = re.compile(
    r"\\\((?P<inline>.*?)\\\)|\\\[(?P<display>.*?)\\\]|(?P<own>\\begin\{.*\\end\{[a-z*]+\})",
    re.DOTALL,
)
DRAW = r"""
const from = MathJax._, adaptor = from.adaptors.liteAdaptor.liteAdaptor();
from.a11y["assistive-mml"].AssistiveMmlHandler(from.handlers.html_ts.RegisterHTMLHandler(adaptor));
const font = new from.output.chtml.fonts.tex_ts.TeXFont({fontURL: "mathjax"});
const output = new from.output.chtml_ts.CHTML({font, adaptiveCSS: true});
const input = new from.input.tex_ts.TeX({packages: ["base", "ams", "newcommand"]});
const sheet = from.mathjax.mathjax.document("", {InputJax: input, OutputJax: output});
const draw = ([tex, display]) => adaptor.outerHTML(sheet.convert(tex, {display, em: 16, ex: 8}));
const drawAll = formulas => formulas.map(draw);
"""


def mathjax_files() -> dict[str, Path]:
    """Return MathJax's files by their path under its es5 folder."""
    try:
        found = files(PACKAGE) or []
    except PackageNotFoundError:
        raise ExtensionError(
            f"{PACKAGE} is not installed; run `make book`, which installs it"
        ) from None
    return {
        str(f).partition("/es5/")[2]: Path(f.locate())
        for f in found
        if "/es5/" in str(f)
    }


def draw(formulas: list[tuple[str, bool]]) -> tuple[list[str], str]:
    """Return each (TeX, display) as HTML, and the one style sheet that they share."""
    have = mathjax_files()
    with MiniRacer() as engine:
        engine.eval("var MathJax = {}, window = this, global = this;")
        for part in PARTS.split():
            engine.eval(have[f"{part}.js"].read_text(encoding="utf-8"))
        engine.eval(DRAW)
        drawn = json.loads(
            engine.eval(f"JSON.stringify(drawAll({json.dumps(formulas)}))")
        )
        return drawn, str(
            engine.eval("adaptor.textContent(output.styleSheet(sheet))")
        )


def spoken(page: str) -> list[tuple[str, bool]]:
    """Return the formulas of a page as (TeX, display), in order.

    >>> spoken(r'<p>A <span class="math notranslate nohighlight">\\(a &lt; b\\)</span>.</p>')
    [('a < b', False)]
    """
    found = [
        match
        for element in FORMULA.finditer(page)
        for match in TEX.finditer(element[0])
    ]
    return [
        (html.unescape(m[m.lastgroup]), m.lastgroup != "inline") for m in found
    ]


def with_drawn(page: str, drawn: dict[tuple[str, bool], str]) -> str:
    """Return a page with every formula replaced by its drawing."""

    def one(match: re.Match) -> str:
        return drawn[
            html.unescape(match[match.lastgroup]), match.lastgroup != "inline"
        ]

    return FORMULA.sub(lambda element: TEX.sub(one, element[0]), page)


def draw_pages(pages: dict[Path, str], static: Path) -> dict[Path, str]:
    """Return the pages with their formulas drawn; put the style sheet and the fonts it names under `static`."""
    asked = list(
        dict.fromkeys(
            formula for page in pages.values() for formula in spoken(page)
        )
    )
    if not asked:
        return pages
    results, css = draw(asked)
    drawn = dict(zip(asked, results, strict=True))
    if wrong := [
        tex for (tex, _), result in drawn.items() if "<mjx-merror" in result
    ]:
        raise ExtensionError(f"MathJax cannot read: {'; '.join(wrong)}")
    (static / "formulas.css").write_text(
        re.sub(r"\n\s*", " ", css), encoding="utf-8"
    )
    (static / "mathjax").mkdir(exist_ok=True)
    for tail, source in mathjax_files().items():
        if tail.startswith(FONTS):
            shutil.copyfile(source, static / "mathjax" / source.name)
    return {
        path: linked(with_drawn(page, drawn)) for path, page in pages.items()
    }


def linked(page: str) -> str:
    """Return a page that has a formula with a link to the style sheet."""
    root = re.search(r'data-content_root="([^"]*)"', page)
    link = f'<link rel="stylesheet" href="{root[1] if root else ""}_static/formulas.css" />\n'
    return (
        page.replace("</head>", link + "</head>", 1)
        if "<mjx-container" in page
        else page
    )
