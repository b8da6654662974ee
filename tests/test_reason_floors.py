import numpy as np
import pandas as pd
import pytest

from recx_lib.core import DataError
from recx_lib.judge import ReasonFloors, reason_recovery

ASPECTS = ["comfort", "fit", "hue"]
CARE = pd.DataFrame(
    [[0.4, 0.1, 0.0], [0.2, 0.3, 0.0]], ["ann", "bob"], ASPECTS
)
FAME = pd.DataFrame(
    [[0.3, -0.5, 0.1], [0.0, -0.2, 0.0]], ["tent", "mat"], ASPECTS
)
SAID = pd.DataFrame(
    [("tent", "hue"), ("tent", "fit"), ("tent", "hue"), ("mat", "fit")],
    columns=["item", "aspect"],
)


@pytest.fixture
def floors():
    return ReasonFloors(CARE, FAME, SAID)


def weights(why):
    return {piece.name: piece.weight for piece in why.evidence}


def test_care_times_fame_is_relative_to_what_everybody_cares_for(floors):
    # mean care: comfort .3, fit .2; hue, of which nobody speaks, weighs 0
    ann = floors.care_times_fame("ann", "tent")
    assert weights(ann) == pytest.approx(
        {"comfort": 0.4 / 0.3 * 0.3, "fit": 0.1 / 0.2 * -0.5, "hue": 0}
    )
    bob = floors.care_times_fame("bob", "tent")
    assert ann.top(1)[0].name == "comfort" and bob.top(1)[0].name == "fit"
    assert {piece.kind for piece in ann.evidence} == {"aspect"}
    assert (ann.user, ann.item) == ("ann", "tent")


def test_the_most_praised_aspect_is_never_one_that_is_blamed(floors):
    why = floors.most_praised("ann", "tent")
    assert weights(why) == {"comfort": 0.3, "fit": 0, "hue": 0.1}
    assert why.evidence == floors.most_praised("bob", "tent").evidence
    assert not any(weights(floors.most_praised("ann", "mat")).values())


def test_the_most_talked_of_aspect_takes_the_side_of_the_reviews(floors):
    why = floors.most_talked_of("bob", "tent")
    assert weights(why) == {"comfort": 0, "fit": -1, "hue": 2}
    # other tables' items and aspects change nothing
    other = pd.DataFrame({"item": ["pot", "mat"], "aspect": ["fit", "price"]})
    more = ReasonFloors(CARE, FAME, pd.concat([SAID, other]))
    assert more.most_talked_of("bob", "tent") == why


def test_what_is_even_counts_for_the_item_and_silence_for_nothing():
    said = pd.DataFrame({"item": ["mat"], "aspect": ["comfort"]})
    floors = ReasonFloors(CARE, FAME, said)
    even = floors.most_talked_of("ann", "mat")
    assert weights(even) == {"comfort": 1, "fit": 0, "hue": 0}
    nobody = floors.most_talked_of("ann", "tent")
    assert weights(nobody) == {"comfort": 0, "fit": 0, "hue": 0}


def test_every_floor_can_stand_in_a_test_of_true_reasons(floors):
    truth = {"comfort": 0.1, "fit": -0.7, "hue": 0.2}
    found = {}
    for name, explain in floors.each().items():
        why = explain("bob", "tent")
        assert why.method == name and len(why.evidence) == 3
        found[name] = reason_recovery(why, truth)["hit1"]
    assert found["care × fame"] == 1 and found["most praised"] == 0
    silent = floors.most_praised("bob", "mat")  # it can only guess
    assert reason_recovery(silent, truth)["hit1"] == pytest.approx(1 / 3)


def test_tables_in_another_order_of_columns_give_the_same(floors):
    turned = ReasonFloors(CARE[ASPECTS[::-1]], FAME, SAID)
    for name, explain in floors.each().items():
        assert turned.each()[name]("ann", "tent") == explain("ann", "tent")


@pytest.mark.parametrize("pair", [("zoe", "tent"), ("ann", "pot")])
def test_strangers_are_refused(floors, pair):
    with pytest.raises(DataError, match="has no row"):
        floors.care_times_fame(*pair)


def test_tables_of_different_aspects_are_refused():
    fame = FAME.rename(columns={"hue": "price"})
    with pytest.raises(DataError, match="only one .* hue, price"):
        ReasonFloors(CARE, fame, SAID)
    assert np.isfinite(ReasonFloors(CARE, FAME, SAID).lift).all(axis=None)
