"""Chapter 1: from a text to sentences, clauses and words, and what "not",
"too" and "could be" do to a word.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from recx_lib.data.english import (
    CLAUSE_WORDS,
    DETERMINERS,
    HARMLESS_PAIRS,
    INTENSIFIERS,
    NEGATING_PAIRS,
    NEGATORS,
    STOPWORDS,
    WISHES,
)

COMMAS = frozenset(",，、")


FILLERS = (
    DETERMINERS | INTENSIFIERS | NEGATORS
)  # what may stand between "is" and "great"


_TOKEN = re.compile(
    r"\d+(?:[.,]\d+)+|[^\W_]+(?:'[^\W_]+)*|[.,;:!?()…–—。，！？；：、]|(?<!\w)-+(?!\w)"
)


_SENTENCE_END = re.compile(r"(?<=[.!?…])(?=\s|[A-Z])|(?<=[。！？])|\n+")


_CLAUSE_END = frozenset(".!?;()…–—。！？；-") | CLAUSE_WORDS


def sentences(text: str) -> list[str]:
    """Cut a text into sentences, each on one line; a text of white space gives
    an empty list.

    >>> sentences("Light.Packs small!  Cost 3.50 though")
    ['Light.', 'Packs small!', 'Cost 3.50 though']
    """
    pieces = (" ".join(piece.split()) for piece in _SENTENCE_END.split(text))
    return [piece for piece in pieces if piece]


def tokenize(text: str) -> list[str]:
    """Return the lower-cased words of a text, and its punctuation marks as
    tokens of their own; emoji are dropped.

    >>> tokenize("The tent’s well-made, isn't it? 👍")
    ['the', "tent's", 'well', 'made', ',', "isn't", 'it', '?']
    """
    return _TOKEN.findall(text.lower().replace("’", "'"))


def clauses(tokens: list[str]) -> Iterator[list[str]]:
    """Cut tokens where a new statement begins: at "but" and its kin and at
    strong punctuation, not at commas.

    >>> list(clauses(tokenize("Warm, but heavy. Anything but quiet")))
    [['warm', ','], ['heavy'], ['anything', 'but', 'quiet']]
    """
    clause: list[str] = []
    for token in tokens:
        if token not in _CLAUSE_END or (
            token == "but" and clause[-1:] in (["anything"], ["nothing"])
        ):
            clause.append(token)
        elif clause:
            yield clause
            clause = []
    if clause:
        yield clause


def polarity_at(
    clause: list[str], at: int, opinions: Mapping[str, int]
) -> int:
    """Return what the opinion word at position `at` says here, +1 or −1:
    "not", "too" and "could be …er" turn it.

    A negator counts for the six words after it, up to a comma, a colon or
    "and"; "not only" is none. A word missing from `opinions` is taken for a
    complaint, as in "too small".

    >>> opinions = {"good": 1, "leaked": -1, "lighter": 1}
    >>> for words in ("really good", "not very good", "never leaked", "too good", "could be lighter"):
    ...     clause = words.split()
    ...     print(words, polarity_at(clause, len(clause) - 1, opinions))
    really good 1
    not very good -1
    never leaked 1
    too good -1
    could be lighter -1
    """
    scope = clause[max(0, at - 6) : at]
    ends = [
        i
        for i, word in enumerate(scope)
        if word in ("and", ":") or word in COMMAS
    ]
    scope = scope[ends[-1] + 1 :] if ends else scope
    turns = sum(map(_negates, scope, [*scope[1:], ""]))
    if clause[at].endswith("er") or scope[-1:] == [
        "more"
    ]:  # "could be better": it is not
        turns += not WISHES.isdisjoint(scope) and not {
            "be",
            "been",
            "were",
        }.isdisjoint(scope)
    if scope[-1:] == ["too"] and turns == 0:
        return -1
    return opinions.get(clause[at], -1) * (-1) ** turns


def _negates(token: str, following: str) -> bool:
    alone = token in NEGATORS or token.endswith("n't")
    return (alone or (token, following) in NEGATING_PAIRS) and (
        token,
        following,
    ) not in HARMLESS_PAIRS


def is_content(token: str) -> bool:
    """Tell words that may be features or opinions from grammar, numbers and
    marks.

    >>> [token for token in tokenize("It's the 2nd zip, isn't it?") if is_content(token)]
    ['zip']
    """
    stem = token.split("'")[
        0
    ]  # it's, they're, we'd: what stands before the apostrophe decides
    return (
        stem not in STOPWORDS
        and len(stem) > 1
        and stem.isalpha()
        and not token.endswith("n't")
    )


def singular(word: str) -> str:
    """Strip a plural or possessive ending, the same way wherever two words are
    compared.

    >>> [singular(word) for word in ("straps", "strap's", "batteries", "boxes", "class")]
    ['strap', 'strap', 'battery', 'box', 'class']
    """
    word = word.removesuffix("'s").removesuffix("'")
    if len(word) > 4 and word.endswith("ies"):
        return word[:-3] + "y"
    if len(word) > 4 and word.endswith(("sses", "xes", "ches", "shes")):
        return word[:-2]
    return (
        word[:-1]
        if len(word) > 3 and word[-1] == "s" and word[-2] not in "sui"
        else word
    )
