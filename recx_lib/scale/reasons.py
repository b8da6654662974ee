"""Chapter 18: why, for everybody: implicit ALS read as a sum over history."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from recx_lib.core.case import Case
from recx_lib.core.checks import as_idx, check_whole
from recx_lib.core.errors import DataError
from recx_lib.scale.parts import Part, histories
from recx_lib.scale.sums import PartsALS

NOTHING = -1  # stands where a history is shorter than the list of reasons


def history_terms(
    Q: np.ndarray, history: Sequence[int], alpha: float, reg: float
) -> np.ndarray:
    """Return what each thing of a history adds to each item's score.

    (n_history, n_items); a column sums to the score of its item. With
    A = QᵀQ + reg·I + alpha·Q_hᵀQ_h the user's factors are
    (1 + alpha) A⁻¹ Σ q_j, so j's term for item i is (1 + alpha) q_jᵀA⁻¹q_i.
    Source: Hu, Koren & Volinsky (2008), section 5. Raise DataError on an
    unknown item.

    >>> Q = np.eye(2)
    >>> history_terms(Q, [0], alpha=1.0, reg=1.0).round(2)
    array([[0.67, 0.  ]])
    """
    Q_h = Q[as_idx(history, len(Q), "item")]  # (n_history, k)
    ridge = reg * np.eye(Q.shape[1])  # (k, k)
    A = Q.T @ Q + alpha * (Q_h.T @ Q_h) + ridge
    return (1 + alpha) * Q_h @ np.linalg.solve(A, Q.T)


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


def explain_part(part: Part, model: PartsALS, m: int = 3) -> Reasons:
    """Recommend the best new item to every user of a part, and say why.

    A user who has every item gets none: raise DataError, as when m < 1.
    """
    check_whole(m=m)
    users, start, items = histories(part, len(model.Q_))
    if np.diff(start).max(initial=0) >= len(model.Q_):
        raise DataError("a user has every item: there is nothing new to say")
    best = np.zeros(len(users), dtype=np.int64)
    score = np.zeros(len(users))
    because = np.full((len(users), m), NOTHING)
    worth = np.zeros((len(users), m))
    for n in range(len(users)):
        own = items[start[n] : start[n + 1]]
        terms = history_terms(model.Q_, own, model.alpha, model.reg)
        scores = terms.sum(axis=0)  # (n_items,)
        scores[own] = -np.inf
        best[n] = scores.argmax()
        score[n] = scores[best[n]]
        mine = terms[:, best[n]]  # (n_history,)
        top = np.argsort(-mine, kind="stable")[:m]
        because[n, : len(top)] = own[top]
        worth[n, : len(top)] = mine[top]
    return Reasons(users, best, score, because, worth)


def refitted_case(
    model: PartsALS, history: Sequence[int], item: int, user: str = "someone"
) -> Case:
    """Return the case of one score: without a thing, the user is solved anew.

    That is what the model would say had the thing never been there: the other
    terms change, too. Names are the items' numbers as text. Raise DataError on
    an unknown item or an empty history.
    """
    Q, own = model.Q_, as_idx(history, len(model.Q_), "item")
    item = int(as_idx(item, len(Q), "item"))

    def value(present: np.ndarray) -> np.ndarray:
        found = np.zeros(len(present))
        for row, there in enumerate(present > 0):
            terms = history_terms(Q, own[there], model.alpha, model.reg)
            found[row] = terms[:, item].sum()
        return found

    names = [str(each) for each in own]
    kinds = ["item"] * len(own)
    name = type(model).__name__
    return Case(user, str(item), kinds, names, value, model=name)
