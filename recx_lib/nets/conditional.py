"""Chapter 4: what both writers share: who and what as vectors, tied words, the
copy gate, the loss, a single step.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from recx_lib.core.errors import DataError
from recx_lib.nets.batches import Batch, select
from recx_lib.nets.vocab import BOS, EOS, PAD, UNK

TINY = 1e-9  # added to a probability before its logarithm


@dataclass(frozen=True)
class State:
    """All that a writer remembers between two words; every tensor in it has
    the batch as its first axis.

    `memory` is what was read (the encoded source), `cache` what was written
    (keys and values, or a hidden state), `pair` (B, D) the summary of user and
    item, `rating` (B,) the stars foreseen. `attention` (B, T, S) is where the
    last T words looked in the source, `maps` holds further attention maps of
    the same pass. `source` (B, S) and `n_extra` are the batch's.
    """

    memory: Any
    source: Tensor
    n_extra: int
    cache: Any = None
    pair: Tensor | None = None
    rating: Tensor | None = None
    attention: Tensor | None = None
    maps: tuple = ()


@dataclass(frozen=True)
class Output:
    """One pass over a batch: `log_probs` (B, T, V + n_extra), `context` (B, V)
    logits of words to come, and `state`.
    """

    log_probs: Tensor
    context: Tensor
    state: State


def copy_mixture(
    vocab_probs: Tensor,
    copy_weights: Tensor,
    source: Tensor,
    gate: Tensor,
    n_extra: int,
) -> Tensor:
    """Mix writing and copying: (1 − gate) · vocabulary + gate · the attention
    on each source word.

    `vocab_probs` (B, T, V), `copy_weights` (B, T, S), `source` (B, S) word
    numbers below V + n_extra, `gate` (B, T, 1) in 0 … 1. Return (B, T, V +
    n_extra), rows summing to 1. Source: See, Liu & Manning (2017), equation 9.

    >>> written, looked = torch.tensor([[[0.5, 0.5]]]), torch.tensor([[[0.25, 0.75]]])
    >>> copy_mixture(written, looked, torch.tensor([[1, 2]]), torch.tensor([[[0.4]]]), n_extra=1)
    tensor([[[0.3000, 0.4000, 0.3000]]])
    """
    mixture = F.pad(
        (1 - gate) * vocab_probs, (0, n_extra)
    )  # (B, T, V + n_extra)
    words = source[:, None, :].expand_as(copy_weights)  # (B, T, S)
    return mixture.scatter_add_(2, words, gate * copy_weights)


class SentenceNet(nn.Module):
    """Base of both writers: turn (user, item, rating, aspect, sources) into a
    sentence, word by word.

    A subclass gives `encode(batch) -> State` (read everything once) and
    `read(state, tokens) -> (hidden, State)` (take in T more words, (B, T) →
    (B, T, D)); training, step-wise decoding and re-running all go through
    these two. `mean_rating` is the training mean, in stars. `id_dropout` hides
    users and items in training, so that the row for "unknown" is learned;
    `word_dropout` hides fed-back words; `rating_dropout` hides the rating,
    unknown when writing.
    """

    def __init__(self, vocab_size: int, n_users: int, n_items: int, width: int = 96, dropout: float = 0.2, *,
                 mean_rating: float = 3.0, scale: tuple[float, float] = (1.0, 5.0), copy: bool = True,
                 id_dropout: float = 0.1, word_dropout: float = 0.1, rating_dropout: float = 0.5,
                 smoothing: float = 0.1, context_weight: float = 0.1, rating_weight: float = 0.1):  # fmt: skip
        super().__init__()
        self.vocab_size, self.n_users, self.n_items, self.scale, self.copy = (
            vocab_size,
            n_users,
            n_items,
            scale,
            copy,
        )
        self.id_dropout, self.word_dropout, self.rating_dropout = (
            id_dropout,
            word_dropout,
            rating_dropout,
        )
        self.smoothing, self.context_weight, self.rating_weight = (
            smoothing,
            context_weight,
            rating_weight,
        )
        self.words = nn.Embedding(
            vocab_size, width
        )  # tied: reads words in and scores words going out
        self.users, self.items = (
            nn.Embedding(n_users + 1, width),
            nn.Embedding(n_items + 1, width),
        )  # last: unknown
        self.stars = nn.Embedding(
            3, width
        )  # lowest rating, highest rating, unknown rating
        self.rating_head, self.context_head = (
            nn.Linear(width, 1),
            nn.Linear(width, width),
        )
        self.gate = nn.Linear(width, 1)
        self.drop = nn.Dropout(dropout)
        self.register_buffer("mean_rating", torch.tensor(float(mean_rating)))
        self.register_buffer("user_bias", torch.zeros(n_users + 1))
        self.register_buffer("item_bias", torch.zeros(n_items + 1))

    def encode(self, batch: Batch) -> State:
        """Read conditions and sources, once; a subclass says how."""
        raise NotImplementedError

    def read(self, state: State, tokens: Tensor) -> tuple[Tensor, State]:
        """Take in T more words, (B, T); return what each place knows, (B, T,
        D), and the new state; likewise.
        """
        raise NotImplementedError

    def known(self, idx: Tensor, n: int, kind: str) -> Tensor:
        """Return indices 0 … n, n for unknown (−1, or hidden by id-dropout);
        raise DataError on an index beyond.
        """
        if len(idx) and not -1 <= int(idx.min()) <= int(idx.max()) < n:
            raise DataError(
                f"a {kind} index is outside -1 … {n - 1}: the model knows {n} {kind}s; -1 means unknown"
            )
        hidden = self._hide(idx, self.id_dropout) | (idx < 0)
        return idx.masked_fill(hidden, n)

    def _hide(self, like: Tensor, share: float) -> Tensor:
        """Return a random mask over `like`, True with probability `share`; all
        False outside training.
        """
        return (
            torch.rand(like.shape) < share
            if self.training
            else torch.zeros_like(like, dtype=torch.bool)
        )

    def conditions(self, batch: Batch) -> tuple[Tensor, Tensor]:
        """Return four vectors a row, user, item, rating and aspect, (B, 4, D),
        and the rating bias b_u + b_i, (B,).
        """
        user, item = (
            self.known(batch.user, self.n_users, "user"),
            self.known(batch.item, self.n_items, "item"),
        )
        bias = self.user_bias[user] + self.item_bias[item]
        parts = [
            self.users(user),
            self.items(item),
            self._stars(batch.rating),
            self.words(batch.aspect),
        ]
        return torch.stack(parts, dim=1), bias

    def _stars(self, rating: Tensor) -> Tensor:
        """Return a vector between "lowest" and "highest" for a rating, or
        "unknown", (B, D).
        """
        low, high = self.scale
        place = (
            ((rating - low) / (high - low)).clamp(0, 1).nan_to_num()[:, None]
        )  # (B, 1)
        between = torch.lerp(self.stars.weight[0], self.stars.weight[1], place)
        unknown = rating.isnan() | self._hide(rating, self.rating_dropout)
        return torch.where(unknown[:, None], self.stars.weight[2], between)

    def embed(self, tokens: Tensor) -> Tensor:
        """Return the vectors of words, (B, T) → (B, T, D); a word beyond the
        vocabulary is read as `<unk>`.
        """
        return self.words(tokens.masked_fill(tokens >= self.vocab_size, UNK))

    def log_probs(self, hidden: Tensor, state: State) -> Tensor:
        """Return the log-probability of every next word, (B, T, V +
        n_extra).
        """
        probs = F.softmax(hidden @ self.words.weight.T, dim=-1)  # (B, T, V)
        gate = (
            torch.sigmoid(self.gate(hidden)) * self.copy
        )  # (B, T, 1), 0 for a writer that may not copy
        return (
            copy_mixture(
                probs, state.attention, state.source, gate, state.n_extra
            )
            .add_(TINY)
            .log()
        )

    def forward(self, batch: Batch) -> Output:
        """Predict every word of `batch.target` from those before it (teacher
        forcing), and the rating beside it.
        """
        state = self.encode(batch)
        fed = batch.target_in
        fed = fed.masked_fill(
            self._hide(fed, self.word_dropout) & (fed != BOS), UNK
        )
        hidden, state = self.read(state, fed)
        return Output(
            self.log_probs(hidden, state),
            self.context_head(state.pair) @ self.words.weight.T,
            state,
        )

    def foresee(self, pair: Tensor, bias: Tensor) -> Tensor:
        """Return the rating foreseen, (B,), in stars: mean + b_u + b_i + a
        linear function of the pair's vector.
        """
        return self.mean_rating + bias + self.rating_head(pair).squeeze(-1)

    def lean_on(
        self, mean: float, user_bias: np.ndarray, item_bias: np.ndarray
    ) -> SentenceNet:
        """Foresee mean + b_u + b_i, known beforehand, in stars; return self.
        Unknown ids have bias 0.

        `user_bias` is (n_users,), `item_bias` (n_items,), as a `Baseline`
        fitted on the training ratings has them.

        Without this call the rating is learned beside the words, as in PETER,
        and learned by heart where data are few.
        """
        nn.init.zeros_(self.rating_head.weight)
        nn.init.zeros_(self.rating_head.bias)
        self.rating_head.requires_grad_(False)
        self.mean_rating.fill_(mean)
        self.user_bias[:-1] = torch.from_numpy(user_bias).float()
        self.item_bias[:-1] = torch.from_numpy(item_bias).float()
        return self

    def loss(self, batch: Batch) -> Tensor:
        """Return one number to make small: words, plus the words as a bag,
        plus the squared rating error.

        The bag ("context prediction") is guessed from user and item alone (Li,
        Zhang & Chen, 2021, equation 9). A word that is neither known nor in
        the source cannot be written and counts for nothing; nor does an
        unknown rating.
        """
        out = self(batch)
        written = (batch.target != PAD) & (batch.target != UNK)
        words = _mean(self._word_loss(out.log_probs, batch.target), written)
        in_bag = (
            written & (batch.target < self.vocab_size) & (batch.target != EOS)
        )
        bag = _mean(
            -F.log_softmax(out.context, dim=-1).gather(
                1, batch.target.masked_fill(~in_bag, PAD)
            ),
            in_bag,
        )
        stars = _mean(
            (out.state.rating - batch.rating).square(), ~batch.rating.isnan()
        )
        return words + self.context_weight * bag + self.rating_weight * stars

    def _word_loss(self, log_probs: Tensor, target: Tensor) -> Tensor:
        """Return the label-smoothed cross-entropy of each word, (B, T)."""
        right = -log_probs.gather(2, target[..., None]).squeeze(2)
        spread = -log_probs[..., : self.vocab_size].mean(dim=2)
        return (
            1 - self.smoothing * self.training
        ) * right + self.smoothing * self.training * spread

    @torch.no_grad()
    def log_likelihood(self, batch: Batch) -> Tensor:
        """Return log P(target | user, item, rating, aspect, sources) of each
        row, (B,), in nats. Call `eval()` first.

        `<eos>` counts, where the target was not cut; words that are neither
        known nor in the sources do not.
        """
        each = (
            self(batch).log_probs.gather(2, batch.target[..., None]).squeeze(2)
        )  # (B, T)
        return each.masked_fill(
            (batch.target == PAD) | (batch.target == UNK), 0.0
        ).sum(dim=1)

    @torch.no_grad()
    def rate(self, batch: Batch) -> Tensor:
        """Return the rating foreseen for each row, (B,), in stars, within the
        scale. Call `eval()` first.
        """
        return self.encode(batch).rating.clamp(*self.scale)

    # How decoding drives a writer: start once, step word by word, keep the rows still being written.

    def start(self, batch: Batch) -> State:
        """Read the conditions and the sources, once."""
        return self.encode(batch)

    def step(self, state: State, tokens: Tensor) -> tuple[Tensor, State]:
        """Take in the last word of each row, (B,); return the
        log-probabilities of the next, (B, V + n_extra).
        """
        hidden, state = self.read(state, tokens[:, None])
        return self.log_probs(hidden, state)[:, 0], state

    def reorder(self, state: State, rows: Tensor) -> State:
        """Return the state of the chosen rows, in that order."""
        return select(state, rows)


def _mean(values: Tensor, counted: Tensor) -> Tensor:
    """Return the mean of the counted values, 0 when none is."""
    return values[counted].sum() / max(int(counted.sum()), 1)


def start_small(module: nn.Module, deviation: float = 0.02) -> None:
    """Draw weights from a normal distribution, biases zero; the default
    deviation is how GPT-2 begins.
    """
    if isinstance(module, (nn.Linear, nn.Embedding)):
        nn.init.normal_(module.weight, std=deviation)
    if isinstance(module, nn.Linear) and module.bias is not None:
        nn.init.zeros_(module.bias)
