"""How real is the simulated shop? The same figures for it, MovieLens 100K and Amazon Musical Instruments.

`RECX_DATA=... python -m benchmarks.realism` writes book/results/realism.json and the table in data/README.md.
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
SETS = {"shop": "Trailhead", "ml-100k": "MovieLens 100K", "musical_instruments": "Amazon Musical Instruments"}
ROWS = {  # metric -> label and format in the table
    "reviews": ("reviews after cleaning", "{:,.0f}"),
    "users": ("users", "{:,.0f}"),
    "items": ("items", "{:,.0f}"),
    **{f"share_{star}": (f"ratings of {star}", "{:.1%}") for star in range(1, 6)},
    "mean_rating": ("mean rating", "{:.2f}"),
    "gini": ("Gini coefficient of item popularity", "{:.2f}"),
    "sparsity": ("sparsity: pairs without a rating", "{:.1%}"),
    "reviews_per_user": ("reviews per user, median", "{:.0f}"),
    "words_per_review": ("words per review, median", "{:.0f}"),
    "word_types": ("word types", "{:,.0f}"),
    "unique_sentences": ("distinct sentences / sentences", "{:.1%}"),
}


def figures(reviews: Reviews) -> dict[str, float]:
    """Return the realism figures of one data set by metric; those of the text only where there is text."""
    stars = np.clip(np.floor(reviews.rating + 0.5), 1, 5)
    found = {"reviews": len(reviews), "users": reviews.n_users, "items": reviews.n_items}
    found |= {f"share_{star}": float((stars == star).mean()) for star in range(1, 6)}
    found |= {"mean_rating": reviews.rating.mean(), "gini": gini(np.bincount(reviews.item_idx))}
    found["sparsity"] = 1 - len(reviews) / (reviews.n_users * reviews.n_items)
    found["reviews_per_user"] = float(np.median(np.bincount(reviews.user_idx)))
    return found | (text_figures(reviews.frame["text"]) if reviews.has_text else {})


def text_figures(texts: pd.Series) -> dict[str, float]:
    """Return words per review (median), word types (lower-cased letters) and the share of distinct sentences."""
    words = texts.str.lower().str.findall(r"[a-z]+(?:'[a-z]+)?")
    sentences = texts.map(lambda t: [s for s in re.split(r"(?<=[.!?])\s+", t.strip()) if s]).explode().dropna()
    return {
        "words_per_review": float(words.str.len().median()),
        "word_types": words.explode().nunique(),
        "unique_sentences": sentences.str.lower().nunique() / len(sentences),
    }


def table(rows: list[dict]) -> str:
    """Return tidy rows as a Markdown table, a column per data set; a figure that does not exist is a dash."""
    value = {(r["data"], r["metric"]): r["value"] for r in rows}
    lines = ["| | " + " | ".join(SETS.values()) + " |", "|---|" + "---:|" * len(SETS)]
    for metric, (label, form) in ROWS.items():
        cells = [form.format(value[d, metric]) if (d, metric) in value else "–" for d in SETS]
        lines.append(f"| {label} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def rewrite_card(rows: list[dict]) -> None:
    """Put the table between the markers of the data card; raise ValueError where the markers are missing."""
    card = CARD.read_text(encoding="utf-8")
    if card.count(BEGIN) != 1 or card.count(END) != 1:
        raise ValueError(f"{CARD.name} must hold {BEGIN} and {END} once each")
    before, after = card.split(BEGIN)[0], card.split(END)[1]
    CARD.write_text(f"{before}{BEGIN}\n{table(rows)}\n{END}{after}", encoding="utf-8")


def main() -> None:
    """Measure all sets, write the results and the card, print the table."""
    rows = [
        tidy.row(name, "all", "recx:realism", metric, value)
        for name in SETS
        for metric, value in figures(load_reviews(name)).items()
    ]
    tidy.write_rows("realism", rows)
    rewrite_card(rows)
    print(table(rows))


if __name__ == "__main__":
    main()
