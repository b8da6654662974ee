"""The shop run twice, with one thing otherwise."""

from dataclasses import replace

import numpy as np
import pytest

from recx_lib.core import DataError
from recx_lib.shop import HARSH, MIDDLE, World, simulate
from recx_lib.shop.notation import terms

pytestmark = pytest.mark.slow  # shops are simulated


@pytest.mark.parametrize("shop", [MIDDLE, HARSH])
def test_the_first_world_is_the_shop(shop):
    made = World.of(shop).reasons()
    wanted = simulate(shop)["reasons"]
    both = wanted.columns.difference(["review"])
    assert made[both].equals(wanted[both])


def warmer(people, goods):
    better = goods.quality.copy()
    column = list(terms()).index("warmth")
    better[better[:, column] != 0, column] = 90
    return people, replace(goods, quality=better)


def test_only_what_was_changed_and_what_follows_differs():
    world = World.of()
    before, after = world.reasons(), world.reasons(warmer)
    changed = {name for name in before if not before[name].equals(after[name])}
    assert changed == {
        "warmth",
        "winter",
        "dealbreaker",
        "noiseless",
        "rating",
    }
    column = list(terms()).index("warmth")
    had = world.goods.quality[world.visits["item"], column]
    taste = (after["warmth"] - before["warmth"]) / (0.9 - had / 100)
    tenths = (10 * taste[(had != 0) & (had != 90)]).to_numpy()
    assert np.allclose(tenths, tenths.round(), atol=1e-6)
    assert (
        after.loc[had == 0, "noiseless"] == before.loc[had == 0, "noiseless"]
    ).all()


def test_the_world_itself_is_not_changed_by_asking():
    world = World.of()
    first = world.reasons()
    world.reasons(warmer)
    assert world.reasons().equals(first)


def test_no_seed_below_zero():
    with pytest.raises(DataError, match="seed"):
        World.of(seed=-1)
