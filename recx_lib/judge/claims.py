"""Chapter 6: what a sentence claims of an item, and whether a review did."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping

import pandas as pd

from recx_lib.data.tokens import polarity_at
from recx_lib.judge.overlap import split_words

# (term, +1 praised, −1 blamed, 0 named without a judgement)
Claim = tuple[str, int]


def opinion_sides(records: pd.DataFrame) -> dict[str, int]:
    """Learn which opinion words praise (+1) and which blame (−1).

    By majority over the records, negation undone. `records` has the columns
    sentence, opinion and polarity: use the training split.

    >>> sentences = ["the zip is not bad", "a great zip"]
    >>> opinion_sides(pd.DataFrame({"sentence": sentences,
    ...     "opinion": ["bad", "great"], "polarity": [1, 1]}))
    {'bad': -1, 'great': 1}
    """
    votes = Counter()
    columns = records["sentence"], records["opinion"], records["polarity"]
    for sentence, opinion, polarity in zip(*columns, strict=True):
        tokens = split_words(sentence, limit=len(sentence))
        if opinion in tokens:
            # a word that praises, behind a "not", votes for blame
            place = tokens.index(opinion)
            votes[opinion] += polarity * polarity_at(
                tokens, place, {opinion: 1}
            )
    sides = {}
    for opinion, vote in sorted(votes.items()):
        if vote != 0:  # a word that does both tells nothing
            sides[opinion] = 1 if vote > 0 else -1
    return sides


def claims(
    sentence: str, terms: Collection[str], sides: Mapping[str, int]
) -> set[Claim]:
    """Return what a sentence says of which aspect.

    Each term it names, judged by the opinion word nearest to it.

    >>> sentence = "The zip is not great and the tent leaks"
    >>> sorted(claims(sentence, {"zip", "tent"}, {"great": 1}))
    [('tent', -1), ('zip', -1)]
    """
    tokens = split_words(sentence)
    judging = [place for place, word in enumerate(tokens) if word in sides]
    found = set()
    for place, word in enumerate(tokens):
        if word not in terms:
            continue
        # the nearest opinion word judges it; its own word cannot
        others = [at for at in judging if at != place]
        if others:
            distance = {at: abs(at - place) for at in others}
            nearest = min(others, key=distance.get)
            found.add((word, polarity_at(tokens, nearest, sides)))
        else:
            found.add((word, 0))
    return found


def item_claims(
    records: pd.DataFrame, terms: Collection[str], sides: Mapping[str, int]
) -> dict[str, set[Claim]]:
    """Return, for each item, everything its reviews in `records` say.

    That is the claims of each sentence and its own label. A judged aspect is
    also a named one, so each claim comes with (aspect, 0).
    """
    known: dict[str, set[Claim]] = defaultdict(set)
    names = "item", "sentence", "term", "polarity"
    columns = [records[name] for name in names]
    for item, sentence, term, polarity in zip(*columns, strict=True):
        # the sentence's own claims, and the record's
        said = claims(sentence, terms, sides) | {(term, polarity)}
        # who judged a term has also named it
        known[item] |= said | {(name, 0) for name, _ in said}
    return dict(known)


def is_supported(
    said: set[Claim], known: Mapping[str, set[Claim]], item: str
) -> bool:
    """Tell whether each claim was made by some review of the item.

    An item without reviews supports nothing.

    >>> known = {"tent": {("zip", 0), ("zip", -1)}}
    >>> is_supported({("zip", 1)}, known, "tent")
    False
    """
    return said <= known.get(item, set())


class ItemFacts:
    """What the reviews of each item claim: what may be called true of it.

    `train` is the training split (columns item, term, opinion, polarity,
    sentence). `terms` are the words to look for (default: those of
    `train`). Attributes: `sides` (opinion words), `known` ({item: claims}).
    """

    def __init__(
        self, train: pd.DataFrame, terms: Collection[str] | None = None
    ):
        self.terms = frozenset(train["term"] if terms is None else terms)
        self.sides = opinion_sides(train)
        self.known = item_claims(train, self.terms, self.sides)

    def claims(self, sentence: str) -> set[Claim]:
        """Return what the sentence claims of these aspects."""
        return claims(sentence, self.terms, self.sides)

    def supports(self, item: str, sentence: str) -> bool:
        """Tell whether some review of the item made every claim.

        Also true of a sentence that claims nothing.
        """
        return is_supported(self.claims(sentence), self.known, item)
