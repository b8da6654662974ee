"""Run tests in a fork of a process that has the heavy packages loaded.

A fork costs a moment where a fresh start costs the seconds that torch and
its kin take to import; the library itself is never loaded before the fork.
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
import time
from pathlib import Path

import pytest

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

    @pytest.hookimpl(wrapper=True)
    def pytest_collection(self, session):
        """Watch what the files call while they are read."""
        self.now = self.reading
        sys.settrace(self.watch)
        answer = yield
        sys.settrace(None)
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
        sys.settrace(self.watch)
        try:
            return (yield)
        finally:
            sys.settrace(None)
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


def _start(root: Path, arguments: list[str], plugins: list) -> int:
    """Run pytest in the copy, in this (forked) process; return its status."""
    os.setpgid(0, 0)  # what a test starts ends with it
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.dup2(nowhere, 2)
    os.chdir(root)
    sys.dont_write_bytecode = True
    sys.path[:] = [str(root), *(p for p in sys.path if p not in ("", "."))]
    for name in [n for n in sys.modules if n.split(".")[0] == "tools"]:
        del sys.modules[name]  # the tests read the copy's
    return int(pytest.main([*QUIET, *arguments], plugins))


def _child_green(root: Path, arguments: list[str]) -> None:
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
    for name in HEAVY:
        importlib.import_module(name)
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


def green(root: Path, tests: list[str], seconds: float) -> bool:
    """Return whether the tests pass; what hangs or crashes does not."""
    return _fork(_child_green, (root, tests), seconds) == 0


def healthy(root: Path, file: str, library: str) -> list[dict] | None:
    """Return a file's tests with what they call; None where one fails."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "calls.json"
        arguments = (root, file, library, out)
        if _fork(_child_healthy, arguments, LONGEST):
            return None
        return json.loads(out.read_text(encoding="utf-8"))
