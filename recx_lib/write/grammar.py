"""Chapter 3: an explanation as a sentence, in five steps.

Content, words, syntax tree, realisation, polish.
"""

from __future__ import annotations

import math
import random
import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import NamedTuple

from nltk import Tree
from nltk.featstruct import unify
from nltk.grammar import FeatStructNonterminal, FeatureGrammar, Production

from recx_lib.core.errors import DataError
from recx_lib.core.evidence import Explanation, Rationale
from recx_lib.data.tokens import singular
from recx_lib.write.grammar_text import GRAMMAR

PLURALS = frozenset(
    ["children", "feet", "men", "mice", "people", "teeth", "women"]
)
PEOPLE = ("customers", "buyers", "owners")
NOTHING = "We have nothing to go by for {title} yet."
CLAUSES = ("path", "rule", "swap")  # kinds whose name is a whole clause
SAID = ("aspect", "item", *CLAUSES)  # kinds of evidence that have words
UNSAID = ("bias", "feature")  # and those that have none


class Message(NamedTuple):
    """One thing to say.

    `kind` is "aspect", "item", "path", "rule" or "swap", `name` the words for
    it (of the last three a whole clause), `side` +1 in favour or −1 against.
    """

    kind: str
    name: str
    side: int


def choose_content(explanation: Explanation, n: int = 2) -> list[Message]:
    """Step 1: the `n` strongest aspects, items, paths, rules and swaps.

    Those that agree with the sum of the chosen come first. Weights of one name
    are added up; a weight of 0 says nothing and is left out. Evidence of the
    kinds "bias" and "feature" has no words and goes unsaid (`choose_opening`
    counts it). Raise DataError for any other kind, and for a weight that is
    not finite.
    """
    weights: dict[tuple[str, str], float] = defaultdict(float)
    for kind, name, weight in explanation.evidence:
        if not math.isfinite(weight):
            told = f"the weight of {name!r} is {weight}"
            raise DataError(f"{told}: how far for or against?")
        if kind in SAID:
            weights[kind, name] += weight
        elif kind not in UNSAID:
            known = f"the grammar knows {', '.join(SAID + UNSAID)}"
            raise DataError(f"{name!r} is evidence of kind {kind!r}: {known}")
    # 1. the strongest
    told = [key for key in weights if weights[key]]
    said = sorted(told, key=lambda key: -abs(weights[key]))[:n]
    # 2. those with the sum's side first; within each side the stronger first
    total = sum(weights[key] for key in said)
    said.sort(key=lambda key: (weights[key] > 0) != (total >= 0))
    return [Message(*key, 1 if weights[key] > 0 else -1) for key in said]


def choose_opening(
    explanation: Explanation, messages: Sequence[Message], mean: float = 0.0
) -> str:
    """Return the symbol to start from, so that the opening follows the score.

    "OPEN" where the score is on the side of the first message, which may then
    be given as the reason; "TURN" where what goes unsaid decided otherwise;
    "BODY", none, for a swap: it tells of a place, not of what suits. The
    score is the explanation's total, all its evidence, against `mean`, the
    total of a usual item (0 where evidence counts from the mean already, as
    the linear model's does). Raise DataError if it is no number.

    >>> from recx_lib.core.evidence import Evidence
    >>> liked, fit = Evidence("bias", "", 0.9), Evidence("aspect", "fit", -0.2)
    >>> why = Explanation("ann", "tent", "linear", (liked, fit))
    >>> choose_opening(why, choose_content(why))
    'TURN'
    >>> choose_opening(why, choose_content(why), mean=1.0)
    'OPEN'
    """
    if messages[0].kind == "swap":
        return "BODY"
    score = explanation.total - mean
    if math.isnan(score):
        raise DataError(f"the score against mean={mean} is no number")
    is_for = score >= 0
    return "OPEN" if is_for == (messages[0].side > 0) else "TURN"


def number(noun: str) -> str:
    """Return "pl" for a noun in the plural, else "sg".

    Of several words the one that governs the verb decides.

    >>> [number(noun) for noun in ("straps", "bass", "ease of setup", "feet")]
    ['pl', 'sg', 'sg', 'pl']
    """
    head = noun.split(" of ")[0].split()[-1]
    return "pl" if head in PLURALS or singular(head) != head else "sg"


def choose_words(
    messages: Sequence[Message],
    title: str,
    opinions: Mapping[tuple[str, int], Sequence[str]] | None = None,
    people: Sequence[str] | None = None,
) -> FeatureGrammar:
    """Step 2: the grammar's rules plus the words for these messages.

    Message 0, 1 has the feature I=0, I=1. `opinions` maps (aspect, side) to
    adjectives that reviewers use of it, added to the general ones; `people`
    are the words for those who reviewed (None: `PEOPLE`).
    """
    # 1. (category, word) of title, people, names and adjectives
    lexicon = [("TITLE", title)]
    lexicon += [("PEOPLE", word) for word in people or PEOPLE]
    for i, (kind, name, side) in enumerate(messages):
        polarity = "good" if side > 0 else "bad"
        if kind == "aspect":
            lexicon.append((f"N[I={i}, NUM='{number(name)}']", name))
        elif kind in CLAUSES:
            lexicon.append((f"CLAUSE[I={i}, P='{polarity}']", name))
        else:
            lexicon.append((f"ITEM[I={i}]", name))
        for word in (opinions or {}).get((name, side), ()):
            lexicon.append((f"ADJ[I={i}, P='{polarity}']", word))
    # 2. each as a rule, beside those of the language
    words = [
        Production(FeatStructNonterminal(category), [word])
        for category, word in lexicon
    ]
    start, productions = _grammar()
    return FeatureGrammar(start, [*productions, *words])


@lru_cache(maxsize=1)
def _grammar() -> tuple[FeatStructNonterminal, list[Production]]:
    grammar = FeatureGrammar.fromstring(GRAMMAR)
    return grammar.start(), grammar.productions()


def build_tree(
    grammar: FeatureGrammar, goal: FeatStructNonterminal, rng: random.Random
) -> Tree | None:
    """Step 3: derive a tree for `goal` top down, the rules in random order.

    The features of a rule's left side are unified with the goal's, those of
    each child with what the rule asks for: what one child decides (the number
    of a noun) binds the next (the verb). A child once built is not built again
    another way, so a draw may find no tree: None. In `GRAMMAR` every number
    and side has its words, and no draw fails.
    """
    rules = grammar.productions(lhs=goal)  # those of the goal's type
    for rule in rng.sample(rules, len(rules)):
        # 1. does the rule fit? its variables are not the goal's
        bindings: dict = {}
        wanted = goal.rename_variables(new_vars={})
        label = unify(wanted, rule.lhs(), bindings, rename_vars=False)
        if label is None:
            continue
        # 2. can all of its parts be built? each may bind variables
        children = _build_children(grammar, rule.rhs(), bindings, rng)
        if children is not None:
            return Tree(label.substitute_bindings(bindings), children)
    return None


def _build_children(grammar, parts, bindings, rng):
    """Return words and trees for a rule's right side; None where one fails."""
    children = []
    for part in parts:
        if isinstance(part, str):
            children.append(part)
            continue
        wanted = part.substitute_bindings(bindings)  # as far as it is known
        child = build_tree(grammar, wanted, rng)
        if child is None:
            return None
        if unify(wanted, child.label(), bindings, rename_vars=False) is None:
            return None
        children.append(child)
    return children


def goal_of(
    messages: Sequence[Message], start: str = "S"
) -> FeatStructNonterminal:
    """Return the symbol that asks for one or two messages.

    "OPEN" has an opening on the side of the first message, "TURN" one on the
    other side, "BODY" none; "S" may be any of them.
    """
    sides = ["good" if message.side > 0 else "bad" for message in messages]
    left, right = [*sides, "none"][:2]
    return FeatStructNonterminal(f"{start}[L='{left}', R='{right}']")


def realise(tree: Tree) -> list[str]:
    """Step 4: read the words off the leaves, in order."""
    return tree.leaves()


def polish(tokens: Sequence[str]) -> str:
    """Step 5: spaces, "a" or "an", a capital letter, a full stop.

    >>> polish(["it", "is", "a(n)", "excellent", "bet", ",", "really"])
    'It is an excellent bet, really.'
    """
    # 1. "a" or "an", by the word that follows.
    spoken = []
    for word, after in zip(tokens, [*tokens[1:], ""], strict=True):
        article = "an" if after[:1] in "aeiou" else "a"
        spoken.append(article if word == "a(n)" else word)
    # 2. No blank before a comma; a capital and a full stop.
    text = re.sub(r" ([,:])(?= )", r"\1", " ".join(spoken))
    return text[:1].upper() + text[1:] + "."


def write_grammar(
    explanation: Explanation,
    title: str = "it",
    n: int = 2,
    opinions: Mapping[tuple[str, int], Sequence[str]] | None = None,
    seed: int = 0,
    people: Sequence[str] | None = None,
    mean: float = 0.0,
) -> Rationale:
    """Say an explanation's `n` strongest pieces of evidence in plain English.

    Exactly these, each with the right side, two to a sentence; the opening
    recommends where the explanation's total is not below `mean`, a usual
    item's. The same seed, user and item give the same words; other pairs get
    others. `people` are the words for those who reviewed, such as
    `Reviews.people`. Without anything to say the text admits it. Raise
    DataError for n < 1, a name without letters or digits, and whatever
    `choose_content` and `choose_opening` refuse.

    >>> from recx_lib.core.evidence import Evidence
    >>> zips = Evidence("aspect", "zips", -0.5)
    >>> why = Explanation("ann", "tent", "planner", (zips,))
    >>> write_grammar(why, "this tent").text
    'Think twice about this tent because owners are unhappy with the zips.'
    """
    if n < 1:
        raise DataError(f"n={n} things to say: n must be 1 or more")
    # 1. what to say
    if not isinstance(explanation.evidence, tuple):  # looked at twice
        evidence = tuple(explanation.evidence)
        explanation = replace(explanation, evidence=evidence)
    messages = choose_content(explanation, n)
    named = tuple(one.name for one in messages if one.kind == "aspect")
    for message in messages:
        if not re.search(r"\w", message.name):
            needed = "a name needs a letter or a digit"
            raise DataError(f"cannot say {message.name!r}: {needed}")
    # 2. to 5. words, tree, realisation and polish, two messages at a time
    rng = random.Random(f"{seed}|{explanation.user}|{explanation.item}")
    said = []
    for at in range(0, len(messages), 2):
        pair = messages[at : at + 2]
        grammar = choose_words(pair, title, opinions, people)
        # only the first sentence has an opening
        start = "BODY" if said else choose_opening(explanation, pair, mean)
        tree = build_tree(grammar, goal_of(pair, start), rng)
        said.append(polish(realise(tree)))
    text = " ".join(said) or NOTHING.format(title=title)
    return Rationale(text, named, explanation)
