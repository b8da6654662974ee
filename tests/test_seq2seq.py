"""Two attentions by hand, the copy gate, and a GRU that learns to copy and to reverse by looking along a diagonal."""

import pandas as pd
import pytest
import torch

from recx_lib.data import Ids, Reviews
from recx_lib.nets import (
    PAD,
    Example,
    FitSettings,
    Limits,
    NetSettings,
    Seq2Seq,
    additive_attention,
    collate,
    copy_mixture,
    fit,
    greedy,
    multiplicative_attention,
    rating_loss,
)
from recx_lib.nets.seq2seq import AdditiveAttention
from recx_lib.recommend import Baseline
from tests.writing_cases import (
    VOCAB,
    WRITERS,
    batch_of,
    lively,
    random_examples,
)


def test_attention_by_hand():
    """Keys (1, 0) and (0, 1), query (2, 0). Additive: tanh(3) + tanh(0) against tanh(2) + tanh(1)."""
    query, keys, mask = (
        torch.tensor([[[2.0, 0.0]]]),
        torch.eye(2)[None],
        torch.tensor([[True, True]]),
    )
    context, weights = additive_attention(
        query, keys, mask, torch.eye(2), torch.eye(2), torch.ones(2)
    )
    scores = torch.tensor([0.99505475, 0.96402758 + 0.76159416])
    torch.testing.assert_close(
        weights[0, 0], scores.exp() / scores.exp().sum()
    )
    torch.testing.assert_close(
        context[0, 0], weights[0, 0]
    )  # the keys are the unit vectors
    weights = multiplicative_attention(
        query, keys, mask, torch.tensor([[1.0, 0.5], [0.0, 1.0]])
    )[1]
    torch.testing.assert_close(
        weights[0, 0], torch.tensor([2.0, 1.0]).softmax(0)
    )


def test_attention_equals_a_loop_over_pairs():
    torch.manual_seed(0)
    layer, query, keys = (
        AdditiveAttention(6),
        torch.randn(2, 3, 6),
        torch.randn(2, 4, 6),
    )
    mask = torch.tensor([[True] * 4, [True, True, False, False]])
    weights = layer(query, keys, mask)[1]
    for row, step in ((0, 2), (1, 0)):
        scores = [
            layer.v(torch.tanh(layer.query(query[row, step]) + layer.key(key)))
            for key in keys[row][mask[row]]
        ]
        torch.testing.assert_close(
            weights[row, step][mask[row]], torch.cat(scores).softmax(0)
        )
        assert (weights[row, step][~mask[row]] == 0).all()


def test_the_copy_mixture_is_a_distribution_and_adds_up_twin_words():
    torch.manual_seed(0)
    probs, looked = (
        torch.rand(2, 3, 5).softmax(-1),
        torch.rand(2, 3, 4).softmax(-1),
    )
    source, gate = (
        torch.tensor([[0, 5, 5, 1], [6, 2, 2, 2]]),
        torch.rand(2, 3, 1),
    )
    mixture = copy_mixture(probs, looked, source, gate, n_extra=2)
    torch.testing.assert_close(mixture.sum(-1), torch.ones(2, 3))
    torch.testing.assert_close(
        mixture[0, :, 5], gate[0, :, 0] * (looked[0, :, 1] + looked[0, :, 2])
    )
    torch.testing.assert_close(mixture[1, :, 5], torch.zeros(3))


@pytest.mark.parametrize("kind", sorted(WRITERS))
def test_a_pass_is_a_distribution_that_ignores_padding(kind):
    model, batch = lively(WRITERS[kind]()), batch_of(6)
    with torch.no_grad():
        out = model(batch)
        torch.testing.assert_close(
            out.log_probs.exp().sum(-1),
            torch.ones(batch.target.shape),
            atol=1e-4,
            rtol=0,
        )
        assert (
            out.state.attention.masked_select(
                (batch.source == PAD)[:, None, :]
            )
            == 0
        ).all()
        torch.testing.assert_close(
            out.state.attention.sum(-1), torch.ones(batch.target.shape)
        )


@pytest.mark.parametrize("kind", sorted(WRITERS))
def test_a_writer_that_may_not_copy_never_does(kind):
    model = lively(WRITERS[kind](settings=NetSettings(copy=False)))
    with torch.no_grad():
        probs = model(batch_of(6)).log_probs.exp()
    assert (probs[..., len(VOCAB) :] < 1e-8).all()


@pytest.mark.parametrize("kind", sorted(WRITERS))
def test_a_bag_without_words_and_an_unknown_rating_give_a_finite_loss(kind):
    model = lively(WRITERS[kind]())
    for row in (
        Example(0, 0, target=["odd"]),
        Example(0, 0, rating=3.0),
        Example(-1, -1),
    ):
        assert torch.isfinite(model.loss(collate([row], VOCAB)))


def test_an_unknown_rating_leaves_no_trace_in_the_gradient():
    foreseen = torch.tensor([3.0, 4.0], requires_grad=True)
    rating_loss(foreseen, torch.tensor([5.0, torch.nan])).backward()
    assert foreseen.grad.tolist() == [-4.0, 0.0]
    foreseen.grad = None
    rating_loss(foreseen, torch.full((2,), torch.nan)).backward()
    assert foreseen.grad.tolist() == [0.0, 0.0]


@pytest.mark.slow
@pytest.mark.parametrize("attention", ["additive", "multiplicative"])
@pytest.mark.parametrize("backwards", [False, True])
def test_attention_learns_the_diagonal(attention, backwards):
    """Copy or reverse four letters: the k-th word written must look at the k-th word read, or at the k-th last."""
    rng = torch.Generator().manual_seed(0)
    letters = [
        [
            VOCAB.words[5 + int(k)]
            for k in torch.randint(0, 8, (4,), generator=rng)
        ]
        for _ in range(1100)
    ]
    rows = [
        Example(
            0,
            0,
            sources=[word],
            rating=3.0,
            target=word[::-1] if backwards else word,
        )
        for word in letters
    ]
    torch.manual_seed(0)
    plain = NetSettings(dropout=0.0, word_dropout=0.0, smoothing=0.0)
    model = Seq2Seq(
        len(VOCAB), 1, 1, width=32, attention=attention, settings=plain
    )
    quick = FitSettings(
        epochs=20, batch_size=50, lr=1e-2, patience=20, weight_decay=0.0
    )
    fit(
        model,
        rows[:1000],
        rows[1000:],
        lambda part: collate(part, VOCAB),
        quick,
        quiet=True,
    )
    written = greedy(
        model, collate(rows[1000:], VOCAB), VOCAB, Limits(max_len=4)
    )
    right = sum(
        list(w.words) == row.target
        for w, row in zip(written, rows[1000:], strict=True)
    )
    looked = torch.stack(
        [w.attention[:4, :4] for w in written if len(w.words) == 4]
    ).mean(0)
    diagonal = looked.flip(1).diagonal() if backwards else looked.diagonal()
    assert right >= 95 and (diagonal > 0.7).all(), (right, looked)


@pytest.mark.parametrize("kind", sorted(WRITERS))
def test_leaning_on_a_baseline_gives_its_ratings_before_and_after_training(
    kind,
):
    table = pd.DataFrame(
        {
            "user": ["a", "a", "b", "c"],
            "item": ["w", "x", "y", "z"],
            "rating": [1.0, 2.0, 5.0, 4.0],
        }
    )
    baseline = Baseline(1.0).fit(
        Reviews(table, Ids(table["user"]), Ids(table["item"]))
    )
    model = WRITERS[kind]().lean_on(baseline.mu_, baseline.b_u_, baseline.b_i_)
    pairs = [Example(0, 0), Example(1, 2), Example(-1, 3)]
    expected = [
        *baseline.predict([0, 1], [0, 2]),
        baseline.mu_ + baseline.b_i_[3],
    ]
    for _ in range(2):
        assert model.eval().rate(
            collate(pairs, VOCAB)
        ).tolist() == pytest.approx(expected, abs=1e-5)
        rows = random_examples(12)
        fit(
            model,
            rows,
            rows,
            lambda part: collate(part, VOCAB),
            FitSettings(epochs=2, batch_size=6),
            quiet=True,
        )
