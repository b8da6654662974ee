"""The records that rationales are measured on: a public file, or mined."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from recx_lib.core import DataError
from recx_lib.data import (
    Reviews,
    data_folder,
    mine_lexicon,
    mine_mentions,
    split_random,
    tokenize,
)
from recx_lib.write import RECORD_COLUMNS


def default_path() -> Path:
    """Return the public records file; raise DataError where there is none."""
    folder = (data_folder() or Path()) / "explanations"
    path = folder / "musical_instruments.jsonl.gz"
    if not path.exists():
        remedy = "name a file, or the folder of the public sets in RECX_DATA"
        raise DataError(f"no records at {path}: {remedy}")
    return path


def read_records(path: str) -> dict[str, pd.DataFrame]:
    """Return {split: records}.

    Raise DataError when a column or the training split is missing.
    """
    names = {"user": str, "item": str, "feature": str}
    frame = pd.read_json(path, lines=True, dtype=names)
    frame = frame.rename(columns={"feature": "term"})  # as we call it
    needed = [*RECORD_COLUMNS, "split"]
    missing = [name for name in needed if name not in frame]
    if missing or "train" not in set(frame["split"]):
        lacking = f"columns {missing} or the split 'train' are missing"
        raise DataError(f"{path}: {lacking} from the records")
    parts = frame.groupby("split")
    return {name: part.reset_index(drop=True) for name, part in parts}


def mined_records(reviews: Reviews, seed: int = 0) -> dict[str, pd.DataFrame]:
    """Return {split: records} mined from raw reviews, 80 / 10 / 10 at random.

    The lexicon sees training texts only.
    """
    rest, test = split_random(reviews, 0.1, seed)
    train, validation = split_random(rest, 1 / 9, seed)
    lexicon = mine_lexicon(train.frame["text"], train.rating)
    records = {}
    for name, part in zip(
        ("train", "validation", "test"), (train, validation, test), strict=True
    ):
        mentions = mine_mentions(part, lexicon, top=350)
        records[name] = one_per_review(part, mentions)
    return records


def one_per_review(
    part: Reviews, mentions: pd.DataFrame, longest: int = 25
) -> pd.DataFrame:
    """Return each review's first statement of at most `longest` words.

    In the records' columns and style.
    """
    found = mentions.assign(sentence=mentions["sentence"].map(_plain))
    short = found["sentence"].str.split().str.len() <= longest
    one_word = ~found["term"].str.contains(" ")
    found = found[short & one_word].drop_duplicates("review")
    stars = part.frame[["rating", "timestamp"]]
    return found.join(stars, on="review").reset_index(drop=True)


def _plain(sentence: str) -> str:
    """Return a sentence's words without its punctuation."""
    words = (w for w in tokenize(sentence) if w.isalnum() or "'" in w)
    return " ".join(words)
