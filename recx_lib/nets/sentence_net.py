"""Chapter 4: what all networks that write a sentence share.

Who and what as vectors, tied words, the copy gate, the loss, a single step.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from recx_lib.core.errors import DataError
from recx_lib.nets.batches import Batch, select
from recx_lib.nets.copying import copy_mixture
from recx_lib.nets.decoder_state import DecoderState, Prediction
from recx_lib.nets.losses import (
    bag_loss,
    can_be_written,
    rating_loss,
    word_loss,
)
from recx_lib.nets.vocab import BOS, UNK
from recx_lib.nets.weights import evaluating

TINY = 1e-9  # added to a probability before its logarithm


@dataclass(frozen=True)
class NetSettings:
    """What a SentenceNet may do, and how its lessons are made harder.

    `copy`: may it copy words of its source? `scale`: lowest and highest
    rating, in stars. `dropout` is the share of units dropped in training;
    `id_dropout` hides users and items, so that the row for "unknown" is
    learned; `word_dropout` hides fed-back words; `rating_dropout` hides the
    rating, which is unknown when writing. `smoothing`: see `word_loss`.
    `context_weight` and `rating_weight`: what `bag_loss` and `rating_loss`
    count beside it.
    """

    copy: bool = True
    scale: tuple[float, float] = (1.0, 5.0)
    dropout: float = 0.2
    id_dropout: float = 0.1
    word_dropout: float = 0.1
    rating_dropout: float = 0.5
    smoothing: float = 0.1
    context_weight: float = 0.1
    rating_weight: float = 0.1


STANDARD_NET = NetSettings()


class SentenceNet(nn.Module):
    """Give each next word's probability: given whom, what, and the sources.

    The base of Seq2Seq and RationaleTransformer. A subclass gives
    `encode(batch) -> DecoderState` (read everything once) and `read(state,
    tokens) -> (hidden, DecoderState)` (take in T more words, (B, T) → (B, T,
    D)); training, step-wise decoding and re-running all go through these two.
    """

    def __init__(
        self,
        vocab_size: int,
        n_users: int,
        n_items: int,
        width: int = 96,
        settings: NetSettings = STANDARD_NET,
    ):
        super().__init__()
        self.vocab_size = vocab_size
        self.n_users = n_users
        self.n_items = n_items
        self.settings = settings
        # tied: the same vectors read words in and score words going out
        self.words = nn.Embedding(vocab_size, width)
        # the last row is for the unknown
        self.users = nn.Embedding(n_users + 1, width)
        self.items = nn.Embedding(n_items + 1, width)
        # lowest rating, highest rating, unknown rating
        self.stars = nn.Embedding(3, width)
        self.rating_head = nn.Linear(width, 1)
        self.context_head = nn.Linear(width, width)
        self.gate = nn.Linear(width, 1)
        self.drop = nn.Dropout(settings.dropout)
        middle = torch.tensor(sum(settings.scale) / 2)
        self.register_buffer("mean_rating", middle)
        self.register_buffer("user_bias", torch.zeros(n_users + 1))
        self.register_buffer("item_bias", torch.zeros(n_items + 1))

    def encode(self, batch: Batch) -> DecoderState:
        """Read conditions and sources, once; a subclass says how."""
        raise NotImplementedError

    def read(
        self, state: DecoderState, tokens: Tensor
    ) -> tuple[Tensor, DecoderState]:
        """Take in T more words, (B, T); a subclass says how.

        Return what each place knows, (B, T, D), and the new state.
        """
        raise NotImplementedError

    def known(self, idx: Tensor, n: int, kind: str) -> Tensor:
        """Return indices 0 … n, where n stands for the unknown.

        Unknown is −1, or what id-dropout hides. Raise DataError on an index
        beyond.
        """
        if len(idx) and not -1 <= int(idx.min()) <= int(idx.max()) < n:
            raise DataError(
                f"a {kind} index is outside -1 … {n - 1}: the model knows "
                f"{n} {kind}s; -1 means unknown"
            )
        hidden = self._hide(idx, self.settings.id_dropout) | (idx < 0)
        return idx.masked_fill(hidden, n)

    def _hide(self, like: Tensor, share: float) -> Tensor:
        """Return a random mask over `like`, True with probability `share`.

        Outside training all is False, and nothing is drawn.
        """
        if self.training:
            return torch.rand(like.shape) < share
        return torch.zeros_like(like, dtype=torch.bool)

    def conditions(self, batch: Batch) -> tuple[Tensor, Tensor]:
        """Return user, item, rating and aspect as vectors, (B, 4, D).

        With them comes the rating bias b_u + b_i, (B,).
        """
        user = self.known(batch.user, self.n_users, "user")
        item = self.known(batch.item, self.n_items, "item")
        bias = self.user_bias[user] + self.item_bias[item]
        parts = [
            self.users(user),
            self.items(item),
            self._stars(batch.rating),
            self.words(batch.aspect),
        ]
        return torch.stack(parts, dim=1), bias

    def _stars(self, rating: Tensor) -> Tensor:
        """Return a vector for each rating, (B,) → (B, D).

        It lies between "lowest" and "highest", or is "unknown".
        """
        low, high = self.settings.scale
        place = ((rating - low) / (high - low)).clamp(0, 1)  # (B,)
        place = place.nan_to_num()[:, None]  # (B, 1)
        lowest, highest, hidden = self.stars.weight  # (D,) each
        between = torch.lerp(lowest, highest, place)  # (B, D)
        unknown = self._hide(rating, self.settings.rating_dropout)
        unknown = unknown | rating.isnan()
        return torch.where(unknown[:, None], hidden, between)

    def embed(self, tokens: Tensor) -> Tensor:
        """Return the vectors of words, (B, T) → (B, T, D).

        A word beyond the vocabulary is read as `<unk>`.
        """
        return self.words(tokens.masked_fill(tokens >= self.vocab_size, UNK))

    def log_probs(self, hidden: Tensor, state: DecoderState) -> Tensor:
        """Return each next word's log-probability, (B, T, V + n_extra)."""
        probs = F.softmax(hidden @ self.words.weight.T, dim=-1)  # (B, T, V)
        # how far to copy: 0 for a net that may not
        gate = torch.sigmoid(self.gate(hidden)) * self.settings.copy
        mixture = copy_mixture(
            probs, state.attention, state.source, gate, state.n_extra
        )
        return mixture.add_(TINY).log()

    def forward(self, batch: Batch) -> Prediction:
        """Predict every word of `batch.target` from those before it.

        (Teacher forcing.) The rating is foreseen beside it.
        """
        # 1. whom, what, and what is there to read
        state = self.encode(batch)
        # 2. all words but the last, some of them hidden
        fed = batch.target_in  # (B, T)
        hidden_word = self._hide(fed, self.settings.word_dropout)
        fed = fed.masked_fill(hidden_word & (fed != BOS), UNK)
        # 3. all next words at once, and the words to come as a bag
        hidden, state = self.read(state, fed)
        log_probs = self.log_probs(hidden, state)
        context = self.context_head(state.pair) @ self.words.weight.T  # (B, V)
        return Prediction(log_probs, context, state)

    def foresee(self, pair: Tensor, bias: Tensor) -> Tensor:
        """Return the rating foreseen, (B,), in stars.

        It is mean + b_u + b_i + a linear function of the pair's vector.
        """
        return self.mean_rating + bias + self.rating_head(pair).squeeze(-1)

    def lean_on(
        self, mean: float, user_bias: np.ndarray, item_bias: np.ndarray
    ) -> SentenceNet:
        """Foresee mean + b_u + b_i, known beforehand, in stars; return self.

        `user_bias` is (n_users,), `item_bias` (n_items,), as a `Baseline`
        fitted on the training ratings has them. Unknown ids have bias 0.
        Without this call the mean is the middle of the scale, and the rest is
        learned beside the words, as in PETER, and learned by heart where data
        are few.
        """
        # 1. The learned part says nothing and stays so.
        nn.init.zeros_(self.rating_head.weight)
        nn.init.zeros_(self.rating_head.bias)
        self.rating_head.requires_grad_(False)
        # 2. What is known; the last place is for strangers.
        self.mean_rating.fill_(mean)
        self.user_bias[:-1] = torch.from_numpy(user_bias).float()
        self.item_bias[:-1] = torch.from_numpy(item_bias).float()
        return self

    def loss(self, batch: Batch) -> Tensor:
        """Return one number to make small: words, bag and stars together."""
        told, target = self(batch), batch.target
        chosen = self.settings
        smoothing = chosen.smoothing if self.training else 0.0
        # 1. The next word; 2. the words in any order; 3. the stars.
        words = word_loss(told.log_probs, target, self.vocab_size, smoothing)
        bag = bag_loss(told.context, target, self.vocab_size)
        stars = rating_loss(told.state.rating, batch.rating)
        beside = chosen.context_weight * bag
        return words + beside + chosen.rating_weight * stars

    def log_likelihood(self, batch: Batch) -> Tensor:
        """Return log P(target | all conditions) of each row, (B,), in nats.

        The conditions are user, item, rating, aspect and sources. `<eos>`
        counts, where the target was not cut; words that are neither known nor
        in the sources do not. Nothing is dropped, not even while training.
        """
        with evaluating(self):
            log_probs = self(batch).log_probs  # (B, T, V + n_extra)
        each = log_probs.gather(2, batch.target[..., None]).squeeze(2)
        counted = can_be_written(batch.target)  # (B, T)
        return each.masked_fill(~counted, 0.0).sum(dim=1)

    def rate(self, batch: Batch) -> Tensor:
        """Return the rating foreseen for each row, (B,), within the scale.

        In stars; nothing is dropped, not even while training.
        """
        with evaluating(self):
            foreseen = self.encode(batch).rating
        return foreseen.clamp(*self.settings.scale)

    # How decoding drives a net: start once, step word by word, and choose
    # the rows that are still being written.

    def start(self, batch: Batch) -> DecoderState:
        """Read the conditions and the sources, once."""
        return self.encode(batch)

    def step(
        self, state: DecoderState, tokens: Tensor
    ) -> tuple[Tensor, DecoderState]:
        """Take in the last word of each row, (B,).

        Return the log-probabilities of the next, (B, V + n_extra), and the
        new state.
        """
        hidden, state = self.read(state, tokens[:, None])
        return self.log_probs(hidden, state)[:, 0], state

    def reorder(self, state: DecoderState, rows: Tensor) -> DecoderState:
        """Return the state of the chosen rows, in that order."""
        return select(state, rows)
