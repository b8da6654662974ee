"""Chapter 4: one training loop for every network.

It stops in time, can be interrupted, and never lies about it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, field, replace

import torch
from torch import Tensor, nn
from tqdm import tqdm

from recx_lib.core.errors import DataError
from recx_lib.nets.checkpoints import Checkpoint, load_weights, named_with


@dataclass(frozen=True)
class FitSettings:
    """How to train.

    `patience`: epochs without a better validation loss before stopping;
    `clip`: longest gradient. The learning rate `lr` rises over the first
    `warmup` share of all planned steps, then falls to zero along a cosine.
    """

    epochs: int = 20
    batch_size: int = 64
    lr: float = 3e-3
    weight_decay: float = 0.1
    clip: float = 1.0
    warmup: float = 0.05
    patience: int = 3
    seed: int = 0


STANDARD = FitSettings()


@dataclass
class Progress:
    """Where the training stands.

    `history` has one entry an epoch, `bad` counts epochs since the `best`
    validation loss, which was seen in `best_epoch`.
    """

    epoch: int = 0
    best: float = math.inf
    best_epoch: int = 0
    bad: int = 0
    history: list[dict] = field(default_factory=list)


class Trainer:
    """Everything that training changes.

    Weights, optimizer, progress, and the best weights so far.
    """

    def __init__(self, model: nn.Module, settings: FitSettings, n_train: int):
        # what is trained, how far it is, and the best so far
        self.model = model
        self.settings = settings
        self.progress = Progress()
        self.n_batches = math.ceil(n_train / settings.batch_size)
        self.steps = settings.epochs * self.n_batches
        self.optimizer = torch.optim.AdamW(
            model.parameters(),
            lr=settings.lr,
            weight_decay=settings.weight_decay,
        )
        self.best = _copies(model)

    @property
    def is_over(self) -> bool:
        """Tell whether the planned end is reached, or patience has run out."""
        planned, progress = self.settings, self.progress
        ended = progress.epoch >= planned.epochs
        return ended or progress.bad >= planned.patience

    def lr_at(self, step: int) -> float:
        """Return one step's learning rate.

        A linear rise, then half a cosine down to 0.
        """
        highest = self.settings.lr
        rise = max(1, int(self.settings.warmup * self.steps))
        if step < rise:
            return highest * (step + 1) / rise
        angle = math.pi * (step - rise) / max(1, self.steps - rise)
        return highest * 0.5 * (1 + math.cos(angle))

    def tensors(self) -> dict[str, Tensor]:
        """Return, by name, all that is needed to go on.

        As if never interrupted: weights, best weights, the optimizer's memory
        and the state of the random numbers.
        """
        # weights now and at their best, what Adam remembers, the dice
        named = {}
        for name, weight in _copies(self.model).items():
            named[f"model.{name}"] = weight
        for name, weight in self.best.items():
            named[f"best.{name}"] = weight.clone()
        for idx, values in self.optimizer.state_dict()["state"].items():
            for name, value in values.items():
                named[f"optimizer.{idx}.{name}"] = value.clone()
        named["random"] = torch.get_rng_state()
        return named

    def restore(self, tensors: dict[str, Tensor], progress: dict) -> None:
        """Take up training where `tensors` and `progress` left it."""
        # weights, then what Adam remembers, then the dice
        load_weights(self.model, tensors)
        self.best = named_with("best.", tensors)
        whole = self.optimizer.state_dict()
        for name, value in named_with("optimizer.", tensors).items():
            idx, what = name.split(".")
            whole["state"].setdefault(int(idx), {})[what] = value
        self.optimizer.load_state_dict(whole)
        torch.set_rng_state(tensors["random"])
        self.progress = Progress(**progress)

    def train_epoch(
        self, data: Sequence, collate: Callable, bar: tqdm
    ) -> float:
        """Go once through the data in a new random order.

        Return the mean loss. Raise DataError on one that is not finite, naming
        epoch and batch.
        """
        self.model.train()
        order = torch.randperm(len(data)).tolist()
        done = self.progress.epoch * self.n_batches
        total = 0.0
        batches = _parts(order, self.settings.batch_size)
        for number, places in enumerate(batches):
            # 1. What the model does with some rows.
            rows = [data[place] for place in places]
            loss = self.model.loss(collate(rows))
            if not torch.isfinite(loss):
                raise DataError(
                    f"the loss is {loss.item()} in epoch "
                    f"{self.progress.epoch + 1}, batch {number + 1}: lower "
                    "the learning rate, or look for values that are not "
                    "finite in that batch"
                )
            # 2. A small step downhill.
            self._update(loss, self.lr_at(done + number))
            total += loss.item() * len(rows)
            bar.update(1)
        return total / len(data)

    def _update(self, loss: Tensor, lr: float) -> None:
        """Take one step down, no longer than `clip` allows."""
        for group in self.optimizer.param_groups:
            group["lr"] = lr
        self.optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(self.model.parameters(), self.settings.clip)
        self.optimizer.step()

    def note(self, train_loss: float, validation_loss: float) -> None:
        """Write down an epoch; keep the weights if they are the best.

        If they are not, count one more bad epoch.
        """
        # write it down; the best so far is kept, however it goes on
        p = self.progress
        p.epoch += 1
        losses = {"train": train_loss, "validation": validation_loss}
        p.history.append({"epoch": p.epoch, **losses})
        if validation_loss < p.best:
            p.best, p.best_epoch = validation_loss, p.epoch
            p.bad = 0
            self.best = _copies(self.model)
        else:
            p.bad += 1


def _copies(model: nn.Module) -> dict[str, Tensor]:
    """Return a copy of every weight, by name."""
    weights = model.state_dict()
    return {name: weight.clone() for name, weight in weights.items()}


def _parts(data: Sequence, size: int) -> Iterator[Sequence]:
    """Cut into parts of `size` rows; the last one may be smaller."""
    for start in range(0, len(data), size):
        yield data[start : start + size]


def mean_loss(
    model: nn.Module, data: Sequence, collate: Callable, batch_size: int = 64
) -> float:
    """Return the loss, dropout off, each row counting the same."""
    model.eval()
    total = 0.0
    with torch.inference_mode():
        for rows in _parts(data, batch_size):
            total += float(model.loss(collate(rows))) * len(rows)
    return total / len(data)


def fit(
    model: nn.Module,
    train: Sequence,
    validation: Sequence,
    collate: Callable,
    settings: FitSettings = STANDARD,
    checkpoint: Checkpoint | None = None,
    quiet: bool = False,
) -> list[dict]:
    """Train any model that has `loss(batch)`; return the history.

    It ends with its best weights on the validation part. Rows are any objects;
    `collate` makes a batch of a list of them. A `checkpoint` is written after
    every epoch, and a run that finds one goes on from there, to the same bits
    as if never interrupted; its `about`, and the settings, must agree. Raise
    DataError on an empty part, a loss that is not finite (naming epoch and
    batch), or a checkpoint of another vocabulary, model or setting.
    """
    for name, part in (("training", train), ("validation", validation)):
        if len(part) == 0:
            raise DataError(f"the {name} part is empty: check the split")
    # 1. begin, or go on where a checkpoint left off
    torch.manual_seed(settings.seed)
    trainer = Trainer(model, settings, len(train))
    if checkpoint is not None:
        about = {**checkpoint.about, "settings": asdict(settings)}
        checkpoint = replace(checkpoint, about=about)
        if checkpoint.about_file.exists():
            tensors, found = checkpoint.load()
            trainer.restore(tensors, found["progress"])
    # 2. epoch after epoch, until the end or until patience runs out
    done = trainer.progress.epoch * trainer.n_batches
    bar = tqdm(total=trainer.steps, initial=done, disable=quiet, unit="batch")
    with bar:
        while not trainer.is_over:
            _epoch(trainer, train, validation, collate, bar)
            if checkpoint is not None:
                checkpoint.save(trainer.tensors(), asdict(trainer.progress))
    # 3. put the best weights back
    model.load_state_dict(trainer.best)
    model.eval()
    return trainer.progress.history


def _epoch(
    trainer: Trainer,
    train: Sequence,
    validation: Sequence,
    collate: Callable,
    bar: tqdm,
) -> None:
    """Train one epoch, note how well it went, and show it."""
    train_loss = trainer.train_epoch(train, collate, bar)
    batch_size = trainer.settings.batch_size
    validated = mean_loss(trainer.model, validation, collate, batch_size)
    trainer.note(train_loss, validated)
    bar.set_postfix(
        epoch=trainer.progress.epoch,
        train=f"{train_loss:.3f}",
        validation=f"{validated:.3f}",
    )
