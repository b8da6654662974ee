"""The defaults of the rating models: one setting for sets so unlike.

Run `python -m benchmarks.defaults` with RECX_DATA naming the folder that holds
ml-100k and musical_instruments. A default must serve whoever has not searched:
biases, SGD and ALS get twelve tries each (the slow Bayesian model two), fitted
on nine tenths of the training part of the shop, of MovieLens 100K (u1.base)
and of Musical Instruments, and marked by RMSE on the rest, three draws of it,
as a share of what the biases of user and item reach there. Of the tries that
no set's biases beat, or of all where there is none, the one with the smallest
mean share is the default in recx_lib. No test part is opened. What a set's own search prefers stands in
book/results/ratings.json. Writes book/results/defaults.json; an interrupted
run goes on.
"""

from __future__ import annotations

from functools import partial

import pandas as pd
from threadpoolctl import threadpool_limits
from tqdm import tqdm

from benchmarks.rating_systems import Mean
from benchmarks.systems import tries
from benchmarks.tidy import over_folds, remembered, row, write_rows
from recx_lib.data import (
    Reviews,
    load_movielens_fold,
    load_reviews,
    split_random,
)
from recx_lib.judge import rmse
from recx_lib.recommend import ALS, Baseline, BayesianMF, BiasedMF

NAME = "defaults"
SOURCES = (
    "recx_lib/recommend/als.py",
    "recx_lib/recommend/bayes.py",
    "recx_lib/recommend/mf.py",
    "recx_lib/recommend/sgd.py",
    "benchmarks/defaults.py",
)  # the figures depend on these
SETS = ("shop", "ml-100k", "musical_instruments")
DRAWS = range(3)
FLOOR = "floor:baseline"
GRIDS = {
    ("floor:mean", Mean): {},
    (FLOOR, Baseline): {
        "reg": (0.5, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0, 14.0, 20.0, 30.0)
    },
    ("recx:biased-mf", BiasedMF): {
        "lr": (0.015, 0.02, 0.03),
        "reg": (0.06, 0.08),
        "init_std": (0.02, 0.05),
    },
    ("recx:als", ALS): {
        "k": (8, 16),
        "reg": (8.0, 10.0, 12.0),
        "reg_bias": (5.0, 8.0),
    },
    ("recx:bayesian-mf", BayesianMF): {"n_features": (0, 50)},
}


def parts(data: str, draw: int) -> tuple[Reviews, Reviews]:
    """Return (fitted on, marked on), both of the set's training part."""
    if data == "ml-100k":
        train, _ = load_movielens_fold(1)
    else:
        train, _ = split_random(load_reviews(data), 0.2, 0)
    return split_random(train, 0.1, draw)


def error(data: str, build, settings: dict, draw: int) -> list[dict]:
    """Return one model's RMSE on one draw of a set's validation part."""
    train, held_out = parts(data, draw)
    model = build(**settings).fit(train)
    stars = model.predict(held_out.user_idx, held_out.item_idx)
    return [{"rmse": rmse(held_out.rating, stars)}]


def measure(data: str, name: str, build, settings: dict) -> dict:
    """Return the tidy row of one try on one set: the mean of the draws."""
    found = []
    for draw in DRAWS:
        key = f"{data} {name} {settings} {draw}"
        marked = partial(error, data, build, settings, draw)
        found += remembered(NAME, key, marked, SOURCES)
    span = over_folds([one["rmse"] for one in found])
    label = ", ".join(f"{key}={value}" for key, value in settings.items())
    return row(data, "validation", name, "rmse", setting=label, **span)


def shares(rows: list[dict]) -> pd.DataFrame:
    """Return each try's RMSE as a share of the default biases' on each set.

    Columns: the sets, their mean, the worst; a system's default comes first.
    """
    frame = pd.DataFrame(rows)
    wide = frame.pivot_table("value", ["system", "setting"], "data")
    wide = wide[list(SETS)]
    share = wide / wide.loc[(FLOOR, f"reg={Baseline().reg}")]
    more = {"mean": share.mean(axis=1), "worst": share.max(axis=1)}
    share = share.assign(**more)
    share["loses"] = share["worst"] > 1
    return share.sort_values(["loses", "mean"]).drop(columns="loses")


def main() -> None:
    """Mark every try, print all and the best, write the results."""
    jobs = []
    for (name, build), grid in GRIDS.items():
        for settings in tries(grid):
            jobs += [(data, name, build, settings) for data in SETS]
    with threadpool_limits(1):
        rows = [measure(*job) for job in tqdm(jobs, unit="try")]
    found = shares(rows)
    print(found.round(4).to_string())
    best = found.reset_index().drop_duplicates("system")
    print(best.round(4).to_string(index=False))
    print(f"written: {write_rows(NAME, rows).name}")


if __name__ == "__main__":
    main()
