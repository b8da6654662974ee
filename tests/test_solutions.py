"""The solutions printed in the chapters run, in order, in the state that the chapter leaves behind."""

import re
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

ROOT = Path(__file__).resolve().parents[1]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
BLOCK = re.compile(r"```python\n(.*?)```", re.S)


def run_solutions(nb) -> int:
    """Execute a notebook's code, then each ```python block of its text, in one kernel; return the number of blocks."""
    text = "\n".join(cell.source for cell in nb.cells if cell.cell_type == "markdown")
    blocks = BLOCK.findall(text)
    code = [cell.source for cell in nb.cells if cell.cell_type == "code"]
    run = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source) for source in [*code, *blocks]])
    client = NotebookClient(
        run, timeout=300, kernel_name="python3", resources={"metadata": {"path": ROOT / "notebooks"}}
    )
    client.execute()
    return len(blocks)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.stem)
def test_printed_solutions_run(path):
    assert run_solutions(nbformat.read(path, 4)) > 0, "no solution found: is the fence still ```python?"


def test_a_broken_solution_is_noticed():
    nb = nbformat.v4.new_notebook()
    nb.cells = [nbformat.v4.new_code_cell("x = 1"), nbformat.v4.new_markdown_cell("```python\nassert x == 2\n```")]
    with pytest.raises(CellExecutionError):
        run_solutions(nb)
