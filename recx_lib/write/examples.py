"""Chapter 12: eight requests with the answers one would like to them.

Written by hand, about products that no shop of the book has.
"""

from __future__ import annotations

from recx_lib.write.language_model import Request, Shown

# title | facts, praised + or blamed - | answer
WRITTEN = """
Harbour Kettle | +weight -setup
The Harbour Kettle has a good weight, but a terrible setup.
Selworth Rucksack | +comfort +capacity
The Selworth Rucksack has great comfort and a great capacity.
Minster Jacket | -fit +warmth
The warmth of the Minster Jacket is great, but the fit is poor.
Orrin Stove | -price -setup
The price of the Orrin Stove is bad, and the setup is poor.
Tolland Boots | +durability -price
The Tolland Boots have great durability, but a bad price.
Fenn Lamp | +weight +comfort
Both the weight and the comfort of the Fenn Lamp are great.
Carrow Mat | -comfort +price
The Carrow Mat has poor comfort, but its price is good.
Wick Tarp | +setup -weight
The setup of the Wick Tarp is good, but its weight is bad.
"""


def _read_examples(written: str) -> tuple[Shown, ...]:
    """Return examples from pairs of lines: title and facts, then answer.

    >>> _read_examples("A Tent | +zip\\nA good zip.")[0].request.facts
    (('zip', 1),)
    """
    lines, examples = written.strip().splitlines(), []
    # two lines each: what was asked, and the answer
    for head, answer in zip(lines[::2], lines[1::2], strict=True):
        title, facts = head.split(" | ")
        claims = tuple((one[1:], int(one[0] + "1")) for one in facts.split())
        examples.append(Shown(Request(title, claims), answer))
    return tuple(examples)


EXAMPLES = _read_examples(WRITTEN)
