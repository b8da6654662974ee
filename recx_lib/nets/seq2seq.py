"""Chapter 4: sequence to sequence. Two ways to pay attention, and a GRU that
reads, looks back, copies and writes.
"""

from __future__ import annotations

from dataclasses import replace

import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from recx_lib.nets.batches import Batch
from recx_lib.nets.conditional import SentenceNet, State, start_small
from recx_lib.nets.vocab import PAD


def attend(
    scores: Tensor, values: Tensor, mask: Tensor
) -> tuple[Tensor, Tensor]:
    """Return the weighted sum of `values` (B, S, D) for scores (B, T, S), and
    the weights, their softmax.

    `mask` (B, S) is True where there is a word; the others get weight 0.

    >>> attend(torch.tensor([[[2.0, 2.0, 9.0]]]), torch.eye(3)[None], torch.tensor([[True, True, False]]))[1]
    tensor([[[0.5000, 0.5000, 0.0000]]])
    """
    weights = scores.masked_fill(
        ~mask[:, None, :], torch.finfo(scores.dtype).min
    ).softmax(dim=-1)
    weights = weights.masked_fill(~mask[:, None, :], 0.0)
    return weights @ values, weights  # (B, T, D), (B, T, S)


def additive_attention(
    query: Tensor,
    keys: Tensor,
    mask: Tensor,
    w_query: Tensor,
    w_key: Tensor,
    v: Tensor,
):
    """Return (context, weights) with score v · tanh(W_q q + W_k k): a small
    network compares each pair.

    `query` (B, T, D), `keys` (B, S, D), `mask` (B, S); `w_query` and `w_key`
    (A, D), `v` (A,). Source: Bahdanau, Cho & Bengio (2015), appendix A.1.2.

    >>> q, k, eye, mask = torch.zeros(1, 1, 2), torch.tensor([[[1.0, 0], [0, 0]]]), torch.eye(2), torch.ones(1, 2) > 0
    >>> additive_attention(q, k, mask, eye, eye, torch.ones(2))[1]  # tanh(1) = 0.7616 against 0
    tensor([[[0.6817, 0.3183]]])
    """
    pairs = (query @ w_query.T)[:, :, None, :] + (keys @ w_key.T)[
        :, None, :, :
    ]  # (B, T, S, A)
    return attend(torch.tanh(pairs) @ v, keys, mask)


def multiplicative_attention(
    query: Tensor, keys: Tensor, mask: Tensor, w: Tensor
):
    """Return (context, weights) with score q · W k: one matrix product for all
    pairs.

    `query` (B, T, D), `keys` (B, S, D), `mask` (B, S), `w` (D, D). Source:
    Luong, Pham & Manning (2015), section 3.1, "general".

    >>> q, k = torch.tensor([[[1.0, 0]]]), torch.tensor([[[1.0, 0], [0, 0]]])
    >>> multiplicative_attention(q, k, torch.ones(1, 2) > 0, torch.eye(2))[1]  # 1 against 0
    tensor([[[0.7311, 0.2689]]])
    """
    return attend(query @ w @ keys.transpose(1, 2), keys, mask)


class AdditiveAttention(nn.Module):
    """`additive_attention` with weights of its own."""

    def __init__(self, width: int):
        super().__init__()
        self.query, self.key = (
            nn.Linear(width, width, bias=False),
            nn.Linear(width, width, bias=False),
        )
        self.v = nn.Linear(width, 1, bias=False)

    def forward(
        self, query: Tensor, keys: Tensor, mask: Tensor
    ) -> tuple[Tensor, Tensor]:
        return additive_attention(
            query,
            keys,
            mask,
            self.query.weight,
            self.key.weight,
            self.v.weight[0],
        )


class MultiplicativeAttention(nn.Module):
    """`multiplicative_attention` with a matrix of its own."""

    def __init__(self, width: int):
        super().__init__()
        self.w = nn.Linear(width, width, bias=False)

    def forward(
        self, query: Tensor, keys: Tensor, mask: Tensor
    ) -> tuple[Tensor, Tensor]:
        return multiplicative_attention(query, keys, mask, self.w.weight)


ATTENTION = {
    "additive": AdditiveAttention,
    "multiplicative": MultiplicativeAttention,
}


class Seq2Seq(SentenceNet):
    """Write a rationale with a GRU that looks back at its sources: encoder,
    attention, decoder, copy gate.

    `attention` is "additive" or "multiplicative"; where it looks is also what
    it copies. Other arguments: see `SentenceNet`. Sources: Cho et al. (2014) for
    the GRU; See, Liu & Manning (2017) for copying.
    """

    def __init__(self, vocab_size: int, n_users: int, n_items: int, width: int = 96, attention: str = "additive",
                 dropout: float = 0.2, **conditions):  # fmt: skip
        super().__init__(
            vocab_size, n_users, n_items, width, dropout, **conditions
        )
        self.apply(
            lambda module: start_small(module, width**-0.5)
        )  # vectors of length 1: a GRU does not normalise
        self.reader = nn.GRU(
            width, width // 2, batch_first=True, bidirectional=True
        )
        self.pair, self.begin = (
            nn.Linear(2 * width, width),
            nn.Linear(5 * width, width),
        )
        self.cell, self.attention = (
            nn.GRU(2 * width, width, batch_first=True),
            ATTENTION[attention](width),
        )
        self.combine = nn.Linear(2 * width, width)

    def encode(self, batch: Batch) -> State:
        """Read the sources both ways; begin the decoder from who, what, how
        rated, which aspect, and what was read.
        """
        mask = batch.source != PAD
        memory, last = self._read_source(batch.source, mask)
        conditions, bias = self.conditions(batch)  # (B, 4, D)
        pair = torch.tanh(self.pair(self.drop(conditions[:, :2].flatten(1))))
        begin = torch.tanh(
            self.begin(
                self.drop(torch.cat([conditions.flatten(1), last], dim=1))
            )
        )  # (B, D)
        return State(
            (memory, mask, begin),
            batch.source,
            batch.n_extra,
            begin,
            pair,
            self.foresee(pair, bias),
        )

    def _read_source(
        self, source: Tensor, mask: Tensor
    ) -> tuple[Tensor, Tensor]:
        """(B, S) → every word in its context, (B, S, D), and both ends
        together, (B, D).
        """
        packed = pack_padded_sequence(
            self.drop(self.embed(source)),
            mask.sum(1),
            batch_first=True,
            enforce_sorted=False,
        )
        memory, last = self.reader(packed)
        memory, _ = pad_packed_sequence(
            memory, batch_first=True, total_length=source.shape[1]
        )
        return self.drop(memory), last.transpose(0, 1).flatten(1)

    def read(self, state: State, tokens: Tensor) -> tuple[Tensor, State]:
        """Take in T more words, (B, T); return what to say next, (B, T, D),
        and the state after the last word.
        """
        memory, mask, begin = state.memory
        words = self.drop(self.embed(tokens))
        fed = torch.cat(
            [words, begin[:, None].expand_as(words)], dim=2
        )  # the conditions go in at every step
        hidden, last = self.cell(
            fed, state.cache[None]
        )  # (B, T, D), (1, B, D)
        context, weights = self.attention(hidden, memory, mask)
        hidden = torch.tanh(
            self.combine(torch.cat([self.drop(hidden), context], dim=2))
        )
        return self.drop(hidden), replace(
            state, cache=last[0], attention=weights, maps=()
        )
