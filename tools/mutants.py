"""Would a test notice? Plant a fault in every public function, one at a time.

    python -m tools.mutants                   the whole library, an hour
    python -m tools.mutants core.checks mf    some modules, by any part of name
    python -m tools.mutants --per 5 mf        five faults each instead of three
    python -m tools.mutants --again           try the survivors once more

Everything happens in a temporary copy of the project. First each test file
runs once on the healthy library, which says what tests call which function;
then each fault meets those tests, the quickest first: twenty, and, where they
all stay green, the others, up to a minute of them. What none notices is
listed. Finished work is kept in _build/mutants/, so that a stopped run goes on
where it was.
"""

from __future__ import annotations

import argparse
import ast
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from itertools import accumulate
from pathlib import Path

from tools import mutants_run as runner
from tools.mutants_plant import Fault, digest, faults, owners
from tools.mutants_swap import swap_of

ROOT = Path(__file__).resolve().parents[1]
KEPT = ROOT / "_build/mutants"
LIBRARY = "recx_lib"
FIRST = 20  # tests that a fault meets before the others that reach it
WORTH = 60  # seconds, on the healthy library, of those others


def copy_project(where: Path) -> Path:
    """Copy what git knows of the project, as it is now; return the copy, a
    checkout of its own: some tests ask git which files are the project's.
    """
    listed = ["git", "ls-files", "-z", "--cached", "--others"]
    listed += ["--exclude-standard"]
    said = subprocess.run(listed, cwd=ROOT, check=True, capture_output=True)
    for name in said.stdout.decode().split("\0"):
        if name and (ROOT / name).is_file():
            (where / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, where / name)
    for step in (["init", "--quiet"], ["add", "--all"]):
        subprocess.run(["git", *step], cwd=where, check=True)
    return where


def test_files(root: Path) -> list[str]:
    """Return the modules with examples, and the tests that use the library."""
    modules = [
        path
        for path in sorted((root / LIBRARY).rglob("*.py"))
        if ">>> " in path.read_text(encoding="utf-8")
    ]
    tests = [
        path
        for path in sorted((root / "tests").glob("test_*.py"))
        if f"from {LIBRARY}" in path.read_text(encoding="utf-8")
    ]
    return [path.relative_to(root).as_posix() for path in modules + tests]


class Kept:
    """What earlier runs found: a file of JSON lines, one for each fault."""

    def __init__(self, path: Path):
        self.path = path
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self.found: dict[str, dict] = {}
        if path.exists():
            for line in path.read_text(encoding="utf-8").splitlines():
                entry = json.loads(line)
                self.found[entry["key"]] = entry

    def add(self, key: str, **entry) -> dict:
        """Keep an entry, on disk at once."""
        self.found[key] = {"key": key, **entry}
        with self.path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(self.found[key]) + "\n")
        return self.found[key]


def calls(root: Path, files: list[str]) -> list[dict]:
    """Return every healthy test: its name, file, seconds and what it calls.

    Raises SystemExit where the healthy library fails a test.
    """
    library = {
        path.relative_to(root).as_posix(): digest(path.read_text("utf-8"))
        for path in sorted((root / LIBRARY).rglob("*.py"))
    }
    kept, tests = Kept(KEPT / "calls.jsonl"), []
    for number, file in enumerate(files, 1):
        key = digest(file + (root / file).read_text(encoding="utf-8"))
        if not unchanged(kept.found.get(key), library):
            print(f"[{number}/{len(files)}] healthy: {file}", flush=True)
            seen = runner.healthy(root, file, LIBRARY)
            if seen is None:
                sys.exit(f"{file} fails on the healthy library: mend it first")
            kept.add(key, tests=seen, read=modules_read(seen, library))
        tests += kept.found[key]["tests"]
    return tests


def modules_read(tests: list[dict], library: dict[str, str]) -> dict:
    """Return the modules that tests call, each with the digest of its text."""
    called = {call.split("::")[0] for test in tests for call in test["calls"]}
    return {path: library[path] for path in sorted(called & library.keys())}


def unchanged(entry: dict | None, library: dict[str, str]) -> bool:
    """Return whether what a test file called then is the same text now."""
    read = entry.get("read") if entry else None
    return read is not None and all(
        library.get(path) == text for path, text in read.items()
    )


def meeting(fault: Fault, path: str, tests: list[dict]) -> list[dict]:
    """Return the tests that reach a fault's owner, the quickest first.

    A class's own fields and compiled functions leave no trace of a call:
    there, the tests that reach anything in the module.
    """
    name = f"{path}::{fault.owner}"
    reach = [test for test in tests if name in test["calls"]]
    if not reach and fault.traceless:
        reach = [
            test
            for test in tests
            if any(call.startswith(f"{path}::") for call in test["calls"])
        ]
    return sorted(reach, key=lambda test: test["seconds"])


def affordable(tests: list[dict]) -> list[dict]:
    """Return the tests that fit into a minute, from the first on.

    >>> tests = [{"seconds": one} for one in (20.0, 30.0, 40.0)]
    >>> len(affordable(tests))
    2
    """
    spent = accumulate(test["seconds"] for test in tests)
    return [test for test, at in zip(tests, spent, strict=True) if at <= WORTH]


def noticed(root: Path, path: str, fault: Fault, tests: list[dict]) -> str:
    """Plant a fault in the copy; return how it ended: caught or survived."""
    reach = meeting(fault, path, tests)
    if not reach:
        return "no test calls it"
    swap = swap_of(path, fault)
    with written(root / path, fault.module) if swap is None else nullcontext():
        for stage in (reach[:FIRST], affordable(reach[FIRST:])):
            names = [test["name"] for test in stage]
            seconds = 20 + 4 * sum(test["seconds"] for test in stage)
            if names and not runner.green(root, names, seconds, swap):
                return "caught"
    return "survived"


@contextmanager
def written(path: Path, text: str) -> Iterator[None]:
    """Let a file hold another text for a while."""
    healthy = path.read_text(encoding="utf-8")
    path.write_text(text, encoding="utf-8")
    try:
        yield
    finally:
        path.write_text(healthy, encoding="utf-8")


def modules(root: Path, parts: list[str]) -> list[str]:
    """Return the modules whose dotted name has one of the parts (all: none).

    A part that is a module's last name means that module alone.
    """
    found = []
    for path in sorted((root / LIBRARY).rglob("*.py")):
        name = path.relative_to(root).with_suffix("").as_posix()
        dotted = name.replace("/", ".")
        wanted = any(f".{part}." in f".{dotted}." for part in parts)
        if wanted or not parts:
            found.append(f"{name}.py")
    if not found:
        sys.exit(f"no module of {LIBRARY} is called {' or '.join(parts)}")
    return found


def jobs(root: Path, paths: list[str], per: int) -> Iterator[tuple]:
    """Yield (path, key, fault) for everything to be tried."""
    for path in paths:
        source = (root / path).read_text(encoding="utf-8")
        for fault in faults(source, per):
            yield path, digest(path + source + fault.module), fault


def report(entries: list[dict], paths: list[str], root: Path) -> str:
    """Return the survivors by module, and the count of everything."""
    ends = [entry["end"] for entry in entries]
    lines = []
    for path in paths:
        left = [e for e in entries if e["path"] == path]
        left = [e for e in left if e["end"] != "caught"]
        lines += [f"{path}: {e['end']}: {e['place']}" for e in left]
    public = sum(
        len(owners(ast.parse((root / path).read_text(encoding="utf-8"))))
        for path in paths
    )
    lines.append(
        f"{len(ends)} faults in {public} public functions and classes of "
        f"{len(paths)} modules: {ends.count('caught')} caught, "
        f"{ends.count('survived')} survived, "
        f"{ends.count('no test calls it')} that no test calls"
    )
    return "\n".join(lines)


def run(root: Path, args: argparse.Namespace) -> str:
    """Try everything that is not known yet; return the report."""
    paths = modules(root, args.module)
    work = list(jobs(root, paths, args.per))
    kept = Kept(KEPT / "faults.jsonl")
    done = [
        key
        for _, key, _ in work
        if key in kept.found
        and not (args.again and kept.found[key]["end"] != "caught")
    ]
    print(f"{len(work)} faults, {len(done)} known from before", flush=True)
    files = args.tests or test_files(root)
    tests = calls(root, files)
    runner.load(root, files)
    for number, (path, key, fault) in enumerate(work, 1):
        if key in done:
            continue
        start = time.perf_counter()
        end = noticed(root, path, fault, tests)
        kept.add(key, path=path, place=fault.place, end=end)
        took = time.perf_counter() - start
        mark = "" if end == "caught" else f"  <<< {fault.place}"
        name = f"{path}::{fault.owner}"
        print(
            f"[{number}/{len(work)}] {name}: {end}, {took:.0f} s{mark}",
            flush=True,
        )
    return report([kept.found[key] for _, key, _ in work], paths, root)


def main() -> int:
    """Plant, test, list; return 1 where something survived."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("module", nargs="*", help="which modules (all)")
    parser.add_argument("--per", type=int, default=3, help="faults each (3)")
    parser.add_argument(
        "--again", action="store_true", help="try known survivors again"
    )
    parser.add_argument(
        "--tests",
        nargs="*",
        metavar="FILE",
        help="these test files and modules' examples only",
    )
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        root = copy_project(Path(folder).resolve())
        os.environ["PYTHONPATH"] = str(root)
        said = run(root, args)
    print("\n" + said)
    return "survived:" in said or "calls it:" in said


if __name__ == "__main__":
    sys.exit(main())
