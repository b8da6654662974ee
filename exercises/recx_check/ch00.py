"""Checks of the exercises on the first chapter: scores that are sums, and sentences that are put on trial."""

from __future__ import annotations

from itertools import combinations

import numpy as np

from recx_check.core import Checks, Miss, Untouched, expect, same

checks = Checks()
check, require = checks.check, checks.require

STOPS = {  # what Python or numpy says, and what to do about it
    "for -: 'list' and 'list'": "Lists cannot be subtracted: `[j for j in history if j not in removed]`.",
    "is out of bounds": "`removed` holds items, not positions in the history.",
    "truth value of an array": "`and`, `or` and `not` do not work on arrays: use `&`, `|`, `~`, with brackets.",
    "could not be broadcast": "It seems that your function uses the notebook's arrays instead of its arguments.",
}


def ask(function, *args):
    """Return what the learner's function gives; say in words what some errors mean."""
    try:
        return function(*args)
    except (TypeError, ValueError, IndexError) as error:
        for part, why in STOPS.items():
            if part in str(error):
                raise Miss(f"{why} ({type(error).__name__}: {error})") from error
        raise


@checks.value("scores")
def _(scores):
    """The score with and without the mat:"""
    if np.ndim(scores) == 0 or len(scores) != 2:
        raise Miss("Both numbers are wanted: scores = (with the mat, without it).")
    if any(isinstance(part, str) for part in scores):
        raise Miss("Write the sums without quotation marks: Python adds them up.")
    known = [
        ((0.7, 0.3), "The pan's term belongs to the sum, too: −0.2."),
        ((0.1, 0.5), "These are the right numbers in the wrong order: first with the mat, then without it."),
        ((0.5, 0.4), "The second number is the score that is left, not by how much it falls."),
        ((0.5 / 3, 0.05), "A score is the sum of the terms, not their mean."),
    ]
    known += [
        (pair, "The pan speaks against the tent: its term is −0.2.") for pair in ((0.9, 0.5), (0.5, 0.5), (0.9, 0.1))
    ]
    for pair, why in known:
        if same(scores, pair):
            raise Miss(why)
    if not same(scores[0], 0.5):
        raise Miss("The first number is the sum of all three terms; one of them is negative.")
    if not same(scores[1], 0.1):
        raise Miss("The second number is what remains of the sum without the mat's term, 0.4.")


@checks.test("cite")
def _(cite):
    """Five pieces, two to be cited:"""
    known = [
        (["pan", "mug"], "The pan speaks against the product: sort by the weight, not by its size."),
        (["mug"], "Take out what speaks against it before you cut the list to n."),
        (["stove", "mug"], "The strongest first: sort by weight."),
        (["stove", "mat"], "These are the weakest that speak for it: turn the order round."),
        ([2, 3], "These are positions in the list: the names are wanted."),
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


@checks.test("cite")
def _(cite):
    """Weights in stars, some above 1:"""
    why = "A weight larger than 1 is still a weight: do not cut it off."
    got = list(cite(["pan", "mug", "mat", "lamp"], [1.5, 20.0, -3.0, 3.0], 2))
    expect(got, ["mug", "lamp"], "Largest first.", (["pan", "mug"], why), (["mug", "pan"], why))


@checks.test("cite")
def _(cite):
    """None wanted, and none there:"""
    why = "None are wanted where n is 0: the list is empty."
    got = list(cite(["pan", "mug"], [0.5, 0.25], 0))
    expect(got, [], why, (["pan", "mug"], why), (["pan"], why))
    expect(list(cite([], [], 2)), [], "Where there is nothing to cite, the list is empty.")
    expect(list(cite(["pan"], [-1.0], 2)), [], "Nothing speaks for it: the list is empty.")


@checks.test("cite")
def _(cite):
    """Weights that differ by a thousandth:"""
    why = "A weight counts as it is: do not round before you sort."
    expect(list(cite(["a", "b", "c"], [0.421, 0.423, 0.422], 2)), ["b", "c"], why)


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
        ([2, 1], "These are positions in a shortened array: taking out the seen items first shifts the indices."),
        ([0.7, 0.5], "These are scores: the indices of the items are wanted."),
    ]
    expect(list(got), [3, 2], "Sort, leave out the seen ones, cut.", *known)


@checks.test("ranking")
def _(rank):
    """Equal scores:"""
    known = [
        ([3, 1, 2, 0], "Of equal scores the one with the lower index first."),
        ([1, 1, 0, 0], "The same item twice: `index` finds the first of equal scores. Sort the indices instead."),
    ]
    expect(list(rank(np.array([0.5, 0.9, 0.5, 0.9]), [], 4)), [1, 3, 0, 2], "Lower index first.", *known)


@checks.test("ranking")
def _(rank):
    """Sixty items and three different scores:"""
    scores = 1 + np.arange(60) * 7 % 3 / 2
    right = sorted(range(60), key=lambda i: -scores[i])
    if not same(list(rank(scores.copy(), [], 60)), right):
        raise Miss('Of equal scores the lower index comes first; with many items `argsort` needs kind="stable" for it.')


@checks.test("ranking")
def _(rank):
    """More asked for than remain:"""
    got = list(rank(np.array([0.2, 0.9, 0.5, -0.7, 0.0]), [0, 1, 2], 9))
    if {0, 1, 2} & set(got):
        raise Miss("Items 0, 1 and 2 are seen and stand in your list: pushing them down is not leaving them out.")
    short = "Item 3 has −0.7, item 4 has 0, and both remain: a score of zero or less is a score like any other."
    expect(got, [4, 3], "All that remain, best first.", ([], short), ([4], short), ([3], short))


@checks.test("ranking")
def _(rank):
    """Scores far below zero, and k = 0:"""
    why = "A score may lie far below zero, below the number that you gave to the seen ones: leave those out instead."
    got = list(rank(np.array([-2e3, -5e9, -3e3, 7.0]), [3], 3))
    expect(got, [0, 2, 1], "All that remain, best first.", ([], why), ([0, 2], why), ([0, 2, 3], why), ([3, 0, 2], why))
    none = "k may be 0: then nothing is shown."
    expect(list(rank(SCORES.copy(), [4], 0)), [], none, ([1, 3, 2, 0], none), ([1], none))
    expect(list(rank(SCORES.copy(), [0, 1, 2, 3, 4], 2)), [], "Whoever has seen everything is shown nothing.")


def first(B, kept, history):
    """Return the best item for somebody with the items `kept`, outside the whole history."""
    scores = B[kept].sum(axis=0)
    scores[history] = -np.inf
    return int(np.argmax(scores))


def model(**added):
    """Return a model of six items: `_1_0=0.6` says that having item 1 adds 0.6 to item 0."""
    B = np.zeros((6, 6))
    for pair, value in added.items():
        B[tuple(map(int, pair[1:].split("_")))] = value
    return B


def models(n):
    """Return n questions to `decides` with numbers made at random, to find out which mistake it is."""
    rng = np.random.default_rng(0)
    for _ in range(n):
        history = sorted(rng.permutation(9)[:5].tolist())
        yield rng.random((9, 9)), history, sorted(rng.permutation(history)[:2].tolist())


THREE = "Is `before` computed from the whole history, `after` from what remains, "
THREE += "and is the third argument of `first` the whole history both times?"
WHOLE = "Call `first` so that the whole history is the third argument both times: it is never recommended."
SLIPS = [  # (B, history, kept, removed) -> the answer of a mistaken program, and what to say about it
    (
        lambda B, h, k, r: first(B, h, h) == first(B, k, h),
        "It is the other way round: True means that another item leads.",
    ),
    (lambda B, h, k, r: first(B, h, h) != first(B, r, h), "You kept only what was removed, instead of the rest."),
    (lambda B, h, k, r: first(B, h, h) != first(B, k, k), f"A trap: a removed item comes back. {WHOLE}"),
    (lambda B, h, k, r: first(B, h, []) != first(B, k, []), WHOLE),
    (lambda B, h, k, r: first(B, h, k) != first(B, k, k), WHOLE),
    (lambda B, h, k, r: first(B, h, r) != first(B, k, r), WHOLE),
    (lambda B, h, k, r: False, "Your answer is never True. Is `before` computed from the whole history?"),
    (lambda B, h, k, r: True, "Your answer is always True: compare the first items, not the scores."),
    (
        lambda B, h, k, r: B[h].sum(axis=0).max() != B[k].sum(axis=0).max(),
        "A score may fall and its item still lead: compare the first items, not the scores.",
    ),
    (
        lambda B, h, k, r: first(B, h, h) != first(B, [j for j in h if j not in r[:1]], h),
        "You take out only the first of the removed items: all of them must go.",
    ),
    (
        lambda B, h, k, r: first(B, h, h) != first(B, [j for j in h if j not in r[-1:]], h),
        "You take out only the last of the removed items: all of them must go.",
    ),
    (
        lambda B, h, k, r: first(B, h, h) != first(B, [j for p, j in enumerate(h) if p not in r], h),
        "`removed` holds items, not positions in the history.",
    ),
]


def slip(decides, questions):
    """Return what to say to a function that answers as one of the mistaken programs does, every time; else ""."""
    got = [ask(decides, B.copy(), [*h], [*r]) for B, h, r in questions]
    for wrong, why in SLIPS:
        if got == [wrong(B, h, [j for j in h if j not in r], r) for B, h, r in questions]:
            return why
    return ""


def compare(decides, B, removed, want, why):
    """Ask whether `removed` decides for the history 1, 3, 4, and name the mistake where the answer is wrong."""
    got = ask(decides, B.copy(), [1, 3, 4], [*removed])
    if np.ndim(got) == 0 and got in (0, 1):
        got = bool(got)
    if isinstance(got, (bool, np.bool_)) and got != want:
        questions = [(B, [1, 3, 4], removed), *models(40)]
        named = slip(decides, questions)
        if named:
            raise Miss(named)
        why += f" {THREE}"
    expect(got, want, why)


LEADS = model(_1_0=0.6, _3_2=0.5, _4_0=0.1, _4_2=0.1, _3_1=0.9)


@checks.test("decides")
def _(decides):
    """History 1, 3, 4; item 0 has 0.6 from 1 and 0.1 from 4, item 2 has 0.5 from 3 and 0.1 from 4. Without 4:"""
    compare(decides, LEADS, [4], False, "Both fall by 0.1 and item 0 still leads.")


@checks.test("decides")
def _(decides):
    """History 1, 3, 4; item 0 has 0.6 from 1 and 0.1 from 4, item 2 has 0.5 from 3 and 0.1 from 4. Without 1:"""
    compare(decides, LEADS, [1], True, "Item 2 leads instead of item 0.")


@checks.test("decides")
def _(decides):
    """History 1, 3, 4; item 0 has 0.2 from 1 and 0.4 from 3, and 3 and 4 recommend each other. Without 4:"""
    compare(decides, model(_1_0=0.2, _3_0=0.4, _3_4=0.9, _4_3=0.8), [4], False, "Item 0 leads with and without item 4.")


@checks.test("decides")
def _(decides):
    """History 1, 3, 4; item 2 has 0.35 from 3 and 0.35 from 4, item 0 has 0.3 from 1. Without 3 and 4:"""
    compare(decides, model(_3_2=0.35, _4_2=0.35, _1_0=0.3), [3, 4], True, "Item 0 leads instead of item 2.")


@checks.test("decides")
def _(decides):
    """Nothing removed, and then everything:"""
    compare(decides, LEADS, [], False, "Nothing removed decides nothing.")
    all_gone = (
        "Item 2 leads with the history, item 0 without: all of the history may be removed, and then nothing is kept."
    )
    compare(decides, model(_3_2=0.35, _4_2=0.35), [1, 3, 4], True, all_gone)


@checks.test("decides")
def _(decides):
    """History 1, 3, 4; item 1 speaks against item 0 by 0.4, item 3 for it by 0.5 and for item 2 by 0.2. Without 1:"""
    compare(decides, model(_1_0=-0.4, _3_2=0.2, _3_0=0.5), [1], True, "Item 0 leads instead of item 2.")


@checks.test("decides")
def _(decides):
    """Forty models with numbers made at random:"""
    right = [first(B, h, h) != first(B, [j for j in h if j not in r], h) for B, h, r in models(40)]
    if [bool(ask(decides, B, h, r)) for B, h, r in models(40)] != right:
        raise Miss(slip(decides, [*models(40)]) or f"Some answers are wrong. {THREE}")


NAMED = np.array([True, True, False, True, False, False, True, False])
FLOORS = {
    "commonest": np.array([False, True, False, True, False, False, False, False]),
    "random": np.array([False, True, False, False, False, False, False, False]),
    "most talked of": np.array([True, False, True, True, True, False, True, True]),
    "most praised": np.array([True, True, True, False, True, True, True, False]),
}


def compare_lead(lead, named, floors, *known):
    """Compare with the strongest floor; `known` are (answer, hint) for likely mistakes."""
    got = ask(lead, named.copy(), {name: mask.copy() for name, mask in floors.items()})
    if got is None or got is ...:
        expect(got, ("", 0.0), "Two things are wanted.")
    if not isinstance(got, (tuple, list)) or len(got) != 2:
        raise Miss("Two things are wanted: (name of the strongest floor, the lead over it).")
    best = max(floors, key=lambda name: floors[name].mean())
    ahead = named.mean() - floors[best].mean()
    for value, why in known:
        if same(got, value):
            raise Miss(why)
    if not same(got[0], best):
        raise Miss(f"The first is the name of the floor that hits most often, here {best!r}; yours is {got[0]!r}.")
    if same(got[1], round(ahead, 1)) or same(got[1], round(ahead, 2)):
        expect(got[1], ahead, "Do not round.")
    expect(got[1], ahead, "The share of hits less the share of the strongest floor.")


@checks.test("lead")
def _(lead):
    """Eight customers, four floors, the second and third equally strong:"""
    shares = {name: mask.mean() for name, mask in FLOORS.items()}
    best, own = "most talked of", NAMED.mean()
    only_here = np.mean(NAMED & ~FLOORS[best])
    sign = "Count from the floor: the lead is the sentence's share less the floor's, below zero where it is behind."
    mean = own - np.mean(list(shares.values()))
    counts = "The lead is a difference of shares, means of the masks, and not their number."
    known = [
        (("random", own - shares["random"]), "This is the weakest floor: the strongest is wanted."),
        (("commonest", own - shares["commonest"]), "Look at every floor of the dictionary, not at the first alone."),
        (("most praised", own - shares[best]), "Of equally strong floors give the one that stands first."),
        ((best, mean), "Compare with the strongest floor, not the mean of all floors."),
        ((best, shares[best] - own), sign),
        ((best, 8 * (own - shares[best])), counts),
        ((best, only_here), "You count whom only the sentence hits: take off those whom only the floor hits."),
    ]
    compare_lead(lead, NAMED, FLOORS, *known)


@checks.test("lead")
def _(lead):
    """The sentence ahead, and a third that does not come out even:"""
    few = {name: FLOORS[name][:3] for name in ("commonest", "random")}
    compare_lead(lead, NAMED[:3], few)


@checks.test("lead")
def _(lead):
    """A floor that never hits, all by itself:"""
    floors = {"silent": np.zeros(4, dtype=bool)}
    known = [((None, 0.75), "A floor that never hits is a floor, too: here it is the strongest, and the only one.")]
    compare_lead(lead, np.array([True, True, False, True]), floors, *known)


CITED, RANDOM = np.array([0.5, 0.9, 0.4, 0.2, 0.1, 0.3]), np.array([0.1, 0.3, 0.1, 0.1, 0.3, 0.2])
TRUE = np.array([True, True, False, False, False, False])
SHARES = "Each share is the mean of a mask over all recommendations; together the four are 1."


def table(faithful, true):
    """Return how often each of the four cases occurs."""
    return np.array([[np.sum(f & t) for t in (true, ~true)] for f in (faithful, ~faithful)])


@checks.test("verdicts")
def _(verdicts):
    """Six recommendations:"""
    right = table(CITED > 2 * RANDOM, TRUE)
    known = [
        (right.T / 6, "Your table is transposed: rows are faithful or not, columns true or not."),
        (right[::-1] / 6, "The rows are the other way round: row 0 is faithful, row 1 is not."),
        (right[:, ::-1] / 6, "Columns are the other way round: column 0 is the true reason, column 1 is not."),
        (
            right[::-1, ::-1] / 6,
            "Rows and columns are both the other way round: first faithful, first the true reason.",
        ),
        (right.ravel() / 6, "The four numbers are right; give two rows of two."),
        (right, "These are counts, not shares."),
        (100 * right / 6, "Shares are wanted, between 0 and 1, not per cent."),
        (table(CITED > RANDOM, TRUE) / 6, "Faithful asks for more than twice as far, not only for further."),
        (right / right.sum(axis=1, keepdims=True), "Shares are of all recommendations, not of each row."),
        (right / right.sum(axis=0), "Shares are of all recommendations, not of each column."),
        (table(CITED >= 2 * RANDOM, TRUE) / 6, "A fall that is exactly twice as far is not more than twice."),
        ([[0.5, 0.25], [0, 0.25]], f"This is the table of the example: {STOPS['could not be broadcast']}"),
    ]
    got = ask(verdicts, CITED.copy(), RANDOM.copy(), TRUE.copy())
    wrong = not any(same(got, value) for value in (right / 6, *(value for value, _ in known)))
    if wrong and np.shape(got) == (2, 2) and np.sum(got) > 1.01:
        raise Miss("The four shares sum to more than 1, so some are counted twice: put brackets round each comparison.")
    expect(got, right / 6, SHARES, *known)


@checks.test("verdicts")
def _(verdicts):
    """Every case once, and one twice:"""
    cited, true = np.array([3.0, 3.0, 1.0, 1.0, 1.0]), np.array([True, False, True, True, False])
    expect(ask(verdicts, cited, np.ones(5), true), np.array([[0.2, 0.2], [0.4, 0.2]]), SHARES)


@checks.test("verdicts")
def _(verdicts):
    """Large falls beside small ones:"""
    cited, fell = np.array([8.0, 0.3, 0.2, 6.0]), np.array([5.0, 0.1, 0.15, 4.0])
    true = np.array([True, True, False, False])
    one = (table(cited > 2 * fell.mean(), true) / 4, "Compare each fall with its own random fall, not with their mean.")
    expect(ask(verdicts, cited, fell, true), np.array([[0.25, 0], [0.25, 0.5]]), SHARES, one)


@checks.test("verdicts")
def _(verdicts):
    """A single recommendation:"""
    for cited, true, want in ((3.0, True, [[1, 0], [0, 0]]), (1.0, False, [[0, 0], [0, 1]])):
        got = ask(verdicts, np.array([cited]), np.array([1.0]), np.array([true]))
        expect(got, np.array(want, dtype=float), SHARES)


# The open task: any answer passes that does what is asked, so each is tried, not compared


def changes(B, history, group):
    """Return whether another item stands first without the group."""
    kept = [j for j in history if j not in group]
    return first(B, history, history) != first(B, kept, history)


def fewest(B, history):
    """Return the size of the smallest group that changes the first item, None where there is none."""
    sizes = (n for n in range(1, len(history) + 1) for g in combinations(history, n) if changes(B, history, g))
    return next(sizes, None)


def judge_smallest(smallest, B, history):
    """Look at what the learner's group does, whichever it is."""
    got, size = ask(smallest, B.copy(), [*history]), fewest(B, history)
    if got is ...:
        raise Untouched
    if got is None:
        if size is not None:
            raise Miss(f"There is such a group, of size {size}, for the history {history}; you have None.")
        return
    if np.ndim(got) != 1:
        raise Miss("Give a group as a list of items, also where it is one: [3].")
    group = [int(j) for j in got]
    if size is None:
        raise Miss("None is an answer, too: here the same item stands first whatever goes, and you have a group.")
    if not set(group) <= set(history) or len(set(group)) != len(group):
        raise Miss(f"A group holds only items of the history {history}, each once; yours is {group}.")
    if not changes(B, history, group):
        raise Miss(f"The same item still stands first without your group {group} of the history {history}.")
    if len(group) > size:
        raise Miss(f"A smaller group does it, too: yours holds {len(group)}, and {size} would do (history {history}).")


@checks.test("smallest")
def _(smallest):
    """Two that stand in for each other:"""
    judge_smallest(smallest, model(_1_0=0.6, _3_0=0.6, _4_2=0.5), [1, 3, 4])


@checks.test("smallest")
def _(smallest):
    """The strongest piece speaks for the next one, too:"""
    judge_smallest(smallest, model(_1_0=0.9, _1_2=0.9, _3_0=0.4, _4_2=0.3, _4_0=0.1), [1, 3, 4])


@checks.test("smallest")
def _(smallest):
    """One item leads whatever goes:"""
    judge_smallest(smallest, model(_1_2=-0.6, _3_2=-0.1, _4_2=-0.5), [1, 3, 4])
    judge_smallest(smallest, model(_1_0=0.6), [1, 3])


@checks.test("smallest")
def _(smallest):
    """Sixty models with numbers made at random:"""
    rng = np.random.default_rng(4)
    for _ in range(60):
        B, size = rng.normal(size=(9, 9)), int(rng.integers(1, 6))
        judge_smallest(smallest, B, sorted(rng.permutation(9)[:size].tolist()))
