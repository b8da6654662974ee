"""The result tables and plots: made from the file, honest about what is missing, safe whatever the file holds."""

from __future__ import annotations

import json
import re
from itertools import combinations
from pathlib import Path

import api
import numpy as np
import pytest
import results
import results_plot
import results_says
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from sphinx.application import Sphinx
from sphinx.util.docutils import docutils_namespace, patch_docutils

PAGE = """# Figures

```{results-table} toy
:metrics: rmse, fit_cpu_s
:more: *
```

Best: {best}`toy; metric: rmse; whose: recx`, of others {measured}`toy; system: peer:surprise-svd; metric: rmse`
and of none {measured}`toy; metric: none`.

```{results-dots} toy
:metrics: rmse
:without: published:<script>alert(1)</script>
```

```{results-by-data} toy
:metrics: fit_cpu_s
```

```{results-plot} toy
:x: fit_cpu_s
:y: rmse
```

```{results-table} absent
```

```{results-across} toy
:metrics: mae
```

```{results-plot} grown
:x: n
:y: fit_s
```

```{results-table} partly
:metrics: found, size
```

```{results-table} few
:needs: recall
:metrics: fit_s, recall
```

```{results-by-data} sized
:metrics: fidelity_r2
```
"""


def row(system: str, metric: str, value: float, **more) -> dict:
    return {
        "data": "ml-100k",
        "split": "u1-u5",
        "system": system,
        "setting": "",
        "metric": metric,
        "value": value,
        **more,
    }


ROWS = [
    row("peer:surprise-svd", "rmse", 0.938, low=0.93, high=0.945),
    row("peer:surprise-svd", "fit_cpu_s", 0.6),
    row("recx:als", "rmse", 0.9158, tries=12, chosen="k=8 & more"),
    row("recx:als", "fit_cpu_s", 0.5),
    row(
        "published:<script>alert(1)</script>",
        "rmse",
        0.9,
        source="Some & paper",
    ),
    row("floor:popularity", "mae", 1.0),
]
MADE = {
    "date": "2026-01-02",
    "python": "3.11.7",
    "machine": "2 cores",
    "versions": {"numpy": "2.0"},
}


@pytest.fixture(scope="module")
def html(tmp_path_factory) -> str:
    """A page of one toy result, built with the book's own extension."""
    where = tmp_path_factory.mktemp("page")
    (where / "results").mkdir()
    text = json.dumps({"made": MADE, "rows": ROWS})
    (where / "results/toy.json").write_text(text, encoding="utf-8")
    grown = [row("recx:als", "fit_s", n / 1e6, n=n) for n in (1000, 10_000)]
    (where / "results/grown.json").write_text(
        json.dumps({"made": MADE, "rows": grown}), encoding="utf-8"
    )
    partly = [row("recx:swap", "found", 0.5), row("recx:swap", "flips", 0.25)]
    elsewhere = row("recx:swap", "flips", 0.125) | {"data": "ml-1m"}
    (where / "results/partly.json").write_text(
        json.dumps({"made": MADE, "rows": [*partly, elsewhere]}),
        encoding="utf-8",
    )
    few = [
        row(system, metric, value) | {"data": data}
        for data in ("ml-100k", "shop")
        for system, metric, value in (
            ("recx:ease", "recall", 0.75),
            ("recx:ease", "fit_s", 2.0),
            ("floor:popularity", "recall", 0.0625),
            ("recx:als", "fit_s", 4.0),
        )
    ]
    (where / "results/few.json").write_text(
        json.dumps({"made": MADE, "rows": few}), encoding="utf-8"
    )
    sized = [
        row("recx:rules-of-mlp", "fidelity_r2", value)
        | {"data": data, "setting": setting}
        for data, setting, value in (
            ("shop", "4 rules", 0.5),
            ("shop", "8 rules", 0.75),
            ("ml-100k", "8 rules", 0.625),
        )
    ]
    (where / "results/sized.json").write_text(
        json.dumps({"made": MADE, "rows": sized}), encoding="utf-8"
    )
    (where / "index.md").write_text(PAGE, encoding="utf-8")
    with (
        pytest.MonkeyPatch.context() as patch,
        patch_docutils(),
        docutils_namespace(),
    ):
        patch.setattr(results, "RESULTS", where / "results")
        patch.setattr(results_says, "RESULTS", where / "results")
        config = {
            "extensions": ["myst_parser", "results", "results_says"],
            "project": "toy",
        }
        app = Sphinx(
            where,
            None,
            where / "out",
            where / "trees",
            "html",
            config,
            warningiserror=True,
            status=None,
        )
        app.build()
    return (where / "out/index.html").read_text(encoding="utf-8")


def test_rows_stand_best_first_under_people_s_names(html):
    table = html.split("</table>")[0]
    assert re.findall(r"<th[^>]*><p>([^<]*)</p>", table) == [
        "System",
        "RMSE",
        "Training, CPU s",
        "Chosen, of how many tries",
    ]
    firsts = re.findall(r"<tr[^>]*><td><p>(.*?)</p></td>", table)
    assert [re.sub(r"</?(strong|span)>", "", name) for name in firsts] == [
        '&lt;script&gt;alert(1)&lt;/script&gt; <span class="below">'
        "Some &amp; paper",
        "ALS",
        "Surprise SVD",
    ]
    small = r'0.9380 <span class="below">0.9300 to 0.9450</span>'
    assert small in table


def test_only_the_book_s_own_rows_are_bold(html):
    assert re.findall(
        r"<strong>([^<]*)</strong>", html.split("</table>")[0]
    ) == ["ALS", "0.9158", "0.50", "k=8 &amp; more (12)"]
    assert "Bold: this book; plain: other programs, same run;" in html


def test_all_figures_are_below_a_fold(html):
    fold = html.split('<details class="more">')[1].split("</details>")[0]
    assert "All figures: MovieLens 100K, u1-u5" in fold
    assert "<em>1.0000</em>" in fold and "<p>MAE</p>" in fold


def test_figures_stand_in_sentences(html):
    assert "Best: <strong>ALS</strong> (0.9158), of others 0.9380" in html
    assert "and of none not measured." in html


def test_dots_are_described_best_first_under_what_they_are(html):
    [alt] = re.findall(r'<img alt="(RMSE by system[^"]*)"', html)
    assert alt.endswith("ALS 0.9158; Surprise SVD 0.9380 (0.9300 to 0.9450).")
    assert "Filled circles: this book; squares: other programs." in html


def test_one_metric_stands_system_by_data(html):
    table = html.split("Training, CPU s, ")[-1]
    assert "<p>MovieLens 100K</p>" in table


def test_each_setting_has_a_row_of_its_own_across_the_sets(html):
    table = html.split("Fidelity, R²")[-1].split("</table>")[0]
    cells = re.findall(r"<t[hd][^>]*><p>(?:<\w+>)*([^<]*)", table)
    assert cells[:3] == ["System", "The simulated shop", "MovieLens 100K"]
    assert cells[3] == "Rules of MLP (4 rules)" and cells[4] == "0.500"
    assert cells[-3:] == ["Rules of MLP (8 rules)", "0.750", "0.625"]


def test_few_rows_of_each_set_share_a_table_and_what_it_needs_is_there(html):
    [table] = re.findall(
        r"<table(?:(?!<table).)*All data sets.*?</table>", html, re.S
    )
    body = table.split("<tbody>")[1]
    rows = [
        re.findall(r"<td><p>(?:<\w+>)*([^<]*)", row)
        for row in body.split("</tr>")[:-1]
    ]
    assert [row[1] for row in rows] == ["EASE", "Popularity"] * 2
    names = [row[0] for row in rows]  # beside the first of its rows
    assert names == ["MovieLens 100K", "", "The simulated shop", ""]
    assert "All data sets, u1-u5" in table
    assert "ALS" not in table


@given(
    st.lists(
        st.tuples(st.floats(0.5, 2), st.floats(0.1, 100)),
        min_size=2,
        max_size=12,
    )
)
@settings(max_examples=10, deadline=None)
def test_no_name_lies_on_another(places):
    """Twelve points are what the fullest plot of the book has."""
    at = {f"recx:a-name-{n}": place for n, place in enumerate(places)}
    figure = Figure(figsize=(6.4, 4), dpi=results_plot.DPI)
    FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    axes.plot(*zip(*at.values(), strict=True), "o")
    axes.margins(x=0.25, y=0.12)
    boxes = results_plot.name_points(axes, at)
    for one, other in combinations(boxes, 2):
        assert not one.overlaps(other)


def test_no_name_lies_on_another_s_line():
    """Growth of two systems that need nearly the same: one name stood upon
    the other's line.
    """
    figure = Figure(figsize=(6.4, 4), dpi=results_plot.DPI)
    FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    axes.plot([1, 2], [1, 2], "o-")
    axes.plot([1, 2], [0.9, 1.9], "o-")
    axes.margins(x=0.25, y=0.12)
    axes.set_ylim(0, 3)
    at = {"recx:one": (2, 2), "recx:other": (2, 1.9)}
    boxes = results_plot.name_points(axes, at)
    for along in np.linspace(1, 2, 200):
        for place in ((along, along), (along, along - 0.1)):
            x, y = axes.transData.transform(place)
            assert not any(box.contains(x, y) for box in boxes)


def test_nothing_in_the_file_becomes_html(html):
    assert "<script>alert" not in html
    assert "&lt;script&gt;" in html
    assert "Some &amp; paper" in html


def test_the_caption_says_when_and_where(html):
    assert "MovieLens 100K, u1-u5<" in html.split("</table>")[0]
    assert (
        '<p class="made">Measured 2026-01-02 with Python 3.11.7 on 2 cores; numpy 2.0.</p>'
        in html
    )


def test_a_system_without_the_asked_metrics_is_left_out(html):
    assert "opularity" not in html.split("</table>")[0]


def test_a_set_without_the_asked_metrics_is_named_and_shows_no_others(html):
    assert "Not there to measure: MovieLens 1M." in html
    last = html.split("Not there to measure")[0].rpartition("<table")[2]
    assert ">0.5" in last and "0.125" not in html and "0.25" not in html


def test_the_plot_is_drawn_and_described(html):
    [alt] = re.findall(
        r'<img alt="([^"]*)" src="_images/toy-ml-100k-rmse-fit_cpu_s.png"',
        html,
    )
    assert (
        alt
        == "Plot of RMSE against Training, CPU s: Surprise SVD 0.938 at 0.6; ALS 0.9158 at 0.5."
    )


def test_growth_is_one_line_per_system(html):
    assert (
        "Plot of Training, CPU s against Ratings: ALS 0.001 at 1e+03 to 0.01 at 1e+04."
        in html
    )


def test_data_sets_stand_side_by_side(html):
    assert re.search(
        r"<p>MovieLens 100K</p></th>\s*</tr>.*<td><p>MAE</p></td>\s*<td><p>1.0000</p></td>",
        html,
        re.DOTALL,
    )


def test_what_was_not_measured_is_a_sentence(html):
    assert html.count("Not measured yet") == 1


def test_every_stored_result_can_be_shown():
    for path in sorted(
        (Path(results.__file__).resolve().parents[1] / "results").glob(
            "*.json"
        )
    ):
        if path.stem.endswith(
            ".partial"
        ):  # an unfinished benchmark's notes, never committed
            continue
        stored = results.load(path.stem)
        assert results.made_line(stored["made"]).startswith("Measured 20"), (
            path.name
        )
        assert stored["rows"], path.name


@pytest.mark.parametrize(
    ("docstring", "rst"),
    [
        (
            ["Learned are `P_` and b_u_, *not* R."],
            [r"Learned are ``P_`` and b_u\_, *not* R.", ""],
        ),
        ([">>> f(x_)", "1"], [">>> f(x_)", "1", ""]),
        (["a:", "    1 | 2"], ["::", "", "   a:", "       1 | 2", ""]),
        (["see `a", "b`, two `x`s"], ["see ``a", r"b``, two ``x``\ s", ""]),
        (["(p / q)^`r`"], [r"(p / q)^\ ``r``", ""]),
        (["- `a`", "  *b", "- c"], ["- ``a``", r"  \*b", "- c", ""]),
    ],
)
def test_docstrings_are_read_as_plain_text(docstring, rst):
    assert api.to_rst(docstring) == rst


ROLE = re.compile(r"\{(?:measured|best)\}`([^`]+)`")
PAGES = sorted((results.RESULTS.parent).glob("*.md"))


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_every_sentence_s_figure_was_measured(path):
    for role in ROLE.findall(path.read_text(encoding="utf-8")):
        name, wanted = results_says.asked(role)
        rows = results.load(name)["rows"]
        assert results_says.matching(rows, wanted), f"{path.name}: {role}"
