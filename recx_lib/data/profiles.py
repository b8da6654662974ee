"""Chapter 1: what a user cares about, what an item is good at: profiles."""

from __future__ import annotations

import numpy as np
import pandas as pd

from recx_lib.core.errors import DataError
from recx_lib.data.reviews import Ids, Reviews


def user_profile(
    mentions: pd.DataFrame, reviews: Reviews, strength: float = 5.0
) -> pd.DataFrame:
    """Return how readily each user speaks of each aspect: (n_users,
    n_aspects), rows as in `reviews.users`.

    An entry is the share of the user's reviews that mention the aspect,
    smoothed as if the user had written `strength` more reviews like
    everybody's: (count + strength · p) / (reviews + strength), p the share
    over all reviews. `mentions` has the columns review, user, item, aspect,
    polarity; those of reviews outside `reviews` (a test part) are not looked
    at. Raises DataError if a mention contradicts the review that it names.

    >>> from recx_lib.data.cleaning import clean
    >>> pair = pd.DataFrame({"user": ["ann"], "item": ["tent"]})
    >>> raw = pair.assign(rating=3, timestamp=0, text="warm")
    >>> said = pair.assign(review=0, aspect="warmth", polarity=1)
    >>> float(user_profile(said, clean(raw), strength=1).loc["ann", "warmth"])
    1.0
    """
    known = _known(mentions, reviews).drop_duplicates(["review", "aspect"])
    count = _table(known, reviews.users, "user", np.ones(len(known)))
    written = np.bincount(reviews.user_idx, minlength=reviews.n_users)
    written = written[:, None]  # (n_users, 1)
    everybody = count.sum(axis=0).to_numpy() / len(reviews)  # (n_aspects,)
    return (count + strength * everybody) / (written + strength)


def item_profile(
    mentions: pd.DataFrame, reviews: Reviews, strength: float = 5.0
) -> pd.DataFrame:
    """Return how good each item is at each aspect: (n_items, n_aspects) in
    [-1, 1], rows as in `reviews.items`.

    An entry is the praise per review of the item, less the blame, shrunken
    towards 0 as if there were `strength` more reviews without a word on it: Σ
    polarity / (reviews + strength). It counts how often, too: what everybody
    praises matters more than what one of many did. `mentions` and errors as in
    `user_profile`.

    >>> from recx_lib.data.cleaning import clean
    >>> pair = pd.DataFrame({"user": ["ann"], "item": ["tent"]})
    >>> raw = pair.assign(rating=3, timestamp=0, text="warm")
    >>> said = pair.assign(review=0, aspect="warmth", polarity=1)
    >>> float(item_profile(said, clean(raw), strength=1).loc["tent", "warmth"])
    0.5
    """
    known = _known(mentions, reviews)
    odd = known["polarity"][~known["polarity"].abs().le(1)]
    if len(odd):
        got = f"got {odd.iloc[0]} in mention {odd.index[0]}"
        raise DataError(f"polarity must lie between -1 and 1, {got}")
    # one polarity for each review and aspect
    keys = ["review", "item", "aspect"]
    groups = known.groupby(keys, as_index=False, sort=False)
    once = groups["polarity"].mean()
    values = once["polarity"].to_numpy(float)
    polarity = _table(once, reviews.items, "item", values)
    written = np.bincount(reviews.item_idx, minlength=reviews.n_items)
    written = written[:, None]  # (n_items, 1)
    return polarity / (written + strength)


def _known(mentions: pd.DataFrame, reviews: Reviews) -> pd.DataFrame:
    """Return the mentions of `reviews`, and nothing of any other review."""
    # 1. The columns that are used.
    for column in ("review", "user", "item", "aspect", "polarity"):
        if column not in mentions:
            raise DataError(f"the mentions have no column {column!r}")
    # 2. Of these reviews only: nothing may leak from a test part.
    known = mentions[mentions["review"].isin(reviews.frame.index)]
    # 3. A mention must belong to the review that it names.
    for column in ("user", "item"):
        said = known[column].to_numpy()
        true = reviews.frame[column].reindex(known["review"]).to_numpy()
        wrong = np.flatnonzero(said != true)
        if wrong.size:
            n = wrong[0]
            review = known["review"].iloc[n]
            raise DataError(
                f"a mention says review {review} has {column} {said[n]!r}, "
                f"the table says {true[n]!r}: mine the mentions from the same "
                "table"
            )
    return known


def _table(
    known: pd.DataFrame, ids: Ids, column: str, values: np.ndarray
) -> pd.DataFrame:
    """Sum `values` by id and aspect: (n_ids, n_aspects)."""
    aspect, names = pd.factorize(known["aspect"].astype(str), sort=True)
    total = np.zeros((len(ids), len(names)))
    np.add.at(total, (ids.idx(known[column]), aspect), values)
    return pd.DataFrame(
        total,
        index=pd.Index(ids.raw, name=column),
        columns=pd.Index(names, name="aspect"),
    )
