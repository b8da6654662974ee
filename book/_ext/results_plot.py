"""The results pages' scatter plots, drawn without a display and without versions in the file."""

from __future__ import annotations

from pathlib import Path

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from results_names import metric_name, system_name

OWN = {"marker": "o", "color": "#0b6e99"}
OTHER = {"marker": "s", "color": "#b04a00", "markerfacecolor": "white"}


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
    names = {key: " ".join(key).strip() for key in have}
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


def name_points(axes, at: dict[str, tuple[float, float]]) -> None:
    """Write each system's name beside its point, at the first of a few places where no other name stands."""
    axes.figure.canvas.draw()  # the layout, and with it the points' places, is settled only now
    taken = [
        (x - 6, y, 12.0) for x, y in map(axes.transData.transform, at.values())
    ]
    for system, point in at.items():
        x, y = axes.transData.transform(point)
        wide = 7.0 * len(system_name(system))
        places = [
            (x + side, y + up)
            for up in (0, 14, -14, 28, -28)
            for side in (9, -9 - wide)
        ]
        inside = [
            p
            for p in places
            if p[0] >= 0 and p[0] + wide <= axes.figure.bbox.width
        ]
        free = (
            p
            for p in inside
            if all(
                abs(p[1] - b) > 12 or p[0] > a + w or a > p[0] + wide
                for a, b, w in taken
            )
        )
        left, low = next(free, (inside or places)[0])
        taken.append((left, low, wide))
        note = axes.annotate(
            system_name(system),
            (left, low),
            xycoords="figure pixels",
            fontsize=8,
            va="center",
        )
        note.set_in_layout(False)


def draw(
    found: list[tuple[str, float, float]], x: str, y: str, path: Path
) -> None:
    """Write the plot: filled circles for the book's systems, open squares for others."""
    figure = Figure(figsize=(6.4, 4), dpi=110, layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    for system in dict.fromkeys(s for s, _, _ in found):
        own = sorted((at_x, at_y) for s, at_x, at_y in found if s == system)
        line = {"linestyle": "-" if x == "n" else "", "markersize": 7}
        axes.plot(
            *zip(*own, strict=True),
            **line,
            **(OWN if system.startswith("recx:") else OTHER),
        )
    if min(p[1] for p in found) > 0:
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
