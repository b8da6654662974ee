"""Writers: from a user, an item and an explanation to a sentence.

Templates, quotations and networks; all return a `Rationale`. Imports all of
the above but `shop`.
"""

from recx_lib.write.choose import (
    Chooser,
    candidates,
    centrality,
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
from recx_lib.write.grammar import (
    RULES,
    Message,
    build_tree,
    choose_content,
    choose_words,
    goal_of,
    number,
    polish,
    read_back,
    realise,
    write_grammar,
)
from recx_lib.write.neural import NeuralWriter
from recx_lib.write.plan import AspectPlanner, hit_at_k
from recx_lib.write.quote import QuotingWriter
from recx_lib.write.retrieve import RECORD_COLUMNS, Retriever, softmax

__all__ = [
    "AspectPlanner",
    "Chooser",
    "ConsensusWriter",
    "END",
    "Message",
    "NEVER_LAST",
    "NeuralWriter",
    "QuotingWriter",
    "RECORD_COLUMNS",
    "RULES",
    "Retriever",
    "START",
    "Votes",
    "build_tree",
    "candidates",
    "centrality",
    "choose_content",
    "choose_words",
    "fluency",
    "goal_of",
    "hit_at_k",
    "nearness",
    "number",
    "polish",
    "read_back",
    "realise",
    "softmax",
    "write_grammar",
]
