"""Chapter 14: a counterfactual set in few looks, by the slopes of a score."""

from __future__ import annotations

import numpy as np

from recx_lib.explain.counterfactual import (
    TIE,
    Contest,
    Swap,
    fewest,
    needed,
    swap_of,
)


def swap_by_slopes(contest: Contest) -> Swap | None:
    """Return a small counterfactual set of a score that has slopes.

    At what is there, slopes tell what each piece is worth if the score were a
    sum: so sort, take the largest piece of the rival that would need the
    fewest, and look again. When another item stands first, put back what is
    not needed. One pass forward and one back for each piece, however long the
    history. None where the leader stays first to the end; raise DataError
    where a case has no gradient.

    >>> from recx_lib.core.case import sum_case
    >>> pieces = ["item"] * 2, ["mat", "mug"]
    >>> tent = sum_case("ann", "tent", *pieces, worth=[0.5, 0.1])
    >>> stove = sum_case("ann", "stove", *pieces, worth=[0.0, 0.4])
    >>> swap_by_slopes(Contest([tent, stove])).removed
    ('mat',)
    """
    m, n_cases = len(contest), len(contest.cases)
    present, gone = np.ones((1, m)), []
    while True:
        # 1. by how much is the leader ahead of each rival now?
        found = contest.scores(present)[0]
        lead = found[0] - found[1:]
        if lead.min() < -TIE:
            break
        if len(gone) == m:
            return None
        # 2. what the slopes promise: the largest piece of the nearest rival
        slopes = contest.slopes(present)
        left = np.flatnonzero(present[0])
        gaps = (slopes[0] - slopes[1:])[:, left].T  # (n_left, n_rivals)
        piece = int(left[fewest(lead, gaps)[0][0]])
        gone.append(piece)
        present[0, piece] = 0.0
    # 3. what the others do without comes back
    gone, looks = needed(contest, gone)
    steps = n_cases * int(m - present.sum())  # as many slopes, one look more
    asked = steps + n_cases * (1 + looks)
    return swap_of(contest, np.array(gone, dtype=int), asked, steps)
