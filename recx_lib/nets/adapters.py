"""Chapter 13: small layers put behind the layers of a frozen model."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from recx_lib.nets.lora import check_rank, freeze


class Adapter(nn.Module):
    """A frozen linear layer, and behind it a bottleneck that is learned.

    y = W x;  y + B gelu(A y), with A (rank, out) and B (out, rank); B begins
    at zero, so nothing changes before training (Houlsby et al., 2019). Unlike
    LoRA it bends, so it cannot be merged. Raise DataError for a rank outside
    1 … min(in, out).
    """

    def __init__(self, linear: nn.Linear, rank: int = 8):
        super().__init__()
        check_rank(rank, linear)
        # the layer as it was, and a narrow way around it …
        self.linear = freeze(linear)
        self.narrow = nn.Linear(linear.out_features, rank)
        self.widen = nn.Linear(rank, linear.out_features)
        # … which adds nothing at first
        nn.init.zeros_(self.widen.weight)
        nn.init.zeros_(self.widen.bias)

    def forward(self, x: Tensor) -> Tensor:
        """(…, in) → (…, out)"""
        y = self.linear(x)
        inside = nn.functional.gelu(
            self.narrow(y.to(self.narrow.weight.dtype))
        )
        return y + self.widen(inside).to(y.dtype)


class AdaLoRA(nn.Module):
    """A frozen linear layer, plus a sum of directions, each with its size.

    y = W x + (alpha / rank) · P (λ ∘ Q x), with Q (rank, in), λ (rank,) and P
    (out, rank): the form of a singular value decomposition, so that a
    direction is pruned by setting its λ to zero (Zhang et al., 2023). λ begins
    at zero. Raise DataError for a rank outside 1 … min(in, out).
    """

    def __init__(self, linear: nn.Linear, rank: int = 8, alpha: float = 16):
        super().__init__()
        check_rank(rank, linear)
        self.linear, self.scale = freeze(linear), alpha / rank
        n_out, n_in = linear.weight.shape
        # W + P · sizes · Q: a size of zero takes a direction out
        self.Q = nn.Parameter(0.02 * torch.randn(rank, n_in))
        self.sizes = nn.Parameter(torch.zeros(rank))
        self.P = nn.Parameter(0.02 * torch.randn(n_out, rank))

    def forward(self, x: Tensor) -> Tensor:
        """(…, in) → (…, out)"""
        low = self.sizes * (x.to(self.Q.dtype) @ self.Q.T)  # (…, rank)
        correction = self.scale * (low @ self.P.T)
        return self.linear(x) + correction.to(x.dtype)

    @property
    def rank(self) -> int:
        """The number of directions that are left."""
        return int((self.sizes != 0).sum())

    def skew(self) -> Tensor:
        """Return how far both sets of directions are from orthonormal."""
        eye = torch.eye(len(self.sizes))
        across = ((self.P.T @ self.P - eye) ** 2).sum().sqrt()
        return across + ((self.Q @ self.Q.T - eye) ** 2).sum().sqrt()
