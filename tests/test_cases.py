"""The door to a model: what may be asked of a case, and what it refuses."""

from __future__ import annotations

import numpy as np
import pytest

from recx_lib.core import Case, DataError, Evidence, Explanation, sum_case
from recx_lib.data import load_shop
from recx_lib.recommend import EASE

CASE = sum_case(
    "ann",
    "tent",
    ["item", "item", "aspect"],
    ["stove", "mat", "fit"],
    worth=[0.25, -0.5, 1.0],
    base=3.0,
)


def test_a_sum_answers_every_question_by_adding():
    assert (
        CASE.whole(),
        CASE.empty(),
        CASE.only(["fit"]),
        CASE.without(["mat", "fit"]),
    ) == (3.75, 3.0, 4.0, 3.25)
    assert CASE.value(np.array([[0.5, 0.0, 0.5]])).tolist() == [3.625]
    assert CASE.gradient(np.zeros((2, 3))).tolist() == [[0.25, -0.5, 1.0]] * 2


def test_taking_nothing_away_or_everything_gives_the_ends():
    assert CASE.without([]) == CASE.whole() and CASE.without(
        CASE.names
    ) == CASE.empty() == CASE.only([])


def test_explanation_and_weights_are_inverse_and_the_strongest_comes_first():
    why = CASE.explanation("by hand", [0.25, -0.5, 1.0])
    assert why.evidence == (
        Evidence("aspect", "fit", 1.0),
        Evidence("item", "mat", -0.5),
        Evidence("item", "stove", 0.25),
    )
    assert CASE.weights(why).tolist() == [0.25, -0.5, 1.0]
    assert CASE.weights(
        Explanation("ann", "tent", "short", why.evidence[:1])
    ).tolist() == [0.0, 0.0, 1.0]


@pytest.mark.parametrize(
    "weights", [[1.0, 2.0], [1.0, np.nan, 0.0], [[1.0, 2.0, 3.0]]]
)
def test_weights_that_do_not_fit_are_refused(weights):
    with pytest.raises(
        DataError, match="by hand gave weights of shape .* 3 pieces"
    ):
        CASE.explanation("by hand", weights)


@pytest.mark.parametrize("ask", [CASE.mask, CASE.without, CASE.only])
def test_evidence_that_the_case_has_not_is_named(ask):
    with pytest.raises(
        DataError,
        match="'kettle' is no evidence in this case: choose from stove, mat, fit",
    ):
        ask(["kettle"])


@pytest.mark.parametrize("pair", [("bob", "tent"), ("ann", "stove")])
def test_an_explanation_of_another_pair_is_refused(pair):
    with pytest.raises(
        DataError,
        match=f"about '{pair[0]}' and '{pair[1]}', the case about 'ann' and 'tent'",
    ):
        CASE.weights(Explanation(*pair, "by hand", ()))


def test_an_explanation_that_cites_what_is_not_there_is_refused():
    with pytest.raises(DataError, match="'kettle' is no evidence"):
        CASE.weights(
            Explanation(
                "ann", "tent", "by hand", (Evidence("item", "kettle", 1.0),)
            )
        )


@pytest.mark.parametrize(
    ("kinds", "names"), [(["item"], ["a", "b"]), (["item"] * 2, ["a", "a"])]
)
def test_every_piece_has_one_kind_and_a_name_of_its_own(kinds, names):
    with pytest.raises(DataError, match="one kind and a name of its own"):
        Case("ann", "tent", kinds, names, lambda present: present.sum(axis=1))


def test_nothing_to_cite_is_said_with_the_remedy():
    with pytest.raises(
        DataError,
        match="nothing can be cited for user 'ann': the history is empty",
    ):
        Case("ann", "tent", [], [], lambda present: present.sum(axis=1))


def test_a_closed_door_says_what_works_instead():
    assert CASE.need("gradient") is CASE.gradient
    with pytest.raises(
        DataError,
        match="this model offers no attention: explain it by occlusion or Shapley values",
    ):
        CASE.need("attention")


def test_a_models_case_is_its_own_explanation_in_an_order_that_tells_nothing():
    model = EASE().fit(load_shop())
    case, exact = model.case(0, 1), model.explain(0, 1)
    assert list(case.names) == sorted(case.names)
    assert (
        case.whole() == pytest.approx(model.score(0)[1]) and case.empty() == 0
    )
    assert case.weights(exact) == pytest.approx(
        case.gradient(np.ones((1, len(case))))[0]
    )


def test_names_may_come_from_a_generator():
    mat = (name for name in ("mat",))
    assert CASE.only(mat) == 2.5
    assert CASE.without(name for name in ("mat", "fit")) == 3.25
    with pytest.raises(DataError, match="'saw' is no evidence"):
        CASE.only(name for name in ("mat", "saw"))


@pytest.mark.parametrize(
    ("value", "shape"),
    [
        (lambda present: present, r"\(1, 3\)"),
        (lambda present: present[:, :1], r"\(1, 1\)"),
        (lambda present: 4.0, r"\(\)"),
    ],
)
def test_a_model_that_does_not_give_one_score_per_row_is_named(value, shape):
    case = Case("ann", "tent", CASE.kinds, CASE.names, value, model="toy")
    asked = [
        lambda: case.whole(),
        lambda: case.empty(),
        lambda: case.only(["mat"]),
        lambda: case.without(["mat"]),
    ]
    for ask in asked:
        with pytest.raises(
            DataError, match=f"toy gave scores of shape {shape}"
        ):
            ask()


def test_what_is_given_stays_there_and_is_not_cited():
    def value(present):
        return present[:, 0] * present[:, 1] + 2 * present[:, 2]

    def gradient(present):
        a, b, c = present.T
        return np.column_stack([b, a, 2 + 0 * c])

    kinds, names = ["bias", "aspect", "aspect"], ["user mean", "fit", "hue"]
    case = Case("ann", "tent", kinds, names, value, gradient)
    rest = case.given(["user mean"])
    assert rest.names == ["fit", "hue"] and rest.kinds == ["aspect"] * 2
    assert rest.whole() == case.whole() == 3
    assert rest.empty() == case.only(["user mean"]) == 0
    assert rest.without(["fit"]) == case.without(["fit"]) == 2
    # the slope is that of the whole case, where the mean is there
    assert rest.gradient(np.array([[0.5, 0.5]])).tolist() == [[1, 2]]
    assert case.given([]).names == names


def test_given_refuses_what_the_case_has_not_and_leaves_something_to_cite():
    case = sum_case("ann", "tent", ["item"] * 2, ["mat", "saw"], [1.0, 2.0])
    with pytest.raises(DataError, match="'tarp' is no evidence"):
        case.given(["tarp"])
    with pytest.raises(DataError, match="nothing can be cited"):
        case.given(["mat", "saw"])
