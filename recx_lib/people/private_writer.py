"""Chapter 19: a writer that learns from reviews, and hides each of them.

Small enough to be read: a word is foreseen from the three before it and the
item. `noisy_mean` is the step by hand; `train_writer` leaves it to opacus,
which also counts what is spent. Training in private needs
`pip install 'recx-lib[privacy]'`.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator, Sequence
from functools import partial
from typing import NamedTuple

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from recx_lib.core.checks import check_positive, check_whole
from recx_lib.core.errors import DataError

BEFORE = 3  # words that a word is foreseen from
LONGEST = 20  # words of a sentence, its end included
PAD, END, RARE = 0, 1, 2
WORD = re.compile(r"[\w'-]+|[.,!?]")


class Rows(NamedTuple):
    """Sentences as numbers: item (n,), words (n, LONGEST), PAD at the end."""

    item: torch.Tensor
    words: torch.Tensor

    def subset(self, rows) -> Rows:
        """Return these rows only."""
        return Rows(self.item[rows], self.words[rows])


def sentence_rows(
    sentences: Sequence[str], item_idx, words: Sequence[str]
) -> Rows:
    """Return sentences as numbers; words that are not in the list are RARE.

    >>> rows = sentence_rows(["A dry tent."], [4], ["a", "tent", "."])
    >>> rows.words[0, :6].tolist()
    [3, 2, 4, 5, 1, 0]
    """
    code = {word: RARE + n for n, word in enumerate(words, 1)}
    table = np.full((len(sentences), LONGEST), PAD)
    for row, sentence in enumerate(sentences):
        tokens = WORD.findall(sentence.lower())[: LONGEST - 1]
        numbers = [code.get(word, RARE) for word in tokens] + [END]
        table[row, : len(numbers)] = numbers
    return Rows(torch.as_tensor(np.asarray(item_idx)), torch.tensor(table))


class SmallWriter(nn.Module):
    """Foresee each word from the three before it and the item (Bengio et al.,
    2003). `loss` is per sentence, so that each can be asked and hidden alone.
    """

    def __init__(self, n_words: int, n_items: int, d: int = 24, h: int = 48):
        super().__init__()
        self.word = nn.Embedding(n_words, d)
        self.item = nn.Embedding(n_items, d)
        self.hidden = nn.Linear((BEFORE + 1) * d, h)
        self.next = nn.Linear(h, n_words)

    def forward(self, item: torch.Tensor, before: torch.Tensor):
        """Return logits (n, t, n_words) of the words after `before`, words
        (n, t, BEFORE), for items (n, t).
        """
        parts = [self.word(before).flatten(2), self.item(item)]
        return self.next(torch.tanh(self.hidden(torch.cat(parts, dim=2))))

    def loss(self, rows: Rows) -> torch.Tensor:
        """Return the mean loss of the words of each sentence, (n,)."""
        before = F.pad(rows.words, (BEFORE, 0), value=END).unfold(1, BEFORE, 1)
        item = rows.item[:, None].expand(rows.words.shape)
        logits = self(item, before[:, :LONGEST])
        each = F.cross_entropy(
            logits.transpose(1, 2), rows.words, reduction="none"
        )
        is_word = rows.words != PAD
        return (each * is_word).sum(1) / is_word.sum(1)

    @torch.no_grad()
    def losses(self, rows: Rows, block: int = 512) -> np.ndarray:
        """Return `loss` of many sentences, block by block."""
        parts = []
        for start in range(0, len(rows.item), block):
            some = rows.subset(slice(start, start + block))
            parts.append(self.loss(some).numpy())
        return np.concatenate(parts)

    @torch.no_grad()
    def write(self, item: torch.Tensor, seed: int = 0) -> torch.Tensor:
        """Return one drawn sentence for each item, as rows of numbers."""
        draw = torch.Generator().manual_seed(seed)
        said = torch.full((len(item), BEFORE), END)
        for _ in range(LONGEST):
            logits = self(item[:, None], said[:, None, -BEFORE:])[:, 0]
            logits[:, [PAD, RARE]] = -torch.inf
            word = torch.multinomial(logits.softmax(1), 1, generator=draw)
            said = torch.cat([said, word], dim=1)
        return said[:, BEFORE:]


def noisy_mean(
    grads: Sequence[torch.Tensor],
    clip: float,
    noise: float,
    generator: torch.Generator | None = None,
) -> list[torch.Tensor]:
    """Return the step of DP-SGD: clip each example, add noise, take the mean.

    `grads` holds one tensor (n, …) per parameter, example by example. Each
    example's gradient, over all parameters together, is shortened to `clip`;
    so nobody moves the sum by more, and Gaussian noise of `noise` · `clip`
    hides anybody (Abadi et al., 2016, algorithm 1).

    >>> one, two = torch.tensor([[3.0, 4.0], [0.3, 0.4]]), torch.zeros(2, 1)
    >>> noisy_mean([one, two], clip=1.0, noise=0.0)[0].round(decimals=2)
    tensor([0.4500, 0.6000])
    """
    check_positive(clip=clip)
    n = len(grads[0])
    # 1. how long each example's gradient is, all parameters together
    flat = torch.cat([one.reshape(n, -1) for one in grads], dim=1)
    shorter = (clip / (flat.norm(dim=1) + 1e-6)).clamp(max=1.0)  # (n,)
    step = []
    for one in grads:
        # 2. the sum of the shortened ones
        total = torch.einsum("n,n...->...", shorter, one)
        # 3. noise in proportion to what one could have moved
        drawn = torch.randn(total.shape, generator=generator)
        step.append((total + noise * clip * drawn) / n)
    return step


class Training(NamedTuple):
    """How a writer is trained; with `epsilon` None without any noise.

    Noise hides only while nobody can repeat it: `seed` None draws anew each
    time. A number is for tests and pages (as in `PrivateEASE`).
    """

    epochs: int = 10
    batch: int = 256
    lr: float = 3e-3
    epsilon: float | None = None
    delta: float = 1e-5
    clip: float = 0.5
    seed: int | None = None


USUAL = Training()


def train_writer(
    model: SmallWriter, rows: Rows, how: Training = USUAL
) -> Iterator[float]:
    """Train in place; after each epoch give the ε spent so far (∞ without).

    With `epsilon` the noise is chosen so that all epochs together spend it,
    by opacus, which draws each batch by lot (Poisson), clips and counts. One
    row is one sentence: who wrote n of them is hidden n times less well. Raise
    DataError where opacus is absent.
    """
    check_whole(epochs=how.epochs, batch=how.batch)
    draw = torch.Generator()
    seed = draw.seed() if how.seed is None else how.seed
    torch.manual_seed(seed)
    draw.manual_seed(seed)
    learner = _Losses(model)
    step = torch.optim.Adam(model.parameters(), lr=how.lr)
    data = torch.utils.data.TensorDataset(*rows)
    loader = torch.utils.data.DataLoader(
        data, how.batch, shuffle=True, generator=draw
    )
    spent = _unlimited
    if how.epsilon is not None:
        learner, step, loader, spent = _private(
            learner, step, loader, how, draw
        )
    for _ in range(how.epochs):
        for some in loader:
            step.zero_grad()
            learner(*some).mean().backward()
            step.step()
        yield float(spent())


def _unlimited() -> float:
    """Return what is spent where nothing is hidden."""
    return float("inf")


def _private(learner, step, loader, how: Training, draw: torch.Generator):
    """Return the three parts as opacus makes them private, and what tells
    how much is spent.
    """
    engine = _engine()
    parts = engine.make_private_with_epsilon(
        module=learner,
        optimizer=step,
        data_loader=loader,
        target_epsilon=how.epsilon,
        target_delta=how.delta,
        epochs=how.epochs,
        max_grad_norm=how.clip,
        noise_generator=draw,
    )
    return *parts, partial(engine.get_epsilon, how.delta)


class _Losses(nn.Module):
    """A writer whose forward pass is its loss: what opacus hooks into."""

    def __init__(self, writer: SmallWriter):
        super().__init__()
        self.writer = writer

    def forward(self, item: torch.Tensor, words: torch.Tensor):
        return self.writer.loss(Rows(item, words))


def _engine():
    """Return opacus's engine; raise DataError where it is absent."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            from opacus import PrivacyEngine
    except ImportError as error:
        remedy = "pip install 'recx-lib[privacy]'"
        raise DataError(f"opacus is missing: {remedy}") from error
    return PrivacyEngine(accountant="rdp")
