"""Each run of a submission in a container of its own, where docker or podman exists: a wall, not only a fence.

The container has no network, no rights, nothing to write on but one folder, and what it shows of this machine are the
checks, which it can only read. Its image needs Python and numpy: `exercises/Containerfile` makes one.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ENGINES = ("docker", "podman")
IMAGE = "recx-grade"
CHECKS = Path(__file__).resolve().parents[1]
BUILD = "build it in the book's folder: {engine} build --tag {image} --file exercises/Containerfile exercises/kit"
NO_ENGINE = "neither docker nor podman is here: install one of them, or grade without --container"
SHUT = ["--rm", "--network=none", "--read-only", "--tmpfs=/tmp", "--cap-drop=ALL", "--pids-limit=256"]
SHUT += ["--security-opt=no-new-privileges"]


class ContainerError(Exception):
    """There is no container to run in; the message says what to do."""


@dataclass(frozen=True)
class Container:
    """The program that runs containers, and the image that they start from."""

    engine: str
    image: str

    @contextmanager
    def ready(self, folder: Path, arguments: list[str], env: dict[str, str], megabytes: int) -> Iterator[list[str]]:
        """Give the command that runs Python with `arguments` on a folder, seen inside as /box; afterwards end it.

        Ending the command does not end the container, so it has a name by which it is removed.
        """
        name = f"recx-{uuid.uuid4().hex}"
        owner = [f"--user={os.getuid()}:{os.getgid()}"] if hasattr(os, "getuid") else []
        if Path(self.engine).name == "podman":  # without root, its own users are others than this machine's
            owner = ["--userns=keep-id"]
        places = [f"--volume={folder}:/box", f"--volume={CHECKS / 'recx_check'}:/checks/recx_check:ro"]
        told = [f"--env={key}={value}" for key, value in env.items()]
        limits = [f"--name={name}", f"--memory={megabytes}m", "--workdir=/box/work", *owner]
        try:
            yield [self.engine, "run", *SHUT, *limits, *places, *told, self.image, "python", *arguments]
        finally:
            _quietly([self.engine, "rm", "--force", name])


def container(image: str = IMAGE) -> Container:
    """Return the container to grade in; raise ContainerError where there is no engine or no image of this name."""
    engine = next(filter(shutil.which, ENGINES), None)
    if engine is None:
        raise ContainerError(NO_ENGINE)
    if _quietly([engine, "image", "inspect", image]):
        raise ContainerError(f"{engine} has no image {image!r}; {BUILD.format(engine=engine, image=image)}")
    return Container(engine, image)


def _quietly(command: list[str]) -> int:
    """Run a command without a word; return its status."""
    return subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, check=False).returncode
