"""Chapter 4: examples, and how a handful of them becomes tensors.

An example says who, what, how rated, which aspect, and what to read.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields, is_dataclass, replace

import torch
from torch import Tensor
from torch.nn.utils.rnn import pad_sequence

from recx_lib.core.errors import DataError
from recx_lib.nets.vocab import BOS, EOS, PAD, SEP, SPECIALS, Vocab


@dataclass(frozen=True)
class Example:
    """One sentence to write: its conditions and, in training, its words.

    `user_idx`, `item_idx` are indices of Ids, -1 for one never seen. `aspect`
    is the planned word (None: no plan), `sources` are retrieved sentences as
    lists of words, best first. `rating` is in stars, nan where unknown.
    """

    user_idx: int
    item_idx: int
    aspect: str | None = None
    sources: Sequence[Sequence[str]] = ()
    rating: float = float("nan")
    target: Sequence[str] = ()

    @property
    def source_words(self) -> list[str]:
        """What may be read and copied: the aspect, then each sentence.

        Every piece is closed by `<sep>`, which stands alone where there is
        nothing to read. It can be looked at and is never written, so that
        no end of a sentence can be copied.

        >>> Example(0, 0, aspect="zip", sources=[["good", "zip"]]).source_words
        ['zip', '<sep>', 'good', 'zip', '<sep>']
        """
        words = []
        if self.aspect is not None:
            words += [self.aspect, SPECIALS[SEP]]
        for sentence in self.sources:
            words += [*sentence, SPECIALS[SEP]]
        return words or [SPECIALS[SEP]]


@dataclass(frozen=True)
class Batch:
    """B examples as tensors.

    `user`, `item` (B,) indices, -1 unknown; `rating` (B,) stars, nan unknown;
    `aspect` (B,) word number, PAD for no plan; `source` (B, S) and `target`
    (B, T) word numbers, padded with PAD. A row's word number may reach beyond
    the vocabulary, ≥ V, into its own `extra` words, numbered V, V + 1, …;
    `n_extra`: how many numbers beyond V the batch needs, the same for each of
    its parts.
    """

    user: Tensor
    item: Tensor
    rating: Tensor
    aspect: Tensor
    source: Tensor
    target: Tensor
    extra: tuple[tuple[str, ...], ...]
    n_extra: int

    def __len__(self) -> int:
        return len(self.user)

    @property
    def target_in(self) -> Tensor:
        """What the decoder is fed, (B, T): `<bos>`, then all but the last.

        (Teacher forcing: it sees the right words before each.)
        """
        first = torch.full_like(self.target[:, :1], BOS)
        return torch.cat([first, self.target[:, :-1]], dim=1)

    def rows(self, rows: Tensor) -> Batch:
        """Return the chosen rows, in that order.

        A row may be chosen several times.
        """
        extra = tuple(self.extra[row] for row in rows.tolist())
        return replace(select(self, rows), extra=extra)


def map_tensors(change: Callable[[Tensor], Tensor], tree):
    """Apply `change` to every tensor in a nest; leave all else as it is.

    A nest is made of dataclasses, lists and tuples.

    >>> map_tensors(lambda x: x + 1, [torch.tensor(1), "word"])
    [tensor(2), 'word']
    """
    # a tensor, a list of parts, a record of parts, or neither
    if isinstance(tree, Tensor):
        return change(tree)
    if isinstance(tree, (list, tuple)):
        return type(tree)(map_tensors(change, part) for part in tree)
    if is_dataclass(tree):
        changed = {}
        for field in fields(tree):
            part = getattr(tree, field.name)
            changed[field.name] = map_tensors(change, part)
        return replace(tree, **changed)
    return tree


def select(tree, rows: Tensor):
    """Return the nest with `rows` chosen from each tensor's first axis."""
    return map_tensors(lambda x: x.index_select(0, rows), tree)


def collate(
    examples: Sequence[Example],
    vocab: Vocab,
    max_target: int = 15,
    max_source: int = 48,
) -> Batch:
    """Return the examples as one Batch.

    Longer targets and sources are cut to `max_target` and `max_source` words.
    Raise DataError when there are no examples.

    >>> zips = Example(0, 1, "zip", [["good", "zip"]], 4.0, ["nice", "zip"])
    >>> batch = collate([zips], Vocab(["good", "nice"]))
    >>> batch.source.tolist(), batch.target.tolist(), batch.extra
    ([[7, 4, 5, 7, 4]], [[6, 7, 2]], (('zip',),))
    """
    if not examples:
        raise DataError(
            "a batch needs at least one example: is the split empty?"
        )
    sources, targets, extra = [], [], []
    for example in examples:
        # what this row may copy though the vocabulary does not know it
        read = example.source_words[:max_source]
        more = [w for w in vocab.unknown(read) if w not in SPECIALS]
        extra.append(tuple(more))
        sources.append(_source_ids(read, vocab, more))
        targets.append(_target_ids(example.target, vocab, more, max_target))
    users = [example.user_idx for example in examples]
    items = [example.item_idx for example in examples]
    ratings = [float(example.rating) for example in examples]
    aspects = [_aspect_id(example.aspect, vocab) for example in examples]
    told = map(torch.tensor, (users, items, ratings, aspects))
    source, target = _padded(sources), _padded(targets)
    n_extra = max(len(words) for words in extra)
    return Batch(*told, source, target, tuple(extra), n_extra)


def _source_ids(
    words: Sequence[str], vocab: Vocab, extra: Sequence[str]
) -> list[int]:
    """Return the numbers of what is read; its separators are marks."""
    ids = vocab.encode(words, extra)
    for place, word in enumerate(words):
        if word == SPECIALS[SEP]:
            ids[place] = SEP
    return ids


def _target_ids(
    words: Sequence[str], vocab: Vocab, extra: Sequence[str], max_target: int
) -> list[int]:
    """Return the numbers of at most `max_target` words.

    `<eos>` follows only where nothing was cut off.
    """
    ids = vocab.encode(words[:max_target], extra)
    if len(words) <= max_target:
        ids.append(EOS)
    return ids


def _aspect_id(aspect: str | None, vocab: Vocab) -> int:
    """Return the number of a planned word, PAD for no plan."""
    return PAD if aspect is None else vocab.encode([aspect])[0]


def _padded(rows: list[list[int]]) -> Tensor:
    """Return rows of numbers side by side, (B, longest), padded with PAD."""
    tensors = [torch.tensor(row) for row in rows]
    return pad_sequence(tensors, batch_first=True, padding_value=PAD)
