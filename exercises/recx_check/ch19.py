"""Checks of the exercises on what explanations give away and must not say."""

from __future__ import annotations

import numpy as np

from recx_check.core import Checks, Miss, expect

checks = Checks()
check, require = checks.check, checks.require


def two_days(seed, n=7, others=12):
    """Return counts of pairs on two days, what one has, and what they buy."""
    rng = np.random.default_rng(seed)
    X = (rng.random((30, n)) < 0.4).astype(int)
    known, new = [0, 3, 5], 2
    after = X.copy()
    for row in range(1, others):
        after[row, 6] = 1
    X[0] = [1, 0, 0, 1, 0, 1, 0]
    after[0] = X[0]
    after[0, new] = 1
    X[1:others, 6] = 0
    X[1:others, [0, 3, 5]] = after[1:others, [0, 3, 5]] = 0
    X[20:, [0, 3]] = after[20:, [0, 3]] = 1
    X[20:, 1] = after[20:, 1] = 1
    return X.T @ X, after.T @ after, known, new


@checks.test("bought")
def _(bought):
    """One person buys, and eleven others buy something else:"""
    for seed in range(5):
        before, after, known, want = two_days(seed)
        rose = after - before
        alone = np.diag(rose).astype(float)
        alone[known] = -np.inf
        level = after[known].sum(axis=0).astype(float)
        level[known] = -np.inf
        got = bought(before.copy(), after.copy(), list(known))
        expect(
            got,
            want,
            "Which thing rose most in the rows that you know?",
            (int(np.argmax(alone)), "Anybody may have bought that: sum the rows of what is known."),
            (int(np.argmax(level)), "That is the most usual on one day: compare two visits."),
        )


@checks.test("bought")
def _(bought):
    """What is known rose most, since others bought it:"""
    before = np.full((4, 4), 9)
    after = before.copy()
    after[0, 1] = after[1, 0] = 14
    after[0, 3] = after[1, 3] = after[3, 0] = after[3, 1] = 10
    got = bought(before, after, [0, 1])
    if got in (0, 1):
        raise Miss("That is known already: only what they did not have can be news.")
    expect(got, 3, "Which thing rose most in the rows that you know?")


@checks.test("area")
def _(area):
    """Guesses without ties:"""
    for seed in range(4):
        rng = np.random.default_rng(seed)
        guess, hidden = rng.normal(size=9), np.arange(9) < 3
        want = float(np.mean(guess[hidden][:, None] > guess[~hidden]))
        got = area(guess.copy(), hidden.copy())
        expect(
            got,
            want,
            "Take every pair of a hidden and another thing; in how many is the hidden one higher?",
            (1 - want, "It is turned round: the hidden thing should be guessed higher."),
        )


@checks.test("area")
def _(area):
    """Guesses with ties:"""
    for guess, want in (([1.0, 1.0, 1.0, 1.0], 0.5), ([2.0, 1.0, 1.0, 0.0], 0.875)):
        hidden = np.array([True, True, False, False])
        expect(area(np.array(guess), hidden), want, "A tie counts half: a guess that says nothing gets a coin's mark.")


@checks.test("sensitivity")
def _(sensitivity):
    """A person with one, with three, with twenty things:"""
    for most in (1, 3, 20):
        want = np.sqrt(most * (most + 1) / 2)
        expect(
            sensitivity(most),
            float(want),
            "How many published numbers change by 1? The length is the root of it.",
            (1.0, "That is one count; a person with several things moves many at once."),
            (float(want**2), "That is how many change; the Euclidean length is its square root."),
            (float(np.sqrt(most)), "Those are the counts of things; the person moves the counts of pairs, too."),
            (float(most), "A full table would have each pair twice: here each pair once."),
        )


def holm(p, level):
    """Return what survives, by the book."""
    kept = set()
    for rank, at in enumerate(np.argsort(p, kind="stable")):
        if p[at] > level / (len(p) - rank):
            break
        kept.add(int(at))
    return kept


@checks.test("found")
def _(found):
    """Five, six, and no p values that survive:"""
    rows = (
        [0.001, 0.2, 0.024, 0.012, 0.045],
        [0.001, 0.03, 0.031, 0.032, 0.033, 0.034],
        [0.3, 0.04, 0.2],
        [0.005, 0.015, 0.024, 0.5],
        [0.02, 0.028, 0.012],
    )
    for p in rows:
        n, want = len(p), holm(p, 0.05)
        order = np.argsort(p)
        own = {int(at) for r, at in enumerate(order) if p[at] <= 0.05 / (n - r)}
        good = [r for r in range(n) if p[order[r]] <= 0.05 * (r + 1) / n]
        mild = {int(at) for at in order[: max(good, default=-1) + 1]}
        expect(
            set(found(list(p), 0.05)),
            want,
            "Compare the smallest with level / n, the next with level / (n − 1); stop at the first that is larger.",
            ({at for at in range(n) if p[at] <= 0.05}, "That is every one below the level: the looks are not counted."),
            ({at for at in range(n) if p[at] <= 0.05 / n}, "That is Bonferroni: after a find one look is behind you."),
            (mild, "That is Benjamini and Hochberg's, which promises something else."),
            (own, "You compare each with its own limit: stop at the first that is larger."),
        )


@checks.test("found")
def _(found):
    """The second is too large, the third small beside its own limit:"""
    p = [0.01, 0.026, 0.04]
    if set(found(p, 0.05)) != {0}:
        raise Miss("After the first that is larger nothing is found: stop there.")
    if set(found([0.01, 0.03], 0.01)):
        raise Miss("At another level the limits are other ones: 0.01 / 2 for the smallest.")


@checks.test("published")
def _(published):
    """Nights on which few come, and nights on which many do:"""
    rows = (
        ([7, 8, 9, 10, 11, 12, 13], [7, 7, 7, 7, 7, 12, 12]),
        ([3, 5, 6, 9, 11], [None, 5, 5, 5, 11]),
        ([1, 2, 4], [None, None, None]),
        ([20, 14, 13, 9], [20, 14, 14, 9]),
        ([4, 9, 9], [None, 9, 9]),
        ([8, 0, 3, 5], [8, 0, 0, 5]),
    )
    for counts, want in rows:
        naive = [count if count >= 5 else None for count in counts]
        got = list(published(list(counts), 5))
        if got == want:
            continue
        if got == naive:
            raise Miss(f"For {counts} you say {got}: the step of one person can be seen from night to night.")
        if counts[0] == 7:
            raise Miss(f"For {counts} expected {want}: not the night before, the last published counts.")
        if min(np.diff(counts)) < 0:
            raise Miss(f"For {counts} expected {want}: five may have gone, too, and what was published can be 0.")
        raise Miss(f"For {counts} expected {want}, got {got}.")


PRESSING = (
    "Hurry, only 3 left!",
    "Last chance!",
    "Don't miss this tent.",
    "The offer ends tonight.",
    "Order now!",
    "It is almost gone.",
    "Nine people are looking at this stove.",
    "Act fast before it is too late.",
    "You would regret leaving it.",
    "This tent is selling fast.",
)
FINE = (
    "The left strap is longer than the right.",
    "Last winter it kept its warmth.",
    "It boils a litre in 4 minutes.",
    "12 people praise the low weight.",
    "The tent looks small and is not.",
    "We show it because you liked the mat.",
    "Only one review speaks of its weight.",
    "The actual weight is 900 grams.",
    "In order of price it stands third.",
    "Its makers offer spare poles.",
    "You rated the stove with five stars.",
    "The missing peg was replaced.",
)
SHOWN = (
    ("Hurry, only 2 left!", "Last chance!", "This offer ends in 10 minutes."),
    ("The left pocket holds a map.", "It dries in 10 minutes.", "Seven people praise its zip."),
)


@checks.test("presses")
def _(presses):
    """The sentences that you were shown:"""
    for wanted, texts in zip((True, False), SHOWN, strict=True):
        for text in texts:
            got = presses(text)
            if not isinstance(got, (bool, np.bool_)):
                raise Miss("Return True or False.")
            if bool(got) != wanted:
                verb = "is pressing, and not caught" if wanted else "is harmless, and your net hurts it"
                raise Miss(f"{text!r}, which you were shown, {verb}.")


@checks.test("presses")
def _(presses):
    """Ten pressing sentences that you have not seen:"""
    missed = [text for text in PRESSING if not presses(text)]
    if len(missed) > 3:
        raise Miss(f"{len(missed)} of {len(PRESSING)} pressing sentences get through, such as {missed[0]!r}.")


@checks.test("presses")
def _(presses):
    """Twelve harmless ones that you have not seen:"""
    hurt = [text for text in FINE if presses(text)]
    if len(hurt) > 1:
        raise Miss(f"It hurts {len(hurt)} of {len(FINE)} harmless sentences, such as {hurt[0]!r}.")
