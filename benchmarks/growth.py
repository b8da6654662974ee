"""Growth: training time and peak memory against the number of ratings.

Run `python -m benchmarks.growth` (`--largest 1e6` for a shorter run), on
simulated tables of MovieLens' proportions: n ratings come from n / 100 users
and 5·√n items with a long tail. Every measurement is a fresh process with one
thread; fit_s is CPU seconds of `fit` with the number of passes below, the
median of three up to 100,000 ratings, of one above; peak_mb is what the table
and the fit need beyond the imported libraries. The exponent is the slope of
log time against log n. Writes book/results/growth.json.
"""

from __future__ import annotations

import argparse
import multiprocessing
import resource
import sys
import time
from functools import partial

import numpy as np
import pandas as pd
from tqdm import tqdm

from benchmarks.tidy import remembered, row, table, write_rows
from recx_lib.data import Ids, Reviews
from recx_lib.recommend import ALS, BayesianMF, BiasedMF, Chain

NAME = "growth"
SOURCES = (
    "recx_lib/recommend/als.py",
    "recx_lib/recommend/bayes.py",
    "recx_lib/recommend/mf.py",
    "recx_lib/recommend/sgd.py",
    "benchmarks/growth.py",
)  # the figures depend on these
SIZES = [int(10**e) for e in (4, 4.5, 5, 5.5, 6, 6.5, 7)]
MODELS = {
    "recx:biased-mf": ("30 epochs", BiasedMF),
    "recx:als": ("1 sweep", lambda: ALS(k=32, sweeps=1)),
    "recx:bayesian-mf": (
        "4 sweeps",
        lambda: BayesianMF(n_features=50, chain=Chain(sweeps=4, burn_in=0)),
    ),
}


def simulate(n: int, seed: int = 0) -> Reviews:
    """Return about n ratings: a pair drawn twice counts once.

    Integer ids are set directly, to save memory.
    """
    rng = np.random.default_rng(seed)
    n_users, n_items = n // 100, int(5 * np.sqrt(n))
    # 1. who rates what: density falls as 1 / √rank, a long tail
    item = (n_items * rng.random(n) ** 2).astype(np.int64)
    user = rng.integers(0, n_users, n)
    user_idx, item_idx = np.divmod(np.unique(user * n_items + item), n_items)
    # 2. the ratings: quality, a match of three factors, noise
    taste = rng.normal(0, 0.5, (n_users, 3))
    quality = rng.normal(0, 0.5, (n_items, 3))
    match = np.sum(taste[user_idx] * quality[item_idx], axis=1)
    raw = 3.5 + quality[item_idx, 0] + match
    rating = np.rint(raw + rng.normal(0, 0.7, len(raw)))
    rating = np.clip(rating, 1, 5)
    # 3. a table of them, in no order
    order = rng.permutation(len(rating))
    users, items = Ids(map(str, range(n_users))), Ids(map(str, range(n_items)))
    index = pd.RangeIndex(len(rating), name="review")
    reviews = Reviews(pd.DataFrame(index=index), users, items)
    vars(reviews).update(
        user_idx=user_idx[order],
        item_idx=item_idx[order],
        rating=rating[order],
    )
    return reviews


def peak_mb() -> float:
    """Return this process's largest resident memory so far, in MiB."""
    unit = 2**20 if sys.platform == "darwin" else 2**10
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit


def measure(system: str, n: int) -> dict:
    """Fit one system on one size, in this process; return its figures."""
    build = MODELS[system][1]
    build().fit(simulate(1000))  # compiles
    before = peak_mb()
    reviews = simulate(n)
    seconds = []
    for _ in range(3 if n <= 100_000 else 1):
        start = time.process_time()
        build().fit(reviews)
        seconds.append(time.process_time() - start)
    return {
        "n": len(reviews),
        "fit_s": float(np.median(seconds)),
        "peak_mb": peak_mb() - before,
    }


def in_fresh_process(system: str, n: int) -> list[dict]:
    """Return [measure(system, n)], in a process that has done nothing."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return [pool.apply(measure, (system, n))]


def exponent(n: list[int], value: list[float]) -> float:
    """Return the slope of log value against log n.

    >>> round(exponent([10, 100, 1000], [1.0, 100.0, 10000.0]), 6)
    2.0
    """
    return float(np.polyfit(np.log(n), np.log(value), 1)[0])


def run(sizes: list[int]) -> list[dict]:
    """Measure every model at every size; return rows and exponents."""
    rows = []
    bar = tqdm(total=len(MODELS) * len(sizes), desc=NAME, unit="fit")
    for system in MODELS:
        figures = []
        for n in sizes:
            bar.set_postfix_str(f"{system} {n:,}")
            fit = partial(in_fresh_process, system, n)
            figures += remembered(NAME, f"{system} {n}", fit, SOURCES)
            bar.update()
        rows += summarise(system, figures)
    return rows


def summarise(system: str, figures: list[dict]) -> list[dict]:
    """Return a system's rows: time and memory by size, and the exponent."""
    setting, _ = MODELS[system]
    rows = []
    for metric in ("fit_s", "peak_mb"):
        for found in figures:
            n, value = found["n"], found[metric]
            size = f"{n} ratings"
            rows.append(
                row("simulated", size, system, metric, value, setting, n=n)
            )
    sizes = [found["n"] for found in figures]
    slope = exponent(sizes, [found["fit_s"] for found in figures])
    last = row("simulated", "all sizes", system, "exponent", slope, setting)
    return [*rows, last | {"n": len(figures)}]


def main(arguments: list[str] | None = None) -> None:
    """Read the command line, measure, print the table, write the results."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--largest",
        type=float,
        default=SIZES[-1],
        help="the largest number of ratings to simulate",
    )
    largest = parser.parse_args(arguments).largest
    rows = run([n for n in SIZES if n <= largest])
    print(table(rows))
    print(f"written: {write_rows(NAME, rows).name}")


if __name__ == "__main__":
    main()
