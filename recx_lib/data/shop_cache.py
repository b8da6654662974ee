"""Keeps the shops that are simulated on first use. Plumbing."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from hashlib import sha256
from pathlib import Path

from recx_lib.core.errors import DataError
from recx_lib.data.fetch import cache_folder

SIMULATED = ("shop-kind", "shop-harsh")


ROOT = Path(__file__).resolve().parents[2]


def simulated_folder(name: str) -> Path:
    """Return the folder of a simulated shop's tables in the user's cache,
    written there on first use.

    `name` is one of `SIMULATED`. The simulator runs as a program of its own:
    nothing that knows the truth is imported here. The folder carries a hash
    of its source, so that another version writes its own; it appears whole or
    not at all, whoever else writes it at the same time. Raises DataError
    where the simulator fails.

    >>> SIMULATED
    ('shop-kind', 'shop-harsh')
    """
    folder = cache_folder() / f"{name}-{source_hash()}"
    if folder.is_dir():
        return folder
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent) as place:
        tables = Path(place).resolve() / name
        _simulate(name, tables)
        try:
            os.replace(tables, folder)
        except OSError:
            if not folder.is_dir():  # else another process was first
                raise
    return folder


def _simulate(name: str, tables: Path) -> None:
    shop = name.removeprefix("shop-")
    command = [sys.executable, "-m", "recx_lib.shop", shop, str(tables)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    if done.returncode:
        by_hand = f"python -m recx_lib.shop {shop} FOLDER"
        said = done.stderr.strip().rpartition("\n")[2]
        raise DataError(f"{name} was not simulated ({said}); try {by_hand}")


def source_hash() -> str:
    """Return a short hash of the simulator's source files.

    >>> len(source_hash())
    12
    """
    digest = sha256()
    for path in sorted((ROOT / "recx_lib" / "shop").glob("*.py")):
        digest.update(path.read_bytes().replace(b"\r\n", b"\n"))
    return digest.hexdigest()[:12]
