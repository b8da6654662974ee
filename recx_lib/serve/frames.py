"""Chapter 17: chapter 3's sentences, written in advance.

A grammar takes hundredths of a second for a sentence. What it decides depends
on sides and a draw, not on names: so it writes frames with places for names,
once, and a sentence is a frame that is filled in.
"""

from __future__ import annotations

import re
from functools import lru_cache
from zlib import crc32

from recx_lib.core import Evidence, Explanation
from recx_lib.serve.shelf import ServedModel
from recx_lib.write import choose_content, write_grammar

PLACES = ("Place1", "Place2")
TITLE = "Place0"
DRAWS = 16  # how many ways to say a thing


@lru_cache(maxsize=256)
def frame(sides: tuple[int, ...], is_for: bool, draw: int) -> str:
    """Return a sentence with `PLACES` for names, by chapter 3's grammar.

    `sides` of the things to be named, +1 or −1; `is_for`: whether the score as
    a whole recommends. No name goes in, so none is kept.

    >>> frame((1,), True, draw=0).count("Place1")
    1
    """
    cited = []
    for name, side in zip(PLACES, sides, strict=False):
        cited.append(Evidence("item", name, float(side)))
    rest = Evidence("bias", "", 9.0 if is_for else -9.0)
    why = Explanation("", str(draw), "frame", (*cited, rest))
    return write_grammar(why, TITLE).text


def frame_sentence(why: Explanation, model: ServedModel) -> str:
    """Return the sentence about an explanation whose pieces are items.

    The same customer and item get the same words. What `write_grammar` would
    say, as to content: the same two things, sides and order.
    """
    messages = choose_content(why)
    sides = tuple(message.side for message in messages)
    draw = crc32(f"{why.user}\n{why.item}".encode()) % DRAWS
    text = frame(sides, why.total >= 0, draw)
    names = {TITLE: model.title(why.item)}
    for place, message in zip(PLACES, messages, strict=False):
        names[place] = model.title(message.name)
    # all at once, so that a name which looks like a place stays a name
    text = re.sub("Place[012]", lambda found: names[found[0]], text)
    return text[:1].upper() + text[1:]
