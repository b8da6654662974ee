"""The simulated shop's voice: turns the reasons for a rating into the review
that a user of some style would write.
"""

from __future__ import annotations

import re
from functools import cache

import numpy as np
import pandas as pd

from recx_lib.shop.catalogue import CATEGORIES, SCENERY, TERMS
from recx_lib.shop.phrases import PHRASES

BANDS = {1: "low", 2: "low", 3: "mid", 4: "high", 5: "high"}


# how likely, per style: an opening verdict, an introduction, a connective, an aside, a closing verdict
HABITS = {
    "terse": (0.15, 0.35, 0.0, 0.05, 0.35),
    "chatty": (0.3, 0.7, 0.5, 0.6, 0.4),
    "technical": (0.05, 0.9, 0.3, 0.3, 0.3),
    "keen": (0.5, 0.5, 0.3, 0.35, 0.5),
    "dry": (0.2, 0.5, 0.4, 0.4, 0.4),
    "story": (0.05, 0.95, 0.4, 0.6, 0.3),
}


LOOSE = {
    "i mean",
    "oh",
    "oh no",
    "well",
    "wow",
    "honestly",
}  # beginnings that take no connective


# of these a user has a few of their own and uses no others
FAVOURITES = {
    "strong+": 3,
    "strong-": 3,
    "mild+": 2,
    "mild-": 2,
    "pal": 3,
    "place": 6,
    "flip": 3,
    "more": 3,
    "trip": 8,
}


FAVOURITES |= {
    "close.high": 5,
    "close.mid": 4,
    "close.low": 4,
    "open.high": 3,
    "open.mid": 3,
    "open.low": 3,
}


@cache
def categories() -> dict[str, dict]:
    """Return the shop's categories by code: name, items (how many), plural,
    aspects, models.

    >>> categories()["tent"]["name"], categories()["tent"]["items"]
    ('tents', 20)
    """
    keys = ["code", "name", "items", "plural", "aspects", "models"]
    rows = [
        dict(zip(keys, line.split("|"), strict=True))
        for line in CATEGORIES.strip().splitlines()
    ]
    return {
        r["code"]: r
        | {
            "items": int(r["items"]),
            "aspects": r["aspects"].split(),
            "models": r["models"].split(","),
        }
        for r in rows
    }


@cache
def terms() -> dict[str, list[dict]]:
    """Return each aspect's surface terms: n (the words), mark (+ plural, =
    countable, $ sum, ~ abstract), only.

    `only` lists the codes of the categories that the term is said of, an empty
    code standing for all.

    >>> terms()["waterproofing"][1]
    {'n': 'seams', 'mark': '+', 'only': ['tent', 'pack', 'rain', 'boots']}
    """
    table = {}
    for line in TERMS.strip().replace("\n ", " ").splitlines():
        aspect, _, listed = line.partition(": ")
        found = [
            re.fullmatch(r"([^+=$~@]+)([+=$~]?)(?:@(.+))?", t.strip())
            for t in listed.split(",")
        ]
        table[aspect] = [
            {"n": f[1], "mark": f[2], "only": (f[3] or "").split("/")}
            for f in found
        ]
    return table


@cache
def grammar() -> dict[str, list[str]]:
    """Return the phrase grammar: symbol -> alternatives.

    >>> grammar()["noun.rain"]
    ['jacket', 'shell', 'rain jacket']
    """
    lines = [
        line.partition(": ")
        for line in (SCENERY + PHRASES)
        .strip()
        .replace("\n ", " ")
        .splitlines()
    ]
    return {
        symbol: [a.strip() for a in listed.split(" | ")]
        for symbol, _, listed in lines
    }


class Voice:
    """One user's way of writing: a style and favourite words, drawn once, and
    the random stream that all share.

    >>> voice = Voice(np.random.Generator(np.random.PCG64(0)), "dry")
    >>> voice.say("noun", {"category": "rain"}) in ["jacket", "shell", "rain jacket"]
    True
    """

    def __init__(self, rng: np.random.Generator, style: str):
        self.rng, self.style = rng, style
        self.own = {
            s: self._few(grammar()[s], n) for s, n in FAVOURITES.items()
        }

    def _few(self, options: list[str], n: int) -> list[str]:
        return [
            options[i]
            for i in self.rng.random(len(options)).argsort(kind="stable")[:n]
        ]

    def chance(self, p: float) -> bool:
        return self.rng.random() < p

    def pick(self, options: list):
        return options[int(self.rng.random() * len(options))]

    def say(self, symbol: str, setting: dict[str, str]) -> str:
        """Return one expansion of a symbol; `setting` holds the small words
        and aspect, category, strength, band.
        """

        def fill(match: re.Match) -> str:
            return (
                setting[match[1]]
                if match[1] in setting
                else self.say(match[1], setting)
            )

        return re.sub(
            r"\{([^{}]+)\}", fill, self.pick(self._options(symbol, setting))
        )

    def _options(self, symbol: str, setting: dict[str, str]) -> list[str]:
        """The aspect's own alternatives, else (often) the style's, else the
        general ones and what the setting adds.
        """
        rules, by_aspect = grammar(), f"{symbol}.{setting.get('aspect')}"
        for key in (f"{by_aspect}.{setting.get('kind')}", by_aspect):
            if key in rules:
                return rules[key]
        if f"{symbol}.{self.style}" in rules and self.chance(0.55):
            return rules[f"{symbol}.{self.style}"]
        keys = [
            symbol,
            *(
                f"{symbol}.{setting.get(k)}"
                for k in ("category", "strength", "band")
            ),
        ]
        return [a for k in keys for a in self.own.get(k, rules.get(k, []))]


def write_reviews(
    rng, styles, category, visits: pd.DataFrame, said: list
) -> tuple[list[str], pd.DataFrame]:
    """Return one text per visit, and the truth about its mentions (review,
    aspect, feature, polarity).

    `styles` per user, `category` per item; `visits` has the columns review,
    user, item (integers), rating, edited; `said` lists per visit the (aspect,
    term in thousandths) to mention.

    >>> visit = pd.DataFrame({"review": [7], "user": [0], "item": [0], "rating": [2], "edited": [False]})
    >>> rng = np.random.Generator(np.random.PCG64(0))
    >>> _, mentions = write_reviews(rng, ["terse"], ["mat"], visit, [[("comfort", -800)]])
    >>> mentions.drop(columns="feature").to_dict("records")
    [{'review': 7, 'aspect': 'comfort', 'polarity': -1}]
    """
    voices = [Voice(rng, style) for style in styles]
    texts, mentions = [], []
    for visit, reasons in zip(visits.itertuples(), said, strict=True):
        setting = _setting(category[visit.item], BANDS[visit.rating])
        text, features = _review(
            voices[visit.user], setting, reasons, visit.edited
        )
        texts.append(text)
        mentions += [
            (visit.review, a, f, 1 if t > 0 else -1)
            for (a, t), f in zip(reasons, features, strict=True)
        ]
    return texts, pd.DataFrame(
        mentions, columns=["review", "aspect", "feature", "polarity"]
    )


def _setting(code: str, band: str) -> dict[str, str]:
    many = bool(categories()[code]["plural"])
    noun = grammar()[f"noun.{code}"][0]
    one = {
        "this": f"this {noun}",
        "these": "this one",
        "them": "it",
        "it": "it",
        "live": "lives",
    }
    more = {
        "this": f"these {code}",
        "these": "these",
        "them": "them",
        "it": "they",
        "live": "live",
    }
    return {"category": code, "band": band, **(more if many else one)}


def _review(
    voice: Voice, setting: dict, reasons: list, edited: bool
) -> tuple[str, list[str]]:
    opening, intro, link, aside, closing = HABITS[voice.style]
    parts = [voice.say("open", setting)] if voice.chance(opening) else []
    parts += [voice.say("intro", setting)] if voice.chance(intro) else []
    said, features = _mentions(voice, setting, reasons, link)
    parts += said
    parts += (
        [voice.say("aside", setting)]
        if voice.chance(aside) and len(parts) < 5
        else []
    )
    parts += (
        [voice.say("close", setting)]
        if voice.chance(closing) and len(parts) < 5
        else []
    )
    if edited:
        parts[0] = f"{voice.say('edit', setting)}: {parts[0]}"
    return " ".join(_sentence(p) for p in parts), features


def _mentions(
    voice: Voice, setting: dict, reasons: list, link: float
) -> tuple[list[str], list[str]]:
    parts, features, before = [], [], 0
    for aspect, moved in reasons:
        term = voice.pick(
            [
                t
                for t in terms()[aspect]
                if t["only"] == [""] or setting["category"] in t["only"]
            ]
        )
        strength = "strong" if abs(moved) >= 500 else "mild"
        small = (
            setting | {"aspect": aspect, "strength": strength} | _agree(term)
        )
        mood = "+" if moved > 0 else "-"
        part = voice.say(("say" if voice.chance(0.6) else "own") + mood, small)
        joint = {0: "", moved: "more"}.get(
            before, "flip" if before * moved < 0 else "more"
        )
        linked = (
            joint
            and part.partition(",")[0].lower() not in LOOSE
            and voice.chance(link)
        )
        parts.append(f"{voice.say(joint, setting)} {part}" if linked else part)
        features.append(term["n"])
        before = moved
    return parts, features


def _agree(term: dict) -> dict[str, str]:
    many = term["mark"] == "+"
    verbs = (
        ("are", "were", "have", "", "they", "them")
        if many
        else ("is", "was", "has", "s", "it", "it")
    )
    small = dict(
        zip(("is", "was", "has", "s", "pro", "pro_o"), verbs, strict=True)
    )
    kind = (
        "price"
        if term["mark"] == "$"
        else "part"
        if term["only"] != [""] and term["mark"] != "~"
        else ""
    )
    return small | {
        "n": term["n"],
        "kind": kind,
        "an": "a " if term["mark"] in ("=", "$") else "",
    }


def _sentence(text: str) -> str:
    """Capitalise, put "an" before a vowel, end with a full stop."""
    text = re.sub(
        r"\b([Aa]) (?=(?!one|uni|use)[aeiou]|8\b|18\b|hour)",
        r"\1n ",
        text.strip(),
    )
    text = re.sub(
        r"(?<=[.?!] )[a-z]", lambda m: m[0].upper(), text[0].upper() + text[1:]
    )
    return text if text[-1] in ".!?" else text + "."
