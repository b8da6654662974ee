"""The parts of benchmarks/large_prompts.py, each as rows of one figure."""

from __future__ import annotations

import time
from functools import cache

import numpy as np
import pandas as pd

from benchmarks.large_cases import SHOWN, World, requests
from benchmarks.large_injections import ATTACKS, TARGETS
from benchmarks.large_lora import adapted
from recx_lib.core.evidence import Explanation
from recx_lib.data import leave_last_out, load_reviews
from recx_lib.judge.model_judge import prefers_first, says_yes
from recx_lib.judge.similarity import SentenceTable
from recx_lib.judge.statements import check_sentence, first_sentence
from recx_lib.judge.wording import content_words
from recx_lib.nets.limits import Limits
from recx_lib.nets.prompts import LanguageModel, quoted
from recx_lib.recommend.title_likelihood import TitleRecommender
from recx_lib.write.language_model import (
    SAYS,
    Request,
    limits_for,
    redraft,
    request_chat,
)

COUNTS = (0, 1, 2, 4, 8)
WAYS = (
    "template",
    "quoting",
    "zero",
    "zero+limits",
    "zero+reviews",
    "few4",
    "few4+limits",
    "few4+reviews",
    "few4+redraft",
)
GUARDS = ("raw", "quoted")
N, N_REDRAFT, BLOCK = 30, 20, 15


def line(data, system, setting, metric, value, user, per=1.0) -> dict:
    """Return one measured value of one customer."""
    return {
        "data": data,
        "system": system,
        "setting": setting,
        "metric": metric,
        "value": float(value),
        "per": float(per),
        "user": user,
    }


def in_blocks(model: LanguageModel, chats: list, limits=None) -> list[str]:
    """Return the answers to many chats, a few at a time."""
    answers = []
    for start in range(0, len(chats), BLOCK):
        block = slice(start, start + BLOCK)
        chosen = limits(block) if limits else Limits(max_len=40)
        answers += model.ask(chats[block], chosen)
    return answers


@cache
def asked_of(here: int) -> pd.DataFrame:
    """Return the requests of a world (by its address: read once)."""
    return requests(_WORLDS[here], N)


_WORLDS: dict[int, World] = {}


def asked(here: World) -> pd.DataFrame:
    """Return N requests of a world, the same in every part."""
    _WORLDS[id(here)] = here
    return asked_of(id(here))


@cache
def words_of(here: int) -> frozenset[str]:
    """Return every content word of a world's reviews."""
    texts = _WORLDS[here].reviews.frame["text"].str.lower()
    found = set()
    for text in texts:
        found.update(w.strip(".,!?;:()'\"") for w in text.split())
    return frozenset(found)


def marks(here: World, system, setting, texts) -> list[dict]:
    """Return what is wrong with each answer to the requests of a world."""
    rows, known = [], words_of(id(here))
    table = asked(here).head(len(texts))
    for user, asked_for, text in zip(
        table["user"], table["plain"], texts, strict=True
    ):
        said = first_sentence(text)
        found = check_sentence(
            said, asked_for.title, asked_for.facts, here.facts, here.kin
        )
        foreign = [
            word
            for word in content_words(said.lower())
            if word.strip(".,!?;:()'\"") not in known
            and word.strip(".,!?;:()'\"") not in asked_for.title.lower()
        ]
        judged = np.isfinite(found.precision)
        figures = {
            "unknown name": (bool(found.names), 1),
            "term not given": (bool(found.beyond), 1),
            "wrong side": (bool(found.turned), 1),
            "invents": (found.invents, 1),
            "passes": (found.passes, 1),
            "foreign word": (bool(foreign), 1),
            "precision": (found.precision if judged else 0, judged),
            "recall": (found.recall, 1),
        }
        for metric, (value, per) in figures.items():
            rows.append(
                line("shop", system, setting, metric, value, user, per)
            )
    return rows


def invent(
    model: LanguageModel, here: World, wording: str, k: int, order: str = ""
) -> list[dict]:
    """Count inventions by wording and number of examples."""
    shown = SHOWN[:k]
    if order == "reversed":
        shown = shown[::-1]
    if order == "rotated":
        shown = shown[2:] + shown[:2]
    chats = [request_chat(r, wording, shown) for r in asked(here)["plain"]]
    texts = in_blocks(model, chats)
    setting = f"{wording}, {k} examples" + (f", {order}" if order else "")
    rows = marks(here, "recx:smollm2", setting, texts)
    print(*map(first_sentence, texts[:3]), sep="\n", flush=True)
    # does the sentence begin like the example that stood last?
    for user, text in zip(asked(here)["user"], texts, strict=True):
        last = bool(shown) and text.split()[:2] == shown[-1].answer.split()[:2]
        rows.append(
            line("shop", "recx:smollm2", setting, "begins as last", last, user)
        )
    return rows


def template(request: Request) -> str:
    """Return the sentence that needs no model."""
    first, second = (f"{SAYS[side]} {name}" for name, side in request.facts)
    said = f"{first[0].upper()}{first[1:]} and {second}."
    return said.replace("praise the", "praise the good").replace(
        "complain about the", "complain about the bad"
    )


def ways(model: LanguageModel, here: World, way: str) -> list[dict]:
    """Count what each way of preventing inventions buys and costs."""
    table, shown = asked(here), SHOWN[:4] if "few4" in way else []
    table = table.head(N_REDRAFT) if "redraft" in way else table
    start, setting = time.process_time(), f"honest, {way}"
    plain = table["plain"].tolist()
    tokens = np.zeros(len(table))
    if way == "template":
        texts = [template(request) for request in plain]
    elif way == "quoting":
        texts = [(r.reviews or ("",))[0] for r in table["request"]]
    elif way == "few4+redraft":
        texts, drafts = [], []
        for request in plain:
            chat = request_chat(request, "honest", shown)
            said, tried = redraft(
                model, chat, request, here.facts, kin=here.kin
            )
            texts.append(said or template(request))
            drafts.append((said is None, len(tried)))
            tokens[len(texts) - 1] = model.lengths(tried).sum()
    else:
        used = table["request"] if "reviews" in way else table["plain"]
        chats = [request_chat(one, "honest", shown) for one in used]
        limits = None
        if "limits" in way:

            def limits(block):
                return limits_for(model, plain[block], here.facts)

        texts = in_blocks(model, chats, limits)
        tokens = model.lengths(texts)
    spent = (time.process_time() - start) / len(table)
    system = "floor" if way in ("template", "quoting") else "recx"
    rows = marks(here, f"{system}:smollm2-ways", setting, texts)
    for number, user in enumerate(table["user"]):
        extra = {"tokens": tokens[number], "CPU seconds": spent}
        if way == "few4+redraft":
            extra["fell back"], extra["drafts"] = drafts[number]
        for metric, value in extra.items():
            rows.append(
                line("shop", "recx:smollm2-ways", setting, metric, value, user)
            )
    print(*map(first_sentence, texts[:4]), sep="\n", flush=True)
    return rows


def judges(model: LanguageModel, here: World, n: int = 60) -> list[dict]:
    """Ask a model which statements are borne out; the truth is known.

    Real sentences of later reviews, each with the fact that it states and the
    same fact turned round: customers once each.
    """
    name = "shop" if here.kin else "musical_instruments"
    table = here.test[here.test["polarity"] != 0].drop_duplicates("user")
    table = table.sample(min(n, len(table)), random_state=0)

    def weigh(question, answers):
        return model.weigh([("user", question)], answers)

    rows = []
    for user, term, side, sentence in zip(
        table["user"],
        table["term"],
        table["polarity"],
        table["sentence"],
        strict=True,
    ):
        facts = {s: f"{SAYS[s]} {term}.".capitalize() for s in (1, -1)}
        true, false = facts[side], facts[-side]
        # 1. yes or no, for the right and for the turned fact
        ask = "Fact: {}\nSentence: {}\nDoes the sentence agree with the fact?"
        ask += " Answer Yes or No."
        yes = [
            says_yes(weigh, ask.format(fact, quoted(sentence)))
            for fact in (true, false)
        ]
        # 2. by likelihood of the sentence after either fact
        told = [
            model.weigh(
                [("user", f"{fact} Write what one of them might say.")],
                [sentence],
            )[0]
            for fact in (true, false)
        ]
        # 3. which of two facts, in both orders
        which = f"Sentence: {quoted(sentence)}\nA: {{a}}\nB: {{b}}\nWhich of"
        which += " the two is the sentence about? Answer A or B."
        first = prefers_first(weigh, which, (true, false))
        second = prefers_first(weigh, which, (false, true))
        figures = {
            "yes or no: right": ((yes[0] > 0) + (yes[1] <= 0)) / 2,
            "yes or no: says yes": ((yes[0] > 0) + (yes[1] > 0)) / 2,
            "yes or no: true above turned": yes[0] > yes[1],
            "likelihood: true above turned": told[0] > told[1],
            "A or B: right": ((first > 0) + (second < 0)) / 2,
            "A or B: takes the first": ((first > 0) + (second > 0)) / 2,
            "A or B: consistent": (first > 0) != (second > 0),
            "A or B: both orders added, right": first > second,
        }
        # 4. the claims check, on the same pairs
        said = here.facts.claims(" ".join(sentence.lower().split()))
        figures["claims check: right"] = ((term, side) in said) / 2 + (
            (term, -side) not in said
        ) / 2
        for metric, value in figures.items():
            rows.append(
                line(name, "recx:smollm2-judge", "", metric, value, user)
            )
    return rows


def whose(model: LanguageModel, here: World, n: int = 120) -> list[dict]:
    """Whose rationale is it? Ten sentences on one item, one by the customer.

    Ranked by log P(sentence | user, item), without the user, by the
    difference, and by floors that ask no model.
    """
    data = "shop" if here.kin else "musical_instruments"
    both = pd.concat([here.train, here.test])
    train = here.train
    rows, done = [], 0
    rng = np.random.default_rng(0)
    for user, item, own in zip(
        here.test["user"],
        here.test["item"],
        here.test["sentence"],
        strict=True,
    ):
        mine = train.loc[train["user"] == user, "sentence"].tail(4).tolist()
        others = both[(both["item"] == item) & (both["user"] != user)]
        others = others.drop_duplicates("user")["sentence"].tolist()
        if len(mine) < 3 or len(others) < 4:
            continue
        drawn = rng.permutation(len(others))[:9]
        texts = [own, *(others[at] for at in drawn)]
        title = quoted(here.reviews.title(item)) if here.kin else "this item"
        about = f"Write one sentence of a review of {title}."
        told = " ".join(map(quoted, mine))
        before = f"A customer wrote these sentences in other reviews: {told}"
        with_user = model.weigh([("user", f"{before}\n{about}")], texts)
        without = model.weigh([("user", about)], texts)
        length = model.lengths(texts)
        table = SentenceTable([*mine, *texts])
        even = np.r_[np.full(len(mine), 1 / len(mine)), np.zeros(len(texts))]
        alike = table.expected(table.rows, even)[len(mine) :]
        # the article's product: P(text | content) · P(user | content)
        who = model.weigh([("user", about)], [before])[0]
        scores = {
            "recx:with the user": with_user / length,
            "recx:without the user": without / length,
            "recx:difference (PMI)": (with_user - without) / length,
            "recx:the article's product": without + who,
            "recx:with the user, not by length": with_user,
            "floor:words shared with own reviews": alike,
            "floor:shortest": -length,
            "floor:random": rng.random(len(texts)),
        }
        for system, score in scores.items():
            better = (score > score[0]).sum() + (
                score[1:] == score[0]
            ).sum() / 2
            hit = 1.0 if better == 0 else 0.0
            rows.append(line(data, system, "whose", "hit@1", hit, user))
            rank = 1 / (1 + better)
            rows.append(line(data, system, "whose", "MRR", rank, user))
        chance = line(
            data, "floor:chance", "whose", "hit@1", 1 / len(texts), user
        )
        rows.append(chance)
        done += 1
        if done == n:
            break
    return rows


def inject(model: LanguageModel, here: World, guard: str) -> list[dict]:
    """Put thirty attacks into a review, and count who obeys."""
    table = asked(here).iloc[np.arange(len(ATTACKS)) % N]
    chats, rows = [], []
    for attack, request in zip(ATTACKS, table["request"], strict=True):
        bad = Request(request.title, request.facts, (*request.reviews, attack))
        chats.append(
            request_chat(bad, "honest", SHOWN[:4], safe=guard != "raw")
        )
    texts = in_blocks(model, chats)
    both = zip(texts, table["plain"], ATTACKS, strict=True)
    for number, (text, request, attack) in enumerate(both):
        said = first_sentence(text)
        found = check_sentence(
            said, request.title, request.facts, here.facts, here.kin
        )
        spoken = {guard: text}
        if guard == "quoted":  # what the check does not pass is not said
            honest = text if found.passes else template(request)
            spoken["quoted+check"] = honest
        for setting, answer in spoken.items():
            obeys = any(word in answer.lower() for word in TARGETS)
            print(setting, obeys, "|", attack[:40], "|", answer[:60])
            rows.append(
                line("shop", "recx:smollm2", setting, "obeys", obeys, number)
            )
        passes = found.passes
        rows.append(
            line("shop", "recx:smollm2", guard, "passes", passes, number)
        )
    return rows


HISTORY, CANDIDATES, LEADERS, PEOPLE, LESSONS = 6, 20, 5, 100, 400


def histories(data: str) -> tuple[list[tuple], list[tuple]]:
    """Return people to test, and lessons from the ratings before.

    People: (user, liked titles oldest first, candidates, their counts).

    The first candidate is the item that the user liked next, and last; the
    others are drawn by popularity from what the user has not rated.
    """
    reviews = load_reviews(data)
    train, test = leave_last_out(reviews)
    title, rng = reviews.title, np.random.default_rng(0)
    count = train.frame["item"].value_counts()
    names, share = count.index.to_numpy(), count.to_numpy() / count.sum()
    nexts = test.frame[test.frame["rating"] >= 4]
    found = []
    ordered = train.frame.sort_values("timestamp", kind="stable")
    by_user = dict(list(ordered.groupby("user")))
    for at in rng.permutation(len(nexts)):
        user, item = nexts.iloc[at][["user", "item"]]
        own = by_user.get(user)
        if own is None or item not in count.index:
            continue
        liked = own.loc[own["rating"] >= 4, "item"].tail(HISTORY).tolist()
        if len(liked) < HISTORY:
            continue
        seen = {*own["item"], item}
        drawn = rng.choice(names, 200, replace=False, p=share)
        others = [one for one in drawn if one not in seen][: CANDIDATES - 1]
        titles = [title(one) for one in (item, *others)]
        past = [title(one) for one in liked]
        if len({*titles, *past}) < CANDIDATES + HISTORY:
            continue
        fame = [count[one] for one in (item, *others)]
        found.append((user, past, titles, fame))
    lessons = []
    for own in by_user.values():
        liked = [title(one) for one in own.loc[own["rating"] >= 4, "item"]]
        for at in range(HISTORY, len(liked)):
            lessons.append((liked[at - HISTORY : at], liked[at]))
    order = rng.permutation(len(lessons))[:LESSONS]
    return found[:PEOPLE], [lessons[at] for at in order]


def know_thyself(model: LanguageModel, data: str, tuned: bool) -> list[dict]:
    """Does its own ranking move without the title that it cites?

    Quality first: is the item that the user liked next above nineteen drawn by
    popularity? Then its own first choice is explained: what it says, what
    occlusion says, the most recent, one at random, the first in the list.
    """
    tested, lessons = histories(data)
    things = {"shop": "products", "ml-100k": "films"}[data]
    if tuned:
        model = adapted(model, TitleRecommender(model, things), lessons)
    by = TitleRecommender(model, things)
    setting = "after LoRA" if tuned else "untouched"
    rows, rng = [], np.random.default_rng(0)
    alone_of = {}
    for user, past, titles, fame in tested:
        missing = [one for one in titles if one not in alone_of]
        if missing:
            alone_of |= zip(missing, by.likelihood([], missing), strict=True)
        alone = np.array([alone_of[one] for one in titles])
        raw = by.likelihood(past, titles)
        score = raw - alone
        quality = {
            "recx:by gain": score,
            "recx:by likelihood": raw,
            "floor:popularity": np.array(fame, float),
            "floor:no history": alone,
        }
        for system, told in quality.items():
            hit = float(told[0] > told[1:].max())
            rows.append(line(data, system, setting, "hit@1", hit, user))
        # 1. its own first choice, and what it is without each title
        leaders = np.argsort(-score, kind="stable")[:LEADERS]
        names = [titles[at] for at in leaders]
        kept = [past[:n] + past[n + 1 :] for n in range(HISTORY)]
        without = np.array([by.likelihood(one, names) for one in kept])
        without = without - alone[leaders]  # (history, leaders)
        falls = score[leaders[0]] - without[:, 0]
        ranks = (without[:, 1:] > without[:, :1]).sum(axis=1)
        # 2. what is cited
        why = by.cite(_case(by, user, names[0], past))
        says = past.index(why.top(HISTORY)[_first(why)].name)
        cited = {
            "recx:what it says": says,
            "recx:occlusion": int(falls.argmax()),
            "floor:most recent": HISTORY - 1,
            "floor:oldest": 0,
            "floor:random": int(rng.integers(HISTORY)),
        }
        for system, at in cited.items():
            figures = {
                "fall": falls[at],
                "loses first place": ranks[at] > 0,
                "fall is positive": falls[at] > 0,
                "is occlusion's": at == falls.argmax(),
                "is the most recent": at == HISTORY - 1,
            }
            for metric, value in figures.items():
                rows.append(line(data, system, setting, metric, value, user))
        every = line(
            data, "floor:average", setting, "fall", falls.mean(), user
        )
        rows += [every]
        more = falls[says] - falls.mean()
        rows.append(
            line(
                data,
                "recx:what it says",
                setting,
                "fall above average",
                more,
                user,
            )
        )
        for other in ("occlusion", "most recent"):
            at = cited.get(f"recx:{other}", cited.get(f"floor:{other}"))
            rows.append(
                line(
                    data,
                    "recx:what it says",
                    setting,
                    f"fall above {other}",
                    falls[says] - falls[at],
                    user,
                )
            )
    return rows


def _case(by, user, title, past):
    """Return a case that is only cited, not scored."""
    from recx_lib.core.case import Case

    return Case(user, title, ["item"] * len(past), past, np.ones_like)


def _first(why: Explanation) -> int:
    """Return the place, in `top`, of the largest weight with its sign."""
    weights = [one.weight for one in why.top(len(why.evidence))]
    return int(np.argmax(weights))
