"""Chapter 15: a score that adds up the paths from a user to an item.

A walker starts at the user and follows the edges of one way, at every node
choosing among them at random. The score is a weighted sum of the chances to
end at the item, one weight per way, and so a sum over all paths.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import chain

import numpy as np
import pandas as pd
from scipy import sparse
from sklearn.base import BaseEstimator
from sklearn.linear_model import LogisticRegression
from sklearn.utils.validation import check_is_fitted

from recx_lib.core.case import Case
from recx_lib.core.checks import as_idx, check_whole
from recx_lib.core.errors import DataError
from recx_lib.core.evidence import Evidence, Explanation
from recx_lib.data.reviews import Reviews
from recx_lib.data.splits import split_random
from recx_lib.recommend.ease import case_of_sum
from recx_lib.recommend.graph import (
    CHOSE,
    Graph,
    GraphPath,
    graph_of,
    name_of,
    node_kind,
)
from recx_lib.recommend.walks import (
    known_ways,
    walk_chances,
    walker,
    walks_between,
)

WAYS = {
    "others": ("chose", "~chose", "chose"),
    "same tag": ("chose", "tagged", "~tagged"),
    "same type": ("chose", "built as", "~built as"),
    "same material": ("chose", "made of", "~made of"),
    "same use": ("chose", "made for", "~made for"),
    "same decade": ("chose", "from", "~from"),
    "same praise": ("chose", "praised for", "~praised for"),
    "praise": ("speaks of", "~praised for"),
    "blame": ("speaks of", "~blamed for"),
}
SAID = {
    "others": "you chose {via}, as {count} others did who chose it",
    "same tag": "you chose {via}, and both belong to {by}",
    "same type": "you chose {via}, and both are of the type {by}",
    "same material": "you chose {via}, and both are made of {by}",
    "same use": "you chose {via}, and both are made for {by}",
    "same decade": "you chose {via}, and both are from the {by}",
    "same praise": "you chose {via}, and both are praised for {by}",
    "praise": "you often speak of {via}, and it is praised for that",
    "blame": "you often speak of {via}, and it is blamed for that",
}


class PathCounts(BaseEstimator):
    """Score an item by the chance of getting there from the user.

    One weight per way, learned from choices that were held back from the
    graph: a logistic regression tells them from items not chosen, `negatives`
    for each. A path's worth is its way's weight times the chance of a walker
    to take it, divided by (item's choices) ** `damping`; all worths sum to the
    score. Lao and Cohen (2010) learn such weights; the damping is that of
    Paudel et al. (2017). Learned: `graph_`, `ways_` (those that the graph has
    the relations for), `weight_` per way, `spread_`: the standard deviation of
    the chances in training, so that weight_ · spread_ can be compared.
    """

    def __init__(
        self,
        ways: Mapping[str, Sequence[str]] | None = None,
        damping: float = 0.0,
        negatives: int = 10,
        seed: int = 0,
    ):
        self.ways, self.damping = ways, damping
        self.negatives, self.seed = negatives, seed

    def fit(
        self,
        train: Reviews,
        mentions: pd.DataFrame | None = None,
        facts: pd.DataFrame | None = None,
    ) -> PathCounts:
        """Learn the weights, then build the graph of all of `train`.

        Raise DataError as `graph_of`, and where the graph has the relations of
        no way.
        """
        check_whole(negatives=self.negatives)
        self.train_ = train
        # 1. a fifth of the choices, held back from a smaller graph
        kept, held = split_random(train, 0.2, self.seed)
        self._build(graph_of(kept, mentions, facts))
        u, i, chosen = self._pairs(held)
        X = self._chances(np.arange(train.n_users))[u, :, i]  # (n, n_ways)
        # 2. which ways lead there more often than elsewhere?
        spread = X.std(axis=0)
        self.spread_ = np.where(spread > 0, spread, 1.0)
        model = LogisticRegression().fit(X / self.spread_, chosen)
        self.weight_ = model.coef_[0] / self.spread_  # (n_ways,)
        # 3. the graph to walk in from now on
        self._build(graph_of(train, mentions, facts))
        return self

    def _build(self, graph: Graph) -> None:
        """Take a graph to walk in, and find users and items in it."""
        self.graph_, self.ways_ = graph, known_ways(graph, self.ways or WAYS)
        self.walkers_ = self._walkers(graph)
        users = [f"user:{user}" for user in self.train_.users.raw]
        items = [f"item:{item}" for item in self.train_.items.raw]
        self.user_nodes_ = graph.nodes.idx(users)
        self.item_nodes_ = graph.nodes.idx(items)

    def _walkers(self, graph: Graph) -> dict[str, sparse.csr_array]:
        """Return the walker's matrix of every step of the ways."""
        steps = sorted(set(chain.from_iterable(self.ways_.values())))
        return {step: walker(graph, step) for step in steps}

    def _pairs(self, held: Reviews) -> tuple[np.ndarray, ...]:
        """Return users, items and whether chosen, (n,): held back or drawn."""
        # as many drawn items for each chosen one, known ones left out
        rng = np.random.default_rng(self.seed)
        shape = len(held), self.negatives
        drawn = rng.integers(0, held.n_items, shape).ravel()
        users = np.repeat(held.user_idx, self.negatives)
        seen = self.train_.user_idx * held.n_items + self.train_.item_idx
        fresh = ~np.isin(users * held.n_items + drawn, seen)
        u = np.concatenate([held.user_idx, users[fresh]])
        i = np.concatenate([held.item_idx, drawn[fresh]])
        return u, i, np.arange(len(u)) < len(held)

    def _chances(self, user_idx: np.ndarray, graph: Graph | None = None):
        """Return each way's damped chances, (B, n_ways, n_items)."""
        walkers = self._walkers(graph) if graph else self.walkers_
        starts = self.user_nodes_[user_idx]
        shape = len(starts), len(self.ways_), self.train_.n_items
        found = np.zeros(shape)
        # the chance that a walk of this kind ends at the item
        for n, way in enumerate(self.ways_.values()):
            chance = walk_chances([walkers[step] for step in way], starts)
            found[:, n] = chance[:, self.item_nodes_].toarray()
        return found * self._damp()

    def _damp(self) -> np.ndarray:
        """Return the factor of each item, (n_items,): in `fit` a choice that
        is held back does not count.
        """
        chosen = self.graph_.matrix(CHOSE)[:, self.item_nodes_]
        return np.maximum(chosen.sum(axis=0), 1.0) ** -self.damping

    def score(self, user_idx, graph: Graph | None = None) -> np.ndarray:
        """Return all items' scores; zeros for a user without an edge.

        (n_items,) for one user, (B, n_items) for B. With `graph` the walker
        goes there instead: what the scores would be with some edges cut.
        """
        check_is_fitted(self)
        u = as_idx(user_idx, self.train_.n_users, "user")
        chances = self._chances(np.atleast_1d(u), graph)
        scores = np.einsum("bwi,w->bi", chances, self.weight_)
        return scores if u.ndim else scores[0]

    def paths(
        self, user_idx: int, item_idx: int
    ) -> list[tuple[GraphPath, float]]:
        """Return every path from a user to an item and its worth.

        The strongest first, for or against; for an item that the user has not
        chosen the worths sum to the score. (For a chosen one the walker may
        turn back, too, which is no path.) Empty where no way leads there.
        """
        check_is_fitted(self)
        u = int(as_idx(user_idx, self.train_.n_users, "user"))
        i = int(as_idx(item_idx, self.train_.n_items, "item"))
        start, goal = self.user_nodes_[u], self.item_nodes_[i]
        # its weight, its chance and the item's fame make its worth
        damp, found = self._damp()[i], []
        for weight, way in zip(self.weight_, self.ways_.values(), strict=True):
            steps = [self.walkers_[step] for step in way]
            for nodes, chance in walks_between(steps, start, goal):
                names = [self.graph_.nodes.raw[node] for node in nodes]
                worth = float(weight * chance * damp)
                found.append((GraphPath(tuple(names), way), worth))
        return sorted(found, key=lambda one: (-abs(one[1]), one[0].nodes))

    def explain(self, user_idx: int, item_idx: int) -> Explanation:
        """Return the exact explanation: what each link adds to the score.

        Evidence("path", a clause, worth): paths through other users are added
        up, since nobody is named. The weights sum to the score. Raise
        DataError where no path leads there, and for an item whose score holds
        walks that are no paths, as for one that the user chose.
        """
        # 1. All paths; there must be one.
        found = self.paths(user_idx, item_idx)
        user = self.train_.users.raw[user_idx]
        item = self.train_.items.raw[item_idx]
        if not found:
            raise DataError(
                f"no path leads from user {user!r} to item {item!r}: give the "
                "graph more to know them by, or recommend by popularity"
            )
        # 2. They sum to the score, or this is no explanation.
        score = self.score(user_idx)[item_idx]
        if not np.isclose(sum(value for _, value in found), score):
            raise DataError(
                f"to item {item!r} walks of user {user!r} turn back, so paths "
                "do not sum to the score: explain an item not chosen"
            )
        # 3. Paths that differ in their middle alone are one link.
        names = {way: name for name, way in self.ways_.items()}
        worth, links = Counter(), Counter()
        for path, value in found:
            link = names[path.steps], *self._link(path)
            worth[link] += value
            links[link] += 1
        # 4. What reads the same is said once, strongest first.
        said = Counter()
        for link, value in worth.items():
            said[say_link(*link, links[link])] += value
        pieces = sorted(said.items(), key=lambda one: (-abs(one[1]), one[0]))
        evidence = [Evidence("path", *piece) for piece in pieces]
        return Explanation(user, item, "PathCounts", tuple(evidence))

    def _link(self, path: GraphPath) -> tuple[str, str]:
        """Return the names of the first node and of what it shares with the
        goal; of another user none.
        """
        shown = []
        for node in (path.nodes[1], path.nodes[-2]):
            name, kind = name_of(node), node_kind(node)
            title = self.train_.title(name) if kind == "item" else name
            shown.append("" if kind == "user" else title)
        return shown[0], shown[1]

    def case(self, user_idx: int, item_idx: int) -> Case:
        """Return the case of one score: the links, each worth its paths.

        Taking one away leaves the others' worth as it was; `score` with a
        graph whose edges are cut lets the walker choose anew. Raise as
        `explain`.
        """
        return case_of_sum(self.explain(user_idx, item_idx), "PathCounts")


def say_link(way: str, via: str, by: str, count: int = 1) -> str:
    """Return a clause for the link of a way: see `SAID`.

    >>> say_link("same tag", "Birkhall Tunnel", "tents")
    'you chose Birkhall Tunnel, and both belong to tents'
    >>> say_link("ours", "mat", "")
    'ours by way of mat'
    """
    usual = "{way} by way of {via} {by}"
    words = SAID.get(way, usual).format(way=way, via=via, by=by, count=count)
    return words.strip().replace("as 1 others", "as one other")
