"""Chapter 3: read a sentence back with the grammar that wrote it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from nltk import Tree
from nltk.featstruct import TYPE
from nltk.grammar import FeatureGrammar
from nltk.parse import FeatureChartParser


def read_back(
    tokens: Sequence[str], grammar: FeatureGrammar
) -> set[tuple[tuple[str, int], ...]]:
    """Parse a sentence with the grammar that wrote it: every reading.

    As (name, side) pairs, in order. `tokens` are those of `realise`: a name of
    several words is one token. An empty set: not a sentence of the grammar.
    """
    known = set()  # a parser accepts no word that its grammar lacks
    for rule in grammar.productions():
        known.update(part for part in rule.rhs() if isinstance(part, str))
    if not known.issuperset(tokens):
        return set()
    trees = FeatureChartParser(grammar).parse(list(tokens))
    return {tuple(_messages(tree)) for tree in trees}


def _messages(tree: Tree) -> Iterator[tuple[str, int]]:
    """Yield the name and the side of each message of a tree, in order."""
    label = tree.label()
    sides = [label["L"], label["R"]]
    for node in tree.subtrees(_is_name):
        polarity = sides[node.label()["I"]]
        yield node[0], 1 if polarity == "good" else -1


def _is_name(node: Tree) -> bool:
    kind, first = node.label()[TYPE], [*node, None][0]
    is_clause = kind == "CLAUSE" and isinstance(first, str)
    return kind in ("N", "ITEM") or is_clause
