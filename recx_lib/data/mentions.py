"""Chapter 1: what a review talks about, and whether it praises or blames it:
mentions found with a mined lexicon.

`mine_lexicon` learns feature and opinion words from many reviews;
`mine_mentions` reads each review with them; `tag_mentions` makes do where
there are ratings and tags but no text.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import dropwhile

import numpy as np
import pandas as pd

from recx_lib.core.errors import DataError
from recx_lib.data.english import LINKING_VERBS, OPENERS, PREPOSITIONS
from recx_lib.data.lexicon import Lexicon, mine_lexicon
from recx_lib.data.reviews import Reviews
from recx_lib.data.tokens import (
    COMMAS,
    FILLERS,
    clauses,
    is_content,
    polarity_at,
    sentences,
    singular,
    tokenize,
)

MENTION_COLUMNS = [
    "review",
    "user",
    "item",
    "aspect",
    "feature",
    "opinion",
    "polarity",
    "sentence",
]


REACH = (
    6  # an opinion word may be as far as this from what it judges, in words
)


_BRIDGE = FILLERS | {
    "with",
    "about",
    "of",
    "by",
}  # may stand between "happy" and the zip


def mine_mentions(
    reviews: Reviews,
    lexicon: Lexicon,
    terms: Mapping[str, Iterable[str]] | None = None,
    top: int = 50,
) -> pd.DataFrame:
    """Find every judged feature in every review; a row is (review, user, item,
    aspect, feature, opinion, polarity, …).

    `terms` maps an aspect to the words that name it (singular or plural,
    several words allowed); without it each of the `top` features of the
    lexicon is its own aspect. `feature` and `opinion` are words as tokenised,
    `polarity` is +1 or −1, `review` the index in `reviews.frame`, `sentence`
    where it was said. A feature that nobody judged gives no row. Raises
    DataError where no review has text, or a term has no word or names two
    aspects.

    >>> from recx_lib.data.reviews import Ids
    >>> frame = pd.DataFrame({"user": ["ann"], "item": ["tent"], "rating": [2.0], "text": ["Then the zips broke."]})
    >>> shop = Reviews(frame, Ids(["ann"]), Ids(["tent"]))
    >>> mine_mentions(shop, Lexicon({}, {"broke": -1}), {"durability": ["zip"]})[MENTION_COLUMNS[3:7]].values.tolist()
    [['durability', 'zips', 'broke', -1]]
    """
    if len(reviews) and not reviews.has_text:
        raise DataError(
            f"none of the {len(reviews)} reviews has text: use tag_mentions, which needs item tags only"
        )
    phrases = _phrases(
        _own_aspects(lexicon.top(top)) if terms is None else terms
    )
    frame, rows = reviews.frame, []
    for review, user, item, text in zip(
        frame.index, frame["user"], frame["item"], frame["text"], strict=True
    ):
        for sentence in sentences(text):
            rows += [
                (review, user, item, *found, sentence)
                for found in mentions_in(sentence, lexicon, phrases)
            ]
    return pd.DataFrame(rows, columns=MENTION_COLUMNS)


def mentions_in(
    sentence: str, lexicon: Lexicon, phrases: Mapping[tuple[str, ...], str]
) -> list[tuple]:
    """Return (aspect, feature, opinion, polarity) for each feature of a
    sentence that has an opinion word near it.

    `phrases` maps a feature's words, in the singular, to its aspect.

    >>> lexicon = Lexicon({"zips": 9, "bag": 9}, {"great": 1, "poor": -1})
    >>> mentions_in("A great bag, but the zips are not great.", lexicon, {("zip",): "zips", ("bag",): "bag"})
    [('bag', 'bag', 'great', 1), ('zips', 'zips', 'great', -1)]
    """
    mentions = []
    for clause in clauses(tokenize(sentence)):
        places = list(_places(clause, phrases))
        judging = (
            [
                at
                for at in range(len(clause))
                if _judges(clause, at, lexicon.opinions)
            ]
            if places
            else []
        )
        nouns = [
            token in lexicon.features or any(a <= i < b for a, b, _ in places)
            for i, token in enumerate(clause)
        ]
        for start, stop, aspect in places:
            if any(nouns[stop : stop + 1]):
                continue  # "the zip puller is great" judges the puller
            far = {
                at: _distance(clause, nouns, start, stop, at) for at in judging
            }
            at = min(far, key=far.get, default=None)
            if at is not None and far[at] <= REACH:
                polarity = polarity_at(clause, at, lexicon.opinions)
                mentions.append(
                    (
                        aspect,
                        " ".join(clause[start:stop]),
                        clause[at],
                        polarity,
                    )
                )
    return mentions


def mine_reviews(train: Reviews) -> pd.DataFrame:
    """Return the mentions of training reviews, by a lexicon learned from these
    alone: `mine_mentions` with defaults.

    Aspects are those of `train.aspects` where the data come with them, else
    the features most often judged. Sets without text are left to
    `tag_mentions`. Raises DataError as these do.
    """
    if not train.has_text:
        return tag_mentions(train)
    lexicon = mine_lexicon(train.frame["text"], train.rating)
    return mine_mentions(train, lexicon, train.aspects or None)


def tag_mentions(reviews: Reviews) -> pd.DataFrame:
    """Let ratings speak for a set without text: each mentions its item's tags,
    praised if above the user's mean.

    Returns the columns of `mine_mentions`, with feature, opinion and sentence
    empty. A rating equal to the mean of its user's ratings in `reviews` says
    nothing and gives no row. Raises DataError where no item has tags.
    """
    if not any(reviews.tags.values()):
        raise DataError(
            "the items have no tags: load a set with tags (genres), or use mine_mentions on the text"
        )
    frame = reviews.frame[["user", "item"]].rename_axis("review").reset_index()
    mean = reviews.frame.groupby("user")["rating"].transform("mean").to_numpy()
    frame["polarity"] = np.sign(reviews.rating - mean).astype(int)
    frame["aspect"] = [
        list(reviews.tags.get(item, ())) for item in frame["item"]
    ]
    frame = (
        frame[frame["polarity"] != 0].explode("aspect").dropna(subset="aspect")
    )
    return frame.assign(feature="", opinion="", sentence="")[
        MENTION_COLUMNS
    ].reset_index(drop=True)


def _places(
    clause: list[str], phrases: Mapping[tuple[str, ...], str]
) -> Iterator[tuple[int, int, str]]:
    """Yield (start, stop, aspect) of each phrase in the clause, the longest
    first, without overlap.
    """
    base, start = tuple(map(singular, clause)), 0
    longest = max(map(len, phrases), default=0)
    while start < len(base):
        stops = range(min(start + longest, len(base)), start, -1)
        stop = next(
            (stop for stop in stops if base[start:stop] in phrases), None
        )
        if stop:
            yield start, stop, phrases[base[start:stop]]
        start = stop or start + 1


def _judges(clause: list[str], at: int, opinions: Mapping[str, int]) -> bool:
    before = clause[at - 1] if at else ""
    if before == "to" or (
        clause[at] == "well" and before in ("", ",", "as")
    ):  # "to love", "Well, …" and "as well"
        return False
    return clause[at] in opinions or (
        before == "too" and is_content(clause[at])
    )


def _distance(
    clause: list[str], nouns: list[bool], start: int, stop: int, at: int
) -> float:
    """Return how far the opinion word at `at` is from the feature, infinite
    where it judges something else.
    """
    if (
        start <= at < stop
    ):  # "noise" is a complaint by itself, unless something is said of it
        apart, between = (
            not LINKING_VERBS.isdisjoint(clause[stop : stop + 1]),
            [""] * (REACH - 1),
        )
    elif (
        at < start
    ):  # "great little zip", "happy with the zip"; not "great bag with a zip"
        between = clause[at + 1 : start]
        apart = not all(
            map(is_content, dropwhile(_BRIDGE.__contains__, between))
        )
    else:  # "the zip is great"; not "for the zip it is great"
        between = clause[stop:at]
        apart = not PREPOSITIONS.isdisjoint(
            clause[max(0, start - 2) : start]
        ) or _taken(clause, nouns, stop, at)
    pauses = sum(word in COMMAS or word in ("and", "or") for word in between)
    return float("inf") if apart else 1 + len(between) + 2 * pauses


def _taken(clause: list[str], nouns: list[bool], stop: int, at: int) -> bool:
    """Tell "the zip on my bag is great" from "the zip and the bag is great"
    and "the zip has a great puller".
    """
    between = clause[stop:at]
    links = [i for i, word in enumerate(between) if word in LINKING_VERBS]
    if not OPENERS.isdisjoint(word.split("'")[0] for word in between):
        return True
    if not (PREPOSITIONS - {"from"}).isdisjoint(
        between[links[-1] + 1 :] if links else between
    ):  # "far from" may
        return True
    if not links and any(nouns[at + 1 : at + 2]):
        return True
    return any(
        nouns[i] and PREPOSITIONS.isdisjoint(clause[max(stop, i - 2) : i])
        for i in range(stop, at)
    )


def _own_aspects(words: list[str]) -> dict[str, list[str]]:
    names: dict[str, str] = {}
    for word in (
        words
    ):  # "strap" and "straps" are one aspect, named by the commoner form
        names.setdefault(singular(word), word)
    return {word: [word] for word in names.values()}


def _phrases(terms: Mapping[str, Iterable[str]]) -> dict[tuple[str, ...], str]:
    phrases: dict[tuple[str, ...], str] = {}
    for aspect, surfaces in terms.items():
        if isinstance(surfaces, str):
            raise DataError(
                f"terms[{aspect!r}] is the string {surfaces!r}: give a list of words"
            )
        for surface in surfaces:
            phrase = tuple(map(singular, tokenize(surface)))
            if not phrase or phrases.get(phrase, aspect) != aspect:
                why = (
                    f"also names aspect {phrases[phrase]!r}"
                    if phrase
                    else "has no word in it"
                )
                raise DataError(
                    f"term {surface!r} of aspect {aspect!r} {why}: give each aspect its own words"
                )
            phrases[phrase] = aspect
    return phrases
