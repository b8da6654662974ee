"""Matrix factorization: gradients, steps and classes against independent calculations, and what bad input meets."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from planted import low_rank, table
from scipy.optimize import approx_fprime
from sklearn.exceptions import NotFittedError

from recx_lib.core import DataError
from recx_lib.data import split_random
from recx_lib.data.load import load_shop
from recx_lib.judge import rmse
from recx_lib.recommend import (
    ALS,
    Baseline,
    BayesianMF,
    BiasedMF,
    Chain,
    ImplicitALS,
    Popularity,
    als_step,
    gradient,
    implicit_als_step,
    loss,
    sgd_epoch,
)
from recx_lib.recommend.mf import group
from recx_lib.recommend.sgd import shuffled_tiles

SMALL_BAYES = BayesianMF(k=3, chain=Chain(sweeps=6, burn_in=2))
RATING_MODELS = [Baseline(), BiasedMF(), ALS(), SMALL_BAYES]
MODELS = [*RATING_MODELS, ImplicitALS(), Popularity()]
each_model = pytest.mark.parametrize(
    "model", MODELS, ids=lambda m: type(m).__name__
)
each_rating_model = pytest.mark.parametrize(
    "model", RATING_MODELS, ids=lambda m: type(m).__name__
)


@pytest.fixture(scope="module")
def planted():
    return low_rank()


def one_rating(seed, k):
    """Return p, q, b_u, b_i, and keyword arguments mu, r, reg of `loss`, drawn at random."""
    rng = np.random.default_rng(seed)
    return (
        rng.normal(size=k),
        rng.normal(size=k),
        rng.normal(),
        rng.normal(),
    ), {"mu": 3.0, "r": 4.5, "reg": 0.3}


@given(st.integers(0, 10_000), st.integers(1, 6))
def test_gradient_equals_finite_differences(seed, k):
    (p, q, b_u, b_i), rest = one_rating(seed, k)

    def flat(x):
        return loss(x[:k], x[k : 2 * k], x[-2], x[-1], **rest)

    numeric = approx_fprime(np.concatenate([p, q, [b_u, b_i]]), flat, 1e-7)
    analytic = np.concatenate(
        [np.atleast_1d(g) for g in gradient(p, q, b_u, b_i, **rest)]
    )
    np.testing.assert_allclose(analytic, numeric, atol=1e-4)


def test_gradient_equals_autograd():
    numbers, rest = one_rating(seed=1, k=5)
    tensors = [
        torch.tensor(x, dtype=torch.float64, requires_grad=True)
        for x in numbers
    ]
    loss(*tensors, **rest).backward()
    for ours, theirs in zip(gradient(*numbers, **rest), tensors, strict=True):
        np.testing.assert_allclose(ours, theirs.grad.numpy(), rtol=1e-12)


def test_the_compiled_epoch_equals_steps_against_the_gradient(planted):
    train, lr, reg, mu = planted[0], 0.05, 0.02, 3.0
    rng = np.random.default_rng(0)
    order = rng.permutation(len(train))
    start = [
        np.zeros(80),
        np.zeros(60),
        rng.normal(size=(80, 4)),
        rng.normal(size=(60, 4)),
    ]
    b_u, b_i, P, Q = (x.copy() for x in start)
    for n in order:
        u, i = train.user_idx[n], train.item_idx[n]
        dp, dq, du, di = gradient(
            P[u], Q[i], b_u[u], b_i[i], mu, train.rating[n], reg
        )
        P[u], Q[i], b_u[u], b_i[i] = (
            P[u] - lr * dp,
            Q[i] - lr * dq,
            b_u[u] - lr * du,
            b_i[i] - lr * di,
        )
    sgd_epoch(
        train.user_idx[order],
        train.item_idx[order],
        train.rating[order],
        (mu, *start),
        lr,
        reg,
    )
    for compiled, plain in zip(start, (b_u, b_i, P, Q), strict=True):
        np.testing.assert_allclose(compiled, plain, rtol=1e-9, atol=1e-12)


@given(st.lists(st.integers(0, 5), min_size=1, max_size=30))
def test_group_finds_exactly_the_rows_of_each_index(idx):
    order, start = group(np.array(idx), 6)
    for u in range(6):
        assert order[start[u] : start[u + 1]].tolist() == [
            n for n, value in enumerate(idx) if value == u
        ]


def test_tiles_hold_every_row_once_and_are_visited_one_after_another():
    rng = np.random.default_rng(0)
    user_idx, item_idx = rng.integers(0, 10, 500), rng.integers(0, 7, 500)
    order = shuffled_tiles(rng, user_idx, item_idx, side=4)
    assert sorted(order) == list(range(500)) and (np.diff(order) < 0).any()
    tiles = list(zip(user_idx[order] // 4, item_idx[order] // 4, strict=True))
    changes = sum(a != b for a, b in zip(tiles, tiles[1:], strict=False))
    assert changes == len(set(tiles)) - 1 == 5


def test_als_step_equals_least_squares_on_a_stacked_system(planted):
    train, k = planted[0], 4
    X, penalty = (
        np.random.default_rng(0).normal(size=(60, k)),
        np.array([0.5, 1.0, 2.0, 3.0]),
    )
    order, start = group(train.user_idx, 80)
    W = als_step(X, start, train.item_idx[order], train.rating[order], penalty)
    for u in range(80):
        mine = train.user_idx == u
        A = np.vstack([X[train.item_idx[mine]], np.diag(np.sqrt(penalty))])
        expected, *_ = np.linalg.lstsq(
            A, np.concatenate([train.rating[mine], np.zeros(k)]), rcond=None
        )
        np.testing.assert_allclose(W[u], expected, rtol=1e-8)


def test_implicit_als_step_equals_the_formula_with_all_items_written_out(
    planted,
):
    train, alpha, reg = planted[0], 4.0, 2.0
    X = np.random.default_rng(0).normal(size=(60, 3))
    order, start = group(train.user_idx, 80)
    W = implicit_als_step(X, start, train.item_idx[order], alpha, reg)
    for u in range(80):
        rated = np.isin(
            np.arange(60), train.item_idx[train.user_idx == u]
        ).astype(float)
        C = np.diag(
            1 + alpha * rated
        )  # (n_items, n_items), what nobody would build
        expected = np.linalg.solve(
            X.T @ C @ X + reg * np.eye(3), X.T @ C @ rated
        )
        np.testing.assert_allclose(W[u], expected, rtol=1e-8)


def als_loss(model, train):
    u, i = train.user_idx, train.item_idx
    raw = (
        model.mu_
        + model.b_u_[u]
        + model.b_i_[i]
        + np.sum(model.P_[u] * model.Q_[i], axis=1)
    )
    ridge = model.reg * (np.sum(model.P_**2) + np.sum(model.Q_**2))
    return (
        np.sum((train.rating - raw) ** 2)
        + ridge
        + model.reg_bias * (np.sum(model.b_u_**2) + np.sum(model.b_i_**2))
    )


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 1000), st.floats(0.1, 20))
def test_als_loss_never_rises_from_sweep_to_sweep(seed, reg):
    train, _, _ = low_rank(20, 15, seed=seed)
    losses = [
        als_loss(ALS(k=3, sweeps=n, reg=reg, seed=seed).fit(train), train)
        for n in range(1, 6)
    ]
    assert all(
        after <= before * (1 + 1e-9)
        for before, after in zip(losses, losses[1:], strict=False)
    )


def implicit_loss(model, train):
    rated = np.zeros((train.n_users, train.n_items))
    rated[train.user_idx, train.item_idx] = 1
    misfit = np.sum(
        (1 + model.alpha * rated) * (rated - model.P_ @ model.Q_.T) ** 2
    )
    return misfit + model.reg * (np.sum(model.P_**2) + np.sum(model.Q_**2))


def test_implicit_als_loss_never_rises_from_sweep_to_sweep(planted):
    losses = [
        implicit_loss(
            ImplicitALS(k=3, sweeps=n, reg=2.0).fit(planted[0]), planted[0]
        )
        for n in range(1, 6)
    ]
    assert all(
        after <= before * (1 + 1e-9)
        for before, after in zip(losses, losses[1:], strict=False)
    )


@pytest.mark.parametrize(
    ("model", "most"),
    [
        (BiasedMF(k=2, epochs=200, reg=0.01, init_std=0.1), 0.2),
        (ALS(k=2, sweeps=20, reg=0.1), 0.2),
    ],
)
def test_a_planted_low_rank_table_is_recovered(planted, model, most):
    train, test, truth = planted
    error = (
        model.fit(train).predict(test.user_idx, test.item_idx)
        - truth[test.user_idx, test.item_idx]
    )
    floor = (
        Baseline().fit(train).predict(test.user_idx, test.item_idx)
        - truth[test.user_idx, test.item_idx]
    )
    assert np.sqrt(np.mean(error**2)) < most < 0.5 * np.sqrt(np.mean(floor**2))


def test_baseline_solves_its_two_equations(planted):
    train = planted[0]
    model = Baseline(reg=2.0, sweeps=200).fit(train)
    u, i = train.user_idx, train.item_idx
    left = train.rating - model.mu_ - model.b_u_[u] - model.b_i_[i]
    np.testing.assert_allclose(
        np.bincount(u, left), 2.0 * model.b_u_, atol=1e-8
    )
    np.testing.assert_allclose(
        np.bincount(i, left), 2.0 * model.b_i_, atol=1e-8
    )


def test_popularity_counts_ratings():
    # the last of four items was never rated
    train = table([0, 1, 1], [0, 0, 2], [3, 4, 5], n_items=4)
    model = Popularity().fit(train)
    assert (
        model.score(0).tolist() == [2, 0, 1, 0]
        and model.score([0, 1]).tolist() == [[2, 0, 1, 0]] * 2
    )


def test_implicit_als_ranks_the_other_half_of_a_users_taste_first():
    pairs = [
        (u, i)
        for u in range(20)
        for i in range(10)
        if (u + i) % 2 == 0 and (u, i) != (0, 4)
    ]
    model = ImplicitALS(k=2, reg=0.1).fit(
        table(*zip(*pairs, strict=True), [5] * len(pairs))
    )
    unseen = [4, 1, 3, 5, 7, 9]
    assert unseen[int(np.argmax(model.score(0)[unseen]))] == 4


@each_rating_model
def test_predict_is_the_clipped_score(planted, model):
    train = table(
        planted[0].user_idx,
        planted[0].item_idx,
        planted[0].rating,
        scale=(2.8, 3.2),
    )
    model.fit(train)
    users, items = np.array([3, 3, 7]), np.array([1, 2, 5])
    scores = model.score(np.arange(80))
    assert scores.shape == (80, 60) and model.score(3).shape == (60,)
    np.testing.assert_allclose(model.score(3), scores[3], atol=1e-5)
    np.testing.assert_allclose(
        model.predict(users, items),
        np.clip(scores[users, items], 2.8, 3.2),
        atol=1e-5,
    )
    for extreme, limit in ((scores.argmin(), 2.8), (scores.argmax(), 3.2)):
        assert model.predict(*([index] for index in divmod(extreme, 60))) == [
            limit
        ]


@each_model
def test_same_seed_same_scores_other_seed_other_scores(planted, model):
    first, again = (
        model.fit(planted[0]).score(np.arange(80)).copy() for _ in range(2)
    )
    np.testing.assert_array_equal(first, again)
    if "seed" in model.get_params():
        model.set_params(seed=5)
        assert (
            np.abs(model.fit(planted[0]).score(np.arange(80)) - first).max()
            > 1e-6
        )
        model.set_params(seed=0)


@pytest.mark.parametrize(
    "model", [Baseline(), BiasedMF(), ALS()], ids=lambda m: type(m).__name__
)
def test_ids_without_ratings_get_what_is_known_of_the_other_side(model):
    train = table(
        [0, 0, 1, 1], [0, 1, 0, 1], [1, 2, 4, 5], n_users=3, n_items=3
    )
    model.fit(train)
    known = model.mu_ + model.b_u_[:2]
    np.testing.assert_allclose(
        model.predict([0, 1, 2], [2, 2, 2]),
        [*np.clip(known, 1, 5), model.mu_],
        rtol=1e-6,
    )


@each_rating_model
@pytest.mark.parametrize(
    "rows",
    [([0], [0], [4]), ([0, 0], [0, 1], [4, 2]), ([0, 1], [0, 0], [4, 2])],
)
def test_one_user_one_item_or_one_rating_is_enough(model, rows):
    predicted = model.fit(table(*rows)).predict([0], [0])
    assert np.isfinite(predicted).all() and 1 <= predicted[0] <= 5


@each_model
def test_unusable_tables_and_early_questions_are_refused_in_words(
    planted, model
):
    train = planted[0]
    with pytest.raises(NotFittedError, match="not fitted"):
        type(model)().score(0)
    with pytest.raises(DataError, match="no rows"):
        model.fit(train.subset(np.array([], dtype=int)))
    with pytest.raises(DataError, match="review 1: rating nan"):
        model.fit(table([0, 1], [0, 0], [3, np.nan]))
    model.fit(train)
    with pytest.raises(DataError, match="user index 80 is outside 0 … 79"):
        model.score(80)
    with pytest.raises(DataError, match="user index -1 is outside"):
        model.score([3, -1])
    with pytest.raises(DataError, match=r"reviews\.users\.idx"):
        model.score("u0001")


@each_rating_model
def test_predict_refuses_raw_ids_and_unknown_indices(planted, model):
    model.fit(planted[0])
    with pytest.raises(DataError, match=r"reviews\.items\.idx"):
        model.predict([0], ["i0001"])
    with pytest.raises(DataError, match="item index 60"):
        model.predict([0], [60])
    for users in ([0, 1], [0]):
        with pytest.raises(DataError, match=f"{len(users)} users but 3 items"):
            model.predict(users, [0, 1, 2])
    assert model.predict(0, [0, 1, 2]).shape == (3,)


@pytest.mark.parametrize(
    "model",
    [
        BiasedMF(seed=-1),
        ALS(seed=-1),
        ImplicitALS(seed=-1),
        BayesianMF(seed=-1),
    ],
    ids=repr,
)
def test_a_seed_below_zero_is_refused(planted, model):
    with pytest.raises(
        DataError, match="seed=-1 must be a whole number, 0 or more"
    ):
        model.fit(planted[0])


@pytest.mark.parametrize(
    "model",
    [BiasedMF(k=0), ALS(k=-1), ImplicitALS(k=0), BayesianMF(k=0), ALS(k=2.5)],
    ids=repr,
)
def test_k_must_be_a_whole_positive_number(planted, model):
    with pytest.raises(
        DataError, match="k=.* must be a whole number, 1 or more"
    ):
        model.fit(planted[0])


def test_parameters_that_make_no_sense_are_refused(planted):
    for model in (
        ALS(reg=0),
        Baseline(reg=-1),
        ImplicitALS(alpha=0),
        BiasedMF(lr=float("nan")),
    ):
        with pytest.raises(DataError, match="must be greater than zero"):
            model.fit(planted[0])
    with pytest.raises(DataError, match="lower lr"):
        BiasedMF(lr=10.0).fit(planted[0])


def test_the_terms_of_an_explanation_add_up_to_the_score(planted):
    model = BiasedMF(k=4).fit(planted[0])
    why = model.explain(3, 5)
    assert (why.user, why.item, len(why.evidence)) == ("u0003", "i0005", 3 + 4)
    assert why.total == pytest.approx(model.score(3)[5], abs=1e-5)


def few_ratings(shop):
    """Return a quarter of the shop: some six ratings for each user."""
    return split_random(shop, 0.25, seed=3)[1]


@pytest.mark.parametrize("model", [BiasedMF(), ALS()], ids=["sgd", "als"])
@pytest.mark.parametrize(
    ("part", "most"), [(lambda shop: shop, 0.98), (few_ratings, 1.01)]
)
def test_defaults_serve_whoever_has_not_searched(model, part, most):
    """They are chosen by benchmarks/defaults.py, on the shop and two public sets: ahead of the biases of user and
    item on the shop, and next to level with them where users have few ratings.
    """
    train, test = split_random(part(load_shop()), 0.2, seed=0)
    errors = []
    for one in (Baseline(), model):
        stars = one.fit(train).predict(test.user_idx, test.item_idx)
        errors.append(rmse(test.rating, stars))
    assert errors[1] < most * errors[0]
