"""The figures show what they are given, whatever is in it."""

from __future__ import annotations

from dataclasses import replace

import matplotlib as mpl
import matplotlib.pyplot as plt
import pytest
from matplotlib.cbook import is_math_text
from matplotlib.colors import to_hex
from matplotlib.patches import FancyArrowPatch, FancyBboxPatch

from recx_lib.core import (
    Evidence,
    Explanation,
    plot_book_map,
    plot_evidence,
    plot_intervals,
    plot_long_tail,
    plot_matrix,
    use_style,
)
from recx_lib.core.plotting import BLUE, GREEN, PALETTE, RED, STYLE

PRICED = ["Tent, $99_ or $120", r"Mat $\frac$"]


def evidence():
    cited = tuple(Evidence("item", name, 0.5) for name in PRICED)
    return plot_evidence(Explanation("ann", "tent", "EASE", cited))


def intervals():
    return plot_intervals(PRICED, [1, 2], [0, 1], [2, 3])


def matrix():
    return plot_matrix([[1, 2], [3, 4]], PRICED, ["a", "b"])


@pytest.mark.parametrize("plot", [evidence, intervals, matrix])
def test_a_price_in_a_title_is_text_not_mathematics(plot):
    axes = plot()
    axes.figure.canvas.draw()
    labels = [label.get_text() for label in axes.get_yticklabels()]
    shown = [label.replace(r"\$", "$") for label in labels]
    assert sorted(shown) == sorted(PRICED)
    assert not any(is_math_text(label) for label in labels)
    plt.close(axes.figure)


def test_the_book_has_one_style():
    with mpl.rc_context():
        mpl.rcdefaults()
        use_style()
        shown = {name: plt.rcParams[name] for name in STYLE}
        size = tuple(shown.pop("figure.figsize"))
        cycle = plt.rcParams["axes.prop_cycle"].by_key()
    assert shown | {"figure.figsize": size} == STYLE
    assert cycle == {"color": PALETTE}


def test_evidence_is_for_in_blue_and_against_in_red_the_strongest_on_top():
    cited = [
        Evidence("item", n, w)
        for n, w in zip("abc", (1, -2, 0.5), strict=True)
    ]
    why = Explanation("ann", "tent", "EASE", tuple(cited))
    axes = plot_evidence(why, names={"b": "bag"}, n=2)
    assert [bar.get_width() for bar in axes.patches] == [1, -2]
    colours = [to_hex(bar.get_facecolor()).upper() for bar in axes.patches]
    assert colours == [BLUE.upper(), RED.upper()]
    assert [t.get_text() for t in axes.get_yticklabels()] == ["a", "bag"]
    assert not any(line.get_visible() for line in axes.get_ygridlines())
    plt.close(axes.figure)
    ten = tuple(Evidence("item", f"p{n}", n) for n in range(1, 11))
    axes = plot_evidence(replace(why, evidence=ten))
    assert [bar.get_width() for bar in axes.patches] == [*range(3, 11)]
    plt.close(axes.figure)


def test_each_interval_has_a_line_of_its_own_height():
    axes = intervals()
    assert axes.figure.get_figheight() == pytest.approx(2 * 0.45 + 0.9)
    plt.close(axes.figure)


def test_a_matrix_of_many_columns_is_as_wide_as_they_need():
    wide, rows = [], ["r", "s"]
    for n in (2, 12):
        axes = plot_matrix([[1.0] * n] * 2, rows, list("abcdefghijkl"[:n]))
        wide.append(axes.figure.get_figwidth())
        plt.close(axes.figure)
    assert wide[1] - wide[0] == pytest.approx(10 * 0.9)


def test_the_long_tail_falls_from_the_most_reviewed_to_the_last():
    axes = plot_long_tail([2, 9, 4])
    [filled] = axes.collections
    outline = filled.get_paths()[0].vertices
    assert [outline[outline[:, 0] == x, 1].max() for x in (1, 2, 3)] == [
        9,
        4,
        2,
    ]
    assert outline[:, 0].max() == 3
    plt.close(axes.figure)


def test_the_map_fills_the_chapter_that_one_is_in():
    parts = {"Data": ["1  Table", "2  Mining"], "Judges": ["3  Words"]}
    axes = plot_book_map(parts, here="2")
    said = {text.get_text(): text for text in axes.texts}
    assert list(said) == [
        "Data",
        "1  Table",
        "2  Mining",
        "Judges",
        "3  Words",
    ]
    boxes = [p for p in axes.patches if isinstance(p, FancyBboxPatch)]
    filled = [to_hex(box.get_facecolor()) for box in boxes]
    [at] = [n for n, fill in enumerate(filled) if fill == "#ffe9a8"]
    assert list(said)[at] == "2  Mining"
    for head, colour in ((0, BLUE), (3, GREEN)):  # white, in the part's colour
        assert filled[head] == "#ffffff"
        assert to_hex(boxes[head].get_edgecolor()) == colour.lower()
    arrows = [p for p in axes.patches if isinstance(p, FancyArrowPatch)]
    assert len(arrows) == len(parts) - 1
    for box, text in zip(boxes, axes.texts, strict=True):  # inside its box
        x, y = text.get_position()
        (left, low), wide = (box.get_x(), box.get_y()), box.get_width()
        assert left < x < left + wide and low < y < low + box.get_height()
        assert axes.get_xlim()[0] < left < left + wide < axes.get_xlim()[1]
        assert axes.get_ylim()[0] < low and y < axes.get_ylim()[1]
    plt.close(axes.figure)
