"""Adapt a large model once through the records, resumed where it stopped."""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import torch

from recx_lib.core import DataError
from recx_lib.nets import Checkpoint
from recx_lib.nets.tuned import Told, TunedWriter, collate_told

CONTEXT = 512  # tokens; the longest record has fewer than 200
KEEP_EVERY = 16  # steps between two checkpoints


@dataclass(frozen=True)
class Pass:
    """How to go once through `n` records, drawn by `seed`."""

    n: int = 2048
    batch_size: int = 16
    lr: float = 1e-3
    warmup: float = 0.05
    clip: float = 1.0
    seed: int = 0


def adapt(
    writer: TunedWriter, rows: Sequence[Told], how: Pass, folder: Path
) -> float:
    """Train what is trainable; return the CPU seconds, all runs together."""
    torch.set_num_threads(1)
    weights = {n: p for n, p in writer.named_parameters() if p.requires_grad}
    optimizer = torch.optim.AdamW(weights.values(), lr=how.lr)
    checkpoint = Checkpoint(folder, {"pass": asdict(how)})
    batches = _batches(rows, how)
    done, spent = _resume(checkpoint, weights, optimizer)
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
        spent += time.process_time() - started
        if (step + 1) % KEEP_EVERY == 0 or step + 1 == len(batches):
            print(f"{folder.name} {step + 1}/{len(batches)} {loss:.3f}")
            _keep(checkpoint, weights, optimizer, step + 1, spent)
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


def _keep(checkpoint, weights, optimizer, step: int, spent: float) -> None:
    """Write down the weights, the optimizer's memory and the time."""
    tensors = {f"weight.{n}": p.detach() for n, p in weights.items()}
    state = optimizer.state_dict()["state"]
    for idx, values in state.items():
        for name, value in values.items():
            tensors[f"optimizer.{idx}.{name}"] = value
    checkpoint.save(tensors, {"epoch": step, "spent": spent})


def _resume(checkpoint, weights, optimizer) -> tuple[int, float]:
    """Take up where a checkpoint left off; return (steps, CPU seconds)."""
    if not checkpoint.about_file.exists():
        return 0, 0.0
    tensors, found = checkpoint.load()
    whole = optimizer.state_dict()
    with torch.no_grad():
        for name, value in tensors.items():
            kind, _, rest = name.partition(".")
            if kind == "weight":
                weights[rest].copy_(value)
            else:
                idx, what = rest.split(".")
                whole["state"].setdefault(int(idx), {})[what] = value
    optimizer.load_state_dict(whole)
    return found["progress"]["epoch"], found["progress"]["spent"]
