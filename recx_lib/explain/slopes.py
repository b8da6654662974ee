"""Chapter 14: a counterfactual set in few calls, by the slopes of a score."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from recx_lib.core.case import scores
from recx_lib.explain.counterfactual import (
    TIE,
    Contest,
    Swap,
    absent,
    fewest,
    needed,
    swap_of,
)

NEAREST, TRIES = 5, 3  # rivals that are asked first; pieces looked at


def swap_by_slopes(contest: Contest) -> Swap | None:
    """Return a small counterfactual set of a score that has slopes.

    Slopes tell what each piece would be worth if the score were a sum. Look
    at the TRIES that promise most; while the leader stays first, take the one
    that lowers its lead most, and take slopes anew: a few calls for each
    piece, however long the history. When another item stands first, put back
    what is not needed. Only the first NEAREST rivals are asked, as a list has
    them; if that fails, all. None where the leader stays first to the end;
    raise DataError where a case has no gradient.

    >>> from recx_lib.core.case import sum_case
    >>> pieces = ["item"] * 2, ["mat", "mug"]
    >>> tent = sum_case("ann", "tent", *pieces, worth=[0.5, 0.1])
    >>> stove = sum_case("ann", "stove", *pieces, worth=[0.0, 0.4])
    >>> swap_by_slopes(Contest([tent, stove])).removed
    ('mat',)
    """
    asked = sloped = 0
    for n_cases in (NEAREST + 1, len(contest.cases)):
        # 1. pieces without which another item stands first
        few = Contest(contest.cases[:n_cases])
        gone, *calls = take_away(few)
        asked, sloped = asked + calls[0], sloped + calls[1]
        if gone:
            # 2. what the others do without comes back
            gone, looks = needed(few, gone)
            asked += len(few.cases) * looks
            return swap_of(contest, np.array(gone), asked, sloped)
        if len(few.cases) == len(contest.cases):
            break
    return None


def take_away(contest: Contest) -> tuple[list[int], int, int]:
    """Return pieces without which another item stands first, in the order
    taken, by slopes; none where the leader stays first to the end. Also
    return how many scores and how many slopes were asked for.
    """
    m, n_cases = len(contest), len(contest.cases)
    gone: list[int] = []
    found = contest.scores(np.ones((1, m)))[0]
    asked, sloped = n_cases, 0
    while ahead(found) >= -TIE and len(gone) < m:
        # 1. what the slopes promise, looked at until another stands first
        looks = []
        for piece, rivals in promising(contest, gone, found):
            looks.append((piece, race(contest, [*gone, piece], rivals)))
            asked += int(np.isfinite(looks[-1][1]).sum())
            if ahead(looks[-1][1]) < -TIE:
                break
        sloped += n_cases
        # 2. the piece that took most of the lead
        piece, found = min(looks, key=lambda look: ahead(look[1]))
        gone.append(piece)
    return (gone if ahead(found) < -TIE else []), asked, sloped


def ahead(found: np.ndarray) -> float:
    """Return how far the first of some scores (n_cases,) is ahead of the best
    other; NaN is a rival that was not asked.
    """
    return float(found[0] - np.nanmax(found[1:]))


def promising(
    contest: Contest, gone: list[int], found: np.ndarray
) -> list[tuple[int, np.ndarray]]:
    """Return the pieces to look at next, at most TRIES, each with the rivals
    as they are to be asked; without `gone`, scores are `found` (n_cases,).

    Those that promise to be enough; then those of the rival that would need
    the fewest; then those that would leave least of a lead.
    """
    # 1. what would be left of each lead without each piece, by the slopes
    slopes = contest.slopes(absent(len(contest), [gone]))
    left = np.setdiff1d(np.arange(len(contest)), gone)
    gaps = (slopes[0] - slopes[1:])[:, left].T  # (n_left, n_rivals)
    lead = found[0] - found[1:]
    rest = lead - gaps
    # 2. enough, of the fewest, nearest: each piece once
    nearest = np.argsort(rest.min(axis=1), kind="stable")
    enough = nearest[rest[nearest].min(axis=1) < -TIE]
    order = [*enough, *fewest(lead, gaps)[0], *nearest]
    first = list(dict.fromkeys(map(int, order)))[:TRIES]
    return [(int(left[n]), np.argsort(rest[n])) for n in first]


def race(
    contest: Contest, gone: list[int], rivals: Sequence[int]
) -> np.ndarray:
    """Return the scores without `gone`, (n_cases,): the leader's, then one
    rival's after another, until one is ahead; NaN for those not asked.

    >>> from recx_lib.core.case import sum_case
    >>> pieces = ["item"] * 2, ["mat", "mug"]
    >>> worth = {"tent": [0.5, 0.1], "stove": [0.0, 0.4], "hat": [0.1, 0.0]}
    >>> cases = [sum_case("ann", i, *pieces, worth[i]) for i in worth]
    >>> race(Contest(cases), [0], [0, 1])
    array([0.1, 0.4, nan])
    """
    present = absent(len(contest), [gone])
    found = np.full(len(contest.cases), np.nan)
    found[0] = scores(contest.cases[0], present)[0]
    for n in np.array(rivals) + 1:
        found[n] = scores(contest.cases[n], present)[0]
        if found[n] > found[0] + TIE:
            break
    return found
