"""Measure every way of writing a rationale on one set of explanation records, and print the table.

    python -m benchmarks.rationales [PATH of a records file] [--split test|validation] [--only NAME …]

PATH is explanations/musical_instruments.jsonl.gz in the folder RECX_DATA where none is given. Then the same writers
are measured once more on records that our own miner makes from the raw reviews, with the trained ones' speed.

Records are JSON lines with user, item, rating, timestamp, feature, opinion, polarity, sentence, split. Everything is
fitted on the split "train"; the true feature is used only in the rows "aspect-given". Settings are the library's
defaults: none is fitted to a data set here. Rows go to book/results/rationales.json.
"""

from __future__ import annotations

import argparse
import itertools
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd
import torch

from benchmarks.tidy import row, table, write_rows
from benchmarks.writing_speed import gain_by_length, speeds
from recx_lib.core import DataError
from recx_lib.data import Reviews, data_folder, find, load_amazon, mine_lexicon, mine_mentions, split_random, tokenize
from recx_lib.judge import Judge, baselines, rmse
from recx_lib.nets import RationaleTransformer, Seq2Seq
from recx_lib.write import (
    RECORD_COLUMNS,
    AspectPlanner,
    ConsensusWriter,
    NeuralWriter,
    QuotingWriter,
    Retriever,
    hit_at_k,
    write_grammar,
)

SHOWN = ["bleu1", "bleu4", "rouge1_f", "rouge2_f", "rouge1_f_sets", "usr", "fmr", "fcr", "div", "factual"]
INTERVALS = ["bleu1", "bleu4", "rouge1_f", "rouge2_f", "rougel_f", "fmr", "factual"]


@dataclass
class Setting:
    """What every writer is given: the three splits, and the planner fitted on the first."""

    train: pd.DataFrame
    validation: pd.DataFrame
    records: pd.DataFrame
    planner: AspectPlanner
    trained: dict[str, NeuralWriter] = field(default_factory=dict)  # by system: trained once, used in both settings
    cost: dict[str, dict[str, float]] = field(default_factory=dict)  # by system: training seconds, size, rating error


def default_path() -> Path:
    """Return the public records file; raise DataError where RECX_DATA does not hold it."""
    path = (data_folder() or Path()) / "explanations" / "musical_instruments.jsonl.gz"
    if not path.exists():
        raise DataError(f"no records at {path}: name a file, or the folder that holds the public sets in RECX_DATA")
    return path


Writer = Callable[[Setting, bool], list[str]]  # (setting, is the aspect given?) -> one sentence per record


def read_records(path: str) -> dict[str, pd.DataFrame]:
    """Return {split: records}; raise DataError when a column or the training split is missing."""
    frame = pd.read_json(path, lines=True, dtype={"user": str, "item": str, "feature": str})
    missing = [column for column in [*RECORD_COLUMNS, "split"] if column not in frame]
    if missing or "train" not in set(frame["split"]):
        raise DataError(f"{path}: columns {missing} or the split 'train' are missing from the records")
    return {name: part.reset_index(drop=True) for name, part in frame.groupby("split")}


def mined_records(reviews: Reviews, seed: int = 0) -> dict[str, pd.DataFrame]:
    """Return {split: records} mined from raw reviews, 80 / 10 / 10 at random; the lexicon sees training texts only."""
    rest, test = split_random(reviews, 0.1, seed)
    train, validation = split_random(rest, 1 / 9, seed)
    lexicon = mine_lexicon(train.frame["text"], train.rating)
    parts = {"train": train, "validation": validation, "test": test}
    return {name: one_per_review(part, mine_mentions(part, lexicon, top=350)) for name, part in parts.items()}


def one_per_review(part: Reviews, mentions: pd.DataFrame, longest: int = 25) -> pd.DataFrame:
    """Return each review's first statement of at most `longest` words, in the records' columns and style."""
    words = [[w for w in tokenize(s) if w.isalnum() or "'" in w] for s in mentions["sentence"]]
    found = mentions.assign(sentence=[" ".join(w) for w in words], length=[len(w) for w in words])
    found = found[(found["length"] <= longest) & ~found["feature"].str.contains(" ")].drop_duplicates("review")
    return found.join(part.frame[["rating", "timestamp"]], on="review").drop(columns="length").reset_index(drop=True)


def floor(function: Callable) -> Writer:
    return lambda setting, given: function(setting.train, setting.records)


def spoken(make: Callable) -> Writer:
    """Return a writer that asks make(planner).write for each record, and the grammar where that is silent."""

    def write(setting: Setting, given: bool) -> list[str]:
        writer, out = make(setting.planner), []
        for user, item, feature in setting.records[["user", "item", "feature"]].itertuples(index=False):
            said = writer.write(user, item, feature if given else None)
            out.append(said.text if said else from_grammar(setting.planner, user, item, feature if given else None))
        return out

    return write


def from_grammar(planner: AspectPlanner, user: str, item: str, aspect: str | None) -> str:
    """Say the plan (or the aspect given, with the side the item's reviews take) by grammar, in the records' style."""
    plan = planner.plan(user, item) if aspect is None else planner.about(user, item, aspect)
    text = write_grammar(plan, "it", n=1).text
    return text.lower().replace(",", " ,").replace(":", " :").rstrip(".")


def grammar(setting: Setting, given: bool) -> list[str]:
    columns = setting.records[["user", "item", "feature"]].itertuples(index=False)
    return [from_grammar(setting.planner, user, item, feature if given else None) for user, item, feature in columns]


def neural(name: str, make: Callable) -> Writer:
    """Return a writer that trains a network once, and writes with it in both settings."""

    def write(setting: Setting, given: bool) -> list[str]:
        if name not in setting.trained:
            train_once(setting, name, make)
        records = setting.records
        aspects = list(records["feature"]) if given else [None] * len(records)
        said = setting.trained[name].write_all(records["user"], records["item"], aspects)
        asked = zip(said, records["user"], records["item"], aspects, strict=True)
        return [s.text if s else from_grammar(setting.planner, u, i, a) for s, u, i, a in asked]

    return write


def train_once(setting: Setting, name: str, make: Callable) -> None:
    """Fit a network on the training split, stopping by validation; keep it and what it cost."""
    torch.set_num_threads(1)
    started = time.process_time()
    writer = NeuralWriter(setting.planner, make).fit(setting.train, setting.validation)
    cost = {"fit_cpu_s": time.process_time() - started}
    cost["parameters"] = float(sum(p.numel() for p in writer.model_.parameters()))
    foreseen = writer.predict(setting.records["user"], setting.records["item"])
    cost["rmse"] = rmse(setting.records["rating"], foreseen)
    setting.trained[name], setting.cost[name] = writer, cost


# name -> (settings it runs in, writer)
SYSTEMS: dict[str, tuple[tuple[str, ...], Writer]] = {
    "floor:references": (("aspect-given",), lambda setting, given: list(setting.records["sentence"])),
    "floor:random-sentence": (("aspect-predicted",), floor(baselines.random_sentence)),
    "floor:random-of-item": (("aspect-predicted",), floor(baselines.random_of_item)),
    "floor:one-for-everybody": (("aspect-predicted",), floor(baselines.one_for_everybody)),
    "floor:medoid-of-item": (("aspect-predicted",), floor(baselines.medoid_of_item)),
    "floor:template": (("aspect-given",), floor(baselines.aspect_template)),
    "floor:medoid-of-aspect": (("aspect-given",), floor(baselines.aspect_medoid)),
    "recx:grammar": (("aspect-predicted", "aspect-given"), grammar),
    "recx:quoting": (("aspect-predicted", "aspect-given"), spoken(QuotingWriter)),
    "recx:consensus": (("aspect-predicted", "aspect-given"), spoken(ConsensusWriter)),
    "recx:seq2seq": (("aspect-predicted", "aspect-given"), neural("recx:seq2seq", Seq2Seq)),
    "recx:transformer": (("aspect-predicted", "aspect-given"), neural("recx:transformer", RationaleTransformer)),
}


def measure(setting: Setting, judge: Judge, data: str, split: str, name: str, mode: str) -> list[dict]:
    """Return the tidy rows of one system in one setting; its speed includes retrieval and planning, not fitting."""
    fitted = name in setting.trained
    started = time.process_time()
    said = SYSTEMS[name][1](setting, mode == "aspect-given")
    spent = time.process_time() - started - (0 if fitted else setting.cost.get(name, {}).get("fit_cpu_s", 0))
    per_s = len(said) / max(spent, 1e-9)
    scores, spans = judge.summary(setting.records, said), judge.intervals(setting.records, said)
    rows = []
    for metric, value in (scores | {"per_s": per_s}).items():
        span = {"low": spans[metric][1], "high": spans[metric][2]} if metric in INTERVALS and metric in spans else {}
        rows.append(row(data, split, name, metric, value, mode, n=len(said), **span))
    return rows


def measure_plans(setting: Setting, data: str, split: str) -> list[dict]:
    """Return hit@1 and hit@3 of the planner and of always naming the most frequent features."""
    pairs = setting.records[["user", "item"]].itertuples(index=False)
    planned = [[e.name for e in setting.planner.plan(user, item, 3).evidence] for user, item in pairs]
    popular = [list(setting.train["feature"].value_counts().index[:3])] * len(setting.records)
    wanted = list(setting.records["feature"])
    return [
        row(data, split, name, f"hit{k}", hit_at_k(ranked, wanted, k), "aspect-predicted", n=len(wanted))
        for name, ranked in (("recx:planner", planned), ("floor:popular-features", popular))
        for k in (1, 3)
    ]


def speed_rows(setting: Setting, data: str, split: str, block: int = 256) -> list[dict]:
    """Return sentences per CPU second of each network, greedy, aspect given, three ways; and the cache's gain."""
    rows = []
    for name, writer in setting.trained.items():
        columns = setting.records[["user", "item", "feature"]].itertuples(index=False)
        batch = writer.collate([writer.example(*triple) for triple in itertools.islice(columns, block)])
        for way, per_s in speeds(writer.model_, batch, writer.vocab_).items():
            rows.append(row(data, split, name, "greedy_per_s", per_s, way, n=len(batch)))
        for length, times in gain_by_length(writer.model_, batch).items():
            rows.append(row(data, split, name, "cache_gain", times, f"{length} words", n=len(batch)))
    return rows


def measure_all(splits: dict[str, pd.DataFrame], data: str, split: str, only: list[str] | None) -> list[dict]:
    """Return every system's rows on one set of records; with a setting, `fit_cpu_s` includes the planner all share."""
    started = time.process_time()
    planner = AspectPlanner(Retriever().fit(splits["train"])).fit(splits["train"])
    fit_s = time.process_time() - started
    setting = Setting(splits["train"], splits["validation"], splits[split], planner)
    judge = Judge(splits["train"], set(pd.concat(splits.values())["feature"]))
    rows = measure_plans(setting, data, split)
    for name, (modes, _) in SYSTEMS.items():
        for mode in modes if not only or name in only else ():
            found = measure(setting, judge, data, split, name, mode)
            cost = setting.cost.get(name, {})
            spent = fit_s + cost.get("fit_cpu_s", 0.0)
            rows += [*found, row(data, split, name, "fit_cpu_s", spent, mode)] if name.startswith("recx:") else found
            print(table([r for r in found if r["metric"] in SHOWN]), flush=True)
        rows += [row(data, split, name, metric, value) for metric, value in setting.cost.get(name, {}).items()]
    return rows + speed_rows(setting, data, split)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("path", nargs="?", help="a records file; by default the one in RECX_DATA")
    parser.add_argument("--split", default="test", choices=["test", "validation"])
    parser.add_argument("--only", nargs="*", help="names of systems")
    parser.add_argument("--name", default="rationales", help="book/results/NAME.json")
    options = parser.parse_args()
    path = options.path or str(default_path())
    rows = measure_all(read_records(path), Path(path).name.split(".")[0], options.split, options.only)
    if options.path is None:
        mined = mined_records(load_amazon(find("musical_instruments")))
        rows += measure_all(mined, "musical_instruments_mined", options.split, options.only)
    for metrics in (("hit1", "hit3"), ("greedy_per_s",), ("cache_gain",), ("fit_cpu_s", "rmse", "parameters")):
        print(table([r for r in rows if r["metric"] in metrics]))
    write_rows(options.name, rows)


if __name__ == "__main__":
    main()
