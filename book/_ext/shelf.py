"""What can be taken from the shelf: chapters as cards, exercises as files.

```{chapter-cards}
```
a card for each chapter: what one can do after it, a picture from it, minutes, its notebook and its exercises
```{exercise-sets}
```
all sets of exercises, each a file to download, and all of them as one
Wherever a page names a set as a literal, `exercises/student/NN_name.ipynb`, that becomes its download.
"""

from __future__ import annotations

import base64
import re
import zipfile
from pathlib import Path

import nbformat
from docutils import nodes
from docutils.statemachine import StringList
from sphinx import addnodes
from sphinx.transforms import SphinxTransform
from sphinx.util.docutils import SphinxDirective
from teach import aims

from tools import chapters
from tools.exercises import read_all
from tools.exercises_student import kit_files

ROOT = Path(__file__).resolve().parents[2]
MADE = "_build/shelf"
ZIP = f"{MADE}/exercises.zip"
SET = re.compile(r"exercises/student/(\d\d_\w+)\.ipynb")
PAST = (
    1980,
    1,
    1,
    0,
    0,
    0,
)  # of every file in the archive: the same bytes each time


def pack(root: Path = ROOT) -> None:
    """Write all exercises and what checks them as one file, for those who do not have the book."""
    path = root / ZIP
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in sorted(kit_files(read_all()).items()):
            archive.writestr(zipfile.ZipInfo(f"exercises/{name}", PAST), text)


def picture(name: str, root: Path = ROOT) -> tuple[str, str] | None:
    """Write the first figure of a chapter where the pages find it; return (file, alternative text), or None."""
    for cell in nbformat.read(root / f"notebooks/{name}.ipynb", 4).cells:
        told = cell.metadata.get("mystnb", {})
        if (
            chapters.MAP in cell.metadata.get("tags", [])
            or "figure" not in told
        ):
            continue
        for output in cell.outputs:
            for kind, ending in (
                ("image/svg+xml", "svg"),
                ("image/png", "png"),
            ):
                if kind in output.get("data", {}):
                    data = output["data"][kind]
                    file = f"{MADE}/{name}.{ending}"
                    content = (
                        data.encode()
                        if ending == "svg"
                        else base64.b64decode(data)
                    )
                    (root / file).parent.mkdir(parents=True, exist_ok=True)
                    (root / file).write_bytes(content)
                    return f"/{file}", told.get("image", {}).get("alt", "")
    return None


def offered(file: str, words: str, doc: str) -> addnodes.download_reference:
    """Return a link that downloads a file of the project."""
    link = addnodes.download_reference(
        "",
        "",
        reftarget=f"/{file}",
        refdoc=doc,
        refdomain="",
        refexplicit=True,
    )
    link += nodes.inline("", words, classes=["download"])
    return link


def all_sets(doc: str) -> addnodes.pending_xref:
    """Return a link from a chapter to the page that lists all sets."""
    link = addnodes.pending_xref(
        "",
        refdoc=doc,
        refdomain="std",
        reftype="doc",
        reftarget="/book/exercises",
        refexplicit=True,
        refwarn=True,
    )
    link += nodes.inline("", "All sets are on one page.")
    return link


class Downloads(SphinxTransform):
    """Makes the names of sets of exercises their downloads."""

    default_priority = 400

    def apply(self):
        """Wrap each literal that names a set."""
        for literal in list(self.document.findall(nodes.literal)):
            if not SET.fullmatch(literal.astext()) or isinstance(
                literal.parent, addnodes.download_reference
            ):
                continue
            if not (ROOT / literal.astext()).is_file():
                continue
            link = addnodes.download_reference(
                "",
                "",
                reftarget=f"/{literal.astext()}",
                refdoc=self.env.docname,
            )
            line = literal.parent
            literal.replace_self(link)
            link += literal
            if self.env.docname.startswith("notebooks/"):
                line += [nodes.Text(" "), all_sets(self.env.docname)]


class ExerciseSets(SphinxDirective):
    """All sets: the chapter of each, its file, its minutes, its exercises."""

    def run(self):
        """Return the link to all of them, and the list."""
        pack()
        link = offered(
            ZIP,
            "All sets and their checks as one file (zip)",
            self.env.docname,
        )
        known = {chapter.name: chapter for chapter in chapters.read_all()}
        lines = []
        for one in read_all():
            chapter = known[one.name]
            where = f"{{doc}}`{chapter.number} · {chapter.short} <../notebooks/{one.name}>`"
            lines += [
                f"**{where}**",
                f": `exercises/student/{one.name}.ipynb`, {chapter.lesson['set']} minutes",
                "",
            ]
            for n, exercise in enumerate(one.exercises, 1):
                name = f"{chapter.number}.{n} {exercise.title}"
                stars = "★" * exercise.stars
                lines.append(f"  - {name} {stars} ({exercise.minutes} min)")
            lines.append("")
        box = nodes.container(classes=["sets"])
        self.state.nested_parse(
            StringList(lines, "sets"), self.content_offset, box
        )
        return [nodes.paragraph("", "", link), box]


class ChapterCards(SphinxDirective):
    """A card for each chapter, part by part."""

    def run(self):
        """Return the cards."""
        found = []
        for caption, there in chapters.parts():
            found.append(nodes.rubric("", caption))
            shelf = nodes.bullet_list(classes=["cards"])
            shelf += [self.card(chapter) for chapter in there]
            found.append(shelf)
        return found

    def card(self, chapter: chapters.Chapter) -> nodes.list_item:
        """Return one card."""
        doc, card = self.env.docname, nodes.list_item()
        if seen := picture(chapter.name):
            card += nodes.image(uri=seen[0], alt=seen[1])
        text = (ROOT / f"book/chapters/{chapter.name}.md").read_text(
            encoding="utf-8"
        )
        can = next(line for line in aims(text) if re.match(r"\d+\. ", line))
        lines = [
            f"**{{doc}}`{chapter.number} · {chapter.short} <../notebooks/{chapter.name}>`**",
            "",
            f"*{chapter.asks}*",
            "",
            f"After it you can {re.sub(r'^[0-9]+[.] ', '', can).rstrip('.;')}.",
        ]
        self.state.nested_parse(
            StringList(lines, "cards"), self.content_offset, card
        )
        own, whole = chapter.lesson["own"], chapter.lesson["set"]
        files = nodes.paragraph(classes=["files"])
        files += offered(f"notebooks/{chapter.name}.ipynb", "Notebook", doc)
        files += nodes.Text(f" · exercises in it {own} min · ")
        files += offered(
            f"exercises/student/{chapter.name}.ipynb",
            "set that checks itself",
            doc,
        )
        files += nodes.Text(f" {whole} min")
        card += files
        return card


def setup(app):
    """Register with Sphinx."""
    app.add_transform(Downloads)
    app.add_directive("exercise-sets", ExerciseSets)
    app.add_directive("chapter-cards", ChapterCards)
    return {
        "version": "1",
        "parallel_read_safe": True,
        "parallel_write_safe": True,
    }
