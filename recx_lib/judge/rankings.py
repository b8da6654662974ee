"""Chapter 2: whether what was liked stands on top of a list, among all that
was not seen yet.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from recx_lib.core.errors import DataError
from recx_lib.data.reviews import Reviews
from recx_lib.judge.ratings import _numbers


def _check_k(k: int) -> None:
    if isinstance(k, bool) or not isinstance(k, (int, np.integer)) or k < 1:
        raise DataError(
            f"k is {k!r}: the length of a list must be a whole number, 1 or more"
        )


def _check_lists(ranked, relevant, k: int) -> None:
    _check_k(k)
    if len(relevant) == 0:
        raise DataError(
            "no relevant items: leave users without test items out of the average"
        )
    if len(set(ranked)) < len(ranked):
        raise DataError(
            "an item is ranked twice: pass every item at most once, best first"
        )


def recall_at_k(ranked, relevant, k: int) -> float:
    """Return the share of one user's relevant items that stand among the first
    `k` of `ranked` (best first).

    Raise DataError for k < 1, no relevant item, or an item ranked twice.

    >>> recall_at_k([7, 3, 9], relevant=[3, 5], k=2)
    0.5
    """
    _check_lists(ranked, relevant, k)
    relevant = set(relevant)
    return len(relevant & set(ranked[:k])) / len(relevant)


def ndcg_at_k(ranked, relevant, k: int) -> float:
    """Return the normalised discounted cumulative gain of one user's list:
    early hits count more than late ones.

    A relevant item at place p (1, 2, …) gains 1 / log2(p + 1); the sum over
    the first `k` places is divided by the best that any list could reach
    (Järvelin and Kekäläinen, 2002, with gains of 0 and 1). Raise as
    `recall_at_k`.

    >>> round(ndcg_at_k([7, 3, 9], relevant=[3], k=3), 4)
    0.6309
    """
    _check_lists(ranked, relevant, k)
    relevant = set(relevant)
    discount = 1 / np.log2(np.arange(2, k + 2))  # (k,)
    hits = [place for place, item in enumerate(ranked[:k]) if item in relevant]
    return float(discount[hits].sum() / discount[: len(relevant)].sum())


def top_k(scores, seen, k: int) -> np.ndarray:
    """Return the `k` best item indices for one user, best first, never a seen
    one; ties: the lowest index wins.

    `scores` is (n_items,), `seen` holds item indices. Fewer than `k` come back
    where fewer are unseen. Raise DataError for k < 1, scores that are not
    finite, or a seen index outside the scores.

    >>> top_k([0.2, 0.9, 0.2, 0.5], seen=[1], k=2).tolist()
    [3, 0]
    """
    _check_k(k)
    scores, seen = _numbers(scores, "scores"), np.asarray(seen, dtype=np.int64)
    if seen.size and not 0 <= seen.min() <= seen.max() < len(scores):
        raise DataError(
            f"seen items must be indices 0 … {len(scores) - 1}: use `reviews.items.idx(raw ids)`"
        )
    unseen = np.setdiff1d(
        np.arange(len(scores)), seen
    )  # ascending, so a stable sort breaks ties by index
    return unseen[np.argsort(-scores[unseen], kind="stable")[:k]]


def _items_by_user(reviews: Reviews) -> dict[int, np.ndarray]:
    """Return {user_idx: item indices}, users ascending."""
    pairs = pd.DataFrame({"user": reviews.user_idx, "item": reviews.item_idx})
    return {
        int(user): group.to_numpy()
        for user, group in pairs.groupby("user")["item"]
    }


def _check_split(train: Reviews, test: Reviews) -> None:
    """Raise DataError unless `test` has rows, shares the ids of `train`, and
    repeats none of its pairs.
    """
    if len(test) == 0:
        raise DataError(
            "the test set is empty: split off at least one rating before evaluating"
        )
    if train.users.raw != test.users.raw or train.items.raw != test.items.raw:
        raise DataError(
            "train and test number their ids differently: make both with one of the splits in recx_lib.data.reviews"
        )
    repeated = np.isin(
        test.user_idx * test.n_items + test.item_idx,
        train.user_idx * test.n_items + train.item_idx,
    )
    if repeated.any():
        raise DataError(
            f"{repeated.sum()} test pairs also stand in train, a leak: use a split from recx_lib.data"
        )


def evaluate_ranking(
    model, train: Reviews, test: Reviews, k: int = 10, batch: int = 256
) -> pd.DataFrame:
    """Rank every item that a user has not seen in `train`, and mark the list
    by the user's `test` items.

    `model.score(user_idx)` must give (B, n_items) for an array of B users;
    `batch` users are scored at a time, so memory stays at batch × n_items.
    Return one row per test user: user_idx, recall, ndcg (both at `k`, 0 … 1).
    Raise DataError when test is empty, k < 1, or train and test share a pair
    or number their ids differently.
    """
    _check_k(k)
    _check_split(train, test)
    seen, relevant = _items_by_user(train), _items_by_user(test)
    users, rows = np.array(list(relevant)), []
    for start in range(0, len(users), batch):
        block = users[start : start + batch]
        for user, scores in zip(
            block.tolist(), model.score(block), strict=True
        ):
            ranked, wanted = (
                top_k(scores, seen.get(user, []), k).tolist(),
                relevant[user].tolist(),
            )
            rows.append(
                (
                    user,
                    recall_at_k(ranked, wanted, k),
                    ndcg_at_k(ranked, wanted, k),
                )
            )
    return pd.DataFrame(rows, columns=["user_idx", "recall", "ndcg"])


def gini(counts) -> float:
    """Return the Gini coefficient of non-negative counts: 0 when all are
    equal, near 1 when one has everything.

    Raise DataError on empty, negative or non-finite counts, or when all are
    zero.

    >>> gini([5, 5, 5]), gini([0, 0, 0, 8])
    (0.0, 0.75)
    """
    counts = np.sort(_numbers(counts, "counts"))
    if counts[0] < 0 or counts[-1] == 0:
        raise DataError(
            "counts must be non-negative and not all zero: pass how often each item was rated"
        )
    n = len(counts)
    return float(
        np.sum((2 * np.arange(1, n + 1) - n - 1) * counts) / (n * counts.sum())
    )
