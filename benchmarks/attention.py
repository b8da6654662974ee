"""Is there anything in attention to explain, and does its map explain it?

`python -m benchmarks.attention` trains chapter 10's recommender on the three
shops and two public sets, with three seeds: as it is, without the bypass (the
user's mean beside attention), and with uniform attention, all three on one
split. It notes how much of attention's reading is kept (`trust`), what the
reading gains over the biases, and puts the map on trial, where a twin of
another seed says how stable each explanation is. Intervals draw whole users.
Writes book/results/attention.json; an interrupted run goes on.
"""

from __future__ import annotations

from itertools import count

import numpy as np
import pandas as pd
from tqdm import tqdm

from benchmarks.tidy import over, over_folds, row, run_sets
from recx_lib.core import Case, Explanation
from recx_lib.data import load_reviews, split_random
from recx_lib.explain import attention_map, occlusion, random_evidence
from recx_lib.judge import top_k, trial
from recx_lib.recommend import Baseline, HistoryAttention

NAME = "attention"
DATA = ("shop-kind", "shop", "shop-harsh", "musical_instruments", "ml-100k")
SEEDS = range(3)
SPLIT = "seed 0"
VARIANTS = {
    "as it is": {},
    "bypass closed": {"bypass": False},
    "uniform": {"uniform": True},
}
N_CASES = 60  # per seed
SOURCES = (
    "recx_lib/recommend/*.py",
    "recx_lib/nets/*.py",
    "recx_lib/judge/*.py",
    "recx_lib/explain/*.py",
    "benchmarks/attention.py",
)  # the figures depend on these


def explainers(model: HistoryAttention) -> dict:
    """Return two floors that ask no model, the map, and what asks the score."""
    seeds = count()

    def liked_best(case: Case) -> Explanation:
        """Cite what lay furthest above its item's mean, whatever is scored."""
        items, stars = model.history(model.users_.idx([case.user])[0])
        above = stars - model.mu_ - model.b_i_[items]
        return case.explanation("liked best", above)

    return {
        "floor:random": lambda c: random_evidence(c, seed=next(seeds)),
        "floor:liked-best": liked_best,
        "recx:attention-map": attention_map,
        "recx:occlusion": occlusion,
    }


def measure(data: str) -> list[dict]:
    """Return the rows of all variants on one data set."""
    train, test = split_random(load_reviews(data), 0.2, seed=0)
    pairs = test.user_idx, test.item_idx
    means = (test.rating - Baseline().fit(train).predict(*pairs)) ** 2
    rows = []
    for setting, options in VARIANTS.items():
        models = []
        for seed in SEEDS:
            model = HistoryAttention(seed=seed, **options)
            models.append(model.fit(train, quiet=True))
        key = data, SPLIT, "recx:history-attention"
        trusts = [model.trust_ for model in models]
        rows.append(row(*key, "trust", setting=setting, **over_folds(trusts)))
        errors = []
        for model in models:
            errors.append((test.rating - model.predict(*pairs)) ** 2)
        gains = np.concatenate([means - error for error in errors])
        users = np.tile(test.user_idx, len(models))
        rows.append(row(*key, "gain", setting=setting, **over(gains, users)))
        roots = [float(np.sqrt(error.mean())) for error in errors]
        rows.append(row(*key, "rmse", setting=setting, **over_folds(roots)))
        if setting != "uniform":
            rows += on_trial(data, setting, models, train)
    return rows


def on_trial(data: str, setting: str, models: list, train) -> list[dict]:
    """Return how the explanations of each model's first choices fare.

    The twin of a model is that of the next seed.
    """
    per_user = np.bincount(train.user_idx, minlength=train.n_users)
    able = np.flatnonzero(per_user >= 5)
    users = np.random.default_rng(0).permutation(able)[:N_CASES].tolist()
    pieces = []
    for seed, model in enumerate(models):
        twin, cases, again = models[(seed + 1) % len(models)], [], []
        for user in users:
            seen = train.item_idx[train.user_idx == user]
            best = int(top_k(model.score(user), seen, 1)[0])
            cases.append(model.case(user, best))
            again.append(twin.case(user, best))
        stand = explainers(model)
        pieces.append(trial(tqdm(cases), stand, again=again))
    found = pd.concat(pieces)
    rows = []
    wanted = found["metric"].isin(["comprehensiveness", "sign", "stability"])
    parts = found[wanted].groupby(["method", "metric"], sort=False)
    for (method, metric), part in parts:
        sums = part[["value", "per"]].to_numpy(float)
        span = over(sums, part["user"], ratio)
        rows.append(row(data, SPLIT, method, metric, setting=setting, **span))
    return rows


def ratio(sums: np.ndarray) -> float:
    """Return Σ value / Σ per of (n, 2)."""
    value, per = sums.sum(axis=0)
    return float(value / per)


def main() -> None:
    """Measure, write the results, print the table."""
    run_sets(NAME, DATA, measure, SOURCES)


if __name__ == "__main__":
    main()
