"""Checks of the exercises on what would have to be otherwise."""

from __future__ import annotations

from copy import deepcopy
from itertools import combinations, product

import numpy as np

from recx_check.core import Checks, Miss, expect

checks = Checks()
check, require = checks.check, checks.require


def drawn(seed, *shape):
    """Return numbers without any pattern, some below zero."""
    return np.random.default_rng(seed).normal(0.2, 0.5, shape).round(2)


def ahead(leader, rivals, gone):
    """Return whether a rival is strictly ahead without the things `gone`."""
    kept = [n for n in range(len(leader)) if n not in gone]
    lead = leader[kept].sum()
    return any(rival[kept].sum() > lead + 1e-9 for rival in rivals)


def least(leader, rivals):
    """Return the size of the smallest set by trying all; None for none."""
    m = len(leader)
    for k in range(1, m + 1):
        if any(ahead(leader, rivals, gone) for gone in combinations(range(m), k)):
            return k
    return None


@checks.test("deciding")
def _(deciding):
    """The loudest is loud for both, and one thing speaks for the rival:"""
    for leader, rival in (
        (np.array([0.3, 0.9, 0.0, 0.1]), np.array([0.0, 0.8, 0.5, 0.1])),
        (np.array([0.1, 0.7, -0.2]), np.array([0.1, 0.7, -0.5])),
        (np.array([0.2]), np.array([0.5])),
    ):
        gap = leader - rival
        got = deciding(leader.copy(), rival.copy())
        if isinstance(got, float) and np.isclose(got, gap.max()) and got != int(np.argmax(gap)):
            raise Miss("Return the number of the thing, not its gap.")
        expect(
            got,
            int(np.argmax(gap)),
            "Which thing has the largest difference of the two?",
            (int(np.argmax(leader)), "That is the loudest for the leader; what is loud for both decides nothing."),
            (int(np.argmax(-gap)), "That thing decides for the rival: turn the difference round."),
            (int(np.argmax(abs(gap))), "That thing speaks for the rival: without it the lead grows. Mind the sign."),
        )


@checks.test("smallest_set")
def _(smallest_set):
    """Drawn histories, two and three rivals:"""
    for seed in range(40):
        leader, rivals = drawn(seed, 6), drawn(100 + seed, 2 + seed % 2, 6)
        leader = leader + max(0.0, rivals.sum(axis=1).max() - leader.sum()) / 6 + 0.05
        want = least(leader, rivals)
        got = smallest_set(leader.copy(), rivals.copy())
        if got is None:
            if want is not None:
                raise Miss(
                    f"There is a set of {want} for one of the rivals: look at all, not at the nearest rival alone."
                )
            continue
        if want is None:
            raise Miss("No set will do here, not even everything: return None.")
        gone = [int(n) for n in got]
        if len(set(gone)) < len(gone) or not set(gone) <= set(range(6)):
            raise Miss(f"{gone} are no numbers of things, or one stands twice.")
        if not ahead(leader, rivals, gone):
            raise Miss(f"Without {gone} no rival is ahead yet; a tie is no win.")
        if len(gone) > want:
            raise Miss(
                f"{gone} will do, and is not the smallest: {want} would. Sort by gaps, not by the leader's "
                "own numbers, and try every rival, not the nearest rival alone."
            )


@checks.test("smallest_set")
def _(smallest_set):
    """The nearest rival needs more than another:"""
    leader = np.array([1.0, 0.2, 0.2, 0.2])
    rivals = np.array([[0.95, 0.15, 0.15, 0.25], [0.0, 0.25, 0.25, 0.25]])
    got = smallest_set(leader.copy(), rivals.copy())
    if got is None or len(got) != least(leader, rivals):
        raise Miss("One rival needs fewer than the nearest rival does: try every one.")


@checks.test("smallest_set")
def _(smallest_set):
    """Where all gaps are the same, without everything there is a tie:"""
    leader, rivals = np.array([0.5, 0.5, 0.5]), np.array([[0.25, 0.25, 0.25]])
    if smallest_set(leader.copy(), rivals.copy()) is not None:
        raise Miss("Without everything both have 0, and a tie is no win: return None.")


@checks.test("roles")
def _(roles):
    """Stove and mat together bring the tent:"""
    things = {"stove", "mat", "lamp"}

    def both(present):
        return "tent" if {"stove", "mat"} <= set(present) else "hammock"

    def either(present):
        return "tent" if {"stove", "mat"} & set(present) else "hammock"

    for score, named, want in (
        (both, {"lamp"}, (False, False)),
        (both, {"stove"}, (True, False)),
        (both, {"stove", "mat"}, (True, True)),
        (either, {"stove"}, (False, True)),
        (either, {"stove", "mat"}, (True, True)),
    ):
        got = tuple(bool(part) for part in roles(score, set(things), set(named), "tent"))
        if got == want:
            continue
        if got == want[::-1]:
            raise Miss("The two are swapped: necessary asks what is without them, sufficient what is with them alone.")
        if got == (not want[0], want[1]) and got[0] != got[1]:
            raise Miss("Necessary: without them the item no longer stands first; you asked whether it still stands.")
        raise Miss(f"For {sorted(named)} expected {want}, got {got}: these are two questions with two different sets.")


def effect(treated, y, stratum, weigh):
    """Return a mean of within-stratum differences, weighted by `weigh`."""
    found, weights = [], []
    for one in np.unique(stratum):
        here = stratum == one
        if (here & treated).any() and (here & ~treated).any():
            found.append(y[here & treated].mean() - y[here & ~treated].mean())
            weights.append(weigh(here))
    return float(np.average(found, weights=weights))


def study(seed, n=60, strata=3):
    """Return a study in which the effect differs by stratum."""
    rng = np.random.default_rng(seed)
    stratum = rng.choice(strata, n, p=[0.6, 0.3, 0.1])
    treated = rng.random(n) < np.array([0.2, 0.5, 0.8])[stratum]
    treated[:6], stratum[:6] = [1, 0, 1, 0, 1, 0], [0, 0, 1, 1, 2, 2]
    y = 3 + stratum + treated * (0.2 + 0.6 * stratum) + rng.normal(0, 0.2, n)
    return treated, y, stratum


@checks.test("stratified")
def _(stratified):
    """Three strata of unequal size:"""
    for seed in range(3):
        treated, y, stratum = study(seed)
        expect(
            stratified(treated.copy(), y.copy(), stratum.copy()),
            effect(treated, y, stratum, np.sum),
            "Within each stratum a difference of means; then a mean of them, weighted by the stratum's rows.",
            (y[treated].mean() - y[~treated].mean(), "That is the plain difference: compare within each stratum."),
            (effect(treated, y, stratum, lambda here: 1), "You gave every stratum the same weight: weigh by its rows."),
            (
                effect(treated, y, stratum, lambda here, treated=treated: (here & treated).sum()),
                "Weighted so, it answers for the treated only: weigh by all rows.",
            ),
        )


@checks.test("stratified")
def _(stratified):
    """A stratum in which all are treated:"""
    treated, y, stratum = study(5)
    treated, y = np.append(treated, [True] * 9), np.append(y, [9.0] * 9)
    stratum = np.append(stratum, [7] * 9)
    got = stratified(treated.copy(), y.copy(), stratum.copy())
    if not np.isfinite(got):
        raise Miss("In one stratum there is nobody to compare with: leave it out, of the weights too.")
    expect(got, effect(treated, y, stratum, np.sum), "Leave a stratum with nobody to compare out, of the weights too.")


@checks.test("adjust_for")
def _(adjust_for):
    """Three graphs:"""
    graphs = [
        ({"fame": set(), "dry": {"fame"}, "returned": {"dry"}, "stars": {"fame", "dry", "returned"}}, "dry"),
        ({"a": set(), "b": {"a"}, "c": {"a", "b"}, "t": {"b", "c"}, "y": {"t", "a"}, "z": {"y"}}, "t"),
        ({"coin": set(), "stars": {"coin"}, "fame": set()}, "coin"),
    ]
    for graph, treatment in graphs:
        mine = deepcopy(graph)
        got = set(adjust_for(mine, treatment))
        if mine != graph:
            raise Miss("Leave the graph as it was: copy a set before you change it.")
        after, wanted = {treatment}, graph[treatment]
        for _ in graph:
            after |= {name for name, causes in graph.items() if causes & after}
        if got & after:
            raise Miss(f"{sorted(got & after)}: the treatment itself brings about what stands there, or is it.")
        if not wanted <= got:
            raise Miss(f"Without {sorted(wanted - got)} a path from behind stays open.")
        if got != wanted:
            raise Miss(f"{sorted(got - wanted)} are not needed: the direct causes are enough.")


def brings_about(graph, start):
    """Return the columns on which `start` acts, directly or through others."""
    found = set()
    for _ in graph:
        found |= {name for name, causes in graph.items() if causes & (found | {start})}
    return found


@checks.test("colliders")
def _(colliders):
    """Four graphs, one without any:"""
    graphs = [
        ({"f": set(), "a": {"f"}, "m": {"a"}, "n": {"m"}, "b": {"f"}, "c": {"n", "b"}}, "a", "b"),
        ({"a": set(), "b": set(), "c": {"a", "b"}, "d": {"c"}, "e": {"a"}}, "a", "b"),
        ({"a": set(), "b": {"a"}, "c": {"b"}, "f": set(), "e": {"b", "f"}}, "a", "b"),
        ({"f": set(), "a": {"f"}, "b": {"f"}, "c": {"a"}, "d": {"b"}}, "a", "b"),
    ]
    for graph, one, other in graphs:
        mine = deepcopy(graph)
        got = set(colliders(mine, one, other))
        if mine != graph:
            raise Miss("Leave the graph as it was: copy a set before you change it.")
        first, second = brings_about(graph, one), brings_about(graph, other)
        if got & {one, other}:
            raise Miss(f"{sorted(got & {one, other})}: the two themselves are none; look for what both act on.")
        if got == first & second:
            continue
        if got and got <= graph[one] & graph[other]:
            raise Miss(f"{sorted(got)}: these are common causes, with arrows into both. Turn the arrows round.")
        if got - (first & second):
            raise Miss(f"{sorted(got - (first & second))}: only one of the two acts on that, or neither.")
        raise Miss(f"{sorted((first & second) - got)} is missing: both act on it, one of them through others.")


def greedily(lead, m=4):
    """Return what the greedy search takes away, without putting back."""
    gone = []
    while lead([n not in gone for n in range(m)]) >= 0 and len(gone) < m:
        rest = [n for n in range(m) if n not in gone]
        gone.append(min(rest, key=lambda n: lead([k not in gone and k != n for k in range(m)])))
    return gone


@checks.test("trap")
def _(trap):
    """Greed on your lead, and an exhaustive search:"""
    table = {present: float(trap(list(present))) for present in product([True, False], repeat=4)}
    again = {present: float(trap(list(present))) for present in table}
    if table != again:
        raise Miss("Asked twice, your lead must give the same answer.")

    def lead(present):
        return table[tuple(present)]

    if not np.isfinite(list(table.values())).all():
        raise Miss("A lead must be a finite number.")
    if lead([True] * 4) < 0:
        raise Miss("With all four things the leader must be ahead: at least 0.")
    sizes = [present.count(False) for present, value in table.items() if value < 0]
    if not sizes:
        raise Miss("There is no set without which another stands first: let the lead fall below 0 somewhere.")
    gone = greedily(lead)
    if lead([n not in gone for n in range(4)]) >= 0:
        return
    if len(gone) <= min(sizes):
        raise Miss(f"Greed takes {len(gone)}, as few as needed: give it a reason to begin with the wrong thing.")
