"""Chapter 17: a network made smaller: pruned, in eight bits, or taught.

Every function that makes one smaller returns a copy; the network that was
given stays.
"""

from __future__ import annotations

from copy import deepcopy

import torch
from torch import Tensor, nn

from recx_lib.core.errors import DataError
from recx_lib.nets.batches import Batch
from recx_lib.nets.losses import can_be_written

LARGEST = 127  # of an int8, the same on both sides of 0


def round_rows(values: Tensor) -> tuple[Tensor, Tensor]:
    """Return rows (n, m) as int8 and what one step of each is worth (n, 1).

    values ≈ int8 · step, where the largest of a row becomes 127: off by at
    most half a step.

    >>> whole, step = round_rows(torch.tensor([[0.5, -1.27]]))
    >>> whole.tolist(), round(step.item(), 4)
    ([[50, -127]], 0.01)
    """
    largest = values.abs().amax(dim=1, keepdim=True)
    step = largest.clamp_min(1e-12) / LARGEST
    return (values / step).round().to(torch.int8), step


class Int8Linear(nn.Module):
    """A linear layer whose weights are int8, one step for each output.

    *Dynamic*: the input, of unknown size until it comes, is rounded when it
    comes, a row at a time. The sums of products are whole numbers, computed
    exactly; only then are both steps multiplied in.
    """

    def __init__(self, layer: nn.Linear):
        super().__init__()
        whole, step = round_rows(layer.weight.detach())
        self.register_buffer("whole", whole)  # (n_out, n_in) int8
        self.register_buffer("step", step.T)  # (1, n_out)
        bias = layer.bias
        self.register_buffer("bias", None if bias is None else bias.detach())

    @property
    def weight(self) -> Tensor:
        """The weights that the whole numbers stand for, (n_out, n_in)."""
        return self.whole * self.step.T

    def forward(self, x: Tensor) -> Tensor:
        """Return about what the layer did, for x (…, n_in)."""
        rows = x.reshape(-1, x.shape[-1])
        whole, step = round_rows(rows)
        # a float64 holds whole numbers up to 2⁵³ exactly
        found = whole.double() @ self.whole.double().T
        found = (found * step * self.step).to(x.dtype)
        if self.bias is not None:
            found = found + self.bias
        return found.reshape(*x.shape[:-1], -1)


class Int8Embedding(nn.Module):
    """A table of vectors in int8, one step for each row."""

    def __init__(self, table: nn.Embedding):
        super().__init__()
        whole, step = round_rows(table.weight.detach())
        self.num_embeddings, self.embedding_dim = whole.shape
        self.register_buffer("whole", whole)
        self.register_buffer("step", step)

    @property
    def weight(self) -> Tensor:
        """The vectors that the whole numbers stand for, (n, width)."""
        return self.whole * self.step

    def forward(self, rows: Tensor) -> Tensor:
        """Return the vectors of `rows`, (…, width)."""
        return self.whole[rows] * self.step[rows]


SMALL = {nn.Linear: Int8Linear, nn.Embedding: Int8Embedding}


def to_int8(net: nn.Module) -> nn.Module:
    """Return a copy whose linear layers and tables are int8.

    It only answers; it cannot be trained any further.
    """
    net = deepcopy(net).eval()
    for module in list(net.modules()):
        for name, part in module.named_children():
            if type(part) in SMALL:
                setattr(module, name, SMALL[type(part)](part))
    return net


def prune_small(net: nn.Module, share: float) -> nn.Module:
    """Return a copy without the `share` of weights that are smallest.

    In each linear layer by itself, since layers have scales of their own: of
    all together, a read-out with small weights would go first, and with it all
    that the network has to say. Han et al. (2015), "Learning both weights and
    connections for efficient neural networks". Raise DataError for a share
    outside 0 … 1, 1 left out.

    >>> net = nn.Linear(4, 1)
    >>> int((prune_small(net, 0.5).weight == 0).sum())
    2
    """
    if not 0 <= share < 1:
        raise DataError(f"share={share} must lie in 0 … 1, 1 left out")
    net = deepcopy(net)
    for layer in net.modules():
        if isinstance(layer, nn.Linear):
            size = layer.weight.detach().abs()
            least = size.flatten().sort().values[int(share * size.numel())]
            with torch.no_grad():
                layer.weight[size < least] = 0.0
    return net


def hold_zeros(net: nn.Module) -> nn.Module:
    """Let no weight of a linear layer that is 0 now learn; return the net.

    A pruned network that is trained on stays pruned: no slope, no step.

    >>> layer = hold_zeros(prune_small(nn.Linear(4, 1), 0.5))
    >>> layer(torch.ones(4)).backward()
    >>> int((layer.weight.grad == 0).sum())
    2
    """
    for layer in net.modules():
        if isinstance(layer, nn.Linear) and layer.weight.requires_grad:
            kept = (layer.weight != 0).to(layer.weight.dtype)
            layer.weight.register_hook(kept.mul)
    return net


class Distilled(nn.Module):
    """A writer that learns from a larger one, and from the sentences.

    `loss` is the `student`'s own, and `share` of it is replaced by how far its
    next words lie from the `teacher`'s: their Kullback-Leibler divergence, a
    mean over the words that count. Of each word the teacher tells not only
    which, but how likely every other would have been. Hinton, Vinyals and
    Dean (2015), "Distilling the knowledge in a neural network", at
    temperature 1. Raise DataError for a share outside 0 … 1.
    """

    def __init__(
        self, student: nn.Module, teacher: nn.Module, share: float = 0.5
    ):
        super().__init__()
        if not 0 <= share <= 1:
            raise DataError(f"share={share} must lie in 0 … 1")
        self.student, self.share = student, share
        # in a list, so that none of its weights is ours to train
        self._teacher = [teacher.eval()]

    def loss(self, batch: Batch) -> Tensor:
        """Return one number to make small."""
        [teacher] = self._teacher
        with torch.no_grad():
            wanted = teacher(batch).log_probs  # (B, T, V + n_extra)
        found = self.student(batch).log_probs
        apart = (wanted.exp() * (wanted - found)).sum(dim=-1)  # (B, T)
        apart = apart[can_be_written(batch.target)].mean()
        own = self.student.loss(batch)
        return (1 - self.share) * own + self.share * apart


def silence_head(
    net: nn.Module, layer: int, head: int, part: str = "attend"
) -> nn.Module:
    """Return a copy in which one head of attention says nothing.

    The `part` of `net.blocks[layer]`, chapter 5's attention (`cross`: the one
    that looks at a source): the columns of its output that read this head
    become 0. Michel, Levy and Neubig (2019), "Are sixteen heads really better
    than one?"
    """
    net = deepcopy(net)
    attend = getattr(net.blocks[layer], part)
    width = attend.out.in_features // attend.heads
    if not 0 <= head < attend.heads:
        raise DataError(f"head {head} is not among the {attend.heads} heads")
    with torch.no_grad():
        attend.out.weight[:, head * width : (head + 1) * width] = 0.0
    return net


def drop_layer(net: nn.Module, layer: int) -> nn.Module:
    """Return a copy without one of `net.blocks`."""
    if not 0 <= layer < len(net.blocks) > 1:
        raise DataError(
            f"cannot drop layer {layer} of {len(net.blocks)}: name one that "
            "is there, and leave one"
        )
    net = deepcopy(net)
    del net.blocks[layer]
    return net


def stored_bytes(net: nn.Module) -> int:
    """Return the bytes that the weights take in a file of float32 and int8.

    A weight that is 0 takes none, though where the others stand takes a bit
    each for tensors that are at least half empty.

    >>> stored_bytes(nn.Linear(8, 1))  # eight weights and a bias
    36
    """
    total = 0
    for tensor in net.state_dict().values():
        size = 1 if tensor.dtype == torch.int8 else 4
        n, kept = tensor.numel(), int((tensor != 0).sum())
        sparse = size * kept + (n + 7) // 8
        total += sparse if kept <= n / 2 else size * n
    return total
