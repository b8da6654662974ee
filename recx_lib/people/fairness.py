"""Chapter 19: who is served worse, who is told less, and what mends it."""

from __future__ import annotations

import re
from collections.abc import Mapping

import numpy as np
import pandas as pd

from recx_lib.core.checks import as_numbers, check_whole
from recx_lib.core.errors import DataError
from recx_lib.data.reviews import Reviews
from recx_lib.judge.rankings import ndcg_at_k, top_k
from recx_lib.recommend.ease import EASE

COLUMNS = ["user_idx", "item_idx", "hit", "ndcg", "length", "popular"]
COLUMNS += ["decides", "by_lot"]
KIND = r"thank\w*|please|perhaps|maybe|fairly|rather|somewhat|slightly|a bit|"
KIND += r"(?:c|w|sh)ould|might|seems?|decent|glad|happy|lovely?|enjoy\w*|joy|"
KIND += r"wonderful|delight\w*|charm\w*|satisfied|thrilled|treat"
HARSH = r"never again|miserabl\w+|awful\w*|terribl\w+|useless|worst|junk|"
HARSH += r"ridicul\w+|embarrass\w+|laugh\w*|sloppy|hopeless\w*|moan\w*|joke|"
HARSH += r"dreadful\w*|appalling\w*|shame\w*|horribl\w+|disappoint\w*|gripe|"
HARSH += (
    r"atrocious\w*|dismal\w*|pitiful\w*|unacceptabl\w+|curs\w+|complain\w*"
)


def list_quality(
    model: EASE,
    train: Reviews,
    test: Reviews,
    k: int = 10,
    lists: Mapping[int, np.ndarray] | None = None,
) -> pd.DataFrame:
    """Return one row per listed item of each test user: is it good, and is
    what is said of it?

    Columns: user_idx, item_idx, hit (it was chosen), ndcg (of the whole list),
    length (how many things of the history make half of what speaks for it),
    popular (it is among the k most popular, so would be listed to anyone),
    decides (without the three things that speak most for it the item leaves
    the list), by_lot (so it does without three drawn by lot). `lists`,
    {user_idx: items}, are other lists than the model's own; an item of theirs
    that the model itself would not list has no list to leave: NaN. Users
    without any history are left out: only popularity can be said to them.
    """
    check_whole(k=k)
    rng = np.random.default_rng(0)
    fame = np.bincount(train.item_idx, minlength=train.n_items)
    wanted = pd.Series(test.item_idx).groupby(test.user_idx).apply(list)
    rows = []
    for user, liked in wanted.items():
        history, _ = model.history(user)
        if len(history) == 0:
            continue
        # the list as it is shown, and as the model alone makes it
        own = top_k(model.score(user), history, k)
        ranked = own if lists is None else lists[user]
        of_list = ndcg_at_k(ranked, liked, k), top_k(fame, history, k)
        # each listed item: was it liked, by what evidence, is it fame's
        for item in ranked.tolist():
            worth = model.B_[history, item]
            best = np.argsort(-worth, kind="stable")
            lot = rng.permutation(len(history))
            row = [user, item, item in liked, of_list[0]]
            row += [half_length(worth), item in of_list[1]]
            # does it leave the list without the best three; without any three
            for order in (best, lot):
                left = leaves(model, history, order[:3], item, k)
                row.append(float(left) if item in own else np.nan)
            rows.append(row)
    return pd.DataFrame(rows, columns=COLUMNS)


def politeness(text: str) -> int:
    """Return how many marks of politeness a text has, less those of
    rudeness: thanks, hedges and liking against blame and mockery.

    A small part of the strategies of Danescu-Niculescu-Mizil et al. (2013), as
    two lists of words; irony is not heard.

    >>> politeness("A fairly warm mat, perhaps."), politeness("Never again!")
    (2, -1)
    """
    text = text.lower()
    kind = re.findall(rf"\b(?:{KIND})\b", text)
    return len(kind) - len(re.findall(rf"\b(?:{HARSH})\b", text))


def quoted_for(train: Reviews, user: int, item: int, alike=True) -> str:
    """Return the review of an item that is quoted to a customer: the one whose
    writer's mean rating is nearest to theirs; with `alike` False nearest to
    everybody's. Never their own; "" where nobody else wrote.
    """
    sums = np.bincount(train.user_idx, train.rating, train.n_users)
    means = sums / np.bincount(train.user_idx, minlength=train.n_users).clip(1)
    is_of = (train.item_idx == item) & (train.user_idx != user)
    rows = np.flatnonzero(is_of)
    if len(rows) == 0:
        return ""
    near = means[user] if alike else train.rating.mean()
    far = np.abs(means[train.user_idx[rows]] - near)
    return train.frame["text"].iloc[rows[far.argmin()]]


def half_length(worth: np.ndarray) -> int:
    """Return how many pieces make half of what speaks for an item; 0 where
    nothing does.

    >>> half_length(np.array([0.1, -0.5, 0.3, 0.1]))
    1
    """
    for_it = np.sort(worth[worth > 0])[::-1]
    if for_it.size == 0:
        return 0
    reached = for_it.cumsum() >= for_it.sum() / 2
    return int(reached.argmax()) + 1


def leaves(
    model: EASE, history: np.ndarray, gone: np.ndarray, item: int, k: int
) -> bool:
    """Return whether an item leaves the first k without some of the history.

    `gone` are places in the history; what is gone is no rival, since the
    customer has it all the same. A place that is shared is no place: without
    any history nothing stands first.
    """
    scores = model.score_history(np.delete(history, gone))
    unseen = np.ones(len(scores), dtype=bool)
    unseen[history] = False
    at_least = np.sum(scores[unseen] >= scores[item]) - 1  # but for itself
    return bool(at_least >= k)


def gap(
    values, is_in, n_resamples: int = 1000, seed: int = 0
) -> dict[str, float]:
    """Return how far a group's mean lies from that of the others.

    `values` (n,), `is_in` (n,) bool; one row per independent unit (a user, an
    item). Return gap, the 95 % interval low … high (each side resampled), and
    p: the share of deals, the labels shuffled `n_resamples` times, whose gap
    is as large (Fisher, 1935; the real deal counts as one). Raise DataError
    where a side is empty, or a label is not True or False.

    >>> found = gap([1.0, 1.0, 0.0, 0.0], [True, True, False, False])
    >>> found["gap"], found["p"] > 0.2  # four rows prove nothing
    (1.0, True)
    """
    values, is_in = as_numbers(values, "values"), np.asarray(is_in)
    if is_in.dtype != bool:
        raise DataError(f"labels of type {is_in.dtype}: give True or False")
    if is_in.shape != values.shape or is_in.all() or not is_in.any():
        n = f"{is_in.sum()} of {len(values)} rows are in the group"
        raise DataError(f"{n}: both sides need a row, and each row a label")
    rng = np.random.default_rng(seed)

    def difference(label: np.ndarray) -> float:
        return values[label].mean() - values[~label].mean()

    # 1. the gap of each side drawn again
    ours, theirs = values[is_in], values[~is_in]
    drawn = np.empty(n_resamples)
    for n in range(n_resamples):
        mine = rng.choice(ours, len(ours)).mean()
        drawn[n] = mine - rng.choice(theirs, len(theirs)).mean()
    low, high = np.quantile(drawn, [0.025, 0.975])
    # 2. the gaps that chance deals
    found = difference(is_in)
    dealt = [difference(rng.permutation(is_in)) for _ in range(n_resamples)]
    n_large = np.sum(np.abs(dealt) >= abs(found) - 1e-12)
    p = (1 + n_large) / (1 + n_resamples)
    numbers = {"gap": found, "low": low, "high": high, "p": p}
    return {name: float(value) for name, value in numbers.items()}


def holm(p) -> np.ndarray:
    """Return p values (n,) corrected for n looks, so that one false
    alarm is unlikely.

    The smallest is multiplied by n, the next by n − 1, …; none falls below
    one before it. Calling those under 5 % found, the chance of one false find
    or more is at most 5 % (Holm, 1979).

    >>> holm([0.01, 0.04, 0.03]).round(2).tolist()
    [0.03, 0.06, 0.06]
    """
    p = _chances(p)
    order = np.argsort(p, kind="stable")
    looks = np.arange(len(p), 0, -1)  # n, n − 1, …, 1
    corrected = np.maximum.accumulate(p[order] * looks).clip(max=1)
    found = np.empty(len(p))
    found[order] = corrected
    return found


def benjamini_hochberg(p) -> np.ndarray:
    """Return p values (n,) corrected so that few finds are false.

    The r-th smallest is multiplied by n / r; none rises above one after it.
    Of those called found under 5 %, at most 5 % are false in the mean, where
    the looks are independent (Benjamini and Hochberg, 1995), or depend
    positively (Benjamini and Yekutieli, 2001).

    >>> benjamini_hochberg([0.01, 0.04, 0.03]).round(2).tolist()
    [0.03, 0.04, 0.04]
    """
    p = _chances(p)
    # 1. From the smallest up, each by its rank.
    order = np.argsort(p, kind="stable")
    rank = np.arange(1, len(p) + 1)
    corrected = p[order] * len(p) / rank
    # 2. Never smaller than one of a larger p.
    corrected = np.minimum.accumulate(corrected[::-1])[::-1].clip(max=1)
    found = np.empty(len(p))
    found[order] = corrected
    return found


def _chances(p) -> np.ndarray:
    """Return p as numbers; raise DataError where one is no chance."""
    p = as_numbers(p, "p")
    if p.min() < 0 or p.max() > 1:
        raise DataError("p values lie between 0 and 1: check what was passed")
    return p


def reserve(
    scores: np.ndarray,
    seen: np.ndarray,
    is_protected: np.ndarray,
    slots: int,
    k: int = 10,
) -> np.ndarray:
    """Return `k` unseen items, at least `slots` of them protected ones.

    The best of the protected take the places of the worst of the others, and
    all stand in the order of their scores. Fewer where there are fewer.

    >>> scores, small = np.array([3, 2, 1]), np.array([0, 0, 1], bool)
    >>> reserve(scores, [], small, slots=1, k=2).tolist()
    [0, 2]
    """
    check_whole(0, slots=slots)
    ranked = top_k(scores, seen, len(scores))
    ours = ranked[np.asarray(is_protected, bool)[ranked]][:slots]
    others = ranked[~np.isin(ranked, ours)][: k - len(ours)]
    chosen = np.append(ours, others)
    return chosen[np.argsort(-scores[chosen], kind="stable")]


def discount_popular(
    scores: np.ndarray, count: np.ndarray, power: float = 0.3
) -> np.ndarray:
    """Return scores, (…, n_items), divided by popularity^`power`.

    `count` (n_items,) is how many have each item; 0 leaves all as it is, and 1
    asks how much more likely than for anyone.

    >>> discount_popular(np.array([0.8, 0.3]), np.array([16, 1]), 0.5).tolist()
    [0.2, 0.3]
    """
    return scores / np.maximum(count, 1.0) ** power
