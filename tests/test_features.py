"""Named features and the three recommenders on top: against loops, oracles and planted reviews; what they refuse."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import Ridge

from recx_lib.core import DataError
from recx_lib.data import Ids, Reviews, split_random
from recx_lib.judge import rmse
from recx_lib.recommend import (
    BoostedRecommender,
    LinearProfile,
    LinearRecommender,
    MLPRecommender,
    PairFeatures,
    learned_tastes,
)
from recx_lib.recommend.pair_features import stated_tastes

ASPECTS = ["weight", "comfort", "noise"]
MODELS = {
    "linear": LinearRecommender(),
    "network": MLPRecommender(hidden=8, epochs=5, seed=3),
    "boosted": BoostedRecommender(trees=20),
}


def planted(n_users=60, n_items=30, share=0.5, noise=0.2, seed=0):
    """Return (reviews, user_profile, item_profile, true terms): stars are a sum over aspects; profiles tell half."""
    rng = np.random.default_rng(seed)
    users, items = (
        [f"u{n:02d}" for n in range(n_users)],
        [f"i{n:02d}" for n in range(n_items)],
    )
    T, Q = rng.uniform(0, 1, (n_users, 3)), rng.normal(0, 1, (n_items, 3))
    u, i = np.nonzero(rng.random((n_users, n_items)) < share)
    keep = (u < n_users - 1) & (
        i < n_items - 1
    )  # the last user and the last item have no review
    u, i = u[keep], i[keep]
    stars = 3 + (T[u] * Q[i]).sum(1) + rng.normal(0, noise, len(u))
    frame = pd.DataFrame(
        {
            "user": np.array(users)[u],
            "item": np.array(items)[i],
            "rating": stars,
            "timestamp": 0,
        }
    )
    tags = {
        item: ("tents",) if n % 2 else ("mats", "noise")
        for n, item in enumerate(items)
    }
    reviews = Reviews(
        frame.assign(text=""),
        Ids(users),
        Ids(items),
        scale=(-9.0, 9.0),
        tags=tags,
    )
    said = (
        pd.DataFrame(T + rng.normal(0, 0.3, T.shape), users, ASPECTS) / 7
    )  # another unit, and noisy
    praised = (
        pd.DataFrame(Q + rng.normal(0, 0.5, Q.shape), items, ASPECTS) * 100
    )
    return reviews, said, praised, T * 1.0, Q * 1.0


REVIEWS, SAID, PRAISED, TRUE_T, TRUE_Q = planted()
U, V = REVIEWS.user_idx, REVIEWS.item_idx


@pytest.fixture(scope="module")
def features() -> PairFeatures:
    return PairFeatures().fit(REVIEWS, SAID, PRAISED)


@pytest.fixture(scope="module", params=MODELS)
def model(request):
    return clone(MODELS[request.param]).fit(REVIEWS, SAID, PRAISED)


# ---------------------------------------------------------------- tastes


def test_stated_tastes_are_the_terms_of_the_linear_model():
    contrary = SAID * [
        1,
        -1,
        1,
    ]  # the more is said of comfort, the less praise of it helps
    T, Q = stated_tastes(REVIEWS, contrary, PRAISED)
    linear = LinearProfile().fit(REVIEWS, contrary, PRAISED)
    worth = (linear.coef_ / linear.scale_)[:-2]
    assert (np.sign(worth) == [1, -1, 1]).all()
    np.testing.assert_allclose(
        T[U] * Q[V], worth * linear.U_[U] * linear.V_[V], atol=1e-9
    )
    np.testing.assert_allclose((T**2).mean(0), (Q**2).mean(0))


def test_a_strong_pull_leaves_the_profiles_and_a_weak_one_fits_the_ratings():
    T0, Q0 = stated_tastes(REVIEWS, SAID, PRAISED)
    held = learned_tastes(REVIEWS, SAID, PRAISED, pull=1e9)
    np.testing.assert_allclose(held.T, T0, atol=1e-6)
    np.testing.assert_allclose(held.Q, Q0, atol=1e-6)
    error = {}
    for pull in (1e9, 4.0, 0.5):
        t = learned_tastes(REVIEWS, SAID, PRAISED, pull=pull)
        error[pull] = rmse(
            REVIEWS.rating,
            t.mu + t.b_u[U] + t.b_i[V] + (t.T[U] * t.Q[V]).sum(1),
        )
    assert error[0.5] < error[4.0] < error[1e9]


def test_the_last_step_reaches_the_optimum_of_the_stated_objective():
    """The last half-sweep solves the items, users held still: there the gradient of the objective is zero."""
    t = learned_tastes(REVIEWS, SAID, PRAISED, pull=3.0, damping=2.0, sweeps=2)
    _, Q0 = stated_tastes(REVIEWS, SAID, PRAISED)
    e = t.mu + t.b_u[U] + t.b_i[V] + (t.T[U] * t.Q[V]).sum(1) - REVIEWS.rating
    slope = 3.0 * (t.Q - Q0)
    np.add.at(slope, V, e[:, None] * t.T[U])
    np.testing.assert_allclose(slope, 0, atol=1e-9)
    np.testing.assert_allclose(
        np.bincount(V, e, REVIEWS.n_items) + 2.0 * t.b_i, 0, atol=1e-9
    )


def test_learned_tastes_come_nearer_to_the_truth_than_stated_ones_and_keep_their_names():
    t, (T0, Q0) = (
        learned_tastes(REVIEWS, SAID, PRAISED, pull=2.0),
        stated_tastes(REVIEWS, SAID, PRAISED),
    )
    for aspect in range(3):

        def near(T, Q, a):
            return np.corrcoef(
                (T[U] * Q[V])[:, a], (TRUE_T[U] * TRUE_Q[V])[:, a]
            )[0, 1]

        assert near(t.T, t.Q, aspect) > near(T0, Q0, aspect) + 0.02
        assert near(t.T, t.Q, aspect) > 0.9
        assert (
            np.abs(np.corrcoef(t.Q.T, TRUE_Q.T)[aspect, 3:]).argmax() == aspect
        )


def test_a_user_without_ratings_keeps_the_stated_taste():
    t, (T0, _) = (
        learned_tastes(REVIEWS, SAID, PRAISED),
        stated_tastes(REVIEWS, SAID, PRAISED),
    )
    np.testing.assert_array_equal(t.T[-1], T0[-1])
    assert t.b_u[-1] == 0 and t.b_i[-1] == 0


# ---------------------------------------------------------------- features


def test_features_equal_their_definition(features):
    t = features.tastes_
    row = features.transform([4], [7])[0] * features.scale_ + features.mean_
    expected = [
        *(t.T[4] * t.Q[7]),
        *t.T[4],
        *t.Q[7],
        t.b_u[4],
        t.b_i[7],
        0.0,
        1.0,
    ]
    np.testing.assert_allclose(row, expected, atol=1e-9)
    assert features.names_[::3][:3] == [
        "match: weight",
        "taste: weight",
        "quality: weight",
    ]
    assert features.names_[9:] == [
        "user bias",
        "item bias",
        "category: mats",
        "category: tents",
    ]  # noise: an aspect
    assert features.owner_ == [
        *ASPECTS * 3,
        "user bias",
        "item bias",
        "category",
        "category",
    ]


def test_what_the_matches_leave_over_is_not_called_a_mean(features):
    assert {"user bias", "item bias"} < set(features.names_)
    assert not [name for name in features.names_ if "mean" in name]
    profile = LinearProfile().fit(REVIEWS, SAID, PRAISED)
    named = {e.name for e in profile.explain(0, 0).evidence}
    assert {"user mean", "item mean"} < named  # there it is one


def test_training_features_are_standardised_and_come_from_other_folds():
    features = PairFeatures(folds=4, seed=2)
    X = features.fit_transform(REVIEWS, SAID, PRAISED)
    np.testing.assert_allclose(X.mean(0), 0, atol=1e-9)
    np.testing.assert_allclose(X.std(0), 1)
    fold = np.random.default_rng(2).permutation(len(REVIEWS)) % 4
    for number in range(4):
        mine = fold == number
        t = learned_tastes(REVIEWS.subset(~mine), SAID, PRAISED)
        raw = (X * features.scale_ + features.mean_)[mine]
        np.testing.assert_allclose(
            raw[:, :3], t.T[U[mine]] * t.Q[V[mine]], atol=1e-9
        )
        np.testing.assert_allclose(raw[:, 9], t.b_u[U[mine]], atol=1e-9)


def test_a_rating_does_not_reach_its_own_features():
    """Change one rating wildly: all training features may move, but those of its own fold, as they were."""
    before, changed = (
        PairFeatures(seed=1),
        REVIEWS.frame.assign(rating=REVIEWS.rating),
    )
    changed.iloc[11, changed.columns.get_loc("rating")] += 5
    other = Reviews(
        changed, REVIEWS.users, REVIEWS.items, REVIEWS.scale, tags=REVIEWS.tags
    )
    raw = []
    for reviews in (REVIEWS, other):
        X = before.fit_transform(reviews, SAID, PRAISED)
        raw.append(X * before.scale_ + before.mean_)
    np.testing.assert_allclose(raw[0][11], raw[1][11], atol=1e-9)
    assert np.abs(raw[0] - raw[1]).max() > 0.1


def test_constant_features_become_zero_for_every_pair():
    tags = REVIEWS.tags | {
        "i29": ("rafts",)
    }  # of the item that nobody has rated: nothing can be learned of rafts
    reviews = Reviews(
        REVIEWS.frame, REVIEWS.users, REVIEWS.items, REVIEWS.scale, tags=tags
    )
    features = PairFeatures().fit(
        reviews, SAID.assign(price=0.0), PRAISED.assign(price=2.0)
    )
    price = [
        o == "price" or n == "category: rafts"
        for o, n in zip(features.owner_, features.names_, strict=True)
    ]
    everything = features.transform(
        np.repeat(np.arange(60), 30), np.tile(np.arange(30), 60)
    )
    assert (
        sum(price) == 4
        and (everything[:, price] == 0).all()
        and np.isfinite(everything).all()
    )


# ---------------------------------------------------------------- recommenders


def test_linear_twin_equals_sklearn_on_the_same_features():
    model = LinearRecommender(reg=3.0).fit(REVIEWS, SAID, PRAISED)
    X = PairFeatures().fit_transform(REVIEWS, SAID, PRAISED)
    oracle = Ridge(alpha=3.0, solver="svd").fit(X, REVIEWS.rating)
    np.testing.assert_allclose(model.coef_, oracle.coef_, atol=1e-8)
    np.testing.assert_allclose(
        model.predict_features(X), oracle.predict(X), atol=1e-8
    )


def test_score_predict_and_case_are_one_model(model):
    users, everything = np.array([0, 7, 59]), np.arange(REVIEWS.n_items)
    scores = model.score(users)
    assert (
        scores.shape == (3, 30)
        and model.score(7).shape == (30,)
        and model.score(np.array([], int)).shape == (0, 30)
    )
    np.testing.assert_allclose(model.score(7), scores[1])
    np.testing.assert_allclose(
        np.clip(scores[1], -9, 9), model.predict(7, everything)
    )
    case = model.case(7, 3)
    assert case.whole() == pytest.approx(scores[1, 3], abs=1e-9)
    assert case.empty() == pytest.approx(
        model.predict_features(np.zeros((1, 13)))[0], abs=1e-9
    )
    kinds = dict(zip(case.names, case.kinds, strict=True))
    expected = dict.fromkeys(ASPECTS, "aspect") | {
        "user bias": "bias",
        "item bias": "bias",
        "category": "feature",
    }
    assert kinds == expected and (case.user, case.item) == ("u07", "i03")


def test_taking_a_piece_away_puts_its_features_at_their_mean(model):
    x = model.features_.transform(5, 9)
    x[:, [owner == "comfort" for owner in model.features_.owner_]] = 0
    assert model.case(5, 9).without(["comfort"]) == pytest.approx(
        model.predict_features(x)[0], abs=1e-9
    )


def test_linear_case_is_a_sum():
    model = LinearRecommender().fit(REVIEWS, SAID, PRAISED)
    case = model.case(2, 4)
    drops = [case.whole() - case.without([name]) for name in case.names]
    assert sum(drops) == pytest.approx(case.whole() - model.mu_, abs=1e-9)
    np.testing.assert_allclose(
        case.gradient(np.ones((1, len(case))))[0], drops, atol=1e-9
    )


NETWORK = MLPRecommender(hidden=8, epochs=5, seed=3).fit(
    REVIEWS, SAID, PRAISED
)


@given(st.integers(0, 59), st.integers(0, 29), st.integers(0, 10**6))
@settings(deadline=None, max_examples=25)
def test_gradients_equal_finite_differences(user_idx, item_idx, seed):
    case = NETWORK.case(user_idx, item_idx)
    present, step = np.random.default_rng(seed).random((1, len(case))), 1e-5
    numeric = [
        (case.value(present + step * e) - case.value(present - step * e))[0]
        / (2 * step)
        for e in np.eye(len(case))
    ]
    np.testing.assert_allclose(case.gradient(present)[0], numeric, atol=1e-6)
    x = NETWORK.features_.transform(user_idx, item_idx)
    ahead = NETWORK.predict_features(
        x + step * np.eye(13)
    ) - NETWORK.predict_features(x - step * np.eye(13))
    np.testing.assert_allclose(
        NETWORK.gradient_features(x)[0], ahead / (2 * step), atol=1e-6
    )


def test_boosted_trees_offer_no_gradient_and_say_what_works():
    case = BoostedRecommender(trees=5).fit(REVIEWS, SAID, PRAISED).case(0, 0)
    assert case.gradient is None
    with pytest.raises(
        DataError,
        match="BoostedRecommender offers no gradient: explain it by occlusion",
    ):
        case.need("gradient")


def test_all_three_learn_what_was_planted():
    train, test = split_random(REVIEWS, seed=0)
    floor = rmse(test.rating, np.full(len(test), train.rating.mean()))
    linear = LinearProfile().fit(train, SAID, PRAISED)
    stated = rmse(test.rating, linear.predict(test.user_idx, test.item_idx))
    for model, better in (
        (LinearRecommender(), stated),
        (MLPRecommender(), stated),
        (BoostedRecommender(), floor / 2),
    ):
        fitted = model.fit(train, SAID, PRAISED)
        assert (
            rmse(test.rating, fitted.predict(test.user_idx, test.item_idx))
            < better
            < floor
        )


def test_fitting_is_repeatable_and_leaves_the_settings_and_torch_alone():
    import torch

    torch.manual_seed(5)
    expected = torch.rand(1)
    torch.manual_seed(5)
    features = PairFeatures(pull=3.0)
    one, two = (
        MLPRecommender(features, epochs=2, seed=1).fit(REVIEWS, SAID, PRAISED)
        for _ in range(2)
    )
    assert torch.rand(1) == expected
    np.testing.assert_array_equal(one.score(0), two.score(0))
    other = MLPRecommender(features, epochs=2, seed=2).fit(
        REVIEWS, SAID, PRAISED
    )
    assert not np.allclose(one.score(0), other.score(0))
    assert not hasattr(features, "mean_") and one.features_.pull == 3.0


def test_the_smallest_set_and_no_aspect_at_all_give_finite_stars():
    empty = pd.DataFrame()
    for model in map(clone, MODELS.values()):
        fitted = model.fit(REVIEWS.subset(np.arange(3)), SAID, PRAISED)
        assert np.isfinite(fitted.score(0)).all()
        assert np.isfinite(
            model.fit(REVIEWS, empty, empty).score([0, 59])
        ).all()


# ---------------------------------------------------------------- bad input


def test_what_is_refused_and_in_which_words(model):
    fresh = type(model)()
    with pytest.raises(DataError, match="same aspect columns"):
        fresh.fit(REVIEWS, SAID, PRAISED[["noise", "weight", "comfort"]])
    with pytest.raises(DataError, match="not finite"):
        fresh.fit(
            REVIEWS,
            SAID.where(SAID["noise"] != SAID["noise"].iloc[3]),
            PRAISED,
        )
    with pytest.raises(DataError, match="no rows"):
        fresh.fit(REVIEWS.subset([]), SAID, PRAISED)
    with pytest.raises(DataError, match="an aspect is called 'category'"):
        fresh.fit(
            REVIEWS, SAID.assign(category=1.0), PRAISED.assign(category=1.0)
        )
    for setting in ({"pull": 0}, {"damping": -1}, {"sweeps": 0}, {"folds": 1}):
        with pytest.raises(DataError, match=f"{next(iter(setting))}="):
            type(model)(PairFeatures(**setting)).fit(REVIEWS, SAID, PRAISED)
    for user_idx, item_idx in (("u01", 0), (60, 0), (0, "i01"), (0, -1)):
        for ask in (model.predict, model.case):
            with pytest.raises(
                DataError, match="not an integer index|outside 0"
            ):
                ask(user_idx, item_idx)
    for X in (np.zeros(13), np.zeros((2, 12)), np.full((1, 13), np.nan)):
        with pytest.raises(DataError, match=r"needs \(n, 13\) finite numbers"):
            model.predict_features(X)


@pytest.mark.parametrize(
    ("bad", "named"),
    [
        (LinearRecommender(reg=0), "reg"),
        (MLPRecommender(hidden=0), "hidden"),
        (MLPRecommender(lr=0), "lr"),
        (MLPRecommender(epochs=1.5), "epochs"),
        (BoostedRecommender(trees=0), "trees"),
        (BoostedRecommender(leaves=1), "leaves"),
    ],
)
def test_bad_settings_are_named(bad, named):
    with pytest.raises(DataError, match=f"{named}="):
        bad.fit(REVIEWS, SAID, PRAISED)


def test_a_model_that_was_not_fitted_says_so():
    for model in (LinearRecommender(), MLPRecommender(), BoostedRecommender()):
        for ask in (
            lambda m=model: m.score(0),
            lambda m=model: m.predict(0, 0),
            lambda m=model: m.case(0, 0),
        ):
            with pytest.raises(NotFittedError):
                ask()
