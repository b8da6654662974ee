"""Measure every way of writing a rationale on one set of explanation records.

    python -m benchmarks.rationales [PATH of a records file]
        [--seeds 3] [--split test|validation] [--kept FOLDER] [--steps]

PATH is explanations/musical_instruments.jsonl.gz in the folder RECX_DATA where
none is given; then the same writers are measured once more on records that our
own miner makes from the raw reviews. Records are JSON lines with user, item,
rating, timestamp, feature (our `term`), opinion, polarity, sentence, split.

Everything is fitted on the split "train"; the true term is used only in the
rows "aspect-given". Settings are the library's defaults, chosen on validation.
What the networks learn and say is kept in a folder outside the repository, so
that a stopped run goes on and judging anew is cheap. Where an interval stands,
whole users of all seeds were drawn; without one, the seeds' mean, lowest and
highest. Rows go to book/results/rationales.json, those of the steps from a
bare net to the writer to book/results/ablation.json.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Iterator
from functools import partial
from itertools import product
from pathlib import Path

import pandas as pd

from benchmarks import rationale_published as published
from benchmarks.fluency import KeptReader
from benchmarks.rationale_networks import (
    LESSONS,
    NETS,
    keep,
    kept,
    pool,
    train,
    write_all_ways,
)
from benchmarks.rationale_records import (
    default_path,
    mined_records,
    read_records,
)
from benchmarks.rationale_scores import Scorer, cost_rows
from benchmarks.rationale_steps import (
    LAST,
    chosen_steps,
    plain_steps,
)
from benchmarks.rationale_systems import GIVEN, PREDICTED, SYSTEMS, Setting
from benchmarks.tidy import RESULTS, ROOT, row, table, write_rows
from benchmarks.writing_speed import gain_by_length, speeds
from recx_lib.data import find, load_amazon
from recx_lib.judge import Judge, hit_at_k
from recx_lib.write import AspectPlanner, Retriever

KEPT = ROOT / "_build" / "rationales"
MINED = "musical_instruments_mined"
MODES = {PREDICTED: "predicted", GIVEN: "given"}
SHOWN = (
    "bleu1",
    "rouge1_f",
    "usr",
    "fcr",
    "factual",
    "repeat",
    "commonest",
    "n_words",
    "perplexity",
)


def planner_rows(setting: Setting, scorer: Scorer) -> list[dict]:
    """Return hit@1 and hit@3 of the planner and of the frequent terms."""
    planned = []
    for user, item, _ in setting.triples(given=False):
        plan = setting.planner.plan(user, item, 3)
        planned.append([evidence.name for evidence in plan.evidence])
    wanted = list(setting.records["term"])
    frequent = list(setting.train["term"].value_counts().index[:3])
    named = setting.train.groupby("item")["term"].value_counts()
    own = [
        list(named[item].index[:3]) if item in named else frequent
        for item in setting.records["item"]
    ]
    ranked = {
        "recx:planner": planned,
        "floor:popular-terms": [frequent] * len(wanted),
        "floor:terms-of-item": own,
    }
    rows = []
    for name, guesses in ranked.items():
        for k in (1, 3):
            hit = hit_at_k(guesses, wanted, k)
            told = {"n": len(wanted)}
            rows.append(scorer.row(name, PREDICTED, f"hit{k}", hit, **told))
    return rows


def system_rows(
    setting: Setting, scorer: Scorer, folder: Path
) -> Iterator[list[dict]]:
    """Yield the rows of each system that needs no network, in each mode."""
    for name, (modes, system) in SYSTEMS.items():
        for mode in modes:
            plain = name.replace(":", "-")
            file = folder / plain / setting.split / f"{MODES[mode]}.json"
            say = partial(timed, system, setting, mode == GIVEN)
            found = kept(file, say)
            rows = scorer.rows(name, mode, [found["texts"]])
            per_s = len(setting.records) / max(found["cpu_s"], 1e-9)
            yield [*rows, scorer.row(name, mode, "per_s", per_s)]


def timed(system, setting: Setting, given: bool) -> dict:
    """Return what a system says, and the CPU seconds that it took."""
    started = time.process_time()
    texts = system(setting, given)
    return {"texts": texts, "cpu_s": time.process_time() - started}


def prepare(setting: Setting, folder: Path, seeds: range) -> None:
    """Train every network, and let it write, where that is not kept yet."""
    for seed, net, lesson in product(seeds, NETS, LESSONS):
        write_all_ways(setting, f"{net}-{lesson}-{seed}", folder)


def network_rows(
    setting: Setting, scorer: Scorer, folder: Path, seeds: range
) -> Iterator[list[dict]]:
    """Yield the rows of the networks' steps, in each mode.

    A system's name is "recx:NET step"; the last step is the writer itself.
    """
    for net in NETS:
        for mode, short in MODES.items():
            said: dict[str, list] = {}
            for seed in seeds:
                told = setting, net, seed, folder
                plain = plain_steps(*told, short) if mode != GIVEN else ()
                for step, texts in plain:
                    said.setdefault(step, []).append(texts)
                for step, texts in chosen_steps(*told, mode == GIVEN):
                    said.setdefault(step, []).append(texts)
            if LAST in said and mode == PREDICTED:  # for readers to mark
                keep(folder / f"{net}-chosen.json", said[LAST][0])
            for step, lists in said.items():
                number, _, name = step.partition("-")
                name = f"recx:{net} {name}"
                found = scorer.rows(name, mode, lists)
                yield [*found, scorer.row(name, mode, "step", int(number))]
        yield speed_rows(setting, scorer, folder, net, seeds)


def speed_rows(
    setting: Setting,
    scorer: Scorer,
    folder: Path,
    net: str,
    seeds: range,
    block: int = 256,
) -> list[dict]:
    """Return what a network costs to train, and how fast it writes.

    `per_s`: as a writer that drafts and chooses; `greedy_per_s`: one sentence
    and no choice, aspect given, in three ways; the cache's gain.
    """
    name, places = f"recx:{net}", []
    for seed in seeds:
        places.append(folder / f"{net}-retrieved-{seed}")
    trained = []
    for seed, place in zip(seeds, places, strict=True):
        if (place / "cost.json").exists():
            trained.append(train(setting, net, "retrieved", seed, place))
    if not trained:
        return []
    rows = cost_rows(scorer, name, [cost for _, cost in trained])
    writer = trained[0][0]
    for mode, short in MODES.items():
        file = places[0] / setting.split / short / "drafts.json"
        drafts, spent = pool(setting, writer, mode == GIVEN, file)
        started = time.process_time()
        for triple, some in zip(
            setting.triples(mode == GIVEN), drafts, strict=True
        ):
            writer.pick(*triple, some)
        spent += time.process_time() - started
        per_s = len(drafts) / spent
        last = LAST.partition("-")[2]
        rows.append(scorer.row(f"{name} {last}", mode, "per_s", per_s))
    triples = setting.triples(given=True)[:block]
    batch = writer.collate([writer.example(*one) for one in triples])
    model, vocab = writer.model_, writer.vocab_
    for way, per_s in speeds(model, batch, vocab).items():
        rows.append(scorer.row(name, way, "greedy_per_s", per_s))
    for length, times in gain_by_length(model, batch).items():
        rows.append(scorer.row(name, f"{length} words", "cache_gain", times))
    return rows


def published_rows(split: str) -> list[dict]:
    """Return the rows of others' figures on the first data set's test part."""
    rows = []
    for (system, mode), values in published.FIGURES.items():
        for metric, value in zip(published.METRICS, values, strict=True):
            key = published.DATA, split, system, metric, value, mode
            rows.append(row(*key, source=published.SOURCE))
    return rows


def measure(
    splits: dict[str, pd.DataFrame], data: str, options
) -> tuple[list[dict], list[dict]]:
    """Return the rows of all systems, and of all steps, on one data set."""
    train_part, records = splits["train"], splits[options.split]
    folder = Path(options.kept) / data
    planner = AspectPlanner(Retriever().fit(train_part)).fit(train_part)
    parts = train_part, splits["validation"], records
    setting = Setting(*parts, planner, options.split)
    judge = Judge(train_part, set(pd.concat(splits.values())["term"]))
    reader = KeptReader(Path(options.kept) / "smollm2.json")
    scorer = Scorer(data, options.split, records, judge, reader)
    rows, steps = planner_rows(setting, scorer), []
    for found in system_rows(setting, scorer, folder):
        print(table([r for r in found if r["metric"] in SHOWN]), flush=True)
        rows += found
    seeds = range(options.seeds)
    if not options.ready:
        prepare(setting, folder, seeds)
    for found in network_rows(setting, scorer, folder, seeds):
        shown = [r for r in found if r["metric"] in SHOWN]
        print(table(shown) if shown else "", flush=True)
        rows += map(as_writer, filter(is_writer, found))
        steps += [r for r in found if " " in r["system"]]
    return rows, steps


def stored_of_others(name: str, data: str) -> list[dict]:
    """Return the rows that are stored, those of one data set left out."""
    path = RESULTS / f"{name}.json"
    stored = json.loads(path.read_text(encoding="utf-8"))["rows"]
    return [one for one in stored if one["data"] != data]


def is_writer(found: dict) -> bool:
    """Tell whether a row is of a network's last step, or of its cost."""
    last = LAST.partition("-")[2]
    return " " not in found["system"] or found["system"].endswith(f" {last}")


def as_writer(found: dict) -> dict:
    """Return the row under the writer's plain name."""
    return found | {"system": found["system"].split(" ")[0]}


def asked() -> argparse.Namespace:
    """Return what stands on the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    add = parser.add_argument
    add("path", nargs="?", help="a records file; else the one in RECX_DATA")
    add("--split", default="test", choices=["test", "validation"])
    add("--seeds", type=int, default=3)
    add("--kept", default=str(KEPT), help="folder of what was learned, said")
    add("--name", default="rationales", help="book/results/NAME.json")
    add("--ready", action="store_true", help="what is kept, and no more")
    add("--first", action="store_true", help="the first data set alone")
    return parser.parse_args()


def main() -> None:
    """Measure, print, and write the rows."""
    options = asked()
    path = options.path or str(default_path())
    data = Path(path).name.split(".")[0]
    rows, steps = measure(read_records(path), data, options)
    if options.path is None:
        rows += published_rows(options.split)
        if options.first:
            rows += stored_of_others(options.name, data)
            steps += stored_of_others("ablation", data)
        else:
            mined = mined_records(load_amazon(find("musical_instruments")))
            more, further = measure(mined, MINED, options)
            rows, steps = rows + more, steps + further
    for metrics in (("hit1", "hit3"), ("greedy_per_s",), ("cache_gain",)):
        print(table([r for r in rows if r["metric"] in metrics]))
    write_rows(options.name, rows)
    write_rows("ablation", steps)


if __name__ == "__main__":
    main()
