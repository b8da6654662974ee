"""Find a public data set on this machine, or download it: resumed where it
broke off, measured, checked, and never trusted blindly.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import warnings
import zipfile
import zlib
from pathlib import Path

import platformdirs
import requests
from tqdm import tqdm

from recx_lib.core.errors import DataError
from recx_lib.data.public_sets import SOURCES, Source

CHUNK = 1 << 16  # bytes
TRIES = 3  # connections; each goes on where the last one stopped
TIMEOUT = 30  # seconds without a byte
BROKEN = (
    requests.ConnectionError,
    requests.Timeout,
    requests.exceptions.ChunkedEncodingError,
)
NO_ZIP = (
    zipfile.BadZipFile,
    zlib.error,
    RuntimeError,  # encrypted, or an unknown compression
)


def data_folder() -> Path | None:
    """Return the folder named by the environment variable RECX_DATA (None: not
    set); raise DataError if it is none.
    """
    value = os.environ.get("RECX_DATA", "").strip()
    if not value:
        return None
    folder = Path(value).expanduser()
    if not folder.is_dir():
        raise DataError(
            f"RECX_DATA={value} is not a folder; set it to the folder that "
            "holds ml-100k/ and the like, or unset it to use the cache and "
            "downloads"
        )
    return folder


def cache_folder() -> Path:
    """Return the folder where downloads are kept for this user (it may not
    exist yet).

    >>> "recx" in cache_folder().parts
    True
    """
    return Path(platformdirs.user_cache_dir("recx"))


def find(name: str) -> Path:
    """Return the path of a public data set: from the folder RECX_DATA, else
    the user's cache, else a download.

    `name` is a key of `SOURCES`. The path is a folder (MovieLens) or a file
    (Amazon). Raises DataError on an unknown name, on RECX_DATA pointing
    nowhere, and for everything that can go wrong in a download.

    >>> find("ml-100K")
    Traceback (most recent call last):
    recx_lib.core.errors.DataError: unknown data set 'ml-100K'; known: \
ml-100k, ml-1m, ml-latest-small, musical_instruments
    """
    if name not in SOURCES:
        known = ", ".join(SOURCES)
        raise DataError(f"unknown data set {name!r}; known: {known}")
    # the reader's own folder first, then what was fetched before
    source, folder, cache = SOURCES[name], data_folder(), cache_folder()
    for place in [folder, cache] if folder else [cache]:
        if (place / source.probe).exists():
            return place / source.top
    return download(source, cache)


def download(source: Source, folder: Path) -> Path:
    """Fetch, verify and (a .zip) unpack `source` into `folder`; return the
    data set's path there.

    A broken transfer leaves FILE.part, and the next call goes on from its end.
    Raises DataError, with the manual way, if the folder cannot be written, the
    server cannot be reached, or size or SHA-256 are not those of `source`.
    """
    target, part = folder / source.top, folder / f"{source.file}.part"
    cannot = f"cannot download {source.url}"
    # 1. Into a .part file, which a stopped download leaves for the next.
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _fetch(source, part)
        verify(source, part)
        # 2. Under its own name only when whole.
        if source.zipped:
            _unpack(source, part, target)
        else:
            os.replace(part, target)
    # 3. Whatever went wrong: what to do about it.
    except BROKEN as error:
        raise source.failed(
            f"{cannot}: no connection, or it broke off; the next try goes on "
            f"from the {_size(part):,} bytes that are here"
        ) from error
    except requests.RequestException as error:
        raise source.failed(f"{cannot}: {error}") from error
    except OSError as error:
        raise source.failed(
            f"cannot write {error.filename or folder}: "
            f"{error.strerror or error}. Make {folder} writable, or keep the "
            "data elsewhere"
        ) from error
    return target


def _fetch(source: Source, part: Path) -> None:
    """Bring `part` to its full length, in at most TRIES connections."""
    for left in reversed(range(TRIES)):
        try:
            if _go_on(source, part):
                return
        except BROKEN:
            if not left:
                raise
    raise source.failed(
        f"{source.url} broke off after {_size(part):,} bytes, {TRIES} times; "
        f"run again to go on from there ({part})"
    )


def _go_on(source: Source, part: Path) -> bool:
    """Append to `part` what one connection brings; return whether the file is
    complete.
    """
    # 1. Ask for what is missing. verify() judges a part that is too long.
    have = _size(part)
    if source.size is not None and have >= source.size:
        return True
    headers = {"Accept-Encoding": "identity"}
    if have:
        headers["Range"] = f"bytes={have}-"
    asked = {"headers": headers, "stream": True, "timeout": TIMEOUT}
    with requests.get(source.url, **asked) as reply:
        # 2. 416: the part is longer than the file; start over.
        if reply.status_code == 416:
            part.unlink()
            return False
        reply.raise_for_status()
        # 3. 206: the rest comes. Any other answer is the whole file.
        have = have if reply.status_code == 206 else 0
        comes = int(reply.headers.get("Content-Length", 0))
        total = source.size or (have + comes if comes else 0)
        _append(reply, part, have, total)
    return _size(part) >= total


def _append(
    reply: requests.Response, part: Path, have: int, total: int
) -> None:
    """Write what comes behind the first `have` bytes, and show progress."""
    name = part.stem
    bar = tqdm(
        desc=name, total=total or None, initial=have, unit="B", unit_scale=True
    )
    with bar, part.open("ab" if have else "wb") as file:
        for chunk in reply.iter_content(CHUNK):
            file.write(chunk)
            bar.update(len(chunk))


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def verify(source: Source, path: Path) -> None:
    """Raise DataError, and delete `path`, unless it has the size and SHA-256
    of `source`; warn where none is known.

    >>> from tempfile import TemporaryDirectory
    >>> sha256 = hashlib.sha256(b"hello").hexdigest()
    >>> known = Source("https://example.org/u.data", "", "u.data", 5, sha256)
    >>> with TemporaryDirectory() as folder:
    ...     _ = Path(folder, "u.data").write_text("hello")
    ...     verify(known, Path(folder, "u.data"))  # no complaint
    """
    with path.open("rb") as file:
        got = hashlib.file_digest(file, "sha256").hexdigest()
    if source.sha256 is None:
        warnings.warn(
            f"{source.file}: no SHA-256 is known for it, so it was not "
            f"checked (it has {got})",
            stacklevel=3,
        )
    # what we know of the file, beside what came
    size, wrong = _size(path), []
    if source.size not in (None, size):
        wrong.append(f"expected {source.size:,} bytes, got {size:,}")
    if source.sha256 not in (None, got):
        wrong.append(f"expected SHA-256 {source.sha256}, got {got}")
    # a wrong file must not be found again
    if wrong:
        path.unlink()
        raise source.failed(
            f"{source.file} from {source.url} is not the file we know: "
            f"{'; '.join(wrong)}. It was deleted; try again, or use another "
            "mirror"
        )


def _unpack(source: Source, archive: Path, target: Path) -> None:
    """Unpack `archive` beside `target`, and move its top folder there in one
    step.
    """
    # a broken archive leaves nothing half unpacked
    room = archive.with_suffix(".unpacked")
    shutil.rmtree(room, ignore_errors=True)
    try:
        _extract(source, archive, room)
        if not (room / source.probe).exists():
            raise source.failed(f"{source.file} does not hold {source.probe}")
        # one rename: another process sees all of it, or none
        shutil.rmtree(target, ignore_errors=True)
        os.replace(room / source.top, target)
        archive.unlink()
    except NO_ZIP as error:
        raise source.failed(
            f"{source.file} from {source.url} is no zip archive ({error})"
        ) from error
    finally:
        shutil.rmtree(room, ignore_errors=True)


def _extract(source: Source, archive: Path, room: Path) -> None:
    """Unpack `archive` in `room`; raise DataError if it would leave it."""
    with zipfile.ZipFile(archive) as packed:
        for name in packed.namelist():
            if not (room / name).resolve().is_relative_to(room.resolve()):
                raise DataError(
                    f"{source.file} wants to write outside its folder "
                    f"({name!r}): not unpacked"
                )
        packed.extractall(room)
