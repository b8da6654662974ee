"""Chapter 21: what a reader of an audit must be warned of."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from recx_lib.audit.doors import Doors
from recx_lib.audit.explainers import in_question
from recx_lib.audit.figures import MODEL, TRUE, ratio_of_sums
from recx_lib.data import OLDER

LEAST_TRIED = 30
# times the recall of EASE, which learned from the same rows; and squared,
# as few of its misses
TOO_GOOD = 2.0
GRAVE = ("duplicates", "ids", "leak", "removed")  # lines of the checklist
SAME = 0.99  # correlation of a stand-in with the model
DIFFERS = (
    "score(user) should give what score_history, or case, gives for the "
    "whole history of that user"
)
COPIED = 0.02  # share of the rows whose pair comes again


def cautions(
    doors: Doors, report: dict, lists: pd.DataFrame
) -> list[dict[str, str]]:
    """Return the warnings of a report, gravest first: kind, text.

    Kinds: "leak", "weak model", "untestable", "lying explanation",
    "stand-in", "not repeatable", "nothing moves", "small sample", "table".
    `lists` are the rows of `ranking_quality`.
    """
    found = []
    for check in (_leaks, _is_weak):
        found += [*check(doors, lists)]
    for check in (_about_trial, _about_explanations, _about_table):
        found += [*check(report)]
    found += [*_repeats(doors)]
    return [{"kind": kind, "text": text} for kind, text in found]


Warned = Iterator[tuple[str, str]]


def _pair(lists: pd.DataFrame, metric: str, other: str):
    """Return (of the model, of another system, users): a row per user."""
    wide = lists.pivot(index="user_idx", columns="system", values=metric)
    if other not in wide:
        return None
    return wide[MODEL], wide[other], wide.index


def _leaks(doors: Doors, lists: pd.DataFrame) -> Warned:
    if not doors.fitted_here:
        yield (
            "leak",
            "The model was fitted elsewhere. If it has seen the rows that were"
            " held out, it looks better than it is.",
        )
    # both too far ahead in what it finds and in what it misses
    pair = _pair(lists, "recall", "floor: EASE")
    if pair is None:
        return
    own, other, users = pair
    found_more = own - TOO_GOOD * other
    missed_less = (1 - other) / TOO_GOOD**2 - (1 - own)
    ones = np.ones(len(users))
    for excess in (found_more, missed_less):
        if not ratio_of_sums(excess, ones, users)[1] > 0:
            continue
        yield (
            "leak",
            f"It finds {own.mean():.0%} of what was held out, EASE on the same"
            f" rows {other.mean():.0%}: too good, look for held-out rows in"
            " what it learned from.",
        )
        return


def _is_weak(doors: Doors, lists: pd.DataFrame) -> Warned:
    own, other, users = _pair(lists, "ndcg", "floor: popular")
    if not ratio_of_sums(own - other, other * 0 + 1, users)[1] > 0:
        yield (
            "weak model",
            f"Its lists (NDCG@10 {own.mean():.3f}) are not shown to be better"
            f" than the most popular items ({other.mean():.3f}). A true"
            " explanation of a weak model explains its mistakes.",
        )
    some = doors.score(np.unique(lists["user_idx"])[:20])
    if np.ptp(some, axis=0).max() == 0:
        yield "weak model", "It gives every user the same scores."


def _about_trial(report: dict) -> Warned:
    model = report["model"]
    if not model["testable"]:
        text = f"No explanation can be tested: {model['note']}."
        yield "untestable", text
        return
    agreement, silent = report["agreement"], report["untestable"]
    if silent:
        yield (
            "untestable",
            f"In {silent} of {silent + report['tried']} recommendations it"
            " gave no score at all for what was left of the history: they"
            " were not tried, and count in no figure.",
        )
    # what was questioned may not be what answers
    if agreement is not None and agreement < SAME:
        why = f" ({model['note'] or DIFFERS})"
        yield (
            "stand-in",
            "What was questioned agrees with the model's own answers only to"
            f" a correlation of {agreement:.2f}{why}: the verdicts are about"
            " the stand-in.",
        )
    if report["idle"] > 0.1:
        text = f"In {report['idle']:.0%} of the cases no evidence moves the "
        yield "nothing moves", text + "score: whatever is cited is untrue."
    if report["tried"] < LEAST_TRIED:
        text = f"Only {report['tried']} recommendations were tried: intervals "
        yield "small sample", text + "of so few are too narrow."


def _about_explanations(report: dict) -> Warned:
    """Warn of explanations in question that do not tell the truth."""
    mine = in_question(report)
    for row in report["truth"]:
        method, verdict = row["method"], row["verdict"]
        # only the explanations that somebody would show
        if method not in mine or verdict == TRUE:
            continue
        text = f"“{method}” is not shown to tell the truth about this model"
        why = verdict.removeprefix("not shown: ")
        yield "lying explanation", f"{text}: {why}."


def _about_table(report: dict) -> Warned:
    # rows that came twice were dropped before the checklist saw them
    twice = dict(report["data"]["log"]).get(f"removed: {OLDER}", 0)
    rows = report["data"]["rows"] + twice
    if twice > COPIED * rows:
        yield (
            "table",
            f"duplicates: {twice:,} of {rows:,} rows name a user and an item"
            " that come again later, and were left out: rated anew, or"
            " written twice?",
        )
    for row in report["checklist"]:
        is_grave = row["judged"] == "stop" or row["check"] in GRAVE
        if row["judged"] != "fine" and is_grave:
            advice = f": {row['advice']}" if row["advice"] else ""
            yield "table", f"{row['check']}: {row['found']}{advice}."


def _repeats(doors: Doors) -> Warned:
    some = np.arange(min(5, doors.train.n_users))
    if not np.allclose(doors.score(some), doors.score(some), rtol=1e-5):
        text = "Asked twice, it answers differently: falls of a score are "
        yield "not repeatable", text + "partly noise."
