"""Chapter 6b: write many, keep one: the candidate most like everything that might rightly be said."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from recx_lib.batches import Batch
from recx_lib.constraints import NO_RULES, Rules
from recx_lib.data import DataError
from recx_lib.decoding import Written, beam, sample
from recx_lib.similarity import SentenceTable
from recx_lib.vocab import Vocab


def candidates(writer, batch: Batch, vocab: Vocab, n_beam: int = 4, n_sample: int = 12, temperature: float = 0.8,
               rules: Rules = NO_RULES, seed: int = 0) -> list[list[Written]]:  # fmt: skip
    """Return each row's sentences to choose from: a beam's, best first, then samples; twins stay twins."""
    found = beam(writer, batch, vocab, n_beam, rules=rules)
    drawn = sample(writer, batch, vocab, n_sample, temperature, rules=rules, seed=seed)
    return [[*best, *more] for best, more in zip(found, drawn, strict=True)]


def fluency(candidates: Sequence[Written]) -> np.ndarray:
    """Return the mean log-probability of a word in each candidate, (n,), in nats: how easily it comes."""
    return np.array([written.log_prob / len(written.words) for written in candidates])


def centrality(candidates: Sequence[str]) -> np.ndarray:
    """Return how alike each candidate is to all of them, (n,), 0 … 1: mean ROUGE-1 and -2 F1; raise DataError for none.

    The writer's own candidates stand for what might rightly be said: minimum Bayes risk (Kumar & Byrne, 2004).

    >>> int(centrality(["bad", "a good tent", "a good mat"]).argmax())
    1
    """
    table = SentenceTable(candidates)
    return table.expected(table.rows, np.full(len(candidates), 1 / len(candidates)))


def nearness(candidates: Sequence[str], readings: SentenceTable, weights: np.ndarray, trust: float = 0.5) -> np.ndarray:
    """Return the expected similarity of each candidate to what might rightly be said, (n,): a mixture of two opinions.

    With share 1 − `trust` the other candidates; with share `trust` the sentences of `readings`, weighted by how likely
    each is to be said (`weights`, summing to 1). Raise DataError for a share outside 0 … 1.
    """
    if not 0 <= trust <= 1:
        raise DataError(f"trust={trust} must lie in 0 … 1: the share of the retrieved sentences")
    table = readings.encode(candidates)
    return (1 - trust) * centrality(candidates) + trust * readings.expected(table, weights)
