"""Chapter 17: a service that watches itself: drift, and whether it lies."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterable
from functools import lru_cache

import numpy as np
from scipy.stats import binom

from recx_lib.core import (
    Case,
    DataError,
    Explanation,
    as_numbers,
    check_positive,
    check_whole,
    scores,
)
from recx_lib.judge import comprehensiveness, random_floor


def stability_index(usual, now, bins: int = 10) -> float:
    """Return the population stability index (PSI) of `now` against `usual`.

    Σ (q − p) ln(q / p) over `bins` that hold equal shares p of `usual`, q of
    `now`; half an observation is added to each, so that an empty bin is not
    infinitely strange. Bankers call 0.1 a change and 0.25 a large one. Raise
    DataError for an empty or non-finite sample.

    >>> stability_index([1, 2, 3, 4], [1, 2, 3, 4], bins=2)
    0.0
    """
    check_whole(bins=bins, minimum=2)
    usual, now = as_numbers(usual, "usual"), as_numbers(now, "now")
    # tenths of what is usual, as edges
    edges = np.quantile(usual, np.linspace(0, 1, bins + 1)[1:-1])
    shares = []
    for sample in (usual, now):
        bin_of = np.searchsorted(edges, sample)
        # half a case each: no share is zero
        counts = np.bincount(bin_of, minlength=bins) + 0.5
        shares.append(counts / counts.sum())
    p, q = shares
    return float(np.sum((q - p) * np.log(q / p)))


def passes_removal(
    case: Case, explanation: Explanation, k: int = 2, seed: int = 0
) -> bool | None:
    """Return whether an answer stands up to chapter 9's trial.

    Does the score fall further without the `k` pieces cited than without `k`
    drawn ones, in the mean? None where nothing could be drawn but the same:
    the trial needs more than k pieces.
    """
    if len(case) <= k:
        return None
    fall = comprehensiveness(case, explanation, k)
    return bool(fall > random_floor(case, k, draws=20, seed=seed)[0])


def weights_hold(
    case: Case, explanation: Explanation, k: int = 2, tolerance: float = 0.05
) -> bool:
    """Return whether the score falls by what is claimed.

    For explanations whose weights say what the score loses without each piece
    alone, as occlusion's and those of any sum do: each of the `k` largest is
    taken away, and may be off by `tolerance` times the largest weight.

    >>> from recx_lib.core import sum_case
    >>> case = sum_case("ann", "tent", ["item"] * 2, ["mat", "mug"], [2, 1])
    >>> weights_hold(case, case.explanation("exact", [2, 1]))
    True
    >>> weights_hold(case, case.explanation("off by one", [1, 2]))
    False
    """
    strongest = explanation.top(k)
    without = np.array([1 - case.mask([e.name]) for e in strongest])
    falls = case.whole() - scores(case, without)
    claims = np.array([e.weight for e in strongest])
    off = np.abs(falls - claims).max()
    return bool(off <= tolerance * np.abs(claims).max())


def names_hold(
    sentence: str, meant: Iterable[str], titles: Iterable[str]
) -> bool:
    """Return whether a sentence names the titles that are meant, and no other.

    `titles` are all that the shop has, from a list that the model has not
    touched. Read without regard to capitals; where one title stands within
    another, the longer one is meant.

    >>> shop = ["tent", "tent peg", "mat"]
    >>> names_hold("Tent pegs? No: a tent peg, for your mat.", shop[1:], shop)
    False
    >>> names_hold("A tent peg, since you have the mat.", shop[1:], shop)
    True
    """
    found = _any_of(tuple(titles)).findall(sentence)
    wanted = {title.casefold() for title in meant}
    return {title.casefold() for title in found} == wanted


@lru_cache(maxsize=4)
def _any_of(titles: tuple[str, ...]) -> re.Pattern:
    """Return what finds titles in a text, the longest first."""
    longest = sorted(filter(None, titles), key=len, reverse=True)
    either = "|".join(map(re.escape, longest))
    return re.compile(rf"(?<!\w)(?:{either})(?!\w)", re.IGNORECASE)


class TruthAlarm:
    """Rings when reasons stop being true of the model in memory.

    Of the last `window` answers on trial, how many passed? It rings where so
    few would have a chance below `chance`, were the share of those that pass
    still the `usual` one, measured when the model was released.

    >>> alarm = TruthAlarm(usual=0.98, window=20)
    >>> for passed in [True] * 20 + [False] * 5:
    ...     alarm.add(passed)
    >>> alarm.share, alarm.rings
    (0.75, True)
    """

    def __init__(self, usual: float, window: int = 100, chance: float = 1e-4):
        check_positive(chance=chance)
        check_whole(window=window)
        if not 0 < usual < 1:
            raise DataError(
                f"usual={usual} must lie between 0 and 1: a share of trials "
                "that may fail now and then"
            )
        self.usual, self.window, self.chance = usual, window, chance
        self._last: deque[bool] = deque(maxlen=window)

    def add(self, passed: bool | None) -> None:
        """Note the outcome of a trial; None (no trial) is left out."""
        if passed is not None:
            self._last.append(passed)

    @property
    def share(self) -> float:
        """The share of the window that passed; NaN before the first."""
        return float(np.mean(self._last)) if self._last else float("nan")

    @property
    def rings(self) -> bool:
        """Whether so few are a surprise that calls somebody out of bed."""
        passed = sum(self._last)
        so_few = binom.cdf(passed, len(self._last), self.usual)
        return bool(so_few < self.chance)
