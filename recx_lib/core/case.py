"""Chapter 9: one recommendation laid open to questions about its evidence."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from recx_lib.core.errors import DataError
from recx_lib.core.evidence import Evidence, Explanation


@dataclass(frozen=True)
class Case:
    """One recommendation to explain; the only door through which explainers
    and tests look at a model.

    `names` are the m pieces of evidence that may be cited, `kinds` what each
    is ("item", "aspect", "bias", "feature"). `value` takes n rows of presence
    (n, m), 1 for a piece that is there and 0 for one that is not, and returns
    the model's n scores, in its own units (stars, for a model of ratings).
    Optional doors: `gradient` (n, m) → (n, m), what one more unit of presence
    would add to the score; `attention` () → (layers, heads, m + 1, m + 1), the
    maps of the pass that made the score, the thing asked about in the last
    place. Raise DataError when there is nothing to cite, or names are doubled.

    >>> names, worth = ["stove", "mat"], [0.1, 0.4]
    >>> case = sum_case("ann", "tent", ["item"] * 2, names, worth, base=3.0)
    >>> case.whole(), case.without(["mat"]), case.only(["mat"])
    (3.5, 3.1, 3.4)
    """

    user: str
    item: str
    kinds: Sequence[str]
    names: Sequence[str]
    value: Callable[[np.ndarray], np.ndarray]
    gradient: Callable[[np.ndarray], np.ndarray] | None = None
    attention: Callable[[], np.ndarray] | None = None
    model: str = "this model"

    def __post_init__(self):
        n_pieces = len(self.names)
        if n_pieces == 0:
            raise DataError(
                f"nothing can be cited for user {self.user!r}: the history is "
                "empty; gather a rating first"
            )
        if len(set(self.names)) < n_pieces or len(self.kinds) != n_pieces:
            raise DataError(
                "every piece of evidence needs one kind and a name of its own"
            )

    def __len__(self) -> int:
        return len(self.names)

    def whole(self) -> float:
        """The score with all evidence present."""
        return float(scores(self, np.ones((1, len(self))))[0])

    def empty(self) -> float:
        """The score with none of it: what the model says of a user about whom
        it knows nothing.
        """
        return float(scores(self, np.zeros((1, len(self))))[0])

    def without(self, names: Iterable[str]) -> float:
        """Return the score after the named pieces are taken away; raise
        DataError for an unknown name.
        """
        return float(scores(self, 1.0 - self.mask(names)[None])[0])

    def only(self, names: Iterable[str]) -> float:
        """Return the score when nothing but the named pieces is there; raise
        DataError for an unknown name.
        """
        return float(scores(self, self.mask(names)[None])[0])

    def mask(self, names: Iterable[str]) -> np.ndarray:
        """Return (m,), 1.0 for the named pieces; raise DataError for a name
        that is not in the case.
        """
        place = {name: at for at, name in enumerate(self.names)}
        mask = np.zeros(len(self))
        # 1.0 where named, for each piece of evidence
        for name in names:
            if name not in place:
                some = ", ".join(self.names[:8])
                raise DataError(
                    f"{name!r} is no evidence in this case: "
                    f"choose from {some} …"
                )
            mask[place[name]] = 1.0
        return mask

    def given(self, names: Iterable[str]) -> Case:
        """Return the case whose named pieces are always there and cannot be
        cited, for what is the same in all of a user's scores.

        Without attention, whose maps speak of all pieces. Raise DataError for
        an unknown name, and where nothing is left to cite.

        >>> names = ["mat", "saw"]
        >>> case = sum_case("ann", "tent", ["item"] * 2, names, [1, 2])
        >>> rest = case.given(["mat"])
        >>> rest.names, rest.empty(), rest.whole()
        (['saw'], 1.0, 3.0)
        """
        left = np.flatnonzero(self.mask(names) == 0)

        # the model still sees all pieces, the given ones always there
        def value(present: np.ndarray) -> np.ndarray:
            return self.value(_filled(present, left, len(self)))

        def gradient(present: np.ndarray) -> np.ndarray:
            return self.gradient(_filled(present, left, len(self)))[:, left]

        # what can be taken away is all that this case shows
        kept = {"kinds": [self.kinds[n] for n in left]}
        kept["names"] = [self.names[n] for n in left]
        kept["gradient"] = None if self.gradient is None else gradient
        return replace(self, value=value, attention=None, **kept)

    def explanation(self, method: str, weights: np.ndarray) -> Explanation:
        """Return m weights as an Explanation, strongest first; raise DataError
        on a wrong length or a NaN.
        """
        weights = np.asarray(weights, dtype=float)
        if weights.shape != (len(self),) or not np.isfinite(weights).all():
            finite = np.isfinite(weights).all()
            raise DataError(
                f"{method} gave weights of shape {weights.shape}, finite: "
                f"{finite}; the case has {len(self)} pieces of evidence"
            )
        # strongest first, whatever its sign; ties in the case's order
        strongest = np.argsort(-np.abs(weights), kind="stable")
        cited = tuple(
            Evidence(self.kinds[n], self.names[n], float(weights[n]))
            for n in strongest
        )
        return Explanation(self.user, self.item, method, cited)

    def weights(self, explanation: Explanation) -> np.ndarray:
        """Return an explanation's weights in the order of `names`, (m,), 0
        where it is silent.

        Raise DataError when it is about another pair, or cites what the case
        does not have.
        """
        if (explanation.user, explanation.item) != (self.user, self.item):
            raise DataError(
                f"the explanation is about {explanation.user!r} and "
                f"{explanation.item!r}, the case about "
                f"{self.user!r} and {self.item!r}"
            )
        given = {e.name: e.weight for e in explanation.evidence}
        self.mask(given)  # refuses a name that the case does not have
        return np.array([given.get(name, 0.0) for name in self.names])

    def need(self, door: str) -> Callable:
        """Return `gradient` or `attention`; raise DataError, naming what works
        instead, where the model has none.
        """
        found = getattr(self, door)
        if found is None:
            raise DataError(
                f"{self.model} offers no {door}: explain it by occlusion or "
                "Shapley values, which only ask for scores"
            )
        return found


def _filled(present: np.ndarray, at: np.ndarray, m: int) -> np.ndarray:
    """Return rows (n, m) of ones, with `present` at the places `at`."""
    rows = np.ones((len(present), m))
    rows[:, at] = present
    return rows


def sum_case(
    user: str,
    item: str,
    kinds: Sequence[str],
    names: Sequence[str],
    worth: Sequence[float],
    base: float = 0.0,
    model: str = "this model",
) -> Case:
    """Return the case of a score that is a sum: base + Σ worth of what is
    present; the gradient is `worth` itself.

    >>> case = sum_case("ann", "tent", ["item"], ["mat"], worth=[0.4])
    >>> case.value(np.array([[0.5]])).tolist()
    [0.2]
    """
    worth = np.asarray(worth, dtype=float)

    # what is there adds its worth, what is not adds nothing
    def value(present: np.ndarray) -> np.ndarray:
        return base + present @ worth

    def gradient(present: np.ndarray) -> np.ndarray:
        return np.broadcast_to(worth, np.shape(present)).copy()

    return Case(user, item, kinds, names, value, gradient, model=model)


BLOCK = 4096  # scored at a time: memory stays small for any number of rows


def scores(case: Case, present: np.ndarray) -> np.ndarray:
    """Return the model's scores (n,) for n rows of presence (n, m), asked a
    few thousand rows at a time.

    Raise DataError when there is not one score per row, or when one is NaN or
    infinite, naming what was there.

    >>> case = sum_case("ann", "tent", ["item"], ["mat"], [0.5], base=3.0)
    >>> scores(case, np.array([[0], [1]])).tolist()
    [3.0, 3.5]
    """
    score = np.zeros(len(present))
    # in blocks: a case may be asked thousands of rows at once
    for start in range(0, len(present), BLOCK):
        block = present[start : start + BLOCK].astype(float)
        found = np.asarray(case.value(block), dtype=float)
        if found.shape != (len(block),):
            raise DataError(
                f"{case.model} gave scores of shape {found.shape} for "
                f"{len(block)} rows: one score per row"
            )
        score[start : start + BLOCK] = found
    _check_finite(case, score[:, None], present, "scores")
    return score


def slopes(case: Case, present: np.ndarray) -> np.ndarray:
    """Return the gradient (n, m) of the score at n rows of presence (n, m):
    what a little more of each would add.

    Raise DataError when the model has no gradient, or one that is not (n, m)
    finite numbers.

    >>> case = sum_case("ann", "tent", ["item"], ["mat"], worth=[0.5])
    >>> slopes(case, np.ones((1, 1))).tolist()
    [[0.5]]
    """
    slope = np.asarray(case.need("gradient")(present), dtype=float)
    if slope.shape != present.shape:
        raise DataError(
            f"{case.model} gave a gradient of shape {slope.shape}, not "
            f"{present.shape}: one per piece"
        )
    _check_finite(case, slope, present, "has a gradient of")
    return slope


def _check_finite(
    case: Case, found: np.ndarray, present: np.ndarray, verb: str
) -> None:
    """Raise DataError naming the first row of `found` that is not finite, and
    what was there.
    """
    bad = np.flatnonzero(~np.isfinite(found).all(axis=1))
    if bad.size == 0:
        return
    # the first bad row says what was there when it happened
    row, here = found[bad[0]], present[bad[0]]
    value = row[~np.isfinite(row)][0]
    there = [case.names[n] for n in np.flatnonzero(here)]
    shown = ", ".join(there[:3]) + (" …" if len(there) > 3 else "")
    raise DataError(
        f"{case.model} {verb} {value} with {len(there)} of {len(case)} pieces "
        f"there ({shown or 'none'}): look for NaN in its weights and its input"
    )
