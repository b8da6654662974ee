"""Draw the cover's explanation anew: python -m tools.cover

The sentence and the steps of the score are chapter 0's, computed from the
shop; the lettering above and below them is kept as it stands in the file.
Words become outlines, so that no font need be there.
"""

from __future__ import annotations

from pathlib import Path

from matplotlib.font_manager import FontProperties
from matplotlib.path import Path as Outline
from matplotlib.textpath import TextPath

from recx_lib.core import Explanation
from recx_lib.data import Reviews, load_shop
from recx_lib.judge import top_k
from recx_lib.recommend import EASE
from tools.picture import CITED, USER

PATH = Path(__file__).resolve().parents[1] / "book/_static/cover.svg"
KEPT = 6  # lines of the file: the ground, title, subtitle, foot
SERIF, SIZE = FontProperties(family="STIXGeneral"), 22
WHITE, CITE, REST = "#ffffff", "#E69F00", "#56B4E9"
LEFT, WIDTH, GAP = 64.0, 467.0, 1.5
LETTERS = {
    Outline.MOVETO: "M",
    Outline.LINETO: "L",
    Outline.CURVE3: "Q",
    Outline.CURVE4: "C",
}


def explained() -> tuple[Reviews, Explanation]:
    """Return the shop and chapter 0's explanation."""
    shop = load_shop()
    model = EASE(reg=200).fit(shop)
    history, _ = model.history(USER)
    best = top_k(model.score(USER), seen=history, k=1)[0]
    return shop, model.explain(USER, int(best))


def advance(text: str) -> float:
    """Return how far a text moves the pen: its trailing blanks count."""
    mark = TextPath((0, 0), f"{text}|", size=SIZE, prop=SERIF).get_extents()
    bar = TextPath((0, 0), "|", size=SIZE, prop=SERIF).get_extents()
    return mark.x1 - bar.x1


def lettering(x: float, y: float, text: str, colour: str) -> str:
    """Return a text as outlines, its first letter at x on the line y."""
    drawn = TextPath((0, 0), text, size=SIZE, prop=SERIF)
    steps = []
    for points, code in drawn.iter_segments(curves=True, simplify=False):
        if code == Outline.CLOSEPOLY:
            steps.append("Z")
            continue
        turned = [f"{(-1) ** n * p:.1f}" for n, p in enumerate(points)]
        steps.append(LETTERS[code] + ",".join(turned))
    place = f'transform="translate({x:.1f},{y:.1f})"'
    return f'<path {place} fill="{colour}" d="{"".join(steps)}"/>'


def bar(x: float, y: float, width: float, height: float, look: str) -> str:
    """Return a bar of the picture."""
    place = f'x="{x:.1f}" y="{y:.1f}" width="{width:.1f}"'
    return f'<rect {place} height="{height}" rx="1.5" {look}/>'


def steps_of(weights: list[float]) -> tuple[list[str], list[float]]:
    """Return the bars: all pieces in a row, each again on a step of its own
    below; and where the middles of the cited ones are.
    """
    ahead = [weight for weight in weights if weight > 0]
    scale = (WIDTH - GAP * len(ahead)) / sum(ahead)
    found, middles, x = [], [], LEFT
    for number, weight in enumerate(weights):
        wide, y = abs(weight) * scale, 496 + 13.15 * number
        colour = CITE if number < CITED else REST
        if weight <= 0:  # a step back, paler
            look = f'fill="{colour}" fill-opacity="0.45"'
            found.append(bar(x - GAP - wide, y, wide, 10.2, look))
            x -= wide
            continue
        look = f'fill="{colour}" fill-opacity="1"'
        found.append(bar(x, y, wide, 10.2, look))
        found.append(bar(x, 434, wide, 26.0, look))
        line = f'd="M{x:.1f},462V{y - 2:.1f}"'
        faint = 'stroke="#cfe3ec" stroke-opacity=".22"'
        found.append(f"<path {line} {faint}/>")
        middles.append(x + wide / 2)
        x += wide + GAP
    return found, middles[:CITED]


def draw() -> str:
    """Return the cover as SVG."""
    shop, why = explained()
    first, second = [shop.title(e.name) for e in why.top(CITED)]
    weights = [piece.weight for piece in why.evidence]
    bars, middles = steps_of(weights)
    # 1. the sentence, the opening quote left of its edge
    quote = LEFT - advance("“")
    suggest = f"“we suggest the {shop.title(why.item)}"
    found = [lettering(quote, 300, suggest, WHITE)]
    found.append(lettering(LEFT, 330, "because you chose the", WHITE))
    x = LEFT
    # 2. each cited product, underlined, tied to its bar
    parts = [(first, middles[0], " and the "), (second, middles[1], ".”")]
    for name, middle, after in parts:
        wide = advance(name)
        found.append(lettering(x, 360, name, CITE))
        found.append(lettering(x + wide, 360, after, WHITE))
        found.append(bar(x, 366, wide, 1.6, f'fill="{CITE}"'))
        at = x + wide / 2
        curve = f"M{at:.1f},368C{at:.1f},401 {middle:.1f},401 {middle:.1f},431"
        found.append(
            f'<path d="{curve}" fill="none" stroke="{CITE}"'
            ' stroke-width="1.3"/>'
        )
        x += wide + advance(after)
    kept = PATH.read_text(encoding="utf-8").splitlines()[:KEPT]
    return "\n".join([*kept, *found, *bars, "</svg>"]) + "\n"


if __name__ == "__main__":
    PATH.write_text(draw(), encoding="utf-8", newline="\n")
    print(f"wrote {PATH.name}")
