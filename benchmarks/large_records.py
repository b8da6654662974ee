"""What a large model is told of a record, and what it is to answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from recx_lib.nets import chat_text
from recx_lib.nets.tuned import Told
from recx_lib.write import AspectPlanner

STARS = {-1: "critical", 0: "neutral", 1: "positive"}
ASK = "Write one short sentence of a customer's review of a music product."


@dataclass(frozen=True)
class Asked:
    """All that a sentence is asked from: nobody's own sentence is in it.

    `read`: up to two sentences of other reviews; `text`: the one to learn.
    """

    user: str
    item: str
    aspect: str
    side: int
    read: tuple[str, ...]
    text: str = ""


def asked(
    records: pd.DataFrame, planner: AspectPlanner, given: bool, learn: bool
) -> list[Asked]:
    """Return what is asked for each record.

    Aspect given or planned; the side is the item's own reviews' (the planner's),
    except where it is `learn`ed from: there it is the record's.
    """
    out = []
    for row, record in enumerate(records.itertuples()):
        user, item = record.user, record.item
        if learn:
            aspect, side = record.term, int(record.polarity)
        else:
            plan = planner.plan(user, item)
            if given:
                plan = planner.about(user, item, record.term)
            first = plan.evidence[0] if plan.evidence else None
            aspect = record.term if given else (first.name if first else "")
            side = 1 if first is None or first.weight >= 0 else -1
        read = planner.retriever.retrieve(
            user, item, aspect or None, 2, row if learn else None
        )
        out.append(
            Asked(user, item, aspect, side, tuple(read), record.sentence)
        )
    return out


def request(one: Asked, read: bool) -> str:
    """Return the request in words: aspect, side, and perhaps two sentences."""
    said = f"{ASK} It is {STARS[one.side]}"
    said += f" and about: {one.aspect}." if one.aspect else "."
    if read and one.read:
        lines = "\n".join(f"- {text}" for text in one.read)
        said += f"\nOther customers wrote:\n{lines}"
    return said


def chat(
    tokenizer, one: Asked, shown: Sequence[Asked] = (), read: bool = False
) -> Told:
    """Return the request as a conversation, with examples answered before."""
    turns = []
    for example in shown:
        turns.append({"role": "user", "content": request(example, read)})
        turns.append({"role": "assistant", "content": example.text})
    turns.append({"role": "user", "content": request(one, read)})
    text = chat_text(tokenizer, turns)
    return Told(tokenizer(text, add_special_tokens=False)["input_ids"])


def plain(tokenizer, one: Asked, read: bool = True, who=()) -> Told:
    """Return a record as one short text, prompt and answer, to learn from."""
    lines = [*one.read] if read else []
    lines.append(f"{STARS[one.side]} {one.aspect} :".replace("  ", " "))
    told = tokenizer("\n".join(lines), add_special_tokens=False)["input_ids"]
    answer = tokenizer(" " + one.text, add_special_tokens=False)["input_ids"]
    return Told(told, [*answer, tokenizer.eos_token_id], who)
