"""From raw reviews to a table worth learning from, and what its texts say.

Files become `Reviews`, texts become mentions of aspects, both become profiles.
`load` asks `shop_files`, `movielens` and `tables`, which `parse`;
`shop_cache` keeps the shops that are simulated on first use; `cleaning` and
`splits` make tables; `tokens`, `word_kinds`, `lexicon`, `opinion_targets`,
`mentions` and `records` read texts with the word lists of `english`. May
import `core`.
"""

from recx_lib.data.amazon import load_amazon
from recx_lib.data.checklist import checklist
from recx_lib.data.cleaning import (
    OLDER,
    UNTIMED,
    clean,
    fitting_scale,
    k_core,
)
from recx_lib.data.columns import USUAL, read_columns
from recx_lib.data.english import (
    CLAUSE_WORDS,
    DETERMINERS,
    LINKING_VERBS,
    OPINIONS,
    PREPOSITIONS,
)
from recx_lib.data.fetch import cache_folder, data_folder, find
from recx_lib.data.lexicon import (
    CLEAR,
    STRONG,
    Lexicon,
    judged_pairs,
    mine_lexicon,
    propagate,
    read_clauses,
    signed_words,
)
from recx_lib.data.load import load_reviews, read_reviews
from recx_lib.data.mentions import (
    mentions_in,
    mine_mentions,
    mine_reviews,
    tag_mentions,
)
from recx_lib.data.movielens import load_movielens, load_movielens_fold
from recx_lib.data.own_table import guess_columns
from recx_lib.data.profiles import item_profile, user_profile
from recx_lib.data.public_sets import SOURCES
from recx_lib.data.records import records
from recx_lib.data.reviews import Ids, Reviews, check_train
from recx_lib.data.shop_files import load_shop, load_shop_truth
from recx_lib.data.splits import (
    assert_no_leak,
    leave_last_out,
    split_by_time,
    split_given,
    split_random,
)
from recx_lib.data.tables import load_table, tables_in
from recx_lib.data.tokens import (
    clauses,
    is_content,
    polarity_at,
    singular,
    tokenize,
)
from recx_lib.data.word_kinds import content_runs, word_kinds

__all__ = [
    "CLAUSE_WORDS",
    "CLEAR",
    "DETERMINERS",
    "LINKING_VERBS",
    "OLDER",
    "OPINIONS",
    "PREPOSITIONS",
    "SOURCES",
    "STRONG",
    "UNTIMED",
    "USUAL",
    "Ids",
    "Lexicon",
    "Reviews",
    "assert_no_leak",
    "cache_folder",
    "check_train",
    "checklist",
    "clauses",
    "clean",
    "content_runs",
    "data_folder",
    "find",
    "fitting_scale",
    "guess_columns",
    "is_content",
    "item_profile",
    "judged_pairs",
    "k_core",
    "leave_last_out",
    "load_amazon",
    "load_movielens",
    "load_movielens_fold",
    "load_reviews",
    "load_shop",
    "load_shop_truth",
    "load_table",
    "mentions_in",
    "mine_lexicon",
    "mine_mentions",
    "mine_reviews",
    "polarity_at",
    "propagate",
    "read_clauses",
    "read_columns",
    "read_reviews",
    "records",
    "signed_words",
    "singular",
    "split_by_time",
    "split_given",
    "split_random",
    "tables_in",
    "tag_mentions",
    "tokenize",
    "user_profile",
    "word_kinds",
]
