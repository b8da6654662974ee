"""What the book concludes, as questions to a split of a shop: each tallies a
system's answers beside those of its floors.
"""

from __future__ import annotations

import random
from itertools import product

import numpy as np
import pandas as pd
from tqdm import tqdm

from benchmarks.explanations import (
    drawn,
    line_on,
    surrogate,
    with_overall_match,
)
from benchmarks.mining import by_rating
from benchmarks.shops_parts import Setting, Tally, profiles
from recx_lib.data import Reviews, split_random
from recx_lib.explain import attention_map, attribution
from recx_lib.judge import ReasonFloors, rmse, top_k, trial
from recx_lib.recommend import (
    ALS,
    Baseline,
    HistoryAttention,
    LinearProfile,
    MLPRecommender,
    mean_deviation,
)
from recx_lib.write import (
    build_tree,
    choose_content,
    choose_words,
    goal_of,
    read_back,
    realise,
)

GRIDS = {
    Baseline: {"reg": (2.0, 5.0, 10.0, 20.0)},
    ALS: {"k": (8, 16), "reg": (8.0, 14.0), "reg_bias": (3.0,)},
    LinearProfile: {"reg": (10.0, 100.0), "damping": (2.0, 5.0)},
}
LEAVES = 16
N_CASES = 200  # by rules, by attention or in words, per seed
N_READ = 40  # of them read back by the grammar


def chosen(kind: type, train: Reviews, seed: int, mentions=None):
    """Return a recommender fitted to `train`, with the setting that did best
    on a tenth of it.
    """
    part, held_out = split_random(train, 0.1, seed)
    best, error = {}, np.inf
    names, values = GRIDS[kind].keys(), GRIDS[kind].values()
    for tried in product(*values):
        options = dict(zip(names, tried, strict=True))
        model = fitted(kind, options, part, mentions)
        stars = model.predict(held_out.user_idx, held_out.item_idx)
        found = rmse(held_out.rating, stars)
        if found < error:
            best, error = options, found
    return fitted(kind, best, train, mentions)


def fitted(kind: type, options: dict, train: Reviews, mentions=None):
    """Return a fitted recommender, with profiles where there are mentions."""
    known = () if mentions is None else profiles(mentions, train)
    return kind(**options).fit(train, *known)


def rating_errors(here: Setting, tally: Tally, seed: int) -> LinearProfile:
    """Tally squared errors; return the linear profile of mined words."""
    for kind, name in ((Baseline, "floor:biases"), (ALS, "recx:als")):
        model = chosen(kind, here.train, seed)
        errors_of(model, name, here, tally)
    told = chosen(LinearProfile, here.train, seed, here.judged)
    name = "recx:linear-profile"
    errors_of(told, name, here, tally, "mentions given")
    linear = chosen(LinearProfile, here.train, seed, here.mentions)
    errors_of(linear, name, here, tally)
    return linear


def errors_of(model, name, here: Setting, tally: Tally, setting="") -> None:
    """Tally a model's squared errors on the test part."""
    test = here.test
    stars = model.predict(test.user_idx, test.item_idx)
    squared = (stars - test.rating) ** 2
    tally.add("rmse", name, test.user_idx, squared, setting=setting)


def true_reasons(here: Setting, tally: Tally, linear, mlp, seed: int) -> None:
    """Tally how often an explainer's first aspect is the true top reason,
    where that is clear.
    """
    test, aspects = here.test, linear.aspects_
    # 1. the terms of a sum
    terms = linear._terms(test.user_idx, test.item_idx)
    weights = np.abs(terms[:, : len(aspects)])
    hits(here, tally, "recx:linear-profile", aspects, weights)
    # 2. occlusion of a network: each aspect's features at their mean, 0
    X = mlp.features_.transform(test.user_idx, test.item_idx)
    owner, whole = np.array(mlp.features_.owner_), mlp.predict_features(X)
    without = []
    for aspect in aspects:
        rest = mlp.predict_features(np.where(owner == aspect, 0, X))
        without.append(np.abs(whole - rest))
    weights = np.column_stack(without)
    hits(here, tally, "recx:mlp-occlusion", aspects, weights)
    # 3. rules that imitate the network
    rules = surrogate(mlp, here.train, 64)
    rows = np.flatnonzero(here.top["clear"].to_numpy())
    rows = np.random.default_rng(seed).permutation(rows)[:N_CASES]
    with_match = with_overall_match(mlp.features_, X[rows])
    weights = []
    for x, n in zip(with_match, rows, strict=True):
        case = mlp.case(int(test.user_idx[n]), int(test.item_idx[n]))
        evidence = rules.explain(case, x).evidence
        size = {piece.name: abs(piece.weight) for piece in evidence}
        weights.append([size[aspect] for aspect in aspects])
    hits(here, tally, "recx:mlp-rules", aspects, np.array(weights), rows)


def hits(here: Setting, tally: Tally, name, aspects, weights, rows=None):
    """Tally whether the aspect of largest weight is the true reason."""
    if rows is None:
        rows = np.flatnonzero(here.top["clear"].to_numpy())
        weights = weights[rows]
    first = np.array(aspects)[weights.argmax(axis=1)]
    is_hit = first == here.top["aspect"].to_numpy()[rows]
    tally.add("hit1", name, here.test.user_idx[rows], is_hit)


def reason_floors(here: Setting, tally: Tally, care, fame, seed) -> None:
    """Tally the hits of those who know no recommender."""
    users, items = here.test.user_idx, here.test.item_idx
    in_train = here.mentions["review"].isin(here.train.frame.index)
    known = ReasonFloors(care, fame, here.mentions[in_train])
    lift = known.lift.to_numpy()[users]
    praise = known.fame.to_numpy()[items]
    drawn = np.random.default_rng(seed).random(lift.shape)
    floors = {"floor:care-times-fame": lift * np.abs(praise)}
    floors |= {"floor:most-praised": praise, "floor:random": drawn}
    floors["floor:most-talked-of"] = known.talk.to_numpy()[items]
    for name, weights in floors.items():
        hits(here, tally, name, list(fame.columns), weights)


def fidelity(here: Setting, tally: Tally, mlp: MLPRecommender) -> None:
    """Tally how far 16 rules, a line on the item's mean, and one on the means
    of item and user miss the network's scores of held-out pairs, beside how
    far these vary.
    """
    train, test = here.train, here.test
    known = mlp.features_.transform(train.user_idx, train.item_idx)
    asked = mlp.features_.transform(test.user_idx, test.item_idx)
    scores = mlp.predict_features(asked)
    rules = surrogate(mlp, train, LEAVES)
    by_rules = rules.predict(with_overall_match(mlp.features_, asked))
    rest = train.rating - train.rating.mean()
    told = mlp.predict_features(known)
    means = []  # of items, of users: in training pairs, and in those asked
    for rows, n, new in (
        (train.item_idx, train.n_items, test.item_idx),
        (train.user_idx, train.n_users, test.user_idx),
    ):
        mean = mean_deviation(rows, rest, n, 5.0, leave_out=False)
        means.append((mean[rows], mean[new]))
    by_item = line_on(means[:1], told)
    by_both = line_on(means, told)
    spread = (scores - scores.mean()) ** 2
    found = {"recx:rules-of-mlp": by_rules, "floor:item-mean": by_item}
    found["floor:both-means"] = by_both
    for name, predicted in found.items():
        missed = (scores - predicted) ** 2
        users = test.user_idx
        tally.add("fidelity_r2", name, users, missed, spread)


def attention(here: Setting, tally: Tally, seed: int) -> None:
    """Tally how far first recommendations move without what attention looked
    at most, and how often its claim that it spoke for them is true.
    """
    train = here.train
    model = HistoryAttention(seed=seed).fit(train, quiet=True)
    cases = []
    for u in np.random.default_rng(seed).permutation(train.n_users)[:N_CASES]:
        seen = train.item_idx[train.user_idx == u]
        best = top_k(model.score(int(u)), seen, 1)[0]
        cases.append(model.case(int(u), int(best)))
    methods = {
        "floor:random-history": drawn(attribution.random_evidence),
        "recx:attention-map": attention_map,
        "recx:occlusion": attribution.occlusion,
    }
    found = trial(tqdm(cases), methods, seed=seed)
    found = found[found["metric"].isin(["move", "sign"])]
    for (name, metric), part in found.groupby(["method", "metric"]):
        users = train.users.idx(part["user"])
        tally.add(metric, name, users, part["value"], part["per"])


def mining(here: Setting, tally: Tally) -> None:
    """Tally precision, recall and polarity of what is heard in the test part,
    beside aspects named from a list and polarity from the stars alone.
    """
    test = here.test
    in_test = here.mentions["review"].isin(test.frame.index)
    heard = {
        "recx:mining": here.mentions[in_test],
        "floor:list-and-stars": by_rating(test, test.aspects),
    }
    in_test = here.judged["review"].isin(test.frame.index)
    true = polarities(here.judged[in_test])
    for name, mentions in heard.items():
        found = polarities(mentions)
        both = found.index.intersection(true.index)
        is_true = found.index.isin(true.index)
        is_found = true.index.isin(found.index)
        is_same = (found[both] == true[both]).to_numpy()
        for metric, pairs, is_right in (
            ("precision", found.index, is_true),
            ("recall", true.index, is_found),
            ("polarity_accuracy", both, is_same),
        ):
            reviews = pairs.get_level_values("review")
            users = test.users.idx(test.frame.loc[reviews, "user"])
            tally.add(metric, name, users, is_right)


def polarities(mentions: pd.DataFrame) -> pd.Series:
    """Return +1, −1 or 0 (undecided) of each review and aspect."""
    votes = mentions.groupby(["review", "aspect"])["polarity"].sum()
    return np.sign(votes)


def sentences(here: Setting, tally: Tally, linear, seed: int) -> None:
    """Tally whether the grammar's sentence reads back as what the linear
    profile gave it to say, and whether the sides named are true of the person.
    """
    test = here.test
    rows = np.random.default_rng(seed).permutation(len(test))[:N_CASES]
    for number, n in enumerate(rows):
        u, i = int(test.user_idx[n]), int(test.item_idx[n])
        messages = choose_content(linear.explain(u, i), 2)
        if number < N_READ and messages:
            is_same = reads_back(messages, random.Random(number))
            tally.add("read_back", "recx:grammar", [u], [is_same])
        felt = np.sign(here.effect.iloc[n][[m.name for m in messages]])
        sides = np.array([message.side for message in messages])
        users = [u] * len(messages)
        tally.add("side_true", "recx:grammar", users, felt == sides)
        tally.add("side_true", "floor:always-praise", users, felt == 1)


def reads_back(messages: list, rng: random.Random) -> bool:
    """Tell whether a sentence's only reading is what it was to say."""
    grammar = choose_words(messages, "it")
    tree = build_tree(grammar, goal_of(messages, "OPEN"), rng)
    said = tuple((message.name, message.side) for message in messages)
    return read_back(realise(tree), grammar) == {said}
