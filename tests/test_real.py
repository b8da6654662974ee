"""A chapter runs on other data than the shop: small files, made here, of the
public sets' formats.
"""

from __future__ import annotations

import gzip
import json
import random
import shutil
from pathlib import Path

import nbformat
import pytest

from recx_lib.data import load, load_reviews
from tools import real

USERS, ITEMS, KINDS, DAY = 120, 90, 6, 86_400
GENRES = [
    *("unknown", "Action", "Adventure", "Animation", "Children's", "Comedy"),
    *("Crime", "Documentary", "Drama", "Fantasy", "Film-Noir", "Horror"),
    *("Musical", "Mystery", "Romance", "Sci-Fi", "Thriller", "War"),
    "Western",
]
HEADER = """---
chapter:
  part: One
  asks: Why?
  runs_on: {kinds}
  explains: false
  lesson: {{lecture: a, lab: b, own: 5, set: 5}}
---

# 1 · A
"""
SAYS = {
    1: "The {a} is terrible. It broke on the first day and the {b} was poor.",
    2: "The {a} is weak. I hoped for a better {b}.",
    3: "The {a} is fine. The {b} could be better.",
    4: "Good {a}. The {b} is nice too.",
    5: "I love the {a}. Great {b} and a great price.",
}
ASPECTS = [
    "sound",
    "tone",
    "cable",
    "strap",
    "price",
    "build",
    "volume",
    "finish",
]


def ratings(rng: random.Random) -> list[tuple[int, int, int, int]]:
    """(user, item, rating, day): likeable items, a long tail, and users who
    choose and like two kinds of item.
    """
    likeable = [rng.gauss(0, 0.5) for _ in range(ITEMS)]
    popular = [1 / (1 + item // KINDS) for item in range(ITEMS)]
    rows = []
    for user in range(USERS):
        mood, liked = rng.gauss(0, 0.3), {user % KINDS, (user * 5 + 2) % KINDS}
        weights = [
            p * (6 if item % KINDS in liked else 1)
            for item, p in enumerate(popular)
        ]
        for item in sorted(
            set(rng.choices(range(ITEMS), weights, k=rng.randint(20, 60)))
        ):
            score = (
                3.3
                + mood
                + likeable[item]
                + (0.8 if item % KINDS in liked else -0.8)
                + rng.gauss(0, 0.7)
            )
            rows.append(
                (
                    user,
                    item,
                    max(1, min(5, round(score))),
                    rng.randint(10_000, 11_000),
                )
            )
    return rows


def write_movielens(
    folder: Path, rows: list[tuple[int, int, int, int]]
) -> None:
    """The 100K format: u.data, u.item, and five folds."""
    folder.mkdir()
    lines = [f"{u + 1}\t{i + 1}\t{r}\t{d * DAY}\n" for u, i, r, d in rows]
    (folder / "u.data").write_text("".join(lines), encoding="utf-8")
    for fold in range(1, 6):
        test = lines[fold - 1 :: 5]
        (folder / f"u{fold}.test").write_text("".join(test), encoding="utf-8")
        (folder / f"u{fold}.base").write_text(
            "".join(x for x in lines if x not in set(test)), encoding="utf-8"
        )
    films = [
        [str(i + 1), f"Film {i + 1} (1995)", "01-Jan-1995", "", ""]
        for i in range(ITEMS)
    ]
    marks = [
        ["1" if g == 1 + i % KINDS else "0" for g in range(19)]
        for i in range(ITEMS)
    ]
    text = "".join(
        "|".join([*film, *mark]) + "\n"
        for film, mark in zip(films, marks, strict=True)
    )
    (folder / "u.item").write_text(text, encoding="latin-1")
    (folder / "u.genre").write_text(
        "".join(f"{g}|{n}\n" for n, g in enumerate(GENRES)), encoding="utf-8"
    )
    people = "".join(f"{u + 1}|30|F|writer|00000\n" for u in range(USERS))
    (folder / "u.user").write_text(people, encoding="utf-8")


def write_amazon(
    path: Path, rows: list[tuple[int, int, int, int]], rng: random.Random
) -> None:
    """The review format: one JSON object a line, gzipped."""
    with gzip.open(path, "wt", encoding="utf-8") as file:
        for user, item, rating, day in rows:
            cares = [
                ASPECTS[user % len(ASPECTS)],
                ASPECTS[user * 3 % len(ASPECTS)],
            ]  # a user keeps to a theme
            a, b = rng.choice(cares), rng.choice([*cares, rng.choice(ASPECTS)])
            said = {
                "reviewerID": f"A{user:04}",
                "asin": f"B{item:04}",
                "overall": float(rating),
            }
            said |= {
                "reviewText": SAYS[rating].format(a=a, b=b),
                "summary": "…",
                "unixReviewTime": day * DAY,
            }
            file.write(json.dumps(said) + "\n")


PLAIN = {
    1: "Awful {a}. {fill}",
    2: "The {a} was weak. {fill}",
    3: "{fill} The {a} is fine.",
    4: "A good {a}, I thought. {fill}",
    5: "The {a} is really great. {fill} Lovely {b}.",
}
FILL = ["We went on Sunday.", "It rained.", "Long queue.", "", "", ""]


def write_short(path: Path, rng: random.Random) -> None:
    """Short reviews of films as people keep them: a CSV file with names of its
    own and dates as text.
    """
    lines = ["userId,movieId,stars,date,comment\n"]
    for user, item, rating, day in ratings(rng)[:1800]:
        a, b = rng.sample(["plot", "acting", "music", "cast", "ending"], 2)
        text = PLAIN[rating].format(a=a, b=b, fill=rng.choice(FILL))
        date = f"{2000 + day % 20}-{day % 12 + 1:02}-{day % 28 + 1:02}"
        lines.append(f'u{user},film{item},{rating},{date},"{text}"\n')
    path.write_text("".join(lines), encoding="utf-8")


@pytest.fixture(scope="module")
def small(tmp_path_factory) -> Path:
    """A RECX_DATA folder with two public sets and one of our own, small."""
    folder, rng = tmp_path_factory.mktemp("public data"), random.Random(0)
    write_movielens(folder / "ml-100k", ratings(rng))
    write_amazon(
        folder / "reviews_Musical_Instruments_5.json.gz", ratings(rng), rng
    )
    write_short(folder / "short.csv", rng)
    return folder


# One chapter for each loader. Chapter 1 uses the most of both: the raw table
# and the cleaned one, genres as aspects where there are any, else the text.
# The others read the same Reviews; `make real` runs all on the real sets. The
# writers and their judge meet a set of few and short reviews as well.
MOST_OF = [
    ("ml-100k", "01_data"),
    ("musical_instruments", "01_data"),
    ("short.csv", "04_seq2seq"),
    ("short.csv", "06_judging"),
]


@pytest.mark.slow
@pytest.mark.parametrize(("data", "chapter"), MOST_OF)
def test_a_chapter_runs_on_a_small_file_of_each_format(
    data, chapter, small, tmp_path, monkeypatch
):
    monkeypatch.setenv("RECX_DATA", str(small))
    output = tmp_path / "executed.ipynb"
    real.run(real.ROOT / f"notebooks/{chapter}.ipynb", data, output)
    cells = nbformat.read(output, 4).cells
    given = [c.source for c in cells if "injected-parameters" in tags(c)]
    assert f'DATA = "{data}"' in "\n".join(given)
    code = [c for c in cells if c.cell_type == "code"]
    assert [c.source for c in code if c.execution_count is None] == []


def tags(cell) -> list[str]:
    return cell.metadata.get("tags", [])


def project_with(source: str, where: Path) -> Path:
    """A project whose chapters 1 and 2 hold one cell; chapter 2 runs on text
    only.
    """
    (where / "notebooks").mkdir()
    (where / "book/chapters").mkdir(parents=True)
    for name, kinds in (("01_a", "[ratings, text]"), ("02_b", "[text]")):
        text = HEADER.format(kinds=kinds)
        (where / f"book/chapters/{name}.md").write_text(text, encoding="utf-8")
    cells = [
        nbformat.v4.new_code_cell(
            'DATA = "shop"', metadata={"tags": ["parameters"]}
        )
    ]
    cells.append(nbformat.v4.new_code_cell(source))
    kernel = {
        "kernelspec": {
            "display_name": "Python 3",
            "language": "python",
            "name": "python3",
        }
    }
    for name in ("01_a", "02_b"):
        nbformat.write(
            nbformat.v4.new_notebook(cells=cells, metadata=kernel),
            where / f"notebooks/{name}.ipynb",
        )
    return where


@pytest.mark.slow
def test_a_chapter_that_breaks_on_one_set_is_named(tmp_path, capsys):
    root = project_with(
        'assert DATA != "musical_instruments", "no titles"', tmp_path
    )
    sets = {"ml-100k": "ratings", "musical_instruments": "text"}
    assert real.run_all(tmp_path / "out", sets, root) == [
        "01_a on musical_instruments",
        "02_b on musical_instruments",
    ]
    said = capsys.readouterr().out
    where = 'at: assert DATA != "musical_instruments", "no titles"'
    assert f"BROKE in cell 3: AssertionError: no titles {where}\n" in said
    assert "01_a on ml-100k: " in said


def test_sets_are_known_by_content_and_the_others_told_why(
    small, tmp_path, monkeypatch
):
    folder = tmp_path / "sets"
    shutil.copytree(small, folder)
    (folder / "films.csv").write_text("uid,movieId,stars,comment\na,7,4,Dull.")
    (folder / "plain").mkdir()
    (folder / "plain/x.tsv").write_text("user\titem\tscore\na\t7\t4\n")
    (folder / "README.md").write_text("# What is here\nSets.\n")
    ten = "user,item,rating\n" + "".join(f"{n},x,9\n" for n in range(20))
    (folder / "ten.csv").write_text(ten)
    monkeypatch.setattr(load, "find", None)  # nothing is downloaded
    sets, refused = real.readable_sets(folder)
    assert sets == {
        "films.csv": "text",
        "ml-100k": "ratings",
        "musical_instruments": "text",
        "short.csv": "text",
    }
    assert list(refused) == ["README.md", "plain", "ten.csv"]
    assert "neither texts nor tags" in refused["plain"]
    assert "is no table" in refused["README.md"]
    assert "scale=(1, 10)" in refused["ten.csv"]


def test_a_chapter_without_parameters_is_refused(tmp_path):
    sets = {"some.csv": "text"}
    root = project_with("1", tmp_path)
    nb = nbformat.read(root / "notebooks/02_b.ipynb", 4)
    nb.cells[0].metadata["tags"] = []
    nbformat.write(nb, root / "notebooks/02_b.ipynb")
    with pytest.raises(
        real.RealError, match="02_b.ipynb: needs exactly one cell"
    ):
        real.jobs(sets, root)
    (root / "notebooks/02_b.ipynb").unlink()
    with pytest.raises(
        real.RealError, match="02_b.ipynb is missing: run make sync"
    ):
        real.jobs(sets, root)


@pytest.mark.parametrize("value", ["", "no/such/folder"])
def test_a_missing_data_folder_is_said_with_the_remedy(value, monkeypatch):
    monkeypatch.setenv("RECX_DATA", value)
    with pytest.raises(SystemExit, match="make real RECX_DATA="):
        real.data_folder()


def test_a_file_of_one_s_own_is_the_only_set(tmp_path, monkeypatch):
    rows = ["user,item,rating,text", "ann,tent,4,dry and light"]
    own = tmp_path / "mine.csv"
    own.write_text("\n".join([*rows, "bob,tent,3,too heavy"]))
    monkeypatch.setenv("DATA", str(own))
    assert real.named_sets() == ({str(own): "text"}, {})
    own.write_text("user,item,rating\nann,tent,4\n")
    assert real.named_sets() == ({}, {"mine.csv": real.NO_REASON})
    own.write_text("a,item,b\nann,tent,4\n")
    sets, refused = real.named_sets()
    assert sets == {} and "which column is the user" in refused["mine.csv"]


def test_texts_without_an_aspect_end_in_a_sentence(tmp_path, monkeypatch):
    own = tmp_path / "short.csv"
    rows = [f"u{n},i{n % 7},{n % 5 + 1},fine then" for n in range(40)]
    own.write_text("\n".join(["user,item,rating,text", *rows]))
    monkeypatch.setenv("DATA", str(own))
    with pytest.raises(SystemExit, match="short.csv: none of its texts"):
        real.main()
    told = [SAYS[n % 5 + 1].format(a="tone", b="cable") for n in range(40)]
    rows = [f"u{n},i{n % 7},{n % 5 + 1},{told[n]}" for n in range(40)]
    own.write_text("\n".join(["user,item,rating,text", *rows]))
    assert not real.is_silent(str(own))


ODD = """account_no,sku,how_was_it,on,in_words
c1,tent,4,2024-01-01,light and dry a good tent
c1,mat,5,2024-02-01,soft as a bed it is
c2,tent,3,2024-01-05,it let in all the rain
c3,mug,4,2024-03-01,keeps tea warm for hours
"""


def test_columns_of_odd_names_are_guessed_and_said(
    tmp_path, monkeypatch, capsys
):
    file = tmp_path / "export_final_2.csv"
    file.write_text(ODD, encoding="utf-8")
    monkeypatch.setattr(real, "ROOT", tmp_path)
    monkeypatch.setenv("DATA", str(file))
    sets, refused = real.named_sets()
    assert refused == {}
    [copy] = sets
    assert sets[copy] == "text"
    said = capsys.readouterr().out
    assert "user is 'account_no'" in said and "item is 'sku'" in said
    reviews = load_reviews(Path(copy))
    assert sorted(reviews.rating) == [3, 4, 4, 5]
    assert reviews.items.raw == ["mat", "mug", "tent"]


def test_what_cannot_be_guessed_is_asked_for(tmp_path, monkeypatch):
    file = tmp_path / "odd.csv"
    file.write_text("a,b,how\nx,p,1\ny,q,2\n", encoding="utf-8")
    monkeypatch.setattr(real, "ROOT", tmp_path)
    monkeypatch.setenv("DATA", str(file))
    sets, refused = real.named_sets()
    assert sets == {}
    asked = "which column is the user and the item? There are a, b, how; "
    how = "say it: make real DATA=… DATA_COLUMNS='user=…,item=…'"
    assert refused == {"odd.csv": asked + how}


def test_what_cannot_be_guessed_may_be_said(tmp_path, monkeypatch, capsys):
    file = tmp_path / "odd.csv"
    head = "Kunde Nr,Flasche,Punkte,Notiz"
    rows = "x,p,1,a salt wine from far away\ny,q,2,as good as the last one\n"
    file.write_text(f"{head}\n{rows}", encoding="utf-8")
    monkeypatch.setattr(real, "ROOT", tmp_path)
    monkeypatch.setenv("DATA", str(file))
    monkeypatch.setenv("DATA_COLUMNS", "user=Kunde Nr,item=Flasche")
    sets, refused = real.named_sets()
    [copy] = sets
    assert refused == {} and sets[copy] == "text"
    assert load_reviews(Path(copy)).items.raw == ["p", "q"]
    assert "user is 'Kunde Nr': you said so" in capsys.readouterr().out
