"""Recall@10 and NDCG@10 on MovieLens, ours beside the peers: leave one rating out, rank every unseen item.

Two splits: every user's last rating, and one drawn at random. The second is a control: MovieLens users rate down a
page, so that the last rating mostly follows the one before within a minute, and a system with a sense of time gains
from that habit where the last is asked for, but not elsewhere.

Every system gets the same number of tries on a validation part (split from the training part in the same way); the best
by NDCG@10 is fitted again on the whole training part and marked once on the test part, by one evaluator.
Run `python -m benchmarks.ranking`, with RECX_DATA naming the folder that holds ml-100k (and ml-1m, where you have it).
Writes book/results/ranking.json.
"""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec

import numpy as np
from scipy import sparse
from threadpoolctl import threadpool_limits

from benchmarks.tidy import remembered, row, table, write_rows
from recx_lib.data import Reviews, data_folder, leave_last_out, load_movielens, split_given
from recx_lib.judge import bootstrap_interval, evaluate_ranking
from recx_lib.recommend import EASE, ImplicitALS, Popularity, RecentEASE, places

K = 10
NAME = "ranking"


class ImplicitPeer:
    """The package implicit's ALS; with `half_life`, the confidences decay with age when a user's factors are solved."""

    def __init__(self, half_life: float | None = None, **parameters):
        self.half_life, self.parameters = half_life, parameters

    def fit(self, train: Reviews) -> ImplicitPeer:
        from implicit.als import AlternatingLeastSquares

        model = AlternatingLeastSquares(random_state=0, num_threads=1, use_gpu=False, **self.parameters)
        model.fit(interactions(train, np.ones(len(train))), show_progress=False)
        self.Q, self.P = model.item_factors, model.user_factors
        if self.half_life is not None:
            recent = interactions(train, 0.5 ** (places(train) / self.half_life))
            self.P = model.recalculate_user(np.arange(train.n_users), recent)
        return self

    def score(self, user_idx: np.ndarray) -> np.ndarray:
        return self.P[user_idx] @ self.Q.T


class CornacPeer:
    """A model of the package cornac, by name, trained on who rated what."""

    def __init__(self, model: str, **parameters):
        self.model, self.parameters = model, parameters

    def fit(self, train: Reviews) -> CornacPeer:
        import cornac

        pairs = zip(train.user_idx.tolist(), train.item_idx.tolist(), itertools.repeat(1.0))
        data = cornac.data.Dataset.from_uir(list(pairs))
        self.fitted = getattr(cornac.models, self.model)(seed=0, verbose=False, **self.parameters).fit(data)
        self.users = data.uid_map
        self.columns = np.array([data.iid_map[i] for i in sorted(data.iid_map)])
        self.known = np.array(sorted(data.iid_map))
        self.n_items = train.n_items
        return self

    def score(self, user_idx: np.ndarray) -> np.ndarray:
        scores = np.full((len(user_idx), self.n_items), -1e9)  # items without a training row come last
        for n, user in enumerate(user_idx.tolist()):
            own = self.fitted.score(self.users[user])
            own = own.toarray() if sparse.issparse(own) else own
            scores[n, self.known] = np.asarray(own).ravel()[self.columns]
        return scores


def interactions(train: Reviews, weight: np.ndarray) -> sparse.csr_matrix:
    """Return the weights as a sparse (n_users, n_items)."""
    return sparse.csr_matrix((weight, (train.user_idx, train.item_idx)), shape=(train.n_users, train.n_items))


@dataclass(frozen=True)
class System:
    """One line of the table: what to build, and the settings that it may try on the validation part."""

    name: str
    setting: str
    build: Callable
    grid: dict[str, tuple]
    package: str = "numpy"

    def tries(self) -> list[dict]:
        return [dict(zip(self.grid, values, strict=True)) for values in itertools.product(*self.grid.values())]


def cornac_ease(**parameters) -> CornacPeer:
    return CornacPeer("EASE", **parameters)


def cornac_bpr(**parameters) -> CornacPeer:
    return CornacPeer("BPR", num_threads=1, max_iter=100, **parameters)


REGS = (30, 100, 200, 300, 500, 1000)
RECENT_EASE = {"reg": (20, 50, 100), "half_life": (3, 5, 8, 12)}
ALS = {"k": (32, 64, 128), "alpha": (2, 5), "reg": (5, 15)}
PEER_ALS = {"factors": ALS["k"], "alpha": ALS["alpha"], "regularization": ALS["reg"]}
RECENT_ALS = {"factors": (64, 128), "alpha": (2, 5), "regularization": (15,), "half_life": (3, 5, 8)}
BPR = {"k": (20, 50), "learning_rate": (0.01, 0.03, 0.1), "lambda_reg": (0.001, 0.01)}
SYSTEMS = (
    System("floor:popularity", "", Popularity, {}),
    System("recx:ease", "", EASE, {"reg": REGS, "min_rating": (None, 4.0)}),
    System("recx:ease", "recency", RecentEASE, RECENT_EASE),
    System("recx:implicit-als", "", ImplicitALS, ALS),
    System("peer:implicit-als", "", ImplicitPeer, PEER_ALS, "implicit"),
    System("peer:implicit-als", "recency", ImplicitPeer, RECENT_ALS, "implicit"),
    System("peer:cornac-ease", "", cornac_ease, {"lamb": REGS, "posB": (False, True)}, "cornac"),
    System("peer:cornac-bpr", "", cornac_bpr, BPR, "cornac"),
)


def leave_random_out(reviews: Reviews, seed: int = 0) -> tuple[Reviews, Reviews]:
    """Return (train, test) with one review of each user, drawn at random, in test; single reviews stay in train."""
    order = np.random.default_rng(seed).permutation(len(reviews))
    _, first = np.unique(reviews.user_idx[order], return_index=True)
    drawn = order[first]
    single = np.bincount(reviews.user_idx)[reviews.user_idx[drawn]] == 1
    return split_given(reviews, np.isin(np.arange(len(reviews)), drawn[~single]))


SPLITS = {"leave-last-out": leave_last_out, "leave-random-out": leave_random_out}


def choose(system: System, train: Reviews, split: Callable) -> tuple[dict, int]:
    """Return the settings with the best NDCG@10 on a part that `split` takes from `train`, and how many were tried.

    The first is taken of several that are equally good.
    """
    fit_part, validation = split(train)
    tries = system.tries()
    marks = [evaluate_ranking(system.build(**t).fit(fit_part), fit_part, validation, K)["ndcg"].mean() for t in tries]
    return tries[int(np.argmax(marks))], len(tries)


def measure(data: str, split: str, system: System, train: Reviews, test: Reviews) -> list[dict]:
    """Choose the settings, fit once on all of `train`, mark on `test`; return tidy rows and print what was chosen.

    Rows of a ranking metric also carry `per_user`, for paired comparisons.
    """
    chosen, n_tries = choose(system, train, SPLITS[split])
    model, start = system.build(**chosen), time.process_time()
    model.fit(train)
    seconds = time.process_time() - start
    result = evaluate_ranking(model, train, test, K)
    settings = ", ".join(f"{name}={value}" for name, value in chosen.items())
    print(f"{data} {split} {system.name} {system.setting}: tries {n_tries}, chosen {settings or 'nothing'}", flush=True)
    more = {"setting": system.setting, "tries": n_tries, "chosen": settings}
    rows = [row(data, split, system.name, "fit_cpu_s", seconds, n=1, **more)]
    for metric in ("recall", "ndcg"):
        value, low, high = bootstrap_interval(result[metric])
        more["per_user"] = result[metric].round(6).tolist()
        rows.append(row(data, split, system.name, f"{metric}@{K}", value, low=low, high=high, n=len(result), **more))
    return rows


def best(rows: list[dict], kind: str, setting: str, metric: str) -> dict | None:
    """Return the best row of "recx" or "peer" systems in one setting by one metric; None without any."""
    own = [r for r in rows if r["system"].startswith(f"{kind}:") and (r["setting"], r["metric"]) == (setting, metric)]
    return max(own, key=lambda r: r["value"], default=None)


def compare(rows: list[dict]) -> list[str]:
    """Return lines that set our best beside the best peer, in rows of one split: the gain and its interval over users.

    Both without a sense of time, both with our recency weights, and ours with against the peers as they are installed.
    """
    lines = []
    pairings = (("", ""), ("recency", "recency"), ("recency", ""))
    for (ours, theirs), metric in itertools.product(pairings, (f"recall@{K}", f"ndcg@{K}")):
        a, b = best(rows, "recx", ours, metric), best(rows, "peer", theirs, metric)
        if a and b:
            gain, low, high = bootstrap_interval(np.subtract(a["per_user"], b["per_user"]))
            names = f"({a['system']} {ours}) - ({b['system']} {theirs})".replace(" )", ")")
            lines.append(f"{a['data']} {a['split']} {metric}: {names} = {gain:+.4f} [{low:+.4f}, {high:+.4f}]")
    return lines


def data_sets() -> list[str]:
    """Return ml-100k, and ml-1m where the data folder holds it."""
    folder = data_folder()
    return ["ml-100k"] + [name for name in ("ml-1m",) if folder is not None and (folder / name).exists()]


def measure_all(data: str, split: str) -> list[dict]:
    """Measure every installed system on one split of one data set, keeping what an interrupted run had finished."""
    train, test = SPLITS[split](load_movielens(data))
    rows = []
    for system in SYSTEMS:
        if find_spec(system.package) is None:
            print(f"{data} {system.name}: left out, the package {system.package} is not installed")
            continue
        key = f"{data} {split} {system.name} {system.setting}"
        rows += remembered(NAME, key, lambda s=system: measure(data, split, s, train, test))
    return rows


def main() -> None:
    """Measure all systems, print table and comparison, write book/results/ranking.json."""
    rows = []
    with threadpool_limits(1):
        for data, split in itertools.product(data_sets(), SPLITS):
            part = measure_all(data, split)
            print("\n".join(compare(part)))
            rows += part
    tidy = [{key: value for key, value in r.items() if key != "per_user"} for r in rows]
    print(table(tidy))
    print(f"written: {write_rows(NAME, tidy).name}")


if __name__ == "__main__":
    main()
