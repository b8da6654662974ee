"""What explanations give away, and what hides it."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse
from scipy.stats import norm
from sklearn.metrics import roc_auc_score

from recx_lib.core import DataError, Evidence, Explanation
from recx_lib.data.reviews import COLUMNS, Ids, Reviews
from recx_lib.people import (
    Neighbours,
    PrivateEASE,
    Target,
    behind_crowd,
    composed,
    draw_targets,
    mark_guess,
    model_card,
    noise_scale,
    rise_attack,
    said_weights,
    style_attack,
)
from recx_lib.recommend import EASE

NOBODY = np.zeros(0, dtype=int)


def table(pairs):
    """Reviews of (user, item) numbers, one a minute."""
    rows = [
        [f"u{user:03}", f"p{item:03}", 4.0, 60 * n, ""]
        for n, (user, item) in enumerate(pairs)
    ]
    users = Ids(f"u{user:03}" for user, _ in pairs)
    items = Ids(f"p{item:03}" for _, item in pairs)
    return Reviews(pd.DataFrame(rows, columns=COLUMNS), users, items)


def drawn(seed, n_users=60, n_items=15):
    """Everybody has a few things, everything somebody."""
    rng = np.random.default_rng(seed)
    pairs = [
        (user, int(item))
        for user in range(n_users)
        for item in rng.permutation(n_items)[: 6 + user % 5]
    ]
    return table(pairs)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10**6), st.integers(2, 12), st.integers(1, 4))
def test_auc_is_scikit_learn_s(seed, n, n_hidden):
    rng = np.random.default_rng(seed)
    guess = rng.integers(0, 4, n + n_hidden).astype(float)  # many ties
    hidden = rng.permutation(n + n_hidden)[:n_hidden]
    is_hidden = np.isin(np.arange(n + n_hidden), hidden)
    found = mark_guess(guess, Target(0, NOBODY, hidden))
    assert found["auc"] == pytest.approx(roc_auc_score(is_hidden, guess))
    assert found["chance"] == pytest.approx(n_hidden / (n + n_hidden))


def test_precision_shares_out_the_places_of_those_who_tie():
    guess = np.array([9.0, 5.0, 5.0, 5.0, 1.0])
    found = mark_guess(guess, Target(0, NOBODY, np.array([0, 1])))
    assert found["precision"] == pytest.approx((1 + 1 / 3) / 2)
    flat = mark_guess(np.zeros(5), Target(0, NOBODY, np.array([0, 1])))
    assert flat["precision"] == flat["chance"] and flat["auc"] == 0.5


def test_what_is_known_does_not_count():
    guess = np.array([99.0, 1.0, 0.0])
    assert mark_guess(guess, Target(0, [0], np.array([1])))["auc"] == 1
    with pytest.raises(DataError, match="0 hidden"):
        mark_guess(guess, Target(0, [0], NOBODY))


def test_targets_hide_what_came_last():
    reviews = drawn(0)
    for one in draw_targets(reviews, n=5, share=0.5):
        own = reviews.item_idx[reviews.user_idx == one.user_idx]
        assert own.tolist() == [*one.known, *one.hidden]
        assert abs(len(one.known) - len(one.hidden)) <= 1
    with pytest.raises(DataError, match="six items"):
        draw_targets(table([(0, 0), (0, 1)]))
    with pytest.raises(DataError, match="n=0"):
        draw_targets(reviews, n=0)


def test_one_purchase_between_two_visits_is_found_and_alone_is_certain():
    reviews = drawn(1)
    target = draw_targets(reviews, n=1)[0]
    mine = reviews.user_idx == target.user_idx
    before = reviews.subset(~(mine & np.isin(reviews.item_idx, target.hidden)))
    G = [(m.W_.T @ m.W_).toarray() for m in map(EASE().fit, (before, reviews))]
    guess = rise_attack(*G, target.known)
    found = mark_guess(guess, target)
    assert found["auc"] == found["precision"] == 1
    # and nothing is found where nothing happened
    assert not rise_attack(G[0], G[0], target.known).any()


def test_the_weights_that_are_said_keep_what_few_have_and_digits_back():
    model = EASE(reg=1.0).fit(drawn(2))
    both = (model.W_.T @ model.W_).toarray()
    least = int(np.median(both))
    said = said_weights(model, least)
    assert not said[both < least].any()
    assert (said[both >= least] == model.B_[both >= least]).all()
    rounded = said_weights(model, digits=1)
    assert np.allclose(rounded * 10, np.round(rounded * 10))


def test_an_account_that_knows_half_a_history_is_answered_by_its_owner():
    reviews = drawn(3)
    X = EASE().fit(reviews).W_
    target = draw_targets(reviews, n=1)[0]
    answers = Neighbours(X, near=1).counts(target.known)
    own = reviews.item_idx[reviews.user_idx == target.user_idx]
    like = X[:, target.known].sum(axis=1) / np.sqrt(X.sum(axis=1))
    if like.argmax() == target.user_idx:
        assert np.flatnonzero(answers).tolist() == sorted(own)
    crowd = Neighbours(X, near=10, least=4).counts(target.known)
    assert set(crowd[crowd > 0]) <= set(range(4, 11))


def test_neighbours_do_not_fail_on_somebody_without_anything():
    X = sparse.csr_array(np.array([[0, 0], [1, 0]]))
    with np.errstate(all="raise"):  # nothing is divided by a size of 0
        assert Neighbours(X, near=1).counts([0]).tolist() == [1, 0]


def test_ten_are_asked_unless_another_number_is_named():
    X = sparse.csr_array(np.ones((12, 1)))
    assert Neighbours(X).counts([0]).tolist() == [10]
    assert Neighbours(X, near=99).counts([0]).tolist() == [12]


def test_who_shares_nothing_is_nobody_s_neighbour():
    X = sparse.csr_array(np.array([[1, 1, 0], [0, 1, 0]]))
    for history in ([], [2]):
        assert not Neighbours(X, near=1).counts(history).any()


def test_a_guess_that_is_no_number_has_no_marks():
    target = Target(0, known=np.array([0]), hidden=np.array([2]))
    with pytest.raises(DataError, match="item 1 is NaN"):
        mark_guess(np.array([1, np.nan, 0, 0]), target)


def test_style_tells_the_author_and_nothing_where_words_are_other():
    own = ["a stellar zip , truly stellar", "truly a fine day"]
    quoted = ["truly stellar seams", "the burner is quiet", "heavy poles"]
    guess = style_attack(own, quoted)
    assert guess.argmax() == 0 and guess[1] == guess[2] == 0


def test_style_counts_a_word_by_the_log_and_a_pair_as_a_word():
    """By hand: of three texts a word stands in two, a pair in one, so their
    weights are 1 + ln(4/3) and 1 + ln 2; said twice, 1 + ln 2 times as much.
    """
    word, pair, twice = 1 + np.log(4 / 3), 1 + np.log(2), 1 + np.log(2)
    length = np.sqrt((twice * word) ** 2 + word**2 + 2 * pair**2)
    guess = style_attack(["zip zip seam"], ["zip", "seam"])
    assert guess == pytest.approx([twice * word / length, word / length])


def test_a_piece_without_a_crowd_is_not_cited():
    pieces = [Evidence("item", name, 0.1) for name in ("a", "b", "c")]
    why = Explanation("ann", "tent", "EASE", tuple(pieces))
    kept = behind_crowd(why, {"a": 5, "b": 4}, least=5)
    assert [piece.name for piece in kept.evidence] == ["a"]
    assert (kept.user, kept.item, kept.method) == ("ann", "tent", "EASE")


@pytest.mark.parametrize("epsilon", [0.1, 1, 10, 100])
@pytest.mark.parametrize("delta", [1e-3, 1e-9])
def test_the_noise_keeps_its_promise(epsilon, delta):
    """The exact delta of Gaussian noise (Balle and Wang, 2018, theorem 8)."""
    sigma = noise_scale(epsilon, delta, sensitivity=2.0)
    a, b = 1 / sigma, epsilon * sigma / 2
    log_second = epsilon + norm.logcdf(-a - b)
    exact = norm.cdf(a - b) - np.exp(log_second)
    assert exact <= delta
    # and not much more than needed: a third of it would break it
    a, b = 3 / sigma, epsilon * sigma / 6
    less = norm.cdf(a - b) - np.exp(epsilon + norm.logcdf(-a - b))
    assert less > delta


@pytest.mark.parametrize(
    "bad", [{"epsilon": 0}, {"delta": 0}, {"delta": 1}, {"sensitivity": -1}]
)
def test_a_promise_that_cannot_be_made_is_refused(bad):
    with pytest.raises(DataError):
        noise_scale(**{"epsilon": 1, "delta": 1e-5, "sensitivity": 1} | bad)


class Silent(PrivateEASE):
    """PrivateEASE with next to no noise, to see what else it does."""

    def __init__(self, most=20, seed=0, reg=300.0):
        super().__init__(reg, None, epsilon=1e15, most=most, seed=seed)


def test_without_noise_it_is_ease_and_long_histories_are_cut():
    reviews = drawn(4)
    assert np.allclose(Silent().fit(reviews).B_, EASE().fit(reviews).B_)
    X, G = Silent(most=3)._count(reviews)
    assert np.isclose(np.trace(G), 3 * reviews.n_users, rtol=1e-3)
    # their own history still makes their scores
    assert (X != EASE().fit(reviews).W_).nnz == 0


def test_noise_is_new_at_every_fit_unless_a_seed_is_asked_for():
    rows = drawn(0)
    fresh = [PrivateEASE(epsilon=1).fit(rows).B_ for _ in range(2)]
    assert not np.allclose(*fresh)
    assert "seed" not in model_card(PrivateEASE(seed=3), "shop", {})


def test_what_is_published_often_adds_up():
    assert composed(1, 1e-5, 1) == pytest.approx(1)
    assert composed(1, 1e-5, 10) == pytest.approx(3.3, abs=0.05)
    with pytest.raises(DataError, match="n"):
        composed(1, 1e-5, 0)


def test_noise_is_the_same_for_a_seed_and_another_for_another():
    reviews = drawn(5)
    one, two = (
        PrivateEASE(seed=1).fit(reviews),
        PrivateEASE(seed=1).fit(reviews),
    )
    assert (one.B_ == two.B_).all()
    assert not np.allclose(one.B_, PrivateEASE(seed=2).fit(reviews).B_)


def test_one_person_moves_the_counts_by_no_more_than_was_said():
    reviews = drawn(6)
    most = 4
    without = reviews.subset(reviews.user_idx != 3)
    G = [_counts(rows, most) for rows in (reviews, without)]
    moved = np.triu(G[0] - G[1])
    assert np.linalg.norm(moved) <= np.sqrt(most * (most + 1) / 2) + 1e-6


def _counts(rows, most):
    _, G = Silent(most=most)._count(rows)
    return G


def test_more_privacy_means_more_noise():
    reviews = drawn(7)
    scale = [
        PrivateEASE(epsilon=e).fit(reviews).sigma_ for e in (0.1, 1, 10, 100)
    ]
    assert scale == sorted(scale, reverse=True)


@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.parametrize("epsilon", [1, 10, 100])
def test_another_library_s_accountant_confirms_the_noise(epsilon):
    """Opacus counts what one addition of such noise spends: a little less."""
    accountants = pytest.importorskip("opacus.accountants")
    accountant = accountants.RDPAccountant()
    scale = noise_scale(epsilon, 1e-5, sensitivity=1.0)
    accountant.history = [(scale, 1.0, 1)]
    spent = accountant.get_epsilon(1e-5)
    assert 0.7 * epsilon < spent <= epsilon


def test_every_count_gets_the_same_noise_once_and_both_ways_alike():
    reviews = drawn(8)
    exact = (EASE().fit(reviews).W_.T @ EASE().fit(reviews).W_).toarray()
    off, on = [], []
    for seed in range(40):
        model = PrivateEASE(epsilon=1000, seed=seed)
        noise = model._count(reviews)[1] - exact
        assert np.allclose(noise, noise.T)
        off.append(noise[np.triu_indices(15, 1)])
        on.append(np.diag(noise))
    for part in (off, on):
        assert np.std(part) == pytest.approx(model.sigma_, rel=0.15)
