"""Chapter 8: where a model looked, read from the pass that made the score; the
map that is easily taken for a reason.

A map is (L, H, S, S) for layers, heads and S = m + 1 places: row s says how
place s shared out its attention, the m pieces of evidence come first, the
thing asked about comes last. Weights are never negative: they cannot say
"against".
"""

from __future__ import annotations

import numpy as np

from recx_lib.core.case import Case, slopes
from recx_lib.core.errors import DataError
from recx_lib.core.evidence import Explanation


def attention_maps(case: Case) -> np.ndarray:
    """Return the maps (L, H, m + 1, m + 1) of the pass that made the score.

    Raise DataError when the model has no attention, or when what it gives is
    no attention: a wrong shape, a number that is not finite or below 0, a row
    that does not sum to 1.
    """
    maps, places = (
        np.asarray(case.need("attention")(), dtype=float),
        len(case) + 1,
    )
    if maps.ndim != 4 or maps.shape[2:] != (places, places) or 0 in maps.shape:
        raise DataError(
            f"{case.model} gave maps of shape {maps.shape}, not (layers, heads, {places}, {places})"
        )
    if not (
        (maps >= 0).all() and np.allclose(maps.sum(axis=-1), 1, atol=1e-4)
    ):
        raise DataError(
            f"{case.model} gave maps whose rows are no shares of 1: take them after softmax, before dropout"
        )
    return maps


def attention_map(case: Case, layer: int = -1) -> Explanation:
    """Return how much the place asked about looked at each piece of evidence
    in one layer, averaged over its heads.

    The weights sum to 1 less what it kept for itself; all are positive,
    whatever the evidence speaks for. Raise DataError when the model has no
    attention or no such `layer`.

    >>> maps = np.array([[[[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.2, 0.7, 0.1]]]])
    >>> case = Case("ann", "tent", ["item"] * 2, ["mat", "saw"], lambda p: p.sum(1), attention=lambda: maps)
    >>> attention_map(case).evidence[0]
    Evidence(kind='item', name='saw', weight=0.7)
    """
    maps = attention_maps(case)
    if not -len(maps) <= layer < len(maps):
        raise DataError(
            f"layer {layer}: the model has {len(maps)}, counted from 0, or from the end as -1, -2 …"
        )
    return case.explanation("attention", maps[layer].mean(axis=0)[-1, :-1])


def rollout_maps(maps: np.ndarray) -> np.ndarray:
    """Return where each place's information came from, all layers together:
    (L, H, S, S) → (S, S), rows sum to 1.

    A layer adds what it finds to what was there, so half of a place is taken
    to be itself: ½ A + ½ I, with A the mean over heads; the layers are
    multiplied, the last one on the left. Values, MLPs and norms are left out.
    Source: Abnar & Zuidema (2020), "Quantifying Attention Flow in
    Transformers", section 3.

    >>> rollout_maps(np.array([[[[1.0, 0.0], [0.5, 0.5]]]] * 2))
    array([[1.    , 0.    ],
           [0.4375, 0.5625]])
    """
    flow = np.eye(maps.shape[-1])
    for layer in maps:  # (H, S, S)
        flow = (0.5 * layer.mean(axis=0) + 0.5 * np.eye(len(flow))) @ flow
    return flow


def rollout(case: Case) -> Explanation:
    """Return how much of each piece of evidence reached the place asked about
    through all layers; never negative.

    Source and limits: `rollout_maps`. Raise DataError when the model has no
    attention.

    >>> maps = np.array([[[[1.0, 0.0], [0.5, 0.5]]]] * 2)
    >>> case = Case("ann", "tent", ["item"], ["mat"], lambda p: p.sum(1), attention=lambda: maps)
    >>> rollout(case).evidence[0].weight
    0.4375
    """
    return case.explanation(
        "attention rollout", rollout_maps(attention_maps(case))[-1, :-1]
    )


def attention_times_gradient(case: Case, layer: int = -1) -> Explanation:
    """Return attention × what the score would gain by more of each piece: a
    map that has been given a sign.

    The gradient is that of the score with respect to *presence*, with
    everything present: presence is what we take away when we test. (Serrano &
    Smith, 2019, and Chefer, Gur & Wolf, 2021, use that of the attention
    weights.) A piece's presence multiplies its attention weight, so this
    gradient holds the weight once already. Raise DataError when the model
    lacks attention or gradient, or has no such `layer`.

    >>> maps = np.array([[[[1.0, 0.0], [0.5, 0.5]]]])
    >>> value, gradient = lambda p: 3 - 2 * p.sum(1), lambda p: np.full(p.shape, -2.0)
    >>> case = Case("ann", "tent", ["item"], ["mat"], value, gradient, attention=lambda: maps)
    >>> attention_times_gradient(case).evidence[0].weight
    -1.0
    """
    looked = case.weights(attention_map(case, layer))  # (m,)
    return case.explanation(
        "attention × gradient",
        looked * slopes(case, np.ones((1, len(case))))[0],
    )
