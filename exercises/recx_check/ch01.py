"""Checks of the exercises on data."""

from __future__ import annotations

import numpy as np

from recx_check.core import Checks, Miss, expect

checks = Checks()
check, require = checks.check, checks.require


@checks.value("sparsity")
def _(value):
    """The share of empty cells:"""
    known = [
        (0.15, "This is the share that is filled; sparsity is the rest."),
        (1 - 150 / 65, "Every customer could rate every product: the table has a cell for every pair."),
        (85, "A share lies between 0 and 1, it is not in percent."),
    ]
    expect(value, 0.85, "One minus ratings over cells.", *known)


@checks.test("encode")
def _(encode):
    """Ids that are not in the order of the alphabet:"""
    ids = ["dia", "ann", "cem", "ann", "dia"]
    known = [
        (([2, 0, 1, 0, 2], ["ann", "cem", "dia"]), "These are in the order of the alphabet: use first appearance."),
        (([0, 1, 2, 3, 4], ids), "An id gets the same number every time it comes."),
        (([1, 2, 3, 2, 1], ["dia", "ann", "cem"]), "Numbers count from 0: they will be rows of an array."),
        (([2, 1, 0, 1, 2], ["cem", "ann", "dia"]), "You numbered by the last appearance: the first one counts."),
    ]
    numbers, names = encode(list(ids))
    expect((list(numbers), list(names)), ([0, 1, 2, 1, 0], ["dia", "ann", "cem"]), "Number by appearance.", *known)


@checks.test("encode")
def _(encode):
    """New ids at the end must not change the old numbers:"""
    numbers, _ = encode(["b", "c", "b", "a"])
    expect(
        list(numbers), [0, 1, 0, 2], "Old numbers must stay.", ([1, 2, 1, 0], "Use first appearance, not the alphabet.")
    )


@checks.test("shrunken_mean")
def _(mean):
    """One rating of 5:"""
    known = [
        (1.0, "You shrink towards zero: the imagined ratings are missing from the sum."),
        (5.0, "This is the plain mean of one rating: nothing is imagined."),
        (8.5 / 5, "The sum holds only one imagined rating; there are `strength` of them."),
        (19.0, "The imagined ratings must also be counted below the line."),
    ]
    expect(mean([5.0], 3.5, 4), 3.8, "(5 + 4 · 3.5) / (1 + 4).", *known)


@checks.test("shrunken_mean")
def _(mean):
    """No rating at all:"""
    expect(mean([], 3.5, 2), 3.5, "Without ratings only the imagined ones are left.")


@checks.test("shrunken_mean")
def _(mean):
    """Three ratings, weakly shrunken:"""
    expect(mean([2.0, 3.0, 4.0], 5.0, 0.5), 11.5 / 3.5, "`strength` need not be a whole number.")


TIMES = np.array([50, 10, 40, 30, 20])


@checks.test("by_time")
def _(split):
    """Five ratings, two for the test:"""
    known = [
        (TIMES * 0 + [0, 0, 0, 1, 1], "You took the last rows: the table is not sorted by time."),
        (TIMES * 0 + [0, 1, 0, 0, 1], "You took the earliest; the future is what we must predict."),
        (np.argsort(TIMES) >= 3, "You took positions for ranks: argsort says where the earliest stands."),
    ]
    expect(split(TIMES.copy(), 0.4), np.array([1, 0, 1, 0, 0]), "The two latest are 50 and 40.", *known)


@checks.test("by_time")
def _(split):
    """The shares 0 and 1:"""
    why = "`[-0:]` takes everything: count from the front."
    expect(split(TIMES.copy(), 0.0), np.zeros(5), "No test rating is wanted.", (np.ones(5), why))
    expect(split(TIMES.copy(), 1.0), np.ones(5), "Everything is the test part.")


@checks.test("by_time")
def _(split):
    """A share that does not come out even:"""
    expect(split(TIMES.copy(), 0.35), np.array([1, 0, 1, 0, 0]), "0.35 · 5 = 1.75 is rounded to 2.")
    expect(split(TIMES.copy(), 0.25), np.array([1, 0, 0, 0, 0]), "0.25 · 5 = 1.25 is rounded to 1.")


@checks.test("by_time")
def _(split):
    """The mask itself:"""
    mask = np.asarray(split(TIMES.copy(), 0.4))
    if mask.dtype != bool:
        raise Miss(f"A mask holds True and False, yours holds {mask.dtype}: only then does ratings[~mask] work.")


U, C = np.array([3.0, 4.0]), np.array([5.0, 12.0])


@checks.test("cosine")
def _(cosine):
    """Two vectors of the lengths 5 and 13:"""
    known = [
        (63 / 65**0.5, "There is a root too many: a length is a root already."),
        (63, "This is the dot product alone: divide by both lengths."),
        (63 / 65**2, "You divided by the squares of the lengths."),
        (63 / 5, "You divided by one length only."),
        (63 / 13, "You divided by one length only."),
    ]
    expect(cosine(U, C), 63 / 65, "Divide the dot product by the product of the lengths.", *known)


@checks.test("cosine")
def _(cosine):
    """Opposite vectors:"""
    expect(
        cosine(U, -2 * U),
        -1.0,
        "Opposite tastes have cosine −1.",
        (1.0, "Keep the sign of the dot product, not its size alone."),
    )


@checks.test("cosine")
def _(cosine):
    """A profile of zeros:"""
    got = cosine(np.zeros(2), C)
    if np.isnan(np.asarray(got, dtype=float)).any():
        raise Miss("A profile of zeros has no direction: return 0 before dividing.")
    expect(got, 0.0, "A profile of zeros agrees with nothing.")


@checks.test("cosine")
def _(cosine):
    """Short vectors:"""
    expect(cosine(U / 100, C / 100), 63 / 65, "Length must not matter, however small.")


RATED = [
    ("cem", "pan", 3, 40),
    ("dia", "pan", 4, 12),
    ("cem", "mug", 5, 31),
    ("cem", "pan", 5, 7),
    ("dia", "mug", 1, 50),
    ("cem", "mug", 4, 90),
    ("dia", "pan", 2, 5),
    ("cem", "pan", 4, 22),
    ("fay", "mug", 5, 60),
    ("fay", "mug", 1, 3),
    ("fay", "mug", 4, 33),
]


def labelled(rows, liked=4, key=lambda row: row[:2]):
    """Return the labels that `rows` leave when written in their order."""
    return {key(row): int(row[2] >= liked) for row in rows}


@checks.test("pair_labels")
def _(labels):
    """Eleven ratings of five pairs, not in the order of time:"""
    by_day = sorted(RATED, key=lambda row: row[3])
    lost = "The user is lost: a label belongs to a user and an item."
    known = [
        (labelled(RATED), "You took the last row, not the latest rating: go by the day."),
        (labelled(by_day[::-1]), "This is the first opinion: the latest counts."),
        (labelled(sorted(RATED, key=lambda row: row[2])), "You took the best rating, not the latest."),
        (labelled(by_day, 5), "At least: a rating of exactly `liked` stars counts as liked."),
        (labelled(by_day, key=lambda row: row[1]), lost),
        (labelled(by_day, key=lambda row: row[0]), "The item is lost: a label belongs to a user and an item."),
        ({row[:2]: row[2] for row in by_day}, "These are the stars: a label is 1 or 0."),
        ({pair: 1 - label for pair, label in labelled(by_day).items()}, "1 is for liked, 0 for not."),
    ]
    got = labels(list(RATED), 4)
    if isinstance(got, (list, tuple, np.ndarray)):
        raise Miss("One label for each pair, in a dictionary {(user, item): label}.")
    expect(got, labelled(by_day), "One label for each pair, by its latest rating.", *known)


@checks.test("pair_labels")
def _(labels):
    """Another bar:"""
    rows = [("ann", "mat", 3, 2), ("ben", "mat", 2, 1)]
    want = {("ann", "mat"): 1, ("ben", "mat"): 0}
    expect(labels(rows, 3), want, "Three stars are enough here.", ({("ann", "mat"): 0, ("ben", "mat"): 0}, "At least."))


PAIRS = [("ann", "tent"), ("ann", "mat"), ("ben", "tent"), ("ben", "mat"), ("cem", "mat"), ("cem", "pan")]


@checks.test("k_core")
def _(core):
    """The pairs of the notebook and (dia, tent), k = 2:"""
    pairs = [*PAIRS, ("dia", "tent")]
    known = [
        (PAIRS[:5], "One round is not enough: without the pan, Cem has a single rating left."),
        (PAIRS, "Items are never counted: the pan has one rating."),
        ([*PAIRS[:5], ("dia", "tent")], "Users are never counted: Dia has one rating."),
        ([], "Somebody with exactly k ratings stays: at least k, not more."),
    ]
    expect(list(core(pairs, 2)), PAIRS[:4], "Repeat until nothing changes.", *known)


@checks.test("k_core")
def _(core):
    """A chain that falls round by round:"""
    chain = [("a", 1), ("b", 1), ("b", 2), ("c", 2), ("c", 3), ("d", 3)]
    expect(list(core(chain, 2)), [], "Every removal loosens the next: nothing remains.")


@checks.test("k_core")
def _(core):
    """With k = 1 everything stays:"""
    expect(list(core(list(PAIRS), 1)), PAIRS, "Everybody has at least one rating.")


@checks.test("k_core")
def _(core):
    """Users with enough ratings of items that too few rated:"""
    pairs = [("ann", "a"), ("ann", "b"), ("ben", "c"), ("ben", "d")]
    expect(list(core(pairs, 2)), [], "Items need k ratings, too.")


WHO, STARS = np.array([0, 0, 0, 1, 2, 0]), np.array([2.0, 4.0, 5.0, 3.0, 1.0, 3.0])
TEST = np.array([False, False, True, False, True, False])


@checks.test("honest_means")
def _(means):
    """Three users, two test ratings:"""
    leak = "Test ratings are in your means: count training ratings only."
    train, sums, counts = ~TEST, np.bincount(WHO, STARS), np.bincount(WHO)
    own = np.array([3.0, 3.0, 3.0, 3.0, 3.0, 3.0])
    loo = (sums[WHO] - STARS) / np.maximum(counts[WHO] - 1, 1)
    known = [
        ((sums / counts)[WHO], leak),
        (np.where(counts[WHO] > 1, loo, STARS[train].mean()), leak),
        (own, "A training rating sees itself: take it out of its own mean."),
    ]
    got = means(WHO, STARS, TEST)
    if np.isnan(np.asarray(got, dtype=float)).any():
        raise Miss("For someone without other training ratings, a NaN is left: use the mean of all training ratings.")
    expect(
        got, np.array([3.5, 2.5, 3.0, 3.0, 3.0, 3.0]), "Training ratings of the same user, other than itself.", *known
    )


@checks.test("honest_means")
def _(means):
    """A test user nobody knows, among unequal ratings:"""
    who, stars, test = np.array([0, 0, 1]), np.array([5.0, 4.0, 1.0]), np.array([False, False, True])
    why = "Use the mean of all training ratings, without the test's."
    expect(means(who, stars, test), np.array([4.0, 5.0, 4.5]), why, (np.array([4.0, 5.0, 10 / 3]), why))


@checks.test("honest_means")
def _(means):
    """Only training ratings:"""
    none = np.zeros(4, dtype=bool)
    got = means(np.array([0, 0, 0, 1]), np.array([1.0, 2.0, 3.0, 6.0]), none)
    expect(got, np.array([2.5, 2.0, 1.5, 3.0]), "Each sees the other two.")


@checks.test("honest_means")
def _(means):
    """The arrays stay as they were:"""
    stars = STARS.copy()
    means(WHO, stars, TEST)
    expect(stars, STARS, "You wrote into ratings: work on a copy.")
