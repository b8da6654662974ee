"""Customers who see lists with sentences, tests of two groups, a game."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import multivariate_normal

from recx_lib.core import DataError
from recx_lib.data import load_reviews, load_shop_truth
from recx_lib.judge import (
    always_valid_p,
    by_customer,
    difference,
    obrien_fleming,
    p_value,
    pocock,
    sample_size,
    spending_bounds,
)
from recx_lib.recommend import BayesianMF, Belief, Chain
from recx_lib.shop import (
    Crowd,
    VisitLaw,
    World,
    chances,
    equilibria,
    fictitious_play,
    praise_game,
    run_weeks,
    shelves,
    visit,
)
from recx_lib.shop.visitors import LAW, NOBODY


@pytest.fixture(scope="module")
def crowd():
    return Crowd.of(World.of())


def small(n=4000, quality=0.5, **more):
    """Return a crowd of n who care about the first of two aspects, and one
    item.
    """
    about = {
        "taste": np.tile([1.5, 0.2], (n, 1)),
        "quality": np.array([[quality, 0.4]]),
        "usual": np.full(n, 3.5),
        "b_i": np.zeros(1),
        "owned": np.zeros((n, 1), dtype=bool),
        "trust": np.ones(n),
        "here": np.ones(n, dtype=bool),
    }
    return Crowd(**(about | more))


def one_place(crowd, aspect):
    lists = np.zeros((len(crowd.taste), 1), dtype=int)
    return lists, np.full(lists.shape, aspect)


# who they are


def test_a_crowd_has_the_tastes_and_the_goods_of_the_shop_s_own_tables(crowd):
    truth = load_shop_truth()
    first = truth.tastes.drop_duplicates(["user", "aspect"])  # before a drift
    tastes = first.pivot(index="user", columns="aspect", values="taste")
    assert np.allclose(crowd.taste, tastes)
    goods = truth.qualities.pivot(
        index="item", columns="aspect", values="quality"
    )
    assert np.allclose(crowd.quality, goods)


def test_a_star_of_taste_is_care():
    crowd = small(1, taste=np.array([[1.0, 0.9]]))
    assert crowd.cares.tolist() == [[True, False]]


# what is likely


def test_a_click_by_hand():
    crowd = small(1)
    pleases = 1.5 * 0.5 + 0.2 * 0.4
    for aspect, extra in ((0, 1.2), (1, 0.0), (NOBODY, 0.0)):
        likely = chances(crowd, *one_place(crowd, aspect))
        odds = -2.5 + 0.5 * pleases + extra
        assert likely.click[0, 0] == pytest.approx(1 / (1 + np.exp(-odds)))


def test_places_further_down_are_looked_at_less(crowd):
    lists = np.zeros((600, 3), dtype=int)
    click = chances(crowd, lists, np.full(lists.shape, NOBODY)).click
    assert np.allclose(click[:, 1] / click[:, 0], LAW.look)
    assert np.allclose(click[:, 2] / click[:, 0], LAW.look**2)


def test_only_what_one_cares_about_is_a_promise():
    assert chances(small(1), *one_place(small(1), 0)).promise == 1
    cold = small(1, quality=-0.5)
    assert chances(cold, *one_place(cold, 0)).promise == -1
    assert chances(cold, *one_place(cold, 1)).promise == 0
    assert chances(cold, *one_place(cold, NOBODY)).promise == 0


def test_without_trust_a_sentence_is_silence():
    crowd = small(1, trust=np.zeros(1))
    spoken = chances(crowd, *one_place(crowd, 0))
    silent = chances(crowd, *one_place(crowd, NOBODY))
    assert spoken.click == silent.click and spoken.buy == silent.buy


# what happens


def test_clicks_and_purchases_come_as_often_as_likely():
    crowd = small(20_000)
    likely = chances(crowd, *one_place(crowd, 0))
    _, log = visit(crowd, *one_place(crowd, 0), rng=3)
    clicked = log["clicked"]
    assert clicked.mean() == pytest.approx(likely.click[0, 0], abs=0.01)
    sold = log["bought"][clicked].mean()
    assert sold == pytest.approx(likely.buy[0, 0], abs=0.02)
    assert not (log["bought"] & ~clicked).any()
    assert not (log["returned"] & ~log["bought"]).any()
    assert log["stars"].notna().sum() <= log["bought"].sum()


def test_a_broken_promise_costs_a_star_and_trust():
    cold = small(quality=-0.5)
    after, spoken = visit(cold, *one_place(cold, 0), rng=0)
    _, silent = visit(cold, *one_place(cold, NOBODY), rng=0)
    assert np.allclose(silent["felt"] - spoken["felt"], LAW.let_down)
    sold = spoken["bought"].to_numpy()
    assert sold.any() and np.allclose(after.trust[sold], 1 - LAW.shaken)
    assert (after.trust[~sold] == 1).all()


def test_a_kept_promise_mends_some_trust():
    crowd = small(trust=np.full(4000, 0.5))
    after, log = visit(crowd, *one_place(crowd, 0), rng=0)
    sold = log["bought"].to_numpy()
    assert np.allclose(after.trust[sold], 0.5 + LAW.mended * 0.5)


def test_nobody_buys_twice_and_who_left_is_not_asked():
    crowd = small(50, owned=np.ones((50, 1), dtype=bool))
    crowd = replace(crowd, here=np.arange(50) < 20)
    _, log = visit(crowd, *one_place(crowd, 0), rng=0)
    assert len(log) == 20 and not log["bought"].any()


def test_two_shops_with_one_seed_meet_the_same_luck(crowd):
    def show(aspect):
        def choose(crowd, log, rng):
            rng.random(17 * (aspect + 2))  # a shop's lots are its own
            lists = np.tile(np.arange(5), (600, 1))
            return lists, np.full(lists.shape, aspect)

        return run_weeks(crowd, choose, n=3)[1]

    silent, spoken = show(NOBODY), show(0)
    first = [log.query("week == 0") for log in (silent, spoken)]
    unheard = first[1]["promise"].to_numpy() == 0
    for name in ("clicked", "felt"):
        a, b = (log[name].to_numpy()[unheard] for log in first)
        assert (a == b).all()
    assert show(0).equals(spoken)


def test_those_who_are_hurt_leave():
    sad = small(usual=np.full(4000, 1.0))
    law = VisitLaw(tired=0.0, hurt=0.5, buy=3.0, click=3.0)
    after, log = visit(sad, *one_place(sad, NOBODY), law, rng=0)
    hurt = (log["bought"] & (log["felt"] <= 2.5)).to_numpy()
    assert after.here[~hurt].all()
    assert 0.4 < after.here[hurt].mean() < 0.6


@pytest.mark.parametrize(
    ("lists", "named"),
    [
        (np.zeros(600, int), np.zeros(600, int)),
        (np.zeros((600, 2), int), np.zeros((600, 1), int)),
        (np.zeros((3, 2), int), np.zeros((3, 2), int)),
        (np.full((600, 1), 200), np.zeros((600, 1), int)),
        (np.zeros((600, 1), int), np.full((600, 1), 10)),
        (np.zeros((600, 1), int), np.full((600, 1), -2)),
        (np.zeros((600, 1)), np.zeros((600, 1), int)),
    ],
)
def test_lists_that_cannot_be_shown_are_refused(crowd, lists, named):
    with pytest.raises(DataError):
        chances(crowd, lists, named)


@pytest.mark.parametrize("wrong", [{"n": 0}, {"seed": -1}])
def test_weeks_and_luck_are_whole_numbers(crowd, wrong):
    [(name, value)] = wrong.items()
    with pytest.raises(DataError, match=f"{name}={value}"):
        run_weeks(crowd, lambda *_: pytest.fail("asked"), **wrong)


@pytest.mark.parametrize(
    "law", [{"look": 1.5}, {"shaken": -1}, {"buy": np.inf}]
)
def test_a_law_out_of_range_is_refused(law):
    with pytest.raises(DataError, match=next(iter(law))):
        VisitLaw(**law)


def test_shelves_hold_what_is_not_owned():
    scores = np.array([[1.0, 3.0, 3.0, 2.0]])
    assert shelves(scores, [[0, 0, 0, 0]], k=3).tolist() == [[1, 2, 3]]
    assert shelves(scores, [[0, 1, 0, 0]], k=2).tolist() == [[2, 3]]
    with pytest.raises(DataError, match="owns all but"):
        shelves(scores, [[1, 1, 1, 0]], k=2)


# two groups


def test_the_sample_size_finds_what_it_promises():
    n = sample_size(0.3, 0.1)
    rng = np.random.default_rng(0)
    found = 0
    for _ in range(300):
        a, b = rng.random((2, n)) < [[0.3], [0.4]]
        found += p_value(*difference(a, b)) < 0.05
    assert 0.74 < found / 300 < 0.87


def test_a_difference_has_the_error_of_both_groups():
    # variances 8 and 2 of two customers each: √(8 / 2 + 2 / 2)
    gap, error = difference([0.0, 4.0], [2.0, 4.0])
    assert gap == 1 and error == pytest.approx(5**0.5)


def test_peeking_lies_and_the_always_valid_does_not():
    rng = np.random.default_rng(1)
    peeked = valid = 0
    for _ in range(300):
        gap = np.cumsum(rng.standard_normal(400))[19::20]
        n = np.arange(20, 401, 20)
        looks = list(zip(gap / n, 1 / np.sqrt(n), strict=True))
        peeked += min(p_value(*look) for look in looks) < 0.05
        found = [always_valid_p(*look, expected=0.2) for look in looks]
        valid += min(found) < 0.05
    assert valid / 300 <= 0.05 < 0.18 < peeked / 300


def test_the_always_valid_p_sees_a_real_effect():
    assert always_valid_p(0.3, 0.05, expected=0.2) < 0.001
    assert always_valid_p(0.0, 0.05, expected=0.2) == 1.0


def test_the_ratio_is_a_fair_bet_under_none():
    """1 / p is at least the likelihood ratio, whose mean is one."""
    gaps = np.linspace(-8, 8, 20001)
    noise, effect = 1.0, 0.7
    ratio = np.sqrt(noise / (noise + effect)) * np.exp(
        gaps**2 * effect / (2 * noise * (noise + effect))
    )
    density = np.exp(-(gaps**2) / 2) / np.sqrt(2 * np.pi)
    assert np.trapezoid(ratio * density, gaps) == pytest.approx(1, abs=1e-3)
    found = [always_valid_p(g, 1.0, np.sqrt(effect)) for g in gaps[::4000]]
    assert np.allclose(found, np.minimum(1, 1 / ratio[::4000]))


FIVE = np.arange(1, 6) / 5
UNEVEN = np.array([0.1, 0.15, 0.7, 0.71, 1.0])
spends = pytest.mark.parametrize("spend", [obrien_fleming, pocock])


def crossed(shares, bounds):
    """Return how often an empty test walks beyond a bound at some look, by
    an integral of another kind.
    """
    cov = np.minimum.outer(shares, shares) / np.maximum.outer(shares, shares)
    within = multivariate_normal(cov=np.sqrt(cov))
    return 1 - within.cdf(bounds, lower_limit=-np.asarray(bounds))


@pytest.mark.parametrize("shares", [FIVE, UNEVEN, np.array([0.3, 1.0])])
@spends
def test_just_what_may_be_spent_is_spent(spend, shares):
    bounds = spending_bounds(shares, spend)
    for n in range(1, len(shares) + 1):
        found = crossed(shares[:n], bounds[:n])
        assert found == pytest.approx(spend(shares[n - 1], 0.05), abs=3e-5)


def test_the_bounds_of_five_looks_stay_as_they_are():
    """Two sides, 5 %. The test above holds them to scipy's normal integral."""
    known = [4.877, 3.357, 2.680, 2.290, 2.031]
    assert np.allclose(spending_bounds(FIVE), known, atol=6e-4)
    known = [2.438, 2.427, 2.410, 2.397, 2.386]
    assert np.allclose(spending_bounds(FIVE, pocock), known, atol=6e-4)


def test_one_look_is_the_old_test():
    assert spending_bounds([1.0], pocock) == pytest.approx([1.959964])
    assert spending_bounds([1.0], level=0.9) == pytest.approx([1.644854])


def test_later_looks_need_no_plan():
    early = spending_bounds(UNEVEN[:3], pocock)
    assert np.allclose(spending_bounds(UNEVEN, pocock)[:3], early)


@spends
def test_who_looks_within_the_bounds_errs_in_five_of_a_hundred(spend):
    rng = np.random.default_rng(7)
    looks = np.arange(1, 11) / 10
    z = rng.standard_normal((40_000, 10)).cumsum(axis=1) / np.sqrt(looks * 10)
    alarms = (np.abs(z) > spending_bounds(looks, spend)).any(axis=1)
    assert alarms.mean() == pytest.approx(0.05, abs=0.0045)
    assert (np.abs(z) > norm_bound()).any(axis=1).mean() > 0.15


def norm_bound():
    return spending_bounds([1.0])[0]


@pytest.mark.parametrize(
    ("shares", "level"),
    [
        ([], 0.95),
        ([0.0, 1.0], 0.95),
        ([0.5, 0.5], 0.95),
        ([0.5, 0.5001], 0.95),
        ([0.6, 0.5], 0.95),
        ([0.5, 1.1], 0.95),
        ([0.5, np.nan], 0.95),
        ([0.5, 1.0], 1.0),
    ],
)
def test_looks_that_cannot_be_are_refused(shares, level):
    with pytest.raises(DataError, match="shares|level"):
        spending_bounds(shares, level=level)


def test_customers_are_counted_once():
    means = by_customer([5, 5, 5, 1], [7, 7, 7, 2])
    assert means.tolist() == [1.0, 5.0]
    with pytest.raises(DataError, match="name one each"):
        by_customer([1.0, 2.0], [1])


@pytest.mark.parametrize(
    "call",
    [
        lambda: sample_size(0.5, 0.5),
        lambda: sample_size(0.5, 0.0),
        lambda: sample_size(0.0, 0.1),
        lambda: sample_size(0.5, 0.1, level=1.0),
        lambda: difference([1.0], [1.0, 2.0]),
        lambda: p_value(1.0, 0.0),
        lambda: p_value(np.nan, 1.0),
        lambda: always_valid_p(np.nan, 1.0, 1.0),
        lambda: by_customer([1.0, 2.0], ["ann", None]),
        lambda: by_customer([1.0, 2.0], [1.0, np.nan]),
        lambda: always_valid_p(1.0, 1.0, expected=0.0),
        lambda: difference([1.0, np.nan], [1.0, 2.0]),
    ],
)
def test_what_cannot_be_tested_is_refused(call):
    with pytest.raises(DataError):
        call()


# the game

LIES = {"suits": 0.5, "gain": 2, "loss": 2, "shame": 0.5}
TWO = LIES | {"cost": (0, 0.4), "finds": (0, 1)}
THREE = LIES | {"cost": (0, 0.15, 0.4), "finds": (0, 0.6, 1)}


def by_nashpy(A, B):
    """Return the equilibria that an independent library finds, at the
    corners of two polytopes (its other way, by supports, misses some).
    """
    nashpy = pytest.importorskip("nashpy")
    return list(nashpy.Game(A, B).vertex_enumeration())


def same(found, wanted):
    """Tell whether two lists hold the same equilibria, in any order."""
    found, wanted = (
        np.array(
            sorted(np.concatenate(pair).round(9).tolist() for pair in pairs)
        )
        for pairs in (found, wanted)
    )
    return found.shape == wanted.shape and np.allclose(found, wanted)


@pytest.mark.parametrize("fine", [0.1, 0.5, 0.9])
def test_with_two_looks_the_fine_moves_the_checks_alone(fine):
    [(rows, columns)] = found = equilibria(*praise_game(**TWO, fine=fine))
    assert rows[1] == pytest.approx(0.4)
    assert columns[1] == pytest.approx((1 - fine) / (1 - fine + 0.5))
    assert same(found, by_nashpy(*praise_game(**TWO, fine=fine)))


def test_a_fine_above_the_price_ends_the_lies():
    for looks in (TWO, THREE):
        game = praise_game(**looks, fine=1.1)
        [(rows, columns)] = found = equilibria(*game)
        assert rows.tolist() == [1, 0] and columns[0] == 1
        assert same(found, by_nashpy(*game))


def test_two_by_three_by_hand():
    """Trust is worth 1 − p, a glance 0.85 − 0.4 p, a check 0.6; lying gains
    0.25, −0.05 and −0.25.
    """
    A, B = praise_game(**THREE, fine=0.5)
    assert np.allclose(A[1] - A[0], [0.25, -0.05, -0.25])
    assert np.allclose(B, [[1, 0.85, 0.6], [0, 0.45, 0.6]])
    [(rows, columns)] = equilibria(A, B)
    assert rows[1] == pytest.approx(0.15 / 0.6)
    assert columns == pytest.approx([1 / 6, 5 / 6, 0])
    assert same([(rows, columns)], by_nashpy(A, B))


def test_the_equilibria_are_the_library_s():
    rng = np.random.default_rng(0)
    kinds = set()
    for n_columns in (2, 3, 4) * 25:
        A, B = rng.normal(size=(2, 2, n_columns))
        found = equilibria(A, B)
        assert same(found, by_nashpy(A, B))
        kinds.add((n_columns, len(found)))
        for rows, columns in found:
            assert rows @ A @ columns >= (A @ columns).max() - 1e-9
            assert rows @ B @ columns >= (rows @ B).max() - 1e-9
    assert {(2, 1), (2, 3), (3, 1), (3, 3)} <= kinds


@pytest.mark.parametrize("looks", [TWO, THREE])
def test_learners_who_forget_nothing_come_near(looks):
    game = praise_game(**looks, fine=0.5)
    [(rows, columns)] = equilibria(*game)
    played = fictitious_play(*game, n=3000)
    assert played[1].shape == (3000, len(columns))
    assert np.allclose(played[0][-1], rows, atol=0.05)
    assert np.allclose(played[1][-1], columns, atol=0.05)
    assert np.allclose(played[1].sum(axis=1), 1)


def test_learners_who_remember_one_round_do_not():
    game = praise_game(**TWO, fine=0.5)
    rows, _ = fictitious_play(*game, n=3000, memory=1)
    assert rows[-1, 1] == pytest.approx(0.5)  # the equilibrium has 0.4
    with pytest.raises(DataError, match="memory"):
        fictitious_play(*game, memory=0)


def test_games_that_are_none_are_refused():
    with pytest.raises(DataError, match="shapes"):
        fictitious_play(np.eye(2), np.eye(3))
    with pytest.raises(DataError, match="two rows"):
        equilibria(np.eye(3), np.eye(3))
    with pytest.raises(DataError, match="one each"):
        praise_game(**LIES, cost=(0, 1), finds=(0,), fine=0.5)


# questions


def test_how_unsure_a_belief_is_is_a_standard_deviation():
    belief = Belief(np.zeros(2), np.array([[4.0, 1.0], [1.0, 9.0]]), noise=1.0)
    assert belief.spread.tolist() == [2.0, 3.0]


def test_a_belief_is_what_the_formula_for_normals_says():
    rng = np.random.default_rng(0)
    root = rng.normal(size=(4, 4))
    belief = Belief(rng.normal(size=4), root @ root.T, noise=0.7)
    # two answers one after the other are the two at once
    one = belief.after(2, 4.0).after(0, 1.0)
    asked = np.array([2, 0])
    S = belief.cov[np.ix_(asked, asked)] + 0.49 * np.eye(2)
    K = belief.cov[:, asked] @ np.linalg.inv(S)
    gap = np.array([4.0, 1.0]) - belief.mean[asked]
    assert np.allclose(one.mean, belief.mean + K @ gap)
    assert np.allclose(one.cov, belief.cov - K @ belief.cov[asked])


def test_the_gain_is_what_the_variance_falls_by():
    rng = np.random.default_rng(1)
    root = rng.normal(size=(5, 5))
    belief = Belief(np.zeros(5), root @ root.T, noise=0.5)
    for item, gain in enumerate(belief.gains()):
        fall = np.trace(belief.cov) - np.trace(belief.after(item, 3.0).cov)
        assert gain == pytest.approx(fall)
    assert np.allclose(belief.spread**2, np.diag(belief.cov))


def test_a_stranger_is_like_the_draws():
    shop = load_reviews("shop")
    few = shop.subset(np.arange(len(shop)) < 500)
    model = BayesianMF(k=2, chain=Chain(sweeps=6, burn_in=2)).fit(few)
    belief = Belief.of(model)
    drawn = []
    for U, V in model.samples_:
        drawn.append(U[:, :1] + V[:, 0] + U[:, 1:] @ V[:, 1:].T)
    drawn = model.mu_ + np.concatenate(drawn)
    assert np.allclose(belief.mean, drawn.mean(axis=0), atol=1e-5)
    assert np.allclose(belief.cov, np.cov(drawn.T, bias=True), atol=1e-5)


def test_bad_answers_are_refused():
    belief = Belief(np.zeros(2), np.eye(2), noise=1.0)
    with pytest.raises(DataError, match="outside"):
        belief.after(2, 3.0)
    with pytest.raises(DataError, match="ask again"):
        belief.after(0, np.nan)
