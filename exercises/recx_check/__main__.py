"""A report of the exercises in a folder: python -m recx_check [--only NAME] [FOLDER or NOTEBOOK …]

It reads the notebooks as they were last saved and runs each in a process of its own: one line for each, and details
where work has begun. With --picture FILE.html the same as a page, drawn.
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
from recx_check.picture import page
from recx_check.runner import Limits, run_notebook
from recx_check.sets import SETS, set_of


def notebooks(places: list[str]) -> list[Path]:
    """Return the notebooks named, and those in the folders named."""
    found = []
    for place in map(Path, places):
        found += sorted(place.glob("*.ipynb")) if place.is_dir() else [place]
    return [path for path in found if set_of(path)]


@dataclass(frozen=True)
class Mark:
    """What became of one exercise: its stars, the points for it, a remark in a few words."""

    name: str
    stars: int
    got: int
    remark: str

    @property
    def begun(self) -> bool:
        """Has anything been written?"""
        return not self.remark.startswith(NOTHING)

    @property
    def line(self) -> str:
        """The one line of this exercise."""
        return f"  {'★' * self.stars:4}{self.name:16}{self.got}/{self.stars}  {self.remark}"


@dataclass(frozen=True)
class Report:
    """What is to be said of one notebook: a mark for each exercise."""

    name: str
    marks: list[Mark]

    @property
    def got(self) -> int:
        """The points."""
        return sum(mark.got for mark in self.marks)

    @property
    def total(self) -> int:
        """The points that there are."""
        return sum(mark.stars for mark in self.marks)

    @property
    def line(self) -> str:
        """The one line of this notebook: name, a bar, points."""
        full = 10 * self.got // self.total
        state = "" if any(mark.begun for mark in self.marks) else ", nothing begun"
        return f"{self.name:34}{'█' * full}{'·' * (10 - full)} {self.got:3} of {self.total} points{state}"

    def lines(self, width: int, only: bool = False) -> list[str]:
        """The line of this notebook, and below it what has been begun (`only`: all), wrapped between words."""
        text = [mark.line for mark in self.marks if only or mark.begun]
        waiting = [mark.name for mark in self.marks if not mark.begun]
        if text and waiting and not only:
            text.append(f"  not begun: {', '.join(waiting)}")
        return [self.line, *(textwrap.fill(one, width, subsequent_indent=" " * 8, **BREAKS) for one in text)]


def report(path: Path, only: str | None, limits: Limits) -> Report | None:
    """Run one notebook; return its report, None where it lacks the exercise that was asked for."""
    stars = SETS[set_of(path)]["exercises"]
    chosen = [name for name in stars if only in (None, name)]
    if not chosen:
        return None
    result = run_notebook(path, limits)
    marks = [Mark(name, stars[name], result.points(name, stars[name]), result.remark(name)) for name in chosen]
    return Report(path.name, marks)


def picture(found: list[Report], file: Path) -> None:
    """Write one's progress as a page and say where it is."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(page(found), encoding="utf-8", newline="\n")
    print(f"As a picture: {file.resolve().as_uri()}")


def main() -> int:
    """Print the report; exit 1 only where one exercise was asked for and is not solved."""
    ask = argparse.ArgumentParser(prog="python -m recx_check", description=__doc__)
    ask.add_argument("places", nargs="*", default=["."], help="notebooks or folders (default: this folder)")
    ask.add_argument("--only", metavar="NAME", help="one exercise; exit 1 unless it is solved")
    ask.add_argument("--seconds", type=float, default=10, help="time for each cell (default 10)")
    ask.add_argument("--picture", type=Path, metavar="FILE.html", help="also draw the progress as a page")
    args = ask.parse_args()
    sys.stdout.reconfigure(encoding="utf-8", errors="replace")
    begin, found, width = time.perf_counter(), [], max(shutil.get_terminal_size().columns, 60)
    for path in notebooks(args.places):
        if one := report(path, args.only, Limits(seconds=args.seconds)):
            found.append(one)
            print("\n".join(one.lines(width, bool(args.only))), flush=True)
    points, total = sum(one.got for one in found), sum(one.total for one in found)
    if not total:
        print("No exercise found: run this in the folder of the notebooks, or name one.")
        return 1
    print(f"\n{points} of {total} points, {time.perf_counter() - begin:.0f} s. Saved notebooks were read: save first.")
    if args.picture:
        picture(found, args.picture)
    return int(args.only is not None and points < total)


if __name__ == "__main__":
    sys.exit(main())
