"""Chapter 13: which directions are worth their place (AdaLoRA)."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from recx_lib.core.errors import DataError
from recx_lib.nets.adapters import AdaLoRA

SKEW_PRICE = 0.1  # what directions that are not orthonormal add to the loss


class RankBudget:
    """Prunes directions of all layers together, while they are trained.

    `n_steps`: how many steps there will be; `target`: how many directions are
    left at the end, of all layers. In the first tenth of the steps none is
    pruned, in the last three tenths no more than the target; in between the
    budget falls along a cubic (Zhang et al., 2023). Raise DataError for a
    target outside 1 … the directions there are.
    """

    def __init__(self, layers: Sequence[AdaLoRA], target: int, n_steps: int):
        self.layers = list(layers)
        self.start = sum(len(layer.sizes) for layer in self.layers)
        if not 1 <= target <= self.start:
            raise DataError(
                f"target={target}: of {self.start} directions in "
                f"{len(self.layers)} layers 1 … {self.start} can be left"
            )
        self.target, self.n_steps, self.step = target, n_steps, 0
        self.mean: dict[int, Tensor] = {}
        self.spread: dict[int, Tensor] = {}

    def left(self, step: int) -> int:
        """Return how many directions may be left after a step.

        >>> from torch import nn
        >>> layers = [AdaLoRA(nn.Linear(9, 9)), AdaLoRA(nn.Linear(9, 9))]
        >>> [RankBudget(layers, 4, 100).left(at) for at in (10, 40, 70)]
        [16, 5, 4]
        """
        begin, end = int(0.1 * self.n_steps), int(0.7 * self.n_steps)
        if step <= begin:
            return self.start
        if step >= end:
            return self.target
        rest = (1 - (step - begin) / (end - begin)) ** 3
        return int(self.target + (self.start - self.target) * rest)

    def advance(self) -> Tensor:
        """Look at the last step's gradients, prune; return a penalty.

        The penalty is what keeps the directions orthonormal: for the loss.
        """
        if self.layers[0].sizes.grad is not None:
            self.step += 1
            self.notice()
            self.prune()
        skews = [layer.skew() for layer in self.layers]
        return SKEW_PRICE * torch.stack(skews).mean()

    @torch.no_grad()
    def notice(self) -> None:
        """Take in how much each number mattered in the last step.

        |weight × gradient| is what the loss would change by without it, to
        first order; a running mean of it, and of how far it strays.
        """
        memory = 0.85  # the share that a running mean keeps
        for layer in self.layers:
            for weight in (layer.P, layer.sizes, layer.Q):
                key, now = id(weight), (weight * weight.grad).abs()
                mean = self.mean.get(key, torch.zeros_like(now))
                mean = memory * mean + (1 - memory) * now
                spread = self.spread.get(key, torch.zeros_like(now))
                strays = (now - mean).abs()
                self.mean[key] = mean
                self.spread[key] = memory * spread + (1 - memory) * strays

    def importance(self, layer: AdaLoRA) -> Tensor:
        """Return what each direction of a layer is worth, (rank,)."""
        worth = []
        for weight in (layer.P, layer.sizes, layer.Q):
            worth.append(self.mean[id(weight)] * self.spread[id(weight)])
        P, sizes, Q = worth
        return sizes + P.mean(dim=0) + Q.mean(dim=1)

    @torch.no_grad()
    def prune(self) -> None:
        """Set the sizes of the least important directions to zero.

        They may grow again, and win their place back, while others lose it.
        """
        budget = self.left(self.step)
        if budget == self.start:
            return
        worth = [self.importance(layer) for layer in self.layers]
        bar = torch.cat(worth).topk(budget).values[-1]
        for layer, each in zip(self.layers, worth, strict=True):
            layer.sizes[each < bar] = 0
