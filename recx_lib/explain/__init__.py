"""Explainers: from a case to an explanation.

They look at a model through its `Case` only. May import `core`, `data`,
`judge`, `nets` and `recommend`.
"""

from recx_lib.explain.attention_maps import (
    attention_map,
    attention_maps,
    rollout,
    rollout_maps,
)
from recx_lib.explain.attribution import (
    completeness_gap,
    gradient_times_input,
    integrated_gradients,
    lime,
    occlusion,
    permutation_importance,
    random_evidence,
)
from recx_lib.explain.causes import (
    adjusted_effect,
    common_cause_effects,
    doubly_robust_effect,
    naive_effect,
    placebo_effects,
    weighted_effect,
)
from recx_lib.explain.counterfactual import (
    Contest,
    Swap,
    swap_by_sorting,
    swap_exact,
    swap_greedy,
)
from recx_lib.explain.graph_paths import (
    beam_paths,
    fall_of_cut,
    path_diversity,
    path_quality,
    random_path,
    smoothed_rank,
)
from recx_lib.explain.planted_task import (
    PlantedTask,
    planted_case,
    planted_histories,
    planted_scores,
    planted_trial,
    train_planted,
)
from recx_lib.explain.rule_sentences import (
    Wording,
    pair_wordings,
    say_condition,
    say_rule,
)
from recx_lib.explain.rule_surrogate import SurrogateRules
from recx_lib.explain.rules import Condition, Rule, paths, simplify
from recx_lib.explain.shapley import (
    MOST_PIECES,
    coalitions,
    contributions,
    shapley_exact,
    shapley_sampled,
    shapley_samples,
    standard_error,
)
from recx_lib.explain.slopes import swap_by_slopes

__all__ = [
    "Condition",
    "Contest",
    "MOST_PIECES",
    "PlantedTask",
    "Rule",
    "SurrogateRules",
    "Swap",
    "Wording",
    "adjusted_effect",
    "attention_map",
    "attention_maps",
    "beam_paths",
    "coalitions",
    "common_cause_effects",
    "completeness_gap",
    "contributions",
    "doubly_robust_effect",
    "fall_of_cut",
    "gradient_times_input",
    "integrated_gradients",
    "lime",
    "naive_effect",
    "occlusion",
    "pair_wordings",
    "path_diversity",
    "path_quality",
    "paths",
    "permutation_importance",
    "placebo_effects",
    "planted_case",
    "planted_histories",
    "planted_scores",
    "planted_trial",
    "random_evidence",
    "random_path",
    "rollout",
    "rollout_maps",
    "say_condition",
    "say_rule",
    "shapley_exact",
    "shapley_sampled",
    "shapley_samples",
    "simplify",
    "smoothed_rank",
    "standard_error",
    "swap_by_slopes",
    "swap_by_sorting",
    "swap_exact",
    "swap_greedy",
    "train_planted",
    "weighted_effect",
]
