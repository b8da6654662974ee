"""What `check` is made of: tests that name the likely mistake, and one message that never holds a traceback."""

from __future__ import annotations

import copy
import dis
import functools
import sys
import sysconfig
import textwrap
import traceback
import types
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

HERE = str(Path(__file__).resolve().parent)
NOT_THEIRS, PACKAGES = (HERE, sysconfig.get_paths()["stdlib"], "<frozen", "<__array"), "site-packages"
PLAIN = (type(None), str, int, float, np.generic, list, tuple, set, frozenset, dict)
HEAP = 1 << 9  # marks a class that was made while the program ran
NOTHING = "nothing written yet"
SILENT = "Your function returns None, whatever it is given: is a `return` missing?"
CHANGED = "What comes back is right, but your function changes what it is given, and the caller may need that: copy it"
CHANGED += " (`x -= 1`, `x.sort()` and `x &= y` change x itself, `x = x - 1` does not)."
QUIET = {"RESUME", "NOP", "CACHE", "EXTENDED_ARG", "LOAD_CONST", "RETURN_CONST", "RETURN_VALUE", "POP_TOP"}
TAKES = ("STORE_FAST", "STORE_NAME", "STORE_GLOBAL", "STORE_DEREF", "STORE_ATTR", "RETURN_VALUE")
WIDTH, BREAKS = 79, {"break_long_words": False, "break_on_hyphens": False}
LISTENERS: list[Callable] = []  # a report listens here: called with (name, None) before and (name, outcome) after


class Miss(Exception):  # noqa: N818 (no error of the program: a test that is not met)
    """A test is not met; the message is the hint that the learner reads."""


class Untouched(Exception):  # noqa: N818 (see above)
    """The answer is, or still holds, the `...` of the notebook."""


@dataclass(frozen=True)
class Outcome:
    """What came of one exercise: how many of its checks passed, and what to tell the learner about the rest."""

    name: str
    passed: int
    total: int
    hint: str = ""

    @property
    def wrapped(self) -> str:
        """The message with its lines broken between words: JupyterLab breaks what is too long anywhere."""
        lines = str(self).splitlines()
        return "\n".join(textwrap.fill(line, WIDTH, subsequent_indent="  ", **BREAKS) for line in lines)

    @property
    def ok(self) -> bool:
        """Did every check pass?"""
        return self.passed == self.total > 0

    def __str__(self) -> str:
        """Return the message for the learner."""
        if self.ok:
            return f"✓ {self.name}: {f'all {self.total} checks pass' if self.total > 1 else 'the check passes'}."
        if self.hint.startswith(NOTHING):
            return f"· {self.name}: {self.hint}. {self.total} check{'s wait' if self.total > 1 else ' waits'}."
        left = self.total - self.passed
        return f"✗ {self.name}: {self.passed} of {self.total} checks pass, {left} left.\n  {self.hint}"


def same(got, want, tol: float = 1e-6) -> bool:
    """Return whether two answers are equal: texts and sets exactly, numbers within `tol`, shapes too."""
    if not known_kind(got):
        return False
    if want is None:
        return got is None
    if isinstance(want, bool):
        return isinstance(got, (bool, np.bool_)) and bool(got) == want
    if isinstance(want, str):
        return isinstance(got, str) and got == want
    if isinstance(want, (set, frozenset)):
        return isinstance(got, (set, frozenset)) and got == want
    if isinstance(want, dict):
        return isinstance(got, dict) and got.keys() == want.keys() and all(same(got[k], want[k], tol) for k in want)
    if isinstance(want, (tuple, list)):
        alike = isinstance(got, (tuple, list, np.ndarray)) and len(got) == len(want)
        return alike and all(same(g, w, tol) for g, w in zip(got, want, strict=True))
    got, want = _numbers(got), _numbers(want)
    return got is not None and got.shape == want.shape and np.allclose(got, want, rtol=tol, atol=tol, equal_nan=True)


def known_kind(value) -> bool:
    """Return whether a value's class is Python's or a library's: one of the learner's own may be equal to anything."""
    kind = type(value)
    if not kind.__flags__ & HEAP:
        return True
    return kind.__module__ != "__main__" and getattr(sys.modules.get(kind.__module__), kind.__name__, None) is kind


def _numbers(value) -> np.ndarray | None:
    """Return a number, an array, or a tensor as floats; None where it is none of these (numpy takes None for NaN)."""
    try:
        found = np.asarray(value.detach() if hasattr(value, "detach") else value, dtype=float)
    except (TypeError, ValueError):
        return None
    holes = np.isnan(found).any() and any(part is None for part in np.ravel(np.asarray(value, dtype=object)))
    return None if holes else found


def plain(value):
    """Return a value with plain numbers of six digits in place of numpy's, whatever it is nested in."""
    if isinstance(value, (float, np.floating)):
        return float(f"{value:.6g}")
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, dict):
        return {plain(key): plain(part) for key, part in value.items()}
    return type(value)(map(plain, value)) if type(value) in (tuple, list, set, frozenset) else value


def show(value) -> str:
    """Return a value in one short line, arrays with their shape."""
    array = value.detach().numpy() if hasattr(value, "detach") else value
    if isinstance(array, np.ndarray) and array.ndim:
        text = f"{np.array2string(array, precision=4, separator=', ', threshold=12)} of shape {array.shape}"
    elif isinstance(array, (float, np.floating, np.ndarray)):
        text = f"{float(array):.6g}"
    else:
        text = repr(plain(array))
    text = " ".join(text.split())
    return text if len(text) <= 160 else text[:157] + "…"


def written(value) -> str:
    """Return a value as one writes it in a call; "…" where it is no plain value."""
    if isinstance(value, np.ndarray):
        text = f"np.array({plain(value.tolist())})"
    else:
        text = repr(plain(value)) if isinstance(value, PLAIN) else "…"
    return "…" if "object at" in text or "\n" in text else text


def expect(got, want, hint: str, *known: tuple, tol: float = 1e-6) -> None:
    """Raise Miss with `hint` unless `got` equals `want`; `known` pairs (wrong value, its own hint) are tried first."""
    parts = got if isinstance(got, (tuple, list)) else [got]
    if any(part is ... for part in parts):
        raise Untouched
    if same(got, want, tol):
        return
    if strange := [type(part).__name__ for part in (got, *parts) if not known_kind(part)]:
        raise Miss(f"Give plain numbers, texts, lists or arrays, no object of a class of your own ({strange[0]}).")
    for value, why in known:
        if same(got, value, tol):
            raise Miss(why)
    if any(part is None for part in parts):
        raise Miss(f"Your answer is or holds None: is a `return` missing? {hint}")
    raise Miss(f"{hint} Expected {show(want)}, got {show(got)}.")


def untouched(answer) -> bool:
    """Return whether an answer is still `...`, None, or a function (a class) whose body is (whose methods are) that."""
    if isinstance(answer, type):
        return any(untouched(part) for part in vars(answer).values() if isinstance(part, types.FunctionType))
    if not isinstance(answer, types.FunctionType):
        return answer is None or answer is ...
    steps = list(dis.get_instructions(answer))
    ends = [step.argval for step in steps if step.opname in ("LOAD_CONST", "RETURN_CONST")]
    return all(step.opname in QUIET for step in steps) and all(end is None or end is ... for end in ends[-1:])


def holes(answer) -> bool:
    """Return whether a function (a method of a class) still assigns or returns the `...` of a hole."""
    if isinstance(answer, type):
        return any(holes(part) for part in vars(answer).values() if isinstance(part, types.FunctionType))
    if not isinstance(answer, types.FunctionType):
        return isinstance(answer, (tuple, list)) and any(part is ... for part in answer)
    steps = [step for step in dis.get_instructions(answer) if step.opname not in ("CACHE", "EXTENDED_ARG")]
    pairs = zip(steps, [*steps[1:], steps[-1]], strict=True)
    return any(a.argval is ... and (a.opname == "RETURN_CONST" or b.opname.startswith(TAKES)) for a, b in pairs)


def said(error: BaseException) -> str:
    """Return in one sentence what the learner's own code raised, and where; the checks' own lines are never named."""
    what = f"{type(error).__name__}: {error}".rstrip(": ")
    frames = traceback.extract_tb(error.__traceback__)
    mine = [frame for frame in frames if not frame.filename.startswith(NOT_THEIRS) and PACKAGES not in frame.filename]
    if not mine or frames[-1].filename.startswith(HERE):
        return f"Your answer does not have the expected form ({what})."
    return f"Your code stops in line {mine[-1].lineno} of its cell, in `{mine[-1].name}`, with {what}."


@dataclass
class Seen:
    """What one test saw of the learner's function: the first call, how many there were, how many gave None."""

    call: str = ""
    count: int = 0
    silent: int = 0
    changed: bool = False

    @property
    def can_be_shown(self) -> bool:
        """Was there one call only, and can it be written in a line?"""
        return self.count == 1 and "…" not in self.call and len(self.call) <= 200

    def watch(self, name: str, answer):
        """Return the learner's function, every call of which is noted here; anything else as it is."""
        if not isinstance(answer, types.FunctionType):
            return answer

        @functools.wraps(answer)
        def noted(*args, **named):
            if not self.count:
                parts = [*map(written, args), *(f"{key}={written(value)}" for key, value in named.items())]
                self.call = f"{name}({', '.join(parts)})"
            self.count += 1
            things = [part for part in (*args, *named.values()) if isinstance(part, (list, set, dict, np.ndarray))]
            before = [(part, kept) for part in things for kept in [copy.deepcopy(part)] if same(part, kept)]
            result = answer(*args, **named)
            self.changed |= not all(same(part, kept) for part, kept in before)
            self.silent += result is None
            return result

        return noted


class Checks:
    """The checks of one chapter: `test` and `value` collect them, `run` runs them, `check` tells the learner."""

    def __init__(self):
        self.tests: dict[str, list[Callable]] = {}
        self.callables: set[str] = set()

    def test(self, name: str) -> Callable:
        """Decorate a test of the function (or class) `name`; its docstring says what is tested."""
        self.callables.add(name)
        return self.value(name)

    def value(self, name: str) -> Callable:
        """Decorate a test of the plain value `name`; its docstring says what is tested."""

        def add(test: Callable) -> Callable:
            self.tests.setdefault(name, []).append(test)
            return test

        return add

    def check(self, name: str, answer=...) -> None:
        """Run the checks of exercise `name` on the learner's answer and say what came of it."""
        for listen in LISTENERS:
            listen(name, None)
        outcome = self.run(name, answer)
        for listen in LISTENERS:
            listen(name, outcome)
        print(outcome.wrapped)

    def require(self, name: str, answer=...) -> None:
        """Do as `check`, and raise AssertionError where it is not passed: for graders that look for an error."""
        outcome = self.run(name, answer)
        if not outcome.ok:
            raise AssertionError(str(outcome))

    def run(self, name: str, answer) -> Outcome:
        """Return the outcome of the checks of exercise `name`; raise nothing."""
        tests = self.tests.get(name, [])
        if not tests:
            return Outcome(name, 0, 0, f"There is no exercise {name!r} here; there are: {', '.join(self.tests)}.")
        if untouched(answer):
            return Outcome(name, 0, len(tests), NOTHING)
        if holes(answer):
            return Outcome(name, 0, len(tests), f"{NOTHING} where a `...` still stands")
        if name in self.callables and not callable(answer):
            hint = f"Give the function itself: check({name!r}, {name}), without calling it."
            return Outcome(name, 0, len(tests), hint)
        seen = [Seen() for _ in tests]
        hints = [_try(test, one.watch(name, answer), one) for test, one in zip(tests, seen, strict=True)]
        return Outcome(name, *_sum_up(hints, seen))


def _sum_up(hints: list[str], seen: list[Seen]) -> tuple[int, int, str]:
    """Return how many tests passed, how many there are, and the hint that helps first; "" where all is well."""
    missed = [hint for hint in hints if hint]
    hint = next((hint for hint in missed if hint.startswith(NOTHING)), missed[0] if missed else "")
    if not missed and any(one.changed for one in seen):
        return sum(not one.changed for one in seen), len(hints), CHANGED
    calls = sum(one.count for one in seen)
    if missed and not hint.startswith(NOTHING) and 0 < calls == sum(one.silent for one in seen):
        return 0, len(hints), SILENT
    return len(hints) - len(missed), len(hints), hint


def _try(test: Callable, answer, seen: Seen) -> str:
    """Run one test; return what to say about it, nothing where it passes."""
    tested = " ".join((test.__doc__ or "").split())
    try:
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            test(answer)
    except Miss as miss:
        why = str(miss)
    except (Untouched, NotImplementedError):
        return f"{NOTHING} where a `...` still stands"
    except (Exception, SystemExit) as error:
        if "ellipsis" in str(error).lower() and not isinstance(error, IndexError):  # numpy's names it among its indices
            return f"{NOTHING} where a `...` still stands"
        why = said(error)
    else:
        return ""
    return f"{tested} {why}" + (f" Call: {seen.call}" if seen.can_be_shown else "")
