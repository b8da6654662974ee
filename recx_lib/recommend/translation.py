"""Chapter 15: every relation is a step in space (TransE).

If (head, relation, tail) holds, then head + relation ≈ tail (Bordes et al.,
2013, "Translating Embeddings for Modeling Multi-relational Data").
"""

from __future__ import annotations

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted

from recx_lib.core.checks import check_positive, check_whole
from recx_lib.core.errors import DataError
from recx_lib.recommend.graph import BACK, Graph


def distance(E: np.ndarray, R: np.ndarray, triples: np.ndarray) -> np.ndarray:
    """Return ‖head + relation − tail‖² of each triple, (B,).

    E is (n_nodes, d), R (n_relations, d), triples (B, 3) numbers.

    >>> E, R = np.array([[0.0, 1.0], [2.0, 1.0]]), np.array([[1.0, 0.0]])
    >>> distance(E, R, np.array([[0, 0, 1]]))
    array([1.])
    """
    head, relation, tail = triples.T
    return ((E[head] + R[relation] - E[tail]) ** 2).sum(axis=1)


def margin_loss(E, R, true, corrupted, margin: float) -> float:
    """Return Σ max(0, margin + distance(true) − distance(corrupted)).

    A true triple shall be nearer than its corrupted twin, by the margin.
    """
    gap = margin + distance(E, R, true) - distance(E, R, corrupted)
    return float(np.maximum(gap, 0).sum())


def margin_gradient(
    E, R, true, corrupted, margin: float
) -> tuple[np.ndarray, np.ndarray]:
    """Return the gradient of `margin_loss` with respect to E and R.

    Where the margin is kept it is 0; elsewhere a true triple pulls its ends
    together and a corrupted one pushes them apart.
    """
    gap = margin + distance(E, R, true) - distance(E, R, corrupted)
    dE, dR = np.zeros_like(E), np.zeros_like(R)
    for sign, triples in ((1, true), (-1, corrupted)):
        head, relation, tail = triples[gap > 0].T
        pull = 2 * sign * (E[head] + R[relation] - E[tail])  # (B, d)
        np.add.at(dE, head, pull)
        np.add.at(dE, tail, -pull)
        np.add.at(dR, relation, pull)
    return dE, dR


def corrupt(
    triples: np.ndarray, nodes_of: list[np.ndarray], rng: np.random.Generator
) -> np.ndarray:
    """Return the triples, each with another tail, drawn from `nodes_of` its
    relation.

    By chance a corrupted triple may be true, or the same; few are.
    """
    wrong = triples.copy()
    for relation in np.unique(triples[:, 1]):
        rows = np.flatnonzero(triples[:, 1] == relation)
        wrong[rows, 2] = rng.choice(nodes_of[relation], len(rows))
    return wrong


class TransE(BaseEstimator):
    """Give every node and relation `k` numbers, so that steps lead from head
    to tail.

    Stochastic gradient descent with AdaGrad's step sizes on `margin_loss`;
    nodes are kept on or inside the unit sphere. Learned: `E_` (n_nodes, k),
    `R_` (n_relations, k), `losses_` per epoch.
    """

    def __init__(
        self,
        k: int = 32,
        margin: float = 1.0,
        lr: float = 0.1,
        n_epochs: int = 20,
        batch: int = 512,
        seed: int = 0,
    ):
        self.k, self.margin, self.lr = k, margin, lr
        self.n_epochs, self.batch, self.seed = n_epochs, batch, seed

    def fit(self, graph: Graph) -> TransE:
        """Learn from the edges of a graph; raise DataError for a parameter
        that is not positive.
        """
        check_whole(k=self.k, n_epochs=self.n_epochs, batch=self.batch)
        check_positive(margin=self.margin, lr=self.lr)
        self.graph_ = graph
        rng = np.random.default_rng(self.seed)
        self.E_ = rng.normal(0, self.k**-0.5, (len(graph.nodes), self.k))
        self.R_ = rng.normal(0, self.k**-0.5, (len(graph.relations), self.k))
        self.tails_ = tails_of(graph)
        speed = np.full(len(self.E_), 1e-8), np.full(len(self.R_), 1e-8)
        self.losses_ = [self._epoch(rng, speed) for _ in range(self.n_epochs)]
        return self

    def _epoch(self, rng: np.random.Generator, speed) -> float:
        """Go once through the edges in a random order; return the loss."""
        total, edges = 0.0, rng.permutation(self.graph_.edges)
        for start in range(0, len(edges), self.batch):
            true = edges[start : start + self.batch]
            wrong = corrupt(true, self.tails_, rng)
            pair = self.E_, self.R_
            total += margin_loss(*pair, true, wrong, self.margin)
            slopes = margin_gradient(*pair, true, wrong, self.margin)
            for numbers, slope, past in zip(pair, slopes, speed, strict=True):
                past += (slope**2).mean(axis=1)
                numbers -= self.lr * slope / np.sqrt(past)[:, None]
            length = np.linalg.norm(self.E_, axis=1, keepdims=True)
            self.E_ /= np.maximum(length, 1)
        return total / len(edges)

    def nearness(self, heads, relation: str, tails) -> np.ndarray:
        """Return −distance of every head to every tail, (n_heads, n_tails).

        `heads` and `tails` are nodes by name. Raise DataError for an unknown
        node, or a relation that training never saw.

        >>> edge = ("user:ann", "chose", "item:tent")
        >>> model = TransE(n_epochs=1).fit(Graph.of([edge]))
        >>> model.nearness(["user:ann"], "likes", ["item:tent"])
        Traceback (most recent call last):
        recx_lib.core.errors.DataError: unknown id 'likes': ...
        """
        check_is_fitted(self)
        nodes, relations = self.graph_.nodes, self.graph_.relations
        step = self.R_[relations.idx(relation)]
        goals = self.E_[nodes.idx(heads)] + step  # (n_heads, k)
        ends = self.E_[nodes.idx(tails)]  # (n_tails, k)
        squares = (goals**2).sum(axis=1)[:, None] + (ends**2).sum(axis=1)
        return 2 * goals @ ends.T - squares

    def edges_at(self, node: str) -> list[tuple[float, str, str]]:
        """Return (distance, step, next node) of every edge at a node, cheapest
        first; raise DataError for an unknown node.
        """
        check_is_fitted(self)
        graph, found = self.graph_, []
        at = graph.nodes.idx(node)
        for mark, here, there in (("", 0, 2), (BACK, 2, 0)):
            edges = graph.edges[graph.edges[:, here] == at]
            price = distance(self.E_, self.R_, edges).tolist()
            for cost, edge in zip(price, edges.tolist(), strict=True):
                step = mark + graph.relations.raw[edge[1]]
                found.append((cost, step, graph.nodes.raw[edge[there]]))
        return sorted(found)


def tails_of(graph: Graph) -> list[np.ndarray]:
    """Return, for every relation, the numbers of the nodes it leads to."""
    found = []
    for relation in range(len(graph.relations)):
        of_it = graph.edges[:, 1] == relation
        found.append(np.unique(graph.edges[of_it, 2]))
    return found


def filtered_ranks(
    scores: np.ndarray, true: np.ndarray, known: np.ndarray
) -> np.ndarray:
    """Return the place of each row's true column, (n,), 1 for the best.

    `scores` is (n, n_tails), `true` (n,) columns, `known` (n, n_tails) marks
    other tails that are true as well: these are left out, since to rank them
    above is no mistake. Of equal scores the place is the middle one. Raise
    DataError where the true tail itself is marked as known.

    >>> scores, known = np.array([[0.9, 0.5, 0.7]]), np.array([[True, 0, 0]])
    >>> filtered_ranks(scores, np.array([1]), known)
    array([2.])
    """
    rows = np.arange(len(scores))
    if known[rows, true].any():
        row = int(np.flatnonzero(known[rows, true])[0])
        raise DataError(
            f"row {row}: the tail to be found is marked as known, a leak: "
            "mark the other true tails only"
        )
    own = scores[rows, true][:, None]
    better = ((scores > own) & ~known).sum(axis=1)
    equal = ((scores == own) & ~known).sum(axis=1)  # itself among them
    return better + (equal + 1) / 2
