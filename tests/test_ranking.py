"""The ranking benchmark: equal tries, settings chosen without the test part, peers whose ids are translated rightly."""

from __future__ import annotations

from importlib.util import find_spec

import numpy as np
import pandas as pd
import pytest
from threadpoolctl import threadpool_limits

from benchmarks.ranking import (
    SPLITS,
    compare,
    leave_random_out,
    measure,
    search,
)
from benchmarks.ranking_systems import SYSTEMS, cornac_ease, implicit_als
from benchmarks.rating_systems import SYSTEMS as RATING_SYSTEMS
from benchmarks.systems import System
from recx_lib.data import Ids, Reviews, assert_no_leak
from recx_lib.judge import evaluate_ranking
from recx_lib.recommend import EASE, Popularity


def tiny(seed=0) -> Reviews:
    """Return 30 users × 12 items with ids whose sorted order is not the order of the rows; one item has no row."""
    rng = np.random.default_rng(seed)
    pairs = [
        (f"u{u}", f"i{i}")
        for u in rng.permutation(30)
        for i in rng.permutation(12)
        if rng.random() < 0.7
    ]
    frame = pd.DataFrame(pairs, columns=["user", "item"]).assign(
        rating=4.0, timestamp=range(len(pairs)), text=""
    )
    return Reviews(frame, Ids(frame["user"]), Ids([*frame["item"], "never"]))


REVIEWS = tiny()


class Oracle:
    """A model that knows what to recommend if it is told to, and ranks it last otherwise."""

    def __init__(self, answers: dict[int, int], good: bool):
        self.answers, self.good = answers, good

    def fit(self, train):
        self.n_items = train.n_items
        return self

    def score(self, user_idx):
        scores = np.zeros((len(user_idx), self.n_items))
        for n, user in enumerate(user_idx.tolist()):
            scores[n, self.answers[user]] = 1 if self.good else -1
        return scores


def answers(part: Reviews) -> dict[int, int]:
    return dict(
        zip(part.user_idx.tolist(), part.item_idx.tolist(), strict=True)
    )


@pytest.mark.parametrize("systems", [SYSTEMS, RATING_SYSTEMS])
def test_every_system_has_the_same_number_of_tries_but_the_floor(systems):
    tries = {system.name: len(system.tries()) for system in systems}
    untuned = {"floor:popularity", "floor:mean"}
    assert {n for name, n in tries.items() if name not in untuned} == {12}


def test_implicit_als_weighs_as_the_peer_does():
    """The package counts a chosen item α times, our class 1 + α times."""
    grids = {s.name: s.grid for s in SYSTEMS if not s.setting}
    ours, peers = grids["recx:implicit-als"], grids["peer:implicit-als"]
    assert ours["confidence"] == peers["alpha"]
    assert implicit_als(5, k=2).alpha == 4


@pytest.mark.parametrize("split", SPLITS)
def test_settings_are_chosen_on_a_part_of_train(split):
    train, test = SPLITS[split](REVIEWS)
    _, validation = SPLITS[split](train)
    knows_validation = System(
        "recx:x",
        "",
        lambda good: Oracle(answers(validation), good),
        {"good": (False, True)},
    )
    marks = search(knows_validation, train, SPLITS[split])
    assert [one["settings"]["good"] for one in marks] == [False, True]
    assert marks[0]["ndcg"] < marks[1]["ndcg"]
    seen = []

    class Spy(Popularity):
        def fit(self, train):
            seen.append(train)
            return super().fit(train)

    search(System("recx:spy", "", Spy, {}), train, SPLITS[split])
    assert len(seen) == 1 and len(seen[0]) == len(train) - len(validation)
    assert_no_leak(seen[0], test)


def test_leave_random_out_takes_one_of_each_user_and_spares_single_reviews():
    single = REVIEWS.frame.iloc[:1].assign(user="loner")
    reviews = Reviews(
        pd.concat([REVIEWS.frame, single], ignore_index=True),
        Ids([*REVIEWS.users.raw, "loner"]),
        REVIEWS.items,
    )
    train, test = leave_random_out(reviews)
    assert_no_leak(train, test)
    assert len(train) + len(test) == len(reviews)
    assert sorted(test.frame["user"]) == REVIEWS.users.raw
    assert answers(test) != answers(leave_random_out(reviews, seed=1)[1])


def test_measured_rows_are_what_the_evaluator_says():
    train, test = SPLITS["leave-last-out"](REVIEWS)
    rows = measure(
        "tiny",
        "leave-last-out",
        System("recx:ease", "", EASE, {"reg": (1.0,)}),
        train,
        test,
    )
    result = evaluate_ranking(EASE(1.0).fit(train), train, test, 10)
    by_metric = {r["metric"]: r for r in rows}
    assert set(by_metric) == {"fit_cpu_s", "recall@10", "ndcg@10"}
    for metric in ("recall", "ndcg"):
        r = by_metric[f"{metric}@10"]
        assert r["value"] == pytest.approx(result[metric].mean())
        assert r["low"] <= r["value"] <= r["high"] and (
            r["n"],
            r["tries"],
            r["chosen"],
        ) == (30, 1, "reg=1.0")


def test_compare_pairs_the_best_of_each_side():
    def line(system, values, setting=""):
        more = {"per_user": values, "value": float(np.mean(values))}
        return {
            "data": "d",
            "split": "s",
            "system": system,
            "setting": setting,
            "metric": "recall@10",
            **more,
        }

    rows = [
        line("recx:bad", [0, 0]),
        line("recx:good", [1, 1]),
        line("peer:x", [0.5, 0.5]),
        line("floor:p", [1, 1]),
    ]
    (one,) = compare(rows)
    assert one["system"] == "recx:good" and one["setting"] == "against x"
    assert (one["metric"], one["value"]) == ("recall_more", 0.5)
    assert one["low"] == one["high"] == 0.5
    assert compare(rows[:2]) == []


@pytest.mark.skipif(
    find_spec("cornac") is None,
    reason="cornac is not installed: pip install -e '.[peers]'",
)
def test_a_peer_with_our_formula_gives_our_scores():
    """cornac numbers ids by itself: were the translation wrong, its EASE and ours would differ."""
    train, _ = SPLITS["leave-last-out"](REVIEWS)
    users, known = np.arange(train.n_users), np.unique(train.item_idx)
    peer = cornac_ease(lamb=5.0, posB=False).fit(train).score(users)
    np.testing.assert_allclose(
        peer[:, known], EASE(5.0).fit(train).score(users)[:, known], atol=1e-6
    )
    assert (
        peer[:, np.setdiff1d(np.arange(train.n_items), known)]
        < peer[:, known].min()
    ).all()


@pytest.mark.skipif(
    find_spec("implicit") is None,
    reason="implicit is not installed: pip install -e '.[peers]'",
)
def test_the_peer_implicit_follows_a_change_of_taste_only_with_recency():
    """A user had six items of one group, then two of the other: which group comes first depends on the memory."""
    from benchmarks.ranking_systems import ImplicitPeer

    pairs = [
        (f"u{u:02d}", i)
        for u in range(20)
        for i in range(20)
        if i % 2 == u % 2 and (3 * u + i) % 7
    ]
    pairs += [("u99", i) for i in (0, 2, 4, 6, 8, 10, 1, 3)]
    frame = pd.DataFrame(
        {
            "user": [u for u, _ in pairs],
            "item": [f"i{i:02d}" for _, i in pairs],
        }
    )
    frame = frame.assign(rating=4.0, timestamp=range(len(pairs)), text="")
    reviews, leads = Reviews(frame, Ids(frame["user"]), Ids(frame["item"])), {}
    for half_life in (None, 1.0):
        with threadpool_limits(1):  # implicit warns otherwise
            peer = ImplicitPeer(
                half_life, factors=4, regularization=0.1, alpha=5.0
            ).fit(reviews)
        old, new = (
            peer.score(np.array([20]))[0][12::2].mean(),
            peer.score(np.array([20]))[0][11::2].mean(),
        )
        leads[half_life] = old - new
    assert leads[None] > 0 > leads[1.0]
