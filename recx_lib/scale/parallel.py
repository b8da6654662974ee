"""Chapter 18: one writer trained by several processes."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path

import torch
import torch.distributed as dist
from torch import Tensor, nn

from recx_lib.core.checks import check_whole
from recx_lib.core.errors import DataError
from recx_lib.nets.batches import Batch, select
from recx_lib.nets.checkpoints import Checkpoint
from recx_lib.nets.losses import (
    bag_loss,
    can_be_written,
    rating_loss,
    word_loss,
)
from recx_lib.nets.sentence_net import SentenceNet
from recx_lib.nets.training import FitSettings, fit
from recx_lib.nets.vocab import EOS


def counted(batch: Batch, vocab_size: int) -> Tensor:
    """Return over how many terms each of a writer's three losses is a mean.

    (3,): words, words of the bag, known ratings.
    """
    words = can_be_written(batch.target)  # (B, T)
    bag = words & (batch.target < vocab_size) & (batch.target != EOS)
    known = ~batch.rating.isnan()  # (B,)
    return torch.stack([words.sum(), bag.sum(), known.sum()])


def part_of_loss(net: SentenceNet, batch: Batch, rows: Tensor) -> Tensor:
    """Return what some rows of a batch contribute to the batch's loss.

    Over shares that hold each row once, contributions sum to
    `net.loss(batch)`, and so do their gradients. A mean of the shares' means
    would not: a share of short sentences has fewer words. So each share's mean
    is weighed by the terms it is a mean of.
    """
    mine, chosen = select(batch, rows), net.settings
    # 1. the three means over my rows, as in SentenceNet.loss
    told = net(mine)
    smoothing = chosen.smoothing if net.training else 0.0
    words = word_loss(told.log_probs, mine.target, net.vocab_size, smoothing)
    bag = bag_loss(told.context, mine.target, net.vocab_size)
    stars = rating_loss(told.state.rating, mine.rating)
    means = torch.stack([words, bag, stars])
    # 2. each times its share of the whole batch's terms
    whole = counted(batch, net.vocab_size).clamp(min=1)
    shares = counted(mine, net.vocab_size) / whole
    kinds = [1.0, chosen.context_weight, chosen.rating_weight]
    return (torch.tensor(kinds) * shares * means).sum()


class SharedNet(nn.Module):
    """A writer whose batches are shared out among all processes.

    Every process holds the whole net and sees the whole batch; of it, process
    r of n reads rows r, r + n, r + 2n, … The gradients of all are summed
    before anybody takes a step, so all take the same. `loss` has the value of
    the whole batch's loss, and the gradient of one's own part. `close` gives
    the net back as it came: its gradients are its own again.
    """

    def __init__(self, net: SentenceNet):
        super().__init__()
        self.net = net
        self.hooks = [
            weight.register_post_accumulate_grad_hook(_sum_gradient)
            for weight in net.parameters()
            if weight.requires_grad
        ]

    def close(self) -> None:
        """Take the hooks off: nobody's gradients are summed any more."""
        for hook in self.hooks:
            hook.remove()

    def loss(self, batch: Batch) -> Tensor:
        """Return the whole batch's loss; its gradient is that of my rows."""
        rank, n = dist.get_rank(), dist.get_world_size()
        rows = torch.arange(len(batch))[rank::n]  # maybe none
        # the dice that order the rows must fall alike in every process: those
        # of dropout are others, thrown apart
        dice = int(torch.randint(2**31, ())) + rank
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(dice)
            mine = part_of_loss(self.net, batch, rows)
        whole = mine.detach().clone()
        dist.all_reduce(whole)
        return mine + (whole - mine.detach())


def _sum_gradient(weight: Tensor) -> None:
    """Replace a gradient by the sum of all processes' gradients."""
    dist.all_reduce(weight.grad)


class FirstWrites(Checkpoint):
    """A checkpoint that one process writes, and all read."""

    def save(self, tensors: dict[str, Tensor], progress: dict) -> None:
        """Write in process 0 only; the others wait for it."""
        if dist.get_rank() == 0:
            super().save(tensors, progress)
        dist.barrier()


def fit_shared(
    net: SentenceNet,
    train: Sequence,
    validation: Sequence,
    collate: Callable,
    settings: FitSettings | None = None,
    checkpoint: Checkpoint | None = None,
) -> list[dict]:
    """Train a writer in every process of the group; return the history.

    As `fit`, with the same history to rounding, if nothing is dropped, however
    many processes share the work: a checkpoint that n wrote is taken up by m.
    Every process ends with the same weights, and a net that again learns
    alone. Call it in all of them, after
    `torch.distributed.init_process_group`. Raise DataError as `fit`, and where
    there is no group.
    """
    if not (dist.is_available() and dist.is_initialized()):
        raise DataError(
            "no group of processes: call it through `together`, or start "
            "with torchrun and torch.distributed.init_process_group('gloo')"
        )
    if checkpoint is not None:
        checkpoint = FirstWrites(checkpoint.folder, checkpoint.about)
    data = train, validation, collate
    with closing(SharedNet(net)) as shared:
        return fit(shared, *data, settings or FitSettings(), checkpoint, True)


def together(do: Callable, n: int, *told) -> None:
    """Run do(rank, *told) in n processes of one group on this machine.

    They meet in a file, no port is opened, and end when all have returned. An
    error in one ends all and is raised here. `do` must be importable, since
    the processes are new ones.
    """
    check_whole(n=n)
    with tempfile.TemporaryDirectory() as folder:
        meet = Path(folder) / "meet"
        torch.multiprocessing.spawn(_member, (do, n, meet, told), nprocs=n)


def _member(rank: int, do: Callable, n: int, meet: Path, told: tuple) -> None:
    """Join the group, do the work, leave."""
    torch.set_num_threads(1)
    where = {"init_method": meet.as_uri(), "rank": rank, "world_size": n}
    dist.init_process_group("gloo", **where)
    try:
        do(rank, *told)
    finally:
        dist.destroy_process_group()
