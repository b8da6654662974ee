"""The figures show what they are given, whatever is in it."""

from __future__ import annotations

import matplotlib.pyplot as plt
import pytest
from matplotlib.cbook import is_math_text

from recx_lib.core import (
    Evidence,
    Explanation,
    plot_evidence,
    plot_intervals,
    plot_matrix,
)

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
