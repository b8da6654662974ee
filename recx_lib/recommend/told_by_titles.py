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
    """Return the triples that titles tell: a film's decade, a product's type.

    "Heat (1995)" is from decade:1990s; of "Aldenby Duo Tent" the type is Duo
    Tent, where at least two items share it. Other titles tell nothing.
    """
    decade, names = _told(reviews)
    rows = []
    for item, start in decade.items():
        rows.append((f"item:{item}", "from", f"decade:{start}0s"))
    shared = names[names.map(names.value_counts()) > 1]
    for item, type_ in shared.items():
        rows.append((f"item:{item}", "built as", f"type:{type_}"))
    return pd.DataFrame(rows, columns=TRIPLE)


def name_facts(reviews: Reviews) -> pd.DataFrame:
    """Return what the words of products' names tell: material and use.

    "Vennor Steel Flask" is made of material:steel, "Aldenby Trail Stove" made
    for use:trail, where at least two items share it (the words: TOLD).
    """
    _, names = _told(reviews)
    rows = []
    for item, name in names.items():
        for relation, (kind, words) in TOLD.items():
            for word in sorted(words & set(name.split())):
                node = f"{kind}:{word.lower()}"
                rows.append((f"item:{item}", relation, node))
    facts = pd.DataFrame(rows, columns=TRIPLE)
    return facts[facts["tail"].map(facts["tail"].value_counts()) > 1]


def _told(reviews: Reviews) -> tuple[pd.Series, pd.Series]:
    """Return the decades of dated titles, and what follows the first word of
    the others, both by item.
    """
    title = pd.Series(
        {item: reviews.title(item) for item in reviews.items.raw}
    )
    decade = title.str.extract(r"\((\d{3})\d\)$")[0].dropna()
    names = title.drop(decade.index).str.split(n=1).str[1].dropna()
    return decade, names
