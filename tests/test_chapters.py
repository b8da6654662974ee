"""A chapter is one file: all that reads chapters takes in a new one.

A toy is added to a copy of the project.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import teach
from sphinx_external_toc.parsing import parse_toc_data

from tools import bundle, chapters, front, pdf_pages, real, sync
from tools.chapters import ChapterError

pytestmark = pytest.mark.slow  # a project is copied

ROOT = Path(__file__).resolve().parents[1]
NAME = "99_toy"
TOY = """---
chapter:
  part: Out in the open
  asks: What are toys for?
  runs_on: [ratings, text]
  explains: true
  lesson: {lecture: what toys are, lab: playing, own: 25, set: 120}
kernelspec: {display_name: Python 3, language: python, name: python3}
---

# 99 · Toys, large and "small": a chapter in five lines

> **After this chapter you can**
> 1. play.
>
> **You need:** nothing. **Time:** a minute.

```{code-cell}
:tags: [parameters]

DATA = "shop"
```

```{code-cell}
:slide: Toys are given out.

print(DATA)
```

```python
assert DATA
```
"""
FOLDERS = (
    "book",
    "data",
    "exercises",
    "notebooks",
    "recx_lib",
    "tests",
    "tools",
)
JUNK = shutil.ignore_patterns("__pycache__", ".ipynb_checkpoints", "results")


@pytest.fixture(scope="module")
def project(tmp_path_factory) -> Path:
    """A copy of the project with one text more, synced."""
    copy = tmp_path_factory.mktemp("toys") / "project"
    for folder in FOLDERS:
        shutil.copytree(ROOT / folder, copy / folder, ignore=JUNK)
    for file in (path for path in ROOT.iterdir() if path.is_file()):
        shutil.copy(file, copy / file.name)
    (copy / f"book/chapters/{NAME}.md").write_text(TOY, encoding="utf-8")
    assert "executed" in sync.sync_one(NAME, None, copy)
    return copy


def run(project: Path, *command: str) -> str:
    """Run Python in the copy, with the copy's code; return what it says."""
    env = os.environ | {"PYTHONPATH": str(project)}
    done = subprocess.run(
        [sys.executable, *command],
        cwd=project,
        env=env,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_both_forms_hold_what_the_header_says(project):
    text = (project / f"book/chapters/{NAME}.md").read_text(encoding="utf-8")
    assert "  part: Out in the open\n" in text and "filter" not in text
    notebook = sync.nbformat.read(project / f"notebooks/{NAME}.ipynb", 4)
    assert notebook.metadata.chapter.lesson.set == 120
    assert notebook.cells[-2].outputs[0].text == "shop\n"


def test_what_is_missing_is_named_and_nothing_else(project):
    assert sync.chapter_problems(NAME, project) == []
    assert chapters.faults(project) == [
        f"{NAME}: no page for teachers yet; write book/teach/{NAME}.md, its"
        " beginning is a copy of another chapter's (CONTRIBUTING.md and"
        " exercises/README.md)",
        f"{NAME}: no set of exercises yet; write exercises/source/{NAME}.md,"
        " its beginning is a copy of another chapter's (CONTRIBUTING.md and"
        " exercises/README.md)",
    ]


def last_part(project) -> str:
    """The numeral of the toy chapter's part, the last."""
    return chapters.ROMAN[len(chapters.parts(project)) - 1]


def test_the_map_of_the_book_takes_it_in(project):
    name = "00_start_here"
    said = f"{name}: its map is not that of the book; run make sync"
    assert said in sync.chapter_problems(name, project)
    first = sync.read_text(project / f"book/chapters/{name}.md")
    assert chapters.fill_map(first, project)
    code = "\n".join(cell.source for cell in first.cells)
    assert f'"{last_part(project)}  Out in the open": ["99  Toys"],' in code
    assert not chapters.fill_map(first, project)


def test_the_tests_take_it_in(project):
    files = ["tests/test_notebooks.py", "tests/test_teach.py"]
    options = ["--collect-only", "-q", "-p", "no:cacheprovider", "-n0"]
    said = run(project, "-m", "pytest", *options, *files)
    assert f"test_signature_parts_are_there[{NAME}]" in said
    assert f"test_every_chapter_has_a_teacher_s_page[{NAME}]" in said
    explain = [c.name for c in chapters.read_all(project) if c.explains]
    assert explain[-1] == NAME


def test_real_data_take_it_in(project):
    sets = {"ml-100k": "ratings", "musical_instruments": "text"}
    jobs = real.jobs(sets, project)
    ran = [(notebook.stem, data) for notebook, data in jobs]
    assert [data for name, data in ran if name == NAME] == list(sets)
    kinds = {c.name: c.runs_on for c in chapters.read_all(project)}
    assert all(sets[data] in kinds[name] for name, data in ran)
    assert {name for name, _ in ran} == {name for name in kinds if kinds[name]}


def test_contents_pages_and_print_take_it_in(project, tmp_path):
    chapters.write_contents(tmp_path / "_toc.yml", project)
    listed = {
        page.path: page.part
        for page in pdf_pages.listed(tmp_path / "_toc.yml", ("book/teach",))
    }
    wanted = f"Part {last_part(project)} · Out in the open"
    assert listed[f"notebooks/{NAME}.html"] == wanted
    docs = set(parse_toc_data(chapters.contents(project)))
    assert f"notebooks/{NAME}" in docs and f"book/teach/{NAME}" not in docs
    last = len(chapters.read_all(project))
    row = f"| {last} | 99 · Toys | what toys are | playing | 25 min / 2 h |"
    assert row in list(teach.lesson_rows(project))


def test_a_page_for_teachers_is_taken_in(project):
    page = project / f"book/teach/{NAME}.md"
    page.write_text("# Teaching chapter 99\n", encoding="utf-8")
    assert f"book/teach/{NAME}" in set(
        parse_toc_data(chapters.contents(project))
    )
    assert (
        f"{{doc}}`99 · Toys <{NAME}>`" in list(teach.lesson_rows(project))[-1]
    )
    assert [fault.split(";")[0] for fault in chapters.faults(project)] == [
        f"{NAME}: no set of exercises yet"
    ]
    page.unlink()


DEEPER = """---
jupytext:
  text_representation:
    extension: .md
    format_name: myst
kernelspec:
  display_name: Python 3
  language: python
  name: python3
---

# Deeper · Toys that are lent

```{code-cell}
print(6 * 7)
```
"""


def test_a_deeper_page_stands_below_its_chapter(project):
    number = NAME.partition("_")[0]
    name = f"deeper/{number}_lent"
    text = project / f"book/{name}.md"
    text.parent.mkdir(exist_ok=True)  # the book may have such pages
    text.write_text(DEEPER, encoding="utf-8")
    assert f"{name}: notebooks/{name}.ipynb is missing; run make sync" in (
        sync.problems(project)
    )
    assert "executed in" in sync.sync_one(name, None, project)
    assert "42" in (project / f"notebooks/{name}.ipynb").read_text("utf-8")
    assert not sync.chapter_problems(name, project)
    entries = [
        entry
        for part in chapters.contents(project)["parts"]
        for entry in part["chapters"]
        if entry["file"] == f"notebooks/{NAME}"
    ]
    assert {"file": f"notebooks/{name}"} in entries[0]["sections"]
    assert chapters.named([name], project) == [name]
    assert name not in chapters.names(project)
    text.unlink()
    (project / f"notebooks/{name}.ipynb").unlink()


def test_the_readme_lists_the_chapters(project):
    old, new = front.front(project)
    row = f'[99 · Toys, large and "small": a chapter in five lines](notebooks/{NAME}.ipynb)'
    assert row in new and row not in old
    assert "## What is inside" in new
    kept, wanted = front.front(ROOT)
    assert kept == wanted, "README.md is old: run make sync"


def test_the_readme_says_in_one_line_what_was_measured(tmp_path):
    _, said = front.front(ROOT)
    assert "cites the true reason first for 56% of" in said
    folder = tmp_path / "book/results"
    shutil.copytree(ROOT / "book/results", folder)
    file = folder / "shops.json"
    known = json.loads(file.read_text(encoding="utf-8"))
    for row in known["rows"]:
        row["value"] = 0.25
    file.write_text(json.dumps(known), encoding="utf-8")
    assert "reason first for 25% of" in front.figures(tmp_path)


def test_badges_appear_where_there_is_a_repository():
    where = "https://github.com/ann/tents"
    assert front.badges("") == ""
    assert front.badges(where).count(f")]({where}/actions/workflows/") == 2
    for file in ("ci.yml", "pages.yml"):
        assert (ROOT / f".github/workflows/{file}").is_file()
        assert f"/{file}/badge.svg" in front.badges(where)
    assert "<!-- badges: begin -->" in (ROOT / "README.md").read_text("utf-8")


def test_slides_take_it_in(project):
    assert run(project, "-m", "tools.slides", NAME).startswith("2 slides.")
    assert "Toys are given out." in (
        project / f"_build/slides/{NAME}.html"
    ).read_text(encoding="utf-8")
    assert chapters.names(project)[-1] == NAME


def test_the_bundle_takes_it_in(project):
    for command in (
        ["init", "--quiet"],
        ["add", "--all", "notebooks", "recx_lib"],
    ):
        subprocess.run(["git", *command], cwd=project, check=True)
    assert f"notebooks/{NAME}.ipynb" in bundle._git(project)


BROKEN = [
    ("  explains: true\n", "", "`chapter: explains` is 'missing'"),
    ("explains: true", "explains: often", "`chapter: explains` is 'often'"),
    ("  explains", "  ends: 1\n  explains", "`chapter: ends` is 1"),
    (
        "[ratings, text]",
        "[words]",
        "runs_on names ['words']; there are the kinds of data ratings, text",
    ),
    ("own: 25, ", "", "`chapter: lesson: own` is 'missing'"),
    ("chapter:", "chaptre:", "its header has no block `chapter`"),
    ("# 99 · ", "# ", "no title like"),
    ("[ratings, text]", "[ratings", "header: while parsing"),
    ("---\nchapter", "\nchapter", "its header has no block `chapter`"),
]


@pytest.mark.parametrize(
    ("old", "new", "said"), BROKEN, ids=[said for *_, said in BROKEN]
)
def test_a_bad_header_is_named(old, new, said, tmp_path):
    path = tmp_path / "99_toy.md"
    assert TOY.count(old) == 1
    path.write_text(TOY.replace(old, new), encoding="utf-8")
    with pytest.raises(ChapterError) as error:
        chapters.read(path)
    assert str(error.value).startswith("99_toy.md: ") and said in str(
        error.value
    )


def test_interrupted_parts_and_orphans_are_named(tmp_path):
    for folder in ("book/chapters", "book/teach", "exercises/source"):
        (tmp_path / folder).mkdir(parents=True)
    for name, part in (("01_a", "One"), ("02_b", "Two"), ("03_c", "One")):
        text = TOY.replace("Out in the open", part)
        (tmp_path / f"book/chapters/{name}.md").write_text(
            text, encoding="utf-8"
        )
        (tmp_path / f"book/teach/{name}.md").touch()
        (tmp_path / f"exercises/source/{name}.md").touch()
    (tmp_path / "exercises/source/04_d.md").touch()
    assert chapters.faults(tmp_path) == [
        "the part 'One' is interrupted: its chapters must follow each other;"
        " compare `part` in the headers",
        "exercises/source/04_d.md belongs to no chapter: there is no"
        " book/chapters/04_d.md",
    ]


def test_the_book_has_all_that_belongs_to_its_chapters():
    assert chapters.faults() == []


def test_a_chapter_is_asked_for_by_name_file_or_number():
    assert chapters.named(["01"]) == chapters.named(["01_data"]) == ["01_data"]
    assert chapters.named(["notebooks/01_data.ipynb"]) == ["01_data"]
    assert chapters.named([]) == [*chapters.names(), *chapters.deeper()]
    with pytest.raises(
        chapters.ChapterError, match="no chapter '77': choose from 00"
    ):
        chapters.named(["77"])


LAST = ["Check yourself", "Exercises", "In short"]
SET = r"The notebook `exercises/student/{0}\.ipynb` holds another set, which "
SET += r"checks itself \([^)]+ for all of it\)\."


def ending(text: str, name: str, after: str) -> list[str]:
    """Return what in a chapter's end is not as in all others: the order of
    its last sections, the way to its set, numbered points, the way on.
    """
    found = []
    sections = re.findall(r"^## (?:\d+ )?(.+)$", text, re.M)
    if sections[-3:] != LAST:
        found.append(f"ends with {sections[-3:]}")
    exercises = text.partition(" Exercises\n\n")[2]
    if not re.match(SET.format(name), exercises):
        found.append("Exercises do not begin with their set")
    points, *others = text.partition("## In short\n\n")[2].split("\n\n")
    if not all(re.match(r"\d+\. ", line) for line in points.splitlines()):
        found.append("In short is no numbered list")
    if not (others and others[-1].startswith(f"**Next:** [{after}")):
        found.append(f"the last paragraph does not lead to {after}")
    return found


def way_on(number: int) -> str:
    """Return the link that stands at the end of a chapter."""
    there = {int(c.number): c.name for c in chapters.read_all()}
    if number + 1 in there:
        return f"chapter {number + 1}]({there[number + 1]}.ipynb)"
    return "the last page](../book/closing.md)"


@pytest.mark.parametrize("chapter", chapters.read_all(), ids=lambda c: c.name)
def test_chapters_end_in_one_form(chapter):
    path = ROOT / f"book/chapters/{chapter.name}.md"
    text, on = path.read_text(encoding="utf-8"), way_on(int(chapter.number))
    assert ending(text, chapter.name, on) == []
    [points] = re.findall(r"## In short\n\n1\. ", text)
    for good, bad in (
        (points, points.replace("1.", "-")),
        ("**Next:** [", "**Next:** "),
        ("holds another set", "holds others"),
        (" Exercises\n", " Practice\n"),
    ):
        planted = text.replace(good, bad)
        assert planted != text and ending(planted, chapter.name, on), bad
