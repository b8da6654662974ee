"""Chapter 2: whether what was liked stands on top of a list of the unseen."""

from __future__ import annotations

import numpy as np
import pandas as pd

from recx_lib.core.checks import as_idx, as_numbers, check_whole
from recx_lib.core.errors import DataError
from recx_lib.data.reviews import Reviews


def _checked_lists(ranked, relevant, k: int) -> tuple[list, set]:
    """Return both as plain values; raise DataError where they make no list."""
    check_whole(k=k)
    ranked, relevant = _plain(ranked), _plain(relevant)
    if len(relevant) == 0:
        remedy = "leave users without test items out of the average"
        raise DataError(f"no relevant items: {remedy}")
    # the same item twice would count twice
    if len(set(ranked)) < len(ranked):
        remedy = "pass every item at most once, best first"
        raise DataError(f"an item is ranked twice: {remedy}")
    return ranked, set(relevant)


def _plain(values) -> list:
    """Return a list that can be searched; tensors of one number cannot."""
    return values.tolist() if hasattr(values, "tolist") else list(values)


def recall_at_k(ranked, relevant, k: int) -> float:
    """Return the share of the relevant items that a list's first `k` hold.

    `ranked` is one user's list, best first. Raise DataError for k < 1, no
    relevant item, or an item ranked twice.

    >>> recall_at_k([7, 3, 9], relevant=[3, 5], k=2)
    0.5
    """
    ranked, relevant = _checked_lists(ranked, relevant, k)
    found = relevant & set(ranked[:k])
    return len(found) / len(relevant)


def ndcg_at_k(ranked, relevant, k: int) -> float:
    """Return a list's normalised discounted gain: early hits count more.

    A relevant item at place p (1, 2, …) gains 1 / log2(p + 1); the sum over
    the first `k` places is divided by the best that any list could reach
    (Järvelin and Kekäläinen, 2002; the discount is that of Burges et al.,
    2005). Raise as `recall_at_k`.

    >>> round(ndcg_at_k([7, 3, 9], relevant=[3], k=3), 4)
    0.6309
    """
    ranked, relevant = _checked_lists(ranked, relevant, k)
    discount = 1 / np.log2(np.arange(2, k + 2))  # (k,)
    hits = [place for place, item in enumerate(ranked[:k]) if item in relevant]
    best = discount[: len(relevant)].sum()
    return float(discount[hits].sum() / best)


def top_k(scores, seen, k: int) -> np.ndarray:
    """Return one user's `k` best unseen items, best first.

    `scores` is (n_items,), `seen` holds item indices. Of equal scores the
    lowest index wins; fewer than `k` come back where fewer are unseen. Raise
    DataError for k < 1, scores that are not finite, or a seen index outside
    the scores.

    >>> top_k([0.2, 0.9, 0.2, 0.5], seen=[1], k=2).tolist()
    [3, 0]
    """
    check_whole(k=k)
    scores = as_numbers(scores, "scores")
    seen = as_idx(seen, len(scores), "item")
    unseen = np.setdiff1d(np.arange(len(scores)), seen)  # ascending, so that
    best = np.argsort(-scores[unseen], kind="stable")  # ties keep that order
    return unseen[best[:k]]


def _items_by_user(reviews: Reviews) -> dict[int, np.ndarray]:
    """Return {user_idx: item indices}, users ascending."""
    # pandas sorts the groups by user and keeps the order of rows in each
    pairs = pd.DataFrame({"user": reviews.user_idx, "item": reviews.item_idx})
    groups = pairs.groupby("user")["item"]
    return {int(user): items.to_numpy() for user, items in groups}


def _check_split(train: Reviews, test: Reviews) -> None:
    """Raise DataError unless `test` has rows, all new, and the same ids."""
    if len(test) == 0:
        remedy = "split off at least one rating before evaluating"
        raise DataError(f"the test set is empty: {remedy}")
    if train.users.raw != test.users.raw or train.items.raw != test.items.raw:
        remedy = "make both with one of the splits in recx_lib.data"
        raise DataError(
            f"train and test number their ids differently: {remedy}"
        )
    # one number per pair, so that pairs can be looked up like numbers
    test_pairs = test.user_idx * test.n_items + test.item_idx
    train_pairs = train.user_idx * test.n_items + train.item_idx
    n_repeated = np.isin(test_pairs, train_pairs).sum()
    if n_repeated:
        remedy = "use a split from recx_lib.data"
        raise DataError(
            f"{n_repeated} test pairs also stand in train, a leak: {remedy}"
        )


def evaluate_ranking(
    model, train: Reviews, test: Reviews, k: int = 10, batch: int = 256
) -> pd.DataFrame:
    """Rank what each user has not seen in `train`; mark it by `test`.

    `model.score(user_idx)` must give (B, n_items) for an array of B users;
    `batch` users are scored at a time, so memory stays at batch × n_items.
    Return one row per test user: user_idx, recall, ndcg (both at `k`, 0 … 1).
    Raise DataError when test is empty, k < 1, or train and test share a pair
    or number their ids differently.
    """
    check_whole(k=k, batch=batch)
    _check_split(train, test)
    seen, relevant = _items_by_user(train), _items_by_user(test)
    users = np.array(list(relevant))
    rows = []
    for start in range(0, len(users), batch):
        block = users[start : start + batch]
        # 1. the scores of a block of users
        scores = model.score(block)  # (B, n_items)
        for user, own in zip(block.tolist(), scores, strict=True):
            # 2. each user's list, marked by what they did choose
            ranked = top_k(own, seen.get(user, []), k).tolist()
            wanted = relevant[user].tolist()
            recall = recall_at_k(ranked, wanted, k)
            rows.append((user, recall, ndcg_at_k(ranked, wanted, k)))
    return pd.DataFrame(rows, columns=["user_idx", "recall", "ndcg"])


def hit_at_k(ranked: list[list[str]], wanted: list[str], k: int) -> float:
    """Return the share of records whose own term is in the first `k` plans.

    >>> hit_at_k([["zip", "tent"], ["zip"]], ["tent", "tent"], k=2)
    0.5
    """
    both = zip(ranked, wanted, strict=True)
    hits = [term in names[:k] for names, term in both]
    return float(np.mean(hits))


def gini(counts) -> float:
    """Return the Gini coefficient of non-negative counts.

    It is 0 when all are equal, near 1 when one has everything. Raise DataError
    on empty, negative or non-finite counts, or when all are zero.

    >>> gini([5, 5, 5]), gini([0, 0, 0, 8])
    (0.0, 0.75)
    """
    counts = np.sort(as_numbers(counts, "counts"))
    if counts[0] < 0 or counts[-1] == 0:
        remedy = "pass how often each item was rated"
        raise DataError(
            f"counts must be non-negative and not all zero: {remedy}"
        )
    # the mean difference of two counts over twice the mean, by ranks
    n = len(counts)
    weight = 2 * np.arange(1, n + 1) - n - 1  # −(n − 1) … n − 1
    return float(np.sum(weight * counts) / (n * counts.sum()))
