"""Run one notebook in this process and write down what came of it: python -m recx_check.child NOTEBOOK REPORT OPTIONS

Started by `runner`, never by hand: the process first gives up memory, disk and network, then runs what a learner wrote.
"""

from __future__ import annotations

import ast
import asyncio
import contextlib
import ctypes
import inspect
import io
import json
import os
import re
import sys
import time
import types
from pathlib import Path

CLONE_NEWUSER, CLONE_NEWNET = 0x10000000, 0x40000000
NETWORK = ("socket.connect", "socket.bind", "socket.sendto", "socket.sendmsg", "socket.getaddrinfo")
NETWORK += ("socket.gethostbyname", "socket.gethostbyaddr")
PROCESSES = ("subprocess.Popen", "os.system", "os.exec", "os.posix_spawn", "os.spawn", "os.fork", "os.forkpty")
PROCESSES += ("os.kill", "os.killpg", "signal.pthread_kill")
CHANGES = (
    "os.remove",
    "os.rename",
    "os.rmdir",
    "os.mkdir",
    "os.truncate",
    "os.chmod",
    "os.chown",
    "os.link",
    "os.symlink",
)
WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
MAGIC = re.compile(r"^(?P<indent>\s*)(?:(?P<keep>[\w, ]+=)\s*)?(?:%time (?P<timed>.*)|[%!].*|.*\?\s*$)")
OTHER = re.compile(r"^%%(?!time\b|timeit\b|capture\b)")


class Sink(io.TextIOBase):
    """Takes what a learner prints and keeps none of it."""

    def write(self, text: str) -> int:
        """Return the length, as a file would."""
        return len(text)


def cut_network() -> str:
    """Leave the network: in a namespace of its own where the system allows, and by Python's audit hook everywhere."""
    how = "blocked within Python"
    if sys.platform == "linux":
        user, group = os.getuid(), os.getgid()
        if ctypes.CDLL(None, use_errno=True).unshare(CLONE_NEWUSER | CLONE_NEWNET) == 0:
            how = "none: a namespace without network"
            with contextlib.suppress(OSError):  # keep the own id, else no file could be made
                Path("/proc/self/setgroups").write_text("deny")
                Path("/proc/self/uid_map").write_text(f"{user} {user} 1")
                Path("/proc/self/gid_map").write_text(f"{group} {group} 1")

    home = os.path.realpath(os.getcwd())

    def refuse(event: str, args) -> None:
        if event in NETWORK or event in PROCESSES:
            raise PermissionError(f"{event} is not available while exercises are graded")
        if event in CHANGES or (event == "open" and args[2] and args[2] & WRITES):
            for place in args[:1] if event == "open" else args[:2]:
                outside(place, home)

    sys.addaudithook(refuse)
    return how


def outside(place, home: str) -> None:
    """Refuse to change what lies outside the folder in which a submission runs: other submissions, the checks."""
    if not isinstance(place, (str, bytes, os.PathLike)) or place == os.devnull:
        return
    found = os.path.realpath(os.fsdecode(place))
    if os.path.commonpath([found, home]) != home:
        raise PermissionError("files outside the folder of the notebook cannot be changed while exercises are graded")


def limit(megabytes: int) -> None:
    """Limit memory, the size of files and core dumps, where the system can."""
    with contextlib.suppress(ImportError, ValueError, OSError):
        import resource

        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        resource.setrlimit(resource.RLIMIT_FSIZE, (20 << 20, 20 << 20))
        resource.setrlimit(resource.RLIMIT_AS, (megabytes << 20, megabytes << 20))


def code_of(cell: dict, name: str):
    """Return a cell compiled; a line that is no Python and looks like a magic, a shell line or `name?` is left out."""
    source = cell.get("source", "")
    text = (source if isinstance(source, str) else "".join(map(str, source))).removeprefix("\ufeff")
    lines = ["pass"] if OTHER.match(text) else text.split("\n")
    while True:
        try:
            return compile("\n".join(lines), name, "exec", ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
        except SyntaxError as error:
            at = (error.lineno or 1) - 1
            found = MAGIC.match(lines[at]) if at < len(lines) else None
            if not found:
                raise
            kept = f"{found['keep']} " if found["keep"] else ""
            lines[at] = found["indent"] + kept + (found["timed"] or ("[]" if kept else "pass"))


class Shell:
    """Stands in for IPython's shell: whatever is asked of it, it does nothing."""

    def __getattr__(self, name: str):
        return lambda *args, **named: None


def namespace() -> dict:
    """Return the names of a fresh notebook: those of a module `__main__`, so that its classes can be pickled."""
    module = types.ModuleType("__main__")
    sys.modules["__main__"] = module
    vars(module).update(display=lambda *args, **named: None, get_ipython=Shell)
    return vars(module)


def run_cells(cells: list[dict], skip: set[str], tell) -> dict:
    """Run the cells in order, each error kept to its cell; return the names that they leave behind."""
    names = namespace()
    for number, cell in enumerate(cells):
        if cell.get("cell_type") != "code" or f"cell {number}" in skip:
            continue
        tell(at=f"cell {number}", clock=time.monotonic())
        try:
            place = cell.get("metadata", {}).get("exercise", f"cell {number + 1}")
            waiting = eval(code_of(cell, f"<{place}>"), names)
            if inspect.iscoroutine(waiting):  # the cell holds an `await` of its own
                asyncio.run(waiting)
        except BaseException as error:  # SystemExit and KeyboardInterrupt too: one cell, no more
            tell(error=f"{type(error).__name__}: {error}"[:300], cell=number)
    return names


def mark(notebook: Path, options: dict, tell) -> None:
    """Run the notebook's cells with their checks, then the checks that the notebook itself no longer calls."""
    from recx_check import core, sets

    done = set()

    def listen(name: str, outcome) -> None:
        if outcome:
            done.add(name)
            tell(name=name, passed=outcome.passed, total=outcome.total, hint=outcome.hint[:500])
        else:
            tell(check=name)

    core.LISTENERS.append(listen)
    checks, skip = sets.checks_of(options["set"]), set(options["skip"])
    with contextlib.redirect_stdout(Sink()), contextlib.redirect_stderr(Sink()):
        names = run_cells(sets.read_cells(notebook).get("cells", []), skip, tell)
        for name in [n for n in checks.tests if n in names and n not in done and f"end {n}" not in skip]:
            tell(at=f"end {name}", clock=time.monotonic())
            checks.check(name, names[name])


def main() -> None:
    """Cut the process off, do the work, and leave at once, whatever threads a learner left behind."""
    options = json.loads(sys.argv[3])
    with Path(sys.argv[2]).open("a", encoding="utf-8") as report:

        def tell(**what) -> None:
            report.write(json.dumps(what) + "\n")
            report.flush()

        sys.dont_write_bytecode = True
        limit(options["megabytes"])
        tell(network=cut_network())
        mark(Path(sys.argv[1]), options, tell)
        tell(done=True)
    os._exit(0)


if __name__ == "__main__":
    main()
