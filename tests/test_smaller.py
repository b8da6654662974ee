"""Networks made smaller: what is rounded, pruned or left out, and that the one given stays as it was."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn
from torch.nn.utils import prune

from benchmarks.service_networks import InOnnx, n_bytes
from recx_lib.core import DataError
from recx_lib.explain import occlusion
from recx_lib.nets import (
    Distilled,
    Example,
    NetSettings,
    RationaleTransformer,
    TransformerShape,
    Vocab,
    collate,
    drop_layer,
    hold_zeros,
    prune_small,
    round_rows,
    silence_head,
    stored_bytes,
    to_int8,
)
from recx_lib.nets.smaller import Int8Embedding, Int8Linear
from recx_lib.recommend.history_net import HistoryNet, HistoryScore


@pytest.fixture
def net():
    torch.manual_seed(0)
    net = HistoryNet(20, width=8, heads=2, layers=2, dropout=0.0)
    nn.init.normal_(net.out.weight)
    return net.double().eval()


def asked(net):
    """One batch through a network."""
    rng = torch.Generator().manual_seed(1)
    items = torch.randint(0, 20, (6, 5), generator=rng)
    rest = torch.randn(6, 5, generator=rng, dtype=torch.float64)
    with torch.inference_mode():
        return net(
            torch.arange(6), items, rest, torch.ones(6, 5, dtype=torch.float64)
        )


@given(
    st.lists(
        st.lists(st.floats(-1e6, 1e6), min_size=3, max_size=3),
        min_size=1,
        max_size=4,
    )
)
def test_rounding_is_off_by_half_a_step_at_most(rows):
    values = torch.tensor(rows, dtype=torch.float64)
    whole, step = round_rows(values)
    assert whole.dtype == torch.int8 and int(whole.abs().max()) <= 127
    assert ((whole * step - values).abs() <= step / 2 * (1 + 1e-9)).all()
    for row, values_of in zip(whole, values, strict=True):
        assert not values_of.abs().max() > 1e-9 or int(row.abs().max()) == 127


def test_an_int8_layer_is_near_the_layer_and_exact_where_nothing_is_rounded():
    layer = nn.Linear(3, 2).double()
    with torch.no_grad():
        layer.weight.copy_(torch.tensor([[127.0, 3, -5], [254, -2, 0]]))
    x = torch.tensor([[127.0, 1, 2], [-127, 0, 4]], dtype=torch.float64)
    small = Int8Linear(layer)
    assert torch.allclose(small(x), layer(x), atol=1e-9)
    assert torch.equal(small.weight, layer.weight) and small(
        x[None]
    ).shape == (1, 2, 2)
    torch.manual_seed(0)
    layer, x = nn.Linear(64, 32), torch.randn(50, 64)
    off = (Int8Linear(layer)(x) - layer(x)).abs().max() / layer(x).abs().max()
    assert 0 < off < 0.02


def test_int8_is_what_onnx_runtime_makes_of_it(tmp_path):
    """Its dynamic quantisation: the same whole numbers for weights, and as near to the layer as ours."""
    onnx = pytest.importorskip("onnx")
    onnxruntime = pytest.importorskip("onnxruntime")
    from onnx import TensorProto, helper, numpy_helper
    from onnxruntime.quantization import QuantType, quantize_dynamic

    torch.manual_seed(1)
    layer, x = nn.Linear(64, 32), torch.randn(200, 64)
    weight = numpy_helper.from_array(
        layer.weight.detach().T.contiguous().numpy(), "W"
    )
    bias = numpy_helper.from_array(layer.bias.detach().numpy(), "b")
    nodes = [
        helper.make_node("MatMul", ["x", "W"], ["h"]),
        helper.make_node("Add", ["h", "b"], ["y"]),
    ]
    ends = [
        helper.make_tensor_value_info(name, TensorProto.FLOAT, [None, width])
        for name, width in (("x", 64), ("y", 32))
    ]
    graph = helper.make_graph(
        nodes, "layer", ends[:1], ends[1:], [weight, bias]
    )
    model = helper.make_model(
        graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9
    )
    whole_file, small_file = tmp_path / "layer.onnx", tmp_path / "int8.onnx"
    onnx.save(model, whole_file)
    quantize_dynamic(
        whole_file, small_file, per_channel=True, weight_type=QuantType.QInt8
    )
    kept = {
        one.name: numpy_helper.to_array(one)
        for one in onnx.load(small_file).graph.initializer
    }
    whole, _ = round_rows(layer.weight.detach())
    [theirs] = [
        value
        for value in kept.values()
        if value.dtype == np.int8 and value.ndim == 2
    ]
    assert np.array_equal(theirs.T, whole.numpy())
    session = onnxruntime.InferenceSession(
        small_file, providers=["CPUExecutionProvider"]
    )
    [said] = session.run(None, {"x": x.numpy()})
    exact, ours = layer(x).detach().numpy(), Int8Linear(layer)(x).numpy()
    off, theirs_off = abs(ours - exact).max(), abs(said - exact).max()
    assert 0 < off < 2 * theirs_off < 0.1 * abs(exact).max()


def test_a_whole_network_in_int8_says_nearly_the_same_in_a_third_of_the_bytes(
    net,
):
    before = deepcopy(net.state_dict())
    small = to_int8(net)
    kinds = [type(part) for part in small.modules()]
    assert (
        kinds.count(Int8Embedding) == 2
        and kinds.count(Int8Linear) == 2 * 5 + 1
    )
    assert not any(
        isinstance(part, (nn.Linear, nn.Embedding)) for part in small.modules()
    )
    assert (
        0
        < (asked(small) - asked(net)).abs().max()
        < 0.1 * asked(net).abs().max()
    )
    assert stored_bytes(small) < 0.45 * stored_bytes(net)
    assert all(
        torch.equal(before[key], value)
        for key, value in net.state_dict().items()
    )


@pytest.mark.parametrize("share", [0.0, 0.25, 0.9])
def test_the_smallest_weights_of_each_layer_go_as_torch_prunes_them(
    net, share
):
    small = prune_small(net, share)
    theirs = deepcopy(net)
    for ours, other in zip(small.modules(), theirs.modules(), strict=True):
        if isinstance(other, nn.Linear):
            prune.l1_unstructured(
                other, "weight", amount=int(share * other.weight.numel())
            )
            assert torch.equal(ours.weight, other.weight)
    assert torch.equal(asked(small), asked(net)) == (share == 0)
    for wrong in (-0.1, 1.0):
        with pytest.raises(DataError, match="share="):
            prune_small(net, wrong)


def test_a_silent_head_adds_nothing_and_the_others_say_what_they_said(net):
    x, presence = (
        torch.randn(2, 5, 8, dtype=torch.float64),
        torch.ones(2, 1, 1, 5, dtype=torch.float64),
    )

    def found(some):
        attend = some.blocks[0].attend
        return attend.look_up(x, attend.keys_values(x), presence)[0]

    bias = net.blocks[0].attend.out.bias
    parts = [
        found(silence_head(net, 0, head)) - bias for head in (1, 0)
    ]  # head 0 alone, head 1 alone
    assert torch.allclose(sum(parts) + bias, found(net), atol=1e-12)
    assert (parts[0] - parts[1]).abs().max() > 1e-3
    with pytest.raises(DataError, match="head 2 is not among the 2"):
        silence_head(net, 0, 2)


def test_a_layer_less_is_a_layer_less(net):
    small = drop_layer(net, 0)
    assert len(small.blocks) == 1 and len(net.blocks) == 2
    assert torch.equal(
        small.blocks[0].mlp[0].weight, net.blocks[1].mlp[0].weight
    )
    for whole, layer in ((small, 0), (net, 2)):
        with pytest.raises(DataError, match="leave one"):
            drop_layer(whole, layer)


def test_bytes_are_counted_as_files_hold_them():
    layer = nn.Linear(16, 16, bias=False)
    assert stored_bytes(layer) == 16 * 16 * 4
    assert stored_bytes(to_int8(nn.Sequential(layer))) == 16 * 16 + 16 * 4
    # a quarter is left: 64 weights, and a bit for each of 256 places
    assert stored_bytes(prune_small(layer, 0.75)) == 64 * 4 + 32
    # two weights are left, and ten bits need two bytes
    few = prune_small(nn.Linear(5, 2, bias=False), 0.8)
    assert stored_bytes(few) == 2 * 4 + 2


# in another runtime, trained on, taught


def test_onnx_runtime_gives_the_scores_and_the_reasons(net, tmp_path):
    """To 1e-5; where it is not installed, there is nothing to compare."""
    pytest.importorskip("onnx")
    pytest.importorskip("onnxruntime")
    net = net.float()
    other = InOnnx(net, tmp_path)
    rng = np.random.default_rng(0)
    for target in range(5):
        items = rng.choice(20, 6, replace=False)
        rest = rng.normal(size=6)
        names = [f"item {one}" for one in items]
        ours, theirs = (
            occlusion(
                HistoryScore(one, target, items, rest).case("ann", "it", names)
            )
            for one in (net, other)
        )
        weights = {e.name: e.weight for e in theirs.evidence}
        for piece in ours.evidence:
            assert weights[piece.name] == pytest.approx(piece.weight, abs=1e-5)
        assert [e.name for e in ours.top(3)] == [e.name for e in theirs.top(3)]
    assert n_bytes(other) > stored_bytes(net)  # the names come on top


def test_a_pruned_network_learns_on_and_stays_pruned():
    torch.manual_seed(0)
    x = torch.randn(64, 8)
    y = x @ torch.randn(8, 1)
    net = nn.Sequential(nn.Linear(8, 8), nn.Linear(8, 1))
    small = hold_zeros(prune_small(net, 0.5))
    zeros = [layer.weight == 0 for layer in small]
    before = nn.functional.mse_loss(small(x), y).item()
    step = torch.optim.AdamW(small.parameters(), lr=0.02, weight_decay=0.1)
    for _ in range(100):
        step.zero_grad()
        nn.functional.mse_loss(small(x), y).backward()
        step.step()
    assert nn.functional.mse_loss(small(x), y).item() < before / 2
    for layer, gone in zip(small, zeros, strict=True):
        assert (layer.weight[gone] == 0).all() and gone.any()
        assert (layer.weight[~gone] != 0).all()


def writer(seed: int, width: int = 16) -> RationaleTransformer:
    """A small writer that has learned nothing."""
    torch.manual_seed(seed)
    shape = TransformerShape(width, heads=2, layers=2, max_source=8)
    quiet = NetSettings(dropout=0.0, id_dropout=0.0, word_dropout=0.0)
    return RationaleTransformer(
        len(VOCAB), 3, 3, shape, replace(quiet, rating_dropout=0.0)
    )


VOCAB = Vocab.build([["light", "tent", "warm", "mat", "is", "the"]] * 2)
ROWS = [
    Example(0, 1, "tent", [["the", "tent", "is", "light"]], 4.0)
    for _ in range(4)
] + [
    Example(1, 2, "mat", [["the", "mat", "is", "warm"]], 5.0) for _ in range(4)
]
BATCH = collate([replace(one, target=one.sources[0]) for one in ROWS], VOCAB)


def test_a_student_comes_near_its_teacher_and_the_teacher_stays():
    teacher, student = writer(0), writer(1, width=8)
    kept = deepcopy(teacher.state_dict())
    lesson = Distilled(student, teacher, share=1.0)
    ours = {id(one) for one in student.parameters()}
    assert {id(one) for one in lesson.parameters()} == ours
    alone = Distilled(student, teacher, share=0.0).eval()
    assert alone.loss(BATCH).item() == pytest.approx(
        student.eval().loss(BATCH).item()
    )
    # nobody is nearer to the teacher than the teacher
    same = Distilled(teacher, teacher, share=1.0).loss(BATCH).item()
    assert same == pytest.approx(0.0, abs=1e-6)
    before = lesson.loss(BATCH).item()
    step = torch.optim.Adam(student.parameters(), lr=0.02)
    for _ in range(30):
        step.zero_grad()
        lesson.loss(BATCH).backward()
        step.step()
    assert 0 < lesson.loss(BATCH).item() < before / 3
    for key, value in teacher.state_dict().items():
        assert torch.equal(kept[key], value)
    with pytest.raises(DataError, match="share="):
        Distilled(student, teacher, share=1.5)


def test_a_writer_is_pruned_and_rounded_as_a_recommender_is():
    net = writer(0).eval()
    whole = net.log_likelihood(BATCH)
    small = to_int8(net)
    assert 0 < (small.log_likelihood(BATCH) - whole).abs().max() < 0.5
    assert stored_bytes(small) < 0.4 * stored_bytes(net)
    for part in ("attend", "cross"):
        silent = silence_head(net, 0, 1, part)
        assert not torch.equal(silent.log_likelihood(BATCH), whole)
    assert drop_layer(net, 1).log_likelihood(BATCH).isfinite().all()
