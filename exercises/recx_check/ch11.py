"""Checks of the exercises on the cold start."""

from __future__ import annotations

from itertools import combinations

import numpy as np

from recx_check.core import Checks, Miss, expect

checks = Checks()
check, require = checks.check, checks.require


def spoilt(ids, asked, fate, other, mask):
    """Return the right row, and the wrong ones by the mistake that leads to them."""
    shown = np.where(fate < 0.8, mask, np.where(fate < 0.9, other, ids))
    swap = np.where(fate < 0.8, mask, other)
    known = [
        (shown, "A word that is not asked about was changed: it stays."),
        (np.where(asked, mask, ids), "That is always the mask: of ten words asked about, one is swapped and one kept."),
        (np.where(asked, swap, ids), "From a fate of 0.9 on a word stays as it was, though it is asked about."),
        (np.where(asked, np.where(fate < 0.8, mask, ids), ids), "Between 0.8 and 0.9 the other word stands there."),
    ]
    return np.where(asked, shown, ids), known


@checks.test("spoil")
def _(spoil):
    """Seven words, five of them asked about:"""
    ids, other = np.array([4, 5, 6, 7, 8, 3, 2]), np.array([1, 2, 3, 4, 5, 6, 7])
    asked = np.array([True, True, True, True, False, False, True])
    fate = np.array([0.79, 0.8, 0.89, 0.9, 0.1, 0.85, 0.0])
    want, known = spoilt(ids, asked, fate, other, 9)
    expect(spoil(ids.copy(), asked, fate, other, 9), want, "Mask below 0.8, swap below 0.9, else keep.", *known)


@checks.test("spoil")
def _(spoil):
    """Another number for the mask, and nothing asked about:"""
    ids, none = np.array([4, 5]), np.array([False, False])
    fate, other = np.array([0.1, 0.85]), np.array([6, 7])
    expect(spoil(ids.copy(), none, fate, other, 11), ids, "A word that is not asked about stays.")
    asked = ~none
    expect(spoil(ids.copy(), asked, fate, other, 11), [11, 7], "The mask is the number that is handed over.")


def pair_marks(x, V):
    """Return the right sum, and the wrong ones by the mistake that leads to them."""
    total, itself = x @ V, x**2 @ V**2
    known = [
        ((total**2 - itself).sum(), "That counts every pair twice: halve it."),
        ((total**2).sum() / 2, "Every feature is paired with itself, too: take that off."),
        ((total**2 - x @ V**2).sum() / 2, "What a feature does with itself is x squared, too: (x v)²."),
        ((total.sum() ** 2 - itself.sum()) / 2, "Square each factor by itself, then add up."),
    ]
    return (total**2 - itself).sum() / 2, known


@checks.test("pairs")
def _(pairs):
    """Five features, three factors:"""
    draw = np.random.default_rng(0)
    x, V = draw.normal(size=5), draw.normal(size=(5, 3))
    want, known = pair_marks(x, V)
    expect(pairs(x.copy(), V.copy()), want, "Half of: the square of the sum, less the sum of the squares.", *known)


@checks.test("pairs")
def _(pairs):
    """A single feature has nobody to pair with; nor has one that is 0:"""
    expect(pairs(np.array([3.0]), np.array([[2.0, 1.0]])), 0.0, "A feature alone makes no pair.")
    V = np.array([[1.0, 2.0], [5.0, 7.0], [3.0, -1.0]])
    want, known = pair_marks(np.array([2.0, 0.0, -1.0]), V)
    expect(pairs(np.array([2.0, 0.0, -1.0]), V), want, "Features count with their value.", *known)


def ranked(u, C, top):
    """Return the right list, and the wrong ones by the mistake that leads to them."""
    lengths = np.linalg.norm(u) * np.linalg.norm(C, axis=1)

    def order(marks):
        return np.argsort(-marks, kind="stable")[:top]

    known = [
        (order(C @ u / np.sqrt(lengths)), "The root over the lengths lets long vectors win: no root."),
        (np.argmax(C @ u / lengths), "A ranking is a list, not one number: sort."),
        (order(C @ u), "That is a dot product: divide by both lengths."),
        (order(-(C @ u) / lengths), "You put the worst first: the largest cosine leads."),
    ]
    return order(C @ u / lengths), known


@checks.test("ranking")
def _(ranking):
    """Six items of very different lengths, the best three:"""
    u = np.array([2.0, 1.0])
    C = np.array([[9.0, -16.0], [1.0, 0.4], [0.1, 0.06], [5.0, 30.0], [-4.0, 1.0], [0.3, 0.3]])
    want, known = ranked(u, C, 3)
    expect(ranking(u.copy(), C.copy(), 3), want, "Cosine, then a sort, the largest first.", *known)


@checks.test("ranking")
def _(ranking):
    """Equal cosines: the lower number first; fewer items than places:"""
    u, C = np.array([1.0, 0.0]), np.array([[0.0, 1.0], [2.0, 0.0], [8.0, 0.0]])
    want, known = ranked(u, C, 5)
    expect(ranking(u, C, 5), want, "Of equal cosines the lower number comes first.", *known)


def softmax_rows(scores, axis=1):
    loud = np.exp(scores - scores.max())
    return loud / loud.sum(axis=axis, keepdims=True)


def losses(scores, share):
    """Return the right loss, and the wrong ones by the mistake that leads to them."""

    def mean(table, axis=1):
        return -np.log(np.diagonal(softmax_rows(table, axis))).mean()

    log_q = np.log(share)
    known = [
        (mean(scores + log_q), "The log of the share is taken off, not added."),
        (mean(scores), "That is the loss without the correction; and off a whole row it cancels: an item is a column."),
        (mean(scores - log_q, 0), "You made shares down the columns: each user, a row, picks one item."),
        (mean(scores - share), "It is the log of the share that is taken off."),
    ]
    return mean(scores - log_q), known


@checks.test("batch_loss")
def _(loss):
    """Four users:"""
    draw = np.random.default_rng(3)
    scores, share = draw.normal(size=(4, 4)), draw.dirichlet(np.ones(4))
    want, known = losses(scores, share)
    expect(loss(scores.copy(), share.copy()), want, "Correct, softmax by row, −log of the diagonal, mean.", *known)


@checks.test("batch_loss")
def _(loss):
    """Three users, one item of ninety-five in a hundred:"""
    scores, share = np.array([[0.0, 1, -2], [3, 1, 0], [0, 0, 2]]), np.array([0.95, 0.04, 0.01])
    want, known = losses(scores, share)
    expect(loss(scores.copy(), share.copy()), want, "Correct, softmax by row, −log of the diagonal, mean.", *known)


@checks.test("own_part")
def _(own):
    """Three ratings, a damping of 2:"""
    stars, expected = np.array([2.0, 5.0, 1.0]), np.array([3.5, 3.0, 3.0])
    rest = stars - expected
    expect(
        own(stars, expected, 2.0),
        rest.sum() / 5,
        "The sum of the differences, over their number plus the damping.",
        (rest.mean(), "That believes every rating in full: it is drawn towards 0 by the damping."),
        (stars.sum() / 5, "Count what lies above what was expected, not the stars."),
        (rest.mean() / 5, "It is the sum that is divided by number plus damping, not the mean."),
        (-rest.sum() / 5, "Stars less what was expected, in this order."),
    )


@checks.test("own_part")
def _(own):
    """No rating yet, and one:"""
    expect(own(np.array([]), np.array([]), 5.0), 0.0, "Without a rating there is no own part: 0.")
    expect(own(np.array([4.0]), np.array([3.0]), 1.0), 0.5, "One rating and a damping of 1: half of it is believed.")


def turned(score, m, group):
    here = np.ones(m)
    here[list(group)] = 0
    return score(here) <= 0


def try_turning(turning, score, m):
    """Raise Miss unless the group turns the score and none is smaller."""
    sizes = [s for s in range(1, m + 1) if any(turned(score, m, g) for g in combinations(range(m), s))]
    got = turning(score, m)
    if not sizes:
        if got is not None:
            raise Miss(f"Here nothing turns it: return None; you gave {got!r}.")
        return
    if got is None:
        raise Miss(f"A group of {sizes[0]} turns it; you gave None.")
    try:
        group = sorted({int(n) for n in got})
    except TypeError:
        raise Miss("Return a list of places.") from None
    if not group or group[0] < 0 or group[-1] >= m:
        raise Miss(f"These are no places of {m} words: {got!r}.")
    if not turned(score, m, group):
        raise Miss(f"Without the words {group} the score is still above 0.")
    if len(group) > sizes[0]:
        raise Miss(f"There is a smaller group: {sizes[0]} words are enough, you took {len(group)}.")


def held_up(here):
    """Words 1 and 2 hold each other up; word 0 is the strongest alone."""
    return 0.5 + 0.9 * here[0] + 0.6 * here[3] - 1.5 * (1 - here[1]) * (1 - here[2]) - 0.6 * (1 - here[1] * here[2])


@checks.test("turning")
def _(turning):
    """Two words that hold each other up:"""
    try_turning(turning, held_up, 4)


@checks.test("turning")
def _(turning):
    """A sum, a score that one word turns, and one of exactly 0:"""
    worth = np.array([0.2, -0.5, 0.9, 0.4, 0.3])
    try_turning(turning, lambda here: float(here @ worth) - 0.2, 5)
    try_turning(turning, lambda here: 2.0 - 3.0 * (1 - here[2]), 3)
    try_turning(turning, lambda here: float(here[0] + here[1]), 2)


@checks.test("turning")
def _(turning):
    """A score that nothing turns:"""
    try_turning(turning, lambda here: 1.0 + float(here.sum()), 4)
