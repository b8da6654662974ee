"""Chapter 15: rules mined from a graph.

A Horn rule says: whoever has the body has the head. "chose(x, mat) and speaks
of(x, warmth) => chose(x, bag)": two atoms in the body, one in the head.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from recx_lib.core.checks import check_whole
from recx_lib.core.errors import DataError
from recx_lib.recommend.graph import Graph, name_of

PRIOR = 10  # a rule counts as if seen on ten more, of whom the usual share did


class Atom(NamedTuple):
    """One condition on x: an edge to a node, or a way of two steps to it.

    >>> print(Atom(("chose", "tagged"), "tag:tents"))
    chose(x, y) and tagged(y, tents)
    """

    steps: tuple[str, ...]
    node: str

    def __str__(self) -> str:
        name = name_of(self.node)
        if len(self.steps) == 1:
            return f"{self.steps[0]}(x, {name})"
        return f"{self.steps[0]}(x, y) and {self.steps[1]}(y, {name})"


@dataclass(frozen=True)
class HornRule:
    """Whoever has all of `body` has `head`.

    Of `n` entities with the body, `support` have the head as well;
    `confidence` is their share. `pca` is the share among those with the body
    of whom anything is known by the head's relation: who has no such edge may
    have the head and we not know it (Galárraga et al., 2013, "AMIE").
    """

    body: tuple[Atom, ...]
    head: Atom
    n: int
    support: int
    pca: float
    base: float  # the head's share among all

    @property
    def confidence(self) -> float:
        return self.support / self.n

    @property
    def believed(self) -> float:
        """The confidence, drawn towards `base` where it rests on few."""
        return (self.support + PRIOR * self.base) / (self.n + PRIOR)

    def __str__(self) -> str:
        body = " and ".join(map(str, self.body)) or "true"
        return f"{body} => {self.head}"


@dataclass(frozen=True)
class Facts:
    """What is known of entities of one kind: how often each atom holds.

    `count` is (n_entities, n_atoms): in how many ways.
    """

    graph: Graph
    entities: Sequence[str]
    atoms: tuple[Atom, ...]
    count: np.ndarray

    @classmethod
    def of(
        cls,
        graph: Graph,
        entities: Sequence[str],
        ways: Sequence[Sequence[str]],
    ) -> Facts:
        """Return what the ways, of one or two steps, tell of entities.

        Raise DataError for an unknown entity or relation.
        """
        # for each way, the ends that anybody reaches
        rows, atoms, tables = graph.nodes.idx(entities), [], []
        for way in ways:
            table = graph.matrix(way[0])[rows]
            for step in way[1:]:
                table = table @ graph.matrix(step)
            seen = np.flatnonzero(table.sum(axis=0))
            atoms += [Atom(tuple(way), graph.nodes.raw[node]) for node in seen]
            tables.append(table[:, seen].toarray())
        return cls(graph, entities, tuple(atoms), np.hstack(tables))

    def holds(self, body: Sequence[Atom]) -> np.ndarray:
        """Return which entities have all of a body, (n_entities,) bool.

        All, where it is empty; raise DataError for an unknown atom.
        """
        rows = np.ones(len(self.entities), dtype=bool)
        for atom in body:
            if atom not in self.atoms:
                raise DataError(f"nobody has {atom}: a rule without support")
            rows &= self.count[:, self.atoms.index(atom)] > 0
        return rows


def through(facts: Facts, heads: Sequence[int]) -> np.ndarray:
    """Return which atoms can hold by way of a head, (n_atoms, n_heads) bool.

    A head must not vouch for itself: who chose one tent, the head, has
    "chose(x, y) and tagged(y, tents)" by it.
    """
    # 1. The head leads to itself.
    nodes = facts.graph.nodes
    found = np.zeros((len(facts.atoms), len(heads)), dtype=bool)
    found[heads, np.arange(len(heads))] = True
    first = facts.atoms[heads[0]].steps[0]
    rows = nodes.idx([facts.atoms[head].node for head in heads])
    # 2. And one step on, to all that hangs on it.
    for way in {atom.steps for atom in facts.atoms}:
        if len(way) == 2 and way[0] == first:
            at = [n for n, atom in enumerate(facts.atoms) if atom.steps == way]
            ends = nodes.idx([facts.atoms[n].node for n in at])
            leads = facts.graph.matrix(way[1])[rows][:, ends]
            found[at] = leads.toarray().T > 0
    return found


def mine_rules(
    facts: Facts,
    relation: str,
    least: int = 5,
    per_head: int = 20,
    longest: int = 1,
) -> list[HornRule]:
    """Return the rules whose head is an atom of `relation`, surest first.

    `least` entities or more must have body and head, and the head must be
    more frequent among those with the body than among all. Of each head the
    `per_head` most believed are kept. A body has one atom; with `longest` 2
    also two, where the pair is more confident than either alone. Raise
    DataError where the facts have no atom of the relation, or a parameter is
    below 1.

    >>> edges = []
    >>> for user in "abc":
    ...     edges += [[f"user:{user}", "chose", f"item:{i}"] for i in "xy"]
    >>> edges += [["user:d", "chose", "item:z"]]
    >>> graph = Graph.of(edges)
    >>> facts = Facts.of(graph, [f"user:{u}" for u in "abcd"], [("chose",)])
    >>> print(*mine_rules(facts, "chose", least=2), sep=" | ")
    chose(x, x) => chose(x, y) | chose(x, y) => chose(x, x)
    """
    check_whole(least=least, per_head=per_head, longest=longest)
    heads = [n for n, a in enumerate(facts.atoms) if a.steps == (relation,)]
    if not heads:
        raise DataError(
            f"no rule can have the head {relation!r}: the facts know nothing "
            "of it; give it among the ways"
        )
    by_itself = through(facts, heads)  # (n_atoms, n_heads)
    known = (facts.count[:, heads] > 0).any(axis=1)  # (n_entities,)
    rules = []
    for head, via in zip(heads, by_itself.T, strict=True):
        has = facts.count[:, head] > 0
        holds = facts.count > 0
        place = np.ix_(has, via)
        holds[place] = facts.count[place] > 1  # by another way, too
        found = bodies_of(holds, has, least, per_head, longest)
        for body, n, support in found:
            atoms = tuple(facts.atoms[at] for at in body)
            sure = support / holds[known][:, list(body)].all(axis=1).sum()
            what = atoms, facts.atoms[head], int(n), int(support)
            rules.append(HornRule(*what, float(sure), float(has.mean())))
    return sorted(rules, key=lambda rule: (-rule.believed, str(rule)))


def bodies_of(
    holds: np.ndarray, has: np.ndarray, least: int, per_head: int, longest: int
) -> list[tuple[tuple[int, ...], int, int]]:
    """Return (body, n, support) of the most believed bodies for one head.

    `holds` (n_entities, n_atoms) says who has which atom, `has` (n_entities,)
    who has the head. A body is one or two numbers of atoms.
    """
    base = has.mean()

    def believed(one):
        _, n, support = one
        return -(support + PRIOR * base) / (n + PRIOR), one[0]

    # 1. one atom each
    n, support = holds.sum(axis=0), holds[has].sum(axis=0)
    good = (support >= least) & (support > base * n)
    single = [((at,), n[at], support[at]) for at in np.flatnonzero(good)]
    single = sorted(single, key=believed)[:per_head]
    # 2. two together, where the pair is surer than either
    if longest == 1:
        return single
    at = [body[0] for body, _, _ in single]
    own = holds[:, at].astype(float)  # (n_entities, n_single)
    n, support = own.T @ own, own[has].T @ own[has]
    sure = support.diagonal() / n.diagonal()
    surer = support > n * np.maximum.outer(sure, sure)
    pairs = np.argwhere(np.triu(surer & (support >= least), k=1))
    double = []
    for a, b in pairs:
        body = tuple(sorted((at[a], at[b])))
        double.append((body, n[a, b], support[a, b]))
    return sorted(single + double, key=believed)[:per_head]
