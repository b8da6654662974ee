"""The pages in a real browser: nothing from outside, nothing raw, nothing
broken, on a desk and on a phone.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import zipfile
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote

import browser as eyes
import checked
import formulas
import launch
import pytest
from PIL import Image
from sphinx.errors import ExtensionError

from tools import chapters

FAULTY = r"""<!doctype html><html><head><title></title></head><body>
<p>Raw \(x\).</p><span class="math">\(y\)</span>
<img src="https://example.invalid/a.png"><img src="gone.png" alt="gone">
<a href="gone.html">nowhere</a> <a href="faulty.html#gone">no place</a>
<a href="faulty.html#here" id="here">fine</a>
<div style="width: 900px">wide</div>
<article>
<mjx-container style="display: inline-block; width: 800px">long</mjx-container>
</article>
<details><summary>Fold</summary>
<p style="color: #999; background: #fff">Pale.</p></details>
<div class="bd-article" style="width: 300px; overflow: auto">
<div class="pst-scrollable-table-container" style="overflow: auto">
<table><tr><td style="min-width: 400px">broad</td></tr></table></div></div>
<div class="bd-article" style="width: 60px">
<table style="display: block; overflow: auto"><tr><td>broad_table</table>
<pre style="overflow: auto">broad_code</pre></div>
<table class="results"><caption style="display: block; width: 50px">
A table with a long name</caption>
<tbody><tr><td style="min-width: 500px">Far<td>0.5</table>
<div class="cell_output"><table style="table-layout: fixed; width: 50px">
<tbody><tr><td class="words">Four words in fifty pixels</table></div>
<table class="bd-article" style="table-layout: fixed; width: 50px">
<tr><th style="overflow-wrap: anywhere">commonest</table>
<p class="dusk">Dusk.</p><input type="text">
<style>@media (prefers-color-scheme: dark) {
.dusk { color: #333; background: #222 } }</style>
<link rel="stylesheet" href="heavy.css">
<script>console.error("planted complaint"); undefinedName;</script>
</body></html>"""


@pytest.fixture(scope="module")
def chromium():
    """One browser for all tests here."""
    with eyes.open_browser() as browser:
        yield browser


@pytest.fixture(scope="module")
def base(book):
    """The book's address while it is served."""
    with eyes.serve(book) as address:
        yield address


@pytest.fixture(scope="module")
def visits(chromium, base, book):
    """Every page of the book, looked at once (index.html only leads to the
    preface; of pages that show a module's code, a few).
    """
    context = chromium.new_context(reduced_motion="reduce")
    pages = sorted(
        p.relative_to(book).as_posix()
        for p in book.rglob("*.html")
        if "_static" not in p.parts
    )
    urls = [base + page for page in pages if page != "index.html"]
    yield eyes.look(context, base, [u for u in urls if not eyes.only_code(u)])
    context.close()


@pytest.fixture
def page(chromium, base):
    """A fresh page that nothing outside answers."""
    context = chromium.new_context(viewport=eyes.DESKTOP, color_scheme="light")
    yield eyes.watched(context, base, eyes.Visit(base))
    context.close()


def chapter(book: Path) -> str:
    """Return the address of the first chapter that has a formula (of the
    first one where none has).
    """
    pages = sorted((book / "notebooks").glob("*.html"))
    with_formula = [
        p for p in pages if 'class="math' in p.read_text(encoding="utf-8")
    ]
    return (with_formula or pages)[0].relative_to(book).as_posix()


def test_every_page_of_the_contents_is_there(visits, root):
    shown = {visit.url.split("/", 3)[3] for visit in visits}
    chapters = {
        f"notebooks/{path.stem}.html"
        for path in (root / "notebooks").glob("*.ipynb")
    }
    assert {
        "book/intro.html",
        "book/api.html",
        "book/results_ratings.html",
        "search.html",
    } | chapters <= shown


def test_no_page_has_a_fault(visits, base):
    found = [
        f"{visit.url.removeprefix(base)}: {fault}"
        for visit in visits
        for fault in eyes.faults(visit)
    ]
    assert found == []


READABLE = 8  # CSS pixels of a letter
SMALLEST = 8  # points of a plot's letters


def smallest_letters(visit, base: str, book: Path) -> dict[str, float]:
    """Return how high the smallest letter of each figure is on a phone.

    The pictures on the cards of chapters are not read: they lead to them.
    """
    found = dict(visit.phone["letters"])
    for source, wide in visit.phone["drawings"]:
        file = book / unquote(source.removeprefix(base))
        if "_images" not in source or not wide:
            continue
        if file.suffix == ".svg":
            text = file.read_text(encoding="utf-8")
            drawn = re.search(r'viewBox="0 0 ([\d.]+)', text)
            sizes = re.findall(r'font-size="([\d.]+)', text)
            if drawn and sizes:
                scale = wide / float(drawn[1])
                found[file.name] = scale * min(map(float, sizes))
        elif file.suffix == ".png":
            with Image.open(file) as image:
                inches = image.width / image.info["dpi"][0]
            found[file.name] = SMALLEST * wide / (72 * inches)
    return found


def test_letters_of_figures_can_be_read_on_a_phone(visits, base, book):
    """In a drawing the smallest; in a plot what is written with 8 points."""
    all_ = {v.url: smallest_letters(v, base, book) for v in visits}
    assert sum(map(len, all_.values())) > 100
    small = {
        (url.removeprefix(base), what): round(size, 1)
        for url, letters in all_.items()
        for what, size in letters.items()
        if size < READABLE
    }
    assert small == {}


def test_no_plot_has_letters_smaller_than_that(root):
    """What the pages' figures are drawn with: chapters, results, library."""
    texts = [*root.glob("book/*/*.md"), *root.glob("book/_ext/*.py")]
    texts.append(root / "recx_lib/core/plotting.py")
    sizes = r"(?:font|label|title)_?size=([\d.]+)"
    small = {
        path.name: size
        for path in texts
        for size in re.findall(sizes, path.read_text(encoding="utf-8"))
        if float(size) < SMALLEST
    }
    assert small == {}


def test_a_table_of_sentences_is_cards_on_a_phone(chromium, base):
    """Nothing of it lies beyond the edge, and every cell says what it is."""
    context = chromium.new_context(viewport=eyes.PHONE)
    page = context.new_page()
    page.goto(f"{base}book/wrong.html")
    table = page.locator("table.as-cards").first
    names = table.locator("thead th").all_text_contents()
    cells = table.locator("tbody tr").first.locator("td")
    assert cells.evaluate_all("all => all.map(e => e.dataset.label)") == names
    edges = table.locator("td").evaluate_all(
        "all => all.map(e => e.getBoundingClientRect().right)"
    )
    assert max(edges) <= eyes.PHONE["width"]
    context.close()


def test_formulas_were_there_to_be_drawn(visits):
    assert sum(visit.seen["typeset"] for visit in visits) > 0


def test_formulas_are_drawn_before_anybody_reads_them(visits):
    """No page carries the megabyte of script that draws formulas, and a screen
    reader finds MathML in each.
    """
    assert not [
        url for visit in visits for url in visit.sizes if "tex-chtml" in url
    ]
    assert [
        visit.url
        for visit in visits
        if visit.seen["spoken"] != visit.seen["typeset"]
    ] == []


def test_icons_are_shown(page, base):
    """The few icons that are left are in the font, each with a width of its
    own.
    """
    page.goto(base + "book/intro.html")
    page.evaluate("document.fonts.ready")
    assert page.evaluate(
        "[...document.fonts].some(f => f.status == 'loaded'"
        " && f.family.includes('Awesome'))"
    )
    drawn = "icons => icons.map(i => getComputedStyle(i, '::before').content)"
    names = page.locator("i[class*=fa-]:visible").evaluate_all(drawn)
    assert len(names) > 3 and not {"none", "normal", '""'} & set(names)


def test_figures_were_there_to_be_seen(visits):
    assert any(
        visit.seen["images"] for visit in visits if "/notebooks/" in visit.url
    )


def test_every_link_leads_somewhere(visits, base, book):
    unopened = [
        eyes.read(f"{base}{path.relative_to(book).as_posix()}", path)
        for path in sorted((book / "_modules").rglob("*.html"))
        if eyes.only_code(path.as_posix())
    ]
    assert len(unopened) > 50
    assert sum(len(visit.seen["ids"]) for visit in unopened) > 500
    assert eyes.broken_links([*visits, *unopened], base, book) == []


def test_pages_that_are_not_opened_load_what_an_opened_one_does(book):
    loaded = {}
    for path in (book / "_modules/recx_lib").rglob("*.html"):
        text = path.read_text(encoding="utf-8")
        files = re.findall(r'<(?:script|link)[^>]+(?:src|href)="([^"]+)', text)
        loaded[path] = {file.rpartition("../")[2] for file in files}
        assert '<html lang="en"' in text
    assert len({frozenset(files) for files in loaded.values()}) == 1


def test_a_planted_fault_of_each_kind_is_seen(chromium, tmp_path):
    """The eyes above must not be blind: one page with every fault."""
    (tmp_path / "faulty.html").write_text(FAULTY, encoding="utf-8")
    (tmp_path / "heavy.css").write_text(
        f"/* {'heavy ' * 250_000} */", encoding="utf-8"
    )
    with eyes.serve(tmp_path) as address:
        context = chromium.new_context()
        [visit] = eyes.look(context, address, [address + "faulty.html"])
        found = "\n".join(eyes.faults(visit))
        context.close()
        links = eyes.broken_links([visit], address, tmp_path)
    for fault in [
        "asks outside: https://example.invalid/a.png",
        "missing file",
        "console: planted complaint",
        "raw TeX",
    ]:
        assert fault in found
    for fault in [
        "undefinedName",
        "formula not drawn",
        "without alt text",
        "image not loaded",
        "sideways",
        "no title",
    ]:
        assert fault in found
    for fault in [
        "formula cut off on a phone: long",
        "squashed on a phone: \nA table with a long name",
        "squashed on a phone: Four words in fifty pixels",
        "no figure in sight on a phone: \nA table with a long name",
        "0 first headings",
        "language ''",
        "too heavy: 1,5",
        "wider than its place at a desk: 4",
        "of 60: broad_table",
        "of 60: broad_code",
        "a head broken within a word: commonest",
        "light, desktop: label",
        "light, phone: color",
    ]:
        assert fault in found
    assert (
        "dark, phone: color-contrast: .dusk" in found
        and "light, phone: color-contrast: .dusk" not in found
    )
    assert [link.rsplit(": ")[-1] for link in links] == [
        "no such place",
        "no such file",
    ]


def test_buttons_lead_to_colab_only_where_there_is_an_address():
    assert launch.options("") == {}
    assert (
        launch.options("https://github.com/ann/tents", "dev")[
            "repository_branch"
        ]
        == "dev"
    )
    with pytest.raises(ValueError, match="starts with https://github.com/"):
        launch.options("https://example.invalid/tents")


def test_a_page_says_what_it_is_and_under_which_licence(book):
    page = (book / "book/intro.html").read_text(encoding="utf-8")
    assert '<meta name="description" content="A book that builds' in page
    assert '<meta property="og:image" content="../_static/fin' in page
    assert (book / "_static/finished_explanation.png").is_file()
    assert "ann.github.io/tents/_static" in launch.shared(
        "https://github.com/ann/tents", ""
    )
    assert "as a PDF" in page and "slides of every chapter" in page
    assert "text and data CC BY 4.0, code MIT" in page
    assert "github.com/ann" in launch.footer("https://github.com/ann/tents")


def test_a_formula_that_cannot_be_read_stops_the_build(tmp_path):
    page = '<head></head><span class="math notranslate nohighlight">'
    page += r"\(%s\)</span>"
    drawn = formulas.draw_pages(
        {tmp_path: page % r"\frac{a}{b} &lt; 1"}, tmp_path
    )[tmp_path]
    assert (
        "<mjx-mfrac>" in drawn
        and "<mfrac>" in drawn
        and "_static/formulas.css" in drawn
    )
    with pytest.raises(
        ExtensionError, match=r"MathJax cannot read: \\frac\{a"
    ):
        formulas.draw_pages({tmp_path: page % r"\frac{a"}, tmp_path)


def test_the_page_about_checks_counts(root, book):
    shown = (book / "book/checked.html").read_text(encoding="utf-8")
    for what, number in checked.counts(root):
        assert re.search(
            rf"<p>{re.escape(what)}</p></td>\s*<td><p>{number:,}</p>", shown
        ), what


def test_the_library_pages_show_what_the_library_wrote(book):
    pages = {
        path.stem: path.read_text(encoding="utf-8")
        for path in (book / "book").glob("api*.html")
    }
    assert (
        "learned_tastes" in pages["api_looking"]
        and "Tastes" in pages["api_looking"]
        and len(pages) == 5
    )
    assert [
        name
        for name, text in pages.items()
        if "_request" in text or "Alias for field" in text
    ] == []
    # the steps of `TimedExplainer` are numbered, and shown as a list
    assert '<ol class="arabic simple">' in pages["api_using"]


APART = "pre|code|script|style|mjx-container|title|template"
APART = rf'<({APART})\b.*?</\1>|<dt class="sig.*?</dt>'
MARKUP = r"`|\*\*\w[^*\n]{0,60}\w\*\*|(?<!\w)\*\w[^*\n]{0,60}\w\*(?!\w)"
MARKUP += r"|\{(?:doc|cite:\w|measured|best|ref)\}"


def left_as_typed(page: str) -> list[str]:
    """Return what a reader sees of the marks that its writer typed."""
    seen = re.sub(r"<[^>]*>", "", re.sub(APART, " ", page, flags=re.S))
    return [
        seen[max(0, mark.start() - 30) : mark.end() + 30]
        for mark in re.finditer(MARKUP, seen)
    ]


def test_no_page_shows_the_marks_of_its_writer(book):
    """No backticks, no stars, no roles outside code: what was meant as a
    literal or as stress became one.
    """
    found = {
        path.relative_to(book).as_posix(): left
        for path in book.rglob("*.html")
        if not {"_modules", "_static"} & set(path.parts)
        and (left := left_as_typed(path.read_text(encoding="utf-8")))
    }
    assert found == {}
    for typed in ("<p>a `b` c</p>", "<li>*so*</li>", "<p>{doc}x</p>"):
        assert left_as_typed(typed) and not left_as_typed(
            f"<pre>{typed}</pre>"
        )


def test_a_card_is_part_of_its_page(book):
    """What a cell shows in Markdown is set, and its heading stands below."""
    page = book / "notebooks/19_gives_away.html"
    text = page.read_text(encoding="utf-8")
    for card in ("model", "data"):
        assert f'<h3 class="rubric" id="{card}-card' in text
        assert f"# {card.title()} card" not in text


def test_the_glossary_is_sorted_and_bilingual(root):
    lines = (
        (root / "book/glossary.md").read_text(encoding="utf-8").splitlines()
    )
    terms = [
        line
        for line, after in zip(lines, lines[1:], strict=False)
        if after.startswith("  <span")
    ]
    assert terms == sorted(terms, key=str.lower) and len(terms) >= 70
    said = [line for line in lines if line.startswith("  ")]
    assert [
        line
        for line in said
        if not re.search('lang="zh">.*[\u4e00-\u9fff].*</span>.*Chapter', line)
    ] == []


def test_the_index_leads_to_the_preface(page, base):
    page.goto(base)
    page.wait_for_url("**/book/intro.html")


def test_dark_mode_is_kept_and_figures_stay_legible(page, base, book):
    page.goto(base + chapter(book))
    paper = "() => getComputedStyle(document.body).backgroundColor"
    light = page.evaluate(paper)
    for _ in range(3):
        if page.get_attribute("html", "data-theme") == "dark":
            break
        page.locator(".theme-switch-button:visible").first.click()
    assert page.get_attribute("html", "data-theme") == "dark"
    assert page.evaluate(paper) != light
    page.reload()
    assert page.get_attribute("html", "data-theme") == "dark"
    behind = "e => getComputedStyle(e).backgroundColor"
    assert (
        page.locator(".cell_output img").first.evaluate(behind)
        == "rgb(255, 255, 255)"
    )


@pytest.mark.parametrize("how", ["http", "file"])
def test_search_finds_a_word(chromium, base, book, how):
    start = base if how == "http" else book.as_uri() + "/"
    context, visit = chromium.new_context(), eyes.Visit(start)
    page = eyes.watched(context, start, visit)
    page.goto(start + "search.html?q=explanation")
    page.locator("#search-results li a").first.wait_for()
    places = page.locator("#search-results li a").evaluate_all(
        "links => links.map(link => link.href)"
    )
    assert any("/notebooks/" in place for place in places)
    page.locator("#search-results li a").first.click()
    page.wait_for_load_state()
    assert (visit.outside, visit.missing, visit.console) == ([], [], [])
    context.close()


def test_pages_open_from_a_folder(chromium, book):
    """No server: the book on a memory stick."""
    start = book.as_uri() + "/"
    context = chromium.new_context()
    [visit] = eyes.look(context, start, [start + chapter(book)])
    context.close()
    assert eyes.faults(visit) == []
    assert visit.seen["typeset"] > 0


def test_the_keyboard_can_see_where_it_is(page, base, book):
    page.goto(base + chapter(book))
    page.keyboard.press("Tab")
    assert (
        "skip" in page.evaluate("document.activeElement.textContent").lower()
    )
    for _ in range(6):
        page.keyboard.press("Tab")
        mark = (
            "() => { const s = getComputedStyle(document.activeElement);"
            " return s.outlineStyle + s.boxShadow }"
        )
        assert page.evaluate(mark) != "nonenone", page.evaluate(
            "document.activeElement.outerHTML.slice(0, 200)"
        )


def test_an_answer_is_chosen_by_keyboard_and_printed_unasked(page, base):
    page.goto(base + "notebooks/02_matrix_factorization.html")
    option = page.locator("details.option").first
    option.locator("summary").focus()
    page.keyboard.press("Enter")
    assert (
        option.get_attribute("open") is not None
        and option.locator("strong").first.is_visible()
    )
    closed = page.locator("details.option:not([open]) strong").first
    assert not closed.is_visible()
    page.emulate_media(media="print")
    assert closed.is_visible()
    page.evaluate(
        "dispatchEvent(new Event('beforeprint'))"
    )  # for browsers that cannot do it by style alone
    assert page.locator("details:not([open])").count() == 0
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    assert page.locator("details.option[open]").count() == 1


def test_what_happened_is_folded_until_asked_for(page, base, book, root):
    """As many folds as predictions, each shut; one is opened by keyboard, all
    stand open on paper.
    """
    for text in sorted((root / "book/chapters").glob("*.md")):
        made = book / f"notebooks/{text.stem}.html"
        folds = re.findall(r'<details class="happened[^>]*>', made.read_text())
        asked = text.read_text(encoding="utf-8").count("{predict}")
        assert len(folds) == asked, text.name
        assert not any(" open" in fold for fold in folds), text.name
    page.goto(base + "notebooks/02_matrix_factorization.html")
    first, second, *_ = page.locator("details.happened").all()
    output = first.locator(".cell_output")
    assert not output.is_visible()
    first.locator("summary").focus()
    page.keyboard.press("Enter")
    assert output.is_visible()
    page.emulate_media(media="print")
    assert second.locator(".cell_output").first.is_visible()


def test_what_happened_is_read_without_scripts(chromium, base):
    context = chromium.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(base + "notebooks/02_matrix_factorization.html")
    fold = page.locator("details.happened").first
    assert not fold.locator(".cell_output").is_visible()
    fold.locator("summary").click()
    assert fold.locator(".cell_output").is_visible()
    context.close()


def test_no_page_shows_what_is_said_to_a_linter(book):
    """The pages of the source code apart."""
    pages = [*book.glob("notebooks/**/*.html"), *book.glob("book/**/*.html")]
    assert pages
    for page in pages:
        text = re.sub(r"<[^>]+>", "", page.read_text(encoding="utf-8"))
        assert not re.search(r"# (noqa|fmt:)", text), page.name


def test_every_chapter_and_every_set_is_one_click_away(page, base, root):
    names = [path.stem for path in (root / "notebooks").glob("[0-9]*.ipynb")]
    page.goto(base + "book/intro.html")
    assert page.locator("ul.cards > li").count() == len(names)
    assert page.locator("ul.cards a.download").count() == 2 * len(names)
    asked = page.locator("ul.cards p:nth-of-type(2) > em").all_text_contents()
    assert asked == [chapter.asks for chapter in chapters.read_all()]
    assert all(question.endswith("?") for question in asked)
    assert page.locator("ul.cards > li:has(img):has(.files)").count() == len(
        names
    )
    page.goto(base + "book/exercises.html")
    files = page.locator("a.download").evaluate_all(
        "links => links.map(a => a.getAttribute('href').split('/').pop())"
    )
    assert sorted(files) == sorted(
        ["exercises.zip", *(f"{name}.ipynb" for name in names)]
    )
    for name in names:
        page.goto(base + f"notebooks/{name}.html")
        links = page.locator(f"a.download[href$='/{name}.ipynb']")
        assert links.count() >= 1, name
        section = page.locator("section#exercises")
        assert section.locator("a[href$='exercises.html']").count() == 1


def test_the_number_of_a_chapter_leads_there(book):
    """A term of the glossary, and a sign of the notation, to its chapter."""
    wanted, found = {c.number: c.name for c in chapters.read_all()}, 0
    for page in ("glossary", "notation", "closing"):
        text = (book / f"book/{page}.html").read_text(encoding="utf-8")
        text = re.search(r"<article.*?</article>", text, re.S)[0]
        for place, number in re.findall(
            r'href="([^"]*)"[^>]*><span[^>]*>(?:[Cc]hapters? )?(\d+)<', text
        ):
            assert place == f"../notebooks/{wanted[number]}.html"
            found += 1
        left = re.sub(r"<a .*?</a>|<[^>]+>", "", text, flags=re.S)
        assert re.findall(r"[Cc]hapters? \d+", left) == [], page
    assert found > 100


def test_the_archive_of_exercises_stands_alone(book, tmp_path):
    """Its checks run with nothing of the book on the path."""
    [archive] = (book / "_downloads").glob("*/exercises.zip")
    with zipfile.ZipFile(archive) as packed:
        packed.extractall(tmp_path)
    here = tmp_path / "exercises"
    command = [sys.executable, "-m", "recx_check", "--help"]
    path = {**os.environ, "PYTHONPATH": str(here)}
    done = subprocess.run(command, cwd=here, env=path, capture_output=True)
    assert done.returncode == 0 and b"recx_check" in done.stdout
    assert list(here.glob("02_*.ipynb"))


def test_motion_is_stilled_for_those_who_ask(chromium, base):
    context = chromium.new_context(reduced_motion="reduce")
    page = context.new_page()
    page.goto(base + "book/intro.html")
    moving = (
        "() => [...document.querySelectorAll('*')].filter("
        "e => getComputedStyle(e).transitionDuration != '0s').length"
    )
    assert page.evaluate(moving) == 0
    context.close()


class Headings(HTMLParser):
    """The levels of a page's headings, in order."""

    def __init__(self):
        super().__init__()
        self.levels: list[int] = []

    def handle_starttag(self, tag, attrs):
        if len(tag) == 2 and tag[0] == "h" and tag[1].isdigit():
            self.levels.append(int(tag[1]))


def test_headings_do_not_skip_a_level(book):
    for path in sorted((book / "notebooks").glob("*.html")):
        parser = Headings()
        parser.feed(
            path.read_text(encoding="utf-8")
            .split('<article class="bd-article"')[-1]
            .split("</article>")[0]
        )
        steps = [
            b - a
            for a, b in zip(parser.levels, parser.levels[1:], strict=False)
        ]
        assert parser.levels[0] == 1, path.name
        assert max(steps, default=0) <= 1, f"{path.name}: {parser.levels}"
