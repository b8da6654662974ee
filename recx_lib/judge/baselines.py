"""Chapter 6: what one must beat: systems that know nothing of the person,
printed beside every trained writer.

Each takes the training records and the records to write for (columns user,
item, rating, feature, polarity, opinion, sentence), and returns one sentence
per record; only those named `aspect_…` look at the record's own feature.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from recx_lib.judge.claims import opinion_sides
from recx_lib.judge.similarity import medoid, rows_naming


def _by(train: pd.DataFrame, column: str) -> dict[str, list[str]]:
    return {
        key: list(group) for key, group in train.groupby(column)["sentence"]
    }


def random_sentence(
    train: pd.DataFrame, records: pd.DataFrame, seed: int = 0
) -> list[str]:
    """Say any training sentence, whatever the person and the item."""
    rng = np.random.default_rng(seed)
    return [
        train["sentence"].iloc[row]
        for row in rng.integers(0, len(train), len(records))
    ]


def random_of_item(
    train: pd.DataFrame, records: pd.DataFrame, seed: int = 0
) -> list[str]:
    """Say any training sentence about the same item (of any item, where it has
    none).
    """
    rng, said, every = (
        np.random.default_rng(seed),
        _by(train, "item"),
        list(train["sentence"]),
    )
    return [str(rng.choice(said.get(item, every))) for item in records["item"]]


def one_for_everybody(train: pd.DataFrame, records: pd.DataFrame) -> list[str]:
    """Say the same sentence to everybody: the medoid of all training
    sentences.
    """
    return [medoid(list(train["sentence"]))] * len(records)


def medoid_of_item(train: pd.DataFrame, records: pd.DataFrame) -> list[str]:
    """Say the most central of the item's training sentences (of all, where it
    has none).
    """
    central = {item: medoid(said) for item, said in _by(train, "item").items()}
    everybody = one_for_everybody(train, records)
    return [
        central.get(item, say)
        for item, say in zip(records["item"], everybody, strict=True)
    ]


def aspect_template(train: pd.DataFrame, records: pd.DataFrame) -> list[str]:
    """Say "the F is A", A the opinion most often praising F in training
    ("great" for a feature never praised).

    Only words that praise in most sentences count: *regrets* is none, for all
    the *no regrets* in good reviews.
    """
    good = [
        opinion for opinion, side in opinion_sides(train).items() if side > 0
    ]
    praising = train[(train["polarity"] > 0) & train["opinion"].isin(good)]
    praise = praising.groupby("feature")["opinion"].agg(
        lambda words: words.mode()[0]
    )
    return [
        f"the {feature} is {praise.get(feature, 'great')}"
        for feature in records["feature"]
    ]


def aspect_medoid(train: pd.DataFrame, records: pd.DataFrame) -> list[str]:
    """Say the most central of the training sentences that name the feature;
    the template, where none does.
    """
    naming = rows_naming(train["sentence"])
    naming = {
        feature: naming[feature]
        for feature in set(records["feature"])
        if feature in naming
    }
    central = {
        feature: medoid(list(train["sentence"].iloc[rows]))
        for feature, rows in naming.items()
    }
    template = aspect_template(train, records)
    return [
        central.get(feature, say)
        for feature, say in zip(records["feature"], template, strict=True)
    ]
