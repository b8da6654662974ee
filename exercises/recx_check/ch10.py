"""Checks of the exercises on attention."""

from __future__ import annotations

from itertools import combinations

import numpy as np

from recx_check.core import Checks, Miss, expect, same

checks = Checks()
check, require = checks.check, checks.require
nan = np.nan


def table(*shape, seed=0):
    """Return shares of one along the last axis, without any pattern."""
    return np.random.default_rng(seed).dirichlet(np.ones(shape[-1]), shape[:-1])


def rows_to_one(left, axis=1):
    """Return `left` divided by its sums; zeros where a sum is 0."""
    total = left.sum(axis=axis, keepdims=True)
    return left / np.where(total == 0, 1, total)


def shared(weights, presence):
    """Return the right shares, and the wrong ones by the mistake that leads to them."""
    left = weights * presence
    known = [
        (left, "The rows no longer sum to one: what is left must be shared out anew."),
        (left / left.sum(), "You divided by the sum of the whole table: each row by its own sum."),
        (rows_to_one(left, 0), "You shared out down the columns: a row is one query, so sum along axis 1."),
        (rows_to_one(np.exp(weights) * presence), "That is a second softmax: the weights are shares already."),
        (rows_to_one(weights * (presence > 0)), "You took presence for yes or no only: 0.5 halves a weight."),
    ]
    return rows_to_one(left), known


@checks.test("present_shares")
def _(shares):
    """Two queries, four keys, one of them gone:"""
    presence = np.array([1.0, 0.0, 1.0, 1.0])
    want, known = shared(table(2, 4), presence)
    expect(shares(table(2, 4), presence), want, "Multiply by presence, then divide each row by its sum.", *known)


@checks.test("present_shares")
def _(shares):
    """Three queries, two keys, one of them half there:"""
    presence = np.array([0.5, 1.0])
    want, known = shared(table(3, 2), presence)
    expect(shares(table(3, 2), presence), want, "Multiply by presence, then divide each row by its sum.", *known)


@checks.test("present_shares")
def _(shares):
    """A row that looked only at what is gone:"""
    weights, presence = np.array([[1.0, 0.0, 0.0], [0.2, 0.4, 0.4]]), np.array([0.0, 1.0, 1.0])
    got = shares(weights.copy(), presence)
    if not np.isfinite(np.asarray(got, dtype=float)).all():
        raise Miss("Where nobody is left, 0 / 0 is no number: give zeros there.")
    expect(got, [[0, 0, 0], [0, 0.5, 0.5]], "Where nobody is left, give zeros.")


@checks.test("present_shares")
def _(shares):
    """Rows of which next to nothing is left:"""
    weights = np.array([[0.995, 0.004, 0.001], [1 - 4e-6, 3e-6, 1e-6], [1 - 2e-8, 1e-8, 1e-8]])
    got = shares(weights.copy(), np.array([0.0, 1.0, 1.0]))
    little = "However little is left, it is shared out anew: only 0 gives zeros, so no least sum, nothing added."
    short = np.asarray(got, dtype=float)
    if short.shape == (3, 3) and (short.sum(axis=1) < 1 - 1e-6).any():
        raise Miss(little)
    expect(got, [[0, 0.8, 0.2], [0, 0.75, 0.25], [0, 0.5, 0.5]], little)


def layers_product(layers):
    """Return the matrix product of `layers`, the last one on the left."""
    flow = np.eye(len(layers[0]))
    for one in layers:
        flow = one @ flow
    return flow


def flows(maps):
    """Return the right rollout, and the wrong ones by the mistake that leads to them."""
    eye = np.eye(maps.shape[-1])

    def halved(looked, mine=0.5):
        return [0.5 * layer + mine * eye for layer in looked]

    plain = [layer.mean(axis=0) for layer in maps]
    halves = halved(plain)
    want, by_entry = layers_product(halves), np.prod([eye, *halves], axis=0)
    by_head = np.mean([layers_product(halved(maps[:, head])) for head in range(maps.shape[1])], axis=0)
    last, more = "That is only the last layer: multiply by the flow so far.", "The rows sum to more than one: "
    known = [
        (layers_product(halves[::-1]),
         "The order is turned: the first layer was asked first. The last layer stands left."),
        (layers_product(plain), "What was there before, itself is missing: half of a place is the place itself."),
        (layers_product([2 * half for half in halves]), more + "take two halves, ½ A + ½ I."),
        (layers_product(halved(plain, 1.0)), more + "½ A + I holds a half too many, take ½ A + ½ I."),
        (layers_product(halved(plain, 0.25)), "The brackets halve I twice: ½ A + ½ I is ½ (A + I)."),
        (layers_product(halved([layer.sum(axis=0) for layer in maps])), more + "the mean over heads, not the sum."),
        (layers_product(halved([layer.max(axis=0) for layer in maps])), "Take the mean over heads, not the maximum."),
        (layers_product(halved([layer.mean() for layer in maps])),
         "`layer.mean()` is one number: the mean over heads is that along axis 0."),
        (by_entry, "You multiplied entry by entry: following the traffic is a matrix product, `@`."),
        (halves[-1], last),
        (plain[-1], last),
        (sum(halves), "You added the layers: multiply them, `@`."),
        (sum(halves) / len(halves), "You took the mean of the layers: multiply them, `@`."),
        (layers_product([half.T for half in halves]), "Rows have become columns: leave the maps as they are, no `.T`."),
        (want.T, "Rows have become columns: row s says what came to place s."),
        (want[-1], "Give the whole table, not its last row."),
        (by_head, "First the mean over heads, then multiply: you followed each head by itself."),
        (layers_product(halved(maps[:, 0])), "Take the mean over heads, axis 0 of a layer; you took one head."),
    ]  # fmt: skip
    return want, known


def follow(rollout, maps, hint):
    """Expect the right rollout of `maps`; where the mistake has no name, say at least what the rows sum to."""
    want, known = flows(maps)
    got = rollout(maps.copy())
    if same(np.shape(got), want.shape) and not any(same(got, wrong) for wrong, _ in known):
        sums = np.asarray(got, dtype=float).sum(axis=1)
        if not same(sums, np.ones(len(sums))):
            hint += f" (Its rows sum to one; one of yours sums to {sums[np.abs(sums - 1).argmax()]:.3g}.)"
    expect(got, want, hint, *known)


@checks.test("rolled_out")
def _(rollout):
    """Three layers, two heads, four places:"""
    follow(rollout, table(3, 2, 4, 4), "Multiply ½ A + ½ I, the last layer on the left.")


@checks.test("rolled_out")
def _(rollout):
    """One layer, three heads: half the map, half itself:"""
    follow(rollout, table(1, 3, 2, 2, seed=1), "With one layer, rollout is ½ A + ½ I.")


@checks.test("rolled_out")
def _(rollout):
    """Layers in which everybody looks at themselves:"""
    expect(rollout(np.tile(np.eye(3), (2, 2, 1, 1))), np.eye(3), "Nothing was exchanged, so nothing may flow.")


@checks.test("rolled_out")
def _(rollout):
    """Five layers, one head, and no layer:"""
    follow(rollout, table(5, 1, 3, 3, seed=2), "How many heads and layers there are, the shape says: take all of them.")
    expect(rollout(np.zeros((0, 2, 3, 3))), np.eye(3), "Without a layer everything is where it was.")


EFFECTS = np.array([[1, 0, -1, 0, 0], [-1, -1, 0, -1, 1]])
WEIGHTS = np.array([[0.4, -0.1, 0.2, 0.3, 0.0], [-0.2, -0.2, 0.1, -0.3, 0.0]])


def sign_marks(weights, effects):
    """Return the right pair of shares, and the wrong ones by the mistake that leads to them."""
    counts, product = effects != 0, weights * effects
    right, always = np.mean(product[counts] > 0), np.mean(effects[counts] > 0)
    rows = [(np.mean(p[e != 0] > 0), np.mean(e[e != 0] > 0)) for p, e in zip(product, effects, strict=True)]
    zero = "What does nothing was counted as right: only effects that are not 0 have a sign to be found."
    by_all = "You divided by all places: only effects that are not 0 have a sign to be found."
    coin = 'Always saying "for" is not a coin: it is right where the effect is positive. Count these.'
    by_number = "Compare signs, not numbers: whatever its size, an effect above 0 is for, one below 0 against."
    known = [
        ((np.mean(product >= 0), always), zero),
        (np.mean(product >= 0), zero),
        ((np.mean(product >= 0), np.mean(effects >= 0)), zero),
        ((np.mean(product > 0), np.mean(effects > 0)), by_all),
        ((np.mean(product > 0), always), by_all),
        ((right, np.mean(effects > 0)), by_all),
        ((right, 0.5), coin),
        ((np.mean(product[counts] >= 0), always), "A weight of 0 has no sign, so it is not right."),
        (tuple(np.mean(rows, axis=0)), "That is the mean of the histories' means: count over the whole table."),
        ((np.mean((weights == effects)[counts]), always), by_number),
        ((np.mean((np.sign(weights) == effects)[counts]), always), by_number),
        ((right, np.mean((effects == 1)[counts])), 'Every effect above 0 is one that "for" gets right, not only 1.'),
        ((np.mean(product[effects > 0] > 0), 1.0), "What speaks against counts, too: effects != 0."),
        ((np.mean(product[effects > 0] > 0), always), "What speaks against counts, too: effects != 0."),
        ((np.mean((np.abs(weights) * effects)[counts] > 0), always),
         "Take the weights as they are: a weight below 0 says against."),
        ((right, right), 'The second share asks the effects alone: how many of them does "for" get right?'),
        ((always, always), "The first share is that of `weights`: where do they have the sign of the effect?"),
        ((always, right), 'The two are exchanged: first the weights\' share, then that of always saying "for".'),
        (right, 'Give two shares: what always saying "for" would reach must stand beside the first.'),
    ]  # fmt: skip
    return (float(right), float(always)), known


@checks.test("sign_mark")
def _(mark):
    """Two histories of five, two and four effects, one weight of 0:"""
    want, known = sign_marks(WEIGHTS, EFFECTS)
    expect(mark(WEIGHTS, EFFECTS), want, "Right signs among the effects that are not 0.", *known)


@checks.test("sign_mark")
def _(mark):
    """A map, all of whose weights are positive:"""
    want, known = sign_marks(table(2, 5), EFFECTS)
    expect(mark(table(2, 5), EFFECTS), want, 'A map can only say "for": both shares must be equal.', *known)


@checks.test("sign_mark")
def _(mark):
    """The truth itself, with effects of a half:"""
    want, known = sign_marks(3.0 * EFFECTS, EFFECTS / 2)
    expect(mark(3.0 * EFFECTS, EFFECTS / 2), want, "The truth has every sign right.", *known)


@checks.test("sign_mark")
def _(mark):
    """One history, weights of a thousandth:"""
    weights, effects = np.array([[0.001, -0.002, 0.9, 1e-7]]), np.array([[1.0, -1.0, -0.25, 3.0]])
    small = "A weight has a sign, however small it is: only 0 has none."
    want = (0.75, 0.5)
    expect(mark(weights, effects), want, small, ((0.0, 0.5), small), ((0.25, 0.5), small), ((0.5, 0.5), small))


def average_precision(hits):
    """Return the mean over the hits of the share of hits down to there."""
    hits = np.asarray(hits, dtype=bool)
    return np.mean((np.cumsum(hits) / np.arange(1, len(hits) + 1))[hits])


def chance(m, k, ranks=None):
    """Return the mean average precision over all ways to spread k hits over `ranks`, all m of them unless given."""
    spreads = combinations(range(m) if ranks is None else ranks, k)
    return np.mean([average_precision(np.isin(range(m), spread)) for spread in spreads])


def places(weights, effects):
    """Return the right mark and its chance, and the wrong ones by the mistake that leads to them."""
    hits, m, k = effects != 0, len(effects), int((effects != 0).sum())
    order = np.argsort(-np.abs(weights))
    found, luck, above = average_precision(hits[order]), chance(m, k), (effects > 0)[order]
    against = "What speaks against counts too: effects != 0."
    sizes = [average_precision(np.isin(range(m), s)) for n in range(1, m + 1) for s in combinations(range(m), n)]
    known = [
        ((average_precision(hits[np.argsort(-weights)]), luck),
         "You sorted with the sign: the place is asked for, so rank by |weight|."),
        ((average_precision(hits[order[::-1]]), luck), "You ranked the smallest first: mind the minus in argsort."),
        ((found, k / m), "k/m is precision's level. Average precision has another: take its mean over all spreads."),
        ((average_precision(above), chance(m, int(above.sum()))), against),
        ((average_precision(above), luck), against),
        ((average_precision(hits), luck), "The hits are not in the order of the ranking: index them with argsort."),
        ((found, chance(m, k, range(1, m))), "Your spreads leave out the first rank: `range(m)` begins with 0."),
        ((found, chance(m, k, range(1, m + 1))), "Ranks are counted from 0 here, to m - 1: `range(m)`."),
        ((found, chance(m, k, range(m - 1))), "Your spreads leave out the last rank: `range(m)`."),
        ((found, found), "Your spreads hold one set only, the ranks of these hits: every choice of k of all m ranks."),
        ((found, np.mean(sizes)), "Your spreads hold sets of every size: choose exactly k ranks, k = hits.sum()."),
        ((found, chance(m, 2)), "You always choose 2 ranks: choose as many as there are hits, hits.sum()."),
    ]  # fmt: skip
    if (total := int(effects.sum())) > 0:
        known.append(((found, chance(m, total)), "The sum of the effects is no count: effects != 0 is True or False."))
    return (float(found), float(luck)), known


@checks.test("place")
def _(place):
    """Seven pieces, three that count:"""
    weights, effects = np.array([0.1, -0.5, 0.3, -0.2, 0.6, 0.05, -0.4]), np.array([0, -1, 0, 1, 0, 0, 1])
    want, known = places(weights, effects)
    got = place(weights, effects)
    if isinstance(got, (tuple, list)) and len(got) == 2 and same(got[1], nan):
        raise Miss("`hits` must be m times True or False, one for each rank: index `effects != 0` with the ranking.")
    expect(got, want, "Average precision in the order of |weight|; chance over every choice of k ranks.", *known)


@checks.test("place")
def _(place):
    """Five pieces, the two largest count:"""
    weights, effects = np.array([0.1, 0.2, -0.7, 0.3, -0.4]), np.array([0, 0, 1, 0, -1])
    want, known = places(weights, effects)
    expect(place(weights, effects), want, "Both hits come first: 1, beside its chance.", *known)


@checks.test("place")
def _(place):
    """Effects of any size:"""
    weights, effects = np.array([0.1, 0.2, -0.7, 0.3, -0.4, 0.05]), np.array([0.5, 0.0, -2.0, 0.0, 0.25, 3.0])
    hits = effects != 0
    size = "An effect counts whatever its size: `effects != 0`, not 1 and −1 only, and no sum of sizes."
    order = np.argsort(-np.abs(weights))
    want = (float(average_precision(hits[order])), float(chance(6, 4)))
    counts = [
        (effects >= 1),
        np.abs(effects) >= 1,
        np.abs(effects) > 0.5,
        np.abs(effects) == 1,
        effects.astype(int) != 0,
    ]
    known = [
        ((float(average_precision(one[order])), float(chance(6, int(one.sum())))), size) for one in counts if one.any()
    ]
    known += [((want[0], float(chance(6, k))), size) for k in (1, 5)]
    try:
        got = place(weights, effects)
    except (TypeError, ValueError) as error:
        raise Miss(f"{size} ({type(error).__name__}: {error})") from error
    if isinstance(got, (tuple, list)) and len(got) == 2 and np.isnan(np.asarray(got, dtype=float)).any():
        raise Miss(size)
    expect(got, want, size, *known)


@checks.test("place")
def _(place):
    """One piece that counts, and all of them:"""
    weights = np.array([0.1, -0.4, 0.3])
    expect(place(weights, np.array([0, 0, 1])), (0.5, 11 / 18), "With one hit, chance is the mean of 1, 1/2 and 1/3.")
    expect(place(weights, np.array([1, -1, 1])), (1.0, 1.0), "Where all count, nobody can miss.")


class Log(list):
    """Notes that a copy of the net writes into, too, so that whoever works on a copy is seen to ask it."""

    def __deepcopy__(self, memo):
        """Return itself."""
        return self


class Net:
    """Much as the notebook's Looker: a map anew for each item, by other exponentials; dropout in training mode."""

    def __init__(self, training):
        rng = np.random.default_rng(3)
        self.keys, self.values, self.items = rng.normal(size=(4, 2)), rng.normal(size=4), rng.normal(size=(3, 2))
        self.rng, self.training, self.looked, self.passes = rng, training, np.zeros(4), Log()

    def shares(self, item):
        """The map of an item in evaluation mode."""
        loud = np.exp(self.keys @ self.items[item] / 2)
        return loud / loud.sum()

    def score(self, item):
        """The score of an item; the map of this pass is left in `looked`."""
        self.passes.append(bool(self.training))
        self.looked[:] = self.shares(item)
        if self.training:
            self.looked *= (self.rng.random(4) < 0.7) / 0.7 * 1.01
        return float(self.looked @ self.values)


def asked(why, training, before, item):
    """Return a net on which `before` was scored, and what `why` says of `item`."""
    net = Net(training)
    net.score(before)
    net.passes.clear()
    got = why(net, item)
    if not isinstance(got, (tuple, list)) or len(got) != 2:
        raise Miss("Give two things: the score and the map.")
    if not net.passes:
        raise Miss("Nothing asked the net: score and map must come from a pass, `net.score(item)`.")
    if any(net.passes):
        raise Miss("The pass ran in training mode, where dropout changes score and map: set net.training = False.")
    return net, got


@checks.test("why")
def _(why):
    """A net in training mode, on which another item was scored before:"""
    net, got = asked(why, True, 1, 2)
    right = net.shares(2)
    known = [((right, right @ net.values), "First the score, then the map.")]
    loud = np.exp(net.keys @ net.items[2])
    if same(got[1], loud / loud.sum()):
        raise Miss("That is a map that you made; show the one that this pass left in `net.looked`.")
    if same(got[1], net.shares(0)):
        raise Miss("You show one map for every item: take the map of the pass that made this score.")
    old = Net(True)
    old.score(1)
    if same(got[1], old.looked):
        raise Miss("That is the map of the pass before: ask for the score first, then read the map.")
    expect(got, (float(right @ net.values), right), "The score of the item, and the map of the same pass.", *known)


@checks.test("why")
def _(why):
    """The map is still the same after another item was scored:"""
    net, got = asked(why, True, 1, 2)
    net.training = False
    net.score(0)
    expect(got[1], net.shares(2), "The next pass has overwritten it: give an array of your own, a copy.")


@checks.test("why")
def _(why):
    """The mode afterwards:"""
    for training in (True, False):
        net, _ = asked(why, training, 0, 1)
        expect(net.training, training, "Leave net.training as you found it: whoever is training goes on training.")


@checks.test("why")
def _(why):
    """Two items, one after the other, and the first again:"""
    net = Net(True)
    anew = "The net is asked anew each time: keep nothing from one call to the next."
    for item in (0, 1, 0, 2):
        got = why(net, item)
        right = net.shares(item)
        expect(tuple(got), (float(right @ net.values), right), anew)
    net.values = -net.values
    expect(why(net, 0)[0], float(net.shares(0) @ net.values), anew)


HERE = np.array([1, 1, 1, 0])
EVEN = np.array([[0.5, 0.25, 0.25, 0], [0.25, 0.5, 0.25, 0], [0.5, 0.5, 0, 0], [1, 0, 0, 0]])


def spoilt(*changes):
    """Return maps (2, 3, 4, 4) whose last key is padding, with `changes`, pairs of a place and what is added there."""
    maps = np.concatenate([table(2, 3, 4, 3), np.zeros((2, 3, 4, 1))], axis=-1)
    for place, value in changes:
        maps[place] += value
    return maps


@checks.test("map_faults")
def _(faults):
    """A good map of halves and quarters, whose last key is padding:"""
    good = faults(np.tile(EVEN, (2, 3, 1, 1)), HERE)
    if same(good, {"rows"}):
        raise Miss("You summed the columns: a row, the last axis, says how one place shared out its attention.")
    if same(good, {"padding"}):
        raise Miss("You looked at where padding looks; it matters who looks *at* padding: columns, the last axis.")
    expect(good, set(), "Nothing is wrong with this map: give the empty set.")


@checks.test("map_faults")
def _(faults):
    """A good map of odd numbers:"""
    exact = ({"rows"}, "Sums are exact only up to rounding: ask with `np.isclose`, not with `==` or `!=`.")
    expect(faults(spoilt(), HERE), set(), "Nothing is wrong with this map: give the empty set.", exact)


@checks.test("map_faults")
def _(faults):
    """Rows of more than one, and others of as much less:"""
    alike = (set(), "Rows of more and of less than one make up for each other in a total: test every row.")
    heads = (set(), "Faults of two heads or layers make up for each other in a mean: test every row of every head.")
    maps = spoilt(((1, 0, 2, 1), 0.3))
    maps[1, 0, 1] *= 0.7
    expect(faults(maps, HERE), {"rows"}, "Every row must sum to one.", alike)
    for other in ((1, 2, 2, 2), (0, 0, 2, 2)):
        maps = spoilt(((1, 0, 2, 1), 0.2), (other, -0.2))
        expect(faults(maps, HERE), {"rows"}, "Every row must sum to one.", heads)


@checks.test("map_faults")
def _(faults):
    """One row that is off by 0.005:"""
    loose = (set(), "Only rounding is forgiven: a row off by 0.005 does not sum to one. Take `np.isclose` as it is.")
    expect(faults(spoilt(((1, 0, 2, 1), 0.005)), HERE), {"rows"}, "Every row must sum to one.", loose)


@checks.test("map_faults")
def _(faults):
    """One weight below 0, in a row that sums to one:"""
    maps = spoilt(((0, 2, 1, 2), -2.0), ((0, 2, 1, 1), 2.0))
    expect(faults(maps, HERE), {"negative"}, "A share is never below 0, even where the row sums to one.")


@checks.test("map_faults")
def _(faults):
    """One place looks a little at padding:"""
    maps = spoilt(((1, 2, 0, 3), 1e-3), ((1, 2, 0, 2), -1e-3))
    expect(faults(maps, HERE), {"padding"}, "Nothing may be looked at whose presence is 0, not even a little.")


@checks.test("map_faults")
def _(faults):
    """Looks at padding that cancel each other:"""
    less = (set(), "Looks at padding of +0.3 and −0.3 make up for each other in a sum: ask every weight by itself.")
    seen = ({"negative"}, "A weight below 0 on padding is a look at padding, too: ask for what is not 0. Sums cancel.")
    maps = np.concatenate([table(2, 3, 5, 3), np.zeros((2, 3, 5, 2))], axis=-1)
    maps[1, 2, 0, 3:] += [0.3, -0.3]
    two = np.array([1, 1, 1, 0, 0])
    expect(faults(maps, two), {"negative", "padding"}, "Each weight by itself.", less, seen)
    maps = spoilt(((0, 1, 2, 3), -0.25), ((0, 1, 2, 2), 0.25))
    maps[1, 2, 0] = [0, 0, 0.75, 0.25]
    expect(faults(maps, HERE), {"negative", "padding"}, "Each weight by itself.", less, seen)
    maps = spoilt(((0, 1, 2, 3), -0.25), ((0, 1, 2, 2), 0.25))
    expect(faults(maps, HERE), {"negative", "padding"}, "Each weight by itself.", less, seen)


@checks.test("map_faults")
def _(faults):
    """Faults of a hundred-thousandth:"""
    loose = (
        set(),
        "Only rounding is forgiven, some 1e-8: a fault of 1e-5 is a fault. Take `np.isclose` as it is, and `!= 0`.",
    )
    maps = spoilt(((1, 2, 0, 3), 1e-5), ((1, 2, 0, 2), -1e-5))
    expect(faults(maps, HERE), {"padding"}, "A look at padding, however short, is one.", loose)
    maps = spoilt()
    maps[0, 1, 2] = [0.5 + 1e-5, 0.5, -1e-5, 0]
    expect(faults(maps, HERE), {"negative"}, "A share below 0, however little, is one.", loose)
    expect(faults(spoilt(((1, 0, 2, 1), 1e-4)), HERE), {"rows"}, "Every row must sum to one.", loose)
    maps = spoilt()
    maps[0, 1, 1] = [np.inf, 0, 0, 0]
    infinite = (set(), "A weight of infinity makes a row that does not sum to one.")
    expect(faults(maps, HERE), {"rows"}, "What is not finite sums to no 1.", infinite)


@checks.test("map_faults")
def _(faults):
    """A fault in the row of padding itself:"""
    real = (set(), "You left out the rows of padding: what is asked holds for every row, theirs too.")
    for hint, *changes in (
        ("rows", ((0, 1, 3, 0), 0.5)),
        ("negative", ((0, 1, 3, 0), -2.0), ((0, 1, 3, 1), 2.0)),
        ("padding", ((0, 1, 3, 3), 0.01), ((0, 1, 3, 0), -0.01)),
    ):
        expect(faults(spoilt(*changes), HERE), {hint}, "Every row is asked.", real)


@checks.test("map_faults")
def _(faults):
    """A number that is none:"""
    slips = (set(), "NaN slips through: every comparison with it is False. Ask what is close, not what is far.")
    expect(faults(spoilt(((0, 1, 1, 1), nan)), HERE), {"rows"}, "A NaN makes a row that does not sum to one.", slips)
    left_out = (set(), "NaN slips through: you sum without it, and what is left may well be one.")
    maps = spoilt()
    maps[0, 1, 1] = [0.5, 0.5, nan, 0]
    expect(faults(maps, HERE), {"rows"}, "A NaN makes a row that does not sum to one.", left_out)


@checks.test("map_faults")
def _(faults):
    """All at once, and a key that is there in part:"""
    maps = table(1, 2, 3, 3)
    maps[0, 0, 1, 2] = -1.0
    hint = "Each of the three is asked by itself."
    expect(faults(maps, np.array([1, 1, 0])), {"negative", "rows", "padding"}, hint)
    part = ({"negative", "rows", "padding"}, "Padding is a presence of exactly 0: 0.2 is there in part.")
    expect(faults(maps, np.array([1.0, 1.0, 0.2])), {"negative", "rows"}, hint, part)


def as_rows(presence, m):
    """Return rows of presence (n, m) as numbers; tell the learner where they are no such table."""
    rows = np.asarray(presence, dtype=float)
    if rows.ndim != 2:
        raise Miss("`score` wants a table: the whole is one row of it, `score(np.ones((1, m)))[0]`.")
    if rows.shape[1] != m:
        raise Miss(f"A row of yours has {rows.shape[1]} places where m is {m}: write m, not the number of the example.")
    return rows


def additive(presence):
    """A score of six pieces, two of which do more together."""
    rows = as_rows(presence, 6)
    return 3.0 + rows @ np.array([1.5, -2.0, 0.0, 0.5, -0.25, 1.0]) + 0.8 * rows[:, 0] * rows[:, 5]


TOLD = {
    "attention": np.array([0.3, 0.25, 0.2, 0.12, 0.08, 0.05]),
    "other": np.array([0.5, -2.0, 0.1, 0.3, -0.2, -0.9]),
}


def trials(score, told, m, k):
    """Return a function that makes the marks, right or with one mistake, and what the mistakes are made of."""
    whole = score(np.ones((1, m)))[0]
    falls, alone = whole - score(1 - np.eye(m)), score(np.eye(m))

    def table_of(order=np.abs, falls=falls, sign=np.sign, size=abs, keep=False, signed=np.sum, blind=np.ones_like):
        def marks(cited, signs):
            row = np.full((1, m), 0.0 if keep else 1.0)
            row[0, cited] = 1.0 if keep else 0.0
            return float(size(whole - score(row)[0])), float(signed(signs * falls[cited]))

        result = {}
        for name, weights in told.items():
            cited = np.argsort(-order(weights))[:k]
            result[name] = marks(cited, sign(weights[cited]))
        choices = [list(cited) for cited in combinations(range(m), k)]
        every = [marks(cited, blind(falls[cited])) for cited in choices]
        return {**result, "blind": tuple(np.mean(every, axis=0).tolist())}

    return table_of, falls, whole - alone, alone - score(np.zeros((1, m)))[0]


def by_each(marks, falls, k):
    """Return `marks` with, by size, the falls of the cited pieces alone added up."""
    size = {name: np.abs(falls[np.argsort(-np.abs(weights))[:k]]).sum() for name, weights in TOLD.items()}
    size["blind"] = np.mean([np.abs(falls[list(cited)]).sum() for cited in combinations(range(len(falls)), k)])
    return {name: (size[name], signed) for name, (_, signed) in marks.items()}


def flattering(k):
    """Return the right marks of the first test, and the wrong ones by the mistake that leads to them."""
    table_of, falls, kept, added = trials(additive, TOLD, 6, k)
    want = table_of()
    together = {}
    for name, weights in TOLD.items():
        row, cited = np.ones((1, 6)), np.argsort(-np.abs(weights))[:k]
        row[0, cited] = 0
        together[name] = (want[name][0], np.sign(weights[cited]).sum() * (additive(np.ones((1, 6))) - additive(row))[0])
    known = [
        (table_of(order=lambda w: w), "You sorted with the sign: the loudest are those of largest |weight|."),
        (table_of(order=lambda w: -np.abs(w)), "You cite the smallest: the k of largest |weight| are asked for."),
        (table_of(falls=np.abs(falls), sign=np.ones_like),
         'Your second mark never asks for the sign: an opponent called "for" must cost something.'),
        (table_of(sign=np.ones_like), "All cited are called \"for\" here: multiply each fall by the weight's sign."),
        (table_of(sign=lambda w: w > 0), 'What a weight calls "against" counts as -1, not as 0: np.sign.'),
        (table_of(sign=lambda w: w), "Multiply by sign(weight), not the weight: loudness is no merit."),
        (table_of(falls=kept), "In your rows one piece alone is kept; a fall is what is lost without this piece."),
        (table_of(falls=added), "You add one piece to nothing; a fall is measured from the whole, without this piece."),
        (table_of(falls=-falls), "Your falls are turned round: the whole less what is left without the piece."),
        (table_of(keep=True), "You kept the cited pieces and removed the others: it is the cited that must go."),
        (by_each(want, falls, k), "That is the fall of each one alone, added up: by size, all cited go together."),
        (table_of(signed=np.mean), "Add the falls of the cited pieces up: your second mark is their mean."),
        (together, "A piece's fall is what the score loses without this piece alone, not without all cited together."),
        ({name: pair[::-1] for name, pair in want.items()}, "The two are exchanged: first by size, then signed."),
    ]  # fmt: skip
    blind = [
        (table_of(size=lambda fall: fall), "By size: how far the score moves, either way, so abs before the mean."),
        (table_of(signed=np.mean), 'Add the falls of the cited pieces up, under the key "blind", too.'),
        (table_of(blind=np.sign), 'Whoever is blind calls every piece "for", +1.'),
    ]
    return want, known, blind


@checks.test("signed_trial")
def _(trial):
    """Six pieces, three cited, two of them with more to say together:"""
    want, known, blind = flattering(3)
    got = trial(additive, TOLD, 6, 3)
    if isinstance(got, dict) and "blind" not in got:
        raise Miss('The key "blind" is missing: without what luck would get, no mark says much.')
    if not isinstance(got, dict) or got.keys() != want.keys():
        raise Miss('Give a dictionary: one pair of marks for each explanation, and one for "blind".')
    for wrong, hint in known:
        if all(same(got[name], wrong[name]) for name in TOLD):
            raise Miss(hint)
    for name in TOLD:
        expect(got[name], want[name], f'The marks of the explanation "{name}" differ.')
    hint = 'The marks of "blind" differ: the mean over every choice of k pieces (no sample), each called "for".'
    expect(got["blind"], want["blind"], hint, *[(wrong["blind"], why) for wrong, why in blind])


@checks.test("signed_trial")
def _(trial):
    """Five other pieces, one cited, one explanation:"""
    adds = np.array([1.0, -3.0, 0.5, 0.25, 0.0])
    told = {"only": np.array([0.2, 0.5, 0.1, 0.1, 0.1])}
    got = trial(lambda presence: as_rows(presence, 5) @ adds, told, 5, 1)
    hint = 'It cites one opponent and calls it "for": far by size, and as far below 0 signed.'
    expect(got, {"only": (3.0, -3.0), "blind": (0.95, -0.25)}, hint)


@checks.test("signed_trial")
def _(trial):
    """Three pieces, all of them cited, one with a weight of 0:"""
    adds = np.array([2.0, -1.0, 0.5])
    told = {"shy": np.array([0.7, -0.2, 0.0]), "mute": np.zeros(3)}
    got = trial(lambda presence: as_rows(presence, 3) @ adds, told, 3, 3)
    none = "A weight of 0 calls a piece neither for nor against: its sign is 0, so it adds nothing to the signed mark."
    want = {"shy": (1.5, 3.0), "mute": (1.5, 0.0), "blind": (1.5, 1.5)}
    known = [
        ({**want, "shy": (1.5, 3.0 + part), "mute": (1.5, other)}, none) for part, other in ((0.5, 1.5), (-0.5, -1.5))
    ]
    left = "A cited piece goes, whatever its weight: with k = 3 of 3 nothing is left, and the score moves by all of it."
    known += [({**want, "shy": (1.0, 3.0), "mute": (0.0, 0.0)}, left)]
    expect(got, want, none, *known)


# The open task: any answer passes that does what is asked, so each is tried, not compared


def can_differ(weights, values):
    """Return whether some map has the same score and looks elsewhere: the ends of all maps mix two places each."""
    score, old, m = weights @ values, int(np.argmax(weights)), len(values)
    for i in range(m):
        for j in range(m):
            if i != j and values[i] <= score + 1e-12 and values[j] >= score - 1e-12:
                gap = values[j] - values[i]
                share = (score - values[i]) / gap if gap > 1e-12 else 0.5 + 0.4 * (j != old)
                ends = np.zeros(m)
                ends[i], ends[j] = 1 - share, share
                if (ends > ends[old] + 1e-6).any():
                    return True
    return False


def judge_map(other_map, weights, values):
    """Look at what the map does, whichever it is."""
    got, possible = other_map(weights.copy(), values.copy()), can_differ(weights, values)
    given = f"(weights {np.round(weights, 3).tolist()}, values {np.round(values, 3).tolist()})"
    if got is ...:
        expect(got, 0, "A map is wanted.")
    if got is None:
        if possible:
            raise Miss(f"There is such a map: mix a value below the score and one above it {given}.")
        return
    new = np.asarray(got, dtype=float)
    if new.shape != weights.shape:
        raise Miss(f"A map has one weight for each of the {len(weights)} places; yours has the shape {new.shape}.")
    if not possible:
        raise Miss(f"There is no such map here, and None is the answer {given}.")
    if not (new >= -1e-9).all():
        raise Miss(f"A map holds no weight below 0; yours has {new.min():.3g} {given}.")
    if not same(new.sum(), 1.0):
        raise Miss(f"A map sums to 1, yours sums to {new.sum():.4g} {given}.")
    if not same(new @ values, weights @ values):
        raise Miss(f"The score has changed, from {weights @ values:.4g} to {new @ values:.4g} {given}.")
    if new.max() <= new[int(np.argmax(weights))] + 1e-12:
        raise Miss(f"Place {int(np.argmax(weights))} is still the largest: look elsewhere {given}.")


@checks.test("other_map")
def _(other_map):
    """The numbers of the notebook:"""
    judge_map(other_map, np.array([0.6, 0.2, 0.2]), np.array([4.0, 2.0, 4.0]))


@checks.test("other_map")
def _(other_map):
    """Two places that leave no choice, a score that only one place can make, and three equal values:"""
    judge_map(other_map, np.array([0.7, 0.3]), np.array([1.0, -1.0]))
    judge_map(other_map, np.array([1.0, 0.0, 0.0]), np.array([5.0, 1.0, 2.0]))
    judge_map(other_map, np.array([0.4, 0.3, 0.3]), np.array([2.0, 2.0, 2.0]))


@checks.test("other_map")
def _(other_map):
    """Thirty maps made at random:"""
    rng = np.random.default_rng(30)
    for n in range(30):
        m = 3 + n % 4
        judge_map(other_map, rng.dirichlet(np.ones(m)), rng.normal(size=m))
