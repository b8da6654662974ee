"""Chapter 1: the simulated shop's law: how taste makes a rating.

A rating is mu + b_u + b_i + the sum over aspects of taste[u, aspect] *
quality[i, aspect] + noise, rounded and clipped to 1–5. Tastes are whole
tenths, qualities whole hundredths, everything else whole thousandths of a
star: sums are exact, and the same everywhere. `recx_lib.shop.beyond` says what
a less obliging shop adds.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from recx_lib.shop.beyond import beyond_taste, effects
from recx_lib.shop.catalogue import STYLES
from recx_lib.shop.draws import near_normal, ranks, stream, whole
from recx_lib.shop.notation import categories, terms
from recx_lib.shop.settings import MIDDLE, ShopSettings

N_USERS = 600


START = 1_609_459_200  # 1 January 2021, in seconds


SPAN = 3 * 365 * 86_400  # three years


MU = 3700  # thousandths of a star


# how often an aspect is among a user's favourites
CARED_FOR = {
    "weight": 1.2,
    "waterproofing": 1.3,
    "comfort": 1.6,
    "durability": 1.3,
    "capacity": 1.2,
    "warmth": 1.1,
    "setup": 1.0,
    "fit": 1.1,
    "quietness": 0.4,
    "value": 1.2,
}


@dataclass(frozen=True)
class People:
    """The shop's users, one row each."""

    before: np.ndarray  # (n_users, n_aspects) tastes, in tenths
    after: np.ndarray  # (n_users, n_aspects) the same after a drift
    drifts: np.ndarray  # (n_users,) whether there is one
    turn: np.ndarray  # (n_users,) when it comes, in seconds
    joined: np.ndarray  # (n_users,) when the first review may be written
    b_u: np.ndarray  # (n_users,) how generous, in thousandths
    leaning: np.ndarray  # (n_users, n_categories) some camp, some run
    style: np.ndarray  # (n_users,) of writing
    n_reviews: np.ndarray  # (n_users,)


@dataclass(frozen=True)
class Goods:
    """The shop's items, one row each."""

    category: np.ndarray  # (n_items,) codes
    title: list[str]
    quality: np.ndarray  # (n_items, n_aspects), in hundredths
    b_i: np.ndarray  # (n_items,) how well liked, in thousandths
    fame: np.ndarray  # (n_items,) log of how often it is looked at
    launched: np.ndarray  # (n_items,) in seconds


def draw_people(
    rng: np.random.Generator, settings: ShopSettings = MIDDLE
) -> People:
    """Draw the users: one in five changes taste at some time.

    >>> from recx_lib.shop.draws import stream
    >>> draw_people(stream(7)).before.shape
    (600, 10)
    """
    # two tastes for each; most people keep the first
    before = draw_tastes(rng)
    after = draw_tastes(rng)
    drifts = rng.random(N_USERS) < 0.2
    # whole numbers from here on: the same on every machine
    turn = START + whole(SPAN * (0.4 + 0.3 * rng.random(N_USERS)))
    joined = START + whole(SPAN * 0.6 * rng.random(N_USERS) ** 2)
    b_u = whole(1000 * settings.user_bias * near_normal(rng, N_USERS))
    leaning = 1.3 * near_normal(rng, N_USERS, len(categories()))
    style = (rng.random(N_USERS) * len(STYLES)).astype(int)
    # most write a few reviews, a few write many
    more = whole(np.exp(2.8 + 0.7 * near_normal(rng, N_USERS)))
    n_reviews = np.minimum(5 + more, 110)
    after[~drifts] = before[~drifts]
    style = np.array(STYLES)[style]
    return People(
        before, after, drifts, turn, joined, b_u, leaning, style, n_reviews
    )


def draw_tastes(rng: np.random.Generator) -> np.ndarray:
    """Draw tastes in tenths, (n_users, n_aspects): two to four aspects matter
    much to a user, the others little, now and then below zero.

    >>> from recx_lib.shop.draws import stream
    >>> tastes = draw_tastes(stream(7))
    >>> int(tastes.min()), int(tastes.max())
    (-2, 24)
    """
    shape = (N_USERS, len(terms()))
    size = (1 + 2 * rng.random(shape)).astype(int)
    little = size * np.where(rng.random(shape) < 0.08, -1, 1)
    much = 12 + (13 * rng.random(shape)).astype(int)
    # which aspects matter much: a race that the popular ones tend to win
    cared_for = np.array([CARED_FOR[aspect] for aspect in terms()])
    finish = -np.log(rng.random(shape)) / cared_for
    n_much = 2 + (3 * rng.random((N_USERS, 1)) ** 1.5).astype(int)
    return np.where(ranks(finish) < n_much, much, little)


def draw_qualities(
    rng: np.random.Generator,
    category: np.ndarray,
    settings: ShopSettings = MIDDLE,
) -> np.ndarray:
    """Draw qualities in hundredths, (n_items, n_aspects), 0 where the aspect
    says nothing of the item's category, and nowhere else.

    >>> from recx_lib.shop.draws import stream
    >>> quality = draw_qualities(stream(7), np.array(["tent"]))
    >>> int(quality[0, list(terms()).index("fit")])
    0
    """
    # 1. Which aspects apply to which kind of product.
    said_of = {code: kind["aspects"] for code, kind in categories().items()}
    matters = np.zeros((len(category), len(terms())), dtype=bool)
    for column, aspect in enumerate(terms()):
        matters[:, column] = [aspect in said_of[code] for code in category]
    # 2. How good each is, a little above the middle.
    spread = 100 * settings.spread
    quality = whole(4 + spread * near_normal(rng, *matters.shape))
    quality = np.clip(quality, -100, 100)
    # 0 means "does not apply", so nothing is exactly so-so
    quality[quality == 0] = 1
    return np.where(matters, quality, 0)


def reasons_for(
    rng: np.random.Generator,
    people: People,
    goods: Goods,
    visits: pd.DataFrame,
    settings: ShopSettings,
    seed: int,
) -> pd.DataFrame:
    """Return every term of every rating, in thousandths, a row per visit; an
    edited review keeps the terms of the first.
    """
    user, item = visits["user"].to_numpy(), visits["item"].to_numpy()
    # 1. the taste of the time: (n_visits, n_aspects)
    late = visits["written"].to_numpy() >= people.turn[user]
    taste = people.before[user]
    taste[late] = people.after[user[late]]
    # 2. the terms: tenths times hundredths are exact thousandths
    quality = goods.quality[item]
    moved = pd.DataFrame(taste * quality, columns=list(terms()))
    own = stream(seed, 1)
    beyond = beyond_taste(own, settings, visits, quality, moved)
    first = pd.DataFrame({"review": visits["review"], "mu": MU})
    biases = {"b_u": people.b_u[user], "b_i": goods.b_i[item]}
    parts = [first, beyond, pd.DataFrame(biases), moved]
    table = pd.concat(parts, axis=1)
    # 3. their sum, and what no model can know, once for each pair
    table["noiseless"] = table.iloc[:, 1:].sum(axis=1)
    n_pairs = int(visits["pair"].max()) + 1
    noise = whole(1000 * settings.noise * near_normal(rng, n_pairs))
    table["noise"] = noise[visits["pair"]]
    return table


def ratings_of(reasons: pd.DataFrame) -> pd.Series:
    """Return the ratings that the reasons (in thousandths) make.

    >>> made = pd.DataFrame({"noiseless": [3700, 9000], "noise": [-250, 0]})
    >>> ratings_of(made).tolist()
    [3, 5]
    """
    thousandths = reasons["noiseless"] + reasons["noise"]
    return np.clip((thousandths + 500) // 1000, 1, 5)


def top_reason(reasons: pd.DataFrame, margin: float = 0.1) -> pd.DataFrame:
    """Return, per review, the aspect that moved the rating most, its effect in
    stars (column `term`), and whether that is clear.

    `reasons` has one column per aspect between `b_i` and `noiseless`; to its
    term counts what else an aspect caused, see `beyond.effects`. A reason is
    clear when its absolute effect exceeds the second by at least `margin`
    stars. Ties go to the aspect that comes first.

    >>> one = {"review": [3], "b_i": [0.2], "fit": [0.3], "value": [-0.5]}
    >>> top_reason(pd.DataFrame(one).assign(noiseless=4.0)).to_dict("records")
    [{'aspect': 'value', 'term': -0.5, 'clear': True}]
    """
    table = reasons.set_index("review") if "review" in reasons else reasons
    moved = effects(table)
    # whole thousandths: no tie is broken by rounding
    size = np.round(1000 * moved.abs().to_numpy()).astype(int)
    top = size.argmax(axis=1)
    # clear, where it is ahead of the second by the margin
    ordered = np.sort(size, axis=1)
    ahead = ordered[:, -1] - ordered[:, -2]
    found = pd.DataFrame(index=table.index)
    found["aspect"] = moved.columns.to_numpy()[top]
    found["term"] = moved.to_numpy()[np.arange(len(moved)), top]
    found["clear"] = ahead >= round(1000 * margin)
    return found
