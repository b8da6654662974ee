"""Rating prediction: error, training time and coverage, ours beside the peers.

Run `python -m benchmarks.ratings` with RECX_DATA naming the folder that holds
ml-100k; `--data ml-100k shop` for more than one. MovieLens 100K is split into
its published folds u1 to u5, anything else into five random parts. Measured
are RMSE, MAE, the coverage of the 90 % interval, and CPU seconds of `fit`
alone, in one thread, after a first fit on few ratings that compiles what is
compiled. Settings were chosen without a test part: see benchmarks/tune_ratings.py.
Writes book/results/ratings.json; an interrupted run goes on.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator
from functools import partial

import numpy as np
from threadpoolctl import threadpool_limits
from tqdm import tqdm

from benchmarks.rating_systems import SYSTEMS, System
from benchmarks.tidy import over_folds, remembered, row, table, write_rows
from recx_lib.data import Reviews, load_movielens_fold, load_reviews
from recx_lib.judge import mae, rmse

NAME = "ratings"
SOURCES = (
    "recx_lib/recommend/als.py",
    "recx_lib/recommend/bayes.py",
    "recx_lib/recommend/mf.py",
    "recx_lib/recommend/sgd.py",
    "benchmarks/rating_systems.py",
    "benchmarks/ratings.py",
)  # the figures depend on these
FOLDS = 5


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


def timed_fit(system: System, train: Reviews):
    """Return a fitted model and the CPU seconds of its `fit`.

    Turning the table into a peer's own form is not counted.
    """
    model = system.build()
    if hasattr(model, "prepare"):
        model.prepare(train)
    start = time.process_time()
    model.fit(train)
    return model, time.process_time() - start


def measure(system: System, train: Reviews, test: Reviews) -> list[dict]:
    """Fit on one fold as often as asked; return [{metric: value, …}].

    The metrics are the last fit's, `seconds` those of every fit.
    """
    first_rows = np.arange(min(200, len(train)))
    timed_fit(system, train.subset(first_rows))
    fits = [timed_fit(system, train) for _ in range(system.repeats)]
    model, _ = fits[-1]
    user_idx, item_idx, stars = test.user_idx, test.item_idx, test.rating
    predicted = model.predict(user_idx, item_idx)
    result = {"rmse": rmse(stars, predicted), "mae": mae(stars, predicted)}
    if hasattr(model, "interval"):
        low, high = model.interval(user_idx, item_idx, level=0.9)
        is_inside = (low <= stars) & (stars <= high)
        result["coverage90"] = float(np.mean(is_inside))
    return [result | {"seconds": [seconds for _, seconds in fits]}]


def summarise(
    data: str, system: System, names: list[str], results: list[dict]
) -> list[dict]:
    """Return tidy rows: the mean over folds of each metric, the median time.

    `low` and `high` are the extreme folds.
    """
    split, name, setting = (
        f"{names[0]}-{names[-1]}",
        system.name,
        system.setting,
    )
    metrics = [key for key in results[0] if key != "seconds"]
    rows = []
    for metric in metrics:
        span = over_folds([result[metric] for result in results])
        rows.append(row(data, split, name, metric, setting=setting, **span))
    seconds = []
    for result in results:
        seconds += result["seconds"]
    span = over_folds(seconds) | {"value": float(np.median(seconds))}
    rows.append(row(data, split, name, "fit_cpu_s", setting=setting, **span))
    return rows


def first_fold(data: str, system: System, name: str, result: dict) -> dict:
    """Return the RMSE row of the first fold.

    No choice of settings has seen its test part, not even through training:
    the tenth of u1.base on which settings were chosen lies partly in the test
    parts of u2 to u5.
    """
    error = result["rmse"]
    return row(data, name, system.name, "rmse", error, system.setting, n=1)


def installed_systems() -> list[System]:
    """Return the systems whose package is there; name the others."""
    for system in SYSTEMS:
        if not system.installed:
            missing = f"{system.package} is not installed"
            remedy = "pip install '.[peers]'"
            print(f"{system.name} left out: {missing} ({remedy})")
    return [system for system in SYSTEMS if system.installed]


def run(data: str) -> list[dict]:
    """Measure every installed system on every fold of one data set.

    System after system within a fold.
    """
    systems, parts = installed_systems(), list(folds(data))
    results = {system: [] for system in systems}
    bar = tqdm(total=len(parts) * len(systems), desc=data, unit="fit")
    for fold, train, test in parts:
        for system in systems:
            bar.set_postfix_str(f"{fold} {system.name}")
            key = f"{data} {fold} {system.name} {system.setting}"
            fit = partial(measure, system, train, test)
            results[system] += remembered(NAME, key, fit, SOURCES)
            bar.update()
    names = [fold for fold, _, _ in parts]
    rows, first_rows = [], []
    for system, found in results.items():
        rows += summarise(data, system, names, found)
        first_rows.append(first_fold(data, system, names[0], found[0]))
    return rows + first_rows


def ratios(rows: list[dict], ours: str = "recx:biased-mf") -> list[str]:
    """Return one line per peer: the share of its time that ours takes."""
    seconds = {}
    for one in rows:
        if one["metric"] == "fit_cpu_s":
            key = one["data"], one["system"], one["setting"]
            seconds[key] = one["value"]
    lines = []
    for data, peer, setting in seconds:
        if peer.startswith("peer:"):
            share = seconds[data, ours, ""] / seconds[data, peer, setting]
            lines.append(
                f"{data}: {ours} trains in {share:.2f} of {peer}'s time"
            )
    return lines


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
    print("\n".join(ratios(rows)))
    print(f"written: {write_rows(NAME, rows).name}")


if __name__ == "__main__":
    main()
