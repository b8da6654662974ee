"""What the benchmark of three shops shares: one split of one shop with the
truth about it, and tallies by user.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd

from recx_lib.data import (
    Reviews,
    item_profile,
    load_reviews,
    load_shop_truth,
    mine_lexicon,
    mine_mentions,
    split_random,
    user_profile,
)
from recx_lib.shop import effects, top_reason


class Setting(NamedTuple):
    """One split of one shop: what its texts mention, and what is true."""

    train: Reviews
    test: Reviews
    mentions: pd.DataFrame  # mined from both parts, the lexicon from train
    judged: pd.DataFrame  # what reviews in truth judge, of both parts
    effect: pd.DataFrame  # what each aspect did to each test rating
    top: pd.DataFrame  # as `top_reason`, of the test part


def setting(shop: str, seed: int) -> Setting:
    """Return one split of a shop; the lexicon is mined from its training part
    alone.
    """
    reviews, truth = load_reviews(shop), load_shop_truth(shop)
    train, test = split_random(reviews, 0.2, seed)
    lexicon = mine_lexicon(train.frame["text"], train.rating)
    mentions = mine_mentions(reviews, lexicon, reviews.aspects)
    judged = truth.mentions
    if "how" in judged:
        judged = judged[judged["how"].isin(["judged", "ironic"])]
    pairs = reviews.frame[["user", "item"]]
    judged = judged.join(pairs, on="review", how="inner")
    reasons = truth.reasons.set_index("review").loc[test.frame.index]
    known = effects(reasons), top_reason(reasons)
    return Setting(train, test, mentions, judged, *known)


def profiles(mentions: pd.DataFrame, train: Reviews) -> tuple:
    """Return what users care about and items are praised for, in `train`."""
    return user_profile(mentions, train), item_profile(mentions, train)


class Tally:
    """Per system and metric, the sums of each user: what intervals over users
    need, and no more.
    """

    def __init__(self):
        self.rows = []

    def add(
        self,
        metric: str,
        system: str,
        users,
        values,
        per=1.0,
        setting: str = "",
    ) -> None:
        """Add a value per case, and what it is a share of; `users` (n,) names
        whose case each is.
        """
        cases = pd.DataFrame({"value": values, "per": per}, dtype=float)
        sums = cases.groupby(np.asarray(users)).sum()
        named = {"system": system, "metric": metric, "setting": setting}
        columns = {"user": sums.index.tolist()} | sums.to_dict("list")
        self.rows.append(named | columns)
