"""Chapter 12: eight requests with the answers one would like to them.

Written by hand, about products that no shop of the book has.
"""

from __future__ import annotations

from recx_lib.write.language_model import Request, Shown

EXAMPLES = tuple(
    Shown(Request(title, facts), answer)
    for title, facts, answer in (
        (
            "Harbour Kettle",
            (("weight", 1), ("setup", -1)),
            "The Harbour Kettle has a good weight, but a terrible setup.",
        ),
        (
            "Selworth Rucksack",
            (("comfort", 1), ("capacity", 1)),
            "The Selworth Rucksack has great comfort and a great capacity.",
        ),
        (
            "Minster Jacket",
            (("fit", -1), ("warmth", 1)),
            "The warmth of the Minster Jacket is great, but the fit is poor.",
        ),
        (
            "Orrin Stove",
            (("price", -1), ("setup", -1)),
            "The price of the Orrin Stove is bad, and the setup is poor.",
        ),
        (
            "Tolland Boots",
            (("durability", 1), ("price", -1)),
            "The Tolland Boots have great durability, but a bad price.",
        ),
        (
            "Fenn Lamp",
            (("weight", 1), ("comfort", 1)),
            "Both the weight and the comfort of the Fenn Lamp are great.",
        ),
        (
            "Carrow Mat",
            (("comfort", -1), ("price", 1)),
            "The Carrow Mat has poor comfort, but its price is good.",
        ),
        (
            "Wick Tarp",
            (("setup", 1), ("weight", -1)),
            "The setup of the Wick Tarp is good, but its weight is bad.",
        ),
    )
)
