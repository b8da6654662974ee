"""Maps and rollout by hand; the planted task, where the right answer is known."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from recx_lib.core import Case, DataError, sum_case
from recx_lib.explain import (
    attention_map,
    attention_maps,
    planted_case,
    planted_histories,
    planted_scores,
    planted_trial,
    rollout,
    rollout_maps,
    train_planted,
)
from recx_lib.recommend import HistoryNet, present_attention

FIRST = [
    [[0.5, 0.3, 0.2], [0.1, 0.8, 0.1], [0.6, 0.2, 0.2]],
    [[0.5, 0.1, 0.4], [0.3, 0.4, 0.3], [0.2, 0.6, 0.2]],
]
SECOND = [
    [[0.2, 0.2, 0.6], [0.4, 0.4, 0.2], [0.1, 0.5, 0.4]],
    [[0.4, 0.4, 0.2], [0.2, 0.4, 0.4], [0.3, 0.3, 0.4]],
]
MAPS = np.array([FIRST, SECOND])  # two layers, two heads, three places


def make_case(maps=MAPS, slope=(2.0, -1.0), **doors) -> Case:
    slope = np.array(slope)
    doors = {
        "attention": lambda: maps,
        "gradient": lambda present: np.tile(slope, (len(present), 1)),
    } | doors
    return Case(
        "ann",
        "tent",
        ["item"] * 2,
        ["mat", "saw"],
        lambda present: present @ slope,
        **doors,
    )


def weights(explanation) -> dict[str, float]:
    return {e.name: e.weight for e in explanation.evidence}


def test_the_map_is_the_mean_over_heads_of_the_targets_row():
    assert weights(attention_map(make_case())) == pytest.approx(
        {"mat": 0.2, "saw": 0.4}
    )
    assert weights(attention_map(make_case(), layer=0)) == pytest.approx(
        {"mat": 0.4, "saw": 0.4}
    )
    assert attention_map(make_case(), layer=0) == attention_map(
        make_case(), layer=-2
    )


def test_rollout_by_hand():
    # heads averaged, half of the identity added:
    first = np.array([[0.75, 0.1, 0.15], [0.1, 0.8, 0.1], [0.2, 0.2, 0.6]])
    second = np.array([[0.65, 0.15, 0.2], [0.15, 0.7, 0.15], [0.1, 0.2, 0.7]])
    np.testing.assert_allclose(rollout_maps(MAPS), second @ first, atol=1e-12)
    # 0.1 · 0.75 + 0.2 · 0.1 + 0.7 · 0.2 and 0.1 · 0.1 + 0.2 · 0.8 + 0.7 · 0.2
    assert weights(rollout(make_case())) == pytest.approx(
        {"mat": 0.235, "saw": 0.31}
    )


@given(
    st.integers(1, 4),
    st.integers(1, 3),
    st.integers(1, 5),
    st.integers(0, 999),
)
def test_rollout_shares_out_one(layers, heads, places, seed):
    maps = np.random.default_rng(seed).dirichlet(
        np.ones(places), (layers, heads, places)
    )
    flow = rollout_maps(maps)
    assert (flow >= 0).all()
    np.testing.assert_allclose(flow.sum(axis=1), 1)
    np.testing.assert_allclose(
        rollout_maps(maps[:1]),
        0.5 * maps[0].mean(axis=0) + 0.5 * np.eye(places),
    )


def test_gradient_times_input_in_presence_is_attention_times_gradient_centred():
    """d score / d presence_j = a_j (g_j − Σ a_k g_k), where g is the gradient in the attention weights."""
    rng = np.random.default_rng(0)
    q, k, v = (
        torch.tensor(rng.normal(size=size))
        for size in ((1, 4), (5, 4), (5, 3))
    )

    def read(found):
        return torch.tanh(found).sum()

    presence = torch.ones(5, dtype=torch.float64, requires_grad=True)
    found, weights_ = present_attention(q, k, v, presence)
    (slope,) = torch.autograd.grad(read(found), presence)
    a = weights_.detach()[0].requires_grad_()
    (g,) = torch.autograd.grad(read(a @ v), a)
    centred = a * (g - (a * g).sum())
    assert torch.allclose(slope, centred.detach())


@pytest.mark.parametrize("explain", [attention_map, rollout])
def test_a_model_without_attention_is_told_what_applies(explain):
    with pytest.raises(
        DataError, match="EASE offers no attention: explain it by occlusion"
    ):
        explain(
            sum_case("ann", "tent", ["item"], ["mat"], [1.0], model="EASE")
        )


@pytest.mark.parametrize("layer", [2, -3])
def test_a_layer_that_is_not_there(layer):
    with pytest.raises(DataError, match=f"layer {layer}: the model has 2"):
        attention_map(make_case(), layer=layer)


DROPPED = np.where(MAPS > 0.3, 0.0, 2 * MAPS)  # what dropout leaves


@pytest.mark.parametrize(("maps", "said"), [
    (DROPPED, "no shares of 1"), (2 * MAPS - 1 / 3, "no shares of 1"), (MAPS * np.nan, "no shares of 1"),
    (MAPS[0], "shape"), (MAPS[:, :, :2, :2], "shape"), (MAPS[:0], "shape"),
])  # fmt: skip
def test_what_is_no_attention_is_refused(maps, said):
    with pytest.raises(DataError, match=said):
        attention_maps(make_case(maps))


# --- the planted task ---


@given(
    st.integers(1, 30),
    st.integers(2, 12),
    st.integers(1, 11),
    st.integers(0, 99),
)
def test_planted_effects_are_what_the_items_say(n, length, n_true, seed):
    if n_true >= length:
        with pytest.raises(DataError, match="need n_true < length"):
            planted_histories(n, length, n_true, seed, n_items=30)
        return
    task = planted_histories(n, length, n_true, seed, n_items=30)
    assert task.items.shape == task.stars.shape == (n, length)
    assert ((task.items >= 0) & (task.items < 30)).all()
    assert all(len(set(row)) == length for row in task.items.tolist())
    assert set(np.unique(task.stars)) <= {-1.0, 1.0}
    np.testing.assert_array_equal(
        task.effects, task.stars * (task.items % 2 == 0)
    )
    assert ((task.effects != 0).sum(axis=1) == n_true).all()
    np.testing.assert_array_equal(task.wanted, task.effects.sum(axis=1))
    again = planted_histories(n, length, n_true, seed, n_items=30)
    np.testing.assert_array_equal(task.items, again.items)


def test_unless_told_a_history_has_twenty_items_and_a_trial_fifty_of_them():
    assert planted_histories(2).items.shape == (2, 20)
    task = planted_histories(51, length=2, n_true=1)
    net, asked = HistoryNet(task.n_items + 1, width=4), []

    def explain(case):
        asked.append(case.user)
        return case.explanation("none", np.arange(2.0))

    planted_trial(net, task, {"none": explain})
    assert asked == [f"history {row}" for row in range(50)]


def test_planted_places_and_signs_are_spread():
    task = planted_histories(2000, length=10, n_true=2, seed=3)
    assert (
        np.abs((task.effects != 0).mean(axis=0) - 0.2) < 0.04
    ).all()  # no place is favoured
    assert abs(task.effects[task.effects != 0].mean()) < 0.05  # nor a sign


def test_scores_of_a_right_a_wrong_and_a_blind_explanation():
    effects = np.array([1.0, 0.0, -1.0, 0.0, 0.0, 0.0])
    names = list("abcdef")
    case = sum_case("history 0", "sum", ["item"] * 6, names, effects)
    right = planted_scores(case, case.explanation("right", effects), effects)
    assert right == {
        "place": 1.0,
        "sign": 1.0,
        "comprehensiveness@4": 0.0,
    }  # 1 and −1 cancel when both go
    looks = planted_scores(
        case, case.explanation("looks", np.abs(effects)), effects
    )
    assert (looks["place"], looks["sign"]) == (1.0, 0.5)
    wrong = planted_scores(
        case, case.explanation("wrong", [0.1, 9, 0, 8, 7, 6]), effects
    )
    assert wrong["sign"] == 0.5 and wrong["comprehensiveness@4"] == 0.0
    assert wrong["place"] == pytest.approx((1 / 5 + 2 / 6) / 2)
    # the four largest of six are taken away, and no others
    worth = np.array([8.0, 4.0, 2.0, 1.0, 0.5, 0.25])
    case = sum_case("history 1", "sum", ["item"] * 6, names, worth)
    marks = planted_scores(case, case.explanation("right", worth), worth)
    assert marks["comprehensiveness@4"] == 8 + 4 + 2 + 1


@pytest.fixture(scope="module")
def trained() -> HistoryNet:
    return train_planted(
        planted_histories(1500, length=8, n_true=3, n_items=20),
        width=16,
        epochs=15,
    )


def exact(case: Case):
    """The effects are written in the names of the items: even numbers count."""
    parts = [name.split(":") for name in case.names]
    return case.explanation(
        "exact", [float(stars) * (int(item) % 2 == 0) for item, stars in parts]
    )


def test_the_network_learns_the_task_and_attention_finds_the_place_but_no_sign(
    trained,
):
    task = planted_histories(60, length=8, n_true=3, seed=9, n_items=20)
    cases = [planted_case(trained, task, row) for row in range(60)]
    error = np.array([case.whole() for case in cases]) - task.wanted
    assert (error**2).mean() < 0.1 * task.wanted.var()
    explainers = {
        "exact": exact,
        "attention": attention_map,
    }
    table = planted_trial(trained, task, explainers, n_cases=60)
    assert table.loc["exact", ["place", "sign"]].tolist() == [1.0, 1.0]
    assert (
        table.loc["attention", "place"] > 0.6
    )  # by chance about 0.5, for 3 of 8
    signs = (task.effects > 0).sum() / (task.effects != 0).sum()
    assert table.loc["attention", "sign"] == pytest.approx(
        signs
    )  # always "for": right as often as that is right


def test_planted_training_is_deterministic():
    task = planted_histories(40, length=5, n_true=2, n_items=12)
    one, two = (
        train_planted(task, layers=2, width=8, epochs=2, seed=5)
        for _ in range(2)
    )
    assert (
        planted_case(one, task, 0).whole()
        == planted_case(two, task, 0).whole()
    )
    other = train_planted(task, 2, width=8, epochs=2)
    assert (
        planted_case(one, task, 0).whole()
        != planted_case(other, task, 0).whole()
    )


def test_too_few_histories_to_learn_from():
    with pytest.raises(DataError, match="9 histories are too few"):
        train_planted(planted_histories(9))
