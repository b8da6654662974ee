"""Chapter 4: two attentions, and a GRU that looks back, copies and writes."""

from __future__ import annotations

from dataclasses import dataclass, replace

import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from recx_lib.nets.batches import Batch
from recx_lib.nets.decoder_state import DecoderState
from recx_lib.nets.sentence_net import (
    STANDARD_NET,
    NetSettings,
    SentenceNet,
)
from recx_lib.nets.vocab import PAD
from recx_lib.nets.weights import start_small


def attend(
    scores: Tensor, values: Tensor, mask: Tensor
) -> tuple[Tensor, Tensor]:
    """Return the weighted sum of `values`, and the weights.

    The weights are the softmax of the scores, (B, T, S); `values` (B, S, D).
    `mask` (B, S) is True where there is a word; the others get weight 0.

    >>> scores = torch.tensor([[[2.0, 2.0, 9.0]]])
    >>> mask = torch.tensor([[True, True, False]])
    >>> attend(scores, torch.eye(3)[None], mask)[1]
    tensor([[[0.5000, 0.5000, 0.0000]]])
    """
    masked = ~mask[:, None, :]  # (B, 1, S)
    scores = scores.masked_fill(masked, torch.finfo(scores.dtype).min)
    weights = scores.softmax(dim=-1).masked_fill(masked, 0.0)
    return weights @ values, weights  # (B, T, D), (B, T, S)


def additive_attention(
    query: Tensor,
    keys: Tensor,
    mask: Tensor,
    w_query: Tensor,
    w_key: Tensor,
    v: Tensor,
) -> tuple[Tensor, Tensor]:
    """Return (context, weights) with score v · tanh(W_q q + W_k k).

    A small network compares each pair. `query` (B, T, D), `keys` (B, S, D),
    `mask` (B, S); `w_query` and `w_key` (A, D), `v` (A,). Source: Bahdanau,
    Cho & Bengio (2015), appendix A.1.2.

    >>> query, keys = torch.zeros(1, 1, 2), torch.tensor([[[1.0, 0], [0, 0]]])
    >>> eye, mask = torch.eye(2), torch.ones(1, 2) > 0
    >>> # tanh(1) = 0.7616 against 0
    >>> additive_attention(query, keys, mask, eye, eye, torch.ones(2))[1]
    tensor([[[0.6817, 0.3183]]])
    """
    asked = (query @ w_query.T)[:, :, None, :]  # (B, T, 1, A)
    offered = (keys @ w_key.T)[:, None, :, :]  # (B, 1, S, A)
    scores = torch.tanh(asked + offered) @ v  # (B, T, S)
    return attend(scores, keys, mask)


def multiplicative_attention(
    query: Tensor, keys: Tensor, mask: Tensor, w: Tensor
) -> tuple[Tensor, Tensor]:
    """Return (context, weights) with score q · W k.

    One matrix product for all pairs. `query` (B, T, D), `keys` (B, S, D),
    `mask` (B, S), `w` (D, D). Source: Luong, Pham & Manning (2015), section
    3.1, "general".

    >>> query = torch.tensor([[[1.0, 0]]])
    >>> keys, mask = torch.tensor([[[1.0, 0], [0, 0]]]), torch.ones(1, 2) > 0
    >>> multiplicative_attention(query, keys, mask, torch.eye(2))[1]  # 1 and 0
    tensor([[[0.7311, 0.2689]]])
    """
    scores = query @ w @ keys.transpose(1, 2)  # (B, T, S)
    return attend(scores, keys, mask)


class AdditiveAttention(nn.Module):
    """`additive_attention` with weights of its own."""

    def __init__(self, width: int):
        super().__init__()
        self.query = nn.Linear(width, width, bias=False)
        self.key = nn.Linear(width, width, bias=False)
        self.v = nn.Linear(width, 1, bias=False)

    def forward(
        self, query: Tensor, keys: Tensor, mask: Tensor
    ) -> tuple[Tensor, Tensor]:
        """Return (context, weights): (B, T, D), (B, T, S)."""
        w_query, w_key = self.query.weight, self.key.weight
        v = self.v.weight[0]
        return additive_attention(query, keys, mask, w_query, w_key, v)


class MultiplicativeAttention(nn.Module):
    """`multiplicative_attention` with a matrix of its own."""

    def __init__(self, width: int):
        super().__init__()
        self.w = nn.Linear(width, width, bias=False)

    def forward(
        self, query: Tensor, keys: Tensor, mask: Tensor
    ) -> tuple[Tensor, Tensor]:
        """Return (context, weights): (B, T, D), (B, T, S)."""
        return multiplicative_attention(query, keys, mask, self.w.weight)


ATTENTION = {
    "additive": AdditiveAttention,
    "multiplicative": MultiplicativeAttention,
}


@dataclass(frozen=True)
class _Source:
    """What the encoder hands over: every word in its context, and a start.

    `words` (B, S, D), `mask` (B, S), `begin` (B, D): the decoder's first
    state, made of the conditions and of what was read.
    """

    words: Tensor
    mask: Tensor
    begin: Tensor


class Seq2Seq(SentenceNet):
    """Write with a GRU that looks back at its sources, and copies from them.

    `attention` is "additive" or "multiplicative"; where it looks is also what
    it copies. Sources: Cho et al. (2014) for the GRU; See, Liu & Manning
    (2017) for copying.
    """

    def __init__(
        self,
        vocab_size: int,
        n_users: int,
        n_items: int,
        width: int = 96,
        attention: str = "additive",
        settings: NetSettings = STANDARD_NET,
    ):
        super().__init__(vocab_size, n_users, n_items, width, settings)
        # vectors of length 1: a GRU does not normalise
        self.apply(lambda module: start_small(module, width**-0.5))
        self.reader = nn.GRU(
            width, width // 2, batch_first=True, bidirectional=True
        )
        self.pair = nn.Linear(2 * width, width)
        self.begin = nn.Linear(5 * width, width)
        self.cell = nn.GRU(2 * width, width, batch_first=True)
        self.attention = ATTENTION[attention](width)
        self.combine = nn.Linear(2 * width, width)

    def encode(self, batch: Batch) -> DecoderState:
        """Read the sources both ways, and begin the decoder.

        It begins with who, what, how rated, which aspect, and what was read.
        """
        mask = batch.source != PAD  # (B, S)
        words, last = self._read_source(batch.source, mask)
        conditions, bias = self.conditions(batch)  # (B, 4, D), (B,)
        # user and item alone foresee the rating
        pair = self.drop(conditions[:, :2].flatten(1))  # (B, 2 D)
        pair = torch.tanh(self.pair(pair))  # (B, D)
        # all four conditions and both ends of the source begin the sentence
        told = torch.cat([conditions.flatten(1), last], dim=1)  # (B, 5 D)
        begin = torch.tanh(self.begin(self.drop(told)))  # (B, D)
        return DecoderState(
            _Source(words, mask, begin),
            batch.source,
            batch.n_extra,
            cache=begin,
            pair=pair,
            rating=self.foresee(pair, bias),
        )

    def _read_source(
        self, source: Tensor, mask: Tensor
    ) -> tuple[Tensor, Tensor]:
        """Return every word in its context, (B, S, D), and both ends, (B, D).

        Padding is packed away, so that the ends are those of the words.
        """
        packed = pack_padded_sequence(
            self.drop(self.embed(source)),
            mask.sum(1),
            batch_first=True,
            enforce_sorted=False,
        )
        words, last = self.reader(packed)
        words, _ = pad_packed_sequence(
            words, batch_first=True, total_length=source.shape[1]
        )
        return self.drop(words), last.transpose(0, 1).flatten(1)

    def read(
        self, state: DecoderState, tokens: Tensor
    ) -> tuple[Tensor, DecoderState]:
        """Take in T more words, (B, T).

        Return what to say next, (B, T, D), and the state after the last word.
        """
        source = state.read
        # 1. the words, and the conditions again at every step
        words = self.drop(self.embed(tokens))  # (B, T, D)
        begin = source.begin[:, None].expand_as(words)
        fed = torch.cat([words, begin], dim=2)  # (B, T, 2 D)
        # 2. remember
        hidden, last = self.cell(fed, state.cache[None])  # and (1, B, D)
        # 3. look back at the source
        context, weights = self.attention(hidden, source.words, source.mask)
        # 4. decide what to say
        both = torch.cat([self.drop(hidden), context], dim=2)  # (B, T, 2 D)
        hidden = self.drop(torch.tanh(self.combine(both)))
        new = replace(state, cache=last[0], attention=weights, maps=())
        return hidden, new
