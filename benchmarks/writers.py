"""Writers at the end of their training, on three shops (chapters 4 and 7).

Run `python -m benchmarks.writers` (about ten minutes of one core, safe to
stop and repeat). Chapter 4's writer, with and without the copy gate, is
trained until its validation loss has been no better for three epochs, beside
the chapter's six epochs: whom does it obey, is its side the source's, does it
repeat itself? `RUNS` lists the seeds of each; a seed draws other records, too. Intervals draw whole customers of all
seeds. Writes book/results/writers.json.
"""

from __future__ import annotations

import random
from dataclasses import replace
from functools import partial

import numpy as np
import torch

from benchmarks.shops import ratio
from benchmarks.tidy import remembered, row, table, write_rows
from benchmarks.writers_task import Task
from recx_lib.judge import (
    bootstrap_interval,
    commonest_word,
    random_of_item,
    repeats,
)
from recx_lib.nets import SEP, UNK

NAME = "writers"
QUICK, TO_THE_END = 6, 24  # epochs: the chapter's; at most
# (shop, may it copy?, epochs): the seeds
RUNS = {
    ("shop", True, TO_THE_END): (0, 1, 2),
    ("shop-harsh", True, TO_THE_END): (0,),
    ("shop-kind", True, TO_THE_END): (0,),
    ("shop", False, TO_THE_END): (0, 1, 2),
    ("shop", True, QUICK): (0,),
}
FEWEST = 20  # sentences of which a share is told
SOURCES = (
    "recx_lib/nets/*.py",
    "recx_lib/data/*.py",
    "recx_lib/shop/*.py",
    "benchmarks/writers*.py",
)  # the figures depend on these


class Answers:
    """Answers of each metric: value, its weight, and whose it is."""

    def __init__(self, task: Task):
        self.whose, self.rows = task.test["user"].tolist(), []

    def add(self, system: str, metric: str, values, where=None) -> None:
        """Add one value a test record; `where` (n,) tells which count."""
        values = np.asarray(values, dtype=float)
        counts = np.ones(len(values)) if where is None else np.array(where)
        told = {"system": system, "metric": metric, "user": self.whose}
        told["value"] = np.where(counts, values, 0.0).tolist()
        self.rows.append(told | {"per": counts.astype(float).tolist()})


def names(said: list[list[str]], wanted: list[str]) -> list[bool]:
    """Return whether each sentence names the wanted word."""
    pairs = zip(said, wanted, strict=True)
    return [word in words for words, word in pairs]


def obedience(task: Task, system: str, model, out: Answers) -> list:
    """Ask whom a writer obeys, plan or sentence; return what it says."""
    rng, given = random.Random(task.seed), task.given
    plans = sorted(set(task.train["term"]))
    others = [rng.choice([p for p in plans if p != one]) for one in task.own]
    # 1. the plan as it is, and renamed to a word never seen
    said = task.say(model, given)
    out.add(system, "names plan", names(said, task.own))
    strange = [renamed(row) for row in given]
    unseen = ["qwert"] * len(given)
    heard = names(task.say(model, strange), unseen)
    out.add(system, "names a new word", heard)
    # 2. another plan, with the sentence it fetches or beside the old one
    pairs = list(zip(given, others, strict=True))
    alone = [replace(one, aspect=other) for one, other in pairs]
    alone = task.say(model, alone)
    out.add(system, "another plan alone", names(alone, others))
    asked = zip(task.test.itertuples(), others, strict=True)
    joint = [task.ask(*pair) for pair in asked]
    heard = names(task.say(model, joint), others)
    out.add(system, "another plan and source", heard)
    # 3. another sentence, the plan as it was
    once = task.train.drop_duplicates("sentence")
    drawn = once.sample(len(given), replace=True, random_state=task.seed)
    pairs = zip(given, drawn["sentence"], strict=True)
    rows = [replace(one, sources=[text.split()]) for one, text in pairs]
    heard = names(task.say(model, rows), list(drawn["term"]))
    out.add(system, "another source alone", heard)
    return [" ".join(words) for words in said]


def renamed(row):
    """Return the request with its plan renamed to an invented word."""
    sources = []
    for words in row.sources:
        new = ["qwert" if word == row.aspect else word for word in words]
        sources.append(new)
    return replace(row, aspect="qwert", sources=sources)


def sides(task: Task, system: str, texts: list[str], out: Answers) -> None:
    """Ask whether a sentence's side is its source's, and the reviewer's."""
    read = [
        " ".join(*row.sources) if row.sources else "" for row in task.given
    ]
    mine, theirs = (task.judged(each, task.own) for each in (texts, read))
    person = task.test["polarity"].to_numpy()
    both = (mine != 0) & (theirs != 0)
    out.add(system, "side of the source", mine == theirs, both)
    out.add(system, "source praises", theirs == 1, both)
    out.add(system, "side of the reviewer", mine == person, mine != 0)
    out.add(system, "reviewer praises", person == 1, mine != 0)
    for side, name in ((1, "praising"), (-1, "blaming")):
        where = both & (theirs == side)
        out.add(system, f"praise after a {name} source", mine == 1, where)


def wording(system: str, texts: list[str], out: Answers) -> None:
    """Ask whether sentences repeat themselves, or all say one word."""
    out.add(system, "repeat", [repeats(text) for text in texts])
    favourite = commonest_word(texts)
    out.add(
        system,
        "commonest",
        names([t.split() for t in texts], [favourite] * len(texts)),
    )


def looks(task: Task, system: str, model, texts: list[str], out) -> None:
    """Ask what hiding the source word looked at most costs, in nats, beside
    hiding one drawn; and being told another customer.
    """
    pairs = zip(task.given, texts, strict=True)
    rows = [replace(one, target=text.split()) for one, text in pairs]
    told = task.collate(rows)
    whole = model.log_likelihood(told)
    with torch.no_grad():
        maps = model.eval()(told).state.attention  # (B, T, S)
    is_word = told.source > SEP
    dice = torch.Generator().manual_seed(task.seed)
    looked = maps.sum(1).masked_fill(~is_word, -1.0).argmax(1)
    drawn = is_word.float().multinomial(1, generator=dice)[:, 0]
    for name, place in (("looked at", looked), ("drawn", drawn)):
        source = told.source.scatter(1, place[:, None], UNK)
        less = model.log_likelihood(replace(told, source=source))
        out.add(system, f"nats for the word {name}", whole - less)
    said = task.test["sentence"].str.split()
    rows = [
        replace(one, target=words)
        for one, words in zip(task.given, said, strict=True)
    ]
    whole = model.log_likelihood(task.collate(rows))
    rng = np.random.default_rng(task.seed)
    others = rng.integers(len(task.people), size=len(rows)).tolist()
    pairs = zip(rows, others, strict=True)
    rows = [replace(one, user_idx=other) for one, other in pairs]
    less = model.log_likelihood(task.collate(rows))
    out.add(system, "nats for the customer", whole - less)


def measure(shop: str, seed: int, copy: bool, epochs: int) -> list[dict]:
    """Train one writer, and ask it everything."""
    task, system = Task(shop, seed), system_of(copy, epochs)
    out = Answers(task)
    model, losses = task.train_net(copy, epochs)
    texts = obedience(task, system, model, out)
    sides(task, system, texts, out)
    wording(system, texts, out)
    looks(task, system, model, texts, out)
    if copy and epochs == TO_THE_END:
        references = list(task.test["sentence"])
        wording("floor:references", references, out)
        drawn = random_of_item(task.train, task.test, seed)
        wording("floor:random-of-item", drawn, out)
        said = [text.split() for text in drawn]
        out.add("floor:random-of-item", "names plan", names(said, task.own))
    return [{"system": system, "losses": losses}, *out.rows]


def system_of(copy: bool, epochs: int) -> str:
    """Return a writer's name: may it copy, is it finished?"""
    name = "recx:copying" if copy else "recx:not-copying"
    return name if epochs == TO_THE_END else f"{name}-quick"


def summarise(shop: str, pieces: list[dict]) -> list[dict]:
    """Return tidy rows over the seeds of a shop; customers are drawn."""
    found, groups = [], {}
    for piece in pieces:
        if "losses" in piece:
            ended = int(np.argmin(piece["losses"])) + 1
            groups.setdefault((piece["system"], "epochs"), []).append(ended)
        else:
            key = piece["system"], piece["metric"]
            groups.setdefault(key, []).append(piece)
    for (system, metric), parts in groups.items():
        key, seeds = (shop, "by time", system, metric), len(parts)
        if metric == "epochs":
            span = {"low": min(parts), "high": max(parts)}
            found.append(row(*key, np.mean(parts), seeds=seeds, **span))
            continue
        sums = [np.column_stack([p["value"], p["per"]]) for p in parts]
        users, sums = sum((p["user"] for p in parts), []), np.vstack(sums)
        if sums[:, 1].sum() < FEWEST:
            continue
        told = bootstrap_interval(sums, groups=users, statistic=ratio)
        span = dict(zip(("value", "low", "high"), told, strict=True))
        n = int(sums[:, 1].sum())
        found.append(row(*key, **span, n=n, seeds=seeds))
    return found


def main() -> None:
    """Measure, or go on measuring, and write the rows."""
    _ = torch.set_num_threads(1)
    rows = []
    for (shop, copy, epochs), seeds in RUNS.items():
        pieces = []
        for seed in seeds:
            ask = partial(measure, shop, seed, copy, epochs)
            key = f"{shop} {seed} {system_of(copy, epochs)}"
            pieces += remembered(NAME, key, ask, SOURCES)
            print(key, flush=True)
        rows += summarise(shop, pieces)
    write_rows(NAME, rows)
    print(table(rows))


if __name__ == "__main__":
    main()
