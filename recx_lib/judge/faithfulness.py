"""Chapter 8: does an explanation tell the truth? Take away what it cites, and
see whether the model still says so.

Every test takes a `Case` and an `Explanation` of any method, and asks the
model itself; none looks inside the method. A weight above 0 claims that a
piece of evidence spoke for the item, below 0 against it, and 0 (or silence)
that it did not matter. `side` says which claims are tested: "for", "against",
or "either" (by size, whatever the sign). Pieces of equal weight come in an
order drawn from their names, never in the order of the case, which may give
the answer away.
"""

from __future__ import annotations

from collections.abc import Mapping
from zlib import crc32

import numpy as np
from scipy.stats import rankdata

from recx_lib.core.case import Case, scores
from recx_lib.core.checks import check_whole
from recx_lib.core.errors import DataError
from recx_lib.core.evidence import Explanation

SIDES = {
    "for": lambda weights: weights,
    "against": lambda weights: -weights,
    "either": np.abs,
}


def ranked(
    case: Case, explanation: Explanation, side: str = "for"
) -> tuple[np.ndarray, np.ndarray]:
    """Return the places of all m pieces, the strongest claim first, and how
    strong each claim is: (m,), (m,).

    Raise DataError for an unknown side, a weight that is not finite, evidence
    that the case has not, or another pair.

    >>> from recx_lib.core.case import sum_case
    >>> case = sum_case("ann", "tent", ["item"] * 3, ["stove", "mat", "saw"], worth=[0.1, 0.4, -0.2])
    >>> [case.names[n] for n in ranked(case, case.explanation("exact", [0.1, 0.4, -0.2]))[0]]
    ['mat', 'stove', 'saw']
    """
    if side not in SIDES:
        raise DataError(f"side {side!r}: choose from {', '.join(SIDES)}")
    claim = SIDES[side](case.weights(explanation))
    if not np.isfinite(claim).all():
        raise DataError(f"{explanation.method} gives {case.names[int(np.argmin(np.isfinite(claim)))]!r} a weight that "
                        f"is not finite: repair the explainer")  # fmt: skip
    coin = [
        crc32(f"{case.user}\n{case.item}\n{name}".encode())
        for name in case.names
    ]  # decides ties
    order = np.lexsort((coin, -claim))
    return order, claim[order]


def cited(
    case: Case, explanation: Explanation, k: int = 3, side: str = "for"
) -> list[str]:
    """Return the names of the at most `k` pieces with the strongest claims on
    that side; fewer where fewer claim it.

    Raise DataError for k < 1, and as `ranked` does.
    """
    check_whole(k=k)
    order, claim = ranked(case, explanation, side)
    return [case.names[n] for n in order[:k][claim[:k] > 0]]


def comprehensiveness(
    case: Case, explanation: Explanation, k: int = 3, side: str = "for"
) -> float:
    """Return how far the score falls when the `k` pieces that speak most for
    the item are taken away; high is good.

    In score units: score(all) − score(without them). With side "against" it is
    how far the score rises without those that speak most against it; with
    "either" how far it moves, in whatever direction, without the k of largest
    size (there, evidence for and against may cancel). DeYoung et al. (2020),
    "ERASER", section 4. Raise as `cited` does.

    >>> from recx_lib.core.case import sum_case
    >>> case = sum_case("ann", "tent", ["item"] * 3, ["stove", "mat", "saw"], worth=[0.125, 0.5, -0.25])
    >>> why = case.explanation("exact", [0.125, 0.5, -0.25])
    >>> comprehensiveness(case, why, k=1), comprehensiveness(case, why, k=1, side="against")
    (0.5, 0.25)
    """
    mask = case.mask(cited(case, explanation, k, side))
    whole, without = scores(case, np.stack([np.ones(len(case)), 1 - mask]))
    return float(toward(whole - without, side))


def sufficiency(
    case: Case, explanation: Explanation, k: int = 3, side: str = "for"
) -> float:
    """Return how far the score falls when nothing but those `k` pieces is
    there: score(all) − score(only them).

    Low is good: 0 says that the cited pieces alone make the score, below 0
    that what it left out spoke against the item. Sides, source and errors as
    in `comprehensiveness`.
    """
    mask = case.mask(cited(case, explanation, k, side))
    whole, only = scores(case, np.stack([np.ones(len(case)), mask]))
    return float(toward(whole - only, side))


def deletion_curve(
    case: Case,
    explanation: Explanation,
    side: str = "for",
    steps: int | None = None,
) -> np.ndarray:
    """Return the scores as pieces are taken away, the strongest claim first:
    (steps + 1,), from the whole score on.

    `steps` is all m pieces where it is None or larger; then the last score is
    the empty one. Raise as `ranked` does. Samek et al. (2017), "Evaluating the
    visualization of what a deep neural network has learned".
    """
    return scores(case, 1 - _grown(case, explanation, side, steps))


def insertion_curve(
    case: Case,
    explanation: Explanation,
    side: str = "for",
    steps: int | None = None,
) -> np.ndarray:
    """Return the scores as pieces are put in, the strongest claim first:
    (steps + 1,), from the empty score on.
    """
    return scores(case, _grown(case, explanation, side, steps))


def sign_test(case: Case, explanation: Explanation, k: int = 3) -> float:
    """Return the share of the `k` weights of largest size whose sign the model
    bears out: 0 … 1, a coin reaches 0.5.

    A weight above 0 is borne out when the score falls without that piece
    alone, one below 0 when it rises. Pieces whose removal moves nothing are
    left out; NaN where none moves it. One minus this is the violation ratio of
    Liu et al. (2022), "Rethinking attention-model explainability through
    faithfulness violation test". Raise as `cited` does.
    """
    masks = np.array(
        [case.mask([name]) for name in cited(case, explanation, k, "either")]
    ).reshape(-1, len(case))
    score = scores(
        case, np.vstack([np.ones(len(case)), 1 - masks])
    )  # (n + 1,): with all, then without each
    fall, weights = score[0] - score[1:], masks @ case.weights(explanation)
    moved = np.abs(fall) > 1e-9 * max(1.0, abs(score[0]))
    return (
        float(np.mean(np.sign(fall[moved]) == np.sign(weights[moved])))
        if moved.any()
        else float("nan")
    )


def reason_recovery(
    explanation: Explanation, true_terms: Mapping[str, float]
) -> dict[str, float]:
    """Return how well an explanation finds the true reasons: hit1, hit3, rank,
    reason_sign. Aspects only.

    `true_terms` holds, for every aspect, how far it moved the rating, in
    stars. hit1, hit3: is the largest of them among the 1 or 3 largest weights
    (sizes; where weights tie, the chance of it)? rank: Spearman's correlation
    of the sizes, −1 … 1, 0 where all weights are equal. reason_sign: the share
    of the truth, weighted by size, that has the right sign; silence counts
    half. Raise DataError where no true term differs from 0, where an aspect is
    cited that the truth has not, and for a weight that is not finite.

    >>> from recx_lib.core.evidence import Evidence
    >>> why = Explanation("ann", "tent", "x", (Evidence("aspect", "fit", 0.1), Evidence("aspect", "weight", 0.4)))
    >>> reason_recovery(why, {"weight": -0.9, "fit": 0.3})
    {'hit1': 1.0, 'hit3': 1.0, 'rank': 1.0, 'reason_sign': 0.25}
    """
    truth = np.array(list(true_terms.values()), dtype=float)
    if not np.isfinite(truth).all() or not truth.any():
        raise DataError(
            "the true terms are empty, all 0 or not finite: nothing moved this rating, leave it out"
        )
    weights = _aspect_weights(explanation, true_terms)
    size, top = np.abs(weights), int(np.argmax(np.abs(truth)))
    above, tied = np.sum(size > size[top]), np.sum(size == size[top])
    hits = {
        f"hit{k}": float(np.clip((k - above) / tied, 0, 1)) for k in (1, 3)
    }
    right = (1 + np.sign(weights) * np.sign(truth)) / 2
    sign = float(right @ np.abs(truth) / np.abs(truth).sum())
    return hits | {
        "rank": rank_correlation(size, np.abs(truth)),
        "reason_sign": sign,
    }


def _aspect_weights(
    explanation: Explanation, true_terms: Mapping[str, float]
) -> np.ndarray:
    """Return the weights of the aspects of `true_terms`, 0 where the
    explanation is silent.
    """
    given = {
        e.name: e.weight for e in explanation.evidence if e.kind == "aspect"
    }
    if strangers := [name for name in given if name not in true_terms]:
        raise DataError(
            f"{strangers[0]!r} is no aspect of the truth, which knows {', '.join(true_terms)}"
        )
    weights = np.array([given.get(name, 0.0) for name in true_terms])
    if not np.isfinite(weights).all():
        raise DataError(
            f"{explanation.method} gives a weight that is not finite: repair the explainer"
        )
    return weights


def agreement(
    first: Explanation, second: Explanation, k: int = 3
) -> dict[str, float]:
    """Return how far two explanations of one pair say the same: rank (of the
    weights, −1 … 1), overlap (of the top k).

    Two seeds, two methods, or two models: where they disagree, at most one
    tells the truth. Silence is a weight of 0. Raise DataError when they are
    about different pairs.
    """
    if (first.user, first.item) != (second.user, second.item):
        raise DataError(f"one explanation is about {first.user!r} and {first.item!r}, the other about "
                        f"{second.user!r} and {second.item!r}")  # fmt: skip
    weights = [
        {e.name: e.weight for e in why.evidence} for why in (first, second)
    ]
    names = sorted(weights[0] | weights[1])
    a, b = (
        np.array([given.get(name, 0.0) for name in names]) for given in weights
    )
    tops = [{e.name for e in why.top(k)} for why in (first, second)]
    overlap = len(tops[0] & tops[1]) / max(len(tops[0]), len(tops[1]), 1)
    return {"rank": rank_correlation(a, b), "overlap": overlap}


def rank_correlation(a, b) -> float:
    """Return Spearman's rank correlation of two (n,), ties sharing their
    ranks; 0 where one does not vary.

    >>> rank_correlation([1, 2, 3], [10, 20, 15]), rank_correlation([1, 1], [2, 3])
    (0.5, 0.0)
    """
    a, b = (rankdata(values) - (len(values) + 1) / 2 for values in (a, b))
    spread = np.sqrt((a @ a) * (b @ b))
    return round(float(a @ b / spread), 12) if spread else 0.0


def toward(change, side: str):
    """Return changes of the score so that above 0 means: as the claims of that
    side would have it.

    >>> toward(-0.5, "for"), toward(-0.5, "against")
    (-0.5, 0.5)
    """
    return SIDES[side](change)


def _grown(
    case: Case, explanation: Explanation, side: str, steps: int | None
) -> np.ndarray:
    """Return masks (steps + 1, m): nothing, the strongest claim, the two
    strongest, …
    """
    order, _ = ranked(case, explanation, side)
    steps = len(case) if steps is None else min(steps, len(case))
    masks = np.zeros((steps + 1, len(case)))
    for n, place in enumerate(order[:steps], start=1):
        masks[n:, place] = 1.0
    return masks
