"""Chapter 21: the command `recx`: audit, check, explainers."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import pandas as pd
import typer
from tqdm import tqdm

from recx_lib.audit.doors import open_doors
from recx_lib.audit.explainers import which_apply
from recx_lib.audit.page import audit_page, in_short
from recx_lib.audit.places import check_written, named_columns, object_at
from recx_lib.audit.report import audit, passes
from recx_lib.audit.sampling import AuditSettings, draw_pairs
from recx_lib.core.errors import DataError
from recx_lib.data import (
    Reviews,
    checklist,
    fitting_scale,
    guess_columns,
    load_reviews,
    load_table,
    read_columns,
    read_reviews,
    tables_in,
)

NEEDED = ("user", "item", "rating")

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    help="Which explanations of your recommender tell the truth?",
)
DATA_HELP = "A table (CSV, TSV, JSON lines, Parquet), or a set by its name."
MODEL_HELP = "module:object, file.py:object, or http://… of a service."
COLUMNS_HELP = "Which column is which: user=who,item=sku,rating=none (clicks)."
AUDIT = "Try the explanations of a model, and write a page about them."
CHECK = "Say what a table is like before a model learns from it."
EXPLAINERS = "Say which explainers apply to a model, and why others do not."
UNDER_HELP = (
    "Exit with 1 unless the model's own explanation, and every --explainer, "
    "is worth this (at most 1) and tells the truth; bad input exits with 2."
)
Data = Annotated[str, typer.Option(help=DATA_HELP)]
Model = Annotated[str, typer.Option(help=MODEL_HELP)]
ColumnNames = Annotated[str, typer.Option("--columns", help=COLUMNS_HELP)]
Scale = Annotated[str, typer.Option(help="Lowest and highest rating: 1-10.")]
Titles = Annotated[str, typer.Option(help="A second table: item and title.")]
Sample = Annotated[int, typer.Option(help="Recommendations to try.")]
Users = Annotated[int, typer.Option(help="Users to judge the model by.")]
Pieces = Annotated[
    int, typer.Option("-k", help="Pieces an explanation cites.")
]
Seed = Annotated[int, typer.Option(help="Of all that is drawn.")]
More = Annotated[
    list[str] | None,
    typer.Option(help="name=module:function of a case; may be repeated."),
]
Out = Annotated[Path, typer.Option(help="The page; its figures go beside it.")]
Under = Annotated[
    float | None,
    typer.Option(help=UNDER_HELP),
]
Which = Annotated[
    str | None,
    typer.Option(help="The only explainer that --fail-under is about."),
]
Fit = Annotated[bool, typer.Option(help="Fit the model on the table's part.")]


@dataclass
class _Table:
    """Which table, and how it is read: the options that commands share."""

    data: Data
    columns: ColumnNames = ""
    scale: Scale = ""
    titles: Titles = ""

    def reviews(self) -> Reviews:
        """Return the table, and say what was guessed."""
        return _table_at(self.data, self.columns, self.scale, self.titles)


@dataclass(kw_only=True)
class _AuditCommand(_Table):
    """Try the explanations of a model, and write a page about them.

    Called by its options, as typer calls a command; `__post_init__` runs it.
    """

    model: Model
    out: Out = Path("report.html")
    sample: Sample = 200
    users: Users = 300
    k: Pieces = 3
    seed: Seed = 0
    explainer: More = None
    fail_under: Under = None
    use: Which = None
    fit: Fit = True

    def __post_init__(self):
        found = self._audit()
        # what was found, what to beware of, and whether it is enough
        for line in in_short(found):
            typer.echo(line)
        for warning in found["warnings"]:
            typer.echo(f"warning, {warning['kind']}: {warning['text']}")
        self._write(found)
        if self.fail_under is not None:
            good, why = passes(found, self.fail_under, self.use)
            typer.echo(f"{'passed' if good else 'FAILED'}: {why}")
            raise typer.Exit(0 if good else 1)

    @property
    def _parts(self) -> Path:
        return self.out.with_suffix(".parts.jsonl")

    def _audit(self) -> dict:
        # 1. No file that is read may be written over.
        model = self.model.rpartition(":")[0]
        written = self.out, self.out.with_suffix(".json"), self._parts
        check_written(written, [self.data, self.titles, model])
        settings = AuditSettings(self.sample, self.k, self.users, self.seed)
        # 2. The model, and explainers of one's own, each by its place.
        more = {}
        for said in self.explainer or []:
            name, _, place = said.rpartition("=")
            more[name or place.rpartition(":")[2]] = object_at(place)
        model = object_at(self.model)
        self.out.parent.mkdir(parents=True, exist_ok=True)
        # 3. The audit, resumed where it stopped.
        asked = {"settings": settings, "more": more, "fit": self.fit}
        asked |= {"parts": self._parts, "progress": _progress}
        return audit(self.reviews(), model, **asked)

    def _write(self, found: dict) -> None:
        figures = self.out.with_suffix(".json")
        figures.write_text(json.dumps(found, indent=1), encoding="utf-8")
        page = audit_page(found, Path(self.data).name)
        self.out.write_text(page, encoding="utf-8")
        self._parts.unlink(missing_ok=True)
        typer.echo(f"{self.out} and {figures} are written.")


@dataclass
class _CheckCommand(_Table):
    """Say what a table is like before a model learns from it."""

    def __post_init__(self):
        found = checklist(self.reviews())
        for check, text, judged, advice in found.itertuples(index=False):
            typer.echo(f"{judged:5} {check}: {text}")
            if advice:
                typer.echo(f"      {advice}")


@dataclass(kw_only=True)
class _ExplainersCommand(_Table):
    """Say which explainers apply to a model, and why others do not."""

    model: Model
    fit: Fit = True

    def __post_init__(self):
        doors = open_doors(object_at(self.model), self.reviews(), self.fit)
        pair = draw_pairs(doors, AuditSettings(sample=1))[0]
        table = which_apply(doors, *pair)
        for name, applies, why in table.itertuples(index=False):
            typer.echo(f"{'yes' if applies else 'no':4} {name}: {why}")


app.command("audit", help=AUDIT)(_AuditCommand)
app.command("check", help=CHECK)(_CheckCommand)
app.command("explainers", help=EXPLAINERS)(_ExplainersCommand)


def _table_at(data: str, columns: str, scale: str, titles: str) -> Reviews:
    """Return the table that a command names, and say what was guessed.

    Without `columns` they are guessed; without `scale` the narrowest of the
    usual ones is taken.
    """
    named = named_columns(columns)
    # a named set of ours needs no guessing
    is_file = Path(data).is_file() or named or scale or titles
    if not is_file:
        return load_reviews(data)
    # 1. Guess; what was said outright wins.
    file, _ = tables_in(Path(data), named)
    guess = guess_columns(file)["column"].to_dict() | named
    for role, name in guess.items():
        typer.echo(f"{role} is {'every row' if name is None else repr(name)}")
    # 2. What cannot be guessed is asked for.
    missing = [role for role in NEEDED if role not in guess]
    if missing:
        there = ", ".join(read_columns(file).values)
        what = f"which column is the {' and the '.join(missing)}?"
        remedy = f"say it: --columns {','.join(f'{m}=…' for m in missing)}"
        more = " (rating=none: only clicks)" if "rating" in missing else ""
        raise DataError(f"{file}: {what} There are {there}; {remedy}{more}")
    bounds = _bounds(scale, file, guess)
    return load_table(file, guess, bounds, titles or None)


def _bounds(scale: str, file: Path, guess: dict) -> tuple[float, float]:
    """Return the scale that was given, or the narrowest that fits."""
    # 1. What was given.
    if scale:
        try:
            low, high = map(float, scale.split("-"))
        except ValueError:
            raise DataError(f"--scale {scale!r}: write 1-5") from None
        return low, high
    # 2. Clicks have no scale; stars have the narrowest that fits.
    if guess.get("rating", "") is None:
        return 1.0, 5.0
    rating = read_reviews(file, guess)["rating"]
    low, high = fitting_scale(pd.to_numeric(rating, errors="coerce"))
    typer.echo(f"the scale is {low:g} to {high:g}")
    return low, high


def _progress(pairs):
    """Return the pairs behind a progress bar, on a terminal."""
    return tqdm(pairs, "recommendations", disable=None, leave=False)


def run_command() -> None:
    """Run the command; say what is wrong with the data in one line."""
    try:
        app()
    except DataError as error:
        typer.echo(f"recx: {error}", err=True)
    except OSError as error:
        told = f"{error.filename}: {error.strerror}"
        typer.echo(f"recx: cannot read or write {told}", err=True)
    else:
        return
    sys.exit(2)
