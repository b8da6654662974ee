"""Chapter 10: who rated what before, as rows of a table and as batches."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from recx_lib.core.checks import check_positive, check_whole
from recx_lib.core.errors import DataError
from recx_lib.data.reviews import Reviews
from recx_lib.nets.training import FitSettings
from recx_lib.recommend.mf import group


@dataclass(frozen=True)
class HistoryShape:
    """How large HistoryAttention is, and how far back it looks.

    `layers` of attention of a `width` in `heads`, as in chapter 5, over the
    latest `max_history` rows of a user.
    """

    layers: int = 1
    width: int = 32
    heads: int = 2
    max_history: int = 200

    def check(self) -> None:
        """Raise DataError for a number out of range."""
        check_whole(layers=self.layers, width=self.width, heads=self.heads)
        check_whole(max_history=self.max_history)


SHAPE = HistoryShape()


@dataclass(frozen=True)
class HistoryTraining:
    """How HistoryAttention learns.

    At most `draw` of a user's rows are drawn anew each time, and some of them
    hidden (a share of `hide` in the mean): a score without some evidence is
    nothing new to the network. `dropout`, `epochs`, `batch_size`, `lr`,
    `weight_decay` and `patience` are as in chapter 4.
    """

    draw: int = 50
    hide: float = 0.2
    dropout: float = 0.1
    epochs: int = 30
    batch_size: int = 128
    lr: float = 1e-3
    weight_decay: float = 0.1
    patience: int = 6

    def check(self) -> None:
        """Raise DataError for a setting out of range."""
        check_positive(lr=self.lr)
        check_whole(draw=self.draw, epochs=self.epochs)
        check_whole(batch_size=self.batch_size, patience=self.patience)
        if not (0 <= self.hide < 1 and 0 <= self.dropout < 1):
            raise DataError(
                f"hide={self.hide} and dropout={self.dropout} must be at "
                "least 0 and below 1"
            )

    def fit_settings(self, seed: int) -> FitSettings:
        """Return what chapter 4's loop needs to know."""
        return FitSettings(
            self.epochs,
            self.batch_size,
            self.lr,
            self.weight_decay,
            patience=self.patience,
            seed=seed,
        )


TRAINING = HistoryTraining()


@dataclass
class Histories:
    """The rows of a training table by user, then by time.

    `item`, `stars` and `rest` are (n_rows,): which item a row is about, its
    rating, and how far that lies from the item's mean. `order` (n_rows,) are
    the row numbers by user, then by time; those of user u stand in
    order[start[u]:start[u + 1]].
    """

    item: np.ndarray
    stars: np.ndarray
    rest: np.ndarray
    order: np.ndarray
    start: np.ndarray

    @classmethod
    def of(cls, rows: Reviews, rest: np.ndarray) -> Histories:
        """Sort the rows of a table whose `rest` (n_rows,) is known."""
        times = rows.frame["timestamp"].to_numpy()
        by_time = np.argsort(times, kind="stable")
        by_user, start = group(rows.user_idx[by_time], rows.n_users)
        order = by_time[by_user]
        return cls(rows.item_idx, rows.rating, rest, order, start)

    def past(self, user_idx: int, item_idx: int) -> np.ndarray:
        """Return the user's rows about other items, the earliest first."""
        start, end = self.start[user_idx : user_idx + 2]
        rows = self.order[start:end]
        return rows[self.item[rows] != item_idx]

    def pack(
        self, targets: np.ndarray, pasts: Sequence[np.ndarray]
    ) -> tuple[Tensor, ...]:
        """Return (target, items, rest, presence) of B items and their pasts.

        (B,), and three (B, S); shorter pasts are padded at the front, with
        presence 0.
        """
        # 1. Rows of equal length, filled with -1 from the left.
        longest = max(len(past) for past in pasts)
        rows = np.full((len(pasts), longest), -1)
        for number, past in enumerate(pasts):
            rows[number, longest - len(past) :] = past
        # 2. What is only filling is absent.
        presence = (rows >= 0).astype(float)
        parts = np.asarray(targets), self.item[rows], self.rest[rows], presence
        return tuple(torch.from_numpy(part) for part in parts)

    def draw(
        self,
        targets: np.ndarray,
        pasts: Sequence[np.ndarray],
        training: HistoryTraining,
        rng: np.random.Generator,
    ) -> tuple[Tensor, ...]:
        """Return the same, of a few rows of each past, some of them hidden."""
        # 1. A few rows of each past, in any order.
        few = []
        for past in pasts:
            shuffled = past[rng.random(len(past)).argsort()]
            few.append(shuffled[: training.draw])
        target, items, rest, presence = self.pack(targets, few)
        # 2. Hide a share of them, another share in each past.
        draw = rng.random(presence.shape)
        hidden = 2 * training.hide * rng.random((len(few), 1))
        presence *= torch.from_numpy(draw >= hidden)
        return target, items, rest, presence
