"""Chapter 0: what every explainer returns, and what a writer makes of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple


class Evidence(NamedTuple):
    """One thing an explanation cites.

    `kind` says what it is ("item", "aspect", "feature", "bias"), `name` which
    one, `weight` how far it moved the score (score units; negative: it spoke
    against the item).
    """

    kind: str
    name: str
    weight: float


@dataclass(frozen=True)
class Explanation:
    """Why one model gave one user one item: the evidence, in any order (`top`
    sorts).

    >>> cited = Evidence("item", "stove", 0.1), Evidence("item", "mat", 0.4)
    >>> why = Explanation("ann", "tent", "EASE", cited)
    >>> why.top(1)
    (Evidence(kind='item', name='mat', weight=0.4),)
    >>> why.total
    0.5
    """

    user: str
    item: str
    method: str
    evidence: tuple[Evidence, ...]

    def top(self, n: int) -> tuple[Evidence, ...]:
        """Return the `n` pieces of evidence with the largest absolute
        weight.
        """
        return tuple(sorted(self.evidence, key=lambda e: -abs(e.weight))[:n])

    @property
    def total(self) -> float:
        """The sum of all weights: for an exact explanation, the score (up to a
        stated constant).
        """
        return float(sum(e.weight for e in self.evidence))


@dataclass(frozen=True)
class Rationale:
    """The sentence a person reads, the aspects it mentions, and the
    explanation it rests on.
    """

    text: str
    aspects: tuple[str, ...]
    explanation: Explanation
