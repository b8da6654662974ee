"""Chapter 4: one training loop for every writer, that stops in time, can be
interrupted, and never lies about it.
"""

from __future__ import annotations

import json
import math
import os
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor, nn
from tqdm import tqdm

from recx_lib.core.errors import DataError


@dataclass(frozen=True)
class FitSettings:
    """How to train. `patience`: epochs without a better validation loss before
    stopping; `clip`: longest gradient.

    The learning rate `lr` rises over the first `warmup` share of all planned
    steps, then falls to zero along a cosine.
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
    """Where the training stands: `history` has one entry an epoch, `bad`
    counts epochs since the `best` loss.
    """

    epoch: int = 0
    best: float = math.inf
    best_epoch: int = 0
    bad: int = 0
    history: list[dict] = field(default_factory=list)


def save_checkpoint(
    folder: Path | str, tensors: dict[str, Tensor], about: dict
) -> None:
    """Write tensors (safetensors) and `about` (JSON) so that a reader finds
    the old pair or the new one, never a mix.

    The tensors go to a file named after the epoch; the JSON, replaced last,
    says which file belongs to it.
    """
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    name = f"tensors-{about.get('epoch', 0)}.safetensors"
    _atomic(
        folder / name,
        lambda path: save_file(
            {k: t.contiguous() for k, t in tensors.items()}, path
        ),
    )
    text = json.dumps({**about, "tensors": name}, indent=1)
    _atomic(
        folder / "about.json",
        lambda path: path.write_text(text, encoding="utf-8"),
    )
    for old in folder.glob("tensors-*.safetensors"):
        if old.name != name:
            old.unlink()


def _atomic(path: Path, write: Callable[[Path], object]) -> None:
    """Write beside `path`, then take its place in one move."""
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        write(beside)
        os.replace(beside, path)
    finally:
        beside.unlink(missing_ok=True)


def load_checkpoint(
    folder: Path | str, expect: dict | None = None
) -> tuple[dict[str, Tensor], dict]:
    """Return (tensors, about); raise DataError where the checkpoint is
    missing, damaged, or made for something else.

    `expect` holds entries that `about` must have, for instance {"vocab":
    vocab.fingerprint}.
    """
    folder = Path(folder)
    try:
        about = json.loads((folder / "about.json").read_text(encoding="utf-8"))
        tensors = load_file(folder / about["tensors"])
    except FileNotFoundError as error:
        raise DataError(
            f"no checkpoint in {folder}: {error.filename or error} is missing; train first"
        ) from None
    except Exception as error:  # safetensors and json each have their own
        raise DataError(
            f"the checkpoint in {folder} is damaged ({error}): delete the folder and train again"
        ) from None
    for key, value in (expect or {}).items():
        if about.get(key) != value:
            raise DataError(
                f"the checkpoint in {folder} was made with {key}={about.get(key)!r}, this model has {value!r}: "
                "load it with what it was trained on, or train into another folder"
            )
    return tensors, about


def load_weights(
    model: nn.Module, tensors: dict[str, Tensor], prefix: str = "model."
) -> None:
    """Put a checkpoint's weights into a model; raise DataError naming what
    does not fit.
    """
    weights = {
        name.removeprefix(prefix): t
        for name, t in tensors.items()
        if name.startswith(prefix)
    }
    try:
        model.load_state_dict(weights)
    except RuntimeError as error:
        raise DataError(
            f"the checkpoint belongs to another model: {error}"
        ) from None


class Trainer:
    """Everything that training changes: weights, optimizer, progress, the best
    weights so far.
    """

    def __init__(self, model: nn.Module, settings: FitSettings, n_train: int):
        self.model, self.settings, self.progress = model, settings, Progress()
        self.steps = settings.epochs * math.ceil(n_train / settings.batch_size)
        self.optimizer = torch.optim.AdamW(
            model.parameters(),
            lr=settings.lr,
            weight_decay=settings.weight_decay,
        )
        self.best = {name: t.clone() for name, t in model.state_dict().items()}

    def lr_at(self, step: int) -> float:
        """Return the learning rate of one step: a linear rise, then half a
        cosine down to 0.
        """
        rise = max(1, int(self.settings.warmup * self.steps))
        if step < rise:
            return self.settings.lr * (step + 1) / rise
        return (
            self.settings.lr
            * 0.5
            * (
                1
                + math.cos(math.pi * (step - rise) / max(1, self.steps - rise))
            )
        )

    def tensors(self) -> dict[str, Tensor]:
        """Return all that is needed to go on as if never interrupted, as named
        tensors.
        """
        named = {
            f"model.{name}": t for name, t in self.model.state_dict().items()
        }
        named |= {f"best.{name}": t for name, t in self.best.items()}
        for idx, values in self.optimizer.state_dict()["state"].items():
            named |= {
                f"optimizer.{idx}.{name}": t for name, t in values.items()
            }
        return {name: t.clone() for name, t in named.items()} | {
            "random": torch.get_rng_state()
        }

    def restore(self, tensors: dict[str, Tensor], progress: dict) -> None:
        """Take up training where `tensors` and `progress` left it."""
        load_weights(self.model, tensors)
        self.best = {
            name.removeprefix("best."): t
            for name, t in tensors.items()
            if name.startswith("best.")
        }
        whole = self.optimizer.state_dict()
        for name, t in tensors.items():
            if name.startswith("optimizer."):
                _, idx, what = name.split(".")
                whole["state"].setdefault(int(idx), {})[what] = t
        self.optimizer.load_state_dict(whole)
        torch.set_rng_state(tensors["random"])
        self.progress = Progress(**progress)

    def train_epoch(
        self, data: Sequence, collate: Callable, bar: tqdm
    ) -> float:
        """Go once through the data in a new random order; return the mean
        loss.
        """
        self.model.train()
        order, total = torch.randperm(len(data)).tolist(), 0.0
        size, done = (
            self.settings.batch_size,
            self.progress.epoch
            * math.ceil(len(data) / self.settings.batch_size),
        )
        for number, start in enumerate(range(0, len(data), size)):
            rows = [data[place] for place in order[start : start + size]]
            loss = self.model.loss(collate(rows))
            if not torch.isfinite(loss):
                raise DataError(
                    f"the loss is {loss.item()} in epoch {self.progress.epoch + 1}, batch {number + 1}: lower the "
                    "learning rate, or look for values that are not finite in that batch"
                )
            self._update(loss, self.lr_at(done + number))
            total += loss.item() * len(rows)
            bar.update(1)
        return total / len(data)

    def _update(self, loss: Tensor, lr: float) -> None:
        for group in self.optimizer.param_groups:
            group["lr"] = lr
        self.optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(self.model.parameters(), self.settings.clip)
        self.optimizer.step()

    def note(self, train_loss: float, validation_loss: float) -> None:
        """Write down an epoch; keep the weights if they are the best, else
        count one more bad epoch.
        """
        p = self.progress
        p.epoch += 1
        p.history.append(
            {
                "epoch": p.epoch,
                "train": train_loss,
                "validation": validation_loss,
            }
        )
        if validation_loss < p.best:
            p.best, p.best_epoch, p.bad = validation_loss, p.epoch, 0
            self.best = {
                name: t.clone() for name, t in self.model.state_dict().items()
            }
        else:
            p.bad += 1


def mean_loss(
    model: nn.Module, data: Sequence, collate: Callable, batch_size: int = 64
) -> float:
    """Return the loss over all rows, dropout off, each row counting the
    same.
    """
    model.eval()
    with torch.inference_mode():
        blocks = [
            data[start : start + batch_size]
            for start in range(0, len(data), batch_size)
        ]
        return sum(
            float(model.loss(collate(rows))) * len(rows) for rows in blocks
        ) / len(data)


def fit(model: nn.Module, train: Sequence, validation: Sequence, collate: Callable,
        settings: FitSettings = STANDARD, folder: Path | str | None = None,
        about: dict | None = None, quiet: bool = False) -> list[dict]:  # fmt: skip
    """Train any model that has `loss(batch)`; end with its best weights on the
    validation part; return the history.

    Rows are any objects; `collate` makes a batch of a list of them. With a
    `folder`, a checkpoint is written after every epoch, and a run that finds
    one goes on from there, to the same bits as if never interrupted; `about`
    (such as {"vocab": vocab.fingerprint}) is written into it and must agree.
    Raise DataError on an empty part, a loss that is not finite (naming epoch
    and batch), or a checkpoint of another vocabulary, model or setting.
    """
    for name, part in (("training", train), ("validation", validation)):
        if len(part) == 0:
            raise DataError(f"the {name} part is empty: check the split")
    torch.manual_seed(settings.seed)
    trainer, about = (
        Trainer(model, settings, len(train)),
        {**(about or {}), "settings": asdict(settings)},
    )
    if folder is not None and (Path(folder) / "about.json").exists():
        tensors, found = load_checkpoint(folder, about)
        trainer.restore(tensors, found["progress"])
    _epochs(trainer, train, validation, collate, folder, about, quiet)
    model.load_state_dict(trainer.best)
    model.eval()
    return trainer.progress.history


def _epochs(
    trainer: Trainer,
    train,
    validation,
    collate,
    folder,
    about: dict,
    quiet: bool,
) -> None:
    """Run epochs until the planned end or until `patience` runs out; save
    after each.
    """
    settings, n_batches = (
        trainer.settings,
        math.ceil(len(train) / trainer.settings.batch_size),
    )
    with tqdm(
        total=trainer.steps,
        initial=trainer.progress.epoch * n_batches,
        disable=quiet,
        unit="batch",
    ) as bar:
        while (
            trainer.progress.epoch < settings.epochs
            and trainer.progress.bad < settings.patience
        ):
            train_loss = trainer.train_epoch(train, collate, bar)
            trainer.note(
                train_loss,
                mean_loss(
                    trainer.model, validation, collate, settings.batch_size
                ),
            )
            last = trainer.progress.history[-1]
            bar.set_postfix(
                epoch=last["epoch"],
                train=f"{train_loss:.3f}",
                validation=f"{last['validation']:.3f}",
            )
            if folder is not None:
                entry = {
                    **about,
                    "epoch": trainer.progress.epoch,
                    "progress": asdict(trainer.progress),
                }
                save_checkpoint(folder, trainer.tensors(), entry)
