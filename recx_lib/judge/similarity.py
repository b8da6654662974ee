"""Chapter 6: how near one sentence is to many, without comparing all pairs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np
from scipy import sparse

from recx_lib.core.errors import DataError
from recx_lib.judge.overlap import MAX_WORDS, UNKNOWN, split_words

LENGTHS = np.arange(MAX_WORDS + 1)  # (16,) a sentence may have


def numbered_ngrams(tokens: Sequence[str], n: int) -> list[tuple]:
    """Return the n-grams, each with how often it has come so far.

    As sets their overlap is the clipped count of ROUGE.

    >>> numbered_ngrams("so so good".split(), 1)
    [(('so',), 1), (('so',), 2), (('good',), 1)]
    """
    seen = Counter()
    # the second "very good" is another one than the first
    numbered = []
    for start in range(len(tokens) - n + 1):
        gram = tuple(tokens[start : start + n])
        seen[gram] += 1
        numbered.append((gram, seen[gram]))
    return numbered


class SentenceTable:
    """Sentences as rows of 0 and 1, so that sums over them are products.

    The columns are the numbered n-grams (of `orders` 1 and 2) of `texts`, the
    sentences that opinions are asked of (the references). N-grams in none of
    them can match nothing and are left out, but count towards a sentence's
    length. Raise DataError without a text.
    """

    def __init__(self, texts: Sequence[str], orders: Sequence[int] = (1, 2)):
        if len(texts) == 0:
            raise DataError("no sentences to compare with: pass at least one")
        self.texts = list(texts)
        self.orders = tuple(orders)
        self.columns = [_columns(self.texts, n) for n in self.orders]
        self.rows = self.encode(self.texts)  # (matrix, lengths) by order

    def encode(
        self, texts: Sequence[str]
    ) -> list[tuple[sparse.csr_array, np.ndarray]]:
        """Return a 0/1 matrix, (n, columns), and lengths, (n,), by order.

        A length is a sentence's number of n-grams.
        """
        both = zip(self.orders, self.columns, strict=True)
        return [_encode(texts, n, columns) for n, columns in both]

    def expected(
        self, candidates: list[tuple], weights: np.ndarray
    ) -> np.ndarray:
        """Return each candidate's weighted mean ROUGE F1, (n_candidates,).

        Against all references, as a share, mean over the orders. `candidates`
        come from `encode`, `weights` (n_references,) sum to 1. F1 is
        2·overlap / (length + length), so the references of one length can be
        added up first: one small product for each length instead of one
        comparison for each pair.

        >>> table = SentenceTable(["it is light", "it is warm"])
        >>> drafts = table.encode(["it is light", "so warm"])
        >>> table.expected(drafts, np.array([0.5, 0.5])).round(2).tolist()
        [0.79, 0.1]
        """
        n_candidates = candidates[0][0].shape[0]
        total = np.zeros(n_candidates)
        for own, references in zip(candidates, self.rows, strict=True):
            total += _mean_f1(own, references, weights)
        return total / len(self.orders)


def _columns(texts: Sequence[str], n: int) -> dict[tuple, int]:
    """Number the n-grams of all texts, `<unk>` left out."""
    columns: dict[tuple, int] = {}
    for text in texts:
        # a place for each n-gram, in order of appearance
        for gram in numbered_ngrams(split_words(text), n):
            if UNKNOWN not in gram[0]:
                columns.setdefault(gram, len(columns))
    return columns


def _encode(
    texts: Sequence[str], n: int, columns: dict[tuple, int]
) -> tuple[sparse.csr_array, np.ndarray]:
    """Return the rows of 0 and 1, (len(texts), columns), and the lengths."""
    known, ends, lengths = [], [0], []
    for text in texts:
        # columns of row after row, and where each row ends: a CSR matrix
        grams = numbered_ngrams(split_words(text), n)
        known += [columns[gram] for gram in grams if gram in columns]
        ends.append(len(known))
        lengths.append(len(grams))
    ones = np.ones(len(known), np.float32)
    known = np.array(known, dtype=np.int32)
    shape = len(texts), max(len(columns), 1)
    matrix = sparse.csr_array((ones, known, ends), shape=shape)
    return matrix, np.array(lengths)


def _mean_f1(own: tuple, references: tuple, weights: np.ndarray) -> np.ndarray:
    """Return the weighted mean F1 of one order's n-grams, (n_candidates,)."""
    matrix, lengths = own
    ref_matrix, ref_lengths = references
    # 1. add up the references of each length, by their weight
    used = np.flatnonzero(weights)
    place = ref_lengths[used], used
    shape = len(LENGTHS), len(weights)
    by_length = sparse.csr_array((weights[used], place), shape=shape)
    summed = (by_length @ ref_matrix).toarray()  # (16, columns)
    # 2. compare every candidate with each of these sums
    overlap = matrix @ summed.T  # (n_candidates, 16)
    both_lengths = np.maximum(lengths[:, None] + LENGTHS, 1)
    return (2 * overlap / both_lengths).sum(axis=1)


def medoid(sentences: Sequence[str]) -> str:
    """Return the most central sentence.

    It has the highest mean ROUGE-1 and -2 F1 to all (ties: the first).

    >>> medoid(["it is light", "it is warm", "so be it"])
    'it is light'
    """
    table = SentenceTable(sentences)
    weights = np.full(len(sentences), 1 / len(sentences))
    nearness = table.expected(table.rows, weights)  # (n,)
    return sentences[int(nearness.argmax())]


def rows_naming(sentences: Sequence[str]) -> dict[str, list[int]]:
    """Return {word: rows of the sentences that have it}.

    >>> rows_naming(["a zip", "the zip"])["zip"]
    [0, 1]
    """
    rows: dict[str, list[int]] = {}
    for row, sentence in enumerate(sentences):
        for word in set(split_words(sentence)):
            rows.setdefault(word, []).append(row)
    return rows
