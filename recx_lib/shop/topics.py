"""Chapter 1: which aspects a review speaks of, and how each is meant."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd

from recx_lib.shop.beyond import effects
from recx_lib.shop.draws import stream
from recx_lib.shop.law import Goods
from recx_lib.shop.settings import ShopSettings

WORTH_SAYING = 150  # a smaller effect is no second or third mention


class Mention(NamedTuple):
    """What a review says of one aspect.

    `how`: "judged", "ironic" (a complaint in words of praise), "hearsay" (what
    others say) or "unjudged" (named, no more). `moved` is what is felt, in
    thousandths of a star.
    """

    aspect: str
    moved: int
    how: str = "judged"

    @property
    def polarity(self) -> int:
        """1 for praise, −1 for complaint, 0 where nothing is judged.

        >>> Mention("fit", -300).polarity
        -1
        """
        if self.how == "unjudged":
            return 0
        return 1 if self.moved > 0 else -1


def mentioned(
    rng: np.random.Generator,
    reasons: pd.DataFrame,
    visits: pd.DataFrame,
    goods: Goods,
    settings: ShopSettings,
    seed: int,
) -> list[list[Mention]]:
    """Return, per visit, what its review says of one to three aspects (of none
    if it is silent), and of up to two more that are no cause.

    `reasons` are in thousandths. What a switch draws comes from a stream of
    its own, so that it changes nothing of what another draws.
    """
    moved = effects(reasons)
    aspects, effect = list(moved.columns), moved.to_numpy()
    # 1. the order in which aspects come to mind, and how many are named
    category = goods.category[visits["item"]]
    eager = eagerness(stream(seed, 2), moved, visits, category, settings)
    order = (-eager).argsort(axis=1, kind="stable")[:, :3]
    count = how_many(rng, effect, visits)
    # 2. the reviews that say nothing of the thing
    n_pairs = int(visits["pair"].max()) + 1
    luck = stream(seed, 3).random(n_pairs)[visits["pair"]]
    count[luck < settings.silent] = 0
    # 3. complaints, some of them in words of praise
    is_wry = stream(seed, 4).random(order.shape) < settings.irony
    said = []
    for row, n in enumerate(count):
        mentions = []
        for a, wry in zip(order[row, :n], is_wry[row], strict=False):
            how = "ironic" if wry and effect[row, a] < 0 else "judged"
            mentions.append(Mention(aspects[a], int(effect[row, a]), how))
        said.append(mentions)
    # 4. what is no cause
    quality = 10 * goods.quality[visits["item"]]
    _add_no_causes(stream(seed, 5), said, aspects, quality, settings)
    return said


def eagerness(
    rng: np.random.Generator,
    moved: pd.DataFrame,
    visits: pd.DataFrame,
    category: np.ndarray,
    settings: ShopSettings,
) -> np.ndarray:
    """Return how readily each aspect is named, (n_visits, n_aspects), −inf
    where it has no effect: an order, no more.

    The random ones are a race: an aspect of weight w arrives after −log(u) / w
    (Efraimidis and Spirakis, 2006), so the first n are drawn by weight.
    """
    # 1. How readily, by the switch that was set.
    size = moved.abs().to_numpy()
    applies = size > 0
    if settings.mentions == "size":
        eager = size
    elif settings.mentions == "surprise":
        usual = moved.groupby(category).transform("mean")
        eager = (moved - usual).abs().to_numpy()
    else:
        # a draw for each pair: edited reviews speak of the same things
        n_pairs = int(visits["pair"].max()) + 1
        luck = rng.random((n_pairs, size.shape[1]))[visits["pair"]]
        weight = applies / applies.sum(axis=1, keepdims=True)
        # half by size, half by luck
        if settings.mentions == "mixed":
            weight += size / size.sum(axis=1, keepdims=True)
        eager = np.log(luck) / np.where(applies, weight, 1)
    # 2. What does not apply is never named.
    eager = np.where(applies, eager, -np.inf)
    if settings.always_largest:
        eager[np.arange(len(size)), size.argmax(axis=1)] = np.inf
    return eager


def how_many(
    rng: np.random.Generator, effect: np.ndarray, visits: pd.DataFrame
) -> np.ndarray:
    """Return how many aspects each review names, (n_visits,), one to three:
    more where the second and third effect are worth a word.
    """
    largest = np.sort(np.abs(effect), axis=1)[:, ::-1]
    worth = largest >= WORTH_SAYING  # (n_visits, n_aspects)
    # the same luck for both reviews of an edited pair
    n_pairs = int(visits["pair"].max()) + 1
    luck = rng.random((n_pairs, 2))[visits["pair"]]
    second = worth[:, 1] & (luck[:, 0] < 0.75)
    third = second & worth[:, 2] & (luck[:, 1] < 0.5)
    return 1 + second + third


def _add_no_causes(
    rng: np.random.Generator,
    said: list[list[Mention]],
    aspects: list[str],
    felt_by_others: np.ndarray,
    settings: ShopSettings,
) -> None:
    """Add hearsay and aspects named without a judgement, in place, to reviews
    that are not silent; never an aspect that the review names already.
    """
    # drawn for every row, used or not: switches leave the rest alone
    luck = rng.random((len(said), 2))
    pick = rng.random((len(said), 2))
    shares = {"hearsay": settings.hearsay, "unjudged": settings.unjudged}
    for row, mentions in enumerate(said):
        for column, (how, share) in enumerate(shares.items()):
            if not mentions or luck[row, column] >= share:
                continue
            # only what was not named yet
            named = {mention.aspect for mention in mentions}
            felt = felt_by_others[row]
            free = [a for a in np.flatnonzero(felt) if aspects[a] not in named]
            a = free[int(pick[row, column] * len(free))]
            mentions.append(Mention(aspects[a], int(felt[a]), how))
