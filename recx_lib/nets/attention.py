"""Chapter 5: attention from three vectors, its masks, and many heads."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

from recx_lib.core.errors import DataError
from recx_lib.nets.vocab import PAD

KeysValues = tuple[Tensor, Tensor]  # each (B, H, S, D / H)


def scaled_dot_product_attention(
    q: Tensor,
    k: Tensor,
    v: Tensor,
    mask: Tensor | None = None,
    drop: nn.Module | None = None,
) -> tuple[Tensor, Tensor]:
    """Return softmax(q kᵀ / √D) v, (…, T, D), and the weights, (…, T, S).

    `q` (…, T, D), `k` and `v` (…, S, D); `mask` is True where a query may
    look. Rows of weights sum to 1, masked columns are 0; a row that may look
    nowhere gets zeros. The weights are those before dropout (`drop`). Source:
    Vaswani et al. (2017), equation 1.

    >>> q, k = torch.tensor([[1.0, 0.0]]), torch.tensor([[2.0, 0], [0, 2]])
    >>> scaled_dot_product_attention(q, k, v=k)[1]
    tensor([[0.8044, 0.1956]])
    """
    scores = q @ k.transpose(-2, -1) / math.sqrt(q.shape[-1])  # (…, T, S)
    if mask is not None:
        scores = scores.masked_fill(~mask, torch.finfo(scores.dtype).min)
    weights = scores.softmax(dim=-1)
    if mask is not None:
        weights = weights.masked_fill(~mask, 0.0)
    used = weights if drop is None else drop(weights)
    return used @ v, weights


def causal_mask(n_new: int, n_past: int = 0) -> Tensor:
    """Return who may look at whom, (n_new, n_past + n_new).

    Each new word may look at all that went before, and at itself.

    >>> causal_mask(2, n_past=1).int()
    tensor([[1, 1, 0],
            [1, 1, 1]], dtype=torch.int32)
    """
    return torch.ones(n_new, n_past + n_new, dtype=torch.bool).tril(n_past)


def padding_mask(tokens: Tensor) -> Tensor:
    """Return True where there is a word, False on `<pad>`.

    (B, S) → (B, 1, 1, S): for all heads and queries.

    >>> padding_mask(torch.tensor([[7, 8, 0]])).int()
    tensor([[[[1, 1, 0]]]], dtype=torch.int32)
    """
    return (tokens != PAD)[:, None, None, :]


class MultiHeadAttention(nn.Module):
    """Attend with `heads` small attentions side by side; return their mix.

    Each works on its own share of the width. Raise DataError when the width
    cannot be shared out evenly.

    >>> attend = MultiHeadAttention(width=8, heads=2)
    >>> attend(torch.zeros(1, 3, 8))[2].shape  # weights: (B, H, T, S)
    torch.Size([1, 2, 3, 3])
    """

    def __init__(self, width: int, heads: int, dropout: float = 0.0):
        super().__init__()
        if width % heads:
            raise DataError(
                f"width {width} cannot be shared by {heads} heads: make it "
                "a multiple"
            )
        # queries of one side, keys and values of the other
        self.heads = heads
        self.drop = nn.Dropout(dropout)
        self.q = nn.Linear(width, width)
        self.kv = nn.Linear(width, 2 * width)
        self.out = nn.Linear(width, width)

    def split(self, x: Tensor) -> Tensor:
        """(B, T, D) → (B, H, T, D / H)"""
        return x.unflatten(-1, (self.heads, -1)).transpose(1, 2)

    def join(self, x: Tensor) -> Tensor:
        """(B, H, T, D / H) → (B, T, D): heads side by side again"""
        return x.transpose(1, 2).flatten(-2)

    def keys_values(self, x: Tensor) -> KeysValues:
        """Return what `x`, (B, S, D), offers to be looked up.

        It is computed once and kept as the cache.
        """
        keys, values = self.kv(x).chunk(2, dim=-1)
        return self.split(keys).contiguous(), self.split(values).contiguous()

    def look_up(
        self, x: Tensor, offered: KeysValues, mask: Tensor | None = None
    ) -> tuple[Tensor, Tensor]:
        """Return what `x`, (B, T, D), finds in keys and values, (B, T, D).

        With it comes where it looked, (B, H, T, S).
        """
        queries = self.split(self.q(x))  # (B, H, T, D / H)
        keys, values = offered
        found, weights = scaled_dot_product_attention(
            queries, keys, values, mask, self.drop
        )
        return self.out(self.join(found)), weights

    def forward(
        self,
        x: Tensor,
        mask: Tensor | None = None,
        past: KeysValues | None = None,
    ) -> tuple[Tensor, KeysValues, Tensor]:
        """Let `x`, (B, T, D), look at itself and at the cached `past`.

        Return what it found, the longer cache, and the weights.
        """
        offered = self.keys_values(x)
        # what was seen before, then what is new
        if past is not None:
            keys = torch.cat([past[0], offered[0]], dim=2)
            values = torch.cat([past[1], offered[1]], dim=2)
            offered = (keys, values)
        found, weights = self.look_up(x, offered, mask)
        return found, offered, weights
