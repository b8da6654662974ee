"""How far conclusions carry: verdicts follow the intervals, the page says what the figures say, tallies are by user."""

from __future__ import annotations

import json
import random
import re
from html import unescape
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import results
import results_shops as carry
from sphinx.application import Sphinx
from sphinx.util.docutils import docutils_namespace, patch_docutils

from benchmarks import shops, shops_questions
from benchmarks.shops_parts import Tally
from recx_lib.write import Message

ROOT = Path(__file__).resolve().parents[1]
STORED = json.loads(
    (ROOT / "book/results/shops.json").read_text(encoding="utf-8")
)["rows"]
HIT = carry.Conclusion(
    "It is the reason", "hit1", "recx:toy", ("floor:a", "floor:b")
)


def row(system, low, high, shop="shop", metric="hit1", setting=""):
    span = {"value": (low + high) / 2, "low": low, "high": high}
    return {
        "data": shop,
        "split": "",
        "system": system,
        "setting": setting,
        "metric": metric,
        "n": 9,
        **span,
    }


@pytest.mark.parametrize(
    ("own", "a", "b", "said"),
    [
        ((0.6, 0.7), (0.1, 0.2), (0.5, 0.59), "holds"),
        ((0.6, 0.7), (0.1, 0.2), (0.5, 0.61), "open"),
        ((0.6, 0.7), (0.1, 0.2), (0.71, 0.8), "falls"),
        ((0.6, 0.7), (0.71, 0.8), (0.1, 0.2), "falls"),
    ],
)
def test_a_verdict_needs_intervals_that_do_not_touch(own, a, b, said):
    rows = [row("recx:toy", *own), row("floor:a", *a), row("floor:b", *b)]
    assert carry.verdict(rows, "shop", HIT) == said
    # of an error, less is better
    down = [
        r
        | {
            "metric": "rmse",
            "low": 1 - r["high"],
            "high": 1 - r["low"],
            "value": 1 - r["value"],
        }
        for r in rows
    ]
    assert carry.verdict(down, "shop", HIT._replace(metric="rmse")) == said
    best = carry.best_rival(down, "shop", HIT._replace(metric="rmse"))[
        "system"
    ]
    assert (
        best
        == carry.best_rival(rows, "shop", HIT)["system"]
        == ("floor:a" if a > b else "floor:b")
    )


def test_what_was_not_measured_has_no_verdict():
    rows = [row("recx:toy", 0.6, 0.7), row("floor:a", 0.1, 0.2)]
    assert carry.verdict(rows, "shop", HIT) == ""
    assert (
        carry.verdict(
            [*rows, row("floor:b", 0, 0.1, setting="given")], "shop", HIT
        )
        == ""
    )


def test_without_a_rival_only_the_perfect_holds():
    alone = HIT._replace(rivals=())
    assert carry.verdict([row("recx:toy", 1, 1)], "shop", alone) == "holds"
    assert carry.verdict([row("recx:toy", 0.99, 1)], "shop", alone) == "falls"


# ------------------------------------------------------------------------------------------ the stored figures


def test_every_conclusion_is_measured_on_every_shop():
    for asked in carry.CONCLUSIONS:
        for shop in carry.SHOPS:
            assert carry.verdict(STORED, shop, asked) in (
                "holds",
                "open",
                "falls",
            ), (asked.claim, shop)
    assert {r["split"] for r in STORED} == {shops.SPLIT} and len(
        shops.SEEDS
    ) >= 3


def test_the_page_s_sentences_are_what_was_measured():
    holds = {
        asked.claim: carry.reach(
            [carry.verdict(STORED, shop, asked) for shop in carry.SHOPS]
        )
        for asked in carry.CONCLUSIONS
    }
    assert (
        holds["Sixteen rules with the sum imitate the network"]
        == "kind and middle"
    )
    assert holds["The grammar says what it was given to say"] == "all three"
    assert holds["Words beat factors"] == "the kind shop alone"
    assert (
        holds["The linear profile's largest term is the true reason"] == "none"
    )
    assert (
        holds["Occlusion of the network finds the true reason"] == "all three"
    )
    value = [
        carry.found(STORED, shop, "hit1", "recx:mlp-occlusion")["value"]
        for shop in carry.SHOPS
    ]
    assert value == sorted(value, reverse=True) and value[-1] < 0.5
    sides = [
        carry.found(STORED, shop, "side_true", "recx:grammar")["value"]
        for shop in carry.SHOPS
    ]
    assert sides[-1] < min(sides[:-1])


# ------------------------------------------------------------------------------------------ the page


def test_the_page_shows_verdicts_and_marks_the_kind_shop_s_own(tmp_path):
    metrics = {
        asked.metric: [asked.system, *asked.rivals]
        for asked in carry.CONCLUSIONS
    }
    for asked in carry.CONCLUSIONS:
        metrics[asked.metric] = [
            *metrics[asked.metric],
            asked.system,
            *asked.rivals,
        ]
    rows = []
    for metric, systems in metrics.items():
        for shop in carry.SHOPS:
            for system in dict.fromkeys(systems):
                good = system.startswith("recx:") and shop == "shop-kind"
                low, high = (1.0, 1.0) if good else (0.4, 0.5)
                rows.append(row(system, low, high, shop, metric))
    (tmp_path / "results").mkdir()
    made = {
        "date": "2026-01-02",
        "python": "3.11.7",
        "machine": "2 cores",
        "versions": {},
    }
    text = json.dumps({"made": made, "rows": rows})
    (tmp_path / "results/toy.json").write_text(text, encoding="utf-8")
    (tmp_path / "index.md").write_text(
        "# Toy\n\n```{results-carry} toy\n```\n\n```{results-carry-plot} toy\n```\n"
    )
    with (
        pytest.MonkeyPatch.context() as patch,
        patch_docutils(),
        docutils_namespace(),
    ):
        patch.setattr(results, "RESULTS", tmp_path / "results")
        config = {
            "extensions": ["myst_parser", "results", "results_shops"],
            "project": "toy",
        }
        places = [tmp_path / name for name in ("out", "trees")]
        app = Sphinx(
            tmp_path,
            None,
            *places,
            "html",
            config,
            status=None,
            warningiserror=True,
        )
        app.build()
    html = (tmp_path / "out/index.html").read_text(encoding="utf-8")
    table = html.split("</table>")[0]
    assert re.findall(r"<th[^>]*><p>([^<]*)</p>", table)[2:5] == [
        f"The {name} shop" for name in ("kind", "middle", "harsh")
    ]
    assert (
        "holds: 1.000; " in table and "open: 0.450 (0.400 to 0.500)" in table
    )
    bold = re.findall(r"<strong>([^<]*)</strong>", table)
    n_alone = bold.count("the kind shop alone")
    assert n_alone > 3 and len(bold) == 6 * n_alone
    assert f"{n_alone} on the kind shop alone" in html.split("</table>")[1]
    [alt] = re.findall(r'<img alt="([^"]*)" src="_images/toy-carry.png"', html)
    assert re.search(
        r"; Hit@1: [^;]*Linear profile 1.00 to 0.45", unescape(alt)
    )


# ------------------------------------------------------------------------------------------ the tallies


def test_intervals_draw_whole_users():
    tally = Tally()
    tally.add(
        "hit1", "recx:toy", ["ann"] * 50 + ["bob"] * 50, [1] * 50 + [0] * 50
    )
    tally.add("rmse", "recx:toy", ["ann", "bob"], [4.0, 4.0])
    hit, error = shops.summarise("shop", tally.rows)
    assert (hit["value"], hit["low"], hit["high"], hit["n"]) == (
        0.5,
        0.0,
        1.0,
        2,
    )
    assert error["value"] == error["low"] == 2.0


def test_a_user_of_two_seeds_is_drawn_with_both():
    one, two = Tally(), Tally()
    for tally in (one, two):
        tally.add("hit1", "recx:toy", ["ann", "bob"], [1, 0])
    [both] = shops.summarise("shop", [*one.rows, *two.rows])
    assert (both["low"], both["high"], both["n"]) == (0.0, 1.0, 2)


def test_polarities_vote():
    said = pd.DataFrame(
        {"review": [1, 1, 1, 2], "aspect": "fit", "polarity": [1, 1, -1, -1]}
    )
    assert shops_questions.polarities(said).tolist() == [1, -1]
    assert shops_questions.polarities(said.iloc[[0, 2]]).tolist() == [0]


def test_a_sentence_that_says_the_opposite_does_not_read_back(monkeypatch):
    messages = [
        Message("aspect", "comfort", 1),
        Message("aspect", "weight", -1),
    ]
    assert shops_questions.reads_back(messages, random.Random(0))
    swapped = [message._replace(side=-message.side) for message in messages]
    goal_of = shops_questions.goal_of
    monkeypatch.setattr(
        shops_questions,
        "goal_of",
        lambda messages, start: goal_of(swapped, start),
    )
    assert not shops_questions.reads_back(messages, random.Random(0))


def test_hits_are_asked_only_where_the_reason_is_clear():
    top = pd.DataFrame(
        {"aspect": ["fit", "fit", "value"], "clear": [True, False, True]}
    )
    here = shops_questions.Setting(None, None, None, None, None, top)
    here = here._replace(
        test=type("Test", (), {"user_idx": np.array([0, 1, 1])})
    )
    tally = Tally()
    shops_questions.hits(
        here,
        tally,
        "recx:toy",
        ["fit", "value"],
        np.array([[2, 1], [2, 1], [2, 1]]),
    )
    [found] = tally.rows
    assert (found["user"], found["value"], found["per"]) == (
        [0, 1],
        [1, 0],
        [1, 1],
    )
