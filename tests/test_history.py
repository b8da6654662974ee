"""Attention with presence against torch and by hand; HistoryAttention: removal is exact, gradients are right."""

from __future__ import annotations

import warnings
from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from torch.nn import functional as F

from recx_lib.core import Case, DataError
from recx_lib.data import Reviews, split_random
from recx_lib.explain import attention_maps
from recx_lib.judge import rmse
from recx_lib.nets import Block, scaled_dot_product_attention
from recx_lib.recommend import (
    Baseline,
    HistoryAttention,
    HistoryNet,
    HistoryScore,
    HistoryShape,
    HistoryTraining,
    history_attention,
    present_attention,
)
from tests.planted import low_rank, table

pytestmark = pytest.mark.slow  # networks are trained

DOUBLE = torch.float64
ONE_EPOCH = HistoryTraining(epochs=1)
SMALL = HistoryShape(width=8)
TINY = HistoryShape(width=2, heads=1)


def lively(
    layers: int = 1, n_items: int = 12, damping: float = np.inf, seed: int = 0
) -> HistoryNet:
    """An untrained network that says something: its read-out starts at 0, so it is given weights."""
    torch.manual_seed(seed)
    net = HistoryNet(
        n_items, width=8, heads=2, layers=layers, dropout=0.3, damping=damping
    ).double()
    torch.nn.init.normal_(net.out.weight)
    return net.eval()


def history(
    m: int, seed: int = 0, n_items: int = 12
) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    return rng.permutation(n_items - 1)[:m], rng.normal(
        size=m
    )  # the last item is left as a target


def case_of(net: HistoryNet, items: np.ndarray, rest: np.ndarray) -> Case:
    score = HistoryScore(
        net, net.item.num_embeddings - 1, items, rest, base=3.0
    )
    return score.case("ann", "tent", [f"i{j}" for j in items])


# --- attention with presence ---


@given(
    st.integers(1, 3),
    st.integers(1, 4),
    st.integers(1, 6),
    st.integers(1, 8),
    st.integers(0, 999),
)
@settings(max_examples=50)
def test_all_present_is_torchs_attention_and_some_absent_is_its_mask(
    heads, n_q, n_k, width, seed
):
    torch.manual_seed(seed)
    q, k, v = (
        torch.randn(2, heads, n, width, dtype=DOUBLE) for n in (n_q, n_k, n_k)
    )
    out, weights = present_attention(q, k, v, torch.ones(n_k, dtype=DOUBLE))
    torch.testing.assert_close(out, F.scaled_dot_product_attention(q, k, v))
    torch.testing.assert_close(out, weights @ v)
    there = torch.rand(2, 1, 1, n_k) < 0.5
    there[..., -1] = True
    out, weights = present_attention(q, k, v, there.to(DOUBLE))
    torch.testing.assert_close(
        out,
        F.scaled_dot_product_attention(
            q, k, v, attn_mask=there.expand(-1, -1, n_q, -1)
        ),
    )
    torch.testing.assert_close(
        weights.sum(-1), torch.ones(2, heads, n_q, dtype=DOUBLE)
    )
    assert (weights.masked_select(~there.expand_as(weights)) == 0).all()


def test_presence_multiplies_and_shares_out_anew():
    q, k = (
        torch.tensor([[1.0, 0.0]]),
        torch.tensor([[2.0, 0.0], [0.0, 2.0], [1.0, 1.0]]),
    )
    plain = scaled_dot_product_attention(q, k, k)[1][0]
    kept = torch.tensor([0.5, 0.25, 1.0]) * plain
    out, weights = present_attention(q, k, k, torch.tensor([0.5, 0.25, 1.0]))
    torch.testing.assert_close(weights[0], kept / kept.sum())
    torch.testing.assert_close(out[0], (kept / kept.sum()) @ k)


def test_nothing_present_gives_zeros_and_a_finite_gradient():
    q, presence = torch.randn(2, 4), torch.zeros(2, requires_grad=True)
    out, weights = present_attention(q, q, q, presence)
    assert (weights == 0).all() and (out == 0).all()
    one = torch.cat([presence, torch.ones(1)])
    keys = torch.randn(3, 4)
    present_attention(q, keys, keys, one)[0].sum().backward()
    assert torch.isfinite(presence.grad).all() and (presence.grad != 0).any()


def test_weights_are_those_before_dropout():
    q = torch.randn(1, 6, 4)
    out, weights = present_attention(
        q, q, q, torch.ones(6), drop=torch.nn.Dropout(0.9)
    )
    torch.testing.assert_close(weights.sum(-1), torch.ones(1, 6))
    assert not torch.allclose(out, weights @ q)


def test_a_layer_with_all_present_is_chapter_fives_and_last_is_its_last_place():
    block, x, ones = (
        lively().blocks[0],
        torch.randn(3, 5, 8, dtype=DOUBLE),
        torch.ones(3, 1, 1, 5, dtype=DOUBLE),
    )
    plain = Block(8, 2).double().eval()
    plain.load_state_dict(block.state_dict())
    whole, weights = block(x, ones)
    expected, _, (theirs, _) = plain(x)
    torch.testing.assert_close(whole, expected)
    torch.testing.assert_close(weights, theirs)
    last, row = block(x, ones, last=True)
    torch.testing.assert_close(last, whole[:, -1:])
    torch.testing.assert_close(row, weights[:, :, -1:])


# --- the network and its case ---


@given(
    st.sampled_from([1, 2]),
    st.integers(1, 8),
    st.integers(0, 999),
    st.sampled_from([2.0, np.inf]),
)
@settings(max_examples=40)
def test_presence_zero_is_a_history_without_it(layers, m, seed, damping):
    net, (items, rest) = (
        lively(layers, damping=damping, seed=seed),
        history(m, seed),
    )
    case, there = (
        case_of(net, items, rest),
        np.random.default_rng(seed).random(m) < 0.5,
    )
    without = case.value(there[None].astype(float))[0]
    if there.any():
        assert without == pytest.approx(
            case_of(net, items[there], rest[there]).whole(), abs=1e-12
        )
    else:
        assert (
            without == pytest.approx(3.0, abs=1e-12)
            and case.empty() == without
        )


@pytest.mark.parametrize("layers", [1, 2])
def test_presence_holds_in_every_layer_and_half_is_between(layers):
    net, (items, rest) = lively(layers), history(5)
    case = case_of(net, items, rest)
    path = case.value(
        np.array([[1, 1, p, 1, 1] for p in np.linspace(0, 1, 101)])
    )
    steps = np.diff(path)
    assert path[0] == pytest.approx(case.without([case.names[2]]), abs=1e-12)
    assert path[-1] == pytest.approx(case.whole(), abs=1e-12)
    assert path[0] != path[-1] and np.abs(steps).max() < 0.2 * np.ptp(
        path
    )  # no jump anywhere, the ends included


@given(st.sampled_from([1, 2]), st.integers(0, 999))
@settings(max_examples=25)
def test_gradient_is_the_finite_difference(layers, seed):
    net, (items, rest) = (
        lively(layers, damping=3.0, seed=seed),
        history(6, seed),
    )
    case, rng = case_of(net, items, rest), np.random.default_rng(seed)
    present = np.where(
        rng.random((2, 6)) < 0.3, 0.0, rng.uniform(0.1, 0.9, (2, 6))
    )
    slope, h = case.gradient(present), 1e-6
    up, down = (
        np.stack([case.value(present + s * h * e) for e in np.eye(6)], axis=1)
        for s in (1, -1)
    )
    np.testing.assert_allclose(
        slope, (up - down) / (2 * h), rtol=1e-4, atol=1e-7
    )
    assert (
        np.isfinite(case.gradient(np.zeros((1, 6)))).all()
        and np.isfinite(case.gradient(np.ones((1, 6)))).all()
    )


def test_a_token_is_the_item_and_a_multiple_of_what_liking_it_says():
    net, (items, rest) = lively(), history(5)
    target, items = torch.tensor([11]), torch.from_numpy(items)[None]
    rest = torch.from_numpy(rest)[None]
    with torch.inference_mode():
        usual = net.tokens(target, items, torch.zeros_like(rest))
        once = net.tokens(target, items, rest) - usual
        thrice = net.tokens(target, items, 3 * rest) - usual
    torch.testing.assert_close(usual[0, :-1], net.item(items[0]))
    torch.testing.assert_close(thrice, 3 * once)
    assert (once[:, :-1].abs().sum(dim=-1) > 0.01).all()
    assert (once[:, -1] == 0).all()  # the target was not rated


def test_a_score_without_a_base_is_what_the_network_says():
    net, (items, rest) = lively(), history(5)
    case = HistoryScore(net, 11, items, rest).case(
        "ann", "tent", list("abcde")
    )
    assert case.empty() == 0
    assert case.whole() == pytest.approx(case_of(net, items, rest).whole() - 3)


def test_with_all_present_the_network_is_chapter_fives_layers():
    net, (items, rest) = lively(2), history(5)
    blocks = [Block(8, 2).double().eval() for _ in net.blocks]
    with torch.inference_mode():
        x = net.tokens(
            torch.tensor([11]),
            torch.from_numpy(items)[None],
            torch.from_numpy(rest)[None],
        )
        read, maps = net.layers(x, torch.ones(1, 5, dtype=DOUBLE), maps=True)
        for plain, ours, seen in zip(blocks, net.blocks, maps, strict=True):
            plain.load_state_dict(ours.state_dict())
            x, _, (expected, _) = plain(x)
            torch.testing.assert_close(seen, expected)
        torch.testing.assert_close(read, net.out(net.norm(x[:, -1]))[:, 0])


@pytest.mark.parametrize("layers", [1, 2])
def test_maps_are_of_the_pass_that_made_the_score(layers):
    net, (items, rest) = lively(layers), history(5)
    seen = []
    hooks = [
        block.register_forward_hook(lambda _, __, out: seen.append(out[1]))
        for block in net.blocks
    ]
    case = case_of(net, items, rest)
    case.value(np.ones((1, 5)))
    for hook in hooks:
        hook.remove()
    maps = case.attention()
    assert maps.shape == (layers, 2, 6, 6)
    np.testing.assert_allclose(maps.sum(axis=-1), 1)
    # the score's own pass: the layers with the history come first, then those of the target alone
    np.testing.assert_allclose(
        maps[-1, :, -1], seen[layers - 1][0, :, -1], atol=1e-12
    )


def test_one_layer_recomputed_by_hand_from_its_map():
    net, (items, rest) = lively(1), history(4)
    case = case_of(net, items, rest)
    block, target = net.blocks[0], torch.tensor([11])

    def read(weights, x):
        """Weights (H, S) times values, through the output map, the MLP and the read-out."""
        values = (
            block.attend.kv(block.norm_self(x))
            .chunk(2, dim=-1)[1]
            .unflatten(-1, (2, -1))
        )  # (1, S, H, D / H)
        found = torch.einsum("hs,bshd->bhd", weights, values).flatten(1)
        y = x[:, -1] + block.attend.out(found)
        return net.out(net.norm(y + block.mlp(block.norm_mlp(y))))

    with torch.inference_mode():
        x = net.tokens(
            target, torch.from_numpy(items)[None], torch.from_numpy(rest)[None]
        )
        alone = read(torch.ones(2, 1, dtype=DOUBLE), x[:, -1:])
        score = 3.0 + float(
            read(torch.from_numpy(case.attention()[0, :, -1]), x) - alone
        )
    assert score == pytest.approx(case.whole(), abs=1e-12)


@given(st.sampled_from([1, 2]), st.integers(0, 999))
@settings(max_examples=20)
def test_order_does_not_matter(layers, seed):
    net, (items, rest) = lively(layers), history(6, seed)
    order = np.random.default_rng(seed).permutation(6)
    plain, mixed = (
        case_of(net, items, rest),
        case_of(net, items[order], rest[order]),
    )
    assert mixed.whole() == pytest.approx(plain.whole(), abs=1e-12)
    np.testing.assert_allclose(
        mixed.attention()[-1, :, -1, :-1],
        plain.attention()[-1, :, -1, :-1][:, order],
    )


def test_no_dropout_while_explaining_even_after_train_mode():
    net, (items, rest) = lively(2), history(5)
    case = case_of(net, items, rest)
    before = case.whole(), case.gradient(np.ones((1, 5))), case.attention()
    net.train()
    np.testing.assert_array_equal(case.attention(), before[2])
    net.train()
    np.testing.assert_array_equal(case.gradient(np.ones((1, 5))), before[1])
    net.train()
    assert case.whole() == before[0]


@pytest.mark.parametrize("loud", [9.0, 200.0, 1e6])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_a_key_that_is_gone_is_gone_however_loud_it_was(loud, dtype):
    q = torch.tensor([[1.0, 0.0]], dtype=dtype)
    keys = torch.tensor([[2.0, 0.0], [0.0, 2.0], [loud, 0.0]], dtype=dtype)
    presence = torch.tensor([1.0, 1.0, 0.0], dtype=dtype, requires_grad=True)
    found, weights = present_attention(q, keys, keys, presence)
    left, shares = present_attention(
        q, keys[:2], keys[:2], torch.ones(2, dtype=dtype)
    )
    assert weights[0, 2] == 0 and torch.allclose(weights[:, :2], shares)
    assert torch.allclose(found, left)
    (slope,) = torch.autograd.grad(found.sum(), presence)
    assert slope.isfinite().all()


def test_a_row_that_may_look_nowhere_gets_zeros_beside_a_loud_key():
    q, keys = (
        torch.tensor([[1.0, 0.0]]),
        torch.tensor([[200.0, 0.0], [0.0, 2.0]]),
    )
    found, weights = present_attention(q, keys, keys, torch.zeros(2))
    assert not weights.any() and not found.any()


# --- the recommender ---

TRAIN, TEST, _ = low_rank(n_users=60, n_items=40, k=2, share=0.5, noise=0.3)
NO_ROW = Reviews(
    TRAIN.frame[TRAIN.user_idx != 3], TRAIN.users, TRAIN.items, TRAIN.scale
)


@pytest.fixture(scope="module", params=[1, 2])
def model(request) -> HistoryAttention:
    training = HistoryTraining(epochs=3, draw=6)
    model = HistoryAttention(
        HistoryShape(request.param, width=8, max_history=12),
        training=training,
    )
    return model.fit(NO_ROW, quiet=True)


def test_it_beats_the_baseline_where_there_is_something_to_learn():
    training = HistoryTraining(epochs=8, batch_size=32, lr=1e-2)
    model = HistoryAttention(HistoryShape(width=16), training=training).fit(
        TRAIN, quiet=True
    )
    floor = rmse(
        TEST.rating,
        Baseline().fit(TRAIN).predict(TEST.user_idx, TEST.item_idx),
    )
    assert (
        rmse(TEST.rating, model.predict(TEST.user_idx, TEST.item_idx))
        < 0.9 * floor
    )


def test_on_noise_the_means_are_left():
    rng = np.random.default_rng(0)
    user, item = np.divmod(np.flatnonzero(rng.random(60 * 40) < 0.3), 40)
    noise = table(
        user, item, rng.normal(3, 1, len(user)), 60, 40, scale=(-9.0, 9.0)
    )
    model = HistoryAttention(
        SMALL, damping=20.0, training=HistoryTraining(epochs=4)
    ).fit(noise, quiet=True)
    means = Baseline(20.0).fit(noise).predict(user, item)
    assert np.abs(model.predict(user, item) - means).mean() < 0.15


def test_without_a_bypass_the_score_is_what_attention_reads():
    """The read-out silenced, the item's mean is left: no user's mean."""
    options = {"shape": SMALL, "training": ONE_EPOCH}
    spread = {}
    for bypass in (True, False):
        model = HistoryAttention(bypass=bypass, **options)
        model.fit(TRAIN, quiet=True)
        with torch.no_grad():
            model.net_.out.weight.zero_()
        above = model.score(np.arange(10)) - model.mu_ - model.b_i_
        spread[bypass] = np.abs(above).max()
    assert spread[False] < 1e-9 and spread[True] > 0.1


def test_uniform_attention_looks_everywhere_alike_after_training_too():
    model = HistoryAttention(HistoryShape(2, width=8), uniform=True)
    model.set_params(training=HistoryTraining(epochs=2, lr=1e-2))
    case = model.fit(TRAIN, quiet=True).case(0, 1)
    maps = attention_maps(case)
    np.testing.assert_allclose(maps, 1 / (len(case) + 1))
    assert model.trust_ > 0 and case.whole() != pytest.approx(case.empty())


def test_a_rating_is_no_part_of_the_mean_that_it_is_learned_against(
    monkeypatch,
):
    seen = []

    def untrained(net, rows, *_, **__):
        seen.extend(wanted for _, _, wanted in rows)
        return []

    monkeypatch.setattr(history_attention, "fit", untrained)
    model = HistoryAttention(TINY).fit(TRAIN)
    learn, _ = split_random(TRAIN, 0.1, model.seed)
    model._remember(learn)
    above = learn.rating - model.mu_
    means = [model._item_means(learn, leave_out=out) for out in (True, False)]
    np.testing.assert_allclose(seen, above - means[0])
    assert np.abs(means[0] - means[1][learn.item_idx]).max() > 0.01


def test_trust_is_what_the_validation_part_likes_best():
    training = HistoryTraining(epochs=6, lr=1e-2, batch_size=32)
    model = HistoryAttention(SMALL, training=training).fit(NO_ROW, quiet=True)
    assert 0 < model.trust_ < 1
    learn, validation = split_random(NO_ROW, 0.1, model.seed)
    model._remember(learn)
    wanted = validation.rating - model.mu_ - model.b_i_[validation.item_idx]
    rows = list(
        zip(validation.user_idx, validation.item_idx, wanted, strict=True)
    )
    net = model.net_.float()
    assert model._trust(net, rows) == pytest.approx(
        1, abs=1e-3
    )  # it has been multiplied already
    one, two = (
        model._collate(net, rows),
        model._collate(net.eval(), rows, np.random.default_rng(0)),
    )
    assert all(
        a.equal(b) for a, b in zip(one, two, strict=True)
    )  # no chance in validation
    drawn = model._collate(net.train(), rows, np.random.default_rng(0))
    assert drawn[3].sum() < one[3].sum()


def test_predict_score_and_case_agree(model):
    users, items = np.array([0, 5, 5, 9]), np.array([1, 0, 7, 39])
    scores = model.score(users)
    assert scores.shape == (4, 40) and model.score(0).shape == (40,)
    np.testing.assert_allclose(model.score(0), scores[0], atol=1e-12)
    for n, (user, item) in enumerate(zip(users, items, strict=True)):
        assert model.case(user, item).whole() == pytest.approx(
            scores[n, item], abs=1e-10
        )
    np.testing.assert_allclose(
        model.predict(users, items),
        np.clip(scores[range(4), items], *TRAIN.scale),
        atol=1e-10,
    )


def test_predictions_are_clipped_and_the_case_is_not():
    steep = table([0, 0, 1, 1, 2, 2], [0, 1, 0, 1, 0, 2], [5, 5, 5, 5, 5, 5])
    model = HistoryAttention(TINY, training=ONE_EPOCH).fit(steep, quiet=True)
    model.mu_ = 7.0
    assert (
        model.predict([0], [2])[0] == 5.0
        and model.case(0, 2).whole() > 5.0
        and model.score(0)[2] > 5.0
    )


def test_history_is_the_latest_rows_and_never_the_item_itself():
    rows = table(
        [0] * 5 + [1] * 2, [0, 1, 2, 3, 4, 0, 1], [1, 2, 3, 4, 5, 3, 4]
    )
    rows.frame["timestamp"] = [50, 10, 40, 20, 30, 5, 6]
    model = HistoryAttention(
        replace(TINY, max_history=3), training=ONE_EPOCH
    ).fit(rows, quiet=True)
    items, stars = model.history(0)
    assert items.tolist() == [4, 2, 0] and stars.tolist() == [5.0, 3.0, 1.0]
    assert model.case(0, 2).names == ["i0003", "i0004", "i0000"]
    assert set(model.case(0, 2).kinds) == {"item"}


def test_a_rating_does_not_help_to_predict_itself():
    changed = TRAIN.frame.copy()
    row = int(np.flatnonzero(TRAIN.user_idx == 0)[0])
    item = int(TRAIN.item_idx[row])
    changed.iloc[row, changed.columns.get_loc("rating")] += 5
    one, two = (
        HistoryAttention(SMALL, training=ONE_EPOCH).fit(TRAIN, quiet=True),
        HistoryAttention(SMALL),
    )
    two.net_ = one.net_
    two._remember(Reviews(changed, TRAIN.users, TRAIN.items, TRAIN.scale))
    two.mu_, two.b_i_ = (
        one.mu_,
        one.b_i_,
    )  # the means hold it, and say so; what is read in the history does not
    told = two.histories_
    told.rest = told.stars - two.mu_ - two.b_i_[told.item]
    assert two.case(0, item).whole() == one.case(0, item).whole()
    assert two.case(0, item + 1).whole() != one.case(0, item + 1).whole()


def test_an_empty_history_gets_the_items_mean(model):
    np.testing.assert_allclose(
        model.score(3), model.mu_ + model.b_i_, rtol=0, atol=1e-12
    )
    assert model.history(3)[0].size == 0
    assert model.case(0, 7).empty() == pytest.approx(
        model.score(3)[7], abs=1e-12
    )
    with pytest.raises(DataError, match="the history is empty"):
        model.case(3, 7)


def test_item_means_are_the_baselines(model):
    np.testing.assert_allclose(
        model.b_i_, Baseline(5.0, sweeps=60).fit(NO_ROW).b_i_, atol=1e-3
    )


def test_training_rows_leave_their_own_rating_out_of_the_item_mean():
    lonely = table(
        [0, 0, 1, 1], [0, 1, 0, 2], [5, 1, 3, 2]
    )  # items 1 and 2 have a single rating
    model = HistoryAttention(TINY, training=ONE_EPOCH)
    model._remember(lonely)
    means = model._item_means(lonely, leave_out=True)
    assert means[1] == means[3] == 0.0 and model.b_i_[1] < 0


def test_deterministic_and_seeded():
    two = HistoryTraining(epochs=2)

    def make(seed):
        return (
            HistoryAttention(SMALL, seed=seed, training=two)
            .fit(TRAIN, quiet=True)
            .score(0)
        )

    one = make(0)
    torch.manual_seed(99)  # what happened before does not matter
    np.testing.assert_array_equal(one, make(0))
    assert not np.array_equal(one, make(1))


def test_scikit_learn_manners(capsys):
    model = HistoryAttention(HistoryShape(2, width=8), training=ONE_EPOCH)
    assert clone(model).get_params() == model.get_params()
    with pytest.raises(NotFittedError):
        model.predict([0], [0])
    assert (
        model.fit(TRAIN, quiet=True) is model and capsys.readouterr().err == ""
    )
    model.fit(TRAIN)
    assert "batch" in capsys.readouterr().err


@pytest.mark.parametrize("wrong", [
    {"layers": 0}, {"width": 0}, {"max_history": 0}, {"width": 9, "heads": 2},
])  # fmt: skip
def test_parameters_out_of_range(wrong):
    with pytest.raises(DataError, match=next(iter(wrong))):
        HistoryAttention(HistoryShape(**wrong)).fit(TRAIN, quiet=True)


def test_damping_out_of_range():
    with pytest.raises(DataError, match="damping"):
        HistoryAttention(damping=0.0).fit(TRAIN, quiet=True)


@pytest.mark.parametrize(
    "wrong",
    [
        {"draw": 0},
        {"epochs": 0},
        {"lr": -1.0},
        {"hide": 1.0},
        {"dropout": 1.0},
    ],
)
def test_training_out_of_range(wrong):
    with pytest.raises(DataError, match=next(iter(wrong))):
        HistoryAttention(training=HistoryTraining(**wrong)).fit(
            TRAIN, quiet=True
        )


def test_bad_input(model):
    with pytest.raises(DataError, match="no rows"):
        HistoryAttention().fit(TRAIN.subset([]), quiet=True)
    with pytest.raises(DataError, match="takes two"):
        HistoryAttention().fit(TRAIN.subset([0]), quiet=True)
    bad = table([0, 1], [0, 1], [3, np.nan])
    with pytest.raises(DataError, match="not a finite number"):
        HistoryAttention().fit(bad, quiet=True)
    for ask in (model.predict, model.case):
        with pytest.raises(DataError, match="translate raw ids"):
            ask("u0001", 0)
        with pytest.raises(DataError, match="outside 0 … 39"):
            ask(0, 40)


def test_a_table_of_single_ratings_is_predicted_by_the_means():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        single = table([0, 1, 2], [0, 0, 1], [4, 5, 1])
        model = HistoryAttention(TINY, training=ONE_EPOCH).fit(
            single, quiet=True
        )
    assert np.isfinite(model.score([0, 1, 2])).all()
