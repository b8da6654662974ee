"""A writer trained by one process and by two: a piece of benchmarks.scale."""

from __future__ import annotations

import tempfile
import time
from functools import partial
from pathlib import Path

import torch

from benchmarks.tidy import row
from recx_lib.data import load_reviews, tokenize
from recx_lib.nets import (
    Checkpoint,
    Example,
    FitSettings,
    RationaleTransformer,
    TransformerShape,
    Vocab,
    collate,
)
from recx_lib.nets.sentence_net import NetSettings
from recx_lib.scale.parallel import fit_shared, together

N_TRAIN, N_VALID = 512, 64
STILL = NetSettings(
    dropout=0.0, id_dropout=0.0, word_dropout=0.0, rating_dropout=0.0
)
PLAN = FitSettings(epochs=4, batch_size=64, patience=9)


class Stop(Exception):
    """The power goes."""


def lessons() -> tuple[Vocab, list[Example]]:
    """Return a vocabulary and examples: the first words of shop reviews."""
    reviews = load_reviews("shop")
    examples = []
    rows = zip(
        reviews.user_idx,
        reviews.item_idx,
        reviews.rating,
        reviews.frame["text"],
        strict=True,
    )
    for user, item, stars, text in rows:
        words = tokenize(text)[:12]
        if words and len(examples) < N_TRAIN + N_VALID:
            about = int(user), int(item)
            told = {"rating": float(stars), "target": words}
            examples.append(Example(*about, **told))
    return Vocab.build([each.target for each in examples], 2), examples


def train(rank: int, out: str, folder: str, stop_after: int) -> None:
    """Train in every process of the group; the first writes what came of it.

    After `stop_after` epochs the power goes.
    """
    vocab, examples = lessons()
    torch.manual_seed(1)
    net = RationaleTransformer(
        len(vocab), 700, 250, TransformerShape(width=64), STILL
    )
    made = {"epochs": 0}
    together_ = partial(collate, vocab=vocab)

    def counting(rows):
        made["epochs"] += (
            len(rows) == N_VALID and rows[0] is examples[-N_VALID]
        )
        if made["epochs"] > stop_after:
            raise Stop
        return together_(rows)

    start = time.perf_counter()
    kept = Checkpoint(folder)
    data = examples[:N_TRAIN], examples[N_TRAIN:]
    try:
        history = fit_shared(net, *data, counting, PLAN, kept)
    except Stop:
        return
    seconds = time.perf_counter() - start
    if rank == 0:
        torch.save((history, net.state_dict(), seconds), out)


def run(n: int, folder: Path, checkpoint: str, stop_after: int = 99):
    """Train with n processes; return (history, weights, seconds), or None."""
    out = folder / f"{checkpoint}-{n}.pt"
    together(train, n, str(out), str(folder / checkpoint), stop_after)
    return torch.load(out) if out.exists() else None


def gap(one, other) -> float:
    """Return the largest difference of two trainings' weights."""
    pairs = zip(one[1].values(), other[1].values(), strict=True)
    return max((a - b).abs().max().item() for a, b in pairs)


def writer_rows() -> list[dict]:
    """Measure seconds and differences: one process, two, two and then one."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        one = run(1, folder, "one")
        two = run(2, folder, "two")
        run(2, folder, "begun", stop_after=2)
        ended = run(1, folder, "begun")
    about = "shop", "512 sentences"
    gaps = {"two": gap(one, two), "two, then one": gap(one, ended)}
    rows = [
        row(*about, f"recx:{name}", "largest gap", value)
        for name, value in gaps.items()
    ]
    for name, done in (("one", one), ("two", two)):
        rows.append(row(*about, f"recx:{name}", "s", done[2]))
    return rows
