"""What the measurements of the loop share: a shop, a stream, marks."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from benchmarks.tidy import over_folds, row
from recx_lib.data import (
    Reviews,
    item_profile,
    load_reviews,
    mine_reviews,
    user_profile,
)
from recx_lib.recommend import LinearProfile
from recx_lib.recommend.sgd import sgd_epoch
from recx_lib.shop import SHOPS, Crowd, World
from recx_lib.shop.visitors import NOBODY

SETTINGS = {"shop-kind": "kind", "shop": "middle", "shop-harsh": "harsh"}
SPLIT = "26 weeks, 3 seeds"
PASSES = 60  # over the ratings, from scratch: the first half's and batch's


@dataclass(frozen=True)
class Shop:
    """A shop's reviews, its customers, and a model of aspects."""

    name: str
    reviews: Reviews
    mentions: pd.DataFrame
    crowd: Crowd
    lift: np.ndarray  # (n_users, n_aspects) log of how much more is said
    mine: np.ndarray  # (n_users, n_aspects) weight times what is said
    praise: np.ndarray  # (n_items, n_aspects)
    scores: np.ndarray  # (n_users, n_items)

    @classmethod
    def open(cls, name: str) -> Shop:
        """Load a shop, mine its reviews and fit the model."""
        reviews = load_reviews(name)
        mentions = mine_reviews(reviews)
        U = user_profile(mentions, reviews)
        V = item_profile(mentions, reviews)
        model = LinearProfile().fit(reviews, U, V)
        weight = (model.coef_ / model.scale_)[:-2]
        lift = np.log(model.U_ / model.U_.mean(axis=0))
        crowd = Crowd.of(World.of(SHOPS[SETTINGS[name]]))
        scores = model.score(np.arange(reviews.n_users))
        mine = weight * model.U_
        about = name, reviews, mentions, crowd
        return cls(*about, lift, mine, model.V_, scores)


@dataclass(frozen=True)
class Stream:
    """A table's ratings in the order of time; the second half comes in twelve
    parts.
    """

    reviews: Reviews
    user: np.ndarray  # (n,)
    item: np.ndarray  # (n,)
    stars: np.ndarray  # (n,)

    @classmethod
    def of(cls, reviews: Reviews) -> Stream:
        """Sort the rows by time."""
        when = reviews.frame["timestamp"].to_numpy()
        order = np.argsort(when, kind="stable")
        stars = reviews.rating[order].astype(np.float32)
        user, item = reviews.user_idx[order], reviews.item_idx[order]
        return cls(reviews, user, item, stars)

    def fresh(self, upto: int, seed: int) -> tuple:
        """Return mu, b_u, b_i, P and Q to begin with."""
        rng = np.random.default_rng(seed)
        sizes = self.reviews.n_users, self.reviews.n_items
        P, Q = [rng.normal(0, 0.05, (n, 8)).astype("f4") for n in sizes]
        b_u, b_i = (np.zeros(n, "f4") for n in sizes)
        return self.stars[:upto].mean(), b_u, b_i, P, Q

    def passes(self, model: tuple, rows: slice, n: int) -> tuple:
        """Step over some rows n times, in place."""
        user, item = self.user[rows], self.item[rows]
        for _ in range(n):
            lr, reg = np.float32(0.01), np.float32(0.08)
            sgd_epoch(user, item, self.stars[rows], model, lr, reg)
        return model

    def squared(self, model: tuple, rows: slice) -> np.ndarray:
        """Return the squared errors of some rows."""
        mu, b_u, b_i, P, Q = model
        u, i = self.user[rows], self.item[rows]
        guess = mu + b_u[u] + b_i[i] + (P[u] * Q[i]).sum(axis=1)
        guess = np.clip(guess, *self.reviews.scale)
        return (guess - self.stars[rows]) ** 2

    def errors(self, update, seed: int) -> np.ndarray:
        """Return the squared errors of a way to go on, tested before
        trained.
        """
        n = len(self.stars)
        cuts = np.linspace(n // 2, n, 13).astype(int)
        model = self.batch(cuts[0], seed)
        found = []
        for start, end in zip(cuts[:-1], cuts[1:], strict=True):
            found.append(self.squared(model, slice(start, end)))
            model = update(self, model, start, end, seed)
        return np.concatenate(found)

    def batch(self, upto: int, seed: int) -> tuple:
        """Return a model learned from scratch."""
        return self.passes(self.fresh(upto, seed), slice(0, upto), PASSES)


def never(stream: Stream, model, start, end, seed):
    """Leave the model as it was."""
    return model


def online(stream: Stream, model, start, end, seed):
    """Take a step for each new rating."""
    return stream.passes(model, slice(start, end), 1)


def warm_start(stream: Stream, model, start, end, seed):
    """Pass over everything twice, from where the model is."""
    return stream.passes(model, slice(0, end), 2)


def batch(stream: Stream, model, start, end, seed):
    """Begin anew."""
    return stream.batch(end, seed)


def largest(terms: np.ndarray) -> np.ndarray:
    """Return the aspect with the largest term, where one is above zero."""
    speaks = terms.max(axis=-1) > 0
    return np.where(speaks, terms.argmax(axis=-1), NOBODY)


def always(cares: np.ndarray, lists: np.ndarray) -> np.ndarray:
    """Return everybody's favourite aspect at every place."""
    return np.repeat(cares.argmax(axis=1)[:, None], lists.shape[1], axis=1)


def kept(log: pd.DataFrame) -> np.ndarray:
    """Return which rows were bought and not sent back."""
    return (log["bought"] & ~log["returned"]).to_numpy()


def account(after: Crowd, log: pd.DataFrame) -> dict:
    """Return what came of half a year."""
    clicks = log.groupby("week")["clicked"].mean()
    heard = log["promise"] != 0
    broken = (log["promise"] < 0).sum() / max(heard.sum(), 1)
    sold = log[log["bought"]]
    return {
        "clicks_first": clicks[:4].mean(),
        "clicks_last": clicks[-4:].mean(),
        "conversion": len(sold) / log["clicked"].sum(),
        "sent_back": sold["returned"].mean(),
        "kept": kept(log).sum(),
        "broken": broken,
        "trust": after.trust[after.here].mean(),
        "lost": (~after.here).sum(),
    }


def n_arms(shop: Shop) -> int:
    """Return how many things may be said: every aspect, or nothing."""
    return shop.praise.shape[1] + 1


def features(shop: Shop, lists: np.ndarray) -> np.ndarray:
    """Return (n_users * k, n_aspects + 1, 5); silence is the last arm."""
    praise = shop.praise[lists]
    mine = np.broadcast_to(shop.lift[:, None], praise.shape)
    one = np.ones_like(praise)
    X = np.stack([one, one, mine, praise, mine * praise], axis=-1)
    quiet = np.zeros_like(X[:, :, :1])
    quiet[..., 0] = 1
    both = np.concatenate([X, quiet], axis=2)
    return both.reshape(-1, praise.shape[2] + 1, 5)


def tidy(data: str, system: str, setting: str, marks: list[dict]) -> list:
    """Return a row per mark: mean, smallest and largest of the seeds."""
    rows = []
    for metric in marks[0]:
        seeds = over_folds([float(mark[metric]) for mark in marks])
        value = seeds.pop("value")
        rows.append(row(data, SPLIT, system, metric, value, setting, **seeds))
    return rows
