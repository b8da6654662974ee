"""A docstring of several lines is folded to its first line; a click shows the rest.

So is every method of a taught class that is not looked at now: a cell's tags name the methods that stand open
(`shows-fit`); `outline` leaves none. What is taught in a cell stays the library's source to the letter, and so does
what the copy button copies: nothing is taken out, the lines below the first stand in a `<details>`. On paper all are
open.
"""

from __future__ import annotations

import ast
import html
import re

PRE = re.compile(r"(<pre>)(.*?)(</pre>)", re.DOTALL)
CELL = re.compile(
    r'<div class="cell ([^"]*)docutils container"(?:(?!</pre>).)*</pre>',
    re.DOTALL,
)
TAG = re.compile(r"tag_(outline|shows-\w+)")
METHOD = ast.FunctionDef | ast.AsyncFunctionDef
QUOTES = '(?:"""|(?:&quot;|&#34;){3})'
BEGIN = re.compile(
    rf'^(?:<span></span>)?(?:<span class="w">\s*</span>|\s*)(?:<span class="sa">\w+</span>)?<span class="sd">{QUOTES}'
)
END = re.compile(rf"{QUOTES}</span>$")
FOLD = '<details class="doc"><summary>{first}\n</summary>{rest}\n</details>'


def fold(code: str, tags: tuple[str, ...] = ()) -> str:
    """Return highlighted code with its docstrings of several lines folded; a
    class in a cell with one of our tags also without its other methods.

    >>> one = '<span class="sd">\"\"\"Say one thing.\"\"\"</span>'
    >>> fold(one) == one
    True
    >>> two = '<span class="sd">\"\"\"Say.</span>\\n<span class="sd">\"\"\"</span>\\nreturn'
    >>> fold(two).startswith('<details class="doc"><summary><span class="sd">\"\"\"Say.')
    True
    """
    lines, done, at = code.split("\n"), [], 0
    ends = quiet_methods(lines, tags) if tags else {}
    while at < len(lines):
        end = ends.get(at) or last_line(lines, at)
        if end == at:
            done.append(lines[at])
        else:
            rest = "\n".join(lines[at + 1 : end + 1])
            done.append(FOLD.format(first=lines[at], rest=rest))
        at = end + 1
    # what follows a fold begins on a line of its own without a line break
    return "\n".join(done).replace("</details>\n", "</details>")


def quiet_methods(lines: list[str], tags: tuple[str, ...]) -> dict[int, int]:
    """Return {first line: last line} of the methods that the tags leave out."""
    text = "\n".join(html.unescape(re.sub(r"<[^>]*>", "", x)) for x in lines)
    inside = [
        one
        for kind in ast.parse(text).body
        if isinstance(kind, ast.ClassDef)
        for one in kind.body
        if isinstance(one, METHOD)
    ]
    shown = {tag.removeprefix("shows-") for tag in tags}
    return {
        one.lineno - 1: one.end_lineno - 1
        for one in inside
        if one.name not in shown
    }


def last_line(lines: list[str], at: int) -> int:
    """Return where the docstring that begins in a line ends; the line itself where none begins, or ends, there."""
    if not BEGIN.match(lines[at]) or END.search(lines[at]):
        return at
    ends = (n for n in range(at + 1, len(lines)) if END.search(lines[n]))
    return next(ends, at)


def fold_page(app, pagename, templatename, context, doctree) -> None:
    """Fold the docstrings of a chapter's cells, and methods left out."""
    if pagename.startswith("notebooks/") and "body" in context:
        body = CELL.sub(fold_cell, context["body"])
        context["body"] = PRE.sub(
            lambda found: (
                found[0]
                if "<details" in found[2]
                else found[1] + fold(found[2]) + found[3]
            ),
            body,
        )


def fold_cell(found: re.Match) -> str:
    """Fold the code of a cell that has one of our tags."""
    tags = tuple(TAG.findall(found[1]))
    if not tags:
        return found[0]
    return PRE.sub(lambda pre: pre[1] + fold(pre[2], tags) + pre[3], found[0])


def setup(app):
    """Register with Sphinx."""
    app.connect("html-page-context", fold_page)
    return {
        "version": "1",
        "parallel_read_safe": True,
        "parallel_write_safe": True,
    }
