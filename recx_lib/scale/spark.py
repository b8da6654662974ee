"""Chapter 18: the same jobs on a cluster, by Spark (extra `spark`)."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Iterator
from importlib.util import find_spec
from operator import add

import numpy as np

from recx_lib.core.checks import check_whole
from recx_lib.core.errors import DataError


def spark_session(master: str = "local[2,4]", **settings):
    """Return a running Spark session, silent and on loopback.

    "local[2,4]": two workers in this machine, a part is tried up to four
    times; "spark://host:7077" for a cluster. `settings` are Spark's own, with
    "__" for ".". Stop it with `.stop()`. Raise DataError where pyspark is
    missing.
    """
    if find_spec("pyspark") is None:
        raise DataError(
            "pyspark is not installed: install the extra `spark`, and Java "
            "17 or later"
        )
    from pyspark.sql import SparkSession

    # 1. The same Python on both sides, no page, no bar.
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    builder = SparkSession.builder.master(master).appName("recx")
    builder = builder.config("spark.ui.enabled", "false")
    builder = builder.config("spark.ui.showConsoleProgress", "false")
    builder = builder.config("spark.sql.shuffle.partitions", "4")
    # 2. On one machine, nothing listens to the outside.
    if master.startswith("local"):
        for name in ("host", "bindAddress"):
            builder = builder.config(f"spark.driver.{name}", "127.0.0.1")
    for name, value in settings.items():
        builder = builder.config(name.replace("__", "."), value)
    session = builder.getOrCreate()
    session.sparkContext.setLogLevel("OFF")
    return session


class SparkJob:
    """Do the parts of a job on a Spark cluster: takes the place of `Here`.

    The parts are dealt out to `tasks` tasks (default: four a core), each of
    which adds up its own before it sends anything: a sum a task travels, not
    one a part. A task whose worker dies is given out again. The tasks' sums
    are added here, in their order: the same bits every time, and `Here`'s to
    rounding. Parts that are folders must be seen by all workers.
    """

    def __init__(self, session, tasks: int | None = None):
        self.context = session.sparkContext
        self.tasks = tasks or 4 * self.context.defaultParallelism

    def each(self, do: Callable, parts: Iterable) -> Iterator:
        """Yield do(part) of every part, in their order."""
        yield from self._deal(parts).map(do).collect()

    def total(self, do: Callable, parts: Iterable):
        """Return the sum of do(part) over all parts."""
        return self._deal(parts).map(do).reduce(add)

    def _deal(self, parts: Iterable):
        parts = list(parts)
        return self.context.parallelize(parts, min(self.tasks, len(parts)))


def clean_frame(frame, scale: tuple[float, float] = (1.0, 5.0)):
    """Return the usable rows of a Spark frame user, item, rating, timestamp.

    As `data.clean` of ready columns: rows without a user, an item or a number
    go, as do ratings off the scale; of several ratings of a pair the latest is
    kept; of two of one time, either.
    """
    from pyspark.sql import Window
    from pyspark.sql import functions as F

    rows = frame.dropna(subset=["user", "item", "rating"])
    rows = rows.where(F.col("rating").between(*scale))  # NaN is beyond
    newest = F.col("timestamp").desc()
    pair = Window.partitionBy("user", "item").orderBy(newest)
    rows = rows.withColumn("place", F.row_number().over(pair))
    return rows.where("place = 1").drop("place")


def core_frame(frame, k: int):
    """Return the k-core of a Spark frame with the columns user and item.

    As `data.k_core`: drop whoever and whatever has fewer than k rows, until
    nobody has. Each round is kept (`localCheckpoint`), else the plan of round
    n would hold all rounds before. Raise DataError where nothing is left.
    """
    check_whole(k=k)
    before, n_rows = -1, frame.count()
    # until nobody leaves: who goes may take others along
    while n_rows != before:
        for side in ("user", "item"):
            count = frame.groupBy(side).count().where(f"count >= {k}")
            frame = frame.join(count.select(side), side)
        frame = frame.localCheckpoint()
        before, n_rows = n_rows, frame.count()
    if n_rows == 0:
        raise DataError(f"the {k}-core is empty: choose a smaller k")
    return frame


def last_out_frames(frame):
    """Return (train, test), each user's last row in test; Spark frames.

    As `data.leave_last_out`: of several rows of a second the one with the
    highest `review` is the last; a single row stays in train. Columns user,
    timestamp, review. Raise DataError if every user has a single row.
    """
    from pyspark.sql import Window
    from pyspark.sql import functions as F

    # the latest row of each user, unless it is the only one
    own = Window.partitionBy("user")
    order = own.orderBy(F.desc("timestamp"), F.desc("review"))
    rows = frame.withColumn("place", F.row_number().over(order))
    rows = rows.withColumn("n", F.count("*").over(own))
    is_last = (F.col("place") == 1) & (F.col("n") > 1)
    test = rows.where(is_last).drop("place", "n")
    if test.isEmpty():
        raise DataError("every user has a single row: split by time")
    return rows.where(~is_last).drop("place", "n"), test


def by_time_frames(frame, share: float = 0.2):
    """Return (train, test) of a Spark frame, cut at one moment.

    As `data.split_by_time`: the cut brings test nearest to `share`. The
    counts of the moments come together here, the rows do not. Raise DataError
    if all rows are of one second, or for a share outside 0 to 1.
    """
    if not 0 < share < 1:
        raise DataError(f"share must lie between 0 and 1, got {share}")
    count = frame.groupBy("timestamp").count().orderBy("timestamp")
    times, n = np.array(count.collect(), dtype=np.int64).reshape(-1, 2).T
    if len(times) < 2:
        raise DataError(f"all rows are of one second: {times.tolist()}")
    later = n[::-1].cumsum()[::-1]  # rows from each moment on, (n_times,)
    cut = int(times[1:][np.abs(later[1:] - share * n.sum()).argmin()])
    early = frame["timestamp"] < cut
    return frame.where(early), frame.where(~early)
