"""Chapter 13: a pre-trained language model that `fit` can adapt."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from recx_lib.core.errors import DataError
from recx_lib.nets.rank_budget import RankBudget
from recx_lib.nets.soft_prompts import SoftPrompt

SILENT = -100  # a label that is not learned: the prompt's


@dataclass(frozen=True)
class Told:
    """One record: a prompt, and the answer that is to be learned.

    Both as token numbers; the answer ends with the model's own end. `who` are
    the rows for a soft prompt, (user, item), -1 where unknown.
    """

    prompt: Sequence[int]
    answer: Sequence[int] = ()
    who: Sequence[int] = ()


@dataclass(frozen=True)
class ToldBatch:
    """Records side by side: `tokens`, `labels` and `mask` are (B, T).

    Labels are SILENT except in the answers; `who` is (B, n).
    """

    tokens: Tensor
    labels: Tensor
    mask: Tensor
    who: Tensor = field(default_factory=lambda: torch.zeros(0, 0))


def collate_told(
    rows: Sequence[Told], pad: int, most: int, left: bool = False
) -> ToldBatch:
    """Pad records to one length, at the right, or `left` for writing.

    Raise DataError, naming the row, where prompt and answer are longer than
    `most` tokens, the model's context, or both are empty.
    """
    lines, labels = [], []
    for number, row in enumerate(rows):
        line = [*row.prompt, *row.answer]
        if not 1 <= len(line) <= most:
            raise DataError(_wrong_length(number, len(line), most))
        lines.append(line)
        labels.append([SILENT] * len(row.prompt) + list(row.answer))
    side = "left" if left else "right"
    here = [[1] * len(line) for line in lines]
    who = torch.tensor([list(row.who) for row in rows], dtype=torch.long)
    tokens, labels = _padded(lines, pad, side), _padded(labels, SILENT, side)
    return ToldBatch(tokens, labels, _padded(here, 0, side), who)


def _wrong_length(number: int, length: int, most: int) -> str:
    return (
        f"record {number} has {length} tokens, the model reads 1 … {most}: "
        "shorten its prompt (fewer examples, fewer sentences)"
    )


def _padded(lines: list[list[int]], value: int, side: str) -> Tensor:
    """Return lists of numbers as one tensor, (B, T)."""
    rows = [torch.tensor(line) for line in lines]
    return nn.utils.rnn.pad_sequence(
        rows, batch_first=True, padding_value=value, padding_side=side
    )


class TunedWriter(nn.Module):
    """A language model of `transformers`, told in its prompt what to say.

    The loss counts the answer's tokens only. `prompt`: vectors put before the
    words; `budget`: an AdaLoRA budget, moved on with every step; `dropout`
    takes numbers out of the vectors that are read. What of the model is
    trained is decided outside: `freeze`, `replace_layers`.
    """

    def __init__(
        self,
        model: nn.Module,
        prompt: SoftPrompt | None = None,
        budget: RankBudget | None = None,
        dropout: float = 0.0,
    ):
        super().__init__()
        self.model, self.prompt, self.budget = model, prompt, budget
        self.drop = nn.Dropout(dropout)

    def embed(self, batch: ToldBatch) -> tuple[Tensor, Tensor]:
        """Return the vectors that the model reads, (B, n + T, D), and mask."""
        words = self.drop(self.model.get_input_embeddings()(batch.tokens))
        if self.prompt is None:
            return words, batch.mask
        before = self.prompt(batch.who).to(words.dtype)  # (B, n, D)
        mask = F.pad(batch.mask, (len(self.prompt), 0), value=1)
        return torch.cat([before, words], dim=1), mask

    def loss(self, batch: ToldBatch) -> Tensor:
        """Return the mean negative log-likelihood of an answer's token."""
        skew = self._keep_budget()
        scores, answers = self.scores(*self.embed(batch), batch.labels)
        return F.cross_entropy(scores, answers) + skew

    def scores(
        self, vectors: Tensor, mask: Tensor, labels: Tensor
    ) -> tuple[Tensor, Tensor]:
        """Return the scores of each answer's token, (N, V), and itself, (N,).

        The N tokens of all answers, row by row.
        """
        read = self.model.get_decoder()
        hidden = read(inputs_embeds=vectors, attention_mask=mask)[0]
        # each place foretells the next one's label
        n_before = vectors.shape[1] - labels.shape[1]
        labels = F.pad(labels, (n_before, 0), value=SILENT)[:, 1:]
        spoken = labels != SILENT  # (B, n + T − 1)
        # only there are 49,152 scores worth computing
        out = self.model.get_output_embeddings()
        return out(hidden[:, :-1][spoken]).float(), labels[spoken]

    def _keep_budget(self) -> Tensor | float:
        """Prune what is over budget; in training, move on, and at a price."""
        if self.budget is None:
            return 0.0
        if self.training:
            return self.budget.advance()
        self.budget.prune()
        return 0.0

    @torch.inference_mode()
    def write(self, batch: ToldBatch, n_most: int = 24, **how) -> Tensor:
        """Go on after prompts padded at the left; return tokens, (B, ≤ n).

        Greedy; `how` is handed to `generate` of transformers.
        """
        self.eval()
        vectors, mask = self.embed(batch)
        return self.model.generate(
            inputs_embeds=vectors,
            attention_mask=mask,
            max_new_tokens=n_most,
            do_sample=False,
            **how,
        )
