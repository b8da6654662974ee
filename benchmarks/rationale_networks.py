"""The networks whose sentences are measured, and what each was told.

Two nets, three lessons, several seeds. Trained ones, and what they wrote, are
kept in a folder outside the repository, so that judging anew is cheap.
"""

from __future__ import annotations

import json
import math
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

import torch

from benchmarks.rationale_systems import Setting
from recx_lib.nets import (
    Checkpoint,
    Example,
    Limits,
    NetSettings,
    RationaleTransformer,
    Seq2Seq,
    Written,
    beam,
    greedy,
)
from recx_lib.write import Briefing, NeuralWriter
from recx_lib.write.neural import BLOCK, ENOUGH

NETS = {"seq2seq": Seq2Seq, "transformer": RationaleTransformer}
LESSONS = ("alone", "planned", "retrieved")
MUTE = NetSettings(copy=False)  # nothing is read, so nothing is copied


class Told(NeuralWriter):
    """A NeuralWriter that is told less: user and item alone, or the plan too.

    `lesson` is one of LESSONS; "retrieved" is the NeuralWriter itself.
    """

    lesson = "retrieved"

    def example(
        self,
        user: str,
        item: str,
        aspect: str | None,
        leave_out: int | None = None,
        rating: float = math.nan,
        target: Sequence[str] = (),
    ) -> Example:
        """Return an example without what this lesson does not tell."""
        if self.lesson == "retrieved":
            told = user, item, aspect, leave_out, rating, target
            return super().example(*told)
        plan = aspect if self.lesson == "planned" else None
        return Example(*self._code(user, item), plan, (), rating, target)


def writer_of(
    setting: Setting, net: str, lesson: str, seed: int, times: int = 1
) -> Told:
    """Return the writer of a net, a lesson and a seed, not yet trained.

    `times`: so many times the epochs.
    """
    epochs = times * ENOUGH.epochs
    plan = replace(ENOUGH, seed=seed, epochs=epochs)
    chosen = MUTE if lesson == "alone" else NetSettings()

    def make(*sizes) -> torch.nn.Module:
        return NETS[net](*sizes, settings=chosen)

    writer = Told(Briefing(setting.planner), make, plan)
    writer.lesson = lesson
    return writer


def train(
    setting: Setting,
    net: str,
    lesson: str,
    seed: int,
    folder: Path,
    times: int = 1,
) -> tuple[Told, dict]:
    """Return a trained writer, and what it cost; kept in `folder`.

    The cost is `fit_cpu_s`, `parameters`, the `losses` on the validation part
    by epoch.
    """
    torch.set_num_threads(1)
    writer = writer_of(setting, net, lesson, seed, times)
    kept, note = Checkpoint(folder / "net"), folder / "cost.json"
    started = time.process_time()
    writer.fit(setting.train, setting.validation, True, kept)
    if not note.exists():
        spent = time.process_time() - started
        weights = sum(p.numel() for p in writer.model_.parameters())
        losses = [entry["validation"] for entry in writer.history_]
        cost = {"fit_cpu_s": spent, "parameters": float(weights)}
        keep(note, cost | {"losses": losses})
    return writer, json.loads(note.read_text(encoding="utf-8"))


def plainly(
    setting: Setting, writer: Told, given: bool, write: Callable
) -> list[str]:
    """Return what a net says with no choice: one plan, one sentence each.

    `write(batch, limits)` returns a sentence of each row. Where there is a
    plan it must be named, except in the lesson without one.
    """
    texts, asked = [], setting.triples(given)
    for start in range(0, len(asked), BLOCK):
        rows, must = [], []
        for user, item, aspect in asked[start : start + BLOCK]:
            plan = aspect or writer.plans(user, item)[0]
            rows.append(writer.example(user, item, plan))
            must.append([rows[-1].aspect] if rows[-1].aspect else [])
        limits = Limits(must_contain=must)
        texts += write(writer.collate(rows), limits)
    return texts


def greedily(writer: Told) -> Callable:
    """Return how to write by the likeliest word at each step."""

    def write(batch, limits) -> list[str]:
        net, vocab = writer.model_, writer.vocab_
        return [one.text for one in greedy(net, batch, vocab, limits)]

    return write


def by_beam(writer: Told) -> Callable:
    """Return how to write the best of a beam of four."""

    def write(batch, limits) -> list[str]:
        net, vocab = writer.model_, writer.vocab_
        found = beam(net, batch, vocab, 4, limits=limits)
        return [best[0].text for best in found]

    return write


def keep(path: Path, content: object) -> None:
    """Write JSON in one move, with the folder it stands in."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_suffix(".new")
    beside.write_text(json.dumps(content), encoding="utf-8")
    beside.replace(path)


def kept(path: Path, make: Callable[[], object]) -> object:
    """Return what `path` holds; where nothing does, make and keep it."""
    if not path.exists():
        keep(path, make())
    return json.loads(path.read_text(encoding="utf-8"))


def pool(
    setting: Setting, writer: Told, given: bool, path: Path
) -> tuple[list[list[Written]], float]:
    """Return the drafts of each record, and CPU seconds; kept at `path`."""

    def make() -> dict:
        started = time.process_time()
        drafts = writer.all_drafts(setting.triples(given))
        spent = time.process_time() - started
        plain = [[(one.text, one.log_prob) for one in some] for some in drafts]
        return {"cpu_s": spent, "drafts": plain}

    found = kept(path, make)
    nowhere, drafts = torch.zeros(0, 0), []
    for some in found["drafts"]:
        drafts.append(
            [Written(tuple(t.split()), lp, nowhere) for t, lp in some]
        )
    return drafts, found["cpu_s"]


def write_all_ways(
    setting: Setting, name: str, folder: Path, times: int = 1
) -> None:
    """Train one network and let it write in every way, all of it kept.

    `name` is "net-lesson-seed"; `folder` belongs to a data set. The records
    written for are those of `setting`, a sub-folder for each split.
    """
    net, lesson, seed = name.split("-")
    place = folder / (name if times == 1 else f"{name}-longer")
    trained = setting, net, lesson, int(seed), place, times
    writer, _ = train(*trained)
    for given in (False, True) if lesson != "alone" else (False,):
        mode = "given" if given else "predicted"
        where = place / setting.split / mode
        for how, way in (("greedy", greedily), ("beam", by_beam)):
            asked = setting, writer, given, way(writer)
            kept(where / f"{how}.json", partial(plainly, *asked))
        if lesson == "retrieved":
            pool(setting, writer, given, where / "drafts.json")
