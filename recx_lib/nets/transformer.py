"""Chapter 5: layers, and a Transformer that is told who and what."""

from __future__ import annotations

from dataclasses import dataclass, replace

from torch import Tensor, nn

from recx_lib.core.errors import DataError
from recx_lib.nets.attention import (
    KeysValues,
    MultiHeadAttention,
    causal_mask,
    padding_mask,
)
from recx_lib.nets.batches import Batch
from recx_lib.nets.decoder_state import DecoderState
from recx_lib.nets.sentence_net import (
    STANDARD_NET,
    NetSettings,
    SentenceNet,
)
from recx_lib.nets.weights import start_small

N_CONDITIONS = 4  # user, item, rating, aspect: the decoder's first places


class Block(nn.Module):
    """One layer: look at the words, perhaps at a source, then think.

    (Self-attention, cross-attention if `cross`, an MLP; normalise before
    each.) The layout is GPT-2's (Radford et al., 2019): x + f(norm(x)), four
    times the width inside, GELU.
    """

    def __init__(
        self, width: int, heads: int, dropout: float = 0.0, cross: bool = False
    ):
        super().__init__()
        # 1. What looks at its own sequence.
        self.norm_self = nn.LayerNorm(width)
        self.attend = MultiHeadAttention(width, heads, dropout)
        self.norm_cross = None
        self.cross = None
        # 2. What looks at another, where there is one.
        if cross:
            self.norm_cross = nn.LayerNorm(width)
            self.cross = MultiHeadAttention(width, heads, dropout)
        # 3. What thinks about each place by itself.
        self.norm_mlp = nn.LayerNorm(width)
        self.drop = nn.Dropout(dropout)
        self.mlp = nn.Sequential(
            nn.Linear(width, 4 * width), nn.GELU(), nn.Linear(4 * width, width)
        )

    def forward(
        self,
        x: Tensor,
        mask: Tensor | None = None,
        past: KeysValues | None = None,
        source: KeysValues | None = None,
        source_mask: Tensor | None = None,
    ) -> tuple[Tensor, KeysValues, tuple[Tensor, Tensor | None]]:
        """Return x, (B, T, D), the longer cache, and the maps.

        The maps: self (B, H, T, past + T), and cross (B, H, T, S) or None.
        """
        # 1. look at the words: at each other, and at those before
        found, cache, self_map = self.attend(self.norm_self(x), mask, past)
        x = x + self.drop(found)
        # 2. look at the source, where there is one
        cross_map = None
        if self.cross is not None:
            asked = self.norm_cross(x)
            found, cross_map = self.cross.look_up(asked, source, source_mask)
            x = x + self.drop(found)
        # 3. think, each place by itself
        x = x + self.drop(self.mlp(self.norm_mlp(x)))
        return x, cache, (self_map, cross_map)


class Encoder(nn.Module):
    """Read a source both ways: `layers` blocks without a causal mask.

    Words and places go in; a last normalisation comes out.
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
        self.norm = nn.LayerNorm(width)
        self.drop = nn.Dropout(dropout)

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        """(B, S, D) word vectors, mask (B, 1, 1, S) → (B, S, D)"""
        x = self.drop(x + self.places.weight[: x.shape[1]])
        for block in self.blocks:
            x, _, _ = block(x, mask)
        return self.norm(x)


@dataclass(frozen=True)
class TransformerShape:
    """How large a RationaleTransformer is.

    `width` numbers a place, shared by `heads` heads; `layers` blocks write,
    `encoder_layers` read. At most `max_source` words are read and
    `max_target` written.
    """

    width: int = 96
    heads: int = 4
    layers: int = 2
    encoder_layers: int = 1
    max_source: int = 48
    max_target: int = 32


STANDARD_SHAPE = TransformerShape()


@dataclass(frozen=True)
class _Source:
    """What the encoder offers the decoder, once and for all words.

    `offered`: keys and values for each block; `pointed`: those for the
    pointer; `mask` (B, 1, 1, S): where there is a word.
    """

    offered: list[KeysValues]
    pointed: KeysValues
    mask: Tensor


class RationaleTransformer(SentenceNet):
    """Write with a decoder that begins with user, item, rating and aspect.

    Rating and bag of words are predicted at the item's place, before the
    rating and the aspect are seen (PETER: Li, Zhang & Chen, 2021); `sources`
    are read by an encoder, looked at by cross-attention, and copied from by a
    pointer. Where the net looked (`attention`) is where the pointer points; in
    a net that may not copy, the last block's look at the source, averaged over
    its heads. More words than `shape` allows raise DataError.
    """

    def __init__(
        self,
        vocab_size: int,
        n_users: int,
        n_items: int,
        shape: TransformerShape = STANDARD_SHAPE,
        settings: NetSettings = STANDARD_NET,
    ):
        super().__init__(vocab_size, n_users, n_items, shape.width, settings)
        width, heads, dropout = shape.width, shape.heads, settings.dropout
        self.encoder = Encoder(
            width, heads, shape.encoder_layers, dropout, shape.max_source
        )
        self.places = nn.Embedding(N_CONDITIONS + shape.max_target, width)
        self.blocks = nn.ModuleList(
            Block(width, heads, dropout, cross=True)
            for _ in range(shape.layers)
        )
        self.norm = nn.LayerNorm(width)
        self.pointer = MultiHeadAttention(width, 1)
        self.apply(start_small)
        # vectors of length 1: beside places, words are heard
        nn.init.normal_(self.words.weight, std=width**-0.5)

    def encode(self, batch: Batch) -> DecoderState:
        """Read the sources, then the four conditions.

        The rating is foreseen at the item's place.
        """
        # 1. read the sources, and keep what every block may look up
        mask = padding_mask(batch.source)  # (B, 1, 1, S)
        memory = self.encoder(self._embed_source(batch.source), mask)
        offered = [block.cross.keys_values(memory) for block in self.blocks]
        source = _Source(offered, self.pointer.keys_values(memory), mask)
        # 2. take in user, item, rating, aspect as if they were words
        conditions, bias = self.conditions(batch)  # (B, 4, D), (B,)
        state = DecoderState(source, batch.source, batch.n_extra)
        hidden, state = self._advance(state, conditions)
        # 3. foresee the rating where user and item are known, and no more
        pair = hidden[:, 1]  # (B, D)
        return replace(state, pair=pair, rating=self.foresee(pair, bias))

    def read(
        self, state: DecoderState, tokens: Tensor
    ) -> tuple[Tensor, DecoderState]:
        """Take in T more words, (B, T).

        Return what each place knows, (B, T, D), and the grown state.
        """
        return self._advance(state, self.embed(tokens))

    def _embed_source(self, source: Tensor) -> Tensor:
        """(B, S) → (B, S, D); raise DataError where S is too long."""
        most = self.encoder.places.num_embeddings
        if source.shape[1] > most:
            raise DataError(
                f"{source.shape[1]} words, but the model reads {most}: "
                "cut in collate()"
            )
        return self.embed(source)

    def _advance(
        self, state: DecoderState, x: Tensor
    ) -> tuple[Tensor, DecoderState]:
        """Run T new vectors, (B, T, D), through the decoder.

        They stand behind those in the cache.
        """
        source, n_new = state.read, x.shape[1]
        # 1. every vector learns its place
        past, n_past = [None] * len(self.blocks), 0
        if state.cache is not None:
            past, n_past = state.cache, state.cache[0][0].shape[2]
        x = self.drop(x + self._places(n_past, n_past + n_new))
        # 2. through the blocks (one new word may look at everything)
        mask = causal_mask(n_new, n_past) if n_new > 1 else None
        cache, maps = [], []
        layers = zip(self.blocks, past, source.offered, strict=True)
        for block, before, offered in layers:
            x, present, seen = block(x, mask, before, offered, source.mask)
            cache.append(present)
            maps.append(seen)
        hidden = self.norm(x)
        # 3. where it looked in the source
        attention = maps[-1][1].mean(dim=1)  # (B, T, S), over the heads
        if self.settings.copy:
            attention = self._point(hidden, source)
        grown = replace(
            state, cache=cache, attention=attention, maps=tuple(maps)
        )
        return hidden, grown

    def _point(self, hidden: Tensor, source: _Source) -> Tensor:
        """Return where the pointer points in the source, (B, T, S)."""
        _, weights = self.pointer.look_up(hidden, source.pointed, source.mask)
        return weights[:, 0]  # it has a single head

    def _places(self, start: int, stop: int) -> Tensor:
        """Return the vectors of places start … stop − 1, (T, D)."""
        if stop > self.places.num_embeddings:
            most = self.places.num_embeddings - N_CONDITIONS
            raise DataError(
                f"{stop - N_CONDITIONS} words are more than max_target={most}"
            )
        return self.places.weight[start:stop]
