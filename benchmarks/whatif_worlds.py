"""Would it come true? Model and world about the same change, on three shops.

`python -m benchmarks.whatif_worlds` asks chapter 2's linear profile model, for
every held-out pair, which one aspect of the product, made as good as the best
of its kind, would please the customer most; and which one taste, were it gone,
would cost most stars. Each shop is then run again with that change and the
same luck (`recx_lib.shop.World`). Beside the model: simpler rules, a draw, and
a change of the very same size in an aspect that is drawn. Then another product
is shown in the place of what was bought, one of ten that are drawn, and the
shop says what this customer would have given it; so are the two products of
EASE's counterfactual sentence, the one that stands first and the one instead.
For ten aspects it estimates what the aspect does to the stars from the table
alone, four ways, beside the effect found by running the shop twice. Intervals
draw customers, or aspects. Writes book/results/whatif-worlds.json.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial

import numpy as np
import pandas as pd

from benchmarks.tidy import over, row, run_sets
from benchmarks.whatif import contest
from recx_lib.data import (
    Reviews,
    item_profile,
    load_reviews,
    mine_reviews,
    split_random,
    user_profile,
)
from recx_lib.explain import (
    adjusted_effect,
    doubly_robust_effect,
    naive_effect,
    swap_by_sorting,
    weighted_effect,
)
from recx_lib.recommend import EASE, LinearProfile
from recx_lib.shop import World
from recx_lib.shop.notation import terms
from recx_lib.shop.settings import SHOPS

NAME = "whatif-worlds"
DATA = {"shop-kind": "kind", "shop": "middle", "shop-harsh": "harsh"}
SPLIT = "seed 0"
N_SHOWN = 10  # products, drawn, of which one is shown instead
SOURCES = (
    "recx_lib/shop/*.py",
    "recx_lib/explain/causes.py",
    "recx_lib/explain/counterfactual.py",
    "recx_lib/recommend/linear.py",
    "recx_lib/data/profiles.py",
    "benchmarks/whatif_worlds.py",
)  # the figures depend on these


@dataclass(frozen=True)
class Place:
    """A shop, its world, and what the model has learned of it."""

    shop: Reviews
    held: Reviews
    model: LinearProfile
    world: World
    column: list[int]  # of each of the model's aspects, in the world
    kind: np.ndarray  # of each product, its category

    @classmethod
    def of(cls, data: str) -> Place:
        """Load, split, fit, and draw the world of the same shop."""
        shop = load_reviews(data)
        learn, held = split_random(shop, 0.2, seed=0)
        model = fitted(learn)
        column = [list(terms()).index(name) for name in model.aspects_]
        kind = np.array([shop.tags[item][0] for item in shop.items.raw])
        world = World.of(SHOPS[DATA[data]])
        return cls(shop, held, model, world, column, kind)

    def quality(self) -> np.ndarray:
        """What the products are, in hundredths, (n_items, n_aspects)."""
        return self.world.goods.quality[:, self.column]

    def matters(self) -> np.ndarray:
        """Which aspects a product's category has, (n_items, n_aspects)."""
        return best_of_kind(np.abs(self.quality()), self.kind) > 0

    def stars(self, do=None) -> np.ndarray:
        """The held-out pairs' stars before rounding, `do` done."""
        made = self.world.reasons(do).set_index("review")
        return made.loc[self.held.frame.index, "noiseless"].to_numpy()


def fitted(train: Reviews) -> LinearProfile:
    """Return the linear profile model of some reviews."""
    mentions = mine_reviews(train)
    profiles = user_profile(mentions, train), item_profile(mentions, train)
    return LinearProfile().fit(train, *profiles)


def best_of_kind(values: np.ndarray, kind: np.ndarray) -> np.ndarray:
    """Return, for every product, its category's largest value per column."""
    return pd.DataFrame(values).groupby(kind).transform("max").to_numpy()


def improve(place: Place, aspect: int, people, goods):
    """Return a world in which an aspect is as good as its category's best."""
    better, column = goods.quality.copy(), place.column[aspect]
    rows = place.matters()[:, aspect]
    finest = best_of_kind(place.quality(), place.kind)
    better[rows, column] = finest[rows, aspect]
    return people, replace(goods, quality=better)


def forget(place: Place, aspect: int, people, goods):
    """Return a world in which nobody cares for an aspect."""
    before, after = people.before.copy(), people.after.copy()
    for taste in (before, after):
        taste[:, place.column[aspect]] = 0
    return replace(people, before=before, after=after), goods


def changes(place: Place, do) -> np.ndarray:
    """Return what `do` to each aspect adds to the stars of the held-out
    pairs, (n, n_aspects).
    """
    whole = place.stars()
    made = []
    for aspect in range(len(place.column)):
        made.append(place.stars(partial(do, place, aspect)) - whole)
    return np.column_stack(made)


def picks(place: Place, do) -> dict[str, np.ndarray]:
    """Return the aspect that each rule names for every held-out pair."""
    model = place.model
    u, i = place.held.user_idx, place.held.item_idx
    can = place.matters()[i]
    per_star = (model.coef_ / model.scale_)[:-2]
    care, named = model.U_[u], model.V_[i]
    if do is improve:
        there = best_of_kind(model.V_, place.kind)[i] - named
    else:  # a taste that is gone takes what it brought; the dearest first
        there = named
    rng = np.random.default_rng(0)
    drawn = [rng.choice(np.flatnonzero(row)) for row in can]
    off = np.where(can, 0.0, -np.inf)
    return {
        "recx:linear-profile": (per_star * care * there + off).argmax(axis=1),
        "floor:care-times-named": (care * there + off).argmax(axis=1),
        "floor:care": (care + off).argmax(axis=1),
        "floor:random": np.array(drawn),
    }


def come_true(data: str, place: Place) -> list[dict]:
    """Return how often each rule's change helps, and helps most."""
    rows = []
    for do, alike, sign, setting in (
        (improve, raise_by, 1, "do(quality)"),
        (forget, lower_by, -1, "do(taste)"),
    ):
        worth = sign * changes(place, do)
        named = picks(place, do)
        rows += marked(data, place, setting, worth, named)
        moved = sign * of_the_same_size(place, alike, named)
        for metric, marks in (
            ("comes_true", moved > 0),
            ("stars_more", moved),
        ):
            key = data, SPLIT, "floor:random, same size", metric
            found = over(marks, place.held.user_idx)
            rows.append(row(*key, setting=setting, **found))
    return rows + shown_instead(data, place) + sentences(data, place)


def marked(data: str, place: Place, setting: str, worth, named) -> list[dict]:
    """Return the rows of some picks: `worth` (n, n_choices) is in stars."""
    rows, most = [], worth.max(axis=1)
    for name, picked in named.items():
        there = worth[np.arange(len(worth)), picked]
        key = data, SPLIT, name
        for metric, marks in (
            ("comes_true", there > 0),
            ("most", np.isclose(there, most) & (there > 0)),
        ):
            found = over(marks, place.held.user_idx)
            rows.append(row(*key, metric, setting=setting, **found))
        found = over(there, place.held.user_idx)
        rows.append(row(*key, "stars_more", setting=setting, **found))
    return rows


def raise_by(place: Place, size: int, aspect: int, people, goods):
    """Return a world in which an aspect is better by as much as `size` lacks
    to its category's best.
    """
    better, rows = goods.quality.copy(), place.matters()[:, aspect]
    finest = best_of_kind(place.quality(), place.kind)
    lacks = finest[:, size] - place.quality()[:, size]
    better[rows, place.column[aspect]] += lacks[rows]
    return people, replace(goods, quality=better)


def lower_by(place: Place, size: int, aspect: int, people, goods):
    """Return a world in which everybody cares for an aspect less by as much
    as they care for `size`.
    """
    before, after = people.before.copy(), people.after.copy()
    for taste in (before, after):
        taste[:, place.column[aspect]] -= taste[:, place.column[size]]
    return replace(people, before=before, after=after), goods


def of_the_same_size(place: Place, alike, named) -> np.ndarray:
    """Return what a change as large as the model's adds to the stars, (n,), in
    another aspect, drawn among those that the product has.
    """
    picked, rng = named["recx:linear-profile"], np.random.default_rng(1)
    can = place.matters()[place.held.item_idx]
    can[np.arange(len(can)), picked] = False
    drawn = np.array([rng.choice(np.flatnonzero(one)) for one in can])
    whole, moved = place.stars(), np.zeros(len(picked))
    for size, aspect in set(zip(picked.tolist(), drawn.tolist(), strict=True)):
        mine = (picked == size) & (drawn == aspect)
        twin = place.stars(partial(alike, place, size, aspect))
        moved[mine] = (twin - whole)[mine]
    return moved


def shown(place: Place, items: np.ndarray) -> np.ndarray:
    """Return the stars of the held-out pairs, had these products been shown
    and bought instead, (n,): the same customers, days and luck.
    """
    visits = place.world.visits.copy()
    at = place.held.frame.index.get_indexer(visits["review"])
    visits.loc[at >= 0, "item"] = items[at[at >= 0]]
    return replace(place, world=replace(place.world, visits=visits)).stars()


def shown_instead(data: str, place: Place) -> list[dict]:
    """Return how often the product that a rule names would have pleased more
    than what was bought, had it been shown and bought instead: do(shown).
    """
    model, rng = place.model, np.random.default_rng(2)
    u = place.held.user_idx
    offered = np.array([unbought(place, user, rng) for user in u])
    worth = [shown(place, item) - place.stars() for item in offered.T]
    fame = np.bincount(place.shop.item_idx, minlength=place.shop.n_items)
    scores = np.array([model.score(user) for user in range(len(model.U_))])
    named = {
        "recx:linear-profile": scores[u[:, None], offered].argmax(axis=1),
        "floor:popular": fame[offered].argmax(axis=1),
        "floor:random": np.zeros(len(u), dtype=int),
    }
    return marked(data, place, "do(shown)", np.column_stack(worth), named)


def sentences(data: str, place: Place) -> list[dict]:
    """Return how often a customer would like what EASE's counterfactual
    sentence puts first better than what it names instead, and than a product
    drawn.
    """
    learn, _ = split_random(place.shop, 0.2, seed=0)
    ease, rng, said = EASE().fit(learn), np.random.default_rng(3), {}
    for user in range(learn.n_users):
        swap = swap_by_sorting(contest(ease, learn, user))
        if swap:
            said[user] = learn.items.idx([swap.item, swap.instead])
    u = place.held.user_idx
    told = np.array([user in said for user in u])
    drawn = np.array([unbought(place, user, rng)[0] for user in u])
    pairs = np.array([said.get(user, (0, 0)) for user in u])
    stars = [shown(place, items)[told] for items in (*pairs.T, drawn)]
    rows = []
    for name, other in (("recx:counterfactual", 1), ("floor:random", 2)):
        found = over(stars[0] > stars[other], u[told])
        key = data, SPLIT, name, "comes_true"
        rows.append(row(*key, setting="sentence, do(shown)", **found))
    return rows


def unbought(place: Place, user: int, rng) -> np.ndarray:
    """Return ten products that a customer never bought, drawn."""
    own = place.shop.item_idx[place.shop.user_idx == user]
    left = np.setdiff1d(np.arange(place.shop.n_items), own)
    return rng.choice(left, N_SHOWN, replace=False)


def study(place: Place, whole: LinearProfile, aspect: int):
    """Return stars, treatment, the true effect and three tables of covariates
    for products above the median of an aspect against the others.
    """
    world, quality, column = place.world, place.quality(), place.column
    has = quality[:, aspect] != 0
    high = has & (quality[:, aspect] > np.median(quality[has, aspect]))
    mine = has[place.shop.item_idx]
    u, i = place.shop.user_idx[mine], place.shop.item_idx[mine]
    twins = []
    for group in (high, has & ~high):
        level = round(quality[group, aspect].mean())
        do = partial(set_to, column[aspect], has, level)
        twin = world.reasons(do).set_index("review")
        twins.append(twin.loc[place.shop.frame.index[mine], "rating"])
    others = np.arange(len(column)) != aspect
    other, taste = quality[i][:, others], world.people.before[:, column] / 10
    bias = world.goods.b_i[i]
    record = [taste[u], other, bias, taste[u][:, others] * other]
    known = {
        "customer": np.column_stack([whole.U_[u], whole.b_u_[u]]),
        "product": whole.V_[i][:, others],
        "record": np.column_stack(record),
    }
    truth = float((twins[0] - twins[1]).mean())
    return place.shop.rating[mine], high[i], truth, known


def set_to(column: int, rows: np.ndarray, level: int, people, goods):
    """Return a world in which some products have one quality alike."""
    other = goods.quality.copy()
    other[rows, column] = level
    return people, replace(goods, quality=other)


def causes(data: str, place: Place) -> list[dict]:
    """Return by how much each estimate is off, over the aspects."""
    whole = fitted(place.shop)
    off: dict[tuple[str, str], list[float]] = {}
    for aspect in range(len(place.column)):
        y, treated, truth, known = study(place, whole, aspect)
        naive = naive_effect(treated, y)
        off.setdefault(("floor:naive", ""), []).append(abs(naive - truth))
        for table, X in known.items():
            for estimate in (
                adjusted_effect,
                weighted_effect,
                doubly_robust_effect,
            ):
                name = f"recx:{estimate.__name__.replace('_', '-')}"
                error = abs(estimate(treated, y, X) - truth)
                off.setdefault((name, f"given {table}"), []).append(error)
    rows = []
    for (name, setting), errors in off.items():
        found = over(errors)
        key = data, SPLIT, name, "off_by_stars"
        rows.append(row(*key, setting=setting, **found))
    return rows


def measure(data: str) -> list[dict]:
    """Return the rows of one shop."""
    place = Place.of(data)
    return come_true(data, place) + causes(data, place)


def main() -> None:
    """Measure, write the results, print the table."""
    run_sets(NAME, tuple(DATA), measure, SOURCES)


if __name__ == "__main__":
    main()
