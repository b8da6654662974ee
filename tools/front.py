"""What README.md says that stands elsewhere: badges, figures, chapters.

Each is written between two marks, `<!-- NAME: begin -->` and its end, by
`python -m tools.sync`: badges where pyproject.toml names a repository, one
line of figures from book/results, the table of chapters from their headers.
"""

from __future__ import annotations

import json
import re

from tools.chapters import ROOT, Path, parts
from tools.first_cell import address

FIGURES = """\
**What it shows, in one line:** in the simulated shop the network's explanation
cites the true reason first for {hit:.0%} of recommendations, the best floor for
{floor:.0%}, a random one for {drawn:.0%}; without what it cites the score falls
{falls:.1f} times as far as without as much at random. (`book/results/`)
"""


def figures(root: Path = ROOT) -> str:
    """Return the one line of figures, read from the measured results; nothing
    where a copy of the project lacks them.
    """
    if not (root / "book/results/shops.json").is_file():
        return ""
    shops = _rows(root, "shops", data="shop", metric="hit1")
    hits = {row["system"]: row["value"] for row in shops}
    [trial] = _rows(
        root,
        "explanations",
        data="shop",
        metric="times_random",
        setting="mlp aspects",
        system="recx:occlusion",
    )
    line = FIGURES.format(
        hit=hits["recx:mlp-occlusion"],
        floor=max(hits[name] for name in hits if name.startswith("floor")),
        drawn=hits["floor:random"],
        falls=trial["value"],
    )
    return line.strip().replace("\n", " ") + "\n"


def _rows(root: Path, name: str, **wanted: str) -> list[dict]:
    """Return the rows of one file of results that hold what is wanted."""
    text = (root / f"book/results/{name}.json").read_text(encoding="utf-8")
    rows = json.loads(text)["rows"]
    return [row for row in rows if wanted.items() <= row.items()]


def badges(repository: str) -> str:
    """Return a badge for each workflow that watches the project; none where it
    has no public address.

    >>> badges("")
    ''
    >>> badges("https://github.com/ann/tents").startswith("[![tests](https://")
    True
    """
    if not repository:
        return ""
    line = []
    for said, file in (("tests", "ci.yml"), ("pages", "pages.yml")):
        there = f"{repository}/actions/workflows/{file}"
        line.append(f"[![{said}]({there}/badge.svg)]({there})")
    return " ".join(line) + "\n"


def table(root: Path = ROOT) -> str:
    """Return the chapters, part by part, each with its exercises."""
    lines = [
        "| Part | Chapter | Exercises that check themselves |",
        "|---|---|---|",
    ]
    for caption, there in parts(root):
        for chapter in there:
            title = f"{chapter.number} · {chapter.title}"
            where = f"[{title}](notebooks/{chapter.name}.ipynb)"
            file = f"exercises/student/{chapter.name}.ipynb"
            minutes = chapter.lesson["set"]
            lines.append(
                f"| {caption} | {where} | [{minutes} minutes]({file}) |"
            )
            caption = ""
    return "\n".join(lines) + "\n"


def front(root: Path = ROOT) -> tuple[str, str]:
    """Return README.md as it is, and with all of this as it stands now."""
    path = root / "README.md"
    if not path.is_file():
        return "", ""
    text = new = path.read_text(encoding="utf-8")
    made = {"chapters": table, "figures": figures}
    made["badges"] = lambda root: badges(address(root))
    for name, make in made.items():
        marks = rf"(?<=<!-- {name}: begin -->\n).*?(?=<!-- {name}: end -->)"
        if found := re.search(marks, new, re.DOTALL):
            new = new[: found.start()] + make(root) + new[found.end() :]
    return text, new
