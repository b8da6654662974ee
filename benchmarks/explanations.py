"""Put every explainer on trial: does the score fall without what it cites, and on the shop, is it the true reason?

Run `python -m benchmarks.explanations` with RECX_DATA naming the folder that holds ml-100k and
musical_instruments; `--data shop` for one set, `--cases 20` for a quick look. A fifth of the reviews, drawn
at random, is held out. Explained are held-out pairs where the evidence is aspects (on the shop: pairs with a
clear top reason), and each user's first recommendation where it is items of the history. What lifts all of a
user's scores alike, the user's mean or bias, is held and cannot be cited. The rank test ("leaves") takes
first recommendations throughout: does the item leave the first ten without the piece that is cited first?
Beside each model stands how well it predicts, and its floors. Shop: three seeds, of split and model;
intervals draw whole users. Stability compares with the same model after another seed and without a tenth of
the other users' ratings. Writes book/results/explanations.json; an interrupted run goes on. With `--only`,
what the file holds on other recommenders stays, each row with the date when it was measured."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from functools import cache, partial
from itertools import count
from typing import NamedTuple

import numpy as np
import pandas as pd
import torch
from threadpoolctl import threadpool_limits
from tqdm import tqdm

from benchmarks.tidy import (
    RESULTS,
    over_folds,
    remembered,
    row,
    table,
    write_rows,
)
from recx_lib import explain
from recx_lib.core import Case, Explanation
from recx_lib.data import (
    Reviews,
    item_profile,
    load_reviews,
    load_shop_truth,
    mine_reviews,
    split_random,
    user_profile,
)
from recx_lib.explain import SurrogateRules
from recx_lib.judge import (
    ReasonFloors,
    evaluate_ranking,
    leaves_first,
    ratio_interval,
    top_k,
    trial,
    verdict,
)
from recx_lib.recommend import (
    EASE,
    Baseline,
    BoostedRecommender,
    HistoryAttention,
    LinearProfile,
    MLPRecommender,
    Popularity,
    mean_deviation,
)
from recx_lib.shop import effects, top_reason

NAME = "explanations"
SOURCES = (
    "recx_lib/**/*.py",
    "benchmarks/explanations.py",
)  # the figures depend on these
SEEDS = {"shop": range(3)}  # elsewhere: seed 0
HELD = ("user mean", "user bias")  # the same in all of a user's scores
FIRST = 10  # of the rank test
LEAVES = (4, 8, 16, 32, 64, 128)
EXACT = 13  # with more pieces of evidence, Shapley values are sampled only
ITEMS = {
    "ease",
    "history-attention",
}  # recommenders whose evidence is items; the others' is aspects
RECOMMENDERS: dict[str, Callable] = {
    "linear-profile": lambda seed: LinearProfile(),
    "mlp": lambda seed: MLPRecommender(seed=seed),
    "boosted": lambda seed: BoostedRecommender(seed=seed),
    "ease": lambda seed: EASE(),
    "history-attention": lambda seed: HistoryAttention(seed=seed),
}
SHOWN = [
    "hit1",
    "hit3",
    "rank",
    "comprehensiveness",
    "times_random",
    "leaves",
    "sufficiency",
    "del",
    "ins",
    "sign",
    "ms",
]


class Setting(NamedTuple):
    """One split of one data set, and what its training texts mention."""

    train: Reviews
    test: Reviews
    mentions: pd.DataFrame


@cache
def setting(data: str, seed: int) -> Setting:
    train, test = split_random(load_reviews(data), 0.2, seed)
    return Setting(train, test, mine_reviews(train))


def fitted(name: str, train: Reviews, mentions: pd.DataFrame, seed: int):
    """Return the recommender of that name, fitted."""
    model = RECOMMENDERS[name](seed)
    if name in ITEMS:
        return (
            model.fit(train, quiet=True)
            if name == "history-attention"
            else model.fit(train)
        )
    return model.fit(
        train, user_profile(mentions, train), item_profile(mentions, train)
    )


def chosen_pairs(
    data: str, name: str, model, here: Setting, n: int, seed: int
) -> np.ndarray:
    """Return the n pairs to explain, (n, 2): held-out ones, or users with what the model would recommend them."""
    if name in ITEMS:
        return recommended(model, here.train, n, seed)
    rows = np.arange(len(here.test))
    if data == "shop":
        clear = top_reason(load_shop_truth().reasons)["clear"]
        rows = rows[clear.loc[here.test.frame.index].to_numpy()]
    rows = np.random.default_rng(seed).permutation(rows)[:n]
    return np.column_stack(
        [here.test.user_idx[rows], here.test.item_idx[rows]]
    )


def recommended(model, train: Reviews, n: int, seed: int) -> np.ndarray:
    """Return n users of five ratings or more, each with the model's first recommendation, (n, 2)."""
    counts = np.bincount(train.user_idx, minlength=train.n_users)
    users = np.random.default_rng(seed).permutation(
        np.flatnonzero(counts >= 5)
    )
    pairs = []
    for u in users[:n]:
        seen = train.item_idx[train.user_idx == u]
        pairs.append((u, top_k(model.score(int(u)), seen, 1)[0]))
    return np.array(pairs)


def rivals(model, train: Reviews, u: int, i: int) -> np.ndarray:
    """Return the scores of what user u has not rated, without item i: (n,)."""
    score = np.array(model.score(u), dtype=float)
    others = np.ones(len(score), dtype=bool)
    others[train.item_idx[train.user_idx == u]] = False
    others[i] = False
    return score[others]


def held(case: Case) -> Case:
    """Return the case in which only what can change a user's ranking may be cited."""
    return case.given([name for name in HELD if name in case.names])


def true_terms(test: Reviews) -> dict[tuple[str, str], dict[str, float]]:
    """Return {(user, item): {aspect: stars}} of the shop's held-out reviews."""
    reasons = load_shop_truth().reasons.set_index("review")
    terms = effects(reasons.loc[test.frame.index]).to_dict("records")
    return dict(
        zip(
            zip(test.frame["user"], test.frame["item"], strict=True),
            terms,
            strict=True,
        )
    )


def twin(name: str, here: Setting, pairs: np.ndarray, seed: int):
    """Return the same recommender with another seed, without a tenth of the rows of users who are not explained."""
    rng = np.random.default_rng(seed + 1000)
    out = ~np.isin(here.train.user_idx, pairs[:, 0]) & (
        rng.random(len(here.train)) < 0.1
    )
    return fitted(name, here.train.subset(~out), here.mentions, seed + 1000)


def drawn(method: Callable, **options) -> Callable[[Case], Explanation]:
    """Return an explainer that draws anew at every call, and the same in every run."""
    seeds = count()
    return lambda case: method(case, seed=next(seeds), **options)


def lime(case: Case, seed: int) -> Explanation:
    return explain.lime(case, n_samples=max(500, 10 * len(case)), seed=seed)


def indices(train: Reviews, case: Case) -> tuple[int, int]:
    return int(train.users.idx([case.user])[0]), int(
        train.items.idx([case.item])[0]
    )


def reason_floors(here: Setting) -> dict[str, Callable[[Case], Explanation]]:
    """Return the floors that know what people wrote and no recommender."""
    care = user_profile(here.mentions, here.train)
    fame = item_profile(here.mentions, here.train)
    floors = ReasonFloors(care, fame, here.mentions)
    return {
        "floor:most-talked-of": for_cases(floors.most_talked_of),
        "floor:most-praised": for_cases(floors.most_praised),
        "floor:care-times-fame": for_cases(floors.care_times_fame),
    }


def for_cases(floor: Callable) -> Callable[[Case], Explanation]:
    """Return a floor that asks a case for its pair; what is no aspect weighs 0."""

    def explain(case: Case) -> Explanation:
        said = floor(case.user, case.item)
        weight = {piece.name: piece.weight for piece in said.evidence}
        weights = [weight.get(name, 0.0) for name in case.names]
        return case.explanation(said.method, weights)

    return explain


def popularity(here: Setting) -> Callable[[Case], Explanation]:
    """Return the floor that cites the items of the history which most users have rated."""
    counts = here.train.frame["item"].value_counts()
    return lambda case: case.explanation(
        "most popular", counts.reindex(case.names).to_numpy()
    )


def with_overall_match(features, X: np.ndarray) -> np.ndarray:
    """Return X with one more column: all matches together, in stars."""
    return np.column_stack([X, X @ match_worth(features)])


def match_worth(features) -> np.ndarray:
    matches = np.array(
        [name.startswith("match: ") for name in features.names_]
    )
    return np.where(
        matches & np.isfinite(features.scale_), features.scale_, 0.0
    )


def surrogate(
    model, train: Reviews, leaves: int, seed: int = 0
) -> SurrogateRules:
    """Return rules fitted to the model's scores of the training pairs, from its features and the overall match."""
    features = model.features_
    X = features.transform(train.user_idx, train.item_idx)
    worth = match_worth(features)
    sums = {
        "overall match": {
            n: w for n, w in zip(features.names_, worth, strict=True) if w
        }
    }
    rules = SurrogateRules(
        max_leaf_nodes=leaves, min_samples_leaf=20, seed=seed
    )
    names, owner = (
        [*features.names_, "overall match"],
        [*features.owner_, features.owner_[0]],
    )
    return rules.fit(
        with_overall_match(features, X),
        model.predict_features(X),
        names,
        owner,
        sums,
    )


def explainers(
    name: str, seen: list[tuple], here: Setting
) -> dict[str, Callable[[Case], Explanation]]:
    """Return every explainer that applies to a recommender, by the name of its row; `seen` holds (model, its cases)."""
    model, (case, *_) = seen[0]
    floor = (
        {"floor:most-popular": popularity(here)}
        if name in ITEMS
        else reason_floors(here)
    )
    found = {
        "floor:random": drawn(explain.random_evidence),
        **floor,
        "recx:occlusion": explain.occlusion,
    }
    found["recx:shapley-sampled"] = drawn(
        explain.shapley_sampled, n_permutations=10
    )
    found["recx:local-surrogate"] = drawn(lime)
    if len(case) <= EXACT and name not in ITEMS:
        found["recx:shapley-exact"] = explain.shapley_exact
    if case.gradient is not None:
        found["recx:gradient-times-input"] = explain.gradient_times_input
        found["recx:integrated-gradients"] = explain.integrated_gradients
    if case.attention is not None:
        found |= {
            "recx:attention-map": explain.attention_map,
            "recx:attention-rollout": explain.rollout,
        }
    if hasattr(model, "features_"):
        found["recx:rules"] = rule_of_case(seen, here.train)
    return found


def rule_of_case(
    seen: list[tuple], train: Reviews
) -> Callable[[Case], Explanation]:
    """Return an explainer by the rules of the very model that made the case: a twin has rules of its own."""
    made = {}
    for model, cases in seen:
        rules = surrogate(model, train, 64)
        made |= {id(case): (model, rules) for case in cases}

    def explain(case: Case) -> Explanation:
        model, rules = made[id(case)]
        pair = indices(train, case)
        x = with_overall_match(
            model.features_, model.features_.transform(*pair)
        )
        whole = model.case(*pair)  # a rule may speak of what is held
        said = dict.fromkeys(case.names, 0.0)
        for piece in rules.explain(whole, x[0]).evidence:
            if piece.name in said:
                said[piece.name] = piece.weight
        return case.explanation("rules", list(said.values()))

    return explain


def seen_by(model, pairs: np.ndarray) -> list[Case]:
    """Return the model's cases of the pairs, with what is held held."""
    return [held(model.case(int(u), int(i))) for u, i in pairs]


def measure(data: str, name: str, seed: int, n: int) -> list[dict]:
    """Return, per method and metric, one value (and what it is a share of) for every case."""
    here = setting(data, seed)
    model = fitted(name, here.train, here.mentions, seed)
    pairs = chosen_pairs(data, name, model, here, n, seed)
    models = [model] if seed else [model, twin(name, here, pairs, seed)]
    seen = [(one, seen_by(one, pairs)) for one in models]
    again = seen[1][1] if len(seen) > 1 else None
    truth = (
        true_terms(here.test) if data == "shop" and name not in ITEMS else None
    )
    rows = trial(
        tqdm(seen[0][1]),
        explainers(name, seen, here),
        truth=truth,
        again=again,
        seed=seed,
    )
    rows = pd.concat(
        [
            rows,
            rank_test(name, model, here, n, seed),
            quality(name, model, here),
        ]
    )
    parts = rows.groupby(["method", "metric"], sort=False)
    keys = ["user", "item", "side", "value", "per"]
    return [
        {"method": m, "metric": metric, **part[keys].to_dict("list")}
        for (m, metric), part in parts
    ]


def rank_test(
    name: str, model, here: Setting, n: int, seed: int
) -> pd.DataFrame:
    """Return rows of a trial: does a first recommendation leave the first ten without what is cited first?"""
    pairs = recommended(model, here.train, n, seed)
    cases = seen_by(model, pairs)
    asked = explainers(name, [(model, cases)], here)
    found = []
    for case, (u, i) in zip(cases, pairs.tolist(), strict=True):
        others = rivals(model, here.train, u, i)
        for method, explainer in asked.items():
            gone = leaves_first(case, explainer(case), others, FIRST, k=1)
            found.append((case.user, case.item, "for", method, gone))
    columns = ["user", "item", "side", "method", "value"]
    return pd.DataFrame(found, columns=columns).assign(metric="leaves", per=1)


def quality(name: str, model, here: Setting) -> pd.DataFrame:
    """Return how well the model predicts what was held out, beside its floors.

    A squared error for every held-out rating, or a ranker's NDCG@10 for every user.
    """
    train, test = here.train, here.test
    parts = []
    if name == "ease":
        for method, one in (
            (f"recx:{name}", model),
            ("floor:popularity", Popularity().fit(train)),
        ):
            marks = evaluate_ranking(one, train, test, 10)["ndcg"]
            users = [train.users.raw[u] for u in marks.index]
            parts.append((method, "ndcg@10", users, marks.to_numpy()))
    else:
        pairs = test.user_idx, test.item_idx
        mean = np.full(len(test), train.rating.mean())
        told = {
            f"recx:{name}": model.predict(*pairs),
            "floor:mean": mean,
            "floor:both-means": Baseline().fit(train).predict(*pairs),
        }
        users = test.frame["user"].to_numpy()
        for method, stars in told.items():
            parts.append((method, "rmse", users, (stars - test.rating) ** 2))
    frames = []
    for method, metric, users, values in parts:
        told = {"user": users, "value": values, "method": method}
        frames.append(pd.DataFrame({**told, "metric": metric}))
    return pd.concat(frames).assign(item="", side="for", per=1)


def summarise(
    data: str, name: str, split: str, rows: pd.DataFrame
) -> list[dict]:
    """Return tidy rows; intervals draw whole users, and a share of nothing is left out."""
    where = f"{name} {'items' if name in ITEMS else 'aspects'}"
    found = []
    for (method, metric), part in rows.dropna(subset="value").groupby(
        ["method", "metric"], sort=False
    ):
        by_user = part.groupby("user")[["value", "per"]].sum()
        span = np.array(ratio_interval(by_user["value"], by_user["per"]))
        if not np.isfinite(span).all():
            continue
        value, low, high = np.sqrt(span) if metric == "rmse" else span
        more = {"low": low, "high": high, "n": len(part)}
        found.append(row(data, split, method, metric, value, where, **more))
    own = (
        "recx:occlusion" if name == "linear-profile" else "recx:shapley-exact"
    )  # on a sum, these are the terms
    ceiling = [
        r
        for r in found
        if r["system"] == own
        and r["metric"] in ("hit1", "hit3", "rank", "reason_sign")
    ]
    return found + [r | {"system": "recx:ceiling"} for r in ceiling]


def fidelity(data: str, name: str, seed: int) -> list[dict]:
    """Return R² to the model's scores of held-out pairs, by number of rules, and of two floors.

    The floors are lines on the item's mean rating (0 rules), and on the item's and the user's (−1).
    """
    here = setting(data, seed)
    train, test = here.train, here.test
    model = fitted(name, train, here.mentions, seed)
    known = model.features_.transform(train.user_idx, train.item_idx)
    asked = model.features_.transform(test.user_idx, test.item_idx)
    told, scores = model.predict_features(known), model.predict_features(asked)
    rest = train.rating - train.rating.mean()
    means = []  # in training pairs, and in those asked about
    for rows, n, new in (
        (train.item_idx, train.n_items, test.item_idx),
        (train.user_idx, train.n_users, test.user_idx),
    ):
        mean = mean_deviation(rows, rest, n, damping=5.0, leave_out=False)
        means.append((mean[rows], mean[new]))
    X = with_overall_match(model.features_, asked)
    points = []
    for leaves, columns in ((-1, means), (0, means[:1])):
        off = scores - line_on(columns, told)
        spread = np.sum((scores - scores.mean()) ** 2)
        points.append((leaves, 1 - np.sum(off**2) / spread))
    for leaves in LEAVES:
        rules = surrogate(model, train, leaves)
        points.append((leaves, rules.fidelity(X, scores)))
    return [{"leaves": n, "r2": float(r2)} for n, r2 in points]


def line_on(columns: list[tuple], told: np.ndarray) -> np.ndarray:
    """Return what a least-squares line on columns (known, new) predicts for
    the new ones; `told` belongs to the known.

    >>> line_on([(np.array([0.0, 1.0]), np.array([3.0]))], np.array([1.0, 3.0]))
    array([7.])
    """
    known, new = (np.column_stack(side) for side in zip(*columns, strict=True))
    slope, *_ = np.linalg.lstsq(known - known.mean(axis=0), told - told.mean())
    return told.mean() + (new - known.mean(axis=0)) @ slope


FLOORS = {-1: "floor:both-means-of-", 0: "floor:item-mean-of-"}


def fidelity_rows(
    data: str, name: str, split: str, seeds: range
) -> list[dict]:
    """Return tidy rows of `fidelity`; low and high are the extreme seeds, n the number of rules."""
    runs = [
        remembered(
            NAME,
            f"{data} {name} {s} fidelity",
            partial(fidelity, data, name, s),
            SOURCES,
        )
        for s in seeds
    ]
    found = []
    for points in zip(*runs, strict=True):
        n = points[0]["leaves"]
        system = FLOORS.get(n, "recx:rules-of-") + name
        where = f"{n} rules" if n > 0 else ""
        span = over_folds([p["r2"] for p in points]) | {"n": max(n, 0)}
        found.append(
            row(data, split, system, "fidelity_r2", setting=where, **span)
        )
    return found


def run(data: str, only: list[str] | None, n: int) -> list[dict]:
    """Measure every recommender on one data set; print each table, and its best method's verdict.

    The n pairs are shared among the seeds; where the evidence is items, which are many, half as many are explained.
    """
    seeds, rows = SEEDS.get(data, range(1)), []
    split = f"seeds {seeds[0]}-{seeds[-1]}" if len(seeds) > 1 else "seed 0"
    for name in only or RECOMMENDERS:
        pieces = []
        share = n // len(seeds) // (1 + (name in ITEMS))
        for seed in tqdm(seeds, desc=f"{data} {name}", unit="seed"):
            key = f"{data} {name} {seed} {share}"
            pieces += remembered(
                NAME, key, partial(measure, data, name, seed, share), SOURCES
            )
        cases = pd.concat(map(pd.DataFrame, pieces), ignore_index=True)
        found = summarise(data, name, split, cases)
        print(table([r for r in found if r["metric"] in SHOWN]), flush=True)
        print(read_aloud(name, cases), flush=True)
        rows += found
        if name in ("mlp", "boosted"):
            rows += fidelity_rows(data, name, split, seeds)
    return rows


def read_aloud(name: str, cases: pd.DataFrame) -> str:
    """Return the verdict on the method whose citations move the score furthest."""
    falls = (
        cases[cases["metric"] == "comprehensiveness"]
        .groupby("method")["value"]
        .mean()
    )
    best = falls.idxmax()
    return f"{best}: {verdict(cases, best, 'products' if name in ITEMS else 'aspects or means')}"


def kept(measured: list[str], data: list[str]) -> list[dict]:
    """Return the file's rows on recommenders or sets that were not measured now, each with the date of its own."""
    path = RESULTS / f"{NAME}.json"
    if not path.is_file():
        return []
    old = json.loads(path.read_text(encoding="utf-8"))
    rows = []
    for one in old["rows"]:
        name = one["setting"].partition(" ")[0]
        if name not in RECOMMENDERS:  # rules, or their floors
            name = one["system"].partition("-of-")[2]
        if name not in measured or one["data"] not in data:
            rows.append({"measured": old["made"]["date"], **one})
    return rows


def main(arguments: list[str] | None = None) -> None:
    """Read the command line, measure, print, write the results."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--data", nargs="+", default=["shop", "musical_instruments", "ml-100k"]
    )
    parser.add_argument(
        "--only", nargs="*", choices=list(RECOMMENDERS), help="recommenders"
    )
    parser.add_argument(
        "--cases",
        type=int,
        default=200,
        help="pairs to explain, per data set and recommender",
    )
    options = parser.parse_args(arguments)
    torch.set_num_threads(1)
    with threadpool_limits(1):
        rows = [
            r
            for data in options.data
            for r in run(data, options.only, options.cases)
        ]
    print(table([r for r in rows if r["metric"] == "fidelity_r2"]))
    rows += kept(options.only or list(RECOMMENDERS), options.data)
    print(f"written: {write_rows(NAME, rows).name}")


if __name__ == "__main__":
    main()
