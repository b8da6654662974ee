"""Chapter 1: which word of a clause judges which term."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import dropwhile

from recx_lib.data.english import LINKING_VERBS, OPENERS, PREPOSITIONS
from recx_lib.data.tokens import COMMAS, FILLERS, is_content

# an opinion word may be as far as this from what it judges, in words
REACH = 6


# may stand between "happy" and the zip
BRIDGE = FILLERS | {"with", "about", "of", "by"}


PAUSES = COMMAS | {"and", "or"}


def judging_words(clause: list[str], opinions: Mapping[str, int]) -> list[int]:
    """Return the places of the words that judge something.

    >>> judging_words(["too", "heavy", "as", "well"], {"well": 1})
    [1]
    """
    return [at for at in range(len(clause)) if _judges(clause, at, opinions)]


def _judges(clause: list[str], at: int, opinions: Mapping[str, int]) -> bool:
    word = clause[at]
    before = clause[at - 1] if at else ""
    if before == "to":  # "to love"
        return False
    if word == "well" and before in ("", ",", "as"):  # "Well, …", "as well"
        return False
    return word in opinions or (before == "too" and is_content(word))


def nearest_judge(
    clause: list[str], nouns: list[bool], place: range, judging: list[int]
) -> int | None:
    """Return which of the places `judging` judges the term at `place`: the
    nearest, of several as near the first; None where none is within `REACH`.

    >>> clause = ["great", "bag", "with", "poor", "zips"]
    >>> nouns = [False, True, False, False, True]
    >>> nearest_judge(clause, nouns, range(4, 5), judging=[0, 3])
    3
    """
    far = {at: _distance(clause, nouns, place, at) for at in judging}
    at = min(far, key=far.get, default=None)
    return at if at is not None and far[at] <= REACH else None


def _distance(
    clause: list[str], nouns: list[bool], place: range, at: int
) -> float:
    """Return how far the opinion word at `at` is from the term, infinite
    where it judges something else.
    """
    start, stop = place.start, place.stop
    if at in place:
        # "noise" is a complaint by itself, unless something is said of it
        said_of_it = clause[stop : stop + 1]
        return float("inf") if LINKING_VERBS & set(said_of_it) else REACH
    if at < start:
        # "great little zip", "happy with the zip"; not "great bag with a zip"
        between = clause[at + 1 : start]
        rest = dropwhile(BRIDGE.__contains__, between)
        apart = not all(map(is_content, rest))
    else:
        # "the zip is great"; not "for the zip it is great"
        between = clause[stop:at]
        leading = clause[max(0, start - 2) : start]
        apart = not PREPOSITIONS.isdisjoint(leading)
        apart = apart or _is_taken(clause, nouns, stop, at)
    n_pauses = sum(word in PAUSES for word in between)
    return float("inf") if apart else 1 + len(between) + 2 * n_pauses


def _is_taken(
    clause: list[str], nouns: list[bool], stop: int, at: int
) -> bool:
    """Tell "the zip on my bag is great" from "the zip and the bag is great"
    and "the zip has a great puller".
    """
    between = clause[stop:at]
    # 1. a new statement begins: "the zip that I bought is great"
    if not OPENERS.isdisjoint(word.split("'")[0] for word in between):
        return True
    # 2. what follows "is" begins with a preposition; "far from" may
    links = [i for i, word in enumerate(between) if word in LINKING_VERBS]
    last = between[links[-1] + 1 :] if links else between
    if not (PREPOSITIONS - {"from"}).isdisjoint(last):
        return True
    # 3. without "is", the opinion may belong to the noun after it
    if not links and any(nouns[at + 1 : at + 2]):
        return True
    # 4. another noun stands in between, and not after "on my"
    for i in range(stop, at):
        leading = clause[max(stop, i - 2) : i]
        if nouns[i] and PREPOSITIONS.isdisjoint(leading):
            return True
    return False
