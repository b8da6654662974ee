"""Put a fault into a function that is loaded already.

A module with a fault must be read anew, and with it every test file that
imports it. Most faults lie in the body of one function: there it is enough to
give the function that everybody holds another body, in a moment.
"""

from __future__ import annotations

import ast
import functools
import inspect
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from types import CodeType, FunctionType, ModuleType

from tools.mutants_plant import Fault


@dataclass(frozen=True)
class Swap:
    """A loaded function, and the body and defaults of its faulty twin."""

    function: FunctionType
    code: CodeType
    defaults: tuple
    by_name: dict[str, object]

    def make(self) -> None:
        """Give the function its faulty body, for the rest of the process."""
        self.function.__code__ = self.code
        self.function.__defaults__ = self.defaults
        self.function.__kwdefaults__ = self.by_name


def swap_of(path: str, fault: Fault) -> Swap | None:
    """Return what plants a fault in a loaded module; None where the module
    has to be read anew: it is not loaded, the fault lies in a class's fields,
    or the function is compiled, or there are two of its name.
    """
    module = sys.modules.get(path.removesuffix(".py").replace("/", "."))
    if module is None or fault.traceless:
        return None
    compiled = compile(fault.module, path, "exec", dont_inherit=True)
    found = [c for c in _codes(compiled) if c.co_qualname == fault.owner]
    function = _function(module, fault.owner)
    if len(found) != 1 or not inspect.isfunction(function):
        return None
    old = function.__code__
    if old.co_qualname != fault.owner:
        return None
    if len(old.co_freevars) != len(found[0].co_freevars):
        return None
    return Swap(function, found[0], *_defaults(module, fault))


def _codes(code: CodeType) -> Iterator[CodeType]:
    """Yield a module's functions, classes, and what they contain."""
    for part in code.co_consts:
        if isinstance(part, CodeType):
            yield part
            yield from _codes(part)


def _function(module: ModuleType, owner: str) -> object:
    """Return the plain function behind properties and decorators."""
    found = module
    for name in owner.split("."):
        found = vars(found).get(name)
    if isinstance(found, property):
        found = found.fget
    if isinstance(found, functools.cached_property):
        found = found.func
    return inspect.unwrap(getattr(found, "__func__", found))


def _defaults(module: ModuleType, fault: Fault) -> tuple[tuple, dict]:
    """Return the values of the faulty function's defaults, by place and by
    name.
    """
    body = ast.parse(fault.module).body
    for name in fault.owner.split("."):
        named = [node for node in body if getattr(node, "name", "") == name]
        node, body = named[-1], named[-1].body
    both = zip(node.args.kwonlyargs, node.args.kw_defaults, strict=True)
    by_name = {one.arg: value for one, value in both if value is not None}

    def valued(expression: ast.expr) -> object:
        return eval(ast.unparse(expression), vars(module))

    by_place = tuple(valued(one) for one in node.args.defaults)
    return by_place, {name: valued(one) for name, one in by_name.items()}
