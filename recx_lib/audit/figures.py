"""Chapter 21: how good a model is, and which explanations of it are true."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from recx_lib.audit.doors import Doors
from recx_lib.audit.explainers import FLOORS, POPULAR, SIMILAR
from recx_lib.core.checks import as_numbers
from recx_lib.data.reviews import Reviews
from recx_lib.judge import bootstrap_interval, evaluate_ranking
from recx_lib.recommend import EASE, Baseline, Popularity

MODEL = "this model"
TRUE = "tells the truth"
MOST_ITEMS = 5000  # EASE inverts a matrix of all pairs of items
RESAMPLES = 2000
NEAR = 0.95  # of the ceiling: nothing can be much truer


class _Chance:
    """A floor that scores at random."""

    def __init__(self, n_items: int, seed: int = 0):
        self.n_items, self.rng = n_items, np.random.default_rng(seed)

    def score(self, user_idx: np.ndarray) -> np.ndarray:
        """Return random scores (B, n_items)."""
        return self.rng.random((len(user_idx), self.n_items))


def ranking_quality(
    doors: Doors, test: Reviews, n_users: int = 300, seed: int = 0
) -> pd.DataFrame:
    """Return NDCG@10 and Recall@10 of the model and of three floors.

    One row per system and user: system, user_idx, ndcg, recall. The floors
    are chance, popularity and, up to 5,000 items, EASE: no knowledge, no
    person, and a closed formula. `n_users` of the test users are drawn.
    """
    train = doors.train
    some = _some_users(test, n_users, seed)
    # the model, and what it has to be better than
    rivals = {MODEL: doors, "floor: chance": _Chance(train.n_items, seed)}
    rivals["floor: popular"] = Popularity().fit(train)
    if train.n_items <= MOST_ITEMS:
        rivals["floor: EASE"] = EASE(reg=_reg(train)).fit(train)
    tables = []
    for name, model in rivals.items():
        table = evaluate_ranking(model, train, some, k=10)
        tables.append(table.assign(system=name))
    return pd.concat(tables, ignore_index=True)


def _reg(train: Reviews) -> float:
    """Return a penalty that grows with the table, as the counts do."""
    return max(300.0 * len(train) / 80_000, 20.0)


def _some_users(test: Reviews, n_users: int, seed: int) -> Reviews:
    """Return the rows of `n_users` users of the test part."""
    users = np.unique(test.user_idx)
    rng = np.random.default_rng(seed)
    return test.subset(
        np.isin(test.user_idx, rng.permutation(users)[:n_users])
    )


def star_errors(
    doors: Doors, test: Reviews, n_users: int = 300, seed: int = 0
) -> pd.DataFrame:
    """Return squared errors of predicted stars: system, user_idx, error.

    The floor predicts the mean and both biases (`Baseline`).
    """
    some = _some_users(test, n_users, seed)
    floor = Baseline().fit(doors.train)
    users, items = some.user_idx, some.item_idx
    low, high = doors.train.scale
    # 1. The model's stars, and what means and biases alone say.
    own = []
    for user in np.unique(users):
        score = doors.score(np.array([user]))[0]
        rows = np.flatnonzero(users == user)
        own.append(pd.Series(score[items[rows]], index=rows))
    predicted = {MODEL: pd.concat(own).sort_index().to_numpy()}
    predicted["floor: mean and biases"] = floor.predict(users, items)
    # 2. Errors within the scale.
    tables = []
    for name, stars in predicted.items():
        error = (np.clip(stars, low, high) - some.rating) ** 2
        rows = {"system": name, "user_idx": users, "error": error}
        tables.append(pd.DataFrame(rows))
    return pd.concat(tables, ignore_index=True)


def ratio_of_sums(
    values, per, groups, level: float = 0.95, seed: int = 0
) -> tuple[float, float, float]:
    """Return (ratio, low, high): Σ values / Σ per, whole groups drawn.

    Rows of one user move together, so users are drawn, not rows. NaN where
    the divisor is not above 0. Raise DataError for values that are not
    finite.

    >>> ratio_of_sums([1, 1, 2], [1, 1, 4], ["a", "a", "b"])[0]
    0.6666666666666666
    """
    values, per = as_numbers(values, "values"), as_numbers(per, "per")
    pairs = pd.DataFrame({"value": values, "per": per})
    sums = pairs.groupby(np.asarray(groups)).sum().to_numpy()
    return bootstrap_interval(sums, level, RESAMPLES, seed, statistic=_ratio)


def _ratio(sums: np.ndarray) -> float:
    above, below = sums.sum(axis=0)
    return above / below if below > 0 else np.nan


def marks_of(records: Sequence[dict]) -> pd.DataFrame:
    """Return a row per record and explainer, a column per metric.

    With `fall` (the score without what it cited), `by_chance` (without as
    many random pieces), `ceiling` (the largest fall that anything found with
    no more pieces), `beside popular` and `beside similar` (without as many
    pieces of these floors, where they apply), `sign` and `ms`.
    """
    rows = []
    for number, record in enumerate(records):
        about = {"case": number, "user": record["user"]}
        metrics: dict[str, dict] = {}
        for method, metric, value, _ in record["rows"]:
            # 1. Each explainer's figures in this case.
            metrics.setdefault(method, {})[metric] = value
        # 2. Beside what chance and the search make of as many pieces.
        for method, found in metrics.items():
            row = about | {"method": method}
            row |= _beside(record, metrics, method)
            row["fall"] = found["comprehensiveness"]
            row["sign"] = found.get("sign", np.nan)
            rows.append(row | {"ms": found["ms"]})
    return pd.DataFrame(rows)


def _beside(record: dict, metrics: dict, method: str) -> dict:
    """Return what an explainer is measured by: falls without no more pieces
    than it cited, or than one where it was silent.
    """
    size = {name: max(len(s), 1) for name, s in record["said"].items()}
    # nobody is measured by more pieces than they named
    even = record["even"][str(size[method])]
    falls = [even["ceiling"]]
    for name, found in metrics.items():
        if size[name] <= size[method]:
            falls.append(found["comprehensiveness"])
    row = {"ceiling": max(falls), "by_chance": even["chance"]}
    for floor in (POPULAR, SIMILAR):
        if floor in even:
            row[f"beside {floor}"] = even[floor]
    return row


def truth_table(marks: pd.DataFrame, seed: int = 0) -> pd.DataFrame:
    """Return one row per explainer: what it is worth, and the verdict.

    `truth` is Σ (fall − by chance) / Σ (ceiling − by chance): 0 for chance,
    1 for the best that anything found, below 0 for worse than chance. `low`
    and `high` are its 95 % interval, users drawn whole. `sign` is the share
    of its strongest claims whose direction is borne out. For the verdict see
    `verdict_on`.
    """
    methods = list(dict.fromkeys(marks["method"]))
    level = 1 - 0.05 / len(methods)  # of the verdicts: Bonferroni
    users = marks.drop_duplicates("case").set_index("case")["user"]
    rows = []
    for method in methods:
        mine = marks[marks["method"] == method].set_index("case")
        gain = mine["fall"] - mine["by_chance"]
        room = mine["ceiling"] - mine["by_chance"]
        beside = mine.filter(like="beside ").columns
        fall = mine[beside].rename(columns=lambda c: c[len("beside ") :])
        truth = ratio_of_sums(gain, room, users, seed=seed)
        sign = mine["sign"].dropna()
        row = dict(zip(("truth", "low", "high"), truth, strict=True))
        row |= {"method": method, "fall": mine["fall"].mean()}
        row |= {"by_chance": mine["by_chance"].mean()}
        row |= {"sign": sign.mean() if len(sign) else np.nan}
        row |= {"ms": mine["ms"].median(), "n": len(mine)}
        row["verdict"] = verdict_on(method, mine, fall, users, level, seed)
        rows.append(row)
    return pd.DataFrame(rows).set_index("method")


def verdict_on(method, mine, fall, users, level, seed=0) -> str:
    """Return, in words, whether an explainer tells the truth.

    `mine` holds its cases (fall, by_chance, ceiling, sign), `fall` the falls
    of the floors, as many pieces each. Without what it cites the score must
    fall farther than without random evidence; than without what is popular,
    and what is similar, unless it comes so near the ceiling (`NEAR`) that
    nothing can be truer; and most of its signs must be right. Each by an
    interval of the paired difference, users drawn whole, at a `level` that is
    corrected for the number of explainers.
    """
    if method in FLOORS:
        return "a floor"

    # above zero with the whole interval, drawn by users
    def is_above(difference: pd.Series) -> bool:
        ones = np.ones(len(difference))
        found = ratio_of_sums(difference, ones, users, level, seed)
        return found[1] > 0

    # 1. Farther than chance, and near what a search finds …
    gain, room = mine["fall"] - mine["by_chance"], mine["ceiling"]
    if not is_above(gain):
        return "not shown: no farther than random evidence"
    if not is_above(gain - NEAR * (room - mine["by_chance"])):
        # 2. … or else farther than what is popular or alike.
        for floor in (POPULAR, SIMILAR):
            if floor in fall and not is_above(mine["fall"] - fall[floor]):
                return f"not shown: no farther than what is {floor}"
    # 3. And in the right direction.
    sign = mine["sign"].dropna()
    if len(sign) and not mostly_right(sign, users[sign.index], level, seed):
        return "right place, wrong direction"
    return TRUE


def mostly_right(sign, users, level, seed) -> bool:
    """Return whether more than half of the signs are right."""
    found = ratio_of_sums(sign, np.ones(len(sign)), users, level, seed)
    return found[1] > 0.5
