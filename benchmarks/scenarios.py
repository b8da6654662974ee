"""Nine small worlds, twenty seeds: which model, which explanation.

`python -m benchmarks.scenarios` runs chapter 20's pipeline in eight worlds and
a help desk. Intervals draw whole worlds, since all people of one share its
things; "behind" is the difference of a world's best model and each other over
the same choices: an interval with 0 in it says that the two are level. Writes
book/results/scenarios.json; an interrupted run goes on.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from benchmarks.tidy import row, run_sets
from recx_lib.core import DataError
from recx_lib.explain import occlusion
from recx_lib.judge import bootstrap_interval, ratio_interval
from recx_lib.people.nine_worlds import (
    CLAIMS,
    falls,
    fame_floor,
    had,
    last_days,
    latest_floor,
    lists,
    not_out,
    random_falls,
    recommenders,
    run_world,
)
from recx_lib.people.saying import examples_of, policy_of, say, unfounded
from recx_lib.shop import SCENARIOS, Scenario, live
from recx_lib.shop.help_corpus import open_desk
from recx_lib.write.help_desk import BM25, REFUSAL, answer

NAME = "scenarios"
SEEDS = range(100, 120)
SPLIT = "last days, 20 seeds"
TUNING = range(200, 205)  # seeds of the worlds that settings are chosen in
TRIES = {
    "EASE": [{"reg": reg} for reg in (5.0, 20.0, 80.0, 320.0, 1280.0)],
    "read now": [{"half_life": d} for d in (0.25, 0.5, 1.0, 2.0, 4.0)],
    "next": [
        {"prior": prior, "half_life": half_life}
        for prior, half_life in (
            (10.0, 0.5),
            (3.0, 0.5),
            (30.0, 0.5),
            (10.0, 0.2),
            (10.0, 1.5),
        )
    ],
}  # the other four models have nothing to set
WAYS = ("first way", "second way", "third way")  # of asking for each thing
WORLDS = {f"{scenario.name} world": scenario for scenario in SCENARIOS}
FLOORS = ("popular", "read now")  # they know nothing of a person
STRUCK = {"struck": ("rephrased", "refused"), "unsaid": ("refused",)}
SOURCES = (
    "recx_lib/shop/*.py",
    "recx_lib/people/nine_worlds.*",
    "recx_lib/people/policy.*",
    "recx_lib/people/saying.py",
    "recx_lib/recommend/simple.py",
    "recx_lib/write/help_desk.py",
    "benchmarks/scenarios.py",
)  # the figures depend on these


def measure(data: str) -> list[dict]:
    """Return the rows of one world, or of the desk."""
    if data == "help desk":
        return desk_rows()
    scenario = WORLDS[data]
    has_rules = scenario.levels > 1 or scenario.vetoed > 0
    rows = []
    for setting in ("", "ruled") if has_rules else ("",):
        marks = run_world(scenario, SEEDS, ruled=setting == "ruled")
        rows += mark_rows(data, marks, setting)
    rows += tuned_rows(data)
    return rows + trial_rows(data, rows) + said_rows(data, rows)


def tuned_rows(data: str) -> list[dict]:
    """Return every try, and the marks of all models at their best one."""
    scenario, rows, best = WORLDS[data], [], {}
    for number in range(len(TRIES["EASE"])):
        settings = {name: tries[number] for name, tries in TRIES.items()}
        found = run_world(scenario, TUNING, settings=settings)
        for name, own in settings.items():
            part = found[found["model"] == name].set_index("seed")["ndcg"]
            figure = interval(part, part.index)
            about = data, "last days, 5 other seeds", named(name)
            about = *about, "ndcg_tried"
            told = ", ".join(f"{key} {value:g}" for key, value in own.items())
            rows.append(row(*about, setting=told, **figure))
            best.setdefault(name, []).append(figure["value"])
    settings = {n: TRIES[n][int(np.argmax(best[n]))] for n in TRIES}
    marks = run_world(scenario, SEEDS, settings=settings)
    tuned = mark_rows(data, marks, "tuned")
    return rows + [r for r in tuned if r["metric"] in ("ndcg@10", "behind")]


def best_of(rows: list[dict]) -> str:
    """Return the model with the highest NDCG in a world, as it comes."""
    free = [one for one in rows if not one["setting"]]
    ndcg = {m["system"]: m["value"] for m in free if m["metric"] == "ndcg@10"}
    return max(ndcg, key=ndcg.get).split(":")[1]


def said_rows(data: str, marked: list[dict]) -> list[dict]:
    """Return how many drafts of the best model its world's policy strikes,
    how many of those are then said plainly, and what planted sentences meet.
    """
    scenario, best = WORLDS[data], best_of(marked)
    policy, rulings = policy_of(scenario.name), []
    for seed in SEEDS:
        for case in first_cases(scenario, best, seed):
            ruling = say(policy, occlusion(case), case.item)
            rulings.append((seed, ruling.action))
    found = pd.DataFrame(rulings, columns=["seed", "action"])
    rows = []
    for metric, actions in STRUCK.items():
        about = data, SPLIT, named(best), metric
        share = interval(found["action"].isin(actions), found["seed"])
        rows.append(row(*about, **share))
    return rows + planted_rows(data, scenario.name)


def planted_rows(data: str, world: str) -> list[dict]:
    """Return which share of a world's examples its policy strikes."""
    rows, policy = [], policy_of(world)
    for how, sentences in examples_of(world).items():
        actions = [policy.check(one).action for one in sentences]
        share = np.mean([action != "said" for action in actions])
        about = data, "examples", "recx:policy", "struck"
        rows.append(row(*about, share, setting=how, n=len(actions)))
    return rows


def named(model: str) -> str:
    """Return a system's name as the results have it."""
    return f"{'floor' if model in FLOORS else 'recx'}:{model}"


def interval(values, groups) -> dict:
    """Return value, low and high of a mean, and n."""
    values = np.asarray(values, dtype=float)
    value, low, high = bootstrap_interval(values, groups=groups)
    return {"value": value, "low": low, "high": high, "n": len(values)}


def mark_rows(data: str, marks: pd.DataFrame, setting: str) -> list[dict]:
    """Return NDCG, joy, harm, truth of the world (of hits, and as its floor
    of all choices), and who is ahead.
    """
    rows = []
    means = marks.groupby("model")["ndcg"].mean()
    wide = marks.pivot(index=["seed", "user"], columns="model", values="ndcg")
    for model, part in marks.groupby("model"):
        part = part.set_index("seed")
        hits = part[part["hit"]]
        found = {"ndcg@10": part["ndcg"], "joy": part["joy"]}
        found["harm"] = part["harm"]
        found["true_of_world"] = hits["reason"] == CLAIMS[model]
        found["true_of_any"] = part["reason"] == CLAIMS[model]
        if model != means.idxmax():
            found["behind"] = wide[means.idxmax()] - wide[model]
        for metric, values in found.items():
            about = data, SPLIT, named(model), metric
            worlds = values.index.get_level_values("seed")
            figure = interval(values, worlds)
            rows.append(row(*about, setting=setting, **figure))
    return rows


def trial_rows(data: str, marked: list[dict]) -> list[dict]:
    """Return how far the best model's score falls without what is cited."""
    best = best_of(marked)
    fall = pd.concat([fallen(WORLDS[data], best, seed) for seed in SEEDS])
    rows = []
    for name in fall.columns.drop(["all", "thing"]):
        found = ratio_interval(fall[name], fall["all"], groups=fall["thing"])
        value, low, high = found
        system = f"{'recx' if name == 'exact' else 'floor'}:{name}"
        about = data, SPLIT, system, "fall", value, best
        rows.append(row(*about, low=low, high=high, n=len(fall)))
    return rows


def first_cases(scenario: Scenario, best: str, seed: int) -> list:
    """Return one world's first forty cases: the first thing on each list."""
    life = live(scenario, seed)
    train, test = last_days(life)
    model = recommenders(life)[best].fit(train)
    closed = had(train) | not_out(life)
    cases = []
    for user, own in lists(model, test.user_idx[:40], closed).items():
        try:
            cases.append(model.case(user, int(own[0])))
        except DataError:  # an empty history: nothing to cite
            continue
    return cases


def fallen(scenario: Scenario, best: str, seed: int) -> pd.DataFrame:
    """Return the falls of one world's first forty cases."""
    life, cases = live(scenario, seed), first_cases(scenario, best, seed)
    train, _ = last_days(life)
    floors = {"best known": fame_floor(life, train)}
    floors["latest"] = latest_floor(train)
    fall = falls(cases, {"exact": occlusion} | floors)
    thing = [f"{seed} {case.item}" for case in cases]
    return fall.assign(random=random_falls(cases), thing=thing)


def asked(seed: int) -> pd.DataFrame:
    """Return every question of one desk: score, lead, right."""
    desk, rows = open_desk(seed), []
    search = BM25().fit(desk.articles)
    for question, support in desk.questions.itertuples(index=False):
        title, score = search.best(question)
        rows.append((seed, score, search.lead(question), title == support))
    found = pd.DataFrame(rows, columns=["seed", "score", "lead", "right"])
    return found.assign(way=np.tile(WAYS, len(found) // len(WAYS)))


def desk_rows() -> list[dict]:
    """Return right answers when refusing in three ways, for each way of
    asking and for all.

    Limits for nine right of ten are set on the first ten desks and the other
    two ways of asking: all desks are asked in the same words.
    """
    desks = pd.concat([asked(seed) for seed in SEEDS])
    held = pd.concat([held_out(desks, way) for way in WAYS])
    rows = []
    for setting in ("", *WAYS):
        part = held[held["way"] == setting] if setting else held
        for system in (
            "floor:always answers",
            "recx:by score",
            "recx:by lead",
        ):
            given = part[part[system]]
            about = "help desk", "10 desks", system
            share = interval(part[system], part["seed"])
            rows.append(row(*about, "answered", setting=setting, **share))
            right = interval(given["right"], given["seed"])
            rows.append(row(*about, "right", setting=setting, **right))
    return rows + desk_said_rows()


def desk_said_rows() -> list[dict]:
    """Return which share of the answers' sentences stands in no article, and
    what the planted sentences meet: the policy, or the look-up.
    """
    said, loose = 0, 0
    for seed in SEEDS:
        desk = open_desk(seed)
        search = BM25().fit(desk.articles)
        texts = [*desk.articles.values(), REFUSAL]
        for question in desk.questions["question"]:
            told = answer(search, desk.articles, question).text
            said, loose = said + 1, loose + bool(unfounded(told, texts))
    about = "help desk", SPLIT, "recx:look-up"
    rows = [row(*about, "unsaid", loose / said, n=said)]
    sentences = examples_of("service")["evades"]
    share = np.mean([bool(unfounded(one, texts)) for one in sentences])
    about = "help desk", "examples", "recx:look-up", "struck", share
    rows.append(row(*about, setting="evades", n=len(sentences)))
    return rows + planted_rows("help desk", "service")


def held_out(desks: pd.DataFrame, way: str) -> pd.DataFrame:
    """Return the last desks' questions of one way, True for what each system
    answers with a limit from the first desks and the other ways.
    """
    is_early = desks["seed"] < SEEDS[len(SEEDS) // 2]
    learn = desks[is_early & (desks["way"] != way)]
    held = desks[~is_early & (desks["way"] == way)]
    given = {"floor:always answers": True}
    for sign in ("score", "lead"):
        ranked = learn.sort_values(sign, ascending=False)
        enough = ranked["right"].expanding().mean() >= 0.9
        given[f"recx:by {sign}"] = held[sign] >= ranked[sign][enough].min()
    return held.assign(**given)


if __name__ == "__main__":
    run_sets(NAME, [*WORLDS, "help desk"], measure, SOURCES)
