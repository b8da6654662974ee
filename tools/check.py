"""Everything that must hold, step by step: python -m tools.check

A failing step does not hide the next ones; the exit status is 1 if any failed. At the end: times and sizes beside
the budgets.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time

from tools import budget

PY = sys.executable
PYTEST = [PY, "-m", "pytest", "-n", "2", "--dist", "loadfile"]
NBVAL = ["--nbval-lax", "--nbval-current-env", "--nbval-cell-timeout", "300"]
NBVAL += ["--nbval-sanitize-with", "tests/nbval_sanitize.cfg"]
STEPS = [
    ("style", "seconds", [PY, "-m", "ruff", "check", "."]),
    ("layout of the code", "seconds", [PY, "-m", "ruff", "format", "--check", "."]),
    ("chapters: text = notebook = library", "seconds", [PY, "-m", "tools.sync", "--check"]),
    ("the book, from an empty folder, warnings as errors", "under a minute", [PY, "-m", "tools.build_book"]),
    (
        "library, tools and pages",
        "a few minutes",
        [*PYTEST, "--doctest-modules", "recx_lib", "tests", "book/_ext", "tools", "--durations", "10"],
    ),
    (
        "every notebook again from a clean kernel",
        "up to 10 minutes",
        [*PYTEST, *NBVAL, "notebooks", f"--junitxml={budget.JUNIT}"],
    ),
]


def main() -> int:
    """Run the steps, print the budget report, return 1 if a step failed."""
    begin, failed = time.perf_counter(), []
    budget.forget()
    env = {**os.environ, "RECX_BOOK": str(budget.ROOT / "_build/html")}
    print(f"Checking everything, {len(STEPS)} steps, under 15 minutes on two cores.", flush=True)
    for number, (what, takes, command) in enumerate(STEPS, 1):
        print(f"\n== {number}/{len(STEPS)} {what} ({takes})", flush=True)
        start = time.perf_counter()
        if subprocess.run(command, cwd=budget.ROOT, env=env).returncode:
            failed.append(what)
        print(f"== {number}/{len(STEPS)} {'FAILED' if what in failed else 'ok'}, {time.perf_counter() - start:.0f} s")
    print("\n" + budget.report(time.perf_counter() - begin))
    print("\nFAILED: " + "; ".join(failed) if failed else "\nAll steps passed.")
    return bool(failed)


if __name__ == "__main__":
    sys.exit(main())
