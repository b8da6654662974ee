"""What all tests share: where the project is, the built book, no windows, examples that do not time out."""

from __future__ import annotations

import os
from pathlib import Path

import matplotlib
import pytest
from hypothesis import settings

from tests.record_cases import make_records

ROOT = Path(__file__).resolve().parents[1]

matplotlib.use("Agg")
os.environ.pop("MPLBACKEND", None)  # notebooks executed by a test must keep their inline figures
settings.register_profile("recx", deadline=None, print_blob=True)
settings.load_profile("recx")


@pytest.fixture(scope="session")
def root() -> Path:
    """The project's folder."""
    return ROOT


@pytest.fixture(scope="session")
def book(tmp_path_factory) -> Path:
    """The built pages: RECX_BOOK where they were built just before (make test), else built now from an empty folder."""
    if ready := os.environ.get("RECX_BOOK"):
        assert (Path(ready) / "index.html").is_file(), f"RECX_BOOK={ready}: no book there; run make book"
        return Path(ready)
    from tools.build_book import build

    output = tmp_path_factory.mktemp("book")
    build(output)
    return output / "_build/html"


@pytest.fixture
def records():
    return make_records()
