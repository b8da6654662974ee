"""Chapter 16: customers who see lists with sentences, and what they do.

Laws on record, as for ratings: who looks where, who clicks, buys, is pleased,
sends back, rates, believes and stays. The sentence moves the click and the
purchase; what a product is like moves how it pleases.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy.special import expit

from recx_lib.core.checks import as_idx, check_whole
from recx_lib.core.errors import DataError
from recx_lib.shop.law import MU
from recx_lib.shop.notation import terms
from recx_lib.shop.twin import World

NOBODY = -1  # the place of an aspect where no sentence stands


@dataclass(frozen=True)
class VisitLaw:
    """What moves a visitor; log-odds unless said otherwise.

    - `look`: the chance to go on from one place of the list to the next.
    - `click`: of a click on what is looked at, for a product that pleases as
      usual; `glance`: more for each star that it would please above that,
      since a listing shows something of it; `named`: more if the sentence
      names what the visitor cares about, times their trust.
    - `buy`, `inspect`, `believe`: the same three for buying after a click.
    - `luck`: standard deviation of how a product pleases, in stars;
      `let_down`: stars lost where the sentence praised what the product is
      bad at and the visitor cares about: a broken promise.
    - `back`: of sending back what pleases with three stars; each star more
      halves the odds twice. `rate`: the chance to rate what was bought.
    - `shaken`: the share of trust that a broken promise takes; `mended`: the
      share of what is missing that a week with a kept one gives back.
    - `tired`: the chance to leave for good in a week; `hurt`: more for each
      purchase of two stars or less.

    Raise DataError, naming the number, for a chance or share outside 0 … 1.

    >>> VisitLaw(look=1.5)
    Traceback (most recent call last):
    recx_lib.core.errors.DataError: look=1.5 must lie between 0 and 1
    """

    look: float = 0.75
    click: float = -2.5
    glance: float = 0.5
    named: float = 1.2
    buy: float = -1.0
    inspect: float = 0.7
    believe: float = 0.7
    luck: float = 0.7
    let_down: float = 1.0
    back: float = -1.5
    rate: float = 0.5
    shaken: float = 0.4
    mended: float = 0.1
    tired: float = 0.005
    hurt: float = 0.1

    def __post_init__(self):
        for name in ("look", "rate", "shaken", "mended", "tired", "hurt"):
            value = getattr(self, name)
            if not 0 <= value <= 1:
                raise DataError(f"{name}={value} must lie between 0 and 1")
        for field in fields(self):
            if not np.isfinite(getattr(self, field.name)):
                raise DataError(f"{field.name} must be a finite number")


LAW = VisitLaw()


@dataclass(frozen=True)
class Crowd:
    """The customers of a shop at one moment, and what there is to buy.

    Only `owned` and who is `here` are known to the shop.

    >>> crowd = Crowd.of(World.of())
    >>> crowd.pleases.shape, bool(crowd.here.all())
    ((600, 200), True)
    """

    taste: np.ndarray  # (n_users, n_aspects) stars per unit of quality
    quality: np.ndarray  # (n_items, n_aspects) from -1 to 1
    usual: np.ndarray  # (n_users,) the stars that a product usually gets
    b_i: np.ndarray  # (n_items,) how well liked, in stars
    owned: np.ndarray  # (n_users, n_items) whether one has it
    trust: np.ndarray  # (n_users,) in sentences, from 0 to 1
    here: np.ndarray  # (n_users,) whether one still comes

    @classmethod
    def of(cls, world: World) -> Crowd:
        """Return the crowd of a simulated shop: each owns what they reviewed,
        and trusts fully; tastes are those before any drift, aspects in the
        order of the alphabet, as in a profile.
        """
        people, goods, visits = world.people, world.goods, world.visits
        n_users, n_items = len(people.b_u), len(goods.b_i)
        owned = np.zeros((n_users, n_items), dtype=bool)
        owned[visits["user"], visits["item"]] = True
        order = np.argsort(list(terms()))
        taste = people.before[:, order] / 10
        quality = goods.quality[:, order] / 100
        usual, b_i = (MU + people.b_u) / 1000, goods.b_i / 1000
        trust, here = np.ones(n_users), np.ones(n_users, dtype=bool)
        return cls(taste, quality, usual, b_i, owned, trust, here)

    @property
    def pleases(self) -> np.ndarray:
        """How far each item would please above the usual, in stars
        (n_users, n_items): the shop's law without luck.
        """
        return self.b_i + self.taste @ self.quality.T

    @property
    def cares(self) -> np.ndarray:
        """Whether a user cares about an aspect (n_users, n_aspects): at least
        a star of taste.
        """
        return self.taste >= 1


class Chances(NamedTuple):
    """What is likely at every place of every list, (n_users, k) each."""

    click: np.ndarray  # of a click, looking included
    buy: np.ndarray  # of buying, after a click
    promise: np.ndarray  # 1 kept, -1 broken, 0 none that matters


def chances(crowd: Crowd, lists, named, law: VisitLaw = LAW) -> Chances:
    """Return what each visitor is likely to do with a list and its sentences.

    `lists` (n_users, k) holds item indices, the first place first; `named`
    (n_users, k) the aspect that each sentence praises, NOBODY where there is
    none. Raise DataError for other shapes and for what does not exist.

    >>> crowd = Crowd.of(World.of())
    >>> top = np.zeros((600, 1), dtype=int)
    >>> silent = chances(crowd, top, top + NOBODY)
    >>> spoken = chances(crowd, top, crowd.taste.argmax(axis=1)[:, None])
    >>> bool((spoken.click > silent.click).all())
    True
    """
    lists, named = as_lists(crowd, lists, named)
    user = np.arange(len(lists))[:, None]
    pleases = crowd.pleases[user, lists]  # (n_users, k)
    # 1. does the sentence name what they care about, and is it so?
    heard = (named != NOBODY) & crowd.cares[user, named]
    good = crowd.quality[lists, named] > 0
    promise = np.where(heard, np.where(good, 1, -1), 0)
    moved = crowd.trust[:, None] * heard
    # 2. look, then click, then buy
    look = law.look ** np.arange(lists.shape[1])  # (k,)
    clicks = law.click + law.glance * pleases + law.named * moved
    buys = law.buy + law.inspect * pleases + law.believe * moved
    return Chances(look * expit(clicks), expit(buys), promise)


def visit(
    crowd: Crowd, lists, named, law: VisitLaw = LAW, rng=0
) -> tuple[Crowd, pd.DataFrame]:
    """Return the crowd after a week, and the log: a row per place shown.

    The shop sees user, item, place, named, clicked, bought, returned and
    stars (NaN where nobody rated). On record besides: `chance` of the click,
    `felt` stars, and `promise`. Equal numbers of draws each time, so that two
    shops with one `rng` meet the same luck. Raise as `chances`.

    >>> first = np.zeros((600, 2), dtype=int)
    >>> crowd, log = visit(Crowd.of(World.of()), first, first)
    >>> len(log), int(log["clicked"].sum()) > 0
    (1200, True)
    """
    lists, named = as_lists(crowd, lists, named)
    rng = np.random.default_rng(rng)
    likely = chances(crowd, lists, named, law)
    clicks, buys, backs, rates = rng.random((4, *lists.shape))
    luck = law.luck * rng.standard_normal(lists.shape)
    # 1. who clicks and buys; nobody buys what they own
    user = np.arange(len(lists))[:, None]
    clicked = crowd.here[:, None] & (clicks < likely.click)
    bought = clicked & (buys < likely.buy) & ~crowd.owned[user, lists]
    # 2. how it pleases, and what becomes of it
    felt = crowd.usual[:, None] + crowd.pleases[user, lists] + luck
    felt = felt - law.let_down * (likely.promise < 0)
    odds = law.back - 2 * np.log(2) * (felt - 3)
    returned = bought & (backs < expit(odds))
    rated = bought & (rates < law.rate)
    stars = np.where(rated, np.clip(np.round(felt), 1, 5), np.nan)
    # 3. the crowd afterwards, and the record of those who came
    happened = {"clicked": clicked, "bought": bought, "returned": returned}
    record = {"stars": stars, "chance": likely.click, "felt": felt}
    record["promise"] = likely.promise
    after = afterwards(crowd, lists, likely.promise, bought, felt, law, rng)
    shown = {"item": lists, "named": named} | happened | record
    return after, log_table(crowd.here, shown)


def run_weeks(
    crowd: Crowd,
    choose: Callable[[Crowd, pd.DataFrame, np.random.Generator], tuple],
    n: int = 26,
    law: VisitLaw = LAW,
    seed: int = 0,
) -> tuple[Crowd, pd.DataFrame]:
    """Return the crowd after n weeks, and the log of all, a column `week`.

    `choose` takes the crowd, the log so far and random numbers of its own, and
    returns (lists, named); an honest shop looks at `owned` and the log alone.

    >>> def same(crowd, log, rng):
    ...     return np.zeros((600, 2), int), np.zeros((600, 2), int)
    >>> crowd, log = run_weeks(Crowd.of(World.of()), same, n=3)
    >>> log["week"].unique().tolist()
    [0, 1, 2]
    """
    check_whole(n=n)
    check_whole(0, seed=seed)
    # the shop's luck and the customers' luck do not mix
    shop, luck = np.random.default_rng(seed).spawn(2)
    log = pd.DataFrame()
    for week in range(n):
        # the shop shows, the customers react, the log grows
        lists, named = choose(crowd, log, shop)
        crowd, seen = visit(crowd, lists, named, law, luck)
        log = pd.concat([log, seen.assign(week=week)], ignore_index=True)
    return crowd, log


def shelves(scores, owned, k: int = 5) -> np.ndarray:
    """Return every user's k best items that they do not own, (n_users, k).

    `scores` and `owned` are (n_users, n_items). Of equal scores the lowest
    index wins. Raise DataError where somebody owns all but fewer than k.

    >>> shelves(np.array([[3.0, 2.0, 1.0]]), np.array([[1, 0, 0]]), k=2)
    array([[1, 2]])
    """
    owned = np.asarray(owned, dtype=bool)
    check_whole(k=k)
    if ((~owned).sum(axis=1) < k).any():
        poor = int(np.argmax((~owned).sum(axis=1) < k))
        raise DataError(f"user {poor} owns all but fewer than {k}: lower k")
    # what is owned comes last; ties stay in the items' order
    left = np.where(owned, -np.inf, scores)
    return np.argsort(-left, axis=1, kind="stable")[:, :k]


def as_lists(crowd: Crowd, lists, named) -> tuple[np.ndarray, np.ndarray]:
    """Return lists and aspects as integers; raise DataError as `chances`."""
    n_items, n_aspects = crowd.quality.shape
    lists = as_idx(lists, n_items, "item")
    named = np.asarray(named)
    if lists.ndim != 2 or named.shape != lists.shape:
        raise DataError(
            f"lists of shape {lists.shape}, aspects of {named.shape}: give "
            "both (n_users, k)"
        )
    if len(lists) != len(crowd.taste):
        n_users = f"for {len(crowd.taste)} users"
        raise DataError(f"{len(lists)} lists {n_users}: give one each")
    return lists, as_idx(named + 1, n_aspects + 1, "aspect") - 1


def afterwards(crowd, lists, promise, bought, felt, law, rng) -> Crowd:
    """Return who owns, trusts and stays after a week."""
    owned = crowd.owned.copy()
    user, place = np.nonzero(bought)
    owned[user, lists[user, place]] = True
    # 1. each broken promise takes from the trust, a week of kept ones gives
    broken = (bought & (promise < 0)).sum(axis=1)
    kept = (bought & (promise > 0)).any(axis=1)
    trust = crowd.trust * (1 - law.shaken) ** broken
    trust = trust + law.mended * kept * (1 - trust)
    # 2. who leaves: the tired, and those who were hurt
    hurt = (bought & (felt <= 2.5)).sum(axis=1)
    stays = (1 - law.tired) * (1 - law.hurt) ** hurt
    here = crowd.here & (rng.random(len(stays)) < stays)
    return replace(crowd, owned=owned, trust=trust, here=here)


def log_table(here: np.ndarray, shown: dict) -> pd.DataFrame:
    """Return a row per place shown to those who came."""
    n_users, k = shown["item"].shape
    user, place = np.divmod(np.arange(n_users * k), k)
    columns = {name: values.ravel() for name, values in shown.items()}
    table = pd.DataFrame({"user": user, "place": place} | columns)
    return table[here[user]].reset_index(drop=True)
