"""The library is read for its reference pages without what it calculates with.

To show signatures and docstrings nothing has to be calculated, so the pages need neither torch nor numba nor
scikit-learn: whoever only reads has them within a minute. While the library is imported, stand-ins take the place of
every package that `make book` does not install: a name with a capital letter is a class that takes
anything, any other is a
function that hands back what it decorates. Afterwards they are gone.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType

from tools.house import LIBRARY, ROOT, imports

INSTALLED = ("matplotlib", "numpy")  # by `make book`, for the plots


def foreign() -> set[str]:
    """Return the packages that the library imports and that are stood in for.

    >>> {"torch", "numba", "pandas"} <= foreign()
    True
    >>> foreign() & {"numpy", "re", "recx_lib"}
    set()
    """
    named = {
        name.partition(".")[0]
        for path in (ROOT / LIBRARY).rglob("*.py")
        for name in imports(path)
    }
    return named - {*sys.stdlib_module_names, *INSTALLED, LIBRARY, ""}


class Name:
    """A function, a constant or a module of a package that is not there."""

    def __init__(self, place: str):
        self._place = place

    def __repr__(self) -> str:
        return self._place

    def __getattr__(self, name: str):
        return named(self._place, name)

    def __call__(self, *args, **options):
        if len(args) == 1 and callable(args[0]) and not options:
            return args[0]
        return self


def named(place: str, name: str) -> Name | type:
    """Return what stands for `place.name`: a class where it is written like one."""
    if name.startswith("__"):
        raise AttributeError(f"{place} is only stood in for: no {name}")
    if name[0].isupper():
        body = {"__module__": place, "__init__": Thing.__init__}
        return type(name, (Thing,), body)
    return Name(f"{place}.{name}")


class Thing:
    """What a stand-in for a class makes: it takes anything and does nothing.

    A class of the library that is built upon one has its own signature, or
    none: not this one.
    """

    def __init__(self, *args, **options):
        pass

    def __init_subclass__(cls, **options):
        if "__init__" not in vars(cls):
            cls.__init__ = object.__init__

    def __getattr__(self, name: str):
        return named(type(self).__name__, name)


class StandIn(ModuleType):
    """A package, or a part of one, that is not there."""

    __path__ = []

    def __getattr__(self, name: str):
        found = named(self.__name__, name)
        setattr(self, name, found)  # the same class whenever it is asked for
        return found


class Finder(MetaPathFinder, Loader):
    """Finds stand-ins for packages, before Python looks for them."""

    def __init__(self, packages: set[str]):
        self.packages = packages

    def find_spec(self, name, path=None, target=None) -> ModuleSpec | None:
        """Return where a module comes from, if it is one of ours."""
        if name.partition(".")[0] in self.packages:
            return ModuleSpec(name, self, is_package=True)
        return None

    def create_module(self, spec: ModuleSpec) -> StandIn:
        """Return the module."""
        return StandIn(spec.name)

    def exec_module(self, module: ModuleType) -> None:
        """Run nothing: there is nothing."""


@contextmanager
def stood_in(packages: set[str]) -> Iterator[None]:
    """Let stand-ins be imported in place of these packages, then forget them."""
    finder = Finder(packages)
    sys.meta_path.insert(0, finder)
    try:
        yield
    finally:
        sys.meta_path.remove(finder)
        for name, module in list(sys.modules.items()):
            if isinstance(module, StandIn):
                del sys.modules[name]


def import_library() -> None:
    """Import every module of the library, so that autodoc finds it ready."""
    with stood_in(foreign()):
        for path in sorted((ROOT / LIBRARY).rglob("*.py")):
            parts = path.relative_to(ROOT).with_suffix("").parts
            import_module(".".join(p for p in parts if p != "__init__"))


def setup(app):
    """Register with Sphinx."""
    app.connect("builder-inited", lambda app: import_library())
    return {
        "version": "1",
        "parallel_read_safe": True,
        "parallel_write_safe": True,
    }
