"""The dirt that real exports have, put into the shop's reviews and counted."""

from __future__ import annotations

import numpy as np
import pandas as pd

from recx_lib.shop.draws import shuffled

DIRT = {  # kind -> rows
    "edited review": 60,
    "id with blank or capital": 60,
    "rating missing": 30,
    "rating off scale": 30,
    "html entities in text": 60,
}


RAW = {  # column of the visits -> its name in the raw table
    "review": "review",
    "user_id": "user",
    "item_id": "item",
    "rating": "rating",
    "timestamp": "timestamp",
    "text": "text",
}


def soil(
    rng: np.random.Generator, visits: pd.DataFrame
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the raw table of reviews, and the count of its dirt (columns
    dirt, rows); no row is spoilt twice.

    `visits` has the columns review, pair, user_id, item_id, rating,
    timestamp, text; rows of one pair are two versions of an edited review,
    and are left as they are.
    """
    columns = list(RAW)
    raw = visits[columns].rename(columns=RAW).astype({"rating": "Int64"})
    # 1. which rows: each kind of dirt takes the next few of a random order
    once = np.flatnonzero(~visits["pair"].duplicated(keep=False))
    order = once[shuffled(rng, len(once))]
    kinds = ["id with blank or capital", "rating missing", "rating off scale"]
    ends = np.cumsum([DIRT[kind] for kind in kinds])
    ids, missing, off, rest = np.split(order, ends)
    # 2. the dirt itself
    _soil_ids(raw, ids)
    raw.loc[missing, "rating"] = pd.NA
    rating = raw.loc[off, "rating"]
    raw.loc[off, "rating"] = np.where(rating < 4, 0, 10 * rating)
    _soil_texts(raw, rest)
    return raw, pd.DataFrame({"dirt": DIRT.keys(), "rows": DIRT.values()})


def _soil_ids(raw: pd.DataFrame, rows: np.ndarray) -> None:
    """Blanks and capitals, by turns, as three systems would leave them."""
    blank, capital, both = rows[::3], rows[1::3], rows[2::3]
    raw.loc[blank, "user"] += " "
    raw.loc[capital, "user"] = raw.loc[capital, "user"].str.upper()
    raw.loc[both, "item"] = " " + raw.loc[both, "item"].str.upper()


def _soil_texts(raw: pd.DataFrame, rows: np.ndarray) -> None:
    """Escape as for HTML the first texts that have something to escape."""
    has_and = raw.loc[rows, "text"].str.contains(" and ")
    chosen = rows[has_and][: DIRT["html entities in text"]]
    text = raw.loc[chosen, "text"].str.replace(" and ", " &amp; ")
    raw.loc[chosen, "text"] = text.str.replace("'", "&#39;")
