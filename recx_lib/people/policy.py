"""Chapter 19: what must not be cited, what must not be said, and who checked.

A policy is a file that people can read: see `policy.toml` beside this module.
It filters the evidence before a sentence is written, and the sentence after.
"""

from __future__ import annotations

import json
import re
import tomllib
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

from recx_lib.core.checks import check_whole
from recx_lib.core.errors import DataError
from recx_lib.core.evidence import Explanation
from recx_lib.people.privacy import behind_crowd

POLICY = Path(__file__).with_name("policy.toml")
SENTENCE_END = re.compile(r"(?<=[.!?])\s+")
ACTIONS = ("said", "rephrased", "refused")
# letters of other alphabets, and signs, that look like Latin ones
LOOKALIKES = str.maketrans(
    "авекмнорстухіјѕԁαεικνορτυχωγ@$€013457",
    "abekmhopctyxijsdaeikvoptuxwyaseoieast",
)
LETTER = r"[^\W\d_]"
APART = (
    rf"(?<!\w){LETTER}(?:([-.·*_ ]){LETTER})(?:\1{LETTER})+(?!\w)"  # d-e-b-t
)
WORD = re.compile(r"[\w@$€]+")
DRAWN_OUT = rf"({LETTER})\1{{2,}}"  # huuurry


class Taboo(NamedTuple):
    """A sentence is struck out that holds something of every pattern in `all`,
    and nothing of those in `unless`. `step`: with which of the changes that
    the file's log counts it came.
    """

    kind: str
    why: str
    all: tuple[re.Pattern, ...]
    unless: tuple[re.Pattern, ...] = ()
    step: int = 3

    def strikes(self, sentence: str) -> bool:
        """Return whether the rule strikes a sentence, already made bare."""
        named = all(pattern.search(sentence) for pattern in self.all)
        return named and not any(p.search(sentence) for p in self.unless)


class Ruling(NamedTuple):
    """What is left of a text: all ("said"), some ("rephrased") or none of it
    ("refused"), and the kinds of the rules that struck.
    """

    action: str
    text: str
    kinds: tuple[str, ...] = ()


def bare(text: str) -> str:
    """Return a text without what only hides words: case, odd letters, gaps.

    >>> bare("HURRY,  it’s \uff4cate")
    "hurry, it's late"
    """
    text = unicodedata.normalize("NFKC", text).casefold()
    text = text.replace("\u2019", "'")
    visible = [c for c in text if unicodedata.category(c) != "Cf"]
    return " ".join("".join(visible).split())


def readings(text: str) -> tuple[str, ...]:
    """Return a text, bare, and what an eye reads through its disguise.

    Signs and foreign letters for Latin ones ("d3bt"; a 1 for i and for l),
    accents, letters apart ("h-u-r-r-y") and drawn out ("huuurry").

    >>> readings("H-u-r-r-y, d\u0435btor!")
    ('h-u-r-r-y, d\u0435btor!', 'hurry, debtor!')
    """
    plain = bare(text)
    # 1. letters that were set apart, and those that were drawn out
    joined = re.sub(APART, lambda found: re.sub(r"[\W_]", "", found[0]), plain)
    joined = re.sub(DRAWN_OUT, r"\1", joined)
    # 2. accents off
    parts = unicodedata.normalize("NFKD", joined)
    latin = "".join(c for c in parts if not unicodedata.combining(c))
    # 3. signs and foreign letters, only within words
    read = [WORD.sub(partial(_seen, one=letter), latin) for letter in "il"]
    return tuple(dict.fromkeys([plain, *read]))


def _seen(word: re.Match, one: str) -> str:
    """Return a word with what looks like a Latin letter as that letter; a
    number is left as it is.
    """
    if not any(map(str.isalpha, word[0])):
        return word[0]
    return word[0].replace("1", one).translate(LOOKALIKES)


@dataclass(frozen=True)
class Policy:
    """Rules for sentences, and for the evidence behind them.

    `words` are the named lists of the file as patterns, `never` names those of
    them that no cited evidence may match, `least` is how many people must
    stand behind what is cited of others.

    >>> policy = Policy.load()
    >>> policy.check("The seams are dry. Hurry, only 2 left!")
    Ruling(action='rephrased', text='The seams are dry.', kinds=('pressure',))
    """

    words: Mapping[str, re.Pattern]
    rules: tuple[Taboo, ...]
    never: tuple[str, ...] = ()
    least: int = 1

    @classmethod
    def load(cls, path: Path | str = POLICY) -> Policy:
        """Read a policy; raise DataError for what is no policy, naming it."""
        # 1. What is in the file.
        try:
            found = tomllib.loads(Path(path).read_text(encoding="utf-8"))
            evidence, named = found["evidence"], found["words"]
            # 2. Patterns and rules, each of known lists.
            words = {name: _pattern(some) for name, some in named.items()}
            rules = tuple(_rule(one, words) for one in found["rule"])
            never = tuple(evidence["never"])
            missing = [name for name in never if name not in words]
            if missing:
                raise DataError(f"no list of words is called {missing[0]!r}")
            check_whole(least=evidence["least"])
            return cls(words, rules, never, evidence["least"])
        except KeyError as error:
            raise DataError(f"{path}: {error} is missing") from error
        except (tomllib.TOMLDecodeError, re.error, DataError) as error:
            raise DataError(f"{path}: {error}") from error

    def filter(
        self,
        explanation: Explanation,
        about: Mapping[str, str],
        minor: bool = False,
        crowd: Mapping[str, int] | None = None,
    ) -> Explanation:
        """Return the explanation without evidence that must not be cited.

        `about` is what is known of each piece of evidence, by name: a title
        and tags, in one text. To minors nothing of their history is cited.
        `crowd` is how many people stand behind each piece; where it is given,
        what fewer than `least` stand behind is left out, too.
        """
        # 1. Nothing that too few share.
        if crowd is not None:
            explanation = behind_crowd(explanation, crowd, self.least)
        # 2. Nothing that speaks of what must not be cited.
        kept = []
        for piece in explanation.evidence:
            text = bare(about.get(piece.name, piece.name))
            found = [self.words[name].search(text) for name in self.never]
            if not minor and not any(found):
                kept.append(piece)
        said = explanation.user, explanation.item, explanation.method
        return Explanation(*said, tuple(kept))

    def struck(self, sentence: str) -> tuple[str, ...]:
        """Return the kinds of the rules that strike a sentence, each once,
        as it stands or as an eye reads it.
        """
        read = readings(sentence)
        kinds = []
        for rule in self.rules:
            if any(map(rule.strikes, read)):
                kinds.append(rule.kind)
        return tuple(dict.fromkeys(kinds))

    def check(self, text: str) -> Ruling:
        """Return the text without the sentences that must not be said."""
        kept, kinds = [], []
        # sentence by sentence: one that must go takes no other along
        for sentence in SENTENCE_END.split(text.strip()):
            struck = self.struck(sentence)
            kinds += struck
            if not struck:
                kept.append(sentence)
        left, kinds = " ".join(kept), tuple(dict.fromkeys(kinds))
        # whole, in part, or not at all
        if not kinds:
            return Ruling("said", text)
        return Ruling("rephrased" if left else "refused", left, kinds)


def _pattern(some: list[str]) -> re.Pattern:
    """Return what matches any of the words, as whole words."""
    return re.compile(r"(?<!\w)(?:" + "|".join(some) + r")(?!\w)")


def _rule(one: Mapping, words: Mapping[str, re.Pattern]) -> Taboo:
    """Return a rule of the file; raise DataError for an unknown list."""
    # lists of words, by name; a name that is not there is an error
    lists = {}
    for field in ("all", "unless"):
        names = one.get(field, [])
        missing = [name for name in names if name not in words]
        if missing:
            raise DataError(f"no list of words is called {missing[0]!r}")
        lists[field] = tuple(words[name] for name in names)
    if not lists["all"]:
        raise DataError(f"a rule on {one['kind']!r} would strike everything")
    step = {"step": one["step"]} if "step" in one else {}
    return Taboo(one["kind"], one["why"], **lists, **step)


class AuditLog:
    """What was decided, line by line, each with a hash of the line before.

    A change in the middle breaks the chain. A cut at the end, or a file that
    was written anew from there, does not: compare with a copy of `last()` that
    is kept elsewhere. A line holds the item, the action and the kinds of the
    rules, and neither the user nor the sentence, which might be what must not
    be known.
    """

    def __init__(self, path: Path | str):
        self.path = Path(path)

    def write(self, item: str, ruling: Ruling) -> None:
        """Note a ruling on a sentence about an item."""
        note = {"item": item, "action": ruling.action, "before": self.last()}
        note["kinds"] = list(ruling.kinds)
        with self.path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(note, ensure_ascii=False) + "\n")

    def last(self) -> str:
        """Return the hash of the last line, "" where there is none yet."""
        lines = self._lines()
        return sha256(lines[-1].encode()).hexdigest() if lines else ""

    def broken(self, last: str | None = None) -> int | None:
        """Return the number of the first line whose chain is broken, from 1;
        None where none is. `last` is what `last()` once said: without it
        nobody vouches for the end; where no line has this hash, the number
        after the last line is returned.
        """
        before, known = "", not last
        for number, line in enumerate(self._lines(), 1):
            if json.loads(line)["before"] != before:
                return number
            before = sha256(line.encode()).hexdigest()
            known = known or before == last
        return None if known else len(self._lines()) + 1

    def _lines(self) -> list[str]:
        """Return the lines so far."""
        if not self.path.exists():
            return []
        return self.path.read_text(encoding="utf-8").splitlines()
