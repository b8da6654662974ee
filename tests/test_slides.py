"""The slides: what is tagged is shown, in order, whole, legible, and without
asking anybody outside.
"""

from __future__ import annotations

import base64
import re
from html.parser import HTMLParser

import browser as eyes
import nbformat
import pytest

from tools import slides
from tools.slides_cells import Deck, SlideError
from tools.slides_text import blocks, to_html

DOT = base64.b64encode(
    bytes.fromhex(
        "89504e470d0a1a0a0000000d4948445200000001000000010806000000"
        "1f15c4890000000d49444154789c6360606060000000050001a5f64540"
        "0000000049454e44ae426082"
    )
).decode()
TITLE = (
    "# 9 · Tents\n\n> **After this chapter you can**\n> 1. pitch a tent;\n>\n>"
    " **Time:** one sitting.\n\nGood morning."
)
TABLE = (
    "<div><style>td { color: red }</style>"
    "<table border='1' onclick='steal()'>"
    "<tr><th>tent</th><th>stars</th></tr><tr>"
    "<td><script>steal()</script><b>Wether</b></td><td>4.5</td>"
    "</tr></table></div>"
)
# everything of a slide, measured where it is shown; what only a screen reader
# reads has no size
FIT = """() => Reveal.getSlides().map(slide => {
  const {h, v} = Reveal.getIndices(slide);
  const all = (where, what) => [...where.querySelectorAll(what)];
  Reveal.slide(h, v || 0);
  const frame = slide.querySelector(".slide");
  const body = slide.querySelector(".body");
  const room = frame.closest(".slides").getBoundingClientRect();
  const seen = all(frame, "*").filter(e => !e.closest("mjx-assistive-mml"));
  const out = seen.filter(e => {
    const r = e.getBoundingClientRect();
    const beside = r.right > room.right + 1 || r.left < room.left - 1;
    return r.width && (beside || r.bottom > room.bottom + 1);
  });
  const size = e => parseFloat(getComputedStyle(e).fontSize);
  return {
    head: slide.querySelector("h1, h2").textContent,
    tall: body.scrollHeight - body.clientHeight,
    frame: frame.scrollHeight - frame.clientHeight,
    out: out.map(e => e.tagName + ": " + e.textContent.slice(0, 40)),
    letters: all(body, "pre, td, p, li").map(size),
    images: all(body, "img").map(i => i.clientHeight),
    full: frame.matches(".full")};
})"""


def words(source: str, **metadata):
    return nbformat.v4.new_markdown_cell(source, metadata=metadata)


def ran(source: str, *data: dict, **metadata):
    """A code cell that showed these things, or printed them where they are
    plain strings.
    """
    shown = [
        (
            nbformat.v4.new_output("stream", text=d)
            if isinstance(d, str)
            else nbformat.v4.new_output("display_data", d)
        )
        for d in data
    ]
    return nbformat.v4.new_code_cell(source, outputs=shown, metadata=metadata)


def figure(**metadata):
    seen = {
        "image": {"alt": 'A "dot" & nothing'},
        "figure": {"caption": "One dot."},
    } | metadata
    return ran(
        "dot()", {"image/png": DOT}, slide="A dot says it.", mystnb=seen
    )


def deck(*cells, title=TITLE) -> Deck:
    return Deck(
        nbformat.v4.new_notebook(cells=[words(title), *cells]), "09_tents"
    )


@pytest.fixture(scope="module")
def notebook():
    """One cell of each kind."""
    return nbformat.v4.new_notebook(
        cells=[
            words(TITLE),
            words(
                "## 1 By hand\n\n### Quietly\n\nSee $x_1$"
                " {cite:p}`jain2019attention`."
            ),
            ran(
                "print(1)",
                "1 <script>steal()</script>\n",
                slide="One is `one`.",
            ),
            ran("hidden()", "never seen\n"),
            words(
                "## 2 Build it\n\nBefore.\n\n:::{predict}\nHow high is"
                " $h^2$?\n:::\n\nAfter"
                " [it](01_data.ipynb).\n\n:::{pitfall}\nWet **tents**.\n:::"
            ),
            ran(
                "def pitch(tent):\n    return '<b>'",
                "out\n",
                slide="A function pitches.",
                slide_shows="code",
            ),
            words(
                "The height:\n\n$$ h < \\frac{a}{b}, \\qquad b > 0 $$ (eq-h)",
                slide="Height is bounded.",
            ),
            ran(
                "table()",
                {"text/html": TABLE, "text/plain": "raw"},
                slide="A table tells.",
            ),
            ran(
                "both()", "shown\n", slide="Both are seen.", slide_shows="both"
            ),
            ran("silent = 1", slide="Silence shows its code."),
            figure(),
            words("## 9 Exercises\n\nDo this at home."),
            words("## In short\n\n1. Tents stand.\n\n**Next:** stoves."),
        ]
    )


@pytest.fixture(scope="module")
def tents(notebook) -> Deck:
    return Deck(notebook, "09_tents")


@pytest.fixture(scope="module")
def folder(notebook, root, tmp_path_factory):
    """The slides of the test notebook and of every chapter."""
    place = tmp_path_factory.mktemp("two words")
    nbformat.write(notebook, place / "09_tents.ipynb")
    slides.build(
        place / "slides",
        [
            place / "09_tents.ipynb",
            *sorted((root / "notebooks").glob("*.ipynb")),
        ],
    )
    return place / "slides"


@pytest.fixture(scope="module")
def chromium():
    """One browser for all tests here."""
    with eyes.open_browser() as browser:
        yield browser


@pytest.fixture(scope="module")
def seen(folder, chromium):
    """Every deck, opened from the folder as from a memory stick: (name, what
    was measured, visit).
    """
    context, decks = (
        chromium.new_context(viewport={"width": 1280, "height": 720}),
        [],
    )
    for path in sorted(folder.glob("[0-9]*.html")):
        visit = eyes.Visit(path.as_uri())
        page = eyes.watched(context, folder.as_uri(), visit)
        page.goto(path.as_uri())
        page.wait_for_function("Reveal.isReady()")
        visit.seen = page.evaluate(eyes.LOOK)
        decks.append((path.stem, page.evaluate(FIT), visit))
        page.close()
    yield decks
    context.close()


def body(slide) -> str:
    return "".join(slide.body)


def test_slides_come_in_the_order_of_the_notebook(tents):
    assert [(s.kind, s.section, s.headline) for s in tents.slides] == [
        ("title", "", "9 · Tents"),
        ("evidence", "1 By hand", "One is <code>one</code>."),
        ("question", "2 Build it", "Predict, then run"),
        ("evidence", "2 Build it", "A function pitches."),
        ("evidence", "2 Build it", "Height is bounded."),
        ("evidence", "2 Build it", "A table tells."),
        ("evidence", "2 Build it", "Both are seen."),
        ("evidence", "2 Build it", "Silence shows its code."),
        ("evidence", "2 Build it", "A dot says it."),
        ("summary", "In short", "In short"),
    ]


def test_each_kind_of_cell_shows_what_it_should(tents):
    shown = [body(slide) for slide in tents.slides]
    assert (
        "pitch a tent" in shown[0]
        and "one sitting" in shown[0]
        and "Good morning" not in shown[0]
    )
    assert (
        # a line alone would leave the slide empty: its code stands above it
        shown[1].startswith('<pre class="code')
        and '<pre class="output">1 &lt;script&gt;steal()&lt;/script&gt;</pre>'
        in shown[1]
    )
    assert (
        r"How high is <span" in shown[2]
        and "Before" not in shown[2]
        and ":::" not in shown[2]
    )
    assert (
        "pitch" in shown[3]
        and "out" not in shown[3]
        and "&lt;b&gt;" in shown[3]
    )
    assert (
        r"\[\begin{gathered}h &lt; \frac{a}{b}" in shown[4]
        and "eq-h" not in shown[4]
    )
    assert (
        shown[6].index("both") < shown[6].index("shown")
        and 'class="output"' in shown[6]
    )
    assert "silent" in shown[7] and "never seen" not in "".join(shown)
    assert (
        f'src="data:image/png;base64,{DOT}"' in shown[8]
        and 'alt="A &quot;dot&quot; &amp; nothing"' in shown[8]
    )
    assert "Tents stand" in shown[9] and "stoves" in shown[9]


def test_a_table_keeps_its_cells_and_nothing_else(tents):
    table = body(tents.slides[5])
    assert re.findall(r"<\w+", table) == [
        "<table",
        "<tr",
        "<th",
        "<th",
        "<tr",
        "<td",
        "<td",
    ]
    assert (
        "Wether" in table
        and "4.5" in table
        and "steal" not in table
        and "onclick" not in table
    )


def test_the_speaker_reads_the_prose_between(tents):
    notes = [slide.notes for slide in tents.slides]
    assert (
        "Good morning." in notes[1]
        and "<strong>Quietly</strong>" in notes[1]
        and notes[0] == ""
    )
    assert "See <code>x_1</code> (Jain and Wallace, 2019)." in notes[1]
    assert notes[2] == "<p>Before.</p>\n"
    assert (
        "After it." in notes[3]
        and "<strong>Pitfall.</strong>" in notes[3]
        and "Before" not in notes[3]
    )
    assert notes[8] == "<p>One dot.</p>\n"
    assert "at home" not in "".join(notes) and "height" not in "".join(
        notes[4:]
    )


def test_markdown_is_escaped_and_roles_are_readable():
    assert "<script>" not in to_html("<script>steal()</script> and $a<b$")
    assert (
        to_html(
            "By {eq}`eq-saved` in {doc}`01_data`, {ref}`the cache"
            " <sec-cache>`."
        )
        == "<p>By (saved) in 01_data, the cache.</p>\n"
    )
    assert list(blocks("```python\n## no heading\n```\n## 2 Yes")) == [
        ("text", "```python\n## no heading\n```"),
        ("h2", "2 Yes"),
    ]


FAULTS = [
    (
        ran("x", slide="A.", slide_shows="picture"),
        "slide_shows is 'picture'; write one of output, code, both",
    ),
    (ran("x", slide="  "), "no headline; write one sentence"),
    (ran("x", slide_shows="code"), "no headline; write one sentence"),
    (ran("x", slide=True), "no headline; write one sentence"),
    (
        ran("", slide="A."),
        "neither code nor output; remove slide, or run the notebook",
    ),
    (words("### Only a heading", slide="A."), "has no text; remove slide"),
    (
        words("Text.", slide="A.", slide_shows="code"),
        "has no code; remove slide_shows",
    ),
    (figure(image={"alt": " "}), "figure has no alt text; add mystnb"),
]


@pytest.mark.parametrize(
    ("cell", "said"), FAULTS, ids=[said[:30] for _, said in FAULTS]
)
def test_a_wrong_cell_is_named_with_its_remedy(cell, said):
    first = cell.source.partition("\n")[0][:60]
    with pytest.raises(SlideError, match="09_tents, cell 2 ") as error:
        deck(cell)
    assert said in str(error.value) and first in str(error.value)


@pytest.mark.parametrize(
    "cells",
    [[], [words("Text only.")], [words("# 9 · Tents"), ran("x", slide="A.")]],
)
def test_a_notebook_without_a_beginning_is_refused(cells):
    with pytest.raises(
        SlideError, match="09_tents.*begin the notebook with a # heading"
    ):
        Deck(nbformat.v4.new_notebook(cells=cells), "09_tents")


def test_a_failed_build_leaves_the_old_slides(notebook, tmp_path):
    old = tmp_path / "slides"
    old.mkdir()
    (old / "index.html").write_text("old", encoding="utf-8")
    bad = nbformat.v4.new_notebook(
        cells=[*notebook.cells, ran("", slide="A.")]
    )
    nbformat.write(bad, tmp_path / "bad.ipynb")
    with pytest.raises(SlideError):
        slides.build(old, [tmp_path / "bad.ipynb"])
    assert [p.name for p in old.iterdir()] == ["index.html"]


def test_a_new_build_replaces_the_old_one(notebook, tmp_path):
    for name in ("old", "new"):
        nbformat.write(notebook, tmp_path / f"{name}.ipynb")
        slides.build(tmp_path / "slides", [tmp_path / f"{name}.ipynb"])
    assert sorted(p.name for p in tmp_path.iterdir()) == [
        "new.ipynb",
        "old.ipynb",
        "slides",
    ]
    assert sorted(p.name for p in (tmp_path / "slides").iterdir()) == [
        "_static",
        "index.html",
        "new.html",
    ]


def test_an_unknown_chapter_is_named(monkeypatch, capsys):
    monkeypatch.setattr("sys.argv", ["slides", "99_nothing"])
    with pytest.raises(SystemExit):
        slides.main()
    assert (
        "no such chapter: 99_nothing; there are 00_" in capsys.readouterr().err
    )


def test_the_index_lists_every_deck(folder, root):
    listed = re.findall(
        r'href="(\w+)\.html"',
        (folder / "index.html").read_text(encoding="utf-8"),
    )
    assert listed == [
        "09_tents",
        *sorted(p.stem for p in (root / "notebooks").glob("*.ipynb")),
    ]
    assert {*listed, "index"} == {p.stem for p in folder.glob("*.html")}


def test_nothing_outside_is_named(folder):
    """Not even asked for later: no page and no style sheet has an address of
    another host.
    """
    asked = r"""(?:src|href)=["']?(?:https?:)?//"""
    named = asked + r"""|url\(["']?(?:https?:)?//|@import"""
    files = [*folder.glob("*.html"), *(folder / "_static").glob("*.css")]
    assert [
        p.name
        for p in files
        if re.search(named, p.read_text(encoding="utf-8"))
    ] == []
    assert "Hakim El Hattab" in (
        folder / "_static/reveal.js-LICENSE"
    ).read_text(encoding="utf-8")


def test_every_deck_opens_from_a_folder_and_asks_for_nothing_else(seen):
    for name, _, visit in seen:
        assert (visit.outside, visit.missing, visit.console) == (
            [],
            [],
            [],
        ), name
        assert visit.seen["lang"] == "en" and visit.seen["title"], name
        assert [
            i["src"][:60]
            for i in visit.seen["images"]
            if not i["alt"] or not i["width"]
        ] == [], name


def test_formulas_are_typeset(seen):
    for name, _, visit in seen:
        assert visit.seen["raw"] == [] and visit.seen["mathErrors"] == [], name
        assert (
            set(visit.seen["math"]) <= {1}
            and visit.seen["spoken"] == visit.seen["typeset"]
        ), name
    assert (
        next(visit for name, _, visit in seen if name == "09_tents").seen[
            "typeset"
        ]
        == 2
    )


def test_no_slide_is_cut_off(seen):
    for name, shown, _ in seen:
        for slide in shown:
            assert (slide["tall"], slide["frame"], slide["out"]) == (
                0,
                0,
                [],
            ), f"{name}: {slide['head']}"
            assert min(slide["images"], default=200) >= 200, (
                f"{name}: {slide['head']}"
            )
            assert min(slide["letters"], default=16) >= 16, (
                f"{name}: {slide['head']}"
            )
            assert not slide["full"], f"{name}: {slide['head']}"


def test_letters_are_as_large_as_fits_and_too_much_says_so(chromium, tmp_path):
    long = "word " * 28
    cells = [ran("x", "word\n" * n, slide="A.") for n in (1, 12, 16, 24, 60)]
    cells += [ran("x", long, slide="A."), ran("y" * 110, slide="A.")]
    cells.append(words(long + "\n\n" + "Word. " * 999, slide="A."))
    book = nbformat.v4.new_notebook(cells=[words(TITLE), *cells])
    nbformat.write(book, tmp_path / "tents.ipynb")
    slides.build(tmp_path / "slides", [tmp_path / "tents.ipynb"])
    page = chromium.new_page(viewport={"width": 1280, "height": 720})
    page.goto((tmp_path / "slides/tents.html").as_uri())
    page.wait_for_function("Reveal.isReady()")
    title, *shown = page.evaluate(FIT)
    page.close()
    sizes = [min(slide["letters"]) for slide in shown]
    assert (
        sizes[0] == 38
        and sizes[3] < 20
        and sizes[:4] == sorted(sizes[:4])[::-1]
    )
    broken, code = sizes[5:7]
    assert (broken, code) == (32, 17)
    full = [number for number, slide in enumerate(shown) if slide["full"]]
    assert full == [4, 7] and not title["full"]


@pytest.fixture
def page(chromium, folder):
    """The test notebook's deck."""
    context = chromium.new_context(viewport={"width": 1280, "height": 720})
    page = context.new_page()
    page.goto((folder / "09_tents.html").as_uri())
    page.wait_for_function("Reveal.isReady()")
    yield page
    context.close()


def test_the_measure_sees_what_is_cut_off(page):
    """A slide made too high, another too wide."""
    page.evaluate(
        """() => { const [high, wide] = document.querySelectorAll(".body");
        high.innerHTML += '<p style="height: 900px">high</p>';
        const style = "width: 1500px; max-width: none";
        wide.innerHTML += `<p style="${style}">wide</p>`; }"""
    )
    first, second, third, *_ = page.evaluate(FIT)
    assert first["tall"] > 0 and second["out"] and not third["out"]


def test_the_keyboard_the_speaker_and_the_printer_are_served(page):
    page.keyboard.press("Space")
    assert (
        page.evaluate(
            "Reveal.getCurrentSlide().querySelector('h2').textContent"
        )
        == "One is one."
    )
    with page.context.expect_page() as speaker:
        page.keyboard.press("s")
    speaker.value.locator(
        ".speaker-controls-notes .value", has_text="Good morning."
    ).wait_for()
    page.goto(page.url.partition("#")[0] + "?print-pdf")
    page.locator(".pdf-page").last.wait_for()
    assert page.locator(".pdf-page").count() == 10


def test_nobody_is_kept_out(page):
    page.evaluate(eyes.axe())
    assert page.evaluate(eyes.AXE, False) == []


class Order(HTMLParser):
    """The headings of a deck."""

    def __init__(self):
        super().__init__()
        self.levels: list[str] = []

    def handle_starttag(self, tag, attrs):
        if re.fullmatch(r"h\d", tag):
            self.levels.append(tag)


def test_one_first_heading_then_second_ones(folder):
    for path in folder.glob("[0-9]*.html"):
        parser = Order()
        parser.feed(path.read_text(encoding="utf-8"))
        assert parser.levels[0] == "h1" and set(parser.levels[1:]) == {"h2"}, (
            path.name
        )
