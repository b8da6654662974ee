"""Chapter 11: what a pre-trained encoder makes of texts: one vector each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from recx_lib.core.checks import as_numbers, check_positive, check_whole
from recx_lib.core.errors import DataError
from recx_lib.nets.masked import tokens, warm_up

BATCH = 64  # texts that are read together
GONE = 1e-30  # the presence of a word that is not there: its log is finite


def encode(model, batch: Mapping[str, Tensor], presence=None) -> Tensor:
    """Return one vector for each text, (B, D): the mean over its tokens.

    `presence` (B, T), 0 … 1, takes tokens away: it multiplies the exponential
    of every look at them (a key of presence 0 is not looked at), and their
    weight in the mean. Without it, all tokens but padding are there.
    """
    mask = batch["attention_mask"].float()
    if presence is None:
        looks = batch["attention_mask"]
    else:
        mask = mask * presence
        looks = mask.clamp(min=GONE).log()[:, None, None]  # (B, 1, 1, T)
        looks = looks.expand(-1, -1, mask.shape[1], -1)
    hidden = model(
        input_ids=batch["input_ids"], attention_mask=looks
    ).last_hidden_state
    return (hidden * mask[..., None]).sum(dim=1) / mask.sum(dim=1)[:, None]


def embed(tokenizer, model, texts: Sequence[str]):
    """Return the vectors of texts as numpy, (n, D), the shortest read first.

    The model is asked as it is, in evaluation mode and without gradients.
    Raise DataError for what is no text.
    """
    order = np.argsort([len(str(text)) for text in texts], kind="stable")
    found = np.zeros((len(texts), model.config.hidden_size), np.float32)
    model.eval()
    with torch.inference_mode():
        for start in range(0, len(order), BATCH):
            rows = order[start : start + BATCH]
            ids = tokens(tokenizer, model, [texts[n] for n in rows])
            found[rows] = encode(model, ids).numpy()
    return found


def unit(vectors: np.ndarray) -> np.ndarray:
    """Return the rows at length 1: a dot product of two is then their cosine.

    Raise DataError for a row of zeros, which points nowhere.

    >>> unit(np.array([[3.0, 4.0]])).tolist()
    [[0.6, 0.8]]
    """
    length = np.linalg.norm(vectors, axis=-1, keepdims=True)
    if not (length > 0).all():
        row = int(np.argwhere(~(length[..., 0] > 0))[0, 0])
        raise DataError(f"vector {row} is zero or no number: it has no cosine")
    return vectors / length


def _layers(model) -> nn.ModuleList:
    """Return the layers of a model of `transformers`, first to last.

    They are its list of as many parts as its `config` counts layers, whatever
    the architecture calls it. Raise DataError where there is none.
    """
    n_layers = model.config.num_hidden_layers
    for part in model.modules():
        if isinstance(part, nn.ModuleList) and len(part) == n_layers:
            return part
    kind = type(model).__name__
    raise DataError(
        f"{kind} keeps no list of its {n_layers} layers (some share one): "
        "let all of it learn (layers=None) or nothing (0)"
    )


def thaw(model, layers: int | None) -> int:
    """Let the last `layers` learn, None: all; return how many parameters may.

    0 freezes everything. Embeddings learn only with all the rest. Raise
    DataError for some layers of a model whose layers cannot be told apart.
    """
    blocks = _layers(model) if layers else ()
    frozen = max(len(blocks) - (layers or 0), 0)
    for weight in model.parameters():
        weight.requires_grad_(layers is None)
    for block in blocks[frozen:]:
        for weight in block.parameters():
            weight.requires_grad_(True)
    return sum(w.numel() for w in model.parameters() if w.requires_grad)


def mean_by(found: Tensor, owner: Tensor, n: int) -> Tensor:
    """Return the mean of the rows of each owner, (n, D).

    >>> rows = torch.tensor([[1.0], [3.0], [5.0]])
    >>> mean_by(rows, torch.tensor([0, 0, 1]), 2).tolist()
    [[2.0], [5.0]]
    """
    total = torch.zeros(n, found.shape[1]).index_add(0, owner, found)
    count = torch.bincount(owner, minlength=n).clamp(min=1)
    return total / count[:, None]


def fit_stars(
    encoder, texts: Sequence[str], stars, layers=None, steps=100, lr=4e-3
) -> nn.Linear:
    """Fine-tune an encoder to tell a number from a text; return its read-out.

    `encoder` is (tokenizer, model); what `thaw(model, layers)` lets learn is
    changed in place. `stars` (n,). In batches of 64, AdamW on squared errors
    with `warm_up`; the read-out, new, learns at 0.005 or faster. Raise
    DataError for unequal lengths, a star or a loss that is not finite.
    """
    check_whole(steps=steps)
    check_positive(lr=lr)
    stars = as_numbers(stars, "stars")
    if len(stars) != len(texts):
        raise DataError(f"{len(texts)} texts but {len(stars)} stars")
    target = torch.tensor(stars, dtype=torch.float32)
    tokenizer, model = encoder
    thaw(model, layers)
    rng = np.random.default_rng(0)
    with torch.random.fork_rng():
        torch.manual_seed(0)
        head = nn.Linear(model.config.hidden_size, 1)
        adam, schedule = two_speeds(model, head, lr, max(lr, 5e-3), steps)
        for _ in range(steps):
            rows = rng.integers(0, len(texts), BATCH)
            batch = tokens(tokenizer, model, [texts[n] for n in rows])
            said = head(encode(model, batch))[:, 0]
            loss = F.mse_loss(said, target[rows])
            descend(loss, adam, schedule)
    return head


def two_speeds(model, head: nn.Module, lr: float, head_lr: float, steps: int):
    """Return AdamW, slow for what is pre-trained and fast for what is new.

    And its schedule, `warm_up` over `steps`. What is frozen is left out.
    """
    slow = [w for w in model.parameters() if w.requires_grad]
    groups = [{"params": slow, "lr": lr}] if slow else []
    groups += [{"params": list(head.parameters()), "lr": head_lr}]
    adam = torch.optim.AdamW(groups, weight_decay=0.01)
    schedule = torch.optim.lr_scheduler.LambdaLR(
        adam, lambda step: warm_up(step, steps)
    )
    return adam, schedule


def descend(loss: Tensor, adam, schedule) -> None:
    """Take one step; raise DataError for a loss that is not finite."""
    if not loss.isfinite():
        raise DataError(f"the loss is {loss.item()}: lower the learning rate")
    adam.zero_grad()
    loss.backward()
    adam.step()
    schedule.step()
