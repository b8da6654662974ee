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
from recx_lib.recommend.bandits import EpsilonGreedy, LinUCB, ThompsonSampling
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
from recx_lib.recommend.graph import (
    Graph,
    GraphPath,
    check_no_test_edge,
    graph_of,
    read_graph,
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
from recx_lib.recommend.horn_rules import Atom, Facts, HornRule, mine_rules
from recx_lib.recommend.linear import (
    LinearProfile,
    mean_deviation,
    ridge,
    squared_error,
    squared_error_gradient,
)
from recx_lib.recommend.mf import Baseline, FactorModel, Popularity, group
from recx_lib.recommend.pair_features import PairFeatures, learned_tastes
from recx_lib.recommend.pair_models import (
    BoostedRecommender,
    LinearRecommender,
    MLPRecommender,
    PairRecommender,
)
from recx_lib.recommend.path_counts import PathCounts
from recx_lib.recommend.path_writer import PathWriter
from recx_lib.recommend.questions import Belief
from recx_lib.recommend.recent import RecentEASE, places
from recx_lib.recommend.rule_model import Ban, RuleRecommender
from recx_lib.recommend.sgd import BiasedMF, gradient, loss, sgd_epoch
from recx_lib.recommend.simple import (
    Alike,
    FriendsHave,
    NextItem,
    ReadNow,
    Wishes,
)
from recx_lib.recommend.title_likelihood import TitleRecommender
from recx_lib.recommend.told_by_titles import name_facts, title_facts
from recx_lib.recommend.towers import (
    DotProduct,
    LearnedSimilarity,
    PairNet,
    Tower,
    TwoTowers,
    in_batch_loss,
)
from recx_lib.recommend.translation import (
    TransE,
    filtered_ranks,
    margin_gradient,
    margin_loss,
)
from recx_lib.recommend.walks import walker

__all__ = [
    "ALS",
    "Alike",
    "Atom",
    "Ban",
    "Baseline",
    "BayesianMF",
    "Belief",
    "BiasedMF",
    "BoostedRecommender",
    "Chain",
    "ContentModel",
    "DotProduct",
    "EASE",
    "EncoderRecommender",
    "EpsilonGreedy",
    "FactorModel",
    "FactorizationMachine",
    "Facts",
    "FriendsHave",
    "Graph",
    "GraphPath",
    "Histories",
    "HistoryAttention",
    "HistoryNet",
    "HistoryScore",
    "HistoryShape",
    "HistoryTraining",
    "HornRule",
    "ImplicitALS",
    "LearnedSimilarity",
    "LinUCB",
    "LinearProfile",
    "LinearRecommender",
    "MLPRecommender",
    "NextItem",
    "PairFeatures",
    "PairNet",
    "PairRecommender",
    "PathCounts",
    "PathWriter",
    "Popularity",
    "PresentHeads",
    "ReadNow",
    "RecentEASE",
    "RuleRecommender",
    "ThompsonSampling",
    "TitleRecommender",
    "Tower",
    "TransE",
    "Tuning",
    "TwoTowers",
    "Wishes",
    "WordScore",
    "als_step",
    "as_columns",
    "check_no_test_edge",
    "ease_weights",
    "filtered_ranks",
    "fm_epoch",
    "gibbs_step",
    "gradient",
    "graph_of",
    "group",
    "implicit_als_step",
    "in_batch_loss",
    "interactions",
    "learned_tastes",
    "loss",
    "margin_gradient",
    "margin_loss",
    "mean_deviation",
    "mine_rules",
    "name_facts",
    "places",
    "present_attention",
    "read_graph",
    "ridge",
    "sample_prior",
    "sgd_epoch",
    "squared_error",
    "squared_error_gradient",
    "title_facts",
    "walker",
    "word_case",
]
