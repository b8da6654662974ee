"""The whole book as one PDF: python -m tools.pdf [PAGES [PDF]]

Takes the pages as built (default: _build/html), makes one document of them and
has Chromium print it (default: _build/why-this.pdf). It is printed until the
page numbers in the contents are those of the pages. The library's reference is
left out: it is for looking things up, and as long as a third of the book.
"""

from __future__ import annotations

import os
import shutil
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import matplotlib
import pikepdf
import yaml

from recx_lib import __version__
from tools.pdf_pages import NotBuilt, Page, document, headings, listed, prepare

ROOT = Path(__file__).resolve().parents[1]
CONFIG = ROOT / "book/_config.yml"
LEFT_OUT = ("book/api", "book/teach")
NAMES = (
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "chrome",
)
OPTIONS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
]
OPTIONS += ["--disable-sync", "--no-first-run"]
OLDEST = (
    131  # the first Chromium that prints headers and footers written in CSS
)
NO_BROWSER = (
    "No Chromium found. Install it (apt install chromium; or"
    " .venv/bin/playwright install chromium), or set CHROMIUM to the path of"
    " yours."
)
PASSES = 4
TEXT_WIDTH = 627  # pixels of the text on paper: 166 mm
FACES = [
    ("Book", "STIXGeneral", "normal", "normal"),
    ("Book", "STIXGeneralItalic", "normal", "italic"),
    ("Book", "STIXGeneralBol", "bold", "normal"),
    ("Book", "STIXGeneralBolIta", "bold", "italic"),
    ("Book Code", "DejaVuSansMono", "normal", "normal"),
    ("Book Code", "DejaVuSansMono-Bold", "bold", "normal"),
    ("Book Code", "DejaVuSansMono-Oblique", "normal", "italic"),
    ("Book Signs", "DejaVuSans", "normal", "normal"),
]
FIT = """async () => {
  await document.fonts.ready;
  await Promise.all([...document.images].map(image => image.decode()));
  const edge = element => element.getBoundingClientRect().right;
  const right = element => edge(element) - edge(element.parentElement);
  const wide = "table, mjx-container[display=true]";
  for (const element of document.querySelectorAll(wide))
    for (const wraps of [false, true]) {
      element.classList.toggle("wraps", wraps && right(element) > 1);
      element.style.fontSize = "";
      const full = parseFloat(getComputedStyle(element).fontSize);
      const least = wraps ? 0.66 : 0.86;
      for (let part = 0.96; part > least && right(element) > 1; part -= 0.04)
        element.style.fontSize = part * full + "px";
    }
  return [...document.querySelectorAll("article *")]
    .filter(e => edge(e) > edge(e.closest("article")) + 2)
    .map(e => e.tagName + ": " + e.textContent.trim().slice(0, 60));
}"""
FILL = """pages => {
  const gaps = [...document.querySelectorAll("[data-to]")];
  for (const gap of gaps) gap.textContent = pages[gap.dataset.to] ?? "000";
  return gaps.map(gap => gap.dataset.to).filter(to => !(to in pages));
}"""


BOXES = """() => {
  const draw = sign => {
    const canvas = document.createElement("canvas");
    const pen = canvas.getContext("2d");
    pen.font = "40px sans-serif";
    pen.fillText(sign, 20, 60);
    return canvas.toDataURL();
  };
  const chinese = document.querySelector("[lang=zh]") !== null;
  return chinese && draw("解") === draw("方");
}"""
NO_CHINESE = (
    "No Chinese font on this machine: the glossary's Chinese will be boxes."
    " Install one, such as Noto Sans CJK."
)
ON_PAPER = (
    "Where this was printed, no font has Chinese signs: boxes stand for them"
    " on these pages. The pages on a screen show them."
)
TELL = """words => {
  const chapters = new Set([...document.querySelectorAll("[lang=zh]")]
    .map(sign => sign.closest(".chapter") ?? document.body));
  for (const chapter of chapters) {
    const note = document.createElement("p");
    note.className = "no-font";
    note.textContent = words;
    chapter.querySelector("h1")?.after(note);
  }
}"""


class NoPdf(Exception):
    """The PDF cannot be made; the message says why and what to do."""


def find_browser() -> str | None:
    """Return the path of the reader's Chromium; None where playwright's own
    has to do.
    """
    return os.environ.get("CHROMIUM") or next(
        (path for path in map(shutil.which, NAMES) if path), None
    )


@contextmanager
def open_page() -> Iterator:
    """Start a browser that asks nothing of any network; give an empty page as
    wide as the text on paper.
    """
    from playwright.sync_api import Error, sync_playwright

    with sync_playwright() as play:
        try:
            browser = play.chromium.launch(
                executable_path=find_browser(), args=OPTIONS
            )
        except Error as error:
            raise NoPdf(
                f"{NO_BROWSER} ({error.message.splitlines()[0]})"
            ) from None
        if int(browser.version.split(".")[0]) < OLDEST:
            raise NoPdf(
                f"Chromium {browser.version} is too old: version {OLDEST} or"
                " newer is needed"
            )
        context = browser.new_context(
            offline=True, viewport={"width": TEXT_WIDTH, "height": 1000}
        )
        yield context.new_page()
        browser.close()


def faces() -> str:
    """Return the rules for the fonts, which come with matplotlib, so that the
    PDF looks alike everywhere.
    """
    folder = Path(matplotlib.get_data_path()) / "fonts/ttf"
    rule = (
        "@font-face {{ font-family: '{}'; src: url('{}'); font-weight: {};"
        " font-style: {} }}"
    )
    return "\n".join(
        rule.format(name, (folder / f"{file}.ttf").as_uri(), *look)
        for name, file, *look in FACES
    )


def destinations(pdf: Path) -> dict[str, int]:
    """Return on which page, from 1, each named place of a PDF is."""
    with pikepdf.open(pdf) as file:
        numbers = {
            page.objgen: number for number, page in enumerate(file.pages, 1)
        }
        return {
            name.lstrip("/"): numbers[place[0].objgen]
            for name, place in file.Root.Dests.items()
        }


def print_pages(html: Path, pdf: Path, say=print) -> int:
    """Print a document until its page numbers stand still; return how many
    times that took.
    """
    known: dict[str, int] = {}
    with open_page() as page:
        page.set_default_timeout(300_000)
        page.emulate_media(media="print")
        for number in range(1, PASSES + 1):
            say(f"printing, pass {number} …")
            # anew each time: else Chromium may break pages otherwise
            page.goto(html.resolve().as_uri())
            if page.evaluate(BOXES):
                page.evaluate(TELL, ON_PAPER)
                say(NO_CHINESE)
            if cut := page.evaluate(FIT):
                raise NoPdf("too wide for the paper: " + "; ".join(cut[:5]))
            lost = page.evaluate(FILL, known)
            if known and lost:
                raise NoPdf(
                    f"places that are not in the PDF: {', '.join(lost)}"
                )
            page.pdf(
                path=pdf,
                prefer_css_page_size=True,
                print_background=True,
                outline=True,
                tagged=True,
            )
            if known == (known := destinations(pdf)):
                return number
    raise NoPdf("the page numbers never came to rest")


def name_bookmarks(file: pikepdf.Pdf, names: list[str]) -> None:
    """Name the bookmarks by the headings, whose words Chromium glues together
    or doubles where they break.
    """

    def all_of(items) -> Iterator:
        """Give every bookmark, each before those inside it."""
        for item in items:
            yield item
            yield from all_of(item.children)

    with file.open_outline() as outline:
        for bookmark, name in zip(all_of(outline.root), names, strict=True):
            bookmark.title = name


def finish(
    draft: Path, pdf: Path, title: str, author: str, names: list[str]
) -> None:
    """Write into the PDF what it is and who made it; name the bookmarks and
    have readers show them; pack it tightly.
    """
    with pikepdf.open(draft) as file:
        name_bookmarks(file, names)
        with file.open_metadata(set_pikepdf_as_editor=False) as about:
            about["dc:title"], about["dc:creator"], about["dc:language"] = (
                title,
                [author],
                ["en"],
            )
            about["dc:description"] = f"Version {__version__}"
        file.Root.PageMode = pikepdf.Name.UseOutlines
        file.Root.ViewerPreferences = pikepdf.Dictionary(DisplayDocTitle=True)
        file.save(pdf, object_stream_mode=pikepdf.ObjectStreamMode.generate)


def front(config: dict) -> str:
    """Return the cover and the imprint."""
    cover = (ROOT / "book/_static/cover.svg").as_uri()
    return (
        f'<div class="cover"><img src="{cover}"'
        f' alt="{config["title"]}"/></div>'
        f'<div class="imprint"><p>{config["title"]}.<br/>Version'
        f" {__version__}.</p><p>© {config['copyright']} "
        f"{config['author']}. Text, figures and the simulated shop: Creative"
        " Commons Attribution 4.0. Code: MIT.</p>"
        "<p>Printed from the book’s pages, which can be run, searched and"
        " unfolded on a screen; they also hold the "
        "library’s reference.</p></div>"
    )


def make(folder: Path, pdf: Path, pages: list[Page], say=print) -> int:
    """Make the PDF from a folder of built pages; return how many times it was
    printed.
    """
    config = yaml.safe_load(CONFIG.read_text(encoding="utf-8"))
    say(f"gathering {len(pages)} pages …")
    prepare(pages, folder)
    styles = [
        folder / "_static/pygments.css",
        folder / "_static/formulas.css",
        ROOT / "tools/pdf.css",
    ]
    # beside it: some browsers may not read /tmp
    html, draft = pdf.with_suffix(".html"), pdf.with_suffix(".draft.pdf")
    pdf.parent.mkdir(parents=True, exist_ok=True)
    try:
        html.write_text(
            document(pages, styles, faces(), front(config)), encoding="utf-8"
        )
        passes = print_pages(html, draft, say)
        finish(draft, pdf, config["title"], config["author"], headings(pages))
    finally:
        html.unlink()
        draft.unlink(missing_ok=True)
    return passes


def main() -> int:
    """Make the PDF, say how large it is and where."""
    given = [Path(argument).resolve() for argument in sys.argv[1:]]
    folder, pdf = [
        *given,
        *[ROOT / "_build/html", ROOT / "_build/why-this.pdf"][len(given) :],
    ][:2]
    start = time.perf_counter()
    try:
        make(
            folder,
            pdf,
            listed(folder.parent / "_toc.yml", LEFT_OUT),
            say=lambda text: print(text, flush=True),
        )
    except (NotBuilt, NoPdf) as error:
        print(f"No PDF was made: {error}", file=sys.stderr)
        return 1
    with pikepdf.open(pdf) as file:
        count = len(file.pages)
    print(
        f"{count} pages, {pdf.stat().st_size / 1e6:.1f} MB,"
        f" {time.perf_counter() - start:.0f} s: {pdf.as_uri()}"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
