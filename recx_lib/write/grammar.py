"""Chapter 3: an explanation as a sentence, in five steps.

Content, words, syntax tree, realisation, polish.
"""

from __future__ import annotations

import math
import random
import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

from nltk import Tree
from nltk.featstruct import unify
from nltk.grammar import FeatStructNonterminal, FeatureGrammar, Production

from recx_lib.core.errors import DataError
from recx_lib.core.evidence import Explanation, Rationale
from recx_lib.data.tokens import singular

RULES = """
% start S
S[L=?p, R=?q] -> OPEN[L=?p, R=?q] | BODY[L=?p, R=?q]
OPEN[L=?p, R=?q] -> FRAME[P=?p] BODY[L=?p, R=?q]
BODY[L=?p, R='none'] -> CLAUSE[P=?p, I=0]
BODY[L=?p, R=?p] -> CLAUSE[P=?p, I=0] 'and' CLAUSE[P=?p, I=1]
BODY[L=?p, R=?p] -> NP[I=0] 'and' NP[I=1] VP[NUM='pl', P=?p, I='any']
BODY[L=?p, R=?p] -> YOU[P=?p] ITEM[I=0] 'and' ITEM[I=1] AFTER[P=?p, NUM='pl']
BODY[L='good', R='bad'] -> CLAUSE[P='good', I=0] ',' 'but' CLAUSE[P='bad', I=1]
BODY[L='bad', R='good'] -> CLAUSE[P='bad', I=0] ',' 'but' CLAUSE[P='good', I=1]
BODY[L='bad', R='good'] -> CLAUSE[P='bad', I=0] ',' 'although' \
CLAUSE[P='good', I=1]
CLAUSE[P=?p, I=?i] -> NP[I=?i, NUM=?n] VP[NUM=?n, P=?p, I=?i]
CLAUSE[P='good', I=?i] -> PEOPLE 'praise' NP[I=?i] \
| PEOPLE 'are' 'happy' 'with' NP[I=?i]
CLAUSE[P='bad', I=?i] -> PEOPLE 'criticise' NP[I=?i] \
| PEOPLE 'are' 'unhappy' 'with' NP[I=?i]
CLAUSE[P=?p, I=?i] -> YOU[P=?p] ITEM[I=?i] AFTER[P=?p, NUM='sg']
NP[I=?i, NUM=?n] -> DET N[I=?i, NUM=?n]
VP[NUM=?n, P=?p, I=?i] -> BE[NUM=?n] AP[P=?p, I=?i]
VP[NUM=?n, P='bad', I=?i] -> BE[NUM=?n] 'not' AP[P='good', I=?i]
VP[NUM=?n, P='good'] -> DO[NUM=?n] 'not' 'disappoint' | STAND[NUM=?n] 'out'
VP[NUM=?n, P='bad'] -> DO[NUM=?n] 'not' 'impress' | LET[NUM=?n] 'it' 'down'
AP[P=?p, I=?i] -> ADJ[P=?p, I=?i] | ADJ[P=?p, I='any'] \
| DEGREE ADJ[P=?p, I='any']
FRAME[P='good'] -> 'we' 'recommend' TITLE 'because' \
| 'you' 'may' 'like' TITLE 'because'
FRAME[P='good'] -> TITLE 'is' 'a(n)' PICK 'bet' 'because' \
| TITLE 'is' 'worth' 'a(n)' 'look' ':'
FRAME[P='bad'] -> 'think' 'twice' 'about' TITLE 'because' \
| TITLE 'may' 'not' 'suit' 'you' 'because'
YOU[P='good'] -> 'you' 'chose' | 'your' 'history' 'has'
YOU[P='bad'] -> 'you' 'also' 'chose'
AFTER[P='good'] ->
AFTER[P='bad', NUM='sg'] -> ',' 'which' 'speaks' 'against' 'it'
AFTER[P='bad', NUM='pl'] -> ',' 'which' 'speak' 'against' 'it'
DET -> 'the' | 'its'
BE[NUM='sg'] -> 'is'
BE[NUM='pl'] -> 'are'
DO[NUM='sg'] -> 'does'
DO[NUM='pl'] -> 'do'
STAND[NUM='sg'] -> 'stands'
STAND[NUM='pl'] -> 'stand'
LET[NUM='sg'] -> 'lets'
LET[NUM='pl'] -> 'let'
DEGREE -> 'really' | 'very'
PICK -> 'good' | 'safe' | 'excellent'
ADJ[P='good', I='any'] -> 'good' | 'pleasing' | 'impressive' | 'convincing'
ADJ[P='bad', I='any'] -> 'poor' | 'weak' | 'disappointing' | 'unconvincing'
"""
PLURALS = frozenset(
    ["children", "feet", "men", "mice", "people", "teeth", "women"]
)
PEOPLE = ("customers", "buyers", "owners")
NOTHING = "We have nothing to go by for {title} yet."


class Message(NamedTuple):
    """One thing to say.

    `kind` is "aspect" or "item", `name` the words for it, `side` +1 in favour
    or −1 against.
    """

    kind: str
    name: str
    side: int


def choose_content(explanation: Explanation, n: int = 2) -> list[Message]:
    """Step 1: the `n` strongest aspects and items of the evidence.

    Those that agree with the sum of the chosen come first. Weights of one name
    are added up; a weight of 0 says nothing and is left out, as are other
    kinds of evidence. Raise DataError for a weight that is no number.
    """
    weights: dict[tuple[str, str], float] = defaultdict(float)
    for kind, name, weight in explanation.evidence:
        if math.isnan(weight):
            raise DataError(f"the weight of {name!r} is NaN: for or against?")
        if kind in ("aspect", "item"):
            weights[kind, name] += weight
    # 1. the strongest
    told = [key for key in weights if weights[key]]
    said = sorted(told, key=lambda key: -abs(weights[key]))[:n]
    # 2. those with the sum's side first; within each side the stronger first
    total = sum(weights[key] for key in said)
    said.sort(key=lambda key: (weights[key] > 0) != (total >= 0))
    return [Message(*key, 1 if weights[key] > 0 else -1) for key in said]


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
        if kind == "aspect":
            lexicon.append((f"N[I={i}, NUM='{number(name)}']", name))
        else:
            lexicon.append((f"ITEM[I={i}]", name))
        polarity = "good" if side > 0 else "bad"
        for word in (opinions or {}).get((name, side), ()):
            lexicon.append((f"ADJ[I={i}, P='{polarity}']", word))
    # 2. each as a rule, beside those of the language
    words = [
        Production(FeatStructNonterminal(category), [word])
        for category, word in lexicon
    ]
    start, productions = _rules()
    return FeatureGrammar(start, [*productions, *words])


@lru_cache(maxsize=1)
def _rules() -> tuple[FeatStructNonterminal, list[Production]]:
    grammar = FeatureGrammar.fromstring(RULES)
    return grammar.start(), grammar.productions()


def build_tree(
    grammar: FeatureGrammar, goal: FeatStructNonterminal, rng: random.Random
) -> Tree | None:
    """Step 3: derive a tree for `goal` top down, the rules in random order.

    The features of a rule's left side are unified with the goal's, those of
    each child with what the rule asks for: what one child decides (the number
    of a noun) binds the next (the verb). A child once built is not built again
    another way, so a draw may find no tree: None. In `RULES` every number and
    side has its words, and no draw fails.
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

    "OPEN" has an opening, "BODY" none, "S" either.
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
    spoken = []
    for word, after in zip(tokens, [*tokens[1:], ""], strict=True):
        article = "an" if after[:1] in "aeiou" else "a"
        spoken.append(article if word == "a(n)" else word)
    text = re.sub(r" ([,:])(?= )", r"\1", " ".join(spoken))
    return text[:1].upper() + text[1:] + "."


def write_grammar(
    explanation: Explanation,
    title: str = "it",
    n: int = 2,
    opinions: Mapping[tuple[str, int], Sequence[str]] | None = None,
    seed: int = 0,
    people: Sequence[str] | None = None,
) -> Rationale:
    """Say an explanation's `n` strongest aspects and items in plain English.

    Exactly these, each with the right side, two to a sentence. The same seed,
    user and item give the same words; other pairs get others. `people` are the
    words for those who reviewed, such as `Reviews.people`. Without anything to
    say the text admits it. Raise DataError for n < 1 or a name without
    letters or digits.

    >>> from recx_lib.core.evidence import Evidence
    >>> zips = Evidence("aspect", "zips", -0.5)
    >>> why = Explanation("ann", "tent", "planner", (zips,))
    >>> write_grammar(why, "this tent").text
    'Think twice about this tent because owners are unhappy with the zips.'
    """
    if n < 1:
        raise DataError(f"n={n} things to say: n must be 1 or more")
    # 1. what to say
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
        goal = goal_of(pair, "BODY" if said else "OPEN")
        said.append(polish(realise(build_tree(grammar, goal, rng))))
    text = " ".join(said) or NOTHING.format(title=title)
    return Rationale(text, named, explanation)
