"""Recommenders: from ratings, from profiles, from a history.

Each is fitted on `Reviews` and opens its score as a `Case` or an
`Explanation`. May import `core`, `data`, `judge` and `nets`.
"""

from recx_lib.recommend.als import (
    ALS,
    ImplicitALS,
    als_step,
    implicit_als_step,
)
from recx_lib.recommend.bayes import (
    BayesianMF,
    Chain,
    gibbs_step,
    sample_prior,
)
from recx_lib.recommend.contents import ContentModel, as_columns
from recx_lib.recommend.ease import EASE, ease_weights
from recx_lib.recommend.encoder import EncoderRecommender, Tuning
from recx_lib.recommend.encoder_words import WordScore, word_case
from recx_lib.recommend.factorization import (
    FactorizationMachine,
    fm_epoch,
    interactions,
)
from recx_lib.recommend.history_attention import HistoryAttention
from recx_lib.recommend.history_net import (
    HistoryNet,
    HistoryScore,
    PresentHeads,
    present_attention,
)
from recx_lib.recommend.history_table import (
    Histories,
    HistoryShape,
    HistoryTraining,
)
from recx_lib.recommend.linear import (
    LinearProfile,
    mean_deviation,
    ridge,
    squared_error,
    squared_error_gradient,
)
from recx_lib.recommend.mf import Baseline, FactorModel, Popularity
from recx_lib.recommend.pair_features import PairFeatures, learned_tastes
from recx_lib.recommend.pair_models import (
    BoostedRecommender,
    LinearRecommender,
    MLPRecommender,
    PairRecommender,
)
from recx_lib.recommend.recent import RecentEASE, places
from recx_lib.recommend.sgd import BiasedMF, gradient, loss, sgd_epoch
from recx_lib.recommend.simple import (
    Alike,
    FriendsHave,
    NextItem,
    ReadNow,
    Wishes,
)
from recx_lib.recommend.title_likelihood import TitleRecommender
from recx_lib.recommend.towers import (
    DotProduct,
    LearnedSimilarity,
    PairNet,
    Tower,
    TwoTowers,
    in_batch_loss,
)

__all__ = [
    "ALS",
    "Alike",
    "Baseline",
    "BayesianMF",
    "BiasedMF",
    "BoostedRecommender",
    "Chain",
    "ContentModel",
    "DotProduct",
    "EASE",
    "EncoderRecommender",
    "FactorModel",
    "FactorizationMachine",
    "Histories",
    "FriendsHave",
    "HistoryAttention",
    "HistoryNet",
    "HistoryScore",
    "HistoryShape",
    "HistoryTraining",
    "ImplicitALS",
    "LearnedSimilarity",
    "LinearProfile",
    "LinearRecommender",
    "MLPRecommender",
    "NextItem",
    "PairFeatures",
    "PairNet",
    "PairRecommender",
    "Popularity",
    "PresentHeads",
    "ReadNow",
    "RecentEASE",
    "TitleRecommender",
    "Tower",
    "Tuning",
    "TwoTowers",
    "Wishes",
    "WordScore",
    "als_step",
    "as_columns",
    "ease_weights",
    "fm_epoch",
    "gibbs_step",
    "gradient",
    "implicit_als_step",
    "in_batch_loss",
    "interactions",
    "learned_tastes",
    "loss",
    "mean_deviation",
    "places",
    "present_attention",
    "ridge",
    "sample_prior",
    "sgd_epoch",
    "squared_error",
    "squared_error_gradient",
    "word_case",
]
