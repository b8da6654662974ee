"""Chapter 16: learning by trying: which arm to pull for whom.

An arm is an aspect to name, or any other choice. All three are asked alike, in
batches: `choose(X, allowed, rng)` serves a week's n visitors, then
`learn(X, arms, rewards)` takes in what they did. X (n, n_arms, d) holds the
features of every arm for every visitor; only LinUCB looks at them. `allowed`
(n, n_arms) says what may be pulled for whom: whoever must not lie masks the
lies.
"""

from __future__ import annotations

import numpy as np

from recx_lib.core.checks import as_idx, as_numbers, check_whole
from recx_lib.core.errors import DataError


class EpsilonGreedy:
    """Pull the best arm so far, and with chance `epsilon` any.

    Learned: `pulls_` and `reward_` (n_arms,), how often an arm was pulled and
    what it brought in all. An arm never pulled counts as the mean of all.

    >>> bandit = EpsilonGreedy(2, epsilon=0.2).learn(None, [0, 1], [0.0, 1.0])
    >>> bandit.chances(np.ones((1, 2), dtype=bool)).tolist()
    [[0.1, 0.9]]
    """

    def __init__(self, n_arms: int, epsilon: float = 0.1):
        check_whole(n_arms=n_arms)
        if not 0 <= epsilon <= 1:
            raise DataError(f"epsilon={epsilon} must lie between 0 and 1")
        self.n_arms, self.epsilon = n_arms, epsilon
        self.pulls_ = np.zeros(n_arms)
        self.reward_ = np.zeros(n_arms)

    def learn(self, X, arms, rewards) -> EpsilonGreedy:
        """Add what the pulled arms, (n,), brought, (n,)."""
        arms, rewards = as_pulls(arms, rewards, self.n_arms)
        self.pulls_ += np.bincount(arms, minlength=self.n_arms)
        self.reward_ += np.bincount(arms, rewards, minlength=self.n_arms)
        return self

    @property
    def means_(self) -> np.ndarray:
        """What each arm brought on average (n_arms,)."""
        usual = self.reward_.sum() / max(self.pulls_.sum(), 1)
        known = self.reward_ / np.maximum(self.pulls_, 1)
        return np.where(self.pulls_ > 0, known, usual)

    def chances(self, allowed) -> np.ndarray:
        """Return the chance of each arm, for n visitors (n, n_arms)."""
        allowed = as_allowed(allowed, self.n_arms)
        any_arm = allowed / allowed.sum(axis=1, keepdims=True)
        best = np.where(allowed, self.means_, -np.inf).argmax(axis=1)
        greedy = np.eye(self.n_arms)[best]
        return self.epsilon * any_arm + (1 - self.epsilon) * greedy

    def choose(self, X, allowed, rng) -> np.ndarray:
        """Return an arm for each of n visitors, (n,)."""
        return draw_arms(self.chances(allowed), rng)


class ThompsonSampling:
    """Pull each arm as often as it is likely to be the best.

    Rewards are 0 or 1; what an arm brings has a Beta(1, 1) prior. Each visitor
    gets a draw from every arm's posterior, and the arm whose draw is largest
    (Thompson, 1933). Learned: `wins_` and `losses_` (n_arms,).

    >>> bandit = ThompsonSampling(2).learn(None, [0, 0, 1], [0, 0, 1])
    >>> bandit.wins_.tolist(), bandit.losses_.tolist()
    ([0.0, 1.0], [2.0, 0.0])
    """

    def __init__(self, n_arms: int):
        check_whole(n_arms=n_arms)
        self.n_arms = n_arms
        self.wins_ = np.zeros(n_arms)
        self.losses_ = np.zeros(n_arms)

    def learn(self, X, arms, rewards) -> ThompsonSampling:
        """Add what the pulled arms, (n,), brought, (n,) of 0 and 1."""
        arms, rewards = as_pulls(arms, rewards, self.n_arms)
        if not np.isin(rewards, (0, 1)).all():
            raise DataError("rewards must be 0 or 1: a click, or none")
        self.wins_ += np.bincount(arms, rewards, minlength=self.n_arms)
        self.losses_ += np.bincount(arms, 1 - rewards, minlength=self.n_arms)
        return self

    def choose(self, X, allowed, rng) -> np.ndarray:
        """Return an arm for each of n visitors, (n,)."""
        allowed = as_allowed(allowed, self.n_arms)
        drawn = rng.beta(1 + self.wins_, 1 + self.losses_, allowed.shape)
        return np.where(allowed, drawn, -1).argmax(axis=1)


class LinUCB:
    """Pull the arm that could be best, given what is known of visitor and arm.

    An arm is worth θ·x, x (d,) its features for this visitor. θ is a ridge
    regression of the rewards, and `alpha` times the standard error of θ·x is
    added: what is little known is tried (Li, Chu, Langford and Schapire, 2010,
    with one θ for all arms). Learned: `A_` (d, d) = I + Σ x xᵀ and `b_` (d,) =
    Σ reward · x, so that θ solves A θ = b.

    >>> X = np.ones((3, 1, 1))  # three visitors, one arm, one feature
    >>> bandit = LinUCB(1, alpha=2.0).learn(X, [0, 0, 0], [1, 0, 1])
    >>> bandit.theta_.tolist(), bandit.bounds(X[:1]).tolist()
    ([0.5], [[1.5]])
    """

    def __init__(self, d: int, alpha: float = 1.0):
        check_whole(d=d)
        if not 0 <= alpha < np.inf:
            raise DataError(f"alpha={alpha} must be zero or more, and finite")
        self.d, self.alpha = d, alpha
        self.A_, self.b_ = np.eye(d), np.zeros(d)

    def learn(self, X, arms, rewards) -> LinUCB:
        """Add what the pulled arms, (n,), brought, (n,)."""
        X = self._checked(X)
        arms, rewards = as_pulls(arms, rewards, X.shape[1])
        if len(arms) != len(X):
            raise DataError(f"{len(arms)} arms, X of {len(X)}: one each")
        pulled = X[np.arange(len(X)), arms]  # (n, d)
        self.A_ = self.A_ + pulled.T @ pulled
        self.b_ = self.b_ + pulled.T @ rewards
        return self

    @property
    def theta_(self) -> np.ndarray:
        """What each feature is worth (d,)."""
        return np.linalg.solve(self.A_, self.b_)

    def bounds(self, X) -> np.ndarray:
        """Return how good each arm could be (n, n_arms); X (n, n_arms, d)."""
        X = self._checked(X)
        spread = np.einsum("nad,de,nae->na", X, np.linalg.inv(self.A_), X)
        return X @ self.theta_ + self.alpha * np.sqrt(spread)

    def choose(self, X, allowed, rng=None) -> np.ndarray:
        """Return an arm for each of n visitors, (n,): no lots are drawn."""
        bounds = self.bounds(X)
        allowed = as_allowed(allowed, bounds.shape[1])
        return np.where(allowed, bounds, -np.inf).argmax(axis=1)

    def _checked(self, X) -> np.ndarray:
        X = as_numbers(X, "X", flat=False)
        if X.ndim != 3 or X.shape[2] != self.d:
            raise DataError(
                f"X has shape {X.shape}: give (n, n_arms, {self.d})"
            )
        return X


def draw_arms(chances, rng) -> np.ndarray:
    """Draw an arm for each row of chances (n, n_arms), (n,).

    >>> draw_arms(np.eye(2)[[1, 0]], np.random.default_rng(0)).tolist()
    [1, 0]
    """
    upto = np.cumsum(chances, axis=1)
    drawn = rng.random((len(upto), 1)) * upto[:, -1:]
    return (drawn >= upto).sum(axis=1)


def as_pulls(arms, rewards, n_arms) -> tuple[np.ndarray, np.ndarray]:
    """Return arms and rewards as arrays of one length; raise DataError for an
    arm that does not exist, or rewards that are not finite.
    """
    arms = as_idx(arms, n_arms, "arm")
    rewards = as_numbers(rewards, "rewards")
    if arms.shape != rewards.shape:
        raise DataError(f"{arms.size} arms, {rewards.size} rewards: one each")
    return arms, rewards


def as_allowed(allowed, n_arms: int) -> np.ndarray:
    """Return `allowed` (n, n_arms) as booleans; raise DataError for another
    shape, and for a visitor to whom nothing may be said.
    """
    allowed = np.asarray(allowed, dtype=bool)
    if allowed.ndim != 2 or allowed.shape[1] != n_arms:
        raise DataError(
            f"allowed has shape {allowed.shape}, not (n, {n_arms})"
        )
    if not allowed.any(axis=1).all():
        nobody = int(np.argmin(allowed.any(axis=1)))
        raise DataError(f"visitor {nobody} has no arm: allow one, or silence")
    return allowed
