"""The customers' page in a real browser: list, sentence, why, trial, thumbs; on a phone, in the dark, by keyboard."""

from __future__ import annotations

import threading

import pytest
import uvicorn

from recx_lib.serve import token_for
from recx_lib.serve.app import make_app
from tests import browser as eyes
from tests.service_cases import ANN, SECRET, make_service, put_on_shelf, shop

VIEWS = [("light", eyes.DESKTOP), ("dark", eyes.PHONE)]


@pytest.fixture(scope="module")
def chromium():
    """One browser for all tests here."""
    with eyes.open_browser() as browser:
        yield browser


@pytest.fixture
def served(tmp_path):
    """A service at a door of its own, whose first item has a hostile name."""
    titles = {
        item: f"<img src=x onerror=alert(1)> {item}"
        for item in shop().items.raw
    }
    put_on_shelf(tmp_path, titles=titles)
    service = make_service(tmp_path, f"sqlite:///{tmp_path / 'shop.db'}")
    config = uvicorn.Config(
        make_app(service), port=0, log_level="error", access_log=False
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        while not server.started:
            assert thread.is_alive()
        port = server.servers[0].sockets[0].getsockname()[1]
        yield service, f"http://127.0.0.1:{port}/"
    finally:
        server.should_exit = True
        thread.join()


@pytest.mark.parametrize(
    ("scheme", "size"), VIEWS, ids=["light", "dark phone"]
)
def test_a_customer_reads_asks_why_tries_and_says_no(
    served, chromium, scheme, size
):
    service, base = served
    visit = eyes.Visit(base)
    context = chromium.new_context(color_scheme=scheme, viewport=size)
    page = eyes.watched(context, base, visit)
    page.goto(f"{base}#{token_for(ANN, SECRET)}")
    cards = page.locator(".suggested")
    cards.nth(4).wait_for()
    assert "<img src=x" in cards.first.locator("h2").inner_text()
    first = cards.first.locator("h2").inner_text()
    # by keyboard: the first button is the link's neighbour in the list
    why = cards.first.get_by_role("button", name="Why ")
    why.focus()
    page.keyboard.press("Enter")
    cards.first.locator(".bar").nth(2).wait_for()
    assert why.get_attribute("aria-expanded") == "true"
    assert "speaks for it" in cards.first.inner_text()
    cards.first.get_by_role("button", name="Without ").click()
    cards.first.locator(".tried").wait_for()
    assert "the first would be" in cards.first.locator(".tried").inner_text()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.evaluate(eyes.axe())
    assert page.evaluate(eyes.AXE, False) == []
    # thumbs: kept, and gone from the list
    cards.first.get_by_role("button", name="Not this: ").click()
    page.get_by_text("Thank you, it is kept.").wait_for()
    page.wait_for_function(
        "first => document.querySelector('h2').textContent !== first",
        arg=first,
    )
    assert len(service.store.standing(ANN).hidden) == 1
    assert visit.outside == visit.missing == visit.console == []
    context.close()


def test_without_a_token_it_says_so(served, chromium):
    context = chromium.new_context()
    page = context.new_page()
    page.goto(served[1])
    page.get_by_text("no token: open your own link").wait_for()
    page.goto(served[1] + "docs")
    assert page.locator("tr").count() == 7
    context.close()
