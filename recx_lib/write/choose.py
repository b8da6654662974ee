"""Chapter 6: of several drafts that could be said, say the best.

A draft is worth its nearness to what such people say of such items, plus what
its ease is worth, less a price on crowds and on repeating oneself.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from recx_lib.core.errors import DataError
from recx_lib.judge.overlap import terms_named
from recx_lib.judge.similarity import SentenceTable
from recx_lib.judge.wording import content_words
from recx_lib.nets.unfinished import Written


@dataclass(frozen=True)
class Prices:
    """What counts in a choice, in expected ROUGE (0 … 1) where it is a price.

    `crowding` is paid for each term that a random training sentence is
    expected to share, `repetition` for each time that the sentence has been
    said, `echo` for each content word that it says again, `ease` is earned by
    each nat of the mean log-probability of a word.
    Of the nearness, the share `trust` asks the readings and the rest the other
    drafts; readings lean towards the aspects that the planner expects by
    (p / share)^`planning`.
    """

    crowding: float = 0.2
    repetition: float = 0.03
    echo: float = 0.1
    ease: float = 0.02
    trust: float = 1.0
    planning: float = 0.5


PRICES = Prices()


def choose(
    drafts: Sequence[str],
    worth: np.ndarray,
    said: Counter | None = None,
    repetition: float = 0.03,
) -> int:
    """Return the position of the draft that is worth most (ties: the first).

    `worth` (n,) is what each draft is worth, in expected ROUGE: the choice by
    minimum Bayes risk (Kumar and Byrne, 2004). `said` counts what the caller
    has said so far: each time costs `repetition`, and the choice is added to
    it. Without it nothing is remembered. Raise DataError for no drafts.

    >>> texts, worth, said = ["great zip", "so light"], [0.45, 0.4], Counter()
    >>> [choose(texts, worth, said, repetition=0.1) for _ in range(3)]
    [0, 1, 0]
    >>> choose(texts, worth)
    0
    """
    if len(drafts) == 0:
        raise DataError("no drafts to choose from: fall back to a template")
    said = Counter() if said is None else said  # forgotten on return
    repeats = np.array([said[draft] for draft in drafts])
    best = int(np.argmax(worth - repetition * repeats))
    said[drafts[best]] += 1
    return best


def crowd(sentences: Sequence[str], shares: Mapping[str, float]) -> np.ndarray:
    """Return how many terms each sentence is expected to share, (n,).

    `shares` is {term: the share of all sentences that name it}: with a
    random one of them.

    >>> crowd(["great zip", "so light"], {"zip": 0.5, "tent": 0.1}).tolist()
    [0.5, 0.0]
    """
    found = terms_named(sentences, shares)
    return np.array([sum(map(shares.get, names)) for names in found])


def echoes(sentences: Sequence[str]) -> np.ndarray:
    """Return how often each sentence says a content word again, (n,).

    >>> echoes(["a great tent", "a great tent , a great great tent"]).tolist()
    [0, 3]
    """
    found = map(content_words, sentences)
    return np.array([len(words) - len(set(words)) for words in found])


def fluency(drafts: Sequence[Written]) -> np.ndarray:
    """Return how easily each draft came: mean log-probability a word, (n,).

    In nats, 0 at most; the end mark counts, but not as a word.
    """
    return np.array([one.log_prob / len(one.words) for one in drafts])


def centrality(drafts: Sequence[str]) -> np.ndarray:
    """Return how alike each draft is to all of them, (n,), 0 … 1.

    The mean of ROUGE-1 and -2 F1; raise DataError for no drafts. The writer's
    own drafts stand for what might rightly be said: minimum Bayes risk (Kumar
    and Byrne, 2004).

    >>> int(centrality(["bad", "a good tent", "a good mat"]).argmax())
    1
    """
    table = SentenceTable(drafts)
    even = np.full(len(drafts), 1 / len(drafts))
    return table.expected(table.rows, even)


def nearness(
    drafts: Sequence[str],
    readings: SentenceTable,
    weights: np.ndarray,
    trust: float = 0.5,
) -> np.ndarray:
    """Return how near each draft is to what may rightly be said, (n,).

    The expected similarity, 0 … 1, a mixture of two opinions: with share
    1 − `trust` the other drafts, with share `trust` the sentences of
    `readings`, weighted by how likely each is to be said (`weights`, summing
    to 1). Raise DataError for a share outside 0 … 1.
    """
    if not 0 <= trust <= 1:
        meaning = "the share of the retrieved sentences"
        raise DataError(f"trust={trust} must lie in 0 … 1: {meaning}")
    # (n,) each: what the readings say, and what the other drafts say
    by_readings = readings.expected(readings.encode(drafts), weights)
    return (1 - trust) * centrality(drafts) + trust * by_readings
