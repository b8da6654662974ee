"""Chapter 19: cards made of what was measured, and of nothing else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator

from recx_lib.core.errors import DataError
from recx_lib.data.reviews import Reviews
from recx_lib.judge.rankings import gini

QUESTIONS = {
    "quality": "Does it recommend what people choose?",
    "truth": "Do its explanations tell the truth about it?",
    "privacy": "Can explanations tell what somebody has bought?",
    "fairness": "Who is served worse, by how much?",
    "policy": "Does it say what must not be said?",
    "forgetting": "Does a forgotten customer leave it?",
}


def data_card(reviews: Reviews, name: str) -> str:
    """Return a card of a table of reviews, in Markdown.

    Its size, its time, how uneven it is, and what was changed on the way.
    Gebru et al. (2021), "Datasheets for Datasets"; the questions that only
    people can answer (who consented to what?) are listed as open.

    >>> from recx_lib.data.load import load_shop
    >>> data_card(load_shop(), "shop").splitlines()[0]
    '# Data card: shop'
    """
    lines = [f"# Data card: {name}", "", *_table("measured", _facts(reviews))]
    if reviews.log:
        changed = {step: f"{rows:,} rows" for step, rows in reviews.log}
        lines += ["", *_table("changed on the way", changed)]
    lines += ["", "Not in the table, so to be answered by people: who was "]
    lines[-1] += "asked, for which purpose, until when, and who is missing."
    return "\n".join(lines) + "\n"


def _facts(reviews: Reviews) -> dict[str, str]:
    """Return what can be counted in a table of reviews, in words."""
    # counted, never copied from elsewhere
    per_user = np.bincount(reviews.user_idx, minlength=reviews.n_users)
    per_item = np.bincount(reviews.item_idx, minlength=reviews.n_items)
    days = pd.to_datetime(reviews.frame["timestamp"], unit="s").dt.date
    cells = reviews.n_users * reviews.n_items
    has_text = reviews.frame["text"].str.len() > 0
    facts = {"rows": f"{len(reviews):,}", "customers": f"{reviews.n_users:,}"}
    facts["things"] = f"{reviews.n_items:,}"
    facts["share of all pairs"] = f"{len(reviews) / cells:.2%}"
    facts["first and last day"] = f"{days.min()} to {days.max()}"
    facts["mean rating"] = f"{reviews.rating.mean():.2f}"
    facts["rows of a customer, median"] = f"{np.median(per_user):.0f}"
    facts["customers with fewer than 5 rows"] = f"{np.mean(per_user < 5):.1%}"
    facts["unevenness of things (Gini)"] = f"{gini(per_item):.2f}"
    facts["rows with text"] = f"{has_text.mean():.1%}"
    return facts


def model_card(
    model: BaseEstimator,
    data: str,
    measured: Mapping[str, str],
    limits: Sequence[str] = (),
) -> str:
    """Return a card of a model, in Markdown (Mitchell et al., 2019).

    `measured` answers some of QUESTIONS by a figure and how it was found;
    a question without an answer is on the card all the same, as "not
    measured". Raise DataError for an answer to another question.

    >>> from recx_lib.recommend.ease import EASE
    >>> card = model_card(EASE(), "shop", {"quality": "NDCG@10 0.34"})
    >>> "not measured" in card
    True
    """
    unknown = [name for name in measured if name not in QUESTIONS]
    if unknown:
        known = ", ".join(QUESTIONS)
        raise DataError(f"{unknown[0]!r} is no question: choose from {known}")
    answers = {}
    for name, question in QUESTIONS.items():
        answers[question] = measured.get(name, "**not measured**")
    parameters = {name: str(v) for name, v in model.get_params().items()}
    parameters.pop("seed", None)  # a seed that is known takes noise off
    lines = [f"# Model card: {type(model).__name__} on {data}", ""]
    lines += [*_table("asked", answers), "", *_table("set", parameters)]
    if limits:
        lines += ["", "Known limits:", "", *[f"- {one}" for one in limits]]
    return "\n".join(lines) + "\n"


def _table(head: str, rows: Mapping[str, str]) -> list[str]:
    """Return the lines of a Markdown table of two columns."""
    lines = [f"| {head} | |", "|---|---|"]
    for name, value in rows.items():
        lines.append(f"| {_cell(name)} | {_cell(value)} |")
    return lines


def _cell(text: str) -> str:
    """Return a text that cannot end its cell."""
    return " ".join(str(text).replace("|", "\\|").split())
