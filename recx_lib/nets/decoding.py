"""Chapters 4 and 5: from probabilities to a sentence, one way for every net.

Greedy, sampling and beam search. A net is any object with start, step and
reorder: a SentenceNet, or `Rerun` of one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional as F

from recx_lib.core.errors import DataError
from recx_lib.nets.batches import Batch
from recx_lib.nets.limits import NO_LIMITS, Limiter, Limits
from recx_lib.nets.unfinished import Drafts, Written
from recx_lib.nets.vocab import Vocab
from recx_lib.nets.weights import evaluating


def greedy(
    net, batch: Batch, vocab: Vocab, limits: Limits = NO_LIMITS
) -> list[Written]:
    """Write one sentence a row, always taking the likeliest word allowed.

    `net` is any object with start, step and reorder. Raise DataError for a
    limit that cannot be kept.
    """
    limiter = Limiter(limits, batch, vocab)
    return _walk(net, batch, vocab, limiter, likeliest)


@dataclass(frozen=True)
class Dice:
    """How `sample` draws a word: the settings of `nucleus`.

    Raise DataError for one out of range.
    """

    temperature: float = 1.0
    top_p: float = 0.9
    top_k: int | None = 50

    def __post_init__(self):
        if not (self.temperature > 0 and 0 < self.top_p <= 1):
            said = f"temperature={self.temperature} must be above 0"
            raise DataError(f"{said}, top_p={self.top_p} in 0 … 1")
        if self.top_k is not None and self.top_k < 1:
            said = f"top_k={self.top_k} must be 1 or more"
            raise DataError(f"{said}, or None for all")

    def draw(self, scores: Tensor, rng: torch.Generator) -> Tensor:
        """Return a word for each row of scores, (N, V) → (N,)."""
        return nucleus(scores, self.temperature, self.top_p, self.top_k, rng)


DICE = Dice()


def sample(
    net,
    batch: Batch,
    vocab: Vocab,
    n: int = 1,
    dice: Dice = DICE,
    limits: Limits = NO_LIMITS,
    seed: int | Sequence[int] = 0,
) -> list[list[Written]]:
    """Draw `n` sentences a row; the source is read once for all of them.

    With a list of seeds, one for each row, and a `top_k` in the `dice`, what a
    row says does not depend on the rest of the batch. Raise DataError as
    `greedy`, and for n < 1.
    """
    if n < 1:
        raise DataError(f"n={n} must be above 0")
    draw = _thrown(dice, seed, len(batch))
    limiter = Limiter(limits, batch, vocab, copies=n)
    drawn = _walk(net, batch, vocab, limiter, draw)
    return [drawn[row * n : (row + 1) * n] for row in range(len(batch))]


def _thrown(
    dice: Dice, seed: int | Sequence[int], n_rows: int
) -> Callable[[Tensor, Tensor], Tensor]:
    """Return a function of scores and rows that draws words by the seeds."""
    if isinstance(seed, int):
        rng = torch.Generator().manual_seed(seed)
        return lambda scores, row: dice.draw(scores, rng)
    if len(seed) != n_rows:
        raise DataError(f"{len(seed)} seeds for {n_rows} rows: one for each")
    rngs = [torch.Generator().manual_seed(one) for one in seed]

    def draw_each(scores: Tensor, row: Tensor) -> Tensor:
        # as many columns in every batch: their number decides what is drawn
        scores = F.pad(scores, (0, dice.top_k or 0), value=-torch.inf)
        rows, copies = torch.unique_consecutive(row, return_counts=True)
        parts = zip(rows.tolist(), scores.split(copies.tolist()), strict=True)
        return torch.cat([dice.draw(part, rngs[one]) for one, part in parts])

    return draw_each


def likeliest(scores: Tensor, row: Tensor | None = None) -> Tensor:
    """Return the word with the highest score in each row, (N, V) → (N,)."""
    return scores.argmax(dim=1)


def nucleus(
    scores: Tensor,
    temperature: float = 1.0,
    top_p: float = 1.0,
    top_k: int | None = 50,
    rng: torch.Generator | None = None,
) -> Tensor:
    """Draw one word a row, (N, V) → (N,), from the likeliest words.

    They are those that together reach probability `top_p`; only the `top_k`
    best are looked at, all of them for None. `temperature` below 1 sharpens,
    above 1 flattens. Source: Holtzman et al. (2020).

    >>> nucleus(torch.tensor([[0.6, 0.3, 0.1]]).log(), top_p=0.5)
    tensor([0])
    """
    n_words = scores.shape[1] if top_k is None else top_k
    best, words = scores.topk(min(n_words, scores.shape[1]), dim=1)
    probs = (best / temperature).softmax(dim=1)
    before = probs.cumsum(dim=1) - probs  # what the better words already have
    inside = probs.masked_fill(before >= top_p, 0.0)
    drawn = inside.multinomial(1, generator=rng)
    return words.gather(1, drawn)[:, 0]


def _walk(
    net, batch: Batch, vocab: Vocab, limiter: Limiter, choose: Callable
) -> list[Written]:
    """Write `limiter.copies` sentences a row, word by word.

    `choose` picks from the scores, (N, V') → (N,), told the row of the batch
    that each is for, (N,); a finished sentence leaves at once.
    """
    copies, done = limiter.copies, {}
    with evaluating(getattr(net, "net", net)):
        drafts = Drafts.begin(net, batch, copies)
        while len(drafts.row):
            # 1. the scores of every next word, and the choice
            log_probs, drafts = drafts.look(net)
            scores = limiter.apply(log_probs, drafts.written, drafts.row)
            word = choose(scores, drafts.row // copies)  # (N,)
            each = torch.arange(len(word))
            drafts = drafts.add(
                word, log_probs[each, word], scores[each, word]
            )
            # 2. set aside what is finished, go on with the others
            is_last = limiter.is_last(drafts.last, drafts.length)  # (N,)
            for place in is_last.nonzero()[:, 0].tolist():
                row = int(drafts.row[place])
                extra = batch.extra[row // copies]
                done[row] = drafts.sentence(place, vocab, extra)
            if is_last.any():
                drafts = drafts.keep(net, (~is_last).nonzero()[:, 0])
    return [done[row] for row in range(len(batch) * copies)]


class _Ended(NamedTuple):
    """A finished sentence of a beam, and by what it is ranked."""

    rank: float
    written: Written


def beam(
    net,
    batch: Batch,
    vocab: Vocab,
    width: int = 4,
    length_power: float = 1.0,
    limits: Limits = NO_LIMITS,
) -> list[list[Written]]:
    """Return about `width` good sentences a row, best first.

    The `width` best beginnings are kept at every step. Sentences are ranked by
    score / length ** length_power (0: short ones win; 1: the mean of a step,
    the end mark's own counted). A row leaves when `width` of its sentences are
    finished. Raise DataError as `greedy`, and for width < 1.
    """
    if width < 1:
        raise DataError(f"width={width} must be 1 or more")
    limiter = Limiter(limits, batch, vocab, copies=width)
    done: list[list[_Ended]] = [[] for _ in range(len(batch))]
    with evaluating(getattr(net, "net", net)):
        drafts = Drafts.begin(net, batch, width)
        # of `width` equal beginnings only one counts
        first = drafts.row % width == 0
        drafts = replace(drafts, score=torch.where(first, 0.0, -torch.inf))
        while len(drafts.row):
            drafts, ended = _widen(net, drafts, limiter)
            for place, row in enumerate((ended.row // width).tolist()):
                rank = ended.score[place].item() / ended.length**length_power
                said = ended.sentence(place, vocab, batch.extra[row])
                done[row].append(_Ended(rank, said))
            drafts = _unfinished(net, drafts, done, limiter)
    return [_best(found, width) for found in done]


def _widen(net, drafts: Drafts, limiter: Limiter) -> tuple[Drafts, Drafts]:
    """Add a word to every draft in all ways.

    Return the best unfinished drafts, `width` a row, and the finished ones
    that were among the `width` best.
    """
    width = limiter.copies
    # 1. every draft followed by every word
    log_probs, drafts = drafts.look(net)
    scores = limiter.apply(log_probs, drafts.written, drafts.row)  # (N, V')
    n_rows, n_words = len(scores) // width, scores.shape[1]
    # 2. the best 2 * width of each row: one ending for each draft, so at
    #    most `width` of them end, and `width` others can go on
    total = (drafts.score[:, None] + scores).view(n_rows, width * n_words)
    best_score, best = total.topk(2 * width, dim=1)  # (n_rows, 2 * width)
    word = best % n_words
    first = width * torch.arange(n_rows)[:, None]  # a row's first draft
    parent = first + best // n_words  # the draft that the word continues
    # 3. the finished ones among the `width` best are set aside
    is_last = limiter.is_last(word, drafts.length + 1)  # (n_rows, 2 * width)
    in_beam = torch.arange(2 * width) < width
    ends = is_last & in_beam & (best_score > -torch.inf)
    at, last = parent[ends], word[ends]
    ended = drafts.take(at).add(last, log_probs[at, last], scores[at, last])
    # 4. the best `width` of the others go on
    others = is_last.int().argsort(dim=1, stable=True)[:, :width]
    parent = parent.gather(1, others).flatten()  # (N,)
    word = word.gather(1, others).flatten()
    going = drafts.keep(net, parent)
    going = going.add(word, log_probs[parent, word], scores[parent, word])
    return going, ended


def _unfinished(
    net, drafts: Drafts, done: list[list[_Ended]], limiter: Limiter
) -> Drafts:
    """Return the drafts whose row still lacks sentences, and may go on."""
    width = limiter.copies
    lacking = torch.tensor([len(found) < width for found in done])
    goes_on = lacking[drafts.row // width]  # (N,)
    if drafts.length == limiter.limits.max_len:
        goes_on = torch.zeros_like(goes_on)
    if goes_on.all():
        return drafts
    return drafts.keep(net, goes_on.nonzero()[:, 0])


def _best(found: list[_Ended], width: int) -> list[Written]:
    """Return the `width` best sentences, best first."""
    ranked = sorted(found, key=lambda one: -one.rank)
    return [one.written for one in ranked[:width]]
