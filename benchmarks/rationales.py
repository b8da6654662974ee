"""Measure every way of writing a rationale on one set of explanation records.

    python -m benchmarks.rationales [PATH of a records file]
        [--split test|validation] [--only NAME …]

PATH is explanations/musical_instruments.jsonl.gz in the folder RECX_DATA where
none is given. Then the same writers are measured once more on records that our
own miner makes from the raw reviews, with the trained ones' speed.

Records are JSON lines with user, item, rating, timestamp, feature (our
`term`), opinion, polarity, sentence, split. Everything is fitted on the split "train"; the true
term is used only in the rows "aspect-given". Settings are the library's
defaults: none is fitted to a data set here. Each list of records is said in
order by writers that remember, within the list, what they have said. Prints a
table; rows go to book/results/rationales.json.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

import pandas as pd

from benchmarks.rationale_records import (
    default_path,
    mined_records,
    read_records,
)
from benchmarks.rationale_systems import GIVEN, PREDICTED, SYSTEMS, Setting
from benchmarks.tidy import row, table, write_rows
from benchmarks.writing_speed import gain_by_length, speeds
from recx_lib.data import find, load_amazon
from recx_lib.judge import Judge, hit_at_k
from recx_lib.write import AspectPlanner, Retriever

SHOWN = [
    "bleu1",
    "bleu4",
    "rouge1_f",
    "rouge2_f",
    "rouge1_f_sets",
    "usr",
    "fmr",
    "fcr",
    "div",
    "factual",
]
INTERVALS = [
    "bleu1",
    "bleu4",
    "rouge1_f",
    "rouge2_f",
    "rougel_f",
    "fmr",
    "factual",
]


def measure(
    setting: Setting, judge: Judge, data: str, split: str, name: str, mode: str
) -> list[dict]:
    """Return the tidy rows of one system in one mode.

    Its speed includes retrieval and planning, not fitting.
    """
    fitted = name in setting.trained
    started = time.process_time()
    _, system = SYSTEMS[name]
    said = system(setting, mode == GIVEN)
    spent = time.process_time() - started
    if not fitted:
        spent -= setting.cost.get(name, {}).get("fit_cpu_s", 0)
    scores = judge.summary(setting.records, said)
    scores["per_s"] = len(said) / max(spent, 1e-9)
    spans = judge.intervals(setting.records, said)
    rows = []
    for metric, value in scores.items():
        span = {}
        if metric in INTERVALS and metric in spans:
            _, low, high = spans[metric]
            span = {"low": low, "high": high}
        rows.append(
            row(data, split, name, metric, value, mode, n=len(said), **span)
        )
    return rows


def measure_plans(setting: Setting, data: str, split: str) -> list[dict]:
    """Return hit@1 and hit@3 of the planner and of the frequent terms."""
    planned = []
    for user, item, _ in setting.triples(given=False):
        plan = setting.planner.plan(user, item, 3)
        planned.append([evidence.name for evidence in plan.evidence])
    frequent = list(setting.train["term"].value_counts().index[:3])
    wanted = list(setting.records["term"])
    popular = [frequent] * len(wanted)
    rows = []
    for name, ranked in (
        ("recx:planner", planned),
        ("floor:popular-features", popular),
    ):
        for k in (1, 3):
            hit = hit_at_k(ranked, wanted, k)
            setup = name, f"hit{k}", hit, PREDICTED
            rows.append(row(data, split, *setup, n=len(wanted)))
    return rows


def speed_rows(
    setting: Setting, data: str, split: str, block: int = 256
) -> list[dict]:
    """Return each network's greedy sentences per CPU second, aspect given.

    Three ways; and the cache's gain.
    """
    rows = []
    triples = setting.triples(given=True)[:block]
    for name, writer in setting.trained.items():
        batch = writer.collate([writer.example(*one) for one in triples])
        found = []
        for way, per_s in speeds(writer.model_, batch, writer.vocab_).items():
            found.append(("greedy_per_s", per_s, way))
        for length, times in gain_by_length(writer.model_, batch).items():
            found.append(("cache_gain", times, f"{length} words"))
        rows += [row(data, split, name, *one, n=len(batch)) for one in found]
    return rows


def measure_all(
    splits: dict[str, pd.DataFrame],
    data: str,
    split: str,
    only: list[str] | None,
) -> list[dict]:
    """Return every system's rows on one set of records.

    With a mode, `fit_cpu_s` includes the planner that all share.
    """
    train = splits["train"]
    started = time.process_time()
    planner = AspectPlanner(Retriever().fit(train)).fit(train)
    fit_s = time.process_time() - started
    setting = Setting(train, splits["validation"], splits[split], planner)
    judge = Judge(train, set(pd.concat(splits.values())["term"]))
    rows = measure_plans(setting, data, split)
    for name, (modes, _) in SYSTEMS.items():
        if only and name not in only:
            continue
        for mode in modes:
            found = measure(setting, judge, data, split, name, mode)
            shown = [r for r in found if r["metric"] in SHOWN]
            print(table(shown), flush=True)
            rows += found
            if name.startswith("recx:"):
                cost = setting.cost.get(name, {})
                spent = fit_s + cost.get("fit_cpu_s", 0.0)
                rows.append(row(data, split, name, "fit_cpu_s", spent, mode))
        for metric, value in setting.cost.get(name, {}).items():
            rows.append(row(data, split, name, metric, value))
    return rows + speed_rows(setting, data, split)


def asked() -> argparse.Namespace:
    """Return what stands on the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    add = parser.add_argument
    add("path", nargs="?", help="a records file; else the one in RECX_DATA")
    add("--split", default="test", choices=["test", "validation"])
    add("--only", nargs="*", help="names of systems")
    add("--name", default="rationales", help="book/results/NAME.json")
    return parser.parse_args()


def main() -> None:
    """Measure, print, and write book/results/NAME.json."""
    options = asked()
    path = options.path or str(default_path())
    data = Path(path).name.split(".")[0]
    chosen = options.split, options.only
    rows = measure_all(read_records(path), data, *chosen)
    if options.path is None:
        mined = mined_records(load_amazon(find("musical_instruments")))
        rows += measure_all(mined, "musical_instruments_mined", *chosen)
    for metrics in (
        ("hit1", "hit3"),
        ("greedy_per_s",),
        ("cache_gain",),
        ("fit_cpu_s", "rmse", "parameters"),
    ):
        print(table([r for r in rows if r["metric"] in metrics]))
    write_rows(options.name, rows)


if __name__ == "__main__":
    main()
