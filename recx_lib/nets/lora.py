"""Chapter 13: a frozen model, and thin matrices beside its layers (LoRA)."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection

import torch
from torch import Tensor, nn

from recx_lib.core.errors import DataError


def freeze(model: nn.Module) -> nn.Module:
    """Let no weight of a model be trained; return it.

    >>> [p.requires_grad for p in freeze(nn.Linear(2, 2)).parameters()]
    [False, False]
    """
    return model.requires_grad_(False)


def n_trainable(model: nn.Module) -> int:
    """Count the numbers that training may change.

    >>> n_trainable(nn.Linear(2, 3)), n_trainable(freeze(nn.Linear(2, 3)))
    (9, 0)
    """
    return sum(p.numel() for p in model.parameters() if p.requires_grad)


def check_rank(rank: int, linear: nn.Module) -> None:
    """Raise DataError for a rank that the layer cannot have."""
    if not isinstance(linear, nn.Linear):
        raise DataError(
            f"LoRA stands beside nn.Linear, not {type(linear).__name__}: "
            "name other layers"
        )
    most = min(linear.in_features, linear.out_features)
    if not 1 <= rank <= most:
        raise DataError(
            f"rank {rank} for a layer {linear.in_features} → "
            f"{linear.out_features}: it must be 1 … {most}, and pays only far "
            "below that"
        )


class LoRA(nn.Module):
    """A frozen linear layer, plus a correction of low rank that is learned.

    y = W x + (alpha / rank) · B A x, with A (rank, in) and B (out, rank); B
    begins at zero, so nothing changes before training (Hu et al., 2022).
    Both are kept in float32, whatever W is: small steps would be rounded away
    otherwise. Raise DataError for a rank outside 1 … min(in, out).
    """

    def __init__(self, linear: nn.Linear, rank: int = 8, alpha: float = 16):
        super().__init__()
        check_rank(rank, linear)
        self.linear, self.scale = freeze(linear), alpha / rank
        # W + scale · B A, where B is zero at first: nothing changes
        n_out, n_in = linear.weight.shape
        self.A = nn.Parameter(torch.empty(rank, n_in))
        self.B = nn.Parameter(torch.zeros(n_out, rank))
        nn.init.kaiming_uniform_(self.A, a=math.sqrt(5))

    def forward(self, x: Tensor) -> Tensor:
        """(…, in) → (…, out)"""
        low = x.to(self.A.dtype) @ self.A.T  # (…, rank)
        correction = self.scale * (low @ self.B.T)
        return self.linear(x) + correction.to(x.dtype)

    def merged(self) -> nn.Linear:
        """Return one plain layer that does the same, as fast as before.

        The correction goes into the frozen layer: use this one no more.
        """
        with torch.no_grad():
            self.linear.weight += self.scale * (self.B @ self.A)
        return self.linear


def replace_layers(
    model: nn.Module,
    names: Collection[str],
    make: Callable[[nn.Module], nn.Module],
) -> list[nn.Module]:
    """Put make(layer) in the place of every layer with one of these names.

    `names` are last names, like "q_proj". Return the new layers, in the
    model's order. Raise DataError where a name fits no layer.
    """
    # 1. find them all, before anything is changed
    found = []
    for path, module in model.named_modules():
        for name, child in module.named_children():
            if name in names:
                found.append((path, module, name, child))
    missing = set(names) - {name for _, _, name, _ in found}
    if missing or not found:
        raise DataError(
            f"no layer is called {sorted(missing) or 'nothing'}: print the "
            "model to see its layers' names"
        )
    # 2. change them
    new = []
    for _, module, name, child in found:
        new.append(make(child))
        setattr(module, name, new[-1])
    return new


def merge_layers(model: nn.Module) -> nn.Module:
    """Merge every LoRA of a model into its layer; return the model."""
    for module in list(model.modules()):
        for name, child in module.named_children():
            if isinstance(child, LoRA):
                setattr(module, name, child.merged())
    return model
