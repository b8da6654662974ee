"""Which sets there are, and which set a notebook belongs to (sets.json is generated from the sources)."""

from __future__ import annotations

import importlib
import json
from pathlib import Path

SETS: dict[str, dict] = json.loads((Path(__file__).parent / "sets.json").read_text(encoding="utf-8"))


def checks_of(name: str):
    """Return the `Checks` of a set such as "02_matrix_factorization"."""
    return importlib.import_module(f"recx_check.{SETS[name]['module']}").checks


def read_cells(path: Path) -> dict:
    """Return a notebook as parsed; an empty one where the file cannot be read, so that it costs nobody else."""
    try:
        nb = json.loads(path.read_text(encoding="utf-8-sig"))
        if not isinstance(nb, dict) or not isinstance(nb.get("cells"), list):
            return {}
        return nb | {"cells": [cell for cell in nb["cells"] if isinstance(cell, dict)]}
    except (OSError, ValueError, RecursionError):
        return {}


def set_of(path: Path) -> str | None:
    """Return the set that a notebook belongs to, by what is written in it, else by its file's name."""
    meta = read_cells(path).get("metadata")
    named = meta.get("recx_exercises") if isinstance(meta, dict) else None
    if isinstance(named, str) and named in SETS:
        return named
    return next((name for name in SETS if name in path.stem), None)
