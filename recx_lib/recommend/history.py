"""Chapter 8: a recommender that looks back at what a user rated, by attention
that can be told to overlook a rating.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted
from torch import Tensor

from recx_lib.core.case import Case
from recx_lib.core.checks import as_idx, check_positive, check_whole
from recx_lib.core.errors import DataError
from recx_lib.data.reviews import Reviews, check_train
from recx_lib.data.splits import split_random
from recx_lib.nets.training import FitSettings, fit
from recx_lib.recommend.als import ALS
from recx_lib.recommend.history_net import HistoryNet, net_case
from recx_lib.recommend.linear import mean_deviation
from recx_lib.recommend.mf import Baseline, group

ROWS = 512  # pairs that go through the network at a time


class HistoryAttention(BaseEstimator):
    """Predict stars from the stars of the user's other items, by `layers` of
    attention from the item in question.

    The score is mu + b_i + what `net_` reads in the history: the user's latest
    `max_history` training rows, without the item itself. In training, at most
    `draw` of the user's rows are drawn anew each time, and some of them hidden
    (a share of `hide` in the mean): a score without some evidence is nothing
    new to the network. `width` and `heads` are the network's; `damping`, in
    ratings, that of the item's and the user's mean; `dropout`, `epochs`,
    `batch_size`, `lr`, `weight_decay`, `patience` as in chapter 4.

    Learned: `mu_`, `b_i_` (n_items,) in stars, `net_`, `log_` (one entry an
    epoch), and `trust_` in 0 … 1: by how much the read-out was multiplied
    after training, as the validation part likes best; at 0, attention has
    nothing to say. Cf. He et al. (2018), "NAIS", for attention over a history
    without order.

    >>> from recx_lib.data.load import load_shop
    >>> model = HistoryAttention(width=8, epochs=1).fit(load_shop().subset(range(500)), quiet=True)
    >>> round(model.case(0, 5).whole, 6) == round(float(model.score(0)[5]), 6)
    True
    """

    def __init__(self, layers: int = 1, width: int = 32, heads: int = 2, max_history: int = 200, draw: int = 50,
                 damping: float = 5.0, hide: float = 0.2, dropout: float = 0.1, epochs: int = 12, batch_size: int = 128,
                 lr: float = 3e-3, weight_decay: float = 0.1, patience: int = 3, seed: int = 0):  # fmt: skip
        self.layers, self.width, self.heads, self.max_history, self.draw = (
            layers,
            width,
            heads,
            max_history,
            draw,
        )
        self.damping, self.hide, self.dropout, self.epochs, self.batch_size = (
            damping,
            hide,
            dropout,
            epochs,
            batch_size,
        )
        self.lr, self.weight_decay, self.patience, self.seed = (
            lr,
            weight_decay,
            patience,
            seed,
        )

    def fit(self, train: Reviews, quiet: bool = False) -> HistoryAttention:
        """Learn to predict each row from the user's others; a tenth of the
        rows says when to stop.

        Item vectors start as the factors of chapter 2's ALS. Raise DataError
        on a table of fewer than two rows, a rating that is not finite, or a
        parameter out of range.
        """
        self._check(train)
        learn, validation = split_random(train, 0.1, self.seed)
        self._remember(learn)
        net = self._start(learn)
        rng = np.random.default_rng(self.seed)
        rows = _targets(
            learn,
            learn.rating - self.mu_ - self._item_means(learn, leave_out=True),
        )
        rows_out = _targets(
            validation,
            validation.rating - self.mu_ - self.b_i_[validation.item_idx],
        )
        settings = FitSettings(self.epochs, self.batch_size, self.lr, self.weight_decay, patience=self.patience,
                               seed=self.seed)  # fmt: skip
        self.log_ = fit(
            net,
            rows,
            rows_out,
            lambda rows: self._collate(net, rows, rng),
            settings,
            quiet=quiet,
        )
        self.trust_ = self._trust(net, rows_out)
        with torch.no_grad():
            net.out.weight *= self.trust_
        self.net_ = net.double()
        self._remember(train)
        return self

    def _check(self, train: Reviews) -> None:
        check_positive(damping=self.damping, lr=self.lr)
        names = (
            "layers",
            "width",
            "heads",
            "max_history",
            "draw",
            "epochs",
            "batch_size",
            "patience",
        )
        check_whole(**{name: getattr(self, name) for name in names})
        if not (0 <= self.hide < 1 and 0 <= self.dropout < 1):
            raise DataError(
                f"hide={self.hide} and dropout={self.dropout} must be at least 0 and below 1"
            )
        check_train(train)
        if len(train) < 2:
            raise DataError(
                "the training table has one row: to learn from one rating about another takes two"
            )

    def _remember(self, rows: Reviews) -> None:
        """Take the means and the histories from `rows`."""
        self.users_, self.items_, self.bounds_ = (
            rows.users,
            rows.items,
            rows.scale,
        )
        self.mu_ = float(rows.rating.mean())
        self.b_i_ = self._item_means(rows, leave_out=False)
        self._item, self._stars = rows.item_idx, rows.rating
        self._rest = rows.rating - self.mu_ - self.b_i_[rows.item_idx]
        latest = np.argsort(rows.frame["timestamp"].to_numpy(), kind="stable")
        order, self._start_of = group(rows.user_idx[latest], rows.n_users)
        self._order = latest[order]  # rows by user, then by time

    def _item_means(self, rows: Reviews, leave_out: bool) -> np.ndarray:
        """Return b_i of chapter 2's Baseline, per item, or per row without its
        own rating (no foresight).
        """
        rest = (
            rows.rating
            - self.mu_
            - Baseline(self.damping).fit(rows).b_u_[rows.user_idx]
        )
        return mean_deviation(
            rows.item_idx, rest, rows.n_items, self.damping, leave_out
        )

    def _start(self, rows: Reviews) -> HistoryNet:
        """Return a network whose item vectors are ALS factors, scaled to a
        spread of 0.3.
        """
        torch.manual_seed(self.seed)
        net = HistoryNet(
            rows.n_items,
            self.width,
            self.heads,
            self.layers,
            self.dropout,
            self.damping,
        )
        Q = ALS(k=self.width, seed=self.seed).fit(rows).Q_
        with torch.no_grad():
            for table in (net.item, net.worth):
                table.weight.copy_(
                    torch.from_numpy(0.3 * Q / max(Q.std(), 1e-9))
                )
        return net

    def _trust(self, net: HistoryNet, rows: Sequence[tuple]) -> float:
        """Return the number in 0 … 1 by which the read-out, multiplied, comes
        nearest to the ratings in `rows`.
        """
        met = total = 0.0
        for at in range(0, len(rows), ROWS):
            *given, wanted = self._collate(net, rows[at : at + ROWS])
            with torch.inference_mode():
                read = net.read(*given)
                left = wanted - (
                    net(*given) - read
                )  # what the means leave open
            met, total = met + float(read @ left), total + float(read @ read)
        return float(np.clip(met / max(total, 1e-9), 0, 1))

    def _past(
        self,
        user_idx: int,
        item_idx: int,
        rng: np.random.Generator | None = None,
    ) -> np.ndarray:
        """Return the user's rows other than the item's: the latest
        `max_history`, or `draw` of all, by `rng`.
        """
        rows = self._order[
            self._start_of[user_idx] : self._start_of[user_idx + 1]
        ]
        rows = rows[self._item[rows] != item_idx]
        if rng is None:
            return rows[-self.max_history :]
        return rows[rng.random(len(rows)).argsort()[: self.draw]]

    def _pack(
        self, user_idx, item_idx, rng: np.random.Generator | None = None
    ) -> tuple[Tensor, ...]:
        """Return (target, items, rest, presence) of B pairs, padded at the
        front with presence 0.
        """
        pasts = [
            self._past(u, i, rng)
            for u, i in zip(user_idx, item_idx, strict=True)
        ]
        rows = np.full((len(pasts), max(map(len, pasts))), -1)
        for n, past in enumerate(pasts):
            rows[n, rows.shape[1] - len(past) :] = past
        there = rows >= 0
        if rng is not None:
            there &= rng.random(rows.shape) >= 2 * self.hide * rng.random(
                (len(rows), 1)
            )
        parts = (
            item_idx,
            self._item[rows],
            self._rest[rows],
            there.astype(float),
        )
        return tuple(torch.from_numpy(np.asarray(part)) for part in parts)

    def _collate(
        self,
        net: HistoryNet,
        rows: Sequence[tuple],
        rng: np.random.Generator | None = None,
    ) -> tuple:
        """Return a batch in single precision: chance in training only, the
        latest of each history in validation.
        """
        user_idx, item_idx, wanted = map(np.array, zip(*rows, strict=True))
        target, items, *numbers = self._pack(
            user_idx, item_idx, rng if net.training else None
        )
        return (
            target,
            items,
            *(part.float() for part in (*numbers, torch.from_numpy(wanted))),
        )

    def _raw(self, user_idx: np.ndarray, item_idx: np.ndarray) -> np.ndarray:
        """Return unclipped predictions of n pairs, (n,)."""
        pairs = [
            (user_idx[at : at + ROWS], item_idx[at : at + ROWS])
            for at in range(0, len(user_idx), ROWS)
        ]
        with torch.inference_mode():
            read = [
                self.net_.eval()(*self._pack(*pair)).numpy() for pair in pairs
            ]
        return (
            self.mu_
            + self.b_i_[item_idx]
            + np.concatenate([np.zeros(0), *read])
        )

    def predict(self, user_idx, item_idx) -> np.ndarray:
        """Return predicted stars (n,), clipped to the scale; raise DataError
        for raw ids or indices out of range.
        """
        check_is_fitted(self)
        user_idx, item_idx = (
            as_idx(user_idx, len(self.users_), "user"),
            as_idx(item_idx, len(self.items_), "item"),
        )
        user_idx, item_idx = np.broadcast_arrays(
            np.atleast_1d(user_idx), np.atleast_1d(item_idx)
        )
        return np.clip(self._raw(user_idx, item_idx), *self.bounds_)

    def score(self, user_idx) -> np.ndarray:
        """Return all items' unclipped predictions: (n_items,) for one user,
        (B, n_items) for an array of B.
        """
        check_is_fitted(self)
        user_idx, items = (
            as_idx(user_idx, len(self.users_), "user"),
            np.arange(len(self.items_)),
        )
        scores = [
            self._raw(np.full(len(items), user), items)
            for user in np.atleast_1d(user_idx)
        ]
        return (
            np.array(scores).reshape(-1, len(items))
            if user_idx.ndim
            else scores[0]
        )

    def history(self, user_idx: int) -> tuple[np.ndarray, np.ndarray]:
        """Return one user's item indices and stars, both (n_history,), the
        earliest first; at most `max_history`.
        """
        check_is_fitted(self)
        rows = self._past(int(as_idx(user_idx, len(self.users_), "user")), -1)
        return self._item[rows], self._stars[rows]

    def case(self, user_idx: int, item_idx: int) -> Case:
        """Return the case of one unclipped prediction: the items of the
        history, without the item itself.

        Raise DataError for raw ids or indices out of range, and for an empty
        history.
        """
        check_is_fitted(self)
        user_idx = int(as_idx(user_idx, len(self.users_), "user"))
        item_idx = int(as_idx(item_idx, len(self.items_), "item"))
        rows = self._past(user_idx, item_idx)
        names = [self.items_.raw[j] for j in self._item[rows]]
        return net_case(self.net_, self.users_.raw[user_idx], self.items_.raw[item_idx], names, item_idx,
                        self._item[rows], self._rest[rows], self.mu_ + self.b_i_[item_idx])  # fmt: skip


def _targets(
    rows: Reviews, wanted: np.ndarray
) -> list[tuple[int, int, float]]:
    """Return what to learn from each row: (user index, item index, stars above
    the item's mean).
    """
    return list(
        zip(
            rows.user_idx.tolist(),
            rows.item_idx.tolist(),
            wanted.tolist(),
            strict=True,
        )
    )
