"""Chapter 20: what each small world may say, and what it must not.

A sentence is drafted from evidence, and read by its world's policy: the one
for everybody (`policy.toml`) and what the world adds (`nine_worlds.toml`).
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path

from recx_lib.core.errors import DataError
from recx_lib.core.evidence import Explanation
from recx_lib.people.policy import SENTENCE_END, Policy, Ruling
from recx_lib.write.grammar import write_grammar

RULES = Path(__file__).with_name("nine_worlds.toml")


def policy_of(world: str) -> Policy:
    """Return the policy for everybody and what one world adds to it.

    Raise DataError for a world without rules.

    >>> policy_of("video").check("You will like it.").kinds
    ('video: it will please',)
    >>> policy_of("shop").check("You will like it.").kinds
    ()
    """
    # everybody's rules, and those of this world
    common, nine = Policy.load(), Policy.load(RULES)
    own = [r for r in nine.rules if r.kind.startswith(f"{world}: ")]
    if not own:
        known = sorted({rule.kind.partition(":")[0] for rule in nine.rules})
        raise DataError(f"no rules for world {world!r}: {', '.join(known)}")
    words = {**common.words, **nine.words}
    never = common.never + nine.never
    return Policy(words, (*common.rules, *own), never, common.least)


def examples_of(world: str) -> dict[str, list[str]]:
    """Return a world's planted sentences: "refused" ones and "said" ones."""
    found = tomllib.loads(RULES.read_text(encoding="utf-8"))
    return found["examples"][world]


def draft(why: Explanation, item: str) -> str:
    """Return one sentence from evidence of any of the four kinds.

    Histories are said by the grammar of chapter 3; it has no words for days
    and friends, and says of aspects that buyers praise them, which is false
    where a form and a catalogue are the evidence: these get templates.
    """
    # by the kind of evidence: things, aspects, days, friends
    kind, names = why.evidence[0].kind, named(why)
    if kind == "item":
        return write_grammar(why, f"the {item}", n=2).text
    if kind == "aspect":
        return f"The {item} fits what you asked for: {names}."
    if "day" in names:
        return f"The {item} is much chosen now: on {names}."
    return f"Of your friends, {names} have the {item}."


def named(why: Explanation) -> str:
    """Return the two strongest pieces of evidence that speak for it."""
    told = [one.name for one in why.top(2) if one.weight > 0]
    return " and ".join(told)


def say(
    policy: Policy,
    why: Explanation,
    item: str,
    about: Mapping[str, str] | None = None,
) -> Ruling:
    """Return what may be said of one recommendation.

    Evidence that must not be cited is left out first; `about` is what is
    noted of each piece. A draft that the policy strikes is said once more,
    plainly ("rephrased"); where that is struck, too, or nothing may be cited,
    nothing is said ("refused").

    >>> from recx_lib.core.evidence import Evidence
    >>> why = Explanation("ann", "b", "EASE", (Evidence("item", "a", 1.0),))
    >>> say(policy_of("video"), why, "b").text
    'We recommend the b because your history has a.'
    """
    # 1. Evidence that may be cited.
    kept = policy.filter(why, about or {})
    if not named(kept):
        return Ruling("refused", "", ("nothing may be cited",))
    # 2. The sentence, if it passes.
    first = policy.check(draft(kept, item))
    if first.action == "said":
        return first
    # 3. A plainer one, if that passes.
    plain = f"The {item} is on your list for {named(kept)}, which you chose."
    is_history = kept.evidence[0].kind == "item"
    if is_history and policy.check(plain).action == "said":
        return Ruling("rephrased", plain, first.kinds)
    return Ruling("refused", "", first.kinds)


def unfounded(text: str, articles: Iterable[str]) -> list[str]:
    """Return the sentences of an answer that stand in no article; a refusal
    is one more article.

    >>> unfounded("Wash boots. We pay it back.", ["Wash boots. Dry them."])
    ['We pay it back.']
    """
    known = set()
    for article in articles:
        known.update(SENTENCE_END.split(article.strip()))
    said = SENTENCE_END.split(text.strip())
    return [sentence for sentence in said if sentence not in known]
