"""Chapter 6: what one must beat: writers that know nothing of the person.

They are printed beside every trained writer. Each takes the training records
and the records to write for (columns user, item, rating, term, polarity,
opinion, sentence), and returns one sentence per record; only those named
`aspect_…` look at the record's own term.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from recx_lib.core.checks import check_whole
from recx_lib.judge.claims import opinion_sides
from recx_lib.judge.similarity import medoid, rows_naming


def random_sentence(
    train: pd.DataFrame, records: pd.DataFrame, seed: int = 0
) -> list[str]:
    """Say any training sentence, whatever the person and the item."""
    check_whole(0, seed=seed)
    rng = np.random.default_rng(seed)
    rows = rng.integers(0, len(train), len(records))
    return list(train["sentence"].iloc[rows])


def random_of_item(
    train: pd.DataFrame, records: pd.DataFrame, seed: int = 0
) -> list[str]:
    """Say any training sentence about the item (any at all if it has none)."""
    check_whole(0, seed=seed)
    rng = np.random.default_rng(seed)
    # an item nobody wrote about gets anybody's sentence
    of_item = _sentences_of_items(train)
    every = list(train["sentence"])
    chosen = [rng.choice(of_item.get(item, every)) for item in records["item"]]
    return list(map(str, chosen))


def one_for_everybody(train: pd.DataFrame, records: pd.DataFrame) -> list[str]:
    """Say the same to everybody: the medoid of all training sentences."""
    return [medoid(list(train["sentence"]))] * len(records)


def medoid_of_item(train: pd.DataFrame, records: pd.DataFrame) -> list[str]:
    """Say the item's most central training sentence (of all if it has none).

    Central is the medoid, as in `one_for_everybody`.
    """
    of_item = _sentences_of_items(train)
    central = {item: medoid(said) for item, said in of_item.items()}
    everybody = one_for_everybody(train, records)  # for items unknown
    pairs = zip(records["item"], everybody, strict=True)
    return [central.get(item, other) for item, other in pairs]


def aspect_template(train: pd.DataFrame, records: pd.DataFrame) -> list[str]:
    """Say "the F is A", A the opinion most often praising F in training.

    For a term never praised it is "great". Only words that praise in most
    sentences count: *regrets* is none, for all the *no regrets* in good
    reviews.
    """
    sides = opinion_sides(train)
    good = [opinion for opinion, side in sides.items() if side > 0]
    praising = train[(train["polarity"] > 0) & train["opinion"].isin(good)]
    opinions = praising.groupby("term")["opinion"]
    praise = opinions.agg(lambda said: said.mode()[0])  # by term
    terms = records["term"]
    return [f"the {name} is {praise.get(name, 'great')}" for name in terms]


def aspect_medoid(train: pd.DataFrame, records: pd.DataFrame) -> list[str]:
    """Say the most central training sentence that names the term.

    Where none does, the template.
    """
    naming = rows_naming(train["sentence"])
    said = aspect_template(train, records)
    # each term's medoid is searched once
    central = {}
    for place, term in enumerate(records["term"]):
        if term in naming and term not in central:
            rows = naming[term]
            central[term] = medoid(list(train["sentence"].iloc[rows]))
        said[place] = central.get(term, said[place])
    return said


def _sentences_of_items(train: pd.DataFrame) -> dict[str, list[str]]:
    """Return {item: its training sentences}."""
    groups = train.groupby("item")["sentence"]
    return {item: list(said) for item, said in groups}
