"""Chapter 7: rules that imitate a recommender: a tree fitted to its scores,
its paths as rules, measured.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.tree import DecisionTreeRegressor
from sklearn.utils.validation import check_is_fitted

from recx_lib.core.case import Case
from recx_lib.core.checks import check_positive, check_whole
from recx_lib.core.errors import DataError
from recx_lib.core.evidence import Explanation


class Condition(NamedTuple):
    """One condition of a rule: low < feature ≤ high, in the feature's own
    units.

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
        """Return where the rows of X (n, m) satisfy it, (n,) bool; X is
        rounded to 32 bits, as the tree does.
        """
        x = np.asarray(X)[:, self.column].astype(np.float32).astype(float)
        return (self.low < x) & (x <= self.high)


@dataclass(frozen=True)
class Rule:
    """If all `conditions` hold, expect the score `value`; with how often it
    applies, and how far it may be believed.

    `value`: mean score of the pairs that the tree was fitted on and the rule
    covers. Measured on the pairs given to `SurrogateRules.measure` (`fit`: its
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
        """Return the rows of X (n, m) that satisfy every condition, (n,) bool;
        all of them if there is none.
        """
        return np.all(
            [np.ones(len(X), bool), *(c.holds(X) for c in self.conditions)],
            axis=0,
        )


def paths(tree, names: Sequence[str]) -> dict[int, list[Condition]]:
    """Return {leaf: its conditions from the root down}, one per split, of a
    fitted scikit-learn `tree_`.

    `move` is the child's mean − the parent's, so that along a path the moves
    add up to leaf − root (Saabas, 2014).
    """
    value = tree.value[:, 0, 0]
    found, to_visit = {}, [(0, [])]  # (node, conditions on the way there)
    while to_visit:
        node, path = to_visit.pop()
        left, right = tree.children_left[node], tree.children_right[node]
        if left == right:  # both −1: a leaf
            found[node] = path
            continue
        column, cut = int(tree.feature[node]), float(tree.threshold[node])
        low, high = (
            Condition(column, names[column], high=cut),
            Condition(column, names[column], low=cut),
        )
        to_visit.append(
            (
                left,
                [*path, low._replace(move=float(value[left] - value[node]))],
            )
        )
        to_visit.append(
            (
                right,
                [*path, high._replace(move=float(value[right] - value[node]))],
            )
        )
    return found


def simplify(conditions: Sequence[Condition]) -> tuple[Condition, ...]:
    """Return one condition per feature that says the same as all of them, the
    one that moved the score most first.

    >>> path = [Condition(0, "x", low=1, move=0.2), Condition(0, "x", low=2, move=0.1), Condition(0, "x", high=5)]
    >>> [(c.low, c.high, round(c.move, 1)) for c in simplify(path)]
    [(2, 5, 0.3)]
    """
    merged: dict[int, Condition] = {}
    for new in conditions:
        old = merged.get(new.column, Condition(new.column, new.name))
        merged[new.column] = Condition(
            new.column, new.name, max(old.low, new.low), min(old.high, new.high),
            max(old.low_rank, new.low_rank), min(old.high_rank, new.high_rank), old.move + new.move,
        )  # fmt: skip
    return tuple(sorted(merged.values(), key=lambda c: -abs(c.move)))


class SurrogateRules(BaseEstimator):
    """Imitate a recommender by rules: a small regression tree fitted to its
    scores, one rule per leaf.

    The rules exclude each other, and one of them covers every pair. Best-first
    growth keeps the splits that gain most, up to `max_leaf_nodes` rules of at
    least `min_samples_leaf` pairs. `recommend_at` is the score from which a
    pair counts as recommended (default: the upper quarter of the fitted
    scores), `tolerance` how far from a rule the model may be and still agree
    with it, both in score units. A surrogate describes the recommender, not
    the world: fit it to scores, never to ratings. Source: Craven & Shavlik
    (1996), "Extracting Tree-Structured Representations of Trained Networks".
    Learned: `tree_`, `rules_` (those that explain most first), `base_` (mean
    score), `recommend_at_`.

    >>> X = np.array([[0.0, 5.0], [1.0, 5.0], [2.0, 5.0], [3.0, 5.0]])
    >>> model = SurrogateRules(min_samples_leaf=1, max_leaf_nodes=2).fit(X, [3.0, 3.0, 4.0, 4.0], ["match", "age"])
    >>> [(c.name, c.low, c.high) for c in model.rule_for(X[3]).conditions], model.rule_for(X[3]).lift
    ([('match', 1.5, inf)], 2.0)
    """

    def __init__(
        self,
        max_leaf_nodes=16,
        min_samples_leaf=50,
        recommend_at=None,
        tolerance=0.25,
        seed=0,
    ):
        self.max_leaf_nodes, self.min_samples_leaf = (
            max_leaf_nodes,
            min_samples_leaf,
        )
        self.recommend_at, self.tolerance, self.seed = (
            recommend_at,
            tolerance,
            seed,
        )

    def fit(self, X, scores, names: Sequence[str], owner: Sequence[str] | None = None,
            sums: Mapping[str, Mapping[str, float]] | None = None) -> SurrogateRules:  # fmt: skip
        """Learn from the features X (n, m) of n pairs and the recommender's
        `scores` (n,) of them.

        `names` (m,) are the features', `owner` (m,) the piece of evidence that
        each belongs to (default: itself). `sums` says which features are
        weighted sums of others, {sum: {part: weight}}, so that `explain` can
        hand on what they moved. Raise DataError for a NaN, naming its row and
        feature, wrong lengths, doubled names, a sum that is none, or
        parameters out of range.
        """
        check_whole(2, max_leaf_nodes=self.max_leaf_nodes)
        check_whole(min_samples_leaf=self.min_samples_leaf)
        check_positive(tolerance=self.tolerance)
        self.names_, self.owner_ = _names(names, owner)
        X, scores = self._table(X, scores)
        grown = DecisionTreeRegressor(
            max_leaf_nodes=self.max_leaf_nodes,
            min_samples_leaf=self.min_samples_leaf,
            random_state=self.seed,
        )
        self.tree_ = grown.fit(X, scores).tree_
        self.base_, self.mean_ = (
            float(self.tree_.value[0, 0, 0]),
            X.mean(axis=0, dtype=float),
        )
        self.parts_ = _parts(X, self.names_, sums or {})
        self.recommend_at_ = (
            float(np.quantile(scores, 0.75))
            if self.recommend_at is None
            else self.recommend_at
        )
        self.paths_ = {
            leaf: _ranked(path, X)
            for leaf, path in paths(self.tree_, self.names_).items()
        }
        self.rules_ = self.measure(X, scores)
        return self

    def measure(self, X, scores) -> list[Rule]:
        """Return the rules with their figures measured on these pairs: on
        held-out ones, to be believed.

        Raise DataError as `fit` does, and when no score reaches the threshold.
        """
        check_is_fitted(self)
        X, scores = self._table(X, scores)
        leaf, chosen = self.tree_.apply(X), scores >= self.recommend_at_
        if not chosen.any():
            raise DataError(
                f"no score reaches recommend_at={self.recommend_at_}; the highest is {scores.max():.3g}"
            )
        spread = scores.var()
        rules = []
        for node, path in self.paths_.items():
            rows, value = leaf == node, float(self.tree_.value[node, 0, 0])
            precision = _share(chosen[rows])
            agree = _share(np.abs(scores[rows] - value) <= self.tolerance)
            explains = (
                rows.mean() * (value - scores.mean()) ** 2 / spread
                if spread
                else np.nan
            )
            rules.append(Rule(simplify(path), value, int(rows.sum()), float(rows.mean()), precision,
                              precision / float(chosen.mean()), agree, float(explains)))  # fmt: skip
        return sorted(
            rules,
            key=lambda rule: -rule.coverage * (rule.value - self.base_) ** 2,
        )

    def predict(self, X) -> np.ndarray:
        """Return the value of the one rule that covers each row of X (n, m),
        (n,).
        """
        check_is_fitted(self)
        return self.tree_.predict(self._table(X)).ravel()

    def fidelity(self, X, scores) -> float:
        """Return R², the share of the scores' variance that the rules account
        for; DataError if they do not vary.
        """
        check_is_fitted(self)
        X, scores = self._table(X, scores)
        if not (spread := np.sum((scores - scores.mean()) ** 2)):
            raise DataError(
                f"all {len(scores)} scores are {scores[0]:.3g}: nothing varies, so R² is not defined"
            )
        return float(1 - np.sum((scores - self.predict(X)) ** 2) / spread)

    def rule_for(self, x) -> Rule:
        """Return the rule that covers one pair's features x (m,), with its
        figures of `fit`.
        """
        check_is_fitted(self)
        row = self._table(np.asarray(x)[None])
        return next(rule for rule in self.rules_ if rule.covers(row)[0])

    def explain(self, case: Case, x) -> Explanation:
        """Return what the conditions on the pair's path moved the mean score,
        summed per piece of evidence.

        What a sum moved is shared among those of its parts that pushed the
        same way, in proportion to how far x lies from the mean there. The
        weights add up to the rule's value − `base_`. Raise DataError when an
        owner is no piece of the case.
        """
        weights = np.zeros(len(case))
        for condition in self.rule_for(x).conditions:
            parts, weight = self.parts_[
                condition.column
            ]  # the column itself, unless it is a sum
            push = np.maximum(
                0.0,
                np.sign(condition.move)
                * weight
                * (np.asarray(x) - self.mean_)[parts],
            )
            push = push if push.sum() > 0 else np.ones(len(parts))
            for part, share in zip(parts, push / push.sum(), strict=True):
                weights += (
                    condition.move * share * case.mask([self.owner_[part]])
                )
        return case.explanation("rules", weights)

    def _table(self, X, scores=None):
        """Return X (n, m) in 32 bits, and the scores (n,) if given; raise
        DataError naming what is wrong with them.
        """
        with np.errstate(
            over="ignore"
        ):  # too large for 32 bits: infinite, and refused below
            X = np.asarray(X, dtype=np.float32)
        if X.ndim != 2 or X.shape[1] != len(self.names_) or not len(X):
            raise DataError(f"features of shape {X.shape}, {len(self.names_)} names: give one row per pair, one or "
                            f"more, and one column per name")  # fmt: skip
        if len(bad := np.argwhere(~np.isfinite(X))):
            row, column = bad[0]
            raise DataError(f"row {row}, feature {self.names_[column]!r} is {X[row, column]}: fill it, with 0 for an "
                            f"aspect never mentioned")  # fmt: skip
        return X if scores is None else (X, _scores(scores, len(X)))


def _scores(scores, n: int) -> np.ndarray:
    scores = np.asarray(scores, dtype=float)
    if scores.shape != (n,):
        raise DataError(
            f"scores of shape {scores.shape} for {n} pairs: give one score per pair"
        )
    if len(bad := np.flatnonzero(~np.isfinite(scores))):
        raise DataError(
            f"row {bad[0]} has the score {scores[bad[0]]}: leave out pairs that the model cannot score"
        )
    return scores


def _names(
    names: Sequence[str], owner: Sequence[str] | None
) -> tuple[list[str], list[str]]:
    names = list(names)
    owner = list(names if owner is None else owner)
    if len(set(names)) < len(names):
        twice = next(name for name in names if names.count(name) > 1)
        raise DataError(
            f"the feature name {twice!r} stands twice: a rule could not tell the two apart"
        )
    if len(owner) != len(names):
        raise DataError(
            f"{len(owner)} owners for {len(names)} features: name one for each"
        )
    return names, owner


def _parts(
    X: np.ndarray, names: list[str], sums: Mapping[str, Mapping[str, float]]
) -> list[tuple]:
    """Return, per column of X, (columns, weights) that it is the sum of:
    itself alone, unless `sums` says otherwise.
    """
    parts = [([column], np.ones(1)) for column in range(len(names))]
    for name, of in sums.items():
        if strangers := {name, *of} - set(names):
            raise DataError(
                f"{min(strangers)!r} in `sums` is no feature: choose from {', '.join(names[:8])} …"
            )
        at, columns, weight = (
            names.index(name),
            [names.index(part) for part in of],
            np.array([*of.values()], float),
        )
        parts[at] = columns, weight
        off = np.abs(X[:, columns] @ weight - X[:, at])
        if off.max() > 1e-4 * (1 + np.abs(X[:, at]).max()):
            raise DataError(
                f"row {off.argmax()}: {name!r} is not the sum of its parts, it is off by {off.max():.3g}"
            )
    return parts


def _ranked(path: list[Condition], X: np.ndarray) -> list[Condition]:
    """Return the conditions with the share of the rows of X (n, m) at or below
    each bound.
    """
    share = lambda c, bound: float(
        np.mean(X[:, c.column].astype(float) <= bound)
    )  # noqa: E731
    return [
        c._replace(low_rank=share(c, c.low), high_rank=share(c, c.high))
        for c in path
    ]


def _share(true: np.ndarray) -> float:
    return float(true.mean()) if len(true) else np.nan
