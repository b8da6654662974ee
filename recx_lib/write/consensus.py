"""Chapter 6: write the sentence that agrees best with what such people say of
such items. No neural network at all.

An n-gram model says which word may follow, the retrieved sentences vote for
n-grams, a beam search finds the word sequence with the most votes: the
decision that minimises Bayes risk, searched for instead of picked from a list.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from functools import lru_cache
from math import log

import numpy as np

from recx_lib.core.evidence import Rationale
from recx_lib.data.english import (
    CLAUSE_WORDS,
    DETERMINERS,
    LINKING_VERBS,
    PREPOSITIONS,
)
from recx_lib.judge.overlap import MAX_WORDS, split_words
from recx_lib.judge.similarity import SentenceTable
from recx_lib.write.plan import AspectPlanner
from recx_lib.write.quote import QuotingWriter

START, END = "<s>", "</s>"


NEVER_LAST = (
    DETERMINERS
    | CLAUSE_WORDS
    | LINKING_VERBS
    | PREPOSITIONS
    | frozenset(["and", "or", ","])
)


class NgramModel:
    """How likely is the next word after the last `order` − 1: absolute
    discounting, backing off to shorter contexts.

    Counts of sentences with `order` − 1 start marks before and an end mark
    after (Ney, Essen and Kneser, 1994, with one discount of 0.75 and plain
    lower orders). Learned: `counts_`, {context: Counter of next words} for
    each length.
    """

    def __init__(self, order: int = 4, discount: float = 0.75):
        self.order, self.discount = order, discount

    def fit(self, sentences: Sequence[str]) -> NgramModel:
        """Count; return self."""
        self.counts_ = [defaultdict(Counter) for _ in range(self.order)]
        for sentence in sentences:
            tokens = (
                [START] * (self.order - 1) + sentence.lower().split() + [END]
            )
            for at in range(self.order - 1, len(tokens)):
                for length in range(self.order):
                    self.counts_[length][tuple(tokens[at - length : at])][
                        tokens[at]
                    ] += 1
        self.totals_ = [
            {c: (seen.total(), len(seen)) for c, seen in by.items()}
            for by in self.counts_
        ]
        self.probability = lru_cache(maxsize=None)(self._probability)
        return self

    def _probability(self, word: str, context: tuple[str, ...]) -> float:
        length = len(context)
        if context not in self.totals_[length]:
            return self.probability(word, context[1:])
        total, kinds = self.totals_[length][context]
        shorter = (
            self.probability(word, context[1:])
            if length
            else 1 / len(self.counts_[0][()])
        )
        seen = max(
            self.counts_[length][context].get(word, 0) - self.discount, 0
        )
        return (seen + self.discount * kinds * shorter) / total

    def following(
        self, tokens: tuple[str, ...]
    ) -> Iterator[tuple[str, float]]:
        """Yield (word, log probability) for each word that followed the last
        `order` − 1 tokens in training.
        """
        context = tokens[len(tokens) - self.order + 1 :]
        for word in self.counts_[-1].get(context, ()):
            yield word, log(self.probability(word, context))


class Votes:
    """What each n-gram adds to the expected ROUGE of a sentence of about
    `length` words, given weighted references.
    """

    def __init__(
        self, table: SentenceTable, weights: np.ndarray, length: int = 12
    ):
        self.columns, self.values = table.columns, []
        for (matrix, lengths), n in zip(table.rows, table.orders, strict=True):
            shares = (
                2
                * weights
                / np.maximum(lengths + length - n + 1, 1)
                / len(table.orders)
            )
            self.values.append(matrix.T @ shares)

    def of(self, tokens: tuple[str, ...], word: str) -> float:
        """Return what `word` adds after `tokens`: a repeated n-gram counts
        only as often as references repeat it.
        """
        longer, total = (*tokens, word), 0.0
        for n, (columns, values) in enumerate(
            zip(self.columns, self.values, strict=True), start=1
        ):
            gram = longer[len(longer) - n :]
            times = sum(
                longer[at : at + n] == gram
                for at in range(len(longer) - n + 1)
            )
            total += (
                values[columns[gram, times]]
                if (gram, times) in columns
                else 0.0
            )
        return total


class ConsensusWriter(QuotingWriter):
    """Write new sentences by beam search for votes, in everything else like
    `QuotingWriter`.

    `fluency` is what one unit of log probability, above the `expected` one per
    word, is worth in expected ROUGE; `beam` how many beginnings are kept at
    each length. Every four neighbouring words must have been neighbours in
    some training sentence, no whole training sentence may be repeated, and
    none may stop at a word like "the".
    """

    def __init__(
        self,
        planner: AspectPlanner,
        fluency: float = 0.005,
        beam: int = 25,
        expected: float = -1.6,
        crowding: float = 0.3,
        repetition: float = 0.03,
        planning: float = 1.0,
    ):
        super().__init__(planner, crowding, repetition, planning)
        self.fluency, self.beam, self.expected = fluency, beam, expected
        self.model = NgramModel().fit(self.texts)
        self.known_texts = {" ".join(split_words(text)) for text in self.texts}

    def write(
        self, user: str, item: str, aspect: str | None = None
    ) -> Rationale | None:
        """Return a new sentence and what it rests on; None where no sentence
        can be written.
        """
        weights = self.references(user, item, aspect)
        found = self.search(
            Votes(self.retriever.table_, weights), item, aspect
        )
        drafts = sorted(text for text in found if text not in self.known_texts)
        if aspect is None:
            drafts = [
                text for text in drafts if self.planner.facts_.claims(text)
            ]
            drafts = [
                text
                for text in drafts
                if self.planner.facts_.supports(item, text)
            ]
        if not drafts:
            return None
        table = self.retriever.table_
        nearness = table.expected(table.encode(drafts), weights) + np.array(
            [found[text] for text in drafts]
        )
        return self.rationale(
            user,
            item,
            drafts[self.chooser.choose(drafts, nearness)],
            "consensus",
        )

    def search(
        self, votes: Votes, item: str, aspect: str | None
    ) -> dict[str, float]:
        """Return {finished sentence: what its fluency is worth}: all that a
        beam search comes across.

        Each names the aspect or, without one, some aspect that the item's
        reviews name, and none that they do not.
        """
        named = {name for name, _ in self.planner.facts_.known.get(item, ())}
        targets, banned = (
            (named, self.planner.facts_.features - named)
            if aspect is None
            else ({aspect}, frozenset())
        )
        beam, finished = [(0.0, 0.0, (START,) * (self.model.order - 1))], {}
        for n_words in range(MAX_WORDS + 1):
            longer = []
            for score, fluent, tokens in beam:
                body = tokens[self.model.order - 1 :]
                for word, log_p in self.model.following(tokens):
                    now = fluent + self.fluency * (log_p - self.expected)
                    if word != END and word not in banned:
                        longer.append(
                            (
                                score
                                + votes.of(body, word)
                                - self.price(body, word),
                                now,
                                (*tokens, word),
                            )
                        )
                    elif (
                        word == END
                        and n_words >= 4
                        and body[-1] not in NEVER_LAST
                        and not targets.isdisjoint(body)
                    ):
                        finished[" ".join(body)] = now
            beam = self._prune(longer, targets)
        return finished

    def price(self, tokens: tuple[str, ...], word: str) -> float:
        """Return the price of the crowd that a newly named feature adds."""
        return (
            0.0
            if word in tokens
            else self.chooser.crowding * self.chooser.shares.get(word, 0.0)
        )

    def _prune(self, longer: list[tuple], targets: set[str]) -> list[tuple]:
        """Keep the best beginnings: as many that name a target already as that
        do not yet.
        """
        longer.sort(key=lambda one: (-one[0] - one[1], one[2]))
        done = [not targets.isdisjoint(tokens) for _, _, tokens in longer]
        keep = [
            [
                one
                for one, yes in zip(longer, done, strict=True)
                if yes is side
            ][: self.beam]
            for side in (True, False)
        ]
        return keep[0] + keep[1]
