"""Times and sizes beside their budgets (two cores, no GPU), from the files that the checks leave in _build/."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
JUNIT = ROOT / "_build/nbval.xml"
BOOK = ROOT / "_build/book_seconds.json"
SECONDS = {"chapter": 60, "all chapters": 600, "book": 60, "make test": 900}
NOTEBOOK_KB = 500


def forget() -> None:
    """Remove the figures of an earlier run, so that none can be mistaken for this one's."""
    JUNIT.unlink(missing_ok=True)
    BOOK.unlink(missing_ok=True)


def chapter_seconds(junit: Path = JUNIT) -> dict[str, float]:
    """Return the seconds of each notebook, kernel start included, from nbval's report."""
    seconds: dict[str, float] = {}
    for case in ET.parse(junit).iter("testcase") if junit.exists() else ():
        name = (
            (case.get("file") or case.get("classname", "")).replace("\\", "/").split("/")[-1].replace("notebooks.", "")
        )
        name = name.removesuffix(".ipynb")
        seconds[name] = seconds.get(name, 0.0) + float(case.get("time", 0))
    return seconds


def line(what: str, value: float, most: float, unit: str) -> str:
    """Return one line; OVER BUDGET stands where it cannot be missed."""
    mark = "  <<<<<< OVER BUDGET" if value > most else ""
    return f"  {what:<44}{value:>8.1f} {unit:<3} of {most:>5.0f}{mark}"


def report(total: float) -> str:
    """Return the whole report; what was not measured is said to be missing."""
    chapters = chapter_seconds()
    lines = ["Budgets"] + [line(name, s, SECONDS["chapter"], "s") for name, s in sorted(chapters.items())]
    lines += [line("all chapters", sum(chapters.values()), SECONDS["all chapters"], "s")] if chapters else []
    lines += [] if chapters else ["  chapters: not measured"]
    if BOOK.exists():
        lines.append(line("the book", json.loads(BOOK.read_text(encoding="utf-8")), SECONDS["book"], "s"))
    else:
        lines.append("  the book: not built")
    lines.append(line("make test", total, SECONDS["make test"], "s"))
    for path in sorted((ROOT / "notebooks").glob("*.ipynb")):
        lines.append(line(path.name, path.stat().st_size / 1000, NOTEBOOK_KB, "KB"))
    return "\n".join(lines)
