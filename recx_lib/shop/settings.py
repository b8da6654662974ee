"""Chapter 1: what a simulated shop may be like, and three that are.

Every switch of `ShopSettings` has the middle shop's value as its default: the
book's shop. `KIND` obliges its models: its reviews say what moved the rating,
and its law is the models' own. `HARSH` obliges nobody.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite

from recx_lib.core.errors import DataError

MENTIONS = ("size", "mixed", "uniform", "surprise")


LIMITS = {  # switch -> smallest and largest value
    "user_bias": (0, 3),
    "item_bias": (0, 3),
    "noise": (0, 3),
    "selection": (0, 5),
    "spread": (0, 1),
    "dealbreakers": (0, 1),
    "context": (0, 3),
    "silent": (0, 1),
    "hearsay": (0, 1),
    "unjudged": (0, 1),
    "irony": (0, 1),
}


@dataclass(frozen=True)
class ShopSettings:
    """How a shop's ratings come about, and what its reviews say of them.

    The rating:

    - `user_bias`, `item_bias`, `noise`: standard deviations, in stars, of
      how generous users are, how well liked items are, and of chance.
    - `spread`: standard deviation of an item's qualities (each from −1 to 1).
    - `selection`: log-odds per star by which users review what suits them.
    - `dealbreakers`: share of all praise (the sum of the terms above zero)
      that is lost once an aspect costs a star or more: too heavy to carry,
      whatever else.
    - `context`: extra taste, in stars per unit of quality and whole tenths,
      for the one aspect that the occasion calls for (warmth in winter, …);
      nobody but the simulator knows the occasion.

    The review:

    - `mentions`: which aspects it names. "size": those with the largest
      terms; "uniform": any that say something of the item, all equally
      likely; "mixed": drawn by size for one half, uniformly for the other;
      "surprise": those whose terms are furthest from the usual one in the
      item's category. How many there are does not depend on it.
    - `always_largest`: whether the largest term is named in any case.
    - `silent`: share of reviews that name no aspect.
    - `hearsay`, `unjudged`: share of the others that add what people say of
      another aspect, or name one without judging it: no cause of the rating.
    - `irony`: share of complaints worded as praise.

    Raises DataError, naming switch and value, for one out of range.

    >>> ShopSettings(mentions="uniform").noise
    0.7
    >>> ShopSettings(irony=20)
    Traceback (most recent call last):
    recx_lib.core.errors.DataError: irony=20 must be a number from 0 to 1
    """

    user_bias: float = 0.55
    item_bias: float = 0.15
    noise: float = 0.7
    spread: float = 0.4
    selection: float = 0.5
    dealbreakers: float = 0.5
    context: float = 0.8
    mentions: str = "mixed"
    always_largest: bool = False
    silent: float = 0.1
    hearsay: float = 0.1
    unjudged: float = 0.1
    irony: float = 0.02

    def __post_init__(self):
        # 1. Numbers within their limits.
        for name, (low, high) in LIMITS.items():
            value = getattr(self, name)
            if not (_is_number(value) and low <= value <= high):
                wanted = f"must be a number from {low} to {high}"
                raise DataError(f"{name}={value!r} {wanted}")
        # 2. Choices among those known.
        if self.mentions not in MENTIONS:
            known = ", ".join(MENTIONS)
            found = f"mentions={self.mentions!r}"
            raise DataError(f"{found} is unknown: choose one of {known}")
        if not isinstance(self.always_largest, bool):
            found = f"always_largest={self.always_largest!r}"
            raise DataError(f"{found} must be True or False")

    @property
    def names_more_than_causes(self) -> bool:
        """Whether an aspect may be named and yet be no cause, or be meant
        otherwise than said; then `mentions` tells how each is meant.

        >>> KIND.names_more_than_causes, HARSH.names_more_than_causes
        (False, True)
        """
        return self.hearsay + self.unjudged + self.irony > 0


def _is_number(value) -> bool:
    is_number = isinstance(value, (int, float)) and isfinite(value)
    return is_number and not isinstance(value, bool)


KIND = ShopSettings(
    user_bias=0.22,
    item_bias=0.12,
    noise=0.4,
    spread=0.52,
    dealbreakers=0.0,
    context=0.0,
    mentions="size",
    silent=0.0,
    hearsay=0.0,
    unjudged=0.0,
    irony=0.0,
)


# set beside MovieLens 100K and Musical Instruments: see data/README.md
MIDDLE = ShopSettings()


HARSH = ShopSettings(
    user_bias=0.6,
    item_bias=0.2,
    noise=1.0,
    spread=0.35,
    selection=1.0,
    dealbreakers=0.8,
    context=1.5,
    mentions="uniform",
    silent=0.3,
    hearsay=0.3,
    unjudged=0.3,
    irony=0.1,
)


SHOPS = {"kind": KIND, "middle": MIDDLE, "harsh": HARSH}
