"""Chapter 13: learning from few records without learning them by heart."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn import functional as F

from recx_lib.core.errors import DataError
from recx_lib.nets.tuned import SILENT, Told, ToldBatch, TunedWriter


class AdversarialWriter(TunedWriter):
    """A writer trained also on the worst small change of what it reads.

    In training the loss is the mean of two: on the vectors as they are, and
    after a step of length `size` (per token) along the gradient, to where it
    is worst (Goodfellow et al., 2015; on words: Miyato et al., 2017).
    """

    size = 0.5

    def loss(self, batch: ToldBatch) -> Tensor:
        """Return the loss; in training, half of it under attack."""
        if not self.training:
            return super().loss(batch)
        skew = self._keep_budget()
        vectors, mask = self.embed(batch)
        if not vectors.requires_grad:  # frozen words: begin the graph here
            vectors.requires_grad_()
        clean = F.cross_entropy(*self.scores(vectors, mask, batch.labels))
        (slope,) = torch.autograd.grad(clean, vectors, retain_graph=True)
        step = self.size * F.normalize(slope, dim=-1)
        worse = self.scores(vectors + step, mask, batch.labels)
        return (clean + F.cross_entropy(*worse)) / 2 + skew


def swap_terms(
    rows: Sequence[Told],
    terms: Sequence[int],
    copies: int = 1,
    place: int = 2,
    seed: int = 0,
) -> list[Told]:
    """Return the rows, and copies that speak of another term.

    The term stands at `place` in the prompt; where the answer holds it, too,
    another one, drawn from `terms`, takes its place in both. Rows whose
    answer does not hold it are not copied. Raise DataError for fewer than two
    terms.

    >>> row = Told([1, 4, 7, 2], [5, 7, 6])
    >>> swap_terms([row], [7, 9])[1].answer
    [5, 9, 6]
    """
    if len(set(terms)) < 2:
        raise DataError("a swap needs two different terms or more")
    rng = torch.Generator().manual_seed(seed)
    new = list(rows)
    for row in rows:
        # a row that does not say its term cannot say another
        old = row.prompt[place]
        if old not in row.answer:
            continue
        others = [term for term in terms if term != old]
        # the prompt and the answer change together
        for _ in range(copies):
            drawn = torch.randint(len(others), (1,), generator=rng)
            other = others[int(drawn)]
            prompt = [other if token == old else token for token in row.prompt]
            answer = [other if token == old else token for token in row.answer]
            new.append(Told(prompt, answer, row.who))
    return new


@torch.inference_mode()
def ensemble_loss(writers: Sequence[TunedWriter], batch: ToldBatch) -> float:
    """Return the loss of the mean of several writers' probabilities."""
    found = []
    for writer in writers:
        scores, answers = writer.eval().scores(
            *writer.embed(batch), batch.labels
        )
        found.append(scores.softmax(dim=-1))
    mean = torch.stack(found).mean(dim=0)  # (N, V)
    return float(F.nll_loss(mean.log(), answers))


@torch.inference_mode()
def retrieved_loss(
    writer: TunedWriter,
    batch: ToldBatch,
    sources: Sequence[Sequence[int]],
    share: float = 0.3,
) -> float:
    """Return the loss of a writer that takes a share of its words from others.

    p = (1 − share) · p(writer) + share · p(a word of the row's source), as in
    chapter 4's copying, and no weight is changed. `sources` holds the tokens
    retrieved for each row; a row without any is the writer's alone.
    """
    vectors, mask = writer.eval().embed(batch)
    scores, answers = writer.scores(vectors, mask, batch.labels)
    own = scores.softmax(dim=-1)  # (N, V)
    row = (batch.labels != SILENT).nonzero()[:, 0]  # (N,)
    mixed = []
    for number, words in zip(row.tolist(), own, strict=True):
        source = torch.tensor(list(sources[number]), dtype=torch.long)
        if len(source):
            read = torch.bincount(source, minlength=len(words)) / len(source)
            words = (1 - share) * words + share * read
        mixed.append(words)
    return float(F.nll_loss(torch.stack(mixed).log(), answers))
