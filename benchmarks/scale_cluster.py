"""Each job of chapter 18 on a cluster of two workers, and in one process.

`python -m benchmarks.scale_cluster` writes book/results/cluster.json: the
lexicon, implicit ALS and everybody's reasons for the shop; cleaning, core,
split, mining, ALS, scores and reasons for 1e7 drawn ratings, some of them
damaged, each with a sentence of the shop's (`python -m
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
from benchmarks.scale_texts import heard
from benchmarks.tidy import remembered, row, table, write_rows
from recx_lib.data import Lexicon, load_reviews, mine_mentions
from recx_lib.scale import (
    DrawnRatings,
    Here,
    Part,
    PartsALS,
    explain_part,
    histories,
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
N_ITEMS, N_PARTS, CORE = 2000, 267, 12  # 1e7 ratings of 667,500 customers
DAMAGED = 50  # every so many-th row has no number, the next comes twice
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
        print(*told, setting, value, flush=True)

    def measure(self, setting: str, do, gap):
        """Do a job in both places; return what came of it here."""
        return self.both(setting, [partial(do, at) for at in self.at()], gap)

    def at(self):
        """Return the two places."""
        return self.places.values()

    def both(self, setting: str, ways, gap):
        """Do a job in two ways; return what came of the first."""
        found = {}
        for system, do in zip(self.places, ways, strict=True):
            seconds, found[system] = timed(do)
            self.note(setting, "s", seconds, system)
        here, there = found.values()
        self.note(setting, "largest gap", gap(here, there), "peer:spark")
        return here


def unlike(here: list, there: list) -> float:
    """Return for which share of the customers item or a reason differs."""
    off, n = 0, 0
    for one, other in zip(here, there, strict=True):
        differs = (one.item != other.item) | (one.user != other.user)
        off += int((differs | (one.because != other.because).any(1)).sum())
        n += len(one.user)
    return off / n


def best_new(part: Part, model: PartsALS) -> np.ndarray:
    """Return the best new item of every customer of a part, (n,)."""
    _, start, items = histories(part, len(model.Q_))
    users, P = model.factors(part)
    scores = P @ model.Q_.T  # (n_users, n_items)
    scores[np.repeat(np.arange(len(users)), np.diff(start)), items] = -np.inf
    return scores.argmax(axis=1)


def share_unlike(here: list, there: list) -> float:
    """Return which share of two lists of arrays differs."""
    return float(np.mean(np.concatenate(here) != np.concatenate(there)))


def learned(beside: Beside, parts: list, n_items: int) -> PartsALS:
    """Return ALS, measured in both places."""

    def learn(where):
        return PartsALS(**ALS).fit(parts, n_items, where)

    def gap(one, other):
        return float(np.abs(one.Q_ - other.Q_).max())

    return beside.measure("als", learn, gap)


def explained(beside: Beside, parts: list, model: PartsALS) -> None:
    """Everybody's best item, then with its reasons, by what would go."""
    score = partial(best_new, model=model)
    explain = partial(explain_part, model=model, read=removal_drops)
    told = "scores", lambda at: list(at.each(score, parts)), share_unlike
    beside.measure(*told)
    beside.measure("reasons", lambda at: list(at.each(explain, parts)), unlike)


def words_apart(one: Lexicon, other: Lexicon) -> int:
    """Return how many words of two lexicons are judged otherwise."""
    apart = set(one.terms.items()) ^ set(other.terms.items())
    apart |= set(one.opinions.items()) ^ set(other.opinions.items())
    return len(apart)


def shop_rows(session) -> list[dict]:
    """Measure the shop: lexicon, mentions, ALS, reasons."""
    reviews = load_reviews("shop")
    homes = reviews.user_idx % 8
    parts = [reviews.subset(homes == home) for home in range(8)]
    beside = Beside(session, "shop", "all")
    learn = partial(lexicon_of_parts, parts)
    lexicon = beside.measure("lexicon", learn, words_apart)
    mine = partial(mine_mentions, lexicon=lexicon, terms=reviews.aspects)
    beside.measure(
        "mentions",
        lambda where: list(where.each(mine, parts)),
        lambda one, other: sum(
            not a.equals(b) for a, b in zip(one, other, strict=True)
        ),
    )
    tables = [Part(p.user_idx, p.item_idx, p.rating) for p in parts]
    model = learned(beside, tables, reviews.n_items)
    explained(beside, tables, model)
    return beside.rows


def mining_rows(session, drawn: DrawnRatings) -> list[dict]:
    """Measure mining of drawn texts: what is said of each aspect."""
    beside = Beside(session, "drawn", "1e7")
    reviews = load_reviews("shop")
    lexicon = lexicon_of_parts([reviews])
    count = partial(heard, drawn=drawn, lexicon=lexicon)
    beside.measure(
        "mentions",
        lambda where: where.total(count, range(drawn.n_parts)),
        lambda one, other: sum(abs(one[w] - other[w]) for w in one | other),
    )
    return beside.rows


def damaged(part: Part) -> Part:
    """Return a part as it might arrive: numbers missing, rows sent twice."""
    rows = np.arange(len(part.rating))
    stars = np.where(rows % DAMAGED, part.rating, np.nan)
    twice = np.concatenate([rows, rows[1::DAMAGED]])
    columns = part.user_idx, part.item_idx, stars.astype(np.float32)
    return Part(*[column[twice] for column in columns])


def clean_here(homes: list) -> Part:
    """Read all parts; return the usable rows, each pair once."""
    columns = zip(*map(read_part, homes), strict=True)
    user, item, rating = map(np.concatenate, columns)
    fine = (rating >= 1) & (rating <= 5)
    user, item, rating = user[fine], item[fine], rating[fine]
    pairs = user.astype(np.int64) * N_ITEMS + item
    _, once = np.unique(pairs, return_index=True)
    return Part(user[once], item[once], rating[once])


def core_here(part: Part, k: int) -> Part:
    """Return the rows of the k-core, by counting in arrays."""
    inside, before = np.ones(len(part.rating), bool), -1
    while before != inside.sum():
        before = inside.sum()
        for side in (part.user_idx, part.item_idx):
            count = np.bincount(side[inside], minlength=side.max() + 1)
            inside &= count[side] >= k
    return Part(*[column[inside] for column in part])


def last_here(part: Part) -> Part:
    """Return the last row of everybody who has more than one."""
    order = np.lexsort([part.item_idx, part.user_idx])
    user = part.user_idx[order]
    last = np.append(user[1:] != user[:-1], True)
    several = np.bincount(user)[user] > 1
    return Part(*[column[order][last & several] for column in part])


def rows_apart(here: Part, there) -> int:
    """Return by how much a Spark frame differs: rows, users, items."""
    from pyspark.sql import functions as F

    each = [F.sum(F.col(name).cast("long")) for name in ("user", "item")]
    told = there.agg(F.count("*"), *each).first()
    ours = len(here.rating), *[int(c.sum(dtype=np.int64)) for c in here[:2]]
    return int(np.abs(np.subtract(ours, told)).sum())


def frames_rows(session, folder: Path, homes: list) -> list[dict]:
    """Clean, core and split the whole table as Spark's frames do, in arrays
    here; the gap is of rows kept.
    """
    from pyspark.sql import functions as F

    beside = Beside(session, "drawn", "1e7")
    kept = {}

    def cleaned():
        files = session.read.parquet(f"{folder}/*/*/*.parquet")
        when = F.col("item").cast("long")
        frame = files.withColumn("timestamp", when).withColumn("review", when)
        kept["clean"] = clean_frame(frame).localCheckpoint()
        return kept["clean"]

    def cored():
        kept["core"] = core_frame(kept["clean"], CORE)
        return kept["core"]

    def last():
        test = last_out_frames(kept["core"])[1].localCheckpoint()
        return test

    rows = beside.both(
        "clean", [partial(clean_here, homes), cleaned], rows_apart
    )
    rows = beside.both(
        "core", [partial(core_here, rows, CORE), cored], rows_apart
    )
    beside.both("split", [partial(last_here, rows), last], rows_apart)
    return beside.rows


def als_rows(session, homes: list) -> list[dict]:
    """Measure ALS, scores and reasons of the drawn table."""
    beside = Beside(session, "drawn", "1e7")
    explained(beside, homes, learned(beside, homes, N_ITEMS))
    return beside.rows


def pieces(session, folder: Path, n_parts: int) -> dict:
    """Return what is measured, by name; write the drawn table."""
    drawn = DrawnRatings(n_parts, users_each=2500, n_items=N_ITEMS)
    homes = []
    for number in range(n_parts):
        part = damaged(drawn.part(number))
        homes += write_parts([part], folder / f"{number}", 1)
    return {
        "shop": partial(shop_rows, session),
        "frames": partial(frames_rows, session, folder, homes),
        "als": partial(als_rows, session, homes),
        "mining": partial(mining_rows, session, drawn),
    }


def main(n_parts: int = N_PARTS) -> None:
    """Measure all; write it if the table had its size."""
    torch.set_num_threads(1)
    need_polars()
    seconds, session = timed(spark_session, CLUSTER)
    rows = [row("drawn", "start", "peer:spark", "s", seconds)]
    whole = n_parts == N_PARTS
    with tempfile.TemporaryDirectory() as folder:
        for name, do in pieces(session, Path(folder), n_parts).items():
            told = "cluster", name, do, SOURCES
            rows += remembered(*told) if whole else do()
    session.stop()
    print(table(rows))
    if whole:
        print(f"written: {write_rows('cluster', rows).name}")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
