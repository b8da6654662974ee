"""The simulated shop, whose true reasons are on record.

`settings` says what a shop may be like, and names three; `law` how taste makes
a rating, `beyond` what else does, `simulator` who buys what and when, `twin`
runs it again with one thing otherwise, `topics` what is spoken of, `reviewers`
and `voice` in which words, `dirt` how the raw table is spoilt; `visitors` what
customers do with a list and its sentences, `persuasion` what praise is worth
to whom. May import `core` and `data`; no other package imports it, since it
knows the truth.
"""

from recx_lib.shop.beyond import effects
from recx_lib.shop.law import top_reason
from recx_lib.shop.persuasion import (
    equilibria,
    fictitious_play,
    praise_game,
)
from recx_lib.shop.scenarios import SCENARIOS
from recx_lib.shop.settings import HARSH, KIND, MIDDLE, SHOPS, ShopSettings
from recx_lib.shop.simulator import simulate
from recx_lib.shop.twin import World
from recx_lib.shop.visitors import (
    Crowd,
    VisitLaw,
    chances,
    run_weeks,
    shelves,
    visit,
)
from recx_lib.shop.worlds import Life, Scenario, live, tastes

__all__ = [
    "Crowd",
    "HARSH",
    "KIND",
    "Life",
    "MIDDLE",
    "SCENARIOS",
    "SHOPS",
    "Scenario",
    "ShopSettings",
    "VisitLaw",
    "World",
    "chances",
    "effects",
    "equilibria",
    "fictitious_play",
    "live",
    "praise_game",
    "run_weeks",
    "shelves",
    "simulate",
    "tastes",
    "top_reason",
    "visit",
]
