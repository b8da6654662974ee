"""Chapter 4: what a sentence must and must not say, as numbers set to minus
infinity before the next word is chosen.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from recx_lib.core.errors import DataError
from recx_lib.nets.batches import Batch
from recx_lib.nets.vocab import BOS, EOS, PAD, UNK, Vocab

NEVER = [PAD, BOS, UNK]  # marks that are no words


@dataclass(frozen=True)
class Limits:
    """What a sentence must obey; the marks `<pad>`, `<bos>` and `<unk>` are
    never written, nor is an empty sentence.

    `max_len` words at most. `no_repeat` n > 0: no n words in a row twice
    (where nothing else is left, the sentence ends). `repeat_penalty`: nats
    taken off a word for each time it stands in the sentence already.
    `must_contain`: for each row the words that have to appear; the sentence
    may not end before, and when only as many places as missing words are left,
    they are put in. `never`: words that may not be used.
    """

    max_len: int = 15
    no_repeat: int = 0
    repeat_penalty: float = 0.0
    must_contain: Sequence[Sequence[str]] | None = None
    never: Sequence[str] = ()


NO_LIMITS = Limits()


def repeated(past: Sequence[int], n: int) -> list[int]:
    """Return the numbers that would complete a run of `n` words seen before in
    `past`; none for n = 0.

    >>> repeated([7, 8, 9, 7, 8], n=3)
    [9]
    """
    runs = (
        [tuple(past[i : i + n]) for i in range(len(past) - n + 1)] if n else []
    )
    return [
        run[-1] for run in runs if run[:-1] == tuple(past[len(past) - n + 1 :])
    ]


class Limiter:
    """The limits as numbers, row by row: `must` holds the word numbers that
    each row still owes.
    """

    def __init__(
        self, limits: Limits, batch: Batch, vocab: Vocab, copies: int
    ):
        self.limits, self.copies, self.n_vocab = limits, copies, len(vocab)
        self.n_words = torch.tensor(
            [len(vocab) + len(extra) for extra in batch.extra]
        )  # (B,)
        wanted = (
            limits.must_contain
            if limits.must_contain is not None
            else [()] * len(batch)
        )
        if len(wanted) != len(batch):
            raise DataError(
                f"must_contain has {len(wanted)} entries for {len(batch)} rows: give one list per row"
            )
        self.never = [
            [*NEVER, *self._known(limits.never, vocab, extra)]
            for extra in batch.extra
        ]
        self.must = [
            self._owed(words, vocab, row, batch)
            for row, words in enumerate(wanted)
        ]

    def _known(
        self, words: Sequence[str], vocab: Vocab, extra: Sequence[str]
    ) -> list[int]:
        return [idx for idx in vocab.encode(words, extra) if idx != UNK]

    def _owed(
        self, words: Sequence[str], vocab: Vocab, row: int, batch: Batch
    ) -> frozenset[int]:
        """Return the numbers of the words owed by a row; raise DataError where
        they cannot all be written.
        """
        numbers = dict(
            zip(words, vocab.encode(words, batch.extra[row]), strict=True)
        )
        for word, idx in numbers.items():
            if idx == UNK:
                raise DataError(
                    f"row {row} must contain {word!r}: not in the vocabulary, nor in its sources to copy"
                )
            if idx in self.never[row]:
                raise DataError(
                    f"row {row} must contain {word!r}, which is also forbidden: drop one of the two limits"
                )
        if len(numbers) > self.limits.max_len:
            raise DataError(
                f"row {row} must contain {len(numbers)} words, but may have {self.limits.max_len}"
            )
        return frozenset(numbers.values())

    def apply(
        self, log_probs: Tensor, written: Tensor, rows: Tensor
    ) -> Tensor:
        """Return the scores of the next word, (N, V'), after all limits;
        `written` (N, 1 + t), `rows` (N,) say whose.
        """
        past = written[:, 1:]  # without <bos>
        scores = log_probs.scatter_add(
            1, past, torch.full(past.shape, -self.limits.repeat_penalty)
        )
        beyond = torch.arange(self.n_vocab, scores.shape[1])
        scores[:, self.n_vocab :].masked_fill_(
            beyond >= self.n_words[rows // self.copies][:, None], -torch.inf
        )
        scores[:, NEVER if past.shape[1] else [*NEVER, EOS]] = -torch.inf
        if (
            self.limits.never
            or self.limits.no_repeat
            or self.limits.must_contain is not None
        ):
            for score, words, row in zip(
                scores, past.tolist(), rows.tolist(), strict=True
            ):
                self._restrict(score, words, row // self.copies)
        return scores

    def _restrict(self, score: Tensor, past: list[int], row: int) -> None:
        """Rule out words of one row, in place; raise DataError where not even
        a first word is left.
        """
        score[
            [*self.never[row], *repeated(past, self.limits.no_repeat)]
        ] = -torch.inf
        owed = list(self.must[row].difference(past))
        if owed:
            score[EOS] = -torch.inf
        if owed and len(owed) >= self.limits.max_len - len(past):
            score[
                [idx for idx in range(len(score)) if idx not in owed]
            ] = -torch.inf
        if score.max() == -torch.inf:
            raise DataError(
                f"row {row}: every word is forbidden, so no sentence can begin; allow some"
            )
