"""Chapter 5: attention, masks, heads, layers, and a Transformer that is told who and what, and writes why."""

from __future__ import annotations

import math
from dataclasses import replace

import torch
from torch import Tensor, nn

from recx_lib.batches import Batch
from recx_lib.data import DataError
from recx_lib.vocab import PAD
from recx_lib.writer import State, Writer, start_small

KeysValues = tuple[Tensor, Tensor]  # each (B, H, S, D / H)


def scaled_dot_product_attention(q: Tensor, k: Tensor, v: Tensor, mask: Tensor | None = None,
                                 drop: nn.Module | None = None) -> tuple[Tensor, Tensor]:  # fmt: skip
    """Return softmax(q kᵀ / √D) v, (…, T, D), and the weights, (…, T, S), as they were before dropout.

    `q` (…, T, D), `k` and `v` (…, S, D); `mask` is True where a query may look. Rows of weights sum to 1, masked
    columns are 0; a row that may look nowhere gets zeros. Source: Vaswani et al. (2017), equation 1.

    >>> q, k = torch.tensor([[1.0, 0.0]]), torch.tensor([[2.0, 0.0], [0.0, 2.0]])
    >>> scaled_dot_product_attention(q, k, v=k)[1]
    tensor([[0.8044, 0.1956]])
    """
    scores = q @ k.transpose(-2, -1) / math.sqrt(q.shape[-1])  # (…, T, S)
    if mask is not None:
        scores = scores.masked_fill(~mask, torch.finfo(scores.dtype).min)
    weights = scores.softmax(dim=-1)
    if mask is not None:
        weights = weights.masked_fill(~mask, 0.0)
    return (weights if drop is None else drop(weights)) @ v, weights


def causal_mask(n_new: int, n_past: int = 0) -> Tensor:
    """Return who may look at whom, (n_new, n_past + n_new): each new word at all that went before, and at itself.

    >>> causal_mask(2, n_past=1).int()
    tensor([[1, 1, 0],
            [1, 1, 1]], dtype=torch.int32)
    """
    return torch.ones(n_new, n_past + n_new, dtype=torch.bool).tril(n_past)


def padding_mask(tokens: Tensor) -> Tensor:
    """Return True where there is a word and False on `<pad>`, (B, S) → (B, 1, 1, S): for all heads and queries.

    >>> padding_mask(torch.tensor([[7, 8, 0]])).int()
    tensor([[[[1, 1, 0]]]], dtype=torch.int32)
    """
    return (tokens != PAD)[:, None, None, :]


class MultiHeadAttention(nn.Module):
    """Attend with `heads` small attentions side by side, each on its own share of the width; return their mix.

    Raise DataError when the width cannot be shared out evenly.

    >>> MultiHeadAttention(width=8, heads=2)(torch.zeros(1, 3, 8))[2].shape  # weights: (B, H, T, S)
    torch.Size([1, 2, 3, 3])
    """

    def __init__(self, width: int, heads: int, dropout: float = 0.0):
        super().__init__()
        if width % heads:
            raise DataError(f"width {width} cannot be shared by {heads} heads: make it a multiple")
        self.heads, self.drop = heads, nn.Dropout(dropout)
        self.q, self.kv, self.out = nn.Linear(width, width), nn.Linear(width, 2 * width), nn.Linear(width, width)

    def split(self, x: Tensor) -> Tensor:
        """(B, T, D) → (B, H, T, D / H)"""
        return x.unflatten(-1, (self.heads, -1)).transpose(1, 2)

    def keys_values(self, x: Tensor) -> KeysValues:
        """Return what `x`, (B, S, D), offers to be looked up: computed once, kept as the cache."""
        keys, values = self.kv(x).chunk(2, dim=-1)
        return self.split(keys).contiguous(), self.split(values).contiguous()

    def look_up(self, x: Tensor, offered: KeysValues, mask: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """Return what `x`, (B, T, D), finds in keys and values, (B, T, D), and where it looked, (B, H, T, S)."""
        found, weights = scaled_dot_product_attention(self.split(self.q(x)), *offered, mask, self.drop)
        return self.out(found.transpose(1, 2).flatten(-2)), weights  # heads side by side again

    def forward(self, x: Tensor, mask: Tensor | None = None,
                past: KeysValues | None = None) -> tuple[Tensor, KeysValues, Tensor]:  # fmt: skip
        """Let `x` look at itself and at the cached `past`; return the result, the longer cache, and the weights."""
        offered = self.keys_values(x)
        if past is not None:
            offered = tuple(torch.cat(pair, dim=2) for pair in zip(past, offered, strict=True))
        found, weights = self.look_up(x, offered, mask)
        return found, offered, weights


class Block(nn.Module):
    """One layer: look at the words (self), perhaps at a source (cross), then think (MLP); normalise before each.

    The layout is GPT-2's (Radford et al., 2019): x + f(norm(x)), four times the width inside, GELU.
    """

    def __init__(self, width: int, heads: int, dropout: float = 0.0, cross: bool = False):
        super().__init__()
        self.norm_self, self.attend = nn.LayerNorm(width), MultiHeadAttention(width, heads, dropout)
        self.norm_cross = nn.LayerNorm(width) if cross else None
        self.cross = MultiHeadAttention(width, heads, dropout) if cross else None
        self.norm_mlp, self.drop = nn.LayerNorm(width), nn.Dropout(dropout)
        self.mlp = nn.Sequential(nn.Linear(width, 4 * width), nn.GELU(), nn.Linear(4 * width, width))

    def forward(self, x: Tensor, mask: Tensor | None = None, past: KeysValues | None = None,
                source: KeysValues | None = None, source_mask: Tensor | None = None):  # fmt: skip
        """Return x (B, T, D), the cache, and the maps (self (B, H, T, past + T), cross (B, H, T, S) or None)."""
        found, cache, self_map = self.attend(self.norm_self(x), mask, past)
        x, cross_map = x + self.drop(found), None
        if self.cross is not None:
            found, cross_map = self.cross.look_up(self.norm_cross(x), source, source_mask)
            x = x + self.drop(found)
        return x + self.drop(self.mlp(self.norm_mlp(x))), cache, (self_map, cross_map)


class Encoder(nn.Module):
    """Read a source both ways: words and places, `layers` blocks without a causal mask, a last normalisation."""

    def __init__(self, width: int, heads: int, layers: int, dropout: float, max_source: int):
        super().__init__()
        self.places = nn.Embedding(max_source, width)
        self.blocks = nn.ModuleList(Block(width, heads, dropout) for _ in range(layers))
        self.norm, self.drop = nn.LayerNorm(width), nn.Dropout(dropout)

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        """(B, S, D) word vectors, mask (B, 1, 1, S) → (B, S, D)"""
        x = self.drop(x + self.places.weight[: x.shape[1]])
        for block in self.blocks:
            x, _, _ = block(x, mask)
        return self.norm(x)


class RationaleTransformer(Writer):
    """Write a rationale with a decoder whose first four places are user, item, rating and aspect.

    Rating and bag of words are predicted at the item's place, before the rating and the aspect are seen (PETER: Li,
    Zhang & Chen, 2021); `sources` are read by an encoder, looked at by cross-attention, and copied from by a pointer.
    Other arguments: see `Writer`. Lengths beyond `max_source` (words read) or `max_target` (written) raise DataError.
    """

    def __init__(self, vocab_size: int, n_users: int, n_items: int, width: int = 96, heads: int = 4, layers: int = 2,
                 encoder_layers: int = 1, dropout: float = 0.2, max_source: int = 48, max_target: int = 32,
                 **conditions):  # fmt: skip
        super().__init__(vocab_size, n_users, n_items, width, dropout, **conditions)
        self.encoder = Encoder(width, heads, encoder_layers, dropout, max_source)
        self.places = nn.Embedding(4 + max_target, width)
        self.blocks = nn.ModuleList(Block(width, heads, dropout, cross=True) for _ in range(layers))
        self.norm, self.pointer = nn.LayerNorm(width), MultiHeadAttention(width, 1)
        self.apply(start_small)
        nn.init.normal_(self.words.weight, std=width**-0.5)  # vectors of length 1: beside places, words are heard

    def encode(self, batch: Batch) -> State:
        """Read the sources, then the four conditions; foresee the rating at the item's place."""
        mask = padding_mask(batch.source)
        memory = self.encoder(self._within(batch.source, self.encoder.places), mask)
        offered = [block.cross.keys_values(memory) for block in self.blocks]
        read = (offered, self.pointer.keys_values(memory), mask)
        conditions, bias = self.conditions(batch)  # (B, 4, D), (B,)
        hidden, state = self._advance(State(read, batch.source, batch.n_extra), conditions)
        return replace(state, pair=hidden[:, 1], rating=self.foresee(hidden[:, 1], bias))

    def read(self, state: State, tokens: Tensor) -> tuple[Tensor, State]:
        """Take in T more words, (B, T); return what each place knows, (B, T, D), and the grown state."""
        return self._advance(state, self.embed(tokens))

    def _within(self, tokens: Tensor, places: nn.Embedding) -> Tensor:
        if tokens.shape[1] > places.num_embeddings:
            raise DataError(f"{tokens.shape[1]} words, but the model reads {places.num_embeddings}: cut in collate()")
        return self.embed(tokens)

    def _advance(self, state: State, x: Tensor) -> tuple[Tensor, State]:
        """Run T new vectors, (B, T, D), through the decoder behind those in the cache."""
        offered, pointed, source_mask = state.memory
        past = state.cache or [None] * len(self.blocks)
        n_past, n_new = past[0][0].shape[2] if state.cache else 0, x.shape[1]
        if n_past + n_new > self.places.num_embeddings:
            raise DataError(f"{n_past + n_new - 4} words are more than max_target={self.places.num_embeddings - 4}")
        x = self.drop(x + self.places.weight[n_past : n_past + n_new])
        mask = causal_mask(n_new, n_past) if n_new > 1 else None  # one new word may look at everything
        cache, maps = [], []
        for block, before, source in zip(self.blocks, past, offered, strict=True):
            x, present, seen = block(x, mask, before, source, source_mask)
            cache, maps = [*cache, present], [*maps, seen]
        hidden = self.norm(x)
        attention = self.pointer.look_up(hidden, pointed, source_mask)[1][:, 0]  # (B, T, S)
        return hidden, replace(state, cache=cache, attention=attention, maps=tuple(maps))
