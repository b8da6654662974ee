"""Chapter 12: a sentence taken apart into statements, and each one checked.

Against what was given to say, and against what is known of the item.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from recx_lib.data.tokens import clauses, tokenize
from recx_lib.judge.claims import Claim, ItemFacts

NAME = re.compile(r"[A-Z][\w'’-]*|[$€£]?\d[\w.,]*")
LAST = re.compile(r"[.!?…](?=\s|$)")


def first_sentence(text: str) -> str:
    """Return a text up to its first full stop, on one line.

    >>> first_sentence("A light tent. It costs $3.")
    'A light tent.'
    """
    line = " ".join(text.split())
    end = LAST.search(line)
    return line[: end.end()] if end else line


def statements(sentence: str, facts: ItemFacts) -> set[Claim]:
    """Return what a sentence claims, clause by clause.

    As `claims`, but no opinion word judges across a "but", and sentences of
    any length are read to their end.
    """
    said = set()
    for clause in clauses(tokenize(sentence)):
        said |= facts.claims(" ".join(clause))
    return said


def new_names(sentence: str, given: str) -> list[str]:
    """Return the names and numbers in a sentence that `given` does not hold.

    A name is a word with a capital that does not begin the sentence.

    >>> new_names("The Dome, I'm told, beats the Arc, at $150.", "Wether Dome")
    ['Arc', '$150']
    """
    # what is written in the request is no invention
    known = {word.strip(".,").lower() for word in NAME.findall(given)}
    found = []
    for match in NAME.finditer(sentence):
        word = match[0].strip(".,")
        # a capital at the beginning of a sentence is no name
        before = sentence[: match.start()].strip("\"'“ ")
        begins = not before or before[-1] in ":.!?"
        is_i = re.split("['’]", word)[0] == "I"
        if not begins and not is_i and word.lower() not in known:
            found.append(word)
    return found


@dataclass(frozen=True)
class Checked:
    """What is wrong with a sentence, and how much of it is right.

    `names`: names and numbers from nowhere; `beyond`: aspects that were not
    given; `turned`: given aspects with the wrong side. `precision` is the
    share of its judging statements that were given (nan where it judges
    nothing), `recall` the share of what was given that it says (nan where
    nothing was given).
    """

    names: tuple[str, ...]
    beyond: tuple[str, ...]
    turned: tuple[str, ...]
    precision: float
    recall: float

    @property
    def invents(self) -> bool:
        """Whether anything in it comes from nowhere."""
        return bool(self.names or self.beyond or self.turned)

    @property
    def passes(self) -> bool:
        """Whether it may be said: nothing invented, something given said."""
        return not self.invents and self.recall > 0


def check_sentence(
    sentence: str,
    title: str,
    given: Collection[Claim],
    facts: ItemFacts,
    kin: Mapping[str, str] | None = None,
) -> Checked:
    """Return what is right and wrong with a sentence about an item.

    `given` are the claims that may be made, (aspect, +1 or −1), `title` is
    the item's. `kin` says which words are about one thing ({"cost": "value",
    "price": "value"}): one of them stands for another. Statement-level
    precision and recall: the share of what is said that was given, and of
    what was given that is said.
    """
    kin = kin or {}
    # 1. the title's own words are no statements; like words are one
    names_of_title = set(tokenize(title))
    said = {
        (kin.get(name, name), side)
        for name, side in statements(sentence, facts)
        if name not in names_of_title
    }
    given = {(kin.get(name, name), side) for name, side in given}
    judged = {claim for claim in said if claim[1] != 0}
    # 2. what was not given, and what was given otherwise
    known = {name for name, _ in given}
    beyond = sorted({name for name, _ in said if name not in known})
    turned = sorted({name for name, _ in judged - given if name in known})
    right = judged & given
    precision = len(right) / len(judged) if judged else float("nan")
    recall = len(right) / len(given) if given else float("nan")
    names = tuple(new_names(sentence, title))
    return Checked(names, tuple(beyond), tuple(turned), precision, recall)
