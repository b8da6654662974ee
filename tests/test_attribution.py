"""Attribution: exact values equal brute force, sampled ones come with an honest error, gradients are complete."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from itertools import permutations

import numpy as np
import pytest
import torch
from captum.attr import IntegratedGradients
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from benchmarks import shapley_speed
from recx_lib.core import Case, DataError, sum_case
from recx_lib.core.case import BLOCK, scores
from recx_lib.data import load_shop
from recx_lib.explain import (
    MOST_PIECES,
    coalitions,
    completeness_gap,
    contributions,
    gradient_times_input,
    integrated_gradients,
    lime,
    occlusion,
    permutation_importance,
    random_evidence,
    shapley_exact,
    shapley_sampled,
    shapley_samples,
    standard_error,
)
from recx_lib.recommend import EASE, LinearProfile

HONEST = [occlusion, shapley_exact, partial(shapley_sampled, n_permutations=3), gradient_times_input,
          integrated_gradients, lime]  # fmt: skip


def as_case(value, m: int, gradient=None) -> Case:
    return Case(
        "ann",
        "tent",
        ["item"] * m,
        [f"item {j}" for j in range(m)],
        value,
        gradient,
        model="this game",
    )


def game(table: np.ndarray) -> Case:
    """The case whose score for a coalition is looked up in `table` (2**m,), piece j standing for 2**j."""
    m = int(np.log2(len(table)))
    return as_case(
        lambda present: table[(present @ 2 ** np.arange(m)).astype(int)], m
    )


def weights(case: Case, explainer=shapley_exact) -> np.ndarray:
    return case.weights(explainer(case))


def brute_force(table: np.ndarray) -> np.ndarray:
    """Shapley values by their definition: every order, one piece after the other, and the mean."""
    m = int(np.log2(len(table)))
    worth = np.zeros(m)
    orders = list(permutations(range(m)))
    for order in orders:
        there = 0
        for piece in order:
            worth[piece] += table[there + 2**piece] - table[there]
            there += 2**piece
    return worth / len(orders)


def tables(m: int):
    return hnp.arrays(float, 2**m, elements=st.floats(-100, 100, width=32))


games = st.integers(1, 6).flatmap(tables)
several = st.integers(2, 5).flatmap(tables)


def mlp(m: int, activation=torch.nn.Tanh, seed: int = 0) -> torch.nn.Module:
    torch.set_num_threads(1)
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        net = torch.nn.Sequential(
            torch.nn.Linear(m, 16), activation(), torch.nn.Linear(16, 1)
        ).double()
        for layer in (net[0], net[2]):
            torch.nn.init.normal_(layer.weight, std=1.0)
            torch.nn.init.normal_(layer.bias, std=0.5)
    return net


def net_case(net: torch.nn.Module, m: int) -> Case:
    def value(present):
        with torch.no_grad():
            return (
                net(torch.as_tensor(present, dtype=torch.float64))
                .squeeze(1)
                .numpy()
            )

    def gradient(present):
        inputs = torch.tensor(present, dtype=torch.float64, requires_grad=True)
        return torch.autograd.grad(net(inputs).sum(), inputs)[0].numpy()

    return as_case(value, m, gradient)


# Exact Shapley values ---------------------------------------------------------------------------------------------


@given(games)
def test_exact_shapley_is_the_mean_over_all_orders(table):
    assert weights(game(table)) == pytest.approx(brute_force(table), abs=1e-9)


@given(games)
def test_contributions_in_every_order_average_to_the_same(table):
    case = game(table)
    orders = np.array(list(permutations(range(len(case)))))
    assert contributions(case, orders).mean(axis=0) == pytest.approx(
        brute_force(table), abs=1e-9
    )


def test_two_pieces_by_hand():
    case = game(
        np.array([1.0, 2.0, 4.0, 9.0])
    )  # nothing, the first, the second, both
    assert weights(case).tolist() == [(1 + 5) / 2, (3 + 7) / 2]
    assert contributions(case, np.array([[0, 1], [1, 0]])).tolist() == [
        [1.0, 7.0],
        [5.0, 3.0],
    ]


@given(games)
def test_efficiency_weights_share_out_the_whole_score(table):
    case = game(table)
    for explainer in (
        shapley_exact,
        partial(shapley_sampled, n_permutations=2),
    ):
        assert completeness_gap(case, explainer(case)) == pytest.approx(
            0, abs=1e-9
        )


@given(several)
def test_symmetry_pieces_that_do_the_same_get_the_same(table):
    swapped = np.arange(len(table))
    swapped ^= 3 * (
        (swapped & 1) != (swapped >> 1 & 1)
    )  # exchange pieces 0 and 1 in every coalition
    worth = weights(game((table + table[swapped]) / 2))
    assert worth[0] == pytest.approx(worth[1], abs=1e-9)


@given(several)
def test_dummy_a_piece_that_adds_nothing_gets_nothing(table):
    worth = weights(
        game(np.concatenate([table, table]))
    )  # the last piece changes no score
    assert worth[-1] == 0
    assert worth[:-1] == pytest.approx(weights(game(table)), abs=1e-9)


@given(st.integers(1, 5).flatmap(lambda m: st.tuples(tables(m), tables(m))))
def test_additivity_the_worth_of_a_sum_is_the_sum_of_worths(pair):
    one, other = pair
    assert weights(game(one + other)) == pytest.approx(
        weights(game(one)) + weights(game(other)), abs=1e-9
    )


def test_coalitions_are_all_different():
    assert len({tuple(row) for row in coalitions(5)}) == 32


@pytest.mark.parametrize("orders", [[[0, 0, 1]], [[0, 1]], [[1, 2, 3]]])
def test_an_order_that_is_none_is_refused(orders):
    with pytest.raises(DataError, match="0 … 2 once"):
        contributions(game(np.arange(8.0)), np.array(orders))


# Sampled Shapley values -------------------------------------------------------------------------------------------


@given(games, st.integers(1, 5), st.integers(0, 9))
def test_every_sample_is_an_order_and_its_reverse(table, n, seed):
    samples = shapley_samples(game(table), n, seed)
    possible = set()
    for order in permutations(range(samples.shape[1])):
        there_and_back = contributions(
            game(table), np.array([order, order[::-1]])
        ).mean(axis=0)
        possible.add(tuple(there_and_back.round(6) + 0.0))
    assert samples.shape[0] == n
    assert all(tuple(row.round(6) + 0.0) in possible for row in samples)


@settings(max_examples=30)
@given(st.integers(0, 2**31), st.sampled_from([torch.nn.Tanh, torch.nn.ReLU]))
def test_sampled_shapley_reaches_the_exact_values(seed, activation):
    case = net_case(mlp(7, activation, seed), 7)
    samples = shapley_samples(case, n_permutations=400, seed=seed)
    off = np.abs(samples.mean(axis=0) - weights(case))
    assert (
        off <= 5 * standard_error(samples) + 1e-9
    ).all()  # 210 draws of Student's t: beyond 5 about once in 5,000


def test_sampled_shapley_converges_within_four_standard_errors():
    case = net_case(mlp(10, torch.nn.ReLU, seed=3), 10)
    exact, error = weights(case), []
    for n in (10, 100, 1000, 10000):
        samples = shapley_samples(case, n, seed=1)
        off = np.abs(samples.mean(axis=0) - exact)
        assert (off < 4 * standard_error(samples)).all()
        error.append(np.sqrt(np.mean(off**2)))
    assert (
        error[-1] < error[0] / 10
    )  # 1000 times the work, about a thirtieth of the error


def test_standard_errors_are_neither_too_small_nor_too_large():
    case = net_case(mlp(8, torch.nn.ReLU, seed=5), 8)
    exact, z = weights(case), []
    for seed in range(300):
        samples = shapley_samples(case, n_permutations=50, seed=seed)
        z.append((samples.mean(axis=0) - exact) / standard_error(samples))
    z = np.array(z)
    assert 0.9 < z.std() < 1.15  # Student's t with 49 degrees of freedom: 1.02
    assert 0.93 < np.mean(np.abs(z) < 2) < 0.97  # expected: 0.949
    assert np.abs(z.mean(axis=0)).max() < 4 / np.sqrt(
        300
    )  # no piece is over- or underrated on average


@given(st.integers(0, 10**6), st.integers(1, 8))
def test_walking_back_too_makes_one_sample_exact_where_pieces_interact_in_pairs(
    seed, m
):
    """Half of every pair's joint effect goes to each partner: whoever comes last gets it, and both come last once."""
    rng = np.random.default_rng(seed)
    alone, pairs = rng.normal(size=m), np.triu(rng.normal(size=(m, m)), k=1)
    case = as_case(lambda x: x @ alone + ((x @ pairs) * x).sum(axis=1), m)
    truth = alone + (pairs.sum(axis=0) + pairs.sum(axis=1)) / 2
    assert shapley_samples(case, n_permutations=2, seed=seed) == pytest.approx(
        np.array([truth, truth]), abs=1e-9
    )


def test_the_same_seed_gives_the_same_and_another_seed_another():
    case = net_case(mlp(6), 6)
    assert (
        shapley_sampled(case, 3, seed=1)
        == shapley_sampled(case, 3, seed=1)
        != shapley_sampled(case, 3, seed=2)
    )


# Where the score is a sum, every honest method is exact -------------------------------------------------------------


@pytest.mark.parametrize("explainer", HONEST)
@given(
    worth=hnp.arrays(
        float, st.integers(1, 12), elements=st.floats(-5, 5, width=32)
    ),
    base=st.floats(-5, 5),
)
def test_on_a_sum_every_method_gives_the_terms(explainer, worth, base):
    names = [f"item {j}" for j in range(len(worth))]
    case = sum_case("ann", "tent", ["item"] * len(worth), names, worth, base)
    assert weights(case, explainer) == pytest.approx(worth, abs=1e-9)


@pytest.mark.parametrize(
    "explainer", [e for e in HONEST if e is not shapley_exact]
)
def test_on_a_recommender_that_adds_every_method_gives_its_own_explanation(
    explainer,
):
    model = EASE().fit(load_shop())
    exact, case = model.explain(0, 1), model.case(0, 1)
    assert weights(case, explainer) == pytest.approx(
        case.weights(exact), abs=1e-9
    )
    assert explainer(case).top(3)[0].name == exact.top(1)[0].name


def test_on_profiles_exact_shapley_gives_the_terms():
    import pandas as pd

    train, rng = load_shop(), np.random.default_rng(0)
    profiles = [
        pd.DataFrame(rng.normal(size=(len(ids), 3)), ids.raw, list("abc"))
        for ids in (train.users, train.items)
    ]
    model = LinearProfile().fit(train, *profiles)
    case = model.case(2, 3)
    assert weights(case) == pytest.approx(
        case.weights(model.explain(2, 3)), abs=1e-9
    )
    # with no evidence the mean rating is left, with all of it the score
    assert case.empty() == pytest.approx(train.rating.mean())
    assert case.whole() == pytest.approx(model.score(2)[3])


# Occlusion, gradients, random evidence ------------------------------------------------------------------------------


@given(games)
def test_occlusion_takes_away_one_piece_at_a_time(table):
    case = game(table)
    assert weights(case, occlusion).tolist() == [
        case.whole() - case.without([name]) for name in case.names
    ]


def test_occlusion_calls_two_stand_ins_worthless_and_shapley_shares():
    case = game(np.array([0.0, 1.0, 1.0, 1.0]))  # either is enough
    assert weights(case, occlusion).tolist() == [0.0, 0.0]
    assert weights(case).tolist() == [0.5, 0.5]


@settings(max_examples=20)
@given(st.integers(0, 10**6))
def test_integrated_gradients_equal_captums(seed):
    net = mlp(6, seed=seed)
    there = torch.ones(1, 6, dtype=torch.float64)
    theirs = IntegratedGradients(lambda x: net(x).squeeze(1)).attribute(
        there, n_steps=64, method="gausslegendre"
    )
    assert weights(
        net_case(net, 6), partial(integrated_gradients, steps=64)
    ) == pytest.approx(theirs[0].numpy())


@settings(max_examples=20)
@given(st.integers(0, 10**6), st.floats(0.1, 3))
def test_integrated_gradients_equal_the_path_integral_by_hand(seed, strength):
    """For score = tanh(a·x) the integral over t of a_j tanh′(t Σa) is a_j tanh(Σa) / Σa."""
    a = strength * np.random.default_rng(seed).uniform(0.1, 1, size=5)
    case = as_case(
        lambda x: np.tanh(x @ a), 5, lambda x: a / np.cosh(x @ a)[:, None] ** 2
    )
    assert weights(case, integrated_gradients) == pytest.approx(
        a * np.tanh(a.sum()) / a.sum(), abs=1e-6
    )


@pytest.mark.parametrize("seed", range(5))
def test_integrated_gradients_are_complete_on_a_small_network(seed):
    smooth, kinked = (
        net_case(mlp(8, kind, seed), 8)
        for kind in (torch.nn.Tanh, torch.nn.ReLU)
    )
    span = abs(smooth.whole() - smooth.empty())
    assert abs(
        completeness_gap(smooth, integrated_gradients(smooth))
    ) < 1e-3 * min(span, 1)
    assert (
        abs(completeness_gap(kinked, integrated_gradients(kinked, steps=512)))
        < 1e-2
    )


def test_gradient_times_input_is_the_slope_with_all_there():
    case = net_case(mlp(6, seed=1), 6)
    step = 1e-6 * np.eye(6)
    slope = (case.value(1 + step) - case.value(1 - step)) / 2e-6
    assert weights(case, gradient_times_input) == pytest.approx(
        slope, abs=1e-6
    )


def test_a_gap_is_found():
    case = sum_case(
        "ann", "tent", ["item"] * 2, ["mat", "stove"], worth=[0.5, -2.0]
    )
    assert (
        completeness_gap(case, case.explanation("made up", [1.0, 1.0])) == 3.5
    )


def test_random_evidence_knows_nothing():
    case = sum_case(
        "ann", "tent", ["item"] * 8, list("abcdefgh"), worth=np.arange(8.0)
    )
    drawn = np.array(
        [
            weights(case, partial(random_evidence, seed=seed))
            for seed in range(500)
        ]
    )
    assert np.abs(drawn.mean(axis=0)).max() < 4 / np.sqrt(500)
    top = np.argmax(np.abs(drawn), axis=1)
    assert np.bincount(top, minlength=8).min() > 500 / 8 / 2


# The local linear model ---------------------------------------------------------------------------------------------


def test_the_surrogate_weighs_what_is_near_more():
    """Score x₀ x₁: near the full case each is worth 1, over all subsets a half; so `width` decides what is told."""
    case = as_case(lambda x: x[:, 0] * x[:, 1], 4)
    near, far = (
        weights(case, partial(lime, n_samples=4000, width=w))
        for w in (0.25, 5.0)
    )
    assert near[:2].mean() > 0.8 > 0.6 > far[:2].mean()
    assert np.abs(near[2:]).max() < 0.05


def test_the_surrogate_is_the_weighted_least_squares_fit():
    table = np.random.default_rng(0).normal(size=16)
    present = coalitions(4).astype(float)
    distance = 1 - present.mean(axis=1)
    share = np.array(
        [1 / (5 * [1, 4, 6, 4, 1][int(s)]) for s in present.sum(axis=1)]
    )  # every size equally often
    root = np.sqrt(share * np.exp(-((distance / 0.5) ** 2)))[:, None]
    X = np.column_stack([np.ones(16), present])
    limit = np.linalg.lstsq(X * root, table * root[:, 0], rcond=None)[0][1:]
    found = weights(game(table), partial(lime, n_samples=200_000))
    assert found == pytest.approx(limit, abs=0.02)


# Permutation importance ---------------------------------------------------------------------------------------------


def test_permutation_importance_finds_what_a_linear_model_uses():
    """Shuffling column j of y = X w adds 2 wⱼ² var(xⱼ) to the squared error, on average."""
    rng, w = np.random.default_rng(0), np.array([2.0, 1.0, 0.0, 0.5])
    X = rng.normal(size=(4000, 4))
    growth = permutation_importance(lambda X: X @ w, X, X @ w, repeats=8)
    assert growth.shape == (8, 4)
    assert growth.mean(axis=0) == pytest.approx(np.sqrt(2) * w, rel=0.05)
    assert (standard_error(growth)[w > 0] > 0).all()


def test_a_constant_feature_has_no_importance_and_the_table_stays_as_it_was():
    X = np.column_stack([np.arange(20.0), np.full(20, 3.0)])
    before = X.copy()
    growth = permutation_importance(lambda X: X.sum(axis=1), X, X.sum(axis=1))
    assert (growth[:, 1] == 0).all() and (growth[:, 0] > 0).all()
    assert (before == X).all()


def test_permutation_importance_agrees_with_scikit_learn():
    from sklearn.inspection import permutation_importance as theirs
    from sklearn.tree import DecisionTreeRegressor

    rng = np.random.default_rng(1)
    X = rng.normal(size=(800, 5))
    y = X[:, 0] * X[:, 1] + X[:, 2] + rng.normal(size=800)
    tree = DecisionTreeRegressor(max_depth=6, random_state=0).fit(X, y)
    ours = permutation_importance(tree.predict, X, y, repeats=30)
    peer = theirs(
        tree,
        X,
        y,
        scoring="neg_root_mean_squared_error",
        n_repeats=30,
        random_state=2,
    )
    error = np.sqrt(standard_error(ours) ** 2 + (peer.importances_std**2) / 30)
    assert (
        np.abs(ours.mean(axis=0) - peer.importances_mean) <= 4 * error
    ).all()


# Our speed beside shap's: the arithmetic, not the clock --------------------------------------------------------------


def test_an_error_above_the_peers_is_charged_and_one_below_is_no_bonus():
    ours_worse = np.array(
        [[1.0, 0.2, 4.0, 0.1]] * 5
    )  # our seconds, our error, the peer's seconds, its error
    ours_better = np.array([[1.0, 0.1, 4.0, 0.2]] * 5)
    assert shapley_speed._summary(ours_worse)["ratio"] == pytest.approx(1.0)
    assert shapley_speed._summary(ours_better)["ratio"] == pytest.approx(0.25)


def test_the_error_measured_is_the_distance_from_the_truth():
    case = shapley_speed.network_case(5, seed=0)
    exact = shapley_speed.truth(case)
    seconds, error = shapley_speed.measure(
        [lambda n, seed: exact + [3.0, 0, 0, 0, 4.0]], [exact], 1, range(2)
    )
    assert seconds >= 0
    assert error == pytest.approx(np.sqrt(25 / 5))
    assert exact == pytest.approx(shapley_speed.ours(case)(3000, 0), abs=0.05)


# Bad input ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "explainer", [gradient_times_input, integrated_gradients]
)
def test_a_model_without_gradient_is_told_what_works_instead(explainer):
    with pytest.raises(
        DataError,
        match="this game offers no gradient: explain it by occlusion or Shapley",
    ):
        explainer(game(np.arange(4.0)))


def test_a_model_without_attention_is_told_what_works_instead():
    with pytest.raises(
        DataError,
        match="offers no attention: explain it by occlusion or Shapley",
    ):
        game(np.arange(4.0)).need("attention")


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize(
    "explainer", [occlusion, shapley_exact, shapley_sampled, lime]
)
def test_a_score_that_is_no_number_is_named_with_its_pieces(explainer, bad):
    table = np.arange(8.0)
    table[0b101] = bad
    with pytest.raises(
        DataError,
        match=rf"this game scores {bad} with 2 of 3 pieces there \(item 0, item 2\)",
    ):
        explainer(game(table))


@pytest.mark.parametrize(
    "explainer", [gradient_times_input, integrated_gradients]
)
def test_a_gradient_that_is_no_number_is_named(explainer):
    case = replace(
        game(np.arange(4.0)),
        gradient=lambda present: np.full(present.shape, np.nan),
    )
    with pytest.raises(
        DataError, match="has a gradient of nan with 2 of 2 pieces there"
    ):
        explainer(case)


@pytest.mark.parametrize(
    "explainer", [gradient_times_input, integrated_gradients]
)
def test_a_gradient_of_the_wrong_shape_is_refused(explainer):
    case = replace(
        game(np.arange(4.0)), gradient=lambda present: np.ones(len(present))
    )
    with pytest.raises(DataError, match="one per piece"):
        explainer(case)


def test_one_score_for_all_rows_is_refused():
    with pytest.raises(DataError, match=r"shape \(1,\) for 3 rows"):
        occlusion(as_case(lambda present: np.ones(1), 2))


@pytest.mark.parametrize("explainer", HONEST)
def test_one_piece_alone_is_worth_all_that_the_score_gained(explainer):
    case = sum_case("ann", "tent", ["item"], ["mat"], worth=[-0.75], base=3.0)
    assert weights(case, explainer) == pytest.approx([-0.75], abs=1e-9)


@pytest.mark.parametrize("wrong", [0, -1, 2.5, True, None])
def test_less_than_one_of_anything_is_refused(wrong):
    case = sum_case("ann", "tent", ["item"], ["mat"], worth=[1.0])
    with pytest.raises(
        DataError,
        match=f"n_permutations={wrong} must be a whole number, 1 or more",
    ):
        shapley_sampled(case, n_permutations=wrong)
    with pytest.raises(DataError, match="steps="):
        integrated_gradients(case, steps=wrong)
    with pytest.raises(DataError, match="n_samples="):
        lime(case, n_samples=wrong)
    with pytest.raises(DataError, match="repeats="):
        permutation_importance(
            lambda X: X[:, 0], np.ones((3, 1)), np.ones(3), repeats=wrong
        )


def test_too_many_pieces_are_sent_to_the_sampler():
    m = MOST_PIECES + 1
    case = sum_case(
        "ann",
        "tent",
        ["item"] * m,
        [str(j) for j in range(m)],
        worth=np.ones(m),
    )
    with pytest.raises(
        DataError, match="17 pieces have .* use shapley_sampled"
    ):
        shapley_exact(case)
    assert weights(case, shapley_sampled) == pytest.approx(np.ones(m))


def test_the_most_pieces_allowed_are_scored_in_blocks():
    m, largest = MOST_PIECES, []
    case = sum_case(
        "ann",
        "tent",
        ["item"] * m,
        [str(j) for j in range(m)],
        worth=np.arange(m),
    )
    value = case.value
    watched = replace(
        case,
        value=lambda present: largest.append(len(present)) or value(present),
    )
    assert weights(watched) == pytest.approx(np.arange(m), abs=1e-9)
    assert max(largest) <= BLOCK
    assert sum(largest) == 2**m


def test_scores_come_in_the_order_asked():
    present = np.random.default_rng(0).random((BLOCK + 5, 3)) < 0.5
    case = sum_case(
        "ann", "tent", ["item"] * 3, list("abc"), worth=[1.0, 10.0, 100.0]
    )
    assert (
        scores(case, present).tolist()
        == (present @ [1.0, 10.0, 100.0]).tolist()
    )


@pytest.mark.parametrize(
    "samples", [np.ones((1, 3)), np.ones(3), np.ones((0, 3))]
)
def test_one_sample_has_no_standard_error(samples):
    with pytest.raises(DataError, match="two rows or more"):
        standard_error(samples)


def test_too_few_samples_for_the_surrogate_are_refused():
    case = sum_case(
        "ann", "tent", ["item"] * 6, list("abcdef"), worth=np.ones(6)
    )
    with pytest.raises(
        DataError,
        match="n_samples=5 cannot tell 6 pieces apart: take 60 or more",
    ):
        lime(case, n_samples=5)
    # six different samples, seven unknowns: six weights and an intercept
    with pytest.raises(DataError, match="n_samples=6 cannot tell 6"):
        lime(case, n_samples=6)
    with pytest.raises(DataError, match="width=0 must be greater"):
        lime(case, width=0)


@pytest.mark.parametrize("X", [np.ones(3), np.array([[np.nan], [1.0]])])
def test_a_broken_table_is_refused(X):
    with pytest.raises(DataError, match="table"):
        permutation_importance(lambda X: np.ones(len(X)), X, np.ones(len(X)))


def test_a_table_of_objects_is_shuffled_as_numbers():
    """A data frame of mixed columns gives such a table."""
    X = np.array([[1, True], [2, False], [3, True]], dtype=object)
    growth = permutation_importance(lambda X: X[:, 0], X, [1.0, 2.0, 3.0])
    assert growth[:, 0].max() > 0 and not growth[:, 1].any()


def test_permutation_importance_names_a_prediction_that_is_no_number():
    with pytest.raises(DataError, match="nan"):
        permutation_importance(
            lambda X: X[:, 0] * np.nan, np.ones((3, 1)), np.ones(3)
        )
