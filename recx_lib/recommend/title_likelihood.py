"""Chapter 12: recommending by how likely a title is after a history."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from recx_lib.core.case import Case
from recx_lib.core.evidence import Explanation
from recx_lib.nets.prompts import Chat, LanguageModel, quoted


class TitleRecommender:
    """Score titles by a language model: log P(title | titles liked).

    `things` says what they are ("films"). The score of a title is its mean
    log-likelihood a token, in nats, less what it has without any history: a
    film that is likely anyway gains nothing by that.
    """

    def __init__(self, model: LanguageModel, things: str = "products"):
        self.model = model
        self.things = things

    def chat(self, liked: Sequence[str]) -> Chat:
        """Return the question, oldest title first; a history may be empty."""
        marks = self.model.marks
        told = f"I am looking for {self.things}."
        # without a history the question names none
        if liked:
            titles = ", ".join(quoted(title, marks) for title in liked)
            told = f"I liked these {self.things}: {titles}."
        question = "Which one should I try next? Say only its title."
        return [("user", f"{told} {question}")]

    def likelihood(
        self, liked: Sequence[str], titles: Sequence[str]
    ) -> np.ndarray:
        """Return the mean log-likelihood a token of each title, (n,)."""
        answers = [quoted(title, self.model.marks) for title in titles]
        nats = self.model.weigh(self.chat(liked), answers)
        return nats / self.model.lengths(answers)

    def score(self, liked: Sequence[str], titles: Sequence[str]) -> np.ndarray:
        """Return what the history adds to each title, (n,), nats a token."""
        return self.likelihood(liked, titles) - self.likelihood([], titles)

    def case(self, user: str, title: str, liked: Sequence[str]) -> Case:
        """Return the case of one title: `liked` may be taken out, one by one.

        What is absent is not in the prompt.
        """
        # how likely the title is when nothing was liked
        alone = self.likelihood([], [title])[0]

        def value(present: np.ndarray) -> np.ndarray:
            # a line for each way of leaving titles out
            scores = []
            for row in present > 0:
                kept = [
                    one for one, there in zip(liked, row, strict=True) if there
                ]
                scores.append(self.likelihood(kept, [title])[0] - alone)
            return np.array(scores)

        kinds = ["item"] * len(liked)
        return Case(user, title, kinds, liked, value, model="this model")

    def cite(self, case: Case) -> Explanation:
        """Return what the model itself says its reason is.

        It has recommended, and is asked which of the titles was the reason;
        a title's weight is how likely an answer it is, a token, above the
        mean of all.
        """
        chat = [
            *self.chat(case.names),
            ("assistant", quoted(case.item, self.model.marks)),
            (
                "user",
                "Why? Say only the title, among those that I liked, because"
                " of which you recommend it.",
            ),
        ]
        answers = [quoted(name, self.model.marks) for name in case.names]
        nats = self.model.weigh(chat, answers)
        likely = nats / self.model.lengths(answers)
        return case.explanation("it says", likely - likely.mean())
