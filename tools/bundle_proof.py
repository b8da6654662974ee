"""Prove that the bundle made with WHEELS=1 installs where there is no network.

    python -m tools.bundle_proof [BUNDLE.zip] [--chapter 00_start_here]

In a network namespace of its own, in which nothing but this machine can be
reached, the zip is unzipped into an empty folder, the commands of its own
README are run as they stand, word by word, and then one chapter with the
environment that they made. Linux only; the folder (some 3 GB) is removed.
"""

from __future__ import annotations

import argparse
import errno
import fcntl
import os
import re
import shlex
import shutil
import socket
import struct
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from zipfile import ZipFile

from tools import bundle

ALONE = ["unshare", "--map-root-user", "--net"]
INSIDE = "RECX_PROOF_INSIDE"
# an address of the range for documentation, which stands for any other host
ELSEWHERE = ("192.0.2.1", 443)
BRING_UP, UP = 0x8914, struct.pack("16sh22x", b"lo", 1)  # SIOCSIFFLAGS, IFF_UP
RUN = (
    ".venv/bin/python -m jupyter nbconvert --to notebook --execute"
    " --output executed notebooks/{chapter}.ipynb"
)
WHERE = ".venv/bin/python -P -c 'import recx_lib as r; print(r.__file__)'"


class ProofError(Exception):
    """The bundle does not hold what it promises; the message says why."""


def steps(readme: str) -> list[str]:
    """Return the commands that a README tells to type before Jupyter opens.

    >>> steps("1. Go: `python3 -m venv .venv`; 2. see `a -m jupyterlab`.")
    ['python3 -m venv .venv']
    """
    typed = re.findall(r"`(\S*python3? -m [^`]*)`", readme)
    return [line for line in typed if "jupyterlab" not in line]


def shut_in() -> None:
    """Make sure that this machine, and no other, can be reached from here."""
    with socket.socket() as door:
        fcntl.ioctl(door, BRING_UP, UP)  # kernels talk over the loopback
        door.settimeout(5)
        if door.connect_ex(ELSEWHERE) != errno.ENETUNREACH:
            raise ProofError("there is a network, so nothing would be proven")
    print("No network here: none but this machine is reached.", flush=True)


def clean(home: Path) -> dict[str, str]:
    """Return an environment without settings, caches or paths of ours."""
    kept = {"PATH", "LANG", "LC_ALL", "TMPDIR"}
    named = {name: os.environ[name] for name in kept & set(os.environ)}
    ours = {"HOME": str(home), "PIP_CONFIG_FILE": os.devnull}
    return named | ours | {"OMP_NUM_THREADS": "1", "PYTHONUTF8": "1"}


def typed(line: str, folder: Path, env: dict[str, str]) -> str:
    """Run a line of the README in the unzipped folder; return what it says."""
    words = shlex.split(line)
    if words[0] == "python3":  # the one that the wheels are for
        words[0] = getattr(sys, "_base_executable", sys.executable)
    start = time.perf_counter()
    done = subprocess.run(
        words,
        cwd=folder,
        env=env,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    print(f"{time.perf_counter() - start:6.0f} s  {line}", flush=True)
    if done.returncode:
        raise ProofError(f"{line}\nfailed:\n{done.stdout[-3000:]}")
    return done.stdout


def prove(zipped: Path, chapter: str, place: Path) -> None:
    """Unzip, install as the README says, run a chapter."""
    shut_in()
    with ZipFile(zipped) as file:
        file.extractall(place / "a class")
    folder, home = place / "a class" / bundle.TOP, place / "home"
    home.mkdir()
    env = clean(home)
    for line in steps((folder / "README.md").read_text(encoding="utf-8")):
        typed(line, folder, env)
    found = typed(WHERE, folder, env)
    if not Path(found.strip()).is_relative_to(folder):
        raise ProofError(f"another library than the unzipped one: {found}")
    typed(RUN.format(chapter=chapter), folder, env)
    if not (folder / "notebooks/executed.ipynb").is_file():
        raise ProofError(f"{chapter} left no executed notebook")


def check(zipped: Path, chapter: str) -> None:
    """Refuse what cannot be proven, and say what is to be done."""
    if not zipped.is_file():
        raise ProofError(f"no {zipped}; make it: make bundle WHEELS=1")
    names = ZipFile(zipped).namelist()
    if not any(name.startswith(f"{bundle.TOP}/wheels/") for name in names):
        raise ProofError(f"{zipped} has no wheels; make bundle WHEELS=1")
    if f"{bundle.TOP}/notebooks/{chapter}.ipynb" not in names:
        raise ProofError(f"{zipped} has no chapter {chapter}")
    if shutil.which(ALONE[0]) is None:
        raise ProofError("`unshare` (util-linux) is needed, which Linux has")


def again(arguments: list[str]) -> int:
    """Start this again where only this machine can be reached."""
    command = [*ALONE, sys.executable, "-m", "tools.bundle_proof", *arguments]
    env = os.environ | {INSIDE: "1"}
    return subprocess.run(command, cwd=bundle.ROOT, env=env).returncode


def main(argv: list[str] | None = None) -> int:
    """Say what was proven, or why not."""
    ask = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    made = bundle.ROOT / f"_build/{bundle.TOP}.zip"
    ask.add_argument("zipped", nargs="?", type=Path, default=made)
    ask.add_argument("--chapter", default="00_start_here")
    args = ask.parse_args(argv)
    try:
        check(args.zipped, args.chapter)
        if INSIDE not in os.environ:
            zipped = str(args.zipped.resolve())
            return again([zipped, "--chapter", args.chapter])
        with tempfile.TemporaryDirectory() as place:
            prove(args.zipped.resolve(), args.chapter, Path(place).resolve())
    except ProofError as error:
        print(f"Not proven: {error}", file=sys.stderr)
        return 1
    print(f"Proven: installed without network, and {args.chapter} ran.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
