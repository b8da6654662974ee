"""Chapter 18: the words of many texts, learned as sums over parts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from itertools import repeat

import numpy as np

from recx_lib.core.errors import DataError

# chapter 1's own steps: applied to a part, or to sums over all
from recx_lib.data import (
    CLEAR,
    OPINIONS,
    STRONG,
    Lexicon,
    Reviews,
    content_runs,
    judged_pairs,
    propagate,
    read_clauses,
    signed_words,
    word_kinds,
)
from recx_lib.scale.jobs import Here

ALL = ""  # stands where a sum is over all words


class Tally(Counter):
    """Sums by name: added with `+`, and none is lost that is zero or less.

    >>> (Tally(bad=-1) + Tally(bad=-1, good=1))["bad"]
    -2
    """

    def __add__(self, other: Mapping) -> Tally:
        both = Tally(self)
        both.update(other)
        return both


def lexicon_of_parts(
    parts: Sequence[Reviews], job=None, min_count: int = 5
) -> Lexicon:
    """Learn the lexicon of `mine_lexicon` from texts in parts.

    Every part is read where it lies; what travels are counts of words, and
    the same rules are applied to their sums. `job` says where the work is
    done (default: here). Raise DataError where there is no part, or a rating
    is not finite.
    """
    if len(parts) == 0:
        raise DataError("no part to learn from: cut the reviews into some")
    job, known = job or Here(), dict(OPINIONS)
    # 1. which words are nouns, which adjectives: from how they are framed
    seen = job.total(frames, parts)
    nouns, adjectives = word_kinds(_written_out(seen))
    judges = adjectives | set(known)
    # 2. which adjective judges which noun, and the usual stars
    count = partial(count_pairs, nouns=nouns, judges=judges)
    pairs = job.total(count, parts)
    usual = _usual_stars(job.total(count_stars, parts))
    # 3. from known opinions to terms to new opinions, and round again
    while True:
        terms, judging = propagate(pairs, known, min_count)
        hear = partial(voices, known=known, judges=judges, usual=usual)
        sides = sides_of(job.total(hear, parts))
        new = {word: sides[word] for word in sides if word in judging}
        if not new:
            return Lexicon(terms, known)
        known |= new


def frames(part: Reviews) -> Tally:
    """Count the runs of words in a part, with the word before and after."""
    found = Tally()
    for review in read_clauses(part.frame["text"]):
        for clause in review:
            for before, run, after in content_runs(clause):
                found[before, *run, after] += 1
    return found


def _written_out(seen: Tally) -> Iterator[list[str]]:
    """Yield every run as a clause, as often as it was counted."""
    for run, n in seen.items():
        yield from repeat(list(run), n)


def count_pairs(part: Reviews, nouns: set[str], judges: set[str]) -> Tally:
    """Count which word judges which noun in a part."""
    found = Tally()
    for review in read_clauses(part.frame["text"]):
        found.update(judged_pairs(review, nouns, judges))
    return found


def count_stars(part: Reviews) -> Tally:
    """Count how often each rating was given in a part."""
    return Tally(part.rating.tolist())


def _usual_stars(count: Tally) -> tuple[float, float]:
    """Return mean and deviation of counted ratings, 1 where all are alike."""
    stars, n = np.array(list(count)), np.array(list(count.values()))
    if not np.isfinite(stars).all():
        raise DataError("a rating is not finite: use data.clean first")
    mean = np.average(stars, weights=n)
    spread = np.sqrt(np.average((stars - mean) ** 2, weights=n))
    return float(mean), float(spread) if len(stars) > 1 else 1.0


def voices(
    part: Reviews,
    known: Mapping[str, int],
    judges: set[str],
    usual: tuple[float, float],
) -> Tally:
    """Sum up what a part's two witnesses, company and stars, say of words.

    Of all words (`ALL`): reviews, known opinions and their sum, reviews that
    have one, and the sum and the square of these reviews' means. Of a word:
    its uses, and its sign times the mean, times 1, and times the stars.
    """
    found = Tally()
    texts, stars = part.frame["text"], (part.rating - usual[0]) / usual[1]
    for review, star in zip(read_clauses(texts), stars.tolist(), strict=True):
        said = signed_words(review, judges)
        heard = [sign * known[word] for word, sign in said if word in known]
        found["reviews", ALL] += 1
        found["opinions", ALL] += len(heard)
        found["praise", ALL] += sum(heard)
        mean = sum(heard) / len(heard) if heard else 0.0
        found["heard", ALL] += bool(heard)
        found["mean", ALL] += mean
        found["square", ALL] += mean**2
        for word, sign in set(said):
            found["uses", word] += 1
            found["mean", word] += sign * mean
            found["heard", word] += sign * bool(heard)
            found["stars", word] += sign * star
    return found


def sides_of(sums: Tally) -> dict[str, int]:
    """Return the side (±1) of each word on which the sums of `voices` agree,
    by the rules of chapter 1: clearly (`CLEAR`) and strongly (`STRONG`).
    """
    n, heard = sums["reviews", ALL], sums["heard", ALL]
    # 1. company is what a review says beyond the usual: mean and spread
    usual = 0.75 * sums["praise", ALL] / max(1, sums["opinions", ALL])
    company = sums["mean", ALL] - usual * heard
    square = sums["square", ALL] - 2 * usual * sums["mean", ALL]
    square += usual**2 * heard
    variance = square / max(1, n) - (company / max(1, n)) ** 2
    spread = variance**0.5 if variance > 1e-12 else 1.0
    # 2. both witnesses of a word, as deviations
    sides = {}
    for word in sorted(word for what, word in sums if what == "uses"):
        uses = sums["uses", word]
        told = sums["mean", word] - usual * sums["heard", word]
        mean = (told / spread + sums["stars", word]) / 2**0.5 / uses
        if abs(mean) >= max(STRONG, CLEAR / uses**0.5):
            sides[word] = 1 if mean > 0 else -1
    return sides
