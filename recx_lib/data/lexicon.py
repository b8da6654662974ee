"""Chapter 1: which words are terms and which are opinions, as learned."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import chain

import numpy as np

from recx_lib.core.errors import DataError
from recx_lib.data.english import LINKING_VERBS, OPINIONS
from recx_lib.data.tokens import (
    FILLERS,
    clauses,
    polarity_at,
    tokenize,
)
from recx_lib.data.word_kinds import word_kinds

CLEAR = 2.5  # standard errors by which a new opinion must have a side


STRONG = 0.3  # standard deviations, for "small" is found in any company


@dataclass(frozen=True)
class Lexicon:
    """What reviews talk about and how: `terms` (noun → times it was
    judged), `opinions` (word → +1 or −1).

    >>> Lexicon({"zip": 3, "bag": 9}, {"snug": 1}).top(1)
    ['bag']
    """

    terms: Mapping[str, int]
    opinions: Mapping[str, int]

    def top(self, n: int) -> list[str]:
        """Return the `n` terms most often judged, ties in alphabetical
        order.
        """
        alphabetical = sorted(self.terms)
        return sorted(alphabetical, key=self.terms.get, reverse=True)[:n]


def mine_lexicon(
    texts: Iterable[str],
    ratings: Iterable[float] | None = None,
    opinions: Mapping[str, int] = OPINIONS,
    min_count: int = 5,
) -> Lexicon:
    """Learn which words are terms and which are opinions from reviews and a
    few known opinion words.

    Double propagation (Qiu, Liu, Bu and Chen 2011), with word frames in place
    of their parser: known opinions point to terms ("great ZIP"), terms
    to new opinions ("the zip is SNUG"), whose side two witnesses tell: the
    known opinions in the same reviews and, where given, the `ratings` (n,) of
    those reviews; again, until nothing new is found. A term needs
    `min_count` judgements, a new opinion word must judge terms as often.
    Give training rows only: ratings are looked at. Raises DataError where
    `texts` is one string or a rating is missing or not finite.

    >>> texts = ["A good zip, a very snug zip."] * 9 + ["A bad zip."] * 9
    >>> lexicon = mine_lexicon(texts, [5] * 9 + [1] * 9)
    >>> lexicon.terms, lexicon.opinions["snug"]
    ({'zip': 27}, 1)
    """
    # 1. reviews as clauses; in each, the words that may judge
    reviews = read_clauses(texts)
    stars = _standardised(ratings, len(reviews))
    statements = list(chain.from_iterable(reviews))
    nouns, adjectives = word_kinds(statements)
    judges = adjectives | set(opinions)
    pairs = judged_pairs(statements, nouns, judges)
    said = [signed_words(review, judges) for review in reviews]
    # 2. from known opinions to terms to new opinions, and round again
    known = dict(opinions)
    while True:
        terms, judging = propagate(pairs, known, min_count)
        sides = _sides(said, stars, known)
        new = {word: sides[word] for word in sides if word in judging}
        if not new:
            return Lexicon(terms, known)
        known |= new


def judged_pairs(
    statements: list[list[str]], nouns: set[str], judges: set[str]
) -> Counter:
    """Count (noun, judging word) pairs in two frames: "great zip", and "zip is
    (not very) great".

    >>> statements = [tokenize("great zip"), tokenize("the zip is so great")]
    >>> judged_pairs(statements, {"zip"}, {"great"})
    Counter({('zip', 'great'): 2})
    """
    pairs = Counter()
    for clause in statements:
        for i, noun in enumerate(clause):
            if noun not in nouns:
                continue
            # the word before it ("great zip"), or after "zip is"
            for at in (i - 1, _what_it_is(clause, i + 1)):
                if 0 <= at < len(clause) and clause[at] in judges:
                    pairs[noun, clause[at]] += 1
    return pairs


def _what_it_is(clause: list[str], at: int) -> int:
    """Return the place of what a noun is said to be: past "is not very"."""
    if at < len(clause) and clause[at] in LINKING_VERBS:
        at += 1
        while at < len(clause) and _is_filler(clause[at]):
            at += 1
    return at


def _is_filler(word: str) -> bool:
    return word in FILLERS or word.endswith("ly")


def read_clauses(texts: Iterable[str]) -> list[list[list[str]]]:
    """Return the clauses of every text, as lists of tokens.

    >>> read_clauses(["A good zip. Bad seams."])
    [[['a', 'good', 'zip'], ['bad', 'seams']]]
    """
    if isinstance(texts, str):
        raise DataError(
            "mine_lexicon needs a list of texts but got one string: put it in "
            "a list"
        )
    return [list(clauses(tokenize(text))) for text in texts]


def _standardised(ratings: Iterable[float] | None, n: int) -> np.ndarray:
    """Return ratings with mean 0 and deviation 1, (n,); zeros for None."""
    if ratings is None:
        return np.zeros(n)
    stars = np.asarray(list(ratings), float)
    if stars.shape != (n,) or not np.isfinite(stars).all():
        raise DataError(
            f"mine_lexicon needs one finite rating per text: {n} texts, "
            f"ratings of shape {stars.shape}"
        )
    return (stars - stars.mean()) / (stars.std() or 1) if n else stars


def signed_words(
    review: list[list[str]], judges: set[str]
) -> list[tuple[str, int]]:
    """List each of the `judges` that a review uses, with −1 where it is
    negated, else 1.

    >>> signed_words([["not", "good"], ["a", "big", "zip"]], {"good", "big"})
    [('good', -1), ('big', 1)]
    """
    found = []
    for clause in review:
        for i, token in enumerate(clause):
            if token in judges:
                found.append((token, polarity_at(clause, i, {token: 1})))
    return found


def propagate(
    pairs: Counter, known: Mapping[str, int], min_count: int
) -> tuple[dict[str, int], set[str]]:
    """Return the terms that known opinions point to, and the unknown words
    that judge those terms.

    >>> pairs = Counter({("zip", "great"): 9, ("zip", "snug"): 5})
    >>> propagate(pairs, {"great": 1}, min_count=5)
    ({'zip': 9}, {'snug'})
    """
    # 1. A noun that known opinions judge often is a term.
    judged, judging = Counter(), Counter()
    for (noun, word), n in pairs.items():
        if word in known:
            judged[noun] += n
    often = {noun: n for noun, n in judged.items() if n >= min_count}
    terms = dict(sorted(often.items()))
    # 2. A word that judges such terms often is an opinion.
    for (noun, word), n in pairs.items():
        if noun in terms and word not in known:
            judging[word] += n
    return terms, {word for word, n in judging.items() if n >= min_count}


def _sides(
    said: list[list[tuple[str, int]]],
    stars: np.ndarray,
    known: Mapping[str, int],
) -> dict[str, int]:
    """Return the side (±1) of each unknown word on which two witnesses agree:
    clearly (`CLEAR`) and strongly (`STRONG`).
    """
    # 1. How each word's company speaks, on average.
    weight, uses = Counter(), Counter()
    witness = _witness(said, stars, known)
    for found, heard in zip(said, witness, strict=True):
        for word, sign in set(found):
            weight[word] += sign * heard
            uses[word] += 1
    # 2. A side, where it is further from 0 than chance would put it.
    sides = {}
    for word, n in sorted(uses.items()):
        mean = weight[word] / n
        if word not in known and abs(mean) >= max(STRONG, CLEAR / n**0.5):
            sides[word] = 1 if mean > 0 else -1
    return sides


def _witness(
    said: list[list[tuple[str, int]]],
    stars: np.ndarray,
    known: Mapping[str, int],
) -> list[float]:
    """Return what two witnesses say of each review: its known opinions, as a
    mean, and its stars.

    Praise is common, so praising company is little news: three quarters of the
    usual company are subtracted.
    """
    # 1. The sides of the known opinions in each review.
    voices = []
    for found in said:
        voices.append([sign * known[w] for w, sign in found if w in known])
    n_heard = sum(map(len, voices))
    # 2. People praise more than they blame: shrink towards that.
    usual = 0.75 * sum(map(sum, voices)) / max(1, n_heard)
    company = np.zeros(len(said))
    for n, heard in enumerate(voices):
        if heard:
            company[n] = sum(heard) / len(heard) - usual
    # 3. Two witnesses of equal weight.
    spread = (company.std() if said else 0) or 1
    return ((company / spread + stars) / 2**0.5).tolist()
