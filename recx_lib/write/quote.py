"""Chapter 6: quote the sentence of a review that is nearest to what such
people say of such items.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy import sparse

from recx_lib.core.evidence import Evidence, Explanation, Rationale
from recx_lib.judge.overlap import features_named
from recx_lib.write.choose import Chooser
from recx_lib.write.plan import AspectPlanner
from recx_lib.write.retrieve import softmax


class QuotingWriter:
    """Say a sentence from the training reviews: retrieval, not generation, and
    the peer a neural writer must face.

    Aspect given: any sentence that names it. Aspect predicted: any sentence
    all of whose claims are supported by the item's reviews; the references
    then lean towards the aspects that the planner expects, by (p /
    share)^`planning`. Never one of the user's own sentences. Where no sentence
    qualifies, `write` returns None.
    """

    def __init__(
        self,
        planner: AspectPlanner,
        crowding: float = 0.2,
        repetition: float = 0.03,
        planning: float = 0.5,
    ):
        self.planner, self.retriever, self.planning = (
            planner,
            planner.retriever,
            planning,
        )
        self.texts = self.retriever.table_.texts
        self.authors = self.retriever.records_["user"].to_numpy()
        shares = dict(
            zip(
                planner.aspects_,
                planner.named_.mean(axis=0).tolist(),
                strict=True,
            )
        )
        self.chooser = Chooser(shares, crowding, repetition)
        self.crowd = self.chooser.crowd(self.texts)
        self.claims = _ClaimTable(self.texts, planner)

    def references(
        self, user: str, item: str, aspect: str | None = None
    ) -> np.ndarray:
        """Return the weight of every training sentence as a stand-in for what
        this user would write, (n,).
        """
        logs = self.retriever.log_weights(user, item)
        naming = self.retriever.naming(aspect)
        if aspect is None:
            signals = self.planner.signals(
                user, item
            )  # column 0 is the log share in all reviews
            lift = (
                np.log(softmax(signals @ self.planner.weights_))
                - signals[:, 0]
            )
            logs = logs + self.planning * lift[self.planner.label_]
        return softmax(logs, naming if naming.any() else None)

    def candidates(
        self, user: str, item: str, aspect: str | None = None
    ) -> np.ndarray:
        """Return the rows of the training sentences that may be said, see the
        class.
        """
        allowed = (
            self.claims.supported(item)
            if aspect is None
            else self.retriever.naming(aspect)
        )
        return np.flatnonzero(allowed & (self.authors != user))

    def write(
        self, user: str, item: str, aspect: str | None = None
    ) -> Rationale | None:
        """Return the sentence chosen, the features it names, and the aspects
        it rests on; None where there is none.
        """
        rows = self.candidates(user, item, aspect)
        if len(rows) == 0:
            return None
        nearness = self.retriever.central(
            self.references(user, item, aspect), rows
        )
        best = self.chooser.choose(
            [self.texts[row] for row in rows], nearness, self.crowd[rows]
        )
        return self.rationale(user, item, self.texts[rows[best]], "quoting")

    def rationale(
        self, user: str, item: str, text: str, method: str
    ) -> Rationale:
        """Return the sentence with the features it names; its evidence are its
        claims, +1, −1 or 0 (only named).
        """
        named = tuple(sorted(features_named([text], self.planner.aspects_)[0]))
        said = sorted(self.planner.facts_.claims(text))
        evidence = tuple(
            Evidence("aspect", name, float(side)) for name, side in said
        )
        return Rationale(
            text, named, Explanation(user, item, method, evidence)
        )


class _ClaimTable:
    """The claims of every training sentence as a 0/1 matrix, so that one
    product tells which an item supports.
    """

    def __init__(self, texts: Sequence[str], planner: AspectPlanner):
        found = [planner.facts_.claims(text) for text in texts]
        self.known, self.columns = planner.facts_.known, {}
        pairs = [
            (row, claim) for row, said in enumerate(found) for claim in said
        ]
        columns = [
            self.columns.setdefault(claim, len(self.columns))
            for _, claim in pairs
        ]
        shape = len(texts), max(len(self.columns), 1)
        self.matrix = sparse.csr_array(
            (np.ones(len(pairs)), ([row for row, _ in pairs], columns)),
            shape=shape,
        )
        self.n_claims = self.matrix.sum(axis=1)

    def supported(self, item: str) -> np.ndarray:
        """Return which sentences claim something, and nothing that no review
        of the item claimed, (n,) bool.
        """
        true = np.zeros(self.matrix.shape[1])
        true[
            [
                self.columns[claim]
                for claim in self.known.get(item, ())
                if claim in self.columns
            ]
        ] = 1
        return (self.matrix @ true == self.n_claims) & (self.n_claims > 0)
