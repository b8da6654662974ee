"""The stored notebooks: executed, quiet, readable, described; and the checks
on them proven able to fail.
"""

from __future__ import annotations

import base64
import io
import os
import re
import subprocess
import sys
import warnings
from pathlib import Path

import nbformat
import pytest
from PIL import Image

from tools import chapters

ROOT = Path(__file__).resolve().parents[1]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
# the two signature parts are never left out
SIGNED = {c.name for c in chapters.read_all() if c.explains}
SIGNATURE = ("Read it", "Does it tell the truth?")
BOXES = {"predict", "note", "pitfall", "deeper"}
NOT_BOXES = {"figure", "math", "table", "list-table", "bibliography", "image"}
NOT_BOXES |= {"play"}  # what a page lets its reader try
LONG, TOO_LONG = 12, 20
FIGURES = {"image/png", "image/svg+xml"}

DEEPER = sorted((ROOT / "notebooks/deeper").glob("*.ipynb"))

each = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.stem)
each_and_deeper = pytest.mark.parametrize(
    "path", NOTEBOOKS + DEEPER, ids=lambda p: p.stem
)


def code_cells(path: Path) -> list:
    return [c for c in nbformat.read(path, 4).cells if c.cell_type == "code"]


def prose(path: Path) -> str:
    return "\n\n".join(
        c.source
        for c in nbformat.read(path, 4).cells
        if c.cell_type == "markdown"
    )


def test_there_are_notebooks():
    assert NOTEBOOKS


@each_and_deeper
def test_every_cell_was_run_in_order_and_none_failed(path):
    cells = code_cells(path)
    assert [c.execution_count for c in cells] == list(range(1, len(cells) + 1))
    assert [
        o for c in cells for o in c.outputs if o.output_type == "error"
    ] == []


@each_and_deeper
def test_no_cell_warns(path):
    assert [
        o.text
        for c in code_cells(path)
        for o in c.outputs
        if o.get("name") == "stderr"
    ] == []


@each_and_deeper
def test_outputs_name_no_address_and_no_place(path):
    outputs = [o for c in code_cells(path) for o in c.outputs]
    texts = [
        t
        for o in outputs
        for kind, t in o.get("data", {}).items()
        if kind.startswith("text/")
    ]
    shown = "\n".join([*texts, *(o.get("text", "") for o in outputs)])
    assert re.findall(r"\bat 0x[0-9a-f]+", shown) == []
    assert [
        place
        for place in (str(ROOT), str(Path.home()))
        if len(place) > 1 and place in shown
    ] == []


@each
def test_cells_are_short_unless_taught(path):
    unseen = {"first-cell", "hide-input", "remove-cell"}
    own = [
        c
        for c in code_cells(path)
        if "recx" not in c.metadata
        and not unseen & set(c.metadata.get("tags", []))
    ]
    lengths = {  # two cells may begin alike
        f"{n}: {c.source.splitlines()[0]}": len(c.source.strip().splitlines())
        for n, c in enumerate(own)
        if c.source.strip()
    }
    assert {first: n for first, n in lengths.items() if n > TOO_LONG} == {}
    if long := {
        first: n for first, n in lengths.items() if LONG < n <= TOO_LONG
    }:
        warnings.warn(
            f"{path.stem}: cells over {LONG} lines: {long}", stacklevel=1
        )


@each
def test_cells_leave_the_reader_s_machine_alone(path):
    forbidden = r"sys\.path|os\.chdir|^\s*[!%]|import \*|;\s*$"
    code = "\n".join(
        c.source for c in code_cells(path) if "recx" not in c.metadata
    )
    assert re.findall(forbidden, code, re.MULTILINE) == []


@each
def test_every_figure_has_caption_and_alt_text(path):
    drawn = [
        c
        for c in code_cells(path)
        if any(FIGURES & set(o.get("data", {})) for o in c.outputs)
    ]
    told = [c.metadata.get("mystnb", {}) for c in drawn]
    first = [c.source.splitlines()[0] for c in drawn]
    without = [
        line
        for line, m in zip(first, told, strict=True)
        if not (
            m.get("figure", {}).get("caption")
            and m.get("image", {}).get("alt")
        )
    ]
    assert without == []
    assert re.findall(r"!\[\s*\]\(", prose(path)) == []


@each
def test_one_title_then_outcomes_needs_and_time(path):
    first = nbformat.read(path, 4).cells[0].source
    number = path.stem.split("_")[0].removeprefix("0")  # 00 is chapter 0
    assert re.match(rf"# {number} · \S", first)
    text = re.sub(r"^```.*?^```", "", prose(path), flags=re.S | re.M)
    assert re.findall(r"^# .*", text, re.M) == first.splitlines()[:1]
    promise = first.partition("After this chapter you can")[2]
    assert len(re.findall(r"^> ?[-*\d]", promise, re.MULTILINE)) >= 3
    assert "You need:" in promise
    assert "Time:" in promise


@each
def test_it_ends_with_what_was_promised(path):
    assert re.search(r"^## In short", prose(path), re.MULTILINE)


@each
def test_signature_parts_are_there(path):
    headings = "\n".join(re.findall(r"^##+ .*$", prose(path), re.MULTILINE))
    assert [
        part
        for part in SIGNATURE
        if path.stem in SIGNED and part not in headings
    ] == []


PRINTED_TABLE = re.compile(
    r"print\((?:pd\.|[^\n]*\.(?:to_string|unstack|pivot|set_index)\()"
)


@each
def test_no_table_is_printed(path):
    """A cell ends with its table, which the page sets as one."""
    code = [cell.source for cell in code_cells(path)]
    assert [one for one in code if PRINTED_TABLE.search(one)] == []


SHARP = 200  # dots an inch: twice what a page shows


@each_and_deeper
def test_a_figure_is_a_drawing_or_has_dots_enough(path):
    """Two dots for each of the page's, or a screen of today blurs it."""
    outputs = [o for c in code_cells(path) for o in c.outputs]
    coded = [o.get("data", {}).get("image/png") for o in outputs]
    dots = []
    for one in filter(None, coded):
        with Image.open(io.BytesIO(base64.b64decode(one))) as image:
            dots.append(image.info["dpi"][0])
    assert [few for few in dots if few < SHARP] == []


RAW = {
    "a type's name": re.compile(r"\bnp\.\w+\(|\bdtype: |\barray\("),
    "more digits than anybody reads": re.compile(r"\d\.\d{7,}"),
    "an empty cell as a number": re.compile(r"<td>(?:NaN|nan|<NA>)</td>"),
    "a tuple for a column's head": re.compile(r"<th[^>]*>\("),
    "a whole number with a point": re.compile(r"<td>\d{4,}\.0</td>"),
}


def read_on_the_page(output) -> str:
    """Return what a page shows of an output: a table, or else the text."""
    data = output.get("data", {})
    if any(kind.startswith("image/") for kind in data):
        return ""
    text = data.get("text/html", data.get("text/plain", ""))
    return output.get("text", "") + text


@each_and_deeper
def test_no_output_is_raw(path):
    """Numbers are rounded, what is missing is a dash, heads are words.

    A cell that writes None shows how pandas reads it.
    """
    cells = [c for c in code_cells(path) if "None" not in c.source]
    shown = [read_on_the_page(o) for c in cells for o in c.outputs]
    assert [
        (what, found[0])
        for what, form in RAW.items()
        for text in shown
        if (found := form.search(text))
    ] == []


@each_and_deeper
def test_a_summary_is_html_and_shows_what_stands_there(path):
    """`*so*` is bold in Markdown; in a summary the stars would be seen."""
    said = re.findall(r"<summary>(.*?)</summary>", prose(path))
    assert [one for one in said if re.search(r"\*\w[^*$]*\*", one)] == []


@each
def test_only_the_four_boxes(path):
    used = set(re.findall(r"^:{3,}\{([\w-]+)\}", prose(path), re.MULTILINE))
    assert used - NOT_BOXES <= BOXES


def bad_notebook(path: Path) -> Path:
    """A notebook that breaks every rule above."""
    text, cell, out = (
        nbformat.v4.new_markdown_cell,
        nbformat.v4.new_code_cell,
        nbformat.v4.new_output,
    )
    picture = out(
        "display_data",
        {"image/png": "", "text/plain": f"<object at 0x7f {ROOT}>"},
    )
    loud = out("stream", name="stderr", text="Warning: loud")
    cells = [
        text("# Untitled\n\n# Again\n\n:::{tip}\nx\n:::\n\n![](a.png)"),
        text("<details><summary>*So*</summary>\n\nx\n</details>"),
        cell("!ls", outputs=[picture, loud]),
    ]
    cells.append(
        cell(
            "x = 1\n" * 30,
            execution_count=7,
            outputs=[
                out("error", ename="E", evalue="", traceback=[]),
                out("stream", text="np.float64(1.0)"),
            ],
        )
    )
    nbformat.write(nbformat.v4.new_notebook(cells=cells), path)
    return path


RULES = [
    test_every_cell_was_run_in_order_and_none_failed,
    test_no_cell_warns,
    test_outputs_name_no_address_and_no_place,
    test_cells_are_short_unless_taught,
    test_cells_leave_the_reader_s_machine_alone,
    test_every_figure_has_caption_and_alt_text,
    test_one_title_then_outcomes_needs_and_time,
    test_it_ends_with_what_was_promised,
    test_signature_parts_are_there,
    test_no_output_is_raw,
    test_a_summary_is_html_and_shows_what_stands_there,
    test_only_the_four_boxes,
]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_each_rule_can_fail(rule, tmp_path):
    with pytest.raises(AssertionError):
        rule(bad_notebook(tmp_path / f"{min(SIGNED)}.ipynb"))


def run_nbval(folder: Path) -> subprocess.CompletedProcess:
    options = [
        "-q",
        "--nbval-lax",
        "--nbval-current-env",
        "-p",
        "no:cacheprovider",
        "-p",
        "no:xdist",
    ]
    options += [
        "--nbval-sanitize-with",
        str(ROOT / "tests/nbval_sanitize.cfg"),
        "--rootdir",
        str(folder),
    ]
    env = {k: v for k, v in os.environ.items() if not k.startswith("PYTEST_")}
    command = [sys.executable, "-m", "pytest", *options, str(folder)]
    return subprocess.run(
        command, cwd=folder, env=env, capture_output=True, text=True
    )


def notebook(
    output: str, source: str = "print(1 + 1)"
) -> nbformat.NotebookNode:
    stored = [nbformat.v4.new_output("stream", name="stdout", text=output)]
    cell = nbformat.v4.new_code_cell(source, execution_count=1, outputs=stored)
    cell.metadata["tags"] = ["nbval-check-output"]
    kernel = {
        "kernelspec": {
            "display_name": "Python 3",
            "language": "python",
            "name": "python3",
        }
    }
    return nbformat.v4.new_notebook(cells=[cell], metadata=kernel)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("stored", "source", "status"),
    [
        ("2\n", "print(1 + 1)", 0),
        ("3\n", "print(1 + 1)", 1),
        ("2\n", "print(1 / 0)", 1),
        ("took 1.5 s, 0.12345678\n", "print('took 2.25 s, 0.12345699')", 0),
        ("0.123456\n", "print('0.123457')", 1),
    ],
    ids=[
        "right output",
        "wrong output",
        "a cell that fails",
        "only noise differs",
        "a digit that counts",
    ],
)
def test_a_stored_output_is_really_compared(tmp_path, stored, source, status):
    nbformat.write(notebook(stored, source), tmp_path / "planted.ipynb")
    done = run_nbval(tmp_path)
    assert done.returncode == status, done.stdout
