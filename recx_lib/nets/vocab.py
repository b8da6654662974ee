"""Chapter 4: words as numbers: a vocabulary learned from the training part.

It can be stretched, sentence by sentence, by words that are there to copy.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Sequence

from recx_lib.core.errors import DataError

SPECIALS = ("<pad>", "<bos>", "<eos>", "<unk>", "<sep>")


PAD, BOS, EOS, UNK, SEP = range(5)


class Vocab:
    """Number the words 0, 1, 2, …: five marks first, then `words` in order.

    The marks are `<pad>`, `<bos>`, `<eos>`, `<unk>` and `<sep>`, which closes
    a piece of a source (`<eos>` ends a sentence that is written). A word that
    comes twice, or is spelled like a mark, raises DataError.

    >>> vocab = Vocab(["good", "tent"])
    >>> vocab.encode(["good", "yurt"]), vocab.decode([5, 6, 2])
    ([5, 3], ['good', 'tent'])
    """

    def __init__(self, words: Sequence[str]):
        self.words = [*SPECIALS, *words]
        self._idx = {word: idx for idx, word in enumerate(self.words)}
        if len(self._idx) < len(self.words):
            raise DataError(
                "the vocabulary holds a word twice, or one spelled like a "
                "mark (<pad>, <bos>, …)"
            )

    @classmethod
    def build(
        cls, sentences: Iterable[Sequence[str]], min_count: int = 1
    ) -> Vocab:
        """Return the vocabulary of words seen at least `min_count` times.

        The commonest comes first (ties: alphabetical). Pass the TRAINING
        sentences only, each a list of words; raise DataError when no word is
        left.
        """
        # 1. count every word; a mark spelled out in a text is no word
        counts = Counter()
        for sentence in sentences:
            counts.update(sentence)
        for mark in SPECIALS:
            counts.pop(mark, None)
        # 2. drop the rare ones
        kept = [word for word, count in counts.items() if count >= min_count]
        if not kept:
            raise DataError(
                f"no word occurs {min_count} times or more in the training "
                "text: nothing to learn from"
            )
        # 3. commonest first
        return cls(sorted(kept, key=lambda word: (-counts[word], word)))

    def __len__(self) -> int:
        return len(self.words)

    def __contains__(self, word: str) -> bool:
        return word in self._idx and word not in SPECIALS

    @property
    def fingerprint(self) -> str:
        """A short hash of all words in order.

        Two models can share weights only where it is equal.
        """
        text = "\n".join(self.words)
        return hashlib.sha256(text.encode()).hexdigest()[:16]

    def encode(
        self, words: Sequence[str], extra: Sequence[str] = ()
    ) -> list[int]:
        """Return the number of each word; an unknown one becomes `<unk>`.

        `extra` stretches the vocabulary by words that may be copied: the first
        one gets the number len(self).

        >>> Vocab(["good"]).encode(["good", "yurt", "tent"], extra=["yurt"])
        [5, 6, 3]
        """
        beyond = {word: len(self) + place for place, word in enumerate(extra)}
        return [
            self._idx[word] if word in self else beyond.get(word, UNK)
            for word in words
        ]

    def decode(
        self, ids: Iterable[int], extra: Sequence[str] = ()
    ) -> list[str]:
        """Return the words of `ids` up to `<eos>`: the inverse of `encode`.

        `<pad>` and `<bos>` are left out.
        """
        # what can be copied has numbers behind the known words
        stretched = [*self.words, *extra]
        words = []
        for idx in ids:
            if idx == EOS:
                break
            if idx not in (PAD, BOS):
                words.append(stretched[idx])
        return words

    def unknown(self, words: Iterable[str]) -> list[str]:
        """Return the distinct words not in the vocabulary, first come first.

        >>> Vocab(["good"]).unknown(["a", "good", "yurt", "a"])
        ['a', 'yurt']
        """
        return list(dict.fromkeys(word for word in words if word not in self))
