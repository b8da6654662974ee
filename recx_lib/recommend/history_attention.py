"""Chapter 10: a recommender that looks back at what a user rated.

By attention that can be told to overlook a rating.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted
from torch import Tensor

from recx_lib.core.case import Case
from recx_lib.core.checks import as_idx, check_positive
from recx_lib.core.errors import DataError
from recx_lib.data.reviews import Reviews, check_train
from recx_lib.data.splits import split_random
from recx_lib.nets.training import fit
from recx_lib.recommend.als import ALS
from recx_lib.recommend.history_net import ROWS, HistoryNet, HistoryScore
from recx_lib.recommend.history_table import (
    SHAPE,
    TRAINING,
    Histories,
    HistoryShape,
    HistoryTraining,
)
from recx_lib.recommend.linear import mean_deviation
from recx_lib.recommend.mf import Baseline
from recx_lib.recommend.pair_checks import pair_idx, score_all_items

Wanted = tuple[int, int, float]  # (user, item, stars above the item's mean)


class HistoryAttention(BaseEstimator):
    """Predict stars from the stars of the user's other items, by attention.

    The score is mu + b_i + what `net_` reads in the history, by attention from
    the item in question: the user's latest training rows, without the item
    itself. `shape` says how large the network is, `training` how it learns;
    `damping`, in ratings, is that of the item's and the user's mean. Two
    controls: without `bypass` the user's mean is not added beside attention,
    which then has to read it itself; `uniform` attention looks everywhere
    alike, in training too.

    Learned: `mu_`, `b_i_` (n_items,) in stars, `net_`, `log_` (one entry an
    epoch), and `trust_` in 0 … 1: by how much the read-out was multiplied
    after training, as the validation part likes best; at 0, attention has
    nothing to say. Cf. He et al. (2018), "NAIS", for attention over a history
    without order.

    >>> from recx_lib.data.load import load_shop
    >>> few = load_shop().subset(range(500))
    >>> small, short = HistoryShape(width=8), HistoryTraining(epochs=1)
    >>> model = HistoryAttention(small, training=short)
    >>> model = model.fit(few, quiet=True)
    >>> round(model.case(0, 5).whole() - float(model.score(0)[5]), 6)
    0.0
    """

    def __init__(
        self,
        shape: HistoryShape = SHAPE,
        damping: float = 5.0,
        bypass: bool = True,
        uniform: bool = False,
        training: HistoryTraining = TRAINING,
        seed: int = 0,
    ):
        self.shape = shape
        self.damping = damping
        self.bypass = bypass
        self.uniform = uniform
        self.training = training
        self.seed = seed

    def fit(self, train: Reviews, quiet: bool = False) -> HistoryAttention:
        """Learn to predict each row from the user's others.

        A tenth of the rows says when to stop. Item vectors start as the
        factors of chapter 2's ALS. Raise DataError on a table of fewer than
        two rows, a rating that is not finite, or a parameter out of range.
        """
        self._check(train)
        # 1. what to learn: stars above the item's mean, without foresight
        learn, validation = split_random(train, 0.1, self.seed)
        self._remember(learn)
        means = self._item_means(learn, leave_out=True)
        rows = _wanted(learn, learn.rating - self.mu_ - means)
        means = self.b_i_[validation.item_idx]
        rows_out = _wanted(validation, validation.rating - self.mu_ - means)
        # 2. learn it
        net = self._start(learn)
        rng = np.random.default_rng(self.seed)
        settings = self.training.fit_settings(self.seed)

        def collate(rows: Sequence[Wanted]) -> tuple[Tensor, ...]:
            return self._collate(net, rows, rng)

        self.log_ = fit(net, rows, rows_out, collate, settings, quiet=quiet)
        # 3. trust it as far as it helps; then remember all rows
        self.trust_ = self._trust(net, rows_out)
        with torch.no_grad():
            net.out.weight *= self.trust_
        self.net_ = net.double()
        self._remember(train)
        return self

    def _check(self, train: Reviews) -> None:
        check_positive(damping=self.damping)
        self.shape.check()
        self.training.check()
        check_train(train)
        if len(train) < 2:
            raise DataError(
                "the training table has one row: "
                "to learn from one rating about another takes two"
            )

    def _remember(self, rows: Reviews) -> None:
        """Take the means and the histories from `rows`."""
        self.users_, self.items_ = rows.users, rows.items
        self.bounds_ = rows.scale
        # what a pair gives away before any history is read
        self.mu_ = float(rows.rating.mean())
        self.b_i_ = self._item_means(rows, leave_out=False)
        # and what is left for the history to explain
        rest = rows.rating - self.mu_ - self.b_i_[rows.item_idx]
        self.histories_ = Histories.of(rows, rest)

    def _item_means(self, rows: Reviews, leave_out: bool) -> np.ndarray:
        """Return b_i of chapter 2's Baseline, (n_items,).

        With `leave_out`, (n_rows,): each row's without its own rating.
        """
        b_u = Baseline(self.damping).fit(rows).b_u_
        rest = rows.rating - self.mu_ - b_u[rows.user_idx]
        idx, n = rows.item_idx, rows.n_items
        return mean_deviation(idx, rest, n, self.damping, leave_out)

    def _start(self, rows: Reviews) -> HistoryNet:
        """Return a network whose item vectors are ALS factors.

        Scaled to a spread of 0.3.
        """
        torch.manual_seed(self.seed)
        shape, dropout = self.shape, self.training.dropout
        size = shape.width, shape.heads, shape.layers
        # endless damping closes the mean's way past attention
        damping = self.damping if self.bypass else np.inf
        net = HistoryNet(rows.n_items, *size, dropout, damping)
        # a good start: things liked by the same people are near
        model = ALS(k=shape.width, reg=14, reg_bias=3, seed=self.seed)
        Q = model.fit(rows).Q_
        factors = torch.from_numpy(0.3 * Q / max(Q.std(), 1e-9))
        with torch.no_grad():
            net.item.weight.copy_(factors)
            net.item_liking.weight.copy_(factors)
        if self.uniform:
            net.look_alike()
        return net

    def _trust(self, net: HistoryNet, rows: Sequence[Wanted]) -> float:
        """Return the number in 0 … 1 by which to multiply the read-out.

        So that it comes nearest to the ratings in `rows`.
        """
        met = total = 0.0
        for start in range(0, len(rows), ROWS):
            block = rows[start : start + ROWS]
            *given, wanted = self._collate(net, block)
            with torch.inference_mode():
                read = net.read(*given)
                means = net(*given) - read
            left = wanted - means  # what the means leave open
            met += float(read @ left)
            total += float(read @ read)
        return float(np.clip(met / max(total, 1e-9), 0, 1))

    def _past(self, user_idx: int, item_idx: int) -> np.ndarray:
        """Return the user's latest rows about other items."""
        past = self.histories_.past(user_idx, item_idx)
        return past[-self.shape.max_history :]

    def _pack(self, user_idx, item_idx) -> tuple[Tensor, ...]:
        """Return (target, items, rest, presence) of B pairs."""
        pairs = zip(user_idx, item_idx, strict=True)
        pasts = [self._past(user, item) for user, item in pairs]
        return self.histories_.pack(item_idx, pasts)

    def _collate(
        self,
        net: HistoryNet,
        rows: Sequence[Wanted],
        rng: np.random.Generator | None = None,
    ) -> tuple[Tensor, ...]:
        """Return a batch in single precision.

        Chance in training only, the latest of each history in validation.
        """
        user_idx, item_idx, wanted = map(np.array, zip(*rows, strict=True))
        # in training each past is a few rows, some hidden
        if net.training and rng is not None:
            pairs = zip(user_idx, item_idx, strict=True)
            pasts = [self.histories_.past(*pair) for pair in pairs]
            packed = self.histories_.draw(item_idx, pasts, self.training, rng)
        else:
            packed = self._pack(user_idx, item_idx)
        target, items, rest, presence = packed
        wanted = torch.from_numpy(wanted).float()
        return target, items, rest.float(), presence.float(), wanted

    def _raw(self, user_idx: np.ndarray, item_idx: np.ndarray) -> np.ndarray:
        """Return unclipped predictions of n pairs, (n,)."""
        self.net_.eval()
        # the means need no network, the rest comes in blocks
        read = [np.zeros(0)]
        for start in range(0, len(user_idx), ROWS):
            block = slice(start, start + ROWS)
            packed = self._pack(user_idx[block], item_idx[block])
            with torch.inference_mode():
                read.append(self.net_(*packed).numpy())
        return self.mu_ + self.b_i_[item_idx] + np.concatenate(read)

    def predict(self, user_idx, item_idx) -> np.ndarray:
        """Return predicted stars (n,), clipped to the scale.

        Raise DataError for raw ids or indices out of range.
        """
        check_is_fitted(self)
        pairs = pair_idx(
            user_idx, item_idx, len(self.users_), len(self.items_)
        )
        return np.clip(self._raw(*pairs), *self.bounds_)

    def score(self, user_idx) -> np.ndarray:
        """Return all items' unclipped predictions.

        (n_items,) for one user, (B, n_items) for an array of B.
        """
        check_is_fitted(self)
        n_users, n_items = len(self.users_), len(self.items_)
        return score_all_items(self._raw, user_idx, n_users, n_items)

    def history(self, user_idx: int) -> tuple[np.ndarray, np.ndarray]:
        """Return one user's item indices and stars, both (n_history,).

        The earliest first; at most `shape.max_history`.
        """
        check_is_fitted(self)
        user_idx = int(as_idx(user_idx, len(self.users_), "user"))
        rows = self._past(user_idx, -1)
        return self.histories_.item[rows], self.histories_.stars[rows]

    def case(self, user_idx: int, item_idx: int) -> Case:
        """Return the case of one unclipped prediction.

        Its pieces are the items of the history, without the item itself. Raise
        DataError for raw ids or indices out of range, and for an empty
        history.
        """
        # 1. The pair, and the past that may be read.
        check_is_fitted(self)
        user_idx = int(as_idx(user_idx, len(self.users_), "user"))
        item_idx = int(as_idx(item_idx, len(self.items_), "item"))
        rows = self._past(user_idx, item_idx)
        items, rest = self.histories_.item[rows], self.histories_.rest[rows]
        # 2. What the past adds to, and how it is asked.
        base = self.mu_ + self.b_i_[item_idx]
        score = HistoryScore(self.net_, item_idx, items, rest, base)
        user, item = self.users_.raw[user_idx], self.items_.raw[item_idx]
        return score.case(user, item, [self.items_.raw[j] for j in items])


def _wanted(rows: Reviews, wanted: np.ndarray) -> list[Wanted]:
    """Return what to learn from each row, as plain numbers."""
    columns = rows.user_idx, rows.item_idx, wanted
    return list(zip(*(c.tolist() for c in columns), strict=True))
