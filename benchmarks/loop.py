"""What comes back changes the model: three shops, three seeds.

`python -m benchmarks.loop` lets the customers of three simulated shops see
lists with sentences for half a year: what a young shop shows when it learns
from what it showed, what silent, honest and pleasing sentences bring, and what
a truth constraint costs a bandit; and, on those shops and MovieLens 100K, what
updates gain. Intervals draw customers, or are the smallest and largest of the
seeds. Writes book/results/loop.json; an interrupted run goes on.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import numpy as np
import pandas as pd

from benchmarks.loop_looks import peeking
from benchmarks.loop_parts import (
    SETTINGS,
    SPLIT,
    Shop,
    Stream,
    account,
    always,
    batch,
    features,
    kept,
    largest,
    n_arms,
    never,
    online,
    tidy,
    warm_start,
)
from benchmarks.loop_questions import questions
from benchmarks.loop_reviews import stuffed
from benchmarks.tidy import over_folds, row, run_sets
from recx_lib.data import Reviews, load_reviews
from recx_lib.judge import bootstrap_interval, gini, ratio_interval
from recx_lib.recommend import ALS, EpsilonGreedy, LinUCB, ThompsonSampling
from recx_lib.shop import run_weeks, shelves
from recx_lib.shop.visitors import LAW, NOBODY

NAME = "loop"
DATA = ("shop-kind", "shop", "shop-harsh", "ml-100k")
SEEDS = (0, 1, 2)
WEEKS = 26
FORGIVING = replace(LAW, shaken=0.0, let_down=0.0, hurt=0.0)
LIMITS = (-1.0, -0.05, 0.0, 0.05, 0.1)
BANDITS = {  # made for a shop: an arm for each aspect, and silence
    "floor:by_lot": lambda shop: EpsilonGreedy(n_arms(shop), epsilon=1.0),
    "recx:epsilon_greedy": lambda shop: EpsilonGreedy(n_arms(shop), 0.1),
    "recx:thompson": lambda shop: ThompsonSampling(n_arms(shop)),
    "recx:linucb": lambda shop: LinUCB(d=5, alpha=1.0),
}
WAYS = {
    "floor:never": never,
    "recx:online": online,
    "recx:warm_start": warm_start,
    "recx:batch": batch,
}
YOUNG = {  # how many places are given to anything; whether it is fitted anew
    "recx:never_updated": (0.0, False),
    "recx:updated": (0.0, True),
    "recx:explores_a_tenth": (0.1, True),
    "recx:explores_three_tenths": (0.3, True),
    "floor:lots": (1.0, False),
}
SOURCES = (
    "recx_lib/recommend/*.py",
    "recx_lib/shop/*.py",
    "benchmarks/loop*.py",
)  # the figures depend on these


def measure(data: str) -> list[dict]:
    """Return the rows of one data set."""
    rows = updates(data)
    if data in SETTINGS:
        shop = Shop.open(data)
        rows += bubbles(shop) + sentences(shop) + prices(shop)
        rows += questions(shop) + stuffed(shop)
    return rows


def updates(data: str) -> list[dict]:
    """Return what each way to go on is off by, and the share of batch's gain
    that it brings, by customer.
    """
    rows, split = [], "second half in twelve parts"
    stream = Stream.of(load_reviews(data))
    late = stream.user[len(stream.user) // 2 :]
    people = np.unique(late)
    errors = {}
    for system, update in WAYS.items():
        found = [stream.errors(update, seed) for seed in SEEDS]
        rmse = over_folds([float(np.sqrt(one.mean())) for one in found])
        value = rmse.pop("value")
        rows.append(row(data, split, system, "rmse", value, "updates", **rmse))
        errors[system] = np.bincount(late, np.mean(found, axis=0))[people]
    gain = {
        name: errors["floor:never"] - each for name, each in errors.items()
    }
    for system in ("recx:online", "recx:warm_start"):
        share, low, high = ratio_interval(gain[system], gain["recx:batch"])
        key = data, split, system, "gain_share", share, "updates"
        if np.isfinite(low + high):  # batch gains in every draw
            rows.append(row(*key, low=low, high=high, n=len(people)))
    return rows


def bubbles(shop: Shop, first: int = 1000) -> list[dict]:
    """Return what a young shop shows that learns from what it showed."""
    frame = shop.reviews.frame.sort_values("timestamp", kind="stable")
    keep = shop.reviews.frame.index.isin(frame.index[:first])
    young = shop.reviews.subset(keep)
    owned = np.zeros_like(shop.crowd.owned)
    owned[young.user_idx, young.item_idx] = True
    start = replace(shop.crowd, owned=owned)
    free = np.where(owned, -np.inf, start.pleases)
    best_30 = np.argsort(np.argsort(-free, axis=1), axis=1) < 30
    rows = []
    for system, how in YOUNG.items():
        marks = []
        for seed in SEEDS:
            choose = young_shop(young, *how)
            _, log = run_weeks(start, choose, WEEKS, LAW, seed)
            marks.append(bubble(log, best_30))
        rows += tidy(shop.name, system, "bubble", marks)
    return rows


def bubble(log: pd.DataFrame, best_30: np.ndarray) -> dict:
    """Return what the second quarter shows, what sells in both, and what was
    kept in all.
    """
    is_late = log["week"] >= WEEKS // 2
    late = log[is_late]
    shown = np.bincount(late["item"], minlength=best_30.shape[1])
    own = best_30[late["user"], late["item"]].mean()
    found = {"coverage": (shown > 0).mean(), "gini": gini(shown)}
    for name, when in {"early": ~is_late, "late": is_late}.items():
        sold = log["item"][when & log["bought"]]
        sold = np.bincount(sold, minlength=best_30.shape[1])
        found[f"gini_sold_{name}"] = gini(sold)
    return found | {"own_taste": own, "kept": kept(log).sum()}


def young_shop(young: Reviews, explore: float, update: bool):
    """Return what such a shop shows each week."""
    users = np.arange(young.n_users)
    first = ALS(k=8, sweeps=4).fit(young).score(users)

    def choose(crowd, log, rng):
        scores = first
        if update and len(log):
            now = grown(young, log)
            scores = ALS(k=8, sweeps=4).fit(now).score(users)
        lists = shelves(scores, crowd.owned)
        lots = shelves(rng.random(scores.shape), crowd.owned)
        lists = np.where(rng.random(lists.shape) < explore, lots, lists)
        return lists, np.full(lists.shape, NOBODY)

    return choose


def grown(young: Reviews, log: pd.DataFrame) -> Reviews:
    """Return the first reviews and the stars that came back."""
    back = log[log["stars"].notna()]
    more = pd.DataFrame({"rating": back["stars"].to_numpy()})
    more["user"] = np.array(young.users.raw)[back["user"]]
    more["item"] = np.array(young.items.raw)[back["item"]]
    frame = pd.concat([young.frame, more], ignore_index=True)
    return replace(young, frame=frame)


def sentences(shop: Shop) -> list[dict]:
    """Return what five ways to give a reason bring, and the honest one's
    lead over the pleasing one, by customer; and ten looks at a test.
    """
    rows, kept_by, logs = [], {}, {}
    for system, speak in speakers(shop).items():
        marks, total = [], np.zeros(len(shop.lift))
        runs = [half_a_year(shop, speak, seed) for seed in SEEDS]
        logs[system] = [log for _, log in runs]
        for after, log in runs:
            marks.append(account(after, log))
            np.add.at(total, log["user"], kept(log))
        kept_by[system] = total / len(SEEDS)
        rows += tidy(shop.name, system, "sentences", marks)
    ahead = kept_by["recx:honest"] - kept_by["recx:pleasing"]
    value, low, high = bootstrap_interval(ahead)
    key = shop.name, SPLIT, "recx:honest_less_pleasing", "kept_each"
    more = {"low": low, "high": high, "n": len(ahead)}
    rows.append(row(*key, value, "sentences", **more))
    return rows + peeking(shop, logs["recx:pleasing"], logs["recx:honest"])


def speakers(shop: Shop) -> dict:
    """Return ways to say why; the last two look at the record."""
    taste, quality = shop.crowd.taste, shop.crowd.quality

    def silent(lists):
        return np.full(lists.shape, NOBODY)

    def honest(lists):
        return largest(shop.mine[:, None] * shop.praise[lists])

    def true_reason(lists):
        return largest(taste[:, None] * quality[lists])

    return {
        "floor:silent": silent,
        "recx:honest": honest,
        "recx:pleasing": lambda lists: always(shop.lift, lists),
        "recx:true_reason": true_reason,
        "recx:true_favourite": lambda lists: always(taste, lists),
    }


def half_a_year(shop: Shop, speak, seed: int):
    """Return the crowd and the log after the weeks."""

    def choose(crowd, log, rng):
        lists = shelves(shop.scores, crowd.owned)
        return lists, speak(lists)

    return run_weeks(shop.crowd, choose, WEEKS, LAW, seed)


def prices(shop: Shop) -> list[dict]:
    """Return what bandits bring under truth constraints; LinUCB on a crowd
    that forgives, too.
    """
    rows = []
    for system, make in BANDITS.items():
        crowds = {"record": LAW, "forgiving": FORGIVING}
        if system != "recx:linucb":
            del crowds["forgiving"]
        for (crowd, law), limit in product(crowds.items(), LIMITS):
            runs = [
                with_bandit(shop, make(shop), limit, law, seed)
                for seed in SEEDS
            ]
            marks = [account(*run) for run in runs]
            said = "no limit" if limit == -1 else f"limit {limit:g}"
            setting = f"{crowd}, {said}".replace("-", "−")
            rows += tidy(shop.name, system, setting, marks)
    return rows


def with_bandit(shop: Shop, bandit, limit: float, law, seed: int):
    """Return half a year in which a bandit learns from clicks what to say."""
    memory = []
    silence = shop.praise.shape[1]

    def choose(crowd, log, rng):
        if memory:
            last = log[log["week"] == log["week"].max()]
            arms = last["named"].replace(NOBODY, silence)
            at = last["user"] * 5 + last["place"]
            bandit.learn(memory.pop()[at], arms, last["clicked"].astype(float))
        lists = shelves(shop.scores, crowd.owned)
        memory.append(features(shop, lists))
        quiet = np.ones((*lists.shape, 1), dtype=bool)
        praised = shop.praise[lists] > limit
        allowed = np.concatenate([praised, quiet], axis=2)
        arms = bandit.choose(memory[0], allowed.reshape(-1, silence + 1), rng)
        named = np.where(arms == silence, NOBODY, arms)
        return lists, named.reshape(lists.shape)

    return run_weeks(shop.crowd, choose, WEEKS, law, seed)


if __name__ == "__main__":
    run_sets(NAME, DATA, measure, SOURCES)
