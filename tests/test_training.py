"""Training: it learns, stops in time, goes on to the same bits after an interruption, and says what went wrong."""

import json

import numpy as np
import pytest
import torch
from safetensors.torch import save_file
from torch import nn

from recx_lib.core import DataError
from recx_lib.nets import (
    Checkpoint,
    Example,
    FitSettings,
    NetSettings,
    Trainer,
    collate,
    fit,
)
from recx_lib.nets.checkpoints import load_weights
from recx_lib.nets.losses import bag_loss
from recx_lib.nets.vocab import EOS, PAD
from tests.writing_cases import VOCAB, WRITERS, random_examples

ROWS = random_examples(37)  # batches of 6: the last one has a single row
QUICK = FitSettings(epochs=4, batch_size=6, lr=1e-2, patience=9)


def batches(rows):
    return collate(rows, VOCAB)


def fresh(kind="transformer"):
    torch.manual_seed(5)
    return WRITERS[kind]()


def train(model, settings=QUICK, **more):
    return fit(model, ROWS, ROWS[:5], batches, settings, quiet=True, **more)


def same(one, other):
    return all(
        torch.equal(a, b)
        for a, b in zip(
            one.state_dict().values(), other.state_dict().values(), strict=True
        )
    )


@pytest.mark.parametrize("kind", sorted(WRITERS))
def test_the_loss_falls_with_a_last_batch_of_one(kind):
    history = train(fresh(kind))
    assert [entry["epoch"] for entry in history] == [1, 2, 3, 4]
    assert history[-1]["train"] < history[0]["train"]


def test_a_seed_repeats_and_another_does_not():
    models = [fresh() for _ in range(3)]
    for model, seed in zip(models, (1, 1, 2), strict=True):
        train(model, FitSettings(epochs=2, batch_size=6, seed=seed))
    assert same(models[0], models[1]) and not same(models[0], models[2])


class InterruptionError(Exception):
    pass


@pytest.mark.parametrize("kind", ["transformer", "additive"])
def test_resume_gives_the_same_bits(tmp_path, kind):
    whole, part = fresh(kind), fresh(kind)
    expected = train(whole)
    calls = 0

    def breaking(rows):
        nonlocal calls
        calls += 1
        if (
            calls == 19
        ):  # 7 training and 1 validation batch an epoch: in the middle of epoch 3
            raise InterruptionError
        return batches(rows)

    with pytest.raises(InterruptionError):
        fit(
            part,
            ROWS,
            ROWS[:5],
            breaking,
            QUICK,
            Checkpoint(tmp_path),
            quiet=True,
        )
    torch.manual_seed(99)  # the resumed process starts from another state
    resumed = WRITERS[kind]()
    assert train(resumed, checkpoint=Checkpoint(tmp_path)) == expected
    assert same(resumed, whole)
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "about.json",
        "tensors-4.safetensors",
    ]


class Given(nn.Module):
    """A model whose validation losses are given, to test stopping; its one weight counts the epochs."""

    def __init__(self, losses):
        super().__init__()
        self.weight, self.losses, self.seen = (
            nn.Parameter(torch.zeros(1)),
            iter(losses),
            [],
        )

    def loss(self, batch):
        if not self.training:
            return torch.tensor(next(self.losses))
        self.seen.append(batch)
        return self.weight.sum() * 0 + 1.0


def test_the_counter_of_bad_epochs_resets_and_the_best_weights_win():
    model = Given([5.0, 6.0, 4.0, 5.0, 5.0, 3.0, 9.0])
    history = fit(
        model, [1], [1], list, FitSettings(epochs=20, patience=2), quiet=True
    )
    assert len(history) == 5
    model = Given([5.0, 6.0, 4.0, 5.0, 3.0, 4.0, 4.0])
    assert (
        len(
            fit(
                model,
                [1],
                [1],
                list,
                FitSettings(epochs=20, patience=2),
                quiet=True,
            )
        )
        == 7
    )
    trainer = Trainer(model, FitSettings(), 1)
    for weight, loss in ((1.0, 2.0), (2.0, 1.0), (3.0, 4.0)):
        model.weight.data.fill_(weight)
        trainer.note(0.0, loss)
    assert (
        trainer.best["weight"].item() == 2.0
        and trainer.progress.best_epoch == 2
    )


def test_every_epoch_is_shuffled_the_first_too_and_misses_no_row():
    model = Given([3.0, 2.0, 1.0])
    fit(
        model,
        list(range(20)),
        [1],
        list,
        FitSettings(epochs=3, batch_size=7),
        quiet=True,
    )
    epochs = [sum(model.seen[i : i + 3], []) for i in (0, 3, 6)]
    assert all(sorted(epoch) == list(range(20)) for epoch in epochs)
    assert len({tuple(epoch) for epoch in [*epochs, list(range(20))]}) == 4


@pytest.mark.parametrize(
    ("train_rows", "validation_rows", "name"),
    [([], ROWS, "training"), (ROWS, [], "validation")],
)
def test_an_empty_part_is_refused(train_rows, validation_rows, name):
    with pytest.raises(DataError, match=f"the {name} part is empty"):
        fit(fresh(), train_rows, validation_rows, batches, QUICK, quiet=True)


def test_a_loss_that_is_not_finite_names_epoch_and_batch():
    model = fresh()

    def poisoned(rows):
        batch = batches(rows)
        if ROWS[7] in rows and model.training:
            model.rating_head.bias.data.fill_(torch.nan)
        return batch

    with pytest.raises(
        DataError, match=r"the loss is nan in epoch 1, batch \d"
    ):
        fit(model, ROWS, ROWS[:5], poisoned, QUICK, quiet=True)


def test_gradients_are_clipped():
    model = fresh()
    trainer = Trainer(model, FitSettings(clip=0.5, batch_size=6), len(ROWS))
    lengths = []
    trainer.optimizer.register_step_pre_hook(
        lambda *_: lengths.append(
            torch.stack(
                [
                    p.grad.norm()
                    for p in model.parameters()
                    if p.grad is not None
                ]
            ).norm()
        )
    )
    trainer._update(model.loss(batches(ROWS)) * 1000, 1e-3)
    assert lengths[0].item() == pytest.approx(0.5, abs=1e-3)


def test_a_checkpoint_of_another_vocabulary_or_setting_is_refused(tmp_path):
    train(fresh(), checkpoint=Checkpoint(tmp_path, {"vocab": "abc"}))
    with pytest.raises(
        DataError, match="made with vocab='abc', this model has 'xyz'"
    ):
        train(fresh(), checkpoint=Checkpoint(tmp_path, {"vocab": "xyz"}))
    with pytest.raises(DataError, match="made with settings="):
        train(
            fresh(),
            FitSettings(epochs=9),
            checkpoint=Checkpoint(tmp_path, {"vocab": "abc"}),
        )
    tensors, _ = Checkpoint(tmp_path, {"vocab": "abc"}).load()
    with pytest.raises(DataError, match="belongs to another model"):
        load_weights(fresh("additive"), tensors)
    fitting = fresh()
    load_weights(fitting, tensors)


def test_missing_and_damaged_checkpoints_are_named(tmp_path):
    with pytest.raises(DataError, match="no checkpoint in"):
        Checkpoint(tmp_path).load()
    Checkpoint(tmp_path).save({"x": torch.ones(3)}, {"epoch": 1})
    file = tmp_path / "tensors-1.safetensors"
    file.write_bytes(file.read_bytes()[:-4])
    with pytest.raises(DataError, match="damaged"):
        Checkpoint(tmp_path).load()
    file.unlink()
    with pytest.raises(DataError, match="tensors-1.safetensors"):
        Checkpoint(tmp_path).load()
    (tmp_path / "about.json").write_text("{")
    with pytest.raises(DataError, match="damaged"):
        Checkpoint(tmp_path).load()


def test_a_crash_while_saving_leaves_the_old_checkpoint(tmp_path, monkeypatch):
    Checkpoint(tmp_path).save({"x": torch.ones(3)}, {"epoch": 1})

    def crash(tensors, path):
        save_file(tensors, path)
        path.write_bytes(path.read_bytes()[:9])
        raise OSError("disk full")

    monkeypatch.setattr("recx_lib.nets.checkpoints.save_file", crash)
    with pytest.raises(OSError, match="disk full"):
        Checkpoint(tmp_path).save({"x": torch.zeros(3)}, {"epoch": 2})
    tensors, about = Checkpoint(tmp_path).load()
    assert about["progress"]["epoch"] == 1 and tensors["x"].equal(
        torch.ones(3)
    )
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "about.json",
        "tensors-1.safetensors",
    ]


def test_a_checkpoint_is_safetensors_and_json_only(tmp_path):
    train(
        fresh(), checkpoint=Checkpoint(tmp_path, {"vocab": VOCAB.fingerprint})
    )
    about = json.loads((tmp_path / "about.json").read_text())
    assert (
        about["vocab"] == VOCAB.fingerprint and about["progress"]["epoch"] == 4
    )
    tensors, _ = Checkpoint(tmp_path).load()
    assert (
        tensors["random"].dtype == torch.uint8
        and "optimizer.0.exp_avg" in tensors
    )


def test_a_cold_start_learns_the_row_for_unknown_ids():
    quick = FitSettings(
        epochs=2, batch_size=6, weight_decay=0.0
    )  # decay would move the row without any gradient
    for share, learned in ((0.5, True), (0.0, False)):
        model = WRITERS["transformer"](settings=NetSettings(id_dropout=share))
        before = model.users.weight[-1].clone()
        fit(
            model,
            [Example(0, 0, "a", (), 3.0, ["a", "b"])] * 20,
            ROWS[:5],
            batches,
            quick,
            quiet=True,
        )
        assert torch.equal(before, model.users.weight[-1]) is not learned


def test_a_bag_of_words_costs_the_mean_surprise_of_its_words():
    context = torch.tensor([[0.0] * 8, [0.0] * 7 + [np.log(9.0)]])
    target = torch.tensor([[5, 6, EOS, PAD], [7, 7, EOS, 9]])
    # 1/8 twice, 9/16 twice; the end, padding and a foreign word do not count
    want = (2 * np.log(8) + 2 * np.log(16 / 9)) / 4
    assert np.isclose(bag_loss(context, target, 8).item(), want)
