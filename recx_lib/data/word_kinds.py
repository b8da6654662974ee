"""Chapter 1: nouns and adjectives, told by their frames, without a tagger."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from itertools import pairwise

from recx_lib.data.english import DEGREES, DETERMINERS, LINKING_VERBS
from recx_lib.data.tokens import is_content


def word_kinds(statements: list[list[str]]) -> tuple[set[str], set[str]]:
    """Tell nouns and adjectives by their frames: a noun ends what "the" began,
    an adjective follows "very" or "is".

    >>> word_kinds(["the snug zip is very snug".split()] * 5)
    ({'zip'}, {'snug'})
    """
    # 1. how often is a word seen, and how often in each frame?
    seen, ends, degree, linked = Counter(), Counter(), Counter(), Counter()
    for clause in statements:
        for before, run, after in content_runs(clause):
            seen.update(run)
            # "the noise WOKE my …" is a verb
            if before in DETERMINERS and after not in DETERMINERS:
                ends[run[-1]] += 1
            if before in DEGREES:
                degree[run[0]] += 1
            if before in LINKING_VERBS:
                linked[run[0]] += 1
            for adverb, word in pairwise(run):
                if adverb.endswith("ly") and not _is_participle(word):
                    degree[word] += 1
    # 2. often enough, and for a good part of its uses
    nouns = _frequent(ends, seen, least=5, share=0.12)
    nouns = {word for word in nouns if degree[word] < 0.02 * seen[word]}
    linked_often = _frequent(linked, seen, least=3, share=0.15)
    adjectives = {w for w in linked_often if not _is_participle(w)}
    adjectives |= _frequent(degree, seen, least=3, share=0.03)
    return nouns, {w for w in adjectives - nouns if not w.endswith("ly")}


def content_runs(clause: list[str]) -> Iterator[tuple[str, list[str], str]]:
    """Yield each run of words that are neither grammar nor marks, with the
    token before and after it.

    >>> list(content_runs(["the", "big", "bag", "is"]))
    [('the', ['big', 'bag'], 'is')]
    """
    start = 0
    for i, token in enumerate([*clause, ""]):
        if not is_content(token):
            if i > start:
                before = clause[start - 1] if start else ""
                yield before, clause[start:i], token
            start = i + 1


def _frequent(
    count: Counter, seen: Counter, least: int, share: float
) -> set[str]:
    """Return the words counted at least `least` times, and in at least a
    `share` of the times they were seen.
    """
    often = {word: n for word, n in count.items() if n >= least}
    return {word for word, n in often.items() if n >= share * seen[word]}


def _is_participle(word: str) -> bool:
    return word.endswith(("ed", "ing"))
