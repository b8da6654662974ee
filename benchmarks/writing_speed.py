"""Sentences written per second: with the cache, without it, and re-running the prefix as the reference code does."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace

import torch

from recx_lib.batches import Batch
from recx_lib.decoding import Rerun, greedy
from recx_lib.vocab import PAD, Vocab


def as_the_reference(writer, batch: Batch, max_len: int = 15) -> torch.Tensor:
    """Write greedily as PETER's code does: at each of `max_len` steps everything again, for every row, ended or not."""
    written = torch.zeros(len(batch), 0, dtype=torch.int64)
    with torch.inference_mode():
        for _ in range(max_len):
            target = torch.nn.functional.pad(written, (0, 1), value=PAD)
            best = writer(replace(batch, target=target)).log_probs[:, -1].argmax(dim=1)
            written = torch.cat([written, best[:, None]], dim=1)
    return written


def per_second(write: Callable[[Batch], object], batches: list[Batch]) -> float:
    """Return sentences per second of CPU time over all batches, after one batch to warm up."""
    write(batches[0])
    begin = time.process_time()
    for batch in batches:
        write(batch)
    return sum(map(len, batches)) / (time.process_time() - begin)


def speeds(writer, batches: list[Batch], vocab: Vocab) -> dict[str, float]:
    """Return sentences per CPU second for the three ways, one thread, same sentences."""
    torch.set_num_threads(1)
    writer.eval()
    ways = {
        "cache": lambda batch: greedy(writer, batch, vocab),
        "no cache": lambda batch: greedy(Rerun(writer), batch, vocab),
        "as the reference": lambda batch: as_the_reference(writer, batch),
    }
    return {name: per_second(write, batches) for name, write in ways.items()}
