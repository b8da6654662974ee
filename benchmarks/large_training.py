"""Adapt a large model once through the records, resumed where it stopped."""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

import numpy as np
import torch

from recx_lib.core import DataError
from recx_lib.nets import Checkpoint
from recx_lib.nets.checkpoints import named_with
from recx_lib.nets.tuned import Told, TunedWriter, collate_told

CONTEXT = 512  # tokens; the longest record has fewer than 200
KEEP_EVERY = 16  # steps between two checkpoints
LOOK_EVERY = 32  # steps between two looks at the validation records


@dataclass(frozen=True)
class Pass:
    """How to go once through `n` records, drawn by `seed`."""

    n: int = 2048
    batch_size: int = 16
    lr: float = 1e-3
    warmup: float = 0.05
    clip: float = 1.0
    seed: int = 0


@dataclass
class Best:
    """The weights with the lowest loss on `held` records, and that loss."""

    held: Sequence[Told] = ()
    loss: float = math.inf
    step: int = 0
    weights: dict[str, torch.Tensor] = field(default_factory=dict)

    def look(self, writer: TunedWriter, weights: dict, step: int) -> None:
        """Keep the weights where they serve the held records better."""
        loss = mean_loss(writer, self.held)
        print(f"step {step}: {loss:.4f} on {len(self.held)} held", flush=True)
        if loss < self.loss:
            self.loss, self.step = loss, step
            kept = {n: p.detach().clone() for n, p in weights.items()}
            self.weights = kept


@torch.no_grad()
def mean_loss(writer: TunedWriter, rows: Sequence[Told]) -> float:
    """Return the loss a token of the answers, all rows together."""
    losses, counts = [], []
    for start in range(0, len(rows), 32):
        batch = collate_told(rows[start : start + 32], 0, CONTEXT)
        losses.append(writer.loss(batch).item())
        counts.append(int((batch.labels >= 0).sum()))
    return float(np.average(losses, weights=counts))


def adapt(
    writer: TunedWriter,
    rows: Sequence[Told],
    how: Pass,
    folder: Path,
    held: Sequence[Told] = (),
) -> float:
    """Train what is trainable; return the CPU seconds, all runs together.

    Where records are `held` out, the weights that served them best stay.
    """
    torch.set_num_threads(1)
    weights = {n: p for n, p in writer.named_parameters() if p.requires_grad}
    optimizer = torch.optim.AdamW(weights.values(), lr=how.lr)
    checkpoint = Checkpoint(folder, {"pass": asdict(how)})
    batches, best = _batches(rows, how), Best(held)
    done, spent = _resume(checkpoint, weights, optimizer, best)
    for step in range(done, len(batches)):
        started = time.process_time()
        for group in optimizer.param_groups:
            group["lr"] = _lr(how, step, len(batches))
        told = [rows[row] for row in batches[step]]
        loss = writer.loss(collate_told(told, 0, CONTEXT))
        if not torch.isfinite(loss):
            raise DataError(f"step {step + 1}: the loss is {loss.item()}")
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(weights.values(), how.clip)
        optimizer.step()
        last = step + 1 == len(batches)
        if held and (last or (step + 1) % LOOK_EVERY == 0):
            best.look(writer, weights, step + 1)
        spent += time.process_time() - started
        if (step + 1) % KEEP_EVERY == 0 or step + 1 == len(batches):
            print(f"{folder.name} {step + 1}/{len(batches)} {loss:.3f}")
            done = {"epoch": step + 1, "spent": spent}
            _keep(checkpoint, weights, optimizer, best, done)
    with torch.no_grad():
        for name, value in best.weights.items():
            weights[name].copy_(value)
    return spent


def _batches(rows: Sequence[Told], how: Pass) -> list[list[int]]:
    """Return the rows of each step: of like length, in random order."""
    rng = torch.Generator().manual_seed(how.seed)
    drawn = torch.randperm(len(rows), generator=rng)[: how.n].tolist()
    # like lengths side by side, among 20 batches at a time: little padding
    near, out = 20 * how.batch_size, []
    for start in range(0, len(drawn), near):
        part = drawn[start : start + near]
        part.sort(key=lambda row: len(rows[row].prompt))
        cut = range(0, len(part), how.batch_size)
        out += [part[at : at + how.batch_size] for at in cut]
    order = torch.randperm(len(out), generator=rng).tolist()
    return [out[place] for place in order]


def _lr(how: Pass, step: int, n_steps: int) -> float:
    """Return a step's learning rate: a rise, then half a cosine to zero."""
    rise = max(1, int(how.warmup * n_steps))
    if step < rise:
        return how.lr * (step + 1) / rise
    angle = math.pi * (step - rise) / max(1, n_steps - rise)
    return how.lr * 0.5 * (1 + math.cos(angle))


def _keep(checkpoint, weights, optimizer, best: Best, done: dict) -> None:
    """Write down the weights, the best, the optimizer's memory, the time."""
    tensors = {f"weight.{n}": p.detach() for n, p in weights.items()}
    tensors |= {f"best.{n}": one for n, one in best.weights.items()}
    state = optimizer.state_dict()["state"]
    for idx, values in state.items():
        for name, value in values.items():
            tensors[f"optimizer.{idx}.{name}"] = value
    if best.weights:
        done = {**done, "best": [best.step, best.loss]}
    checkpoint.save(tensors, done)


def _resume(checkpoint, weights, optimizer, best: Best) -> tuple[int, float]:
    """Take up where a checkpoint left off; return (steps, CPU seconds)."""
    if not checkpoint.about_file.exists():
        return 0, 0.0
    tensors, found = checkpoint.load()
    whole = optimizer.state_dict()
    with torch.no_grad():
        for name, value in named_with("weight.", tensors).items():
            weights[name].copy_(value)
    for name, value in named_with("optimizer.", tensors).items():
        idx, what = name.split(".")
        whole["state"].setdefault(int(idx), {})[what] = value
    optimizer.load_state_dict(whole)
    best.weights = named_with("best.", tensors)
    progress = found["progress"]
    best.step, best.loss = progress.get("best", (0, math.inf))
    return progress["epoch"], progress["spent"]
