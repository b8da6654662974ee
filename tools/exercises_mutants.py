"""Do the checks notice small faults? Change one thing at a time in every
solution and count what is caught.
"""

from __future__ import annotations

import ast
import contextlib
import copy
import io
import signal
from collections.abc import Iterator
from dataclasses import dataclass

from tools.exercises_sets import (
    Exercise,
    Set,
    answer,
    checks_of,
    mutable_lines,
    reference,
)

SECONDS = 2.0
OPERATORS = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Div,
    ast.Div: ast.Mult,
    ast.FloorDiv: ast.Div,
}
OPERATORS |= {
    ast.Pow: ast.Mult,
    ast.MatMult: ast.Mult,
    ast.Mod: ast.FloorDiv,
    ast.BitAnd: ast.BitOr,
}
OPERATORS |= {ast.BitOr: ast.BitAnd, ast.And: ast.Or, ast.Or: ast.And}
COMPARISONS = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
}
COMPARISONS |= {
    ast.NotEq: ast.Eq,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
}


@dataclass(frozen=True)
class Mutant:
    """A solution with one change: what was changed, in which line, and the
    code.
    """

    kind: str
    line: int
    code: str

    @property
    def text(self) -> str:
        """The changed line."""
        return self.code.splitlines()[self.line - 1].strip()


def mutants(code: str, lines: set[int]) -> Iterator[Mutant]:
    """Yield the code with one change at a time, in the given lines only."""
    tree = ast.parse(code)
    whole = ast.unparse(tree)
    docs = {
        id(n.value)
        for n in ast.walk(tree)
        if isinstance(n, ast.Expr) and isinstance(n.value, ast.Constant)
    }
    for number, node in enumerate(ast.walk(tree)):
        if getattr(node, "lineno", None) not in lines or id(node) in docs:
            continue
        for kind, change in changes(node):
            changed = copy.deepcopy(tree)
            change(
                next(n for k, n in enumerate(ast.walk(changed)) if k == number)
            )
            new = ast.unparse(ast.fix_missing_locations(changed))
            if new != whole:
                yield Mutant(kind, _first_difference(whole, new), new)


def _first_difference(before: str, after: str) -> int:
    pairs = zip(before.splitlines(), after.splitlines(), strict=False)
    return next((n for n, (a, b) in enumerate(pairs, 1) if a != b), 1)


def changes(node: ast.AST) -> Iterator[tuple]:
    """Yield (kind, function that changes a node of this shape in place)."""
    if (
        isinstance(node, (ast.BinOp, ast.BoolOp, ast.AugAssign))
        and type(node.op) in OPERATORS
    ):
        yield "operator", _put("op", OPERATORS[type(node.op)]())
    if isinstance(node, ast.BinOp):
        yield "term left out", _become("left")
        yield "term left out", _become("right")
    if isinstance(node, ast.Compare):
        for place, sign in enumerate(node.ops):
            yield "comparison", _compare(place, COMPARISONS[type(sign)]())
    if isinstance(node, ast.UnaryOp) and isinstance(
        node.op, (ast.USub, ast.Not, ast.Invert)
    ):
        yield "sign", _drop_sign
    if isinstance(node, ast.Return) and isinstance(
        node.value, (ast.BinOp, ast.Call, ast.Name, ast.Subscript)
    ):
        yield "sign", _negate
    if isinstance(node, ast.keyword) and node.arg == "axis":
        yield "axis", _other_axis
    if isinstance(node, ast.Subscript):
        yield from _index(node)
    if isinstance(node, ast.Constant) and isinstance(
        node.value, (bool, int, float)
    ):
        for other in (
            [not node.value]
            if isinstance(node.value, bool)
            else [node.value + 1, node.value - 1]
        ):
            yield "constant", _put("value", other)


def _index(node: ast.Subscript) -> Iterator[tuple]:
    """Yield changes of an index: two places exchanged, a bound one further or
    left out.
    """
    if isinstance(node.slice, ast.Tuple) and len(node.slice.elts) == 2:
        yield "index", lambda n: n.slice.elts.reverse()
    if isinstance(node.slice, ast.Slice):
        for bound in ("lower", "upper"):
            if getattr(node.slice, bound):
                yield (
                    "index",
                    lambda n, bound=bound: setattr(n.slice, bound, None),
                )
    elif not isinstance(node.slice, ast.Tuple):
        yield (
            "index",
            lambda n: setattr(
                n, "slice", ast.BinOp(n.slice, ast.Sub(), ast.Constant(1))
            ),
        )


def _put(name: str, value):
    return lambda node: setattr(node, name, value)


def _become(side: str):
    """A change that leaves one side of an operation and drops the other."""

    def change(node: ast.BinOp) -> None:
        kept = getattr(node, side)
        node.left, node.op, node.right = kept, ast.Mult(), ast.Constant(1)

    return change


def _compare(place: int, sign: ast.cmpop):
    return lambda node: node.ops.__setitem__(place, sign)


def _drop_sign(node: ast.UnaryOp) -> None:
    node.op = ast.UAdd() if isinstance(node.op, ast.USub) else node.op
    if isinstance(node.op, (ast.Not, ast.Invert)):
        node.operand = ast.UnaryOp(node.op, node.operand)


def _negate(node: ast.Return) -> None:
    node.value = ast.UnaryOp(ast.USub(), node.value)


def _other_axis(node: ast.keyword) -> None:
    zero = isinstance(node.value, ast.Constant) and node.value.value == 0
    node.value = ast.Constant(1 if zero else 0)


class Endless(BaseException):
    """A mutant does not end; no error, so that no check takes it for one and
    goes on to the next test.
    """


@contextlib.contextmanager
def at_most(seconds: float):
    """Interrupt what does not end: a mutant may loop forever, and then it is
    caught.
    """

    def stop(_signal, _frame):
        raise Endless

    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def caught(checks, exercise: Exercise, mutant: Mutant) -> bool:
    """Return whether a mutant fails: in its cell, in a check, or by not
    ending.
    """
    try:
        with at_most(SECONDS), contextlib.redirect_stdout(io.StringIO()):
            return not checks.run(
                exercise.name, answer(exercise, mutant.code)
            ).ok
    except (Exception, Endless):
        return True


def run(whole: Set) -> tuple[int, list[tuple[str, Mutant]]]:
    """Return how many mutants a set's solutions have, and those that no check
    catches.
    """
    checks, total, survivors = checks_of(whole), 0, []
    for exercise in whole.exercises:
        same = Mutant(
            "none", 1, ast.unparse(ast.parse(reference(exercise.cell)))
        )
        assert not caught(checks, exercise, same), (
            f"{exercise.name}: the solution itself fails"
        )
        for mutant in mutants(
            reference(exercise.cell), mutable_lines(exercise.cell)
        ):
            total += 1
            if not caught(checks, exercise, mutant):
                survivors.append((exercise.name, mutant))
    return total, survivors
