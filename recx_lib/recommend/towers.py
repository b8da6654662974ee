"""Chapter 11: neural matching, two towers, a similarity that is learned."""

from __future__ import annotations

import numpy as np
import torch
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted
from torch import Tensor, nn
from torch.nn import functional as F

from recx_lib.core.checks import as_idx, as_pairs, check_positive, check_whole
from recx_lib.core.errors import DataError
from recx_lib.data.reviews import Reviews, check_train
from recx_lib.recommend.contents import as_columns

LIKED = 4.0  # stars that count as a match
BATCH = 512


def in_batch_loss(
    scores: Tensor, items: Tensor, log_q: Tensor | None = None
) -> Tensor:
    """Return the mean loss of picking one's own item among a batch's, ().

    `scores` (B, B) of user b for the item of row c, `items` (B,) their
    numbers; the other rows' items serve as wrong answers, but for a second
    copy of one's own. A popular item is often a wrong answer, through no fault
    of its own: `log_q` (B,), the log of each item's share of the rows, is
    taken off its score. Source: Yi et al. (2019), section 3.

    >>> scores = torch.tensor([[2.0, 0.0], [0.0, 2.0]])
    >>> round(in_batch_loss(scores, torch.tensor([4, 7])).item(), 3)
    0.127
    """
    if log_q is not None:
        scores = scores - log_q
    own = torch.eye(len(items), dtype=torch.bool, device=scores.device)
    again = (items[:, None] == items) & ~own
    scores = scores.masked_fill(again, -torch.inf)
    return F.cross_entropy(scores, torch.arange(len(items)))


class Tower(nn.Module):
    """One side: a vector for a number, columns, or both, then an MLP.

    The output (B, D) has length 1, so that a dot product of two is a cosine,
    u·c / (‖u‖ ‖c‖).
    """

    def __init__(self, n: int, columns: Tensor | None, width: int):
        super().__init__()
        self.embedding = nn.Embedding(n, width)
        nn.init.normal_(self.embedding.weight, std=0.1)
        self.register_buffer("columns", columns)
        m = 0 if columns is None else columns.shape[1]
        first = nn.Linear(width + m, 2 * width)
        last = nn.Linear(2 * width, width)
        self.mlp = nn.Sequential(first, nn.ReLU(), last)

    def forward(self, idx: Tensor, known: Tensor) -> Tensor:
        """Return vectors (B, D); where `known` (B,) is 0, without a number."""
        x = self.embedding(idx) * known[:, None]
        if self.columns is not None:
            x = torch.cat([x, self.columns[idx]], dim=1)
        return F.normalize(self.mlp(x), dim=1)


class TwoTowers(BaseEstimator):
    """Match users and items: u = MLP(e_u), c = MLP(e_c), a cosine, a sort.

    Trained to pick, for each rating of at least LIKED, its item among a
    batch's (`in_batch_loss`, scores divided by `temperature`), with the log-Q
    correction unless `correct` is False. An item's own number is hidden in a
    share `hide` of the rows, so that its columns learn to speak alone; an item
    never liked in training has no number. `width` numbers on each side,
    `epochs` passes, by `seed`. Learned: `user_`,
    `item_`, unit vectors (n, width), and `losses_`.

    Sources: Yi et al. (2019); for hiding, Volkovs, Yu & Poutanen (2017).

    >>> from recx_lib.data.load import load_shop
    >>> towers = TwoTowers(epochs=1).fit(load_shop())
    >>> np.abs(towers.score(0)).max() <= 1 + 1e-6
    np.True_
    """

    def __init__(
        self,
        width=32,
        epochs=20,
        lr=0.003,
        temperature=0.1,
        hide=0.5,
        correct=True,
        seed=0,
    ):
        self.width, self.epochs, self.lr = width, epochs, lr
        self.temperature, self.hide = temperature, hide
        self.correct, self.seed = correct, seed

    def fit(self, train: Reviews, columns=None) -> TwoTowers:
        """Learn from what was liked and, if given, `columns` (n_items, m).

        Raise DataError for an unusable table or columns, a parameter out of
        range, or fewer than two liked rows.
        """
        check_positive(lr=self.lr, temperature=self.temperature)
        check_whole(width=self.width, epochs=self.epochs)
        check_whole(0, seed=self.seed)
        if not 0 <= self.hide <= 1:
            raise DataError(f"hide={self.hide} is no share: give 0 to 1")
        user_idx, item_idx, rating = check_train(train)
        liked = np.flatnonzero(rating >= LIKED)
        if len(liked) < 2:
            raise DataError(
                f"{len(liked)} ratings reach {LIKED} stars: there is nothing "
                "to match"
            )
        self.users_, self.items_ = train.users, train.items
        users = torch.as_tensor(user_idx[liked])
        items = torch.as_tensor(item_idx[liked])
        # 1. two towers, and each item's share of the rows
        count = torch.bincount(items, minlength=train.n_items)
        log_q = (count.clamp(min=1) / len(items)).log()
        self._build(train, columns)
        # 2. one pass after another
        self.losses_ = []
        for _ in range(self.epochs):
            self.losses_.append(self._epoch(users, items, log_q))
        # 3. everybody's vector; who was never seen has no number
        with torch.no_grad():
            seen = torch.bincount(users, minlength=train.n_users) > 0
            every = torch.arange(train.n_users)
            self.user_ = self.towers_[0](every, seen.float()).numpy()
            every = torch.arange(train.n_items)
            self.item_ = self.towers_[1](every, (count > 0).float()).numpy()
        del self._optimizer, self._draw  # of use in training alone
        return self

    def _build(self, train: Reviews, columns) -> None:
        """Make the towers and what trains them."""
        if columns is not None:
            columns = as_columns(columns, train.n_items)
            columns = torch.tensor(columns, dtype=torch.float32)
        with torch.random.fork_rng():
            torch.manual_seed(self.seed)
            self.towers_ = nn.ModuleList(
                [
                    Tower(train.n_users, None, self.width),
                    Tower(train.n_items, columns, self.width),
                ]
            )
        self._optimizer = torch.optim.AdamW(
            self.towers_.parameters(), self.lr, weight_decay=1e-4
        )
        self._draw = torch.Generator().manual_seed(self.seed)

    def _epoch(self, users: Tensor, items: Tensor, log_q: Tensor) -> float:
        """Pass over the liked rows once; return the mean loss."""
        losses = []
        order = torch.randperm(len(users), generator=self._draw)
        for rows in order.split(BATCH):
            if len(rows) < 2:  # nothing to tell it from
                continue
            u, i = users[rows], items[rows]
            drawn = torch.rand(len(i), generator=self._draw)
            known = (drawn >= self.hide).float()
            of_user = self.towers_[0](u, torch.ones(len(u)))
            scores = of_user @ self.towers_[1](i, known).T / self.temperature
            bias = log_q[i] if self.correct else None
            loss = in_batch_loss(scores, i, bias)
            self._optimizer.zero_grad()
            loss.backward()
            self._optimizer.step()
            losses.append(loss.item())
        return float(np.mean(losses))

    def score(self, user_idx) -> np.ndarray:
        """Return the cosines of a user with all items, (…, n_items).

        Sort it, the largest first, for a ranking.
        """
        check_is_fitted(self)
        u = as_idx(user_idx, len(self.users_), "user")
        return self.user_[u] @ self.item_.T


class DotProduct(nn.Module):
    """mu + b_u + b_i + p·q, as a network."""

    def __init__(self, n_users: int, n_items: int, k: int):
        super().__init__()
        self.user = nn.Embedding(n_users, k)
        self.item = nn.Embedding(n_items, k)
        self.bias = nn.ModuleList(
            [nn.Embedding(n_users, 1), nn.Embedding(n_items, 1)]
        )
        for table in (self.user, self.item, *self.bias):
            nn.init.normal_(table.weight, std=0.05)

    def forward(self, u: Tensor, i: Tensor) -> Tensor:
        """Return stars above the mean, (B,)."""
        biases = self.bias[0](u) + self.bias[1](i)
        return biases[:, 0] + (self.user(u) * self.item(i)).sum(dim=1)


class LearnedSimilarity(DotProduct):
    """The same, with an MLP over both vectors where the product stood.

    Source: He et al. (2017), "Neural Collaborative Filtering", equation 10.
    """

    def __init__(self, n_users: int, n_items: int, k: int):
        super().__init__(n_users, n_items, k)
        first, second = nn.Linear(2 * k, 2 * k), nn.Linear(2 * k, k)
        self.mlp = nn.Sequential(
            first, nn.ReLU(), second, nn.ReLU(), nn.Linear(k, 1)
        )

    def forward(self, u: Tensor, i: Tensor) -> Tensor:
        """Return stars above the mean, (B,)."""
        biases = self.bias[0](u) + self.bias[1](i)
        both = torch.cat([self.user(u), self.item(i)], dim=1)
        return (biases + self.mlp(both))[:, 0]


class PairNet(BaseEstimator):
    """Fit a network of pairs, `net(n_users, n_items, k)`, to stars.

    Adam on squared errors, weight decay `decay` (the one penalty that matters
    here: tune it), learning rate falling linearly from `lr`, by `seed`.

    >>> from recx_lib.data.load import load_shop
    >>> net = PairNet(DotProduct, epochs=1).fit(load_shop())
    >>> net.predict([0, 1], [5, 5]).shape
    (2,)
    """

    def __init__(
        self,
        net=DotProduct,
        k=16,
        epochs=20,
        lr=0.01,
        decay=0.1,
        seed=0,
    ):
        self.net, self.k, self.epochs, self.lr = net, k, epochs, lr
        self.decay, self.seed = decay, seed

    def fit(self, train: Reviews) -> PairNet:
        """Learn from ratings; raise DataError for an unusable table."""
        check_positive(lr=self.lr)
        check_whole(k=self.k, epochs=self.epochs)
        user_idx, item_idx, rating = check_train(train)
        self.users_, self.items_ = train.users, train.items
        self.scale_, self.mu_ = train.scale, float(rating.mean())
        users, items = map(torch.as_tensor, (user_idx, item_idx))
        stars = torch.tensor(rating - self.mu_, dtype=torch.float32)
        with torch.random.fork_rng():
            torch.manual_seed(self.seed)
            self.net_ = self.net(train.n_users, train.n_items, self.k)
        draw = torch.Generator().manual_seed(self.seed)
        adam = torch.optim.Adam(self.net_.parameters(), self.lr)
        for epoch in range(self.epochs):
            adam.param_groups[0]["lr"] = self.lr * (1 - epoch / self.epochs)
            order = torch.randperm(len(stars), generator=draw)
            for rows in order.split(1024):
                loss = self._loss(users[rows], items[rows], stars[rows])
                adam.zero_grad()
                loss.backward()
                adam.step()
        return self

    def _loss(self, u: Tensor, i: Tensor, stars: Tensor) -> Tensor:
        """Return the squared error and the penalty of some rows, ()."""
        net = self.net_
        used = net.user(u), net.item(i), net.bias[0](u), net.bias[1](i)
        size = sum((vector**2).sum(dim=1).mean() for vector in used)
        return F.mse_loss(net(u, i), stars) + self.decay * size

    def predict(self, user_idx, item_idx) -> np.ndarray:
        """Return the expected rating of each pair, (n,), within the scale.

        Raise DataError on an unknown index or unequal lengths.
        """
        check_is_fitted(self)
        n_users, n_items = len(self.users_), len(self.items_)
        u, i = as_pairs(user_idx, item_idx, n_users, n_items)
        u, i = np.broadcast_arrays(np.atleast_1d(u), i)
        with torch.no_grad():
            above = self.net_(torch.tensor(u), torch.tensor(i)).numpy()
        return np.clip(self.mu_ + above.astype(float), *self.scale_)
