"""A report of the exercises in a folder: python -m recx_check [--only NAME] [FOLDER or NOTEBOOK …]

It reads the notebooks as they were last saved and runs each in a process of its own.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

from recx_check.runner import Limits, run_notebook
from recx_check.sets import SETS, set_of


def notebooks(places: list[str]) -> list[Path]:
    """Return the notebooks named, and those in the folders named."""
    found = []
    for place in map(Path, places):
        found += sorted(place.glob("*.ipynb")) if place.is_dir() else [place]
    return [path for path in found if set_of(path)]


def lines(path: Path, only: str | None, limits: Limits) -> tuple[list[str], int, int]:
    """Return a report's lines for one notebook, the points reached, and the points there are."""
    stars = SETS[set_of(path)]["exercises"]
    chosen = [name for name in stars if only in (None, name)]
    if not chosen:
        return [], 0, 0
    result = run_notebook(path, limits)
    text, points = [f"\n{path.name}"], 0
    for name in chosen:
        got = result.points(name, stars[name])
        points += got
        text += [f"  {'★' * stars[name]:4}{name:24}{got}/{stars[name]}  {result.remark(name)}"]
    return text, points, sum(stars[name] for name in chosen)


def main() -> int:
    """Print the report; exit 1 only where one exercise was asked for and is not solved."""
    ask = argparse.ArgumentParser(prog="python -m recx_check", description=__doc__)
    ask.add_argument("places", nargs="*", default=["."], help="notebooks or folders (default: this folder)")
    ask.add_argument("--only", metavar="NAME", help="one exercise; exit 1 unless it is solved")
    ask.add_argument("--seconds", type=float, default=10, help="time for each cell (default 10)")
    args = ask.parse_args()
    sys.stdout.reconfigure(encoding="utf-8", errors="replace")
    begin, points, total = time.perf_counter(), 0, 0
    for path in notebooks(args.places):
        text, got, of = lines(path, args.only, Limits(seconds=args.seconds))
        points, total = points + got, total + of
        print("\n".join(text), flush=True)
    if not total:
        print("No exercise found: run this in the folder of the notebooks, or name one.")
        return 1
    print(f"\n{points} of {total} points, {time.perf_counter() - begin:.0f} s. Saved notebooks were read: save first.")
    return int(args.only is not None and points < total)


if __name__ == "__main__":
    sys.exit(main())
