"""What a module does beside defining names, read from its text.

A module counts for a chapter only where one of its names is used; what it
did to others when it is imported would reach chapters that do not know it.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

# calls that only make a value, by what stands before the bracket
MAKES = {"Path", "dict.fromkeys", "frozenset", "np.arange", "range"}
MAKES |= {"MappingProxyType", "str.maketrans"}
MAKES |= {"field", "float", "len", "re.compile", "sorted"}
MAKES |= {"torch.inference_mode", "torch.no_grad"}
MAKES |= {"_read_examples"}  # reads a text of its own module
METHODS = {
    "resolve",
    "split",
    "union",
    "with_name",
    "items",
    "partition",
}  # of paths, texts, sets
# frameworks that are told by calls what a module of ours has: a table, a
# command, a route, a bound; they change nothing but what the module has made
TELLING = {"logging", "sa", "typer", "app", "router"}
MAKES |= {
    "HTTPBearer",
    "DataError",
    "page",
    "APIRouter",
    "Field",
    "Depends",
    "Header",
    "Query",
    "Counter",
}
MAKES |= {"Gauge", "Histogram", "CollectorRegistry", "ConfigDict"}
DECORATORS = {"cache", "cached_property", "classmethod", "contextmanager"}
DECORATORS |= {"dataclass", "lru_cache", "njit", "property", "staticmethod"}
DECORATORS |= {"inference_mode", "no_grad"}
DISPLAYS = (ast.Dict, ast.List, ast.Set, ast.Tuple, ast.Constant)
COMPREHENSIONS = (ast.DictComp, ast.ListComp, ast.SetComp)
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


def acts(tree: ast.Module) -> list[str]:
    """Return the statements by which a module does more than define names.

    Its own tables it may go on filling; what belongs to others it may not
    touch, and of functions it may call those that only make a value: the
    constructors of our own classes, its own private makers, and `MAKES`.
    """
    makers = set(_makers(tree))
    tables: set[str] = set()  # names of what this module itself has made
    found = []
    for node in tree.body:
        if _is_main(node):
            continue
        calls = [call for call in _calls(node) if not _makes(call, makers)]
        if calls or not _defines(node, tables):
            found.append(ast.unparse(node))
        if isinstance(node, (ast.Assign, ast.AnnAssign)):
            made = isinstance(node.value, DISPLAYS + COMPREHENSIONS)
            names = {n.id for n in _targets(node) if isinstance(n, ast.Name)}
            tables = tables | names if made else tables - names
    return found


def _makers(tree: ast.Module) -> Iterator[str]:
    """Yield the classes of ours that are defined or imported, and private
    functions that are defined here and do not act themselves.
    """
    for node in tree.body:
        if isinstance(node, ast.ClassDef):
            yield node.name
        if isinstance(node, ast.ImportFrom):
            ours = (node.module or "").split(".")[0] == "recx_lib"
            names = [alias.name for alias in node.names]
            yield from (n for n in names if ours and n[0].isupper())
        own = isinstance(node, FUNCTIONS) and node.name.startswith("_")
        if own and all(_is_plain(part) for part in ast.walk(node)):
            yield node.name


def _is_plain(part: ast.AST) -> bool:
    """Whether a part of a function leaves alone what is not its own."""
    if isinstance(part, (ast.Attribute, ast.Subscript)):
        return isinstance(part.ctx, ast.Load)
    if isinstance(part, ast.Call):
        return isinstance(part.func, ast.Attribute | ast.Name) and _makes(
            part, {"list", "tuple"}
        )
    return not isinstance(part, (ast.Global, ast.Nonlocal, ast.Import))


def _is_main(node: ast.AST) -> bool:
    """Whether a statement runs only where the module is a command."""
    plain = isinstance(node, ast.If) and not node.orelse
    return plain and ast.unparse(node.test) == "__name__ == '__main__'"


def _calls(node: ast.AST) -> Iterator[ast.AST]:
    """Yield what is called when a statement is read, decorators included:
    all but what stands in the bodies of functions.
    """
    waiting = [node]
    while waiting:
        part = waiting.pop()
        if isinstance(part, (*FUNCTIONS, ast.Lambda)):
            marks = getattr(part, "decorator_list", [])
            yield from (m for m in marks if not isinstance(m, ast.Call))
            waiting += [*marks, part.args]
            continue
        if isinstance(part, ast.ClassDef):
            marks = part.decorator_list
            yield from (m for m in marks if not isinstance(m, ast.Call))
        if isinstance(part, ast.Call):
            yield part
        waiting += ast.iter_child_nodes(part)


def _makes(call: ast.AST, makers: set[str]) -> bool:
    """Whether a call, or a decorator, only makes a value."""
    what = call.func if isinstance(call, ast.Call) else call
    name = ast.unparse(what)
    if name in MAKES | DECORATORS | makers or name.endswith(".setter"):
        return True
    if _tells(call):
        return True
    return isinstance(what, ast.Attribute) and what.attr in METHODS


def _tells(call: ast.AST) -> bool:
    """Whether a call tells a framework what this module has."""
    name = ast.unparse(call.func if isinstance(call, ast.Call) else call)
    return name.partition(".")[0] in TELLING


def _targets(node: ast.AST) -> list[ast.AST]:
    """Return what a statement assigns to, tuples taken apart."""
    targets = getattr(node, "targets", None) or [node.target]
    parts = []
    for target in targets:
        inside = isinstance(target, (ast.Tuple, ast.List))
        parts += target.elts if inside else [target]
    return parts


def _defines(node: ast.AST, tables: set[str]) -> bool:
    """Whether a statement says, imports, defines, or fills a table made here."""
    if isinstance(node, (ast.Import, ast.ImportFrom, *FUNCTIONS)):
        return True
    if isinstance(node, ast.ClassDef):
        return all(_defines(part, set()) for part in node.body)
    if isinstance(node, ast.Expr):
        told = isinstance(node.value, ast.Call) and _tells(node.value)
        return told or isinstance(node.value, ast.Constant)
    if isinstance(node, ast.For):  # a row of such statements
        own = tables | {
            n.id for n in ast.walk(node.target) if isinstance(n, ast.Name)
        }
        return all(_defines(part, own) for part in node.body)
    if isinstance(node, ast.Try):  # a package that may be absent
        ends = [part for handler in node.handlers for part in handler.body]
        refuses = all(isinstance(part, ast.Raise) for part in ends)
        return refuses and all(_defines(part, tables) for part in node.body)
    if isinstance(node, (ast.Assign, ast.AnnAssign)):
        return all(_own(target, tables) for target in _targets(node))
    if isinstance(node, ast.AugAssign):
        return _root(node.target) in tables
    return isinstance(node, ast.Pass)


def _own(target: ast.AST, tables: set[str]) -> bool:
    return isinstance(target, ast.Name) or _root(target) in tables


def _root(target: ast.AST) -> str:
    """Return the name of the table that is filled; "" for anything else."""
    if isinstance(target, ast.Subscript):
        target = target.value
    return target.id if isinstance(target, ast.Name) else ""
