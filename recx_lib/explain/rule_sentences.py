"""Chapter 8: a rule as a sentence that is true of every pair it covers.

Thresholds are said as ranks among pairs.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from recx_lib.core.evidence import Evidence, Explanation
from recx_lib.explain.rule_surrogate import SurrogateRules
from recx_lib.explain.rules import Condition, Rule


class Wording(NamedTuple):
    """How a feature is said: `high` where it surely lies above `middle`.

    `low` where it surely lies below. `middle` is in the feature's units; None
    is the median of the fitted pairs. `extent` False leaves out how far, for
    features that are either there or not.
    """

    high: str
    low: str
    middle: float | None = 0.0
    extent: bool = True


ALWAYS = {
    "user bias": Wording(
        high="you rate higher than matches explain",
        low="you rate lower than matches explain",
    ),
    "item bias": Wording(
        high="others rate it higher than matches explain",
        low="others rate it lower than matches explain",
    ),
    "overall match": Wording(
        high="all in all it suits you",
        low="all in all it does not suit you",
    ),
}


def pair_wordings(
    aspects: Iterable[str],
    tags: Iterable[str] = (),
    origin: float | Mapping[str, float] = 0.0,
    unit: float | Mapping[str, float] = 1.0,
) -> dict[str, Wording]:
    """Return how to say the features of `PairFeatures`, by name.

    Names are "match: weight", "user bias", "category: tents" and so on.
    `origin` and `unit` say where a feature's raw 0 lies and how long a raw 1
    is, for all or by name; for standardised features these are −mean / scale
    and 1 / scale.

    >>> wordings = pair_wordings(["weight"], origin={"quality: weight": -0.3})
    >>> wordings["quality: weight"].high, wordings["quality: weight"].middle
    ('its weight is good', -0.3)
    """
    wordings = dict(ALWAYS)
    for aspect in aspects:
        wordings |= _of_aspect(aspect)
    for tag in tags:
        wordings[f"category: {tag}"] = Wording(
            high=f"it belongs to {tag}",
            low=f"it does not belong to {tag}",
            middle=0.5,
            extent=False,
        )
    for name, wording in wordings.items():
        if wording.middle is not None:
            zero, one = _given(origin, name, 0.0), _given(unit, name, 1.0)
            middle = zero + one * wording.middle
            wordings[name] = wording._replace(middle=middle)
    return wordings


def _of_aspect(aspect: str) -> dict[str, Wording]:
    match = Wording(
        high=f"its {aspect} suits you",
        low=f"its {aspect} does not suit you",
    )
    taste = Wording(
        high=f"you care more about {aspect} than most",
        low=f"you care less about {aspect} than most",
        middle=None,
    )
    quality = Wording(f"its {aspect} is good", f"its {aspect} is poor")
    kinds = {"match": match, "taste": taste, "quality": quality}
    return {f"{kind}: {aspect}": said for kind, said in kinds.items()}


def _given(
    given: float | Mapping[str, float], name: str, other: float
) -> float:
    return given.get(name, other) if isinstance(given, Mapping) else given


def extent(condition: Condition) -> str:
    """Return where a condition puts its feature among the fitted pairs.

    >>> extent(Condition(0, "x", low=3.0, low_rank=0.8))
    'in the highest 20 %'
    >>> extent(Condition(0, "x", high=4.0, high_rank=0.9))
    'not in the highest 10 %'
    """
    low, high = condition.low_rank, condition.high_rank
    highest = f"in the highest {_percent(1 - low)}"
    lowest = f"in the lowest {_percent(high)}"
    not_highest = f"the highest {_percent(1 - high)}"
    not_lowest = f"the lowest {_percent(low)}"
    if condition.low == -np.inf:  # one bound
        return lowest if high <= 0.5 else f"not in {not_highest}"
    if condition.high == np.inf:
        return highest if low >= 0.5 else f"not in {not_lowest}"
    if low >= 0.5:  # two bounds, on one side of the median
        return f"{highest}, not {not_highest}"
    if high <= 0.5:
        return f"{lowest}, not {not_lowest}"
    return f"between {not_lowest} and {not_highest}"


def say_condition(
    condition: Condition, wordings: Mapping[str, Wording] | None = None
) -> str:
    """Return a condition in words, with its extent.

    By the bare name where there are no words that are surely true.

    >>> suits = Condition(0, "match: weight", low=0.1, low_rank=0.8)
    >>> say_condition(suits, pair_wordings(["weight"]))
    'its weight suits you (in the highest 20 %)'
    >>> unsure = Condition(0, "match: weight", low=-0.1, low_rank=0.2)
    >>> say_condition(unsure, pair_wordings(["weight"]))
    'match: weight is not in the lowest 20 %'
    """
    wording = (wordings or {}).get(condition.name)
    if wording is not None:
        low, high, middle = condition.low, condition.high, wording.middle
        if middle is None:  # the median: compare ranks
            low, high, middle = condition.low_rank, condition.high_rank, 0.5
        # every pair that the rule covers must lie on one side
        if low >= middle or high < middle:
            text = wording.high if low >= middle else wording.low
            far = f" ({extent(condition)})" if wording.extent else ""
            return text + far
    return f"{condition.name} is {extent(condition)}"


def say_rule(
    model: SurrogateRules,
    rule: Rule,
    title: str = "it",
    wordings: Mapping[str, Wording] | None = None,
    why: Explanation | None = None,
    unit: str = "stars",
    n: int = 4,
) -> str:
    """Say a rule: what to expect, why, what speaks against it, how often.

    The `n` conditions that moved the score most are said, the others counted;
    "because" are those that moved it towards the rule's value, "although"
    those that moved it the other way. `why`, the local explanation of one
    pair, adds its two strongest aspects. How far to believe it: the figures
    are the rule's own; give one from `measure` on held-out pairs to have
    honest ones.
    """
    up = rule.value >= model.base_
    only = "" if up else "only "
    text = f"We expect {only}{rule.value:.1f} {unit} of {title}"
    if not rule.conditions:
        nothing = "the rules found nothing that tells pairs apart"
        return f"{text}, as of everything: {nothing}."
    because, although = [], []
    for condition in rule.conditions[:n]:
        towards = (condition.move >= 0) == up
        side = because if towards else although
        side.append(say_condition(condition, wordings))
    text += f" because {_listed(because)}" if because else ""
    text += f", although {_listed(although)}" if although else ""
    more = len(rule.conditions[n:])
    if more:
        lesser = "condition" if more == 1 else "conditions"
        text += f" ({more} lesser {lesser} left unsaid)"
    return f"{text}. {_strongest(why, unit)}{_figures(model, rule, unit)}"


def _strongest(why: Explanation | None, unit: str) -> str:
    """Return a sentence on the two strongest aspects; "" where none moved."""
    cited: list[Evidence] = []
    for e in why.top(len(why.evidence)) if why else ():
        if e.kind == "aspect" and e.weight:
            cited.append(e)
    if not cited:
        return ""
    said = [f"{e.name} ({e.weight:+.1f} {unit})" for e in cited[:2]]
    return f"Of the aspects, {_listed(said)} moved it most. "


def _figures(model: SurrogateRules, rule: Rule, unit: str) -> str:
    if not rule.n:
        return "It holds for none of the pairs that it was tried on."
    pairs = round(rule.n / rule.coverage)
    agrees, recommends = _percent(rule.fidelity), _percent(rule.precision)
    within = f"{model.tolerance:g} {unit}"
    return (
        f"This holds for {rule.n:,} of {pairs:,} pairs; on {agrees} of them "
        f"the model agrees to within {within}, and it recommends "
        f"{recommends} of them, {rule.lift:.1f} times its usual share."
    )


def _listed(parts: Sequence[str]) -> str:
    if len(parts) == 1:
        return parts[0]
    return f"{', '.join(parts[:-1])} and {parts[-1]}"


def _percent(share: float) -> str:
    """Return a share in per cent, whole unless that would make it 0 or 100."""
    if share < 0.01:
        return f"{100 * share:.2g} %"
    decimals = 0 if share <= 0.99 else 1
    return f"{100 * share:.{decimals}f} %"
