"""Rating prediction: error, training time and coverage, ours beside the peers.

Run `python -m benchmarks.ratings` with RECX_DATA naming the folder that holds
ml-100k; `--data ml-100k shop` for more than one. MovieLens 100K is split into
its published folds u1 to u5, anything else into five random parts. Every
system gets twelve tries on a tenth of the first fold's training part; the best
by RMSE is fitted on every fold, with three seeds where it draws, and marked on
the test parts. Intervals draw whole users. CPU seconds are those of `fit`
alone, in one thread, after a first fit on few ratings that compiles what is
compiled. Writes book/results/ratings.json, every try in it; an interrupted run
goes on.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator
from functools import partial

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits
from tqdm import tqdm

from benchmarks.rating_systems import ONLY, RATED, SYSTEMS
from benchmarks.systems import System, installed, label
from benchmarks.tidy import over_folds, remembered, row, table, write_rows
from recx_lib.data import (
    Reviews,
    load_movielens_fold,
    load_reviews,
    split_random,
)
from recx_lib.judge import bootstrap_interval, ratio_interval, rmse

NAME = "ratings"
SOURCES = (
    "recx_lib/recommend/als.py",
    "recx_lib/recommend/bayes.py",
    "recx_lib/recommend/mf.py",
    "recx_lib/recommend/sgd.py",
    "benchmarks/rating_systems.py",
    "benchmarks/ratings.py",
    "benchmarks/systems.py",
)  # the figures depend on these
FOLDS = 5
LEVEL = 0.9  # of the models' own intervals
RIVALS = (
    ("recx:biased-mf", "peer:surprise-svd", ""),
    ("recx:biased-mf", "peer:cornac-mf", ""),
    ("recx:als", "recx:biased-mf", ""),
    ("recx:bayesian-mf", "peer:myfm", ONLY),
    ("recx:bayesian-mf", "peer:myfm", RATED),
)  # ours, the rival, what both are told


def folds(data: str) -> Iterator[tuple[str, Reviews, Reviews]]:
    """Yield (name, train, test) for each of five folds."""
    if data == "ml-100k":
        for n in range(1, FOLDS + 1):
            yield f"u{n}", *load_movielens_fold(n)
        return
    reviews = load_reviews(data)
    part = np.random.default_rng(0).permutation(len(reviews)) % FOLDS
    for n in range(FOLDS):
        train, test = reviews.subset(part != n), reviews.subset(part == n)
        yield f"r{n + 1}", train, test


def timed_fit(model, train: Reviews) -> float:
    """Fit a model; return the CPU seconds of its `fit`.

    Turning the table into a peer's own form is not counted.
    """
    if hasattr(model, "prepare"):
        model.prepare(train)
    start = time.process_time()
    model.fit(train)
    return time.process_time() - start


def search(system: System, train: Reviews) -> list[dict]:
    """Return [{settings, rmse}], one for each try.

    Fitted on nine tenths of `train`, marked on the rest.
    """
    part, held_out = split_random(train, 0.1, seed=0)
    found = []
    for settings in system.tries():
        model = system.build(**settings)
        timed_fit(model, part)
        stars = model.predict(held_out.user_idx, held_out.item_idx)
        error = rmse(held_out.rating, stars)
        found.append({"settings": settings, "rmse": error})
    return found


def measure(
    system: System, settings: dict, train: Reviews, test: Reviews
) -> list[dict]:
    """Fit on one fold, once for each seed; return one dictionary.

    `seconds` of every fit, and for each test user the number of ratings and
    the sums, over them, of squared error, of absolute error and of being
    inside the model's interval: means over the seeds.
    """
    first_rows = np.arange(min(200, len(train)))
    timed_fit(system.build(**settings), train.subset(first_rows))
    pairs, seconds, sums = (test.user_idx, test.item_idx), [], []
    for model in system.fits(settings):
        seconds.append(timed_fit(model, train))
        off = test.rating - model.predict(*pairs)
        marks = {"squared": off**2, "absolute": np.abs(off)}
        if hasattr(model, "interval"):
            low, high = model.interval(*pairs, level=LEVEL)
            inside = (low <= test.rating) & (test.rating <= high)
            marks["inside"] = inside.astype(float)
        sums.append(pd.DataFrame(marks))
    per_row = sum(sums) / len(sums)
    per_user = per_row.groupby(test.frame["user"].to_numpy()).sum()
    per_user["n"] = test.frame["user"].value_counts()
    by_user = per_user.rename_axis("user").reset_index().to_dict("list")
    return [{"seconds": seconds, "by_user": by_user}]


def summarise(
    place: tuple[str, str, str], results: list[dict], more: dict
) -> list[dict]:
    """Return tidy rows of the folds' results.

    Errors are those of all test ratings together, with intervals that draw
    whole users; of the time, the median, the shortest and the longest.
    """
    users = pooled(results)
    rows, told = [], {**more, "n": int(users["n"].sum())}
    for metric, column in (
        ("rmse", "squared"),
        ("mae", "absolute"),
        ("coverage90", "inside"),
    ):
        if column in users:
            span = np.array(ratio_interval(users[column], users["n"]))
            value, low, high = np.sqrt(span) if metric == "rmse" else span
            told |= {"low": low, "high": high}
            rows.append(row(*place, metric, value, **told))
    seconds = np.concatenate([one["seconds"] for one in results])
    span = over_folds(seconds.tolist()) | {"value": float(np.median(seconds))}
    return [*rows, row(*place, "fit_cpu_s", **more, **span)]


def pooled(results: list[dict]) -> pd.DataFrame:
    """Return each user's sums over all folds' test ratings."""
    parts = [pd.DataFrame(one["by_user"]) for one in results]
    return pd.concat(parts).groupby("user").sum()


def lead(mine: pd.DataFrame, theirs: pd.DataFrame) -> tuple:
    """Return how far our RMSE lies below theirs, with the interval.

    On the same test ratings; whole users are drawn.
    """
    both = [mine["squared"], theirs["squared"], mine["n"]]

    def less(sums: np.ndarray) -> float:
        ours, rival, n = sums.sum(axis=0)
        return float(np.sqrt(rival / n) - np.sqrt(ours / n))

    table = pd.concat(both, axis=1).to_numpy()
    return bootstrap_interval(table, statistic=less)


def compare(data: str, split: str, results: dict) -> list[dict]:
    """Return rows that set ours beside its rivals, told the same.

    "rmse_less" is how far our RMSE is smaller, "time_share" what share of the
    rival's training time ours takes.
    """
    rows = []
    for ours, rival, told in RIVALS:
        if (ours, told) not in results or (rival, told) not in results:
            continue
        a, b = results[ours, told], results[rival, told]
        setting = f"against {rival.partition(':')[2]}"
        setting += f", {told}" if told else ""
        value, low, high = lead(pooled(a), pooled(b))
        place = {"setting": setting, "n": int(pooled(a)["n"].sum())}
        span = {"low": low, "high": high}
        rows.append(
            row(data, split, ours, "rmse_less", value, **place, **span)
        )
        share = median_time(a) / median_time(b)
        rows.append(row(data, split, ours, "time_share", share, **place))
    return rows


def median_time(results: list[dict]) -> float:
    return float(np.median(np.concatenate([r["seconds"] for r in results])))


def run(data: str) -> list[dict]:
    """Choose every installed system's setting, measure it on every fold."""
    parts = list(folds(data))
    names = [fold for fold, _, _ in parts]
    split, rows, by_system = f"{names[0]}-{names[-1]}", [], {}
    for system in tqdm(installed(SYSTEMS), desc=data, unit="system"):
        who = f"{data} {system.name} {system.setting}"
        first = parts[0][1]
        tried = remembered(
            NAME, f"{who} search", partial(search, system, first), SOURCES
        )
        best = min(tried, key=lambda one: one["rmse"])["settings"]
        results = []
        for fold, train, test in parts:
            fit = partial(measure, system, best, train, test)
            results += remembered(NAME, f"{who} {fold} {best}", fit, SOURCES)
        by_system[system.name, system.setting] = results
        found = {label(one["settings"]): one["rmse"] for one in tried}
        more = {"setting": system.setting, "tries": len(tried)}
        more |= {"chosen": label(best), "seeds": len(results[0]["seconds"])}
        place = data, split, system.name
        rows += summarise(place, results, more | {"searched": found})
        # no choice of settings has seen the first fold's test part
        first_rows = summarise(
            (data, names[0], system.name), results[:1], more
        )
        rows += [one for one in first_rows if one["metric"] == "rmse"]
    return rows + compare(data, split, by_system)


def main(arguments: list[str] | None = None) -> None:
    """Measure what the command line names, print, write the results."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--data",
        nargs="+",
        default=["ml-100k"],
        help="data sets as load_reviews names them",
    )
    rows = []
    with threadpool_limits(1):
        for data in parser.parse_args(arguments).data:
            rows += run(data)
    print(table(rows))
    print(f"written: {write_rows(NAME, rows).name}")


if __name__ == "__main__":
    main()
