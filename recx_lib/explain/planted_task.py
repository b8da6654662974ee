"""Chapter 8: a task whose reasons are planted, so that where a model ought to
look, and for or against, is known.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
import torch
from sklearn.metrics import average_precision_score

from recx_lib.core.case import Case
from recx_lib.core.checks import check_whole
from recx_lib.core.errors import DataError
from recx_lib.core.evidence import Explanation
from recx_lib.nets.training import FitSettings, fit
from recx_lib.recommend.history_net import HistoryNet, net_case


@dataclass(frozen=True)
class Planted:
    """n histories of `length` items each, with what each item truly does to
    the wanted number.

    `items` (n, length) item numbers, none twice in one history; `stars` (n,
    length), −1 or 1; `effects` (n, length), an item's stars where it matters,
    else 0; `wanted` (n,) is the sum of the effects; `n_items` numbers, half of
    which matter; the last, n_items, is the one asked about.
    """

    items: np.ndarray
    stars: np.ndarray
    effects: np.ndarray
    n_items: int

    @property
    def wanted(self) -> np.ndarray:
        return self.effects.sum(axis=1)


def planted_histories(
    n: int, length: int = 20, n_true: int = 4, seed: int = 0, n_items: int = 80
) -> Planted:
    """Return n histories in which `n_true` of `length` items count, with +1 or
    −1, and the others do nothing.

    Items with an even number count, those with an odd one do not; that they
    do, the model must find out. Raise DataError unless 1 ≤ n_true < length and
    either kind has enough items.

    >>> task = planted_histories(3, length=5, n_true=2)
    >>> task.items.shape, np.abs(task.effects).sum(axis=1).tolist()
    ((3, 5), [2.0, 2.0, 2.0])
    """
    check_whole(n=n, n_true=n_true)
    if not n_true < length <= n_items // 2:
        raise DataError(
            f"n_true={n_true}, length={length}, n_items={n_items}: need n_true < length ≤ n_items / 2"
        )
    rng = np.random.default_rng(seed)
    draw = rng.random((n, 2, n_items // 2)).argsort(
        axis=-1
    )  # an order of the items of either kind
    items = np.concatenate(
        [2 * draw[:, 0, :n_true], 2 * draw[:, 1, : length - n_true] + 1],
        axis=1,
    )
    items = rng.permuted(items, axis=1)
    stars = rng.choice([-1.0, 1.0], items.shape)
    return Planted(items, stars, np.where(items % 2 == 0, stars, 0.0), n_items)


def _rows(task: Planted) -> list[tuple]:
    return list(zip(task.items, task.stars, task.effects, strict=True))


def _collate(task: Planted, rows: list[tuple]) -> tuple[torch.Tensor, ...]:
    """Return a batch in which a random share of each history is hidden, and
    the sum is that of what is left.
    """
    items, stars, effects = (
        torch.from_numpy(np.array(part)) for part in zip(*rows, strict=True)
    )
    present = (torch.rand(stars.shape) >= torch.rand(len(rows), 1)).float()
    target = torch.full((len(rows),), task.n_items)
    return (
        target,
        items,
        stars.float(),
        present,
        (present * effects).sum(dim=1).float(),
    )


def train_planted(task: Planted, layers: int = 1, heads: int = 2, width: int = 32, epochs: int = 20, seed: int = 0,
                  quiet: bool = True) -> HistoryNet:  # fmt: skip
    """Return a small attention network that has learned to add up the effects;
    a tenth of the rows says when to stop.

    The network is HistoryAttention's, without its mean; it also learns from
    histories with some items hidden, so that taking evidence away shows it
    nothing new. Raise DataError for fewer than ten histories.
    """
    rows = _rows(task)
    if len(rows) < 10:
        raise DataError(
            f"{len(rows)} histories are too few to learn from: plant ten or more, better thousands"
        )
    torch.manual_seed(seed)
    net = HistoryNet(task.n_items + 1, width, heads, layers, dropout=0.0)
    cut = len(rows) - len(rows) // 10
    settings = FitSettings(
        epochs=epochs, batch_size=64, lr=3e-3, weight_decay=0.01, seed=seed
    )
    fit(
        net,
        rows[:cut],
        rows[cut:],
        lambda part: _collate(task, part),
        settings,
        quiet=quiet,
    )
    return net.double()


def planted_case(net: HistoryNet, task: Planted, row: int) -> Case:
    """Return the case of one history; the names say item and stars, such as
    "7:+1".

    >>> task = planted_histories(1, length=3, n_true=1)
    >>> len(planted_case(HistoryNet(81, width=4), task, row=0))
    3
    """
    names = [
        f"{item}:{stars:+.0f}"
        for item, stars in zip(task.items[row], task.stars[row], strict=True)
    ]
    return net_case(
        net,
        f"history {row}",
        "sum",
        names,
        task.n_items,
        task.items[row],
        task.stars[row],
    )


def planted_scores(
    case: Case, explanation: Explanation, effects: np.ndarray
) -> dict[str, float]:
    """Return how well an explanation found `effects` (m,): "place", "sign" and
    "comprehensiveness@4".

    "place" is the average precision (area under the precision–recall curve) of
    |weight| for the items that count; "sign" the share of them whose weight
    has the right sign; the third how far the score moves, either way, without
    the four of largest |weight|.
    """
    weights = case.weights(explanation)
    true, top = effects != 0, np.argsort(-np.abs(weights), kind="stable")[:4]
    return {
        "place": float(average_precision_score(true, np.abs(weights))),
        "sign": float(
            (np.sign(weights[true]) == np.sign(effects[true])).mean()
        ),
        "comprehensiveness@4": abs(
            case.whole - case.without([case.names[n] for n in top])
        ),
    }


def planted_trial(net: HistoryNet, task: Planted, explainers: Mapping[str, Callable[[Case], Explanation]],
                  n_cases: int = 50) -> pd.DataFrame:  # fmt: skip
    """Return the mean of `planted_scores` over the first `n_cases` histories:
    one row for each named explainer.
    """
    rows = []
    for row in range(min(n_cases, len(task.items))):
        case = planted_case(net, task, row)
        for name, explain in explainers.items():
            rows.append(
                {"explainer": name}
                | planted_scores(case, explain(case), task.effects[row])
            )
    return pd.DataFrame(rows).groupby("explainer", sort=False).mean()
