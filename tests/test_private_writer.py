"""A writer that learns in private: the step by hand, and opacus beside it."""

import numpy as np
import pytest
import torch
from torch.func import functional_call, grad, vmap

from recx_lib.core import DataError
from recx_lib.people import private_writer as module
from recx_lib.people.private_writer import (
    END,
    LONGEST,
    PAD,
    RARE,
    Rows,
    SmallWriter,
    Training,
    noisy_mean,
    sentence_rows,
    train_writer,
)

pytestmark = pytest.mark.slow  # networks are trained

WORDS = ["a", "dry", "tent", "warm", "mat", "."]


def rows(n=24, seed=0):
    """Sentences of drawn words."""
    rng = np.random.default_rng(seed)
    texts = [" ".join(rng.choice(WORDS, 3 + i % 5)) for i in range(n)]
    return sentence_rows(texts, rng.integers(0, 4, n), WORDS)


def writer(seed=0):
    torch.manual_seed(seed)
    return SmallWriter(len(WORDS) + RARE + 1, 4, d=6, h=5)


def example_grads(model, some):
    """One gradient per sentence and parameter, by torch.func."""
    names, values = zip(*model.named_parameters(), strict=True)

    def loss(values, item, words):
        one = Rows(item[None], words[None])
        given = dict(zip([f"writer.{n}" for n in names], values, strict=True))
        return functional_call(module._Losses(model), given, tuple(one))[0]

    each = vmap(grad(loss), in_dims=(None, 0, 0))
    return each(tuple(v.detach() for v in values), *some)


def test_a_sentence_is_numbers_with_an_end():
    found = sentence_rows(["Dry tent, zebra."], [3], WORDS)
    tent, dry = (RARE + 1 + WORDS.index(w) for w in ("tent", "dry"))
    assert found.words[0, :4].tolist() == [dry, tent, RARE, RARE]
    assert found.words.shape == (1, LONGEST) and END in found.words[0]
    long = sentence_rows(["tent " * 50], [0], WORDS).words[0]
    assert long[-1] == END and PAD not in long


def test_no_example_moves_the_step_by_more_than_the_clip():
    grads = [torch.randn(8, 3, 2) * 50, torch.randn(8, 4) * 50]
    all_of_them = noisy_mean(grads, clip=0.7, noise=0.0)
    without = noisy_mean([one[1:] for one in grads], clip=0.7, noise=0.0)
    moved = [8 * a - 7 * b for a, b in zip(all_of_them, without, strict=True)]
    length = torch.cat([one.flatten() for one in moved]).norm()
    assert length <= 0.7 + 1e-4
    small = [one / 1e4 for one in grads]  # short ones are left as they are
    step = noisy_mean(small, clip=0.7, noise=0.0)
    assert torch.allclose(step[0], small[0].mean(0))
    with pytest.raises(DataError, match="clip"):
        noisy_mean(grads, clip=0.0, noise=1.0)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("noise", [0.0, 1.3])
def test_the_step_by_hand_is_the_one_of_opacus(noise):
    pytest.importorskip("opacus")
    from opacus.grad_sample import GradSampleModule
    from opacus.optimizers import DPOptimizer

    model, some, clip = writer(), rows(), 0.05
    by_hand = noisy_mean(
        example_grads(model, some),
        clip,
        noise,
        torch.Generator().manual_seed(7),
    )
    unclipped = noisy_mean(example_grads(model, some), 1e9, 0.0)
    assert not torch.allclose(unclipped[0], by_hand[0], atol=1e-6)
    learner = GradSampleModule(module._Losses(model))
    theirs = DPOptimizer(
        torch.optim.SGD(learner.parameters(), lr=1.0),
        noise_multiplier=noise,
        max_grad_norm=clip,
        expected_batch_size=24,
        generator=torch.Generator().manual_seed(7),
    )
    learner(*some).mean().backward()
    theirs.pre_step()
    for ours, parameter in zip(by_hand, model.parameters(), strict=True):
        assert torch.allclose(ours, parameter.grad, atol=1e-6)


@pytest.mark.filterwarnings("ignore")
def test_what_is_spent_is_what_was_allowed_and_grows():
    pytest.importorskip("opacus")
    some = rows(64)
    spent = list(
        train_writer(writer(), some, Training(3, 16, epsilon=4, delta=1e-3))
    )
    assert spent == sorted(spent) and 3.0 < spent[-1] <= 4.0


@pytest.mark.filterwarnings("ignore")
def test_nobody_can_repeat_the_noise_unless_a_seed_was_given():
    """Two private writers of the same rows: their difference tells nothing."""
    pytest.importorskip("opacus")
    some, ends = rows(64), {}
    for name, seed in (("new", None), ("again", None), ("a", 3), ("b", 3)):
        model = writer()
        how = Training(1, 16, epsilon=4, delta=1e-3, seed=seed)
        list(train_writer(model, some, how))
        ends[name] = model.losses(some)
    assert (ends["a"] == ends["b"]).all()
    assert (ends["new"] != ends["again"]).all()


def test_without_noise_it_learns_and_is_the_same_for_a_seed():
    some, found = rows(), []
    for _ in range(2):
        model = writer()
        before = model.losses(some).mean()
        how = Training(20, 8, lr=0.02, seed=0)
        spent = list(train_writer(model, some, how))
        found.append(model.losses(some))
    assert spent == [float("inf")] * 20
    assert found[0].mean() < before - 0.3 and (found[0] == found[1]).all()
    said = model.write(some.item[:3], seed=1)
    assert said.shape == (3, LONGEST)
    assert torch.equal(said, model.write(some.item[:3], seed=1))
    assert not torch.isin(said, torch.tensor([PAD, RARE])).any()


class Engine:
    """opacus's engine, as it is called: it hides nothing, and takes note."""

    def make_private_with_epsilon(
        self, *, module, optimizer, data_loader, noise_generator, **asked
    ):
        self.asked = asked
        return module, optimizer, data_loader

    def get_epsilon(self, delta):
        return 1.0 if delta == self.asked["target_delta"] else np.nan


def test_opacus_is_told_what_may_be_spent(monkeypatch):
    engine, some = Engine(), rows()
    monkeypatch.setattr(module, "_engine", lambda: engine)
    how = Training(2, 8, epsilon=3.0, clip=0.7, seed=0)
    assert list(train_writer(writer(), some, how)) == [1.0, 1.0]
    delta = engine.asked.pop("target_delta")
    assert 0 < delta < 1 / len(some.item)  # else it may tell of one at will
    want = {"target_epsilon": 3.0, "epochs": 2, "max_grad_norm": 0.7}
    assert engine.asked == want


def test_an_absent_opacus_is_said_with_the_remedy(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "opacus", None)
    with pytest.raises(DataError, match=r"recx-lib\[privacy\]"):
        next(train_writer(writer(), rows(), Training(1, epsilon=1.0)))
