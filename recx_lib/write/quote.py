"""Chapter 6: quote the sentence that such people would say of such items."""

from __future__ import annotations

from collections import Counter

import numpy as np

from recx_lib.core.evidence import Rationale
from recx_lib.write.briefing import Briefing
from recx_lib.write.choose import PRICES, Prices, choose


class QuotingWriter:
    """Say a sentence from the training reviews: retrieval, not generation.

    The peer that a neural writer must face. Aspect given: any sentence that
    names it. Aspect predicted: any sentence all of whose claims are supported
    by the item's reviews. Never one of the user's own sentences.
    """

    def __init__(self, briefing: Briefing, prices: Prices = PRICES):
        self.briefing, self.prices = briefing, prices

    def quotable(
        self, user: str, item: str, aspect: str | None = None
    ) -> np.ndarray:
        """Return the rows of the training sentences that may be said."""
        if aspect is None:
            allowed = self.briefing.claims.supported(item)
        else:
            allowed = self.briefing.retriever.naming(aspect)
        return np.flatnonzero(allowed & (self.briefing.authors != user))

    def write(
        self,
        user: str,
        item: str,
        aspect: str | None = None,
        said: Counter | None = None,
    ) -> Rationale | None:
        """Return the sentence chosen, the terms it names, its evidence.

        None where no sentence may be said; `said` as in `choose`.
        """
        # 1. the sentences that may be said
        rows = self.quotable(user, item, aspect)
        if len(rows) == 0:
            return None
        # 2. what each is worth
        planning = self.prices.planning
        likely = self.briefing.references(user, item, aspect, planning)
        near = self.briefing.retriever.central(likely, rows)
        worth = near - self.prices.crowding * self.briefing.crowd[rows]
        # 3. the best of them
        texts = [self.briefing.sentences.texts[row] for row in rows]
        best = choose(texts, worth, said, self.prices.repetition)
        return self.briefing.rationale(user, item, texts[best], "quoting")
