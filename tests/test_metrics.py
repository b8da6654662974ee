"""Metrics against hand-worked cases, independent implementations and properties."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from sklearn.metrics import ndcg_score

from recx_lib.core import DataError
from recx_lib.data import Ids, Reviews
from recx_lib.judge import (
    bootstrap_interval,
    evaluate_ranking,
    gini,
    mae,
    ndcg_at_k,
    recall_at_k,
    rmse,
    top_k,
)

stars = st.floats(1, 5)
pairs = st.lists(st.tuples(stars, stars), min_size=1, max_size=30)


def make(rows, users="abc", items="pqrst") -> Reviews:
    """Return Reviews from (user, item, rating, timestamp) rows, with ids that are known without a row."""
    frame = pd.DataFrame(
        rows, columns=["user", "item", "rating", "timestamp"]
    ).assign(text="")
    return Reviews(frame, Ids(users), Ids(items))


class Fixed:
    """A model that gives every user the same scores, and notes how many users it was asked for at once."""

    def __init__(self, scores):
        self.scores, self.batches = np.asarray(scores, dtype=float), []

    def score(self, user_idx):
        self.batches.append(len(user_idx))
        return np.tile(self.scores, (len(user_idx), 1))


# ---------------------------------------------------------------- ratings


def test_rmse_and_mae_by_hand():
    assert rmse([5, 3, 1], [4, 3, 3]) == pytest.approx(
        math.sqrt((1 + 0 + 4) / 3)
    )
    assert mae([5, 3, 1], [4, 3, 3]) == pytest.approx(1.0)


@given(pairs, st.randoms())
def test_rating_errors_hold_their_laws(pairs, random):
    actual, predicted = map(list, zip(*pairs, strict=True))
    assert rmse(actual, actual) == 0 == mae(actual, actual)
    assert 0 <= mae(actual, predicted) <= rmse(actual, predicted) + 1e-12
    assert rmse(actual, predicted) <= 4
    shuffled = random.sample(pairs, len(pairs))
    assert rmse(*zip(*shuffled, strict=True)) == pytest.approx(
        rmse(actual, predicted), abs=1e-12
    )
    assert mae(*zip(*shuffled, strict=True)) == pytest.approx(
        mae(actual, predicted), abs=1e-12
    )


@pytest.mark.parametrize("metric", [rmse, mae])
@pytest.mark.parametrize(
    ("actual", "predicted", "message"),
    [
        ([], [], "non-empty"),
        ([4, 5], [4], "2 actual but 1 predicted"),
        ([4, math.nan], [4, 4], r"actual\[1\] is nan"),
        ([4, 4], [math.inf, 4], r"predicted\[0\] is inf"),
        ([[4], [4]], [4, 4], "one-dimensional"),
        (["good"], [4], "must be numbers"),
    ],
)
def test_rating_errors_refuse_bad_input(metric, actual, predicted, message):
    with pytest.raises(DataError, match=message):
        metric(actual, predicted)


# ---------------------------------------------------------------- lists


def test_recall_and_ndcg_by_hand():
    ranked, relevant = [7, 3, 9, 5], [3, 5, 8]
    assert recall_at_k(ranked, relevant, 1) == 0
    assert recall_at_k(ranked, relevant, 2) == pytest.approx(1 / 3)
    assert recall_at_k(ranked, relevant, 4) == pytest.approx(2 / 3)
    ideal = 1 + 1 / math.log2(3) + 1 / math.log2(4)
    assert ndcg_at_k(ranked, relevant, 4) == pytest.approx(
        (1 / math.log2(3) + 1 / math.log2(5)) / ideal
    )
    assert ndcg_at_k(ranked, relevant, 2) == pytest.approx(
        (1 / math.log2(3)) / (1 + 1 / math.log2(3))
    )
    assert ndcg_at_k([3, 5, 8], relevant, 2) == 1  # the ideal stops at k too
    assert (
        ndcg_at_k([3], [3], 50) == recall_at_k([3], [3], 50) == 1
    )  # k beyond the list


lists = st.integers(2, 25).flatmap(
    lambda n: st.tuples(
        st.permutations(range(n)),
        st.sets(st.integers(0, n - 1), min_size=1),
        st.integers(1, n + 5),
    )
)


@given(lists)
def test_lists_hold_their_laws(case):
    ranked, relevant, k = case
    recall, ndcg = (
        recall_at_k(ranked, relevant, k),
        ndcg_at_k(ranked, relevant, k),
    )
    assert 0 <= recall <= 1 and 0 <= ndcg <= 1 + 1e-12
    assert recall <= recall_at_k(ranked, relevant, k + 1)
    assert (recall == 0) == (ndcg == 0)
    assert recall_at_k(ranked, relevant, len(ranked)) == 1


@given(lists)
def test_ndcg_equals_sklearn(case):
    ranked, relevant, k = case
    truth, score = np.zeros(len(ranked)), np.zeros(len(ranked))
    truth[list(relevant)] = 1
    score[ranked] = -np.arange(len(ranked))
    assert ndcg_at_k(ranked, relevant, k) == pytest.approx(
        ndcg_score([truth], [score], k=k), abs=1e-12
    )


@pytest.mark.parametrize("metric", [recall_at_k, ndcg_at_k])
@pytest.mark.parametrize(
    ("ranked", "relevant", "k", "message"),
    [
        ([1, 2], [1], 0, "k=0 must"),
        ([1], [], 5, "no relevant"),
        ([1, 1], [1], 2, "twice"),
        ([1], [1], 1.5, "k=1.5 must"),
    ],
)
def test_lists_refuse_bad_input(metric, ranked, relevant, k, message):
    with pytest.raises(DataError, match=message):
        metric(ranked, relevant, k)


@pytest.mark.parametrize("kind", [np.array, torch.tensor, pd.Series])
def test_lists_may_be_arrays_tensors_or_series(kind):
    ranked, relevant = kind([7, 3, 9]), kind([3, 5])
    assert recall_at_k(ranked, relevant, k=2) == 0.5
    assert (
        ndcg_at_k(ranked, relevant, k=3)
        == ndcg_at_k([7, 3, 9], [3, 5], k=3)
        > 0
    )


# ---------------------------------------------------------------- top_k


def test_a_mask_of_seen_items_is_refused_not_read_as_the_items_0_and_1():
    with pytest.raises(DataError, match="not an integer index"):
        top_k(
            [0.9, 0.8, 0.7, 0.6],
            seen=np.array([False, False, True, True]),
            k=2,
        )


def test_top_k_breaks_ties_by_the_lowest_index():
    assert top_k([1, 3, 3, 2, 3], seen=[], k=3).tolist() == [1, 2, 4]
    assert top_k(np.arange(600) % 3, seen=[2], k=150).tolist() == list(
        range(5, 455, 3)
    )


@given(st.lists(st.integers(0, 3), min_size=1, max_size=20), st.data())
def test_top_k_is_the_sorted_list_of_unseen_items(scores, data):
    seen = data.draw(st.lists(st.integers(0, len(scores) - 1)))
    k = data.draw(st.integers(1, 25))
    unseen = [i for i in range(len(scores)) if i not in seen]
    assert (
        top_k(scores, seen, k).tolist()
        == sorted(unseen, key=lambda i: (-scores[i], i))[:k]
    )


@pytest.mark.parametrize(
    ("scores", "seen", "k", "message"),
    [
        ([1.0, math.nan], [], 1, r"scores\[1\] is nan"),
        ([1.0], [1], 1, "outside 0 … 0"),
        ([1.0], [-1], 1, "index -1 is outside"),
        ([1.0], [], 0, "k=0 must"),
        ([], [], 1, "non-empty"),
    ],
)
def test_top_k_refuses_bad_input(scores, seen, k, message):
    with pytest.raises(DataError, match=message):
        top_k(scores, seen, k)


# ---------------------------------------------------------------- evaluate_ranking

TRAIN = make([("a", "p", 5, 1), ("b", "q", 4, 1), ("b", "r", 4, 2)])
TEST = make([("a", "r", 3, 9), ("b", "p", 3, 9), ("b", "t", 3, 9)])


def test_evaluate_ranking_by_hand():
    result = evaluate_ranking(Fixed([9, 8, 7, 6, 5]), TRAIN, TEST, k=2)
    assert list(result.columns) == ["user_idx", "recall", "ndcg"] and result[
        "user_idx"
    ].tolist() == [0, 1]
    # user a (p seen) is given q, r: the wanted r comes second; user b (q, r seen) is given p, s: half of p, t
    assert result["recall"].tolist() == [1, 0.5]
    assert result["ndcg"].tolist() == pytest.approx(
        [1 / math.log2(3), 1 / (1 + 1 / math.log2(3))]
    )


def test_evaluate_ranking_scores_in_bounded_batches_with_the_same_result():
    users = [f"u{n:02d}" for n in range(25)]
    train = make([(u, "p", 5, 1) for u in users], users=users)
    test = make(
        [(u, "qrst"[n % 4], 5, 2) for n, u in enumerate(users)], users=users
    )
    model = Fixed([1, 2, 3, 4, 5])
    small = evaluate_ranking(model, train, test, k=3, batch=10)
    assert model.batches == [10, 10, 5]
    pd.testing.assert_frame_equal(
        small, evaluate_ranking(model, train, test, k=3)
    )


def test_evaluate_ranking_ranks_for_users_without_history_and_beyond_the_last_item():
    test = make([("c", "t", 5, 1)])
    assert evaluate_ranking(Fixed([5, 4, 3, 2, 1]), TRAIN, test, k=50)[
        "recall"
    ].tolist() == [1]
    assert evaluate_ranking(Fixed([5, 4, 3, 2, 1]), TRAIN, test, k=4)[
        "recall"
    ].tolist() == [0]


def test_evaluate_ranking_refuses_bad_input():
    model = Fixed(np.zeros(5))
    with pytest.raises(DataError, match="test set is empty"):
        evaluate_ranking(model, TRAIN, make([]))
    with pytest.raises(DataError, match="1 test pairs also stand in train"):
        evaluate_ranking(
            model, TRAIN, make([("a", "p", 5, 9), ("a", "q", 5, 9)])
        )
    with pytest.raises(DataError, match="number their ids differently"):
        evaluate_ranking(model, TRAIN, make([("a", "q", 5, 9)], items="pq"))
    with pytest.raises(DataError, match="k=0 must"):
        evaluate_ranking(model, TRAIN, TEST, k=0)
    with pytest.raises(DataError, match="batch=0 must"):
        evaluate_ranking(model, TRAIN, TEST, batch=0)
    with pytest.raises(DataError, match="nan"):
        evaluate_ranking(Fixed([math.nan] * 5), TRAIN, TEST)


# ---------------------------------------------------------------- bootstrap and gini


@pytest.mark.parametrize("level", [0.9, 0.95])
def test_bootstrap_interval_agrees_with_scipy(level):
    values = np.random.default_rng(3).exponential(size=200)
    mean, low, high = bootstrap_interval(values, level, n_resamples=4000)
    oracle = stats.bootstrap(
        (values,),
        np.mean,
        confidence_level=level,
        n_resamples=4000,
        method="percentile",
        random_state=7,
    ).confidence_interval
    assert mean == pytest.approx(values.mean())
    assert [low, high] == pytest.approx(
        [oracle.low, oracle.high], abs=0.05 * (oracle.high - oracle.low)
    )


def test_bootstrap_interval_covers_the_truth_about_as_often_as_it_says():
    rng = np.random.default_rng(0)
    hits = 0
    for seed in range(300):
        _, low, high = bootstrap_interval(
            rng.normal(2.0, 1.0, 50), 0.9, n_resamples=300, seed=seed
        )
        hits += low <= 2.0 <= high
    assert 0.84 <= hits / 300 <= 0.95


def test_bootstrap_interval_is_repeatable_and_handles_one_value():
    values = np.arange(20)
    assert bootstrap_interval(values, seed=1) == bootstrap_interval(
        values, seed=1
    )
    assert bootstrap_interval(values, seed=1) != bootstrap_interval(
        values, seed=2
    )
    assert bootstrap_interval([0.3]) == (0.3, 0.3, 0.3)


@pytest.mark.parametrize(
    ("values", "settings", "message"),
    [
        ([], {}, "non-empty"),
        ([[1, 2]], {}, "one-dimensional"),
        ([math.nan], {}, "nan"),
        ([1], {"level": 1.0}, "level"),
        ([1], {"n_resamples": 0}, "n_res"),
        ([1], {"seed": -1}, "seed=-1 must be a whole number, 0 or more"),
    ],
)
def test_bootstrap_interval_refuses_bad_input(values, settings, message):
    with pytest.raises(DataError, match=message):
        bootstrap_interval(values, **settings)


def test_one_row_per_group_changes_nothing_and_groups_are_drawn_whole():
    values = np.random.default_rng(3).exponential(size=50)
    assert bootstrap_interval(
        values, groups=np.arange(50)
    ) == bootstrap_interval(values)
    drawn = []
    rows = np.column_stack([np.repeat([0, 1, 2], 4), np.tile(np.arange(4), 3)])
    bootstrap_interval(
        rows,
        groups=list("aaaabbbbcccc"),
        n_resamples=20,
        statistic=lambda r: drawn.append(r) or 0.0,
    )
    for sample in drawn:
        times = np.array(
            [
                [
                    (sample == [group, row]).all(axis=1).sum()
                    for row in range(4)
                ]
                for group in range(3)
            ]
        )
        assert (times == times[:, :1]).all() and times[:, 0].sum() == 3


def test_rows_of_one_person_that_agree_widen_the_interval_as_the_persons_alone_would():
    persons = np.random.default_rng(5).normal(size=40)
    _, low, high = bootstrap_interval(
        np.repeat(persons, 10), groups=np.repeat(np.arange(40), 10)
    )
    assert (low, high) == pytest.approx(bootstrap_interval(persons)[1:])
    _, narrow_low, narrow_high = bootstrap_interval(np.repeat(persons, 10))
    assert high - low > 2.5 * (narrow_high - narrow_low)


def test_a_statistic_of_rows_of_several_numbers():
    pairs = np.array([[1.0, 2.0], [3.0, 4.0], [5.0, 10.0]])
    value, low, high = bootstrap_interval(
        pairs, statistic=lambda rows: rows[:, 0].sum() / rows[:, 1].sum()
    )
    assert value == 9 / 16 and 0.5 <= low < value < high <= 0.75


@pytest.mark.parametrize("groups", [[], ["a"], [["a"], ["b"]]])
def test_bootstrap_interval_refuses_groups_that_do_not_fit(groups):
    with pytest.raises(DataError, match="groups of shape"):
        bootstrap_interval([1.0, 2.0], groups=groups)


@given(
    st.lists(st.integers(0, 100), min_size=1, max_size=40).filter(any),
    st.integers(1, 9),
)
def test_gini_equals_the_mean_difference_and_ignores_order_and_unit(
    counts, factor
):
    pairwise = np.abs(np.subtract.outer(counts, counts)).mean() / (
        2 * np.mean(counts)
    )
    assert gini(counts) == pytest.approx(pairwise, abs=1e-12)
    assert gini(sorted(counts, reverse=True)) == gini(counts)
    assert gini([factor * c for c in counts]) == pytest.approx(
        gini(counts), abs=1e-12
    )


@pytest.mark.parametrize("counts", [[], [0, 0], [1, -1], [math.nan, 1]])
def test_gini_refuses_bad_input(counts):
    with pytest.raises(DataError):
        gini(counts)
