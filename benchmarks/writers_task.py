"""One shop, told as chapters 4 and 7 tell it: sentences to learn and to judge."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

import numpy as np
import pandas as pd
import torch

from recx_lib.data import (
    Reviews,
    load_reviews,
    mine_lexicon,
    mine_mentions,
    split_by_time,
    tokenize,
)
from recx_lib.nets import (
    Example,
    FitSettings,
    NetSettings,
    Seq2Seq,
    Vocab,
    collate,
    fit,
    greedy,
)
from recx_lib.write import Retriever

N_LEARN, N_JUDGE, LONGEST = 2600, 300, 12


class Task:
    """Chapter 4's records of one shop, and what asks a writer about them.

    `seed` draws the records and begins the networks.
    """

    def __init__(self, shop: str, seed: int):
        self.seed, self.reviews = seed, load_reviews(shop)
        early, self.late = split_by_time(self.reviews, 0.2)
        self.lexicon = mine_lexicon(early.frame["text"], early.rating)
        known = self._records(early, N_LEARN)
        self.test = self._records(self.late, N_JUDGE)
        self.valid = known[:200]
        self.train = known[200:].reset_index(drop=True)
        self.retriever = Retriever().fit(self.train)
        self.people = _numbers(self.train["user"])
        self.goods = _numbers(self.train["item"])
        targets = [text.split() for text in self.train["sentence"]]
        self.vocab = Vocab.build(targets, min_count=2)
        self.collate = partial(collate, vocab=self.vocab)
        rows = self.test.itertuples()
        self.given = [self.ask(row, row.term) for row in rows]
        self.own = [row.aspect for row in self.given]

    def mine(self, part: Reviews) -> pd.DataFrame:
        """Return what is mentioned in a part, by the early part's lexicon."""
        return mine_mentions(part, self.lexicon, self.reviews.aspects or None)

    def _records(self, part: Reviews, n: int) -> pd.DataFrame:
        """Return up to n records, one a review: one short, plain sentence."""
        found = self.mine(part)
        stars = part.frame["rating"].reindex(found["review"])
        found["rating"] = stars.to_numpy()
        said = [_plain(sentence) for sentence in found["sentence"]]
        found["sentence"] = [" ".join(words) for words in said]
        pairs = zip(found["term"], said, strict=True)
        short = [f in words and len(words) <= LONGEST for f, words in pairs]
        found = found[np.array(short)].drop_duplicates("review")
        chosen = found.sample(min(n, len(found)), random_state=self.seed)
        return chosen.reset_index(drop=True)

    def ask(self, row, plan: str, leave_out: int | None = None) -> Example:
        """Return what a writer is told: who, what, a plan and a source."""
        told = row.user, row.item, plan, 1, leave_out
        sources = [text.split() for text in self.retriever.retrieve(*told)]
        who = self.people.get(row.user, -1), self.goods.get(row.item, -1)
        return Example(*who, plan, sources)

    def _lesson(self, row, leave_out: int | None = None) -> Example:
        asked = self.ask(row, row.term, leave_out)
        return replace(asked, rating=row.rating, target=row.sentence.split())

    def train_net(self, copy: bool, epochs: int) -> tuple[Seq2Seq, list]:
        """Return chapter 4's writer, and its validation losses by epoch."""
        rows = self.train.itertuples()
        lessons = [self._lesson(row, row.Index) for row in rows]
        exam = [self._lesson(row) for row in self.valid.itertuples()]
        _ = torch.manual_seed(self.seed)
        sizes = len(self.vocab), len(self.people), len(self.goods)
        model = Seq2Seq(*sizes, width=64, settings=NetSettings(copy=copy))
        plan = FitSettings(epochs, 32, 8e-3, patience=3, seed=self.seed)
        parts = lessons, exam, self.collate, plan
        history = fit(model, *parts, quiet=True)
        return model, [entry["validation"] for entry in history]

    def say(self, model, rows: Sequence[Example]) -> list[list[str]]:
        """Return one greedy sentence a row, as words."""
        found = greedy(model, self.collate(rows), self.vocab)
        return [list(one.words) for one in found]

    def judged(self, texts: Sequence[str], aspects: Sequence[str]):
        """Return what each text says of its aspect, +1, −1 or 0, (n,)."""
        who = {"user": self.test["user"][0], "item": self.test["item"][0]}
        about = {"rating": 3.0, "timestamp": 0, "text": list(texts)}
        told = replace(self.late, frame=pd.DataFrame({**who, **about}))
        found = self.mine(told)
        planned = [aspects[number] for number in found["review"]]
        found = found[found["term"] == planned].drop_duplicates("review")
        sides = found.set_index("review")["polarity"]
        return sides.reindex(range(len(texts)), fill_value=0).to_numpy()


def _plain(sentence: str) -> list[str]:
    """Return the words of a sentence, without its punctuation."""
    return [word for word in tokenize(sentence) if word[0].isalnum()]


def _numbers(names: pd.Series) -> dict[str, int]:
    return {name: number for number, name in enumerate(names.unique())}
