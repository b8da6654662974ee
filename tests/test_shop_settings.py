"""The shop's switches: each changes what it says and nothing else, and every sum stays exact."""

import re
from dataclasses import replace
from functools import cache

import numpy as np
import pandas as pd
import pytest

from recx_lib.core import DataError
from recx_lib.data import (
    load_reviews,
    load_shop_truth,
    read_reviews,
    shop_cache,
)
from recx_lib.shop import (
    HARSH,
    KIND,
    MIDDLE,
    __main__,
    beyond,
    simulate,
    top_reason,
)
from recx_lib.shop.notation import terms
from recx_lib.shop.simulator import write

pytestmark = pytest.mark.slow  # many shops are simulated


@pytest.mark.parametrize("switch", ["hearsay", "unjudged", "irony"])
def test_each_way_of_naming_more_than_causes_is_told(switch):
    assert replace(KIND, **{switch: 0.1}).names_more_than_causes
    assert not KIND.names_more_than_causes


ASPECTS = list(terms())
SHOPS = pytest.mark.parametrize(
    "settings", [KIND, MIDDLE, HARSH], ids=["kind", "middle", "harsh"]
)


@cache
def shop(**switches):
    return simulate(replace(KIND, **switches))


def whole(table):
    return np.round(1000 * table.to_numpy()).astype(int)


def names_top(tables, reasons=None):
    """Return the share of reviews that name the aspect which moved the rating most."""
    top = top_reason(tables["reasons"]).reset_index()
    return len(top.merge(tables["mentions"], on=["review", "aspect"])) / len(
        top
    )


def keys(mentions):
    return set(
        mentions[["review", "aspect", "polarity"]].itertuples(
            index=False, name=None
        )
    )


def polarity_is_that_of_the_effect(tables):
    effect = beyond.effects(tables["reasons"].set_index("review")).stack()
    own = tables["mentions"]
    if "how" in own:
        own = own[own["how"].isin(["judged", "ironic"])]
    felt = effect.loc[list(zip(own["review"], own["aspect"], strict=True))]
    return (np.sign(whole(felt)) == own["polarity"].to_numpy()).all()


# ------------------------------------------------------------------------------------------ every shop


@SHOPS
def test_sums_are_exact_and_polarities_true(settings):
    tables = simulate(settings, seed=11)
    reasons = tables["reasons"]
    sums = whole(reasons.loc[:, "mu":"value"]).sum(axis=1)
    assert (sums == whole(reasons["noiseless"])).all()
    stars = np.clip((sums + whole(reasons["noise"]) + 500) // 1000, 1, 5)
    rating = tables["reviews"]["rating"].to_numpy(float, na_value=np.nan)
    valid = (rating >= 1) & (rating <= 5)
    assert (stars[valid] == rating[valid]).all()
    assert polarity_is_that_of_the_effect(tables)
    reasons.loc[5, "fit"] += 0.001  # a planted fault is noticed
    assert (
        whole(reasons.loc[:, "mu":"value"]).sum(axis=1)
        != whole(reasons["noiseless"])
    ).sum() == 1


@SHOPS
def test_texts_name_what_is_on_record_and_nothing_else(settings):
    tables = simulate(settings)
    named = tables["mentions"].groupby("review")["aspect"].apply(set)
    patterns = {
        a: re.compile(
            r"\b(" + "|".join(re.escape(t["n"]) for t in terms()[a]) + r")\b",
            re.I,
        )
        for a in ASPECTS
    }
    few = tables["reviews"].sample(3000, random_state=0)
    for review, text in zip(
        few["review"], few["text"].str.replace("&#39;", "'"), strict=True
    ):
        assert {a for a in ASPECTS if patterns[a].search(text)} == named.get(
            review, set()
        ), text
    assert few["text"].str.fullmatch(r"[A-Z0-9].*[.!?]").all()
    assert (
        not few["text"]
        .str.contains(r"[{}|]|  |\.\.| ,|\ba [aeio]|\bthe the\b|\ba a\b")
        .any()
    )


@pytest.mark.parametrize("settings", [MIDDLE, HARSH], ids=["middle", "harsh"])
def test_the_same_settings_and_seed_make_the_same_bytes(settings, tmp_path):
    for name in ("one", "two"):
        write(simulate(settings), tmp_path / name)
    for path in (tmp_path / "one").iterdir():
        assert (
            path.read_bytes() == (tmp_path / "two" / path.name).read_bytes()
        ), path.name
    assert not simulate(settings, seed=8)["reasons"].equals(
        simulate(settings)["reasons"]
    )


def test_the_middle_shop_is_the_default():
    default, kind = simulate(), simulate(KIND)
    middle = simulate(MIDDLE)
    assert all(default[name].equals(middle[name]) for name in default)
    assert "how" in default["mentions"]
    assert (
        "how" not in kind["mentions"] and "dealbreaker" not in kind["reasons"]
    )


# ------------------------------------------------------------------------------------------ one switch at a time


@pytest.mark.parametrize(
    ("mentions", "low", "high"),
    [("mixed", 0.5, 0.7), ("uniform", 0.15, 0.35), ("surprise", 0.5, 0.95)],
)
def test_how_mentions_are_chosen_changes_nothing_else(mentions, low, high):
    kind, other = shop(), shop(mentions=mentions)
    assert other["reasons"].equals(kind["reasons"])
    count = [t["mentions"].groupby("review").size() for t in (kind, other)]
    assert count[0].equals(count[1])
    assert polarity_is_that_of_the_effect(other)
    assert names_top(kind) == 1 and low < names_top(other) < high
    assert not other["mentions"].duplicated(["review", "aspect"]).any()


def test_the_largest_can_be_made_sure_of():
    free, sure = (
        shop(mentions="uniform"),
        shop(mentions="uniform", always_largest=True),
    )
    assert names_top(free) < names_top(sure) == 1
    assert len(free["mentions"]) == len(sure["mentions"])


def test_surprise_is_measured_against_the_category():
    tables = shop(mentions="surprise")
    first = (
        tables["mentions"]
        .drop_duplicates("review")
        .sample(300, random_state=0)
    )
    reviews = tables["reviews"].assign(
        item=tables["reviews"]["item"].str.strip().str.lower()
    )
    category = reviews.merge(tables["items"], on="item").set_index("review")[
        "category"
    ]
    reasons = tables["reasons"].set_index("review")[ASPECTS]
    usual = reasons.groupby(category).mean()
    for row in first.itertuples():
        own = reasons.loc[row.review]
        off = (own - usual.loc[category[row.review]]).abs()[own != 0]
        assert off[row.aspect] == pytest.approx(off.max())


def test_silent_reviews_say_nothing_and_the_others_what_they_said():
    kind, silent = shop(), shop(silent=0.3)
    assert silent["reasons"].equals(kind["reasons"])
    speaking = set(silent["mentions"]["review"])
    assert 0.67 < len(speaking) / len(kind["reviews"]) < 0.73
    before = kind["mentions"][kind["mentions"]["review"].isin(speaking)]
    assert keys(before) == keys(silent["mentions"])


@pytest.mark.parametrize("how", ["hearsay", "unjudged"])
def test_what_is_no_cause_is_added_and_on_record(how):
    kind, other = shop(), shop(**{how: 0.25})
    own, added = (
        other["mentions"][other["mentions"]["how"] == h]
        for h in ("judged", how)
    )
    assert other["reasons"].equals(kind["reasons"])
    assert keys(own) == keys(kind["mentions"])
    assert 0.23 < len(added) / len(kind["reviews"]) < 0.27
    assert not other["mentions"].duplicated(["review", "aspect"]).any()
    assert set(added["polarity"]) == ({0} if how == "unjudged" else {1, -1})


def test_hearsay_is_what_the_item_is_worth_to_others():
    tables = shop(hearsay=0.25)
    said = tables["mentions"].query("how == 'hearsay'")
    reviews = tables["reviews"].assign(
        item=tables["reviews"]["item"].str.strip().str.lower()
    )
    said = said.merge(reviews[["review", "item"]], on="review").merge(
        tables["qualities"], on=["item", "aspect"]
    )
    assert (np.sign(said["quality"]) == said["polarity"]).all()


def test_irony_is_complaint_in_words_of_praise():
    kind, wry = shop(), shop(irony=0.4)
    assert wry["reasons"].equals(kind["reasons"]) and keys(
        wry["mentions"]
    ) == keys(kind["mentions"])
    share = wry["mentions"].query("polarity < 0")["how"].eq("ironic").mean()
    assert 0.38 < share < 0.42
    assert wry["mentions"].query("polarity > 0")["how"].eq("judged").all()


def test_a_dealbreaker_takes_its_share_of_the_praise():
    kind, hard = shop(), shop(dealbreakers=0.5)
    taken = ["b_u", "b_i", *ASPECTS, "noise"]
    assert hard["reasons"][taken].equals(kind["reasons"][taken])
    moved, lost = (
        whole(kind["reasons"][ASPECTS]),
        whole(hard["reasons"]["dealbreaker"]),
    )
    praise = np.where(moved > 0, moved, 0).sum(axis=1)
    broken = moved.min(axis=1) <= -1000
    assert (lost[~broken] == 0).all() and broken.mean() > 0.1
    assert (lost[broken] == -((praise[broken] + 1) // 2)).all()
    # what is lost is the deal-breaker's doing
    credited = whole(beyond.effects(hard["reasons"]))
    rows, worst = np.arange(len(moved)), moved.argmin(axis=1)
    assert (credited[rows, worst] - moved[rows, worst] == lost).all()


def test_an_occasion_calls_for_one_aspect():
    kind, occasions = shop(), shop(context=0.8)
    added = whole(occasions["reasons"][list(beyond.OCCASIONS)])
    assert ((added != 0).sum(axis=1) <= 1).all()
    assert occasions["reasons"][ASPECTS].equals(kind["reasons"][ASPECTS])
    reviews = occasions["reviews"].assign(
        item=occasions["reviews"]["item"].str.strip().str.lower()
    )
    quality = (
        occasions["qualities"]
        .pivot(index="item", columns="aspect", values="quality")
        .loc[reviews["item"]]
    )
    for column, (name, aspect) in enumerate(beyond.OCCASIONS.items()):
        there, has = added[:, column] != 0, quality[aspect].to_numpy() != 0
        assert 0.13 < there[has].mean() < 0.17, name
        assert (
            added[there, column]
            == np.round(800 * quality[aspect].to_numpy()[there])
        ).all()


def test_biases_and_noise_are_as_large_as_asked():
    kind, loud = shop(), shop(user_bias=0.5, item_bias=0.3, noise=1.0)
    assert loud["reasons"][ASPECTS].equals(kind["reasons"][ASPECTS])
    for name, switch in {"b_u": 0.5, "b_i": 0.3, "noise": 1.0}.items():
        ratio = loud["reasons"][name].std() / kind["reasons"][name].std()
        asked = (
            switch
            / {
                "b_u": KIND.user_bias,
                "b_i": KIND.item_bias,
                "noise": KIND.noise,
            }[name]
        )
        assert ratio == pytest.approx(asked, rel=0.01), name


def test_spread_and_selection():
    kind, alike, picky = shop(), shop(spread=0.26), shop(selection=2.0)
    quality = [
        t["qualities"].query("quality != 0")["quality"].std()
        for t in (kind, alike)
    ]
    assert quality[1] / quality[0] == pytest.approx(0.5, abs=0.05)
    assert alike["tastes"].equals(kind["tastes"]) and picky["tastes"].equals(
        kind["tastes"]
    )
    liked = [t["reasons"][ASPECTS].sum(axis=1).mean() for t in (kind, picky)]
    assert liked[1] > liked[0] + 0.3


# ------------------------------------------------------------------------------------------ refusals


@pytest.mark.parametrize(
    ("switches", "said"),
    [
        (
            {"mentions": "biggest"},
            "mentions='biggest' is unknown: choose one of size, mixed, uniform, surprise",
        ),
        ({"noise": -1}, "noise=-1 must be a number from 0 to 3"),
        (
            {"user_bias": float("nan")},
            "user_bias=nan must be a number from 0 to 3",
        ),
        ({"hearsay": 1.5}, "hearsay=1.5 must be a number from 0 to 1"),
        ({"irony": "much"}, "irony='much' must be a number from 0 to 1"),
        ({"silent": True}, "silent=True must be a number from 0 to 1"),
        ({"always_largest": 1}, "always_largest=1 must be True or False"),
    ],
)
def test_bad_settings_are_refused(switches, said):
    with pytest.raises(DataError, match=re.escape(said)):
        replace(KIND, **switches)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [((8,), "settings=8 are none"), ((KIND, -1), "seed=-1")],
)
def test_what_is_no_setting_is_refused(arguments, said):
    with pytest.raises(DataError, match=said):
        simulate(*arguments)


# ------------------------------------------------------------------------------------------ kept for the user


@pytest.fixture
def cache_here(tmp_path, monkeypatch):
    monkeypatch.setattr(shop_cache, "cache_folder", lambda: tmp_path / "recx")
    return tmp_path / "recx"


def test_a_shop_is_simulated_on_first_use_and_then_kept(
    cache_here, monkeypatch
):
    reviews, truth = (
        load_reviews("shop-kind"),
        load_shop_truth("shop-kind"),
    )
    [folder] = cache_here.iterdir()
    assert folder.name == f"shop-kind-{shop_cache.source_hash()}"
    fresh = simulate(KIND)
    pd.testing.assert_frame_equal(truth.mentions, fresh["mentions"])
    pd.testing.assert_frame_equal(truth.reasons, fresh["reasons"])
    assert set(reviews.frame.index) <= set(truth.reasons["review"])
    assert not load_shop_truth("shop").reasons.equals(truth.reasons)
    monkeypatch.setattr(
        shop_cache, "_simulate", lambda *given: pytest.fail("simulated twice")
    )
    assert len(read_reviews("shop-kind")) == len(fresh["reviews"])


def test_a_shop_that_is_cut_short_is_not_there(cache_here, monkeypatch):
    def broken(name, tables):
        tables.mkdir()
        (tables / "items.csv").write_text("item\n")
        raise KeyboardInterrupt

    monkeypatch.setattr(shop_cache, "_simulate", broken)
    with pytest.raises(KeyboardInterrupt):
        load_reviews("shop-harsh")
    assert list(cache_here.iterdir()) == []


def test_a_shop_that_somebody_else_wrote_meanwhile_is_taken(
    cache_here, monkeypatch
):
    def write_twice(name, tables):
        for place in (
            tables,
            cache_here / f"{name}-{shop_cache.source_hash()}",
        ):
            write(simulate(HARSH), place)

    monkeypatch.setattr(shop_cache, "_simulate", write_twice)
    folder = shop_cache.simulated_folder("shop-harsh")
    assert list(cache_here.iterdir()) == [folder]
    assert pd.read_csv(folder / "mentions.csv").equals(
        simulate(HARSH)["mentions"]
    )


def test_a_simulator_that_fails_is_named_with_the_remedy(cache_here):
    with pytest.raises(
        DataError,
        match=r"shop-nice was not simulated \(error: no shop 'nice'.*python -m recx_lib.shop",
    ):
        shop_cache.simulated_folder("shop-nice")
    assert list(cache_here.iterdir()) == []


def test_the_command_writes_the_shop_asked_for(tmp_path):
    assert (
        __main__.main(["harsh", str(tmp_path / "new")])
        == f"wrote {tmp_path / 'new'}"
    )
    assert pd.read_csv(tmp_path / "new/mentions.csv").equals(
        simulate(HARSH)["mentions"]
    )
    for arguments, said in {
        ("nice",): "choose kind",
        ("harsh",): "name a folder",
        ("kind", "a", "b"): "too much",
    }.items():
        with pytest.raises(DataError, match=said):
            __main__.main([*arguments])
