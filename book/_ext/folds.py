"""A docstring of several lines is folded to its first line; a click shows the rest.

What is taught in a cell stays the library's source to the letter, and so does what the copy button copies: nothing is
taken out, the lines below the first stand in a `<details>`. On paper all are open.
"""

from __future__ import annotations

import re

PRE = re.compile(r"(<pre>)(.*?)(</pre>)", re.DOTALL)
QUOTES = '(?:"""|(?:&quot;|&#34;){3})'
BEGIN = re.compile(
    rf'^(?:<span></span>)?(?:<span class="w">\s*</span>|\s*)(?:<span class="sa">\w+</span>)?<span class="sd">{QUOTES}'
)
END = re.compile(rf"{QUOTES}</span>$")
FOLD = '<details class="doc"><summary>{first}\n</summary>{rest}\n</details>'


def fold(code: str) -> str:
    """Return highlighted code with its docstrings of several lines folded.

    >>> one = '<span class="sd">\"\"\"Say one thing.\"\"\"</span>'
    >>> fold(one) == one
    True
    >>> two = '<span class="sd">\"\"\"Say.</span>\\n<span class="sd">\"\"\"</span>\\nreturn'
    >>> fold(two).startswith('<details class="doc"><summary><span class="sd">\"\"\"Say.')
    True
    """
    lines, done, at = code.split("\n"), [], 0
    while at < len(lines):
        end = last_line(lines, at)
        if end == at:
            done.append(lines[at])
        else:
            rest = "\n".join(lines[at + 1 : end + 1])
            done.append(FOLD.format(first=lines[at], rest=rest))
        at = end + 1
    # what follows a fold begins on a line of its own without a line break
    return "\n".join(done).replace("</details>\n", "</details>")


def last_line(lines: list[str], at: int) -> int:
    """Return where the docstring that begins in a line ends; the line itself where none begins, or ends, there."""
    if not BEGIN.match(lines[at]) or END.search(lines[at]):
        return at
    ends = (n for n in range(at + 1, len(lines)) if END.search(lines[n]))
    return next(ends, at)


def fold_page(app, pagename, templatename, context, doctree) -> None:
    """Fold the docstrings of a chapter's cells."""
    if pagename.startswith("notebooks/") and "body" in context:
        context["body"] = PRE.sub(
            lambda found: found[1] + fold(found[2]) + found[3], context["body"]
        )


def setup(app):
    """Register with Sphinx."""
    app.connect("html-page-context", fold_page)
    return {
        "version": "1",
        "parallel_read_safe": True,
        "parallel_write_safe": True,
    }
