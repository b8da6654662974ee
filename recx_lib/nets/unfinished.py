"""Chapters 4 and 5: sentences while they are being written, word by word."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import torch
from torch import Tensor

from recx_lib.nets.batches import Batch, select
from recx_lib.nets.vocab import BOS, Vocab


@dataclass(frozen=True)
class Written:
    """A finished sentence: words, log-probability, and where it looked.

    `log_prob` is the net's own, in nats. `attention` is (T, S): for each word,
    the weights on the S source words in the very pass that chose it.
    """

    words: tuple[str, ...]
    log_prob: float
    attention: Tensor = field(repr=False, compare=False)

    @property
    def text(self) -> str:
        """The words, joined by spaces."""
        return " ".join(self.words)


@dataclass(frozen=True)
class Drafts:
    """N sentences being written.

    `row` (N,) says which of the batch × copies each one is; the others have
    left. `state` is what the net keeps of them.
    """

    state: object
    row: Tensor
    written: Tensor  # (N, 1 + t) word numbers, from <bos> on
    log_prob: Tensor  # (N,) the net's own
    score: Tensor  # (N,) after the limits
    looked: Tensor  # (N, t, S)

    @classmethod
    def begin(cls, net, batch: Batch, copies: int = 1) -> Drafts:
        """Read the batch once; begin `copies` sentences a row."""
        row = torch.arange(len(batch) * copies)  # (N,)
        state = net.start(batch)
        if copies > 1:
            state = net.reorder(state, row // copies)
        written = torch.full((len(row), 1), BOS)
        zeros = torch.zeros(len(row))
        nowhere = torch.zeros(len(row), 0, 1)
        return cls(state, row, written, zeros, zeros, nowhere)

    @property
    def last(self) -> Tensor:
        """The last word of each, (N,)."""
        return self.written[:, -1]

    @property
    def length(self) -> int:
        """How many words each has, `<bos>` apart."""
        return self.written.shape[1] - 1

    def look(self, net) -> tuple[Tensor, Drafts]:
        """Let the net take in the last word.

        Return its log-probabilities for the next, (N, V'), and the drafts.
        """
        log_probs, state = net.step(self.state, self.last)
        looked = state.attention  # (N, 1, S)
        if self.length:
            looked = torch.cat([self.looked, looked], dim=1)
        return log_probs, replace(self, state=state, looked=looked)

    def add(self, word: Tensor, log_prob: Tensor, score: Tensor) -> Drafts:
        """Return the drafts one word longer; all arguments (N,)."""
        written = torch.cat([self.written, word[:, None]], dim=1)
        log_prob, score = self.log_prob + log_prob, self.score + score
        return replace(self, written=written, log_prob=log_prob, score=score)

    def take(self, places: Tensor) -> Drafts:
        """Return the drafts at `places`, without a state to go on from.

        One may be taken several times.
        """
        return select(replace(self, state=None), places)

    def keep(self, net, places: Tensor) -> Drafts:
        """Return the drafts at `places`, ready to go on."""
        state = net.reorder(self.state, places)
        return replace(self.take(places), state=state)

    def sentence(
        self, place: int, vocab: Vocab, extra: Sequence[str]
    ) -> Written:
        """Return one draft as words."""
        ids = self.written[place].tolist()
        words = tuple(vocab.decode(ids, extra))
        looked = self.looked[place, : len(words)]
        return Written(words, self.log_prob[place].item(), looked)
