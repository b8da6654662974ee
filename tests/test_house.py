"""The house: one environment said in three files, two commands, code that stays small."""

from __future__ import annotations

import ast
import os
import re
import stat
import subprocess
import tomllib
from collections import Counter
from importlib import import_module, metadata
from itertools import product
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version
from setuptools import find_packages

from tools import house, install, readable, sync

ROOT = Path(__file__).resolve().parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))[
    "project"
]
EXTRAS = PROJECT["optional-dependencies"]
MODULES = sorted((ROOT / "recx_lib").rglob("*.py"))
ARROWS = list(product(house.MAY_IMPORT, [*house.MAY_IMPORT, "people"]))
FORBIDDEN = [
    (a, b) for a, b in ARROWS if a != b and b not in house.MAY_IMPORT[a]
]


def requirements(*extras: str) -> dict[str, Requirement]:
    lines = [
        *PROJECT["dependencies"],
        *(line for extra in extras for line in EXTRAS[extra]),
    ]
    return {canonicalize_name(r.name): r for r in map(Requirement, lines)}


def constraints() -> dict[str, Version]:
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    pins = [
        line.split("==") for line in lines if line and not line.startswith("#")
    ]
    return {
        canonicalize_name(name): Version(version) for name, version in pins
    }


@pytest.mark.parametrize(("name", "wanted"), requirements(*EXTRAS).items())
def test_every_dependency_is_pinned_within_its_range(name, wanted):
    pins = constraints()
    assert name in pins, (
        f"{name} is in pyproject.toml but not in constraints.txt"
    )
    assert wanted.specifier.contains(pins[name]), (
        f"constraints.txt pins {name} {pins[name]}, outside {wanted}"
    )


@pytest.mark.parametrize("name", requirements("book", "lab", "test"))
def test_this_environment_is_the_pinned_one(name):
    assert Version(metadata.version(name)).public == str(
        constraints()[name]
    ), "run make test to bring .venv up to date"


def test_constraints_name_no_place():
    text = (ROOT / "constraints.txt").read_text(encoding="utf-8")
    assert not re.search(r"://|@ |/home|\+cpu|-e ", text)


def test_conda_users_get_the_same():
    conda = yaml.safe_load(
        (ROOT / "environment.yml").read_text(encoding="utf-8")
    )
    python = next(
        d
        for d in conda["dependencies"]
        if isinstance(d, str) and d.startswith("python=")
    )
    assert python.removeprefix("python=") in PROJECT["requires-python"]
    pip = next(d["pip"] for d in conda["dependencies"] if isinstance(d, dict))
    assert pip == [
        "--constraint constraints.txt",
        "--editable .[book,lab,service,postgres,scale,test]",
    ]
    assert pip[1].split() == install.commands("all")[0][-2:]


def test_every_dependency_says_who_needs_it():
    lines = (ROOT / "pyproject.toml").read_text(encoding="utf-8").splitlines()
    listed = [
        line
        for line in lines
        if re.match(r'    "[a-z][\w.[\]-]*[<>=~]', line, re.IGNORECASE)
    ]
    assert len(listed) == sum(
        map(len, [PROJECT["dependencies"], *EXTRAS.values()])
    )
    assert [
        line
        for line in listed
        if not re.search(r"# \w+[:,]? \w+|# every", line)
    ] == []


def make(where: Path, *what: str) -> subprocess.CompletedProcess:
    """Run make as if from a terminal, also where make runs the tests."""
    env = {
        name: value
        for name, value in os.environ.items()
        if name not in ("MAKEFLAGS", "MAKELEVEL", "MFLAGS")
    }
    return subprocess.run(
        ["make", *what], cwd=where, env=env, capture_output=True, text=True
    )


def test_every_tool_has_a_line_that_says_what_it_is_for():
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    _, _, table = text.partition("\n## The tools\n")
    table, _, _ = table.partition("\n## ")
    named = re.findall(r"^\| `(\w+)` \| \S", table, flags=re.MULTILINE)
    there = [path.stem for path in (ROOT / "tools").glob("[!_]*.py")]
    assert sorted(named) == sorted(there)


def test_what_goes_where_names_places_that_are_there():
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    _, _, table = text.partition("\n| a new … | goes to |")
    rows = table.partition("\n\n")[0].splitlines()[2:]
    places = [re.search(r"`(recx_lib/[^`]+)`", row)[1] for row in rows]
    assert (
        len(places) == 15
        and [p for p in places if not (ROOT / p).exists()] == []
    )
    tree = re.findall(r"^recx_lib/(\w+)", text, flags=re.MULTILINE)
    assert tree == list(house.MAY_IMPORT)


def test_help_has_one_line_for_every_target():
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(
        re.search(r"^\.PHONY: (.*)$", makefile, re.MULTILINE)[1].split()
    )
    shown = make(ROOT, "help").stdout
    assert {line.split()[1] for line in shown.splitlines()} == targets
    assert all(
        len(line.split()) > 4 and len(line) <= 120
        for line in shown.splitlines()
    )


def make_book_with(python: str, where: Path) -> subprocess.CompletedProcess:
    """Run `make book` in a copy of the house's front door, in a folder whose name has a space."""
    where.mkdir()
    for name in ("Makefile", "pyproject.toml", "constraints.txt"):
        (where / name).write_text(
            (ROOT / name).read_text(encoding="utf-8"), encoding="utf-8"
        )
    return make(where, "book", f"PYTHON={python}")


def test_an_old_python_is_named_and_refused(tmp_path):
    old = tmp_path / "old python"
    old.write_text(
        '#!/bin/sh\ncase "$1" in -c) exit 1;; *) echo "Python 3.8.1";; esac\n',
        encoding="utf-8",
    )
    old.chmod(0o755)
    done = make_book_with(str(old), tmp_path / "a b")
    assert done.returncode != 0
    assert "needs Python 3.11 or newer" in done.stdout
    assert "Python 3.8.1" in done.stdout
    assert not (tmp_path / "a b/.venv").exists()


def test_a_missing_python_is_named(tmp_path):
    done = make_book_with("python9.99", tmp_path / "a b")
    assert done.returncode != 0
    assert "No python9.99 found" in done.stdout


def test_ci_runs_what_the_readme_says():
    script = ROOT / ".ci/run"
    assert script.stat().st_mode & stat.S_IXUSR
    assert script.read_text(encoding="utf-8").rstrip().endswith("\nmake test")
    workflow = yaml.safe_load(
        (ROOT / ".github/workflows/ci.yml").read_text(encoding="utf-8")
    )
    assert ".ci/run" in [
        step.get("run") for step in workflow["jobs"]["test"]["steps"]
    ]
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert "make book" in readme
    assert "make test" in readme


def test_the_citation_names_this_version():
    import recx_lib

    assert (
        yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))[
            "version"
        ]
        == recx_lib.__version__
    )


def committed() -> list[Path]:
    listed = [
        "git",
        "ls-files",
        "--cached",
        "--others",
        "--exclude-standard",
        "-z",
    ]
    answer = subprocess.run(listed, cwd=ROOT, capture_output=True, text=True)
    if answer.returncode:
        pytest.skip(
            "not a git checkout: nothing says which files are the project's"
        )
    return [
        ROOT / name
        for name in answer.stdout.split("\0")
        if name and (ROOT / name).is_file()
    ]


def test_no_file_names_a_place_on_this_machine():
    places = [str(p).encode() for p in (ROOT, Path.home()) if len(p.parts) > 1]
    named = [
        p.name
        for p in committed()
        if any(place + b"/" in p.read_bytes() for place in places)
    ]
    assert named == []


def test_no_large_file():
    large = {
        p.name: p.stat().st_size
        for p in committed()
        if p.stat().st_size > 5_000_000
    }
    assert large == {}


READ = [*MODULES, *(ROOT / "book").glob("chapters/*.md")]
READ = sorted([*READ, *(ROOT / "book").glob("deeper/*.md")])


@pytest.mark.parametrize("path", READ, ids=lambda p: "/".join(p.parts[-2:]))
def test_the_library_and_the_chapters_can_be_read_aloud(path):
    assert readable.of_file(path) == []


LONG = "x = " + " + ".join(["1"] * 21)
MANY = "def f():\n" + "    x = 1\n" * 31
NESTED = "[a for b in [c for c in d] for a in b]"
SUM = " + ".join("abcdefghijklmno")  # 58 nodes
EIGHT = "def f(self, a, b, *, c, d, e, f, g, **h): pass"


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("x = 1", []),
        ("#" * 80, ["line of 80 characters, at most 79"]),
        (
            LONG,
            [
                "line of 85 characters, at most 79",
                "statement of 64 nodes, at most 40",
            ],
        ),
        (MANY, ["f has 32 lines, at most 30"]),
        (NESTED, ["a comprehension within a comprehension"]),
        (f"if {SUM}:\n    x = 1", ["statement of 59 nodes, at most 40"]),
        (f"while {SUM}:\n    x = 1", ["statement of 59 nodes, at most 40"]),
        (f"for x in {SUM}:\n    x = 1", ["statement of 61 nodes, at most 40"]),
        (f"with {SUM}:\n    x = 1", ["statement of 60 nodes, at most 40"]),
        (f"assert {SUM}", ["statement of 59 nodes, at most 40"]),
        (f"raise {SUM}", ["statement of 59 nodes, at most 40"]),
        ("if a:\n" + "    x = a + b\n" * 20, []),
        (EIGHT, ["f has 8 parameters, at most 7"]),
        (EIGHT.replace("a, ", ""), []),
        ("TABLE = [" + "1, " * 20 + "]", []),
    ],
)
def test_what_cannot_be_read_aloud_is_named(source, said):
    assert [what for _, what in readable.problems(source)] == said


def test_a_chapter_s_cells_and_solutions_are_read_by_the_lines_of_the_file():
    wide = "#" * 80 + "\n```\n"
    cell = "text\n\n```{code-cell}\n:tags: [a]\n\n" + wide
    solution = "\n```python\n" + wide
    assert readable.of_chapter(cell + solution) == [
        (6, "line of 80 characters, at most 79"),
        (10, "line of 80 characters, at most 79"),
    ]


@pytest.mark.parametrize("path", MODULES, ids=lambda p: "/".join(p.parts[-2:]))
def test_public_names_say_what_they_are(path):
    kinds = (ast.FunctionDef, ast.ClassDef)
    tree = ast.parse(path.read_text(encoding="utf-8"))
    assert ast.get_docstring(tree)
    public = [
        n
        for n in tree.body
        if isinstance(n, kinds) and not n.name.startswith("_")
    ]
    assert [n.name for n in public if not ast.get_docstring(n)] == []


def test_nothing_is_imported_against_the_order_of_the_data():
    assert house.forbidden() == []


def test_every_package_has_its_place():
    packages = {
        path.parent.name for path in (ROOT / "recx_lib").glob("*/__init__.py")
    }
    assert packages == set(house.MAY_IMPORT)


def test_every_package_is_installed():
    project = tomllib.loads(
        (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    )
    find = project["tool"]["setuptools"]["packages"]["find"]
    roots, names = [ROOT / place for place in find["where"]], find["include"]
    found = {
        name for root in roots for name in find_packages(root, include=names)
    }
    ours = {f"recx_lib.{name}" for name in house.MAY_IMPORT}
    assert found == {"recx_lib", "recx_check"} | ours


@pytest.mark.parametrize(
    ("package", "target"), FORBIDDEN, ids=lambda name: name
)
@pytest.mark.parametrize(
    "line",
    [
        "from recx_lib.{0}.toy import x",
        "from recx_lib import {0}",
        "import recx_lib.{0}.toy as toy",
        "def f():\n    from recx_lib.{0} import x",
        "import importlib\nimportlib.import_module('recx_lib.{0}.toy')",
        "x = __import__(name='recx_lib.{0}')",
    ],
    ids=[
        "from module",
        "from library",
        "import",
        "in a function",
        "by name",
        "by keyword",
    ],
)
def test_an_arrow_against_the_order_is_named(package, target, line, tmp_path):
    module = tmp_path / f"recx_lib/{package}/toy.py"
    module.parent.mkdir(parents=True)
    module.write_text(line.format(target), encoding="utf-8")
    [said] = house.forbidden(tmp_path)
    assert said.startswith(f"{package}.toy imports {target}: ")


@pytest.mark.parametrize(
    ("path", "line", "said"),
    [
        ("data/toy", "from ..write import quote", "."),
        ("data/toy", "import_module('.write', 'recx_lib')", "."),
        ("data/toy", "import_module(f'recx_lib.{x}')", "?"),
        ("data/toy", "import recx_lib", "recx_lib"),
        ("data/toy", "from recx_lib import *", "*"),
        ("data/toy", "from tools import sync", "tools"),
        ("data/toy", "import benchmarks.tidy as tidy", "benchmarks"),
        ("data/toy", "import_module('recx_check.ch01')", "recx_check"),
        ("__init__", "from recx_lib.data import load_shop", "data"),
        ("toy", "import recx_lib.core.errors", "core"),
    ],
)
def test_what_no_package_may_import_is_named(path, line, said, tmp_path):
    module = tmp_path / f"recx_lib/{path}.py"
    module.parent.mkdir(parents=True)
    module.write_text(f"import numpy\n{line}", encoding="utf-8")
    may = "data may import core"
    if "/" not in path:
        may = "recx_lib may import nothing"
    name = path.replace("/", ".")
    assert house.forbidden(tmp_path) == [f"{name} imports {said}: {may}"]


def crossings(path: Path, inside: str = "") -> list[tuple[str, str]]:
    """The names that a file takes from modules of other packages than `inside`."""
    found = []
    for name in [*house.imports(path), *private_names(path)]:
        library, package, *_, said = [*name.split("."), "", ""][:4]
        if library == house.LIBRARY and said and package != inside:
            found.append((f"{library}.{package}", said))
    return found


def private_names(path: Path) -> list[str]:
    """`recx_lib.data.lexicon._read`, where a file says `steps._read` of a
    module that it imported as `steps`: what a bare import would hide.
    """
    tree = ast.parse(path.read_text(encoding="utf-8"))
    stands_for = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import | ast.ImportFrom):
            home = getattr(node, "module", "")
            start = f"{home}." if home else ""
            for alias in node.names:
                full = start + alias.name
                stands_for[alias.asname or alias.name] = full
    return [
        f"{stands_for[whose]}.{node.attr}"
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and node.attr.startswith("_")
        if not node.attr.startswith("__")
        if (whose := ast.unparse(node.value)) in stands_for
    ]


def at_the_door(package: str) -> set[str]:
    """The names in the `__all__` of a package."""
    return set(import_module(package).__all__)


TOOLS = sorted((ROOT / "tools").glob("*.py"))


@pytest.mark.parametrize(
    "path", [*MODULES, *TOOLS], ids=lambda p: "/".join(p.parts[-2:])
)
def test_what_leaves_a_package_stands_at_its_door(path):
    """Its `__init__` names all that others use, though they may go round it.

    Tests and benchmarks may look inside: they take our parts to pieces.
    """
    taken = crossings(path, path.parent.name)
    through = {said for where, said in taken if said not in at_the_door(where)}
    assert through == set()


def test_a_name_that_climbs_through_the_window_is_seen(tmp_path):
    code = "from recx_lib.judge.claims import claims, opinion_sides\n"
    (tmp_path / "toy.py").write_text(code, encoding="utf-8")
    taken = crossings(tmp_path / "toy.py")
    package = "recx_lib.judge"
    assert taken == [(package, "claims"), (package, "opinion_sides")]
    assert crossings(tmp_path / "toy.py", "judge") == []
    for line in (
        "import recx_lib.data.lexicon as steps\nsteps._read([])\n",
        "from recx_lib.data import lexicon\nlexicon._read([])\n",
        "import recx_lib.data.lexicon\nrecx_lib.data.lexicon._read([])\n",
    ):
        (tmp_path / "toy.py").write_text(line, encoding="utf-8")
        assert ("recx_lib.data", "_read") in crossings(tmp_path / "toy.py")
    assert "claims" in at_the_door(package)
    assert "opinion_sides" not in at_the_door(package)


def test_a_public_name_is_given_once():
    """One name, one meaning, in the whole library."""
    given = [ref.partition(":")[2] for ref in sync.public_names()]
    doors = [
        at_the_door(f"recx_lib.{package}") for package in house.MAY_IMPORT
    ]
    shown = [name for door in doors for name in door]
    for names in (given, shown):
        assert {n for n, k in Counter(names).items() if k > 1} == set()
    assert {"Rule", "places"} <= set(given) and "GRAMMAR" in shown


def test_over_budget_cannot_be_missed(tmp_path):
    from tools import budget

    assert "OVER BUDGET" in budget.line("01_data", 61, 60, "s")
    assert "OVER" not in budget.line("01_data", 60, 60, "s")
    report = tmp_path / "nbval.xml"
    case = '<testcase classname="notebooks.01_data.ipynb" name="Cell {}" time="{}"/>'
    report.write_text(
        f"<t>{case.format(0, 1.5)}{case.format(1, 2)}</t>", encoding="utf-8"
    )
    assert budget.chapter_seconds(report) == {"01_data": 3.5}
    assert budget.chapter_seconds(tmp_path / "none.xml") == {}


@pytest.mark.parametrize(
    ("codes", "status"), [([0, 0], 0), ([1, 0], 1), ([0, 1], 1)]
)
def test_a_failing_step_is_not_hidden_and_hides_nothing(
    codes, status, monkeypatch, capsys
):
    import sys

    from tools import budget, check

    steps = [
        (
            f"step {n}",
            "no time",
            [sys.executable, "-c", f"raise SystemExit({c})"],
        )
        for n, c in enumerate(codes)
    ]
    monkeypatch.setattr(check, "STEPS", steps)
    monkeypatch.setattr(budget, "forget", lambda: None)
    assert check.main() == status
    said = capsys.readouterr().out
    assert said.count("FAILED, ") == sum(codes)
    assert said.count("ok, ") == len(codes) - sum(codes)
