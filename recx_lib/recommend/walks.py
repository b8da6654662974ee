"""Chapter 15: walks through a graph, step by step, by chance."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from scipy import sparse

from recx_lib.core.errors import DataError
from recx_lib.recommend.graph import BACK, Graph


def walker(graph: Graph, step: str) -> sparse.csr_array:
    """Return (n_nodes, n_nodes): the chance to go from row to column.

    Every edge of the step is as likely as the others at its node; a row
    without any is zeros, the walker stays out.

    >>> edges = [("user:ann", "chose", f"item:{name}") for name in "ab"]
    >>> walker(Graph.of(edges), "chose").toarray()[2].tolist()
    [0.5, 0.5, 0.0]
    """
    edges = graph.matrix(step)
    degree = edges.sum(axis=1)  # (n_nodes,)
    return sparse.diags_array(1 / np.maximum(degree, 1)) @ edges


def walk_chances(
    graph: Graph, starts: np.ndarray, way: Sequence[str]
) -> sparse.csr_array:
    """Return (n_starts, n_nodes): the chance of a walk along `way` to end at
    each node.
    """
    rows = np.arange(len(starts)), starts
    shape = len(starts), len(graph.nodes)
    chance = sparse.csr_array((np.ones(len(starts)), rows), shape=shape)
    for step in way:
        chance = chance @ walker(graph, step)
    return chance.tocsr()


def known_ways(
    graph: Graph, ways: Mapping[str, Sequence[str]]
) -> dict[str, tuple[str, ...]]:
    """Return the ways whose relations the graph has; raise DataError where
    there is none, or a way has not two or three steps.
    """
    relations, found = set(graph.relations.raw), {}
    for name, way in ways.items():
        if len(way) not in (2, 3):
            raise DataError(f"way {name!r} has {len(way)} steps, not 2 or 3")
        if {step.removeprefix(BACK) for step in way} <= relations:
            found[name] = tuple(way)
    if not found:
        there = ", ".join(sorted(relations))
        raise DataError(
            f"no way can be walked: the graph has only {there}; give ways "
            "made of these"
        )
    return found


def walks_between(
    graph: Graph, start: int, goal: int, way: Sequence[str]
) -> list[tuple[list[int], float]]:
    """Return (node numbers, chance) of every walk along `way` that visits no
    node twice.
    """
    # 1. from the start forwards, from the goal backwards
    first = walker(graph, way[0])[[start]].tocoo()
    last = walker(graph, way[-1])[:, [goal]].toarray().ravel()
    if len(way) == 2:
        found = []
        for node, chance in zip(first.coords[1], first.data, strict=True):
            if last[node] > 0:
                found.append(([start, node, goal], chance * last[node]))
        return found
    # 2. and the middle step: (n_first, n_nodes), only what meets
    middle = walker(graph, way[1])[first.coords[1]]
    chance = (middle * first.data[:, None] * last).tocoo()
    chance.eliminate_zeros()
    found = []
    for row, by, value in zip(*chance.coords, chance.data, strict=True):
        nodes = [start, first.coords[1][row], by, goal]
        if len(set(nodes)) == 4:
            found.append((nodes, value))
    return found
