"""Measured figures inside a sentence: a role for one row, a role for the best of many.

{measured}`ratings; system: floor:mean; metric: rmse`       its figure, with the interval
{best}`ratings; metric: rmse; whose: recx`                  the best system's name and its figure
{best}`ratings; metric: rmse; whose: recx; without: als`    … leaving one out

Before the first semicolon stands the file; what follows must match the row, and a setting that is not named may be
any. A figure that was not measured reads *not measured*; where several rows match, the first is taken.
"""

from __future__ import annotations

from docutils import nodes
from results import RESULTS, load, whose_of
from results_names import LOWER_IS_BETTER, number, system_name
from sphinx.util.docutils import SphinxRole

MISSING = "not measured"


def asked(text: str) -> tuple[str, dict[str, str]]:
    """Return the file and the conditions that a role names.

    >>> asked("ratings; system: floor:mean; metric: rmse")
    ('ratings', {'system': 'floor:mean', 'metric': 'rmse'})
    """
    name, *conditions = text.split(";")
    pairs = (condition.partition(":") for condition in conditions)
    return name.strip(), {
        key.strip(): value.strip() for key, _, value in pairs
    }


def matching(rows: list[dict], wanted: dict[str, str]) -> list[dict]:
    """Return the rows that meet all conditions.

    >>> rows = [{"system": "recx:als", "metric": "rmse"}, {"system": "floor:mean", "metric": "rmse"}]
    >>> [row["system"] for row in matching(rows, {"whose": "floor", "metric": "rmse"})]
    ['floor:mean']
    """
    wanted = dict(wanted)
    whose, without = wanted.pop("whose", ""), wanted.pop("without", "")
    left_out = [f"{whose}:{name.strip()}" for name in without.split(",")]
    return [
        row
        for row in rows
        if all(row.get(key, "") == value for key, value in wanted.items())
        and (not whose or whose_of(row["system"]) == whose)
        and row["system"] not in left_out
    ]


def best(rows: list[dict]) -> dict | None:
    """Return the row with the best figure, or None where there is none."""
    if not rows:
        return None
    sign = -1 if rows[0]["metric"] in LOWER_IS_BETTER else 1
    return max(rows, key=lambda row: sign * row["value"])


class Measured(SphinxRole):
    """The figure of one row."""

    def run(self):
        """Return the figure, with its interval, as text."""
        rows = self.rows()
        return [nodes.Text(number(rows[0]) if rows else MISSING)], []

    def rows(self) -> list[dict]:
        """Return the rows that the role asks for."""
        name, wanted = asked(self.text)
        self.env.note_dependency(str(RESULTS / f"{name}.json"))
        return matching((load(name) or {}).get("rows", []), wanted)


class Best(Measured):
    """The best system's name and figure."""

    def run(self):
        """Return the name in bold, the figure in brackets."""
        found = best(self.rows())
        if found is None:
            return [nodes.Text(MISSING)], []
        key = f"{found['system']} {found.get('setting', '')}".strip()
        asked_for = "setting" in asked(self.text)[1]
        name = system_name(found["system"] if asked_for else key)
        figure = number({**found, "low": None})
        return [nodes.strong("", name), nodes.Text(f" ({figure})")], []


def setup(app):
    """Register with Sphinx."""
    app.add_role("measured", Measured())
    app.add_role("best", Best())
    return {
        "version": "1",
        "parallel_read_safe": True,
        "parallel_write_safe": True,
    }
