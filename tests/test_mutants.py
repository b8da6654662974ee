"""A planted fault that no test notices is listed; one that is noticed is not;
and the healthy source comes back.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tools import mutants
from tools import mutants_run as runner
from tools.mutants_plant import faults, shortened

SUMS = '''"""Sums."""


def total(numbers, start=0, twice=False):
    """Return the sum.

    >>> total([1, 2])
    3
    """
    for number in numbers:
        start += number
    return start


def unseen():
    """Return one."""
    return 1


class Settings:
    """A number."""

    size: int = 1
'''
TEST = """from threading import Thread

import pytest
from toy.sums import total


@pytest.fixture(scope="module")
def known():
    return total([1, 2, 3])


def test_total(known):
    assert known == 6


def test_in_a_thread():
    found = []
    other = Thread(target=lambda: found.append(total([4])))
    other.start()
    other.join()
    assert found == [4]
"""


@pytest.fixture
def toy(tmp_path) -> Path:
    """A project with a library of one module and one test file."""
    for file, text in (
        ("toy/__init__.py", ""),
        ("toy/sums.py", SUMS),
        ("tests/test_sums.py", TEST),
    ):
        (tmp_path / file).parent.mkdir(exist_ok=True)
        (tmp_path / file).write_text(text, encoding="utf-8")
    return tmp_path.resolve()


def test_every_public_function_gets_faults_of_different_kinds():
    found = faults(SUMS, 3)
    owners = {fault.owner for fault in found}
    assert owners == {"total", "unseen", "Settings"}
    kinds = [fault.kind for fault in found if fault.owner == "total"]
    assert len(kinds) == len(set(kinds)) == 3
    assert found == faults(SUMS, 3)
    for fault in faults(SUMS, 100):
        assert fault.before != fault.after
        compile(fault.module, "toy", "exec")


def test_what_is_said_or_annotated_gets_no_fault():
    code = "def f(x: list[1]) -> list[2]:\n    'Three: 3.'\n    y: list[4]\n"
    assert faults(code, 99) == []


def test_a_change_is_shown_with_a_little_on_each_side():
    before, after = "a" * 50 + "1" + "b" * 50, "a" * 50 + "2" + "b" * 50
    assert shortened(before, after, 2) == "aa1bb  ->  aa2bb"
    assert shortened("x + 1", "pass") == "x + 1  ->  pass"


@pytest.mark.slow
def test_what_no_test_notices_survives_and_the_source_comes_back(toy):
    files = ["toy/sums.py", "tests/test_sums.py"]
    tests = [t for file in files for t in runner.healthy(toy, file, "toy")]
    reached = {test["name"]: test["calls"] for test in tests}
    assert reached == {
        "toy/sums.py::toy.sums.total": ["toy/sums.py::total"],
        "tests/test_sums.py::test_total": ["toy/sums.py::total"],
        "tests/test_sums.py::test_in_a_thread": ["toy/sums.py::total"],
    }
    ends: dict[str, str] = {}
    for fault in faults(SUMS, 100):
        end = mutants.noticed(toy, "toy/sums.py", fault, tests)
        ends[fault.place.partition(": ")[2]] = end
        assert (toy / "toy/sums.py").read_text(encoding="utf-8") == SUMS
    by_end = {
        end: [place for place, e in ends.items() if e == end]
        for end in ends.values()
    }
    assert any("+= number" in place for place in by_end["caught"])
    unread = [place for place in by_end["survived"] if "size:" not in place]
    assert unread and all("wice=" in place for place in unread)
    assert by_end["no test calls it"]


@pytest.mark.slow
def test_a_loaded_library_is_given_every_fault_with_the_same_end(toy):
    """Faults of a body are put in, those of fields are read anew."""
    script = """if True:
        import json, sys
        from pathlib import Path
        from tools import mutants, mutants_run as runner
        from tools.mutants_plant import faults

        runner.HEAVY.clear()
        root, path = Path(sys.argv[1]), "toy/sums.py"
        files = [path, "tests/test_sums.py"]
        tests = [t for f in files for t in runner.healthy(root, f, "toy")]
        source = (root / path).read_text()
        if sys.argv[2] == "loaded":
            runner.load(root, files)
        ends, swapped = {}, set()
        for one in faults(source, 2):
            ends[one.place] = mutants.noticed(root, path, one, tests)
            if mutants.swap_of(path, one):
                swapped.add(one.owner)
        print(json.dumps([ends, sorted(swapped)]))
    """
    said = []
    for how in ("loaded", "read anew"):
        asked = [sys.executable, "-c", script, str(toy), how]
        root = Path(mutants.__file__).parents[1]
        done = subprocess.run(asked, cwd=root, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        said.append(json.loads(done.stdout))
    (loaded, swapped), (anew, none) = said
    assert loaded == anew
    assert swapped == ["total", "unseen"] and none == []


@pytest.mark.slow
def test_a_healthy_library_that_fails_is_said(toy):
    (toy / "toy/sums.py").write_text(SUMS.replace("+=", "-="))
    assert runner.healthy(toy, "tests/test_sums.py", "toy") is None


def test_a_healthy_run_is_repeated_only_where_what_it_calls_has_changed(
    toy, tmp_path, monkeypatch
):
    monkeypatch.setattr(mutants, "KEPT", tmp_path / "kept")
    monkeypatch.setattr(mutants, "LIBRARY", "toy")
    calls, asked = ["toy/sums.py::total"], []

    def healthy(root, file, library):
        asked.append(file)
        name = f"{file}::test"
        return [{"name": name, "file": file, "seconds": 1, "calls": calls}]

    monkeypatch.setattr(runner, "healthy", healthy)
    file = "tests/test_sums.py"
    mutants.calls(toy, [file])
    (toy / "toy/other.py").write_text("OTHER = 1\n", encoding="utf-8")
    mutants.calls(toy, [file])
    assert asked == [file]
    (toy / "toy/sums.py").write_text(f"{SUMS}\n", encoding="utf-8")
    assert mutants.calls(toy, [file])[0]["calls"] == calls
    assert asked == [file, file]


def test_after_the_quickest_the_others_that_reach_a_fault_are_asked(
    toy, monkeypatch
):
    monkeypatch.setattr(mutants, "FIRST", 1)
    monkeypatch.setattr(mutants, "WORTH", 5)
    asked = []

    def green(root, names, seconds, swap):
        asked.append(names)
        return "slow" not in names

    monkeypatch.setattr(runner, "green", green)
    calls = ["toy/sums.py::total"]
    tests = [
        {"name": name, "seconds": seconds, "calls": calls}
        for name, seconds in (("endless", 9.0), ("slow", 4.0), ("quick", 1.0))
    ]
    fault = next(one for one in faults(SUMS, 3) if one.owner == "total")
    assert mutants.noticed(toy, "toy/sums.py", fault, tests) == "caught"
    assert asked == [["quick"], ["slow"]]


def test_the_copy_is_a_checkout_of_its_own(toy, tmp_path, monkeypatch):
    subprocess.run(["git", "init", "--quiet"], cwd=toy, check=True)
    monkeypatch.setattr(mutants, "ROOT", toy)
    copy = mutants.copy_project(tmp_path / "copy")
    asked = ["git", "ls-files"]
    said = subprocess.run(asked, cwd=copy, capture_output=True, text=True)
    assert "toy/sums.py" in said.stdout.split()
    assert (copy / ".git").is_dir()
