"""Effects of a treatment that nobody dealt out by lot."""

import numpy as np
import pandas as pd
import pytest
from statsmodels.discrete.discrete_model import Logit
from statsmodels.regression.linear_model import OLS
from statsmodels.treatment.treatment_effects import TreatmentEffect

from recx_lib.core import DataError
from recx_lib.explain import (
    adjusted_effect,
    common_cause_effects,
    doubly_robust_effect,
    naive_effect,
    placebo_effects,
    weighted_effect,
)

ESTIMATES = [adjusted_effect, weighted_effect, doubly_robust_effect]


def study(n=8000, seed=0, hidden=0.0):
    """Rows with a planted effect of 0.5 and one confounder that is seen."""
    rng = np.random.default_rng(seed)
    z, h = rng.normal(size=n), rng.normal(size=n)
    chance = 1 / (1 + np.exp(-z - hidden * h))
    treated = rng.random(n) < chance
    y = 3 + 0.5 * treated + 0.8 * z + hidden * h + rng.normal(0, 0.3, n)
    return treated, y, z[:, None], np.column_stack([z, h])


@pytest.mark.parametrize("estimate", ESTIMATES)
def test_the_planted_effect_comes_out(estimate):
    treated, y, X, _ = study()
    assert abs(estimate(treated, y, X) - 0.5) < 0.06
    assert naive_effect(treated, y) > 1.0


@pytest.mark.parametrize("estimate", ESTIMATES)
def test_a_hidden_confounder_spoils_every_estimate(estimate):
    treated, y, seen, everything = study(hidden=1.0)
    assert abs(estimate(treated, y, everything) - 0.5) < 0.08
    assert estimate(treated, y, seen) > 0.9


def curved(n=20000, seed=1):
    """Outcomes that no line fits; the propensity is a logistic line."""
    rng = np.random.default_rng(seed)
    z = rng.normal(size=n)
    treated = rng.random(n) < 1 / (1 + np.exp(-z))
    y = 0.5 * treated + np.exp(z) + rng.normal(0, 0.1, n)
    return treated, y, z[:, None]


def test_doubly_robust_survives_wrong_lines():
    treated, y, X = curved()
    wrong = abs(adjusted_effect(treated, y, X) - 0.5)
    mended = abs(doubly_robust_effect(treated, y, X) - 0.5)
    assert mended < 0.1 < wrong


def test_doubly_robust_survives_a_wrong_propensity():
    rng = np.random.default_rng(2)
    z = rng.normal(size=20000)
    treated = rng.random(20000) < np.where(abs(z) > 1, 0.9, 0.2)
    y = 0.5 * treated + 2 * z**2
    X = np.column_stack([z, rng.normal(size=20000)])
    assert weighted_effect(treated, y, X) > 2
    lines = np.column_stack([z, z**2])
    assert abs(doubly_robust_effect(treated, y, lines) - 0.5) < 0.01


def test_another_hand_finds_the_same_effects():
    treated, y, X, _ = study(n=2000)
    Z = np.column_stack([np.ones(len(X)), X])
    who = treated.astype(int)
    chosen = Logit(who, Z).fit(disp=0)
    other = TreatmentEffect(OLS(y, Z), who, results_select=chosen)
    found = other.ra(return_results=False)[0]
    assert np.isclose(adjusted_effect(treated, y, X), found, atol=1e-6)
    found = other.aipw(return_results=False)[0]
    assert np.isclose(doubly_robust_effect(treated, y, X), found, atol=1e-3)
    found = other.ipw(return_results=False)[0]  # weights of another form
    assert np.isclose(weighted_effect(treated, y, X), found, atol=0.02)


def test_units_of_the_covariates_do_not_matter():
    treated, y, X, _ = study(n=500)
    for estimate in ESTIMATES:
        assert np.isclose(
            estimate(treated, y, X),
            estimate(treated, y, 100 + 1000 * X),
            atol=1e-4,
        )


def test_placebos_lie_around_nothing_and_are_drawn_from_the_seed():
    treated, y, X, _ = study(n=2000)
    found = placebo_effects(adjusted_effect, treated, y, X, n=30, seed=3)
    assert abs(found.mean()) < 0.02 and found.std() > 0
    again = placebo_effects(adjusted_effect, treated, y, X, n=30, seed=3)
    assert (found == again).all()


def test_placebos_are_dealt_to_what_was_treated():
    rng = np.random.default_rng(0)
    product = rng.permutation(np.repeat(np.arange(20), 100))
    treated = product % 2 == 0
    y = rng.normal(size=20)[product] + rng.normal(0, 0.1, 2000)
    X = rng.normal(size=(2000, 1))
    of_rows, of_products = (
        placebo_effects(adjusted_effect, treated, y, X, groups=groups)
        for groups in (None, product)
    )
    assert of_products.std() > 5 * of_rows.std()
    assert of_rows.shape == of_products.shape == (20,)  # unless told
    with pytest.raises(DataError, match=r"group \d: some of its rows"):
        placebo_effects(adjusted_effect, treated, y, X, groups=product // 2)


@pytest.mark.parametrize("estimate", ESTIMATES)
def test_a_random_common_cause_changes_nothing_and_a_real_one_does(estimate):
    treated, y, X, everything = study(n=2000, hidden=1.0)
    found = estimate(treated, y, X)
    more = common_cause_effects(estimate, treated, y, X, n=5, seed=3)
    assert np.abs(more - found).max() < 0.05 and more.std() > 0
    assert estimate(treated, y, everything) < found - 0.2
    with pytest.raises(DataError, match="n="):
        common_cause_effects(estimate, treated, y, X, n=0)


def test_dowhy_finds_the_same_effects_and_refutes_alike():
    dowhy = pytest.importorskip(
        "dowhy", reason="chapter 14's second oracle: see pyproject, oracles"
    )
    treated, y, X, _ = study(n=2000)
    table = pd.DataFrame({"t": treated, "y": y, "z": X[:, 0]})
    asked = dowhy.CausalModel(table, "t", "y", common_causes=["z"])
    effect = asked.identify_effect(proceed_when_unidentifiable=True)
    way = "backdoor.linear_regression"
    line = asked.estimate_effect(effect, method_name=way)
    assert np.isclose(line.value, adjusted_effect(treated, y, X), atol=1e-3)
    weighted = asked.estimate_effect(
        effect,
        method_name="backdoor.propensity_score_weighting",
        method_params={"weighting_scheme": "ips_normalized_weight"},
    )
    ours = weighted_effect(treated, y, X)
    assert np.isclose(weighted.value, ours, atol=2e-3)
    for name, repeat, more in (
        ("placebo_treatment_refuter", placebo_effects, "permute"),
        ("random_common_cause", common_cause_effects, None),
    ):
        kind = {"placebo_type": more} if more else {}
        theirs = asked.refute_estimate(
            effect, line, method_name=name, num_simulations=20,
            random_seed=0, **kind,
        ).new_effect  # fmt: skip
        ours = repeat(adjusted_effect, treated, y, X, n=20).mean()
        assert np.isclose(theirs, ours, atol=0.02)


@pytest.mark.parametrize("estimate", ESTIMATES)
def test_studies_that_cannot_be_are_refused(estimate):
    y, X = np.array([1.0, 2.0, 3.0]), np.zeros((3, 1))
    for treated in ([True] * 3, [False] * 3):
        with pytest.raises(DataError, match="nobody to compare"):
            estimate(treated, y, X)
    with pytest.raises(DataError, match="one row of X"):
        estimate([True, False], y, X)
    with pytest.raises(DataError, match="not finite"):
        estimate([True, False, True], y, X + np.nan)
    with pytest.raises(DataError, match=r"y\[1\] is nan"):
        estimate([True, False, True], [1, np.nan, 2], X)
