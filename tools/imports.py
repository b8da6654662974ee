"""On which modules of the library does a piece of code rest? Read, never run.

`from recx_lib.judge import bleu` rests on the module that defines `bleu`: the
package's `__init__` says which, and is followed to it. Whatever that module
imports, inside functions too, is followed in turn. What cannot be resolved
counts as the whole package.

So a package's `__init__` matters by the names that it hands on; a test sees to
it that modules only define, and do nothing else when they are imported.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

LIBRARY = "recx_lib"
BLOCKS = ("body", "orelse", "finalbody", "handlers")


class Import(NamedTuple):
    """One name that a statement imports."""

    level: int  # dots before the module: 1 in `from .overlap import bleu`
    module: str
    name: str  # "" where the module itself is imported, "*" for all it has
    bound: str  # the name by which the code calls it


@cache
def imports_in(code: str) -> tuple[Import, ...]:
    """Return all that a code imports, wherever in it.

    >>> imports_in("from recx_lib.judge import bleu as b")
    (Import(level=0, module='recx_lib.judge', name='bleu', bound='b'),)
    """
    return tuple(
        one for node in ast.walk(ast.parse(code)) for one in _of_node(node)
    )


def _of_node(node: ast.AST) -> Iterator[Import]:
    """Yield what one node imports; a string may name a module, too."""
    if isinstance(node, ast.ImportFrom):
        for alias in node.names:
            bound = alias.asname or alias.name
            yield Import(node.level, node.module or "", alias.name, bound)
    elif isinstance(node, ast.Import):
        for alias in node.names:
            top = alias.name.partition(".")[0]
            module = alias.name if alias.asname else top
            yield Import(0, module, "", alias.asname or top)
    elif isinstance(node, ast.Constant):  # import_module("recx_lib.x")
        for module in re.findall(rf"\A{LIBRARY}\.[\w.]*", str(node.value)):
            yield Import(0, module, "", "")


@cache
def bindings(code: str) -> dict[str, list[Import | None]]:
    """Return what a module's own names are: imports, or None if defined here.

    >>> bindings("from .overlap import bleu")["bleu"][0].module
    'overlap'
    >>> bindings("def bleu(): pass")
    {'bleu': [None]}
    """
    found: dict[str, list[Import | None]] = {}
    for node in _top(ast.parse(code).body):
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            for one in _of_node(node):
                found.setdefault(one.bound, []).append(one)
            continue
        for name in _defined(node):
            found.setdefault(name, []).append(None)
    return found


def _top(body: Iterable[ast.AST]) -> Iterator[ast.AST]:
    """Yield a module's statements, those inside `if` and `try` included."""
    for node in body:
        yield node
        if isinstance(node, (ast.If, ast.Try, ast.With, ast.ExceptHandler)):
            for block in BLOCKS:
                yield from _top(getattr(node, block, []))


def _defined(node: ast.AST) -> Iterator[str]:
    """Yield the names that a statement defines."""
    if isinstance(node, (ast.FunctionDef, ast.ClassDef, ast.AsyncFunctionDef)):
        yield node.name
    elif isinstance(node, (ast.Assign, ast.AnnAssign, ast.AugAssign)):
        for one in ast.walk(node):
            if isinstance(one, ast.Name) and isinstance(one.ctx, ast.Store):
                yield one.id


class Library:
    """The library's modules by their dotted names, and what rests on what."""

    def __init__(self, root: Path):
        self.paths = dict(self._modules(root))
        self.code = {
            name: path.read_text(encoding="utf-8")
            for name, path in self.paths.items()
        }

    def _modules(self, root: Path) -> Iterator[tuple[str, Path]]:
        for path in sorted((root / LIBRARY).rglob("*.py")):
            parts = path.relative_to(root).with_suffix("").parts
            keep = parts[:-1] if parts[-1] == "__init__" else parts
            yield ".".join(keep), path

    def is_package(self, module: str) -> bool:
        """Whether a name is that of a folder of modules."""
        return self.paths[module].name == "__init__.py"

    def whole(self, module: str) -> set[str]:
        """Return a module and all below it; for an unknown one, its parent."""
        while module not in self.paths:
            if "." not in module:
                return set(self.paths)
            module = module.rpartition(".")[0]
        inside = {n for n in self.paths if n.startswith(module + ".")}
        return {module} | inside

    def defining(self, module: str, name: str, seen=frozenset()) -> set[str]:
        """Return the modules on which `from module import name` rests."""
        unclear = name in ("", "*") or (module, name) in seen
        if unclear or module not in self.paths or not self.is_package(module):
            return self.whole(module)
        found: set[str] = set()
        for one in bindings(self.code[module]).get(name, []):
            if one is None:
                found.add(module)
                continue
            source = self.source(one, module)
            if source:
                seen = seen | {(module, name)}
                found |= self.defining(source, one.name, seen)
        if name in bindings(self.code[module]):
            return found
        below = f"{module}.{name}"
        return self.whole(below if below in self.paths else module)

    def source(self, one: Import, here: str) -> str:
        """Return the library's module that is imported from; "" for others."""
        module = one.module
        if one.level:
            up = one.level - (here in self.paths and self.is_package(here))
            base = here.split(".")[: len(here.split(".")) - up]
            module = ".".join([*base, *filter(None, [module])])
        return module if module.split(".")[0] == LIBRARY else ""

    def direct(self, code: str, here: str = "") -> set[str]:
        """Return the modules that a code itself imports."""
        found: set[str] = set()
        for one in imports_in(code):
            if source := self.source(one, here):
                found |= self.defining(source, one.name)
        return found

    def closure(self, cells: Iterable[str]) -> set[str]:
        """Return all modules that some cells rest on.

        Where Python cannot read a cell, that is the whole library.
        """
        try:
            waiting = {m for code in cells for m in self.direct(code)}
        except SyntaxError:
            return set(self.paths)
        found: set[str] = set()
        while waiting:
            module = waiting.pop()
            found.add(module)
            waiting |= self.direct(self.code[module], module) - found
        return found
