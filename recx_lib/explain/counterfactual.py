"""Chapter 14: what would have to be otherwise for another item to stand first.

A counterfactual set names the fewest things of a customer's history without
which the recommendation would be another one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from recx_lib.core.case import Case, scores
from recx_lib.core.checks import check_whole
from recx_lib.core.errors import DataError
from recx_lib.core.evidence import Evidence, Explanation

TIE = 1e-9  # a lead this small is none: sums are rounded


@dataclass(frozen=True)
class Contest:
    """The item that stands first for a user, and its rivals.

    One `Case` each, about the same user and the same m pieces of evidence, as
    the list has them, the leader first. Raise DataError for fewer than two
    cases, for cases of several users, and where the pieces differ.

    >>> from recx_lib.core.case import sum_case
    >>> pieces = ["item"] * 2, ["mat", "mug"]
    >>> tent = sum_case("ann", "tent", *pieces, worth=[0.5, 0.1])
    >>> stove = sum_case("ann", "stove", *pieces, worth=[0.0, 0.4])
    >>> Contest([tent, stove]).lead(np.array([[1, 1], [0, 1]])).round(1)
    array([ 0.2, -0.3])
    """

    cases: Sequence[Case]

    def __post_init__(self):
        if len(self.cases) < 2:
            raise DataError(
                "a contest needs the item that stands first and a rival: with "
                "one item nothing else could be recommended"
            )
        leader = self.cases[0]
        for rival in self.cases[1:]:
            same = list(rival.names) == list(leader.names)
            if not same or rival.user != leader.user:
                raise DataError(
                    f"{rival.item!r} for {rival.user!r} rests on other pieces "
                    f"than {leader.item!r} for {leader.user!r}: compare items "
                    "that lie outside the history of one user"
                )

    def __len__(self) -> int:
        return len(self.cases[0])

    def scores(self, present: np.ndarray) -> np.ndarray:
        """Return every item's score, (n, n_cases), for n rows of presence
        (n, m).
        """
        return np.column_stack([scores(case, present) for case in self.cases])

    def lead(self, present: np.ndarray) -> np.ndarray:
        """Return by how much the leader is ahead of the best rival, (n,):
        below zero where another item stands first.
        """
        found = self.scores(present)
        return found[:, 0] - found[:, 1:].max(axis=1)

    def slopes(self, present: np.ndarray) -> np.ndarray:
        """Return what one more unit of each piece would add to every item's
        score, (n_cases, m), at one row of presence (1, m).

        Raise DataError where a case has no gradient.
        """
        return np.vstack(
            [case.need("gradient")(present) for case in self.cases]
        )


@dataclass(frozen=True)
class Swap:
    """Without the pieces of `evidence`, `instead` would stand first, where
    `item` stands.

    Each piece's weight is what it alone takes from the item's lead over
    `instead`, `fall` what all of them take together; `asked` is how many
    scores the search looked at, `sloped` how many slopes of a score.
    """

    user: str
    item: str
    instead: str
    evidence: tuple[Evidence, ...]
    fall: float
    asked: int
    sloped: int = 0

    @property
    def removed(self) -> tuple[str, ...]:
        """The names of the pieces, the one that takes most first."""
        return tuple(piece.name for piece in self.evidence)

    def explanation(self) -> Explanation:
        """Return the pieces as an Explanation, to be tried as any."""
        about = self.user, self.item, "counterfactual"
        return Explanation(*about, self.evidence)

    def in_words(self, title: Callable[[str], str] = str) -> Explanation:
        """Return the whole as one Evidence("swap", a clause, the fall), for
        any writer; `title` gives an item's name.
        """
        *most, last = map(title, self.removed)
        gone = f"{', '.join(most)} and {last}" if most else last
        others = f"{title(self.instead)} instead of {title(self.item)}"
        clause = f"without {gone} in your history you would see {others}"
        about = self.user, self.item, "counterfactual"
        return Explanation(*about, (Evidence("swap", clause, self.fall),))


def swap_by_sorting(contest: Contest) -> Swap | None:
    """Return the smallest counterfactual set of a score that is a sum.

    Each piece adds its gap to the leader's lead over a rival. Taking k pieces
    away takes the sum of their gaps, and no k take more than the k largest: so
    sort, and stop when the lead is gone. None where no set will do. On a score
    that is no sum the answer is a guess: see `swap_greedy`.

    >>> from recx_lib.core.case import sum_case
    >>> pieces = ["item"] * 2, ["mat", "mug"]
    >>> tent = sum_case("ann", "tent", *pieces, worth=[0.5, 0.1])
    >>> stove = sum_case("ann", "stove", *pieces, worth=[0.0, 0.4])
    >>> swap_by_sorting(Contest([tent, stove])).removed
    ('mat',)
    """
    m = len(contest)
    # 1. every score whole, and without each piece: (m + 1, n_cases)
    found = contest.scores(np.vstack([np.ones(m), 1.0 - np.eye(m)]))
    lead = found[:, :1] - found[:, 1:]  # over each rival
    gaps = lead[0] - lead[1:]  # (m, n_rivals): what each piece adds to it
    # 2. the largest gaps first, until the lead is gone
    pieces, is_enough = fewest(lead[0], gaps)
    return swap_of(contest, pieces, found.size) if is_enough else None


def fewest(lead: np.ndarray, gaps: np.ndarray) -> tuple[np.ndarray, bool]:
    """Return the fewest pieces whose gaps use up the lead over one rival.

    `lead` is (n_rivals,), `gaps` (m, n_rivals). Of rivals that need as many,
    the one that all largest gaps together would bring furthest ahead. Also
    return whether they do use it up; else they are what comes nearest.

    >>> fewest(np.array([0.2]), np.array([[0.1], [0.3]]))
    (array([1]), True)
    """
    # 1. per rival, the largest gaps first; how many until the lead is gone?
    order = np.argsort(-gaps, axis=0, kind="stable")
    left = lead - np.take_along_axis(gaps, order, axis=0).cumsum(axis=0)
    is_gone = left < -TIE
    # 2. the rival that needs the fewest; among these the one it leads to most
    enough = is_gone.any(axis=0)
    size = np.where(enough, is_gone.argmax(axis=0), len(gaps))
    rival = np.lexsort((left.min(axis=0), size))[0]
    return order[: size[rival] + 1, rival], bool(enough.any())


def swap_greedy(contest: Contest) -> Swap | None:
    """Return a small counterfactual set of any score.

    Take away the piece that lowers the lead most, again and again, until
    another item stands first; then put back whatever is not needed. None where
    the leader stays first even without everything.

    >>> from recx_lib.core.case import sum_case
    >>> pieces = ["item"] * 2, ["mat", "mug"]
    >>> tent = sum_case("ann", "tent", *pieces, worth=[0.5, 0.1])
    >>> stove = sum_case("ann", "stove", *pieces, worth=[0.0, 0.4])
    >>> swap_greedy(Contest([tent, stove])).removed
    ('mat',)
    """
    m, n_cases = len(contest), len(contest.cases)
    gone: list[int] = []
    asked = n_cases
    lead = contest.lead(np.ones((1, m)))[0]
    # 1. one piece more, the one whose absence hurts most
    while lead >= -TIE and len(gone) < m:
        left = np.setdiff1d(np.arange(m), gone)
        leads = contest.lead(absent(m, [[*gone, n] for n in left]))
        asked += n_cases * len(left)
        gone.append(int(left[leads.argmin()]))
        lead = leads.min()
    if lead >= -TIE:
        return None
    # 2. what the others do without comes back
    gone, looks = needed(contest, gone)
    return swap_of(contest, np.array(gone), asked + n_cases * looks)


def needed(contest: Contest, gone: list[int]) -> tuple[list[int], int]:
    """Return the pieces of `gone` that are needed, and how often it looked:
    put back, the first taken first, what the others do without.
    """
    looks = 0
    for piece in gone[:-1]:  # without the last, the leader was still first
        others = [n for n in gone if n != piece]
        if not others:
            break
        looks += 1
        if contest.lead(absent(len(contest), [others]))[0] < -TIE:
            gone = others
    return gone, looks


def swap_exact(
    contest: Contest, most: int = 4, batch: int = 512
) -> Swap | None:
    """Return a smallest counterfactual set of any score, found by looking.

    All single pieces, then all pairs, and so on up to `most` pieces, `batch`
    sets at a time; in each size, those first whose pieces hurt most alone.
    None where no set of that size will do. Raise DataError for most or batch
    below 1.
    """
    check_whole(most=most, batch=batch)
    m, n_cases = len(contest), len(contest.cases)
    alone = contest.lead(1.0 - np.eye(m))  # (m,): without each one
    order = np.argsort(alone, kind="stable")
    asked = n_cases * m
    if alone.min() < -TIE:
        return swap_of(contest, order[:1], asked)
    for size in range(2, min(most, m) + 1):
        for sets in batches(combinations(order, size), batch):
            leads = contest.lead(absent(m, sets))
            asked += n_cases * len(sets)
            if leads.min() < -TIE:
                return swap_of(contest, np.array(sets[leads.argmin()]), asked)
    return None


def batches(sets: Iterator[tuple], size: int) -> Iterator[list[tuple]]:
    """Return `sets` in lists of at most `size`, as they come.

    >>> list(batches(iter([(0,), (1,), (2,)]), 2))
    [[(0,), (1,)], [(2,)]]
    """
    batch = []
    # full ones at once, the last one as it is
    for one in sets:
        batch.append(one)
        if len(batch) == size:
            yield batch
            batch = []
    if batch:
        yield batch


def absent(m: int, gone: Sequence[Sequence[int]]) -> np.ndarray:
    """Return rows of ones (n, m), with zeros where each row's pieces are
    gone.

    >>> absent(3, [[0], [1, 2]]).tolist()
    [[0.0, 1.0, 1.0], [1.0, 0.0, 0.0]]
    """
    present = np.ones((len(gone), m))
    for row, pieces in zip(present, gone, strict=True):
        row[list(pieces)] = 0.0
    return present


def swap_of(
    contest: Contest, gone: np.ndarray, asked: int, sloped: int = 0
) -> Swap:
    """Return the swap that the absence of the pieces `gone` makes: who stands
    first then, and what each piece takes from the lead over that item.
    """
    # 1. Who comes first instead?
    leader = contest.cases[0]
    after = contest.scores(absent(len(contest), [gone]))[0]
    rival = contest.cases[int(after[1:].argmax()) + 1]
    # 2. How much of the lead each absence takes, and all together.
    pair = Contest([leader, rival])
    whole = pair.lead(np.ones((1, len(contest))))[0]
    fall = float(whole - after[0] + after[1:].max())
    falls = whole - pair.lead(absent(len(contest), gone[:, None]))
    # 3. The strongest first, as evidence.
    evidence = []
    for n in np.argsort(-falls, kind="stable"):
        kind, name = leader.kinds[gone[n]], leader.names[gone[n]]
        evidence.append(Evidence(kind, name, float(falls[n])))
    names = leader.user, leader.item, rival.item
    return Swap(*names, tuple(evidence), fall, asked, sloped)
