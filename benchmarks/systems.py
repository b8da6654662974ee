"""One line of a table of rivals: what to build, and which settings it may try."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec

SEEDS = range(3)  # of everything that draws


@dataclass(frozen=True, eq=False)
class System:
    """A rival: its name, what is told to it, how to build it, its tries.

    `draws` says that it starts from random numbers: it is fitted with every
    seed then. `package` is what it needs; `grid` names the settings that may
    be tried, {name: values}.
    """

    name: str
    setting: str
    build: Callable
    grid: dict[str, tuple]
    package: str = "numpy"
    draws: bool = False

    @property
    def installed(self) -> bool:
        """Tell whether the package is there."""
        return find_spec(self.package) is not None

    def tries(self) -> list[dict]:
        """Return every combination of the settings."""
        return tries(self.grid)

    def fits(self, settings: dict) -> list:
        """Return the models to fit with chosen settings, one for each seed."""
        if not self.draws:
            return [self.build(**settings)]
        return [self.build(**settings, seed=seed) for seed in SEEDS]


def tries(grid: dict[str, tuple]) -> list[dict]:
    """Return every combination of the settings.

    >>> tries({"k": (1, 2), "reg": (0.1,)})
    [{'k': 1, 'reg': 0.1}, {'k': 2, 'reg': 0.1}]
    """
    combinations = itertools.product(*grid.values())
    return [dict(zip(grid, values, strict=True)) for values in combinations]


def label(settings: dict) -> str:
    """Return settings as text.

    >>> label({"k": 2, "reg": 0.1})
    'k=2, reg=0.1'
    """
    return ", ".join(f"{name}={value}" for name, value in settings.items())


def installed(systems: tuple[System, ...]) -> list[System]:
    """Return the systems whose package is there; name the others."""
    for system in systems:
        if not system.installed:
            missing = f"{system.package} is not installed"
            remedy = "pip install '.[peers]'"
            print(f"{system.name} left out: {missing} ({remedy})")
    return [system for system in systems if system.installed]
