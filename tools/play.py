"""Write what the chapters' interactives calculate with: python -m tools.play [name …]

Five of them, by name: rotate (chapter 2), cut (8), deletion (9), attention
(10), marks (7). Their figures are the chapters' own: the chapter's cells run
up to the one that makes them. `book/_static/play.js` adds up; tests compare its sums with the
library's, and these figures with what the chapters print.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np

from recx_lib.core import Case
from recx_lib.judge import top_k
from tools.first_cell import is_first
from tools.forms import read_text

ROOT = Path(__file__).resolve().parents[1]
FILE = ROOT / "book/play.json"
DIGITS = 7  # behind the point, of every stored figure
N_MARKED = 20
WRITERS = ("customer", "grammar", "seq2seq", "transformer")


def short(values) -> list:
    """Return numbers as nested lists, rounded to what is stored."""
    return np.round(np.asarray(values, dtype=float), DIGITS).tolist()


def ran(chapter: str, until: str) -> dict:
    """Return what a chapter knows after its cell that contains `until`."""
    from IPython.core.interactiveshell import InteractiveShell

    shell = InteractiveShell()
    shell.run_cell("import matplotlib; matplotlib.use('Agg')")
    path = ROOT / "book/chapters" / f"{chapter}.md"
    for cell in read_text(path).cells:
        if cell.cell_type != "code" or is_first(cell):
            continue
        shell.run_cell(cell.source, silent=True).raise_error()
        if until in cell.source:
            return shell.user_ns
    raise ValueError(f"{path.name} has no cell with {until!r}")


def presences(m: int) -> np.ndarray:
    """Return all rows of presence, (2**m, m): piece j is bit j."""
    return (np.arange(2**m)[:, None] >> np.arange(m)) & 1


def rotate() -> dict:
    """Return two factors a side, and the customer of the chapter."""
    chapter = ran("02_matrix_factorization", "als = models[")
    als, reviews = chapter["als"], chapter["reviews"]
    raw = reviews.frame["user"].value_counts().index[10]
    user = int(reviews.users.idx(raw))
    seen = reviews.item_idx[reviews.user_idx == user]
    best = top_k(als.score(user), seen, 5)
    return {
        "titles": [reviews.title(item) for item in reviews.items.raw],
        "items": short(als.Q_),
        "user": short(als.P_[user]),
        "base": short(als.mu_ + als.b_u_[user] + als.b_i_[best]),
        "best": best.tolist(),
    }


def cut() -> dict:
    """Return the six pairs of the chapter."""
    pairs = ran("08_rules", "stars = np.array([")
    return {"match": short(pairs["match"]), "stars": short(pairs["stars"])}


def table(case: Case) -> dict:
    """Return a case's names, and its score for every group of pieces."""
    return {
        "names": list(case.names),
        "scores": short(case.value(presences(len(case)).astype(float))),
    }


def deletion() -> dict:
    """Return the pair about which the network is keenest."""
    chapter = ran("09_attribution", 'title = "the "')
    case = chapter["keen"]
    item = chapter["reviews"].title(case.item)
    return {"user": case.user, "item": item, **table(case)}


def attention() -> dict:
    """Return the chapter's case of a map and a removal that disagree."""
    chapter = ran("10_attention", "against = [n for n")
    case, title = chapter["case"], chapter["reviews"].title
    [looked] = case.attention()[:, :, -1]  # one layer: (heads, m + 1)
    return {
        "user": case.user,
        "item": title(case.item),
        "stars": short(chapter["stars"]),
        "looked": short(looked),
        **table(case),
        "names": [title(name) for name in case.names],
    }


def marks() -> list[dict]:
    """Return twenty sentences, five of each writer, and their marks."""
    chapter = ran("07_twenty_sentences", "def broken(text)")
    test = chapter["test"].iloc[:N_MARKED]
    order = np.repeat(np.arange(len(WRITERS)), N_MARKED // len(WRITERS))
    order = np.random.default_rng(0).permutation(order)
    writers = [WRITERS[n] for n in order]
    texts = [chapter["said"][who][n] for n, who in enumerate(writers)]
    found = chapter["judge"].each(test, texts).reset_index(drop=True)
    rows = []
    for n, record in enumerate(test.itertuples()):
        scores = found.loc[n]
        rows.append(
            {
                "item": chapter["reviews"].title(record.item),
                "writer": writers[n],
                "text": texts[n],
                "supported": yes(scores["factual"]),
                "heard": yes(scores["heard"]),
                "own": yes(scores["fmr"]),
                "ends": not chapter["broken"](texts[n]),
                "fresh": texts[n] not in chapter["copies"],
                "rouge1": round(float(scores["rouge1_f"]), 1),
            }
        )
    return rows


def yes(share: float) -> bool | None:
    """Return a mark of 0 or 1 as no or yes; None where there is none."""
    return None if np.isnan(share) else bool(share)


PLAYS = {
    "rotate": rotate,
    "cut": cut,
    "deletion": deletion,
    "attention": attention,
    "marks": marks,
}


def stored() -> dict:
    """Return what the file holds, an empty dict where there is none."""
    if not FILE.exists():
        return {}
    return json.loads(FILE.read_text(encoding="utf-8"))


def main(names: list[str]) -> int:
    """Make the named ones anew, or all, and write the file."""
    for name in names or PLAYS:
        if name not in PLAYS:
            print(f"no {name!r}: choose from {', '.join(PLAYS)}")
            return 2
        made = stored() | {name: PLAYS[name]()}
        text = json.dumps(
            {key: made[key] for key in PLAYS if key in made},
            separators=(",", ":"),
        )
        FILE.write_text(text + "\n", encoding="utf-8", newline="\n")
        print(f"{name}: {FILE.relative_to(ROOT)}, {len(text) / 1000:.0f} KB")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
