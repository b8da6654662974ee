"""Look at pages as a person would: a real browser, a server on this machine, and a list of what is wrong."""

from __future__ import annotations

import functools
import os
import threading
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from importlib.metadata import files
from pathlib import Path
from urllib.parse import unquote, urldefrag

import pytest

from tools import pdf

HEAVIEST = 1_500_000  # bytes of a page with everything it loads, unpacked
VIEWS = [("light", "desktop"), ("dark", "desktop"), ("light", "phone"), ("dark", "phone")]
DESKTOP, PHONE = {"width": 1280, "height": 900}, {"width": 375, "height": 800}

# Everything a test asks of an open page, gathered in one go.
LOOK = r"""async () => {
  for (const image of document.images) image.loading = "eager";
  await Promise.all([...document.images].map(image => image.decode().catch(() => 0)));
  const visible = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT), raw = [];
  const apart = "code, pre, script, style, kbd, mjx-assistive-mml, template, noscript";
  for (let n; (n = visible.nextNode());)
    if (/\\\(|\\\[|\$\$/.test(n.data) && !n.parentElement.closest(apart)) raw.push(n.data.trim().slice(0, 60));
  const all = (what, get) => [...document.querySelectorAll(what)].map(get);
  return {
    lang: document.documentElement.lang, title: document.title,
    h1: all("h1", e => e.checkVisibility() && e.textContent.trim()).filter(Boolean),
    math: all(".math", e => e.querySelectorAll("mjx-container").length),
    typeset: document.querySelectorAll("mjx-container").length,
    spoken: document.querySelectorAll("mjx-container mjx-assistive-mml math").length,
    mathErrors: all("mjx-merror", e => e.dataset.mjxError || e.textContent), raw,
    images: all("img", e => ({src: e.src.slice(0, 200), alt: e.getAttribute("alt"), width: e.naturalWidth})),
    links: all("a[href]", e => e.href), ids: all("[id], a[name]", e => e.id || e.name),
  };
}"""
WIDE = """() => ({
  page: document.documentElement.scrollWidth, window: innerWidth,
  cut: [...document.querySelectorAll("article mjx-container:not([display])")]
    .filter(e => e.offsetParent && !e.closest("table") && e.getBoundingClientRect().right > innerWidth)
    .map(e => e.textContent),
  wide: [...document.querySelectorAll("body *")].filter(e => e.getBoundingClientRect().right > innerWidth + 1)
    .slice(0, 5).map(e => e.tagName + "." + e.className)})"""


# axe-core's rules, the faults that keep someone out; the colours once more in the dark
AXE = """async dark => {
  const rules = dark ? {runOnly: {type: "rule", values: ["color-contrast"]}} : {};
  const found = await axe.run(document, {resultTypes: ["violations"], preload: false, ...rules});
  const bad = found.violations.filter(fault => ["serious", "critical"].includes(fault.impact));
  return bad.flatMap(fault => fault.nodes.map(node => `${fault.id}: ${node.target}: ${node.html.slice(0, 120)}`));
}"""


@dataclass
class Visit:
    """What was seen on one page."""

    url: str
    outside: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    console: list[str] = field(default_factory=list)
    seen: dict = field(default_factory=dict)
    phone: dict = field(default_factory=dict)
    barriers: list[str] = field(default_factory=list)
    sizes: dict[str, int] = field(default_factory=dict)

    @property
    def bytes(self) -> int:
        """Everything that the page loaded, each file once."""
        return sum(self.sizes.values())


def find_browser() -> str:
    """Return the browser's path; skip loudly where there is none, fail where that must not happen (CI)."""
    if path := pdf.find_browser():
        return path
    what = "NO BROWSER FOUND: the pages were NOT tested. Install chromium or set CHROMIUM to its path."
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
        browser = play.chromium.launch(executable_path=path, args=pdf.OPTIONS)
        yield browser
        browser.close()


@contextmanager
def serve(folder: Path) -> Iterator[str]:
    """Serve a folder on this machine only; give the address."""

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *args):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=str(folder)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()


def watched(context, base: str, visit: Visit):
    """Return a new page that writes down what it asks for and what it complains of; nothing leaves this machine."""
    page = context.new_page()

    def ask(route):
        if route.request.url.startswith((base, "data:", "blob:")):
            route.continue_()
        else:
            visit.outside.append(route.request.url)
            route.abort()

    def answered(response):
        visit.sizes[response.url] = int(response.headers.get("content-length", 0))
        if response.status >= 400:
            visit.missing.append(response.url)

    page.route("**/*", ask)
    page.on("response", answered)
    page.on("console", lambda m: visit.console.append(m.text) if m.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: visit.console.append(str(error)))
    return page


@cache
def axe() -> str:
    """Return axe-core's script; the package is only its carrier."""
    found = files("axe-playwright-python") or []
    return next(Path(f.locate()) for f in found if f.name == "axe.min.js").read_text(encoding="utf-8")


def barriers(page, views: Sequence[tuple[str, str]]) -> list[str]:
    """Return what keeps people out, in both themes, at both widths."""
    found = []
    page.evaluate(axe())
    for scheme, size in views:
        width = DESKTOP if size == "desktop" else PHONE
        pause = 100 if width == page.viewport_size else 500  # the theme looks a while later for what scrolls now
        page.set_viewport_size(width)
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        page.wait_for_timeout(pause)
        found += [f"{scheme}, {size}: {fault}" for fault in page.evaluate(AXE, scheme == "dark")]
    return found


def views(url: str) -> Sequence[tuple[str, str]]:
    """Return in which views axe looks at a page: at fewer where pages are alike, as those made from source code."""
    if "/_modules/" in url and not url.endswith(("/index.html", "/explanation.html")):
        return ()
    return VIEWS[::3] if any(kind in url for kind in ("/_modules/", "/book/api", "/book/teach/0")) else VIEWS


def look(context, base: str, url: str) -> Visit:
    """Open one page at desktop width, then, all folds open, at phone width; return what was seen."""
    visit = Visit(url)
    page = watched(context, base, visit)
    page.set_viewport_size(DESKTOP)
    page.goto(url, wait_until="load")
    visit.seen = page.evaluate(LOOK)
    page.evaluate("document.querySelectorAll('details').forEach(fold => { fold.open = true; })")
    visit.barriers = barriers(page, views(url))
    page.set_viewport_size(PHONE)
    page.wait_for_timeout(50)
    visit.phone = page.evaluate(WIDE)
    page.close()
    return visit


def faults(visit: Visit) -> list[str]:
    """Return everything that is wrong with a page by itself."""
    seen, phone = visit.seen, visit.phone
    found = [f"asks outside: {u}" for u in visit.outside]
    found += [f"missing file: {u}" for u in visit.missing] + [f"console: {m}" for m in visit.console]
    found += [f"formula not drawn: number {n}" for n, drawn in enumerate(seen["math"]) if drawn != 1]
    found += [f"formula with an error: {e}" for e in seen["mathErrors"]] + [f"raw TeX: {t}" for t in seen["raw"]]
    found += ["drawn twice or outside a formula"] if seen["typeset"] != len(seen["math"]) else []
    found += [f"image without alt text: {i['src']}" for i in seen["images"] if not (i["alt"] or "").strip()]
    found += [f"image not loaded: {i['src']}" for i in seen["images"] if not i["width"]]
    found += [f"keeps people out: {b}" for b in visit.barriers]
    found += [] if visit.bytes <= HEAVIEST else [f"too heavy: {visit.bytes:,} bytes"]
    found += [] if phone["page"] <= phone["window"] else [f"scrolls sideways on a phone: {phone}"]
    found += [f"formula cut off on a phone: {formula}" for formula in phone["cut"]]
    found += [] if len(seen["h1"]) == 1 else [f"{len(seen['h1'])} first headings: {seen['h1']}"]
    found += [] if seen["lang"] == "en" else [f"language {seen['lang']!r}"]
    return found if seen["title"] else [*found, "no title"]


def broken_links(visits: list[Visit], base: str, folder: Path) -> list[str]:
    """Return links inside the book that lead nowhere: no such file, or no such place in the page."""
    ids = {visit.url: set(visit.seen["ids"]) for visit in visits}
    found = []
    for visit in visits:
        for link in sorted({u for u in visit.seen["links"] if u.startswith(base)}):
            url, place = urldefrag(link)
            file = folder / unquote(url.removeprefix(base).split("?")[0])
            if not file.is_file():
                found.append(f"{visit.url}: {link}: no such file")
            elif place and url in ids and unquote(place) not in ids[url]:
                found.append(f"{visit.url}: {link}: no such place")
    return found
