"""Whatever is handed in costs its own points at most: odd notebooks are graded
as they are, hostile ones stop neither the class nor the grader.
"""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
import time

import pytest

from recx_check import core, runner
from tools import exercises
from tools.exercises_grade import (
    columns,
    grade,
    graded,
    suspicious,
    write_csv,
)
from tools.exercises_sets import reference
from tools.exercises_student import student_notebook

pytestmark = pytest.mark.slow  # submissions run in processes

WHOLE = exercises.read_all("00")[0]
FULL = sum(exercise.stars for exercise in WHOLE.exercises)
QUICK = runner.Limits(seconds=2, total=30, megabytes=4096)
POSIX = pytest.mark.skipif(os.name != "posix", reason="needs POSIX")


def solved(path, extra="", bom="", **cells):
    """Write a solved notebook with one cell more in front of its last; return
    its path.
    """
    nb = json.loads(student_notebook(WHOLE))
    by_name = {e.name: reference(e.cell) for e in WHOLE.exercises} | cells
    for cell in nb["cells"]:
        if name := cell["metadata"].get("exercise"):
            cell["source"] = by_name[name]
    scratch = {"cell_type": "code", "metadata": {}, "source": extra}
    nb["cells"].insert(2, scratch)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(bom + json.dumps(nb), encoding="utf-8")
    return path


def table(rows, tmp_path):
    """Write the table of the class in `tmp_path`."""
    write_csv(rows, tmp_path / "grades.csv", columns(tmp_path / "class"))


def points(result) -> int:
    """Return what a notebook was given."""
    return sum(result.points(e.name, e.stars) for e in WHOLE.exercises)


# what may stand above an answer, in a cell that fails where it is not run
HONEST = {
    "display": "display(1)",
    "shell": "get_ipython().run_line_magic('time', '1')",
    "listing": "!ls\nfiles = !ls",
    "question": "len?",
    "indented": "if True:\n    %matplotlib inline",
    "timed": "%time half = 0.5\nassert half == 0.5",
    "await": "import asyncio\nawait asyncio.sleep(0)",
    "pickle": (
        "import pickle\nclass Mine:\n    x = 0.5\n"
        "assert pickle.loads(pickle.dumps(Mine())).x == 0.5"
    ),
    "percent": (
        'text = """\n% a line of its own\n!and another\n"""\n'
        "assert text == chr(10).join(['', '% a line of its own',"
        " '!and another', ''])"
    ),
    "separator": "text = 'a\u2028b'\nassert len(text) == 3",
}
SHARED = [list(HONEST)[:5], list(HONEST)[5:]]  # one start for five of them


def above(kinds) -> dict[str, str]:
    """Return answers by exercise, each below what one kind may hold."""
    pairs = zip(WHOLE.exercises, kinds, strict=False)
    return {e.name: f"{HONEST[k]}\n{reference(e.cell)}" for e, k in pairs}


@pytest.mark.parametrize("kinds", SHARED, ids=" ".join)
def test_what_a_notebook_may_hold_is_graded(kinds, tmp_path):
    answers = above(kinds)
    assert len(answers) == len(kinds)
    result = runner.run_notebook(
        solved(tmp_path / "ann.ipynb", **answers), QUICK
    )
    said = {
        k: result.remark(name) for k, name in zip(kinds, answers, strict=True)
    }
    assert said == dict.fromkeys(kinds, "passed")
    assert points(result) == FULL


def test_a_mark_at_the_beginning_of_the_file_does_no_harm(tmp_path):
    path = solved(tmp_path / "ann.ipynb", bom="\ufeff")
    assert points(runner.run_notebook(path, QUICK)) == FULL


DEEP = (
    "import os\nfor _ in range(1500):\n    os.makedirs('d')\n    os.chdir('d')"
)
CHILD = "import sys\nreport = open(sys.argv[2], 'a')\n"
HOSTILE = {
    "surrogate": "raise ValueError('\\udc80')",
    "deep": DEEP,
    "list": CHILD + "report.write('{\"name\": [1]}\\n')\nreport.flush()",
    "word": CHILD
    + ('report.write(\'{"error": 1, "cell": "x"}\\n\')\nreport.flush()'),
    "elsewhere": CHILD
    + ('report.write(\'{"error": "x", "cell": -9}\\n\')\nreport.flush()'),
}


@POSIX
def test_what_is_hostile_costs_nobody_else(tmp_path):
    """One class, in which one is honest and all others are not."""
    solved(tmp_path / "class/ann.ipynb")
    for what, code in HOSTILE.items():
        solved(tmp_path / f"class/{what}.ipynb", code)
    rows = grade(tmp_path / "class", QUICK, 1)
    table(rows, tmp_path)
    who = sorted(["ann", *HOSTILE])
    assert [row["submission"] for row in rows] == who
    assert rows[who.index("ann")]["points"] == FULL
    assert {row["state"] for row in rows} == {"graded"}


@POSIX
def test_who_kills_its_parent_does_not_reach_the_grader(tmp_path):
    """On a copy of the grader, lest the test itself die."""
    code = "from recx_check import runner; from pathlib import Path;"
    code += " import sys; runner.run_notebook(Path(sys.argv[1]))"
    killer = "import os\nos.kill(os.getppid(), 9)"
    path = solved(tmp_path / "eve.ipynb", killer)
    env = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, "-c", code, str(path)]
    done = os.spawnve(os.P_WAIT, sys.executable, command, env)
    assert done == 0


@POSIX
def test_names_that_are_no_unicode_are_written_down(tmp_path):
    folder = os.fsdecode(os.fsencode(str(tmp_path / "class")) + b"/J\xfcrg")
    try:
        os.makedirs(folder)
    except OSError:
        pytest.skip("this file system wants Unicode")
    path = solved(tmp_path / "x.ipynb")
    os.replace(path, os.path.join(folder, "x.ipynb"))
    rows = grade(tmp_path / "class", QUICK, 1)
    table(rows, tmp_path)
    text = (tmp_path / "grades.csv").read_text(encoding="utf-8-sig")
    assert "J\\udcfcrg" in text
    assert rows[0]["points"] == FULL


def test_every_row_has_a_state_even_where_the_grader_stops(
    tmp_path, monkeypatch
):
    solved(tmp_path / "class/ann.ipynb")
    (tmp_path / "class/ben.ipynb").write_text("no json", encoding="utf-8")
    (tmp_path / "class/cem.ipynb").write_text(
        '{"cells": []}', encoding="utf-8"
    )
    monkeypatch.setattr(runner, "run_notebook", lambda *_: 1 / 0)
    rows = grade(tmp_path / "class", QUICK, 1)
    states = {row["submission"]: row["state"] for row in rows}
    assert states == {
        "ann": "not graded",
        "ben": "not readable",
        "cem": "not ours",
    }
    table(rows, tmp_path)
    with (tmp_path / "grades.csv").open(encoding="utf-8-sig") as file:
        remarks = [row["remarks"] for row in csv.DictReader(file)]
    assert "ZeroDivisionError" in remarks[0]


def test_a_row_is_written_when_it_is_there(tmp_path):
    solved(tmp_path / "class/ann.ipynb")
    (tmp_path / "class/ben.ipynb").write_text("no json", encoding="utf-8")

    def stopped():
        rows = graded(tmp_path / "class", QUICK, 1)
        yield next(rows)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        table(stopped(), tmp_path)
    text = (tmp_path / "grades.csv").read_text(encoding="utf-8-sig")
    assert [line.split(",")[0] for line in text.splitlines()] == [
        "submission",
        "ann",
    ]


def test_a_scratch_cell_that_eats_the_time_costs_no_exercise(tmp_path):
    wait = "import time\nfor _ in range(9):\n    time.sleep(0.8)"
    path = solved(tmp_path / "ann.ipynb", wait)
    short = runner.Limits(seconds=9, total=4, megabytes=4096)
    assert points(runner.run_notebook(path, short)) == FULL


@POSIX
def test_nobody_empties_another_s_notebook_or_edits_the_checks(tmp_path):
    """Each try is refused; what lies in one's own folder can be written."""
    victim = solved(tmp_path / "class/zoe.ipynb")
    kept, checks = victim.read_bytes(), core.__file__
    code = "import os\nopen('mine.txt', 'w').write('x')\nrefused = []\n"
    for verb in (
        f"open({str(victim)!r}, 'w')",
        f"os.remove({str(victim)!r})",
        f"os.rename('mine.txt', {str(victim)!r})",
        f"open({checks!r}, 'a')",
        f"os.rename({checks!r}, 'mine.py')",
    ):
        code += f"try:\n    {verb}\nexcept PermissionError as error:\n"
        code += "    refused.append(error)\n"
    first = WHOLE.exercises[0]
    answer = f"assert len(refused) == 5\n{reference(first.cell)}"
    path = solved(tmp_path / "class/eve.ipynb", code, **{first.name: answer})
    assert points(runner.run_notebook(path, QUICK)) == FULL
    assert victim.read_bytes() == kept and os.path.isfile(checks)


def test_of_a_report_only_what_has_its_form_is_read(tmp_path):
    """A list or a string where a name or a number belongs is left out."""
    good = {"name": "a", "passed": 1, "total": 2, "hint": "say"}
    bad = [good | {"name": [1]}, good | {"passed": "1"}, {"error": 1}, [1]]
    bad += [{"cell": "x", "error": "e"}, "word", 3, None, good | {"at": {}}]
    lines = [json.dumps(line) for line in [*bad, good]]
    report = tmp_path / "report.jsonl"
    report.write_text("\n".join([*lines, '{"half']), encoding="utf-8")
    assert runner._events(report) == [good]


def test_who_speaks_to_the_checker_is_looked_at(tmp_path):
    quiet = solved(tmp_path / "ann.ipynb")
    loud = solved(tmp_path / "eve.ipynb", "import sys\nsys._getframe(1)")
    assert suspicious(quiet) == ""
    assert suspicious(loud) == "_getframe"
    early = solved(
        tmp_path / "cem.ipynb", "from recx_check import core\nexit()"
    )
    assert suspicious(early) == "exit(, recx_check import core"
    for said in ("sys.argv", "ctypes", "os.kill", "os._exit"):
        cell = f"import os, sys, ctypes as c\n{said}"
        assert said in suspicious(solved(tmp_path / "dia.ipynb", cell)), said


@POSIX
def test_whatever_a_submission_started_ends_with_it(tmp_path):
    """A child that starts another, past the guards, and then hangs."""
    other = tmp_path / "other.txt"
    code = (
        "import os, subprocess, sys, time\n"
        "one = subprocess.Popen([sys.executable, '-c',"
        " 'import time; time.sleep(600)'])\n"
        f"open({str(other)!r}, 'w').write(str(one.pid))\n"
        "time.sleep(600)"
    )
    child = subprocess.Popen(
        [sys.executable, "-c", code], start_new_session=True
    )
    end = time.monotonic() + 20
    while not (other.is_file() and other.read_text()):
        assert time.monotonic() < end
        time.sleep(0.01)
    runner._kill(child)
    pid = int(other.read_text())
    while alive(pid):
        assert time.monotonic() < end, "still there"
        time.sleep(0.01)


def alive(pid: int) -> bool:
    """Whether a process runs; what waits to be buried does not."""
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8") as file:
            return file.read().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


# docker, played: writes down what it is asked, and runs it here
DOCKER = """import os, sys
asked = sys.argv[1:]
with open({log!r}, "a") as log:
    print(*asked, sep="\\t", file=log)
if asked[0] == "image":
    sys.exit(asked[-1] != "recx-grade")
if asked[0] == "run":
    box = next(a for a in asked if a.endswith(":/box"))
    box = box.removeprefix("--volume=").removesuffix(":/box")
    at = asked.index("recx-grade")
    env = dict(a[6:].split("=", 1) for a in asked[:at] if a[:6] == "--env=")
    env |= dict(PYTHONPATH={checks!r}, TMPDIR=box + "/work")
    inside = [a.replace("/box/", box + "/") for a in asked[at + 2 :]]
    os.chdir(box + "/work")
    os.execve(sys.executable, [sys.executable, *inside], os.environ | env)
"""


@POSIX
def test_in_a_container_there_is_no_network_and_it_is_removed(
    tmp_path, monkeypatch
):
    log, docker = tmp_path / "log.txt", tmp_path / "bin/docker"
    docker.parent.mkdir()
    checks = str(exercises.HOME)
    text = DOCKER.format(log=str(log), checks=checks)
    played = docker.with_suffix(".py")  # a first line may hold no blank
    played.write_text(text, encoding="utf-8")
    started = f'#!/bin/sh\nexec "{sys.executable}" "{played}" "$@"\n'
    docker.write_text(started, encoding="utf-8")
    docker.chmod(0o755)
    monkeypatch.setenv("PATH", str(docker.parent))
    solved(tmp_path / "class/ann.ipynb")
    argv = ["x", "grade", str(tmp_path / "class"), "--container"]
    monkeypatch.setattr(sys, "argv", argv)
    assert exercises.main() == 0
    with (tmp_path / "class/grades.csv").open(encoding="utf-8-sig") as file:
        assert [int(row["points"]) for row in csv.DictReader(file)] == [FULL]
    image, run, remove = (
        line.split("\t") for line in log.read_text().splitlines()
    )
    assert image == ["image", "inspect", "recx-grade"]
    assert {
        "--rm",
        "--network=none",
        "--read-only",
        "--cap-drop=ALL",
        "--memory=4096m",
        f"--volume={exercises.HOME / 'recx_check'}:/checks/recx_check:ro",
        "--env=PYTHONPATH=/checks",
    } <= set(run)
    mounted = [part for part in run if part.startswith("--volume")]
    assert len(mounted) == 2
    assert f"--name={remove[-1]}" in run
    assert remove[:-1] == ["rm", "--force"]


def test_where_no_container_can_be_it_is_said(tmp_path, monkeypatch, capsys):
    solved(tmp_path / "class/ann.ipynb")
    argv = ["x", "grade", str(tmp_path / "class"), "--container"]
    monkeypatch.setattr(sys, "argv", argv)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert exercises.main() == 1
    assert "neither docker nor podman is here" in capsys.readouterr().err
    (tmp_path / "podman").write_text("#!/bin/sh\nexit 1\n", encoding="utf-8")
    (tmp_path / "podman").chmod(0o755)
    assert exercises.main() == 1
    said = capsys.readouterr().err
    assert "podman has no image 'recx-grade'; build it" in said
    assert "--file exercises/Containerfile exercises/kit" in said
    assert not (tmp_path / "class/grades.csv").exists()


class Yes(str):
    """Equal to everything."""

    __hash__ = str.__hash__

    def __eq__(self, other):
        return True


class Number:
    """Whatever number is asked for, through numpy."""

    def __array__(self, dtype=None, copy=None):
        import numpy as np

        return np.array(4.0)


@pytest.mark.parametrize("cheat", [Yes("no"), Number()])
def test_an_object_that_is_equal_to_everything_is_no_answer(cheat):
    checks = core.Checks()
    type(cheat).__module__ = "__main__"

    @checks.test("double")
    def _(double):
        """Of two:"""
        core.expect(double(2), 4 if isinstance(cheat, Number) else "yes", "?")

    outcome = checks.run("double", lambda x: cheat)
    assert not outcome.ok
    assert "a class of your own" in outcome.hint
