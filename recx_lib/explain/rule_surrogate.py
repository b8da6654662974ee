"""Chapter 8: rules that imitate a recommender: a tree fitted to its scores."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.tree import DecisionTreeRegressor
from sklearn.utils.validation import check_is_fitted

from recx_lib.core.case import Case
from recx_lib.core.checks import check_positive, check_whole
from recx_lib.core.errors import DataError
from recx_lib.core.evidence import Explanation
from recx_lib.explain.rules import Condition, Rule, paths, simplify

Sums = Mapping[str, Mapping[str, float]]  # {sum: {part: weight}}


class SurrogateRules(BaseEstimator):
    """Imitate a recommender by rules: a small tree fitted to its scores.

    One rule per leaf: the rules exclude each other, and one of them covers
    every pair. Best-first growth keeps the splits that gain most, up to
    `max_leaf_nodes` rules of at least `min_samples_leaf` pairs. `recommend_at`
    is the score from which a pair counts as recommended (default: the upper
    quarter of the fitted scores), `tolerance` how far from a rule the model
    may be and still agree with it, both in score units. A surrogate describes
    the recommender, not the world: fit it to scores, never to ratings. Source:
    Craven & Shavlik (1996), "Extracting Tree-Structured Representations of
    Trained Networks". Learned: `tree_`, `rules_` (those that explain most
    first), `base_` (mean score), `recommend_at_`.

    >>> X = np.array([[0.0, 5.0], [1.0, 5.0], [2.0, 5.0], [3.0, 5.0]])
    >>> model = SurrogateRules(max_leaf_nodes=2, min_samples_leaf=1)
    >>> model = model.fit(X, [3.0, 3.0, 4.0, 4.0], ["match", "age"])
    >>> rule = model.rule_for(X[3])
    >>> rule.conditions[0].name, rule.conditions[0].low, rule.lift
    ('match', 1.5, 2.0)
    """

    def __init__(
        self,
        max_leaf_nodes=16,
        min_samples_leaf=50,
        recommend_at=None,
        tolerance=0.25,
        seed=0,
    ):
        self.max_leaf_nodes = max_leaf_nodes
        self.min_samples_leaf = min_samples_leaf
        self.recommend_at = recommend_at
        self.tolerance = tolerance
        self.seed = seed

    def fit(
        self,
        X,
        scores,
        names: Sequence[str],
        owner: Sequence[str] | None = None,
        sums: Sums | None = None,
    ) -> SurrogateRules:
        """Learn from the features X (n, m) of n pairs, and their scores (n,).

        `scores` are the recommender's. `names` (m,) are the features', `owner`
        (m,) the piece of evidence that each belongs to (default: itself).
        `sums` says which features are weighted sums of others, {sum: {part:
        weight}}, so that `explain` can hand on what they moved. Raise
        DataError for a NaN, naming its row and feature, wrong lengths, doubled
        names, a sum that is none, or parameters out of range.
        """
        self._check()
        self.names_, self.owner_ = _names(names, owner)
        X, scores = self._table(X), _scores(scores, len(X))
        grown = DecisionTreeRegressor(
            max_leaf_nodes=self.max_leaf_nodes,
            min_samples_leaf=self.min_samples_leaf,
            random_state=self.seed,
        )
        self.tree_ = grown.fit(X, scores).tree_
        self.base_ = float(self.tree_.value[0, 0, 0])
        self.mean_ = X.mean(axis=0, dtype=float)  # (m,)
        self.parts_ = _parts(X, self.names_, sums or {})
        self.recommend_at_ = self.recommend_at
        if self.recommend_at is None:
            self.recommend_at_ = float(np.quantile(scores, 0.75))
        found = paths(self.tree_, self.names_)
        self.paths_ = {leaf: _ranked(path, X) for leaf, path in found.items()}
        self.rules_ = self.measure(X, scores)
        return self

    def _check(self) -> None:
        check_whole(2, max_leaf_nodes=self.max_leaf_nodes)
        check_whole(min_samples_leaf=self.min_samples_leaf)
        check_positive(tolerance=self.tolerance)

    def measure(self, X, scores) -> list[Rule]:
        """Return the rules with their figures measured on these pairs.

        On held-out ones, to be believed. Raise DataError as `fit` does, and
        when no score reaches the threshold.
        """
        check_is_fitted(self)
        X, scores = self._table(X), _scores(scores, len(X))
        if not (scores >= self.recommend_at_).any():
            raise DataError(
                f"no score reaches recommend_at={self.recommend_at_}; "
                f"the highest is {scores.max():.3g}"
            )
        leaf = self.tree_.apply(X)  # (n,)
        rules = [
            self._rule(node, leaf == node, scores) for node in self.paths_
        ]

        def explained(rule: Rule) -> float:
            return rule.coverage * (rule.value - self.base_) ** 2

        return sorted(rules, key=explained, reverse=True)

    def _rule(self, node: int, covered: np.ndarray, scores) -> Rule:
        """Return the rule of a leaf that covers the pairs `covered` (n,)."""
        value = float(self.tree_.value[node, 0, 0])
        coverage = float(covered.mean())
        # of the covered pairs: how many does the model recommend?
        chosen = scores >= self.recommend_at_
        precision = _share(chosen[covered])
        lift = precision / float(chosen.mean())
        # and how many of their scores are what the rule says?
        agrees = np.abs(scores[covered] - value) <= self.tolerance
        # its part of the variance of all scores
        spread = scores.var()
        part = coverage * (value - scores.mean()) ** 2
        explains = float(part / spread) if spread else np.nan
        return Rule(
            simplify(self.paths_[node]),
            value,
            int(covered.sum()),
            coverage,
            precision,
            lift,
            fidelity=_share(agrees),
            explains=explains,
        )

    def predict(self, X) -> np.ndarray:
        """Return the value of the one rule that covers each row of X, (n,)."""
        check_is_fitted(self)
        return self.tree_.predict(self._table(X)).ravel()

    def fidelity(self, X, scores) -> float:
        """Return R², the share of the scores' variance that the rules explain.

        Raise DataError if the scores do not vary.
        """
        check_is_fitted(self)
        X, scores = self._table(X), _scores(scores, len(X))
        spread = np.sum((scores - scores.mean()) ** 2)
        if not spread:
            raise DataError(
                f"all {len(scores)} scores are {scores[0]:.3g}: "
                "nothing varies, so R² is not defined"
            )
        return float(1 - np.sum((scores - self.predict(X)) ** 2) / spread)

    def rule_for(self, x) -> Rule:
        """Return the rule that covers one pair's x (m,), measured by `fit`."""
        check_is_fitted(self)
        row = self._table(np.asarray(x)[None])
        return next(rule for rule in self.rules_ if rule.covers(row)[0])

    def explain(self, case: Case, x) -> Explanation:
        """Return what the conditions on the pair's path moved the mean score.

        Summed per piece of evidence. What a sum moved is shared among those of
        its parts that pushed the same way, in proportion to how far x lies
        from the mean there. The weights add up to the rule's value − `base_`.
        Raise DataError when an owner is no piece of the case.
        """
        away = np.asarray(x) - self.mean_  # (m,)
        weights = np.zeros(len(case))
        for condition in self.rule_for(x).conditions:
            # the column itself, unless it is a sum
            parts, weight = self.parts_[condition.column]
            push = np.sign(condition.move) * weight * away[parts]
            push = np.maximum(0.0, push)
            if not push.sum() > 0:  # none of them: share alike
                push = np.ones(len(parts))
            for part, share in zip(parts, push / push.sum(), strict=True):
                owner = case.mask([self.owner_[part]])  # (m,), 1 at the piece
                weights += condition.move * share * owner
        return case.explanation("rules", weights)

    def _table(self, X) -> np.ndarray:
        """Return X (n, m) in 32 bits; raise DataError where it is no table."""
        with np.errstate(over="ignore"):  # beyond 32 bits: infinite, refused
            X = np.asarray(X, dtype=np.float32)
        m = len(self.names_)
        if X.ndim != 2 or X.shape[1] != m or not len(X):
            raise DataError(
                f"features of shape {X.shape}, {m} names: give one row per "
                "pair, one or more, and one column per name"
            )
        bad = np.argwhere(~np.isfinite(X))
        if len(bad):
            row, column = bad[0]
            raise DataError(
                f"row {row}, feature {self.names_[column]!r} is "
                f"{X[row, column]}: fill it, with 0 for an aspect never "
                "mentioned"
            )
        return X


def _scores(scores, n: int) -> np.ndarray:
    scores = np.asarray(scores, dtype=float)
    if scores.shape != (n,):
        raise DataError(
            f"scores of shape {scores.shape} for {n} pairs: "
            "give one score per pair"
        )
    bad = np.flatnonzero(~np.isfinite(scores))
    if len(bad):
        raise DataError(
            f"row {bad[0]} has the score {scores[bad[0]]}: "
            "leave out pairs that the model cannot score"
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
            f"the feature name {twice!r} stands twice: "
            "a rule could not tell the two apart"
        )
    if len(owner) != len(names):
        raise DataError(
            f"{len(owner)} owners for {len(names)} features: name one for each"
        )
    return names, owner


def _parts(
    X: np.ndarray, names: list[str], sums: Sums
) -> list[tuple[list[int], np.ndarray]]:
    """Return, per column of X, (columns, weights) that it is the sum of.

    Itself alone, unless `sums` says otherwise.
    """
    parts = [([column], np.ones(1)) for column in range(len(names))]
    for name, of in sums.items():
        strangers = {name, *of} - set(names)
        if strangers:
            raise DataError(
                f"{min(strangers)!r} in `sums` is no feature: "
                f"choose from {', '.join(names[:8])} …"
            )
        total = names.index(name)
        columns = [names.index(part) for part in of]
        weight = np.array(list(of.values()), dtype=float)
        parts[total] = columns, weight
        off = np.abs(X[:, columns] @ weight - X[:, total])  # (n,)
        if off.max() > 1e-4 * (1 + np.abs(X[:, total]).max()):
            raise DataError(
                f"row {off.argmax()}: {name!r} is not the sum of its parts, "
                f"it is off by {off.max():.3g}"
            )
    return parts


def _ranked(path: list[Condition], X: np.ndarray) -> list[Condition]:
    """Return the conditions with the share of rows at or below each bound."""
    ranked = []
    for condition in path:
        x = X[:, condition.column].astype(float)
        low = float(np.mean(x <= condition.low))
        high = float(np.mean(x <= condition.high))
        ranked.append(condition._replace(low_rank=low, high_rank=high))
    return ranked


def _share(true: np.ndarray) -> float:
    return float(true.mean()) if len(true) else np.nan
