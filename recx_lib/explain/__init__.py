"""Explainers: from a case to an explanation.

They look at a model through its `Case` only. Imports all of the above but
`shop`.
"""

from recx_lib.explain.attention_maps import (
    attention_map,
    attention_maps,
    attention_times_gradient,
    rollout,
    rollout_maps,
)
from recx_lib.explain.attribution import (
    MOST_PIECES,
    coalitions,
    completeness_gap,
    contributions,
    gradient_times_input,
    integrated_gradients,
    local_surrogate,
    occlusion,
    permutation_importance,
    random_evidence,
    shapley_exact,
    shapley_sampled,
    shapley_samples,
    standard_error,
)
from recx_lib.explain.planted_task import (
    Planted,
    planted_case,
    planted_histories,
    planted_scores,
    planted_trial,
    train_planted,
)
from recx_lib.explain.rule_sentences import pair_words, say_condition, say_rule
from recx_lib.explain.rules import (
    Condition,
    Rule,
    SurrogateRules,
    paths,
    simplify,
)

__all__ = [
    "Condition",
    "MOST_PIECES",
    "Planted",
    "Rule",
    "SurrogateRules",
    "attention_map",
    "attention_maps",
    "attention_times_gradient",
    "coalitions",
    "completeness_gap",
    "contributions",
    "gradient_times_input",
    "integrated_gradients",
    "local_surrogate",
    "occlusion",
    "pair_words",
    "paths",
    "permutation_importance",
    "planted_case",
    "planted_histories",
    "planted_scores",
    "planted_trial",
    "random_evidence",
    "rollout",
    "rollout_maps",
    "say_condition",
    "say_rule",
    "shapley_exact",
    "shapley_sampled",
    "shapley_samples",
    "simplify",
    "standard_error",
    "train_planted",
]
