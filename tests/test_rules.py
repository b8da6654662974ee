"""Rules against scikit-learn's own reading of the same tree; explanations that add up; sentences that are true."""

from __future__ import annotations

import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.exceptions import NotFittedError
from sklearn.metrics import r2_score
from sklearn.tree import DecisionTreeRegressor, export_text

from recx_lib.core import DataError, Evidence, Explanation, sum_case
from recx_lib.explain import (
    Condition,
    Rule,
    SurrogateRules,
    pair_wordings,
    paths,
    say_condition,
    say_rule,
    simplify,
)
from recx_lib.explain.rule_sentences import Wording, extent

NAMES = ["match: weight", "match: warmth", "overall match", "item bias"]
OWNER = ["weight", "warmth", "weight", "item bias"]
SUMS = {"overall match": {"match: weight": 1.0, "match: warmth": 1.0}}


def pairs(seed=0, n=2000) -> tuple[np.ndarray, np.ndarray]:
    """Return features (n, 4) named NAMES, the third the sum of the first two, and scores that follow from them."""
    rng = np.random.default_rng(seed)
    match, mean = rng.normal(size=(n, 2)), rng.normal(size=n)
    X = np.column_stack([match, match.sum(axis=1), mean])
    return X, 3.5 + 0.4 * match @ [1.0, 0.5] + 0.3 * mean + rng.normal(
        scale=0.05, size=n
    )


X, SCORES = pairs()
HELD, HELD_SCORES = pairs(seed=1)
MODEL = SurrogateRules(max_leaf_nodes=12, min_samples_leaf=20).fit(
    X, SCORES, NAMES, OWNER, SUMS
)
CASE = sum_case(
    "ann",
    "tent",
    ["aspect", "aspect", "bias"],
    ["weight", "warmth", "item bias"],
    worth=[0.1, 0.2, 0.3],
)

tables = st.tuples(
    st.integers(0, 10**6), st.integers(1, 60), st.integers(1, 5), st.integers(1, 50), st.integers(2, 20),
    st.integers(1, 8),
)  # fmt: skip


def random_tree(drawn):
    """Return a fitted surrogate, its table, and the oracle: scikit-learn's tree with the same settings."""
    seed, n, m, levels, leaves, least = drawn
    rng = np.random.default_rng(seed)
    table = (
        rng.integers(0, levels, (n, m)) * [0.5, 1 / 7][seed % 2]
    )  # halves: cuts are exact in 32 bits; sevenths: not
    scores = rng.normal(size=n)
    names = [f"x{column}" for column in range(m)]
    ours = SurrogateRules(
        max_leaf_nodes=leaves, min_samples_leaf=least, seed=seed
    ).fit(table, scores, names)
    oracle = DecisionTreeRegressor(
        max_leaf_nodes=leaves, min_samples_leaf=least, random_state=seed
    )
    return ours, table, scores, oracle.fit(table.astype(np.float32), scores)


def at_the_cuts(oracle):
    """Return rows with a feature exactly at a threshold of the tree, and as little beside it as 64 bits can say."""
    rows = []
    for column, cut in zip(
        oracle.tree_.feature, oracle.tree_.threshold, strict=True
    ):
        if column >= 0:
            row = np.zeros((3, oracle.n_features_in_))
            row[:, column] = cut, np.nextafter(cut, -9), np.nextafter(cut, 9)
            rows.append(row)
    return rows


# ---------------------------------------------------------------- the rules are the tree


@given(tables)
@settings(max_examples=60)
def test_every_pair_satisfies_one_rule_and_its_value_is_the_trees(drawn):
    ours, table, _, oracle = random_tree(drawn)
    wide = np.vstack(
        [
            table,
            np.random.default_rng(drawn[0]).normal(size=(20, table.shape[1])),
            *at_the_cuts(oracle),
        ]
    )
    covered = np.array([rule.covers(wide) for rule in ours.rules_])
    assert (covered.sum(axis=0) == 1).all()
    # what explains most stands first
    explained = np.nan_to_num([rule.explains for rule in ours.rules_])
    assert (np.diff(explained) <= 1e-6).all()
    values = np.array([rule.value for rule in ours.rules_])
    np.testing.assert_array_equal(
        values[covered.argmax(axis=0)], oracle.predict(wide)
    )
    np.testing.assert_array_equal(ours.predict(wide), oracle.predict(wide))
    assert all(
        ours.rule_for(row) == ours.rules_[which]
        for row, which in zip(wide, covered.argmax(axis=0), strict=True)
    )


@given(tables)
@settings(max_examples=60)
def test_a_simplified_rule_covers_the_rows_of_its_path(drawn):
    """`decision_path` knows which rows pass every node: a path and its merged conditions agree with it."""
    ours, table, _, oracle = random_tree(drawn)
    passes = (
        oracle.decision_path(table.astype(np.float32)).toarray().astype(bool)
    )  # (n, nodes)
    for leaf, path in paths(oracle.tree_, ours.names_).items():
        for conditions in (path, simplify(path)):
            held = np.all(
                [
                    np.ones(len(table), bool),
                    *(c.holds(table) for c in conditions),
                ],
                axis=0,
            )
            np.testing.assert_array_equal(held, passes[:, leaf])
        named = [c.name for c in simplify(path)]
        assert len(named) == len(set(named)) <= len(path)
        assert sum(c.move for c in simplify(path)) == pytest.approx(
            sum(c.move for c in path), abs=1e-9
        )


@given(tables)
@settings(max_examples=30)
def test_export_text_writes_the_same_paths(drawn):
    """Read scikit-learn's own print-out back: the same conditions and values, leaf by leaf."""
    ours, _, _, oracle = random_tree(drawn)
    printed = export_text(
        oracle, feature_names=ours.names_, decimals=10, max_depth=10**6
    )
    theirs, path = [], []
    for line in printed.splitlines():
        depth = line.count("|") - 1
        if leaf := re.search(r"value: \[(.*)\]", line):
            theirs.append((tuple(path[:depth]), round(float(leaf[1]), 6)))
        else:
            name, sign, cut = re.search(
                r"(x\d+) *(<=|>) *(\S+)", line
            ).groups()
            path[depth:] = [(name, sign, round(float(cut), 6))]
    mine = []
    for leaf, conditions in paths(oracle.tree_, ours.names_).items():
        said = tuple((c.name, "<=", round(c.high, 6)) if c.high < np.inf else (c.name, ">", round(c.low, 6))
                     for c in conditions)  # fmt: skip
        mine.append((said, round(float(oracle.tree_.value[leaf, 0, 0]), 6)))
    # rounded after ten printed digits, a sixth may differ by one
    values = [sorted(leaves) for leaves in (mine, theirs)]
    assert [said for said, _ in values[0]] == [said for said, _ in values[1]]
    for (_, value), (_, printed) in zip(*values, strict=True):
        assert value == pytest.approx(printed, abs=2e-6)


def test_redundant_conditions_become_an_interval():
    path = [Condition(0, "x", low=1.0, low_rank=0.2, move=0.5), Condition(1, "y", high=0.0, high_rank=0.4, move=0.6),
            Condition(0, "x", low=2.0, low_rank=0.5, move=0.3), Condition(0, "x", high=3.0, high_rank=0.9, move=-0.1),
            Condition(0, "x", high=4.0, high_rank=0.95), Condition(0, "x", low=1.5, low_rank=0.3),
            ]  # fmt: skip
    x, y = simplify(path)
    assert x[:6] == (0, "x", 2.0, 3.0, 0.5, 0.9)
    assert x.move == pytest.approx(0.7)
    assert y == path[1]
    assert simplify([]) == ()


# ---------------------------------------------------------------- the figures of a rule


def test_figures_are_what_the_docstring_says():
    """Counted one pair at a time, on pairs that the tree has not seen."""
    rules = MODEL.measure(HELD, HELD_SCORES)
    base_rate = sum(
        score >= MODEL.recommend_at_ for score in HELD_SCORES
    ) / len(HELD)
    for rule in rules:
        mine = [
            score
            for row, score in zip(HELD, HELD_SCORES, strict=True)
            if rule.covers(row[None])[0]
        ]
        assert rule.n == len(mine) > 0
        assert rule.coverage == pytest.approx(len(mine) / len(HELD))
        precision = sum(score >= MODEL.recommend_at_ for score in mine) / len(
            mine
        )
        assert (rule.precision, rule.lift) == pytest.approx(
            (precision, precision / base_rate)
        )
        assert rule.fidelity == pytest.approx(
            sum(abs(score - rule.value) <= 0.25 for score in mine) / len(mine)
        )
    assert sum(rule.coverage for rule in rules) == pytest.approx(1.0)
    assert (
        max(rule.lift for rule in rules) > 2
    )  # some rules do tell what is recommended


def test_what_the_rules_explain_adds_up_to_r2():
    assert sum(rule.explains for rule in MODEL.rules_) == pytest.approx(
        MODEL.fidelity(X, SCORES)
    )
    explains = [rule.explains for rule in MODEL.rules_]
    assert explains == sorted(explains, reverse=True)
    assert MODEL.fidelity(HELD, HELD_SCORES) == pytest.approx(
        r2_score(HELD_SCORES, MODEL.predict(HELD))
    )
    assert MODEL.fidelity(HELD, HELD_SCORES) > 0.7


def test_a_rule_that_covers_nothing_says_so():
    rules = MODEL.measure(HELD[:1], [9.0])
    empty = [rule for rule in rules if rule.n == 0]
    assert len(empty) == len(rules) - 1
    assert all(
        np.isnan([rule.precision, rule.lift, rule.fidelity]).all()
        for rule in empty
    )
    assert "none of the pairs" in say_rule(MODEL, empty[0])


def test_the_threshold_may_be_given():
    model = SurrogateRules(recommend_at=4.0, min_samples_leaf=20).fit(
        X, SCORES, NAMES
    )
    mean = sum(rule.precision * rule.coverage for rule in model.rules_)
    assert mean == pytest.approx(np.mean(SCORES >= 4.0))
    assert MODEL.recommend_at_ == np.quantile(SCORES, 0.75)
    with pytest.raises(
        DataError, match=r"no score reaches recommend_at=9\.0; the highest is"
    ):
        SurrogateRules(recommend_at=9.0).fit(X, SCORES, NAMES)


def test_the_same_seed_gives_the_same_rules():
    doubled = np.column_stack([X, X])  # every split is a tie
    names = [*NAMES, *(f"{name} again" for name in NAMES)]
    first, second = (
        SurrogateRules(seed=3).fit(doubled, SCORES, names).rules_
        for _ in range(2)
    )
    assert first == second


# ---------------------------------------------------------------- the explanation of one pair


@given(st.integers(0, len(HELD) - 1))
def test_explanation_adds_up_to_leaf_less_root(row):
    why = MODEL.explain(CASE, HELD[row])
    assert why.total == pytest.approx(
        MODEL.predict(HELD[[row]])[0] - MODEL.base_
    )
    assert (why.user, why.item, why.method) == ("ann", "tent", "rules")
    assert sorted(e.name for e in why.evidence) == [
        "item bias",
        "warmth",
        "weight",
    ]


def test_each_split_is_charged_to_the_piece_that_owns_the_feature():
    """Followed node by node along scikit-learn's own path; no sums, so that every move has one owner."""
    model = SurrogateRules(max_leaf_nodes=12, min_samples_leaf=20).fit(
        X, SCORES, NAMES, OWNER
    )
    oracle = DecisionTreeRegressor(
        max_leaf_nodes=12, min_samples_leaf=20, random_state=0
    ).fit(X, SCORES)
    for row in HELD[:50]:
        nodes = oracle.decision_path(row[None].astype(np.float32)).indices
        expected = dict.fromkeys(["weight", "warmth", "item bias"], 0.0)
        for parent, child in zip(nodes[:-1], nodes[1:], strict=True):
            moved = (
                oracle.tree_.value[child, 0, 0]
                - oracle.tree_.value[parent, 0, 0]
            )
            expected[OWNER[oracle.tree_.feature[parent]]] += moved
        given_ = {e.name: e.weight for e in model.explain(CASE, row).evidence}
        assert given_ == pytest.approx(expected)


def test_what_a_sum_moved_goes_to_the_parts_that_pushed_that_way():
    rng = np.random.default_rng(0)
    match = rng.normal(size=(500, 2))
    table, scores = (
        np.column_stack([match, match.sum(axis=1)]),
        np.sign(match.sum(axis=1)),
    )
    model = SurrogateRules(max_leaf_nodes=2, min_samples_leaf=5).fit(
        table, scores, NAMES[:3], OWNER[:3], SUMS
    )
    assert [c.name for c in model.rules_[0].conditions] == ["overall match"]
    mean = match.mean(axis=0)

    def weights(*x):
        return CASE.weights(model.explain(CASE, [*x, sum(x)]))[:2]

    up, down = (
        model.rule_for([3, 3, 6]).value - model.base_,
        model.rule_for([-3, -3, -6]).value - model.base_,
    )
    np.testing.assert_allclose(
        weights(*(mean + [3, 1])), [0.75 * up, 0.25 * up], atol=1e-6
    )
    np.testing.assert_allclose(weights(*(mean + [3, -1])), [up, 0])
    np.testing.assert_allclose(weights(*(mean + [1, -3])), [0, down])
    assert weights(*mean).sum() in (
        pytest.approx(up),
        pytest.approx(down),
    )  # nobody pushed: shared equally
    assert weights(*mean)[0] == weights(*mean)[1]


def test_evidence_that_the_case_has_not_is_refused():
    model = SurrogateRules().fit(
        X, SCORES, NAMES
    )  # every feature its own piece
    with pytest.raises(DataError, match="no evidence in this case"):
        model.explain(CASE, X[0])


# ---------------------------------------------------------------- sentences


WORDINGS = pair_wordings(["weight", "warmth"], ["tents"])


def test_what_is_there_or_not_is_parted_halfway_in_the_features_unit():
    name = "category: tents"
    plain = pair_wordings([], ["tents"])
    assert plain[name].middle == 0.5  # of a raw feature
    scaled = pair_wordings([], ["tents"], origin=-1.0, unit=4.0)
    assert scaled[name].middle == -1.0 + 4.0 * 0.5


@pytest.mark.parametrize(("condition", "said"), [
    (Condition(0, "x", low=1, low_rank=0.8), "in the highest 20 %"),
    (Condition(0, "x", low=1, low_rank=0.3), "not in the lowest 30 %"),
    (Condition(0, "x", high=1, high_rank=0.3), "in the lowest 30 %"),
    (Condition(0, "x", high=1, high_rank=0.8), "not in the highest 20 %"),
    (Condition(0, "x", 1, 2, 0.25, 0.9), "between the lowest 25 % and the highest 10 %"),
    (Condition(0, "x", 1, 2, 0.8, 0.93), "in the highest 20 %, not the highest 7 %"),
    (Condition(0, "x", 1, 2, 0.1, 0.2), "in the lowest 20 %, not the lowest 10 %"),
    (Condition(0, "x", low=1, low_rank=0.9965), "in the highest 0.35 %"),
])  # fmt: skip
def test_thresholds_are_said_as_ranks(condition, said):
    assert extent(condition) == said
    assert say_condition(condition) == f"x is {said}"


@given(
    st.sampled_from(sorted(WORDINGS)),
    st.floats(-2, 2),
    st.floats(-2, 2),
    st.booleans(),
    st.booleans(),
)
def test_words_are_said_only_where_they_are_true_of_all_covered_pairs(
    name, a, b, open_low, open_high
):
    low, high = (
        (-np.inf if open_low else min(a, b)),
        (np.inf if open_high else max(a, b)),
    )
    values = np.linspace(-3, 3, 601)  # the fitted pairs; their median is 0

    def rank(bound):
        return float(np.mean(values <= bound))

    said = say_condition(
        Condition(0, name, low, high, rank(low), rank(high)), WORDINGS
    )
    words = WORDINGS[name]
    covered, middle = (
        values[(low < values) & (values <= high)],
        words.middle or 0.0,
    )
    if words.high in said:
        assert (covered > middle - 1e-9).all()
    elif words.low in said:
        assert (covered < middle + 1e-9).all()
    else:
        assert (
            low < middle + 1e-9
            and high > middle - 0.02
            and said.startswith(name)
        )


def rule_of(*conditions, value=4.4) -> Rule:
    return Rule(
        conditions,
        value,
        n=320,
        coverage=320 / 12_000,
        precision=0.84,
        lift=3.36,
        fidelity=0.91,
        explains=0.1,
    )


def test_a_rule_reads_like_a_sentence():
    rule = rule_of(
        Condition(0, "match: weight", low=0.1, low_rank=0.8, move=0.6),
        Condition(3, "item bias", low=0.2, low_rank=0.7, move=0.4),
        Condition(1, "match: warmth", high=-0.1, high_rank=0.1, move=-0.1),
    )
    assert say_rule(MODEL, rule, "this pack", WORDINGS) == (
        "We expect 4.4 stars of this pack because its weight suits you (in the highest 20 %) "
        "and others rate it higher than matches explain (in the highest 30 %), although its warmth does not suit "
        "you (in the lowest 10 %). This holds for 320 of 12,000 pairs; on 91 % of them the model agrees to within "
        "0.25 stars, and it recommends 84 % of them, 3.4 times its usual share."
    )
    why = Explanation("ann", "pack", "rules", (Evidence("bias", "item bias", 0.5), Evidence("aspect", "fit", 0.3),
                                               Evidence("aspect", "warmth", -0.24)))  # fmt: skip
    assert (
        "Of the aspects, fit (+0.3 stars) and warmth (-0.2 stars) moved it most."
        in say_rule(MODEL, rule, why=why)
    )


def test_a_rule_below_the_mean_and_a_long_one():
    tents = Condition(0, "category: tents", low=0.5, low_rank=0.93, move=-0.4)
    many = [
        Condition(n, f"x{n}", low=0.5, low_rank=0.7, move=-0.1)
        for n in range(5)
    ]
    said = say_rule(
        MODEL,
        rule_of(tents, *many, value=2.0),
        wordings=WORDINGS,
        unit="points",
    )
    assert said.startswith(
        "We expect only 2.0 points of it because it belongs to tents, x0 is in the highest 30 %, "
    )
    assert (
        "x2 is in" in said
        and "x3" not in said
        and "(2 lesser conditions left unsaid)" in said
    )


def test_words_may_be_the_readers_own():
    own = {
        "item bias": Wording("a favourite", "a dud", middle=0.5, extent=False)
    }
    assert (
        say_condition(Condition(3, "item bias", low=0.6, low_rank=0.9), own)
        == "a favourite"
    )
    assert (
        say_condition(Condition(3, "item bias", low=0.4, low_rank=0.8), own)
        == "item bias is in the highest 20 %"
    )


# ---------------------------------------------------------------- bad input, small trees


@pytest.mark.parametrize(
    "settings_",
    [{}, {"min_samples_leaf": 1001}],
    ids=["constant features", "too few pairs"],
)
def test_a_tree_of_depth_0_is_one_rule_for_every_pair(settings_):
    table = X if settings_ else np.ones_like(X)
    model = SurrogateRules(**settings_).fit(table, SCORES, NAMES)
    (rule,) = model.rules_
    assert rule.conditions == () and rule.coverage == rule.lift == 1.0
    assert rule.value == pytest.approx(SCORES.mean())
    assert model.fidelity(table, SCORES) == pytest.approx(0.0)
    assert model.explain(CASE, table[0]).total == 0.0
    assert "as of everything" in say_rule(model, rule)


def test_constant_scores_have_no_fidelity():
    model = SurrogateRules().fit(X, np.full(len(X), 3.0), NAMES)
    assert np.isnan(model.rules_[0].explains)
    with pytest.raises(
        DataError, match="all 2000 scores are 3: nothing varies"
    ):
        model.fidelity(X, np.full(len(X), 3.0))


@pytest.mark.parametrize("bad", [np.nan, np.inf, 1e300])
def test_a_value_that_is_no_number_is_named(bad):
    spoilt = X.copy()
    spoilt[7, 1] = bad
    for call in (
        lambda: SurrogateRules().fit(spoilt, SCORES, NAMES),
        lambda: MODEL.predict(spoilt),
    ):
        with pytest.raises(
            DataError, match="row 7, feature 'match: warmth' is (nan|inf)"
        ):
            call()
    with pytest.raises(DataError, match="row 0, feature 'match: warmth'"):
        MODEL.rule_for(spoilt[7])


@pytest.mark.parametrize(("change", "message"), [
    ({"names": NAMES[:3]}, r"shape \(2000, 4\), 3 names"),
    ({"names": ["a", "b", "a", "c"]}, "'a' stands twice"),
    ({"owner": OWNER[:2]}, "2 owners for 4 features"),
    ({"scores": SCORES[:9]}, r"scores of shape \(9,\) for 2000 pairs"),
    ({"scores": np.where(np.arange(2000) == 5, np.nan, SCORES)}, "row 5 has the score nan"),
    ({"X": X[:0], "scores": []}, "one or more"),
    ({"X": X[0]}, r"shape \(4,\)"),
    ({"sums": {"overall match": {"warmth": 1.0}}}, "'warmth' in `sums` is no feature"),
    ({"sums": {"item bias": {"match: weight": 2.0}}}, "'item bias' is not the sum of its parts"),
])  # fmt: skip
def test_tables_that_cannot_be_used_are_refused(change, message):
    with pytest.raises(DataError, match=message):
        SurrogateRules().fit(
            **{"X": X, "scores": SCORES, "names": NAMES} | change
        )


@pytest.mark.parametrize(
    "change",
    [{"max_leaf_nodes": 1}, {"min_samples_leaf": 0}, {"tolerance": 0.0}],
    ids=str,
)
def test_parameters_out_of_range_are_refused(change):
    with pytest.raises(DataError, match=next(iter(change))):
        SurrogateRules(**change).fit(X, SCORES, NAMES)


def test_nothing_works_before_fit():
    for call in (
        lambda m: m.predict(X),
        lambda m: m.rule_for(X[0]),
        lambda m: m.fidelity(X, SCORES),
    ):
        with pytest.raises(NotFittedError):
            call(SurrogateRules())
