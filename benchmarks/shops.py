"""How far do the conclusions carry? The book's, on three shops.

`python -m benchmarks.shops` measures on the kind, the middle and the harsh
shop what the chapters conclude from the second: each system beside floors that
know nothing of the person, or of the words. Three seeds, of split and model;
settings are chosen on a tenth of each training part, by four tries for each
rival. Intervals draw whole users. Writes book/results/shops.json; an
interrupted run goes on.
"""

from __future__ import annotations

from functools import partial

import numpy as np
import torch
from threadpoolctl import threadpool_limits

from benchmarks import shops_questions as ask
from benchmarks.shops_parts import Tally, profiles, setting
from benchmarks.tidy import remembered, row, table, write_rows
from recx_lib.judge import bootstrap_interval
from recx_lib.recommend import MLPRecommender

NAME = "shops"
SHOPS = ("shop-kind", "shop", "shop-harsh")
SEEDS = range(3)
SPLIT = "seeds 0-2"
SOURCES = (
    "recx_lib/**/*.py",
    "benchmarks/shops*.py",
    "benchmarks/explanations.py",
    "benchmarks/mining.py",
)  # the figures depend on these


def measure(shop: str, seed: int) -> list[dict]:
    """Return the users' sums of every system and metric, on one split."""
    here, tally = setting(shop, seed), Tally()
    linear = ask.rating_errors(here, tally, seed)
    care, fame = profiles(here.mentions, here.train)
    mlp = MLPRecommender(seed=seed).fit(here.train, care, fame)
    ask.errors_of(mlp, "recx:mlp", here, tally)
    ask.true_reasons(here, tally, linear, mlp, seed)
    ask.reason_floors(here, tally, care, fame, seed)
    ask.fidelity(here, tally, mlp)
    ask.attention(here, tally, seed)
    ask.mining(here, tally)
    ask.sentences(here, tally, linear, seed)
    return tally.rows


def ratio(sums: np.ndarray) -> float:
    """Return Σ value / Σ per of users' sums (n, 2).

    >>> ratio(np.array([[1.0, 2.0], [2.0, 2.0]]))
    0.75
    """
    value, per = sums.sum(axis=0)
    return float(value / per)


STATISTICS = {  # of users' sums, where it is not their ratio
    "rmse": lambda sums: ratio(sums) ** 0.5,
    "fidelity_r2": lambda sums: 1 - ratio(sums),
}


def summarise(shop: str, pieces: list[dict]) -> list[dict]:
    """Return tidy rows over the seeds; intervals draw whole users, n of
    them.
    """
    groups = {}
    for piece in pieces:
        key = piece["system"], piece["setting"], piece["metric"]
        groups.setdefault(key, []).append(piece)
    rows = []
    for (system, how, metric), parts in groups.items():
        # (n_users of all seeds, 2), and whose each row is
        sums = [np.column_stack([p["value"], p["per"]]) for p in parts]
        users = np.concatenate([part["user"] for part in parts])
        statistic = STATISTICS.get(metric, ratio)
        sums = np.vstack(sums)
        found = bootstrap_interval(sums, groups=users, statistic=statistic)
        span = dict(zip(("value", "low", "high"), found, strict=True))
        key = shop, SPLIT, system, metric
        rows.append(row(*key, setting=how, **span, n=len(np.unique(users))))
    return rows


def main() -> None:
    """Measure, write the results, print the table."""
    torch.set_num_threads(1)
    rows = []
    with threadpool_limits(1):
        for shop in SHOPS:
            pieces = []
            for seed in SEEDS:
                piece = partial(measure, shop, seed)
                pieces += remembered(NAME, f"{shop} {seed}", piece, SOURCES)
            rows += summarise(shop, pieces)
    print(table(rows))
    print(f"written: {write_rows(NAME, rows).name}")


if __name__ == "__main__":
    main()
