"""The results pages' scatter plots, drawn without a display and without versions in the file."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.transforms import Bbox
from results_names import metric_name, number, system_name

DPI = 220  # twice what a page shows
OWN = {"marker": "o", "color": "#0b6e99"}
OTHER = {"marker": "s", "color": "#b04a00", "markerfacecolor": "white"}
FLOOR = {"marker": "x", "color": "#4b5563"}
LINES = {"n", "rate"}  # along which one system is measured many times
KINDS = {"recx": OWN, "floor": FLOOR}
STEPS = (
    0,
    13,
    -13,
    26,
    -26,
    39,
    -39,
    52,
    -52,
    65,
    -65,
    78,
    -78,
    91,
    -91,
)  # up or down, in points


def points(rows: list[dict], x: str, y: str) -> list[tuple[str, float, float]]:
    """Return (system, x, y) of every system and setting that has both figures."""
    if x == "n":
        return [
            (r["system"], float(r["n"]), r["value"])
            for r in rows
            if r["metric"] == y and "n" in r
        ]
    have: dict[tuple, dict[str, float]] = {}
    for row in rows:
        have.setdefault((row["system"], row.get("setting", "")), {})[
            row["metric"]
        ] = row["value"]
    names = {
        key: key[0] if x in LINES else " ".join(key).strip() for key in have
    }
    return [
        (names[key], v[x], v[y])
        for key, v in have.items()
        if x in v and y in v
    ]


def describe(found: list[tuple[str, float, float]], x: str, y: str) -> str:
    """Return what one would see, in words, from the figures themselves."""
    what = f"Plot of {metric_name(y)} against {metric_name(x)}: "
    said = []
    for system in dict.fromkeys(s for s, _, _ in found):
        own = sorted((at_x, at_y) for s, at_x, at_y in found if s == system)
        ends = [
            f"{at_y:.4g} at {at_x:.3g}"
            for at_x, at_y in dict.fromkeys((own[0], own[-1]))
        ]
        said.append(f"{system_name(system)} {' to '.join(ends)}")
    return what + "; ".join(said) + "."


def along_lines(axes, step: float = 4) -> list[Bbox]:
    """Return boxes of a pixel, every few pixels along each drawn line: a name
    upon a line of another system would be read as that line's.
    """
    boxes = []
    for line in axes.lines:
        if line.get_linestyle() == "None":
            continue
        corners = line.get_transform().transform(line.get_xydata())
        for start, end in zip(corners, corners[1:], strict=False):
            far = np.hypot(*(end - start))
            for part in np.linspace(0, 1, int(far // step) + 2):
                x, y = start + part * (end - start)
                boxes.append(Bbox.from_bounds(x, y, 1, 1))
    return boxes


def name_points(axes, at: dict[str, tuple[float, float]]) -> list:
    """Write each system's name beside its point, at the nearest place where nothing stands; return the names' boxes.

    A name that had to move away is joined to its point by a thin line.
    """
    axes.figure.canvas.draw()  # the layout, and with it the points' places, is settled only now
    scale, frame = DPI / 72, axes.get_window_extent()
    marks = {s: axes.transData.transform(point) for s, point in at.items()}
    taken = [
        Bbox.from_bounds(x - 5 * scale, y - 5 * scale, 10 * scale, 10 * scale)
        for x, y in marks.values()
    ]
    taken += along_lines(axes)
    names = []
    for system, point in at.items():
        note = axes.annotate(
            system_name(system),
            point,
            (8, 0),
            textcoords="offset points",
            fontsize=8,
            va="center",
        )
        note.set_in_layout(False)
        whole = note.get_window_extent()
        wide, high = whole.width, whole.height
        sides = (8, -8 - wide / scale)
        places = [(side, up) for up in STEPS for side in sides]
        places.sort(key=lambda place: (abs(place[1]), place[0] < 0))
        x, y = marks[system]

        def box(place, x=x, y=y, wide=wide, high=high):
            left, middle = x + place[0] * scale, y + place[1] * scale
            return Bbox.from_bounds(left, middle - high / 2, wide, high)

        inside = [
            p
            for p in places
            if frame.x0 <= box(p).x0
            and box(p).x1 <= frame.x1
            and frame.y0 <= box(p).y0
            and box(p).y1 <= frame.y1
        ]
        free = (p for p in inside if not box(p).count_overlaps(taken))
        best = next(free, (inside or places)[0])
        note.set_position(best)
        if abs(best[1]) > 13:
            end = (best[0] + (0 if best[0] > 0 else wide / scale), best[1])
            line = {"arrowstyle": "-", "color": "#9aa3ae", "linewidth": 0.6}
            axes.annotate(
                "", point, end, textcoords="offset points", arrowprops=line
            ).set_in_layout(False)
        taken.append(box(best))
        names.append(box(best))
    return names


def draw_dots(lines: list[tuple[str, dict]], metric: str, path: Path) -> None:
    """Write one line for each (system, row), from top to bottom: a dot at its figure, a line for its interval."""
    figure = Figure(
        figsize=(5.2, 0.9 + 0.28 * len(lines)), dpi=DPI, layout="constrained"
    )
    FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    for place, (system, row) in enumerate(lines):
        look = KINDS.get(system.partition(":")[0], OTHER)
        if row.get("low") is not None:
            axes.hlines(
                place,
                row["low"],
                row["high"],
                color=look["color"],
                linewidth=1.4,
            )
        axes.plot(row["value"], place, linestyle="", markersize=6, **look)
    names = [
        f"{system_name(system)}  {number({**row, 'low': None})}"
        for system, row in lines
    ]
    axes.set_yticks(range(len(lines)), names, fontsize=9)
    for label, (system, _) in zip(axes.get_yticklabels(), lines, strict=True):
        label.set_fontweight(
            "bold" if system.startswith("recx:") else "normal"
        )
        label.set_fontstyle(
            "italic" if system.startswith("floor:") else "normal"
        )
    axes.invert_yaxis()
    axes.set_xlabel(metric_name(metric))
    axes.grid(axis="x", alpha=0.3)
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, metadata={"Software": None})


def draw(
    found: list[tuple[str, float, float]], x: str, y: str, path: Path
) -> None:
    """Write the plot: filled circles for the book's systems, crosses for floors, open squares for others."""
    figure = Figure(figsize=(6.4, 4), dpi=DPI, layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    for system in dict.fromkeys(s for s, _, _ in found):
        own = sorted((at_x, at_y) for s, at_x, at_y in found if s == system)
        line = {"linestyle": "-" if x in LINES else "", "markersize": 7}
        axes.plot(
            *zip(*own, strict=True),
            **line,
            **KINDS.get(system.partition(":")[0], OTHER),
        )
    if x != "rate" and min(p[1] for p in found) > 0:
        axes.set_xscale("log")
    if x == "n":
        axes.set_yscale("log")
    axes.margins(x=0.25, y=0.12)
    axes.set(xlabel=metric_name(x), ylabel=metric_name(y))
    axes.grid(alpha=0.3)
    name_points(
        axes,
        {
            s: max((at_x, at_y) for t, at_x, at_y in found if t == s)
            for s, _, _ in found
        },
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, metadata={"Software": None})
