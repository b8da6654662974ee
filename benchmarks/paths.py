"""Paths and rules: how well they recommend, and whether a path is why.

`python -m benchmarks.paths` fits the recommenders of chapter 15 beside EASE
and popularity on three shops and MovieLens 100K. One number of each is chosen
on a validation part of the training data, from three tries; what is measured
is the test part. Then the paths are cut: in the sum over paths the strongest,
one that is drawn, and a random walk; in space the path that a beam finds, a
random walk, and another seed. On the shops the aspect that a path names is
compared with the true reason. Intervals draw users. Writes
book/results/paths.json; an interrupted run goes on.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from benchmarks.tidy import over, row, run_sets
from recx_lib.data import (
    Reviews,
    item_profile,
    load_reviews,
    load_shop_truth,
    mine_reviews,
    split_random,
    user_profile,
)
from recx_lib.explain import (
    beam_paths,
    fall_of_cut,
    path_diversity,
    path_quality,
    random_path,
)
from recx_lib.explain.graph_paths import (
    entity_popularity,
    interaction_recency,
)
from recx_lib.judge import (
    ReasonFloors,
    bootstrap_interval,
    evaluate_ranking,
    top_k,
)
from recx_lib.recommend import (
    EASE,
    PathCounts,
    Popularity,
    RuleRecommender,
    TransE,
    graph_of,
    title_facts,
)
from recx_lib.recommend.graph import name_of
from recx_lib.recommend.path_counts import WAYS
from recx_lib.shop import top_reason

NAME = "paths"
DATA = ("shop-kind", "shop", "shop-harsh", "ml-100k")
SPLIT = "seed 0"
N_USERS, N_SPACE, N_LOOKS, N_REASONS = 40, 100, 30, 2000
OTHERS = {"others": WAYS["others"]}
SOURCES = (
    "recx_lib/recommend/*.py",
    "recx_lib/explain/graph_paths.py",
    "benchmarks/paths.py",
)  # the figures depend on these


class Nearest:
    """TransE on a training part's graph, scoring items for users."""

    def __init__(self, margin: float = 1.0, seed: int = 0):
        self.margin, self.seed = margin, seed

    def fit(self, train: Reviews, mentions, facts, graph=None):
        """Learn places; with `graph`, of that one instead."""
        graph = graph or graph_of(train, mentions, facts)
        self.space_ = TransE(margin=self.margin, seed=self.seed).fit(graph)
        users = [f"user:{user}" for user in train.users.raw]
        items = [f"item:{item}" for item in train.items.raw]
        self.scores_ = self.space_.nearness(users, "chose", items)
        return self

    def score(self, user_idx) -> np.ndarray:
        """Return the scores of all items, by user."""
        return self.scores_[user_idx]


SYSTEMS = {
    "recx:EASE": ("reg", (100.0, 300.0, 1000.0), EASE),
    "recx:paths": ("damping", (0.0, 0.25, 0.5), PathCounts),
    "recx:paths, choices only": ("damping", (0.0, 0.25, 0.5), PathCounts),
    "recx:TransE": ("margin", (0.5, 1.0, 2.0), Nearest),
    "recx:rules": ("per_head", (20, 50, 100), RuleRecommender),
    "recx:rules of two": ("per_head", (20, 50, 100), RuleRecommender),
}


def fitted(system: str, value, train: Reviews, mentions, facts):
    """Return a system fitted with one value of its setting."""
    name, _, make = SYSTEMS[system]
    setting = {name: value}
    if system == "recx:EASE":
        return make(**setting).fit(train)
    if system == "recx:paths, choices only":
        return make(OTHERS, **setting).fit(train)
    if system == "recx:rules of two":
        setting["longest"] = 2
    return make(**setting).fit(train, mentions, facts)


def chosen(system: str, train: Reviews, said) -> float:
    """Return the value that is best on a validation part of `train`."""
    inner, held = split_random(train, 0.2, seed=1)
    found = {}
    for value in SYSTEMS[system][1]:
        model = fitted(system, value, inner, *said)
        marks = evaluate_ranking(model, inner, held)
        found[value] = marks["ndcg"].mean()
    return max(found, key=found.get)


def first_of(scores: np.ndarray, train: Reviews, user: int) -> int:
    """Return the item that stands first for a user."""
    own = train.item_idx[train.user_idx == user]
    return int(top_k(scores, own, 1)[0])


def rankings(train: Reviews, test: Reviews, said) -> tuple[dict, dict]:
    """Return {(system, setting, metric): figures} and the fitted models."""
    models = {"floor:popularity": Popularity().fit(train)}
    for system in SYSTEMS:
        value = chosen(system, train, said)
        print(f"{system}: {SYSTEMS[system][0]} {value}", flush=True)
        models[system] = fitted(system, value, train, *said)
    found = {}
    for system, model in models.items():
        marks = evaluate_ranking(model, train, test)
        for column, metric in (("recall", "recall@10"), ("ndcg", "ndcg@10")):
            found[system, "", metric] = over(marks[column])
    return found, models


def cuts_of_sum(model: PathCounts, rng) -> dict:
    """Return what share of the first item's score is lost by cutting."""
    train, rows = model.train_, []
    for user in some_users(train, N_USERS):
        item = first_of(model.score(user), train, user)
        paths, score = model.paths(user, item), model.score(user)[item]
        n_steps = len(paths[0][0].steps)
        alike = [path for path, _ in paths if len(path.steps) == n_steps]
        drawn = alike[rng.integers(len(alike))]
        start = paths[0][0].nodes[0]
        walk = random_path(model.graph_, start, n_steps, rng)
        left = model.graph_.without(walk.edges)
        lost = {
            "strongest path": fall_of_cut(model, user, item, paths[0][0]),
            "path drawn": fall_of_cut(model, user, item, drawn),
            "random walk": score - model.score(user, left)[item],
            "worth of the strongest": paths[0][1],
        }
        rows.append({name: fall / score for name, fall in lost.items()})
    table = pd.DataFrame(rows)
    found = {}
    for name in table:
        own = name in ("strongest path", "worth of the strongest")
        system = f"{'recx' if own else 'floor'}:{name}"
        found[system, "sum over paths", "lost"] = over(table[name])
    return found


def some_users(train: Reviews, n: int) -> range:
    """Return about n users, evenly spaced."""
    return range(0, train.n_users, max(train.n_users // n, 1))


def cuts_in_space(model: Nearest, train: Reviews, said, rng) -> dict:
    """Return how many first items still stand first, learned anew."""
    graph, about = model.space_.graph_, []
    cuts = {"recx:its path": set(), "floor:random walk": set()}
    for user in some_users(train, N_SPACE):
        item = first_of(model.score(user), train, user)
        start = f"user:{train.users.raw[user]}"
        goal = f"item:{train.items.raw[item]}"
        path = beam_paths(model.space_, start).get(goal)
        if path is None:
            continue
        about.append((user, item))
        walk = random_path(graph, start, len(path.path.steps), rng)
        cuts["recx:its path"] |= set(path.path.edges)
        cuts["floor:random walk"] |= set(walk.edges)
    again = {
        name: Nearest(model.margin).fit(train, *said, graph.without(cut))
        for name, cut in cuts.items()
    }
    again["floor:another seed"] = Nearest(model.margin, 1).fit(train, *said)
    found = {}
    for name, other in again.items():
        stays = [
            first_of(other.score(user), train, user) == item
            for user, item in about
        ]
        found[name, "learned anew", "still_first"] = over(stays)
    return found


def looks(model: PathCounts) -> dict:
    """Return the field's measures for a list's first and last ten: as the
    paper defines them, and as the toolkit hopwise computes them.
    """
    train, rows = model.train_, []
    papers = interaction_recency(train), entity_popularity(model.graph_)
    toolkit = (
        interaction_recency(train, None),
        entity_popularity(model.graph_, None),
    )
    n_types, n_relations = len(model.ways_), len(model.graph_.relations)
    for user in some_users(train, N_LOOKS):
        own = train.item_idx[train.user_idx == user]
        ranked = top_k(model.score(user), own, train.n_items)
        for end, ten in (("first", ranked[:10]), ("last", ranked[-10:])):
            listed = [model.paths(user, int(item)) for item in ten]
            paths = [found[0][0] for found in listed if found]
            where = f"{end} ten"
            rows.append({"where": where, "with_path": len(paths) / 10})
            if not paths:
                continue
            rows[-1] |= path_quality(paths, *papers, n_types)
            theirs = path_quality(paths, *toolkit, n_types)
            theirs = {name: theirs[name] for name in ("lir", "sep")}
            theirs |= path_diversity(paths, n_relations)
            rows.append({"where": f"{where}, as hopwise", **theirs})
    return looks_of(pd.DataFrame(rows))


def looks_of(table: pd.DataFrame) -> dict:
    """Return the mean of every column, by where in the list."""
    found = {}
    for where, part in table.groupby("where"):
        for metric in part.columns.drop("where"):
            values = part[metric].dropna()
            if len(values):
                found["recx:paths", where, metric] = over(values)
    return found


def reasons(data: str, train: Reviews, test: Reviews, mentions) -> dict:
    """Return how often the aspect of a path is the true reason."""
    ways = {name: WAYS[name] for name in ("praise", "same praise")}
    model = PathCounts(ways).fit(train, mentions)
    care, fame = user_profile(mentions, train), item_profile(mentions, train)
    floors = ReasonFloors(care, fame, mentions).each()
    truth = top_reason(load_shop_truth(data).reasons)
    rows = []
    part = test.subset(np.arange(min(len(test), N_REASONS)))
    pairs = zip(part.frame.index, part.user_idx, part.item_idx, strict=True)
    for review, user, item in pairs:
        reason = truth.loc[review]
        if not reason["clear"] or reason["term"] <= 0:
            continue
        raw = train.users.raw[user], train.items.raw[item]
        named = {"user": user, "true": reason["aspect"]}
        for n in (2, 3):
            named[f"recx:path of {n}"] = aspect_of(model, user, item, n)
        for name, explain in floors.items():
            named[f"floor:{name}"] = explain(*raw).top(1)[0].name
        rows.append(named)
    return hits(pd.DataFrame(rows))


def aspect_of(model: PathCounts, user: int, item: int, n_steps: int):
    """Return the aspect in which paths of a length are worth most."""
    worth: dict[str, float] = {}
    for path, value in model.paths(user, item):
        if len(path.steps) == n_steps:
            by = name_of(path.nodes[-2])
            worth[by] = worth.get(by, 0.0) + value
    return max(worth, key=worth.get) if worth else None


def hits(named: pd.DataFrame) -> dict:
    """Return the share of true reasons, by length, where a path exists."""
    found = {}
    for n in (2, 3):
        column = f"recx:path of {n}"
        here = named[named[column].notna()]
        share = named[column].notna()
        setting = f"{n} steps"
        found[column, setting, "exists"] = over(share)
        for name in [column, *[c for c in named if c.startswith("floor:")]]:
            right = (here[name] == here["true"]).astype(float)
            mean, low, high = bootstrap_interval(right, groups=here["user"])
            figures = {"value": mean, "low": low, "high": high}
            found[name, setting, "hit1"] = {**figures, "n": len(right)}
    return found


def measure(data: str) -> list[dict]:
    """Return the rows of one data set."""
    reviews = load_reviews(data)
    train, test = split_random(reviews, 0.2, seed=0)
    mentions = mine_reviews(train) if reviews.has_text else None
    said = mentions, title_facts(reviews)
    found, models = rankings(train, test, said)
    rng = np.random.default_rng(0)
    found |= cuts_of_sum(models["recx:paths"], rng)
    found |= cuts_in_space(models["recx:TransE"], train, said, rng)
    found |= looks(models["recx:paths"])
    if data.startswith("shop"):
        found |= reasons(data, train, test, mentions)
    rows = []
    for (system, setting, metric), figures in found.items():
        what = data, SPLIT, system, metric
        rows.append(row(*what, setting=setting, **figures))
    return rows


def main() -> None:
    """Measure, write the results, print the table."""
    run_sets(NAME, DATA, measure, SOURCES)


if __name__ == "__main__":
    main()
