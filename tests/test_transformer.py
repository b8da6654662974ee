"""Attention, masks, blocks and the rationale Transformer, against torch's own and against GPT-2 of `transformers`."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.nn import functional as F

from recx_lib.core import DataError
from recx_lib.nets import (
    PAD,
    MultiHeadAttention,
    NetSettings,
    RationaleTransformer,
    TransformerShape,
    causal_mask,
    padding_mask,
    scaled_dot_product_attention,
)
from tests.writing_cases import VOCAB, batch_of, lively


@given(
    st.integers(1, 3),
    st.integers(1, 5),
    st.integers(1, 6),
    st.integers(1, 8),
    st.integers(0, 999),
)
@settings(max_examples=50, deadline=None)
def test_attention_equals_torch(heads, n_q, n_k, width, seed):
    torch.manual_seed(seed)
    q, k, v = (
        torch.randn(2, heads, n_q, width),
        torch.randn(2, heads, n_k, width),
        torch.randn(2, heads, n_k, width),
    )
    mask = torch.rand(2, 1, n_q, n_k) < 0.6
    mask[..., 0] = (
        True  # torch and we may differ on a row that sees nothing; that row is tested below
    )
    out, weights = scaled_dot_product_attention(q, k, v, mask)
    torch.testing.assert_close(
        out,
        F.scaled_dot_product_attention(q, k, v, attn_mask=mask),
        atol=1e-6,
        rtol=0,
    )
    torch.testing.assert_close(weights.sum(-1), torch.ones(2, heads, n_q))
    assert (weights.masked_select(~mask.expand_as(weights)) == 0).all()
    plain = scaled_dot_product_attention(q, k, v)[0]
    torch.testing.assert_close(
        plain, F.scaled_dot_product_attention(q, k, v), atol=1e-6, rtol=0
    )


def test_a_row_that_may_look_nowhere_gets_zeros_and_a_finite_gradient():
    q = torch.randn(2, 4, requires_grad=True)
    out, weights = scaled_dot_product_attention(
        q, q, q, torch.tensor([[False, False], [True, False]])
    )
    out.sum().backward()
    assert (
        (weights[0] == 0).all()
        and (out[0] == 0).all()
        and torch.isfinite(q.grad).all()
    )


def test_weights_are_those_before_dropout():
    q = torch.randn(1, 5, 4)
    out, weights = scaled_dot_product_attention(
        q, q, q, drop=torch.nn.Dropout(0.9)
    )
    torch.testing.assert_close(weights.sum(-1), torch.ones(1, 5))
    assert not torch.allclose(out, weights @ q)


def test_causal_mask_is_torchs_and_shifts_with_the_past():
    assert causal_mask(4).equal(torch.ones(4, 4).tril().bool())
    assert causal_mask(2, 3).equal(causal_mask(5)[3:])


def test_multi_head_equals_torch():
    torch.manual_seed(0)
    ours, theirs = (
        MultiHeadAttention(12, 3),
        torch.nn.MultiheadAttention(12, 3, batch_first=True),
    )
    with torch.no_grad():
        theirs.in_proj_weight.copy_(torch.cat([ours.q.weight, ours.kv.weight]))
        theirs.in_proj_bias.copy_(torch.cat([ours.q.bias, ours.kv.bias]))
        theirs.out_proj.weight.copy_(ours.out.weight)
        theirs.out_proj.bias.copy_(ours.out.bias)
    x = torch.randn(2, 5, 12)
    out, _, weights = ours(x, causal_mask(5))
    expected, expected_weights = theirs(
        x, x, x, attn_mask=~causal_mask(5), average_attn_weights=False
    )
    torch.testing.assert_close(out, expected, atol=1e-6, rtol=0)
    torch.testing.assert_close(weights, expected_weights, atol=1e-6, rtol=0)


def test_heads_must_share_the_width():
    with pytest.raises(DataError, match="multiple"):
        MultiHeadAttention(10, 3)


def to_gpt2(ours: RationaleTransformer):
    """Build the same decoder from the classes of `transformers`, with our weights in it."""
    transformers = pytest.importorskip("transformers")
    places, width = ours.places.weight.shape
    config = transformers.GPT2Config(
        vocab_size=ours.vocab_size, n_positions=places, n_embd=width, n_layer=len(ours.blocks),
        n_head=ours.blocks[0].attend.heads, activation_function="gelu", add_cross_attention=True,
        bos_token_id=1, eos_token_id=2, attn_implementation="eager",
    )  # fmt: skip
    theirs = transformers.GPT2LMHeadModel(config).eval()
    weights = {"transformer.wte.weight": ours.words.weight, "lm_head.weight": ours.words.weight,
               "transformer.wpe.weight": ours.places.weight} | pair("transformer.ln_f", ours.norm)  # fmt: skip
    for number, block in enumerate(ours.blocks):
        here = f"transformer.h.{number}."
        weights |= pair(here + "ln_1", block.norm_self) | pair(
            here + "ln_2", block.norm_mlp
        )
        weights |= pair(here + "ln_cross_attn", block.norm_cross)
        weights |= turned(
            here + "attn.c_attn", block.attend.q, block.attend.kv
        )
        weights |= turned(here + "attn.c_proj", block.attend.out)
        weights |= turned(here + "crossattention.q_attn", block.cross.q)
        weights |= turned(here + "crossattention.c_attn", block.cross.kv)
        weights |= turned(here + "crossattention.c_proj", block.cross.out)
        weights |= turned(here + "mlp.c_fc", block.mlp[0]) | turned(
            here + "mlp.c_proj", block.mlp[2]
        )
    missing, unexpected = theirs.load_state_dict(weights, strict=False)
    assert not unexpected and not [
        name
        for name in missing
        if not name.endswith(("attn.bias", "masked_bias"))
    ]
    return theirs


def pair(name, layer):
    return {f"{name}.weight": layer.weight, f"{name}.bias": layer.bias}


def turned(name, *layers):
    """GPT-2 keeps its weight matrices transposed."""
    weight, bias = (
        torch.cat([part.weight for part in layers]),
        torch.cat([part.bias for part in layers]),
    )
    return {f"{name}.weight": weight.T.contiguous(), f"{name}.bias": bias}


def test_logits_and_attention_equal_gpt2_with_our_weights():
    shape = TransformerShape(width=16, heads=2)
    ours, batch = (
        lively(RationaleTransformer(len(VOCAB), 3, 4, shape), size=0.2),
        batch_of(5),
    )
    theirs = to_gpt2(ours)
    with torch.no_grad():
        state = ours.encode(batch)
        hidden, state = ours.read(state, batch.target_in)
        memory = ours.encoder(
            ours.embed(batch.source), padding_mask(batch.source)
        )
        start, _ = ours.conditions(batch)
        out = theirs(
            inputs_embeds=torch.cat([start, ours.embed(batch.target_in)], dim=1), encoder_hidden_states=memory,
            encoder_attention_mask=(batch.source != PAD).long(), output_attentions=True,
        )  # fmt: skip
    torch.testing.assert_close(
        hidden @ ours.words.weight.T, out.logits[:, 4:], atol=1e-4, rtol=0
    )
    for (own, crossed), theirs_own, theirs_crossed in zip(
        state.maps, out.attentions, out.cross_attentions, strict=True
    ):
        torch.testing.assert_close(
            own, theirs_own[:, :, 4:], atol=1e-4, rtol=0
        )
        torch.testing.assert_close(
            crossed, theirs_crossed[:, :, 4:], atol=1e-4, rtol=0
        )


def test_a_word_depends_on_no_later_word():
    model, batch = (
        lively(
            RationaleTransformer(len(VOCAB), 3, 4, TransformerShape(width=16))
        ),
        batch_of(4),
    )
    with torch.no_grad():
        before = model(batch).log_probs
        batch.target[:, 2:] = 5
        after = model(batch).log_probs
    torch.testing.assert_close(before[:, :3], after[:, :3])
    assert not torch.allclose(before[:, 3:], after[:, 3:])


def test_the_rating_is_foreseen_without_seeing_the_rating_or_the_aspect():
    model, batch = (
        lively(
            RationaleTransformer(len(VOCAB), 3, 4, TransformerShape(width=16))
        ),
        batch_of(4),
    )
    told = model.rate(batch)
    batch.rating.fill_(1.0)
    batch.aspect.fill_(6)
    assert model.rate(batch).equal(told)


def test_too_long_is_refused_by_name():
    model = RationaleTransformer(
        len(VOCAB),
        3,
        4,
        TransformerShape(width=16, max_source=3, max_target=4),
    )
    for case, word in (
        (batch_of(3), "cut in collate"),
        (batch_of(3, max_source=2), "max_target=4"),
    ):
        with pytest.raises(DataError, match=word):
            state = model.encode(case)
            model.read(state, torch.full((3, 5), 4))


def test_a_writer_that_may_not_copy_shows_where_it_looked_and_not_an_idle_pointer():
    net, batch = (
        lively(
            RationaleTransformer(
                len(VOCAB), 3, 4, settings=NetSettings(copy=False)
            )
        ),
        batch_of(4),
    )
    with torch.no_grad():
        before = net(batch).state
        net.pointer.q.weight.add_(1.0)
        after = net(batch).state
    assert after.attention.equal(before.attention)
    torch.testing.assert_close(after.attention, after.maps[-1][1].mean(dim=1))
