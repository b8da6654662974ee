"""Chapter 4: three losses of a network that writes: words, bag and stars."""

from __future__ import annotations

from torch import Tensor
from torch.nn import functional as F

from recx_lib.nets.vocab import EOS, PAD, UNK


def can_be_written(target: Tensor) -> Tensor:
    """Return True where a target word counts, (B, T).

    Padding does not, nor does a word that is neither known nor in the source.

    >>> import torch
    >>> can_be_written(torch.tensor([[7, 3, 2, 0]]))
    tensor([[ True, False,  True, False]])
    """
    return (target != PAD) & (target != UNK)


def word_loss(
    log_probs: Tensor, target: Tensor, vocab_size: int, smoothing: float
) -> Tensor:
    """Return the mean label-smoothed cross-entropy of a word, in nats.

    `log_probs` (B, T, V + n_extra), `target` (B, T). A share `smoothing` of
    the certainty is spread over the vocabulary. Source: Szegedy et al. (2016),
    section 7.
    """
    right = -log_probs.gather(2, target[..., None]).squeeze(2)  # (B, T)
    spread = -log_probs[..., :vocab_size].mean(dim=2)  # (B, T)
    each = (1 - smoothing) * right + smoothing * spread
    return mean_of(each, can_be_written(target))


def bag_loss(context: Tensor, target: Tensor, vocab_size: int) -> Tensor:
    """Return the mean cross-entropy of the target's words as a bag, in nats.

    `context` (B, V) are logits made of user and item alone ("context
    prediction": Li, Zhang & Chen, 2021, equation 9); `target` (B, T). The end
    mark and words beyond the vocabulary are not in the bag.
    """
    in_bag = can_be_written(target) & (target < vocab_size) & (target != EOS)
    words = target.masked_fill(~in_bag, PAD)
    each = -F.log_softmax(context, dim=-1).gather(1, words)  # (B, T)
    return mean_of(each, in_bag)


def rating_loss(foreseen: Tensor, rating: Tensor) -> Tensor:
    """Return the mean squared error of the known ratings, both (B,), stars.

    >>> import torch
    >>> rating_loss(torch.tensor([3.0, 3.0]), torch.tensor([5.0, torch.nan]))
    tensor(4.)
    """
    known = ~rating.isnan()
    # an unknown one is as foreseen: its gradient is 0, not 0 · NaN
    errors = foreseen - rating.where(known, foreseen.detach())
    return mean_of(errors.square(), known)


def mean_of(values: Tensor, counted: Tensor) -> Tensor:
    """Return the mean of the counted values, 0 when none is."""
    return values[counted].sum() / max(int(counted.sum()), 1)
