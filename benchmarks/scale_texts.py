"""A sentence for each of many drawn ratings, and what it says of aspects.

In a module of its own, since a cluster's workers import it by name.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pandas as pd

from recx_lib.data import Lexicon, Reviews, load_reviews, mine_mentions
from recx_lib.scale import DrawnRatings
from recx_lib.scale.mined import Tally


@cache
def sentences() -> np.ndarray:
    """Return all sentences of the shop."""
    texts = load_reviews("shop").frame["text"]
    return texts.str.split(r"(?<=[.!?])\s+", regex=True).explode().to_numpy()


def spoken(number: int, drawn: DrawnRatings) -> Reviews:
    """Return a part of drawn ratings, each with a sentence of the shop's."""
    part = drawn.part(number)
    rng = np.random.default_rng([drawn.seed, number])
    text = rng.choice(sentences(), len(part.rating))
    who = {"user": part.user_idx.astype(str), "item": part.item_idx}
    frame = pd.DataFrame({**who, "rating": part.rating, "text": text})
    frame["item"] = frame["item"].astype(str)
    return replace(load_reviews("shop"), frame=frame.assign(timestamp=0))


def heard(number: int, drawn: DrawnRatings, lexicon: Lexicon) -> Tally:
    """Count what a part's sentences say of each aspect: by term and side."""
    said = spoken(number, drawn)
    found = mine_mentions(said, lexicon, said.aspects)
    return Tally(zip(found["term"], found["polarity"], strict=True))
