"""Text = notebook = library: on a small project made for the purpose, every way of falling apart is caught."""

from __future__ import annotations

import inspect
import json
import re
import tomllib
from pathlib import Path

import nbformat
import pytest

from tools import forms, sync
from tools.outputs import PNG_MAGIC, strip_png

ROOT = Path(__file__).resolve().parents[1]
PLUMBING = tomllib.loads(
    (ROOT / "tools/plumbing.toml").read_text(encoding="utf-8")
)

LIBRARY = '''"""A toy."""


def double(x):
    """Return twice x."""
    return 2 * x


class Box:
    """A box."""

    def size(self):
        """Return 1."""
        return 1
'''
ABOUT = """chapter:
  part: Toys
  asks: Why?
  runs_on: []
  explains: false
  lesson: {lecture: toys, lab: 'more toys', own: 5, set: 5}
"""
CHAPTER = f"""---
{ABOUT}kernelspec:
  display_name: Python 3
  language: python
  name: python3
---

# 7 · Toy

Some text.

```{{code-cell}}
:recx: recx_lib.toy:double

...
```

```{{code-cell}}
:tags: [nbval-check-output]

import matplotlib.pyplot as plt

fig, ax = plt.subplots(figsize=(1, 1))
print("a"); print(double(2))


def boxed():
    from recx_lib.toy import Box
```
"""


@pytest.fixture(scope="module")
def synced(tmp_path_factory) -> Path:
    """A project of one chapter, synced once."""
    where = tmp_path_factory.mktemp("a project")
    for folder in ("recx_lib", "book/chapters", "notebooks", "data"):
        (where / folder).mkdir(parents=True)
    for folder in ("book/teach", "exercises/source"):
        (where / folder).mkdir(parents=True)
        (where / folder / "07_toy.md").touch()
    (where / "recx_lib/toy.py").write_text(LIBRARY, encoding="utf-8")
    (where / "book/chapters/07_toy.md").write_text(CHAPTER, encoding="utf-8")
    said = sync.sync_one("07_toy", None, where)
    assert re.fullmatch(
        r"07_toy: executed in \d+ s, 1 taught cell\(s\) filled, \d+ KB", said
    )
    return where


@pytest.fixture
def project(synced, tmp_path) -> Path:
    """A copy that a test may break."""
    for path in synced.rglob("*.*"):
        if path.is_file():
            copy = tmp_path / path.relative_to(synced)
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_bytes(path.read_bytes())
    (tmp_path / "data").mkdir()
    return tmp_path


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1
    path.write_text(text.replace(old, new), encoding="utf-8")


def the(project: Path, kind: str) -> Path:
    return project / (
        "book/chapters/07_toy.md" if kind == "md" else "notebooks/07_toy.ipynb"
    )


def test_a_synced_project_has_no_problem(synced):
    assert sync.problems(synced) == []
    nb = nbformat.read(the(synced, "ipynb"), 4)
    nbformat.validate(nb)
    taught, shown = (c for c in nb.cells if c.cell_type == "code")
    assert taught.source == LIBRARY.split("\n\n\n")[1]
    assert taught.source in the(synced, "md").read_text(encoding="utf-8")
    assert shown.outputs[0].text == "a\n4\n"
    assert [c.execution_count for c in (taught, shown)] == [1, 2]


def test_two_runs_give_the_same_bytes(project):
    before = the(project, "ipynb").read_bytes()
    sync.sync_one("07_toy", None, project, force=True)
    assert the(project, "ipynb").read_bytes() == before
    assert b"Software" not in before


def test_nothing_changed_nothing_runs(project, monkeypatch):
    monkeypatch.setattr(
        sync, "execute", lambda nb, path: pytest.fail("executed")
    )
    before = the(project, "ipynb").read_bytes()
    assert "outputs still good" in sync.sync_one("07_toy", None, project)
    assert the(project, "ipynb").read_bytes() == before


def test_text_alone_needs_no_run(project, monkeypatch):
    monkeypatch.setattr(
        sync, "execute", lambda nb, path: pytest.fail("executed")
    )
    edit(the(project, "md"), "Some text.", "Some better text.")
    assert any("differ" in p and "better" in p for p in sync.problems(project))
    sync.sync_one("07_toy", None, project)
    assert sync.problems(project) == []
    assert "Some better text." in the(project, "ipynb").read_text(
        encoding="utf-8"
    )


def test_the_header_belongs_to_both_forms_and_needs_no_run(
    project, monkeypatch
):
    monkeypatch.setattr(
        sync, "execute", lambda nb, path: pytest.fail("executed")
    )
    edit(the(project, "md"), "own: 5", "own: 6")
    assert any(
        re.search(r'ipynb header\n(?s:.*)\n\+ +"own": 5', p)
        for p in sync.problems(project)
    )
    sync.sync_one("07_toy", None, project)
    assert (
        nbformat.read(the(project, "ipynb"), 4).metadata.chapter.lesson.own
        == 6
    )
    edit(the(project, "ipynb"), '"part": "Toys"', '"part": "Dolls"')
    sync.sync_one("07_toy", None, project)
    assert "part: Dolls\n" in the(project, "md").read_text(encoding="utf-8")
    assert sync.problems(project) == []


def test_a_notebook_from_before_the_header_takes_the_text(project):
    """Its digest is over cells only, and still says that nobody edited it."""
    nb = nbformat.read(the(project, "ipynb"), 4)
    del nb.metadata["chapter"]
    nb.metadata.recx.cells = forms.digest(forms.content(nb))
    nbformat.write(nb, the(project, "ipynb"))
    assert "outputs still good" in sync.sync_one("07_toy", None, project)
    assert sync.problems(project) == []


def test_the_map_of_the_book_is_filled(project, monkeypatch):
    monkeypatch.setattr(sync, "execute", lambda nb, path: 0.0)
    cell = (
        "\n```{code-cell}\n---\nmystnb: {}\ntags: [book-map]\n---\n...\n```\n"
    )
    with the(project, "md").open("a", encoding="utf-8") as text:
        text.write(cell)
    assert any(
        "its map is not that of the book" in p for p in sync.problems(project)
    )
    sync.sync_one("07_toy", None, project)
    text = the(project, "md").read_text(encoding="utf-8")
    assert (
        '"I  Toys": ["7  Toy"],' in text
        and 'plot_book_map(parts, here="7")' in text
    )
    assert (
        "alt: 'Map of the book: part I, Toys: Toy. Chapter 7 is highlighted.'"
        in text
    )
    assert sync.problems(project) == []


def test_a_chapter_without_a_header_block_is_named(project):
    edit(the(project, "md"), "chapter:", "chaptre:")
    assert any(
        "its header has no block `chapter`" in p
        for p in sync.problems(project)
    )


def test_an_edit_in_the_notebook_reaches_the_text(project):
    edit(the(project, "ipynb"), "Some text.", "Typed in Jupyter.")
    sync.sync_one("07_toy", None, project)
    assert "Typed in Jupyter." in the(project, "md").read_text(
        encoding="utf-8"
    )
    assert sync.problems(project) == []


def test_edits_on_both_sides_are_not_decided_by_guess(project):
    edit(the(project, "ipynb"), "Some text.", "Theirs.")
    edit(the(project, "md"), "Some text.", "Mine.")
    with pytest.raises(sync.SyncError, match="--keep md or --keep ipynb"):
        sync.sync_one("07_toy", None, project)
    sync.sync_one("07_toy", "ipynb", project)
    assert "Theirs." in the(project, "md").read_text(encoding="utf-8")


def test_one_changed_character_in_a_taught_cell_is_caught(project):
    edit(the(project, "md"), "return 2 * x", "return 3 * x")
    sync_text_only(project)
    found = "\n".join(sync.problems(project))
    assert "taught cell differs from the library" in found
    assert "-    return 3 * x" in found
    sync.sync_one("07_toy", None, project)
    assert "return 2 * x" in the(project, "md").read_text(encoding="utf-8")


def sync_text_only(project: Path) -> None:
    """Put the same mistake into both forms, so that only the library disagrees."""
    edit(the(project, "ipynb"), "return 2 * x", "return 3 * x")


def test_a_changed_library_makes_outputs_stale(project):
    edit(project / "recx_lib/toy.py", "return 1", "return 1 + 0")
    assert [p.split(": ")[1] for p in sync.problems(project)] == [
        "code, library or data changed since it was executed; run make sync"
    ]
    assert "executed in" in sync.sync_one("07_toy", None, project)
    assert sync.problems(project) == []


def test_changed_data_make_outputs_stale(project):
    (project / "data/new.csv").write_text("a\n1\n", encoding="utf-8")
    assert any("data changed" in p for p in sync.problems(project))


def test_taught_twice_is_caught(project):
    other = the(project, "md").read_text(encoding="utf-8")
    (project / "book/chapters/08_more.md").write_text(other, encoding="utf-8")
    found = sync.problems(project)
    assert any(
        "recx_lib.toy:double is taught twice: in 07_toy and 08_more" in p
        for p in found
    )
    assert any("notebooks/08_more.ipynb is missing" in p for p in found)


@pytest.mark.parametrize(
    ("ref", "said"),
    [
        ("recx_lib.toy:triple", "no definition 'triple'"),
        ("recx_lib.gone:x", "no such module"),
        ("toy", "no such module"),
    ],
)
def test_a_taught_cell_that_names_nothing_is_caught(project, ref, said):
    edit(the(project, "md"), "recx_lib.toy:double", ref)
    with pytest.raises(sync.SyncError, match=said):
        sync.sync_one("07_toy", None, project)


def test_a_failing_cell_leaves_the_notebook_as_it_was(project):
    before = the(project, "ipynb").read_bytes()
    edit(the(project, "md"), "double(2)", "1 / 0")
    with pytest.raises(
        sync.SyncError,
        match=r"(?s)07_toy.ipynb: a cell failed.*ZeroDivisionError",
    ):
        sync.sync_one("07_toy", None, project)
    assert the(project, "ipynb").read_bytes() == before


def test_a_notebook_that_grew_too_big_is_caught(project, monkeypatch):
    monkeypatch.setattr(sync, "MAX_BYTES", 1000)
    assert any("KB, over 1 KB" in p for p in sync.problems(project))


def test_an_empty_project_is_a_problem(tmp_path):
    assert sync.problems(tmp_path) == [
        "no chapter found under book/chapters or notebooks"
    ]


@pytest.mark.parametrize(
    "name", ["Explanation", "Explanation.top", "Evidence"]
)
def test_library_source_is_what_python_says(name):
    import textwrap

    from recx_lib.core import evidence as explanation

    thing = explanation
    for part in name.split("."):
        thing = inspect.getattr_static(thing, part)
    assert sync.library_source(
        f"recx_lib.core.evidence:{name}"
    ) == textwrap.dedent(inspect.getsource(thing)).rstrip("\n")


def test_decorators_are_part_of_the_source():
    assert sync.library_source("recx_lib.core.evidence:Rationale").startswith(
        "@dataclass(frozen=True)\nclass Rationale"
    )


def test_strip_png_keeps_the_pixels():
    import io

    import matplotlib.pyplot as plt
    import numpy as np
    from matplotlib.figure import Figure

    buffer = io.BytesIO()
    Figure(figsize=(1, 1)).savefig(buffer, metadata={"Comment": "secret"})
    stripped = strip_png(buffer.getvalue())
    assert b"secret" in buffer.getvalue()
    assert b"secret" not in stripped
    assert b"Software" not in stripped
    assert stripped.startswith(PNG_MAGIC)
    assert np.array_equal(
        plt.imread(io.BytesIO(stripped)),
        plt.imread(io.BytesIO(buffer.getvalue())),
    )
    with pytest.raises(ValueError, match="not a PNG"):
        strip_png(b"GIF89a")


def test_every_public_name_is_taught_or_plumbing():
    public = set(sync.public_names())
    pieces = (ref.partition(":") for ref in sync.taught_refs())
    taught = {f"{module}:{name.split('.')[0]}" for module, _, name in pieces}
    plumbing = {
        f"recx_lib.{module}:{name}"
        for module, names in PLUMBING.items()
        for name in names
    }
    assert sorted(public - taught - plumbing) == [], (
        "teach it in a chapter, or give the reason in tools/plumbing.toml"
    )
    assert sorted(taught & plumbing) == [], (
        "taught: take it out of tools/plumbing.toml"
    )
    assert sorted(plumbing - public) == [], (
        "no longer in the library: take it out of tools/plumbing.toml"
    )


def test_plumbing_says_why():
    reasons = [
        reason for names in PLUMBING.values() for reason in names.values()
    ]
    assert [
        r
        for r in reasons
        if not isinstance(r, str) or len(r.split()) < 2 or "\n" in r
    ] == []


def test_notebooks_hold_no_version_or_time():
    for path in sorted((ROOT / "notebooks").glob("*.ipynb")):
        nb = json.loads(path.read_text(encoding="utf-8"))
        assert set(nb["metadata"]) == {
            "kernelspec",
            "language_info",
            "chapter",
            "recx",
        }
        assert nb["metadata"]["language_info"] == {"name": "python"}
        assert [
            c["id"] for c in nb["cells"] if "execution" in c["metadata"]
        ] == []
