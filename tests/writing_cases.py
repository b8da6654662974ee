"""Small random writers and batches that the tests of chapters 4 and 5 share."""

import torch
from torch import nn

from recx_lib.nets import (
    Example,
    RationaleTransformer,
    Seq2Seq,
    TransformerShape,
    Vocab,
    collate,
)

VOCAB = Vocab(list("abcdefgh"))
N_USERS, N_ITEMS = 3, 4
SIZES = (len(VOCAB), N_USERS, N_ITEMS)
WRITERS = {
    "transformer": lambda **more: RationaleTransformer(
        *SIZES, TransformerShape(width=16), **more
    ),
    "additive": lambda **more: Seq2Seq(
        *SIZES, width=16, attention="additive", **more
    ),
    "multiplicative": lambda **more: Seq2Seq(
        *SIZES, width=16, attention="multiplicative", **more
    ),
}


def lively(model: nn.Module, seed: int = 0, size: float = 0.4) -> nn.Module:
    """Give every weight a size at which random models prefer some words clearly."""
    rng = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for weight in model.parameters():
            weight.copy_(torch.randn(weight.shape, generator=rng) * size)
    return model.eval()


def random_examples(
    n: int, seed: int = 0, words: str = "abcdefghxyz"
) -> list[Example]:
    """Draw examples with unknown users, missing plans, empty sources and words to copy that no vocabulary knows."""
    rng = torch.Generator().manual_seed(seed)

    def whole(low: int, high: int) -> int:
        return int(torch.randint(low, high, (1,), generator=rng))

    def sentence(low: int) -> list[str]:
        return [words[whole(0, len(words))] for _ in range(whole(low, 6))]

    return [
        Example(whole(-1, N_USERS), whole(-1, N_ITEMS), words[whole(0, len(words))] if whole(0, 3) else None,
                [sentence(1) for _ in range(whole(0, 3))], float(whole(1, 6)), sentence(1))
        for _ in range(n)
    ]  # fmt: skip


def batch_of(n: int, seed: int = 0, **more):
    return collate(random_examples(n, seed), VOCAB, **more)
