"""The reference pages of recx_lib: every module and its public names, from their docstrings.

```{recx-api} nets write          these packages, and their modules
```

The docstrings are plain text with `code` and doctests, not reStructuredText; they are escaped before Sphinx reads them.
"""

from __future__ import annotations

import ast
import re
from itertools import groupby
from pathlib import Path

from docutils import nodes
from docutils.statemachine import StringList
from sphinx.util.docutils import SphinxDirective

PLACE = re.compile(r"<([\w.]+) object at 0x[0-9a-f]+>")
STRESSED = re.compile(r"(?<![^\s(])\\\*(\w[^*\n\\]*?\w)\\\*(?=[\s,.;:?!)]|$)")
SPACE = "\\ "  # of no width: it parts a literal from what touches it
BEFORE = {"", *"-:/'\"<([{ \n"}
AFTER = {"", *"-:/'\")]}>.,;!?\\ \n"}
LIBRARY = Path(__file__).resolve().parents[2] / "recx_lib"


def escape(text: str) -> str:
    """Escape what reStructuredText would read as markup; turn `code` into ``code``; *this* stays stressed.

    >>> print(escape("*all* of `n` * 2, 2**m or a_"))
    *all* of ``n`` \\* 2, 2\\*\\*m or a\\_
    """
    parts = re.split(r"(`[^`]+`)", text)
    plain = [
        re.sub(r"([\\*|`]|_(?=\W|$))", r"\\\1", part) for part in parts[::2]
    ]
    plain = [STRESSED.sub(r"*\1*", part) for part in plain]
    code = [f"``{part.strip('`')}``" for part in parts[1::2]]
    for n, literal in enumerate(code):
        before, after = plain[n][-1:], plain[n + 1][:1]
        left, right = before not in BEFORE, after not in AFTER
        code[n] = SPACE * left + literal + SPACE * right
    return "".join(p + c for p, c in zip(plain, [*code, ""], strict=True))


def paragraph(lines: list[str]) -> list[str]:
    """Return one paragraph as reStructuredText: doctest, list, text, or, where it is laid out by hand, as it is."""
    indents = {len(line) - len(line.lstrip()) for line in lines}
    if lines[0].lstrip().startswith(">>>"):
        return lines
    if len(indents) == 1:
        text = "\n".join(line.strip() for line in lines)
        return escape(text).split("\n")  # a literal may go on in the next line
    if is_list(lines):
        return escape("\n".join(lines)).split("\n")
    return ["::", "", *("   " + line for line in lines)]


def is_list(lines: list[str]) -> bool:
    """Return whether every line begins an item (-, or 1., 2. in order) or goes on with one, as far in as its words.

    >>> is_list(["- one", "  more", "- two"]), is_list(["a", "  b"])
    (True, False)
    >>> is_list(["1. one", "   more", "2. two"]), is_list(["1. one", "3. two"])
    (True, False)
    """
    at, wide, numbers = len(lines[0]) - len(lines[0].lstrip()), 0, []
    for line in lines:
        mark = re.match(r"(?:-|(\d+)\.) (?=\S)", line[at:])
        if mark and not line[:at].strip():
            wide = at + mark.end()
            numbers.append(mark[1])
        elif not wide or line[:wide].strip():
            return False
    counted = [str(n) for n in range(1, len(numbers) + 1)]
    return numbers in (counted, [None] * len(numbers))


def to_rst(docstring: list[str]) -> list[str]:
    """Return a docstring's lines as safe reStructuredText."""
    blocks = [
        list(block)
        for full, block in groupby(
            docstring, key=lambda line: bool(line.strip())
        )
        if full
    ]
    return [line for block in blocks for line in [*paragraph(block), ""]]


class Api(SphinxDirective):
    """A section for each of some packages, and in it one for each module."""

    required_arguments = 1
    final_argument_whitespace = True

    def run(self):
        """Return the sections."""
        return [
            self._package(LIBRARY / name) for name in self.arguments[0].split()
        ]

    def _package(self, folder: Path) -> nodes.section:
        section = nodes.section(
            ids=[f"package-{folder.name}"], names=[folder.name]
        )
        section += nodes.title(
            folder.name,
            "",
            nodes.literal(folder.name, f"recx_lib.{folder.name}"),
        )
        docstring = ast.get_docstring(
            ast.parse((folder / "__init__.py").read_text(encoding="utf-8"))
        )
        lines = ["```{eval-rst}", *to_rst(docstring.splitlines()), "```"]
        self.state.nested_parse(
            StringList(lines, source=str(folder)), self.content_offset, section
        )
        for path in sorted(folder.glob("[!_]*.py")):
            section += self._module(path)
        return section

    def _module(self, path: Path) -> nodes.section:
        name = ".".join(path.relative_to(LIBRARY.parent).with_suffix("").parts)
        section = nodes.section(
            ids=[nodes.make_id(f"module {name}")], names=[name]
        )
        section += nodes.title(name, "", nodes.literal(name, name))
        self.env.note_dependency(str(path))
        lines = [
            "```{eval-rst}",
            f".. automodule:: {name}",
            "   :members:",
            "   :ignore-module-all:",
            "```",
        ]
        self.state.nested_parse(
            StringList(lines, source=str(path)), self.content_offset, section
        )
        return section


def rewrite(app, what, name, obj, options, lines: list[str]) -> None:
    """Replace a docstring's lines by safe ones, in place, as Sphinx asks."""
    lines[:] = to_rst(lines)


def without_places(app, what, name, obj, options, said, returned):
    """Leave out of a signature where in memory something lay: it is another place at each build.

    >>> without_places(0, 0, 0, 0, 0, "(x=<fastapi.Depends object at 0x7f>)", None)
    ('(x=fastapi.Depends)', None)
    """
    return PLACE.sub(r"\1", said) if said else said, returned


def leave_out(app, what, name, obj, skip: bool, options) -> bool | None:
    """Leave out what others wrote for us: scikit-learn's request methods, and a named tuple's "Alias for field"."""
    theirs = re.fullmatch(r"set_\w+_request", name) or str(
        obj.__doc__
    ).startswith("Alias for field number")
    return True if theirs else None


def setup(app):
    """Register with Sphinx."""
    app.add_directive("recx-api", Api)
    app.connect("autodoc-process-docstring", rewrite)
    app.connect("autodoc-process-signature", without_places)
    app.connect("autodoc-skip-member", leave_out)
    return {
        "version": "1",
        "parallel_read_safe": True,
        "parallel_write_safe": True,
    }
