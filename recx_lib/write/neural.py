"""Chapter 6b: a trained writer at work: retrieve, plan, write many, keep one,
and say what the sentence rests on.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pandas as pd
import torch

from recx_lib.core.evidence import Rationale
from recx_lib.data.reviews import Ids, Reviews
from recx_lib.judge.ratings import rmse
from recx_lib.nets.batches import Batch, Example, collate
from recx_lib.nets.decoding import Written
from recx_lib.nets.limits import Limits
from recx_lib.nets.training import FitSettings, fit
from recx_lib.nets.transformer import RationaleTransformer
from recx_lib.nets.vocab import Vocab
from recx_lib.recommend.mf import Baseline
from recx_lib.write.choose import candidates, fluency, nearness
from recx_lib.write.plan import AspectPlanner
from recx_lib.write.quote import QuotingWriter

ENOUGH = FitSettings(epochs=10, lr=5e-3)


BLOCK = 64  # rows written side by side


class NeuralWriter(QuotingWriter):
    """Everything around a Transformer or a Seq2Seq that turns (user, item)
    into a rationale.

    `make(vocab_size, n_users, n_items)` builds the model. Aspect given:
    `n_sources` sentences naming it are retrieved and `n_beam` + `n_sample`
    candidates written. Aspect predicted: the same for each of the `n_plans`
    aspects that the planner proposes, and only candidates whose claims the
    item's reviews support are kept; where none is, a sentence is quoted. The
    choice is `QuotingWriter`'s, with `trust` as in `nearness`; `ease` is what
    one nat of the mean log-probability of a word is worth in expected ROUGE,
    `repeat_penalty` as in `Limits`. Learned: `model_`, `vocab_`, `history_`.
    """

    def __init__(self, planner: AspectPlanner, make: Callable = RationaleTransformer, settings: FitSettings = ENOUGH,
                 n_sources: int = 2, n_plans: int = 3, n_beam: int = 4, n_sample: int = 28, temperature: float = 0.7,
                 trust: float = 1.0, ease: float = 0.02, repeat_penalty: float = 1.0, **price):  # fmt: skip
        super().__init__(planner, **price)
        self.make, self.settings, self.n_sources, self.n_plans = (
            make,
            settings,
            n_sources,
            n_plans,
        )
        self.n_beam, self.n_sample, self.temperature = (
            n_beam,
            n_sample,
            temperature,
        )
        self.trust, self.ease, self.repeat_penalty = (
            trust,
            ease,
            repeat_penalty,
        )

    def fit(
        self,
        train: pd.DataFrame,
        validation: pd.DataFrame,
        quiet: bool = False,
    ) -> NeuralWriter:
        """Train on the records that the planner was fitted on, stop by
        `validation`; return self.
        """
        self.users_, self.items_ = Ids(train["user"]), Ids(train["item"])
        self.user_code_ = {
            raw: code for code, raw in enumerate(self.users_.raw)
        }
        self.item_code_ = {
            raw: code for code, raw in enumerate(self.items_.raw)
        }
        self.vocab_ = Vocab.build(
            (text.lower().split() for text in train["sentence"]), min_count=2
        )
        torch.manual_seed(self.settings.seed)
        model = self.make(len(self.vocab_), len(self.users_), len(self.items_))
        foreseen = self._baseline(train, validation)
        self.model_ = model.lean_on(foreseen.mu_, foreseen.b_u_, foreseen.b_i_)
        rows = self.labelled(train, leave_out=True), self.labelled(validation)
        self.history_ = fit(
            model, *rows, self.collate, self.settings, quiet=quiet
        )
        return self

    def _baseline(
        self, train: pd.DataFrame, validation: pd.DataFrame
    ) -> Baseline:
        """Return mean and biases, shrunken as the validation ratings like
        best.
        """
        reviews = Reviews(
            train.assign(rating=train["rating"].astype(float)),
            self.users_,
            self.items_,
        )
        seen = validation[
            validation["user"].isin(self.user_code_)
            & validation["item"].isin(self.item_code_)
        ]
        codes = self.users_.idx(seen["user"]), self.items_.idx(seen["item"])
        tried = [
            Baseline(reg).fit(reviews) for reg in (2.0, 5.0, 10.0, 20.0, 40.0)
        ]
        return min(
            tried,
            key=lambda model: (
                rmse(seen["rating"], model.predict(*codes))
                if len(seen)
                else model.reg
            ),
        )

    def collate(self, rows: Sequence[Example]) -> Batch:
        """Return examples as tensors, with this writer's vocabulary."""
        return collate(rows, self.vocab_)

    def labelled(
        self, records: pd.DataFrame, leave_out: bool = False
    ) -> list[Example]:
        """Return records as examples to learn from; `leave_out`: each
        retrieves as if it were not in training.
        """
        columns = records[
            ["user", "item", "feature", "rating", "sentence"]
        ].itertuples(index=False)
        return [
            self.example(
                user,
                item,
                aspect,
                row if leave_out else None,
                rating,
                tuple(text.lower().split()),
            )
            for row, (user, item, aspect, rating, text) in enumerate(columns)
        ]

    def example(self, user: str, item: str, aspect: str | None, leave_out: int | None = None,
                rating: float = float("nan"), target: Sequence[str] = ()) -> Example:  # fmt: skip
        """Return one example with its sources; an unseen user or item becomes
        -1.
        """
        sources = self.retriever.retrieve(
            user, item, aspect, self.n_sources, leave_out
        )
        words = tuple(tuple(text.lower().split()) for text in sources)
        who, what = (
            self.user_code_.get(user, -1),
            self.item_code_.get(item, -1),
        )
        return Example(who, what, aspect, words, rating, target)

    def predict(
        self, users: Sequence[str], items: Sequence[str]
    ) -> list[float]:
        """Return the rating foreseen for each pair of raw ids, in stars."""
        pairs = zip(users, items, strict=True)
        rows = [
            Example(self.user_code_.get(u, -1), self.item_code_.get(i, -1))
            for u, i in pairs
        ]
        return [
            star
            for at in range(0, len(rows), BLOCK)
            for star in self._rate(rows[at : at + BLOCK])
        ]

    def _rate(self, rows: Sequence[Example]) -> list[float]:
        return self.model_.eval().rate(self.collate(rows)).tolist()

    def write(
        self, user: str, item: str, aspect: str | None = None
    ) -> Rationale | None:
        """Return the rationale for one pair; None where nothing can be
        said.
        """
        return self.write_all([user], [item], [aspect])[0]

    def write_all(
        self,
        users: Sequence[str],
        items: Sequence[str],
        aspects: Sequence[str | None],
    ) -> list:
        """Return a rationale (or None) for each triple of raw ids and aspect;
        an aspect of None is planned.
        """
        triples = list(zip(users, items, aspects, strict=True))
        plans = [
            [aspect] if aspect else self.plans(user, item)
            for user, item, aspect in triples
        ]
        rows = [
            self.example(u, i, plan)
            for (u, i, _), planned in zip(triples, plans, strict=True)
            for plan in planned
        ]
        drafts = iter(
            [
                found
                for at in range(0, len(rows), BLOCK)
                for found in self._drafts(rows[at : at + BLOCK])
            ]
        )
        return [
            self._choose(
                *triple, [draft for _ in planned for draft in next(drafts)]
            )
            for triple, planned in zip(triples, plans, strict=True)
        ]

    def plans(self, user: str, item: str) -> list[str | None]:
        """Return up to `n_plans` aspects to try; [None] where the planner has
        none.
        """
        return [
            evidence.name
            for evidence in self.planner.plan(
                user, item, self.n_plans
            ).evidence
        ] or [None]

    def _drafts(self, rows: Sequence[Example]) -> list[list[Written]]:
        """Return the candidates of each row; each must name its aspect, which
        it can always copy from its source.
        """
        must = [[row.aspect] if row.aspect else [] for row in rows]
        limits = Limits(must_contain=must, repeat_penalty=self.repeat_penalty)
        batch = self.collate(rows)
        return candidates(
            self.model_,
            batch,
            self.vocab_,
            self.n_beam,
            self.n_sample,
            self.temperature,
            limits,
        )

    def _choose(
        self, user: str, item: str, aspect: str | None, drafts: list[Written]
    ) -> Rationale | None:
        """Return the best draft as a rationale; a planned one must claim
        something, and only what is supported.
        """
        facts = self.planner.facts_
        if aspect is None:
            drafts = [
                one
                for one in drafts
                if facts.claims(one.text) and facts.supports(item, one.text)
            ]
        if not drafts:
            return super().write(user, item, aspect)
        texts, weights = (
            [one.text for one in drafts],
            self.references(user, item, aspect),
        )
        worth = nearness(
            texts, self.retriever.table_, weights, self.trust
        ) + self.ease * fluency(drafts)
        return self.rationale(
            user,
            item,
            texts[self.chooser.choose(texts, worth)],
            type(self.model_).__name__,
        )
