"""Chapters 4 and 5: from probabilities to a sentence: greedy, sampling and
beam, one way for every net.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

import torch
from torch import Tensor
from torch.nn import functional as F

from recx_lib.core.errors import DataError
from recx_lib.nets.batches import Batch, select
from recx_lib.nets.limits import NO_LIMITS, Limiter, Limits
from recx_lib.nets.vocab import BOS, EOS, PAD, Vocab


@dataclass(frozen=True)
class Written:
    """A finished sentence: its words, its log-probability under the net
    (natural log), and where it looked.

    `attention` is (T, S): for each word, the weights on the S source words in
    the very pass that chose it.
    """

    words: tuple[str, ...]
    log_prob: float
    attention: Tensor = field(repr=False, compare=False)

    @property
    def text(self) -> str:
        """The words, joined by spaces."""
        return " ".join(self.words)


@dataclass(frozen=True)
class _Prefix:
    """What `Rerun` remembers: the batch, the words so far (N, t), and where
    the last one looked (N, 1, S).
    """

    batch: Batch
    written: Tensor
    attention: Tensor | None = None


class Rerun:
    """Drive a net without a cache: at every step read everything again. The
    yardstick that the cache must equal.
    """

    def __init__(self, net):
        self.net = net

    def start(self, batch: Batch) -> _Prefix:
        """Remember the batch; nothing is read yet."""
        return _Prefix(batch, torch.zeros(len(batch), 0, dtype=torch.int64))

    def step(self, state: _Prefix, tokens: Tensor) -> tuple[Tensor, _Prefix]:
        """Read all words so far and one more, (N,); return the
        log-probabilities of the next, (N, V + n_extra).
        """
        written = torch.cat(
            [state.written, tokens[:, None]], dim=1
        )  # <bos> and t words
        out = self.net(
            replace(
                state.batch, target=F.pad(written[:, 1:], (0, 1), value=PAD)
            )
        )
        return out.log_probs[:, -1], _Prefix(
            state.batch, written, out.state.attention[:, -1:]
        )

    def reorder(self, state: _Prefix, rows: Tensor) -> _Prefix:
        """Return the state of the chosen rows, in that order."""
        return replace(select(state, rows), batch=state.batch.rows(rows))


@contextmanager
def _writing(net) -> Iterator[None]:
    """Switch dropout and gradients off, and dropout back on afterwards if it
    was.
    """
    module = getattr(net, "net", net)
    was_training = module.training
    module.eval()
    try:
        with torch.inference_mode():
            yield
    finally:
        module.train(was_training)


@dataclass(frozen=True)
class _Drafts:
    """N sentences being written. `row` (N,) says which of the batch × copies
    each one is; the others have left.
    """

    state: object
    row: Tensor
    written: Tensor  # (N, 1 + t) word numbers, from <bos> on
    log_prob: Tensor  # (N,) the net's own
    score: Tensor  # (N,) after the limits
    looked: Tensor  # (N, t, S)

    @property
    def last(self) -> Tensor:
        return self.written[:, -1]

    def over(self, max_len: int) -> Tensor:
        """Return which drafts are finished, (N,): at `<eos>`, or as long as
        allowed.
        """
        return (self.last == EOS) | (self.written.shape[1] > max_len)

    def sentence(
        self, place: int, vocab: Vocab, extra: Sequence[str]
    ) -> Written:
        """Return one draft as words."""
        words = tuple(vocab.decode(self.written[place].tolist(), extra))
        return Written(
            words,
            self.log_prob[place].item(),
            self.looked[place, : len(words)],
        )

    def take(self, places: Tensor) -> _Drafts:
        """Return the drafts at `places`, without a state to go on from; one
        may be taken several times.
        """
        return select(replace(self, state=None), places)

    def keep(self, net, places: Tensor) -> _Drafts:
        """Return the drafts at `places`, ready to go on."""
        return replace(
            self.take(places), state=net.reorder(self.state, places)
        )

    def add(self, word: Tensor, log_prob: Tensor, score: Tensor) -> _Drafts:
        """Return the drafts one word longer; all arguments (N,)."""
        written = torch.cat([self.written, word[:, None]], dim=1)
        return replace(
            self,
            written=written,
            log_prob=self.log_prob + log_prob,
            score=self.score + score,
        )


def _begin(net, batch: Batch, copies: int) -> _Drafts:
    """Read the batch once; begin `copies` sentences a row."""
    row = torch.arange(len(batch) * copies)
    zeros = torch.zeros(len(row))
    state = (
        net.start(batch)
        if copies == 1
        else net.reorder(net.start(batch), row // copies)
    )
    return _Drafts(
        state,
        row,
        torch.full((len(row), 1), BOS),
        zeros,
        zeros,
        zeros[:, None, None][:, :0],
    )


def _look(net, drafts: _Drafts) -> tuple[Tensor, _Drafts]:
    """Let the net take in the last word; return its log-probabilities for
    the next, (N, V'), and the drafts.
    """
    log_probs, state = net.step(drafts.state, drafts.last)
    looked = (
        torch.cat([drafts.looked, state.attention], dim=1)
        if drafts.looked.shape[1]
        else state.attention
    )
    return log_probs, replace(drafts, state=state, looked=looked)


def _walk(
    net,
    batch: Batch,
    vocab: Vocab,
    limits: Limits,
    choose: Callable,
    copies: int = 1,
) -> list[Written]:
    """Write `copies` sentences a row, word by word as `choose` picks from the
    scores; a finished row leaves at once.
    """
    limiter, done = Limiter(limits, batch, vocab, copies), {}
    with _writing(net):
        drafts = _begin(net, batch, copies)
        while len(drafts.row):
            log_probs, drafts = _look(net, drafts)
            scores = limiter.apply(log_probs, drafts.written, drafts.row)
            word = choose(scores)[:, None]
            drafts = drafts.add(
                word[:, 0],
                log_probs.gather(1, word)[:, 0],
                scores.gather(1, word)[:, 0],
            )
            over = drafts.over(limits.max_len)
            for place in over.nonzero()[:, 0].tolist():
                row = int(drafts.row[place])
                done[row] = drafts.sentence(
                    place, vocab, batch.extra[row // copies]
                )
            if over.any():
                drafts = drafts.keep(net, (~over).nonzero()[:, 0])
    return [done[row] for row in range(len(batch) * copies)]


def greedy(
    net, batch: Batch, vocab: Vocab, limits: Limits = NO_LIMITS
) -> list[Written]:
    """Write one sentence a row, always taking the likeliest word that the
    limits allow.

    `net` is any object with start, step and reorder. Raise DataError for a
    constraint that cannot be met.
    """
    return _walk(
        net, batch, vocab, limits, lambda scores: scores.argmax(dim=1)
    )


def nucleus(
    scores: Tensor,
    temperature: float = 1.0,
    top_p: float = 1.0,
    top_k: int = 50,
    rng=None,
) -> Tensor:
    """Draw one word a row, (N, V) → (N,), from the likeliest words that
    together reach probability `top_p`.

    Only the `top_k` best are looked at. `temperature` below 1 sharpens, above
    1 flattens. `rng` is a torch.Generator. Source: Holtzman et al. (2020).

    >>> nucleus(torch.tensor([[0.6, 0.3, 0.1]]).log(), top_p=0.5)
    tensor([0])
    """
    best, words = scores.topk(min(top_k, scores.shape[1]), dim=1)
    probs = (best / temperature).softmax(dim=1)
    before = probs.cumsum(dim=1) - probs  # what the better words already have
    drawn = probs.masked_fill(before >= top_p, 0.0).multinomial(
        1, generator=rng
    )
    return words.gather(1, drawn)[:, 0]


def sample(net, batch: Batch, vocab: Vocab, n: int = 1, temperature: float = 1.0, top_p: float = 0.9,
           limits: Limits = NO_LIMITS, seed: int = 0) -> list[list[Written]]:  # fmt: skip
    """Draw `n` sentences a row; the source is read once for all of them. Raise
    DataError as `greedy`.
    """
    if not (temperature > 0 and 0 < top_p <= 1 and n >= 1):
        raise DataError(
            f"temperature={temperature} and n={n} must be above 0, top_p={top_p} in 0 … 1"
        )
    rng = torch.Generator().manual_seed(seed)
    drawn = _walk(
        net,
        batch,
        vocab,
        limits,
        lambda scores: nucleus(scores, temperature, top_p, rng=rng),
        copies=n,
    )
    return [drawn[row * n : (row + 1) * n] for row in range(len(batch))]


def beam(net, batch: Batch, vocab: Vocab, width: int = 4, length_power: float = 1.0,
         limits: Limits = NO_LIMITS) -> list[list[Written]]:  # fmt: skip
    """Return about `width` good sentences a row, best first: keep the `width`
    best beginnings at every step.

    Sentences are ranked by score / length ** length_power (0: short ones win;
    1: mean per word). A row leaves when `width` of its sentences are finished.
    Raise DataError as `greedy`, and for width < 1.
    """
    if width < 1:
        raise DataError(f"width={width} must be 1 or more")
    limiter, done = (
        Limiter(limits, batch, vocab, width),
        [[] for _ in range(len(batch))],
    )
    with _writing(net):
        drafts = _begin(net, batch, width)
        drafts = replace(
            drafts, score=torch.where(drafts.row % width == 0, 0.0, -torch.inf)
        )  # equal twins: one counts
        for _ in range(limits.max_len):
            drafts, ended = _widen(net, drafts, limiter, width)
            for place, row in enumerate((ended.row // width).tolist()):
                mark = (
                    ended.score[place].item()
                    / (ended.written.shape[1] - 1) ** length_power
                )
                done[row].append(
                    (mark, ended.sentence(place, vocab, batch.extra[row]))
                )
            alive = torch.tensor(
                [
                    len(done[row]) < width
                    for row in (drafts.row // width).tolist()
                ],
                dtype=torch.bool,
            )
            drafts = (
                drafts
                if alive.all()
                else drafts.keep(net, alive.nonzero()[:, 0])
            )
            if not alive.any():
                break
    return [
        [
            written
            for _, written in sorted(found, key=lambda pair: -pair[0])[:width]
        ]
        for found in done
    ]


def _widen(
    net, drafts: _Drafts, limiter: Limiter, width: int
) -> tuple[_Drafts, _Drafts]:
    """Add a word to every draft in all ways; return the `width` best
    unfinished drafts a row, and the finished ones.
    """
    log_probs, drafts = _look(net, drafts)
    scores = limiter.apply(log_probs, drafts.written, drafts.row)
    n, n_words = len(scores) // width, scores.shape[1]
    total, best = (
        (drafts.score[:, None] + scores)
        .view(n, width * n_words)
        .topk(2 * width, dim=1)
    )  # (n, 2 width)
    parent, word = (
        best // n_words + width * torch.arange(n)[:, None],
        best % n_words,
    )
    over = (word == EOS) | (drafts.written.shape[1] == limiter.limits.max_len)
    live = over.int().argsort(dim=1, stable=True)[
        :, :width
    ]  # unfinished first, the better ones before the others
    ends = over & (torch.arange(2 * width) < width) & (total > -torch.inf)

    def grown(kept: _Drafts, parent: Tensor, word: Tensor) -> _Drafts:
        return kept.add(word, log_probs[parent, word], scores[parent, word])

    on = parent.gather(1, live).flatten()
    ended = grown(drafts.take(parent[ends]), parent[ends], word[ends])
    return grown(
        drafts.keep(net, on), on, word.gather(1, live).flatten()
    ), ended
