"""Chapter 17: the page for customers, and one for those who write programs.

Nothing is loaded from elsewhere. What comes from data is put in as text
(`textContent`) or escaped, never as HTML. Plumbing.
"""

from __future__ import annotations

from html import escape

STYLE = """
:root { color-scheme: light dark; --back: #fff; --ink: #1d2733;
  --line: #b8c0c8; --bar: #0b6aa8; --soft: #5a6673; }
@media (prefers-color-scheme: dark) {
  :root { --back: #14191f; --ink: #e8edf2; --line: #4a5560;
    --bar: #6cb8f0; --soft: #a9b4bf; } }
* { box-sizing: border-box; }
body { font: 1rem/1.5 system-ui, sans-serif; max-width: 44rem;
  margin: 0 auto; padding: 1rem; background: var(--back);
  color: var(--ink); overflow-wrap: anywhere; }
ol, ul { padding-left: 1.5rem; }
.suggested { border-top: 1px solid var(--line); padding: .75rem 0; }
h1 { font-size: 1.5rem; } h2 { font-size: 1.1rem; margin: 0; }
button { font: inherit; padding: .4rem .8rem; margin: .25rem .5rem 0 0;
  min-height: 44px; min-width: 44px; border: 1px solid var(--line);
  border-radius: .4rem; background: transparent; color: inherit; }
button:focus-visible { outline: 3px solid var(--bar); }
.bar { display: block; height: .6rem; background: var(--bar);
  border-radius: .2rem; min-width: 2px; }
.against { background: none; border: 2px solid var(--bar); }
.how { color: var(--soft); font-size: .9rem; }
td, th { text-align: left; vertical-align: top; padding: .25rem .75rem 0 0; }
"""

SHOP = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Why this?</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="icon" href="data:,"><link rel="stylesheet" href="/shop.css">
<script src="/shop.js" defer></script></head>
<body><main><h1>For you, and why</h1>
<p id="status" role="status">One moment …</p><ol id="list"></ol>
<p class="how">Every list and reason is made from what you have. Nothing else
about you is used. <a href="/docs">For programs</a></p>
</main></body></html>
"""

SCRIPT = """"use strict";
// the token stands after the # of the address, which is never sent anywhere
const token = decodeURIComponent(location.hash.slice(1));
const spot = id => document.getElementById(id);

function make(tag, text, look) {
  const made = document.createElement(tag);
  made.textContent = text || "";  // text, never HTML
  if (look) made.className = look;
  return made;
}

async function ask(path, body) {
  const headers = {"Authorization": "Bearer " + token};
  if (body) headers["Content-Type"] = "application/json";
  const how = {method: body ? "POST" : "GET", headers: headers};
  if (body) how.body = JSON.stringify(body);
  const answer = await fetch(path, how);
  const told = await answer.json();
  if (!answer.ok) throw new Error(told.detail);
  return told;
}

function button(text, label, act) {
  const made = make("button", text);
  made.type = "button";
  made.setAttribute("aria-label", label);
  made.addEventListener("click", async () => {
    made.disabled = true;
    try { await act(made); }
    catch (error) { spot("status").textContent = error.message; }
    made.disabled = false;
  });
  return made;
}

async function why(one, place) {
  if (place.childElementCount) { place.replaceChildren(); return; }
  const told = await ask("/explain?item=" + encodeURIComponent(one.item));
  const largest = Math.max(...told.because.map(c => Math.abs(c.weight)));
  const list = make("ul");
  for (const cited of told.because.slice(0, 5)) {
    const side = cited.weight < 0 ? "speaks against it" : "speaks for it";
    const line = make("li", cited.title + " " + side);
    const bar = make("span", "", cited.weight < 0 ? "bar against" : "bar");
    bar.style.width = 100 * Math.abs(cited.weight) / largest + "%";
    line.append(bar);
    list.append(line);
  }
  const tried = button("Try it: without the first", "Without "
    + (told.because[0] || {}).title, () => without(told.because[0], place));
  place.append(make("p", "This explanation is " + told.how
    + ", of model " + told.model + ".", "how"), list);
  if (told.because.length) place.append(tried);
}

async function without(cited, place) {
  const told = await ask("/what-if", {without: [cited.item]});
  const says = place.querySelector(".tried") || make("p", "", "tried");
  says.textContent = "Without " + cited.title + " the first would be "
    + told.titles[0] + ".";
  place.append(says);
}

function card(one) {
  const made = make("li", "", "suggested");
  const place = make("div");
  const open = button("Why?", "Why " + one.title + "?", async made => {
    await why(one, place);
    open.setAttribute("aria-expanded", place.childElementCount > 0);
  });
  open.setAttribute("aria-expanded", "false");
  const say = (kind, text, label) => button(text, label + one.title, () =>
    tell(one, kind));
  made.append(make("h2", one.title), make("p", one.sentence), open,
    say("up", "\\u{1F44D}", "Good: "), say("down", "\\u{1F44E}", "Not this: "),
    place);
  return made;
}

async function tell(one, kind) {
  const key = crypto.randomUUID();
  await ask("/feedback", {item: one.item, kind: kind, key: key});
  spot("status").textContent = "Thank you, it is kept.";
  if (kind === "down") await show();
}

async function show() {
  const told = await ask("/recommend?n=5");
  spot("list").replaceChildren(...told.items.map(card));
}

show().then(() => { spot("status").textContent = ""; },
  error => { spot("status").textContent = error.message; });
"""


def docs_page(schema: dict) -> str:
    """Return the routes of an OpenAPI schema as a page without scripts."""
    # a row for each route: what it does, what it asks
    rows = []
    for path, methods in schema["paths"].items():
        for method, about in methods.items():
            asked = [f["name"] for f in about.get("parameters", ())]
            cells = f"{method.upper()} {path}", about.get("description", "")
            cells = *cells, ", ".join(asked) or "–"
            shown = "".join(f"<td>{escape(cell)}</td>" for cell in cells)
            rows.append(f"<tr>{shown}</tr>")
    head = SHOP.partition("<script")[0] + "</head>"
    title = escape(schema["info"]["title"])
    return (
        f"{head}<body><main><h1>{title}</h1><p>Who asks is said by a header, "
        "<code>Authorization: Bearer …</code>. Every field stands in "
        '<a href="/openapi.json">openapi.json</a>.</p><table><tr><th>route'
        f"<th>what<th>asked</tr>{''.join(rows)}</table></main></body></html>"
    )
