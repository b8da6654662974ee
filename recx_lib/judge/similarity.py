"""Chapter 6: how near is one sentence to many others, without comparing every
pair; the most central sentence.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np
from scipy import sparse

from recx_lib.core.errors import DataError
from recx_lib.judge.overlap import MAX_WORDS, UNK, words


def numbered_ngrams(tokens: Sequence[str], n: int) -> list[tuple]:
    """Return the n-grams, each with how often it has come: a set whose overlap
    is the clipped count of ROUGE.

    >>> numbered_ngrams("so so good".split(), 1)
    [(('so',), 1), (('so',), 2), (('good',), 1)]
    """
    seen, out = Counter(), []
    for start in range(len(tokens) - n + 1):
        gram = tuple(tokens[start : start + n])
        seen[gram] += 1
        out.append((gram, seen[gram]))
    return out


class SentenceTable:
    """Sentences as rows of 0 and 1 over numbered n-grams of order 1 and 2, so
    that sums over sentences are products.

    `texts` are the sentences that opinions are asked of (the references);
    n-grams in none of them can match nothing and are left out of the columns,
    but count towards a sentence's length.
    """

    def __init__(self, texts: Sequence[str], orders: Sequence[int] = (1, 2)):
        if len(texts) == 0:
            raise DataError("no sentences to compare with: pass at least one")
        self.texts, self.orders = list(texts), tuple(orders)
        self.columns: list[dict] = [{} for _ in orders]
        for text in self.texts:
            tokens = words(text)
            for columns, n in zip(self.columns, self.orders, strict=True):
                for gram in numbered_ngrams(tokens, n):
                    if UNK not in gram[0]:
                        columns.setdefault(gram, len(columns))
        self.rows = self.encode(
            self.texts
        )  # one (matrix, lengths) for each order

    def encode(
        self, texts: Sequence[str]
    ) -> list[tuple[sparse.csr_array, np.ndarray]]:
        """Return, for each order, the sentences as a 0/1 matrix (n, columns)
        and their lengths in n-grams (n,).
        """
        return [
            self._encode(texts, n, columns)
            for n, columns in zip(self.orders, self.columns, strict=True)
        ]

    @staticmethod
    def _encode(texts, n, columns):
        grams = [numbered_ngrams(words(text), n) for text in texts]
        known = [
            [columns[gram] for gram in found if gram in columns]
            for found in grams
        ]
        starts = np.cumsum([0, *map(len, known)])
        flat = np.array(
            [column for found in known for column in found], dtype=np.int32
        )
        shape = (len(texts), max(len(columns), 1))
        matrix = sparse.csr_array(
            (np.ones(len(flat), np.float32), flat, starts), shape=shape
        )
        return matrix, np.array([len(found) for found in grams])

    def expected(
        self, candidates: list[tuple], weights: np.ndarray
    ) -> np.ndarray:
        """Return the mean ROUGE F1 of each candidate against all references,
        weighted: (n_candidates,), 0 … 1.

        `candidates` come from `encode`, `weights` (n_references,) sum to 1. F1
        is 2·overlap / (length + length), so the references of one length can
        be added up first: one small product for each length instead of one
        comparison for each pair. Mean over the orders.

        >>> table = SentenceTable(["it is light", "it is warm"])
        >>> table.expected(table.encode(["it is light", "so warm"]), np.array([0.5, 0.5])).round(2).tolist()
        [0.79, 0.1]
        """
        used, total = (
            np.flatnonzero(weights),
            np.zeros(candidates[0][0].shape[0]),
        )
        for (matrix, lengths), (ref_matrix, ref_lengths) in zip(
            candidates, self.rows, strict=True
        ):
            shape = MAX_WORDS + 1, len(weights)
            by_length = sparse.csr_array(
                (weights[used], (ref_lengths[used], used)), shape=shape
            )
            summed = (
                by_length @ ref_matrix
            ).toarray()  # (16, columns): references of one length, added up
            overlap = matrix @ summed.T  # (n_candidates, 16)
            total += (
                2
                * overlap
                / np.maximum(lengths[:, None] + np.arange(MAX_WORDS + 1), 1)
            ).sum(axis=1)
        return total / len(self.orders)


def medoid(sentences: Sequence[str]) -> str:
    """Return the most central sentence: the one with the highest mean ROUGE-1
    and -2 F1 to all (ties: the first).

    >>> medoid(["it is light", "it is warm", "so be it"])
    'it is light'
    """
    table = SentenceTable(sentences)
    weights = np.full(len(sentences), 1 / len(sentences))
    return sentences[int(table.expected(table.rows, weights).argmax())]


def rows_naming(sentences: Sequence[str]) -> dict[str, list[int]]:
    """Return {word: rows of the sentences that have it}.

    >>> rows_naming(["a zip", "the zip"])["zip"]
    [0, 1]
    """
    rows: dict[str, list[int]] = {}
    for row, sentence in enumerate(sentences):
        for word in set(words(sentence)):
            rows.setdefault(word, []).append(row)
    return rows
