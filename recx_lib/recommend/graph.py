"""Chapter 15: what is known of users and items as a graph of triples.

An edge is a triple (head, relation, tail); a node is written "kind:name", as
in "user:u012" or "aspect:warmth".
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd
from scipy import sparse

from recx_lib.core.errors import DataError
from recx_lib.data.columns import read_columns
from recx_lib.data.profiles import item_profile, user_profile
from recx_lib.data.reviews import Ids, Reviews

TRIPLE = ["head", "relation", "tail"]
CHOSE = "chose"
BACK = "~"  # "~chose": the same edges, from the item to the user


@dataclass(frozen=True)
class Graph:
    """Triples with their nodes and relations numbered.

    `edges` (n_edges, 3) holds the numbers of head, relation and tail, every
    triple once.

    >>> graph = Graph.of([("user:ann", "chose", "item:tent")])
    >>> graph.neighbours("item:tent")
    [('~chose', 'user:ann')]
    """

    nodes: Ids
    relations: Ids
    edges: np.ndarray

    @classmethod
    def of(cls, triples, nodes: Iterable[str] = ()) -> Graph:
        """Return the graph of (head, relation, tail) rows, or of a table with
        these columns.

        A triple that stands twice counts once; `nodes` are there even without
        an edge. Raise DataError for a missing column, no rows, an empty cell,
        or a node that is not "kind:name".
        """
        triples = _as_table(triples)
        nodes = Ids([*triples["head"], *triples["tail"], *nodes])
        relations = Ids(triples["relation"])
        head, tail = nodes.idx(triples["head"]), nodes.idx(triples["tail"])
        relation = relations.idx(triples["relation"])
        edges = np.column_stack([head, relation, tail])
        return cls(nodes, relations, np.unique(edges, axis=0))

    def __len__(self) -> int:
        return len(self.edges)

    @property
    def triples(self) -> pd.DataFrame:
        """The edges in words: columns head, relation, tail."""
        nodes, relations = np.array(self.nodes.raw), self.relations.raw
        head, relation, tail = self.edges.T
        words = nodes[head], np.array(relations)[relation], nodes[tail]
        return pd.DataFrame(dict(zip(TRIPLE, words, strict=True)))

    def matrix(self, step: str) -> sparse.csr_array:
        """Return (n_nodes, n_nodes), 1 where `step` leads from row to column.

        A step is a relation, or "~" and a relation: the same edges backwards.
        Raise DataError for a relation that the graph does not have.
        """
        relation = step.removeprefix(BACK)
        of_it = self.edges[:, 1] == self.relations.idx(relation)
        head, _, tail = self.edges[of_it].T
        place = (tail, head) if step.startswith(BACK) else (head, tail)
        shape = len(self.nodes), len(self.nodes)
        return sparse.csr_array((np.ones(len(head)), place), shape=shape)

    def neighbours(self, node: str) -> list[tuple[str, str]]:
        """Return (step, node) for every edge at a node, sorted.

        Empty for a node without edges; raise DataError for an unknown one.
        """
        at, found = self.nodes.idx(node), []
        # an edge can be walked both ways
        for head, relation, tail in self.edges:
            name = self.relations.raw[relation]
            if head == at:
                found.append((name, self.nodes.raw[tail]))
            if tail == at:
                found.append((BACK + name, self.nodes.raw[head]))
        return sorted(found)

    def without(self, triples: Iterable[tuple[str, str, str]]) -> Graph:
        """Return the graph with these edges cut, its nodes numbered as before.

        Raise DataError for an edge that it does not have.
        """
        kept = np.ones(len(self), dtype=bool)
        for head, relation, tail in triples:
            ends = self.nodes.idx([head, tail])
            wanted = [ends[0], self.relations.idx(relation), ends[1]]
            at = np.flatnonzero((self.edges == wanted).all(axis=1))
            if at.size == 0:
                edge = f"{head} {relation} {tail}"
                raise DataError(f"no edge {edge!r} to cut: see neighbours()")
            kept[at] = False
        return replace(self, edges=self.edges[kept])


@dataclass(frozen=True)
class GraphPath:
    """A walk through a graph: one node more than steps, none twice.

    >>> nodes = "user:ann", "item:mat", "tag:beds", "item:cot"
    >>> way = "chose", "tagged", "~tagged"
    >>> print(GraphPath(nodes, way))
    user:ann -chose-> item:mat -tagged-> tag:beds <-tagged- item:cot
    >>> GraphPath(nodes, way).edges[-1]
    ('item:cot', 'tagged', 'tag:beds')
    """

    nodes: tuple[str, ...]
    steps: tuple[str, ...]

    @property
    def edges(self) -> tuple[tuple[str, str, str], ...]:
        """The triples it runs along, head first."""
        found = []
        for at, step in enumerate(self.steps):
            here, there = self.nodes[at : at + 2]
            if step.startswith(BACK):
                here, there = there, here
            found.append((here, step.removeprefix(BACK), there))
        return tuple(found)

    def __str__(self) -> str:
        words = [self.nodes[0]]
        for step, node in zip(self.steps, self.nodes[1:], strict=True):
            is_back = step.startswith(BACK)
            words.append(f"<-{step[1:]}-" if is_back else f"-{step}->")
            words.append(node)
        return " ".join(words)


def node_kind(node: str) -> str:
    """Return the kind of a node: "user" of "user:u012"."""
    return node.partition(":")[0]


def name_of(node: str) -> str:
    """Return the name of a node: "u012" of "user:u012"."""
    return node.partition(":")[2]


def graph_of(
    train: Reviews,
    mentions: pd.DataFrame | None = None,
    facts: pd.DataFrame | None = None,
) -> Graph:
    """Return the graph of a training part: who chose what, and what it is.

    Edges: user chose item, item tagged tag; with `mentions` (of which only
    those of training reviews are looked at) item praised for aspect, item
    blamed for aspect and user speaks of aspect, where a profile stands out
    from the mean by a standard deviation. `facts` are further triples; all
    users and items are nodes. Raise DataError as `Graph.of`, and for mentions
    that contradict the reviews.

    >>> from recx_lib.data.load import load_shop
    >>> graph_of(load_shop()).relations.raw
    ['chose', 'tagged']
    """
    # 1. Who chose what.
    chose = train.frame[["user", "item"]].set_axis(["head", "tail"], axis=1)
    chose = chose.assign(relation=CHOSE)
    chose["head"] = "user:" + chose["head"]
    chose["tail"] = "item:" + chose["tail"]
    # 2. What the tags say.
    tagged = []
    for item in train.items.raw:
        for tag in train.tags.get(item, ()):
            tagged.append((f"item:{item}", "tagged", f"tag:{tag}"))
    tables = [chose, pd.DataFrame(tagged, columns=TRIPLE)]
    # 3. What reviews praise and blame beyond the usual.
    if mentions is not None:
        items = item_profile(mentions, train)
        users = user_profile(mentions, train)
        tables.append(_outstanding(items, "item", "praised for"))
        tables.append(_outstanding(-items, "item", "blamed for"))
        tables.append(_outstanding(users, "user", "speaks of"))
    tables += [] if facts is None else [facts]
    # 4. Everybody is a node, with or without edges.
    nodes = [f"user:{user}" for user in train.users.raw]
    nodes += [f"item:{item}" for item in train.items.raw]
    return Graph.of(pd.concat(tables)[TRIPLE], nodes)


def _outstanding(
    profile: pd.DataFrame, kind: str, relation: str
) -> pd.DataFrame:
    """Return triples for what lies above 0 and a deviation above the mean."""
    bar = np.maximum(profile.mean() + profile.std(), 0)
    rows, columns = np.nonzero((profile > bar).to_numpy())
    found = pd.DataFrame({"relation": [relation] * len(rows)})
    found["head"] = [f"{kind}:{profile.index[n]}" for n in rows]
    found["tail"] = [f"aspect:{profile.columns[n]}" for n in columns]
    return found


def check_no_test_edge(graph: Graph, test: Reviews) -> None:
    """Raise DataError, naming it, if a test pair is an edge of the graph."""
    triples = graph.triples
    chosen = triples[triples["relation"] == CHOSE]
    pairs = set(zip(chosen["head"], chosen["tail"], strict=True))
    for review, user, item in test.frame[["user", "item"]].itertuples():
        if (f"user:{user}", f"item:{item}") in pairs:
            raise DataError(
                f"test review {review}: that {user!r} chose {item!r} is an "
                "edge of the graph, a leak: build it from the training part"
            )


def read_graph(path: Path | str) -> Graph:
    """Return the graph of a table of triples (CSV, TSV or JSON lines).

    Raise DataError, naming the file, when a column is missing or a row cannot
    be used.
    """
    # a graph's three columns, each row named by its line
    found = read_columns(path)
    missing = [name for name in TRIPLE if name not in found.values]
    if missing:
        there = ", ".join(found.values)
        raise DataError(
            f"{path}: no column {missing[0]!r}, there are {there}; a graph's "
            "file has head, relation and tail"
        )
    table = pd.DataFrame({name: found.values[name] for name in TRIPLE})
    table.index = found.lines
    try:
        return Graph.of(table)
    except DataError as error:
        raise DataError(f"{path}: {error}") from None


def _as_table(triples) -> pd.DataFrame:
    """Return rows as a table; raise DataError for the first thing that makes
    no graph.
    """
    if not isinstance(triples, pd.DataFrame):
        rows = [tuple(row) for row in triples]
        for row in rows:
            if len(row) != 3:
                raise DataError(f"{row} is no triple: head, relation, tail")
        triples = pd.DataFrame(rows, columns=TRIPLE)
    for column in TRIPLE:
        if column not in triples:
            there = ", ".join(map(str, triples.columns))
            raise DataError(f"triples need a column {column!r}: got {there}")
    if len(triples) == 0:
        raise DataError("a graph needs at least one triple: there is none")
    for column in TRIPLE:
        cells = triples[column].fillna("").astype(str).str.strip()
        form = r"[^:]+:.+" if column != "relation" else r"[^~].*"
        wrong = np.flatnonzero(~cells.str.fullmatch(form))
        if wrong.size:
            row, value = triples.index[wrong[0]], cells.iloc[wrong[0]]
            form = "kind:name" if column != "relation" else "without '~'"
            raise DataError(
                f"row {row}: {column} {value!r} must be written {form}"
            )
    return triples
