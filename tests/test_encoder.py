"""Chapter 11: masked words, factorization machine, towers, encoder, and which words moved a score."""

import numpy as np
import pandas as pd
import pytest
import torch

from recx_lib.core import DataError
from recx_lib.data import Ids, Reviews
from recx_lib.explain import integrated_gradients, occlusion
from recx_lib.nets import (
    embed,
    encode,
    fill_in,
    fit_masked,
    fit_stars,
    mask_words,
    small_bert,
    thaw,
    tokens,
    unit,
    warm_up,
    word_tokenizer,
)
from recx_lib.recommend import (
    ContentModel,
    DotProduct,
    EncoderRecommender,
    FactorizationMachine,
    LearnedSimilarity,
    PairNet,
    Tuning,
    TwoTowers,
    in_batch_loss,
    interactions,
    word_case,
)

TEXTS = [
    "the zip is stiff",
    "the zip is smooth",
    "a warm coat",
    "the coat is light and warm",
    "",
]


@pytest.fixture(scope="module")
def small():
    """A tiny tokenizer and an untrained BERT."""
    tokenizer = word_tokenizer(TEXTS)
    return tokenizer, small_bert(tokenizer, width=32, layers=2, length=12)


@pytest.fixture(scope="module")
def table():
    """Six users and five items; users of even number like the even items."""
    return six_users(lambda u, i: 5.0 if u % 2 == i % 2 else 2.0)


def six_users(stars):
    """Five items, each rated by six users with `stars(u, i)`."""
    rows = []
    for u in range(6):
        for i in range(5):
            rows.append([f"u{u}", f"i{i}", stars(u, i), 0, ""])
    columns = ["user", "item", "rating", "timestamp", "text"]
    frame = pd.DataFrame(rows, columns=columns).rename_axis("review")
    users, items = Ids(frame["user"]), Ids(frame["item"])
    return Reviews(frame, users, items)


KIND = np.array([[1.0, 0], [0, 1], [1, 0], [0, 1], [1, 0]])


def without(table, item):
    return table.subset((table.frame["item"] != item).to_numpy())


# -- masked words


def test_masks_are_80_10_10_and_never_special(small):
    tokenizer, model = small
    ids = tokens(tokenizer, model, [TEXTS[0]] * 4000)["input_ids"]
    seen, labels = mask_words(ids, tokenizer, np.random.default_rng(0), 0.3)
    asked = labels != -100
    assert not asked[:, [0, -1]].any()  # [CLS] and [SEP]
    assert abs(asked[:, 1:-1].float().mean() - 0.3) < 0.02
    assert (labels[asked] == ids[asked]).all() and (
        seen[~asked] == ids[~asked]
    ).all()
    masked = (seen[asked] == tokenizer.mask_token_id).float().mean()
    # a word drawn at random is the right one once in as many words as there are
    kept = (seen[asked] == ids[asked]).float().mean()
    assert (
        abs(masked - 0.8) < 0.03
        and abs(kept - 0.1 - 0.1 / (len(tokenizer) - 5)) < 0.03
    )


def test_masks_ask_about_something_and_refuse_nothing(small):
    tokenizer, model = small
    ids = tokens(tokenizer, model, ["zip"])["input_ids"]
    for seed in range(5):
        _, labels = mask_words(
            ids, tokenizer, np.random.default_rng(seed), 0.01
        )
        assert (labels != -100).sum() == 1
    with pytest.raises(DataError, match="every text is empty"):
        mask_words(
            tokens(tokenizer, model, [""])["input_ids"],
            tokenizer,
            np.random.default_rng(0),
        )
    with pytest.raises(DataError, match="between 0 and 1"):
        mask_words(ids, tokenizer, np.random.default_rng(0), share=1.0)


def test_a_masked_model_learns_what_stands_between(small):
    tokenizer, _ = small
    model = small_bert(tokenizer, width=32, layers=1, length=12)
    before = dict(fill_in(model, tokenizer, "the zip [MASK] stiff", 99))["is"]
    losses = fit_masked(model, tokenizer, TEXTS[:3], steps=40, lr=1e-2)
    after = dict(fill_in(model, tokenizer, "the zip [MASK] stiff", 99))["is"]
    assert after > 2 * before and np.mean(losses[-5:]) < losses[0]
    with pytest.raises(DataError, match="needs one"):
        fill_in(model, tokenizer, "no gap")


def test_warm_up_rises_to_one_and_falls_to_nothing():
    rate = [warm_up(step, 50) for step in range(51)]
    assert np.argmax(rate) == 4 and rate[4] == 1 and rate[50] == 0
    assert (np.diff(rate[:5]) > 0).all() and (np.diff(rate[5:]) < 0).all()


# -- texts


def test_long_empty_and_strange_texts(small):
    tokenizer, model = small
    long = tokens(tokenizer, model, ["zip " * 500])
    assert long["input_ids"].shape == (1, 12)  # the context, no more
    found = embed(tokenizer, model.bert, ["", *TEXTS])
    assert np.isfinite(found).all() and np.allclose(
        found[1:], embed(tokenizer, model.bert, TEXTS), atol=1e-5
    )
    with pytest.raises(DataError, match="text 1 is nan"):
        embed(tokenizer, model.bert, ["zip", float("nan")])
    with pytest.raises(DataError, match="vector 1"):
        unit(np.array([[1.0, 0], [0, 0]]))


def test_a_token_of_presence_0_is_as_if_masked_out(small):
    tokenizer, model = small
    batch = tokens(tokenizer, model, [TEXTS[3]])
    here = torch.ones(batch["input_ids"].shape)
    with torch.no_grad():
        assert torch.allclose(
            encode(model.bert, batch),
            encode(model.bert, batch, here),
            atol=1e-5,
        )
        here[0, [2, 5]] = 0
        mask = here.long()
        hidden = model.bert(
            input_ids=batch["input_ids"], attention_mask=mask
        ).last_hidden_state
        want = hidden[0, here[0] > 0].mean(dim=0)
        assert torch.allclose(
            encode(model.bert, batch, here)[0], want, atol=1e-5
        )


def test_thaw_says_what_learns_and_frozen_stays(small):
    tokenizer, model = small
    bert = small_bert(tokenizer, width=32, layers=2, length=12).bert
    last, every = thaw(bert, 1), thaw(bert, None)
    assert (
        0
        == thaw(bert, 0)
        < last
        < every
        == sum(w.numel() for w in bert.parameters())
    )
    before = embed(tokenizer, bert, TEXTS)
    fit_stars((tokenizer, bert), TEXTS, [1, 1, -1, -1, 0], layers=0, steps=3)
    assert np.array_equal(before, embed(tokenizer, bert, TEXTS))
    head = fit_stars(
        (tokenizer, bert), TEXTS, [1, 1, -1, -1, 0], layers=None, steps=30
    )
    with torch.no_grad():
        said = head(torch.tensor(embed(tokenizer, bert, TEXTS)))[:, 0]
    assert said[:2].min() > said[2:4].max()
    with pytest.raises(DataError, match="5 texts but 1 stars"):
        fit_stars((tokenizer, bert), TEXTS, [1.0])


@pytest.mark.parametrize("kind", ["DistilBert", "Roberta", "Electra", "Bert"])
def test_thaw_knows_encoders_by_their_layers_not_their_names(kind):
    import transformers

    sizes = {"hidden_size": 16, "num_attention_heads": 2, "vocab_size": 30}
    sizes |= {"num_hidden_layers": 3, "intermediate_size": 16}
    config = getattr(transformers, f"{kind}Config")(**sizes)
    net = getattr(transformers, f"{kind}Model")(config)
    last, two, every = thaw(net, 1), thaw(net, 2), thaw(net, None)
    assert thaw(net, 0) == 0 and two == 2 * last < every
    thaw(net, 1)
    learning = {n for n, w in net.named_parameters() if w.requires_grad}
    assert learning and all(".2." in name for name in learning)


def test_layers_that_cannot_be_told_apart_are_not_thawed_in_part():
    from transformers import AlbertConfig, AlbertModel

    sizes = {"hidden_size": 16, "num_attention_heads": 2, "vocab_size": 30}
    sizes |= {"intermediate_size": 16, "embedding_size": 8}
    net = AlbertModel(AlbertConfig(**sizes, num_hidden_layers=3))
    with pytest.raises(DataError, match="AlbertModel keeps no list of its 3"):
        thaw(net, 1)
    assert thaw(net, 0) == 0 < thaw(net, None)


# -- factorization machine, contents, towers


def test_interactions_are_the_double_sum():
    draw = np.random.default_rng(0)
    X, V = draw.normal(size=(3, 7)), draw.normal(size=(7, 4))
    for x, got in zip(X, interactions(X, V), strict=True):
        double = sum(
            V[a] @ V[b] * x[a] * x[b] for a in range(7) for b in range(a)
        )
        assert np.isclose(got, double)


def test_a_step_of_the_machine_is_torchs_gradient():
    from recx_lib.recommend import fm_epoch
    from recx_lib.recommend.factorization import REG_W

    draw = np.random.default_rng(1)
    at, x = np.array([[0, 2, 3]]), np.array([[1.0, 1.0, -0.5]])
    w, V = draw.normal(size=4), draw.normal(size=(4, 2))
    full = np.zeros(4)
    full[at[0]] = x[0]
    tw, tV, tx = (torch.tensor(a, requires_grad=True) for a in (w, V, full))
    pairs = ((tx @ tV) ** 2 - tx**2 @ tV**2).sum() / 2
    loss = (4.0 - 3.0 - tw @ tx - pairs) ** 2 / 2
    used = torch.tensor(full != 0)
    loss = (
        loss
        + 0.3 / 2 * (tV[used] ** 2).sum()
        + REG_W / 2 * (tw[used] ** 2).sum()
    )
    loss.backward()
    new_w, new_V = w.copy(), V.copy()
    model = 3.0, new_w, new_V
    fm_epoch(at, x, np.array([4.0]), np.array([0]), model, 0.01, 0.3)
    assert np.allclose(new_w, w - 0.01 * tw.grad.numpy())
    assert np.allclose(new_V, V - 0.01 * tV.grad.numpy())


@pytest.mark.parametrize(
    "model",
    [
        FactorizationMachine(k=4, epochs=60, lr=0.05, reg=0.01, hide=0.5),
        ContentModel(1, 1),
    ],
)
def test_columns_speak_for_a_new_item(table, model):
    train = without(table, "i4")  # even, as i0 and i2
    stars = model.fit(train, KIND).predict([0, 1, 5], [4, 4, 4])
    assert stars[0] > max(stars[1:]) + 1
    assert np.allclose(model.score(0)[4].clip(1, 5), stars[0])


@pytest.mark.parametrize(
    "kind", [FactorizationMachine, ContentModel, TwoTowers]
)
def test_bad_columns_are_named(table, kind):
    bad = KIND.copy()
    bad[3, 1] = np.nan
    with pytest.raises(DataError, match="column 1 of item 3 is nan"):
        kind().fit(table, bad)
    with pytest.raises(DataError, match="one row for each of the 5"):
        kind().fit(table, KIND[:4])
    fitted = kind().fit(table, KIND)
    with pytest.raises(DataError):
        fitted.score(99)


def test_items_that_are_alike_differ_by_their_own_ratings(small):
    """Six ratings 2 stars higher, damped by 4 more: 2 · 6 / (6 + 4)."""
    train = six_users(lambda u, i: 4.0 if i == 0 else 2.0)
    tokenizer, model = small
    texts = {f"i{n}": ["warm coat"] for n in range(5)}
    reader = EncoderRecommender(
        (tokenizer, model.bert), Tuning(layers=0, epochs=1), k=1, damping=4.0
    )
    for fitted in (
        ContentModel(damping=4.0).fit(train, np.ones((5, 1))),
        reader.fit(train, texts),
    ):
        stars = fitted.predict([3, 3], [0, 2])
        assert np.isclose(stars[0] - stars[1], 1.2)
        assert np.allclose(stars, fitted.score(3)[[0, 2]])


def test_the_explanation_of_contents_sums_to_the_score(table):
    model = ContentModel().fit(table, KIND)
    why = model.explain(2, 3)
    assert np.isclose(why.total, model.score(2)[3])
    assert [(piece.kind, piece.name) for piece in why.evidence] == [
        ("bias", "mean"),
        ("bias", "user"),
        ("bias", "item"),
        ("feature", "column 0"),
        ("feature", "column 1"),
    ]


def test_in_batch_loss_is_the_loop():
    draw = np.random.default_rng(0)
    scores, items = draw.normal(size=(4, 4)), np.array([3, 1, 3, 2])
    log_q = np.log([0.5, 0.2, 0.5, 0.1])
    losses = []
    for b in range(4):
        rivals = [c for c in range(4) if c == b or items[c] != items[b]]
        loud = {c: np.exp(scores[b, c] - log_q[c]) for c in rivals}
        losses.append(-np.log(loud[b] / sum(loud.values())))
    got = in_batch_loss(*map(torch.tensor, (scores, items, log_q)))
    assert np.isclose(got, np.mean(losses))


def test_towers_find_who_likes_what_and_serve_a_new_item(table):
    towers = TwoTowers(width=8, epochs=60, lr=0.01).fit(
        without(table, "i4"), KIND
    )
    assert towers.score(0)[4] > towers.score(1)[4]
    assert np.allclose(np.linalg.norm(towers.item_, axis=1), 1, atol=1e-5)
    with pytest.raises(DataError, match="nothing to match"):
        TwoTowers().fit(table.subset(table.rating < 4))


def test_a_learned_similarity_learns(table):
    net = PairNet(LearnedSimilarity, k=4, epochs=150, lr=0.02, decay=1e-4).fit(
        table
    )
    assert (
        np.abs(
            net.predict(table.user_idx, table.item_idx) - table.rating
        ).mean()
        < 0.5
    )


# -- the recommender that reads


def test_a_new_item_is_read_and_updated(table, small):
    tokenizer, model = small
    texts = {f"i{n}": [["warm coat", "stiff zip"][n % 2]] for n in range(5)}
    train = without(table, "i4")
    tuning = Tuning(layers=0, epochs=40, head_lr=0.05)
    reader = EncoderRecommender((tokenizer, model.bert), tuning, k=1).fit(
        train, texts
    )
    assert reader.predict(0, 4) > reader.predict(1, 4) + 0.5
    before = reader.score(0).copy()
    reader.update(table, {"i4": ["stiff zip"]})
    assert np.allclose(reader.vectors_[4], reader.vectors_[1], atol=1e-5)
    assert not np.isclose(reader.score(0)[4], before[4])
    with pytest.raises(DataError, match="'i2' has the texts None"):
        EncoderRecommender((tokenizer, model.bert)).fit(
            train, {k: v for k, v in texts.items() if k != "i2"}
        )
    with pytest.raises(DataError, match="unknown id 'i9'"):
        reader.update(table, {"i9": ["zip"]})


def test_words_add_up_and_captum_agrees(small):
    from captum.attr import IntegratedGradients

    tokenizer, model = small
    torch.manual_seed(0)
    head = torch.nn.Linear(32, 1)
    case = word_case(
        (tokenizer, model.bert),
        head,
        ["The coat is warm.", "the zip"],
        item="i1",
    )
    assert list(case.names) == ["The", "coat", "is", "warm", ".", "the", "zip"]
    why = integrated_gradients(case, steps=50)
    assert np.isclose(why.total, case.whole() - case.empty(), atol=2e-3)
    score = case.value.__self__
    oracle = IntegratedGradients(score._stars).attribute(
        torch.ones(1, 7),
        torch.zeros(1, 7),
        n_steps=50,
        method="riemann_middle",
    )
    assert np.allclose(
        case.weights(why), oracle.detach().numpy()[0], atol=1e-4
    )
    alone = occlusion(case)
    gone = case.whole() - case.without(["warm"])
    assert np.isclose({e.name: e.weight for e in alone.evidence}["warm"], gone)
    # a text that stands as before is not read again, and says the same
    some = torch.bernoulli(torch.full((30, 7), 0.6))
    with torch.no_grad():
        every = score._stars(some).double().numpy()
    assert np.allclose(case.value(some.numpy()), every, atol=1e-6)


def test_a_word_that_comes_again_is_numbered_and_no_word_is_refused(small):
    tokenizer, model = small
    head = torch.nn.Linear(32, 1)
    case = word_case((tokenizer, model.bert), head, ["zip zip"])
    assert list(case.names) == ["zip", "zip (2)"]
    with pytest.raises(DataError, match="hold no word"):
        word_case((tokenizer, model.bert), head, [""])


def test_a_single_step_has_no_way_down():
    assert [warm_up(step, 1) for step in (0, 1)] == [1.0, 0.0]


def test_more_layers_than_there_are_is_all_of_them(small):
    bert = small_bert(small[0], width=32, layers=2, length=12).bert
    assert thaw(bert, 3) == thaw(bert, 2)


def test_stars_above_the_mean_are_both_biases_and_the_product():
    users, items = torch.tensor([0, 1]), torch.tensor([1, 0])
    for kind, product in ((DotProduct, [4.0, 12.0]), (LearnedSimilarity, 0)):
        net = kind(2, 2, k=2)
        with torch.no_grad():
            for weights in net.parameters():
                weights.zero_()
            net.bias[0].weight[:, 0] = torch.tensor([0.1, 0.2])
            net.bias[1].weight[:, 0] = torch.tensor([1.0, 2.0])
            net.user.weight[:] = torch.tensor([[1.0, 0.0], [1.0, 2.0]])
            net.item.weight[:] = torch.tensor([[2.0, 5.0], [4.0, 7.0]])
            found = net(users, items)
        assert np.allclose(found, np.array([2.1, 1.2]) + product)


def test_towers_score_is_the_cosine_of_every_item(table):
    fitted = TwoTowers(width=8, epochs=1).fit(table)
    cosines = [float(fitted.user_[1] @ item) for item in fitted.item_]
    assert np.allclose(fitted.score(1), cosines)
    assert fitted.score([0, 1]).shape == (2, len(cosines))


def test_towers_keep_nothing_of_training_and_refuse_no_share(table):
    fitted = TwoTowers(width=8, epochs=1).fit(table)
    assert not hasattr(fitted, "_optimizer") and not hasattr(fitted, "_draw")
    with pytest.raises(DataError, match="hide"):
        TwoTowers(hide=2.0).fit(table)
