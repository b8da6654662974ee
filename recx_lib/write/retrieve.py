"""Chapters 4 and 6: which sentences of other reviews to read before writing:
same aspect, like item, like person.
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
    "feature",
    "opinion",
    "polarity",
    "sentence",
]


class Retriever:
    """Weigh all training sentences by how likely their kind is to be said by
    this user of this item.

    The weight of sentence j is exp(same_item·[item_j = item] +
    like_item·cos(item_j, item) + like_user·cos(user_j, user)), normalised; an
    item's or user's profile is the sum of the tf-idf vectors of its sentences.
    Learned: `records_` (the training records), `table_` (their sentences,
    ready to be compared).
    """

    def __init__(
        self,
        same_item: float = 1.0,
        like_item: float = 3.0,
        like_user: float = 4.0,
    ):
        self.same_item, self.like_item, self.like_user = (
            same_item,
            like_item,
            like_user,
        )

    def fit(self, records: pd.DataFrame) -> Retriever:
        """Remember the records and build the profiles; raise DataError when
        empty or a column is missing.
        """
        missing = [
            column for column in RECORD_COLUMNS if column not in records
        ]
        if missing or len(records) == 0:
            raise DataError(
                f"{len(records)} records, missing columns {missing}: need one or more with {RECORD_COLUMNS}"
            )
        self.records_ = records.reset_index(drop=True)
        self.table_ = SentenceTable(list(self.records_["sentence"]))
        self.vectors_ = _tfidf(
            self.table_.rows[0][0]
        )  # (n, columns), rows of length 1
        self.sides_ = {
            column: _Side(self.records_[column], self.vectors_)
            for column in ("user", "item")
        }
        self.rows_naming_ = rows_naming(self.records_["sentence"])
        return self

    def log_weights(
        self, user: str, item: str, leave_out: int | None = None
    ) -> np.ndarray:
        """Return the log weight of every training sentence, up to a constant,
        (n,).

        An unknown user or item is like none. `leave_out` (a row number)
        forgets one record, as if it had not been in training: for building
        training examples without leaking the sentence to be written.
        """
        people, items = self.sides_["user"], self.sides_["item"]
        out = self.like_user * people.nearness(user, self.vectors_, leave_out)
        out += self.like_item * items.nearness(item, self.vectors_, leave_out)
        out += self.same_item * (items.codes == items.code_of.get(item, -1))
        if leave_out is not None:
            out[leave_out] = -np.inf
        return out

    def naming(self, aspect: str | None) -> np.ndarray:
        """Return which training sentences name the aspect, (n,) bool; all of
        them for None.
        """
        mask = np.full(len(self.records_), aspect is None)
        mask[self.rows_naming_.get(aspect, [])] = True
        return mask

    def central(self, weights: np.ndarray, rows: np.ndarray) -> np.ndarray:
        """Return the expected similarity of the sentences `rows` to one drawn
        by `weights`, (len(rows),).
        """
        picked = [
            (matrix[rows], lengths[rows])
            for matrix, lengths in self.table_.rows
        ]
        return self.table_.expected(picked, weights)

    def retrieve(
        self,
        user: str,
        item: str,
        aspect: str | None = None,
        n: int = 2,
        leave_out: int | None = None,
    ) -> list[str]:
        """Return up to `n` different sentences to read, the most central
        first, never one of the user's own.

        Central among what similar people said about similar items on this
        aspect. Fewer come back, even none, where fewer sentences name the
        aspect.
        """
        naming = self.naming(aspect)
        if leave_out is not None:
            naming[leave_out] = False
        rows = np.flatnonzero(
            naming & (self.records_["user"] != user).to_numpy()
        )
        if len(rows) == 0:
            return []
        scores = self.central(
            softmax(self.log_weights(user, item, leave_out), naming), rows
        )
        ordered = rows[np.argsort(-scores, kind="stable")]
        return list(
            dict.fromkeys(self.records_["sentence"].iloc[ordered[: 5 * n]])
        )[:n]


class _Side:
    """One side of the records, users or items: codes, profiles, and how near a
    profile is to all others.
    """

    def __init__(self, names: pd.Series, vectors: sparse.csr_array):
        self.codes, unique = pd.factorize(names)
        self.code_of = {name: code for code, name in enumerate(unique)}
        member = sparse.csr_array(
            (np.ones(len(names)), (self.codes, np.arange(len(names))))
        )
        self.sums = (member @ vectors).tocsr()  # (n_names, columns)
        self.norms = np.sqrt(self.sums.multiply(self.sums).sum(axis=1))

    def nearness(
        self, name: str, vectors: sparse.csr_array, leave_out: int | None
    ) -> np.ndarray:
        """Return the cosine of the named profile with the profile of each
        record's own name, (n_records,).
        """
        code = self.code_of.get(name)
        if code is None:
            return np.zeros(len(self.codes))
        profile = self.sums[[code]].toarray().ravel()
        if leave_out is not None:
            profile -= vectors[[leave_out]].toarray().ravel()
        cosine = (
            self.sums
            @ profile
            / np.maximum(self.norms * np.linalg.norm(profile), 1e-12)
        )
        cosine[code] = 1.0
        return cosine[self.codes]


def _tfidf(counts: sparse.csr_array) -> sparse.csr_array:
    """Weigh each word by how rare it is, and scale each sentence to length
    1.
    """
    weighted = counts @ sparse.diags_array(
        np.log(counts.shape[0] / np.maximum(counts.sum(axis=0), 1))
    )
    norms = np.sqrt(weighted.multiply(weighted).sum(axis=1))
    return sparse.csr_array(
        sparse.diags_array(1 / np.maximum(norms, 1e-12)) @ weighted
    )


def softmax(logs: np.ndarray, mask: np.ndarray | None = None) -> np.ndarray:
    """Return weights that sum to 1 from log weights; 0 where `mask` is False.

    >>> softmax(np.array([0.0, 0.0, 9.0]), np.array([True, True, False])).tolist()
    [0.5, 0.5, 0.0]
    """
    logs = logs if mask is None else np.where(mask, logs, -np.inf)
    weights = np.exp(logs - logs.max())
    return weights / weights.sum()
