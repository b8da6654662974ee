"""The simulated shop, whose true reasons are on record.

A law of taste, people, goods, and a voice that writes their reviews. Imports
`core` and `data`; nothing imports it but those who ask for the truth.
"""

from recx_lib.shop.simulator import top_reason

__all__ = [
    "top_reason",
]
