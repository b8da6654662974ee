"""The pages of the built book as one document: ids made unique, links turned
inwards, contents in front.
"""

from __future__ import annotations

import posixpath
import re
from collections import Counter
from dataclasses import dataclass, field
from html import escape
from pathlib import Path
from urllib.parse import unquote, urldefrag, urlsplit

import yaml
from bs4 import BeautifulSoup, Tag

from tools.chapters import ROMAN
from tools.pdf_answers import move_answers, page_number

CHAPTERS = "notebooks/"
SCREEN_ONLY = """script, style, button, template, nav, a.headerlink,
    .viewcode-link, .toctree-wrapper, img.cover, mjx-assistive-mml"""
INTERVAL = re.compile(r"^\S+ \(\S+ to \S+\)$")
COLUMNS = 8  # a page with a table of more is printed on its side
LONG_LINE = 96  # letters of code that surely fit on a line
WHOLE = 16  # lines of code that stay on one page
# attributes that name ids
POINTING = ("for", "aria-labelledby", "aria-describedby", "data-to")


class NotBuilt(Exception):
    """A page, a picture or a link's aim is missing."""


@dataclass
class Page:
    """One page of the book."""

    key: str  # stands before every id of the page
    path: str  # in the folder of pages
    part: str = ""  # the caption of the part that begins here
    soup: BeautifulSoup = field(default=None, repr=False)
    top: Tag = field(default=None, repr=False)

    @property
    def wide(self) -> bool:
        """Whether the page has a table that is too wide for upright paper."""
        return any(
            len(row.find_all(["th", "td"])) > COLUMNS
            for row in self.top.select("table.results tr")
        )

    @property
    def title(self) -> str:
        """The page's first heading."""
        return words(self.top.find("h1"))


def words(element: Tag) -> str:
    """Return an element's text on one line."""
    return " ".join(element.get_text().split())


def listed(toc: Path, left_out: tuple[str, ...] = ()) -> list[Page]:
    """Return the pages that a table of contents names, but for those whose
    names begin with `left_out`.
    """
    if not toc.is_file():
        raise NotBuilt(f"{toc} is missing: run `make book` first")
    contents = yaml.safe_load(toc.read_text(encoding="utf-8"))
    pages, numerals = [Page("p00", contents["root"] + ".html")], iter(ROMAN)
    for part in contents["parts"]:
        numbered = any(
            c["file"].startswith(CHAPTERS) for c in part["chapters"]
        )
        caption = (
            f"Part {next(numerals)} · {part['caption']}"
            if numbered
            else part["caption"]
        )
        for chapter in part["chapters"]:
            if not chapter["file"].startswith(left_out or ("\0",)):
                pages.append(
                    Page(
                        f"p{len(pages):02d}",
                        chapter["file"] + ".html",
                        caption,
                    )
                )
                caption = ""
    return pages


def read(page: Page, folder: Path) -> None:
    """Read a built page, without what only a screen can use."""
    try:
        page.soup = BeautifulSoup(
            (folder / page.path).read_text(encoding="utf-8"), "lxml"
        )
    except FileNotFoundError:
        raise NotBuilt(
            f"{folder / page.path} is missing: run `make book` first"
        ) from None
    page.top = page.soup.select_one(
        "article.bd-article > section"
    ) or page.soup.select_one("article")
    for formula in page.top.select(":is(h1, h2, h3, h4) mjx-container"):
        # headings also stand in the contents and the bookmarks
        formula.replace_with(words(formula))
    for element in page.top.select(SCREEN_ONLY):
        element.decompose()
    for element in page.top.select("[tabindex]"):
        del element["tabindex"]
    for code in page.top.select("pre"):
        if code.get_text().strip().count("\n") >= WHOLE:
            (
                code.find_parent(class_="cell_input")
                or code.find_parent(class_="highlight")
                or code
            )["class"] += ["long"]
        hang(code)
    for formula in page.top.select(
        "mjx-math[aria-hidden]"
    ):  # Chromium writes no MathML: what is drawn is read
        del formula["aria-hidden"]
    for number in page.top.select("table.results td p"):
        set_apart(page.soup, number)


def set_apart(soup: BeautifulSoup, number: Tag) -> None:
    """Mark the interval behind a number, so that it may stand below it where a
    table is narrow.
    """
    for text in number.find_all(string=INTERVAL):
        interval = soup.new_tag("span", attrs={"class": "interval"})
        value, interval.string = text.split(" ", 1)
        text.replace_with(value + " ", interval)


def hang(code: Tag) -> None:
    """Make each line that may be too long for the paper go on below its own
    beginning, a little to the right.
    """
    if max(map(len, code.get_text().splitlines()), default=0) <= LONG_LINE:
        return
    lines = code.decode_contents().rstrip("\n").split("\n")
    if any(line.count("<span") != line.count("</span>") for line in lines):
        return  # something is coloured over several lines: it wraps as it may
    blank = [
        len(text) - len(text.lstrip())
        for text in code.get_text().rstrip("\n").split("\n")
    ]
    marked = [
        f'<i style="--in:{n + 4}ch">{line}\n</i>'
        for n, line in zip(blank, lines, strict=True)
    ]
    code.replace_with(
        BeautifulSoup(f"<pre>{''.join(marked)}</pre>", "lxml").pre
    )


def prefix_ids(page: Page) -> None:
    """Put the page's key before every id, and before what refers to an id from
    within.
    """
    for element in page.top.find_all(True):
        if element.get("id"):
            element["id"] = f"{page.key}-{element['id']}"
        for name in POINTING:
            if element.get(name):
                element[name] = " ".join(
                    f"{page.key}-{one}" for one in element[name].split()
                )
    if own := page.top.get("id"):
        page.top.insert(
            0, page.soup.new_tag("span", attrs={"id": f"{page.key}-{own}"})
        )
    page.top["id"] = page.key


def aim(link: str, page: Page, keys: dict[str, str]) -> str | None:
    """Return where a link leads inside the book; an outside link unchanged;
    None where paper cannot follow.

    >>> page = Page("p02", "notebooks/07.html")
    >>> known = {"book/notation.html": "p09"}
    >>> aim("../book/notation.html#rules", page, known)
    '#p09-rules'
    """
    if urlsplit(link).scheme:
        return (
            link if link.startswith(("http:", "https:", "mailto:")) else None
        )
    file, place = urldefrag(link)
    path = (
        posixpath.normpath(
            posixpath.join(posixpath.dirname(page.path), unquote(file))
        )
        if file
        else page.path
    )
    if path not in keys:
        return None
    return f"#{keys[path]}-{unquote(place)}" if place else f"#{keys[path]}"


def turn_links(page: Page, keys: dict[str, str]) -> None:
    """Turn links between pages into links inside the document; a link that
    leads to no page of it becomes text.
    """
    for link in page.top.select("a[href]"):
        leads = aim(link["href"], page, keys)
        if leads is None:
            link.unwrap()
        else:
            link["href"] = leads


def find_pictures(page: Page, folder: Path) -> None:
    """Give every picture its file's full address."""
    for picture in page.top.select("img[src]"):
        if not picture["src"].startswith("data:"):
            file = (
                folder / posixpath.dirname(page.path) / unquote(picture["src"])
            ).resolve()
            if not file.is_file():
                raise NotBuilt(
                    f"{page.path}: the picture {picture['src']} is missing:"
                    " run `make book` again"
                )
            picture["src"] = file.as_uri()


def prepare(pages: list[Page], folder: Path) -> None:
    """Read the pages and make them parts of one document."""
    keys = {page.path: page.key for page in pages}
    for page in pages:
        read(page, folder)
        move_answers(page.soup, page.top)
        prefix_ids(page)
        turn_links(page, keys)
        find_pictures(page, folder)
    check_links(pages)


def check_links(pages: list[Page]) -> None:
    """Raise NotBuilt where a link inside the document leads nowhere, or an id
    is there twice.
    """
    ids = Counter(
        element["id"]
        for page in pages
        for element in [page.top, *page.top.select("[id]")]
    )
    if twice := sorted(one for one, count in ids.items() if count > 1):
        raise NotBuilt(f"ids that are there twice: {', '.join(twice)}")
    links = {
        a["href"] for page in pages for a in page.top.select('a[href^="#"]')
    }
    if nowhere := sorted(links - {f"#{one}" for one in ids}):
        raise NotBuilt(f"links that lead nowhere: {', '.join(nowhere)}")


def entry(soup: BeautifulSoup, heading: Tag, to: str) -> Tag:
    """Return a line of the contents: a heading, dots, a page number."""
    link = soup.new_tag("a", attrs={"href": f"#{to}"})
    title = soup.new_tag("span", attrs={"class": "title"})
    title.string = words(heading)
    link.extend(
        [
            title,
            soup.new_tag("span", attrs={"class": "dots"}),
            page_number(soup, to),
        ]
    )
    line = soup.new_tag("li", attrs={"class": heading.name})
    line.append(link)
    return line


def contents(pages: list[Page]) -> str:
    """Return the table of contents: parts, pages, and the sections of
    chapters.
    """
    soup = BeautifulSoup(
        '<section id="contents"><h1>Contents</h1></section>', "lxml"
    )
    for page in pages:
        if page.part:
            part = soup.new_tag("p", attrs={"class": "part"})
            part.string = page.part
            soup.section.append(part)
        chapter, inner = (
            soup.new_tag("ol"),
            soup.new_tag("ol", attrs={"class": "sections"}),
        )
        chapter.append(entry(soup, page.top.find("h1"), page.key))
        for section in (
            page.top.find_all("section", id=True)
            if page.path.startswith(CHAPTERS)
            else []
        ):
            if heading := section.find(["h2", "h3"], recursive=False):
                inner.append(entry(soup, heading, section["id"]))
        soup.section.extend([chapter, inner])
    return str(soup.section)


def headings(pages: list[Page]) -> list[str]:
    """Return the document's headings in order, as the bookmarks shall name
    them.
    """
    return [
        "Contents",
        *(
            words(heading)
            for page in pages
            for heading in page.top.find_all(re.compile("^h[1-6]$"))
        ),
    ]


def css_string(text: str) -> str:
    r"""Return a text as a string of CSS inside HTML.

    >>> print(css_string('a "b" <c>'))
    "a \22 b\22  \3c c\3e "
    """
    return (
        '"'
        + "".join(f"\\{ord(c):x} " if c in '"\\<>&\n' else c for c in text)
        + '"'
    )


def headers(pages: list[Page]) -> str:
    """Return the rules that put each chapter's title over its pages."""
    rules = []
    for page in pages[
        1:
    ]:  # the preface is called like the book, which stands there anyway
        size = "size: A4 landscape; " if page.wide else ""
        rules.append(f".{page.key} {{ page: {page.key} }}")
        rules.append(
            f"@page {page.key} {{ {size}@top-left {{ content:"
            f" {css_string(page.title)} }} }}"
        )
    return "\n".join(rules)


def chapter(page: Page) -> str:
    """Return a page of the book as a chapter of the document."""
    part = f'<p class="part">{escape(page.part)}</p>' if page.part else ""
    wide = " wide" if page.wide else ""
    return (
        f'<article class="chapter {page.key}{wide}">{part}{page.top}</article>'
    )


def document(
    pages: list[Page], styles: list[Path], css: str, front: str
) -> str:
    """Return the whole document: cover and imprint (`front`), contents,
    chapters.
    """
    links = "".join(
        f'<link rel="stylesheet" href="{style.resolve().as_uri()}"/>\n'
        for style in styles
    )
    return (
        '<!DOCTYPE html>\n<html lang="en" data-theme="light"><head><meta'
        ' charset="utf-8"/>\n'
        f"{links}<style>{css}\n{headers(pages)}</style></head>\n"
        f"<body>{front}{contents(pages)}"
        f"{''.join(map(chapter, pages))}</body></html>\n"
    )
