"""Chapter 7: a trained network at work.

Retrieve, plan, write many drafts, keep one, and say what it rests on.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from itertools import compress

import numpy as np
import pandas as pd
import torch

from recx_lib.core.evidence import Rationale
from recx_lib.data.reviews import Ids, Reviews
from recx_lib.judge.ratings import rmse
from recx_lib.nets.batches import Batch, Example, collate
from recx_lib.nets.checkpoints import Checkpoint
from recx_lib.nets.limits import Limits
from recx_lib.nets.training import FitSettings, fit
from recx_lib.nets.transformer import RationaleTransformer
from recx_lib.nets.unfinished import Written
from recx_lib.nets.vocab import Vocab
from recx_lib.recommend.mf import Baseline
from recx_lib.write.briefing import Briefing
from recx_lib.write.choose import (
    PRICES,
    Prices,
    choose,
    crowd,
    echoes,
    fluency,
    nearness,
)
from recx_lib.write.drafting import DRAFTING, Drafting, seed_of, write_drafts
from recx_lib.write.quote import QuotingWriter

ENOUGH = FitSettings(epochs=10, lr=5e-3)
SHRINKAGES = (2.0, 5.0, 10.0, 20.0, 40.0)  # tried for the biases
BLOCK = 64  # examples written side by side


class NeuralWriter:
    """Everything around a network that turns (user, item) into a rationale.

    `make(vocab_size, n_users, n_items)` builds the network, a Transformer or a
    Seq2Seq. Aspect given: sentences naming it are retrieved and drafts of it
    written. Aspect predicted: the same for each aspect that the planner
    proposes, and only drafts whose claims the item's reviews support are kept;
    where none is, a sentence is quoted. `choose` then takes the draft that is
    worth most by `prices`. Learned: `model_`, `vocab_`, `history_`.
    """

    def __init__(
        self,
        briefing: Briefing,
        make: Callable = RationaleTransformer,
        settings: FitSettings = ENOUGH,
        drafting: Drafting = DRAFTING,
        prices: Prices = PRICES,
    ):
        self.briefing, self.make, self.settings = briefing, make, settings
        self.drafting, self.prices = drafting, prices

    def fit(
        self,
        train: pd.DataFrame,
        validation: pd.DataFrame,
        quiet: bool = False,
        checkpoint: Checkpoint | None = None,
    ) -> NeuralWriter:
        """Train on the planner's records, stop by `validation`; return self.

        `quiet`: no line for each epoch. `checkpoint`: where training is kept,
        as in `fit`; finished, it is not done again.
        """
        # 1. numbers for users, items and words
        self.users_ = Ids(train["user"])
        self.items_ = Ids(train["item"])
        self.user_code_ = _codes(self.users_)
        self.item_code_ = _codes(self.items_)
        texts = (text.lower().split() for text in train["sentence"])
        self.vocab_ = Vocab.build(texts, min_count=2)
        # 2. a network that knows the mean rating and the biases already
        torch.manual_seed(self.settings.seed)
        sizes = len(self.vocab_), len(self.users_), len(self.items_)
        foreseen = self._baseline(train, validation)
        model = self.make(*sizes)
        self.model_ = model.lean_on(foreseen.mu_, foreseen.b_u_, foreseen.b_i_)
        # 3. training
        # none of the examples reads the sentence that it is to write
        rows = self.labelled(train, leave_out=True), self.labelled(validation)
        how = self.settings, checkpoint, quiet
        self.history_ = fit(model, *rows, self.collate, *how)
        return self

    def _baseline(
        self, train: pd.DataFrame, validation: pd.DataFrame
    ) -> Baseline:
        """Return mean and biases, shrunken as validation likes best."""
        ratings = train.assign(rating=train["rating"].astype(float))
        reviews = Reviews(ratings, self.users_, self.items_)
        tried = [Baseline(reg).fit(reviews) for reg in SHRINKAGES]
        known_user = validation["user"].isin(self.user_code_)
        known_item = validation["item"].isin(self.item_code_)
        seen = validation[known_user & known_item]
        if len(seen) == 0:  # nothing to choose by
            return tried[0]
        users = self.users_.idx(seen["user"])
        items = self.items_.idx(seen["item"])
        errors = []
        for model in tried:
            errors.append(rmse(seen["rating"], model.predict(users, items)))
        return tried[int(np.argmin(errors))]

    def collate(self, rows: Sequence[Example]) -> Batch:
        """Return examples as tensors, with this writer's vocabulary."""
        return collate(rows, self.vocab_)

    def labelled(
        self, records: pd.DataFrame, leave_out: bool = False
    ) -> list[Example]:
        """Return records as examples to learn from.

        `leave_out`: each retrieves as if it were not in training.
        """
        columns = ["user", "item", "term", "rating", "sentence"]
        examples = []
        for row, record in enumerate(records[columns].itertuples(index=False)):
            pair = record.user, record.item, record.term
            target = tuple(record.sentence.lower().split())
            left_out = row if leave_out else None
            examples.append(
                self.example(*pair, left_out, record.rating, target)
            )
        return examples

    def example(
        self,
        user: str,
        item: str,
        aspect: str | None,
        leave_out: int | None = None,
        rating: float = float("nan"),
        target: Sequence[str] = (),
    ) -> Example:
        """Return an example with its sources; the unseen are number -1."""
        texts = self.briefing.retriever.retrieve(
            user, item, aspect, self.drafting.n_sources, leave_out
        )
        sources = tuple(tuple(text.lower().split()) for text in texts)
        who, what = self._code(user, item)
        return Example(who, what, aspect, sources, rating, target)

    def _code(self, user: str, item: str) -> tuple[int, int]:
        return self.user_code_.get(user, -1), self.item_code_.get(item, -1)

    def predict(
        self, users: Sequence[str], items: Sequence[str]
    ) -> list[float]:
        """Return the rating foreseen for each pair of raw ids, in stars."""
        pairs = zip(users, items, strict=True)
        examples = [Example(*self._code(*pair)) for pair in pairs]
        model, stars = self.model_.eval(), []
        for start in range(0, len(examples), BLOCK):
            block = self.collate(examples[start : start + BLOCK])
            stars += model.rate(block).tolist()
        return stars

    def write(
        self,
        user: str,
        item: str,
        aspect: str | None = None,
        said: Counter | None = None,
    ) -> Rationale | None:
        """Return the rationale for one pair; None where nothing can be said.

        The same arguments give the same answer, alone or among others; `said`
        as in `choose`.
        """
        return self.write_all([user], [item], [aspect], said)[0]

    def write_all(
        self,
        users: Sequence[str],
        items: Sequence[str],
        aspects: Sequence[str | None],
        said: Counter | None = None,
    ) -> list[Rationale | None]:
        """Return what `write` does for each triple of user, item and aspect.

        An aspect of None is planned. With `said` the list is said in order,
        and each sentence knows what was said before it.
        """
        asked = list(zip(users, items, aspects, strict=True))
        both = zip(asked, self.all_drafts(asked), strict=True)
        return [self.pick(*triple, found, said) for triple, found in both]

    def all_drafts(
        self, asked: Sequence[tuple[str, str, str | None]]
    ) -> list[list[Written]]:
        """Return the drafts of all plans of each user, item and aspect."""
        # 1. one example for each plan: examples[j] is for asked[numbers[j]]
        numbers, examples, seeds = [], [], []
        for number, (user, item, aspect) in enumerate(asked):
            for plan in [aspect] if aspect else self.plans(user, item):
                numbers.append(number)
                examples.append(self.example(user, item, plan))
                seeds.append(seed_of(self.drafting.seed, user, item, plan))
        # 2. their drafts, block by block
        drafts = [[] for _ in asked]
        for start in range(0, len(examples), BLOCK):
            block = slice(start, start + BLOCK)
            found = self.drafts(examples[block], seeds[block])
            for number, more in zip(numbers[block], found, strict=True):
                drafts[number] += more
        return drafts

    def plans(self, user: str, item: str) -> list[str | None]:
        """Return up to `n_plans` aspects to try; [None] for none at all."""
        plan = self.briefing.planner.plan(user, item, self.drafting.n_plans)
        return [evidence.name for evidence in plan.evidence] or [None]

    def drafts(
        self, examples: Sequence[Example], seeds: Sequence[int]
    ) -> list[list[Written]]:
        """Return the drafts of each example; each must name its aspect.

        It always can: it may copy the aspect from its source.
        """
        must = [[one.aspect] if one.aspect else [] for one in examples]
        penalty = self.drafting.repeat_penalty
        limits = Limits(must_contain=must, repeat_penalty=penalty)
        batch = self.collate(examples)
        return write_drafts(
            self.model_, batch, self.vocab_, self.drafting, limits, seeds
        )

    def pick(
        self,
        user: str,
        item: str,
        aspect: str | None,
        drafts: list[Written],
        said: Counter | None = None,
    ) -> Rationale | None:
        """Return the best draft as a rationale, or a quotation, or None."""
        briefing, prices = self.briefing, self.prices
        # 1. what may be said; a given aspect is not checked
        if aspect is None:
            allowed = [briefing.may_say(item, one.text) for one in drafts]
            drafts = list(compress(drafts, allowed))
        if not drafts:
            quoting = QuotingWriter(briefing, prices)
            return quoting.write(user, item, aspect, said)
        # 2. what each draft is worth
        texts = [one.text for one in drafts]
        likely = briefing.references(user, item, aspect, prices.planning)
        worth = nearness(texts, briefing.sentences, likely, prices.trust)
        worth += prices.ease * fluency(drafts)
        worth -= prices.crowding * crowd(texts, briefing.shares)
        worth -= prices.echo * echoes(texts)
        # 3. the best of them
        best = choose(texts, worth, said, prices.repetition)
        method = type(self.model_).__name__
        return briefing.rationale(user, item, texts[best], method)


def _codes(ids: Ids) -> dict[str, int]:
    return {raw: code for code, raw in enumerate(ids.raw)}
