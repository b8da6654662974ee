"""Chapter 12: a writer that is a language model, asked in several ways."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import chain

from recx_lib.judge.claims import Claim, ItemFacts
from recx_lib.judge.statements import Checked, check_sentence, first_sentence
from recx_lib.nets.limits import Limits
from recx_lib.nets.prompts import Chat, LanguageModel, quoted

SAYS = {1: "customers praise the", -1: "customers complain about the"}
WORDINGS = {
    "plain": (
        "Write one short sentence that tells a customer why this product may"
        " suit them, or not.\n{facts}"
    ),
    "honest": (
        "You are an honest shop assistant. In one short sentence, say what is"
        " good and what is bad about this product. Use only the facts below"
        " and add nothing.\n{facts}"
    ),
    "form": "{facts}\nThe facts in one short sentence:",
}


@dataclass(frozen=True)
class Request:
    """What is to be said: a product's title, facts, and real sentences.

    `facts` are claims, (aspect, +1 praised or −1 blamed); `reviews` sentences
    of strangers, which are quoted.
    """

    title: str
    facts: tuple[Claim, ...]
    reviews: tuple[str, ...] = ()


@dataclass(frozen=True)
class Shown:
    """An example: a request, and the answer that one would like to it."""

    request: Request
    answer: str


def request_text(
    request: Request, wording: str = "plain", safe: bool = True
) -> str:
    """Return a request as what the user of a chat says.

    Titles and reviews are `quoted`; with safe=False they are put in as they
    are, to see what strangers can do with that.
    """
    quote = quoted if safe else str
    # what must be said, and on which side
    facts = "; ".join(f"{SAYS[side]} {name}" for name, side in request.facts)
    lines = [f"Product: {quote(request.title)}", f"Facts: {facts}"]
    if request.reviews:
        lines += ["Reviews:", *map(quote, request.reviews)]
    return WORDINGS[wording].format(facts="\n".join(lines))


def request_chat(
    request: Request,
    wording: str = "plain",
    shown: Sequence[Shown] = (),
    safe: bool = True,
) -> Chat:
    """Return the chat that asks for a sentence, after `shown` examples."""
    chat = []
    for one in shown:
        chat.append(("user", request_text(one.request, wording)))
        chat.append(("assistant", one.answer))
    return [*chat, ("user", request_text(request, wording, safe))]


def limits_for(
    model: LanguageModel,
    requests: Sequence[Request],
    facts: ItemFacts,
    max_len: int = 40,
) -> Limits:
    """Return limits by which each sentence names what it is to name.

    The pieces of its aspects must come; an aspect that no request gives, and
    that is one piece which none needs, may not.
    """
    # 1. What each request names must come.
    must, given = [], set()
    for request in requests:
        names = [name for name, _ in request.facts]
        given.update(names)
        must.append(list(chain.from_iterable(map(model.pieces, names))))
    # 2. What none names may not, where one token says it.
    never, needed = [], set(chain.from_iterable(must))
    for name in sorted(facts.terms - given):
        pieces = model.pieces(name)
        if len(pieces) == 1 and pieces[0] not in needed:
            never += pieces
    return Limits(max_len, must_contain=must, never=never)


def objection(
    checked: Checked, request: Request, kin: Mapping[str, str] | None = None
) -> str:
    """Return what a draft is sent back with: what is wrong, what to say."""
    kin = kin or {}
    # 1. What it made up.
    wrong = [*checked.names, *checked.beyond]
    parts = [f"Do not mention {', '.join(wrong)}." if wrong else ""]
    # 2. What it turned round, or left out.
    for name, side in request.facts:
        if kin.get(name, name) in checked.turned or not wrong:
            parts.append(f"Say that {SAYS[side]} {name}.")
    return " ".join(["That is not right.", *filter(None, parts)])


def redraft(
    model: LanguageModel,
    chat: Chat,
    request: Request,
    facts: ItemFacts,
    tries: int = 3,
    kin: Mapping[str, str] | None = None,
) -> tuple[str | None, list[str]]:
    """Draft, check and draft again; return what passed, and all drafts.

    A draft that `check_sentence` does not pass is sent back with an
    `objection`; after `tries` drafts the answer is None: say a template.
    """
    limits, drafts = Limits(max_len=40), []
    for _ in range(tries):
        draft = first_sentence(model.ask([chat], limits)[0])
        drafts.append(draft)
        given = request.title, request.facts, facts, kin
        found = check_sentence(draft, *given)
        if found.passes:
            return draft, drafts
        told = objection(found, request, kin)
        chat = [*chat, ("assistant", draft), ("user", told)]
    return None, drafts
