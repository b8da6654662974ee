"""Rating prediction: RMSE, MAE, training time and the coverage of the 90 % interval, ours beside the peers.

Run `python -m benchmarks.ratings` with RECX_DATA naming the folder that holds ml-100k; `--data ml-100k shop` for more
than one. MovieLens 100K is split into its published folds u1 to u5, anything else into five random parts. One thread;
times are CPU seconds of `fit` alone, after a first fit on few ratings that compiles what is compiled. Settings were
chosen without a test part: see benchmarks/choose.py. Writes book/results/ratings.json; an interrupted run goes on.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator

import numpy as np
from threadpoolctl import threadpool_limits
from tqdm import tqdm

from benchmarks.systems import SYSTEMS, System
from benchmarks.tidy import over_folds, remembered, row, table, write_rows
from recx_lib.data import Reviews, load_movielens_fold, load_reviews
from recx_lib.judge import mae, rmse

NAME = "ratings"
SOURCES = (
    "recx_lib/recommend/als.py",
    "recx_lib/recommend/bayes.py",
    "recx_lib/recommend/mf.py",
    "recx_lib/recommend/sgd.py",
    "benchmarks/systems.py",
    "benchmarks/ratings.py",
)  # the figures depend on these
FOLDS = 5


def folds(data: str) -> Iterator[tuple[str, Reviews, Reviews]]:
    """Yield (name, train, test) for each of five folds."""
    if data == "ml-100k":
        yield from ((f"u{n}", *load_movielens_fold(n)) for n in range(1, FOLDS + 1))
        return
    reviews = load_reviews(data)
    part = np.random.default_rng(0).permutation(len(reviews)) % FOLDS
    yield from ((f"r{n + 1}", reviews.subset(part != n), reviews.subset(part == n)) for n in range(FOLDS))


def timed_fit(system: System, train: Reviews):
    """Return a fitted model and the CPU seconds of its `fit`, without turning the table into a peer's own form."""
    model = system.build()
    if hasattr(model, "prepare"):
        model.prepare(train)
    start = time.process_time()
    model.fit(train)
    return model, time.process_time() - start


def measure(system: System, train: Reviews, test: Reviews) -> list[dict]:
    """Fit on one fold as often as asked; return [{metric: value, …}] of the last fit, and the seconds of every fit."""
    first_rows = np.arange(min(200, len(train)))
    timed_fit(system, train.subset(first_rows))
    fits = [timed_fit(system, train) for _ in range(system.repeats)]
    model, user_idx, item_idx = fits[-1][0], test.user_idx, test.item_idx
    predicted = model.predict(user_idx, item_idx)
    result = {"rmse": rmse(test.rating, predicted), "mae": mae(test.rating, predicted)}
    if hasattr(model, "interval"):
        low, high = model.interval(user_idx, item_idx, level=0.9)
        result["coverage90"] = float(np.mean((low <= test.rating) & (test.rating <= high)))
    return [result | {"seconds": [seconds for _, seconds in fits]}]


def summarise(data: str, system: System, names: list[str], results: list[dict]) -> list[dict]:
    """Return tidy rows: the mean over folds of each metric (low and high: the extreme folds), the median time."""
    split, rows = f"{names[0]}-{names[-1]}", []
    for metric in (key for key in results[0] if key != "seconds"):
        values = [result[metric] for result in results]
        rows.append(row(data, split, system.name, metric, setting=system.setting, **over_folds(values)))
    seconds = [s for result in results for s in result["seconds"]]
    span = over_folds(seconds) | {"value": float(np.median(seconds))}
    return [*rows, row(data, split, system.name, "fit_cpu_s", setting=system.setting, **span)]


def first_fold(data: str, system: System, name: str, result: dict) -> dict:
    """Return the RMSE row of the first fold, whose test part no choice of settings has seen, not even through training.

    The tenth of u1.base on which settings were chosen lies partly in the test parts of u2 to u5.
    """
    return row(data, name, system.name, "rmse", result["rmse"], system.setting, n=1)


def run(data: str) -> list[dict]:
    """Measure every installed system on every fold of one data set, system after system within a fold."""
    systems = [system for system in SYSTEMS if system.installed]
    for system in set(SYSTEMS) - set(systems):
        print(f"{system.name} left out: {system.package} is not installed (pip install '.[peers]')")
    parts = list(folds(data))
    results = {system: [] for system in systems}
    bar = tqdm([(part, system) for part in parts for system in systems], desc=data, unit="fit")
    for (fold, train, test), system in bar:
        bar.set_postfix_str(f"{fold} {system.name}")
        key = f"{data} {fold} {system.name} {system.setting}"
        results[system] += remembered(NAME, key, lambda s=system, t=(train, test): measure(s, *t), SOURCES)
    names = [fold for fold, _, _ in parts]
    rows = [r for system in systems for r in summarise(data, system, names, results[system])]
    return rows + [first_fold(data, system, names[0], results[system][0]) for system in systems]


def ratios(rows: list[dict], ours: str = "recx:biased-mf") -> list[str]:
    """Return one line per peer: how long our biased MF takes to train, as a share of the peer's time in this run."""
    seconds = {(r["data"], r["system"], r["setting"]): r["value"] for r in rows if r["metric"] == "fit_cpu_s"}
    peers = [key for key in seconds if key[1].startswith("peer:")]
    return [f"{d}: {ours} trains in {seconds[d, ours, ''] / seconds[d, p, s]:.2f} of {p}'s time" for d, p, s in peers]


def main(arguments: list[str] | None = None) -> None:
    """Read the command line, measure, print the table and the ratios of times, write the results."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", nargs="+", default=["ml-100k"], help="data sets as load_reviews names them")
    with threadpool_limits(1):
        rows = [r for data in parser.parse_args(arguments).data for r in run(data)]
    print(table(rows))
    print("\n".join(ratios(rows)))
    print(f"written: {write_rows(NAME, rows).name}")


if __name__ == "__main__":
    main()
