"""Bayesian matrix factorization: each conditional against its formula, the whole on tables with a known truth."""

import numpy as np
import pytest
from planted import low_rank, table

from recx_lib.core import DataError
from recx_lib.recommend import (
    BayesianMF,
    Chain,
    als_step,
    gibbs_step,
    sample_prior,
)
from recx_lib.recommend.bayes import pair_scores, rated_features
from recx_lib.recommend.mf import group


@pytest.fixture(scope="module")
def planted():
    return low_rank(noise=0.5, seed=3)


@pytest.fixture(scope="module")
def fitted(planted):
    chain = Chain(sweeps=100, burn_in=50)
    return BayesianMF(k=3, n_features=0, init_std=0.3, chain=chain).fit(
        planted[0]
    )


def test_a_gibbs_step_without_noise_is_an_als_step(planted):
    train = planted[0]
    X, prec = (
        np.random.default_rng(0).normal(size=(60, 4)),
        np.array([1.0, 2.0, 3.0, 4.0]),
    )
    order, start = group(train.user_idx, 80)
    rows = (X, start, train.item_idx[order], train.rating[order])
    zeros = np.zeros((80, 4))
    drawn = gibbs_step(*rows, 2.0, (zeros, prec), zeros)
    np.testing.assert_allclose(drawn, als_step(*rows, prec / 2.0), rtol=1e-8)


def test_gibbs_draws_have_the_posterior_mean_and_covariance():
    rng, n, alpha, prec = (
        np.random.default_rng(0),
        40_000,
        3.0,
        np.array([0.5, 2.0]),
    )
    X, y, prior_mean = (
        rng.normal(size=(5, 2)),
        rng.normal(size=5),
        np.array([1.0, -1.0]),
    )
    start, col = (
        np.arange(n + 1) * 5,
        np.tile(np.arange(5), n),
    )  # n users who all rated the same five items alike
    W = gibbs_step(
        X,
        start,
        col,
        np.tile(y, n),
        alpha,
        (np.tile(prior_mean, (n, 1)), prec),
        rng.normal(size=(n, 2)),
    )
    covariance = np.linalg.inv(alpha * X.T @ X + np.diag(prec))
    np.testing.assert_allclose(
        W.mean(axis=0),
        covariance @ (alpha * X.T @ y + prec * prior_mean),
        atol=0.01,
    )
    np.testing.assert_allclose(np.cov(W.T), covariance, rtol=0.05, atol=0.003)


def test_users_without_ratings_are_drawn_from_the_prior():
    empty, noise = np.zeros(0), np.array([[1.0], [-2.0]])
    W = gibbs_step(
        np.ones((1, 1)),
        np.zeros(3, int),
        empty.astype(int),
        empty,
        1.0,
        (np.full((2, 1), 5.0), np.array([4.0])),
        noise,
    )
    np.testing.assert_allclose(W, [[5.5], [4.0]])


def test_the_prior_finds_planted_coefficients_and_precision():
    rng = np.random.default_rng(0)
    F = np.column_stack([np.ones(5000), rng.normal(size=5000)])
    W = F @ np.array([[1.0, 0.0], [-2.0, 0.5]]) + rng.normal(
        size=(5000, 2)
    ) * [0.5, 2.0]
    draws = [sample_prior(W, F, np.ones(2), rng) for _ in range(200)]
    mean, prec = (np.mean([draw[n] for draw in draws], axis=0) for n in (0, 1))
    np.testing.assert_allclose(prec, [1 / 0.25, 1 / 4], rtol=0.1)
    np.testing.assert_allclose(mean, F @ [[1.0, 0.0], [-2.0, 0.5]], atol=0.3)
    spread = np.std(
        [draw[0] for draw in draws], axis=0
    )  # of the line at each point: std · sqrt(f·(FᵀF)⁻¹·f)
    expected = np.sqrt(np.einsum("nm,ml,nl->n", F, np.linalg.inv(F.T @ F), F))[
        :, None
    ] * [0.5, 2.0]
    assert 0.85 < np.median(spread / expected) < 1.15


def test_features_are_the_singular_vectors_of_who_rated_what(planted):
    train, m = planted[0], 5
    dense = np.zeros((80, 60))
    dense[train.user_idx, train.item_idx] = 1
    dense /= np.sqrt(dense.sum(axis=1, keepdims=True) * dense.sum(axis=0))
    left, s, _ = np.linalg.svd(dense)
    F_u, F_i = rated_features(train, m)
    assert (
        F_u.shape == (80, 6)
        and F_i.shape == (60, 6)
        and (F_u[:, 0] == 1).all()
        and (F_i[:, 0] == 1).all()
    )
    np.testing.assert_allclose(
        np.abs(F_u[:, 1]), np.abs(left[:, 0]) * s[0] * np.sqrt(80), atol=1e-3
    )
    for F in (F_u, F_i):
        np.testing.assert_allclose(
            np.mean(F[:, 1:] ** 2, axis=0), s[:m] ** 2, rtol=0.05
        )
    assert [F.shape[1] for F in rated_features(train, 0)] == [1, 1]
    assert [F.shape[1] for F in rated_features(train, 500)] == [61, 61]


def test_features_do_not_depend_on_the_ratings_themselves(planted):
    train = planted[0]
    other = table(train.user_idx, train.item_idx, np.zeros(len(train)), 80, 60)
    np.testing.assert_array_equal(
        rated_features(train, 5)[0], rated_features(other, 5)[0]
    )


def test_the_posterior_mean_is_near_the_truth_and_the_noise_is_found(
    planted, fitted
):
    _, test, truth = planted
    predicted, std = fitted.predict(
        test.user_idx, test.item_idx, return_std=True
    )
    error = predicted - truth[test.user_idx, test.item_idx]
    assert np.sqrt(np.mean(error**2)) < 0.35
    assert np.mean(1 / np.array(fitted.alpha_)) == pytest.approx(
        0.5**2, rel=0.15
    )
    assert (std > 0.4).all()


@pytest.mark.parametrize("level", [0.5, 0.9])
def test_an_interval_holds_its_share_of_new_ratings(planted, fitted, level):
    test = planted[1]
    low, high = fitted.interval(test.user_idx, test.item_idx, level)
    inside = (low <= test.rating) & (test.rating <= high)
    assert inside.mean() == pytest.approx(level, abs=0.04)


def test_fewer_ratings_mean_a_less_certain_score(planted):
    train = planted[0]
    thinned = train.subset((train.user_idx != 0) | (np.arange(len(train)) < 2))
    items = np.arange(60)
    spread = [
        BayesianMF(
            k=3, n_features=0, init_std=0.3, chain=Chain(60, burn_in=30)
        )
        .fit(t)
        .draws(items * 0, items)
        .std(axis=0)
        .mean()
        for t in (train, thinned)
    ]
    assert spread[1] > 1.5 * spread[0]


def test_features_help_where_taste_decides_what_is_rated():
    rng = np.random.default_rng(0)
    group_u, group_i = np.arange(120) % 2, np.arange(80) % 2
    liked = group_u[:, None] == group_i
    rated = rng.random(liked.shape) < np.where(liked, 0.15, 0.02)
    rating = np.where(liked, 4.0, 2.0) + rng.normal(0, 0.5, liked.shape)
    train = table(*np.nonzero(rated), rating[rated], 120, 80)
    u, i = np.nonzero(~rated)
    mse = [
        np.mean(
            (
                BayesianMF(k=2, n_features=m, chain=Chain(60))
                .fit(train)
                .predict(u, i)
                - np.where(liked, 4, 2)[u, i]
            )
            ** 2
        )
        for m in (0, 5)
    ]
    assert mse[1] < 0.7 * mse[0]


def test_samples_are_thinned_and_scores_are_their_mean(planted, fitted):
    assert len(fitted.samples_) == len(fitted.alpha_) == 50
    U, V = fitted.samples_[0]
    assert U.shape == (80, 4) and V.shape == (60, 4) and U.dtype == np.float32
    by_hand = np.mean(
        [fitted.mu_ + pair_scores(U, V, 3, 7) for U, V in fitted.samples_]
    )
    assert fitted.score(3)[7] == pytest.approx(by_hand, abs=1e-4)
    assert fitted.draws([3], [7]).mean() == pytest.approx(by_hand, abs=1e-4)


def test_levels_and_parameters_out_of_range_are_refused(planted, fitted):
    with pytest.raises(DataError, match="level=1.5 must lie between 0 and 1"):
        fitted.interval([0], [0], level=1.5)
    for model in (
        BayesianMF(chain=Chain(burn_in=-1)),
        BayesianMF(n_features=-1),
        BayesianMF(chain=Chain(thin=0)),
    ):
        with pytest.raises(DataError, match="must be a whole number"):
            model.fit(planted[0])
