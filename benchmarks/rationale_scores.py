"""What sentences are worth: every metric, over seeds, as tidy rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from benchmarks.fluency import KeptReader
from benchmarks.rationale_systems import GIVEN
from benchmarks.tidy import row
from recx_lib.judge import Judge, perplexity_interval

INTERVALS = (
    "bleu1",
    "bleu4",
    "rouge1_f",
    "rouge2_f",
    "rougel_f",
    "fmr",
    "factual",
    "heard",
    "repeat",
    "n_words",
)
TOGETHER = ("usr", "fcr", "div", "commonest", "commonest_ref", "named")
N_READ = 100  # sentences a seed that the language model reads


@dataclass(frozen=True)
class Scorer:
    """Where and for what sentences were written, and who judges them.

    Intervals draw whole users, of all seeds together. `reader` is None where
    no language model is to be asked.
    """

    data: str
    split: str
    records: pd.DataFrame
    judge: Judge
    reader: KeptReader | None = None

    def rows(
        self, system: str, mode: str, said: Sequence[Sequence[str]]
    ) -> list[dict]:
        """Return the tidy rows of a system; `said` holds a list per seed."""
        n_seeds, texts = len(said), [text for one in said for text in one]
        records = pd.concat([self.records] * n_seeds)
        whose = records["user"].to_numpy()
        spans = self.judge.intervals(records, texts, groups=whose)
        each = [self.judge.summary(self.records, one) for one in said]
        found = []
        for metric in each[0]:
            value = np.mean([one[metric] for one in each])
            told = {"n": len(self.records), "seeds": n_seeds}
            if metric in INTERVALS and metric in spans:
                _, low, high = spans[metric]
                told |= {"low": low, "high": high}
            elif metric in TOGETHER and n_seeds > 1:
                values = [one[metric] for one in each]
                told |= {"low": min(values), "high": max(values)}
            found.append(self.row(system, mode, metric, value, **told))
        return found + self.fluency(system, mode, said)

    def fluency(
        self, system: str, mode: str, said: Sequence[Sequence[str]]
    ) -> list[dict]:
        """Return the perplexity of the same records' sentences, each seed.

        Where the aspect is given, of the customers' alone.
        """
        told = mode == GIVEN and system != "floor:references"
        if self.reader is None or told:
            return []
        asked = np.random.default_rng(0).permutation(len(self.records))
        asked = asked[:N_READ]
        texts = [one[number] for one in said for number in asked]
        whose = list(self.records["user"].to_numpy()[asked]) * len(said)
        told = perplexity_interval(texts, self.reader, groups=whose)
        span = dict(zip(("value", "low", "high"), told, strict=True))
        self.reader.keep()
        how = {"n": len(asked), "seeds": len(said)}
        return [self.row(system, mode, "perplexity", **span, **how)]

    def row(
        self, system: str, mode: str, metric: str, value: float, **told
    ) -> dict:
        """Return one tidy row of this data and split."""
        key = self.data, self.split, system, metric
        return row(*key, value, setting=mode, **told)


def cost_rows(
    scorer: Scorer, system: str, costs: Sequence[Mapping]
) -> list[dict]:
    """Return what training cost, over seeds, and seed 0's validation curve."""
    rows = []
    for metric in ("fit_cpu_s", "parameters"):
        value = np.mean([cost[metric] for cost in costs])
        rows.append(scorer.row(system, "", metric, value, seeds=len(costs)))
    for epoch, loss in enumerate(costs[0]["losses"], start=1):
        told = {"epoch": epoch}
        rows.append(scorer.row(system, "", "loss", loss, **told))
    return rows
