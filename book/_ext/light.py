"""Make the finished pages light: what a page does not use, it does not load.

The theme loads 1.5 MB of icons as a script, 150 KB of icons as a font, the index of the search on every page and style
sheets for things that the book has none of. Here, after the pages are written, formulas are drawn (formulas.py), the
icons become a font of the dozen that are used, and each page keeps only the files that it needs.
"""

from __future__ import annotations

import logging
import re
from pathlib import Path

from fontTools import subset
from formulas import draw_pages

# (file, what must stand in a page that loads it); None: no page loads it
NEEDED_FOR = [
    ("fontawesome.js", None),
    ("sphinx-thebe.css", None),
    ("searchtools.js", 'id="search-results"'),
    ("language_data.js", 'id="search-results"'),
    ("searchindex.js", 'id="search-results"'),
    ("sphinx-design.min.css", 'class="sd-'),
    ("design-tabs.js", 'class="sd-'),
    ("mystnb.", 'class="cell'),
    ("copybutton.js", "highlight"),
    ("clipboard.min.js", "highlight"),
    ("ask.js", 'class="ask"'),
    ("play.js", 'class="play"'),
]
LOADS = re.compile(
    r'<(?:script[^>]*src|link[^>]*href)="(?P<file>[^"]*)[^>]*>(?:</script>)?\n?'
)
TOGGLE = "Show or hide the pages below this one"
THEME, ICONS = "styles/pydata-sphinx-theme.css", "vendor/fontawesome/webfonts/"
ICON_RULE = re.compile(r'((?:\.fa-[\w-]+:before,?)+)\{content:"[^"]*"\}')
OLD_ICON_RULE = re.compile(r"(?:\.fa\.fa-[\w-]+(?::before)?,?)+\{[^}]*\}")
ICON_FONT = re.compile(
    r"url\([^)]*fa-solid-900\.woff2\)[^,]*,url\([^)]*fa-solid-900\.ttf\)[^};]*"
)


def accessible(page: str) -> str:
    """Return a page with a name for the sidebar's toggles, and without roles that a list of references may not have."""
    page = page.replace(
        "<summary><span", f'<summary aria-label="{TOGGLE}"><span'
    )
    return (
        re.sub(r' role="(?:list|doc-biblioentry)"(?=[^>]*>)', "", page)
        if 'class="citation-list"' in page
        else page
    )


def needed_only(page: str) -> str:
    """Return a page that loads only what it uses.

    >>> needed_only('<script src="ask.js"></script>\\n<body>none')
    '<body>none'
    >>> page = '<script src="ask.js"></script><body><p class="ask">'
    >>> needed_only(page) == page
    True
    """
    body = page.partition("<body")[2]
    unused = [
        file for file, sign in NEEDED_FOR if sign is None or sign not in body
    ]

    def kept(tag: re.Match) -> str:
        idle = any(file in tag["file"] for file in unused)
        return "" if idle else tag[0]

    return LOADS.sub(kept, page)


def icons_of(texts) -> set[str]:
    """Return the names of the icons that pages and scripts mention.

    >>> sorted(icons_of(['<i class="fa-solid fa-bars"></i>']))
    ['fa-bars', 'fa-solid']
    """
    return {
        name
        for text in texts
        for name in re.findall(r"\bfa-[a-z][\w-]*", text)
    }


def few_icons(css: str, used: set[str]) -> str:
    """Return the theme's style sheet with the rules of the used icons only, and a font of these."""

    def kept(rule: re.Match) -> str:
        return rule[0] if used & set(re.findall(r"fa-[\w-]+", rule[1])) else ""

    css = OLD_ICON_RULE.sub("", ICON_RULE.sub(kept, css))
    return ICON_FONT.sub(f'url(../{ICONS}icons.woff) format("woff")', css)


def make_font(folder: Path, css: str) -> None:
    """Write icons.woff with the characters that a style sheet names; remove the fonts that no page uses."""
    characters = {
        int(code, 16)
        for code in re.findall(
            r'"\\(f[0-9a-f]{3}|e[0-9a-f]{3}|[0-9a-f]{2})"', css
        )
    }
    logging.getLogger("fontTools").setLevel(logging.WARNING)
    options = subset.Options(
        flavor="woff", layout_features=[], notdef_outline=True
    )
    font = subset.load_font(str(folder / "fa-solid-900.ttf"), options)
    subsetter = subset.Subsetter(options)
    subsetter.populate(unicodes=characters)
    subsetter.subset(font)
    subset.save_font(font, str(folder / "icons.woff"), options)
    for old in [*folder.glob("fa-*.ttf"), *folder.glob("fa-*.woff2")]:
        old.unlink()


def lighten_icons(static: Path, pages) -> None:
    """Leave of the theme's icons those that are used."""
    scripts = [p for p in static.rglob("*.js") if p.name != "fontawesome.js"]
    used = icons_of(
        [*pages, *(p.read_text(encoding="utf-8") for p in scripts)]
    )
    css = few_icons((static / THEME).read_text(encoding="utf-8"), used)
    make_font(static / ICONS, css)
    (static / THEME).write_text(css, encoding="utf-8")
    for unused in [static / "scripts/fontawesome.js", *static.rglob("*.map")]:
        unused.unlink(missing_ok=True)


def lighten(app, exception) -> None:
    """Rewrite the finished pages."""
    if exception or app.builder.format != "html":
        return
    out = Path(app.outdir)
    paths = [
        p
        for p in out.rglob("*.html")
        if "_static" not in p.relative_to(out).parts
    ]
    pages = draw_pages(
        {p: p.read_text(encoding="utf-8") for p in paths}, out / "_static"
    )
    lighten_icons(out / "_static", pages.values())
    for path, page in pages.items():
        path.write_text(needed_only(accessible(page)), encoding="utf-8")


def setup(app):
    """Register with Sphinx."""
    app.connect("build-finished", lighten, priority=900)
    return {
        "version": "1",
        "parallel_read_safe": True,
        "parallel_write_safe": True,
    }
