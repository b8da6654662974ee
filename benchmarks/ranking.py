"""Recall@10 and NDCG@10 on MovieLens, ours beside the peers.

One rating is left out, every unseen item is ranked. Two splits: every user's
last rating, and one drawn at random. The second is a control: MovieLens users
rate down a page, so that the last rating mostly follows the one before within
a minute, and a system with a sense of time gains from that habit where the
last is asked for, but not elsewhere.

Every system gets the same number of tries on a validation part (split from the
training part in the same way); the best by NDCG@10 is fitted again on the
whole training part, with three seeds where it draws, and marked on the test
part, by one evaluator: one item for each user, so that intervals over rows are
intervals over users. Run `python -m benchmarks.ranking`, with RECX_DATA naming
the folder that holds ml-100k (and ml-1m, where you have it). Writes
book/results/ranking.json, every try in it.
"""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable
from functools import partial

import numpy as np
from threadpoolctl import threadpool_limits

from benchmarks.ranking_systems import SYSTEMS
from benchmarks.systems import System, installed, label
from benchmarks.tidy import remembered, row, table, write_rows
from recx_lib.data import (
    Reviews,
    data_folder,
    leave_last_out,
    load_movielens,
    split_given,
)
from recx_lib.judge import bootstrap_interval, evaluate_ranking

K = 10
NAME = "ranking"
SOURCES = (
    "recx_lib/judge/rankings.py",
    "recx_lib/recommend/als.py",
    "recx_lib/recommend/ease.py",
    "recx_lib/recommend/mf.py",
    "recx_lib/recommend/recent.py",
    "benchmarks/ranking.py",
    "benchmarks/ranking_systems.py",
    "benchmarks/systems.py",
)  # the figures depend on these


def leave_random_out(
    reviews: Reviews, seed: int = 0
) -> tuple[Reviews, Reviews]:
    """Return (train, test) with one review of each user, drawn, in test.

    Single reviews stay in train.
    """
    order = np.random.default_rng(seed).permutation(len(reviews))
    _, first = np.unique(reviews.user_idx[order], return_index=True)
    drawn = order[first]
    n_reviews = np.bincount(reviews.user_idx)[reviews.user_idx[drawn]]
    in_test = drawn[n_reviews > 1]
    return split_given(reviews, np.isin(np.arange(len(reviews)), in_test))


SPLITS = {
    "leave-last-out": leave_last_out,
    "leave-random-out": leave_random_out,
}


def search(system: System, train: Reviews, split: Callable) -> list[dict]:
    """Return [{settings, ndcg}], one for each try.

    Marked on a part that `split` takes from `train`.
    """
    fit_part, validation = split(train)
    found = []
    for settings in system.tries():
        model = system.build(**settings).fit(fit_part)
        per_user = evaluate_ranking(model, fit_part, validation, K)
        mark = float(per_user["ndcg"].mean())
        found.append({"settings": settings, "ndcg": mark})
    return found


def measure(
    data: str, split: str, system: System, train: Reviews, test: Reviews
) -> list[dict]:
    """Choose the settings, fit on all of `train`, mark on `test`.

    Return tidy rows and print what was chosen; the first is taken of several
    settings that are equally good. Rows of a ranking metric also carry
    `per_user`, the mean over seeds, for paired comparisons.
    """
    found = search(system, train, SPLITS[split])
    chosen = max(found, key=lambda one: one["ndcg"])["settings"]
    marks, seconds = [], []
    for model in system.fits(chosen):
        start = time.process_time()
        model.fit(train)
        seconds.append(time.process_time() - start)
        marks.append(evaluate_ranking(model, train, test, K))
    who = f"{data} {split} {system.name} {system.setting}"
    outcome = f"tries {len(found)}, chosen {label(chosen) or 'nothing'}"
    print(f"{who}: {outcome}", flush=True)
    place = data, split, system.name
    more = {"setting": system.setting, "tries": len(found)}
    more |= {"chosen": label(chosen), "seeds": len(marks)}
    tried = {label(one["settings"]): one["ndcg"] for one in found}
    more["searched"] = tried
    rows = [row(*place, "fit_cpu_s", np.median(seconds), n=1, **more)]
    for metric in ("recall", "ndcg"):
        per_user = np.mean([mark[metric] for mark in marks], axis=0)
        value, low, high = bootstrap_interval(per_user)
        more |= {"low": low, "high": high, "n": len(per_user)}
        more["per_user"] = per_user.round(6).tolist()
        rows.append(row(*place, f"{metric}@{K}", value, **more))
    return rows


def best(
    rows: list[dict], kind: str, setting: str, metric: str
) -> dict | None:
    """Return the best row of "recx" or "peer" systems by one metric.

    Among rows of one setting; None without any.
    """
    own = []
    for one in rows:
        is_kind = one["system"].startswith(f"{kind}:")
        if is_kind and one["setting"] == setting and one["metric"] == metric:
            own.append(one)
    return max(own, key=lambda one: one["value"], default=None)


def compare(rows: list[dict]) -> list[dict]:
    """Return rows that set our best beside the best peer, in one split.

    "recall_more" and "ndcg_more" are by how much ours is higher, with the
    interval over users: both without a sense of time, both with our recency
    weights, and ours with against the peers as they are installed.
    """
    found = []
    pairings = (("", ""), ("recency", "recency"), ("recency", ""))
    for (ours, theirs), metric in itertools.product(
        pairings, ("recall", "ndcg")
    ):
        a = best(rows, "recx", ours, f"{metric}@{K}")
        b = best(rows, "peer", theirs, f"{metric}@{K}")
        if a and b:
            gains = np.subtract(a["per_user"], b["per_user"])
            gain, low, high = bootstrap_interval(gains)
            rival = f"{b['system'].partition(':')[2]} {theirs}".strip()
            setting = f"{ours}, against {rival}".removeprefix(", ")
            place = a["data"], a["split"], a["system"], f"{metric}_more"
            span = {"low": low, "high": high, "n": len(gains)}
            found.append(row(*place, gain, setting, **span))
    return found


def data_sets() -> list[str]:
    """Return ml-100k, and ml-1m where the data folder holds it."""
    folder = data_folder()
    if folder is not None and (folder / "ml-1m").exists():
        return ["ml-100k", "ml-1m"]
    return ["ml-100k"]


def measure_all(data: str, split: str) -> list[dict]:
    """Measure every installed system on one split of one data set.

    What an interrupted run had finished is kept.
    """
    train, test = SPLITS[split](load_movielens(data))
    rows = []
    for system in installed(SYSTEMS):
        key = f"{data} {split} {system.name} {system.setting}"
        fit = partial(measure, data, split, system, train, test)
        rows += remembered(NAME, key, fit, SOURCES)
    return rows


def main() -> None:
    """Measure all systems, print table and comparison, write the results."""
    rows = []
    with threadpool_limits(1):
        for data, split in itertools.product(data_sets(), SPLITS):
            part = measure_all(data, split)
            rows += part + compare(part)
    tidy = []
    for one in rows:
        tidy.append({k: value for k, value in one.items() if k != "per_user"})
    print(table(tidy))
    print(f"written: {write_rows(NAME, tidy).name}")


if __name__ == "__main__":
    main()
