"""The tests of explanations, tested: on sums all is known; liars, guessers and ties must show as what they are."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy import stats

from recx_lib.core import Case, DataError, Evidence, Explanation, sum_case
from recx_lib.data import (
    item_profile,
    load_shop,
    load_shop_truth,
    mine_reviews,
    split_random,
    user_profile,
)
from recx_lib.explain import occlusion, random_evidence
from recx_lib.judge import (
    bootstrap_interval,
    rank_correlation,
    ratio_interval,
    summary,
    trial,
    verdict,
)
from recx_lib.judge import faithfulness as f
from recx_lib.judge.agreement import agreement
from recx_lib.judge.trials import random_floor
from recx_lib.recommend import EASE, LinearProfile
from recx_lib.shop import effects

pytestmark = pytest.mark.slow  # models are fitted on the shop

WORTHS = hnp.arrays(
    float,
    st.integers(1, 8),
    elements=st.integers(-64, 64).map(lambda n: n / 16),
)  # exact in binary
KS = st.integers(1, 10)


def case_of(worth, base=0.5, user="ann", item="tent") -> Case:
    return sum_case(
        user,
        item,
        ["item"] * len(worth),
        [f"i{n}" for n in range(len(worth))],
        worth,
        base,
    )


def explained(case, weights) -> Explanation:
    return case.explanation("x", weights)


def best_sum(worth, k) -> float:
    return float(np.sort(np.maximum(worth, 0))[::-1][:k].sum())


@st.composite
def case_and_guess(draw):
    worth = draw(WORTHS)
    return worth, draw(
        hnp.arrays(float, len(worth), elements=st.floats(-9, 9))
    )


@given(case_and_guess(), KS)
def test_the_exact_explanation_takes_away_the_largest_worths_and_nobody_does_better(
    drawn, k
):
    worth, guess = drawn
    case = case_of(worth)
    exact = f.comprehensiveness(case, explained(case, worth), k)
    assert exact == pytest.approx(best_sum(worth, k))
    assert f.comprehensiveness(case, explained(case, guess), k) <= exact + 1e-9
    against = f.comprehensiveness(
        case, explained(case, worth), k, side="against"
    )
    assert against == pytest.approx(best_sum(-worth, k))
    assert (
        f.comprehensiveness(case, explained(case, guess), k, side="against")
        <= against + 1e-9
    )


@given(case_and_guess(), KS)
def test_the_reversed_explanation_does_worst(drawn, k):
    worth, guess = drawn
    case = case_of(worth)
    lie = f.comprehensiveness(case, explained(case, -worth), k)
    assert lie == pytest.approx(-best_sum(-worth, k))
    assert f.comprehensiveness(case, explained(case, guess), k) >= lie - 1e-9


@given(case_and_guess(), KS)
def test_what_the_exact_explanation_keeps_suffices_best(drawn, k):
    worth, guess = drawn
    case = case_of(worth)
    exact = f.sufficiency(case, explained(case, worth), k)
    assert exact == pytest.approx(worth.sum() - best_sum(worth, k))
    assert f.sufficiency(case, explained(case, guess), k) >= exact - 1e-9
    assert f.sufficiency(case, explained(case, guess), k, "either") >= 0


@given(case_and_guess())
def test_no_curve_falls_below_or_rises_above_that_of_the_exact_order(drawn):
    worth, guess = drawn
    case = case_of(worth)
    for side, sign in (("for", 1), ("against", -1)):
        down, up = (
            c(case, explained(case, worth), side)
            for c in (f.deletion_curve, f.insertion_curve)
        )
        assert (
            (down[0], down[-1])
            == (up[-1], up[0])
            == (case.whole(), case.empty())
        )
        assert np.all(
            sign
            * (f.deletion_curve(case, explained(case, guess), side) - down)
            >= -1e-9
        )
        assert np.all(
            sign * (f.insertion_curve(case, explained(case, guess), side) - up)
            <= 1e-9
        )
        worst = f.deletion_curve(case, explained(case, -worth), side)
        assert np.all(
            sign
            * (worst - f.deletion_curve(case, explained(case, guess), side))
            >= -1e-9
        )


def test_a_curve_of_few_steps_is_the_beginning_of_the_long_one():
    case = case_of([0.5, -0.25, 2.0])
    why = explained(case, [0.5, -0.25, 2.0])
    assert f.deletion_curve(case, why).tolist() == [2.75, 0.75, 0.25, 0.5]
    assert f.insertion_curve(case, why).tolist() == [0.5, 2.5, 3.0, 2.75]
    assert f.deletion_curve(case, why, steps=1).tolist() == [2.75, 0.75]
    assert (
        f.deletion_curve(case, why, steps=9).tolist()
        == f.deletion_curve(case, why).tolist()
    )
    assert f.deletion_curve(case, why, "either").tolist() == [
        2.75,
        0.75,
        0.25,
        0.5,
    ]
    assert f.insertion_curve(case, why, "against").tolist() == [
        0.5,
        0.25,
        0.75,
        2.75,
    ]


def test_by_size_alone_for_and_against_cancel():
    case = case_of([1.0, -1.0, 0.25])
    why = explained(case, [1.0, -1.0, 0.25])
    assert f.comprehensiveness(case, why, k=2, side="either") == 0
    assert f.comprehensiveness(case, why, k=3, side="either") == 0.25
    assert f.comprehensiveness(case, why, k=2) == 1.25


def test_random_evidence_lies_in_between_where_theory_says():
    worth = np.array([2.0, 1.0, 0.5, -0.5, -1.0])
    case = case_of(worth)
    fall, rest = random_floor(case, 2, draws=4000)
    assert fall == pytest.approx(2 / 5 * worth.sum(), abs=0.06)
    assert rest == pytest.approx(3 / 5 * worth.sum(), abs=0.06)
    exact, lie = (
        f.comprehensiveness(case, explained(case, w), 2)
        for w in (worth, -worth)
    )
    assert lie < fall < exact
    assert (
        random_floor(case, 2, seed=3)
        == random_floor(case, 2, seed=3)
        != random_floor(case, 2, seed=4)
    )
    assert random_floor(case, 0) == (0.0, pytest.approx(worth.sum()))
    assert random_floor(case, 5, draws=3) == (pytest.approx(worth.sum()), 0.0)


def test_ties_give_no_answer_away():
    worth = np.array(
        [4.0, 2.0, 1.0, 0.5, 0.25, 0.25]
    )  # strongest first, as EASE makes its cases
    falls = []
    for n in range(400):
        case = case_of(worth, user=f"u{n}")
        falls.append(
            f.comprehensiveness(case, explained(case, np.ones(6)), k=1)
        )
    assert np.mean(falls) == pytest.approx(worth.mean(), abs=0.25)
    case = case_of(worth)
    once = f.deletion_curve(case, explained(case, np.ones(6)))
    back_to_front = Explanation(
        "ann", "tent", "x", explained(case, np.ones(6)).evidence[::-1]
    )
    assert np.array_equal(once, f.deletion_curve(case, back_to_front))


def test_an_explanation_cites_no_more_than_it_claims():
    case = case_of([0.5, -0.25, 2.0])
    why = Explanation(
        "ann",
        "tent",
        "x",
        (Evidence("item", "i2", 1.0), Evidence("item", "i1", -3.0)),
    )
    assert f.cited(case, why, 9) == ["i2"]
    assert f.cited(case, why, 9, "against") == ["i1"]
    assert f.cited(case, why, 1, "either") == ["i1"]
    four = case_of([4.0, 3.0, 2.0, 1.0])
    assert f.cited(four, occlusion(four)) == ["i0", "i1", "i2"]  # of four
    assert f.comprehensiveness(case, why, k=9) == 2.0
    silent = Explanation("ann", "tent", "x", ())
    assert (
        f.comprehensiveness(case, silent) == 0
        and f.sufficiency(case, silent) == case.whole() - case.empty()
    )


BAD = {
    "'i9' is no evidence": (
        Explanation("ann", "tent", "x", (Evidence("item", "i9", 1.0),)),
        {},
    ),
    "about 'bob'": (
        Explanation("bob", "tent", "x", (Evidence("item", "i1", 1.0),)),
        {},
    ),
    "'i1' a weight that is not finite": (
        Explanation("ann", "tent", "x", (Evidence("item", "i1", np.nan),)),
        {},
    ),
    "choose from for, against, either": (
        Explanation("ann", "tent", "x", ()),
        {"side": "left"},
    ),
}


@pytest.mark.parametrize(
    "test",
    [f.comprehensiveness, f.sufficiency, f.deletion_curve, f.insertion_curve],
)
@pytest.mark.parametrize("says", BAD)
def test_bad_explanations_are_refused(test, says):
    why, options = BAD[says]
    with pytest.raises(DataError, match=says):
        test(case_of([1.0, 2.0]), why, **options)


@pytest.mark.parametrize("k", [0, -1, 1.5, True])
def test_k_must_be_a_whole_number(k):
    case = case_of([1.0, 2.0])
    for test in (f.comprehensiveness, f.sufficiency, f.sign_accuracy):
        with pytest.raises(DataError, match="k="):
            test(case, explained(case, [1, 2]), k)


def test_a_model_that_answers_nan_is_named():
    case = Case(
        "ann",
        "tent",
        ["item"],
        ["mat"],
        lambda present: present[:, 0] * np.nan,
        model="Broken",
    )
    for test in (
        f.comprehensiveness,
        f.sufficiency,
        f.sign_accuracy,
        f.deletion_curve,
    ):
        with pytest.raises(DataError, match="Broken"):
            test(case, explained(case, [1.0]))


def test_the_signed_test_knows_for_from_against():
    worth = np.array([1.0, -0.5, 0.25, 0.125])
    case = case_of(worth)
    assert f.sign_accuracy(case, explained(case, worth), 4) == 1.0
    assert f.sign_accuracy(case, explained(case, -worth), 4) == 0.0
    assert f.sign_accuracy(case, explained(case, np.abs(worth)), 2) == 0.5
    assert f.sign_accuracy(case, explained(case, np.abs(worth)), 4) == 0.75
    half_idle = case_of([1.0, 0.0])
    assert (
        f.sign_accuracy(half_idle, explained(half_idle, [1.0, 1.0]), 2) == 1.0
    )
    idle = case_of([0.0, 0.0])
    assert np.isnan(f.sign_accuracy(idle, explained(idle, [1.0, 2.0])))
    assert np.isnan(f.sign_accuracy(idle, explained(idle, [0.0, 0.0])))


# --------------------------------------------------------------------------------------------- true reasons
TRUTH = {"weight": -0.9, "fit": 0.3, "value": 0.1, "comfort": 0.0}


def about(**weights) -> Explanation:
    return Explanation(
        "ann",
        "tent",
        "x",
        tuple(Evidence("aspect", n, w) for n, w in weights.items()),
    )


def test_reasons_are_recovered_or_not():
    perfect = f.reason_recovery(about(**TRUTH), TRUTH)
    assert perfect == {"hit1": 1, "hit3": 1, "rank": 1, "reason_sign": 1}
    assert (
        f.reason_recovery(about(**{n: -t for n, t in TRUTH.items()}), TRUTH)[
            "reason_sign"
        ]
        == 0
    )
    last = f.reason_recovery(
        about(weight=-0.1, fit=0.2, value=0.3, comfort=0.4), TRUTH
    )
    assert (last["hit1"], last["hit3"], last["rank"]) == (0, 0, -1)
    assert last["reason_sign"] == pytest.approx(1.0)


def test_what_ties_is_hit_by_chance():
    silent = f.reason_recovery(Explanation("ann", "tent", "x", ()), TRUTH)
    assert silent == {
        "hit1": 0.25,
        "hit3": 0.75,
        "rank": 0.0,
        "reason_sign": 0.5,
    }
    one_said = f.reason_recovery(about(fit=1.0), TRUTH)
    assert (one_said["hit1"], one_said["hit3"]) == (0, pytest.approx(2 / 3))


def test_only_aspects_count():
    with_bias = Explanation(
        "ann",
        "tent",
        "x",
        (Evidence("bias", "item mean", 9.0), *about(weight=-1.0).evidence),
    )
    assert f.reason_recovery(with_bias, TRUTH) == f.reason_recovery(
        about(weight=-1.0), TRUTH
    )


@given(*[hnp.arrays(float, 6, elements=st.integers(-3, 3).map(float))] * 2)
def test_the_rank_correlation_is_scipys(a, b):
    expected = (
        stats.spearmanr(a, b).statistic
        if len(set(a)) > 1 and len(set(b)) > 1
        else 0.0
    )
    assert rank_correlation(a, b) == pytest.approx(expected, abs=1e-9)


def test_bad_truth_is_refused():
    for bad in ({}, {"fit": 0.0}, {"fit": np.nan, "weight": 1.0}):
        with pytest.raises(DataError, match="nothing moved this rating"):
            f.reason_recovery(about(fit=1.0), bad)
    with pytest.raises(DataError, match="'colour' is no aspect of the truth"):
        f.reason_recovery(about(colour=1.0), TRUTH)
    with pytest.raises(DataError, match="not finite"):
        f.reason_recovery(about(fit=np.inf), TRUTH)


def test_two_explanations_agree_as_far_as_they_say_the_same():
    first, second = (
        about(weight=3, fit=2, value=1, comfort=0.5),
        about(comfort=3, value=2, fit=1, weight=0.5),
    )
    assert agreement(first, first) == {"rank": 1, "overlap": 1}
    assert agreement(first, second, k=2) == {"rank": -1, "overlap": 0}
    assert agreement(first, second, k=3)["overlap"] == pytest.approx(2 / 3)
    assert agreement(about(fit=1), about(fit=1, weight=0.5), k=1) == {
        "rank": 1,
        "overlap": 1,
    }
    with pytest.raises(DataError, match="one explanation is about 'ann'"):
        agreement(first, Explanation("bob", "tent", "x", ()))


# --------------------------------------------------------------------------------------------- on trial
def liars(seed=0, n=30, m=8):
    """Return cases with known worths, and explainers that know them, turn them round, or guess."""
    rng = np.random.default_rng(seed)
    worth = {f"u{c}": rng.normal(0.3, 1, m) for c in range(n)}
    cases = [case_of(w, user=user) for user, w in worth.items()]
    seeds = iter(range(10**6))
    explainers = {
        "exact": lambda case: explained(case, worth[case.user]),
        "lie": lambda case: explained(case, -worth[case.user]),
        "size": lambda case: explained(case, np.abs(worth[case.user])),
        "guess": lambda case: random_evidence(case, seed=next(seeds)),
    }
    return cases, explainers


def test_a_trial_ranks_truth_above_guess_above_lie():
    rows = trial(*liars(), k=2)
    by = summary(rows).set_index(["metric", "method"])
    value = by["value"]
    for metric in ("comprehensiveness", "ins", "sign"):
        assert (
            value[metric, "exact"]
            > value[metric, "guess"]
            > value[metric, "lie"]
        )
    assert (
        value["sufficiency", "exact"]
        < value["sufficiency", "guess"]
        < value["sufficiency", "lie"]
    )
    assert value["del", "exact"] < value["del", "guess"] < value["del", "lie"]
    assert value["sign", "exact"] == 1 and value["sign", "lie"] == 0
    assert (
        by["low"]["comprehensiveness", "exact"]
        > by["high"]["comprehensiveness", "guess"]
    )
    assert by["low"]["times_random", "exact"] > 2
    assert ((by["low"] <= value) & (value <= by["high"])).all()
    assert set(rows["side"]) == {"for", "against"}


def test_the_side_is_the_one_that_the_model_took():
    case = case_of([-2.0, 0.5])
    rows = trial(
        [case], {"exact": lambda c: explained(c, [-2.0, 0.5])}, k=1
    ).set_index("metric")
    assert (
        set(rows["side"]) == {"against"}
        and rows["value"]["comprehensiveness"] == 2.0
    )
    assert rows["value"]["sufficiency"] == -0.5
    assert (
        rows["value"]["del"] == np.mean([0.5 - 0.5 - 0.5, 0])
        and rows["per"]["del"] == 1.5
    )


def test_a_reason_decides_where_the_item_leaves_the_first_without_it():
    case = case_of([2.0, 0.25, -0.5], base=0.0)  # 1.75 with all
    whys = {
        "deciding": explained(case, [1.0, 0.0, 0.0]),
        "idle": explained(case, [0.0, 1.0, 0.0]),
        "against": explained(case, [0.0, 0.0, -1.0]),
    }
    rivals = np.array([1.0, 0.5, -2.0])
    leaves = {
        name: f.leaves_first(case, why, rivals, first=1, k=1)
        for name, why in whys.items()
    }
    assert leaves == {"deciding": 1.0, "idle": 0.0, "against": 0.0}
    # among the first three of four it stays at -0.25, third
    assert f.leaves_first(case, whys["deciding"], rivals, first=3, k=1) == 0
    # what was never among the first cannot leave them
    assert np.isnan(f.leaves_first(case, whys["deciding"], rivals + 1, 1, 1))


@pytest.mark.parametrize("rivals", [[np.nan], [[1.0]], 1.0])
def test_rivals_that_are_no_scores_are_refused(rivals):
    case = case_of([1.0])
    with pytest.raises(DataError, match="rivals of shape"):
        f.leaves_first(case, explained(case, [1.0]), rivals)


def test_the_trial_asks_for_ranks_only_where_rivals_are_known():
    cases, explainers = liars(n=3)
    assert "leaves" not in set(trial(cases, explainers)["metric"])
    rivals = {("u0", "tent"): np.full(9, -9.0), ("u1", "tent"): np.ones(10)}
    rows = trial(cases, explainers, rivals=rivals).query("metric == 'leaves'")
    # ten are first in any case of nine rivals; u1 was never among them
    assert set(rows["user"]) <= {"u0", "u1"} and "u0" in set(rows["user"])
    assert not rows.query("user == 'u0'")["value"].any()


def test_the_tests_ask_the_model_once_about_any_set_of_pieces():
    case, asked = case_of([2.0, 1.0, -0.5, 0.25]), []
    noting = replace(
        case,
        value=lambda present: (
            asked.extend(map(tuple, present)),
            case.value(present),
        )[1],
    )
    rows = trial(
        [noting],
        {
            name: lambda c: explained(c, [2.0, 1.0, -0.5, 0.25])
            for name in "ab"
        },
    )
    assert len(asked) == len(set(asked)) <= 16
    plain = trial(
        [case],
        {
            name: lambda c: explained(c, [2.0, 1.0, -0.5, 0.25])
            for name in "ab"
        },
    )
    assert (
        rows.query("metric != 'ms'")["value"].tolist()
        == plain.query("metric != 'ms'")["value"].tolist()
    )


def test_a_trial_is_the_same_twice_but_for_the_time():
    first, second = (trial(*liars()).query("metric != 'ms'") for _ in range(2))
    pd.testing.assert_frame_equal(first, second)


def test_shares_hold_where_whole_and_empty_are_close():
    cases = [
        case_of([1.0, 1.0], user="a"),
        case_of([1.0, -1.0 + 1e-9], user="b"),
    ]
    worth = {"a": [1.0, 1.0], "b": [1.0, -1.0]}
    found = summary(
        trial(cases, {"exact": lambda c: explained(c, worth[c.user])}, k=1)
    ).set_index("metric")
    assert found["value"]["ins"] == pytest.approx(
        ((1 + 2) / 2 + (1 + 0) / 2) / 2
    )  # the mean of ratios would be 2.5e8


def test_reasons_and_stability_are_asked_for_only_where_they_can_be():
    cases, explainers = liars(n=3)
    truth = {("u0", "tent"): {"i0": 1.0, "i1": 0.5}}
    plain = trial(cases, explainers)
    assert not {"hit1", "stability"} & set(plain["metric"])
    rows = trial(cases, explainers, truth=truth, again=cases)
    assert set(rows.query("metric == 'hit1'")["user"]) == {"u0"}
    same = (
        rows.query("metric == 'stability'").groupby("method")["value"].mean()
    )
    assert same["exact"] == 1 and same["guess"] < 0.9


def test_what_cannot_be_measured_is_left_out():
    rows = trial(
        [case_of([0.0, 0.0])], {"x": lambda c: explained(c, [1.0, 2.0])}
    )
    assert "sign" not in set(rows["metric"]) and "comprehensiveness" in set(
        rows["metric"]
    )
    assert np.isnan(summary(rows).set_index("metric")["value"]["del"])


@given(hnp.arrays(float, st.integers(1, 12), elements=st.floats(-5, 5)))
def test_the_ratio_interval_with_ones_is_the_bootstrap_interval(values):
    assert ratio_interval(values, np.ones(len(values))) == pytest.approx(
        bootstrap_interval(values), abs=1e-12
    )


def test_a_ratio_of_copies_is_as_unsure_as_the_groups_are_few():
    values, per = np.repeat([0.0, 1.0, 3.0], 30), np.ones(90)
    _, low, high = ratio_interval(values, per)
    whose = np.repeat([0, 1, 2], 30)
    _, wide_low, wide_high = ratio_interval(values, per, groups=whose)
    assert wide_high - wide_low > 2 * (high - low)


@pytest.mark.parametrize(
    ("values", "per"),
    [([], []), ([1.0], [1.0, 2.0]), ([np.nan], [1.0]), ([1.0], [np.inf])],
)
def test_a_ratio_of_nothing_is_refused(values, per):
    with pytest.raises(DataError, match="finite arrays of the same length"):
        ratio_interval(values, per)


def test_the_verdict_says_what_the_figures_say():
    worths = {
        f"u{n}": np.array([1.0 + n / 200, 0.25, 0.25, 0, 0, 0])
        for n in range(20)
    }
    cases = [case_of(w, user=user) for user, w in worths.items()]
    rows = trial(
        cases,
        {
            "exact": lambda c: explained(c, worths[c.user]),
            "none": lambda c: explained(c, np.zeros(6)),
        },
    )
    said = verdict(rows, "exact", "products")
    shown = summary(rows).set_index(["method", "metric"])["value"]
    assert said.startswith(
        "Without the three products it cites the score falls by 1.55;"
    )
    assert said.endswith(
        f": {shown['exact', 'times_random']:.1f} times as far."
    )
    assert verdict(rows, "none").startswith(
        "Without up to three pieces of evidence it cites"
    )
    assert " by 0.00; without three random ones by " in verdict(rows, "none")
    floor = "comprehensiveness_random"
    assert (
        shown["none", floor] == shown["exact", floor] > 0
    )  # silence is set beside three random pieces all the same
    assert verdict(rows, "none").endswith(
        ": no proof that it tells the truth."
    )
    with pytest.raises(DataError, match="choose from exact, none"):
        verdict(rows, "oracle")


@pytest.mark.parametrize("chance", [[0.004] * 20, [0.3, -0.28] * 10])
def test_the_verdict_prints_no_ratio_over_a_floor_of_zero(chance):
    figures = {
        "comprehensiveness": [0.4, 0.6] * 10,
        "comprehensiveness_random": chance,
        "cited": [3.0] * 20,
    }
    columns = ["side", "method", "metric", "value"]
    rows = [
        ("for", "exact", metric, value)
        for metric, values in figures.items()
        for value in values
    ]
    said = verdict(pd.DataFrame(rows, columns=columns), "exact")
    assert "times as far" not in said
    assert said.endswith(
        ": farther than chance, which is too near 0 to divide by."
    )


# --------------------------------------------------------------------------------------------- real models
@pytest.fixture(scope="module")
def shop():
    return split_random(load_shop(), 0.2, seed=0)


def test_on_ease_every_honest_method_is_exact(shop):
    model = EASE().fit(shop[0])
    cases = [
        model.case(u, int(model.score(u).argmax())) for u in range(0, 60, 3)
    ]
    exact = {case.user: model.explain(*ids(shop[0], case)) for case in cases}
    rows = trial(
        cases,
        {
            "exact": lambda c: exact[c.user],
            "occlusion": occlusion,
            "random": random_evidence,
        },
    )
    value = summary(rows).set_index(["metric", "method"])["value"]
    for metric in ("comprehensiveness", "sufficiency", "del", "ins", "sign"):
        assert value[metric, "occlusion"] == pytest.approx(
            value[metric, "exact"]
        )
    assert (
        value["comprehensiveness", "exact"]
        > 2 * value["comprehensiveness", "random"]
    )
    assert value["sign", "exact"] == 1


def ids(train, case) -> tuple[int, int]:
    return int(train.users.idx([case.user])[0]), int(
        train.items.idx([case.item])[0]
    )


def test_the_linear_profile_finds_a_third_of_true_reasons_chance_a_tenth(shop):
    train, test = shop
    said = mine_reviews(train)
    model = LinearProfile().fit(
        train, user_profile(said, train), item_profile(said, train)
    )
    reasons = effects(load_shop_truth().reasons.set_index("review"))
    rows = range(0, 300)
    truth = {
        tuple(test.frame.iloc[n][["user", "item"]]): dict(
            reasons.loc[test.frame.index[n]]
        )
        for n in rows
    }
    cases = [
        model.case(int(test.user_idx[n]), int(test.item_idx[n])) for n in rows
    ]
    found = [
        f.reason_recovery(occlusion(case), truth[case.user, case.item])["hit1"]
        for case in cases
    ]
    guessed = [f.reason_recovery(random_evidence(case, n), truth[case.user, case.item])["hit1"]
               for n, case in enumerate(cases)]  # fmt: skip
    assert np.mean(found) > 0.32
    assert 0.04 < np.mean(guessed) < 0.17
