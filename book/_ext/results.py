"""Tables and plots of book/results/NAME.json, made when the book is built; nothing is typed by hand.

```{results-table} ratings          one table for each data set and split
:metrics: rmse, fit_cpu_s           columns, in order; rows are sorted by the first (default: all)
:more: mae, per_s                   a folded table below with these, too; `*` for all that was measured
:data: ml-100k                      only this data set (default: all)
```
```{results-plot} ratings           quality against cost; with `:x: n`, growth: one line per system
:x: fit_cpu_s
:y: rmse
:data: ml-100k
```
```{results-across} realism         one row for each metric, one column for each data set
```
```{results-by-data} attention      one metric, `:metrics:`; one row for each system, one column for each data set
```
Whose a row is, the type says: bold for this book, italics for floors; a line below each table repeats it in words.
A file or figure that was not measured becomes a sentence that says so.
"""

from __future__ import annotations

import json
from html import escape
from pathlib import Path

from docutils import nodes
from docutils.parsers.rst import directives
from results_names import (
    LOWER_IS_BETTER,
    data_name,
    metric_name,
    number,
    parts,
    setting_name,
    system_name,
)
from results_plot import describe, draw, draw_dots, points
from sphinx.util.docutils import SphinxDirective

WIDEST = 6  # columns of figures that fit beside their names
FEW = 6  # rows of a data set that share a table with another's
LONGEST, SHOWN = 16, 12  # rows of a table that is shown whole; of another
LEGEND = {
    "recx": "Bold: this book",
    "peer": "plain: other programs, same run",
    "published": "plain, with a source: as published",
    "floor": "italics: floors, which look at no model",
}
MARKS = {
    "recx": "Filled circles: this book",
    "peer": "squares: other programs",
    "floor": "crosses: floors",
}
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
        ("metrics", "more", "data", "split", "setting", "without", "alt")
        + ("needs",),
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
        measured = rows and self.metrics(rows)
        shown = self.show(rows, results["made"]) if measured else []
        return shown or [self.nothing()]

    def nothing(self) -> nodes.paragraph:
        """Return the sentence for what was not measured."""
        what = self.options.get("data")
        text = f"Not measured yet{': ' + data_name(what) if what else ''}. `make bench` writes this part of the page."
        return nodes.paragraph("", "", nodes.Text(text.replace("`", "")))

    def metrics(self, rows) -> list[str]:
        """Return the metrics to show: those asked for that were measured; all where none was asked for."""
        asked = [
            m.strip()
            for m in self.options.get("metrics", "").split(",")
            if m.strip()
        ]
        present = list(dict.fromkeys(r["metric"] for r in rows))
        return [m for m in asked if m in present] if asked else present


class ResultsTable(Results):
    """A table for each data set and split, and what else was measured, folded."""

    def show(self, rows, made):
        """Return the tables, and where nothing that was asked for was measured."""
        every = groups(rows, ("data", "split")).items()
        found = [(key, group) for key, group in every if self.metrics(group)]
        there = {key[0] for key, _ in found}
        every_data = dict.fromkeys(key[0] for key, _ in every)
        missing = [data for data in every_data if data not in there]
        if len(found) > 1 and all(one_row(group) for _, group in found):
            tables = [self.by_data(found)]  # not a table for each row
        elif len(found) > 1 and all(map(self.is_short, groups_of(found))):
            tables = [self.joined(found)]  # not a table for a few rows
        else:
            tables = [node for key, g in found for node in self.short(*key, g)]
        folded = [
            fold for key, group in found for fold in self.folded(*key, group)
        ]
        silent = [self.absent(missing)] if missing else []
        return [*tables, *silent, legend(rows), *folded, made_node(made)]

    def absent(self, missing):
        """Return the sentence that names the data sets without these figures."""
        names = ", ".join(map(data_name, missing))
        return nodes.paragraph(
            "",
            "",
            nodes.Text(f"Not there to measure: {names}."),
            classes=["made"],
        )

    def folded(self, data, split, rows):
        """Return the full table, in parts that fit, under a fold; nothing where nothing more was asked for."""
        asked = self.options.get("more", "")
        if not asked:
            return []
        present = list(dict.fromkeys(r["metric"] for r in rows))
        first = self.metrics(rows)
        more = [m.strip() for m in asked.split(",")]
        rest = [
            m
            for m in present
            if m not in first and (asked == "*" or m in more)
        ]
        whole = [*first, *rest]
        starts = range(0, len(whole), WIDEST) if rest else []
        tables = [
            self.table(data, split, rows, whole[n : n + WIDEST])
            for n in starts
        ]
        said = escape(f"All figures: {self.title(data, split)}")
        summary = nodes.raw("", OPEN.format(said), format="html")
        return (
            [summary, *tables, nodes.raw("", "</details>", format="html")]
            if tables
            else []
        )

    def by_data(self, found):
        """Return one table for a system with one row for each data set: the sets are its rows."""
        rows = [row for _, group in found for row in group]
        metrics = self.metrics(rows)
        body = []
        for (data, split), group in found:
            by_metric = {row["metric"]: row for row in group}
            name = f"{data_name(data)}, {split}" if split else data_name(data)
            body.append([name, *(parts(by_metric.get(m)) for m in metrics)])
        system, asked = rows[0]["system"], self.options.get("setting", "")
        said = [system_name(system), *filter(None, [setting_name(asked)])]
        head = ["Data", *map(metric_name, metrics)]
        whose = [whose_of(system)] * len(body)
        return table_node(": ".join(said), head, body, whose)

    def is_short(self, rows):
        """Return whether a group's rows can share a table with another's."""
        told = any(row.get("tries") or row.get("source") for row in rows)
        metrics = self.metrics(rows)
        shown = [s for s in self.systems(rows).values() if s.keys() & metrics]
        return len(shown) <= FEW and not told and len(metrics) < WIDEST - 2

    def joined(self, found):
        """Return one table of a few rows for each data set, which stands in the first column."""
        rows = [row for group in groups_of(found) for row in group]
        metrics, body, whose = self.metrics(rows), [], []
        splits = {split for (_, split), _ in found}
        same = splits.pop() if len(splits) == 1 else None  # said once, above
        for (data, split), group in found:
            own = "" if split == same else split
            name = ", ".join(filter(None, [data_name(data), own]))
            systems = self.systems(group)
            for key in best_first(systems, self.metrics(group)[0]):
                cells = self.cells(key, systems[key], metrics)
                if any(cells[1:]):
                    body.append([name, *cells])
                    whose.append(whose_of(key[0]))
                    name = ""  # stands beside the first of its rows
        asked = self.options.get("setting", "")
        said = setting_name(asked) if asked else "All data sets"
        caption = ", ".join(filter(None, [said, same]))
        head = ["Data", "System", *map(metric_name, metrics)]
        return table_node(caption, head, body, whose, ("joined",))

    def systems(self, rows):
        """Return the figures of each system and setting that has the metric which the table needs, if any."""
        needed = self.options.get("needs")
        found = {
            key: {row["metric"]: row for row in group}
            for key, group in groups(rows, ("system", "setting")).items()
        }
        return {
            key: by_metric
            for key, by_metric in found.items()
            if needed in (None, *by_metric)
        }

    def short(self, data, split, rows):
        """Return a table; of a long one the first rows, and the whole below a fold."""
        whole = self.table(data, split, rows, self.metrics(rows))
        first = whole.deepcopy()
        body = next(first.findall(nodes.tbody))
        if len(body) <= LONGEST:
            return [whole]
        body[:] = body[:SHOWN]
        said = f"All {len(next(whole.findall(nodes.tbody)))} rows: {self.title(data, split)}"
        fold = nodes.raw("", OPEN.format(escape(said)), format="html")
        return [first, fold, whole, nodes.raw("", "</details>", format="html")]

    def title(self, data, split):
        """Return a table's caption: the data, the split, and the setting where one was asked for."""
        asked = self.options.get("setting", "")
        title = f"{data_name(data)}, {split}" if split else data_name(data)
        return f"{title}: {setting_name(asked)}" if asked else title

    def table(self, data, split, rows, metrics):
        """Return one table: a row per system and setting (in the caption, where one was asked for)."""
        systems = self.systems(rows)
        ordered = best_first(systems, self.metrics(rows)[0])
        body, whose, tried = [], [], []
        for key in ordered:
            cells = self.cells(key, systems[key], metrics)
            if any(cells[1:]):
                body.append(cells)
                whose.append(whose_of(key[0]))
                tried.append(chosen(systems[key]))
        head = ["System", *map(metric_name, metrics)]
        if any(tried):
            head.append("Chosen, of how many tries")
            body = [
                [*cells, text] for cells, text in zip(body, tried, strict=True)
            ]
        return table_node(self.title(data, split), head, body, whose)

    def cells(self, key, by_metric, metrics):
        """Return one row: its name, with a source below it, and its figures, with intervals below them."""
        system = key[0].replace(" ", "-")  # what follows a blank is a setting
        shown = (system, "" if self.options.get("setting") else key[1])
        sources = [r["source"] for r in by_metric.values() if r.get("source")]
        name = system_name(" ".join(shown).strip())
        first = (name, sources[0]) if sources else name
        return [first, *(parts(by_metric.get(m)) for m in metrics)]


OPEN = '<details class="more"><summary>{}</summary>'


def groups_of(found: list[tuple]) -> list[list[dict]]:
    """Return the rows of each of the groups, without their keys."""
    return [group for _, group in found]


def one_row(rows: list[dict]) -> bool:
    """Return whether a group's rows are of one system in one setting, nothing searched or cited."""
    told = any(row.get("tries") or row.get("source") for row in rows)
    return not told and len(groups(rows, ("system", "setting"))) == 1


def whose_of(system: str) -> str:
    """Return whose a system is: recx, peer, published or floor."""
    return system.partition(":")[0]


def legend(rows: list[dict]) -> nodes.paragraph:
    """Return in words what the type says, for the kinds of rows that are there."""
    kinds = {whose_of(row["system"]) for row in rows}
    text = "; ".join(said for kind, said in LEGEND.items() if kind in kinds)
    return nodes.paragraph(
        "", "", nodes.Text(f"{text[:1].upper()}{text[1:]}."), classes=["made"]
    )


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
    body: list[list],
    whose: list[str],
    classes: tuple[str, ...] = (),
) -> nodes.table:
    """Return a table; a cell is plain text (escaped by the writer), or a pair of which the second stands small below.

    `whose` says for each row how it is set: recx in bold, floor in italics.
    """
    title = nodes.title("", caption)
    table = nodes.table("", title, classes=["results", *classes])
    group = nodes.tgroup(cols=len(head))
    table += group
    group += [nodes.colspec(colwidth=1) for _ in head]
    group += nodes.thead("", row_node(head, ""))
    rows = nodes.tbody("")
    for cells, by in zip(body, whose, strict=True):
        rows += row_node(cells, by)
    group += rows
    return table


SET = {"recx": nodes.strong, "floor": nodes.emphasis}


def row_node(cells: list, by: str) -> nodes.row:
    """Return one table row, its text set as whose it is."""
    row = nodes.row("")
    for cell in cells:
        text, small = (cell, "") if isinstance(cell, str) else cell
        said = SET[by]("", text) if by in SET else nodes.Text(text)
        paragraph = nodes.paragraph("", "", said)
        if small:
            paragraph += nodes.Text(" ")
            paragraph += nodes.inline("", small, classes=["below"])
        row += nodes.entry("", paragraph)
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
        both = len({s.startswith("recx:") for s, _, _ in found}) == 2
        caption = f"{metric_name(y)} against {metric_name(x)[0].lower()}{metric_name(x)[1:]}, {data_name(data)}."
        caption += " Filled: this book." if both else ""
        alt = self.options.get("alt") or describe(found, x, y)
        return [figure_node(self.env, path, alt, caption)]


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
        head, nobody = ["Figure", *map(data_name, names)], [""] * len(body)
        return [table_node(title, head, body, nobody), made_node(made)]


class ResultsByData(Results):
    """A table of one metric: systems, in each of their settings, by data sets."""

    def show(self, rows, made):
        """Return the table."""
        metric, asked = self.metrics(rows)[0], self.options.get("setting", "")
        rows = [r for r in rows if r["metric"] == metric]
        names = list(dict.fromkeys(r["data"] for r in rows))
        systems = {}  # of each, a row by data set
        for row in rows:
            setting = "" if asked else row.get("setting", "")
            by_data = systems.setdefault((row["system"], setting), {})
            by_data[row["data"]] = row
        body = [
            [
                system_name(" ".join(key).strip()),
                *(parts(by_data.get(d)) for d in names),
            ]
            for key, by_data in systems.items()
        ]
        title = metric_name(metric) + (
            f", {setting_name(asked)}" if asked else ""
        )
        head = ["System", *map(data_name, names)]
        whose = [whose_of(system) for system, _ in systems]
        table = table_node(title, head, body, whose)
        return [table, legend(rows), made_node(made)]


class ResultsDots(Results):
    """One metric as dots on a line with their intervals, a line for each system, best first."""

    def show(self, rows, made):
        """Return the figure."""
        metric = self.metrics(rows)[0]
        left_out = [
            s.strip() for s in self.options.get("without", "").split(",")
        ]
        asked = self.options.get("setting", "")
        rows = [
            r
            for r in rows
            if r["metric"] == metric and r["system"] not in left_out
        ]
        systems = {
            (r["system"], "" if asked else r.get("setting", "")): {metric: r}
            for r in rows
        }
        order = best_first(systems, metric)
        ranked = [(key, systems[key]) for key in order]
        lines = [
            (" ".join((key[0].replace(" ", "-"), key[1])).strip(), one[metric])
            for key, one in ranked
        ]
        where = [
            self.arguments[0],
            rows[0]["data"],
            *asked.split(),
            metric,
            "dots",
        ]
        path = (
            Path(self.env.srcdir)
            / f"_build/plots/{'-'.join(where).replace('@', '-at-')}.png"
        )
        draw_dots(lines, metric, path)
        spoken = "; ".join(
            f"{system_name(key)} {number(row)}" for key, row in lines
        )
        caption = f"{metric_name(metric)}, {data_name(rows[0]['data'])}"
        caption += f", {setting_name(asked)}" if asked else ""
        kinds = {whose_of(key) for key, _ in lines}
        caption += f". {'; '.join(said for kind, said in MARKS.items() if kind in kinds)}."
        caption += (
            " A line is the 95 % interval."
            if any(row.get("low") is not None for _, row in lines)
            else ""
        )
        return [
            figure_node(
                self.env,
                path,
                f"{metric_name(metric)} by system: {spoken}.",
                caption,
                width=572,
            )
        ]


def figure_node(
    env, path: Path, alt: str, caption: str, width: int = 704
) -> nodes.figure:
    """Return a drawn picture with its caption, at half its size in pixels."""
    image = nodes.image(
        uri=f"/_build/plots/{path.name}", alt=alt, width=f"{width}px"
    )
    path_in_env, _ = env.relfn2path(image["uri"], env.docname)
    image["uri"] = "/" + path_in_env
    return nodes.figure("", image, nodes.caption("", caption), align="default")


def setup(app):
    """Register with Sphinx."""
    app.add_directive("results-across", ResultsAcross)
    app.add_directive("results-by-data", ResultsByData)
    app.add_directive("results-dots", ResultsDots)
    app.add_directive("results-table", ResultsTable)
    app.add_directive("results-plot", ResultsPlot)
    return {
        "version": "1",
        "parallel_read_safe": True,
        "parallel_write_safe": True,
    }
