"""Chapter 6: what writers learn from and are judged on, one line a review."""

from __future__ import annotations

import pandas as pd

from recx_lib.data.lexicon import Lexicon
from recx_lib.data.mentions import mine_mentions
from recx_lib.data.reviews import Reviews
from recx_lib.data.tokens import tokenize


def records(
    reviews: Reviews, lexicon: Lexicon, longest: int = 15
) -> pd.DataFrame:
    """Return one mention of every review, oldest first, as a short sentence.

    The first mention whose term is one word and whose sentence has at most
    `longest` words and commas. Columns of `mine_mentions`, rating and
    timestamp; `sentence` is in lower case, its words apart by spaces, without
    the marks that end it. A review without such a mention gives no row. Raises
    DataError as `mine_mentions`.

    >>> from recx_lib.data.reviews import Ids
    >>> frame = pd.DataFrame({"user": ["ann"], "item": ["tent"]})
    >>> frame = frame.assign(rating=2.0, timestamp=0, text="A bad, bad ZIP!")
    >>> shop = Reviews(frame, Ids(["ann"]), Ids(["tent"]))
    >>> found = records(shop, Lexicon({"zip": 9}, {"bad": -1}))
    >>> found[["term", "polarity", "sentence"]].values.tolist()
    [['zip', -1, 'a bad , bad zip']]
    """
    found = mine_mentions(reviews, lexicon, reviews.aspects or None)
    # 1. the sentences that can be learned
    found["sentence"] = found["sentence"].map(_spaced)
    is_short = found["sentence"].str.split().str.len() <= longest
    is_one_word = ~found["term"].str.contains(" ")
    # 2. one of each review, with its stars, in the order of time
    found = found[is_short & is_one_word].drop_duplicates("review")
    stars = reviews.frame[["rating", "timestamp"]]
    found = found.join(stars, on="review")
    found = found.sort_values("timestamp", kind="stable")
    return found.reset_index(drop=True)


def _spaced(sentence: str) -> str:
    """Return its words apart by spaces, without the marks that end it."""
    words = [word for word in tokenize(sentence) if word not in ".!?…;"]
    return " ".join(words)
