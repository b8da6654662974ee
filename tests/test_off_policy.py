"""What another policy would have earned, against all that could have come."""

from itertools import product

import numpy as np
import pytest

from recx_lib.core import DataError
from recx_lib.judge import (
    doubly_robust,
    effective_size,
    importance_weights,
    ips,
    snips,
    unsupported,
)

# two visitors, two arms: the chance of a click, and of showing each arm
CLICK = np.array([[0.2, 0.6], [0.5, 0.1]])
LOGGED = np.array([[0.8, 0.2], [0.5, 0.5]])
NEW = np.array([[0.1, 0.9], [0.7, 0.3]])
TRUE = (NEW * CLICK).sum(axis=1).mean()


def over_all_logs(estimate):
    """Return an estimate's expectation: every log that could have come, by
    its chance.
    """
    total = 0.0
    for arms in product(range(2), repeat=2):
        for clicks in product((0, 1), repeat=2):
            user = np.arange(2)
            chance = LOGGED[user, arms].prod()
            likely = CLICK[user, arms]
            chance *= np.where(clicks, likely, 1 - likely).prod()
            total += chance * estimate(user, np.array(arms), np.array(clicks))
    return total


def weights(user, arms, logged=LOGGED, clip=np.inf):
    return importance_weights(NEW[user, arms], logged[user, arms], clip)


def test_ips_is_unbiased():
    found = over_all_logs(lambda u, a, r: ips(weights(u, a), r))
    assert found == pytest.approx(TRUE)


def test_the_wrong_propensity_is_not():
    """Divided by the new policy's own chance, it values the old one."""
    found = over_all_logs(
        lambda u, a, r: ips(importance_weights(NEW[u, a], NEW[u, a]), r)
    )
    assert found == pytest.approx((LOGGED * CLICK).sum(axis=1).mean())
    assert abs(found - TRUE) > 0.05


def test_clipping_biases_downwards():
    found = over_all_logs(lambda u, a, r: ips(weights(u, a, clip=2.0), r))
    assert found < TRUE - 0.1


def robust(guess, logged=LOGGED):
    def estimate(u, a, r):
        expected = (NEW * guess).sum(axis=1)
        return doubly_robust(weights(u, a, logged), r, guess[u, a], expected)

    return over_all_logs(estimate)


def test_doubly_robust_needs_only_one_of_the_two():
    wrong_guess, wrong_chance = np.full((2, 2), 0.9), np.full((2, 2), 0.5)
    assert robust(wrong_guess) == pytest.approx(TRUE)
    assert robust(CLICK, wrong_chance) == pytest.approx(TRUE)
    assert abs(robust(wrong_guess, wrong_chance) - TRUE) > 0.02


def test_doubly_robust_spreads_less_with_good_guesses():
    def spread(estimate):
        mean = over_all_logs(estimate)
        return over_all_logs(lambda u, a, r: (estimate(u, a, r) - mean) ** 2)

    def with_guesses(u, a, r):
        expected = (NEW * CLICK).sum(axis=1)
        return doubly_robust(weights(u, a), r, CLICK[u, a], expected)

    plain = spread(lambda u, a, r: ips(weights(u, a), r))
    assert spread(with_guesses) < 0.8 * plain


def test_snips_stays_within_the_rewards_and_finds_the_value():
    assert snips([5.0, 0.1], [1, 1]) == pytest.approx(1.0)
    assert ips([5.0, 0.1], [1, 1]) > 1
    rng = np.random.default_rng(0)
    user = rng.integers(0, 2, 40_000)
    arms = (rng.random(len(user)) < LOGGED[user, 1]).astype(int)
    clicks = rng.random(len(user)) < CLICK[user, arms]
    assert snips(weights(user, arms), clicks) == pytest.approx(TRUE, abs=0.02)


def test_by_hand():
    """Eight rows of A with two clicks, two of B with one; always B."""
    logged = [0.8] * 8 + [0.2] * 2
    w = importance_weights([0.0] * 8 + [1.0] * 2, logged)
    clicks = [1, 1, 0, 0, 0, 0, 0, 0, 1, 0]
    assert ips(w, clicks) == pytest.approx(0.5) == snips(w, clicks)
    assert effective_size(w) == pytest.approx(2.0)


def test_what_was_never_shown_is_counted_as_a_hole():
    logged = np.array([[1.0, 0.0], [0.5, 0.5]])
    assert unsupported(NEW, logged) == pytest.approx(0.45)
    assert unsupported(NEW, LOGGED) == 0.0


def drawn_log(n=500, n_arms=4):
    """Return a log, both policies, and guesses of the rewards."""
    rng = np.random.default_rng(3)
    logged, new = rng.dirichlet(np.ones(n_arms), (2, n))
    arms = (rng.random((n, 1)) > logged.cumsum(axis=1)).sum(axis=1)
    arms = np.minimum(arms, n_arms - 1)
    clicks = (rng.random(n) < 0.2 + 0.1 * arms).astype(float)
    return arms, clicks, logged, new, rng.random((n, n_arms))


def test_the_estimates_are_open_bandit_pipeline_s():
    """zr-obp, where it is installed: it draws nothing here."""
    ope = pytest.importorskip("obp.ope")
    arms, clicks, logged, new, guess = drawn_log()
    row = np.arange(len(arms))
    chance = logged[row, arms]
    log = {"action": arms, "reward": clicks, "pscore": chance}
    log["action_dist"] = new[:, :, None]
    guessed = {"estimated_rewards_by_reg_model": guess[:, :, None]}
    w = importance_weights(new[row, arms], chance)
    theirs = ope.InverseProbabilityWeighting().estimate_policy_value(**log)
    assert ips(w, clicks) == pytest.approx(theirs, rel=1e-12)
    theirs = ope.SelfNormalizedInverseProbabilityWeighting()
    theirs = theirs.estimate_policy_value(**log)
    assert snips(w, clicks) == pytest.approx(theirs, rel=1e-12)
    expected = (new * guess).sum(axis=1)
    ours = doubly_robust(w, clicks, guess[row, arms], expected)
    theirs = ope.DoublyRobust().estimate_policy_value(**log, **guessed)
    assert ours == pytest.approx(theirs, rel=1e-12)


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: importance_weights([0.5], [0.0]), "yet it was shown"),
        (lambda: importance_weights([0.5], [1.5]), "logged"),
        (lambda: importance_weights([-0.5], [0.5]), "new"),
        (lambda: importance_weights([0.5, 0.5], [0.5]), "unequal lengths"),
        (lambda: importance_weights([0.5], [0.5], clip=0), "clip"),
        (lambda: ips([1.0, 2.0], [1.0]), "unequal lengths"),
        (lambda: ips([1.0], [np.nan]), "rewards"),
        (lambda: snips([0.0, 0.0], [1.0, 0.0]), "never shows"),
        (lambda: effective_size([0.0]), "no row"),
        (lambda: unsupported([0.5], [0.5]), "shape"),
        (lambda: doubly_robust([1.0], [1.0], [0.5], [0.5, 0.5]), "unequal"),
    ],
)
def test_logs_that_cannot_be_used_are_refused(call, says):
    with pytest.raises(DataError, match=says):
        call()
