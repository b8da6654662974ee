"""Recall@10 and NDCG@10 on MovieLens, ours beside the peers.

One rating is left out, every unseen item is ranked. Two splits: every user's
last rating, and one drawn at random. The second is a control: MovieLens users
rate down a page, so that the last rating mostly follows the one before within
a minute, and a system with a sense of time gains from that habit where the
last is asked for, but not elsewhere.

Every system gets the same number of tries on a validation part (split from the
training part in the same way); the best by NDCG@10 is fitted again on the
whole training part and marked once on the test part, by one evaluator. Run
`python -m benchmarks.ranking`, with RECX_DATA naming the folder that holds
ml-100k (and ml-1m, where you have it). Writes book/results/ranking.json.
"""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable
from functools import partial
from importlib.util import find_spec

import numpy as np
from threadpoolctl import threadpool_limits

from benchmarks.ranking_systems import SYSTEMS, System
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


def choose(
    system: System, train: Reviews, split: Callable
) -> tuple[dict, int]:
    """Return the settings with the best NDCG@10, and how many were tried.

    Marked on a part that `split` takes from `train`. The first is taken of
    several that are equally good.
    """
    fit_part, validation = split(train)
    tries = system.tries()
    marks = []
    for settings in tries:
        model = system.build(**settings).fit(fit_part)
        per_user = evaluate_ranking(model, fit_part, validation, K)
        marks.append(per_user["ndcg"].mean())
    return tries[int(np.argmax(marks))], len(tries)


def measure(
    data: str, split: str, system: System, train: Reviews, test: Reviews
) -> list[dict]:
    """Choose the settings, fit on all of `train`, mark on `test`.

    Return tidy rows and print what was chosen. Rows of a ranking metric also
    carry `per_user`, for paired comparisons.
    """
    chosen, n_tries = choose(system, train, SPLITS[split])
    model, start = system.build(**chosen), time.process_time()
    model.fit(train)
    seconds = time.process_time() - start
    result = evaluate_ranking(model, train, test, K)
    settings = ", ".join(f"{name}={value}" for name, value in chosen.items())
    who = f"{data} {split} {system.name} {system.setting}"
    outcome = f"tries {n_tries}, chosen {settings or 'nothing'}"
    print(f"{who}: {outcome}", flush=True)
    place = data, split, system.name
    more = {"setting": system.setting, "tries": n_tries, "chosen": settings}
    rows = [row(*place, "fit_cpu_s", seconds, n=1, **more)]
    for metric in ("recall", "ndcg"):
        value, low, high = bootstrap_interval(result[metric])
        more |= {"low": low, "high": high, "n": len(result)}
        more["per_user"] = result[metric].round(6).tolist()
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


def compare(rows: list[dict]) -> list[str]:
    """Return lines that set our best beside the best peer, in one split.

    The gain and its interval over users: both without a sense of time, both
    with our recency weights, and ours with against the peers as they are
    installed.
    """
    lines = []
    pairings = (("", ""), ("recency", "recency"), ("recency", ""))
    metrics = (f"recall@{K}", f"ndcg@{K}")
    for (ours, theirs), metric in itertools.product(pairings, metrics):
        a = best(rows, "recx", ours, metric)
        b = best(rows, "peer", theirs, metric)
        if a and b:
            gains = np.subtract(a["per_user"], b["per_user"])
            gain, low, high = bootstrap_interval(gains)
            names = f"({a['system']} {ours}) - ({b['system']} {theirs})"
            names = names.replace(" )", ")")
            span = f"{gain:+.4f} [{low:+.4f}, {high:+.4f}]"
            where = f"{a['data']} {a['split']}"
            lines.append(f"{where} {metric}: {names} = {span}")
    return lines


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
    for system in SYSTEMS:
        if find_spec(system.package) is None:
            missing = f"the package {system.package} is not installed"
            print(f"{data} {system.name}: left out, {missing}")
            continue
        key = f"{data} {split} {system.name} {system.setting}"
        fit = partial(measure, data, split, system, train, test)
        rows += remembered(NAME, key, fit)
    return rows


def main() -> None:
    """Measure all systems, print table and comparison, write the results."""
    rows = []
    with threadpool_limits(1):
        for data, split in itertools.product(data_sets(), SPLITS):
            part = measure_all(data, split)
            print("\n".join(compare(part)))
            rows += part
    tidy = []
    for one in rows:
        tidy.append({k: value for k, value in one.items() if k != "per_user"})
    print(table(tidy))
    print(f"written: {write_rows(NAME, tidy).name}")


if __name__ == "__main__":
    main()
