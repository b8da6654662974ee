"""Chapter 19: what explanations give away about others, and what hides it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import sparse
from scipy.stats import rankdata
from sklearn.feature_extraction.text import TfidfVectorizer

from recx_lib.core.checks import as_idx, check_positive, check_whole
from recx_lib.core.errors import DataError
from recx_lib.core.evidence import Explanation
from recx_lib.data.reviews import Reviews
from recx_lib.recommend.ease import EASE
from recx_lib.recommend.recent import places


@dataclass(frozen=True)
class Target:
    """One customer as an attacker knows them.

    `known` are the items that the attacker knows of (from a public wish list,
    a photograph, a chat), `hidden` those to be found; both are indices.
    """

    user_idx: int
    known: np.ndarray
    hidden: np.ndarray


def draw_targets(
    reviews: Reviews, n: int = 100, share: float = 0.5, seed: int = 0
) -> list[Target]:
    """Draw `n` customers with six items or more, and what is known of each.

    The `share` of a history that came first is known, the rest is hidden.
    Fewer come back where fewer are so long. Raise DataError where there is
    none, or the share does not lie between 0 and 1.

    >>> from recx_lib.data.load import load_shop
    >>> one = draw_targets(load_shop(), n=1)[0]
    >>> bool(set(one.known) & set(one.hidden))
    False
    """
    check_whole(n=n)
    if not 0 < share < 1:
        raise DataError(f"share {share} must lie between 0 and 1")
    # 1. Customers with enough to hide a part.
    by_time = np.argsort(reviews.frame["timestamp"].to_numpy(), kind="stable")
    user_idx, item_idx = reviews.user_idx[by_time], reviews.item_idx[by_time]
    able = np.flatnonzero(np.bincount(user_idx) >= 6)
    if able.size == 0:
        raise DataError("no customer has six items: nothing can be hidden")
    drawn = np.random.default_rng(seed).permutation(able)[:n]
    # 2. The earlier part is known, the rest is to be guessed.
    targets = []
    for user in drawn.tolist():
        own = item_idx[user_idx == user]
        cut = int(np.clip(round(share * len(own)), 1, len(own) - 1))
        targets.append(Target(user, own[:cut], own[cut:]))
    return targets


def mark_guess(guess: np.ndarray, target: Target) -> dict[str, float]:
    """Return how well a guess, (n_items,), tells the hidden items.

    `auc`: the chance that a hidden item is guessed higher than one that the
    customer does not have, ties counted half (Hanley and McNeil, 1982);
    `precision`: the share of hidden items among as many as are hidden, those
    guessed highest, ties shared out; `chance`: what drawing lots would give.
    What is known already does not count.

    >>> target = Target(0, known=np.array([0]), hidden=np.array([2]))
    >>> mark_guess(np.array([9.0, 0.1, 0.5, 0.1]), target)["auc"]
    1.0
    """
    if np.isnan(guess).any():
        raise DataError(f"the guess of item {np.isnan(guess).argmax()} is NaN")
    is_hidden = np.isin(np.arange(len(guess)), target.hidden)
    others = np.setdiff1d(np.arange(len(guess)), target.known)
    guess, is_hidden = guess[others], is_hidden[others]
    n, m = is_hidden.sum(), (~is_hidden).sum()
    if n == 0 or m == 0:
        raise DataError(f"{n} hidden, {m} other items: a guess needs both")
    # 1. pairs won are ranks above the lowest that n items could have
    won = rankdata(guess)[is_hidden].sum() - n * (n + 1) / 2
    # 2. the first n places; those who tie for the last of them share it
    cut = np.sort(guess)[-n]
    above, level = guess > cut, guess == cut
    share = (n - above.sum()) / level.sum()
    hits = is_hidden[above].sum() + share * is_hidden[level].sum()
    marks = won / (n * m), hits / n, n / (n + m)
    names = "auc", "precision", "chance"
    return dict(zip(names, map(float, marks), strict=True))


def rise_attack(
    before: np.ndarray, after: np.ndarray, known: np.ndarray
) -> np.ndarray:
    """Guess what somebody has bought between two visits, (n_items,).

    `before` and `after` are (n_items, n_items): what explanations say that
    one item adds to the other. Whoever bought y while having x has raised
    x → y: sum what rose over all x that are `known`. Calandrino et al. (2011),
    "You Might Also Like", who did so to four public sites.

    >>> before, after = np.zeros((3, 3)), np.zeros((3, 3))
    >>> after[0, 2] = 1
    >>> rise_attack(before, after, known=np.array([0])).tolist()
    [0.0, 0.0, 1.0]
    """
    known = as_idx(known, len(before), "item")
    return (after - before)[known].sum(axis=0)


@dataclass(frozen=True)
class Neighbours:
    """Explain by people: "k customers like you have this, too".

    `X` (n_users, n_items) is 1 where a user has an item; the `near` users of
    largest cosine above 0 are asked. Fewer than `least` who have an item are
    not spoken of.
    """

    X: sparse.csr_array
    near: int = 10
    least: int = 1

    def counts(self, history: np.ndarray) -> np.ndarray:
        """Return how many of those nearest have each item, (n_items,).

        0 where they are fewer than `least`. The history is anyone's, also
        that of an account made up a minute ago.
        """
        own = np.zeros(self.X.shape[1])
        own[as_idx(history, len(own), "item")] = 1
        size = np.sqrt(self.X.sum(axis=1)).clip(1)  # (n_users,)
        like = (self.X @ own) / size
        nearest = np.argsort(-like, kind="stable")[: self.near]
        nearest = nearest[like[nearest] > 0]  # who shares nothing is not like
        count = np.asarray(self.X[nearest].sum(axis=0)).ravel()
        return np.where(count >= self.least, count, 0.0)


def style_attack(own: list[str], quoted: list[str]) -> np.ndarray:
    """Guess which quotations one person wrote, (n_quoted,), 0 … 1.

    By how like each is to what is known of the person's writing, `own`: the
    cosine of tf-idf vectors of their words and pairs of words.

    >>> guess = style_attack(["a stellar zip"], ["stellar seams", "good fit"])
    >>> bool(guess[0] > guess[1])
    True
    """
    vectors = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True)
    vectors.fit([*own, *quoted])
    person = vectors.transform([" ".join(own)])
    return (vectors.transform(quoted) @ person.T).toarray().ravel()


def said_weights(
    model: EASE, least: int = 0, digits: int | None = None
) -> np.ndarray:
    """Return all that explanations of EASE can say, (n_items, n_items).

    What each item adds to each: whoever makes accounts can ask for all of it.
    Unsaid, 0, where fewer than `least` people have both items; the rest
    rounded to so many `digits`.
    """
    both = (model.W_.T @ model.W_).toarray()
    said = np.where(both >= least, model.B_, 0.0)
    return said if digits is None else said.round(digits)


def behind_crowd(
    explanation: Explanation, crowd: dict[str, int], least: int = 5
) -> Explanation:
    """Return the explanation without what fewer than `least` people back.

    `crowd` says how many there are behind each piece of evidence, by name; a
    name that it does not hold has nobody behind it. Maybe nothing is left.

    >>> from recx_lib.core.evidence import Evidence
    >>> cited = Evidence("item", "mat", 0.4), Evidence("item", "yak", 0.3)
    >>> why = Explanation("ann", "tent", "EASE", cited)
    >>> behind_crowd(why, {"mat": 40, "yak": 1}).evidence[0].name
    'mat'
    """
    check_whole(least=least)
    kept = []
    for piece in explanation.evidence:
        if crowd.get(piece.name, 0) >= least:
            kept.append(piece)
    about = explanation.user, explanation.item, explanation.method
    return Explanation(*about, tuple(kept))


def noise_scale(epsilon: float, delta: float, sensitivity: float) -> float:
    """Return the standard deviation of Gaussian noise that hides one person.

    `sensitivity` is how far, in Euclidean length, one person can move what is
    published; then no answer is more than e^epsilon times likelier with them
    than without, but for a chance of `delta`. By way of concentrated privacy,
    ρ + 2 √(ρ ln 1/δ) = ε with σ² = sensitivity² / 2ρ (Bun and Steinke, 2016,
    propositions 1.3 and 1.6); a little more noise than needed. Raise DataError
    for a number that is not positive, or a delta of 1 or more.

    >>> round(noise_scale(epsilon=1, delta=1e-5, sensitivity=1), 2)
    4.9
    """
    check_positive(epsilon=epsilon, delta=delta, sensitivity=sensitivity)
    if delta >= 1:
        raise DataError(f"delta={delta} must be below 1: it is a chance")
    log = np.log(1 / delta)
    root = np.sqrt(log + epsilon) - np.sqrt(log)  # √ρ
    return float(sensitivity / (np.sqrt(2) * root))


def composed(epsilon: float, delta: float, n: int) -> float:
    """Return what n publications of `epsilon` come to together.

    What adds up is ρ of `noise_scale`: n of them are ε = nρ + 2 √(nρ ln 1/δ)
    at the same `delta` (Bun and Steinke, 2016, proposition 1.7). Raise
    DataError as `noise_scale`, and for n below 1.

    >>> round(composed(epsilon=1, delta=1e-5, n=10), 1)
    3.3
    """
    check_positive(epsilon=epsilon, delta=delta)
    check_whole(n=n)
    log = np.log(1 / delta)
    rho = n * (np.sqrt(log + epsilon) - np.sqrt(log)) ** 2
    return float(rho + 2 * np.sqrt(rho * log))


class PrivateEASE(EASE):
    """EASE whose weights hide any one customer, (epsilon, delta)-privately.

    All that EASE learns of people is G, how many have both of two items. Of
    each history the latest `most` items count, so that one person moves G by
    no more than √(most (most + 1) / 2), each pair taken once; then Gaussian
    noise is added, once. What is computed from it is as private (Dwork and
    Roth, 2014, proposition 2.1). The customer's own history still
    makes their own scores: they know it. The proof holds for noise that
    nobody can repeat: `seed` None draws such. A number is for tests and pages:
    whoever knows it takes the noise off, and two fits on changed rows with one
    seed hide nothing, since the noise cancels in the difference. Each fit on
    new noise spends epsilon again: see `composed`. Learned: as EASE, and
    `sigma_`. (Noise in floating point has known holes: Mironov, 2012. A real
    service takes a vetted library.)
    """

    def __init__(
        self,
        reg: float = 300.0,
        min_rating: float | None = None,
        epsilon: float = 10.0,
        delta: float = 1e-5,
        most: int = 20,
        seed: int | None = None,
    ):
        super().__init__(reg, min_rating)
        self.epsilon, self.delta = epsilon, delta
        self.most, self.seed = most, seed

    def _count(self, rows: Reviews) -> tuple[sparse.csr_array, np.ndarray]:
        """Return the histories, and noisy counts of pairs."""
        check_whole(most=self.most)
        if self.seed is not None:
            check_whole(0, seed=self.seed)
        # 1. of each history at most so many, the latest
        _, G = super()._count(rows.subset(places(rows) < self.most))
        # 2. the same noise above and below the diagonal
        sensitivity = np.sqrt(self.most * (self.most + 1) / 2)
        self.sigma_ = noise_scale(self.epsilon, self.delta, sensitivity)
        rng = np.random.default_rng(self.seed)
        noise = np.triu(rng.normal(0, self.sigma_, G.shape))
        G = G + noise + np.triu(noise, 1).T
        # 3. counts of pairs have no negative eigenvalue: repaired, not peeked
        values, vectors = np.linalg.eigh(G)
        G = (vectors * values.clip(0)) @ vectors.T
        X, _ = super()._count(rows)
        return X, G
