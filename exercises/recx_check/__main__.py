"""A report of the exercises in a folder: python -m recx_check [--only NAME] [FOLDER or NOTEBOOK …]

It reads the notebooks as they were last saved and runs each in a process of its own: one line for each, and details
where work has begun.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import textwrap
import time
from dataclasses import dataclass
from pathlib import Path

from recx_check.core import BREAKS, NOTHING
from recx_check.runner import Limits, run_notebook
from recx_check.sets import SETS, set_of


def notebooks(places: list[str]) -> list[Path]:
    """Return the notebooks named, and those in the folders named."""
    found = []
    for place in map(Path, places):
        found += sorted(place.glob("*.ipynb")) if place.is_dir() else [place]
    return [path for path in found if set_of(path)]


@dataclass
class Report:
    """What is to be said of one notebook: its points, and a line for each exercise that was begun."""

    name: str
    got: int
    total: int
    begun: list[str]
    waiting: list[str]

    @property
    def line(self) -> str:
        """The one line of this notebook: name, a bar, points."""
        full = 10 * self.got // self.total
        state = "" if self.begun else ", nothing begun"
        return f"{self.name:34}{'█' * full}{'·' * (10 - full)} {self.got:3} of {self.total} points{state}"

    def lines(self, width: int) -> list[str]:
        """The line of this notebook, and below it what has been begun, wrapped between words."""
        text = [*self.begun, *([f"  not begun: {', '.join(self.waiting)}"] if self.begun and self.waiting else [])]
        return [self.line, *(textwrap.fill(one, width, subsequent_indent=" " * 8, **BREAKS) for one in text)]


def report(path: Path, only: str | None, limits: Limits) -> Report | None:
    """Run one notebook; return its report, None where it lacks the exercise that was asked for."""
    stars = SETS[set_of(path)]["exercises"]
    chosen = [name for name in stars if only in (None, name)]
    if not chosen:
        return None
    result, begun = run_notebook(path, limits), {}
    for name in chosen:
        remark, got = result.remark(name), result.points(name, stars[name])
        if only or not remark.startswith(NOTHING):
            begun[name] = f"  {'★' * stars[name]:4}{name:16}{got}/{stars[name]}  {remark}"
    got, total = (sum(part) for part in zip(*((result.points(n, stars[n]), stars[n]) for n in chosen), strict=True))
    return Report(path.name, got, total, [*begun.values()], [name for name in chosen if name not in begun])


def main() -> int:
    """Print the report; exit 1 only where one exercise was asked for and is not solved."""
    ask = argparse.ArgumentParser(prog="python -m recx_check", description=__doc__)
    ask.add_argument("places", nargs="*", default=["."], help="notebooks or folders (default: this folder)")
    ask.add_argument("--only", metavar="NAME", help="one exercise; exit 1 unless it is solved")
    ask.add_argument("--seconds", type=float, default=10, help="time for each cell (default 10)")
    args = ask.parse_args()
    sys.stdout.reconfigure(encoding="utf-8", errors="replace")
    begin, points, total, width = time.perf_counter(), 0, 0, max(shutil.get_terminal_size().columns, 60)
    for path in notebooks(args.places):
        found = report(path, args.only, Limits(seconds=args.seconds))
        if found:
            points, total = points + found.got, total + found.total
            print("\n".join(found.lines(width)), flush=True)
    if not total:
        print("No exercise found: run this in the folder of the notebooks, or name one.")
        return 1
    print(f"\n{points} of {total} points, {time.perf_counter() - begin:.0f} s. Saved notebooks were read: save first.")
    return int(args.only is not None and points < total)


if __name__ == "__main__":
    sys.exit(main())
