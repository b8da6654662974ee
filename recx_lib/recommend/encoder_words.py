"""Chapter 11: which words of an item's texts moved its score, as a case."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from recx_lib.core.case import Case
from recx_lib.core.errors import DataError
from recx_lib.nets.masked import tokens
from recx_lib.nets.reading import encode

SEQUENCES = 256  # read at a time: memory stays small


class WordScore:
    """The score of some texts, as a function of which words are there.

    `words` (m,) in reading order, `value` and `gradient` as a `Case` has them.
    A word that is gone is looked at by no other, and counts in no mean; its
    place stays empty. [CLS] and [SEP] are always there.
    """

    def __init__(self, tokenizer, model, head, texts: Sequence[str]):
        self.net, self.head = model.eval(), head
        self.batch = tokens(tokenizer, model, texts)
        self.owner, self.words = self._words(tokenizer, list(texts))

    def _words(self, tokenizer, texts) -> tuple[Tensor, list[str]]:
        """Return each token's word, (B, T), −1 for none, and the words."""
        owner = torch.full_like(self.batch["input_ids"], -1)
        words = []
        found = tokenizer(
            texts, truncation=True, max_length=owner.shape[1], padding=True
        )
        # pieces of one word belong to it; marks belong to none
        for row, text in enumerate(texts):
            last = None
            for place, number in enumerate(found.word_ids(row)):
                if number is None:
                    continue
                if number != last:
                    span = found.word_to_chars(row, number)
                    words.append(text[span.start : span.end])
                owner[row, place] = len(words) - 1
                last = number
        return owner, words

    def _of_tokens(self, present: Tensor) -> Tensor:
        """Return the presence of the texts' tokens, (n, m) → (n · B, T)."""
        # a token of no word, −1, takes the last column: always there
        present = torch.cat([present, torch.ones(len(present), 1)], dim=1)
        return present[:, self.owner].flatten(0, 1)

    def _stars(self, present: Tensor) -> Tensor:
        """Return the scores (n,) of n rows of presence (n, m)."""
        n, B = len(present), len(self.owner)
        again = {name: x.repeat(n, 1) for name, x in self.batch.items()}
        found = encode(self.net, again, self._of_tokens(present))
        return self.head(found.view(n, B, -1).mean(dim=1))[:, 0]

    def _stars_once(self, present: Tensor) -> Tensor:
        """Return the same, a text that stands as before not read again.

        One word gone leaves all texts but one as they were.
        """
        n, B = len(present), len(self.owner)
        # 1. each text, in each way that its words are there, once
        text = torch.arange(B).repeat(n)[:, None]
        rows = torch.cat([text, self._of_tokens(present)], dim=1)
        rows, place = rows.unique(dim=0, return_inverse=True)
        text = rows[:, 0].long()
        # 2. read, and dealt out again
        batch = {name: x[text] for name, x in self.batch.items()}
        found = encode(self.net, batch, rows[:, 1:])[place]
        return self.head(found.view(n, B, -1).mean(dim=1))[:, 0]

    def value(self, present: np.ndarray) -> np.ndarray:
        """Return the scores, (n,)."""
        with torch.no_grad():
            found = [self._stars_once(part) for part in self._parts(present)]
        return torch.cat(found).double().numpy()

    def gradient(self, present: np.ndarray) -> np.ndarray:
        """Return what a little more of each word would add, (n, m)."""
        slopes = []
        for part in self._parts(present):
            part = part.clone().requires_grad_()
            total = self._stars(part).sum()
            slopes.append(torch.autograd.grad(total, part)[0])
        return torch.cat(slopes).double().numpy()

    def _parts(self, present: np.ndarray) -> tuple[Tensor, ...]:
        rows = torch.tensor(present, dtype=torch.float32)
        return rows.split(max(SEQUENCES // len(self.owner), 1))


def word_case(
    encoder, head, texts: Sequence[str], user: str = "anybody", item: str = ""
) -> Case:
    """Return the case of a score whose pieces are the words of some texts.

    `encoder` is a pair (tokenizer, model), `head` (D,) → (1,) reads the score
    from the mean of the texts' vectors. A word that comes again is numbered:
    "seal (2)"; what lies beyond the model's context is not read. Raise
    DataError for texts without a word, or one that is no text.
    """
    tokenizer, model = encoder
    score = WordScore(tokenizer, model, head, texts)
    if not score.words:
        raise DataError(f"the texts {list(texts)!r} hold no word: give some")
    # the second "light" is another piece than the first
    names = numbered(score.words)
    doors = {"value": score.value, "gradient": score.gradient}
    kinds = ["word"] * len(names)
    return Case(user, item, kinds, names, **doors, model="the encoder")


def numbered(words: Sequence[str]) -> list[str]:
    """Return the words, a repeated one with its number from the second on.

    >>> numbered(["a", "seal", "a"])
    ['a', 'seal', 'a (2)']
    """
    seen, names = Counter(), []
    for word in words:
        seen[word] += 1
        again = f" ({seen[word]})" if seen[word] > 1 else ""
        names.append(word + again)
    return names
