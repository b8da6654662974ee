"""How far a conclusion carries: the same question to three shops, and a verdict from intervals alone.

```{results-carry} shops            one row for each conclusion, one column for each shop
```
```{results-carry-plot} shops       the same in pictures
```
A conclusion holds where the interval of the book's system lies beyond those of all its rivals, falls where it lies
short of one of them, and is open where intervals overlap.
"""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from docutils import nodes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from results import Results, figure_node, made_node, table_node
from results_names import LOWER_IS_BETTER, metric_name, number, system_name
from results_plot import DPI, OTHER, OWN

SHOPS = {"shop-kind": "kind", "shop": "middle", "shop-harsh": "harsh"}
REASON_FLOORS = (
    "floor:care-times-fame",
    "floor:most-praised",
    "floor:most-talked-of",
    "floor:random",
)


class Conclusion(NamedTuple):
    """What the book concludes: `system` is better than each of `rivals`; without rivals, perfect."""

    claim: str
    metric: str
    system: str
    rivals: tuple[str, ...] = ()


CONCLUSIONS = (
    Conclusion(
        "Words beat biases", "rmse", "recx:linear-profile", ("floor:biases",)
    ),
    Conclusion(
        "Words beat factors", "rmse", "recx:linear-profile", ("recx:als",)
    ),
    Conclusion(
        "Words with learned tastes beat factors",
        "rmse",
        "recx:mlp",
        ("recx:als",),
    ),
    Conclusion(
        "The linear profile's largest term is the true reason",
        "hit1",
        "recx:linear-profile",
        REASON_FLOORS,
    ),
    Conclusion(
        "Occlusion of the network finds the true reason",
        "hit1",
        "recx:mlp-occlusion",
        REASON_FLOORS,
    ),
    Conclusion(
        "Rules of the network find the true reason",
        "hit1",
        "recx:mlp-rules",
        REASON_FLOORS,
    ),
    Conclusion(
        "Sixteen rules with the sum imitate the network",
        "fidelity_r2",
        "recx:rules-of-mlp",
        ("floor:item-mean", "floor:both-means"),
    ),
    Conclusion(
        "Attention looks where it matters",
        "move",
        "recx:attention-map",
        ("floor:random-history",),
    ),
    Conclusion(
        "What the miner hears is said",
        "precision",
        "recx:mining",
        ("floor:list-and-stars",),
    ),
    Conclusion(
        "The miner hears most of what is said",
        "recall",
        "recx:mining",
        ("floor:list-and-stars",),
    ),
    Conclusion(
        "The miner tells praise from blame",
        "polarity_accuracy",
        "recx:mining",
        ("floor:list-and-stars",),
    ),
    Conclusion(
        "The grammar says what it was given to say",
        "read_back",
        "recx:grammar",
    ),
    Conclusion(
        "The sides that it names are true",
        "side_true",
        "recx:grammar",
        ("floor:always-praise",),
    ),
)


def found(
    rows: list[dict], shop: str, metric: str, system: str
) -> dict | None:
    """Return the row of a system's figure, in its plain setting."""
    asked = {"data": shop, "metric": metric, "system": system, "setting": ""}
    return next(
        (
            row
            for row in rows
            if all(row[key] == value for key, value in asked.items())
        ),
        None,
    )


def verdict(rows: list[dict], shop: str, asked: Conclusion) -> str:
    """Return "holds", "open" or "falls", or nothing where it was not measured."""
    own = found(rows, shop, asked.metric, asked.system)
    rivals = [found(rows, shop, asked.metric, rival) for rival in asked.rivals]
    if own is None or None in rivals:
        return ""
    if not rivals:
        return "holds" if own["value"] == 1 else "falls"
    sign = -1 if asked.metric in LOWER_IS_BETTER else 1
    best, worst = ("low", "high") if sign > 0 else ("high", "low")
    if all(sign * own[best] > sign * rival[worst] for rival in rivals):
        return "holds"
    return (
        "falls"
        if any(sign * own[worst] < sign * rival[best] for rival in rivals)
        else "open"
    )


def best_rival(rows: list[dict], shop: str, asked: Conclusion) -> dict | None:
    """Return the row of the strongest rival."""
    sign = -1 if asked.metric in LOWER_IS_BETTER else 1
    rivals = [found(rows, shop, asked.metric, rival) for rival in asked.rivals]
    return max(
        (row for row in rivals if row),
        key=lambda row: sign * row["value"],
        default=None,
    )


def reach(verdicts: list[str]) -> str:
    """Return on which shops a conclusion holds, in words; `verdicts` in the order of `SHOPS`.

    >>> reach(["holds", "open", "falls"]), reach(["holds"] * 3), reach(["open"] * 3)
    ('the kind shop alone', 'all three', 'none')
    """
    names = [
        name
        for name, said in zip(SHOPS.values(), verdicts, strict=True)
        if said == "holds"
    ]
    if names == ["kind"]:
        return "the kind shop alone"
    return {0: "none", 3: "all three"}.get(len(names), " and ".join(names))


class Carry(Results):
    """A row for each conclusion: on each shop the system, its strongest rival, and the verdict."""

    def show(self, rows, made):
        """Return the table, and how to count it."""
        head = [
            "Conclusion",
            "Measured by",
            *(f"The {name} shop" for name in SHOPS.values()),
            "Holds on",
        ]
        body, alone = [], 0
        for asked in CONCLUSIONS:
            verdicts = [verdict(rows, shop, asked) for shop in SHOPS]
            cells = [
                self.cell(rows, shop, asked, said)
                for shop, said in zip(SHOPS, verdicts, strict=True)
            ]
            body.append(
                [
                    asked.claim,
                    metric_name(asked.metric),
                    *cells,
                    reach(verdicts),
                ]
            )
            alone += body[-1][-1] == "the kind shop alone"
        whole = sum(cells[-1] == "all three" for cells in body)
        text = f"Of {len(body)} conclusions {whole} hold on all three shops, {alone} on the kind shop alone (in bold)."
        return [
            carry_table(head, body),
            nodes.paragraph("", "", nodes.Text(text)),
            made_node(made),
        ]

    def cell(self, rows, shop, asked, said) -> str:
        """Return a verdict with the figures that it comes from."""
        own, rival = (
            found(rows, shop, asked.metric, asked.system),
            best_rival(rows, shop, asked),
        )
        if not said:
            return ""
        against = (
            f"; {system_name(rival['system'])} {number(rival)}"
            if rival
            else ""
        )
        return f"{said}: {number(own)}{against}"


def carry_table(head: list[str], body: list[list[str]]) -> nodes.table:
    """Return the table; what holds on the kind shop alone is bold."""
    alone = [
        "recx" if cells[-1] == "the kind shop alone" else "" for cells in body
    ]
    return table_node("Three shops, one table", head, body, alone, ("carry",))


PANELS = (
    "rmse",
    "hit1",
    "fidelity_r2",
    "precision",
    "polarity_accuracy",
    "side_true",
)


def lines(rows: list[dict], metric: str) -> dict[str, list[dict]]:
    """Return {system: its figure on each shop} for one metric, where it was measured on all three."""
    systems = dict.fromkeys(
        row["system"] for row in rows if row["metric"] == metric
    )
    every = {
        system: [found(rows, shop, metric, system) for shop in SHOPS]
        for system in systems
    }
    return {
        system: figures
        for system, figures in every.items()
        if None not in figures
    }


def describe(rows: list[dict]) -> str:
    """Return what one would see, in words, from the figures themselves."""
    said = []
    for metric in PANELS:
        ends = []
        for system, (kind, _, harsh) in lines(rows, metric).items():
            ends.append(
                f"{system_name(system)} {kind['value']:.2f} to {harsh['value']:.2f}"
            )
        said.append(f"{metric_name(metric)}: {', '.join(ends)}")
    return f"Six panels, from the kind to the harsh shop. {'; '.join(said)}."


def draw(rows: list[dict], path: Path) -> None:
    """Write the picture: a panel for each metric, a line with intervals for each system."""
    figure = Figure(figsize=(6.6, 9.6), dpi=DPI, layout="constrained")
    FigureCanvasAgg(figure)
    for axes, metric in zip(figure.subplots(3, 2).flat, PANELS, strict=True):
        for number_, (system, figures) in enumerate(
            lines(rows, metric).items()
        ):
            values = [row["value"] for row in figures]
            spans = [
                [row["value"] - row["low"] for row in figures],
                [row["high"] - row["value"] for row in figures],
            ]
            style = (OWN if system.startswith("recx:") else OTHER) | {
                "markersize": 5,
                "capsize": 3,
            }
            dashes = ("-", "--", ":", "-.")[number_ % 4]
            axes.errorbar(
                range(len(SHOPS)),
                values,
                spans,
                **style,
                linestyle=dashes,
                label=system_name(system),
            )
        axes.set_xticks(range(len(SHOPS)), SHOPS.values())
        better = "lower" if metric in LOWER_IS_BETTER else "higher"
        axes.set_title(
            f"{metric_name(metric)} ({better} is better)", fontsize=9
        )
        axes.margins(x=0.12, y=0.35)
        axes.legend(
            fontsize=8,
            frameon=False,
            loc="upper center",
            bbox_to_anchor=(0.5, -0.1),
        )
        axes.grid(alpha=0.3)
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, metadata={"Software": None})


class CarryPlot(Results):
    """The conclusions' figures on the three shops, a panel for each metric."""

    def show(self, rows, made):
        """Return the figure, or nothing where a panel would be empty."""
        if not all(lines(rows, metric) for metric in PANELS):
            return []
        path = (
            Path(self.env.srcdir)
            / f"_build/plots/{self.arguments[0]}-carry.png"
        )
        draw(rows, path)
        caption = "From the kind to the harsh shop. Filled: this book. Open: what knows no recommender, or no words."
        return [figure_node(self.env, path, describe(rows), caption)]


def setup(app):
    """Register with Sphinx."""
    app.add_directive("results-carry", Carry)
    app.add_directive("results-carry-plot", CarryPlot)
    return {
        "version": "1",
        "parallel_read_safe": True,
        "parallel_write_safe": True,
    }
