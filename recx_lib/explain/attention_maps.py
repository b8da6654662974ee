"""Chapter 10: where a model looked, read from the pass that made the score.

A map is easily taken for a reason. It is (L, H, S, S) for layers, heads and
S = m + 1 places: row s says how place s shared out its attention, the m pieces
of evidence come first, the thing asked about comes last. Weights are never
negative: they cannot say "against".
"""

from __future__ import annotations

import numpy as np

from recx_lib.core.case import Case
from recx_lib.core.errors import DataError
from recx_lib.core.evidence import Explanation


def attention_maps(case: Case) -> np.ndarray:
    """Return the maps (L, H, m + 1, m + 1) of the pass that made the score.

    Raise DataError when the model has no attention, or when what it gives is
    no attention: a wrong shape, a number that is not finite or below 0, a row
    that does not sum to 1.
    """
    ask = case.need("attention")
    maps = np.asarray(ask(), dtype=float)
    S = len(case) + 1  # the evidence, and the thing asked about
    if maps.ndim != 4 or maps.shape[2:] != (S, S) or 0 in maps.shape:
        raise DataError(
            f"{case.model} gave maps of shape {maps.shape}, "
            f"not (layers, heads, {S}, {S})"
        )
    sums_to_1 = np.allclose(maps.sum(axis=-1), 1, atol=1e-4)
    if not ((maps >= 0).all() and sums_to_1):
        raise DataError(
            f"{case.model} gave maps whose rows are no shares of 1: "
            "take them after softmax, before dropout"
        )
    return maps


def attention_map(case: Case, layer: int = -1) -> Explanation:
    """Return how much one layer looked at each piece, mean over its heads.

    The row is that of the place asked about. The weights sum to 1 less what it
    kept for itself; all are positive, whatever the evidence speaks for. Raise
    DataError when the model has no attention or no such `layer`.

    >>> from dataclasses import replace
    >>> from recx_lib.core.case import sum_case
    >>> case = sum_case("ann", "tent", ["item"] * 2, ["mat", "saw"], [1, 1])
    >>> looked = np.array([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.2, 0.7, 0.1]])
    >>> case = replace(case, attention=lambda: looked[None, None])
    >>> attention_map(case).evidence[0]
    Evidence(kind='item', name='saw', weight=0.7)
    """
    maps = attention_maps(case)  # (L, H, m + 1, m + 1)
    if not -len(maps) <= layer < len(maps):
        raise DataError(
            f"layer {layer}: the model has {len(maps)}, counted from 0, "
            "or from the end as -1, -2 …"
        )
    looked = maps[layer].mean(axis=0)[-1]  # (m + 1,)
    return case.explanation("attention", looked[:-1])


def rollout_maps(maps: np.ndarray) -> np.ndarray:
    """Return where each place's information came from: (L, H, S, S) → (S, S).

    A layer adds what it finds to what was there, so half of a place is taken
    to be itself: ½ A + ½ I, with A the mean over heads; the layers are
    multiplied, the last one on the left. Rows sum to 1. Values, MLPs and norms
    are left out. Source: Abnar & Zuidema (2020), "Quantifying Attention Flow
    in Transformers", section 3.

    >>> rollout_maps(np.array([[[[1.0, 0.0], [0.5, 0.5]]]] * 2))
    array([[1.    , 0.    ],
           [0.4375, 0.5625]])
    """
    itself = np.eye(maps.shape[-1])
    flow = itself
    for layer in maps:  # (H, S, S)
        flow = (0.5 * layer.mean(axis=0) + 0.5 * itself) @ flow
    return flow


def rollout(case: Case) -> Explanation:
    """Return how much of each piece reached the last place, all layers.

    Never negative. Source and limits: `rollout_maps`. Raise DataError when the
    model has no attention.

    >>> from dataclasses import replace
    >>> from recx_lib.core.case import sum_case
    >>> case = sum_case("ann", "tent", ["item"], ["mat"], [1.0])
    >>> maps = np.array([[[[1.0, 0.0], [0.5, 0.5]]]] * 2)
    >>> rollout(replace(case, attention=lambda: maps)).evidence[0].weight
    0.4375
    """
    flow = rollout_maps(attention_maps(case))  # (m + 1, m + 1)
    return case.explanation("attention rollout", flow[-1, :-1])
