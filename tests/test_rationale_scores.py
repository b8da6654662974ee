"""The rationales benchmark: seeds, users, prices, and where figures come from."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pytest

from benchmarks import rationale_prices, rationales, writers
from benchmarks.rationale_scores import Scorer
from benchmarks.rationale_steps import LAST, PLAIN, PRICED
from benchmarks.tidy import row
from recx_lib.judge import Judge
from recx_lib.write.choose import PRICES, echoes
from tests.record_cases import make_records


class Even:
    """A reader to whom every word is one of eight."""

    def log_probs(self, text):
        return np.full(len(text.split()), -math.log(8))

    def keep(self):
        pass


@pytest.fixture(scope="module")
def scorer() -> Scorer:
    records = make_records(n_items=4, n_users=6)
    return Scorer("toy", "test", records, Judge(records), Even())


def found(rows):
    return {(one["system"], one["metric"]): one for one in rows}


def test_a_figure_is_the_mean_of_its_seeds_and_no_interval_is_made_up(scorer):
    own, other = (
        list(scorer.records["sentence"]),
        ["bad zip"] * len(scorer.records),
    )
    both = found(scorer.rows("recx:x", "aspect-predicted", [own, other]))
    alone = found(scorer.rows("recx:x", "aspect-predicted", [other]))
    usr = both["recx:x", "usr"]
    assert usr["seeds"] == 2 and usr["low"] < usr["value"] < usr["high"]
    assert "low" not in alone["recx:x", "usr"]
    rouge = both["recx:x", "rouge1_f"]
    assert rouge["value"] == pytest.approx(
        (100 + alone["recx:x", "rouge1_f"]["value"]) / 2
    )
    assert rouge["low"] <= rouge["value"] <= rouge["high"]
    assert both["recx:x", "perplexity"]["value"] == pytest.approx(8)


def test_intervals_draw_whole_users(scorer):
    texts = list(scorer.records["sentence"])
    judge = scorer.judge
    users = scorer.records["user"].to_numpy()
    one = np.where(users == users[0], "bad zip", texts)
    narrow = judge.intervals(scorer.records, list(one))["rouge1_f"]
    wide = judge.intervals(scorer.records, list(one), groups=users)["rouge1_f"]
    assert wide[0] == pytest.approx(narrow[0])
    assert wide[2] - wide[1] > narrow[2] - narrow[1]


def test_steps_are_numbered_in_order_and_each_changes_one_price():
    steps = [*PLAIN, "5-drafts", "6-support", *PRICED]
    assert [int(one.split("-")[0]) for one in steps] == list(range(1, 13))
    listed = list(PRICED.values())
    for before, after in pairwise(listed):
        changed = [
            name
            for name in vars(before)
            if getattr(before, name) != getattr(after, name)
        ]
        assert len(changed) == 1
    assert PRICED[LAST] == PRICES


def test_the_honest_try_repeats_little_reads_well_and_is_then_the_nearest():
    tries = {
        "floor:references": (100, 0.1, 50),
        "recx:quoting": (14, 0.1, 40),
        "recx:seq2seq far": (15, 0.2, 50),
        "recx:seq2seq near": (16, 0.2, 50),
        "recx:seq2seq repeats": (19, 0.21, 40),
        "recx:seq2seq babbles": (19, 0.1, 51),
        "recx:transformer babbles": (19, 0.1, 51),
    }
    names = "rouge1_f", "repeat", "perplexity"
    rows = []
    for system, values in tries.items():
        for name, value in zip(names, values, strict=True):
            rows.append(row("toy", "validation", system, name, value))
    best = rationale_prices.honest(rows)
    assert best["seq2seq"] == ["recx:seq2seq near", "recx:seq2seq far"]
    assert best["transformer"] == []


def test_an_echo_costs_and_a_word_of_grammar_said_again_does_not():
    texts = ["the zip and the strap", "a good zip , a good , good strap"]
    assert echoes(texts).tolist() == [0, 2]


def test_figures_of_others_say_where_they_come_from():
    rows = rationales.published_rows("test")
    assert {one["system"].split(":")[0] for one in rows} == {"published"}
    assert all("reference code" in one["source"] for one in rows)


def test_writers_are_pooled_over_seeds_and_a_share_of_too_few_is_not_told():
    def piece(metric, values, per):
        users = [f"u{k % 5}" for k in range(len(values))]
        named = {"system": "recx:copying", "metric": metric, "user": users}
        return named | {"value": values, "per": per}

    pieces = [
        {"system": "recx:copying", "losses": [3.0, 2.0, 2.5]},
        piece("names plan", [1.0] * 20, [1.0] * 20),
        piece("names plan", [0.0] * 20, [1.0] * 20),
        piece("side of the source", [1.0] * 20, [1.0] * 5 + [0.0] * 15),
    ]
    rows = found(writers.summarise("shop", pieces))
    named = rows["recx:copying", "names plan"]
    assert named["value"] == 0.5 and named["n"] == 40
    assert named["low"] == named["high"] == 0.5  # each user: one of each
    assert rows["recx:copying", "epochs"]["value"] == 2
    assert ("recx:copying", "side of the source") not in rows
