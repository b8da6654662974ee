"""How far does a Transformer that writes paths come, if it is trained on?

`python -m benchmarks.path_writing` trains chapter 15's path writer on the
default shop until its validation loss has not fallen for three epochs, with
three seeds: once with the library's lesson, random walks along all ways, and
once along the two ways to which the sum over paths gives the most weight.
Beside it what the chapter trains in seconds, the sum over paths, EASE and
popularity, at their defaults. Notes both losses of each epoch, recall and
NDCG on the test part (a user's marks are averaged over the seeds, intervals
draw users; the least and the most of the seeds stand beside them), and what
the written paths look like. Writes book/results/path-writing.json; an
interrupted run goes on.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import torch

from benchmarks.paths import some_users
from benchmarks.tidy import over, over_folds, remembered, row, write_rows
from recx_lib.data import (
    load_reviews,
    mine_reviews,
    split_random,
)
from recx_lib.explain import path_quality
from recx_lib.explain.graph_paths import (
    entity_popularity,
    interaction_recency,
)
from recx_lib.judge import evaluate_ranking
from recx_lib.recommend import (
    EASE,
    PathCounts,
    PathWriter,
    Popularity,
    title_facts,
)
from recx_lib.recommend.path_counts import WAYS

NAME, DATA, SPLIT = "path-writing", "shop", "seed 0"
SEEDS, LONGEST, N_LOOKS = (0, 1, 2), 60, 60
HEAVIEST = {name: WAYS[name] for name in ("others", "same tag")}
LESSONS = {  # settings of the writer: ways to learn from, and how long
    "seconds": (WAYS, {"n_paths": 40}),
    "to the end": (WAYS, {"n_epochs": LONGEST}),
    "to the end, two ways": (HEAVIEST, {"n_epochs": LONGEST}),
}
SOURCES = (
    "recx_lib/recommend/path_*.py",
    "recx_lib/recommend/walks.py",
    "recx_lib/nets/training.py",
    "benchmarks/path_writing.py",
)  # the figures depend on these


def parts() -> tuple:
    """Return training and test part, and what is said of the products."""
    reviews = load_reviews(DATA)
    train, test = split_random(reviews, 0.2, seed=0)
    return train, test, mine_reviews(train), title_facts(reviews)


def learned(setting: str, seed: int) -> dict:
    """Return one writer's losses, its marks by user, its paths' looks."""
    train, test, *said = parts()
    ways, settings = LESSONS[setting]
    walks = PathCounts(ways).fit(train, *said)
    writer = PathWriter(seed=seed, **settings).fit(walks)
    print(f"{setting}, seed {seed}: {len(writer.log_)} epochs", flush=True)
    marks = evaluate_ranking(writer, train, test)
    listed = [ten_paths(writer, user) for user in some_users(train, N_LOOKS)]
    return {
        "log": writer.log_,
        "recall": marks["recall"].tolist(),
        "ndcg": marks["ndcg"].tolist(),
        "looks": looks(listed, walks),
    }


def ten_paths(writer: PathWriter, user: int) -> list:
    """Return the likeliest path to each of a user's first ten items."""
    scores, best = writer.score(user), {}
    place = writer.walks_.item_nodes_
    for path, _ in writer.write(user):  # the likeliest first
        best.setdefault(writer.graph_.nodes.idx(path.nodes[-1]), path)
    ten = np.argsort(-scores, kind="stable")[:10]
    return [best[place[item]] for item in ten if scores[item] > 0]


def looks(listed: list, walks: PathCounts) -> list[dict]:
    """Return each list's share of items with a path, and its qualities."""
    recency = interaction_recency(walks.train_)
    popularity = entity_popularity(walks.graph_)
    found = []
    for paths in listed:
        marks = {"with_path": len(paths) / 10}
        if paths:
            marks |= path_quality(paths, recency, popularity, len(walks.ways_))
        found.append(marks)
    return found


def summed(walks: PathCounts, user: int) -> list:
    """Return the strongest path to each of the first ten of the sum."""
    own = walks.train_.item_idx[walks.train_.user_idx == user]
    scores = walks.score(user).copy()
    scores[own] = -np.inf
    ten = np.argsort(-scores, kind="stable")[:10]
    each = [walks.paths(user, int(item)) for item in ten]
    return [paths[0][0] for paths in each if paths]


def rivals() -> list[dict]:
    """Return the rows of the sum over paths, EASE and popularity."""
    train, test, *said = parts()
    rows = []
    walks = PathCounts().fit(train, *said)
    for system, model in (
        ("floor:popularity", Popularity().fit(train)),
        ("recx:EASE", EASE().fit(train)),
        ("recx:paths", walks),
    ):
        marks = evaluate_ranking(model, train, test)
        for column in ("recall", "ndcg"):
            found = over(marks[column])
            rows.append(row(DATA, SPLIT, system, f"{column}@10", **found))
    listed = [summed(walks, user) for user in some_users(train, N_LOOKS)]
    return rows + looks_rows("recx:paths", "", [looks(listed, walks)])


def looks_rows(system: str, setting: str, runs: list) -> list[dict]:
    """Return the rows of what paths look like, over users."""
    tables = [pd.DataFrame(run).rename_axis("user") for run in runs]
    table = pd.concat(tables).groupby("user").mean()  # over seeds
    rows = []
    for metric in table:
        found = over(table[metric].dropna())
        rows.append(row(DATA, SPLIT, system, metric, setting=setting, **found))
    return rows


def writer_rows(setting: str, runs: list[dict]) -> list[dict]:
    """Return the rows of one setting, over its seeds."""
    rows, key = [], (DATA, SPLIT, "recx:path-writer")
    # 1. quality: a user's marks averaged over seeds
    for column in ("recall", "ndcg"):
        marks = np.array([run[column] for run in runs])
        by_seed = marks.mean(axis=1)
        more = {"least": by_seed.min(), "most": by_seed.max()}
        found = over(marks.mean(axis=0)) | more
        rows.append(row(*key, f"{column}@10", setting=setting, **found))
    # 2. the curve, as far as all seeds go
    epochs = [len(run["log"]) for run in runs]
    rows.append(row(*key, "epochs", setting=setting, **over_folds(epochs)))
    for at in range(min(epochs)):
        where = f"{setting}, epoch {at + 1}"
        rows.append(row(*key, "epoch", at + 1, setting=where))
        for part in ("train", "validation"):
            losses = [run["log"][at][part] for run in runs]
            found = over_folds(losses)
            rows.append(row(*key, f"{part} loss", setting=where, **found))
    # 3. what its paths look like
    each = [run["looks"] for run in runs]
    return rows + looks_rows("recx:path-writer", setting, each)


def main() -> None:
    """Measure, write the results."""
    torch.set_num_threads(1)
    rows = remembered(NAME, "rivals", rivals, SOURCES)
    for setting in LESSONS:
        runs = []
        for seed in SEEDS:

            def measure(setting=setting, seed=seed):
                return [learned(setting, seed)]

            key = f"{setting} {seed}"
            runs += remembered(NAME, key, measure, SOURCES)
        rows += writer_rows(setting, runs)
    print(f"written: {write_rows(NAME, rows).name}")


if __name__ == "__main__":
    main()
