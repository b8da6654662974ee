"""What many pages need is worked out once, and is the same."""

from __future__ import annotations

from types import SimpleNamespace

from docutils import nodes
from once import shorten, titles_of
from sphinx import addnodes


def page(title: str, *below: nodes.Node) -> nodes.bullet_list:
    """Return a page's contents: its title, and what stands below it."""
    entry = nodes.reference("", title, refuri="page", anchorname="")
    item = nodes.list_item("", addnodes.compact_paragraph("", "", entry))
    if below:
        item += nodes.bullet_list("", *below)
    return nodes.bullet_list("", item)


def test_of_a_page_its_title_and_the_pages_below_it_are_left():
    deeper = addnodes.toctree(entries=[(None, "deeper")])
    section = page("section", deeper)[0]
    short = titles_of(page("title", section, page("another")[0]))
    assert short.astext().split() == ["title"]
    assert [one["entries"] for one in short.findall(addnodes.toctree)] == [
        [(None, "deeper")]
    ]
    assert titles_of(page("alone")).pformat() == page("alone").pformat()


def test_only_who_asks_for_titles_gets_titles():
    env = SimpleNamespace(tocs={"a": page("a", page("section")[0])})
    app, seen = SimpleNamespace(env=env), []
    context = {"toctree": lambda **o: seen.append(env.tocs["a"].astext())}
    shorten(app, "a", "page.html", context, None)
    context["toctree"](titles_only=True)
    context["toctree"]()
    assert [text.split() for text in seen] == [["a"], ["a", "section"]]
