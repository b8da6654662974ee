"""Checks of the exercises on a service."""

from __future__ import annotations

import numpy as np

from recx_check.core import Checks, Miss, expect

checks = Checks()
check, require = checks.check, checks.require


def waited(arrivals, work):
    """Return how long each waits for one clerk."""
    free, found = 0.0, []
    for arrival, seconds in zip(arrivals, work, strict=True):
        start = max(arrival, free)
        found.append(start - arrival)
        free = start + seconds
    return found


@checks.test("waits")
def _(waits):
    """The clerk is idle now and then, and work differs:"""
    for arrivals, work in (([0, 4, 8, 30], [10] * 4), ([3, 3, 20, 21, 22], [5, 1, 4, 2, 7]), ([1, 9], [2, 2])):
        want = waited(arrivals, work)
        begins = [a + w for a, w in zip(arrivals, want, strict=True)]
        spent = [w + s for w, s in zip(want, work, strict=True)]
        done = [0, *np.cumsum(work)[:-1].tolist()]
        lazy = [float(max(0, d - a)) for d, a in zip(done, arrivals, strict=True)]
        early = [w if w else min(0, f - a) for w, f, a in zip(want, frees(arrivals, work), arrivals, strict=True)]
        got = list(waits(list(arrivals), list(work)))
        expect(
            got,
            want,
            "Work begins when the clerk is free and the customer is there.",
            (spent, "That is the time until they leave: leave their own work out."),
            (lazy, "The clerk cannot work ahead: idle time is lost, so begin at the later of two times."),
            (early, "Nobody waits less than nothing: the clerk was free before anybody came."),
            (begins, "That is when work begins; take off when they came."),
        )


def frees(arrivals, work):
    """Return when the clerk is free before each customer."""
    free, found = 0.0, []
    for arrival, seconds in zip(arrivals, work, strict=True):
        found.append(free)
        free = max(arrival, free) + seconds
    return found


@checks.test("cache_key")
def _(cache_key):
    """Keys of one case, and of others:"""
    mine = ("model 1", "ann", ["air mat", "mug"], "tent")
    try:
        key = cache_key(*copied(mine))
        hash(key)
    except TypeError:
        raise Miss("A list cannot be a key, nor can what holds one: make it a tuple.") from None
    kept = [copied(mine) for _ in range(3)]
    if any(cache_key(*one) != key for one in kept):
        raise Miss("The same case, asked twice, gets two keys: nothing is ever found.")
    others = {
        "another model": ("model 2", *mine[1:]),
        "another customer": (mine[0], "bob", *mine[2:]),
        "another history": (*mine[:2], ["air mat", "mug", "rope"], mine[3]),
        "another history of the same length": (*mine[:2], ["air mat", "rope"], mine[3]),
        "another item": (*mine[:3], "stove"),
    }
    for what, other in others.items():
        if cache_key(*copied(other)) == key:
            raise Miss(f"With {what} the key is the same: somebody is told why for another case.")
    twins = [
        (("m", "ann", ["a b", "c"], "t"), ("m", "ann", ["a", "b c"], "t")),
        (("m", "ann", ["a,b"], "t"), ("m", "ann", ["a", "b"], "t")),
        (("m", "ann", ["a"], "b t"), ("m", "ann", ["a", "b"], "t")),
        (("m", "ann|a", [], "t"), ("m", "ann", ["a"], "t")),
        (("m", "an", ["na"], "t"), ("m", "ann", ["a"], "t")),
    ]
    if any(cache_key(*copied(a)) == cache_key(*copied(b)) for a, b in twins):
        raise Miss("Two cases get one key: a joined text forgets where one name ends.")


def copied(case):
    """Return the case with a history of its own."""
    model, customer, history, item = case
    return model, customer, list(history), item


def let_in(times, rate, size, fault=""):
    """Return who is admitted by a bucket, or by one with a fault."""
    tokens, then, found = 0 if fault == "empty" else size, times[0], []
    for now in times:
        tokens += (now - then) * rate
        tokens = tokens if fault == "deep" else min(size, tokens)
        then = now
        found.append(bool(tokens > 0 if fault == "part" else tokens >= 1))
        tokens -= 1 if fault == "refused" else found[-1]
        tokens = max(0, tokens) if fault == "part" else tokens
    return found


@checks.test("admitted")
def _(admitted):
    """Bursts, pauses and a flood:"""
    rng = np.random.default_rng(3)
    for rate, size, times in (
        (2, 3, [0.0, 0.1, 0.2, 0.3, 0.8, 0.9]),
        (1, 2, [10.0, 10.0, 10.0, 30.0, 30.0, 30.0, 30.0, 31.5]),
        (3, 4, rng.exponential(0.15, 60).cumsum().round(3).tolist()),
    ):
        got = [bool(one) for one in admitted(list(times), rate, size)]
        expect(
            got,
            let_in(times, rate, size),
            "Let drip what has dripped since the last request, at most up to the size; then take a whole token.",
            (
                let_in(times, rate, size, "deep"),
                "After a pause too many get in: there are never more than `size` tokens.",
            ),
            (
                let_in(times, rate, size, "refused"),
                "Who is refused takes none: take a token only from whom you let in.",
            ),
            (let_in(times, rate, size, "empty"), "The bucket begins full."),
            (let_in(times, rate, size, "part"), "A part of a token is not enough: wait for a whole one."),
        )


class Disk:
    """A disk that raises OSError at the calls that are named, and counts lines."""

    def __init__(self, *bad: str):
        self.bad, self.buffer, self.lines, self.seen = list(bad), [], [], set()

    def _maybe(self, call):
        if self.bad and self.bad[0] == call:
            self.bad.pop(0)
            raise OSError("no space left")

    def write(self, text):
        """Put a line into the buffer."""
        self._maybe("write")
        self.buffer.append(text)

    def flush(self):
        """Put the buffer on the disk."""
        try:
            self._maybe("flush")
        except OSError:
            self.buffer.clear()
            raise
        self.lines += self.buffer
        self.buffer = []


@checks.test("receive")
def _(receive):
    """A disk that works, one that is full, one that recovers:"""
    disk = Disk()
    got = receive(disk, "k1", "one")
    if got != "thanks":
        raise Miss(f"The disk works, so say 'thanks'; you returned {got!r}.")
    if disk.lines != ["one"]:
        raise Miss("You said thanks, and the message is only in the buffer: flush first.")
    if disk.seen != {"k1"}:
        raise Miss("What is on disk must be known: put its key into `disk.seen`.")
    if receive(disk, "k1", "one") != "thanks" or disk.lines != ["one"]:
        raise Miss("A key that was seen is on disk: say thanks, and do not write it twice.")
    for call in ("write", "flush"):
        disk = Disk(call)
        try:
            got = receive(disk, "k2", "two")
        except OSError:
            raise Miss("The disk raised OSError, and so did you: return 'again' instead.") from None
        if got != "again":
            raise Miss(f"The disk raised OSError at {call}, and you said {got!r}: nothing was kept, say 'again'.")
        if "k2" in disk.seen:
            raise Miss("The key is noted, and the message is not on disk: next time you thank for what nobody has.")
        if receive(disk, "k2", "two") != "thanks" or disk.lines != ["two"]:
            raise Miss("The disk has recovered: the same message must be kept now, once.")


def index(usual, now, half=0.5):
    """Return the index of two rows of counts."""
    p, q = (usual + half) / (usual + half).sum(), (now + half) / (now + half).sum()
    with np.errstate(divide="ignore"):
        return float(np.sum((q - p) * np.log(q / p)))


@checks.test("stability")
def _(stability):
    """Three pairs of rows, one with an empty bin:"""
    for usual, now in (
        ([250, 250, 250, 250], [100, 200, 300, 400]),
        ([10, 30, 60], [5, 5, 10]),
        ([40, 40, 20], [0, 9, 3]),
    ):
        usual, now = np.array(usual), np.array(now)
        want = index(usual, now)
        p, q = (usual + 0.5) / (usual + 0.5).sum(), (now + 0.5) / (now + 0.5).sum()
        a, b = usual + 0.5, now + 0.5
        got = stability(usual.copy(), now.copy())
        expect(
            got,
            want,
            "Half an observation to each bin, then shares, then the sum.",
            (index(usual, now, 0.0), "Add half an observation to each bin: an empty bin must not make it infinite."),
            (float(np.sum((b - a) * np.log(b / a))), "These are counts still: divide by their sum, to have shares."),
            (float(np.sum(q * np.log(q / p))), "That is one direction only (Kullback and Leibler): it is (q − p)."),
            (-want, "It lies below 0: which of the two is subtracted?"),
        )


@checks.test("alarm")
def _(alarm):
    """Good months, and faults after them:"""
    for seed in range(10):
        rng = np.random.default_rng(seed)
        good = tuple((rng.random(700) < 0.97).tolist())
        for n in range(1, 701, 7):
            if alarm(good[:n]):
                raise Miss(
                    f"It rang on a good day, after {n} trials of which {n - sum(good[:n])} failed: that is luck."
                )
        bad = tuple((rng.random(120) < 0.72).tolist())
        before = good * 3
        rings = [bool(alarm(before + bad[:n])) for n in range(10, 121, 10)]
        if not any(rings):
            raise Miss("It did not ring within 120 trials of a fault: do the good months hide it?")
        if bool(alarm(before + bad)) != bool(alarm(before + bad)):
            raise Miss("The same trials, asked twice, get two answers: look at what is given only.")
