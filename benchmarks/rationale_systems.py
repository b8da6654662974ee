"""Every way of writing a rationale that is measured, and its rivals."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

import pandas as pd
import torch

from recx_lib.core import Rationale
from recx_lib.judge import baselines, rmse
from recx_lib.nets import RationaleTransformer, Seq2Seq
from recx_lib.write import (
    AspectPlanner,
    Briefing,
    ConsensusWriter,
    NeuralWriter,
    QuotingWriter,
    Writer,
    write_grammar,
)

PREDICTED, GIVEN = "aspect-predicted", "aspect-given"


@dataclass
class Setting:
    """What every writer is given: the splits, and what is fitted on `train`.

    `trained` holds the networks by system, trained once and used in both
    modes; `cost` their training seconds, size and rating error.
    """

    train: pd.DataFrame
    validation: pd.DataFrame
    records: pd.DataFrame
    planner: AspectPlanner
    split: str = "test"
    trained: dict[str, NeuralWriter] = field(default_factory=dict)
    cost: dict[str, dict[str, float]] = field(default_factory=dict)

    def triples(self, given: bool) -> list[tuple[str, str, str | None]]:
        """Return user, item and aspect of each record; None: to be planned."""
        records = self.records
        aspects = records["term"] if given else [None] * len(records)
        columns = records["user"], records["item"], aspects
        return list(zip(*columns, strict=True))


# (setting, is the aspect given?) -> one sentence per record
System = Callable[[Setting, bool], list[str]]


def references(setting: Setting, given: bool) -> list[str]:
    """Say what the customers said."""
    return list(setting.records["sentence"])


def floor(function: Callable) -> System:
    """Return the system of a writer that knows nothing of model or person."""
    return lambda setting, given: function(setting.train, setting.records)


def spoken(make: Callable[[Briefing], Writer]) -> System:
    """Return the system that asks a writer record by record."""

    def write(setting: Setting, given: bool) -> list[str]:
        writer, said, out = make(Briefing(setting.planner)), Counter(), []
        for triple in setting.triples(given):
            found = writer.write(*triple, said)
            out.append(text_of(found, setting, triple))
        return out

    return write


def text_of(found: Rationale | None, setting: Setting, triple: tuple) -> str:
    """Return what was found, or the grammar's sentence where nothing was."""
    return found.text if found else from_grammar(setting.planner, *triple)


def from_grammar(
    planner: AspectPlanner, user: str, item: str, aspect: str | None
) -> str:
    """Say the plan or the aspect given by grammar, in the records' style.

    An aspect given gets the side that the item's reviews take.
    """
    plan = planner.plan(user, item)
    if aspect is not None:
        plan = planner.about(user, item, aspect)
    text = write_grammar(plan, "it", n=1).text
    return text.lower().replace(",", " ,").replace(":", " :").rstrip(".")


def grammar(setting: Setting, given: bool) -> list[str]:
    """Say every record's plan, or the aspect given, by grammar."""
    triples = setting.triples(given)
    return [from_grammar(setting.planner, *triple) for triple in triples]


def neural(name: str, make: Callable) -> System:
    """Return the system of a network, trained once for both modes."""

    def write(setting: Setting, given: bool) -> list[str]:
        if name not in setting.trained:
            train_once(setting, name, make)
        triples = setting.triples(given)
        columns = zip(*triples, strict=True)
        found = setting.trained[name].write_all(*columns, said=Counter())
        both = zip(found, triples, strict=True)
        return [text_of(one, setting, triple) for one, triple in both]

    return write


def train_once(setting: Setting, name: str, make: Callable) -> None:
    """Fit a network on the training split; keep it and what it cost.

    The validation split says when to stop.
    """
    torch.set_num_threads(1)
    started = time.process_time()
    writer = NeuralWriter(Briefing(setting.planner), make)
    writer.fit(setting.train, setting.validation)
    fit_s = time.process_time() - started
    weights = sum(p.numel() for p in writer.model_.parameters())
    records = setting.records
    foreseen = writer.predict(records["user"], records["item"])
    error = rmse(records["rating"], foreseen)
    cost = {"fit_cpu_s": fit_s, "parameters": float(weights), "rmse": error}
    setting.trained[name], setting.cost[name] = writer, cost


FLOORS = {
    "floor:references": (GIVEN, references),
    "floor:random-sentence": (PREDICTED, floor(baselines.random_sentence)),
    "floor:random-of-item": (PREDICTED, floor(baselines.random_of_item)),
    "floor:one-for-everybody": (PREDICTED, floor(baselines.one_for_everybody)),
    "floor:medoid-of-item": (PREDICTED, floor(baselines.medoid_of_item)),
    "floor:template": (GIVEN, floor(baselines.aspect_template)),
    "floor:medoid-of-aspect": (GIVEN, floor(baselines.aspect_medoid)),
}
OURS = {
    "recx:grammar": grammar,
    "recx:quoting": spoken(QuotingWriter),
    "recx:consensus": spoken(ConsensusWriter),
    "recx:seq2seq": neural("recx:seq2seq", Seq2Seq),
    "recx:transformer": neural("recx:transformer", RationaleTransformer),
}
# {name: (modes, system)}: a floor has one mode, ours are measured in both
SYSTEMS: dict[str, tuple[tuple[str, ...], System]] = {}
for _name, (_mode, _system) in FLOORS.items():
    SYSTEMS[_name] = (_mode,), _system
for _name, _system in OURS.items():
    SYSTEMS[_name] = (PREDICTED, GIVEN), _system
