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
    chances: Sequence[sparse.csr_array], starts: np.ndarray
) -> sparse.csr_array:
    """Return (n_starts, n_nodes): the chance of a walk to end at each node.

    `chances` are the walker's matrices, one for each step of the way.
    """
    found = chances[0][starts]
    for step in chances[1:]:
        found = found @ step
    return found


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
    chances: Sequence[sparse.csr_array], start: int, goal: int
) -> list[tuple[list[int], float]]:
    """Return (node numbers, chance) of every walk that visits no node twice.

    `chances` are the walker's matrices, one for each of two or three steps.
    """
    # 1. from the start forwards, from the goal backwards
    first = chances[0][[start]].tocoo()
    last = chances[-1][:, [goal]].toarray().ravel()
    here = first.coords[1]  # (n_first,)
    if len(chances) == 2:
        worth = first.data * last[here]
        meets = np.flatnonzero(worth)
        return [([start, here[n], goal], worth[n]) for n in meets]
    # 2. and the middle step: (n_first, n_nodes), only what meets
    middle = chances[1][here]
    both = (middle * first.data[:, None] * last).tocoo()
    both.eliminate_zeros()
    found = []
    for row, by, chance in zip(*both.coords, both.data, strict=True):
        nodes = [start, here[row], by, goal]
        if len(set(nodes)) == 4:
            found.append((nodes, chance))
    return found
