"""Who needs an encoder? Error and Recall@10 of items and people just arrived.

`python -m benchmarks.large_encoder` holds items out whole, in five folds, on
ml-100k and on the shop; gives each 0, 1, 3, 5, 10, 20 of its ratings; and
predicts the ratings beyond the twentieth, the same ones each time. Then the
same with people instead of items. Everything that a system has to choose, it
chooses on an inner fold of held-out items, in four tries (the trained encoders
in one). On ml-100k, setting `cold-0-all` is the error on all ratings of the
held-out items. Intervals draw whole items (for Recall@10: a person once in
each fold). Writes book/results/large-encoder.json, stage by stage; an
interrupted run goes on.
`python -m benchmarks.large_encoder "users ml-100k"` measures one stage anew,
and with names of systems behind it those systems alone.
"""

from __future__ import annotations

import re
import sys
import time
from functools import cache, partial

import numpy as np
import torch
from sklearn.decomposition import PCA, TruncatedSVD
from sklearn.feature_extraction.text import TfidfVectorizer

from benchmarks.tidy import (
    remembered,
    row,
    table,
    with_stored,
    write_rows,
)
from recx_lib.data import (
    Reviews,
    item_profile,
    load_reviews,
    mine_reviews,
    split_random,
)
from recx_lib.judge import (
    bootstrap_interval,
    ndcg_at_k,
    ratio_interval,
    recall_at_k,
    rmse,
    top_k,
)
from recx_lib.nets import embed, load_encoder, unit
from recx_lib.recommend import ALS, Baseline
from recx_lib.recommend.contents import ContentModel
from recx_lib.recommend.encoder import EncoderRecommender, Tuning
from recx_lib.recommend.factorization import FactorizationMachine
from recx_lib.recommend.towers import (
    DotProduct,
    LearnedSimilarity,
    PairNet,
    TwoTowers,
)

NAME = "large-encoder"
DATA = ("ml-100k", "shop")
FOLDS = 5
GIVEN = (0, 1, 3, 5, 10, 20)  # ratings that a newcomer has
GIVEN_RANKERS = (0, 5, 20)  # with a ranking judged as well
CHOSEN_AT = {"item": 1, "user": 5}  # settings are chosen with so many
READ = 8  # reviews of an item that are read, at most
SOURCES = (
    "recx_lib/recommend/contents.py",
    "recx_lib/recommend/factorization.py",
    "recx_lib/recommend/towers.py",
    "recx_lib/recommend/encoder.py",
    "recx_lib/nets/masked.py",
    "recx_lib/nets/reading.py",
    "benchmarks/large_encoder.py",
)  # the figures depend on these
TRIES = (10.0, 20.0, 40.0, 80.0)  # reg_user


@cache
def reviews_of(data: str) -> Reviews:
    return load_reviews(data)


@cache
def encoder():
    torch.set_num_threads(1)
    return load_encoder("minilm")


@cache
def place_of(data: str, side: str) -> np.ndarray:
    """Return each rating's place in its newcomer's random order, (n,)."""
    all_ = reviews_of(data)
    idx = getattr(all_, f"{side}_idx")
    draw = np.random.default_rng(1).random(len(idx))
    order = np.lexsort((draw, idx))
    start = np.searchsorted(idx[order], idx[order], side="left")
    place = np.empty(len(idx), int)
    place[order] = np.arange(len(idx)) - start
    return place


def fold_of(n: int) -> np.ndarray:
    """Return the fold of each of n newcomers, (n,)."""
    fold = np.empty(n, int)
    fold[np.random.default_rng(0).permutation(n)] = np.arange(n) % FOLDS
    return fold


def titles(all_: Reviews) -> list[str]:
    """Return what the shop itself says of each item."""
    found = []
    for item in all_.items.raw:
        tags = ", ".join(all_.tags.get(item, ()))
        found.append(f"{all_.title(item)}. {tags}")
    return found


@cache
def vectors(data: str) -> tuple[np.ndarray, np.ndarray]:
    """Return MiniLM's vectors of titles, and of the reviews that are read."""
    all_, (tokenizer, model) = reviews_of(data), encoder()
    of_titles = unit(embed(tokenizer, model, titles(all_)))
    of_reviews = np.zeros((len(all_), of_titles.shape[1]), np.float32)
    read = np.flatnonzero(place_of(data, "item") < READ)
    if all_.has_text:
        texts = all_.frame["text"].iloc[read].tolist()
        of_reviews[read] = unit(embed(tokenizer, model, texts))
    return of_titles, of_reviews


def read_rows(data: str, rows: np.ndarray) -> np.ndarray:
    """Return the rows of `rows` (a mask) whose text is read, as numbers."""
    return np.flatnonzero(rows & (place_of(data, "item") < READ))


def hand(data: str, rows: np.ndarray) -> np.ndarray:
    """Return columns made by hand: tags, year; what reviews say of aspects."""
    all_ = reviews_of(data)
    tags = sorted({tag for own in all_.tags.values() for tag in own})
    has = [
        [tag in all_.tags.get(i, ()) for tag in tags] for i in all_.items.raw
    ]
    X = np.array(has, float)
    X /= np.maximum(1, np.sqrt(X.sum(axis=1, keepdims=True)))
    years = [re.search(r"\((\d{4})\)", all_.title(i)) for i in all_.items.raw]
    if any(years):
        year = np.array([float(y[1]) if y else 1990.0 for y in years])
        z = (year - year.mean()) / year.std()
        new = np.exp(-np.maximum(0, year.max() - year) / 3)
        X = np.column_stack([X, z, np.maximum(z, 0), new])
    if all_.has_text:
        known = all_.subset(read_rows(data, rows))
        X = np.column_stack([X, 4 * item_profile(mine_reviews(known), known)])
    return X


def tfidf(data: str, rows: np.ndarray) -> np.ndarray:
    """Return 32 principal directions of tf-idf over the same texts."""
    all_, texts = reviews_of(data), titles(reviews_of(data))
    for n in read_rows(data, rows) if all_.has_text else ():
        texts[all_.item_idx[n]] += " " + all_.frame["text"].iloc[n]
    X = TfidfVectorizer(sublinear_tf=True, min_df=2).fit_transform(texts)
    return 4 * TruncatedSVD(32, random_state=0).fit_transform(X)


def minilm(data: str, rows: np.ndarray) -> np.ndarray:
    """Return 16 principal directions of MiniLM's vectors, of titles and of
    what reviews say (their mean, drawn to 0 by five empty ones).
    """
    all_, (of_titles, of_reviews) = reviews_of(data), vectors(data)
    parts = [of_titles]
    if all_.has_text:
        n = read_rows(data, rows)
        count = np.bincount(all_.item_idx[n], minlength=all_.n_items)
        said = of_reviews[n] - of_reviews[n].mean(axis=0)
        total = np.zeros((all_.n_items, said.shape[1]))
        np.add.at(total, all_.item_idx[n], said)
        parts.append(2 * total / (count + 5)[:, None])
    pca = partial(PCA, 16, random_state=0)
    return np.column_stack([4 * pca().fit_transform(part) for part in parts])


def everything(data: str, rows: np.ndarray) -> np.ndarray:
    return np.column_stack([made_by(f, data, rows) for f in (hand, minilm)])


def nothing(data: str, rows: np.ndarray) -> np.ndarray:
    return np.zeros((reviews_of(data).n_items, 0))


COLUMNS = {
    "floor:item-mean": nothing,
    "floor:hand": hand,
    "floor:tf-idf": tfidf,
    "recx:encoder-frozen": minilm,
    "recx:hand+encoder": everything,
}


@cache
def _made(columns, data: str, rows: bytes) -> np.ndarray:
    return columns(data, np.frombuffer(rows, bool))


def made_by(columns, data: str, rows: np.ndarray) -> np.ndarray:
    """Return columns, made once for the same rows; titles need no rows."""
    if not reviews_of(data).has_text:
        rows = np.zeros_like(rows)
    return _made(columns, data, rows.tobytes())


def contents(columns, setting, data, rows):
    """Fit a ridge on contents; return its scores (n_users, n_items)."""
    return ridge_on(made_by(columns, data, rows), setting, data, rows)


def factors(setting, data, rows):
    train = reviews_of(data).subset(rows)
    model = ALS(k=16, reg=setting).fit(train)
    return model.score(np.arange(train.n_users))


def machine(hide, setting, data, rows):
    train = reviews_of(data).subset(rows)
    model = FactorizationMachine(k=8, epochs=15, reg=setting, hide=hide)
    model.fit(train, made_by(hand, data, rows))
    return model.score(np.arange(train.n_users))


def towers(correct, setting, data, rows):
    """Cosines: they rank, and know no stars."""
    train = reviews_of(data).subset(rows)
    model = TwoTowers(epochs=8, temperature=setting, correct=correct)
    model.fit(train, made_by(everything, data, rows))
    return model.score(np.arange(train.n_users))


def guessed_fame(setting, data, rows):
    """The number of ratings that an item's columns let expect."""
    train = reviews_of(data).subset(rows)
    X = made_by(everything, data, rows)
    count = np.bincount(train.item_idx, minlength=train.n_items)
    known = count > max(GIVEN)
    X = np.column_stack([np.ones(len(X)), X - X[known].mean(axis=0)])
    penalty = setting * np.eye(X.shape[1])
    A = X[known].T @ X[known] + penalty
    w = np.linalg.solve(A, X[known].T @ np.log(count[known]))
    return np.tile(X @ w, (train.n_users, 1))


def popularity(setting, data, rows):
    """The number of ratings so far; the lot decides among equals."""
    train = reviews_of(data).subset(rows)
    count = np.bincount(train.item_idx, minlength=train.n_items)
    lot = np.random.default_rng(0).random(train.n_items)
    return np.tile(count + lot, (train.n_users, 1))


def means(setting, data, rows):
    train = reviews_of(data).subset(rows)
    model = Baseline(reg=setting).fit(train)
    return model.score(np.arange(train.n_users))


SYSTEMS = {
    name: (partial(contents, columns), TRIES)
    for name, columns in COLUMNS.items()
}
SYSTEMS |= {
    "floor:means": (means, (2.0, 5.0, 10.0, 20.0)),
    "recx:mf": (factors, (7.0, 14.0, 28.0, 56.0)),
    "recx:fm": (partial(machine, 0.0), (0.03, 0.05, 0.08, 0.12)),
    "recx:fm-hide": (partial(machine, 0.5), (0.03, 0.05, 0.08, 0.12)),
}
RANKERS = {
    "floor:popularity": (popularity, (0.0,)),
    "floor:guessed-fame": (guessed_fame, (1.0, 3.0, 10.0, 30.0)),
    "recx:two-tower": (partial(towers, True), (0.05, 0.1, 0.2, 0.4)),
    "recx:two-tower-plain": (partial(towers, False), (0.05, 0.1, 0.2, 0.4)),
}


# numbers are hidden, and fame is guessed, for the sake of new items
ITEMS_ONLY = "floor:guessed-fame", "recx:two-tower-plain", "recx:fm-hide"


def known_rows(data: str, side: str, cold: np.ndarray, given: int):
    """Return the rows to learn from: a mask; `cold` newcomers give `given`."""
    all_ = reviews_of(data)
    is_cold = cold[getattr(all_, f"{side}_idx")]
    return ~is_cold | (place_of(data, side) < given)


def asked_rows(data: str, side: str, cold: np.ndarray) -> np.ndarray:
    """Return the rows to predict: the newcomers' beyond the twentieth."""
    all_ = reviews_of(data)
    is_cold = cold[getattr(all_, f"{side}_idx")]
    return is_cold & (place_of(data, side) >= max(GIVEN))


def squared(data: str, scores: np.ndarray, rows: np.ndarray) -> np.ndarray:
    all_ = reviews_of(data)
    u, i = all_.user_idx[rows], all_.item_idx[rows]
    return (np.clip(scores[u, i], *all_.scale) - all_.rating[rows]) ** 2


def by_person(data: str, side: str, scores, cold, metric) -> list[float]:
    """Return `metric` at 10 of each person who liked a row that is asked about.

    Items: ranked among the newcomers. People: among all they had not shown.
    """
    all_, asked = reviews_of(data), asked_rows(data, side, cold)
    good = asked & (all_.rating >= 4)
    idle = np.setdiff1d(np.arange(all_.n_items), all_.item_idx[asked])
    found = []
    for u in np.unique(all_.user_idx[good]):
        own = all_.user_idx == u
        out = all_.item_idx[own & ~asked]
        if side == "item":
            out = np.union1d(out, idle)
        ranked = top_k(scores[u], np.unique(out), 10).tolist()
        relevant = set(all_.item_idx[own & good].tolist())
        found.append(metric(ranked, relevant, 10))
    return found


recalls = partial(by_person, metric=recall_at_k)
ndcgs = partial(by_person, metric=ndcg_at_k)


def choose(data: str, side: str, fold: np.ndarray, out: int, name: str):
    """Return the setting that serves an inner fold of newcomers best."""
    fit, tries = (SYSTEMS | RANKERS)[name]
    all_, inner = reviews_of(data), (out + 1) % FOLDS
    outer_rows = (fold == out)[getattr(all_, f"{side}_idx")]
    cold, marks = fold == inner, []
    asked = asked_rows(data, side, cold) & ~outer_rows
    for setting in tries:
        rows = known_rows(data, side, cold, CHOSEN_AT[side]) & ~outer_rows
        scores = fit(setting, data, rows)
        if name in RANKERS:
            marks.append(-np.mean(recalls(data, side, scores, cold)))
        else:
            marks.append(squared(data, scores, asked).mean())
    return tries[int(np.argmin(marks))]


def by_group(values: np.ndarray, groups: np.ndarray) -> list:
    """Return [[sum, count], …] of each group, to be kept as JSON."""
    n = groups.max() + 1
    total = np.bincount(groups, values, minlength=n)
    count = np.bincount(groups, minlength=n)
    return [[float(t), int(c)] for t, c in zip(total, count, strict=True) if c]


def measure(data: str, side: str, out: int, name: str) -> list[dict]:
    """Return the errors and recalls of one system in one fold, as pieces."""
    all_ = reviews_of(data)
    fold = fold_of(len(getattr(all_, f"{side}s")))
    cold = fold == out
    setting = choose(data, side, fold, out, name)
    fit, _ = (SYSTEMS | RANKERS)[name]
    pieces = []
    for given in GIVEN_RANKERS if name in RANKERS else GIVEN:
        rows = known_rows(data, side, cold, given)
        scores = fit(setting, data, rows)
        pieces.append(judged(data, side, cold, given, scores, name))
    return pieces


def judged(data, side, cold, given, scores, name) -> dict:
    """Return one piece: errors by newcomer, recalls by person."""
    all_ = reviews_of(data)
    idx, asked = getattr(all_, f"{side}_idx"), asked_rows(data, side, cold)
    piece = {"given": given, "recall": []}
    if given in GIVEN_RANKERS:
        piece["recall"] = recalls(data, side, scores, cold)
    if name not in RANKERS:
        errors = squared(data, scores, asked)
        piece["errors"] = by_group(errors, idx[asked])
        if given == 0:
            every = cold[idx]
            piece["all"] = by_group(squared(data, scores, every), idx[every])
    return piece


def texts_of(data: str, rows: np.ndarray, items=None) -> dict[str, list]:
    """Return the titles and read reviews of items, by raw id."""
    all_ = reviews_of(data)
    texts = {i: [t] for i, t in zip(all_.items.raw, titles(all_), strict=True)}
    if all_.has_text:
        for n in read_rows(data, rows):
            item, text = all_.frame[["item", "text"]].iloc[n]
            texts[item].append(text)
    chosen = all_.items.raw if items is None else items
    return {item: texts[item] for item in chosen}


TUNINGS = {
    "recx:encoder-head": Tuning(layers=0, epochs=30),
    "recx:encoder-last": Tuning(layers=2, epochs=2, texts=3),
    "recx:encoder-tuned": Tuning(layers=None, epochs=2, texts=3),
}


def tuned(data: str, out: int, name: str) -> list[dict]:
    """Return one fold of a trained encoder, on items, as pieces."""
    all_ = reviews_of(data)
    cold = fold_of(all_.n_items) == out
    new = [
        item
        for item, is_cold in zip(all_.items.raw, cold, strict=True)
        if is_cold
    ]
    rows = known_rows(data, "item", cold, 0)
    start = time.process_time()
    model = EncoderRecommender(encoder(), TUNINGS[name], seed=out)
    model.fit(all_.subset(rows), texts_of(data, rows))
    spent = time.process_time() - start
    pieces = []
    hand_model = SYSTEMS["floor:hand"][0]
    for given in GIVEN:
        rows = known_rows(data, "item", cold, given)
        changed = new if all_.has_text and given else new[:1]
        model.update(all_.subset(rows), texts_of(data, rows, changed))
        scores = model.score(np.arange(all_.n_users))
        piece = judged(data, "item", cold, given, scores, name)
        piece |= {"cpu": spent, "trained": model.n_trained_}
        piece["ndcg"] = ndcgs(data, "item", scores, cold)
        both = scores + hand_model(20.0, data, rows)
        piece["with hand"] = judged(data, "item", cold, given, both / 2, name)
        pieces.append(piece)
    return pieces


def tuned_for_people(data: str, out: int, name: str) -> list[dict]:
    """Return one fold of a trained encoder, on people, as pieces.

    A newcomer has no text. What there is to read are the items': the encoder
    learns from the others' ratings which numbers of an item matter, and each
    newcomer gets a ridge on those numbers. The ridge's penalty is chosen on
    the inner fold, whose people the encoder has seen.
    """
    all_ = reviews_of(data)
    fold = fold_of(all_.n_users)
    rows = known_rows(data, "user", fold == out, 0)
    start = time.process_time()
    model = EncoderRecommender(encoder(), TUNINGS[name], seed=out)
    model.fit(all_.subset(rows), texts_of(data, rows))
    spent = time.process_time() - start
    X = model.says_ / model.says_.std()
    # 1. the penalty
    inner, seen = fold == (out + 1) % FOLDS, ~(fold == out)[all_.user_idx]
    asked, marks = asked_rows(data, "user", inner), []
    rows = known_rows(data, "user", inner, CHOSEN_AT["user"]) & seen
    for setting in TRIES:
        scores = ridge_on(X, setting, data, rows)
        marks.append(squared(data, scores, asked).mean())
    setting = TRIES[int(np.argmin(marks))]
    # 2. the curve
    pieces = []
    for given in GIVEN:
        rows = known_rows(data, "user", fold == out, given)
        scores = ridge_on(X, setting, data, rows)
        piece = judged(data, "user", fold == out, given, scores, name)
        pieces.append(piece | {"cpu": spent, "trained": model.n_trained_})
    return pieces


def ridge_on(X: np.ndarray, setting, data: str, rows) -> np.ndarray:
    """Fit a ridge on columns; return its scores (n_users, n_items)."""
    train = reviews_of(data).subset(rows)
    model = ContentModel(reg_user=setting).fit(train, X)
    return model.score(np.arange(train.n_users))


def rows_of(data, side, name, folds: list[list[dict]]) -> list[dict]:
    """Return the tidy rows of one system over all folds."""
    found = []
    split = f"{FOLDS} folds of {side}s"
    for pieces in zip(*folds, strict=True):
        given = pieces[0]["given"]
        setting = f"cold-{given}"
        add = partial(tidy, found, data, split, name)
        if pieces[0]["recall"]:
            add("recall@10", setting, sum((p["recall"] for p in pieces), []))
        if "ndcg" in pieces[0]:
            add("ndcg@10", setting, sum((p["ndcg"] for p in pieces), []))
        for key, where in (("errors", setting), ("all", f"{setting}-all")):
            if key in pieces[0]:
                pairs = np.array(sum((p[key] for p in pieces), []))
                value, low, high = np.sqrt(ratio_interval(*pairs.T))
                more = {"low": low, "high": high, "n": int(pairs[:, 1].sum())}
                more |= {"n_groups": len(pairs)}
                args = (data, split, name, "rmse", value, where)
                found.append(row(*args, **more))
    return found


def tidy(found, data, split, name, metric, setting, values) -> None:
    value, low, high = bootstrap_interval(values)
    more = {"low": low, "high": high, "n": len(values)}
    found.append(row(data, split, name, metric, value, setting, **more))


def dot_or_mlp(data: str) -> list[dict]:
    """Return RMSE of a dot product and of a learned similarity, seven decays
    each, on one random split; the best is chosen on a part of training. And
    what the one saves over the other in squared error, people drawn.
    """
    found, kept = [], {}
    train, test = split_random(reviews_of(data), 0.2, seed=0)
    people = test.user_idx
    nets = {
        "recx:dot-product": DotProduct,
        "recx:learned-mlp": LearnedSimilarity,
    }
    for name, net in nets.items():
        best = best_decay(net, train)
        for setting, decay in (("tuned", best), ("decay-0.01", 0.01)):
            errors = []
            for seed in range(3):
                model = PairNet(net, decay=decay, seed=seed).fit(train)
                said = model.predict(test.user_idx, test.item_idx)
                errors.append((test.rating - said) ** 2)
            kept[name, setting] = np.mean(errors, axis=0)
            span = bootstrap_interval(kept[name, setting], groups=people)
            value, low, high = np.sqrt(span)
            more = {"low": low, "high": high, "n": 3, "decay": decay}
            found.append(
                row(data, "seed 0", name, "rmse", value, setting, **more)
            )
    for setting in ("tuned", "decay-0.01"):
        ours, theirs = (kept[name, setting] for name in nets)
        value, low, high = bootstrap_interval(theirs - ours, groups=people)
        more = {"low": low, "high": high, "n": 3}
        where = data, "seed 0", "recx:dot-product", "mse_gain", value
        found.append(row(*where, f"{setting} over recx:learned-mlp", **more))
    return found


def best_decay(net, train: Reviews) -> float:
    """Return the decay that serves a tenth of training best."""
    inner, held = split_random(train, 0.1, seed=1)
    marks = {}
    for decay in (0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0):
        model = PairNet(net, decay=decay).fit(inner)
        said = model.predict(held.user_idx, held.item_idx)
        marks[decay] = rmse(held.rating, said)
    return min(marks, key=marks.get)


def compared(data: str, side: str, names) -> list[dict]:
    """Return the rows of systems that are fitted anew each time."""
    rows, keep = [], partial(remembered, NAME, sources=SOURCES)
    if side == "user":  # columns say nothing of people: fewer systems
        names = [name for name in names if name not in ITEMS_ONLY]
    found = {}
    for name in names:
        found[name] = []
        for out in range(FOLDS):
            key = f"{data} {side} {name} {out}"
            piece = keep(key, partial(measure, data, side, out, name))
            found[name].append(piece)
        rows += rows_of(data, side, name, found[name])
        print(table(rows[-16:]), flush=True)
    for better, worse in PAIRS:
        if side == "item" and better in found and worse in found:
            rows += gained(data, better, worse, found)
    return rows


PAIRS = (
    ("recx:hand+encoder", "floor:hand"),
    ("recx:encoder-frozen", "floor:tf-idf"),
    ("floor:hand", "recx:encoder-frozen"),
)


def gained(data: str, better: str, worse: str, found: dict) -> list[dict]:
    """Return the squared error that one system saves over another, paired:
    whole items are drawn, with their errors under both.
    """
    rows = []
    for key, given, setting in (
        ("all", 0, "cold-0-all"),
        ("errors", 20, "cold-20"),
    ):
        sums = []
        for name in (worse, better):
            pieces = sum(found[name], [])
            own = [piece[key] for piece in pieces if piece["given"] == given]
            sums.append(np.array(sum(own, [])))
        saved = sums[0][:, 0] - sums[1][:, 0]
        value, low, high = ratio_interval(saved, sums[0][:, 1])
        more = {"low": low, "high": high, "n": len(saved)}
        args = data, f"{FOLDS} folds of items", better, "mse_gain", value
        rows.append(row(*args, f"{setting} over {worse}", **more))
    return rows


def trained(data: str, side: str, names) -> list[dict]:
    """Return the rows of the trained encoders; on items, alone and with
    columns made by hand.
    """
    rows, keep = [], partial(remembered, NAME, sources=SOURCES)
    fit = tuned if side == "item" else tuned_for_people
    for name in names:
        folds = []
        for out in range(FOLDS):
            key = f"{data} tuned {side} {name} {out}"
            folds.append(keep(key, partial(fit, data, out, name)))
        rows += rows_of(data, side, name, folds)
        first = [fold[0] for fold in folds]
        if "with hand" in first[0]:
            both = [[piece["with hand"] for piece in fold] for fold in folds]
            rows += rows_of(data, side, f"{name}+hand", both)
        add = partial(row, data, f"{FOLDS} folds of {side}s", name)
        cpu = np.mean([piece["cpu"] for piece in first])
        rows.append(add("fit_cpu_s", cpu))
        rows.append(add("trained_parameters", first[0]["trained"]))
        print(table(rows[-40:]), flush=True)
    return rows


def stages(names=()) -> dict:
    """Return what is measured, each stage by its name, in order of need.

    With `names`, of these systems only.
    """
    keep = partial(remembered, NAME, sources=SOURCES)

    def of(systems) -> list[str]:
        return [name for name in systems if not names or name in names]

    found = {}
    for data in DATA:
        found[f"items {data}"] = partial(compared, data, "item", of(SYSTEMS))
    for data in DATA:
        found[f"trained {data}"] = partial(trained, data, "item", of(TUNINGS))
    for data in DATA:
        found[f"rankers {data}"] = partial(compared, data, "item", of(RANKERS))
    for data in DATA:
        everybody = of(SYSTEMS | RANKERS)
        found[f"users {data}"] = partial(compared, data, "user", everybody)
    for data in DATA:
        whole = of(["recx:encoder-tuned"])
        found[f"reader {data}"] = partial(trained, data, "user", whole)
    for data in DATA:
        dot = partial(keep, f"{data} dot", partial(dot_or_mlp, data))
        found[f"dot {data}"] = dot
    return found


def main(only: str = "", *names: str) -> None:
    """Measure all stages whose names begin with `only`; each is written when
    it is done, in place of its stored figures.
    """
    for name, stage in stages(names).items():
        if name.startswith(only):
            write_rows(NAME, with_stored(NAME, stage()))


if __name__ == "__main__":
    main(*sys.argv[1:])
