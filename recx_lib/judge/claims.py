"""Chapter 6: what a sentence claims about an item, and whether any review of
that item made the same claim.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping

import pandas as pd

from recx_lib.data.tokens import polarity_at
from recx_lib.judge.overlap import words

Claim = tuple[
    str, int
]  # (aspect, +1 praised, −1 blamed, 0 named without a judgement)


def opinion_sides(records: pd.DataFrame) -> dict[str, int]:
    """Learn from records which opinion words praise (+1) and which blame (−1),
    by majority, negation undone.

    `records` has the columns sentence, opinion and polarity: use the training
    split.

    >>> opinion_sides(pd.DataFrame({"sentence": ["the zip is not bad", "a great zip"], "opinion": ["bad", "great"],
    ...                             "polarity": [1, 1]}))
    {'bad': -1, 'great': 1}
    """
    votes: Counter = Counter()
    for sentence, opinion, polarity in zip(
        *(records[c] for c in ("sentence", "opinion", "polarity")), strict=True
    ):
        tokens = words(sentence, limit=len(sentence))
        if opinion in tokens:
            votes[opinion] += polarity * polarity_at(
                tokens, tokens.index(opinion), {opinion: 1}
            )
    return {
        opinion: 1 if vote > 0 else -1
        for opinion, vote in sorted(votes.items())
        if vote
    }


def claims(
    sentence: str, features: Collection[str], sides: Mapping[str, int]
) -> set[Claim]:
    """Return what a sentence says of which aspect: each feature it names,
    judged by the opinion word nearest to it.

    >>> sorted(claims("The zip is not great and the tent leaks", {"zip", "tent"}, {"great": 1}))
    [('tent', -1), ('zip', -1)]
    """
    tokens = words(sentence)
    judging = [place for place, word in enumerate(tokens) if word in sides]
    found = set()
    for place, word in enumerate(tokens):
        if word in features:
            near = min(
                (at for at in judging if at != place),
                key=lambda at: abs(at - place),
                default=None,
            )
            found.add(
                (word, 0 if near is None else polarity_at(tokens, near, sides))
            )
    return found


def item_claims(
    records: pd.DataFrame, features: Collection[str], sides: Mapping[str, int]
) -> dict[str, set[Claim]]:
    """Return, for each item, everything its reviews in `records` say: the
    claims of each sentence and its own label.

    A judged aspect is also a named one, so each claim comes with (aspect, 0).
    """
    known: dict[str, set[Claim]] = defaultdict(set)
    columns = (records[c] for c in ("item", "sentence", "feature", "polarity"))
    for item, sentence, feature, polarity in zip(*columns, strict=True):
        said = claims(sentence, features, sides) | {(feature, polarity)}
        known[item] |= said | {(name, 0) for name, _ in said}
    return dict(known)


def is_supported(
    said: set[Claim], known: Mapping[str, set[Claim]], item: str
) -> bool:
    """Tell whether some review of the item made each of these claims; an item
    without reviews supports nothing.

    >>> is_supported({("zip", 1)}, {"tent": {("zip", 0), ("zip", -1)}}, "tent")
    False
    """
    return said <= known.get(item, set())


class ItemFacts:
    """What the reviews of each item claim: the only source of what may be
    called true of it.

    `train` is the training split (columns item, feature, opinion, polarity,
    sentence). `features` are the aspects to look for (default: those of
    `train`). Attributes: `sides` (opinion words), `known` ({item: claims}).
    """

    def __init__(
        self, train: pd.DataFrame, features: Collection[str] | None = None
    ):
        self.features = frozenset(
            train["feature"] if features is None else features
        )
        self.sides = opinion_sides(train)
        self.known = item_claims(train, self.features, self.sides)

    def claims(self, sentence: str) -> set[Claim]:
        """Return what the sentence claims, with this table's aspects and
        opinion words.
        """
        return claims(sentence, self.features, self.sides)

    def supports(self, item: str, sentence: str) -> bool:
        """Tell whether every claim of the sentence was made by some review of
        the item (also true of no claims).
        """
        return is_supported(self.claims(sentence), self.known, item)
