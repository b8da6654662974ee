"""Run tests in a fork of a process that has loaded what they need.

A fork costs a moment where a fresh start costs the seconds that torch and
its kin take to import. After `load` it has the library and the test files,
too: then a fault that can be put into a loaded function needs no reading.
"""

from __future__ import annotations

import importlib
import inspect
import json
import multiprocessing
import os
import signal
import sys
import tempfile
import threading
import time
from contextlib import redirect_stderr, redirect_stdout
from io import StringIO
from pathlib import Path
from types import ModuleType

import pytest

from tools.mutants_swap import Swap

HEAVY = ["numpy", "pandas", "scipy.sparse", "numba", "torch", "sklearn.tree"]
HEAVY += ["matplotlib.pyplot", "hypothesis", "nltk", "transformers"]
QUIET = ["-q", "-x", "-n0", "-p", "no:cacheprovider", "--no-header"]
QUIET += ["--doctest-modules"]
LONGEST = 1200.0  # seconds for one test file on the healthy library


class Calls:
    """A pytest plugin that writes down which functions each test calls.

    What a fixture calls counts for every test that asks for it, what a file
    calls while it is read for every test in it.
    """

    def __init__(self, root: Path, library: str):
        self.root, self.inside = f"{root}/", f"{root}/{library}/"
        self.now: set[str] = set()
        self.by_fixture: dict[object, set[str]] = {}
        self.reading: set[str] = set()
        self.tests: dict[str, dict] = {}

    def watch(self, frame, event, argument) -> None:
        """Write down one call (given to sys.settrace)."""
        code = frame.f_code
        function = code.co_flags & inspect.CO_OPTIMIZED  # no module, no class
        if function and code.co_filename.startswith(self.inside):
            path = code.co_filename.removeprefix(self.root)
            name = code.co_qualname.split(".<locals>")[0]
            self.now.add(f"{path}::{name}")

    def look(self, watch) -> None:
        """Begin or end to watch, in this thread and in those to come: a
        service answers in threads of its own.
        """
        sys.settrace(watch)
        threading.settrace(watch)

    @pytest.hookimpl(wrapper=True)
    def pytest_collection(self, session):
        """Watch what the files call while they are read."""
        self.now = self.reading
        self.look(self.watch)
        answer = yield
        self.look(None)
        return answer

    @pytest.hookimpl(wrapper=True)
    def pytest_fixture_setup(self, fixturedef, request):
        """Watch a fixture by itself."""
        before, self.now = self.now, set()
        try:
            return (yield)
        finally:
            found = self.by_fixture.setdefault(fixturedef, set())
            found |= self.now
            self.now = before

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item, nextitem):
        """Watch one test, from its fixtures to its end."""
        self.now, start = set(), time.perf_counter()
        self.look(self.watch)
        try:
            return (yield)
        finally:
            self.look(None)
            seconds = time.perf_counter() - start
            self.tests[item.nodeid] = {
                "name": item.nodeid,
                "file": item.nodeid.split("::")[0],
                "seconds": round(seconds, 3),
                "own": self.now,
                "fixtures": getattr(item, "_fixtureinfo", None),
            }

    def found(self) -> list[dict]:
        """Return the tests, each with all that it calls."""
        tests = []
        for test in self.tests.values():
            known = test.pop("fixtures")
            reached = test.pop("own") | self.reading
            for definitions in getattr(known, "name2fixturedefs", {}).values():
                for definition in definitions:
                    reached |= self.by_fixture.get(definition, set())
            tests.append({**test, "calls": sorted(reached)})
        return tests


def load(root: Path, files: list[str]) -> None:
    """Read test files, and the library with them, in this process.

    Raises SystemExit where a file cannot be read.
    """
    _warm()
    _enter(root)
    said = StringIO()
    with redirect_stdout(said), redirect_stderr(said):
        status = pytest.main([*QUIET, "--collect-only", *files])
    if status:
        sys.exit(f"pytest cannot read the test files: status {int(status)}")


def _warm() -> None:
    for name in HEAVY:
        importlib.import_module(name)


def _enter(root: Path) -> None:
    """Work in the copy: what is imported from now on is the copy's."""
    os.chdir(root)
    sys.dont_write_bytecode = True
    sys.path[:] = [str(root), *(p for p in sys.path if p not in ("", "."))]
    for name, module in list(sys.modules.items()):
        ours = name.split(".")[0] == "tools"
        if ours and not _within(root, module):
            del sys.modules[name]  # the tests read the copy's


def _start(root: Path, arguments: list[str], plugins: list) -> int:
    """Run pytest in the copy, in this (forked) process; return its status."""
    os.setpgid(0, 0)  # what a test starts ends with it
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.dup2(nowhere, 2)
    _enter(root)
    return int(pytest.main([*QUIET, *arguments], plugins))


def _forget(root: Path) -> None:
    """Forget what was loaded from the copy: it will be read anew."""
    for name, module in list(sys.modules.items()):
        if _within(root, module):
            del sys.modules[name]


def _within(root: Path, module: ModuleType) -> bool:
    """Return whether a module was read from the copy."""
    return str(getattr(module, "__file__", "")).startswith(f"{root}/")


def _child_green(root: Path, arguments: list[str], swap: Swap | None) -> None:
    if swap is None:
        _forget(root)
    else:
        swap.make()
    os._exit(_start(root, arguments, []))


def _child_healthy(root: Path, file: str, library: str, out: Path) -> None:
    watching = Calls(root, library)
    status = _start(root, [file], [watching])
    if status == pytest.ExitCode.NO_TESTS_COLLECTED:
        status = 0
    out.write_text(json.dumps(watching.found()), encoding="utf-8")
    os._exit(status)


def _fork(target, arguments: tuple, seconds: float) -> int | None:
    """Run a function in a fork; return its status, None where it hung."""
    _warm()
    child = multiprocessing.get_context("fork").Process(
        target=target, args=arguments
    )
    child.start()
    child.join(seconds)
    if child.is_alive():
        os.killpg(child.pid, signal.SIGKILL)
        child.join()
        return None
    return child.exitcode


def green(
    root: Path, tests: list[str], seconds: float, swap: Swap | None = None
) -> bool:
    """Return whether the tests pass; what hangs or crashes does not.

    `swap`: the fault to put into a loaded function; without, the copy's
    files are read anew.
    """
    return _fork(_child_green, (root, tests, swap), seconds) == 0


def healthy(root: Path, file: str, library: str) -> list[dict] | None:
    """Return a file's tests with what they call; None where one fails."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "calls.json"
        arguments = (root, file, library, out)
        if _fork(_child_healthy, arguments, LONGEST):
            return None
        return json.loads(out.read_text(encoding="utf-8"))
