"""What size costs: python -m benchmarks.scale writes book/results/scale.json.

Bytes a rating, memory of one pass over the table, neighbours found for the
work done, what a cluster of two workers gains and costs, a worker killed, a
writer trained by two processes. The table is drawn (`DrawnRatings`): nothing
is fetched. Seconds are of one machine with two cores; read ratios.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from usearch.index import Index

from benchmarks.scale_writer import writer_rows
from benchmarks.tidy import remembered, row, table, write_rows
from recx_lib.scale import (
    DrawnRatings,
    Here,
    InvertedLists,
    Part,
    PartsALS,
    item_sums,
    level,
    write_parts,
)
from recx_lib.scale.parts import need_polars
from recx_lib.scale.spark import SparkJob, spark_session

K, ALPHA, REG = 16, 10.0, 50.0
ITEMS = 2000
CLUSTER = "local-cluster[2,1,1024]"
SOURCES = ("recx_lib/scale/*.py", "benchmarks/scale*.py")
SIZES = {"3e5": 8, "1e6": 26, "3e6": 80}  # ratings: parts of 2,500 users


def shop(n_parts: int) -> DrawnRatings:
    """Return a shop of so many parts of 2,500 users."""
    return DrawnRatings(n_parts, users_each=2500, n_items=ITEMS)


def whole(drawn: DrawnRatings) -> Part:
    """Return all parts as one, in memory."""
    columns = zip(*drawn.parts(), strict=True)
    return Part(*[np.concatenate(column) for column in columns])


def drawn_sums(number: int, drawn: DrawnRatings, Q: np.ndarray):
    """Return the items' sums of one part, drawn where the work is done."""
    return item_sums(drawn.part(number), Q, ALPHA, REG)


def first_factors() -> np.ndarray:
    """Return factors to begin with, the same for all ways."""
    return np.random.default_rng(0).normal(0, 0.1, (ITEMS, K))


def storage_rows() -> list[dict]:
    """Measure bytes a rating, as text and as Parquet in eight parts."""
    pl, drawn = need_polars(), shop(8)
    rows = whole(drawn)
    names = ["user", "item", "rating"]
    frame = pl.DataFrame(dict(zip(names, rows, strict=True)))
    with tempfile.TemporaryDirectory() as folder:
        frame.write_csv(Path(folder) / "all.csv")
        n_bytes = {"csv": (Path(folder) / "all.csv").stat().st_size}
        for file in write_parts(drawn.parts(), Path(folder) / "parts", 8):
            size = sum(each.stat().st_size for each in file.iterdir())
            n_bytes["parquet"] = n_bytes.get("parquet", 0) + size
    n_bytes["arrays"] = sum(column.nbytes for column in rows)
    said = {name: rows[place].astype(str) for place, name in enumerate(names)}
    text = pd.DataFrame(said).astype(object).memory_usage(deep=True)
    n_bytes["pandas text"] = int(text.sum())
    n = len(rows.rating)
    return [
        row("drawn", "3e5", f"recx:{name}", "bytes per rating", size / n)
        for name, size in n_bytes.items()
    ]


def memory_of(way: str, n_parts: int) -> float:
    """Return the MB by which a fresh process grew over one pass."""
    command = [sys.executable, "-m", "benchmarks.scale", way, str(n_parts)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return float(done.stdout.split()[-1])


def one_pass(way: str, n_parts: int) -> None:
    """Go over the table once, whole or in parts; print the growth in MB."""
    Q = first_factors()
    drawn_sums(0, DrawnRatings(1, 10, ITEMS), Q)  # compile first
    Path("/proc/self/clear_refs").write_text("5")  # forget the peak so far
    before = peak_mb()
    if way == "whole":
        item_sums(whole(shop(n_parts)), Q, ALPHA, REG)
    else:
        do = partial(drawn_sums, drawn=shop(n_parts), Q=Q)
        Here().total(do, range(n_parts))
    print(peak_mb() - before)


def peak_mb() -> float:
    """Return the most memory that this process has held (Linux), in MB."""
    status = Path("/proc/self/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0]) / 1024


def memory_rows() -> list[dict]:
    """Measure how far memory grows: the whole table at once, or in parts."""
    return [
        row("drawn", size, f"recx:{way}", "grown mb", memory_of(way, n_parts))
        for size, n_parts in SIZES.items()
        for way in ("whole", "parts")
    ]


def neighbour_rows() -> list[dict]:
    """Measure recall@10 and the share of products, by lists and by graph."""
    model = PartsALS(k=K, sweeps=2).fit(list(shop(4).parts()), ITEMS)
    _, P = model.factors(shop(1).part(0))
    Q, P, rows = model.Q_, P[:300], []
    true = np.argsort(-(P @ Q.T), axis=1)[:, :10]

    def note(system: str, setting: str, found: list, products: float) -> None:
        pairs = zip(found, true, strict=True)
        recall = [len(set(map(int, f)) & set(t)) / 10 for f, t in pairs]
        about = "drawn", "3e5", system
        share = products / ITEMS
        value = float(np.mean(recall))
        rows.append(row(*about, "recall@10", value, setting=setting))
        rows.append(row(*about, "share of products", share, setting=setting))

    lists = InvertedLists(32).fit(Q)
    for probes in (1, 2, 4, 8, 16, 32):
        answers = [lists.search(p, 10, probes) for p in P]
        found, work = zip(*answers, strict=True)
        note("recx:lists", f"{probes} of 32", found, float(np.mean(work)))
    V = level(Q).astype(np.float32)
    queries = np.column_stack([P, np.zeros(len(P))]).astype(np.float32)
    for width in (10, 20, 40, 80):
        graph = Index(
            ndim=K + 1,
            metric="cos",
            dtype="f32",
            connectivity=8,
            expansion_add=64,
            expansion_search=width,
        )
        graph.add(np.arange(ITEMS), V, threads=1)
        got = graph.search(queries, 10, threads=1)
        work = got.computed_distances / len(P)
        note("peer:usearch", f"width {width}", list(got.keys), work)
    return rows


def timed(do, *told) -> tuple[float, object]:
    """Return the seconds that a call took, and its answer."""
    start = time.perf_counter()
    answer = do(*told)
    return time.perf_counter() - start, answer


def dies_once(number: int, do, marker: str, parent: bool):
    """Do a part; once, when the third is done, kill its worker instead.

    Two parts of its task are summed by then, and are lost with it. With
    `parent` the whole executor (a Java process with all its workers) dies.
    """
    sums = do(number)
    if number == 2 and not Path(marker).exists():
        Path(marker).touch()
        ps = Path(f"/proc/{os.getppid()}/stat").read_text()
        executor = int(ps.rpartition(")")[2].split()[1])
        os.kill(executor if parent else os.getpid(), signal.SIGKILL)
    return sums


def spark_rows() -> list[dict]:
    """Measure start, passes, equality, and a pass whose worker is killed."""
    rows, Q = [], first_factors()
    seconds, session = timed(spark_session, CLUSTER)
    about = "drawn", "start", "peer:spark"
    rows.append(row(*about, "s", seconds, setting="session"))
    job = SparkJob(session)
    warm = partial(drawn_sums, drawn=DrawnRatings(4, 10, ITEMS), Q=Q)
    seconds, _ = timed(job.total, warm, range(4))
    rows.append(row(*about, "s", seconds, setting="first job"))
    for size, n_parts in {**SIZES, "1e7": 267}.items():
        do = partial(drawn_sums, drawn=shop(n_parts), Q=Q)
        for name, where in (("recx:here", Here()), ("peer:spark", job)):
            seconds, sums = timed(where.total, do, range(n_parts))
            rows.append(row("drawn", size, name, "s", seconds, setting="pass"))
            if name == "recx:here":
                here = sums
        gap = float(np.abs(sums.pairs - here.pairs).max())
        rows.append(row("drawn", size, "peer:spark", "largest gap", gap))
    do = partial(drawn_sums, drawn=shop(26), Q=Q)
    calm = job.total(do, range(26))
    for name, parent in (("worker killed", False), ("executor killed", True)):
        with tempfile.TemporaryDirectory() as folder:
            marker = f"{folder}/marker"
            told = {"do": do, "marker": marker, "parent": parent}
            kill = partial(dies_once, **told)
            seconds, sums = timed(job.total, kill, range(26))
            assert Path(marker).exists()  # somebody did die
        gap = float(np.abs(sums.pairs - calm.pairs).max())
        about = "drawn", "1e6", "peer:spark"
        rows.append(row(*about, "largest gap", gap, setting=name))
        rows.append(row(*about, "s", seconds, setting=name))
    session.stop()
    return rows


PIECES = {
    "storage": storage_rows,
    "memory": memory_rows,
    "neighbours": neighbour_rows,
    "writer": writer_rows,
    "spark": spark_rows,
}


def main() -> None:
    """Measure all pieces, each remembered; print and write them."""
    torch.set_num_threads(1)
    rows = []
    for name, measure in PIECES.items():
        rows += remembered("scale", name, measure, SOURCES)
        print(name, "measured", flush=True)
    print(table(rows))
    print(f"written: {write_rows('scale', rows).name}")


if __name__ == "__main__":
    if len(sys.argv) == 3:
        one_pass(sys.argv[1], int(sys.argv[2]))
    else:
        main()
