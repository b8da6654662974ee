"""Chapter 17: the model that answers: as a file, and how it is replaced.

One safetensors file holds numbers and names, nothing that runs; a label beside
it (JSON) says which file is served, and its SHA-256. The label is replaced
last, in one step, so that a reader finds the old model or the new one.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from threading import Lock
from time import monotonic

import numpy as np
from safetensors.numpy import load, save

from recx_lib.core import Case, DataError, sum_case
from recx_lib.judge import top_k
from recx_lib.recommend import EASE

LABEL = "model.json"
KEPT = 2  # the file that is served, and the one before: the way back


@dataclass(frozen=True)
class ServedModel:
    """EASE without its customers, whose histories live in the store.

    `B` (n_items, n_items) float32 is what each item adds to each item's score,
    `popular` (n_items,) how many customers had each, `usual` the first places'
    scores on the day it was made, beside which drift is seen.
    """

    version: str
    items: tuple[str, ...]
    titles: tuple[str, ...]
    B: np.ndarray
    popular: np.ndarray
    usual: np.ndarray

    @cached_property
    def place(self) -> dict[str, int]:
        """Where each item stands."""
        return {item: n for n, item in enumerate(self.items)}

    def known(self, history: Iterable[str]) -> list[str]:
        """Return the items of a history that this model has heard of."""
        return [item for item in history if item in self.place]

    def title(self, item: str) -> str:
        """Return an item's name; raise DataError for an unknown one."""
        if item not in self.place:
            raise DataError(f"there is no item {item!r} in this shop")
        return self.titles[self.place[item]]

    def score(self, history: Sequence[str]) -> np.ndarray:
        """Return every item's score (n_items,): a sum over the history.

        Popularity, as a share, where the history is empty.
        """
        rows = [self.place[item] for item in self.known(history)]
        if not rows:
            return self.popular / max(1, self.popular.max())
        return self.B[rows].sum(axis=0)

    def best(
        self, history: Sequence[str], n: int, hidden: Iterable[str] = ()
    ) -> list[str]:
        """Return `n` items, the best first: none owned, none hidden."""
        not_these = self.known([*history, *hidden])
        rows = [self.place[item] for item in not_these]
        return [self.items[i] for i in top_k(self.score(history), rows, n)]

    def case(self, customer: str, history: Sequence[str], item: str) -> Case:
        """Return the case of one score, whose pieces are the history.

        Raise DataError for an unknown item, and where nothing can be cited.
        """
        self.title(item)
        names = sorted(set(self.known(history)) - {item})
        worth = self.B[[self.place[name] for name in names], self.place[item]]
        kinds = ["item"] * len(names)
        return sum_case(customer, item, kinds, names, worth, model="EASE")


def save_model(folder: Path | str, model: EASE, titles: dict) -> str:
    """Put a fitted EASE into a folder, to be served; return its version.

    The version is made from the content: the same model gets the same one.
    """
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    # 1. one file: the numbers, and in its head the names
    items = model.items_.raw
    has = (model.W_ != 0).toarray()  # what one has does not come first
    score = np.where(has, -np.inf, model.score(np.arange(len(has))))
    first = score[has.any(axis=1)].max(axis=1)
    tensors = {"B": model.B_.astype(np.float32)}
    tensors["popular"] = (model.W_ != 0).sum(axis=0).astype(np.int64)
    tensors["usual"] = first.astype(np.float32)
    names = {"items": items, "titles": [titles[item] for item in items]}
    # (in one piece: several would stand in an order drawn by lot)
    packed = save(tensors, {"names": json.dumps(names)})
    # 2. its SHA-256 is its name
    sha256 = hashlib.sha256(packed).hexdigest()
    file = f"model-{sha256[:12]}.safetensors"
    _write(folder / file, packed)
    # 3. the label last: from now on this model counts
    label = {"version": sha256[:12], "file": file, "sha256": sha256}
    _write(folder / LABEL, json.dumps(label, indent=1).encode())
    # 4. the way back is kept, what is older goes
    made = sorted(folder.glob("model-*"), key=lambda one: one.stat().st_mtime)
    for old in made[:-KEPT]:
        old.unlink()
    return label["version"]


def _write(path: Path, content: bytes) -> None:
    """Write beside `path`, to the disk, then take its place in one move."""
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        # on disk before it has a name: no reader sees half a file
        with beside.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(beside, path)
        _flush(path.parent)
    finally:
        beside.unlink(missing_ok=True)


def _flush(folder: Path) -> None:
    """Put a folder on disk: that a file has its new name is kept there."""
    if os.name == "nt":  # where folders cannot be opened
        return
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


def read_model(folder: Path | str) -> ServedModel:
    """Return the model that the label names.

    Raise DataError where a file is missing, or is not what the label says.
    """
    try:
        text = Path(folder, LABEL).read_text(encoding="utf-8")
        label = json.loads(text)
        # read once: what was hashed is what is served
        packed = Path(folder, label["file"]).read_bytes()
        sha256 = hashlib.sha256(packed).hexdigest()
        if (label["sha256"], label["version"]) != (sha256, sha256[:12]):
            raise ValueError(f"its SHA-256 is {sha256[:12]}…, another")
        size = int.from_bytes(packed[:8], "little")  # of the head, in JSON
        about = json.loads(packed[8 : 8 + size])["__metadata__"]
        head = json.loads(about["names"])
        names = tuple(head["items"]), tuple(head["titles"])
        tensors = load(packed)
        numbers = [tensors[name] for name in ("B", "popular", "usual")]
    except Exception as error:  # os, json and safetensors each have their own
        raise DataError(
            f"no model can be read from {folder} "
            f"({type(error).__name__}: {error}): save it again"
        ) from None
    return ServedModel(label["version"], *names, *numbers)


class Shelf:
    """The model that answers now, and its replacement while it answers.

    A request takes `now` once and stays with it to its end. `refresh` looks at
    the label, reads a new model beside the old one, and changes one reference,
    which no request can see half done. A file that cannot be read changes
    nothing but `trouble`: the old model goes on, and the file is tried again
    after `patience` seconds, since it may only be late.
    """

    def __init__(self, folder: Path | str, patience: float = 1.0):
        self.folder, self.patience = Path(folder), patience
        self._seen = self._stamp()
        self.now = read_model(folder)
        self.trouble, self._again = "", np.inf
        self._lock = Lock()

    def _stamp(self) -> tuple[int, int] | None:
        """When the label was replaced, and as which file; None for none."""
        try:
            about = (self.folder / LABEL).stat()
        except OSError:
            return None
        return about.st_mtime_ns, about.st_ino

    def refresh(self) -> ServedModel:
        """Return the model that answers from now on.

        One caller reads a new file; the others go on with the old model.
        """
        # 1. Nothing new, or another is looking.
        stamp = self._stamp()
        same = stamp == self._seen and monotonic() < self._again
        if same or not self._lock.acquire(blocking=False):
            return self.now
        # 2. Read the new one whole, and only then swap.
        try:
            self._seen, self._again = stamp, np.inf
            self.now, self.trouble = read_model(self.folder), ""
        # 3. What cannot be read changes nothing; try again later.
        except DataError as error:
            self.trouble = str(error)
            self._again = monotonic() + self.patience
        finally:
            self._lock.release()
        return self.now
