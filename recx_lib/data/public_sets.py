"""The public data sets: where each is published, and what it must be."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from recx_lib.core.errors import DataError


@dataclass(frozen=True)
class Source:
    """Where a public data set is published, and how to know that what arrived
    is what was meant.

    `page` is where a person can get it, `probe` a path that exists in a data
    folder once the set is there; `size` (bytes) and `sha256` describe the
    published file. Where they are None a download warns instead of checking.

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
        """The published file's name."""
        return self.url.rsplit("/", 1)[1]

    @property
    def top(self) -> str:
        """What the data set is called in a data folder."""
        return Path(self.probe).parts[0]

    @property
    def zipped(self) -> bool:
        """Whether the published file is to be unpacked."""
        return self.file.endswith(".zip")

    @property
    def by_hand(self) -> str:
        """What a person can do without us."""
        what = f"{'unpack' if self.zipped else 'put'} {self.file}"
        return (
            f"By hand: see {self.page}, {what} in a folder and set "
            f"RECX_DATA to that folder ({self.probe} in it)"
        )

    def failed(self, what: str) -> DataError:
        """Return an error that says what happened and what to do."""
        return DataError(f"{what}. {self.by_hand}")


# Sizes and SHA-256 of the MovieLens archives: as recorded by TensorFlow
# Datasets (url_checksums/movielens.txt); we have not fetched them ourselves.
# "latest-small" may be republished by GroupLens: its hash is that of the 2018
# edition. The Amazon file's were computed by us from a copy.
GROUPLENS = "https://grouplens.org/datasets/movielens"
FILES = "https://files.grouplens.org/datasets/movielens"
AMAZON = "https://snap.stanford.edu/data/amazon/productGraph/categoryFiles"
REVIEWS = "reviews_Musical_Instruments_5.json.gz"

SOURCES = {}
SOURCES["ml-100k"] = Source(
    url=f"{FILES}/ml-100k.zip",
    page=f"{GROUPLENS}/100k/",
    probe="ml-100k/u.data",
    size=4_924_029,
    sha256="50d2a982c66986937beb9ffb3aa76efe955bf3d5c6b761f4e3a7cd717c6a3229",
)
SOURCES["ml-1m"] = Source(
    url=f"{FILES}/ml-1m.zip",
    page=f"{GROUPLENS}/1m/",
    probe="ml-1m/ratings.dat",
    size=5_917_549,
    sha256="a6898adb50b9ca05aa231689da44c217cb524e7ebd39d264c56e2832f2c54e20",
)
SOURCES["ml-latest-small"] = Source(
    url=f"{FILES}/ml-latest-small.zip",
    page=f"{GROUPLENS}/latest/",
    probe="ml-latest-small/ratings.csv",
    size=978_202,
    sha256="696d65a3dfceac7c45750ad32df2c259311949efec81f0f144fdfb91ebc9e436",
)
SOURCES["musical_instruments"] = Source(
    url=f"{AMAZON}/{REVIEWS}",
    page="https://jmcauley.ucsd.edu/data/amazon/",
    probe=REVIEWS,
    size=2_460_495,
    sha256="03f9cc27ae13a454cb4ea6cb620fb10546cc1194ef921441d1c5f34addff2748",
)
