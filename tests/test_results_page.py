"""The result tables and plots: made from the file, honest about what is missing, safe whatever the file holds."""

from __future__ import annotations

import json
import re
from pathlib import Path

import api
import pytest
import results
from sphinx.application import Sphinx
from sphinx.util.docutils import docutils_namespace, patch_docutils

PAGE = """# Figures

```{results-table} toy
:metrics: rmse, fit_cpu_s
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
    (where / "index.md").write_text(PAGE, encoding="utf-8")
    with (
        pytest.MonkeyPatch.context() as patch,
        patch_docutils(),
        docutils_namespace(),
    ):
        patch.setattr(results, "RESULTS", where / "results")
        config = {"extensions": ["myst_parser", "results"], "project": "toy"}
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
        "Whose",
        "RMSE",
        "Training, CPU s",
        "Chosen, of how many tries",
    ]
    firsts = re.findall(r"<tr[^>]*><td><p>(.*?)</p></td>", table)
    assert [re.sub(r"</?strong>", "", name) for name in firsts[1:]] == [
        "ALS",
        "Surprise SVD",
    ]
    assert "0.9380 (0.9300 to 0.9450)" in table


def test_only_the_book_s_own_rows_are_bold(html):
    assert re.findall(
        r"<strong>([^<]*)</strong>", html.split("</table>")[0]
    ) == ["ALS", "this book", "0.9158", "0.50", "k=8 &amp; more (12)"]


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
    assert "opularity" not in html


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
            [r"Learned are ``P_`` and b_u\_, \*not\* R.", ""],
        ),
        ([">>> f(x_)", "1"], [">>> f(x_)", "1", ""]),
        (["a:", "    1 | 2"], ["::", "", "   a:", "       1 | 2", ""]),
    ],
)
def test_docstrings_are_read_as_plain_text(docstring, rst):
    assert api.to_rst(docstring) == rst
