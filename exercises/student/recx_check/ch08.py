"""Checks of the exercises on attribution."""

from __future__ import annotations

from itertools import combinations, permutations
from math import comb

import numpy as np

from recx_check.core import Checks, Miss, expect

checks = Checks()
check, require = checks.check, checks.require


def game(m, seed):
    """Return a game without any pattern: each of the 2**m sets of pieces has a score of its own."""
    table = np.random.default_rng(seed).normal(size=2**m)

    def v(present):
        return table[(np.asarray(present, dtype=float) @ 2 ** np.arange(m)).astype(int)]

    return v


def rowwise(v, m, *sets):
    """Return the score with exactly the pieces of each set there."""
    rows = np.zeros((len(sets), m))
    for row, pieces in zip(rows, sets, strict=True):
        row[list(pieces)] = 1
    return v(rows)


@checks.value("one_order")
def _(value):
    """What each piece added in this order:"""
    if isinstance(value, (list, tuple, np.ndarray)):
        raise Miss('Give a dictionary, {"weight": …, "comfort": …, "price": …}: a bare list hides whose number it is.')
    known = [
        ({"weight": -0.2, "comfort": 0.4, "price": 0.1},
         "These are what each piece does alone: compare with who was there just before, not with nothing."),
        ({"weight": 0.7, "comfort": 1.0, "price": 0.4},
         "This is what the whole would lose without each: only the last to join finds all the others there."),
        ({"weight": 2.8, "comfort": 3.6, "price": 4.0},
         "These are the scores on the way; what a piece adds is the step from one to the next."),
        ({"comfort": 0.4, "weight": 0.2, "price": 0.4}, "You let comfort join first: the order begins with weight."),
    ]  # fmt: skip
    expect(value, {"weight": -0.2, "comfort": 0.8, "price": 0.4}, "Take the differences along the way.", *known)


def falls(v, m):
    """Return what the score loses without each piece, and the wrong answers by the mistake that leads to them."""
    none, whole, alone, without = v(np.zeros((1, m))), v(np.ones((1, m))), v(np.eye(m)), v(1 - np.eye(m))
    known = [
        (alone - none, "This is what each piece does alone, the first in the car; leave one out asks about the last."),
        (without - whole, "The sign is turned: a piece that speaks for the item has a positive worth."),
        (without, "These are the scores without each piece; its worth is how far the score falls."),
        (whole - alone, "You took away all the others: take away one piece and keep the rest."),
        (without - none, "Compare with the score with everything, not with the empty one."),
    ]
    return whole - without, known


@checks.test("leave_out")
def _(leave_out):
    """Four pieces, no pattern:"""
    want, known = falls(game(4, 1), 4)
    expect(leave_out(game(4, 1), 4), want, "Score with everything, less the score without piece j.", *known)


@checks.test("leave_out")
def _(leave_out):
    """Two pieces of which either suffices:"""
    got = leave_out(lambda p: 1.0 - (1 - p[:, 0]) * (1 - p[:, 1]), 2)
    expect(got, np.zeros(2), "With one gone the other does its work: both falls are 0.")


NOBODY = "The score of nothing belongs to nobody: an order begins with before = v(there)[0], not with 0."


def order_values(v, m):
    """Return the Shapley values by orders, and the wrong answers by the mistake that leads to them."""
    orders = list(permutations(range(m)))
    worth, places, alone, full = np.zeros(m), np.zeros(m), np.zeros(m), np.zeros(m)
    seen = np.zeros(m)
    empty = rowwise(v, m, ())[0]
    for order in orders:
        before = start = rowwise(v, m, ())[0]
        for place, j in enumerate(order):
            after = rowwise(v, m, order[: place + 1])[0]
            worth[j] += after - before
            places[place] += after - before
            alone[j] += after - start
            before = after
        filled = seen.copy()
        for j in order:
            was, filled[j] = v(filled[None])[0], 1
            full[j] += v(filled[None])[0] - was
        seen = filled
    n = len(orders)
    only = v(np.eye(m)) - empty
    stale = "`before` stays behind: after each piece it must move up to `after`, or a piece is paid for all who came."
    known = [
        (worth, "You added the orders up and did not average them: divide by their number."),
        (worth / m, "Average over the orders: there are m! of them, not m."),
        (places / n, "You paid the places in the order, not the pieces: the step belongs to piece j."),
        (alone / n, stale),
        (alone, stale),
        (full / n, "The pieces of the last order are still there: every order begins with nothing."),
        (full, "The pieces of the last order are still there: every order begins with nothing."),
        (only, "Each piece was alone: those who joined before it must stay."),
        (-worth / n, "The sign is turned: after, less before."),
        (worth / n + empty / m, NOBODY),
    ]
    return worth / n, known


@checks.test("shapley")
def _(shapley):
    """Four pieces, no pattern:"""
    want, known = order_values(game(4, 2), 4)
    expect(shapley(game(4, 2), 4), want, "What j adds when it joins, averaged over all orders.", *known)


@checks.test("shapley")
def _(shapley):
    """A sum with a base of 3:"""
    worth = np.array([0.5, -1.0, 0.25])
    expect(shapley(lambda p: 3 + p @ worth, 3), worth, "In a sum, each piece gets its own term.", (worth + 1, NOBODY))


@checks.test("shapley")
def _(shapley):
    """The shares of five pieces add up:"""
    v = game(5, 3)
    whole = v(np.ones((1, 5)))[0] - v(np.zeros((1, 5)))[0]
    expect(np.sum(shapley(v, 5)), whole, "Their sum must be the score with all, less the score with nothing.")


def by_coalitions(v, m, share):
    """Return the sum over coalitions of what each piece adds, each coalition of s counting share(s)."""
    worth = np.zeros(m)
    for j in range(m):
        others = [i for i in range(m) if i != j]
        for s in range(m):
            sets = list(combinations(others, s))
            worth[j] += share(s) * (rowwise(v, m, *[(*S, j) for S in sets]) - rowwise(v, m, *sets)).sum()
    return worth


def divisions(v, m):
    """Return the Shapley values by coalitions, and the wrong answers by the mistake that leads to them."""

    def divide(share):
        return by_coalitions(v, m, share)

    right = divide(lambda s: 1 / (m * comb(m - 1, s)))
    alike = "All coalitions count alike here. Those of medium size are the most, so first and last are forgotten."
    known = [
        (divide(lambda s: 1 / 2 ** (m - 1)), alike),
        (divide(lambda s: 1 / 2**m), alike),
        (divide(lambda s: 1), "You added the coalitions up: each must count its share of the orders."),
        (divide(lambda s: 1 / comb(m - 1, s)), "Each size averages to one; the m sizes must share: divide by m, too."),
        (divide(lambda s: 1 / (m * comb(m, s))), "S is drawn from the others, and there are m − 1 of them, not m."),
        (divide(lambda s: 1 / comb(m, s)), "S is drawn from the others, and there are m − 1 of them, not m."),
        (divide(lambda s: 1 / (m * max(comb(m - 1, s + 1), 1))), "s counts those already there, without j itself."),
        (-right, "The sign is turned: the score with j, less the score without."),
    ]
    return right, known


@checks.test("fair_shares")
def _(fair_shares):
    """Four pieces, no pattern:"""
    want, known = divisions(game(4, 4), 4)
    expect(fair_shares(game(4, 4), 4), want, "A coalition of s counts 1 / (m · C(m − 1, s)).", *known)


@checks.test("fair_shares")
def _(fair_shares):
    """Three pieces of which all are needed:"""
    known = [(np.full(3, 0.25), "A quarter each leaves a quarter of the score to nobody: the shares must add up.")]
    expect(fair_shares(lambda p: 1.0 * p.prod(axis=1), 3), np.full(3, 1 / 3), "Nobody is worth more: 1/3 each.", *known)


@checks.test("fair_shares")
def _(fair_shares):
    """Eight pieces, and not too many questions:"""
    inner, asked = game(8, 5), [0]

    def v(present):
        asked[0] += len(present)
        if asked[0] > 20_000:
            raise Miss("You walk through the orders, 40,320 of them: count each coalition once, with its share.")
        return inner(present)

    want, known = divisions(inner, 8)
    expect(fair_shares(v, 8), want, "A coalition of s counts 1 / (m · C(m − 1, s)).", *known)


FORWARDS = np.array([[1.0, 0.0, 2.0, 0.5], [0.0, 3.0, -1.0, 1.5], [2.5, 1.0, 0.0, 0.0]])
BACKWARDS = np.array([[0.5, 2.0, -1.0, 2.0], [1.5, 0.0, 1.0, 1.0], [0.0, 0.5, 2.0, 1.0]])


def errors(samples, ddof=1):
    """Return the standard error of the mean of the rows."""
    return samples.std(axis=0, ddof=ddof) / np.sqrt(len(samples))


def margins(forwards, backwards):
    """Return the right mean and error, and the wrong ones by the mistake that leads to them."""
    pairs, stacked = (forwards + backwards) / 2, np.vstack([forwards, backwards])
    mean, n = pairs.mean(axis=0), len(pairs)
    spread = pairs.std(axis=0, ddof=1)
    both = "You count both walks as samples of their own, but the second is the first reversed: average the two first."
    biased = "The samples' own mean was used: divide the squares by n − 1 (ddof=1)."
    known = [
        ((mean, errors(stacked)), both),
        ((mean, errors(stacked, 0)), both),
        ((mean, errors(pairs, 0)), biased),
        ((mean, pairs.std(axis=0) / np.sqrt(n)), biased),
        ((mean, spread), "This is the spread of single samples; their mean is surer: divide by √n."),
        ((mean, pairs.std(axis=0)), "This is the spread of single samples; their mean is surer: divide by √n."),
        ((mean, spread / n), "Divide by √n, not by n: four times as many orders halve the error."),
        ((mean, spread**2 / n), "This is a variance, in stars squared: take the root."),
        ((mean, spread / np.sqrt(2 * n)), both),
        ((2 * mean, 2 * errors(pairs)), "Average the two walks: their sum pays for everything twice."),
        ((forwards.mean(axis=0), errors(forwards)), "The backward walks are missing: each order was walked both ways."),
        ((pairs.mean(axis=1), pairs.std(axis=1, ddof=1) / np.sqrt(pairs.shape[1])),
         "You averaged over pieces: orders are rows, so average down axis 0."),
    ]  # fmt: skip
    return (mean, errors(pairs)), known


@checks.test("margin")
def _(margin):
    """Three orders, four pieces:"""
    want, known = margins(FORWARDS, BACKWARDS)
    expect(margin(FORWARDS.copy(), BACKWARDS.copy()), want, "Average the two walks, then √(variance / n).", *known)


@checks.test("margin")
def _(margin):
    """Where both pieces are needed, one order walked both ways is exact:"""
    last = np.array([[0.0, 1.0], [1.0, 0.0], [0.0, 1.0]])
    want = np.array([0.5, 0.5]), np.zeros(2)
    expect(margin(last, 1 - last), want, "All pairs of walks say the same, so the error is 0.")


@checks.test("margin")
def _(margin):
    """The walks stay as they were:"""
    forwards, backwards = FORWARDS.copy(), BACKWARDS.copy()
    margin(forwards, backwards)
    expect((forwards, backwards), (FORWARDS, BACKWARDS), "You wrote into what was given: make a new array.")


def bent(x):
    """A score of three features that bends."""
    return np.tanh(2 * x[:, 0]) + x[:, 0] * x[:, 1] ** 2 - 0.5 * x[:, 2]


def bent_slopes(x):
    """Return its slopes, (n, 3)."""
    first = 2 * (1 - np.tanh(2 * x[:, 0]) ** 2) + x[:, 1] ** 2
    return np.column_stack([first, 2 * x[:, 0] * x[:, 1], np.full(len(x), -0.5)])


EDGE = "Your points stand at the ends of the steps, all too early or too late: put them in the middle."


def ways(slopes, x, base, steps):
    """Return the integrated gradients, and the wrong answers by the mistake that leads to them."""
    t = (np.arange(steps) + 0.5) / steps
    mean = slopes(base + t[:, None] * (x - base)).mean(axis=0)
    from_zero = slopes(t[:, None] * x).mean(axis=0)
    end, start, half = (slopes((base + at * (x - base))[None])[0] for at in (1, 0, 0.5))
    at_end = "This is the slope at the end of the way, where the score may be flat: average it along the way."
    known = [
        (end * x, at_end),
        (end * (x - base), at_end),
        (end, at_end),
        (start * (x - base), "This is the slope at the start of the way only: average it along the whole of it."),
        (half * (x - base), "This is the slope halfway only: average it along the whole way."),
        (from_zero * x, "Your way begins at 0; it must begin at `base`."),
        (from_zero * (x - base), "Your way begins at 0; it must begin at `base`."),
        (mean, "The mean slope is a rate: multiply it by the length of the way, x − base."),
        (mean * x, "Multiply by the way that was gone, x − base, not by x."),
        (steps * mean * (x - base), "You added the slopes up: average them over the steps."),
        (mean * (base - x), "The way leads from base to x: it is x − base."),
    ]
    for shift in (-0.5, 0.5):
        edge = slopes(base + (t + shift / steps)[:, None] * (x - base)).mean(axis=0)
        known.append((edge * (x - base), EDGE))
    ends = slopes(base + np.linspace(0, 1, steps)[:, None] * (x - base)).mean(axis=0)
    known.append((ends * (x - base), "Both ends are among your points and count too much: put them in the middles."))
    return mean * (x - base), known


X, BASE = np.array([2.0, 1.5, -1.0]), np.array([0.25, -0.5, 1.0])


@checks.test("integrated")
def _(integrated):
    """Three features, a bent score, 500 steps:"""
    want, known = ways(bent_slopes, X, BASE, 500)
    got = integrated(bent_slopes, X.copy(), BASE.copy(), 500)
    if np.ndim(got) == 0 or np.shape(got) == (500,):
        raise Miss("There must be one number per feature: average over the points of the way, axis 0.")
    expect(got, want, "Mean slope on the way, times the way.", *known, tol=1e-3)


@checks.test("integrated")
def _(integrated):
    """The weights are complete:"""
    climb = (bent(X[None]) - bent(BASE[None]))[0]
    got = np.sum(integrated(bent_slopes, X.copy(), BASE.copy(), 1000))
    expect(got, climb, "The weights must sum to score(x) − score(base).", tol=1e-3)


@checks.test("integrated")
def _(integrated):
    """Four steps on a parabola:"""
    x, base = np.array([3.0, -1.0]), np.array([1.0, 1.0])
    squares = x**2 - base**2
    known = [(squares + sign * (x - base) ** 2 / 4, EDGE) for sign in (1, -1)]
    expect(integrated(lambda z: 2 * z, x, base, 4), squares, "Use `steps` points, in the middles.", *known, tol=1e-9)


CLAIMS = np.array([0.9, -0.8, 0.7, -0.6, 0.5, 0.1, -0.2, 0.3])
TERMS = np.array([1.0, -0.5, 0.25, -2.0, -0.75, 0.5, 0.0, -0.125])


def shares_of_signs(terms, claims, k):
    """Return the share of right signs, and the wrong ones by the mistake that leads to them; the score is a sum."""

    def share(chosen, falls):
        moved = falls != 0
        return np.mean(np.sign(falls[moved]) == np.sign(claims[chosen][moved]))

    size, supporters, everyone = np.argsort(-np.abs(claims))[:k], np.argsort(-claims)[:k], np.arange(len(claims))
    right = share(size, terms[size])
    known = [
        (share(supporters, terms[supporters]), "The largest by size: evidence against counts, too."),
        (1 - right, "A claim *for* is borne out when the score falls without the piece."),
        (share(everyone, terms), "Only the k largest claims stand on trial."),
        (np.mean(np.sign(terms[size]) == np.sign(claims[size])),
         "A piece whose removal moves nothing has no sign to be right or wrong: leave it out of the share."),
        (np.mean((terms[size] > 0) == (claims[size] > 0)),
         "A piece whose removal moves nothing has no sign to be right or wrong: leave it out of the share."),
        (np.mean(np.sign(terms[size].sum()) == np.sign(claims[size])),
         "You took them away together: each claim is tried alone."),
        (100 * right, "A share lies between 0 and 1, it is not in percent."),
        (right * np.count_nonzero(terms[size]), "A share, not a count."),
    ]  # fmt: skip
    return right, known


@checks.test("signs_right")
def _(signs_right):
    """Five claims out of eight:"""
    want, known = shares_of_signs(TERMS, CLAIMS, 5)
    got = signs_right(lambda p: 3.0 + p @ TERMS, CLAIMS.copy(), 5)
    expect(got, want, "Compare each claim's sign with that of the fall.", *known)


@checks.test("signs_right")
def _(signs_right):
    """Four claims, one about a piece that moves nothing:"""
    claims = np.array([0.9, -0.8, 0.1, 0.6, 0.5, 0.2, -0.7, 0.3])
    want, known = shares_of_signs(TERMS, claims, 4)
    got = signs_right(lambda p: 3.0 + p @ TERMS, claims.copy(), 4)
    expect(got, want, "Compare each claim's sign with that of the fall.", *known)


@checks.test("signs_right")
def _(signs_right):
    """Pieces that need each other:"""
    got = signs_right(lambda p: 2.0 + 4 * p[:, 0] * p[:, 1] - p[:, 2], np.array([3.0, 1.0, 2.0]), 3)
    known = [(1.0, "You took them away together: each claim is tried alone.")]
    expect(got, 2 / 3, "Take away one piece from the full case, and put it back before the next.", *known)


@checks.test("signs_right")
def _(signs_right):
    """None of the pieces moves the score:"""
    got = signs_right(lambda p: np.full(len(p), 2.0), np.array([1.0, -1.0, 0.5]), 2)
    known = [(0.0, "Nothing moved, so nothing was wrong either: NaN."), (1.0, "Nothing moved: NaN.")]
    expect(got, np.nan, "There is nothing to judge: NaN.", *known)


def coat(p):
    """Pieces 0 and 1 stand in for each other, 2 and 3 need each other, 4 speaks against, 5 and 6 count a little."""
    p = np.asarray(p, dtype=float)
    warm = 1 - (1 - p[:, 0]) * (1 - p[:, 1])
    return 3 + 2 * warm + p[:, 2] * p[:, 3] - 1.5 * p[:, 4] + 0.25 * p[:, 5] - 0.125 * p[:, 6]


def verdicts(v, weights, k):
    """Return the right trial, and the wrong ones by the mistake that leads to them."""
    m, numbers = len(weights), range(len(weights))
    order, sizes = np.argsort(-weights), np.argsort(-np.abs(weights))

    def fall(gone):
        return float(v(np.ones((1, m)))[0] - rowwise(v, m, [j for j in numbers if j not in gone])[0])

    def chance(pool, n):
        return float(np.mean([fall(S) for S in combinations(pool, n)])) if n <= len(pool) else 0.0

    def three(cited, pool=None, n=None):
        others = [j for j in numbers if j not in cited]
        return fall(cited), fall(others), chance(numbers if pool is None else pool, len(cited) if n is None else n)

    cited = [j for j in order[:k] if weights[j] > 0]
    right = comprehensive, sufficient, rival = three(cited)
    only, empty = rowwise(v, m, cited, ())
    alone = float(np.mean([fall([j]) for j in numbers]))
    single = sum(fall([j]) for j in cited)
    known = [
        (three(list(order[:k])), "Fewer than k pieces may speak for it: cite only weights above 0."),
        (three(list(sizes[:k])), "You cited by size: a piece that speaks against the item is no reason for it."),
        (three(cited, n=k), "The rival must be as large as what is cited, which may be fewer than k."),
        (three(cited, [j for j in numbers if j not in cited]),
         "Random evidence may hit on the cited pieces, too: draw from all m, or it is worse than chance."),
        ((single, sufficient, rival), "Take the cited pieces away together: stand-ins show only then."),
        ((comprehensive, only, rival), "Sufficiency is a fall, score(all) − score(only them), not the score itself."),
        ((comprehensive, only - empty, rival), "Sufficiency compares with the full score, not with the empty one."),
        ((comprehensive, -sufficient, rival), "Sufficiency is score(all) − score(only them): the sign is turned."),
        ((sufficient, comprehensive, rival), "The two are exchanged: comprehensiveness takes the cited ones away."),
        ((comprehensive, sufficient, alone), "The rival takes as many pieces at once as are cited, not one."),
    ]  # fmt: skip
    return right, known


WEIGHTS = np.array([1.0, 0.875, 0.5, 0.625, -1.75, 0.25, -0.125])


@checks.test("trial")
def _(trial):
    """Three cited of seven:"""
    want, known = verdicts(coat, WEIGHTS, 3)
    expect(trial(coat, WEIGHTS.copy(), 3), want, "All three numbers are falls of the score.", *known)


@checks.test("trial")
def _(trial):
    """No more than two pieces speak for the item, and k is 4:"""
    weights = np.array([0.5, -0.25, 0.0, -1.0, -0.5, 0.75, -0.125])
    want, known = verdicts(coat, weights, 4)
    expect(trial(coat, weights.copy(), 4), want, "All three numbers are falls of the score.", *known)


@checks.test("trial")
def _(trial):
    """Five pieces, no pattern:"""
    v, weights = game(5, 6), np.array([-0.5, 2.0, 1.5, 0.25, -3.0])
    want, known = verdicts(v, weights, 2)
    expect(trial(v, weights.copy(), 2), want, "All three numbers are falls of the score.", *known)
