"""Chapter 4: training kept on disk, so that it can be interrupted."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from recx_lib.core.errors import DataError


@dataclass(frozen=True)
class Checkpoint:
    """A folder that holds tensors (safetensors) and what they are (JSON).

    `about` holds entries that are written into it and must agree when it is
    read, for instance {"vocab": vocab.fingerprint}.
    """

    folder: Path | str
    about: dict = field(default_factory=dict)

    @property
    def about_file(self) -> Path:
        """The JSON file; without it there is no checkpoint yet."""
        return Path(self.folder) / "about.json"

    def save(self, tensors: dict[str, Tensor], progress: dict) -> None:
        """Write the tensors, and what is said about them.

        A reader finds the old pair or the new one, never a mix: the tensors go
        to a file named after progress["epoch"]; the JSON, replaced last, says
        which file belongs to it.
        """
        folder = Path(self.folder)
        folder.mkdir(parents=True, exist_ok=True)
        # 1. the tensors, beside the old ones
        name = f"tensors-{progress.get('epoch', 0)}.safetensors"
        whole = {key: value.contiguous() for key, value in tensors.items()}
        _atomic(folder / name, lambda path: save_file(whole, path))
        # 2. what they are: from now on the new pair counts
        about = {**self.about, "progress": progress, "tensors": name}
        text = json.dumps(about, indent=1)
        _atomic(
            self.about_file,
            lambda path: path.write_text(text, encoding="utf-8"),
        )
        # 3. the old ones go
        for old in folder.glob("tensors-*.safetensors"):
            if old.name != name:
                old.unlink()

    def load(self) -> tuple[dict[str, Tensor], dict]:
        """Return (tensors, entries).

        Raise DataError where the checkpoint is missing, damaged, or made for
        something else.
        """
        try:
            text = self.about_file.read_text(encoding="utf-8")
            found = json.loads(text)
            tensors = load_file(Path(self.folder) / found["tensors"])
        except FileNotFoundError as error:
            raise DataError(
                f"no checkpoint in {self.folder}: "
                f"{error.filename or error} is missing; train first"
            ) from None
        except Exception as error:  # safetensors and json each have their own
            raise DataError(
                f"the checkpoint in {self.folder} is damaged ({error}): "
                "delete the folder and train again"
            ) from None
        for key, value in self.about.items():
            if found.get(key) != value:
                raise DataError(
                    f"the checkpoint in {self.folder} was made with "
                    f"{key}={found.get(key)!r}, this model has {value!r}: "
                    "load it with what it was trained on, or train into "
                    "another folder"
                )
        return tensors, found


def _atomic(path: Path, write: Callable[[Path], object]) -> None:
    """Write beside `path`, then take its place in one move."""
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        write(beside)
        os.replace(beside, path)
    finally:
        beside.unlink(missing_ok=True)


def named_with(prefix: str, tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    """Return the tensors whose names begin with `prefix`, without it.

    >>> named_with("best.", {"best.w": "one", "model.w": "other"})
    {'w': 'one'}
    """
    return {
        name.removeprefix(prefix): tensor
        for name, tensor in tensors.items()
        if name.startswith(prefix)
    }


def load_weights(
    model: nn.Module, tensors: dict[str, Tensor], prefix: str = "model."
) -> None:
    """Put a checkpoint's weights into a model.

    Raise DataError naming what does not fit.
    """
    try:
        model.load_state_dict(named_with(prefix, tensors))
    except RuntimeError as error:
        raise DataError(
            f"the checkpoint belongs to another model: {error}"
        ) from None
