"""One user's way of writing: a style, habits and favourite phrases."""

from __future__ import annotations

import re
from typing import NamedTuple

import numpy as np

from recx_lib.shop.notation import grammar

SYMBOL = re.compile(r"\{([^{}]+)\}")


class Habits(NamedTuple):
    """How likely each part of a review is, for users of one style."""

    opening: float  # a verdict before all else
    intro: float  # where and when the thing was used
    link: float  # "however" or "also" between two mentions
    aside: float  # what has nothing to do with the thing
    closing: float  # a verdict at the end


HABITS = {  # as in `Habits`
    "terse": (0.15, 0.35, 0.0, 0.05, 0.35),
    "chatty": (0.3, 0.7, 0.5, 0.6, 0.4),
    "technical": (0.05, 0.9, 0.3, 0.3, 0.3),
    "keen": (0.5, 0.5, 0.3, 0.35, 0.5),
    "dry": (0.2, 0.5, 0.4, 0.4, 0.4),
    "story": (0.05, 0.95, 0.4, 0.6, 0.3),
}


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
    "close.high": 5,
    "close.mid": 4,
    "close.low": 4,
    "open.high": 3,
    "open.mid": 3,
    "open.low": 3,
}


class Voice:
    """One user's way of writing: a style and favourite phrases, drawn once,
    and the random stream that all share.

    >>> voice = Voice(np.random.Generator(np.random.PCG64(0)), "dry")
    >>> voice.say("noun", {"category": "lamp"})
    'headlamp'
    """

    def __init__(self, rng: np.random.Generator, style: str):
        self.rng = rng
        self.style = style
        self.habits = Habits(*HABITS[style])
        # everybody has favourite ways of saying things
        self.own = {}
        for symbol, n in FAVOURITES.items():
            self.own[symbol] = self._few(grammar()[symbol], n)

    def _few(self, options: list[str], n: int) -> list[str]:
        order = self.rng.random(len(options)).argsort(kind="stable")
        return [options[i] for i in order[:n]]

    def chance(self, p: float) -> bool:
        """Return True with probability `p`: one draw from the stream."""
        return self.rng.random() < p

    def pick(self, options: list):
        """Return one of the options, all equally likely: one draw."""
        return options[int(self.rng.random() * len(options))]

    def say(self, symbol: str, setting: dict[str, str]) -> str:
        """Return one expansion of a symbol; `setting` holds the small words
        and aspect, category, strength, band.
        """

        # what the setting holds is filled in, the rest is expanded
        def fill(match: re.Match) -> str:
            inner = match[1]
            given = setting.get(inner)
            return self.say(inner, setting) if given is None else given

        option = self.pick(self._options(symbol, setting))
        return SYMBOL.sub(fill, option)

    def _options(self, symbol: str, setting: dict[str, str]) -> list[str]:
        rules = grammar()
        # 1. the aspect's own alternatives, where it has some
        by_aspect = f"{symbol}.{setting.get('aspect')}"
        for key in (f"{by_aspect}.{setting.get('kind')}", by_aspect):
            if key in rules:
                return rules[key]
        # 2. else, often, the style's
        by_style = f"{symbol}.{self.style}"
        if by_style in rules and self.chance(0.55):
            return rules[by_style]
        # 3. else the general ones, and what the setting adds
        options = list(self.own.get(symbol, rules.get(symbol, [])))
        for place in ("category", "strength", "band"):
            key = f"{symbol}.{setting.get(place)}"
            options += self.own.get(key, rules.get(key, []))
        return options
