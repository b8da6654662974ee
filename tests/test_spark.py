"""The same jobs on a cluster: skipped where pyspark or Java is missing.

Where RECX_SPARK names a master (CI: two workers) they are never skipped.
"""

import os
import shutil
import signal
import sys
from functools import partial, reduce
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType, SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from recx_lib.core import DataError
from recx_lib.data import (
    clean,
    k_core,
    leave_last_out,
    load_reviews,
    mine_lexicon,
    mine_mentions,
    split_by_time,
)
from recx_lib.recommend import ImplicitALS
from recx_lib.scale import (
    DrawnRatings,
    Here,
    Part,
    PartsALS,
    explain_part,
    item_sums,
    lexicon_of_parts,
    removal_drops,
)
from recx_lib.scale.spark import (
    SparkJob,
    by_time_frames,
    clean_frame,
    core_frame,
    last_out_frames,
    spark_session,
)

HERE = bool(find_spec("pyspark")) and bool(shutil.which("java"))
HERE |= "RECX_SPARK" in os.environ  # asked for: then it must be there
WHY = "pyspark (extra `spark`) or Java is not installed"
cluster = pytest.mark.skipif(not HERE, reason=WHY)
# what only pays on large tables: plans made anew, code compiled for each
DEAR = "adaptive__enabled", "codegen__wholeStage"
PARTS = list(DrawnRatings(8, 40, 30, 8).parts())
SUMS = {"alpha": 10.0, "reg": 50.0}


@pytest.fixture(scope="module")
def session(request):
    """One session for all tests; RECX_SPARK names another master."""
    master = os.environ.get("RECX_SPARK", "local[2,4]")
    told = {f"spark__sql__{name}": "false" for name in DEAR}
    found = spark_session(master, spark__sql__shuffle__partitions="1", **told)
    # workers cannot import this file: they are sent what it defines
    from pyspark import cloudpickle

    here = sys.modules[__name__]
    cloudpickle.register_pickle_by_value(here)
    yield found
    cloudpickle.unregister_pickle_by_value(here)
    found.stop()


@pytest.fixture(scope="module")
def shop():
    """A quarter of the shop's reviews, in two parts of whole customers."""
    reviews = load_reviews("shop")
    some = reviews.subset(reviews.user_idx % 4 == 0)
    homes = some.user_idx % 8
    return some, [some.subset(homes == home) for home in (0, 4)]


@cluster
@pytest.mark.slow
def test_als_scores_and_reasons_are_those_of_one_machine(session, shop):
    reviews, halves = shop
    told = [(half.user_idx, half.item_idx, half.rating) for half in halves]
    parts, n_items = [Part(*each) for each in told], reviews.n_items
    job, settings = SparkJob(session, tasks=2), {"k": 4, "sweeps": 1}
    mine = PartsALS(**settings).fit(parts, n_items, job)
    ours = ImplicitALS(**settings).fit(reviews)
    np.testing.assert_allclose(mine.Q_, ours.Q_, atol=1e-10)
    explain = partial(explain_part, model=mine, read=removal_drops)
    pairs = zip(job.each(explain, parts), map(explain, parts), strict=True)
    for there, here in pairs:
        assert np.array_equal(there.item, here.item)
        assert np.array_equal(there.score, here.score)
        assert np.array_equal(there.because, here.because)
        assert np.array_equal(there.worth, here.worth)


@cluster
@pytest.mark.slow
def test_aspects_are_those_that_one_machine_mines(session, shop):
    reviews, halves = shop
    job = SparkJob(session)
    lexicon = lexicon_of_parts(halves, job)
    alone = mine_lexicon(reviews.frame["text"], reviews.rating)
    assert lexicon == alone
    mine = partial(mine_mentions, lexicon=lexicon, terms=reviews.aspects)
    found = pd.concat(job.each(mine, halves)).sort_values("review")
    ours = mine_mentions(reviews, alone, reviews.aspects)
    assert len(ours) > 1000
    same = ["review", "aspect", "term", "opinion", "polarity", "sentence"]
    theirs = found[same].sort_values(same, ignore_index=True)
    pd.testing.assert_frame_equal(
        theirs, ours[same].sort_values(same, ignore_index=True)
    )


def dies_midway(number, log, victim):
    """Add up a part; note that it was begun. The third part of a task kills
    its worker when half of its rows are summed, once.

    The victim is the Python worker, or the executor above it: Java's process,
    with all that it holds.
    """
    begun = len(list(log.glob(f"{number}-*")))
    (log / f"{number}-{begun}").touch()
    part, Q = PARTS[number], np.ones((30, 2))
    if number == 2 and not begun:
        half = Part(*[column[: len(column) // 2] for column in part])
        item_sums(half, Q, **SUMS)  # work that is lost
        os.kill(pid_of(victim), signal.SIGKILL)
        # an executor's worker would live on for a moment, an orphan
        os.kill(os.getpid(), signal.SIGKILL)
    return item_sums(part, Q, **SUMS)


def pid_of(victim):
    """This process, or the executor: worker, daemon, then the executor."""
    if victim == "worker":
        return os.getpid()
    stat = Path(f"/proc/{os.getppid()}/stat").read_text()
    return int(stat.rpartition(")")[2].split()[1])


@cluster
@pytest.mark.slow
@pytest.mark.parametrize("victim", ["worker", "executor"])
def test_a_death_in_the_middle_of_a_task_costs_no_result(
    session, tmp_path, victim
):
    """Parts 0, 1 and half of 2 were done when it died: they are done again,
    nothing is counted twice, and no bit differs from a calm run.
    """
    alone = session.sparkContext.master.startswith("local[")
    if victim == "executor" and alone:
        pytest.skip("here the executor is the driver: needs a cluster")
    job, numbers = SparkJob(session, tasks=2), range(len(PARTS))
    calm = Here().total(partial(item_sums, Q=np.ones((30, 2)), **SUMS), PARTS)
    do = partial(dies_midway, log=tmp_path, victim=victim)
    found = job.total(do, numbers)
    begun = [len(list(tmp_path.glob(f"{n}-*"))) for n in numbers]
    assert begun[:3] == [2, 2, 2] and begun[3] == 1
    np.testing.assert_allclose(found.pairs, calm.pairs, rtol=1e-12)
    np.testing.assert_allclose(found.first, calm.first, rtol=1e-12)
    for file in tmp_path.iterdir():
        file.unlink()
    for number in numbers:  # nobody dies: all were begun before
        (tmp_path / f"{number}-0").touch()
    again = job.total(do, numbers)
    assert np.array_equal(found.pairs, again.pairs)


@cluster
@pytest.mark.slow
def test_splits_agree_with_chapter_1(session, shop):
    reviews, _ = shop
    rows = reviews.frame[["user", "timestamp"]].head(400).reset_index()
    some = reviews.subset(np.arange(len(reviews)) < 400)
    types = "review long, user string, timestamp long"
    frame = session.createDataFrame(rows.values.tolist(), types)
    splits = {last_out_frames: leave_last_out, by_time_frames: split_by_time}
    for theirs, ours in splits.items():
        for found, part in zip(theirs(frame), ours(some), strict=True):
            numbers = [row.review for row in found.select("review").collect()]
            assert sorted(numbers) == sorted(part.frame.index)
    with pytest.raises(DataError, match="single row"):
        last_out_frames(frame.dropDuplicates(["user"]))
    with pytest.raises(DataError, match="one second"):
        by_time_frames(frame.where("timestamp = 0"))
    with pytest.raises(DataError, match="between 0 and 1"):
        by_time_frames(frame, 1.0)


@cluster
@pytest.mark.slow
def test_cleaning_and_core_agree_with_chapter_1(session):
    rng = np.random.default_rng(0)
    n = 240
    messy = pd.DataFrame(
        {
            "user": [f"u{n:02d}" for n in rng.integers(25, size=n)],
            "item": [f"p{n:02d}" for n in rng.integers(20, size=n)],
            "rating": rng.integers(1, 6, size=n).astype(float),
            "timestamp": rng.permutation(n) + 1_600_000_000,
        }
    )
    messy.loc[[3, 50], "rating"] = [9.0, np.nan]
    rows = messy.values.tolist()
    # no number at all, where pandas has NaN
    rows.append(["u00", "p00", None, 1_700_000_000])
    types = "user string, item string, rating double, timestamp long"
    tidy = clean_frame(session.createDataFrame(rows, types))
    ours = clean(messy.assign(text=""))
    assert _rows(tidy) == _rows(ours.frame)
    k = 6
    theirs = _rows(core_frame(tidy, k))
    assert theirs == _rows(k_core(ours, k).frame)
    assert 0 < len(theirs) < len(_rows(tidy))
    with pytest.raises(DataError, match="99-core is empty"):
        core_frame(tidy, 99)


def _rows(frame):
    """Who, what and how rated, sorted."""
    names = ["user", "item", "rating"]
    if isinstance(frame, pd.DataFrame):
        return sorted(frame[names].itertuples(index=False, name=None))
    return sorted(tuple(row) for row in frame.select(*names).collect())


# without a cluster: a double that is called as pyspark is


class Dealt(list):
    """Parts dealt out, as an RDD answers for them."""

    def map(self, do):
        return Dealt(map(do, self))

    def collect(self):
        return list(self)

    def reduce(self, add):
        return reduce(add, self)


class Context:
    """Two cores; it keeps how many tasks were asked for, and with what."""

    defaultParallelism = 2

    def __init__(self):
        self.tasks = []

    def parallelize(self, parts, tasks):
        self.tasks.append(tasks)
        return Dealt(parts)

    def setLogLevel(self, level):
        self.level = level


def test_parts_are_dealt_to_four_tasks_a_core_and_to_no_more_than_parts():
    session = SimpleNamespace(sparkContext=Context())
    job = SparkJob(session)
    assert list(job.each(str, [3, 1, 2])) == ["3", "1", "2"]
    assert job.total(str, iter("abc")) == "abc"  # added in their order
    assert job.total(int, range(20)) == 190
    assert SparkJob(session, tasks=5).total(int, range(20)) == 190
    assert session.sparkContext.tasks == [3, 3, 8, 5]


class Builder:
    """Builds a session that knows its settings."""

    def __init__(self):
        self.told = {}

    def master(self, master):
        return self.config("master", master)

    def appName(self, name):
        return self.config("app", name)

    def config(self, name, value):
        self.told[name] = value
        return self

    def getOrCreate(self):
        return SimpleNamespace(told=self.told, sparkContext=Context())


@pytest.mark.parametrize("master", ["local[2,4]", "spark://there:7077"])
def test_on_one_machine_nothing_listens_to_the_outside(monkeypatch, master):
    monkeypatch.setenv("PYSPARK_PYTHON", sys.executable)
    monkeypatch.setattr("recx_lib.scale.spark.find_spec", lambda name: True)
    for name in ("pyspark", "pyspark.sql"):
        monkeypatch.setitem(sys.modules, name, ModuleType(name))
    sql = sys.modules["pyspark.sql"]
    sql.SparkSession = SimpleNamespace(builder=Builder())
    session = spark_session(master, spark__task__maxFailures="9")
    told = session.told
    listens = {"spark.driver.host", "spark.driver.bindAddress"} & set(told)
    if master.startswith("local"):
        assert {told[name] for name in listens} == {"127.0.0.1"}
    else:  # a driver that a cluster must reach
        assert not listens
    assert told["master"] == master and told["spark.ui.enabled"] == "false"
    assert told["spark.task.maxFailures"] == "9"
    assert session.sparkContext.level == "OFF"


def test_without_pyspark_the_extra_is_named(monkeypatch):
    monkeypatch.setattr("recx_lib.scale.spark.find_spec", lambda name: None)
    with pytest.raises(DataError, match="extra `spark`"):
        spark_session()
