"""How the settings of the rating predictors were chosen: on no test part.

Run `python -m benchmarks.tune_ratings` with RECX_DATA naming the folder that holds
ml-100k. Every setting is fitted on nine tenths of u1.base and marked by RMSE
on the rest. Writes book/results/choose.json with every try; prints the best of
each system. The library's defaults and benchmarks/rating_systems.py hold what was
chosen here (where settings differ by less than 0.002, which is the spread
between seeds, the faster or the more usual one). Surprise keeps the tuned
settings that earlier tries on u1 gave it; it is marked here too.
"""

from __future__ import annotations

import itertools
from functools import partial

import numpy as np
from tqdm import tqdm

from benchmarks.rating_systems import (
    CornacPeer,
    MyfmPeer,
    SurprisePeer,
    System,
    bayesian_without_features,
)
from benchmarks.ratings import timed_fit
from benchmarks.tidy import remembered, row, table, write_rows
from recx_lib.data import Reviews, load_movielens_fold
from recx_lib.judge import rmse
from recx_lib.recommend import ALS, Baseline, BayesianMF, BiasedMF

NAME = "choose"
SOURCES = (
    "recx_lib/recommend/als.py",
    "recx_lib/recommend/bayes.py",
    "recx_lib/recommend/mf.py",
    "recx_lib/recommend/sgd.py",
    "benchmarks/rating_systems.py",
    "benchmarks/tune_ratings.py",
)  # the figures depend on these
SPLIT = "u1.base, a tenth held out"
GRIDS = {
    ("recx:baseline", Baseline): {"reg": (2.0, 5.0, 10.0)},
    ("recx:biased-mf", BiasedMF): {
        "epochs": (20, 30),
        "lr": (0.02, 0.03, 0.04),
        "reg": (0.08, 0.09, 0.1),
    },
    ("recx:als", ALS): {
        "reg": (12.0, 14.0, 16.0),
        "reg_bias": (2.0, 3.0, 5.0, 14.0),
    },
    ("recx:bayesian-mf ratings only", bayesian_without_features): {},
    ("recx:bayesian-mf", BayesianMF): {
        "k": (8, 10),
        "n_features": (30, 50),
        "penalty": (1.0, 3.0, 10.0),
    },
    ("peer:surprise-svd", SurprisePeer): {
        "lr_all": (0.01, 0.02),
        "reg_all": (0.08, 0.1, 0.12),
    },
    ("peer:cornac-mf", CornacPeer): {
        "learning_rate": (0.005, 0.01, 0.02),
        "lambda_reg": (0.04, 0.06, 0.08, 0.1),
    },
    ("peer:myfm", MyfmPeer): {"rank": (8, 16)},
}


def tries(grid: dict[str, tuple]) -> list[dict]:
    """Return every combination of the settings.

    >>> tries({"k": (1, 2), "reg": (0.1,)})
    [{'k': 1, 'reg': 0.1}, {'k': 2, 'reg': 0.1}]
    """
    combinations = itertools.product(*grid.values())
    return [dict(zip(grid, values, strict=True)) for values in combinations]


def mark(
    name: str, build, settings: dict, train: Reviews, validation: Reviews
) -> list[dict]:
    """Fit a try on `train`; return its error on `validation`, its time."""
    system = System(name, "", partial(build, **settings))
    model, seconds = timed_fit(system, train)
    predicted = model.predict(validation.user_idx, validation.item_idx)
    error = rmse(validation.rating, predicted)
    label = ", ".join(f"{key}={value}" for key, value in settings.items())
    return [
        row("ml-100k", SPLIT, name, "rmse", error, label, n=1),
        row("ml-100k", SPLIT, name, "fit_cpu_s", seconds, label, n=1),
    ]


def print_best(rows: list[dict]) -> None:
    """Print the try of each system with the smallest error."""
    errors = [one for one in rows if one["metric"] == "rmse"]
    for name in dict.fromkeys(one["system"] for one in errors):
        own = [one for one in errors if one["system"] == name]
        best = min(own, key=lambda one: one["value"])
        setting = best["setting"] or "defaults"
        print(f"best of {name}: {setting}, RMSE {best['value']:.4f}")


def main() -> None:
    """Mark every try, print all and the best, write the results."""
    base, _ = load_movielens_fold(1)
    held_out = np.random.default_rng(0).random(len(base)) < 0.1
    parts = base.subset(~held_out), base.subset(held_out)
    jobs = []
    for (name, build), grid in GRIDS.items():
        jobs += [(name, build, settings) for settings in tries(grid)]
    rows = []
    for job in tqdm(jobs, unit="try"):
        name, _, settings = job
        measure = partial(mark, *job, *parts)
        rows += remembered(NAME, f"{name} {settings}", measure, SOURCES)
    print(table(rows))
    print_best(rows)
    print(f"written: {write_rows(NAME, rows).name}")


if __name__ == "__main__":
    main()
