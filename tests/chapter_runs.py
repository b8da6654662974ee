"""Each chapter runs once: its cells, then the solutions printed in its text.

A pytest plugin. nbval makes a test of every code cell of a notebook; here
every ```python block of the notebook's text becomes one more cell after
them, run in the same kernel, in the state that the chapter leaves behind.
"""

from __future__ import annotations

import re
from collections import defaultdict

import nbformat
import pytest
from nbval.plugin import IPyNbCell, IPyNbFile

BLOCK = re.compile(r"```python\n(.*?)```", re.S)


def solutions(nb) -> list[str]:
    """Return the solutions printed in a notebook's text, in order."""
    text = [cell.source for cell in nb.cells if cell.cell_type == "markdown"]
    return BLOCK.findall("\n".join(text))


class Solution(IPyNbCell):
    """A printed solution: it must run; what it shows is not compared."""

    def reportinfo(self):
        """Name the chapter and which of its solutions this is."""
        chapter = self.parent.path.stem
        return self.path, 0, f"{chapter}: {self.name}"

    def repr_failure(self, excinfo):
        """Say whose solution failed, before nbval shows code and error."""
        where = f"{self.name} of {self.parent.path.name} does not run"
        return f"{where}\n{super().repr_failure(excinfo)}"


def solution_cells(chapter: IPyNbFile, first: int) -> list[Solution]:
    """Return a chapter's solutions as nbval's cells, numbered from `first`."""
    return [
        Solution.from_parent(
            chapter,
            name=f"printed solution {number}",
            cell_num=first + number - 1,
            cell=nbformat.v4.new_code_cell(source),
            options=defaultdict(bool),  # no output to compare, no error
        )
        for number, source in enumerate(solutions(chapter.nb), 1)
    ]


def with_solutions(items: list[pytest.Item]) -> list[pytest.Item]:
    """Return the tests, each chapter's last cell followed by its solutions."""
    last = {item.parent: item for item in items if _is_cell(item)}
    whole: list[pytest.Item] = []
    for item in items:
        whole.append(item)
        if last.get(item.parent) is item:
            whole += solution_cells(item.parent, item.cell_num + 1)
    return whole


def _is_cell(item: pytest.Item) -> bool:
    return isinstance(item, IPyNbCell)


def longest_first(items: list[pytest.Item]) -> list[pytest.Item]:
    """Return the tests file by file, those files that take long in front.

    So no core stands idle at the end behind one long file: pages in a
    browser first, then chapters, then files with tests marked `slow`.
    """
    weight: dict[str, int] = {}
    for item in items:
        file = item.nodeid.split("::")[0]
        weight[file] = max(weight.get(file, 0), _weight(item))
    return sorted(items, key=lambda item: -weight[item.nodeid.split("::")[0]])


def _weight(item: pytest.Item) -> int:
    if item.get_closest_marker("browser"):
        return 3
    if _is_cell(item):
        return 2
    return 1 if item.get_closest_marker("slow") else 0


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Add the solutions, then put what takes long in front."""
    items[:] = longest_first(with_solutions(items))
