"""Chapter 7: a rule as a sentence that is true of every pair it covers,
thresholds said as ranks among pairs.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from recx_lib.core.evidence import Explanation
from recx_lib.explain.rules import Condition, Rule, SurrogateRules


class Words(NamedTuple):
    """How to say one feature: `high` when it surely lies above `middle`, `low`
    when it surely lies below.

    `middle` is in the feature's units; None is the median of the fitted pairs.
    `extent` False leaves out how far, for features that are either there or
    not.
    """

    high: str
    low: str
    middle: float | None = 0.0
    extent: bool = True


def pair_words(aspects: Iterable[str], tags: Iterable[str] = (), origin: float | Mapping[str, float] = 0.0,
               unit: float | Mapping[str, float] = 1.0) -> dict[str, Words]:  # fmt: skip
    """Return words for the features of `PairFeatures`: "match: weight", "user
    mean", "category: tents" and so on.

    `origin` and `unit` say where a feature's raw 0 lies and how long a raw 1
    is, for all or by name; for standardised features these are −mean / scale
    and 1 / scale.

    >>> pair_words(["weight"], origin={"quality: weight": -0.3})["quality: weight"]
    Words(high='its weight is good', low='its weight is poor', middle=-0.3, extent=True)
    """
    words = {
        "user mean": Words(
            "you rate higher than matches explain",
            "you rate lower than matches explain",
        ),
        "item mean": Words(
            "others rate it higher than matches explain",
            "others rate it lower than matches explain",
        ),
        "overall match": Words(
            "all in all it suits you", "all in all it does not suit you"
        ),
    }
    for a in aspects:
        words[f"match: {a}"] = Words(
            f"its {a} suits you", f"its {a} does not suit you"
        )
        words[f"taste: {a}"] = Words(
            f"you care more about {a} than most",
            f"you care less about {a} than most",
            None,
        )
        words[f"quality: {a}"] = Words(f"its {a} is good", f"its {a} is poor")
    for tag in tags:
        words[f"category: {tag}"] = Words(
            f"it belongs to {tag}",
            f"it does not belong to {tag}",
            0.5,
            extent=False,
        )
    at = lambda given, name, other: (
        given.get(name, other) if isinstance(given, Mapping) else given
    )  # noqa: E731
    return {
        name: said if said.middle is None else
        said._replace(middle=at(origin, name, 0.0) + at(unit, name, 1.0) * said.middle)
        for name, said in words.items()
    }  # fmt: skip


def extent(condition: Condition) -> str:
    """Return where a condition puts its feature among the pairs that the rules
    were fitted on.

    >>> extent(Condition(0, "x", low=3.0, low_rank=0.8)), extent(Condition(0, "x", high=4.0, high_rank=0.9))
    ('in the highest 20 %', 'not in the highest 10 %')
    """
    low, high = condition.low_rank, condition.high_rank
    highest, lowest = (
        f"in the highest {_percent(1 - low)}",
        f"in the lowest {_percent(high)}",
    )
    not_highest, not_lowest = (
        f"the highest {_percent(1 - high)}",
        f"the lowest {_percent(low)}",
    )
    if condition.low == -np.inf:
        return lowest if high <= 0.5 else f"not in {not_highest}"
    if condition.high == np.inf:
        return highest if low >= 0.5 else f"not in {not_lowest}"
    if low >= 0.5:
        return f"{highest}, not {not_highest}"
    return (
        f"{lowest}, not {not_lowest}"
        if high <= 0.5
        else f"between {not_lowest} and {not_highest}"
    )


def say_condition(
    condition: Condition, words: Mapping[str, Words] | None = None
) -> str:
    """Return a condition in words, with its extent; by the bare name where
    there are no words that are surely true.

    >>> say_condition(Condition(0, "match: weight", low=0.1, low_rank=0.8), pair_words(["weight"]))
    'its weight suits you (in the highest 20 %)'
    >>> say_condition(Condition(0, "match: weight", low=-0.1, low_rank=0.2), pair_words(["weight"]))
    'match: weight is not in the lowest 20 %'
    """
    said = (words or {}).get(condition.name)
    if said is not None:
        by_rank = said.middle is None
        low, high = (
            (condition.low_rank, condition.high_rank)
            if by_rank
            else (condition.low, condition.high)
        )
        middle = 0.5 if by_rank else said.middle
        if (
            low >= middle or high < middle
        ):  # every pair that the rule covers lies on one side
            text = said.high if low >= middle else said.low
            return f"{text} ({extent(condition)})" if said.extent else text
    return f"{condition.name} is {extent(condition)}"


def say_rule(model: SurrogateRules, rule: Rule, title: str = "it", words: Mapping[str, Words] | None = None,
             why: Explanation | None = None, unit: str = "stars", n: int = 4) -> str:  # fmt: skip
    """Say a rule: what to expect, why, what speaks against it, how often the
    rule holds and how far to believe it.

    The `n` conditions that moved the score most are said, the others counted;
    "because" are those that moved it towards the rule's value, "although"
    those that moved it the other way. `why`, the local explanation of one
    pair, adds its two strongest aspects. The figures are the rule's own: give
    one from `measure` on held-out pairs to have honest ones.
    """
    up = rule.value >= model.base_
    text = (
        f"We expect {'' if up else 'only '}{rule.value:.1f} {unit} of {title}"
    )
    if not rule.conditions:
        return f"{text}, as of everything: the rules found nothing that tells pairs apart."
    sides: dict[bool, list[str]] = {True: [], False: []}
    for condition in rule.conditions[:n]:
        sides[(condition.move >= 0) == up].append(
            say_condition(condition, words)
        )
    text += f" because {_listed(sides[True])}" if sides[True] else ""
    text += f", although {_listed(sides[False])}" if sides[False] else ""
    if more := len(rule.conditions[n:]):
        text += f" ({more} lesser condition{'s' * (more > 1)} left unsaid)"
    return f"{text}. {_strongest(why, unit)}{_figures(model, rule, unit)}"


def _strongest(why: Explanation | None, unit: str) -> str:
    cited = [
        e
        for e in (why.top(len(why.evidence)) if why else ())
        if e.kind == "aspect" and e.weight
    ][:2]
    said = (
        _listed([f"{e.name} ({e.weight:+.1f} {unit})" for e in cited])
        if cited
        else ""
    )
    return f"Of the aspects, {said} moved it most. " if cited else ""


def _figures(model: SurrogateRules, rule: Rule, unit: str) -> str:
    if not rule.n:
        return "It holds for none of the pairs that it was tried on."
    return (f"This holds for {rule.n:,} of {round(rule.n / rule.coverage):,} pairs; on {_percent(rule.fidelity)} of "
            f"them the model agrees to within {model.tolerance:g} {unit}, and it recommends "
            f"{_percent(rule.precision)} of them, {rule.lift:.1f} times its usual share.")  # fmt: skip


def _listed(parts: Sequence[str]) -> str:
    return (
        parts[0]
        if len(parts) == 1
        else f"{', '.join(parts[:-1])} and {parts[-1]}"
    )


def _percent(share: float) -> str:
    """Return a share in per cent, whole unless that would make it 0 or 100."""
    return (
        f"{100 * share:.2g} %"
        if share < 0.01
        else f"{100 * share:.{0 if share <= 0.99 else 1}f} %"
    )
