"""Read a set of exercises from exercises/source/NN_name.md: what it asks, its
solutions, its planted wrong answers.
"""

from __future__ import annotations

import ast
import importlib
import json
import re
from dataclasses import dataclass, field
from pathlib import Path

from recx_check import core
from tools.sync import ROOT, read_text

HOME = ROOT / "exercises"
AUTHORS = {"wrong", "right", "solution"}  # not shown as they stand
HEADING = re.compile(
    r"^## (?P<stars>★{1,3}) (?P<title>.+) \((?P<minutes>\d+) min\)$", re.M
)
REGION = re.compile(
    r"^(?P<indent>[ \t]*)# BEGIN SOLUTION\n.*?^[ \t]*# END SOLUTION[ \t]*$",
    re.S | re.M,
)
HOLE = re.compile(
    r"^(?P<left>\s*(?:return|[\w\[\], ]+? =)) (?P<right>.+?)  # HOLE(?::"
    r" (?P<say>.*))?$",
    re.M,
)


class ExerciseError(Exception):
    """A source must be mended; the message says where and how."""


@dataclass
class Exercise:
    """One exercise: what its heading says, its solution's cell, the wrong
    answers with the hint each must draw.
    """

    name: str
    stars: int
    minutes: int
    title: str
    text: str
    given: list[str]
    cell: str
    why: str = ""
    wrong: list[tuple[str, str]] = field(default_factory=list)
    right: list[str] = field(default_factory=list)


@dataclass
class Set:
    """The exercises of one chapter, with the cells of the source in order."""

    name: str
    cells: list
    exercises: list[Exercise]

    @property
    def module(self) -> str:
        """The module of recx_check that holds this set's checks."""
        return "ch" + self.name.partition("_")[0]


def reference(cell: str) -> str:
    """Return a solution's cell as it stands in the solution fold: without the
    marks.
    """
    cell = HOLE.sub(lambda m: f"{m['left']} {m['right']}", cell)
    return re.sub(
        r"^[ \t]*# (BEGIN|END) SOLUTION[ \t]*\n?", "", cell, flags=re.M
    ).rstrip()


def stub(cell: str) -> str:
    """Return a solution's cell as a learner meets it: `...` for what is to be
    written.
    """
    cell = REGION.sub(
        lambda m: (
            f"{m['indent']}# your code here\n{m['indent']}{_blank(cell, m)}"
        ),
        cell,
    )
    return HOLE.sub(
        lambda m: f"{m['left']} ...  # {m['say'] or 'your code here'}", cell
    ).rstrip()


def _blank(cell: str, region: re.Match) -> str:
    """`...`, or for a plain value `name = ...` for the last name that the
    solution assigns.
    """
    if region["indent"]:
        return "..."
    names = re.findall(r"^(\w+) = ", region[0], flags=re.M)
    return f"{names[-1]} = ..." if names else "..."


def mutable_lines(cell: str) -> set[int]:
    """Return the line numbers, in `reference(cell)`, of what the learner is to
    write.
    """
    lines, inside, number = set(), False, 0
    for line in cell.splitlines():
        if line.strip() in ("# BEGIN SOLUTION", "# END SOLUTION"):
            inside = line.strip() == "# BEGIN SOLUTION"
            continue
        number += 1
        if inside or HOLE.search(line):
            lines.add(number)
    return lines


def read_set(path: Path) -> Set:
    """Return the set of one source; raise ExerciseError on the first thing
    that is not as it must be.
    """
    cells, exercises, text, given = read_text(path).cells, [], None, []
    for cell in cells:
        meta = cell.metadata
        if "exercise" in meta:
            exercises.append(
                _exercise(path, meta["exercise"], cell.source, text, given)
            )
        elif "wrong" in meta:
            _last(path, exercises, meta["wrong"]).wrong.append(
                (cell.source, str(meta.get("hint", "")))
            )
        elif "right" in meta:
            _last(path, exercises, meta["right"]).right.append(cell.source)
        elif "solution" in meta:
            _last(path, exercises, meta["solution"]).why = cell.source
        elif cell.cell_type == "markdown" and HEADING.search(cell.source):
            text = cell.source
        elif cell.cell_type == "code":
            given.append(cell.source)
    whole = Set(path.stem, cells, exercises)
    if found := faults(whole):
        raise ExerciseError(f"{path.name}: " + "; ".join(found))
    return whole


def _exercise(
    path: Path, name: str, cell: str, text: str | None, given: list[str]
) -> Exercise:
    head = HEADING.search(text or "")
    if not head:
        raise ExerciseError(
            f"{path.name}: {name} has no heading like '## ★★ Title (10 min)'"
            " before it"
        )
    return Exercise(
        name,
        len(head["stars"]),
        int(head["minutes"]),
        head["title"],
        text,
        list(given),
        cell,
    )


def _last(path: Path, exercises: list[Exercise], name: str) -> Exercise:
    if not exercises or exercises[-1].name != name:
        raise ExerciseError(
            f"{path.name}: a cell names {name!r}, but stands after another"
            " exercise"
        )
    return exercises[-1]


def faults(whole: Set) -> list[str]:
    """Return what a set lacks: every exercise needs its parts, the set its
    kinds.
    """
    found = [
        fault for exercise in whole.exercises for fault in _faults(exercise)
    ]
    names = [e.name for e in whole.exercises]
    found += [
        f"{name} stands twice" for name in set(names) if names.count(name) > 1
    ]
    if len(names) < 5:
        found.append(f"{len(names)} exercises, at least 5 are wanted")
    found += [
        f"no exercise of {'★' * n}"
        for n in (1, 2, 3)
        if n not in [e.stars for e in whole.exercises]
    ]
    if not any("find the mistake" in e.title.lower() for e in whole.exercises):
        found.append("no exercise is called 'Find the mistake'")
    if not any(
        e.title.startswith("Open task") and e.stars == 3
        for e in whole.exercises
    ):
        found.append("no exercise of ★★★ is called 'Open task'")
    return found


def _faults(exercise: Exercise) -> list[str]:
    lacks = [
        part
        for part in ("**Expected", "<summary>Hint</summary>")
        if part not in exercise.text
    ]
    lacks += [] if exercise.why else ["a text for the solution fold"]
    lacks += (
        []
        if mutable_lines(exercise.cell)
        else ["a line to be written (# BEGIN SOLUTION or # HOLE)"]
    )
    lacks += (
        ["a hole that is `name = …` or `return …`"]
        if "# HOLE" in stub(exercise.cell)
        else []
    )
    lacks += (
        []
        if exercise.name in _defined(reference(exercise.cell))
        else [f"a definition of {exercise.name}"]
    )
    lacks += (
        []
        if len(exercise.wrong) >= 3
        else [f"wrong answers ({len(exercise.wrong)}, at least 3 are wanted)"]
    )
    lacks += [
        f"a hint for wrong answer {n}"
        for n, (_, hint) in enumerate(exercise.wrong, 1)
        if not hint
    ]
    return [f"{exercise.name} lacks {part}" for part in lacks]


def _defined(code: str) -> set[str]:
    """Return the names that a cell defines or assigns."""
    tree = ast.parse(code)
    stored = {
        n.id
        for n in ast.walk(tree)
        if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)
    }
    return stored | {
        n.name
        for n in tree.body
        if isinstance(n, (ast.FunctionDef, ast.ClassDef))
    }


def sources() -> list[Path]:
    """Return the sources, in order."""
    return sorted((HOME / "source").glob("*.md"))


def checks_of(whole: Set) -> core.Checks:
    """Return the `Checks` of a set; raise ExerciseError where they are missing
    or name other exercises.
    """
    try:
        checks = importlib.import_module(f"recx_check.{whole.module}").checks
    except ModuleNotFoundError as error:
        raise ExerciseError(
            f"{whole.name}: {error}; write"
            f" exercises/recx_check/{whole.module}.py"
        ) from error
    if differ := set(checks.tests) ^ {e.name for e in whole.exercises}:
        raise ExerciseError(
            f"{whole.name}: exercises and checks differ in {sorted(differ)}"
        )
    return checks


def names_of(exercise: Exercise) -> dict:
    """Return the names that the given cells before an exercise define, as a
    learner's kernel holds them.
    """
    names: dict = {"__name__": "__main__"}
    for code in exercise.given:
        exec(compile(code, "<given>", "exec"), names)
    return names


def answer(exercise: Exercise, code: str):
    """Run a cell after the given ones; return what it leaves under the
    exercise's name, or None.
    """
    names = names_of(exercise)
    exec(compile(code, "<cell>", "exec"), names)
    return names.get(exercise.name)


def index(sets: list[Set]) -> str:
    """Return sets.json: every set's module and its exercises' stars."""
    found = {
        s.name: {
            "module": s.module,
            "exercises": {e.name: e.stars for e in s.exercises},
        }
        for s in sets
    }
    return json.dumps(found, indent=2) + "\n"
