"""A student of a fifth of SmolLM2's layers, taught sentences of the shop.

`python -m benchmarks.service_distil` keeps six of the thirty layers and the
table of pieces, which learns no more, and trains the six for 400 steps: from
what customers wrote alone, or from that and from how likely the whole model
finds every other piece. That is what fits into minutes of a core, and
enough to see where it is going, not where it would end. Held-out sentences
say how surprising a piece is, and which piece of a sentence's first half its
second half hangs on. Writes book/results/service-distil.json; ten minutes of
a core, 2 GB of memory.
"""

from __future__ import annotations

from copy import deepcopy
from functools import partial
from time import process_time

import numpy as np
import torch
from torch import nn
from torch.nn.functional import cross_entropy

from benchmarks.scale_texts import sentences
from benchmarks.tidy import over, remembered, row, write_rows
from recx_lib.nets import load_generator

KEPT = (0, 6, 12, 18, 24, 29)  # of thirty layers
STEPS, BATCH, RATE = 400, 2, 3e-4
LEARN, JUDGE, ASKED = 800, 120, 60  # sentences
SHARE = 0.5  # of the loss that comes from the teacher
SOURCES = ("benchmarks/service_distil.py",)


def split(tokenizer) -> tuple[list, list]:
    """Return sentences to learn and to be judged by, as pieces; none in both."""
    texts = np.unique([t for t in sentences() if 40 < len(t) < 110])
    rng = np.random.default_rng(0)
    drawn = rng.choice(texts, LEARN + JUDGE, replace=False)
    begin = tokenizer.bos_token_id
    ids = [[begin, *tokenizer(str(text))["input_ids"]] for text in drawn]
    return ids[:LEARN], ids[LEARN:]


def cut(teacher: nn.Module) -> nn.Module:
    """Return a copy with some of the layers, whose pieces learn no more."""
    student = deepcopy(teacher)
    layers = student.model.layers
    student.model.layers = nn.ModuleList([layers[n] for n in KEPT])
    for place, layer in enumerate(student.model.layers):
        layer.self_attn.layer_idx = place
    student.config.num_hidden_layers = len(KEPT)
    student.get_input_embeddings().weight.requires_grad_(False)
    return student


def padded(rows: list) -> tuple[torch.Tensor, torch.Tensor]:
    """Return pieces (B, T) and which are there."""
    longest = max(map(len, rows))
    ids = [each + [0] * (longest - len(each)) for each in rows]
    there = [[1] * len(each) + [0] * (longest - len(each)) for each in rows]
    return torch.tensor(ids), torch.tensor(there)


def log_probs(net: nn.Module, ids, there) -> torch.Tensor:
    """Return the log-probabilities of the next piece, (B, T − 1, V)."""
    found = net(input_ids=ids, attention_mask=there, use_cache=False)
    return found.logits[:, :-1].log_softmax(dim=-1)


def train(student: nn.Module, teacher: nn.Module | None, rows: list) -> None:
    """Teach: from the sentences, and from a teacher where there is one."""
    weights = [w for w in student.parameters() if w.requires_grad]
    step = torch.optim.AdamW(weights, lr=RATE)
    rng = np.random.default_rng(1)
    for _ in range(STEPS):
        drawn = rng.choice(len(rows), BATCH, replace=False)
        ids, there = padded([rows[n] for n in drawn])
        real = there[:, 1:].bool()
        found = log_probs(student, ids, there)[real]  # (n, V)
        loss = cross_entropy(found, ids[:, 1:][real])
        if teacher is not None:
            with torch.no_grad():
                wanted = log_probs(teacher, ids, there)[real]
            apart = (wanted.exp() * (wanted - found)).sum(dim=-1).mean()
            loss = (1 - SHARE) * loss + SHARE * apart
        step.zero_grad()
        loss.backward()
        step.step()


@torch.inference_mode()
def surprise(net: nn.Module, rows: list) -> np.ndarray:
    """Return the nats a piece of each sentence, (n,)."""
    found = []
    for each in rows:
        ids, there = padded([each])
        told = log_probs(net, ids, there)[0]
        found.append(-float(told[range(len(told)), ids[0, 1:]].mean()))
    return np.array(found)


@torch.inference_mode()
def falls(net: nn.Module, rows: list, stands_for: int) -> list[np.ndarray]:
    """Return what replacing each piece of a sentence's first half costs the
    second, in nats.
    """
    found = []
    for each in rows:
        half = len(each) // 2
        asked = [each]
        for place in range(1, half):
            asked.append([*each[:place], stands_for, *each[place + 1 :]])
        ids, there = padded(asked)
        told = log_probs(net, ids, there)[:, half - 1 :]
        wanted = ids[:, half:, None]
        score = told.gather(2, wanted).sum(dim=(1, 2))
        found.append((score[0] - score[1:]).numpy())
    return found


def millions(net: nn.Module) -> float:
    """Return how many million weights a model has."""
    return sum(w.numel() for w in net.parameters()) / 1e6


def measured(name: str, net: nn.Module, rows: list, old: list, dots: int):
    """Return the rows of one model; `old`: the whole model's falls."""
    start = process_time()
    nats = surprise(net, rows)
    ms = 1000 * (process_time() - start) / len(rows)
    now = falls(net, rows[:ASKED], dots)
    same = [a.argmax() == b.argmax() for a, b in zip(now, old, strict=True)]
    own = [one.max() for one in now]
    mean = [one.mean() for one in now]
    what = partial(row, "shop", f"{STEPS} steps", name)
    found = [what("weights_millions", millions(net))]
    found.append(what("read_cpu_ms", ms))
    for metric, values in (
        ("nats", nats),
        ("same_first", same),
        ("own_reasons", own),
        ("drawn", mean),
    ):
        told = over(np.array(values, float))
        found.append(what(metric, told.pop("value"), **told))
    print(name, {r["metric"]: round(r["value"], 3) for r in found}, flush=True)
    return found


def main() -> None:
    """Cut, teach, measure; write."""
    torch.set_num_threads(1)
    tokenizer, teacher = load_generator("smollm2")
    learn, judge = split(tokenizer)
    [dots] = tokenizer(" something")["input_ids"]
    old = falls(teacher, judge[:ASKED], dots)

    def model(name: str) -> nn.Module:
        if name == "recx:smollm2":
            return teacher
        student = cut(teacher)
        if "as cut" not in name:
            train(student, teacher if "taught" in name else None, learn)
        return student.eval()

    def ask(name: str) -> list[dict]:
        return measured(name, model(name), judge, old, dots)

    rows = []
    for name in (
        "recx:smollm2",
        "floor:six-layers as cut",
        "recx:six-layers alone",
        "recx:six-layers taught",
    ):
        do = partial(ask, name)
        rows += remembered("service-distil", name, do, SOURCES)
    print(f"written: {write_rows('service-distil', rows).name}")


if __name__ == "__main__":
    main()
