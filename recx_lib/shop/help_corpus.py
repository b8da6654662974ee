"""Chapter 20: a customer-service desk, simulated: articles and questions.

Which article holds the answer is on record; for some questions none does.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd

from recx_lib.core.checks import check_whole

GOODS = ("boots", "jackets", "lamps", "mats", "packs", "stoves", "tents")
# topic: (title, sentences of the article, ways to ask)
TOPICS = {
    "return": (
        "Returning {goods}",
        "You can send {goods} back within {n} days of delivery. Put them into "
        "their box and print the label. The money is on your account a week "
        "after they have reached us.",
        (
            "How many days do I have to send {goods} back?",
            "I do not like my {goods}, can I get my money back?",
            "Can {goods} be returned?",
        ),
    ),
    "repair": (
        "Having {goods} repaired",
        "Our workshop mends {goods} for {n} euros. Bring them clean, with a "
        "note that says what is broken. A repair takes about ten days.",
        (
            "What does it cost to have {goods} repaired?",
            "My {goods} broke, do you mend them?",
            "How long does a repair of {goods} take?",
        ),
    ),
    "exchange": (
        "Exchanging {goods} for another size",
        "We change {goods} for a larger or a smaller size within {n} days. "
        "They must not have been used outdoors. The second parcel is free.",
        (
            "My {goods} are too small, can I get a larger size?",
            "Can I change {goods} that do not fit?",
            "What does an exchange of {goods} cost?",
        ),
    ),
    "care": (
        "Cleaning and care of {goods}",
        "Wash {goods} by hand at {n} degrees, without softener. Let them dry "
        "in the shade before you store them. Wax or oil once a year.",
        (
            "How do I wash {goods}?",
            "Can {goods} go into the machine, and how warm?",
            "How should I store {goods} in winter?",
        ),
    ),
    "warranty": (
        "Warranty on {goods}",
        "Against faults of the maker {goods} are covered for {n} months. Keep "
        "the receipt. Wear is not covered.",
        (
            "How long is the warranty on {goods}?",
            "Are {goods} covered if a seam opens after a year?",
            "Do I need the receipt for faulty {goods}?",
        ),
    ),
    "delivery": (
        "Delivery of {goods}",
        "An order of {goods} leaves our store within {n} working days. You "
        "get a number with which to follow the parcel.",
        (
            "When will my {goods} arrive?",
            "How can I follow the parcel with my {goods}?",
            "Are {goods} in store, and when do you send them?",
        ),
    ),
}


class HelpDesk(NamedTuple):
    """What the desk may read, and what it is asked.

    `articles` is {title: text}. `questions` has the columns question and
    support: the title of the one article that answers it, "" where none does.
    """

    articles: dict[str, str]
    questions: pd.DataFrame


def open_desk(seed: int = 0, missing: float = 0.3) -> HelpDesk:
    """Return a desk whose articles on a share `missing` of all things were
    never written; people ask all the same.

    A question without an answer is a near miss: there are articles on the same
    goods, and on the same topic for other goods. Raise DataError for a seed
    that is no whole number.

    >>> desk = open_desk(seed=0)
    >>> bool((desk.questions["support"] == "").any())
    True
    """
    check_whole(0, seed=seed)
    rng = np.random.default_rng([seed, 22])
    # an article for each topic and kind of goods …
    articles, asked = {}, []
    for title, text, ways in TOPICS.values():
        for goods in GOODS:
            n = int(rng.integers(5, 60))
            name = title.format(goods=goods)
            # … some of which nobody has written yet
            is_written = rng.random() >= missing
            if is_written:
                articles[name] = text.format(goods=goods, n=n)
            support = name if is_written else ""
            # every way of asking has the same answer, or none
            asked += [(way.format(goods=goods), support) for way in ways]
    questions = pd.DataFrame(asked, columns=["question", "support"])
    return HelpDesk(articles, questions)
