"""How real is the simulated shop? The same figures for it and two real sets.

`RECX_DATA=... python -m benchmarks.realism` writes book/results/realism.json
and the table in data/README.md.
"""

from __future__ import annotations

import re

import numpy as np
import pandas as pd

from benchmarks import tidy
from recx_lib.data import Reviews, load_reviews
from recx_lib.judge import gini

CARD = tidy.ROOT / "data" / "README.md"
BEGIN, END = "<!-- realism: begin -->", "<!-- realism: end -->"
SETS = {
    "shop": "Trailhead",
    "ml-100k": "MovieLens 100K",
    "musical_instruments": "Amazon Musical Instruments",
}
ROWS = {  # metric -> label and format in the table
    "reviews": ("reviews after cleaning", "{:,.0f}"),
    "users": ("users", "{:,.0f}"),
    "items": ("items", "{:,.0f}"),
    "share_1": ("ratings of 1", "{:.1%}"),
    "share_2": ("ratings of 2", "{:.1%}"),
    "share_3": ("ratings of 3", "{:.1%}"),
    "share_4": ("ratings of 4", "{:.1%}"),
    "share_5": ("ratings of 5", "{:.1%}"),
    "mean_rating": ("mean rating", "{:.2f}"),
    "gini": ("Gini coefficient of item popularity", "{:.2f}"),
    "sparsity": ("sparsity: pairs without a rating", "{:.1%}"),
    "reviews_per_user": ("reviews per user, median", "{:.0f}"),
    "words_per_review": ("words per review, median", "{:.0f}"),
    "word_types": ("word types", "{:,.0f}"),
    "unique_sentences": ("distinct sentences / sentences", "{:.1%}"),
}


def figures(reviews: Reviews) -> dict[str, float]:
    """Return the realism figures of one data set by metric; those of the text
    only where there is text.
    """
    n_users, n_items = reviews.n_users, reviews.n_items
    found = {"reviews": len(reviews), "users": n_users, "items": n_items}
    stars = np.clip(np.floor(reviews.rating + 0.5), 1, 5)
    for star in range(1, 6):
        found[f"share_{star}"] = float((stars == star).mean())
    found["mean_rating"] = reviews.rating.mean()
    found["gini"] = gini(np.bincount(reviews.item_idx))
    found["sparsity"] = 1 - len(reviews) / (n_users * n_items)
    found["reviews_per_user"] = float(np.median(np.bincount(reviews.user_idx)))
    if reviews.has_text:
        found |= text_figures(reviews.frame["text"])
    return found


def text_figures(texts: pd.Series) -> dict[str, float]:
    """Return words per review (median), word types (lower-cased letters) and
    the share of distinct sentences.
    """
    words = texts.str.lower().str.findall(r"[a-z]+(?:'[a-z]+)?")
    sentences = texts.map(_sentences).explode().dropna()
    n_distinct = sentences.str.lower().nunique()
    return {
        "words_per_review": float(words.str.len().median()),
        "word_types": words.explode().nunique(),
        "unique_sentences": n_distinct / len(sentences),
    }


def _sentences(text: str) -> list[str]:
    pieces = re.split(r"(?<=[.!?])\s+", text.strip())
    return [piece for piece in pieces if piece]


def table(rows: list[dict]) -> str:
    """Return tidy rows as a Markdown table, a column per data set; a figure
    that does not exist is a dash.
    """
    value = {(row["data"], row["metric"]): row["value"] for row in rows}
    header = "| | " + " | ".join(SETS.values()) + " |"
    lines = [header, "|---|" + "---:|" * len(SETS)]
    for metric, (label, form) in ROWS.items():
        found = [value.get((data, metric)) for data in SETS]
        cells = ["–" if cell is None else form.format(cell) for cell in found]
        lines.append(f"| {label} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def rewrite_card(rows: list[dict]) -> None:
    """Put the table between the markers of the data card; raise ValueError
    where the markers are missing.
    """
    card = CARD.read_text(encoding="utf-8")
    if card.count(BEGIN) != 1 or card.count(END) != 1:
        raise ValueError(f"{CARD.name} must hold {BEGIN} and {END} once each")
    before, after = card.split(BEGIN)[0], card.split(END)[1]
    card = f"{before}{BEGIN}\n{table(rows)}\n{END}{after}"
    CARD.write_text(card, encoding="utf-8")


def main() -> None:
    """Measure all sets, write the results and the card, print the table."""
    rows = []
    for name in SETS:
        for metric, value in figures(load_reviews(name)).items():
            rows.append(tidy.row(name, "all", "recx:realism", metric, value))
    tidy.write_rows("realism", rows)
    rewrite_card(rows)
    print(table(rows))


if __name__ == "__main__":
    main()
