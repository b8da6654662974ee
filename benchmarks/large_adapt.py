"""Measure what adapting a language model of 135 million weights buys.

    python -m benchmarks.large_adapt [--records N] [--only NAME …]
        [--part writing|overfitting] [--mode aspect-given]
        [--chosen [stored]]

The public records of musical instruments (folder RECX_DATA). SmolLM2 is asked
untouched, with four examples, with two retrieved sentences; adapted by LoRA
and by vectors of user and item; beside it stand the floors and a writer that
quotes, judged on the same N test records (our own networks, on all of them,
are in rationales.json). Adapting is resumed where it stopped, from the user's
cache. Everything is fitted on the split "train". How sentences are decoded is
greedy; `--chosen`: in five tries, the same for each way of asking, by ROUGE-1
on validation records, in a setting of its own (`--chosen stored`: by the tries
that the file holds). No setting is chosen on "test". The second part is the
small model of chapter 13 against overfitting. Prints tables; rows go to
book/results/large-adapt.json, in place of those that were measured anew.
"""

from __future__ import annotations

import argparse
from dataclasses import replace
from itertools import product

import pandas as pd

from benchmarks.large_overfitting import overfitting_rows
from benchmarks.large_published import published_rows
from benchmarks.large_systems import (
    LARGE,
    WAYS,
    Large,
    said,
    weights_folder,
)
from benchmarks.rationale_records import default_path, read_records
from benchmarks.rationale_systems import GIVEN, PREDICTED, SYSTEMS, Setting
from benchmarks.tidy import (
    over,
    remembered,
    row,
    stored_without,
    table,
    with_stored,
    write_rows,
)
from recx_lib.judge import Judge
from recx_lib.write import AspectPlanner, Retriever

NAME, DATA = "large-adapt", "musical_instruments"
MODES = GIVEN, PREDICTED
GREEDY = "price 0"
RIVALS = (
    "floor:random-of-item",
    "floor:one-for-everybody",
    "floor:medoid-of-item",
    "floor:template",
    "floor:medoid-of-aspect",
    "recx:quoting",
)
ADAPTED = tuple(name for name in LARGE if "-lora" in name)
# whom LoRA is to beat: only asked, some with what its own prompt holds
ASKED = (
    "recx:smollm2-zero",
    "recx:smollm2-few4",
    "recx:smollm2-few4-again",
    "recx:smollm2-few4-rag",
    "recx:smollm2-rag",
)
LED = "rouge1_f", "fmr", "repeat"
SHOWN = ("bleu1", "bleu4", "rouge1_f", "rouge2_f", "usr", "fmr", "factual")
SHOWN += ("repeat", "commonest")
N_TRIED = 128  # validation records on which the decoding is chosen
SPANS = ("bleu1", "bleu4", "rouge1_f", "rouge2_f", "fmr", "factual", "repeat")
# what has been written is kept while these do not change
KEPT_BY = tuple(
    f"benchmarks/large_{part}.py"
    for part in ("records", "training", "systems")
)


def texts_of(
    name: str, mode: str, large: Large, setting: Setting, way: str = ""
) -> tuple[list[str], float]:
    """Return one system's sentences, and CPU seconds each, in one mode."""

    def measure() -> list[dict]:
        given = mode == GIVEN
        if name in LARGE:
            texts = said(large, *LARGE[name](large, records, given), way)
        else:
            texts = SYSTEMS[name][1](setting, given)
        cost = large.cost.get(name, {})
        return [{"said": texts, "cost": cost, "spent": large.writing_s}]

    records = setting.records
    key = " ".join([name, mode, str(len(records)), setting.split, way])
    (found,) = remembered(NAME, key, measure, KEPT_BY)
    cost = found["cost"] or large.cost.get(name, {})
    large.cost.setdefault(name, cost)
    return found["said"], found["spent"]


def chosen_way(
    name: str, large: Large, setting: Setting, judge: Judge
) -> tuple[str, list[dict]]:
    """Return how a system's sentences are decoded best, and a row a try.

    Best: by ROUGE-1 on validation records, the aspect given.
    """
    held = large.validation.sample(N_TRIED, random_state=1)
    there = replace(setting, records=held, split="validation")
    marks, rows = {}, []
    for way in WAYS:
        texts, _ = texts_of(name, GIVEN, large, there, way)
        found = judge.summary(held, texts)
        marks[way] = found["rouge1_f"]
        for metric in ("rouge1_f", "repeat"):
            where = DATA, "validation", name, metric, found[metric], way
            rows.append(row(*where, n=len(texts)))
        print(f"{name} {way}: {found['rouge1_f']:.2f}", flush=True)
    return max(marks, key=marks.get), rows


def stored_way(name: str) -> str:
    """Return the best of the tries that book/results holds for a system."""
    rows = pd.DataFrame(stored_without(NAME, lambda one: False))
    tried = rows[(rows["split"] == "validation") & (rows["system"] == name)]
    marks = tried[tried["metric"] == "rouge1_f"].set_index("setting")["value"]
    missing = set(WAYS) - set(marks.index)
    if missing:
        raise SystemExit(f"{name}: {sorted(missing)} not tried: --chosen")
    return marks.idxmax()


def writing_rows(options: argparse.Namespace) -> list[dict]:
    """Return the rows of all writers on the same test records."""
    splits = read_records(str(default_path()))
    train = splits["train"]
    test = splits["test"].sample(options.records, random_state=0)
    planner = AspectPlanner(Retriever().fit(train)).fit(train)
    setting = Setting(train, splits["validation"], test, planner)
    large = Large(train, splits["validation"], planner, weights_folder(), {})
    judge = Judge(train, set(pd.concat(splits.values())["term"]))
    rows, written = [], {}
    for name in options.only or (*RIVALS, *LARGE):
        way = GREEDY if name in LARGE else ""
        if options.chosen == "stored" and name in LARGE:
            way = stored_way(name)
        elif options.chosen and name in LARGE:
            way, tried = chosen_way(name, large, setting, judge)
            rows += tried
        for mode in SYSTEMS[name][0] if name in SYSTEMS else MODES:
            if options.mode not in (None, mode):
                continue
            texts, spent = texts_of(name, mode, large, setting, way)
            if options.chosen and name in LARGE:
                mode += ", decoding chosen"
            written[name, mode] = judge.each(test, texts)
            found = judged(judge, test, texts, name, mode)
            print(table([r for r in found if r["metric"] in SHOWN]))
            rows += found
            if name in LARGE:
                each = spent / len(texts)
                where = DATA, "test", name, "cpu_s_each", each, mode
                rows.append(row(*where, n=len(texts), way=way))
    for name, cost in large.cost.items():
        rows += [row(DATA, "test", name, *one) for one in cost.items()]
    return rows + leads(written, test["user"]) + published_rows()


def leads(
    written: dict[tuple[str, str], pd.DataFrame], users: pd.Series
) -> list[dict]:
    """Return what LoRA is ahead by, record by record; `users` are drawn."""
    rows = []
    adapted = [key for key in written if key[0] in ADAPTED]
    for (name, mode), rival, metric in product(adapted, ASKED, LED):
        if (rival, mode) not in written:
            continue
        ours, theirs = written[name, mode], written[rival, mode]
        found = over(ours[metric] - theirs[metric], users)
        where = DATA, "test", name, f"{metric}_lead", found.pop("value")
        rows.append(row(*where, f"{mode} over {rival}", **found))
    return rows


def judged(
    judge: Judge, records: pd.DataFrame, texts: list[str], name: str, mode: str
) -> list[dict]:
    """Return the tidy rows of one system's sentences."""
    scores = judge.summary(records, texts)
    spans = judge.intervals(records, texts)
    rows = []
    for metric, value in scores.items():
        span = {}
        if metric in SPANS and metric in spans:
            _, low, high = spans[metric]
            span = {"low": low, "high": high}
        where = DATA, "test", name, metric, value, mode
        rows.append(row(*where, n=len(texts), **span))
    return rows


def main() -> None:
    """Measure, print, and write book/results/large-adapt.json."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--records", type=int, default=256)
    parser.add_argument("--only", nargs="*", help="names of systems")
    parser.add_argument("--part", choices=["writing", "overfitting"])
    parser.add_argument("--mode", choices=MODES, help="of the two, one")
    parser.add_argument(
        "--chosen",
        nargs="?",
        const="anew",
        choices=["anew", "stored"],
        help="the decoding, for each",
    )
    options = parser.parse_args()
    rows = []
    if options.part != "overfitting":
        rows += writing_rows(options)
    if options.part != "writing":
        rows += overfitting_rows()
    # what was not measured now keeps its figures
    write_rows(NAME, with_stored(NAME, rows))


if __name__ == "__main__":
    main()
