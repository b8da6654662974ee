"""Terms that add up against what would go: python -m benchmarks.removal.

Implicit ALS, read as a sum over a customer's history (`history_terms`) and
asked what falls without a thing (`removal_drops`), on three tables. Each
customer's best new item; the thing that is named first is taken out, and the
customer solved anew. Writes book/results/removal.json.
"""

from __future__ import annotations

import numpy as np

from benchmarks.tidy import row, run_sets
from recx_lib.data import load_reviews
from recx_lib.judge import bootstrap_interval
from recx_lib.scale import (
    DrawnRatings,
    Part,
    PartsALS,
    histories,
    history_terms,
    removal_drops,
)

SETS = ("drawn", "shop", "ml-100k")
N_USERS = 500
SOURCES = ("recx_lib/scale/*.py", "benchmarks/removal.py")


def table_of(data: str) -> tuple[Part, int]:
    """Return a table's ratings, and how many items it has."""
    if data == "drawn":
        drawn = DrawnRatings(n_parts=1, users_each=2500, n_items=2000)
        return drawn.part(0), drawn.n_items
    reviews = load_reviews(data)
    rows = Part(reviews.user_idx, reviews.item_idx, reviews.rating)
    return rows, reviews.n_items


def trials(data: str) -> dict[str, list[float]]:
    """Return one figure a customer: how far scores fall, and who is worst."""
    table, n_items = table_of(data)
    model = PartsALS(k=16, sweeps=5).fit([table], n_items)
    users, start, items = histories(table, n_items)
    _, P = model.factors(table)
    rng = np.random.default_rng(0)
    long_enough = np.flatnonzero(np.diff(start) >= 3)
    chosen = rng.permutation(long_enough)[:N_USERS]
    found = {name: [] for name in ("term", "terms", "removal", "random")}
    found |= {"terms hit": [], "random hit": []}
    for n in chosen:
        own = items[start[n] : start[n + 1]]
        scores = model.Q_ @ P[n]
        scores[own] = -np.inf
        item = int(scores.argmax())
        terms = history_terms(model, own, item) / scores[item]
        drops = removal_drops(model, own, item) / scores[item]
        named, worst = terms.argmax(), drops.argmax()
        drawn = rng.integers(len(own))
        found["term"].append(terms[named])
        found["terms"].append(drops[named])
        found["removal"].append(drops[worst])
        found["random"].append(drops[drawn])
        found["terms hit"].append(float(named == worst))
        found["random hit"].append(float(drawn == worst))
    return found


def measure(data: str) -> list[dict]:
    """Return the means over customers, with their intervals."""
    names = {
        "term": ("recx:terms", "says it adds"),
        "terms": ("recx:terms", "falls by"),
        "removal": ("recx:removal", "falls by"),
        "random": ("floor:random", "falls by"),
        "terms hit": ("recx:terms", "is the worst loss"),
        "random hit": ("floor:random", "is the worst loss"),
    }
    rows = []
    for name, values in trials(data).items():
        system, metric = names[name]
        low, high = bootstrap_interval(values, seed=0)[-2:]
        about = data, f"{len(values)} customers", system, metric
        mean, n = float(np.mean(values)), len(values)
        rows.append(row(*about, mean, low=low, high=high, n=n))
    return rows


if __name__ == "__main__":
    run_sets("removal", SETS, measure, SOURCES)
