"""What a class needs: questions of the right form, a teacher's page for every chapter, the map with its place."""

from __future__ import annotations

import re
from pathlib import Path

import here
import pytest
import teach

ROOT = Path(__file__).resolve().parents[1]
CHAPTERS = sorted((ROOT / "book/chapters").glob("*.md"))
PAGES = ROOT / "book/teach"
MINUTES = re.compile(r"^\| *(\d+)–(\d+) *\|", re.MULTILINE)

each = pytest.mark.parametrize("path", CHAPTERS, ids=lambda path: path.stem)


def faults(text: str) -> list[str]:
    """Return what is wrong with the form of a chapter's "Check yourself"."""
    part = teach.section(text, "Check yourself")
    choices, recalls = teach.choices(part), teach.recalls(part)
    found = (
        []
        if len(choices) == 3
        else [f"{len(choices)} questions to choose from, not 3"]
    )
    found += [
        f"{one.letter}: {fault}"
        for one in choices
        for fault in choice_faults(one)
    ]
    if choices and all(longest_is_right(one) for one in choices):
        found.append("the longest option is always the right one")
    if (
        len(
            {
                [option.right for option in one.options].index(True)
                for one in choices
                if any_right(one)
            }
        )
        < 2
    ):
        found.append("the right option always stands in the same place")
    number = re.search(r"^# (\d+)", text, re.MULTILINE)[1]
    return found + recall_faults(recalls, int(number))


def any_right(one: teach.Choice) -> bool:
    """Whether a question has a right option."""
    return any(option.right for option in one.options)


def longest_is_right(one: teach.Choice) -> bool:
    """Whether the right option could be guessed by its length."""
    return max(
        one.options,
        key=lambda option: len(option.text),
        default=teach.Option("", False, ""),
    ).right


def choice_faults(one: teach.Choice) -> list[str]:
    """Return what is wrong with one question."""
    found = (
        [] if 3 <= len(one.options) <= 4 else [f"{len(one.options)} options"]
    )
    if sum(option.right for option in one.options) != 1:
        found.append("not exactly one right option")
    for option in one.options:
        said = "**Right.** " if option.right else "**No.** "
        if not option.why.startswith(said) or len(option.why.split()) < 8:
            found.append(f"{option.text!r} is not explained")
    return found


def recall_faults(recalls: list[teach.Recall], number: int) -> list[str]:
    """Return what is wrong with the questions to answer in one's own words, in chapter `number`."""
    found = (
        []
        if len(recalls) >= 5
        else [f"{len(recalls)} recall questions, not 5"]
    )
    numbered = [one.question.split(".")[0] for one in recalls]
    if numbered != [str(n + 1) for n in range(len(recalls))]:
        found.append(f"recall questions are numbered {numbered}")
    looks = [
        int(m[1])
        for one in recalls
        if (m := re.match(r"\d+\. From chapter (\d+)", one.question))
    ]
    if number and len(looks) < 2 or any(n > number for n in looks):
        found.append(f"recall questions look back at chapters {looks}")
    return found + [
        f"{one.question} has no answer"
        for one in recalls
        if len(one.answer) < 10
    ]


@each
def test_the_questions_have_their_form(path):
    assert faults(path.read_text(encoding="utf-8")) == []


def option(
    right: bool,
    text: str,
    why: str = "it is so, as the table of section two shows to everybody.",
) -> str:
    """Return one option as a chapter writes it."""
    kind, said = ("option right", "Right.") if right else ("option", "No.")
    return f'<details class="{kind}"><summary>{text}</summary>\n\n**{said}** {why}\n</details>\n'


def toy(
    rights=(0, 1, 2), options=3, recalls=5, back=("2", "1"), why=""
) -> str:
    """Return a chapter 3 of questions only."""
    lines = ["# 3 · Toy", "", "## 8 Check yourself", ""]
    for letter, right in zip("ABC", rights, strict=True):
        why = (
            why or "it is so, as the table of section two shows to everybody."
        )
        lines += [
            f"**{letter}. Which?**\n",
            *(
                option(n == right, f"{'long ' * n}{n}", why)
                for n in range(options)
            ),
        ]
    for n in range(recalls):
        old = f"From chapter {back[n]}: " if n < len(back) else ""
        lines.append(
            f"<details><summary>{n + 1}. {old}Why?</summary>\n\nBecause of this.\n</details>\n"
        )
    return "\n".join([*lines, "## 9 Exercises"])


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        (toy(), None),
        (toy().replace("**C. Which?**", ""), "2 questions to choose from"),
        (toy(options=2), "2 options"),
        (
            toy().replace('class="option right"', 'class="option"', 1),
            "not exactly one right",
        ),
        (toy(why="so."), "is not explained"),
        (toy().replace("**No.**", "**Right.**", 1), "is not explained"),
        (toy(rights=(2, 2, 2)), "longest option"),
        (toy(rights=(1, 1, 1)), "same place"),
        (toy(recalls=4), "4 recall questions"),
        (toy(back=("2",)), "look back at chapters [2]"),
        (toy(back=("2", "4")), "look back at chapters [2, 4]"),
        (toy().replace("Because of this.", ""), "has no answer"),
        (toy().replace("<summary>3. ", "<summary>4. "), "numbered"),
    ],
)
def test_each_fault_of_form_is_seen(text, fault):
    found = faults(text)
    assert (
        (found == []) if fault is None else any(fault in one for one in found)
    ), found


@each
def test_every_chapter_has_a_teacher_s_page(path):
    text = (PAGES / path.name).read_text(encoding="utf-8")
    for what in (
        f"```{{aims}} {path.stem}",
        f"```{{answers}} {path.stem}",
        "## What students get wrong",
    ):
        assert what in text
    spans = [(int(a), int(b)) for a, b in MINUTES.findall(text)]
    assert [a for a, _ in spans] == [0, *(b for _, b in spans[:-1])] and spans[
        -1
    ][1] == 80
    assert 40 in {a for a, _ in spans}


@each
def test_a_teacher_s_page_names_sections_that_exist(path):
    """A plan that says "section 4" or "sections 5–6" must find them in the chapter."""
    text = (
        (PAGES / path.name)
        .read_text(encoding="utf-8")
        .split("## What students get wrong")[0]
    )
    rows = [
        row.split("|")[3] for row in text.splitlines() if MINUTES.match(row)
    ]
    named = {
        int(n)
        for row in rows
        for m in re.findall(r"[Ss]ections? ([\d–, and]+)", row)
        for n in re.findall(r"\d+", m)
    }
    there = {
        int(n)
        for n in re.findall(
            r"^## (\d+) ", path.read_text(encoding="utf-8"), re.MULTILINE
        )
    }
    assert named and named <= there


def test_aims_and_answers_are_taken_from_the_chapter():
    text = (
        "# 3 · Toy\n\n> **After this chapter you can**\n> 1. add;\n>\n> **You need:** ink.\n\nMore.\n"
        + toy()[9:]
    )
    assert teach.aims(text) == [
        "**After this chapter you can**",
        "1. add;",
        "",
        "**You need:** ink.",
    ]
    answers = "\n".join(teach.answer_lines(text))
    assert (
        "**A. Which?**\n\n*0* it is so" in answers
        and "**1. From chapter 2: Why?**\n\nBecause of this." in answers
    )


def test_the_map_knows_where_it_is():
    stops = {
        doc: here.Stop(doc, str(n), f"<{n}>")
        for n, doc in enumerate(d for _, docs in here.parts() for d in docs)
    }
    third = list(stops)[2]
    html = "".join(
        here.line(stops, third, lambda doc: doc.split("/")[-1] + ".html")
    )
    assert (
        html.count("aria-current") == 1
        and html.count("<a ") == len(stops) - 1 == len(CHAPTERS) - 1
    )
    assert (
        'aria-current="page"><span class="spoken">You are here: chapter </span><b>2</b> &lt;2&gt;'
        in html
    )
    assert (
        html.count("<li class=passed>") == 2
        and html.count('class="part now"') == 1
    )


@each
def test_every_chapter_s_page_has_its_place_on_the_map(path, book):
    html = (book / f"notebooks/{path.stem}.html").read_text(encoding="utf-8")
    now = re.search(
        r'aria-current="page"><span class="spoken">[^<]*</span><b>(\w+)</b>',
        html,
    )
    assert (
        now[1] == path.stem.split("_")[0].lstrip("0")
        or path.stem.startswith("00")
        and now[1] == "0"
    )
