"""Checks of the exercises on paths and rules."""

from __future__ import annotations

from copy import deepcopy

import numpy as np

from recx_check.core import Checks, Miss, expect

checks = Checks()
check, require = checks.check, checks.require


def degree(edges, node, relation):
    """Return how many edges of a relation touch a node."""
    return sum(r == relation and node in (h, t) for h, r, t in edges)


def product(edges, nodes, relations, count=degree):
    """Return the product of 1 / count over the steps."""
    return float(np.prod([1 / max(1, count(edges, n, r)) for n, r in zip(nodes, relations, strict=False)]))


def shop(seed):
    """Return edges drawn at random, and a walk of three steps in them."""
    rng = np.random.default_rng(seed)
    edges = {("u0", "chose", "i0"), ("u1", "chose", "i0"), ("u1", "chose", "i1"), ("u2", "chose", "i0")}
    edges |= {("i0", "tagged", "t0"), ("i1", "tagged", "t0"), ("i2", "tagged", "t0")}
    for _ in range(12):
        edges.add((f"u{rng.integers(5)}", "chose", f"i{rng.integers(4)}"))
    return sorted(edges)


WALKS = [
    (["u0", "i0", "u1", "i1"], ["chose", "chose", "chose"]),
    (["u0", "i0", "t0", "i1"], ["chose", "tagged", "tagged"]),
    (["u1", "i0"], ["chose"]),
]


@checks.test("chance")
def _(chance):
    """Walks by others and by a tag, in drawn graphs:"""
    for seed in range(4):
        for nodes, relations in WALKS:
            edges = shop(seed)
            want = product(edges, nodes, relations)
            every = product(edges, nodes, relations, lambda e, n, r: sum(n in (h, t) for h, _, t in e))
            heads = product(edges, nodes, relations, lambda e, n, r: sum(q == r and n == h for h, q, _ in e))
            steps = zip(nodes, relations, strict=False)
            added = float(sum(1 / degree(edges, node, relation) for node, relation in steps))
            last = want / max(1, degree(edges, nodes[-1], relations[-1]))
            expect(
                chance(list(edges), list(nodes), list(relations)),
                want,
                f"The walk {' - '.join(nodes)}: at each node but the last, one over its edges of the step's relation.",
                (every, "Count the edges of this relation only: the tags of a thing are no choices."),
                (heads, "An edge can be walked in either direction: the node may stand as head or as tail."),
                (added, "Along a path chances multiply; they are added over paths."),
                (last, "At the last node the walker does not choose any more."),
            )


REVIEWS = [
    ("ann", "mat", "warmth"),
    ("ben", "mat", None),
    ("ben", "tent", "weight"),
    ("cleo", "mat", "warmth"),
    ("ann", "tent", None),
    ("cleo", "tent", "setup"),
    ("dan", "tent", "setup"),
]
HELD = [False, False, True, True, True, False, True]


@checks.test("safe_edges")
def _(safe_edges):
    """Seven reviews, four held back:"""
    want = set()
    for (user, item, aspect), held in zip(REVIEWS, HELD, strict=True):
        if not held:
            want |= {(user, "chose", item)} | ({(item, "praised for", aspect)} if aspect else set())
    got = safe_edges(list(REVIEWS), list(HELD))
    if not isinstance(got, (set, frozenset)):
        raise Miss("Return a set of triples.")
    for edge in sorted(got - want, key=str):
        if edge[2] is None:
            raise Miss(f"{edge}: that review praises nothing, so no such edge.")
        if edge[1] == "chose":
            raise Miss(f"{edge} is a choice that is to be foretold: a test edge in the graph.")
        raise Miss(f"{edge} was written in a test review and in no training review: it leaks, though no choice does.")
    for edge in sorted(want - got):
        raise Miss(f"{edge} is missing: a training review says so as well.")


def parts(chosen, tag_of, tag, head):
    """Return those with the body by another item, by any item, and with the head."""
    other = [m for m in chosen.values() if any(tag_of[i] == tag for i in m - {head})]
    naive = [m for m in chosen.values() if any(tag_of[i] == tag for i in m)]
    having = [m for m in chosen.values() if head in m]
    return other, naive, having


@checks.test("confidence")
def _(confidence):
    """Baskets drawn at random:"""
    names = ["mat", "tent", "bag", "lamp", "mug"]
    tag_of = dict(zip(names, ["sleep", "sleep", "sleep", "light", "cook"], strict=True))
    for seed in range(8):
        rng = np.random.default_rng(seed)
        chosen = {f"u{n}": {name for name in names if rng.random() < 0.35} for n in range(12)}
        chosen |= {"x": {"tent"}, "y": {"tent", "mug"}, "z": {"mat", "tent"}}
        other, naive, having = parts(chosen, tag_of, "sleep", "tent")
        both = sum("tent" in mine for mine in other)
        expect(
            confidence(deepcopy(chosen), dict(tag_of), "sleep", "tent"),
            both / len(other),
            "Of those with something of the tag other than the head, the share that has the head.",
            (sum("tent" in m for m in naive) / len(naive), "The head vouches for itself: who has the tent alone."),
            (both / len(naive), "Who has the body by the head alone stays in the body: leave them out of it, too."),
            (both / len(having), "That is the share of those with the head who have the body: turn it round."),
        )


@checks.test("confidence")
def _(confidence):
    """A head of another tag, and a body that nobody has:"""
    chosen, tag_of = {"a": {"mat"}, "b": {"mat", "mug"}}, {"mat": "sleep", "mug": "cook", "tent": "sleep"}
    expect(confidence(deepcopy(chosen), dict(tag_of), "sleep", "mug"), 0.5, "Of two with a mat, one has the mug.")
    got = confidence({"a": {"tent"}, "b": {"mug"}}, dict(tag_of), "sleep", "tent")
    if got is not None:
        raise Miss("Here nobody has the body by another item than the head: return None, as there is nothing to say.")


def rests(edges):
    """A score that rests on a and b together, less on c, and on nothing else."""
    return 2.0 * ({"a", "b"} <= set(edges)) + 1.0 * ("c" in edges) + 0.25 * ("e" in edges)


@checks.test("is_why")
def _(is_why):
    """Cut, and look:"""
    whole = {"a", "b", "c", "d", "e"}
    for path, others, want, why in (
        (["a", "b"], [["c"], ["d"]], True, "it costs 2, the others 1 and 0."),
        (["c"], [["a"], ["d"], ["d"]], False, "one costs more: look at every one of the others."),
        (["d"], [], False, "cutting it moves nothing."),
        (["a"], [["b"]], False, "the other costs as much."),
        (["e"], [["d"]], True, "it costs a little, the other nothing."),
        (["c", "a"], [["e"]], True, "it costs 3, the other a little."),
    ):
        mine = set(whole)
        got = is_why(rests, mine, list(path), [list(one) for one in others])
        if mine != whole:
            raise Miss("Leave the set of edges as it was: `edges - set(path)` is a new one.")
        if not isinstance(got, tuple) or len(got) != 2:
            raise Miss("Return a pair: the fall, and whether the path is why.")
        expect(
            got[0],
            rests(whole) - rests(whole - set(path)),
            f"The fall is the score of all edges less that without {path}.",
            (rests(whole) - rests(set(path)), "That is what is lost when you keep only the path: cut it instead."),
        )
        if bool(got[1]) != want:
            raise Miss(f"{path} against {others}: expected {want}, {why}")


@checks.test("crowded")
def _(crowded):
    """The walker goes through your graph:"""
    try:
        edges = sorted({(str(h), str(r), str(t)) for h, r, t in crowded()})
    except (TypeError, ValueError):
        raise Miss("Give a list of triples (head, relation, tail).") from None
    if any(r != "chose" for _, r, _ in edges):
        raise Miss("All edges are of the relation 'chose'.")
    chosen = {}
    for head, _, tail in edges:
        chosen.setdefault(head, set()).add(tail)
    if set(chosen) & {tail for _, _, tail in edges}:
        raise Miss("Nobody is a thing: a name may stand as a user or as a thing, not as both.")
    mine = chosen.get("ann", set())
    if "tent" in mine:
        raise Miss("Ann has it already: the tent is to be recommended to her.")
    worths = []
    for thing in mine:
        buyers = [user for user in chosen if thing in chosen[user]]
        for user in buyers:
            if user != "ann" and "tent" in chosen[user]:
                worths.append(1 / len(mine) / len(buyers) / len(chosen[user]))
    if not worths:
        raise Miss("The walker does not reach the tent in three steps.")
    total = sum(worths)
    if total < 0.05:
        raise Miss(f"The whole chance is {total:.3f}; let it be at least 0.05.")
    if max(worths) / total >= 0.1:
        raise Miss(
            f"The strongest one path carries {max(worths) / total:.0%} of the whole: less than a tenth is asked."
        )
