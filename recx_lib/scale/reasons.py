"""Chapter 18: why, for everybody: implicit ALS read as a sum over history."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from sklearn.utils.validation import check_is_fitted

from recx_lib.core.case import Case
from recx_lib.core.checks import as_idx, check_whole
from recx_lib.core.errors import DataError
from recx_lib.scale.parts import Part, histories
from recx_lib.scale.sums import PartsALS

NOTHING = -1  # stands where a history is shorter than the list of reasons


def _each_once(history: Sequence[int], n_items: int) -> np.ndarray:
    """Return a history's items (n_history,): the model counts each once."""
    items = as_idx(history, n_items, "item")
    values, count = np.unique(items, return_counts=True)
    if count.max(initial=0) > 1:
        twice = values[count.argmax()]
        raise DataError(f"item {twice} stands twice in the history: once each")
    return items


def history_terms(
    model: PartsALS, history: Sequence[int], item: int
) -> np.ndarray:
    """Return what each thing of a history adds to one item's score.

    (n_history,), summing to the score. With A = G + alpha·Q_hᵀQ_h, where G is
    `model.G_`, a user's factors are (1 + alpha) A⁻¹ Σ q_j, so thing j's term
    for item i is (1 + alpha) q_jᵀA⁻¹q_i. Source: Hu, Koren & Volinsky (2008),
    section 5. Raise DataError on an unknown item, or one that stands twice.
    """
    check_is_fitted(model)
    n_items = len(model.Q_)
    Q_h = model.Q_[_each_once(history, n_items)]  # (n_history, k)
    q_i = model.Q_[as_idx(item, n_items, "item")]  # (k,)
    A = model.G_ + model.alpha * (Q_h.T @ Q_h)
    return (1 + model.alpha) * Q_h @ np.linalg.solve(A, q_i)


def removal_drops(
    model: PartsALS, history: Sequence[int], item: int
) -> np.ndarray:
    """Return how far one item's score falls without each thing, (n_history,).

    The user is solved anew without the thing, all others stay, as does Q. In
    closed form (Sherman and Morrison, 1950) thing j's fall is
    q_jᵀA⁻¹q_i · (1 + alpha − alpha·ŷ_j) / (1 − alpha·h_j), where A is that of
    `history_terms`, ŷ_j the user's score of j and h_j = q_jᵀA⁻¹q_j. The
    fraction is 1 + alpha − alpha·(the score of j without j): the more the
    model foresees of j anyway, the less j counts. Raise as `history_terms`.
    """
    check_is_fitted(model)
    n_items, alpha = len(model.Q_), model.alpha
    Q_h = model.Q_[_each_once(history, n_items)]  # (n_history, k)
    q_i = model.Q_[as_idx(item, n_items, "item")]  # (k,)
    A = model.G_ + alpha * (Q_h.T @ Q_h)
    Z = np.linalg.solve(A, Q_h.T)  # (k, n_history): A⁻¹q_j
    foreseen = (1 + alpha) * Q_h @ Z.sum(axis=1)  # (n_history,)
    leverage = np.sum(Q_h.T * Z, axis=0)  # (n_history,)
    left = 1 + alpha - alpha * foreseen
    return (q_i @ Z) * left / (1 - alpha * leverage)


@dataclass(frozen=True)
class Reasons:
    """One recommendation for each of n users, and its strongest terms.

    `user`, `item`, `score` are (n,); `because` (n, m) are items of the
    history, the strongest first, and `worth` (n, m) what each adds; a short
    history is filled up with NOTHING and 0.
    """

    user: np.ndarray
    item: np.ndarray
    score: np.ndarray
    because: np.ndarray
    worth: np.ndarray


def explain_part(
    part: Part, model: PartsALS, m: int = 3, read: Callable = history_terms
) -> Reasons:
    """Recommend the best new item to every user of a part, and say why.

    `read` says what a thing of the history is worth: `history_terms` or
    `removal_drops`. A user who has every item has nothing to be told: raise
    DataError, as when m < 1.
    """
    check_whole(m=m)
    _, start, items = histories(part, len(model.Q_))
    if np.diff(start).max(initial=0) >= len(model.Q_):
        raise DataError("a user has every item: there is nothing new to say")
    users, P = model.factors(part)
    best = np.zeros(len(users), dtype=np.int64)
    score = np.zeros(len(users))
    because = np.full((len(users), m), NOTHING)
    worth = np.zeros((len(users), m))
    for n in range(len(users)):
        # 1. the best item that is new to the user
        own = items[start[n] : start[n + 1]]
        scores = model.Q_ @ P[n]  # (n_items,)
        scores[own] = -np.inf
        best[n] = scores.argmax()
        score[n] = scores[best[n]]
        # 2. what of the history its score is made of
        told = read(model, own, best[n])  # (n_history,)
        top = np.argsort(-told, kind="stable")[:m]
        because[n, : len(top)] = own[top]
        worth[n, : len(top)] = told[top]
    return Reasons(users, best, score, because, worth)


def refitted_case(
    model: PartsALS, history: Sequence[int], item: int, user: str = "someone"
) -> Case:
    """Return the case of one score: without a thing, the user is solved anew.

    That is what the model would say had the thing never been there: the other
    terms change, too. Names are the items' numbers as text. Raise DataError on
    an unknown item or an empty history.
    """
    own = as_idx(history, len(model.Q_), "item")

    def value(present: np.ndarray) -> np.ndarray:
        found = np.zeros(len(present))
        # the user's factors are solved anew from what is left
        for row, there in enumerate(present > 0):
            found[row] = history_terms(model, own[there], item).sum()
        return found

    names = [str(each) for each in own]
    kinds = ["item"] * len(own)
    name = type(model).__name__
    return Case(user, str(item), kinds, names, value, model=name)
