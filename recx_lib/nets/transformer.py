"""Chapter 5: attention, masks, heads, layers, and a Transformer that is told
who and what, and writes why.
"""

from __future__ import annotations

from dataclasses import replace

from torch import Tensor, nn

from recx_lib.core.errors import DataError
from recx_lib.nets.attention import (
    KeysValues,
    MultiHeadAttention,
    causal_mask,
    padding_mask,
)
from recx_lib.nets.batches import Batch
from recx_lib.nets.conditional import SentenceNet, State, start_small


class Block(nn.Module):
    """One layer: look at the words (self), perhaps at a source (cross), then
    think (MLP); normalise before each.

    The layout is GPT-2's (Radford et al., 2019): x + f(norm(x)), four times
    the width inside, GELU.
    """

    def __init__(
        self, width: int, heads: int, dropout: float = 0.0, cross: bool = False
    ):
        super().__init__()
        self.norm_self, self.attend = (
            nn.LayerNorm(width),
            MultiHeadAttention(width, heads, dropout),
        )
        self.norm_cross = nn.LayerNorm(width) if cross else None
        self.cross = (
            MultiHeadAttention(width, heads, dropout) if cross else None
        )
        self.norm_mlp, self.drop = nn.LayerNorm(width), nn.Dropout(dropout)
        self.mlp = nn.Sequential(
            nn.Linear(width, 4 * width), nn.GELU(), nn.Linear(4 * width, width)
        )

    def forward(self, x: Tensor, mask: Tensor | None = None, past: KeysValues | None = None,
                source: KeysValues | None = None, source_mask: Tensor | None = None):  # fmt: skip
        """Return x (B, T, D), the cache, and the maps (self (B, H, T, past +
        T), cross (B, H, T, S) or None).
        """
        found, cache, self_map = self.attend(self.norm_self(x), mask, past)
        x, cross_map = x + self.drop(found), None
        if self.cross is not None:
            found, cross_map = self.cross.look_up(
                self.norm_cross(x), source, source_mask
            )
            x = x + self.drop(found)
        return (
            x + self.drop(self.mlp(self.norm_mlp(x))),
            cache,
            (self_map, cross_map),
        )


class Encoder(nn.Module):
    """Read a source both ways: words and places, `layers` blocks without a
    causal mask, a last normalisation.
    """

    def __init__(
        self,
        width: int,
        heads: int,
        layers: int,
        dropout: float,
        max_source: int,
    ):
        super().__init__()
        self.places = nn.Embedding(max_source, width)
        self.blocks = nn.ModuleList(
            Block(width, heads, dropout) for _ in range(layers)
        )
        self.norm, self.drop = nn.LayerNorm(width), nn.Dropout(dropout)

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        """(B, S, D) word vectors, mask (B, 1, 1, S) → (B, S, D)"""
        x = self.drop(x + self.places.weight[: x.shape[1]])
        for block in self.blocks:
            x, _, _ = block(x, mask)
        return self.norm(x)


class RationaleTransformer(SentenceNet):
    """Write a rationale with a decoder whose first four places are user, item,
    rating and aspect.

    Rating and bag of words are predicted at the item's place, before the
    rating and the aspect are seen (PETER: Li, Zhang & Chen, 2021); `sources`
    are read by an encoder, looked at by cross-attention, and copied from by a
    pointer. Other arguments: see `SentenceNet`. Lengths beyond `max_source` (words
    read) or `max_target` (written) raise DataError.
    """

    def __init__(self, vocab_size: int, n_users: int, n_items: int, width: int = 96, heads: int = 4, layers: int = 2,
                 encoder_layers: int = 1, dropout: float = 0.2, max_source: int = 48, max_target: int = 32,
                 **conditions):  # fmt: skip
        super().__init__(
            vocab_size, n_users, n_items, width, dropout, **conditions
        )
        self.encoder = Encoder(
            width, heads, encoder_layers, dropout, max_source
        )
        self.places = nn.Embedding(4 + max_target, width)
        self.blocks = nn.ModuleList(
            Block(width, heads, dropout, cross=True) for _ in range(layers)
        )
        self.norm, self.pointer = (
            nn.LayerNorm(width),
            MultiHeadAttention(width, 1),
        )
        self.apply(start_small)
        nn.init.normal_(
            self.words.weight, std=width**-0.5
        )  # vectors of length 1: beside places, words are heard

    def encode(self, batch: Batch) -> State:
        """Read the sources, then the four conditions; foresee the rating at
        the item's place.
        """
        mask = padding_mask(batch.source)
        memory = self.encoder(
            self._within(batch.source, self.encoder.places), mask
        )
        offered = [block.cross.keys_values(memory) for block in self.blocks]
        read = (offered, self.pointer.keys_values(memory), mask)
        conditions, bias = self.conditions(batch)  # (B, 4, D), (B,)
        hidden, state = self._advance(
            State(read, batch.source, batch.n_extra), conditions
        )
        return replace(
            state, pair=hidden[:, 1], rating=self.foresee(hidden[:, 1], bias)
        )

    def read(self, state: State, tokens: Tensor) -> tuple[Tensor, State]:
        """Take in T more words, (B, T); return what each place knows, (B, T,
        D), and the grown state.
        """
        return self._advance(state, self.embed(tokens))

    def _within(self, tokens: Tensor, places: nn.Embedding) -> Tensor:
        if tokens.shape[1] > places.num_embeddings:
            raise DataError(
                f"{tokens.shape[1]} words, but the model reads {places.num_embeddings}: cut in collate()"
            )
        return self.embed(tokens)

    def _advance(self, state: State, x: Tensor) -> tuple[Tensor, State]:
        """Run T new vectors, (B, T, D), through the decoder behind those in
        the cache.
        """
        offered, pointed, source_mask = state.memory
        past = state.cache or [None] * len(self.blocks)
        n_past, n_new = past[0][0].shape[2] if state.cache else 0, x.shape[1]
        if n_past + n_new > self.places.num_embeddings:
            raise DataError(
                f"{n_past + n_new - 4} words are more than max_target={self.places.num_embeddings - 4}"
            )
        x = self.drop(x + self.places.weight[n_past : n_past + n_new])
        mask = (
            causal_mask(n_new, n_past) if n_new > 1 else None
        )  # one new word may look at everything
        cache, maps = [], []
        for block, before, source in zip(
            self.blocks, past, offered, strict=True
        ):
            x, present, seen = block(x, mask, before, source, source_mask)
            cache, maps = [*cache, present], [*maps, seen]
        hidden = self.norm(x)
        attention = self.pointer.look_up(hidden, pointed, source_mask)[1][
            :, 0
        ]  # (B, T, S)
        return hidden, replace(
            state, cache=cache, attention=attention, maps=tuple(maps)
        )
