"""Sentences written per second: with the cache, without it, and re-running
the prefix as the reference code does.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import replace

import torch

from recx_lib.nets import BOS, Batch, Rerun, Vocab, greedy


def as_the_reference(writer, batch: Batch, max_len: int = 15) -> torch.Tensor:
    """Write greedily as PETER's code does: no cache, no row leaves.

    At each of `max_len` steps everything is read again, for every row, ended
    or not; words are scored at the last position alone.
    """
    written = torch.full((len(batch), 1), BOS)  # (B, 1 + t)
    with torch.inference_mode():
        for _ in range(max_len):
            hidden, state = writer.read(writer.encode(batch), written)
            looked = state.attention[:, -1:]
            state = replace(state, attention=looked)
            log_probs = writer.log_probs(hidden[:, -1:], state)[:, 0]
            best = log_probs.argmax(dim=1)
            written = torch.cat([written, best[:, None]], dim=1)
    return written[:, 1:]


def steps(writer, batch: Batch, n_words: int) -> torch.Tensor:
    """Write exactly `n_words` words a row, greedily, whatever they are: what one more word costs."""
    word = torch.full((len(batch),), BOS)
    with torch.inference_mode():
        state = writer.start(batch)
        for _ in range(n_words):
            log_probs, state = writer.step(state, word)
            word = log_probs.argmax(dim=1)
    return word


def per_second(
    write: Callable[[Batch], object], batch: Batch, repeats: int = 5
) -> float:
    """Return sentences per second of CPU time, the median of `repeats` runs after one to warm up."""
    write(batch)
    spent = []
    for _ in range(repeats):
        begin = time.process_time()
        write(batch)
        spent.append(time.process_time() - begin)
    return len(batch) / statistics.median(spent)


def speeds(writer, batch: Batch, vocab: Vocab) -> dict[str, float]:
    """Return sentences per CPU second for the three ways, one thread, same sentences."""
    torch.set_num_threads(1)
    writer.eval()
    ways = {
        "cache": lambda batch: greedy(writer, batch, vocab),
        "no cache": lambda batch: greedy(Rerun(writer), batch, vocab),
        "as the reference": lambda batch: as_the_reference(writer, batch),
    }
    return {name: per_second(write, batch) for name, write in ways.items()}


def gain_by_length(
    writer, batch: Batch, lengths: Sequence[int] = (2, 4, 8, 16, 30)
) -> dict[int, float]:
    """Return how many times as fast the cache writes sentences of exactly so many words."""
    torch.set_num_threads(1)
    writer.eval()
    cached = {
        n: per_second(lambda batch, n=n: steps(writer, batch, n), batch)
        for n in lengths
    }
    return {
        n: cached[n]
        / per_second(
            lambda batch, n=n: steps(Rerun(writer), batch, n), batch, 1
        )
        for n in lengths
    }
