"""Chapter 6: of many sentences that could be said, say the one nearest to what
such people say of such items.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np

from recx_lib.core.errors import DataError
from recx_lib.judge.overlap import features_named
from recx_lib.judge.similarity import SentenceTable
from recx_lib.nets.batches import Batch
from recx_lib.nets.decoding import Written, beam, sample
from recx_lib.nets.limits import NO_LIMITS, Limits
from recx_lib.nets.vocab import Vocab


class Chooser:
    """Choose by minimum Bayes risk, with a price on crowds and on repeating
    oneself (Kumar and Byrne, 2004).

    A candidate is worth its expected ROUGE with a sentence drawn from the
    weighted references, minus `crowding` × the number of its features that a
    random training sentence shares, minus `repetition` × how often this
    chooser has said the very same sentence already. `repetition` makes the
    choice depend on what was said before, as a good shop assistant does; set
    it to 0 for choices that do not. `shares` is {feature: share of sentences
    naming it}.
    """

    def __init__(
        self,
        shares: Mapping[str, float],
        crowding: float = 0.3,
        repetition: float = 0.03,
    ):
        self.shares, self.crowding, self.repetition = (
            shares,
            crowding,
            repetition,
        )
        self.said: Counter = Counter()

    def crowd(self, sentences: Sequence[str]) -> np.ndarray:
        """Return how many features each sentence is expected to share with
        another, (n,).
        """
        return np.array(
            [
                sum(self.shares[name] for name in found)
                for found in features_named(sentences, self.shares)
            ]
        )

    def choose(
        self,
        sentences: Sequence[str],
        nearness: np.ndarray,
        crowd: np.ndarray | None = None,
    ) -> int:
        """Return the position of the best sentence, and remember it as said;
        raise DataError when there is none.

        `nearness` (n,) is the expected ROUGE of each
        (`SentenceTable.expected`); `crowd`, if known, saves its count.

        >>> chooser = Chooser({"zip": 0.5}, crowding=0.2, repetition=0.1)
        >>> [chooser.choose(["great zip", "so light"], np.array([0.55, 0.4])) for _ in range(3)]
        [0, 1, 0]
        """
        if len(sentences) == 0:
            raise DataError(
                "no candidates to choose from: fall back to a template"
            )
        crowd = self.crowd(sentences) if crowd is None else crowd
        repeats = np.array([self.said[sentence] for sentence in sentences])
        best = int(
            np.argmax(
                nearness - self.crowding * crowd - self.repetition * repeats
            )
        )
        self.said[sentences[best]] += 1
        return best


def candidates(writer, batch: Batch, vocab: Vocab, n_beam: int = 4, n_sample: int = 12, temperature: float = 0.8,
               limits: Limits = NO_LIMITS, seed: int = 0) -> list[list[Written]]:  # fmt: skip
    """Return each row's sentences to choose from: a beam's, best first, then
    samples; twins stay twins.
    """
    found = beam(writer, batch, vocab, n_beam, limits=limits)
    drawn = sample(
        writer, batch, vocab, n_sample, temperature, limits=limits, seed=seed
    )
    return [[*best, *more] for best, more in zip(found, drawn, strict=True)]


def fluency(candidates: Sequence[Written]) -> np.ndarray:
    """Return the mean log-probability of a word in each candidate, (n,), in
    nats: how easily it comes.
    """
    return np.array(
        [written.log_prob / len(written.words) for written in candidates]
    )


def centrality(candidates: Sequence[str]) -> np.ndarray:
    """Return how alike each candidate is to all of them, (n,), 0 … 1: mean
    ROUGE-1 and -2 F1; raise DataError for none.

    The writer's own candidates stand for what might rightly be said: minimum
    Bayes risk (Kumar & Byrne, 2004).

    >>> int(centrality(["bad", "a good tent", "a good mat"]).argmax())
    1
    """
    table = SentenceTable(candidates)
    return table.expected(
        table.rows, np.full(len(candidates), 1 / len(candidates))
    )


def nearness(
    candidates: Sequence[str],
    readings: SentenceTable,
    weights: np.ndarray,
    trust: float = 0.5,
) -> np.ndarray:
    """Return the expected similarity of each candidate to what might rightly
    be said, (n,): a mixture of two opinions.

    With share 1 − `trust` the other candidates; with share `trust` the
    sentences of `readings`, weighted by how likely each is to be said
    (`weights`, summing to 1). Raise DataError for a share outside 0 … 1.
    """
    if not 0 <= trust <= 1:
        raise DataError(
            f"trust={trust} must lie in 0 … 1: the share of the retrieved sentences"
        )
    table = readings.encode(candidates)
    return (1 - trust) * centrality(candidates) + trust * readings.expected(
        table, weights
    )
