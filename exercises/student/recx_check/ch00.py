"""Checks of the exercises on the first chapter: scores that are sums, and sentences that are put on trial."""

from __future__ import annotations

import numpy as np

from recx_check.core import Checks, Miss, expect

checks = Checks()
check, require = checks.check, checks.require


@checks.value("scores")
def _(scores):
    """The score with and without the mat:"""
    if np.ndim(scores) == 0:
        raise Miss("Both numbers are wanted: scores = (with the mat, without it).")
    known = [
        ((0.8, 0.4), "The pan speaks against the tent: its term is negative."),
        ((0.6, 0.4), "The second number is the score that is left, not by how much it falls."),
        ((0.2, 0.1), "A score is the sum of the terms, not their mean."),
    ]
    expect(scores, (0.6, 0.2), "Add up the terms.", *known)


@checks.test("cite")
def _(cite):
    """Five pieces, two to be cited:"""
    known = [
        (["pan", "mug"], "The pan speaks against the product: sort by the weight, not by its size."),
        (["mug"], "Take out what speaks against it before you cut the list to n."),
        (["stove", "mug"], "The strongest first: sort by weight."),
        (["stove", "mat"], "These are the weakest that speak for it: turn the order round."),
    ]
    got = cite(["stove", "pan", "mug", "mat", "lamp"], [0.1, -0.9, 0.7, 0.3, -0.2], 2)
    expect(list(got), ["mug", "mat"], "The two largest positive weights.", *known)


@checks.test("cite")
def _(cite):
    """Only one speaks for it:"""
    got = cite(["stove", "pan", "mug"], [0.0, -0.5, 0.4], 2)
    expect(list(got), ["mug"], "Fewer names where fewer are positive; a weight of 0 is no reason.")


@checks.test("cite")
def _(cite):
    """Three of four:"""
    got = cite(["a", "b", "c", "d"], [0.2, 0.4, 0.1, 0.3], 3)
    expect(list(got), ["b", "d", "a"], "Largest first.")


SCORES = np.array([0.2, 0.9, 0.5, 0.7, 0.1])


@checks.test("ranking")
def _(rank):
    """Five items, one of them seen, the best two:"""
    got = rank(SCORES.copy(), [1], 2)
    if np.ndim(got) == 0:
        raise Miss("This is a single item; a ranking is a list, best first: sort.")
    known = [
        ([1, 3], "An item already seen is recommended: leave it out."),
        ([4, 0], "This is the list with the worst first: sort by −scores."),
        ([3], "Too short: leave out the seen items before you cut the list."),
    ]
    expect(list(got), [3, 2], "Sort, leave out the seen ones, cut.", *known)


@checks.test("ranking")
def _(rank):
    """Equal scores:"""
    got = rank(np.array([0.5, 0.9, 0.5, 0.9]), [], 4)
    expect(list(got), [1, 3, 0, 2], "Ties.", ([3, 1, 2, 0], "Of equal scores the one with the lower index first."))


@checks.test("ranking")
def _(rank):
    """More asked for than there are:"""
    expect(list(rank(SCORES.copy(), [0, 1, 2], 9)), [3, 4], "All that remain, best first.")


MODEL = np.zeros((6, 6))
MODEL[0, 3], MODEL[1, 4], MODEL[2, 3], MODEL[2, 4], MODEL[1, 0] = 0.6, 0.5, 0.1, 0.1, 0.9


@checks.test("decides")
def _(decides):
    """An item that adds as much to the first as to the second:"""
    turned = "Is the answer the other way round? True means that another item stands first."
    got = decides(MODEL, [0, 1, 2], [2])
    why = f"The score falls, but it still stands first: compare the first items, not the scores. {turned}"
    expect(got, False, "Nothing changes places.", (True, why))


@checks.test("decides")
def _(decides):
    """The item that carries the first one:"""
    why = "It seems that you kept only what was removed, instead of the rest."
    expect(decides(MODEL, [0, 1, 2], [0]), True, "Without item 0, item 4 leads.", (False, why))


@checks.test("decides")
def _(decides):
    """Two items that carry nothing, and a third that the others recommend:"""
    B = np.zeros((6, 6))
    B[0, 3], B[1, 3], B[1, 2] = 0.2, 0.4, 0.9
    why = "Here a removed item comes back as a recommendation: leave out the whole history both times."
    expect(decides(B, [0, 1, 2], [2]), False, "Item 3 leads with and without item 2.", (True, why))


@checks.test("decides")
def _(decides):
    """Most of the history removed:"""
    B = np.zeros((6, 6))
    B[0, 3], B[1, 4], B[2, 4] = 0.3, 0.2, 0.2
    expect(decides(B, [0, 1, 2], [1, 2]), True, "Without 1 and 2, item 3 leads.")


CITED, RANDOM = np.array([0.5, 0.9, 0.4, 0.2, 0.1, 0.3]), np.array([0.1, 0.3, 0.1, 0.1, 0.3, 0.2])
TRUE = np.array([True, True, False, False, False, False])


def table(faithful, true):
    """Return how often each of the four cases occurs."""
    return np.array([[np.sum(f & t) for t in (true, ~true)] for f in (faithful, ~faithful)])


@checks.test("verdicts")
def _(verdicts):
    """Six recommendations:"""
    right = table(CITED > 2 * RANDOM, TRUE)
    known = [
        (right.T / 6, "Your table is transposed: rows are faithful or not, columns true or not."),
        (right, "These are counts, not shares."),
        (table(CITED > RANDOM, TRUE) / 6, "Faithful asks for more than twice as far, not only for further."),
        (right / right.sum(axis=1, keepdims=True), "Shares are of all recommendations, not of each row."),
        (table(CITED >= 2 * RANDOM, TRUE) / 6, "A fall that is exactly twice as far is not more than twice."),
    ]
    expect(verdicts(CITED, RANDOM, TRUE), right / 6, "Four shares that sum to 1.", *known)


@checks.test("verdicts")
def _(verdicts):
    """Every case once, and one twice:"""
    cited, true = np.array([3.0, 3.0, 1.0, 1.0, 1.0]), np.array([True, False, True, True, False])
    expect(verdicts(cited, np.ones(5), true), np.array([[0.2, 0.2], [0.4, 0.2]]), "Four shares that sum to 1.")
