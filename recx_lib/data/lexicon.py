"""Chapter 1: which words are features and which are opinions, learned from the
reviews themselves.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from recx_lib.core.errors import DataError
from recx_lib.data.english import DEGREES, DETERMINERS, LINKING_VERBS, OPINIONS
from recx_lib.data.tokens import (
    FILLERS,
    clauses,
    is_content,
    polarity_at,
    tokenize,
)


@dataclass(frozen=True)
class Lexicon:
    """What reviews talk about and how: `features` (noun → times it was
    judged), `opinions` (word → +1 or −1).
    """

    features: Mapping[str, int]
    opinions: Mapping[str, int]

    def top(self, n: int) -> list[str]:
        """Return the `n` features most often judged, ties in alphabetical
        order.
        """
        return sorted(
            self.features, key=lambda word: (-self.features[word], word)
        )[:n]


def mine_lexicon(
    texts: Iterable[str],
    ratings: Iterable[float] | None = None,
    opinions: Mapping[str, int] = OPINIONS,
    min_count: int = 5,
) -> Lexicon:
    """Learn which words are features and which are opinions from reviews and a
    few known opinion words.

    Double propagation (Qiu, Liu, Bu and Chen 2011), with word frames in place
    of their parser: known opinions point to features ("great ZIP"), features
    to new opinions ("the zip is SNUG"), whose side two witnesses tell: the
    known opinions in the same reviews and, where given, the `ratings` (n,) of
    those reviews; again, until nothing new is found. A feature needs
    `min_count` judgements, a new opinion word must judge features as often.
    Give training rows only: ratings are looked at. Raises DataError where
    `texts` is one string or a rating is missing or not finite.

    >>> lexicon = mine_lexicon(["A good zip, a very snug zip."] * 9 + ["A bad zip."] * 9, [5] * 9 + [1] * 9)
    >>> lexicon.features, lexicon.opinions["snug"]
    ({'zip': 27}, 1)
    """
    reviews = _read(texts)
    stars = (
        np.zeros(len(reviews))
        if ratings is None
        else _standard(ratings, len(reviews))
    )
    statements = [clause for review in reviews for clause in review]
    nouns, adjectives = word_kinds(statements)
    judges = adjectives | set(opinions)
    pairs = judged_pairs(statements, nouns, judges)
    said = [_signed(review, judges) for review in reviews]
    known = dict(opinions)
    while True:
        features, judging = _propagate(pairs, known, min_count)
        new = {
            word: side
            for word, side in _sides(said, stars, known).items()
            if word in judging
        }
        if not new:
            return Lexicon(features, known)
        known |= new


def word_kinds(statements: list[list[str]]) -> tuple[set[str], set[str]]:
    """Tell nouns and adjectives by their frames: a noun ends what "the" began,
    an adjective follows "very" or "is".

    >>> word_kinds([tokenize("the snug zip is very snug")] * 5)
    ({'zip'}, {'snug'})
    """
    seen, ends, degree, linked = Counter(), Counter(), Counter(), Counter()
    for clause in statements:
        for before, run, after in _content_runs(clause):
            seen.update(run)
            ends[run[-1]] += (
                before in DETERMINERS and after not in DETERMINERS
            )  # "the noise WOKE my …" is a verb
            degree[run[0]] += before in DEGREES
            linked[run[0]] += before in LINKING_VERBS
            degree.update(
                b
                for a, b in pairwise(run)
                if a.endswith("ly") and not _participle(b)
            )
    nouns = {
        w
        for w, n in ends.items()
        if n >= 5 and n >= 0.12 * seen[w] and degree[w] < 0.02 * seen[w]
    }
    adjectives = {
        w for w, n in degree.items() if n >= 3 and n >= 0.03 * seen[w]
    }
    adjectives |= {
        w
        for w, n in linked.items()
        if n >= 3 and n >= 0.15 * seen[w] and not _participle(w)
    }
    return nouns, {w for w in adjectives - nouns if not w.endswith("ly")}


def judged_pairs(
    statements: list[list[str]], nouns: set[str], judges: set[str]
) -> Counter:
    """Count (noun, judging word) pairs in two frames: "great zip", and "zip is
    (not very) great".

    >>> judged_pairs([tokenize("great zip"), tokenize("the zip is really great")], {"zip"}, {"great"})
    Counter({('zip', 'great'): 2})
    """
    pairs = Counter()
    for clause in statements:
        for i, noun in enumerate(clause):
            if noun not in nouns:
                continue
            after = i + 1
            if after < len(clause) and clause[after] in LINKING_VERBS:
                after += 1
                while after < len(clause) and (
                    clause[after] in FILLERS or clause[after].endswith("ly")
                ):
                    after += 1
            pairs.update(
                (noun, clause[at])
                for at in (i - 1, after)
                if 0 <= at < len(clause) and clause[at] in judges
            )
    return pairs


def _content_runs(clause: list[str]) -> Iterator[tuple[str, list[str], str]]:
    """Yield each run of words that are neither grammar nor marks, with the
    token before and after it.
    """
    start = 0
    for i, token in enumerate([*clause, ""]):
        if not is_content(token):
            if i > start:
                yield (
                    clause[start - 1] if start else "",
                    clause[start:i],
                    token,
                )
            start = i + 1


def _participle(word: str) -> bool:
    return word.endswith(("ed", "ing"))


def _read(texts: Iterable[str]) -> list[list[list[str]]]:
    if isinstance(texts, str):
        raise DataError(
            "mine_lexicon needs a list of texts but got one string: put it in a list"
        )
    return [list(clauses(tokenize(text))) for text in texts]


def _standard(ratings: Iterable[float], n: int) -> np.ndarray:
    stars = np.asarray(list(ratings), float)
    if stars.shape != (n,) or not np.isfinite(stars).all():
        raise DataError(
            f"mine_lexicon needs one finite rating per text: {n} texts, ratings of shape {stars.shape}"
        )
    return (stars - stars.mean()) / (stars.std() or 1) if n else stars


def _signed(review: list[list[str]], words: set[str]) -> list[tuple[str, int]]:
    """List each of the `words` that a review uses, with −1 where it is
    negated, else 1.
    """
    return [
        (w, polarity_at(clause, i, {w: 1}))
        for clause in review
        for i, w in enumerate(clause)
        if w in words
    ]


def _propagate(
    pairs: Counter, known: Mapping[str, int], min_count: int
) -> tuple[dict[str, int], set[str]]:
    """Return the features that known opinions point to, and the unknown words
    that judge those features.
    """
    features, judging = Counter(), Counter()
    for (noun, word), n in pairs.items():
        features[noun] += n * (word in known)
    features = {
        noun: n for noun, n in sorted(features.items()) if n >= min_count
    }
    for (noun, word), n in pairs.items():
        judging[word] += n * (noun in features and word not in known)
    return features, {word for word, n in judging.items() if n >= min_count}


def _sides(
    said: list,
    stars: np.ndarray,
    known: Mapping[str, int],
    z: float = 2.5,
    effect: float = 0.3,
) -> dict:
    """Return the side (±1) of each unknown word on which two witnesses agree:
    clearly (`z` standard errors) and strongly (`effect` standard deviations),
    for "small" and "heavy" are found in any company.

    A review's company is the mean of its known opinions. Praise is common, so
    praising company is little news: three quarters of the usual company are
    subtracted.
    """
    voices = [
        [sign * known[word] for word, sign in found if word in known]
        for found in said
    ]
    heard = [voice for company in voices for voice in company]
    usual = 0.75 * sum(heard) / max(1, len(heard))
    company = np.array([sum(v) / len(v) - usual if v else 0.0 for v in voices])
    witness = (
        (company / ((company.std() if said else 0) or 1) + stars) / 2**0.5
    ).tolist()
    weight, uses = Counter(), Counter()
    for found, w in zip(said, witness, strict=True):
        for word, sign in set(found):
            weight[word] += sign * w
            uses[word] += 1
    mean = {
        word: weight[word] / n
        for word, n in sorted(uses.items())
        if word not in known
    }
    return {
        word: 1 if m > 0 else -1
        for word, m in mean.items()
        if abs(m) >= max(effect, z / uses[word] ** 0.5)
    }
