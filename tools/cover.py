"""Draw the book's cover: python -m tools.cover

The question, its answer, and what the answer rests on: the recommendation of chapter 0, whose score, a sum, comes
apart into steps. The two that the sentence cites are marked. Every length is computed here from the shop; letters are
drawn as outlines, so the cover looks the same everywhere.
"""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from pathlib import Path

import numpy as np
from matplotlib.font_manager import FontProperties
from matplotlib.path import Path as Outline
from matplotlib.textpath import TextPath

from recx_lib.core import ORANGE, SKY, Explanation
from recx_lib.data import load_shop
from recx_lib.judge import top_k
from recx_lib.recommend import EASE
from tools.picture import CITED, USER

PATH = Path(__file__).resolve().parents[1] / "book" / "_static" / "cover.svg"
TITLE, SUBTITLE = "Why This?", ("Explainable recommendation,", "built step by step")
AUTHOR = "The recx authors"
WIDTH, HEIGHT, LEFT, RIGHT = 595, 842, 64, 531  # A4 in points, and its margins
GROUND, WHITE, PALE = "#0b4f6c", "#ffffff", "#cfe3ec"  # the ground is that of mark.svg
BAR, STAIRS = 434, 496  # where the whole score lies, and where its steps begin
LETTERS = {Outline.MOVETO: "M", Outline.LINETO: "L", Outline.CURVE3: "Q", Outline.CURVE4: "C", Outline.CLOSEPOLY: "Z"}


@dataclass
class Word:
    """A piece of text at a place: its outline and where it ends."""

    svg: str
    start: float
    end: float


def outline(text: str, x: float, y: float, size: float, colour: str, weight: str = "normal") -> Word:
    """Return a text as an outline in STIX, a face that comes with matplotlib."""
    font = FontProperties(family="STIXGeneral", weight=weight)
    shape = TextPath((0, 0), text, size=size, prop=font)
    parts = []
    for points, code in shape.iter_segments(simplify=False, curves=True):
        flipped = points * np.tile([1, -1], len(points) // 2)  # in SVG, y grows downwards
        parts.append(LETTERS[code] + ("" if code == Outline.CLOSEPOLY else ",".join(f"{v:.1f}" for v in flipped)))
    width = advance(text, size, font)
    svg = f'<path transform="translate({x:.1f},{y:.1f})" fill="{colour}" d="{"".join(parts)}"/>'
    return Word(svg, x, x + width)


def advance(text: str, size: float, font: FontProperties) -> float:
    """Return how far a text carries the pen, spaces at its ends included."""
    ends = [TextPath((0, 0), t, size=size, prop=font).get_extents().x1 for t in ("||", f"|{text}|")]
    return float(ends[1] - ends[0])


def rectangle(x: float, y: float, width: float, height: float, colour: str, opacity: float = 1) -> str:
    """Return a rectangle with slightly rounded corners."""
    return (
        f'<rect x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}" rx="1.5" fill="{colour}"'
        f' fill-opacity="{opacity}"/>'
    )


def steps(why: Explanation) -> list[tuple[float, float]]:
    """Return from where to where each piece of evidence carries the score, strongest first, in the cover's width."""
    weights = [e.weight for e in why.top(len(why.evidence))]
    ends = np.cumsum([0.0, *weights])
    places = LEFT + ends / ends.max() * (RIGHT - LEFT)
    return [(float(a), float(b)) for a, b in zip(places[:-1], places[1:], strict=True)]


def score(why: Explanation) -> list[str]:
    """Draw the score as one bar, and below it the same bar come apart, step by step."""
    drawn = []
    rise = (HEIGHT - 96 - STAIRS) / len(why.evidence)
    for row, (a, b) in enumerate(steps(why)):
        x, width = min(a, b), max(abs(b - a) - 1.5, 0.8)
        colour, y = (ORANGE if row < CITED else SKY), STAIRS + row * rise
        drawn.append(rectangle(x, y, width, rise - 3, colour, 1 if b > a else 0.45))
        if b > a:
            drawn.append(rectangle(x, BAR, width, 26, colour))
            drawn.append(f'<path d="M{x:.1f},{BAR + 28}V{y - 2:.1f}" stroke="{PALE}" stroke-opacity=".22"/>')
    return drawn


def sentence(why: Explanation, title) -> list[str]:
    """Write the answer; tie each product that it cites to its part of the score."""
    drawn = [outline(f"“We suggest the {title(why.item)}", LEFT - 9, 300, 22, WHITE).svg]
    drawn.append(outline("because you chose the", LEFT, 330, 22, WHITE).svg)
    x, y = LEFT, 360
    for row, (evidence, (a, b)) in enumerate(zip(why.top(CITED), steps(why), strict=False)):
        name = outline(title(evidence.name), x, y, 22, ORANGE)
        after = outline(".”" if row == CITED - 1 else " and the ", name.end, y, 22, WHITE)
        drawn += [name.svg, after.svg, rectangle(x, y + 6, name.end - x, 1.6, ORANGE)]
        drawn.append(tie((x + name.end) / 2, y + 8, (a + b) / 2))
        x = after.end
    return drawn


def tie(x: float, y: float, to: float) -> str:
    """Return a curve from a name down to its part of the bar."""
    middle = (y + BAR) / 2
    return (
        f'<path d="M{x:.1f},{y:.1f}C{x:.1f},{middle:.1f} {to:.1f},{middle:.1f} {to:.1f},{BAR - 3}" fill="none"'
        f' stroke="{ORANGE}" stroke-width="1.3"/>'
    )


def explained():
    """Return the shop and chapter 0's recommendation with its evidence."""
    shop = load_shop()
    model = EASE(reg=200).fit(shop)
    best = int(top_k(model.score(USER), seen=model.history(USER)[0], k=1)[0])
    return shop, model.explain(USER, best)


def draw() -> str:
    """Return the cover as SVG."""
    shop, why = explained()
    head = [outline(TITLE, LEFT - 3, 150, 98, WHITE, "bold").svg]
    head += [outline(line, LEFT, 202 + 30 * n, 25, PALE).svg for n, line in enumerate(SUBTITLE)]
    head.append(outline(AUTHOR, LEFT, HEIGHT - 48, 14, PALE).svg)
    body = [*head, *sentence(why, shop.title), *score(why)]
    label = escape(f"{TITLE} {' '.join(SUBTITLE)}")
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{HEIGHT}" viewBox="0 0 {WIDTH} {HEIGHT}"'
        f' role="img"><title>{label}</title>\n<rect width="{WIDTH}" height="{HEIGHT}" fill="{GROUND}"/>\n'
        + "\n".join(body)
        + "\n</svg>\n"
    )


if __name__ == "__main__":
    PATH.write_text(draw(), encoding="utf-8")
    print(f"drawn: {PATH.name}")
