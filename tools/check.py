"""Everything that must hold, step by step.

    python -m tools.check         make test: all of it
    python -m tools.check quick   make quick: what an edit of the library or
                                  the tools most often breaks

A failing step does not hide the next ones; the exit status is 1 if any
failed. `make test` ends with times and sizes beside their budgets.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from typing import NamedTuple

from tools import budget

PY = sys.executable
CODE = ["--doctest-modules", "recx_lib", "tests", "book/_ext", "tools"]
NBVAL = ["--nbval-lax", "--nbval-current-env", "--nbval-cell-timeout", "300"]
NBVAL += ["--nbval-sanitize-with", "tests/nbval_sanitize.cfg"]


def pytest(workers: int = 2) -> list[str]:
    """Return the command that shares out files among so many processes.

    tests/chapter_runs.py says in which order, so xdist must keep it.
    """
    shared = ["-n", str(workers), "--dist", "loadfile"]
    return [PY, "-m", "pytest", *shared, "--no-loadscope-reorder"]


class Step(NamedTuple):
    """One check: what it is, how long it takes, what to run."""

    what: str
    takes: str
    command: list[str]


# One pool for tests, pages and chapters: both cores are busy to the end.
TESTS = [*pytest(), *CODE, *NBVAL, "notebooks", "--durations", "15"]
TESTS += [f"--junitxml={budget.JUNIT}"]
FAST = [
    Step("style", "seconds", [PY, "-m", "ruff", "check", "."]),
    Step(
        "layout of the code",
        "seconds",
        [PY, "-m", "ruff", "format", "--check", "."],
    ),
    Step(
        "chapters: text = notebook = library",
        "seconds",
        [PY, "-m", "tools.sync", "--check"],
    ),
]
STEPS = [
    *FAST,
    Step(
        "the book, from an empty folder, warnings as errors",
        "a minute",
        [PY, "-m", "tools.build_book"],
    ),
    Step(
        "library, tools, pages; every chapter and its printed solutions",
        "minutes",
        TESTS,
    ),
]
QUICK = [
    *FAST,
    Step(
        "library and tools, the fast tests",
        "a minute or two",
        [*pytest(), *CODE, "--quick"],
    ),
]
LEFT_OUT = """
Left out, and part of `make test`: the notebooks and their printed solutions,
the build of the book, the pages in a browser, and the slow tests (the lines
SKIPPED above name them)."""


def run(steps: list[Step]) -> list[str]:
    """Run the steps, say how each ended, return the names of the failed."""
    failed = []
    env = {**os.environ, "RECX_BOOK": str(budget.ROOT / "_build/html")}
    for number, (what, takes, command) in enumerate(steps, 1):
        place = f"{number}/{len(steps)}"
        print(f"\n== {place} {what} ({takes})", flush=True)
        start = time.perf_counter()
        if subprocess.run(command, cwd=budget.ROOT, env=env).returncode:
            failed.append(what)
        end = "FAILED" if what in failed else "ok"
        print(f"== {place} {end}, {time.perf_counter() - start:.0f} s")
    return failed


def main(quick: bool = False) -> int:
    """Run all steps, or the quick ones; return 1 if one failed."""
    begin, steps = time.perf_counter(), QUICK if quick else STEPS
    print(f"{len(steps)} steps, on two cores.", flush=True)
    if not quick:
        budget.forget()
    failed = run(steps)
    total = time.perf_counter() - begin
    print(f"\n{budget.quick(total) if quick else budget.report(total)}")
    if quick:
        print(LEFT_OUT)
    said = "FAILED: " + "; ".join(failed) if failed else "All steps passed."
    print(f"\n{said}")
    return bool(failed)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:] == ["quick"]))
