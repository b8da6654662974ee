"""Loaders: what they read, what they refuse and how they say so; finding, downloading and verifying files."""

import gzip
import hashlib
import io
import json
import os
import re
import tempfile
import threading
import zipfile
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from recx_lib.core import DataError
from recx_lib.data import (
    assert_no_leak,
    clean,
    find,
    load_amazon,
    load_movielens,
    load_movielens_fold,
    load_reviews,
    load_shop,
    load_shop_truth,
    load_table,
    read_reviews,
)
from recx_lib.data import fetch as files
from recx_lib.data.fetch import download
from recx_lib.data.movielens import is_movielens, read_movielens
from recx_lib.data.public_sets import SOURCES, Source
from recx_lib.data.reviews import COLUMNS
from recx_lib.data.shop_files import SHOP as SHOP_FOLDER
from recx_lib.data.shop_files import read_shop
from recx_lib.data.tables import read_table, read_titles

U_ITEM = "7|Déjà Vu (1997)|01-Jan-1997||http://x|0|1|1\n9|Plain (1990)|01-Jan-1990||http://x|1|0|0\n"
OLD = {"reviewerID": "A1", "asin": "B1", "reviewerName": "SECRET", "overall": 4.5, "reviewText": "It&#39;s fine",
       "summary": "ok", "unixReviewTime": 1393545600}  # fmt: skip
NEW = {
    "user_id": "A2",
    "asin": "B2",
    "parent_asin": "B1",
    "rating": 2,
    "text": "No.",
    "timestamp": 1588687728923,
}
FORMATS = {
    "ml-100k": {
        "u.data": "1\t7\t5\t100\n2\t7\t3\t200\n2\t9\t1\t50\n",
        "u.genre": "unknown|0\nComedy|1\nDrama|2\n\n",
        "u.item": U_ITEM.encode("latin-1"),
    },
    "ml-1m": {
        "ratings.dat": "1::7::5::100\n2::7::3::200\n2::9::1::50\n",
        "movies.dat": "7::Déjà Vu (1997)::Comedy|Drama\n9::Plain (1990)::\n".encode(
            "latin-1"
        ),
    },
    "latest": {
        "ratings.csv": "userId,movieId,rating,timestamp\r\n1,7,5.0,100\r\n2,7,3.0,200\r\n2,9,1.0,50\r\n",
        "movies.csv": 'movieId,title,genres\r\n7,Déjà Vu (1997),Comedy|Drama\r\n9,"Plain (1990)",(no genres listed)\n',
    },
}
SHOP = {
    "reviews.csv": 'review,user,item,rating,timestamp,text\n0,u1,p1,5,10,"Light, ""dry""\nand warm"\n4,u1 ,p2,,11,Bad\n'
    "5,U1,p2,3,12,So so\n",
    "items.csv": "item,title,category\np1,Dry Tent,tents\np2,Mat,mats\n",
    "aspects.csv": "aspect,terms\nwarmth,lining|down fill\n",
}


def write(folder: Path, contents: dict) -> Path:
    folder.mkdir(exist_ok=True)
    for name, content in contents.items():
        (folder / name).write_bytes(
            content if isinstance(content, bytes) else content.encode()
        )
    return folder


def json_lines(*records) -> bytes:
    return "".join(json.dumps(record) + "\n" for record in records).encode()


@pytest.fixture(autouse=True)
def nowhere(monkeypatch, tmp_path):
    """No test looks at this machine's data or cache, nor through a proxy."""
    monkeypatch.delenv("RECX_DATA", raising=False)
    monkeypatch.setattr(files, "cache_folder", lambda: tmp_path / "cache")
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")


# --- what the loaders read ---


@pytest.mark.parametrize("name", FORMATS)
def test_movielens_formats_give_one_table(name, tmp_path):
    folder = write(tmp_path / name, FORMATS[name])
    raw = read_movielens(folder)
    assert raw.columns.tolist() == COLUMNS and raw.index.name == "review"
    assert raw.drop(columns="text").values.tolist() == [
        ["1", "7", 5, 100],
        ["2", "7", 3, 200],
        ["2", "9", 1, 50],
    ]
    reviews = load_movielens(path=folder)
    assert reviews.frame.index.tolist() == [2, 0, 1] and not reviews.has_text
    assert reviews.title("7") == "Déjà Vu (1997)" and reviews.tags == {
        "7": ("Comedy", "Drama"),
        "9": (),
    }
    assert reviews.scale == ((0.5, 5.0) if name == "latest" else (1.0, 5.0))
    assert load_reviews(str(folder)).frame.equals(reviews.frame)


def test_movielens_titles_may_be_utf8_or_missing(tmp_path):
    folder = write(tmp_path / "ml", FORMATS["ml-100k"] | {"u.item": U_ITEM})
    assert load_movielens(path=folder).title("7") == "Déjà Vu (1997)"
    (folder / "u.item").unlink()
    assert load_movielens(path=folder).title("7") == "7"


def test_movielens_fold_shares_ids(tmp_path):
    folder = write(
        tmp_path / "ml",
        {
            "u1.base": "1\t7\t5\t100\n2\t7\t3\t10\n",
            "u1.test": "3\t8\t4\t5\n1\t8\t4\t900\n",
        },
    )
    train, test = load_movielens_fold(1, folder)
    assert sorted(train.frame.index) == [0, 1] and sorted(
        test.frame.index
    ) == [2, 3]
    assert (
        train.users is test.users
        and train.users.raw == ["1", "2", "3"]
        and train.items.raw == ["7", "8"]
    )


def test_movielens_fold_refuses_a_leak(tmp_path):
    folder = write(
        tmp_path / "ml",
        {"u2.base": "1\t7\t5\t100\n", "u2.test": "3\t8\t4\t5\n1\t7\t4\t900\n"},
    )
    with pytest.raises(
        DataError, match=r"user 1 and item 7 are in u2\.base and \.test"
    ):
        load_movielens_fold(2, folder)
    with pytest.raises(DataError, match="folds 1 to 5, not 6"):
        load_movielens_fold(6, folder)


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_amazon_keys_of_all_releases(pack, tmp_path):
    file = tmp_path / "reviews.json.gz"
    file.write_bytes(
        pack(
            json_lines(OLD, NEW, {"user_id": 3, "asin": "B2", "overall": None})
        )
    )
    raw = read_table(file)
    assert raw.iloc[0].tolist() == [
        "A1",
        "B1",
        4.5,
        1393545600,
        "It&#39;s fine",
    ]
    assert raw.iloc[1].tolist() == ["A2", "B1", 2.0, 1588687728, "No."]
    assert raw.iloc[2][["user", "item", "text"]].tolist() == [
        "3",
        "B2",
        "",
    ] and pd.isna(raw["rating"][2])
    reviews = load_amazon(file)
    assert reviews.frame["text"].tolist() == ["It's fine", "No."]
    assert {step: n for step, n in reviews.log if n} == {
        "changed: HTML in the text": 1,
        "removed: rating missing or not finite": 1,
    }
    assert "SECRET" not in raw.to_csv() + repr(reviews), (
        "reviewer names are dropped"
    )
    assert load_reviews(str(file)).frame.equals(reviews.frame)


def test_nan_and_infinite_ratings_are_counted_not_fatal(tmp_path):
    file = tmp_path / "reviews.json"
    file.write_text('{"user_id": "a", "asin": "x", "rating": NaN, "timestamp": 1}\n'
                    '{"user_id": "a", "asin": "y", "rating": -Infinity, "timestamp": 1}\n'
                    '{"user_id": "a", "asin": "z", "rating": 9, "timestamp": 1}\n'
                    '{"user_id": " ", "asin": "z", "rating": 4, "timestamp": 1}\n'
                    '{"user_id": "a", "asin": "z", "rating": 4, "timestamp": 1}\n')  # fmt: skip
    reviews = load_amazon(file)
    assert len(reviews) == 1 and reviews.n_users == 1 and reviews.n_items == 1
    assert [n for step, n in reviews.log if step.startswith("removed")] == [
        1,
        2,
        1,
        0,
        0,
    ]


def test_half_an_emoji_becomes_a_question_mark(tmp_path):
    file = tmp_path / "reviews.json"
    file.write_bytes(json_lines(OLD | {"reviewText": "fine \ud83d"}))
    assert read_table(file)["text"][0] == "fine ?"


def test_shop_csv_with_quotes_and_dirt(tmp_path):
    reviews = load_shop(write(tmp_path / "shop", SHOP))
    assert reviews.frame["text"].tolist() == [
        'Light, "dry"\nand warm',
        "So so",
    ]
    assert reviews.frame.index.tolist() == [0, 5] and reviews.users.raw == [
        "u1"
    ]
    assert reviews.title("p1") == "Dry Tent" and reviews.tags["p2"] == (
        "mats",
    )
    assert reviews.aspects == {"warmth": ("lining", "down fill")}


def test_the_shop_as_committed():
    shop, raw, truth = load_shop(), read_shop(), load_shop_truth()
    dirt = pd.read_csv(SHOP_FOLDER / "dirt.csv").set_index("dirt")["rows"]
    log = dict(shop.log)
    for step, planted in {
        "removed: rating missing or not finite": "missing",
        "removed: rating off the scale 1 to 5": "off scale",
        "removed: older review of the same item by the same user": "edited",
        "changed: HTML in the text": "html",
    }.items():
        assert (
            log[step] == dirt[dirt.index.str.contains(planted)].item() > 0
        ), step
    blank, case = (
        log["changed: blanks around an id"],
        log["changed: an id that differed from another only in case"],
    )
    assert (
        max(blank, case)
        <= dirt[dirt.index.str.contains("blank")].item()
        <= blank + case
    )
    assert shop.n_users == len(pd.read_csv(SHOP_FOLDER / "users.csv")), (
        "every stray id has found its owner"
    )
    assert len(shop) == len(raw) - sum(
        n for step, n in shop.log if step.startswith("removed")
    )
    assert set(shop.users.raw) <= set(truth.tastes["user"]) and set(
        shop.items.raw
    ) <= set(truth.qualities["item"])
    assert set(shop.items.raw) <= set(shop.titles), "every product has a name"
    assert set(shop.frame.index) <= set(truth.reasons["review"])
    assert set(truth.aspects["aspect"]) <= set(truth.reasons.columns)


# --- tables as people have them ---

DAYS = [0, 1, 47]
DATES = {
    "s": [86_400 * day for day in DAYS],
    "ISO": ["1970-01-01", "1970-01-02T00:00:00Z", "1970-02-17 00:00:00"],
    "month first": ["01/01/1970", "01/02/1970", "02/17/1970"],
    "German": ["01.01.1970", "02.01.1970", "17.02.1970"],
    "Amazon": ["01 1, 1970", "01 2, 1970", "02 17, 1970"],
    "long": ["January 1, 1970", "January 2, 1970", "February 17, 1970"],
    "Goodreads": [
        "Thu Jan 01 00:00:00 +0000 1970",
        "Fri Jan 02 01:00:00 +0100 1970",
        "Tue Feb 17 00:00:00 +0000 1970",
    ],
}
OTHER_NAMES = [
    ("user_id", "movieId", "rating", "timestamp", "text"),
    ("userId", "item_id", "Stars", "time", "comment"),
    ("reviewerID", "asin", "overall", "unixReviewTime", "reviewText"),
    ("uid", "product_id", "score", "date", "review_body"),
    ("User", "parent_asin", "star_rating", "Review Date", "Review"),
]
ROWS = [("ann", "tent", 4, 100, "Dry, warm."), ("bob", "mat", 2, 300, "Thin.")]


@pytest.mark.parametrize("names", OTHER_NAMES)
@pytest.mark.parametrize("kind", ["csv", "tsv", "semicolons", "jsonl", "gzip"])
def test_tables_are_known_by_the_usual_names_in_every_format(
    names, kind, tmp_path
):
    file, frame = (
        tmp_path / "some file",
        pd.DataFrame(ROWS, columns=list(names)).assign(other="x"),
    )
    if kind == "jsonl":
        frame.to_json(file, orient="records", lines=True)
    else:
        separator = {"tsv": "\t", "semicolons": ";"}.get(kind, ",")
        frame.to_csv(
            file,
            sep=separator,
            index=False,
            compression="gzip" if kind == "gzip" else None,
        )
    raw = read_table(file)
    assert raw.columns.tolist() == COLUMNS
    assert raw.to_records(index=False).tolist() == ROWS
    assert load_reviews(file).frame["text"].tolist() == ["Dry, warm.", "Thin."]


@pytest.mark.parametrize("dates", DATES.values(), ids=DATES)
def test_dates_as_text_become_seconds(dates, tmp_path):
    table = pd.DataFrame(
        {"user": list("abc"), "item": "x", "rating": 3, "date": dates}
    )
    table.to_csv(tmp_path / "t.csv", index=False)
    seconds = [86_400 * day for day in DAYS]
    assert read_table(tmp_path / "t.csv")["timestamp"].tolist() == seconds
    raw = table.rename(columns={"date": "timestamp"}).assign(text="")
    assert clean(raw).frame["timestamp"].tolist() == seconds


@pytest.mark.parametrize("unit", [1, 10**3, 10**6, 10**9])
def test_smaller_units_become_seconds(unit, tmp_path):
    file = tmp_path / "t.jsonl"
    file.write_bytes(
        json_lines(
            {
                "user": "a",
                "item": "x",
                "rating": 3,
                "time": 1_588_687_728 * unit,
            }
        )
    )
    assert read_table(file)["timestamp"].tolist() == [1_588_687_728]


def test_dates_that_may_be_read_in_two_ways_are_refused(tmp_path):
    file = tmp_path / "t.csv"
    file.write_text("user,item,rating,date\na,x,3,03/04/2012\n")
    with pytest.raises(
        DataError,
        match="'03/04/2012' fit %m/%d/%Y and %d/%m/%Y: write them as 2026-01-31",
    ):
        read_table(file)
    file.write_text("user,item,rating,date\na,x,3,2012-01-01\na,y,3,soon\n")
    with pytest.raises(
        DataError, match="line 3: timestamp 'soon' is no number and no date"
    ):
        read_table(file)


def test_without_dates_the_order_of_the_file_is_time_and_the_log_says_so(
    tmp_path,
):
    file = tmp_path / "t.csv"
    file.write_text("user,item,rating\na,x,3\nb,x,4\na,x,5\n")
    reviews = load_reviews(file)
    assert reviews.frame["timestamp"].tolist() == [
        1,
        2,
    ] and reviews.rating.tolist() == [4, 5]
    assert (
        "changed: no row has a time, so the rows' order is taken",
        3,
    ) in reviews.log
    file.write_text("user,item,rating,time\na,x,3,7\nb,x,4,\n")
    assert (
        dict(load_reviews(file).log)["removed: time missing or not finite"]
        == 1
    )


def test_columns_that_contradict_each_other_are_named_with_the_remedy(
    tmp_path,
):
    file = tmp_path / "t.csv"
    file.write_text("uid,item,rating,stars\na,x,3,3\nb,x,4,5\n")
    with pytest.raises(
        DataError,
        match="line 3: the columns stars, rating|line 3: the columns rating, stars",
    ):
        read_table(file)
    assert read_table(file, {"rating": "stars"})["rating"].tolist() == [3, 5]
    assert load_reviews(file, columns={"rating": "stars"}).rating.tolist() == [
        3,
        5,
    ]
    with pytest.raises(
        DataError, match="no column 'points' for the rating; there are .*'uid'"
    ):
        read_table(file, {"rating": "points"})
    with pytest.raises(
        DataError, match="columns names 'points'; it may name user, item"
    ):
        read_table(file, {"points": "stars"})
    file.write_text("who,item,rating\na,x,3\n")
    with pytest.raises(
        DataError,
        match=r"no column is known as the user .*'who'.*columns={'user': …}",
    ):
        read_table(file)
    assert read_table(file, {"user": "who"})["user"].tolist() == ["a"]


def test_a_table_of_ratings_is_movielens_where_its_first_line_says_so(
    tmp_path,
):
    header, row = "userId,movieId,rating,timestamp", "1,7,5.0,100"
    for lines, is_one in (([header, row], True), ([row, header], False)):
        write(tmp_path, {"ratings.csv": "\n".join(lines)})
        assert is_movielens(tmp_path / "ratings.csv") is is_one


def test_what_is_published_as_an_archive_is_known_by_its_name():
    assert {name: source.zipped for name, source in SOURCES.items()} == {
        name: Path(source.file).suffix == ".zip"
        for name, source in SOURCES.items()
    }


@pytest.mark.parametrize("as_file", [True, False])
def test_titles_come_from_a_column_a_second_file_or_the_folder(
    as_file, tmp_path
):
    reviews, films = tmp_path / "set" / "r.csv", tmp_path / "set" / "films.tsv"
    write(
        tmp_path / "set",
        {
            "r.csv": "user,movieId,rating,product_title\na,7,3,Ran\n",
            "notes.txt": "Hello.\n",
        },
    )
    assert load_reviews(reviews).title("7") == "Ran"
    films.write_text("movieId\ttitle\n7\tHeat\n")
    assert read_titles(films) == {"7": "Heat"}
    found = (
        load_reviews(reviews, titles=films)
        if as_file
        else load_reviews(tmp_path / "set")
    )
    assert found.title("7") == "Heat"
    assert read_reviews(tmp_path / "set")["user"].tolist() == ["a"]
    with pytest.raises(DataError, match="no column is known as the title"):
        read_titles(write(tmp_path / "b", {"x": "item,a\n1,2\n"}) / "x")


def test_the_data_say_what_an_item_is_and_who_reviews_it(tmp_path):
    file = tmp_path / "t.csv"
    words = {
        "movieId": "film viewers",
        "asin": "product customers",
        "item": "item reviewers",
        "book_id": "book readers",
    }
    for column, said in words.items():
        file.write_text(f"user,{column},rating\na,7,3\n")
        reviews = load_reviews(file)
        assert f"{reviews.thing} {reviews.people[0]}" == said
    assert load_movielens(
        path=write(tmp_path / "ml", FORMATS["ml-100k"])
    ).people == ("viewers",)
    assert (load_shop().thing, load_shop().people) == (
        "product",
        ("customers", "buyers", "owners"),
    )


def test_a_folder_of_two_tables_or_none_asks_for_the_file(tmp_path):
    table = "user,item,rating\na,x,3\n"
    with pytest.raises(
        DataError,
        match="one table with user, item and rating, holds a.csv, b.csv: give the file's",
    ):
        load_reviews(write(tmp_path / "two", {"a.csv": table, "b.csv": table}))
    with pytest.raises(DataError, match="holds none"):
        load_reviews(write(tmp_path / "none", {"a.csv": "x,y\n1,2\n"}))


def test_ratings_out_of_ten_stop_with_the_scale_that_fits(tmp_path):
    file = tmp_path / "t.csv"
    pd.DataFrame(
        {"user": range(100), "item": "x", "rating": [4, 7, 8, 9, 10] * 20}
    ).to_csv(file, index=False)
    with pytest.raises(
        DataError,
        match=r"80 of 100 ratings are off the scale 1 to 5: .* scale=\(1, 10\)",
    ):
        load_reviews(file)
    assert len(load_reviews(file, scale=(1, 10))) == 100


# --- what they refuse, and how they say so ---

GOOD = FORMATS["ml-100k"]["u.data"]
MALFORMED = [  # reader, file name, content, what the message must say
    (read_movielens, "u.data", "", "is empty"),
    (read_movielens, "u.data", " \n\n", "is empty"),
    (
        read_movielens,
        "u.data",
        "1,7,5,100\n",
        "line 1: expected 4 fields separated by tabs.*separated by commas?",
    ),
    (
        read_movielens,
        "u.data",
        GOOD + "3\t7\t5\n",
        "line 4: expected 4 fields separated by tabs, got 3",
    ),
    (
        read_movielens,
        "u.data",
        "1\t7\t5\t100\n\n" + GOOD,
        "line 2: expected 4 fields",
    ),
    (
        read_movielens,
        "u.data",
        GOOD + "3\t7\tfive\t100\n",
        "line 4: rating 'five' is not a number",
    ),
    (
        read_movielens,
        "u.data",
        GOOD + "3\t7\t5\tnoon\n",
        "line 4: timestamp 'noon' is not a number",
    ),
    (
        read_movielens,
        "u.data",
        GOOD.encode("utf-16"),
        "line 1: byte 0xff is not UTF-8",
    ),
    (
        read_movielens,
        "u.data",
        GOOD.encode("utf-16-le"),
        "line 1: holds zero bytes",
    ),
    (
        read_movielens,
        "u.data",
        (GOOD + "é").encode("latin-1"),
        "line 4: byte 0xe9 is not UTF-8; save the file as",
    ),
    (
        read_movielens,
        "ratings.dat",
        GOOD,
        "line 1: expected 4 fields separated by '::'.*separated by tabs?",
    ),
    (
        read_movielens,
        "ratings.dat",
        "1::7::5::100:\n2::7::5::100\n",
        "line 1: timestamp '100:' is not a number",
    ),
    (
        read_movielens,
        "ratings.csv",
        "1,7,5,100\n",
        "line 1: expected the header userId,movieId,rating,timestamp",
    ),
    (
        read_movielens,
        "ratings.csv",
        FORMATS["latest"]["ratings.csv"] + "1,2\n",
        "line 5: expected 4 fields",
    ),
    (read_table, "r.json", "", "is empty"),
    (
        read_table,
        "r.json",
        json_lines(OLD) + b'{"user_id": \n',
        "line 2: expected a JSON object on one line",
    ),
    (
        read_table,
        "r.json",
        json_lines(OLD) + b"\n" + json_lines(OLD),
        "line 2: expected a JSON object on one line",
    ),
    (
        read_table,
        "r.json",
        "{'reviewerID': 'A1'}\n",
        "line 1: expected a JSON object on one line",
    ),
    (read_table, "r.json", "[" * 100_000, "line 1: expected a JSON object"),
    (
        read_table,
        "r.json",
        json_lines(OLD, [1]),
        "line 2: expected a JSON object",
    ),
    (
        read_table,
        "r.json",
        json_lines({"name": "x"}),
        "no column is known as the user .*there are.*name.*columns={'user': …}",
    ),
    (
        read_table,
        "r.json",
        json_lines(OLD | {"overall": "good"}),
        "line 1: rating 'good' is not a number",
    ),
    (
        read_table,
        "r.json",
        json_lines(OLD | {"overall": True}),
        "line 1: rating True is not a number",
    ),
    (
        read_table,
        "r.json",
        json_lines(OLD | {"overall": 10**400}),
        "line 1: rating 1000.* is not a number",
    ),
    (
        read_table,
        "r.json",
        json_lines(OLD | {"unixReviewTime": [3]}),
        r"line 1: timestamp \[3\] is not a number",
    ),
    (
        read_table,
        "r.json",
        json_lines(OLD, OLD | {"asin": {}}),
        "line 2: item {} is not an id",
    ),
    (
        read_table,
        "r.json",
        json_lines(OLD | {"reviewerID": "\ud800"}),
        "line 1: user .* is not an id",
    ),
    (
        read_table,
        "r.json",
        json_lines(OLD | {"reviewText": 5}),
        "line 1: text 5 is not text",
    ),
    (
        read_table,
        "r.json.gz",
        gzip.compress(json_lines(OLD) * 9, mtime=0)[:-9],
        "truncated gzip file.*download it again",
    ),
    (
        read_table,
        "r.json.gz",
        gzip.compress(b"", mtime=0)[:5],
        "truncated gzip file",
    ),
    (
        read_table,
        "r.json.gz",
        gzip.compress(json_lines(OLD), mtime=0)[:20] + bytes(40),
        "broken or truncated gzip file",
    ),
    (
        read_shop,
        "reviews.csv",
        "user,item\n",
        "line 1: no column 'review' in the header",
    ),
    (
        read_shop,
        "reviews.csv",
        SHOP["reviews.csv"] + "6,u1\n",
        "line 6: expected 6 fields, got 2",
    ),
    (
        read_shop,
        "reviews.csv",
        SHOP["reviews.csv"] + '6,"u1',
        "line 6: not a well-formed CSV row",
    ),
    (
        read_shop,
        "reviews.csv",
        SHOP["reviews.csv"] + "x,u1,p1,5,10,\n",
        "line 6: review 'x' is not a number",
    ),
    (
        read_shop,
        "reviews.csv",
        SHOP["reviews.csv"] + "1.5,u1,p1,5,10,\n",
        "line 6: review '1.5' is not a whole",
    ),
    (
        read_shop,
        "reviews.csv",
        SHOP["reviews.csv"] + ",u1,p1,5,10,\n",
        "line 6: review '' is not a whole number",
    ),
    (
        read_shop,
        "reviews.csv",
        SHOP["reviews.csv"] + "7,u1,p1,5 stars,10,\n",
        "line 6: rating '5 stars' is not",
    ),
]


@pytest.mark.parametrize(("reader", "name", "content", "message"), MALFORMED)
def test_malformed_file_is_named_with_its_line(
    reader, name, content, message, tmp_path
):
    file = write(tmp_path / "bad", {name: content}) / name
    with pytest.raises(DataError, match=message) as caught:
        reader(tmp_path / "bad" if reader is read_shop else file)
    assert str(file) in str(caught.value), "the message names the file"


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        (
            "u.item",
            U_ITEM + "8|Short\n",
            r"u\.item, line 3: expected 8 fields separated by '\|'",
        ),
        ("u.genre", "Comedy\n", r"u\.genre, line 1: expected 2 fields"),
        ("u.genre", None, r"cannot read .*u\.genre: No such file"),
    ],
)
def test_malformed_titles_are_named(name, content, message, tmp_path):
    folder = write(tmp_path / "ml", FORMATS["ml-100k"])
    (folder / name).unlink() if content is None else (
        folder / name
    ).write_text(content)
    with pytest.raises(DataError, match=message):
        load_movielens(path=folder)


@pytest.mark.parametrize("reader", [read_movielens, read_table, read_shop])
@pytest.mark.parametrize("path", ["missing", "a\0b"])
def test_missing_file_is_named(reader, path, tmp_path):
    with pytest.raises(DataError, match=re.escape(path.split("\0")[0])):
        reader(tmp_path / path)


def test_folder_that_holds_no_data_is_named(tmp_path):
    with pytest.raises(DataError, match="not a MovieLens folder"):
        load_movielens(path=tmp_path)
    with pytest.raises(DataError, match="cannot read .*: Is a directory"):
        read_table(tmp_path)
    with pytest.raises(DataError, match="items.csv"):
        load_shop(tmp_path)
    with pytest.raises(DataError, match="reasons.csv"):
        load_shop_truth(tmp_path)


@pytest.mark.parametrize("name", ["nonsense", "a" * 5000, "a\0b", 7, None])
def test_unknown_data_set_is_named(name):
    with pytest.raises(
        DataError, match="is neither shop, .*, ml-100k, .* nor a path"
    ):
        load_reviews(name)


# --- fuzz: whatever is in the file, a table or our own error ---

MARKS = [
    b"\t",
    b"::",
    b":",
    b",",
    b"\n",
    b"\r\n",
    b"\r",
    b'"',
    b"|",
    b"{",
    b"}",
    b"[",
    b"\xff",
    b"\x1f\x8b",
    b"\0",
]
VALUES = [
    b"0",
    b"7",
    b"-1",
    b"4.5",
    b" ",
    b"u1",
    b"NaN",
    b"1e999",
    b"null",
    b"true",
    b'"\\ud800"',
    b"9" * 5000,
]
junk = st.one_of(
    st.binary(max_size=60),
    st.text(max_size=20).map(str.encode),
    st.sampled_from(MARKS),
)


@st.composite
def mutated(draw, good: bytes):
    """Mostly a good file with a few stretches replaced, repeated or cut out; gzipped, cut short, or plain junk."""
    content = good
    for _ in range(draw(st.integers(0, 3))):
        start = draw(st.integers(0, len(content)))
        patch = draw(st.sampled_from(VALUES) if draw(st.booleans()) else junk)
        content = (
            content[:start]
            + patch
            + content[start + draw(st.integers(0, 3)) :]
        )
    way = draw(
        st.sampled_from(
            ["plain", "plain", "gzipped", "cut short", "cut gzip", "junk"]
        )
    )
    if "gzip" in way:
        content = gzip.compress(content, mtime=0)
    if "cut" in way:
        content = content[: draw(st.integers(0, len(content)))]
    return draw(junk) if way == "junk" else content


FUZZED = {
    "u.data": (load_movielens, FORMATS["ml-100k"]),
    "u.item": (load_movielens, FORMATS["ml-100k"]),
    "u.genre": (load_movielens, FORMATS["ml-100k"]),
    "ratings.dat": (load_movielens, FORMATS["ml-1m"]),
    "movies.dat": (load_movielens, FORMATS["ml-1m"]),
    "ratings.csv": (load_movielens, FORMATS["latest"]),
    "movies.csv": (load_movielens, FORMATS["latest"]),
    "table.csv": (load_table, {"table.csv": "uid,asin,stars,date,title\na,x,3,2012-01-31,y\nb,x,4,,\n"}),
    "reviews.json": (load_amazon, {"reviews.json": json_lines(OLD, NEW, OLD | {"asin": None})}),
    "reviews.csv": (load_shop, SHOP),
    "items.csv": (load_shop, SHOP),
    "tastes.csv": (load_shop_truth, dict.fromkeys(["reasons.csv", "mentions.csv", "tastes.csv", "qualities.csv",
                                                   "aspects.csv"], "user,aspect\nu1,fit\n")),
}  # fmt: skip


@pytest.mark.parametrize("name", FUZZED)
@settings(
    max_examples=60,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    deadline=None,
)
@given(data=st.data())
def test_fuzzed_file_ends_in_a_table_or_our_error(name, data, tmp_path):
    loader, contents = FUZZED[name]
    good = (
        contents[name]
        if isinstance(contents[name], bytes)
        else contents[name].encode()
    )
    folder = write(
        tmp_path / "fuzz", contents | {name: data.draw(mutated(good))}
    )
    try:
        if loader is load_movielens:
            reviews = loader(path=folder)
        else:
            reviews = loader(
                folder / name
                if loader in (load_amazon, load_table)
                else folder
            )
    except DataError:
        return
    if loader is load_shop_truth:
        assert isinstance(reviews.tastes, pd.DataFrame)
    else:
        assert (
            len(reviews)
            and reviews.rating.min() >= reviews.scale[0]
            and reviews.rating.max() <= reviews.scale[1]
        )
        assert len(reviews.user_idx) == len(reviews.item_idx) == len(reviews)


# --- finding ---


def test_recx_data_pointing_nowhere_is_named(monkeypatch, tmp_path):
    monkeypatch.setenv("RECX_DATA", str(tmp_path / "gone"))
    for load in (find, load_reviews):
        with pytest.raises(
            DataError,
            match="RECX_DATA=.*gone is not a folder; set it to .* or unset it",
        ):
            load("ml-100k")


def test_find_prefers_recx_data_then_the_cache(monkeypatch, tmp_path):
    write(tmp_path / "cache", {})
    write(tmp_path / "cache" / "ml-100k", FORMATS["ml-100k"])
    write(tmp_path / "mine", {})
    monkeypatch.setenv("RECX_DATA", str(tmp_path / "mine"))
    assert find("ml-100k") == tmp_path / "cache" / "ml-100k", (
        "a folder without the set: go on to the cache"
    )
    write(tmp_path / "mine" / "ml-100k", FORMATS["ml-100k"])
    assert find("ml-100k") == tmp_path / "mine" / "ml-100k"
    assert len(load_reviews("ml-100k")) == 3


def test_load_reviews_finds_other_files_in_recx_data(monkeypatch, tmp_path):
    (tmp_path / "reviews_Other_5.json").write_bytes(json_lines(OLD))
    monkeypatch.setenv("RECX_DATA", str(tmp_path))
    assert len(load_reviews("reviews_Other_5.json")) == 1


# --- downloading, from a server of our own ---


class Handler(BaseHTTPRequestHandler):
    """Serves `server.content` with Range; breaks off after `server.cut` bytes, as long as `server.cuts` last."""

    def do_GET(self):
        content, sent = self.server.content, self.headers.get("Range")
        self.server.ranges.append(sent)
        start = int(sent[6:-1]) if sent and self.server.resumes else 0
        if content is None or start >= len(content):
            return self.send_error(404 if content is None else 416)
        self.send_response(206 if sent and self.server.resumes else 200)
        if self.server.says_length:
            self.send_header("Content-Length", str(len(content) - start))
        self.end_headers()
        cut = self.server.cuts > 0
        self.server.cuts -= cut
        self.wfile.write(
            content[start : start + self.server.cut]
            if cut
            else content[start:]
        )

    def log_message(self, *args):
        pass


@pytest.fixture
def server(monkeypatch):
    monkeypatch.setattr(
        files, "CHUNK", 500
    )  # a chunk that is cut in two is lost
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        (
            server.content,
            server.resumes,
            server.cut,
            server.cuts,
            server.ranges,
        ) = b"", True, 1000, 0, []
        server.says_length = True
        thread = threading.Thread(
            target=server.serve_forever, kwargs={"poll_interval": 0.01}
        )
        thread.start()
        yield server
        server.shutdown()
        thread.join()


CONTENT = json_lines(OLD) * 100  # 15,500 bytes


def source(server, content=CONTENT, **changes) -> Source:
    """Publish `content`, and describe it."""
    server.content = content
    url = f"http://127.0.0.1:{server.server_port}/reviews.json"
    known = {
        "size": len(content),
        "sha256": hashlib.sha256(content).hexdigest(),
    }
    return Source(
        **{"url": url, "page": "the manual page", "probe": "reviews.json"}
        | known
        | changes
    )


def test_download_arrives_whole(server, tmp_path, monkeypatch, capsys):
    monkeypatch.setitem(SOURCES, "musical_instruments", source(server))
    path = find("musical_instruments")
    assert (
        path == tmp_path / "cache" / "reviews.json"
        and path.read_bytes() == CONTENT
    )
    assert [p.name for p in path.parent.iterdir()] == ["reviews.json"], (
        "no part is left"
    )
    assert "reviews.json: 100%" in capsys.readouterr().err, "progress is shown"
    server.content = None
    assert find("musical_instruments") == path and len(server.ranges) == 1, (
        "found in the cache, not fetched again"
    )


def test_broken_download_goes_on_by_itself(server, tmp_path):
    wanted = source(server)
    server.cuts = 2
    assert download(wanted, tmp_path).read_bytes() == CONTENT
    assert server.ranges == [None, "bytes=1000-", "bytes=2000-"]


def test_broken_download_is_resumed_by_the_next_call(server, tmp_path):
    wanted = source(server)
    server.cuts = 3
    with pytest.raises(
        DataError,
        match="cannot download .*no connection, or it broke off.* By hand: see the manual",
    ):
        download(wanted, tmp_path)
    assert (tmp_path / "reviews.json.part").read_bytes() == CONTENT[:3000]
    assert download(wanted, tmp_path).read_bytes() == CONTENT
    assert server.ranges[-1] == "bytes=3000-"


def test_broken_download_is_noticed_where_no_length_was_sent(server, tmp_path):
    wanted = source(server)
    server.cuts, server.says_length = 4, False
    with pytest.raises(
        DataError,
        match="broke off after 3,000 bytes, 3 times; run again to go on from there",
    ):
        download(wanted, tmp_path)
    assert download(wanted, tmp_path).read_bytes() == CONTENT


@pytest.mark.parametrize("part", [b"", CONTENT[:500], CONTENT])
@pytest.mark.parametrize("resumes", [True, False])
def test_any_part_ends_in_the_whole_file(server, tmp_path, resumes, part):
    wanted = source(server)
    server.resumes = resumes
    (tmp_path / "reviews.json.part").write_bytes(part)
    assert download(wanted, tmp_path).read_bytes() == CONTENT


def test_part_longer_than_a_file_of_unknown_size_starts_over(server, tmp_path):
    wanted = source(server, size=None)
    (tmp_path / "reviews.json.part").write_bytes(CONTENT * 2)
    assert download(wanted, tmp_path).read_bytes() == CONTENT


@pytest.mark.parametrize(
    ("arrives", "message"),
    [
        (
            CONTENT[:-1] + b"?",
            "expected SHA-256 [0-9a-f]{64}, got [0-9a-f]{64}",
        ),
        (
            CONTENT + b"?",
            "expected 15,500 bytes, got 15,501; expected SHA-256",
        ),
    ],
)
def test_wrong_bytes_are_deleted_and_named(server, tmp_path, arrives, message):
    wanted = source(server)
    server.content = arrives
    message = (
        f"reviews.json from http.* {message}.*deleted.* By hand: .*RECX_DATA"
    )
    with pytest.raises(DataError, match=message) as caught:
        download(wanted, tmp_path)
    assert hashlib.sha256(arrives).hexdigest() in str(
        caught.value
    ) and wanted.sha256 in str(caught.value)
    assert list(tmp_path.iterdir()) == [], "nothing unverified stays"


def test_tampered_part_is_not_trusted(server, tmp_path):
    wanted = source(server)
    (tmp_path / "reviews.json.part").write_bytes(b"x" * 500)
    with pytest.raises(DataError, match="expected SHA-256"):
        download(wanted, tmp_path)
    assert download(wanted, tmp_path).read_bytes() == CONTENT, (
        "the next try is clean"
    )


def test_unknown_hash_is_said_aloud(server, tmp_path):
    with pytest.warns(UserWarning, match="no SHA-256 is known"):
        download(source(server, sha256=None, size=None), tmp_path)


def test_server_without_the_file_or_no_server(server, tmp_path):
    wanted = source(server)
    server.content = None
    with pytest.raises(
        DataError,
        match="cannot download http.*404.* By hand: see the manual page, put reviews.json",
    ):
        download(wanted, tmp_path)
    server.server_close()
    with pytest.raises(DataError, match="cannot download http.* By hand"):
        download(wanted, tmp_path)


def test_cache_that_cannot_be_written_is_named(server, tmp_path, monkeypatch):
    wanted = source(server)
    (tmp_path / "cache").write_text("a file where a folder should be")
    with pytest.raises(
        DataError,
        match="cannot write .*cache.* keep the data elsewhere.*RECX_DATA",
    ):
        download(wanted, tmp_path / "cache")

    def refuse(path, *args, **kwargs):
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(
        DataError,
        match=r"cannot write .*reviews.json.part: Permission denied. Make .* writable",
    ):
        download(wanted, tmp_path)


@pytest.fixture
def read_only_folder():
    """A folder in which this process may not write, not even where the tests are run by a superuser."""
    root = hasattr(os, "geteuid") and os.geteuid() == 0
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o555)
        if root:
            os.seteuid(65534)  # nobody
        yield Path(folder)
        if root:
            os.seteuid(0)


@pytest.mark.skipif(
    os.name == "nt", reason="permissions of folders are another matter there"
)
def test_read_only_cache_is_named(server, read_only_folder):
    with pytest.raises(
        DataError,
        match=rf"cannot write .*{read_only_folder.name}.*Permission denied.*RECX_DATA",
    ):
        download(source(server), read_only_folder)


def zipped(**members) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, content in members.items():
            archive.writestr(name.replace("__", "/"), content)
    return packed.getvalue()


def archive(server, content: bytes) -> Source:
    return source(
        server,
        content,
        url=f"http://127.0.0.1:{server.server_port}/ml-100k.zip",
        probe="ml-100k/u.data",
    )


def test_archive_is_unpacked_and_loaded(server, tmp_path, monkeypatch):
    members = {
        f"ml-100k/{name}": content
        for name, content in FORMATS["ml-100k"].items()
    }
    monkeypatch.setitem(SOURCES, "ml-100k", archive(server, zipped(**members)))
    assert load_movielens().title("7") == "Déjà Vu (1997)"
    assert [p.name for p in (tmp_path / "cache").iterdir()] == ["ml-100k"], (
        "archive and scratch folder are gone"
    )


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (
            zipped(**{"ml-100k/u.data": "x", "../../evil": "x"}),
            r"wants to write outside its folder \('../../evil'\)",
        ),
        (zipped(**{"/evil": "x"}), "wants to write outside its folder"),
        (zipped(other="x"), "does not hold ml-100k/u.data"),
        (b"<html>Service unavailable</html>", "is no zip archive"),
    ],
)
def test_bad_archive_is_refused(server, tmp_path, content, message):
    with pytest.raises(DataError, match=message):
        download(archive(server, content), tmp_path / "deep" / "cache")
    left = [
        p for p in tmp_path.rglob("*") if p.is_file() and p.suffix != ".part"
    ]
    assert left == [], "nothing was unpacked"


def test_every_source_says_how_to_get_it_by_hand():
    for name, known in SOURCES.items():
        assert (
            known.url.startswith("https://")
            and known.page in known.by_hand
            and "RECX_DATA" in known.by_hand
        )
        assert known.size and re.fullmatch("[0-9a-f]{64}", known.sha256), name


# --- the real files, where there are copies ---

REAL = Path(os.environ.get("RECX_DATA") or "no such folder")
needs = {name: pytest.mark.skipif(not (REAL / s.probe).exists(), reason=f"RECX_DATA holds no {s.probe}")
         for name, s in SOURCES.items()}  # fmt: skip


@needs["ml-100k"]
def test_real_movielens(monkeypatch):
    monkeypatch.setenv("RECX_DATA", str(REAL))
    reviews = load_reviews("ml-100k")
    assert (len(reviews), reviews.n_users, reviews.n_items) == (
        100_000,
        943,
        1682,
    )
    assert not any(n for _, n in reviews.log), "the published file is clean"
    assert (
        reviews.title("1") == "Toy Story (1995)"
        and "Comedy" in reviews.tags["1"]
    )
    train, test = load_movielens_fold(3)
    assert (len(train), len(test), train.n_items) == (80_000, 20_000, 1682)
    assert_no_leak(train, test)


@needs["musical_instruments"]
def test_real_amazon(monkeypatch):
    monkeypatch.setenv("RECX_DATA", str(REAL))
    reviews = load_reviews("musical_instruments")
    assert (len(reviews), reviews.n_users, reviews.n_items) == (
        10_261,
        1429,
        900,
    )
    assert (
        not any(n for step, n in reviews.log if step.startswith("removed"))
        and reviews.has_text
    )
    known = SOURCES["musical_instruments"]
    content = (REAL / known.probe).read_bytes()
    assert (len(content), hashlib.sha256(content).hexdigest()) == (
        known.size,
        known.sha256,
    )
