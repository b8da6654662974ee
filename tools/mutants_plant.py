"""Small faults to plant in the library, one at a time.

The operators of `exercises_mutants` (signs, comparisons, constants, indices)
and those that break a wiring: a statement, an argument or an answer left out,
two arguments exchanged, a condition turned round.
"""

from __future__ import annotations

import ast
import copy
import hashlib
import os
from collections.abc import Iterator
from dataclasses import dataclass

from tools.exercises_mutants import changes

FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


@dataclass(frozen=True)
class Fault:
    """One changed place: whose, which kind, the line, and both texts."""

    owner: str
    kind: str
    line: int
    before: str
    after: str
    module: str  # the whole module's source with the fault in it
    traceless: bool  # a call of its owner cannot be seen

    @property
    def place(self) -> str:
        """What a person reads: the owner, the line, and the change."""
        change = shortened(self.before, self.after)
        return f"{self.owner}, line {self.line}, {self.kind}: {change}"


def owners(tree: ast.Module) -> dict[str, ast.AST]:
    """Return the public functions and methods by qualified name.

    A class stands for the defaults that its body gives to its fields.
    """
    found: dict[str, ast.AST] = {}
    for node in tree.body:
        if isinstance(node, FUNCTIONS) and _public(node.name):
            found[node.name] = node
        if isinstance(node, ast.ClassDef) and _public(node.name):
            found[node.name] = node
            for part in node.body:
                if isinstance(part, FUNCTIONS) and _public(part.name):
                    found[f"{node.name}.{part.name}"] = part
    return found


def _public(name: str) -> bool:
    return not name.startswith("_") or name in ("__init__", "__call__")


def faults(source: str, per_owner: int) -> list[Fault]:
    """Return up to `per_owner` faults for each public thing of a module.

    Kinds take turns; within a kind a hash decides, so that the same source
    always gets the same faults.
    """
    tree = ast.parse(source)
    plain = ast.unparse(tree)
    chosen: list[Fault] = []
    for name, owner in owners(tree).items():
        found = list(_faults_of(name, owner, tree, plain))
        chosen += _take_turns(found, per_owner)
    return chosen


def shortened(before: str, after: str, beside: int = 24) -> str:
    """Return what differs between two lines, with a little on each side."""
    same = len(os.path.commonprefix([before, after]))
    rest = before[same:][::-1], after[same:][::-1]
    tail = len(os.path.commonprefix(rest))
    start = max(0, same - beside)
    old, new = (
        text[start : len(text) - tail + beside]
        if tail > beside
        else text[start:]
        for text in (before, after)
    )
    return f"{old}  ->  {new}"


def _take_turns(found: list[Fault], most: int) -> list[Fault]:
    """Return `most` faults, one of each kind before a second of any."""
    found = sorted(found, key=lambda fault: digest(fault.module))
    rank: dict[str, int] = {}
    order = []
    for fault in found:
        rank[fault.kind] = rank.get(fault.kind, 0) + 1
        order.append((rank[fault.kind], digest(fault.module), fault))
    return [fault for *_, fault in sorted(order, key=lambda o: o[:2])][:most]


def digest(text: str) -> str:
    """Return a short name for a text."""
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _faults_of(
    name: str, owner: ast.AST, tree: ast.Module, plain: str
) -> Iterator[Fault]:
    numbers = {id(node): k for k, node in enumerate(ast.walk(tree))}
    seen = {plain}
    for node in _own(owner):
        for kind, change in [*changes(node), *_wiring(node)]:
            changed = copy.deepcopy(tree)
            place = numbers[id(node)]
            change(
                next(n for k, n in enumerate(ast.walk(changed)) if k == place)
            )
            new = ast.unparse(ast.fix_missing_locations(changed))
            if new not in seen:
                seen.add(new)
                yield _fault(name, kind, node.lineno, plain, new, owner)


def _fault(
    name: str, kind: str, line: int, plain: str, new: str, owner: ast.AST
) -> Fault:
    """Return a fault with the first line in which the two texts differ."""
    pairs = zip(plain.splitlines(), new.splitlines(), strict=False)
    texts = next((p for p in pairs if p[0] != p[1]), ("", ""))
    before, after = (text.strip() for text in texts)
    return Fault(name, kind, line, before, after, new, _traceless(owner))


def _traceless(owner: ast.AST) -> bool:
    """Whether Python sees no call: a class's fields, a compiled function."""
    marks = getattr(owner, "decorator_list", ())
    compiled = any("jit" in ast.unparse(mark) for mark in marks)
    return compiled or isinstance(owner, ast.ClassDef)


def _own(owner: ast.AST) -> Iterator[ast.AST]:
    """Yield the nodes that belong to an owner, not to what it contains.

    Left out: docstrings, annotations, decorators, methods of a class.
    """
    parts = list(ast.iter_child_nodes(owner))
    parts = [n for n in parts if id(n) not in _annotations(owner)]
    if isinstance(owner, ast.ClassDef):
        kept = (ast.Assign, ast.AnnAssign)
        parts = [part for part in owner.body if isinstance(part, kept)]
    while parts:
        node = parts.pop(0)
        if isinstance(node, ast.expr_context):
            continue
        if _said(node) or node in getattr(owner, "decorator_list", ()):
            continue
        if hasattr(node, "lineno"):
            yield node
        notes = _annotations(node)
        children = ast.iter_child_nodes(node)
        parts += [n for n in children if id(n) not in notes]


def _annotations(node: ast.AST) -> set[int]:
    names = ("annotation", "returns")
    return {id(getattr(node, name, None)) for name in names}


def _said(node: ast.AST) -> bool:
    """A docstring, or any other text alone on its line."""
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def _wiring(node: ast.AST) -> Iterator[tuple]:
    """Yield (kind, change) of the faults that exercises do not know."""
    if isinstance(node, ast.Return) and not _is_none(node.value):
        yield "answer left out", _answer(ast.Constant(None))
    if isinstance(node, (ast.If, ast.IfExp, ast.While)):
        yield "condition", _turn_round
    if isinstance(node, (ast.Expr, ast.AugAssign, ast.Raise)):
        yield "statement left out", _leave_out
    if isinstance(node, ast.Assign) and _kept(node):
        yield "statement left out", _leave_out
    if isinstance(node, ast.Call):
        for place in range(len(node.keywords)):
            yield "argument left out", _drop_keyword(place)
        for place in range(len(node.args) - 1):
            yield "arguments exchanged", _exchange(place)
    if isinstance(node, ast.comprehension) and node.ifs:
        yield "filter left out", lambda n: n.ifs.clear()


def _is_none(value: ast.expr | None) -> bool:
    plain = isinstance(value, ast.Constant) and value.value is None
    return value is None or plain


def _kept(node: ast.Assign) -> bool:
    """Whether an assignment writes into something that was there before."""
    into = (ast.Attribute, ast.Subscript)
    return all(isinstance(target, into) for target in node.targets)


def _answer(value: ast.expr):
    return lambda node: setattr(node, "value", value)


def _turn_round(node: ast.If | ast.IfExp | ast.While) -> None:
    node.test = ast.UnaryOp(ast.Not(), node.test)


def _leave_out(node: ast.stmt) -> None:
    """Turn a statement into one that does nothing, in place."""
    node.__class__ = ast.Pass
    for name in ("value", "targets", "target", "op", "exc", "cause"):
        node.__dict__.pop(name, None)


def _drop_keyword(place: int):
    return lambda node: node.keywords.pop(place)


def _exchange(place: int):
    def change(node: ast.Call) -> None:
        pair = node.args[place : place + 2]
        node.args[place : place + 2] = pair[::-1]

    return change
