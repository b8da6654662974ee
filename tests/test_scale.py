"""Tables in parts, sums over parts, reasons for everybody, near neighbours."""

import os
import subprocess
import sys
from dataclasses import replace
from functools import partial

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recx_lib.core import DataError
from recx_lib.data import load_reviews, mine_lexicon
from recx_lib.data.english import OPINIONS
from recx_lib.recommend import EASE, ImplicitALS
from recx_lib.recommend.ease import ease_weights
from recx_lib.scale import (
    Demand,
    DrawnRatings,
    Here,
    InvertedLists,
    Part,
    PartsALS,
    Traffic,
    Unreliable,
    csv_parts,
    explain_part,
    gram,
    histories,
    history_terms,
    item_counts,
    item_sums,
    level,
    lexicon_of_parts,
    read_part,
    refitted_case,
    removal_drops,
    shard_of,
    write_parts,
)
from recx_lib.scale.mined import frames

pytestmark = pytest.mark.slow  # parts are fitted and compared

DRAWN = DrawnRatings(n_parts=3, users_each=60, n_items=50, per_user=12)
PARTS = list(DRAWN.parts())
SMALL = {"k": 4, "sweeps": 2}


@pytest.fixture(scope="module")
def model():
    return PartsALS(**SMALL).fit(PARTS, DRAWN.n_items)


@pytest.fixture(scope="module")
def shop():
    reviews = load_reviews("shop")
    return reviews, Part(reviews.user_idx, reviews.item_idx, reviews.rating)


def cut(table, homes):
    return [
        Part(*[column[homes == home] for column in table])
        for home in np.unique(homes)
    ]


def pairs(parts):
    """All (user, item, rating) of some parts, sorted."""
    rows = [row for part in parts for row in zip(*part, strict=True)]
    return sorted((int(u), int(i), float(r)) for u, i, r in rows)


# --- parts ------------------------------------------------------------------


def test_what_is_written_in_parts_is_read_again_and_users_stay_whole(tmp_path):
    folders = write_parts(PARTS, tmp_path / "parts", n_parts=4)
    back = [read_part(folder) for folder in folders]
    assert pairs(back) == pairs(PARTS)
    for number, part in enumerate(back):
        assert (part.user_idx % 4 == number).all()


def test_a_text_file_is_read_some_rows_at_a_time(tmp_path):
    file = tmp_path / "all.csv"
    columns = zip(("user", "item", "rating"), PARTS[0], strict=True)
    pl.DataFrame(dict(columns)).write_csv(file)
    some = list(csv_parts(file, rows=100))
    assert len(some) == -(-len(PARTS[0].rating) // 100)
    assert pairs(some) == pairs(PARTS[:1])


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("user,item\n1,2\n", "rating"),
        ("user,item,rating\n1,tent,4\n", "tent"),
        ("user,item,rating\n1,2,4\n1,,4\n", "1 rows without a item"),
        ("", "no table"),
    ],
)
def test_a_bad_text_file_is_named(tmp_path, text, said):
    file = tmp_path / "bad.csv"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(DataError, match=said) as error:
        list(csv_parts(file))
    assert "bad.csv" in str(error.value)


def test_files_that_are_missing_damaged_or_in_the_way_are_named(tmp_path):
    with pytest.raises(DataError, match="not there"):
        next(csv_parts(tmp_path / "none.csv"))
    with pytest.raises(DataError, match="no Parquet file"):
        read_part(tmp_path)
    folder = write_parts(PARTS[:1], tmp_path / "parts", 1)[0]
    with pytest.raises(DataError, match="not empty"):
        write_parts(PARTS[:1], tmp_path / "parts", 1)
    file = next(folder.iterdir())
    file.write_bytes(file.read_bytes()[:-20])  # cut off
    with pytest.raises(DataError, match="damaged"):
        read_part(folder)


def test_without_polars_the_extra_is_named(monkeypatch):
    monkeypatch.setattr("recx_lib.scale.parts.find_spec", lambda name: None)
    with pytest.raises(DataError, match="extra `scale`"):
        next(csv_parts("any.csv"))


def test_histories_are_sorted_and_hold_a_pair_once():
    rows = np.array([[9, 2, 9, 9], [1, 0, 0, 1], [5, 5, 5, 1]])
    users, start, items = histories(Part(*rows), n_items=2)
    assert users.tolist() == [2, 9]
    assert np.split(items, start[1:-1])[1].tolist() == [0, 1]
    with pytest.raises(DataError, match="item index 1 is outside"):
        histories(Part(*rows), n_items=1)
    nobody = Part(*np.zeros((3, 0), int))
    assert histories(nobody, 2)[0].size == 0


def test_a_drawn_part_is_the_same_whoever_draws_it():
    for number in (2, 0):
        for mine, theirs in zip(
            DRAWN.part(number), PARTS[number], strict=True
        ):
            assert np.array_equal(mine, theirs)
    users = [set(part.user_idx.tolist()) for part in PARTS]
    assert not users[0] & users[1]
    other = DrawnRatings(3, 60, 50, 12, seed=1).part(0)
    assert pairs([other]) != pairs(PARTS[:1])


def test_drawn_things_follow_zipf_s_law_and_the_customer_s_taste():
    """Place p has a share of log(1 + 1/p) / log n, eight places a block.

    An exchange for a thing of one's own taste stays within the block.
    """
    one = DrawnRatings(1, users_each=20_000, n_items=65, per_user=1).part(0)
    ends = np.array([1, 9, 17, 25, 33, 41, 49, 57, 65])
    shares = np.diff(np.log(ends)) / np.log(65)
    found = np.bincount(one.item_idx // 8, minlength=8) / 20_000
    assert found == pytest.approx(shares, abs=0.01)
    # with many ratings: most are of one taste, which is liked better
    few = DrawnRatings(1, users_each=40, n_items=400, per_user=60).part(0)
    for user in range(40):
        own = few.user_idx == user
        taste = few.item_idx[own] % 8
        mine = taste == np.bincount(taste).argmax()
        assert mine.mean() > 0.4
        stars = few.rating[own]
        assert stars[mine].mean() > stars[~mine].mean()


# --- sums -------------------------------------------------------------------


@settings(max_examples=20, deadline=None)
@given(st.integers(1, 40), st.randoms(use_true_random=False))
def test_ease_of_the_parts_is_ease_however_they_are_cut(n_parts, dice):
    table = Part(*map(np.concatenate, zip(*PARTS, strict=True)))
    home = np.array([dice.randrange(n_parts) for _ in range(DRAWN.n_users)])
    parts = cut(table, home[table.user_idx])
    dice.shuffle(parts)
    total = Here().total(partial(gram, n_items=50), parts)
    assert np.array_equal(total, gram(table, 50))


def test_ease_of_the_shop_in_parts_has_the_same_bits(shop):
    reviews, table = shop
    parts = cut(table, table.user_idx % 5)
    total = Here().total(partial(gram, n_items=reviews.n_items), parts)
    ease = EASE().fit(reviews)
    assert np.array_equal(ease_weights(total, ease.reg), ease.B_)


def test_a_cut_through_users_loses_pairs():
    """The fault that sums over rows would have: so cut between users."""
    table = PARTS[0]
    through = cut(table, np.arange(len(table.rating)) % 2)
    total = Here().total(partial(gram, n_items=50), through)
    whole = gram(table, 50)
    assert np.array_equal(np.diag(total), np.diag(whole))
    assert total.sum() < whole.sum()


@pytest.mark.parametrize("n_parts", [1, 3, 11])
def test_als_in_parts_is_als(shop, n_parts):
    reviews, table = shop
    parts = cut(table, table.user_idx % n_parts)
    mine = PartsALS(**SMALL).fit(parts, reviews.n_items)
    whole = ImplicitALS(**SMALL).fit(reviews)
    np.testing.assert_allclose(mine.Q_, whole.Q_, atol=1e-10)


def test_als_from_folders_is_als_from_memory(tmp_path, model):
    folders = write_parts(PARTS, tmp_path / "parts", 3)
    mine = PartsALS(**SMALL).fit(folders, 50)
    np.testing.assert_allclose(mine.Q_, model.Q_, atol=1e-10)


def test_workers_that_die_change_no_bit(model):
    job = Unreliable(dies=2)
    saved = PartsALS(**SMALL).fit(PARTS, 50, job)
    assert np.array_equal(saved.Q_, model.Q_)
    assert job.tries > 3 * len(PARTS)


def test_a_place_where_every_try_dies_is_refused():
    """It would give the first part out again for ever."""
    with pytest.raises(DataError, match="dies=1"):
        Unreliable(dies=1)


def test_bad_settings_and_no_parts_are_named():
    with pytest.raises(DataError, match="no part"):
        PartsALS().fit([], 5)
    with pytest.raises(DataError, match="alpha"):
        PartsALS(alpha=0).fit(PARTS, 50)
    with pytest.raises(DataError, match="outside 0 … 3"):
        PartsALS(**SMALL).fit(PARTS, 4)


WITHIN = """
import resource
import numpy as np
from recx_lib.scale import DrawnRatings, Here, Part, item_sums
drawn = DrawnRatings(n_parts=48, users_each=1000, n_items=300)
Q = np.random.default_rng(0).normal(0, 0.1, (300, 4))
def do(part):
    return item_sums(part, Q, 10.0, 50.0)
do(DrawnRatings(1, 5, 300).part(0))  # compiled before the limit
def used():
    lines = open("/proc/self/status").read().split("VmData:")[1]
    return int(lines.split()[0]) * 1024
no_limit = resource.getrlimit(resource.RLIMIT_DATA)
def whole():
    rows = zip(*drawn.parts(), strict=True)
    return do(Part(*map(np.concatenate, rows)))
def held():
    return Here().total(do, list(drawn.parts()))  # a fault that looks alike
resource.setrlimit(resource.RLIMIT_DATA, (used() + 6 * 2**20, no_limit[1]))
learned = Here().total(do, drawn.parts())
for name, way in (("at once", whole), ("parts, all held", held)):
    try:
        way()
    except MemoryError:
        print(f"{name}: out of memory")
resource.setrlimit(resource.RLIMIT_DATA, no_limit)
print("the same:", np.allclose(whole().pairs, learned.pairs))
"""


@pytest.mark.skipif(
    not os.path.exists("/proc/self/status"), reason="limits of Linux"
)
def test_a_process_with_little_memory_learns_in_parts_and_not_at_once():
    command = [sys.executable, "-c", WITHIN]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    lost = [f"{way}: out of memory" for way in ("at once", "parts, all held")]
    assert done.stdout.splitlines() == [*lost, "the same: True"]


# --- words ------------------------------------------------------------------


def test_the_lexicon_of_the_parts_is_the_lexicon(shop):
    """Of unequal parts, one of them without a word, and one at a time."""
    reviews, _ = shop
    some = reviews.subset(np.arange(len(reviews)) < 2500)
    homes = np.minimum(some.user_idx % 7, 2)
    silent = some.subset(np.arange(len(some)) < 1)
    silent = replace(silent, frame=silent.frame.assign(text=""))
    parts = [some.subset(homes == home) for home in range(3)]
    texts, stars = list(some.frame["text"]), some.rating.tolist()
    alone = mine_lexicon([*texts, ""], [*stars, *silent.rating])
    job = Unreliable(dies=3)
    found = lexicon_of_parts([silent, *parts], job)
    assert found == alone and job.tries > 4 * 4
    assert len(found.opinions) > len(OPINIONS)  # some were learned


def test_runs_of_words_are_counted_with_what_stands_around_them(shop):
    """Each once: counts of counts add up to what one reading gives."""
    two = shop[0].subset(np.arange(len(shop[0])) < 2)
    texts = ["The zip is dry.", "The zip is dry, and light."]
    counted = frames(replace(two, frame=two.frame.assign(text=texts)))
    assert counted == {
        ("the", "zip", "is"): 2,
        ("is", "dry", ""): 1,
        ("is", "dry", ","): 1,
        ("and", "light", ""): 1,
    }


def test_a_lexicon_of_nothing_and_of_no_stars_is_refused(shop):
    reviews, _ = shop
    with pytest.raises(DataError, match="no part"):
        lexicon_of_parts([])
    some = reviews.subset(np.arange(len(reviews)) < 20)
    bad = replace(some, frame=some.frame.assign(rating=np.nan))
    with pytest.raises(DataError, match="not finite"):
        lexicon_of_parts([some, bad])


def test_stars_that_are_all_alike_say_nothing(shop):
    reviews, _ = shop
    some = reviews.subset(np.arange(len(reviews)) < 800)
    alike = replace(some, frame=some.frame.assign(rating=0.1))
    found = lexicon_of_parts([alike])
    assert found == mine_lexicon(alike.frame["text"], alike.rating)


# --- reasons ----------------------------------------------------------------


def test_terms_add_up_and_drops_are_what_goes(model):
    told = explain_part(PARTS[1], model)
    users, start, items = histories(PARTS[1], 50)
    for n in range(0, len(users), 7):
        own, item = items[start[n] : start[n + 1]], int(told.item[n])
        case = refitted_case(model, own, item)
        assert item not in own
        terms = history_terms(model, own, item)
        assert np.isclose(terms.sum(), told.score[n])
        assert np.isclose(case.whole(), told.score[n])
        falls = [case.whole() - case.without([name]) for name in case.names]
        drops = removal_drops(model, own, item)
        np.testing.assert_allclose(drops, falls, atol=1e-10)
        assert not np.allclose(drops, terms, atol=1e-3)
        # read aloud: the more of j is foreseen without j, the less j counts
        alone = [
            history_terms(model, np.delete(own, place), j).sum()
            for place, j in enumerate(own)
        ]
        counts = 1 - model.alpha / (1 + model.alpha) * np.array(alone)
        np.testing.assert_allclose(drops, terms * counts, atol=1e-10)


def test_reasons_of_all_parts_are_the_reasons_of_the_whole(model):
    table = Part(*map(np.concatenate, zip(*PARTS, strict=True)))
    whole = explain_part(table, model, read=removal_drops)
    explain = partial(explain_part, model=model, read=removal_drops)
    said = list(Here().each(explain, PARTS))
    for name in ("user", "item", "because"):
        joined = np.concatenate([getattr(each, name) for each in said])
        assert np.array_equal(joined, getattr(whole, name))
    assert len(whole.user) == DRAWN.n_users


def test_a_short_history_is_filled_up_and_a_full_one_refused(model):
    one = Part(*np.array([[5], [7], [4]]))
    told = explain_part(one, model, m=3)
    assert told.because.tolist() == [[7, -1, -1]]
    assert told.worth[0, 1:].tolist() == [0, 0]
    full = Part(np.zeros(50, int), np.arange(50), np.ones(50))
    with pytest.raises(DataError, match="every item"):
        explain_part(full, model)


def test_unknown_items_have_no_reasons(model):
    with pytest.raises(DataError, match="item index 50"):
        history_terms(model, [1, 50], 2)
    for read in (history_terms, removal_drops):
        with pytest.raises(DataError, match="item 1 stands twice"):
            read(model, [1, 1, 4], 2)
    with pytest.raises(DataError, match="nothing can be cited"):
        refitted_case(model, [], 2)


# --- neighbours -------------------------------------------------------------


@pytest.fixture(scope="module")
def vectors():
    rng = np.random.default_rng(0)
    V = rng.normal(size=(400, 6)) * rng.lognormal(size=(400, 1))
    return V, rng.normal(size=(30, 6))


def test_levelled_vectors_are_equally_long_and_keep_their_products(vectors):
    V, queries = vectors
    L = level(V)
    length = np.linalg.norm(L, axis=1)
    np.testing.assert_allclose(length, length[0])
    longer = np.column_stack([queries, np.zeros(len(queries))])
    np.testing.assert_allclose(longer @ L.T, queries @ V.T)
    for q in longer:
        nearest = np.linalg.norm(L - q, axis=1).argmin()
        assert nearest == (V @ q[:-1]).argmax()


def test_all_lists_miss_nothing_and_few_lists_look_at_little(vectors):
    V, queries = vectors
    lists = InvertedLists(20).fit(V)
    assert sorted(np.concatenate(lists.lists_)) == list(range(400))
    recalls, works = [], []
    for probes in (1, 4, 20):
        found, work = [], []
        for q in queries:
            near, products = lists.search(q, 10, probes)
            best = np.argsort(-(V @ q))[:10]
            found.append(len(set(near) & set(best)) / 10)
            work.append(products)
        recalls.append(np.mean(found))
        works.append(np.mean(work))
    assert recalls[0] < recalls[1] < recalls[2] == 1
    assert works[0] < works[1] < 100 and works[2] == 420


def test_lists_refuse_what_they_cannot_hold(vectors):
    with pytest.raises(DataError, match="cannot fill 500 lists"):
        InvertedLists(500).fit(vectors[0])
    with pytest.raises(DataError, match="probes"):
        InvertedLists(5).fit(vectors[0]).search(vectors[1][0], 3, probes=0)


# --- shards and sizes -------------------------------------------------------


def test_a_new_shard_takes_its_share_and_nobody_else_moves():
    ten, people = [f"m{n}" for n in range(10)], [f"u{n}" for n in range(2000)]
    before = [shard_of(user, ten) for user in people]
    after = [shard_of(user, [*ten, "new"]) for user in people]
    moved = [b for a, b in zip(before, after, strict=True) if a != b]
    assert set(moved) == {"new"} and 130 < len(moved) < 240
    counts = [before.count(shard) for shard in ten]
    assert min(counts) > 140
    with pytest.raises(DataError, match="no shard"):
        shard_of("ann", [])


def test_a_shard_is_the_same_in_every_process():
    """Known answers: Python's own hash would differ from run to run."""
    people = "ann", "bob", "eve", "dan"
    assert [shard_of(user, "abcd") for user in people] == [*"dbbb"]


def test_demand_is_arithmetic():
    demand = Demand(users=864_000, items=1000, per_user=10, k=8, visits=1)
    sizes = demand.sizes(bytes_per_rating=3)
    assert sizes["ratings"] == 864_000 * 30
    assert sizes["item vectors"] == 1000 * 8 * 4
    assert sizes["EASE's table"] == 4e6
    assert demand.requests() == pytest.approx(30)
    assert demand.servers(1e9) == 375  # 3e10 products, 8e7 a machine
    assert demand.shards(1.2e11) == 3
    usual = Demand(users=100, items=5).sizes(bytes_per_rating=1)
    assert usual["ratings"] == 5000  # fifty each, where nothing is said
    with pytest.raises(DataError, match="users"):
        Demand(users=0, items=5)


def test_a_drawn_day_has_its_visits_and_its_swing():
    day = Traffic(users=1e7, visits=2, swing=0.5).day()
    assert day.sum() == pytest.approx(2e7, rel=1e-3)
    hours = day.reshape(24, 60).sum(axis=1)
    assert hours.max() / hours.mean() == pytest.approx(1.5, abs=0.02)
    assert hours.argmin() in (0, 23) and hours.argmax() in (11, 12)
    assert np.array_equal(day, Traffic(users=1e7, visits=2, swing=0.5).day())


def test_sentences_are_asked_by_zipf_s_law():
    """Place p has a share of about log(1 + 1/p) / log(keys + 1)."""
    asked = Traffic(keys=1000).sentences(200_000)
    assert asked.min() == 0 and asked.max() == 999
    for place in (1, 2, 10):
        share = np.log1p(1 / place) / np.log(1001)
        found = (asked == place - 1).mean()
        assert found == pytest.approx(share, rel=0.05)
    bill = Traffic(keys=1000, kept=31).bill()
    share = np.log(32) / np.log(1001)
    assert bill["cache hits"] == pytest.approx(share, abs=0.01)


def test_a_day_s_bill_is_arithmetic_where_nothing_swings():
    still = Traffic(864_000, visits=100, swing=1e-9, keys=1, kept=1)
    bill = replace(still, hit=0.5, cores=10, busy=0.5, hour=2).bill()
    # 1,000 a second at half a second are 500 cores; 5 of a machine's 10
    assert bill["cache hits"] == 1
    assert 100 <= bill["machines, all day"] <= 103
    day = bill["machines, all day"] * 24 * 2
    assert bill["dollars a day, all day"] == day
    assert 0.97 * day < bill["dollars a day, by the hour"] <= day


@pytest.mark.parametrize("bad", [{"users": 0}, {"busy": 1.1}, {"swing": 2}])
def test_a_day_that_cannot_be_is_refused(bad):
    with pytest.raises(DataError, match=next(iter(bad))):
        Traffic(**bad)


def test_counts_and_sums_of_nobody_are_zero():
    nobody = Part(*np.zeros((3, 0), int))
    assert item_counts(nobody, 3).tolist() == [0, 0, 0]
    sums = item_sums(nobody, np.ones((3, 2)), 10.0, 50.0)
    assert not sums.pairs.any() and not sums.solve(10.0, 50.0).any()


@pytest.mark.parametrize("user", [0.5, np.nan])
def test_a_user_who_is_no_whole_number_is_not_dropped(tmp_path, user):
    part = Part(np.array([1.0, user]), np.array([0, 0]), np.ones(2))
    with pytest.raises(DataError, match="not an integer index"):
        write_parts([part], tmp_path / "parts", n_parts=2)
