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


def flows(maps):
    """Return the right rollout, and the wrong ones by the mistake that leads to them."""
    eye = np.eye(maps.shape[-1])
    halves, plain = [0.5 * layer.mean(axis=0) + 0.5 * eye for layer in maps], [layer.mean(axis=0) for layer in maps]
    firsts = [0.5 * layer[0] + 0.5 * eye for layer in maps]

    def product(layers):
        flow = eye
        for one in layers:
            flow = one @ flow
        return flow

    by_entry = eye
    for half in halves:
        by_entry = half * by_entry
    known = [
        (product(halves[::-1]), "The order is turned: the first layer was asked first. The last layer stands left."),
        (product(plain), "What was there before, itself is missing: half of a place is the place itself."),
        (product([2 * half for half in halves]), "The rows sum to more than one: take two halves, ½ A + ½ I."),
        (by_entry, "You multiplied entry by entry: following the traffic is a matrix product, `@`."),
        (halves[-1], "That is only the last layer: multiply by the flow so far."),
        (plain[-1], "That is only the last layer: multiply by the flow so far."),
        (product(firsts), "Take the mean over heads, axis 0 of a layer; you took one head."),
    ]
    return product(halves), known


@checks.test("rolled_out")
def _(rollout):
    """Three layers, two heads, four places:"""
    want, known = flows(table(3, 2, 4, 4))
    expect(rollout(table(3, 2, 4, 4)), want, "Multiply ½ A + ½ I, the last layer on the left.", *known)


@checks.test("rolled_out")
def _(rollout):
    """One layer: half the map, half itself:"""
    maps = table(1, 3, 2, 2, seed=1)
    want, known = flows(maps)
    some = [known[1], known[2], known[3], known[6]]
    expect(rollout(maps), want, "With one layer, rollout is ½ A + ½ I.", *some)


@checks.test("rolled_out")
def _(rollout):
    """Layers in which everybody looks at themselves:"""
    expect(rollout(np.tile(np.eye(3), (2, 2, 1, 1))), np.eye(3), "Nothing was exchanged, so nothing may flow.")


EFFECTS = np.array([[1, 0, -1, 0, 0], [-1, -1, 0, -1, 1]])
WEIGHTS = np.array([[0.4, -0.1, 0.2, 0.3, 0.0], [-0.2, 0.2, 0.1, -0.3, 0.0]])


def sign_marks(weights, effects):
    """Return the right pair of shares, and the wrong ones by the mistake that leads to them."""
    counts, product = effects != 0, weights * effects
    right, always = np.mean(product[counts] > 0), np.mean(effects[counts] > 0)
    rows = [(np.mean(p[e != 0] > 0), np.mean(e[e != 0] > 0)) for p, e in zip(product, effects, strict=True)]
    zero = "What does nothing was counted as right: only effects that are not 0 have a sign to be found."
    by_all = "You divided by all places: only effects that are not 0 have a sign to be found."
    coin = 'Always saying "for" is not a coin: it is right where the effect is positive. Count these.'
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
        ((always, right), 'The two are exchanged: first the weights\' share, then that of always saying "for".'),
        (right, 'Give two shares: what always saying "for" would reach must stand beside the first.'),
    ]
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
    expect(mark(table(2, 5), EFFECTS), want, 'A map can only say "for": both shares must be equal.', *known[:10])


@checks.test("sign_mark")
def _(mark):
    """The truth itself, with effects of a half:"""
    want, known = sign_marks(3.0 * EFFECTS, EFFECTS / 2)
    expect(mark(3.0 * EFFECTS, EFFECTS / 2), want, "The truth has every sign right.", *known)


def average_precision(hits):
    """Return the mean over the hits of the share of hits down to there."""
    hits = np.asarray(hits, dtype=bool)
    return np.mean((np.cumsum(hits) / np.arange(1, len(hits) + 1))[hits])


def chance(m, k):
    """Return the mean average precision over all ways to spread k hits over m ranks."""
    return np.mean([average_precision(np.isin(range(m), ranks)) for ranks in combinations(range(m), k)])


def places(weights, effects):
    """Return the right mark and its chance, and the wrong ones by the mistake that leads to them."""
    hits, m, k = effects != 0, len(effects), int((effects != 0).sum())
    order = np.argsort(-np.abs(weights))
    found, luck, above = average_precision(hits[order]), chance(m, k), (effects > 0)[order]
    known = [
        ((average_precision(hits[np.argsort(-weights)]), luck),
         "You sorted with the sign: the place is asked for, so rank by |weight|."),
        ((average_precision(hits[order[::-1]]), luck), "You ranked the smallest first: mind the minus in argsort."),
        ((found, k / m), "k/m is precision's level. Average precision has another: take its mean over all spreads."),
        ((average_precision(above), chance(m, int(above.sum()))), "What speaks against counts too: effects != 0."),
        ((average_precision(hits), luck), "The hits are not in the order of the ranking: index them with argsort."),
    ]  # fmt: skip
    return (float(found), float(luck)), known


@checks.test("place")
def _(place):
    """Six pieces, three that count:"""
    weights, effects = np.array([0.1, -0.5, 0.3, -0.2, 0.6, 0.05]), np.array([0, -1, 0, 1, 0, -1])
    want, known = places(weights, effects)
    expect(place(weights, effects), want, "Average precision in the order of |weight|; chance over all.", *known)


@checks.test("place")
def _(place):
    """Five pieces, the two largest count:"""
    weights, effects = np.array([0.1, 0.2, -0.7, 0.3, -0.4]), np.array([0, 0, 1, 0, -1])
    want, known = places(weights, effects)
    expect(place(weights, effects), want, "Both hits come first: 1, beside its chance.", *known)


class Net:
    """As the notebook's Looker: a map anew for each item, dropout in training mode."""

    def __init__(self, training):
        rng = np.random.default_rng(3)
        self.keys, self.values, self.items = rng.normal(size=(4, 2)), rng.normal(size=4), rng.normal(size=(3, 2))
        self.rng, self.training, self.looked, self.passes = rng, training, np.zeros(4), []

    def shares(self, item):
        """The map of an item in evaluation mode."""
        loud = np.exp(self.keys @ self.items[item])
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
    if any(net.passes):
        raise Miss("The pass ran in training mode, where dropout changes score and map: set net.training = False.")
    return net, got


@checks.test("why")
def _(why):
    """A net in training mode, on which another item was scored before:"""
    net, got = asked(why, True, 1, 2)
    right = net.shares(2)
    known = [((right, right @ net.values), "First the score, then the map.")]
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


def spoilt(place, value, move=0.0):
    """Return maps (2, 3, 4, 4) whose last key is padding, with one weight set and another moved to make up for it."""
    maps = np.concatenate([table(2, 3, 4, 3), np.zeros((2, 3, 4, 1))], axis=-1)
    maps[place] += value
    maps[(*place[:2], *(np.array(place[2:]) - [0, 1]))] += move
    return maps


HERE = np.array([1, 1, 1, 0])


@checks.test("map_faults")
def _(faults):
    """A good map, whose last key is padding:"""
    good = faults(spoilt((0, 0, 0, 1), 0.0), HERE)
    if same(good, {"rows"}):
        raise Miss("You summed the columns: a row, the last axis, says how one place shared out its attention.")
    if same(good, {"padding"}):
        raise Miss("You looked at where padding looks; it matters who looks *at* padding: columns, the last axis.")
    expect(good, set(), "Nothing is wrong with this map: give the empty set.")


@checks.test("map_faults")
def _(faults):
    """A row of more than one, and another of as much less:"""
    maps = spoilt((1, 0, 2, 1), 0.3)
    maps[1, 0, 1] *= 0.7
    alike = (set(), "Rows of more and of less than one make up for each other in a total: test every row.")
    expect(faults(maps, HERE), {"rows"}, "Every row must sum to one.", alike)


@checks.test("map_faults")
def _(faults):
    """One weight below 0, in a row that sums to one:"""
    maps = spoilt((0, 2, 1, 2), -2.0, move=2.0)
    expect(faults(maps, HERE), {"negative"}, "A share is never below 0, even where the row sums to one.")


@checks.test("map_faults")
def _(faults):
    """One place looks a little at padding:"""
    maps = spoilt((1, 2, 0, 3), 1e-3, move=-1e-3)
    expect(faults(maps, HERE), {"padding"}, "Nothing may be looked at whose presence is 0, not even a little.")


@checks.test("map_faults")
def _(faults):
    """A number that is none:"""
    slips = (set(), "NaN slips through: every comparison with it is False. Ask what is close, not what is far.")
    expect(faults(spoilt((0, 1, 1, 1), nan), HERE), {"rows"}, "A NaN makes a row that does not sum to one.", slips)


@checks.test("map_faults")
def _(faults):
    """All at once, and half presence:"""
    maps = table(1, 2, 3, 3)
    maps[0, 0, 1, 2] = -1.0
    hint = "Each of the three is asked by itself; a presence of 0.5 is no padding."
    expect(faults(maps, np.array([1, 1, 0])), {"negative", "rows", "padding"}, hint)
    expect(faults(maps, np.array([1.0, 1.0, 0.5])), {"negative", "rows"}, hint)


def additive(presence):
    """A score of six pieces, two of which do more together."""
    presence = np.asarray(presence, dtype=float)
    return 3.0 + presence @ np.array([1.5, -2.0, 0.0, 0.5, -0.25, 1.0]) + 0.75 * presence[:, 0] * presence[:, 5]


TOLD = {
    "attention": np.array([0.3, 0.25, 0.2, 0.12, 0.08, 0.05]),
    "signed": np.array([0.5, -2.0, 0.1, 0.3, -0.2, -0.9]),
}


def trials(score, told, m, k):
    """Return a function that makes the marks, right or with one mistake."""
    whole = score(np.ones((1, m)))[0]
    falls, alone = whole - score(1 - np.eye(m)), whole - score(np.eye(m))

    def table_of(order=np.abs, falls=falls, sign=np.sign, size=None, keep=False):
        def marks(cited, signs):
            row = np.full((1, m), 0.0 if keep else 1.0)
            row[0, cited] = 1.0 if keep else 0.0
            by_size = abs(whole - score(row)[0]) if size is None else size(falls[cited])
            return float(by_size), float(np.sum(signs * falls[cited]))

        result = {}
        for name, weights in told.items():
            cited = np.argsort(-order(weights))[:k]
            result[name] = marks(cited, sign(weights[cited]))
        blind = [marks(list(cited), np.ones(k)) for cited in combinations(range(m), k)]
        return {**result, "blind": tuple(np.mean(blind, axis=0).tolist())}

    return table_of, falls, alone


@checks.test("signed_trial")
def _(trial):
    """Six pieces, three cited, two of them with more to say together:"""
    table_of, falls, alone = trials(additive, TOLD, 6, 3)
    got, want = trial(additive, TOLD, 6, 3), table_of()
    if isinstance(got, dict) and "blind" not in got:
        raise Miss('The line "blind" is missing: without what luck would get, no mark says much.')
    if not isinstance(got, dict) or got.keys() != want.keys():
        raise Miss('Give a dictionary: one pair of marks for each explanation, and one for "blind".')
    hints = [
        (table_of(order=lambda w: w), "You sorted with the sign: the loudest are those of largest |weight|."),
        (table_of(falls=np.abs(falls), sign=np.ones_like),
         'Your second mark never asks for the sign: an opponent called "for" must cost something.'),
        (table_of(sign=np.ones_like), "All cited are called \"for\" here: multiply each fall by the weight's sign."),
        (table_of(sign=lambda w: w), "Multiply by sign(weight), not the weight: loudness is no merit."),
        (table_of(falls=alone), "In your rows one piece alone is kept; a fall is what is lost without this piece."),
        (table_of(keep=True), "You kept the cited pieces and removed the others: it is the cited that must go."),
        (table_of(size=lambda f: np.abs(f).sum()),
         "That is the fall of each one alone, added up: by size, all cited pieces go together."),
    ]  # fmt: skip
    for wrong, hint in hints:
        if all(same(got[name], wrong[name]) for name in TOLD):
            raise Miss(hint)
    if same(got["blind"], (want["blind"][0], want["blind"][1] / 3)):
        raise Miss('Add the falls of the cited pieces up, in the line "blind", too.')
    for name in want:
        expect(got[name], want[name], f'The marks of "{name}" differ.')


@checks.test("signed_trial")
def _(trial):
    """Five other pieces, one cited, one explanation:"""
    adds = np.array([1.0, -3.0, 0.5, 0.25, 0.0])
    told = {"only": np.array([0.2, 0.5, 0.1, 0.1, 0.1])}
    got = trial(lambda presence: np.asarray(presence) @ adds, told, 5, 1)
    hint = 'It cites one opponent and calls it "for": far by size, and as far below 0 signed.'
    expect(got, {"only": (3.0, -3.0), "blind": (0.95, -0.25)}, hint)
