"""Chapter 10: a task with planted reasons, so that where to look is known.

A model ought to look at the items that count, and say for or against.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
import torch
from sklearn.metrics import average_precision_score

from recx_lib.core.case import Case
from recx_lib.core.checks import check_whole
from recx_lib.core.errors import DataError
from recx_lib.core.evidence import Explanation
from recx_lib.judge.trials import Explainer
from recx_lib.nets.training import FitSettings, fit
from recx_lib.recommend.history_net import HistoryNet, HistoryScore


@dataclass(frozen=True)
class PlantedTask:
    """n histories of `length` items each, and what each item truly does.

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
) -> PlantedTask:
    """Return n histories in which `n_true` of `length` items count, ±1.

    The others do nothing. Items with an even number count, those with an odd
    one do not; that they do, the model must find out. Raise DataError unless
    1 ≤ n_true < length and either kind has enough items.

    >>> task = planted_histories(3, length=5, n_true=2)
    >>> task.items.shape, np.abs(task.effects).sum(axis=1).tolist()
    ((3, 5), [2.0, 2.0, 2.0])
    """
    check_whole(n=n, n_true=n_true)
    if not n_true < length <= n_items // 2:
        raise DataError(
            f"n_true={n_true}, length={length}, n_items={n_items}: "
            "need n_true < length ≤ n_items / 2"
        )
    rng = np.random.default_rng(seed)
    # an order of the items of either kind, for each history: (n, 2, n_items/2)
    order = rng.random((n, 2, n_items // 2)).argsort(axis=-1)
    counting = 2 * order[:, 0, :n_true]
    idle = 2 * order[:, 1, : length - n_true] + 1
    items = rng.permuted(np.hstack([counting, idle]), axis=1)  # (n, length)
    stars = rng.choice([-1.0, 1.0], items.shape)
    effects = np.where(items % 2 == 0, stars, 0.0)
    return PlantedTask(items, stars, effects, n_items)


def _collate(task: PlantedTask, rows: list[int]) -> tuple[torch.Tensor, ...]:
    """Return a batch in which a random share of each history is hidden.

    The wanted sum is that of what is left.
    """
    items = torch.from_numpy(task.items[rows])  # (B, length)
    stars = torch.from_numpy(task.stars[rows])
    effects = torch.from_numpy(task.effects[rows])
    present = (torch.rand(stars.shape) >= torch.rand(len(rows), 1)).float()
    target = torch.full((len(rows),), task.n_items)
    wanted = (present * effects).sum(dim=1).float()
    return target, items, stars.float(), present, wanted


def train_planted(
    task: PlantedTask,
    layers: int = 1,
    heads: int = 2,
    width: int = 32,
    epochs: int = 20,
    seed: int = 0,
) -> HistoryNet:
    """Return a small attention network that learned to add up the effects.

    A tenth of the rows says when to stop. The network is HistoryAttention's,
    without its mean; it also learns from histories with some items hidden, so
    that taking evidence away shows it nothing new. Raise DataError for fewer
    than ten histories.
    """
    rows = list(range(len(task.items)))
    if len(rows) < 10:
        raise DataError(
            f"{len(rows)} histories are too few to learn from: "
            "plant ten or more, better thousands"
        )
    torch.manual_seed(seed)
    net = HistoryNet(task.n_items + 1, width, heads, layers, dropout=0.0)
    cut = len(rows) - len(rows) // 10
    settings = FitSettings(epochs, lr=3e-3, weight_decay=0.01, seed=seed)

    def collate(part: list[int]) -> tuple[torch.Tensor, ...]:
        return _collate(task, part)

    fit(net, rows[:cut], rows[cut:], collate, settings, quiet=True)
    return net.double()


def planted_case(net: HistoryNet, task: PlantedTask, row: int) -> Case:
    """Return the case of one history, its pieces named as "7:+1".

    That is: item 7, one star above the mean.

    >>> task = planted_histories(1, length=3, n_true=1)
    >>> len(planted_case(HistoryNet(81, width=4), task, row=0))
    3
    """
    items, stars = task.items[row], task.stars[row]
    names = [f"{i}:{s:+.0f}" for i, s in zip(items, stars, strict=True)]
    score = HistoryScore(net, task.n_items, items, stars)
    return score.case(f"history {row}", "sum", names)


def planted_scores(
    case: Case, explanation: Explanation, effects: np.ndarray
) -> dict[str, float]:
    """Return how well an explanation found `effects` (m,), in three marks.

    "place" is the average precision (area under the precision–recall curve) of
    |weight| for the items that count; "sign" the share of them whose weight
    has the right sign; "comprehensiveness@4" how far the score moves, either
    way, without the four of largest |weight|.
    """
    weights = case.weights(explanation)
    size, counts = np.abs(weights), effects != 0
    place = average_precision_score(counts, size)
    agree = np.sign(weights[counts]) == np.sign(effects[counts])
    top = np.argsort(-size, kind="stable")[:4]
    without = case.without([case.names[n] for n in top])
    return {
        "place": float(place),
        "sign": float(agree.mean()),
        "comprehensiveness@4": abs(case.whole() - without),
    }


def planted_trial(
    net: HistoryNet,
    task: PlantedTask,
    explainers: Mapping[str, Explainer],
    n_cases: int = 50,
) -> pd.DataFrame:
    """Return the mean `planted_scores` over the first `n_cases` histories.

    One row for each named explainer.
    """
    rows = []
    for row in range(min(n_cases, len(task.items))):
        case = planted_case(net, task, row)
        for name, explain in explainers.items():
            marks = planted_scores(case, explain(case), task.effects[row])
            rows.append({"explainer": name} | marks)
    return pd.DataFrame(rows).groupby("explainer", sort=False).mean()
