"""Chapter 1: from a text to sentences, clauses and tokens; what "not" does."""

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


# what may stand between "is" and "great"
FILLERS = DETERMINERS | INTENSIFIERS | NEGATORS


BE = {"be", "been", "were"}


NUMBER = r"\d+(?:[.,]\d+)+"


WORD = r"[^\W_]+(?:'[^\W_]+)*"


MARK = r"[.,;:!?()…–—。，！？；：、]|(?<!\w)-+(?!\w)"


_TOKEN = re.compile(f"{NUMBER}|{WORD}|{MARK}")


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
        before = clause[-1] if clause else ""
        # "anything but good" is one statement
        goes_on = token == "but" and before in ("anything", "nothing")
        if goes_on or token not in _CLAUSE_END:
            clause.append(token)
        # an empty clause is none
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
    >>> for text in ("not very good", "never leaked", "could be lighter"):
    ...     clause = text.split()
    ...     print(text, polarity_at(clause, len(clause) - 1, opinions))
    not very good -1
    never leaked 1
    could be lighter -1
    """
    scope = _scope(clause, at)
    before = scope[-1] if scope else ""
    # 1. each negation turns it
    turns = sum(map(_negates, scope, [*scope[1:], ""]))
    # 2. "could be better": it is not
    is_comparative = clause[at].endswith("er") or before == "more"
    if is_comparative and WISHES & set(scope) and BE & set(scope):
        turns += 1
    # 3. "too good" is a complaint, "not too good" is none of that kind
    if before == "too" and turns == 0:
        return -1
    return opinions.get(clause[at], -1) * (-1) ** turns


def _scope(clause: list[str], at: int) -> list[str]:
    """Return the words, at most six, that may turn the one at position `at`:
    from the last comma, colon or "and" on.
    """
    scope = clause[max(0, at - 6) : at]
    for i in reversed(range(len(scope))):
        if scope[i] in ("and", ":") or scope[i] in COMMAS:
            return scope[i + 1 :]
    return scope


def _negates(token: str, following: str) -> bool:
    pair = token, following
    if pair in HARMLESS_PAIRS:
        return False
    is_negator = token in NEGATORS or token.endswith("n't")
    return is_negator or pair in NEGATING_PAIRS


def is_content(token: str) -> bool:
    """Tell words that may be terms or opinions from grammar, numbers and
    marks.

    >>> list(filter(is_content, tokenize("It's the 2nd zip, isn't it?")))
    ['zip']
    """
    # it's, they're, we'd: what stands before the apostrophe decides
    stem = token.split("'")[0]
    if stem in STOPWORDS or token.endswith("n't"):
        return False
    return len(stem) > 1 and stem.isalpha()


def singular(word: str) -> str:
    """Strip a plural or possessive ending, the same way wherever two words are
    compared.

    >>> [singular(word) for word in ("straps", "batteries", "boxes", "class")]
    ['strap', 'battery', 'box', 'class']
    """
    # a possessive first, then a plural, the longest ending first
    word = word.removesuffix("'s").removesuffix("'")
    if len(word) > 4 and word.endswith("ies"):
        return word[:-3] + "y"
    if len(word) > 4 and word.endswith(("sses", "xes", "ches", "shes")):
        return word[:-2]
    if len(word) > 3 and word[-1] == "s" and word[-2] not in "sui":
        return word[:-1]
    return word
