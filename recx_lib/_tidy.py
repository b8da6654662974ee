"""What `data.clean` looks for in a raw table: ids and texts to mend, rows to remove."""

from __future__ import annotations

from collections.abc import Mapping
from html import unescape

import numpy as np
import pandas as pd


def tidy(raw: pd.DataFrame, titles: Mapping[str, str]) -> tuple[pd.DataFrame, list[tuple[str, int]]]:
    """Return the table with ids, texts and numbers tidied, and what was changed."""
    words = raw[["user", "item", "text"]]
    words = words.astype(object).where(words.notna(), "").astype(str)
    ids, text = words[["user", "item"]], words["text"]
    stripped = ids.apply(lambda column: column.str.strip())
    merged = stripped.apply(lambda column: _one_spelling(column, titles))
    plain = text.map(unescape)
    changed = {
        "blanks around an id": (ids != stripped).any(axis=1),
        "an id that differed from another only in case": (stripped != merged).any(axis=1),
        "HTML entities in the text": text != plain,
    }
    number = raw[["rating", "timestamp"]].apply(pd.to_numeric, errors="coerce").astype(float)
    frame = pd.concat([merged, number, plain], axis=1)[["user", "item", "rating", "timestamp", "text"]]
    return frame, [(f"changed: {step}", int(rows.sum())) for step, rows in changed.items()]


def _one_spelling(ids: pd.Series, known: Mapping[str, str]) -> pd.Series:
    """Replace spellings that differ only in case by one: a known id, else the commonest, else the first seen."""
    count = ids.value_counts(sort=False)
    order = sorted(count.index, key=lambda raw: (raw not in known, -count[raw]))  # stable: ties stay as first seen
    spelling: dict[str, str] = {}
    for raw in order:
        spelling.setdefault(raw.casefold(), raw)
    return ids.map({raw: spelling[raw.casefold()] for raw in order})


def invalid(frame: pd.DataFrame, scale: tuple[float, float]) -> dict[str, pd.Series]:
    """Return, for each reason to remove a row, which rows it holds for."""
    return {
        "user or item missing": (frame["user"] == "") | (frame["item"] == ""),
        "rating missing or not finite": ~np.isfinite(frame["rating"]),
        f"rating off the scale {scale[0]:g} to {scale[1]:g}": ~frame["rating"].between(*scale),
        "time missing or not finite": ~(frame["timestamp"].abs() < 2**53),  # beyond, no float is exact to a second
    }
