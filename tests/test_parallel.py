"""A writer trained by several processes: the same steps as by one."""

import subprocess
import sys
from functools import partial

import numpy as np
import pytest
import torch
import torch.distributed as dist

from recx_lib.core import DataError
from recx_lib.nets import (
    Checkpoint,
    Example,
    FitSettings,
    RationaleTransformer,
    TransformerShape,
    Vocab,
    collate,
)
from recx_lib.nets.batches import select
from recx_lib.nets.sentence_net import NetSettings
from recx_lib.scale.parallel import (
    FirstWrites,
    SharedNet,
    fit_shared,
    part_of_loss,
    together,
)

VOCAB = Vocab("good bad zip tent warm dry light".split())
STILL = NetSettings(
    dropout=0.0, id_dropout=0.0, word_dropout=0.0, rating_dropout=0.0
)
PLAN = FitSettings(epochs=3, batch_size=5, patience=9)
COLLATE = partial(collate, vocab=VOCAB)


def lessons(n=12, seed=0):
    """Sentences of unequal length, so that shares weigh unequally."""
    rng = np.random.default_rng(seed)
    found = []
    for _ in range(n):
        words = list(rng.choice(VOCAB.words[5:], rng.integers(1, 7)))
        who, what = map(int, rng.integers(3, size=2))
        stars = float(rng.integers(1, 6))
        told = {"rating": stars, "target": words}
        found.append(Example(who, what, "zip", [["good", "zip"]], **told))
    return found


def small_net(chosen=STILL):
    torch.manual_seed(1)
    shape = TransformerShape(width=16)
    return RationaleTransformer(len(VOCAB), 3, 4, shape, chosen)


def gradients(net, loss):
    weights = [w for w in net.parameters() if w.requires_grad]
    return torch.autograd.grad(loss, weights, allow_unused=True)


@pytest.mark.parametrize("n", [2, 3, 15])
def test_shares_sum_to_the_whole_batch_and_means_do_not(n):
    net, batch = small_net(), COLLATE(lessons())
    shares = [torch.arange(len(batch))[rank::n] for rank in range(n)]
    parts = [part_of_loss(net, batch, rows) for rows in shares]
    whole = net.loss(batch)
    torch.testing.assert_close(sum(parts), whole)
    pairs = zip(gradients(net, sum(parts)), gradients(net, whole), strict=True)
    for mine, theirs in pairs:
        if theirs is not None:
            torch.testing.assert_close(mine, theirs, atol=1e-6, rtol=0)
    some = [net.loss(select(batch, rows)) for rows in shares if len(rows)]
    assert abs(sum(some) / len(some) - whole) > 1e-3


def test_validation_counts_without_smoothing():
    net, batch = small_net().eval(), COLLATE(lessons())
    rows = torch.arange(len(batch))
    torch.testing.assert_close(part_of_loss(net, batch, rows), net.loss(batch))


def test_without_a_group_or_a_process_the_remedy_is_named():
    assert not dist.is_initialized()
    with pytest.raises(DataError, match="torchrun"):
        fit_shared(small_net(), lessons(), lessons(), COLLATE)
    with pytest.raises(DataError, match="n=0"):
        together(member, 0)


class PowerGoes(Exception):
    """The process ends in the middle of an epoch."""


def failing(times, rows):
    """Collate until asked once too often: epoch two is not finished."""
    times.append(1)
    if len(times) > 6:
        raise PowerGoes
    return COLLATE(rows)


def member(rank, folder):
    """What each of two processes does; the first writes what it found."""
    # 1. the gradient of one step, summed by the hooks
    net = SharedNet(small_net())
    batch = COLLATE(lessons())
    net.loss(batch).backward()
    found = [[w.grad for w in net.parameters()]]
    # a batch with fewer rows than processes: one has nothing to read
    alone = SharedNet(small_net())
    alone.loss(COLLATE(lessons(1))).backward()
    found.append([w.grad for w in alone.parameters()])
    # 2. a training to its end, one with dice, and one that is cut off
    data = lessons(), lessons(5, seed=1)
    still = small_net()
    history = fit_shared(still, *data, COLLATE, PLAN)
    lively = small_net(NetSettings())
    fit_shared(lively, *data, COLLATE, PLAN)
    try:
        broken = partial(failing, [])
        fit_shared(small_net(), *data, broken, PLAN, Checkpoint(folder))
    except PowerGoes:
        pass
    told = found, history, still.state_dict(), lively.state_dict()
    torch.save(told, f"{folder}-{rank}.pt")


@pytest.fixture(scope="module")
def two(tmp_path_factory):
    """What two processes found, each by itself, and their checkpoint."""
    folder = tmp_path_factory.mktemp("two") / "kept"
    together(member, 2, str(folder))
    return [torch.load(f"{folder}-{rank}.pt") for rank in range(2)], folder


@pytest.fixture(scope="module")
def alone(tmp_path_factory):
    """A group of one: this process."""
    meet = tmp_path_factory.mktemp("group") / "meet"
    where = {"init_method": meet.as_uri(), "rank": 0, "world_size": 1}
    dist.init_process_group("gloo", **where)
    yield
    dist.destroy_process_group()


def asks_twice(asked):
    """In the place of a sum over processes: another has the same."""
    asked.mul_(2)


@pytest.mark.parametrize("cut_off", [False, True])
def test_after_shared_training_the_net_learns_alone(
    alone, monkeypatch, cut_off
):
    """Hooks that stay would sum again, and fail where no group is left."""
    net, data = small_net(), (lessons(), lessons(5, seed=1))
    if cut_off:
        with pytest.raises(PowerGoes):
            fit_shared(net, *data, partial(failing, []), PLAN)
    else:
        fit_shared(net, *data, COLLATE, PLAN)
    monkeypatch.setattr(dist, "all_reduce", asks_twice)
    net.eval().zero_grad()
    loss = net.loss(COLLATE(lessons()))
    weights = [w for w in net.parameters() if w.requires_grad]
    told = {"retain_graph": True, "allow_unused": True}
    right = torch.autograd.grad(loss, weights, **told)
    loss.backward()
    for weight, gradient in zip(weights, right, strict=True):
        if gradient is not None:
            torch.testing.assert_close(weight.grad, gradient)


def test_the_first_process_writes_and_the_others_only_wait(
    monkeypatch, tmp_path
):
    waited = []
    monkeypatch.setattr(dist, "barrier", lambda: waited.append(1))
    kept = FirstWrites(tmp_path / "kept")
    monkeypatch.setattr(dist, "get_rank", lambda: 1)
    kept.save({"w": torch.ones(1)}, {"epoch": 1})
    assert not list(tmp_path.rglob("*.*"))
    monkeypatch.setattr(dist, "get_rank", lambda: 0)
    kept.save({"w": torch.ones(1)}, {"epoch": 2})
    assert kept.load()[1]["progress"]["epoch"] == 2
    assert len(waited) == 2


def close(one, other):
    """The same weights; Adam also steps where a gradient is but rounding."""
    assert one.keys() == other.keys()
    for name, weight in one.items():
        torch.testing.assert_close(weight, other[name], atol=1e-4, rtol=1e-4)


@pytest.mark.slow
def test_two_processes_have_the_gradient_of_one(two):
    for found, *_ in two[0]:
        for n, theirs in zip((12, 1), found, strict=True):
            net = small_net()
            net.loss(COLLATE(lessons(n))).backward()
            for weight, their in zip(net.parameters(), theirs, strict=True):
                if weight.grad is not None:
                    torch.testing.assert_close(
                        their, weight.grad, atol=1e-6, rtol=0
                    )


@pytest.mark.slow
def test_two_processes_end_with_one_process_s_writer(two, alone):
    net = small_net()
    data = lessons(), lessons(5, seed=1)
    history = fit_shared(net, *data, COLLATE, PLAN)
    for _, theirs, weights, _ in two[0]:
        close(net.state_dict(), weights)
        for mine, other in zip(history, theirs, strict=True):
            assert mine == pytest.approx(other, abs=1e-5)


@pytest.mark.slow
def test_dropout_differs_but_all_end_with_the_same_weights(two):
    (_, _, still, first), (_, _, _, second) = two[0]
    for name, weight in first.items():
        assert torch.equal(weight, second[name])
    moved = [(first[n] - still[n]).abs().max() for n in first]
    assert max(moved) > 1e-3  # something was dropped


@pytest.mark.slow
def test_what_two_began_one_ends(two, alone, tmp_path):
    results, folder = two
    kept = Checkpoint(folder)
    assert kept.load()[1]["progress"]["epoch"] == 1  # cut off in the second
    net = small_net()
    data = lessons(), lessons(5, seed=1)
    history = fit_shared(net, *data, COLLATE, PLAN, kept)
    assert len(history) == PLAN.epochs
    close(net.state_dict(), results[0][2])


TORCHRUN = [sys.executable, "-m", "torch.distributed.run", "--standalone"]


@pytest.mark.slow
def test_torchrun_s_two_of_which_one_is_killed_are_taken_up_by_one(
    alone, tmp_path, root
):
    """SIGKILL between two batches of epoch 2: epoch 1 is kept, and one
    process ends with the weights of a training that nobody interrupted.
    """
    kept = Checkpoint(tmp_path / "kept")
    told = ["--nproc-per-node", "2", "-m", "tests.killed_midway"]
    command = [*TORCHRUN, *told, str(kept.folder)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=root)
    assert done.returncode != 0 and "SIGKILL" in done.stderr
    assert kept.load()[1]["progress"]["epoch"] == 1
    data = lessons(), lessons(5, seed=1)
    resumed, whole = small_net(), small_net()
    history = fit_shared(resumed, *data, COLLATE, PLAN, kept)
    calm = fit_shared(whole, *data, COLLATE, PLAN)
    close(resumed.state_dict(), whole.state_dict())
    for mine, other in zip(history, calm, strict=True):
        assert mine == pytest.approx(other, abs=1e-5)
