"""Chapters 4 and 6: which sentences of other reviews to read before writing.

Those on the same aspect, of a like item, by a like person.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy import sparse

from recx_lib.core.errors import DataError
from recx_lib.judge.similarity import SentenceTable, rows_naming

RECORD_COLUMNS = [
    "user",
    "item",
    "rating",
    "term",
    "opinion",
    "polarity",
    "sentence",
]


class Retriever:
    """Weigh all training sentences by how like their authors and items are.

    The weight of sentence j is exp(same_item·[item_j = item] +
    like_item·cos(item_j, item) + like_user·cos(user_j, user)), normalised; an
    item's or user's profile is the sum of the tf-idf vectors of its sentences.
    Learned: `records_` (the training records), `authors_` (who wrote each),
    `table_` (their sentences, ready to be compared).
    """

    def __init__(
        self,
        same_item: float = 1.0,
        like_item: float = 3.0,
        like_user: float = 4.0,
    ):
        self.same_item = same_item
        self.like_item = like_item
        self.like_user = like_user

    def fit(self, records: pd.DataFrame) -> Retriever:
        """Remember the records and build the profiles; return self.

        Raise DataError when there are none or a column is missing.
        """
        missing = [name for name in RECORD_COLUMNS if name not in records]
        if missing or len(records) == 0:
            found = f"{len(records)} records, missing columns {missing}"
            raise DataError(f"{found}: need one or more with {RECORD_COLUMNS}")
        self.records_ = records.reset_index(drop=True)
        self.authors_ = self.records_["user"].to_numpy()
        self.table_ = SentenceTable(list(self.records_["sentence"]))
        word_counts, _ = self.table_.rows[0]
        self.vectors_ = _tfidf(word_counts)  # (n, columns), rows of length 1
        self.people_ = _Side(self.records_["user"], self.vectors_)
        self.items_ = _Side(self.records_["item"], self.vectors_)
        self.rows_naming_ = rows_naming(self.records_["sentence"])
        return self

    def log_weights(
        self, user: str, item: str, leave_out: int | None = None
    ) -> np.ndarray:
        """Return the log weight of every training sentence, (n,).

        They are known up to a constant. An unknown user or item is like none.
        `leave_out` (a row number) forgets one record, as if it had not been in
        training: for building training examples without leaking the sentence
        to be written.
        """
        # like the author, like the item, the very item
        people, items = self.people_, self.items_
        out = self.like_user * people.nearness(user, self.vectors_, leave_out)
        out += self.like_item * items.nearness(item, self.vectors_, leave_out)
        out += self.same_item * (items.codes == items.code_of.get(item, -1))
        if leave_out is not None:
            out[leave_out] = -np.inf
        return out

    def naming(self, aspect: str | None) -> np.ndarray:
        """Return which sentences name the aspect, (n,) bool; for None all."""
        mask = np.full(len(self.records_), aspect is None)
        mask[self.rows_naming_.get(aspect, [])] = True
        return mask

    def central(self, weights: np.ndarray, rows: np.ndarray) -> np.ndarray:
        """Return how like the sentences `rows` are to one drawn by `weights`.

        The expected similarity, (len(rows),), 0 … 1; `weights` is (n,).
        """
        table = self.table_
        # for each order of n-grams the rows asked for
        picked = [(grams[rows], length[rows]) for grams, length in table.rows]
        return table.expected(picked, weights)

    def retrieve(
        self,
        user: str,
        item: str,
        aspect: str | None = None,
        n: int = 2,
        leave_out: int | None = None,
    ) -> list[str]:
        """Return up to `n` different sentences to read, most central first.

        Central among what similar people said about similar items on this
        aspect; never one of the user's own. Fewer come back, even none, where
        fewer sentences name the aspect.
        """
        # 1. the sentences that may be read
        naming = self.naming(aspect)
        if leave_out is not None:
            naming[leave_out] = False
        rows = np.flatnonzero(naming & (self.authors_ != user))
        if len(rows) == 0:
            return []
        # 2. how central each is among those that name the aspect
        weights = softmax(self.log_weights(user, item, leave_out), naming)
        scores = self.central(weights, rows)
        # 3. the best ones, twins once
        ordered = rows[np.argsort(-scores, kind="stable")]
        best = self.records_["sentence"].iloc[ordered[: 5 * n]]
        return list(dict.fromkeys(best))[:n]


class _Side:
    """One side of the records, users or items: codes and profiles."""

    def __init__(self, names: pd.Series, vectors: sparse.csr_array):
        self.codes, unique = pd.factorize(names)
        self.code_of = {name: code for code, name in enumerate(unique)}
        places = (self.codes, np.arange(len(names)))
        member = sparse.csr_array((np.ones(len(names)), places))
        self.sums = (member @ vectors).tocsr()  # (n_names, columns)
        self.norms = np.sqrt(self.sums.multiply(self.sums).sum(axis=1))

    def nearness(
        self, name: str, vectors: sparse.csr_array, leave_out: int | None
    ) -> np.ndarray:
        """Return the cosine of the named profile with each record's own, (n,).

        An unknown name has no profile: 0 everywhere.
        """
        code = self.code_of.get(name)
        if code is None:
            return np.zeros(len(self.codes))
        profile = self.sums[[code]].toarray().ravel()  # (columns,)
        if leave_out is not None:
            profile -= vectors[[leave_out]].toarray().ravel()
        norms = self.norms * np.linalg.norm(profile)
        cosine = self.sums @ profile / np.maximum(norms, 1e-12)  # (n_names,)
        cosine[code] = 1.0  # like itself, also where a record is left out
        return cosine[self.codes]


def _tfidf(counts: sparse.csr_array) -> sparse.csr_array:
    """Weigh each word by how rare it is; scale each sentence to length 1."""
    # rarity: log(sentences / sentences with the word)
    found_in = np.maximum(counts.sum(axis=0), 1)  # (columns,)
    rarity = np.log(counts.shape[0] / found_in)
    weighted = counts @ sparse.diags_array(rarity)
    norms = np.sqrt(weighted.multiply(weighted).sum(axis=1))  # (n,)
    scale = sparse.diags_array(1 / np.maximum(norms, 1e-12))
    return sparse.csr_array(scale @ weighted)


def softmax(logs: np.ndarray, mask: np.ndarray | None = None) -> np.ndarray:
    """Return weights that sum to 1 from log weights; 0 where `mask` is False.

    >>> mask = np.array([True, True, False])
    >>> softmax(np.array([0.0, 0.0, 9.0]), mask).tolist()
    [0.5, 0.5, 0.0]
    """
    logs = logs if mask is None else np.where(mask, logs, -np.inf)
    weights = np.exp(logs - logs.max())  # the largest is 1: no overflow
    return weights / weights.sum()
