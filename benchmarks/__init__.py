"""Benchmarks: the book's models on public data, beside their peers.

Importing this package pins numerical libraries to one thread (unless the caller chose otherwise), so it must come
before numpy: run a benchmark as `python -m benchmarks.NAME`.
"""

import os

THREAD_VARIABLES = (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "NUMBA_NUM_THREADS",
)

for _name in THREAD_VARIABLES:
    os.environ.setdefault(_name, "1")
