"""What a writer keeps when it is made smaller (chapter 17's second half).

Chapter 5's Transformer learns chapter 4's records of the shop; then it is
pruned, retrained, rounded to eight bits, robbed of heads and layers, and
taught to one of half its width. Each copy is asked three things of held-out
records: how likely it finds what people wrote, whether its own sentence names
the plan, and which word of the source its sentence hangs on. A second
training from another seed is the floor: two whole networks disagree, too.

`python -m benchmarks.service_writer [--seeds 1]` takes three minutes of a core
for each seed (default: three), and goes on where it was broken off. Writes
book/results/service-writer.json.
"""

from __future__ import annotations

import argparse
from copy import deepcopy
from dataclasses import replace
from functools import partial
from time import process_time

import numpy as np
import torch

from benchmarks.service_networks import together
from benchmarks.tidy import remembered, row, write_rows
from benchmarks.writers_task import Task
from recx_lib.judge import bleu
from recx_lib.nets import (
    SEP,
    UNK,
    Distilled,
    FitSettings,
    NetSettings,
    RationaleTransformer,
    TransformerShape,
    drop_layer,
    fit,
    hold_zeros,
    prune_small,
    silence_head,
    stored_bytes,
    to_int8,
)

EPOCHS, AGAIN = 8, 2  # of a training; of a pruned one that goes on
WIDE, NARROW = 64, 32
FLOOR = 100  # added to a seed, for a training that begins elsewhere


class Lessons:
    """The records of one seed, and how a writer learns and is examined."""

    def __init__(self, seed: int):
        self.task, self.seed = Task("shop", seed), seed
        task = self.task
        rows = task.train.itertuples()
        self.lessons = [task._lesson(one, one.Index) for one in rows]
        self.exam = [task._lesson(one) for one in task.valid.itertuples()]
        said = task.test["sentence"].str.split()
        pairs = zip(task.given, said, strict=True)
        told = [replace(one, target=words) for one, words in pairs]
        self.written = task.collate(told)  # what people wrote

    def begin(self, width: int, seed: int) -> RationaleTransformer:
        """Return a writer that has learned nothing."""
        torch.manual_seed(seed)
        task = self.task
        sizes = len(task.vocab), len(task.people), len(task.goods)
        shape = TransformerShape(width, heads=4, layers=2)
        return RationaleTransformer(*sizes, shape, NetSettings())

    def learn(self, model, epochs: int = EPOCHS, seed: int = 0):
        """Train; return the model."""
        plan = FitSettings(epochs, 32, 3e-3, patience=epochs, seed=seed)
        collate = self.task.collate
        fit(model, self.lessons, self.exam, collate, plan, quiet=True)
        return model


def retrained(school: Lessons, net):
    """Return a pruned network that learned on, and stayed pruned."""
    return school.learn(hold_zeros(deepcopy(net)), AGAIN, school.seed)


def copies(school: Lessons, teacher) -> dict:
    """The writer, and smaller ones."""
    seed = school.seed
    half, fifth = prune_small(teacher, 0.5), prune_small(teacher, 0.8)
    alone = school.learn(school.begin(NARROW, seed), EPOCHS, seed)
    student = school.begin(NARROW, seed)
    _ = school.learn(Distilled(student, teacher), EPOCHS, seed)
    other = school.begin(WIDE, seed + FLOOR)
    return {
        "recx:writer": teacher,
        # beside those that were pruned and learned on: as long at school
        "recx:writer trained on": retrained(school, teacher),
        "recx:writer int8": to_int8(teacher),
        "recx:writer half": half,
        "recx:writer half, trained on": retrained(school, half),
        "recx:writer half, int8": to_int8(half),
        "recx:writer a fifth": fifth,
        "recx:writer a fifth, trained on": retrained(school, fifth),
        "recx:writer without a head": silence_head(teacher, 0, 0),
        "recx:writer without a head at the source": silence_head(
            teacher, 1, 0, "cross"
        ),
        "recx:writer without a layer": drop_layer(teacher, 1),
        "recx:writer half as wide": alone,
        "recx:writer half as wide, taught": student.eval(),
        "recx:writer half as wide, taught, int8": to_int8(student),
        "floor:writer another seed": school.learn(other, EPOCHS, seed + FLOOR),
        "floor:writer untrained": school.begin(WIDE, seed).eval(),
    }


def falls(model, batch) -> np.ndarray:
    """What hiding each place of the source costs a sentence, in nats (B, S);
    -infinity where there is no word.
    """
    whole = model.log_likelihood(batch)
    found = []
    for place in range(batch.source.shape[1]):
        source = batch.source.clone()
        is_word = source[:, place] > SEP
        source[is_word, place] = UNK
        less = model.log_likelihood(replace(batch, source=source))
        fall = torch.where(is_word, whole - less, -torch.inf)
        found.append(fall)
    return torch.stack(found, dim=1).numpy()


def fall_at(found: np.ndarray, places: np.ndarray) -> float:
    """The mean fall at one place of each row."""
    return float(found[np.arange(len(found)), places].mean())


def examined(school: Lessons, model, spoken, old, drawn) -> dict[str, float]:
    """What a writer weighs, knows and says, and what its words hang on.

    `spoken`: the whole writer's own sentences, whose reasons are compared;
    `old` and `drawn`: a place of each source, the whole writer's reason and
    one by lot.
    """
    task = school.task
    start = process_time()
    said = task.say(model, task.given)
    ms = 1000 * (process_time() - start) / len(said)
    words = (school.written.target != 0).sum()
    nats = -model.log_likelihood(school.written).sum() / words
    found = falls(model, spoken)
    mine = found.argmax(axis=1)
    texts = [" ".join(words) for words in said]
    read = [
        " ".join(*one.sources) if one.sources else "" for one in task.given
    ]
    side, theirs = (task.judged(each, task.own) for each in (texts, read))
    both = (side != 0) & (theirs != 0)
    named = [p in w for p, w in zip(task.own, said, strict=True)]
    return {
        "kb": stored_bytes(model) / 1024,
        "write_cpu_ms": ms,
        "nats": float(nats),
        "bleu": bleu(list(task.test["sentence"]), texts),
        "names_plan": float(np.mean(named)),
        "side": float(np.mean(side[both] == theirs[both])),
        "same_first": float(np.mean(mine == old)),
        "own_reasons": fall_at(found, mine),
        "old_reasons": fall_at(found, old),
        "drawn": fall_at(found, drawn),
    }


def measure_writer(seed: int) -> list[dict]:
    """Size, quality and reasons of smaller writers, one training."""
    school = Lessons(seed)
    task = school.task
    teacher = school.learn(school.begin(WIDE, seed), EPOCHS, seed)
    # the sentences whose reasons are compared: the whole writer's own
    said = task.say(teacher, task.given)
    pairs = zip(task.given, said, strict=True)
    spoken = task.collate([replace(one, target=words) for one, words in pairs])
    reasons = falls(teacher, spoken)
    there = np.isfinite(reasons)
    kept = there.any(axis=1)
    spoken = spoken.rows(torch.from_numpy(np.flatnonzero(kept)))
    old = reasons[kept].argmax(axis=1)
    rng = np.random.default_rng(seed)
    drawn = np.array([rng.choice(np.flatnonzero(one)) for one in there[kept]])
    rows = []
    for system, net in copies(school, teacher).items():
        what = partial(row, "shop", f"seed {seed}", system, n=int(kept.sum()))
        found = examined(school, net, spoken, old, drawn)
        print(system, {k: round(v, 3) for k, v in found.items()}, flush=True)
        rows += [what(metric, value) for metric, value in found.items()]
    return rows


SOURCES = ("recx_lib/nets/smaller.py", "benchmarks/service_writer.py")


def main() -> None:
    """Measure each training once; write the file."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.service_writer"
    )
    parser.add_argument("--seeds", type=int, default=3, help="trainings")
    torch.set_num_threads(1)
    trainings = []
    for seed in range(parser.parse_args().seeds):
        ask = partial(measure_writer, seed)
        found = remembered("service-writer", str(seed), ask, SOURCES)
        trainings.append(found)
    path = write_rows("service-writer", together(trainings))
    print(f"written: {path.name}")


if __name__ == "__main__":
    main()
