"""One's progress, drawn: a page with a square for each point, a row for each chapter, that needs nothing beside it."""

from __future__ import annotations

from html import escape

SIDE, GAP = 18, 8  # of a square and between two, in pixels
STATES = {"solved": "solved", "begun": "begun", "open": "not begun"}
STYLE = """
:root { color-scheme: light dark; --solved: #1a7f5a; --begun: #d9902f; --open: #8884; }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
table { border-collapse: collapse; } th { text-align: left; font-weight: 500; }
th, td { padding: .35rem 1.2rem .35rem 0; vertical-align: middle; } td.sum { text-align: right; white-space: nowrap; }
svg { display: block; } .solved { fill: var(--solved); } .begun { fill: var(--begun); } .open { fill: var(--open); }
.key { display: flex; flex-wrap: wrap; gap: 1.2rem; padding: 0; list-style: none; }
.key svg { display: inline-block; vertical-align: -4px; margin-right: .4rem; }
.total { height: 1rem; border-radius: .5rem; background: var(--open); overflow: hidden; max-width: 30rem; }
.total div { height: 100%; background: var(--solved); }
@media (max-width: 40rem) { th, td { display: block; padding: .1rem 0; } td.sum { text-align: left; } }
"""


def state(mark) -> str:
    """Return in which of the three states an exercise is."""
    return "solved" if mark.got == mark.stars else "begun" if mark.begun else "open"


def square(x: int, kind: str, words: str = "") -> str:
    """Return one square of a row; `words` is what it says when pointed at."""
    title = f"<title>{escape(words)}</title>" if words else ""
    return f'<rect class="{kind}" x="{x}" width="{SIDE}" height="{SIDE}" rx="4">{title}</rect>'


def row(report) -> str:
    """Return a chapter's row: its name, a group of squares for each exercise, its points."""
    x, drawn, told = 0, [], []
    for mark in report.marks:
        kind = state(mark)
        told.append(f"{mark.name}: {STATES[kind]}")
        for _ in range(mark.stars):
            drawn.append(square(x, kind, f"{mark.name}, {mark.got} of {mark.stars}: {mark.remark}"))
            x += SIDE
        x += GAP
    label = escape("; ".join(told), quote=True)
    name = escape(report.name.removesuffix(".ipynb").replace("_", " "))
    svg = f'<svg role="img" aria-label="{label}" width="{x}" height="{SIDE}">{"".join(drawn)}</svg>'
    return f'<tr><th scope="row">{name}</th><td>{svg}</td><td class="sum">{report.got} of {report.total}</td></tr>'


def left(reports: list) -> str:
    """Return a list of what has been begun and is not solved, with what the checks say about it."""
    lines = [
        f"<li><b>{escape(mark.name)}</b> ({escape(one.name)}): {escape(mark.remark)}</li>"
        for one in reports
        for mark in one.marks
        if state(mark) == "begun"
    ]
    return f"<h2>Begun</h2><ul>{''.join(lines)}</ul>" if lines else ""


def page(reports: list) -> str:
    """Return the whole page; what comes from a notebook is escaped."""
    got, total = sum(one.got for one in reports), sum(one.total for one in reports)
    key = "".join(
        f'<li><svg width="{SIDE}" height="{SIDE}" aria-hidden="true">{square(0, kind)}</svg>{words}</li>'
        for kind, words in STATES.items()
    )
    share = 100 * got / total if total else 0
    return f"""<!doctype html>
<html lang="en">
<meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>{got} of {total} points</title>
<style>{STYLE}</style>
<h1>{got} of {total} points</h1>
<div class="total" aria-hidden="true"><div style="width: {share:.1f}%"></div></div>
<p>A square is a point; squares that touch are one exercise.</p>
<ul class="key">{key}</ul>
<table>
{chr(10).join(map(row, reports))}
</table>
{left(reports)}
</html>
"""
