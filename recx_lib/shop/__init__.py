"""The simulated shop, whose true reasons are on record.

`settings` says what a shop may be like, and names three; `law` how taste makes
a rating, `beyond` what else does, `simulator` who buys what and when, `twin`
runs it again with one thing otherwise, `topics` what is spoken of, `reviewers`
and `voice` in which words, `dirt` how the raw table is spoilt. May import
`core` and `data`; no other package imports it, since it knows the truth.
"""

from recx_lib.shop.beyond import effects
from recx_lib.shop.law import top_reason
from recx_lib.shop.settings import HARSH, KIND, MIDDLE, SHOPS, ShopSettings
from recx_lib.shop.simulator import simulate
from recx_lib.shop.twin import World

__all__ = [
    "HARSH",
    "KIND",
    "MIDDLE",
    "SHOPS",
    "ShopSettings",
    "World",
    "effects",
    "simulate",
    "top_reason",
]
