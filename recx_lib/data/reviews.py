"""Chapter 1: the table of reviews that all models learn from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from functools import cached_property

import numpy as np
import pandas as pd

from recx_lib.core.errors import DataError

COLUMNS = ["user", "item", "rating", "timestamp", "text"]


class Ids:
    """Number distinct raw ids 0, 1, 2, … in sorted order, and translate both
    ways.

    >>> ids = Ids(["tent", "mat", "tent"])
    >>> ids.raw, ids.idx("tent"), ids.idx(["mat", "tent"]).tolist()
    (['mat', 'tent'], 1, [0, 1])
    >>> ids.idx("tnet")
    Traceback (most recent call last):
    recx_lib.core.errors.DataError: unknown id 'tnet': ... mean 'tent'?)
    """

    def __init__(self, values: Iterable[str]):
        self.raw: list[str] = sorted({str(v) for v in values})
        self._idx = {raw: i for i, raw in enumerate(self.raw)}

    def __len__(self) -> int:
        return len(self.raw)

    def idx(self, values):
        """Return the integer of one raw id, or an int64 array for a sequence;
        raise DataError on an unknown id.
        """
        if isinstance(values, str) or not isinstance(values, Iterable):
            return self._look_up(values)
        return np.array([self._look_up(v) for v in values], dtype=np.int64)

    def _look_up(self, value: str) -> int:
        try:
            return self._idx[value]
        except (KeyError, TypeError):
            near = get_close_matches(str(value), self.raw, n=1)
            hint = f" (did you mean {near[0]!r}?)" if near else ""
            known = f"not among the {len(self)} known ids"
            raise DataError(f"unknown id {value!r}: {known}{hint}") from None


@dataclass(frozen=True)
class Reviews:
    """A table of ratings, one row per (user, item) pair, with ids numbered.

    `frame` has the columns user, item (raw ids, str), rating (float),
    timestamp (int, seconds), text (str, may be empty); its index, named
    "review", is the row's number in the source. `users` and `items` number the
    ids and are shared by all splits of a table. `scale` is the lowest and
    highest possible rating, `titles` and `tags` describe items, `aspects`
    lists the terms that name each aspect, where the data come with such a
    list. `thing` is the word for an item, `people` are words for users, where
    a sentence speaks of them. `log` lists (step, rows affected) for everything
    that was changed or removed on the way here.

    >>> frame = pd.DataFrame([["ann", "tent", 4, 0, ""]], columns=COLUMNS)
    >>> one = Reviews(frame, Ids(["ann"]), Ids(["tent"]))
    >>> len(one), one.user_idx.tolist(), one.rating.tolist()
    (1, [0], [4.0])
    """

    frame: pd.DataFrame
    users: Ids
    items: Ids
    scale: tuple[float, float] = (1.0, 5.0)
    titles: Mapping[str, str] = field(default_factory=dict)
    tags: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    aspects: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    thing: str = "item"
    people: tuple[str, ...] = ("reviewers",)
    log: tuple[tuple[str, int], ...] = ()

    def __len__(self) -> int:
        return len(self.frame)

    @property
    def n_users(self) -> int:
        return len(self.users)

    @property
    def n_items(self) -> int:
        return len(self.items)

    @cached_property
    def user_idx(self) -> np.ndarray:
        """Integer user ids, (n,) int64."""
        return self.users.idx(self.frame["user"])

    @cached_property
    def item_idx(self) -> np.ndarray:
        """Integer item ids, (n,) int64."""
        return self.items.idx(self.frame["item"])

    @cached_property
    def rating(self) -> np.ndarray:
        """Ratings, (n,) float64."""
        return self.frame["rating"].to_numpy(float)

    @property
    def has_text(self) -> bool:
        return bool((self.frame["text"].str.len() > 0).any())

    def report(self) -> pd.DataFrame:
        """Return the log as a table with the columns step and rows."""
        return pd.DataFrame(list(self.log), columns=["step", "rows"])

    def title(self, item: str) -> str:
        """Return the name a person would use for a raw item id (the id itself
        where none is known).
        """
        return self.titles.get(item, item)

    def subset(self, rows: np.ndarray) -> Reviews:
        """Return the rows chosen by a boolean mask or positions, with the same
        ids: what a split is made of.
        """
        is_mask = np.asarray(rows).dtype == bool
        positions = np.flatnonzero(rows) if is_mask else rows
        return replace(self, frame=self.frame.iloc[positions])


def check_train(train: Reviews) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return user_idx, item_idx (n,) int64 and rating (n,) float64; raise
    DataError if a model cannot learn from them.

    It cannot from an empty table, nor from a rating that is NaN or infinite.
    """
    if len(train) == 0:
        raise DataError(
            "the training table has no rows: check the split, or the k-core "
            "that emptied it"
        )
    # one bad number would make every prediction one
    bad = np.flatnonzero(~np.isfinite(train.rating))
    if bad.size:
        where, value = train.frame.index[bad[0]], train.rating[bad[0]]
        what = f"rating {value} is not a finite number"
        raise DataError(f"review {where}: {what}: use data.clean first")
    return train.user_idx, train.item_idx, train.rating
