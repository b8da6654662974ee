"""What do explanations give away, whom do they treat worse, what hides it?

`python -m benchmarks.people` attacks EASE, neighbours and quotations on three
shops and a corner of two public sets, beside popularity and a model that never saw the
customer; measures what noise costs in quality and in truth, the gaps between
groups of customers with Holm's correction, and what two cures bring things
that are rarely bought. Intervals draw customers. Writes book/results/people.json; an interrupted run goes on.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import pandas as pd

from benchmarks.tidy import over, over_folds, row, run_sets
from recx_lib.data import Ids, Reviews, load_reviews, split_random
from recx_lib.judge import evaluate_ranking, top_k
from recx_lib.people import (
    Neighbours,
    PrivateEASE,
    Target,
    discount_popular,
    draw_targets,
    gap,
    holm,
    list_quality,
    mark_guess,
    politeness,
    quoted_for,
    reserve,
    rise_attack,
    said_weights,
    style_attack,
)
from recx_lib.people.policy import SENTENCE_END
from recx_lib.recommend import EASE, Popularity

NAME = "people"
DATA = (
    "shop-kind",
    "shop",
    "shop-harsh",
    "musical_instruments",
    "ml-100k",
)
SPLIT = "seed 0"
N_TARGETS, N_USERS = 25, 200
MOST_ITEMS, MOST_USERS = 300, 800  # of public sets
EPSILONS = (100, 10, 1)
REGS = (300, 1000, 3000, 10_000, 100_000)
MEASURES = ("ndcg", "length", "popular", "decides")
SOURCES = (
    "recx_lib/people/*.py",
    "recx_lib/people/policy.toml",
    "recx_lib/recommend/ease.py",
    "benchmarks/people.py",
)  # the figures depend on these


@dataclass(frozen=True)
class Shop:
    """A data set, cut in train and test, and whom to attack in it."""

    data: str

    @cached_property
    def parts(self) -> tuple[Reviews, Reviews]:
        """Train and test."""
        return split_random(corner(load_reviews(self.data)), 0.2, seed=0)

    @property
    def train(self) -> Reviews:
        return self.parts[0]

    @cached_property
    def everyone(self) -> list[Target]:
        """All whose history is long enough, in a drawn order."""
        return draw_targets(self.train, n=self.train.n_users)

    @property
    def targets(self) -> list[Target]:
        return self.everyone[:N_TARGETS]

    @cached_property
    def is_late(self) -> np.ndarray:
        """Which training rows came between the two visits, (n,) bool."""
        train = self.train
        pair = train.user_idx * train.n_items + train.item_idx
        late = [t.user_idx * train.n_items + t.hidden for t in self.everyone]
        return np.isin(pair, np.concatenate(late))

    def model(self, epsilon: float | None = None, seed: int = 0) -> EASE:
        """EASE of the training table, private if so asked."""
        return fitted(self.train, epsilon, seed)

    def rises(self, others: int, epsilon=None, digits=None) -> list[dict]:
        """Return the marks of the rise attack, so many others about."""
        rng, marks = np.random.default_rng(0), []
        after = said_weights(self.model(epsilon), digits=digits)
        numbers = [target.user_idx for target in self.everyone]
        for target in self.targets:
            able = np.setdiff1d(numbers, [target.user_idx])
            came = rng.choice(able, min(others, len(able)), replace=False)
            came = np.append(came, target.user_idx)
            gone = self.is_late & np.isin(self.train.user_idx, came)
            model = fitted(self.train.subset(~gone), epsilon, seed=1)
            before = said_weights(model, digits=digits)
            guess = rise_attack(before, after, target.known)
            marks.append(mark_guess(guess, target))
        return marks

    def guesses(self, guess) -> list[dict]:
        """Return the marks of a guess made of each target."""
        return [mark_guess(guess(target), target) for target in self.targets]


def corner(reviews: Reviews) -> Reviews:
    """Return at most so many items, the most bought, and users, by lot: an
    attack fits a model per look. The shops are smaller, and stay whole.
    """
    names = reviews.frame["item"].value_counts().index[:MOST_ITEMS]
    frame = reviews.frame[reviews.frame["item"].isin(names)]
    drawn = np.random.default_rng(0).permutation(frame["user"].unique())
    frame = frame[frame["user"].isin(drawn[:MOST_USERS])]
    ids = {"users": Ids(frame["user"]), "items": Ids(frame["item"])}
    return replace(reviews, frame=frame, **ids)


def fitted(rows: Reviews, epsilon: float | None, seed: int) -> EASE:
    """Return EASE of these rows, or PrivateEASE where epsilon is given."""
    if epsilon is None:
        return EASE().fit(rows)
    return PrivateEASE(epsilon=epsilon, seed=seed).fit(rows)


def attacks(shop: Shop) -> list[dict]:
    """Return how well three attacks and two floors tell what was hidden."""
    train, X = shop.train, shop.model().W_
    fame = np.bincount(train.item_idx, minlength=train.n_items)

    def never_saw(target: Target) -> np.ndarray:
        rows = train.subset(train.user_idx != target.user_idx)
        return EASE().fit(rows).score_history(target.known)

    def neighbour(target: Target) -> np.ndarray:
        return Neighbours(X, near=1).counts(target.known)

    found = {
        "floor:popularity": shop.guesses(lambda target: fame),
        "floor:never-saw": shop.guesses(never_saw),
        "recx:rise": shop.rises(0),
        "recx:rise-40": shop.rises(40),
        "recx:neighbour": shop.guesses(neighbour),
        "recx:ten-neighbours": shop.guesses(
            lambda target: Neighbours(X, near=10).counts(target.known)
        ),
        "recx:ten-neighbours, five or more": shop.guesses(
            lambda target: Neighbours(X, 10, least=5).counts(target.known)
        ),
    }
    if train.has_text:
        found["recx:quote"] = quotes(shop)
    rows = []
    for system, marks in found.items():
        for metric in ("auc", "precision"):
            values = [mark[metric] for mark in marks]
            key = shop.data, SPLIT, system, metric
            rows.append(row(*key, setting="attack", **over(values)))
    return rows


def quotes(shop: Shop) -> list[dict]:
    """Return the marks of the style attack on first sentences."""
    rng, marks, train = np.random.default_rng(0), [], shop.train
    texts = train.frame["text"].to_numpy()
    for target in shop.targets:
        mine = train.user_idx == target.user_idx
        knows = mine & np.isin(train.item_idx, target.known)
        hidden = np.flatnonzero(mine & ~knows)
        others = rng.permutation(np.flatnonzero(~mine))[:300]
        rows = np.append(hidden, others)
        shown = [SENTENCE_END.split(texts[n])[0] for n in rows]
        guess = style_attack(texts[knows].tolist(), shown)
        nothing = np.zeros(0, int)
        wanted = Target(0, nothing, np.arange(len(hidden)))
        marks.append(mark_guess(guess, wanted))
    return marks


def prices(shop: Shop) -> list[dict]:
    """Return quality, attack and truth by how much noise there is."""
    settings = {"as it is": (None, None), "two digits": (None, 2)}
    settings |= {f"epsilon {e}": (e, None) for e in EPSILONS}
    train, test = shop.parts
    floor = evaluate_ranking(Popularity().fit(train), train, test)["ndcg"]
    key = shop.data, SPLIT, "floor:popularity", "ndcg@10"
    rows = [row(*key, setting="noise", **over(floor))]
    for name, (epsilon, digits) in settings.items():
        model = shop.model(epsilon)
        marks = [m["auc"] for m in shop.rises(0, epsilon, digits)]
        found = {"auc": marks}
        found["ndcg@10"] = evaluate_ranking(model, train, test)["ndcg"]
        quality = list_quality(model, train, test)
        by_user = quality.groupby("user_idx")
        for column in ("decides", "by_lot"):
            found[column] = by_user[column].mean()
        found["of_people"], found["of_people_by_lot"] = people(shop, model)
        for metric, values in found.items():
            key = shop.data, SPLIT, f"recx:{name}", metric
            rows.append(row(*key, setting="noise", **over(values)))
    return rows


def tuned_prices(shop: Shop) -> list[dict]:
    """Return the quality of private EASE with `reg` chosen for each epsilon on
    a part of the training table, over three draws of noise (low and high are
    the least and the largest).
    """
    train, test = shop.parts
    fit_on, tune_on = split_random(train, 0.2, seed=1)
    rows = []
    for epsilon in EPSILONS:
        found = {}
        for reg in REGS:
            model = PrivateEASE(reg, epsilon=epsilon, seed=9).fit(fit_on)
            marks = evaluate_ranking(model, fit_on, tune_on)["ndcg"]
            found[reg] = marks.mean()
        best = max(found, key=found.get)
        ndcg = []
        for seed in range(3):
            model = PrivateEASE(best, epsilon=epsilon, seed=seed).fit(train)
            marks = evaluate_ranking(model, train, test)["ndcg"]
            ndcg.append(marks.mean())
        key = shop.data, SPLIT, f"recx:epsilon {epsilon}", "ndcg@10"
        rows.append(row(*key, setting="tuned", reg=best, **over_folds(ndcg)))
    return rows


def people(shop: Shop, model: EASE) -> tuple[list, list]:
    """Return per customer the share of three cited things that those who have
    them have the item more often than by chance, and of three by lot.
    """
    truth, rng = shop.model(), np.random.default_rng(0)
    both = (truth.W_.T @ truth.W_).toarray()
    n_with = np.diag(both)
    cited, by_lot = [], []
    able = np.flatnonzero(np.diff(truth.W_.indptr))[:N_USERS]
    for user in able.tolist():
        history, _ = model.history(user)
        item = top_k(model.score(user), history, 1)[0]
        more = both[item] > n_with * n_with[item] / shop.train.n_users
        worth = model.B_[history, item]
        best = np.argsort(-worth, kind="stable")[:3]
        cited.append(more[history[best]].mean())
        by_lot.append(more[rng.permutation(history)[:3]].mean())
    return cited, by_lot


def gaps(shop: Shop) -> list[dict]:
    """Return the gaps of three groups of customers, with Holm's p."""
    train, test = shop.parts
    model = shop.model()
    table = list_quality(model, train, test).groupby("user_idx")
    by_user = table[list(MEASURES)].mean()
    measures = list(MEASURES)
    if train.has_text:
        measures.append("polite")
        first = table.head(3)
        pairs = zip(first["user_idx"], first["item_idx"], strict=True)
        tone = [politeness(quoted_for(train, *pair)) for pair in pairs]
        by_user["polite"] = (
            pd.Series(tone).groupby(first["user_idx"].to_numpy()).mean()
        )
    fame = np.bincount(train.item_idx, minlength=train.n_items)
    own = pd.DataFrame({"user": train.user_idx, "fame": fame[train.item_idx]})
    own["stars"] = train.rating
    mean = own.groupby("user").mean().loc[by_user.index]
    sizes = own.groupby("user").size().loc[by_user.index]
    sides = {"few": sizes, "niche": mean["fame"], "strict": mean["stars"]}
    found = {}
    for name, values in sides.items():
        is_in = values <= np.quantile(values, 1 / 3)
        for measure in measures:
            found[name, measure] = gap(by_user[measure], is_in.to_numpy())
    corrected = holm([one["p"] for one in found.values()])
    rows = []
    for (name, measure), one, p in zip(
        found, found.values(), corrected.tolist(), strict=True
    ):
        key = shop.data, SPLIT, "recx:ease", f"gap {measure}", one["gap"]
        span = {"low": one["low"], "high": one["high"], "n": len(by_user)}
        rows.append(row(*key, setting=name, holm=p, **span))
    return rows


def cures(shop: Shop) -> list[dict]:
    """Return quality, and the recall of rarely bought things, of cures."""
    train, test = shop.parts
    model = shop.model()
    scores = model.score(np.arange(train.n_users))
    fame = np.bincount(train.item_idx, minlength=train.n_items)
    rare = fame <= np.quantile(fame, 1 / 3)
    tried = {"as it is": (scores, 0), "one place": (scores, 1)}
    for power in (0.2, 0.5):
        changed = discount_popular(scores, fame, power)
        tried[f"discount {power}"] = changed, 0
    users = np.unique(test.user_idx)
    able = users[np.diff(model.W_.indptr)[users] > 0]
    rows = []
    for name, (changed, slots) in tried.items():
        lists = {}
        for user in able.tolist():
            seen = model.history(user)[0]
            lists[user] = reserve(changed[user], seen, rare, slots)
        table = list_quality(model, train, test, lists=lists)
        ndcg = table.groupby("user_idx")["ndcg"].first()
        key = shop.data, SPLIT, f"recx:{name}"
        rows.append(row(*key, "ndcg@10", setting="cure", **over(ndcg)))
        listed = rare[table["item_idx"]].mean()
        rows.append(row(*key, "listed", listed, setting="cure"))
        hits = (table["hit"] & rare[table["item_idx"]]).sum()
        recall = hits / max(rare[test.item_idx].sum(), 1)
        rows.append(row(*key, "recall@10", recall, setting="cure"))
    return rows


def measure(data: str) -> list[dict]:
    """Return the rows of one data set."""
    shop = Shop(data)
    paid = prices(shop) + tuned_prices(shop)
    return attacks(shop) + paid + gaps(shop) + cures(shop)


def main() -> None:
    """Measure, write the results, print the table."""
    run_sets(NAME, DATA, measure, SOURCES)


if __name__ == "__main__":
    main()
