"""A large language model, asked and adapted in several ways.

Each way is a function of the data, the records and whether the aspect is
given; it returns who writes and what the writer is told. How the sentences are
decoded is chosen elsewhere, from WAYS, in the same way for all.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path

import pandas as pd
import torch

from benchmarks.large_records import Asked, asked, chat, plain
from benchmarks.large_training import (
    CONTEXT,
    Pass,
    adapt,
    mean_loss,
)
from recx_lib.data.fetch import cache_folder
from recx_lib.nets import (
    LanguageModel,
    Limits,
    Prompts,
    greedy,
    load_generator,
)
from recx_lib.nets.lora import LoRA, freeze, n_trainable, replace_layers
from recx_lib.nets.soft_prompts import SoftPrompt
from recx_lib.nets.tuned import Told, TunedWriter, collate_told
from recx_lib.write import AspectPlanner

LAYERS = ("q_proj", "v_proj", "o_proj", "up_proj", "down_proj")
N_SHOWN = 4
N_HELD = 128  # validation records that decide when to stop
RATES = 0.003, 0.01, 0.03  # of the continuous prompts, tried on a few records
BLOCK = 32  # records written side by side
LONGEST = 26  # tokens
EVERY = 10**6  # more records than there are
# how a sentence is decoded: greedily, at a price (in nats) for each time that
# a piece stands in the sentence already
PRICES = 0.0, 1.0, 2.0, 3.0, 4.0
WAYS = {f"price {price:g}": price for price in PRICES}


@dataclass
class Large:
    """The records, what is fitted on `train`, and a folder for weights.

    `cost` collects what adapting a system has cost, `writing_s` the CPU
    seconds that the last list of sentences took.
    """

    train: pd.DataFrame
    validation: pd.DataFrame
    planner: AspectPlanner
    folder: Path
    cost: dict[str, dict[str, float]]
    writing_s: float = 0.0
    adapted: dict[str, TunedWriter] = field(default_factory=dict)

    def lessons(
        self, tokenizer, read: bool, known: bool, held: bool = False
    ) -> list[Told]:
        """Return the training records; `known`: with user's and item's row.

        `held`: some validation records instead, to see when to stop.
        """
        records = self.train
        if held:
            records = self.validation.sample(N_HELD, random_state=0)
        rows = asked(records, self.planner, given=True, learn=True)
        both = [(one, self.who(one) if known else ()) for one in rows]
        return [plain(tokenizer, one, read, who) for one, who in both]

    def who(self, one: Asked) -> tuple[int, int]:
        """Return the rows of a user's and an item's vector, -1 if unknown."""
        users, items = numbers(self.train)
        return users.get(one.user, -1), items.get(one.item, -1)


_NUMBERS: dict[int, tuple[dict, dict]] = {}


def numbers(train: pd.DataFrame) -> tuple[dict, dict]:
    """Return {user: row}, {item: row}."""
    if id(train) not in _NUMBERS:
        sides = [pd.unique(train[side]) for side in ("user", "item")]
        pair = tuple({name: n for n, name in enumerate(s)} for s in sides)
        _NUMBERS[id(train)] = pair
    return _NUMBERS[id(train)]


@cache
def untouched():
    """Return (tokenizer, model) in bfloat16, all weights frozen."""
    tokenizer, model = load_generator(dtype=torch.bfloat16)
    return tokenizer, freeze(model)


def said(
    large: Large, writer: TunedWriter, rows: Sequence[Told], way: str
) -> list[str]:
    """Return what is written after each prompt, in the records' style.

    `way`: one of WAYS, how it is decoded.
    """
    started, (tokenizer, _) = time.process_time(), untouched()
    order = sorted(range(len(rows)), key=lambda row: len(rows[row].prompt))
    model = LanguageModel(tokenizer, writer.model)
    limits = Limits(max_len=LONGEST, repeat_penalty=WAYS[way])
    texts = [""] * len(rows)
    for start in range(0, len(rows), BLOCK):
        places = order[start : start + BLOCK]
        if writer.prompt is None:
            prompts = Prompts([rows[place].prompt for place in places])
            found = greedy(model.net, prompts, model.vocab, limits)
            found = [model.text(one) for one in found]
        else:
            found = after_vectors(writer, [rows[place] for place in places])
        for place, text in zip(places, found, strict=True):
            texts[place] = tidy(text)
        print(f"{start + len(places)}/{len(rows)}", flush=True)
    large.writing_s = time.process_time() - started
    return texts


def after_vectors(writer: TunedWriter, told: Sequence[Told]) -> list[str]:
    """Return what is written after learned vectors, always greedily."""
    tokenizer, _ = untouched()
    pad = tokenizer.pad_token_id
    batch = collate_told(told, pad, 4 * CONTEXT, left=True)
    tokens = writer.write(batch, LONGEST, pad_token_id=pad)
    return tokenizer.batch_decode(tokens, skip_special_tokens=True)


def tidy(text: str) -> str:
    """Return the first line's first sentence as the records write theirs."""
    line = next(filter(None, map(str.strip, text.split("\n"))), "")
    first = re.split(r"(?<=[.!?])\s", line)[0]
    words = re.findall(r"[\w']+|[,:;]", first.lower().replace("’", "'"))
    return " ".join(words) or "."


def prompted(n_shown: int, read: bool, seed: int = 0) -> Callable:
    """Return the system that only asks: with examples, with retrieval.

    `seed`: which training records are the examples.
    """

    def prepare(
        large: Large, records: pd.DataFrame, given: bool
    ) -> tuple[TunedWriter, list[Told]]:
        tokenizer, model = untouched()
        drawn = large.train.sample(N_SHOWN, random_state=seed)
        shown = asked(drawn, large.planner, given=True, learn=True)[:n_shown]
        rows = asked(records, large.planner, given, learn=False)
        told = [chat(tokenizer, one, shown, read) for one in rows]
        return TunedWriter(model), told

    return prepare


def lora(name: str, **how) -> Callable:
    """Return the system that thin matrices adapt; `how`: fields of Pass.

    The prompt holds two sentences of others.
    """

    def prepare(
        large: Large, records: pd.DataFrame, given: bool
    ) -> tuple[TunedWriter, list[Told]]:
        tokenizer, _ = untouched()
        if name not in large.adapted:
            passing = Pass(**how)
            _, model = load_generator(dtype=torch.bfloat16)
            torch.manual_seed(passing.seed)
            replace_layers(freeze(model), LAYERS, LoRA)
            rows = large.lessons(tokenizer, read=True, known=False)
            passing = replace(passing, n=min(passing.n, len(rows)))
            learn(large, name, TunedWriter(model), rows, passing)
        rows = asked(records, large.planner, given, learn=False)
        told = [Told(plain(tokenizer, one).prompt) for one in rows]
        return large.adapted[name], told

    return prepare


def soft(
    large: Large, records: pd.DataFrame, given: bool
) -> tuple[TunedWriter, list[Told]]:
    """Adapt by a vector of the user and one of the item, and by no other.

    The records that LoRA learns from, once; the rate, and the weights that
    stay, are chosen on validation records.
    """
    name = "recx:smollm2-soft"
    tokenizer, model = untouched()
    if name not in large.adapted:
        rows = large.lessons(tokenizer, read=False, known=True)
        held = large.lessons(tokenizer, read=False, known=True, held=True)
        marks = {}
        for rate in RATES:
            writer, how = prompted_by_vectors(large), Pass(n=128, lr=rate)
            adapt(writer, rows, how, large.folder / f"soft-{rate}")
            marks[rate] = mean_loss(writer, held)
            print(f"rate {rate}: {marks[rate]:.4f}", flush=True)
        how = Pass(lr=min(marks, key=marks.get))
        learn(large, name, prompted_by_vectors(large), rows, how, held)
    told = []
    for one in asked(records, large.planner, given, learn=False):
        prompt = plain(tokenizer, one, read=False).prompt
        told.append(Told(prompt, (), large.who(one)))
    return large.adapted[name], told


def prompted_by_vectors(large: Large) -> TunedWriter:
    """Return the untouched model behind vectors that have learned nothing."""
    sizes = [len(side) for side in numbers(large.train)]
    _, model = untouched()
    words = model.get_input_embeddings().weight.float()
    return TunedWriter(model, SoftPrompt(sizes, words))


def learn(
    large: Large,
    name: str,
    writer: TunedWriter,
    rows: list[Told],
    how: Pass,
    held: Sequence[Told] = (),
) -> None:
    """Adapt, or take up what is adapted; note what it cost."""
    folder = large.folder / name.removeprefix("recx:")
    spent = adapt(writer, rows, how, folder, held)
    large.adapted[name] = writer
    large.cost[name] = {
        "fit_cpu_s": spent,
        "trainable": float(n_trainable(writer)),
        "records": float(how.n),
    }


def weights_folder() -> Path:
    """Return where adapted weights are kept between runs."""
    return cache_folder() / "large_adapt"


LARGE = {
    "recx:smollm2-zero": prompted(0, read=False),
    "recx:smollm2-few4": prompted(N_SHOWN, read=False),
    "recx:smollm2-few4-again": prompted(N_SHOWN, read=False, seed=1),
    "recx:smollm2-few4-rag": prompted(N_SHOWN, read=True),
    "recx:smollm2-rag": prompted(0, read=True),
    "recx:smollm2-lora": lora("recx:smollm2-lora"),
    "recx:smollm2-lora-again": lora("recx:smollm2-lora-again", seed=1),
    "recx:smollm2-lora-all": lora("recx:smollm2-lora-all", n=EVERY),
    "recx:smollm2-soft": soft,
}
