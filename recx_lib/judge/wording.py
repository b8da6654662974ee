"""Chapter 6: do sentences repeat themselves, and all say the same word?

Words as in `overlap`: lower case, cut at spaces, the first 15. A content word
is one that may name or judge something: no stop word, number or mark.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from recx_lib.core.errors import DataError
from recx_lib.data.tokens import is_content
from recx_lib.judge.overlap import split_words


def content_words(sentence: str) -> list[str]:
    """Return the content words, in order, as often as they come.

    Raise DataError for what is no text, such as None or NaN.

    >>> content_words("It is a great tent , a GREAT one")
    ['great', 'tent', 'great']
    """
    return list(filter(is_content, split_words(sentence)))


def repeats(sentence: str) -> bool:
    """Tell whether a content word comes twice.

    >>> repeats("a great tent with a great zip"), repeats("the tent , the zip")
    (True, False)
    """
    words = content_words(sentence)
    return len(set(words)) < len(words)


def commonest_word(sentences: Sequence[str]) -> str:
    """Return the content word that most sentences hold.

    Of equals the first in the alphabet; "" where no sentence holds any. Raise
    DataError without a sentence.

    >>> commonest_word(["a great tent", "great , great", "the zip leaks"])
    'great'
    """
    if len(sentences) == 0:
        raise DataError(
            "the commonest word of no sentences: pass at least one"
        )
    holding = Counter()  # how many sentences hold it, not how often it comes
    for sentence in sentences:
        holding.update(set(content_words(sentence)))
    return min(holding, key=lambda word: (-holding[word], word), default="")


def share_holding(word: str, sentences: Sequence[str]) -> float:
    """Return the share of the sentences that hold a word.

    Raise DataError without a sentence.

    >>> share_holding("great", ["a great tent", "great , great", "it leaks"])
    0.6666666666666666
    """
    if len(sentences) == 0:
        raise DataError("a share of no sentences: pass at least one")
    n_holding = sum(word in split_words(text) for text in sentences)
    return n_holding / len(sentences)
