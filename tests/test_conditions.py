"""Chapter 5's benchmark: a fake writer whose answers are known."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch

from benchmarks import conditions
from recx_lib.nets import Example

RESULTS = Path(conditions.__file__).parents[1] / "book/results"
N = 24


class Task:
    """Sentences of three users and four items; no two neighbours agree."""

    def __init__(self):
        names = {"item": [f"i{k % 4}" for k in range(N)]}
        names |= {"review": range(N), "aspect": ["zip", "strap"] * (N // 2)}
        self.later = pd.DataFrame(names)
        self.later["polarity"] = [1, 1, -1, 1] * (N // 4)
        self.known = self.train = None

    def examples(self, mentions, told=True):
        rows = zip(range(len(mentions)), mentions["aspect"], strict=True)
        return [Example(k % 3, k % 4, aspect) for k, aspect in rows]

    def collate(self, rows):
        return rows


class Hears:
    """A writer for whom one condition alone makes a sentence likelier."""

    def __init__(self, rows, field):
        self.rows, self.field = rows, field

    def log_likelihood(self, rows):
        pairs = zip(rows, self.rows, strict=True)
        right = [
            getattr(a, self.field) == getattr(b, self.field) for a, b in pairs
        ]
        return torch.tensor([-1.0 if one else -3.0 for one in right])


@pytest.mark.filterwarnings("ignore:Mean of empty slice")
@pytest.mark.parametrize("heard", conditions.CONDITIONS)
def test_a_swap_is_lost_where_the_writer_listens_and_nowhere_else(heard):
    task = Task()
    rows = task.examples(task.later)
    model = Hears(rows, conditions.CONDITIONS[heard])
    found = conditions.swapped(task, model, seed=0)
    for name in conditions.CONDITIONS:
        is_heard = float(name == heard)
        wins = np.array(found[f"wins {name}"], dtype=float)
        nats = np.array(found[f"nats {name}"], dtype=float)
        told = ~np.isnan(wins)  # a swap that changed nothing counts not
        assert told.sum() > N / 2
        assert (wins[told] == is_heard).all()
        assert (nats[told] == 2 * is_heard).all()


def test_answers_of_all_seeds_are_pooled_and_whole_items_drawn():
    groups = np.array(["a", "a", "b", "b"])
    pieces = [
        {"answers": {"wins user": [1, 1, 0, None]}},
        {"answers": {"wins user": [1, 1, 0, 0]}},
    ]
    told = conditions.pooled(pieces, "wins user", lambda v: v, groups)
    assert told["value"] == pytest.approx(4 / 7) and told["n"] == 7
    assert told["low"] == 0 and told["high"] == 1  # all of a, or all of b


def test_sides_count_where_one_is_heard_and_floors_beside_them(monkeypatch):
    task = Task()
    fame = pd.DataFrame({"zip": [1, 1, -1, 1], "strap": 1})
    fame.index = [f"i{k}" for k in range(4)]
    monkeypatch.setattr(conditions, "item_profile", lambda *_: fame)
    true = task.later["polarity"].to_numpy()
    told = np.where(np.arange(N) < 4, 0, true)  # four of them say nothing
    piece = {
        "answers": {f"side at {s}": told.tolist() for s in ("nan", "1", "5")}
    }
    rows = conditions.by_side(task, [piece])
    found = {(one["system"], one["metric"]): one for one in rows}
    assert found["recx:net", "side right"]["value"] == 1
    assert found["recx:net", "side right"]["n"] == N - 4
    assert found["floor:praise", "side right"]["value"] == 0.75
    assert found["floor:reviews", "side right"]["value"] == 1
    assert found["recx:told 1", "praise"]["value"] == 0.75
    # only i2 is blamed; its first sentence was among those that say nothing
    assert found["recx:told 1", "side of reviews"]["n"] == N / 4 - 1
    assert found["recx:told 5", "side of reviews"]["n"] == 3 * N / 4 - 3


def test_the_epochs_told_are_those_of_the_best_validation_loss():
    task = Task()
    nothing = {
        f"{what} {name}": [1.0] * N
        for what in ("wins", "nats")
        for name in conditions.CONDITIONS
    }
    pieces = [
        {"losses": [3.0, 2.0, 2.5], "answers": nothing},
        {"losses": [3.0, 2.5, 2.0], "answers": nothing},
    ]
    rows = conditions.by_condition(task, pieces, 0.1)
    [epochs] = [one for one in rows if one["metric"] == "epochs"]
    assert (epochs["value"], epochs["low"], epochs["high"]) == (2.5, 2, 3)
    losses = [one["value"] for one in rows if one["metric"] == "loss"]
    assert losses == [3.0, 2.0, 2.5]


def test_the_file_holds_what_chapter_5_quotes():
    with open(f"{RESULTS}/conditions.json", encoding="utf-8") as file:
        rows = json.load(file)["rows"]
    found = {(one["system"], one["setting"], one["metric"]) for one in rows}
    for weight in conditions.WEIGHTS:
        for name in conditions.CONDITIONS:
            assert (f"recx:{name}", f"context {weight:g}", "wins") in found
    assert ("recx:net", "context 0.1", "side right") in found
