"""Chapter 21: the audit: one model, one table, one report."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pandas as pd

from recx_lib.audit.aloud import read_aloud
from recx_lib.audit.cautions import cautions
from recx_lib.audit.doors import NO_DOOR, Doors, open_doors
from recx_lib.audit.explainers import (
    FLOORS,
    OWN,
    chosen,
    explainers_for,
    in_question,
    which_apply,
)
from recx_lib.audit.figures import (
    TRUE,
    marks_of,
    ranking_quality,
    ratio_of_sums,
    star_errors,
    truth_table,
)
from recx_lib.audit.sampling import AuditSettings, draw_pairs, try_all
from recx_lib.core.errors import DataError
from recx_lib.data import (
    UNTIMED,
    Reviews,
    checklist,
    leave_last_out,
    split_random,
)

NO_CLAIM = (
    "no explanation is in question: the model gives none of itself and none "
    "was brought along; name what is shown to people, or --use one"
)
ALIKE = 0.8  # correlation of a stand-in with the model, at least


def audit(
    reviews: Reviews,
    model,
    settings: AuditSettings | None = None,
    more: Mapping | None = None,
    fit: bool = True,
    parts: Path | None = None,
    progress=iter,
) -> dict:
    """Return what is true of a model and its explanations: plain values, fit
    for JSON and for `audit_page`.

    Each user's last row (without times: a fifth of the rows, drawn) is kept
    to judge the model by; the model learns from the rest, where it can and
    `fit` is true. Its own recommendations are explained by every explainer
    that applies and by `more` ({name: function of a case}), and what each
    cites is taken away. `parts` and `progress` as in `try_all`. Raise
    DataError where the table cannot be split, or the model not be asked.

    >>> from recx_lib.data.load import load_shop
    >>> from recx_lib.recommend import EASE
    >>> few = AuditSettings(sample=60, users=20)
    >>> found = audit(load_shop(), EASE(), few)
    >>> found["truth"][0]["method"], found["truth"][0]["verdict"]
    ('occlusion', 'tells the truth')
    """
    # 1. Split, and open the model's doors.
    settings = settings or AuditSettings()
    train, test, how = _split(reviews, settings.seed)
    doors = open_doors(model, train, fit)
    # 2. How good is it?
    quality, per_user = _quality(doors, test, settings)
    report = {
        "model": _about_model(doors),
        "data": _about_data(reviews, train, test, how),
        "settings": asdict(settings),
        "checklist": _rows(checklist(reviews)),
        "quality": quality,
    }
    # 3. Which explanations tell the truth about it?
    report |= _trial(doors, settings, more or {}, parts, progress)
    # 4. What to beware of.
    report["warnings"] = cautions(doors, report, per_user)
    return report


def _split(reviews: Reviews, seed: int) -> tuple[Reviews, Reviews, str]:
    """Return what is learned from, what judges, and how they were cut."""
    if dict(reviews.log).get(UNTIMED, 0):
        parts = split_random(reviews, 0.2, seed)
        return *parts, "a fifth of the rows, drawn: the table has no times"
    return *leave_last_out(reviews), "each user's last row"


def _about_model(doors: Doors) -> dict:
    """Return the model's name, and what could be asked of it."""
    return {
        "name": doors.name,
        "testable": doors.testable,
        "note": doors.note or ("" if doors.testable else NO_DOOR),
        "fitted_here": doors.fitted_here,
    }


def _about_data(reviews, train, test, how: str) -> dict:
    sizes = {"rows": len(reviews), "users": reviews.n_users}
    sizes |= {"items": reviews.n_items, "learned_from": len(train)}
    steps = [[step, int(n)] for step, n in reviews.log if n]
    return sizes | {"held_out": len(test), "how": how, "log": steps}


def _rows(table: pd.DataFrame) -> list[dict]:
    """Return a table as plain values; what was not measured is None."""
    plain = table.astype(object).where(table.notna(), None)
    return plain.to_dict("records")


def _quality(doors: Doors, test: Reviews, settings: AuditSettings):
    """Return the figures of quality with intervals, and those per user."""
    asked = doors, test, settings.users, settings.seed
    lists = ranking_quality(*asked)
    # means with intervals over users
    rows = []
    for metric in ("ndcg", "recall"):
        for system, part in lists.groupby("system", sort=False):
            ones = np.ones(len(part))
            found = ratio_of_sums(part[metric], ones, part["user_idx"])
            rows.append(_figure(f"{metric}@10", system, found, len(part)))
    if doors.in_stars:
        for system, part in star_errors(*asked).groupby("system", sort=False):
            ones = np.ones(len(part))
            found = ratio_of_sums(part["error"], ones, part["user_idx"])
            root = np.sqrt(found)
            rows.append(_figure("rmse", system, root, len(part)))
    return rows, lists


def _figure(metric: str, system: str, found, n: int) -> dict:
    value, low, high = (float(number) for number in found)
    row = {"metric": metric, "system": system, "value": value}
    return row | {"low": low, "high": high, "n": n}


def _trial(doors: Doors, settings, more, parts, progress) -> dict:
    """Return which explainers apply, what came of them, and ten cases."""
    # 1. Can anything be tested, and by which explainers?
    found = {"truth": [], "cases": [], "tried": 0, "untestable": 0}
    found |= {"idle": 0.0, "agreement": None}
    if not doors.testable:
        return found | {"applies": _rows(which_apply(doors, 0, 0))}
    first = draw_pairs(doors, settings)[0]
    found["applies"] = _rows(which_apply(doors, *first))
    applying = explainers_for(doors, doors.case(*first), settings.seed)
    explainers = chosen(applying, more)
    # 2. The trial, pair by pair; what could not be tried is counted.
    every = try_all(doors, explainers, settings, parts, progress)
    records = [record for record in every if "untestable" not in record]
    found["untestable"] = len(every) - len(records)
    if not records:
        return found
    # 3. Its table, ten cases, and how often nothing moved.
    table = _in_order(truth_table(marks_of(records), settings.seed), more)
    found["truth"] = _rows(table.reset_index())
    found["cases"] = read_aloud(records, table, doors.train, settings)
    idle = [_is_idle(record) for record in records]
    found |= {"tried": len(records), "idle": float(np.mean(idle))}
    return found | {"agreement": _agreement_of(records)}


def _in_order(table: pd.DataFrame, more: Mapping) -> pd.DataFrame:
    """Return a truth table with what is in question first, then the rest from
    the truest on, the floors last.
    """
    in_question = table.index.isin([OWN, *more])
    rank = np.where(in_question, 0, np.where(table.index.isin(FLOORS), 2, 1))
    order = np.lexsort((-table["truth"].fillna(-9.0), rank))
    return table.iloc[order]


def _agreement_of(records: Sequence[dict]) -> float | None:
    """Return the correlation of the model's answers with the whole scores of
    its cases: 1 where the door leads to the model itself.

    0 where one of them does not vary and they differ; None for too few.
    """
    answers = np.array([record["answer"] for record in records])
    wholes = np.array([record["whole"] for record in records])
    # too few to tell; the same; nothing varies; or how alike
    if len(records) < 3:
        return None
    if np.allclose(answers, wholes):
        return 1.0
    if np.ptp(answers) == 0 or np.ptp(wholes) == 0:
        return 0.0
    return float(np.corrcoef(answers, wholes)[0, 1])


def is_stand_in(report: dict) -> bool:
    """Return whether what was questioned is too unlike the model (`ALIKE`).

    >>> is_stand_in({"agreement": 0.5}), is_stand_in({})
    (True, False)
    """
    agreement = report.get("agreement")
    return agreement is not None and agreement < ALIKE


def _is_idle(record: dict) -> bool:
    """Return whether no removal moved a score by a thousandth of itself."""
    size = max(abs(record["whole"]), 1e-9)
    return record["ceiling"] < 1e-3 * size


def passes(
    report: dict, threshold: float, explainer: str | None = None
) -> tuple[bool, str]:
    """Return whether a report holds up for CI, and why.

    What counts is the named `explainer`; without one all in question, the
    model's own and those that were brought along: none, and nothing passes.
    Each must tell the truth, and be worth `threshold` at least. Raise
    DataError for a name that was not on trial.

    >>> row = {"method": "own", "truth": 0.9, "verdict": "tells the truth"}
    >>> passes({"truth": [row]}, 0.5)
    (True, 'own is worth 0.90 and tells the truth')
    >>> passes({"truth": []}, 0.5)
    (False, 'nothing could be tested')
    """
    # 1. There is something to judge, and it is the model itself.
    rows = {row["method"]: row for row in report["truth"]}
    if not rows:
        return False, "nothing could be tested"
    if explainer is not None and explainer not in rows:
        known = ", ".join(rows)
        raise DataError(f"{explainer!r} was not on trial: choose from {known}")
    if is_stand_in(report):
        return False, "what was questioned is not the model: see the warnings"
    if report.get("untestable", 0) > report.get("tried", 0):
        return False, "most recommendations could not be tried"
    if report.get("idle", 0.0) > 0.5:
        return False, "in most cases no evidence moves the score"
    # 2. The one asked for, or all that somebody would show.
    judged = [explainer] if explainer else in_question(report)
    if not judged:
        return False, NO_CLAIM
    found = [_holds(rows[name], threshold) for name in judged]
    return all(good for good, _ in found), "; ".join(why for _, why in found)


def _holds(row: Mapping, threshold: float) -> tuple[bool, str]:
    """Return whether one line of the truth table is good enough, and why."""
    truth = row["truth"]
    worth = "nothing that can be measured" if truth is None else f"{truth:.2f}"
    why = f"{row['method']} is worth {worth} and {_said(row['verdict'])}"
    good = truth is not None and truth >= threshold and row["verdict"] == TRUE
    return good, why


def _said(verdict: str) -> str:
    """Return a verdict as the end of a sentence."""
    return verdict if verdict == TRUE else f"its verdict is: {verdict}"
