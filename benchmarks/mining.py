"""Does aspect mining find what reviews say? On the shop, where that is known; on Amazon, beside another miner's file.

`RECX_DATA=... python -m benchmarks.mining` writes book/results/mining.json. Every lexicon is mined from the earlier
80 % of the reviews and read on the later 20 %; words for features are compared over all reviews.
"""

from __future__ import annotations

import gzip
import json
import time

import numpy as np
import pandas as pd

from benchmarks import tidy
from recx_lib.data import (
    OPINIONS,
    Lexicon,
    Reviews,
    data_folder,
    load_reviews,
    load_shop_truth,
    mine_lexicon,
    mine_mentions,
    singular,
    split_by_time,
    tokenize,
)

GIVEN = "explanations/musical_instruments.jsonl.gz"


def shop_terms() -> dict[str, list[str]]:
    """Return the words that name each aspect of the shop."""
    aspects = load_shop_truth().aspects
    return {aspect: terms.split("|") for aspect, terms in zip(aspects["aspect"], aspects["terms"], strict=True)}


def against_truth(mentions: pd.DataFrame, truth: pd.DataFrame) -> dict[str, float]:
    """Return precision and recall of (review, aspect) pairs, and how often a found pair's polarity is right.

    `right_share` is both at once: the share of mined pairs that are true and have the true polarity. Where a pair is
    mined more than once the polarities vote; a tie is wrong.
    """
    key = ["review", "aspect"]
    mined = np.sign(mentions.groupby(key)["polarity"].sum())
    true = truth.drop_duplicates(key).set_index(key)["polarity"]
    both = mined.index.intersection(true.index)
    right = int((mined[both] == true[both]).sum())
    return {
        "precision": len(both) / len(mined),
        "recall": len(both) / len(true),
        "polarity_accuracy": right / len(both),
        "right_share": right / len(mined),
        "n": len(mined),
    }


def by_rating(reviews: Reviews, lexicon: Lexicon, terms: dict[str, list[str]]) -> pd.DataFrame:
    """Let every feature that is named be praised or blamed as the rating is: the floor for reading opinions."""
    every_word = {word for text in reviews.frame["text"] for word in tokenize(text)}
    named = mine_mentions(reviews, Lexicon({}, dict.fromkeys(every_word, 1)), terms)
    mean = reviews.frame.groupby("user")["rating"].transform("mean")
    above = np.sign(reviews.frame["rating"] - mean).rename("sign")
    return named.drop(columns="polarity").join(above.rename("polarity"), on="review")


def shop_rows() -> list[dict]:
    """Measure mentions with the aspects' words given, and the words found when they are not."""
    shop, terms = load_reviews("shop"), shop_terms()
    earlier, later = split_by_time(shop)
    truth = load_shop_truth().mentions
    truth = truth[truth["review"].isin(later.frame.index)]
    texts = earlier.frame["text"]
    lexicons = {
        "terms-given": mine_lexicon(texts, earlier.rating),
        "terms-given, texts only": mine_lexicon(texts),
        "terms-given, known words only": Lexicon({}, OPINIONS),
    }
    found = {("recx:mining", how): mine_mentions(later, lexicon, terms) for how, lexicon in lexicons.items()}
    found["floor:rating", "terms-given"] = by_rating(later, lexicons["terms-given"], terms)
    rows = []
    for (system, how), mentions in found.items():
        scores = against_truth(mentions, truth)
        n = scores.pop("n")
        rows += [tidy.row("shop", "time-80-20", system, metric, v, how, n=n) for metric, v in scores.items()]
    return rows + word_rows(mine_lexicon(shop.frame["text"], shop.rating), terms)


def word_rows(lexicon: Lexicon, terms: dict[str, list[str]]) -> list[dict]:
    """Compare the features most often judged with the last words of the true terms ("pad" of "sleeping pad")."""
    true = {singular(tokenize(term)[-1]) for words in terms.values() for term in words}
    rows = []
    for n in (25, 50, 100, 200):
        top = {singular(word) for word in lexicon.top(n)}
        for metric, value in {"precision": len(top & true) / len(top), "recall": len(top & true) / len(true)}.items():
            rows.append(tidy.row("shop", "all", "recx:mining", f"{metric}@{n}", value, "terms-mined", n=len(true)))
    return rows


def given_mentions() -> pd.DataFrame:
    """Return the other miner's mentions of Musical Instruments: user, item, feature, polarity."""
    with gzip.open(data_folder() / GIVEN, "rt", encoding="utf-8") as lines:
        given = pd.DataFrame(map(json.loads, lines))
    return given[["user", "item", "feature", "polarity"]]


def amazon_rows() -> list[dict]:
    """Compare our features and polarities with the given file's; neither is the truth."""
    reviews, given = load_reviews("musical_instruments"), given_mentions()
    lexicon = mine_lexicon(reviews.frame["text"], reviews.rating)
    vocabulary = set(given["feature"])
    values = {}
    for n in (100, 350):
        values[f"precision@{n}"] = np.mean([word in vocabulary for word in lexicon.top(n)])
        values[f"recall@{n}"] = np.mean([word in lexicon.top(n) for word in vocabulary])
    mentions = mine_mentions(reviews, lexicon, top=len(lexicon.features))
    shared = mentions.merge(given, on=["user", "item", "feature"], suffixes=("", "_given"))
    values["polarity_agreement"] = (shared["polarity"] == shared["polarity_given"]).mean()
    sizes = {"polarity_agreement": len(shared)}
    return [
        tidy.row("musical_instruments", "all", "recx:mining", metric, value, "against-given", n=sizes.get(metric, n))
        for n in [len(vocabulary)]
        for metric, value in values.items()
    ]


def hidden_rows() -> list[dict]:
    """Hide half of the hand-written opinion words, four times: how many are learned back, and with the right side?"""
    rows = []
    for data in ("shop", "musical_instruments"):
        reviews, shares, right = load_reviews(data), [], []
        for seed in range(4):
            shown = set(np.random.default_rng(seed).permutation(list(OPINIONS))[: len(OPINIONS) // 2])
            known = {word: side for word, side in OPINIONS.items() if word in shown}
            learned = mine_lexicon(reviews.frame["text"], reviews.rating, known).opinions
            back = [learned[word] == side for word, side in OPINIONS.items() if word in learned.keys() - shown]
            shares.append(len(back) / (len(OPINIONS) - len(shown)))
            right.append(sum(back) / len(back))
        for metric, values in {"recall": shares, "polarity_accuracy": right}.items():
            rows.append(tidy.row(data, "all", "recx:mining", metric, setting="hidden-words", **tidy.over_folds(values)))
    return rows


def speed_rows() -> list[dict]:
    """Time both steps, in reviews per CPU-second."""
    rows = []
    for data in ("shop", "musical_instruments"):
        reviews, start = load_reviews(data), time.process_time()
        mine_mentions(reviews, mine_lexicon(reviews.frame["text"], reviews.rating))
        rows.append(tidy.row(data, "all", "recx:mining", "per_s", len(reviews) / (time.process_time() - start)))
    return rows


def main() -> None:
    """Measure, write the results, print the table."""
    rows = shop_rows() + hidden_rows() + amazon_rows() + speed_rows()
    tidy.write_rows("mining", rows)
    print(tidy.table(rows))


if __name__ == "__main__":
    main()
