"""Reads the shop's tables of words: categories, terms and the phrase grammar.

A line that starts with a blank goes on with the line above. A line of the
grammar is `symbol: alternative | alternative …`; `symbol.x` holds the
alternatives for one aspect, category, style, strength or rating band. In an
alternative `{x}` is another symbol, or one of the small words that
`recx_lib.shop.reviewers` makes agree in number ({n}, {is}, {them}, …).
"""

from __future__ import annotations

import re
from functools import cache

from recx_lib.shop.catalogue import CATEGORIES, TERMS
from recx_lib.shop.no_cause_phrases import NO_CAUSE_PHRASES
from recx_lib.shop.own_phrases import OWN_PHRASES
from recx_lib.shop.phrases import PHRASES
from recx_lib.shop.scenery import SCENERY

TERM = re.compile(r"([^+=$~@]+)([+=$~]?)(?:@(.+))?")  # words, mark, only


@cache
def categories() -> dict[str, dict]:
    """Return the shop's categories by code: name, items (how many), plural,
    aspects, models.

    >>> categories()["tent"]["name"], categories()["tent"]["items"]
    ('tents', 20)
    """
    table = {}
    for line in _lines(CATEGORIES):
        code, name, items, plural, aspects, models = line.split("|")
        table[code] = {
            "code": code,
            "name": name,
            "items": int(items),
            "plural": plural,
            "aspects": aspects.split(),
            "models": models.strip().split(","),
        }
    return table


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
    for line in _lines(TERMS):
        aspect, _, listed = line.partition(": ")
        table[aspect] = [_term(text.strip()) for text in listed.split(",")]
    return table


def _term(text: str) -> dict:
    surface, mark, only = TERM.fullmatch(text).groups(default="")
    return {"n": surface, "mark": mark, "only": only.split("/")}


@cache
def grammar() -> dict[str, list[str]]:
    """Return the phrase grammar: symbol -> alternatives.

    >>> grammar()["noun.rain"]
    ['jacket', 'shell', 'rain jacket']
    """
    rules = {}
    for line in _lines(SCENERY + PHRASES + OWN_PHRASES + NO_CAUSE_PHRASES):
        symbol, _, listed = line.partition(": ")
        rules[symbol] = [option.strip() for option in listed.split(" | ")]
    return rules


def _lines(table: str) -> list[str]:
    """Return a table's lines, each whole."""
    whole = table.replace("\n ", " ").splitlines()
    return [line for line in whole if line]
