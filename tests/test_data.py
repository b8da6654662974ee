"""The table of reviews: cleaning that counts, k-core, splits that leak nothing, profiles."""

import warnings

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recx_lib.core import DataError
from recx_lib.data import (
    Ids,
    Reviews,
    assert_no_leak,
    clean,
    item_profile,
    k_core,
    leave_last_out,
    split_by_time,
    split_given,
    split_random,
    user_profile,
)
from recx_lib.data.reviews import COLUMNS, check_train
from recx_lib.data.tokens import sentences


def table(*rows):
    """Rows of (user, item, rating, timestamp, text), shorter ones filled up."""
    full = [(*row, *(3, 0, "")[len(row) - 2 :]) for row in rows]
    return pd.DataFrame(full, columns=COLUMNS)


def counts(reviews):
    """The log without the steps that did nothing."""
    return {step: n for step, n in reviews.log if n}


calm = settings(max_examples=60, deadline=None)  # the machine may be busy
pairs = st.tuples(st.sampled_from("abcdef"), st.sampled_from("uvwxyz"))
tables = st.lists(
    st.tuples(pairs, st.integers(1, 5), st.integers(0, 6)),
    min_size=1,
    max_size=40,
    unique_by=lambda row: row[0],
).map(
    lambda rows: clean(
        table(*((*pair, rating, time) for pair, rating, time in rows))
    )
)
dirty_ids = st.sampled_from(
    ["a", "A", " a", "a ", "b", "B\t", "", "  ", None, "ß", "SS"]
)
dirty_tables = st.lists(
    st.tuples(
        dirty_ids,
        dirty_ids,
        st.one_of(st.floats(), st.sampled_from([None, 1, 5, "4"])),
        st.one_of(
            st.integers(-10, 10), st.sampled_from([None, float("inf"), 2**60])
        ),
        st.one_of(st.none(), st.text(max_size=5), st.just("&lt;b&gt;")),
    ),
    max_size=12,
).map(lambda rows: pd.DataFrame(rows, columns=COLUMNS))


# --- ids and the table ---


def test_a_rating_that_no_model_can_learn_from_is_named_by_its_review():
    frame = table(("ann", "tent"), ("bob", "mat"), ("cid", "mug"))
    frame = frame.assign(rating=[3.0, np.nan, np.inf])
    frame.index = pd.Index([4, 7, 9], name="review")
    reviews = Reviews(frame, Ids(frame["user"]), Ids(frame["item"]))
    with pytest.raises(DataError, match="review 7: rating nan is not"):
        check_train(reviews)
    assert reviews.scale == (1.0, 5.0)  # stars, unless told
    user, item, rating = check_train(reviews.subset([0]))
    assert (user.tolist(), item.tolist(), rating.tolist()) == ([0], [2], [3.0])


@pytest.mark.parametrize("unknown", ["zelt", 7, None, ("tent",)])
def test_unknown_id_is_named(unknown):
    with pytest.raises(DataError, match="unknown id"):
        Ids(["tent", "mat"]).idx([unknown])
    if not isinstance(unknown, tuple):
        with pytest.raises(DataError, match="unknown id"):
            Ids(["tent", "mat"]).idx(unknown)


@calm
@given(st.lists(st.text()))
def test_ids_translate_both_ways(values):
    ids = Ids(values)
    assert [ids.raw[i] for i in ids.idx(values)] == values
    assert len(ids) == len(set(values))


def test_report_is_the_log():
    reviews = clean(table(("a", "x", 9), ("a", "y", 3)))
    assert reviews.report().set_index("step")["rows"].to_dict() == dict(
        reviews.log
    )
    assert counts(reviews) == {"removed: rating off the scale 1 to 5": 1}


# --- cleaning ---


def test_clean_counts_every_step():
    raw = table(
        ("u1", "p1", 5, 10, "warm &amp; dry"),
        (" u1 ", "p2", 4, 11),
        ("U1", "p3", 4, 12),
        (None, "p1", 3, 13),
        ("u2", " ", 3, 14),
        ("u2", "p1", float("nan"), 15),
        ("u2", "p2", float("inf"), 16),
        ("u2", "p3", 5.5, 17),
        ("u2", "p4", 0, 18),
        ("u2", "p5", 3, None),
        ("u1", "p1", 1, 9, "older"),
    )
    reviews = clean(raw)
    assert counts(reviews) == {
        "changed: blanks around an id": 2,
        "changed: an id that differed from another only in case": 1,
        "changed: HTML in the text": 1,
        "removed: user or item missing": 2,
        "removed: rating missing or not finite": 2,
        "removed: rating off the scale 1 to 5": 2,
        "removed: time missing or not finite": 1,
        "removed: older review of the same item by the same user": 1,
    }
    assert reviews.frame["text"].tolist() == ["warm & dry", "", ""]
    assert reviews.users.raw == ["u1"] and reviews.frame.index.tolist() == [
        0,
        1,
        2,
    ]


def test_id_with_blank_merges_with_its_twin():
    reviews = clean(table(("U017 ", "x"), ("u017", "y"), ("u017", "z")))
    assert reviews.users.raw == ["u017"] and len(reviews) == 3


def test_case_is_kept_where_nothing_else_is_meant():
    reviews = clean(
        table(("Ann", "B00X"), ("Bob", "B00x")), titles={"B00x": "tent"}
    )
    assert reviews.users.raw == ["Ann", "Bob"]
    assert reviews.items.raw == ["B00x"], (
        "the spelling that has a title wins a tie"
    )


@pytest.mark.parametrize(
    ("rows", "rating"),
    [
        (
            [("a", "x", 1, 5), ("a", "x", 2, 4)],
            1,
        ),  # the latest, wherever it stands
        ([("a", "x", 1, 4), ("a", "x", 2, 5)], 2),
        ([("a", "x", 1, 5), ("a", "x", 2, 5)], 2),  # same second: the last row
        (
            [("a", "x", 1, 5), ("A ", "x", 2, 9), ("a", "x", 7, 99)],
            2,
        ),  # invalid rows do not count as latest
    ],
)
def test_of_a_duplicate_pair_the_latest_stays(rows, rating):
    assert clean(table(*rows)).rating.tolist() == [rating]


def test_clean_sorts_by_time_then_row():
    reviews = clean(
        table(
            ("a", "x", 1, 3),
            ("a", "y", 1, 2),
            ("b", "x", 1, 3),
            ("b", "y", 1, 2),
        )
    )
    assert reviews.frame.index.tolist() == [1, 3, 0, 2]


@calm
@given(dirty_tables, st.sampled_from([(1, 5), (0.5, 5)]))
def test_clean_ends_in_a_valid_table_or_our_error(raw, scale):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            reviews = clean(raw, scale)
        except DataError as error:
            assert "is left" in str(error)
            return
    frame = reviews.frame
    removed = sum(n for step, n in reviews.log if step.startswith("removed"))
    assert len(raw) == len(frame) + removed, "every row is kept or counted"
    assert (
        not frame.duplicated(["user", "item"]).any()
        and frame["timestamp"].is_monotonic_increasing
    )
    assert (
        frame["rating"].between(*scale).all()
        and frame["timestamp"].dtype == "int64"
    )
    for column in ("user", "item"):
        assert (frame[column] == frame[column].str.strip()).all() and (
            frame[column] != ""
        ).all()
        assert (
            frame[column].nunique() == frame[column].str.casefold().nunique()
        )
    again = clean(frame, scale)
    pd.testing.assert_frame_equal(
        again.frame[["user", "item", "rating"]],
        frame[["user", "item", "rating"]],
    )
    assert sum(n for step, n in again.log if step.startswith("removed")) == 0


def test_clean_leaves_its_input_alone():
    raw = table((" a", "x", 9, 1, "&lt;"), ("b", "x"))
    before = raw.copy()
    clean(raw)
    pd.testing.assert_frame_equal(raw, before)


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        (table(("a", "x")).drop(columns="rating"), "no column 'rating'"),
        (
            table(("a", "x", 9)),
            r"none of 1 rows is left .*off the scale 1 to 5 \(1\)",
        ),
        (table(), "none of 0 rows is left"),
        (
            table(("a", "x"), ("a", "y")).set_axis([3, 3]),
            "review number 3 occurs twice",
        ),
    ],
)
def test_clean_says_what_is_wrong(raw, message):
    with pytest.raises(DataError, match=message):
        clean(raw)


# --- k-core ---


def core_by_hand(reviews, k):
    """The slow, plain way: throw out one poor user or item at a time."""
    rows = set(zip(reviews.frame["user"], reviews.frame["item"], strict=True))
    while True:
        for side in (0, 1):
            ids = [row[side] for row in rows]
            poor = [i for i in ids if ids.count(i) < k]
            if poor:
                rows = {row for row in rows if row[side] != poor[0]}
                break
        else:
            return rows


@calm
@given(tables, st.integers(1, 4))
def test_k_core_is_the_largest_and_stays(reviews, k):
    expected = core_by_hand(reviews, k)
    if not expected:
        with pytest.raises(DataError, match=f"{k}-core .* is empty"):
            k_core(reviews, k)
        return
    core = k_core(reviews, k)
    assert (
        set(zip(core.frame["user"], core.frame["item"], strict=True))
        == expected
    )
    assert len(core) + core.log[-1][1] == len(reviews)
    pd.testing.assert_frame_equal(k_core(core, k).frame, core.frame)
    assert np.bincount(core.user_idx, minlength=core.n_users).min() >= k, (
        "no id without a review"
    )
    assert np.bincount(core.item_idx, minlength=core.n_items).min() >= k


def test_k_core_needs_more_than_one_round():
    rows = [
        ("a", "x"),
        ("a", "y"),
        ("b", "x"),
        ("b", "y"),
        ("c", "y"),
        ("c", "z"),
        ("d", "z"),
    ]
    assert k_core(clean(table(*rows)), 2).users.raw == ["a", "b"]


def test_k_core_wants_a_positive_k():
    with pytest.raises(DataError, match="at least 1"):
        k_core(clean(table(("a", "x"))), 0)


# --- splits ---

SPLITS = {
    "random": lambda reviews: split_random(reviews, 0.3, seed=1),
    "time": lambda reviews: split_by_time(reviews, 0.3),
    "last": leave_last_out,
}


@pytest.mark.parametrize("name", SPLITS)
@calm
@given(reviews=tables)
def test_splits_share_out_every_row_once(name, reviews):
    try:
        train, test = SPLITS[name](reviews)
    except DataError as error:
        assert "cannot split" in str(error)
        return
    assert len(train) and len(test)
    assert sorted([*train.frame.index, *test.frame.index]) == sorted(
        reviews.frame.index
    )
    assert (
        train.users is test.users is reviews.users
        and train.items is test.items is reviews.items
    )
    assert_no_leak(train, test, by_time=name == "time")


@calm
@given(reviews=tables, seed=st.integers(0, 3))
def test_splits_do_not_depend_on_the_order_of_rows(reviews, seed):
    order = np.random.default_rng(seed).permutation(len(reviews))
    for split in (leave_last_out, split_by_time):
        try:
            _, test = split(reviews)
        except DataError:
            with pytest.raises(DataError, match="cannot split"):
                split(reviews.subset(order))
        else:
            assert set(split(reviews.subset(order))[1].frame.index) == set(
                test.frame.index
            )


@calm
@given(tables)
def test_last_review_of_each_user_goes_to_test(reviews):
    try:
        train, test = leave_last_out(reviews)
    except DataError:
        assert reviews.frame["user"].is_unique
        return
    several = reviews.frame[reviews.frame.duplicated("user", keep=False)]
    assert sorted(test.frame["user"]) == sorted(several["user"].unique())
    for row in test.frame.itertuples():
        mine = reviews.frame[reviews.frame["user"] == row.user]
        assert (row.timestamp, row.Index) == max(
            zip(mine["timestamp"], mine.index, strict=True)
        )
    assert set(reviews.frame["user"]) == set(train.frame["user"])


@calm
@given(tables, st.floats(0.05, 0.95))
def test_time_cut_is_the_nearest_to_the_share(reviews, share):
    times = reviews.frame["timestamp"]
    if times.nunique() < 2:
        with pytest.raises(DataError, match="have the timestamp"):
            split_by_time(reviews, share)
        return
    train, test = split_by_time(reviews, share)
    assert train.frame["timestamp"].max() < test.frame["timestamp"].min()
    best = min(
        abs((times >= cut).sum() - share * len(times))
        for cut in times.unique()
        if cut > times.min()
    )
    assert abs(len(test) - share * len(times)) == pytest.approx(best)


def test_random_split_is_seeded_and_has_the_share():
    reviews = clean(table(*((f"u{i}", "x") for i in range(50))))
    first, second, other = (
        split_random(reviews, 0.2, seed)[1].frame.index.tolist()
        for seed in (1, 1, 2)
    )
    assert first == second != other and len(first) == 10


@pytest.mark.parametrize("share", [0, 1, -0.1, 2, float("nan")])
@pytest.mark.parametrize("split", [split_random, split_by_time])
def test_share_must_be_a_share(split, share):
    with pytest.raises(DataError, match="share must lie between"):
        split(clean(table(("a", "x", 3, 1), ("a", "y", 3, 2))), share)


@pytest.mark.parametrize("split", SPLITS.values())
def test_one_rating_cannot_be_split(split):
    with pytest.raises(DataError, match="cannot split"):
        split(clean(table(("a", "x"))))


def test_given_mask_is_followed_and_checked():
    reviews = clean(table(("a", "x"), ("a", "y"), ("b", "x")))
    train, test = split_given(reviews, [False, True, False])
    assert test.frame.index.tolist() == [1] and train.frame.index.tolist() == [
        0,
        2,
    ]
    for mask, message in [
        ([True] * 3, "train part would be empty"),
        ([True], "shape"),
        ([False] * 3, "test part"),
    ]:
        with pytest.raises(DataError, match=message):
            split_given(reviews, mask)


def test_leaks_are_found():
    reviews = clean(
        table(
            ("a", "x", 3, 1),
            ("a", "y", 3, 2),
            ("b", "x", 3, 3),
            ("b", "y", 3, 3),
        )
    )
    rows = np.arange(4)
    with pytest.raises(
        DataError, match="user 'a' and item 'y' are in train and in test"
    ):
        assert_no_leak(reviews.subset(rows[:2]), reviews.subset(rows[1:]))
    with pytest.raises(DataError, match="review 2 of train is not earlier"):
        assert_no_leak(
            reviews.subset(rows[[0, 2]]),
            reviews.subset(rows[[1]]),
            by_time=True,
        )
    with pytest.raises(DataError, match="review 2 of train is not earlier"):
        assert_no_leak(
            reviews.subset(rows[:3]), reviews.subset(rows[3:]), by_time=True
        )
    with pytest.raises(DataError, match="number their ids differently"):
        assert_no_leak(clean(table(("a", "x"))), reviews)
    assert (
        assert_no_leak(
            reviews.subset(rows[:2]), reviews.subset(rows[2:]), by_time=True
        )
        is None
    )


# --- profiles ---


def mentions(*rows):
    return pd.DataFrame(
        rows, columns=["review", "user", "item", "aspect", "polarity"]
    )


@pytest.fixture
def small() -> Reviews:
    return clean(
        table(
            ("a", "x", 3, 1),
            ("a", "y", 3, 2),
            ("b", "x", 3, 3),
            ("c", "y", 3, 4),
        )
    )


SAID = mentions(
    (0, "a", "x", "fit", 1),
    (
        0,
        "a",
        "x",
        "fit",
        -1,
    ),  # twice in one review: one review that mentions it
    (1, "a", "y", "fit", 1),
    (1, "a", "y", "warmth", -1),
    (2, "b", "x", "warmth", 1),
    (3, "c", "y", "noise", -1),
)


def test_user_profile_by_hand(small):
    profile = user_profile(SAID, small, strength=2)
    # shares of all 4 reviews: fit 2/4, noise 1/4, warmth 2/4
    expected = [
        [(2 + 1) / 4, (0 + 0.5) / 4, (1 + 1) / 4],
        [(0 + 1) / 3, (0 + 0.5) / 3, (1 + 1) / 3],
        [(0 + 1) / 3, (1 + 0.5) / 3, (0 + 1) / 3],
    ]
    assert (
        profile.columns.tolist() == ["fit", "noise", "warmth"]
        and profile.index.tolist() == small.users.raw
    )
    np.testing.assert_allclose(profile, expected)


def test_item_profile_by_hand(small):
    profile = item_profile(SAID, small, strength=1)
    assert profile.index.tolist() == small.items.raw
    # two reviews of each item, and one neutral: praise and blame within one review cancel
    np.testing.assert_allclose(
        profile, [[0, 0, 1 / 3], [1 / 3, -1 / 3, -1 / 3]]
    )


@calm
@given(reviews=tables, data=st.data())
def test_profiles_cannot_see_test_reviews(reviews, data):
    """Whatever the test reviews say, the profiles stay the same: nothing leaks."""
    try:
        train, test = leave_last_out(reviews)
    except DataError:
        return
    draw = st.lists(
        st.tuples(st.sampled_from(["fit", "noise"]), st.sampled_from([1, -1])),
        max_size=3,
    )
    said = mentions(
        *(
            (r.Index, r.user, r.item, *m)
            for r in train.frame.itertuples()
            for m in data.draw(draw)
        )
    )
    loud = mentions(
        *(
            (r.Index, r.user, r.item, "only in test", -1)
            for r in test.frame.itertuples()
        )
    )
    both = pd.concat([loud, said, loud]) if len(said) else loud
    for profile in (user_profile, item_profile):
        pd.testing.assert_frame_equal(
            profile(both, train), profile(said, train)
        )
    care, good = user_profile(both, train), item_profile(both, train)
    assert care.shape[0] == train.n_users and good.shape[0] == train.n_items
    assert ((care >= 0) & (care <= 1)).all(axis=None) and (
        (good >= -1) & (good <= 1)
    ).all(axis=None)


def test_mentions_of_another_table_are_refused(small):
    with pytest.raises(
        DataError, match="review 2 has user 'a', the table says 'b'"
    ):
        user_profile(mentions((2, "a", "x", "fit", 1)), small)
    with pytest.raises(DataError, match="no column 'aspect'"):
        item_profile(SAID.drop(columns="aspect"), small)
    with pytest.raises(
        DataError,
        match="polarity must lie between -1 and 1, got 2 in mention 5",
    ):
        item_profile(SAID.assign(polarity=[1, -1, 1, 0, 1, 2]), small)


def test_one_rating_has_profiles():
    one = clean(table(("a", "x")))
    assert (
        user_profile(mentions((0, "a", "x", "fit", 1)), one).loc["a", "fit"]
        == 1
    )
    assert (
        item_profile(mentions((0, "a", "x", "fit", 1)), one, strength=1).loc[
            "x", "fit"
        ]
        == 0.5
    )


def test_ids_read_as_floats_lose_their_fraction():
    raw = table((1.0, "x"), (2.5, "y"), (None, "z"))
    reviews = clean(raw)
    assert raw["user"].dtype == float, "a missing id made floats of all"
    assert reviews.users.raw == ["1", "2.5"]


@pytest.mark.parametrize("unit", ["s", "ms", "us", "ns"])
@pytest.mark.parametrize("zone", [None, "UTC", "Europe/Vienna"])
def test_dates_become_seconds_whatever_their_unit(unit, zone):
    days = ["1970-01-02 00:00:01", "2020-05-05 00:00:00", None]
    times = pd.Series(pd.to_datetime(days)).astype(f"datetime64[{unit}]")
    if zone:
        times = times.dt.tz_localize("UTC").dt.tz_convert(zone)
    raw = table(("a", "x"), ("b", "y"), ("c", "z")).assign(timestamp=times)
    reviews = clean(raw)
    assert reviews.frame["timestamp"].tolist() == [86_401, 1_588_636_800]
    assert counts(reviews) == {"removed: time missing or not finite": 1}


def test_html_line_breaks_do_not_glue_sentences():
    text = "Great zip<br />Poor bag.<BR>Light.&lt;br/&gt;Dry<br\n>Warm"
    reviews = clean(table(("a", "x", 3, 0, text)))
    found = sentences(reviews.frame["text"].iloc[0])
    assert found == ["Great zip", "Poor bag.", "Light.", "Dry", "Warm"]
    assert counts(reviews) == {"changed: HTML in the text": 1}


def test_a_scale_that_fits_few_is_questioned_and_another_proposed():
    rows = [(f"u{n}", "x", 1 + n % 10) for n in range(100)]
    with pytest.warns(
        UserWarning, match=r"50 of 100 .* 1 to 5.*scale=\(1, 10\)"
    ):
        assert len(clean(table(*rows))) == 50
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert len(clean(table(*rows), scale=(1, 10))) == 100
        clean(table(*[row[:2] for row in rows], ("ann", "tent", 50)))


@pytest.mark.parametrize("seed", [-1, 0.5, "0", True])
def test_a_seed_that_is_no_whole_number_is_refused(seed):
    reviews = clean(table(("a", "x"), ("a", "y"), ("b", "x"), ("b", "y")))
    with pytest.raises(DataError, match="seed=.* must be a whole number, 0"):
        split_random(reviews, seed=seed)
