"""Drawings: what is drawn is well-formed SVG that says what it was told."""

from xml.etree import ElementTree

import numpy as np
import pytest

from recx_lib.core import RED, Box, Sketch

SVG = "{http://www.w3.org/2000/svg}"


def drawn(sketch, tag):
    return list(ElementTree.fromstring(sketch._repr_svg_()).iter(SVG + tag))


def test_text_is_escaped_and_kept():
    sketch = Sketch(200, 100)
    sketch.box(0, 0, "a <b> & c\nsecond line")
    assert [t.text for t in drawn(sketch, "text")] == [
        "a <b> & c",
        "second line",
    ]


@pytest.mark.parametrize("point", [(100, 15), (-50, 15), (20, 90), (70, 70)])
def test_an_arrow_leaves_a_box_at_its_edge(point):
    box = Box(0, 0, 40, 30)
    x, y = box.edge(point)
    on_side = np.isclose(x, (0, 40)).any() and -1e-9 <= y <= 30 + 1e-9
    on_end = np.isclose(y, (0, 30)).any() and -1e-9 <= x <= 40 + 1e-9
    assert on_side or on_end
    across, down = np.subtract(point, box.middle)
    assert (x - 20) * down == pytest.approx((y - 15) * across)


def test_an_arrow_has_a_head_and_a_line_has_none():
    sketch = Sketch(200, 100)
    sketch.line([(0, 0), (5, 5)])
    sketch.arrow((0, 0), sketch.box(50, 10, "end"), "why")
    line, arrow = drawn(sketch, "path")[1:]  # the first is the head's shape
    assert "marker-end" not in line.attrib and "marker-end" in arrow.attrib


def test_a_matrix_shows_every_number_but_nan():
    sketch = Sketch(200, 100)
    box = sketch.matrix(0, 0, [[1, -0.5], [np.nan, 0]])
    assert (box.width, box.height) == (76, 56)
    written = [t.text or "" for t in drawn(sketch, "text")]
    assert written == ["1.0", "-0.5", "", "0.0"]
    cells = drawn(sketch, "rect")[1:]
    assert [c.attrib["fill"].startswith(RED) for c in cells] == [
        False,
        True,
        False,
        False,
    ]


def test_bars_go_left_below_zero_and_are_as_long_as_they_say():
    one, two = Sketch(200, 100).bars(100, 0, ["a", "b"], [0.5, -1], scale=40)
    assert (one.x, one.width, two.x, two.width) == (100, 20, 60, 40)


def test_the_same_drawing_is_the_same_text():
    both = [Sketch(100, 50), Sketch(100, 50)]
    for sketch in both:
        sketch.tokens(0, 0, ["a", "b"], weights=[0.1, 0.9])
    assert both[0]._repr_svg_() == both[1]._repr_svg_()


def test_a_stored_drawing_names_no_address():
    assert repr(Sketch(640, 90)) == "Sketch(640, 90)"
