"""Chapter 15: paths as explanations: found, judged by looks, and cut."""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import NamedTuple

import numpy as np
import pandas as pd

from recx_lib.core.checks import check_whole
from recx_lib.core.errors import DataError
from recx_lib.data.reviews import Reviews
from recx_lib.recommend.graph import Graph, GraphPath
from recx_lib.recommend.path_counts import PathCounts
from recx_lib.recommend.translation import TransE


class Found(NamedTuple):
    """A path, and the sum of its edges' distances: smaller is likelier."""

    path: GraphPath
    cost: float


def beam_paths(
    model: TransE, start: str, n_steps: int = 3, width: int = 200
) -> dict[str, Found]:
    """Return {item: the likeliest path found} from a node, by beam search.

    Every step follows an edge of the graph, in either direction, to a node
    not yet on the path; an edge costs ‖head + relation − tail‖². Of each
    length the `width` cheapest are kept, so cheap paths may be missed. Items
    that the start itself chose are no goals. Empty for a node without edges;
    raise DataError for an unknown one.
    """
    check_whole(n_steps=n_steps, width=width)
    own = {node for _, step, node in model.edges_at(start) if step == "chose"}
    drafts, found = [Found(GraphPath((start,), ()), 0.0)], {}
    for _ in range(n_steps):
        # 1. every draft, longer by one edge; the cheapest go on
        longer = heapq.merge(
            *(_grown(model, draft) for draft in drafts), key=_cost
        )
        drafts = list(islice(longer, width))
        # 2. the cheapest that ends at an item is the item's path
        for one in drafts:
            goal = one.path.nodes[-1]
            if goal.startswith("item:") and goal not in own:
                found[goal] = min(one, found.get(goal, one), key=_cost)
    return found


def _cost(found: Found) -> float:
    return found.cost


def _grown(model: TransE, draft: Found) -> Iterator[Found]:
    """Yield a path longer by one edge, the cheapest edge first."""
    nodes, steps = draft.path.nodes, draft.path.steps
    for cost, step, node in model.edges_at(nodes[-1]):
        if node not in nodes:
            path = GraphPath((*nodes, node), (*steps, step))
            yield Found(path, draft.cost + cost)


def fall_of_cut(
    model: PathCounts, user_idx: int, item_idx: int, path: GraphPath
) -> float:
    """Return by how much the item's score falls when the path's edges are cut.

    The walker chooses anew among what is left. Raise DataError where the
    path does not lead from this user to this item, or has an edge that the
    graph does not have.
    """
    start = f"user:{model.train_.users.raw[user_idx]}"
    goal = f"item:{model.train_.items.raw[item_idx]}"
    if (path.nodes[0], path.nodes[-1]) != (start, goal):
        raise DataError(
            f"{path} does not lead from {start} to {goal}: cut a path of the "
            "pair that is explained"
        )
    left = model.graph_.without(path.edges)
    before, after = model.score(user_idx), model.score(user_idx, left)
    return float(before[item_idx] - after[item_idx])


def random_path(
    graph: Graph, start: str, n_steps: int, rng: np.random.Generator
) -> GraphPath:
    """Return a path of `n_steps` from a node, every step drawn at random.

    Raise DataError where none is found in a hundred tries, as for a node
    without edges.
    """
    for _ in range(100):
        # walk; where it leads nowhere new, begin again
        nodes, steps = [start], []
        for _ in range(n_steps):
            onward = graph.neighbours(nodes[-1])
            fresh = [one for one in onward if one[1] not in nodes]
            if not fresh:
                break
            step, node = fresh[rng.integers(len(fresh))]
            steps.append(step)
            nodes.append(node)
        if len(steps) == n_steps:
            return GraphPath(tuple(nodes), tuple(steps))
    raise DataError(
        f"no path of {n_steps} steps from {start!r} was found: see "
        "graph.neighbours() for what leads on"
    )


def smoothed_rank(values, beta: float | None = 0.3) -> np.ndarray:
    """Return a moving average of sorted values, from 0 for the lowest to 1.

    In ascending order level ← (1 − beta) · level + beta · value, then scaled
    (Balloccu et al., 2022). All 0 where the values are the same. With beta
    None as the toolkit hopwise 0.9 computes it: beta is 2 / (n + 1), the first
    levels are divided by the weight that they have so far, and places stand
    for values that are all the same.

    >>> smoothed_rank([1, 3, 2], beta=0.5).round(2).tolist()
    [0.0, 1.0, 0.4]
    >>> smoothed_rank([10, 20, 30], beta=None).round(2).tolist()
    [0.0, 0.47, 1.0]
    """
    values = np.asarray(values, dtype=float)
    order = np.argsort(values, kind="stable")
    if beta is None:
        levels = _as_hopwise(values[order])[np.argsort(order, kind="stable")]
    else:
        level, levels = values[order[0]], np.zeros(len(values))
        for place in order:
            level = (1 - beta) * level + beta * values[place]
            levels[place] = level
    span = levels.max() - levels.min()
    return (levels - levels.min()) / (span or 1.0)


def _as_hopwise(ascending: np.ndarray) -> np.ndarray:
    """Return the toolkit's moving average of values in ascending order."""
    if ascending[0] == ascending[-1]:
        ascending = np.arange(len(ascending), dtype=float)
    average = pd.Series(ascending).ewm(span=len(ascending))
    return average.mean().to_numpy()


def interaction_recency(train: Reviews, beta: float | None = 0.3) -> pd.Series:
    """Return how recent each choice is among its user's, 0 … 1, by (user
    node, item node).
    """
    frame = train.frame[["user", "item", "timestamp"]]
    when = frame.groupby("user")["timestamp"]
    recent = when.transform(lambda times: smoothed_rank(times, beta))
    users, items = "user:" + frame["user"], "item:" + frame["item"]
    return pd.Series(
        recent.to_numpy(), pd.MultiIndex.from_arrays([users, items])
    )


def entity_popularity(graph: Graph, beta: float | None = 0.3) -> pd.Series:
    """Return how many edges each node has among those of its kind, 0 … 1."""
    ends = graph.edges[:, [0, 2]].ravel()
    degree = np.bincount(ends, minlength=len(graph.nodes))
    nodes = pd.Series(degree, graph.nodes.raw)
    kinds = nodes.groupby([node.partition(":")[0] for node in nodes.index])
    return kinds.transform(lambda counts: smoothed_rank(counts, beta))


def path_quality(
    paths: Sequence[GraphPath],
    recency: pd.Series,
    popularity: pd.Series,
    n_types: int,
) -> dict[str, float]:
    """Return what a list's paths look like: the field's three measures.

    lir: mean recency of the choice that a path starts with (linking
    interaction recency; NaN where none does), sep: mean popularity of the
    node before the goal (shared entity popularity), etd: kinds of path over
    the most there could be, min(len(paths), n_types) (explanation type
    diversity). Balloccu et al. (2022). Raise DataError for no path.
    """
    if not paths:
        raise DataError("no path to judge: the list is empty")
    starts = [p.nodes[:2] for p in paths if p.steps[0] == "chose"]
    shared = [path.nodes[-2] for path in paths]
    lir = float(recency.loc[starts].mean()) if starts else float("nan")
    types = {path.steps for path in paths}
    return {
        "lir": lir,
        "sep": float(popularity.loc[shared].mean()),
        "etd": len(types) / min(len(paths), n_types),
    }


def path_diversity(
    paths: Sequence[GraphPath], n_relations: int
) -> dict[str, float]:
    """Return how different a list's paths are, counted as in hopwise 0.9.

    lid: different things that they start from, of all (linked interaction
    diversity); sed: different nodes before the goal, of all (shared entity
    diversity); ptd: different *last* relations over the most there could be,
    min(len(paths), n_relations) (path type diversity; `path_quality` looks at
    the whole way). Raise DataError for no path.

    >>> way = "chose", "tagged", "~tagged"
    >>> nodes = "user:ann", "item:mat", "tag:beds"
    >>> two = [GraphPath((*nodes, f"item:{name}"), way) for name in "ab"]
    >>> path_diversity(two, n_relations=5)
    {'lid': 0.5, 'sed': 0.5, 'ptd': 0.5}
    """
    if not paths:
        raise DataError("no path to judge: the list is empty")
    n = len(paths)
    starts = {path.nodes[1] for path in paths}
    shared = {path.nodes[-2] for path in paths}
    last = {path.steps[-1].removeprefix("~") for path in paths}
    types = len(last) / min(n, n_relations)
    return {"lid": len(starts) / n, "sed": len(shared) / n, "ptd": types}
