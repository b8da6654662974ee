"""Can it be read aloud? What is long, nested, or asks for too much.

python -m tools.readable [file or folder …]    default: the library, chapters, deeper pages

Modules of the library, and the code cells of chapters (.md), are held to the
same limits, `MOST`. Of a statement with a block, the head counts.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
MOST = {"module": 300, "function": 30, "line": 79, "statement": 40}
MOST |= {"parameters": 7}
COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
STATEMENTS = (ast.Assign, ast.Return, ast.Expr, ast.AugAssign, ast.AnnAssign)
STATEMENTS += (ast.Assert, ast.Raise, ast.Delete)
HEADS = {  # what is read before the block of a statement that has one
    ast.If: ("test",),
    ast.While: ("test",),
    ast.For: ("target", "iter"),
    ast.AsyncFor: ("target", "iter"),
    ast.With: ("items",),
    ast.AsyncWith: ("items",),
    ast.Match: ("subject",),
    ast.ExceptHandler: ("type",),
}
LITERALS = (
    ast.Constant,
    ast.List,
    ast.Tuple,
    ast.Dict,
    ast.Set,
    ast.Load,
    ast.Store,
    ast.Name,
    ast.UnaryOp,
    ast.USub,
)
CELL = re.compile(
    r"^```(?:\{code-cell\}[^\n]*|python)\n(.*?)^```$",
    re.DOTALL | re.MULTILINE,
)
HEADER = re.compile(
    r"\A(?:---\n.*?^---\n|(?::[^\n]*\n)+\n?)", re.DOTALL | re.MULTILINE
)


def problems(source: str, start: int = 1) -> list[tuple[int, str]]:
    """Return (line number, what is too long or nested); `start` is the number of the first line."""
    lines = source.splitlines()
    found = [
        (number, f"line of {len(line)} characters, at most {MOST['line']}")
        for number, line in enumerate(lines, start)
        if len(line) > MOST["line"]
    ]
    tree = ast.parse(source)
    tables = {node for node in tree.body if is_table(node)}
    for node in ast.walk(tree):
        if node not in tables:
            place = getattr(node, "lineno", 1) + start - 1
            found += [(place, what) for what in of_node(node, lines)]
    return sorted(found)


def of_node(node: ast.AST, lines: list[str]) -> Iterator[str]:
    """Yield what is too long or nested in one part of a code."""
    if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
        count = code_lines(node, lines)
        if count > MOST["function"]:
            yield f"{node.name} has {count} lines, at most {MOST['function']}"
        count = parameters(node)
        if count > MOST["parameters"]:
            yield (
                f"{node.name} has {count} parameters, "
                f"at most {MOST['parameters']}"
            )
    count = size(node)
    if count > MOST["statement"]:
        yield f"statement of {count} nodes, at most {MOST['statement']}"
    if isinstance(node, COMPREHENSIONS):
        inside = [n for n in ast.walk(node) if isinstance(n, COMPREHENSIONS)]
        if len(inside) > 1 or len(node.generators) > 1:
            yield "a comprehension within a comprehension"


def parameters(function: ast.FunctionDef) -> int:
    """Count what a caller may give: not self, not cls."""
    given = function.args
    named = given.posonlyargs + given.args + given.kwonlyargs
    own = [one for one in named if one.arg not in ("self", "cls")]
    return len(own) + bool(given.vararg) + bool(given.kwarg)


def is_table(node: ast.stmt) -> bool:
    """Tell whether a top-level statement is a table of literals: words, phrases, settings."""
    if not isinstance(node, (ast.Assign, ast.AnnAssign)) or node.value is None:
        return False
    return all(isinstance(part, LITERALS) for part in ast.walk(node.value))


def size(node: ast.AST) -> int:
    """Return a statement's syntax nodes, without the block below its head.

    A docstring has none, nor has what is no statement.
    """
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
        return 0
    if isinstance(node, STATEMENTS):
        return sum(1 for _ in ast.walk(node))
    heads = [getattr(node, name) for name in HEADS.get(type(node), ())]
    parts = []
    for head in heads:
        parts += head if isinstance(head, list) else [head]
    count = sum(1 for part in parts if part for _ in ast.walk(part))
    return count + bool(parts)


def code_lines(function: ast.FunctionDef, lines: list[str]) -> int:
    """Count a function's lines of code: not its docstring, not blank ones, not a comment alone."""
    docstring = function.body[0] if ast.get_docstring(function) else None
    count = 0
    for number in range(function.lineno, function.end_lineno + 1):
        text = lines[number - 1].strip()
        in_docstring = (
            docstring is not None
            and docstring.lineno <= number <= docstring.end_lineno
        )
        count += bool(text) and not text.startswith("#") and not in_docstring
    return count


def of_chapter(text: str) -> list[tuple[int, str]]:
    """Return the problems of a chapter's cells and solutions, by the line of the .md file."""
    found = []
    for cell in CELL.finditer(text):
        source = cell[1]
        header = HEADER.match(source)
        skipped = header[0] if header else ""
        start = text[: cell.start(1)].count("\n") + skipped.count("\n") + 1
        found += problems(source[len(skipped) :], start)
    return found


def of_file(path: Path) -> list[str]:
    """Return a line for every problem of a module or a chapter."""
    text = path.read_text(encoding="utf-8")
    found = of_chapter(text) if path.suffix == ".md" else problems(text)
    n_lines = len(text.splitlines())
    if path.suffix == ".py" and n_lines > MOST["module"]:
        found.insert(
            0,
            (
                1,
                f"module of {n_lines} lines, at most {MOST['module']}: split it",
            ),
        )
    return [
        f"{path.relative_to(ROOT).as_posix()}:{number}: {what}"
        for number, what in found
    ]


def files(places: list[Path]) -> list[Path]:
    """Return the modules and chapters among files and folders."""
    found = []
    for place in places:
        found += (
            [place]
            if place.is_file()
            else [*place.rglob("*.py"), *place.glob("*.md")]
        )
    return sorted(found)


def main() -> int:
    """Print every problem; return 1 if there is one."""
    named = [Path(name).resolve() for name in sys.argv[1:]]
    found = []
    for path in files(
        named
        or [ROOT / "recx_lib", ROOT / "book/chapters", ROOT / "book/deeper"]
    ):
        found += of_file(path)
    print("\n".join(found) or "everything can be read aloud")
    return bool(found)


if __name__ == "__main__":
    sys.exit(main())
