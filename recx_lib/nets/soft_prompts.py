"""Chapter 13: prompts that are no words: vectors put before the text."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from recx_lib.core.errors import DataError


class SoftPrompt(nn.Module):
    """Learned vectors before the words, one from each of some tables.

    `sizes=(n_users, n_items)`: the user's and the item's (PEPLER: Li, Zhang &
    Chen, 2023); `sizes=(1, 1, 1)`: the same three for everybody (Lester et
    al., 2021). They begin as `words`, (n, D), drawn at random: near what the
    model knows. The number -1 (unknown) gives a table's mean.
    """

    def __init__(self, sizes: Sequence[int], words: Tensor, seed: int = 0):
        super().__init__()
        if len(sizes) == 0 or min(sizes) < 1:
            raise DataError(
                f"sizes={tuple(sizes)}: give each table one row or more"
            )
        rng = torch.Generator().manual_seed(seed)
        tables = []
        for size in sizes:
            drawn = torch.randint(len(words), (size,), generator=rng)
            start = words.detach()[drawn].clone()
            tables.append(nn.Embedding.from_pretrained(start, freeze=False))
        self.tables = nn.ModuleList(tables)

    def __len__(self) -> int:
        return len(self.tables)

    def forward(self, ids: Tensor) -> Tensor:
        """Return the vectors of rows `ids`, (B, n) → (B, n, D).

        Nobody named, (B, 0): the first row of each table.
        """
        if ids.shape[1] == 0:
            ids = torch.zeros(len(ids), len(self), dtype=torch.long)
        vectors = []
        for table, rows in zip(self.tables, ids.T, strict=True):
            known = table(rows.clamp(min=0))  # (B, D)
            mean = table.weight.mean(dim=0)
            vectors.append(torch.where(rows[:, None] < 0, mean, known))
        return torch.stack(vectors, dim=1)
