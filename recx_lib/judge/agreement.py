"""Chapter 9: do two explanations of one pair say the same?"""

from __future__ import annotations

import numpy as np
from scipy.stats import rankdata

from recx_lib.core.errors import DataError
from recx_lib.core.evidence import Explanation


def agreement(
    first: Explanation, second: Explanation, k: int = 3
) -> dict[str, float]:
    """Return how far two explanations of one pair say the same.

    rank: of the weights, −1 … 1; overlap: of the top k, 0 … 1. Two seeds, two
    methods, or two models: where they disagree, at most one tells the truth.
    Silence is a weight of 0. Raise DataError when they are about different
    pairs.
    """
    if (first.user, first.item) != (second.user, second.item):
        raise DataError(
            f"one explanation is about {first.user!r} and {first.item!r}, "
            f"the other about {second.user!r} and {second.item!r}"
        )
    # 1. Weights over all names; what one did not cite weighs 0.
    one = {e.name: e.weight for e in first.evidence}
    two = {e.name: e.weight for e in second.evidence}
    names = sorted(one | two)
    a = np.array([one.get(name, 0.0) for name in names])
    b = np.array([two.get(name, 0.0) for name in names])
    # 2. How many of the strongest are the same.
    top_one = {e.name for e in first.top(k)}
    top_two = {e.name for e in second.top(k)}
    longer = max(len(top_one), len(top_two), 1)
    overlap = len(top_one & top_two) / longer
    return {"rank": rank_correlation(a, b), "overlap": overlap}


def rank_correlation(a, b) -> float:
    """Return Spearman's rank correlation of two (n,); ties share their ranks.

    0 where one does not vary.

    >>> rank_correlation([1, 2, 3], [10, 20, 15])
    0.5
    >>> rank_correlation([1, 1], [2, 3])
    0.0
    """
    a = rankdata(a) - (len(a) + 1) / 2
    b = rankdata(b) - (len(b) + 1) / 2
    spread = np.sqrt((a @ a) * (b @ b))
    return round(float(a @ b / spread), 12) if spread else 0.0
