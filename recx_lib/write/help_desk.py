"""Chapter 20: an answer instead of a list, or an honest refusal."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from recx_lib.core.case import Case, sum_case
from recx_lib.core.checks import check_positive
from recx_lib.core.errors import DataError
from recx_lib.data.tokens import is_content, singular, tokenize

REFUSAL = "I found nothing that answers this; a person will write to you."


def search_words(text: str) -> list[str]:
    """Return a text's words for a search: singular, without the commonest.

    >>> search_words("Do you mend the boots?")
    ['mend', 'boot']
    """
    words = filter(is_content, tokenize(text))
    return [singular(word) for word in words]


class BM25:
    """Score texts against a question by the words they share.

    A shared word adds idf · tf (k1 + 1) / (tf + k1 (1 − b + b · length / mean
    length)): more for a rare word, less for each further time, less in a long
    text (Robertson and Zaragoza, 2009). idf = log(1 + (n − df + ½)/(df + ½)),
    with Lucene's 1 + so that none is negative. `b` is a share, 0 to 1.
    Learned: `titles_`, `words_` (the numbers of words), `worth_` (n_texts,
    n_words): what each word adds to each text; `idf_` (n_words,).

    >>> texts = {"Returns": "Send boots back.", "Care": "Wash boots by hand."}
    >>> BM25().fit(texts).best("How do I wash them?")[0]
    'Care'
    """

    def __init__(self, k1: float = 1.5, b: float = 0.75):
        self.k1, self.b = k1, b

    def fit(self, texts: Mapping[str, str]) -> BM25:
        """Count the words of {title: text}; a title belongs to its text.

        Raise DataError where there is no text or word, or for a wrong k1 or b.
        """
        check_positive(k1=self.k1)
        if not 0 <= self.b <= 1:
            raise DataError(f"b={self.b} is a share: 0 to 1")
        self.titles_ = list(texts)
        bags = [Counter(search_words(f"{t}. {texts[t]}")) for t in texts]
        vocabulary = sorted(set().union(*bags))
        if not vocabulary:
            raise DataError("no words to search in: give texts with words")
        self.words_ = {word: n for n, word in enumerate(vocabulary)}
        # 1. how often each word stands in each text
        rows = [list(map(bag.__getitem__, vocabulary)) for bag in bags]
        tf = np.array(rows)  # (n_texts, n_words)
        # 2. rare words count more
        n, df = len(tf), (tf > 0).sum(axis=0)
        self.idf_ = np.log(1 + (n - df + 0.5) / (df + 0.5))
        # 3. a word's further times count less and less, and so in long texts
        length = tf.sum(axis=1, keepdims=True)
        slow = self.k1 * (1 - self.b + self.b * length / length.mean())
        self.worth_ = self.idf_ * tf * (self.k1 + 1) / (tf + slow)
        return self

    def score(self, question: str) -> np.ndarray:
        """Return each text's score, (n_texts,); 0 where no word is shared."""
        known = [self.words_[w] for w in self._asked(question)]
        return self.worth_[:, known].sum(axis=1)

    def best(self, question: str) -> tuple[str, float]:
        """Return the title of the best text, and its score."""
        score = self.score(question)
        return self.titles_[int(score.argmax())], float(score.max())

    def lead(self, question: str) -> float:
        """Return how far the best text is ahead of the second, 0 or more."""
        score = np.sort(np.append(self.score(question), 0.0))
        return float(score[-1] - score[-2])

    def case(self, question: str, title: str, user: str = "you") -> Case:
        """Return the case of one score: the question's words, each worth what
        it adds. Raise DataError for a title that was not fitted.
        """
        if title not in self.titles_:
            raise DataError(f"no text with the title {title!r}")
        # each word of the question once
        words = sorted(set(self._asked(question)))
        worth = self.worth_[self.titles_.index(title)]
        added = [worth[self.words_[word]] for word in words]
        kinds = ["feature"] * len(words)
        return sum_case(user, title, kinds, words, added, model="BM25")

    def _asked(self, question: str) -> list[str]:
        """Return the question's words that some text has, once each."""
        words = dict.fromkeys(search_words(question))
        return [word for word in words if word in self.words_]


class Answer(NamedTuple):
    """What the desk says, from which text, and how far that was ahead.

    `source` is "" where the desk refuses.
    """

    text: str
    source: str
    lead: float


def answer(
    search: BM25, texts: Mapping[str, str], question: str, least: float = 1.0
) -> Answer:
    """Return the best text as it stands, or a refusal where it is ahead of
    the second by less than `least`, or not at all.

    >>> texts = {"Care": "Wash boots.", "Returns": "Send boots back."}
    >>> search = BM25().fit(texts)
    >>> answer(search, texts, "How do I wash them?", least=0.1).source
    'Care'
    >>> answer(search, texts, "Where do the boots come from?").source
    ''
    """
    title, _ = search.best(question)
    lead = search.lead(question)
    if lead < least or lead == 0:
        return Answer(REFUSAL, "", lead)
    return Answer(texts[title], title, lead)
