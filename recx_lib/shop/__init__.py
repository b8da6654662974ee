"""The simulated shop, whose true reasons are on record.

`law` says how taste makes a rating, `simulator` who buys what and when,
`reviewers` and `voice` what is written about it, `dirt` how the raw table is
spoilt. Imports `core` and `data`; nothing imports it but those who ask for the
truth.
"""

from recx_lib.shop.law import top_reason

__all__ = [
    "top_reason",
]
