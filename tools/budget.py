"""Times and sizes beside their budgets, from what the checks leave in _build/.

The budgets are for two cores without a GPU.
"""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
JUNIT = ROOT / "_build/tests.xml"
BOOK = ROOT / "_build/book_seconds.json"
SECONDS = {
    "chapter": 45,
    "book": 60,
    "make test": 1200,
    "make quick": 120,
}
NOTEBOOK_KB = 500


def forget() -> None:
    """Remove an earlier run's figures: none is mistaken for this one's."""
    JUNIT.unlink(missing_ok=True)
    BOOK.unlink(missing_ok=True)


def chapter_seconds(junit: Path = JUNIT) -> dict[str, float]:
    """Return the seconds of each notebook, from pytest's report.

    The start of the kernel counts; printed solutions, which no reader runs
    with the chapter, do not.
    """
    seconds: dict[str, float] = {}
    for case in ET.parse(junit).iter("testcase") if junit.exists() else ():
        name = case.get("file") or case.get("classname", "")
        if not name.endswith(".ipynb"):
            continue
        if case.get("name", "").startswith("printed solution"):
            continue
        name = name.replace("\\", "/").split("/")[-1]
        name = name.removeprefix("notebooks.").removesuffix(".ipynb")
        seconds[name] = seconds.get(name, 0.0) + float(case.get("time", 0))
    return seconds


def line(what: str, value: float, most: float, unit: str) -> str:
    """Return one line; OVER BUDGET stands where it cannot be missed."""
    mark = "  <<<<<< OVER BUDGET" if value > most else ""
    return f"  {what:<44}{value:>8.1f} {unit:<3} of {most:>5.0f}{mark}"


def quick(total: float) -> str:
    """Return the line of `make quick`."""
    return line("make quick", total, SECONDS["make quick"], "s")


def report(total: float) -> str:
    """Return the whole report; what was not measured is said to be missing."""
    chapters, lines = chapter_seconds(), ["Budgets"]
    for name, seconds in sorted(chapters.items()):
        lines.append(line(name, seconds, SECONDS["chapter"], "s"))
    if chapters:
        whole = sum(chapters.values())
        most = SECONDS["chapter"] * len(chapters)
        lines.append(line("all chapters", whole, most, "s"))
    else:
        lines.append("  chapters: not measured")
    if BOOK.exists():
        seconds = json.loads(BOOK.read_text(encoding="utf-8"))
        lines.append(line("the book", seconds, SECONDS["book"], "s"))
    else:
        lines.append("  the book: not built")
    lines.append(line("make test", total, SECONDS["make test"], "s"))
    for path in sorted((ROOT / "notebooks").glob("*.ipynb")):
        kilobytes = path.stat().st_size / 1000
        lines.append(line(path.name, kilobytes, NOTEBOOK_KB, "KB"))
    return "\n".join(lines)
