"""What would have to be gone for another item to stand first."""

from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recx_lib.core import Case, DataError, sum_case
from recx_lib.explain import (
    Contest,
    swap_by_slopes,
    swap_by_sorting,
    swap_exact,
    swap_greedy,
)
from recx_lib.explain.slopes import ahead, promising, race

SEARCHES = [swap_by_sorting, swap_greedy, swap_by_slopes, swap_exact]


def contest(leader, *rivals, user="ann"):
    """Sums over things numbered from 0, the leader's and its rivals'."""
    names = [f"thing {n}" for n in range(len(leader))]
    kinds = ["item"] * len(names)
    rows = [leader, *rivals]
    cases = [
        sum_case(user, f"item {n}", kinds, names, row)
        for n, row in enumerate(rows)
    ]
    return Contest(cases)


def gone(swap):
    return sorted(int(name.removeprefix("thing ")) for name in swap.removed)


def smallest(leader, *rivals):
    """The size of the smallest set, by arithmetic on whole numbers."""
    m = len(leader)
    for size in range(1, m + 1):
        for one in combinations(range(m), size):
            kept = [n for n in range(m) if n not in one]
            lead = sum(leader[n] for n in kept)
            if any(sum(rival[n] for n in kept) > lead for rival in rivals):
                return size
    return None


@st.composite
def sums(draw):
    m = draw(st.integers(1, 6))
    row = st.lists(st.integers(-4, 6), min_size=m, max_size=m)
    leader, rivals = draw(row), draw(st.lists(row, min_size=1, max_size=3))
    leader[0] += max(0, max(map(sum, rivals)) - sum(leader))
    return leader, rivals


@settings(max_examples=150, deadline=None)
@given(sums())
def test_sorting_is_as_short_as_looking_everywhere(drawn):
    leader, rivals = drawn
    one = contest(leader, *rivals)
    want = smallest(leader, *rivals)
    for search in (swap_by_sorting, swap_by_slopes, swap_exact):
        swap = search(one, most=6) if search is swap_exact else search(one)
        assert (swap is None) == (want is None)
        assert swap is None or len(swap.removed) == want


@pytest.mark.parametrize("seed", range(10))
def test_of_twelve_things_sorting_is_as_short_as_all_sets_there_are(seed):
    rng = np.random.default_rng(seed)
    leader, rivals = rng.normal(0.3, 1, 12), rng.normal(0, 1, (3, 12))
    leader = leader + max(0, rivals.sum(axis=1).max() - leader.sum()) / 12
    kept = np.arange(2**12)[:, None] >> np.arange(12) & 1  # every set
    wins = (kept @ rivals.T > kept @ leader[:, None] + 1e-9).any(axis=1)
    swap = swap_by_sorting(contest(leader, *rivals))
    assert len(swap.removed) == (12 - kept[wins].sum(axis=1)).min()


@settings(max_examples=100, deadline=None)
@given(sums())
def test_a_found_set_does_what_it_says(drawn):
    leader, rivals = drawn
    one = contest(leader, *rivals)
    for search in SEARCHES:
        swap = search(one)
        if swap is None:
            continue
        kept = [n for n in range(len(leader)) if n not in gone(swap)]
        totals = [sum(row[n] for n in kept) for row in (leader, *rivals)]
        named = int(swap.instead.removeprefix("item "))
        assert totals[named] == max(totals) > totals[0]


def either(names):
    """A score that one of the first two things is enough for."""

    def value(present):
        return 0.3 * present[:, 2] + np.maximum(present[:, 0], present[:, 1])

    return Case("ann", "tent", ["item"] * 4, names, value)


def test_greed_puts_back_what_is_not_needed():
    names = ["a", "b", "c", "d"]
    rival = sum_case("ann", "mug", ["item"] * 4, names, [0] * 4, base=0.5)
    swap = swap_greedy(Contest([either(names), rival]))
    assert set(swap.removed) == {"a", "b"}  # c was taken first, and came back
    assert swap_by_sorting(Contest([either(names), rival])) is None


def test_a_tie_is_no_win():
    one = contest([0.1, 0.2, 0.3], [0.05, 0.1, 0.15])
    for search in SEARCHES:
        assert search(one) is None


def test_each_fall_is_what_the_piece_alone_takes_from_the_lead():
    swap = swap_by_sorting(contest([5, 1, 4], [0, 3, 2]))
    assert gone(swap) == [0, 2] and swap.removed[0] == "thing 0"
    said = swap.explanation()
    assert [(e.name, e.weight) for e in said.evidence] == [
        ("thing 0", 5.0),
        ("thing 2", 2.0),
    ]
    assert (said.method, said.user, said.item) == (
        "counterfactual",
        "ann",
        "item 0",
    )


def test_the_asked_scores_are_counted():
    calls = []

    def counting(present):
        calls.append(len(present))
        return present @ np.array([3.0, 1.0, 1.0])

    def sloping(present):
        slopes.append(len(present))
        return np.broadcast_to([3.0, 1.0, 1.0], present.shape)

    names, slopes = ["a", "b", "c"], []
    leader = Case("ann", "tent", ["item"] * 3, names, counting, sloping)
    rival = sum_case("ann", "mug", ["item"] * 3, names, [0, 1.5, 1])
    for search in SEARCHES:
        calls.clear()
        slopes.clear()
        swap = search(Contest([leader, rival]))
        looked = sum(calls) - 2 - len(swap.removed)  # the answer's own looks
        assert swap.asked == 2 * looked
        assert swap.sloped == 2 * sum(slopes)
        assert (swap.sloped > 0) == (search is swap_by_slopes)


def bent(worth, item="tent"):
    """A score whose slopes change with what is there: the square of a sum."""
    worth = np.array(worth, dtype=float)
    names = [f"thing {n}" for n in range(len(worth))]

    def value(present):
        return (present @ worth) ** 2

    def gradient(present):
        return 2 * (present @ worth)[:, None] * worth

    return Case("ann", item, ["item"] * len(names), names, value, gradient)


def test_slopes_find_what_does_in_a_score_that_is_no_sum():
    leader, rival = bent([3, 2, 1]), bent([0, 0, 4], item="mug")
    one = Contest([leader, rival])
    swap = swap_by_slopes(one)
    kept = 1.0 - leader.mask(swap.removed)
    assert one.lead(kept[None])[0] < 0
    assert len(swap.removed) == len(swap_exact(one).removed) == 1
    assert swap.asked == 2 * 2 and swap.sloped == 2  # two cases, two looks


def test_slopes_do_not_look_at_a_long_history_piece_by_piece():
    rest = [1] * 199
    one = contest([5, *rest], [0, 2, *rest[1:]], [4, *rest])
    swap = swap_by_slopes(one)
    assert gone(swap) == gone(swap_exact(one, most=1)) == [0]
    assert swap.asked < swap_greedy(one).asked / 50


class Counting:
    """Sums over twelve things, every case of which counts its calls."""

    def __init__(self, rows):
        self.rows, self.forward, self.back = np.array(rows, float), 0, 0
        names = [f"thing {n}" for n in range(self.rows.shape[1])]
        self.contest = Contest(
            [self.case(names, n) for n in range(len(self.rows))]
        )

    def case(self, names, n):
        def value(present):
            self.forward += len(present)
            return present @ self.rows[n]

        def gradient(present):
            self.back += len(present)
            return np.broadcast_to(self.rows[n], present.shape)

        kinds = ["item"] * len(names)
        return Case("ann", f"item {n}", kinds, names, value, gradient)


def three_of_twelve(near=True):
    """Only without things 2, 5 and 9 is a rival ahead, the fourth or the
    eighth; the others are behind in each thing.
    """
    leader = np.full(12, 0.1)
    leader[[2, 5, 9]] = 1.0
    rivals = np.tile(leader - 0.3, (9, 1))
    rivals[3 if near else 7] = np.where(leader < 1, 0.12, 0.0)
    return Counting([leader, *rivals])


def test_slopes_ask_less_than_a_twentieth_of_what_the_exact_search_asks():
    model = three_of_twelve()
    exact = swap_exact(model.contest)
    assert gone(exact) == [2, 5, 9] and exact.instead == "item 4"
    assert exact.asked == 10 * (12 + 66 + 220)  # all threes in one batch
    model.forward = model.back = 0
    swap = swap_by_slopes(model.contest)
    assert gone(swap) == [2, 5, 9] and swap.instead == "item 4"
    # less the answer's own words: who is first instead (10 calls), and what
    # each of the three takes from the lead of two (2 + 6)
    assert (swap.asked, swap.sloped) == (model.forward - 18, model.back)
    assert swap.asked + swap.sloped < 0.05 * exact.asked


def test_where_the_nearest_rivals_never_win_all_are_asked():
    model = three_of_twelve(near=False)
    swap = swap_by_slopes(model.contest)
    assert gone(swap) == [2, 5, 9] and swap.instead == "item 8"
    assert (swap.asked, swap.sloped) == (model.forward - 18, model.back)


def test_a_race_ends_when_the_leader_is_passed():
    model = three_of_twelve()
    model.forward = 0
    found = race(model.contest, [2, 5, 9], [3, 0, 1])
    assert model.forward == np.isfinite(found).sum() == 2
    assert np.isnan(found[1]) and found[4] > found[0]
    model.forward = 0
    assert ahead(race(model.contest, [2], range(9))) > 0
    assert model.forward == 10


def test_of_two_that_promise_to_be_enough_the_second_is_looked_at_too():
    leader, rival = bent([3, 2, 1]), bent([0, 0, 4], item="mug")
    flat = replace(leader, value=lambda p: (p @ [0.1, 3.0, 0.5]) + 14)
    one = Contest([flat, rival])  # the slopes say thing 0, the score says 1
    assert flat.whole() > rival.whole() > flat.without(["thing 1"])
    looks = [n for n, _ in promising(one, [], one.scores(ALL)[0])]
    assert looks == [0, 1, 2]  # what promises nothing comes last
    assert gone(swap_by_slopes(one)) == [1]


ALL = np.ones((1, 3))


def test_without_slopes_the_search_says_what_to_do():
    names = ["a", "b", "c", "d"]
    rival = sum_case("ann", "mug", ["item"] * 4, names, [0] * 4, base=0.5)
    with pytest.raises(DataError, match="offers no gradient"):
        swap_by_slopes(Contest([either(names), rival]))


def test_of_a_history_of_one_the_one_thing_is_the_answer_or_nothing_is():
    for search in SEARCHES:
        assert search(contest([2], [1])) is None  # then both have nothing
    names = ["thing 0"]
    ahead = sum_case("ann", "tent", ["item"], names, [2])
    behind = sum_case("ann", "mug", ["item"], names, [0], base=1.0)
    for search in SEARCHES:
        assert gone(search(Contest([ahead, behind]))) == [0]


def test_an_empty_history_is_refused_and_a_steadfast_leader_is_none():
    with pytest.raises(DataError, match="the history is empty"):
        sum_case("ann", "tent", [], [], worth=[])
    for search in SEARCHES:  # one rival, behind whatever goes
        assert search(contest([2, 1], [1, 0])) is None


def test_contests_that_are_none_are_refused():
    one = sum_case("ann", "tent", ["item"], ["mat"], [1.0])
    other = sum_case("bob", "mug", ["item"], ["mat"], [1.0])
    more = sum_case("ann", "mug", ["item"], ["lamp"], [1.0])
    with pytest.raises(DataError, match="and a rival"):
        Contest([one])
    for wrong in (other, more):
        with pytest.raises(DataError, match="other pieces"):
            Contest([one, wrong])
    with pytest.raises(DataError, match="most"):
        swap_exact(Contest([one, one]), most=0)


@pytest.mark.parametrize("batch", [1, 2, 100])
def test_exact_does_not_depend_on_the_batch(batch):
    one = contest([4, 3, 2, 1], [0, 1, 2, 3])
    assert gone(swap_exact(one, batch=batch)) == gone(swap_exact(one))
