"""Paper has no folds: hints stay in small letters, answers and solutions move
to the end of their chapter.

A multiple-choice question keeps its options, lettered a, b, c; what is said of
each stands with the answers.
"""

from __future__ import annotations

import re
from copy import copy
from dataclasses import dataclass, field

from bs4 import BeautifulSoup, Tag

# headings of the sections whose folds are answers
MOVED = re.compile(r"Check yourself|Exercises")


@dataclass
class Chapter:
    """One page of the book while its folds are unfolded."""

    soup: BeautifulSoup
    top: Tag
    answers: dict[str, list[Tag]] = field(default_factory=dict)

    def element(self, name: str, *content, **attributes) -> Tag:
        """Return a new element with the content given, which is taken from
        wherever it was.
        """
        made = self.soup.new_tag(
            name,
            attrs={
                key.rstrip("_"): value for key, value in attributes.items()
            },
        )
        made.extend(list(content))
        return made

    def count(self) -> int:
        """Return how many answers there are."""
        return sum(map(len, self.answers.values()))

    def place(self, asked: Tag, heading: str) -> Tag:
        """Link a question with a new, empty answer under a heading of the
        Answers; return the answer.
        """
        number = self.count() + 1
        asked["id"] = asked.get("id") or f"question-{number}"
        answer = self.element("div", class_="answer", id=f"answer-{number}")
        self.answers.setdefault(heading, []).append(answer)
        return answer

    def turn(self, answer: Tag, what: str = "") -> Tag:
        """Return the words that say on which page an answer is."""
        number = page_number(self.soup, answer["id"])
        return self.element(
            "a",
            f"{what} → page ".lstrip(),
            number,
            href=f"#{answer['id']}",
            class_="turn",
        )


def page_number(soup: BeautifulSoup, to: str) -> Tag:
    """Return an empty page number, filled in once it is known where `to` comes
    to lie.
    """
    number = soup.new_tag("span", attrs={"class": "page", "data-to": to})
    number.string = "000"
    return number


def is_option(element) -> bool:
    """Whether an element is an option of a multiple-choice question."""
    return (
        isinstance(element, Tag)
        and element.name == "details"
        and "option" in element.get("class", [])
    )


def inside(fold: Tag) -> tuple[list, list]:
    """Return what a fold shows when it is closed, and what it hides."""
    summary = fold.summary.extract()
    return list(summary.contents), list(fold.contents)


def heading_of(fold: Tag) -> str:
    """Return the title of a fold's section, without its number."""
    heading = fold.find_previous(["h1", "h2"])
    return (
        re.sub(r"^[\d\s.]+", "", heading.get_text(" ", strip=True))
        if heading
        else ""
    )


def title_of(asked: Tag) -> str:
    """Return what a question or an exercise is called: its first bold words,
    or all of it.
    """
    bold = asked.find("strong")
    return (bold or asked).get_text(" ", strip=True)


def options_after(asked: Tag) -> list[Tag]:
    """Return the options that follow a question directly."""
    found, element = [], asked.find_next_sibling()
    while is_option(element):
        found.append(element)
        element = element.find_next_sibling()
    return found


def back(chapter: Chapter, asked: Tag, *words) -> Tag:
    """Return the first line of an answer: the question, linked."""
    link = chapter.element(
        "a", *(words or [title_of(asked)]), href=f"#{asked['id']}"
    )
    return chapter.element("p", link, class_="of")


def choose(chapter: Chapter, asked: Tag) -> None:
    """List a question's options under it, and again with what is said of each
    in its answer.
    """
    folds = options_after(asked)
    answer = chapter.place(asked, heading_of(folds[0]))
    listed = chapter.element("ol", class_="options")
    said = chapter.element("ol", class_="options")
    for fold in folds:
        shown, hidden = inside(fold)
        kind = "right" if "right" in fold["class"] else "wrong"
        said.append(
            chapter.element(
                "li",
                chapter.element("p", *map(copy, shown)),
                *hidden,
                class_=kind,
            )
        )
        listed.append(chapter.element("li", *shown))
        fold.extract()
    answer.extend([back(chapter, asked), said])
    asked.insert_after(listed)
    listed.insert_after(
        chapter.element(
            "p", chapter.turn(answer, "Answer"), class_="to-answer"
        )
    )


def recall(chapter: Chapter, fold: Tag) -> None:
    """Leave a question standing, and move its answer."""
    heading = heading_of(fold)
    shown, hidden = inside(fold)
    asked = chapter.element("p", *shown, class_="asked")
    fold.replace_with(asked)
    answer = chapter.place(asked, heading)
    answer.extend(
        [back(chapter, asked, asked.get_text(" ", strip=True)), *hidden]
    )
    asked.append(chapter.turn(answer))


def solve(chapter: Chapter, fold: Tag) -> None:
    """Move a solution; where it stood, say where it is."""
    earlier = (
        p
        for p in fold.find_all_previous("p", limit=40)
        if p.find("strong") is p.find(True)
    )
    asked = next(
        (p for p in earlier if p.find("strong")), None
    ) or fold.find_previous("p")
    answer = chapter.place(asked, heading_of(fold))
    hidden = inside(fold)[1]
    answer.extend([back(chapter, asked), *hidden])
    fold.replace_with(
        chapter.element(
            "p", chapter.turn(answer, "Solution"), class_="to-answer"
        )
    )


def unfold(chapter: Chapter, fold: Tag, kind: str) -> None:
    """Open a fold where it is."""
    shown, hidden = inside(fold)
    first = chapter.element("p", *shown, class_="unfolded")
    fold.replace_with(chapter.element("div", first, *hidden, class_=kind))


def write(chapter: Chapter) -> None:
    """Append the section of the answers."""
    if not chapter.answers:
        return
    section = chapter.element(
        "section", chapter.element("h2", "Answers"), id="answers"
    )
    for heading, answers in chapter.answers.items():
        section.extend([chapter.element("h3", heading), *answers])
    chapter.top.append(section)


def move_answers(soup: BeautifulSoup, top: Tag) -> None:
    """Unfold everything in a page; the answers come last."""
    chapter = Chapter(soup, top)
    for fold in top.select("pre details"):  # a docstring in its code
        fold.summary.unwrap()
        fold.unwrap()
    for fold in [
        f for f in top.find_all("details") if not f.find_parent("details")
    ]:
        if (
            fold.parent is None
        ):  # an option, taken with the first of its question
            continue
        name = fold.summary.get_text(" ", strip=True)
        if is_option(fold):
            choose(chapter, fold.find_previous_sibling("p"))
        elif name.startswith("Hint"):
            unfold(chapter, fold, "hint")
        elif name.startswith("Solution"):
            solve(chapter, fold)
        elif MOVED.search(heading_of(fold)):
            recall(chapter, fold)
        else:
            unfold(chapter, fold, "open")
    for fold in top.find_all("details"):  # folds within folds
        unfold(chapter, fold, "open")
    write(chapter)
