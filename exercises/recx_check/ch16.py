"""Checks of the exercises on the loop: places, logs, bandits, looks and a game."""

from __future__ import annotations

import numpy as np

from recx_check.core import Checks, Miss, expect

checks = Checks()
check, require = checks.check, checks.require


def shelves(seed):
    """Return how often five products were shown and clicked at four places; a product is missing at some."""
    rng = np.random.default_rng(seed)
    shown = rng.integers(5, 200, (5, 4)) * (rng.random((5, 4)) < 0.7)
    shown[:, seed % 4] += 50
    return shown, rng.binomial(shown, 0.2)


@checks.test("appeal")
def _(appeal):
    """Five products at four places:"""
    for seed, look in enumerate((0.75, 0.5, 0.9)):
        shown, clicked = shelves(seed)
        place = np.arange(4)
        looks = shown * look**place
        with np.errstate(divide="ignore", invalid="ignore"):
            rates = np.nanmean(np.where(looks > 0, clicked / looks, np.nan), axis=1)
        expect(
            appeal(shown.copy(), clicked.copy(), look),
            clicked.sum(axis=1) / looks.sum(axis=1),
            "All clicks of a product over all its expected looks.",
            (clicked.sum(axis=1) / shown.sum(axis=1), "Per showing: that does not ask whether anybody looked."),
            (
                clicked.sum(axis=1) / (looks * look).sum(axis=1),
                "At the first place everybody looks: its chance is 1, not `look`.",
            ),
            (
                clicked.sum(axis=1) / (shown / look**place).sum(axis=1),
                "The wrong way round: further down there are fewer looks, not more.",
            ),
            (rates, "A mean of rates gives two looks the say of two thousand: sums first, then one division."),
        )


def log(seed, n=40):
    """Return both policies' chances and clicks, some chances of the new one zero."""
    rng = np.random.default_rng(seed)
    logged = rng.uniform(0.05, 0.95, n)
    new = rng.uniform(0, 1, n) * (rng.random(n) < 0.8)
    return new, logged, (rng.random(n) < 0.4).astype(int)


@checks.test("worth")
def _(worth):
    """Three logs:"""
    for seed in range(3):
        new, logged, clicks = log(seed)
        upside = np.mean(np.where(new > 0, logged / np.maximum(new, 1e-9), 0) * clicks)
        expect(
            worth(new.copy(), logged.copy(), clicks.copy()),
            float(np.mean(new / logged * clicks)),
            "The mean over all rows of click × new / logged.",
            (float(clicks.mean()), "That is the mean of the log: every weight was 1. Divide by the logged chance."),
            (float(upside), "The ratio is upside down: how a row got into the log stands below the line."),
            (
                float(np.average(clicks, weights=new / logged)),
                "That is the self-normalised estimate: divide by the number of rows, not by the sum of weights.",
            ),
            (
                float(np.mean(clicks / logged)),
                "You forgot how likely the new policy is to show what the old one did show.",
            ),
        )


@checks.test("worth")
def _(worth):
    """Where the new policy shows nothing of what was logged:"""
    got = worth(np.zeros(4), np.full(4, 0.5), np.ones(4))
    expect(got, 0.0, "If the new policy shows none of it, the estimate is 0: divide by the logged chance alone.")


def learned(seed, n_arms=6, d=3):
    """Return what a bandit has learned of some features better than of others."""
    rng = np.random.default_rng(seed)
    seen = rng.normal(size=(30, d)) * np.array([3.0, 1.0, 0.1])
    A = np.eye(d) + seen.T @ seen
    return A, A @ rng.normal(0, 0.3, d), rng.normal(size=(n_arms, d)), rng.random(n_arms) < 0.6


PULLS = {  # what is taken for the bound: X, b, θ, squared errors, alpha -> (n_arms,)
    "": lambda X, b, theta, squared, alpha: X @ theta + alpha * np.sqrt(squared),
    "You took the best mean: there is no benefit of the doubt in it. Add alpha times the error.": (
        lambda X, b, theta, squared, alpha: X @ theta
    ),
    "The bonus is alpha times the square root of xᵀ A⁻¹ x.": (
        lambda X, b, theta, squared, alpha: X @ theta + alpha * squared
    ),
    "b is no θ: solve A θ = b first.": lambda X, b, theta, squared, alpha: X @ b + alpha * np.sqrt(squared),
}


@checks.test("pull")
def _(pull):
    """Drawn bandits, some arms not allowed:"""
    agrees = dict.fromkeys(PULLS, True)
    for seed in range(60):
        A, b, X, allowed = learned(seed)
        allowed[seed % 6] = True
        alpha = (0.3, 1.0, 2.5)[seed % 3]
        theta = np.linalg.solve(A, b)
        squared = np.einsum("ad,de,ae->a", X, np.linalg.inv(A), X)
        got = pull(A.copy(), b.copy(), X.copy(), alpha, allowed.copy())
        if not allowed[int(got)]:
            raise Miss("That arm may not be said: give what is not allowed −∞ before you take the largest.")
        for hint, bound in PULLS.items():
            values = np.where(allowed, bound(X, b, theta, squared, alpha), -np.inf)
            agrees[hint] &= got == int(np.argmax(values))
    if agrees.pop(""):
        return
    told = [hint for hint, same in agrees.items() if same]
    raise Miss(told[0] if told else "Expected the allowed arm with the largest θ·x + alpha · √(xᵀ A⁻¹ x).")


@checks.test("pull")
def _(pull):
    """A tie, and alpha 0:"""
    A, b, X = np.eye(2), np.array([0.5, 0.5]), np.eye(2)
    if pull(A, b, X, 0.0, np.array([True, True])) != 0:
        raise Miss("Of two arms that are worth the same, the first is pulled.")


def pure(A, B):
    """Return the pure equilibria by trying every change."""
    found = []
    for r, c in np.ndindex(A.shape):
        if A[r, c] >= A[:, c].max() and B[r, c] >= B[r].max():
            found.append((r, c))
    return found


GAMES = [
    (np.array([[0.5, 0.5], [0.4, 0.25]]), np.array([[1.0, 0.6], [0.0, 0.6]])),
    (np.array([[0.5, 0.5], [0.75, 0.25]]), np.array([[1.0, 0.6], [0.0, 0.6]])),
    (np.array([[3, 0], [5, 1]]), np.array([[3, 5], [0, 1]])),
    (np.array([[2, 0], [0, 1]]), np.array([[1, 0], [0, 2]])),
    (np.array([[1, 2, 0], [1, 0, 3]]), np.array([[2, 2, 1], [0, 4, 4]])),
]


def pairs(mask):
    """Return where a mask holds, as pairs of numbers."""
    return [(int(r), int(c)) for r, c in np.argwhere(mask)]


STABLE = {  # what is taken for an equilibrium
    "": pure,
    "You asked the row player only: the other side must not want to go either.": lambda A, B: pairs(A.max(axis=0) == A),
    "The row player compares rows, within a column: you compared along the wrong side.": lambda A, B: pairs(
        (A.max(axis=1, keepdims=True) == A) & (B.max(axis=0, keepdims=True) == B)
    ),
    "That is what is best for both together; an equilibrium need not be.": lambda A, B: pairs((A + B).max() == A + B),
}


@checks.test("stable")
def _(stable):
    """Five games, among them one with ties and one with three columns:"""
    found = [[(int(r), int(c)) for r, c in stable(A.copy(), B.copy())] for A, B in GAMES]
    wanted = [pure(A, B) for A, B in GAMES]
    if found == wanted:
        return
    if [sorted(pairs) for pairs in found] == wanted:
        raise Miss("These are the right pairs: sort them, by row and then by column.")
    for hint, mistaken in STABLE.items():
        if found == [mistaken(A, B) for A, B in GAMES]:
            raise Miss(hint)
    if all(set(got) <= set(want) for got, want in zip(found, wanted, strict=True)):
        raise Miss("Whoever is indifferent does not change: at least as good is good enough.")
    number = [got == want for got, want in zip(found, wanted, strict=True)].index(False)
    raise Miss(f"In game {number + 1} expected {wanted[number]}, got {found[number]}.")


@checks.test("false_alarms")
def _(false_alarms):
    """Looks at tests in which nothing happened:"""
    for seed, bound in enumerate((1.96, 1.2, 2.5)):
        rng = np.random.default_rng(seed)
        look = np.arange(1, 8)
        z = rng.standard_normal((400, 7)).cumsum(axis=1) / np.sqrt(look)
        beyond = np.abs(z) > bound
        expect(
            false_alarms(z.copy(), bound),
            float(beyond.any(axis=1).mean()),
            "The share of tests with at least one look beyond the bound.",
            (float(beyond.mean()), "That counts looks: a test stops at the first of them."),
            (float(beyond[:, -1].mean()), "That is the last look only; who looks at all stops at any."),
            (float((z > bound).any(axis=1).mean()), "A fall is a finding, too: mind both, either side."),
            (float(beyond.all(axis=1).mean()), "You ask that every look be beyond; one is enough to stop."),
        )


def walks(n_looks, drift, n=20_000):
    """Return |z| at each look for tests whose z grows to `drift`."""
    rng = np.random.default_rng(5)
    look = np.arange(1, n_looks + 1)
    steps = rng.standard_normal((n, n_looks)) + drift / np.sqrt(n_looks)
    return np.abs(steps.cumsum(axis=1) / np.sqrt(look))


@checks.test("bounds")
def _(bounds):
    """20,000 empty tests and as many with an effect, five looks and ten:"""
    for n_looks in (5, 10):
        try:
            own = np.array([float(one) for one in bounds(n_looks)])
        except TypeError:
            raise Miss("Return a list with one bound for each look.") from None
        if own.shape != (n_looks,):
            raise Miss(f"Return a list with one bound for each look: {n_looks}, not {own.size}.")
        if not (own > 0).all():
            raise Miss("A bound for |z| lies above zero.")
        alarms = (walks(n_looks, 0.0) > own).any(axis=1).mean()
        if alarms > 0.052:
            raise Miss(f"With {n_looks} looks an empty test raises a false alarm in {alarms:.1%} of the cases.")
        found = (walks(n_looks, 3.5) > own).any(axis=1).mean()
        if found < 0.8:
            raise Miss(
                f"With {n_looks} looks a real effect is seldom found, in {found:.0%}: the bounds are too strict."
            )
