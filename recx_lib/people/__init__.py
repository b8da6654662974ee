"""What a reason gives away, whom it treats worse, what it must not say.

`privacy` attacks explanations and hides people in them, `forgetting` and
`ledger` take one out of models and of what was written, `fairness` compares
groups, `policy` filters evidence and sentences, `red_team` tries it, `cards`
say what was measured. May import every stage.
"""

from recx_lib.people.cards import QUESTIONS, data_card, model_card
from recx_lib.people.fairness import (
    benjamini_hochberg,
    discount_popular,
    gap,
    half_length,
    holm,
    leaves,
    list_quality,
    politeness,
    quoted_for,
    reserve,
)
from recx_lib.people.forgetting import (
    ForgetfulALS,
    ForgetfulEASE,
    downdate,
    nameless,
)
from recx_lib.people.ledger import Ledger, traces
from recx_lib.people.policy import (
    AuditLog,
    Policy,
    Ruling,
    Taboo,
    bare,
    readings,
)
from recx_lib.people.privacy import (
    Neighbours,
    PrivateEASE,
    Target,
    behind_crowd,
    composed,
    draw_targets,
    mark_guess,
    noise_scale,
    rise_attack,
    said_weights,
    style_attack,
)
from recx_lib.people.red_team import fresh_cases, harmless, red_team

__all__ = [
    "AuditLog",
    "Taboo",
    "ForgetfulALS",
    "ForgetfulEASE",
    "Ledger",
    "Neighbours",
    "Policy",
    "PrivateEASE",
    "QUESTIONS",
    "Ruling",
    "Target",
    "bare",
    "behind_crowd",
    "composed",
    "benjamini_hochberg",
    "data_card",
    "discount_popular",
    "downdate",
    "draw_targets",
    "fresh_cases",
    "gap",
    "half_length",
    "harmless",
    "holm",
    "leaves",
    "list_quality",
    "mark_guess",
    "model_card",
    "nameless",
    "politeness",
    "quoted_for",
    "noise_scale",
    "readings",
    "red_team",
    "reserve",
    "rise_attack",
    "said_weights",
    "style_attack",
    "traces",
]
