"""Without what would something else stand first?

`python -m benchmarks.whatif` asks EASE and chapter 10's network, on three
shops and two public sets, for the smallest set of a customer's things without
which another item would stand first: by sorting, by the greedy search, by
slopes, and exactly (up to four things, where it can be afforded: the first 250
customers of a drawn order with four to eighteen things; how many rivals and
pieces the slopes look at was chosen on the others of the kind and the default
shop). It notes how often a set is found, is true of the model, and is the
smallest; what was asked, in calls (one item's score under one history) forward
and back, by the size of the smallest set and all together; processor time;
whether the set is the same when one thing more is known, and of another seed;
and how often as many of other explanations' first things change the first
place. Intervals draw users. Writes book/results/whatif.json; an interrupted
run goes on.
"""

from __future__ import annotations

from dataclasses import replace
from time import process_time

import numpy as np
import pandas as pd
from tqdm import tqdm

from benchmarks.tidy import over, row, run_sets
from recx_lib.core.case import Case, scores
from recx_lib.data import Reviews, load_reviews, split_random
from recx_lib.explain import (
    Contest,
    swap_by_slopes,
    swap_by_sorting,
    swap_exact,
    swap_greedy,
)
from recx_lib.judge import top_k
from recx_lib.recommend import EASE, HistoryAttention

NAME = "whatif"
DATA = ("shop-kind", "shop", "shop-harsh", "ml-100k", "musical_instruments")
SEEDS = ("shop",)  # learned twice
SPLIT = "seed 0"
N_USERS, N_SHORT, N_TIMED, LONGEST, MOST = 100, 250, 40, 18, 4
SOURCES = (
    "recx_lib/recommend/*.py",
    "recx_lib/explain/counterfactual.py",
    "recx_lib/explain/slopes.py",
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
        other = None
        if isinstance(model, HistoryAttention) and data in SEEDS:
            other = HistoryAttention(seed=1).fit(train, quiet=True)
        rows += steady(data, model, other, train)
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
    search = swap_by_sorting if isinstance(model, EASE) else swap_by_slopes
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
        exact, dear_ms = timed(swap_exact, one, most=MOST)
        if exact is None:
            continue
        dear = exact.asked, dear_ms, len(exact.removed)
        for search in (swap_by_sorting, swap_greedy, swap_by_slopes):
            swap, ms = timed(search, one)
            is_true = holds(one, swap)
            excess = len(swap.removed) / len(exact.removed) if is_true else 0
            price = (swap.asked, swap.sloped) if swap else (np.nan, np.nan)
            part = marks.setdefault(search.__name__, [])
            part.append((is_true, excess, *price, ms, *dear))
    rows, setting = [], type(model).__name__
    for name, part in marks.items():
        key = data, SPLIT, f"recx:{name.replace('_', '-')}"
        found = pd.DataFrame(part, columns=COLUMNS, dtype=float)
        rows.append(row(*key, "true", setting=setting, **over(found["true"])))
        found = found[found["true"] > 0]
        rows += priced(key, setting, found)
        for size, alike in found.groupby("smallest"):
            rows += priced(key, f"{setting}, {size:.0f} of them", alike)
    return rows


COLUMNS = ["true", "excess", "forward", "back", "ms"]
COLUMNS += ["exact calls", "exact ms", "smallest"]


def timed(search, one: Contest, **settings) -> tuple:
    """Return what a search finds, and its processor time in milliseconds."""
    start = process_time()
    swap = search(one, **settings)
    return swap, 1000 * (process_time() - start)


def priced(key: tuple, setting: str, part: pd.DataFrame) -> list[dict]:
    """Return the rows of size and price: case by case, and all together."""
    total, n = part.sum(), len(part)
    rows = []
    for metric, values in (
        ("size_ratio", part["excess"]),
        ("asked_ratio", part["forward"] / part["exact calls"]),
    ):
        rows.append(row(*key, metric, setting=setting, **over(values)))
    dear, both = total["exact calls"], total["forward"] + total["back"]
    for metric, value in (
        ("asked_of_all", total["forward"] / dear),
        ("asked_and_back_of_all", both / dear),
        ("time_of_all", total["ms"] / total["exact ms"]),
        ("calls", both / n),
        ("exact_calls", dear / n),
    ):
        rows.append(row(*key, metric, value, setting=setting, n=n))
    return rows


def steady(data: str, model, other, train: Reviews) -> list[dict]:
    """Return how long a search takes, and how alike two sets are: before and
    after one thing more is known, and of two seeds, beside sets by lot.
    """
    search = swap_by_sorting if isinstance(model, EASE) else swap_by_slopes
    rng, times = np.random.default_rng(0), []
    alike: dict[tuple[str, str], list[float]] = {}
    for user in asked(train, 4, np.inf, N_TIMED):
        start = process_time()
        one = contest(model, train, user)
        ready = process_time()
        swap = search(one)
        times.append((process_time() - ready, process_time() - start))
        if swap is None:
            continue
        names = list(one.cases[0].names)
        pairs = {"one thing more": search(fewer(one, rng.integers(len(one))))}
        if other is not None:
            pairs["two seeds"] = search(contest(other, train, user))
        for what, second in pairs.items():
            if second is None:
                continue
            lots = [rng.choice(names, len(s.removed), replace=False)
                    for s in (swap, second)]  # fmt: skip
            both = swap.removed, second.removed
            alike.setdefault((what, "same"), []).append(overlap(*both))
            alike.setdefault((what, "lot"), []).append(overlap(*lots))
    rows, setting = [], type(model).__name__
    key = data, SPLIT, "recx:counterfactual"
    for metric, values in zip(
        ("ms", "ms_with_cases"), np.transpose(times), strict=True
    ):
        found = over(1000 * np.array(values))
        rows.append(row(*key, metric, setting=setting, **found))
    for (what, whose), values in alike.items():
        system = "floor:random" if whose == "lot" else "recx:counterfactual"
        where = f"{setting}, {what}"
        key = data, SPLIT, system
        rows.append(row(*key, "overlap", setting=where, **over(values)))
        equal = np.array(values) == 1
        rows.append(row(*key, "same_set", setting=where, **over(equal)))
    return rows


def overlap(one, other) -> float:
    """Return what two sets share, of all that is in either (Jaccard)."""
    return len({*one} & {*other}) / len({*one} | {*other})


def fewer(one: Contest, piece: int) -> Contest:
    """Return the contest of the same items before the customer had a piece:
    who stands first then comes first.
    """
    cases = [before(case, piece) for case in one.cases]
    return Contest(sorted(cases, key=Case.whole, reverse=True))


def before(case: Case, piece: int) -> Case:
    """Return the case of the history without a piece, which is never there."""

    def value(present):
        return case.value(np.insert(present, piece, 0.0, axis=1))

    def gradient(present):
        slopes = case.gradient(np.insert(present, piece, 0.0, axis=1))
        return np.delete(slopes, piece, axis=1)

    kept = np.delete(np.arange(len(case)), piece)
    names = [case.names[n] for n in kept]
    doors = {"value": value, "gradient": gradient, "attention": None}
    return replace(case, kinds=[case.kinds[n] for n in kept], names=names,
                   **doors)  # fmt: skip


def main() -> None:
    """Measure, write the results, print the table."""
    run_sets(NAME, DATA, measure, SOURCES)


if __name__ == "__main__":
    main()
