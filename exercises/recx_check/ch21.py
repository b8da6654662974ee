"""Checks of the exercises on tables, models and audits of one's own."""

from __future__ import annotations

from itertools import combinations

import numpy as np

from recx_check.core import Checks, Miss, expect

checks = Checks()
check, require = checks.check, checks.require


@checks.test("truth")
def _(truth):
    """Cases with much and with little room:"""
    for seed in range(6):
        rng = np.random.default_rng(seed)
        chance = rng.uniform(-0.1, 0.3, 8)
        best = chance + rng.uniform(0.005, 1.0, 8)
        fall = chance + rng.uniform(-0.3, 1.0, 8) * (best - chance)
        gain, room = fall - chance, best - chance
        expect(
            truth(fall.copy(), chance.copy(), best.copy()),
            gain.sum() / room.sum(),
            "How much of the room between chance and the best is gained, over all cases?",
            ((gain / room).mean(), "A mean of ratios lets the case without room decide; divide the sums."),
            (fall.sum() / best.sum(), "Chance is missing: random pieces make a score fall, too."),
            (gain.sum() / best.sum(), "Chance has to go below the line as well: the room begins where chance ends."),
        )


TABLES = (
    (
        {"a": "ids", "b": "ids", "n": "few numbers"},
        {"rating": ["few numbers"], "user": ["ids"], "item": ["ids"]},
        {"rating": "n"},
    ),
    (
        {"n": "few numbers", "when": "times", "b": "ids"},
        {"rating": ["few numbers"], "user": ["ids", "few numbers"], "item": ["ids", "few numbers"]},
        {"rating": "n", "user": "b"},
    ),
    ({"x": "sentences"}, {"rating": ["few numbers"], "text": ["sentences"]}, {"text": "x"}),
    ({}, {"rating": ["few numbers"]}, {}),
)


@checks.test("guessed")
def _(guessed):
    """Columns that fit one role, two, or none:"""
    for looks, fitting, want in TABLES:
        got = guessed(dict(looks), {role: list(kinds) for role, kinds in fitting.items()})
        if got == want:
            continue
        if isinstance(got, dict) and None in got.values():
            raise Miss("Where nothing is guessed, leave the role out; None is no column.")
        if isinstance(got, dict) and any(role in got and role not in want for role in fitting):
            raise Miss("For one of the roles two columns fit: that is a question, not a guess.")
        if isinstance(got, dict) and any(role in want and role not in got for role in fitting):
            raise Miss("A column that is taken already is gone for the roles after it: then one may be left.")
        expect(got, want, "Which roles have exactly one column left?")


def ridge(Q, left, reg):
    """Return the factors by the normal equations."""
    return np.linalg.solve(Q.T @ Q + reg * np.eye(Q.shape[1]), Q.T @ left)


@checks.test("stand_in")
def _(stand_in):
    """Shortened histories, one of them empty:"""
    for seed in range(5):
        rng = np.random.default_rng(seed)
        Q, left = rng.normal(size=(6, 3)), rng.normal(size=6)
        there = rng.random(6) < 0.6 if seed else np.zeros(6, dtype=bool)
        reg = 0.5 + seed
        if seed == 0:
            there[0] = True
        expect(
            np.asarray(stand_in(Q.copy(), left.copy(), reg, there.copy())),
            ridge(Q[there], left[there], reg),
            "Solve the ridge regression on the rows that are there.",
            (
                ridge(Q, np.where(there, left, 0.0), reg),
                "A thing that is gone counts as if its rating were 0: take its row out of Q, too.",
            ),
            (
                np.linalg.lstsq(Q[there], left[there], rcond=None)[0],
                "The penalty is missing: add reg to the diagonal.",
            ),
            (ridge(Q, left, reg), "These are the factors of the whole history: nothing was taken away."),
        )


@checks.test("spread")
def _(spread):
    """Customers with as many cases each:"""
    for seed in range(5):
        rng = np.random.default_rng(seed)
        n, each = 3 + seed, 6
        users = np.repeat(np.arange(n), each)
        values = rng.normal(size=n)[users] + rng.normal(0, 0.1, n * each)
        shuffled = rng.permutation(n * each)
        values, users = values[shuffled], users[shuffled]
        means = np.array([values[users == user].mean() for user in range(n)])
        expect(
            spread(values.copy(), users.copy()),
            means.std(ddof=1) / np.sqrt(n),
            "The spread of the customers' means, over the root of their number.",
            (values.std(ddof=1) / np.sqrt(n * each), "This counts as if every case were a witness of its own."),
            (means.std(ddof=1) / np.sqrt(n * each), "Divide by the root of the number of customers, not of cases."),
            (means.std() / np.sqrt(n), "The customers are a sample: ddof=1."),
        )


@checks.test("counts")
def _(counts):
    """Items that have rows of both kinds, of one, and none at all:"""
    for seed in range(5):
        rng = np.random.default_rng(seed)
        items = rng.integers(0, 5, 12)
        held = rng.random(12) < 0.4
        held[:2], items[:2] = [True, False], [4, 0]
        want = np.bincount(items[~held], minlength=7)
        got = np.asarray(counts(items.copy(), held.copy(), 7))
        if got.shape != want.shape:
            raise Miss("Return one number for each item, 0 for those without rows: minlength.")
        expect(
            got,
            want,
            "Count the rows that the model learns from.",
            (np.bincount(items, minlength=7), "The rows that were held out are counted: the model has seen them."),
            (np.bincount(items[held], minlength=7), "You count only the held-out rows, which it must not know."),
        )


@checks.test("pleasing")
def _(pleasing):
    """Sums whose third piece may be exchanged, and some where it may not:"""
    for seed in range(8):
        rng = np.random.default_rng(seed)
        worth = np.sort(rng.exponential(0.3, 6))[::-1].round(3)
        sales = rng.permutation(6).astype(float) ** 2 + 1
        got, share = pleasing(worth.copy(), sales.copy(), 3, 0.9), 0.9
        if not isinstance(got, (list, tuple)) or len(got) != 3:
            raise Miss("Return a list of three numbers of pieces, not what they are worth or sell.")
        pick = [int(n) for n in got]
        if len(set(pick)) < 3 or not set(pick) <= set(range(6)):
            raise Miss(f"{pick} are no three different pieces.")
        best = np.sort(worth)[-3:].sum()
        if worth[pick].sum() < share * best - 1e-9:
            raise Miss(f"{pick} does not pass: the score falls by less than the share asked for.")
        sold = [
            sales[list(one)].sum()
            for one in combinations(range(6), 3)
            if worth[list(one)].sum() >= share * best - 1e-12
        ]
        if sales[pick].sum() < max(sold) - 1e-9:
            raise Miss(f"{pick} passes, but three others pass, too, and would sell more.")
