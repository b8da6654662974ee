"""Few records, and eight remedies: chapter 13's small model, three seeds."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from copy import deepcopy
from dataclasses import dataclass, field, replace
from functools import partial

import numpy as np
import pandas as pd
import torch
from transformers import LlamaConfig, LlamaForCausalLM

from benchmarks.tidy import remembered, row
from recx_lib.data import (
    load_reviews,
    mine_lexicon,
    mine_mentions,
    split_by_time,
    tokenize,
)
from recx_lib.nets import BOS, EOS, PAD, FitSettings, Vocab, fit
from recx_lib.nets.lora import LoRA, freeze, replace_layers
from recx_lib.nets.overfitting import (
    AdversarialWriter,
    ensemble_loss,
    retrieved_loss,
    swap_terms,
)
from recx_lib.nets.training import mean_loss
from recx_lib.nets.tuned import Told, TunedWriter, collate_told

DATA, NAME = "shop", "large-adapt"
SIZES, SEEDS = (50, 200, 800), (0, 1, 2)
LAYERS = ("q_proj", "v_proj", "o_proj", "up_proj", "down_proj")
KEPT_BY = (
    "benchmarks/large_overfitting.py",
    "recx_lib/nets/tuned.py",
    "recx_lib/nets/overfitting.py",
)
collate = partial(collate_told, pad=PAD, most=64)


@dataclass
class Lessons:
    """A small pre-trained model, records to learn from, and to judge by."""

    base: LlamaForCausalLM
    vocab: Vocab
    train: list[Told]
    validation: list[Told]
    curve: list[dict] = field(default_factory=list)

    @property
    def terms(self) -> list[int]:
        """The terms that the training records speak of."""
        return sorted({one.prompt[2] for one in self.train})


def apart(text: str) -> str:
    """Return a text's words apart by spaces, without the marks that end it."""
    words = (w for w in tokenize(text) if w not in ".!?…;")
    return " ".join(words).lower()


def records(part, lexicon) -> pd.DataFrame:
    """Return one short statement per review, oldest first."""
    found = mine_mentions(part, lexicon, part.aspects or None)
    found["sentence"] = found["sentence"].map(apart)
    is_short = found["sentence"].str.split().str.len() <= 15
    is_one_word = ~found["term"].str.contains(" ")
    found = found[is_short & is_one_word].drop_duplicates("review")
    found = found.join(part.frame[["timestamp"]], on="review")
    return found.sort_values("timestamp", kind="stable")


def lessons(n_plain: int = 12000, n_validation: int = 120) -> Lessons:
    """Pre-train the small model on review sentences; number the records."""
    before, after = split_by_time(load_reviews(DATA))
    lexicon = mine_lexicon(before.frame["text"], before.rating)
    plain = []
    for text in before.frame["text"]:
        for sentence in re.split(r"(?<=[.!?])\s+", text):
            words = apart(sentence).split()
            if 3 <= len(words) <= 20:
                plain.append(words)
    plain = plain[-n_plain:]
    marks = ["praised", "blamed", ":"]
    frequent = Vocab.build(plain, min_count=3).words[5:]
    vocab = Vocab([*marks, *(word for word in frequent if word not in marks)])
    base = small_gpt(len(vocab))
    rows = [Told([BOS], [*vocab.encode(one), EOS]) for one in plain]
    curve = fit(
        TunedWriter(base),
        rows[:-500],
        rows[-500:],
        collate,
        FitSettings(epochs=2, lr=4e-3),
        quiet=True,
    )
    train = records(before, lexicon).sample(max(SIZES), random_state=0)
    later = records(after, lexicon).sample(n_validation, random_state=0)
    number = partial(numbered, vocab)
    return Lessons(
        base,
        vocab,
        [number(one) for one in train.itertuples()],
        [number(one) for one in later.itertuples()],
        curve,
    )


def small_gpt(n_words: int, width: int = 64) -> LlamaForCausalLM:
    """Return a small untrained language model of transformers' classes."""
    torch.manual_seed(0)
    return LlamaForCausalLM(
        LlamaConfig(
            vocab_size=n_words,
            hidden_size=width,
            intermediate_size=3 * width,
            num_hidden_layers=3,
            num_attention_heads=4,
            max_position_embeddings=64,
            bos_token_id=BOS,
            eos_token_id=EOS,
            pad_token_id=PAD,
            tie_word_embeddings=True,
        )
    )


def numbered(vocab: Vocab, record) -> Told:
    """Return a record as prompt (side, term) and answer (its sentence)."""
    side = "praised" if record.polarity > 0 else "blamed"
    prompt = [BOS, *vocab.encode([side, record.term, ":"])]
    return Told(prompt, [*vocab.encode(record.sentence.split()), EOS])


def settings(n: int, seed: int, **more) -> FitSettings:
    """Return how every remedy trains: to the end, the last weights kept.

    About 60 steps (100 for 800), whatever the number of records.
    """
    epochs = {50: 15, 200: 5, 800: 2}[n]
    usual = {"weight_decay": 0.0, "patience": epochs, "lr": 3e-3}
    return FitSettings(epochs, 16, seed=seed, **(usual | more))


def last_and_best(
    writer: TunedWriter, rows: Sequence[Told], lesson: Lessons, how
) -> tuple[float, float]:
    """Return the validation loss after the last epoch, and of the best."""
    said = fit(writer, rows, lesson.validation, collate, how, quiet=True)
    losses = [entry["validation"] for entry in said]
    return losses[-1], min(losses)


def fresh(lesson: Lessons, kind=TunedWriter, **how) -> TunedWriter:
    """Return a writer on a copy of the pre-trained model, all of it free."""
    return kind(deepcopy(lesson.base), **how)


def thin(lesson: Lessons, seed: int) -> TunedWriter:
    """Return a writer of which only LoRA's matrices are trained."""
    model = freeze(deepcopy(lesson.base))
    torch.manual_seed(seed)
    replace_layers(model, LAYERS, lambda layer: LoRA(layer, 4))
    return TunedWriter(model)


def measured(lesson: Lessons, n: int, seed: int) -> dict[str, float]:
    """Return {remedy: validation loss} of one drawing of n records."""
    rng = np.random.default_rng(seed)
    drawn = rng.permutation(len(lesson.train))[:n]
    rows = [lesson.train[at] for at in drawn]
    run = partial(last_and_best, rows=rows, lesson=lesson)
    how = settings(n, seed)
    torch.manual_seed(seed)
    found = {}
    first = fresh(lesson)
    found["nothing"], found["early-stopping"] = run(first, how=how)
    decay = settings(n, seed, weight_decay=1.0)
    found["weight-decay"], _ = run(fresh(lesson), how=decay)
    found["dropout"], _ = run(fresh(lesson, dropout=0.3), how=how)
    more = swap_terms(rows, lesson.terms, copies=2, place=2, seed=seed)
    # as many steps as the others: fewer rounds through more rows
    rounds = max(1, round(how.epochs * len(rows) / len(more)))
    swapped = replace(how, epochs=rounds)
    found["aspect-swap"], _ = run(fresh(lesson), rows=more, how=swapped)
    found["adversarial-step"], _ = run(
        fresh(lesson, AdversarialWriter), how=how
    )
    writer = thin(lesson, seed)
    slow = settings(n, seed, lr=1e-2)
    found["lora"], found["lora-early-stopping"] = run(writer, how=slow)
    three = [first]  # each with the weights of its best epoch
    for other in (1, 2):
        three.append(fresh(lesson))
        run(three[-1], how=settings(n, 10 * seed + other))
    whole = collate(lesson.validation)
    found["three-early-stopping"] = ensemble_loss(three, whole)
    base = TunedWriter(lesson.base)
    found["retrieval"] = retrieved_loss(base, whole, sources(lesson, rows))
    return found


def sources(lesson: Lessons, rows: Sequence[Told]) -> list[list[int]]:
    """Return, for each record to judge by, the words of like records.

    Those of the same term and side, else of the same term.
    """
    found = []
    for one in lesson.validation:
        like = [r for r in rows if r.prompt[2] == one.prompt[2]]
        near = [r for r in like if r.prompt[1] == one.prompt[1]]
        said = [token for r in (near or like)[:4] for token in r.answer]
        found.append(said)
    return found


def overfitting_rows() -> list[dict]:
    """Return the rows of all sizes, remedies and seeds."""
    made: list[Lessons] = []

    def piece(n: int, seed: int) -> list[dict]:
        if not made:
            torch.set_num_threads(1)
            made.append(lessons())
        print(n, seed, flush=True)
        return [measured(made[0], n, seed)]

    rows = []
    for n in SIZES:
        found = []
        for seed in SEEDS:
            ask: Callable = partial(piece, n, seed)
            found += remembered(NAME, f"{n} {seed}", ask, KEPT_BY)
        table = pd.DataFrame(found)
        for remedy in table:
            values = table[remedy]
            span = {"low": values.min(), "high": values.max(), "n": len(SEEDS)}
            name, where = f"recx:{remedy}", f"{n} records"
            mean = float(values.mean())
            rows.append(row(DATA, "later", name, "loss", mean, where, **span))
        print(table.describe().loc[["mean", "min", "max"]].T.round(3))
    return rows + base_rows(made)


def base_rows(made: list[Lessons]) -> list[dict]:
    """Return the loss of the untouched model."""

    def piece() -> list[dict]:
        lesson = made[0] if made else lessons()
        loss = mean_loss(TunedWriter(lesson.base), lesson.validation, collate)
        return [{"loss": loss}]

    (found,) = remembered(NAME, "untouched", piece, KEPT_BY)
    return [row(DATA, "later", "recx:untouched", "loss", found["loss"])]
