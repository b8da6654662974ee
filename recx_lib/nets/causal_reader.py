"""Part IV: a language model reads a text and says what it foresaw of it."""

from __future__ import annotations

import numpy as np
import torch

from recx_lib.core.errors import DataError


class CausalReader:
    """A pre-trained language model that reads, for `perplexity`.

    `tokenizer` and `model` as `load_generator` gives them. Each text is a
    document of its own: it is read behind `start`, a token that is not
    counted. Raise DataError where the tokenizer has no such token.
    """

    def __init__(self, tokenizer, model, start: str = "<|endoftext|>"):
        self.tokenizer, self.model = tokenizer, model.eval()
        if start not in tokenizer.get_vocab():
            what = f"the tokenizer has no token {start!r}"
            raise DataError(f"{what}: name the one between two documents")
        self.start = tokenizer.convert_tokens_to_ids(start)

    def log_probs(self, text: str) -> np.ndarray:
        """Return log P(token | those before) of each token, (n,), in nats."""
        asked = self.tokenizer(text, add_special_tokens=False)["input_ids"]
        ids = torch.tensor([[self.start, *asked]])  # (1, 1 + n)
        with torch.inference_mode():
            scores = self.model(input_ids=ids).logits[0, :-1]  # (n, V)
        log_probs = scores.float().log_softmax(-1)
        return log_probs.gather(1, ids[0, 1:, None])[:, 0].numpy()
