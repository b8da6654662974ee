"""The exercises in nbgrader's format: solution cells that it clears, locked
check cells that it marks with points.
"""

from __future__ import annotations

import re

from nbformat.v4 import new_code_cell

from tools.exercises_sets import HOLE, Exercise, Set
from tools.exercises_student import engine_files, notebook

CONFIG = """c = get_config()  # noqa: F821 (nbgrader defines it)
c.CourseDirectory.course_id = "recx"
c.ClearSolutions.code_stub = {"python": "# your code here\\n..."}
"""


def marked(cell: str) -> str:
    """Return a solution's cell with nbgrader's marks around what is to be
    written, holes in a row together.
    """
    cell = re.sub(
        r"^([ \t]*)# (BEGIN|END) SOLUTION",
        r"\1### \2 SOLUTION",
        cell,
        flags=re.M,
    )
    lines, inside = [], False
    for line in [
        *cell.splitlines(),
        "",
    ]:  # an empty line at the end closes the last hole
        hole = HOLE.search(line)
        indent = line[: len(line) - len(line.lstrip())]
        if hole and not inside:
            lines.append(f"{indent}### BEGIN SOLUTION")
        if inside and not hole:
            lines.append(f"{indent}### END SOLUTION")
        inside = bool(hole)
        lines.append(f"{hole['left']} {hole['right']}" if hole else line)
    return "\n".join(lines[:-1])


def _meta(name: str, points: int = 0) -> dict:
    """Return nbgrader's metadata of a solution's cell, or with points of a
    check's cell.
    """
    checks = points > 0
    meta = {
        "grade_id": name,
        "schema_version": 3,
        "cell_type": "code",
        "task": False,
    }
    meta |= {"grade": checks, "solution": not checks, "locked": checks}
    return {"nbgrader": meta | ({"points": points} if checks else {})}


def _cells(whole: Set, exercise: Exercise) -> list:
    name, points = exercise.name, exercise.stars
    test = (
        f'from recx_check.{whole.module} import require\n\nrequire("{name}",'
        f' globals().get("{name}"))'
    )
    return [
        new_code_cell(marked(exercise.cell), metadata=_meta(name)),
        new_code_cell(test, metadata=_meta(f"{name}-check", points)),
    ]


def nbgrader_notebook(whole: Set) -> str:
    """Return a set's source notebook for nbgrader."""
    return notebook(whole, lambda exercise: _cells(whole, exercise))


def nbgrader_files(sets: list[Set]) -> dict[str, str]:
    """Return an nbgrader course: its configuration, and per set a source
    notebook with the checks beside it.
    """
    files = {"nbgrader_config.py": CONFIG}
    engine = engine_files(sets)
    for whole in sets:
        files[f"source/{whole.name}/{whole.name}.ipynb"] = nbgrader_notebook(
            whole
        )
        files |= {
            f"source/{whole.name}/{name}": text
            for name, text in engine.items()
        }
    return files
