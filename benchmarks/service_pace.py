"""How long one sentence takes a writer that was made smaller (chapter 17).

`python -m benchmarks.service_pace` trains chapter 5's Transformer once, and
one of half its width, makes smaller copies, and has each write the sentences
of the same held-out records, one at a time and by turns: the median processor
time, of each as a share of the whole writer's. Writes
book/results/service-pace.json; two minutes of a core.
"""

from __future__ import annotations

from functools import partial
from time import process_time

import numpy as np
import torch

from benchmarks.service_writer import NARROW, WIDE, Lessons
from benchmarks.tidy import row, write_rows
from recx_lib.nets import drop_layer, prune_small, to_int8

SENTENCES = 200


def pace(school: Lessons, models: dict) -> dict[str, list[float]]:
    """Return the processor ms of each sentence, by writer."""
    took = {name: [] for name in models}
    for place, asked in enumerate(school.task.given[:SENTENCES]):
        for name, model in models.items():
            start = process_time()
            school.task.say(model, [asked])
            ms = 1000 * (process_time() - start)
            if place >= 10:  # what a first call does besides
                took[name].append(ms)
    return took


def main() -> None:
    """Train, measure, write."""
    torch.set_num_threads(1)
    school = Lessons(0)
    whole = school.learn(school.begin(WIDE, 0))
    narrow = school.learn(school.begin(NARROW, 0))
    half = prune_small(whole, 0.5)
    models = {
        "recx:writer": whole,
        "recx:writer int8": to_int8(whole),
        "recx:writer half": half,
        "recx:writer half, int8": to_int8(half),
        "recx:writer a fifth": prune_small(whole, 0.8),
        "recx:writer without a layer": drop_layer(whole, 1),
        "recx:writer half as wide": narrow,
        "recx:writer half as wide, int8": to_int8(narrow),
    }
    took, rows = pace(school, models), []
    usual = np.median(took["recx:writer"])
    for name, each in took.items():
        what = partial(row, "shop", "one at a time", name, n=len(each))
        rows.append(what("write_cpu_p50_ms", float(np.median(each))))
        rows.append(what("p50_of_whole", float(np.median(each) / usual)))
    print(f"written: {write_rows('service-pace', rows).name}")


if __name__ == "__main__":
    main()
