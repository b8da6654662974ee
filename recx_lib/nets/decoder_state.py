"""Chapter 4: what a network holds between two words, and what it predicts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from torch import Tensor


@dataclass(frozen=True)
class DecoderState:
    """All that a SentenceNet keeps in mind between two words.

    `read` is what was read (the encoded source), `cache` what was written
    (keys and values, or a hidden state), `pair` (B, D) the summary of user and
    item, `rating` (B,) the stars foreseen. `attention` (B, T, S) is where the
    last T words looked in the source, `maps` holds further attention maps of
    the same pass. `source` (B, S) and `n_extra` are the batch's. Every tensor
    has the batch as its first axis, so that rows can be chosen.
    """

    read: Any
    source: Tensor
    n_extra: int
    cache: Any = None
    pair: Tensor | None = None
    rating: Tensor | None = None
    attention: Tensor | None = None
    maps: tuple = ()


@dataclass(frozen=True)
class Prediction:
    """What one pass over a batch says of every word at once.

    `log_probs` (B, T, V + n_extra) of each next word, `context` (B, V) logits
    of the words to come, and `state` after the last word.
    """

    log_probs: Tensor
    context: Tensor
    state: DecoderState
