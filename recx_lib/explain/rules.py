"""Chapter 8: a rule, and how a tree's paths become rules."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np


class Condition(NamedTuple):
    """One condition of a rule: low < feature ≤ high, in the feature's units.

    `column` is the feature's place in X; `low_rank`, `high_rank` the share of
    the fitted pairs at or below the bounds; `move` how far the mean score
    moved when the condition was added, in score units.

    >>> Condition(0, "match: weight", low=0.2).holds(np.array([[0.1], [0.3]]))
    array([False,  True])
    """

    column: int
    name: str
    low: float = -np.inf
    high: float = np.inf
    low_rank: float = 0.0
    high_rank: float = 1.0
    move: float = 0.0

    def holds(self, X: np.ndarray) -> np.ndarray:
        """Return where the rows of X (n, m) satisfy it, (n,) bool.

        X is rounded to 32 bits, as the tree does.
        """
        x = np.asarray(X)[:, self.column].astype(np.float32).astype(float)
        return (self.low < x) & (x <= self.high)

    def and_also(self, other: Condition) -> Condition:
        """Return the one condition that says both, of the same feature."""
        low, high = max(self.low, other.low), min(self.high, other.high)
        low_rank = max(self.low_rank, other.low_rank)
        high_rank = min(self.high_rank, other.high_rank)
        move = self.move + other.move
        bounds = (low, high, low_rank, high_rank)
        return Condition(self.column, self.name, *bounds, move)


@dataclass(frozen=True)
class Rule:
    """If all `conditions` hold, expect the score `value`.

    `value` is the mean score of the pairs that the tree was fitted on and the
    rule covers. The other figures say how often it applies and how far it may
    be believed, on the pairs given to `SurrogateRules.measure` (`fit`: its
    own): `n` covered pairs; `coverage` = n / all pairs; `precision`: share of
    the covered pairs that the model recommends, its score reaching the
    threshold; `lift` = precision / the same share of all pairs (1: the rule
    tells nothing; Brin et al., 1997); `fidelity`: share of the covered pairs
    on which the model agrees, its score within the tolerance of `value`;
    `explains` = coverage · (value − mean)² / variance of the scores: over all
    rules of a fit, these add up to R². NaN where nothing is covered.
    """

    conditions: tuple[Condition, ...]
    value: float
    n: int
    coverage: float
    precision: float
    lift: float
    fidelity: float
    explains: float

    def covers(self, X: np.ndarray) -> np.ndarray:
        """Return the rows of X (n, m) that satisfy every condition, (n,) bool.

        All of them if there is none.
        """
        covered = np.ones(len(X), dtype=bool)
        for condition in self.conditions:
            covered &= condition.holds(X)
        return covered


def paths(tree, names: Sequence[str]) -> dict[int, list[Condition]]:
    """Return {leaf: its conditions from the root down} of a fitted `tree_`.

    The tree is scikit-learn's; a split gives one condition. `move` is the
    child's mean − the parent's, so that along a path the moves add up to leaf
    − root (Saabas, 2014).
    """
    value = tree.value[:, 0, 0]  # (n_nodes,), the mean score at each
    found = {}
    to_visit = [(0, [])]  # (node, conditions on the way there)
    while to_visit:
        node, path = to_visit.pop()
        left, right = tree.children_left[node], tree.children_right[node]
        if left == right:  # both −1: a leaf
            found[node] = path
            continue
        column, cut = int(tree.feature[node]), float(tree.threshold[node])
        down, up = value[[left, right]] - value[node]
        below = Condition(column, names[column], high=cut, move=float(down))
        above = Condition(column, names[column], low=cut, move=float(up))
        to_visit.append((left, [*path, below]))
        to_visit.append((right, [*path, above]))
    return found


def simplify(conditions: Sequence[Condition]) -> tuple[Condition, ...]:
    """Return one condition per feature that says the same as all of them.

    The one that moved the score most comes first.

    >>> path = [Condition(0, "x", low=1), Condition(0, "x", low=2)]
    >>> path += [Condition(0, "x", high=5)]
    >>> [(c.low, c.high) for c in simplify(path)]
    [(2, 5)]
    """
    merged: dict[int, Condition] = {}
    for new in conditions:
        old = merged.get(new.column, Condition(new.column, new.name))
        merged[new.column] = old.and_also(new)
    return tuple(sorted(merged.values(), key=lambda c: -abs(c.move)))
