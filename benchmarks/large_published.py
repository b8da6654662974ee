"""Figures of others that stand beside ours in large-adapt.json.

PETER on our records: run once by this book's authors, on the whole test split
(773 records), see rationale_published.py. PETER and PEPLER on TripAdvisor-HK:
as their authors' logs tell (Li, Zhang & Chen, 2021 and 2023; first fold, the
feature not given): other records, twenty times as many, other words. They
show the size of such figures and are not to be compared with ours.
"""

from __future__ import annotations

from benchmarks import rationale_published as own
from benchmarks.tidy import row

TRIPADVISOR, FOLD = "tripadvisor-hk", "fold 1"
LOGS = (
    "the authors' logs, TripAdvisor-HK, fold 1 of 320,023 records; PEPLER "
    "trains vectors of user and item, then all of GPT-2 (124 million)"
)
# {system: the metrics in the order of own.METRICS}
FIGURES = {
    "published:att2seq": (16.29, 1.03, 16.28, 2.06, 0.047, 0.059, 0.081, 3.06),
    "published:nrt": (15.91, 1.06, 16.29, 2.00, 0.217, 0.061, 0.144, 2.58),
    "published:peter": (16.13, 1.12, 16.60, 2.10, 0.061, 0.069, 0.107, 3.10),
    "published:pepler": (14.96, 1.02, 16.23, 2.04, 0.203, 0.062, 0.203, 2.65),
    "published:pepler-mf": (
        *(16.67, 1.27, 16.73, 2.36),
        *(0.287, 0.077, 0.257, 3.00),
    ),
}


def published_rows() -> list[dict]:
    """Return the rows of PETER on our records, and of all on their own."""
    rows = []
    for (system, mode), values in own.FIGURES.items():
        for metric, value in zip(own.METRICS, values, strict=True):
            where = own.DATA, "test", system, metric, value, mode
            rows.append(row(*where, source=own.SOURCE))
    for system, values in FIGURES.items():
        for metric, value in zip(own.METRICS, values, strict=True):
            where = TRIPADVISOR, FOLD, system, metric, value
            rows.append(row(*where, "aspect-predicted", source=LOGS))
    return rows
