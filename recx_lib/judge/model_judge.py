"""Chapter 12: a judge that is a model, and whether one should believe it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from sklearn.metrics import cohen_kappa_score

# answers → how likely each is, in nats: a model that has read a question
Weigh = Callable[[str, Sequence[str]], np.ndarray]


def says_yes(weigh: Weigh, question: str) -> float:
    """Return how much likelier the answer "Yes" is than "No", in nats."""
    yes, no = weigh(question, ["Yes", "No"])
    return float(yes - no)


def prefers_first(weigh: Weigh, question: str, pair: tuple[str, str]) -> float:
    """Return how much likelier "A" is than "B", in nats.

    `question` has the places {a} and {b} for the two texts.
    """
    first, second = pair
    asked = question.format(a=first, b=second)
    a, b = weigh(asked, ["A", "B"])
    return float(a - b)


def position_bias(
    in_order: Sequence[float], swapped: Sequence[float]
) -> dict[str, float]:
    """Return what a judge of pairs owes to the order they are shown in.

    `in_order` and `swapped` (n,) say how much the first shown was preferred,
    when the pair was shown in order and the other way round. "first": share
    of all answers that took the first; "consistent": share of pairs of which
    the same text won both times. Zheng et al. (2023).

    >>> position_bias([1.0, 2.0], [3.0, -1.0])
    {'first': 0.75, 'consistent': 0.5}
    """
    a, b = np.asarray(in_order) > 0, np.asarray(swapped) > 0
    first = np.mean([a, b])
    return {"first": float(first), "consistent": float(np.mean(a != b))}


def judge_agreement(
    said: Sequence[bool], truth: Sequence[bool]
) -> dict[str, float]:
    """Return how often two judges say the same, and Cohen's kappa.

    Kappa is 0 where they agree as often as chance would, 1 where always; 0
    too where one of them always says the same.

    >>> judge_agreement([True, True], [True, False])
    {'agree': 0.5, 'kappa': 0.0}
    """
    said, truth = np.asarray(said, bool), np.asarray(truth, bool)
    agree = float(np.mean(said == truth))
    one_sided = len(set(said)) == 1 or len(set(truth)) == 1
    kappa = 0.0 if one_sided else float(cohen_kappa_score(said, truth))
    return {"agree": agree, "kappa": kappa}
