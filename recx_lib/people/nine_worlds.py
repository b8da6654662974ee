"""Chapter 20: one pipeline for all small worlds.

The last days are the test; every recommender makes its lists for them, each
list is marked by what was chosen, by how it would please, and by the harm.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType

import numpy as np
import pandas as pd

from recx_lib.core.case import Case
from recx_lib.core.evidence import Explanation
from recx_lib.data.reviews import Reviews
from recx_lib.data.splits import split_given
from recx_lib.judge.faithfulness import comprehensiveness
from recx_lib.judge.rankings import ndcg_at_k, top_k
from recx_lib.judge.trials import Explainer, random_floor
from recx_lib.recommend.ease import EASE
from recx_lib.recommend.mf import Popularity
from recx_lib.recommend.simple import (
    Alike,
    FriendsHave,
    NextItem,
    ReadNow,
    Wishes,
)
from recx_lib.shop.worlds import Life, Scenario, live, tastes

# what an explanation of each model says that the choice was for
CLAIMS = {
    "popular": "fame",
    "read now": "newness",
    "EASE": "taste",
    "next": "order",
    "alike": "taste",
    "friends": "friends",
    "wishes": "taste",
}
NONE: Mapping[str, dict] = MappingProxyType({})


def last_days(life: Life) -> tuple[Reviews, Reviews]:
    """Return (train, test): all before the last `horizon` days, and each
    person's first choice in these days.
    """
    first = life.scenario.days - life.scenario.horizon
    is_late = life.reasons["day"].to_numpy() >= first
    train, late = split_given(life.reviews, is_late)
    repeated = late.frame["user"].duplicated().to_numpy()
    return train, late.subset(~repeated)


def recommenders(life: Life, settings: Mapping[str, dict] = NONE) -> dict:
    """Return {name: unfitted model}; none sees what `reasons` holds.

    `settings` are {name: its parameters}, where they differ from the usual.
    """
    place, aspects = life.place, life.scenario.aspects
    # from "what everybody takes" to "what was asked for"
    found = {"popular": Popularity(), "read now": ReadNow()}
    found |= {"EASE": EASE(reg=80.0), "next": NextItem()}
    found["alike"] = Alike(place.catalogue)
    found["friends"] = FriendsHave(place.knows)
    found["wishes"] = Wishes(place.asked, place.catalogue, aspects)
    # settings found by as many tries for each
    for name, own in settings.items():
        found[name].set_params(**own)
    return found


def had(reviews: Reviews) -> np.ndarray:
    """Return (n_users, n_items), True for what each user has chosen."""
    has = np.zeros((reviews.n_users, reviews.n_items), dtype=bool)
    has[reviews.user_idx, reviews.item_idx] = True
    return has


def not_out(life: Life) -> np.ndarray:
    """Return (n_users, n_items), True for what is not out on the first day of
    the test: no list may hold it.
    """
    unborn = life.place.born > life.scenario.days - life.scenario.horizon
    return np.broadcast_to(unborn, life.place.harms.shape)


def unready(life: Life, train: Reviews) -> np.ndarray:
    """Return (n_users, n_items), True where a prerequisite is missing."""
    needs = life.place.needs
    return (needs >= 0) & ~had(train)[:, needs]


def joys(life: Life) -> np.ndarray:
    """Return how much each thing would please each person, (n_users, n_items).

    In logits; known in a simulated world alone.
    """
    scenario, place = life.scenario, life.place
    return scenario.taste * tastes(place) + (
        scenario.fame * place.liked - scenario.bait * place.baited
    )


def lists(
    model, users: Iterable[int], forbidden: np.ndarray, k: int = 10
) -> dict[int, np.ndarray]:
    """Return {user: the k best items that are not forbidden}.

    `forbidden` (n_users, n_items) is True for what the user has had, and for
    what a rule excludes: a rule is not a weight, no score outvotes it.
    """
    found = {}
    for user in users:
        score = model.score(int(user))
        found[int(user)] = top_k(score, np.flatnonzero(forbidden[user]), k)
    return found


def marks(
    life: Life, shown: Mapping[int, np.ndarray], test: Reviews, k: int = 10
) -> pd.DataFrame:
    """Return a row for each test choice: user, ndcg, hit, joy, harm, reason.

    `joy` is the mean over the list of what would please, `harm` how many
    things on it would do harm, `reason` why the choice was made.
    """
    joy, rows = joys(life), []
    # what was taken, and what the whole list would have done
    for user, item in zip(test.user_idx, test.item_idx, strict=True):
        own = shown[int(user)]
        ndcg = ndcg_at_k(own, [item], k)
        pleased = joy[user, own].mean()
        harmed = life.place.harms[user, own].sum()
        rows.append((user, ndcg, item in own, pleased, harmed))
    found = pd.DataFrame(rows, columns=["user", "ndcg", "hit", "joy", "harm"])
    reason = life.reasons["reason"].loc[test.frame.index]
    return found.assign(reason=reason.to_numpy())


def run_world(
    scenario: Scenario,
    seeds: Iterable[int],
    k: int = 10,
    ruled: bool = False,
    settings: Mapping[str, dict] = NONE,
) -> pd.DataFrame:
    """Return the marks of all recommenders in one world, for each seed.

    `ruled`: lists hold nothing that does harm, or whose prerequisite is
    missing. `settings` as in `recommenders`. Rows that share `seed` and
    `user` are about one choice.
    """
    found = []
    for seed in seeds:
        # 1. A life, its last days held out.
        life = live(scenario, seed)
        train, test = last_days(life)
        # 2. What may not be listed.
        forbidden = had(train) | not_out(life)
        if ruled:
            forbidden |= unready(life, train) | life.place.harms
        # 3. Every model on the same rows.
        for name, model in recommenders(life, settings).items():
            shown = lists(model.fit(train), test.user_idx, forbidden, k)
            part = marks(life, shown, test, k)
            found.append(part.assign(seed=seed, model=name))
    return pd.concat(found, ignore_index=True).assign(world=scenario.name)


def fame_floor(life: Life, train: Reviews) -> Explainer:
    """Return the explainer that cites what is best known, whatever the model.

    The things, or the friends, with most choices; of aspects, what the
    catalogue praises most; of days, the latest.
    """
    rows = pd.concat([train.frame["item"], train.frame["user"]])
    count = rows.value_counts().to_dict()
    columns = pd.DataFrame(life.place.catalogue, train.items.raw)
    columns.columns = life.scenario.aspects

    def explain(case: Case) -> Explanation:
        known = count | columns.loc[case.item].to_dict()
        latest = range(len(case), 0, -1)  # days are in order
        pairs = zip(case.names, latest, strict=True)
        worth = [known.get(name, place) for name, place in pairs]
        return case.explanation("best known", np.array(worth))

    return explain


def latest_floor(train: Reviews) -> Explainer:
    """Return the explainer that cites the latest of a history; what has no
    time counts in the order of the case.
    """
    frame = train.frame
    pairs = zip(frame["user"], frame["item"], strict=True)
    when = dict(zip(pairs, frame["timestamp"] + 1.0, strict=True))

    def explain(case: Case) -> Explanation:
        # the later, the weightier; what has no time comes last
        order = 1.0 / np.arange(1, len(case) + 1)
        named = zip(case.names, order, strict=True)
        worth = [when.get((case.user, name), least) for name, least in named]
        return case.explanation("latest", np.array(worth))

    return explain


def falls(
    cases: Sequence[Case], explainers: Mapping[str, Explainer], n: int = 2
) -> pd.DataFrame:
    """Return how far the score falls without the `n` things that each
    explainer cites, a row a case.

    One column for each explainer, and "all", how far it falls without
    anything: the share is Σ fall / Σ all (`ratio_interval`).
    """
    rows = []
    for case in cases:
        row = {"all": case.whole() - case.empty()}
        for name, explain in explainers.items():
            row[name] = comprehensiveness(case, explain(case), k=n)
        rows.append(row)
    return pd.DataFrame(rows)


def random_falls(
    cases: Sequence[Case], n: int = 2, draws: int = 50
) -> np.ndarray:
    """Return how far each score falls without `n` pieces by lot, (n_cases,).

    The mean of `draws` draws, other ones for each case; all pieces where
    there are no more than `n`: the floor beside `falls`.
    """
    return np.array(
        [
            random_floor(case, n, draws=draws, seed=number)[0]
            for number, case in enumerate(cases)
        ]
    )
