"""What all tests share: where the project is, the built book, no windows,
examples that do not time out, and what `--quick` leaves out.
"""

from __future__ import annotations

import os
from pathlib import Path

import matplotlib
import pytest
from hypothesis import settings

from tests import chapter_runs
from tests.record_cases import make_records

ROOT = Path(__file__).resolve().parents[1]
MARKS = {
    "slow": "takes seconds; `make quick` leaves it out",
    "browser": "opens pages in a browser; `make quick` leaves it out",
}
PAGES = {"book", "chromium"}  # fixtures that cost a build, a browser

matplotlib.use("Agg")
# notebooks executed by a test must keep their inline figures
os.environ.pop("MPLBACKEND", None)
settings.register_profile("recx", deadline=None, print_blob=True)
settings.load_profile("recx")


def pytest_addoption(parser) -> None:
    """Know --quick."""
    what = "leave out what is slow or opens a browser"
    parser.addoption("--quick", action="store_true", help=what)


def pytest_configure(config) -> None:
    """Say what the marks mean."""
    for mark, meaning in MARKS.items():
        config.addinivalue_line("markers", f"{mark}: {meaning}")


def pytest_collection_modifyitems(config, items: list[pytest.Item]) -> None:
    """Add printed solutions, put what takes long in front, skip if quick.

    A test that asks for the built book or the browser says so by that.
    """
    for item in items:
        if PAGES & set(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.browser)
    chapter_runs.pytest_collection_modifyitems(items)
    for item in items if config.getoption("--quick") else ():
        for mark in MARKS:
            if item.get_closest_marker(mark):
                item.add_marker(pytest.mark.skip(reason=mark))


@pytest.fixture(scope="session")
def root() -> Path:
    """The project's folder."""
    return ROOT


@pytest.fixture(scope="session")
def book(tmp_path_factory) -> Path:
    """The built pages.

    RECX_BOOK names them where they were built just before (make test), else
    they are built now, from an empty folder.
    """
    if ready := os.environ.get("RECX_BOOK"):
        there = (Path(ready) / "index.html").is_file()
        assert there, f"RECX_BOOK={ready}: no book there; run make book"
        return Path(ready)
    from tools.build_book import build

    output = tmp_path_factory.mktemp("book")
    build(output)
    return output / "_build/html"


@pytest.fixture
def records():
    return make_records()


@pytest.fixture(scope="session")
def encoder():
    """MiniLM: (tokenizer, model), loaded once."""
    from recx_lib.nets.pretrained import load_encoder

    return load_encoder()


@pytest.fixture(scope="session")
def generator():
    """SmolLM2: (tokenizer, model), loaded once."""
    from recx_lib.nets.pretrained import load_generator

    return load_generator()
