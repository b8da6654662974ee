"""What each part around a network brings: from a bare net to the writer.

Each step adds one thing to the one before. The steps after the fourth choose
among the same drafts, so that only the choice differs.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from copy import copy
from dataclasses import replace
from pathlib import Path

from benchmarks.rationale_networks import (
    NETS,
    Told,
    kept,
    pool,
    writer_of,
)
from benchmarks.rationale_systems import Setting, text_of
from recx_lib.nets import Written
from recx_lib.write import Prices, QuotingWriter, fluency
from recx_lib.write.choose import PRICES

NOTHING = replace(PRICES, crowding=0.0, repetition=0.0, ease=0.0, echo=0.0)
PLAIN = {  # step: the net's lesson, and how it writes
    "1-alone": ("alone", "greedy"),
    "2-alone-beam": ("alone", "beam"),
    "3-plan": ("planned", "greedy"),
    "4-sources": ("retrieved", "greedy"),
}
PRICED: dict[str, Prices] = {  # step: what counts among the drafts
    "7-nearness": NOTHING,
    "8-ease": replace(NOTHING, ease=0.02),
    "9-crowding": replace(NOTHING, ease=0.02, crowding=PRICES.crowding),
    "10-repetition": replace(PRICES, echo=0.0),  # on saying it again
    "11-default": PRICES,  # and on a word said twice: the library's choice
    "12-more-ease": replace(PRICES, ease=0.1),
}
LAST = "11-default"
LIKELIEST, SUPPORTED = "5-drafts", "6-support"


def plain_steps(
    setting: Setting, net: str, seed: int, folder: Path, mode: str
) -> Iterator[tuple[str, list[str]]]:
    """Yield (step, sentences) of the steps that choose nothing, where kept."""
    for step, (lesson, how) in PLAIN.items():
        where = folder / f"{net}-{lesson}-{seed}" / setting.split / mode
        file = where / f"{how}.json"
        if file.exists():
            yield step, kept(file, list)


def chooser(setting: Setting, net: str, seed: int = 0) -> Told:
    """Return a writer that can choose among drafts, and not write any.

    Its net is untrained: it lends its name and nothing else.
    """
    writer = writer_of(setting, net, "retrieved", seed)
    writer.model_ = NETS[net](8, 1, 1)
    return writer


def likeliest(drafts: list[Written]) -> Written:
    """Return the draft that came most easily, word for word."""
    return drafts[int(fluency(drafts).argmax())]


def chosen_steps(
    setting: Setting, net: str, seed: int, folder: Path, given: bool
) -> Iterator[tuple[str, list[str]]]:
    """Yield (step, sentences) of the steps that choose among drafts.

    Where the aspect is given, the last alone.
    """
    mode = "given" if given else "predicted"
    place = folder / f"{net}-retrieved-{seed}"
    file = place / setting.split / mode / "drafts.json"
    if not file.exists():
        return
    writer = chooser(setting, net, seed)
    drafts, _ = pool(setting, writer, given, file)
    if given:
        yield LAST, chosen(setting, writer, drafts, given, PRICES)
        return
    yield LIKELIEST, [likeliest(some).text for some in drafts]
    yield SUPPORTED, supported(setting, writer, drafts)
    for step, prices in PRICED.items():
        yield step, chosen(setting, writer, drafts, given, prices)


def supported(
    setting: Setting, writer: Told, drafts: list[list[Written]]
) -> list[str]:
    """Return each record's likeliest draft that may be said, else a quote."""
    briefing, texts = writer.briefing, []
    quoting = QuotingWriter(briefing, NOTHING)
    for triple, some in zip(setting.triples(False), drafts, strict=True):
        item = triple[1]
        allowed = [one for one in some if briefing.may_say(item, one.text)]
        if allowed:
            texts.append(likeliest(allowed).text)
        else:
            found = quoting.write(*triple)
            texts.append(text_of(found, setting, triple))
    return texts


def chosen(
    setting: Setting,
    writer: Told,
    drafts: list[list[Written]],
    given: bool,
    prices: Prices,
) -> list[str]:
    """Return the sentences that a writer picks at other prices, in order."""
    other, said, texts = copy(writer), Counter(), []
    other.prices = prices
    for triple, some in zip(setting.triples(given), drafts, strict=True):
        found = other.pick(*triple, some, said)
        texts.append(text_of(found, setting, triple))
    return texts
