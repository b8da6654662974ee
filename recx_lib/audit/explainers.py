"""Chapter 21: which explainers apply to a model, and why others do not."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from zlib import crc32

import numpy as np
import pandas as pd
from scipy import sparse

from recx_lib.audit.asking import asked
from recx_lib.audit.doors import Doors, as_explanation
from recx_lib.core.case import Case, scores
from recx_lib.core.errors import DataError
from recx_lib.core.evidence import Explanation
from recx_lib.data.reviews import Reviews
from recx_lib.explain import (
    attention_map,
    gradient_times_input,
    integrated_gradients,
    lime,
    occlusion,
    rollout,
    shapley_samples,
)

RANDOM, POPULAR, SIMILAR = "random", "popular", "similar"
FLOORS = (RANDOM, POPULAR, SIMILAR)  # these know nothing of the model
OWN = "the model's own"
LEAST = 1e-9  # what a floor claims of every piece: none is silent
ORDERS = 5  # walked forwards and backwards, for sampled Shapley values


class Floors:
    """Explanations that never ask why: what any other must beat.

    "random" draws weights, "popular" weighs a piece by its ratings in
    `train`, "similar" by the cosine of who rated both it and the item. The
    last two only know items. All claim to speak for the item, or against it
    where the model's score lies below its empty one, so that each cites as
    many pieces as it may.

    >>> from recx_lib.core.case import sum_case
    >>> from recx_lib.data.load import load_shop
    >>> shop = load_shop()
    >>> names = shop.items.raw[:2]
    >>> case = sum_case("u001", shop.items.raw[5], ["item"] * 2, names, [1, 0])
    >>> [e.weight > 0 for e in Floors(shop).similar(case).evidence]
    [True, True]
    """

    def __init__(self, train: Reviews, seed: int = 0):
        self.items, self.seed = train.items, seed
        place = train.user_idx, train.item_idx
        shape = train.n_users, train.n_items
        ones = np.ones(len(train))
        self.X = sparse.csc_array((ones, place), shape=shape)
        self.count = np.asarray(self.X.sum(axis=0)).ravel()

    def random(self, case: Case) -> Explanation:
        """Return random weights, others for every case."""
        pair = f"{self.seed}\n{case.user}\n{case.item}"
        rng = np.random.default_rng(crc32(pair.encode()))
        return self._claims(case, RANDOM, rng.random(len(case)))

    def popular(self, case: Case) -> Explanation:
        """Return how often each piece was rated."""
        count = self.count[self.items.idx(case.names)]
        return self._claims(case, POPULAR, count)

    def similar(self, case: Case) -> Explanation:
        """Return the cosine of each piece with the item."""
        own, item = self.items.idx(case.names), self.items.idx(case.item)
        both = np.asarray((self.X[:, [item]].T @ self.X[:, own]).todense())
        sizes = np.sqrt(self.count[own] * self.count[item])
        return self._claims(case, SIMILAR, both[0] / np.maximum(sizes, 1.0))

    def _claims(self, case: Case, name: str, sizes) -> Explanation:
        side = 1.0 if case.whole() >= case.empty() else -1.0
        return case.explanation(name, side * (sizes + LEAST))


def searched(case: Case, k: int = 3, side: str = "for") -> float:
    """Return how far the score falls without up to `k` pieces, looked for one
    after the other: each time the piece whose removal lowers it most.

    A ceiling for explanations, and only a lower bound of the farthest fall:
    two pieces that stand in for each other may be passed over. With side
    "against", how far the score rises.

    >>> from recx_lib.core.case import sum_case
    >>> case = sum_case("ann", "tent", ["item"] * 3, list("abc"), [1, 3, -1])
    >>> searched(case, k=3)
    4.0
    """
    if side not in ("for", "against"):
        raise DataError(f"side {side!r}: choose from for, against")
    sign = 1.0 if side == "for" else -1.0
    present = np.ones(len(case))
    found = [sign * case.whole()]
    # take away what hurts most, and look again
    for _ in range(min(k, len(case))):
        left = np.flatnonzero(present)
        without = np.tile(present, (len(left), 1))
        without[np.arange(len(left)), left] = 0.0
        score = sign * scores(case, without)
        found.append(score.min())
        present[left[score.argmin()]] = 0.0
    return float(found[0] - min(found))


def sampled_shapley(case: Case, seed: int = 0) -> Explanation:
    """Return Shapley values from a few orders, each both ways.

    >>> from recx_lib.core.case import sum_case
    >>> case = sum_case("ann", "tent", ["item"], ["mat"], [0.5])
    >>> sampled_shapley(case).total
    0.5
    """
    mean = shapley_samples(case, ORDERS, seed).mean(axis=0)
    return case.explanation("Shapley, sampled", mean)


def local_model(case: Case, seed: int = 0) -> Explanation:
    """Return LIME's weights, from three samples for each piece, 200 at
    least.
    """
    return lime(case, n_samples=max(200, 3 * len(case)), seed=seed)


def explainers_for(
    doors: Doors, case: Case, seed: int = 0
) -> dict[str, Callable[[Case], Explanation] | str]:
    """Return, by name, every explainer, or why it does not apply to cases
    like this one.

    >>> from recx_lib.audit.doors import open_doors
    >>> from recx_lib.data.load import load_shop
    >>> from recx_lib.recommend import EASE
    >>> doors = open_doors(EASE(), load_shop())
    >>> explainers_for(doors, doors.case(0, 5))["attention"]
    'the model offers no attention'
    """
    found = {
        "occlusion": occlusion,
        "Shapley, sampled": partial(sampled_shapley, seed=seed),
        "local linear model": partial(local_model, seed=seed),
    }
    found[OWN] = doors.explain or "the model explains nothing itself"
    # the floors: two of them only know items
    floors = Floors(doors.train, seed)
    found[RANDOM] = floors.random
    no_items = "its evidence is not items"
    of_items = set(case.kinds) == {"item"}
    found[POPULAR] = floors.popular if of_items else no_items
    found[SIMILAR] = floors.similar if of_items else no_items
    # those that need a door
    for door, name, explain in NEEDING:
        has_door = getattr(case, door) is not None
        found[name] = explain if has_door else f"the model offers no {door}"
    return found


NEEDING = (
    ("gradient", "gradient × input", gradient_times_input),
    ("gradient", "integrated gradients", integrated_gradients),
    ("attention", "attention", attention_map),
    ("attention", "attention rollout", rollout),
)


def which_apply(doors: Doors, user_idx: int, item_idx: int) -> pd.DataFrame:
    """Return which explainers apply to a model, and why others do not.

    Columns: explainer, applies, why. Where no evidence can be taken away none
    can be *tested*, and the table says which door is missing.
    """
    if not doors.testable:
        return pd.DataFrame(
            [("all of them", False, doors.note or NO_TEST)],
            columns=["explainer", "applies", "why"],
        )
    # what applies is a function, what does not is the reason
    found = explainers_for(doors, doors.case(user_idx, item_idx))
    rows = []
    for name, explain in found.items():
        applies = callable(explain)
        why = WHY.get(name, "") if applies else explain
        rows.append((name, applies, why))
    return pd.DataFrame(rows, columns=["explainer", "applies", "why"])


NO_TEST = "no evidence can be taken away: give it score_history"


WHY = {
    RANDOM: "a floor: knows nothing",
    POPULAR: "a floor: knows how often things were rated",
    SIMILAR: "a floor: knows what was rated together",
    OWN: "what the model says of itself",
    "occlusion": "asks for the score without each piece",
    "Shapley, sampled": "asks for scores as pieces join",
    "local linear model": "asks for scores of random subsets",
    "gradient × input": "the model has a gradient",
    "integrated gradients": "the model has a gradient",
    "attention": "the model has attention",
    "attention rollout": "the model has attention",
}


def chosen(
    found: Mapping[str, Callable | str], more: Mapping[str, Callable]
) -> dict[str, Callable]:
    """Return the explainers that apply, and those that were brought along.

    Each of the latter takes a case and returns an Explanation or
    {evidence: weight}. Raise DataError for one whose name is
    taken.
    """
    applying = {name: one for name, one in found.items() if callable(one)}
    for name, ask in more.items():
        if name in found:
            raise DataError(f"an explainer is called {name!r} already")
        applying[name] = partial(_ask, ask, name)
    return applying


def _ask(ask: Callable, name: str, case: Case) -> Explanation:
    """Return what an explainer that was brought along says of a case."""
    what = f"{name}, asked about {case.user!r} and {case.item!r},"
    return as_explanation(case, asked(what, ask, case), name)


def in_question(report: Mapping) -> list[str]:
    """Return which explainers of a report are not the audit's: the model's
    own, and those that were brought along.

    >>> in_question({"truth": [{"method": "ours"}, {"method": "random"}]})
    ['ours']
    """
    listed = {row["explainer"] for row in report.get("applies", [])}
    standard = listed.union(FLOORS) - {OWN}
    methods = [row["method"] for row in report["truth"]]
    return [method for method in methods if method not in standard]
