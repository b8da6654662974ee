"""Measure what adapting a language model of 135 million weights buys.

    python -m benchmarks.large_adapt [--records N] [--only NAME …]
        [--part writing|overfitting]

The public records of musical instruments (folder RECX_DATA). SmolLM2 is asked
untouched, with four examples, with two retrieved sentences; adapted by LoRA
and by vectors of user and item; beside it stand the floors and a writer that
quotes, judged on the same N test records (our own networks, on all of them,
are in rationales.json). Adapting is resumed where it
stopped, from the user's cache. Everything is fitted on the split "train"; no
setting is chosen on "test". The second part is the small model of chapter 13
against overfitting. Prints tables; rows go to book/results/large-adapt.json.
"""

from __future__ import annotations

import argparse

import pandas as pd

from benchmarks.large_overfitting import overfitting_rows
from benchmarks.large_published import published_rows
from benchmarks.large_systems import LARGE, Large, weights_folder
from benchmarks.rationale_records import default_path, read_records
from benchmarks.rationale_systems import GIVEN, PREDICTED, SYSTEMS, Setting
from benchmarks.tidy import (
    remembered,
    row,
    table,
    with_stored,
    write_rows,
)
from recx_lib.judge import Judge
from recx_lib.write import AspectPlanner, Retriever

NAME, DATA = "large-adapt", "musical_instruments"
RIVALS = (
    "floor:random-of-item",
    "floor:one-for-everybody",
    "floor:medoid-of-item",
    "floor:template",
    "floor:medoid-of-aspect",
    "recx:quoting",
)
SHOWN = ("bleu1", "bleu4", "rouge1_f", "rouge2_f", "usr", "fmr", "factual")
SHOWN += ("repeat", "commonest")
SPANS = ("bleu1", "bleu4", "rouge1_f", "rouge2_f", "fmr", "factual", "repeat")
# what has been written is kept while these do not change
KEPT_BY = tuple(
    f"benchmarks/large_{part}.py"
    for part in ("records", "training", "systems")
)


def texts_of(
    name: str, mode: str, large: Large, setting: Setting
) -> tuple[list[str], float]:
    """Return one system's sentences, and CPU seconds each, in one mode."""

    def measure() -> list[dict]:
        given = mode == GIVEN
        if name in LARGE:
            said = LARGE[name](large, setting.records, given)
        else:
            said = SYSTEMS[name][1](setting, given)
        cost = large.cost.get(name, {})
        return [{"said": said, "cost": cost, "spent": large.writing_s}]

    key = f"{name} {mode} {len(setting.records)}"
    (found,) = remembered(NAME, key, measure, KEPT_BY)
    cost = found["cost"] or large.cost.get(name, {})
    large.cost.setdefault(name, cost)
    return found["said"], found["spent"]


def writing_rows(n_records: int, only: list[str] | None) -> list[dict]:
    """Return the rows of all writers on the same test records."""
    splits = read_records(str(default_path()))
    train = splits["train"]
    test = splits["test"].sample(n_records, random_state=0)
    planner = AspectPlanner(Retriever().fit(train)).fit(train)
    setting = Setting(train, splits["validation"], test, planner)
    large = Large(train, splits["validation"], planner, weights_folder(), {})
    judge = Judge(train, set(pd.concat(splits.values())["term"]))
    rows = []
    for mode in (GIVEN, PREDICTED):
        for name in (*RIVALS, *LARGE):
            modes = SYSTEMS[name][0] if name in SYSTEMS else (mode,)
            if mode not in modes or (only and name not in only):
                continue
            said, spent = texts_of(name, mode, large, setting)
            found = judged(judge, test, said, name, mode)
            print(table([r for r in found if r["metric"] in SHOWN]))
            rows += found
            if name in LARGE:
                each = spent / len(said)
                where = DATA, "test", name, "cpu_s_each", each, mode
                rows.append(row(*where, n=len(said)))
    for name, cost in large.cost.items():
        rows += [row(DATA, "test", name, *one) for one in cost.items()]
    return rows + published_rows()


def judged(
    judge: Judge, records: pd.DataFrame, said: list[str], name: str, mode: str
) -> list[dict]:
    """Return the tidy rows of one system's sentences."""
    scores = judge.summary(records, said)
    spans = judge.intervals(records, said)
    rows = []
    for metric, value in scores.items():
        span = {}
        if metric in SPANS and metric in spans:
            _, low, high = spans[metric]
            span = {"low": low, "high": high}
        where = DATA, "test", name, metric, value, mode
        rows.append(row(*where, n=len(said), **span))
    return rows


def main() -> None:
    """Measure, print, and write book/results/large-adapt.json."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--records", type=int, default=256)
    parser.add_argument("--only", nargs="*", help="names of systems")
    parser.add_argument("--part", choices=["writing", "overfitting"])
    options = parser.parse_args()
    rows = []
    if options.part != "overfitting":
        rows += writing_rows(options.records, options.only)
    if options.part != "writing":
        rows += overfitting_rows()
    if not options.only:  # some systems alone are kept, not published
        # of one part: the other's figures stay
        write_rows(NAME, with_stored(NAME, rows) if options.part else rows)


if __name__ == "__main__":
    main()
