"""Chapter 20: small worlds in which six pulls decide what is chosen.

One law for all; a `Scenario` says how strong each pull is. Every choice is on
record with what pulled it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pandas as pd

from recx_lib.core.checks import check_whole
from recx_lib.core.errors import DataError
from recx_lib.data.reviews import Ids, Reviews

PULLS = ("taste", "fame", "newness", "order", "friends", "bait")
DAY = 86_400  # seconds


@dataclass(frozen=True)
class Scenario:
    """What moves a choice in one small world.

    The six pulls are in logits: what one standard deviation of it, or all of
    it, adds to a thing. `taste`: the person's care times the thing's aspects.
    `fame`: how well liked it is by all. `newness`: half of that is gone after
    `lifetime` days. `order`: it follows on what was chosen last. `friends`:
    how many friends have it. `bait`: its title promises more than it holds,
    which draws and does not please.

    `stars`: people rate what they chose; else only the choice is known.
    `alike`: how alike friends are. `levels` above 1 are prerequisites,
    `vetoed` the share of people whom some things harm, `party` how many
    travel together, `active` the chance of a choice on a day. Lists are
    marked by the last `horizon` days. `never`: what must not be said. Raise
    DataError for impossible numbers.

    >>> Scenario("news", "story", ("art", "sport"), newness=3.0, lifetime=2.0)
    ... # doctest: +ELLIPSIS
    Scenario(name='news', thing='story', ...)
    """

    name: str
    thing: str
    aspects: tuple[str, ...]
    taste: float = 1.5
    fame: float = 0.7
    newness: float = 0.0
    lifetime: float = np.inf
    order: float = 0.0
    friends: float = 0.0
    alike: float = 0.0
    bait: float = 0.0
    stars: bool = False
    levels: int = 1
    vetoed: float = 0.0
    party: int = 1
    active: float = 0.8
    days: int = 24
    horizon: int = 1
    n_users: int = 250
    n_things: int = 80
    never: str = ""

    def __post_init__(self):
        check_whole(1, levels=self.levels, party=self.party)
        check_whole(2, days=self.days, n_users=self.n_users)
        check_whole(2, n_things=self.n_things, aspects=len(self.aspects))
        for name in ("active", "vetoed", "alike"):
            share = getattr(self, name)
            if not 0 <= share <= 1:
                raise DataError(f"{name}={share} is a share: 0 to 1")
        if list(self.aspects) != sorted(set(self.aspects)):
            raise DataError(
                f"aspects {self.aspects}: name each once, in the order of the "
                "alphabet, since things are numbered by it"
            )
        if not self.lifetime > 0:
            raise DataError(f"lifetime={self.lifetime} days: above 0, or inf")


class Place(NamedTuple):
    """Who and what there is in a world, before anybody chooses."""

    care: np.ndarray  # (n_users, n_aspects), what each person looks for
    asked: np.ndarray  # (n_users, n_aspects), what each says of it: −2 … 2
    quality: np.ndarray  # (n_things, n_aspects), what each thing offers
    liked: np.ndarray  # (n_things,), by everybody alike
    baited: np.ndarray  # (n_things,), what the title promises too much
    born: np.ndarray  # (n_things,), its first day
    follows: np.ndarray  # (n_things, n_things), 1 where the second comes next
    needs: np.ndarray  # (n_things,), what has to be done before it; −1: none
    knows: np.ndarray  # (n_users, n_users), 1 for friends
    harms: np.ndarray  # (n_users, n_things), True where it does harm

    @property
    def catalogue(self) -> np.ndarray:
        """What is written of each thing, (n_things, n_aspects): its aspects in
        whole numbers, as a catalogue would have them.
        """
        return self.quality.round()


class Life(NamedTuple):
    """What happened in a world.

    `reviews` is what a recommender may see. `reasons`, one row a choice, is
    the truth: the columns of `PULLS` and `luck` say how much more each pulled
    than on the average thing that was open to the person. `reason` names the
    largest *pull*: luck, often larger, is nobody's reason, and is named only
    where no pull is above 0. `joy`: how it pleased, `harm`: whether it harmed.
    """

    scenario: Scenario
    place: Place
    reviews: Reviews
    reasons: pd.DataFrame


def draw_place(scenario: Scenario, seed: int) -> Place:
    """Return a world's people and things, drawn with `seed`."""
    rng = np.random.default_rng([seed, 20])
    n_users, n_things = scenario.n_users, scenario.n_things
    n_aspects = len(scenario.aspects)
    # 1. each thing has one aspect above all; things are sorted by it
    quality = rng.normal(0, 0.5, (n_things, n_aspects))
    quality[np.arange(n_things), rng.integers(0, n_aspects, n_things)] += 1.5
    quality = quality[quality.argmax(axis=1).argsort(kind="stable")]
    theme = quality.argmax(axis=1)
    # 2. people in circles; friends are of one circle, and as alike as said
    circle = np.arange(n_users) // 10
    own = rng.normal(size=(n_users, n_aspects))
    shared = rng.normal(size=(circle.max() + 1, n_aspects))[circle]
    care = np.sqrt(1 - scenario.alike) * own
    care += np.sqrt(scenario.alike) * shared
    knows = (circle[:, None] == circle) & ~np.eye(n_users, dtype=bool)
    # 3. when things appear, what follows on what, what is needed first
    born = np.zeros(n_things, dtype=int)
    if np.isfinite(scenario.lifetime):
        born = rng.integers(0, scenario.days, n_things)
        born[rng.permutation(n_things)[: n_things // 6]] = 0
    follows = np.zeros((n_things, n_things))
    for row in follows:
        row[rng.permutation(n_things)[:3]] = 1.0
    # 4. what harms whom
    risky = rng.random(n_things) < 0.15
    weak = rng.random(n_users) < scenario.vetoed
    liked, baited = rng.normal(size=(2, n_things))
    needs = _prerequisites(rng, theme, scenario.levels)
    harms = weak[:, None] & risky
    # 5. what people say that they care for, in a form with five answers
    asked = (care + rng.normal(size=care.shape)).round().clip(-2, 2)
    return Place(
        care, asked, quality, liked, baited, born, follows, needs, knows, harms
    )


def _prerequisites(
    rng: np.random.Generator, theme: np.ndarray, levels: int
) -> np.ndarray:
    """Return what each thing needs first: one of its theme, a level below."""
    needs = np.full(len(theme), -1)
    level = rng.integers(0, levels, len(theme))
    for thing in np.flatnonzero(level):
        below = (theme == theme[thing]) & (level == level[thing] - 1)
        if below.any():
            needs[thing] = rng.choice(np.flatnonzero(below))
    return needs


def _names(scenario: Scenario, theme: np.ndarray) -> list[str]:
    """Return one name a thing, "sport story 07": its theme, and a number.

    In the order of the alphabet, since themes are sorted.
    """
    wide = len(str(len(theme)))
    words = [scenario.aspects[a] for a in theme]
    return [
        f"{word} {scenario.thing} {n:0{wide}d}" for n, word in enumerate(words)
    ]


def tastes(place: Place) -> np.ndarray:
    """Return how each thing suits each person, (n_users, n_things): the sum
    over the aspects of care times quality, of about unit spread.
    """
    return place.care @ place.quality.T / np.sqrt(place.care.shape[1] * 0.7)


def pulls(
    scenario: Scenario, place: Place, has: np.ndarray, last: np.ndarray, day
) -> np.ndarray:
    """Return how much each pull adds to each thing for each person.

    (6, n_users, n_things), in the order of `PULLS`. `has` (n_users, n_things)
    is what people chose so far, `last` (n_users,) the latest of it, −1 where
    there is none.
    """
    shape = has.shape
    taste = tastes(place)
    age = np.maximum(day - place.born, 0)
    newness = np.broadcast_to(0.5 ** (age / scenario.lifetime), shape)
    order = place.follows[last] * (last >= 0)[:, None]
    friends = np.log1p(place.knows @ has)
    fame = np.broadcast_to(place.liked, shape)
    bait = np.broadcast_to(place.baited, shape)
    parts = [taste, fame, newness, order, friends, bait]
    strength = [getattr(scenario, name) for name in PULLS]
    return np.array(strength)[:, None, None] * np.array(parts)


def live(scenario: Scenario, seed: int = 0) -> Life:
    """Let everybody choose, day by day, and return what happened.

    On each day a person who is active takes the one thing, of those that are
    out, that they have not had, and whose prerequisite they have, for which
    the pulls and a Gumbel draw of luck are largest (the multinomial logit:
    McFadden, 1974). The same seed gives the same people, things and luck:
    scenarios that differ in nothing but the strength of pulls are twins.

    >>> life = live(Scenario("x", "mug", ("blue", "red"), days=5), seed=1)
    >>> len(life.reviews) == len(life.reasons)
    True
    """
    place = draw_place(scenario, seed)
    rng = np.random.default_rng([seed, 21])
    has = np.zeros(place.harms.shape)  # (n_users, n_things)
    last = np.full(len(has), -1)
    found_out = []
    for day in range(scenario.days):
        luck = rng.gumbel(size=has.shape)
        is_active = rng.random(len(has)) < scenario.active
        # 1. what is open to whom
        is_open = (has == 0) & (place.born <= day) & _ready(place, has)
        users = np.flatnonzero(is_active & is_open.any(axis=1))
        # 2. the largest sum of pulls and luck
        parts = [*pulls(scenario, place, has, last, day), luck]
        pulled = np.array(parts)[:, users]  # (7, n, n_things)
        utility = np.where(is_open[users], pulled.sum(axis=0), -np.inf)
        chosen = utility.argmax(axis=1)
        # 3. on record; then everybody has it, at the end of the day
        why = _beyond_usual(pulled, is_open[users], chosen)
        found_out.append(_record(day, users, chosen, why, place))
        has[users, chosen] = 1.0
        last[users] = chosen
    return _as_life(scenario, place, pd.concat(found_out), rng)


def _ready(place: Place, has: np.ndarray) -> np.ndarray:
    """Return (n_users, n_things): is there nothing that one needs first?"""
    return (place.needs < 0) | (has[:, place.needs] > 0)


def _beyond_usual(pulled, is_open, chosen) -> np.ndarray:
    """Return each pull on what was chosen less that on a usual thing, (7, n);
    the usual one is the mean of what was open.
    """
    usual = (pulled * is_open).sum(axis=2) / is_open.sum(axis=1)
    return pulled[:, np.arange(len(chosen)), chosen] - usual


def _record(day, users, chosen, why, place: Place) -> pd.DataFrame:
    """Return a day's choices, one row each, by numbers."""
    rows = pd.DataFrame(why.T, columns=[*PULLS, "luck"])
    rows.insert(0, "day", day)
    rows.insert(0, "thing", chosen)
    rows.insert(0, "person", users)
    rows["harm"] = place.harms[users, chosen]
    return rows


def _as_life(
    scenario: Scenario, place: Place, rows: pd.DataFrame, rng
) -> Life:
    """Return the record with its reasons, and the table made of it."""
    # 1. the largest pull; bait draws, and disappoints
    rows = rows.reset_index(drop=True)
    largest = rows[list(PULLS)].max(axis=1)
    named = rows[list(PULLS)].idxmax(axis=1)
    rows["reason"] = named.where(largest > 0, "luck")
    rows["joy"] = rows["taste"] + rows["fame"] - rows["bait"]
    # 2. stars, where people give them
    stars = 3.5 + 0.5 * rows["joy"] + rng.normal(0, 0.5, len(rows))
    rating = stars.round().clip(1, 5) if scenario.stars else 1.0
    # 3. names that sort as people and things are numbered
    people = [f"u{n:04d}" for n in range(scenario.n_users)]
    things = _names(scenario, place.quality.argmax(axis=1))
    frame = pd.DataFrame({"user": np.take(people, rows["person"])})
    frame["item"] = np.take(things, rows["thing"])
    frame["rating"] = np.broadcast_to(rating, len(rows)).astype(float)
    frame["timestamp"] = DAY * rows["day"] + rows["person"]
    frame["text"] = ""
    frame = frame.rename_axis("review")
    names = Ids(people), Ids(things)
    return Life(
        scenario, place, Reviews(frame, *names, thing=scenario.thing), rows
    )
