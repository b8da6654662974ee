"""Ten looks at a test of two sentences: who errs, who finds what is there."""

from __future__ import annotations

import numpy as np
import pandas as pd

from benchmarks.loop_parts import Shop, tidy
from recx_lib.judge import (
    always_valid_p,
    by_customer,
    difference,
    obrien_fleming,
    pocock,
    spending_bounds,
)

LOOKS = np.arange(1, 11) / 10
TESTS = 300
HOPED = 0.02  # the effect that the always-valid p-value hopes for


def peeking(shop: Shop, silent: list, honest: list) -> list[dict]:
    """Return how often a month's test stops, for five ways to look: where
    both groups hear nothing, and where one hears the honest sentence. A log a
    seed of either.
    """
    rules = {
        "floor:one_look": spending_bounds([1.0])[0] + np.r_[[40] * 9, 0],
        "floor:ten_looks": np.repeat(spending_bounds([1.0]), 10),
        "recx:obrien_fleming": spending_bounds(LOOKS, obrien_fleming),
        "recx:pocock": spending_bounds(LOOKS, pocock),
    }
    marks = {name: [] for name in (*rules, "recx:always_valid")}
    for seed, logs in enumerate(zip(silent, honest, strict=True)):
        none, some = (clicks(log) for log in logs)
        empty, full = looks(none, none, seed), looks(none, some, seed)
        for name, bounds in rules.items():
            stops = [np.abs(found[0]) > bounds for found in (empty, full)]
            marks[name].append(mark(*stops))
        stops = [found[1] < 0.05 for found in (empty, full)]
        marks["recx:always_valid"].append(mark(*stops))
    rows = []
    for name, found in marks.items():
        rows += tidy(shop.name, name, "ten looks", found)
    return rows


def clicks(log: pd.DataFrame) -> np.ndarray:
    """Return each customer's clicks per place, in the first month."""
    month = log[log["week"] < 4]
    return by_customer(month["clicked"], month["user"])


def looks(a: np.ndarray, b: np.ndarray, seed: int) -> tuple:
    """Return z and the always-valid p of many tests, (n_tests, 10) each:
    customers dealt out by lot, `a` what each does in one group, `b` in the
    other.
    """
    rng, half = np.random.default_rng(seed), len(a) // 2
    z, valid = np.zeros((2, TESTS, len(LOOKS)))
    for test in range(TESTS):
        dealt = rng.permutation(len(a))
        left, right = a[dealt[:half]], b[dealt[half:]]
        for look, share in enumerate(LOOKS):
            n = int(share * half)
            gap, error = difference(left[:n], right[:n])
            z[test, look] = gap / error
            valid[test, look] = always_valid_p(gap, error, HOPED)
    return z, valid


def mark(empty: np.ndarray, full: np.ndarray) -> dict:
    """Return the share of tests that stop, and at which share of the
    customers those do that stop for something.
    """
    found = full.any(axis=1)
    first = LOOKS[full[found].argmax(axis=1)]
    marks = {"false_alarms": empty.any(axis=1).mean(), "found": found.mean()}
    return marks | {"stopped_at": first.mean()}
