"""Choose what counts among drafts, on the validation part: every try.

    python -m benchmarks.rationale_prices [--kept FOLDER]

For each network of seed 0, its drafts for 250 validation records are chosen
from at every combination of `ease` and `echo`. Kept is what repeats a content
word at most twice as often as the customers, and what a language model finds
at most a quarter more surprising than quoted sentences; of these the try with
the highest ROUGE-1, and where none meets both, the table says so. Writes
book/results/prices.json. The test part is never read.
"""

from __future__ import annotations

import argparse
from dataclasses import replace
from itertools import product
from pathlib import Path

import pandas as pd

from benchmarks.fluency import KeptReader
from benchmarks.rationale_networks import NETS, pool, train
from benchmarks.rationale_records import default_path, read_records
from benchmarks.rationale_scores import Scorer
from benchmarks.rationale_steps import chooser, chosen
from benchmarks.rationale_systems import (
    PREDICTED,
    Setting,
    references,
    spoken,
)
from benchmarks.rationales import KEPT
from benchmarks.tidy import table, write_rows
from recx_lib.judge import Judge
from recx_lib.write import AspectPlanner, QuotingWriter, Retriever
from recx_lib.write.choose import PRICES

DATA, SPLIT, N = "musical_instruments", "validation", 250
EASE, ECHO = (0.02, 0.05, 0.1, 0.2, 0.4), (0.0, 0.1)
SHOWN = ("rouge1_f", "usr", "div", "repeat", "commonest", "perplexity")


def settings(splits: dict[str, pd.DataFrame]) -> Setting:
    """Return what every writer is given, for the validation records."""
    known = splits["train"]
    planner = AspectPlanner(Retriever().fit(known)).fit(known)
    records = splits[SPLIT].head(N).reset_index(drop=True)
    return Setting(known, splits[SPLIT], records, planner, SPLIT)


def tries(setting: Setting, scorer: Scorer, folder: Path) -> list[dict]:
    """Return the rows of every try, beside the customers and quotations."""
    rows = scorer.rows("floor:references", PREDICTED, [references(setting, 0)])
    quoted = spoken(QuotingWriter)(setting, False)
    rows += scorer.rows("recx:quoting", PREDICTED, [quoted])
    for net in NETS:
        place = folder / f"{net}-retrieved-0"
        file = place / SPLIT / "predicted" / "drafts.json"
        if file.exists():
            writer = chooser(setting, net)
        else:
            writer, _ = train(setting, net, "retrieved", 0, place)
        drafts, _ = pool(setting, writer, False, file)
        for ease, echo in product(EASE, ECHO):
            prices = replace(PRICES, ease=ease, echo=echo)
            texts = chosen(setting, writer, drafts, False, prices)
            name = f"recx:{net} ease-{ease}-echo-{echo}"
            rows += scorer.rows(name, PREDICTED, [texts])
            print(name, flush=True)
    return rows


def honest(rows: list[dict]) -> dict[str, list[str]]:
    """Return, for each net, the tries that repeat little and read well.

    The best ROUGE-1 first.
    """
    frame = pd.DataFrame(rows)
    wide = frame.pivot_table(index="system", columns="metric", values="value")
    repeat = 2 * wide.loc["floor:references", "repeat"]
    surprise = 1.25 * wide.loc["recx:quoting", "perplexity"]
    found = {}
    for net in NETS:
        own = wide[wide.index.str.startswith(f"recx:{net} ")]
        good = own["repeat"].le(repeat) & own["perplexity"].le(surprise)
        best = own[good].sort_values("rouge1_f", ascending=False)
        found[net] = list(best.index)
    return found


def main() -> None:
    """Try everything, print, and write the rows."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kept", default=str(KEPT))
    folder = Path(parser.parse_args().kept)
    setting = settings(read_records(str(default_path())))
    reader = KeptReader(folder / "smollm2.json")
    judge = Judge(setting.train)
    scorer = Scorer(DATA, SPLIT, setting.records, judge, reader)
    rows = tries(setting, scorer, folder / DATA)
    print(table([one for one in rows if one["metric"] in SHOWN]))
    print(honest(rows))
    write_rows("prices", rows)


if __name__ == "__main__":
    main()
