"""Chapter 21: what to look at in a table before a model learns from it."""

from __future__ import annotations

import re
from typing import NamedTuple

import numpy as np
import pandas as pd

from recx_lib.core.errors import DataError
from recx_lib.data.cleaning import OLDER, UNTIMED
from recx_lib.data.reviews import Reviews

TELLS_STARS = re.compile(r"\b(?:[0-9]+|one|two|three|four|five)[ -]stars?\b")
LEAST_ROWS = 5  # of a user: three to learn from, some to be judged by


class Finding(NamedTuple):
    """One line of the checklist: `judged` "fine", "look" or "stop"."""

    check: str
    found: str
    judged: str
    advice: str = ""


def checklist(reviews: Reviews) -> pd.DataFrame:
    """Return what a table is like before a model learns from it.

    Columns: check, found, judged ("fine", "look": read the advice, "stop": an
    audit on such a table would mean nothing), advice. Looks at sparsity, the
    long tail, what cleaning removed, duplicates, the scale, times, leaks and
    texts. Raises DataError for an empty table.

    >>> from recx_lib.data.shop_files import load_shop
    >>> found = checklist(load_shop())
    >>> "stop" in set(found["judged"])
    False
    """
    if len(reviews) == 0:
        raise DataError("the table is empty: there is nothing to check")
    checks = (
        _sparsity,
        _long_tail,
        _removed,
        _duplicates,
        _scale_used,
        _times,
        _mixed_ids,
        _told_stars,
        _texts,
    )
    found = [check(reviews) for check in checks]
    return pd.DataFrame(found, columns=Finding._fields)


def _sparsity(reviews: Reviews) -> Finding:
    """Return how much of the table is filled, and what a user has."""
    # 1. How many of all (user, item) pairs have a row?
    per_user = np.bincount(reviews.user_idx, minlength=reviews.n_users)
    filled = len(reviews) / (reviews.n_users * reviews.n_items)
    half, few = np.median(per_user), np.mean(per_user < LEAST_ROWS)
    found = f"{len(reviews):,} rows of {reviews.n_users:,} users and "
    found += f"{reviews.n_items:,} items, {filled:.2%} of all pairs; "
    found += f"half of the users have {half:g} or fewer"
    # 2. Too small to learn from at all, or only thin?
    if reviews.n_users < 2 or reviews.n_items < 2:
        return Finding("sparsity", found, "stop", "two users, two items")
    if few > 0.5:
        advice = f"{few:.0%} have fewer than {LEAST_ROWS}: data.k_core"
        return Finding("sparsity", found, "look", advice)
    return Finding("sparsity", found, "fine")


def _long_tail(reviews: Reviews) -> Finding:
    """Return how much of the table a tenth of the items has."""
    # the most rated items first
    count = np.sort(np.bincount(reviews.item_idx))[::-1]
    tenth = max(len(count) // 10, 1)
    share, once = count[:tenth].sum() / len(reviews), np.mean(count == 1)
    found = f"a tenth of the items has {share:.0%} of the rows; {once:.0%} of "
    found += "the items have one"
    # what was rated once teaches next to nothing
    if once > 0.5:
        advice = "nothing can be learned of what was rated once"
        return Finding("long tail", found, "look", advice)
    return Finding("long tail", found, "fine")


def _removed(reviews: Reviews) -> Finding:
    """Return how many rows cleaning removed, duplicates apart."""
    # older rows of a pair are another finding: _duplicates
    n_gone = 0
    for step, n in reviews.log:
        if step.startswith("removed") and OLDER not in step:
            n_gone += n
    share = n_gone / (len(reviews) + n_gone)
    judged = "look" if share > 0.05 else "fine"
    advice = "reviews.report() counts the reasons" if n_gone else ""
    return Finding("removed", f"{n_gone:,} rows ({share:.1%})", judged, advice)


def _duplicates(reviews: Reviews) -> Finding:
    """Return the pairs that came twice, and texts that several users sent."""
    # 1. The same user and item, twice.
    twice = dict(reviews.log).get(f"removed: {OLDER}", 0)
    # 2. The same words from several hands; short ones may be chance.
    text = reviews.frame["text"]
    long = reviews.frame[text.str.split().str.len() >= 5]
    writers = long.groupby("text")["user"].nunique()
    copied = int(writers[writers > 1].sum())
    found = f"{twice:,} older rows of the same pair; {copied:,} texts of five "
    found += "words or more that several users sent"
    if copied > 0.02 * max(len(long), 1):
        advice = "bought, or written by a program: look at them"
        return Finding("duplicates", found, "look", advice)
    return Finding("duplicates", found, "fine")


def _scale_used(reviews: Reviews) -> Finding:
    """Return which ratings there are, and the share of the commonest."""
    share = pd.Series(reviews.rating).value_counts(normalize=True)
    found = f"{len(share)} different ratings; {share.iloc[0]:.0%} of all are "
    found += f"{share.index[0]:g}"
    # one value for all is a click, not an opinion
    if len(share) == 1:
        advice = "clicks: rank by presence; no stars can be predicted"
        return Finding("scale", found, "look", advice)
    if share.iloc[0] > 0.8:
        advice = "hardly any row says what people dislike"
        return Finding("scale", found, "look", advice)
    return Finding("scale", found, "fine")


def _times(reviews: Reviews) -> Finding:
    """Return whether the times can tell what came before what."""
    # without times there is no before and after
    if dict(reviews.log).get(UNTIMED, 0):
        advice = "the rows' order stands in: test by a random split"
        return Finding("time", "no row has a time", "look", advice)
    when = reviews.frame["timestamp"]
    # a bulk import: one user, one second, many rows
    same = reviews.frame.duplicated(["user", "timestamp"], keep=False).mean()
    first, last = pd.to_datetime([when.min(), when.max()], unit="s")
    found = (
        f"{first:%Y-%m-%d} to {last:%Y-%m-%d}; {same:.0%} of the rows share "
    )
    found += "user and time with another"
    if same > 0.5:
        advice = "entered in one go: a user's last row is no later than others"
        return Finding("time", found, "look", advice)
    return Finding("time", found, "fine")


def _mixed_ids(reviews: Reviews) -> Finding:
    """Return how many ids are users and items: a sign of mixed columns."""
    both = set(reviews.users.raw) & set(reviews.items.raw)
    found = f"{len(both):,} ids are both a user's and an item's"
    is_number = all(raw.isdigit() for raw in both)
    if both and not is_number:
        advice = f"such as {min(both)!r}: are the columns mixed up?"
        return Finding("ids", found, "look", advice)
    return Finding("ids", found, "fine")


def _told_stars(reviews: Reviews) -> Finding:
    """Return how many texts say their own rating: a leak for any reader."""
    text = reviews.frame["text"].str.lower()
    share = text.str.contains(TELLS_STARS).mean()
    found = f"{share:.1%} of the texts name a number of stars"
    if share > 0.02:
        advice = "a model that reads them is told the answer: strike it out"
        return Finding("leak", found, "look", advice)
    return Finding("leak", found, "fine")


def _texts(reviews: Reviews) -> Finding:
    """Return how many rows have a text, and how long these are."""
    # in words
    length = reviews.frame["text"].str.split().str.len()
    has = length > 0
    if not has.any():
        advice = "reasons can be items, not aspects"
        return Finding("text", "no row has a text", "look", advice)
    found = f"{has.mean():.0%} of the rows have a text, half of "
    found += f"{length[has].median():g} words or fewer"
    return Finding("text", found, "fine" if has.mean() > 0.5 else "look")
