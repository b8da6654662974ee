"""How real are the simulated shops? The same figures for them and two real
sets: each figure alone, and how stars, people, things and texts go together.

`RECX_DATA=... python -m benchmarks.realism` writes book/results/realism.json
and the table in data/README.md.
"""

from __future__ import annotations

import re
from dataclasses import fields

import numpy as np
import pandas as pd

from benchmarks import tidy
from recx_lib.data import (
    Reviews,
    item_profile,
    load_reviews,
    mine_lexicon,
    mine_mentions,
    split_random,
    user_profile,
)
from recx_lib.judge import gini
from recx_lib.recommend import LinearProfile, mean_deviation
from recx_lib.shop import ShopSettings
from recx_lib.shop.settings import SHOPS

CARD = tidy.ROOT / "data" / "README.md"
BEGIN, END = "<!-- realism: begin -->", "<!-- realism: end -->"
UNITS = {
    "user_bias": "how generous users are, standard deviation, stars",
    "item_bias": "how well liked items are, standard deviation, stars",
    "noise": "chance, standard deviation, stars",
    "spread": "qualities, standard deviation",
    "selection": "choice by taste, log-odds per star",
    "dealbreakers": "share of the praise that is lost",
    "context": "extra taste, stars per unit of quality",
    "mentions": "which aspects are named",
    "always_largest": "largest term named in any case",
    "silent": "share of reviews",
    "hearsay": "share of reviews that are not silent",
    "unjudged": "share of reviews that are not silent",
    "irony": "share of complaints",
}
SETS = {
    "shop-kind": "Trailhead: kind",
    "shop": "middle",
    "shop-harsh": "harsh",
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
    "repeated_sentences": ("sentences that stand elsewhere too", "{:.1%}"),
    "variance": ("variance of the ratings", "{:.2f}"),
    "user_means_r2": ("of it explained by users' means", "{:.1%}"),
    "item_means_r2": ("of it explained by items' means", "{:.1%}"),
    "profile_r2": ("of it explained by a linear profile", "{:.1%}"),
    "with_mention": ("reviews in which an aspect is heard judged", "{:.1%}"),
    "stars_polarity_r": ("… correlation of stars and polarity", "{:.2f}"),
    "top_mentioned": ("… with the profile's top aspect judged", "{:.1%}"),
    "any_mentioned": ("… with a random aspect judged", "{:.1%}"),
}
FOLDS = 5


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
    found["variance"] = float(reviews.rating.var())
    found["user_means_r2"] = means_r2(reviews, reviews.user_idx)
    found["item_means_r2"] = means_r2(reviews, reviews.item_idx)
    if reviews.has_text:
        found |= text_figures(reviews.frame["text"])
        found |= joint_figures(reviews)
    return found


def means_r2(reviews: Reviews, idx: np.ndarray, damping: float = 5.0) -> float:
    """Return the share of the ratings' variance that the means of their users
    (or items), `idx` (n,), explain in ratings held out, five times a fifth.

    A mean is pulled towards that of all, as by `damping` more ratings.
    """
    stars, n = reviews.rating, int(idx.max()) + 1
    part = np.random.default_rng(0).permutation(len(stars)) % FOLDS
    predicted = np.zeros(len(stars))
    for fold in range(FOLDS):
        known, asked = part != fold, part == fold
        mean = stars[known].mean()
        rest = stars[known] - mean
        moves = mean_deviation(idx[known], rest, n, damping, leave_out=False)
        predicted[asked] = mean + moves[idx[asked]]
    return r2(stars, predicted)


def r2(stars: np.ndarray, predicted: np.ndarray) -> float:
    """Return the share of the variance of stars that is predicted.

    >>> r2(np.array([1.0, 2.0, 3.0]), np.array([1.0, 2.0, 3.0]))
    1.0
    """
    return float(1 - np.mean((stars - predicted) ** 2) / np.var(stars))


def joint_figures(reviews: Reviews) -> dict[str, float]:
    """Return how stars go with what is said, and how often the aspect that
    counts most for a linear profile is judged in the held-out review itself.

    The lexicon is mined from texts alone: ratings may not help to find what
    is then compared with ratings. Reviews with nothing heard are left out.
    """
    lexicon = mine_lexicon(reviews.frame["text"])
    mentions = mine_mentions(reviews, lexicon, reviews.aspects or None)
    # 1. stars and the mean polarity of a review
    heard = mentions.groupby("review")["polarity"].mean()
    stars = reviews.frame["rating"].loc[heard.index]
    found = {"with_mention": len(heard) / len(reviews)}
    found["stars_polarity_r"] = float(np.corrcoef(heard, stars)[0, 1])
    # 2. a linear profile, and its largest term for each held-out review
    train, test = split_random(reviews, 0.2, seed=0)
    known = mentions[mentions["review"].isin(train.frame.index)]
    model = LinearProfile()
    model.fit(train, user_profile(known, train), item_profile(known, train))
    pairs = test.user_idx, test.item_idx
    found["profile_r2"] = r2(test.rating, model.predict(*pairs))
    aspects = np.array(model.aspects_)
    terms = np.abs(model._terms(*pairs))[:, : len(aspects)]
    top = pd.Series(aspects[terms.argmax(axis=1)], index=test.frame.index)
    # 3. is it what the review speaks of?
    said = mentions.groupby("review")["aspect"].agg(set)
    said = said.reindex(test.frame.index).dropna()
    pieces = zip(top[said.index], said, strict=True)
    named = [aspect in aspects_said for aspect, aspects_said in pieces]
    found["top_mentioned"] = float(np.mean(named))
    found["any_mentioned"] = float(said.map(len).mean() / len(aspects))
    return found


def text_figures(texts: pd.Series) -> dict[str, float]:
    """Return words per review (median), word types (lower-cased letters), the
    share of distinct sentences and of sentences that stand elsewhere too.
    """
    words = texts.str.lower().str.findall(r"[a-z]+(?:'[a-z]+)?")
    sentences = texts.map(_sentences).explode().dropna()
    count = sentences.str.lower().value_counts()
    n_repeated = int(count[count > 1].sum())
    found = {"words_per_review": float(words.str.len().median())}
    found["word_types"] = words.explode().nunique()
    found["unique_sentences"] = len(count) / len(sentences)
    found["repeated_sentences"] = n_repeated / len(sentences)
    return found


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


def settings_table() -> str:
    """Return what the switches of the three shops are, as a Markdown table."""
    header = "| switch | what, in which unit | " + " | ".join(SHOPS) + " |"
    lines = [header, "|---|---|" + "---:|" * len(SHOPS)]
    for field in fields(ShopSettings):
        values = [getattr(one, field.name) for one in SHOPS.values()]
        cells = [f"`{field.name}`", UNITS[field.name], *map(str, values)]
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


def rewrite_card(name: str, text: str) -> None:
    """Put a text between the data card's markers of that name; raise
    ValueError where they are missing.
    """
    begin, end = f"<!-- {name}: begin -->", f"<!-- {name}: end -->"
    card = CARD.read_text(encoding="utf-8")
    if card.count(begin) != 1 or card.count(end) != 1:
        raise ValueError(f"{CARD.name} must hold {begin} and {end} once each")
    before, after = card.split(begin)[0], card.split(end)[1]
    card = f"{before}{begin}\n{text}\n{end}{after}"
    CARD.write_text(card, encoding="utf-8")


def main() -> None:
    """Measure all sets, write the results and the card, print the table."""
    rows = []
    for name in SETS:
        for metric, value in figures(load_reviews(name)).items():
            rows.append(tidy.row(name, "all", "recx:realism", metric, value))
    tidy.write_rows("realism", rows)
    rewrite_card("realism", table(rows))
    rewrite_card("settings", settings_table())
    print(table(rows))


if __name__ == "__main__":
    main()
