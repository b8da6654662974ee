"""Checks of the exercises on matrix factorization."""

from __future__ import annotations

import numpy as np

from recx_check.core import Checks, Miss, expect

checks = Checks()
check, require = checks.check, checks.require
nan = np.nan


@checks.value("predicted")
def _(value):
    """The predicted rating:"""
    products = np.array([0.6, -0.4])
    known = [
        (3.7, "The biases are missing: Ann's −0.2 and the tent's +0.4 are part of the score."),
        (3.7 + products, "You have one product per factor; a score is one number: sum them, or use `p @ q`."),
        (4.7, "Mind the sign of Ann's second factor: it is negative."),
    ]
    expect(value, 3.9, "Add the mean, both biases and p·q.", *known)


TABLE = np.array([[5, 3], [3, nan], [2, 1], [4, 4]])


@checks.test("item_bias")
def _(bias):
    """On a table with four users and two items:"""
    mean, want = np.nanmean(TABLE), np.nanmean(TABLE, axis=0) - np.nanmean(TABLE)
    got = bias(TABLE.copy())
    if np.isnan(np.asarray(got, dtype=float)).any():
        raise Miss("A NaN is left: a plain mean over a hole is a hole; use np.nanmean.")
    columns, rows = np.nanmean(TABLE, axis=0), np.nanmean(TABLE, axis=1)
    rated = "The overall mean is over all ratings seen, not over the columns' means: columns hold unequally many."
    known = [
        (rows - mean, "You gave one number per user: items are columns, so average over axis 0."),
        (np.nan_to_num(TABLE).mean(axis=0) - mean, "Holes are not ratings: you counted them as ratings of 0."),
        (columns - columns.mean(), rated),
        (
            np.nanmean(TABLE - rows[:, None], axis=0),
            "Do not subtract the users' biases: an item's mean is all that counts.",
        ),
        (columns, "A bias is a distance from the overall mean: subtract that."),
        (-want, "The sign is turned: a well-liked item has a positive bias."),
    ]
    expect(got, want, "Average each column over what was seen, less the overall mean.", *known)


@checks.test("item_bias")
def _(bias):
    """On a full table:"""
    full = np.array([[1.0, 2.0, 6.0]])
    expect(bias(full), np.array([-2.0, -1.0, 3.0]), "With one user, each rating less the mean is the item's bias.")


@checks.test("item_bias")
def _(bias):
    """Ratings of 0 and below, as distances from a mean are:"""
    table = np.array([[0.0, 1.5], [nan, -0.5], [0.0, 2.0], [-1.5, 0.0]])
    why = "A rating of 0 is a rating: only NaN is a hole."
    holes = np.where(table == 0, nan, table)
    known = [(np.nanmean(holes, axis=0) - np.nanmean(holes), why), (np.nanmean(holes, axis=0) - np.nanmean(table), why)]
    expect(bias(table.copy()), np.nanmean(table, axis=0) - np.nanmean(table), why, *known)


MOVE = "Add lr·(e·q − reg·p) to p and lr·(e·p − reg·q) to q, where e = r − mu − p·q."


def steps(p, q, mu, r, lr, reg):
    """Return the right step, and the wrong ones by the mistake that leads to them."""
    e = r - mu - p @ q
    new_p, new_q = p + lr * (e * q - reg * p), q + lr * (e * p - reg * q)
    far, each = r - p @ q, r - mu - p * q
    twice = "A factor of 2 too much: the ½ in front of the square cancels the 2 of the derivative."
    known = [
        ((new_p, q + lr * (e * new_p - reg * q)), "You moved q by the new p: take both slopes first, then move."),
        ((p + lr * (e * new_q - reg * p), new_q), "You moved p by the new q: take both slopes first, then move."),
        ((2 * p - new_p, 2 * q - new_q), "You walked uphill: go against the slope, with e = r − prediction."),
        ((p + lr * (e * p - reg * p), q + lr * (e * q - reg * q)), "Not by itself: each is moved by the other."),
        ((p + lr * (e * q + reg * p), q + lr * (e * p + reg * q)), "reg: regularisation pulls towards zero."),
        ((p + lr * e * q, q + lr * e * p), "The regularisation is missing."),
        ((p + lr * (far * q - reg * p), q + lr * (far * p - reg * q)), "The mean is missing from the prediction."),
        ((2 * new_p - p, 2 * new_q - q), twice),
        ((new_p + lr * e * q, new_q + lr * e * p), twice),
        ((new_q, new_p), "Your numbers are right and exchanged: return p first, then q."),
        ((p + lr * e * q - reg * p, q + lr * e * p - reg * q), "lr multiplies the whole slope, reg's pull too."),
        ((p + lr * (each * q - reg * p), q + lr * (each * p - reg * q)), "e is one number: `p @ q`, not `p * q`."),
    ]  # fmt: skip
    return (new_p, new_q), known


@checks.test("sgd_step")
def _(step):
    """One factor, no regularisation:"""
    want, known = steps(np.array([0.5]), np.array([0.4]), 3.0, 4.0, 0.1, 0.0)
    expect(step(np.array([0.5]), np.array([0.4]), 3.0, 4.0, 0.1, 0.0), want, MOVE, *known)


@checks.test("sgd_step")
def _(step):
    """Two factors, with regularisation:"""
    p, q = np.array([1.0, -0.5]), np.array([0.3, 2.0])
    want, known = steps(p, q, 3.5, 2.0, 0.2, 0.5)
    expect(step(p.copy(), q.copy(), 3.5, 2.0, 0.2, 0.5), want, MOVE, *known)


@checks.test("sgd_step")
def _(step):
    """With a learning rate of 0 nothing may move:"""
    p, q = np.array([1.0, 2.0]), np.array([3.0, 4.0])
    expect(step(p.copy(), q.copy(), 3.0, 5.0, 0.0, 0.1), (p, q), "Everything that is added must be multiplied by lr.")


@checks.test("sgd_step")
def _(step):
    """An error of many stars, above and below:"""
    p, q = np.array([1.0, -0.5, 0.25]), np.array([-0.3, 2.0, 0.0])
    for mu, r in ((0.0, 10.0), (8.0, 0.0)):
        want, known = steps(p, q, mu, r, 0.05, 0.3)
        expect(
            step(p.copy(), q.copy(), mu, r, 0.05, 0.3), want, f"The error counts as high as it is given. {MOVE}", *known
        )


DATA = np.array([[1.0, 0.0], [1.0, 1.0], [2.0, 1.0]]), np.array([3.0, 3.0, 4.5])


def descents(theta, X, y, lr):
    """Return the right step, and the wrong ones by the mistake that leads to them."""
    e = X @ theta - y
    slope = X.T @ e / len(y)
    known = [
        (X - lr * e[:, None] * theta / len(y), "You changed the data: customers are given, θ is what moves."),
        (theta + lr * slope, "You walked uphill: subtract the slope."),
        (theta - lr * X.T @ e, "It is the mean of the squares, without a penalty: divide by the number of ratings."),
        (theta - 2 * lr * slope, "The ½ in front cancels the 2 of the derivative."),
        (slope, "That is the slope, not the new θ: return θ − lr·slope."),
        (-lr * slope, "That is the step alone: add it to θ."),
    ]
    penalties = [theta - lr * (slope + reg * theta) for reg in (0.01, 0.1, 0.5, 1.0)]
    return theta - lr * slope, known + [(moved, "There is no penalty in this cost.") for moved in penalties]


@checks.test("descend")
def _(step):
    """One step from θ = 0:"""
    want, known = descents(np.zeros(2), *DATA, 0.1)
    expect(step(np.zeros(2), *DATA, 0.1), want, "The slope is Xᵀ(Xθ − y) / n.", *known)


@checks.test("descend")
def _(step):
    """One step from θ = (1, −2):"""
    theta = np.array([1.0, -2.0])
    want, known = descents(theta, *DATA, 0.3)
    expect(step(theta.copy(), *DATA, 0.3), want, "The slope is Xᵀ(Xθ − y) / n.", *known)


@checks.test("descend")
def _(step):
    """What is given stays as it was:"""
    theta, X, y = np.array([1.0, -2.0]), *(part.copy() for part in DATA)
    step(theta, X, y, 0.3)
    expect((X, y), DATA, "You changed the data in place: customers are given.")
    expect(theta, np.array([1.0, -2.0]), "Return a new array: `-=` changes the caller's θ as well.")


@checks.test("descend")
def _(step):
    """After 500 steps:"""
    theta = np.zeros(2)
    for _ in range(500):
        theta = step(theta, *DATA, 0.5)
    expect(theta, np.linalg.lstsq(*DATA, rcond=None)[0], "θ should have come to the least squares solution.", tol=1e-4)


@checks.test("descend")
def _(step):
    """Seven ratings, four features:"""
    rng = np.random.default_rng(2)
    X, y, theta = rng.normal(size=(7, 4)), rng.normal(size=7), rng.normal(size=4)
    want, known = descents(theta, X, y, 0.2)
    few = [(descents(theta, X[:n], y[:n], 0.2)[0], "Every row counts, not only the first few.") for n in (1, 2, 3)]
    expect(step(theta.copy(), X.copy(), y.copy(), 0.2), want, "Every row counts: Xᵀ(Xθ − y) / n.", *known, *few)
    want, known = descents(theta, X[:1], y[:1], 0.2)
    expect(step(theta.copy(), X[:1].copy(), y[:1].copy(), 0.2), want, "One rating is enough for a step.", *known)


TASTES = np.array([[1.0, 0.5], [0.5, 1.0], [-1.0, 1.0], [2.0, 0.5]])
QUALITIES = np.array([[1.0, 2.0], [0.5, -1.0], [1.0, 1.0], [-1.0, 1.0]])


def ridge_of(X, y, reg):
    """Return the ridge weights."""
    return np.linalg.solve(X.T @ X + reg * np.eye(X.shape[1]), X.T @ y)


def fits(y, reg):
    """Return the right weights of the matches, and the wrong ones by the mistake that leads to them."""
    X = TASTES * QUALITIES
    article = np.linalg.lstsq(TASTES, QUALITIES, rcond=None)[0]
    centred, plainly = X - X.mean(axis=0), "Take the matches as they are: no centring and no scaling is asked for here."
    lost = "The ratings are not in it: this predicts qualities from tastes. Predict y."
    known = [
        (article, lost),
        (article[0], lost),
        (article[:, 0], lost),
        (ridge_of(TASTES, y, reg), "You used tastes alone: a match is taste times quality, column by column."),
        (ridge_of(QUALITIES, y, reg), "You used qualities alone: a match is taste times quality, column by column."),
        (np.linalg.solve(X.T @ X + reg, X.T @ y), "The penalty belongs only on the diagonal: reg times the identity."),
        (np.linalg.lstsq(X, y, rcond=None)[0], "The penalty is missing."),
        (ridge_of(X, y, reg * len(y)), "The penalty is `reg` as it is given, not times the number of ratings."),
        (ridge_of(centred, y, reg), plainly),
        (ridge_of(centred / X.std(axis=0), y, reg), plainly),
    ]
    return ridge_of(X, y, reg), known


@checks.test("match_weights")
def _(fit):
    """Four ratings, two aspects, with a penalty:"""
    y = np.array([1.0, -1.0, 0.5, 2.0])
    want, known = fits(y, 2.0)
    try:
        got = fit(TASTES.copy(), QUALITIES.copy(), y, 2.0)
    except ValueError as error:
        hint = "the penalty is reg * np.eye(m) for m aspects."
        raise Miss(f"The shapes do not fit ({str(error).strip()}): {hint}") from error
    if np.shape(got) == y.shape:
        raise Miss("You have one number per rating, so a sum ran along the wrong axis; there is one weight per aspect.")
    expect(got, want, "θ = (XᵀX + reg·1)⁻¹ Xᵀy, where X is tastes * qualities.", *known)


@checks.test("match_weights")
def _(fit):
    """Ratings made from known weights, no penalty:"""
    y = (TASTES * QUALITIES) @ np.array([1.0, 2.0])
    want, known = fits(y, 0.0)
    got = fit(TASTES.copy(), QUALITIES.copy(), y, 0.0)
    expect(got, want, "With reg = 0 the weights (1, 2) must come back.", *known[:5])


@checks.test("match_weights")
def _(fit):
    """One aspect, and then five:"""
    rng = np.random.default_rng(4)
    for m, why in ((1, "One aspect alone is enough: θ has one entry then."), (5, "Any number of aspects may come.")):
        tastes, qualities, y = rng.normal(size=(8, m)), rng.normal(size=(8, m)), rng.normal(size=8)
        try:
            got = fit(tastes.copy(), qualities.copy(), y.copy(), 0.7)
        except (ValueError, TypeError, IndexError) as error:
            raise Miss(f"{why} Your function stops there ({error}).") from error
        expect(got, ridge_of(tastes * qualities, y, 0.7), why)


@checks.test("recall")
def _(recall):
    """One of two wanted items among the first three:"""
    known = [(1 / 3, "You divided by k, which is precision: divide by the number of wanted items.")]
    known += [(1, "Recall is a share, not a count, and not 1 as soon as anything is found.")]
    expect(recall([7, 3, 9, 4], {3, 5}, 3), 0.5, "Found, divided by wanted.", *known)


@checks.test("recall")
def _(recall):
    """The wanted item comes after place k:"""
    expect(
        recall([7, 3, 9], {9}, 2), 0.0, "Only the first k may count.", (1, "Only the first k may count: cut the list.")
    )


@checks.test("recall")
def _(recall):
    """The wanted item stands exactly at place k:"""
    expect(recall([7, 3, 9], {3}, 2), 1.0, "Place k still counts.")


@checks.test("recall")
def _(recall):
    """Three wanted, two found at k = 5:"""
    expect(recall([1, 2, 3, 4, 5], {1, 5, 8}, 5), 2 / 3, "Found, divided by wanted.")


@checks.test("recall")
def _(recall):
    """Three wanted, and room for one only:"""
    known = [(1.0, "You divided by what the list can hold: divide by all that is wanted, even where k is smaller.")]
    expect(recall([1, 2], {1, 2, 3}, 1), 1 / 3, "Found, divided by wanted.", *known)


@checks.test("recall")
def _(recall):
    """A best item with a large number:"""
    why = "The list is ranked, best first: keep the order, do not sort it by the items' numbers."
    expect(recall([9, 2, 5, 1], {9, 1}, 2), 0.5, "Item 9 stands first.", (0.0, why))
    expect(recall([9, 2, 5, 1], {9, 5}, 1), 0.5, why, (0.0, why))
    expect(recall([9, 2, 1], {1, 2}, 1), 0.0, why, (0.5, why))


@checks.test("recall")
def _(recall):
    """Item 0, no room at all, and more room than items:"""
    zero = "Item 0 is an item like any other: it counts when it is found."
    expect(recall([3, 0, 4], {0, 4}, 2), 0.5, zero, (0.0, zero))
    expect(recall([3, 0], {3}, 0), 0.0, "Where nothing is shown, nothing is found.")
    expect(recall([3, 0], {3, 9}, 10), 0.5, "A list may be shorter than k.")


FACTORS = np.array([[1.0, 0.5], [0.0, 1.0], [2.0, -1.0]])
RATINGS = np.array([[1.0, nan, -1.0], [0.5, 2.0, nan], [1.0, -1.0, 0.5], [nan, 1.0, nan]])


def als(R, Q, reg):
    """Return the right factors."""
    seen = [~np.isnan(row) for row in R]
    return np.array([ridge_of(Q[s], row[s], reg) for row, s in zip(R, seen, strict=True)])


def wrong_als(R, Q, reg):
    """Return the wrong factors, by the mistake that leads to them."""
    pairs = [(Q[s], row[s]) for row in R for s in [~np.isnan(row)]]
    filled = ridge_of(Q, np.nan_to_num(R).T, reg).T
    return [
        (filled, "You filled the holes with zeros. All items stand in the matrix then; only what this user rated may."),
        (np.array([np.linalg.pinv(X) @ y for X, y in pairs]), "The penalty is missing."),
        (np.array([np.linalg.pinv(X.T @ X + reg) @ X.T @ y for X, y in pairs]), "The penalty: only on the diagonal."),
        (
            np.array([ridge_of(X, y, reg * len(y)) for X, y in pairs]),
            "Charge each user once: reg, not reg times n.",
        ),
    ]


@checks.test("als_users")
def _(step):
    """Four users, three items, some holes:"""
    got = np.asarray(step(RATINGS.copy(), FACTORS.copy(), 0.5), dtype=float)
    if np.isnan(got).any():
        raise Miss("A NaN is left: leave this user's holes out, with `seen = ~np.isnan(R[u])`.")
    if got.shape == (4, 3):
        raise Miss("One column too many: there is no bias here, and so no column of ones.")
    if got.shape == (2, 4):
        raise Miss("Users are the rows of P: you have them as columns.")
    hint = "Each user: a ridge regression on the factors of what they rated."
    expect(got, als(RATINGS, FACTORS, 0.5), hint, *wrong_als(RATINGS, FACTORS, 0.5))


@checks.test("als_users")
def _(step):
    """A user without ratings:"""
    R = np.array([[1.0, nan, 2.0], [nan, nan, nan]])
    got = step(R.copy(), FACTORS.copy(), 1.0)
    if not np.isfinite(np.asarray(got, dtype=float)).all():
        raise Miss("A user without ratings needs zeros: the penalty alone decides.")
    expect(got, als(R, FACTORS, 1.0), "A user without ratings needs zeros.")


@checks.test("als_users")
def _(step):
    """More penalty:"""
    expect(step(RATINGS.copy(), FACTORS.copy(), 3.0), als(RATINGS, FACTORS, 3.0), "Use the reg that is given.")


@checks.test("als_users")
def _(step):
    """The table stays as it was:"""
    R = RATINGS.copy()
    step(R, FACTORS, 1.0)
    expect(R, RATINGS, "You wrote into R: work on a copy.")


@checks.test("als_users")
def _(step):
    """Ratings of exactly the mean:"""
    R = np.array([[0.0, nan, 1.0], [0.0, 0.0, nan], [nan, 2.0, 0.0]])
    seen = np.where(R == 0, nan, R)
    why = "A 0 in R is a rating, exactly the mean: only NaN is a hole."
    expect(step(R.copy(), FACTORS.copy(), 0.5), als(R, FACTORS, 0.5), why, (als(seen, FACTORS, 0.5), why))


MODEL = np.zeros((7, 7))
MODEL[:, 6] = [0.5, 0.1, -0.6, 0.3, 0.2, 0.6, 0.0]
MODEL[6] = [0.2, 0.3, 0.1, 0.5, 0.4, 0.7, 0.0]
WEIGHTS = MODEL[:5, 6]


def falls(cited, others):
    """Return the two falls when these weights are cited and these are the others."""
    return sum(cited), 2 * float(np.mean(others))


PAIRS = [0.1 - 0.6, 0.1 + 0.2, -0.6 + 0.2]
ONCE = "One pair is not the average over all pairs of others."
CATALOGUE = "You took items from the whole catalogue: only the history can be cited or be among the others."
TRIALS = [
    (
        falls([0.5, -0.6], [0.1, 0.3, 0.2]),
        "You cited what speaks against it: sort by the weight, not by its size.",
    ),
    (falls([0.5, 0.3], WEIGHTS), "The cited items are still among the others: the rival borrows their merits."),
    (falls([0.5, 0.4], [0.2, 0.3, 0.1]), "The model was read transposed: B[j, i] is what having j adds to i."),
    ((0.8, -0.1), "Take two others together: the mean fall of a pair, not of one."),
    (falls([0.6, 0.5], MODEL[:5, 6][1:]), CATALOGUE),
    (falls([0.6, 0.5], [0.1, -0.6, 0.3, 0.2, 0.0]), CATALOGUE),
    (falls([0.5, 0.3], [0.1, -0.6, 0.2, 0.6]), CATALOGUE),
    (falls([0.5, 0.3], [0.1, -0.6, 0.2, 0.6, 0.0]), CATALOGUE),
    (falls([0.5, 0.3], [0.6, 0.0]), CATALOGUE),
    ((1.6, -0.4), "These are shares of the score: report the falls themselves."),
    ((-0.3, 0.7), "That is what is left of the score: report what it loses."),
    ((-0.8, 0.2), "The sign is turned: a score that loses 0.8 falls by 0.8."),
    ((-0.2, 0.8), "The two are exchanged: first the fall without the cited items."),
    (
        falls([-0.6, 0.1], [0.5, 0.3, 0.2]),
        "You cited the smallest weights: argsort puts these first.",
    ),
    (
        falls([0.5, 0.1], [-0.6, 0.3, 0.2]),
        "You cited the first two, not the two with the largest weight.",
    ),
    *[((0.8, pair), ONCE) for pair in PAIRS],
]


@checks.test("trial")
def _(trial):
    """The weights of the history are 0.5, 0.1, −0.6, 0.3 and 0.2:"""
    got = trial(MODEL.copy(), [0, 1, 2, 3, 4], 6)
    if np.ndim(got) == 0 and got is not ...:
        raise Miss("Return two numbers: the fall without the cited items, and the mean fall without two others.")
    expect(got, (0.8, -0.2), "Without some items the score loses the sum of their weights.", *TRIALS)


@checks.test("trial")
def _(trial):
    """The weights of the history are 0.2, 0.6, 0.5 and 0.1:"""
    expect(trial(MODEL.copy(), [4, 5, 0, 1], 6), (1.1, 0.3), "With two others there is one pair of them.")


@checks.test("trial")
def _(trial):
    """On another model, where the weights of the history are 2, 8, 14, 20 and 26:"""
    B = np.arange(36.0).reshape(6, 6)
    expect(trial(B, [0, 1, 2, 3, 4], 2), (46.0, 16.0), "Read column i.", ((25.0, 25.0), "Read column i."))


@checks.test("trial")
def _(trial):
    """Seven items of history, numbers made at random:"""
    B = np.random.default_rng(8).normal(size=(9, 9))
    history = [8, 0, 3, 5, 1, 7, 2]

    def report(items):
        weights = np.sort(B[items, 4])[::-1]
        return falls(weights[:2].tolist(), weights[2:].tolist())

    rounded = [tuple(round(part, to) for part in report(history)) for to in (1, 2, 3)]
    known = [(pair, "Do not round.") for pair in rounded]
    known += [
        (report(history[:n]), "Take the whole history: it may hold more than five, at most five was your limit.")
        for n in (4, 5)
    ]
    expect(trial(B.copy(), [*history], 4), report(history), "The two largest of seven weights.", *known)


# The open task: any answer passes that does what is asked, so each is tried, not compared


def doubt(Q, asked, reg):
    """Return what is left unknown of a newcomer's factors after asking for these items."""
    X = Q[list(asked)]
    return float(np.trace(np.linalg.inv(X.T @ X + reg * np.eye(Q.shape[1]))))


def judge_ask(ask, Q, k, reg):
    """Compare the doubt that is left with that of 500 random choices, whatever was chosen."""
    got = ask(Q.copy(), k, reg)
    if got is None or got is ...:
        expect(got, 0, "A list of items is wanted.")
    if np.ndim(got) != 1 or len(got) != k:
        raise Miss(f"A list of k items is wanted, here {k}; you have {got!r}.")
    asked = [int(i) for i in got]
    if len(set(asked)) < k:
        raise Miss(f"This asks for the same rating twice, {asked}: a person answers alike, and nothing is learned.")
    if not all(0 <= i < len(Q) for i in asked):
        raise Miss(f"Items are numbered from 0 to {len(Q) - 1}; you have {asked}.")
    rng, left = np.random.default_rng(1), doubt(Q, asked, reg)
    others = np.sort([doubt(Q, rng.permutation(len(Q))[:k], reg) for _ in range(500)])
    if left >= others[-6]:
        raise Miss("You ask for what leaves the most doubt: turn it round.")
    if left > others[4] * (1 + 1e-9):
        better, short = (
            np.mean(others < left),
            f"{left:.3g}, and {others[4]:.3g} is reached by the best of random choices",
        )
        why = "Items that resemble each other tell the same thing twice."
        raise Miss(f"After asking for {k} items too much doubt is left, {short} ({better:.0%} are better). {why}")


def catalogue(n, m, seed):
    """Return factors in which the longest resemble each other."""
    rng = np.random.default_rng(seed)
    Q = rng.normal(size=(n, m)) * np.linspace(1.5, 0.4, n)[:, None]
    Q[: n // 3, 0] += 4.0
    return Q[np.random.default_rng(seed + 1).permutation(n)]


@checks.test("ask")
def _(ask):
    """Thirty items, two questions about two factors:"""
    judge_ask(ask, catalogue(30, 2, 3), 2, 1.0)


@checks.test("ask")
def _(ask):
    """Thirty items, four questions about four factors, a small penalty:"""
    judge_ask(ask, catalogue(30, 4, 5), 4, 0.1)


@checks.test("ask")
def _(ask):
    """Twenty items, six questions about three factors, a large penalty:"""
    judge_ask(ask, catalogue(20, 3, 7), 6, 5.0)


@checks.test("ask")
def _(ask):
    """Three items, all of them to be asked about:"""
    got = ask(np.array([[1.0, 0.0], [1.0, 0.0], [0.0, 0.5]]), 3, 1.0)
    if sorted(map(int, got)) != [0, 1, 2]:
        raise Miss("k items are wanted: with three questions and three items, all of them.")
