"""Chapter 4: examples, and how a handful of them becomes tensors. Who, what,
how rated, which aspect, what to read.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields, is_dataclass, replace

import torch
from torch import Tensor
from torch.nn.utils.rnn import pad_sequence

from recx_lib.core.errors import DataError
from recx_lib.nets.vocab import BOS, EOS, PAD, SPECIALS, Vocab


@dataclass(frozen=True)
class Example:
    """One sentence to learn from, or to write: its conditions and, in
    training, its words.

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
        """What may be read and copied: the aspect, then each sentence, every
        piece closed by `<eos>`.
        """
        pieces = [[self.aspect]] * (self.aspect is not None) + [
            list(sentence) for sentence in self.sources
        ]
        return [
            word for piece in pieces for word in (*piece, SPECIALS[EOS])
        ] or [SPECIALS[EOS]]


@dataclass(frozen=True)
class Batch:
    """B examples as tensors. A row's word number may reach beyond the
    vocabulary, into its own `extra` words.

    `user`, `item` (B,) indices, -1 unknown; `rating` (B,) stars, nan unknown;
    `aspect` (B,) word number, PAD for no plan; `source` (B, S) and `target`
    (B, T) word numbers, possibly ≥ V, padded with PAD; `extra`: per row, the
    words numbered V, V + 1, …; `n_extra`: how many numbers beyond V the batch
    needs, the same for each of its parts.
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
        """What the decoder is fed, (B, T): `<bos>`, then the target without
        its last word (teacher forcing).
        """
        first = torch.full_like(self.target[:, :1], BOS)
        return torch.cat([first, self.target[:, :-1]], dim=1)

    def rows(self, rows: Tensor) -> Batch:
        """Return the chosen rows, in that order; a row may be chosen several
        times.
        """
        return replace(
            select(self, rows),
            extra=tuple(self.extra[row] for row in rows.tolist()),
        )


def map_tensors(change: Callable[[Tensor], Tensor], tree):
    """Apply `change` to every tensor in a nest of dataclasses, lists and
    tuples; leave everything else as it is.

    >>> map_tensors(lambda x: x + 1, [torch.tensor(1), "word"])
    [tensor(2), 'word']
    """
    if isinstance(tree, Tensor):
        return change(tree)
    if isinstance(tree, (list, tuple)):
        return type(tree)(map_tensors(change, part) for part in tree)
    if is_dataclass(tree):
        return replace(
            tree,
            **{
                f.name: map_tensors(change, getattr(tree, f.name))
                for f in fields(tree)
            },
        )
    return tree


def select(tree, rows: Tensor):
    """Return the nest with `rows` chosen from the first axis of every tensor
    in it.
    """
    return map_tensors(lambda x: x.index_select(0, rows), tree)


def _target_ids(
    example: Example, vocab: Vocab, extra: Sequence[str], max_target: int
) -> list[int]:
    """Return the numbers of at most `max_target` words; `<eos>` follows only
    where nothing was cut off.
    """
    ids = vocab.encode(example.target[:max_target], extra)
    return ids + [EOS] * (len(example.target) <= max_target)


def _padded(rows: list[list[int]]) -> Tensor:
    return pad_sequence(
        [torch.tensor(row) for row in rows],
        batch_first=True,
        padding_value=PAD,
    )


def _source_ids(
    words: list[str], vocab: Vocab, extra: Sequence[str]
) -> list[int]:
    return [
        EOS if word == SPECIALS[EOS] else idx
        for word, idx in zip(words, vocab.encode(words, extra), strict=True)
    ]


def collate(
    examples: Sequence[Example],
    vocab: Vocab,
    max_target: int = 15,
    max_source: int = 48,
) -> Batch:
    """Return the examples as one Batch; longer targets and sources are cut to
    `max_target` and `max_source` words.

    Raise DataError when there are none.

    >>> batch = collate([Example(0, 1, "zip", [["good", "zip"]], 4.0, ["nice", "zip"])], Vocab(["good", "nice"]))
    >>> batch.source.tolist(), batch.target.tolist(), batch.extra
    ([[6, 2, 4, 6, 2]], [[5, 6, 2]], (('zip',),))
    """
    if not examples:
        raise DataError(
            "a batch needs at least one example: is the split empty?"
        )
    sources = [example.source_words[:max_source] for example in examples]
    extra = [
        [word for word in vocab.unknown(words) if word not in SPECIALS]
        for words in sources
    ]
    return Batch(
        user=torch.tensor([example.user_idx for example in examples]),
        item=torch.tensor([example.item_idx for example in examples]),
        rating=torch.tensor([float(example.rating) for example in examples]),
        aspect=torch.tensor(
            [
                vocab.encode([e.aspect])[0] if e.aspect is not None else PAD
                for e in examples
            ]
        ),
        source=_padded(
            [
                _source_ids(words, vocab, more)
                for words, more in zip(sources, extra, strict=True)
            ]
        ),
        target=_padded(
            [
                _target_ids(e, vocab, more, max_target)
                for e, more in zip(examples, extra, strict=True)
            ]
        ),
        extra=tuple(map(tuple, extra)),
        n_extra=max(map(len, extra)),
    )
