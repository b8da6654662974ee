"""Chapter 1: what a review talks about, and whether it praises or blames it.

`mine_lexicon` learns term and opinion words from many reviews;
`mine_mentions` reads each review with them; `tag_mentions` makes do where
there are ratings and tags but no text.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

import numpy as np
import pandas as pd

from recx_lib.core.errors import DataError
from recx_lib.data.lexicon import Lexicon, mine_lexicon
from recx_lib.data.opinion_targets import judging_words, nearest_judge
from recx_lib.data.reviews import Reviews
from recx_lib.data.tokens import (
    clauses,
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
    "term",
    "opinion",
    "polarity",
    "sentence",
]


def mine_mentions(
    reviews: Reviews,
    lexicon: Lexicon,
    terms: Mapping[str, Iterable[str]] | None = None,
    top: int = 50,
) -> pd.DataFrame:
    """Find every judged term in every review; a row is (review, user, item,
    aspect, term, opinion, polarity, …).

    `terms` maps an aspect to the words that name it (singular or plural,
    several words allowed); without it each of the `top` terms of the
    lexicon is its own aspect. `term` and `opinion` are words as tokenised,
    `polarity` is +1 or −1, `review` the index in `reviews.frame`, `sentence`
    where it was said. A term that nobody judged gives no row. Raises
    DataError where no review has text, or a term has no word or names two
    aspects.

    >>> from recx_lib.data.reviews import Ids
    >>> frame = pd.DataFrame({"user": ["ann"], "item": ["tent"]})
    >>> frame = frame.assign(rating=2.0, text="Then the zips broke.")
    >>> shop = Reviews(frame, Ids(["ann"]), Ids(["tent"]))
    >>> terms = {"durability": ["zip"]}
    >>> found = mine_mentions(shop, Lexicon({}, {"broke": -1}), terms)
    >>> found[["aspect", "opinion", "polarity"]].values.tolist()
    [['durability', 'broke', -1]]
    """
    if len(reviews) and not reviews.has_text:
        raise DataError(
            f"none of the {len(reviews)} reviews has text: use tag_mentions, "
            "which needs item tags only"
        )
    # no terms given: the words that judge most in this set
    if terms is None:
        terms = _own_aspects(lexicon.top(top))
    phrases = _phrases(terms)
    rows = []
    table = reviews.frame[["user", "item", "text"]]
    for review, user, item, text in table.itertuples(name=None):
        for sentence in sentences(text):
            for found in mentions_in(sentence, lexicon, phrases):
                rows.append((review, user, item, *found, sentence))
    return pd.DataFrame(rows, columns=MENTION_COLUMNS)


def mentions_in(
    sentence: str, lexicon: Lexicon, phrases: Mapping[tuple[str, ...], str]
) -> list[tuple[str, str, str, int]]:
    """Return (aspect, term, opinion, polarity) for each term of a
    sentence that has an opinion word near it.

    `phrases` maps a term's words, in the singular, to its aspect.

    >>> lexicon = Lexicon({"zips": 9, "bag": 9}, {"great": 1, "poor": -1})
    >>> phrases = {("zip",): "zips", ("bag",): "bag"}
    >>> sentence = "A great bag, but the zips are not great."
    >>> mentions_in(sentence, lexicon, phrases)
    [('bag', 'bag', 'great', 1), ('zips', 'zips', 'great', -1)]
    """
    mentions = []
    for clause in clauses(tokenize(sentence)):
        # 1. where the clause names an aspect, and which of its words judge
        places = list(_places(clause, phrases))
        if not places:
            continue
        judging = judging_words(clause, lexicon.opinions)
        nouns = _nouns(clause, lexicon.terms, places)
        # 2. for each aspect, the nearest word that judges it
        for place, aspect in places:
            if any(nouns[place.stop : place.stop + 1]):
                continue  # "the zip puller is great" judges the puller
            at = nearest_judge(clause, nouns, place, judging)
            if at is not None:
                term = " ".join(clause[place.start : place.stop])
                polarity = polarity_at(clause, at, lexicon.opinions)
                mentions.append((aspect, term, clause[at], polarity))
    return mentions


def mine_reviews(train: Reviews) -> pd.DataFrame:
    """Return the mentions of training reviews, by a lexicon learned from these
    alone: `mine_mentions` with defaults.

    Aspects are those of `train.aspects` where the data come with them, else
    the terms most often judged. Sets without text are left to
    `tag_mentions`. Raises DataError as these do.
    """
    if not train.has_text:
        return tag_mentions(train)
    lexicon = mine_lexicon(train.frame["text"], train.rating)
    return mine_mentions(train, lexicon, train.aspects or None)


def tag_mentions(reviews: Reviews) -> pd.DataFrame:
    """Let ratings speak for a set without text: each mentions its item's tags,
    praised if above the user's mean.

    Returns the columns of `mine_mentions`, with term, opinion and sentence
    empty. A rating equal to the mean of its user's ratings in `reviews` says
    nothing and gives no row. Raises DataError where no item has tags.
    """
    if not any(reviews.tags.values()):
        raise DataError(
            "the items have no tags: load a set with tags (genres), or use "
            "mine_mentions on the text"
        )
    frame = reviews.frame[["user", "item"]].rename_axis("review").reset_index()
    # above the user's own mean is praise, at it says nothing
    mean = reviews.frame.groupby("user")["rating"].transform("mean").to_numpy()
    frame["polarity"] = np.sign(reviews.rating - mean).astype(int)
    tags = [list(reviews.tags.get(item, ())) for item in frame["item"]]
    frame["aspect"] = tags
    # one row for each tag
    frame = frame[frame["polarity"] != 0]
    frame = frame.explode("aspect").dropna(subset="aspect")
    frame = frame.assign(term="", opinion="", sentence="")
    return frame[MENTION_COLUMNS].reset_index(drop=True)


def _places(
    clause: list[str], phrases: Mapping[tuple[str, ...], str]
) -> Iterator[tuple[range, str]]:
    """Yield the place and the aspect of each phrase in the clause, the longest
    first, without overlap.
    """
    base = tuple(map(singular, clause))
    longest = max(map(len, phrases), default=0)
    start = 0
    while start < len(base):
        after = start + 1
        # the longest phrase first: "sleeping bag" before "bag"
        for stop in range(min(start + longest, len(base)), start, -1):
            if base[start:stop] in phrases:
                yield range(start, stop), phrases[base[start:stop]]
                after = stop
                break
        start = after


def _nouns(
    clause: list[str],
    terms: Mapping[str, int],
    places: list[tuple[range, str]],
) -> list[bool]:
    """Tell of every token whether it is a term, or in the name of one."""
    nouns = [token in terms for token in clause]
    for place, _ in places:
        for i in place:
            nouns[i] = True
    return nouns


def _own_aspects(terms: list[str]) -> dict[str, list[str]]:
    """Make each term an aspect; "strap" and "straps" are one, named by the
    commoner form.
    """
    names: dict[str, str] = {}
    for term in terms:
        names.setdefault(singular(term), term)
    return {term: [term] for term in names.values()}


def _phrases(terms: Mapping[str, Iterable[str]]) -> dict[tuple[str, ...], str]:
    """Return the aspect of each term's words, in the singular."""
    phrases: dict[tuple[str, ...], str] = {}
    for aspect, named in terms.items():
        # a string would be read letter by letter
        if isinstance(named, str):
            what = f"terms[{aspect!r}] is the string {named!r}"
            raise DataError(f"{what}: give a list of words")
        for term in named:
            phrase = tuple(map(singular, tokenize(term)))
            other = phrases.get(phrase, aspect)
            # a phrase can speak of one aspect only
            if not phrase or other != aspect:
                why = "also names aspect " + repr(other)
                why = why if phrase else "has no word in it"
                raise DataError(
                    f"term {term!r} of aspect {aspect!r} {why}: give each "
                    "aspect its own words"
                )
            phrases[phrase] = aspect
    return phrases
