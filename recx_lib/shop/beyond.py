"""Chapter 1: what makes a rating beside taste times quality: the occasion, and
what nobody forgives. Both on record, in columns of their own.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from recx_lib.shop.draws import whole
from recx_lib.shop.notation import terms
from recx_lib.shop.settings import ShopSettings

OCCASIONS = {  # column of the reasons -> the aspect that it calls for
    "winter": "warmth",
    "trek": "weight",
    "storm": "waterproofing",
    "company": "capacity",
}


HOW_OFTEN = 0.15  # the share of each among the reviews


DEALBREAKER = -1000  # thousandths of a star: a term from here on spoils all


def beyond_taste(
    rng: np.random.Generator,
    settings: ShopSettings,
    visits: pd.DataFrame,
    quality: np.ndarray,
    moved: pd.DataFrame,
) -> pd.DataFrame:
    """Return the terms that taste does not explain, in thousandths, a row per
    visit: a column for each occasion and `dealbreaker`, where switched on.

    `quality` (n_visits, n_aspects) is the items', in hundredths, `moved` the
    aspects' terms. Both reviews of an edited pair have one occasion.
    """
    found = pd.DataFrame(index=moved.index)
    n_pairs = int(visits["pair"].max()) + 1
    occasion = rng.random(n_pairs)[visits["pair"]] // HOW_OFTEN  # (n_visits,)
    if settings.context:
        more = round(10 * settings.context)
        columns = list(terms())
        for number, (name, aspect) in enumerate(OCCASIONS.items()):
            wanted = more * quality[:, columns.index(aspect)]
            found[name] = np.where(occasion == number, wanted, 0)
    if settings.dealbreakers:
        in_context = _credited(moved, found)
        praise = in_context.clip(lower=0).sum(axis=1)
        lost = whole(settings.dealbreakers * praise)
        is_broken = in_context.min(axis=1) <= DEALBREAKER
        found["dealbreaker"] = np.where(is_broken, -lost, 0)
    return found


def effects(reasons: pd.DataFrame) -> pd.DataFrame:
    """Return what each aspect did to each rating, (n, n_aspects), in the units
    of `reasons`: its term, and what else it caused.

    The aspects' columns stand between `b_i` and `noiseless`. An occasion's
    term goes to the aspect it calls for, a deal-breaker's to the lowest.

    >>> one = {"dealbreaker": [-25], "b_i": [0], "fit": [-150], "value": [50]}
    >>> effects(pd.DataFrame(one).assign(noiseless=0)).values.tolist()
    [[-175, 50]]
    """
    moved = reasons.loc[:, "b_i":"noiseless"].iloc[:, 1:-1]
    return _credited(moved, reasons)


def _credited(moved: pd.DataFrame, beyond: pd.DataFrame) -> pd.DataFrame:
    """Return the aspects' terms, each with what else it caused."""
    total = moved.copy()
    # an occasion's part belongs to the aspect that it is about
    for name, aspect in OCCASIONS.items():
        if name in beyond:
            total[aspect] += beyond[name]
    if "dealbreaker" not in beyond:
        return total
    # the dealbreaker's belongs to the worst aspect
    values = total.to_numpy(copy=True)
    rows, lowest = np.arange(len(values)), values.argmin(axis=1)
    values[rows, lowest] += beyond["dealbreaker"].to_numpy()
    return pd.DataFrame(values, index=total.index, columns=total.columns)
