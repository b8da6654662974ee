"""All chapters: the figures, in one style. Plumbing: taught nowhere."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import cycle
from textwrap import fill

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.patches import FancyArrowPatch, FancyBboxPatch

from recx_lib.core.evidence import Explanation

# Okabe and Ito's palette: told apart with any form of colour blindness
BLUE = "#0072B2"


ORANGE = "#E69F00"


GREEN = "#009E73"


RED = "#D55E00"


GREY = "#767676"


SKY = "#56B4E9"


PALETTE = [BLUE, ORANGE, GREEN, RED, GREY, SKY]


STYLE = {
    "figure.figsize": (6.4, 3.2),
    "figure.dpi": 110,
    "figure.facecolor": "white",
    "savefig.facecolor": "white",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": "#E3E3E3",
    "font.size": 10,
    "axes.titlesize": 11,
    "axes.titlelocation": "left",
    "legend.frameon": False,
}


def plain(label) -> str:
    """Return a label as text in which no part is taken for a formula.

    >>> print(plain("Tent, $99"))
    Tent, \\$99
    """
    return str(label).replace("$", r"\$")


def use_style() -> None:
    """Make every figure of a notebook look like the book's."""
    plt.rcParams.update(STYLE)
    plt.rcParams["axes.prop_cycle"] = plt.cycler(color=PALETTE)


def plot_evidence(explanation: Explanation, names=None, n: int = 8, ax=None):
    """Draw the `n` strongest pieces of evidence as bars, for in blue and
    against in red; return the axes.
    """
    ax = ax or plt.subplots(figsize=(6.4, 0.42 * n + 0.9))[1]
    # the strongest at the top: bars are drawn from below
    top = explanation.top(n)[::-1]
    labels = [plain((names or {}).get(e.name, e.name)) for e in top]
    weights = [e.weight for e in top]
    colours = [BLUE if weight > 0 else RED for weight in weights]
    # blue speaks for it, red against it
    ax.barh(range(len(top)), weights, color=colours)
    ax.set_yticks(range(len(top)), labels)
    ax.axvline(0, color="black", linewidth=0.8)
    ax.set_xlabel("what it adds to the score")
    ax.grid(False, axis="y")
    return ax


def plot_matrix(values, rows, columns, ax=None, fmt="{:.1f}"):
    """Draw a small matrix as a heat map with its numbers written in; NaN cells
    stay white; return the axes.
    """
    values = np.asarray(values, float)
    size = 0.9 * len(columns) + 1.6, 0.42 * len(rows) + 0.9
    ax = ax or plt.subplots(figsize=size)[1]
    # the ends of the palette are too dark: stay well within
    centre = np.nanmean(values)
    limit = 1.6 * np.nanmax(np.abs(values - centre), initial=1e-9)
    ends = {"vmin": centre - limit, "vmax": centre + limit}
    ax.imshow(values, cmap="RdBu", aspect="auto", **ends)
    middle = {"ha": "center", "va": "center"}
    for (row, column), value in np.ndenumerate(values):
        dark = np.isfinite(value) and abs(value - centre) > 0.75 * limit
        text = "?" if np.isnan(value) else fmt.format(value)
        ax.text(column, row, text, color="w" if dark else "k", **middle)
    ax.set_xticks(range(len(columns)), [plain(name) for name in columns])
    ax.set_yticks(range(len(rows)), [plain(name) for name in rows])
    ax.grid(False)
    ax.tick_params(length=0)
    return ax


def plot_long_tail(counts, ax=None):
    """Draw how many reviews each item has, most reviewed first; return the
    axes.
    """
    ax = ax or plt.subplots()[1]
    # most reviewed first
    ordered = np.sort(np.asarray(counts))[::-1]
    place = np.arange(1, len(ordered) + 1)
    ax.fill_between(place, ordered, color=BLUE, alpha=0.8, linewidth=0)
    ax.set_xlabel("items, most reviewed first")
    ax.set_ylabel("reviews")
    return ax


def plot_intervals(labels, means, lows, highs, ax=None):
    """Draw one mean with its interval per label, first label on top; return
    the axes.
    """
    ax = ax or plt.subplots(figsize=(6.4, 0.45 * len(labels) + 0.9))[1]
    # the first label on top
    y = np.arange(len(labels))[::-1]
    spread = [np.subtract(means, lows), np.subtract(highs, means)]
    ax.errorbar(means, y, xerr=spread, fmt="o", color=BLUE, capsize=4)
    ax.set_yticks(y, [plain(label) for label in labels])
    ax.set_ylim(-0.6, len(labels) - 0.4)
    ax.grid(False, axis="y")
    return ax


def _box(ax, corner, text, face, edge, height=0.62, bold=False):
    x, y = corner
    shape = {
        "boxstyle": "round,pad=0.06",
        "facecolor": face,
        "edgecolor": edge,
    }
    ax.add_patch(FancyBboxPatch(corner, 2.3, height, **shape))
    weight = "bold" if bold else "normal"
    ax.text(
        x + 1.15,
        y + height / 2,
        text,
        ha="center",
        va="center",
        fontsize=9.5,
        weight=weight,
        color="#1A1A1A",
    )


def plot_book_map(parts: Mapping[str, list[str]], here: str = ""):
    """Draw the book's chapters, part by part; return the axes.

    `parts` has the chapters ("2  Data") of every part; `here` is the number
    of the one to be filled.
    """
    # a column for each part, as deep as the longest
    bottom = 3.95 - 0.95 * max(map(len, parts.values()))
    size = (2.47 * len(parts), 0.8 * (5.4 - bottom))
    ax = plt.subplots(figsize=size)[1]
    colours = cycle([BLUE, GREEN, RED])
    # 1. Its head, and its chapters below.
    for column, (part, colour) in enumerate(zip(parts, colours, strict=False)):
        x = 2.9 * column
        head = fill(part, 18)
        _box(ax, (x, 4.0), head, "white", colour, height=0.85, bold=True)
        for row, chapter in enumerate(parts[part]):
            number = chapter.split()[0]
            face = "#FFE9A8" if number == here else "#F4F6F8"
            corner = x, 3.0 - 0.95 * row
            _box(ax, corner, fill(chapter, 23), face, colour)
        # 2. An arrow from the part before.
        if column:
            ends = (x - 0.5, 4.42), (x - 0.08, 4.42)
            look = {"arrowstyle": "-|>", "mutation_scale": 14, "color": GREY}
            ax.add_patch(FancyArrowPatch(*ends, **look))
    ax.set_xlim(-0.2, 2.9 * len(parts) - 0.35)
    ax.set_ylim(bottom - 0.15, 5.1)
    ax.axis("off")
    return ax
