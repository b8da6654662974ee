"""Chapter 1: Trailhead, a simulated shop in which the true reason for every
rating is recorded.

Who the users are, what they buy and when, and what is written about it: the
tables of data/shop, bit for bit the same everywhere.
`python -m recx_lib.shop` writes them anew; `recx_lib.shop.law` says how taste
makes a rating.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from recx_lib.core.checks import check_whole
from recx_lib.core.errors import DataError
from recx_lib.shop.catalogue import LINES
from recx_lib.shop.dirt import DIRT, soil
from recx_lib.shop.draws import near_normal, ranks, shuffled, stream, whole
from recx_lib.shop.law import (
    N_USERS,
    SPAN,
    START,
    Goods,
    People,
    draw_people,
    draw_qualities,
    ratings_of,
    reasons_for,
)
from recx_lib.shop.notation import categories, terms
from recx_lib.shop.reviewers import write_reviews
from recx_lib.shop.settings import MIDDLE, ShopSettings
from recx_lib.shop.topics import mentioned

SEED = 7


DAY = 86_400  # seconds


FOLDER = Path(__file__).resolve().parents[2] / "data" / "shop"


def simulate(
    settings: ShopSettings = MIDDLE, seed: int = SEED
) -> dict[str, pd.DataFrame]:
    """Return the shop's tables by name: users, items, aspects, tastes,
    qualities, reviews, reasons, mentions, dirt.

    `reviews` is raw: `dirt` counts the rows that cleaning must mend or drop.
    In `reasons`, for every review, all columns from mu to the last aspect add
    up to noiseless exactly (compare in thousandths), and the rating is
    noiseless + noise, rounded and clipped to 1–5. Where `settings` let an
    aspect be named that is no cause, or meant otherwise than said, `mentions`
    has a column `how`. Raises DataError for a seed below zero, or settings
    that are none.

    >>> shop = simulate()
    >>> len(shop["users"]), len(shop["items"]), len(shop["aspects"])
    (600, 200, 10)
    """
    check_whole(0, seed=seed)
    if not isinstance(settings, ShopSettings):
        remedy = "give ShopSettings, KIND, MIDDLE or HARSH"
        raise DataError(f"settings={settings!r} are none: {remedy}")
    # 1. who, what, when, and how many stars
    rng = stream(seed)
    people = draw_people(rng, settings)
    goods = draw_goods(rng, settings)
    visits = draw_visits(rng, people, goods, settings)
    reasons = reasons_for(rng, people, goods, visits, settings, seed)
    visits["rating"] = ratings_of(reasons)
    # 2. what is said of it; the texts have a stream of their own
    said = mentioned(rng, reasons, visits, goods, settings, seed)
    talk = stream(seed + 1)
    visits["text"], mentions = write_reviews(
        talk, people.style, goods.category, visits, said
    )
    if not settings.names_more_than_causes:
        mentions = mentions.drop(columns="how")
    # 3. the tables as they are kept: ids instead of numbers, dirt and all
    visits["user_id"] = _ids("u", N_USERS)[visits["user"]]
    visits["item_id"] = _ids("p", len(goods.title))[visits["item"]]
    reviews, dirt = soil(talk, visits)
    tables = _tables(people, goods)
    tables |= {"reviews": reviews, "reasons": _stars(reasons)}
    return tables | {"mentions": mentions, "dirt": dirt}


def write(
    tables: dict[str, pd.DataFrame], folder: Path | str = FOLDER
) -> None:
    """Write each table to `folder`/NAME.csv (UTF-8, \\n line ends), making the
    folder where it is missing.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write({"aspects": pd.DataFrame({"aspect": ["weight"]})}, folder)
    ...     (Path(folder) / "aspects.csv").read_text()
    'aspect\\nweight\\n'
    """
    Path(folder).mkdir(parents=True, exist_ok=True)
    for name, table in tables.items():
        file = Path(folder) / f"{name}.csv"
        table.to_csv(file, index=False, lineterminator="\n", encoding="utf-8")


def draw_goods(
    rng: np.random.Generator, settings: ShopSettings = MIDDLE
) -> Goods:
    """Draw the items: a few are far better known than the others.

    >>> draw_goods(stream(7)).title[0].split()[1:] != []
    True
    """
    # 1. So many of each category, each with its qualities.
    kinds = categories()
    n_each = [kind["items"] for kind in kinds.values()]
    category = np.repeat(list(kinds), n_each)
    quality = draw_qualities(rng, category, settings)
    n_items = len(category)
    # 2. Names, and how generous people are to each.
    rank = ranks(rng.random(n_items)) + 1
    titles = []
    for kind in kinds.values():
        titles += _titles(rng, kind)
    b_i = whole(1000 * settings.item_bias * near_normal(rng, n_items))
    # 3. A few are far better known; some came later.
    fame = -1.4 * np.log(rank + 10)
    launch = np.maximum(1.6 * rng.random(n_items) - 0.9, 0)
    launched = START + whole(SPAN * launch)
    return Goods(category, titles, quality, b_i, fame, launched)


def _titles(rng: np.random.Generator, kind: dict) -> list[str]:
    lines, models = LINES.split(), kind["models"]
    titles = []
    for n in shuffled(rng, len(lines))[: kind["items"]]:
        model = models[int(rng.random() * len(models))]
        titles.append(f"{lines[n]} {model}")
    return titles


def draw_visits(
    rng: np.random.Generator,
    people: People,
    goods: Goods,
    settings: ShopSettings,
) -> pd.DataFrame:
    """Draw who reviews what, and when: columns review, pair, user, item,
    timestamp, edited, written, in the order of time.

    Fame, a leaning to categories and taste decide, so data are missing not at
    random. A share of the reviews is edited later, which leaves two rows for
    one pair: `written` is when the first was.
    """
    # 1. who reviews what: the best of a Gumbel draw without replacement
    liking = people.before @ goods.quality.T / 1000  # (n_users, n_items)
    kind = np.searchsorted(sorted(categories()), goods.category)
    drawn = goods.fame + people.leaning[:, kind]
    drawn += settings.selection * liking
    drawn = drawn - np.log(-np.log(rng.random(liking.shape)))
    user, item = np.nonzero(ranks(-drawn) < people.n_reviews[:, None])
    # 2. when: after the user came and the item was launched
    n_pairs = len(user)
    first = np.maximum(people.joined[user], goods.launched[item])
    when = first + whole((START + SPAN - first) * rng.random(n_pairs))
    numbers = {"pair": np.arange(n_pairs), "user": user, "item": item}
    table = pd.DataFrame({**numbers, "timestamp": when, "edited": False})
    table["written"] = when
    # 3. which reviews are edited, 20 to 320 days later
    chosen = np.sort(shuffled(rng, n_pairs)[: DIRT["edited review"]])
    again = table.iloc[chosen].assign(edited=True)
    days = 20 + (300 * rng.random(len(again))).astype(int)
    again["timestamp"] += DAY * days
    table = pd.concat([table, again], ignore_index=True)
    in_order = table.sort_values(["timestamp", "pair"], kind="stable")
    return in_order.reset_index(drop=True).rename_axis("review").reset_index()


def _stars(reasons: pd.DataFrame) -> pd.DataFrame:
    """Turn thousandths into stars."""
    return (reasons.set_index("review") / 1000).reset_index()


def _tables(people: People, goods: Goods) -> dict[str, pd.DataFrame]:
    """Return the tables that say who and what there is."""
    # 1. What things and people are called.
    users, items = _ids("u", N_USERS), _ids("p", len(goods.title))
    surfaces = {}
    for aspect, found in terms().items():
        surfaces[aspect] = "|".join(term["n"] for term in found)
    names = {code: kind["name"] for code, kind in categories().items()}
    category = [names[code] for code in goods.category]
    aspects = list(surfaces)
    # 2. Users, items, aspects.
    about_users = {"user": users, "style": people.style}
    about_items = {"item": items, "title": goods.title, "category": category}
    about_aspects = {"aspect": aspects, "terms": list(surfaces.values())}
    tables = {
        "users": pd.DataFrame(about_users).assign(drifts=people.drifts),
        "items": pd.DataFrame(about_items),
        "aspects": pd.DataFrame(about_aspects),
    }
    # 3. The truth: tastes and qualities, a row for each number.
    tables["tastes"] = _tastes_table(people, users, aspects)
    quality = {"quality": goods.quality / 100}
    tables["qualities"] = _long({"item": items}, aspects, quality)
    return tables


def _tastes_table(
    people: People, users: np.ndarray, aspects: list[str]
) -> pd.DataFrame:
    """Return every user's tastes, and from when on they hold: those who drift
    have two sets.
    """
    # those whose taste changes have a second set of rows
    then = people.drifts
    first = {"user": users, "from_timestamp": np.full(N_USERS, START)}
    second = {"user": users[then], "from_timestamp": people.turn[then]}
    before = _long(first, aspects, {"taste": people.before / 10})
    after = _long(second, aspects, {"taste": people.after[then] / 10})
    return pd.concat([before, after], ignore_index=True)


def _long(
    keys: dict[str, np.ndarray], aspects: list[str], values: dict
) -> pd.DataFrame:
    """Return a row per key and aspect; `values` (n, n_aspects) by name."""
    repeated = {name: np.repeat(k, len(aspects)) for name, k in keys.items()}
    table = pd.DataFrame(repeated)
    table.insert(1, "aspect", np.tile(aspects, len(table) // len(aspects)))
    return table.assign(**{name: v.ravel() for name, v in values.items()})


def _ids(letter: str, n: int) -> np.ndarray:
    return np.array([f"{letter}{number + 1:03d}" for number in range(n)])
