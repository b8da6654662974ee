"""A language model that is only asked: what it invents, weighs and cites.

`python -m benchmarks.large_prompts` measures SmolLM2-135M-Instruct, in
bfloat16, on the shop, and where that is possible on Musical Instruments and
MovieLens 100K. Writes book/results/large-prompts.json; an interrupted run goes
on. Each part asks each customer once, or its intervals draw whole customers.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Sequence
from functools import cache, partial

import numpy as np
import pandas as pd
import torch

from benchmarks import large_parts as parts
from benchmarks.large_cases import world
from benchmarks.tidy import (
    RESULTS,
    remembered,
    row,
    table,
    with_stored,
    write_rows,
)
from recx_lib.judge import bootstrap_interval
from recx_lib.nets.pretrained import load_generator
from recx_lib.nets.prompts import LanguageModel
from recx_lib.write.language_model import WORDINGS

NAME = "large-prompts"
PARTS = "parts", "cases", "injections", "lora"
SOURCES = tuple(f"benchmarks/large_{part}.py" for part in PARTS)


@cache
def model() -> LanguageModel:
    """Return the model, read once."""
    tokenizer, net = load_generator("smollm2", torch.bfloat16)
    return LanguageModel(tokenizer, net)


@cache
def here(data: str):
    """Return a mined data set, read once."""
    return world(data)


def on_world(measure: Callable) -> Callable:
    """Return a part of the benchmark that reads model and data when asked."""
    return lambda data, *more: measure(model(), here(data), *more)


invent, ways, judges, whose, inject = map(
    on_world,
    (parts.invent, parts.ways, parts.judges, parts.whose, parts.inject),
)


def know(data: str, tuned: bool) -> list[dict]:
    """Return the trial of its own reasons."""
    return parts.know_thyself(model(), data, tuned)


def pieces() -> dict[str, Callable[[], list[dict]]]:
    """Return what is measured, each piece by its name, in order."""
    found = {}
    for wording in WORDINGS:
        for k in parts.COUNTS:
            found[f"invent {wording} {k}"] = partial(
                invent, "shop", wording, k, ""
            )
    for order in ("reversed", "rotated"):
        found[f"order {order}"] = partial(invent, "shop", "honest", 4, order)
    for guard in parts.GUARDS:
        found[f"inject {guard}"] = partial(inject, "shop", guard)
    for way in parts.WAYS:
        found[f"way {way}"] = partial(ways, "shop", way)
    for tuned in (False, True):
        for data in ("shop", "ml-100k"):
            name = f"self {data} {'lora' if tuned else 'untouched'}"
            found[name] = partial(know, data, tuned)
    for data in ("shop", "musical_instruments"):
        found[f"judge {data}"] = partial(judges, data)
        found[f"whose {data}"] = partial(whose, data)
    return found


def summed(name: str, kept: Sequence[dict]) -> list[dict]:
    """Return tidy rows of a piece's rows, intervals drawn by customers.

    Each row has "data", "system", "setting", "metric", "value" and "user",
    and "per" where the figure is a ratio of sums.
    """
    frame, found = pd.DataFrame(kept), []
    keys = ["data", "system", "setting", "metric"]
    for (data, system, setting, metric), of in frame.groupby(keys, sort=False):
        values = of[["value", "per"]].to_numpy(float)

        def ratio(sums: np.ndarray) -> float:
            value, per = sums.sum(axis=0)
            return float(value / per) if per else 0.0

        value, low, high = bootstrap_interval(
            values, groups=of["user"], statistic=ratio
        )
        more = {"low": low, "high": high, "n": of["user"].nunique()}
        found.append(
            row(data, "later", system, metric, value, setting, **more)
        )
    return found


def kept() -> list[str]:
    """Return the names of the pieces that an interrupted run has measured."""
    path = RESULTS / f"{NAME}.partial.json"
    if not path.exists():
        return []
    return list(json.loads(path.read_text(encoding="utf-8"))["pieces"])


def main(only: str = "") -> None:
    """Measure all pieces whose name begins with `only`, and write them.

    "kept" measures nothing: what was measured piece by piece takes the place
    of the stored figures of the same names.
    """
    torch.set_num_threads(1)
    rows, there = [], kept()
    for name, measure in pieces().items():
        wanted = name in there if only == "kept" else name.startswith(only)
        if not wanted:
            continue
        start = time.process_time()
        rows += summed(name, remembered(NAME, name, measure, SOURCES))
        print(f"{time.process_time() - start:7.1f} CPU s  {name}", flush=True)
    print(table(rows))
    if only == "kept":
        rows = with_stored(NAME, rows)
    if only in ("", "kept"):
        write_rows(NAME, rows)


if __name__ == "__main__":
    main(*sys.argv[1:])
