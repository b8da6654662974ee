"""Chapter 5: writing without a cache, the yardstick for writing with one."""

from __future__ import annotations

from dataclasses import dataclass, replace

import torch
from torch import Tensor
from torch.nn import functional as F

from recx_lib.nets.batches import Batch, select
from recx_lib.nets.vocab import PAD


@dataclass(frozen=True)
class RerunState:
    """All that `Rerun` keeps: the batch and the words so far, no numbers.

    `written` (N, t) holds `<bos>` and the words; `attention` (N, 1, S) is
    where the last one looked.
    """

    batch: Batch
    written: Tensor
    attention: Tensor | None = None


class Rerun:
    """Drive a net without a cache: at every step read everything again.

    It writes what the net itself writes, which must be no different.
    """

    def __init__(self, net):
        self.net = net

    def start(self, batch: Batch) -> RerunState:
        """Keep the batch; nothing is read yet."""
        nothing = torch.zeros(len(batch), 0, dtype=torch.int64)
        return RerunState(batch, nothing)

    def step(
        self, state: RerunState, tokens: Tensor
    ) -> tuple[Tensor, RerunState]:
        """Read all words so far and one more, (N,).

        Return the log-probabilities of the next, (N, V + n_extra).
        """
        written = torch.cat([state.written, tokens[:, None]], dim=1)
        # the net puts <bos> before and drops the last: a place to be filled
        target = F.pad(written[:, 1:], (0, 1), value=PAD)
        told = self.net(replace(state.batch, target=target))
        looked = told.state.attention[:, -1:]
        return told.log_probs[:, -1], RerunState(state.batch, written, looked)

    def reorder(self, state: RerunState, rows: Tensor) -> RerunState:
        """Return the state of the chosen rows, in that order."""
        return replace(select(state, rows), batch=state.batch.rows(rows))
