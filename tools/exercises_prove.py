"""Prove the checks of one set while writing it: what each solution, untouched
cell and wrong answer is told.
"""

from __future__ import annotations

from collections.abc import Iterator

from recx_check import core
from tools.exercises_sets import (
    Exercise,
    Set,
    answer,
    checks_of,
    reference,
    stub,
)


def outcome(whole: Set, exercise: Exercise, code: str) -> core.Outcome:
    """Return what the checks say of a cell."""
    return checks_of(whole).run(exercise.name, answer(exercise, code))


def solution_fault(whole: Set, exercise: Exercise) -> str:
    """Return what the checks find wrong in the solution: nothing, if all is
    well.
    """
    told = outcome(whole, exercise, reference(exercise.cell))
    return "" if told.ok else f"the solution fails: {told}"


def right_fault(whole: Set, exercise: Exercise, code: str) -> str:
    """Return what the checks find wrong in another right answer: nothing, if
    they are as open as they should be.
    """
    told = outcome(whole, exercise, code)
    return "" if told.ok else f"another right answer fails: {told}\n{code}"


def untouched_fault(whole: Set, exercise: Exercise) -> str:
    """Return what is wrong with the answer to an untouched cell, which should
    be "nothing written yet".
    """
    told = outcome(whole, exercise, stub(exercise.cell))
    return (
        ""
        if not told.ok and core.NOTHING in str(told)
        else f"the untouched cell is told: {told}"
    )


def wrong_fault(whole: Set, exercise: Exercise, code: str, hint: str) -> str:
    """Return what is wrong with the answer to a planted wrong answer, which
    should hold its hint.
    """
    told = outcome(whole, exercise, code)
    return (
        ""
        if not told.ok and hint in told.hint
        else f"instead of {hint!r} a wrong answer is told: {told}\n{code}"
    )


def proofs(whole: Set) -> Iterator[tuple[Exercise, list[str]]]:
    """Yield every exercise with its faults."""
    for exercise in whole.exercises:
        faults = [
            solution_fault(whole, exercise),
            untouched_fault(whole, exercise),
        ]
        faults += [
            right_fault(whole, exercise, code) for code in exercise.right
        ]
        faults += [
            wrong_fault(whole, exercise, code, hint)
            for code, hint in exercise.wrong
        ]
        if len({hint for _, hint in exercise.wrong}) < 3:
            faults.append("fewer than three different hints")
        yield exercise, [fault for fault in faults if fault]
