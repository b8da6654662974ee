"""Checks of the exercises on attribution."""

from __future__ import annotations

import inspect
from itertools import combinations, permutations
from math import comb, factorial

import numpy as np

from recx_check.core import Checks, Miss, Untouched, expect, same

checks = Checks()
check, require = checks.check, checks.require


EXAMPLES = {"jacket": "v", "all_needed": "v", "sum_of_four": "v", "coat": "v", "bag": "slopes", "bag_slopes": "slopes"}
EXAMPLES |= {"terms": "weights", "claims": "weights", "fair": "weights", "left_out": "weights"}


class Asked:
    """A model (or its slopes) as a learner gets it: it wants a table of rows, and notes which were asked about."""

    def __init__(self, inner, wants):
        self.inner, self.wants, self.rows = inner, wants, []

    def __call__(self, rows):
        """Return what the model says of each row; raise Miss where there are no rows."""
        rows = np.asarray(rows, dtype=float)
        if rows.ndim != 2:
            raise Miss(self.wants)
        self.rows.extend(rows)
        try:
            return self.inner(rows)
        except (ValueError, IndexError) as error:
            raise Miss(f"Your rows hold {rows.shape[1]} numbers each: there must be one for each of the m.") from error


def model(v):
    """Return a model that says how rows of presence look."""
    return Asked(v, "`v` wants an array of rows, also for a single one: `np.ones((1, m))`, not `np.ones(m)`.")


SLIPS = {
    "0-dimensional": "`v` returns one score per row, an array even for a single row: take `[0]`.",
    "element with a sequence": "`v` returns one score per row, an array even for a single row: take `[0]`.",
    "broadcast": "The shapes do not go together: `t` is (steps,), and with `t[:, None]` you get one point per row.",
}


def call(answer, *given):
    """Return what the learner's function makes of `given`; name the slip where it stops, or uses the example."""
    code = getattr(inspect.unwrap(answer), "__code__", None)
    for name, instead in EXAMPLES.items():
        if code and name in code.co_names:
            raise Miss(f"Ask `{instead}`, not `{name}`: your function must work for any model.")
    try:
        return answer(*given)
    except (TypeError, ValueError) as error:
        for words, why in SLIPS.items():
            if words in str(error) and (words != "broadcast" or len(given) == 4):
                raise Miss(why) from error
        raise


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
    want = {"weight": -0.2, "comfort": 0.8, "price": 0.4}
    if not isinstance(value, dict):
        raise Miss('Give a dictionary, {"weight": …, "comfort": …, "price": …}: a bare list hides whose number it is.')
    if value.keys() != want.keys():
        raise Miss(f"The keys must be {', '.join(want)}; yours are {', '.join(map(str, value))}.")
    if any(step is ... for step in value.values()):
        raise Untouched
    known = [
        ({"weight": -0.2, "comfort": 0.4, "price": 0.1},
         "These are what each piece does alone: compare with who was there just before, not with nothing."),
        ({"weight": 0.7, "comfort": 1.0, "price": 0.4},
         "This is what the whole would lose without each: only the last to join finds all the others there."),
        ({"weight": 2.8, "comfort": 3.6, "price": 4.0},
         "These are the scores on the way; what a piece adds is the step from one to the next."),
        ({"comfort": 0.4, "weight": 0.2, "price": 0.4}, "You let comfort join first: the order begins with weight."),
        ({piece: -step for piece, step in want.items()},
         "The signs are turned: a step is the score after the piece has joined, less the score before."),
    ]  # fmt: skip
    for wrong, why in known:
        if same(value, wrong):
            raise Miss(why)
    if off := [piece for piece, step in want.items() if not same(value[piece], step)]:
        raise Miss(f"Not yet right: {', '.join(off)}. A step is the score just after a piece has joined, less the one "
                   f"just before.")  # fmt: skip


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
    got = call(leave_out, model(game(4, 1)), 4)
    expect(got, want, "Score with everything, less the score without piece j.", *known)


@checks.test("leave_out")
def _(leave_out):
    """Two pieces of which either suffices:"""
    got = call(leave_out, model(lambda p: 1.0 - (1 - p[:, 0]) * (1 - p[:, 1])), 2)
    expect(got, np.zeros(2), "With one gone the other does its work: both falls are 0.")


@checks.test("leave_out")
def _(leave_out):
    """One piece alone:"""
    got = call(leave_out, model(lambda p: 2.0 + 0.75 * p[:, 0]), 1)
    known = (
        ([0.0], "One piece is a model, too, and it gets what it adds."),
        ([2.75], "One piece gets what it adds: not the base."),
    )
    expect(got, [0.75], "One piece gets all that the score rises by.", *known)


NOBODY = "The score of nothing belongs to nobody: an order begins with before = v(there)[0], not with 0."


def order_values(v, m):
    """Return the Shapley values by orders, and the wrong answers by the mistake that leads to them."""
    orders = list(permutations(range(m)))
    worth, places, alone, full = np.zeros(m), np.zeros(m), np.zeros(m), np.zeros(m)
    seen, last = np.zeros(m), np.zeros(m)
    empty = rowwise(v, m, ())[0]
    for order in orders:
        before = start = rowwise(v, m, ())[0]
        for place, j in enumerate(order):
            after = rowwise(v, m, order[: place + 1])[0]
            worth[j] += after - before
            last[j] = after - before
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
        (last / n, "You overwrite what j had from the earlier orders: add to it."),
        (last, "You overwrite what j had from the earlier orders: add to it."),
    ]
    return worth / n, known


@checks.test("shapley")
def _(shapley):
    """Four pieces, no pattern:"""
    want, known = order_values(game(4, 2), 4)
    expect(call(shapley, model(game(4, 2)), 4), want, "What j adds when it joins, averaged over all orders.", *known)


@checks.test("shapley")
def _(shapley):
    """A sum with a base of 3:"""
    worth = np.array([0.5, -1.0, 0.25])
    got = call(shapley, model(lambda p: 3 + p @ worth), 3)
    expect(got, worth, "In a sum, each piece gets its own term.", (worth + 1, NOBODY))


@checks.test("shapley")
def _(shapley):
    """The shares of five pieces add up:"""
    v = game(5, 3)
    whole = v(np.ones((1, 5)))[0] - v(np.zeros((1, 5)))[0]
    got = np.sum(call(shapley, model(v), 5))
    expect(got, whole, "Their sum must be the score with all, less the score with nothing.")


@checks.test("shapley")
def _(shapley):
    """One piece alone:"""
    got = call(shapley, model(lambda p: 2.0 + 0.75 * p[:, 0]), 1)
    known = (
        ([0.0], "One piece is a model, too, and it gets what it adds."),
        ([2.75], "One piece gets what it adds: not the base."),
    )
    expect(got, [0.75], "One piece gets all that the score rises by.", *known)


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
        (divide(lambda s: 1 / m), "Each *size* counts 1/m: share that out among the coalitions of the size."),
        (divide(lambda s: (s < m - 1) / (m * comb(m - 1, s))),
         "The coalition of all the others is missing: it has m − 1 members, and `range(m)` goes up to that."),
        (divide(lambda s: (s > 0) / (m * comb(m - 1, s))),
         "The empty coalition is missing: j may be the first to join."),
        (divide(lambda s: factorial(s) * factorial(m - 1 - s)),
         "So many orders find S there; divide by m!, the number of all orders."),
        (-right, "The sign is turned: the score with j, less the score without."),
    ]  # fmt: skip
    return right, known


@checks.test("fair_shares")
def _(fair_shares):
    """Four pieces, no pattern:"""
    want, known = divisions(game(4, 4), 4)
    expect(call(fair_shares, model(game(4, 4)), 4), want, "A coalition of s counts 1 / (m · C(m − 1, s)).", *known)


@checks.test("fair_shares")
def _(fair_shares):
    """Three pieces of which all are needed:"""
    known = [(np.full(3, 0.25), "A quarter each leaves a quarter of the score to nobody: the shares must add up.")]
    got = call(fair_shares, model(lambda p: 1.0 * p.prod(axis=1)), 3)
    expect(got, np.full(3, 1 / 3), "Nobody is worth more: 1/3 each.", *known)


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
    expect(call(fair_shares, v, 8), want, "A coalition of s counts 1 / (m · C(m − 1, s)).", *known)


@checks.test("fair_shares")
def _(fair_shares):
    """One piece alone:"""
    got = call(fair_shares, model(lambda p: 2.0 + 0.75 * p[:, 0]), 1)
    known = (
        ([0.0], "One piece is a model, too, and it gets what it adds."),
        ([2.75], "One piece gets what it adds: not the base."),
    )
    expect(got, [0.75], "One piece gets all that the score rises by.", *known)


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
        ((mean, stacked.std(axis=0, ddof=1) / np.sqrt(n)), both),
        ((mean, (errors(forwards) + errors(backwards)) / 2),
         "You averaged two errors: average the two walks first, then take the error of the averages."),
    ]  # fmt: skip
    for table in (pairs, forwards, stacked):
        spread = table.std(axis=1, ddof=1)
        known += [((table.mean(axis=1), spread / np.sqrt(size)), AXIS) for size in table.shape]
    for turned in (backwards[:, ::-1], backwards[::-1]):
        mixed = (forwards + turned) / 2
        known.append(((mixed.mean(axis=0), errors(mixed)), TURNED))
    return (mean, errors(pairs)), known


TURNED = "Row i is the same order in both tables, and column j the same piece: turn neither round."
AXIS = "You averaged over pieces: orders are rows, so average down axis 0."


def judge_margin(margin, forwards, backwards, hint):
    """Compare a mean and its error with the right ones, and with the wrong ones by their mistake."""
    want, known = margins(forwards, backwards)
    got = margin(forwards.copy(), backwards.copy())
    if not isinstance(got, (tuple, list)) and same(got, want[1]):
        raise Miss("This is the error alone: return the mean and its error.")
    if not isinstance(got, (tuple, list)) and same(got, want[0]):
        raise Miss("This is the mean alone: return the mean and its error.")
    known.append((want[::-1], "The two are exchanged: first the mean, then its error."))
    expect(got, want, hint, *known)


@checks.test("margin")
def _(margin):
    """Three orders, four pieces:"""
    judge_margin(margin, FORWARDS, BACKWARDS, "Average the two walks, then √(variance / n).")


@checks.test("margin")
def _(margin):
    """Where both pieces are needed, one order walked both ways is exact:"""
    last = np.array([[0.0, 1.0], [1.0, 0.0], [0.0, 1.0]])
    want = np.array([0.5, 0.5]), np.zeros(2)
    expect(margin(last, 1 - last), want, "All pairs of walks say the same, so the error is 0.")


@checks.test("margin")
def _(margin):
    """Pieces that speak against the item:"""
    forwards, backwards = -FORWARDS[:, :2], -BACKWARDS[:, :2] + [0.25, 0.0]
    want, _ = margins(forwards, backwards)
    turned = ((np.abs(want[0]), want[1]), "Keep the sign of the mean: a piece may speak against the item.")
    expect(margin(forwards.copy(), backwards.copy()), want, "Average the two walks, then √(variance / n).", turned)


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
AT_END = "This is the slope at the end of the way, where the score may be flat: average it along the way."
FROM_ZERO = "Your way begins at 0; it must begin at `base`."
NOT_TO_X = "Your way does not end at x: a point on it is base + t * (x − base)."


def ways(slopes, x, base, steps):
    """Return the integrated gradients, and the wrong answers by the mistake that leads to them."""
    t, way = (np.arange(steps) + 0.5) / steps, x - base

    def mean(start, end, at=t):
        return slopes(start + at[:, None] * (end - start)).mean(axis=0)

    right = mean(base, x)
    end, start, half = (slopes((base + at * way)[None])[0] for at in (1, 0, 0.5))
    known = [
        *((end * part, AT_END) for part in (1, x, way)),
        (start * way, "This is the slope at the start of the way only: average it along the whole of it."),
        ((start + end) / 2 * way, "The slopes at the two ends do not tell of the way between: average along it."),
        *((mean(0 * x, to) * part, FROM_ZERO) for to in (x, way) for part in (x, way)),
        *((mean(base, base + x) * part, NOT_TO_X) for part in (x, way)),
        (right, "The mean slope is a rate: multiply it by the length of the way, x − base."),
        (right * x, "Multiply by the way that was gone, x − base, not by x."),
        (steps * right * way, "You added the slopes up: average them over the steps."),
        (-right * way, "The way leads from base to x: it is x − base."),
        (slopes(base + t[:, None] * way).mean() * way, "You averaged over the features as well: average over axis 0."),
        *((mean(base, x, t + shift / steps) * way, EDGE) for shift in (-0.5, 0.5)),
        (mean(base, x, np.linspace(0, 1, steps)) * way,
         "Both ends are among your points and count too much: put them in the middles."),
    ]  # fmt: skip
    if steps > 1:
        known.append((half * way, "This is the slope halfway only: average it along the whole way."))
        place, share = np.polynomial.legendre.leggauss(steps)
        known.append((share / 2 @ slopes(base + (place[:, None] + 1) / 2 * way) * way,
                      "Well-placed points are better, but asked for are the middles of even steps."))  # fmt: skip
    return right * way, known


X, BASE = np.array([2.0, 1.5, -1.0]), np.array([0.25, -0.5, 1.0])


def judge_ways(integrated, slopes, x, base, steps, tol=1e-9):
    """Compare integrated gradients with the right ones, and with the wrong ones by their mistake."""
    want, known = ways(slopes, x, base, steps)
    asked = Asked(slopes, "`slopes` takes a table of points (n, m); for a single one, `x[None]`.")
    got = call(integrated, asked, x.copy(), base.copy(), steps)
    if got is not None and got is not ... and np.shape(got) != x.shape:
        raise Miss("There must be one number per feature: average over the points of the way, axis 0.")
    if not same(got, want, tol) and not any(same(got, wrong, tol) for wrong, _ in known) and len(asked.rows) != steps:
        raise Miss(f"`steps` is {steps}, and you asked for the slopes at {len(asked.rows)} points.")
    expect(got, want, "Mean slope on the way, times the way: `steps` points, in the middles.", *known, tol=tol)


@checks.test("integrated")
def _(integrated):
    """Three features, a bent score, 500 steps:"""
    judge_ways(integrated, bent_slopes, X, BASE, 500, 1e-6)


@checks.test("integrated")
def _(integrated):
    """The weights are complete:"""
    climb = (bent(X[None]) - bent(BASE[None]))[0]
    got = np.sum(call(integrated, bent_slopes, X.copy(), BASE.copy(), 1000))
    expect(got, climb, "The weights must sum to score(x) − score(base).", tol=1e-3)


@checks.test("integrated")
def _(integrated):
    """Four steps on a parabola:"""
    judge_ways(integrated, lambda z: 2 * z, np.array([3.0, -1.0]), np.array([1.0, 1.0]), 4)


@checks.test("integrated")
def _(integrated):
    """Two steps on a bent score:"""
    judge_ways(integrated, bent_slopes, X, BASE, 2)


@checks.test("integrated")
def _(integrated):
    """One step, from a base that is not 0:"""
    judge_ways(integrated, bent_slopes, BASE, X, 1)


@checks.test("integrated")
def _(integrated):
    """No way at all, and a feature that stays where it is:"""
    got = call(integrated, bent_slopes, X.copy(), X.copy(), 5)
    expect(got, np.zeros(3), "Whoever does not move owes nothing to any feature.")
    judge_ways(integrated, bent_slopes, X, np.array([0.25, X[1], X[2]]), 3)


TERMS = np.array([0.01, 0.25, 1.0, -0.5, -0.25, -2.0, -0.125, 0.0, 0.5, 0.75, -0.75])
CLAIMS = np.array([-0.4, -1.2, 0.3, 0.7, 0.6, 1.0, -0.1, -0.5, 0.2, 0.8, 0.9])
TOGETHER = "You took them away together: each claim is tried alone."
KEPT = "You kept one piece and took all the others away: take one away and keep the rest."
UNMOVED = "A piece whose removal moves nothing has no sign to be right or wrong: leave it out of the share."
BLIND = "You look at the falls only: compare the sign of each with the sign of its weight."
TINY = "A small fall has its sign, too: leave out what is 0 (or closer than 1e-9, for rounding)."
RISES = "A score that rises has moved, too: leave out only what does not move at all."


def pools(claims, k):
    """Return the wrong pieces to put on trial, by the mistake that leads to them."""
    return {
        "You took the k largest weights; of largest *size* is meant, so that evidence against counts, too.":
            np.argsort(-claims)[:k],
        "These are the k smallest: `np.argsort` puts the smallest first.": np.argsort(np.abs(claims))[:k],
        "These are the lowest weights: sort by size, the largest first.": np.argsort(claims)[:k],
        "These are the first k pieces: take those whose weights have the largest size.": np.arange(k),
        "Those are the last k pieces: take those whose weights have the largest size.": np.arange(len(claims))[-k:],
    }  # fmt: skip


def shares_of_signs(terms, claims, k):
    """Return the share of right signs, and the wrong ones by the mistake that leads to them; the score is a sum."""
    size = np.argsort(-np.abs(claims))[:k]
    falls, said, first = terms[size], np.sign(claims[size]), np.sign(claims[:k])
    moved, clear, agree = falls != 0, np.abs(falls) > 0.05, np.sign(terms[size]) == np.sign(claims[size])
    right = np.mean(agree[moved])
    known = [
        (1 - right, "A claim *for* is borne out when the score falls without the piece."),
        (np.mean(agree), UNMOVED),
        (np.mean((falls > 0) == (said > 0)), UNMOVED),
        (np.mean(np.sign(falls[moved]) == first[moved]),
         "You compare with the first k weights, but `fall` goes by `largest`: take `weights[largest]`."),
        (np.mean(falls[moved] > 0), BLIND),
        (np.mean(np.sign(falls[moved])), BLIND),
        (np.mean(said[moved] > 0), "You look at the weights only: compare the sign of each with that of its fall."),
        (np.mean(agree[falls > 0]), RISES),
        (np.mean(falls[moved] == claims[size][moved]), "Compare the signs, not the numbers: `np.sign` of both."),
        (np.mean(agree[clear]), TINY),
        (np.mean(agree[np.abs(falls) > 0.2]), TINY),
        (np.mean((np.sign(terms) == np.sign(claims))[terms != 0]), "Only the k largest claims stand on trial."),
        (100 * right, "A share lies between 0 and 1, it is not in percent."),
        (np.sum(agree[moved]), "A share, not a count."),
    ]  # fmt: skip
    return right, known


def judge_signs(signs_right, v, weights, k, want, known):
    """Compare a share with the right one; where it is wrong, look at what was taken away, then at known mistakes."""
    asked = model(v)
    got = call(signs_right, asked, weights.copy(), k)
    if got is None:
        raise Miss('Where no piece moves the score, return NaN, `float("nan")`, not None; and is a `return` missing?')
    gone = [tuple(np.flatnonzero(row == 0)) for row in asked.rows]
    if not same(got, want) and got is not ...:
        if any(1 < len(pieces) < len(weights) for pieces in gone):
            raise Miss(KEPT if any(sum(row) == 1 for row in asked.rows) else TOGETHER)
        tried = {pieces[0] for pieces in gone if len(pieces) == 1}
        for why, pool in pools(weights, k).items():
            if tried == set(pool) != set(np.argsort(-np.abs(weights))[:k]):
                raise Miss(why)
    expect(got, want, "Compare each weight's sign with that of the fall.", *known)


@checks.test("signs_right")
def _(signs_right):
    """Eight claims out of eleven:"""
    judge_signs(signs_right, lambda p: 3.0 + p @ TERMS, CLAIMS, 8, *shares_of_signs(TERMS, CLAIMS, 8))


@checks.test("signs_right")
def _(signs_right):
    """Four claims, one about a piece that moves nothing:"""
    claims = np.array([0.1, 0.6, 0.8, 0.3, 0.2, 0.35, -0.25, 0.9, 0.15, -0.05, -0.7])
    judge_signs(signs_right, lambda p: 3.0 + p @ TERMS, claims, 4, *shares_of_signs(TERMS, claims, 4))


@checks.test("signs_right")
def _(signs_right):
    """The claims of the statement:"""
    terms, claims = np.array([0.5, -0.75, 0.25, -0.125]), np.array([0.5, -0.75, -0.25, 0.125])
    judge_signs(signs_right, lambda p: 3 + p @ terms, terms, 2, *shares_of_signs(terms, terms, 2))
    judge_signs(signs_right, lambda p: 3 + p @ terms, np.abs(terms), 2, *shares_of_signs(terms, np.abs(terms), 2))
    judge_signs(signs_right, lambda p: 3 + p @ terms, claims, 2, *shares_of_signs(terms, claims, 2))


@checks.test("signs_right")
def _(signs_right):
    """Pieces that need each other:"""
    weights = np.array([3.0, 1.0, 2.0])
    judge_signs(signs_right, lambda p: 2.0 + 4 * p[:, 0] * p[:, 1] - p[:, 2], weights, 3, 2 / 3, [(1.0, TOGETHER)])


@checks.test("signs_right")
def _(signs_right):
    """None of the pieces moves the score:"""
    known = [(0.0, "Nothing moved, so nothing was wrong either: NaN."), (1.0, "Nothing moved: NaN.")]
    judge_signs(signs_right, lambda p: np.full(len(p), 2.0), np.array([1.0, -1.0, 0.5]), 2, np.nan, known)


@checks.test("signs_right")
def _(signs_right):
    """Weights of 0 among the k, and a fall of a millionth:"""
    terms, weights = np.array([1.0, 0.5, -0.5, 2.0]), np.array([3.0, 0.0, 0.0, 0.0])
    zero = "A weight of 0 says neither for nor against, so it is not right where the score moves."
    known = [(1.0, zero), (0.75, zero), (0.5, zero)]
    judge_signs(signs_right, lambda p: p @ terms, weights, 4, 0.25, known)
    terms, weights = np.array([1e-6, -2.0, -1e-6, 0.0]), np.array([3.0, -1.0, 2.0, -4.0])
    judge_signs(signs_right, lambda p: p @ terms, weights, 4, 2 / 3, [(1.0, TINY)])


def coat(p):
    """Pieces 0 and 1 stand in for each other, 2 and 3 need each other, 4 speaks against, 5 and 6 count a little."""
    p = np.asarray(p, dtype=float)
    warm = 1 - (1 - p[:, 0]) * (1 - p[:, 1])
    return 3 + 2 * warm + p[:, 2] * p[:, 3] - 1.5 * p[:, 4] + 0.25 * p[:, 5] - 0.125 * p[:, 6]


def fall_of(v, m, gone):
    """Return how far the score falls without the pieces in `gone`."""
    return float(v(np.ones((1, m)))[0] - rowwise(v, m, [j for j in range(m) if j not in gone])[0])


def mean_fall(v, m, pool, n):
    """Return the mean fall without n pieces of the pool, over every such group; NaN where there is none."""
    groups = list(combinations(pool, n))
    return float(np.mean([fall_of(v, m, group) for group in groups])) if groups else np.nan


def others(m, cited):
    """Return the numbers of the pieces that are not cited."""
    return [j for j in range(m) if j not in cited]


def citations(weights, k):
    """Return the pieces to cite, and the wrong ones by the mistake that leads to them."""
    order, sizes = np.argsort(-weights), np.argsort(-np.abs(weights))
    above = [j for j in order if weights[j] > 0]
    known = [
        (above, "no more than k pieces are cited."),
        ([j for j in order[:k] if weights[j] >= 0], "a weight of 0 does not speak for it."),
        (order[:k], "fewer than k pieces may speak for it: cite only weights above 0."),
        (sizes[:k], "a piece that speaks against the item is no reason for it, and you cited by size."),
        ([j for j in sizes[:k] if weights[j] > 0], "first drop what is not above 0, then take the k largest."),
        (above[::-1][:k], "the largest come first."),
        (np.argsort(weights)[:k], "these are the lowest weights: `np.argsort` puts the smallest first."),
    ]
    return set(above[:k]), [(set(map(int, pieces)), why) for pieces, why in known]


def judge_citation(v, weights, k, got):
    """Raise Miss where the first two numbers are those of other pieces than the right ones."""
    m, numbers = len(weights), range(len(weights))
    cited, known = citations(weights, k)
    for n in range(m + 1):
        for group in map(set, combinations(numbers, n)):
            falls = fall_of(v, m, group), fall_of(v, m, others(m, group))
            if group != cited and same(got[:2], falls):
                why = next((why for pieces, why in known if pieces == group), "cite the k largest weights above 0.")
                mine, right = (sorted(map(int, pieces)) or "none" for pieces in (group, cited))
                given = f"With k = {k} and weights {weights.tolist()}"
                raise Miss(f"{given} you cited pieces {mine}, and it should be {right}: {why}")


def cited_parts(v, m, cited):
    """Return (what it is, right number, wrong numbers by their mistake) for comprehensiveness and for sufficiency."""
    whole, (only, empty) = v(np.ones((1, m)))[0], rowwise(v, m, cited, ())
    fall, rest = fall_of(v, m, cited), fall_of(v, m, others(m, cited))
    known_fall = [
        (sum(fall_of(v, m, [j]) for j in cited), "Take the cited pieces away together: stand-ins show only then."),
        (whole - fall, "Comprehensiveness is a fall, score(all) − score(without them), not the score itself."),
        (-fall, "Comprehensiveness is score(all) − score(without them): the sign is turned."),
    ]
    known_rest = [
        (only, "Sufficiency is a fall, score(all) − score(only them), not the score itself."),
        (only - empty, "Sufficiency compares with the full score, not with the empty one."),
        (-rest, "Sufficiency is score(all) − score(only them): the sign is turned."),
    ]
    if not cited:
        known_rest[:1] = [(0.0, "Where nothing is cited, nothing is left: score(all) − score(nothing).")]
    return [
        ("Comprehensiveness: how far the score falls without the cited pieces.", fall, known_fall),
        ("Sufficiency: how far the score falls with nothing but the cited pieces.", rest, known_rest),
    ]


def rival_part(v, weights, k, cited):
    """Return (what it is, right number, wrong numbers by their mistake) for the rival."""
    m, n, every = len(weights), len(cited), range(len(weights))
    positive = [j for j in every if weights[j] > 0]
    chance, single = mean_fall(v, m, every, n), mean_fall(v, m, every, 1)
    known = [
        (mean_fall(v, m, every, k), "The rival must be as large as what is cited, which may be fewer than k."),
        (mean_fall(v, m, others(m, cited), n),
         "Random evidence may hit on the cited pieces, too: draw from all m, or it is worse than chance."),
        (mean_fall(v, m, positive, n), "You drew from the weights above 0 only: random evidence knows no weights."),
        (single, "The rival takes as many pieces at once as are cited, not one."),
        (n * single, "Take the rival's pieces away together, too."),
        (mean_fall(v, m, every, m - n),
         "You kept the random pieces and took away the rest: take them away, as you do with the cited ones."),
        (chance * comb(m, n), "You added the groups up: the rival is their mean."),
        (v(np.ones((1, m)))[0] - chance, "The rival is a fall, too: score(all) less the mean score without the group."),
        (-chance, "The rival is score(all) − score(without them): the sign is turned."),
    ]  # fmt: skip
    return "The rival: the mean fall without as many pieces as are cited, over every such group.", chance, known


def judge_trial(trial, v, weights, k):
    """Compare a trial with the right one: which pieces were cited, then each of the three numbers."""
    got = call(trial, model(v), weights.copy(), k)
    if got is ...:
        raise Untouched
    if not isinstance(got, (tuple, list, np.ndarray)) or len(got) != 3:
        raise Miss("Return three numbers: comprehensiveness, sufficiency and the rival's mean fall.")
    if any(np.shape(part) == (1,) for part in got):
        raise Miss("`v` returns an array even for a single row: take `[0]`, so that each fall is one number.")
    cited = sorted(citations(weights, k)[0])
    three = [*cited_parts(v, len(weights), cited), rival_part(v, weights, k, cited)]
    right = [want for _, want, _ in three[:2]]
    if same(got[:2], right[::-1]):
        raise Miss("The two are exchanged: comprehensiveness takes the cited pieces away.")
    if not same(got[:2], right):
        judge_citation(v, weights, k, got)
    for value, (hint, want, known) in zip(got, three, strict=True):
        expect(value, want, hint, *known)


WEIGHTS = np.array([1.0, 0.875, 0.5, 0.625, -1.75, 0.25, -0.125])


@checks.test("trial")
def _(trial):
    """Three cited of seven:"""
    judge_trial(trial, game(7, 6), WEIGHTS, 3)


@checks.test("trial")
def _(trial):
    """No more than three pieces speak for the item, and k is 5:"""
    judge_trial(trial, game(7, 7), np.array([0.5, -0.25, 0.0, -1.0, 0.05, 0.75, -0.01]), 5)


@checks.test("trial")
def _(trial):
    """Pieces that stand in for each other:"""
    judge_trial(trial, coat, WEIGHTS, 3)


@checks.test("trial")
def _(trial):
    """Five pieces, two cited:"""
    judge_trial(trial, game(5, 6), np.array([-0.5, 2.0, 1.5, 0.25, -3.0]), 2)


@checks.test("trial")
def _(trial):
    """Nothing speaks for the item:"""
    judge_trial(trial, game(4, 8), np.array([-0.5, 0.0, -1.0, -0.25]), 2)


@checks.test("trial")
def _(trial):
    """Three equal weights, and k is 2:"""
    judge_trial(trial, lambda p: (p[:, :3].sum(axis=1) + 1) ** 2 - p[:, 3], np.array([0.5, 0.5, 0.5, -0.25]), 2)


@checks.test("trial")
def _(trial):
    """Weights of several stars and of a hundredth:"""
    great = "A weight counts as much as it is, above 1, too: do not cut it off."
    weights = np.array([2.0, 1.5, 4.0, 3.0, -2.0, 0.01])
    got = call(trial, model(game(6, 9)), weights.copy(), 2)
    mine = fall_of(game(6, 9), 6, {0, 1}), fall_of(game(6, 9), 6, others(6, {0, 1}))
    if isinstance(got, (tuple, list)) and same(got[:2], mine):
        raise Miss(great)
    judge_trial(trial, game(6, 9), weights, 2)
    small = "A weight above 0 speaks for the item, however small it is: 0.01 is cited, too."
    got = call(trial, model(game(6, 9)), weights.copy(), 5)
    mine = fall_of(game(6, 9), 6, {0, 1, 2, 3}), fall_of(game(6, 9), 6, others(6, {0, 1, 2, 3}))
    if isinstance(got, (tuple, list)) and same(got[:2], mine):
        raise Miss(small)
    judge_trial(trial, game(6, 9), weights, 5)


# The open task: any answer passes that does what is asked, so each is tried, not compared


def scores_of(v, rows):
    """Return a learner's model's scores as numbers; say what is no such model."""
    try:
        got = np.asarray(v(rows.copy()), dtype=float)
    except (TypeError, ValueError, IndexError) as error:
        raise Miss(f"Your model stops on rows of shape {rows.shape} ({type(error).__name__}: {error}).") from error
    if got.shape != (len(rows),):
        raise Miss(f"A model gives one score for each row: for {rows.shape} yours has the shape {got.shape}.")
    return got


def judge_quarrel(quarrel, m):
    """Ask a learner's model for every set of pieces, and look at the four wishes."""
    v = quarrel(m)
    if v is None or v is ...:
        expect(v, 0, "A function is wanted.")
    if not callable(v):
        raise Miss("Build the model and return a function, `def v(present): …`, then `return v`.")
    rows = np.array([[n >> j & 1 for j in range(m)] for n in range(2**m)], dtype=float)
    table = scores_of(v, rows)
    if not same(scores_of(v, rows[::-1])[::-1], table):
        raise Miss("The same row must have the same score, whatever stands beside it: one score for each row.")
    if not same(table[[0, -1]], [0, 1]):
        raise Miss(f"(1) Without any piece the score is {table[0]:.3g}, with all {table[-1]:.3g}: 0 and 1 are wanted.")
    falls_ = table[-1] - table[[2**m - 1 - 2**j for j in range(m)]]
    if not same(falls_, np.zeros(m)):
        j = int(np.argmax(np.abs(falls_)))
        raise Miss(f"(2) Of {m} pieces, number {j} is missed: without it the score falls by {falls_[j]:.3g}.")
    worth = by_coalitions(lambda p: table[(p @ 2 ** np.arange(m)).astype(int)], m, lambda s: 1 / (m * comb(m - 1, s)))
    if (worth < 1e-9).any():
        j, idle = int(np.argmin(worth)), "it must have something to do, for every m"
        raise Miss(f"(3) Of {m} pieces, number {j} has the Shapley value {worth[j]:.3g}: {idle}.")
    if worth[0] < 2 * worth[1:].max() - 1e-9:
        raise Miss(f"(4) Piece 0 has {worth[0]:.3g}, another one {worth[1:].max():.3g}: twice as much is wanted.")


@checks.test("quarrel")
def _(quarrel):
    """Three pieces:"""
    judge_quarrel(quarrel, 3)


@checks.test("quarrel")
def _(quarrel):
    """Four, five and six pieces:"""
    for m in (4, 5, 6):
        judge_quarrel(quarrel, m)
