"""Networks made smaller: what is rounded, pruned or left out, and that the one given stays as it was."""

from __future__ import annotations

from copy import deepcopy

import numpy as np
import onnx
import onnxruntime
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from onnx import TensorProto, helper, numpy_helper
from onnxruntime.quantization import QuantType, quantize_dynamic
from torch import nn
from torch.nn.utils import prune

from recx_lib.core import DataError
from recx_lib.nets import (
    drop_layer,
    prune_small,
    round_rows,
    silence_head,
    stored_bytes,
    to_int8,
)
from recx_lib.nets.smaller import Int8Embedding, Int8Linear
from recx_lib.recommend.history_net import HistoryNet


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
