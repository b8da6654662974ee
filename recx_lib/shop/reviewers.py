"""Turns the reasons for a rating into the review that a user would write."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd

from recx_lib.shop.notation import categories, grammar, terms
from recx_lib.shop.topics import Mention
from recx_lib.shop.voice import Voice

BANDS = {1: "low", 2: "low", 3: "mid", 4: "high", 5: "high"}


TRUTH_COLUMNS = ["review", "aspect", "term", "polarity", "how"]


# beginnings that take no connective
LOOSE = {"i mean", "oh", "oh no", "well", "wow", "honestly"}


# "a" before these sounds is "an"; "one", "uni…" and "use…" begin like "you"
AN = re.compile(r"\b([Aa]) (?=(?!one|uni|use)[aeiou]|8\b|18\b|hour)")


SENTENCE_START = re.compile(r"(?<=[.?!] )[a-z]")


# how the small words agree with a term, and with the thing reviewed
ONE_TERM = {
    "is": "is",
    "was": "was",
    "has": "has",
    "s": "s",
    "pro": "it",
    "pro_o": "it",
}


MANY_TERMS = {
    "is": "are",
    "was": "were",
    "has": "have",
    "s": "",
    "pro": "they",
    "pro_o": "them",
}


ONE_THING = {"these": "this one", "them": "it", "it": "it", "live": "lives"}


MANY_THINGS = {
    "these": "these",
    "them": "them",
    "it": "they",
    "live": "live",
}


def write_reviews(
    rng: np.random.Generator,
    styles: list[str],
    category: list[str],
    visits: pd.DataFrame,
    said: list[list[Mention]],
) -> tuple[list[str], pd.DataFrame]:
    """Return one text per visit, and the truth about its mentions (review,
    aspect, term, polarity, how).

    `styles` per user, `category` per item; `visits` has the columns review,
    user, item (integers), rating, edited; `said` lists per visit what to
    mention.

    >>> visit = {"review": [7], "user": [0], "item": [0], "rating": [2]}
    >>> visits = pd.DataFrame(visit).assign(edited=False)
    >>> rng = np.random.Generator(np.random.PCG64(0))
    >>> said = [[Mention("comfort", -800)]]
    >>> _, mentions = write_reviews(rng, ["terse"], ["mat"], visits, said)
    >>> mentions.drop(columns="term").to_dict("records")
    [{'review': 7, 'aspect': 'comfort', 'polarity': -1, 'how': 'judged'}]
    """
    # a voice for each user, the same in all of their reviews
    voices = [Voice(rng, style) for style in styles]
    texts, mentions = [], []
    for visit, topics in zip(visits.itertuples(), said, strict=True):
        voice = voices[visit.user]
        setting = _setting(category[visit.item], BANDS[visit.rating])
        text, named = _review(voice, setting, topics, visit.edited)
        texts.append(text)
        # what was meant, for tests that must know the truth
        for topic, term in zip(topics, named, strict=True):
            truth = topic.aspect, term, topic.polarity, topic.how
            mentions.append((visit.review, *truth))
    return texts, pd.DataFrame(mentions, columns=TRUTH_COLUMNS)


def _setting(code: str, band: str) -> dict[str, str]:
    """Return what every sentence of a review may refer to."""
    setting = {"category": code, "band": band}
    if categories()[code]["plural"]:
        return setting | {"this": f"these {code}"} | MANY_THINGS
    noun = grammar()[f"noun.{code}"][0]
    return setting | {"this": f"this {noun}"} | ONE_THING


def _review(
    voice: Voice, setting: dict, topics: list[Mention], edited: bool
) -> tuple[str, list[str]]:
    """Return a review's text, and the term by which each aspect is named."""
    habits, parts = voice.habits, []
    # 1. before the point
    if voice.chance(habits.opening):
        parts.append(voice.say("open", setting))
    if voice.chance(habits.intro):
        parts.append(voice.say("intro", setting))
    # 2. the point: what moved the rating
    said, named = _mentions(voice, setting, topics)
    parts += said
    # 3. after it, where the review is not long already
    if voice.chance(habits.aside) and len(parts) < 5:
        parts.append(voice.say("aside", setting))
    if voice.chance(habits.closing) and len(parts) < 5:
        parts.append(voice.say("close", setting))
    if not parts:
        parts.append(voice.say("close", setting))
    if edited:
        parts[0] = f"{voice.say('edit', setting)}: {parts[0]}"
    return " ".join(_sentence(part) for part in parts), named


def _mentions(
    voice: Voice, setting: dict, topics: list[Mention]
) -> tuple[list[str], list[str]]:
    """Return one part of a review for each mention, and the term it names."""
    parts, named, before = [], [], 0
    for topic in topics:
        # 1. A word for the aspect, and how strongly it was felt.
        term = voice.pick(_terms_for(topic.aspect, setting["category"]))
        strength = "strong" if abs(topic.moved) >= 500 else "mild"
        about = {"aspect": topic.aspect, "strength": strength}
        about |= setting | _agree(term)
        named.append(term["n"])
        # 2. Heard of, or merely named: no judgement.
        if topic.how != "judged":
            parts.append(voice.say(_symbol(topic), about))
            continue
        # 3. Judged, and joined to the judgement before it.
        symbol = "say" if voice.chance(0.6) else "own"
        mood = "+" if topic.moved > 0 else "-"
        part = voice.say(symbol + mood, about)
        parts.append(_linked(voice, setting, part, before * topic.moved))
        before = topic.moved
    return parts, named


def _symbol(topic: Mention) -> str:
    """Return the grammar's symbol for what is not simply judged."""
    if topic.how == "hearsay":
        return "hearsay+" if topic.moved > 0 else "hearsay-"
    return topic.how


def _terms_for(aspect: str, code: str) -> list[dict]:
    """Return the terms of an aspect that are said of a category."""
    return [
        t for t in terms()[aspect] if t["only"] == [""] or code in t["only"]
    ]


def _linked(voice: Voice, setting: dict, part: str, product: int) -> str:
    """Return a mention, perhaps with a connective to the one before.

    `product` of the two terms: 0 at the first mention, below 0 where praise
    follows complaint or complaint praise.
    """
    beginning = part.partition(",")[0].lower()
    # some parts cannot follow a connective
    if product == 0 or beginning in LOOSE:
        return part
    if not voice.chance(voice.habits.link):
        return part
    return f"{voice.say('flip' if product < 0 else 'more', setting)} {part}"


def _agree(term: dict) -> dict[str, str]:
    """Return the small words that agree with a term, and its kind."""
    kind = ""
    if term["mark"] == "$":
        kind = "price"
    elif term["only"] != [""] and term["mark"] != "~":
        kind = "part"
    article = "a " if term["mark"] in ("=", "$") else ""
    small = MANY_TERMS if term["mark"] == "+" else ONE_TERM
    return small | {"n": term["n"], "kind": kind, "an": article}


def _sentence(text: str) -> str:
    """Capitalise, put "an" before a vowel, end with a full stop."""
    text = AN.sub(r"\1n ", text.strip())
    text = text[0].upper() + text[1:]
    text = SENTENCE_START.sub(lambda match: match[0].upper(), text)
    return text if text[-1] in ".!?" else text + "."
