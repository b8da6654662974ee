"""What is known of a chapter: the header of book/chapters/NN_name.md says it.

Tools, pages and tests read it here, and there is no list of chapters besides:

    chapter:
      part: Saying why          caption of its part, the same in all of it
      asks: Why was this … ?    the question that it answers, for its card
      runs_on: [ratings, text]  kinds of public data it runs on; or []
      explains: true            something is: no signature part lacks
      lesson:
        lecture: …              what the first 40 minutes are about
        lab: …                  what the second 40 minutes are about
        own: 70                 minutes for the exercises at the chapter's end
        set: 120                minutes for its notebook of exercises

Its number and name stand in its title, its place is that of its file's name.
What a chapter leaves to those who want more is book/deeper/NN_topic.md, in
the contents below chapter NN; it has neither exercises nor a teachers' page.
"""

from __future__ import annotations

import json
import re
import textwrap
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[1]
HEADER = re.compile(r"\A---\n(.*?\n)---\n", re.DOTALL)
TITLE = re.compile(r"^# (\S+) · (.+)$", re.MULTILINE)
KEYS = {"part": str, "asks": str, "runs_on": list, "explains": bool}
KEYS |= {"lesson": dict}
LESSON = {"lecture": str, "lab": str, "own": int, "set": int}
KINDS = ("ratings", "text")
MAP = "book-map"  # the tag of the cell that draws all chapters
HELD = "\0"  # a space at which no line may end
ROMAN = ["I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X"]


class ChapterError(Exception):
    """A chapter's header does not say what it must; the message names it."""


@dataclass(frozen=True)
class Chapter:
    """One chapter, as its header describes it."""

    name: str  # "02_matrix_factorization": of all its files
    number: str  # "2"
    title: str  # without the number
    part: str
    asks: str  # "What is a score made of?"
    runs_on: tuple[str, ...]
    explains: bool
    lesson: dict

    @property
    def short(self) -> str:
        """The title's first words.

        >>> one = ("02_mf", "2", "Matrix factorization: scores", "I", "Why?")
        >>> Chapter(*one, ("ratings",), True, {}).short
        'Matrix factorization'
        """
        return re.split("[:,]", self.title)[0]


def names(root: Path = ROOT) -> list[str]:
    """Return the chapters' names, in order: of all texts and notebooks."""
    texts = (root / "book/chapters").glob("*.md")
    notebooks = (root / "notebooks").glob("*.ipynb")
    return sorted({path.stem for path in [*texts, *notebooks]})


def deeper(root: Path = ROOT) -> list[str]:
    """Return the names of the deeper pages, "deeper/02_gibbs", in order."""
    texts = (root / "book/deeper").glob("*.md")
    notebooks = (root / "notebooks/deeper").glob("*.ipynb")
    return sorted({f"deeper/{path.stem}" for path in [*texts, *notebooks]})


def read(path: Path) -> Chapter:
    """Return the chapter of one text; raise ChapterError for a bad header."""
    text = path.read_text(encoding="utf-8")
    header, title = HEADER.match(text), TITLE.search(text)
    if not title:
        raise ChapterError(f"{path.name}: no title like '# 7 · Rules: …'")
    try:
        said = (yaml.safe_load(header[1]) if header else {}).get("chapter")
    except yaml.YAMLError as error:
        raise ChapterError(f"{path.name}: header: {error}") from error
    _check(path, "chapter", said, KEYS)
    _check(path, "chapter: lesson", said["lesson"], LESSON)
    if unknown := [kind for kind in said["runs_on"] if kind not in KINDS]:
        raise ChapterError(
            f"{path.name}: header: runs_on names {unknown}; there are the"
            f" kinds of data {', '.join(KINDS)}"
        )
    said = said | {"runs_on": tuple(said["runs_on"])}
    return Chapter(path.stem, title[1], title[2], **said)


def _check(path: Path, where: str, said, wanted: dict[str, type]) -> None:
    """Raise ChapterError unless a block has the keys and types wanted."""
    if not isinstance(said, dict):
        raise ChapterError(
            f"{path.name}: its header has no block `{where}`: copy that of"
            " another chapter, tools/chapters.py says what it means"
        )
    for key in [*wanted, *said]:
        if key not in wanted or type(said.get(key)) is not wanted[key]:
            keys = ", ".join(f"{k} ({t.__name__})" for k, t in wanted.items())
            raise ChapterError(
                f"{path.name}: header: `{where}: {key}` is"
                f" {said.get(key, 'missing')!r}; wanted are {keys}"
            )


def read_all(root: Path = ROOT) -> list[Chapter]:
    """Return all chapters, in order."""
    return [read(p) for p in sorted((root / "book/chapters").glob("*.md"))]


def parts(root: Path = ROOT) -> list[tuple[str, list[Chapter]]]:
    """Return (caption, chapters) of every part, in order."""
    found = groupby(read_all(root), key=lambda chapter: chapter.part)
    return [(caption, list(chapters)) for caption, chapters in found]


def faults(root: Path = ROOT) -> list[str]:
    """Return what is wrong with chapters' headers, and which files lack."""
    try:
        captions = [caption for caption, _ in parts(root)]
    except ChapterError as error:
        return [str(error)]
    found = [
        f"the part {caption!r} is interrupted: its chapters must follow each"
        " other; compare `part` in the headers"
        for caption in sorted(set(captions))
        if captions.count(caption) > 1
    ]
    there = {path.stem for path in (root / "book/chapters").glob("*.md")}
    return found + [
        fault
        for folder, what in (
            ("book/teach", "page for teachers"),
            ("exercises/source", "set of exercises"),
        )
        for fault in _missing(root / folder, f"{folder}/", what, there)
    ]


def _missing(folder: Path, at: str, what: str, there: set[str]) -> list[str]:
    """Return the chapters without a file in `folder`, and the reverse."""
    have = {path.stem for path in folder.glob("[0-9]*.md")}
    lack = [
        f"{name}: no {what} yet; write {at}{name}.md, its beginning is a copy"
        " of another chapter's (CONTRIBUTING.md and exercises/README.md)"
        for name in sorted(there - have)
    ]
    return lack + [
        f"{at}{name}.md belongs to no chapter: there is no"
        f" book/chapters/{name}.md"
        for name in sorted(have - there)
    ]


def contents(root: Path = ROOT) -> dict:
    """Return the book's table of contents: book/_toc.yml and the chapters.

    Chapters come first, part by part; the pages for teachers stand below
    book/teach/index.
    """
    toc = yaml.safe_load((root / "book/_toc.yml").read_text(encoding="utf-8"))
    listed = [
        {
            "caption": caption,
            "chapters": [_entry(chapter, root) for chapter in chapters],
        }
        for caption, chapters in parts(root)
    ]
    for page in (page for part in toc["parts"] for page in part["chapters"]):
        if page["file"] == "book/teach/index":
            page["sections"] = [
                {"file": f"book/teach/{chapter.name}"}
                for chapter in read_all(root)
                if has_page(chapter, root)
            ]
    return toc | {"parts": listed + toc["parts"]}


def _entry(chapter: Chapter, root: Path) -> dict:
    """Return a chapter's line of the contents, its deeper pages below it."""
    begins = f"deeper/{chapter.name.partition('_')[0]}_"
    below = [name for name in deeper(root) if name.startswith(begins)]
    sections = [{"file": f"notebooks/{name}"} for name in below]
    entry = {"file": f"notebooks/{chapter.name}"}
    return entry | {"sections": sections} if sections else entry


def has_page(chapter: Chapter, root: Path = ROOT) -> bool:
    """Whether a chapter has its page for teachers."""
    return (root / f"book/teach/{chapter.name}.md").is_file()


def write_contents(path: Path, root: Path = ROOT) -> None:
    """Write the table of contents where the builder shall read it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    text = yaml.safe_dump(contents(root), sort_keys=False, allow_unicode=True)
    path.write_text(text, encoding="utf-8")


def named(wanted: list[str], root: Path = ROOT) -> list[str]:
    """Return the chapters asked for, by name, file or beginning; or all."""
    there, found = [*names(root), *deeper(root)], []
    for name in wanted:
        stem = Path(name).stem
        fits = [n for n in there if stem in (Path(n).name, n.split("_")[0])]
        if len(fits) != 1:
            raise ChapterError(
                f"no chapter {name!r}: choose from {', '.join(there)}"
            )
        found += fits
    return found or there


def fill_map(nb, root: Path = ROOT) -> bool:
    """Write all chapters into the cell that draws the map of the book.

    Returns whether that changed the notebook.
    """
    changed = False
    for cell in nb.cells:
        if MAP not in cell.metadata.get("tags", []):
            continue
        have = (cell.source.strip("\n"), cell.metadata["mystnb"])
        here = TITLE.search(nb.cells[0].source)[1]
        image = {"alt": map_in_words(here, root)}
        want = (map_source(here, root), have[1] | {"image": image})
        if have != want:
            cell.source, cell.metadata["mystnb"] = want
            changed = True
    return changed


def map_source(here: str, root: Path = ROOT) -> str:
    """Return the code that draws the map, with a mark at chapter `here`."""
    lines = ["parts = {"]
    for numeral, (caption, chapters) in zip(ROMAN, parts(root), strict=False):
        stops = ", ".join(quoted(f"{c.number}  {c.short}") for c in chapters)
        row = f"{quoted(f'{numeral}  {caption}')}: [{stops}],"
        indents = {"initial_indent": " " * 4, "subsequent_indent": " " * 8}
        lines += textwrap.wrap(row, 79, break_on_hyphens=False, **indents)
    lines += ["}", f"_ = plot_book_map(parts, here={quoted(here)})"]
    return "\n".join(lines).replace(HELD, " ")


def quoted(text: str) -> str:
    """Return a text as Python's source, on one line: its spaces are held."""
    return json.dumps(text, ensure_ascii=False).replace(" ", HELD)


def map_in_words(here: str, root: Path = ROOT) -> str:
    """Return what one sees on the map, for those who hear it."""
    columns = "; ".join(
        f"part {numeral}, {caption}: "
        + ", ".join(chapter.short for chapter in chapters)
        for numeral, (caption, chapters) in zip(
            ROMAN, parts(root), strict=False
        )
    )
    return f"Map of the book: {columns}. Chapter {here} is highlighted."
