"""Ways of writing a rationale that need no network, and the floors."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

import pandas as pd

from recx_lib.core import Rationale
from recx_lib.judge import baselines
from recx_lib.write import (
    AspectPlanner,
    Briefing,
    ConsensusWriter,
    QuotingWriter,
    Writer,
    write_grammar,
)

PREDICTED, GIVEN = "aspect-predicted", "aspect-given"


@dataclass
class Setting:
    """What every writer is given: the splits, and what is fitted on `train`.

    `records` are those to write for, of the split named `split`.
    """

    train: pd.DataFrame
    validation: pd.DataFrame
    records: pd.DataFrame
    planner: AspectPlanner
    split: str = "test"

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
}
# {name: (modes, system)}: a floor has one mode, ours are measured in both
SYSTEMS: dict[str, tuple[tuple[str, ...], System]] = {}
for _name, (_mode, _system) in FLOORS.items():
    SYSTEMS[_name] = (_mode,), _system
for _name, _system in OURS.items():
    SYSTEMS[_name] = (PREDICTED, GIVEN), _system
