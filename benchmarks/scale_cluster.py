"""Each job of chapter 18 on a cluster of two workers, and in one process.

`python -m benchmarks.scale_cluster` writes book/results/cluster.json: the
lexicon, implicit ALS and everybody's reasons for the shop; cleaning, core,
split, ALS and reasons for 1e7 drawn ratings (`python -m
benchmarks.scale_cluster 8` tries it on eight parts and writes nothing). The
cluster's start is measured apart. Seconds are of one run each, on a machine
with two cores that does other work: read orders.
"""

from __future__ import annotations

import sys
import tempfile
from functools import partial
from pathlib import Path

import numpy as np
import torch

from benchmarks.scale import CLUSTER, timed
from benchmarks.tidy import remembered, row, table, write_rows
from recx_lib.data import load_reviews, mine_mentions
from recx_lib.scale import (
    DrawnRatings,
    Here,
    Part,
    PartsALS,
    explain_part,
    lexicon_of_parts,
    read_part,
    removal_drops,
    write_parts,
)
from recx_lib.scale.parts import need_polars
from recx_lib.scale.spark import (
    SparkJob,
    clean_frame,
    core_frame,
    last_out_frames,
    spark_session,
)

ALS = {"k": 16, "sweeps": 1}
N_ITEMS, N_PARTS, CORE = 2000, 267, 18  # 1e7 ratings of 667,500 customers
SOURCES = ("recx_lib/scale/*.py", "benchmarks/scale_cluster.py")


class Beside:
    """One job here and on the cluster: seconds of both, and their gap."""

    def __init__(self, session, data: str, split: str):
        self.places = {"recx:here": Here(), "peer:spark": SparkJob(session)}
        self.about, self.rows = (data, split), []

    def note(self, setting: str, metric: str, value: float, system: str):
        """Keep one row."""
        told = *self.about, system, metric
        self.rows.append(row(*told, value, setting=setting))

    def measure(self, setting: str, do, gap):
        """Do a job in both places; return what came of it here."""
        found = {}
        for system, where in self.places.items():
            seconds, found[system] = timed(do, where)
            self.note(setting, "s", seconds, system)
        here, there = found.values()
        self.note(setting, "largest gap", gap(here, there), "peer:spark")
        print(*self.about, setting, "measured", flush=True)
        return here


def unlike(here: list, there: list) -> float:
    """Return for which share of the customers item or a reason differs."""
    off, n = 0, 0
    for one, other in zip(here, there, strict=True):
        differs = (one.item != other.item) | (one.user != other.user)
        off += int((differs | (one.because != other.because).any(1)).sum())
        n += len(one.user)
    return off / n


def learn_and_explain(beside: Beside, parts: list, n_items: int) -> None:
    """ALS and everybody's reasons, by what would go."""

    def learn(where):
        return PartsALS(**ALS).fit(parts, n_items, where)

    def gap(one, other):
        return float(np.abs(one.Q_ - other.Q_).max())

    model = beside.measure("als", learn, gap)
    explain = partial(explain_part, model=model, read=removal_drops)
    beside.measure("reasons", lambda at: list(at.each(explain, parts)), unlike)


def shop_rows(session) -> list[dict]:
    """Measure the shop: lexicon, mentions, ALS, reasons."""
    reviews = load_reviews("shop")
    homes = reviews.user_idx % 8
    parts = [reviews.subset(homes == home) for home in range(8)]
    beside = Beside(session, "shop", "all")

    def words_apart(one, other):
        apart = set(one.terms.items()) ^ set(other.terms.items())
        apart |= set(one.opinions.items()) ^ set(other.opinions.items())
        return len(apart)

    lexicon = beside.measure(
        "lexicon", partial(lexicon_of_parts, parts), words_apart
    )
    mine = partial(mine_mentions, lexicon=lexicon, terms=reviews.aspects)
    beside.measure(
        "mentions",
        lambda where: list(where.each(mine, parts)),
        lambda one, other: sum(
            not a.equals(b) for a, b in zip(one, other, strict=True)
        ),
    )
    tables = [Part(p.user_idx, p.item_idx, p.rating) for p in parts]
    learn_and_explain(beside, tables, reviews.n_items)
    return beside.rows


def core_here(part: Part, k: int) -> np.ndarray:
    """Return which rows are in the k-core (n,), by counting in arrays."""
    inside, before = np.ones(len(part.rating), bool), -1
    while before != inside.sum():
        before = inside.sum()
        for side in (part.user_idx, part.item_idx):
            count = np.bincount(side[inside], minlength=side.max() + 1)
            inside &= count[side] >= k
    return inside


def large_rows(session, folder: Path, n_parts: int) -> list[dict]:
    """Measure drawn ratings: cleaning, core and split; ALS and reasons."""
    drawn = DrawnRatings(n_parts, users_each=2500, n_items=N_ITEMS)
    homes = []
    for number in range(n_parts):
        homes += write_parts([drawn.part(number)], folder / f"{number}", 1)
    beside = Beside(session, "drawn", "1e7")
    frames_rows(beside, session, folder, list(map(read_part, homes)))
    learn_and_explain(beside, homes, N_ITEMS)
    return beside.rows


def frames_rows(beside: Beside, session, folder: Path, parts: list) -> None:
    """Clean, core and split the whole table as Spark's frames do, in arrays
    here; the gap is of rows kept.
    """
    from pyspark.sql import functions as F

    whole = Part(*map(np.concatenate, zip(*parts, strict=True)))
    seconds, inside = timed(core_here, whole, CORE)
    beside.note("core", "s", seconds, "recx:here")
    files = session.read.parquet(f"{folder}/*/*/*.parquet")
    frame = files.withColumn("timestamp", F.col("item").cast("long"))
    frame = frame.withColumn("review", F.col("item").cast("long"))

    def cored():
        return core_frame(clean_frame(frame), CORE)

    seconds, kept = timed(cored)
    beside.note("core", "s", seconds, "peer:spark")
    told = kept.agg(F.count("*"), F.sum(F.col("user").cast("long"))).first()
    ours = int(inside.sum()), int(whole.user_idx[inside].sum(dtype=np.int64))
    gap = abs(told[0] - ours[0]) + abs(told[1] - ours[1])
    beside.note("core", "largest gap", gap, "peer:spark")
    seconds, test = timed(lambda: last_out_frames(kept)[1].count())
    beside.note("split", "s", seconds, "peer:spark")
    gap = abs(test - len(np.unique(whole.user_idx[inside])))
    beside.note("split", "largest gap", gap, "peer:spark")
    print("frames measured", flush=True)


def main(n_parts: int = N_PARTS) -> None:
    """Measure all; write it if the table had its size."""
    torch.set_num_threads(1)
    need_polars()
    seconds, session = timed(spark_session, CLUSTER)
    rows = [row("drawn", "start", "peer:spark", "s", seconds)]
    told = "cluster", "shop", partial(shop_rows, session), SOURCES
    rows += remembered(*told) if n_parts == N_PARTS else shop_rows(session)
    with tempfile.TemporaryDirectory() as folder:
        rows += large_rows(session, Path(folder), n_parts)
    session.stop()
    print(table(rows))
    if n_parts == N_PARTS:
        print(f"written: {write_rows('cluster', rows).name}")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
