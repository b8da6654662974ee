"""Without what would something else stand first?

`python -m benchmarks.whatif` asks EASE and chapter 10's network, on three
shops and two public sets, for the smallest set of a customer's things without
which another item would stand first: by sorting, by the greedy search, and
exactly (up to four things, histories of at most eighteen, where it can be
afforded). It notes how often a set is found, is true of the model, and is the
smallest; how many scores were asked for, by the size of the smallest set (a
single thing is found by both in one look); and how often as many of other
explanations' first things change the first place. Intervals draw users. Writes
book/results/whatif.json; an interrupted run goes on.
"""

from __future__ import annotations

import numpy as np
from tqdm import tqdm

from benchmarks.tidy import over, row, run_sets
from recx_lib.core.case import scores
from recx_lib.data import Reviews, load_reviews, split_random
from recx_lib.explain import (
    Contest,
    swap_by_sorting,
    swap_exact,
    swap_greedy,
)
from recx_lib.judge import top_k
from recx_lib.recommend import EASE, HistoryAttention

NAME = "whatif"
DATA = ("shop-kind", "shop", "shop-harsh", "musical_instruments", "ml-100k")
SPLIT = "seed 0"
N_USERS, N_SHORT, LONGEST, MOST = 150, 60, 18, 4
SOURCES = (
    "recx_lib/recommend/*.py",
    "recx_lib/explain/counterfactual.py",
    "benchmarks/whatif.py",
)  # the figures depend on these


def contest(model, train: Reviews, user: int, n_rivals: int = 9) -> Contest:
    """Return the item that stands first for a user and the next nine."""
    own = train.item_idx[train.user_idx == user]
    listed = top_k(model.score(user), own, n_rivals + 1)
    return Contest([model.case(user, int(item)) for item in listed])


def holds(one: Contest, swap) -> bool:
    """Return whether, without the named things, another stands first."""
    if swap is None:
        return False
    kept = 1.0 - one.cases[0].mask(swap.removed)
    return bool(one.lead(kept[None])[0] < 0)


def flips(one: Contest, n: int, fame: dict, rng) -> dict[str, bool]:
    """Return whether n things of other explanations change the first place:
    those largest in the leader's score alone, the most famous, any.
    """
    leader = one.cases[0]
    own = leader.whole() - scores(leader, 1.0 - np.eye(len(one)))
    famous = np.array([fame[name] for name in leader.names])
    found = {}
    for name, order in {
        "recx:occlusion": np.argsort(-own),
        "floor:popular": np.argsort(-famous),
        "floor:random": rng.permutation(len(one)),
    }.items():
        present = np.ones((1, len(one)))
        present[0, order[:n]] = 0.0
        found[name] = bool(one.lead(present)[0] < 0)
    return found


def measure(data: str) -> list[dict]:
    """Return the rows of both models on one data set."""
    train, _ = split_random(load_reviews(data), 0.2, seed=0)
    rows = []
    for model in (EASE(), HistoryAttention()):
        quiet = {"quiet": True} if isinstance(model, HistoryAttention) else {}
        model.fit(train, **quiet)
        rows += place(data, model, train) + sizes(data, model, train)
    return rows


def asked(train: Reviews, shortest: int, longest: float, n: int) -> list[int]:
    """Return n users, drawn, with histories of such lengths."""
    per_user = np.bincount(train.user_idx, minlength=train.n_users)
    able = np.flatnonzero((per_user >= shortest) & (per_user <= longest))
    return np.random.default_rng(0).permutation(able)[:n].tolist()


def place(data: str, model, train: Reviews) -> list[dict]:
    """Return how often the first place changes, and with how many things."""
    fame = np.bincount(train.item_idx, minlength=train.n_items)
    fame = dict(zip(train.items.raw, fame.tolist(), strict=True))
    rng = np.random.default_rng(0)
    search = swap_by_sorting if isinstance(model, EASE) else swap_greedy
    found, n_things, changed = [], [], {}
    for user in tqdm(asked(train, 3, np.inf, N_USERS)):
        one = contest(model, train, user)
        swap = search(one)
        found.append(swap is not None)
        if swap is None:
            continue
        n_things.append(len(swap.removed))
        named = {"recx:counterfactual": holds(one, swap)}
        named |= flips(one, len(swap.removed), fame, rng)
        for name, value in named.items():
            changed.setdefault(name, []).append(value)
    key = data, SPLIT, "recx:counterfactual"
    setting = type(model).__name__
    rows = [row(*key, "found", setting=setting, **over(found))]
    rows.append(row(*key, "size", setting=setting, **over(n_things)))
    for name, values in changed.items():
        rows.append(
            row(data, SPLIT, name, "flips", setting=setting, **over(values))
        )
    return rows


def sizes(data: str, model, train: Reviews) -> list[dict]:
    """Return how near each search comes to the exact one, and at what price."""
    marks = {}
    for user in tqdm(asked(train, 4, LONGEST, N_SHORT)):
        one = contest(model, train, user)
        exact = swap_exact(one, most=MOST)
        if exact is None:
            continue
        for search in (swap_by_sorting, swap_greedy):
            swap = search(one)
            is_true = holds(one, swap)
            excess = len(swap.removed) / len(exact.removed) if is_true else 0
            part = marks.setdefault(search.__name__, [])
            price = swap.asked / exact.asked if swap else np.nan
            part.append((is_true, excess, price, len(exact.removed)))
    rows = []
    for name, part in marks.items():
        part = np.array(part, dtype=float)
        key = data, SPLIT, f"recx:{name.replace('_', '-')}"
        setting = type(model).__name__
        is_true = part[:, 0] > 0
        rows.append(row(*key, "true", setting=setting, **over(part[:, 0])))
        for column, metric in ((1, "size_ratio"), (2, "asked_ratio")):
            values = part[is_true, column]
            rows.append(row(*key, metric, setting=setting, **over(values)))
        for size in np.unique(part[is_true, 3]):
            values = part[is_true & (part[:, 3] == size), 2]
            of_size = f"{setting}, {size:.0f} of them"
            rows.append(
                row(*key, "asked_ratio", setting=of_size, **over(values))
            )
    return rows


def main() -> None:
    """Measure, write the results, print the table."""
    run_sets(NAME, DATA, measure, SOURCES)


if __name__ == "__main__":
    main()
