"""Look at pages as a person would: a real browser, a server on this machine,
and a list of what is wrong.
"""

from __future__ import annotations

import functools
import os
import threading
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import cache
from html.parser import HTMLParser
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from importlib.metadata import files
from pathlib import Path
from urllib.parse import unquote, urldefrag, urljoin

import pytest

from tools import pdf

HEAVIEST = 1_500_000  # bytes of a page with everything it loads, unpacked
VIEWS = [
    ("light", "desktop"),
    ("dark", "desktop"),
    ("light", "phone"),
    ("dark", "phone"),
]
DESKTOP, PHONE = {"width": 1280, "height": 900}, {"width": 375, "height": 800}
PATIENCE = 5000  # milliseconds for scripts to see that the width changed
REACHABLE = """() => [...document.querySelectorAll(
  "pre, .pst-scrollable-table-container, .bd-article table, " +
  ".bd-article mjx-container[display=true], .bd-article .cell_output, " +
  ".bd-article .drawn, .play figure")]
  .every(box => box.tabIndex >= 0
    || box.scrollWidth <= box.clientWidth + 1
    || !/auto|scroll/.test(getComputedStyle(box).overflowX))"""
ALONE = ["--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"]
SIDE_BY_SIDE = 4  # pages open at a time, so that they wait together

# Everything a test asks of an open page, gathered in one go.
LOOK = r"""async () => {
  for (const image of document.images) image.loading = "eager";
  const drawn = image => image.decode().catch(() => 0);
  await Promise.all([...document.images].map(drawn));
  const raw = [], texts = NodeFilter.SHOW_TEXT;
  const visible = document.createTreeWalker(document.body, texts);
  const apart = "code, pre, script, style, kbd, mjx-assistive-mml, "
    + "template, noscript";
  const count = what => document.querySelectorAll(what).length;
  for (let n; (n = visible.nextNode());)
    if (/\\\(|\\\[|\$\$/.test(n.data) && !n.parentElement.closest(apart))
      raw.push(n.data.trim().slice(0, 60));
  const all = (what, get) => [...document.querySelectorAll(what)].map(get);
  return {
    lang: document.documentElement.lang, title: document.title,
    h1: all("h1", e => e.checkVisibility() && e.textContent.trim())
      .filter(Boolean),
    math: all(".math", e => e.querySelectorAll("mjx-container").length),
    typeset: count("mjx-container"),
    spoken: count("mjx-container mjx-assistive-mml math"), raw,
    mathErrors: all("mjx-merror", e => e.dataset.mjxError || e.textContent),
    images: all("img", e => ({
      src: e.src.slice(0, 200), alt: e.getAttribute("alt"),
      width: e.naturalWidth})),
    links: all("a[href]", e =>  // in a drawing, href is an object
      new URL(e.href.baseVal ?? e.href, document.baseURI).href),
    ids: all("[id], a[name]", e => e.id || e.name),
  };
}"""
# At a desk nothing has to be scrolled sideways: what is wider than its place.
TIGHT = """() => [...document.querySelectorAll(".bd-article *")]
  .filter(box => box.matches("table, pre, mjx-container[display=true]")
    || box.querySelector("table"))
  .filter(box => /auto|scroll/.test(getComputedStyle(box).overflowX))
  .filter(box => box.scrollWidth > box.clientWidth + 1 && box.clientWidth)
  .map(box => `${box.scrollWidth} of ${box.clientWidth}: `
    + box.textContent.trim().replace(/\\s+/g, " ").slice(0, 60))"""
# words in the heads of tables whose letters stand in two lines
BROKEN = r"""() => [...document.querySelectorAll(".bd-article th")]
  .filter(head => head.offsetParent).flatMap(head => {
    const texts = document.createTreeWalker(head, NodeFilter.SHOW_TEXT);
    const found = [];
    for (let text; (text = texts.nextNode());)
      for (const word of text.data.matchAll(/\w+/g)) {
        const range = document.createRange();
        range.setStart(text, word.index);
        range.setEnd(text, word.index + word[0].length);
        const boxes = [...range.getClientRects()];
        if (new Set(boxes.map(box => Math.round(box.top))).size > 1)
          found.push(word[0]);
      }
    return found;
  })"""
WIDE = """() => {
  const all = what => [...document.querySelectorAll(what)];
  const right = e => e.getBoundingClientRect().right;
  const shown = what => all(what).filter(e => e.offsetParent);
  const named = e => e.querySelector("caption")?.textContent;
  const figure = table => [...table.querySelectorAll("tbody tr td")]
    .find(cell => /^\\s*[−-]?[.\\d]/.test(cell.textContent));
  return {
    squashed: shown("caption, .as-cards tbody th")
      .filter(e => e.textContent.trim().length > 20)
      .filter(e => e.clientWidth < innerWidth / 2)
      .concat(shown(".cell_output tbody .words").filter(e => e.clientWidth < 90))
      .map(e => e.textContent),
    figureless: shown("table.results:not(.as-cards)")
      .filter(e => figure(e) && right(figure(e)) > innerWidth).map(named),
    page: document.documentElement.scrollWidth, window: innerWidth,
    drawings: all(".bd-article img")
      .filter(e => !e.closest(".cards")).map(e => [e.src, e.clientWidth]),
    letters: all(".bd-article svg text").filter(e => e.checkVisibility())
      .map(e => [e.textContent, parseFloat(getComputedStyle(e).fontSize)
        * e.getScreenCTM().a]),
    cut: all("article mjx-container:not([display])")
      .filter(e => e.offsetParent && !e.closest("table"))
      .filter(e => right(e) > innerWidth).map(e => e.textContent),
    wide: all("body *").filter(e => right(e) > innerWidth + 1)
      .slice(0, 5).map(e => e.tagName + "." + e.className)};
}"""

# Nine tenths of axe's time go into the contrast of each word of code, though
# there are only a few kinds: a word stays one of its kind, the others, which
# have the same classes in places with the same classes, become plain text.
ALIKE = """() => {
  const kinds = new Set();
  const words = document.querySelectorAll("pre span, code span, dt span");
  for (const word of words) {
    if (word.children.length || word.style.length) continue;
    let kind = "";
    for (let e = word; e !== document.body; e = e.parentElement)
      kind += e.tagName + " " + e.className + ">";
    if (kinds.has(kind)) word.replaceWith(word.textContent);
    else kinds.add(kind);
  }
  document.querySelectorAll("pre, code, dt").forEach(e => e.normalize());
}"""

# axe-core's rules, the faults that keep someone out. Contrast takes nearly all
# of the time, and is looked at once for each kind of text: the same tags and
# classes all the way up, and the same of two stripes; the dark adds nothing
# else.
AXE = """async dark => {
  const kinds = new Map();
  const words = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let n; (n = words.nextNode());) {
    if (!n.data.trim() || !n.parentElement.checkVisibility()) continue;
    let kind = "";
    for (let e = n.parentElement; e; e = e.parentElement) {
      const striped = /^(TR|LI|DT|DD)$/.test(e.tagName) && e.parentElement;
      const stripe = striped ? [...e.parentElement.children].indexOf(e) % 2 : 0;
      const id = e.tagName === "SECTION" ? "" : e.id.replace(/[0-9]+/g, "");
      const style = e.getAttribute("style") || "";
      kind += [e.tagName, e.getAttribute("class"), id, style, stripe] + ">";
    }
    if (!kinds.has(kind)) kinds.set(kind, n.parentElement);
  }
  const quick = {resultTypes: ["violations"], preload: false};
  const contrast = {runOnly: {type: "rule", values: ["color-contrast"]}};
  const rest = {rules: {"color-contrast": {enabled: false}}};
  const seen = {include: [...kinds.values()]};
  const found = (await axe.run(seen, {...quick, ...contrast})).violations;
  if (!dark)
    found.push(...(await axe.run(document, {...quick, ...rest})).violations);
  const grave = ["serious", "critical"];
  const said = (fault, node) =>
    `${fault.id}: ${node.target}: ${node.html.slice(0, 120)}`;
  return found.filter(fault => grave.includes(fault.impact))
    .flatMap(fault => fault.nodes.map(node => said(fault, node)));
}"""


@dataclass
class Visit:
    """What was seen on one page."""

    url: str
    outside: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    console: list[str] = field(default_factory=list)
    seen: dict = field(default_factory=dict)
    tight: list[str] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)
    phone: dict = field(default_factory=dict)
    barriers: list[str] = field(default_factory=list)
    sizes: dict[str, int] = field(default_factory=dict)

    @property
    def bytes(self) -> int:
        """Everything that the page loaded, each file once."""
        return sum(self.sizes.values())


def find_browser() -> str:
    """Return the browser's path; skip loudly where there is none, fail where
    that must not happen (CI).
    """
    if path := pdf.find_browser():
        return path
    what = (
        "NO BROWSER FOUND: the pages were NOT tested."
        " Install chromium or set CHROMIUM to its path."
    )
    if os.environ.get("CI", "").lower() in ("1", "true"):
        pytest.fail(what)
    warnings.warn(what, stacklevel=2)
    pytest.skip(what)


@contextmanager
def open_browser() -> Iterator:
    """Start the browser, give it, close it."""
    from playwright.sync_api import sync_playwright

    path = find_browser()
    with sync_playwright() as play:
        browser = play.chromium.launch(
            executable_path=path, args=[*pdf.OPTIONS, *ALONE]
        )
        yield browser
        browser.close()


@contextmanager
def serve(folder: Path) -> Iterator[str]:
    """Serve a folder on this machine only; give the address."""

    class Quiet(SimpleHTTPRequestHandler):
        protocol_version = "HTTP/1.1"  # a connection serves many files

        def log_message(self, *args):
            pass

        def end_headers(self):
            self.send_header("Cache-Control", "max-age=3600")
            super().end_headers()

    server = ThreadingHTTPServer(
        ("127.0.0.1", 0), functools.partial(Quiet, directory=str(folder))
    )
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()


def watched(context, base: str, visit: Visit):
    """Return a new page that writes down what it asks for and what it
    complains of; nothing leaves this machine, for no other has a name
    (`ALONE`). What pages share is loaded once: to stop requests one by one
    would forbid the browser to keep anything.
    """
    page = context.new_page()

    def asked(request):
        if not request.url.startswith((base, "data:", "blob:")):
            visit.outside.append(request.url)

    def answered(response):
        visit.sizes[response.url] = int(
            response.headers.get("content-length", 0)
        )
        if response.status >= 400:
            visit.missing.append(response.url)

    page.on("request", asked)
    page.on("response", answered)
    page.on(
        "console",
        lambda m: (
            visit.console.append(m.text)
            if m.type in ("error", "warning")
            else None
        ),
    )
    page.on("pageerror", lambda error: visit.console.append(str(error)))
    return page


@cache
def axe() -> str:
    """Return axe-core's script; the package is only its carrier."""
    found = files("axe-playwright-python") or []
    return next(
        Path(f.locate()) for f in found if f.name == "axe.min.js"
    ).read_text(encoding="utf-8")


def views(url: str) -> Sequence[tuple[str, str]]:
    """Return in which views axe looks at a page.

    Fewer where pages are alike, as those made from source code.
    """
    alike = ("/_modules/", "/book/api", "/book/teach/0", "/book/results")
    return VIEWS[::3] if any(kind in url for kind in alike) else VIEWS


def only_code(path: str) -> bool:
    """Whether a page shows a module's source code, and is not the one that is
    opened for all of them: they differ by their code alone.
    """
    opened = ("/index.html", "/explanation.html", "/evidence.html")
    return "_modules/" in path and not path.endswith(opened)


class Places(HTMLParser):
    """What a page that is read, and not opened, leads to, and can be led to."""

    def __init__(self, url: str):
        super().__init__()
        self.url, self.links, self.ids = url, [], []

    def handle_starttag(self, tag, attrs):
        """Note a link, a place."""
        told = dict(attrs)
        if tag == "a" and told.get("href"):
            self.links.append(urljoin(self.url, told["href"]))
        self.ids += [told[key] for key in ("id", "name") if told.get(key)]


def read(url: str, file: Path) -> Visit:
    """Return what a page leads to, without a browser."""
    places = Places(url)
    places.feed(file.read_text(encoding="utf-8"))
    return Visit(url, seen={"links": places.links, "ids": places.ids})


def open_page(context, base: str, visit: Visit):
    """Open a page at desktop width, write down what is there, unfold it."""
    page = watched(context, base, visit)
    page.set_viewport_size(DESKTOP)
    page.goto(visit.url, wait_until="load")
    visit.seen = page.evaluate(LOOK)
    page.evaluate(
        "document.querySelectorAll('details').forEach(f => { f.open = true })"
    )
    visit.tight = page.evaluate(TIGHT)
    visit.broken = page.evaluate(BROKEN)
    if views(visit.url):
        page.evaluate(axe())
        page.evaluate(ALIKE)
    return page


def turn(pages: list, scheme: str, size: str) -> None:
    """Show pages in one view, and wait until what scrolls can be reached.

    The theme and our own script see to that a while after a change of width,
    however busy the machine is; what is out of reach even then, axe names.
    """
    from playwright.sync_api import TimeoutError as Late

    for page in pages:
        page.set_viewport_size(DESKTOP if size == "desktop" else PHONE)
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    pages[0].wait_for_timeout(100)
    for page in pages:
        with suppress(Late):
            page.wait_for_function(REACHABLE, timeout=PATIENCE)


def look(context, base: str, urls: Sequence[str]) -> list[Visit]:
    """Visit each page once, and return what was seen, in the same order.

    `SIDE_BY_SIDE` pages are open at a time: each at desktop width, then in
    every view that it has for axe, then, all folds open, at phone width.
    """
    visits = [Visit(url) for url in urls]
    for start in range(0, len(visits), SIDE_BY_SIDE):
        group = visits[start : start + SIDE_BY_SIDE]
        pages = [open_page(context, base, visit) for visit in group]
        for view in VIEWS:
            seen = [n for n, one in enumerate(group) if view in views(one.url)]
            if seen:
                turn([pages[n] for n in seen], *view)
            for n in seen:
                found = pages[n].evaluate(AXE, view[0] == "dark")
                name = ", ".join(view)
                group[n].barriers += [f"{name}: {fault}" for fault in found]
        turn(pages, "light", "phone")
        for visit, page in zip(group, pages, strict=True):
            visit.phone = page.evaluate(WIDE)
            page.close()
    return visits


def faults(visit: Visit) -> list[str]:
    """Return everything that is wrong with a page by itself."""
    seen, phone = visit.seen, visit.phone
    found = [f"asks outside: {u}" for u in visit.outside]
    found += [f"missing file: {u}" for u in visit.missing] + [
        f"console: {m}" for m in visit.console
    ]
    found += [
        f"formula not drawn: number {n}"
        for n, drawn in enumerate(seen["math"])
        if drawn != 1
    ]
    found += [f"formula with an error: {e}" for e in seen["mathErrors"]] + [
        f"raw TeX: {t}" for t in seen["raw"]
    ]
    found += (
        ["drawn twice or outside a formula"]
        if seen["typeset"] != len(seen["math"])
        else []
    )
    found += [
        f"image without alt text: {i['src']}"
        for i in seen["images"]
        if not (i["alt"] or "").strip()
    ]
    found += [
        f"image not loaded: {i['src']}"
        for i in seen["images"]
        if not i["width"]
    ]
    found += [f"wider than its place at a desk: {t}" for t in visit.tight]
    found += [f"a head broken within a word: {w}" for w in visit.broken]
    found += [f"keeps people out: {b}" for b in visit.barriers]
    found += (
        []
        if visit.bytes <= HEAVIEST
        else [f"too heavy: {visit.bytes:,} bytes"]
    )
    found += (
        []
        if phone["page"] <= phone["window"]
        else [f"scrolls sideways on a phone: {phone}"]
    )
    found += [
        f"formula cut off on a phone: {formula}" for formula in phone["cut"]
    ]
    found += [
        f"words squashed on a phone: {table}" for table in phone["squashed"]
    ]
    found += [
        f"no figure in sight on a phone: {table}"
        for table in phone["figureless"]
    ]
    found += (
        []
        if len(seen["h1"]) == 1
        else [f"{len(seen['h1'])} first headings: {seen['h1']}"]
    )
    found += [] if seen["lang"] == "en" else [f"language {seen['lang']!r}"]
    return found if seen["title"] else [*found, "no title"]


def broken_links(visits: list[Visit], base: str, folder: Path) -> list[str]:
    """Return links inside the book that lead nowhere: no such file, or no such
    place in the page.
    """
    ids = {visit.url: set(visit.seen["ids"]) for visit in visits}
    found = []
    for visit in visits:
        for link in sorted(
            {u for u in visit.seen["links"] if u.startswith(base)}
        ):
            url, place = urldefrag(link)
            file = folder / unquote(url.removeprefix(base).split("?")[0])
            if not file.is_file():
                found.append(f"{visit.url}: {link}: no such file")
            elif place and url in ids and unquote(place) not in ids[url]:
                found.append(f"{visit.url}: {link}: no such place")
    return found


# What Tab has to reach inside a box: of a group of radio buttons, one.
CONTROLS = """box => [...box.querySelectorAll(
  "button, select, summary, input, a[href]")]
  .filter(e => e.checkVisibility() && !e.disabled)
  .filter(e => e.type !== "radio" || e.checked)
  .map(e => [...box.querySelectorAll("*")].indexOf(e))"""
# Where the focus is, and the ring that shows it: its width, and whether its
# colour is another than what lies behind.
FOCUSED = """box => {
  const now = document.activeElement, style = getComputedStyle(now);
  let behind = now;
  const clear = e => /rgba\\(.*, 0\\)/.test(getComputedStyle(e).backgroundColor);
  while (behind !== document.documentElement && clear(behind))
    behind = behind.parentElement;
  const ring = style.outlineStyle === "none" ? 0 : parseFloat(style.outlineWidth);
  const apart = style.outlineColor !== getComputedStyle(behind).backgroundColor;
  return [[...box.querySelectorAll("*")].indexOf(now), apart ? ring : 0];
}"""


def unreached(box) -> list[str]:
    """Walk through a box with the key Tab alone; return what is wrong."""
    page = box.page
    box.evaluate("box => { box.tabIndex = -1; box.focus() }")
    wanted, found = set(box.evaluate(CONTROLS)), []
    for _ in range(len(wanted) + 5):
        page.keyboard.press("Tab")
        place, ring = box.evaluate(FOCUSED)
        if place < 0:
            break
        found += [] if ring >= 2 else [f"no ring around number {place}"]
        wanted.discard(place)
    return found + [f"Tab does not reach number {n}" for n in sorted(wanted)]
