"""Does aspect mining find what reviews say?

On the shop, where that is known; on Amazon, beside another miner's file.
`RECX_DATA=... python -m benchmarks.mining` writes book/results/mining.json.
Every lexicon is mined from the earlier 80 % of the reviews and read on the
later 20 %; terms are compared over all reviews.
"""

from __future__ import annotations

import gzip
import json
import time
from itertools import chain

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


SETS = ("shop", "musical_instruments")


def shop_terms() -> dict[str, list[str]]:
    """Return the terms that name each aspect of the shop."""
    aspects = load_shop_truth().aspects.set_index("aspect")
    return aspects["terms"].str.split("|").to_dict()


def against_truth(mentions: pd.DataFrame, truth: pd.DataFrame) -> dict:
    """Return precision and recall of (review, aspect) pairs, and how often a
    found pair's polarity is right.

    `right_share` is both at once: the share of mined pairs that are true and
    have the true polarity. Where a pair is mined more than once the polarities
    vote; a tie is wrong.
    """
    key = ["review", "aspect"]
    mined = np.sign(mentions.groupby(key)["polarity"].sum())
    true = truth.drop_duplicates(key).set_index(key)["polarity"]
    both = mined.index.intersection(true.index)
    n_both, n_mined = len(both), len(mined)
    n_right = int((mined[both] == true[both]).sum())
    return {
        "precision": n_both / n_mined,
        "recall": n_both / len(true),
        "polarity_accuracy": n_right / n_both,
        "right_share": n_right / n_mined,
        "n": n_mined,
    }


def by_rating(reviews: Reviews, terms: dict[str, list[str]]) -> pd.DataFrame:
    """Let every term that is named be praised or blamed as the rating is:
    the floor for reading opinions.
    """
    # with a lexicon in which every token is an opinion, every term is found
    texts = reviews.frame["text"]
    every_token = set(chain.from_iterable(map(tokenize, texts)))
    lexicon = Lexicon({}, dict.fromkeys(every_token, 1))
    named = mine_mentions(reviews, lexicon, terms).drop(columns="polarity")
    mean = reviews.frame.groupby("user")["rating"].transform("mean")
    above = np.sign(reviews.frame["rating"] - mean)
    return named.join(above.rename("polarity"), on="review")


def shop_rows() -> list[dict]:
    """Measure mentions with the aspects' terms given, and the terms found
    when they are not.
    """
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
    found = {}
    for how, lexicon in lexicons.items():
        found["recx:mining", how] = mine_mentions(later, lexicon, terms)
    found["floor:rating", "terms-given"] = by_rating(later, terms)
    rows = []
    for (system, how), mentions in found.items():
        scores = against_truth(mentions, truth)
        key = ("shop", "time-80-20", system)
        n = scores.pop("n")
        for metric, value in scores.items():
            rows.append(tidy.row(*key, metric, value, how, n=n))
    lexicon = mine_lexicon(shop.frame["text"], shop.rating)
    return rows + term_rows(lexicon, terms)


def term_rows(lexicon: Lexicon, terms: dict[str, list[str]]) -> list[dict]:
    """Compare the terms most often judged with the last words of the true
    terms ("pad" of "sleeping pad").
    """
    every_term = chain.from_iterable(terms.values())
    true = {singular(tokenize(term)[-1]) for term in every_term}
    key, how = ("shop", "all", "recx:mining"), "terms-mined"
    rows = []
    for n in (25, 50, 100, 200):
        top = {singular(term) for term in lexicon.top(n)}
        n_right = len(top & true)
        shares = n_right / len(top), n_right / len(true)
        for metric, share in zip(("precision", "recall"), shares, strict=True):
            name, size = f"{metric}@{n}", len(true)
            rows.append(tidy.row(*key, name, share, how, n=size))
    return rows


def given_mentions() -> pd.DataFrame:
    """Return the other miner's mentions of Musical Instruments: user, item,
    term, polarity.
    """
    with gzip.open(data_folder() / GIVEN, "rt", encoding="utf-8") as lines:
        given = pd.DataFrame(map(json.loads, lines))
    given = given.rename(columns={"feature": "term"})  # as we call it
    return given[["user", "item", "term", "polarity"]]


def amazon_rows() -> list[dict]:
    """Compare our terms and polarities with the given file's; neither is
    the truth.
    """
    reviews, given = load_reviews("musical_instruments"), given_mentions()
    lexicon = mine_lexicon(reviews.frame["text"], reviews.rating)
    vocabulary = set(given["term"])
    values = {}
    for n in (100, 350):
        top = set(lexicon.top(n))
        n_shared = len(top & vocabulary)
        values[f"precision@{n}"] = n_shared / len(top)
        values[f"recall@{n}"] = n_shared / len(vocabulary)
    mentions = mine_mentions(reviews, lexicon, top=len(lexicon.terms))
    key = ["user", "item", "term"]
    shared = mentions.merge(given, on=key, suffixes=("", "_given"))
    agree = shared["polarity"] == shared["polarity_given"]
    values["polarity_agreement"] = agree.mean()
    key = ("musical_instruments", "all", "recx:mining")
    rows = []
    for metric, value in values.items():
        is_share = metric == "polarity_agreement"
        n = len(shared) if is_share else len(vocabulary)
        rows.append(tidy.row(*key, metric, value, "against-given", n=n))
    return rows


def hidden_rows() -> list[dict]:
    """Hide half of the hand-written opinion words, four times: how many are
    learned back, and with the right side?
    """
    rows = []
    for data in SETS:
        reviews = load_reviews(data)
        shares, right = [], []
        for seed in range(4):
            hidden, same = learned_back(reviews, seed)
            shares.append(len(same) / hidden)
            right.append(sum(same) / len(same))
        found = {"recall": shares, "polarity_accuracy": right}
        key, how = (data, "all", "recx:mining"), "hidden-words"
        for metric, values in found.items():
            folds = tidy.over_folds(values)
            rows.append(tidy.row(*key, metric, setting=how, **folds))
    return rows


def learned_back(reviews: Reviews, seed: int) -> tuple[int, list[bool]]:
    """Return how many opinion words were hidden and, for each one learned
    back, whether it has the right side.
    """
    order = np.random.default_rng(seed).permutation(list(OPINIONS))
    shown = set(order[: len(OPINIONS) // 2])
    known = {word: side for word, side in OPINIONS.items() if word in shown}
    lexicon = mine_lexicon(reviews.frame["text"], reviews.rating, known)
    same = []
    for word, side in OPINIONS.items():
        if word in lexicon.opinions and word not in shown:
            same.append(lexicon.opinions[word] == side)
    return len(OPINIONS) - len(shown), same


def speed_rows() -> list[dict]:
    """Time both steps, in reviews per CPU-second."""
    rows = []
    for data in SETS:
        reviews = load_reviews(data)
        start = time.process_time()
        lexicon = mine_lexicon(reviews.frame["text"], reviews.rating)
        mine_mentions(reviews, lexicon)
        per_s = len(reviews) / (time.process_time() - start)
        rows.append(tidy.row(data, "all", "recx:mining", "per_s", per_s))
    return rows


def main() -> None:
    """Measure, write the results, print the table."""
    rows = shop_rows() + hidden_rows() + amazon_rows() + speed_rows()
    tidy.write_rows("mining", rows)
    print(tidy.table(rows))


if __name__ == "__main__":
    main()
