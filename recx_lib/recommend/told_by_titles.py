"""Chapter 15: triples that a title tells: decade, type, material and use."""

from __future__ import annotations

import pandas as pd

from recx_lib.data.reviews import Reviews
from recx_lib.recommend.graph import TRIPLE

TOLD = {  # words of a product's name, and what they say of it
    "made of": ("material", {"Air", "Fleece", "Foam", "Steel"}),
    "made for": (
        "use",
        {"Rain", "Summer", "Trail", "Travel", "Trekking", "Walking", "Winter"},
    ),
}


def title_facts(reviews: Reviews) -> pd.DataFrame:
    """Return the triples that titles tell: decade; type, material and use.

    "Heat (1995)" is from decade:1990s; "Aldenby Trail Stove" is built as
    type:Trail Stove and made for use:trail, "Vennor Steel Flask" made of
    material:steel: what at least two items share. Others tell nothing.
    """
    title = pd.Series(
        {item: reviews.title(item) for item in reviews.items.raw}
    )
    decade = title.str.extract(r"\((\d{3})\d\)$")[0].dropna()
    rows = []
    for item, start in decade.items():
        rows.append((f"item:{item}", "from", f"decade:{start}0s"))
    names = title.drop(decade.index).str.split(n=1).str[1].dropna()
    told = [("built as", f"type:{name}", item) for item, name in names.items()]
    for item, name in names.items():
        for relation, (kind, words) in TOLD.items():
            said = sorted(words & set(name.split()))
            told += [(relation, f"{kind}:{w.lower()}", item) for w in said]
    shared = pd.Series([node for _, node, _ in told]).value_counts()
    for relation, node, item in told:
        if shared[node] > 1:
            rows.append((f"item:{item}", relation, node))
    return pd.DataFrame(rows, columns=TRIPLE)
