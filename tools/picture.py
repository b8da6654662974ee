"""Draw the README's picture, a finished explanation: python -m tools.picture

The recommendation, its evidence and its trial are those of chapter 0, computed here from the shop.
"""

from __future__ import annotations

from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np

from recx_lib.core import BLUE, GREY, plot_evidence, use_style
from recx_lib.data import load_shop
from recx_lib.judge import top_k
from recx_lib.recommend import EASE

PATH = (
    Path(__file__).resolve().parents[1]
    / "book"
    / "_static"
    / "finished_explanation.png"
)
USER, CITED, RIVALS = (
    20,
    2,
    200,
)  # chapter 0's customer; products cited; random pairs to compare with


def draw() -> plt.Figure:
    """Return the figure: the sentence on top, its evidence on the left, its trial on the right."""
    shop = load_shop()
    model = EASE(reg=200).fit(shop)
    history, _ = model.history(USER)
    best = int(top_k(model.score(USER), seen=history, k=1)[0])
    why = model.explain(USER, best)
    cited = [e.name for e in why.top(CITED)]
    full, rng = model.score(USER)[best], np.random.default_rng(0)
    others = np.setdiff1d(history, shop.items.idx(cited))
    pairs = [rng.choice(others, CITED, replace=False) for _ in range(RIVALS)]
    drops = [
        full - model.score_without(USER, best, pair)
        for pair in (shop.items.idx(cited), *pairs)
    ]

    figure, (left, right) = plt.subplots(
        1, 2, figsize=(9.6, 3.4), width_ratios=(3, 2), layout="constrained"
    )
    names = " and the ".join(shop.title(name) for name in cited)
    figure.suptitle(
        f"“We suggest the {shop.title(why.item)} because you chose the {names}.”",
        fontsize=13,
    )
    plot_evidence(why, names=shop.titles, n=6, ax=left).set_title(
        "What the model says it rests on"
    )
    right.bar(
        ["without the\ncited two", "without two\nat random"],
        [drops[0], np.mean(drops[1:])],
        color=[BLUE, GREY],
    )
    right.set_title("Is it true? The score falls by")
    right.grid(False, axis="x")
    return figure


if __name__ == "__main__":
    use_style()
    draw().savefig(PATH, dpi=110, metadata={"Software": None})
    print(f"drawn: {PATH.name}")
