"""Chapter 11: a pre-trained encoder that reads an item's texts, fine-tuned."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from itertools import chain

import numpy as np
import torch
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted
from torch import Tensor, nn
from torch.nn import functional as F

from recx_lib.core.checks import as_idx, as_pairs, check_positive, check_whole
from recx_lib.core.errors import DataError
from recx_lib.data.reviews import Reviews, check_train
from recx_lib.nets.masked import tokens
from recx_lib.nets.reading import (
    descend,
    embed,
    encode,
    mean_by,
    thaw,
    two_speeds,
)
from recx_lib.recommend.als import ALS
from recx_lib.recommend.linear import mean_deviation
from recx_lib.recommend.mf import group


@dataclass(frozen=True)
class Tuning:
    """How an encoder is trained: which layers, how fast, how long.

    `layers` 0: none (frozen), 2: the last two, None: all. `lr` of the encoder,
    `head_lr` of the read-out, both with `warm_up`; `epochs` over the items.
    """

    layers: int | None = None
    lr: float = 1e-4
    head_lr: float = 3e-3
    epochs: int = 10
    texts: int = 4  # of each item, drawn anew in each epoch
    items: int = 16  # in a batch


class EncoderRecommender(BaseEstimator):
    """Predict stars from an item's texts, by a pre-trained encoder.

    stars = mu + b_u + b_i + [1, p_u]·head(t_i), with t_i the mean vector of
    the item's texts and p_u the user's `k` ALS factors. `encoder` is a pair
    (tokenizer, model); the model is copied, not changed. An item never rated
    has no b_i, and all else. A tenth of the items is held out, and the epoch
    that predicts them best is kept. Learned: `model_`, `head_`, `history_`
    (validation RMSE after each epoch), `vectors_` (n_items, D), `n_trained_`.
    """

    def __init__(self, encoder, tuning=None, k=8, damping=5.0, seed=0):
        self.encoder, self.tuning = encoder, tuning
        self.k, self.damping, self.seed = k, damping, seed

    def fit(
        self, train: Reviews, texts: Mapping[str, Sequence[str]]
    ) -> EncoderRecommender:
        """Learn from ratings and from `texts`, lists by raw item id.

        They may be made from training rows only. Raise DataError for an
        unusable table, an item that is missing or has no text, a loss that is
        not finite.
        """
        tuning = self.tuning or Tuning()
        check_positive(lr=tuning.lr, head_lr=tuning.head_lr)
        check_whole(k=self.k)
        check_whole(0, epochs=tuning.epochs)
        # 1. The ratings' side: mean, biases, users' factors.
        self.texts_ = check_texts(texts, train.items.raw)
        self._sides(train)
        # 2. The texts' side: a copy, of which some layers learn.
        self.tokenizer_, model = self.encoder
        self.model_ = deepcopy(model).eval()
        self.n_trained_ = thaw(self.model_, tuning.layers)
        # 3. A head that says nothing at first; the caller's dice stay.
        with torch.random.fork_rng():
            torch.manual_seed(self.seed)
            width = self.model_.config.hidden_size
            self.head_ = nn.Linear(width, 1 + self.k)
            nn.init.zeros_(self.head_.weight)
            nn.init.zeros_(self.head_.bias)
            self._train(train, tuning)
        self._finish(train)
        return self

    def _sides(self, train: Reviews) -> None:
        """Learn mean, users' biases and users' factors, (n_users, 1 + k)."""
        # means and biases, then factors, all of about one size
        user_idx, _, rating = check_train(train)
        self.users_, self.items_ = train.users, train.items
        self.scale_, self.mu_ = train.scale, float(rating.mean())
        self.b_u_ = mean_deviation(
            user_idx,
            rating - self.mu_,
            train.n_users,
            self.damping,
            leave_out=False,
        )
        P = ALS(k=self.k, seed=self.seed).fit(train).P_
        P = P / max(P.std(), 1e-9)
        one = np.ones(len(P))
        self.sides_ = torch.tensor(np.c_[one, P], dtype=torch.float32)

    def _train(self, train: Reviews, tuning: Tuning) -> None:
        """Train the read-out, and what is thawed; keep the best epoch."""
        rng = np.random.default_rng(self.seed)
        rows = RowsOfItems(train, self.mu_ + self.b_u_)
        # 1. a tenth of the items tells how well the others are learned
        order = rng.permutation(np.unique(train.item_idx))
        held, learned = np.split(order, [max(len(order) // 10, 1)])
        n_batches = -(-len(learned) // tuning.items)
        speeds = tuning.lr, tuning.head_lr, tuning.epochs * n_batches
        steps = two_speeds(self.model_, self.head_, *speeds)
        # 2. a frozen encoder reads everything once, another in every batch
        slow = self.n_trained_ > 0
        read = None if slow else torch.tensor(self._read(self.texts_))
        best, self.history_ = np.inf, []
        for _ in range(tuning.epochs):
            self.model_.train(slow)
            for items in np.array_split(rng.permutation(learned), n_batches):
                t = self._draw(items, tuning.texts, rng, read)
                descend(self._loss(t, rows.of(items)), *steps)
            # 3. the epoch that predicts the held-out items best is kept
            self.model_.eval()
            with torch.no_grad():
                t = self._draw(held, 2 * tuning.texts, rng, read)
                error = self._loss(t, rows.of(held)).sqrt().item()
            self.history_.append(error)
            if error < best:
                best, kept = error, self._weights(slow)
        if tuning.epochs:
            self._restore(kept)

    def _weights(self, slow: bool) -> list:
        """Return copies of what is trained."""
        model = deepcopy(self.model_.state_dict()) if slow else None
        return [model, deepcopy(self.head_.state_dict())]

    def _restore(self, kept: list) -> None:
        if kept[0] is not None:
            self.model_.load_state_dict(kept[0])
        self.head_.load_state_dict(kept[1])

    def _loss(self, t: Tensor, rows: tuple[Tensor, ...]) -> Tensor:
        """Return the mean squared error of all ratings of some items, ()."""
        place, users, rest = rows
        says = self.head_(t)[place]  # (n_rows, 1 + k)
        return F.mse_loss((says * self.sides_[users]).sum(dim=1), rest)

    def _draw(self, items, n: int, rng, frozen) -> Tensor:
        """Return the mean vectors of up to `n` texts of each item, (B, D)."""
        if frozen is not None:
            return frozen[items]
        chosen, owner = [], []
        for place, item in enumerate(items):
            texts = self.texts_[item]
            # the first text, the title, is always there
            more = rng.permutation(np.arange(1, len(texts)))[: n - 1]
            chosen += [texts[0], *(texts[m] for m in more)]
            owner += [place] * (1 + len(more))
        batch = tokens(self.tokenizer_, self.model_, chosen)
        found = encode(self.model_, batch)
        return mean_by(found, torch.tensor(owner), len(items))

    def _read(self, texts: list[list[str]]) -> np.ndarray:
        """Return the mean vector of each item's texts, (n, D)."""
        every = list(chain.from_iterable(texts))
        found = torch.tensor(embed(self.tokenizer_, self.model_, every))
        owner = np.repeat(np.arange(len(texts)), list(map(len, texts)))
        return mean_by(found, torch.tensor(owner), len(texts)).numpy()

    def _finish(self, train: Reviews) -> None:
        """Read every item once; what is left of its ratings is its own."""
        self.vectors_ = self._read(self.texts_)
        self._own(train)

    def _own(self, train: Reviews) -> None:
        """Score all vectors, and learn the items' biases from `train`."""
        check_train(train)
        with torch.no_grad():
            says = self.head_(torch.tensor(self.vectors_))
        self.says_ = says.double().numpy()  # (n_items, 1 + k)
        u, i = train.user_idx, train.item_idx
        rest = train.rating - self._stars(u, i)
        self.b_i_ = mean_deviation(
            i, rest, train.n_items, self.damping, leave_out=False
        )

    def update(
        self, train: Reviews, texts: Mapping[str, Sequence[str]]
    ) -> EncoderRecommender:
        """Read the items in `texts` anew, without training; return self.

        The items' biases are learned anew from all of `train`. This is how an
        item gets a score on the day it arrives, and a better one with each
        rating. Raise DataError as `fit` does.
        """
        check_is_fitted(self)
        changed = self.items_.idx(list(texts))
        new = check_texts(texts, list(texts))
        # read only what changed; the rest stays as it was
        self.vectors_[changed] = self._read(new)
        for item, own in zip(changed, new, strict=True):
            self.texts_[item] = own
        self._own(train)
        return self

    def _stars(self, u, i) -> np.ndarray:
        sides = self.sides_.double().numpy()
        taste = np.sum(sides[u] * self.says_[i], axis=-1)
        return self.mu_ + self.b_u_[u] + taste

    def predict(self, user_idx, item_idx) -> np.ndarray:
        """Return the expected rating of each pair, (n,), within the scale.

        Raise DataError on an unknown index or unequal lengths.
        """
        check_is_fitted(self)
        n_users, n_items = len(self.users_), len(self.items_)
        u, i = as_pairs(user_idx, item_idx, n_users, n_items)
        return np.clip(self._stars(u, i) + self.b_i_[i], *self.scale_)

    def score(self, user_idx) -> np.ndarray:
        """Return all items' scores, not clipped, (…, n_items)."""
        check_is_fitted(self)
        u = as_idx(user_idx, len(self.users_), "user")
        taste = self.sides_.double().numpy()[u] @ self.says_.T
        return self.mu_ + self.b_u_[u][..., None] + taste + self.b_i_


class RowsOfItems:
    """The ratings of some items, as tensors."""

    def __init__(self, train: Reviews, base: np.ndarray):
        self.order, self.start = group(train.item_idx, train.n_items)
        self.user = train.user_idx
        self.rest = train.rating - base[train.user_idx]

    def of(self, items: np.ndarray) -> tuple[Tensor, Tensor, Tensor]:
        """Return (place among `items`, user, stars above mu + b_u), (n,)."""
        rows = [self.order[self.start[i] : self.start[i + 1]] for i in items]
        place = np.repeat(np.arange(len(items)), list(map(len, rows)))
        rows = np.concatenate(rows)
        rest = torch.tensor(self.rest[rows], dtype=torch.float32)
        return torch.tensor(place), torch.tensor(self.user[rows]), rest


def check_texts(texts, raw: Sequence[str]) -> list[list[str]]:
    """Return each item's texts in the order of `raw`.

    Raise DataError naming an item that is missing, or has no text at all.
    """
    found = []
    for item in raw:
        own = texts.get(item)
        if isinstance(own, str) or not own:
            raise DataError(
                f"item {item!r} has the texts {own!r}: give a list of one "
                "string or more, its title first"
            )
        found.append(list(own))
    return found
