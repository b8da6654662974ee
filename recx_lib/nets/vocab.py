"""Chapter 4: words as numbers. A vocabulary learned from the training
sentences, stretched by what is there to copy.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Sequence

from recx_lib.core.errors import DataError

SPECIALS = ("<pad>", "<bos>", "<eos>", "<unk>")


PAD, BOS, EOS, UNK = range(4)


class Vocab:
    """Number the words 0, 1, 2, …: four marks first (`<pad>`, `<bos>`,
    `<eos>`, `<unk>`), then `words` in order.

    >>> vocab = Vocab(["good", "tent"])
    >>> vocab.encode(["good", "yurt"]), vocab.decode([4, 5, 2])
    ([4, 3], ['good', 'tent'])
    """

    def __init__(self, words: Sequence[str]):
        self.words = [*SPECIALS, *words]
        self._idx = {word: idx for idx, word in enumerate(self.words)}
        if len(self._idx) < len(self.words):
            raise DataError(
                "the vocabulary holds a word twice, or one spelled like a mark (<pad>, <bos>, …)"
            )

    @classmethod
    def build(
        cls, sentences: Iterable[Sequence[str]], min_count: int = 1
    ) -> Vocab:
        """Return the vocabulary of the words seen at least `min_count` times,
        commonest first (ties: alphabetical).

        Pass the TRAINING sentences only, each a list of words; raise DataError
        when no word is left.
        """
        counts = Counter(
            word
            for sentence in sentences
            for word in sentence
            if word not in SPECIALS
        )
        kept = [word for word, count in counts.items() if count >= min_count]
        if not kept:
            raise DataError(
                f"no word occurs {min_count} times or more in the training text: nothing to learn from"
            )
        return cls(sorted(kept, key=lambda word: (-counts[word], word)))

    def __len__(self) -> int:
        return len(self.words)

    def __contains__(self, word: str) -> bool:
        return word in self._idx and word not in SPECIALS

    @property
    def fingerprint(self) -> str:
        """A short hash of all words in order: two models can share weights
        only where it is equal.
        """
        return hashlib.sha256("\n".join(self.words).encode()).hexdigest()[:16]

    def encode(
        self, words: Sequence[str], extra: Sequence[str] = ()
    ) -> list[int]:
        """Return the number of each word; words not in the vocabulary are
        sought in `extra`, else become `<unk>`.

        `extra` stretches the vocabulary by words that may be copied: the first
        one gets the number len(self).

        >>> Vocab(["good"]).encode(["good", "yurt", "tent"], extra=["yurt"])
        [4, 5, 3]
        """
        beyond = {word: len(self) + place for place, word in enumerate(extra)}
        return [
            self._idx[word] if word in self else beyond.get(word, UNK)
            for word in words
        ]

    def decode(
        self, ids: Iterable[int], extra: Sequence[str] = ()
    ) -> list[str]:
        """Return the words of `ids` up to the first `<eos>`, without `<pad>`
        and `<bos>`; the inverse of `encode`.
        """
        words, stretched = [], [*self.words, *extra]
        for idx in ids:
            if idx == EOS:
                break
            if idx not in (PAD, BOS):
                words.append(stretched[idx])
        return words

    def unknown(self, words: Iterable[str]) -> list[str]:
        """Return the distinct words that are not in the vocabulary, in order
        of first appearance.

        >>> Vocab(["good"]).unknown(["a", "good", "yurt", "a"])
        ['a', 'yurt']
        """
        return list(dict.fromkeys(word for word in words if word not in self))
