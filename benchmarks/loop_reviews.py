"""Sellers who stuff: what a bought word of praise costs, with and without a
defence, and what the defence costs the honest.
"""

from __future__ import annotations

import numpy as np

from benchmarks.loop_parts import Shop
from benchmarks.tidy import row
from recx_lib.data import item_profile

STRENGTH = 5.0  # of `item_profile`: reviews without a word, added to each item
LIMITS = (0.0, 0.02, 0.05, 0.1)  # praise an aspect needs before it is named
VOICES = (1, 10, 20, 30, 40)  # reviews an account needs before it counts


def stuffed(shop: Shop) -> list[dict]:
    """Return what each defence makes a lie cost, and silences."""
    rows = []
    for limit in LIMITS:
        rows += defence(shop, f"limit {limit:g}", limit=limit)
    for least in VOICES:
        rows += defence(shop, f"voice {least}", least=least)
    return rows


def defence(shop: Shop, setting: str, limit=0.0, least=1) -> list[dict]:
    """Return the rows of one defence: medians and quartiles over all pairs of
    product and aspect that are bad on record and in the reviews.
    """
    sums, written = heard(shop, 1)
    quality, entry = shop.crowd.quality, sums / (written + STRENGTH)
    bad, good = (quality < 0) & (entry < 0), (quality > 0) & (entry > 0)
    sums, written = heard(shop, least)
    size = written + STRENGTH
    # (sum + f) / (size + f) > limit: f made-up reviews that praise
    need = np.floor((limit * size - sums) / (1 - limit)) + 1
    accounts = np.maximum(need, 0)[bad]
    silenced = (sums / size <= limit)[good].mean()
    rows = []
    for metric, values in {
        "accounts": accounts,
        "reviews_written": accounts * least,
    }.items():
        low, value, high = np.quantile(values, [0.25, 0.5, 0.75])
        key = shop.name, "all bad pairs", "recx:honest", metric, value, setting
        rows.append(row(*key, low=low, high=high, n=int(bad.sum())))
    key = shop.name, "all good pairs", "recx:honest", "silenced", silenced
    return [*rows, row(*key, setting, n=int(good.sum()))]


def heard(shop: Shop, least: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the sum of what is said of each item and aspect by those who
    have written so many reviews, and how many reviews of it they wrote.
    """
    reviews = shop.reviews
    wrote = np.bincount(reviews.user_idx)[reviews.user_idx]
    loud = reviews.subset(wrote >= least)
    mentions = shop.mentions[shop.mentions["review"].isin(loud.frame.index)]
    profile = item_profile(mentions, loud, STRENGTH).to_numpy()
    written = np.bincount(loud.item_idx, minlength=reviews.n_items)[:, None]
    return profile * (written + STRENGTH), written
