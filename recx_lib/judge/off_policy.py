"""Chapter 16: what another policy would have earned, from a log of this one.

A log says what was shown, with what chance, and what came of it. What was
shown seldom and would be shown often counts for many.
"""

from __future__ import annotations

import numpy as np

from recx_lib.core.checks import as_numbers
from recx_lib.core.errors import DataError


def importance_weights(new, logged, clip: float = np.inf) -> np.ndarray:
    """Return new / logged, at most `clip`, for each row of a log, (n,).

    `new` and `logged` (n,) are the chances with which the new policy would
    show, and the old one did show, what was shown. A finite `clip` bounds the
    variance and biases the estimate. Raise DataError for a chance that is
    none, a logged chance of zero (such a row cannot have been logged), and
    clip ≤ 0.

    >>> importance_weights([0.5, 0.1], [0.25, 0.5], clip=1.5).tolist()
    [1.5, 0.2]
    """
    # 1. Chances, one of each for every row.
    new, logged = as_numbers(new, "new"), as_numbers(logged, "logged")
    same_length(new=new, logged=logged)
    if not clip > 0:
        raise DataError(f"clip={clip} must be greater than zero")
    for name, chance in (("new", new), ("logged", logged)):
        if ((chance < 0) | (chance > 1)).any():
            bad = int(np.argmax((chance < 0) | (chance > 1)))
            found = f"{name}[{bad}] is {chance[bad]}"
            raise DataError(f"{found}: a chance lies between 0 and 1")
    # 2. What was shown had a chance to be shown.
    if (logged == 0).any():
        bad = int(np.argmax(logged == 0))
        problem = f"logged[{bad}] is 0, yet it was shown"
        raise DataError(f"{problem}: log the chance at the time of showing")
    return np.minimum(new / logged, clip)


def ips(weights, rewards) -> float:
    """Return the inverse propensity estimate: the mean of weight · reward.

    Unbiased if the chances are right and whatever the new policy shows was
    shown now and then (Horvitz and Thompson, 1952). Raise DataError for
    numbers that are not finite, and unequal lengths.

    >>> ips([2.0, 0.0, 2.0], [1, 1, 0])
    0.6666666666666666
    """
    weights, rewards = as_rows(weights, rewards)
    return float(np.mean(weights * rewards))


def snips(weights, rewards) -> float:
    """Return the self-normalised estimate: a weighted mean of the rewards.

    Never outside the range of the rewards; biased, ever less as the log grows
    (Swaminathan and Joachims, 2015). Raise as `ips`, and where all weights
    are zero.

    >>> snips([2.0, 0.0, 2.0], [1, 1, 0])
    0.5
    """
    weights, rewards = as_rows(weights, rewards)
    if not weights.sum() > 0:
        raise DataError(
            "all weights are zero: the log never shows what the new policy "
            "would, and cannot say what that is worth"
        )
    return float(np.average(rewards, weights=weights))


def doubly_robust(weights, rewards, shown, expected) -> float:
    """Return the mean of a model's guesses, corrected by weighted errors.

    `shown` (n,) is the model's guess of the reward of what was shown,
    `expected` (n,) that of what the new policy would show, averaged over its
    choices. Right if either the guesses or the chances are (Dudík, Langford
    and Li, 2011). Raise as `ips`.

    >>> half = [0.5, 0.5]
    >>> doubly_robust([2.0, 0.0], [1, 0], shown=half, expected=half)
    1.0
    """
    weights, rewards = as_rows(weights, rewards)
    shown = as_numbers(shown, "shown")
    expected = as_numbers(expected, "expected")
    same_length(rewards=rewards, shown=shown, expected=expected)
    return float(np.mean(expected + weights * (rewards - shown)))


def effective_size(weights) -> float:
    """Return how many equally weighted rows would be worth as much (Kish).

    (Σ w)² / Σ w². Raise DataError where all weights are zero.

    >>> effective_size([1, 1, 1, 1]), effective_size([4, 0, 0, 0])
    (4.0, 1.0)
    """
    weights = as_numbers(weights, "weights")
    if not (weights**2).sum() > 0:
        raise DataError("all weights are zero: no row of the log counts")
    return float(weights.sum() ** 2 / (weights**2).sum())


def unsupported(new, logged) -> float:
    """Return the share of what the new policy shows that is never logged.

    `new` and `logged` (n, n_arms) hold both policies' chances of every choice.
    Of this share no log can say anything, and `ips` counts it as zero. Raise
    DataError for other shapes.

    >>> unsupported([[0.5, 0.5]], [[1.0, 0.0]])
    0.5
    """
    new = as_numbers(new, "new", flat=False)
    logged = as_numbers(logged, "logged", flat=False)
    if new.ndim != 2 or new.shape != logged.shape:
        shapes = f"new has shape {new.shape}, logged {logged.shape}"
        raise DataError(f"{shapes}: give both (n, n_arms)")
    return float(np.where(logged == 0, new, 0).sum() / new.sum())


def as_rows(weights, rewards) -> tuple[np.ndarray, np.ndarray]:
    """Return weights and rewards as numbers (n,); raise DataError where one
    is not finite, or the lengths differ.
    """
    weights = as_numbers(weights, "weights")
    rewards = as_numbers(rewards, "rewards")
    same_length(weights=weights, rewards=rewards)
    return weights, rewards


def same_length(**columns) -> None:
    """Raise DataError unless all columns have as many rows."""
    lengths = {name: len(values) for name, values in columns.items()}
    if len(set(lengths.values())) > 1:
        raise DataError(f"unequal lengths {lengths}: give one each")
