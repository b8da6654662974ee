"""Chapter 1: Trailhead, a simulated shop in which the true reason for every
rating is recorded.

A rating is mu + b_u + b_i + the sum over aspects of taste[u, aspect] *
quality[i, aspect] + noise, rounded and clipped to 1–5. All terms are whole
thousandths, so sums are exact and the files come out bit for bit the same
everywhere. `python -m recx_lib.shop.simulator` writes data/shop anew.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from recx_lib.shop.catalogue import LINES, STYLES
from recx_lib.shop.voice import categories, terms, write_reviews

SEED, N_USERS, MU, NOISE = (
    7,
    600,
    3700,
    400,
)  # MU and NOISE in thousandths of a star


START, SPAN = (
    1_609_459_200,
    3 * 365 * 86_400,
)  # 1 January 2021, three years, in seconds


CARED_FOR = (
    1.2,
    1.3,
    1.6,
    1.3,
    1.2,
    1.1,
    1.0,
    1.1,
    0.4,
    1.2,
)  # how often an aspect is among a user's favourites


DIRT = {
    "edited review": 60,
    "id with blank or capital": 60,
    "rating missing": 30,
    "rating off scale": 30,
}


DIRT |= {"html entities in text": 60}


FOLDER = Path(__file__).resolve().parents[2] / "data" / "shop"


def simulate(seed: int = SEED) -> dict[str, pd.DataFrame]:
    """Return the shop's tables by name: users, items, aspects, tastes,
    qualities, reviews, reasons, mentions, dirt.

    `reviews` is raw: `dirt` counts the rows that cleaning must mend or drop.
    In `reasons`, for every review, mu + b_u + b_i + the aspects' terms =
    noiseless exactly (compare in thousandths), and the rating is noiseless +
    noise, rounded and clipped to 1–5.

    >>> shop = simulate()
    >>> shop["users"].shape, shop["items"].shape, shop["aspects"]["aspect"].tolist()[:3]
    ((600, 3), (200, 3), ['weight', 'waterproofing', 'comfort'])
    """
    rng = np.random.Generator(np.random.PCG64(seed))
    people, goods = _people(rng), _goods(rng)
    visits = _visits(rng, people, goods)
    reasons = _reasons(rng, people, goods, visits)
    said = _mentioned(rng, reasons, visits)
    talk = np.random.Generator(
        np.random.PCG64(seed + 1)
    )  # the words have a stream of their own
    visits["text"], mentions = write_reviews(
        talk, people["style"], goods["category"], visits, said
    )
    reviews, dirt = _soil(talk, visits)
    return _tables(people, goods) | {
        "reviews": reviews,
        "reasons": _stars(reasons),
        "mentions": mentions,
        "dirt": dirt,
    }


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
        table.to_csv(
            Path(folder) / f"{name}.csv",
            index=False,
            lineterminator="\n",
            encoding="utf-8",
        )


def top_reason(reasons: pd.DataFrame, margin: float = 0.1) -> pd.DataFrame:
    """Return, per review, the aspect that moved the rating most, its term in
    stars, and whether that is clear.

    `reasons` has one column per aspect between `b_i` and `noiseless`; a reason
    is clear when its absolute term exceeds the second by at least `margin`
    stars. Ties go to the aspect that comes first.

    >>> one = pd.DataFrame({"review": [3], "b_i": [0.2], "fit": [0.3], "value": [-0.5], "noiseless": [4.0]})
    >>> top_reason(one).to_dict("records")
    [{'aspect': 'value', 'term': -0.5, 'clear': True}]
    """
    table = reasons.set_index("review") if "review" in reasons else reasons
    terms = table.loc[:, "b_i":"noiseless"].iloc[:, 1:-1]
    size = np.round(1000 * terms.abs().to_numpy()).astype(int)
    top, ordered = size.argmax(axis=1), np.sort(size, axis=1)
    term = terms.to_numpy()[np.arange(len(terms)), top]
    clear = ordered[:, -1] - ordered[:, -2] >= round(1000 * margin)
    return pd.DataFrame(
        {
            "aspect": terms.columns.to_numpy()[top],
            "term": term,
            "clear": clear,
        },
        index=table.index,
    )


# ---------------------------------------------------------------------------------------------- numbers
# Only Generator.random is called, the bits of PCG64 themselves: other draws may change between versions of numpy.


def _normal(rng, *shape):
    """Twelve uniform numbers summed: close to a standard normal, and free of
    the platform's logarithm.
    """
    return rng.random((12, *shape)).sum(axis=0) - 6


def _whole(x):
    return np.floor(np.asarray(x) + 0.5).astype(np.int64)


def _people(rng) -> dict:
    """Tastes in tenths, before and after a drift, (n_users, n_aspects); biases
    in thousandths; styles; activity.
    """
    before, after = _tastes(rng), _tastes(rng)
    drifts = rng.random(N_USERS) < 0.2
    return {
        "before": before,
        "after": np.where(drifts[:, None], after, before),
        "drifts": drifts,
        "turn": START + _whole(SPAN * (0.4 + 0.3 * rng.random(N_USERS))),
        "joined": START + _whole(SPAN * 0.6 * rng.random(N_USERS) ** 2),
        "b_u": _whole(220 * _normal(rng, N_USERS)),
        "leaning": 1.3
        * _normal(
            rng, N_USERS, len(categories())
        ),  # towards whole categories: some camp, some run
        "style": np.array(STYLES)[
            (rng.random(N_USERS) * len(STYLES)).astype(int)
        ],
        "reviews": np.minimum(
            5 + _whole(np.exp(2.8 + 0.7 * _normal(rng, N_USERS))), 110
        ),
    }


def _tastes(rng) -> np.ndarray:
    """Two to four aspects matter much to a user (1.2–2.4), the others little
    (0.1–0.2, now and then below zero).
    """
    shape = (N_USERS, len(terms()))
    weak = (1 + 2 * rng.random(shape)).astype(int) * np.where(
        rng.random(shape) < 0.08, -1, 1
    )
    strong = 12 + (13 * rng.random(shape)).astype(int)
    race = -np.log(rng.random(shape)) / np.array(CARED_FOR)
    place = race.argsort(axis=1, kind="stable").argsort(axis=1, kind="stable")
    return np.where(
        place < 2 + (3 * rng.random((N_USERS, 1)) ** 1.5).astype(int),
        strong,
        weak,
    )


def _goods(rng) -> dict:
    """Qualities in hundredths, (n_items, n_aspects), 0 where the aspect says
    nothing of the category.
    """
    kinds = categories()
    category = np.repeat(list(kinds), [c["items"] for c in kinds.values()])
    matters = np.array(
        [[a in kinds[c]["aspects"] for a in terms()] for c in category]
    )
    quality = np.clip(_whole(4 + 52 * _normal(rng, *matters.shape)), -100, 100)
    rank = (
        rng.random(len(category)).argsort(kind="stable").argsort(kind="stable")
        + 1
    )
    return {
        "category": category,
        "title": [t for c in kinds.values() for t in _titles(rng, c)],
        "quality": np.where(matters, np.where(quality == 0, 1, quality), 0),
        "b_i": _whole(120 * _normal(rng, len(category))),
        "fame": -1.4 * np.log(rank + 10),
        "launched": START
        + _whole(SPAN * np.maximum(1.6 * rng.random(len(category)) - 0.9, 0)),
    }


def _titles(rng, category: dict) -> list[str]:
    lines = LINES.split()
    lines = np.array(lines)[
        rng.random(len(lines)).argsort(kind="stable")[: category["items"]]
    ]
    models = category["models"]
    return [
        f"{line} {models[int(rng.random() * len(models))]}" for line in lines
    ]


def _visits(rng, people: dict, goods: dict) -> pd.DataFrame:
    """Who reviews what, when: fame, a leaning to categories and taste decide
    (a Gumbel draw without replacement), so data are missing not at random; a
    share of the reviews is edited later, which leaves two rows for one
    pair."""
    liking = people["before"] @ goods["quality"].T / 1000
    kind = np.searchsorted(sorted(categories()), goods["category"])
    draw = (
        goods["fame"]
        + people["leaning"][:, kind]
        + 0.5 * liking
        - np.log(-np.log(rng.random(liking.shape)))
    )
    rank = (
        (-draw).argsort(axis=1, kind="stable").argsort(axis=1, kind="stable")
    )
    user, item = np.nonzero(rank < people["reviews"][:, None])
    first = np.maximum(people["joined"][user], goods["launched"][item])
    when = first + _whole((START + SPAN - first) * rng.random(len(user)))
    table = pd.DataFrame(
        {
            "pair": np.arange(len(user)),
            "user": user,
            "item": item,
            "timestamp": when,
            "edited": False,
        }
    )
    again = table.iloc[
        np.sort(
            rng.random(len(table)).argsort(kind="stable")[
                : DIRT["edited review"]
            ]
        )
    ].copy()
    again["written"], again["edited"] = again["timestamp"], True
    again["timestamp"] += 86_400 * (
        20 + (300 * rng.random(len(again))).astype(int)
    )
    table = pd.concat([table.assign(written=table["timestamp"]), again])
    table = table.sort_values(
        ["timestamp", "pair"], kind="stable", ignore_index=True
    )
    return table.rename_axis("review").reset_index()


def _reasons(
    rng, people: dict, goods: dict, visits: pd.DataFrame
) -> pd.DataFrame:
    """Every term of every rating, in thousandths; an edited review keeps the
    terms of the first.
    """
    user, item = visits["user"].to_numpy(), visits["item"].to_numpy()
    late = visits["written"].to_numpy() >= people["turn"][user]
    taste = np.where(
        late[:, None], people["after"][user], people["before"][user]
    )
    moved = (
        taste * goods["quality"][item]
    )  # tenths times hundredths: exact thousandths
    table = pd.DataFrame(
        {
            "review": visits["review"],
            "mu": MU,
            "b_u": people["b_u"][user],
            "b_i": goods["b_i"][item],
        }
    )
    table = pd.concat(
        [table, pd.DataFrame(moved, columns=list(terms()))], axis=1
    )
    table["noiseless"] = table.iloc[:, 1:].sum(axis=1)
    table["noise"] = _whole(
        NOISE * _normal(rng, int(visits["pair"].max()) + 1)
    )[visits["pair"]]
    visits["rating"] = np.clip(
        (table["noiseless"] + table["noise"] + 500) // 1000, 1, 5
    )
    return table


def _mentioned(
    rng, reasons: pd.DataFrame, visits: pd.DataFrame
) -> list[list[tuple[str, int]]]:
    """Per review one to three (aspect, term in thousandths), largest absolute
    term first.
    """
    names, moved = list(terms()), reasons[list(terms())].to_numpy()
    order = (-np.abs(moved)).argsort(axis=1, kind="stable")[:, :3]
    luck = rng.random((int(visits["pair"].max()) + 1, 2))[visits["pair"]]
    worth = np.abs(np.take_along_axis(moved, order, axis=1)) >= 150
    count = 1 + (worth[:, 1] & (luck[:, 0] < 0.75)) * (
        1 + (worth[:, 2] & (luck[:, 1] < 0.5))
    )
    return [
        [(names[a], int(moved[r, a])) for a in order[r, : count[r]]]
        for r in range(len(moved))
    ]


def _stars(reasons: pd.DataFrame) -> pd.DataFrame:
    return reasons.assign(
        **{c: reasons[c] / 1000 for c in reasons.columns if c != "review"}
    )


def _soil(rng, visits: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Make the raw table, with the dirt that real exports have, and count it;
    no row is spoilt twice.
    """
    raw = pd.DataFrame(
        {"review": visits["review"], "user": _user_ids()[visits["user"]]}
    )
    raw["item"] = _item_ids(visits["item"].max() + 1)[visits["item"]]
    raw["rating"], raw["timestamp"], raw["text"] = (
        visits["rating"].astype("Int64"),
        visits["timestamp"],
        visits["text"],
    )
    once = np.flatnonzero(~visits["pair"].duplicated(keep=False))
    order = once[rng.random(len(once)).argsort(kind="stable")]
    ids, missing, off, rest = np.split(
        order, np.cumsum(list(DIRT.values())[1:4])
    )
    html = rest[raw.loc[rest, "text"].str.contains(" and ")][
        : DIRT["html entities in text"]
    ]
    raw.loc[ids[::3], "user"] += " "
    raw.loc[ids[1::3], "user"] = raw.loc[ids[1::3], "user"].str.upper()
    raw.loc[ids[2::3], "item"] = " " + raw.loc[ids[2::3], "item"].str.upper()
    raw.loc[missing, "rating"] = pd.NA
    raw.loc[off, "rating"] = np.where(
        raw.loc[off, "rating"] < 4, 0, 10 * raw.loc[off, "rating"]
    )
    raw.loc[html, "text"] = (
        raw.loc[html, "text"]
        .str.replace(" and ", " &amp; ")
        .str.replace("'", "&#39;")
    )
    return raw, pd.DataFrame({"dirt": DIRT.keys(), "rows": DIRT.values()})


def _tables(people: dict, goods: dict) -> dict[str, pd.DataFrame]:
    users, items, aspects = (
        _user_ids(),
        _item_ids(len(goods["category"])),
        list(terms()),
    )
    first, then = np.full(N_USERS, START), people["drifts"]
    tastes = [
        (users, first, people["before"]),
        (users[then], people["turn"][then], people["after"][then]),
    ]
    return {
        "users": pd.DataFrame(
            {"user": users, "style": people["style"], "drifts": then}
        ),
        "items": pd.DataFrame(
            {
                "item": items,
                "title": goods["title"],
                "category": [
                    categories()[c]["name"] for c in goods["category"]
                ],
            }
        ),
        "aspects": pd.DataFrame(
            {
                "aspect": aspects,
                "terms": [
                    "|".join(t["n"] for t in terms()[a]) for a in aspects
                ],
            }
        ),
        "tastes": pd.concat(
            [
                _long(u, t, aspects, "taste", 10, since)
                for u, since, t in tastes
            ],
            ignore_index=True,
        ),
        "qualities": _long(items, goods["quality"], aspects, "quality", 100),
    }


def _long(ids, values, aspects, name, unit, since=None) -> pd.DataFrame:
    table = pd.DataFrame(
        {"user" if since is not None else "item": np.repeat(ids, len(aspects))}
    )
    table["aspect"] = np.tile(aspects, len(ids))
    if since is not None:
        table["from_timestamp"] = np.repeat(since, len(aspects))
    return table.assign(**{name: values.ravel() / unit})


def _user_ids() -> np.ndarray:
    return np.array([f"u{i + 1:03d}" for i in range(N_USERS)])


def _item_ids(n: int) -> np.ndarray:
    return np.array([f"p{i + 1:03d}" for i in range(n)])
