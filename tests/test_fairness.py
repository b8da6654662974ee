"""Who is served worse, who is told less, and what mends it."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import false_discovery_control, permutation_test

from recx_lib.core import DataError
from recx_lib.data import load_reviews
from recx_lib.data.reviews import COLUMNS, Ids, Reviews
from recx_lib.data.splits import split_random
from recx_lib.judge import evaluate_ranking, top_k
from recx_lib.people import (
    benjamini_hochberg,
    discount_popular,
    gap,
    half_length,
    holm,
    leaves,
    list_quality,
    politeness,
    quoted_for,
    reserve,
)
from recx_lib.recommend import EASE

chances = st.lists(st.floats(0, 1), min_size=1, max_size=12)


@settings(max_examples=100, deadline=None)
@given(chances)
def test_benjamini_hochberg_is_scipy_s(p):
    want = false_discovery_control(p, method="bh")
    assert np.allclose(benjamini_hochberg(p), want)


def stepped(p, level):
    """Holm's procedure as a procedure: compare, and stop."""
    found = np.zeros(len(p), bool)
    for looks, at in zip(
        range(len(p), 0, -1), np.argsort(p, kind="stable"), strict=True
    ):
        if looks * p[at] > level:
            break
        found[at] = True
    return found


@settings(max_examples=100, deadline=None)
@given(chances, st.sampled_from([0.01, 0.05, 0.2]))
def test_holm_finds_what_its_steps_find(p, level):
    assert ((holm(p) <= level) == stepped(p, level)).all()


@settings(max_examples=50, deadline=None)
@given(chances)
def test_corrections_keep_the_order_and_never_lower(p):
    for correct in (holm, benjamini_hochberg):
        found = correct(p)
        order = np.argsort(p, kind="stable")
        assert (np.diff(found[order]) >= 0).all()
        assert (found >= np.array(p) - 1e-12).all() and found.max() <= 1
    assert (holm(p) >= benjamini_hochberg(p) - 1e-12).all()


@pytest.mark.parametrize("bad", [[], [0.1, 1.2], [-0.1], [np.nan]])
def test_what_is_no_chance_is_refused(bad):
    for correct in (holm, benjamini_hochberg):
        with pytest.raises(DataError):
            correct(bad)


def test_a_gap_s_p_value_is_the_one_of_all_deals():
    rng = np.random.default_rng(0)
    ours, theirs = rng.normal(0.9, 1, 6), rng.normal(0, 1, 7)
    values = np.concatenate([ours, theirs])
    is_in = np.arange(13) < 6
    found = gap(values, is_in, n_resamples=4000)
    exact = permutation_test(
        (ours, theirs), lambda a, b: np.mean(a) - np.mean(b), n_resamples=1e5
    )
    assert found["gap"] == pytest.approx(ours.mean() - theirs.mean())
    assert found["p"] == pytest.approx(exact.pvalue, abs=0.02)
    assert found["low"] < found["gap"] < found["high"]


def test_a_gap_of_chance_alone_is_found_as_often_as_was_said():
    rng = np.random.default_rng(1)
    is_in = np.arange(30) < 10
    p = [gap(rng.normal(size=30), is_in, 99)["p"] for _ in range(120)]
    assert 0 < np.mean(np.array(p) <= 0.05) < 0.1


def test_an_empty_side_is_refused():
    for label in ([True, True], [False, False], [True]):
        with pytest.raises(DataError, match="both sides"):
            gap([1.0, 2.0], label)
    for label in ([1, 0], [True, np.nan], ["yes", ""]):
        with pytest.raises(DataError, match="give True or False"):
            gap([1.0, 2.0], label)


def drawn(seed=0, n_users=50, n_items=25):
    rng = np.random.default_rng(seed)
    likely = np.linspace(1, 6, n_items)
    rows = []
    for user in range(n_users):
        own = rng.choice(
            n_items, 4 + user % 8, replace=False, p=likely / likely.sum()
        )
        rows += [
            [f"u{user}", f"p{i:02}", 4.0, n, ""] for n, i in enumerate(own)
        ]
    frame = pd.DataFrame(rows, columns=COLUMNS)
    table = Reviews(frame, Ids(frame["user"]), Ids(frame["item"]))
    return split_random(table, 0.25, seed=0)


def test_the_table_agrees_with_the_ranking_s_own_marks():
    train, test = drawn()
    model = EASE(reg=5.0).fit(train)
    table = list_quality(model, train, test, k=5)
    marks = evaluate_ranking(model, train, test, k=5).set_index("user_idx")
    own = table.groupby("user_idx")["ndcg"].first()
    assert np.allclose(own, marks.loc[own.index, "ndcg"])
    # "decides" asked of the model by hand
    rows = table[["user_idx", "item_idx", "decides"]].astype(int).to_numpy()
    for user, item, decides in rows.tolist():
        history, _ = model.history(user)
        worth = model.B_[history, item]
        best = history[np.argsort(-worth, kind="stable")[:3]]
        kept = np.setdiff1d(history, best)
        left = top_k(model.score_history(kept), history, 5)
        assert decides == (item not in left or len(kept) == 0)
    assert 0 < table["decides"].mean() < 1


def test_what_the_model_would_not_list_has_no_list_to_leave():
    train, test = split_random(load_reviews("shop"), 0.2, seed=0)
    model = EASE().fit(train)
    user = int(test.user_idx[0])
    history, _ = model.history(user)
    worst = top_k(-model.score(user), history, 10)
    rows = test.subset(test.user_idx == user)
    table = list_quality(model, train, rows, lists={user: worst})
    assert table[["decides", "by_lot"]].isna().all(axis=None)
    assert table["length"].notna().all()


def test_other_lists_are_marked_as_they_are():
    train, test = drawn()
    model = EASE(reg=5.0).fit(train)
    lists = {}
    for user in range(train.n_users):
        unseen = np.setdiff1d(np.arange(25), model.history(user)[0])
        lists[user] = unseen[:3]
    table = list_quality(model, train, test, k=3, lists=lists)
    for user, rows in table.groupby("user_idx"):
        assert rows["item_idx"].tolist() == lists[user].tolist()


def test_how_many_things_make_half():
    assert half_length(np.array([0.4, 0.3, 0.3])) == 2
    assert half_length(np.array([0.5, 0.25, 0.25])) == 1
    assert half_length(np.array([-1.0])) == 0


def test_what_is_gone_from_a_history_is_no_rival():
    model = EASE(reg=1.0).fit(drawn()[0])
    history = np.array([0, 1, 2])
    scores = model.score_history(history)
    first = int(top_k(scores, history, 1)[0])
    assert not leaves(model, history, np.zeros(0, int), first, k=1)
    assert leaves(model, history, np.arange(3), first, k=10)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10**6), st.integers(0, 4))
def test_reserved_places_are_kept_and_nothing_else_is_moved(seed, slots):
    rng = np.random.default_rng(seed)
    scores = rng.permutation(12).astype(float)
    ours, seen = rng.random(12) < 0.4, rng.permutation(12)[:3]
    k = 4
    chosen = reserve(scores, seen, ours, slots, k)
    able = np.setdiff1d(np.flatnonzero(ours), seen)
    assert len(set(chosen)) == k and not np.isin(chosen, seen).any()
    assert ours[chosen].sum() >= min(slots, len(able))
    assert (np.diff(scores[chosen]) < 0).all()
    usual = top_k(scores, seen, k)
    if ours[usual].sum() >= slots:
        assert chosen.tolist() == usual.tolist()
    # of each side, the best ones
    for side in (ours, ~ours):
        mine = chosen[side[chosen]]
        best = [i for i in top_k(scores, seen, 9) if side[i]][: len(mine)]
        assert mine.tolist() == best


def test_noughts_and_ones_protect_as_true_and_false_do():
    scores = np.array([3, 2, 1])
    assert reserve(scores, [], [0, 0, 1], slots=1, k=2).tolist() == [0, 2]


def test_a_discount_of_nothing_changes_nothing():
    scores, count = np.array([[0.5, 0.2], [0.1, 0.9]]), np.array([9, 0])
    assert (discount_popular(scores, count, 0) == scores).all()
    assert discount_popular(scores, count, 0.5)[0].tolist() == [0.5 / 3, 0.2]


def test_politeness_counts_whole_words_of_both_kinds():
    assert politeness("Thank you, it is perhaps fairly warm.") == 3
    assert politeness("Never again: a terrible, useless mat.") == -3
    assert politeness("A seaming thankless of kinds") == 1  # thank…
    assert politeness("Perhaps it is terrible.") == 0


def test_who_rates_as_a_customer_does_is_quoted_and_never_themselves():
    stars = {"ann": 1.0, "bob": 5.0, "cas": 2.0, "dee": 3.0}
    rows = [
        [name, item, rating, n, f"{name} on {item}"]
        for n, (name, rating) in enumerate(stars.items())
        for item in ("mat", "tent")
    ]
    rows.append(["ann", "rope", 1.0, 9, "ann on rope"])
    frame = pd.DataFrame(rows, columns=COLUMNS)
    table = Reviews(frame, Ids(frame["user"]), Ids(frame["item"]))
    ann, tent, rope = (
        table.users.idx("ann"),
        table.items.idx("tent"),
        table.items.idx("rope"),
    )
    assert quoted_for(table, ann, tent) == "cas on tent"
    assert quoted_for(table, ann, tent, alike=False) == "dee on tent"
    assert quoted_for(table, ann, rope) == ""
