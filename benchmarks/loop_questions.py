"""Which questions to ask a new customer: four rules, three seeds."""

from __future__ import annotations

import numpy as np

from benchmarks.loop_parts import Shop
from benchmarks.tidy import row
from recx_lib.judge import bootstrap_interval
from recx_lib.recommend import BayesianMF, Belief, Chain
from recx_lib.shop.visitors import LAW

SEEDS = (0, 1, 2)
ASKED = (1, 5, 8)
SPLIT = "a sixth of the customers, 3 seeds"


def questions(shop: Shop) -> list[dict]:
    """Return each rule's RMSE over all products after so many questions, and
    by how much its squared error is below that of lots, by customer.
    """
    runs = [interviews(shop, seed) for seed in SEEDS]
    rows, errors = [], {}
    for rule in runs[0]:
        errors[rule] = np.concatenate([run[rule] for run in runs])
    for rule, squared in errors.items():
        system = "floor:by_lot" if rule == "by_lot" else f"recx:{rule}"
        ahead = errors["by_lot"] - squared
        for n in ASKED:
            key = shop.name, SPLIT, system
            after = f"after {n} questions"
            rmse = float(np.sqrt(squared[:, n].mean()))
            rows.append(row(*key, "rmse", rmse, after))
            if rule != "by_lot":
                lead, low, high = bootstrap_interval(ahead[:, n])
                more = {"low": low, "high": high, "n": len(ahead)}
                rows.append(row(*key, "ahead", lead, after, **more))
    return rows


def interviews(shop: Shop, seed: int) -> dict[str, np.ndarray]:
    """Return each rule's squared errors, (n_strangers, 1 + questions)."""
    reviews, crowd = shop.reviews, shop.crowd
    known = reviews.subset(reviews.user_idx % 6 != seed)
    chain = Chain(sweeps=60, burn_in=30)
    model = BayesianMF(k=10, init_std=0.3, chain=chain, seed=seed)
    stranger = Belief.of(model.fit(known))
    fame = np.bincount(known.item_idx, minlength=reviews.n_items)
    rng = np.random.default_rng(seed)
    truly = np.clip(crowd.usual[:, None] + crowd.pleases, 1, 5)
    given = truly + LAW.luck * rng.standard_normal(truly.shape)
    given = np.clip(np.round(given), 1, 5)
    rules = {
        "gain": lambda belief: belief.gains(),
        "spread": lambda belief: belief.spread,
        "best_known": lambda belief: fame,
        "by_lot": lambda belief: rng.random(reviews.n_items),
    }
    strangers = np.arange(seed, reviews.n_users, 6)
    return {
        name: np.array(
            [ask(stranger, rule, truly[u], given[u]) for u in strangers]
        )
        for name, rule in rules.items()
    }


def ask(belief: Belief, rule, truly, given) -> list[float]:
    """Return the mean squared error after each question."""
    asked, errors = [], []
    for _ in range(max(ASKED) + 1):
        errors.append(float(np.mean((belief.mean - truly) ** 2)))
        wanted = np.asarray(rule(belief), dtype=float).copy()
        wanted[asked] = -np.inf
        asked.append(int(np.argmax(wanted)))
        belief = belief.after(asked[-1], given[asked[-1]])
    return errors
