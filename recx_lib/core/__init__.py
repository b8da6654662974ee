"""What everything else speaks of: evidence, cases, errors.

An `Explanation` lists evidence, a `Case` opens one score to questions,
`DataError` says what is wrong with the data. Imports nothing of this library;
every other package may import it.
"""

from recx_lib.core.case import Case, scores, slopes, sum_case
from recx_lib.core.checks import (
    as_idx,
    as_numbers,
    as_pairs,
    check_positive,
    check_whole,
)
from recx_lib.core.errors import DataError
from recx_lib.core.evidence import Evidence, Explanation, Rationale
from recx_lib.core.plotting import (
    BLUE,
    GREEN,
    GREY,
    ORANGE,
    RED,
    SKY,
    plot_book_map,
    plot_evidence,
    plot_intervals,
    plot_long_tail,
    plot_matrix,
    use_style,
)
from recx_lib.core.results import load_results, results_table
from recx_lib.core.sketch import Box, Sketch

__all__ = [
    "BLUE",
    "Box",
    "Case",
    "DataError",
    "Evidence",
    "Explanation",
    "GREEN",
    "GREY",
    "ORANGE",
    "RED",
    "Rationale",
    "SKY",
    "Sketch",
    "as_idx",
    "as_numbers",
    "as_pairs",
    "check_positive",
    "check_whole",
    "load_results",
    "plot_book_map",
    "plot_evidence",
    "plot_intervals",
    "plot_long_tail",
    "plot_matrix",
    "results_table",
    "scores",
    "slopes",
    "sum_case",
    "use_style",
]
