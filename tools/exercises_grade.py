"""Grade a folder of submissions to a CSV: each in a process of its own, with
limits, so that none can cost another.
"""

from __future__ import annotations

import csv
import re
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from recx_check import runner
from recx_check import sets as known

FIRST = ["submission", "file", "set", "state", "points", "of", "look at this"]
LAST = ["remarks", "seconds"]


def submissions(folder: Path) -> list[tuple[str, Path]]:
    """Return (who, notebook) for every notebook in the folder or below; the
    first part of its path says who.
    """
    found = []
    for path in sorted(folder.rglob("*.ipynb")):
        parts = path.relative_to(folder).parts
        if (
            path.is_file()
            and not path.is_symlink()
            and not any(part.startswith(".") for part in parts)
        ):
            found.append((parts[0] if len(parts) > 1 else path.stem, path))
    return found


def graded(
    folder: Path, limits: runner.Limits, jobs: int, only: str = ""
) -> Iterator[dict]:
    """Yield one row per notebook, in order, each as soon as it is there: who,
    which file and set, state, points, each exercise, remarks, seconds.
    """
    chosen = [
        (who, path)
        for who, path in submissions(folder)
        if only in (known.set_of(path) or only)
    ]
    with ThreadPoolExecutor(jobs) as pool:
        yield from pool.map(lambda one: _safe(*one, folder, limits), chosen)


def grade(
    folder: Path, limits: runner.Limits, jobs: int, only: str = ""
) -> list[dict]:
    """Return all rows of `graded`."""
    return list(graded(folder, limits, jobs, only))


def columns(folder: Path, only: str = "") -> list[str]:
    """Return the columns of a class's table, before any notebook has run."""
    present = {known.set_of(path) for _, path in submissions(folder)}
    exercises = [
        f"{one['module']}.{exercise}"
        for name, one in known.SETS.items()
        if name in present and only in name
        for exercise in one["exercises"]
    ]
    return [*FIRST, *exercises, *LAST]


def _safe(who: str, path: Path, folder: Path, limits: runner.Limits) -> dict:
    """Return a row whatever happens: what stops the grader costs one row."""
    try:
        return _row(who, path, folder, limits)
    except Exception as error:
        what = f"{type(error).__name__}: {error}"
        return {
            "submission": who,
            "file": path.relative_to(folder).as_posix(),
            "state": "not graded",
            "points": 0,
            "of": 0,
            "remarks": f"look at it by hand, the grader stopped: {what}",
            "seconds": 0,
        }


def _row(who: str, path: Path, folder: Path, limits: runner.Limits) -> dict:
    begin, name = time.perf_counter(), known.set_of(path)
    row = {
        "submission": who,
        "file": path.relative_to(folder).as_posix(),
        "set": name or "",
        "state": "not readable",
        "points": 0,
        "of": 0,
    }
    if not known.read_cells(path):
        return row | {"remarks": "cannot be read as a notebook", "seconds": 0}
    if name is None:
        return row | {
            "state": "not ours",
            "remarks": "is no notebook of these exercises",
            "seconds": 0,
        }
    row |= {"state": "graded", "look at this": suspicious(path)}
    stars = known.SETS[name]["exercises"]
    result = runner.run_notebook(path, limits)
    points = {
        exercise: result.points(exercise, stars[exercise])
        for exercise in stars
    }
    row |= {"points": sum(points.values()), "of": sum(stars.values())}
    row |= {
        f"{known.SETS[name]['module']}.{exercise}": got
        for exercise, got in points.items()
    }
    return (
        row
        | {
            "remarks": _remarks(result, points),
            "seconds": round(time.perf_counter() - begin, 1),
        }
        | {"network": result.network}
    )


CUNNING = re.compile(
    r"recx_check(?:\.| import )(?:core|runner|child|sets)|LISTENERS"
    r"|sys\.argv|_getframe|currentframe|ctypes|__eq__|__array__|__globals__"
    r"|gc\.get_|os\.(?:kill|_exit|abort|dup2)|SystemExit|\b(?:exit|quit)\("
)


def suspicious(path: Path) -> str:
    """Return what in a submission's own cells speaks to the checker rather
    than to the exercise, for a person to look at.
    """
    found = set()
    for cell in known.read_cells(path)["cells"]:
        if isinstance(cell, dict) and cell.get("cell_type") == "code":
            source = cell.get("source", "")
            text = source if isinstance(source, str) else "".join(source)
            found |= {match[0] for match in CUNNING.finditer(text)}
    return ", ".join(sorted(found))


def _remarks(result: runner.Result, points: dict[str, int]) -> str:
    return " | ".join(
        f"{name}: {result.remark(name)}"
        for name, got in points.items()
        if not got
    )


def plain(value):
    """Return a cell of the table such that no spreadsheet takes it for a
    formula.
    """
    return (
        f"'{value}"
        if isinstance(value, str)
        and value[:1] in ("=", "+", "-", "@", "\t", "\r")
        else value
    )


def write_csv(
    rows: Iterable[dict], path: Path, names: list[str]
) -> list[dict]:
    """Write the rows, each as soon as it comes, so that a grader that is
    stopped leaves a table behind; return them.
    """
    written = []
    how = {"encoding": "utf-8-sig", "errors": "backslashreplace"}
    with path.open("w", newline="", **how) as file:
        table = csv.DictWriter(file, names, restval="", extrasaction="ignore")
        table.writeheader()
        for row in rows:
            table.writerow({key: plain(value) for key, value in row.items()})
            file.flush()
            written.append(row)
    return written


def summary(rows: list[dict]) -> str:
    """Return in a few lines how many solved each exercise: what to take up in
    class.
    """
    solved, asked = Counter(), Counter()
    for row in rows:
        for key in row:
            if "." in key:
                asked[key] += 1
                solved[key] += row[key] > 0
    return "\n".join(
        f"  {key:32}{solved[key]:4} of {asked[key]}" for key in asked
    )
