"""Does a writer give away what it was trained on, and what does hiding cost?

`python -m benchmarks.private_writer` trains the small writer of chapter 19 on
a thousand first sentences of the shop, without noise and by DP-SGD (opacus),
with three seeds, each with other sentences. Whoever has a list of sentences
asks which were in: the loss is the guess. As many were not in; by them the
loss is validated. Needs `pip install 'recx-lib[privacy]'`. Writes
book/results/private_writer.json; an interrupted run goes on.
"""

from __future__ import annotations

import warnings
from collections import Counter
from collections.abc import Sequence
from functools import partial

import numpy as np
import torch

from benchmarks.tidy import over_folds, remembered, row, table, write_rows
from recx_lib.data import load_reviews
from recx_lib.people import Target, mark_guess
from recx_lib.people.policy import SENTENCE_END
from recx_lib.people.private_writer import (
    END,
    RARE,
    WORD,
    SmallWriter,
    Training,
    sentence_rows,
    train_writer,
)

NAME = "private_writer"
SEEDS = (0, 1, 2)
N = 1000  # sentences that are learned from, and as many that are not
WRITTEN = 200
EPOCHS = {None: 20, 8.0: 12}
LR = {None: 5e-3, 8.0: 1e-2}
DELTA = 1e-4
SOURCES = ("recx_lib/people/private_writer.py", "benchmarks/private_writer.py")


def pairs(rows: torch.Tensor) -> list[tuple[int, int]]:
    """Return the pairs of neighbouring words, up to each sentence's end."""
    found = []
    for sentence in rows.tolist():
        words = (
            sentence[: sentence.index(END)] if END in sentence else sentence
        )
        found += zip(words, words[1:], strict=False)
    return found


def measure(seed: int, epsilon: float | None) -> list[dict]:
    """Return what one writer gives away, and how well it writes."""
    reviews = load_reviews("shop")
    first = [SENTENCE_END.split(t)[0] for t in reviews.frame["text"]]
    count = Counter(w for text in first for w in WORD.findall(text.lower()))
    words = sorted(word for word, n in count.items() if n >= 10)
    rows = sentence_rows(first, reviews.item_idx, words)
    # 1. as many in as out, by lot
    drawn = np.random.default_rng(seed).permutation(len(first))[: 2 * N]
    both = rows.subset(torch.as_tensor(drawn))
    inside, outside = both.subset(slice(0, N)), both.subset(slice(N, None))
    torch.manual_seed(seed)
    writer = SmallWriter(len(words) + RARE + 1, reviews.n_items, d=16, h=32)
    spends, losses = [], []
    epochs, lr = EPOCHS[epsilon], LR[epsilon]
    how = Training(epochs, 256, lr, epsilon, DELTA, seed=seed)
    for spent in train_writer(writer, inside, how):
        spends.append(spent)
        losses.append(writer.losses(outside).mean())
    # 2. who was in?
    guess = -writer.losses(both)
    marks = mark_guess(guess, Target(0, np.zeros(0, int), np.arange(N)))
    # 3. what is written
    known = set(pairs(rows.words))
    said = pairs(writer.write(outside.item[:WRITTEN], seed))
    found = {
        "auc": marks["auc"],
        "precision": marks["precision"],
        "training loss": -guess[:N].mean(),
        "validation loss": -guess[N:].mean(),
        "best validation loss": min(losses),
        "pairs of words ever written": np.mean([one in known for one in said]),
        "distinct words": len({word for pair in said for word in pair}),
    }
    if epsilon:
        found["epsilon"] = spends[-1]
    return [{name: float(value) for name, value in found.items()}]


def floor(seed: int) -> float:
    """Return the loss outside of a writer that knows only how often each word
    is written, counted inside.
    """
    reviews = load_reviews("shop")
    first = [SENTENCE_END.split(t)[0] for t in reviews.frame["text"]]
    count = Counter(w for text in first for w in WORD.findall(text.lower()))
    words = sorted(word for word, n in count.items() if n >= 10)
    rows = sentence_rows(first, reviews.item_idx, words).words.numpy()
    drawn = np.random.default_rng(seed).permutation(len(first))[: 2 * N]
    n = np.bincount(rows[drawn[:N]].ravel(), minlength=len(words) + RARE + 1)
    n[0] = 0  # PAD
    log = -np.log((n + 1) / (n + 1).sum())
    each = [log[one[one > 0]].mean() for one in rows[drawn[N:]]]
    return float(np.mean(each))


def rows_of(system: str, found: Sequence[dict]) -> list[dict]:
    """Return tidy rows, over the seeds."""
    key = "shop", "by lot", system
    return [
        row(
            *key,
            name,
            setting="writer",
            **over_folds([f[name] for f in found]),
        )
        for name in found[0]
    ]


def main() -> None:
    """Measure, write the results, print the table."""
    torch.set_num_threads(1)
    warnings.simplefilter("ignore")
    found = {"recx:as it is": [], "recx:epsilon 8": []}
    for seed in SEEDS:
        for name, epsilon in zip(found, EPOCHS, strict=True):
            piece = partial(measure, seed, epsilon)
            found[name] += remembered(NAME, f"{name} {seed}", piece, SOURCES)
            print(name, seed, found[name][-1], flush=True)
    rows = []
    for name, one in found.items():
        rows += rows_of(name, one)
    floors = [{"validation loss": floor(seed)} for seed in SEEDS]
    rows += rows_of("floor:words by how often", floors)
    print(table(rows))
    print(f"written: {write_rows(NAME, rows).name}")


if __name__ == "__main__":
    main()
