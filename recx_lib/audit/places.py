"""Chapter 21: what the command reads, and where it may write."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from pkgutil import resolve_name

from recx_lib.audit.asking import asked
from recx_lib.core.errors import DataError
from recx_lib.data import USUAL

MISSING = (ModuleNotFoundError, AttributeError)


def check_written(written: Sequence[Path], read: Sequence[str]) -> None:
    """Raise DataError where one of the files that will be written (the page,
    its figures, …) is one that is read, lies in a folder that is, or comes
    twice.

    >>> check_written([Path("report.html"), Path("report.json")], ["shop"])
    """
    # nothing is written over another, or over what is read
    if len(set(written)) < len(written):
        what = "its figures would be written over the page"
        raise DataError(f"--out {written[0]}: {what}; name it report.html")
    taken = {Path(place).resolve() for place in read if place}
    for path in map(Path.resolve, written):
        if path in taken or path.parent in taken:
            what = f"{path} is read, or lies in a folder that is"
            raise DataError(f"{what}: give --out another name or folder")


def object_at(place: str):
    """Return what "module:object" or "file.py:object" names; an http address
    as it is.

    Raise DataError where there is no such module or object.

    >>> object_at("recx_lib.recommend:EASE").__name__
    'EASE'
    """
    if place.startswith(("http://", "https://")):
        return place
    # 1. A module, or a file beside which it lies.
    module, colon, name = place.rpartition(":")
    if not colon:
        raise DataError(f"{place!r} names no object: write module:object")
    folder = os.getcwd()
    if module.endswith(".py"):
        folder, module = str(Path(module).resolve().parent), Path(module).stem
    if folder not in sys.path:
        sys.path.insert(0, folder)
    # 2. The object in it; what went wrong inside is told apart.
    try:
        return asked(place, resolve_name, f"{module}:{name}", but=MISSING)
    except ModuleNotFoundError as error:
        what = f"{place!r} cannot be imported: {error}"
        raise DataError(f"{what}; is it in this folder?") from None
    except AttributeError:
        source = getattr(sys.modules.get(module), "__file__", "python itself")
        raise DataError(f"{module} ({source}) has no {name!r}") from None


def named_columns(columns: str) -> dict[str, str | None]:
    """Return {role: column} of "user=who,rating=none"; raise DataError for
    what is no role.

    >>> named_columns("user=Kunde Nr,rating=none")
    {'user': 'Kunde Nr', 'rating': None}
    """
    named = {}
    for part in filter(None, columns.split(",")):
        # "user=who": which column plays which part
        role, equals, name = (said.strip() for said in part.partition("="))
        if not equals:
            raise DataError(f"--columns {part!r}: write role=column")
        if role not in USUAL:
            known = ", ".join(USUAL)
            raise DataError(f"--columns {part!r}: the roles are {known}")
        named[role] = None if name == "none" else name
    return named
