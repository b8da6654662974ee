"""What a score, a sentence or an explanation is worth, as a number.

Ratings, rankings, overlap and claims of sentences, faithfulness of
explanations; `baselines` are the writers that know nothing, beside which every
mark is read. May import `core` and `data`: a judge knows no model.
"""

from recx_lib.judge.ab_test import (
    always_valid_p,
    by_customer,
    difference,
    obrien_fleming,
    p_value,
    pocock,
    sample_size,
    spending_bounds,
)
from recx_lib.judge.agreement import rank_correlation
from recx_lib.judge.baselines import (
    aspect_medoid,
    aspect_template,
    medoid_of_item,
    one_for_everybody,
    random_of_item,
    random_sentence,
)
from recx_lib.judge.bootstrap import bootstrap_counts, bootstrap_interval
from recx_lib.judge.claims import Claim, ItemFacts, claims, is_supported
from recx_lib.judge.faithfulness import (
    cited,
    comprehensiveness,
    deletion_curve,
    insertion_curve,
    leaves_first,
    reason_recovery,
    sign_accuracy,
    sufficiency,
)
from recx_lib.judge.model_judge import (
    judge_agreement,
    position_bias,
    prefers_first,
    says_yes,
)
from recx_lib.judge.off_policy import (
    doubly_robust,
    effective_size,
    importance_weights,
    ips,
    snips,
    unsupported,
)
from recx_lib.judge.overlap import (
    MAX_WORDS,
    bleu,
    bleu_counts,
    bleu_of_counts,
    div,
    fcr,
    fmr,
    longest_common,
    matches,
    ngrams,
    rouge_l,
    rouge_n,
    split_words,
    terms_named,
    usr,
)
from recx_lib.judge.perplexity import (
    Reader,
    perplexity,
    perplexity_interval,
    surprises,
)
from recx_lib.judge.rankings import (
    evaluate_ranking,
    gini,
    hit_at_k,
    ndcg_at_k,
    recall_at_k,
    top_k,
)
from recx_lib.judge.ratings import mae, rmse
from recx_lib.judge.rationales import Judge
from recx_lib.judge.reason_floors import ReasonFloors
from recx_lib.judge.similarity import SentenceTable, medoid, rows_naming
from recx_lib.judge.statements import (
    Checked,
    check_sentence,
    first_sentence,
    new_names,
    statements,
)
from recx_lib.judge.trials import (
    Explainer,
    random_floor,
    ratio_interval,
    summary,
    trial,
)
from recx_lib.judge.verdict import verdict
from recx_lib.judge.wording import (
    commonest_word,
    content_words,
    repeats,
    share_holding,
)

__all__ = [
    "Checked",
    "Claim",
    "Explainer",
    "ItemFacts",
    "Judge",
    "MAX_WORDS",
    "Reader",
    "ReasonFloors",
    "SentenceTable",
    "always_valid_p",
    "aspect_medoid",
    "aspect_template",
    "bleu",
    "bleu_counts",
    "bleu_of_counts",
    "bootstrap_counts",
    "bootstrap_interval",
    "by_customer",
    "check_sentence",
    "cited",
    "claims",
    "commonest_word",
    "comprehensiveness",
    "content_words",
    "deletion_curve",
    "difference",
    "div",
    "doubly_robust",
    "effective_size",
    "evaluate_ranking",
    "fcr",
    "first_sentence",
    "fmr",
    "gini",
    "hit_at_k",
    "importance_weights",
    "insertion_curve",
    "ips",
    "is_supported",
    "judge_agreement",
    "leaves_first",
    "longest_common",
    "mae",
    "matches",
    "medoid",
    "medoid_of_item",
    "ndcg_at_k",
    "new_names",
    "ngrams",
    "obrien_fleming",
    "one_for_everybody",
    "p_value",
    "perplexity",
    "perplexity_interval",
    "pocock",
    "position_bias",
    "prefers_first",
    "random_floor",
    "random_of_item",
    "random_sentence",
    "rank_correlation",
    "ratio_interval",
    "reason_recovery",
    "recall_at_k",
    "repeats",
    "rmse",
    "rouge_l",
    "rouge_n",
    "rows_naming",
    "sample_size",
    "says_yes",
    "share_holding",
    "sign_accuracy",
    "snips",
    "spending_bounds",
    "split_words",
    "statements",
    "sufficiency",
    "summary",
    "surprises",
    "terms_named",
    "top_k",
    "trial",
    "unsupported",
    "usr",
    "verdict",
]
