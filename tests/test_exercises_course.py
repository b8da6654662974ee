"""The exercises in a course: a student's report, grading that nothing can
stop, job file, export.
"""

from __future__ import annotations

import csv
import json
import os
import re
import subprocess
import sys
from collections import Counter
from xml.etree import ElementTree

import nbformat
import pytest
import yaml

from recx_check import runner
from recx_check.__main__ import Mark, Report
from recx_check.picture import page
from tools import exercises
from tools.exercises_nbgrader import nbgrader_notebook
from tools.exercises_sets import reference
from tools.exercises_student import (
    CLASSROOM,
    kit_files,
    student_notebook,
    write,
)

pytestmark = pytest.mark.slow  # a course is graded

SETS = exercises.read_all()
QUICK = runner.Limits(seconds=1, total=30, megabytes=4096)


def notebook(whole, folder, **cells) -> None:
    """Write a student's notebook with the given code in some exercises' cells,
    the solution in all others.
    """
    nb = json.loads(student_notebook(whole))
    by_name = {e.name: reference(e.cell) for e in whole.exercises} | cells
    for cell in nb["cells"]:
        if name := cell["metadata"].get("exercise"):
            cell["source"] = by_name[name]
    folder.mkdir(parents=True)
    (folder / f"{whole.name}.ipynb").write_text(
        json.dumps(nb), encoding="utf-8"
    )


# What hangs or dies has a notebook of its own: the rest of it is run again.
STOPS = {
    "loops": ("while True:\n    pass", "stopped after 1 s"),
    "loops_inside": (
        "def {name}(*args):\n    while True:\n        pass",
        "stopped after 1 s",
    ),
    "dies": ("import os\nos._exit(0)", "the process ended"),
    "dies_inside": (
        "def {name}(*args):\n    import os\n    os._exit(0)",
        "the process ended",
    ),
}
FAILS = {  # these share one
    "quits": ("raise SystemExit", "SystemExit"),
    "eats": ("x = bytearray(1 << 40)", "MemoryError"),
    "calls_home": (
        (
            "import socket\nsocket.create_connection(('192.0.2.1', 80),"
            " timeout=9)"
        ),
        "PermissionError",
    ),
    "shells_out": (
        "import subprocess\nsubprocess.run(['true'])",
        "PermissionError",
    ),
    "is_no_python": ("def (:", "SyntaxError"),
    "floods": ("print('x' * 10**7)\n{name} = ...", "nothing written yet"),
}


@pytest.mark.skipif(sys.platform == "win32", reason="memory limits need POSIX")
@pytest.mark.parametrize(
    "bad", [*({who: STOPS[who]} for who in STOPS), FAILS], ids=" ".join
)
def test_what_goes_wrong_costs_one_exercise_and_nothing_else(bad, tmp_path):
    whole = SETS[0]
    victims = whole.exercises[-len(bad) :]
    written = {
        e.name: code.replace("{name}", e.name)
        for e, (code, _) in zip(victims, bad.values(), strict=True)
    }
    notebook(whole, tmp_path / "eve", **written)
    result = runner.run_notebook(tmp_path / f"eve/{whole.name}.ipynb", QUICK)
    for e, (_, says) in zip(victims, bad.values(), strict=True):
        assert says in result.remark(e.name)
        assert result.points(e.name, e.stars) == 0
    others = [e for e in whole.exercises if e not in victims]
    assert others
    assert [
        e.name for e in others if result.points(e.name, e.stars) != e.stars
    ] == []


def test_a_notebook_without_its_check_cells_is_graded_all_the_same(tmp_path):
    whole = SETS[0]
    notebook(whole, tmp_path / "ann")
    path = tmp_path / "ann" / f"{whole.name}.ipynb"
    nb = json.loads(path.read_text(encoding="utf-8"))
    nb["cells"] = [
        cell
        for cell in nb["cells"]
        if not "".join(cell["source"]).startswith("check(")
    ]
    nb["cells"] += [{}, {"cell_type": "code"}, "text", 3, None]
    path.write_text(json.dumps(nb), encoding="utf-8")
    result = runner.run_notebook(path, QUICK)
    assert [
        e.name
        for e in whole.exercises
        if result.points(e.name, e.stars) != e.stars
    ] == []


def report(folder, *arguments) -> subprocess.CompletedProcess:
    """Run the students' report in a folder as a student would, with nothing of
    this checkout on the path.
    """
    env = {
        name: value
        for name, value in os.environ.items()
        if name != "PYTHONPATH"
    }
    command = [sys.executable, "-m", "recx_check", *arguments]
    return subprocess.run(
        command,
        cwd=folder,
        env=env,
        capture_output=True,
        text=True,
        encoding="utf-8",
    )


def test_a_student_gets_a_report_from_the_folder_alone(tmp_path):
    """Of one set before anything is written, of all when one is begun."""
    write(kit_files(SETS, solutions=True), tmp_path)
    whole, first = SETS[0], SETS[0].exercises[0]
    path = tmp_path / f"{whole.name}.ipynb"
    fresh = report(tmp_path, path.name)
    assert fresh.returncode == 0, fresh.stderr
    lines = fresh.stdout.splitlines()
    assert len(lines) == 3  # the set, an empty one, and the sum
    assert lines[0].startswith(path.name) and "nothing begun" in lines[0]
    nb = json.loads(path.read_text(encoding="utf-8"))
    next(
        c for c in nb["cells"] if c["metadata"].get("exercise") == first.name
    )["source"] = reference(first.cell)
    path.write_text(json.dumps(nb), encoding="utf-8")
    assert report(tmp_path, path.name, "--only", first.name).returncode == 0
    assert (
        report(
            tmp_path, path.name, "--only", whole.exercises[1].name
        ).returncode
        == 1
    )
    begun = report(tmp_path, "--picture", "progress.html")
    assert begun.returncode == 0, begun.stderr
    begun = begun.stdout
    lines = [line for line in begun.splitlines() if line[:1].isdigit()]
    assert [line.split(".")[0] for line in lines[: len(SETS)]] == [
        s.name for s in SETS
    ]
    assert len(lines) == len(SETS) + 1  # the sum
    picture = (tmp_path / "progress.html").read_text(encoding="utf-8")
    every = sum(e.stars for s in SETS for e in s.exercises)
    assert f"<h1>{first.stars} of {every} points</h1>" in picture
    assert picture.count('<rect class="solved"') == first.stars + 1  # the key
    assert picture.count('<rect class="open"') == every - first.stars + 1
    assert "progress.html" in begun.splitlines()[-1]
    assert f"{first.stars} of " in begun
    assert begun.count("★") == first.stars  # one exercise was begun
    assert f"not begun: {whole.exercises[1].name}, " in begun
    assert begun.count("nothing begun") == len(SETS) - 1


def test_the_picture_of_ones_progress_shows_three_states_and_escapes():
    marks = [
        Mark("done", 2, 2, "passed"),
        Mark("half", 3, 0, '1 of 2 checks pass: <b>no</b> & "so"'),
        Mark("later", 1, 0, "nothing written yet"),
    ]
    drawn = page([Report("00_start_here.ipynb", marks)])
    kinds = re.findall(r'<rect class="(\w+)"', drawn)
    assert Counter(kinds) == {"solved": 3, "begun": 4, "open": 2}
    assert 'aria-label="done: solved; half: begun; later: not begun"' in drawn
    assert "<b>no" not in drawn and "&lt;b&gt;no&lt;/b&gt; &amp;" in drawn
    assert "00 start here" in drawn and "2 of 6" in drawn
    assert not re.search("https?:|<script", drawn)
    ElementTree.fromstring(re.search("<table>.*</table>", drawn, re.S)[0])


def test_the_classroom_job_marks_every_exercise():
    files = kit_files(SETS)
    job = yaml.safe_load(files[CLASSROOM])["jobs"]["points"]
    marks = [
        step["with"]
        for step in job["steps"]
        if "max-score" in step.get("with", {})
    ]
    assert [(m["command"].split()[-1], m["max-score"]) for m in marks] == [
        (e.name, e.stars) for s in SETS for e in s.exercises
    ]
    runners = job["steps"][-1]["with"]["runners"].split(",")
    assert runners == [step["id"] for step in job["steps"] if "id" in step]
    assert set(job["steps"][-1]["env"]) == {
        f"{runner.upper()}_RESULTS" for runner in runners
    }
    assert "numpy" in files["requirements.txt"]


@pytest.mark.parametrize("whole", SETS, ids=lambda s: s.name)
def test_the_nbgrader_export_runs_with_its_solutions(whole):
    nb = nbformat.reads(nbgrader_notebook(whole), 4)
    graded = [
        c for c in nb.cells if c.metadata.get("nbgrader", {}).get("grade")
    ]
    assert [c.metadata.nbgrader.points for c in graded] == [
        e.stars for e in whole.exercises
    ]
    ids = [
        c.metadata.nbgrader.grade_id
        for c in nb.cells
        if "nbgrader" in c.metadata
    ]
    assert len(set(ids)) == len(ids) == 2 * len(whole.exercises)
    solutions = [
        c for c in nb.cells if c.metadata.get("nbgrader", {}).get("solution")
    ]
    for cell in solutions:
        assert (
            cell.source.count("### BEGIN SOLUTION")
            == cell.source.count("### END SOLUTION")
            > 0
        )
    names = {"__name__": "__main__"}
    for cell in (c for c in nb.cells if c.cell_type == "code"):
        exec(cell.source, names)


def test_a_class_is_graded_to_a_table(tmp_path, monkeypatch):
    whole = SETS[0]
    first, last = whole.exercises[0].name, whole.exercises[-1].name
    notebook(whole, tmp_path / "class/ann")
    notebook(whole, tmp_path / "class/=ben", **{first: "while True: pass"})
    notebook(whole, tmp_path / "class/cem/deep/er", **{last: f"{last} = None"})
    (tmp_path / "class/dia.ipynb").write_text("no json", encoding="utf-8")
    table = tmp_path / "grades.csv"
    monkeypatch.setattr(
        sys,
        "argv",
        [
            "x",
            "grade",
            str(tmp_path / "class"),
            "--to",
            str(table),
            "--seconds",
            "1",
        ],
    )
    assert exercises.main() == 0
    rows = {
        row["submission"]: row
        for row in csv.DictReader(table.open(encoding="utf-8-sig"))
    }
    full = sum(e.stars for e in whole.exercises)
    assert int(rows["ann"]["points"]) == int(rows["ann"]["of"]) == full
    assert int(rows["'=ben"]["points"]) == full - whole.exercises[0].stars
    assert "stopped after 1 s" in rows["'=ben"]["remarks"]
    assert "nothing written yet" in rows["cem"]["remarks"]
    assert "cannot be read" in rows["dia"]["remarks"]


def handed(kit) -> str:
    """Return all that stands in the notebooks of a kit."""
    found = sorted(kit.glob("*.ipynb"))
    return "".join(path.read_text(encoding="utf-8") for path in found)


def test_only_the_teachers_kit_holds_solutions(tmp_path, monkeypatch, capsys):
    argv = ["x", "kit", str(tmp_path / "kit")]
    monkeypatch.setattr(sys, "argv", argv)
    assert exercises.main() == 0
    for folder in (tmp_path / "kit", exercises.HOME / "student"):
        assert "<summary>Hint" in handed(folder)
        assert "<summary>Solution" not in handed(folder)
    assert exercises.main() == 1
    assert "is not empty" in capsys.readouterr().err
    argv[2:] = [str(tmp_path / "teachers"), "--solutions"]
    assert exercises.main() == 0
    folds = handed(tmp_path / "teachers").count("<summary>Solution")
    assert folds == sum(len(whole.exercises) for whole in SETS)


def test_a_folder_without_notebooks_is_named(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["x", "grade", str(tmp_path)])
    assert exercises.main() == 1
    assert "no notebook" in capsys.readouterr().err
