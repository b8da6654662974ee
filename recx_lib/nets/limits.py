"""Chapter 4: what a sentence must and must not say.

Such limits become numbers: a forbidden word's score is set to minus infinity
before the next word is chosen.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from recx_lib.core.errors import DataError
from recx_lib.nets.batches import Batch
from recx_lib.nets.vocab import BOS, EOS, PAD, SEP, UNK, Vocab

NEVER = [PAD, BOS, UNK, SEP]  # marks that are no words


@dataclass(frozen=True)
class Limits:
    """What a sentence must obey, whatever the net would like.

    The marks `<pad>`, `<bos>`, `<unk>` and `<sep>` are never written, nor is
    an empty sentence. `max_len` words at most. `no_repeat` n > 0: no n words
    in a row twice (where nothing else is left, the sentence ends).
    `repeat_penalty`: nats taken off a word for each time it stands in the
    sentence already.
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
    """Return the numbers that would complete a run of `n` words seen before.

    `past` are the words so far; none is returned for n = 0.

    >>> repeated([7, 8, 9, 7, 8], n=3)
    [9]
    """
    if n == 0:
        return []
    begun = list(past[len(past) - n + 1 :])  # the last n - 1 words
    found = []
    for start in range(len(past) - n + 1):
        *before, last = past[start : start + n]
        if before == begun:
            found.append(last)
    return found


class Limiter:
    """Apply limits to scores, step by step (a "logits processor").

    Each row of the batch is written `copies` times. `never` and `must` hold,
    for each row, the word numbers that are forbidden and that it owes.
    """

    def __init__(
        self, limits: Limits, batch: Batch, vocab: Vocab, copies: int = 1
    ):
        self.limits = limits
        self.copies = copies
        self.n_vocab = len(vocab)
        # how far each row's own words reach, (B,)
        n_words = [len(vocab) + len(extra) for extra in batch.extra]
        self.n_words = torch.tensor(n_words)
        self.never = []
        for extra in batch.extra:
            forbidden = vocab.encode(limits.never, extra)
            known = [idx for idx in forbidden if idx != UNK]
            self.never.append([*NEVER, *known])
        wanted = limits.must_contain
        if wanted is None:
            wanted = [()] * len(batch)
        if len(wanted) != len(batch):
            raise DataError(
                f"must_contain has {len(wanted)} entries for {len(batch)} "
                "rows: give one list per row"
            )
        self.must = []
        for row, words in enumerate(wanted):
            ids = vocab.encode(words, batch.extra[row])
            self.must.append(self._owed(row, words, ids))

    def _owed(
        self, row: int, words: Sequence[str], ids: list[int]
    ) -> frozenset[int]:
        """Return the numbers of the words owed by a row.

        Raise DataError where they cannot all be written.
        """
        # 1. Each word can be said, and may be said.
        for word, idx in zip(words, ids, strict=True):
            if idx == UNK:
                raise DataError(
                    f"row {row} must contain {word!r}: not in the "
                    "vocabulary, nor in its sources to copy"
                )
            if idx in self.never[row]:
                raise DataError(
                    f"row {row} must contain {word!r}, which is also "
                    "forbidden: drop one of the two limits"
                )
        # 2. There is room for all of them.
        owed = frozenset(ids)
        if len(owed) > self.limits.max_len:
            raise DataError(
                f"row {row} must contain {len(owed)} words, but may have "
                f"{self.limits.max_len}"
            )
        return owed

    def is_last(self, word: Tensor, length: int) -> Tensor:
        """Return where a sentence ends with its `length`-th word.

        It does at `<eos>`, or when it is as long as allowed.
        """
        return (word == EOS) | (length >= self.limits.max_len)

    def apply(
        self, log_probs: Tensor, written: Tensor, rows: Tensor
    ) -> Tensor:
        """Return the scores of the next word, (N, V'), after all limits.

        `written` (N, 1 + t) are the words so far, `rows` (N,) say whose.
        Raise DataError where every word is forbidden.
        """
        limits, past = self.limits, written[:, 1:]  # without <bos>
        row = rows // self.copies  # (N,)
        # 1. what is said already costs
        penalty = torch.full(past.shape, -limits.repeat_penalty)
        scores = log_probs.scatter_add(1, past, penalty)
        # 2. the other rows' own words, the marks, an empty sentence
        beyond = torch.arange(self.n_vocab, scores.shape[1])
        foreign = beyond >= self.n_words[row][:, None]  # (N, n_extra)
        scores[:, self.n_vocab :].masked_fill_(foreign, -torch.inf)
        forbidden = NEVER if past.shape[1] else [*NEVER, EOS]
        scores[:, forbidden] = -torch.inf
        # 3. what each sentence may not say, and owes
        owes = limits.must_contain is not None
        if owes or limits.never or limits.no_repeat:
            each = zip(scores, past.tolist(), row.tolist(), strict=True)
            for score, words, number in each:
                self._restrict(score, words, number)
        return scores

    def _restrict(self, score: Tensor, past: list[int], row: int) -> None:
        """Rule out words of one sentence, in place."""
        # 1. words never allowed, and runs of words said already
        run = repeated(past, self.limits.no_repeat)
        score[[*self.never[row], *run]] = -torch.inf
        # 2. no end before all is said
        owed = list(self.must[row].difference(past))
        if owed:
            score[EOS] = -torch.inf
        # 3. nothing else when only room for that is left
        room = self.limits.max_len - len(past)
        if owed and len(owed) >= room:
            keep = score[owed]
            score[:] = -torch.inf
            score[owed] = keep
        if score.max() == -torch.inf:
            raise DataError(
                f"row {row}: every word is forbidden, so no sentence can "
                "begin; allow some"
            )
