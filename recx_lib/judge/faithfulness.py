"""Chapter 9: does an explanation tell the truth? Take away what it cites.

Every test takes a `Case` and an `Explanation` of any method, and asks the
model itself whether it still says so; none looks inside the method. A weight
above 0 claims that a piece of evidence spoke for the item, below 0 against it,
and 0 (or silence) that it did not matter. `side` says which claims are tested:
"for", "against", or "either" (by size, whatever the sign). Pieces of equal
weight come in an order drawn from their names, never in the order of the case,
which may give the answer away.
"""

from __future__ import annotations

from collections.abc import Mapping
from zlib import crc32

import numpy as np

from recx_lib.core.case import Case, scores
from recx_lib.core.checks import check_whole
from recx_lib.core.errors import DataError
from recx_lib.core.evidence import Explanation
from recx_lib.judge.agreement import rank_correlation

SIDES = {
    "for": lambda weights: weights,
    "against": lambda weights: -weights,
    "either": np.abs,
}


def ranked(
    case: Case, explanation: Explanation, side: str = "for"
) -> tuple[np.ndarray, np.ndarray]:
    """Return the places of all m pieces, the strongest claim first.

    And how strong each claim is: (m,), (m,). Raise DataError for an unknown
    side, a weight that is not finite, evidence that the case has not, or
    another pair.

    >>> from recx_lib.core.case import sum_case
    >>> kinds, names = ["item"] * 3, ["stove", "mat", "saw"]
    >>> case = sum_case("ann", "tent", kinds, names, worth=[0.1, 0.4, -0.2])
    >>> why = case.explanation("exact", [0.1, 0.4, -0.2])
    >>> [case.names[n] for n in ranked(case, why)[0]]
    ['mat', 'stove', 'saw']
    """
    if side not in SIDES:
        raise DataError(f"side {side!r}: choose from {', '.join(SIDES)}")
    claim = SIDES[side](case.weights(explanation))  # (m,)
    finite = np.isfinite(claim)
    if not finite.all():
        raise DataError(
            f"{explanation.method} gives {case.names[int(finite.argmin())]!r} "
            "a weight that is not finite: repair the explainer"
        )
    # ties are decided by a number drawn from the names
    pair = f"{case.user}\n{case.item}"
    coin = [crc32(f"{pair}\n{name}".encode()) for name in case.names]
    order = np.lexsort((coin, -claim))
    return order, claim[order]


def cited(
    case: Case, explanation: Explanation, k: int = 3, side: str = "for"
) -> list[str]:
    """Return the names of the `k` pieces with the strongest claims.

    On that side; fewer where fewer claim it. Raise DataError for k < 1, and as
    `ranked` does.
    """
    check_whole(k=k)
    order, claim = ranked(case, explanation, side)
    strongest = order[:k][claim[:k] > 0]
    return [case.names[n] for n in strongest]


def comprehensiveness(
    case: Case, explanation: Explanation, k: int = 3, side: str = "for"
) -> float:
    """Return how far the score falls without the `k` strongest claims.

    High is good. In score units: score(all) − score(without the k pieces that
    speak most for the item). With side "against" it is how far the score rises
    without those that speak most against it; with "either" how far it moves,
    in whatever direction, without the k of largest size (there, evidence for
    and against may cancel). DeYoung et al. (2020), "ERASER", section 4. Raise
    as `cited` does.

    >>> from recx_lib.core.case import sum_case
    >>> kinds, names = ["item"] * 3, ["stove", "mat", "saw"]
    >>> case = sum_case("ann", "tent", kinds, names, worth=[0.125, 0.5, -0.25])
    >>> why = case.explanation("exact", [0.125, 0.5, -0.25])
    >>> comprehensiveness(case, why, k=1)
    0.5
    >>> comprehensiveness(case, why, k=1, side="against")
    0.25
    """
    mask = case.mask(cited(case, explanation, k, side))
    everything = np.ones(len(case))
    whole, without = scores(case, np.stack([everything, 1 - mask]))
    return float(toward(whole - without, side))


def sufficiency(
    case: Case, explanation: Explanation, k: int = 3, side: str = "for"
) -> float:
    """Return how far the score falls when only those `k` pieces are there.

    score(all) − score(only them). Low is good: 0 says that the cited pieces
    alone make the score, below 0 that what it left out spoke against the item.
    Sides, source and errors as in `comprehensiveness`.
    """
    mask = case.mask(cited(case, explanation, k, side))
    everything = np.ones(len(case))
    whole, only = scores(case, np.stack([everything, mask]))
    return float(toward(whole - only, side))


def deletion_curve(
    case: Case,
    explanation: Explanation,
    side: str = "for",
    steps: int | None = None,
) -> np.ndarray:
    """Return the scores as pieces are taken away, the strongest claim first.

    (steps + 1,), from the whole score on. `steps` is all m pieces where it is
    None or larger; then the last score is the empty one. Raise as `ranked`
    does. Petsiuk, Das and Saenko (2018), "RISE: Randomized Input Sampling for
    Explanation of Black-box Models".
    """
    return scores(case, 1 - _grown(case, explanation, side, steps))


def insertion_curve(
    case: Case,
    explanation: Explanation,
    side: str = "for",
    steps: int | None = None,
) -> np.ndarray:
    """Return the scores as pieces are put in, the strongest claim first.

    (steps + 1,), from the empty score on; else as `deletion_curve`.
    """
    return scores(case, _grown(case, explanation, side, steps))


def sign_accuracy(case: Case, explanation: Explanation, k: int = 3) -> float:
    """Return the share of the `k` largest weights with the right sign.

    0 … 1, a coin reaches 0.5. A weight above 0 is borne out when the score
    falls without that piece alone, one below 0 when it rises. Pieces whose
    removal moves nothing are left out; NaN where none moves it. One minus this
    is the violation ratio of Liu et al. (2022), "Rethinking attention-model
    explainability through faithfulness violation test". Raise as `cited` does.
    """
    names = cited(case, explanation, k, "either")
    masks = np.array([case.mask([name]) for name in names])  # (n, m)
    masks = masks.reshape(-1, len(case))  # even where nothing is cited
    # with all, then without each: (n + 1,)
    score = scores(case, np.vstack([np.ones(len(case)), 1 - masks]))
    fall = score[0] - score[1:]  # (n,)
    moved = np.abs(fall) > 1e-9 * max(1.0, abs(score[0]))
    if not moved.any():
        return float("nan")
    claimed = masks @ case.weights(explanation)  # (n,)
    agree = np.sign(fall[moved]) == np.sign(claimed[moved])
    return float(np.mean(agree))


def leaves_first(
    case: Case,
    explanation: Explanation,
    rivals: np.ndarray,
    first: int = 10,
    k: int = 3,
) -> float:
    """Return 1.0 where the item leaves the `first` without what is cited.

    The rank test: 0.0 where it stays among the best without the `k` pieces
    that claim to speak for it, NaN where it was never there. `rivals` (n,) are
    the scores of the other candidates, which keep their evidence: what is all
    of a user's scores alike moves no rank, so leave it out (`Case.given`).
    Raise DataError for rivals that are not finite, and as `cited` does.

    >>> from recx_lib.core.case import sum_case
    >>> case = sum_case("ann", "tent", ["item"], ["mat"], worth=[0.5])
    >>> why = case.explanation("exact", [0.5])
    >>> leaves_first(case, why, np.array([0.25, 0.125]), first=1)
    1.0
    """
    check_whole(first=first)
    rivals = np.asarray(rivals, dtype=float)
    if rivals.ndim != 1 or not np.isfinite(rivals).all():
        raise DataError(
            f"rivals of shape {rivals.shape} must be one finite score for "
            "each other candidate"
        )
    mask = case.mask(cited(case, explanation, k))
    score = scores(case, np.stack([np.ones(len(case)), 1 - mask]))
    better = np.sum(rivals > score[:, None], axis=1)  # with, and without
    if better[0] >= first:
        return float("nan")
    return float(better[1] >= first)


def reason_recovery(
    explanation: Explanation, true_terms: Mapping[str, float]
) -> dict[str, float]:
    """Return how well an explanation finds the true reasons, in four marks.

    Aspects only. `true_terms` holds, for every aspect, how far it moved the
    rating, in stars. hit1, hit3: is the largest of them among the 1 or 3
    largest weights (sizes; where weights tie, the chance of it)? rank:
    Spearman's correlation of the sizes, −1 … 1, 0 where all weights are equal.
    reason_sign: the share of the truth, weighted by size, that has the right
    sign; silence counts half. Raise DataError where no true term differs from
    0, where an aspect is cited that the truth has not, and for a weight that
    is not finite.

    >>> from recx_lib.core.evidence import Evidence
    >>> fit, hue = Evidence("aspect", "fit", 1), Evidence("aspect", "hue", 4)
    >>> why = Explanation("ann", "tent", "x", (fit, hue))
    >>> marks = reason_recovery(why, {"hue": -0.9, "fit": 0.3})
    >>> marks["hit1"], marks["rank"], marks["reason_sign"]
    (1.0, 1.0, 0.25)
    """
    truth = np.array(list(true_terms.values()), dtype=float)
    if not np.isfinite(truth).all() or not truth.any():
        raise DataError(
            "the true terms are empty, all 0 or not finite: "
            "nothing moved this rating, leave it out"
        )
    weights = _aspect_weights(explanation, true_terms)
    size, true_size = np.abs(weights), np.abs(truth)
    # the largest true term: how many weights are larger, how many as large?
    top = int(np.argmax(true_size))
    larger, as_large = np.sum(size > size[top]), np.sum(size == size[top])
    hit1, hit3 = np.clip((np.array([1, 3]) - larger) / as_large, 0, 1)
    # a sign counts by the size of what it is about: right 1, silent ½, wrong 0
    right = (1 + np.sign(weights) * np.sign(truth)) / 2
    return {
        "hit1": float(hit1),
        "hit3": float(hit3),
        "rank": rank_correlation(size, true_size),
        "reason_sign": float(right @ true_size / true_size.sum()),
    }


def _aspect_weights(
    explanation: Explanation, true_terms: Mapping[str, float]
) -> np.ndarray:
    """Return the weights of the aspects of `true_terms`, 0 for silence."""
    aspects = [e for e in explanation.evidence if e.kind == "aspect"]
    given = {e.name: e.weight for e in aspects}
    # an aspect that the truth does not know cannot be marked
    strangers = [name for name in given if name not in true_terms]
    if strangers:
        raise DataError(
            f"{strangers[0]!r} is no aspect of the truth, "
            f"which knows {', '.join(true_terms)}"
        )
    weights = np.array([given.get(name, 0.0) for name in true_terms])
    if not np.isfinite(weights).all():
        raise DataError(
            f"{explanation.method} gives a weight that is not finite: "
            "repair the explainer"
        )
    return weights


def toward(change, side: str):
    """Return changes of the score so that above 0 means: as claimed.

    As the claims of that side would have it.

    >>> toward(-0.5, "for"), toward(-0.5, "against")
    (-0.5, 0.5)
    """
    return SIDES[side](change)


def _grown(
    case: Case, explanation: Explanation, side: str, steps: int | None
) -> np.ndarray:
    """Return masks (steps + 1, m): nothing, the strongest claim, two, …"""
    order, _ = ranked(case, explanation, side)
    steps = len(case) if steps is None else min(steps, len(case))
    masks = np.zeros((steps + 1, len(case)))
    # once there, a piece stays: each row grows by one
    for n, place in enumerate(order[:steps], start=1):
        masks[n:, place] = 1.0
    return masks
