"""Chapter 4: the copy gate: write a word of one's own, or take one read."""

from __future__ import annotations

from torch import Tensor
from torch.nn import functional as F


def copy_mixture(
    vocab_probs: Tensor,
    copy_weights: Tensor,
    source: Tensor,
    gate: Tensor,
    n_extra: int,
) -> Tensor:
    """Return (1 − gate) · vocabulary + gate · attention on each source word.

    `vocab_probs` (B, T, V), `copy_weights` (B, T, S), `source` (B, S) word
    numbers below V + n_extra, `gate` (B, T, 1) in 0 … 1. Return (B, T, V +
    n_extra), rows summing to 1. Source: See, Liu & Manning (2017), equation 9.

    >>> import torch
    >>> written = torch.tensor([[[0.5, 0.5]]])
    >>> looked = torch.tensor([[[0.25, 0.75]]])
    >>> source, gate = torch.tensor([[1, 2]]), torch.tensor([[[0.4]]])
    >>> copy_mixture(written, looked, source, gate, n_extra=1)
    tensor([[[0.3000, 0.4000, 0.3000]]])
    """
    own = (1 - gate) * vocab_probs  # (B, T, V)
    mixture = F.pad(own, (0, n_extra))  # (B, T, V + n_extra)
    words = source[:, None, :].expand_as(copy_weights)  # (B, T, S)
    return mixture.scatter_add_(2, words, gate * copy_weights)
