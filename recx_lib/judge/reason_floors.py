"""Reasons that come from no recommender, to be beaten where truth is known.

Where the true reasons are known, an explanation must find them more often
than reviews alone do.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from recx_lib.core.errors import DataError
from recx_lib.core.evidence import Evidence, Explanation


class ReasonFloors:
    """Explains any pair from what people wrote, and knows no model.

    `care` (n_users, n_aspects) and `fame` (n_items, n_aspects) are the tables
    of `user_profile` and `item_profile`; `mentions` (columns item and aspect)
    those of the training part. Users and items are raw ids. Every explanation
    cites all aspects of `fame`, in its order. Raise DataError where the tables
    speak of different aspects, and for an id that they lack.

    >>> aspects = ["fit", "hue"]
    >>> care = pd.DataFrame([[0.2, 0.6], [0.2, 0.2]], ["ann", "bob"], aspects)
    >>> fame = pd.DataFrame([[0.3, -0.25]], ["tent"], aspects)
    >>> said = pd.DataFrame({"item": "tent", "aspect": ["hue", *aspects]})
    >>> floors = ReasonFloors(care, fame, said)
    >>> for name, explain in floors.each().items():
    ...     [first] = explain("ann", "tent").top(1)
    ...     print(f"{name}: {first.name} {first.weight:+.3f}")
    care × fame: hue -0.375
    most praised: fit +0.300
    most talked of: hue -2.000
    """

    def __init__(
        self, care: pd.DataFrame, fame: pd.DataFrame, mentions: pd.DataFrame
    ):
        if set(care.columns) != set(fame.columns):
            odd = sorted(map(str, set(care.columns) ^ set(fame.columns)))
            raise DataError(
                f"only one of care and fame knows {', '.join(odd)}: "
                "make both from the same mentions"
            )
        # 1. how much more than others a user cares; nobody at all: 0
        lift = care[fame.columns] / care.mean()
        self.lift = lift.fillna(0.0)  # (n_users, n_aspects)
        # 2. how often an item's reviews mention each aspect
        self.fame = fame
        talk = pd.crosstab(mentions["item"], mentions["aspect"])
        self.talk = talk.reindex(fame.index, fill_value=0).reindex(
            columns=fame.columns, fill_value=0
        )  # (n_items, n_aspects)

    def each(self) -> dict:
        """Return {name: function of (user, item)}, for a table of floors."""
        return {
            "care × fame": self.care_times_fame,
            "most praised": self.most_praised,
            "most talked of": self.most_talked_of,
        }

    def care_times_fame(self, user: str, item: str) -> Explanation:
        """Cite (care / mean care) · fame: the first has the largest size."""
        fame = _row(self.fame, item, "item")
        weights = _row(self.lift, user, "user") * fame
        return self._explanation(user, item, "care × fame", weights)

    def most_praised(self, user: str, item: str) -> Explanation:
        """Cite the item's fame where it is praise; blamed aspects weigh 0."""
        praise = np.maximum(_row(self.fame, item, "item"), 0.0)
        return self._explanation(user, item, "most praised", praise)

    def most_talked_of(self, user: str, item: str) -> Explanation:
        """Cite the number of mentions, below 0 where they blame on balance."""
        side = np.where(_row(self.fame, item, "item") < 0, -1.0, 1.0)
        talk = side * _row(self.talk, item, "item")
        return self._explanation(user, item, "most talked of", talk)

    def _explanation(self, user, item, method, weights) -> Explanation:
        evidence = []
        for name, weight in zip(self.fame.columns, weights, strict=True):
            evidence.append(Evidence("aspect", str(name), float(weight)))
        return Explanation(user, item, method, tuple(evidence))


def _row(table: pd.DataFrame, name: str, kind: str) -> np.ndarray:
    """Return one row, (n_aspects,); raise DataError where there is none."""
    if name not in table.index:
        raise DataError(f"{kind} {name!r} has no row in the {kind}s' profile")
    return table.loc[name].to_numpy(float)
