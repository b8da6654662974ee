"""Tables and plots of book/results/NAME.json, made when the book is built; nothing is typed by hand.

```{results-table} ratings          one table for each data set and split
:metrics: rmse, fit_cpu_s           columns, in order; rows are sorted by the first (default: all)
:data: ml-100k                      only this data set (default: all)
```
```{results-plot} ratings           quality against cost; with `:x: n`, growth: one line per system
:x: fit_cpu_s
:y: rmse
:data: ml-100k
```
```{results-across} realism         one row for each metric, one column for each data set
```
A file or figure that was not measured becomes a sentence that says so.
"""

from __future__ import annotations

import json
from pathlib import Path

from docutils import nodes
from docutils.parsers.rst import directives
from results_names import (
    BY,
    LOWER_IS_BETTER,
    data_name,
    metric_name,
    number,
    setting_name,
    system_name,
)
from results_plot import describe, draw, points
from sphinx.util.docutils import SphinxDirective

RESULTS = Path(__file__).resolve().parents[1] / "results"


def load(name: str) -> dict | None:
    """Return a results file, or None where it was not measured yet."""
    path = RESULTS / f"{name}.json"
    return (
        json.loads(path.read_text(encoding="utf-8"))
        if path.is_file()
        else None
    )


def made_line(made: dict) -> str:
    """Return when, where and with what a file was measured, as a sentence."""
    versions = ", ".join(
        f"{k} {v}" for k, v in sorted(made.get("versions", {}).items())
    )
    return f"Measured {made.get('date')} with Python {made.get('python')} on {made.get('machine')}; {versions}."


def groups(rows: list[dict], keys: tuple[str, ...]) -> dict[tuple, list[dict]]:
    """Return rows by the values of some keys, in order of first appearance."""
    found: dict[tuple, list[dict]] = {}
    for row in rows:
        found.setdefault(tuple(row.get(k, "") for k in keys), []).append(row)
    return found


def best_first(
    systems: dict[tuple, dict[str, dict]], metric: str
) -> list[tuple]:
    """Return the systems sorted by one metric, best first; those without it come last."""
    sign = 1 if metric in LOWER_IS_BETTER else -1
    return sorted(
        systems,
        key=lambda s: (
            metric not in systems[s],
            sign * systems[s].get(metric, {}).get("value", 0),
        ),
    )


class Results(SphinxDirective):
    """What tables and plots share."""

    required_arguments = 1
    option_spec = dict.fromkeys(
        ("metrics", "data", "split", "setting", "without", "alt"),
        directives.unchanged,
    )
    option_spec |= {
        "x": directives.unchanged_required,
        "y": directives.unchanged_required,
    }

    def run(self):
        """Return the nodes, or one sentence where there is nothing to show."""
        self.env.note_dependency(str(RESULTS / f"{self.arguments[0]}.json"))
        results = load(self.arguments[0])
        kept = {
            key: self.options[key]
            for key in ("data", "split", "setting")
            if key in self.options
        }
        rows = [
            r
            for r in (results or {}).get("rows", [])
            if all(r.get(key, "") == value for key, value in kept.items())
        ]
        shown = self.show(rows, results["made"]) if rows else []
        return shown or [self.nothing()]

    def nothing(self) -> nodes.paragraph:
        """Return the sentence for what was not measured."""
        what = self.options.get("data")
        text = f"Not measured yet{': ' + data_name(what) if what else ''}. `make bench` writes this part of the page."
        return nodes.paragraph("", "", nodes.Text(text.replace("`", "")))

    def metrics(self, rows) -> list[str]:
        """Return the metrics to show: those asked for that were measured, else all."""
        asked = [
            m.strip()
            for m in self.options.get("metrics", "").split(",")
            if m.strip()
        ]
        present = list(dict.fromkeys(r["metric"] for r in rows))
        return [m for m in asked if m in present] or present


class ResultsTable(Results):
    """A table for each data set and split."""

    def show(self, rows, made):
        """Return the tables."""
        tables = [
            self.table(*key, group)
            for key, group in groups(rows, ("data", "split")).items()
        ]
        return [*tables, made_node(made)]

    def table(self, data, split, rows):
        """Return one table: a row per system and setting (in the caption, where one was asked for), metrics aside."""
        asked = self.options.get("setting", "")
        metrics = self.metrics(rows)
        systems = {
            s: {r["metric"]: r for r in g}
            for s, g in groups(rows, ("system", "setting")).items()
        }
        ordered = best_first(systems, metrics[0])
        lines = [
            self.cells((s[0], "") if asked else s, systems[s], metrics)
            for s in ordered
        ]
        kept = {s: any(c[2:]) for s, c in zip(ordered, lines, strict=True)}
        body = [cells for cells in lines if any(cells[2:])]
        title = f"{data_name(data)}, {split}" if split else data_name(data)
        title += f": {setting_name(asked)}" if asked else ""
        head = ["System", "Whose", *map(metric_name, metrics)]
        tried = [chosen(systems[s]) for s in ordered if kept[s]]
        if any(tried):
            head.append("Chosen, of how many tries")
            for cells, text in zip(body, tried, strict=True):
                cells.append(text)
        is_ours = [cells[1] == BY["recx"] for cells in body]
        return table_node(title, head, body, is_ours)

    def cells(self, key, by_metric, metrics):
        """Return the texts of one row."""
        name = system_name(" ".join(key).strip())
        whose = BY.get(key[0].split(":")[0], "")
        source = next(
            (r["source"] for r in by_metric.values() if r.get("source")), ""
        )
        return [
            name,
            f"{whose}: {source}" if source else whose,
            *(number(by_metric.get(m)) for m in metrics),
        ]


def chosen(by_metric: dict[str, dict]) -> str:
    """Return the setting that a system's search chose, and of how many.

    >>> chosen({"rmse": {"tries": 12, "chosen": "k=8"}}), chosen({"rmse": {}})
    ('k=8 (12)', '')
    """
    for row in by_metric.values():
        if row.get("tries"):
            return f"{row['chosen']} ({row['tries']})" if row["chosen"] else ""
    return ""


def made_node(made: dict) -> nodes.paragraph:
    """Return the small line under tables that says how they came to be."""
    return nodes.paragraph(
        "", "", nodes.Text(made_line(made)), classes=["made"]
    )


def table_node(
    caption: str,
    head: list[str],
    body: list[list[str]],
    strong: list[bool],
    classes: tuple[str, ...] = (),
) -> nodes.table:
    """Return a table whose texts are plain text (escaped by the writer); the rows in `strong` are bold."""
    title = nodes.title("", caption)
    table = nodes.table("", title, classes=["results", *classes])
    group = nodes.tgroup(cols=len(head))
    table += group
    group += [nodes.colspec(colwidth=1) for _ in head]
    group += nodes.thead("", row_node(head, False))
    rows = nodes.tbody("")
    for cells, is_strong in zip(body, strong, strict=True):
        rows += row_node(cells, is_strong)
    group += rows
    return table


def row_node(cells: list[str], strong: bool) -> nodes.row:
    """Return one table row, bold or plain."""
    row = nodes.row("")
    for cell in cells:
        text = nodes.strong("", cell) if strong else nodes.Text(cell)
        row += nodes.entry("", nodes.paragraph("", "", text))
    return row


class ResultsPlot(Results):
    """Quality against cost, one point per system."""

    def show(self, rows, made):
        """Return the figure, or nothing where fewer than two systems have both figures."""
        x, y = self.options["x"], self.options["y"]
        left_out = self.options.get("without", "").split(",")
        asked = self.options.get("setting", "")
        kept = [
            r | {"setting": "" if asked else r["setting"]}
            for r in rows
            if r["system"] not in left_out
        ]
        found = points(kept, x, y)
        if len(found) < 2:
            return []
        data = rows[0]["data"]
        name = "-".join(
            [self.arguments[0], data, *asked.split(), y, x]
        ).replace("@", "-at-")
        path = Path(self.env.srcdir) / f"_build/plots/{name}.png"
        draw(found, x, y, path)
        image = nodes.image(
            uri=f"/_build/plots/{path.name}",
            alt=self.options.get("alt") or describe(found, x, y),
        )
        path_in_env, _ = self.env.relfn2path(image["uri"], self.env.docname)
        image["uri"] = "/" + path_in_env
        both = len({s.startswith("recx:") for s, _, _ in found}) == 2
        caption = f"{metric_name(y)} against {metric_name(x)[0].lower()}{metric_name(x)[1:]}, {data_name(data)}."
        caption += " Filled: this book." if both else ""
        return [
            nodes.figure(
                "", image, nodes.caption("", caption), align="default"
            )
        ]


class ResultsAcross(Results):
    """A table of metrics by data set: what the sets are like beside each other."""

    def show(self, rows, made):
        """Return the table."""
        names = list(dict.fromkeys(r["data"] for r in rows))
        found = {(r["metric"], r["data"]): r for r in rows}
        body = [
            [metric_name(m), *(number(found.get((m, d))) for d in names)]
            for m in self.metrics(rows)
        ]
        title = "What the data sets are like"
        head, nothing = ["Figure", *map(data_name, names)], [False] * len(body)
        return [table_node(title, head, body, nothing), made_node(made)]


def setup(app):
    """Register with Sphinx."""
    app.add_directive("results-across", ResultsAcross)
    app.add_directive("results-table", ResultsTable)
    app.add_directive("results-plot", ResultsPlot)
    return {
        "version": "1",
        "parallel_read_safe": True,
        "parallel_write_safe": True,
    }
