"""Recall against time: python -m benchmarks.scale_search writes search.json.

Twenty thousand products, learned from drawn ratings or without any order (the
hardest there is); the ten of largest product for one customer at a time, one
thread: by looking at all of them, by inverted lists, by a graph (usearch).
Seconds are the processor's own, of the fastest of five rounds: read the curve,
not the digits.
"""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np
import torch
from threadpoolctl import threadpool_limits
from usearch.index import Index

from benchmarks.tidy import row, table, write_rows
from recx_lib.scale import DrawnRatings, InvertedLists, PartsALS, level

N_ITEMS, K, N_QUERIES, ROUNDS = 20_000, 16, 500, 5
PROBES = (1, 2, 4, 8, 16, 32, 64)
WIDTHS = (10, 20, 40, 80, 160)


def disordered() -> tuple[np.ndarray, np.ndarray]:
    """Return vectors that lie in no groups: normal, each by itself."""
    rng = np.random.default_rng(0)
    return rng.normal(size=(N_ITEMS, K)), rng.normal(size=(N_QUERIES, K))


def learned() -> tuple[np.ndarray, np.ndarray]:
    """Return items' factors (n_items, k) and customers' (n_queries, k)."""
    drawn = DrawnRatings(8, users_each=2500, n_items=N_ITEMS)
    # little pull to zero: else the ten best known suit everybody
    model = PartsALS(k=K, sweeps=2, reg=1.0)
    model.fit(list(drawn.parts()), N_ITEMS)
    _, P = model.factors(drawn.part(0))
    return model.Q_, P[:N_QUERIES]


def asked(search: Callable, queries: np.ndarray) -> tuple[list, float]:
    """Return what was found for each query, and queries a second."""
    fastest = np.inf
    for _ in range(ROUNDS):
        start = time.process_time()
        found = [search(query) for query in queries]
        fastest = min(fastest, time.process_time() - start)
    return found, len(queries) / fastest


def graph_of(V: np.ndarray, width: int) -> Index:
    """Return a graph in layers over levelled vectors, searched so widely."""
    told = {"connectivity": 16, "expansion_add": 128}
    told |= {"metric": "cos", "dtype": "f32", "expansion_search": width}
    graph = Index(ndim=V.shape[1], **told)
    graph.add(np.arange(len(V)), V, threads=1)
    return graph


def search_rows(data: str, Q: np.ndarray, P: np.ndarray) -> list[dict]:
    """Measure recall@10 and queries a second at every setting."""
    small, asks = Q.astype(np.float32), P.astype(np.float32)
    rows, true = [], np.argsort(-(P @ Q.T), axis=1)[:, :10]

    about = data, f"{N_ITEMS} items", "recx:all"
    rows.append(row(*about, "different answers", len(np.unique(true))))

    def look_at_all(p):
        products = small @ p
        best = np.argpartition(-products, 10)[:10]
        return best[np.argsort(-products[best])]

    def note(system: str, setting: str, search: Callable, queries) -> None:
        found, speed = asked(search, queries)
        pairs = zip(found, true, strict=True)
        recall = np.mean([np.isin(t, f).mean() for f, t in pairs])
        for metric, value in (("recall@10", recall), ("queries/s", speed)):
            told = data, f"{N_ITEMS} items", system, metric
            rows.append(row(*told, value, setting=setting, n=len(queries)))

    note("recx:all", "all", look_at_all, asks)
    n_lists = round(N_ITEMS**0.5)
    lists = InvertedLists(n_lists).fit(Q)
    for probes in PROBES:
        # the library's search returns how much it did, too
        note(
            "recx:lists",
            f"{probes} of {n_lists}",
            lambda p, probes=probes: lists.search(p, 10, probes)[0],
            P,
        )
    V = level(Q).astype(np.float32)
    longer = np.column_stack([asks, np.zeros(len(asks), np.float32)])
    for width in WIDTHS:
        graph = graph_of(V, width)
        note(
            "peer:usearch",
            f"width {width}",
            lambda q, graph=graph: graph.search(q, 10, threads=1).keys,
            longer,
        )
    return rows


if __name__ == "__main__":
    torch.set_num_threads(1)
    with threadpool_limits(1):
        measured = search_rows("drawn", *learned())
        measured += search_rows("no order", *disordered())
    print(table(measured))
    print(f"written: {write_rows('search', measured).name}")
