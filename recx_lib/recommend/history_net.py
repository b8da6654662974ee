"""Chapter 10: attention over a history whose ratings may be there or gone.

Or half there. What `HistoryAttention` (beside this module) and the planted
task (recx_lib.explain.planted_task) have in common: the network, and the case
of one of its scores.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from recx_lib.core.case import Case
from recx_lib.nets.attention import KeysValues, MultiHeadAttention
from recx_lib.nets.transformer import Block

LOUD = 60.0  # the logarithm of the loudest exponential of a key that is gone
ROWS = 512  # rows, or pairs, that go through the network at a time


def present_attention(
    q: Tensor,
    k: Tensor,
    v: Tensor,
    presence: Tensor,
    drop: nn.Module | None = None,
) -> tuple[Tensor, Tensor]:
    """Return chapter 5's attention where keys may be absent.

    Each key's exponential is multiplied by its `presence` before it is shared
    out. `q` (…, T, D), `k` and `v` (…, S, D), `presence` in 0 … 1, as
    broadcast to (…, T, S). A key of presence 0 is gone, however loud: the
    others get what they would get without it. A mask is the case of 0 and 1;
    in between, gradients flow. A row that may look nowhere gets zeros. Return
    what was found, (…, T, D), and the weights, (…, T, S), before dropout
    (`drop`).

    >>> q = torch.tensor([[1.0, 0.0]])
    >>> k = torch.tensor([[2.0, 0.0], [0.0, 2.0], [200.0, 0.0]])
    >>> present_attention(q, k, k, presence=torch.tensor([1.0, 1.0, 0.0]))[1]
    tensor([[0.8044, 0.1956, 0.0000]])
    """
    scores = q @ k.transpose(-2, -1) / math.sqrt(q.shape[-1])  # (…, T, S)
    # the largest exponential among those present is 1; what is gone may be
    # larger, but not infinite: 0 times it is to be 0
    present = scores.masked_fill(presence == 0, -torch.inf)
    loudest = present.amax(dim=-1, keepdim=True).nan_to_num(neginf=0.0)
    loud = (scores - loudest.detach()).clamp(max=LOUD).exp() * presence
    # nobody there: zeros, not NaN
    tiny = torch.finfo(loud.dtype).tiny
    weights = loud / loud.sum(dim=-1, keepdim=True).clamp_min(tiny)
    used = weights if drop is None else drop(weights)
    return used @ v, weights


class PresentHeads(MultiHeadAttention):
    """Chapter 5's heads, which take presence, 0 … 1, for a mask."""

    def look_up(
        self, x: Tensor, offered: KeysValues, mask: Tensor | None = None
    ) -> tuple[Tensor, Tensor]:
        """Return what `x`, (B, T, D), finds in keys and values, (B, T, D).

        With it comes where it looked, (B, H, T, S).
        """
        queries = self.split(self.q(x))  # (B, H, T, D / H)
        keys, values = offered
        found, weights = present_attention(
            queries, keys, values, mask, self.drop
        )
        side_by_side = found.transpose(1, 2).flatten(-2)  # (B, T, D)
        return self.out(side_by_side), weights


class HistoryBlock(Block):
    """Chapter 5's layer with presence.

    `last` computes the last place alone, which is all that the score reads.
    """

    def __init__(self, width: int, heads: int, dropout: float = 0.0):
        super().__init__(width, heads, dropout)
        self.attend = PresentHeads(width, heads, dropout)

    def forward(
        self, x: Tensor, presence: Tensor, last: bool = False
    ) -> tuple[Tensor, Tensor]:
        """Return x (B, T, D), T = 1 where `last`, and the map (B, H, T, S).

        `presence` is (B, 1, 1, S).
        """
        seen = self.norm_self(x)
        # only the last place is asked where only it is read
        asking = slice(-1, None) if last else slice(None)
        offered = self.attend.keys_values(seen)
        found, weights = self.attend.look_up(
            seen[:, asking], offered, presence
        )
        x = x[:, asking] + self.drop(found)
        return x + self.drop(self.mlp(self.norm_mlp(x))), weights


class HistoryNet(nn.Module):
    """Say how far a rating will lie from the item's mean, from a history.

    That is: items, and how far each was from its mean. A rating's token is
    item(j) + rest_j · (liking + item_liking(j)); the target's is item(t) +
    asking, in the last place. There is no place embedding, so order does not
    matter. The output is the mean of the rest_j that are present, drawn
    towards 0 by `damping` ratings (infinite: no mean), plus what attention
    reads. What the target would read alone is subtracted: an empty history
    gives 0. The read-out starts at 0, so that training starts from the means.
    """

    def __init__(
        self,
        n_items: int,
        width: int = 32,
        heads: int = 2,
        layers: int = 1,
        dropout: float = 0.1,
        damping: float = np.inf,
    ):
        super().__init__()
        # what each thing is, and what liking it says of a taste
        self.damping = damping
        self.item = nn.Embedding(n_items, width)
        self.item_liking = nn.Embedding(n_items, width)
        self.liking = nn.Parameter(torch.randn(width) * 0.1)
        self.asking = nn.Parameter(torch.zeros(width))
        # layers of attention, and what reads a number off the last
        blocks = [HistoryBlock(width, heads, dropout) for _ in range(layers)]
        self.blocks = nn.ModuleList(blocks)
        self.norm = nn.LayerNorm(width)
        self.out = nn.Linear(width, 1)
        self.drop = nn.Dropout(dropout)
        # small at first; the answer starts as the mean
        nn.init.normal_(self.item.weight, std=0.3)
        nn.init.normal_(self.item_liking.weight, std=0.3)
        nn.init.zeros_(self.out.weight)

    def tokens(self, target: Tensor, items: Tensor, rest: Tensor) -> Tensor:
        """Return the vectors to attend to, (B, S + 1, D).

        Of `target` (B,), `items` and `rest` (B, S).
        """
        liking = self.liking + self.item_liking(items)  # (B, S, D)
        past = self.item(items) + rest[..., None] * liking
        asking = self.item(target) + self.asking  # (B, D)
        return self.drop(torch.cat([past, asking[:, None]], dim=1))

    def layers(
        self, x: Tensor, presence: Tensor, maps: bool = False
    ) -> tuple[Tensor, list[Tensor]]:
        """Return the read-out (B,) of tokens (B, S + 1, D), and the maps.

        Of each layer (B, H, S + 1, S + 1); without `maps`, the last layer's is
        its last row alone.
        """
        # the target always stays: (B, 1, 1, S + 1)
        presence = nn.functional.pad(presence, (0, 1), value=1.0)
        presence = presence[:, None, None]
        seen = []
        for block in self.blocks:
            last = block is self.blocks[-1] and not maps
            x, weights = block(x, presence, last)
            seen.append(weights)
        return self.out(self.norm(x[:, -1])).squeeze(-1), seen

    def read(
        self, target: Tensor, items: Tensor, rest: Tensor, presence: Tensor
    ) -> Tensor:
        """Return what attention adds, (B,).

        With the history, less what the target says when alone.
        """
        x = self.tokens(target, items, rest)
        with_history, _ = self.layers(x, presence)
        alone, _ = self.layers(x[:, -1:], presence[:, :0])
        return with_history - alone

    def forward(
        self, target: Tensor, items: Tensor, rest: Tensor, presence: Tensor
    ) -> Tensor:
        """Return stars above the item's mean, (B,).

        `presence` is (B, S) in 0 … 1.
        """
        total = (presence * rest).sum(dim=1)  # (B,)
        mean = total / (self.damping + presence.sum(dim=1))
        return mean + self.read(target, items, rest, presence)

    def look_alike(self) -> None:
        """Look everywhere alike from now on: every key fits a query of 0.

        The queries learn no more; all else may. The frozen weights of
        Wiegreffe & Pinter (2019), "Attention is not not Explanation".
        """
        for block in self.blocks:
            for part in block.attend.q.parameters():
                part.requires_grad_(False).zero_()

    def loss(self, batch: Sequence[Tensor]) -> Tensor:
        """Return the mean squared error of (target … presence, wanted)."""
        *given, wanted = batch
        return nn.functional.mse_loss(self(*given), wanted)


@dataclass(frozen=True)
class HistoryScore:
    """One score of a network, as a function of which ratings are there.

    base + the network's output for the item `target`, from the m `items` of
    the history and how far each was from its mean (`rest`). The network is put
    into evaluation mode at every question (no dropout), and asked in its own
    precision.
    """

    net: HistoryNet
    target: int
    items: np.ndarray
    rest: np.ndarray
    base: float = 0.0

    def case(
        self,
        user: str,
        item: str,
        names: Sequence[str],
        model: str = "HistoryAttention",
    ) -> Case:
        """Return it as a case, whose evidence are the items of the history."""
        return Case(
            user,
            item,
            ["item"] * len(names),
            list(names),
            self.value,
            self.gradient,
            self.attention,
            model,
        )

    def value(self, present: np.ndarray) -> np.ndarray:
        """Return the scores (n,) of n rows of presence (n, m)."""
        blocks = self._presence(present).split(ROWS)
        with torch.inference_mode():
            scores = [self._score(block) for block in blocks]
        return torch.cat(scores).numpy().astype(float)

    def gradient(self, present: np.ndarray) -> np.ndarray:
        """Return the slopes (n, m) of the score in presence."""
        blocks = self._presence(present).requires_grad_().split(ROWS)
        # one number to differentiate: rows do not touch each other
        slopes = []
        for block in blocks:
            total = self._score(block).sum()
            slopes += torch.autograd.grad(total, block)
        return torch.cat(slopes).numpy().astype(float)

    def attention(self) -> np.ndarray:
        """Return the maps (L, H, m + 1, m + 1) with everything present."""
        presence = self._presence(np.ones((1, len(self.items))))
        with torch.inference_mode():
            tokens = self.net.eval().tokens(*self._history())
            _, maps = self.net.layers(tokens, presence, maps=True)
        return torch.cat(maps).numpy().astype(float)

    def _score(self, presence: Tensor) -> Tensor:
        n = len(presence)
        target, items, rest = self._history()
        rows = target.expand(n), items.expand(n, -1), rest.expand(n, -1)
        return self.base + self.net.eval()(*rows, presence)

    def _history(self) -> tuple[Tensor, Tensor, Tensor]:
        """Return target (1,), items (1, m), rest (1, m)."""
        target = torch.tensor([self.target])
        items = torch.as_tensor(self.items)[None]
        rest = torch.as_tensor(self.rest, dtype=self._dtype)[None]
        return target, items, rest

    def _presence(self, present: np.ndarray) -> Tensor:
        return torch.tensor(np.asarray(present, float), dtype=self._dtype)

    @property
    def _dtype(self) -> torch.dtype:
        return self.net.out.weight.dtype
