"""What a teacher's page takes from its chapter, so that it is written once.

```{aims} 02_matrix_factorization
```
the outcomes, needs and time that the chapter promises
```{answers} 02_matrix_factorization
```
the questions of "Check yourself" with their answers
```{lessons}
```
a table of all chapters, week by week, from their headers
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from docutils import nodes
from docutils.statemachine import StringList
from sphinx.util.docutils import SphinxDirective

from tools import chapters

CHAPTERS = Path(__file__).resolve().parents[1] / "chapters"
FOLD = re.compile(
    r"<details(?P<kind>[^>]*)><summary>(?P<head>.*?)</summary>\n"
    r"(?P<body>.*?)</details>",
    re.DOTALL,
)
QUESTION = re.compile(
    r"^\*\*(?P<letter>[A-Z])\. (?P<text>.+?)\*\*$", re.MULTILINE
)


class Option(NamedTuple):
    """One answer to choose."""

    text: str
    right: bool
    why: str


class Choice(NamedTuple):
    """A question with answers to choose from."""

    letter: str
    text: str
    options: list[Option]


class Recall(NamedTuple):
    """A question to answer in one's own words."""

    question: str
    answer: str


def section(text: str, title: str) -> str:
    """Return a chapter's section without its heading; "" for none."""
    found = re.search(
        rf"^## (?:\d+ )?{re.escape(title)}\n(.*?)(?=^## |\Z)",
        text,
        re.MULTILINE | re.DOTALL,
    )
    return found[1] if found else ""


def choices(text: str) -> list[Choice]:
    """Return the multiple-choice questions of a section."""
    starts = list(QUESTION.finditer(text))
    ends = [later.start() for later in starts[1:]] + [len(text)] * bool(starts)
    found = []
    for start, end in zip(starts, ends, strict=True):
        folds = [
            fold
            for fold in FOLD.finditer(text, start.end(), end)
            if "option" in fold["kind"]
        ]
        options = [
            Option(f["head"].strip(), "right" in f["kind"], f["body"].strip())
            for f in folds
        ]
        found.append(Choice(start["letter"], start["text"], options))
    return found


def recalls(text: str) -> list[Recall]:
    """Return the questions that are answered in one's own words."""
    folds = [
        fold for fold in FOLD.finditer(text) if "option" not in fold["kind"]
    ]
    return [
        Recall(fold["head"].strip(), fold["body"].strip()) for fold in folds
    ]


def aims(text: str) -> list[str]:
    """Return the lines of the chapter's promise: outcomes, needs, time."""
    promise = re.search(
        r"^> \*\*After this chapter you can.*?(?=\n\n)",
        text,
        re.MULTILINE | re.DOTALL,
    )
    return (
        [re.sub(r"^> ?", "", line) for line in promise[0].splitlines()]
        if promise
        else []
    )


def answer_lines(text: str) -> Iterator[str]:
    """Yield the answers as Markdown.

    First the right option of each choice, with why; then the recall questions.
    """
    part = section(text, "Check yourself")
    for one in choices(part):
        right = next(option for option in one.options if option.right)
        because = right.why.removeprefix("**Right.**").strip()
        answer = f"*{right.text}* {because}"
        yield f"**{one.letter}. {one.text}**\n\n{answer}\n"
    for one in recalls(part):
        yield f"**{one.question}**\n\n{one.answer}\n"


class FromChapter(SphinxDirective):
    """Markdown taken from a chapter and read as if it stood here."""

    required_arguments = 1

    def run(self):
        """Return the nodes."""
        path = CHAPTERS / f"{self.arguments[0]}.md"
        if not path.is_file():
            raise self.error(
                f"no chapter {self.arguments[0]!r} under book/chapters"
            )
        self.env.note_dependency(str(path))
        take = aims if self.name == "aims" else answer_lines
        lines = "\n".join(take(path.read_text(encoding="utf-8"))).splitlines()
        if not lines:
            raise self.error(
                f"{path.name} has nothing for {self.name}: see"
                " book/_ext/teach.py for the form"
            )
        box = nodes.container()
        self.state.nested_parse(StringList(lines, source=str(path)), 0, box)
        return box.children


def minutes(number: int) -> str:
    """Return a time as people say it.

    >>> minutes(60), minutes(105), minutes(120)
    ('60 min', '105 min', '2 h')
    """
    hours, rest = divmod(number, 60)
    return f"{hours} h" if hours > 1 and not rest else f"{number} min"


def lesson_rows(root: Path = chapters.ROOT) -> Iterator[str]:
    """Yield the table of lessons: a week for every chapter."""
    yield (
        "| week | chapter | lecture, 40 minutes | lab, 40 minutes"
        " | exercises: own / set |"
    )
    yield "|---|---|---|---|---|"
    for week, chapter in enumerate(chapters.read_all(root), 1):
        said, name = chapter.lesson, f"{chapter.number} · {chapter.short}"
        if chapters.has_page(chapter, root):
            name = f"{{doc}}`{name} <{chapter.name}>`"
        times = f"{minutes(said['own'])} / {minutes(said['set'])}"
        cells = [str(week), name, said["lecture"], said["lab"], times]
        yield f"| {' | '.join(cells)} |"


class Lessons(SphinxDirective):
    """The table of lessons."""

    def run(self):
        """Return the nodes."""
        self.env.note_reread()
        box = nodes.container()
        self.state.nested_parse(StringList(list(lesson_rows())), 0, box)
        return box.children


def setup(app):
    """Register with Sphinx."""
    app.add_directive("lessons", Lessons)
    app.add_directive("aims", FromChapter)
    app.add_directive("answers", FromChapter)
    return {
        "version": "1",
        "parallel_read_safe": True,
        "parallel_write_safe": True,
    }
