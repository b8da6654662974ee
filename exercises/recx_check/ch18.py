"""Checks of the exercises on more data than memory, and more than one machine."""

from __future__ import annotations

import numpy as np

from recx_check.core import Checks, Miss, expect

checks = Checks()
check, require = checks.check, checks.require


@checks.test("row_bytes")
def _(row_bytes):
    """Sizes at the edges of a byte:"""
    for sizes, want in (
        ((100_000, 2_000, 10), 6),
        ((256, 256, 256), 3),
        ((257, 65_536, 5), 5),
        ((65_537, 257, 1), 6),
        ((2**24, 2**24 + 1, 10), 8),
    ):
        bits = sum((n - 1).bit_length() for n in sizes)
        expect(
            row_bytes(*sizes),
            want,
            f"For {sizes}: one byte tells 256 things apart (0 … 255), two 65,536.",
            (-(-bits // 8), "Every number has whole bytes of its own: round up before you add."),
            (want - 1 if 1 in sizes else None, "A number takes at least one byte, even if there is but one kind."),
        )


def drawn(seed, sizes):
    """Return parts of the sizes named; each part has its own level."""
    rng = np.random.default_rng(seed)
    return [rng.normal(3 + n, 1, size) for n, size in enumerate(sizes)]


@checks.test("variance")
def _(variance):
    """Parts of unequal size and level:"""
    for seed, sizes in enumerate([(4, 9, 2), (1, 7), (5, 0, 3)]):
        parts = drawn(seed, sizes)
        every, full = np.concatenate(parts), [p for p in parts if len(p)]
        expect(
            variance([p.copy() for p in parts]),
            float(every.var()),
            "From three sums: how many, their sum, the sum of their squares.",
            (
                np.mean([p.var() for p in full]),
                "That is the mean of the parts' variances: parts differ in size and level.",
            ),
            (
                sum(len(p) * p.var() for p in full) / len(every),
                "That is the variance within the parts: what lies between their means is missing.",
            ),
            (every.var(ddof=1), "That divides by one less: divide by their number."),
        )


def fullest(count, n_parts):
    """Return the fullest part when the largest users are dealt out first."""
    load = np.zeros(n_parts)
    for n in sorted(count, reverse=True):
        load[load.argmin()] += n
    return load.max()


@checks.test("fair_cut")
def _(fair_cut):
    """Many small users, a few large ones:"""
    for seed, n_parts in ((0, 2), (1, 3), (2, 5), (3, 4)):
        rng = np.random.default_rng(seed)
        sizes = rng.integers(1, 5, 20)
        sizes[::n_parts] += 12  # the large ones have one remainder
        user_idx = rng.permutation(np.repeat(np.arange(20), sizes))
        got = np.asarray(fair_cut(user_idx.copy(), n_parts))
        if got.shape != user_idx.shape or got.dtype.kind not in "iu":
            raise Miss("Return one whole number for each row: its part.")
        if got.min() < 0 or got.max() >= n_parts:
            raise Miss(f"The parts are numbered 0 … {n_parts - 1}.")
        for user in range(20):
            if len(set(got[user_idx == user].tolist())) > 1:
                raise Miss(f"User {user} lies in two parts: the pairs of their items are lost.")
        most, want = np.bincount(got).max(), fullest(sizes, n_parts)
        if np.array_equal(got, user_idx % n_parts):
            raise Miss("By remainder, all large users can land in one part: look how many rows each of them has.")
        if most > want:
            raise Miss(f"The fullest part has {most} rows; with the largest users dealt out first it has {want:.0f}.")


def score(Q, things, item, alpha, reg, goods):
    """Return an item's score for a history; `goods` are the shop's products."""
    H = Q[list(things)].reshape(-1, Q.shape[1])
    A = goods.T @ goods + reg * np.eye(Q.shape[1]) + alpha * H.T @ H
    return float(np.linalg.solve(A, (1 + alpha) * H.sum(axis=0)) @ Q[item])


@checks.test("falls")
def _(falls):
    """Drawn factors, histories of one to five things:"""
    for seed, history in enumerate([[0], [1, 4], [2, 0, 5, 1, 7]]):
        Q = np.random.default_rng(seed).normal(0.3, 0.6, (9, 3))
        alpha, reg = 4.0 + seed, 2.0
        rest = [[k for k in history if k != j] for j in history]
        whole = score(Q, history, 8, alpha, reg, Q)
        left = np.array([score(Q, r, 8, alpha, reg, Q) for r in rest])
        gone = [score(Q, r, 8, alpha, reg, np.delete(Q, j, 0)) for r, j in zip(rest, history, strict=True)]
        H = Q[history]
        A = Q.T @ Q + reg * np.eye(3) + alpha * H.T @ H
        terms = (1 + alpha) * H @ np.linalg.solve(A, Q[8])
        expect(
            falls(Q.copy(), list(history), 8, alpha, reg),
            whole - left,
            "The score with all things, minus the score solved anew without the one.",
            (terms, "Those are the terms of the sum; without the thing, the other terms change, too: solve anew."),
            (whole - np.array(gone), "The thing leaves the history; it stays a product of the shop: QᵀQ is the same."),
            (left, "That is the score that is left: by how much did it fall?"),
        )


class Died(Exception):  # noqa: N818 (the exercise speaks of it)
    """A worker is gone."""


class Worker:
    """Dies on the questions named; counts what it was asked."""

    def __init__(self, dies=()):
        self.dies, self.asked = dies, []

    def __call__(self, part):
        self.asked.append(part)
        if len(self.asked) in self.dies:
            raise Died
        return part


@checks.test("total")
def _(total):
    """Deaths at the beginning, in the middle, and none:"""
    parts = [10, 200, 3000]
    for dies in (set(), {1}, {2}, {2, 3}, {3, 4}):
        worker = Worker(dies)
        got = total(worker, list(parts), 4)
        expect(
            got,
            3210,
            "Every part once, whoever died on the way.",
            *[
                (3210 + more, "Some part was added more than once: begin again with the part that died, not with all.")
                for more in (10, 20, 210, 220, 420, 30, 430)
            ],
        )
        if len(worker.asked) != 3 + len(dies):
            raise Miss("A part was asked for more than once though it had come back: do again only what died.")


@checks.test("total")
def _(total):
    """A part that always dies:"""

    class Lost(Worker):
        def __call__(self, part):
            self.asked.append(part)
            if len(self.asked) > 50:
                raise Miss("You ask too often: after `tries` tries of a part let Died pass.")
            if part == 200:
                raise Died
            return part

    worker = Lost()
    try:
        got = total(worker, [10, 200, 3000], 3)
    except Died:
        if worker.asked.count(200) != 3:
            tried = worker.asked.count(200)
            raise Miss(f"The part was tried {tried} times, with `tries` 3: too often or too rarely.") from None
        return
    raise Miss(f"A part never came back, and you returned {got}: it was left out, and nobody would know.")


@checks.test("homes")
def _(homes):
    """Two thousand users on eight machines, one of which leaves:"""
    machines, users = [f"m{n}" for n in range(8)], [f"u{n}" for n in range(2000)]
    before = {user: tuple(homes(user, list(machines))) for user in users}
    for user, pair in before.items():
        if len(pair) != 2 or len(set(pair)) != 2 or not set(pair) <= set(machines):
            raise Miss(f"{user} needs two different machines of the list, got {pair}.")
    for user in users[:200]:
        if set(homes(user, machines[::-1])) != set(before[user]):
            raise Miss("The answer hangs on the order of the list: sort it, or let names decide.")
    lives = [name for pair in before.values() for name in pair]
    if min(lives.count(name) for name in machines) < 350:
        raise Miss("Homes are not spread fairly: each of eight machines should have about 500 of 4,000.")
    left = [name for name in machines if name != "m3"]
    after = {user: set(homes(user, list(left))) for user in users}
    for user, pair in before.items():
        if "m3" not in pair and after[user] != set(pair):
            raise Miss(f"{user} did not live there and moves all the same, from {pair} to {tuple(after[user])}.")
    for user, pair in before.items():
        if not set(pair) - {"m3"} <= after[user]:
            raise Miss(f"{user} lost one home and should keep the other, {set(pair) - {'m3'}}.")
