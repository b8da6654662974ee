"""The exercises: solutions pass, untouched ones say so, every planted wrong
answer draws its own hint.
"""

from __future__ import annotations

import json
import re
import sys
import time
from dataclasses import replace
from pathlib import Path

import nbformat
import numpy as np
import pytest
from nbclient import NotebookClient

from recx_check import core
from tools import chapters, exercises, exercises_mutants, exercises_prove
from tools.exercises_sets import (
    HOME,
    ExerciseError,
    answer,
    checks_of,
    faults,
    index,
    read_set,
    reference,
    sources,
)
from tools.exercises_student import (
    kit_files,
    stale,
    student_files,
    student_notebook,
    write,
)

pytestmark = pytest.mark.slow  # every set is solved, rightly and wrongly

SETS = exercises.read_all()
ALL = [
    pytest.param(s, e, id=f"{s.module}.{e.name}")
    for s in SETS
    for e in s.exercises
]
WRONG = [
    pytest.param(s, e, code, hint, id=f"{s.module}.{e.name}-{n}")
    for s in SETS
    for e in s.exercises
    for n, (code, hint) in enumerate(e.wrong, 1)
]
RIGHT = [
    pytest.param(s, e, code, id=f"{s.module}.{e.name}-{n}")
    for s in SETS
    for e in s.exercises
    for n, code in enumerate(e.right, 1)
]


@pytest.mark.parametrize(("whole", "exercise"), ALL)
def test_the_solution_passes(whole, exercise):
    assert exercises_prove.solution_fault(whole, exercise) == ""


@pytest.mark.parametrize(("whole", "exercise"), ALL)
def test_the_untouched_exercise_says_so(whole, exercise):
    assert exercises_prove.untouched_fault(whole, exercise) == ""


@pytest.mark.parametrize(("whole", "exercise", "code"), RIGHT)
def test_another_right_answer_passes_too(whole, exercise, code):
    assert exercises_prove.right_fault(whole, exercise, code) == ""


@pytest.mark.parametrize(("whole", "exercise", "code", "hint"), WRONG)
def test_a_wrong_answer_draws_its_own_hint(whole, exercise, code, hint):
    assert exercises_prove.wrong_fault(whole, exercise, code, hint) == ""


@pytest.mark.parametrize(("whole", "exercise"), ALL)
def test_different_mistakes_draw_different_hints(whole, exercise):
    assert len({hint for _, hint in exercise.wrong}) >= 3


def test_the_proof_can_fail():
    whole, first = SETS[0], SETS[0].exercises[0]
    _, hint = first.wrong[0]
    assert (
        exercises_prove.wrong_fault(whole, first, reference(first.cell), hint)
        != ""
    )
    assert (
        exercises_prove.wrong_fault(
            whole, first, first.wrong[0][0], "another hint"
        )
        != ""
    )
    assert (
        exercises_prove.untouched_fault(
            whole, replace(first, cell=first.wrong[0][0])
        )
        != ""
    )
    assert (
        exercises_prove.solution_fault(
            whole, replace(first, cell=first.wrong[0][0])
        )
        != ""
    )


@pytest.mark.parametrize("whole", SETS, ids=lambda s: s.name)
def test_checks_take_no_time(whole):
    answers = [(e.name, answer(e, reference(e.cell))) for e in whole.exercises]
    checks, begin = checks_of(whole), time.process_time()
    for name, solution in answers:
        checks.run(name, solution)
    assert time.process_time() - begin < 0.5 * len(answers)


@pytest.mark.skipif(
    sys.platform == "win32", reason="needs an alarm to stop mutants that loop"
)
@pytest.mark.parametrize("whole", SETS, ids=lambda s: s.name)
def test_small_faults_are_caught(whole):
    total, survivors = exercises_mutants.run(whole)
    assert total >= 5 * len(whole.exercises)
    listed = "\n".join(
        f"{name}, {mutant.kind}: {mutant.text}" for name, mutant in survivors
    )
    assert 1 - len(survivors) / total >= exercises.ENOUGH, listed


def test_the_students_folder_is_fresh():
    old = [p.name for p in stale(student_files(SETS), HOME / "student")]
    assert old == [], "run make exercises"
    assert (HOME / "recx_check/sets.json").read_text(
        encoding="utf-8"
    ) == index(SETS), "run make exercises"


def test_a_stale_folder_is_noticed(tmp_path):
    files = kit_files(SETS)
    write(files, tmp_path)
    assert stale(files, tmp_path) == []
    (tmp_path / "README.md").write_text("edited", encoding="utf-8")
    (tmp_path / "recx_check/core.py").unlink()
    (tmp_path / "more.ipynb").write_text("", encoding="utf-8")
    assert {path.name for path in stale(files, tmp_path)} == {
        "README.md",
        "core.py",
        "more.ipynb",
    }


@pytest.mark.parametrize("whole", SETS, ids=lambda s: s.name)
def test_the_students_notebook_gives_nothing_away_and_runs(whole, tmp_path):
    nb = nbformat.reads(student_notebook(whole, solutions=False), 4)
    text = "\n".join(cell.source for cell in nb.cells)
    assert not any(
        mark in text for mark in ("SOLUTION", "# HOLE", "<summary>Solution")
    )
    for exercise in whole.exercises:
        assert all(code not in text for code, _ in exercise.wrong)
        assert reference(exercise.cell) not in text
    full = student_notebook(whole)
    assert full.count("<summary>Solution</summary>") == len(whole.exercises)
    assert [
        o
        for c in json.loads(full)["cells"]
        if c["cell_type"] == "code"
        for o in c["outputs"]
    ] == []


def test_run_all_of_a_fresh_notebook_raises_nothing_and_shows_no_traceback():
    whole = SETS[0]
    nb = nbformat.reads(student_notebook(whole), 4)
    NotebookClient(
        nb, timeout=60, resources={"metadata": {"path": str(HOME / "student")}}
    ).execute()
    outputs = [o for cell in nb.cells for o in cell.get("outputs", [])]
    said = "".join(o.get("text", "") for o in outputs)
    assert {o.output_type for o in outputs} <= {"stream", "execute_result"}
    assert {o.name for o in outputs if o.output_type == "stream"} == {"stdout"}
    assert said.count(core.NOTHING) == len(whole.exercises)


def toy_checks() -> core.Checks:
    checks = core.Checks()

    @checks.test("double")
    def _(double):
        """Of two:"""
        core.expect(double(2), 4, "Twice.")

    @checks.test("double")
    def _(double):
        """Of three:"""
        core.expect(double(3), 6, "Twice.", (9, "This is the square."))

    return checks


@pytest.mark.parametrize(
    ("wrong", "hint"),
    [
        (
            lambda x: x * x,
            "1 of 2 checks pass, 1 left.\n  Of three: This is the square.",
        ),
        (lambda x: x / 0, "line"),
        (lambda x: exit(), "SystemExit"),
        (lambda x: [x].append(x), "is a `return` missing?"),
        (lambda x: "four", "got 'four'"),
        (lambda x: [4, 4], "got [4, 4]"),
        (lambda x, y: 4, "TypeError"),
        (lambda x: wrong_recursion(x), "RecursionError"),
        (4, "Give the function itself"),
        ("text", "Give the function itself"),
    ],
)
def test_any_answer_gets_one_message_and_no_traceback(wrong, hint, capsys):
    toy_checks().check("double", wrong)
    said = capsys.readouterr().out
    assert hint in said
    assert "Traceback" not in said
    message = str(toy_checks().run("double", wrong))
    assert message.count("\n") == 1  # the mark, and one hint
    assert said.split() == message.split()
    assert max(map(len, said.splitlines())) <= core.WIDTH


def open_hole(x):
    half = ...
    return x if half != 1 else 2 * x


def no_hole(x):
    import numpy as np

    return float(np.full((1, 2), x)[..., 0].sum() * 2)


class Stub:
    def double(self, x): ...


def test_a_hole_is_seen_and_an_index_of_dots_is_none():
    checks = toy_checks()
    assert core.NOTHING in checks.run("double", open_hole).hint
    assert core.NOTHING in checks.run("double", Stub).hint
    assert core.NOTHING in checks.run("double", (4, ...)).hint
    assert checks.run("double", no_hole).ok


@pytest.mark.parametrize(
    ("answer", "hint"),
    [
        (
            lambda xs: sum(xs) / 3,
            "Their sum. Expected 6, got 2. Call: total([1, 2, 3])",
        ),
        (lambda xs: np.float64(2) / 3, "got 0.666667. Call: total([1, 2, 3])"),
        (lambda xs: [np.float64(6), 0.1 + 0.2], "got [6.0, 0.3]"),
        (
            lambda xs: sum(xs.pop() for _ in range(3)),
            "changes what it is given",
        ),
        (lambda xs: print(end=""), "is a `return` missing?"),
        (lambda xs: np.arange(3)[6.0], "IndexError"),
    ],
)
def test_the_message_shows_the_call_and_plain_numbers(answer, hint):
    checks = core.Checks()

    @checks.test("total")
    def _(total):
        """Of three:"""
        core.expect(total([1, 2, 3]), 6, "Their sum.")

    outcome = checks.run("total", answer)
    assert not outcome.ok and hint in outcome.hint


@pytest.mark.parametrize(
    ("got", "want", "alike"),
    [
        (None, float("nan"), False),
        ([1, None], np.array([1, np.nan]), False),
        (None, None, True),
        (0.0, None, False),
    ],
)
def test_nothing_is_not_taken_for_no_number(got, want, alike):
    assert core.same(got, want) is alike


def test_every_mistake_that_stands_in_print_is_somebody_s_exercise(root):
    text = (
        (root / "exercises/README.md")
        .read_text(encoding="utf-8")
        .split("## Mistakes that stand in print")[1]
    )
    rows = [
        line.split("|")[3]
        for line in text.split("\n## ")[0].splitlines()
        if line.startswith("| ")
    ][1:]
    named = [
        found for row in rows for found in re.findall(r"(\d\w+) `(\w+)`", row)
    ]
    titled = [
        (whole.name.split("_")[0], one)
        for whole in SETS
        for one in whole.exercises
    ]
    there = {
        (number, one.name) for number, one in titled if "mistake" in one.title
    }
    assert (
        len(rows) == 14
        and [found for found in named if found not in there] == []
    )
    assert [
        row
        for row in rows
        if "`" not in row and not re.search(r"chapter \d, section 9", row)
    ] == []


def wrong_recursion(x):
    return wrong_recursion(x)


def test_an_unknown_name_is_named(capsys):
    toy_checks().check("duoble", abs)
    assert (
        "no exercise 'duoble' here; there are: double"
        in capsys.readouterr().out
    )


def test_an_exercise_that_lacks_something_is_refused(tmp_path):
    path = sources()[0]
    text = path.read_text(encoding="utf-8")
    broken = tmp_path / path.name
    for old, new, says in [
        ("(5 min)", "", "has no heading"),
        ("**Expected", "**Want", "lacks **Expected"),
    ]:
        broken.write_text(text.replace(old, new), encoding="utf-8")
        with pytest.raises(ExerciseError, match="heading|lacks") as error:
            read_set(broken)
        assert says in str(error.value)
    nothing = faults(type(SETS[0])("x", [], []))
    assert "no exercise is called 'Find the mistake'" in nothing
    assert "no exercise of ★★★ is called 'Open task'" in nothing


def test_an_exercise_bears_its_number_where_it_is_worked_on():
    """The one by which the list of all sets names it: 2.1, 2.2 …"""
    for whole in SETS:
        cells = nbformat.reads(student_notebook(whole), 4).cells
        texts = "\n".join(c.source for c in cells if c.cell_type == "markdown")
        heads = re.findall(r"^## (\d+\.\d+) (★+) (.+) \(", texts, re.M)
        chapter = int(whole.name[:2])
        assert heads == [
            (f"{chapter}.{n}", "★" * exercise.stars, exercise.title)
            for n, exercise in enumerate(whole.exercises, 1)
        ]


def test_a_set_takes_as_long_as_its_exercises_together():
    """What the chapter's header says, and every page after it."""
    said = {c.name: c.lesson["set"] for c in chapters.read_all()}
    whole = {s.name: sum(e.minutes for e in s.exercises) for s in SETS}
    assert said == whole


def test_a_set_is_titled_as_its_chapter():
    root = Path(__file__).parents[1]
    for source in sorted((root / "exercises/source").glob("*.md")):
        chapter = root / "book/chapters" / source.name
        titles = []
        for text, words in ((source, "# Exercises "), (chapter, "# ")):
            lines = text.read_text(encoding="utf-8").splitlines()
            first = next(line for line in lines if " · " in line)
            titles.append(first.removeprefix(words).split(" · ")[0])
        assert titles[0] == titles[1] == str(int(source.stem[:2])), source
