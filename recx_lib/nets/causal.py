"""Chapter 12: a ready-made language model behind the decoding of chapter 4.

A `CausalNet` has start, step and reorder, so greedy, sample, beam and every
limit work on it; its pieces of words stand in a `TokenVocab`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor
from torch.nn import functional as F
from torch.nn.utils.rnn import pad_sequence

from recx_lib.core.errors import DataError
from recx_lib.nets.batches import select
from recx_lib.nets.vocab import BOS, EOS, SPECIALS, UNK
from recx_lib.nets.weights import evaluating

SHIFT = len(SPECIALS)  # our marks come first, then the model's own tokens


class TokenVocab:
    """A tokenizer's pieces, numbered as `Vocab` numbers words.

    Our five marks come first, so that piece t of the tokenizer is number
    t + 5; the piece that ends an answer is our `<eos>`. Pieces are written as
    the tokenizer writes them ("Ġzip" is " zip").
    """

    def __init__(self, tokenizer):
        self.tokenizer = tokenizer
        self.end = tokenizer.eos_token_id

    def __len__(self) -> int:
        return len(self.tokenizer) + SHIFT

    def encode(
        self, pieces: Sequence[str], extra: Sequence[str] = ()
    ) -> list[int]:
        """Return the number of each piece; `<unk>` for what is none."""
        known = self.tokenizer.get_vocab()
        return [known.get(one, UNK - SHIFT) + SHIFT for one in pieces]

    def decode(
        self, ids: Iterable[int], extra: Sequence[str] = ()
    ) -> list[str]:
        """Return the pieces of `ids` up to `<eos>`, marks left out."""
        kept = []
        # marks are numbered before the words
        for idx in ids:
            if idx == EOS:
                break
            if idx >= SHIFT:
                kept.append(int(idx) - SHIFT)
        return self.tokenizer.convert_ids_to_tokens(kept)


@dataclass(frozen=True)
class Prompts:
    """What a language model is given to read: a list of token ids a row."""

    ids: Sequence[Sequence[int]]

    def __len__(self) -> int:
        return len(self.ids)

    @property
    def extra(self) -> tuple[tuple[str, ...], ...]:
        """No row has words of its own to copy: every piece is known."""
        return ((),) * len(self.ids)


@dataclass(frozen=True)
class CausalState:
    """All that is kept between two pieces.

    `seen` (N, P) marks the places that are no padding, `cache` holds keys and
    values a layer, `last` (N,) the prompt's last token, which `<bos>` stands
    for. `attention` is empty: a ready-made model's maps are not kept.
    """

    seen: Tensor
    cache: tuple[tuple[Tensor, Tensor], ...]
    last: Tensor
    attention: Tensor


def common_start(rows: Sequence[Sequence[int]]) -> int:
    """Return how many numbers all rows begin with; one at least is left over.

    >>> common_start([[5, 6, 7], [5, 6, 8, 9]])
    2
    """
    shortest = min(map(len, rows)) - 1
    for place in range(shortest):
        if len({row[place] for row in rows}) > 1:
            return place
    return shortest


def right_aligned(rows: Sequence[Tensor]) -> Tensor:
    """Return rows of numbers above each other, zeros before the short ones.

    >>> right_aligned([torch.tensor([5, 6]), torch.tensor([7])]).tolist()
    [[5, 6], [0, 7]]
    """
    turned = [row.flip(0) for row in rows]
    return pad_sequence(turned, batch_first=True).flip(1)


class CausalNet:
    """Drive a causal language model of `transformers`, piece by piece.

    `model` maps token ids to logits and takes a cache; `end` is the token id
    that ends an answer.
    """

    def __init__(self, model, end: int):
        self.net = model.eval()
        self.end = end

    def start(self, prompts: Prompts) -> CausalState:
        """Read all prompts but for their last token, once.

        Raise DataError for an empty prompt, and for one that is longer than
        the model can read.
        """
        self.check(prompts)
        # 1. what all prompts begin with is read once
        first = prompts.ids[0]
        shared = common_start(prompts.ids)
        unread = torch.zeros(1, 0, dtype=torch.int64)
        nowhere = torch.zeros(1, 1, 0)
        state = CausalState(unread, (), torch.tensor([first[-1]]), nowhere)
        if shared:
            begin = torch.tensor([first[:shared]])
            _, state = self.read(state, begin, torch.ones_like(begin), True)
        # 2. the rest, row beside row; all end together
        state = self.reorder(state, torch.zeros(len(prompts)).long())
        rows = [torch.tensor(row[shared:]) for row in prompts.ids]
        ids = right_aligned(rows)  # (N, P)
        seen = right_aligned([torch.ones_like(row) for row in rows])
        # 3. but for the last token, with which the answer begins
        if ids.shape[1] > 1:
            _, state = self.read(state, ids[:, :-1], seen[:, :-1], True)
        return replace(state, last=ids[:, -1])

    def check(self, prompts: Prompts) -> None:
        """Raise DataError where a prompt cannot be read."""
        longest = self.net.config.max_position_embeddings
        for row, ids in enumerate(prompts.ids):
            if not 0 < len(ids) < longest:
                raise DataError(
                    f"prompt {row} has {len(ids)} tokens: the model reads 1 "
                    f"to {longest - 1}; leave out examples or shorten reviews"
                )

    def read(
        self, state: CausalState, ids: Tensor, seen: Tensor, last: bool = False
    ) -> tuple[Tensor, CausalState]:
        """Take in T more tokens, (N, T).

        Return the log-probabilities of what follows each, (N, T, V), or only
        of what follows the last, (N, 1, V), and the new state.
        """
        from transformers import DynamicCache  # seconds; only who needs it

        seen = torch.cat([state.seen, seen], dim=1)
        # padding before a prompt does not count as a place
        places = (seen.cumsum(dim=1) - 1).clamp_min(0)[:, -ids.shape[1] :]
        out = self.net(
            input_ids=ids,
            attention_mask=seen,
            position_ids=places,
            past_key_values=DynamicCache(state.cache),
            use_cache=True,
            logits_to_keep=1 if last else 0,
        )
        cache = out.past_key_values.layers
        cache = tuple((layer.keys, layer.values) for layer in cache)
        log_probs = out.logits.float().log_softmax(dim=-1)
        return log_probs, replace(state, seen=seen, cache=cache)

    def step(
        self, state: CausalState, tokens: Tensor
    ) -> tuple[Tensor, CausalState]:
        """Take in the last piece of each row, (N,), in our numbers.

        Return the log-probabilities of the next, (N, V + 5).
        """
        own = torch.where(tokens == BOS, state.last, tokens - SHIFT)
        one = torch.ones_like(own)[:, None]
        told, state = self.read(state, own[:, None], one)
        # our marks first; the model's end is our <eos>
        scores = F.pad(told[:, 0], (SHIFT, 0), value=-torch.inf)
        scores[:, EOS] = told[:, 0, self.end]
        scores[:, self.end + SHIFT] = -torch.inf
        return scores, state

    def reorder(self, state: CausalState, rows: Tensor) -> CausalState:
        """Return the state of the chosen rows, in that order."""
        return select(state, rows)

    def log_likelihood(
        self, prompt: Sequence[int], answers: Sequence[Sequence[int]]
    ) -> Tensor:
        """Return log P(answer | prompt) of each answer, (n,), in nats.

        The prompt is read once for all of them. Raise DataError for an answer
        without tokens.
        """
        empty = [row for row, ids in enumerate(answers) if not len(ids)]
        if empty:
            raise DataError(
                f"answer {empty[0]} has no tokens: nothing to weigh"
            )
        with evaluating(self.net):
            # 1. the prompt, once; its last token begins every answer
            state = self.start(Prompts([prompt]))
            same = torch.zeros(len(answers), dtype=torch.int64)
            state = self.reorder(state, same)
            rows = [torch.tensor(ids) for ids in answers]
            wanted = pad_sequence(rows, batch_first=True)  # (n, T)
            fed = torch.cat([state.last[:, None], wanted[:, :-1]], dim=1)
            # 2. all tokens at once: what follows a row's end is not counted
            told, _ = self.read(state, fed, torch.ones_like(fed))
        each = told.gather(2, wanted[..., None])[..., 0]  # (n, T)
        lengths = torch.tensor([len(row) for row in rows])
        inside = torch.arange(each.shape[1]) < lengths[:, None]
        return each.masked_fill(~inside, 0.0).sum(dim=1)
