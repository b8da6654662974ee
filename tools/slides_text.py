"""Markdown of the chapters as slides need it: blocks, readable roles, HTML
with formulas, plain speaker notes.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from markdown_it import MarkdownIt
from mdit_py_plugins.amsmath import amsmath_plugin
from mdit_py_plugins.colon_fence import colon_fence_plugin
from mdit_py_plugins.dollarmath import dollarmath_plugin
from pybtex.database import Entry, parse_file

ROOT = Path(__file__).resolve().parents[1]
ROLE = re.compile(r"\{([\w:]+)\}`([^`]+)`")
FOLD = re.compile(
    r"<details>\s*<summary>(.*?)</summary>|</details>", re.DOTALL
)
BOX = re.compile(r"^:::(?:\{(\w+)\}.*)?$", re.MULTILINE)
TARGET = re.compile(r"^\([\w-]+\)=$", re.MULTILINE)
MATH = (
    "math_inline",
    "math_inline_double",
    "math_block",
    "math_block_label",
    "amsmath",
)


@cache
def _references() -> dict[str, Entry]:
    """Return the book's references by their keys."""
    return dict(parse_file(ROOT / "book/references.bib").entries)


def cited(keys: str, in_text: bool) -> str:
    """Return author and year of the works with these keys, as a person would
    say them.

    >>> cited("jain2019attention", in_text=True)
    'Jain and Wallace (2019)'
    """
    said = []
    for key in keys.split(","):
        entry = _references()[key.strip()]
        people = [
            " ".join(person.last_names) for person in entry.persons["author"]
        ]
        names = (
            " and ".join(people) if len(people) < 3 else f"{people[0]} et al."
        )
        said.append(
            f"{names} ({entry.fields['year']})"
            if in_text
            else f"{names}, {entry.fields['year']}"
        )
    return "; ".join(said) if in_text else f"({'; '.join(said)})"


def without_roles(source: str) -> str:
    """Return Markdown in which every MyST role has become text that can be
    read.

    >>> without_roles("{ref}`the cache <sec-cache>`, {ref}`sec-long-tail`")
    'the cache, long tail'
    >>> without_roles("See {eq}`eq-saved`.")
    'See (saved).'
    """

    def readable(match: re.Match) -> str:
        role, content = match.groups()
        if role.startswith("cite"):
            return cited(content, in_text=role == "cite:t")
        if label := re.match(r"(.+?)\s*<[^>]*>$", content):
            return label[1]
        words = re.sub(r"^(?:sec|eq|fig)-", "", content.rsplit("/", 1)[-1])
        words = words.replace("-", " ") if words != content else words
        return f"({words})" if role == "eq" else words

    return ROLE.sub(readable, source)


def blocks(source: str) -> Iterator[tuple[str, str]]:
    """Yield the parts of a Markdown cell in order, as (kind, text); kinds: h1,
    h2, predict and text.
    """
    lines, at = source.splitlines(), 0
    tokens = _reader().parse(source)
    for n, token in enumerate(tokens):
        heading = token.type == "heading_open" and token.tag in ("h1", "h2")
        if token.level or not heading and token.info.strip() != "{predict}":
            continue
        first, end = token.map
        if before := "\n".join(lines[at:first]).strip():
            yield "text", before
        yield (
            (token.tag, tokens[n + 1].content)
            if heading
            else ("predict", token.content.strip())
        )
        at = end
    if rest := "\n".join(lines[at:]).strip():
        yield "text", rest


def quoted(source: str) -> tuple[str, str]:
    """Return the block quote of a text, without its marks, and the rest."""
    inside = [line for line in source.splitlines() if line.startswith(">")]
    rest = [line for line in source.splitlines() if not line.startswith(">")]
    return (
        "\n".join(line.removeprefix(">").removeprefix(" ") for line in inside),
        "\n".join(rest).strip(),
    )


def with_headings(source: str, form: str) -> str:
    """Return Markdown with each heading written in another form, such as
    "**{}**"; what stands in code is left.
    """
    lines, tokens = source.splitlines(), _reader().parse(source)
    for n, token in enumerate(tokens):
        if token.type == "heading_open":
            lines[token.map[0] : token.map[1]] = [
                form.format(tokens[n + 1].content)
            ] * (token.map[1] - token.map[0])
    return "\n".join(lines).strip()


def plain_prose(source: str) -> str:
    """Return Markdown without what only a page can show: roles, boxes, folds,
    targets of links.
    """
    source = FOLD.sub(
        lambda fold: f"\n**{fold[1]}**\n" if fold[1] else "",
        TARGET.sub("", source),
    )
    source = BOX.sub(
        lambda box: f"**{box[1].capitalize()}.**\n" if box[1] else "", source
    )
    return without_roles(source).strip()


@cache
def _reader(drawn: bool = True) -> MarkdownIt:
    """Return a parser: formulas are marked for drawing, or kept as TeX for a
    person to read; links become text.
    """
    reader = MarkdownIt("commonmark", {"html": False}).enable("table")
    reader.use(dollarmath_plugin, allow_labels=True, double_inline=True).use(
        amsmath_plugin
    ).use(colon_fence_plugin)

    def formula(self, tokens, index, options, env) -> str:
        token, tex = tokens[index], tokens[index].content.strip()
        if not drawn:
            return f"<code>{html.escape(tex, quote=False)}</code>"
        if token.type == "math_inline":
            return (
                r'<span class="math notranslate'
                rf' nohighlight">\({html.escape(tex, quote=False)}\)</span>'
            )
        if (
            r"\qquad" in tex and "&" not in tex
        ):  # beside each other on a page, below each other on a slide
            tex = (
                r"\begin{gathered}"
                + r"\\[0.8em]".join(tex.split(r"\qquad"))
                + r"\end{gathered}"
            )
        shown = html.escape(
            tex if token.type == "amsmath" else rf"\[{tex}\]", quote=False
        )
        tag = "span" if token.type == "math_inline_double" else "div"
        return f'<{tag} class="math notranslate nohighlight">{shown}</{tag}>'

    for name in MATH:
        reader.add_render_rule(name, formula)
    for name in ("link_open", "link_close"):
        reader.add_render_rule(
            name, lambda self, tokens, index, options, env: ""
        )
    return reader


def to_html(source: str) -> str:
    """Return Markdown as HTML for a slide."""
    return _reader().render(plain_prose(source))


def inline_html(source: str) -> str:
    """Return one line of Markdown as HTML, for a headline."""
    return _reader().renderInline(without_roles(source.strip()))


def notes_html(sources: list[str]) -> str:
    """Return prose as HTML for the speaker: bold headings, formulas as TeX."""
    prose = plain_prose("\n\n".join(sources))
    return _reader(drawn=False).render(with_headings(prose, "**{}**"))
