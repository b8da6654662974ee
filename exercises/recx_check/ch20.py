"""Checks of the exercises on nine scenarios."""

from __future__ import annotations

import numpy as np

from recx_check.core import Checks, Miss, expect

checks = Checks()
check, require = checks.check, checks.require


@checks.test("reason")
def _(reason):
    """Drawn tables, in which one pull is large on everything:"""
    for seed in range(12):
        table = np.random.default_rng(seed).normal(0, 1, (3, 5)).round(2)
        table[0] += 5
        beyond = table - table.mean(axis=1, keepdims=True)
        chosen = int(beyond.max(axis=0).argmax())
        want = int(beyond[:, chosen].argmax())
        overall = int((table[:, chosen] - table.mean()).argmax())
        known = []
        if want != 0:
            known.append((0, "That is the largest pull, and it is as large on everything: it decides nothing."))
        if overall != want:
            known.append((overall, "Take the mean of each pull for itself, not one mean of the whole table."))
        expect(reason(table.copy(), chosen), want, "Which pull is furthest above its own mean?", *known)


@checks.test("reason")
def _(reason):
    """A thing on which every pull is below the usual:"""
    below = np.array([[1.0, 3.0, 2.0], [0.0, 0.5, 1.0]])
    equal = np.array([[2.0, 2.0, 2.0], [1.0, 1.0, 1.0]])
    if reason(below, 0) is not None or reason(equal, 0) is not None:
        raise Miss("No pull added more than usual here: it was luck, return None. Compare with the mean of each pull.")


def asked(user, day, horizon):
    """Return the mask that is wanted."""
    mask, met = np.zeros(len(user), dtype=bool), set()
    for n in range(len(user)):
        if day[n] > max(day) - horizon and user[n] not in met:
            mask[n] = True
            met.add(user[n])
    return mask


@checks.test("asked_rows")
def _(asked_rows):
    """Drawn readers, some of whom stopped early:"""
    for seed in range(8):
        rng = np.random.default_rng(seed)
        day, user = np.sort(rng.integers(0, 6, 40)), rng.integers(0, 9, 40)
        horizon = 1 + seed % 2
        got = np.asarray(asked_rows(user.copy(), day.copy(), horizon))
        want = asked(user, day, horizon)
        if got.shape != want.shape:
            raise Miss(f"Return one True or False for each row: {want.shape}, not {got.shape}.")
        if got.astype(bool).tolist() == want.tolist():
            continue
        first = day.max() - horizon
        if (day[got.astype(bool)] < first).any():
            raise Miss("A row from before the last days is asked: the cut is one moment for everybody.")
        if (day[got.astype(bool)] == first).any():
            raise Miss("That is one day too many: with a horizon of 1 only the very last day is asked.")
        raise Miss("Only each person's first row of these days is asked.")


def listed(score, had, needs, k):
    """Return the list that is wanted."""
    order = np.argsort(-score, kind="stable").tolist()
    return [n for n in order if n not in had and (needs[n] < 0 or needs[n] in had)][:k]


@checks.test("open_list")
def _(open_list):
    """Drawn catalogues:"""
    for seed in range(10):
        rng = np.random.default_rng(seed)
        score, needs = rng.normal(0, 1, 9).round(1), rng.integers(-1, 9, 9).tolist()
        needs = [-1 if n % 2 else needs[n] for n in range(9)]
        had, k = set(rng.permutation(9)[:3].tolist()), 2 + seed % 2
        got = open_list(score.copy(), set(had), list(needs), k)
        got, want = [int(n) for n in got], listed(score, had, needs, k)
        if got == want:
            continue
        if had & set(got):
            raise Miss("Something that was already had is on the list.")
        if any(needs[n] >= 0 and needs[n] not in had for n in got):
            raise Miss("Something closed is on the list: what it needs was not taken yet.")
        if len(got) < len(want):
            raise Miss("The list is too short: leave out what is closed before you cut it at k.")
        raise Miss(f"Expected {want}, got {got}: the best first; of equal scores the lower number.")


@checks.test("harmed")
def _(harmed):
    """Drawn lists; few people are at risk:"""
    for seed in range(6):
        rng = np.random.default_rng(seed)
        shown = np.array([rng.permutation(12)[:4] for _ in range(20)])
        harms = (rng.random((20, 1)) < 0.4) & (rng.random(12) < 0.3)
        harms[0, shown[0, 0]] = harms[1, 11] = True
        hit = np.take_along_axis(harms, shown, axis=1)
        expect(
            harmed(shown.copy(), harms.copy()),
            hit.any(axis=1)[harms.any(axis=1)].mean(),
            "Among those whom anything can harm: how many have something harmful on their list?",
            (hit.mean(), "You count places; one harmful thing is enough to spoil a list."),
            (hit.any(axis=1).mean(), "You average over all people, also those whom nothing can harm."),
        )


@checks.test("harmed")
def _(harmed):
    """Nobody at risk:"""
    with np.errstate(all="ignore"):
        got = harmed(np.array([[0], [1]]), np.zeros((2, 2), dtype=bool))
    if not np.isfinite(got):
        raise Miss("Where nobody is at risk the share is 0.0, not 0 / 0.")
    expect(got, 0.0, "Where nobody is at risk the share is 0.0.")


@checks.test("answers")
def _(answers):
    """Scores with leads of every size:"""
    table = np.array([[4, 2, 0], [5, 0, 4.5], [0, 1, 2], [9, 9, 0], [0.5, 0, 0], [0, 3, 1]])
    for least in (0.5, 1.0, 2.0):
        ordered = np.sort(table, axis=1)
        lead = ordered[:, -1] - ordered[:, -2]
        best = table.argmax(axis=1)
        expect(
            [int(n) for n in answers(table.copy(), least)],
            np.where(lead >= least, best, -1).tolist(),
            "How far is the best ahead of the second?",
            (
                np.where(table.max(axis=1) >= least, best, -1).tolist(),
                "That looks at the score itself: look at the lead over the second.",
            ),
            (np.where(lead > least, best, -1).tolist(), "A lead of exactly `least` is just enough: answer."),
        )


@checks.test("answers")
def _(answers):
    """No limit at all:"""
    got = [int(n) for n in answers(np.array([[2.0, 2.0], [0.0, 0.0], [1.0, 3.0]]), 0.0)]
    if got != [-1, -1, 1]:
        raise Miss("Even with a limit of 0 a tie is refused: nothing says which of the two it is.")


@checks.test("together")
def _(together):
    """Drawn parties, in every order of seats:"""
    for seed in range(12):
        wishes = np.random.default_rng(seed).random((3, 5)).round(2)
        chosen = together(wishes.copy())
        if not float(chosen).is_integer() or not 0 <= chosen < 5:
            raise Miss(f"Return the number of a trip, 0 to 4, not {chosen}.")
        chosen = int(chosen)
        better = (wishes > wishes[:, [chosen]]).all(axis=0)
        if better.any():
            raise Miss(f"All three want trip {int(better.argmax())} more than trip {chosen}.")
        for order in ([1, 2, 0], [2, 1, 0]):
            if int(together(wishes[order].copy())) != chosen:
                raise Miss("Who sits first in the table decides: the same wishes in another order give another trip.")
