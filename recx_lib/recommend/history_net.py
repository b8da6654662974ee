"""Chapter 8: attention over a history, where each rating may be there, half
there, or gone.

What HistoryAttention (recx_lib.recommend.history) and the planted task
(recx_lib.explain.planted_task) have in common: the network, and the case of
one of its scores.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor, nn

from recx_lib.core.case import Case
from recx_lib.nets.attention import (
    KeysValues,
    MultiHeadAttention,
    scaled_dot_product_attention,
)
from recx_lib.nets.transformer import Block

ROWS = 512  # rows of presence that go through the network at a time


def present_attention(q: Tensor, k: Tensor, v: Tensor, presence: Tensor,
                      drop: nn.Module | None = None) -> tuple[Tensor, Tensor]:  # fmt: skip
    """Return chapter 5's attention with each key's weight multiplied by its
    `presence`, then shared out anew.

    `q` (…, T, D), `k` and `v` (…, S, D), `presence` in 0 … 1, as broadcast to
    (…, T, S). A key of presence 0 is gone: the others get what they would get
    without it. A mask is the case of 0 and 1; in between, gradients flow. A
    row that may look nowhere gets zeros. Return what was found, (…, T, D), and
    the weights, (…, T, S), before dropout.

    >>> q, k = torch.tensor([[1.0, 0.0]]), torch.tensor([[2.0, 0.0], [0.0, 2.0], [9.0, 0.0]])
    >>> present_attention(q, k, k, presence=torch.tensor([1.0, 1.0, 0.0]))[1]
    tensor([[0.8044, 0.1956, 0.0000]])
    """
    weights = scaled_dot_product_attention(q, k, v)[1] * presence  # (…, T, S)
    weights = weights / weights.sum(dim=-1, keepdim=True).clamp_min(
        torch.finfo(weights.dtype).tiny
    )
    return (weights if drop is None else drop(weights)) @ v, weights


class PresentHeads(MultiHeadAttention):
    """Chapter 5's heads side by side; where it takes a mask of True and False,
    this takes presence, 0 … 1.
    """

    def look_up(
        self, x: Tensor, offered: KeysValues, mask: Tensor | None = None
    ) -> tuple[Tensor, Tensor]:
        """Return what `x`, (B, T, D), finds in keys and values, (B, T, D), and
        where it looked, (B, H, T, S).
        """
        found, weights = present_attention(
            self.split(self.q(x)), *offered, mask, self.drop
        )
        return self.out(found.transpose(1, 2).flatten(-2)), weights


class HistoryBlock(Block):
    """Chapter 5's layer with presence; `last` computes the last place alone,
    which is all that the score reads.
    """

    def __init__(self, width: int, heads: int, dropout: float = 0.0):
        super().__init__(width, heads, dropout)
        self.attend = PresentHeads(width, heads, dropout)

    def forward(
        self, x: Tensor, presence: Tensor, last: bool = False
    ) -> tuple[Tensor, Tensor]:
        """Return x (B, T, D), T = 1 where `last`, and the map (B, H, T, S);
        `presence` is (B, 1, 1, S).
        """
        seen, ask = self.norm_self(x), slice(-1, None) if last else slice(None)
        found, weights = self.attend.look_up(
            seen[:, ask], self.attend.keys_values(seen), presence
        )
        x = x[:, ask] + self.drop(found)
        return x + self.drop(self.mlp(self.norm_mlp(x))), weights


class HistoryNet(nn.Module):
    """Say how far a rating will lie from the item's mean, from a history:
    items, and how far each was from its mean.

    A rating's token is item(j) + rest_j · (liking + worth(j)); the target's is
    item(t) + asking, in the last place. There is no place embedding, so order
    does not matter. The output is the mean of the rest_j that are present,
    drawn towards 0 by `damping` ratings (infinite: no mean), plus what
    attention reads. What the target would read alone is subtracted: an empty
    history gives 0. The read-out starts at 0, so that training starts from the
    means.
    """

    def __init__(self, n_items: int, width: int = 32, heads: int = 2, layers: int = 1, dropout: float = 0.1,
                 damping: float = np.inf):  # fmt: skip
        super().__init__()
        self.damping = damping
        self.item, self.worth = (
            nn.Embedding(n_items, width),
            nn.Embedding(n_items, width),
        )
        self.liking, self.asking = (
            nn.Parameter(torch.randn(width) * 0.1),
            nn.Parameter(torch.zeros(width)),
        )
        self.blocks = nn.ModuleList(
            HistoryBlock(width, heads, dropout) for _ in range(layers)
        )
        self.norm, self.out, self.drop = (
            nn.LayerNorm(width),
            nn.Linear(width, 1),
            nn.Dropout(dropout),
        )
        for table in (self.item, self.worth):
            nn.init.normal_(table.weight, std=0.3)
        nn.init.zeros_(self.out.weight)

    def tokens(self, target: Tensor, items: Tensor, rest: Tensor) -> Tensor:
        """Return the vectors to attend to, (B, S + 1, D), of `target` (B,),
        `items` and `rest` (B, S).
        """
        past = self.item(items) + rest[..., None] * (
            self.liking + self.worth(items)
        )
        return self.drop(
            torch.cat(
                [past, (self.item(target) + self.asking)[:, None]], dim=1
            )
        )

    def layers(
        self, x: Tensor, presence: Tensor, maps: bool = False
    ) -> tuple[Tensor, list[Tensor]]:
        """Return the read-out (B,) of tokens (B, S + 1, D); with `maps`, all
        rows of every layer's map.
        """
        presence, seen = (
            nn.functional.pad(presence, (0, 1), value=1.0)[:, None, None],
            [],
        )  # the target always stays
        for block in self.blocks:
            x, weights = block(
                x, presence, last=block is self.blocks[-1] and not maps
            )
            seen.append(
                weights
            )  # (B, H, S + 1, S + 1); without `maps` the last layer's is (B, H, 1, S + 1)
        return self.out(self.norm(x[:, -1])).squeeze(-1), seen

    def read(
        self, target: Tensor, items: Tensor, rest: Tensor, presence: Tensor
    ) -> Tensor:
        """Return what attention adds, (B,): with the history, less what the
        target says when alone.
        """
        x = self.tokens(target, items, rest)
        return (
            self.layers(x, presence)[0]
            - self.layers(x[:, -1:], presence[:, :0])[0]
        )

    def forward(
        self, target: Tensor, items: Tensor, rest: Tensor, presence: Tensor
    ) -> Tensor:
        """Return stars above the item's mean, (B,); `presence` is (B, S) in 0
        … 1.
        """
        mean = (presence * rest).sum(dim=1) / (
            self.damping + presence.sum(dim=1)
        )  # (B,)
        return mean + self.read(target, items, rest, presence)

    def loss(self, batch: Sequence[Tensor]) -> Tensor:
        """Return the mean squared error of (target, items, rest, presence,
        wanted).
        """
        *given, wanted = batch
        return nn.functional.mse_loss(self(*given), wanted)


def net_case(net: HistoryNet, user: str, item: str, names: Sequence[str], target: int, items: np.ndarray,
             rest: np.ndarray, base: float = 0.0, model: str = "HistoryAttention") -> Case:  # fmt: skip
    """Return the case of one score of a network, base + its output; the
    evidence are the m items of the history.

    The network is put into evaluation mode at every question (no dropout), and
    asked in its own precision.
    """
    dtype = net.out.weight.dtype
    one = (
        torch.tensor([target]),
        torch.as_tensor(items)[None],
        torch.as_tensor(rest, dtype=dtype)[None],
    )

    def score(present: Tensor) -> Tensor:
        return base + net.eval()(
            *(part.expand(len(present), *part.shape[1:]) for part in one),
            present,
        )

    def value(present: np.ndarray) -> np.ndarray:
        blocks = torch.as_tensor(
            np.asarray(present, dtype=float), dtype=dtype
        ).split(ROWS)
        with torch.inference_mode():
            return (
                torch.cat([score(block) for block in blocks])
                .numpy()
                .astype(float)
            )

    def gradient(present: np.ndarray) -> np.ndarray:
        blocks = torch.tensor(
            np.asarray(present, dtype=float), dtype=dtype, requires_grad=True
        ).split(ROWS)
        slopes = [
            torch.autograd.grad(score(block).sum(), block)[0]
            for block in blocks
        ]
        return torch.cat(slopes).numpy().astype(float)

    def attention() -> np.ndarray:
        with torch.inference_mode():
            maps = net.eval().layers(
                net.tokens(*one),
                torch.ones(1, len(items), dtype=dtype),
                maps=True,
            )[1]
        return torch.cat(maps).numpy().astype(float)  # (L, H, m + 1, m + 1)

    return Case(
        user,
        item,
        ["item"] * len(names),
        list(names),
        value,
        gradient,
        attention,
        model,
    )
