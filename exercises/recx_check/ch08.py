"""Checks of the exercises on rules."""

from __future__ import annotations

from contextlib import contextmanager

import numpy as np

from recx_check.core import Checks, Miss, expect, plain, same

checks = Checks()
check, require = checks.check, checks.require


@contextmanager
def saying(slips: dict[str, str]):
    """Let the hint of `slips` speak where the learner's code stops with an error that holds one of its keys."""
    try:
        yield
    except (TypeError, ValueError, IndexError) as error:
        for words, why in slips.items():
            if words in str(error):
                raise Miss(why) from error
        raise


@checks.value("saved")
def _(value):
    """The variance saved:"""
    share = "Each side counts with its share of the pairs, not with one half."
    known = [
        (0.2, "This is what is left within the sides; the question is what the cut saves."),
        (0.74 - (0.25 + 1 / 6) / 2, share),
        (0.25 * 1.5**2, share),
        (0.36, "The distance of the two means must be squared."),
        (1.5, "This is how far the means lie apart: square it, and multiply by n_L · n_R / n²."),
        (2.25, "How even is the split? Multiply by n_L · n_R / n²."),
        (0.54 / 0.74, "This is the share of the whole variance, the R²; the question is how much is saved."),
        (2.7, "How even the split is divides by n², not by n."),
        (13.5, "How even the split is divides by n²: the variance is a mean."),
        (0.575, "`ddof=1` divides by n − 1; here a variance is the mean of the squared distances."),
        (-0.54, "The sign is turned: a cut never adds to the variance within."),
    ]
    expect(value, 0.54, "How even is the split, times how different are the sides?", *known)


def cuts_of(x, y):
    """Return every threshold half way between neighbours and what is left within its two sides."""
    values = np.unique(x)
    cuts = (values[1:] + values[:-1]) / 2
    return cuts, np.array([sum(y[s].var() * s.mean() for s in (x <= c, x > c)) for c in cuts])


def judge_cut(search, x, y, *more):
    """Compare a search for the best cut with the right one, and with the wrong ones by their mistake."""
    cuts, within = cuts_of(x, y)
    best, worst = within.argmin(), within.argmax()
    saved = y.var() - within
    even = y.var() - np.array([(y[x <= c].var() + y[x > c].var()) / 2 for c in cuts])
    where, share = even.argmax(), "Weigh the variance of each side by its share of the pairs: one pair alone has none."
    bare = [np.mean(x <= c) * y[x <= c].var() for c in cuts], [np.mean(x > c) * y[x > c].var() for c in cuts]
    largest = "`max` gives the largest value; what is asked for is its place, `np.argmax`."
    with saying({"only integers": largest}):
        got = search(x.copy(), y.copy())
    if not isinstance(got, (tuple, list, np.ndarray)) or len(got) != 2:
        raise Miss("Return two numbers: the cut, and the variance that it saves.")
    values, half = np.unique(x), "Cut half way between the two neighbours, not at one of them."
    known = [
        *more,
        ((values[best], saved[best]), half),
        ((values[best + 1], saved[best]), half),
        ((cuts[best], within[best]), "Return what the cut saves, not what it leaves."),
        ((cuts[worst], within[worst]), "This is what is left at the worst cut; return what is saved at the best."),
        ((cuts[worst], saved[worst]), "That is the worst question: where is the most saved?"),
        ((cuts[where], even[where]), share),
        ((cuts[where], 2 * even[where] - y.var()), share),
        ((cuts[best], y.var() - len(y) * within[best]), "Weigh each side by its share of the pairs, not their number."),
        ((best, saved[best]), "You gave the place of the cut; give the cut itself."),
    ]
    known += [((cuts[k := int(np.argmin(part))], y.var() - part[k]), "Both sides count.") for part in bare]
    expect(got, (cuts[best], saved[best]), "Where is the least variance left within the two sides?", *known)


X6, Y6 = np.array([2.0, -1.0, 0.0, 3.0, 1.0, 4.0, -3.0]), np.array([4.0, 3.0, 3.5, 4.5, 4.25, 4.5, 1.0])
ONE = np.array([10.0, 15.0, 11.0, 12.0, 14.0, 13.0]), np.array([1.0, 4.5, 2.8, 3.2, 4.6, 4.4])


@checks.test("best_cut")
def _(search):
    """Six pairs, whose largest jump is the first:"""
    x, y = ONE
    saved = y.var() - cuts_of(x, y)[1][0]
    jump = "The largest jump is not the best cut: it parts one pair from the rest."
    judge_cut(search, x, y, ((10.5, saved), jump))


@checks.test("best_cut")
def _(search):
    """Thresholds lie half way:"""
    x, y = np.array([1.0, 2.0, 6.0, 7.0, 8.0]), np.array([1.0, 1.5, 4.0, 4.5, 5.0])
    judge_cut(search, x, y)


@checks.test("best_cut")
def _(search):
    """Pairs in any order:"""
    x, y = np.array([3.0, -1.0, 2.0, -2.0, 4.0]), np.array([4.5, 3.0, 4.0, 2.0, 5.0])
    order = "The pairs come in any order: neighbours are neighbours only once x is sorted."
    middle = (x[1:] + x[:-1]) / 2
    left = [sum(y[s].var() * s.mean() for s in (x <= c, x > c)) for c in middle]
    k = int(np.argmin(left))
    judge_cut(search, x, y, ((middle[k], y.var() - left[k]), order))


@checks.test("best_cut")
def _(search):
    """Several pairs with the same x:"""
    x, y = np.array([1.0, 1.0, 0.0, 1.0, 3.0]), np.array([2.0, 4.0, 1.5, 3.0, 5.0])
    cuts, within = cuts_of(x, y)
    twin = "Nothing can be cut between two equal values: the cut lies half way between two different ones."
    judge_cut(search, x, y, ((1.0, y.var() - within[1]), twin), ((1.0, y.var() - within[0]), twin))


@checks.test("best_cut")
def _(search):
    """Seven pairs:"""
    judge_cut(search, X6, Y6)


@checks.test("best_cut")
def _(search):
    """Values that lie close together, scores below zero:"""
    x = np.array([0.51, 0.52, 0.53, 0.54, 0.55, 0.56, 0.57, 0.58, 0.59])
    y = np.array([-4.0, -3.5, -3.0, 1.0, -3.25, 0.5, 1.5, 2.0, 0.75])
    stops = {"argmax of an empty": "Values that lie close together are still different values: do not round x."}
    positive = np.maximum(y, 0)
    cuts, within = cuts_of(x, positive)
    best = within.argmin()
    known = ((cuts[best], positive.var() - within[best]), "A score may lie below zero: take y as it is.")
    with saying(stops):
        judge_cut(search, x, y, known)


@checks.test("best_cut")
def _(search):
    """Two pairs, one cut:"""
    with saying({"empty": "Two pairs have one cut, half way between them."}):
        judge_cut(search, np.array([3.0, -1.0]), np.array([-2.0, -5.0]))


def judge_rule(simplify, path, want, *known):
    """Compare a simplified path, whatever the intervals are kept in."""
    got = simplify(list(path))
    if not isinstance(got, dict):
        raise Miss("Return a dict: {feature: (low, high)}.")
    if got.keys() != want.keys():
        raise Miss(f"Every feature that is asked about stands there once: {sorted(want)}; you have {sorted(got)}.")
    expect(got, want, "The tightest bound decides, from below and from above.", *known)


INF = float("inf")
SWAPPED = "The bound is lost: the tightest is the `max` for the lower end, the `min` for the upper one."


@checks.test("simplify")
def _(simplify):
    """One question:"""
    opened = "An end that nobody asked about is open: −inf below, inf above."
    exchanged = "The signs are exchanged: `>` bounds from below, `<=` from above."
    known = [({"weight": (0.0, high)}, opened) for high in (0.0, 0.5)] + [({"weight": (0.5, INF)}, exchanged)]
    known += [({"weight": (-INF, INF)}, SWAPPED)]
    judge_rule(simplify, [("weight", "<=", 0.5)], {"weight": (-INF, 0.5)}, *known)


@checks.test("simplify")
def _(simplify):
    """A bound below zero:"""
    opened = "An end that nobody asked about is open: −inf below, inf above."
    exchanged = "The signs are exchanged: `>` bounds from below, `<=` from above."
    known = [({"weight": (low, 0.0)}, opened) for low in (0.0, -1.5)] + [({"weight": (-INF, INF)}, SWAPPED)]
    known += [({"weight": (0.0, INF)}, opened), ({"weight": (-INF, -1.5)}, exchanged)]
    judge_rule(simplify, [("weight", ">", -1.5)], {"weight": (-1.5, INF)}, *known)


@checks.test("simplify")
def _(simplify):
    """One question from either side:"""
    lost = "You forgot what was known: a new question from above leaves the end below as it was."
    known = [({"weight": (-INF, 2.0)}, lost), ({"weight": (1.0, INF)}, lost)]
    judge_rule(simplify, [("weight", ">", 1.0), ("weight", "<=", 2.0)], {"weight": (1.0, 2.0)}, *known)


@checks.test("simplify")
def _(simplify):
    """Five questions about one feature, in any order:"""
    path = [("heft", sign, bound) for sign, bound in [(">", 1), ("<=", 5), (">", 2), ("<=", 9), (">", 0)]]
    known = [
        ({"heft": (0, 9)}, "The last question wins in your answer; all of them must hold, so the tightest does."),
        ({"heft": (0, 5)}, "From below, the largest bound is the tightest, wherever it stands."),
        ({"heft": (2, 9)}, "From above, the smallest bound is the tightest, wherever it stands."),
        ({"heft": (1, 5)}, "The first question wins in your answer; all of them must hold, so the tightest does."),
        ({"heft": (1, 9)}, "All questions must hold, so the tightest bound wins."),
        ({"heft": (-INF, INF)}, "Nothing is left of the bounds."),
        ({"heft": (0, INF)}, "You forgot what was known: keep the other end, and the tighter bound."),
    ]
    # Both the last questions and the loosest bounds are (0, 9); a second path tells these two mistakes apart.
    loose = simplify([("heft", ">", 1), ("heft", ">", 3), ("heft", "<=", 9), ("heft", "<=", 5)])
    if isinstance(loose, dict) and tuple(loose.get("heft", ())) == (1, 9):
        raise Miss("You kept the loosest bound (or the first); all questions must hold, so the tightest decides.")
    judge_rule(simplify, path, {"heft": (2, 5)}, *known)


@checks.test("simplify")
def _(simplify):
    """A bound at 0, and bounds far away:"""
    zero = (
        "The bound 0.0 is lost: 0 counts as false, so ask whether there is a bound (`is None`), not whether it is true."
    )
    known = [
        ({"a": (0.0, INF)}, zero),
        ({"a": (-INF, 0.0)}, zero),
        ({"a": (-INF, INF)}, zero),
        ({"a": (-1.0, 1.0)}, zero),
    ]
    known += [({"a": (-1.0, 0.0)}, zero), ({"a": (0.0, 1.0)}, zero)]
    for path in ([(">", 0.0), ("<=", 0.0)], [("<=", 0.0), (">", 0.0)]):  # empty, and yet it is what was asked
        judge_rule(simplify, [("a", *question) for question in path], {"a": (0.0, 0.0)}, *known)
    judge_rule(simplify, [("a", ">", 0.0), ("a", ">", -1.0), ("a", "<=", 1.0)], {"a": (0.0, 1.0)}, *known)
    judge_rule(simplify, [("a", "<=", 0.0), ("a", "<=", 1.0), ("a", ">", -1.0)], {"a": (-1.0, 0.0)}, *known)
    far = "A bound may lie anywhere: an open end is infinite, no large number."
    path = [("a", ">", 1e9), ("b", "<=", -1e9)]
    judge_rule(simplify, path, {"a": (1e9, INF), "b": (-INF, -1e9)}, *[])
    judge_rule(simplify, [("a", ">", -1e9)], {"a": (-1e9, INF)}, ({"a": (-INF, INF)}, far))
    for end in (100, 999, 1000, 1e6):
        judge_rule(simplify, [("a", ">", -end), ("a", "<=", end)], {"a": (-end, end)}, ({"a": (-INF, INF)}, far))


@checks.test("simplify")
def _(simplify):
    """Three features by turns:"""
    path = [("a", ">", 0.5), ("b", "<=", 1.0), ("a", ">", 1.0), ("c", "<=", -1.0), ("b", ">", -2.0), ("a", "<=", 3.0)]
    judge_rule(simplify, path, {"a": (1.0, 3.0), "b": (-2.0, 1.0), "c": (-INF, -1.0)})


@checks.test("simplify")
def _(simplify):
    """A path without questions:"""
    expect(simplify([]), {}, "A tree of one leaf asks nothing: the rule has no conditions.")


NAMES = "coverage", "precision", "lift", "fidelity"


def judge_figures(figures, covered, scores, value, at, tolerance):
    """Compare the four figures one by one, each with the mistakes that are made in it."""
    shown, near = scores >= at, np.abs(scores - value) <= tolerance
    precision, base = shown[covered].mean(), shown.mean()
    below = "is a share of the covered pairs: it is they that stand below the line."
    outside = "Lift compares with all pairs, not with the pairs outside the rule."
    above = shown & (scores > at)
    same = "A score of exactly `at` is shown, and a distance of exactly `tolerance` is agreement."
    mistakes = {
        "coverage": [
            (covered.sum(), "Coverage is a share of all pairs, not a count."),
            (base, "Coverage asks how often the rule applies, whatever the recommender shows."),
        ],
        "precision": [
            (covered[shown].mean(), "You divided by the pairs shown, which is recall: divide by the covered pairs."),
            ((covered & shown).mean(), "You divided by all pairs: below the line stand the covered ones only."),
            (base, "Precision looks at the covered pairs only."),
            ((covered & shown).sum(), "Precision is a share, not a count."),
            (above[covered].mean(), same),
        ],
        "lift": [
            (precision - base, "Lift is a quotient: how many *times* the share without the rule?"),
            (base / precision, "Lift is upside down: precision stands above the line."),
            (precision / shown[~covered].mean(), outside),
            (precision / covered.mean(), "Lift divides by the share *shown* among all pairs, not by the coverage."),
            (precision / (precision + shown[~covered].mean()), outside),
        ],
        "fidelity": [
            (near.mean(), "A rule speaks of its own pairs only: fidelity is measured on the covered ones."),
            ((near & covered).mean(), f"Fidelity {below}"),
            ((scores[covered] - value <= tolerance).mean(), "A score far below the value is no agreement: use np.abs."),
            ((np.abs(scores[covered] - value) < tolerance).mean(), same),
            (np.mean(np.abs(scores[covered] - at) <= tolerance), "Agreement is nearness to `value`, not to `at`."),
            (1 - near[covered].mean(), "Fidelity counts the pairs on which both agree, not the others."),
            (precision, "Fidelity asks for nearness to the value, not for being shown."),
        ],
    }  # fmt: skip
    want = covered.mean(), precision, precision / base, near[covered].mean()
    got = figures(covered.copy(), scores.copy(), value, at, tolerance)
    if not isinstance(got, (tuple, list, np.ndarray)) or len(got) != len(want):
        raise Miss(f"Return four numbers: {', '.join(NAMES)}.")
    for name, number, right in zip(NAMES, got, want, strict=True):
        expect(number, right, f"Look at the {name} again.", *mistakes[name])


@checks.test("figures")
def _(figures):
    """Ten pairs, four of them covered:"""
    covered = np.array([True, True, False, False, True, False, True, False, False, False])
    scores = np.array([4.1, 4.9, 3.0, 2.0, 3.9, 3.5, 2.5, 4.2, 1.0, 2.2])
    judge_figures(figures, covered, scores, 3.85, 4.0, 0.3)


@checks.test("figures")
def _(figures):
    """Scores exactly at the thresholds:"""
    covered = np.array([True, True, True, False, False, False, False])
    scores = np.array([3.5, 4.0, 2.0, 3.5, 1.0, 2.0, 2.5])
    judge_figures(figures, covered, scores, 3.75, 3.5, 0.25)


@checks.test("figures")
def _(figures):
    """A rule that covers everything:"""
    covered, scores = np.ones(5, bool), np.array([4.5, 4.0, 3.0, 3.5, 2.0])
    got = figures(covered, scores, 3.4, 4.0, 0.5)
    expect(got, (1.0, 0.4, 1.0, 0.4), "A rule about everything has coverage 1 and lift 1: it tells nothing.")


@checks.test("figures")
def _(figures):
    """A rule that is worse than none:"""
    covered = np.array([False, True, True, True, True, False])
    scores = np.array([5.0, 4.0, 3.0, 1.5, 2.0, 4.5])
    judge_figures(figures, covered, scores, 2.5, 4.0, 0.5)


@checks.test("figures")
def _(figures):
    """A threshold between two whole numbers, and a tolerance of 0:"""
    covered = np.array([True, True, True, False, False, True])
    scores = np.array([3.75, 4.0, 3.0, 3.75, 3.0, 3.25])
    got = figures(covered.copy(), scores.copy(), 4.0, 3.5, 0.0)
    cut_off = (scores >= 3)[covered].mean()
    expect(got[1], 0.5, "The share of the covered pairs that are shown.", (cut_off, "Take `at` as it is given, 3.5."))
    nearly = np.mean(np.abs(scores[covered] - 4.0) <= 0.5)
    exact = "With a tolerance of 0 only a score of exactly the value agrees: 0 is a tolerance, take it as it is."
    expect(got[3], 0.25, exact, (nearly, exact))
    expect(got, (4 / 6, 0.5, 1.0, 0.25), "Four figures.")


def r_squared(guess, actual):
    """Return the share of the variance of `actual` that is accounted for."""
    return 1 - np.mean((actual - guess) ** 2) / actual.var()


def judge_fidelity(fidelity, x, ratings, scores, fit):
    """Compare a fidelity with the right one, and with the wrong ones by what was fitted and what was asked."""

    def of(target, known, judged, asked):
        low, high = (target[known & side].mean() for side in (x <= 0, x > 0))
        return np.where(x > 0, high, low)[asked], judged[asked]

    every = np.ones(len(x), bool)
    guess, held = of(scores, fit, scores, ~fit)
    unread = "The model's scores are not even read: this says how well a question predicts ratings."
    self_made = "You judged it on the very pairs that it was fitted to: ask the others, `~fit`."
    leak = "You fitted it to all pairs, so the held-out pairs are in the means: fit to `fit` only."
    turned = "The masks are exchanged: fit to `fit`, and judge on the others."
    to_ratings = "You fitted it to the ratings: a rule about the model is fitted to the model's scores."
    by_ratings = "You judged it by the ratings: fidelity is being true to the model, so compare with its scores."
    told = "Fidelity is no correlation, and the held-out pairs may not help the rule: wrong stars must cost something."
    spread = "Divide by the variance of the held-out scores, the same pairs as above the line."
    error = np.mean((held - guess) ** 2)
    known = [(r_squared(*of(ratings, a, ratings, b)), unread) for a in (every, fit, ~fit) for b in (every, fit, ~fit)]
    known += [(r_squared(*of(ratings, a, scores, b)), to_ratings) for a in (every, fit) for b in (every, fit, ~fit)]
    known += [(r_squared(*of(scores, a, ratings, b)), by_ratings) for a in (every, fit) for b in (every, fit, ~fit)]
    known += [
        (r_squared(*of(scores, fit, scores, fit)), self_made),
        (r_squared(*of(scores, fit, scores, every)), self_made),
        (r_squared(*of(scores, every, scores, every)), self_made),
        (r_squared(*of(scores, every, scores, ~fit)), leak),
        (r_squared(*of(scores, ~fit, scores, fit)), turned),
        (np.corrcoef(guess, held)[0, 1] ** 2, told),
        (np.corrcoef(guess, held)[0, 1], told),
        (1 - error / scores.var(), spread),
        (1 - error / scores[fit].var(), spread),
        (error, "This is the mean squared error; R² is 1 − that error / the variance of the held-out scores."),
        (error / held.var(), "This share is *not* accounted for: R² is 1 less it."),
    ]
    got = fidelity(x.copy(), ratings.copy(), scores.copy(), fit.copy())
    expect(got, r_squared(guess, held), "1 − error² / variance, on the scores not in `fit`.", *known)


MATCH = np.array([-2.0, 1.0, -0.5, 2.0, 1.5, -1.0, 0.5, -1.5])
STARS = np.array([1.0, 5.0, 3.0, 4.0, 4.0, 2.0, 3.0, 4.0])
SCORES = np.array([2.0, 4.5, 3.25, 3.75, 3.0, 2.5, 4.75, 2.75])
FIT = np.array([True, True, True, False, True, False, False, False])


@checks.test("fidelity")
def _(fidelity):
    """Four pairs to fit, four held out:"""
    judge_fidelity(fidelity, MATCH, STARS, SCORES, FIT)


@checks.test("fidelity")
def _(fidelity):
    """Five pairs to fit, three held out:"""
    judge_fidelity(fidelity, MATCH, STARS, SCORES[::-1], np.arange(8) < 5)


@checks.test("fidelity")
def _(fidelity):
    """A match of exactly 0 lies on the left:"""
    x = np.array([0.0, 1.0, -1.0, 2.0, 0.0, 3.0, -2.0])
    y = np.array([1.0, 4.0, 2.0, 4.5, 1.25, 5.0, 3.0])
    judge_fidelity(fidelity, x, y[::-1].copy(), y, np.arange(7) < 4)


@checks.test("fidelity")
def _(fidelity):
    """A model that says the opposite of what customers say:"""
    got = fidelity(MATCH, 6 - SCORES, SCORES, FIT)
    low, high = (SCORES[FIT & side].mean() for side in (MATCH <= 0, MATCH > 0))
    want = r_squared(np.where(MATCH > 0, high, low)[~FIT], SCORES[~FIT])
    expect(got, want, "Whatever the ratings say, a rule about the model follows its scores.")


SLIPS = {
    "bitwise_and": "Put `item == product` in brackets: `&` binds tighter than `==`.",
    "ambiguous": "`and` is for two single truths; `&` joins True and False pair by pair.",
    "boolean ind": "`known` needs one entry for every pair: compare the whole `item`, and join with `&`.",
}


def judge_floor(floor, item, scores, fit):
    """Compare a floor with the right one, and with the wrong ones by their mistake."""
    held, overall = scores[~fit], scores[fit].mean()

    def says(known, unknown):
        means = [scores[known & (item == product)] for product in item[~fit]]
        return r_squared(np.array([part.mean() if len(part) else unknown for part in means]), held)

    def of(middle):
        means = [scores[fit & (item == product)] for product in item[~fit]]
        return r_squared(np.array([middle(part) if len(part) else overall for part in means]), held)

    every, same_thing = np.ones(len(item), bool), fit & (item == item[~fit][-1])
    last = scores[same_thing].mean() if same_thing.any() else overall
    with saying(SLIPS):
        got = floor(item.copy(), scores.copy(), fit.copy())
    if np.shape(got) == () and got is not ... and got is not None and np.isnan(got):
        raise Miss("A NaN: a product that is not in `fit` has the mean of nothing; say the overall mean of `fit`.")
    leak = "The product's mean holds the very scores that are asked for: take pairs in `fit` only."
    known = [
        (says(every, overall), leak),
        (says(~fit, overall), leak),
        (says(fit, scores.mean()), "The held-out scores are in the overall mean: take it over `fit` only."),
        (says(fit, held.mean()), "The held-out scores are in the overall mean: take it over `fit` only."),
        (says(fit, 0.0), "Nothing known is not a score of 0: say the overall mean of `fit`."),
        (r_squared(overall, held), "One number for everything knows not even the product: each has its own mean."),
        (of(np.median), "Take the mean of a product's scores, not their median: the floor is a line of means."),
        (of(lambda part: (part.min() + part.max()) / 2), "Half way between the lowest and the highest is no mean."),
        (of(lambda part: part[-1]), "A product's last score is one of them: take the mean of all in `fit`."),
        (r_squared(last, held), "Only the last pair's mean is left, said of all: keep one for each held-out pair."),
        (r_squared(np.zeros(len(held)), held), "Each product has a mean of its own among the pairs in `fit`."),
    ]
    expect(got, says(fit, overall), "Each held-out pair gets its product's mean score in `fit`.", *known)


THINGS = np.array(["tent", "mat", "tent", "bag", "mat", "bag", "tent", "bag", "mat", "tent"])
WORTH = np.array([4.5, 2.0, 4.0, 3.0, 2.5, 3.75, 4.25, 3.5, 2.75, 5.0])


@checks.test("floor_r2")
def _(floor):
    """Six pairs to learn from, four held out, every product known:"""
    judge_floor(floor, THINGS, WORTH, np.arange(10) < 6)


@checks.test("floor_r2")
def _(floor):
    """A product that is not among the pairs in `fit`:"""
    judge_floor(floor, THINGS[::-1], WORTH[::-1], np.isin(THINGS[::-1], ["tent", "bag"]) & (np.arange(10) % 4 < 2))


@checks.test("floor_r2")
def _(floor):
    """Products that go by numbers:"""
    judge_floor(floor, np.array([7, 0, 7, 3, 0, 7, 9]), WORTH[:7], np.array([1, 1, 0, 1, 0, 1, 0], bool))


@checks.test("floor_r2")
def _(floor):
    """Four unequal scores of one product, three of another, one of a third:"""
    item = np.array(["tent", "mat", "tent", "bag", "tent", "mat", "tent", "mat", "tent", "mat", "bag", "lamp"])
    scores = np.array([1.0, 2.0, 4.5, 3.25, 4.75, 2.25, 5.0, 4.0, 3.5, 2.5, 3.0, 4.0])
    judge_floor(floor, item, scores, np.arange(12) < 8)


@checks.test("floor_r2")
def _(floor):
    """Scores that depend on the product alone:"""
    scores = np.array([{"tent": 4.5, "mat": 2.0, "bag": 3.0}[name] for name in THINGS])
    expect(floor(THINGS, scores, np.arange(10) < 5), 1.0, "One number per product must account for all of it.")


IN = np.array([[0.5, -1.0, 0.3], [1.0, 0.2, -0.4], [0.0, 0.7, 1.2], [-0.6, 0.1, 0.8]])
SHIFT, OUT = np.array([0.2, -0.5, 0.1]), np.array([[1.0], [-0.8], [0.5]])
CLOSE = 2e-3  # so near to the slopes comes a step of 0.001 to one side


def judge_slopes(slopes, x, W1, b, W2):
    """Compare the slopes with the right ones, and with the wrong ones by their mistake."""
    z = x @ W1 + b
    h = np.tanh(z)
    want = W1 @ ((1 - h**2) * W2[:, 0])
    no_b = np.tanh(x @ W1)
    known = [
        (W1[0], "This is feature 0, as each hidden unit sees it: one number per hidden unit. Each feature needs one."),
        (W2[:, 0], "These are the hidden units' weights; a feature has none in the last layer."),
        *((W1[:, k], "This is what one hidden unit makes of the features; all count.") for k in range(len(b))),
        ((W1 @ W2)[:, 0], "The tanh is missing: a unit that is saturated passes hardly anything on."),
        (W1.sum(axis=1), "The units do not count alike: W2 says how much, and tanh how fast each moves."),
        (W1 @ ((1 - no_b**2) * W2[:, 0]), "The bias is missing: b shifts every unit along its tanh."),
        (x * want, "This is gradient × input, what a feature contributes; the question is how fast the score changes."),
        (W1 @ (h * W2[:, 0]), "The tanh itself stands there; its slope is 1 − tanh²."),
        (W1 @ ((1 - h) * W2[:, 0]), "The slope of tanh(z) is 1 − tanh(z)²: the square is missing."),
        (W1 @ ((1 - z**2) * W2[:, 0]), "The slope of tanh(z) is 1 − tanh(z)², not 1 − z²: the tanh is missing."),
        (W1 @ (1 - h**2), "The second layer is missing: weigh each unit by W2."),
        (np.abs(want), "Keep the sign: a feature may pull the score down."),
    ]  # fmt: skip
    nearly = "Nearly: the step is too long, or to one side only. Take a shorter one to both sides, or the formula."
    got = slopes(x.copy(), W1.copy(), b.copy(), W2.copy())
    if np.shape(got) != np.shape(want) and same(np.ravel(got), want, CLOSE):
        raise Miss("Right, in the wrong shape: one number per feature is (m,).")
    if same(got, want, 0.1) and not same(got, want, CLOSE):
        raise Miss(nearly)
    hint = "Along row j of W1, through the slope of each unit's tanh at x, then along W2; add up the units."
    expect(got, want, hint, *known, tol=CLOSE)


@checks.test("slopes")
def _(slopes):
    """Four features, three hidden units:"""
    judge_slopes(slopes, np.array([1.0, -0.5, 0.4, 2.0]), IN, SHIFT, OUT)


@checks.test("slopes")
def _(slopes):
    """Two features, three hidden units:"""
    judge_slopes(slopes, np.array([-0.3, 0.8]), IN[:2], -SHIFT, OUT)


@checks.test("slopes")
def _(slopes):
    """At x = 0:"""
    judge_slopes(slopes, np.zeros(4), IN, SHIFT, OUT)


@checks.test("slopes")
def _(slopes):
    """Moving each feature a little:"""
    x = np.array([0.2, 0.1, -0.7, 0.5])
    score = [((np.tanh((x + step) @ IN + SHIFT) @ OUT)[0]) for step in (*np.eye(4) * 1e-5, *np.eye(4) * -1e-5)]
    moved = (np.array(score[:4]) - np.array(score[4:])) / 2e-5
    expect(slopes(x.copy(), IN, SHIFT, OUT), moved, "The score moves by something else.", tol=CLOSE)


def curved(x):
    """The score of a small model in which features 0 and 2 work together."""
    return 3.0 + 0.5 * x[0] * x[2] - 0.4 * x[1] + 0.25 * x[3] ** 2


def judge_lies(lies, path, model, x, mean, want, *known):
    """Compare a verdict with the right one, and with wrong ones (columns, or all of it); see that x is what it was."""
    mine = x.copy()
    got = lies(list(path), model, mine, mean.copy())
    if not np.array_equal(mine, x):
        raise Miss("You changed x: put the feature at its average in a copy.")
    if not isinstance(got, dict):
        raise Miss("Return a dict: {column: (raised, fell)}.")
    for wrong, why in known:
        if same(got, wrong) if isinstance(wrong, dict) else got.keys() == wrong:
            raise Miss(why)
    if got.keys() != want.keys():
        raise Miss(f"The columns that lie here are {sorted(want)}; you have {sorted(got)}.")
    expect(got, want, "raised: summed over the column's questions; fell: with the feature less without it.")


PAIR, USUAL = np.array([1.0, 2.0, 2.0, -1.0]), np.array([0.0, 1.0, 0.5, -1.0])
TURNED = "You took the fall the other way round: it is the score with the feature less the one without."
TWICE = "A feature may be asked about twice: add up what its questions have raised."
TOGETHER = "One at a time: put the first feature back before you take the next one away."


@checks.test("lies")
def _(lies):
    """Averages that are not 0:"""
    x, mean = np.array([1.0, 2.0]), np.array([3.0, 1.0])
    zero = "You put it at 0; the average of a feature may be elsewhere."
    path, known = [(0, 3.0, 3.5), (1, 3.5, 4.0)], [(set(), zero), ({0, 1}, TOGETHER), ({1}, TURNED)]
    judge_lies(lies, path, lambda x: x[0] + x[1], x, mean, {0: (0.5, -2.0)}, *known)


@checks.test("lies")
def _(lies):
    """A feature that the model holds against the pair:"""
    path = [(0, 3.0, 3.5), (1, 3.5, 4.5), (2, 4.5, 5.0)]
    want = {1: (1.0, -0.4)}
    judge_lies(lies, path, curved, PAIR, USUAL, want, ({0, 2}, TURNED))


@checks.test("lies")
def _(lies):
    """The data of the statement:"""
    path = [(0, 3.5, 4.0), (1, 4.0, 4.2), (1, 4.2, 4.5), (2, 4.5, 4.4)]
    x, mean = np.array([1.0, 2.0, -1.0]), np.array([0.0, 1.0, 0.0])
    against = "Column 2's question lowered the mean: a reason against is not on trial."
    known = [({1, 2}, against), ({1: (0.3, -0.5)}, TWICE), ({1: (0.2, -0.5)}, TWICE)]
    judge_lies(lies, path, lambda x: 3.5 + x[0] - 0.5 * x[1] + 0.2 * x[2], x, mean, {1: (0.5, -0.5)}, *known)


@checks.test("lies")
def _(lies):
    """A feature asked about twice:"""
    minus = "A question that lowers the mean counts too, with its minus sign."
    path = [(1, 3.0, 3.5), (0, 3.5, 3.75), (1, 3.75, 3.625)]
    counted = [({1: (by, -0.4)}, minus) for by in (0.5, 0.625)]
    judge_lies(lies, path, curved, PAIR, USUAL, {1: (0.375, -0.4)}, (set(), TWICE), *counted)


@checks.test("lies")
def _(lies):
    """A feature asked about twice, to no effect in the end:"""
    path = [(1, 3.0, 3.5), (0, 3.5, 4.0), (1, 4.0, 3.5)]
    none = "A sum of 0 is no reason: it is not on trial."
    judge_lies(lies, path, curved, PAIR, USUAL, {}, ({1}, none))


@checks.test("lies")
def _(lies):
    """A feature that the rule holds against the pair:"""
    against = "A reason against is not on trial here: take only columns that have raised the mean."
    path = [(0, 3.0, 2.5), (1, 2.5, 3.5)]
    judge_lies(lies, path, curved, PAIR, USUAL, {1: (1.0, -0.4)}, ({0, 1}, against), ({0}, against))


@checks.test("lies")
def _(lies):
    """A feature that the rule holds against the pair, and the model, too:"""
    against = "A reason against is not on trial here: take only columns that have raised the mean."
    judge_lies(lies, [(1, 3.0, 2.5), (0, 2.5, 3.5)], curved, PAIR, USUAL, {}, ({1}, against))


@checks.test("lies")
def _(lies):
    """A feature that is average anyway:"""
    still = "A cited feature that does not move the score at all is no reason either: it lies with a fall of 0."
    judge_lies(lies, [(3, 3.0, 4.0)], curved, PAIR, USUAL, {3: (1.0, 0.0)}, (set(), still))


@checks.test("lies")
def _(lies):
    """Two features that work together:"""
    x, mean = np.array([2.0, 0.0, 1.0]), np.array([0.0, 0.0, 0.0])
    path = [(0, 3.0, 3.5), (2, 3.5, 4.0)]
    judge_lies(lies, path, lambda x: x[0] * x[2], x, mean, {}, ({2}, TOGETHER), ({0, 2}, TURNED))


@checks.test("lies")
def _(lies):
    """A rule without conditions:"""
    expect(lies([], curved, PAIR.copy(), USUAL), {}, "Where nothing is said, nothing lies.")


@checks.test("lies")
def _(lies):
    """Averages below zero, and a feature that raised the mean by a hundredth:"""
    x, mean = np.array([-2.0, -0.5, -1.0, 0.25]), np.array([-1.5, -2.5, -1.0, 0.5])
    path = [(0, 3.0, 3.01), (1, 3.01, 3.5), (3, 3.5, 3.75)]
    little = "A reason is a reason, however little it raised the mean: everything above 0 is on trial."
    zero = "An average may lie below zero: put the feature at `mean[column]` as it is."
    want = {0: (0.01, -0.5), 3: (0.25, -0.25)}
    judge_lies(lies, path, lambda z: z.sum(), x, mean, want, ({3}, little), ({0, 1, 3}, zero), ({1, 0}, zero))


# The open task: any answer passes that does what is asked, so each is tried, not compared


def mask_of(X, question):
    """Return where a question holds; say what is no question."""
    if not isinstance(question, (tuple, list)) or len(question) != 3 or question[1] not in (">", "<="):
        raise Miss(f'A question is (column, ">" or "<=", bound); one of yours is {question!r}.')
    column, sign, bound = question
    if not 0 <= int(column) < X.shape[1]:
        raise Miss(f"There is no column {column}: they go from 0 to {X.shape[1] - 1}.")
    return X[:, int(column)] > bound if sign == ">" else X[:, int(column)] <= bound


def widest(X, shown, want):
    """Return how many pairs the widest rule of one or two questions covers that is precise enough; 0 if none is."""
    masks = [mask_of(X, (j, sign, bound)) for j in range(X.shape[1]) for bound in X[:, j] for sign in (">", "<=")]
    masks = np.unique(np.array(masks), axis=0)
    both = masks[:, None] & masks[None]
    sizes, hits = both.sum(axis=-1), (both & shown).sum(axis=-1)
    return int(sizes[(sizes > 0) & (hits >= want * sizes - 1e-12)].max(initial=0))


def judge_short(short_rule, X, shown, want):
    """Look at how precise a rule is and how much it covers, whichever it is."""
    got, most = short_rule(X.copy(), shown.copy(), want), widest(X, shown, want)
    if got is ...:
        expect(got, 0, "A list of questions is wanted.")
    if got is None:
        if most:
            raise Miss(f"None is not the answer: two questions together reach the precision {want}, on {most} pairs.")
        return
    if not isinstance(got, (list, tuple)) or not 0 < len(got) <= 2:
        raise Miss(f"A short rule has one or two questions, in a list; yours is {got!r}"[:180] + ".")
    covered = np.all([mask_of(X, question) for question in got], axis=0)
    if not covered.any():
        raise Miss("Your rule covers no pair at all.")
    precision = shown[covered].mean()
    if precision < want - 1e-12:
        here = f"Your rule {plain(got)} has a precision of {precision:.2f}, at least {want} is wanted"
        raise Miss(f"{here}: precision is the share of the covered pairs that are shown.")
    if covered.sum() < most:
        raise Miss(
            f"Your rule {plain(got)} is precise, but it covers {covered.sum()} pairs, and {most} can be covered."
        )


@checks.test("short_rule")
def _(short_rule):
    """The eight pairs of the notebook:"""
    X = np.array([[1, 1], [2, 3], [3, 2], [1, -1], [2, -2], [-1, 1], [-2, 2], [-1, -1]], dtype=float)
    judge_short(short_rule, X, np.arange(8) < 3, 1.0)


@checks.test("short_rule")
def _(short_rule):
    """A rule between two bounds of one column, and one question that is enough:"""
    X = np.array([[1.0], [2.0], [3.0], [4.0], [5.0], [6.0]])
    judge_short(short_rule, X, np.array([0, 0, 1, 1, 1, 0], bool), 1.0)
    judge_short(short_rule, X, np.array([0, 0, 1, 1, 1, 1], bool), 0.9)
    judge_short(short_rule, X, np.array([0, 1, 1, 1, 0, 1], bool), 0.6)  # where all pairs together are precise enough


@checks.test("short_rule")
def _(short_rule):
    """No rule is precise enough:"""
    judge_short(
        short_rule, np.array([[1.0, 2.0], [1.0, 2.0], [2.0, 1.0], [2.0, 1.0]]), np.array([1, 0, 1, 0], bool), 0.75
    )


@checks.test("short_rule")
def _(short_rule):
    """Ten tables made at random, fourteen pairs, three columns:"""
    rng = np.random.default_rng(14)
    for n in range(10):
        X = rng.integers(-3, 4, (14, 3)) / 2
        shown = X @ rng.normal(size=3) + rng.normal(size=14) * 0.5 > 0.3
        judge_short(short_rule, X, shown, (0.6, 0.8, 1.0)[n % 3])
