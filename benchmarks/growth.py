"""Growth: training time and peak memory against the number of ratings, on simulated tables of MovieLens' proportions.

Run `python -m benchmarks.growth` (`--largest 1e6` for a shorter run). n ratings come from n / 100 users and 5·√n items
with a long tail. Every measurement is a fresh process with one thread; fit_s is CPU seconds of `fit` with the number
of passes below, the median of three up to 100,000 ratings, of one above; peak_mb is what the table and the fit need
beyond the imported libraries. The exponent is the slope of log time against log n. Writes book/results/growth.json.
"""

from __future__ import annotations

import argparse
import multiprocessing
import resource
import sys
import time

import numpy as np
import pandas as pd
from tqdm import tqdm

from benchmarks.tidy import remembered, row, table, write_rows
from recx_lib.data import Ids, Reviews
from recx_lib.recommend import ALS, BayesianMF, BiasedMF

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
    "recx:als": ("1 sweep", lambda: ALS(sweeps=1)),
    "recx:bayesian-mf": ("4 sweeps", lambda: BayesianMF(sweeps=4, burn_in=0)),
}


def simulate(n: int, seed: int = 0) -> Reviews:
    """Return about n ratings (a pair drawn twice counts once); integer ids are set directly, to save memory."""
    rng = np.random.default_rng(seed)
    n_users, n_items = n // 100, int(5 * np.sqrt(n))
    item = (n_items * rng.random(n) ** 2).astype(np.int64)  # density falls as 1 / √rank: a long tail
    user_idx, item_idx = np.divmod(np.unique(rng.integers(0, n_users, n) * n_items + item), n_items)
    taste, quality = rng.normal(0, 0.5, (n_users, 3)), rng.normal(0, 0.5, (n_items, 3))
    raw = 3.5 + quality[item_idx, 0] + np.sum(taste[user_idx] * quality[item_idx], axis=1)
    rating = np.clip(np.rint(raw + rng.normal(0, 0.7, len(raw))), 1, 5)
    shuffle = rng.permutation(len(rating))
    users, items = Ids(map(str, range(n_users))), Ids(map(str, range(n_items)))
    reviews = Reviews(pd.DataFrame(index=pd.RangeIndex(len(rating), name="review")), users, items)
    vars(reviews).update(user_idx=user_idx[shuffle], item_idx=item_idx[shuffle], rating=rating[shuffle])
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
    reviews, seconds = simulate(n), []
    for _ in range(3 if n <= 100_000 else 1):
        start = time.process_time()
        build().fit(reviews)
        seconds.append(time.process_time() - start)
    return {"n": len(reviews), "fit_s": float(np.median(seconds)), "peak_mb": peak_mb() - before}


def in_fresh_process(system: str, n: int) -> list[dict]:
    """Return [measure(system, n)], measured in a process that has done nothing before."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return [pool.apply(measure, (system, n))]


def exponent(n: list[int], value: list[float]) -> float:
    """Return the slope of log value against log n.

    >>> round(exponent([10, 100, 1000], [1.0, 100.0, 10000.0]), 6)
    2.0
    """
    return float(np.polyfit(np.log(n), np.log(value), 1)[0])


def run(sizes: list[int]) -> list[dict]:
    """Measure every model at every size; return the rows, with one exponent of time per model."""
    rows, bar = [], tqdm(total=len(MODELS) * len(sizes), desc=NAME, unit="fit")
    for system, (setting, _) in MODELS.items():
        figures = []
        for n in sizes:
            bar.set_postfix_str(f"{system} {n:,}")
            figures += remembered(NAME, f"{system} {n}", lambda s=system, n=n: in_fresh_process(s, n), SOURCES)
            bar.update()
        for metric in ("fit_s", "peak_mb"):
            rows += [
                row("simulated", f"{f['n']} ratings", system, metric, f[metric], setting, n=f["n"]) for f in figures
            ]
        slope = exponent([f["n"] for f in figures], [f["fit_s"] for f in figures])
        rows.append(row("simulated", "all sizes", system, "exponent", slope, setting, n=len(figures)))
    return rows


def main(arguments: list[str] | None = None) -> None:
    """Read the command line, measure, print the table, write the results."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--largest", type=float, default=SIZES[-1], help="the largest number of ratings to simulate")
    rows = run([n for n in SIZES if n <= parser.parse_args(arguments).largest])
    print(table(rows))
    print(f"written: {write_rows(NAME, rows).name}")


if __name__ == "__main__":
    main()
