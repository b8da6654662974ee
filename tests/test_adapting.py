"""Adapting: nothing changes before training, merged equals unmerged, peft computes the same from the same weights."""

import copy

import peft
import pytest
import torch
from torch import nn

from recx_lib.core import DataError
from recx_lib.nets import FitSettings, fit
from recx_lib.nets.adapters import AdaLoRA, Adapter
from recx_lib.nets.lora import (
    LoRA,
    freeze,
    merge_layers,
    n_trainable,
    replace_layers,
)
from recx_lib.nets.overfitting import (
    AdversarialWriter,
    ensemble_loss,
    retrieved_loss,
    swap_terms,
)
from recx_lib.nets.rank_budget import RankBudget
from recx_lib.nets.soft_prompts import SoftPrompt
from recx_lib.nets.tuned import SILENT, Told, TunedWriter, collate_told
from tests.model_cases import tiny_llama

IDS = torch.tensor([[3, 4, 5, 6, 7], [7, 3, 4, 8, 9]])
NAMES = ["q_proj", "down_proj"]


@pytest.fixture
def model():
    return tiny_llama()


def logits(model, ids=IDS):
    with torch.inference_mode():
        return model(ids).logits


def stirred(model):
    """The model with random numbers wherever training is allowed."""
    torch.manual_seed(3)
    for weight in model.parameters():
        if weight.requires_grad:
            nn.init.normal_(weight, std=0.3)
    return model


@pytest.mark.parametrize("kind", [LoRA, Adapter, AdaLoRA])
def test_nothing_changes_before_training_and_much_after(model, kind):
    before = logits(model)
    layers = replace_layers(freeze(model), NAMES, lambda one: kind(one, 2))
    assert len(layers) == 2 and isinstance(layers[0], kind)
    assert torch.equal(logits(model), before)
    assert 0 < n_trainable(model) < 500
    assert (logits(stirred(model)) - before).abs().max() > 0.01


def test_lora_equals_peft_and_its_merged_self(model):
    config = peft.LoraConfig(r=2, lora_alpha=6, target_modules=NAMES)
    theirs = peft.get_peft_model(copy.deepcopy(model), config)
    layers = replace_layers(freeze(model), NAMES, lambda one: LoRA(one, 2, 6))
    stirred(model)
    found = [
        m for m in theirs.modules() if isinstance(m, peft.tuners.lora.Linear)
    ]
    for ours, other in zip(layers, found, strict=True):
        other.lora_A.default.weight.data = ours.A.data
        other.lora_B.default.weight.data = ours.B.data
    want = logits(theirs)
    assert torch.allclose(logits(model), want, atol=1e-5)
    assert n_trainable(model) == n_trainable(theirs)
    merged = merge_layers(model)
    assert torch.allclose(logits(merged), want, atol=1e-5)
    assert not [m for m in merged.modules() if isinstance(m, LoRA)]


def test_lora_in_bfloat16_learns_in_float32(model):
    replace_layers(freeze(model.bfloat16()), NAMES, lambda one: LoRA(one, 2))
    kept = {p.dtype for p in model.parameters() if p.requires_grad}
    assert kept == {torch.float32} and logits(model).dtype == torch.bfloat16


def adalora_pair(model, target):
    """Ours and peft's, with the same weights and the same gradients."""
    config = peft.AdaLoraConfig(
        init_r=3,
        target_r=target,
        lora_alpha=6,
        target_modules=NAMES,
        total_step=20,
        tinit=2,
        tfinal=6,
        deltaT=1,
    )
    theirs = peft.get_peft_model(copy.deepcopy(model), config)
    layers = replace_layers(
        freeze(model), NAMES, lambda one: AdaLoRA(one, 3, 6)
    )
    stirred(model)
    kind = peft.tuners.adalora.SVDLinear
    pairs = []
    for ours, other in zip(
        layers,
        [m for m in theirs.modules() if isinstance(m, kind)],
        strict=True,
    ):
        other.lora_A.default.data = ours.Q.data.clone()
        other.lora_E.default.data = ours.sizes.data.clone()[:, None]
        other.lora_B.default.data = ours.P.data.clone()
        pairs.append((ours, other))
    return theirs, layers, pairs


def test_adalora_begins_as_large_as_peft_does():
    torch.manual_seed(0)
    layer = nn.Linear(64, 64)
    config = peft.AdaLoraConfig(
        init_r=8, target_r=4, total_step=20, target_modules=["0"]
    )
    theirs = peft.get_peft_model(nn.Sequential(copy.deepcopy(layer)), config)
    other, ours = theirs.base_model.model[0], AdaLoRA(layer, 8)
    for one, two in (
        (ours.Q, other.lora_A.default),
        (ours.P, other.lora_B.default),
    ):
        assert one.std().item() == pytest.approx(two.std().item(), rel=0.2)


def test_adalora_equals_peft(model):
    theirs, _, pairs = adalora_pair(model, target=1)
    assert torch.allclose(logits(model), logits(theirs), atol=1e-4)


def test_the_skew_is_the_distance_of_both_sets_from_orthonormal():
    """Two directions of length 2 are 3 too long each, in their squares."""
    layer = AdaLoRA(nn.Linear(3, 4), rank=2)
    for directions in (layer.P.data, layer.Q.data.T):
        directions.copy_(torch.eye(len(directions), 2))
    assert layer.skew() == 0
    layer.P.data *= 2
    assert layer.skew().item() == pytest.approx(18**0.5)
    layer.P.data /= 2
    layer.Q.data[1] = layer.Q.data[0]  # twice the same: 1 beside each 0
    assert layer.skew().item() == pytest.approx(2**0.5)


def test_adalora_prunes_what_peft_prunes(model):
    theirs, layers, pairs = adalora_pair(model, target=1)
    budget = RankBudget(layers, target=2, n_steps=20)
    for step in range(1, 15):
        for ours, other in pairs:
            ours.P.grad = torch.randn_like(ours.P)
            ours.Q.grad = torch.randn_like(ours.Q)
            ours.sizes.grad = torch.randn_like(ours.sizes)
            other.lora_B.default.grad = ours.P.grad
            other.lora_A.default.grad = ours.Q.grad
            other.lora_E.default.grad = ours.sizes.grad[:, None]
        budget.advance()
        theirs.base_model.update_and_allocate(step)
        for ours, other in pairs:
            kept = other.lora_E.default[:, 0] != 0
            assert torch.equal(ours.sizes != 0, kept), step
    assert 1 <= sum(layer.rank for layer in layers) <= budget.left(14) == 2


def test_a_soft_prompt_equals_peft(model):
    config = peft.PromptTuningConfig(
        task_type="CAUSAL_LM", num_virtual_tokens=3
    )
    theirs = peft.get_peft_model(copy.deepcopy(model), config).eval()
    words = model.get_input_embeddings().weight
    prompt = SoftPrompt((1, 1, 1), words)
    rows = torch.cat([table.weight for table in prompt.tables])
    theirs.prompt_encoder.default.embedding.weight.data = rows.data
    writer = TunedWriter(freeze(model), prompt).eval()
    labels = IDS.clone()
    labels[:, :2] = SILENT
    batch = collate_told(
        [Told(i[:2].tolist(), i[2:].tolist(), (0, 0, 0)) for i in IDS], 2, 64
    )
    with torch.inference_mode():
        want = theirs(input_ids=IDS, labels=labels).loss
        assert torch.allclose(writer.loss(batch), want, atol=1e-5)


def test_an_unknown_user_gets_the_mean_vector():
    prompt = SoftPrompt((4, 2), torch.randn(9, 5))
    found = prompt(torch.tensor([[-1, 1], [0, -1]]))
    users, items = (table.weight for table in prompt.tables)
    assert torch.allclose(found[0, 0], users.mean(0))
    assert torch.equal(found[1, 0], users[0])
    assert torch.allclose(found[1, 1], items.mean(0))


def test_the_loss_is_that_of_the_answer_alone(model):
    rows = [Told([3, 4], [5, 6, 2]), Told([3], [7, 2])]
    batch = collate_told(rows, pad=0, most=64)
    writer = TunedWriter(model)
    with torch.inference_mode():
        got = writer.loss(batch)
        want = []
        for row in rows:
            line = torch.tensor([[*row.prompt, *row.answer]])
            logs = model(line).logits[0].log_softmax(-1)
            start = len(row.prompt)
            want += [
                -logs[at - 1, line[0, at]]
                for at in range(start, line.shape[1])
            ]
    assert torch.allclose(got, torch.stack(want).mean(), atol=1e-5)


def test_writing_padded_equals_writing_alone(model):
    writer = TunedWriter(stirred(model))
    rows = [Told([3, 4, 5]), Told([6])]
    both = writer.write(collate_told(rows, 2, 64, left=True), 5)
    for row, together in zip(rows, both, strict=True):
        alone = writer.write(collate_told([row], 2, 64, left=True), 5)[0]
        assert len(alone) > 0
        assert together[: len(alone)].tolist() == alone.tolist()


@pytest.mark.parametrize("kind", ["lora", "soft", "adalora"])
def test_fit_learns_what_is_free_and_leaves_the_rest(model, kind):
    rows = [Told([3], [4, 5, 6, 2], (0,)), Told([7], [4, 9, 6, 2], (0,))] * 4
    prompt, budget = None, None
    freeze(model)
    if kind == "soft":
        words = model.get_input_embeddings().weight
        prompt = SoftPrompt((1,), words)
    else:
        make = LoRA if kind == "lora" else AdaLoRA
        layers = replace_layers(model, NAMES, lambda one: make(one, 2))
    if kind == "adalora":
        budget = RankBudget(layers, target=2, n_steps=12)
    writer = TunedWriter(model, prompt, budget)
    frozen = {
        name: weight.clone()
        for name, weight in model.named_parameters()
        if not weight.requires_grad
    }
    how = FitSettings(epochs=12, batch_size=8, lr=0.1, patience=99)
    history = fit(
        writer, rows, rows, lambda b: collate_told(b, 2, 64), how, quiet=True
    )
    fell = history[0]["validation"] - min(h["validation"] for h in history)
    assert fell > (0.001 if kind == "soft" else 0.05)
    for name, weight in model.named_parameters():
        if name in frozen:
            assert torch.equal(weight, frozen[name]), name
    if kind == "adalora":
        assert sum(layer.rank for layer in layers) <= budget.start
        writer.loss(collate_told(rows, 2, 64))
        assert sum(layer.rank for layer in layers) == 2


@pytest.mark.parametrize("rank", [0, -1, 33])
@pytest.mark.parametrize("kind", [LoRA, Adapter, AdaLoRA])
def test_impossible_ranks_are_refused(kind, rank):
    with pytest.raises(DataError, match=f"rank {rank} .* 1 … 32"):
        kind(nn.Linear(32, 64), rank)


def test_other_mistakes_are_named(model):
    with pytest.raises(DataError, match=r"no layer is called \['c_attn'\]"):
        replace_layers(model, ["q_proj", "c_attn"], LoRA)
    with pytest.raises(DataError, match="beside nn.Linear, not Embedding"):
        replace_layers(model, ["embed_tokens"], LoRA)
    layers = replace_layers(model, NAMES, lambda one: AdaLoRA(one, 2))
    for target in (0, 5):
        with pytest.raises(DataError, match="1 … 4 can be left"):
            RankBudget(layers, target, 10)
    with pytest.raises(DataError, match="record 1 has 9 tokens.* 1 … 8"):
        collate_told([Told([1]), Told([1] * 9)], pad=0, most=8)
    with pytest.raises(DataError, match="record 0 has 0 tokens"):
        collate_told([Told([])], pad=0, most=8)
    with pytest.raises(DataError, match="one row or more"):
        SoftPrompt((3, 0), torch.zeros(2, 2))


def test_a_loss_that_is_no_number_stops_the_training(model):
    writer = TunedWriter(model)
    model.get_input_embeddings().weight.data[3] = float("nan")
    rows = [Told([3], [4, 2])]
    with pytest.raises(DataError, match="loss is nan in epoch 1, batch 1"):
        fit(
            writer,
            rows,
            rows,
            lambda b: collate_told(b, 2, 64),
            FitSettings(epochs=1),
            quiet=True,
        )


ROWS = [Told([3], [4, 5, 6, 2]), Told([7, 3], [8, 2]), Told([5], [9, 2])]


def batch_of(rows=ROWS):
    return collate_told(rows, pad=2, most=64)


def test_the_worst_small_step_is_worse(model):
    writer = AdversarialWriter(model)
    plain = writer.eval().loss(batch_of())
    # no attack where nothing is learned
    assert torch.equal(plain, TunedWriter(model).eval().loss(batch_of()))
    attacked = writer.train().loss(batch_of())
    assert attacked > plain + 1e-4
    attacked.backward()
    assert model.get_input_embeddings().weight.grad.abs().sum() > 0


def test_an_attack_works_with_frozen_words(model):
    replace_layers(freeze(model), NAMES, lambda one: LoRA(one, 2))
    stirred(model)
    loss = AdversarialWriter(model).train().loss(batch_of())
    loss.backward()
    assert all(
        p.grad is not None for p in model.parameters() if p.requires_grad
    )


def test_an_ensemble_of_one_is_that_one_and_three_are_a_mean(model):
    writer = TunedWriter(model).eval()
    with torch.inference_mode():
        alone = float(writer.loss(batch_of()))
    assert ensemble_loss([writer], batch_of()) == pytest.approx(alone)
    other = TunedWriter(stirred(copy.deepcopy(model)))
    worse = ensemble_loss([other], batch_of())
    both = ensemble_loss([writer, other], batch_of())
    assert both < max(alone, worse) and both != pytest.approx(alone)


def test_what_is_retrieved_helps_where_it_is_said(model):
    writer = TunedWriter(model)
    nothing = retrieved_loss(writer, batch_of(), [[], [], []])
    with torch.inference_mode():
        alone = float(writer.eval().loss(batch_of()))
    assert nothing == pytest.approx(alone)
    said = [row.answer for row in ROWS]
    assert retrieved_loss(writer, batch_of(), said) < alone - 0.3
    others = [[1, 0], [0], [1]]
    want = alone - torch.log(torch.tensor(0.7)).item()
    assert retrieved_loss(writer, batch_of(), others) == pytest.approx(want)


def test_a_swap_keeps_prompt_and_answer_in_one():
    rows = [Told([1, 4, 7, 2], [5, 7, 6, 7]), Told([1, 4, 8, 2], [5, 6])]
    found = swap_terms(rows, [7, 8, 9], copies=3)
    assert found[:2] == rows and len(found) == 5  # the second is not copied
    for one in found[2:]:
        assert one.prompt[2] in (8, 9)
        assert one.answer == [5, one.prompt[2], 6, one.prompt[2]]
    assert swap_terms(rows, [7, 8, 9], copies=3) == found
    with pytest.raises(DataError, match="two different terms"):
        swap_terms(rows, [7, 7])


def test_an_interrupted_adaptation_goes_on_to_the_same_bits(
    tmp_path, monkeypatch
):
    from benchmarks import large_training
    from benchmarks.large_training import Pass, adapt

    monkeypatch.setattr(large_training, "KEEP_EVERY", 1)
    monkeypatch.setattr(large_training, "LOOK_EVERY", 1)
    how = Pass(n=6, batch_size=2, lr=0.01)

    def writer():
        made = freeze(tiny_llama())
        torch.manual_seed(1)
        replace_layers(made, NAMES, lambda one: LoRA(one, 2))
        return TunedWriter(made)

    whole, broken, resumed = writer(), writer(), writer()
    adapt(whole, ROWS * 2, how, tmp_path / "whole", ROWS)
    kept, steps = large_training._keep, []

    def keep(checkpoint, weights, optimizer, best, done):
        kept(checkpoint, weights, optimizer, best, done)
        steps.append(done["epoch"])
        if len(steps) == 2:
            raise KeyboardInterrupt

    monkeypatch.setattr(large_training, "_keep", keep)
    with pytest.raises(KeyboardInterrupt):
        adapt(broken, ROWS * 2, how, tmp_path / "broken", ROWS)
    adapt(resumed, ROWS * 2, how, tmp_path / "broken", ROWS)
    assert steps == [1, 2, 3]
    for one, other in zip(
        whole.parameters(), resumed.parameters(), strict=True
    ):
        assert torch.equal(one, other)


def test_the_weights_that_served_held_records_best_stay(tmp_path, monkeypatch):
    from benchmarks import large_training
    from benchmarks.large_training import Pass, adapt, mean_loss

    monkeypatch.setattr(large_training, "LOOK_EVERY", 1)
    seen, look = [], large_training.Best.look

    def spied(self, writer, weights, step):
        look(self, writer, weights, step)
        seen.append(mean_loss(writer, self.held))

    monkeypatch.setattr(large_training.Best, "look", spied)
    writer = TunedWriter(freeze(tiny_llama()))
    replace_layers(writer.model, NAMES, lambda one: LoRA(one, 2))
    # a rate so high that the last weights are not the best
    how = Pass(n=12, batch_size=2, lr=3.0, clip=1e9)
    adapt(writer, ROWS * 6, how, tmp_path / "made", ROWS[:1])
    assert len(seen) == 6 and min(seen) < seen[-1]
    assert mean_loss(writer, ROWS[:1]) == pytest.approx(min(seen))


def test_an_attacked_writer_keeps_to_its_budget(model):
    layers = replace_layers(freeze(model), NAMES, lambda one: AdaLoRA(one, 2))
    budget = RankBudget(layers, target=2, n_steps=12)
    writer = AdversarialWriter(model, budget=budget).train()
    before = budget.step
    for _ in range(2):
        writer.loss(batch_of()).backward()
    assert budget.step > before
