"""What the language models are asked in benchmarks/large_prompts.py."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from recx_lib.data import (
    Reviews,
    load_reviews,
    mine_lexicon,
    mine_mentions,
    split_by_time,
)
from recx_lib.judge.claims import ItemFacts
from recx_lib.write.language_model import Request, Shown

SHOWN = [
    Shown(Request(title, facts), answer)
    for title, facts, answer in (
        (
            "Harbour Kettle",
            (("weight", 1), ("setup", -1)),
            "The Harbour Kettle has a good weight, but a terrible setup.",
        ),
        (
            "Selworth Rucksack",
            (("comfort", 1), ("capacity", 1)),
            "The Selworth Rucksack has great comfort and a great capacity.",
        ),
        (
            "Minster Jacket",
            (("fit", -1), ("warmth", 1)),
            "The warmth of the Minster Jacket is great, but the fit is poor.",
        ),
        (
            "Orrin Stove",
            (("price", -1), ("setup", -1)),
            "The price of the Orrin Stove is bad, and the setup is poor.",
        ),
        (
            "Tolland Boots",
            (("durability", 1), ("price", -1)),
            "The Tolland Boots have great durability, but a bad price.",
        ),
        (
            "Fenn Lamp",
            (("weight", 1), ("comfort", 1)),
            "Both the weight and the comfort of the Fenn Lamp are great.",
        ),
        (
            "Carrow Mat",
            (("comfort", -1), ("price", 1)),
            "The Carrow Mat has poor comfort, but its price is good.",
        ),
        (
            "Wick Tarp",
            (("setup", 1), ("weight", -1)),
            "The setup of the Wick Tarp is good, but its weight is bad.",
        ),
    )
]


@dataclass(frozen=True)
class World:
    """One data set, mined: its later records are what is asked about."""

    reviews: Reviews
    train: pd.DataFrame
    test: pd.DataFrame
    facts: ItemFacts
    kin: dict[str, str]  # the words of one aspect


def world(data: str) -> World:
    """Return a data set's records, one short statement a review."""
    reviews = load_reviews(data)
    before, after = split_by_time(reviews)
    lexicon = mine_lexicon(before.frame["text"], before.rating)
    parts = []
    for part in (before, after):
        found = mine_mentions(part, lexicon, part.aspects or None)
        one_word = ~found["term"].str.contains(" ")
        short = found["sentence"].str.split().str.len() <= 15
        # who praises the noise praises that there is none: a trap of its own
        clear = found.get("aspect", pd.Series("", found.index)) != "quietness"
        kept = found[one_word & short & clear].drop_duplicates("review")
        parts.append(kept.reset_index(drop=True))
    facts = ItemFacts(parts[0])
    kin = {}
    for aspect, words in (reviews.aspects or {}).items():
        kin |= dict.fromkeys(words, aspect)
    return World(reviews, *parts, facts, kin)


def majority(train: pd.DataFrame) -> pd.Series:
    """Return which side most of an item's judgements of a feature take.

    Indexed by item and feature; ties are left out.
    """
    votes = train.groupby(["item", "term"])["polarity"].sum()
    return np.sign(votes[votes != 0]).astype(int)


def requests(here: World, n: int, seed: int = 0) -> pd.DataFrame:
    """Return n pairs of the later records, a user once, with a request each.

    Two facts of the item, one praised and one blamed where there are both, and
    up to two sentences of other customers on them. Columns user, item,
    request, plain (the request without sentences).
    """
    rng = np.random.default_rng(seed)
    sides, train = majority(here.train), here.train
    rows = []
    order = rng.permutation(len(here.test))
    asked = here.test.iloc[order].drop_duplicates("user")
    for user, item in zip(asked["user"], asked["item"], strict=True):
        if item not in sides.index or len(sides[item]) < 2:
            continue
        # one of either side where there are both
        own = sides[item].sample(frac=1, random_state=rng.integers(2**31))
        first = own.index[0]
        other = own.index[own != own[first]].tolist() + own.index[1:].tolist()
        # about another thing than the first
        kind = here.kin.get(first, first)
        other = [name for name in other if here.kin.get(name, name) != kind]
        if not other:
            continue
        chosen = tuple((name, int(own[name])) for name in (first, other[0]))
        texts = []
        for name, side in chosen:
            fits = (train["term"] == name) & (train["polarity"] == side)
            fits &= (train["item"] == item) & (train["user"] != user)
            texts += train.loc[fits, "sentence"].tolist()[:1]
        title = here.reviews.title(item)
        request = Request(title, chosen, tuple(texts))
        rows.append((user, item, request, Request(title, chosen)))
        if len(rows) == n:
            break
    return pd.DataFrame(rows, columns=["user", "item", "request", "plain"])
