"""Find a public data set on this machine, or download it: resumed, measured,
checked, and never trusted blindly.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import warnings
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path

import platformdirs
import requests
from tqdm import tqdm

from recx_lib.core.errors import DataError

CHUNK = 1 << 16  # bytes


TRIES = 3  # connections before a download gives up; each goes on where the last one stopped


TIMEOUT = 30  # seconds without a byte


BROKEN = (
    requests.ConnectionError,
    requests.Timeout,
    requests.exceptions.ChunkedEncodingError,
)


MOVIELENS = "https://files.grouplens.org/datasets/movielens"


AMAZON = "https://snap.stanford.edu/data/amazon/productGraph/categoryFiles"


@dataclass(frozen=True)
class Source:
    """Where a public data set is published, and how to know that what arrived
    is what was meant.

    `probe` is a path that exists in a data folder once the set is there,
    `size` (bytes) and `sha256` describe the published file; None where we do
    not know them, in which case a download warns instead of checking.

    >>> SOURCES["ml-100k"].file, SOURCES["ml-100k"].probe
    ('ml-100k.zip', 'ml-100k/u.data')
    """

    url: str
    page: str
    probe: str
    size: int | None = None
    sha256: str | None = None

    @property
    def file(self) -> str:
        return self.url.rsplit("/", 1)[1]

    @property
    def by_hand(self) -> str:
        """What a person can do without us."""
        what = (
            f"unpack {self.file}"
            if self.file.endswith(".zip")
            else f"put {self.file}"
        )
        return f"By hand: see {self.page}, {what} in a folder and set RECX_DATA to that folder ({self.probe} in it)"


# Sizes and SHA-256 of the MovieLens archives: as recorded by TensorFlow Datasets (url_checksums/movielens.txt); we have
# not fetched them ourselves. "latest-small" may be republished by GroupLens: its hash is that of the 2018 edition.
# The Amazon file's were computed by us from a copy.
SOURCES = {
    "ml-100k": Source(
        f"{MOVIELENS}/ml-100k.zip", "https://grouplens.org/datasets/movielens/100k/", "ml-100k/u.data",
        4924029, "50d2a982c66986937beb9ffb3aa76efe955bf3d5c6b761f4e3a7cd717c6a3229",
    ),
    "ml-1m": Source(
        f"{MOVIELENS}/ml-1m.zip", "https://grouplens.org/datasets/movielens/1m/", "ml-1m/ratings.dat",
        5917549, "a6898adb50b9ca05aa231689da44c217cb524e7ebd39d264c56e2832f2c54e20",
    ),
    "ml-latest-small": Source(
        f"{MOVIELENS}/ml-latest-small.zip", "https://grouplens.org/datasets/movielens/latest/",
        "ml-latest-small/ratings.csv",
        978202, "696d65a3dfceac7c45750ad32df2c259311949efec81f0f144fdfb91ebc9e436",
    ),
    "musical_instruments": Source(
        f"{AMAZON}/reviews_Musical_Instruments_5.json.gz", "https://jmcauley.ucsd.edu/data/amazon/",
        "reviews_Musical_Instruments_5.json.gz",
        2460495, "03f9cc27ae13a454cb4ea6cb620fb10546cc1194ef921441d1c5f34addff2748",
    ),
}  # fmt: skip


def data_folder() -> Path | None:
    """Return the folder named by the environment variable RECX_DATA (None: not
    set); raise DataError if it is none.
    """
    value = os.environ.get("RECX_DATA", "").strip()
    if not value:
        return None
    folder = Path(value).expanduser()
    if not folder.is_dir():
        raise DataError(f"RECX_DATA={value} is not a folder; set it to the folder that holds ml-100k/ and the like, "
                        "or unset it to use the cache and downloads")  # fmt: skip
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
    recx_lib.core.errors.DataError: unknown data set 'ml-100K'; known: ml-100k, ml-1m, ml-latest-small, musical_instruments
    """
    if name not in SOURCES:
        raise DataError(
            f"unknown data set {name!r}; known: {', '.join(SOURCES)}"
        )
    source, folder, cache = SOURCES[name], data_folder(), cache_folder()
    for place in [folder, cache] if folder else [cache]:
        if (place / source.probe).exists():
            return place / Path(source.probe).parts[0]
    return download(source, cache)


def download(source: Source, folder: Path) -> Path:
    """Fetch, verify and (a .zip) unpack `source` into `folder`; return the
    data set's path there.

    A broken transfer leaves FILE.part, and the next call goes on from its end.
    Raises DataError, with the manual way, if the folder cannot be written, the
    server cannot be reached, or size or SHA-256 are not those of `source`.
    """
    target, part = (
        folder / Path(source.probe).parts[0],
        folder / (source.file + ".part"),
    )
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _fetch(source, part)
        verify(source, part)
        if source.file.endswith(".zip"):
            _unpack(source, part, target)
        else:
            os.replace(part, target)
    except BROKEN as error:
        raise DataError(f"cannot download {source.url}: no connection, or it broke off; the next try goes on from the "
                        f"{_size(part):,} bytes that are here. {source.by_hand}") from error  # fmt: skip
    except requests.RequestException as error:
        raise DataError(
            f"cannot download {source.url}: {error}. {source.by_hand}"
        ) from error
    except OSError as error:
        raise DataError(f"cannot write {error.filename or folder}: {error.strerror or error}. Make {folder} writable, "
                        f"or keep the data elsewhere. {source.by_hand}") from error  # fmt: skip
    return target


def _fetch(source: Source, part: Path) -> None:
    """Bring `part` to its full length, in at most TRIES connections."""
    for left in reversed(range(TRIES)):
        try:
            if _transfer(source, part):
                return
        except BROKEN:
            if not left:
                raise
    raise DataError(f"{source.url} broke off after {_size(part):,} bytes, {TRIES} times; run again to go on from "
                    f"there ({part}). {source.by_hand}")  # fmt: skip


def _transfer(source: Source, part: Path) -> bool:
    """Append what the server sends to `part`; return whether the file is
    complete.
    """
    have = _size(part)
    if source.size is not None and have >= source.size:
        return True  # verify() judges a part that is too long
    headers = {"Accept-Encoding": "identity"} | (
        {"Range": f"bytes={have}-"} if have else {}
    )
    with requests.get(
        source.url, headers=headers, stream=True, timeout=TIMEOUT
    ) as reply:
        if (
            reply.status_code == 416
        ):  # the part is longer than the file: start over
            part.unlink()
            return False
        reply.raise_for_status()
        have = have if reply.status_code == 206 else 0
        expected = (
            int(reply.headers["Content-Length"]) + have
            if "Content-Length" in reply.headers
            else None
        )
        bar = tqdm(
            total=source.size or expected,
            initial=have,
            unit="B",
            unit_scale=True,
            desc=source.file,
        )
        with bar, part.open("ab" if have else "wb") as file:
            for chunk in reply.iter_content(CHUNK):
                file.write(chunk)
                bar.update(len(chunk))
    return _size(part) >= (source.size or expected or 0)


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def verify(source: Source, path: Path) -> None:
    """Raise DataError, and delete `path`, unless it has the size and SHA-256
    of `source`; warn where none is known.

    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     _ = Path(folder, "u.data").write_text("hello")
    ...     known = Source("https://example.org/u.data", "", "u.data", 5, hashlib.sha256(b"hello").hexdigest())
    ...     verify(known, Path(folder, "u.data"))  # no complaint
    """
    with path.open("rb") as file:
        got = hashlib.file_digest(file, "sha256").hexdigest()
    if source.sha256 is None:
        warnings.warn(
            f"{source.file}: no SHA-256 is known for it, so it was not checked (it has {got})",
            stacklevel=3,
        )
    size, wrong = _size(path), []
    if source.size is not None and size != source.size:
        wrong.append(f"expected {source.size:,} bytes, got {size:,}")
    if source.sha256 is not None and got != source.sha256:
        wrong.append(f"expected SHA-256 {source.sha256}, got {got}")
    if wrong:
        path.unlink()
        raise DataError(f"{source.file} from {source.url} is not the file we know: {'; '.join(wrong)}. It was deleted; "
                        f"try again, or use another mirror. {source.by_hand}")  # fmt: skip


def _unpack(source: Source, archive: Path, target: Path) -> None:
    """Unpack `archive` beside `target`, and move its top folder there in one
    step.
    """
    room = archive.with_suffix(".unpacked")
    shutil.rmtree(room, ignore_errors=True)
    try:
        with zipfile.ZipFile(archive) as packed:
            for name in packed.namelist():
                if not (room / name).resolve().is_relative_to(room.resolve()):
                    raise DataError(
                        f"{source.file} wants to write outside its folder ({name!r}): not unpacked"
                    )
            packed.extractall(room)
        if not (room / source.probe).exists():
            raise DataError(
                f"{source.file} does not hold {source.probe}. {source.by_hand}"
            )
        shutil.rmtree(target, ignore_errors=True)
        os.replace(room / target.name, target)
        archive.unlink()
    except (
        zipfile.BadZipFile,
        zlib.error,
        RuntimeError,
    ) as error:  # RuntimeError: encrypted, unknown compression
        raise DataError(
            f"{source.file} from {source.url} is no zip archive ({error}). {source.by_hand}"
        ) from error
    finally:
        shutil.rmtree(room, ignore_errors=True)
