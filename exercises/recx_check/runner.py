"""Run one learner's notebook in a process of its own, with limits; what hangs or dies costs its own exercise only."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

from recx_check.container import Container
from recx_check.sets import read_cells, set_of

ENGINE = str(Path(__file__).resolve().parents[1])
THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS")
QUIET = {"PYTHONUTF8": "1", "MPLBACKEND": "Agg", **dict.fromkeys(THREADS, "1")}
KINDS = {"name": str, "check": str, "at": str, "error": str, "network": str, "hint": str}
KINDS |= {"passed": int, "total": int, "cell": int, "clock": float}
START = 30  # seconds more for the start and the first cell, while a cold machine loads Python and libraries


@dataclass(frozen=True)
class Limits:
    """What one submission may use: seconds for each cell, seconds in all, megabytes of memory; where it runs."""

    seconds: float = 10
    total: float = 120
    megabytes: int = 4096
    box: Container | None = None  # None: a process of this machine


@dataclass
class Result:
    """What came of one notebook: an outcome for each exercise that has one, errors of cells, how it was cut off."""

    outcomes: dict[str, dict] = field(default_factory=dict)
    stopped: dict[str, str] = field(default_factory=dict)
    network: str = ""

    def points(self, name: str, stars: int) -> int:
        """Return an exercise's points: its stars where every check passed, else none."""
        outcome = self.outcomes.get(name)
        return stars if outcome and outcome["passed"] == outcome["total"] > 0 else 0

    def remark(self, name: str) -> str:
        """Return in a few words what became of an exercise."""
        outcome = self.outcomes.get(name)
        if not outcome:
            return self.stopped.get(name, "no answer of this name found")
        if outcome["passed"] == outcome["total"]:
            return "passed"
        if outcome["hint"].startswith("nothing written yet"):
            return outcome["hint"]
        return f"{outcome['passed']} of {outcome['total']} checks pass: {outcome['hint']}"


def run_notebook(path: Path, limits: Limits | None = None) -> Result:
    """Run a notebook again and again, each time without the cell that hung or died, until it comes to its end."""
    limits, result, skip, late = limits or Limits(), Result(), [], False
    end = time.monotonic() + limits.total
    cells = read_cells(path).get("cells", [])
    while True:
        events, why = _pass(path, skip, limits, end)
        for event in events:
            if event.keys() >= {"name", "passed", "total", "hint"}:
                result.outcomes[event["name"]] = event
            elif event.keys() >= {"error", "cell"}:
                _blame(result, cells, event["cell"], event["error"])
        network = next((e["network"] for e in events if "network" in e), result.network)
        result.network = "none: a container" if limits.box and network else network
        at = next((e["at"] for e in reversed(events) if "at" in e), None)
        if why:
            _close(result, events, cells, at, why)
        if time.monotonic() > end and not late:  # once more, without what ate the time and is no exercise
            late, end = True, time.monotonic() + limits.total / 2
            skip += [one for one in slow(events, cells) if one not in skip]
        elif not why or at is None or at in skip or time.monotonic() > end:
            return result
        else:
            skip.append(at)


def slow(events: list[dict], cells: list) -> list[str]:
    """Return the cells that are no exercise and took more than a second, the one that was stopped among them."""
    begun = [(event["at"], event.get("clock", 0.0)) for event in events if "at" in event]
    ended = [*(clock for _, clock in begun[1:]), time.monotonic()]
    long = [at for (at, clock), then in zip(begun, ended, strict=True) if then - clock > 1]
    exercises = {f"cell {n}" for n, cell in enumerate(cells) if "exercise" in (cell.get("metadata") or {})}
    return [at for at in long if at.startswith("cell ") and at not in exercises]


def _close(result: Result, events: list[dict], cells: list, at: str | None, why: str) -> None:
    """Write down why the exercise at hand has no outcome."""
    open_check = next((e for e in reversed(events) if "check" in e or "name" in e or "at" in e), {})
    if "check" in open_check:
        result.outcomes.pop(open_check["check"], None)
        result.stopped[open_check["check"]] = why
    elif at and at.startswith("cell "):
        _blame(result, cells, int(at.split()[1]) if at[5:].isdecimal() else -1, why)


def _blame(result: Result, cells: list, number: int, why: str) -> None:
    """Note an error or a stop for the exercise that the cell belongs to, if it says so."""
    meta = cells[number].get("metadata", {}) if 0 <= number < len(cells) else {}
    if isinstance(meta, dict) and isinstance(name := meta.get("exercise"), str):
        result.stopped[name] = why


def _pass(path: Path, skip: list[str], limits: Limits, end: float) -> tuple[list[dict], str]:
    """Run the notebook once, without the cells in `skip`; return what it reported and why it ended early, if it did."""
    options = json.dumps({"skip": skip, "megabytes": limits.megabytes, "set": set_of(path)})
    quiet = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    with emptied() as folder:
        report = Path(folder, "report.jsonl")
        mine = Path(folder, path.name)  # nobody runs beside the original, so nobody can empty it
        shutil.copyfile(path, mine)
        report.touch()
        work = Path(folder, "work")
        work.mkdir()
        with _started(Path(folder), mine.name, options, limits) as (command, env):
            child = subprocess.Popen(command, cwd=work, env=env, start_new_session=os.name == "posix", **quiet)
            try:
                why = _watch(child, report, limits, end)
            finally:
                _kill(child)
        events = _events(report)
    return events, "" if events and "done" in events[-1] else why


@contextlib.contextmanager
def _started(folder: Path, name: str, options: str, limits: Limits):
    """Give the command that runs a notebook of a folder, and its environment; in a container where there is one."""
    place = Path("/box") if limits.box else folder
    told = {**QUIET, "TMPDIR": str(place / "work"), "PYTHONPATH": "/checks" if limits.box else ENGINE}
    arguments = ["-P", "-m", "recx_check.child", str(place / name), str(place / "report.jsonl"), options]
    if limits.box is None:
        yield [sys.executable, *arguments], {**os.environ, **told}
        return
    with limits.box.ready(folder, arguments, told, limits.megabytes) as command:
        yield command, dict(os.environ)


@contextlib.contextmanager
def emptied():
    """Give a new folder, and take it away afterwards, however deep a submission has dug in it."""
    folder = tempfile.mkdtemp()
    try:
        yield folder
    finally:
        with contextlib.suppress(OSError, RecursionError):
            shutil.rmtree(folder)
        if os.path.lexists(folder) and os.name == "posix":
            subprocess.run(["rm", "-rf", folder], stderr=subprocess.DEVNULL, check=False)


def _watch(child: subprocess.Popen, report: Path, limits: Limits, end: float) -> str:
    """Wait until the child ends or is out of time; return what to say where it did not come to its end."""
    size, since, allowed = 0, time.monotonic(), limits.seconds + START
    while child.poll() is None:
        now = time.monotonic()
        if (grown := report.stat().st_size) != size:
            size, since = grown, now
            if report.read_bytes().count(b"\n") > 2:  # the start, and the first cell, which imports
                allowed = limits.seconds
        if now > end:
            return f"stopped: the notebook took more than {limits.total:g} s"
        if now - since > allowed:
            return f"stopped after {limits.seconds:g} s: does a loop never end?"
        time.sleep(0.01)
    return f"the process ended (status {child.returncode}): out of memory, or a crash"


def _kill(child: subprocess.Popen) -> None:
    """End the child and whatever it started."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        if os.name == "posix":
            os.killpg(child.pid, signal.SIGKILL)
        else:
            child.kill()
    child.wait()


def _events(report: Path) -> list[dict]:
    """Return the lines of a report that can be read."""
    events = []
    for line in report.read_text(encoding="utf-8", errors="replace").split("\n"):
        with contextlib.suppress(ValueError):
            event = json.loads(line)
            if isinstance(event, dict) and all(isinstance(event.get(key, KINDS[key]()), KINDS[key]) for key in KINDS):
                events.append(event)
    return events
