"""The simulated shop, whose true reasons are on record.

`law` says how taste makes a rating, `simulator` who buys what and when,
`reviewers` and `voice` what is written about it, `dirt` how the raw table is
spoilt. May import `core` and `data`; no other package imports it, since it
knows the truth.
"""

from recx_lib.shop.law import top_reason

__all__ = [
    "top_reason",
]
