"""Chapter 14: the shop run a second time, with one thing otherwise."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pandas as pd

from recx_lib.core.checks import check_whole
from recx_lib.shop.draws import stream
from recx_lib.shop.law import (
    Goods,
    People,
    draw_people,
    ratings_of,
    reasons_for,
)
from recx_lib.shop.settings import MIDDLE, ShopSettings
from recx_lib.shop.simulator import SEED, draw_goods, draw_visits


@dataclass(frozen=True)
class World:
    """The shop before anything is written: who, what, and who bought what."""

    people: People
    goods: Goods
    visits: pd.DataFrame  # a row per review: review, pair, user, item, …
    state: dict  # of the random numbers that come next: the noise
    settings: ShopSettings
    seed: int

    @classmethod
    def of(cls, settings: ShopSettings = MIDDLE, seed: int = SEED) -> World:
        """Draw the world of `simulate(settings, seed)`.

        Raise DataError for a seed below zero.

        >>> world = World.of()
        >>> len(world.visits) == len(world.reasons())
        True
        """
        check_whole(0, seed=seed)
        rng = stream(seed)
        people = draw_people(rng, settings)
        goods = draw_goods(rng, settings)
        visits = draw_visits(rng, people, goods, settings)
        # luck from here on is the same in every rerun
        state = rng.bit_generator.state
        return cls(people, goods, visits, state, settings, seed)

    def reasons(
        self,
        do: Callable[[People, Goods], tuple[People, Goods]] | None = None,
    ) -> pd.DataFrame:
        """Return every term of every rating, in stars, a row per visit.

        `do` takes people and goods and returns them with something otherwise:
        the same customers buy the same things on the same days, with the same
        luck; only what `do` changed, and what follows from it, is different
        (Pearl, 2009, "Causality", section 7.1: the same noise in both worlds).
        Column `rating` holds the stars that would be given.

        >>> world = World.of()
        >>> before, again = world.reasons(), world.reasons(lambda p, g: (p, g))
        >>> before.equals(again)
        True
        """
        people, goods = self.people, self.goods
        # 1. Change one thing, and nothing else.
        if do is not None:
            people, goods = do(people, goods)
        # 2. The same luck as the first time.
        rng = stream(self.seed)
        rng.bit_generator.state = self.state
        made = reasons_for(
            rng, people, goods, self.visits, self.settings, self.seed
        )
        # 3. In stars.
        stars = made.drop(columns="review") / 1000
        columns = {"review": made["review"], "rating": ratings_of(made)}
        return stars.assign(**columns)
