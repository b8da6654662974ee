"""Chapter 7: many drafts of one sentence, by beam search and by sampling."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from zlib import crc32

from recx_lib.nets.batches import Batch
from recx_lib.nets.decoding import Dice, beam, sample
from recx_lib.nets.limits import NO_LIMITS, Limits
from recx_lib.nets.unfinished import Written
from recx_lib.nets.vocab import Vocab


@dataclass(frozen=True)
class Drafting:
    """How a network drafts: what it reads, and how much it writes.

    For each of up to `n_plans` aspects it reads `n_sources` retrieved
    sentences and writes `n_beam` drafts by beam search and `n_sample` by
    sampling at `temperature`, with `repeat_penalty` as in `Limits`. `seed`
    decides the samples.
    """

    n_plans: int = 3
    n_sources: int = 2
    n_beam: int = 4
    n_sample: int = 28
    temperature: float = 0.7
    repeat_penalty: float = 1.0
    seed: int = 0


DRAFTING = Drafting()


def write_drafts(
    net,
    batch: Batch,
    vocab: Vocab,
    drafting: Drafting = DRAFTING,
    limits: Limits = NO_LIMITS,
    seeds: Sequence[int] | int = 0,
) -> list[list[Written]]:
    """Return each row's drafts: a beam's, best first, then samples.

    Twins stay twins. With a seed for each row, a row's drafts do not depend on
    the rest of the batch. Raise DataError for limits that cannot be met.
    """
    # the likeliest, much alike; and various ones, some of which babble
    found = beam(net, batch, vocab, drafting.n_beam, limits=limits)
    n, dice = drafting.n_sample, Dice(drafting.temperature)
    drawn = sample(net, batch, vocab, n, dice, limits, seeds)
    return [[*best, *more] for best, more in zip(found, drawn, strict=True)]


def seed_of(seed: int, *names: object) -> int:
    """Return a seed for these names: the same in every run and every batch.

    >>> seed_of(0, "ann", "tent", "zip") == seed_of(0, "ann", "tent", "zip")
    True
    >>> seed_of(0, "ann", "tent", "zip") == seed_of(0, "ann", "mat", "zip")
    False
    """
    return crc32("|".join(map(str, (seed, *names))).encode())
