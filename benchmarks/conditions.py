"""Conditions: what a Transformer trained to its end listens to (chapter 5).

Run `python -m benchmarks.conditions` (the default shop; about eight minutes of
one core, safe to stop and repeat). Three seeds, each with three weights of
context prediction; every net is trained until its validation loss has been
no better for three epochs, at most 24. The last tenth of the training part
stops it, the test part answers:

- which true condition makes the true sentence likelier than another row's
  (five swaps a seed): `wins` and `nats lost`;
- whether a sentence on what the customer wrote about takes the customer's
  side: `side right`, beside a net and the item's reviews that ask no net;
- whether stars that are told move the side: `praise` at one and at five.

Intervals draw whole items. Writes book/results/conditions.json.
"""

from __future__ import annotations

import math
from dataclasses import replace
from functools import partial

import numpy as np
import pandas as pd
import torch

from benchmarks.tidy import remembered, row, table, write_rows
from recx_lib.data import (
    item_profile,
    load_reviews,
    mine_lexicon,
    mine_mentions,
    split_by_time,
    tokenize,
)
from recx_lib.judge import bootstrap_interval
from recx_lib.nets import (
    Example,
    FitSettings,
    NetSettings,
    RationaleTransformer,
    TransformerShape,
    Vocab,
    collate,
    fit,
    greedy,
)

NAME = "conditions"
SOURCES = (
    "recx_lib/nets/*.py",
    "recx_lib/data/*.py",
    "data/shop/*.csv",
    "benchmarks/conditions.py",
)  # the figures depend on these
WEIGHTS = (0.1, 0.0, 1.0)  # of context prediction; the default first
SEEDS = (0, 1, 2)
SWAPS = 5
TO_THE_END = FitSettings(
    epochs=24, lr=8e-3, weight_decay=0.05, warmup=0.1, patience=3
)
CONDITIONS = {"user": "user_idx", "item": "item_idx", "aspect": "aspect"}


class Task:
    """The sentences of chapter 5, as examples to learn from and to judge."""

    def __init__(self, data: str = "shop", longest: int = 14):
        self.reviews = load_reviews(data)
        self.train, self.test = split_by_time(self.reviews)
        frame = self.train.frame
        self.lexicon = mine_lexicon(frame["text"], self.train.rating)
        self.known = self.mentions(self.train, longest)
        later = self.mentions(self.test, longest)
        met = later["aspect"].isin(set(self.known["aspect"]))
        self.later = later[met].reset_index(drop=True)
        rows = self.examples(self.known)
        n_learn = len(rows) * 9 // 10
        self.learn, self.check = rows[:n_learn], rows[n_learn:]
        said = [(*one.target, one.aspect, one.aspect) for one in self.learn]
        self.vocab = Vocab.build(said, min_count=2)
        self.collate = partial(collate, vocab=self.vocab)

    def mine(self, part) -> pd.DataFrame:
        """Return the mentions of a part, by the training part's lexicon."""
        return mine_mentions(part, self.lexicon, self.reviews.aspects or None)

    def mentions(self, part, longest: int) -> pd.DataFrame:
        """Return mentions in sentences of at most `longest` words, by time."""
        found, frame = self.mine(part), part.frame
        found["words"] = [tuple(tokenize(one)) for one in found["sentence"]]
        found["time"] = frame["timestamp"].loc[found["review"]].to_numpy()
        found["rating"] = frame["rating"].loc[found["review"]].to_numpy()
        short = found[found["words"].str.len() <= longest]
        return short.sort_values("time", kind="stable")

    def examples(self, mentions: pd.DataFrame, told=True) -> list[Example]:
        """Return them as examples, with the stars only where `told`."""
        users = self.reviews.users.idx(mentions["user"]).tolist()
        items = self.reviews.items.idx(mentions["item"]).tolist()
        who = zip(users, items, mentions.itertuples(), strict=True)
        found = []
        for user, item, one in who:
            stars = one.rating if told else math.nan
            found.append(Example(user, item, one.aspect, (), stars, one.words))
        return found

    def net(self, seed: int, weight: float) -> tuple:
        """Return a trained net and the history of its training."""
        _ = torch.manual_seed(seed)
        sizes = len(self.vocab), self.reviews.n_users, self.reviews.n_items
        lessons = NetSettings(
            copy=False,
            dropout=0.1,
            smoothing=0.0,
            id_dropout=0.02,
            context_weight=weight,
        )
        shape = TransformerShape(width=48, layers=1)
        model = RationaleTransformer(*sizes, shape, lessons)
        plan = replace(TO_THE_END, seed=seed)
        done = fit(
            model, self.learn, self.check, self.collate, plan, quiet=True
        )
        return model, done


def swapped(task: Task, model, seed: int) -> dict:
    """Return, by condition, each test sentence's share of swaps won by the
    truth and its mean fall in nats; a swap that changes nothing counts not.
    """
    judged = task.examples(task.later, told=False)
    own = model.log_likelihood(task.collate(judged)).numpy()
    rng, found = np.random.default_rng(seed), {}
    for name, field in CONDITIONS.items():
        won, fall = [], []
        for _ in range(SWAPS):
            dealt = [judged[k] for k in rng.permutation(len(judged))]
            values = [getattr(other, field) for other in dealt]
            pairs = list(zip(judged, values, strict=True))
            rows = [replace(one, **{field: value}) for one, value in pairs]
            lost = own - model.log_likelihood(task.collate(rows)).numpy()
            same = [getattr(one, field) == value for one, value in pairs]
            won.append(np.where(same, np.nan, lost > 0))
            fall.append(np.where(same, np.nan, lost))
        found[f"wins {name}"] = np.nanmean(won, axis=0).tolist()
        found[f"nats {name}"] = np.nanmean(fall, axis=0).tolist()
    return found


def sides(task: Task, model) -> dict:
    """Return what the written sentences judge of the aspect that the customer
    wrote about, +1, −1 or 0 (nothing found): by the stars that were told.
    """
    first = task.later.drop_duplicates("review")
    blank = [replace(e, target=()) for e in task.examples(first, told=False)]
    found = {}
    for stars in (math.nan, 1.0, 5.0):
        asked = [replace(one, rating=stars) for one in blank]
        said = greedy(model, task.collate(asked), task.vocab)
        texts = [one.text for one in said]
        frame = task.test.frame.loc[first["review"]].assign(text=texts)
        heard = task.mine(replace(task.test, frame=frame))
        keys = ["review", "aspect"]
        heard = heard.drop_duplicates(keys).set_index(keys)["polarity"]
        wanted = pd.MultiIndex.from_frame(first[keys])
        side = heard.reindex(wanted, fill_value=0)
        found[f"side at {stars:.0f}"] = side.tolist()
    return found


def measure(task: Task, seed: int, weight: float) -> list[dict]:
    """Train one net, and ask it everything."""
    model, history = task.net(seed, weight)
    losses = [entry["validation"] for entry in history]
    answers = swapped(task, model, seed)
    if weight == WEIGHTS[0]:
        answers |= sides(task, model)
    return [{"losses": losses, "answers": answers}]


def pooled(pieces: list[dict], name: str, keep, groups) -> dict:
    """Return value, low, high and n of one answer of all seeds, its rows
    chosen by `keep(values)`; whole items are drawn.
    """
    values, whose = [], []
    for piece in pieces:
        each = keep(np.array(piece["answers"][name], dtype=float))
        there = ~np.isnan(each)
        values.append(each[there])
        whose.append(groups[there])
    values, whose = np.concatenate(values), np.concatenate(whose)
    share, low, high = bootstrap_interval(values, groups=whose)
    return {"value": share, "low": low, "high": high, "n": len(values)}


def by_condition(task: Task, pieces: list[dict], weight: float) -> list[dict]:
    """Return the rows about swapping, for one weight of the context task."""
    setting, items = f"context {weight:g}", task.later["item"].to_numpy()
    found = []
    for name in CONDITIONS:
        for metric, what in (("wins", "wins"), ("nats lost", "nats")):
            told = pooled(pieces, f"{what} {name}", lambda v: v, items)
            found.append(_row(f"recx:{name}", metric, told, setting))
    ends = [int(np.argmin(piece["losses"])) + 1 for piece in pieces]
    epochs = {"value": np.mean(ends), "low": min(ends), "high": max(ends)}
    found.append(_row("recx:transformer", "epochs", epochs, setting))
    for piece in pieces[:1]:
        for epoch, loss in enumerate(piece["losses"], start=1):
            told = {"value": loss, "epoch": epoch}
            found.append(_row("recx:transformer", "loss", told, setting))
    return found


def by_side(task: Task, pieces: list[dict]) -> list[dict]:
    """Return the rows about praise and blame, and the stars' handle."""
    first = task.later.drop_duplicates("review")
    items, true = first["item"].to_numpy(), first["polarity"].to_numpy()
    fame = item_profile(task.known, task.train)
    pairs = zip(items, first["aspect"], strict=True)
    evidence = np.sign([fame.loc[item, aspect] for item, aspect in pairs])

    def right(side):
        return np.where(side == 0, np.nan, side == true)

    def praise(side):
        return np.where(side == 0, np.nan, side > 0)

    def obeys(side, told):
        said = (side != 0) & (evidence == told)
        return np.where(said, side == evidence, np.nan)

    ask = partial(pooled, pieces, groups=items)
    found = [_row("recx:net", "side right", ask("side at nan", right))]
    for stars in ("nan", "1", "5"):
        told = ask(f"side at {stars}", praise)
        found.append(_row(f"recx:told {stars}", "praise", told))
    for side, stars in ((1, "5"), (-1, "1")):
        told = ask(f"side at {stars}", partial(obeys, told=side))
        found.append(_row(f"recx:told {stars}", "side of reviews", told))
        told = ask("side at nan", partial(obeys, told=side))
        found.append(_row(f"recx:hidden {stars}", "side of reviews", told))
    floors = {"floor:praise": true > 0, "floor:reviews": evidence == true}
    for name, values in floors.items():
        share, low, high = bootstrap_interval(values, groups=items)
        told = {"value": share, "low": low, "high": high, "n": len(values)}
        found.append(_row(name, "side right", told))
    return found


def _row(system: str, metric: str, told: dict, setting="context 0.1") -> dict:
    told = {"value": None, **told}
    value = told.pop("value")
    return row("shop", "by time", system, metric, value, setting, **told)


def main() -> None:
    """Measure, or go on measuring, and write the rows."""
    _ = torch.set_num_threads(1)
    task, rows, first = Task(), [], []
    for weight in WEIGHTS:
        pieces = []
        for seed in SEEDS:
            ask = partial(measure, task, seed, weight)
            key = f"context {weight:g}, seed {seed}"
            pieces += remembered(NAME, key, ask, SOURCES)
            print(key, len(pieces[-1]["losses"]), "epochs", flush=True)
        rows += by_condition(task, pieces, weight)
        first = first or pieces
    rows += by_side(task, first)
    write_rows(NAME, rows)
    print(table([one for one in rows if one["metric"] != "loss"]))


if __name__ == "__main__":
    main()
