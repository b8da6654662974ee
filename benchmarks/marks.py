"""Sentences marked blind: fluent? true? useful?

    python -m benchmarks.marks sheet --kept FOLDER --to FOLDER
    python -m benchmarks.marks score FIRST.csv SECOND.csv --to FOLDER

`sheet` draws fifty sentences of each writer and fifty of the customers' own,
shuffles them, and writes sheet.csv (what a reader sees: the sentence and what
training reviews say of the item) and, apart from it, key.csv (who wrote it).
Two readers each return a CSV with the columns number, fluent, true, useful, 1
or 0. `score` joins them and writes book/results/marks.json: each writer's
shares with intervals by items, and how far the two agree, as Cohen's kappa.
Neither sheet nor key belongs into the repository: both hold customers' words.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks.rationale_networks import kept
from benchmarks.rationale_records import default_path, read_records
from benchmarks.rationales import KEPT
from benchmarks.tidy import row, table, write_rows
from recx_lib.core import DataError
from recx_lib.judge import bootstrap_interval

DATA, SPLIT, MODE = "musical_instruments", "test", "predicted"
QUESTIONS = ("fluent", "true", "useful")
N_EACH, N_FACTS = 50, 8
READERS = "two language-model readers, blind, given the item's reviews"
ASKED = """For each line: is the sentence fluent English (as a customer might
jot it down; lower case and spaced marks are no fault)? Is it true, that is, is
what it says of the product said or implied by the facts beside it, and
contradicted by none? Would it help someone decide for or against the product?
Mark 1 or 0 in each of the three columns. Judge each line by itself.
"""


def written(folder: Path, records: pd.DataFrame) -> dict[str, list[str]]:
    """Return {system: its sentences}, of those that are kept, and customers'.

    A writer of several seeds is represented by the first.
    """
    found = {"floor:references": list(records["sentence"])}
    for file in sorted((folder / DATA).glob(f"*/{SPLIT}/{MODE}.json")):
        kind, _, name = file.parents[1].name.partition("-")
        found[f"{kind}:{name}"] = kept(file, dict)["texts"]
    for file in sorted((folder / DATA).glob("*-chosen.json")):
        name = file.stem.removesuffix("-chosen")
        found[f"recx:{name}"] = kept(file, list)
    return found


def draw(
    splits: dict[str, pd.DataFrame],
    texts: dict[str, list[str]],
    systems: list[str],
    n: int = N_EACH,
    seed: int = 0,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the sheet and its key, in one and the same shuffled order.

    Every writer is represented by other records, drawn at random. Raise
    DataError where a writer has no sentences.
    """
    missing = [name for name in systems if name not in texts]
    if missing:
        raise DataError(f"no sentences of {missing}: let them write first")
    records, rng = splits[SPLIT], np.random.default_rng(seed)
    by_item = splits["train"].groupby("item")["sentence"]
    facts = {item: list(said) for item, said in by_item}
    lines = []
    for name in systems:
        for at in rng.permutation(len(records))[:n]:
            item = records["item"].iloc[at]
            known = facts.get(item, [])
            shown = rng.permutation(known)[:N_FACTS]
            line = {"system": name, "item": item}
            line["sentence"] = texts[name][at]
            lines.append(line | {"facts": " | ".join(shown)})
    order = rng.permutation(len(lines))
    mixed = pd.DataFrame([lines[at] for at in order])
    mixed.insert(0, "number", range(1, len(mixed) + 1))
    sheet = mixed[["number", "sentence", "facts"]]
    return sheet, mixed[["number", "system", "item"]]


def read_marks(path: Path, n: int) -> pd.DataFrame:
    """Return a reader's marks, (n, 3), by number.

    Raise DataError for a number that is missing or marked twice, or a mark
    that is neither 1 nor 0.
    """
    found = pd.read_csv(path)
    lacking = {"number", *QUESTIONS} - set(found.columns)
    if lacking:
        raise DataError(f"{path.name}: columns {sorted(lacking)} are missing")
    wanted = set(range(1, n + 1))
    odd = wanted ^ set(found["number"]) or found["number"].duplicated().any()
    if odd:
        what = f"{path.name} must mark each of {n} numbers once"
        raise DataError(f"{what}: {found['number'].nunique()} are there")
    marks = found.set_index("number").sort_index()[list(QUESTIONS)]
    if not marks.isin([0, 1]).all(axis=None):
        raise DataError(f"{path.name}: every mark must be 1 or 0")
    return marks


def kappa(one, other) -> float:
    """Return Cohen's kappa of two readers' marks; nan where chance is all.

    >>> kappa([1, 1, 0, 0], [1, 0, 0, 0])
    0.5
    """
    one, other = np.asarray(one), np.asarray(other)
    agreed = np.mean(one == other)
    by_chance = one.mean() * other.mean()
    by_chance += (1 - one.mean()) * (1 - other.mean())
    if by_chance == 1:
        return float("nan")
    return float((agreed - by_chance) / (1 - by_chance))


def score(
    key: pd.DataFrame, first: pd.DataFrame, second: pd.DataFrame
) -> list[dict]:
    """Return each writer's shares, and the readers' agreement, as rows."""
    systems, items = key["system"].to_numpy(), key["item"].to_numpy()
    rows = []
    for question in QUESTIONS:
        both = np.column_stack([first[question], second[question]])
        for system in dict.fromkeys(systems):
            own = systems == system
            mean = both[own].mean(axis=1)
            told = bootstrap_interval(mean, groups=items[own])
            span = dict(zip(("value", "low", "high"), told, strict=True))
            key_ = DATA, SPLIT, system, question
            rows.append(row(*key_, **span, n=int(own.sum()), source=READERS))
        told = {
            "kappa": kappa(*both.T),
            "agreed": np.mean(both.T[0] == both.T[1]),
        }
        for name, value in told.items():
            if np.isfinite(value):
                metric = f"{question} {name}"
                rows.append(
                    row(
                        DATA, SPLIT, "recx:readers", metric, value, n=len(both)
                    )
                )
    return rows


def asked() -> argparse.Namespace:
    """Return what stands on the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    add = parser.add_argument
    add("what", choices=["sheet", "score"])
    add("marks", nargs="*", help="the two readers' files")
    add("--systems", nargs="*", help="writers; else all that are kept")
    add("--kept", default=str(KEPT))
    add("--to", required=True, help="folder of sheet.csv and key.csv")
    return parser.parse_args()


def main() -> None:
    """Write the sheet and its key, or the rows of the marks."""
    options = asked()
    where = Path(options.to)
    where.mkdir(parents=True, exist_ok=True)
    if options.what == "sheet":
        splits = read_records(str(default_path()))
        texts = written(Path(options.kept), splits[SPLIT])
        systems = options.systems or list(texts)
        sheet, key = draw(splits, texts, systems)
        sheet.to_csv(where / "sheet.csv", index=False)
        key.to_csv(where / "key.csv", index=False)
        (where / "asked.txt").write_text(ASKED, encoding="utf-8")
        print(f"{len(sheet)} sentences of {systems}")
        return
    key = pd.read_csv(where / "key.csv")
    marks = [read_marks(Path(path), len(key)) for path in options.marks]
    rows = score(key, *marks)
    print(table(rows))
    write_rows("marks", rows)


if __name__ == "__main__":
    main()
