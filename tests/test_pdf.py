"""The PDF: three tiny pages are printed and read back; nothing here prints the
whole book.
"""

from __future__ import annotations

import re
from pathlib import Path
from xml.etree.ElementTree import fromstring

import pikepdf
import pytest
from bs4 import BeautifulSoup

from tests.browser import find_browser
from tools import cover, pdf, picture
from tools.pdf_answers import move_answers
from tools.pdf_pages import NotBuilt, Page, aim, css_string, listed, prepare

TOC = """root: book/intro
parts:
  - caption: Doing
    chapters: [{file: notebooks/01_a}, {file: notebooks/02_b}]
  - caption: Reference
    chapters: [{file: book/api, sections: [{file: book/api_more}]}]
"""
LONG = "x = " + " + ".join(f"name_{n}" for n in range(40)) + "\nlast = 1"
TABLE = """<table class="results">
<tr><td><p><strong>0.88 (0.87 to 0.89)</strong></p></td>
<td><p>3 (new)</p></td></tr></table>"""
QUESTION = """<p><strong>A. Which?</strong></p>
<details class="option"><summary>The <em>red</em> one.</summary>
<p><strong>No.</strong> Not red.</p></details>
<details class="option right"><summary>The blue one.</summary>
<p><strong>Right.</strong> Blue.</p></details>
<details><summary>1. Why &lt;b&gt;?</summary>
<p id="because">Because of &amp;.</p></details>"""
EXERCISE = """<p><strong>★ Try (5 min).</strong> Do it.</p>
<details><summary>Hint</summary><p>Look.</p></details>
<details><summary>Solution</summary><pre>done = 1</pre></details>"""
PAGES = {
    "book/intro": (
        '<h1>Why</h1><p><a href="../notebooks/02_b.html#deep">b</a> '
        '<a href="api.html">library</a></p>'
    ),
    "notebooks/01_a": (
        f"""<h1>1 · “A” &lt;i&gt; \\ &amp; "so"<a
      class="headerlink" href="#x">#</a></h1>
      <nav>you are here</nav><p>{"Many words. " * 900}</p>
      <section id="check"><h2>2 Check yourself</h2>{QUESTION}</section>
      <section id="exercises"><h2>3 Exercises</h2>{EXERCISE}</section>"""
    ),
    "notebooks/02_b": (
        f"""<h1>2 · B</h1><section id="exercises"><h2>1 Exercises</h2>
      <p><a href="01_a.html#because">why</a> <a href="01_a.html#top">a</a>
      <a href="https://example.org/">out</a></p>
      <div class="highlight"><pre>{LONG}</pre></div>{TABLE}</section>
      <section id="deep"><h2>2 Deep</h2><p>{"Words. " * 900}</p>
      <section id="deeper"><h3>Deeper</h3><p>End.</p></section></section>"""
    ),
}


@pytest.fixture
def built(tmp_path) -> Path:
    """A folder with three built pages and their table of contents."""
    for name, body in PAGES.items():
        file = tmp_path / f"{name}.html"
        file.parent.mkdir(exist_ok=True)
        section = f'<section id="top">{body}</section>'
        file.write_text(
            "<html><body><article"
            f' class="bd-article">{section}</article></body></html>',
            encoding="utf-8",
        )
    (tmp_path / "_toc.yml").write_text(TOC, encoding="utf-8")
    (tmp_path / "_static").mkdir()
    for style in ("pygments.css", "formulas.css"):
        (tmp_path / "_static" / style).write_text("", encoding="utf-8")
    return tmp_path


def pages_of(built: Path) -> list[Page]:
    """Return the three pages, read and joined."""
    pages = listed(built / "_toc.yml", ("book/api",))
    prepare(pages, built)
    return pages


def unfolded(body: str) -> BeautifulSoup:
    """Return a chapter with these folds, as it stands on paper."""
    soup = BeautifulSoup(
        f"<section><h1>T</h1><h2>8 Check yourself</h2>{body}</section>", "lxml"
    )
    move_answers(soup, soup.section)
    return soup


def letters(font: pikepdf.Object) -> dict[int, str]:
    """Return what a font's codes stand for, from the table of a search."""
    table, found = font.ToUnicode.read_bytes().decode("latin-1"), {}
    for block in re.findall(r"beginbfchar(.*?)endbfchar", table, re.DOTALL):
        for code, text in re.findall(r"<(\w+)> <(\w+)>", block):
            found[int(code, 16)] = bytes.fromhex(text).decode("utf-16-be")
    for block in re.findall(r"beginbfrange(.*?)endbfrange", table, re.DOTALL):
        for first, last, text in re.findall(r"<(\w+)> <(\w+)> <(\w+)>", block):
            for code in range(int(first, 16), int(last, 16) + 1):
                found[code] = chr(int(text, 16) + code - int(first, 16))
    return found


def text_of(page: pikepdf.Page) -> str:
    """Return a page's letters in the order in which they are drawn, without
    spaces.
    """
    fonts = {
        name: letters(font)
        for name, font in page.Resources.get("/Font", {}).items()
        if "/ToUnicode" in font
    }
    out, font = [], {}
    for operands, operator in pikepdf.parse_content_stream(page):
        if str(operator) == "Tf":
            font = fonts.get(str(operands[0]), {})
        elif str(operator) in ("Tj", "TJ"):
            pieces = operands[0] if str(operator) == "TJ" else operands
            codes = b"".join(
                bytes(piece)
                for piece in pieces
                if isinstance(piece, pikepdf.String)
            )
            out += [
                font.get(int.from_bytes(codes[i : i + 2]), "?")
                for i in range(0, len(codes), 2)
            ]
    return "".join(out).replace(" ", "").replace("\xa0", "")


def links(file: pikepdf.Pdf) -> list[str]:
    """Return where every link goes: "#name" inside, else the address."""
    notes = [note for page in file.pages for note in page.get("/Annots", [])]
    return [
        (
            f"#{str(note.Dest).lstrip('/')}"
            if "/Dest" in note
            else str(note.A.URI)
        )
        for note in notes
    ]


@pytest.mark.browser
def test_the_pdf_is_whole(built):
    find_browser()
    out = built / "out/tiny.pdf"
    passes = pdf.make(
        built,
        out,
        listed(built / "_toc.yml", ("book/api",)),
        say=lambda text: None,
    )
    assert 2 <= passes <= pdf.PASSES
    at = pdf.destinations(out)
    with pikepdf.open(out) as file:
        texts = [text_of(page) for page in file.pages]
        for title, key in [
            ("Why", "p00"),
            ("2·B", "p02"),
            ("2Deep", "p02-deep"),
            ("Deeper", "p02-deeper"),
        ]:
            assert f"{title}{at[key]}" in texts[2], (
                "the contents name the page"
            )
            assert title in texts[at[key] - 1], "and the title stands there"
        assert f"→page{at['p01-answer-2']}" in "".join(texts)
        assert (
            at["p01"]
            < at["p01-answers"]
            <= at["p01-answer-3"]
            < at["p02"]
            <= at["p02-deep"]
        )
        assert texts[at["p01"]].count('1·“A”<i>\\&"so"') == 1, (
            "the title runs over the chapter's later pages"
        )
        assert all(str(n) in text for n, text in enumerate(texts[1:], 2)), (
            "every page but the cover is numbered"
        )
        for words in ("name_39", "last=1", "0.88(0.87to0.89)", "3(new)"):
            assert words in texts[at["p02"] - 1], (
                "a long line of code goes on below, a table keeps its numbers"
            )
        going = links(file)
        assert {link[1:] for link in going if link.startswith("#")} <= set(at)
        assert [link for link in going if not link.startswith("#")] == [
            "https://example.org/"
        ]
        with file.open_outline() as outline:
            names = {
                bookmark.title: [inner.title for inner in bookmark.children]
                for bookmark in outline.root
            }
        assert names["2 · B"] == ["1 Exercises", "2 Deep"]
        assert str(file.docinfo.Author) == "The recx authors"
        assert (str(file.docinfo.Title)[:9], str(file.Root.Lang)) == (
            "Why This?",
            "en",
        )
        assert (
            file.Root.MarkInfo.Marked
            and file.Root.ViewerPreferences.DisplayDocTitle
        )
        assert {tuple(map(int, page.mediabox[2:])) for page in file.pages} <= {
            (594, 841),
            (595, 841),
            (595, 842),
        }
    assert [file.name for file in out.parent.iterdir()] == ["tiny.pdf"]


def test_links_turn_inwards_and_ids_are_unique(built):
    pages = pages_of(built)
    intro, _, second = (
        {a["href"] for a in page.top.select("a[href]")} for page in pages
    )
    assert intro == {"#p02-deep"}, (
        "the library is not in the PDF: its link is text"
    )
    assert {"#p01-because", "#p01-top", "https://example.org/"} <= second
    ids = [
        element["id"]
        for page in pages
        for element in [page.top, *page.top.select("[id]")]
    ]
    assert len(ids) == len(set(ids))
    assert {"p01-exercises", "p02-exercises"} <= set(ids)
    assert not [
        found
        for page in pages
        for found in page.top.select("nav, details, summary, .headerlink")
    ]


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (
            "02_b.html#deep",
            "02_b.html#shallow",
            "links that lead nowhere: #p02-shallow",
        ),
        (
            "<h1>Why</h1>",
            '<h1 id="a">Why</h1><p id="b"></p><p id="b"></p>',
            "ids that are there twice: p00-b",
        ),
        (
            "<h1>Why</h1>",
            '<h1>Why</h1><img alt="x" src="../_images/no.png">',
            "picture ../_images/no.png is missing",
        ),
    ],
)
def test_a_broken_page_is_named(built, old, new, message):
    file = built / "book/intro.html"
    file.write_text(
        file.read_text(encoding="utf-8").replace(old, new), encoding="utf-8"
    )
    with pytest.raises(NotBuilt, match=re.escape(message)):
        pages_of(built)


def test_a_choice_is_listed_and_answered_at_the_end():
    soup = unfolded(QUESTION)
    asked, said = soup.select("ol.options")
    assert [li.decode_contents() for li in asked.select("li")] == [
        "The <em>red</em> one.",
        "The blue one.",
    ]
    assert (
        asked.find_parent(id="answers") is None
        and said.find_parent(id="answers") is not None
    )
    assert [li["class"] for li in said.select("li")] == [["wrong"], ["right"]]
    assert [li.get_text(" ", strip=True)[-8:] for li in said.select("li")] == [
        "Not red.",
        "t. Blue.",
    ]
    before = str(soup).partition('id="answers"')[0]
    assert (
        "Right." not in before
        and "Not red" not in before
        and "Because of" not in before
    )


def test_a_question_keeps_its_words_and_its_answer_moves():
    soup = unfolded(QUESTION)
    asked = soup.select_one("p.asked")
    assert asked.get_text().startswith("1. Why <b>?")
    answer = soup.select_one(asked.a["href"])
    assert answer.get_text(" ", strip=True) == "1. Why <b>? Because of &."
    assert soup.select_one(answer.a["href"]) is asked
    assert soup.select_one("#answers h3").string == "Check yourself"


def test_a_hint_stays_and_a_solution_moves():
    soup = unfolded(EXERCISE)
    assert (
        soup.select_one("div.hint").get_text(" ", strip=True) == "Hint Look."
    )
    answer = soup.select_one("#answers .answer")
    assert answer.get_text(" ", strip=True) == "★ Try (5 min). done = 1"
    assert (
        soup.select_one(answer.a["href"]).get_text() == "★ Try (5 min). Do it."
    )
    assert soup.pre.find_parent(id="answers")


def test_other_folds_open_where_they_are():
    soup = BeautifulSoup(
        "<section><h2>1 Text</h2>"
        "<details><summary>More</summary><p>x</p></details></section>",
        "lxml",
    )
    move_answers(soup, soup.section)
    assert (
        str(soup.section.div)
        == '<div class="open"><p class="unfolded">More</p><p>x</p></div>'
    )
    assert soup.select_one("#answers") is None


def test_a_docstring_s_fold_leaves_its_code_as_it_is():
    soup = BeautifulSoup(
        '<section><pre>def f():\n<details class="doc"><summary>"""A.\n'
        '</summary>b"""\n</details>    return 1</pre></section>',
        "lxml",
    )
    move_answers(soup, soup.section)
    assert str(soup.pre) == ('<pre>def f():\n"""A.\nb"""\n    return 1</pre>')


def test_css_strings_and_links_are_safe():
    assert css_string('</style> "\\\n') == r'"\3c /style\3e  \22 \5c \a "'
    page = Page("p01", "notebooks/01_a.html")
    assert aim("javascript:alert(1)", page, {}) is None
    assert aim("../_modules/x.html", page, {}) is None
    assert aim("#here", page, {page.path: "p01"}) == "#p01-here"


def test_a_missing_browser_is_named_with_the_remedy(
    monkeypatch, built, capsys
):
    monkeypatch.setenv("CHROMIUM", str(built / "nothing"))
    monkeypatch.setattr(
        pdf,
        "listed",
        lambda toc, left_out: listed(built / "_toc.yml", left_out),
    )
    monkeypatch.setattr(
        "sys.argv", ["pdf", str(built), str(built / "out.pdf")]
    )
    assert pdf.main() == 1
    said = capsys.readouterr().err
    assert "No Chromium found. Install it" in said and "CHROMIUM" in said
    assert not list(built.glob("out.*"))


def test_missing_pages_are_named_with_the_remedy(built):
    (built / "notebooks/02_b.html").unlink()
    with pytest.raises(
        NotBuilt, match="02_b.html is missing: run `make book` first"
    ):
        pages_of(built)


@pytest.mark.browser
@pytest.mark.parametrize(
    ("signs", "boxes"), [("ab", False), ("\U000e1234\U000e1235", True)]
)
def test_signs_that_no_font_has_are_noticed(signs, boxes):
    find_browser()
    with pdf.open_page() as page:
        assert page.evaluate(pdf.BOXES) is False, (
            "nothing in Chinese, nothing to say"
        )
        page.set_content('<span lang="zh">x</span>')
        assert (
            page.evaluate(
                pdf.BOXES.replace("解", signs[0]).replace("方", signs[1])
            )
            is boxes
        )


@pytest.mark.browser
def test_a_missing_font_is_told_where_its_signs_are(tmp_path, monkeypatch):
    """On the page, for whoever reads the PDF, and to whoever made it."""
    find_browser()
    chapter = '<section class="chapter"><h1>{}</h1><p{}>{}</p></section>'
    text = chapter.format("Terms", ' lang="zh"', "x")
    text += chapter.format("More", "", "y")
    (tmp_path / "all.html").write_text(text, encoding="utf-8")
    boxed = pdf.BOXES.replace("解", "\U000e1234").replace("方", "\U000e1235")
    monkeypatch.setattr(pdf, "BOXES", boxed)
    monkeypatch.setattr(pdf, "destinations", lambda path: {})
    said = []
    pdf.print_pages(tmp_path / "all.html", tmp_path / "a.pdf", said.append)
    assert pdf.NO_CHINESE in said
    with pikepdf.open(tmp_path / "a.pdf") as file:
        [words] = [text_of(page) for page in file.pages]
    told = re.sub(r"\s", "", pdf.ON_PAPER)
    assert words.index("Terms") < words.index(told) < words.index("More")
    assert words.count(told) == 1


@pytest.mark.browser
def test_page_numbers_that_never_rest_are_no_pdf(built, monkeypatch):
    find_browser()
    known = [{"contents": number} for number in range(pdf.PASSES)]
    monkeypatch.setattr(pdf, "destinations", lambda printed: known.pop())
    (built / "one.html").write_text(
        '<article id="contents">One.</article>', encoding="utf-8"
    )
    with pytest.raises(pdf.NoPdf, match="never came to rest"):
        pdf.print_pages(
            built / "one.html", built / "one.pdf", say=lambda text: None
        )
    assert not known


@pytest.mark.browser
def test_what_is_too_wide_for_the_paper_stops_it(built):
    find_browser()
    file = built / "book/intro.html"
    wide = '<h1>Why</h1><div style="width: 900px">too wide</div>'
    file.write_text(
        file.read_text(encoding="utf-8").replace("<h1>Why</h1>", wide),
        encoding="utf-8",
    )
    with pytest.raises(
        pdf.NoPdf, match="too wide for the paper: DIV: too wide"
    ):
        pdf.make(
            built,
            built / "out.pdf",
            listed(built / "_toc.yml", ("book/api",)),
            say=lambda text: None,
        )


def test_the_cover_loads_nothing_and_still_tells_what_the_shop_says(root):
    """Drawn by tools/cover.py: its sentence is chapter 0's."""
    drawn = (root / "book/_static/cover.svg").read_text(encoding="utf-8")
    tags = {part.tag.rpartition("}")[2] for part in fromstring(drawn).iter()}
    assert tags == {"svg", "title", "rect", "path"} and "href" not in drawn
    assert drawn == cover.draw(), "old: run python -m tools.cover"
    shop, why = cover.explained()
    first, second = [shop.title(e.name) for e in why.top(picture.CITED)]
    sentence = f"we suggest the {shop.title(why.item)} because you chose the "
    said = (root / "book/intro.md").read_text(encoding="utf-8")
    assert f"{sentence}{first} and the {second}." in said.partition("```\n")[0]
