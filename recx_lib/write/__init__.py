"""Writers: from a user, an item and an explanation to a sentence.

Templates, quotations and networks; all return a `Rationale`. Every `Writer`
but the grammar is given one `Briefing`, and takes the best of its drafts with
one `choose`. May import every other package but `shop`.
"""

from recx_lib.write.briefing import Briefing, Writer
from recx_lib.write.choose import (
    PRICES,
    Prices,
    centrality,
    choose,
    crowd,
    echoes,
    fluency,
    nearness,
)
from recx_lib.write.consensus import (
    END,
    NEVER_LAST,
    START,
    ConsensusWriter,
    Votes,
)
from recx_lib.write.drafting import DRAFTING, Drafting, seed_of, write_drafts
from recx_lib.write.examples import EXAMPLES
from recx_lib.write.grammar import (
    Message,
    build_tree,
    choose_content,
    choose_opening,
    choose_words,
    goal_of,
    number,
    polish,
    realise,
    write_grammar,
)
from recx_lib.write.grammar_reading import read_back
from recx_lib.write.grammar_text import GRAMMAR
from recx_lib.write.language_model import (
    WORDINGS,
    Request,
    Shown,
    limits_for,
    objection,
    redraft,
    request_chat,
    request_text,
)
from recx_lib.write.neural import NeuralWriter
from recx_lib.write.plan import AspectPlanner
from recx_lib.write.quote import QuotingWriter
from recx_lib.write.retrieve import RECORD_COLUMNS, Retriever, softmax

__all__ = [
    "EXAMPLES",
    "WORDINGS",
    "Request",
    "Shown",
    "limits_for",
    "objection",
    "redraft",
    "request_chat",
    "request_text",
    "AspectPlanner",
    "Briefing",
    "ConsensusWriter",
    "DRAFTING",
    "Drafting",
    "END",
    "GRAMMAR",
    "Message",
    "NEVER_LAST",
    "NeuralWriter",
    "PRICES",
    "Prices",
    "QuotingWriter",
    "RECORD_COLUMNS",
    "Retriever",
    "START",
    "Votes",
    "Writer",
    "build_tree",
    "centrality",
    "choose",
    "choose_content",
    "choose_opening",
    "choose_words",
    "crowd",
    "echoes",
    "fluency",
    "goal_of",
    "nearness",
    "number",
    "polish",
    "read_back",
    "realise",
    "seed_of",
    "softmax",
    "write_drafts",
    "write_grammar",
]
