"""Ten looks at a test of two sentences: who errs, who finds what is there."""

from __future__ import annotations

import numpy as np
import pandas as pd

from benchmarks.loop_parts import Shop, kept, tidy
from recx_lib.judge import (
    always_valid_p,
    obrien_fleming,
    pocock,
    spending_bounds,
)

LOOKS = np.arange(1, 11) / 10
TESTS = 1000
HOPED = 1.0  # more kept by each, which the always-valid p-value hopes for


def peeking(shop: Shop, pleasing: list, honest: list) -> list[dict]:
    """Return how often half a year's test stops, for five ways to look: where
    both groups hear the pleasing sentence, and where one hears the honest
    one. A log a seed of either.
    """
    rules = {
        "floor:one_look": spending_bounds([1.0])[0] + np.r_[[40] * 9, 0],
        "floor:ten_looks": np.repeat(spending_bounds([1.0]), 10),
        "recx:obrien_fleming": spending_bounds(LOOKS, obrien_fleming),
        "recx:pocock": spending_bounds(LOOKS, pocock),
    }
    marks = {name: [] for name in (*rules, "recx:always_valid")}
    for seed, logs in enumerate(zip(pleasing, honest, strict=True)):
        nice, true = (kept_by(log, len(shop.lift)) for log in logs)
        empty, full = looks(nice, nice, seed), looks(nice, true, seed)
        for name, bounds in rules.items():
            stops = [np.abs(found[0]) > bounds for found in (empty, full)]
            marks[name].append(mark(*stops))
        stops = [found[1] < 0.05 for found in (empty, full)]
        marks["recx:always_valid"].append(mark(*stops))
    rows = []
    for name, found in marks.items():
        rows += tidy(shop.name, name, "ten looks", found)
    return rows


def kept_by(log: pd.DataFrame, n_users: int) -> np.ndarray:
    """Return what each customer bought and kept."""
    return np.bincount(log["user"], kept(log), minlength=n_users)


def looks(a: np.ndarray, b: np.ndarray, seed: int) -> tuple:
    """Return z and the always-valid p of many tests, (n_tests, 10) each:
    customers dealt out by lot, `a` what each does in one group, `b` in the
    other.
    """
    rng, half = np.random.default_rng(seed), len(a) // 2
    dealt = rng.permuted(np.tile(np.arange(len(a)), (TESTS, 1)), axis=1)
    z, valid = np.zeros((2, TESTS, len(LOOKS)))
    for look, share in enumerate(LOOKS):
        n = round(share * half)
        left, right = a[dealt[:, :n]], b[dealt[:, half : half + n]]
        gap = right.mean(axis=1) - left.mean(axis=1)
        spread = left.var(axis=1, ddof=1) + right.var(axis=1, ddof=1)
        error = np.sqrt(spread / n)
        z[:, look] = gap / error
        valid[:, look] = np.vectorize(always_valid_p)(gap, error, HOPED)
    return z, valid


def mark(empty: np.ndarray, full: np.ndarray) -> dict:
    """Return the share of tests that stop, and at which share of the
    customers those do that stop for something.
    """
    found = full.any(axis=1)
    first = LOOKS[full[found].argmax(axis=1)]
    marks = {"false_alarms": empty.any(axis=1).mean(), "found": found.mean()}
    return marks | {"stopped_at": first.mean()}
