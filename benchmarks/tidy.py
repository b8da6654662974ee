"""Tidy results: what every benchmark writes to book/results/NAME.json.

Every page, plot and check reads them. A file is {"made": {...}, "rows":
[{"data", "split", "system", "setting", "metric", "value", ...}]}.
"""

from __future__ import annotations

import hashlib
import json
import os
import platform
import subprocess
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from functools import partial
from importlib import metadata
from itertools import chain
from operator import itemgetter
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from threadpoolctl import threadpool_limits

from recx_lib.judge import bootstrap_interval

ROOT = Path(__file__).resolve().parent.parent
RESULTS = ROOT / "book" / "results"
PACKAGES = (
    "numpy",
    "pandas",
    "scipy",
    "numba",
    "torch",
    "scikit-learn",
    "nltk",
)
PEERS = (
    "scikit-surprise",
    "cornac",
    "myfm",
    "implicit",
    "lenskit",
    "shap",
)
SOURCES = ("recx_lib/**/*.py", "benchmarks/*.py")
SYSTEM_KINDS = ("recx", "peer", "published", "floor")


def row(
    data: str,
    split: str,
    system: str,
    metric: str,
    value: float,
    setting: str = "",
    **more,
) -> dict:
    """Return one tidy row; `more` may hold low, high, n, source and the like.

    Raises ValueError for a system that does not say whose it is, or a value
    that was not measured (NaN, infinite).

    >>> row("ml-100k", "u1-u5", "recx:als", "rmse", 0.9158, n=5)["metric"]
    'rmse'
    """
    if system.split(":")[0] not in SYSTEM_KINDS:
        kinds = f"one of {SYSTEM_KINDS} and a colon"
        raise ValueError(f"system {system!r} must start with {kinds}")
    if not np.isfinite(value):
        what = f"{system} {metric}: {value} was not measured"
        raise ValueError(f"{what}; leave the row out")
    return {
        "data": data,
        "split": split,
        "system": system,
        "setting": setting,
        "metric": metric,
        "value": float(value),
        **more,
    }


def over_folds(values: Sequence[float]) -> dict:
    """Return value (mean), low, high (smallest and largest) and n of one
    figure per fold.

    >>> over_folds([0.25, 0.75])
    {'value': 0.5, 'low': 0.25, 'high': 0.75, 'n': 2}
    """
    return {
        "value": float(np.mean(values)),
        "low": float(min(values)),
        "high": float(max(values)),
        "n": len(values),
    }


def over(
    values, groups=None, statistic: Callable[..., float] = np.mean
) -> dict:
    """Return value, low, high and n of a statistic; whole groups are drawn
    (users, as a rule), or rows where none are given, and n counts them.

    >>> over([1.0, 1.0, 1.0], groups=["ann", "ann", "bob"])
    {'value': 1.0, 'low': 1.0, 'high': 1.0, 'n': 2}
    """
    values = np.asarray(values, dtype=float)
    found = bootstrap_interval(values, groups=groups, statistic=statistic)
    span = dict(zip(("value", "low", "high"), found, strict=True))
    return {**span, "n": len(values if groups is None else np.unique(groups))}


def made() -> dict:
    """Return when, from what code and on what machine a result was measured
    (no host name, no path).
    """
    today = datetime.now(UTC).strftime("%Y-%m-%d")
    return {
        "date": today,
        "commit": commit(),
        "code": code_hash(),
        "python": platform.python_version(),
        "machine": machine(),
        "versions": versions(PACKAGES + PEERS),
    }


def commit() -> str:
    """Return the short commit of the working tree, with "-dirty" if tracked
    files differ; "none" outside git.
    """
    command = ["git", "-C", str(ROOT), "describe", "--always", "--dirty"]
    answer = subprocess.run(command, capture_output=True, text=True)
    return answer.stdout.strip() or "none"


def code_hash(patterns: Sequence[str] = SOURCES) -> str:
    """Return a short hash of the source files that match: the same code gives
    the same hash.
    """
    digest = hashlib.sha256()
    for path in sorted(chain.from_iterable(map(ROOT.glob, patterns))):
        digest.update(path.name.encode() + path.read_bytes())
    return digest.hexdigest()[:12]


def machine() -> str:
    """Return the processor's model, the number of cores and the memory, as far
    as the system tells.
    """
    model, memory = platform.machine(), ""
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        lines = cpuinfo.read_text().splitlines()
        named = [line for line in lines if "model name" in line]
        model = named[0].split(":", 1)[1].strip() if named else model
    if hasattr(os, "sysconf") and "SC_PHYS_PAGES" in os.sysconf_names:
        n_bytes = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
        memory = f", {n_bytes / 2**30:.0f} GiB"
    return f"{model}, {os.cpu_count()} cores{memory}"


def versions(packages: Iterable[str]) -> dict[str, str]:
    """Return the installed version of each package; packages that are not
    installed are left out.
    """
    found = {}
    for name in packages:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return found


def write_rows(name: str, rows: Sequence[dict]) -> Path:
    """Write book/results/NAME.json and drop the partial file of the same name;
    return the path.
    """
    RESULTS.mkdir(parents=True, exist_ok=True)
    path = RESULTS / f"{name}.json"
    content = {"made": made(), "rows": list(rows)}
    path.write_text(_dump(content), encoding="utf-8")
    _partial(name).unlink(missing_ok=True)
    return path


def with_stored(name: str, rows: Sequence[dict]) -> list[dict]:
    """Return the rows of book/results/NAME.json, those that were measured
    anew (same data, split, system, setting and metric) replaced by `rows`.
    """
    keys = itemgetter("data", "split", "system", "setting", "metric")
    path, new = RESULTS / f"{name}.json", set(map(keys, rows))
    if not path.exists():
        return list(rows)
    stored = json.loads(path.read_text(encoding="utf-8"))["rows"]
    return [one for one in stored if keys(one) not in new] + list(rows)


def stored_without(name: str, gone: Callable[[dict], bool]) -> list[dict]:
    """Return the rows of book/results/NAME.json but those that are `gone`."""
    path = RESULTS / f"{name}.json"
    stored = json.loads(path.read_text(encoding="utf-8"))["rows"]
    return [one for one in stored if not gone(one)]


def remembered(
    name: str,
    key: str,
    measure: Callable[[], list[dict]],
    sources: Sequence[str] = SOURCES,
) -> list[dict]:
    """Return measure()'s rows, or those kept under `key` by an interrupted run
    of the same code (`sources`).

    A long benchmark calls this once per finished piece; `write_rows(name, …)`
    at its end forgets the pieces. The values kept may be any JSON lists of
    dictionaries, not only tidy rows.
    """
    code, installed = code_hash(sources), versions(PACKAGES + PEERS)
    here = {"code": code, "versions": installed}
    path, kept = _partial(name), {}
    if path.exists():
        kept = json.loads(path.read_text(encoding="utf-8"))
    if kept.get("made_by") != here:
        kept = {"made_by": here, "pieces": {}}
    if key not in kept["pieces"]:
        kept["pieces"][key] = measure()
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(_dump(kept), encoding="utf-8")
    return kept["pieces"][key]


def run_sets(
    name: str,
    sets: Sequence[str],
    measure: Callable[[str], list[dict]],
    sources: Sequence[str] = SOURCES,
) -> None:
    """Measure each data set, each piece `remembered`; print and write all."""
    torch.set_num_threads(1)
    rows = []
    with threadpool_limits(1):
        for data in sets:
            rows += remembered(name, data, partial(measure, data), sources)
            print(table(rows), flush=True)
    print(f"written: {write_rows(name, rows).name}")


def table(rows: Sequence[dict]) -> str:
    """Return the rows as text: one line per data, split, system and setting,
    one column per metric.
    """
    frame = pd.DataFrame(rows)
    keys = ["data", "split", "system", "setting"]
    shape = {"index": keys, "columns": "metric", "values": "value"}
    wide = frame.pivot_table(**shape, sort=False).reset_index()
    form = "{:.4g}".format
    return wide.to_string(index=False, na_rep="", float_format=form)


def _partial(name: str) -> Path:
    return RESULTS / f"{name}.partial.json"


def _dump(content: dict) -> str:
    return json.dumps(content, indent=1, ensure_ascii=False) + "\n"
