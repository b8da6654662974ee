"""More data than memory, more work than one process.

A table in parts, learning as sums over parts, reasons for everybody, near
neighbours, shards. `recx_lib.scale.spark` (extra `spark`) does the same jobs
on a cluster, `recx_lib.scale.parallel` trains a writer in several processes;
both are imported by name.
"""

from recx_lib.scale.drawn import DrawnRatings
from recx_lib.scale.jobs import Here, Unreliable
from recx_lib.scale.mined import lexicon_of_parts
from recx_lib.scale.neighbours import InvertedLists, level
from recx_lib.scale.parts import (
    Part,
    csv_parts,
    histories,
    read_part,
    write_parts,
)
from recx_lib.scale.reasons import (
    Reasons,
    explain_part,
    history_terms,
    refitted_case,
    removal_drops,
)
from recx_lib.scale.shards import Demand, shard_of
from recx_lib.scale.sums import (
    ItemSums,
    PartsALS,
    gram,
    item_counts,
    item_sums,
)
from recx_lib.scale.traffic import Traffic

__all__ = [
    "Demand",
    "DrawnRatings",
    "Here",
    "InvertedLists",
    "ItemSums",
    "Part",
    "PartsALS",
    "Reasons",
    "Traffic",
    "Unreliable",
    "csv_parts",
    "explain_part",
    "gram",
    "histories",
    "history_terms",
    "item_counts",
    "item_sums",
    "level",
    "lexicon_of_parts",
    "read_part",
    "refitted_case",
    "removal_drops",
    "shard_of",
    "write_parts",
]
