"""Bandits: who tries what, and what they may not."""

import numpy as np
import pytest

from recx_lib.core import DataError
from recx_lib.recommend import EpsilonGreedy, LinUCB, ThompsonSampling
from recx_lib.recommend.bandits import draw_arms

EVERY = [
    lambda: EpsilonGreedy(3),
    lambda: ThompsonSampling(3),
    lambda: LinUCB(3),
]
each = pytest.mark.parametrize(
    "make", EVERY, ids=["greedy", "thompson", "ucb"]
)


def play(
    make, wins=(0.1, 0.5, 0.3), weeks=60, n=50, allowed=(1, 1, 1), seed=0
):
    """Return the arms pulled week by week (weeks, n)."""
    rng = np.random.default_rng(seed)
    bandit, pulled = make(), []
    X = np.tile(np.eye(3), (n, 1, 1))  # an arm is its own feature
    mask = np.tile(np.array(allowed, dtype=bool), (n, 1))
    for _ in range(weeks):
        arms = bandit.choose(X, mask, rng)
        bandit.learn(X, arms, (rng.random(n) < np.array(wins)[arms]) * 1.0)
        pulled.append(arms)
    return np.array(pulled)


@each
def test_the_best_arm_is_found(make):
    late = play(make)[30:]
    assert (late == 1).mean() > 0.85


@each
def test_what_is_not_allowed_is_never_pulled(make):
    pulled = play(make, allowed=(1, 0, 1))
    assert not (pulled == 1).any()
    assert (pulled[30:] == 2).mean() > 0.8


@each
def test_the_same_lots_give_the_same_pulls(make):
    assert (play(make, seed=3) == play(make, seed=3)).all()


@each
def test_nobody_without_an_arm(make):
    X = np.tile(np.eye(3), (2, 1, 1))
    rng = np.random.default_rng(0)
    with pytest.raises(DataError, match="visitor 1 has no arm"):
        make().choose(X, [[1, 1, 0], [0, 0, 0]], rng)
    with pytest.raises(DataError, match="allowed has shape"):
        make().choose(X, [[1, 0], [1, 0]], rng)


@each
def test_bad_pulls_are_refused(make):
    X = np.tile(np.eye(3), (2, 1, 1))
    for arms, rewards in (
        ([0, 3], [0, 1]),
        ([0], [0, 1]),
        ([0, 1], [0, np.nan]),
    ):
        with pytest.raises(DataError):
            make().learn(X, arms, rewards)


def test_epsilon_shares_the_chances():
    bandit = EpsilonGreedy(3, epsilon=0.3).learn(None, [0, 1, 1], [0, 1, 1])
    with np.errstate(all="raise"):  # the arm never tried divides nothing
        chances = bandit.chances([[1, 1, 1], [1, 0, 1]])
    assert np.allclose(chances[0], [0.1, 0.8, 0.1])
    # arm 2 was never tried and counts as the mean of all, two thirds
    assert np.allclose(chances[1], [0.15, 0, 0.85])
    drawn = draw_arms(
        np.tile(chances[0], (20_000, 1)), np.random.default_rng(0)
    )
    shares = np.bincount(drawn, minlength=3) / len(drawn)
    assert np.allclose(shares, chances[0], atol=0.01)


def test_thompson_pulls_as_often_as_an_arm_is_likely_the_best():
    bandit = ThompsonSampling(2).learn(None, [0] * 10 + [1] * 10, [0, 1] * 10)
    mask = np.ones((4000, 2), dtype=bool)
    share = bandit.choose(None, mask, np.random.default_rng(0)).mean()
    assert share == pytest.approx(0.5, abs=0.03)
    with pytest.raises(DataError, match="0 or 1"):
        bandit.learn(None, [0], [0.5])


def test_linucb_is_ridge_with_a_bonus():
    rng = np.random.default_rng(0)
    X, rewards = rng.normal(size=(40, 2, 3)), rng.random(40)
    arms = rng.integers(0, 2, 40)
    bandit = LinUCB(3, alpha=0.5).learn(X, arms, rewards)
    pulled = X[np.arange(40), arms]
    A = np.eye(3) + pulled.T @ pulled
    theta = np.linalg.solve(A, pulled.T @ rewards)
    assert np.allclose(bandit.theta_, theta)
    one = X[7, 1]
    bonus = 0.5 * np.sqrt(one @ np.linalg.inv(A) @ one)
    assert bandit.bounds(X[7:8])[0, 1] == pytest.approx(one @ theta + bonus)


def test_linucb_learns_in_parts_what_it_learns_at_once():
    rng = np.random.default_rng(1)
    X, arms, rewards = (
        rng.normal(size=(20, 4, 2)),
        rng.integers(0, 4, 20),
        rng.random(20),
    )
    whole = LinUCB(2).learn(X, arms, rewards)
    parts = LinUCB(2).learn(X[:9], arms[:9], rewards[:9])
    parts.learn(X[9:], arms[9:], rewards[9:])
    assert np.allclose(whole.theta_, parts.theta_)


@pytest.mark.parametrize(
    "call",
    [
        lambda: EpsilonGreedy(0),
        lambda: EpsilonGreedy(2, epsilon=1.5),
        lambda: ThompsonSampling(-1),
        lambda: LinUCB(2, alpha=-1.0),
        lambda: LinUCB(2).bounds(np.ones((3, 2))),
        lambda: LinUCB(2).bounds(np.full((3, 2, 2), np.nan)),
        lambda: LinUCB(2).learn(np.ones((3, 2, 2)), [0, 1], [1.0, 0.0]),
    ],
)
def test_what_is_no_bandit_is_refused(call):
    with pytest.raises(DataError):
        call()
