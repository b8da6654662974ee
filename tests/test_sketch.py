"""Drawings: what is drawn is well-formed SVG that says what it was told."""

from xml.etree import ElementTree

import numpy as np
import pytest

from recx_lib.core import RED, Box, Sketch

SVG = "{http://www.w3.org/2000/svg}"


def drawn(sketch, tag):
    return list(ElementTree.fromstring(sketch._repr_svg_()).iter(SVG + tag))


def places(sketch):
    """Where each text stands, by what it says."""
    return {
        text.text: (float(text.attrib["x"]), float(text.attrib["y"]))
        for text in drawn(sketch, "text")
    }


def test_lines_stand_around_the_middle_of_their_box():
    sketch = Sketch(200, 100)
    sketch.box(10, 20, "one\ntwo", size=(60, 40))
    assert places(sketch) == {"one": (40, 32), "two": (40, 48)}


def test_words_are_bold_only_where_that_is_asked_for():
    sketch = Sketch(200, 100)
    sketch.text(0, 0, "plain")
    sketch.text(0, 20, "loud", bold=True)
    plain, loud = drawn(sketch, "text")
    assert "font-weight" not in plain.attrib
    assert loud.attrib["font-weight"] == "bold"


def test_each_token_has_room_for_its_letters_beside_the_one_before():
    short, long = Sketch(200, 100).tokens(5, 0, ["a", "a" * 11], gap=6)
    assert long.x == pytest.approx(short.x + short.width + 6)
    assert long.width - short.width == pytest.approx(10 * 7.6)


def test_names_of_a_matrix_stand_beside_their_rows_and_above_columns():
    sketch = Sketch(200, 100)
    named = {"rows": ["r", "s"], "columns": ["c", "d"], "form": "{:.0f}"}
    sketch.matrix(50, 20, [[1, 2], [3, 4]], **named)
    at = places(sketch)
    assert at["r"][1] == at["1"][1] and at["s"][1] == at["3"][1]
    assert at["c"][0] == at["1"][0] and at["d"][0] == at["2"][0]
    assert at["r"][0] < 50 and at["c"][1] < 20


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
