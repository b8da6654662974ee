"""Chapter 8: one recommendation laid open: what could be cited for it, and
what the model says without some of it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

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

    >>> case = sum_case("ann", "tent", ["item", "item"], ["stove", "mat"], worth=[0.1, 0.4], base=3.0)
    >>> case.whole, case.without(["mat"]), case.only(["mat"])
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
        if not len(self.names):
            raise DataError(
                f"nothing can be cited for user {self.user!r}: the history is empty; gather a rating first"
            )
        if len(set(self.names)) < len(self.names) or len(self.kinds) != len(
            self.names
        ):
            raise DataError(
                "every piece of evidence needs one kind and a name of its own"
            )

    def __len__(self) -> int:
        return len(self.names)

    @property
    def whole(self) -> float:
        """The score with all evidence present."""
        return float(self.value(np.ones((1, len(self))))[0])

    @property
    def empty(self) -> float:
        """The score with none of it: what the model says of a user about whom
        it knows nothing.
        """
        return float(self.value(np.zeros((1, len(self))))[0])

    def without(self, names: Iterable[str]) -> float:
        """Return the score after the named pieces are taken away; raise
        DataError for an unknown name.
        """
        return float(self.value(1.0 - self.mask(names)[None])[0])

    def only(self, names: Iterable[str]) -> float:
        """Return the score when nothing but the named pieces is there; raise
        DataError for an unknown name.
        """
        return float(self.value(self.mask(names)[None])[0])

    def mask(self, names: Iterable[str]) -> np.ndarray:
        """Return (m,), 1.0 for the named pieces; raise DataError for a name
        that is not in the case.
        """
        place = {name: at for at, name in enumerate(self.names)}
        if strangers := [name for name in names if name not in place]:
            raise DataError(
                f"{strangers[0]!r} is no evidence in this case: choose from {', '.join(self.names[:8])} …"
            )
        mask = np.zeros(len(self))
        mask[[place[name] for name in names]] = 1.0
        return mask

    def explanation(self, method: str, weights: np.ndarray) -> Explanation:
        """Return m weights as an Explanation, strongest first; raise DataError
        on a wrong length or a NaN.
        """
        weights = np.asarray(weights, dtype=float)
        if weights.shape != (len(self),) or not np.isfinite(weights).all():
            raise DataError(f"{method} gave weights of shape {weights.shape}, finite: {np.isfinite(weights).all()}; "
                            f"the case has {len(self)} pieces of evidence")  # fmt: skip
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
            raise DataError(f"the explanation is about {explanation.user!r} and {explanation.item!r}, the case about "
                            f"{self.user!r} and {self.item!r}")  # fmt: skip
        given = {e.name: e.weight for e in explanation.evidence}
        self.mask(given)
        return np.array([given.get(name, 0.0) for name in self.names])

    def need(self, door: str) -> Callable:
        """Return `gradient` or `attention`; raise DataError, naming what works
        instead, where the model has none.
        """
        if (found := getattr(self, door)) is None:
            raise DataError(f"{self.model} offers no {door}: explain it by occlusion or Shapley values, "
                            f"which only ask for scores")  # fmt: skip
        return found


def sum_case(user: str, item: str, kinds: Sequence[str], names: Sequence[str], worth: Sequence[float],
             base: float = 0.0, model: str = "this model") -> Case:  # fmt: skip
    """Return the case of a score that is a sum: base + Σ worth of what is
    present; the gradient is `worth` itself.

    >>> float(sum_case("ann", "tent", ["item"], ["mat"], worth=[0.4]).value(np.array([[0.5]]))[0])
    0.2
    """
    worth = np.asarray(worth, dtype=float)
    slopes = lambda present: np.broadcast_to(worth, np.shape(present)).copy()  # noqa: E731
    return Case(
        user,
        item,
        kinds,
        names,
        lambda present: base + present @ worth,
        slopes,
        model=model,
    )


ROWS = 4096  # scored at a time, so that memory stays small however many coalitions there are


def scores(case: Case, present: np.ndarray) -> np.ndarray:
    """Return the model's scores (n,) for n rows of presence (n, m), asked a
    few thousand rows at a time.

    Raise DataError when there is not one score per row, or when one is NaN or
    infinite, naming what was there.

    >>> from recx_lib.core.case import sum_case
    >>> scores(sum_case("ann", "tent", ["item"], ["mat"], worth=[0.5], base=3.0), np.array([[0], [1]])).tolist()
    [3.0, 3.5]
    """
    blocks = [
        present[start : start + ROWS].astype(float)
        for start in range(0, len(present), ROWS)
    ]
    score = np.concatenate(
        [
            np.zeros(0),
            *(np.asarray(case.value(block), dtype=float) for block in blocks),
        ]
    )
    if score.shape != (len(present),):
        raise DataError(
            f"{case.model} gave scores of shape {score.shape} for {len(present)} rows: one score per row"
        )
    _check_finite(case, score[:, None], present, "scores")
    return score


def slopes(case: Case, present: np.ndarray) -> np.ndarray:
    """Return the gradient (n, m) of the score at n rows of presence (n, m):
    what a little more of each would add.

    Raise DataError when the model has no gradient, or one that is not (n, m)
    finite numbers.

    >>> from recx_lib.core.case import sum_case
    >>> slopes(sum_case("ann", "tent", ["item"], ["mat"], worth=[0.5]), np.ones((1, 1))).tolist()
    [[0.5]]
    """
    slope = np.asarray(case.need("gradient")(present), dtype=float)
    if slope.shape != present.shape:
        raise DataError(
            f"{case.model} gave a gradient of shape {slope.shape}, not {present.shape}: one per piece"
        )
    _check_finite(case, slope, present, "has a gradient of")
    return slope


def _check_finite(
    case: Case, found: np.ndarray, present: np.ndarray, verb: str
) -> None:
    bad = np.flatnonzero(~np.isfinite(found).all(axis=1))
    if bad.size:
        value = found[bad[0]][~np.isfinite(found[bad[0]])][0]
        there = [
            name
            for name, here in zip(case.names, present[bad[0]], strict=True)
            if here
        ]
        shown = ", ".join(there[:3]) + (" …" if len(there) > 3 else "")
        raise DataError(f"{case.model} {verb} {value} with {len(there)} of {len(case)} pieces there "
                        f"({shown or 'none'}): look for NaN in its weights and its input")  # fmt: skip
