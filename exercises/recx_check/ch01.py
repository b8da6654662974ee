"""Checks of the exercises on data."""

from __future__ import annotations

import numpy as np

from recx_check.core import Checks, Miss, expect, same

checks = Checks()
check, require = checks.check, checks.require


@checks.value("sparsity")
def _(value):
    """The share of empty cells:"""
    if isinstance(value, str):
        raise Miss("This is a text: give a number, no quotation marks around it.")
    known = [
        (0.15, "This is the share that is filled; sparsity is the rest."),
        (1 - 150 / 65, "Every customer could rate every product: the table has a cell for every pair."),
        (85, "A share lies between 0 and 1, it is not in percent."),
        (850, "This counts the empty cells: give a share of all cells, not a count."),
    ]
    expect(value, 0.85, "One minus ratings over cells.", *known)


IDS = ["dia", "ann", "cem", "ann", "hal", "eva", "dia", "ben", "gus", "fay"]


def numbered(names, first=0):
    """Return the numbers of IDS when the ids are numbered in the order of `names`, and the names."""
    return [names.index(name) + first for name in IDS], names


@checks.test("encode")
def _(encode):
    """Ids that are not in the order of the alphabet:"""
    names = list(dict.fromkeys(IDS))
    last = list(dict.fromkeys(reversed(IDS)))[::-1]
    known = [
        (numbered(sorted(names)), "These are in the order of the alphabet: use first appearance."),
        ((list(range(len(IDS))), IDS), "An id gets the same number every time it comes."),
        (numbered(names, 1), "Numbers count from 0: they will be rows of an array."),
        (numbered(last), "You numbered by the last appearance: the first one counts."),
        (numbered(names)[::-1], "Numbers first, then ids: you return them the other way round."),
    ]
    got = encode(list(IDS))
    if isinstance(got, (list, tuple, np.ndarray, dict)) and (isinstance(got, dict) or len(got) != 2):
        raise Miss("Return two things: the numbers, and the ids in the order of their numbers.")
    if (
        isinstance(got, (list, tuple))
        and sorted(map(str, got[1])) == sorted(names)
        and same(numbered(list(got[1])), got)
    ):
        known.append((got, "Numbers and ids agree, but the order of a set is accidental: go by first appearance."))
    expect(got, numbered(names), "Number by appearance.", *known)


@checks.test("encode")
def _(encode):
    """New ids at the end must not change the old numbers:"""
    numbers, _ = encode(["b", "c", "b", "a"])
    expect(
        list(numbers), [0, 1, 0, 2], "Old numbers must stay.", ([1, 2, 1, 0], "Use first appearance, not the alphabet.")
    )


@checks.test("encode")
def _(encode):
    """Ids that differ little, an empty one among them, and no ids:"""
    got = encode(["Ann", "ann", "", "Ann", "ann "])
    known = [
        (([0, 0, 1, 0, 2], ["ann", "", "ann "]), "An id is an id: capital letters make another one."),
        (([0, 0, 1, 0, 0], ["ann", ""]), "An id is an id: capital letters and spaces make another one."),
        (([0, 1, 0, 2], ["Ann", "ann", "ann "]), "An empty text is an id, too: leave no row out."),
        (([0, 1, 2, 0, 1], ["Ann", "ann", ""]), "An id is an id: a space makes another one."),
    ]
    expect(got, ([0, 1, 2, 0, 3], ["Ann", "ann", "", "ann "]), "Take every id as it is.", *known)
    expect(encode([]), ([], []), "Of no ids, no numbers and no names.")


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
    known = [
        (round(11.5 / 3.5, 1), "Do not round."),
        (round(11.5 / 3.5, 2), "Do not round."),
        ((9 + 4 * 5.0) / 7, "Use `strength`, not 4."),
        (3.0, "`strength` need not be a whole number: half a rating can be imagined, too."),
    ]
    expect(mean([2.0, 3.0, 4.0], 5.0, 0.5), 11.5 / 3.5, "(9 + 0.5 · 5) / (3 + 0.5).", *known)


@checks.test("shrunken_mean")
def _(mean):
    """Equal ratings:"""
    why = "A rating counts each time it was given: a set keeps equal ones once."
    expect(mean([4.0, 4.0, 4.0, 2.0], 3.0, 2), 20 / 6, "(14 + 2 · 3) / (4 + 2).", (12 / 4, why))


@checks.test("shrunken_mean")
def _(mean):
    """A strength of 0:"""
    why = "Without imagined ratings the plain mean is left: a strength of 0 is a strength, take it as it is."
    expect(mean([1.0, 2.0], 5.0, 0), 1.5, why, (8 / 3, why))
    expect(mean([0.0, -2.0], 0.0, 2), -0.5, "Ratings may be 0 or below, as distances from a mean are.")


TIMES = np.array([500, 10, 40, 30, 20])


@checks.test("by_time")
def _(split):
    """Five ratings, two for the test:"""
    known = [
        (TIMES * 0 + [0, 0, 0, 1, 1], "You took the last rows: the table is not sorted by time."),
        (TIMES * 0 + [0, 1, 0, 0, 1], "You took the earliest; the future is what we must predict."),
        (np.argsort(TIMES) >= 3, "You took positions for ranks: argsort says where the earliest stands."),
        (np.array([0, 1, 0, 1, 1]), "This is the training part: True marks the test part."),
        (np.array([1, 0, 0, 0, 0]), "Take a share of the *number* of ratings, not of the time that they span."),
        (np.array([0, 2]), "These are positions: make a mask, as long as `times`."),
        (np.array([2, 0]), "These are positions: make a mask, as long as `times`."),
        (np.array([40, 500]), "These are times: make a mask, as long as `times`."),
        (np.array([500, 40]), "These are times: make a mask, as long as `times`."),
    ]
    expect(split(TIMES.copy(), 0.4), np.array([1, 0, 1, 0, 0]), "The two latest are 500 and 40.", *known)


@checks.test("by_time")
def _(split):
    """The shares 0 and 1:"""
    known = [
        (np.ones(5), "`[-0:]` takes everything: count from the front."),
        (
            np.array([1, 0, 0, 0, 0]),
            "The newest one is taken even for the share 0: count, do not compare with a bound.",
        ),
    ]
    expect(split(TIMES.copy(), 0.0), np.zeros(5), "No test rating is wanted.", *known)
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


@checks.test("by_time")
def _(split):
    """Times before and after 1970, twelve of them:"""
    times = np.array([-500, 7, 300, -20, 90, -800, 60, 10, -3, 45, 0, 120])
    far = (np.abs(times) >= 120, "A time before 1970 is negative, and early: sort the times as they are.")
    expect(split(times.copy(), 1 / 3), np.isin(times, [300, 120, 90, 60]), "The four latest.", far)


@checks.test("by_time")
def _(split):
    """So small a share that it rounds to none:"""
    why = "Round to the nearest: 0.05 · 5 = 0.25 is rounded to 0, and then no rating is for the test."
    expect(split(TIMES.copy(), 0.05), np.zeros(5), why, (np.array([1, 0, 0, 0, 0]), why))
    expect(split(np.array([3.5]), 1.0), np.ones(1), "One rating, all of it for the test.")


@checks.test("by_time")
def _(split):
    """Times in parts of a second, all before 1970:"""
    times = np.array([-9.25, -9.75, -9.5, -30.0, -9.9])
    why = "Take the times as they are: not whole seconds only, and before 1970, too."
    expect(split(times.copy(), 0.4), np.array([1, 0, 1, 0, 0]), why)


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
        (U * C / 65, "One number is wanted: sum the products, or use `u @ c`."),
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
    """Profiles with a zero, or with the sum zero:"""
    why = "Only a profile of zeros has no direction: (1, −1) has one, though its sum is 0, and so has (1, 0)."
    expect(cosine(np.array([1.0, -1.0]), U), -0.2 / 2**0.5, "−1 by √2 · 5.", (0.0, why))
    expect(cosine(U, np.array([1.0, -1.0])), -0.2 / 2**0.5, "−1 by √2 · 5.", (0.0, why))
    expect(cosine(np.array([1.0, 0.0]), U), 0.6, "3 by 1 · 5.", (0.0, why))
    expect(cosine(U, np.array([1.0, 0.0])), 0.6, "3 by 1 · 5.", (0.0, why))


@checks.test("cosine")
def _(cosine):
    """Short vectors:"""
    expect(cosine(U / 100, C / 100), 63 / 65, "Length must not matter, however small.")


@checks.test("cosine")
def _(cosine):
    """Very short vectors:"""
    why = "Length must not matter, however small: add nothing below the line, and ask for a length of exactly 0."
    for scale in (1e-4, 1e-6):
        expect(cosine(U * scale, C * scale), 63 / 65, why)
    expect(cosine(np.array([3, 4, 0]), np.array([5, 0, 12])), 15 / 65, "Three whole numbers are a vector, too.")


RATED = [
    ("cem", "pan", 3, 40),
    ("dia", "pan", 5, 12),
    ("cem", "mug", 2, 31),
    ("cem", "pan", 5, 7),
    ("dia", "mug", 1, 50),
    ("cem", "mug", 4, 90),
    ("dia", "pan", 3, 5),
    ("cem", "pan", 4, 22),
    ("fay", "mug", 1, 3),
    ("fay", "mug", 5, 60),
    ("fay", "mug", 2, 33),
]


def labelled(rows, liked=4, key=lambda row: row[:2]):
    """Return the labels that `rows` leave when written in their order."""
    return {key(row): int(row[2] >= liked) for row in rows}


@checks.test("pair_labels")
def _(labels):
    """Eleven ratings of five pairs, not in the order of time:"""
    by_day = sorted(RATED, key=lambda row: row[3])
    lost = "The user is lost: a label belongs to a user and an item."
    best = "You took the best rating, not the latest. Sort by the day, not by whole rows: `key=lambda row: row[3]`."
    means = {pair: np.mean([row[2] for row in RATED if row[:2] == pair]) for pair in labelled(RATED)}
    known = [
        (labelled(RATED), "You took the last row, not the latest rating: go by the day."),
        (labelled(RATED[::-1]), "You took the first row of a pair, not the latest rating: go by the day."),
        (labelled(by_day[::-1]), "This is the first opinion: the latest counts."),
        (labelled(sorted(RATED)), best),
        ({pair: int(mean >= 4) for pair, mean in means.items()}, "You averaged: only the latest rating counts."),
        ({pair: 1 for pair, label in labelled(by_day).items() if label}, "Pairs that are not liked need a 0."),
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
    why = "Three stars are enough here: use `liked`, not 4."
    expect(labels(rows, 3), want, why, (dict.fromkeys(want, 0), "Use `liked`, not 4."))


@checks.test("pair_labels")
def _(labels):
    """Days 0 and below, counted from the opening of the shop:"""
    why = "The day 0 is a day like any other: ask whether the pair is there, not whether its day is true."
    rows = [("ann", "mat", 5, 0), ("ann", "mat", 1, -4), ("ben", "mat", 1, -2), ("ben", "mat", 5, -1)]
    want = {("ann", "mat"): 1, ("ben", "mat"): 1}
    expect(labels(rows, 4), want, "The latest is the one with the largest day.", ({**want, ("ann", "mat"): 0}, why))
    expect(labels([], 4), {}, "Of no ratings, no labels.")


@checks.test("pair_labels")
def _(labels):
    """Stars and a bar of a half:"""
    rows, why = (
        [("ann", "mat", 3.5, 2), ("ben", "mat", 3, 1), ("cem", "mat", 4.5, 1)],
        "A half star counts: do not cut it off.",
    )
    known = [({("ann", "mat"): a, ("ben", "mat"): b, ("cem", "mat"): 1}, why) for a, b in ((1, 1), (0, 0))]
    want = {("ann", "mat"): 1, ("ben", "mat"): 0, ("cem", "mat"): 1}
    expect(labels(rows, 3.5), want, "3.5 is at least 3.5, 3 is not.", *known)


def expect_kept(got, pairs, want, hint, *known):
    """Do as `expect`; say so where the pairs are the right ones and only their order or form is not."""
    if got is None or got is ...:
        expect(got, want, hint)
    rows = [tuple(pair) for pair in got]
    form = isinstance(got, (set, frozenset, dict))
    if sorted(rows) == sorted(want) and (form or rows != want):
        raise Miss("Right pairs, wrong order or form: keep a list, in the order of `pairs`.")
    expect([pair for pair in pairs if pair in rows] if form else rows, want, hint, *known)


PAIRS = [("ann", "tent"), ("ann", "mat"), ("ben", "tent"), ("ben", "mat"), ("cem", "mat"), ("cem", "pan")]


@checks.test("k_core")
def _(core):
    """The pairs of the notebook and (dia, tent), k = 2:"""
    pairs = [*PAIRS, ("dia", "tent")]
    known = [
        (PAIRS[:5], "One round is not enough: without the pan, Cem has a single rating left."),
        (PAIRS, "Items are never counted: the pan has one rating."),
        (pairs, "Nothing is removed: a pair stays only where the user *and* the item have k."),
        ([*PAIRS[:5], ("dia", "tent")], "Users are never counted: Dia has one rating."),
        ([], "Somebody with exactly k ratings stays: at least k, not more."),
    ]
    expect_kept(core(list(pairs), 2), pairs, PAIRS[:4], "Repeat until nothing changes.", *known)


@checks.test("k_core")
def _(core):
    """A chain that falls round by round:"""
    chain = [(f"u{n}", f"i{n + step}") for n in range(20) for step in (0, 1)]
    hint = "Every removal at its ends loosens the next: nothing remains, however many rounds that takes."
    expect_kept(core(list(chain), 2), chain, [], hint)


@checks.test("k_core")
def _(core):
    """With k = 1 everything stays:"""
    expect_kept(core(list(PAIRS), 1), PAIRS, PAIRS, "Everybody has at least one rating.")


@checks.test("k_core")
def _(core):
    """Users with enough ratings of items that too few rated:"""
    pairs = [("ann", "a"), ("ann", "b"), ("ben", "c"), ("ben", "d")]
    expect_kept(core(list(pairs), 2), pairs, [], "Items need k ratings, too.")


@checks.test("k_core")
def _(core):
    """A user who bears the name of an item:"""
    pairs = [("mat", "tent"), ("mat", "pan"), ("ann", "mat"), ("ben", "tent"), ("ben", "pan"), ("ann", "tent")]
    why = "A user who bears the name of an item is not that item: count users and items apart."
    expect_kept(core(list(pairs), 2), pairs, [pairs[n] for n in (0, 1, 3, 4)], why, (pairs, why))


@checks.test("k_core")
def _(core):
    """k = 3, and nothing at all:"""
    pairs = [(user, item) for user in ("ann", "ben", "cem") for item in ("tent", "mat", "pan")]
    more = [*pairs, ("dia", "tent"), ("dia", "mat")]
    given = "Use the k that is given, here 3: Dia has two ratings."
    expect_kept(core(list(more), 3), more, pairs, given, (more, given))
    expect_kept(core([], 2), [], [], "Of nothing, nothing remains.")


WHO, STARS = np.array([0, 0, 0, 1, 2, 0]), np.array([2.0, 4.0, 5.0, 1.0, 2.0, 3.0])
TEST = np.array([False, False, True, False, True, False])


@checks.test("honest_means")
def _(means):
    """Three users, two test ratings:"""
    leak = "Test ratings are in your means: count training ratings only."
    train, sums, counts = ~TEST, np.bincount(WHO, STARS), np.bincount(WHO)
    whole = (sums[WHO] - STARS) / np.maximum(counts[WHO] - 1, 1)
    fallback = "Ben's training rating has no others of his, Cem has none at all: there it is the mean of *all* training"
    fallback += " ratings, its own included."
    subtracted = "A test rating is not in the sum: do not subtract it."

    def told(test_rating=3.0, ben=2.5, cem=2.5):
        """Return the answer, or a mistaken one: Ann's test rating, Ben's training rating, Cem's test rating."""
        return np.array([3.5, 2.5, test_rating, ben, cem, 3.0])

    known = [
        ((sums / counts)[WHO], leak),
        (np.where(counts[WHO] > 1, whole, STARS[train].mean()), leak),
        (np.array([3.0, 3.0, 3.0, 1.0, 2.5, 3.0]), "A training rating sees itself: take it out of its own mean."),
        (told(ben=0, cem=0), "The fallback is missing: without other ratings, use the mean of all training ratings."),
        (told(ben=STARS.mean(), cem=STARS.mean()), "Use the mean of all training ratings, without the test's."),
        (told(ben=1.0), "Ben's only training rating is its own mean: that tells it its own answer. " + fallback),
        (told(ben=3.0), fallback),
        (told(4 / 3), subtracted),
        (told(2.0), subtracted),
    ]
    got = means(WHO, STARS, TEST)
    if np.isnan(np.asarray(got, dtype=float)).any():
        raise Miss("For someone without other training ratings, a NaN is left: use the mean of all training ratings.")
    expect(got, told(), "Training ratings of the same user, other than itself.", *known)


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
    """Two equal ratings of a user:"""
    who, stars, none = np.zeros(3, dtype=int), np.array([4.0, 4.0, 1.0]), np.zeros(3, dtype=bool)
    why = "Leave out the rating itself, not all that are equal to it."
    expect(means(who, stars, none), np.array([2.5, 2.5, 4.0]), why, (np.array([1.0, 1.0, 4.0]), why))


@checks.test("honest_means")
def _(means):
    """The arrays stay as they were:"""
    stars = STARS.copy()
    means(WHO, stars, TEST)
    expect(stars, STARS, "You wrote into ratings: work on a copy.")


@checks.test("honest_means")
def _(means):
    """Ratings of 0 and below, users whose numbers have gaps:"""
    who = np.array([4, 0, 4, 0, 4, 2, 2, 0, 7, 7])
    stars = np.array([0.0, -1.5, 0.0, 2.0, 1.0, 1.5, -1.5, -0.5, 3.0, 0.5])
    test = np.array([0, 0, 0, 0, 1, 0, 0, 1, 0, 1], dtype=bool)
    want = np.array([0.0, 2.0, 0.0, -1.5, 0.0, -1.5, 1.5, 0.25, 0.5, 3.0])
    zero = "Where the others sum to 0, their mean is 0: a rating of 0 is a rating. Ask for their number, not their sum."
    overall = stars[~test].mean()
    known = [(np.where(want == 0, overall, want), zero)]
    expect(means(who, stars, test), want, "Training ratings of the same user, other than itself.", *known)


# The open task: any answer passes that does what is asked, so each is tried, not compared


def broken(users, items, times, test):
    """Return what is wrong with a test part, "" where it keeps the first two duties."""
    for n in np.flatnonzero(~test):
        if (test & (users == users[n]) & (times < times[n])).any():
            return f"of user {users[n]} a test rating is earlier than a training rating (time {times[n]}): duty (1)."
    for name, whose in (("user", users), ("item", items)):
        lost = set(whose[test].tolist()) - set(whose[~test].tolist())
        if lost:
            return f"{name} {min(lost)} stands in the test part and has no rating in training: duty (2)."
    return ""


def could_move(users, items, times, test):
    """Return a rating that could be moved to the test part as well, None where it is full."""
    for n in np.flatnonzero(~test):
        more = test.copy()
        more[n] = True
        if not broken(users, items, times, more):
            return n
    return None


def judge_split(split, users, items, times):
    """Look at the three duties of a split, whichever it is."""
    got = split(users.copy(), items.copy(), times.copy())
    if got is None or got is ...:
        expect(got, users >= 0, "A mask is wanted.")
    if np.shape(got) != users.shape or np.asarray(got).dtype != bool:
        raise Miss(f"Give a mask: True or False for each of the {len(users)} ratings.")
    test, given = np.asarray(got), f"(users {users.tolist()}, items {items.tolist()}, times {times.tolist()})"
    given = given if len(users) < 9 else ""
    wrong = broken(users, items, times, test)
    if wrong:
        if not broken(users, items, times, ~test) and could_move(users, items, times, ~test) is None:
            raise Miss("Your mask is turned round: True marks the test part.")
        raise Miss(f"In your split {wrong} {given}")
    more = could_move(users, items, times, test)
    if more is not None:
        raise Miss(f"It is not full: rating {more} could be moved to the test part, too {given}.".replace(" .", "."))


@checks.test("warm_split")
def _(split):
    """One user with many ratings, the items known from others:"""
    users = np.array([0, 0, 0, 0, 1, 1, 1, 1])
    judge_split(split, users, np.array([0, 1, 2, 3, 0, 1, 2, 3]), np.array([30, 10, 40, 20, 3, 1, 4, 2]))


@checks.test("warm_split")
def _(split):
    """The four ratings of the notebook:"""
    judge_split(split, np.array([0, 0, 1, 1]), np.array([0, 1, 1, 0]), np.array([10, 20, 30, 40]))


@checks.test("warm_split")
def _(split):
    """A user and an item with one rating each:"""
    judge_split(split, np.array([0, 0, 0, 1, 2, 2]), np.array([0, 1, 2, 1, 1, 0]), np.array([9, 5, 7, 3, 8, 6]))
    judge_split(split, np.array([0]), np.array([0]), np.array([4]))


@checks.test("warm_split")
def _(split):
    """Twenty tables made at random:"""
    rng = np.random.default_rng(5)
    for n in range(20):
        pairs = rng.permutation(30)[: 6 + n // 2]
        judge_split(split, pairs // 6, pairs % 6, rng.permutation(100)[: len(pairs)])
