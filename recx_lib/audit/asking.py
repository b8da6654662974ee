"""Chapter 21: what a stranger's code raises is said in a sentence."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from traceback import extract_tb

from recx_lib.core.errors import DataError


class NoScore(DataError):
    """A model that says nothing at all of a history: what rests on it cannot
    be tried.
    """


def asked(what: str, ask: Callable, *given, but: tuple = ()):
    """Return `ask(*given)`, where `ask` is somebody else's code.

    Raise DataError where it raises: `what` was asked, the error, and the line
    it came from. Errors of ours, and what `but` names, pass as they are.

    >>> asked("the model", float, "7")
    7.0
    """
    try:
        return ask(*given)
    except (DataError, *but):
        raise
    except Exception as error:
        place = extract_tb(error.__traceback__)[1:]  # without this one
        told = f"{type(error).__name__}: {error}"
        if place:
            file = Path(place[-1].filename).name
            told += f" ({file}, line {place[-1].lineno})"
        raise DataError(f"{what} failed, {told}") from error
