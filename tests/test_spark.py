"""The same jobs on a cluster: skipped where pyspark or Java is missing."""

import os
import shutil
import signal
from functools import partial
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from recx_lib.core import DataError
from recx_lib.data import clean, k_core
from recx_lib.scale import (
    DrawnRatings,
    Here,
    PartsALS,
    explain_part,
    item_counts,
)
from recx_lib.scale.spark import (
    SparkJob,
    clean_frame,
    core_frame,
    spark_session,
)

HERE = bool(find_spec("pyspark")) and bool(shutil.which("java"))
WHY = "pyspark (extra `spark`) or Java is not installed"
cluster = pytest.mark.skipif(not HERE, reason=WHY)
# what only pays on large tables: plans made anew, code compiled for each
DEAR = "adaptive__enabled", "codegen__wholeStage"
PARTS = list(DrawnRatings(3, 40, 30, 8).parts())


@pytest.fixture(scope="module")
def session(request):
    """One session for all tests; RECX_SPARK names another master."""
    master = os.environ.get("RECX_SPARK", "local[2,4]")
    told = {f"spark__sql__{name}": "false" for name in DEAR}
    found = spark_session(master, spark__sql__shuffle__partitions="1", **told)
    yield found
    found.stop()


@cluster
@pytest.mark.slow
def test_als_and_reasons_are_those_of_one_machine(session):
    job, settings = SparkJob(session, tasks=2), {"k": 4, "sweeps": 1}
    mine = PartsALS(**settings).fit(PARTS, 30, job)
    ours = PartsALS(**settings).fit(PARTS, 30)
    np.testing.assert_allclose(mine.Q_, ours.Q_, atol=1e-10)
    explain = partial(explain_part, model=ours)
    pairs = zip(job.each(explain, PARTS), map(explain, PARTS), strict=True)
    for there, here in pairs:
        assert np.array_equal(there.because, here.because)
        assert np.array_equal(there.worth, here.worth)


@cluster
@pytest.mark.slow
def test_a_worker_that_is_killed_costs_no_result(session, tmp_path):
    count, marker = partial(item_counts, n_items=30), tmp_path / "died"

    def dies_once(part):
        """The first worker that is asked is killed, as when power goes."""
        if not Path(marker).exists():
            Path(marker).touch()
            os.kill(os.getpid(), signal.SIGKILL)
        return count(part)

    found = SparkJob(session).total(dies_once, PARTS)
    assert marker.exists()
    assert np.array_equal(found, Here().total(count, PARTS))


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
    with pytest.raises(DataError, match="99-core is empty"):
        core_frame(tidy, 99)


def _rows(frame):
    """Who, what and how rated, sorted."""
    names = ["user", "item", "rating"]
    if isinstance(frame, pd.DataFrame):
        return sorted(frame[names].itertuples(index=False, name=None))
    return sorted(tuple(row) for row in frame.select(*names).collect())


def test_without_pyspark_the_extra_is_named(monkeypatch):
    monkeypatch.setattr("recx_lib.scale.spark.find_spec", lambda name: None)
    with pytest.raises(DataError, match="extra `spark`"):
        spark_session()
