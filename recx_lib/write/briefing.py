"""Chapter 6: what every writer of rationales is given, once fitted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Protocol

import numpy as np
from scipy import sparse

from recx_lib.core.evidence import Evidence, Explanation, Rationale
from recx_lib.judge.claims import ItemFacts
from recx_lib.judge.overlap import terms_named
from recx_lib.write.choose import crowd
from recx_lib.write.plan import AspectPlanner
from recx_lib.write.retrieve import softmax


class Writer(Protocol):
    """Whatever says a sentence about an item to a user.

    Same arguments, same answer. `said` counts what the caller has said so far:
    with it, repeating oneself costs something, what is said is added to it,
    and so a list of pairs is said in order.
    """

    def write(
        self,
        user: str,
        item: str,
        aspect: str | None = None,
        said: Counter | None = None,
    ) -> Rationale | None:
        """Return the rationale; None where nothing can be said."""
        ...


class Briefing:
    """The sentences of the training reviews, their authors, a plan, the facts.

    `planner` is a fitted one. Attributes: `sentences` (n of them, ready to be
    compared), `authors` (n,), `claims` (which sentences an item supports),
    `crowd` (n,), `retriever`, `planner`, `facts` (what the reviews of each
    item claim), `shares` ({aspect: share of the sentences that name it}).
    """

    def __init__(self, planner: AspectPlanner):
        self.planner = planner
        self.facts = planner.facts_
        self.retriever = planner.retriever
        self.sentences = self.retriever.table_
        self.authors = self.retriever.authors_
        shares = planner.named_.mean(axis=0).tolist()  # (n_aspects,)
        self.shares = dict(zip(planner.aspects_, shares, strict=True))
        self.crowd = crowd(self.sentences.texts, self.shares)
        self.claims = _ClaimTable(self.sentences.texts, self.facts)

    def references(
        self,
        user: str,
        item: str,
        aspect: str | None = None,
        planning: float = 0.5,
    ) -> np.ndarray:
        """Return the weight of every training sentence, (n,), summing to 1.

        As a stand-in for what this user would write of this item. With an
        aspect: of the sentences that name it. Without one they lean towards
        the aspects that the planner expects, by (p / share)^`planning`.
        """
        logs = self.retriever.log_weights(user, item)  # (n,)
        if aspect is None:
            # each sentence is lifted as the aspect of its record is
            lift = self.planner.lift(user, item)  # (n_aspects,)
            return softmax(logs + planning * lift[self.planner.label_])
        naming = self.retriever.naming(aspect)  # (n,) bool
        return softmax(logs, naming if naming.any() else None)

    def may_say(self, item: str, text: str) -> bool:
        """Tell whether a text claims something, and only what is supported."""
        claims = self.facts.claims(text)
        return bool(claims) and self.facts.supports(item, text)

    def rationale(
        self, user: str, item: str, text: str, method: str
    ) -> Rationale:
        """Return a sentence with the terms it names and what it rests on.

        Its evidence are its claims: +1, −1, or 0 where it only names.
        """
        named = tuple(sorted(terms_named([text], self.shares)[0]))
        claims = sorted(self.facts.claims(text))
        evidence = [Evidence("aspect", name, float(s)) for name, s in claims]
        why = Explanation(user, item, method, tuple(evidence))
        return Rationale(text, named, why)


class _ClaimTable:
    """The claims of every training sentence as a 0/1 matrix.

    One product then tells which sentences an item supports.
    """

    def __init__(self, texts: Sequence[str], facts: ItemFacts):
        self.known = facts.known
        self.columns: dict = {}  # {claim: column}
        rows, columns = [], []  # the places of the ones
        for row, text in enumerate(texts):
            for claim in facts.claims(text):
                rows.append(row)
                new = len(self.columns)
                columns.append(self.columns.setdefault(claim, new))
        shape = len(texts), max(len(self.columns), 1)
        ones = np.ones(len(rows))
        self.matrix = sparse.csr_array((ones, (rows, columns)), shape=shape)
        self.n_claims = self.matrix.sum(axis=1)

    def supported(self, item: str) -> np.ndarray:
        """Return which sentences claim something, all of it known, (n,) bool.

        Known is what some review of the item claimed.
        """
        true = np.zeros(self.matrix.shape[1])  # (n_claims,)
        for claim in self.known.get(item, ()):
            if claim in self.columns:
                true[self.columns[claim]] = 1
        # as many true claims as claims
        all_true = self.matrix @ true == self.n_claims  # (n,)
        return all_true & (self.n_claims > 0)
