"""Chapter 21: a factor model asked about a history that it never saw."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from recx_lib.core.case import Case
from recx_lib.core.checks import check_positive

NOTE = (
    "its user factors are solved anew for each shortened history, its item "
    "factors stay as learned: what is tested is this stand-in"
)


@dataclass(frozen=True)
class FoldedIn:
    """A user's score from items' factors alone, for any history.

    `Q` (n_items, k) and `b` (n_items,) are a trained model's item factors and
    biases. The user's factors p solve a ridge regression over the history:
    Σ (y_i − q_i·p)² + `absent` Σ over all items (q_i·p)² + `reg` |p|², where
    y_i is what is left of a rating after `mu` and b_i, or 1 where only
    presence counts (`mu` None). `reg` counts once, or once for each rating
    (`per_rating`), as stochastic gradient descent has it. Hu, Koren and
    Volinsky (2008), equation 4, without confidence.

    >>> fold = FoldedIn(np.eye(2), np.zeros(2), mu=3.0, reg=1.0)
    >>> fold.score(np.array([0]), np.array([5.0])).tolist()
    [4.0, 3.0]
    """

    Q: np.ndarray
    b: np.ndarray
    mu: float | None = None
    reg: float = 1.0
    absent: float = 0.0
    per_rating: bool = False

    def __post_init__(self):
        check_positive(reg=self.reg)

    def factors(
        self, items: np.ndarray, ratings: np.ndarray, present: np.ndarray
    ) -> np.ndarray:
        """Return the user's factors (n, k) for n rows of presence (n, h)."""
        Q = self.Q[items]  # (h, k)
        left = np.ones(len(items))
        if self.mu is not None:
            left = ratings - self.mu - self.b[items]
        h, k = Q.shape
        squares = (Q[:, :, None] * Q[:, None, :]).reshape(h, k * k)
        A = (present @ squares).reshape(-1, k, k)
        A = A + self.absent * (self.Q.T @ self.Q)
        counts = present.sum(axis=1) if self.per_rating else 1.0
        penalty = self.reg * np.maximum(counts, 1e-9)
        A = A + np.eye(k) * np.broadcast_to(penalty, len(A))[:, None, None]
        right = present @ (Q * left[:, None])  # (n, k)
        return np.linalg.solve(A, right[:, :, None])[:, :, 0]

    def score(self, items: np.ndarray, ratings: np.ndarray) -> np.ndarray:
        """Return all items' scores (n_items,) for one history."""
        p = self.factors(items, ratings, np.ones((1, len(items))))[0]
        return (self.mu or 0.0) + self.b + self.Q @ p

    def value_of(
        self, item: int, items: np.ndarray, ratings: np.ndarray
    ) -> Callable[[np.ndarray], np.ndarray]:
        """Return what a `Case` needs: presence (n, h) to scores (n,)."""
        base = (self.mu or 0.0) + self.b[item]

        def value(present: np.ndarray) -> np.ndarray:
            return base + self.factors(items, ratings, present) @ self.Q[item]

        return value


def item_case(
    user: str,
    item: str,
    names: Sequence[str],
    value: Callable[[np.ndarray], np.ndarray],
    gradient: Callable[[np.ndarray], np.ndarray] | None = None,
) -> Case:
    """Return the case of a score that rests on items of a history.

    >>> case = item_case("ann", "tent", ["mat"], lambda present: present[:, 0])
    >>> case.whole(), case.kinds
    (1.0, ['item'])
    """
    return Case(user, item, ["item"] * len(names), names, value, gradient)
