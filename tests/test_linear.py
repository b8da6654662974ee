"""EASE and the linear profile model against oracles; their explanations against their scores."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import Ridge
from sklearn.preprocessing import StandardScaler

from recx_lib.core import DataError
from recx_lib.data import Ids, Reviews, leave_last_out
from recx_lib.recommend import (
    EASE,
    LinearProfile,
    RecentEASE,
    ease_weights,
    mean_deviation,
    places,
    ridge,
    squared_error,
    squared_error_gradient,
)


def make(rows, users=None, items=None) -> Reviews:
    """Return Reviews from (user, item, rating, timestamp) rows; pass ids to have some without a row."""
    frame = pd.DataFrame(
        rows, columns=["user", "item", "rating", "timestamp"]
    ).assign(text="")
    return Reviews(
        frame, Ids(users or frame["user"]), Ids(items or frame["item"])
    )


def random_reviews(seed=0, n_users=40, n_items=15, share=0.4) -> Reviews:
    """Return random ratings over all pairs kept with probability `share`; one user and one item have no row."""
    rng = np.random.default_rng(seed)
    users, items = (
        [f"u{n:02d}" for n in range(n_users)],
        [f"i{n:02d}" for n in range(n_items)],
    )
    pairs = [
        (u, i) for u in users[:-1] for i in items[:-1] if rng.random() < share
    ]
    rows = [
        (u, i, float(rng.integers(1, 6)), int(rng.integers(0, 99)))
        for u, i in pairs
    ]
    return make(rows, users, items)


REVIEWS = random_reviews()
EMPTY_USER = REVIEWS.n_users - 1


MODELS = {
    "plain": EASE(reg=5.0),
    "liked": EASE(reg=5.0, min_rating=3.0),
    "recent": RecentEASE(reg=5.0, half_life=3.0),
}


@pytest.fixture(scope="module", params=MODELS)
def ease(request) -> EASE:
    return MODELS[request.param].fit(REVIEWS)


def interactions(reviews: Reviews) -> np.ndarray:
    X = np.zeros((reviews.n_users, reviews.n_items))
    X[reviews.user_idx, reviews.item_idx] = 1
    return X


# ---------------------------------------------------------------- EASE: the solution


def test_ease_solves_one_ridge_regression_per_item():
    """Predicting column i from the other columns is what the closed form promises."""
    X = interactions(REVIEWS)
    B = EASE(reg=5.0).fit(REVIEWS).B_
    for i in range(REVIEWS.n_items):
        others = np.delete(np.arange(REVIEWS.n_items), i)
        oracle = (
            Ridge(alpha=5.0, fit_intercept=False)
            .fit(X[:, others], X[:, i])
            .coef_
        )
        np.testing.assert_allclose(B[others, i], oracle, atol=1e-9)
        assert B[i, i] == 0


def test_ease_scores_are_the_matrix_product():
    np.testing.assert_allclose(
        EASE(5.0).fit(REVIEWS).score(np.arange(REVIEWS.n_users)),
        interactions(REVIEWS) @ EASE(5.0).fit(REVIEWS).B_,
    )


def test_ease_ignores_the_stars_unless_min_rating_is_set():
    shuffled = Reviews(
        REVIEWS.frame.assign(rating=5.0), REVIEWS.users, REVIEWS.items
    )
    np.testing.assert_array_equal(
        EASE(5.0).fit(REVIEWS).B_, EASE(5.0).fit(shuffled).B_
    )
    liked = EASE(5.0, min_rating=4).fit(REVIEWS)
    np.testing.assert_allclose(
        liked.B_, EASE(5.0).fit(REVIEWS.subset(REVIEWS.rating >= 4)).B_
    )
    assert liked.W_.nnz == (REVIEWS.rating >= 4).sum() < len(REVIEWS)


def test_scores_for_one_user_equal_the_row_of_a_batch(ease):
    batch = ease.score(np.array([3, EMPTY_USER, 3]))
    assert batch.shape == (3, REVIEWS.n_items)
    np.testing.assert_allclose(ease.score(3), batch[0])
    np.testing.assert_allclose(batch[0], batch[2])
    assert not batch[1].any()


# ---------------------------------------------------------------- EASE: the explanation


def test_ease_explanation_sums_to_the_score(ease):
    for user_idx in range(EMPTY_USER):
        if len(ease.history(user_idx)[0]) == 0:
            continue
        for item_idx in range(REVIEWS.n_items):
            why = ease.explain(user_idx, item_idx)
            assert why.total == pytest.approx(
                ease.score(user_idx)[item_idx], abs=1e-12
            )


def test_ease_explanation_cites_the_history_by_raw_id_with_its_weight(ease):
    history, weight = ease.history(4)
    why = ease.explain(4, 2)
    assert (why.user, why.item, why.method) == ("u04", "i02", "EASE")
    cited = {e.name: e.weight for e in why.evidence}
    assert len(cited) == len(why.evidence) == len(history)
    for j, w in zip(history, weight, strict=True):
        assert cited[f"i{j:02d}"] == pytest.approx(
            w * ease.B_[j, 2], abs=1e-15
        )
    assert {e.kind for e in why.evidence} == {"item"}
    sizes = [abs(e.weight) for e in why.evidence]
    assert sizes == sorted(sizes, reverse=True)


def test_removing_cited_items_moves_the_score_by_exactly_their_weights(ease):
    why = ease.explain(4, 2)
    cited = why.top(3)
    removed = REVIEWS.items.idx([e.name for e in cited])
    after = ease.score_without(4, 2, removed)
    assert ease.score(4)[2] - after == pytest.approx(
        sum(e.weight for e in cited), abs=1e-12
    )
    history, weight = ease.history(4)
    keep = ~np.isin(history, removed)
    assert after == pytest.approx(
        ease.score_history(history[keep], weight[keep])[2], abs=1e-15
    )
    assert ease.score_without(4, 2, []) == pytest.approx(
        ease.score(4)[2], abs=1e-12
    )
    assert ease.score_without(4, 2, history) == 0


def test_the_top_evidence_moves_the_score_at_least_as_far_as_any_other_three():
    """The claim that chapters make on one user, over all users: removing the top three beats three at random."""
    model, rng = EASE(5.0).fit(REVIEWS), np.random.default_rng(0)
    for user_idx in range(EMPTY_USER):
        history, _ = model.history(user_idx)
        if len(history) < 6:
            continue
        item_idx = int(np.argmax(model.score(user_idx)))
        strongest = sorted(
            model.explain(user_idx, item_idx).evidence, key=lambda e: -e.weight
        )[:3]
        cited = model.score_without(
            user_idx, item_idx, REVIEWS.items.idx([e.name for e in strongest])
        )
        assert (
            cited
            <= model.score_without(
                user_idx, item_idx, rng.choice(history, 3, replace=False)
            )
            + 1e-12
        )


def test_score_without_refuses_items_that_were_never_there(ease):
    history, _ = ease.history(4)
    stranger = int(np.setdiff1d(np.arange(REVIEWS.n_items), history)[0])
    with pytest.raises(
        DataError, match=rf"\[{stranger}\] are not in user 4's history"
    ):
        ease.score_without(4, 2, [history[0], stranger])


# ---------------------------------------------------------------- EASE: recency


def test_places_count_back_from_the_latest():
    reviews = make(
        [
            ("a", "p", 5, 30),
            ("b", "p", 5, 1),
            ("a", "q", 5, 10),
            ("a", "r", 5, 20),
        ]
    )
    assert places(reviews).tolist() == [0, 0, 2, 1]


def test_places_agree_with_leave_last_out_on_what_is_last():
    reviews = random_reviews(seed=3)  # timestamps 0 … 98: many ties
    assert reviews.frame.duplicated(["user", "timestamp"]).any()
    _, test = leave_last_out(reviews)
    several = np.bincount(reviews.user_idx)[reviews.user_idx] > 1
    assert (
        reviews.frame.index[(places(reviews) == 0) & several].tolist()
        == test.frame.index.tolist()
    )


def test_recent_ease_counts_by_its_definition():
    model, half_life = MODELS["recent"].fit(REVIEWS), 3.0
    place, G = places(REVIEWS), np.zeros((REVIEWS.n_items, REVIEWS.n_items))
    for a in range(len(REVIEWS)):
        for b in np.flatnonzero(REVIEWS.user_idx == REVIEWS.user_idx[a]):
            G[REVIEWS.item_idx[a], REVIEWS.item_idx[b]] += 2 ** (
                -abs(place[a] - place[b]) / half_life
            )
        assert model.W_[
            REVIEWS.user_idx[a], REVIEWS.item_idx[a]
        ] == pytest.approx(2 ** (-place[a] / half_life))
    np.testing.assert_allclose(model._count(REVIEWS)[1], G)
    np.testing.assert_allclose(model.B_, ease_weights(G, 5.0))


def test_recent_ease_with_a_memory_that_never_fades_is_ease():
    everyone = np.arange(REVIEWS.n_users)
    forever = RecentEASE(reg=5.0, half_life=1e15).fit(REVIEWS)
    np.testing.assert_allclose(
        forever.score(everyone),
        EASE(reg=5.0).fit(REVIEWS).score(everyone),
        atol=1e-12,
    )


def test_recent_ease_survives_weights_that_vanish():
    long = make(
        [("a", f"i{j:04d}", 5.0, j) for j in range(1200)]
        + [("b", "i0000", 5.0, 1)]
    )
    model = RecentEASE(1.0, half_life=0.5).fit(long)
    assert (
        model.W_.data.min() == 0
    )  # the oldest weight is too small for a float
    assert (
        np.isfinite(model.score(0)).all() and len(model.history(0)[0]) == 1200
    )


@pytest.mark.parametrize("half_life", [0, -1.0, float("nan")])
def test_half_life_must_be_positive(half_life):
    with pytest.raises(DataError, match="half_life"):
        RecentEASE(half_life=half_life).fit(REVIEWS)


# ---------------------------------------------------------------- EASE: bad input


def test_ease_explains_nothing_for_an_empty_history(ease):
    with pytest.raises(
        DataError,
        match=r"user 'u39' has an empty history: recommend by popularity",
    ):
        ease.explain(EMPTY_USER, 0)


@pytest.mark.parametrize(
    "user_idx", ["u01", 1.0, -1, REVIEWS.n_users, np.array([0, 99])]
)
def test_unknown_users_are_named(ease, user_idx):
    with pytest.raises(
        DataError,
        match=r"user .*reviews\.users\.idx|user index (-1|40|99) is outside 0 … 39",
    ):
        ease.score(user_idx)


@pytest.mark.parametrize("item_idx", ["i01", -1, REVIEWS.n_items])
def test_unknown_items_are_named(ease, item_idx):
    with pytest.raises(
        DataError,
        match=r"item .*reviews\.items\.idx|item index (-1|15) is outside 0 … 14",
    ):
        ease.explain(0, item_idx)
    with pytest.raises(DataError, match="item"):
        ease.score_history([0, item_idx])


@pytest.mark.parametrize(
    "model", [EASE(reg=0), EASE(reg=-1), EASE(reg=float("nan"))]
)
def test_reg_must_be_positive(model):
    with pytest.raises(DataError, match="reg=.* greater than zero"):
        model.fit(REVIEWS)


def test_a_model_that_was_not_fitted_says_so():
    for model in (EASE(), LinearProfile()):
        for ask in (
            lambda m=model: m.score(0),
            lambda m=model: m.explain(0, 0),
        ):
            with pytest.raises(NotFittedError):
                ask()


def test_an_empty_training_set_is_refused():
    with pytest.raises(DataError, match="no rows"):
        EASE().fit(REVIEWS.subset([]))


@pytest.mark.parametrize(
    "rows",
    [
        [("a", "p", 5.0, 1)],
        [("a", "p", 5.0, 1), ("a", "q", 4.0, 2)],
        [("a", "p", 5.0, 1), ("b", "p", 4.0, 2)],
    ],
    ids=["one rating", "one user", "one item"],
)
def test_the_smallest_sets_give_finite_scores(rows):
    reviews = make(rows)
    ease = EASE().fit(reviews)
    assert np.isfinite(ease.score(0)).all()
    assert ease.explain(0, 0).total == pytest.approx(ease.score(0)[0])
    empty = pd.DataFrame()
    profile = LinearProfile().fit(reviews, empty, empty)
    assert np.isfinite(
        profile.predict(reviews.user_idx, reviews.item_idx)
    ).all()


# ---------------------------------------------------------------- ridge: objective and gradient

shapes = st.tuples(
    st.integers(1, 8),
    st.integers(1, 5),
    st.integers(0, 10**6),
    st.floats(0.01, 10),
)


@given(shapes)
@settings(deadline=None)
def test_gradient_equals_finite_differences(shape):
    n, m, seed, reg = shape
    rng = np.random.default_rng(seed)
    theta, X, y = (
        rng.normal(size=m),
        rng.normal(size=(n, m)),
        rng.normal(size=n),
    )
    step = 1e-5
    numeric = [
        (
            squared_error(theta + step * e, X, y, reg)
            - squared_error(theta - step * e, X, y, reg)
        )
        / (2 * step)
        for e in np.eye(m)
    ]
    np.testing.assert_allclose(
        squared_error_gradient(theta, X, y, reg), numeric, rtol=1e-5, atol=1e-6
    )


def test_gradient_steps_move_theta_to_the_closed_form_and_leave_the_data_alone():
    rng = np.random.default_rng(1)
    X, y, theta = rng.normal(size=(30, 4)), rng.normal(size=30), np.zeros(4)
    X_before, y_before = X.copy(), y.copy()
    for _ in range(2000):
        theta = theta - 0.01 * squared_error_gradient(theta, X, y, 2.0)
    np.testing.assert_allclose(theta, ridge(X, y, 2.0), atol=1e-10)
    np.testing.assert_array_equal(X, X_before)
    np.testing.assert_array_equal(y, y_before)


@given(shapes)
@settings(deadline=None)
def test_ridge_equals_sklearn(shape):
    n, m, seed, reg = shape
    rng = np.random.default_rng(seed)
    X, y = rng.normal(size=(n, m)), rng.normal(size=n)
    oracle = (
        Ridge(alpha=reg, fit_intercept=False, solver="svd").fit(X, y).coef_
    )
    np.testing.assert_allclose(ridge(X, y, reg), oracle, atol=1e-8)


# ---------------------------------------------------------------- linear profile


def profiles(reviews: Reviews, seed=5) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return random profiles with features of very different size; the last user and item have no row."""
    rng = np.random.default_rng(seed)
    size, aspects = [1.0, 1000.0, 0.001], ["weight", "comfort", "noise"]
    user = pd.DataFrame(
        rng.normal(size=(reviews.n_users - 1, 3)) * size,
        reviews.users.raw[:-1],
        aspects,
    )
    item = pd.DataFrame(
        rng.normal(size=(reviews.n_items - 1, 3)),
        reviews.items.raw[:-1],
        aspects,
    )
    return user, item


@pytest.fixture(scope="module")
def linear() -> LinearProfile:
    return LinearProfile(reg=3.0).fit(REVIEWS, *profiles(REVIEWS))


def slow_features(
    reviews: Reviews, damping: float, leave_out: bool
) -> np.ndarray:
    """Return the training features row by row, from the definition, with loops."""
    user_profile, item_profile = profiles(reviews)
    frame, mu, rows = reviews.frame, reviews.rating.mean(), []
    for n, r in frame.reset_index(drop=True).iterrows():
        others = (
            frame.reset_index(drop=True).drop(index=n) if leave_out else frame
        )
        of_user, of_item = (
            others[others["user"] == r["user"]],
            others[others["item"] == r["item"]],
        )
        match = (
            user_profile.loc[r["user"]].to_numpy()
            * item_profile.loc[r["item"]].to_numpy()
        )
        means = [
            (g["rating"] - mu).sum() / (len(g) + damping)
            for g in (of_user, of_item)
        ]
        rows.append([*match, *means])
    return np.array(rows)


def test_linear_profile_equals_sklearn_on_standardised_leave_one_out_features(
    linear,
):
    X = slow_features(REVIEWS, damping=5.0, leave_out=True)
    scaler = StandardScaler().fit(X)
    oracle = Ridge(alpha=3.0).fit(scaler.transform(X), REVIEWS.rating)
    np.testing.assert_allclose(linear.coef_, oracle.coef_, atol=1e-9)
    assert linear.mu_ == pytest.approx(oracle.intercept_)
    serving = scaler.transform(
        slow_features(REVIEWS, damping=5.0, leave_out=False)
    )
    expected = np.clip(oracle.predict(serving), 1, 5)
    np.testing.assert_allclose(
        linear.predict(REVIEWS.user_idx, REVIEWS.item_idx), expected, atol=1e-9
    )


def test_a_rating_does_not_help_to_predict_itself():
    """Pure noise must stay pure noise: with its own rating inside, a mean would seem to predict it."""
    rng = np.random.default_rng(0)
    users, items = [f"u{n}" for n in range(300)], [f"i{n}" for n in range(300)]
    pairs = {(rng.choice(users), rng.choice(items)) for _ in range(900)}
    noise = make(
        [(u, i, float(rng.integers(1, 6)), 0) for u, i in sorted(pairs)],
        users,
        items,
    )
    empty = pd.DataFrame()
    honest = LinearProfile(reg=1.0).fit(noise, empty, empty)
    assert (
        np.abs(honest.coef_).max() < 0.12
    )  # standard error of a coefficient: 1.4 / √900 = 0.05
    rest = noise.rating - noise.rating.mean()
    leaky = mean_deviation(
        noise.user_idx, rest, noise.n_users, 5.0, leave_out=False
    )[noise.user_idx]
    assert (
        np.corrcoef(leaky, rest)[0, 1] > 0.4
    )  # the trap: looks like knowledge, is the answer itself


def test_changing_a_rating_leaves_its_own_row_of_mean_features_alone():
    idx, rest = REVIEWS.user_idx, REVIEWS.rating - 3
    before = mean_deviation(idx, rest, REVIEWS.n_users, 5.0, leave_out=True)
    changed = rest.copy()
    changed[7] += 2
    after = mean_deviation(idx, changed, REVIEWS.n_users, 5.0, leave_out=True)
    assert after[7] == pytest.approx(before[7], abs=1e-12)
    same_user = np.flatnonzero(idx == idx[7])
    assert (
        len(same_user) > 1
        and (
            np.delete(after - before, 7)[np.delete(idx, 7) == idx[7]] > 0
        ).all()
    )


def test_linear_profile_finds_the_weights_that_made_the_ratings():
    reviews = random_reviews(n_users=90, share=0.7)
    user, item = profiles(reviews)
    U, V = (
        user.reindex(reviews.users.raw).to_numpy(),
        item.reindex(reviews.items.raw).to_numpy(),
    )
    match = U[reviews.user_idx] * V[reviews.item_idx]
    truth = np.array([0.5, 0.0, -0.3])
    rating = 3 + (match - match.mean(0)) / match.std(0) @ truth
    model = LinearProfile(reg=1e-6).fit(
        Reviews(
            reviews.frame.assign(rating=rating), reviews.users, reviews.items
        ),
        user,
        item,
    )
    np.testing.assert_allclose(model.coef_[:3], truth, atol=0.02)


def test_linear_explanation_and_mean_sum_to_the_score(linear):
    for user_idx in (0, 7, EMPTY_USER):
        scores = linear.score(user_idx)
        for item_idx in range(REVIEWS.n_items):
            why = linear.explain(user_idx, item_idx)
            assert linear.mu_ + why.total == pytest.approx(
                scores[item_idx], abs=1e-9
            )
            assert np.clip(scores[item_idx], 1, 5) == pytest.approx(
                linear.predict(user_idx, item_idx)[0], abs=1e-9
            )


def test_linear_explanation_names_every_feature_once(linear):
    why = linear.explain(3, 4)
    assert {(e.kind, e.name) for e in why.evidence} == {
        ("aspect", "weight"),
        ("aspect", "comfort"),
        ("aspect", "noise"),
        ("bias", "user mean"),
        ("bias", "item mean"),
    }
    assert (why.user, why.item, why.method, len(why.evidence)) == (
        "u03",
        "i04",
        "LinearProfile",
        5,
    )
    match = linear.U_[3, 1] * linear.V_[4, 1]
    comfort = next(e.weight for e in why.evidence if e.name == "comfort")
    assert comfort == pytest.approx(
        linear.coef_[1] * (match - linear.mean_[1]) / linear.scale_[1]
    )


def test_the_unit_of_a_profile_does_not_matter(linear):
    user, item = profiles(REVIEWS)
    rescaled = LinearProfile(reg=3.0).fit(REVIEWS, user * [1e4, 1e-3, 7], item)
    everyone = np.arange(REVIEWS.n_users)
    np.testing.assert_allclose(
        rescaled.score(everyone), linear.score(everyone), atol=1e-8
    )


def test_a_constant_aspect_weighs_nothing(linear):
    user, item = profiles(REVIEWS)
    model = LinearProfile(reg=3.0).fit(
        REVIEWS, user.assign(price=0.0), item.assign(price=2.0)
    )
    assert model.coef_[3] == 0
    np.testing.assert_allclose(model.score(2), linear.score(2), atol=1e-9)


def test_predictions_stay_on_the_scale(linear):
    user, item = profiles(REVIEWS)
    wild = LinearProfile(reg=3.0).fit(REVIEWS, user, item)
    wild.coef_ = wild.coef_ * 1000
    predicted = wild.predict(REVIEWS.user_idx, REVIEWS.item_idx)
    assert predicted.min() == 1 and predicted.max() == 5


def test_linear_profile_refuses_bad_input(linear):
    user, item = profiles(REVIEWS)
    with pytest.raises(DataError, match="same aspect columns"):
        LinearProfile().fit(
            REVIEWS, user, item[["noise", "weight", "comfort"]]
        )
    with pytest.raises(DataError, match="not finite"):
        LinearProfile().fit(
            REVIEWS, user.where(user["noise"] != user["noise"].iloc[3]), item
        )
    with pytest.raises(DataError, match="'u00' stands twice"):
        LinearProfile().fit(REVIEWS, pd.concat([user, user.iloc[:1]]), item)
    with pytest.raises(DataError, match="profile row 0 is no known raw id"):
        LinearProfile().fit(REVIEWS, user, item.reset_index(drop=True))
    with pytest.raises(DataError, match="no rows"):
        LinearProfile().fit(REVIEWS.subset([]), user, item)
    with pytest.raises(DataError, match="1 users but 2 items"):
        linear.predict([0], [0, 1])
    for settings_ in ({"reg": 0}, {"damping": 0}):
        with pytest.raises(
            DataError, match=f"{next(iter(settings_))}=0 must be"
        ):
            LinearProfile(**settings_).fit(REVIEWS, user, item)
    for user_idx, item_idx in (
        ("u01", 0),
        (REVIEWS.n_users, 0),
        (0, "i01"),
        (0, -1),
    ):
        with pytest.raises(DataError, match="not an integer index|outside 0"):
            linear.predict(user_idx, item_idx)
        with pytest.raises(DataError, match="not an integer index|outside 0"):
            linear.explain(user_idx, item_idx)
