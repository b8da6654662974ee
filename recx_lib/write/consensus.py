"""Chapter 6: write the sentence that agrees best with what such people say.

No neural network at all. An n-gram model says which word may follow, the
retrieved sentences vote for n-grams, a beam search finds the word sequence
with the most votes: the decision that minimises Bayes risk, searched for
instead of picked from a list.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from functools import lru_cache
from math import log
from typing import NamedTuple

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
from recx_lib.write.briefing import Briefing
from recx_lib.write.choose import Prices, choose, crowd

START, END = "<s>", "</s>"
JOINING = frozenset(["and", "or", ","])
NEVER_LAST = (
    DETERMINERS | CLAUSE_WORDS | LINKING_VERBS | PREPOSITIONS | JOINING
)
SHORTEST = 4  # words
DEARER = Prices(crowding=0.3, planning=1.0)


class NgramModel:
    """How likely is the next word after the last `order` − 1?

    Absolute discounting, backing off to shorter contexts: counts of sentences
    with `order` − 1 start marks before and an end mark after (Ney, Essen and
    Kneser, 1994, with one discount of 0.75 and plain lower orders). Learned:
    `counts_`, {context: Counter of next words} for each length.
    """

    def __init__(self, order: int = 4, discount: float = 0.75):
        self.order, self.discount = order, discount

    def fit(self, sentences: Sequence[str]) -> NgramModel:
        """Count; return self."""
        before = [START] * (self.order - 1)
        self.counts_ = [defaultdict(Counter) for _ in range(self.order)]
        for sentence in sentences:
            tokens = [*before, *sentence.lower().split(), END]
            # every word, after contexts of every length
            for at in range(self.order - 1, len(tokens)):
                for length in range(self.order):
                    context = tuple(tokens[at - length : at])
                    self.counts_[length][context][tokens[at]] += 1
        self.totals_ = [_totals(followers) for followers in self.counts_]
        self.probability = lru_cache(maxsize=None)(self._probability)
        return self

    def _probability(self, word: str, context: tuple[str, ...]) -> float:
        length = len(context)
        if context not in self.counts_[length]:
            return self.probability(word, context[1:])
        followers = self.counts_[length][context]
        if length:
            shorter = self.probability(word, context[1:])
        else:
            shorter = 1 / len(followers)
        # what was seen, less a discount that the shorter context shares out
        seen = max(followers.get(word, 0) - self.discount, 0)
        kept = self.discount * len(followers) * shorter
        return (seen + kept) / self.totals_[length][context]

    def following(
        self, tokens: tuple[str, ...]
    ) -> Iterator[tuple[str, float]]:
        """Yield each word that may follow, with its log probability.

        It followed the last `order` − 1 tokens in some training sentence.
        """
        context = tokens[len(tokens) - self.order + 1 :]
        for word in self.counts_[-1].get(context, ()):
            yield word, log(self.probability(word, context))


def _totals(followers: dict[tuple, Counter]) -> dict[tuple, int]:
    return {context: seen.total() for context, seen in followers.items()}


class Votes:
    """What each n-gram adds to the expected ROUGE of a sentence.

    The sentence has about `length` words; `weights` (n,) are those of the
    references in `table`.
    """

    def __init__(
        self, table: SentenceTable, weights: np.ndarray, length: int = 12
    ):
        self.columns, self.values = table.columns, []
        n_orders = len(table.orders)
        for (matrix, lengths), n in zip(table.rows, table.orders, strict=True):
            # F1 is 2·overlap / (length + length); mean over the orders
            both_lengths = np.maximum(lengths + length - n + 1, 1)
            shares = 2 * weights / both_lengths / n_orders  # (n,)
            self.values.append(matrix.T @ shares)  # (columns,)

    def of(self, tokens: tuple[str, ...], word: str) -> float:
        """Return what `word` adds after `tokens`.

        A repeated n-gram counts only as often as references repeat it.
        """
        longer, total = (*tokens, word), 0.0
        tables = zip(self.columns, self.values, strict=True)
        for n, (columns, values) in enumerate(tables, start=1):
            gram = longer[len(longer) - n :]
            starts = range(len(longer) - n + 1)
            times = sum(longer[at : at + n] == gram for at in starts)
            # the `times`-th such gram: votes from references with as many
            if (gram, times) in columns:
                total += values[columns[gram, times]]
        return total


class _Beginning(NamedTuple):
    """A sentence being written: its votes, what its fluency is worth, tokens.

    The tokens begin with the n-gram model's start marks.
    """

    votes: float
    fluency: float
    tokens: tuple[str, ...]


class ConsensusWriter:
    """Write new sentences by beam search for votes.

    `fluency` is what one unit of log probability, above the `expected` one per
    word, is worth in expected ROUGE; `beam` how many beginnings are kept at
    each length. Every four neighbouring words must have been neighbours in
    some training sentence, no whole training sentence may be repeated, and
    none may stop at a word like "the".
    """

    def __init__(
        self,
        briefing: Briefing,
        prices: Prices = DEARER,
        fluency: float = 0.005,
        beam: int = 25,
        expected: float = -1.6,
    ):
        self.briefing, self.prices = briefing, prices
        self.fluency, self.beam, self.expected = fluency, beam, expected
        texts = briefing.sentences.texts
        self.model = NgramModel().fit(texts)
        self.known_texts = {" ".join(split_words(text)) for text in texts}

    def write(
        self,
        user: str,
        item: str,
        aspect: str | None = None,
        said: Counter | None = None,
    ) -> Rationale | None:
        """Return a new sentence and what it rests on; `said` as in `choose`.

        None where no sentence is found.
        """
        briefing, prices = self.briefing, self.prices
        # 1. what may be said
        likely = briefing.references(user, item, aspect, prices.planning)
        votes = Votes(briefing.sentences, likely)
        found = self.search(votes, item, aspect)
        drafts = sorted(set(found) - self.known_texts)
        if aspect is None:
            drafts = [one for one in drafts if briefing.may_say(item, one)]
        if not drafts:
            return None
        # 2. what each draft is worth
        table = briefing.sentences
        near = table.expected(table.encode(drafts), likely)
        worth = near + np.array([found[text] for text in drafts])
        worth -= prices.crowding * crowd(drafts, briefing.shares)
        # 3. the best of them
        best = choose(drafts, worth, said, prices.repetition)
        return briefing.rationale(user, item, drafts[best], "consensus")

    def search(
        self, votes: Votes, item: str, aspect: str | None
    ) -> dict[str, float]:
        """Return {finished sentence: what its fluency is worth}.

        All that a beam search comes across. Each names the aspect or, without
        one, some aspect that the item's reviews name, and none that they do
        not.
        """
        # 1. what must and must not be named; one empty beginning
        targets, banned = self._aspects(item, aspect)
        skip = self.model.order - 1  # start marks
        beam, finished = [_Beginning(0.0, 0.0, (START,) * skip)], {}
        for n_words in range(MAX_WORDS + 1):
            # 2. every beginning, followed by every word that may follow
            longer = []
            for begun in beam:
                body = begun.tokens[skip:]
                may_end = n_words >= SHORTEST and body[-1] not in NEVER_LAST
                may_end = may_end and not targets.isdisjoint(body)
                for word, log_p in self.model.following(begun.tokens):
                    ease = self.fluency * (log_p - self.expected)
                    now = begun.fluency + ease
                    if word == END and may_end:  # it leaves the beam
                        finished[" ".join(body)] = now
                    elif word != END and word not in banned:
                        score = begun.votes + votes.of(body, word)
                        score -= self.price(body, word)
                        tokens = (*begun.tokens, word)
                        longer.append(_Beginning(score, now, tokens))
            # 3. go on with the best
            beam = self._prune(longer, targets)
        return finished

    def _aspects(
        self, item: str, aspect: str | None
    ) -> tuple[frozenset[str], frozenset[str]]:
        """Return the aspects of which one must be named, and those banned."""
        if aspect is not None:
            return frozenset([aspect]), frozenset()
        facts = self.briefing.facts
        named = frozenset(name for name, _ in facts.known.get(item, ()))
        return named, facts.terms - named

    def price(self, tokens: tuple[str, ...], word: str) -> float:
        """Return the price of the crowd that a newly named term adds."""
        if word in tokens:
            return 0.0
        return self.prices.crowding * self.briefing.shares.get(word, 0.0)

    def _prune(
        self, longer: list[_Beginning], targets: frozenset[str]
    ) -> list[_Beginning]:
        """Keep the best beginnings: as many with a target as without one."""
        # the best first; ties in the order of their words
        longer.sort(key=lambda one: (-one.votes - one.fluency, one.tokens))
        # both kinds go on: a target may come at the end
        named, unnamed = [], []
        for one in longer:
            without = targets.isdisjoint(one.tokens)
            (unnamed if without else named).append(one)
        return named[: self.beam] + unnamed[: self.beam]
