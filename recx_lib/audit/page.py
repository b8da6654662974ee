"""Chapter 21: an audit as one page that needs nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.metadata import version

import numpy as np
from jinja2 import Environment, PackageLoader
from markupsafe import Markup, escape

from recx_lib.audit.explainers import FLOORS
from recx_lib.audit.figures import MODEL, TRUE
from recx_lib.audit.report import is_stand_in

STAND_IN = "What was questioned is a stand-in that differs from the model."
WIDTH, ROW, EDGE = 440, 34, 16  # of a plot, in its own units


def audit_page(report: dict, source: str = "") -> str:
    """Return an audit's report as one HTML page.

    Style and plots are inside; nothing is fetched. Every name and text from
    the table or the model is escaped. `source` says where the table came from.

    >>> empty = {"truth": [], "cases": [], "warnings": [], "quality": []}
    >>> empty |= {"applies": [], "checklist": [], "tried": 0}
    >>> empty["settings"] = {"sample": 1, "users": 1, "seed": 0, "k": 3}
    >>> empty["model"] = {"name": "<b>", "note": "no door"}
    >>> empty["data"] = {"rows": 1, "users": 1, "items": 1, "held_out": 1}
    >>> empty["data"] |= {"learned_from": 1, "how": "", "log": []}
    >>> "<title>Audit of &lt;b&gt;</title>" in audit_page(empty)
    True
    """
    # every value is escaped by the template
    loader = PackageLoader("recx_lib.audit", ".")
    pages = Environment(loader=loader, autoescape=True)
    pages.filters["big"] = "{:,}".format
    template = pages.get_template("page.html.j2")
    # dots with intervals: truth, then quality
    truth = [row for row in report["truth"] if row["truth"] is not None]
    dots = [_dot(row, row["method"], "truth") for row in truth]
    ndcg = [q for q in report["quality"] if q["metric"] == "ndcg@10"]
    bars = [_dot(row, row["system"], "value") for row in ndcg]
    # the report, and all that the page draws from it
    about = {"r": report, "version": version("recx-lib"), "source": source}
    about["short"] = in_short(report)
    title = "Truth of each explainer, with intervals"
    about["truth_plot"] = _plot(dots, title, 1.0)
    title = "NDCG@10 of each system, with intervals"
    about["quality_plot"] = _plot(bars, title)
    return template.render(num=_number, share=_share, kind=_kind, **about)


def in_short(report: dict) -> list[str]:
    """Return the answer in a few sentences.

    >>> in_short({"truth": [], "quality": [], "model": {"name": "SVD"}})
    ['No explanation of SVD can be tested as it stands.']
    """
    # 1. How good.
    lines = []
    ndcg = [q for q in report["quality"] if q["metric"] == "ndcg@10"]
    if ndcg:
        told = [f"{q['system']} {q['value']:.3f}" for q in ndcg]
        lines.append(f"NDCG@10: {', '.join(told)}.")
    # 2. Whether anything could be tested, and on what.
    tried = [row for row in report["truth"] if row["method"] not in FLOORS]
    if not tried:
        name = report["model"]["name"]
        return [
            *lines,
            f"No explanation of {name} can be tested as it stands.",
        ]
    if is_stand_in(report):
        lines.append(STAND_IN)
    if report["idle"] > 0.1:
        lines.append(f"In {report['idle']:.0%} of the cases nothing moves it.")
    # 3. Which explanations hold, and what they are worth.
    true = [row["method"] for row in tried if row["verdict"] == TRUE]
    false = [row["method"] for row in tried if row["verdict"] != TRUE]
    if true:
        whom = "the stand-in" if is_stand_in(report) else "this model"
        lines.append(f"Tell the truth about {whom}: {'; '.join(true)}.")
    if false:
        lines.append(f"Are not shown to: {'; '.join(false)}.")
    best = max(tried, key=lambda row: _or_least(row["truth"]))
    rows = [best, *[r for r in report["truth"] if r["method"] in FLOORS]]
    worth = [f"{row['method']} {_number(row['truth'])}" for row in rows]
    return [*lines, f"Worth, of 1: {'; '.join(worth)}."]


def _dot(row: dict, name: str, value: str) -> tuple:
    """Return (name, value, low, high, class) of one line of a plot."""
    kind = "own" if name == MODEL else "plain"
    if "verdict" in row:
        kind = {"true": "truly", "bad": "lies", "floor": "plain"}[_kind(row)]
    return name, row[value], row["low"], row["high"], kind


def _kind(row: dict) -> str:
    """Return the class of a verdict: true, bad or floor."""
    if row["method"] in FLOORS:
        return "floor"
    return "true" if row["verdict"] == TRUE else "bad"


def _or_least(value: float | None) -> float:
    return -np.inf if value is None else value


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.2f}".replace("-", "−")


def _share(value: float | None) -> str:
    return "–" if value is None else f"{value:.0%}"


def _plot(
    dots: Sequence[tuple], title: str, end: float | None = None
) -> Markup:
    """Return an inline SVG: one dot with its interval per line, name above.

    Each of `dots` is (name, value, low, high, class). The axis runs from 0,
    or the lowest, to `end`, or the highest.

    >>> svg = _plot([("<own>", 0.5, 0.4, 0.6, "own")], "Truth", 1.0)
    >>> svg.count("<circle"), "&lt;own&gt;" in svg
    (1, True)
    """
    if not dots:
        return Markup("")
    # 1. A scale that holds zero, the end and every interval.
    low = min(0.0, *[dot[2] for dot in dots])
    high = max(end or 0.0, *[dot[3] for dot in dots]) or 1.0
    scale = (WIDTH - 2 * EDGE) / (high - low)
    height = ROW * len(dots) + 24
    zero = EDGE - low * scale
    parts = [_vertical(zero, height, "0")]
    if end is not None:
        parts.append(_vertical(EDGE + (end - low) * scale, height, f"{end:g}"))
    # 2. A line for each: name, interval, dot.
    for line, (name, value, left, right, kind) in enumerate(dots):
        x1, x, x2 = (EDGE + (v - low) * scale for v in (left, value, right))
        y = ROW * line + 26
        text = f"{escape(name)} <tspan class='soft'>{value:.2f}</tspan>"
        parts.append(f"<text x='{EDGE}' y='{y - 10}'>{text}</text>")
        ends = f"x1='{x1:.1f}' x2='{x2:.1f}' y1='{y}' y2='{y}'"
        parts.append(f"<line class='{kind}' {ends}/>")
        parts.append(f"<circle class='{kind}' cx='{x:.1f}' cy='{y}' r='4'/>")
    # 3. The same, for who does not see it.
    told = "; ".join(f"{dot[0]} {dot[1]:.2f}" for dot in dots)
    about = f"role='img' aria-label='{escape(title)}: {escape(told)}'"
    box = f"viewBox='0 0 {WIDTH} {height}'"
    return Markup(f"<svg {box} {about}>{''.join(parts)}</svg>")


def _vertical(x: float, height: int, label: str) -> str:
    """Return a thin upright line with its number below."""
    ends = f"x1='{x:.1f}' x2='{x:.1f}' y1='4' y2='{height - 16}'"
    text = f"<text class='soft' x='{x - 4:.1f}' y='{height - 3}'>{label}"
    return f"<line class='axis' {ends}/>{text}</text>"
